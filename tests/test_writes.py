"""What does each kind of change send?  The text of update and condition, values in place."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from dynexpr import check, delete, insert, put, update
from dynexpr.errors import (
    ArgumentError,
    DuplicateKey,
    KeyRequired,
    MissingAttribute,
    UnloadedAttribute,
    ValueNotStorable,
)
from dynexpr.orm import DeclarativeBase, Mapped, mapped_column
from dynexpr.orm.calls import Added, Deleted, Executed, Required
from dynexpr.orm.state import load
from dynexpr.orm.unit_of_work import Unit, plan_commit
from dynexpr.wire import Item
from dynexpr.writes import write_of

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
TIME = "2026-01-02T12:00:00.000000Z"


class Base(DeclarativeBase):
    """The models of this file."""


@dataclass
class Line:
    """Lies inside a list or a map."""

    sku: str
    qty: int = 1


class Common(Base):
    """An attribute of each kind."""

    __abstract__ = True
    id: Mapped[str] = mapped_column(partition_key=True)
    n: Mapped[int] = mapped_column(default=0)
    note: Mapped[str | None] = mapped_column(default=None)
    null: Mapped[str | None] = mapped_column(default=None, none_as="null")
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    lines: Mapped[list[Line]] = mapped_column(default_factory=list)
    info: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)


class Versioned(Common):
    """Under a version."""

    version: Mapped[int] = mapped_column(version=True)


class Changed(Common):
    """Under the old values."""


class Loose(Common):
    """Under nothing but that it exists; with all that a commit sets by itself."""

    __concurrency__ = "none"
    version: Mapped[int] = mapped_column(version=True)
    made: Mapped[datetime] = mapped_column(created_at=True, missing=None)
    changed: Mapped[int] = mapped_column(updated_at=True, missing=0)
    host: Mapped[str | None] = mapped_column(onupdate=lambda: "here", default=None)


ITEM: Item = {
    "id": {"S": "a"},
    "n": {"N": "1"},
    "note": {"S": "x"},
    "tags": {"SS": ["s", "t"]},
    "lines": {"L": [{"M": {"sku": {"S": "p"}, "qty": {"N": "1"}, "old": {"S": "kept"}}}, {"M": {"sku": {"S": "q"}}}]},
    "info": {"M": {"a": {"N": "1"}, "deep": {"M": {"b": {"S": "x"}}}}},
}


def stored(model: Any, *, names: frozenset[str] | None = None) -> Any:
    """An object as it was read, whole or in part."""
    item = ITEM if model is Changed else {**ITEM, "version": {"N": "3"}}
    return load(model, item if names is None else {name: item[name] for name in names & item.keys()}, names)


def planned(*calls: Any, touched: Any = ()) -> tuple[Unit, ...]:
    """The writes of a commit."""
    return plan_commit(calls, list(touched), lambda: NOW)


V = "version = 4"
U = "version = 3"
E = "attribute_exists(id)"
COUNTED = "version = if_not_exists(version, 0) + 1"
LIST = 'lines = [{"old": "kept", "qty": 1, "sku": "p"}, {"sku": "q"}]'


def _two(obj: Any) -> None:
    obj.n = 2
    obj.tags.add("u")


def _pop(name: str) -> Callable[[Any], object]:
    return lambda obj: obj.info.pop(name)


CHANGES: list[tuple[str, type[Common], Callable[[Any], object], str, str]] = [
    # Under a version: just what differs, places inside included; the condition is the version.
    ("number", Versioned, lambda o: setattr(o, "n", 2), f"SET n = 2, {V}", U),
    ("text", Versioned, lambda o: setattr(o, "note", "y"), f'SET note = "y", {V}', U),
    ("None", Versioned, lambda o: setattr(o, "note", None), f"REMOVE note SET {V}", U),
    ("NULL", Versioned, lambda o: setattr(o, "null", None), f"SET null = NULL, {V}", U),
    ("expression", Versioned, lambda o: setattr(o, "n", Versioned.n - 5), f"SET n = n - 5, {V}", U),
    ("set, added", Versioned, lambda o: o.tags.add("u"), f'ADD tags {{"u"}} SET {V}', U),
    ("set, taken", Versioned, lambda o: o.tags.discard("s"), f'DELETE tags {{"s"}} SET {V}', U),
    ("set, both", Versioned, lambda o: setattr(o, "tags", {"s", "u"}), f'SET tags = {{"s", "u"}}, {V}', U),
    ("set, emptied", Versioned, lambda o: o.tags.clear(), f'DELETE tags {{"s", "t"}} SET {V}', U),
    ("list, inside", Versioned, lambda o: setattr(o.lines[0], "qty", 5), f"SET lines[0].qty = 5, {V}", U),
    (
        "list, appended", Versioned, lambda o: o.lines.append(Line("r")),
        f'SET lines[2] = {{"qty": 1, "sku": "r"}}, {V}', U,
    ),
    ("list, shortened", Versioned, lambda o: o.lines.pop(), f"REMOVE lines[1] SET {V}", U),
    ("list, shifted", Versioned, lambda o: o.lines.pop(0), f'SET lines = [{{"qty": 1, "sku": "q"}}], {V}', U),
    ("map, inside", Versioned, lambda o: o.info["deep"].update(b="y"), f'SET info.deep.b = "y", {V}', U),
    ("map, new", Versioned, lambda o: o.info.update(c=1), f"SET info.c = 1, {V}", U),
    ("map, less", Versioned, _pop("a"), f"REMOVE info.a SET {V}", U),
    ("two", Versioned, _two, f'SET n = 2, {V} ADD tags {{"u"}}', U),
    # Under the old values of what changed; what commutes needs none.
    ("number", Changed, lambda o: setattr(o, "n", 2), "SET n = 2", f"{E} AND n = 1"),
    ("None", Changed, lambda o: setattr(o, "note", None), "REMOVE note", f'{E} AND note = "x"'),
    ("was absent", Changed, lambda o: setattr(o, "null", "z"), 'SET null = "z"', f"{E} AND attribute_not_exists(null)"),
    ("expression", Changed, lambda o: setattr(o, "n", Changed.n + 5), "SET n = n + 5", E),
    ("set, added", Changed, lambda o: o.tags.add("u"), 'ADD tags {"u"}', E),
    ("set, taken", Changed, lambda o: o.tags.discard("s"), 'DELETE tags {"s"}', E),
    (
        "set, both", Changed, lambda o: setattr(o, "tags", {"s", "u"}),
        'SET tags = {"s", "u"}', f'{E} AND tags = {{"s", "t"}}',
    ),
    ("list, inside", Changed, lambda o: setattr(o.lines[0], "qty", 5), "SET lines[0].qty = 5", f"{E} AND {LIST}"),
    (
        "map, inside", Changed, lambda o: o.info["deep"].update(b="y"),
        'SET info.deep.b = "y"', f'{E} AND info.deep.b = "x"',
    ),
    (
        "map, new", Changed, lambda o: o.info["deep"].update(c=1),
        "SET info.deep.c = 1", f"{E} AND attribute_exists(info.deep) AND attribute_not_exists(info.deep.c)",
    ),
    ("map, less", Changed, _pop("a"), "REMOVE info.a", f"{E} AND info.a = 1"),
    # Under nothing: containers whole, the version counted by DynamoDB, times and onupdate set.
    (
        "number", Loose, lambda o: setattr(o, "n", 2),
        f'SET n = 2, {COUNTED}, changed = 1767355200, host = "here"', E,
    ),
    (
        "map, inside", Loose, lambda o: o.info["deep"].update(b="y"),
        f'SET info = {{"a": 1, "deep": {{"b": "y"}}}}, {COUNTED}, changed = 1767355200, host = "here"', E,
    ),
    (
        "onupdate, said otherwise", Loose, lambda o: setattr(o, "host", "there"),
        'SET host = "there", version = if_not_exists(version, 0) + 1, changed = 1767355200', E,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "change", "sent", "condition"),
    [row[1:] for row in CHANGES],
    ids=[f"{row[1].__name__}, {row[0]}" for row in CHANGES],
)
def test_changes_of_an_object(model: Any, change: Callable[[Any], object], sent: str, condition: str) -> None:
    """A change of an object is the smallest update, under the model's kind of condition."""
    obj = stored(model)
    change(obj)
    (unit,) = planned(touched=[obj])
    assert str(unit.write.update) == sent
    assert str(unit.write.whole_condition) == condition


