"""`dynexpr export`: a whole table to a file."""

import argparse
from functools import partial

from dynexpr import limits
from dynexpr.cli import engines
from dynexpr.cli.numbers import between
from dynexpr.cli.transferring import carried_out, tell
from dynexpr.transfer.exporting import FORMATS, export_table

EXAMPLES = """\
examples:
  dynexpr export payments --engine "dynamodb://us-east-1/?profile=dev" --out payments.jsonl --segments 8
  dynexpr export payments --engine local:///dev.db --format csv --out payments.csv
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = (
        "Read a whole table into a file: every item is paid for. After an interruption the same command goes on where "
        "it was (FILE.part, FILE.checkpoint)."
    )
    parser.epilog = EXAMPLES
    parser.add_argument("table", metavar="TABLE", help="the table's name, without the URL's table_prefix")
    engines.arguments(parser)
    parser.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="jsonl",
        help="jsonl (default): DynamoDB's JSON, an item a line; plain: plain JSON; csv: for spreadsheets, does not say "
        "whether a cell was text, number, truth value, NULL, set, list, map or bytes, nor that it was an empty text; "
        "csv-json: a CSV that says so; parquet: needs pyarrow. jsonl, plain and csv-json come back as they were",
    )
    parser.add_argument(
        "--segments",
        type=between(1, limits.SEGMENTS),
        default=4,
        metavar="N",
        help="parts of the table, of which 16 are read at the same time (default 4)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace FILE where there is one")
    parser.add_argument(
        "--consistent",
        dest="consistent_read",
        action="store_true",
        help="see all earlier writes, at twice the price",
    )


def run(chosen: argparse.Namespace) -> None:
    """Export."""
    done = carried_out(chosen, partial(export_table, estimate=True))
    tell(done.items, f"in {done.path}", done.consumed)
