"""What consumed the units: which statement, operation, table, index, and under which label of the caller's?

`with engine.capacity("nightly") as used:` counts the block's requests into a `CapacityBlock`; a session has a
`Capacity` of its own. Both hold one cell for each shape of request, label and place, and add up when they are asked.
"""

import time
from _thread import allocate_lock
from collections.abc import Iterable
from decimal import Decimal, DecimalException, localcontext
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, TypeVar

from dynexpr.capacity import BLOCKS, Answer, Consumed, Ledger, Place, Units, plus, total
from dynexpr.errors import ArgumentError, BudgetExceeded, clip
from dynexpr.prices import EXACT, Prices, prices_of

if TYPE_CHECKING:
    from os import PathLike

    from dynexpr.requests import Request

K = TypeVar("K")
Shape = tuple[Any, ...]
"""What of a request is the same whatever its values are; `dynexpr.usage.statements` says it in words."""

_NONE: Final = Decimal(0)
_SHAPES: Final = 1_000
"""So many different statements are told apart; of a program that makes up more, the rest is counted together."""
_MOMENTS: Final = 240
"""So many moments has a timeline at most; that of longer work has longer moments."""
_MOMENT: Final = 0.125
"""Seconds of a moment in the beginning."""


class Share(NamedTuple):
    """A part of what was consumed, and by how many requests."""

    read_units: Decimal
    write_units: Decimal
    requests: int

    def cost(self, prices: Prices | None = None) -> Decimal:
        """What it costs in US dollars, unrounded; by default on demand in us-east-1."""
        return prices_of(prices).cost(self.read_units, self.write_units)


_NO_SHARE: Final = Share(_NONE, _NONE, 0)


