"""Which values has an object, be it only to look at them?"""

from typing import TYPE_CHECKING, Any

from dynexpr.errors import MissingAttribute
from dynexpr.orm.mapping import Attribute
from dynexpr.orm.state import InstanceState, knows
from dynexpr.unset import UNSET

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
