"""Does a session keep its rules where they are easily broken: stale copies, unread attributes, twice-sent commits?"""

import copy
import gc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, Inexact, Rounded, localcontext
from typing import Any

import pytest

from dynexpr import (
    Column,
    ColumnOptions,
    Table,
    batch_get,
    check,
    create_engine,
    delete,
    get,
    insert,
    put,
    select,
    transact,
    transact_get,
    update,
)
from dynexpr.engine import Engine
from dynexpr.errors import (
    ArgumentError,
    ConditionFailed,
    DetachedObject,
    DuplicateKey,
    ExpressionError,
    ItemExists,
    KeyChanged,
    NoResultFound,
    OutcomeUnknown,
    StaleData,
    TransactionCancelled,
    TransactionTooLarge,
    UnloadedAttribute,
    Unsupported,
)
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, Session, inspect, mapped_column, sessionmaker
from dynexpr.transports.faults import Fault, Faults, FaultyTransport
from dynexpr.types import String
from tests.test_session import Account, Base, Recorder, Visit

START = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Other(DeclarativeBase):
    """The further models of this file."""


class Loose(Other):
    """Nothing is checked but that the item exists; the version is counted all the same."""

    __concurrency__ = "none"
    id: Mapped[str] = mapped_column(partition_key=True)
    n: Mapped[int] = mapped_column(default=0)
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    version: Mapped[int] = mapped_column(version=True)


class Basket(Other):
    """Empty, and so false."""

    id: Mapped[str] = mapped_column(partition_key=True)

    def __len__(self) -> int:
        return 0


class Doc(Other):
    """An index holds part of it."""

    id: Mapped[str] = mapped_column(partition_key=True)
    owner: Mapped[str] = mapped_column(default="ann")
    text: Mapped[str] = mapped_column(default="")
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    token: Mapped[str] = mapped_column(default_factory=lambda: "t")
    version: Mapped[int] = mapped_column(version=True)
    changed: Mapped[datetime] = mapped_column(updated_at=True)
    by_owner = GlobalIndex("by-owner", partition_key="owner", projection="KEYS_ONLY")
    by_token = GlobalIndex("by-token", partition_key="token", projection=["version"])


class Clock:
    """Goes on by a second with each look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """The time."""
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def engine() -> Iterator[Engine]:
    """The embedded engine with an item of each model."""
    with create_engine("local://", clock=Clock()) as made:
        Base.metadata.create_all(made)
        Other.metadata.create_all(made)
        made.execute(insert(Account).values(id="a", balance=1, lines=[{"qty": 1}], tags={"x"}))
        made.execute(insert(Visit).values(page="/", day=1))
        made.execute(insert(Loose).values(id="l"))
        made.execute(insert(Doc).values(id="d", text="long"))
        made.transport = Recorder(made.transport)
        yield made


def sent(engine: Engine) -> list[Any]:
    """The requests an engine has sent."""
    recorder = engine.transport
    while not isinstance(recorder, Recorder):
        recorder = recorder.inner  # type: ignore[attr-defined]
    return recorder.sent


def again(engine: Engine, model: Any, key: object) -> Any:
    """An object as somebody else reads it."""
    return Session(engine).get_one(model, key)


def faulty(engine: Engine, *script: Fault | None) -> None:
    """Let faults happen to the next requests."""
    engine.transport = FaultyTransport(engine.transport, Faults(script=script))


# What was handed out stays watched


@pytest.mark.parametrize("keep", ["read", "assigned"])
def test_a_container_edited_after_a_commit_that_wrote_nothing(engine: Engine, keep: str) -> None:
    """A container that was read or assigned before an empty commit may still be edited after it."""
    with Session(engine) as session:
        account = session.get_one(Account, "a")
        tags = account.tags
        if keep == "assigned":
            account.tags = tags = {"x"}
        session.commit()
        gc.collect()
        tags.add("y")
        assert session.dirty == [account]
        session.commit()
    assert again(engine, Account, "a").tags == {"x", "y"}


def test_copies_do_not_share_containers(engine: Engine) -> None:
    """merge copies containers: editing the object that was merged does not change the session's own."""
    with Session(engine) as session:
        mine = Account(id="a", lines=[{"qty": 5}])
        known = session.merge(mine)
        mine.lines.append({"qty": 6})
        assert known.lines == [{"qty": 5}]


# Attributes that were not read


def test_an_unread_set_is_replaced_not_added_to(engine: Engine) -> None:
    """Assigning a set that was not read stores exactly that set, whatever is there."""
    engine.execute(update(Doc).where(Doc.id == "d").set(Doc.tags, {"old"}))
    with Session(engine) as session:
        doc = session.scalars(select(Doc).where(Doc.token == "t").using(Doc.by_token)).one()
        doc.tags = {"new"}
        session.commit()
    assert again(engine, Doc, "d").tags == {"new"}


