"""Is a value that must not be printed in no text the library makes?"""

import copy
import logging
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dynexpr import (
    attr,
    batch_get,
    check,
    create_engine,
    delete,
    explain_failure,
    get,
    insert,
    put,
    select,
    sql,
    transact,
    transact_get,
    update,
)
from dynexpr.engine import Engine
from dynexpr.errors import DynexprError
from dynexpr.hiding import keep_secret
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, Session, inspect, mapped_column
from dynexpr.requests import Request
from dynexpr.statements.write import Check, Insert, UpdateStatement

MARK = "hunter2"
OTHER = MARK + "-other"


class Base(DeclarativeBase):
    """The models of this file."""


class Person(Base):
    """A sensitive attribute of each kind."""

    __tablename__ = "people"
    id: Mapped[str] = mapped_column(partition_key=True)
    pin: Mapped[str] = mapped_column(sensitive=True, default="")
    words: Mapped[set[str]] = mapped_column(sensitive=True, default_factory=set)
    deep: Mapped[dict[str, Any]] = mapped_column(sensitive=True, default_factory=dict)
    note: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(version=True)


class Ticket(Base):
    """A sensitive key, without a version."""

    __tablename__ = "tickets"
    code: Mapped[str] = mapped_column(partition_key=True, sensitive=True)
    holder: Mapped[str] = mapped_column(sensitive=True, default="x")
    n: Mapped[int] = mapped_column(default=0)
    by_holder = GlobalIndex("by-holder", partition_key="holder")


class Plain(Base):
    """Nothing sensitive; hidden by an engine that hides all."""

    __tablename__ = "plain"
    id: Mapped[str] = mapped_column(partition_key=True)
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(version=True)


def shown(*given: Any) -> str:
    """All the texts of some things, and of what errors carry."""
    texts: list[str] = []
    for each in given:
        texts += [str(each), repr(each), f"{each}"]
        if isinstance(each, BaseException):
            texts.append(repr(each.args))
            texts.append(shown(*getattr(each, "failures", ()), *getattr(each, "failed", ())))
            if each.__cause__ is not None:
                texts.append(shown(each.__cause__))
        elif hasattr(each, "error"):
            texts.append(shown(each.error, *getattr(each, "failed", ())))
    return "\n".join(texts)


def raised(work: Callable[[], object]) -> str:
    """The texts of an error that has to come."""
    with pytest.raises((DynexprError, TypeError, KeyError)) as caught:
        work()
    subject = getattr(caught.value, "subject", None)
    return shown(caught.value, *([] if subject is None or isinstance(subject, Insert | UpdateStatement) else [subject]))


@pytest.fixture
def engine(caplog: pytest.LogCaptureFixture) -> Iterator[Engine]:
    """An engine that echoes, with an item of each model."""
    caplog.set_level(logging.DEBUG)
    with create_engine("local://", echo=True) as made:
        Base.metadata.create_all(made)
        made.execute(insert(Person).values(id="p", pin=MARK, words={MARK}, deep={"a": [MARK]}, note="seen"))
        made.execute(insert(Ticket).values(code=MARK, holder=MARK))
        yield made
    told = logged(caplog)
    assert "people" in told
    assert MARK not in told


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """All that was logged, with what hangs on the records."""
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    return "\n".join(f"{record.getMessage()} {record.__dict__}" for record in records)


