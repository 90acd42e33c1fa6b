"""Random histories of several sessions against a plain dictionary, with faults between.

The store always equals the dictionary; a commit that is known to have failed left no trace, none was applied twice, and
one whose outcome is unknown said so: with exactly_once there was none while the engine answered.
"""

import copy
import gc
import uuid
import weakref
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dynexpr import create_engine, delete, insert, update
from dynexpr.engine import Engine
from dynexpr.errors import (
    Conflict,
    DuplicateKey,
    DynexprError,
    ItemExists,
    ItemMissing,
    NoResultFound,
    OutcomeUnknown,
    StaleData,
    Throttled,
    TransactionCancelled,
    UnloadedAttribute,
)
from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column
from dynexpr.retry import RetryPolicy
from dynexpr.transports.faults import Fault, Faults, FaultyTransport
from dynexpr.wire import decode_item


class Base(DeclarativeBase):
    """The models of the machine."""


class Common(Base):
    """What they share."""

    __abstract__ = True
    id: Mapped[str] = mapped_column(partition_key=True)
    n: Mapped[int] = mapped_column(default=0)
    note: Mapped[str | None] = mapped_column(default=None)
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    lines: Mapped[list[int]] = mapped_column(default_factory=list)


class Versioned(Common):
    """Under a version."""

    version: Mapped[int] = mapped_column(version=True)


class Changed(Common):
    """Under the old values."""


class Loose(Common):
    """Under nothing."""

    __concurrency__ = "none"


MODELS: tuple[Any, ...] = (Versioned, Changed, Loose)
ATTRIBUTES = ("n", "note", "tags", "lines")
ATTEMPTS = 3
AMBIGUOUS = {"lost", "unavailable"}
EXPECTED = (ItemExists, ItemMissing, StaleData, TransactionCancelled, Throttled, Conflict)
COUNTED = object()
"""The value of an attribute that was assigned the expression `n + 1`."""
UNREAD = object()
"""The value of an attribute that only the store knows."""

Values = dict[str, Any]
Place = tuple[Any, str]


def fresh() -> Values:
    """A new item by its defaults."""
    return {"n": 0, "note": None, "tags": set(), "lines": [], "version": 1}


def copied(values: Values) -> Values:
    """The same values, containers apart; the markers stay themselves."""
    return {name: each if each is UNREAD or each is COUNTED else copy.deepcopy(each) for name, each in values.items()}


class Known:
    """An object, as the dictionary's side sees it."""

    def __init__(self, obj: Any, seen: Values | None, now: Values) -> None:
        self.obj = obj
        self.seen = seen
        """What it was read as; None for a new one."""
        self.now = now
        self.touched = False
        """Whether something mutable was handed out, or it was changed."""
        self.tags: set[str] | None = None
        """The object's own set, where somebody has it."""

    def changes(self) -> list[str]:
        """The attributes that differ from what was read."""
        assert self.seen is not None
        return [
            name for name in ATTRIBUTES if self.now[name] is not self.seen[name] and self.now[name] != self.seen[name]
        ]


class Side:
    """A session and what is expected of it."""

    def __init__(self, engine: Engine, *, exactly_once: bool) -> None:
        self.session = Session(engine, exactly_once=exactly_once)
        self.exactly_once = exactly_once
        self.objects: dict[Place, Known] = {}
        self.deleted: dict[Place, Known] = {}

    def new(self) -> dict[Place, Known]:
        """What the next commit inserts."""
        return {place: known for place, known in self.objects.items() if known.seen is None}

    def dirty(self) -> dict[Place, Known]:
        """What the next commit updates."""
        return {place: known for place, known in self.objects.items() if known.seen is not None and known.changes()}


def applied(store: dict[Place, Values], side: Side) -> dict[Place, Values] | None:
    """The store after a commit; None where it has to fail."""
    after = copy.deepcopy(store)
    for place, known in side.deleted.items():
        seen = known.seen or {}
        if place[0] is Versioned and (place not in store or store[place]["version"] != seen["version"]):
            return None
        after.pop(place, None)
    for place, known in side.new().items():
        if place in after:
            return None
        gone = side.deleted.get(place) if place[0] is Versioned else None
        version = 1 if gone is None or gone.seen is None else gone.seen["version"] + 1
        after[place] = {**copied(known.now), "version": version}  # what replaces an item counts on
    for place, known in side.dirty().items():
        if place not in store or not _written(place[0], known, store[place], after[place]):
            return None
    return after


