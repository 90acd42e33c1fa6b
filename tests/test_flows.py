"""What is sent again, after which pause, and what is said in the end?  Flows driven by hand, without any network."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from dynexpr import RetryPolicy, check, delete, flows, insert, put, transact, update
from dynexpr.answers import error_answer
from dynexpr.compose import transaction_request, write_request
from dynexpr.errors import (
    ArgumentError,
    ConditionFailed,
    Conflict,
    DynexprError,
    EndpointUnreachable,
    IdempotencyMismatch,
    ItemExists,
    ItemMissing,
    OutcomeUnknown,
    RequestRefused,
    ResponseLost,
    ServiceUnavailable,
    StaleData,
    TableNotFound,
    Throttled,
    TransactionCancelled,
)
from dynexpr.flows import Deadline, Flow, Pause, batch_get_flow, sent, transact_get_flow, transaction_flow, write_flow
from dynexpr.limits import TOKEN_SECONDS
from dynexpr.requests import (
    STANDALONE,
    Request,
    batch_get_request,
    transact_get_request,
)
from dynexpr.statements.get import batch_get, transact_get
from dynexpr.writes import write_of
from tests.models import NOW, Payment, Quota

STEADY = RetryPolicy(max_attempts=4, initial_delay=1, backoff_factor=2, jitter="none", deadline=None)
"""Pauses of 1, 2 and 4 seconds between four attempts."""

Answer = dict[str, Any] | Exception


class Clock:
    """Time that passes only by pauses, and by what is added to it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """The time."""
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the flows."""
    clock = Clock()
    monkeypatch.setattr(flows, "time", clock)
    return clock


class Outcome(NamedTuple):
    """What a flow did."""

    result: Any
    error: Exception | None
    requests: list[Request]
    pauses: list[float]


def drive(flow: Flow[Any], answers: Iterator[Answer], clock: Clock) -> Outcome:
    """Run a flow to its end; an answer is sent or, when it is an error, thrown; a pause takes its time."""
    requests: list[Request] = []
    pauses: list[float] = []
    try:
        step = next(flow)
        while True:
            if isinstance(step, Pause):
                pauses.append(step.seconds)
                clock.now += step.seconds
                step = flow.send(None)
                continue
            requests.append(step)
            answer = next(answers)
            step = flow.throw(answer) if isinstance(answer, Exception) else flow.send(answer)
    except StopIteration as stop:
        return Outcome(stop.value, None, requests, pauses)
    except DynexprError as error:
        return Outcome(None, error, requests, pauses)


def answer(code: str, status: int = 400, **body: Any) -> DynexprError:
    """An error answer."""
    return error_answer("X", code, "told", status, body)


THROTTLED = answer("ThrottlingException")
BUSY = answer("TransactionConflictException")
FAILED_500 = answer("InternalServerError", 500)
LOST = ResponseLost("lost")
UNREACHABLE = EndpointUnreachable("nobody there")
REFUSED = answer("ValidationException")
NO_TABLE = answer("ResourceNotFoundException")
STORED = {"user": {"S": "u1"}, "remaining": {"N": "7"}, "version": {"N": "4"}}
FALSE = answer("ConditionalCheckFailedException", Item=STORED)
FALSE_MISSING = answer("ConditionalCheckFailedException")
DONE: dict[str, Any] = {"ok": True}


class Row(NamedTuple):
    """What a request meets, how often it is sent, and how it ends."""

    name: str
    answers: list[Answer]
    ends: type[Exception] | None
    sent: int


def check_row(row: Row, flow: Flow[Any], clock: Clock) -> Outcome:
    """Drive a flow by the answers of a row, check what a row says, and that identical bytes were sent each time."""
    outcome = drive(flow, iter(row.answers), clock)
    assert len(outcome.requests) == row.sent
    assert (None if outcome.error is None else type(outcome.error)) is row.ends
    assert outcome.requests == [outcome.requests[0]] * row.sent
    assert outcome.pauses == [1.0, 2.0, 4.0][: row.sent - 1]
    if row.ends is None:
        assert outcome.result == DONE
    return outcome


def names(row: Row) -> str:
    """The name of a row."""
    return row.name


READS = [
    Row("fine at once", [DONE], None, 1),
    Row("throttled", [THROTTLED, DONE], None, 2),
    Row("lost", [LOST, DONE], None, 2),
    Row("500", [FAILED_500, LOST, THROTTLED, DONE], None, 4),
    Row("unreachable, then there", [UNREACHABLE, UNREACHABLE, DONE], None, 3),
    Row("throttled, then unreachable, then there", [THROTTLED, THROTTLED, UNREACHABLE, DONE], None, 4),
    Row("attempts end", [THROTTLED] * 4, Throttled, 4),
    Row("the last error is told", [THROTTLED, THROTTLED, THROTTLED, LOST], ResponseLost, 4),
    Row("nobody listens there", [UNREACHABLE] * 3, EndpointUnreachable, 3),
    Row("refused", [REFUSED], RequestRefused, 1),
    Row("no table, after a throttle", [THROTTLED, NO_TABLE], TableNotFound, 2),
]


@pytest.mark.parametrize("row", READS, ids=names)
def test_reads_are_sent_again(row: Row, clock: Clock) -> None:
    """A read is repeated after every error that may go away, after growing pauses, and after no other."""
    check_row(row, sent(Request("Query", {"TableName": "t"}), Deadline(STEADY)), clock)


RAW_WRITES = [
    Row("throttled", [THROTTLED, BUSY, DONE], None, 3),
    Row("unreachable: nothing was sent", [UNREACHABLE, DONE], None, 2),
    Row("lost", [LOST], OutcomeUnknown, 1),
    Row("500", [FAILED_500], OutcomeUnknown, 1),
    Row("throttled, then lost", [THROTTLED, LOST], OutcomeUnknown, 2),
]


@pytest.mark.parametrize("row", RAW_WRITES, ids=names)
@pytest.mark.parametrize(
    "operation",
    [
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "ExecuteStatement",
        "TransactWriteItems",
        "CreateBackup",
        "ExportTableToPointInTime",
    ],
)
def test_raw_writes_are_not_sent_twice(operation: str, row: Row, clock: Clock) -> None:
    """A write sent as it is (a transaction without a token too) is not repeated once it may have been carried out."""
    check_row(row, sent(Request(operation, {"TableName": "t"}), Deadline(STEADY)), clock)


def quota_write(statement: Any) -> Callable[[Deadline], Flow[Any]]:
    """What sends a statement as a single write."""

    def flow(deadline: Deadline) -> Flow[Any]:
        write = write_of(statement, lambda: NOW)
        return write_flow(write, write_request(write, STANDALONE), deadline)

    return flow


INSERT = insert(Quota).values(user="u1", remaining=1)
TAKE = update(Quota).where(Quota.user == "u1", Quota.remaining >= 3).set(Quota.remaining, Quota.remaining - 3)
WRITES = {
    "put": put(Quota).values(user="u1", remaining=1),
    "put under a condition": put(Quota).values(user="u1", remaining=1).where(Quota.remaining > 1),
    "update": TAKE,
    "upsert": update(Quota).where(Quota.user == "u1").add(Quota.remaining, 1).upsert(),
    "delete": delete(Quota).where(Quota.user == "u1"),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("row", RAW_WRITES, ids=names)
def test_writes_are_not_sent_twice(name: str, row: Row, clock: Clock) -> None:
    """A single write that could take effect twice is not repeated after an ambiguous attempt: OutcomeUnknown."""
    outcome = check_row(row, quota_write(WRITES[name])(Deadline(STEADY)), clock)
    if isinstance(outcome.error, OutcomeUnknown):
        assert "read the item to find out" in str(outcome.error)
        assert isinstance(outcome.error.__cause__, ResponseLost | ServiceUnavailable)


INSERTS = [
    Row("lost, then written", [LOST, DONE], None, 2),
    Row("500, lost, throttled, then written", [FAILED_500, LOST, THROTTLED, DONE], None, 4),
    Row("exists", [FALSE], ItemExists, 1),
    Row("throttled, then exists", [THROTTLED, FALSE], ItemExists, 2),
    Row("unreachable, then exists", [UNREACHABLE, FALSE], ItemExists, 2),
    Row("lost, then exists: ours or another's?", [LOST, FALSE], OutcomeUnknown, 2),
    Row("500, throttled, then exists", [FAILED_500, THROTTLED, FALSE], OutcomeUnknown, 3),
    Row("lost, then throttled to the end", [LOST, THROTTLED, THROTTLED, THROTTLED], OutcomeUnknown, 4),
    Row("lost, then nobody listens", [LOST, UNREACHABLE, UNREACHABLE, UNREACHABLE], OutcomeUnknown, 4),
    Row("lost, then unreachable, then written", [LOST, UNREACHABLE, UNREACHABLE, DONE], None, 4),
    Row("lost, then refused", [LOST, REFUSED], OutcomeUnknown, 2),
]


@pytest.mark.parametrize("row", INSERTS, ids=names)
def test_inserts_are_sent_again(row: Row, clock: Clock) -> None:
    """An insert falsifies its own condition, so it is repeated; when the condition fails then, nobody can know why."""
    outcome = check_row(row, quota_write(INSERT)(Deadline(STEADY)), clock)
    if isinstance(outcome.error, OutcomeUnknown):
        met = row.answers[-1] is FALSE
        assert outcome.error.item == (STORED if met else None)


def test_version_bump_is_sent_again(clock: Clock) -> None:
    """So is a write that counts a version up, under the old one; the stored item shows what became of it."""
    write = write_of(
        update(Payment).where(Payment.id == "p1", Payment.timestamp == NOW, Payment.version == 3).values(note="x"),
        lambda: NOW,
    )
    request = write_request(write, STANDALONE)

    def flow() -> Flow[Any]:
        return write_flow(write, request, Deadline(STEADY))

    check_row(Row("", [LOST, DONE], None, 2), flow(), clock)
    outcome = check_row(Row("", [LOST, FALSE], OutcomeUnknown, 2), flow(), clock)
    assert isinstance(outcome.error, OutcomeUnknown)
    assert outcome.error.item == STORED
    check_row(Row("", [FALSE], StaleData, 1), flow(), clock)
    check_row(Row("", [FALSE_MISSING], ItemMissing, 1), flow(), clock)


def test_condition_of_an_update_is_explained(clock: Clock) -> None:
    """Met at the first attempt, a false condition is the error of the write, with the clause and the value it met."""
    false = answer("ConditionalCheckFailedException", Item={"user": {"S": "u1"}, "remaining": {"N": "2"}})
    error = check_row(Row("", [false], ConditionFailed, 1), quota_write(TAKE)(Deadline(STEADY)), clock).error
    assert isinstance(error, ConditionFailed)
    assert [str(clause) for clause in error.failed] == ["remaining >= 3 (remaining was 2)"]
    assert error.subject is TAKE
    check_row(Row("", [FALSE_MISSING], ItemMissing, 1), quota_write(TAKE)(Deadline(STEADY)), clock)


def cancelled(*codes: str) -> DynexprError:
    """The answer of a cancelled transaction."""
    return answer("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


STATEMENT = transact(INSERT, check(Quota, "u2").where(Quota.remaining > 0))
TRANSACTIONS = [
    Row("fine", [DONE], None, 1),
    Row("lost and 500, then done", [LOST, FAILED_500, DONE], None, 3),
    Row("still in progress", [LOST, answer("TransactionInProgressException"), DONE], None, 3),
    Row("conflict", [cancelled("None", "TransactionConflict"), DONE], None, 2),
    Row("throttled and conflict", [cancelled("ThrottlingError", "TransactionConflict"), DONE], None, 2),
    Row(
        "a condition among them", [cancelled("TransactionConflict", "ConditionalCheckFailed")], TransactionCancelled, 1
    ),
    Row("conflict to the end", [cancelled("TransactionConflict", "None")] * 4, TransactionCancelled, 4),
    Row("lost, then cancelled for good", [LOST, cancelled("None", "ConditionalCheckFailed")], TransactionCancelled, 2),
    Row("lost to the end", [LOST] * 4, OutcomeUnknown, 4),
    Row("lost, then throttled to the end", [LOST, THROTTLED, THROTTLED, THROTTLED], OutcomeUnknown, 4),
    Row("lost, then refused", [LOST, REFUSED], OutcomeUnknown, 2),
    Row("lost, then conflicts", [LOST, *[cancelled("TransactionConflict", "None")] * 3], OutcomeUnknown, 4),
    Row("token used before", [answer("IdempotentParameterMismatchException")], IdempotencyMismatch, 1),
    Row("refused", [REFUSED], RequestRefused, 1),
]


def transaction(deadline: Deadline) -> Flow[Any]:
    """What sends STATEMENT."""
    writes = [write_of(each, lambda: NOW) for each in STATEMENT.statements]
    return transaction_flow(writes, transaction_request(writes, STANDALONE, "token"), deadline)


@pytest.mark.parametrize("row", TRANSACTIONS, ids=names)
def test_transactions_are_sent_again(row: Row, clock: Clock) -> None:
    """Its token lets a transaction be repeated with identical bytes; cancelled, only where every reason may go away."""
    outcome = check_row(row, transaction(Deadline(STEADY)), clock)
    assert {request.params["ClientRequestToken"] for request in outcome.requests} == {"token"}
    if isinstance(outcome.error, TransactionCancelled):
        assert outcome.error.failures
        assert "nothing was written" in str(outcome.error)


def test_token_is_not_outlived(clock: Clock) -> None:
    """A transaction that may have been carried out is not repeated when its token may have been forgotten."""
    patient = RetryPolicy(max_attempts=99, initial_delay=90, max_delay=90, jitter="none", deadline=None)
    outcome = drive(transaction(Deadline(patient)), iter([LOST] * 99), clock)
    assert isinstance(outcome.error, OutcomeUnknown)
    assert sum(outcome.pauses) < TOKEN_SECONDS
    assert len(outcome.requests) == 7
    outcome = drive(transaction(Deadline(patient)), iter([*[THROTTLED] * 20, DONE]), clock)
    assert outcome.result == DONE


def test_cancelled_read_names_the_item(clock: Clock) -> None:
    """The reasons of a cancelled TransactGetItems belong to its keys; nothing was read."""
    targets = transact_get((Quota, "u1"), (Quota, "u2")).targets
    flow = transact_get_flow(targets, transact_get_request(targets, STANDALONE), Deadline(None))
    outcome = drive(flow, iter([cancelled("None", "TransactionConflict")]), clock)
    assert isinstance(outcome.error, TransactionCancelled)
    (failure,) = outcome.error.failures
    assert (failure.index, type(failure.error), failure.subject) == (1, Conflict, targets[1])
    assert str(outcome.error).startswith("TransactGetItems: nothing was read: action 1 (TransactionConflict)")


@pytest.mark.parametrize(
    ("deadline", "pauses"),
    [(1, []), (1.1, [1]), (3, [1]), (3.1, [1, 2]), (7, [1, 2]), (7.1, [1, 2, 4]), (None, [1, 2, 4])],
)
def test_retry_never_sleeps_past_the_deadline(deadline: float | None, pauses: list[float], clock: Clock) -> None:
    """A pause that would not end before the deadline is not begun; the error is raised at once."""
    outcome = drive(sent(Request("Query", {}), Deadline(STEADY, deadline)), iter([THROTTLED] * 9), clock)
    assert outcome.pauses == pauses
    assert outcome.error is THROTTLED


def test_deadline_counts_the_requests_too(clock: Clock) -> None:
    """Time spent in requests is part of it."""

    def slow() -> Iterator[Answer]:
        while True:
            clock.now += 5
            yield LOST

    outcome = drive(sent(Request("Query", {}), Deadline(STEADY, 8)), slow(), clock)
    assert outcome.pauses == [1]


@pytest.mark.parametrize("error", [THROTTLED, LOST, FAILED_500, UNREACHABLE, cancelled("TransactionConflict")])
def test_no_policy_fails_fast(error: DynexprError, clock: Clock) -> None:
    """With retry=None nothing is sent again."""
    outcome = drive(sent(Request("Query", {}), Deadline(None, 60)), iter([error]), clock)
    assert outcome.error is error
    assert outcome.pauses == []


def test_an_error_of_the_program_goes_through(clock: Clock) -> None:
    """What is no error of the tree is nobody's to repeat."""
    with pytest.raises(ZeroDivisionError):
        drive(sent(Request("Query", {}), Deadline(STEADY)), iter([ZeroDivisionError()]), clock)


