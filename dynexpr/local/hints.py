"""What did a refused request probably mean?  For what Python's users are told after the service's own words.

A hint is never on the wire: the server and `patch_boto3` answer with the service's words alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dynexpr.errors import DynexprError, nearest
from dynexpr.local.errors import LocalServiceError
from dynexpr.local.values import check_value
from dynexpr.operations import OF_VALUES, OPERATIONS
from dynexpr.wire import encode, type_descriptors

_LISTS: Final = {"Keys": True, "Parameters": False}
"""Members that hold several; whether those are whole keys."""
_CODES: Final = frozenset({"SerializationException", "UnknownOperationException", "ValidationException"})


def hint(operation: str, params: Mapping[str, Any], code: str) -> str:
    """The end of a message: a name like the one that was given, or where a Python value stands for one on the wire.

    >>> hint("PutItem", {"TableName": "t", "Item": {"id": "x"}}, "SerializationException")
    "; Item.id is a plain str, and on the wire {'S': …}"
    >>> hint("Puttem", {}, "UnknownOperationException")
    "; did you mean 'PutItem'?"
    """
    from dynexpr.local.validate import parameters_of

    if code not in _CODES:
        return ""
    known = parameters_of(operation)
    if not known:
        return nearest(operation, OPERATIONS - {operation})
    for name in params:
        if name not in known:
            return f"; {operation} has no parameter {name!r}{nearest(str(name), known)}"
    return next(_plain_values(params, ""), "")


def _plain_values(part: Any, path: str) -> Iterator[str]:
    """What to say of each value of an item that is not as it is sent."""
    if isinstance(part, list | tuple):
        for place, each in enumerate(part):
            yield from _plain_values(each, f"{path}[{place}]")
    if not isinstance(part, Mapping):
        return
    for name, member in part.items():
        here = f"{path}.{name}" if path else str(name)
        if name in OF_VALUES:
            yield from _of_item(member, here)
        elif name in _LISTS and isinstance(member, list | tuple):
            for place, each in enumerate(member):
                yield from (_of_item if _LISTS[name] else _of_value)(each, f"{here}[{place}]")
        else:
            yield from _plain_values(member, here)


def _of_item(item: Any, path: str) -> Iterator[str]:
    if isinstance(item, Mapping):
        for name, value in item.items():
            yield from _of_value(value, f"{path}.{name}")


def _of_value(value: Any, path: str) -> Iterator[str]:
    try:
        check_value(value)
    except LocalServiceError:
        yield from _told(value, path)


def _told(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, Mapping) and len(value) == 1:
        (kind, inner) = next(iter(value.items()))
        if kind == "M":
            yield from _of_item(inner, path)
            return
        if kind == "L" and isinstance(inner, list):
            for place, each in enumerate(inner):
                yield from _of_value(each, f"{path}[{place}]")
            return
        if kind in type_descriptors:
            wire = _encoded(inner)
            if wire is not None and kind in wire and wire != value:  # {"N": 5}
                on_wire, plain = type(wire[kind]).__name__, type(inner).__name__
                yield f"; {path}: on the wire {{{kind!r}: …}} holds {on_wire}, not {plain}"
            return
    wire = _encoded(value)
    if wire is not None:
        # The value itself may be nobody's business, and long.
        yield f"; {path} is a plain {type(value).__name__}, and on the wire {{{next(iter(wire))!r}: …}}"


def _encoded(value: Any) -> Any:
    try:
        return encode(value)
    except DynexprError:
        return None
