"""What does a commit write?  Pure: objects and statements in, writes out; nothing is sent, nothing changed here.

A new object is put if its key is free, a changed one updated by what changed, under its version or the old values, and
a deleted one deleted. Everything keeps the order of the user's calls; what is about one item becomes one write.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dynexpr.clock import Clock
from dynexpr.columns import Column
from dynexpr.errors import DuplicateKey, UnloadedAttribute, UpdateRefused
from dynexpr.expression import operators as ops
from dynexpr.expression.apply import apply_update
from dynexpr.expression.nodes import (
    Action,
    Compare,
    Condition,
    Path,
    Record,
    Step,
    Test,
    Update,
    Value,
    conjunction,
    node,
    replace,
)
from dynexpr.orm.calls import Added, Call, Deleted, Required
from dynexpr.orm.changes import Change, changes, item_of
from dynexpr.orm.difference import actions_between, whole_action
from dynexpr.orm.identity import identity_of
from dynexpr.orm.mapping import ModelMapping
from dynexpr.orm.state import called, is_loaded, key_item, state_of
from dynexpr.storing import stored
from dynexpr.tables import Table
from dynexpr.wire import Item, Wire, freeze
from dynexpr.writes import Write, counted_up, exists, filled, moment, not_exists, write_of

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase


@node
class Unit(Record):
    """One write of a commit, and what its object holds afterwards."""

    write: Write
    obj: "DeclarativeBase | None" = None
    after: Item | None = None
    """The stored item once it is written; None for a delete, a check and a statement."""
    unloaded: tuple[str, ...] = ()
    """Python names whose value only DynamoDB knows afterwards."""
    calls: "tuple[Call, ...]" = ()
    """The calls of the user that it carries out."""


Place = tuple[str, tuple[Any, ...]]
"""Which item: the table's name and the frozen key."""


def plan_commit(
    calls: Sequence[Call], touched: Sequence["DeclarativeBase"], clock: Clock, *, veiled: bool = False
) -> tuple[Unit, ...]:
    """The writes of a commit: the user's calls in their order, then the objects that changed.

    Raises DuplicateKey where two writes are about one item. *veiled*: messages show no values.
    """
    units: dict[Place, Unit] = {}
    for call in calls:
        _join(units, replace(_unit_of(call, clock), calls=(call,)), veiled=veiled)
    gone = {id(call.obj) for call in calls if isinstance(call, Added | Deleted)}
    for obj in touched:
        unit = None if id(obj) in gone else change_unit(obj, clock)
        if unit is not None:
            _join(units, unit, veiled=veiled)
    return tuple(units.values())


def _unit_of(call: Call, clock: Clock) -> Unit:
    if isinstance(call, Added):
        return new_unit(call, clock)
    if isinstance(call, Deleted):
        return delete_unit(call.obj)
    if isinstance(call, Required):
        obj = call.obj
        return Unit(Write("check", type(obj).__table__, key_item(obj), condition=call.condition, subject=obj))
    return Unit(write_of(call.statement, clock))


def _join(units: dict[Place, Unit], unit: Unit, *, veiled: bool) -> None:
    """Take a write up; a check of an item that is written too becomes part of the write's condition."""
    if veiled:
        unit = replace(unit, write=replace(unit.write, veiled=True))
    write = unit.write
    place = write.place if unit.obj is None else identity_of(unit.obj)
    earlier = units.get(place)
    if earlier is None:
        units[place] = unit
        return
    calls = (*earlier.calls, *unit.calls)
    if write.kind == "check":
        units[place] = replace(earlier, write=_under(earlier.write, write.condition), calls=calls)
    elif earlier.write.kind == "check":
        units[place] = replace(unit, write=_under(write, earlier.write.condition), calls=calls)
    elif earlier.write.kind == "delete" and write.kind == "put":
        over = _replacing(earlier.write, write)
        units[place] = replace(unit, write=over, after=None if unit.after is None else over.item, calls=calls)
    else:
        raise DuplicateKey(
            f"{write.name} is written twice in one commit; "
            "DynamoDB takes one action per item: commit in between, or say both in one statement"
        )


