"""Items as CSV, for spreadsheets: text as it is, numbers with all their digits, all else as plain JSON.

A CSV does not say what is a text and what a number. One of kind `csv-json` does: a cell is plain JSON where it can be
read as that, and a text where it can't; so a text that could be read as JSON stands as a JSON string, `"5"`, `"true"`.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from dynexpr import limits
from dynexpr.errors import ArgumentError, nearest
from dynexpr.transfer.lines import item_of_line, plain_text, plain_value, read_json, wire_of, wire_of_plain
from dynexpr.wire import Item, Wire, encode

_CELL: Final = 8 * limits.ITEM_BYTES
"""Characters of a cell: JSON writes a byte as six characters at most."""
_MARK: Final = "\ufeff"
"""The byte order mark: at the beginning of a file it is no part of the text."""
_OPENING: Final = frozenset({"[", "{", '"'})
"""What begins like this may be JSON that is nested too deeply to be read."""


def names_of(items: Iterable[Item]) -> list[str]:
    """All attributes there are, in the order they come up."""
    names: dict[str, None] = {}
    for item in items:
        names.update(dict.fromkeys(item))
    return list(names)


def write_csv(items: Callable[[], Iterable[Item]], path: Path, *, exact: bool = False) -> None:
    """Write a file with a column for each attribute; gone through twice, for they are known at the end."""
    show, head = (exact_cell, exact_text) if exact else (cell, str)
    names = names_of(items())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(map(head, names))
        for item in items():
            writer.writerow([show(item[name]) if name in item else "" for name in names])


def cell(wire: Wire) -> str:
    """A value as a text.

    >>> cell({"S": "x"}), cell({"N": "1.50"}), cell({"BOOL": True}), cell({"SS": ["a"]})
    ('x', '1.50', 'true', '{"$set":["a"]}')
    """
    ((kind, value),) = wire.items()
    return str(value) if kind == "S" else plain_text(plain_value(wire))


def exact_cell(wire: Wire) -> str:
    """A value as a text that says what it was.

    >>> exact_cell({"S": "x"}), exact_cell({"S": "5"}), exact_cell({"N": "5"}), exact_cell({"NULL": True})
    ('x', '"5"', '5', 'null')
    """
    ((kind, value),) = wire.items()
    return exact_text(value) if kind == "S" else cell(wire)


def exact_text(text: str) -> str:
    """A text as it is, where nothing else can be meant by it; else as a JSON string. An empty cell is no value."""
    begins = text.lstrip(" \t\n\r")[:1]
    is_plain = text and begins not in _OPENING and text[0] != _MARK and read_json(text) is None
    return text if is_plain else plain_text(text)


def rows_in(
    path: Path, kinds: dict[str, str], *, numbers: Iterable[str] = (), exact: bool = False
) -> Iterator[tuple[int, str, Callable[[], Item]]]:
    """For each row its line, its text, and what makes an item of it: numbers where *kinds* says N, else text.

    Of *numbers*, each is a column that there is.
    """
    # Its own limit, which no reader has for itself, is less than what an item may hold.
    csv.field_size_limit(max(csv.field_size_limit(), _CELL))
    # A spreadsheet's file begins with a byte order mark; bytes that are no UTF-8 are a matter of their rows.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file)
        try:
            names = next(filter(None, reader), [])
            if exact:
                names = [str(_exact_value(name).get("S", name)) for name in names]
            if len(set(names)) != len(names):
                raise ArgumentError(f"{path}: the first row names the attributes, each once")
            for name in numbers:
                if name not in names:
                    raise ArgumentError(f"{path} has no column {name!r}{nearest(name, names)}")
            before = reader.line_num
            for row in reader:
                if row:
                    yield before + 1, ",".join(row), _maker(names, row, None if exact else kinds)
                before = reader.line_num
        except csv.Error as error:
            raise ArgumentError(f"{path}, line {reader.line_num}: this is no CSV: {error}") from None


def _maker(names: list[str], row: list[str], kinds: dict[str, str] | None) -> Callable[[], Item]:
    def make() -> Item:
        if len(row) != len(names):
            raise ArgumentError(f"it has {len(row)} cells, and there are {len(names)} columns")
        cells = [(name, text) for name, text in zip(names, row, strict=True) if text]
        if kinds is None:
            return {name: _exact_value(text) for name, text in cells}
        return {name: _value(text, kinds.get(name, "S")) for name, text in cells}

    return make


def _exact_value(text: str) -> Wire:
    try:
        read = read_json(text)
    except RecursionError:
        raise ArgumentError("it is nested too deeply") from None
    return encode(text) if read is None else wire_of_plain(read[0])


def _value(text: str, kind: str) -> Wire:
    if kind == "B" and text.startswith("{"):  # as `cell` has it; base64 has no braces
        return item_of_line(f'{{"value":{text}}}')["value"]
    return wire_of({kind: text})
