"""What does a session do while nobody knows whether its commit took effect?  Nothing twice, and no lie."""

import gc
import time
from collections.abc import Callable
from typing import Any

import pytest

from dynexpr import delete, put, update
from dynexpr.engine import Engine
from dynexpr.errors import (
    ItemMissing,
    NoResultFound,
    OutcomeUnknown,
    SessionError,
    UnloadedAttribute,
    Unsupported,
    ValueNotStorable,
)
from dynexpr.orm import Session, inspect
from tests.test_session import Account, Visit
from tests.test_session_rules import Doc, Loose, again, engine, faulty, sent

__all__ = ["engine"]


def lost(engine: Engine, session: Session) -> None:
    """Commit, and lose the answer."""
    engine.retry = None
    faulty(engine, "lost")
    with pytest.raises(OutcomeUnknown):
        session.commit()


def writes(engine: Engine) -> int:
    """How many requests that write were sent."""
    return sum(request.operation not in {"GetItem", "BatchGetItem", "Query", "Scan"} for request in sent(engine))


# A write that could take effect twice is not sent again

UNREPEATABLE: tuple[tuple[str, Callable[[Session], object]], ...] = (
    ("an expression", lambda s: setattr(s.get_one(Loose, "l"), "n", Loose.n + 1)),
    ("a constant", lambda s: setattr(s.get_one(Loose, "l"), "n", 5)),
    ("a set element", lambda s: s.get_one(Visit, ("/", 1)).readers.add("me")),
    ("under an old value", lambda s: setattr(s.get_one(Visit, ("/", 1)), "count", 5)),
    ("a delete without a version", lambda s: s.delete(s.get_one(Loose, "l"))),
    ("a put", lambda s: s.put(Loose(id="l", n=7), unconditional=True)),
    ("a statement", lambda s: s.execute(update(Loose).where(Loose.id == "l").set(Loose.n, Loose.n + 1))),
    ("a put statement", lambda s: s.execute(put(Loose).unconditional().values(id="l", n=7))),
    ("a delete statement", lambda s: s.execute(delete(Loose).where(Loose.id == "l"))),
)


@pytest.mark.parametrize(("name", "work"), UNREPEATABLE, ids=[name for name, _ in UNREPEATABLE])
def test_what_could_take_effect_twice_is_not_sent_again(
    engine: Engine, name: str, work: Callable[[Session], object]
) -> None:
    """A commit of one plain write that stays possible once it was made is never repeated; rollback() is a way out."""
    del name
    with Session(engine) as session:
        work(session)
        lost(engine, session)
        before = writes(engine)
        for _ in range(2):
            with pytest.raises(OutcomeUnknown, match=r"not sent again.*session.refresh\(obj\).*exactly_once") as caught:
                session.commit()
            assert str(caught.value).count("nobody can know") == 1
        assert writes(engine) == before
        session.rollback()
        session.commit()
        assert writes(engine) == before
        session.add(Account(id="next"))
        session.commit()
    assert again(engine, Account, "next").version == 1


def _forget(session: Session, obj: Any) -> None:
    session.expire(obj)
    assert session.get(type(obj), obj.id) is obj


def _forget_all(session: Session, obj: Any) -> None:
    session.expire_all()
    session.refresh(obj)


LOOKS: tuple[tuple[str, Callable[[Session, Any], object]], ...] = (
    ("refresh", lambda s, obj: s.refresh(obj)),
    ("refresh_all", lambda s, obj: s.refresh_all([obj])),
    ("get", lambda s, obj: s.get(type(obj), obj.id, populate_existing=True)),
    ("expire", _forget),
    ("expire_all", _forget_all),
)


@pytest.mark.parametrize(("name", "look"), LOOKS, ids=[name for name, _ in LOOKS])
@pytest.mark.parametrize("by", ["object", "statement"])
def test_after_a_look_the_session_goes_on(
    engine: Engine, name: str, look: Callable[[Session, Any], object], by: str
) -> None:
    """Reading what was in doubt again settles it: nothing of it is sent again, and the next commit is another one."""
    del name
    with Session(engine) as session:
        loose = session.get_one(Loose, "l")
        if by == "object":
            loose.n = Loose.n + 1
        else:
            session.execute(update(Loose).where(Loose.id == "l").set(Loose.n, Loose.n + 1))
        lost(engine, session)
        look(session, loose)
        assert sent(engine)[-1].operation in {"GetItem", "BatchGetItem"}
        assert loose.n == 1
        before = writes(engine)
        session.commit()
        assert writes(engine) == before
        loose.n = Loose.n + 1
        session.commit()
    assert again(engine, Loose, "l").n == 2


