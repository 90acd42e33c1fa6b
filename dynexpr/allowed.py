"""Which values does a type take?  A Literal its own, an Enum of texts those of its members, and so inside containers.

Only what is given is looked at: what is stored already may be a newer program's, and is read as it is.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from weakref import WeakKeyDictionary

from dynexpr.errors import ValueNotStorable
from dynexpr.types import ColumnType, List, Map, Nullable, Record, Set
from dynexpr.wire import Frozen, Wire, decode, freeze

_NULL: Final[Wire] = {"NULL": True}
_RESTRICTED: Final[WeakKeyDictionary[ColumnType[Any], bool]] = WeakKeyDictionary()


def restricted(type_: ColumnType[Any]) -> bool:
    """Whether a type, or one inside it, takes some values only, as a Literal does."""
    if not type_.mutable and not isinstance(type_, Nullable):
        return type_.allowed is not None
    known = _RESTRICTED.get(type_)
    if known is None:
        known = _RESTRICTED[type_] = any(each.allowed is not None for each in _types_in(type_, []))
    return known


def _types_in(type_: ColumnType[Any], found: list[ColumnType[Any]]) -> list[ColumnType[Any]]:
    """A type and all inside it; a record may hold itself."""
    if type_ not in found:
        found.append(type_)
        if isinstance(type_, Record):
            inner = [inside for _, inside, _ in type_.fields.values()]
        else:
            inner = [vars(type_)[name] for name in ("inner", "item", "value") if name in vars(type_)]
        for each in inner:
            if isinstance(each, ColumnType):
                _types_in(each, found)
    return found


def refuse_other(type_: ColumnType[Any], wire: Wire) -> None:
    """Raise ValueNotStorable for a value that a type, or one inside it, does not take."""
    allowed = type_.allowed
    if allowed is not None and freeze(wire) not in allowed:
        raise ValueNotStorable(decode(wire), f"the attribute holds {type_.python}: one of {_listed(allowed)}")
    for step, inside, part in _parts(type_, wire):
        try:
            refuse_other(inside, part)
        except ValueNotStorable as error:
            raise (error if step is None else error.inside(step)) from None


def _parts(type_: ColumnType[Any], wire: Wire) -> Iterator[tuple[str | int | None, ColumnType[Any], Wire]]:
    """What a container holds: the step to each part, where there is one, its type, and what is stored of it."""
    if isinstance(type_, Nullable):
        if wire != _NULL:
            yield None, type_.inner, wire
    elif isinstance(type_, Set):
        kind = str(type_.item.kind)
        for element in wire.get(f"{kind}S", ()):
            yield None, type_.item, {kind: element}
    elif isinstance(type_, List):
        for place, part in enumerate(wire.get("L", ())):
            yield place, type_.item, part
    elif isinstance(type_, Map):
        for name, part in wire.get("M", {}).items():
            yield name, type_.value, part
    elif isinstance(type_, Record):
        for name, (wire_name, inside, _) in type_.fields.items():
            if wire_name in wire.get("M", {}):
                yield name, inside, wire["M"][wire_name]


def _listed(allowed: Iterable[Frozen]) -> str:
    return ", ".join(sorted(str(held) if kind == "N" else repr(held) for kind, held in allowed))
