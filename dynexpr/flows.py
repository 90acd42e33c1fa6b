"""In which order are requests sent, and what is made of the answers?  Generators, without any network.

A flow yields a `Request` or a `Pause`, is sent the response (or thrown the error), and returns its result; sync and
async engines drive the same flows.
"""

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from dynexpr.answers import REASONS, TEMPORARY_REASONS
from dynexpr.errors import (
    ConditionFailed,
    Conflict,
    DeadlineExceeded,
    DynexprError,
    EndpointUnreachable,
    OutcomeUnknown,
    RequestRefused,
    ResponseLost,
    ServiceError,
    ServiceUnavailable,
    Throttled,
    TransactionCancelled,
    TransactionFailure,
)
from dynexpr.expression.nodes import Record, node
from dynexpr.limits import TOKEN_SECONDS
from dynexpr.requests import Request
from dynexpr.retry import RetryPolicy
from dynexpr.statements.get import Target

if TYPE_CHECKING:
    from dynexpr.writes import Write

Response = dict[str, Any]
K = TypeVar("K")
T = TypeVar("T")
E = TypeVar("E", bound=DynexprError)


@node
class Pause(Record):
    """Wait so many seconds before going on."""

    seconds: float


Flow = Generator[Request | Pause, Any, T]


@node
class Begin(Record):
    """Carry out a flow from now on, and do not wait for it."""

    tag: Any
    """What it is called when it has ended."""
    flow: "ReadFlow[Any]"


@node
class Finished(Record):
    """Wait for the next flow that was begun to end; its tag, its result and its error (or None) are sent back."""


FINISHED: Final = Finished()
Step = Request | Pause | Begin | Finished
ReadFlow = Generator[Step, Any, T]
"""A flow that may have several requests on their way at the same time."""
PARALLEL: Final = 8
"""How many, where nobody says; boto3 keeps ten connections."""


def finished() -> "ReadFlow[tuple[Any, Any]]":
    """Wait for the next flow that was begun to end: its tag and result; raises its error."""
    tag, result, error = yield FINISHED
    if error is not None:
        raise error
    return tag, result


def together(flows: "Iterable[ReadFlow[T]]", parallel: int = PARALLEL) -> "ReadFlow[list[T]]":
    """The results of several flows, so many of which are carried out at the same time, in the order they were given.

    A failure is raised at once; what was not begun by then never is.
    """
    found: dict[int, T] = {}

    def keep(place: int, result: T) -> None:
        found[place] = result

    yield from each_of(enumerate(flows), keep, parallel)
    return [found[place] for place in range(len(found))]


def counting(flow: ReadFlow[T], count: Callable[[str, Response, int], None]) -> ReadFlow[T]:
    """A flow whose answers are counted on the way."""
    try:
        step = next(flow)
        while True:
            try:
                answer = yield step
            except Exception as error:  # noqa: BLE001 - the flow decides, and raises what it doesn't handle
                step = flow.throw(error)
                continue
            if answer is not None and isinstance(step, Request):
                count(step.operation, answer, 0)
            step = flow.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # what the flow returned


def each_of(
    flows: "Iterable[tuple[K, ReadFlow[T]]]", take: "Callable[[K, T], object]", parallel: int = PARALLEL
) -> "ReadFlow[None]":
    """Carry out flows, each with a tag, and give each result to *take* as it comes.

    Flows are asked for only when there is room for one more, so that there may be any number of them; *take* is called
    by whoever drives this flow, never by two at once.
    """
    if parallel == 1:
        for tag, flow in flows:
            take(tag, (yield from flow))
        return
    under_way = 0
    for tag, flow in flows:
        if under_way == parallel:
            take(*(yield from finished()))
            under_way -= 1
        yield Begin(tag, flow)
        under_way += 1
    for _ in range(under_way):
        take(*(yield from finished()))


_UNREACHED: Final = 3
"""After so many attempts without a connection a request is given up, whatever the policy: nobody listens there."""
_ONCE: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "ExecuteStatement", "BatchExecuteStatement"})
"""Operations that may not be sent again once they may have been carried out."""
_TOKENS: Final = {
    "TransactWriteItems": "ClientRequestToken",
    "ExecuteTransaction": "ClientRequestToken",
    "ExportTableToPointInTime": "ClientToken",
    "ImportTable": "ClientToken",
    "CreateBackup": None,
}
"""Operations that may, within the life of the token in this parameter. Two backups may have one name."""
_NAMED: Final = 3
"""How many items of a transaction a message names."""


class Deadline:
    """The moment after which nothing is tried again."""

    __slots__ = ("at", "policy", "seconds")

    def __init__(self, policy: RetryPolicy | None, seconds: float | None = None) -> None:
        self.policy = policy
        if seconds is None and policy is not None:
            seconds = policy.deadline
        self.seconds = seconds
        self.at = None if seconds is None else time.monotonic() + seconds

    def bound(self, request: Request) -> Request:
        """The request, not to be waited for any longer than that. Raises DeadlineExceeded when it is over."""
        if self.passed:
            raise DeadlineExceeded(f"{request.operation} was not sent: the deadline of {self.seconds:g} s is over")
        return request if self.at is None else Request(request.operation, request.params, self.at)

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return self.at is not None and time.monotonic() >= self.at

    def allows(self, pause: float) -> bool:
        """Whether a pause ends before it."""
        return self.at is None or time.monotonic() + pause < self.at


