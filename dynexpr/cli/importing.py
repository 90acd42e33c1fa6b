"""`dynexpr import`: the items of a file to a table."""

import argparse
import sys

from dynexpr import create_engine
from dynexpr.cli.exporting import ENGINE
from dynexpr.cli.progress import progress
from dynexpr.errors import ArgumentError
from dynexpr.transfer.importing import import_table

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
    parser.add_argument("--engine", required=True, metavar="URL", help=ENGINE)
    parser.add_argument("--format", choices=("jsonl", "csv", "parquet"), help="where the file's name does not say it")
    parser.add_argument("--parallel", type=int, default=4, metavar="N", help="requests at the same time (default 4)")
    parser.add_argument(
        "--number", action="append", default=[], metavar="COLUMN", help="a column of a CSV that holds numbers"
    )


def run(chosen: argparse.Namespace) -> None:
    """Import."""
    with create_engine(chosen.engine) as engine, progress(f"import {chosen.table}") as told:
        done = import_table(
            engine,
            chosen.file,
            chosen.table,
            format=chosen.format,
            parallel=chosen.parallel,
            numbers=chosen.number,
            on_progress=told,
        )
    units = f"{done.consumed.write_units.normalize():f} write units, ${done.consumed.cost():f}"
    print(f"{done.written:,} item{'s' * (done.written != 1)} written: {units}", file=sys.stderr)
    if done.rejected:
        lines = "1 line was" if done.rejected == 1 else f"{done.rejected:,} lines were"
        raise ArgumentError(f"{lines} rejected; see {done.rejects} for the reasons")