def _written(model: Any, known: Known, stored: Values, after: Values) -> bool:
    assert known.seen is not None
    if model is Versioned:
        if stored["version"] != known.seen["version"]:
            return False
        after["version"] += 1
    for name in known.changes():
        old, new = known.seen[name], known.now[name]
        if new is COUNTED:
            after[name] = stored[name] + 1
        elif name == "tags" and old < new:
            after[name] = stored[name] | (new - old)
        elif name == "tags" and new < old:
            after[name] = stored[name] - (old - new)
        else:
            if model is Changed and old is not UNREAD and stored[name] != old:
                return False
            after[name] = copy.deepcopy(new)
    return True


def attempt(session: Session) -> DynexprError | None:
    """Commit, and what it raised."""
    try:
        session.commit()
    except DynexprError as error:
        return error.with_traceback(None)  # frames would hold the objects
    return None


SIDES = st.integers(0, 2)
PLACES = st.tuples(st.sampled_from(MODELS), st.sampled_from("ab"))
TAGS = st.sampled_from("xyz")
SMALL = st.integers(0, 3)
THEN = st.sampled_from(["again", "rollback", "look"])
FAULTS = st.lists(st.sampled_from(["throttle", "conflict", "unavailable", "lost"]), max_size=ATTEMPTS)


