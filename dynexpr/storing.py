"""What does a column store for a value?  The one place that says so, for statements and for objects.

None is absent (or NULL, by `none_as`), an empty set is absent, and so is what `omit_if` says. A key is never empty,
lists and maps nest 32 levels deep, and text is no datetime.
"""

from typing import Any, Final

from dynexpr import limits
from dynexpr.allowed import refuse_other, restricted
from dynexpr.columns import Column
from dynexpr.errors import ValueNotStorable
from dynexpr.hiding import HIDDEN
from dynexpr.types import Set
from dynexpr.wire import Wire, nesting

NULL: Final[Wire] = {"NULL": True}
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
                raise ValueNotStorable(None, _why_required(column))
            return NULL if options.none_as == "null" else None
        if isinstance(value, set | frozenset) and not value and isinstance(column.type, Set):
            return None
        wire = _encoded(column, value, 0)
        if restricted(column.type):
            refuse_other(column.type, wire)
        if wire in _EMPTY and column.table is not None and column.name in column.table.keyed:
            raise ValueNotStorable(value, "a key attribute must not be empty")
    except ValueNotStorable as error:
        raise blamed(column, error) from None
    return wire


def _why_required(column: Column[Any]) -> str:
    if column.table is not None and column.name in column.table.key_names:
        return "it is part of the key, which every item has; give it a value"
    options = column.options
    if options.version or options.created_at or options.updated_at:
        return "the commit sets it; leave it out"
    return "the attribute is required; annotate it Mapped[... | None] if it may be absent"


def check_allowed(column: Column[Any], wire: Wire) -> None:
    """Raise ValueNotStorable, naming the column, for a value that its type, or one inside it, does not allow."""
    try:
        if restricted(column.type):
            refuse_other(column.type, wire)
    except ValueNotStorable as error:
        raise blamed(column, error) from None


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