def test_a_doubt_is_settled_by_a_consistent_read(engine: Engine) -> None:
    """What may be older than the write in doubt says nothing of it, so it is not read that way unless asked for."""
    with Session(engine) as session:
        loose, account = session.get_one(Loose, "l"), session.get_one(Account, "a")
        loose.n = 5
        account.note = "x"
        lost(engine, session)
        session.refresh(loose)
        assert sent(engine)[-1].params["ConsistentRead"] is True
        session.refresh_all([account, loose])
        assert all(
            request.params["RequestItems"][name]["ConsistentRead"] is True
            for request in sent(engine)[-2:]
            for name in request.params["RequestItems"]
        )
        session.refresh(loose, consistent_read=False)
        assert "ConsistentRead" not in sent(engine)[-1].params
        session.rollback()
        session.refresh(loose)
        assert "ConsistentRead" not in sent(engine)[-1].params


def test_a_delete_in_doubt_that_is_looked_at(engine: Engine) -> None:
    """Whether the item is there or not: the delete is over, and is not sent by a later commit."""
    engine.retry = None
    with Session(engine) as session:
        loose = session.get_one(Loose, "l")
        session.delete(loose)
        faulty(engine, "unavailable")
        with pytest.raises(OutcomeUnknown):
            session.commit()
        session.refresh(loose)
        assert session.deleted == []
        assert inspect(loose).status == "persistent"
        session.commit()
        assert session.get(Loose, "l") is loose
        session.delete(loose)
        lost(engine, session)
        with pytest.raises(NoResultFound):
            session.refresh(loose)
        assert loose not in session
        assert session.deleted == []
        before = writes(engine)
        session.commit()
        assert writes(engine) == before


def test_a_new_object_in_doubt_that_is_looked_at(engine: Engine) -> None:
    """refresh() of a new object in doubt finds it stored, or takes it out."""
    engine.retry = None
    with Session(engine) as session:
        there, missing = Account(id="there", note="x"), Account(id="missing")
        session.add(there)
        lost(engine, session)
        session.refresh(there)
        assert (inspect(there).status, session.new, there.version) == ("persistent", [], 1)
        there.note = "y"
        session.commit()
        session.add(missing)
        faulty(engine, "unavailable")
        with pytest.raises(OutcomeUnknown):
            session.commit()
        with pytest.raises(NoResultFound):
            session.refresh(missing)
        assert (inspect(missing).status, session.new) == ("transient", [])
        session.add(missing)
        session.commit()
    assert again(engine, Account, "there").note == "y"
    assert again(engine, Account, "missing").version == 1


def test_a_replacement_in_doubt_that_is_looked_at(engine: Engine) -> None:
    """Of a delete and an add of one key in doubt, nothing is left to be sent once the key was looked at."""
    with Session(engine) as session:
        old = session.get_one(Account, "a")
        session.delete(old)
        new = Account(id="a", note="new")
        session.add(new)
        lost(engine, session)
        session.refresh(new)
        assert (session.new, session.deleted, session.dirty) == ([], [], [])
        assert new in session
        assert old not in session
        assert (new.note, new.version) == ("new", 2)
        new.note = "newer"
        session.commit()
    assert again(engine, Account, "a").version == 3


def test_a_transaction_in_doubt_is_not_taken_apart(engine: Engine) -> None:
    """Of several writes in doubt none is left out because its object was looked at: the token makes it safe."""
    with Session(engine) as session:
        loose, account = session.get_one(Loose, "l"), session.get_one(Account, "a")
        loose.n = Loose.n + 1
        account.note = "x"
        lost(engine, session)
        session.refresh(loose)
        session.expire(account)
        session.commit()
        assert sent(engine)[-1].operation == "TransactWriteItems"
    assert again(engine, Loose, "l").n == 1
    assert again(engine, Account, "a").version == 2


# Objects that leave while in doubt


