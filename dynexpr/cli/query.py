"""`dynexpr query`: read by SQL, and print a table, JSON lines or CSV."""

import argparse
import re
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from dynexpr import sql
from dynexpr.cli import engines, models, output
from dynexpr.compile.partiql import text_literal
from dynexpr.errors import ArgumentError, ScanRequired
from dynexpr.expression.nodes import replace
from dynexpr.frontends.sql_words import Words
from dynexpr.results import Result
from dynexpr.statements.count import Count
from dynexpr.statements.parameters import parameters_of
from dynexpr.statements.select import Select

EXAMPLES = """\
examples:
  dynexpr query "SELECT id, amount FROM payments WHERE status = 'pending' LIMIT 20" \\
      --models app.models --engine "dynamodb://us-east-1/?profile=dev"
  dynexpr query "SELECT * FROM payments WHERE customer_id = :c" --models app.models --engine local:///dev.db \\
      --param c=c1 --format jsonl
  dynexpr query "SELECT COUNT(*) FROM payments" --models app.models --engine dynamodb://us-east-1/ --allow-scan
"""

_PARAM: Final = re.compile(r"(?P<name>\w+)(?::=(?P<plain>-?\d+(?:\.\d+)?|true|false)|=(?P<text>.*))", re.DOTALL)
_PATIENCE: Final = 1.0
"""Seconds of reading before its progress is told, and between two tellings."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = (
        "Read by SELECT. Reading a whole table has to be allowed: it is slow, and every item is paid for."
    )
    parser.epilog = EXAMPLES
    parser.add_argument("statement", metavar="SQL", help="a SELECT")
    models.arguments(parser)
    engines.arguments(parser)
    parser.add_argument(
        "--format", choices=output.FORMATS, help="table (default on a terminal), jsonl (elsewhere) or csv"
    )
    parser.add_argument("--allow-scan", action="store_true", help="let it read the whole table")
    parser.add_argument("--consistent", action="store_true", help="see all earlier writes, at twice the price")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=TEXT",
        help="the value of :NAME; NAME:=5 for a number, true or false; repeatable",
    )


def run(chosen: argparse.Namespace) -> None:
    """Read, and print what is found."""
    text = _filled(chosen.statement, chosen.param)
    try:
        statement = sql(text, *models.tables_in(chosen.models))
    except ArgumentError as error:
        for hint in _plainer(chosen.param):
            error.add_note(hint)
        raise
    if not isinstance(statement, Select | Count):
        raise ArgumentError("query reads: it takes a SELECT; writes are for programs, engine.execute(sql(...))")
    read: Select[Any] = statement.query if isinstance(statement, Count) else statement
    read = read.consistent_read() if chosen.consistent else read
    read = read.allow_scan() if chosen.allow_scan else read
    statement = replace(statement, query=read) if isinstance(statement, Count) else read
    shape = chosen.format or ("table" if sys.stdout.isatty() else "jsonl")
    unbound = parameters_of(statement)
    if unbound:
        raise ArgumentError(f":{unbound[0]} has no value: give it by --param {unbound[0]}=TEXT")
    with engines.opened(chosen.engine) as engine:
        try:
            result: Result[Any] = engine.execute(statement)
        except ScanRequired as error:
            raise ScanRequired(str(error).replace(".allow_scan()", "--allow-scan")) from None
        output.write(shape, _progress(result), sys.stdout)
    if sys.stderr.isatty():
        print(f"{result.consumed.read_units:f} read units, ${result.consumed.cost():f}", file=sys.stderr)


def _filled(text: str, given: list[str]) -> str:
    """The statement with its parameters written in as literals, so that their columns' types say what they are."""
    literals = dict(_literal(each) for each in given)
    pieces, end, used = list[str](), 0, set[str]()
    for word in Words(text).all:
        if word.kind == "parameter" and word.text[1:] in literals:
            used.add(word.text[1:])
            pieces += [text[end : word.start], literals[word.text[1:]]]
            end = word.end
    unused = sorted(literals.keys() - used)
    if unused:
        raise ArgumentError(f"--param {unused[0]}: the statement has no parameter :{unused[0]}")
    return "".join([*pieces, text[end:]])


def _literal(given: str) -> tuple[str, str]:
    match = _PARAM.fullmatch(given)
    if match is None:
        raise ArgumentError(f"--param {given}: write NAME=TEXT, or NAME:=5 for a number, true or false")
    return match["name"], match["plain"] or text_literal(match["text"])


def _plainer(given: list[str]) -> Iterator[str]:
    """What to try where a text may have been meant as a number."""
    for each in given:
        match = _PARAM.fullmatch(each)
        if match is not None and match["text"] is not None:
            plain = f"{match['name']}:={match['text']}"
            if _PARAM.fullmatch(plain):
                yield f"--param {each} gives a text, --param {plain} does not"


def _progress(result: Result[Any]) -> Iterator[Any]:
    """The rows, while a terminal is told how many there were so far."""
    told = time.monotonic()
    shown = False
    for count, row in enumerate(result, 1):
        now = time.monotonic()
        if now - told > _PATIENCE and sys.stderr.isatty():
            told, shown = now, True
            units = f"{result.consumed.read_units:f}"
            print(f"\r{count:,} items, {units} read units", end="", file=sys.stderr, flush=True)
        yield row
    if shown:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