def test_no_change_is_no_write() -> None:
    """What was read, and what was assigned the value it had, is not written."""
    obj = stored(Versioned)
    obj.n, obj.tags = 1, {"t", "s"}
    assert obj.lines[0].sku == "p"
    assert planned(touched=[obj]) == ()


def test_many_places_are_one_value() -> None:
    """More than a dozen places of one attribute are written as one value."""
    obj = stored(Versioned)
    obj.info.update({f"k{number}": number for number in range(13)})
    (unit,) = planned(touched=[obj])
    assert str(unit.write.update).startswith('SET info = {"a": 1')


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        (lambda o: setattr(o, "tags", {"u"}), f'SET tags = {{"u"}}, {V}'),
        (lambda o: setattr(o, "info", {"z": 1}), f'SET info = {{"z": 1}}, {V}'),
        (lambda o: setattr(o, "note", None), f"REMOVE note SET {V}"),
    ],
    ids=["set", "map", "None"],
)
def test_what_was_not_read_is_written_whole(change: Callable[[Any], object], sent: str) -> None:
    """An attribute that was not read is replaced by what it was assigned, under the version."""
    obj = stored(Versioned, names=frozenset({"id", "version"}))
    change(obj)
    (unit,) = planned(touched=[obj])
    assert (str(unit.write.update), str(unit.write.whole_condition)) == (sent, U)