_SECRET = (Person.pin == MARK) & (Person.note == "seen")
STATEMENTS: tuple[Any, ...] = (
    select(Person).where(Person.id == "p", Person.pin == MARK),
    select(Person).where(Person.id == "p", Person.pin.in_([MARK, OTHER]) | ~Person.pin.between(MARK, OTHER)),
    select(Person).where(attr("id") == "p", attr("pin").begins_with(MARK)),
    select(Person).where(Person.id == "p", attr("deep.a[0]") == MARK, Person.words.contains(MARK)),
    select(Ticket).where(Ticket.code == MARK),
    select(Ticket).where(Ticket.holder == MARK, Ticket.code > MARK),
    insert(Person).values(id="x", pin=MARK, words={MARK}, deep={"a": MARK}),
    put(Person).values(id="x", pin=MARK).unconditional(),
    update(Person).where(Person.id == "p", Person.pin == MARK).set(Person.pin, OTHER).add(Person.words, {MARK}),
    update(Person).where(Person.id == "p").set(Person.deep["a"], MARK).set(Person.pin, Person.pin.if_not_exists(MARK)),
    delete(Person).where(Person.id == "p", Person.pin != MARK),
    delete(Ticket).where(Ticket.code == MARK),
    check(Person, "p").where(Person.pin == MARK),
    check(Ticket, MARK).where(Ticket.n == 0),
    get(Ticket, MARK),
    batch_get((Ticket, [MARK, OTHER])),
    transact_get((Ticket, MARK), (Person, "p")),
    transact(insert(Ticket).values(code=MARK), update(Person).where(Person.id == "p").set(Person.pin, MARK)),
    sql(f"SELECT * FROM people WHERE id = 'p' AND pin = '{MARK}'", Base),
    sql(f"UPDATE people SET pin = '{MARK}' WHERE id = 'p' AND deep.a[0] = '{MARK}'", Base),
)


@pytest.mark.parametrize("statement", STATEMENTS, ids=range(len(STATEMENTS)))
def test_statements(statement: Any) -> None:
    """Neither a statement, nor its explanation, nor its requests print what is sensitive; they say it all the same."""
    assert MARK not in shown(statement)
    if hasattr(statement, "explain"):
        assert MARK not in shown(statement.explain(), statement.explain().to_dict())
    for request in () if isinstance(statement, Check) else statement.requests():
        assert MARK not in shown(request)
        assert MARK in str(request.params)


@pytest.mark.parametrize("statement", STATEMENTS[:2])
def test_partiql(statement: Any) -> None:
    """The text of PartiQL holds its values in the middle, so it is hidden as a whole."""
    request = statement.compile("partiql")
    assert MARK in str(request.params)
    assert MARK not in shown(request)


def test_conditions() -> None:
    """A condition made with a sensitive column prints no value beside it, copied, pickled, negated or combined."""
    nested = Person.deep["a"][0] == MARK
    for condition in (_SECRET, ~_SECRET, _SECRET | (Person.note == "b"), nested, Person.pin.begins_with(MARK)):
        for same in (condition, copy.deepcopy(condition), pickle.loads(pickle.dumps(condition))):
            assert MARK not in shown(same, same.compile())
    assert MARK in str(_SECRET.compile().values)
    assert str(_SECRET) == 'pin = … AND note = "seen"'
    assert (attr("pin") == MARK) & (attr("note") == "seen") == _SECRET
    assert hash(Person.pin.node) == hash(attr("pin").node)


def test_explain_failure() -> None:
    """The clauses that failed print neither what was wanted nor what was met."""
    item = {"pin": {"S": OTHER}, "note": {"S": "b"}, "words": {"SS": [OTHER]}}
    found = explain_failure(_SECRET & ~Person.words.contains(OTHER), item)
    assert MARK not in shown(found, *found)
    assert str(found[0]) == "pin = … (pin was …)"
    assert found[0].actual == {"pin": {"S": OTHER}}
    assert 'note was "b"' in str(found[1])


