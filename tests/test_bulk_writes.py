"""Do batches write everything once, the last word on each item, and say what came of each?"""

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dynexpr import (
    AsyncEngine,
    Column,
    ColumnOptions,
    MetaData,
    RetryPolicy,
    Table,
    batch_write,
    create_async_engine,
    create_engine,
    get,
    insert,
    put,
    select,
)
from dynexpr.engine import Engine
from dynexpr.errors import (
    Abandoned,
    ArgumentError,
    DeadlineExceeded,
    MissingAttribute,
    RequestRefused,
    ResponseLost,
    TableNotFound,
    Throttled,
    ValueNotStorable,
)
from dynexpr.orm import Session, inspect
from dynexpr.requests import Request
from dynexpr.transports.faults import Faults, FaultyTransport
from dynexpr.types import String
from tests.models import NOW, Base, Payment, Quota

if TYPE_CHECKING:
    from dynexpr.bulk.outcomes import Outcome

PATIENT = RetryPolicy(max_attempts=30, initial_delay=0, deadline=None)

BLIND = Table(
    "payments",
    MetaData(),
    Column("id", String(), ColumnOptions(partition_key=True)),
    Column("timestamp", String(), ColumnOptions(sort_key=True)),
    Column("status", String()),
)
"""The table of payments, of which only the key is known."""


def quota(number: int, remaining: int | None = None) -> Quota:
    """One of many."""
    return Quota(user=f"u{number:05}", remaining=number if remaining is None else remaining)


def payment(**values: Any) -> Payment:
    """One with a version."""
    given: dict[str, Any] = {"id": "p1", "timestamp": NOW, "customer_id": "c1", "amount": Decimal(1)}
    return Payment(**{**given, **values})


def stored(engine: Engine) -> dict[str, int]:
    """All quotas there are."""
    return {row.user: row.remaining for row in engine.execute(select(Quota).allow_scan())}


class Watched:
    """A transport that keeps what is sent, and how many requests are on their way at the same time."""

    def __init__(self, inner: Any, meanwhile: Callable[[Request], object] | None = None) -> None:
        self.inner = inner
        self.sent: list[Request] = []
        self.now = self.most = 0
        self.meanwhile = meanwhile

    def send(self, request: Request, /) -> dict[str, Any]:
        """Keep a request, and pass it on."""
        self.sent.append(request)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if self.meanwhile is not None:
                self.meanwhile(request)
            answer: dict[str, Any] = self.inner.send(request)
            return answer
        finally:
            self.now -= 1

    def close(self) -> None:
        """Close what is inside."""
        self.inner.close()


@pytest.fixture
def local() -> Iterator[Engine]:
    """An embedded engine with empty tables; `engine.transport` keeps what is sent."""
    with create_engine("local://", clock=lambda: NOW, retry=PATIENT) as made:
        Base.metadata.create_all(made)
        made.transport = Watched(made.transport)
        yield made


def faulty(engine: Engine, faults: Faults) -> Faults:
    """Let faults happen to an engine from now on."""
    engine.transport = FaultyTransport(engine.transport, faults)
    return faults


