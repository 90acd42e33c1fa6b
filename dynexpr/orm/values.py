"""Which values has an object, be it only to look at them?"""

from typing import TYPE_CHECKING, Any

from dynexpr.errors import MissingAttribute, ValueNotStorable
from dynexpr.hiding import HIDDEN
from dynexpr.orm.mapping import Attribute
from dynexpr.orm.state import InstanceState, is_veiled, knows
from dynexpr.unset import UNSET
from dynexpr.wire import encode

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase


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
        elif state.stored is not None and key not in state.expressions and knows(state, attribute):
            try:
                value = attribute.value(state)
            except MissingAttribute:
                continue
        else:
            continue
        found[key] = copied(attribute, value)
    return found


def _filled_in(state: InstanceState, attribute: Attribute, value: object) -> bool:
    """Whether the value of an attribute is what `missing=` puts in place of one that the stored item lacks."""
    if state.stored is None or attribute.options.missing is UNSET or attribute.name in state.stored:
        return False
    if attribute.key in state.assigned or attribute.key in state.expressions or not knows(state, attribute):
        return False
    return not attribute.can_change(value) or attribute.encode(value) == attribute.encode(attribute.absent())


def _edited(attribute: Attribute, value: object) -> bool:
    """Whether a container that a new object got by default was edited since."""
    factory = attribute.options.default_factory
    return (
        factory is not None and attribute.can_change(value) and attribute.encode(value) != attribute.encode(factory())
    )


def copied(attribute: Attribute, value: object) -> object:
    """A value that nobody else changes."""
    if not attribute.can_change(value):
        return value
    from copy import deepcopy

    return deepcopy(value)


def plain_values(obj: "DeclarativeBase") -> dict[str, Any]:
    """The values by Python name, containers copied; without what the object has no value for, or did not read."""
    values: dict[str, Any] = {}
    for key, attribute in type(obj).__mapping__.attributes.items():
        try:
            values[key] = peek(obj, attribute, is_copied=True)
        except (MissingAttribute, AttributeError):
            continue
    return values


def peek(obj: "DeclarativeBase", attribute: Attribute, *, is_copied: bool) -> Any:
    """The value of an attribute, without leaving a trace in the object."""
    values = vars(obj)
    state = obj.__state__
    if attribute.key in values:
        value = values[attribute.key]
    elif attribute.key in state.kept:
        value = state.kept[attribute.key]
    else:
        return attribute.value(state)
    return copied(attribute, value) if is_copied else value


def read_plain(attribute: Attribute, value: object) -> Any:
    """A value for from_dict: of the attribute's own type, or in the form it is stored in."""
    if value is None or (isinstance(value, set | frozenset) and not value):
        return value
    try:
        return attribute.type.decode(attribute.type.encode(value))
    except ValueNotStorable as error:
        try:
            wire = encode(value)
        except ValueNotStorable:
            raise attribute.blame(error) from None
        if attribute.type.kind not in wire:
            raise attribute.blame(error) from None
        return attribute.type.decode(wire)


def shown(obj: "DeclarativeBase") -> list[str]:
    """The values of an object as its repr has them."""
    state = obj.__state__
    if state.stored is None and not vars(obj):
        return []
    parts: list[str] = []
    veiled = is_veiled(obj)
    for key, attribute in type(obj).__mapping__.attributes.items():
        try:
            value = HIDDEN if veiled or attribute.options.sensitive else peek(obj, attribute, is_copied=False)
            parts.append(f"{key}={value!r}")
        except (MissingAttribute, AttributeError):
            continue
        except Exception as error:  # noqa: BLE001 - a value's own repr failed
            parts.append(f"{key}=<{type(error).__name__}>")
    return parts
