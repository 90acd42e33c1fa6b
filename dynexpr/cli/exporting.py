"""`dynexpr export`: a whole table to a file."""

import argparse
import sys

from dynexpr import create_engine
from dynexpr.cli.progress import progress
from dynexpr.transfer.exporting import FORMATS, export_table

EXAMPLES = """\
examples:
  dynexpr export payments --engine "dynamodb://us-east-1/?profile=dev" --out payments.jsonl --segments 8
  dynexpr export payments --engine local:///dev.db --format csv --out payments.csv
"""
ENGINE = "dynamodb://us-east-1/, dynamodb://us-east-1/?endpoint_url=http://127.0.0.1:8000, or local:///dev.db"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = (
        "Read a whole table into a file: every item is paid for. After an interruption the same command goes on where "
        "it was (FILE.part, FILE.checkpoint)."
    )
    parser.epilog = EXAMPLES
    parser.add_argument("table", metavar="TABLE", help="the table's name, without the URL's table_prefix")
    parser.add_argument("--engine", required=True, metavar="URL", help=ENGINE)
    parser.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="jsonl",
        help="jsonl (default): DynamoDB's JSON, an item a line; plain: plain JSON; csv; parquet, which needs pyarrow",
    )
    parser.add_argument("--segments", type=int, default=4, metavar="N", help="parts read at the same time (default 4)")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE where there is one")
    parser.add_argument("--consistent", action="store_true", help="see all earlier writes, at twice the price")


def run(chosen: argparse.Namespace) -> None:
    """Export."""
    with create_engine(chosen.engine) as engine, progress(f"export {chosen.table}") as told:
        done = export_table(
            engine,
            chosen.table,
            chosen.out,
            format=chosen.format,
            segments=chosen.segments,
            consistent_read=chosen.consistent,
            overwrite=chosen.overwrite,
            on_progress=told,
        )
    units = f"{done.consumed.read_units.normalize():f} read units, ${done.consumed.cost():f}"
    print(f"{done.items:,} item{'s' * (done.items != 1)} in {done.path}: {units}", file=sys.stderr)
