"""How are rows printed?  As a table for people, as JSON lines or CSV for programs."""

import base64
import csv
import json
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final, TextIO
from uuid import UUID

from dynexpr.results import Row

FORMATS: Final = ("table", "jsonl", "csv")
_WIDTH: Final = 60
"""Characters of a value that a table shows."""


def write(shape: str, rows: Iterable[Row], to: TextIO) -> None:
    """Print rows; JSON lines as they come, the others when all are there."""
    _WRITERS[shape](rows, to)


def plain(value: Any) -> Any:
    """A value as JSON has it.

    Numbers stay numbers where a float holds them exactly, and become text where it doesn't; sets are sorted lists,
    bytes base64, instants and dates ISO 8601.

    >>> plain({"a": Decimal("1.50"), "b": {"y", "x"}, "c": Decimal("0.12345678901234567890")})
    {'a': 1.5, 'b': ['x', 'y'], 'c': '0.12345678901234567890'}
    """
    if hasattr(value, "_value_"):  # a member of an Enum
        return plain(value.value)
    if value is None or isinstance(value, bool | int | str | float):
        return value
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, set | frozenset):
        return sorted((plain(element) for element in value), key=lambda element: (str(type(element)), element))
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {str(name): plain(element) for name, element in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    fields = getattr(value, "__dataclass_fields__", None)
    return {name: plain(getattr(value, name)) for name in fields} if fields is not None else str(value)


def _number(value: Decimal) -> Any:
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


def _lines(rows: Iterable[Row], to: TextIO) -> None:
    for row in rows:
        print(json.dumps({name: plain(value) for name, value in row._asdict().items()}, ensure_ascii=False), file=to)


def _texts(rows: Iterable[Row]) -> tuple[list[str], list[list[str]]]:
    """All names there are, in the order they come up, and each row's texts under them."""
    mappings = [row._asdict() for row in rows]
    names = list(dict.fromkeys(name for mapping in mappings for name in mapping))
    return names, [[_text(mapping.get(name)) for name in names] for mapping in mappings]


def _text(value: Any) -> str:
    made = plain(value)
    if isinstance(made, str):
        return made
    return "" if made is None else json.dumps(made, ensure_ascii=False)


def _csv(rows: Iterable[Row], to: TextIO) -> None:
    names, texts = _texts(rows)
    writer = csv.writer(to, lineterminator="\n")
    if names:
        writer.writerow(names)
    writer.writerows(texts)


def _table(rows: Iterable[Row], to: TextIO) -> None:
    names, texts = _texts(rows)
    shown = [[_cut(text) for text in line] for line in texts]
    widths = [max(len(line[place]) for line in [names, *shown]) for place in range(len(names))]
    for line in [names, ["-" * width for width in widths], *shown] if names else []:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip(), file=to)
    print(f"({len(texts)} row{'s' * (len(texts) != 1)})", file=to)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


_WRITERS: Final[dict[str, Callable[[Iterable[Row], TextIO], None]]] = {"table": _table, "jsonl": _lines, "csv": _csv}
