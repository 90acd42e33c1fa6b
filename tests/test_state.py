"""What stands behind an object: loaded lazily, changes found exactly, and after a commit what a reload would give."""

import enum
import gc
import weakref
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NotRequired, TypedDict
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given

from dynexpr.errors import ArgumentError, KeyChanged, MissingAttribute, UnloadedAttribute, ValueNotStorable
from dynexpr.expression.nodes import Arithmetic
from dynexpr.orm.changes import changes, item_of
from dynexpr.orm.declarative import DeclarativeBase
from dynexpr.orm.mapped import Mapped, mapped_column
from dynexpr.orm.mapping import identical, mapping_of
from dynexpr.orm.renewing import expired, filled, refreshed, rolled_back, written
from dynexpr.orm.state import is_loaded, key_item, key_of, load, state_of, unloaded_keys
from dynexpr.wire import Item, equal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LINE: dict[str, Any] = {"M": {"sku": {"S": "a"}, "qty": {"N": "1"}}}


class Base(DeclarativeBase):
    """The base of this file's models."""


class Level(enum.IntEnum):
    """Kept as numbers."""

    LOW = 1
    HIGH = 2


@dataclass
class Line:
    """A plain dataclass."""

    sku: str
    qty: int
    price: Decimal | None = None
    marks: set[str] | None = None


class Place(TypedDict):
    """A TypedDict."""

    city: str
    zip: NotRequired[str | None]


class Thing(Base):
    """A column of every kind."""

    id: Mapped[str] = mapped_column(partition_key=True)
    at: Mapped[datetime] = mapped_column(sort_key=True)
    name: Mapped[str]
    count: Mapped[int] = mapped_column(default=0)
    amount: Mapped[Decimal | None] = mapped_column(default=None)
    ratio: Mapped[float | None] = mapped_column(default=None)
    paid: Mapped[bool] = mapped_column(default=False)
    data: Mapped[bytes | None] = mapped_column(default=None)
    day: Mapped[date | None] = mapped_column(default=None)
    uid: Mapped[UUID | None] = mapped_column(default=None)
    level: Mapped[Level] = mapped_column(default=Level.LOW)
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    numbers: Mapped[set[int] | None] = mapped_column(default=None)
    lines: Mapped[list[Line]] = mapped_column(default_factory=list)
    places: Mapped[dict[str, Place]] = mapped_column(default_factory=dict)
    anything: Mapped[Any] = mapped_column(default=None)
    nothing: Mapped[str | None] = mapped_column(default=None, none_as="null")
    colour: Mapped[str] = mapped_column(default="red", missing="blue", omit_if=lambda value: value == "blue")
    options: Mapped[list[str]] = mapped_column(default_factory=list, missing=["a"])
    until: Mapped[datetime | None] = mapped_column(ttl=True, default=None)
    stored_as: Mapped[str] = mapped_column(name="s-a", default="x")
    version: Mapped[int] = mapped_column(version=True)
    changed: Mapped[datetime] = mapped_column(updated_at=True)


MINIMAL: Item = {"id": {"S": "t1"}, "at": {"S": "2026-11-22T12:00:00.000000Z"}, "name": {"S": "n"}}


def loaded(**stored: Any) -> Thing:
    """A loaded object with some more attributes, given on the wire by DynamoDB name."""
    return load(Thing, {**MINIMAL, **stored})


def told(thing: Thing) -> dict[str, tuple[Any, Any]]:
    """The changes of an object: Python name -> old and new wire value."""
    return {change.attribute.key: (change.old, change.new) for change in changes(thing)}


def test_loading_decodes_nothing() -> None:
    """A loaded object holds the item as it came, and decodes an attribute when it is first read."""
    item = dict(MINIMAL)
    thing = load(Thing, item)
    state = state_of(thing)
    assert state.stored is item
    assert state.status == "persistent"
    assert vars(thing) == {}
    assert thing.name == "n"
    assert vars(thing) == {"name": "n"}
    assert thing.at == NOW
    assert item == MINIMAL
    assert not state.handed