def test_full_jitter(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Pauses are random between nothing and the ceiling, which grows to max_delay and stays there."""
    chances = iter([0.0, 0.5, 1.0, 0.5, 1.0])
    monkeypatch.setattr(flows, "chance", lambda: next(chances))
    policy = RetryPolicy(max_attempts=6, initial_delay=1, max_delay=5, backoff_factor=2, deadline=None)
    outcome = drive(sent(Request("Query", {}), Deadline(policy)), iter([THROTTLED] * 6), clock)
    assert outcome.pauses == [0.0, 1.0, 4.0, 2.5, 5.0]


def test_many_attempts_do_not_overflow() -> None:
    """The ten thousandth pause is as long as max_delay."""
    assert RetryPolicy(max_attempts=10_000).ceiling(9_999) == 20.0


@pytest.mark.parametrize(
    "options",
    [
        {"max_attempts": 0},
        {"initial_delay": -1},
        {"max_delay": float("nan")},
        {"backoff_factor": 0.5},
        {"jitter": "some"},
        {"deadline": -1},
    ],
)
def test_policies_that_make_no_sense(options: dict[str, Any]) -> None:
    """They are refused where they are made, in one line."""
    with pytest.raises(ArgumentError) as caught:
        RetryPolicy(**options)
    assert "\n" not in str(caught.value)


def key(user: str) -> dict[str, Any]:
    """A key of Quota."""
    return {"user": {"S": user}}


def batch(answers: list[Answer], deadline: Deadline, clock: Clock, count: int = 3) -> Outcome:
    """Read some quotas in one batch."""
    targets = batch_get((Quota, [f"u{number}" for number in range(count)])).targets
    return drive(
        batch_get_flow([batch_get_request(targets, STANDALONE, consistent=True)], deadline), iter(answers), clock
    )


def page(*found: str, left: tuple[str, ...] = ()) -> dict[str, Any]:
    """An answer of BatchGetItem: items found, and keys left unprocessed."""
    unprocessed = {"quotas": {"Keys": [key(user) for user in left], "ConsistentRead": True}} if left else {}
    return {"Responses": {"quotas": [key(user) for user in found]}, "UnprocessedKeys": unprocessed}


def test_unprocessed_keys_are_asked_for_again(clock: Clock) -> None:
    """Only what was left is asked for, after a pause each time; everything found is handed out."""
    answers: list[Answer] = [page("u0", left=("u1", "u2")), page(left=("u1", "u2")), page("u1", "u2")]
    outcome = batch(answers, Deadline(STEADY), clock)
    assert outcome.result == [("quotas", key("u0")), ("quotas", key("u1")), ("quotas", key("u2"))]
    assert outcome.pauses == [1, 2]
    keys = [request.params["RequestItems"]["quotas"]["Keys"] for request in outcome.requests]
    assert keys == [[key("u0"), key("u1"), key("u2")], [key("u1"), key("u2")], [key("u1"), key("u2")]]
    assert all(request.params["RequestItems"]["quotas"]["ConsistentRead"] for request in outcome.requests)


@pytest.mark.parametrize(
    ("deadline", "requests", "pauses"),
    [
        (lambda: Deadline(STEADY), 4, [1, 2, 4]),
        (lambda: Deadline(STEADY, 3.5), 3, [1, 2]),
        (lambda: Deadline(STEADY, 0.5), 1, []),
        (lambda: Deadline(None), 1, []),
    ],
)
def test_unprocessed_keys_end_with_the_policy(
    deadline: Callable[[], Deadline], requests: int, pauses: list[float], clock: Clock
) -> None:
    """When the policy or the deadline ends first, the error says how many are left, and has them; no request is sent
    without a pause before it.
    """
    outcome = batch([page("u0", left=("u1", "u2"))] * 9, deadline(), clock)
    assert (len(outcome.requests), outcome.pauses) == (requests, pauses)
    assert isinstance(outcome.error, Throttled)
    sent_often = f" (sent {requests} times)" if requests > 1 else ""
    assert str(outcome.error) == f"BatchGetItem: 2 keys of quotas were left unprocessed{sent_often}"
    assert outcome.error.response["UnprocessedKeys"]["quotas"]["Keys"] == [key("u1"), key("u2")]


def test_throttled_batches_pause_too(clock: Clock) -> None:
    """An error of the whole batch is repeated like that of any read."""
    outcome = batch([THROTTLED, page("u0", "u1", left=("u2",)), LOST, page("u2")], Deadline(STEADY), clock)
    assert len(outcome.result) == 3
    assert outcome.pauses == [1, 1, 1]


def test_batches_follow_each_other(clock: Clock) -> None:
    """Several requests are sent one after the other, each with a retry of its own."""
    targets = batch_get((Quota, ["u0", "u1"])).targets
    requests = [batch_get_request([target], STANDALONE, consistent=False) for target in targets]
    answers: list[Answer] = [page("u0"), page(left=("u1",)), page("u1")]
    outcome = drive(batch_get_flow(requests, Deadline(STEADY)), iter(answers), clock)
    assert outcome.result == [("quotas", key("u0")), ("quotas", key("u1"))]
    assert drive(batch_get_flow([], Deadline(STEADY)), iter([]), clock).result == []


def test_amounts_survive_a_retry(clock: Clock) -> None:
    """Defaults and times are taken once: a repeated insert sends what the first attempt sent."""
    times = iter([NOW, NOW.replace(hour=13)])
    statement = insert(Payment).values(id="p1", timestamp=NOW, customer_id="c1", amount=Decimal(1))
    write = write_of(statement, lambda: next(times))
    flow = write_flow(write, write_request(write, STANDALONE), Deadline(STEADY))
    assert len(check_row(Row("", [LOST, DONE], None, 2), flow, clock).requests) == 2


def test_errors_name_items_tables_and_attempts(clock: Clock) -> None:
    """What nobody can know names the items of the writes; what was given up says how often it had been sent."""
    outcome = drive(transaction(Deadline(STEADY)), iter([LOST] * 4), clock)
    assert 'the write of Quota ("u1"), Quota ("u2") took effect (' in str(outcome.error)
    outcome = drive(sent(Request("Query", {"TableName": "t"}), Deadline(STEADY)), iter([THROTTLED] * 4), clock)
    assert str(outcome.error).endswith(" (sent 4 times)")
    outcome = drive(sent(Request("Query", {"TableName": "t"}), Deadline(None)), iter([THROTTLED]), clock)
    assert "sent" not in str(outcome.error)