class Capacity(Consumed):
    """What was consumed, by statement, operation, table, index and label.

    Only answered requests count: of one that failed DynamoDB does not say what it cost, a false condition included.
    """

    __slots__ = ("_asked", "_cells", "_lock", "_moment", "_moments", "_started", "began")

    def __init__(self, *, began: float | None = None, started: float | None = None) -> None:
        super().__init__()
        self.began = time.time() if began is None else began
        """When it began to count, in seconds since 1970."""
        self._started = time.monotonic() if started is None else started
        self._lock = allocate_lock()
        self._asked: dict[tuple[Shape, str | None], int] = {}
        self._cells: dict[tuple[Shape, str | None, Place], tuple[Decimal, Decimal]] = {}
        self._moment = _MOMENT
        self._moments: list[tuple[Decimal, Decimal]] = []

    def add(self, other: Consumed) -> None:
        """Add what something else consumed, told apart as far as the other tells it."""
        if isinstance(other, Answer):
            self._add_answer(other)
            return
        # One lock at a time: the other may be this one, or be adding this one to itself in another thread.
        other = other.capacity if isinstance(other, Ledger) else other
        other = other.copy() if isinstance(other, Capacity) else other
        with self._lock:
            super().add(other)
            if isinstance(other, Capacity):
                self._add_cells(other)
            else:
                shape = self._ask(("",), None, other.requests)
                for place, (read, write) in other.by_index.items():
                    self._fill((shape, None, place), read, write)
                self._note(time.monotonic(), other.read_units, other.write_units)

    def _add_answer(self, answer: Answer) -> None:
        label, shape, request = answer.label, answer.shape, answer.request
        if shape is None:
            shape = (answer.operation,) if request is None else shape_of(answer.operation, request.params)
            answer.shape = shape
        with self._lock:
            super().add(answer)
            asked = self._asked
            if (shape, label) in asked:
                asked[shape, label] += 1
            else:
                shape = self._ask(shape, label, 1)
            for place, (read, write) in answer.by_index.items():
                self._fill((shape, label, place), read, write)
            if answer.read_units or answer.write_units:
                self._note(answer.at, answer.read_units, answer.write_units)

    def _add_cells(self, other: "Capacity") -> None:
        asked, cells = other.told_apart()
        for (shape, label), requests in asked:
            self._ask(shape, label, requests)
        for (shape, label, place), (read, write) in cells:
            kept = shape if (shape, label) in self._asked else shape[:1]
            self._fill((kept, label, place), read, write)
        begun = self._started + other.began - self.began
        seconds, moments = other.timeline
        for number, (read, write) in enumerate(moments):
            self._note(begun + number * seconds, read, write)

    def copy(self) -> "Capacity":
        """As it is at this moment; what is counted further is not in it."""
        with self._lock:
            made = Capacity(began=self.began, started=self._started)
            Consumed.add(made, self)
            made._asked |= self._asked
            made._cells |= self._cells
            made._moment = self._moment
            made._moments += self._moments
            return made

    def _ask(self, shape: Shape, label: str | None, requests: int) -> Shape:
        """Count requests of a shape; gives the one they are counted under."""
        if (shape, label) not in self._asked and len(self._asked) >= _SHAPES:
            shape = shape[:1]
        self._asked[shape, label] = self._asked.get((shape, label), 0) + requests
        return shape

    def _fill(self, cell: tuple[Shape, str | None, Place], read: Decimal, write: Decimal) -> None:
        old_read, old_write = self._cells.get(cell, (_NONE, _NONE))
        self._cells[cell] = (plus(old_read, read), plus(old_write, write))

    def _note(self, at: float, read: Decimal, write: Decimal) -> None:
        """Put units on the timeline, which becomes coarser as it becomes longer."""
        number = max(int((at - self._started) / self._moment), 0)
        while number >= _MOMENTS:
            moments = self._moments
            if len(moments) % 2:
                moments.append((_NONE, _NONE))
            pairs = zip(moments[::2], moments[1::2], strict=True)
            self._moments = [(plus(one[0], two[0]), plus(one[1], two[1])) for one, two in pairs]
            self._moment *= 2
            number //= 2
        self._moments += [(_NONE, _NONE)] * (number + 1 - len(self._moments))
        old_read, old_write = self._moments[number]
        self._moments[number] = (plus(old_read, read), plus(old_write, write))

    def part(self) -> Consumed:
        """An empty one of its kind."""
        return Capacity()

    def told_apart(
        self,
    ) -> tuple[list[tuple[tuple[Shape, str | None], int]], list[tuple[tuple[Shape, str | None, Place], Units]]]:
        """Requests by shape and label; units by shape, label and place."""
        with self._lock:
            return list(self._asked.items()), [(cell, Units(*units)) for cell, units in self._cells.items()]

    @property
    def by_operation(self) -> dict[str, Share]:
        """`Query`, `PutItem`, … -> its share."""
        return self._shares(lambda shape, _label: shape[0])

    @property
    def by_label(self) -> dict[str | None, Share]:
        """The label of the innermost `engine.capacity(label)` around -> its share; None for what has no label."""
        return self._shares(lambda _shape, label: label)

    @property
    def by_statement(self) -> dict[str, Share]:
        """What was sent, in words and without values -> its share.

        `Query payments/status-index: status = :v0; filter amount > :v1`
        """
        from dynexpr.usage.statements import words_of

        return self._shares(lambda shape, _label: words_of(shape))

    def _shares(self, name_of: Any) -> dict[Any, Share]:
        asked, cells = self.told_apart()
        shares: dict[Any, Share] = {}
        names = {key: name_of(*key) for key, _ in asked}
        for key, requests in asked:
            old = shares.get(names[key], _NO_SHARE)
            shares[names[key]] = old._replace(requests=old.requests + requests)
        for (shape, label, _place), (read, write) in cells:
            name = names[shape, label]
            old = shares[name]
            shares[name] = Share(plus(old.read_units, read), plus(old.write_units, write), old.requests)
        return shares

    @property
    def timeline(self) -> tuple[float, list[tuple[Decimal, Decimal]]]:
        """The seconds of one moment, and the read and write units of each moment since `began`."""
        with self._lock:
            return self._moment, list(self._moments)

    def report(self, prices: Prices | None = None, *, statements: int = 10) -> str:
        """All of it as a text table, with the dearest so many statements."""
        from dynexpr.usage.report import report

        if type(statements) is not int or statements < 0:
            raise ArgumentError(f"statements is a whole number from 0, not {clip(statements)}")
        with localcontext(EXACT):
            return report(self, prices_of(prices), statements)

    def to_html(
        self, path: "str | PathLike[str]", prices: Prices | None = None, *, title: str = "DynamoDB capacity"
    ) -> None:
        """Write all of it as one page for a browser, which loads nothing else; it holds no values of items."""
        from pathlib import Path

        from dynexpr.usage.page import page

        with localcontext(EXACT):
            text = page(self, prices_of(prices), title)
        Path(path).write_text(text, encoding="utf-8")