def test_absent_attributes() -> None:
    """Absent reads as missing=, None, or the empty set; of a required attribute it raises when it is read."""
    thing = load(Thing, {"id": {"S": "t1"}})
    assert thing.amount is None
    assert thing.tags == set()
    assert thing.numbers is None
    assert thing.colour == "blue"
    assert thing.options == ["a"]
    assert thing.anything is None
    with pytest.raises(
        MissingAttribute, match=r"Thing.name: the stored item lacks the attribute 'name', which is requi"
    ):
        _ = thing.name
    assert changes(thing) == ()
    thing.options.append("b")
    thing.tags.add("x")
    assert told(thing) == {"tags": (None, {"SS": ["x"]}), "options": (None, {"L": [{"S": "a"}, {"S": "b"}]})}
    assert loaded().options == ["a"]


def test_null_reads_as_none() -> None:
    """NULL is None, and None written back over it is no change."""
    thing = loaded(amount={"NULL": True}, nothing={"NULL": True}, name={"NULL": True})
    assert [thing.amount, thing.nothing, thing.name] == [None] * 3
    thing.amount = None
    thing.nothing = None
    assert changes(thing) == ()


def test_values_of_another_type_arrive() -> None:
    """A stored value of another type than declared is shown as it is, and left alone unless it is changed."""
    thing = loaded(name={"L": [{"S": "x"}]}, count={"S": "many"}, lines={"L": [{"S": "odd"}, LINE]}, tags={"L": []})
    untyped: Any = thing
    assert untyped.name == ["x"]
    assert untyped.count == "many"
    assert untyped.lines == ["odd", Line("a", 1)]
    assert untyped.tags == []
    assert changes(thing) == ()
    assert item_of(thing)["lines"] == {"L": [{"S": "odd"}, LINE]}
    untyped.name.append("y")
    with pytest.raises(ValueNotStorable, match=r"Thing.name: can't store \['x', 'y'\]: the attribute holds text"):
        changes(thing)
    untyped.name = "mended"
    assert told(thing) == {"name": ({"L": [{"S": "x"}]}, {"S": "mended"})}


def test_unread_attributes() -> None:
    """An attribute that was not asked for is unloaded: reading it says how to get it, writing it is a blind change."""
    thing = load(Thing, MINIMAL, frozenset({"id", "at", "name", "tags"}))
    assert thing.tags == set()
    with pytest.raises(UnloadedAttribute, match=r"Thing.count was not read with this object; session.refresh\(obj\)"):
        _ = thing.count
    assert not hasattr(thing, "amount")
    assert "count" in unloaded_keys(thing)
    assert not is_loaded(thing, mapping_of(thing).attributes["count"])
    thing.count = 3
    assert thing.count == 3
    assert "count" not in unloaded_keys(thing)
    (change,) = changes(thing)
    assert (change.old, change.new, change.loaded) == (None, {"N": "3"}, False)
    with pytest.raises(UnloadedAttribute, match="was loaded in part, so it can't be written as a whole"):
        item_of(thing)
    written(thing, {**MINIMAL, "count": {"N": "3"}})
    assert thing.count == 3
    with pytest.raises(UnloadedAttribute):
        _ = thing.amount


def assign(**values: Any) -> Any:
    """An act: assign these, in order."""

    def act(thing: Thing) -> None:
        for name, value in values.items():
            setattr(thing, name, value)

    return act


