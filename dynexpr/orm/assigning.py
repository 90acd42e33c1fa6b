"""What happens when an attribute of an object is assigned?"""

from typing import TYPE_CHECKING, Any

from dynexpr.errors import ArgumentError, KeyChanged
from dynexpr.expression.operand import Expr
from dynexpr.orm.mapping import Attribute
from dynexpr.orm.state import InstanceState
from dynexpr.statements.base import check_own
from dynexpr.wire import Wire, freeze

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase


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
        name = type(obj).__name__
        cure = (
            "DynamoDB can't move an item, and a copy of an object stands for the same item; make a new object with "
            f"{name}(...), or {name}.from_dict({{**obj.to_dict(), {attribute.key!r}: …}}), add it, and delete this one"
        )
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
    check_own(type(obj).__table__, value.node)
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
