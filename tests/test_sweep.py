"""Does a bulk update or delete change what its condition finds, each item once, and go on where it was broken off?"""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynexpr import RetryPolicy, create_async_engine, create_engine, delete, get, insert, put, select, update
from dynexpr.engine import Engine
from dynexpr.errors import (
    ArgumentError,
    ConditionFailed,
    CursorInvalid,
    CursorMismatch,
    DeadlineExceeded,
    ItemExists,
    KeyRequired,
    OutcomeUnknown,
    ScanRequired,
    Throttled,
)
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, Session, mapped_column
from dynexpr.requests import Request
from dynexpr.transports.faults import Faults, FaultyTransport
from tests.models import NOW, Base, Payment, Quota
from tests.test_bulk_writes import PATIENT, Watched, payment, quota, stored
from tests.test_crew import interrupt_soon

ADD = update(Quota).where(Quota.remaining >= 20).add(Quota.remaining, 1000)
AFTER = {f"u{number:05}": number if number < 20 else number + 1000 for number in range(60)}


@pytest.fixture
def local() -> Iterator[Engine]:
    """An embedded engine with 60 quotas; `engine.transport` keeps what is sent."""
    with create_engine("local://", clock=lambda: NOW, retry=PATIENT) as made:
        Base.metadata.create_all(made)
        made.bulk_put(quota(number) for number in range(60))
        made.transport = Watched(made.transport)
        yield made


def counts(result: Any) -> tuple[int, int, int, int]:
    """What came of it."""
    return result.matched, result.written, result.skipped, result.failures


@pytest.mark.parametrize("segments", [1, 4])
def test_update(engine: Engine, segments: int) -> None:
    """Each item that the condition finds is changed once, the others are not."""
    engine.bulk_put(quota(number) for number in range(60))
    seen: list[tuple[int, int | None]] = []
    result = engine.execute(
        ADD.bulk(
            allow_scan=True,
            segments=segments,
            page_size=7,
            parallel=3,
            on_progress=lambda done, total: seen.append((done, total)),
        )
    )
    assert counts(result) == (40, 40, 0, 0)
    assert stored(engine) == AFTER
    assert seen[-1] == (40, 40)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert result.consumed.write_units == 40


def test_by_an_index(engine: Engine) -> None:
    """The planner chooses the index; versions are counted up, times are set."""
    payments = [payment(id=f"p{number}", status="old" if number % 3 else "new") for number in range(30)]
    engine.bulk_put(payments, unconditional=True)
    statement = update(Payment).where(Payment.status == "old", Payment.amount > 0).values(note="seen")
    bulk = statement.bulk()
    assert "status-index" in str(bulk.explain())
    assert counts(engine.execute(bulk)) == (20, 20, 0, 0)
    rows = engine.execute(select(Payment).allow_scan()).all()
    assert {(row.status, row.note, row.version) for row in rows} == {("old", "seen", 2), ("new", None, 1)}


def test_delete(engine: Engine) -> None:
    """What is gone meanwhile is skipped."""
    engine.bulk_put(quota(number) for number in range(30))
    result = engine.execute(delete(Quota).where(Quota.remaining < 10).bulk(allow_scan=True))
    assert counts(result) == (10, 10, 0, 0)
    assert sorted(stored(engine)) == [f"u{number:05}" for number in range(10, 30)]


def test_several_keys(engine: Engine) -> None:
    """Keys may be said, one by one: what is read then is read by key."""
    engine.bulk_put(quota(number) for number in range(10))
    users = [f"u{number:05}" for number in range(4, 14)]
    result = engine.execute(update(Quota).where(Quota.user.in_(users), Quota.remaining != 5).values(note="x").bulk())
    assert counts(result) == (5, 5, 0, 0)
    noted = [row.user for row in engine.execute(select(Quota).where(Quota.note == "x").allow_scan())]
    assert sorted(noted) == ["u00004", *users[2:6]]