@pytest.mark.parametrize("count", [0, 1, 25, 26, 60])
def test_puts(engine: Engine, count: int) -> None:
    """Every object is stored, at most 25 in a request, with progress up to the total."""
    seen: list[tuple[int, int | None]] = []
    result = engine.bulk_put(
        [quota(number) for number in range(count)], on_progress=lambda done, total: seen.append((done, total))
    )
    assert (result.written, result.deleted, result.replaced, result.failures) == (count, 0, 0, 0)
    assert stored(engine) == {f"u{number:05}": number for number in range(count)}
    assert seen[-1:] == [(count, count)][: len(seen)]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert result.consumed.write_units == count
    assert result.consumed.requests == -(-count // 25)


def test_deletes(engine: Engine) -> None:
    """Keys are deleted, whether they exist or not."""
    engine.bulk_put(quota(number) for number in range(30))
    result = engine.bulk_delete(Quota, (f"u{number:05}" for number in range(5, 40)))
    assert result.deleted == 35
    assert sorted(stored(engine)) == [f"u{number:05}" for number in range(5)]


def test_statement(engine: Engine) -> None:
    """One statement puts and deletes in several tables, objects and statements alike."""
    engine.bulk_put([quota(1), quota(2), quota(3)])
    result = engine.execute(
        batch_write(
            puts=[quota(4), put(Quota).values(user="u00005", remaining=5), payment()],
            deletes=[quota(1), (Quota, ["u00002"])],
            unconditional=True,
        )
    )
    assert (result.written, result.deleted) == (3, 2)
    assert sorted(stored(engine)) == ["u00003", "u00004", "u00005"]
    assert engine.execute(get(Payment, ("p1", NOW))).one().version == 1


def test_writer(engine: Engine) -> None:
    """A writer sends on the way, and the rest at the end of its block."""
    with engine.bulk() as writer:
        for number in range(60):
            writer.put(quota(number))
        writer.delete(Quota, "u00000")
        writer.delete(quota(1))
    assert (writer.result.written, writer.result.deleted, writer.result.replaced) == (60, 2, 0)
    assert sorted(stored(engine)) == [f"u{number:05}" for number in range(2, 60)]


def test_the_last_write_of_an_item_wins(engine: Engine) -> None:
    """However close together, and in whatever requests, two writes of one item were written."""
    numbers = [number % 7 for number in range(200)] + list(range(20, 120)) + [3] * 40
    result = engine.bulk_put(
        (quota(number, remaining) for remaining, number in enumerate(numbers)), parallel=8, chunk_size=3
    )
    assert stored(engine) == {f"u{number:05}": remaining for remaining, number in enumerate(numbers)}
    assert result.done == len(numbers)
    with engine.bulk() as writer:
        for number in range(20):
            writer.put(quota(number))
            writer.delete(Quota, f"u{number:05}")
    assert (writer.result.replaced, writer.result.deleted) == (20, 20)


def test_duplicates_can_be_refused(local: Engine) -> None:
    """`duplicates="raise"` takes no second write of an item; keys are the same by value."""
    with pytest.raises(ArgumentError, match="written twice in one batch") as caught:
        local.bulk_put([quota(1), quota(2), quota(1)], duplicates="raise")
    assert [each.user for each in caught.value.leftover] == ["u00001", "u00001", "u00002"]
    assert stored(local) == {}


def test_objects_take_over_what_is_stored(engine: Engine) -> None:
    """Version, times and defaults are there; the object belongs to no session, and one may take it on."""
    one = payment(tags={"a"})
    engine.bulk_put([one], unconditional=True)
    assert (one.version, one.created_at, one.status) == (1, NOW, "pending")
    assert inspect(one).status == "detached"
    with Session(engine) as session:
        session.add(one)
        one.note = "changed"
        one.tags.add("b")
        session.commit()
    assert one.version == 2
    row = engine.execute(get(Payment, ("p1", NOW))).one()
    assert (row.version, row.note, row.tags) == (2, "changed", {"a", "b"})
    engine.bulk_put([one], unconditional=True)
    assert engine.execute(get(Payment, ("p1", NOW))).one().version == 3  # whoever read version 2 will see it


def test_an_object_that_was_not_written_is_as_before(local: Engine) -> None:
    """After a failure an object is as new as it was."""
    faulty(local, Faults(throttle=1))
    one = payment()
    with pytest.raises(Throttled) as caught:
        local.bulk_put([one], retry=None, unconditional=True)
    assert caught.value.leftover == [one]
    assert inspect(one).status == "transient"


REFUSED: list[tuple[str, Callable[[Engine], object], type[Exception], str]] = [
    ("versioned", lambda e: e.bulk_put([payment()]), ArgumentError, "unconditional=True"),
    ("versioned put", lambda e: e.bulk_put([put(Payment).values(id="x")]), ArgumentError, "unconditional=True"),
    ("class", lambda e: e.bulk_put([Quota]), ArgumentError, "an object of a model is wanted"),
    ("dict", lambda e: e.bulk_put([{"user": "u1"}]), ArgumentError, "an object of a model is wanted"),
    ("insert", lambda e: e.bulk_put([insert(Quota).values(user="a", remaining=1)]), ArgumentError, "is wanted"),
    (
        "condition",
        lambda e: e.bulk_put([put(Quota).values(user="a", remaining=1).where(Quota.remaining > 0)]),
        ArgumentError,
        "execute_many",
    ),
    ("returning", lambda e: e.bulk_put([put(Quota).returning("ALL_OLD")]), ArgumentError, "takes no where"),
    ("required", lambda e: e.bulk_put([put(Quota).values(user="a")]), MissingAttribute, "remaining"),
    ("too large", lambda e: e.bulk_put([Quota(user="a", remaining=1, note="x" * 410_000)]), ArgumentError, "409,600"),
    ("key", lambda e: e.bulk_delete(Payment, ["p1"]), ArgumentError, "the key of Payment is"),
    ("empty key", lambda e: e.bulk_delete(Quota, [""]), ArgumentError, "can't be empty"),
    ("key value", lambda e: e.bulk_delete(Quota, [1]), ValueNotStorable, "Quota.user"),
    ("parallel", lambda e: e.bulk_put([], parallel=0), ArgumentError, "parallel is a whole number from 1 to 100"),
    ("chunk", lambda e: e.bulk_put([], chunk_size=26), ArgumentError, "from 1 to 25"),
    ("duplicates", lambda e: e.bulk_put([], duplicates="first"), ArgumentError, "duplicates is"),  # type: ignore[arg-type]
    ("outside", lambda e: e.bulk().put(quota(1)), ArgumentError, "inside its block"),
]


@pytest.mark.parametrize(("call", "error", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(local: Engine, call: Callable[[Engine], object], error: type[Exception], words: str) -> None:
    """What can't be written is refused before anything is sent."""
    with pytest.raises(error, match=words):
        call(local)
    assert local.transport.sent == []  # type: ignore[attr-defined]


def test_sessions_keep_what_is_theirs(local: Engine) -> None:
    """An object of a session is refused, and so is a batch given to a session."""
    with Session(local) as session:
        one = quota(1)
        session.add(one)
        with pytest.raises(ArgumentError, match="belongs to a session"):
            local.bulk_put([one])
        with pytest.raises(ArgumentError, match=r"engine\.execute"):
            session.execute(batch_write(puts=[quota(2)]))
        session.commit()
    assert stored(local) == {"u00001": 1}


def test_one_bad_object_does_not_stop_the_others(local: Engine) -> None:
    """With on_error what is wrong before it is sent is told, and the rest is written."""
    told: list[tuple[list[Any], Exception]] = []
    bad = Quota(user="bad", remaining=1, note="x" * 410_000)
    result = local.bulk_put([quota(1), bad, quota(2)], on_error=lambda subjects, error: told.append((subjects, error)))
    assert (result.written, result.failures) == (2, 1)
    assert [subjects for subjects, _ in told] == [[bad]]
    assert "409,600" in str(told[0][1])
    assert result.failed[0].subject is bad


def test_one_item_the_service_refuses_keeps_no_other_from_being_written(engine: Engine) -> None:
    """DynamoDB refuses a whole request for one item; the others of it are written all the same."""
    # Nothing but the service knows that `status` is an index's key, which must not be empty.
    items: list[Any] = [
        put(BLIND).values(id=f"p{number}", timestamp="t", status="" if number == 7 else "x") for number in range(20)
    ]
    outcomes: list[Outcome] = []
    result = engine.bulk_put(
        items, unconditional=True, on_error=lambda _subjects, _error: None, on_outcome=outcomes.append
    )
    assert (result.written, result.failures) == (19, 1)
    assert isinstance(result.failed[0].error, RequestRefused)
    assert result.failed[0].subject is items[7]
    assert len(outcomes) == 20
    assert {row["id"] for row in engine.execute(select(BLIND).allow_scan())} == {
        f"p{number}" for number in range(20) if number != 7
    }


def test_nothing_is_sent_once_the_block_has_raised(local: Engine) -> None:
    """What waits is dropped; what was sent before has its outcome."""
    writer = local.bulk(chunk_size=2)

    def block() -> None:
        with writer:
            for number in range(5):
                writer.put(quota(number))
            raise KeyError("mine")

    with pytest.raises(KeyError):
        block()
    assert stored(local) == {f"u{number:05}": number for number in range(writer.result.written)}
    assert writer.result.written in {2, 4}
    sent = len(local.transport.sent)  # type: ignore[attr-defined]
    assert sent <= 3


def test_a_source_that_raises(local: Engine) -> None:
    """An error of the generator's own comes through; what was sent before is waited for."""

    def source() -> Iterator[Quota]:
        yield from (quota(number) for number in range(10))
        raise KeyError("mine")

    outcomes: list[Outcome] = []
    with pytest.raises(KeyError):
        local.bulk_put(source(), chunk_size=3, on_outcome=outcomes.append)
    assert sorted(stored(local)) == [f"u{number:05}" for number in range(9)]
    assert sorted(outcome.key for outcome in outcomes if outcome.ok) == [f"u{number:05}" for number in range(9)]
    (late,) = [outcome for outcome in outcomes if not outcome.ok]
    assert (late.key, type(late.error), "it was not sent" in str(late.error)) == ("u00009", Abandoned, True)


def test_parallel_is_a_bound(local: Engine) -> None:
    """No more requests than asked for are on their way at the same time, and one means no threads."""
    from time import sleep

    watched: Any = local.transport
    watched.meanwhile = lambda _request: sleep(0.002)
    local.bulk_put((quota(number) for number in range(100)), chunk_size=5, parallel=3)
    assert 1 < watched.most <= 3
    watched.most = 0
    local.bulk_put((quota(number) for number in range(100)), chunk_size=5, parallel=1)
    assert watched.most == 1


def test_generators_are_read_as_they_are_needed(local: Engine) -> None:
    """No more is taken than waits or is on its way."""
    watched: Any = local.transport
    taken = 0
    most = 0

    def source() -> Iterator[Quota]:
        nonlocal taken, most
        for number in range(500):
            taken += 1
            sent = sum(len(each) for request in watched.sent for each in request.params["RequestItems"].values())
            most = max(most, taken - sent)
            yield quota(number)

    assert local.bulk_put(source(), chunk_size=10, parallel=2).written == 500
    assert most <= 10 * 4


def test_faults_lose_and_double_nothing(local: Engine) -> None:
    """Unprocessed items, throttles, failures and lost responses are survived, with an outcome for each item."""
    faults = faulty(
        local, Faults(seed=2, unprocessed=0.3, throttle=0.1, lost=0.1, unavailable=0.05, operations=["BatchWriteItem"])
    )
    outcomes: list[Outcome] = []
    progress: list[tuple[int, int | None]] = []
    result = local.bulk_put(
        [quota(number) for number in range(500)],
        on_outcome=outcomes.append,
        on_progress=lambda done, total: progress.append((done, total)),
        parallel=4,
    )
    assert result.written == 500
    assert sorted(outcome.key for outcome in outcomes) == [f"u{number:05}" for number in range(500)]
    assert all(outcome.ok for outcome in outcomes)
    assert progress[-1] == (500, 500)
    assert {fault for _, fault in faults.happened} == {"unprocessed", "throttle", "lost", "unavailable"}
    assert stored(local) == {f"u{number:05}": number for number in range(500)}


def test_what_is_left_when_patience_ends(local: Engine) -> None:
    """The error has what was not written; what was, was."""
    faulty(local, Faults(script=["unprocessed"], throttle=1, operations=["BatchWriteItem"]))
    with pytest.raises(Throttled) as caught:
        local.bulk_put([quota(number) for number in range(10)], retry=RetryPolicy(max_attempts=2, initial_delay=0))
    left = {each.user for each in caught.value.leftover}
    assert len(left) == 5
    assert set(stored(local)) == {f"u{number:05}" for number in range(10)} - left


@pytest.mark.parametrize("parallel", [1, 2, 4])
def test_nothing_that_was_taken_is_forgotten(local: Engine, parallel: int) -> None:
    """The chunk that waited for its turn when another one failed is left too; a writer sends it, where it goes on."""
    faulty(local, Faults(script=["throttle"], operations=["BatchWriteItem"]))
    taken: set[str] = set()

    def source() -> Iterator[Quota]:
        for number in range(100):
            taken.add(f"u{number:05}")
            yield quota(number)

    with pytest.raises(Throttled) as caught:
        local.bulk_put(source(), chunk_size=5, parallel=parallel, retry=None)
    assert {each.user for each in caught.value.leftover} | set(stored(local)) == taken
    faulty(local, Faults(script=["throttle"], operations=["BatchWriteItem"]))
    failed: list[Quota] = []
    with local.bulk(chunk_size=5, parallel=parallel, retry=None) as writer:
        for number in range(100):
            try:
                writer.put(quota(number))
            except Throttled as error:
                failed += error.leftover
    assert (len(failed), writer.result.written, writer.result.failures) == (5, 95, 5)


@pytest.mark.parametrize("parallel", [1, 2, 4])
def test_an_error_of_somebody_elses(local: Engine, parallel: int) -> None:
    """What a transport or a listener raises comes through, and nothing waits for an answer that never comes."""

    def fail(request: Request) -> None:
        if request.operation == "BatchWriteItem":
            raise ValueError("mine")

    local.transport.meanwhile = fail  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="mine"):
        local.bulk_put((quota(number) for number in range(100)), chunk_size=5, parallel=parallel)
    with pytest.raises(ValueError, match="mine"), local.bulk(chunk_size=5, parallel=parallel) as writer:  # noqa: PT012
        for number in range(100):
            writer.put(quota(number))


def test_failures_are_counted_and_the_rest_goes_on(local: Engine) -> None:
    """With on_error a chunk that fails is told with what it could not write."""
    faulty(local, Faults(script=["throttle", "lost"], operations=["BatchWriteItem"]))
    told: list[tuple[int, str]] = []
    result = local.bulk_put(
        [quota(number) for number in range(40)],
        chunk_size=10,
        parallel=1,
        retry=None,
        on_error=lambda subjects, error: told.append((len(subjects), type(error).__name__)),
    )
    assert told == [(10, "Throttled"), (10, "ResponseLost")]
    assert (result.written, result.failures, len(result.failed)) == (20, 20, 20)
    assert isinstance(result.failed[-1].error, ResponseLost)
    assert len(stored(local)) == 30  # nobody could know of the ten that were lost


def test_a_deadline_is_for_all_of_it(local: Engine) -> None:
    """After it nothing is sent."""
    watched: Any = local.transport
    result = local.bulk_put((quota(number) for number in range(100)), deadline=0, on_error=lambda _left, _error: None)
    assert watched.sent == []
    assert result.failures == 100
    assert {str(each.error) for each in result.failed} == {"BatchWriteItem was not sent: the deadline of 0 s is over"}
    assert {type(each.error) for each in result.failed} == {DeadlineExceeded}


def test_a_table_that_is_not_there() -> None:
    """The error of the first chunk comes out, and nothing more is tried."""
    with create_engine("local://") as engine, pytest.raises(TableNotFound) as caught:
        engine.bulk_put(quota(number) for number in range(300))
    assert len(caught.value.leftover) >= 25


def test_result_says_what_came_of_it(local: Engine) -> None:
    """Results and outcomes are readable."""
    told: list[str] = []
    made = local.bulk_put([quota(1)], on_outcome=lambda outcome: told.append(repr(outcome)))
    assert told == ["<put ('u00001',): done>"]
    assert repr(made).startswith("<1 written, 0 deleted, 0 replaced, 0 failed: <0 read units, 1 write units")


def test_async_writes() -> None:
    """The same, awaited; a block that raises sends nothing more."""

    async def broken(engine: AsyncEngine) -> None:
        async with engine.bulk() as writer:
            await writer.put(quota(900))
            raise KeyError("mine")

    async def main() -> None:
        async with create_async_engine("local://", clock=lambda: NOW, retry=PATIENT) as engine:
            await engine.create_all(Base.metadata)
            result = await engine.bulk_put(quota(number) for number in range(100))
            assert result.written == 100
            assert (await engine.bulk_delete(Quota, [f"u{number:05}" for number in range(90)])).deleted == 90
            async with engine.bulk() as writer:
                for number in range(40):
                    await writer.put(quota(number))
                await writer.delete(Quota, "u00000")
            assert (writer.result.written, writer.result.deleted) == (40, 1)
            done = await engine.execute(batch_write(puts=[quota(500)], deletes=[(Quota, ["u00001"])]))
            assert (done.written, done.deleted) == (1, 1)
            assert await engine.count(select(Quota).allow_scan()) == 49
            with pytest.raises(KeyError):
                await broken(engine)
            assert (await engine.execute(get(Quota, "u00900"))).all() == []

    asyncio.run(main(), debug=True)
