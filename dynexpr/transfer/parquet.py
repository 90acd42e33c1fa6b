"""Items as Parquet, by pyarrow: for analytics. Column types are those that all values have.

Whole numbers are int64 while they fit, others decimal128 of 38 digits while they fit, text otherwise; what is neither
text, number, bytes nor a truth value is plain JSON.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from dynexpr.errors import ArgumentError
from dynexpr.transfer.lines import wire_of
from dynexpr.transfer.table_text import cell
from dynexpr.wire import Item, Wire, encode

_ROWS: Final = 10_000
"""Rows of a group, which is what is held at a time."""
_DIGITS: Final = 38


def needs_pyarrow() -> Any:
    """pyarrow; refused where it is not installed."""
    try:
        import_module("pyarrow.parquet")
        arrow: Any = import_module("pyarrow")
    except ImportError:
        raise ArgumentError("Parquet needs pyarrow: pip install 'dynexpr[parquet]'") from None
    return arrow


class _Seen:
    """What the values of one attribute have in common."""

    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.whole = 0
        self.scale = 0

    def take(self, wire: Wire) -> None:
        """Take in a value."""
        ((kind, value),) = wire.items()
        self.kinds.add(kind)
        if kind == "N":
            _, digits, exponent = Decimal(value).as_tuple()
            self.scale = max(self.scale, -int(exponent))
            self.whole = max(self.whole, len(digits) + int(exponent))

    def type(self, arrow: Any) -> Any:
        """Its column's type."""
        kinds = self.kinds - {"NULL"}
        if kinds == {"N"}:
            if not self.scale and self.whole <= 18:
                return arrow.int64()
            fits = self.whole + self.scale <= _DIGITS
            return arrow.decimal128(_DIGITS, self.scale) if fits else arrow.string()
        if kinds == {"B"}:
            return arrow.binary()
        return arrow.bool_() if kinds == {"BOOL"} else arrow.string()


def write_parquet(items: Callable[[], Iterable[Item]], path: Path) -> None:
    """Write a file; gone through twice, for the columns and their types are known at the end."""
    arrow: Any = needs_pyarrow()
    seen: dict[str, _Seen] = {}
    for item in items():
        for name, wire in item.items():
            seen.setdefault(name, _Seen()).take(wire)
    types = {name: each.type(arrow) for name, each in seen.items()}
    schema = arrow.schema([arrow.field(name, type_) for name, type_ in types.items()])
    with arrow.parquet.ParquetWriter(path, schema) as writer:
        rows: list[dict[str, Any]] = []
        for item in items():
            rows.append({name: _value(wire, types[name], arrow) for name, wire in item.items()})
            if len(rows) == _ROWS:
                writer.write_table(arrow.Table.from_pylist(rows, schema=schema))
                rows = []
        writer.write_table(arrow.Table.from_pylist(rows, schema=schema))


def _value(wire: Wire, type_: Any, arrow: Any) -> Any:
    ((kind, value),) = wire.items()
    if kind == "NULL":
        return None
    if type_ == arrow.string():
        return cell(wire)
    if kind == "N":
        return int(Decimal(value)) if type_ == arrow.int64() else Decimal(value)
    return value


def rows_in(path: Path, kinds: Mapping[str, str]) -> Iterator[tuple[int, str, Callable[[], Item]]]:
    """For each row its number, its text, and what makes an item of it; an empty cell is an absent attribute."""
    arrow: Any = needs_pyarrow()
    number = 0
    try:
        for batch in arrow.parquet.ParquetFile(path).iter_batches(_ROWS):
            for row in batch.to_pylist():
                number += 1
                yield number, repr(row), _maker(row, kinds)
    except arrow.ArrowException as error:
        raise ArgumentError(f"{path}: {error}") from None


def _maker(row: dict[str, Any], kinds: Mapping[str, str]) -> Callable[[], Item]:
    return lambda: {name: _wire(value, kinds.get(name)) for name, value in row.items() if value is not None}


def _wire(value: Any, kind: str | None) -> Wire:
    """A cell on the wire; numbers that fit no column type of theirs are texts in the file."""
    return wire_of({kind: value}) if kind == "N" and isinstance(value, str) else encode(_exact(value))


def _exact(value: Any) -> Any:
    """A value whose floats are the shortest numbers that mean them."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list):
        return [_exact(each) for each in value]
    return {name: _exact(each) for name, each in value.items()} if isinstance(value, dict) else value
