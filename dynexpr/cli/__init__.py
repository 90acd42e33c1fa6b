"""The command `dynexpr`, also `python -m dynexpr`."""

import argparse
import os
import sys
from collections.abc import Sequence

from dynexpr import __version__
from dynexpr.errors import DynexprError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 done, 1 an error in one line, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="dynexpr", description="The toolkit that is to DynamoDB what SQLAlchemy is to SQL."
    )
    parser.add_argument("--version", action="version", version=f"dynexpr {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    demo = commands.add_parser(
        "demo",
        help="the payments story: each request it sends, as DynamoDB sees it",
        description="Creates a table (dynexpr-demo-payments), commits, queries, shows each request, deletes the table.",
    )
    demo.add_argument(
        "--engine",
        default="local://",
        metavar="URL",
        help="local:// (default, in process), dynamodb://us-east-1/, "
        "or dynamodb://us-east-1/?endpoint_url=http://127.0.0.1:8000",
    )
    chosen = parser.parse_args(arguments)
    try:
        from dynexpr.cli.demo import run

        run(chosen.engine)
    except DynexprError as error:
        print(f"dynexpr {chosen.command}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader had enough. What is still buffered goes nowhere, or Python would complain of it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0