def test_an_unread_version_is_no_absent_version(engine: Engine) -> None:
    """Writing an object whose version was not read says so, instead of taking it for an item without one."""
    with Session(engine) as session:
        doc = session.scalars(select(Doc).where(Doc.owner == "ann").using(Doc.by_owner)).one()
        doc.text = "short"
        with pytest.raises(UnloadedAttribute, match=r"version was not read with it; session.refresh"):
            session.commit()
        assert session.dirty == [doc]
        session.rollback()
        session.delete(doc)
        with pytest.raises(UnloadedAttribute, match="version"):
            session.commit()
    assert again(engine, Doc, "d").text == "long"


def test_unread_attributes_are_never_written(engine: Engine) -> None:
    """An object from an index writes what was changed only, and can read what it wrote afterwards."""
    with Session(engine) as session:
        doc = session.scalars(select(Doc).where(Doc.token == "t").using(Doc.by_token)).one()
        assert inspect(doc).unloaded == {"owner", "text", "tags", "changed"}
        doc.owner = "bob"
        session.commit()
        assert (doc.owner, doc.version) == ("bob", 2)
        assert doc.changed > START
        with pytest.raises(UnloadedAttribute):
            _ = doc.text
    assert again(engine, Doc, "d").text == "long"


def test_gaps_are_filled_while_the_versions_agree(engine: Engine) -> None:
    """A later read fills what an index did not hold, unless the item has become another one."""
    with Session(engine) as session:
        doc = session.scalars(select(Doc).where(Doc.token == "t").using(Doc.by_token)).one()
        assert session.scalars(select(Doc).where(Doc.id == "d")).one() is doc
        assert doc.text == "long"
    with Session(engine) as session:
        doc = session.scalars(select(Doc).where(Doc.token == "t").using(Doc.by_token)).one()
        engine.execute(update(Doc).where(Doc.id == "d").set(Doc.text, "other"))
        assert session.scalars(select(Doc).where(Doc.id == "d")).one() is doc
        with pytest.raises(UnloadedAttribute):
            _ = doc.text


@pytest.mark.parametrize("how", ["get", "query", "get_many", "refresh_all"])
def test_an_expired_object_is_read_again(engine: Engine, how: str) -> None:
    """Reading an expired object by any way gives it its values back; it is the same object."""
    with Session(engine) as session:
        visit = session.get_one(Visit, ("/", 1))
        visit.count = 7
        session.expire_all()
        assert session.dirty == []
        with pytest.raises(UnloadedAttribute, match="refresh"):
            _ = visit.count
        if how == "get":
            assert session.get(Visit, ("/", 1)) is visit
        elif how == "query":
            assert session.scalars(select(Visit).where(Visit.page == "/", Visit.day == 1)).one() is visit
        elif how == "get_many":
            assert session.get_many(Visit, [("/", 1)]) == [visit]
        else:
            session.refresh_all([visit])
        assert visit.count == 0


# Versions


def test_a_version_is_not_assigned(engine: Engine) -> None:
    """The commit counts a version: it can't be assigned, a value or an expression."""
    with Session(engine) as session:
        account = session.get_one(Account, "a")
        with pytest.raises(ArgumentError, match="counts up"):
            account.version = 9
        with pytest.raises(ArgumentError, match="counts up"):
            account.version = Account.version + 1
        account.version = 1
        session.commit()
        assert account.version == 1


def test_a_version_nobody_checks_is_counted_by_the_store(engine: Engine) -> None:
    """Without a check the stored version is counted up, never set to what an old copy would count to."""
    with Session(engine) as one, Session(engine) as two:
        mine, theirs = one.get_one(Loose, "l"), two.get_one(Loose, "l")
        for n in (1, 2):
            theirs.n = n
            two.commit()
        mine.tags.add("x")
        one.commit()
        with pytest.raises(UnloadedAttribute, match="refresh"):
            _ = mine.version
        one.refresh(mine)
        assert (mine.version, mine.n, mine.tags) == (4, 2, {"x"})


