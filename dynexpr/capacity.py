"""How many units did it take?"""

from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Any

from dynexpr.prices import ON_DEMAND, Prices

_plus = Context(prec=50).add  # whatever the caller's own context rounds or forbids
_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})


class Consumed:
    """Read and write units, in all and by table and index; `add` adds others to them."""

    __slots__ = ("by_index", "read_units", "requests", "write_units")

    def __init__(self) -> None:
        self.read_units = Decimal(0)
        self.write_units = Decimal(0)
        self.requests = 0
        self.by_index: dict[tuple[str, str | None], tuple[Decimal, Decimal]] = {}
        """(table, index or None) -> (read units, write units)."""

    def count(self, operation: str, response: dict[str, Any]) -> None:
        """Add what one response says."""
        self.requests += 1
        given = response.get("ConsumedCapacity")
        reads = operation in _READS
        for each in (given,) if isinstance(given, dict) else given or ():
            self._count_table(each, reads=reads)

    def _count_table(self, given: dict[str, Any], *, reads: bool) -> None:
        table = given["TableName"]
        parts: list[tuple[str | None, dict[str, Any]]] = []
        for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
            parts += list((given.get(kind) or {}).items())
        if "Table" in given:
            parts.insert(0, (None, given["Table"]))
        elif not parts:
            parts = [(None, given)]  # a client that asks for totals only
        for index, part in parts:
            read, write = _units(part, reads=reads)
            self.read_units = _plus(self.read_units, read)
            self.write_units = _plus(self.write_units, write)
            old_read, old_write = self.by_index.get((table, index), (Decimal(0), Decimal(0)))
            self.by_index[table, index] = (_plus(old_read, read), _plus(old_write, write))

    def add(self, other: "Consumed") -> None:
        """Add what something else consumed."""
        self.read_units = _plus(self.read_units, other.read_units)
        self.write_units = _plus(self.write_units, other.write_units)
        self.requests += other.requests
        for place, (read, write) in other.by_index.items():
            old_read, old_write = self.by_index.get(place, (Decimal(0), Decimal(0)))
            self.by_index[place] = (_plus(old_read, read), _plus(old_write, write))

    def cost(self, prices: Prices | None = None) -> Decimal:
        """What it costs in US dollars, unrounded; by default on demand in us-east-1."""
        return (prices or ON_DEMAND).cost(self.read_units, self.write_units)

    def __repr__(self) -> str:
        requests = "1 request" if self.requests == 1 else f"{self.requests} requests"
        return f"<{self.read_units:f} read units, {self.write_units:f} write units in {requests}>"


class Tally(Consumed):
    """What is consumed, and added to something else besides: a session's total."""

    __slots__ = ("_also",)

    def __init__(self, also: Consumed) -> None:
        super().__init__()
        self._also = also

    def count(self, operation: str, response: dict[str, Any]) -> None:
        """Add what one response says, here and there."""
        super().count(operation, response)
        self._also.count(operation, response)

    def add(self, other: Consumed) -> None:
        """Add what something else consumed, here and there."""
        super().add(other)
        self._also.add(other)


def _units(part: dict[str, Any], *, reads: bool) -> tuple[Decimal, Decimal]:
    if "ReadCapacityUnits" in part or "WriteCapacityUnits" in part:
        return _exact(part.get("ReadCapacityUnits")), _exact(part.get("WriteCapacityUnits"))
    units = _exact(part.get("CapacityUnits"))
    return (units, Decimal(0)) if reads else (Decimal(0), units)


def _exact(units: float | None) -> Decimal:
    # Units come as floats that are multiples of one half.
    return Decimal(0) if not units else Decimal(int(units)) if units == int(units) else Decimal(str(units))


def total(parts: Iterable[Consumed]) -> Consumed:
    """The sum."""
    whole = Consumed()
    for part in parts:
        whole.add(part)
    return whole
