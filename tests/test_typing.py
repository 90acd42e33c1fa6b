"""What type checkers know: the lines of tests/typing/ that must check do, in both checkers, and the others do not."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "tests/typing").glob("*.py"))
IGNORED = re.compile(r"  # type: ignore\[[^\]]+\]")
PLACE = re.compile(r"^(?P<file>[^:]+\.py):(?P<line>\d+): error: ")

Lines = set[tuple[str, int]]
"""File name and line number."""


@pytest.fixture(scope="module")
def as_users_see_it(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Lines]:
    """A folder of the same files without the ignores, and the lines that must not check."""
    folder = tmp_path_factory.mktemp("typing")
    wrong: Lines = set()
    for file in FILES:
        lines = file.read_text().splitlines(keepends=True)
        wrong |= {(file.name, number) for number, line in enumerate(lines, 1) if IGNORED.search(line)}
        (folder / file.name).write_text("".join(IGNORED.sub("", line) for line in lines))
    return folder, wrong


def test_wrong_lines_are_written_down(as_users_see_it: tuple[Path, Lines]) -> None:
    """Every file but the design's own model has lines that must not check."""
    _, wrong = as_users_see_it
    assert {name for name, _ in wrong} == {file.name for file in FILES} - {"design.py"}
    assert len(wrong) > 50


@pytest.mark.ci
def test_mypy(as_users_see_it: tuple[Path, Lines]) -> None:
    """Under mypy --strict with the two further codes our docs ask for, exactly the wrong lines are errors."""
    folder, wrong = as_users_see_it
    command = [sys.executable, "-m", "mypy", "--config-file=", "--strict"]
    command += ["--enable-error-code=deprecated", "--enable-error-code=truthy-bool"]
    command += [f"--cache-dir={folder / 'cache'}", "--hide-error-context", "--no-error-summary", str(folder)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    places = [PLACE.match(line) for line in answer.stdout.splitlines()]
    found = {(Path(place["file"]).name, int(place["line"])) for place in places if place is not None}
    assert found == wrong, answer.stdout + answer.stderr


@pytest.mark.ci
def test_pyright(as_users_see_it: tuple[Path, Lines]) -> None:
    """Under pyright's strict mode exactly the wrong lines are errors."""
    folder, wrong = as_users_see_it
    settings = {"include": ["*.py"], "extraPaths": [str(ROOT)], "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", str(folder)]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    errors = [each for each in json.loads(answer.stdout)["generalDiagnostics"] if each["severity"] == "error"]
    found = {(Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in errors}
    assert found == wrong, "\n".join(f"{Path(each['file']).name}: {each['range']} {each['message']}" for each in errors)
