"""Does each item that was handed in get exactly one outcome, whatever ends the batch, one table for itself?"""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from dynexpr import batch_get, batch_write, create_async_engine, create_engine, event, insert
from dynexpr.engine import Engine
from dynexpr.errors import Abandoned, AccessDenied, DeadlineExceeded, OutcomeUnknown, TableNotFound, Throttled
from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column
from dynexpr.requests import Request
from dynexpr.transports.faults import Faults
from tests.models import NOW, Base, Payment, Quota
from tests.test_bulk_writes import PATIENT, Watched, faulty, payment, quota, stored
from tests.test_crew import interrupt_soon

if TYPE_CHECKING:
    from dynexpr.bulk.outcomes import Outcome


class Nowhere(DeclarativeBase):
    """Models whose tables were never created."""


class Ghost(Nowhere):
    """One of a table that is not there."""

    id: Mapped[str] = mapped_column(partition_key=True)


class Shade(Nowhere):
    """One of another."""

    id: Mapped[str] = mapped_column(partition_key=True)


@pytest.fixture
def local() -> Iterator[Engine]:
    """An embedded engine with empty tables; `engine.transport` keeps what is sent."""
    with create_engine("local://", clock=lambda: NOW, retry=PATIENT) as made:
        Base.metadata.create_all(made)
        made.transport = Watched(made.transport)
        yield made


def test_keys_are_given_as_they_are_taken(engine: Engine) -> None:
    """The key of an outcome is what bulk_delete and a session take, in the types of the model."""
    outcomes: list[Outcome] = []
    engine.bulk_put([payment(id="p1"), quota(1)], unconditional=True, on_outcome=outcomes.append)
    keys = {outcome.table.removeprefix(engine.settings.table_prefix): outcome.key for outcome in outcomes}
    assert keys == {"payments": ("p1", NOW), "quotas": "u00001"}
    bad: Any = {"no": "object"}
    engine.bulk_put([bad], on_error=lambda _subjects, _error: None, on_outcome=outcomes.append)
    assert [outcome.key for outcome in outcomes[-1:]] == [None]
    with Session(engine) as session:
        assert session.get(type(payment()), keys["payments"]) is not None
    gone = engine.bulk_delete(Quota, [keys["quotas"]], on_outcome=outcomes.append)
    assert gone.deleted == 1
    assert [outcome.key for outcome in outcomes[-1:]] == ["u00001"]


def one_each(outcomes: "list[Outcome]", taken: set[str]) -> None:
    """Each item has one outcome."""
    assert Counter(outcome.key for outcome in outcomes) == Counter(taken)


def break_off(_engine: Engine) -> None:
    """By an error of the source's own."""
    raise KeyError("mine")


def ctrl_c(_engine: Engine) -> None:
    """By Ctrl-C while the main thread waits for an answer."""
    interrupt_soon()


def lose(engine: Engine) -> None:
    """By an error of the service's."""
    faulty(engine, Faults(throttle=1))


def hear(engine: Engine) -> None:
    """By an error of a listener's, once an answer is there: nobody else knows what came of that request."""

    def fail(_exchange: Any) -> None:
        raise KeyError("listener")

    event.listen(engine, "after_request", fail)


ENDS: list[tuple[Callable[[Engine], None], type[BaseException]]] = [
    (break_off, KeyError),
    (ctrl_c, KeyboardInterrupt),
    (lose, Throttled),
    (hear, KeyError),
]


@pytest.mark.parametrize("parallel", [1, 2, 4])
@pytest.mark.parametrize(("end", "kind"), ENDS, ids=[end.__name__ for end, _ in ENDS])
def test_one_outcome_each(
    local: Engine, end: Callable[[Engine], None], kind: type[BaseException], parallel: int
) -> None:
    """Written, failed, or not sent: of bulk_put, of a writer that is left, and told truly as far as anybody knows."""
    watched: Any = local.transport
    pause = threading.Event()
    watched.meanwhile = lambda _request: pause.wait(0.02)
    taken: set[str] = set()
    outcomes: list[Outcome] = []

    def source() -> Iterator[Quota]:
        for number in range(200):
            if number == 57:
                end(local)
            taken.add(f"u{number:05}")
            yield quota(number)

    with pytest.raises(kind):
        local.bulk_put(source(), chunk_size=5, parallel=parallel, retry=None, on_outcome=outcomes.append)
    one_each(outcomes, taken)
    sure = {outcome.key for outcome in outcomes if outcome.ok}
    late = {outcome.key for outcome in outcomes if isinstance(outcome.error, Abandoned | Throttled)}
    assert sure <= set(stored(engine_of(watched)))
    assert not late & set(stored(engine_of(watched)))
    sent = len(watched.sent)
    pause.wait(0.05)
    assert len(watched.sent) == sent  # nothing goes on behind one's back


