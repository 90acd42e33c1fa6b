"""Does the session keep the rest of its promises: reading, merging, checking, previewing, and being used wrongly?"""

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from dynexpr import check, create_engine, insert, select, transact_get, update
from dynexpr.engine import Engine
from dynexpr.errors import (
    ArgumentError,
    ConcurrentUse,
    ConditionFailed,
    DetachedObject,
    ItemExists,
    NoResultFound,
    OutcomeUnknown,
    PartlyCommitted,
    StaleData,
    TransactionCancelled,
    UnloadedAttribute,
    Unsupported,
)
from dynexpr.orm import Session, event, inspect, run, scoped_session, sessionmaker
from dynexpr.transports.faults import Faults, FaultyTransport
from tests.test_session import NOW, Account, Base, Recorder, Visit


@pytest.fixture
def engine() -> Iterator[Engine]:
    """The embedded engine with three accounts."""
    with create_engine("local://", clock=lambda: NOW) as made:
        Base.metadata.create_all(made)
        for number in range(3):
            made.execute(insert(Account).values(id=f"a{number}", balance=number, lines=[{"qty": number}]))
        made.transport = Recorder(made.transport)
        yield made


def operations(engine: Engine) -> list[str]:
    """What was sent."""
    recorder = engine.transport
    assert isinstance(recorder, Recorder)
    return recorder.operations


def test_get_many(engine: Engine) -> None:
    """One BatchGetItem for what is not known yet, results in the order of the keys, duplicates read once."""
    with Session(engine) as session:
        known = session.get_one(Account, "a1")
        found = session.get_many(Account, ["a2", "a1", "none", "a2"])
        assert [each.id for each in found] == ["a2", "a1", "a2"]
        assert found[1] is known
        assert found[0] is found[2]
        assert session.get_many(Account, ["none", "a1"], missing="none") == [None, known]
        session.delete(known)
        assert session.get_many(Account, ["a1"]) == []
        assert [each.id for each in session.get_many(Account, ["a0", "a2"], transactional=True)] == ["a0", "a2"]
    assert operations(engine) == ["GetItem", "BatchGetItem", "BatchGetItem", "TransactGetItems"]


def test_get_one_says_what_is_missing(engine: Engine) -> None:
    """get_one raises NoResultFound with model and key."""
    with Session(engine) as session, pytest.raises(NoResultFound, match="Account 'none'"):
        session.get_one(Account, "none")


def test_scalar(engine: Engine) -> None:
    """scalar gives the first object, or the first value of the first row, or None."""
    with Session(engine) as session:
        account = session.scalar(select(Account).where(Account.id == "a1"))
        assert account is not None
        assert account.id == "a1"
        assert session.scalar(select(Account.balance).where(Account.id == "a2")) == 2
        assert session.scalar(select(Account).where(Account.id == "none")) is None


def test_refresh_and_expire(engine: Engine) -> None:
    """refresh reads again and drops changes; an expired object says how to read it."""
    with Session(engine) as session:
        account = session.get_one(Account, "a1")
        engine.execute(update(Account).where(Account.id == "a1").set(Account.note, "theirs"))
        account.note = "mine"
        session.refresh(account)
        assert account.note == "theirs"
        assert session.dirty == []
        session.expire(account)
        with pytest.raises(UnloadedAttribute, match="refresh"):
            _ = account.note
        assert account.id == "a1"
        session.refresh_all([account])
        assert account.note == "theirs"
        engine.execute(update(Account).where(Account.id == "a1").set(Account.note, "again"))
        assert session.get_one(Account, "a1").note == "theirs"
        populated = session.get(Account, "a1", populate_existing=True)
        assert populated is account
        assert account.note == "again"
        with pytest.raises(DetachedObject):
            session.refresh(Account(id="new"))


def test_loaded_values_are_not_overwritten_by_a_query(engine: Engine) -> None:
    """A query that meets a known object leaves its values and changes alone, unless told to populate it."""
    with Session(engine) as session:
        account = session.get_one(Account, "a1")
        account.balance = Decimal(50)
        engine.execute(update(Account).where(Account.id == "a1").set(Account.balance, Decimal(99)))
        assert session.scalars(select(Account).where(Account.id == "a1")).one().balance == 50
        session.scalars(select(Account).where(Account.id == "a1"), populate_existing=True).one()
        assert account.balance == 99
        assert session.dirty == []


