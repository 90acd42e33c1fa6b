"""Does a session keep one object per item, see every change, and write them as one transaction?"""

import gc
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from dynexpr import create_engine, delete, insert, select, update
from dynexpr.engine import Engine
from dynexpr.errors import (
    ConditionFailed,
    DetachedObject,
    DuplicateKey,
    ItemExists,
    ItemMissing,
    OutcomeUnknown,
    StaleData,
    TransactionCancelled,
    TransactionTooLarge,
    UnloadedAttribute,
)
from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column
from dynexpr.requests import Request
from dynexpr.transports.faults import Faults, FaultyTransport


class Base(DeclarativeBase):
    """The models of this file."""


class Account(Base):
    """A versioned model."""

    id: Mapped[str] = mapped_column(partition_key=True)
    balance: Mapped[Decimal] = mapped_column(default=Decimal(0))
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    note: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(version=True)
    created_at: Mapped[datetime] = mapped_column(created_at=True)
    updated_at: Mapped[datetime] = mapped_column(updated_at=True)


class Visit(Base):
    """A model without a version: changes are made under the old values."""

    page: Mapped[str] = mapped_column(partition_key=True)
    day: Mapped[int] = mapped_column(sort_key=True)
    count: Mapped[int] = mapped_column(default=0)
    readers: Mapped[set[str]] = mapped_column(default_factory=set)