ATTEMPTS: tuple[tuple[str, Callable[[Engine], object]], ...] = (
    ("insert", lambda e: e.execute(insert(Ticket).values(code=MARK))),
    ("condition", lambda e: e.execute(update(Person).where(Person.id == "p", Person.pin == OTHER).values(note="x"))),
    ("bare", lambda e: e.execute(update(Person).where(Person.id == "p", attr("pin") == OTHER).values(note="x"))),
    ("missing", lambda e: e.execute(update(Ticket).where(Ticket.code == OTHER).values(n=1))),
    (
        "transaction",
        lambda e: e.execute(transact(insert(Ticket).values(code=MARK), check(Person, "p").where(Person.pin == OTHER))),
    ),
    (
        "twice",
        lambda e: e.execute(transact(insert(Ticket).values(code=MARK), delete(Ticket).where(Ticket.code == MARK))),
    ),
    ("too large", lambda e: e.execute(insert(Person).values(id="x", pin=MARK * 60_000))),
    ("key too large", lambda e: e.execute(insert(Ticket).values(code=MARK * 400))),
    ("never", lambda e: e.execute(update(Person).where(Person.id == "p", Person.pin.in_([])).set(Person.pin, MARK))),
    ("key required", lambda _: delete(Person).where(Person.pin == MARK).compile()),
    ("scan", lambda e: e.execute(select(Person).where(Person.pin == MARK)).all()),
    ("type", lambda _: Ticket(code=[MARK])),  # type: ignore[arg-type]
    ("bound", lambda e: e.execute(sql("SELECT * FROM people WHERE id = 'p' AND words = :w", Base), {"w": MARK})),
    ("bound in a write", lambda e: e.execute(sql("UPDATE people SET words = ? WHERE id = 'p'", Base), [MARK])),
    ("compared", lambda _: Person.words.contains([MARK])),  # type: ignore[arg-type]
    ("wrong key", lambda _: get(Ticket, (MARK, MARK))),
    ("wrong keys", lambda _: batch_get((Ticket, MARK))),
    ("wrong mapping", lambda _: get(Ticket, {"code": MARK, "x": MARK})),
    ("get_one", lambda e: Session(e).get_one(Ticket, OTHER)),
    ("several", lambda e: e.execute(select(Ticket).where(Ticket.code == OTHER)).one()),
    ("assigned", lambda _: setattr(Person(id="x"), "words", [object(), MARK])),
    ("no such row", lambda e: e.execute(select(Person).where(Person.id == "p")).one()["x"]),  # type: ignore[index]
)


@pytest.mark.parametrize(("name", "work"), ATTEMPTS, ids=[name for name, _ in ATTEMPTS])
def test_errors(engine: Engine, name: str, work: Callable[[Engine], object]) -> None:
    """No error prints what is sensitive, whoever raises it."""
    del name
    assert MARK not in raised(lambda: work(engine))


def _stale(engine: Engine, session: Session) -> None:
    person = session.get_one(Person, "p")
    engine.execute(update(Person).where(Person.id == "p").set(Person.pin, OTHER))
    person.pin = MARK + "!"
    session.commit()


def _changed(engine: Engine, session: Session) -> None:
    ticket = session.get_one(Ticket, MARK)
    engine.execute(update(Ticket).where(Ticket.code == MARK).set(Ticket.holder, OTHER))
    ticket.holder = MARK + "!"
    session.commit()


def _several(engine: Engine, session: Session) -> None:
    session.add(Ticket(code=MARK))
    session.get_one(Person, "p").words.add(OTHER)
    session.require(session.get_one(Person, "p"), Person.pin == OTHER)
    session.commit()
    del engine


def _twice(_engine: Engine, session: Session) -> None:
    session.get_one(Ticket, MARK).n = 5
    session.execute(delete(Ticket).where(Ticket.code == MARK))
    session.commit()


def _again(_engine: Engine, session: Session) -> None:
    session.add(Ticket(code=OTHER))
    session.add(Ticket(code=OTHER))


def _gone(engine: Engine, session: Session) -> None:
    ticket = session.get_one(Ticket, MARK)
    engine.execute(delete(Ticket).where(Ticket.code == MARK))
    session.refresh(ticket)


def _elsewhere(engine: Engine, session: Session) -> None:
    session.delete(Session(engine).get_one(Ticket, MARK))


def _key(_engine: Engine, session: Session) -> None:
    session.get_one(Ticket, MARK).code = OTHER


