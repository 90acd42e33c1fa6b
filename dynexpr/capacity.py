"""How many units did it take?"""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from dynexpr.operations import PARTIQL
from dynexpr.prices import EXACT, ON_DEMAND, Prices

if TYPE_CHECKING:
    from dynexpr.requests import Request

K = TypeVar("K")
Place = tuple[str, str | None]
"""A table and an index of it; None for the table itself."""

_NONE: Final = Decimal(0)
plus = EXACT.add
_READS: Final = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
TRANSACTIONS: Final = frozenset({"TransactGetItems", "TransactWriteItems", "ExecuteTransaction"})
_KINDS: Final = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")


class Units(NamedTuple):
    """What was consumed in one place."""

    read_units: Decimal
    write_units: Decimal

    def cost(self, prices: Prices | None = None) -> Decimal:
        """What it costs in US dollars, unrounded; by default on demand in us-east-1."""
        return (prices or ON_DEMAND).cost(self.read_units, self.write_units)


class Consumed:
    """Read and write units, in all and by table and index; `add` adds others to them."""

    __slots__ = ("_places", "read_units", "requests", "transactional_read_units", "transactional_write_units",
                 "write_units")  # fmt: skip

    def __init__(self) -> None:
        self.read_units = _NONE
        self.write_units = _NONE
        self.transactional_read_units = _NONE
        """How many of the read units were those of TransactGetItems, which pays double."""
        self.transactional_write_units = _NONE
        """How many of the write units were those of transactions, which pay double."""
        self.requests = 0
        self._places: dict[Place, tuple[Decimal, Decimal]] = {}

    @property
    def by_index(self) -> dict[Place, Units]:
        """(table, index or None for the table itself) -> its units."""
        return {place: Units(*units) for place, units in self._places.items()}

    @property
    def by_table(self) -> dict[str, Units]:
        """Table -> its units, those of its indexes included."""
        return summed((place[0], units) for place, units in self._places.items())

    @property
    def transactional(self) -> bool:
        """Whether any of it was consumed by a transaction, at the double price."""
        return bool(self.transactional_read_units or self.transactional_write_units)

    def count(self, operation: str, response: dict[str, Any], request: "Request | None" = None) -> None:
        """Add what one response says."""
        self.requests += 1
        if "ConsumedCapacity" not in response:
            return
        for place, read, write in parts_of(operation, response, request):
            self._count_part(operation, place, read, write)

    def _count_part(self, operation: str, place: Place, read: Decimal, write: Decimal) -> None:
        self._put(place, read, write)
        if operation in TRANSACTIONS:
            self.transactional_read_units = plus(self.transactional_read_units, read)
            self.transactional_write_units = plus(self.transactional_write_units, write)

    def _put(self, place: tuple[str, str | None], read: Decimal, write: Decimal) -> None:
        self.read_units = plus(self.read_units, read)
        self.write_units = plus(self.write_units, write)
        old_read, old_write = self._places.get(place, (_NONE, _NONE))
        self._places[place] = (plus(old_read, read), plus(old_write, write))

    def add(self, other: "Consumed") -> None:
        """Add what something else consumed."""
        self.requests += other.requests
        for place, (read, write) in other.by_index.items():
            self._put(place, read, write)
        self.transactional_read_units = plus(self.transactional_read_units, other.transactional_read_units)
        self.transactional_write_units = plus(self.transactional_write_units, other.transactional_write_units)

    def part(self) -> "Consumed":
        """An empty one of its kind, for work that goes on at the same time and is added when it is done."""
        return Consumed()

    def cost(self, prices: Prices | None = None) -> Decimal:
        """What it costs in US dollars, unrounded; by default on demand in us-east-1. Storage is not in it."""
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

    def count(self, operation: str, response: dict[str, Any], request: "Request | None" = None) -> None:
        """Add what one response says, here and there."""
        super().count(operation, response, request)
        self._also.count(operation, response, request)

    def add(self, other: Consumed) -> None:
        """Add what something else consumed, here and there."""
        super().add(other)
        self._also.add(other)

    def part(self) -> Consumed:
        """An empty one that knows as much as what it is added to."""
        return self._also.part()


def parts_of(
    operation: str, response: dict[str, Any], request: "Request | None"
) -> list[tuple[Place, Decimal, Decimal]]:
    """(table, index), read units and write units of each place that an answer names."""
    given = response.get("ConsumedCapacity")
    if not given:
        return []
    reads = operation in _READS or (request is not None and operation in PARTIQL and _selects(request.params))
    found: list[tuple[Place, Decimal, Decimal]] = []
    for each in (given,) if isinstance(given, dict) else given:
        table = each["TableName"]
        parts = [(None, each["Table"])] if "Table" in each else []
        for kind in _KINDS:
            parts += (each.get(kind) or {}).items()
        # A client that asks for totals only is told of no parts.
        found += [((table, index), *_units(part, reads=reads)) for index, part in parts or ((None, each),)]
    return found


def summed(parts: Iterable[tuple[K, tuple[Decimal, Decimal]]]) -> dict[K, Units]:
    """The sum of the units under each name."""
    sums: dict[K, Units] = {}
    for name, (read, write) in parts:
        old = sums.get(name, _NO_UNITS)
        sums[name] = Units(plus(old.read_units, read), plus(old.write_units, write))
    return sums


def _selects(params: dict[str, Any]) -> bool:
    """Whether PartiQL reads: of a batch, all statements do the same."""
    statements = params.get("Statements") or params.get("TransactStatements") or (params,)
    text: str = statements[0].get("Statement", "")
    return text.lstrip()[:6].upper() == "SELECT"


def _units(part: dict[str, Any], *, reads: bool) -> tuple[Decimal, Decimal]:
    if "ReadCapacityUnits" in part or "WriteCapacityUnits" in part:
        return _exact(part.get("ReadCapacityUnits")), _exact(part.get("WriteCapacityUnits"))
    units = _exact(part.get("CapacityUnits"))
    return (units, _NONE) if reads else (_NONE, units)


def _exact(units: float | None) -> Decimal:
    # Units come as floats that are multiples of one half.
    return _NONE if not units else Decimal(int(units)) if units == int(units) else Decimal(str(units))


_NO_UNITS: Final = Units(_NONE, _NONE)


def total(parts: Iterable[Consumed]) -> Consumed:
    """The sum."""
    whole = Consumed()
    for part in parts:
        whole.add(part)
    return whole