class Recorder:
    """A transport that remembers what it carried."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.sent: list[Request] = []

    def send(self, request: Request, /) -> dict[str, Any]:
        """Carry and remember a request."""
        self.sent.append(request)
        answer: dict[str, Any] = self.inner.send(request)
        return answer

    def close(self) -> None:
        """Close the transport inside."""
        self.inner.close()

    @property
    def operations(self) -> list[str]:
        """What was sent."""
        return [request.operation for request in self.sent]


NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture(params=["local", pytest.param("dynamodb", marks=pytest.mark.engine)])
def engine(request: pytest.FixtureRequest) -> Any:
    """An engine with the tables of this file, on the embedded engine and on DynamoDB Local."""
    url = "local://"
    if request.param == "dynamodb":
        url = f"dynamodb://us-east-1/?endpoint_url={request.getfixturevalue('dynamodb_local_endpoint')}"
    with create_engine(url, table_prefix=f"t{uuid.uuid4().hex[:12]}-", clock=lambda: NOW) as made:
        Base.metadata.create_all(made)
        made.transport = Recorder(made.transport)
        yield made
        Base.metadata.drop_all(made)


def sent(engine: Engine) -> list[str]:
    """The operations an engine has sent."""
    assert isinstance(engine.transport, Recorder)
    return engine.transport.operations


def stored(engine: Engine, key: str) -> Account:
    """An account as somebody else reads it."""
    found = Session(engine).get(Account, key)
    assert found is not None
    return found


def test_commit_of_several_is_one_transaction(engine: Engine) -> None:
    """Two to a hundred writes are one TransactWriteItems; objects are clean and complete afterwards."""
    with Session(engine) as session:
        accounts = [Account(id=f"a{number}", balance=Decimal(number)) for number in range(3)]
        session.add_all(accounts)
        session.commit()
        assert sent(engine) == ["TransactWriteItems"]
        assert [account.version for account in accounts] == [1, 1, 1]
        assert accounts[0].created_at == accounts[0].updated_at == NOW
        session.commit()
    assert sent(engine) == ["TransactWriteItems"]
    assert stored(engine, "a2").balance == 2


def test_commit_of_one_is_one_plain_request(engine: Engine) -> None:
    """One write is one PutItem, UpdateItem or DeleteItem."""
    with Session(engine) as session:
        account = Account(id="a")
        session.add(account)
        session.commit()
        account.balance = Decimal(5)
        session.commit()
        session.delete(account)
        session.commit()
        assert account not in session
        assert session.get(Account, "a") is None
    assert sent(engine) == ["PutItem", "UpdateItem", "DeleteItem", "GetItem"]


def test_identity(engine: Engine) -> None:
    """One object per key: get twice is one request, and queries meet the same object."""
    Session(engine).engine.execute(insert(Account).values(id="a"))
    with Session(engine) as session:
        first = session.get(Account, "a")
        assert first is not None
        assert session.get(Account, "a") is first
        assert session.scalars(select(Account).where(Account.id == "a")).one() is first
        assert session.get(Account, "none") is None
    assert sent(engine) == ["PutItem", "GetItem", "GetItem", "GetItem"]


def test_an_untouched_object_is_held_weakly(engine: Engine) -> None:
    """An object nobody refers to may go; one whose container was handed out may not, before the commit."""
    engine.execute(insert(Account).values(id="a", lines=[{"qty": 1}]))
    with Session(engine) as session:
        assert session.get(Account, "a") is not None
        gc.collect()
        line = _lines(session)[0]
        gc.collect()
        line["qty"] = 2
        session.commit()
    assert sent(engine)[-3:] == ["GetItem", "GetItem", "UpdateItem"]
    assert stored(engine, "a").lines == [{"qty": 2}]


def _lines(session: Session) -> list[dict[str, Any]]:
    account = session.get(Account, "a")
    assert account is not None
    return account.lines


CHANGES = [
    ("assignment", lambda a: setattr(a, "balance", Decimal(7)), {"balance": Decimal(7)}, "SET"),
    ("set element added", lambda a: a.tags.add("new"), {"tags": {"old", "new"}}, "ADD"),
    ("set element removed", lambda a: a.tags.discard("old"), {"tags": set()}, "DELETE"),
    ("set replaced", lambda a: setattr(a, "tags", {"x"}), {"tags": {"x"}}, "SET"),
    ("deep in a list", lambda a: a.lines[0].update(qty=2), {"lines": [{"qty": 2}]}, "SET"),
    ("appended", lambda a: a.lines.append({"qty": 9}), {"lines": [{"qty": 1}, {"qty": 9}]}, "SET"),
    ("None", lambda a: setattr(a, "note", None), {"note": None}, "REMOVE"),
    ("text", lambda a: setattr(a, "note", "y"), {"note": "y"}, "SET"),
]


@pytest.mark.parametrize(("change", "expected", "clause"), [row[1:] for row in CHANGES], ids=[r[0] for r in CHANGES])
def test_every_change_is_seen(engine: Engine, change: Any, expected: dict[str, Any], clause: str) -> None:
    """Assignments and edits in place become minimal updates, and the object holds what a reload would give."""
    engine.execute(insert(Account).values(id="a", balance=1, tags={"old"}, lines=[{"qty": 1}], note="x"))
    with Session(engine) as session:
        account = session.get(Account, "a")
        assert account is not None
        change(account)
        session.commit()
        request = engine.transport.sent[-1]  # type: ignore[attr-defined]
        assert clause in request.params["UpdateExpression"].split()
        for name, value in expected.items():
            assert getattr(account, name) == value
        assert account.version == 2
    again = stored(engine, "a")
    assert {name: getattr(again, name) for name in expected} == expected
    assert again.to_dict() == {**account.to_dict(), **expected}


def test_no_change_is_no_request(engine: Engine) -> None:
    """Reading, assigning an equal value, and changing back are nothing to write."""
    engine.execute(insert(Account).values(id="a", balance=1, tags={"old"}))
    with Session(engine) as session:
        account = session.get(Account, "a")
        assert account is not None
        account.balance = Decimal("1.00")
        account.tags.add("x")
        account.tags.discard("x")
        assert account.lines == []
        session.commit()
    assert sent(engine) == ["PutItem", "GetItem"]


def test_expression_assigned(engine: Engine) -> None:
    """An expression is sent as it is, and the attribute is unloaded until a refresh, for only the service knows it."""
    engine.execute(insert(Account).values(id="a", balance=10))
    with Session(engine) as session:
        account = session.get(Account, "a")
        assert account is not None
        account.balance = Account.balance - 3
        session.commit()
        with pytest.raises(UnloadedAttribute, match="refresh"):
            _ = account.balance
    assert stored(engine, "a").balance == 7


def test_lost_race_is_stale_data(engine: Engine) -> None:
    """A versioned object that somebody else changed raises StaleData with what is stored; nothing is written."""
    engine.execute(insert(Account).values(id="a", balance=1))
    with Session(engine) as one, Session(engine) as two:
        mine, theirs = one.get(Account, "a"), two.get(Account, "a")
        assert mine is not None
        assert theirs is not None
        theirs.balance = Decimal(2)
        two.commit()
        mine.balance = Decimal(3)
        with pytest.raises(StaleData, match="changed by somebody else") as caught:
            one.commit()
        assert caught.value.item is not None
        assert caught.value.item["balance"] == {"N": "2"}
        assert caught.value.subject is mine
        assert mine.balance == 3
        one.rollback()
        assert mine.balance == 1
    assert stored(engine, "a").balance == 2


def test_unversioned_changes_hold_the_old_values(engine: Engine) -> None:
    """Without a version, a change of a changed attribute is stale, while set elements and other attributes commute."""
    engine.execute(insert(Visit).values(page="/", day=1))
    with Session(engine) as one, Session(engine) as two:
        mine, theirs = one.get(Visit, ("/", 1)), two.get(Visit, ("/", 1))
        assert mine is not None
        assert theirs is not None
        theirs.readers.add("them")
        two.commit()
        mine.readers.add("me")
        one.commit()
        theirs.count = 5
        two.commit()
        mine.count = 6
        with pytest.raises(StaleData):
            one.commit()
    seen = Session(engine).get(Visit, ("/", 1))
    assert seen is not None
    assert (seen.count, seen.readers) == (5, {"me", "them"})


def test_insert_meets_an_item(engine: Engine) -> None:
    """A new object whose key is taken raises ItemExists; its session keeps it, and nothing is written."""
    engine.execute(insert(Account).values(id="a", balance=1))
    with Session(engine) as session:
        account = Account(id="a", balance=Decimal(9))
        session.add(account)
        with pytest.raises(ItemExists):
            session.commit()
        assert account in session
        session.rollback()
        assert account not in session
    assert stored(engine, "a").balance == 1


def test_change_of_a_deleted_item(engine: Engine) -> None:
    """A changed object whose item is gone raises ItemMissing."""
    engine.execute(insert(Account).values(id="a"))
    with Session(engine) as session:
        account = session.get(Account, "a")
        assert account is not None
        engine.execute(delete(Account).where(Account.id == "a"))
        account.note = "x"
        with pytest.raises(ItemMissing):
            session.commit()


def test_cancelled_transaction_names_object_and_clause(engine: Engine) -> None:
    """Each failure of a cancelled transaction has its object, its error with the stored item, and its position."""
    engine.execute(insert(Account).values(id="b", balance=1))
    with Session(engine) as session:
        fresh, taken = Account(id="a"), Account(id="b")
        session.add_all([fresh, taken])
        with pytest.raises(TransactionCancelled) as caught:
            session.commit()
        (failure,) = caught.value.failures
        assert (failure.index, failure.code, failure.subject) == (1, "ConditionalCheckFailed", taken)
        assert isinstance(failure.error, ItemExists)
        assert failure.item is not None
    assert Session(engine).get(Account, "a") is None


def test_statements_join_the_commit(engine: Engine) -> None:
    """Writes given to session.execute are sent with its commit, in one transaction, and dropped by a rollback."""
    engine.execute(insert(Account).values(id="a", balance=1))
    with Session(engine) as session:
        session.execute(update(Account).where(Account.id == "a").set(Account.balance, Account.balance + 1))
        session.rollback()
        session.commit()
        session.execute(update(Account).where(Account.id == "a").set(Account.balance, Account.balance + 1))
        session.add(Account(id="b"))
        assert stored(engine, "a").balance == 1
        session.commit()
    assert stored(engine, "a").balance == 2
    assert sent(engine).count("TransactWriteItems") == 1


def test_delete_and_add_of_one_key_is_one_put(engine: Engine) -> None:
    """A key that is deleted and added again in one commit is one put."""
    engine.execute(insert(Account).values(id="a", balance=1, note="old"))
    with Session(engine) as session:
        old = session.get(Account, "a")
        assert old is not None
        session.delete(old)
        new = Account(id="a", balance=Decimal(2))
        session.add(new)
        session.commit()
        assert session.get(Account, "a") is new
        assert old not in session
    assert sent(engine)[-1:] == ["PutItem"]
    assert stored(engine, "a").note is None


def test_a_replaced_item_counts_on(engine: Engine) -> None:
    """A key deleted and added in one commit takes the next version, so that who read the old item is still stale."""
    engine.execute(insert(Account).values(id="a", balance=1))
    with Session(engine) as early, Session(engine) as session:
        stale = early.get(Account, "a")
        assert stale is not None
        old = session.get(Account, "a")
        assert old is not None
        session.delete(old)
        new = Account(id="a", balance=Decimal(2))
        session.add(new)
        session.commit()
        assert new.version == 2
        stale.note = "late"
        with pytest.raises(StaleData):
            early.commit()
        new.note = "mine"
        session.commit()
    assert stored(engine, "a").version == 3


def test_rollback_restores(engine: Engine) -> None:
    """Rollback gives changed and deleted objects back as they were read, edits in place included."""
    engine.execute(insert(Account).values(id="a", balance=1, tags={"x"}))
    with Session(engine) as session:
        account = session.get(Account, "a")
        assert account is not None
        account.tags.add("y")
        account.balance = Decimal(9)
        session.delete(account)
        assert session.get(Account, "a") is None
        session.rollback()
        assert session.get(Account, "a") is account
        assert account.balance == 1
        assert account.tags == {"x"}
        session.commit()
    assert sent(engine) == ["PutItem", "GetItem"]


def test_misuse_names_the_object_and_the_cure() -> None:
    """Adding a key twice, objects of another session, and too many writes are refused, and nothing is lost."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        session, other = Session(engine), Session(engine)
        account = Account(id="a")
        session.add(account)
        session.add(account)
        with pytest.raises(DuplicateKey, match=r'that key: Account \("a"\)$'):
            session.add(Account(id="a"))
        with pytest.raises(DetachedObject):
            other.add(account)
        with pytest.raises(DetachedObject):
            other.delete(account)
        session.delete(account)
        session.add_all(Account(id=f"a{number}") for number in range(101))
        with pytest.raises(TransactionTooLarge, match="101 writes"):
            session.commit()
        session.rollback()
        session.execute(update(Account).where(Account.id == "x").set(Account.note, "y").upsert())
        session.execute(update(Account).where(Account.id == "x").set(Account.note, "z").upsert())
        with pytest.raises(DuplicateKey, match="twice in one commit"):
            session.commit()


def test_unknown_outcome_is_said_and_repeated_with_the_same_bytes() -> None:
    """A lost answer of an update under a version is OutcomeUnknown; the next commit sends the same request again."""
    with create_engine("local://", clock=lambda: NOW, retry=None) as engine:
        Base.metadata.create_all(engine)
        engine.execute(insert(Account).values(id="a"))
        recorder = Recorder(engine.transport)
        with Session(engine) as session:
            account = session.get_one(Account, "a")
            engine.transport = FaultyTransport(recorder, Faults(script=["unavailable"]))
            account.tags.add("me")
            with pytest.raises(OutcomeUnknown):
                session.commit()
            preview = session.preview()
            session.commit()
            assert recorder.sent[-1].params == preview.requests[0].params


def test_condition_of_a_statement_in_a_session(engine: Engine) -> None:
    """A statement alone in a commit raises its own error, naming the clause."""
    engine.execute(insert(Account).values(id="a", balance=1))
    with Session(engine) as session:
        session.execute(update(Account).where(Account.id == "a", Account.balance > 5).set(Account.note, "x"))
        with pytest.raises(ConditionFailed, match=r"balance > 5 \(balance was 1\)"):
            session.commit()