def sent(
    request: Request, deadline: Deadline, in_doubt: DynexprError | None = None, *, about: "Sequence[Write]" = ()
) -> Flow[Response]:
    """Send a request, again where an error is temporary.

    A single write is not sent again once it may have been carried out; a transaction is, while its token lives. Raises
    OutcomeUnknown where, in the end, nobody can know whether a write was carried out, naming those it is *about*.
    *in_doubt* is the error after which the same request was given up before.
    """
    writes = request.operation in _ONCE or request.operation in _TOKENS
    repeatable = not writes or _TOKENS.get(request.operation) in request.params
    token_ends = time.monotonic() + TOKEN_SECONDS
    request = deadline.bound(request)
    attempt = unreached = 0
    while True:
        attempt += 1
        try:
            response: Response = yield request
        except DynexprError as error:
            if writes and _ambiguous(error):
                in_doubt = error
            unreached += isinstance(error, EndpointUnreachable)
            pause = _pause(error, attempt, deadline, unreached)
            if in_doubt is not None:
                if isinstance(error, TransactionCancelled) and not _temporary(error):
                    raise  # a token that had been carried out would have been answered with success
                if pause is None or not repeatable or time.monotonic() + pause >= token_ends:
                    raise _unknown(request, in_doubt, writes=about) from error
            if pause is None:
                _given_up(error, attempt)
                raise
            yield Pause(pause)
        else:
            return response


def _given_up(error: DynexprError, attempt: int) -> None:
    """Let an error that time might have cured say how long it was hoped for."""
    if isinstance(error, ServiceError) and _temporary(error):
        error.attempts = attempt


def _ambiguous(error: DynexprError) -> bool:
    """Whether the request may have been carried out although it failed."""
    return isinstance(error, ResponseLost | ServiceUnavailable)


def _temporary(error: DynexprError) -> bool:
    if isinstance(error, TransactionCancelled):
        codes = {reason.get("Code", "None") for reason in error.response.get("CancellationReasons") or ()} - {"None"}
        return bool(codes) and codes <= TEMPORARY_REASONS
    return isinstance(error, Throttled | Conflict | ServiceUnavailable | ResponseLost | EndpointUnreachable)


def _pause(error: DynexprError, attempt: int, deadline: Deadline, unreached: int = 0) -> float | None:
    """How long to wait before the next attempt; None where there is none. *unreached* attempts found nobody."""
    policy = deadline.policy
    if policy is None or attempt >= policy.max_attempts or not _temporary(error):
        return None
    if unreached >= _UNREACHED:
        return None  # nobody listens there: saying so soon is worth more than trying on
    pause = policy.pause(attempt, chance())
    return pause if deadline.allows(pause) else None


def chance() -> float:
    """A random number from 0 to 1, for jitter."""
    from random import random

    return random()  # noqa: S311 - no secret


def _unknown(
    request: Request,
    error: DynexprError,
    item: dict[str, Any] | None = None,
    *,
    writes: "Sequence[Write]" = (),
    kept: bool = False,
) -> OutcomeUnknown:
    if isinstance(error, OutcomeUnknown) and error.doubt is not None:
        error = error.doubt  # it was given up before
    cure = "read what it writes to find out"
    if kept:
        cure = (
            "it was not sent again, for then it could take effect twice: session.refresh(obj), or session.rollback(), "
            "then look and do again what is missing; a session with exactly_once=True always knows"
        )
    elif request.operation in _ONCE:
        cure = "read the item to find out; with .exactly_once(), of a session exactly_once=True, it would be known"
    return OutcomeUnknown(
        f"{request.operation}: nobody can know whether the write{_of(writes)} took effect ({error}); {cure}",
        item=item,
        doubt=error,
    )


def _of(writes: "Sequence[Write]") -> str:
    """The items of some writes, or the first few of many."""
    if not writes:
        return ""
    names = [write.name for write in writes[:_NAMED]]
    more = len(writes) - len(names)
    return f" of {', '.join(names)}{f' and {more} more' if more else ''}"


def write_flow(
    write: "Write", request: Request, deadline: Deadline, in_doubt: DynexprError | None = None
) -> Flow[Response]:
    """Send a single write.

    One that falsifies its own condition can't take effect twice, so it is re-sent after an ambiguous attempt; if its
    condition fails then, nobody can know whether our first attempt did it. *in_doubt* is the error after which the same
    request was given up before: any other write is not sent again then, either. Not even one of constants: if it took
    effect, and somebody else has written since on the strength of it, a second one would undo their write; and a
    condition on an old value holds again once somebody has set that value back.
    """
    if in_doubt is not None and not write.falsifies_itself:
        raise _unknown(request, in_doubt, writes=(write,), kept=True)
    request = deadline.bound(request)
    attempt = unreached = 0
    while True:
        attempt += 1
        try:
            response: Response = yield request
        except ConditionFailed as error:
            if in_doubt is not None:
                raise _unknown(request, in_doubt, error.item, writes=(write,)) from error
            from dynexpr.writes import condition_error

            raise condition_error(write, request.operation, error.item) from error
        except DynexprError as error:
            if _ambiguous(error):
                in_doubt = error
            unreached += isinstance(error, EndpointUnreachable)
            pause = _pause(error, attempt, deadline, unreached)
            if in_doubt is not None and (pause is None or not write.falsifies_itself):
                raise _unknown(request, in_doubt, writes=(write,)) from error
            if pause is None:
                _given_up(error, attempt)
                told = _of_write(write, error)
                if told is error:
                    raise
                raise told from error
            yield Pause(pause)
        else:
            return response


