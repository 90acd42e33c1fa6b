"""The command `dynexpr`, also `python -m dynexpr`: one module a command, loaded when it is asked for."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final

from dynexpr import __version__
from dynexpr.errors import DynexprError, ExpressionSyntaxError, SqlError

COMMANDS: Final = {
    "demo": "the payments story: each request it sends, as DynamoDB sees it",
    "explain": "what an SQL statement would send, why, and what it costs; sends nothing",
    "local": "serve the embedded engine over DynamoDB's protocol, for boto3, the AWS CLI and others",
    "export": "a whole table to a file: JSON lines, CSV or Parquet; goes on after an interruption",
    "import": "the items of a file to a table; goes on after an interruption",
    "parse": "what an expression out of a log says: its tree and its readable form",
    "query": "read by SQL: a table, JSON lines or CSV",
}
"""What there is, each with its line of help; `dynexpr.cli.NAME` has `arguments(parser)` and `run(chosen)`."""

_MODULES: Final = {"export": "exporting", "import": "importing"}
"""Commands whose modules have other names, for `import` can't be one."""


EXITS: Final = """\
exit codes:
  0  done
  1  it failed, or was interrupted: an error in a line on stderr, and what was done until then stays done
  2  wrong usage: nothing was done
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 done, 1 an error in one line. Wrong usage exits with 2."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="dynexpr",
        description="The toolkit that is to DynamoDB what SQLAlchemy is to SQL.",
        epilog=EXITS,
        formatter_class=shape,
    )
    parser.add_argument("--version", action="version", version=f"dynexpr {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((word for word in given if not word.startswith("-")), None)
    run: Callable[[argparse.Namespace], None] | None = None
    told = parser
    for name, line in COMMANDS.items():
        command = commands.add_parser(name, help=line, formatter_class=shape)
        if name == asked:
            module: Any = import_module(f"dynexpr.cli.{_MODULES.get(name, name)}")
            module.arguments(command)
            command.epilog = f"{command.epilog}\n{EXITS}" if command.epilog else EXITS
            run, told = module.run, command
    chosen, unknown = parser.parse_known_args(given)
    if unknown:
        told.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        if run is not None:
            run(chosen)
    except DynexprError as error:
        return _failed(chosen, "\n".join([_told(error), *getattr(error, "__notes__", ())]))
    except KeyboardInterrupt:
        return _failed(chosen, "interrupted")
    except BrokenPipeError:
        # The reader had enough. What is still buffered goes nowhere, or Python would complain of it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _failed(chosen, f"{error.filename}: {error.strerror}" if error.filename else str(error))
    return 0


def _failed(chosen: argparse.Namespace, why: str) -> int:
    print(f"dynexpr {chosen.command}: {why}", file=sys.stderr)
    return 1


def _told(error: DynexprError) -> str:
    """An error in one line, with the place it points at where there is one."""
    if isinstance(error, SqlError | ExpressionSyntaxError):
        return f"{type(error).__name__}: {error}"
    return f"{type(error).__name__}: {'; '.join(line.strip() for line in str(error).splitlines())}"
