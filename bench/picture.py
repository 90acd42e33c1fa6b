"""Draws docs/performance.svg from the table in docs/performance.md: each measure as a share of boto3's.

    python bench/picture.py

matplotlib is installed into an environment of its own, as the rivals of bench/run.py are.
"""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
MATPLOTLIB = "matplotlib==3.10.*"
COLORS = {"PynamoDB": "#9aa0a6", "pydynox": "#d9a441", "dynexpr": "#1f77b4"}


def ratios() -> tuple[list[str], dict[str, list[float | None]]]:
    """The measures, and for each rival its ratios to boto3, in the order of the page's first table."""
    lines = (DOCS / "performance.md").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| | boto3"))
    rivals = [cell.split()[0] for cell in _cells(lines[start])[2:]]
    measures: list[str] = []
    found: dict[str, list[float | None]] = {rival: [] for rival in rivals}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        title, base, *cells = _cells(line)
        if base:
            measures.append(title.rpartition(",")[0])
            for rival, cell in zip(rivals, cells, strict=True):
                ratio = re.search(r"\((.*)\)", cell)
                found[rival].append(float(ratio[1]) if ratio else None)
    return measures, found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def draw() -> None:
    """Write the picture."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "dynexpr", "font.family": "sans-serif", "font.size": 10}
    from matplotlib import pyplot as plt

    measures, found = ratios()
    figure, axes = plt.subplots(figsize=(8, 0.35 + 0.62 * len(measures)), layout="constrained")
    height = 0.8 / len(found)
    for number, (rival, values) in enumerate(found.items()):
        drawn = [(place + number * height, value) for place, value in enumerate(values) if value is not None]
        bars = axes.barh([place for place, _ in drawn], [value for _, value in drawn], height, label=rival)
        for bar in bars:
            bar.set_color(COLORS[rival])
        axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
    axes.axvline(1, color="#444", linewidth=1, linestyle="--")
    axes.set_yticks([place + height for place in range(len(measures))], measures)
    axes.invert_yaxis()
    axes.set_xlabel("share of boto3's (dashed: boto3 itself); shorter is better")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    figure.savefig(DOCS / "performance.svg", metadata={"Date": None, "Creator": None}, facecolor="white")


def main() -> None:
    """Draw, in an environment that has matplotlib."""
    try:
        draw()
    except ModuleNotFoundError:
        sys.path.insert(0, str(HERE))
        from run import python_of

        python = python_of(MATPLOTLIB)
        os.execv(python, [python, __file__])


if __name__ == "__main__":
    main()
