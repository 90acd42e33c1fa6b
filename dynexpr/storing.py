"""What does a column store for a value?  The one place that says so, for statements and for objects.

None is absent (or NULL, by `none_as`), an empty set is absent, and so is what `omit_if` says. A key is never empty,
lists and maps nest 32 levels deep, and text is no datetime.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from weakref import WeakKeyDictionary

from dynexpr import limits
from dynexpr.columns import Column
from dynexpr.errors import ValueNotStorable
from dynexpr.hiding import HIDDEN
from dynexpr.types import ColumnType, List, Map, Nullable, Record, Set
from dynexpr.wire import Frozen, Wire, decode, freeze, nesting

NULL: Final[Wire] = {"NULL": True}
_RESTRICTED: Final[WeakKeyDictionary[ColumnType[Any], bool]] = WeakKeyDictionary()
_EMPTY: Final[tuple[Wire, ...]] = ({"S": ""}, {"B": b""})


def validated(column: Column[Any], value: Any) -> Any:
    """The value as the column's validators (`@validates`) leave it; what they raise is the user's own."""
    for validator in column.options.validators:
        value = validator(column.key or column.name, value)
    return value


def stored(column: Column[Any], value: object) -> Wire | None:
    """What a declared column stores for a value that was just given; None where the attribute is left out.

    Its validators are asked first. Raises ValueNotStorable, naming the column.
    """
    return encoded(column, validated(column, value) if column.options.validators else value)


def encoded(column: Column[Any], value: object) -> Wire | None:
    """What a declared column stores for a value its validators have seen; None where the attribute is left out."""
    options = column.options
    try:
        if options.omit_if is not None and options.omit_if(value):
            return None
        if value is None:
            if not options.nullable:
                raise ValueNotStorable(
                    None, "the attribute is required; annotate it Mapped[... | None] if it may be absent"
                )
            return NULL if options.none_as == "null" else None
        if isinstance(value, set | frozenset) and not value and isinstance(column.type, Set):
            return None
        wire = _encoded(column, value, 0)
        if restricted(column.type):
            _check_allowed(column.type, wire)
        if wire in _EMPTY and column.table is not None and column.name in column.table.keyed:
            raise ValueNotStorable(value, "a key attribute must not be empty")
    except ValueNotStorable as error:
        raise blamed(column, error) from None
    return wire


def check_allowed(column: Column[Any], wire: Wire) -> None:
    """Raise ValueNotStorable, naming the column, for a value that its type, or one inside it, does not allow."""
    try:
        if restricted(column.type):
            _check_allowed(column.type, wire)
    except ValueNotStorable as error:
        raise blamed(column, error) from None


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


def _check_allowed(type_: ColumnType[Any], wire: Wire) -> None:
    allowed = type_.allowed
    if allowed is not None and freeze(wire) not in allowed:
        raise ValueNotStorable(decode(wire), f"the attribute holds {type_.python}: one of {_listed(allowed)}")
    for step, inside, part in _parts(type_, wire):
        try:
            _check_allowed(inside, part)
        except ValueNotStorable as error:
            raise (error if step is None else error.inside(step)) from None


def _parts(type_: ColumnType[Any], wire: Wire) -> Iterator[tuple[str | int | None, ColumnType[Any], Wire]]:
    """What a container holds: the step to each part, where there is one, its type, and what is stored of it."""
    if isinstance(type_, Nullable):
        if wire != NULL:
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


def encoded_present(column: Column[Any], value: object) -> Wire:
    """What is stored for a value that is there, past the rules for absent; also at a place inside, `lines[0].sku`."""
    try:
        return _encoded(column, value, len(column.node.steps) - 1)
    except ValueNotStorable as error:
        raise blamed(column, error) from None


def _encoded(column: Column[Any], value: object, depth: int) -> Wire:
    type_ = column.type
    try:
        wire = type_.encode(value)
        if type_.mutable and depth + nesting(wire) > limits.NESTING:
            raise ValueNotStorable(value, f"lists and maps nest at most {limits.NESTING} levels deep")
    except RecursionError:
        raise ValueNotStorable(HIDDEN, "it holds itself, or nests without end") from None
    return wire


def blamed(column: Column[Any], error: ValueNotStorable) -> ValueNotStorable:
    """The error with the column in front; of a sensitive column without the value."""
    if column.options.sensitive:
        error = ValueNotStorable(HIDDEN, f"DynamoDB can't hold it as {column.type.python} (the column is sensitive)")
    where = column.key or column.name
    return error.inside(where if column.table is None else f"{column.table.title}.{where}")