ODD = {"M": {**LINE["M"], "x": {"N": "1"}}}
TWO = {"M": {**LINE["M"], "qty": {"N": "2"}}}
PRICELESS = {"M": {**LINE["M"], "price": {"NULL": True}}}
CITY = {"city": {"S": "A"}}
CHANGES: list[tuple[str, Item, Any, dict[str, tuple[Any, Any]]]] = [
    ("same value", {}, assign(name="n"), {}),
    ("new value", {}, assign(name="m"), {"name": ({"S": "n"}, {"S": "m"})}),
    ("there and back", {}, lambda t: (assign(name="m")(t), assign(name="n")(t)), {}),
    ("equal number", {"amount": {"N": "12.50"}}, assign(amount=Decimal("12.5")), {}),
    ("equal int", {"amount": {"N": "5"}}, assign(amount=5), {}),
    ("None to absent", {"amount": {"N": "5"}}, assign(amount=None), {"amount": ({"N": "5"}, None)}),
    ("None where absent", {}, assign(amount=None), {}),
    ("None to NULL", {}, assign(nothing=None), {"nothing": (None, {"NULL": True})}),
    ("1 and True", {"anything": {"N": "1"}}, assign(anything=True), {"anything": ({"N": "1"}, {"BOOL": True})}),
    ("1 and '1'", {"anything": {"N": "1"}}, assign(anything="1"), {"anything": ({"N": "1"}, {"S": "1"})}),
    ("omitted", {"colour": {"S": "red"}}, assign(colour="blue"), {"colour": ({"S": "red"}, None)}),
    ("what missing= says", {}, assign(colour="blue"), {}),
    ("key to itself", {}, assign(at=NOW), {}),
    ("another offset", {"until": {"N": "1795348800.5"}}, assign(until=NOW), {}),
    ("read only", {"lines": {"L": [LINE]}, "tags": {"SS": ["b", "a"]}}, lambda t: (t.lines, t.tags, t.numbers), {}),
    ("set add", {"tags": {"SS": ["a"]}}, lambda t: t.tags.add("b"), {"tags": ({"SS": ["a"]}, {"SS": ["a", "b"]})}),
    ("set add what is there", {"tags": {"SS": ["b", "a"]}}, lambda t: t.tags.add("b"), {}),
    ("set emptied", {"tags": {"SS": ["a"]}}, lambda t: t.tags.clear(), {"tags": ({"SS": ["a"]}, None)}),
    ("empty set where absent", {}, assign(tags=set()), {}),
    ("numbers of a set", {"numbers": {"NS": ["1.0", "2"]}}, lambda t: t.numbers.add(2), {}),
    (
        "deep in a list",
        {"lines": {"L": [LINE]}},
        lambda t: setattr(t.lines[0], "qty", 2),
        {"lines": ({"L": [LINE]}, {"L": [TWO]})},
    ),
    (
        "undeclared entries of a line",
        {"lines": {"L": [LINE, ODD]}},
        lambda t: t.lines.pop(0),
        {"lines": ({"L": [LINE, ODD]}, {"L": [ODD]})},
    ),
    ("NULL inside a line, read", {"lines": {"L": [PRICELESS]}}, lambda t: t.lines, {}),
    ("another form inside anything", {"anything": {"M": {"a": {"N": "1.0"}}}}, lambda t: t.anything, {}),
    (
        "deep in a map",
        {"places": {"M": {"x": {"M": CITY}}}},
        lambda t: t.places["x"].update(zip=None),
        {"places": ({"M": {"x": {"M": CITY}}}, {"M": {"x": {"M": {**CITY, "zip": {"NULL": True}}}}})},
    ),
    (
        "two at once",
        {},
        assign(stored_as="y", count=1),
        {"count": (None, {"N": "1"}), "stored_as": (None, {"S": "y"})},
    ),
]


