"""Which Python value does a literal of SQL stand for, in a column of some type?

SQL writes text and numbers only: `'2026-01-02T12:00:00Z'` is an instant where the column holds one.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from dynexpr.errors import ValueNotStorable
from dynexpr.types import ColumnType, Date, DateTime, Enum, EpochSeconds, List, Map, Nullable, Record, Set, Uuid


def value_of(type_: ColumnType[Any], literal: Any) -> Any:
    """The Python value a column of a type takes for a literal; raises ValueNotStorable where there is none.

    >>> from dynexpr.types import Integer
    >>> value_of(DateTime(), "2026-01-02T12:00:00+01:00"), value_of(List(Integer()), [Decimal(1)])
    (datetime.datetime(2026, 1, 2, 12, 0, tzinfo=datetime.timezone(datetime.timedelta(seconds=3600))), [Decimal('1')])
    """
    convert = next((_CONVERT[kind] for kind in type(type_).__mro__ if kind in _CONVERT), None)
    return literal if convert is None else convert(type_, literal)


def _moment(type_: ColumnType[Any], literal: Any) -> Any:
    from datetime import datetime

    if not isinstance(literal, str):
        # Only time to live is a number, of whole seconds.
        whole = (
            isinstance(type_, EpochSeconds) and isinstance(literal, Decimal) and literal == literal.to_integral_value()
        )
        return int(literal) if whole else literal
    try:
        moment = datetime.fromisoformat(literal)
    except ValueError:
        raise ValueNotStorable(literal, "an instant is written '2026-01-02T12:00:00Z'") from None
    if moment.tzinfo is None:
        raise ValueNotStorable(literal, f"an instant has an offset: '{moment.isoformat()}Z'")
    return moment


def _day(_type: ColumnType[Any], literal: Any) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(literal) if isinstance(literal, str) else literal
    except ValueError:
        raise ValueNotStorable(literal, "a date is written '2026-01-02'") from None


def _uuid(_type: ColumnType[Any], literal: Any) -> Any:
    from uuid import UUID

    try:
        return UUID(literal) if isinstance(literal, str) else literal
    except ValueError:
        raise ValueNotStorable(literal, "a UUID is written '12345678-1234-5678-1234-567812345678'") from None


def _member(type_: Enum, literal: Any) -> Any:
    plain = int(literal) if isinstance(literal, Decimal) and literal == literal.to_integral_value() else literal
    for member in type_.members:
        if member.value == plain and isinstance(member.value, bool) == isinstance(plain, bool):
            return member
    values = ", ".join(repr(member.value) for member in type_.members)
    raise ValueNotStorable(literal, f"{type_.python} has one of the values {values}")


def _optional(type_: Nullable, literal: Any) -> Any:
    return None if literal is None else value_of(type_.inner, literal)


def _list(type_: List[Any], literal: Any) -> Any:
    return [value_of(type_.item, each) for each in literal] if isinstance(literal, list) else literal


def _set(type_: Set[Any], literal: Any) -> Any:
    if isinstance(literal, list):
        raise ValueNotStorable(literal, "a set is written <<'a', 'b'>>")
    return {value_of(type_.item, each) for each in literal} if isinstance(literal, frozenset) else literal


def _map(type_: Map[Any], literal: Any) -> Any:
    return (
        {name: value_of(type_.value, each) for name, each in literal.items()} if isinstance(literal, dict) else literal
    )


def _record(type_: Record, literal: Any) -> Any:
    """A record by its Python or stored names, read as if it came off the wire."""
    if not isinstance(literal, Mapping):
        return literal
    stored = {wire_name: (name, inner, absent) for name, (wire_name, inner, absent) in type_.fields.items()}
    wire: dict[str, Any] = {}
    for name, each in literal.items():
        wire_name = type_.fields[name][0] if name in type_.fields else name
        if wire_name not in stored:
            raise ValueNotStorable(each, f"{type_.python} has no field {name!r}; it has {', '.join(type_.fields)}")
        _, inner, absent = stored[wire_name]
        if each is None and absent:
            continue
        try:
            wire[wire_name] = inner.encode(value_of(inner, each))
        except ValueNotStorable as error:
            raise error.inside(name) from None
    return type_.from_wire(wire)


_CONVERT: Final[dict[type, Callable[[Any, Any], Any]]] = {
    DateTime: _moment,
    EpochSeconds: _moment,
    Date: _day,
    Uuid: _uuid,
    Enum: _member,
    Nullable: _optional,
    List: _list,
    Set: _set,
    Map: _map,
    Record: _record,
}
