"""What stands behind an object?  The item it was loaded from, untouched, and what was done to the object since.

Loading is lazy: an object is made without its constructor and holds the item on the wire; an attribute is decoded when
it is first read. Changes are found by encoding again what was assigned or handed out, and comparing on the wire.
Everything here is pure: no session, no network.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeVar, cast

from dynexpr.columns import Column
from dynexpr.errors import ArgumentError, KeyChanged, MissingAttribute, UnloadedAttribute, clip
from dynexpr.expression.nodes import OperandNode, Record, node
from dynexpr.expression.operand import Expr
from dynexpr.orm.mapping import Attribute, ModelMapping
from dynexpr.orm.settling import settle
from dynexpr.unset import UNSET
from dynexpr.wire import Frozen, Item, Wire, freeze

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase

M = TypeVar("M", bound="DeclarativeBase")
Status = Literal["transient", "pending", "persistent", "deleted", "detached"]
_NO_KEYS: Final = cast("set[str]", frozenset())
_NO_VALUES: Final[dict[str, Any]] = {}


class Hold(Protocol):
    """What a session lends to its objects: the set of those it must not lose, as somebody may be changing them."""

    def add(self, obj: Any, /) -> object:
        """Hold an object strongly from now on."""
        ...


class InstanceState:
    """The state of one object, as `obj.__state__`."""

    __slots__ = (
        "assigned",
        "expressions",
        "handed",
        "kept",
        "key",
        "loaded_names",
        "session",
        "session_hold",
        "status",
        "stored",
        "unloaded",
    )

    def __init__(self, status: Status, stored: Item | None = None, loaded_names: frozenset[str] | None = None) -> None:
        self.status: Status = status
        self.stored = stored
        """The item on the wire as last read or written; shared with the response, never changed in place."""
        self.loaded_names = loaded_names
        """The DynamoDB names that were read; None for all."""
        # The empty ones are shared by all states, and replaced before they are added to: loading stays cheap.
        self.assigned: set[str] = _NO_KEYS
        """Python names that were assigned a value; the value lies in the object's `__dict__`."""
        self.handed: set[str] = _NO_KEYS
        """Python names whose value can change in place and was read; the value lies in the object's `__dict__`."""
        self.kept: dict[str, Any] = _NO_VALUES
        """Values handed out before the last commit and still right: the next read gives them again."""
        self.expressions: dict[str, Expr[Any]] = _NO_VALUES
        """Python names that were assigned an expression."""
        self.unloaded: set[str] = _NO_KEYS
        """Python names whose value only DynamoDB knows."""
        self.key: tuple[Frozen, ...] | None = None
        """The frozen key, of a stored object that a session has entered: it can't change any more."""
        self.session: Any = None
        """The session's, to use as it likes."""
        self.session_hold: Hold | None = None

    def __repr__(self) -> str:
        return f"<{self.status} state>"


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


def state_of(obj: "DeclarativeBase") -> InstanceState:
    """The state of an object; ArgumentError of what is none."""
    try:
        state = obj.__state__
    except AttributeError:
        raise _no_object(obj) from None
    if state.__class__ is not InstanceState:
        raise _no_object(obj)
    return state


def _no_object(given: object) -> ArgumentError:
    cure = ""
    if isinstance(given, type):
        cure = f"; that is a class: make an object of it, {given.__name__}(...), or get one"
    elif isinstance(given, list | tuple | set | frozenset):
        cure = "; one at a time, or session.add_all(objects)"
    return ArgumentError(f"an object of a model is wanted, not {clip(given)}{cure}")


def is_veiled(obj: "DeclarativeBase") -> bool:
    """Whether no value of an object is printed: its session's engine hides them."""
    session = obj.__state__.session
    return session is not None and bool(session.engine.settings.hide_parameters)


def attach_state(obj: object, state: InstanceState) -> None:
    """Give an object its state, past the model's `__setattr__`."""
    object.__setattr__(obj, "__state__", state)