KEY = Versioned.id == "a"
STATEMENTS: list[tuple[str, Any, str, str | None, str | None]] = [
    ("insert", insert(Changed).values(id="a"), "put", None, "attribute_not_exists(id)"),
    (
        "insert, where", insert(Changed).values(id="a").where(Changed.n > 1),
        "put", None, "attribute_not_exists(id) AND n > 1",
    ),
    ("put", put(Changed).values(id="a"), "put", None, None),
    ("put, unconditional", put(Versioned).unconditional().values(id="a"), "put", None, None),
    ("put, where", put(Versioned).values(id="a").where(Versioned.version == 3), "put", None, "version = 3"),
    (
        "update", update(Versioned).where(KEY).values(n=2),
        "update", "SET n = 2, version = if_not_exists(version, 0) + 1", E,
    ),
    (
        "update, version", update(Versioned).where(KEY, Versioned.version == 3).set(Versioned.n, Versioned.n + 1),
        "update", "SET n = n + 1, version = if_not_exists(version, 0) + 1", f"{E} AND version = 3",
    ),
    (
        "update, all", update(Changed).where(Changed.id == "a").set(Changed.lines[0]["qty"], 5).add(Changed.tags, {"u"})
        .delete(Changed.tags, {"t"}).remove(Changed.note),
        "update", 'SET lines[0].qty = 5 ADD tags {"u"} DELETE tags {"t"} REMOVE note', E,
    ),
    ("update, None", update(Changed).where(Changed.id == "a").values(note=None, null=None), "update",
     "REMOVE note SET null = NULL", E),
    (
        "upsert", update(Loose).where(Loose.id == "a").add(Loose.n, 1).upsert(),
        "update",
        f'ADD n 1 SET {COUNTED}, made = if_not_exists(made, "{TIME}"), changed = 1767355200, host = "here"',
        None,
    ),
    ("delete", delete(Versioned).where(KEY), "delete", None, None),
    ("delete, must exist", delete(Changed).where(Changed.id == "a").must_exist(), "delete", None, E),
    ("delete, where", delete(Changed).where(Changed.id == "a", Changed.n == 1), "delete", None, "n = 1"),
    ("check", check(Changed, "a").where(Changed.n == 1), "check", None, "n = 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "kind", "sent", "condition"), [row[1:] for row in STATEMENTS], ids=[row[0] for row in STATEMENTS]
)
def test_statements(statement: Any, kind: str, sent: str | None, condition: str | None) -> None:
    """A statement is one write of one item, under what its kind asks for and what where() says besides."""
    write = write_of(statement, lambda: NOW)
    assert write.kind == kind
    assert (None if write.update is None else str(write.update)) == sent
    assert (None if write.whole_condition is None else str(write.whole_condition)) == condition
    assert write.key == {"id": {"S": "a"}}


def test_new_items_are_filled() -> None:
    """A new item has its defaults, version and times, be it from an object or from a statement."""
    (unit,) = planned(Added(Loose(id="a")))
    expected = {
        "id": {"S": "a"}, "n": {"N": "0"}, "null": {"NULL": True}, "lines": {"L": []}, "info": {"M": {}},
        "version": {"N": "1"}, "made": {"S": TIME}, "changed": {"N": "1767355200"},
    }  # fmt: skip
    assert unit.write.item == expected
    assert write_of(insert(Loose).values(id="a"), lambda: NOW).item == expected
    assert str(unit.write.whole_condition) == "attribute_not_exists(id)"


PAIRS: list[tuple[str, Callable[[], list[Any]], str, str | None]] = [
    ("delete and add", lambda: [Deleted(stored(Versioned)), Added(Versioned(id="a"))], "put", U),
    ("require and change", lambda: [Required(stored(Versioned), Versioned.n > 0)], "update", f"{U} AND n > 0"),
    ("require twice", lambda: [Required(stored(Changed), Changed.n > 0), Required(stored(Changed), Changed.n < 9)],
     "check", "n > 0 AND n < 9"),
    ("check and delete", lambda: [Executed(check(Versioned, "a").where(Versioned.n == 1)), Deleted(stored(Versioned))],
     "delete", f"{U} AND n = 1"),
]  # fmt: skip


@pytest.mark.parametrize(("calls", "kind", "condition"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS])
def test_several_calls_about_one_item_are_one_write(
    calls: Callable[[], list[Any]], kind: str, condition: str | None
) -> None:
    """DynamoDB takes one action per item: what is said of one item is joined, conditions included."""
    made = calls()
    touched = []
    if kind == "update":
        touched = [made[0].obj]
        touched[0].n = 5
    (unit,) = planned(*made, touched=touched)
    assert unit.write.kind == kind
    assert str(unit.write.whole_condition) == condition
    assert len(unit.calls) == len(made)


def test_order_is_the_users() -> None:
    """Writes keep the order of the calls; changed objects follow."""
    calls = [Added(Changed(id=key)) for key in "zmb"]
    changed = stored(Versioned)
    changed.n = 7
    units = planned(*calls, Executed(delete(Changed).where(Changed.id == "c")), touched=[changed])
    assert [unit.write.key["id"]["S"] for unit in units] == ["z", "m", "b", "c", "a"]


REFUSED: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    ("two updates", lambda: planned(
        Executed(update(Changed).where(Changed.id == "a").values(n=1)),
        Executed(update(Changed).where(Changed.id == "a").values(n=2))), DuplicateKey, "written twice in one commit"),
    ("update and change", lambda: planned(
        Executed(update(Versioned).where(KEY).values(n=1)), touched=[_changed()]), DuplicateKey, "commit in between"),
    ("version not read", lambda: planned(touched=[_changed(frozenset({"id"}))]), UnloadedAttribute, "session.refresh"),
    ("no key", lambda: write_of(update(Changed).values(n=1), lambda: NOW), KeyRequired, "id is missing"),
    ("a list of keys", lambda: write_of(delete(Changed).where(Changed.id.in_(["a"])), lambda: NOW),
     KeyRequired, "id is"),
    ("nothing given", lambda: write_of(insert(Changed), lambda: NOW), MissingAttribute, "id must have a value"),
    ("a key of None", lambda: insert(Changed).values(id=None), ValueNotStorable, "Changed.id"),
    ("an empty key", lambda: insert(Changed).values(id=""), ValueNotStorable, "must not be empty"),
    ("versioned put", lambda: write_of(put(Versioned).values(id="a"), lambda: NOW), ArgumentError, "unconditional"),
    ("empty check", lambda: write_of(check(Changed, "a"), lambda: NOW), ArgumentError, "checks nothing"),
    ("no write", lambda: write_of("DELETE", lambda: NOW), ArgumentError, "is no write"),
]  # fmt: skip


def _changed(names: frozenset[str] | None = None) -> Any:
    obj = stored(Versioned, names=names)
    obj.n = 9
    return obj


@pytest.mark.parametrize(("write", "error", "told"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(write: Callable[[], Any], error: type[Exception], told: str) -> None:
    """What one transaction can't hold, or nobody can mean, is refused before anything is sent."""
    with pytest.raises(error, match=told):
        write()
