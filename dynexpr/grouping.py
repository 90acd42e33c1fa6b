"""What do items come to, group by group?  In one pass; no more is held than the groups."""

from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any, Final, Protocol

from dynexpr.columns import Column
from dynexpr.errors import ArgumentError
from dynexpr.expression.evaluate import holds, resolve
from dynexpr.expression.operators import ORDERED
from dynexpr.results import Row, answered_places
from dynexpr.statements.aggregates import Aggregation
from dynexpr.statements.functions import Aggregate, inner_type
from dynexpr.storing import encoded_present
from dynexpr.types import Float, Integer
from dynexpr.unset import UNSET
from dynexpr.wire import Frozen, Item, Wire, freeze, thaw

_EXACT: Final = Context(prec=400)
"""Numbers reach from 1E-130 to 1E+126 with 38 digits: their sum is exact, however many there are."""
_DIGITS: Final = Context(prec=38)
"""What a number of DynamoDB can hold: an average is rounded to it."""


class Accumulator(Protocol):
    """What is known so far of one value of one group."""

    def add(self, wire: Wire, /) -> None:
        """Take in what another item has, which is neither absent nor NULL."""

    def result(self) -> Any:
        """What it comes to."""

    def wire(self) -> Wire | None:
        """The same as a value of DynamoDB's, however many digits it has; None of no value."""


class _Count:
    __slots__ = ("count",)

    def __init__(self, _column: Column[Any] | None) -> None:
        self.count = 0

    def add(self, _wire: Wire, /) -> None:
        self.count += 1

    def result(self) -> int:
        return self.count

    def wire(self) -> Wire:
        return {"N": str(self.count)}


class _Distinct:
    __slots__ = ("values",)

    def __init__(self, _column: Column[Any]) -> None:
        self.values: set[Frozen] = set()

    def add(self, wire: Wire, /) -> None:
        self.values.add(freeze(wire))

    def result(self) -> int:
        return len(self.values)

    def wire(self) -> Wire:
        return {"N": str(len(self.values))}


class _Sum:
    __slots__ = ("column", "count", "total")

    def __init__(self, column: Column[Any]) -> None:
        self.column = column
        self.count = 0
        self.total = Decimal(0)

    def add(self, wire: Wire, /) -> None:
        if "N" not in wire:
            _refuse(self.column, "adds up numbers", wire)
        self.count += 1
        self.total = _EXACT.add(self.total, Decimal(wire["N"]))

    def result(self) -> Any:
        if not self.count:
            return None
        type_ = inner_type(self.column)
        if isinstance(type_, Integer) and self.total == self.total.to_integral_value():
            return int(self.total)
        return _as(type_, self.total)

    def wire(self) -> Wire | None:
        return {"N": f"{self.total:f}"} if self.count else None


class _Average(_Sum):
    __slots__ = ()

    def result(self) -> Any:
        return _as(inner_type(self.column), self._average()) if self.count else None

    def wire(self) -> Wire | None:
        return {"N": f"{self._average():f}"} if self.count else None

    def _average(self) -> Decimal:
        return _DIGITS.divide(self.total, Decimal(self.count))


class _Extreme:
    __slots__ = ("best", "column", "kind", "rank")

    sign = 0

    def __init__(self, column: Column[Any]) -> None:
        self.column = column
        self.kind: str | None = None
        self.rank: Any = None
        self.best: Wire | None = None

    def add(self, wire: Wire, /) -> None:
        ((kind, value),) = wire.items()
        if kind not in ORDERED:
            _refuse(self.column, "compares text, numbers and bytes", wire)
        if self.kind is not None and self.kind != kind:
            _refuse(self.column, f"compares values of one type, and has met {self.kind}", wire)
        self.kind = kind
        rank = Decimal(value) if kind == "N" else value
        if self.best is None or (rank < self.rank if self.sign < 0 else rank > self.rank):
            self.best, self.rank = wire, rank

    def result(self) -> Any:
        return None if self.best is None else self.column.type.decode(self.best)

    def wire(self) -> Wire | None:
        return self.best


class _Least(_Extreme):
    __slots__ = ()
    sign = -1


class _Greatest(_Extreme):
    __slots__ = ()
    sign = 1


_ACCUMULATORS: Final[dict[str, Callable[[Any], Accumulator]]] = {
    "count": _Count,
    "count_distinct": _Distinct,
    "sum": _Sum,
    "avg": _Average,
    "min": _Least,
    "max": _Greatest,
}


def _as(type_: Any, number: Decimal) -> Any:
    return float(number) if isinstance(type_, Float) else number


