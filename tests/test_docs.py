"""Every Python example in README.md and docs/ works as it stands."""

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(?:python|pycon)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path) -> None:
    """The ```python blocks of a page run from top to bottom as one session; where one shows prompts, its output too.

    A block that is not to be run says so: ```python norun.
    """
    text = page.read_text()
    names: dict[str, Any] = {"__name__": page.stem}
    for block in BLOCK.finditer(text):
        lines_before = text.count("\n", 0, block.start(1))
        if ">>> " in block[1]:
            _run_session(block[1], names, page, lines_before)
        else:
            # The empty lines before make a traceback point at the line of the page.
            exec(compile("\n" * lines_before + block[1], page, "exec"), names)


def _run_session(block: str, names: dict[str, Any], page: Path, lines_before: int) -> None:
    session = doctest.DocTestParser().get_doctest(block, names, page.name, str(page), lines_before)
    session.globs = names  # get_doctest made a copy
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    if runner.run(session, out=report.append, clear_globs=False).failed:
        pytest.fail("".join(report), pytrace=False)
