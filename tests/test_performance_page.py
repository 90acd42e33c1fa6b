"""Does the picture in docs/performance.md show the figures of the table beside it?"""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_the_picture_shows_the_table() -> None:
    """After new figures `python bench/picture.py` draws it again."""
    page = (DOCS / "performance.md").read_text()
    table = page[page.index("| | boto3") :].partition("\n\n")[0]
    rows = [
        re.findall(r"\((0\.\d\d|1\.\d\d)\)", line) for line in table.splitlines() if not line.startswith("| the same,")
    ]
    told = sorted(ratio for row in rows for ratio in row)
    drawn = re.findall(r">([01]\.\d\d)<", (DOCS / "performance.svg").read_text())
    assert len(told) > 15
    assert sorted(drawn) == told