def test_put_overwrites(engine: Engine) -> None:
    """session.put writes over what is stored; a versioned model wants it said."""
    with Session(engine) as session:
        with pytest.raises(ArgumentError, match="unconditional=True"):
            session.put(Account(id="a1"))
        session.put(Account(id="a1", balance=Decimal(7)), unconditional=True)
        session.commit()
    assert Session(engine).get_one(Account, "a1").balance == 7
    with Session(engine) as session:
        session.put(Account(id="a1"), where=Account.balance > 100)
        with pytest.raises(ConditionFailed, match=r"balance > 100 \(balance was 7\)"):
            session.commit()


def test_merge(engine: Engine) -> None:
    """merge copies what is set onto the session's own object, or adds a new one."""
    with Session(engine) as session:
        known = session.get_one(Account, "a1")
        merged = session.merge(Account(id="a1", note="merged"))
        assert merged is known
        assert (known.note, known in session.dirty) == ("merged", True)
        new = session.merge(Account(id="new", note="x"))
        assert new in session.new
        session.commit()
    again = Session(engine).get_one(Account, "new")
    assert again.note == "x"


def test_a_detached_object_comes_back(engine: Engine) -> None:
    """An object of a closed session can be added to another, with the changes made in between."""
    with Session(engine) as session:
        account = session.get_one(Account, "a1")
    assert repr(inspect(account)) == "<detached Account ('a1')>"
    account.note = "while away"
    account.lines[0]["qty"] = 7
    assert repr(inspect(account)) == "<detached Account ('a1'), changed: lines, note>"
    with Session(engine) as session:
        session.add(account)
        session.commit()
    assert Session(engine).get_one(Account, "a1").note == "while away"


def test_checks(engine: Engine) -> None:
    """A check, or a requirement of an unchanged object, is a ConditionCheck; of a changed one part of its condition."""
    with Session(engine) as session:
        session.check(Account, "a2", Account.balance == 2)
        account = session.get_one(Account, "a1")
        session.require(account, Account.balance < 10)
        account.note = "x"
        session.commit()
        assert operations(engine)[-1] == "TransactWriteItems"
        account.note = "y"
        session.check(Account, "a2", Account.balance > 5)
        with pytest.raises(TransactionCancelled, match=r"balance > 5 \(balance was 2\)"):
            session.commit()
        session.rollback()
        session.require(account, Account.balance > 100)
        with pytest.raises(ConditionFailed, match=r"balance > 100 \(balance was 1\)"):
            session.commit()
        session.rollback()
    assert Session(engine).get_one(Account, "a1").note == "x"


def test_add_with_a_condition(engine: Engine) -> None:
    """session.add(obj, where=...) holds besides the key being free."""
    with Session(engine) as session:
        session.add(Account(id="new"), where=Account.note.attribute_not_exists())
        session.commit()
        assert "attribute_not_exists(#n0) AND attribute_not_exists(#n1)" in str(
            engine.transport.sent[-1].params["ConditionExpression"]  # type: ignore[attr-defined]
        )


def test_preview(engine: Engine) -> None:
    """preview shows writes, conditions and units, and sends nothing."""
    with Session(engine) as session:
        assert str(session.preview()) == "nothing to write"
        account = session.get_one(Account, "a1")
        account.lines[0]["qty"] = 9
        session.add(Account(id="new"))
        shown = session.preview()
        assert len(shown) == 2
        assert shown.write_units >= 4
        assert 'update Account ("a1") SET lines[0].qty = 9' in str(shown)
        assert "version = 1" in str(shown)
    assert operations(engine) == ["GetItem"]


NESTED = [
    ("a place in a list", lambda a: a.lines[0].update(qty=5), "lines[0].qty = 5", [{"qty": 5}]),
    ("a new name", lambda a: a.lines[0].update(sku="s"), 'lines[0].sku = "s"', [{"qty": 1, "sku": "s"}]),
    ("a name less", lambda a: a.lines[0].pop("qty"), "REMOVE lines[0].qty", [{}]),
    ("appended", lambda a: a.lines.append({"qty": 2}), "lines[1] = ", [{"qty": 1}, {"qty": 2}]),
    ("emptied", lambda a: a.lines.clear(), "lines = []", []),
    ("another at the start", lambda a: a.lines.insert(0, {"qty": 0}), "lines = [", [{"qty": 0}, {"qty": 1}]),
    ("deep set", lambda a: a.lines[0].update(tags={"x"}), "lines[0].tags = ", [{"qty": 1, "tags": {"x"}}]),
]


@pytest.mark.parametrize(("change", "told", "stored"), [row[1:] for row in NESTED], ids=[row[0] for row in NESTED])
def test_edits_in_depth_write_the_places_that_differ(engine: Engine, change: Any, told: str, stored: Any) -> None:
    """Under a version, an edit inside a container writes just that place."""
    with Session(engine) as session:
        account = session.get_one(Account, "a1")
        change(account)
        assert told in str(session.preview())
        session.commit()
        assert account.lines == stored
    assert Session(engine).get_one(Account, "a1").lines == stored


