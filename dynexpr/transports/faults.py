"""Makes any transport misbehave on purpose: throttles, lost responses, unprocessed items, empty pages, waits and more.

By probability with a seed, so that a run can be repeated, or by a script that says what happens to which request.
"""

import contextlib
import random
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, get_args

from dynexpr.answers import error_answer
from dynexpr.errors import ArgumentError, EndpointUnreachable, ResponseLost, ServiceError
from dynexpr.requests import Request
from dynexpr.transports import Transport
from dynexpr.transports.empty_pages import EmptyPages
from dynexpr.transports.index_lag import IndexLag

Fault = Literal["throttle", "conflict", "unavailable", "unreachable", "lost", "unprocessed", "empty_page"]
"""`lost`: the request is carried out and its response lost; `unavailable`: a 500 without being carried out;
`conflict`: another transaction has the item; a transaction is cancelled for it, reads and batches never meet it;
`unprocessed`: a batch of which only the first half is carried out, and of other requests nothing; `empty_page`: a page
of a Query or Scan without items, which is not the last.
"""

KINDS: Final[tuple[Fault, ...]] = get_args(Fault)
_ANSWERS = {
    "throttle": ("ThrottlingException", "Rate of requests exceeds the allowed throughput.", 400),
    "conflict": ("TransactionConflictException", "Transaction is ongoing for the item", 400),
    "unavailable": ("InternalServerError", "The request processing has failed because of an unknown error", 500),
}
_TRANSACTIONS = {
    "TransactWriteItems": "TransactItems",
    "TransactGetItems": "TransactItems",
    "ExecuteTransaction": "TransactStatements",
}
"""Operations -> the member with their parts."""
_BATCHES = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}
_HAPPENS_TO: Final[dict[str, frozenset[str]]] = {
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
    "conflict": frozenset({"PutItem", "UpdateItem", "DeleteItem", "ExecuteStatement", *_TRANSACTIONS}),
    "unprocessed": frozenset(_BATCHES),
    "empty_page": frozenset({"Query", "Scan"}),
}
"""What can't happen to every operation."""

Chance = float | Mapping[str, float]
"""A probability for every operation, or one for each of some: `{"PutItem": 0.5, "Query": 0.1}`."""
Script = Iterable[Fault | None]


class Faults:
    """Which faults happen: each with a probability, or, first, by a script.

    *script* has an entry for each request in turn: a fault, or None for none; *scripts* has scripts for operations of
    their own, `{"PutItem": [...], "Query": [...]}`. *operations* limits the faults to some operations.

    *latency* is how many seconds each request takes longer, `(0.01, 0.05)` for anything between. *index_lag* hides an
    item from global indexes during the next so many reads of them after it was written, *index_lag_seconds* for so
    long. Where the answer would come after the request's deadline, it is lost.

    >>> faults = Faults(seed=1, throttle={"PutItem": 0.5}, scripts={"Query": ["throttle", None]})
    >>> [faults.next("Query") for _ in range(3)], faults.next("GetItem")
    (['throttle', None, None], None)
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        throttle: Chance = 0.0,
        conflict: Chance = 0.0,
        unavailable: Chance = 0.0,
        unreachable: Chance = 0.0,
        lost: Chance = 0.0,
        unprocessed: Chance = 0.0,
        empty_page: Chance = 0.0,
        script: Script = (),
        scripts: Mapping[str, Script] | None = None,
        operations: Iterable[str] | None = None,
        latency: float | tuple[float, float] = 0.0,
        index_lag: int = 0,
        index_lag_seconds: float = 0.0,
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a repeatable run, not a secret
        self._chances: dict[Fault, Chance] = {
            "throttle": throttle,
            "conflict": conflict,
            "unavailable": unavailable,
            "unreachable": unreachable,
            "lost": lost,
            "unprocessed": unprocessed,
            "empty_page": empty_page,
        }
        self._check_chances()
        self._script = iter(script)
        self._scripts = {operation: iter(each) for operation, each in (scripts or {}).items()}
        self._operations = None if operations is None else frozenset(operations)
        self._latency = latency if isinstance(latency, tuple) else (latency, latency)
        if not 0 <= self._latency[0] <= self._latency[1]:
            raise ArgumentError(f"a latency is seconds from 0, or the least and the most of them, not {latency!r}")
        if index_lag < 0 or index_lag_seconds < 0:
            raise ArgumentError("index_lag counts reads, index_lag_seconds seconds, from 0")
        self.index_lag = index_lag
        self.index_lag_seconds = index_lag_seconds
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

    def wait(self) -> float:
        """How many seconds longer the next request takes."""
        least, most = self._latency
        return least if least == most else self._random.uniform(least, most)

    def _check_chances(self) -> None:
        named = {operation for chance in self._chances.values() if isinstance(chance, Mapping) for operation in chance}
        for operation in (None, *named):
            chances = [_of(chance, operation) for chance in self._chances.values()]
            if any(not 0 <= chance <= 1 for chance in chances) or sum(chances) > 1:
                raise ArgumentError("each fault's probability lies between 0 and 1, and so does their sum")

    def _drawn(self, operation: str) -> Fault | None:
        for scripted in self._scripts.get(operation, self._script):
            if scripted is not None and scripted not in self._chances:
                raise ArgumentError(f"there is no fault {scripted!r}; there are {', '.join(self._chances)}")
            return _possible(scripted, operation)
        drawn = self._random.random()
        for fault, chance in self._chances.items():
            drawn -= _of(chance, operation)
            if drawn < 0:
                return _possible(fault, operation)
        return None


def _of(chance: Chance, operation: str | None) -> float:
    """The probability of a fault for an operation; for None, that of the operations which are not named."""
    if isinstance(chance, Mapping):
        return chance.get(operation, 0.0) if operation is not None else 0.0
    return chance


def _possible(fault: Fault | None, operation: str) -> Fault | None:
    """The fault, unless it can't happen to the operation."""
    return None if fault in _HAPPENS_TO and operation not in _HAPPENS_TO[fault] else fault