@pytest.mark.parametrize("how", ["expunge", "expunge_all", "gone"])
def test_an_object_that_left_while_in_doubt_stays_away(engine: Engine, how: str) -> None:
    """A commit that is repeated takes no object back, least of all out of another session."""
    with Session(engine) as one, Session(engine) as two:
        account, loose = one.get_one(Account, "a"), one.get_one(Loose, "l")
        account.note = "x"
        loose.n = 5
        lost(engine, one)
        if how == "expunge":
            one.expunge(account)
            two.add(account)
        elif how == "expunge_all":
            one.expunge_all()
        else:
            engine.execute(delete(Account).where(Account.id == "a"))
            with pytest.raises(NoResultFound):
                one.refresh(account)
        one.commit()
        assert account not in one
        assert (account in two) is (how == "expunge")
        assert one.dirty == []
        if how == "expunge":
            assert one.get(Account, "a") is not account
    assert again(engine, Loose, "l").n == 5


def test_a_lone_object_in_doubt_that_is_expunged(engine: Engine) -> None:
    """It takes its write with it: the session has nothing to send again."""
    with Session(engine) as session:
        loose = session.get_one(Loose, "l")
        loose.n = 5
        lost(engine, session)
        session.expunge(loose)
        before = writes(engine)
        session.commit()
        assert writes(engine) == before
        assert session.get(Loose, "l") is not loose


# Changes made while a statement is in doubt


def test_changes_made_while_a_put_statement_is_in_doubt(engine: Engine) -> None:
    """What was changed of the object since stays a change; what was not is what was put, containers in place."""
    with Session(engine, exactly_once=True) as session:
        doc = session.get_one(Doc, "d")
        tags = doc.tags
        session.execute(put(Doc).unconditional().values(id="d", text="put", tags={"put"}))
        lost(engine, session)
        doc.owner = "later"
        session.commit()
        assert session.dirty == [doc]
        assert (doc.text, doc.owner, doc.version) == ("put", "later", 1)
        assert doc.tags is tags
        assert tags == {"put"}
        tags.add("later")
        session.commit()
    found = again(engine, Doc, "d")
    assert (found.text, found.owner, found.tags, found.version) == ("put", "later", {"put", "later"}, 2)


def test_an_edit_in_place_while_a_put_statement_is_in_doubt(engine: Engine) -> None:
    """An edit in place counts as a change, too."""
    with Session(engine, exactly_once=True) as session:
        doc = session.get_one(Doc, "d")
        doc.tags.add("later")
        session.rollback()
        session.execute(put(Doc).unconditional().values(id="d", text="put", tags={"put"}))
        lost(engine, session)
        doc.tags.add("later")
        session.commit()
        assert session.dirty == [doc]
        session.commit()
    assert again(engine, Doc, "d").tags == {"later"}


def test_a_container_is_still_the_objects_after_a_put_statement(engine: Engine) -> None:
    """Whoever took a container before a statement put the item goes on editing the object's own."""
    with Session(engine) as session:
        doc = session.get_one(Doc, "d")
        tags = doc.tags
        session.execute(put(Doc).unconditional().values(id="d", tags={"put"}))
        session.commit()
        assert doc.tags is tags
        tags.add("later")
        session.commit()
    assert again(engine, Doc, "d").tags == {"put", "later"}


def test_changes_made_while_an_update_statement_is_in_doubt(engine: Engine) -> None:
    """An assignment replaces what the statement wrote; an edit in place stays one of what was read."""
    with Session(engine, exactly_once=True) as session:
        visit = session.get_one(Visit, ("/", 1))
        session.execute(
            update(Visit).where(Visit.page == "/", Visit.day == 1).set(Visit.count, 5).add(Visit.readers, {"it"})
        )
        lost(engine, session)
        visit.count = 7
        visit.readers.add("me")
        session.commit()
        assert session.dirty == [visit]
        session.commit()
    found = again(engine, Visit, ("/", 1))
    assert (found.count, found.readers) == (7, {"it", "me"})


def test_changes_made_while_a_delete_statement_is_in_doubt(engine: Engine) -> None:
    """A change of an item that turns out to be deleted is not dropped: its commit says that the item is missing."""
    with Session(engine, exactly_once=True) as session:
        loose = session.get_one(Loose, "l")
        session.execute(delete(Loose).where(Loose.id == "l"))
        lost(engine, session)
        loose.n = 7
        session.commit()
        assert session.dirty == [loose]
        with pytest.raises(ItemMissing):
            session.commit()
        session.rollback()
        with pytest.raises(NoResultFound):
            session.refresh(loose)
        assert loose not in session


