"""What of an object differs from the item that is stored, and what would it be as a whole?

Everything that was assigned or handed out is encoded again and compared on the wire.
"""

from typing import TYPE_CHECKING, Any, cast

from dynexpr.columns import Column
from dynexpr.errors import UnloadedAttribute
from dynexpr.expression.nodes import OperandNode, Record, node
from dynexpr.orm.mapping import Attribute, ModelMapping
from dynexpr.orm.state import InstanceState, knows, without_key
from dynexpr.wire import Item, Wire

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase


@node
class Change(Record):
    """The difference of one attribute to what is stored."""

    attribute: Attribute
    old: Wire | None
    """What is stored; None for nothing."""
    new: Wire | None
    """What is to be stored; None to remove the attribute."""
    expression: OperandNode | None = None
    """What was assigned, where it was an expression; `new` is None then."""
    loaded: bool = True
    """Whether `old` is known: False for an attribute that was not read."""

    @property
    def column(self) -> Column[Any]:
        """The column."""
        return cast("Column[Any]", self.attribute.column)


def item_of(obj: "DeclarativeBase") -> Item:
    """The whole item on the wire, as a put would write it; undeclared attributes it was loaded with included.

    Attributes which the commit sets (version, created_at, updated_at) are there only when they have a value. Raises
    MissingAttribute or ValueNotStorable, naming class and attribute; UnloadedAttribute when a part was not read.
    """
    state = obj.__state__
    mapping: ModelMapping = type(obj).__mapping__
    stored = state.stored
    item: Item = {}
    if stored is not None:
        if state.loaded_names is not None:
            raise UnloadedAttribute(
                f"{mapping.table.title}: the object was loaded in part, so it can't be written as a whole; "
                "session.refresh(obj) reads the rest"
            )
        item = {name: wire for name, wire in stored.items() if name not in mapping.by_name}
    values = vars(obj)
    for key, attribute in mapping.attributes.items():
        wire: Wire | None
        if key in state.expressions or (key in state.unloaded and key not in state.assigned):
            attribute.value(state)  # raises, with the reason
        if stored is not None:
            wire = _now_stored(state, attribute, values, stored.get(attribute.name))
        elif key in values:
            value = values[key]
            if attribute.options.validators and attribute.can_change(value):
                value = attribute.validate(value)
            wire = attribute.encode(value)
        elif attribute.set_by_commit:
            continue
        else:
            wire = attribute.encode(attribute.value(state))
        if wire is not None:
            item[attribute.name] = wire
        elif attribute.is_key:
            raise without_key(attribute)
    return item


def _now_stored(state: InstanceState, attribute: Attribute, values: dict[str, Any], old: Wire | None) -> Wire | None:
    """What an attribute of a stored object is now; the stored form itself where nothing changed."""
    key = attribute.key
    if key in state.assigned:
        value = values[key]
        if attribute.options.validators and attribute.can_change(value):
            value = attribute.validate(value)  # it may have been edited in place since
        new = attribute.encode(value)
    elif key in state.handed:
        new = attribute.rewritten(values[key], old)
    elif key in state.kept:
        new = attribute.rewritten(state.kept[key], old)
    else:
        return old
    return old if attribute.same(new, old) else new


def changes(obj: "DeclarativeBase") -> tuple[Change, ...]:
    """What differs from the stored item, in the order of the columns; nothing for an object that was never stored.

    Equality is DynamoDB's: by type, numbers by value, sets without order. Only what was assigned or handed out is
    looked at.
    """
    state = obj.__state__
    stored = state.stored
    if stored is None or not (state.assigned or state.handed or state.kept or state.expressions):
        return ()
    values = vars(obj)
    found: list[Change] = []
    touched = {*state.assigned, *state.handed, *state.kept, *state.expressions}
    for key, attribute in type(obj).__mapping__.attributes.items():
        if key not in touched:
            continue
        loaded = knows(state, attribute)
        old = stored.get(attribute.name) if loaded else None
        if key in state.expressions:
            found.append(Change(attribute, old, None, state.expressions[key].node, loaded))
            continue
        new = _now_stored(state, attribute, values, old)
        # Of an attribute that was not read, anything assigned may be a change; `is` says that nothing was.
        if new is not old or (not loaded and key in state.assigned):
            found.append(Change(attribute, old, new, None, loaded))
    return tuple(found)


def edited(obj: "DeclarativeBase") -> frozenset[str]:
    """The Python names of what differs from the stored item; as changes() has it, but it never raises.

    What can't be stored, for an edit in place or a validator, differs: the next commit says why.
    """
    state = obj.__state__
    found: set[str] = set(state.expressions)
    if state.stored is None:
        return frozenset(found)
    values = vars(obj)
    for key in {*state.assigned, *state.handed, *state.kept} - found:
        attribute = type(obj).__mapping__.attributes[key]
        loaded = knows(state, attribute)
        old = state.stored.get(attribute.name) if loaded else None
        try:
            differs = _now_stored(state, attribute, values, old) is not old
        except Exception:  # noqa: BLE001 - a validator is the user's, and may raise anything
            differs = True
        if differs or (not loaded and key in state.assigned):
            found.add(key)
    return frozenset(found)
