"""Items as CSV, for spreadsheets: text as it is, numbers with all their digits, all else as plain JSON.

A CSV does not say what is a text and what a number: to have items back as they were, export JSON lines.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from dynexpr import limits
from dynexpr.errors import ArgumentError
from dynexpr.transfer.lines import item_of_line, plain_text, plain_value, wire_of
from dynexpr.wire import Item, Wire

_CELL: Final = 8 * limits.ITEM_BYTES
"""Characters of a cell: JSON writes a byte as six characters at most."""


def names_of(items: Iterable[Item]) -> list[str]:
    """All attributes there are, in the order they come up."""
    names: dict[str, None] = {}
    for item in items:
        names.update(dict.fromkeys(item))
    return list(names)


def write_csv(items: Callable[[], Iterable[Item]], path: Path) -> None:
    """Write a file with a column for each attribute; gone through twice, for they are known at the end."""
    names = names_of(items())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for item in items():
            writer.writerow([cell(item[name]) if name in item else "" for name in names])


def cell(wire: Wire) -> str:
    """A value as a text.

    >>> cell({"S": "x"}), cell({"N": "1.50"}), cell({"BOOL": True}), cell({"SS": ["a"]})
    ('x', '1.50', 'true', '{"$set":["a"]}')
    """
    ((kind, value),) = wire.items()
    return str(value) if kind == "S" else plain_text(plain_value(wire))


def rows_in(path: Path, kinds: dict[str, str]) -> Iterator[tuple[int, str, Callable[[], Item]]]:
    """For each row its line, its text, and what makes an item of it: numbers where *kinds* says N, else text."""
    # Its own limit, which no reader has for itself, is less than what an item may hold.
    csv.field_size_limit(max(csv.field_size_limit(), _CELL))
    # A spreadsheet's file begins with a byte order mark; bytes that are no UTF-8 are a matter of their rows.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file)
        try:
            names = next(filter(None, reader), [])
            if len(set(names)) != len(names):
                raise ArgumentError(f"{path}: the first row names the attributes, each once")
            before = reader.line_num
            for row in reader:
                if row:
                    yield before + 1, ",".join(row), _maker(names, row, kinds)
                before = reader.line_num
        except csv.Error as error:
            raise ArgumentError(f"{path}, line {reader.line_num}: this is no CSV: {error}") from None


def _maker(names: list[str], row: list[str], kinds: dict[str, str]) -> Callable[[], Item]:
    def make() -> Item:
        if len(row) != len(names):
            raise ArgumentError(f"it has {len(row)} cells, and there are {len(names)} columns")
        return {name: _value(text, kinds.get(name, "S")) for name, text in zip(names, row, strict=True) if text}

    return make


def _value(text: str, kind: str) -> Wire:
    if kind == "B" and text.startswith("{"):  # as `cell` has it; base64 has no braces
        return item_of_line(f'{{"value":{text}}}')["value"]
    return wire_of({kind: text})