def test_statements_and_versions(engine: Engine) -> None:
    """update() counts the version, checks it only where where() names it, and says StaleData where that was false."""
    where = Account.id == "a"
    engine.execute(update(Account).where(where).set(Account.note, "one"))
    assert again(engine, Account, "a").version == 2
    engine.execute(update(Account).where(where, Account.version == 2).set(Account.note, "two"))
    with pytest.raises(StaleData, match=r"changed by somebody else: expected version = 2 \(version was 3\)"):
        engine.execute(update(Account).where(where, Account.version == 2).set(Account.note, "three"))
    with pytest.raises(StaleData):
        engine.execute(delete(Account).where(where, Account.version == 2))
    with pytest.raises(ConditionFailed) as caught:
        engine.execute(update(Account).where(where, Account.balance > 5).set(Account.note, "three"))
    assert type(caught.value) is ConditionFailed
    # An item from before there were versions.
    engine.send("PutItem", TableName="accounts", Item={"id": {"S": "old"}})
    engine.execute(update(Account).where(Account.id == "old").set(Account.note, "x"))
    assert again(engine, Account, "old").version == 1


def test_a_statement_that_names_a_version_is_sent_again(engine: Engine) -> None:
    """An update under a version falsifies its own condition: after a 500 it is sent again; any other is not."""
    statement = update(Account).where(Account.id == "a", Account.version == 1).set(Account.note, "x")
    faulty(engine, "unavailable", None)
    engine.execute(statement)
    assert again(engine, Account, "a").note == "x"
    faulty(engine, "lost", None)
    with pytest.raises(OutcomeUnknown) as caught:
        engine.execute(update(Account).where(Account.id == "a", Account.version == 2).set(Account.note, "y"))
    assert caught.value.item is not None
    faulty(engine, "unavailable", None)
    with pytest.raises(OutcomeUnknown):
        engine.execute(update(Account).where(Account.id == "a").set(Account.note, "z"))


# Statements in a session


def test_objects_follow_statements(engine: Engine) -> None:
    """Statements of a commit bring the session's objects into step: written ones are unloaded, deleted ones leave."""
    with Session(engine) as session:
        account, visit, doc = (
            session.get_one(Account, "a"),
            session.get_one(Visit, ("/", 1)),
            session.get_one(Doc, "d"),
        )
        assert account.balance == 1
        session.execute(update(Account).where(Account.id == "a").set(Account.balance, Account.balance + 1))
        session.execute(delete(Visit).where(Visit.page == "/", Visit.day == 1))
        session.execute(put(Doc).unconditional().values(id="d", text="put"))
        session.commit()
        for name in ("balance", "version", "updated_at"):
            with pytest.raises(UnloadedAttribute):
                getattr(account, name)
        assert account.tags == {"x"}
        assert visit not in session
        assert session.get(Visit, ("/", 1)) is None
        assert doc.text == "put"
        session.refresh(account)
        assert account.balance == account.version == 2


def test_a_transaction_given_to_a_session_joins_it(engine: Engine) -> None:
    """transact(...) is part of the commit, not sent at once."""
    with Session(engine) as session:
        session.execute(transact(insert(Account).values(id="t"), check(Account, "a").where(Account.balance == 1)))
        assert session.get(Account, "t") is None
        session.rollback()
        session.commit()
        session.execute(transact(insert(Account).values(id="t"), check(Account, "a").where(Account.balance == 1)))
        session.commit()
        assert sent(engine)[-1].operation == "TransactWriteItems"
    assert again(engine, Account, "t").version == 1


def test_returning_is_refused_in_a_session(engine: Engine) -> None:
    """A statement of a commit returns nothing, so asking for it is refused, and not forgotten."""
    with Session(engine) as session, pytest.raises(ArgumentError, match=r"engine.execute"):
        session.execute(update(Account).where(Account.id == "a").set(Account.note, "x").returning("ALL_NEW"))


def test_exactly_once_statement(engine: Engine) -> None:
    """A statement sent exactly once is a transaction of one; it raises what it would raise alone."""
    statement = update(Visit).where(Visit.page == "/", Visit.day == 1).set(Visit.count, Visit.count + 1)
    faulty(engine, "lost", None)
    engine.execute(statement.exactly_once())
    assert again(engine, Visit, ("/", 1)).count == 1
    with pytest.raises(ItemExists):
        engine.execute(insert(Account).values(id="a").exactly_once())
    with pytest.raises(ArgumentError, match="returning"):
        engine.execute(statement.returning("ALL_NEW").exactly_once())
    with Session(engine) as session:
        session.execute(statement.exactly_once())
        session.commit()
    assert sent(engine)[-1].operation == "TransactWriteItems"


# Objects that come, go, and come back


def test_a_deleted_object_does_not_come_back_by_add(engine: Engine) -> None:
    """Adding an object whose delete was committed is refused: it would look stored and never be written."""
    with Session(engine) as session:
        account = session.get_one(Account, "a")
        session.delete(account)
        session.commit()
        assert inspect(account).status == "deleted"
        with pytest.raises(DetachedObject, match=r"was deleted from the store; add a new object, or put\(\) it"):
            session.add(account)
        session.put(account, unconditional=True)
        session.commit()
    assert again(engine, Account, "a").version == 2


