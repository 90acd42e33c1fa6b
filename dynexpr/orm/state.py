"""What stands behind an object?  The item it was loaded from, untouched, and what was done to the object since.

Loading is lazy: an object is made without its constructor and holds the item on the wire; an attribute is decoded when
it is first read. Everything here is pure: no session, no network.
"""

from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeVar, cast

from dynexpr.errors import ArgumentError, MissingAttribute, clip
from dynexpr.orm.mapping import Attribute, ModelMapping
from dynexpr.statements.keys import key_shown
from dynexpr.wire import Frozen, Item, Wire, freeze

if TYPE_CHECKING:
    from dynexpr.expression.operand import Expr
    from dynexpr.orm.declarative import DeclarativeBase

M = TypeVar("M", bound="DeclarativeBase")
Status = Literal["transient", "pending", "persistent", "deleted", "detached"]
NO_KEYS: Final = cast("set[str]", frozenset())
NO_VALUES: Final[dict[str, Any]] = {}


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
        self.assigned: set[str] = NO_KEYS
        """Python names that were assigned a value; the value lies in the object's `__dict__`."""
        self.handed: set[str] = NO_KEYS
        """Python names whose value can change in place and was read; the value lies in the object's `__dict__`."""
        self.kept: dict[str, Any] = NO_VALUES
        """Values handed out before the last commit and still right: the next read gives them again."""
        self.expressions: dict[str, Expr[Any]] = NO_VALUES
        """Python names that were assigned an expression."""
        self.unloaded: set[str] = NO_KEYS
        """Python names whose value only DynamoDB knows."""
        self.key: tuple[Frozen, ...] | None = None
        """The frozen key, of a stored object that a session has entered: it can't change any more."""
        self.session: Any = None
        """The session's, to use as it likes."""
        self.session_hold: Hold | None = None

    def __repr__(self) -> str:
        return f"<{self.status} state>"


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


def called(obj: "DeclarativeBase", *, veiled: bool = False) -> str:
    """An object as messages call it, by its key: `Payment ("p1")`; *veiled*: without its values."""
    cls = type(obj)
    try:
        return f"{cls.__name__} {key_shown(cls.__table__, key_item(obj), everything=veiled or is_veiled(obj))}"
    except ArgumentError:
        return f"{cls.__name__} without a key"


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


def knows(state: InstanceState, attribute: Attribute) -> bool:
    """Whether the stored value of an attribute is known, be it that there is none."""
    if attribute.key in state.unloaded:
        return False
    return state.loaded_names is None or attribute.name in state.loaded_names


def is_loaded(obj: "DeclarativeBase", attribute: Attribute) -> bool:
    """Whether an object knows the stored value of an attribute."""
    return knows(obj.__state__, attribute)


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
            raise without_key(attribute)
        key[attribute.name] = wire
    return key


def without_key(attribute: Attribute) -> MissingAttribute:
    """The error for a part of the key that has no value."""
    return MissingAttribute(f"{attribute.where} has no value, and it is part of the key")


def key_of(obj: "DeclarativeBase") -> tuple[Frozen, ...]:
    """The identity within the table: the frozen wire pairs of the key attributes, partition key first."""
    known = obj.__state__.key
    return tuple(map(freeze, key_item(obj).values())) if known is None else known


def unloaded_keys(obj: "DeclarativeBase") -> frozenset[str]:
    """The Python names that can't be read: not asked for, expired, or known to DynamoDB only."""
    state = obj.__state__
    if state.stored is None:
        return frozenset()
    values = vars(obj)
    return frozenset(
        key
        for key, attribute in type(obj).__mapping__.attributes.items()
        if key not in values and (key in state.expressions or not knows(state, attribute))
    )


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
