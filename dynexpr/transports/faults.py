"""Makes any transport misbehave on purpose: throttles, lost responses, unprocessed items, empty pages, waits and more.

By probability with a seed, so that a run can be repeated, or by a script that says what happens to which request.
"""

import contextlib
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal, Never, get_args

from dynexpr.answers import error_answer
from dynexpr.arguments import no_such_argument
from dynexpr.clock import Clock, utc_now
from dynexpr.errors import ArgumentError, EndpointUnreachable, ResponseLost, ServiceError, nearest
from dynexpr.operations import check_operation
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
    their own, `{"PutItem": [...], "Query": [...]}`. A fault waits for the next request to which it can happen; nothing
    happens to those before. *operations* limits the faults to some operations.

    *latency* is how many seconds each request takes longer, `(0.01, 0.05)` for anything between. *index_lag* hides an
    item from global indexes during the next so many reads of them after it was written, *index_lag_seconds* for so
    long by the engine's clock. Where the answer would come after the request's deadline, it is lost.

    Raises ArgumentError for an operation or a fault that there is not, for a fault that can't happen to its operation,
    and for probabilities beyond 0 and 1. What an iterator gives is checked when its turn comes.

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
        **unknown: Never,
    ) -> None:
        if unknown:
            raise no_such_argument(Faults.__init__, unknown)
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
        self._operations = None if operations is None else _operations(operations)
        self._check_chances()
        self._script = self._checked(script, None, "script")
        self._scripts = {
            check_operation(operation, "scripts"): self._checked(each, operation, f"scripts[{operation!r}]")
            for operation, each in _mapping(scripts).items()
        }
        self._kept: dict[str | None, Fault] = {}
        """The next entry of a script, by its operation, that waits for a request to which it can happen."""
        self._latency = _latency(latency)
        if not _number(index_lag) or not _number(index_lag_seconds) or index_lag != int(index_lag):
            raise ArgumentError(
                "index_lag counts reads, index_lag_seconds seconds, from 0, "
                f"not {index_lag!r} and {index_lag_seconds!r}"
            )
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
        named: set[str] = set()
        for fault, chance in self._chances.items():
            of_some = chance if isinstance(chance, Mapping) else {}
            for operation in of_some:
                self._check_possible(fault, check_operation(operation, fault), fault)
            for each in of_some.values() if isinstance(chance, Mapping) else (chance,):
                if not _number(each, 1):
                    raise ArgumentError(f"{fault}: each fault's probability lies between 0 and 1, not {each!r}")
            if chance and not isinstance(chance, Mapping):
                self._check_possible(fault, None, fault)
            named |= of_some.keys()
        for each_named in (None, *named):
            if sum(_of(chance, each_named) for chance in self._chances.values()) > 1:
                raise ArgumentError("each fault's probability lies between 0 and 1, and so does their sum")

    def _check_possible(self, fault: Fault | None, operation: str | None, where: str) -> None:
        """Refuse a fault that there is not, or that no operation meets for which it is meant."""
        if fault is None:
            return
        if fault not in KINDS:
            hint = nearest(str(fault), KINDS) or f"; there are {', '.join(KINDS)}"
            raise ArgumentError(f"{where}: there is no fault {fault!r}{hint}")
        if self._operations is not None and operation is not None and operation not in self._operations:
            raise ArgumentError(f"{where}: {operation} is not among operations={sorted(self._operations)}")
        if self._operations is not None and not self._operations:
            raise ArgumentError(
                f"{where}: {fault!r} can happen to nothing, operations=[]; leave it out for all of them"
            )
        meant = self._operations if operation is None else {operation}
        can = _HAPPENS_TO.get(fault)
        if can is not None and meant is not None and not meant & can:
            raise ArgumentError(
                f"{where}: {fault!r} can't happen to {' or '.join(sorted(meant))}, only to {' and '.join(sorted(can))}"
            )

    def _checked(self, script: Script, operation: str | None, where: str) -> Iterator[Fault | None]:
        """A script's entries; those that are there already are looked at."""
        if isinstance(script, str) or not isinstance(script, Iterable):
            raise ArgumentError(f'{where} is a list of faults and Nones, as ["throttle", None], not {script!r}')
        if isinstance(script, Sequence):
            for fault in script:
                self._check_possible(fault, operation, where)
        return iter(script)

    def _drawn(self, operation: str) -> Fault | None:
        own = operation if operation in self._scripts else None
        kept = self._kept.pop(own, None)
        for scripted in (kept,) if kept is not None else self._scripts.get(operation, self._script):
            if scripted not in KINDS:
                self._check_possible(scripted, None, "script")
            fault = _possible(scripted, operation)
            if scripted is not None and fault is None:
                self._kept[own] = scripted
            return fault
        drawn = self._random.random()
        for fault, chance in self._chances.items():
            drawn -= _of(chance, operation)
            if drawn < 0:
                return _possible(fault, operation)
        return None


def _operations(given: Iterable[str]) -> frozenset[str]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ArgumentError(f'operations is a list of names, as ["PutItem"], not {given!r}')
    return frozenset(check_operation(each, "operations") for each in given)


def _mapping(scripts: Mapping[str, Script] | None) -> Mapping[str, Script]:
    if scripts is not None and not isinstance(scripts, Mapping):
        raise ArgumentError(f'scripts has a list for each of some operations, {{"Query": [...]}}, not {scripts!r}')
    return scripts or {}


def _latency(given: float | tuple[float, float]) -> tuple[float, float]:
    bounds = given if isinstance(given, tuple | list) else (given, given)
    if len(bounds) != 2 or not all(map(_number, bounds)) or bounds[0] > bounds[1]:
        raise ArgumentError(f"a latency is seconds from 0, or the least and the most of them, not {given!r}")
    return (bounds[0], bounds[1])


def _number(given: object, most: float | None = None) -> bool:
    """Whether something is a number from 0, and no more than that."""
    number = isinstance(given, int | float | Decimal) and not isinstance(given, bool) and 0 <= given < float("inf")
    return number and (most is None or given <= most)  # type: ignore[operator]  # a number, then


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

    def __init__(self, inner: Transport, faults: Faults, clock: Clock = utc_now) -> None:
        if not isinstance(faults, Faults):
            raise ArgumentError(f'faults is a Faults(...), as Faults(script=["throttle"]), not {faults!r}')
        self.inner = inner
        self.faults = faults
        lag = IndexLag(inner, faults.index_lag, faults.index_lag_seconds, clock)
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
            answer = self._carry.send(request)
            self._pages.answered(request, answer)
            return answer
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