def test_one_object_for_a_key_whoever_comes_second(engine: Engine) -> None:
    """An expunged object meets the new one, or the one that was loaded since, of its key."""
    with Session(engine) as session:
        old = session.get_one(Account, "a")
        session.expunge(old)
        session.put(Account(id="a"), unconditional=True)
        with pytest.raises(DuplicateKey):
            session.add(old)
        session.rollback()
        session.delete(session.get_one(Account, "a"))
        session.add(Account(id="a"))
        with pytest.raises(DuplicateKey):
            session.add(Account(id="a"))
        with pytest.raises(DuplicateKey):
            session.add(old)


def test_keys_stay(engine: Engine) -> None:
    """The key of a stored object, and of one a session knows, does not change; what is free may."""
    with Session(engine) as session:
        new = Account(id="n")
        new.id = "m"
        session.add(new)
        with pytest.raises(KeyChanged, match="expunge it, change it, and add it again"):
            new.id = "o"
        session.expunge(new)
        new.id = "o"
        session.add(new)
        session.commit()
        with pytest.raises(KeyChanged, match="can't move an item"):
            new.id = "p"
    assert again(engine, Account, "o").id == "o"


def test_put_of_what_was_loaded(engine: Engine) -> None:
    """put takes new objects and expunged ones, whose version it counts up; a loaded one is changed and committed."""
    with Session(engine) as session:
        account = session.get_one(Account, "a")
        with pytest.raises(ArgumentError, match="change it and commit"):
            session.put(account, unconditional=True)
        session.expunge(account)
        before = account.updated_at
        account.balance = Decimal(8)
        session.put(account, unconditional=True)
        session.commit()
        assert account.version == 2
        assert account.balance == 8
        assert account.updated_at > before
        pending = Account(id="a2")
        session.add(pending)
        session.put(pending, unconditional=True)
        session.commit()
        assert "ConditionExpression" not in sent(engine)[-1].params


def test_merge_takes_what_was_set(engine: Engine) -> None:
    """Defaults that nobody gave overwrite nothing; a container edited in place counts as given."""
    engine.execute(update(Doc).where(Doc.id == "d").set(Doc.owner, "bob"))
    with Session(engine) as session:
        given = Doc(id="d", text="new")
        given.tags.add("x")
        merged = session.merge(given)
        assert (merged.owner, merged.text, merged.tags) == ("bob", "new", {"x"})
        fresh = session.merge(Doc(id="e"))
        assert (fresh.owner, fresh.token) == ("ann", "t")


def test_merge_of_an_old_copy_is_stale(engine: Engine) -> None:
    """Merging an object that was loaded as another version is a lost race, and is said."""
    with Session(engine) as session:
        old = session.get_one(Account, "a")
        session.expunge(old)
        old.note = "mine"
        engine.execute(update(Account).where(Account.id == "a").set(Account.note, "theirs"))
        with pytest.raises(StaleData, match="another version"):
            session.merge(old)
        assert session.dirty == []


def test_merge_leaves_the_other_session_alone(engine: Engine) -> None:
    """Merging an object of another session reads it without touching it."""
    with Session(engine) as one, Session(engine) as two:
        theirs = one.get_one(Account, "a")
        mine = two.merge(theirs)
        assert mine is not theirs
        assert theirs in one
        assert vars(theirs) == {}


def test_copied_and_detached_objects(engine: Engine) -> None:
    """A copy belongs to no session; as the copy of a stored object it meets the original."""
    with Session(engine) as session:
        account = session.get_one(Account, "a")
        double = copy.copy(account)
        with pytest.raises(DuplicateKey, match="merge"):
            session.add(double)
        with pytest.raises(DetachedObject):
            session.delete(double)
        with pytest.raises(DetachedObject):
            session.require(double, Account.balance > 0)


def test_an_item_of_another_model(engine: Engine) -> None:
    """An item that is held as one model's object is not handed out as another's."""

    class Also(Other):
        __tablename__ = "accounts"
        id: Mapped[str] = mapped_column(partition_key=True)

    with Session(engine) as session:
        account = session.get_one(Account, "a")
        with pytest.raises(DuplicateKey, match="as a Also in a session of its own"):
            session.get(Also, "a")
        assert session.get(Account, "a") is account