class CapacityBlock(Capacity):
    """Counts what an engine consumes inside of `with engine.capacity() as used:`.

    It counts the thread or task of the block, the threads that dynexpr starts for it and the tasks it starts. A thread
    of your own counts with a `with used:` of its own.
    """

    __slots__ = ("_engine", "_limits", "label")

    def __init__(
        self,
        engine: object,
        label: str | None,
        *,
        max_read_units: float | None,
        max_write_units: float | None,
        max_cost: "Decimal | float | None",
    ) -> None:
        super().__init__()
        if label is not None and not isinstance(label, str):
            raise ArgumentError(f"engine.capacity(label): a label is a text, not {clip(label)}")
        self._engine = engine
        self.label = label
        """What its requests count under in `by_label`, here and in the blocks around."""
        limits = {"max_read_units": max_read_units, "max_write_units": max_write_units, "max_cost": max_cost}
        self._limits: dict[str, Decimal] = {}
        for name, given in limits.items():
            if given is None:
                continue
            try:
                limit = _NONE if isinstance(given, bool) else Decimal(str(given))
            except DecimalException:
                limit = _NONE
            if not limit.is_finite() or limit <= 0:
                raise ArgumentError(f"{name} is a number above 0, not {clip(given)}")
            self._limits[name] = limit

    def is_of(self, engine: object) -> bool:
        """Whether it counts this engine's requests."""
        return self._engine is engine

    def check(self, operation: str) -> None:
        """Refuse another request when the budget is used up; raises BudgetExceeded."""
        if not self._limits:
            return
        used = {"max_read_units": self.read_units, "max_write_units": self.write_units, "max_cost": self.cost()}
        for name, limit in self._limits.items():
            if used[name] >= limit:
                label = "" if self.label is None else f" {self.label!r}"
                raise BudgetExceeded(
                    f"{operation} was not sent: the capacity block{label} has {name}={limit:f}, and used "
                    f"{used[name]:f}; raise it, or catch this where the work can go on later",
                    consumed=total([self]),
                )

    def __enter__(self) -> Self:
        BLOCKS.set((*BLOCKS.get(), self))
        return self

    def __exit__(self, *_error: object) -> None:
        # No token is kept: a generator or a fixture may leave the block in another context than it entered it in.
        blocks = list(BLOCKS.get())
        if self in blocks:
            del blocks[len(blocks) - 1 - blocks[::-1].index(self)]
            BLOCKS.set(tuple(blocks))


def count_in_blocks(engine: object, answer: Answer) -> None:
    """Let the blocks around count an answer, each once."""
    for block in dict.fromkeys(BLOCKS.get()):
        if block.is_of(engine):
            block.add(answer)


def check_blocks(engine: object, request: "Request") -> None:
    """Refuse a request that a block around has no budget for."""
    for block in BLOCKS.get():
        if block.is_of(engine):
            block.check(request.operation)


def shape_of(operation: str, params: dict[str, Any]) -> Shape:
    """What of a request is the same whatever its values are.

    >>> shape_of("GetItem", {"TableName": "payments", "Key": {"id": {"S": "p1"}}})
    ('GetItem', 'payments', None, None, (), None, None, None, None, None)
    """
    if "TableName" in params:
        names = params.get("ExpressionAttributeNames")
        return (
            operation,
            params["TableName"],
            params.get("IndexName"),
            params.get("Select"),
            tuple(names.items()) if names else (),
            params.get("KeyConditionExpression"),
            params.get("UpdateExpression"),
            params.get("FilterExpression"),
            params.get("ConditionExpression"),
            params.get("ProjectionExpression"),
        )
    if "TransactItems" in params:
        actions = (shape_of(kind, action) for each in params["TransactItems"] for kind, action in each.items())
        return (operation, tuple(dict.fromkeys(actions)))
    if "RequestItems" in params:
        return (operation, tuple(_batched(params["RequestItems"])))
    statements = params.get("Statements") or params.get("TransactStatements") or (params,)
    return (operation, tuple(dict.fromkeys(each["Statement"] for each in statements if "Statement" in each)))


def _batched(tables: dict[str, Any]) -> Iterable[Shape]:
    for table, entry in tables.items():
        if isinstance(entry, dict):
            names = entry.get("ExpressionAttributeNames")
            yield ("Keys", table, tuple(names.items()) if names else (), entry.get("ProjectionExpression"))
        else:
            yield from dict.fromkeys((kind, table) for each in entry for kind in each)
