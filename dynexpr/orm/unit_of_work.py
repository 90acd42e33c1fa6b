"""What does a commit write?  Pure: objects and statements in, writes out; nothing is sent, nothing changed here.

A new object is put if its key is free, a changed one updated by what changed, under its version or the old values, and
a deleted one deleted. Everything keeps the order of the user's calls.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from dynexpr.errors import DuplicateKey
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import Action, Compare, Condition, Record, Test, Update, Value, conjunction, node
from dynexpr.orm.state import Change, changes, item_of, key_item, state_of
from dynexpr.tables import Column, Table, stored
from dynexpr.wire import Item, Wire, freeze
from dynexpr.writes import Clock, Write, exists, filled, moment, not_exists, show_key, write_of

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase

_SETS: Final = frozenset({"SS", "NS", "BS"})


@node
class Unit(Record):
    """One write of a commit, and what its object holds afterwards."""

    write: Write
    obj: "DeclarativeBase | None" = None
    after: Item | None = None
    """The stored item once it is written; None for a delete and for a statement."""


@node
class Added(Record):
    """An object given to session.add()."""

    obj: "DeclarativeBase"


@node
class Deleted(Record):
    """An object given to session.delete()."""

    obj: "DeclarativeBase"


@node
class Executed(Record):
    """A statement given to session.execute()."""

    statement: Any


Call = Added | Deleted | Executed


def plan_commit(calls: Sequence[Call], touched: Sequence["DeclarativeBase"], clock: Clock) -> tuple[Unit, ...]:
    """The writes of a commit: the user's calls in their order, then the objects that changed.

    Raises DuplicateKey where two of them are about one item.
    """
    units: dict[tuple[str, Any], Unit] = {}
    for call in calls:
        if isinstance(call, Added):
            _join(units, new_unit(call.obj, clock))
        elif isinstance(call, Deleted):
            _join(units, delete_unit(call.obj))
        else:
            _join(units, Unit(write_of(call.statement, clock)))
    gone = {id(call.obj) for call in calls if isinstance(call, Added | Deleted)}
    for obj in touched:
        if id(obj) not in gone:
            unit = change_unit(obj, clock)
            if unit is not None:
                _join(units, unit)
    return tuple(units.values())


def _join(units: dict[tuple[str, Any], Unit], unit: Unit) -> None:
    write = unit.write
    place = (write.table.name, tuple(map(freeze, write.key.values())))
    earlier = units.get(place)
    if earlier is None:
        units[place] = unit
    elif earlier.write.kind == "delete" and write.kind == "put" and write.expects == "absent":
        # A delete and an insert of one key are one put, under what the delete asked for.
        units[place] = Unit(_replaced(earlier.write, write), unit.obj, unit.after)
    else:
        raise DuplicateKey(
            f"{write.table.title} {show_key(write.key)} is written twice in one commit; DynamoDB takes one action per item"
        )


def _replaced(deletion: Write, insertion: Write) -> Write:
    return Write(
        "put",
        insertion.table,
        insertion.key,
        item=insertion.item,
        guard=deletion.guard,
        expects=deletion.expects,
        condition=deletion.condition,
        subject=insertion.subject,
    )


def new_unit(obj: "DeclarativeBase", clock: Clock) -> Unit:
    """The insert of a new object."""
    table = type(obj).__table__
    given = item_of(obj)
    by_commit = {column.name for column in table.columns.values() if _set_by_commit(column)}
    item = filled(table, given, frozenset(table.by_name) - given.keys() - by_commit, clock)
    item |= {name: wire for name, wire in given.items() if name not in item}
    key = {name: item[name] for name in table.key_names}
    guard = not_exists(table)
    write = Write("put", table, key, item=item, guard=guard, expects="absent", falsifies_itself=True, subject=obj)
    return Unit(write, obj, item)


def _set_by_commit(column: Column[Any]) -> bool:
    options = column.options
    return options.version or options.created_at or options.updated_at


def delete_unit(obj: "DeclarativeBase") -> Unit:
    """The delete of a stored object, under its version where it has one."""
    table = type(obj).__table__
    guard = _version_guard(table, state_of(obj).stored or {})
    write = Write(
        "delete",
        table,
        key_item(obj),
        guard=guard,
        expects="version" if guard is not None else None,
        falsifies_itself=guard is not None,
        subject=obj,
    )
    return Unit(write, obj)


def change_unit(obj: "DeclarativeBase", clock: Clock) -> Unit | None:
    """The update of a changed object; None where nothing differs from what is stored."""
    found = changes(obj)
    if not found:
        return None
    table = type(obj).__table__
    before = state_of(obj).stored or {}
    after = dict(before)
    actions: list[Action] = []
    guards: list[Condition] = []
    by_value = table.concurrency == "changed"
    for change in found:
        action, commutes = _action(change)
        actions.append(action)
        if by_value and not commutes:
            guards.append(_unchanged(change))
        _store(after, change.column.name, change.new)
    version = _version_guard(table, before) if table.concurrency == "version" else None
    touched = {change.column.name for change in found}
    for column, wire in _automatic(table, before, touched, clock):
        actions.append(_set_or_remove(column, wire))
        _store(after, column.name, wire)
    guards.insert(0, version if version is not None else exists(table))
    write = Write(
        "update",
        table,
        key_item(obj),
        update=Update(tuple(actions)),
        guard=conjunction(tuple(guards)),
        expects="version",
        falsifies_itself=version is not None,
        subject=obj,
    )
    return Unit(write, obj, after)


def _store(item: Item, name: str, wire: Wire | None) -> None:
    if wire is None:
        item.pop(name, None)
    else:
        item[name] = wire


def _action(change: Change) -> tuple[Action, bool]:
    """The action of a change, and whether it commutes with what others do to the attribute."""
    column, old, new = change.column, change.old, change.new
    if change.expression is not None:
        return Action(ops.SET, column.node, change.expression), True
    kind = next((kind for wire in (old, new) if wire is not None for kind in wire if kind in _SETS), None)
    # An absent set is the empty one: what is only added, or only taken out, commutes with what others do.
    if kind is not None and all(wire is None or kind in wire for wire in (old, new)) and change.loaded:
        before, now = (set(wire[kind]) if wire is not None else set() for wire in (old, new))
        if before < now:
            return Action(ops.ADD, column.node, Value(freeze({kind: list(now - before)}))), True
        if now < before:
            return Action(ops.DELETE, column.node, Value(freeze({kind: list(before - now)}))), True
    return _set_or_remove(column, new), False


def _set_or_remove(column: Column[Any], wire: Wire | None) -> Action:
    return Action(ops.REMOVE, column.node) if wire is None else Action(ops.SET, column.node, Value(freeze(wire)))


def _unchanged(change: Change) -> Condition:
    """The condition that an attribute still is what it was when it was read."""
    path = change.column.node
    if change.old is None:
        return Test(ops.ATTRIBUTE_NOT_EXISTS, (path,))
    return Compare(ops.EQ, path, Value(freeze(change.old)))


def _version_guard(table: Table, before: Item) -> Condition | None:
    """The condition that the stored version is the one that was read."""
    if table.version is None:
        return None
    path = table.version.node
    wire = before.get(table.version.name)
    if wire is None:
        return conjunction((exists(table), Test(ops.ATTRIBUTE_NOT_EXISTS, (path,))))
    return Compare(ops.EQ, path, Value(freeze(wire)))


def _automatic(
    table: Table, before: Item, touched: set[str], clock: Clock
) -> list[tuple[Column[Any], Wire | None]]:
    """What an update sets by itself: the version counted up, times, `onupdate` values."""
    found: list[tuple[Column[Any], Wire | None]] = []
    for column in table.columns.values():
        options = column.options
        if options.version:
            wire = before.get(column.name)
            version = 1 if wire is None else column.type.decode(wire) + 1
            found.append((column, column.type.encode(version)))
        elif column.name in touched:
            continue
        elif options.updated_at:
            found.append((column, stored(column, moment(column, clock))))
        elif options.onupdate is not None:
            found.append((column, stored(column, options.onupdate())))
    return found


