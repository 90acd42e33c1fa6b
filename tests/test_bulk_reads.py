"""Are many keys read in their order, once each, whatever happens on the way?"""

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from dynexpr import RetryPolicy, attr, batch_get, create_async_engine, create_engine, insert
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, DeadlineExceeded, Throttled, UnloadedAttribute
from dynexpr.orm import AsyncSession, Session, inspect
from dynexpr.statements.get import BatchGet
from dynexpr.transports.faults import Faults, FaultyTransport
from tests.models import NOW, Base, Payment, Quota
from tests.test_bulk_writes import PATIENT, Watched, payment, quota

KEYS = [f"u{number:05}" for number in range(250)]


@pytest.fixture
def local() -> Iterator[Engine]:
    """An embedded engine with 250 quotas; `engine.transport` keeps what is sent."""
    with create_engine("local://", clock=lambda: NOW, retry=PATIENT) as made:
        Base.metadata.create_all(made)
        made.bulk_put(quota(number) for number in range(250))
        made.transport = Watched(made.transport)
        yield made


def test_statement(engine: Engine) -> None:
    """Rows come in the order of the keys, over tables and requests; missing ones are left out, or None."""
    engine.bulk_put([quota(number) for number in range(130)])
    engine.bulk_put([payment(id=f"p{number}") for number in range(3)], unconditional=True)
    keys = [f"u{number:05}" for number in reversed(range(132))] + ["u00007"]
    groups: tuple[Any, ...] = ((Quota, keys), (Payment, [("p1", NOW), ("p9", NOW)]))
    rows = engine.execute(batch_get(*groups, chunk_size=50)).all()
    assert [row[0] for row in rows] == [*keys[2:], "p1"]
    every = engine.execute(batch_get(*groups, missing="none", parallel=1)).all()
    assert [None if row is None else row[0] for row in every] == [None, None, *keys[2:], "p1", None]


def test_columns(engine: Engine) -> None:
    """Of a table whose columns are named only those are in the rows; of others everything is."""
    engine.bulk_put([quota(1)])
    engine.bulk_put([payment(lines=[], note="n")], unconditional=True)
    groups: tuple[Any, ...] = ((Payment, [("p1", NOW)]), (Quota, ["u00001"]))
    first, second = engine.execute(batch_get(*groups, columns=[Payment.amount, Payment.note])).all()
    assert first.mapping == {"amount": Decimal(1), "note": "n"}
    assert second.mapping == {"user": "u00001", "remaining": 1, "note": None}
    (row,) = engine.execute(batch_get(groups[0], columns=["amount", Payment.id, Payment.lines[0]])).all()
    assert list(row[:2]) == [Decimal(1), "p1"]


def test_requests_of_a_statement() -> None:
    """What is sent can be seen: each chunk with the projection, the key among it."""
    statement = batch_get((Quota, KEYS[:5]), chunk_size=2, columns=[Quota.remaining])
    requests = statement.requests()
    assert [len(each.params["RequestItems"]["quotas"]["Keys"]) for each in requests] == [2, 2, 1]
    assert requests[0].params["RequestItems"]["quotas"]["ExpressionAttributeNames"] == {
        "#n0": "user",
        "#n1": "remaining",
    }


def test_session(engine: Engine) -> None:
    """The session's objects, in the order of the keys, one for each item; progress counts what is read."""
    engine.bulk_put([quota(number) for number in range(120)])
    seen: list[tuple[int, int | None]] = []
    with Session(engine) as session:
        known = session.get(Quota, "u00003")
        keys = [*KEYS[:120], "nobody", "u00005"]
        found = session.get_many(
            Quota, keys, chunk_size=30, parallel=3, on_progress=lambda done, total: seen.append((done, total))
        )
        assert [each.user for each in found] == [*KEYS[:120], "u00005"]
        assert found[3] is known
        assert found[5] is found[-1]
        assert seen[-1] == (120, 120)  # the one that was known is not read, the one that is missing was looked for
        none = session.get_many(Quota, ["nobody", "u00001"], missing="none")
        assert none == [None, found[1]]