def _cancelled(request: Request) -> ServiceError:
    """The answer of a transaction whose first item another transaction has."""
    _code, message, status = _ANSWERS["conflict"]
    others = len(request.params[_TRANSACTIONS[request.operation]]) - 1
    reasons = [{"Code": "TransactionConflict", "Message": message}, *({"Code": "None"} for _ in range(others))]
    told = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{told}]"
    body = {"CancellationReasons": reasons}
    return error_answer(request.operation, "TransactionCanceledException", message, status, body)


class FaultyTransport:
    """A transport around another one."""

    def __init__(self, inner: Transport, faults: Faults) -> None:
        self.inner = inner
        self.faults = faults
        lag = IndexLag(inner, faults.index_lag, faults.index_lag_seconds)
        self._carry: Transport = lag if faults.index_lag or faults.index_lag_seconds else inner
        self._pages = EmptyPages()

    def send(self, request: Request, /) -> dict[str, Any]:
        """Send a request, or let a fault happen to it."""
        operation = request.operation
        fault = self.faults.next(operation)
        if not self._waited(request):
            fault = "lost"
        request = self._pages.meant(request)
        if fault is None:
            return self._carry.send(request)
        if fault == "unreachable":
            raise EndpointUnreachable(f"{operation}: no connection (a fault made on purpose)")
        if fault == "lost":
            with contextlib.suppress(ServiceError):  # an error answer is lost as well
                self._carry.send(request)
            raise ResponseLost(f"{operation}: no whole answer came (a fault made on purpose)")
        if fault == "unprocessed":
            return self._half(request)
        if fault == "empty_page":
            return self._pages.page(request, self._carry)
        if fault == "conflict" and operation in _TRANSACTIONS:
            raise _cancelled(request)
        code, message, status = _ANSWERS[fault]
        raise error_answer(operation, code, message, status, {})

    def _waited(self, request: Request) -> bool:
        """Wait as long as this request takes longer; whether its answer is still waited for then."""
        seconds = self.faults.wait()
        if not seconds:
            return True
        left = seconds if request.until is None else request.until - time.monotonic()
        time.sleep(max(min(seconds, left), 0.0))
        return seconds <= left

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
        answer = self._carry.send(Request(request.operation, {**request.params, "RequestItems": taken}))
        return {**answer, _BATCHES[request.operation]: left}

    def close(self) -> None:
        """Close the transport inside."""
        self.inner.close()