def test_dry_run(local: Engine) -> None:
    """It reads, counts, and writes nothing; no file is left."""
    result = local.execute(ADD.bulk(allow_scan=True, dry_run=True, page_size=9, checkpoint="nowhere"))
    assert counts(result) == (40, 0, 0, 0)
    assert (result.done, repr(result)) == (40, "<dry run: 40 matched>")
    assert {request.operation for request in local.transport.sent} == {"Scan"}  # type: ignore[attr-defined]
    assert not Path("nowhere").exists()


def test_the_condition_holds_when_it_is_written(local: Engine) -> None:
    """An item that somebody changed, or deleted, after it was found is skipped."""
    inner: Any = local.transport.inner  # type: ignore[attr-defined]

    def meddle(request: Request) -> None:
        key: dict[str, Any] = request.params.get("Key", {})
        if request.operation == "UpdateItem" and key == {"user": {"S": "u00030"}}:
            inner.send(Request("PutItem", {"TableName": "quotas", "Item": {**key, "remaining": {"N": "1"}}}))
        if request.operation == "UpdateItem" and key == {"user": {"S": "u00031"}}:
            inner.send(Request("DeleteItem", {"TableName": "quotas", "Key": key}))

    local.transport.meanwhile = meddle  # type: ignore[attr-defined]
    assert counts(local.execute(ADD.bulk(allow_scan=True))) == (40, 38, 2, 0)
    assert stored(local) == {user: 1 if user == "u00030" else n for user, n in AFTER.items() if user != "u00031"}
    local.transport.meanwhile = None  # type: ignore[attr-defined]


REFUSED: list[tuple[str, Any, type[Exception], str]] = [
    ("scan", ADD.bulk, ScanRequired, "allow_scan"),
    ("without bulk", lambda: ADD, KeyRequired, r"bulk\(\.\.\.\)"),
    ("returning", lambda: ADD.returning("ALL_NEW").bulk(), ArgumentError, "leave returning"),
    ("upsert", lambda: ADD.upsert().bulk(), ArgumentError, "no upsert"),
    ("parallel", lambda: ADD.bulk(parallel=0), ArgumentError, "parallel"),
    ("segments", lambda: ADD.bulk(segments=0), ArgumentError, "segments"),
    ("page size", lambda: ADD.bulk(page_size=0), ArgumentError, "page_size"),
    ("index", lambda: ADD.bulk(using="nope"), ArgumentError, "no index 'nope'"),
]


