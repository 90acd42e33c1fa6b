"""Is what the testing kit and the embedded engine can't use told in words, where it was given?"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dynexpr import create_async_engine, create_engine, insert, put
from dynexpr.errors import ArgumentError, Throttled
from dynexpr.local import LocalEngine
from dynexpr.local.server import Server
from dynexpr.orm import AsyncSession, Session
from dynexpr.testing import Clock, Faults, Recorder, Stage, awaited, local_engine
from tests.models import Base, Payment, Quota

NAIVE = datetime(2030, 1, 1)  # noqa: DTZ001
AT = datetime(2026, 1, 1, tzinfo=UTC)


def embedded(**more: Any) -> LocalEngine:
    """An embedded engine."""
    return LocalEngine(**more)


def asked(clock: Any) -> Any:
    """What an embedded engine with that clock does when it needs the time."""
    engine = LocalEngine(clock=clock)
    with ExitStack() as stack:
        stack.callback(engine.close)
        engine.expire()


def closed_snapshot() -> None:
    """An engine put back to what is gone."""
    engine = LocalEngine()
    with ExitStack() as stack:
        stack.callback(engine.close)
        snapshot = engine.snapshot()
        snapshot.close()
        engine.restore(snapshot)


def closed_stage() -> None:
    """An engine of a stage that is closed."""
    stage = Stage()
    stage.close()
    stage.engine()


def send_dict(operation: Any, params: Any) -> None:
    """Parameters in a dictionary."""
    with create_engine("local://") as engine:
        engine.send(operation, params)


def send_dict_awaited() -> None:
    """The same, awaited."""

    async def run() -> None:
        async with create_async_engine("local://") as engine:
            wrong: Any = {"TableName": "quotas"}
            await engine.send("GetItem", wrong)

    asyncio.run(run())


def anything(wrong: object) -> Any:
    """The same, of no type that a checker would object to."""
    return wrong


ROWS: dict[str, tuple[Callable[[], object], str]] = {
    "path": (lambda: embedded(path=5), "LocalEngine(5): it takes the path of a file, or nothing for memory"),
    "no path": (lambda: embedded(path=""), "LocalEngine(''): it takes the path"),
    "path of bytes": (lambda: embedded(path=b"x.db"), "LocalEngine(b'x.db'): it takes the path"),
    "lag": (lambda: embedded(index_lag="x"), "index_lag='x': it is a number of seconds, 0 or more"),
    "lag below 0": (lambda: embedded(index_lag=-1), "index_lag=-1: it is a number of seconds, 0 or more"),
    "lag of truth": (lambda: embedded(index_lag=True), "index_lag=True: it is a number"),
    "clock": (lambda: embedded(clock=5), "clock=5: it is a function that answers epoch seconds, as time.time does, or"),
    "clock stands": (lambda: embedded(clock=AT), f"clock={AT!r}: it is a function that answers epoch seconds"),
    "clock of an engine": (lambda: create_engine("local://", clock=anything(5)), "clock=5: it is a function"),
    "clock elsewhere": (lambda: create_engine("dynamodb://r/", clock=anything(AT)), f"clock={AT!r}: it is"),
    "clock of a stage": (lambda: Stage().engine(anything(5)), "clock=5: it is a function that answers a datetime"),
    "naive answer": (lambda: asked(lambda: NAIVE), "a clock's answer: 2030-01-01T00:00:00 has no time zone; write"),
    "answer of text": (lambda: asked(lambda: "now"), "a clock's answer is epoch seconds, or a datetime with"),
    "answer of nothing": (lambda: asked(lambda: None), "not None"),
    "answer of no number": (lambda: asked(lambda: float("nan")), "not nan"),
    "server": (lambda: Server(anything(create_engine("local://"))), "not Engine(local://); dynexpr.testing"),
    "stage": (lambda: Stage("x"), "Stage: it takes metadata or declarative bases, as Base, not 'x'"),
    "stage of a list": (lambda: Stage([Base]), "Stage takes several one after another, with a star: Stage(*[<class"),
    "clock's class": (lambda: create_engine("local://", clock=anything(Clock)), "is a class; write Clock()"),
    "clock's class of a stage": (lambda: Stage().engine(anything(Clock)), "is a class; write Clock()"),
    "engine of a session": (
        lambda: AsyncSession(anything(create_engine("local://"))), "AsyncSession takes dynexpr.testing.awaited(engine)"
    ),
    "stage of nothing": (lambda: Stage(None), "as Base, not None"),
    "faults": (lambda: Stage().engine(faults=anything("throttle")), "faults is a Faults(...)"),
    "stage closed": (closed_stage, "the stage was closed, and its engines with it; make another Stage(...)"),
    "standing clock": (lambda: Clock(anything(5)), "Clock(now) is a datetime with a time zone, as datetime("),
    "naive clock": (lambda: Clock(NAIVE), "Clock(now): 2030-01-01T00:00:00 has no time zone"),
    "set": (lambda: Clock().set(anything("x")), "clock.set(now) is a datetime with a time zone"),
    "set naive": (lambda: Clock().set(NAIVE), "clock.set(now): 2030-01-01T00:00:00 has no time zone"),
    "advance": (lambda: Clock().advance(anything("x")), "clock.advance() takes numbers: seconds, or minutes="),
    "advance too far": (lambda: Clock().advance(days=1e12), "clock.advance() takes numbers"),
    "advance by no number": (lambda: Clock().advance(float("nan")), "clock.advance() takes numbers"),
    "restore": (lambda: embedded().restore(anything("x")), "restore() takes what snapshot() gave, not 'x'"),
    "restore closed": (closed_snapshot, "restore(): the snapshot, or the engine, was closed"),
    "expire": (lambda: embedded().expire(anything("x")), "expire(now) is epoch seconds, or a datetime"),
    "expire naive": (lambda: embedded().expire(NAIVE), "expire(now): 2030-01-01T00:00:00 has no time zone"),
    "expire never": (lambda: embedded().expire(float("inf")), "expire(now) is epoch seconds"),
    "send": (lambda: send_dict("GetItem", {"TableName": "quotas"}), "as send('GetItem', TableName=...); a dictionary"),
    "send no name": (lambda: send_dict({"TableName": "quotas"}, 1), "send() takes the name of an operation first"),
    "send awaited": (send_dict_awaited, "parameters are given by name"),
    "awaited": (lambda: awaited(anything(5)), "an engine is wanted"),
    "awaited twice": (lambda: awaited(awaited(create_engine("local://"))), "is awaited; it needs no awaited(...)"),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "says"), ROWS.values(), ids=ROWS)
def test_what_is_refused(wrong: Callable[[], object], says: str) -> None:
    """An ArgumentError says what was given, where, and what to write instead."""
    with pytest.raises(ArgumentError) as caught:
        wrong()
    assert says in str(caught.value)


def test_a_naive_clock_writes_nothing() -> None:
    """A clock without a time zone would be taken for local time: neither the engine nor a column believes it."""
    for clock in (lambda: NAIVE, lambda: "now"):
        wrong: Any = clock
        with create_engine("local://", clock=wrong) as engine:
            with pytest.raises(ArgumentError, match="a clock's answer"):
                engine.send("CreateTable", **TABLE)
            with pytest.raises(ArgumentError, match="time zone"):
                engine.execute(insert(Payment).values(id="p", timestamp=AT, customer_id="c", amount=1))


TABLE = {
    "TableName": "sessions",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.mark.parametrize("clock", [lambda: AT, AT.timestamp, Clock(AT)], ids=["datetime", "number", "Clock"])
def test_clocks_of_the_embedded_engine(clock: Any) -> None:
    """It goes by numbers and by datetimes, and expires by either."""
    engine = LocalEngine(clock=clock)
    engine.call("CreateTable", TABLE)
    created = engine.call("DescribeTable", {"TableName": "sessions"})["Table"]["CreationDateTime"]
    assert created == AT
    wanted = {"Enabled": True, "AttributeName": "until"}
    engine.call("UpdateTimeToLive", {"TableName": "sessions", "TimeToLiveSpecification": wanted})
    moments = (AT - timedelta(seconds=1), AT + timedelta(days=1), AT + timedelta(days=2))
    for number, moment in enumerate(moments):
        item = {"id": {"S": f"s{number}"}, "until": {"N": str(int(moment.timestamp()))}}
        engine.call("PutItem", {"TableName": "sessions", "Item": item})
    assert engine.expire() == 1
    assert engine.expire(AT + timedelta(days=1, seconds=1)) == 1
    assert engine.expire((AT + timedelta(days=3)).timestamp()) == 1
    engine.close()


def test_paths(tmp_path: Path) -> None:
    """A path may be text or a Path; a file is no more put back than it is copied."""
    for path in (tmp_path / "a.db", str(tmp_path / "b.db")):
        engine = LocalEngine(path)
        engine.call("CreateTable", TABLE)
        other = LocalEngine()
        with pytest.raises(ArgumentError, match="copy the file"):
            engine.restore(other.snapshot())
        other.close()
        assert engine.call("ListTables", {})["TableNames"] == ["sessions"]
        engine.close()


def test_an_engine_that_is_over() -> None:
    """Once a stage made another engine, the one before writes no more, whichever way it is asked."""
    over = "the stage has made another engine since, and this one would write into its tables"
    with Stage(Base) as stage:
        first: Any = stage.engine()
        session = Session(first)
        session.add(Quota(user="u", remaining=1))
        second = stage.engine()
        for wrong in (
            lambda: first.execute(put(Quota).unconditional().values(user="u", remaining=1)),
            session.commit,
            lambda: first.send("ListTables"),
            first.transport.snapshot,
            lambda: local_engine(first),
            lambda: asyncio.run(awaited(first).send("ListTables")),
        ):
            with pytest.raises(ArgumentError, match=over):
                wrong()
        assert second.send("Scan", TableName="quotas")["Count"] == 0
        kept = local_engine(second).snapshot()
        second.execute(insert(Quota).values(user="u", remaining=1))
        local_engine(second).restore(kept)
        assert second.send("Scan", TableName="quotas")["Count"] == 0
        first.close()
        second.send("ListTables")
    with pytest.raises(ArgumentError, match="the stage was closed"):
        second.send("ListTables")


def test_faults_of_a_stage() -> None:
    """They happen to what the test sends, from the first of a script on, and not to the tables nor the next engine."""
    faults = Faults(script=["throttle", None, "lost"])
    with Stage(Base) as stage:
        engine = stage.engine(Clock(), faults=faults)
        engine.retry = None
        with pytest.raises(Throttled):
            engine.send("ListTables")
        assert faults.happened == [("ListTables", "throttle")]
        engine.execute(insert(Quota).values(user="u", remaining=1))
        assert local_engine(engine).call("Scan", {"TableName": "quotas"})["Count"] == 1
        assert stage.engine().send("Scan", TableName="quotas")["Count"] == 0
    assert len(faults.happened) == 1


def test_awaited() -> None:
    """An async engine of a stage has its tables and faults, and its recorder hears of it, made before or after."""

    async def run() -> None:
        with Stage(Base) as stage:
            engine = stage.engine(Clock(), faults=Faults(script=["throttle"]))
            before = Recorder(engine)
            other = awaited(engine)
            after = Recorder(engine)
            async with other:
                await other.execute(insert(Quota).values(user="u", remaining=1))
                assert engine.send("Scan", TableName="quotas")["Count"] == 1
            for recorder in (before, after):
                recorder.sent("PutItem").where(table=Quota).times(2)
            engine.send("ListTables")

    asyncio.run(run())
