"""How many units did it take?  An answer says it once; whoever counts adds what it said."""

import time
from _contextvars import ContextVar  # contextvars is no more than this, in another file
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from dynexpr.errors import ArgumentError, clip
from dynexpr.operations import PARTIQL
from dynexpr.prices import EXACT, Prices, prices_of

if TYPE_CHECKING:
    from dynexpr.metering import Capacity, CapacityBlock
    from dynexpr.requests import Request

K = TypeVar("K")
Place = tuple[str, str | None]
"""A table and an index of it; None for the table itself."""

_NONE: Final = Decimal(0)
plus = EXACT.add
_READS: Final = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
_TRANSACTIONS: Final = frozenset({"TransactGetItems", "TransactWriteItems", "ExecuteTransaction"})
_KINDS: Final = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")

_KEPT: Final = 8
"""So many answers keeps a session as they came; they hold their requests, items included."""

BLOCKS: Final[ContextVar["tuple[CapacityBlock, ...]"]] = ContextVar("dynexpr_capacity_blocks", default=())
"""The `engine.capacity()` blocks that this thread or task is in, the innermost last."""


class Units(NamedTuple):
    """What was consumed in one place."""

    read_units: Decimal
    write_units: Decimal

    def cost(self, prices: Prices | None = None) -> Decimal:
        """What it costs in US dollars, unrounded; by default on demand in us-east-1."""
        return prices_of(prices).cost(self.read_units, self.write_units)


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
        self.add(Answer(operation, response, request))

    def _put(self, place: tuple[str, str | None], read: Decimal, write: Decimal) -> None:
        self.read_units = plus(self.read_units, read)
        self.write_units = plus(self.write_units, write)
        old_read, old_write = self._places.get(place, (_NONE, _NONE))
        self._places[place] = (plus(old_read, read), plus(old_write, write))

    def add(self, other: "Consumed") -> None:
        """Add what something else consumed."""
        if not isinstance(other, Consumed):
            raise ArgumentError(f"what was consumed is added, result.consumed or engine.capacity(), not {clip(other)}")
        self.requests += other.requests
        places = other._places  # noqa: SLF001 - of its own kind
        if not places:  # DynamoDB was not asked what it took, as by engine.send
            return
        for place, (read, write) in list(places.items()):
            self._put(place, read, write)
        if other.transactional_read_units or other.transactional_write_units:
            self.transactional_read_units = plus(self.transactional_read_units, other.transactional_read_units)
            self.transactional_write_units = plus(self.transactional_write_units, other.transactional_write_units)

    def part(self) -> "Consumed":
        """An empty one of its kind, for work that goes on at the same time and is added when it is done."""
        return Consumed()

    def cost(self, prices: Prices | None = None) -> Decimal:
        """What it costs in US dollars, unrounded; by default on demand in us-east-1. Storage is not in it."""
        return prices_of(prices).cost(self.read_units, self.write_units)

    def __repr__(self) -> str:
        requests = "1 request" if self.requests == 1 else f"{self.requests} requests"
        return f"<{self.read_units:f} read units, {self.write_units:f} write units in {requests}>"


class Answer(Consumed):
    """What one answer says it consumed, and what it was the answer to."""

    __slots__ = ("at", "label", "operation", "request", "shape")

    def __init__(self, operation: str, response: dict[str, Any], request: "Request | None" = None) -> None:
        # What the base class does, without its call: each request makes one of these.
        self.read_units = self.write_units = self.transactional_read_units = self.transactional_write_units = _NONE
        self._places = {}
        self.requests = 1
        self.operation = operation
        self.request = request
        self.at = time.monotonic()
        """When it came, by the clock of `time.monotonic()`."""
        blocks = BLOCKS.get()
        self.label: str | None = None
        """That of the innermost block around that has one."""
        if blocks:
            self.label = next((block.label for block in reversed(blocks) if block.label is not None), None)
        self.shape: tuple[Any, ...] | None = None
        """`dynexpr.metering.shape_of` its request, once that was asked for."""
        if "ConsumedCapacity" in response:
            for place, read, write in _parts_of(operation, response["ConsumedCapacity"], request):
                self._put(place, read, write)
            if operation in _TRANSACTIONS:
                self.transactional_read_units = self.read_units
                self.transactional_write_units = self.write_units


class Tally(Consumed):
    """What is consumed, and added to something else besides: a session's total."""

    __slots__ = ("_also",)

    def __init__(self, also: Consumed) -> None:
        super().__init__()
        self._also = also

    def add(self, other: Consumed) -> None:
        """Add what something else consumed, here and there."""
        super().add(other)
        self._also.add(other)

    def part(self) -> Consumed:
        """An empty one that knows as much as what it is added to."""
        return self._also.part()


class Ledger(Consumed):
    """A sum that can be told apart by statement and label: when it is asked for, or too long to be kept as it came."""

    __slots__ = ("_began", "_capacity", "_kept", "_started")

    def __init__(self) -> None:
        super().__init__()
        self._began = time.time()
        self._started = time.monotonic()
        self._kept: list[Answer] = []
        self._capacity: Capacity | None = None

    def add(self, other: Consumed) -> None:
        """Add what something else consumed."""
        super().add(other)
        if self._capacity is None and isinstance(other, Answer) and len(self._kept) < _KEPT:
            self._kept.append(other)
        else:
            self.capacity.add(other)

    @property
    def capacity(self) -> "Capacity":
        """The same, told apart."""
        if self._capacity is None:
            from dynexpr.metering import Capacity

            made = Capacity(began=self._began, started=self._started)
            for answer in self._kept:
                made.add(answer)
            self._kept.clear()
            self._capacity = made
        return self._capacity

    def part(self) -> Consumed:
        """An empty one of its kind."""
        return self.capacity.part()


def _parts_of(operation: str, given: Any, request: "Request | None") -> list[tuple[Place, Decimal, Decimal]]:
    """(table, index), read units and write units of each place that an answer's ConsumedCapacity names."""
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