def engine_of(watched: Watched) -> Engine:
    """An engine over the store behind a transport, without what was done to that one."""
    made = create_engine("local://")
    made.transport = watched.inner
    return made


@pytest.mark.parametrize("parallel", [1, 3])
@pytest.mark.parametrize(("end", "kind"), ENDS, ids=[end.__name__ for end, _ in ENDS])
def test_one_outcome_each_of_a_writer(
    local: Engine, end: Callable[[Engine], None], kind: type[BaseException], parallel: int
) -> None:
    """The same where the block is left."""
    watched: Any = local.transport
    pause = threading.Event()
    watched.meanwhile = lambda _request: pause.wait(0.02)
    taken: set[str] = set()
    outcomes: list[Outcome] = []
    writer = local.bulk(chunk_size=5, parallel=parallel, retry=None, on_outcome=outcomes.append)

    def block() -> None:
        with writer:
            for number in range(200):
                if number == 57:
                    end(local)
                taken.add(f"u{number:05}")
                writer.put(quota(number))

    with pytest.raises(kind):
        block()
    one_each(outcomes, taken)
    assert writer.result.done == len(taken)
    assert {outcome.key for outcome in outcomes if outcome.ok} <= set(stored(engine_of(watched)))


def test_a_callback_that_raises_hides_nothing(local: Engine) -> None:
    """The counts are right though nobody heard of the rest."""
    heard: list[Outcome] = []

    def hear(outcome: "Outcome") -> None:
        heard.append(outcome)
        if len(heard) == 3:
            raise KeyError("mine")

    writer = local.bulk(chunk_size=5, parallel=1, on_outcome=hear)
    with pytest.raises(KeyError), writer:  # noqa: PT012
        for number in range(8):
            writer.put(quota(number))
    assert (writer.result.written, writer.result.failures) == (5, 1)  # it is the sixth that makes it send five


@pytest.mark.parametrize("parallel", [1, 2, 3])
def test_a_block_that_catches_a_foreign_error_goes_on(local: Engine, parallel: int) -> None:
    """With as many requests at the same time as before: what failed takes no place."""
    watched: Any = local.transport
    failures = iter([True, True, True, True])
    slow = threading.Event()

    def fail(_exchange: Any) -> None:
        if next(failures, False):
            raise ValueError("mine")

    event.listen(local, "after_request", fail)
    caught = 0
    with local.bulk(chunk_size=5, parallel=parallel) as writer:
        for number in range(200):
            if number == 100:
                watched.most = 0
                watched.meanwhile = lambda _request: slow.wait(0.005)
            try:
                writer.put(quota(number))
            except ValueError:
                caught += 1
    assert caught == 4
    assert (writer.result.written, writer.result.failures) == (180, 20)
    assert watched.most == parallel
    assert len(stored(local)) == 200  # the listener's error came after the answer


def test_one_missing_table_keeps_no_other_from_being_written(engine: Engine) -> None:
    """Items of the other tables are written; each of its own has the error that names it."""
    told: list[tuple[list[Any], str]] = []
    ghosts, shades = [Ghost(id=f"g{n}") for n in range(3)], [Shade(id=f"s{n}") for n in range(2)]
    statement = batch_write(
        puts=[quota(1), *ghosts, quota(2), *shades],
        deletes=[(Quota, ["u00003"])],
        on_error=lambda subjects, error: told.append((subjects, str(error))),
    )
    result = engine.execute(statement)
    assert (result.written, result.deleted, result.failures) == (2, 1, 5)
    assert sorted(stored(engine)) == ["u00001", "u00002"]
    assert sorted(map(len, (subjects for subjects, _ in told))) == [2, 3]
    for subjects, words in told:
        name, other = ("ghosts", "shades") if subjects[0] in ghosts else ("shades", "ghosts")
        assert f"{name}': " in words
        assert other not in words
    with pytest.raises(TableNotFound) as caught:
        engine.bulk_put([quota(4), ghosts[0], quota(5)])
    assert caught.value.leftover == [ghosts[0]]
    assert "u00005" in stored(engine)


def test_one_missing_table_keeps_no_other_from_being_read(engine: Engine) -> None:
    """Items of the other tables are read; the missing ones' keys are told with the error that names the table."""
    engine.bulk_put([quota(1), quota(2)])
    groups: tuple[Any, ...] = ((Quota, ["u00001"]), (Ghost, ["a", "b"]), (Shade, ["c"]), (Quota, ["u00002"]))
    told: list[tuple[list[Any], str]] = []
    seen: list[tuple[int, int | None]] = []
    rows = engine.execute(
        batch_get(
            *groups,
            missing="none",
            on_error=lambda keys, error: told.append((keys, str(error))),
            on_progress=lambda done, total: seen.append((done, total)),
        )
    ).all()
    assert [None if row is None else row[0] for row in rows] == ["u00001", None, None, None, "u00002"]
    assert sorted(len(keys) for keys, _ in told) == [1, 2]
    for keys, words in told:
        assert f"{keys[0][0].__table__.name}': " in words
    assert seen == [(5, 5)]
    with pytest.raises(TableNotFound) as caught:
        engine.execute(batch_get(*groups))
    assert caught.value.leftover == [(Ghost, "a"), (Ghost, "b"), (Shade, "c")]