@pytest.mark.parametrize(("stored", "act", "expected"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_changes(stored: Item, act: Any, expected: dict[str, tuple[Any, Any]]) -> None:
    """What differs on the wire is a change, and nothing else; the stored item itself is never touched."""
    thing = loaded(**stored)
    act(thing)
    found = told(thing)
    assert found.keys() == expected.keys()
    for key, (old, new) in expected.items():
        assert found[key][0] == old
        assert (found[key][1] is None and new is None) or equal(found[key][1], new)
    assert state_of(thing).stored == {**MINIMAL, **stored}


def test_undeclared_attributes_survive() -> None:
    """What the model does not declare is no change, and is there when the item is written as a whole."""
    thing = loaded(legacy={"S": "x"})
    thing.count = 1
    assert list(told(thing)) == ["count"]
    assert item_of(thing) == {**MINIMAL, "legacy": {"S": "x"}, "count": {"N": "1"}}


def test_session_holds_what_may_change() -> None:
    """The session's hold gets an object that is changed, or whose container was read; not one that was only read."""
    held: set[Any] = set()
    thing = loaded(lines={"L": []})
    state_of(thing).session_hold = held
    assert thing.name == "n"
    assert thing.day is None
    assert not held
    assert thing.lines == []
    assert held == {thing}
    held.clear()
    thing.count = 5
    assert held == {thing}
    held.clear()
    thing.count = Thing.count + 1
    assert held == {thing}


def test_objects_are_weak() -> None:
    """Nothing but its user holds an object that was only read."""
    thing = loaded()
    reference = weakref.ref(thing)
    assert thing.name == "n"
    del thing
    gc.collect()
    assert reference() is None


def test_expressions() -> None:
    """An expression is kept as a change; its value is unloaded until a refresh."""
    thing = loaded(count={"N": "1"}, name={"S": "n"})
    assert thing.count == 1
    thing.count = Thing.count + 1
    with pytest.raises(UnloadedAttribute, match=r"Thing.count was assigned an expression: .* after the commit"):
        _ = thing.count
    (change,) = changes(thing)
    assert isinstance(change.expression, Arithmetic)
    assert (change.old, change.new, change.column.name) == ({"N": "1"}, None, "count")
    assert "count" in unloaded_keys(thing)
    with pytest.raises(UnloadedAttribute):
        item_of(thing)
    written(thing, {**MINIMAL, "count": {"N": "1"}})
    with pytest.raises(UnloadedAttribute, match=r"session.refresh\(obj\) reads the whole item"):
        _ = thing.count
    assert changes(thing) == ()
    assert thing.to_dict().get("count") is None
    thing.count = 7
    assert not changes(thing)[0].loaded
    written(thing, {**MINIMAL, "count": {"N": "7"}})
    assert thing.count == 7
    thing.count = Thing.count + 1
    thing.count = 8
    assert told(thing) == {"count": ({"N": "7"}, {"N": "8"})}
    thing.count = Thing.count + 1
    rolled_back(thing)
    assert thing.count == 7


def test_expressions_are_checked() -> None:
    """An expression of another type, or for a key, is refused on the user's line."""
    thing = loaded()
    with pytest.raises(ArgumentError, match=r"Thing.count holds a whole number \(int\); name is text"):
        thing.count = Thing.name  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(KeyChanged, match=r"Thing.id is part of the key, which an expression can't change"):
        thing.id = Thing.name
    with pytest.raises(ArgumentError, match="a new object takes values"):
        fresh().count = Thing.count + 1


def test_keys_of_stored_objects_stay() -> None:
    """Changing a key attribute of a stored object raises; of a new one it does not."""
    thing = loaded()
    with pytest.raises(KeyChanged, match=r"Thing.id is part of the key, .* make a new object .* and delete"):
        thing.id = "t2"
    assert thing.id == "t1"
    thing.at = NOW.astimezone()
    new = fresh()
    new.id = "t2"
    assert key_of(new) == (("S", "t2"), ("S", "2026-11-22T12:00:00.000000Z"))
    assert key_item(loaded()) == {"id": {"S": "t1"}, "at": {"S": "2026-11-22T12:00:00.000000Z"}}
    with pytest.raises(MissingAttribute, match=r"Thing.at has no value, and it is part of the key"):
        key_of(load(Thing, {"id": {"S": "x"}}))


def fresh(**values: Any) -> Thing:
    """A new object."""
    given: dict[str, Any] = {"id": "t1", "at": NOW, "name": "n", **values}
    return Thing(**given)


def test_item_of_new_objects() -> None:
    """A new item has defaults, and leaves out None, empty sets and what omit_if says; the commit adds its own."""
    thing = fresh(tags=set(), colour="blue")
    item = item_of(thing)
    assert item == {
        **MINIMAL,
        "count": {"N": "0"},
        "paid": {"BOOL": False},
        "level": {"N": "1"},
        "lines": {"L": []},
        "places": {"M": {}},
        "nothing": {"NULL": True},
        "options": {"L": []},
        "s-a": {"S": "x"},
    }
    with pytest.raises(MissingAttribute, match=r"Thing.version has no value yet: the commit sets it"):
        _ = thing.version
    assert changes(thing) == ()
    thing.version = 4
    assert item_of(thing)["version"] == {"N": "4"}
    untyped: Any = thing
    untyped.places["x"] = {"town": 1}
    assert item_of(thing)["places"] == {"M": {"x": {"M": {"town": {"N": "1"}}}}}
    untyped.lines.append(Line("a", untyped.places))
    with pytest.raises(ValueNotStorable, match=r"Thing.lines\[0\].qty: can't store {'x':"):
        item_of(thing)
    with pytest.raises(MissingAttribute, match=r"Thing.id has no value yet: assign one"):
        item_of(Thing.__new__(Thing))


def test_after_a_commit_values_are_what_a_reload_gives() -> None:
    """What was given as another type than a reload gives is decoded again; equal containers stay the same objects."""
    lines, tags = [Line("a", 1)], {"x"}
    thing = fresh(
        amount=5, lines=lines, tags=tags, anything=(1, 2), numbers={Decimal(1)}, until=NOW.replace(microsecond=5)
    )
    assert (type(thing.amount), thing.until) != (Decimal, NOW)
    written(thing, {**item_of(thing), "version": {"N": "1"}, "changed": {"S": "2026-11-22T12:00:00.000000Z"}})
    assert state_of(thing).status == "persistent"
    assert type(thing.amount) is Decimal
    assert thing.until == NOW
    assert thing.anything == [1, 2]
    assert {type(number) for number in thing.numbers or ()} == {int}
    assert thing.version == 1
    assert thing.lines is lines
    assert thing.tags is tags
    assert changes(thing) == ()
    tags.add("y")
    assert list(told(thing)) == ["tags"]


def test_kept_containers_are_held_again() -> None:
    """A container that outlives a commit is handed out anew: the session hears of it, and sees what changes."""
    thing = fresh(lines=[Line("a", 1)])
    written(thing, item_of(thing))
    held: set[Any] = set()
    state_of(thing).session_hold = held
    assert "lines" not in vars(thing)
    thing.lines[0].qty += 1
    assert held == {thing}
    assert list(told(thing)) == ["lines"]
    written(thing, item_of(thing))
    assert changes(thing) == ()
    assert thing.lines == [Line("a", 2)]


def test_rollback_restores() -> None:
    """A rollback drops what was assigned and what changed in place; a new object keeps its values."""
    thing = loaded(lines={"L": [LINE]}, tags={"SS": ["a"]})
    thing.name = "m"
    thing.lines[0].qty = 9
    thing.tags.clear()
    rolled_back(thing)
    assert (thing.name, thing.lines, thing.tags) == ("n", [Line("a", 1)], {"a"})
    assert changes(thing) == ()
    new = fresh(count=3)
    rolled_back(new)
    assert new.count == 3


def test_refresh_and_expire() -> None:
    """A refresh takes over a new item and drops changes; expired, only the key is left."""
    thing = loaded(count={"N": "1"})
    thing.count = 2
    refreshed(thing, {**MINIMAL, "count": {"N": "5"}})
    assert (thing.count, changes(thing)) == (5, ())
    expired(thing)
    assert thing.id == "t1"
    with pytest.raises(UnloadedAttribute):
        _ = thing.count
    refreshed(thing, MINIMAL)
    assert thing.name == "n"
    new = fresh()
    expired(new)
    assert new.name == "n"


def test_gaps_are_filled() -> None:
    """Another read fills what was not loaded, and touches nothing else."""
    thing = load(Thing, {**MINIMAL, "count": {"N": "1"}}, frozenset({"id", "at", "name", "count"}))
    thing.name = "mine"
    filled(
        thing, {**MINIMAL, "name": {"S": "theirs"}, "count": {"N": "2"}, "s-a": {"S": "y"}}, frozenset({"s-a", "day"})
    )
    assert (thing.name, thing.count, thing.stored_as, thing.day) == ("mine", 1, "y", None)
    with pytest.raises(UnloadedAttribute):
        _ = thing.amount
    filled(thing, {**MINIMAL, "amount": {"N": "3"}})
    assert thing.amount == 3
    assert list(told(thing)) == ["name"]
    before = state_of(thing).stored
    filled(thing, {"name": {"S": "other"}})
    assert state_of(thing).stored is before


def test_filling_what_only_dynamodb_knew() -> None:
    """An attribute an expression was assigned to is known again once it was read, be it absent."""
    thing = loaded(count={"N": "1"}, amount={"N": "1"})
    thing.count = Thing.count + 1
    thing.amount = Thing.amount.if_not_exists(Decimal(5))
    written(thing, {**MINIMAL, "count": {"N": "1"}, "amount": {"N": "1"}})
    filled(thing, {**MINIMAL, "count": {"N": "2"}}, frozenset({"count", "id", "at"}))
    assert thing.count == 2
    with pytest.raises(UnloadedAttribute):
        _ = thing.amount
    filled(thing, {**MINIMAL, "count": {"N": "9"}})
    assert (thing.count, thing.amount) == (2, None)


def test_repr_of_state() -> None:
    """A state says what it is."""
    assert repr(state_of(fresh())) == "<transient state>"
    assert repr(mapping_of(Thing)) == "<mapping of Thing>"
    assert repr(mapping_of(Thing).attributes["count"]) == "<attribute Thing.count>"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, True, False),
        (1, Decimal(1), False),
        ([1, "a"], [1, "a"], True),
        ([1], [True], False),
        ([1], [1, 2], False),
        ({"a": {1}}, {"a": {1}}, True),
        ({"a": {1}}, {"a": {Decimal(1)}}, False),
        ({"a": 1}, {"b": 1}, False),
        (Line("a", 1), Line("a", 1), True),
        (Line("a", 1), Line("a", True), False),
    ],
)
def test_identical(left: object, right: object, same: bool) -> None:
    """Identical is equal in value and type, all the way down."""
    assert identical(left, right) is same


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
NUMBERS = st.decimals(-(10**9), 10**9, places=3)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LINES = st.builds(
    Line, sku=TEXT, qty=st.integers(-9, 9), price=st.none() | NUMBERS, marks=st.none() | st.sets(TEXT, min_size=1)
)
PLACES = st.fixed_dictionaries({"city": TEXT}, optional={"zip": st.none() | TEXT})
PLAIN = st.recursive(
    TEXT | NUMBERS | st.booleans() | st.binary(max_size=3) | st.sets(TEXT, min_size=1, max_size=2),
    lambda inner: (
        st.lists(st.none() | inner, max_size=2) | st.dictionaries(TEXT.filter(bool), st.none() | inner, max_size=2)
    ),
    max_leaves=4,
)
VALUES = st.fixed_dictionaries(
    {"id": st.text("abc", min_size=1), "at": MOMENTS, "name": TEXT},
    optional={
        "count": st.integers(-(10**37), 10**37),
        "amount": st.none() | NUMBERS,
        "ratio": st.none() | st.floats(-1e9, 1e9).filter(lambda number: not number or abs(number) > 1e-100),
        "paid": st.booleans(),
        "data": st.none() | st.binary(max_size=5),
        "day": st.none() | st.dates(),
        "uid": st.none() | st.uuids(),
        "level": st.sampled_from(Level),
        "tags": st.sets(TEXT, max_size=3),
        "numbers": st.none() | st.sets(st.integers(-(10**37), 10**37), min_size=1, max_size=3),
        "lines": st.lists(LINES, max_size=3),
        "places": st.dictionaries(TEXT.filter(bool), PLACES, max_size=2),
        "anything": st.none() | PLAIN,
        "nothing": st.none() | TEXT,
        "colour": st.sampled_from(["red", "blue", ""]),
        "options": st.lists(TEXT, max_size=2),
        "until": st.none() | MOMENTS.map(lambda moment: moment.replace(microsecond=0)),
    },
)


