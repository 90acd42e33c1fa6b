"""`dynexpr query`: read by SQL, and print a table, JSON lines or CSV."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

from dynexpr import create_engine, sql
from dynexpr.cli import models, output
from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import replace
from dynexpr.results import Result
from dynexpr.statements.count import Count
from dynexpr.statements.select import Select

EXAMPLES = """\
examples:
  dynexpr query "SELECT id, amount FROM payments WHERE status = 'pending' LIMIT 20" \\
      --models app.models --engine "dynamodb://us-east-1/?profile=dev"
  dynexpr query "SELECT * FROM payments WHERE customer_id = :c" --models app.models --engine local:///dev.db \\
      --param c=c1 --format jsonl
  dynexpr query "SELECT COUNT(*) FROM payments" --models app.models --engine dynamodb://us-east-1/ --allow-scan
"""

_PATIENCE: Final = 1.0
"""Seconds of reading before its progress is told, and between two tellings."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = "Read by SELECT. Reading a whole table has to be allowed: it is slow, and every item is paid for."
    parser.epilog = EXAMPLES
    parser.add_argument("statement", metavar="SQL", help="a SELECT")
    models.arguments(parser)
    parser.add_argument(
        "--engine",
        required=True,
        metavar="URL",
        help="dynamodb://us-east-1/, dynamodb://us-east-1/?endpoint_url=http://127.0.0.1:8000, or local:///dev.db",
    )
    parser.add_argument("--format", choices=output.FORMATS, help="table (default on a terminal), jsonl (elsewhere) or csv")
    parser.add_argument("--allow-scan", action="store_true", help="let it read the whole table")
    parser.add_argument("--consistent", action="store_true", help="see all earlier writes, at twice the price")
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="the value of :NAME, as SQL would write it"
    )


def run(chosen: argparse.Namespace) -> None:
    """Read, and print what is found."""
    statement = sql(_filled(chosen.statement, chosen.param), *models.tables_in(chosen.models))
    if not isinstance(statement, Select | Count):
        raise ArgumentError("query reads: it takes a SELECT; writes are for programs, engine.execute(sql(...))")
    read: Select[Any] = statement.query if isinstance(statement, Count) else statement
    read = read.consistent_read() if chosen.consistent else read
    read = read.allow_scan() if chosen.allow_scan else read
    statement = replace(statement, query=read) if isinstance(statement, Count) else read
    shape = chosen.format or ("table" if sys.stdout.isatty() else "jsonl")
    with create_engine(chosen.engine) as engine:
        result: Result[Any] = engine.execute(statement)
        output.write(shape, _progress(result), sys.stdout)
    if sys.stderr.isatty():
        print(f"{result.consumed.read_units:f} read units, ${result.consumed.cost():f}", file=sys.stderr)


def _filled(text: str, given: list[str]) -> str:
    """The statement with its parameters written in, as text where they are no literals."""
    from dynexpr.frontends.sql_words import Words

    values = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise ArgumentError(f"--param {each}: write NAME=VALUE")
        values[f":{name}"] = value
    pieces, end = list[str](), 0
    for word in Words(text).all:
        if word.kind == "parameter" and word.text in values:
            pieces += [text[end : word.start], _literal(values[word.text])]
            end = word.end
    return "".join([*pieces, text[end:]])


def _literal(value: str) -> str:
    return value


def _progress(result: Result[Any]) -> Iterator[Any]:
    """The rows, while a terminal is told how many there were so far."""
    told = time.monotonic()
    count, shown = 0, False
    for row in _rows(result):
        count += 1
        now = time.monotonic()
        if now - told > _PATIENCE and sys.stderr.isatty():
            told, shown = now, True
            units = f"{result.consumed.read_units:f}"
            print(f"\r{count:,} items, {units} read units", end="", file=sys.stderr, flush=True)
        yield row
    if shown:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _rows(result: Iterable[Any]) -> Iterator[Any]:
    return iter(result)