def _under(write: Write, condition: Condition | None) -> Write:
    """A write under one more condition."""
    terms = tuple(term for term in (write.condition, condition) if term is not None)
    return replace(write, condition=conjunction(terms) if terms else None)


def _replacing(deletion: Write, put: Write) -> Write:
    """A delete and a put of one key as one put, under what the delete asked for."""
    both = _under(deletion, put.condition)
    item = _counted_on(deletion, put)
    return replace(
        put,
        item=item,
        guard=deletion.guard,
        expects=deletion.expects,
        condition=both.condition,
        falsifies_itself=item is not put.item,
    )


def _counted_on(deletion: Write, put: Write) -> Item | None:
    """The item of a put over a deleted one, its version the next one.

    Begun again at 1 it could meet the version of somebody who read the item long ago, and whose write would be lost.
    """
    version, guard = put.table.version, deletion.guard
    if version is None or put.item is None or not isinstance(guard, Compare) or not isinstance(guard.right, Value):
        return put.item
    following = version.type.decode(guard.right.wire) + 1
    return {**put.item, version.name: version.type.encode(following)}


def new_unit(call: Added, clock: Clock) -> Unit:
    """The insert of a new object, or the put that overwrites."""
    obj = call.obj
    table = type(obj).__table__
    item = whole_item(obj, clock, overwrite=call.overwrite)
    key = {name: item[name] for name in table.key_names}
    write = Write("put", table, key, item=item, condition=call.condition, subject=obj)
    if not call.overwrite:
        write = replace(write, guard=not_exists(table), expects="absent", falsifies_itself=True)
    return Unit(write, obj, item)


def whole_item(obj: "DeclarativeBase", clock: Clock, *, overwrite: bool) -> Item:
    """The item of an object with its defaults, times and version, as it is inserted, or written over what is there."""
    from dynexpr.orm.encoding import encoded_object  # it loads json

    made = encoded_object(obj, clock)
    return looked_at(obj, clock, overwrite=overwrite) if made is None else made[0]


def looked_at(obj: "DeclarativeBase", clock: Clock, *, overwrite: bool) -> Item:
    """The same, attribute by attribute: of any object, and of one that can't be stored it tells why."""
    given = item_of(obj)
    if overwrite:
        _as_another(obj, given)
    table = type(obj).__table__
    if given.keys() >= table.by_name.keys():
        return given
    by_commit = {column.name for column in table.columns.values() if _set_by_commit(column)}
    item = filled(table, given, frozenset(table.by_name) - given.keys() - by_commit, clock)
    item |= {name: wire for name, wire in given.items() if name not in item}
    return item


def _as_another(obj: "DeclarativeBase", given: Item) -> None:
    """Of an object that was read once and overwrites: whoever read the same must see that it is another one now."""
    state = state_of(obj)
    if state.stored is None:
        return
    for column in type(obj).__table__.columns.values():
        if column.options.version:
            given[column.name] = _next_version(column, given)
        elif column.options.updated_at and column.key not in state.assigned:
            given.pop(column.name, None)


def _set_by_commit(column: Column[Any]) -> bool:
    options = column.options
    return options.version or options.created_at or options.updated_at


def delete_unit(obj: "DeclarativeBase") -> Unit:
    """The delete of a stored object, under its version where it has one."""
    table = type(obj).__table__
    guard = _version_guard(obj)
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
    for change in found:
        made, now = _actions(change, table)
        actions += made
        if table.concurrency == "changed":
            guards += _unchanged(change, made)
        _store(after, change.attribute.name, now)
    version = _version_guard(obj)
    guards.insert(0, version if version is not None else exists(table))
    unloaded = [change.attribute.key for change in found if change.expression is not None]
    if table.version is not None:
        if version is not None:
            wire = _next_version(table.version, before)
            actions.append(Action(ops.SET, table.version.node, Value(freeze(wire))))
            after[table.version.name] = wire
        else:  # nobody vouches for the version that was read, so the stored one is counted up
            actions.append(counted_up(table.version))
            after.pop(table.version.name, None)
            unloaded.append(table.version.key or table.version.name)
    touched = {change.attribute.name for change in found}
    for column, stored_now in _automatic(type(obj).__mapping__, touched, clock):
        actions.append(whole_action(column.node, stored_now))
        _store(after, column.name, stored_now)
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
    return Unit(write, obj, after, tuple(unloaded))