def load(model: type[M], item: Item, loaded_names: frozenset[str] | None = None) -> M:
    """An object of an item on the wire, without its constructor; nothing is decoded yet.

    *loaded_names* are the DynamoDB names that were asked for; None when the item is whole.
    """
    obj = object.__new__(model)
    object.__setattr__(obj, "__state__", InstanceState("persistent", item, loaded_names))
    return obj


def assign(obj: "DeclarativeBase", attribute: Attribute, value: object) -> None:
    """Set a mapped attribute; the value is checked on the user's own line, and encoded again by the commit."""
    state = obj.__state__
    key = attribute.key
    if isinstance(value, Expr):
        _assign_expression(obj, state, attribute, value)
        return
    value = attribute.validate(value)
    wire = attribute.encode(value)
    if attribute.is_key:
        _keep_key(obj, state, attribute, wire)
    elif attribute.options.version and state.stored is not None:
        _keep_version(state, attribute, wire)
    object.__setattr__(obj, key, value)
    if not state.assigned:
        state.assigned = set()
    state.assigned.add(key)
    if state.expressions:
        state.expressions.pop(key, None)
    if state.kept:
        state.kept.pop(key, None)
    if state.session_hold is not None:
        state.session_hold.add(obj)


def _keep_key(obj: "DeclarativeBase", state: InstanceState, attribute: Attribute, wire: Wire | None) -> None:
    """Refuse another key for an object that is stored, or that a session knows by its key."""
    if state.stored is not None:
        old = state.stored.get(attribute.name)
        cure = "DynamoDB can't move an item: add a new object with the new key and delete this one"
    elif state.session is not None and attribute.key in vars(obj):
        old = attribute.encode(vars(obj)[attribute.key])
        cure = "the session knows the object by it: expunge it, change it, and add it again"
    else:
        return
    if old is not None and (wire is None or freeze(wire) != freeze(old)):
        raise KeyChanged(f"{attribute.where} is part of the key, and {cure}")


def _keep_version(state: InstanceState, attribute: Attribute, wire: Wire | None) -> None:
    old = None if state.stored is None else state.stored.get(attribute.name)
    if wire is None or old is None or freeze(wire) != freeze(old):
        raise ArgumentError(f"{attribute.where} is the version, which the commit counts up: it is not assigned")


def _assign_expression(obj: "DeclarativeBase", state: InstanceState, attribute: Attribute, value: Expr[Any]) -> None:
    if state.stored is None:
        raise ArgumentError(f"{attribute.where}: a new object takes values, not an expression ({value})")
    if attribute.is_key:
        raise KeyChanged(f"{attribute.where} is part of the key, which an expression can't change")
    if attribute.options.version:
        raise ArgumentError(f"{attribute.where} is the version, which the commit counts up: it is not assigned")
    declared, given = attribute.type.kind, value.type.kind
    if declared is not None and given is not None and declared != given:
        raise ArgumentError(f"{attribute.where} holds {attribute.type.python}; {value} is {value.type.python}")
    vars(obj).pop(attribute.key, None)
    if not state.expressions:
        state.expressions = {}
    state.expressions[attribute.key] = value
    if state.assigned:
        state.assigned.discard(attribute.key)
    if state.handed:
        state.handed.discard(attribute.key)
    if state.kept:
        state.kept.pop(attribute.key, None)
    if state.session_hold is not None:
        state.session_hold.add(obj)


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
            raise _without_key(attribute)
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


def _without_key(attribute: Attribute) -> MissingAttribute:
    return MissingAttribute(f"{attribute.where} has no value, and it is part of the key")


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
        loaded = _is_loaded(state, attribute)
        old = stored.get(attribute.name) if loaded else None
        if key in state.expressions:
            found.append(Change(attribute, old, None, state.expressions[key].node, loaded))
            continue
        new = _now_stored(state, attribute, values, old)
        # Of an attribute that was not read, anything assigned may be a change; `is` says that nothing was.
        if new is not old or (not loaded and key in state.assigned):
            found.append(Change(attribute, old, new, None, loaded))
    return tuple(found)