def _of_write(write: "Write", error: E) -> E | RequestRefused:
    """The error of a write; of an update that its item does not allow, saying which item and which attribute."""
    if write.kind != "update" or not isinstance(error, RequestRefused):
        return error
    from dynexpr.update_refusals import on_its_item

    return on_its_item(write, error)


def transaction_flow(
    writes: "Sequence[Write]", request: Request, deadline: Deadline, in_doubt: DynexprError | None = None
) -> Flow[Response]:
    """Send a transaction; its token makes it safe to repeat. A cancelled one names the action that failed, and why."""
    try:
        return (yield from sent(request, deadline, in_doubt, about=writes))
    except TransactionCancelled as error:
        raise cancelled(writes, request.operation, error) from error


def transact_get_flow(targets: Sequence[Target], request: Request, deadline: Deadline) -> Flow[Response]:
    """Read some items as of one moment. A cancelled read names the item that failed, and why."""
    try:
        return (yield from sent(request, deadline))
    except TransactionCancelled as error:
        raise cancelled(targets, request.operation, error) from error


def cancelled(actions: "Sequence[Write | Target]", operation: str, error: TransactionCancelled) -> TransactionCancelled:
    """The error of a cancelled transaction, each reason put to the action it belongs to."""
    from dynexpr.writes import Write, condition_error

    failures: list[TransactionFailure] = []
    reasons = error.response.get("CancellationReasons") or ()
    for index, (action, reason) in enumerate(zip(actions, reasons, strict=False)):
        code = reason.get("Code", "None")
        if code == "None":
            continue
        item = reason.get("Item") or None
        subject = action if isinstance(action, Target) else action.subject
        single: ServiceError
        if code == "ConditionalCheckFailed" and isinstance(action, Write):
            single = condition_error(action, "", item)
        else:
            single = REASONS.get(code, ServiceError)(reason.get("Message") or code, code=code)
            if isinstance(action, Write):
                single = _of_write(action, single)
        failures.append(TransactionFailure(index, code, single, item, subject))
    told = "; ".join(f"action {failure.index} ({failure.code}): {failure.error}" for failure in failures)
    nothing = "nothing was read" if operation == "TransactGetItems" else "nothing was written"
    made = TransactionCancelled(f"{nothing}: {told or error.message}", operation=operation, failures=failures)
    made.response = error.response
    made.attempts = error.attempts
    return made


_LEFT: Final = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}


def batch_flow(request: Request, deadline: Deadline, take: Callable[[Response], object]) -> Flow[None]:
    """Send a batch, then what DynamoDB left unprocessed of it, until nothing is; each answer is given to *take*.

    What is left is sent again after a pause, which grows only while nothing of it is processed. An error has what was
    left, as `RequestItems`, in its `leftover`.
    """
    field = _LEFT[request.operation]
    things = "keys" if field == "UnprocessedKeys" else "items"
    last = _count(request.params["RequestItems"])
    attempt = 0
    try:
        while True:
            response = yield from sent(request, deadline)
            take(response)
            unprocessed = response.get(field) or {}
            if not unprocessed:
                return
            left = _count(unprocessed)
            attempt = attempt + 1 if left == last else 1
            last = left
            message = f"{left} {things} of {', '.join(unprocessed)} were left unprocessed"
            error = Throttled(message, operation=request.operation, response=response)
            request = Request(request.operation, {**request.params, "RequestItems": unprocessed})
            pause = _pause(error, attempt, deadline)
            if pause is None:
                _given_up(error, attempt)
                raise error
            yield Pause(pause)
    except DynexprError as error:
        error.leftover = (request.params["RequestItems"],)
        raise


def _count(parts: dict[str, Any]) -> int:
    """How many keys or writes a batch has."""
    return sum(len(part["Keys"] if isinstance(part, dict) else part) for part in parts.values())


def batch_get_flow(requests: Sequence[Request], deadline: Deadline) -> Flow[list[tuple[str, dict[str, Any]]]]:
    """Read batches, what DynamoDB left unprocessed included; pairs of table name and item, in no order."""
    found: list[tuple[str, dict[str, Any]]] = []

    def take(response: Response) -> None:
        for table, items in (response.get("Responses") or {}).items():
            found.extend((table, item) for item in items)

    for request in requests:
        yield from batch_flow(request, deadline, take)
    return found