def test_columns_of_objects(engine: Engine) -> None:
    """What was not asked for is unloaded; the key and the version are there, so that the object can be written."""
    engine.bulk_put([payment(note="n")], unconditional=True)
    with Session(engine) as session:
        (one,) = session.get_many(Payment, [("p1", NOW)], columns=[Payment.amount])
        assert (one.id, one.amount, one.version) == ("p1", Decimal(1), 1)
        assert "note" in inspect(one).unloaded
        with pytest.raises(UnloadedAttribute):
            one.note  # noqa: B018 - read to see it raise
        one.amount = Decimal(2)
        session.commit()
        (again,) = session.get_many(Payment, [("p1", NOW)], columns=["note", "amount"])
        assert again is one
        assert (one.note, one.amount, one.version) == ("n", Decimal(2), 2)
        (whole,) = session.get_many(Payment, [("p1", NOW)], columns=["note"])
        assert whole is one
    assert session.consumed.read_units == 1  # the last one asked for nothing that was not there


REFUSED: list[tuple[str, Callable[[Session], object], type[Exception], str]] = [
    ("chunk", lambda s: s.get_many(Quota, [], chunk_size=101), ArgumentError, "chunk_size is a whole number"),
    ("parallel", lambda s: s.get_many(Quota, [], parallel=True), ArgumentError, "parallel is a whole number"),
    ("missing", lambda s: s.get_many(Quota, [], missing="raise"), ArgumentError, "missing is"),  # type: ignore[call-overload]
    ("no columns", lambda s: s.get_many(Quota, [], columns=[]), ArgumentError, "a list of at least one column"),
    ("column alone", lambda s: s.get_many(Quota, [], columns=Quota.note), ArgumentError, "at least one"),  # type: ignore[call-overload]
    (
        "text as columns",
        lambda s: s.get_many(Quota, [], columns="note"),
        ArgumentError,
        "a list of at least one column",
    ),
    ("word", lambda s: s.get_many(Quota, [], size=3), ArgumentError, "takes chunk_size, columns"),  # type: ignore[call-overload]
    ("column", lambda s: s.get_many(Quota, ["a"], columns=["x"]), ArgumentError, "no column 'x'"),
    ("other", lambda s: s.get_many(Quota, ["a"], columns=[Payment.id]), ArgumentError, "belongs to Payment"),
    ("nested", lambda s: s.get_many(Payment, [], columns=[Payment.lines[0]]), ArgumentError, "whole attributes"),
    ("transaction", lambda s: s.get_many(Quota, ["a"], transactional=True, parallel=2), ArgumentError, "one request"),
    ("tables", lambda _: batch_get((Quota, []), (Payment, []), columns=["id"]), ArgumentError, "columns are those of"),
    ("no table", lambda _: batch_get((Quota, []), (Payment, []), columns=[attr("a")]), ArgumentError, "Quota.user"),
]


