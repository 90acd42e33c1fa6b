"""What does an object hold after its item was read again, or written?"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dynexpr.errors import MissingAttribute, UnloadedAttribute
from dynexpr.orm.mapping import ModelMapping
from dynexpr.orm.settling import settle
from dynexpr.orm.state import NO_KEYS, NO_VALUES, InstanceState
from dynexpr.wire import Item

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase


def written(
    obj: "DeclarativeBase",
    item: Item,
    *,
    unloaded: Iterable[str] = (),
    whole: bool = False,
    keeping: frozenset[str] = frozenset(),
) -> None:
    """After a commit: *item* is what is stored now, and the object holds what a reload would give.

    Attributes that were assigned an expression become unloaded, and so do those of the Python names in *unloaded*.
    A container stays the same object, for whoever else holds it. *whole*: all of the item is known, whatever of it was
    read. What was done to the Python names in *keeping* stays done, and is a change of *item* from now on.
    """
    state = obj.__state__
    mapping: ModelMapping = type(obj).__mapping__
    if whole:
        state.loaded_names, state.unloaded = None, NO_KEYS
    elif state.stored is not None and state.loaded_names is not None:
        state.loaded_names |= {*item, *(mapping.attributes[key].name for key in state.assigned)}
    now_unknown = {*(state.unloaded - state.assigned), *(state.expressions.keys() - keeping), *unloaded}
    held = {**state.kept, **_containers(obj, mapping)}
    done = {key: held.pop(key, None) if key in held else vars(obj).get(key) for key in keeping}
    assigned = state.assigned & keeping
    expressions = {key: each for key, each in state.expressions.items() if key in keeping}
    forget_values(obj, state, mapping)
    state.assigned = assigned or NO_KEYS
    state.expressions = expressions or NO_VALUES
    state.handed = (set(keeping) - assigned - expressions.keys()) or NO_KEYS
    vars(obj).update((key, value) for key, value in done.items() if key not in expressions)
    state.status = "persistent"
    state.stored = item
    state.unloaded = now_unknown or NO_KEYS
    kept: dict[str, Any] = {}
    for key, value in held.items():
        try:
            fresh = mapping.attributes[key].value(state)
        except (UnloadedAttribute, MissingAttribute):
            continue
        settled = settle(value, fresh)
        if settled is value:
            kept[key] = value
    state.kept = kept or NO_VALUES


def _containers(obj: "DeclarativeBase", mapping: ModelMapping) -> dict[str, Any]:
    attributes = mapping.attributes
    return {key: value for key, value in vars(obj).items() if key in attributes and attributes[key].can_change(value)}


def forget_values(obj: "DeclarativeBase", state: InstanceState, mapping: ModelMapping) -> None:
    """Drop every decoded and assigned value, so that the next read decodes the stored item."""
    values = vars(obj)
    for key in mapping.attributes:
        values.pop(key, None)
    state.assigned = state.handed = NO_KEYS
    state.kept = state.expressions = NO_VALUES


def rolled_back(obj: "DeclarativeBase") -> None:
    """Make a stored object what it was when it was last read or written; a new object keeps its values."""
    state = obj.__state__
    if state.stored is not None:
        forget_values(obj, state, type(obj).__mapping__)


def refreshed(obj: "DeclarativeBase", item: Item, loaded_names: frozenset[str] | None = None) -> None:
    """Take over an item that was read anew; changes are dropped."""
    state = obj.__state__
    forget_values(obj, state, type(obj).__mapping__)
    state.stored = item
    state.loaded_names = loaded_names
    state.unloaded = NO_KEYS


def filled(obj: "DeclarativeBase", item: Item, loaded_names: frozenset[str] | None = None) -> None:
    """Take over what was not known yet from an item that was read elsewhere; what is known stays, changes included."""
    state = obj.__state__
    if state.stored is None or (state.loaded_names is None and not state.unloaded):
        return
    mapping: ModelMapping = type(obj).__mapping__
    unknown = {mapping.attributes[key].name for key in state.unloaded}
    known = state.loaded_names
    news = {name: wire for name, wire in item.items() if name in unknown or (known is not None and name not in known)}
    old = {name: wire for name, wire in state.stored.items() if name not in unknown or name not in item}
    state.stored = old | news
    answered = {key for key in state.unloaded if loaded_names is None or mapping.attributes[key].name in loaded_names}
    for name in {mapping.attributes[key].name for key in answered} - item.keys():
        state.stored.pop(name, None)
    state.unloaded = (state.unloaded - answered) or NO_KEYS
    state.loaded_names = None if known is None or loaded_names is None else known | loaded_names


def expired(obj: "DeclarativeBase") -> None:
    """Forget everything but the key: reading another attribute raises UnloadedAttribute until a refresh."""
    state = obj.__state__
    mapping: ModelMapping = type(obj).__mapping__
    if state.stored is None:
        return
    names = frozenset(attribute.name for attribute in mapping.key_attributes)
    key = {name: wire for name, wire in state.stored.items() if name in names}
    refreshed(obj, key, names)


def rebased(obj: "DeclarativeBase", item: Item, *, unloaded: Iterable[str] = ()) -> None:
    """After a commit that was sent a second time: *item* is stored now, and what was changed since is still a change.

    The Python names in *unloaded* were sent as expressions: they are unloaded, unless a value was assigned since.
    """
    state = obj.__state__
    sent = set(unloaded)
    mapping: ModelMapping = type(obj).__mapping__
    values = [key for key in vars(obj) if key in mapping.attributes]
    if state.stored is None:
        state.assigned = set(values)  # it was new: what it was made with may have been changed since
    for key in values:
        if key not in state.assigned and key not in state.handed:
            del vars(obj)[key]  # decoded from what was stored before
    state.stored = item
    if state.loaded_names is not None:
        state.loaded_names |= item.keys()
    state.expressions = {key: each for key, each in state.expressions.items() if key not in sent} or NO_VALUES
    state.unloaded = {*(state.unloaded - state.assigned), *(sent - state.assigned)} or NO_KEYS


def outdated(obj: "DeclarativeBase", names: Iterable[str], *, keeping: frozenset[str] = frozenset()) -> None:
    """After a statement wrote attributes of a stored object (by DynamoDB name): they are unloaded until a refresh.

    Of the Python names in *keeping* a container that was edited in place, a change of what was read, stays that.
    """
    state = obj.__state__
    mapping: ModelMapping = type(obj).__mapping__
    if state.stored is None:
        return
    lost = {mapping.by_name[name].key for name in names if name in mapping.by_name}
    lost -= keeping - state.assigned - state.expressions.keys()
    gone = {*names} - {mapping.attributes[key].name for key in mapping.attributes.keys() - lost}
    state.stored = {name: wire for name, wire in state.stored.items() if name not in gone}
    state.unloaded = state.unloaded | lost
    state.kept = {key: value for key, value in state.kept.items() if key not in lost} or NO_VALUES
    state.handed = (state.handed - lost) or NO_KEYS
    for key in lost - state.assigned:
        vars(obj).pop(key, None)