@pytest.mark.parametrize(("make", "error", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(local: Engine, make: Any, error: type[Exception], words: str) -> None:
    """What makes no sense is refused before anything is sent."""
    with pytest.raises(error, match=words):
        local.execute(make())
    assert local.transport.sent == []  # type: ignore[attr-defined]


def test_not_in_a_session(local: Engine) -> None:
    """It is no transaction."""
    with Session(local) as session, pytest.raises(ArgumentError, match="no transaction"):
        session.execute(ADD.bulk(allow_scan=True))


def test_errors_that_somebody_minds(local: Engine) -> None:
    """An item that can't be written is told, counted, and the rest goes on."""
    local.transport = FaultyTransport(
        local.transport, Faults(script=["throttle", None, "lost"], operations=["UpdateItem"])
    )
    told: list[tuple[list[Any], str]] = []
    statement = ADD.execution_options(retry=None)
    result = local.execute(
        statement.bulk(
            allow_scan=True, parallel=1, on_error=lambda keys, error: told.append((keys, type(error).__name__))
        )
    )
    assert counts(result) == (40, 38, 0, 2)
    assert [name for _, name in told] == ["Throttled", "OutcomeUnknown"]
    assert [key for key, _ in result.failed] == [keys[0] for keys, _ in told]
    assert repr(result).startswith("<40 matched, 38 written, 0 skipped, 2 failed")


@pytest.mark.parametrize("segments", [1, 3])
@pytest.mark.parametrize("broken", [1, 17, 39])
def test_resumed(local: Engine, tmp_path: Path, segments: int, broken: int) -> None:
    """After an error the same statement goes on where it was: nothing is left out, nothing is done twice."""
    file = tmp_path / "sweep.json"
    bulk = ADD.execution_options(retry=None).bulk(
        allow_scan=True, segments=segments, page_size=7, parallel=4, checkpoint=file
    )
    sound = local.transport
    script: list[Any] = [None] * (broken - 1)
    local.transport = FaultyTransport(sound, Faults(script=[*script, "throttle"], operations=["UpdateItem"]))
    with pytest.raises(Throttled) as caught:
        local.execute(bulk)
    assert len(caught.value.leftover) == 1
    assert file.exists()
    local.transport = sound
    result = local.execute(bulk)
    assert counts(result) == (40, 40, 0, 0)
    assert result.resumed
    assert stored(local) == AFTER
    assert not list(tmp_path.iterdir())
    again = local.execute(bulk)  # finished, so that it begins anew
    assert (again.resumed, again.matched) == (False, 40)


def test_resumed_again_and_again(local: Engine, tmp_path: Path) -> None:
    """However often it is broken off, in whatever place, an addition is made once to each item."""
    bulk = ADD.execution_options(retry=None).bulk(
        allow_scan=True, segments=2, page_size=5, parallel=3, checkpoint=tmp_path / "sweep"
    )
    local.transport = FaultyTransport(local.transport, Faults(seed=9, throttle=0.12))
    result = None
    for _ in range(100):
        try:
            result = local.execute(bulk)
            break
        except Throttled:
            continue
    assert result is not None
    assert counts(result) == (40, 40, 0, 0)
    local.transport = local.transport.inner
    assert stored(local) == AFTER


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("at", [1, 13, 39])
def test_resumed_after_a_callback_raised(local: Engine, tmp_path: Path, kind: type[BaseException], at: int) -> None:
    """What was on its way when a callback raised is known to the checkpoint: nothing is added twice."""

    def stop(done: int, _total: int | None) -> None:
        if done == at:
            raise kind

    def bulk(**options: Any) -> Any:
        return ADD.bulk(allow_scan=True, page_size=15, parallel=6, checkpoint=tmp_path / "c", **options)

    with pytest.raises(kind):
        local.execute(bulk(on_progress=stop))
    result = local.execute(bulk())
    assert counts(result) == (40, 40, 0, 0)
    assert stored(local) == AFTER


def test_keys_of_failures(local: Engine) -> None:
    """A callback is given keys that a session and bulk_delete take."""
    local.bulk_put([payment(id="p1", status="old")], unconditional=True)
    told: list[Any] = []
    local.transport = FaultyTransport(local.transport, Faults(script=["throttle"], operations=["DeleteItem"]))
    bulk = delete(Payment).where(Payment.status == "old").execution_options(retry=None)
    local.execute(bulk.bulk(allow_scan=True, on_error=lambda keys, _: told.extend(keys)))
    with Session(local) as session:
        assert session.get(Payment, told[0]) is not None
    assert local.bulk_delete(Payment, told, unconditional=True).deleted == 1


def test_in_doubt(local: Engine, tmp_path: Path) -> None:
    """An item whose answer was lost is not written again, and told."""
    bulk = ADD.execution_options(retry=None).bulk(allow_scan=True, parallel=3, checkpoint=tmp_path / "c")
    sound = local.transport
    local.transport = FaultyTransport(sound, Faults(script=[None, "lost"], operations=["UpdateItem"]))
    with pytest.raises(OutcomeUnknown):
        local.execute(bulk)
    local.transport = sound
    result = local.execute(bulk)
    assert counts(result) == (40, 39, 0, 1)
    assert isinstance(result.failed[0][1], OutcomeUnknown)
    assert stored(local) == AFTER


def test_in_doubt_is_told(local: Engine, tmp_path: Path) -> None:
    """With on_error a resumed run tells what is in doubt; where that raises, the next one tells it again."""
    bulk = ADD.execution_options(retry=None)
    file = tmp_path / "c"
    sound = local.transport
    local.transport = FaultyTransport(sound, Faults(script=[None, "lost"], operations=["UpdateItem"]))
    with pytest.raises(OutcomeUnknown) as caught:
        local.execute(bulk.bulk(allow_scan=True, parallel=3, checkpoint=file))
    local.transport = sound
    told: list[tuple[list[Any], Exception]] = []

    def refuse(keys: list[Any], error: Exception) -> None:
        told.append((keys, error))
        raise KeyError("mine")

    with pytest.raises(KeyError):
        local.execute(bulk.bulk(allow_scan=True, checkpoint=file, on_error=refuse))
    result = local.execute(
        bulk.bulk(allow_scan=True, checkpoint=file, on_error=lambda keys, error: told.append((keys, error)))
    )
    assert [keys for keys, _ in told] == [caught.value.leftover] * 2
    assert {type(error) for _, error in told} == {OutcomeUnknown}
    assert [key for key, _ in result.failed] == caught.value.leftover
    assert counts(result) == (40, 39, 0, 1)
    assert stored(local) == AFTER


def test_resumed_after_ctrl_c(local: Engine, tmp_path: Path) -> None:
    """Struck while all wait for answers: what was on its way is known, and nothing is added twice."""
    watched: Any = local.transport
    pause = threading.Event()
    strikes = iter([False] * 9 + [True])

    def strike(request: Request) -> None:
        if request.operation == "UpdateItem" and next(strikes, False):
            interrupt_soon()
        pause.wait(0.02)

    watched.meanwhile = strike
    bulk = ADD.bulk(allow_scan=True, page_size=15, parallel=6, checkpoint=tmp_path / "c")
    with pytest.raises(KeyboardInterrupt):
        local.execute(bulk)
    done = sum(remaining >= 1000 for remaining in stored(local).values())
    sent = len(watched.sent)
    assert 10 <= done < 40
    watched.meanwhile = None
    result = local.execute(bulk)
    assert counts(result) == (40, 40, 0, 0)
    assert stored(local) == AFTER
    assert sum(request.operation == "UpdateItem" for request in watched.sent[sent:]) == 40 - done


@pytest.mark.parametrize("at", [1, 12, 33])
def test_resumed_after_a_cancelled_task(tmp_path: Path, at: int) -> None:
    """What was on its way is in doubt: it is not written again, and counts as failed; all else is written once."""

    async def main() -> None:
        async with create_async_engine("local://", clock=lambda: NOW, retry=RetryPolicy()) as engine:
            await engine.create_all(Base.metadata)
            await engine.bulk_put(quota(number) for number in range(60))
            inner, reached, sent = engine.transport, asyncio.Event(), 0

            class Slow:
                async def send(self, request: Request, /) -> dict[str, Any]:
                    nonlocal sent
                    sent += request.operation == "UpdateItem"
                    if sent >= at and request.operation == "UpdateItem":
                        reached.set()
                        await asyncio.sleep(5)
                    return await inner.send(request)

                async def close(self) -> None:
                    """Nothing is open."""

            engine.transport = Slow()
            bulk = ADD.bulk(allow_scan=True, page_size=7, parallel=4, checkpoint=tmp_path / "c")
            task = asyncio.create_task(engine.execute(bulk))
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            engine.transport = inner
            told: list[Any] = []
            result = await engine.execute(
                ADD.bulk(
                    allow_scan=True,
                    page_size=7,
                    checkpoint=tmp_path / "c",
                    on_error=lambda keys, error: told.append((*keys, type(error))),
                )
            )
            doubt = {key for key, _ in result.failed}
            assert 1 <= len(doubt) <= 4
            assert set(told) == {(key, OutcomeUnknown) for key in doubt}
            assert counts(result) == (40, 40 - len(doubt), 0, len(doubt))
            rows = {row.user: row.remaining for row in await engine.execute(select(Quota).allow_scan())}
            assert rows == {user: n - 1000 if user in doubt else n for user, n in AFTER.items()}

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("name", ["missing/c", "."])
def test_an_unwritable_checkpoint(local: Engine, tmp_path: Path, name: str) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(ArgumentError, match="checkpoint="):
        local.execute(ADD.bulk(allow_scan=True, checkpoint=tmp_path / name))
    assert local.transport.sent == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("given", ["", 5, b"c"])
def test_no_checkpoint(given: Any) -> None:
    """What is no path is refused by name."""
    with pytest.raises(ArgumentError, match="checkpoint is the path"):
        ADD.bulk(allow_scan=True, checkpoint=given)


def test_a_checkpoint_of_something_else(local: Engine, tmp_path: Path) -> None:
    """A file that is none, or another statement's, is refused by name, and nothing is sent."""
    file = tmp_path / "sweep.json"
    failing = Faults(script=["throttle"], operations=["UpdateItem"])
    local.transport = FaultyTransport(local.transport, failing)
    bulk = ADD.execution_options(retry=None).bulk(allow_scan=True, checkpoint=file, page_size=5)
    with pytest.raises(Throttled):
        local.execute(bulk)
    local.transport = local.transport.inner
    sent = len(local.transport.sent)  # type: ignore[attr-defined]
    others = [
        update(Quota).where(Quota.remaining >= 20).add(Quota.remaining, 1).bulk(allow_scan=True, checkpoint=file),
        update(Quota).where(Quota.remaining >= 21).add(Quota.remaining, 1000).bulk(allow_scan=True, checkpoint=file),
        ADD.bulk(allow_scan=True, checkpoint=file, segments=2),
        delete(Quota).where(Quota.remaining >= 20).bulk(allow_scan=True, checkpoint=file),
    ]
    for other in others:
        with pytest.raises(CursorMismatch, match="another bulk"):
            local.execute(other)
    for text in ("", "{}", "[]", json.dumps({"version": 1}), "\x00"):
        file.write_text(text)
        with pytest.raises(CursorInvalid, match="no checkpoint of bulk"):
            local.execute(bulk)
    assert len(local.transport.sent) == sent  # type: ignore[attr-defined]


def test_deadline(local: Engine) -> None:
    """A deadline is for all of it."""
    for late in (ADD.execution_options(deadline=0).bulk(allow_scan=True), ADD.bulk(allow_scan=True, deadline=0)):
        with pytest.raises(DeadlineExceeded, match="Scan was not sent: the deadline of 0 s is over"):
            local.execute(late)
    assert local.transport.sent == []  # type: ignore[attr-defined]


def test_execute_many(engine: Engine) -> None:
    """Single writes under their conditions, at the same time; one outcome each, in their order."""
    engine.bulk_put(quota(number) for number in range(10))
    statements: list[Any] = [
        update(Quota)
        .where(Quota.user == f"u{number:05}", Quota.remaining > 4)
        .add(Quota.remaining, 100)
        .returning("ALL_NEW")
        for number in range(10)
    ]
    statements += [insert(Quota).values(user="u00001", remaining=1), insert(Quota).values(user="new", remaining=1)]
    statements += [delete(Quota).where(Quota.user == "gone"), put(Quota).values(user="put", remaining=2)]
    seen: list[tuple[int, int | None]] = []
    outcomes = engine.execute_many(statements, parallel=4, on_progress=lambda done, total: seen.append((done, total)))
    assert [outcome.statement for outcome in outcomes] == statements
    assert [outcome.ok for outcome in outcomes] == [False] * 5 + [True] * 5 + [False, True, True, True]
    assert isinstance(outcomes[0].error, ConditionFailed)
    assert isinstance(outcomes[10].error, ItemExists)
    results = [outcome.result for outcome in outcomes]
    assert results[9] is not None
    assert results[9].returned is not None
    assert results[9].returned.remaining == 109
    assert results[9].consumed.write_units == 1
    assert results[12] is not None
    assert results[12].existed is False
    assert seen[-1] == (14, 14)
    assert engine.execute_many(iter(())) == []


def test_execute_many_takes_writes_only(local: Engine) -> None:
    """Of a list all are looked at before anything is sent; of an iterator what is no write has an error of its own."""
    with pytest.raises(ArgumentError, match="execute_many takes"):
        local.execute_many([get(Quota, "u1")])
    with pytest.raises(ArgumentError, match="parallel"):
        local.execute_many([], parallel=101)
    writes: list[Any] = [delete(Quota).where(Quota.user == f"u{number:05}") for number in range(3)]
    with pytest.raises(ArgumentError, match="execute_many takes"):
        local.execute_many([*writes, "oops"])
    assert len(stored(local)) == 60
    outcomes = local.execute_many(each for each in [*writes, "oops"])
    assert [type(outcome.error) for outcome in outcomes] == [type(None)] * 3 + [ArgumentError]


def test_async(tmp_path: Path) -> None:
    """The same, awaited."""

    async def main() -> None:
        async with create_async_engine("local://", clock=lambda: NOW, retry=RetryPolicy()) as engine:
            await engine.create_all(Base.metadata)
            await engine.bulk_put(quota(number) for number in range(60))
            result = await engine.execute(ADD.bulk(allow_scan=True, page_size=9, checkpoint=tmp_path / "c"))
            assert counts(result) == (40, 40, 0, 0)
            outcomes = await engine.execute_many(insert(Quota).values(user=f"u0000{n}", remaining=1) for n in (1, 2))
            assert [type(outcome.error) for outcome in outcomes] == [ItemExists, ItemExists]

    asyncio.run(main(), debug=True)


class Moving(DeclarativeBase):
    """The model of the tests below."""


class Person(Moving):
    """Sorted in an index by what is updated."""

    id: Mapped[str] = mapped_column(partition_key=True)
    status: Mapped[str]
    amount: Mapped[int]
    by_status = GlobalIndex("status-index", partition_key="status", sort_key="amount")


RICHER = update(Person).where(Person.status == "old", Person.amount < 1000).add(Person.amount, 100)


@pytest.fixture
def people() -> Iterator[Engine]:
    """An engine with 30 persons."""
    with create_engine("local://", retry=PATIENT) as made:
        Moving.metadata.create_all(made)
        made.bulk_put(Person(id=f"p{number}", status="old", amount=number) for number in range(30))
        yield made


def test_an_item_that_moves_on_is_changed_once(people: Engine) -> None:
    """Though the index has it again, farther on."""
    result = people.execute(RICHER.bulk(page_size=5, parallel=2))
    assert counts(result) == (30, 30, 0, 0)
    amounts = sorted(row.amount for row in people.execute(select(Person).allow_scan()))
    assert amounts == list(range(100, 130))


def test_a_checkpoint_of_another_index(people: Engine, tmp_path: Path) -> None:
    """What was read by one access path is not what another one reads next."""
    leaving = update(Person).where(Person.status == "old").set(Person.status, "new").execution_options(retry=None)
    sound, file = people.transport, tmp_path / "c"
    scripts: list[list[Any]] = [["throttle"], [None, None, "throttle"]]
    for broken in scripts:
        people.transport = FaultyTransport(sound, Faults(script=broken, operations=["UpdateItem"]))
        with pytest.raises(Throttled):
            people.execute(leaving.bulk(checkpoint=file, page_size=2, parallel=1))
        people.transport = sound
        with pytest.raises(CursorMismatch, match="another bulk"):
            people.execute(leaving.bulk(checkpoint=file, page_size=2, using=Person.__table__, allow_scan=True))
    assert counts(people.execute(leaving.bulk(checkpoint=file, page_size=2, using="status-index"))) == (30, 30, 0, 0)


def test_what_moves_on_has_no_checkpoint(people: Engine, tmp_path: Path) -> None:
    """After an interruption nobody would know what was met; what leaves the part that is read may."""
    with pytest.raises(ArgumentError, match="items would be met again after an interruption"):
        people.execute(RICHER.bulk(checkpoint=str(tmp_path / "a.json")))
    leaving = update(Person).where(Person.status == "old").set(Person.status, "new").add(Person.amount, 1)
    assert counts(people.execute(leaving.bulk(checkpoint=str(tmp_path / "b.json"), page_size=4))) == (30, 30, 0, 0)
