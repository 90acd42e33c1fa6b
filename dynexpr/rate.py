"""How fast may units be consumed?  A bucket for reads, one for writes, filled by time and emptied by what was consumed.

What a request will consume is known only when it is answered. So it takes what its like took before, and what it
really took is put right afterwards: many requests that are on their way at the same time keep to the rate, and what
went beyond it is paid back by those that follow. Everything is pure but for the clock, which is given.
"""

import time
from _thread import allocate_lock
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Self

from dynexpr.errors import ArgumentError, Throttled, clip
from dynexpr.requests import Request

if TYPE_CHECKING:
    from dynexpr.capacity import Consumed

_BURST: Final = 1.0
"""Seconds' worth of units that may be saved up."""
_HALVED: Final = 0.5
"""Seconds between two halvings: requests that are throttled together count once."""
_SLOWEST: Final = 1 / 64
_RECOVERS: Final = 0.05
"""Of the whole rate, what the pace gains in a second without a throttle."""
_LEARNS: Final = 0.3
"""How much the last answer counts for what the next request is taken to consume."""
_READS: Final = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
_WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


class Bucket:
    """So many units a second; times are given in seconds."""

    def __init__(self, rate: float, now: float) -> None:
        self.rate: Final = rate
        self.pace = rate
        """Units a second that are let through now: less than the rate after throttles."""
        self.level = rate * _BURST
        """Units that may be consumed at once; below 0 what is to be waited for."""
        self._at = now
        self._throttled_at = now - 2 * _HALVED

    def fill(self, now: float) -> None:
        """Time has passed."""
        passed = max(0.0, now - self._at)
        self._at = max(now, self._at)
        if now - self._throttled_at > _HALVED:
            self.pace = min(self.rate, self.pace + self.rate * _RECOVERS * passed)
        self.level = min(self.level + self.pace * passed, self.pace * _BURST)

    def take(self, units: float, now: float) -> float:
        """Take units for a request; how many seconds it has to wait until they are there."""
        self.fill(now)
        seconds = max(0.0, -self.level / self.pace)
        self.level -= units
        return seconds

    def give(self, units: float) -> None:
        """Put back what was taken and not consumed; below 0 it was more."""
        self.level += units

    def throttled(self, now: float) -> None:
        """DynamoDB wants less: half the pace, and nothing saved up."""
        self.fill(now)
        self.level = min(self.level, 0.0)
        if now - self._throttled_at >= _HALVED:
            self.pace = max(self.pace / 2, self.rate * _SLOWEST)
        self._throttled_at = now


def _is_rate(units: object) -> bool:
    return isinstance(units, int | float | Decimal) and not isinstance(units, bool) and 0 < units < float("inf")