def test_containers_kept_from_before_a_commit_are_still_watched(engine: Engine) -> None:
    """A container that was handed out before a commit may be edited after it, without reading it again."""
    with Session(engine) as session:
        account = session.get_one(Account, "a1")
        lines = account.lines
        lines.append({"qty": 2})
        session.commit()
        lines.append({"qty": 3})
        assert session.dirty == [account]
        session.commit()
        assert account.lines is lines
    assert [line["qty"] for line in Session(engine).get_one(Account, "a1").lines] == [1, 2, 3]


def test_overflow_not_atomic(engine: Engine) -> None:
    """More than one transaction can hold goes out in several where that was asked for, in the order of the calls."""
    with Session(engine, overflow="not_atomic") as session:
        session.add_all(Account(id=f"n{number:03}") for number in range(150))
        session.commit()
        assert operations(engine) == ["TransactWriteItems", "TransactWriteItems"]
        engine.execute(insert(Account).values(id="m120"))
        more = [Account(id=f"m{number:03}") for number in range(150)]
        session.add_all(more)
        with pytest.raises(PartlyCommitted) as caught:
            session.commit()
        assert len(caught.value.applied) == 100
        assert caught.value.pending == tuple(more[100:])
        assert isinstance(caught.value.cause, TransactionCancelled)
        assert session.new == more[100:]
        assert more[0].version == 1


def test_exactly_once(engine: Engine) -> None:
    """With exactly_once a single write is a transaction with a token, so that a lost answer is no unknown outcome."""
    engine.transport = FaultyTransport(engine.transport, Faults(script=["lost", None]))
    with Session(engine, exactly_once=True) as session:
        session.add(Account(id="once"))
        session.commit()
        session.add(Account(id="a1"))
        with pytest.raises(ItemExists):
            session.commit()
    assert Session(engine).get_one(Account, "once").version == 1


def test_changes_after_an_unknown_outcome_are_kept(engine: Engine) -> None:
    """After OutcomeUnknown the next commit sends the same bytes; what was changed since goes out with the one after."""
    engine.execute(insert(Visit).values(page="/", day=1))
    recorder = engine.transport
    engine.retry = None
    with Session(engine, exactly_once=True) as session:
        visit = session.get_one(Visit, ("/", 1))
        visit.readers.add("me")
        engine.transport = FaultyTransport(recorder, Faults(script=["lost"]))
        with pytest.raises(OutcomeUnknown):
            session.commit()
        engine.transport = recorder
        visit.readers.add("you")
        visit.count = 5
        session.commit()
        assert visit in session.dirty
        session.commit()
        assert session.dirty == []
    again = Session(engine).get_one(Visit, ("/", 1))
    assert (again.readers, again.count) == ({"me", "you"}, 5)


def test_events(engine: Engine) -> None:
    """Listeners are told in order, may change what is written, and belong to their session or sessionmaker."""
    told: list[str] = []
    factory = sessionmaker(engine)
    for name in event.EVENTS:
        event.listen(factory, name, lambda *_arguments, name=name: told.append(name))
    with factory() as session:

        @event.listens_for(session, "before_insert")
        def stamp(_session: Session, obj: Account) -> None:
            obj.note = "stamped"

        new = Account(id="e1")
        session.add(new)
        session.commit()
        assert new.note == "stamped"
        account = session.get_one(Account, "a1")
        account.note = "x"
        session.commit()
        session.delete(account)
        session.commit()
        session.rollback()
    assert told == [
        "before_commit", "before_insert", "after_insert", "after_commit",
        "after_load",
        "before_commit", "before_update", "after_update", "after_commit",
        "before_commit", "before_delete", "after_delete", "after_commit",
        "after_rollback", "after_rollback",
    ]  # fmt: skip
    with pytest.raises(ArgumentError, match="there is no event 'before_flush'"):
        event.listen(factory, "before_flush", print)


def test_inspect(engine: Engine) -> None:
    """inspect() gives status, identity, what is loaded, and the history of an attribute."""
    with Session(engine) as session:
        new = Account(id="new")
        assert inspect(new).status == "transient"
        session.add(new)
        assert inspect(new).status == "pending"
        account = session.get_one(Account, "a1")
        seen = inspect(account)
        assert (seen.status, seen.identity, seen.session, seen.dirty) == ("persistent", ("a1",), session, False)
        account.balance = Decimal(9)
        account.note = Account.note.if_not_exists("x")
        history = seen.history("balance")
        assert (history.changed, history.old, history.new) == (True, 1, 9)
        assert seen.history("note").expression is not None
        assert not seen.history("id").changed
        assert seen.unloaded == {"note"}