@given(VALUES)
def test_object_to_item_to_object(values: dict[str, Any]) -> None:
    """A new object, written and loaded, has equal values; reading all of them changes nothing."""
    new = Thing(**values)
    item = item_of(new)
    thing = load(Thing, item)
    assert thing.to_dict() == new.to_dict()
    for key, value in values.items():
        assert getattr(thing, key) == value
    assert changes(thing) == ()
    assert item_of(thing) == item
    written(new, item)
    assert new.to_dict() == thing.to_dict()
    assert {key: type(value) for key, value in new.to_dict().items()} == {
        key: type(value) for key, value in thing.to_dict().items()
    }


@given(VALUES, VALUES)
def test_changes_lead_from_one_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    """The changes of an object that got other values lead from the stored item to the item of those values."""
    after = {**after, "id": before["id"], "at": before["at"]}
    stored = {**item_of(Thing(**before)), "legacy": {"S": "x"}}
    thing = load(Thing, stored)
    for key, value in after.items():
        setattr(thing, key, value)
    item = dict(stored)
    for change in changes(thing):
        assert change.new != change.old
        item.pop(change.column.name, None)
        if change.new is not None:
            item[change.column.name] = change.new
    goal = load(Thing, item)
    for key, value in after.items():
        assert getattr(goal, key) == value
    assert item["legacy"] == {"S": "x"}
    rolled_back(thing)
    assert item_of(thing) == stored


