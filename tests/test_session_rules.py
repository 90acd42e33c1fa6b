"""Does a session keep its rules where they are easily broken: stale copies, unread attributes, twice-sent commits?"""

import copy
import gc
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, Inexact, Rounded, localcontext
from typing import Any

import pytest

from dynexpr import Column, ColumnOptions, Table, check, create_engine, delete, insert, put, select, transact, update
from dynexpr.engine import Engine
from dynexpr.errors import (
    ArgumentError,
    ConditionFailed,
    DetachedObject,
    DuplicateKey,
    ItemExists,
    KeyChanged,
    OutcomeUnknown,
    SessionError,
    StaleData,
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
    with pytest.raises(StaleData, match=r"changed by somebody else: version = 2 \(version was 3\)"):
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
        assert session.execute(select(table).where(table.c.id == "a")).one().id == "a"
        first: Any = session.scalars(select(table).where(table.c.id == "a")).one()
        assert first == "a"
        assert session.execute(select(Account.id).where(Account.id == "a")).one().id == "a"
        assert session.consumed.requests == 3


# Unknown outcomes


def test_a_repeated_commit_does_not_take_its_own_work_for_a_lost_race(engine: Engine) -> None:
    """What was lost and is sent again meets its own write: still nobody can know, and StaleData would be a lie."""
    with Session(engine) as session:
        visit = session.get_one(Visit, ("/", 1))
        visit.count = 5
        faulty(engine, "lost", None, None)
        with pytest.raises(OutcomeUnknown):
            session.commit()
        with pytest.raises(OutcomeUnknown) as caught:
            session.commit()
        assert caught.value.item is not None
        assert caught.value.item["count"] == {"N": "5"}
        first, second = (request for request in sent(engine) if request.operation == "UpdateItem")
        assert (first.operation, first.params) == (second.operation, second.params)
        session.refresh(visit)
        assert visit.count == 5
        visit.count = 6
        session.commit()
    assert again(engine, Visit, ("/", 1)).count == 6


def test_rollback_after_an_unknown_outcome_claims_nothing(engine: Engine) -> None:
    """After a rollback nobody knows what is stored: the values are expired, and a read tells."""
    with Session(engine) as session:
        visit = session.get_one(Visit, ("/", 1))
        visit.count = 5
        faulty(engine, "lost")
        with pytest.raises(OutcomeUnknown):
            session.commit()
        session.rollback()
        with pytest.raises(UnloadedAttribute):
            _ = visit.count
        session.commit()
        assert session.get_one(Visit, ("/", 1)).count == 5


def test_deleting_after_an_unknown_outcome(engine: Engine) -> None:
    """A delete after an unknown update is sent after it; a new object in doubt is not taken back."""
    with Session(engine) as session:
        visit = session.get_one(Visit, ("/", 1))
        visit.readers.add("me")
        faulty(engine, "unavailable")
        with pytest.raises(OutcomeUnknown):
            session.commit()
        session.delete(visit)
        session.commit()
        assert session.deleted == [visit]
        session.commit()
        assert session.get(Visit, ("/", 1)) is None
    engine.retry = None
    with Session(engine) as session:
        new = Visit(page="/", day=2)
        session.add(new)
        faulty(engine, "lost")
        with pytest.raises(OutcomeUnknown):
            session.commit()
        for take_back in (session.delete, session.expunge):
            with pytest.raises(SessionError, match="nobody knows whether"):
                take_back(new)


def test_a_new_object_edited_while_in_doubt(engine: Engine) -> None:
    """What was changed of a new object after its insert was in doubt goes out once that is settled."""
    engine.retry = None
    with Session(engine, exactly_once=True) as session:
        new = Account(id="n")
        tags = new.tags
        session.add(new)
        faulty(engine, "lost")
        with pytest.raises(OutcomeUnknown):
            session.commit()
        tags.add("later")
        new.note = "later"
        session.commit()
        assert session.dirty == [new]
        del new
        gc.collect()
        session.commit()
    found = again(engine, Account, "n")
    assert (found.tags, found.note, found.version) == ({"later"}, "later", 2)


def test_requirements_are_sent_once(engine: Engine) -> None:
    """What was required of a commit whose outcome is unknown is not required of the one after it."""
    with Session(engine, exactly_once=True) as session:
        account = session.get_one(Account, "a")
        session.require(account, Account.note == None)  # noqa: E711
        account.note = "x"
        engine.retry = None
        faulty(engine, "lost")
        with pytest.raises(OutcomeUnknown):
            session.commit()
        account.note = "y"
        session.commit()
        session.commit()
    assert again(engine, Account, "a").note == "y"


def test_an_interrupted_commit_is_sent_again_as_it_was(engine: Engine) -> None:
    """Ctrl-C while waiting for the answer leaves the outcome unknown: the next commit repeats the same transaction."""
    inner = engine.transport

    class Interrupted:
        def send(self, request: Any, /) -> Any:
            inner.send(request)
            raise KeyboardInterrupt

        def close(self) -> None:
            inner.close()

    with Session(engine) as session:
        loose, account = session.get_one(Loose, "l"), session.get_one(Account, "a")
        loose.n = Loose.n + 1
        account.note = "x"
        engine.transport = Interrupted()
        with pytest.raises(KeyboardInterrupt):
            session.commit()
        engine.transport = inner
        session.commit()
        first, second = sent(engine)[-2:]
        assert (first.operation, first.params) == (second.operation, second.params)
    assert again(engine, Loose, "l").n == 1
    assert again(engine, Account, "a").version == 2


def test_an_expired_token_is_not_used(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes after it was sent a transaction is not sent again: DynamoDB would take it for another one."""
    engine.retry = None
    with Session(engine, exactly_once=True) as session:
        loose = session.get_one(Loose, "l")
        loose.n = Loose.n + 1
        faulty(engine, "lost")
        with pytest.raises(OutcomeUnknown):
            session.commit()
        later = time.monotonic() + 601
        monkeypatch.setattr(time, "monotonic", lambda: later)
        with pytest.raises(OutcomeUnknown, match="token has expired"):
            session.commit()
    assert again(engine, Loose, "l").n == 1


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