class Histories(RuleBasedStateMachine):
    """Three sessions and the outside world on one store; the third session sends everything exactly once."""

    url = "local://"

    @initialize()
    def begin(self) -> None:
        """An empty store."""
        retry = RetryPolicy(max_attempts=ATTEMPTS, initial_delay=0)
        self.engine = create_engine(self.url, table_prefix=f"m{uuid.uuid4().hex[:10]}-", retry=retry)
        Base.metadata.create_all(self.engine)
        self.store: dict[Place, Values] = {}
        for model in MODELS:
            self.somebody_else((model, "a"), "insert")
        self.sides = [Side(self.engine, exactly_once=number == 2) for number in range(3)]

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "engine"):
            Base.metadata.drop_all(self.engine)
            self.engine.close()

    def stored(self) -> dict[Place, Values]:
        """What is in the store."""
        found: dict[Place, Values] = {}
        for model in MODELS:
            name = self.engine.settings.name(model.__table__)
            for item in self.engine.send("Scan", TableName=name, ConsistentRead=True)["Items"]:
                values = decode_item(item)
                key = values.pop("id")
                found[model, key] = fresh() | values
        return found

    @invariant()
    def the_store_is_as_expected(self) -> None:
        """Nothing is in the store that nobody put there, and nothing is missing."""
        if hasattr(self, "store"):
            assert self.stored() == self.store

    @invariant()
    def objects_are_as_expected(self) -> None:
        """Each object holds what was read and done to it, and the sessions know which ones differ."""
        for side in getattr(self, "sides", ()):
            for known in side.objects.values():
                shown = known.obj.to_dict()
                expected = {name: value for name, value in known.now.items() if name in ATTRIBUTES}
                unread = {name for name, value in expected.items() if value is UNREAD or value is COUNTED}
                assert {name: shown.get(name) for name in expected.keys() - unread} == {
                    name: value for name, value in expected.items() if name not in unread
                }
                assert not unread & shown.keys()
            assert {id(obj) for obj in side.session.new} == {id(known.obj) for known in side.new().values()}
            assert {id(obj) for obj in side.session.dirty} == {id(known.obj) for known in side.dirty().values()}

    @rule(number=SIDES, place=PLACES, n=SMALL, tags=st.sets(TAGS, max_size=2))
    def add(self, number: int, place: Place, n: int, tags: set[str]) -> None:
        """Add an object; the session may have one of its key."""
        side = self.sides[number]
        obj = place[0](id=place[1], n=n, tags=set(tags))
        if place in side.objects:
            with pytest.raises(DuplicateKey):
                side.session.add(obj)
            return
        if place in side.deleted:
            return  # a delete and an add of one key: `replace`
        side.session.add(obj)
        side.objects[place] = Known(obj, None, {**fresh(), "n": n, "tags": tags})

    @rule(number=SIDES, place=PLACES)
    def get(self, number: int, place: Place) -> None:
        """Get an object: the one there is, or a new one of what is stored."""
        side = self.sides[number]
        found = side.session.get(*place)
        if place in side.objects:
            assert found is side.objects[place].obj
        elif place in side.deleted or place not in self.store:
            assert found is None
        else:
            assert found is not None
            seen = copy.deepcopy(self.store[place])
            side.objects[place] = Known(found, seen, copy.deepcopy(seen))

    def chosen(self, number: int, place: Place) -> Known | None:
        """An object of a session, got now if need be."""
        self.get(number, place)
        return self.sides[number].objects.get(place)

    @rule(number=SIDES, place=PLACES, value=st.one_of(SMALL, st.none()))
    def assign_number(self, number: int, place: Place, value: int | None) -> None:
        """Assign a number, or (None) an expression, which only stored objects take."""
        known = self.chosen(number, place)
        if known is None or (value is None and known.seen is None):
            return
        known.touched = True
        if value is None:
            known.obj.n = place[0].n + 1
            known.now["n"] = COUNTED
        else:
            known.obj.n = value
            known.now["n"] = value

    @rule(number=SIDES, place=PLACES, value=st.sampled_from([None, "p", "q"]))
    def assign_note(self, number: int, place: Place, value: str | None) -> None:
        """Assign text, or nothing."""
        known = self.chosen(number, place)
        if known is not None:
            known.obj.note = known.now["note"] = value
            known.touched = True

    @rule(number=SIDES, place=PLACES, tag=TAGS, how=st.sampled_from(["add", "discard", "assign"]))
    def change_tags(self, number: int, place: Place, tag: str, how: str) -> None:
        """Change a set in place, or assign another."""
        known = self.chosen(number, place)
        if known is None:
            return
        known.touched = True
        if how == "assign":
            known.tags = known.obj.tags = {tag}
            known.now["tags"] = {tag}
        else:
            if known.tags is None:
                known.tags = known.obj.tags
            getattr(known.tags, how)(tag)
            getattr(known.now["tags"], how)(tag)

    @rule(number=SIDES, place=PLACES, value=SMALL, how=st.sampled_from(["append", "pop", "first", "assign"]))
    def change_lines(self, number: int, place: Place, value: int, how: str) -> None:
        """Change a list in place, or assign another."""
        known = self.chosen(number, place)
        if known is None or (how in {"pop", "first"} and not known.now["lines"]):
            return
        known.touched = True
        if how == "assign":
            known.obj.lines = [value]
            known.now["lines"] = [value]
            return
        for lines in (known.obj.lines, known.now["lines"]):
            if how == "append":
                lines.append(value)
            elif how == "pop":
                lines.pop()
            else:
                lines[0] = value

    @rule(number=SIDES, place=PLACES)
    def delete(self, number: int, place: Place) -> None:
        """Delete an object, or take a new one back."""
        known = self.chosen(number, place)
        if known is None:
            return
        side = self.sides[number]
        side.session.delete(known.obj)
        del side.objects[place]
        if known.seen is not None:
            side.deleted[place] = known

    @rule(number=SIDES, place=PLACES, n=SMALL)
    def replace(self, number: int, place: Place, n: int) -> None:
        """Delete an object and add another of its key."""
        side = self.sides[number]
        if place not in side.deleted or place in side.objects:
            return
        obj = place[0](id=place[1], n=n)
        side.session.add(obj)
        side.objects[place] = Known(obj, None, {**fresh(), "n": n})

    @rule(number=SIDES, place=PLACES)
    def refresh(self, number: int, place: Place) -> None:
        """Read an object again; its changes are dropped."""
        side = self.sides[number]
        known = side.objects.get(place)
        if known is None or known.seen is None:
            return
        if place not in self.store:
            with pytest.raises(NoResultFound):
                side.session.refresh(known.obj)
            assert known.obj not in side.session
            del side.objects[place]
            return
        side.session.refresh(known.obj)
        known.seen = copy.deepcopy(self.store[place])
        known.now = copied(known.seen)
        known.touched = False
        known.tags = None

    @rule(number=SIDES, place=PLACES)
    def expunge(self, number: int, place: Place) -> None:
        """Take an object out, with its changes."""
        side = self.sides[number]
        known = side.objects.get(place)
        if known is not None:
            side.session.expunge(known.obj)
            assert known.obj not in side.session
            del side.objects[place]

    @rule(number=SIDES, place=PLACES)
    def forget(self, number: int, place: Place) -> None:
        """Drop the last reference: the session holds an object that may have changed, and no other."""
        side = self.sides[number]
        known = side.objects.get(place)
        if known is None or known.seen is None:
            return
        still_there = weakref.ref(known.obj)
        known.obj = None
        gc.collect()
        if known.touched:
            known.obj = still_there()
            assert known.obj is not None
        else:
            assert still_there() is None
            del side.objects[place]

    @rule(place=PLACES, how=st.sampled_from(["insert", "count", "tag", "delete"]))
    def somebody_else(self, place: Place, how: str) -> None:
        """A statement of somebody else's."""
        model, key = place
        there = place in self.store
        if how == "insert" and not there:
            self.engine.execute(insert(model).values(id=key))
            self.store[place] = fresh()
        elif how == "delete" and there:
            self.engine.execute(delete(model).where(model.id == key))
            del self.store[place]
        elif how in {"count", "tag"} and there:
            statement = update(model).where(model.id == key)
            if how == "count":
                self.engine.execute(statement.set(model.n, model.n + 1))
                self.store[place]["n"] += 1
            else:
                self.engine.execute(statement.add(model.tags, {"z"}))
                self.store[place]["tags"].add("z")
            if model is Versioned:
                self.store[place]["version"] += 1

    @rule(number=SIDES)
    def rollback(self, number: int) -> None:
        """Drop what was not committed."""
        side = self.sides[number]
        side.session.rollback()
        self.rolled_back(side)

    def rolled_back(self, side: Side) -> None:
        """What is expected after a rollback."""
        side.objects = {place: known for place, known in side.objects.items() if known.seen is not None} | side.deleted
        side.deleted = {}
        for known in side.objects.values():
            known.now = copied(known.seen or {})
            known.touched = False
            known.tags = None

    @rule(
        number=SIDES,
        place=PLACES,
        value=SMALL,
        what=st.sampled_from(["number", "tag", "line"]),
        fault=st.sampled_from(["lost", "unavailable"]),
        then=THEN,
    )
    def commit_one(self, number: int, place: Place, value: int, what: str, fault: Fault, then: str) -> None:
        """Commit a lone edit, whose answer gets lost."""
        self.rollback(number)
        self.commit(number, [(place, value, what)], [fault], then=then)

    @rule(number=SIDES, place=PLACES, value=SMALL, other=PLACES)
    def commit_two(self, number: int, place: Place, value: int, other: Place) -> None:
        """Commit two edits without a fault."""
        self.commit(number, [(place, value, "number"), (other, value, "tag")], [], then="rollback")

    @rule(
        number=SIDES,
        edits=st.lists(
            st.tuples(PLACES, SMALL, st.sampled_from(["number", "tag", "line", "else"])), min_size=1, max_size=4
        ),
        script=FAULTS,
        then=THEN,
    )
    def commit(self, number: int, edits: list[tuple[Place, int, str]], script: list[Fault], then: str) -> None:
        """Commit some edits while faults happen; where the outcome is unknown, roll back, look, or commit again."""
        side = self.sides[number]
        for place, value, what in edits:
            if what == "number":
                self.assign_number(number, place, value or None)
            elif what == "tag":
                self.change_tags(number, place, "xyz"[value % 3], "add" if value else "discard")
            elif what == "line":
                self.change_lines(number, place, value, "first" if value % 2 else "append")
            else:
                self.somebody_else(place, "count" if value % 2 else "tag")
        after = applied(self.store, side)
        writes = len(side.deleted.keys() | side.new().keys() | side.dirty().keys())
        faults = Faults(script=script)
        inner = self.engine.transport
        self.engine.transport = FaultyTransport(inner, faults)
        failure = attempt(side.session)
        self.engine.transport = inner
        if failure is None:
            assert after is not None, "a commit went through that should have failed"
            self.store = after
            self.settled(side)
        elif isinstance(failure, OutcomeUnknown):
            assert {fault for _, fault in faults.happened} & AMBIGUOUS
            if writes > 1 or side.exactly_once:
                assert len(faults.happened) >= ATTEMPTS, "the engine answered, so the outcome was known"
            self.resolve(side, after, writes, then=then)
        else:
            assert self.stored() == self.store, f"a failed commit left a trace: {failure}"
            if after is None:
                assert isinstance(failure, EXPECTED)
            else:
                assert len(faults.happened) >= ATTEMPTS, f"it should have gone through: {failure}"
            if then != "again":
                self.rollback(number)

    def settled(self, side: Side) -> None:
        """What is expected after a commit."""
        side.deleted = {}
        for place, known in side.objects.items():
            if known.seen is None:
                known.seen = {**known.now, "version": self.store[place]["version"]}
            elif known.changes():
                known.seen = {**known.now, "version": known.seen["version"] + (place[0] is Versioned)}
            if known.now["n"] is COUNTED:
                known.seen["n"] = UNREAD
            known.seen = copied(known.seen)
            known.now = copied(known.seen)
            known.touched = False

    def resolve(self, side: Side, after: dict[Place, Values] | None, writes: int, *, then: str) -> None:
        """After an unknown outcome: the store is as before or as after; find out, or send the same again."""
        found = self.stored()
        assert found in (self.store, after)
        known_to_have_failed = False
        if then == "again":
            failure = attempt(side.session)
            if failure is None:
                assert after is not None
                assert self.stored() == after
                self.store = after
                self.settled(side)
                return
            if isinstance(failure, OutcomeUnknown):
                assert writes == 1
                assert not side.exactly_once
                assert self.stored() == found
            else:
                assert after is None
                assert self.stored() == self.store
                known_to_have_failed = True
        self.store = self.stored()
        if writes == 1 and (then == "look" or (then == "again" and not known_to_have_failed)) and self.look(side):
            return
        doubtful = side.deleted | side.dirty()
        side.session.rollback()
        self.rolled_back(side)
        if known_to_have_failed:
            return
        for place in doubtful.keys() & side.objects.keys():
            known = side.objects[place]
            with pytest.raises(UnloadedAttribute):
                _ = known.obj.n
            if place in self.store:
                side.session.refresh(known.obj)
                known.seen = copy.deepcopy(self.store[place])
                known.now = copied(known.seen)
                known.tags = None
            else:
                side.session.expunge(known.obj)
                del side.objects[place]

    def look(self, side: Side) -> bool:
        """Refresh the one object that was in doubt, which settles it; not of one that stands in for a deleted one."""
        doubtful = side.deleted | side.new() | side.dirty()
        (place,) = doubtful
        known = doubtful[place]
        if place in side.deleted and place in side.objects:
            return False
        side.deleted.pop(place, None)
        side.objects.pop(place, None)
        if place in self.store:
            side.session.refresh(known.obj)
            seen = copy.deepcopy(self.store[place])
            side.objects[place] = Known(known.obj, seen, copied(seen))
        else:
            with pytest.raises(NoResultFound):
                side.session.refresh(known.obj)
            assert known.obj not in side.session
        assert not side.session.deleted
        assert attempt(side.session) is None, "there was nothing left to write"
        for other in side.objects.values():
            other.touched = False  # that was a commit: what was handed out before is not held any more
        return True


def run_machine(url: str, *, examples: int, steps: int) -> None:
    """Run the machine against an engine."""
    machine = type("Histories", (Histories,), {"url": url})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    )


def test_histories(request: pytest.FixtureRequest) -> None:
    """On the embedded engine."""
    long, ci = request.config.getoption("--long"), request.config.getoption("--ci")
    run_machine("local://", examples=2_000 if long else 200 if ci else 15, steps=60 if long or ci else 30)


@pytest.mark.engine
@pytest.mark.ci
def test_histories_on_dynamodb_local(dynamodb_local_endpoint: str, request: pytest.FixtureRequest) -> None:
    """On DynamoDB Local, with fewer histories."""
    url = f"dynamodb://us-east-1/?endpoint_url={dynamodb_local_endpoint}"
    run_machine(url, examples=300 if request.config.getoption("--long") else 40, steps=40)