def test_a_session_reads_models(engine: Engine) -> None:
    """A Table has rows, which a session gives where rows are asked for."""
    table = Table("accounts", Base.metadata.__class__(), Column("id", String(), ColumnOptions(partition_key=True)))
    with Session(engine) as session:
        with pytest.raises(ArgumentError, match="has no objects"):
            session.get(table, "a")
        assert session.execute(select(table).where(table.c.id == "a")).one()["id"] == "a"
        first: Any = session.scalars(select(table).where(table.c.id == "a")).one()
        assert first == "a"
        assert session.execute(select(Account.id).where(Account.id == "a")).one()[0] == "a"
        assert session.consumed.requests == 3


# One object for one item


@pytest.mark.parametrize("how", ["put", "add"])
def test_an_object_that_a_query_read_while_another_was_pending(engine: Engine, how: str) -> None:
    """A query sees the store, get sees what is pending; once that is written it is the only object of its key."""
    with Session(engine) as session:
        pending = Loose(id="l" if how == "put" else "x", n=7)
        if how == "put":
            session.put(pending, unconditional=True)
        else:
            session.add(pending)
            engine.execute(insert(Loose).values(id="x"))
        stored = session.scalars(select(Loose).where(Loose.id == pending.id)).one()
        assert (stored.n, session.get(Loose, pending.id)) == (0, pending)
        assert session.get_many(Loose, [pending.id], transactional=True) == [pending]
        if how == "add":
            engine.execute(delete(Loose).where(Loose.id == "x"))
        session.commit()
        assert stored not in session
        assert inspect(stored).status == "detached"
        assert session.get(Loose, pending.id) is pending
        assert session.scalars(select(Loose).where(Loose.id == pending.id)).one() is pending
        stored.n = 8
        assert session.dirty == []


@pytest.mark.parametrize("how", ["get", "refresh", "refresh_all", "get_many", "expired"])
def test_an_object_whose_item_is_gone_leaves(engine: Engine, how: str) -> None:
    """What is found gone is no object of the session any more, and one added under its key is the next."""
    with Session(engine) as session:
        account = session.get_one(Account, "a")
        account.note = "x"
        engine.execute(delete(Account).where(Account.id == "a"))
        if how == "get":
            assert session.get(Account, "a", populate_existing=True) is None
        elif how == "refresh":
            with pytest.raises(NoResultFound, match="has left the session"):
                session.refresh(account)
        elif how == "refresh_all":
            with pytest.raises(NoResultFound):
                session.refresh_all([account])
        else:
            session.expire(account)
            assert (session.get_many(Account, ["a"]) if how == "get_many" else session.get(Account, "a")) in ([], None)
        assert account not in session
        assert list(session) == session.dirty == []
        assert session.get(Account, "a") is None
        with pytest.raises(DetachedObject, match="was deleted"):
            session.add(account)
        session.add(Account(id="a"))
        session.commit()
    assert again(engine, Account, "a").version == 1


def test_a_delete_of_what_is_gone(engine: Engine) -> None:
    """An object that is to be deleted and is found gone is not deleted again."""
    with Session(engine) as session:
        account = session.get_one(Account, "a")
        session.delete(account)
        engine.execute(delete(Account).where(Account.id == "a"))
        with pytest.raises(NoResultFound):
            session.refresh(account)
        assert session.deleted == []
        session.commit()


def test_a_requirement_on_what_is_gone_stays(engine: Engine) -> None:
    """What the commit was made to depend on it still depends on, though the object has left."""
    with Session(engine) as session:
        account = session.get_one(Account, "a")
        session.require(account, Account.balance > 0)
        engine.execute(delete(Account).where(Account.id == "a"))
        with pytest.raises(NoResultFound):
            session.refresh(account)
        session.add(Account(id="b"))
        with pytest.raises(TransactionCancelled):
            session.commit()


def test_a_transactional_get_many_gives_what_was_read(engine: Engine) -> None:
    """Objects of the session take over what was read, containers in place; changed ones stay as they are."""
    engine.execute(insert(Account).values(id="b", balance=1))
    engine.execute(insert(Account).values(id="c"))
    with Session(engine) as session:
        one, two, three = session.get_many(Account, ["a", "b", "c"])
        tags = one.tags
        two.note = "mine"
        for key in ("a", "b"):
            engine.execute(update(Account).where(Account.id == key).values(balance=5).add(Account.tags, {"y"}))
        engine.execute(delete(Account).where(Account.id == "c"))
        found = session.get_many(Account, ["a", "b", "c"], transactional=True, missing="none")
        assert found == [one, two, None]
        assert (one.balance, one.version, tags) == (Decimal(5), 2, {"x", "y"})
        assert one.tags is tags
        assert (two.balance, two.note, two.version) == (Decimal(1), "mine", 1)
        assert three not in session
        assert session.dirty == [two]
        with pytest.raises(StaleData):
            session.commit()