def _is_loaded(state: InstanceState, attribute: Attribute) -> bool:
    if attribute.key in state.unloaded:
        return False
    return state.loaded_names is None or attribute.name in state.loaded_names


def is_loaded(obj: "DeclarativeBase", attribute: Attribute) -> bool:
    """Whether the stored value of an attribute is known, be it that there is none."""
    return _is_loaded(obj.__state__, attribute)


def key_item(obj: "DeclarativeBase") -> Item:
    """The key on the wire, as a request takes it; MissingAttribute when a part has no value."""
    state = obj.__state__
    values = vars(obj)
    key: Item = {}
    for attribute in type(obj).__mapping__.key_attributes:
        wire: Wire | None = None
        if state.stored is not None:
            wire = state.stored.get(attribute.name)  # a stored key can't change, and may be written in another form
        if wire is None and attribute.key in values:
            wire = attribute.encode(values[attribute.key])
        if wire is None:
            raise _without_key(attribute)
        key[attribute.name] = wire
    return key


def key_of(obj: "DeclarativeBase") -> tuple[Frozen, ...]:
    """The identity within the table: the frozen wire pairs of the key attributes, partition key first."""
    known = obj.__state__.key
    return tuple(map(freeze, key_item(obj).values())) if known is None else known


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
        loaded = _is_loaded(state, attribute)
        old = state.stored.get(attribute.name) if loaded else None
        try:
            differs = _now_stored(state, attribute, values, old) is not old
        except Exception:  # noqa: BLE001 - a validator is the user's, and may raise anything
            differs = True
        if differs or (not loaded and key in state.assigned):
            found.add(key)
    return frozenset(found)


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
        state.loaded_names, state.unloaded = None, _NO_KEYS
    elif state.stored is not None and state.loaded_names is not None:
        state.loaded_names |= {*item, *(mapping.attributes[key].name for key in state.assigned)}
    now_unknown = {*(state.unloaded - state.assigned), *(state.expressions.keys() - keeping), *unloaded}
    held = {**state.kept, **_containers(obj, mapping)}
    done = {key: held.pop(key, None) if key in held else vars(obj).get(key) for key in keeping}
    assigned = state.assigned & keeping
    expressions = {key: each for key, each in state.expressions.items() if key in keeping}
    _forget(obj, state, mapping)
    state.assigned = assigned or _NO_KEYS
    state.expressions = expressions or _NO_VALUES
    state.handed = (set(keeping) - assigned - expressions.keys()) or _NO_KEYS
    vars(obj).update((key, value) for key, value in done.items() if key not in expressions)
    state.status = "persistent"
    state.stored = item
    state.unloaded = now_unknown or _NO_KEYS
    kept: dict[str, Any] = {}
    for key, value in held.items():
        try:
            fresh = mapping.attributes[key].value(state)
        except (UnloadedAttribute, MissingAttribute):
            continue
        settled = settle(value, fresh)
        if settled is value:
            kept[key] = value
    state.kept = kept or _NO_VALUES


def _containers(obj: "DeclarativeBase", mapping: ModelMapping) -> dict[str, Any]:
    attributes = mapping.attributes
    return {key: value for key, value in vars(obj).items() if key in attributes and attributes[key].can_change(value)}


def _forget(obj: "DeclarativeBase", state: InstanceState, mapping: ModelMapping) -> None:
    """Drop every decoded and assigned value, so that the next read decodes the stored item."""
    values = vars(obj)
    for key in mapping.attributes:
        values.pop(key, None)
    state.assigned = state.handed = _NO_KEYS
    state.kept = state.expressions = _NO_VALUES