def _refuse(column: Column[Any], does: str, wire: Wire) -> None:
    (kind,) = wire
    raise ArgumentError(
        f"the function of {column} {does}, and an item has a value of type {kind}; "
        f"leave such items out with .where({column!r}.attribute_type(...))"
    )


class Grouping:
    """The groups of an aggregation, while its items go by."""

    def __init__(self, statement: Aggregation[Any]) -> None:
        self._statement = statement
        columns = statement.columns
        self._columns = columns
        self._places = answered_places([column.node for column in columns])
        self._absent = [_when_absent(column) for column in columns]
        where = {column.node: number for number, column in enumerate(columns)}
        self._keys = [where[column.node] for column in statement.groups]
        self._aggregates: list[Aggregate[Any]] = [each for each in statement.outputs if isinstance(each, Aggregate)]
        self._inputs = [None if each.column is None else where[each.column.node] for each in self._aggregates]
        self._groups: dict[tuple[Frozen | None, ...], list[Accumulator]] = {}
        if not statement.grouped:
            self._group(())

    def _group(self, key: tuple[Frozen | None, ...]) -> list[Accumulator]:
        made = [_ACCUMULATORS[each.function](each.column) for each in self._aggregates]
        self._groups[key] = made
        return made

    def take(self, item: Item) -> None:
        """Take in an item."""
        wires: list[Wire | None] = []
        for place, absent in zip(self._places, self._absent, strict=True):
            wire = resolve(place, item)
            wire = absent if wire is None else wire
            wires.append(None if wire is None or "NULL" in wire else wire)
        key = tuple([None if (wire := wires[number]) is None else freeze(wire) for number in self._keys])
        group = self._groups.get(key)
        if group is None:
            group = self._group(key)
        for number, accumulator in zip(self._inputs, group, strict=True):
            if number is None:
                accumulator.add({})
            elif (wire := wires[number]) is not None:
                accumulator.add(wire)

    def count(self, items: int) -> None:
        """Take in so many items of which nothing is asked but that they are there."""
        for accumulator in self._groups[()]:
            accumulator.count = items  # type: ignore[attr-defined]  # _Count, as `only_counts` says

    def rows(self) -> list[Row]:
        """A row for each group, in the order that is asked for, or in which they were met."""
        statement = self._statement
        names = tuple(each.name if isinstance(each, Aggregate) else each.key or each.name for each in statement.outputs)
        made = [self._row(key, group, names) for key, group in self._groups.items() if self._is_kept(group)]
        for place, descending in reversed(statement.sorting):
            made.sort(key=lambda each: each[1][place], reverse=descending)
        rows = [row for row, _ in made]
        return rows if statement.top is None else rows[: statement.top]

    def _is_kept(self, group: list[Accumulator]) -> bool:
        """Whether having() lets a group through: its condition is one of an item that has what was computed."""
        if self._statement.kept is None:
            return True
        computed = zip(map(str, self._aggregates), group, strict=True)
        found = {name: wire for name, accumulator in computed if (wire := accumulator.wire()) is not None}
        return holds(self._statement.kept, found)

    def _row(
        self, key: tuple[Frozen | None, ...], group: list[Accumulator], names: tuple[str, ...]
    ) -> tuple[Row, list[Any]]:
        """The row of a group, and what each of its values sorts by."""
        keys = {column.node: frozen for column, frozen in zip(self._statement.groups, key, strict=True)}
        accumulators = iter(group)
        values: list[Any] = []
        ranks: list[Any] = []
        for each in self._statement.outputs:
            if isinstance(each, Aggregate):
                accumulator = next(accumulators)
                values.append(accumulator.result())
                rank = accumulator.rank if isinstance(accumulator, _Extreme) else values[-1]
                ranks.append((0,) if values[-1] is None else (1, rank))
            else:
                frozen = keys[each.node]
                values.append(None if frozen is None else each.type.decode(thaw(frozen)))
                ranks.append(_rank(frozen))
        return Row(values, names), ranks


def _rank(frozen: Frozen | None) -> tuple[Any, ...]:
    """What the value of a group sorts by: None first, then by type, then in DynamoDB's order where there is one."""
    if frozen is None:
        return (0,)
    kind, value = frozen
    return (1, kind, Decimal(value) if kind == "N" else value if kind in ORDERED else repr(value))


def _when_absent(column: Column[Any]) -> Wire | None:
    """What an absent attribute counts as: its column's `missing=`, as in the rows of any select; else nothing."""
    missing = column.options.missing
    return None if missing is UNSET or missing is None else encoded_present(column, missing)