def test_merge_writes_no_missing_default(engine: Engine) -> None:
    """What `missing=` puts in place of an absent attribute was never stored, and merge() does not store it."""

    class Old(Other):
        __tablename__ = "docs"
        id: Mapped[str] = mapped_column(partition_key=True)
        grade: Mapped[str] = mapped_column(default="new", missing="none")
        marks: Mapped[list[str]] = mapped_column(default_factory=list, missing=["first"])

    with Session(engine) as one, Session(engine) as two:
        old = one.get_one(Old, "d")
        assert (old.grade, old.marks) == ("none", ["first"])
        engine.execute(update(Old).where(Old.id == "d").values(grade="good", marks=["other"]))
        merged = two.merge(old)
        assert (merged.grade, merged.marks, two.dirty) == ("good", ["other"], [])
        old.marks.append("mine")
        assert two.merge(old).marks == ["first", "mine"]


# Sizes and numbers


def test_four_megabytes(engine: Engine) -> None:
    """A commit of more than 4 MB is refused before anything is sent, and the session keeps it."""
    with Session(engine) as session:
        docs = [Doc(id=f"big{number}", text="x" * 390_000) for number in range(11)]
        session.add_all(docs)
        before = len(sent(engine))
        with pytest.raises(TransactionTooLarge, match=r"11 writes of 4,29\d,\d\d\d bytes"):
            session.commit()
        assert len(sent(engine)) == before
        assert session.new == docs
    with Session(engine, overflow="not_atomic") as session:
        session.add_all(Doc(id=f"big{number}", text="x" * 390_000) for number in range(11))
        session.commit()
        assert [request.operation for request in sent(engine)[before:]] == ["TransactWriteItems", "PutItem"]


def test_the_decimal_context_of_the_caller(engine: Engine) -> None:
    """A context of three digits that forbids rounding changes no number and breaks no commit."""
    with localcontext() as context:
        context.prec = 3
        context.traps[Inexact] = context.traps[Rounded] = True
        exact = Decimal("12345678901234567890.123456789")
        with Session(engine) as session:
            account = session.get_one(Account, "a")
            account.balance = exact
            session.add_all(Doc(id=f"many{number}", text="x" * 20_000) for number in range(40))
            session.commit()
            session.refresh(account)
            assert account.balance == exact
            account.balance = Account.balance + Decimal("0.1")
            session.commit()
            session.refresh(account)
            assert str(account.balance) == "12345678901234567890.223456789"
            assert session.consumed.write_units > 1000


# What DynamoDB can't give


@pytest.mark.parametrize(
    ("attempt", "cure"),
    [
        (lambda session: session.flush(), "preview"),
        (lambda session: session.begin_nested(), "second Session"),
        (lambda session: session.query(Account), "session.scalars"),
        (lambda session: session.no_autoflush, "no flush apart from commit"),
        (lambda session: session.bulk_save_objects([]), "bulk_put"),
        (lambda session: session.is_modified(None), "inspect"),
        (lambda session: session.get(Account, "a", with_for_update=True), "session.require"),
        (lambda session: session.refresh(None, with_for_update=True), "no locks"),
        (lambda session: session.get(Account, "a", options=[]), "get_many"),
        (lambda session: type(session)(session.engine, autoflush=False), "no flush"),
        (lambda session: type(session)(bind=session.engine), r"Session\(engine\)"),
        (lambda session: sessionmaker(session.engine, expire_on_commit=False), "without reading again"),
        (lambda _: __import__("dynexpr.orm", fromlist=["relationship"]).relationship, "no joins"),
    ],
)
def test_what_dynamodb_can_not_give_is_refused_by_name(engine: Engine, attempt: Any, cure: str) -> None:
    """What SQLAlchemy has and DynamoDB can't give is refused by its name, with what to do instead."""
    with Session(engine) as session, pytest.raises(Unsupported, match=cure):
        attempt(session)