def rolled_back(obj: "DeclarativeBase") -> None:
    """Make a stored object what it was when it was last read or written; a new object keeps its values."""
    state = obj.__state__
    if state.stored is not None:
        _forget(obj, state, type(obj).__mapping__)


def refreshed(obj: "DeclarativeBase", item: Item, loaded_names: frozenset[str] | None = None) -> None:
    """Take over an item that was read anew; changes are dropped."""
    state = obj.__state__
    _forget(obj, state, type(obj).__mapping__)
    state.stored = item
    state.loaded_names = loaded_names
    state.unloaded = _NO_KEYS


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
    state.unloaded = (state.unloaded - answered) or _NO_KEYS
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


def unloaded_keys(obj: "DeclarativeBase") -> frozenset[str]:
    """The Python names that can't be read: not asked for, expired, or known to DynamoDB only."""
    state = obj.__state__
    if state.stored is None:
        return frozenset()
    values = vars(obj)
    return frozenset(
        key
        for key, attribute in type(obj).__mapping__.attributes.items()
        if key not in values and (key in state.expressions or not _is_loaded(state, attribute))
    )


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
    state.expressions = {key: each for key, each in state.expressions.items() if key not in sent} or _NO_VALUES
    state.unloaded = {*(state.unloaded - state.assigned), *(sent - state.assigned)} or _NO_KEYS


def values_set(obj: "DeclarativeBase", *, defaults: bool) -> dict[str, Any]:
    """The values an object was given or has loaded, by Python name, containers copied; the object is left as it is.

    *defaults*: also those of a new object that nobody gave or changed since.
    """
    state = obj.__state__
    values = vars(obj)
    found: dict[str, Any] = {}
    for key, attribute in type(obj).__mapping__.attributes.items():
        if state.stored is not None and _filled_in(state, attribute, values.get(key, state.kept.get(key))):
            continue
        if key in values:
            value = values[key]
            if state.stored is None and key not in state.assigned and not defaults and not _edited(attribute, value):
                continue
        elif key in state.kept:
            value = state.kept[key]
        elif state.stored is not None and key not in state.expressions and is_loaded(obj, attribute):
            try:
                value = attribute.value(state)
            except MissingAttribute:
                continue
        else:
            continue
        found[key] = _copied(attribute, value)
    return found


def _filled_in(state: InstanceState, attribute: Attribute, value: object) -> bool:
    """Whether the value of an attribute is what `missing=` puts in place of one that the stored item lacks."""
    if state.stored is None or attribute.options.missing is UNSET or attribute.name in state.stored:
        return False
    if attribute.key in state.assigned or attribute.key in state.expressions or not _is_loaded(state, attribute):
        return False
    return not attribute.can_change(value) or attribute.encode(value) == attribute.encode(attribute.absent())


def _edited(attribute: Attribute, value: object) -> bool:
    """Whether a container that a new object got by default was edited since."""
    factory = attribute.options.default_factory
    return (
        factory is not None and attribute.can_change(value) and attribute.encode(value) != attribute.encode(factory())
    )


def _copied(attribute: Attribute, value: object) -> object:
    if not attribute.can_change(value):
        return value
    from copy import deepcopy

    return deepcopy(value)


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
    state.kept = {key: value for key, value in state.kept.items() if key not in lost} or _NO_VALUES
    state.handed = (state.handed - lost) or _NO_KEYS
    for key in lost - state.assigned:
        vars(obj).pop(key, None)


def may_differ(obj: "DeclarativeBase") -> bool:
    """Whether something was done to a stored object that can be a change, or may become one."""
    state = obj.__state__
    return bool(state.assigned or state.handed or state.kept or state.expressions)


def knows_only_its_key(obj: "DeclarativeBase") -> bool:
    """Whether an object was expired, and nothing was done to it since."""
    state = obj.__state__
    mapping: ModelMapping = type(obj).__mapping__
    return (
        state.loaded_names is not None
        and len(state.loaded_names) == len(mapping.key_attributes)
        and not (state.assigned or state.expressions)
    )
