"""Does the demo tell its story, and the same one on every engine?"""

import re
import subprocess
import sys

import pytest

from dynexpr.cli import main


def told(capsys: pytest.CaptureFixture[str], url: str) -> str:
    """What the demo prints on an engine, without the time it took."""
    assert main(["demo", "--engine", url]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return re.sub(r"Done in [\d.]+ s", "Done", printed.out)


def without_units(text: str) -> str:
    """The story without the lines on units, which engines are known to count differently."""
    return "\n".join(line for line in text.splitlines() if "write units" not in line and "on demand in" not in line)


def test_the_story(capsys: pytest.CaptureFixture[str]) -> None:
    """It commits 80 payments at once, queries both indexes, explains, updates, and shows what failed and why."""
    story = told(capsys, "local://")
    for part in (
        "and 79 more",
        "20 payments",
        '"IndexName": "status-index"',
        "Query on payments/customer-index",
        '"ConditionExpression": "#n1 = :v3"',
        'status = "paid" (status was "pending")',
        "amount > 1000 (amount was 15)",
        "513 write units",
        "on demand in us-east-1",
    ):
        assert part in story
    assert told(capsys, "local://") == story


@pytest.mark.engine
def test_the_same_story_on_dynamodb_local(capsys: pytest.CaptureFixture[str], dynamodb_local_endpoint: str) -> None:
    """On DynamoDB Local it says the same, units aside."""
    real = told(capsys, f"dynamodb://us-east-1/?endpoint_url={dynamodb_local_endpoint}")
    assert without_units(real) == without_units(told(capsys, "local://"))


def test_as_a_command() -> None:
    """`python -m dynexpr demo` works as a process of its own, and a wrong URL is one line and exit code 1."""
    command = [sys.executable, "-m", "dynexpr", "demo"]
    assert "Done in" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    refused = subprocess.run([*command, "--engine", "mysql://"], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "InvalidURL" in refused.stderr
