"""`dynexpr import`: the items of a file to a table."""

import argparse

from dynexpr.cli import engines
from dynexpr.cli.numbers import between
from dynexpr.cli.transferring import carried_out, tell
from dynexpr.errors import ArgumentError
from dynexpr.statements.batch import PARALLEL_MOST
from dynexpr.transfer.importing import FORMATS, import_table

EXAMPLES = """\
examples:
  dynexpr import payments.jsonl payments --engine local:///dev.db
  dynexpr import prices.csv prices --engine dynamodb://us-east-1/ --number amount --number pieces
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = (
        "Put the items of a file over whatever a table has under their keys. After an interruption the same command "
        "goes on where it was (FILE.checkpoint); lines that are no items are kept in FILE.rejected."
    )
    parser.epilog = EXAMPLES
    parser.add_argument("file", metavar="FILE", help="JSON lines (DynamoDB's JSON or plain), .csv or .parquet")
    parser.add_argument("table", metavar="TABLE", help="the table's name, without the URL's table_prefix")
    engines.arguments(parser)
    parser.add_argument(
        "--format", choices=FORMATS, help="where the file's name does not say it; csv-json is never taken for granted"
    )
    parser.add_argument(
        "--parallel",
        type=between(1, PARALLEL_MOST),
        default=4,
        metavar="N",
        help="requests at the same time (default 4)",
    )
    parser.add_argument(
        "--number",
        dest="numbers",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column of a CSV that holds numbers; repeatable",
    )


def run(chosen: argparse.Namespace) -> None:
    """Import."""
    done = carried_out(chosen, import_table)
    tell(done.written, "written", done.consumed)
    if done.rejected:
        lines = "1 line was" if done.rejected == 1 else f"{done.rejected:,} lines were"
        raise ArgumentError(f"{lines} rejected; see {done.rejects} for the reasons")