def _unstorable(_engine: Engine, session: Session) -> None:
    session.get_one(Person, "p").deep["x"] = [MARK, object()]
    session.commit()


@pytest.mark.parametrize(
    "work",
    [_stale, _changed, _several, _twice, _again, _gone, _elsewhere, _key, _unstorable],
    ids=lambda work: work.__name__,
)
def test_errors_of_a_session(engine: Engine, work: Callable[[Engine, Session], None]) -> None:
    """No error of a session prints what is sensitive, in key, value or condition."""
    with Session(engine) as session:
        assert MARK not in raised(lambda: work(engine, session))


def test_what_is_seen_of_a_session(engine: Engine) -> None:
    """Objects, inspections, rows and previews print no sensitive value."""
    with Session(engine) as session:
        person, ticket = session.get_one(Person, "p"), session.get_one(Ticket, MARK)
        rows: list[Any] = list(engine.execute(select(Person).where(Person.id == "p")).all())
        rows += engine.execute(select(Person.pin, Person.deep["a"]).where(Person.id == "p")).all()
        assert rows[0].pin == MARK
        assert MARK not in shown(person, ticket, inspect(person), inspect(ticket), *rows, copy.copy(rows[0]))
        assert MARK not in shown(pickle.loads(pickle.dumps(rows[1])))
        person.pin = OTHER
        person.words.add(OTHER)
        person.deep["a"].append(OTHER)
        ticket.holder = OTHER
        session.add(Ticket(code=OTHER))
        session.require(person, Person.pin == MARK)
        session.check(Ticket, MARK + "?", Ticket.holder == MARK)
        preview = session.preview()
        assert MARK not in shown(preview, *preview.requests, *preview, *session.new, *session.dirty)
        assert "update Ticket (…) SET holder = … if" in str(preview)
        assert MARK in str(preview.to_dict())
        returned = engine.execute(
            update(Person).where(Person.id == "p").set(Person.pin, OTHER).returning("ALL_OLD")
        ).returned
        assert returned is not None
        assert returned.pin == MARK
        assert MARK not in shown(returned)


def test_batches(engine: Engine) -> None:
    """What is told of each write of a batch names no sensitive key."""
    told: list[Any] = []
    result = engine.bulk_put([Ticket(code=MARK + str(number)) for number in range(3)], on_outcome=told.append)
    assert [outcome.key for outcome in told] == [MARK + str(number) for number in range(3)]
    assert MARK not in shown(result, *told)
    assert repr(told[0]) == "<put (…,): done>"


# An engine that hides everything


def test_an_engine_that_hides_everything(caplog: pytest.LogCaptureFixture) -> None:
    """With hide_parameters=True no value is in an error, a preview, a repr of its sessions' objects, or the log."""
    caplog.set_level(logging.DEBUG)
    with create_engine("local://", echo=True, hide_parameters=True) as engine, Session(engine) as session:
        Base.metadata.create_all(engine)
        session.add_all([Plain(id=MARK, note=MARK), Plain(id=OTHER)])
        preview = session.preview()
        assert MARK not in shown(preview, *session.new, inspect(session.new[0]))
        assert "put Plain (…)" in str(preview)
        session.commit()
        one, two = session.get_many(Plain, [MARK, OTHER])
        assert MARK not in shown(one, two, inspect(one))
        one.note = OTHER
        session.require(two, Plain.note == MARK)
        assert MARK not in shown(session.preview())
        assert MARK not in raised(session.commit)
        session.rollback()
        engine.execute(update(Plain).where(Plain.id == MARK).values(note=OTHER))
        one.note = MARK + "?"
        assert MARK not in raised(session.commit)
        session.rollback()
        session.get_many(Plain, [MARK, MARK + "-none"])
        session.execute(select(Plain).where(Plain.id == MARK, Plain.note == MARK)).all()
        for work in (
            lambda: engine.execute(insert(Plain).values(id=MARK)),
            lambda: engine.execute(update(Plain).where(Plain.id == MARK, Plain.note == "x").values(note=MARK)),
            lambda: engine.execute(update(Plain).where(Plain.id == MARK, Plain.note.in_([])).values(note=MARK)),
            lambda: engine.execute(insert(Plain).values(id=MARK, note=MARK * 60_000)),
            lambda: engine.execute(transact(insert(Plain).values(id=MARK), delete(Plain).where(Plain.id == MARK))),
            lambda: engine.execute(transact(insert(Plain).values(id=MARK), insert(Plain).values(id="new"))),
            lambda: session.get_one(Plain, MARK + "-none"),
            lambda: session.add(Plain(id=MARK)),
        ):
            error = raised(work)
            assert MARK not in error
        with engine.begin() as tx:
            tx.execute(insert(Plain).values(id=MARK + "3"))
    assert MARK not in logged(caplog)
    assert "plain" in logged(caplog)