def test_a_table_that_is_not_allowed(local: Engine) -> None:
    """Keeps no other from being written or read, either."""

    def refuse(request: Request) -> None:
        if "payments" in request.params.get("RequestItems", ()):
            raise AccessDenied("not authorized", operation=request.operation)

    watched: Any = local.transport
    watched.meanwhile = refuse
    result = local.bulk_put([quota(1), payment(), quota(2)], unconditional=True, on_error=lambda _left, _error: None)
    assert (result.written, [type(each.error) for each in result.failed]) == (2, [AccessDenied])
    left: list[Any] = []
    groups: tuple[Any, ...] = ((Quota, ["u00001"]), (Payment, [("p1", NOW)]), (Quota, ["u00002"]))
    rows = local.execute(batch_get(*groups, on_error=lambda keys, _error: left.extend(keys))).all()
    assert [row.user for row in rows] == ["u00001", "u00002"]
    assert left == [(Payment, ("p1", NOW))]
    with pytest.raises(AccessDenied) as caught:
        local.execute(batch_get(*groups))
    assert caught.value.leftover == left


def test_execute_many_names_the_table(local: Engine) -> None:
    """Also where only the error itself is printed."""
    (outcome,) = local.execute_many([insert(Ghost).values(id="a")])
    assert "'ghosts': " in repr(outcome.error)
    assert "'ghosts': " in str(outcome.error)


def test_the_deadline_of_a_writer(local: Engine) -> None:
    """Is for all of it; retry= stands in for the engine's policy."""
    with pytest.raises(DeadlineExceeded) as caught, local.bulk(deadline=0) as writer:
        writer.put(quota(1))
    assert len(caught.value.leftover) == 1
    assert local.transport.sent == []  # type: ignore[attr-defined]
    faulty(local, Faults(script=["throttle"]))
    with pytest.raises(Throttled), local.bulk(retry=None) as writer:
        writer.put(quota(1))


async def numbered(count: int, then: type[Exception] | None = None) -> AsyncIterator[Quota]:
    """Objects as they come."""
    for number in range(count):
        await asyncio.sleep(0)
        yield quota(number)
    if then is not None:
        raise then("mine")


def test_async_generators() -> None:
    """An AsyncEngine takes them as they come, with one outcome each."""

    async def main() -> None:
        async with create_async_engine("local://", clock=lambda: NOW, retry=PATIENT) as engine:
            await engine.create_all(Base.metadata)
            outcomes: list[Outcome] = []
            result = await engine.bulk_put(numbered(60), on_outcome=outcomes.append)
            assert (result.written, len(outcomes)) == (60, 60)
            keys = (each.user async for each in numbered(50))
            assert (await engine.bulk_delete(Quota, keys)).deleted == 50
            outcomes.clear()
            with pytest.raises(KeyError):
                await engine.bulk_put(numbered(60, then=KeyError), on_outcome=outcomes.append)
            one_each(outcomes, {f"u{number:05}" for number in range(60)})
            assert sum(outcome.ok for outcome in outcomes) == 50

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("end", ["bulk_put", "block"])
def test_a_cancelled_task(end: str) -> None:
    """Each item has one outcome: what was on its way may have been written, the rest was not sent."""
    outcomes: list[Outcome] = []

    async def put(engine: Any) -> None:
        if end == "bulk_put":
            await engine.bulk_put([quota(n) for n in range(20)], chunk_size=5, parallel=2, on_outcome=outcomes.append)
            return
        async with engine.bulk(chunk_size=5, parallel=2, on_outcome=outcomes.append) as writer:
            for number in range(20):
                await writer.put(quota(number))

    async def main() -> None:
        async with create_async_engine("local://", clock=lambda: NOW) as engine:
            await engine.create_all(Base.metadata)
            inner, sent = engine.transport, asyncio.Event()

            class Slow:
                async def send(self, request: Request, /) -> dict[str, Any]:
                    sent.set()
                    await asyncio.sleep(5)
                    return await inner.send(request)

                async def close(self) -> None:
                    """Nothing is open."""

            engine.transport = Slow()
            task = asyncio.create_task(put(engine))
            await sent.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            engine.transport = inner

    asyncio.run(main(), debug=True)
    assert len(outcomes) == len({outcome.key for outcome in outcomes}) >= 11
    kinds = Counter(type(outcome.error) for outcome in outcomes)
    assert set(kinds) == {OutcomeUnknown, Abandoned}
    assert kinds[OutcomeUnknown] == 10
