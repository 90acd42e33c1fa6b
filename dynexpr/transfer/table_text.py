"""Items as CSV, for spreadsheets: text as it is, numbers with all their digits, all else as plain JSON.

A CSV does not say what is a text and what a number: to have items back as they were, export JSON lines.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from dynexpr.errors import ArgumentError
from dynexpr.transfer.lines import plain_text, plain_value
from dynexpr.wire import Item, Wire


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
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        names = next(reader, None)
        if not names or len(set(names)) != len(names):
            raise ArgumentError(f"{path}: the first row names the attributes, each once")
        before = reader.line_num
        for row in reader:
            yield before + 1, ",".join(row), _maker(names, row, kinds)
            before = reader.line_num


def _maker(names: list[str], row: list[str], kinds: dict[str, str]) -> Callable[[], Item]:
    def make() -> Item:
        if len(row) != len(names):
            raise ArgumentError(f"it has {len(row)} cells, and there are {len(names)} columns")
        return {name: _value(text, kinds.get(name, "S")) for name, text in zip(names, row, strict=True) if text}

    return make


def _value(text: str, kind: str) -> Wire:
    from dynexpr.transfer.lines import wire_of

    given: Any = text
    return wire_of({kind: given})