@dataclass
class Slotted:
    """A dataclass without room for what it does not declare."""

    __slots__ = ("a",)
    a: int


@dataclass(frozen=True)
class Frozen:
    """A frozen dataclass with a field its constructor does not take."""

    a: int
    twice: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", self.a * 2)


def test_dataclasses_of_all_kinds() -> None:
    """Slotted and frozen dataclasses are loaded too; the frozen one keeps what it does not declare."""

    class Holder(Base):
        id: Mapped[str] = mapped_column(partition_key=True)
        slotted: Mapped[Slotted]
        frozen: Mapped[Frozen]

    more = {"x": {"S": "y"}}
    item: Item = {
        "id": {"S": "h"},
        "slotted": {"M": {"a": {"N": "1"}, **more}},
        "frozen": {"M": {"a": {"N": "1"}, "twice": {"N": "5"}, **more}},
    }
    holder = load(Holder, item)
    assert (holder.slotted.a, holder.frozen.twice) == (1, 5)
    assert changes(holder) == ()
    assert item_of(holder) == item
    holder.slotted.a = 2
    (change,) = changes(holder)
    assert change.new == {"M": {"a": {"N": "2"}}}


def test_the_clock_of_times() -> None:
    """A datetime with another offset is the same instant on the wire."""
    thing = loaded()
    thing.at = NOW.astimezone(datetime.now().astimezone().tzinfo) + timedelta(0)
    assert changes(thing) == ()
