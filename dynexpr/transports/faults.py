"""Makes any transport misbehave on purpose: throttles, conflicts, lost responses, unprocessed items.

By probability with a seed, so that a run can be repeated, or by a script that says what happens to which request.
"""

import contextlib
import random
from collections.abc import Iterable
from typing import Any, Literal

from dynexpr.answers import error_answer
from dynexpr.errors import ArgumentError, EndpointUnreachable, ResponseLost, ServiceError
from dynexpr.requests import Request
from dynexpr.transports import Transport

Fault = Literal["throttle", "conflict", "unavailable", "unreachable", "lost", "unprocessed"]
"""`lost`: the request is carried out and its response lost; `unavailable`: a 500 without being carried out;
`unprocessed`: a batch of which only the first half is carried out; it happens to batches only.
"""

_ANSWERS = {
    "throttle": ("ThrottlingException", "Rate of requests exceeds the allowed throughput.", 400),
    "conflict": ("TransactionConflictException", "Transaction is ongoing for the item", 400),
    "unavailable": ("InternalServerError", "The request processing has failed because of an unknown error", 500),
}
_BATCHES = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}


class Faults:
    """Which faults happen: each with a probability, or, first, by a script.

    *script* has an entry for each request in turn: a fault, or None for none. *operations* limits the faults to some.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        throttle: float = 0.0,
        conflict: float = 0.0,
        unavailable: float = 0.0,
        unreachable: float = 0.0,
        lost: float = 0.0,
        unprocessed: float = 0.0,
        script: Iterable[Fault | None] = (),
        operations: Iterable[str] | None = None,
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a repeatable run, not a secret
        chances: dict[Fault, float] = {
            "throttle": throttle,
            "conflict": conflict,
            "unavailable": unavailable,
            "unreachable": unreachable,
            "lost": lost,
            "unprocessed": unprocessed,
        }
        if any(not 0 <= chance <= 1 for chance in chances.values()) or sum(chances.values()) > 1:
            raise ArgumentError("each fault's probability lies between 0 and 1, and so does their sum")
        self._chances = chances
        self._script = iter(script)
        self._operations = None if operations is None else frozenset(operations)
        self.happened: list[tuple[str, Fault]] = []
        """Each fault so far, with its operation."""

    def next(self, operation: str) -> Fault | None:
        """The fault that happens to the next request."""
        if self._operations is not None and operation not in self._operations:
            return None
        fault = self._drawn(operation)
        if fault is not None:
            self.happened.append((operation, fault))
        return fault

    def _drawn(self, operation: str) -> Fault | None:
        for scripted in self._script:
            if scripted is not None and scripted not in self._chances:
                raise ArgumentError(f"there is no fault {scripted!r}; there are {', '.join(self._chances)}")
            return _possible(scripted, operation)
        drawn = self._random.random()
        for fault, chance in self._chances.items():
            drawn -= chance
            if drawn < 0:
                return _possible(fault, operation)
        return None


def _possible(fault: Fault | None, operation: str) -> Fault | None:
    """The fault, unless it can't happen to the operation."""
    return None if fault == "unprocessed" and operation not in _BATCHES else fault


class FaultyTransport:
    """A transport around another one."""

    def __init__(self, inner: Transport, faults: Faults) -> None:
        self.inner = inner
        self.faults = faults

    def send(self, request: Request, /) -> dict[str, Any]:
        """Send a request, or let a fault happen to it."""
        operation = request.operation
        fault = self.faults.next(operation)
        if fault is None:
            return self.inner.send(request)
        if fault == "unreachable":
            raise EndpointUnreachable(f"{operation}: no connection (a fault made on purpose)")
        if fault == "lost":
            with contextlib.suppress(ServiceError):  # an error answer is lost as well
                self.inner.send(request)
            raise ResponseLost(f"{operation}: no whole answer came (a fault made on purpose)")
        if fault == "unprocessed":
            return self._half(request)
        code, message, status = _ANSWERS[fault]
        raise error_answer(operation, code, message, status, {})

    def _half(self, request: Request) -> dict[str, Any]:
        """Carry out the first half of a batch, rounded up, and leave the rest unprocessed."""
        taken: dict[str, Any] = {}
        left: dict[str, Any] = {}
        for table, entry in request.params["RequestItems"].items():
            entries = entry["Keys"] if isinstance(entry, dict) else entry
            half = (len(entries) + 1) // 2
            for part, into in ((entries[:half], taken), (entries[half:], left)):
                if part:
                    into[table] = {**entry, "Keys": part} if isinstance(entry, dict) else part
        answer = self.inner.send(Request(request.operation, {**request.params, "RequestItems": taken}))
        return {**answer, _BATCHES[request.operation]: left}

    def close(self) -> None:
        """Close the transport inside."""
        self.inner.close()