def test_an_unknown_name_is_an_attribute_error(engine: Engine) -> None:
    """A name nobody has is what Python says it is."""
    with Session(engine) as session:
        assert not hasattr(session, "flsh")
        with pytest.raises(TypeError, match="unexpected keyword"):
            session.get(Account, "a", consistant=True)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("with_for_update", "no locks; a version column"),
        ("join", "no joins"),
        ("filter_by", r"where\(Model.name == value\)"),
        ("filter", "where"),
        ("offset", r"session.page\(statement, size, cursor\)"),
        ("one", r"session.scalars\(statement\).one\(\)"),
        ("all", r"session.scalars\(statement\).all\(\)"),
        ("subquery", "one table or index at a time"),
    ],
)
def test_what_statements_have_in_sqlalchemy_is_refused_by_name(name: str, cure: str) -> None:
    """A statement says of SQLAlchemy's names what to write instead; hasattr() says that there are none."""
    for statement in (select(Account), update(Account), get(Account, "a")):
        assert not hasattr(statement, name)
        with pytest.raises(Unsupported, match=cure) as caught:
            getattr(statement, name)
        assert isinstance(caught.value, AttributeError)
    assert copy.deepcopy(select(Account)) == select(Account)
    with pytest.raises(Unsupported, match="nothing to load eagerly"):
        select(Account).options("lines")  # type: ignore[operator]


def test_names_that_nobody_has() -> None:
    """A name that is misspelt is an error that says what there is, and what is like it."""
    with pytest.raises(AttributeError, match=r"select\(...\) has no 'limits'"):
        select(Account).limits  # type: ignore[attr-defined] # noqa: B018
    with pytest.raises(
        AttributeError, match=r"Account has no attribute 'balanse'; it has .*; did you mean 'balance'\?"
    ):
        Account.balanse  # type: ignore[attr-defined] # noqa: B018
    with pytest.raises(AttributeError, match=r"Base has no __table__: it is a base or abstract"):
        Base.__table__  # noqa: B018
    assert not hasattr(Account, "nothing_like_it")


class Odd(Exception):
    """Not a model."""


@pytest.mark.parametrize("given", ["x", 5, None, Odd(), [1]], ids=["text", "number", "None", "other", "list"])
@pytest.mark.parametrize(
    "call",
    [
        lambda s, x: s.add(x),
        lambda s, x: s.put(x),
        lambda s, x: s.delete(x),
        lambda s, x: s.expire(x),
        lambda s, x: s.refresh(x),
        lambda s, x: s.refresh_all([x]),
        lambda s, x: s.expunge(x),
        lambda s, x: s.merge(x),
        lambda s, x: s.require(x, Account.balance > 0),
        lambda s, x: s.add_all([Account(id="fine"), x]),
        lambda _, x: inspect(x),
    ],
    ids=[
        "add",
        "put",
        "delete",
        "expire",
        "refresh",
        "refresh_all",
        "expunge",
        "merge",
        "require",
        "add_all",
        "inspect",
    ],
)
def test_what_is_no_object_is_refused(engine: Engine, call: Any, given: object) -> None:
    """What belongs to no model is refused in words of the user's, before anything is done with it."""
    with Session(engine) as session:
        with pytest.raises(ArgumentError, match=r"an object of a model is wanted, not "):
            call(session, given)
        assert session.new == []


def test_what_is_nearly_an_object_is_refused(engine: Engine) -> None:
    """A class, several objects, one object for several, text for a statement, text for keys: each is told."""
    with Session(engine) as session:
        rows: tuple[tuple[Any, str], ...] = (
            (lambda: session.add(Account), r"that is a class: make an object of it, Account\(...\)"),  # type: ignore[arg-type]
            (lambda: inspect(Account), "that is a class"),  # type: ignore[arg-type]
            (lambda: session.add([Account(id="x")]), "session.add_all"),  # type: ignore[arg-type]
            (lambda: session.add_all(Account(id="x")), r"add_all\(\) takes several objects"),  # type: ignore[arg-type]
            (lambda: session.scalars("SELECT * FROM accounts"), r"a select\(...\) is wanted.*sql\(text, Base\)"),  # type: ignore[call-overload]
            (lambda: session.scalar("SELECT 1"), r"a select\(...\) is wanted"),  # type: ignore[call-overload]
            (lambda: session.count(update(Account)), r"a select\(...\) is wanted"),  # type: ignore[arg-type]
            (lambda: session.page(get(Account, "a"), 5), r"a select\(...\) is wanted"),  # type: ignore[arg-type]
            (lambda: session.get_many(Account, "13"), r"several keys of Account are wanted, not '13'.*\[key\]"),
            (lambda: session.get_many(Account, b"13"), "several keys"),
            (lambda: session.get_many(Account, {"id": "a"}), "several keys"),
            (lambda: session.get_many(Account, 13), "several keys"),  # type: ignore[call-overload]
            (lambda: batch_get((Account, "13")), "several keys"),
            (lambda: batch_get(Account), "a pair of an entity"),  # type: ignore[arg-type]
            (lambda: transact_get(Account, "13"), "a pair of an entity"),  # type: ignore[arg-type]
        )
        for work, told in rows:
            with pytest.raises(ArgumentError, match=told):
                work()