def test_begin(engine: Engine) -> None:
    """The blocks commit at their end and roll back where they raise."""
    with sessionmaker(engine).begin() as session:
        session.add(Account(id="b1"))
    assert Session(engine).get(Account, "b1") is not None
    with pytest.raises(KeyError), Session(engine) as session, session.begin():
        _add_and_fail(session, Account(id="b2"))
    assert Session(engine).get(Account, "b2") is None


def _add_and_fail(session: Session, obj: Account) -> None:
    session.add(obj)
    raise KeyError


def test_engine_begin(engine: Engine) -> None:
    """engine.begin() sends its statements as one transaction, or nothing where the block raises."""
    with engine.begin() as tx:
        tx.execute(insert(Account).values(id="t1"))
        tx.execute(check(Account, "a1").where(Account.balance == 1))
    assert operations(engine) == ["TransactWriteItems"]
    assert tx.consumed.write_units > 0
    with pytest.raises(KeyError):
        _execute_and_fail(engine)
    with engine.begin():
        pass
    rows = engine.execute(transact_get((Account, "t1"), (Account, "t2"))).all()
    assert rows[0].id == "t1"
    assert rows[1] is None


def _execute_and_fail(engine: Engine) -> None:
    with engine.begin() as tx:
        tx.execute(insert(Account).values(id="t2"))
        raise KeyError


def test_run_tries_again(engine: Engine) -> None:
    """run() begins again where somebody else was faster, and gives up after its attempts."""
    times: list[int] = []

    def spend(session: Session) -> Decimal:
        account = session.get_one(Account, "a1")
        times.append(1)
        if len(times) < 3:
            engine.execute(update(Account).where(Account.id == "a1").set(Account.balance, Account.balance + 1))
        account.balance -= 1
        return account.balance

    assert run(sessionmaker(engine), spend) == 2
    assert len(times) == 3

    def never(session: Session) -> None:
        account = session.get_one(Account, "a1")
        engine.execute(update(Account).where(Account.id == "a1").set(Account.note, "x"))
        account.balance += 1

    with pytest.raises(StaleData):
        run(sessionmaker(engine), never, attempts=2)


def test_two_threads_in_one_session(engine: Engine) -> None:
    """A session used by two threads at once says so."""
    inside, go_on = threading.Event(), threading.Event()
    recorder = engine.transport

    class Slow:
        def send(self, request: Any, /) -> Any:
            inside.set()
            assert go_on.wait(10)
            return recorder.send(request)

        def close(self) -> None:
            recorder.close()

    engine.transport = Slow()
    session = Session(engine)
    thread = threading.Thread(target=session.get, args=(Account, "a1"))
    thread.start()
    assert inside.wait(10)
    try:
        with pytest.raises(ConcurrentUse, match="scoped_session"):
            session.get(Account, "a2")
    finally:
        go_on.set()
        thread.join()


def test_scoped_session(engine: Engine) -> None:
    """Each thread has a session of its own, which stands behind one name."""
    scoped = scoped_session(sessionmaker(engine))
    assert scoped() is scoped()
    account = scoped.get_one(Account, "a1")
    assert account in scoped
    others: list[Session] = []
    thread = threading.Thread(target=lambda: others.append(scoped()))
    thread.start()
    thread.join()
    assert others[0] is not scoped()
    first = scoped()
    scoped.remove()
    assert scoped() is not first


@pytest.mark.parametrize("name", ["flush", "begin_nested"])
def test_what_dynamodb_can_not_give_is_refused_by_name(engine: Engine, name: str) -> None:
    """SQLAlchemy's habits that DynamoDB can't serve are refused with what to do instead."""
    with Session(engine) as session, pytest.raises(Unsupported, match="DynamoDB has no"):
        getattr(session, name)()


def test_an_object_added_while_another_is_in_doubt(engine: Engine) -> None:
    """A new object under the key of one whose update is in doubt stays new, and is written by the commit after."""
    recorder = engine.transport
    engine.retry = None
    with Session(engine, exactly_once=True) as session:
        old = session.get_one(Account, "a1")
        old.note = "x"
        engine.transport = FaultyTransport(recorder, Faults(script=["lost"]))
        with pytest.raises(OutcomeUnknown):
            session.commit()
        engine.transport = recorder
        session.delete(old)
        new = Account(id="a1", balance=Decimal(7))
        session.add(new)
        session.commit()
        assert session.new == [new]
        session.commit()
    assert Session(engine).get_one(Account, "a1").balance == 7