def _store(item: Item, name: str, wire: Wire | None) -> None:
    if wire is None:
        item.pop(name, None)
    else:
        item[name] = wire


def _actions(change: Change, table: Table) -> tuple[tuple[Action, ...], Wire | None]:
    """The actions of one change, and what is stored afterwards."""
    path = change.column.node
    if change.expression is not None:
        return (Action(ops.SET, path, change.expression),), None
    if not change.loaded:
        return (whole_action(path, change.new),), change.new  # an ADD would mix it with what is there
    inside = table.concurrency != "none"
    if inside and change.old is not None and not change.old.keys().isdisjoint(("M", "L")):
        # What reading alone adds, such as the default of a dataclass' field, is no change.
        read = change.attribute.rewritten(change.attribute.type.decode(change.old), change.old)
        if read is not None and read != change.old:
            actions = actions_between(path, read, change.new, inside=True)
            if all(len(action.path.steps) > 1 for action in actions):
                try:
                    return actions, apply_update(Update(actions), {change.column.name: change.old}).item[
                        change.column.name
                    ]
                except UpdateRefused:
                    pass  # a place inside what is not stored
    return actions_between(path, change.old, change.new, inside=inside), change.new


def _unchanged(change: Change, actions: Sequence[Action]) -> list[Condition]:
    """What must still be as it was read, for an object without a version.

    An expression works on what is stored, and set elements commute: neither needs a condition. Places inside maps hold
    the old values of those places; as soon as an index is among them, the whole attribute must be the old one.
    """
    path = change.column.node
    if (
        change.expression is not None
        or not change.loaded
        or all(action.op in {ops.ADD, ops.DELETE} for action in actions)
    ):
        return []
    if any(isinstance(step, int) for action in actions for step in action.path.steps):
        return [_still(path, change.old)]
    conditions: list[Condition] = []
    for action in actions:
        steps = action.path.steps
        old = _found(change.old, steps[1:])
        if old is None and len(steps) > 1:
            conditions.append(Test(ops.ATTRIBUTE_EXISTS, (Path(steps[:-1]),)))
        conditions.append(_still(action.path, old))
    return list(dict.fromkeys(conditions))


def _still(path: Path, old: Wire | None) -> Condition:
    if old is None:
        return Test(ops.ATTRIBUTE_NOT_EXISTS, (path,))
    return Compare(ops.EQ, path, Value(freeze(old)))


def _found(wire: Wire | None, steps: Sequence[Step]) -> Wire | None:
    """The value at some names inside a map."""
    for step in steps:
        wire = None if wire is None else wire.get("M", {}).get(step)
    return wire


def _version_guard(obj: "DeclarativeBase") -> Condition | None:
    """The condition that the stored version is the one that was read; None where the model asks for none."""
    table = type(obj).__table__
    if table.version is None or table.concurrency != "version":
        return None
    attribute = type(obj).__mapping__.by_name[table.version.name]
    if not is_loaded(obj, attribute):
        raise UnloadedAttribute(
            f"{called(obj)} can't be written: its version was not read with it; session.refresh(obj) reads the whole "
            "item"
        )
    path = table.version.node
    wire = (state_of(obj).stored or {}).get(table.version.name)
    if wire is None:
        return conjunction((exists(table), Test(ops.ATTRIBUTE_NOT_EXISTS, (path,))))
    return Compare(ops.EQ, path, Value(freeze(wire)))


def _next_version(column: Column[Any], before: Item) -> Wire:
    wire = before.get(column.name)
    return column.type.encode(1 if wire is None else column.type.decode(wire) + 1)


def _automatic(mapping: ModelMapping, touched: set[str], clock: Clock) -> list[tuple[Column[Any], Wire | None]]:
    """What an update sets by itself: times, and `onupdate` values."""
    found: list[tuple[Column[Any], Wire | None]] = []
    for column in mapping.set_by_update:
        options = column.options
        if column.name in touched:
            continue
        if options.updated_at:
            found.append((column, stored(column, moment(column, clock))))
        elif options.onupdate is not None:
            found.append((column, stored(column, options.onupdate())))
    return found