def test_columns_of_another_model_are_refused(engine: Engine) -> None:
    """A condition, or an expression that is assigned, is about the object's own item."""
    with Session(engine) as session:
        account = session.get_one(Account, "a")
        rows: tuple[Callable[[], object], ...] = (
            lambda: session.require(account, Loose.n > 0),
            lambda: session.check(Account, "b", Loose.n > 0),
            lambda: session.check(account, condition=Loose.n > 0),
            lambda: session.put(Account(id="b", balance=Decimal(1)), where=Loose.n > 0),
            lambda: setattr(account, "balance", Loose.n + 1),
        )
        for work in rows:
            with pytest.raises(ExpressionError, match="n belongs to Loose, not to Account"):
                work()
        session.commit()
    assert sum(each.operation != "GetItem" for each in sent(engine)) == 0


def test_declarations_of_one_table_share_its_attributes(engine: Engine) -> None:
    """Several models may be about one table: a column of each names an attribute of its items."""

    class Views(DeclarativeBase):
        """Models of this test."""

    class View(Views):
        """Another view of the same items."""

        __tablename__ = Loose.__table__.name
        id: Mapped[str] = mapped_column(partition_key=True)
        m: Mapped[int] = mapped_column(name="n")

    with Session(engine) as session:
        assert [loose.id for loose in session.scalars(select(Loose).where(Loose.id == "l", View.m == 0))] == ["l"]


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (select(Account).where(Account.balance > 1).limit(3), "<SELECT * FROM accounts WHERE balance > 1 LIMIT 3>"),
        (insert(Account).values(id="a"), "<INSERT INTO accounts VALUE {'id': \"a\"}>"),
        (get(Visit, ("/", 1)), '<GET visits ("/", 1)>'),
        (check(Account, "a").where(Account.balance == 1), '<CHECK accounts ("a") WHERE balance = 1>'),
        (batch_get((Account, ["a", "b"]), (Visit, [("/", 1)])), "<BATCH GET 3 keys of accounts, visits>"),
        (transact_get((Account, "a")), "<TRANSACT GET 1 keys of accounts>"),
        (transact(delete(Account).where(Account.id == "a")), '<TRANSACT DELETE FROM accounts WHERE id = "a">'),
    ],
)
def test_statements_show_what_they_say(statement: Any, text: str) -> None:
    """The repr of a statement is short and says what it does."""
    assert repr(statement) == text
    assert len(repr(select(Account).where(Account.id.in_([str(number) * 9 for number in range(99)])))) < 130


# What was put in another's place, taken back, or is false


def test_a_statement_in_the_place_of_a_deleted_object(engine: Engine) -> None:
    """delete(obj) and a put statement of its key are one put: the object is gone, and the item is there."""
    with Session(engine) as session:
        old = session.get_one(Loose, "l")
        session.delete(old)
        session.execute(put(Loose).unconditional().values(id="l", n=5))
        session.commit()
        assert session.deleted == []
        assert old not in session
        found = session.get_one(Loose, "l")
        assert found is not old
        assert found.n == 5


def _roll_back(session: Session, obj: Any) -> None:
    del obj
    session.rollback()


@pytest.mark.parametrize("leave", [_roll_back, Session.expunge, Session.delete], ids=["rollback", "expunge", "delete"])
def test_what_was_put_leaves_as_it_came(engine: Engine, leave: Any) -> None:
    """A stored object that was to overwrite its item, and was not sent, is a stored object again."""
    with Session(engine) as session:
        visit = session.get_one(Visit, ("/", 1))
        session.expunge(visit)
        session.put(visit, where=Visit.count == 0)
        session.put(visit)
        leave(session, visit)
        session.add(visit)
        visit.count = 7
        assert session.preview().writes[0].kind == "update"
        session.commit()
        session.delete(visit)
        session.commit()
        session.put(visit)
        leave(session, visit)
        with pytest.raises(DetachedObject, match="was deleted from the store"):
            session.add(visit)
    assert Session(engine).get(Visit, ("/", 1)) is None


def test_objects_that_are_false(engine: Engine) -> None:
    """A model may have a length, and be empty: its objects are there all the same."""
    with Session(engine) as session:
        basket = Basket(id="b")
        assert not basket
        session.add(basket)
        assert session.get_many(Basket, ["b"]) == [basket]
        with pytest.raises(DuplicateKey, match="has an object of that key"):
            session.add(Basket(id="b"))
        session.commit()
        session.delete(basket)
        other = Basket(id="b")
        session.add(other)
        assert session.scalars(select(Basket).where(Basket.id == "b")).all() == [basket]
        session.commit()
        assert session.get_one(Basket, "b") is other