def _refresh_gone(engine: Engine, session: Session) -> None:
    obj = session.get_one(Plain, MARK)
    engine.execute(delete(Plain).where(Plain.id == MARK))
    session.refresh(obj)


def _add_deleted(_engine: Engine, session: Session) -> None:
    obj = session.get_one(Plain, MARK)
    session.delete(obj)
    session.commit()
    session.add(obj)


def _add_twice(_engine: Engine, session: Session) -> None:
    obj = session.get_one(Plain, MARK)
    session.expunge(obj)
    known = session.get_one(Plain, MARK)
    session.add(obj)
    del known


def _add_guarded(_engine: Engine, session: Session) -> None:
    obj = session.get_one(Plain, MARK)
    session.expunge(obj)
    session.add(obj, where=Plain.note == "")


def _merge_stale(engine: Engine, session: Session) -> None:
    obj = session.get_one(Plain, MARK)
    session.expunge(obj)
    engine.execute(update(Plain).where(Plain.id == MARK).values(note=OTHER))
    known = session.get_one(Plain, MARK)
    session.merge(obj)
    del known


def _of_another(_engine: Engine, session: Session) -> None:
    with create_engine("local://") as other, Session(other) as its:
        obj = Plain(id=MARK)
        its.add(obj)
        session.add(obj)


@pytest.mark.parametrize(
    "work",
    [
        _refresh_gone,
        _add_deleted,
        _add_twice,
        _add_guarded,
        _merge_stale,
        _of_another,
        lambda _engine, session: session.delete(Plain(id=MARK)),
    ],
)
def test_an_engine_that_hides_everything_of_objects_that_left(work: Callable[[Engine, Session], None]) -> None:
    """Nor in what its session says of objects that are not, or no longer, its own."""
    with create_engine("local://", hide_parameters=True) as engine, Session(engine) as session:
        Base.metadata.create_all(engine)
        session.add(Plain(id=MARK, note=MARK))
        session.commit()
        with pytest.raises(DynexprError) as caught:
            work(engine, session)
        assert MARK not in str(caught.value)


# Several threads


def test_tables_made_known_by_several_threads() -> None:
    """Threads that make tables known while another prints a request lose no name, and stop nobody."""
    request = Request("ExecuteStatement", {"Statement": f'SELECT * FROM "threads-0" WHERE "pin-3" = \'{MARK}\''})
    failed: list[BaseException] = []

    def make_known(thread: int) -> None:
        try:
            for number in range(300):
                keep_secret(f"threads-{number}", frozenset({f"pin-{thread}"}))
                assert MARK not in repr(request) or thread != 3
        except BaseException as error:  # noqa: BLE001 - a failed assertion, too, is told by the main thread
            failed.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=make_known, args=(thread,)) for thread in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert failed == []
    item = {f"pin-{thread}": {"S": MARK} for thread in range(4)}
    for number in range(300):
        assert MARK not in repr(Request("PutItem", {"TableName": f"threads-{number}", "Item": item}))