@pytest.mark.parametrize(("call", "error", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(local: Engine, call: Callable[[Session], object], error: type[Exception], words: str) -> None:
    """What makes no sense is refused before anything is sent."""
    with Session(local) as session, pytest.raises(error, match=words):
        call(session)
    assert local.transport.sent == []  # type: ignore[attr-defined]


def test_statements_are_compared() -> None:
    """Statements are equal when they mean the same."""
    statement = batch_get((Quota, ["a"]))
    assert statement == batch_get((Quota, ["a"])) != batch_get((Quota, ["a"]), missing="none")
    assert isinstance(statement, BatchGet)


def test_faults(local: Engine) -> None:
    """Unprocessed keys, throttles and lost answers are survived; progress ends at the total."""
    faults = Faults(seed=4, unprocessed=0.4, throttle=0.2, lost=0.1)
    local.transport = FaultyTransport(local.transport, faults)
    seen: list[tuple[int, int | None]] = []
    found = local.execute(
        batch_get((Quota, KEYS), chunk_size=7, on_progress=lambda done, total: seen.append((done, total)))
    ).all()
    assert [row.user for row in found] == KEYS
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (250, 250)
    assert {fault for _, fault in faults.happened} == {"unprocessed", "throttle", "lost"}


def test_what_is_left(local: Engine) -> None:
    """The error has the keys that were not read, as they can be asked for again."""
    local.transport = FaultyTransport(local.transport, Faults(script=[None, "unprocessed"], throttle=1))
    policy = RetryPolicy(max_attempts=2, initial_delay=0)
    with Session(local) as session:
        with pytest.raises(Throttled) as caught:
            session.get_many(Quota, KEYS[:30], chunk_size=10, parallel=1, retry=policy)
        assert caught.value.leftover == [*KEYS[15:20], *KEYS[20:30]]
    local.transport = local.transport.inner
    payments = [("p1", NOW), ("p2", NOW)]
    local.transport = FaultyTransport(local.transport, Faults(throttle=1))
    with pytest.raises(Throttled) as other:
        local.execute(batch_get((Payment, payments), (Quota, ["a"]), retry=None))
    assert other.value.leftover == [(Payment, payments[0]), (Payment, payments[1]), (Quota, "a")]


def test_errors_that_somebody_minds(local: Engine) -> None:
    """With on_error the chunk's keys are told, count as missing, and the others are read."""
    local.transport = FaultyTransport(local.transport, Faults(script=[None, "throttle"]))
    told: list[tuple[list[Any], Exception]] = []
    seen: list[tuple[int, int | None]] = []
    with Session(local) as session:
        found = session.get_many(
            Quota,
            KEYS[:30],
            chunk_size=10,
            parallel=1,
            retry=None,
            on_error=lambda keys, error: told.append((keys, error)),
            on_progress=lambda done, total: seen.append((done, total)),
        )
    assert [each.user for each in found] == [*KEYS[:10], *KEYS[20:30]]
    assert [keys for keys, _ in told] == [KEYS[10:20]]
    assert isinstance(told[0][1], Throttled)
    assert seen == [(10, 30), (20, 30), (30, 30)]


def test_what_could_not_be_read_is_not_gone(local: Engine) -> None:
    """An object the session has stays in it when its chunk fails."""
    with Session(local) as session:
        one = session.get_one(Quota, KEYS[0])
        session.expire(one)
        local.transport = FaultyTransport(local.transport, Faults(script=["throttle"]))
        assert session.get_many(Quota, KEYS[:1], retry=None, on_error=lambda _keys, _error: None) == []
        assert one in session
        assert session.get_many(Quota, KEYS[:1]) == [one]
        assert one.remaining == 0


def test_callback_that_raises(local: Engine) -> None:
    """What a callback raises comes out, and nothing more is sent."""

    def enough(done: int, _total: int | None) -> None:
        if done >= 20:
            raise KeyError("mine")

    with pytest.raises(KeyError):
        local.execute(batch_get((Quota, KEYS), chunk_size=10, parallel=2, on_progress=enough))
    assert len(local.transport.sent) <= 5  # type: ignore[attr-defined]


def test_deadline(local: Engine) -> None:
    """A deadline is for all of it: what is not read by then is left."""
    with pytest.raises(DeadlineExceeded) as caught:
        local.execute(batch_get((Quota, KEYS), deadline=0))
    assert len(caught.value.leftover) == 250
    assert local.transport.sent == []  # type: ignore[attr-defined]


def test_keys_are_the_same_by_value(local: Engine) -> None:
    """A number written in two ways is one key, which DynamoDB would refuse twice."""
    from dynexpr import Column, ColumnOptions, MetaData, Table
    from dynexpr.types import Number

    table = Table("numbers", MetaData(), Column("n", Number(), ColumnOptions(partition_key=True)))
    table.metadata.create_all(local)
    local.execute(insert(table).values(n=Decimal(1)))
    assert [row.n for row in local.execute(batch_get((table, [Decimal(1), Decimal("1.0")])))] == [1, 1]


def test_parallel(local: Engine) -> None:
    """Several requests are on their way at the same time, no more than asked for."""
    from time import sleep

    watched: Any = local.transport
    watched.meanwhile = lambda _request: sleep(0.002)
    local.execute(batch_get((Quota, KEYS), chunk_size=10, parallel=3))
    assert 1 < watched.most <= 3


def test_async() -> None:
    """The same, awaited."""

    async def main() -> None:
        async with create_async_engine("local://", clock=lambda: NOW, retry=PATIENT) as engine:
            await engine.create_all(Base.metadata)
            await engine.bulk_put(quota(number) for number in range(250))
            rows = await engine.execute(batch_get((Quota, KEYS), chunk_size=20, columns=[Quota.remaining]))
            assert [row.remaining for row in rows] == list(range(250))
            async with AsyncSession(engine) as session:
                seen: list[tuple[int, int | None]] = []
                found = await session.get_many(
                    Quota,
                    [*KEYS, "nobody"],
                    missing="none",
                    parallel=2,
                    chunk_size=90,
                    on_progress=lambda done, total: seen.append((done, total)),
                )
                assert [None if each is None else each.user for each in found] == [*KEYS, None]
                assert seen[-1] == (251, 251)

    asyncio.run(main(), debug=True)