def test_an_edit_in_doubt_that_can_not_be_stored(engine: Engine) -> None:
    """The commit that succeeded is taken over whole; the one after says what can't be stored."""
    with Session(engine, exactly_once=True) as session:
        account, other = session.get_one(Account, "a"), Account(id="b")
        account.note = "x"
        session.add(other)
        lost(engine, session)
        account.lines.append({"qty": object()})
        session.commit()
        assert (session.new, other.version, account.version) == ([], 1, 2)
        with pytest.raises(ValueNotStorable, match="lines"):
            session.commit()
        account.lines.pop()
        session.commit()
    assert again(engine, Account, "a").note == "x"


def test_an_interrupt_in_a_later_part_of_a_commit(engine: Engine) -> None:
    """What took effect before the interrupt is done; the part that was on its way is in doubt, the rest waits."""
    inner = engine.transport

    class Interrupted:
        """Ctrl-C while the second request is on its way."""

        seen = 0

        def send(self, request: Any, /) -> Any:
            """Carry a request, and interrupt the second."""
            self.seen += 1
            answer = inner.send(request)
            if self.seen == 2:
                raise KeyboardInterrupt
            return answer

        def close(self) -> None:
            """Nothing of its own."""

    with Session(engine, overflow="not_atomic") as session:
        added = [Account(id=f"many{number:03}") for number in range(250)]
        session.add_all(added)
        engine.transport = Interrupted()
        with pytest.raises(KeyboardInterrupt):
            session.commit()
        engine.transport = inner
        assert session.new == added[100:]
        assert added[0].version == 1
        first = len(sent(engine))
        session.commit()
        second, third, *more = sent(engine)[first - 1 :]
        assert second == third
        assert len(more) == 1
        assert (session.new, added[-1].version) == ([], 1)


@pytest.mark.parametrize("refused", ["query", "flush", "begin_nested"])
def test_an_async_session_refuses_by_name(refused: str) -> None:
    """As a session does."""
    from dynexpr.orm import AsyncSession

    assert not hasattr(AsyncSession, refused)
    session = AsyncSession.__new__(AsyncSession)
    with pytest.raises(Unsupported, match=f"session.{refused}"):
        getattr(session, refused)


# Commits that are repeated


def test_a_repeated_commit_does_not_take_its_own_work_for_a_lost_race(engine: Engine) -> None:
    """What was lost and is sent again meets its own write: still nobody can know, and StaleData would be a lie."""
    engine.retry = None
    with Session(engine) as session:
        account = session.get_one(Account, "a")
        account.note = "mine"
        faulty(engine, "lost", None, None)
        with pytest.raises(OutcomeUnknown):
            session.commit()
        with pytest.raises(OutcomeUnknown) as caught:
            session.commit()
        assert caught.value.item is not None
        assert caught.value.item["note"] == {"S": "mine"}
        first, second = (request for request in sent(engine) if request.operation == "UpdateItem")
        assert first == second
        session.refresh(account)
        assert account.note == "mine"
        account.note = "more"
        session.commit()
    assert again(engine, Account, "a").note == "more"


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
    with Session(engine, exactly_once=True) as session:
        visit = session.get_one(Visit, ("/", 1))
        visit.readers.add("me")
        lost(engine, session)
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


@pytest.mark.parametrize(
    "change",
    [lambda s, obj: s.add(obj, where=Loose.n == 1), lambda s, obj: s.put(obj, unconditional=True)],
    ids=["add", "put"],
)
def test_an_object_in_doubt_is_not_added_in_another_way(
    engine: Engine, change: Callable[[Session, Any], object]
) -> None:
    """What may have been inserted is not sent a second time, under another condition or over itself."""
    with Session(engine, exactly_once=True) as session:
        loose = Loose(id="new", n=1)
        session.add(loose)
        lost(engine, session)
        with pytest.raises(SessionError, match=r"nobody knows.*before it is added in another way"):
            change(session, loose)
        session.add(loose)  # says nothing else than before
        session.commit()
        assert (session.new, session.dirty) == ([], [])
        before = writes(engine)
        session.commit()
        assert writes(engine) == before
    assert again(engine, Loose, "new").version == 1


def test_a_statement_in_the_place_of_a_deleted_object_in_doubt(engine: Engine) -> None:
    """Sent again, it is the same: the object is gone, and the item is there."""
    with Session(engine, exactly_once=True) as session:
        old = session.get_one(Loose, "l")
        session.delete(old)
        session.execute(put(Loose).unconditional().values(id="l", n=5))
        lost(engine, session)
        session.commit()
        assert session.deleted == []
        assert old not in session
        assert session.get_one(Loose, "l").n == 5