class RateLimit:
    """Keeps an engine to so many read and write units a second; made by `engine.rate_limit(...)`.

    All threads and tasks of the engine share it. After a throttled request the pace is halved, and then recovers by a
    twentieth of the rate each second.
    """

    def __init__(
        self,
        read_units: float | None = None,
        write_units: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        lift: Callable[["RateLimit"], object] | None = None,
    ) -> None:
        if read_units is None and write_units is None:
            raise ArgumentError("rate_limit wants read_units=, write_units=, or both: units a second")
        for name, units in (("read_units", read_units), ("write_units", write_units)):
            if units is not None and not _is_rate(units):
                raise ArgumentError(f"{name} is a number of units a second, above 0, not {clip(units)}")
        now = clock()
        self._clock = clock
        self._lock = allocate_lock()
        self._lift = lift
        self._buckets = (
            None if read_units is None else Bucket(float(read_units), now),
            None if write_units is None else Bucket(float(write_units), now),
        )
        self._expected: dict[tuple[Any, ...], tuple[float, float]] = {}
        """What a request of a kind consumes for each of its items."""
        self.waited = 0.0
        """Seconds that requests were held back, in all."""

    @property
    def pace(self) -> tuple[float | None, float | None]:
        """Read and write units a second that are let through now; None where there is no limit."""
        with self._lock:
            now = self._clock()
            for bucket in self._buckets:
                if bucket is not None:
                    bucket.fill(now)
            reads, writes = self._buckets
            return None if reads is None else reads.pace, None if writes is None else writes.pace

    def begin(self, request: Request) -> "Turn | None":
        """The turn of a request that is to be sent; None for one that consumes nothing.

        Raises Throttled where its turn would come after the moment it has to be answered by.
        """
        operation = request.operation
        if operation not in _READS and operation not in _WRITES and "Statement" not in operation:
            return None
        kind, count = _kind(request)
        with self._lock:
            now = self._clock()
            guess = (1.0 if operation in _READS else 0.0, 1.0 if operation in _WRITES else 0.0)
            expected = self._expected.get(kind, guess)
            taken = (expected[0] * count, expected[1] * count)
            seconds = 0.0
            for bucket, units in zip(self._buckets, taken, strict=True):
                if bucket is not None and units:
                    seconds = max(seconds, bucket.take(units, now))
            turn = Turn(self, request, kind, count, taken, seconds)
            if request.until is not None and now + seconds >= request.until:
                self._put_right(taken, (0.0, 0.0))
                raise Throttled(
                    f"the engine's rate_limit lets it through in {seconds:.3g} seconds, which is after its deadline",
                    operation=operation,
                )
            self.waited += seconds
            return turn

    def answered(self, turn: "Turn", consumed: "Consumed", response: dict[str, Any]) -> None:
        """Put right what a request was taken to consume."""
        if not response.get("ConsumedCapacity"):
            return  # nothing is known of it: what its like consumed has to do
        used = (float(consumed.read_units), float(consumed.write_units))
        with self._lock:
            self._put_right(turn.taken, used)
            before = self._expected.get(turn.kind)
            each = (used[0] / turn.count, used[1] / turn.count)
            if before is not None:
                each = (before[0] + _LEARNS * (each[0] - before[0]), before[1] + _LEARNS * (each[1] - before[1]))
            self._expected[turn.kind] = each
            if response.get("UnprocessedItems"):
                self._slow_down(turn)

    def failed(self, turn: "Turn", error: BaseException) -> None:
        """A throttled request consumed nothing, and slows the others down; of any other nobody knows what it took."""
        if isinstance(error, Throttled):
            with self._lock:
                self._put_right(turn.taken, (0.0, 0.0))
                self._slow_down(turn)

    def give_back(self, turn: "Turn") -> None:
        """A request was not sent, and consumed nothing."""
        with self._lock:
            self._put_right(turn.taken, (0.0, 0.0))

    def _slow_down(self, turn: "Turn") -> None:
        now = self._clock()
        for bucket, units in zip(self._buckets, turn.taken, strict=True):
            if bucket is not None and units:
                bucket.throttled(now)

    def _put_right(self, taken: tuple[float, float], used: tuple[float, float]) -> None:
        for bucket, was, now in zip(self._buckets, taken, used, strict=True):
            if bucket is not None:
                bucket.give(was - now)

    def lift(self) -> None:
        """Let the engine go on as before it was limited; what waits for its turn waits on."""
        if self._lift is not None:
            self._lift(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.lift()

    def __repr__(self) -> str:
        reads, writes = (None if bucket is None else bucket.rate for bucket in self._buckets)
        return f"<rate limit: read_units={reads!r}, write_units={writes!r} a second>"


class Turn:
    """A request's turn: after how many seconds it may be sent."""

    __slots__ = ("_limit", "count", "kind", "request", "seconds", "taken")

    def __init__(
        self,
        limit: RateLimit,
        request: Request,
        kind: tuple[Any, ...],
        count: int,
        taken: tuple[float, float],
        seconds: float,
    ) -> None:
        self._limit = limit
        self.request = request
        self.kind = kind
        self.count = count
        self.taken = taken
        self.seconds = seconds

    @property
    def operation(self) -> str:
        """`Query`, `PutItem`, …"""
        return self.request.operation

    def answered(self, consumed: "Consumed", response: dict[str, Any]) -> None:
        """It was answered, and consumed so much."""
        self._limit.answered(self, consumed, response)

    def give_back(self) -> None:
        """It was not sent."""
        self._limit.give_back(self)

    def failed(self, error: BaseException) -> None:
        """It failed."""
        self._limit.failed(self, error)


def _kind(request: Request) -> tuple[tuple[Any, ...], int]:
    """What requests are alike in what they consume, and how many items this one has."""
    params = request.params
    if "RequestItems" in params:
        parts = params["RequestItems"]
        count = sum(len(part["Keys"] if isinstance(part, dict) else part) for part in parts.values())
        return (request.operation, *parts), max(1, count)
    if "TransactItems" in params:
        return (request.operation,), max(1, len(params["TransactItems"]))
    return (request.operation, params.get("TableName"), params.get("IndexName"), params.get("ConsistentRead")), 1
