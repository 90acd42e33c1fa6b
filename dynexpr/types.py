"""How does a column's Python type look on the wire?  A codec for each; subclass `ColumnType` for your own.

A value of another wire type than declared is not an error when it is read: it arrives as the Python value of its own
type, so that an item written by somebody else can be looked at and mended.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from dynexpr.errors import ArgumentError, ValueNotStorable
from dynexpr.wire import (
    Frozen,
    Wire,
    datetime_text,
    decode,
    encode,
    encode_set,
    freeze,
    map_key,
    not_finite,
    number_text,
)

if TYPE_CHECKING:
    from datetime import date, datetime  # noqa: F401 - named in the bases of their column types
    from uuid import UUID  # noqa: F401

T = TypeVar("T")


class ColumnType(Generic[T]):
    """A codec between a Python type and one DynamoDB type.

    Subclass it, set `kind` to the wire type (`S`, `N`, `B`, …) and write `to_wire` and `from_wire`, which handle what
    stands inside the descriptor.

    >>> class Upper(ColumnType[str]):
    ...     kind = "S"
    ...     python = "upper-case text"
    ...     def to_wire(self, value: object) -> str:
    ...         return str(value).upper()
    >>> Upper().encode("a")
    {'S': 'A'}
    """

    kind: str | None = None
    """The wire type; None when it can be any."""
    python: str = "a value"
    """What it holds, for messages."""
    mutable: bool = False
    """Whether its values can change in place."""
    allowed: "frozenset[Frozen] | None" = None
    """The wire pairs a column takes; None for all. What is stored already may be another."""

    def encode(self, value: object) -> Wire:
        """The wire form of a value; raises ValueNotStorable."""
        if self.kind is None:
            raise NotImplementedError(f"{type(self).__name__} has no kind, so it has to have an encode() of its own")
        return {self.kind: self.to_wire(value)}

    def decode(self, wire: Wire) -> Any:
        """The Python value of a wire value."""
        kind = self.kind
        if kind in wire:
            return self.from_wire(wire[kind])
        return decode(wire)

    def to_wire(self, value: Any) -> Any:
        """What stands inside the descriptor for a value."""
        return value

    def from_wire(self, stored: Any) -> Any:
        """The value of what stands inside the descriptor."""
        return stored

    def enter(self, step: str | int) -> "tuple[str | int, ColumnType[Any]]":
        """The wire name of a step into a value of this type, and the type found there."""
        shown = f"[{step}]" if isinstance(step, int) else f"[{step!r}]"
        raise ArgumentError(f"{self.python} has no element {shown}")

    @property
    def element(self) -> "ColumnType[Any]":
        """The type of what contains() and append() take."""
        return self

    def refuse(self, value: object, hint: str = "") -> ValueNotStorable:
        """The error for a value of another Python type."""
        return ValueNotStorable(value, f"the attribute holds {self.python}, not {type(value).__name__}{hint}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Any_(ColumnType[Any]):  # noqa: N801 - typing has the name without underscore
    """Whatever the value is; the type of `attr(...)` and of `Mapped[Any]`."""

    python = "any value"
    mutable = True

    def encode(self, value: object) -> Wire:
        return encode(value)

    def decode(self, wire: Wire) -> Any:
        return decode(wire)

    def enter(self, step: str | int) -> "tuple[str | int, ColumnType[Any]]":
        return step, self


class String(ColumnType[str]):
    """`str` as S."""

    kind = "S"
    python = "text (str)"

    def encode(self, value: object) -> Wire:
        if isinstance(value, str):
            return encode(value)
        raise self.refuse(value)


class Number(ColumnType[Decimal]):
    """`Decimal` as N; takes ints too."""

    kind = "N"
    python = "a number (Decimal)"

    def to_wire(self, value: object) -> str:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return number_text(value)
        hint = f"; write Decimal({str(value)!r})" if isinstance(value, float) else ""
        raise self.refuse(value, hint)

    def from_wire(self, stored: str) -> Decimal:
        return Decimal(stored)


class Integer(Number):
    """`int` as N."""

    python = "a whole number (int)"

    def to_wire(self, value: object) -> str:
        if isinstance(value, float) or (
            isinstance(value, Decimal) and value.is_finite() and value != value.to_integral_value()
        ):
            raise self.refuse(value, "; round it, or annotate the column as Decimal or float")
        return super().to_wire(value)

    def from_wire(self, stored: str) -> Any:
        try:
            return int(stored)
        except ValueError:
            number = Decimal(stored)
            return int(number) if number == number.to_integral_value() else number


class Float(ColumnType[float]):
    """`float` as N, by its shortest decimal text; not for keys, where equal values must have equal text."""

    kind = "N"
    python = "a number (float)"

    def to_wire(self, value: object) -> str:
        if isinstance(value, float):
            if not isfinite(value):
                raise not_finite(value)
            return number_text(Decimal(repr(float(value))))
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return number_text(value)
        raise self.refuse(value)

    def from_wire(self, stored: str) -> float:
        return float(stored)


class Boolean(ColumnType[bool]):
    """`bool` as BOOL."""

    kind = "BOOL"
    python = "a bool"

    def to_wire(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        raise self.refuse(value)


class Binary(ColumnType[bytes]):
    """`bytes` as B."""

    kind = "B"
    python = "bytes"

    def to_wire(self, value: object) -> bytes:
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        raise self.refuse(value)


class DateTime(ColumnType["datetime"]):
    """An aware `datetime` as S: fixed-width UTC text, which sorts as the instants do; reads any ISO 8601 text."""

    kind = "S"
    python = "an aware datetime"

    def to_wire(self, value: object) -> str:
        from datetime import datetime

        if isinstance(value, datetime):
            return datetime_text(value)
        raise self.refuse(value, "; write datetime.fromisoformat(...)" if isinstance(value, str) else "")

    def from_wire(self, stored: str) -> Any:
        from datetime import UTC, datetime

        try:
            moment = datetime.fromisoformat(stored)
        except ValueError:
            return stored
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


class EpochSeconds(ColumnType["datetime"]):
    """An aware `datetime` as N: whole seconds since 1970, the form time to live wants. Fractions are cut off."""

    kind = "N"
    python = "an aware datetime"

    def to_wire(self, value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return number_text(value)
        from datetime import UTC, datetime

        if not isinstance(value, datetime):
            raise self.refuse(value)
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueNotStorable(value, "a naive datetime names no instant; give it a tzinfo, e.g. timezone.utc")
        elapsed = value - datetime(1970, 1, 1, tzinfo=UTC)
        return str(elapsed.days * 86400 + elapsed.seconds)

    def from_wire(self, stored: str) -> Any:
        from datetime import UTC, datetime, timedelta

        try:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(Decimal(stored)))
        except (OverflowError, ValueError):
            return Decimal(stored)


class Date(ColumnType["date"]):
    """`date` as S: `2026-11-22`."""

    kind = "S"
    python = "a date"

    def to_wire(self, value: object) -> str:
        from datetime import date, datetime

        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        raise self.refuse(value, "; write date.fromisoformat(...)" if isinstance(value, str) else "")

    def from_wire(self, stored: str) -> Any:
        from datetime import date

        try:
            return date.fromisoformat(stored)
        except ValueError:
            return stored


class Uuid(ColumnType["UUID"]):
    """`UUID` as S: `12345678-1234-…`."""

    kind = "S"
    python = "a UUID"

    def to_wire(self, value: object) -> str:
        from uuid import UUID

        if isinstance(value, UUID):
            return str(value)
        raise self.refuse(value, "; write UUID(...)" if isinstance(value, str) else "")

    def from_wire(self, stored: str) -> Any:
        from uuid import UUID

        try:
            return UUID(stored)
        except ValueError:
            return stored


class Enum(ColumnType[Any]):
    """An `enum.Enum` by the value of its members. Another stored value is read as it is: a newer program knows it."""

    def __init__(self, members: Any) -> None:
        self.members = members
        self.python = f"a member of {members.__name__}"
        self._stored: dict[Any, Wire] = {member: encode(member.value) for member in members}
        # By the wire pair: a member whose value is a tuple comes back as a list, which no lookup by value finds.
        self._by_pair = {freeze(wire): member for member, wire in self._stored.items()}
        kinds = {next(iter(wire)) for wire in self._stored.values()}
        self.kind = kinds.pop() if len(kinds) == 1 else None
        self.allowed = frozenset(self._by_pair) if self.kind == "S" else None  # others are encoded of members only

    def encode(self, value: Any) -> Wire:
        if isinstance(value, self.members):
            return self._stored.get(value) or encode(value.value)  # flags combine to what is no member by itself
        if self.kind == "S" and isinstance(value, str):  # a prefix, or the value of a member
            return encode(value)
        raise self.refuse(value)

    def decode(self, wire: Wire) -> Any:
        member = self._by_pair.get(freeze(wire))
        if member is not None:
            return member
        value = decode(wire)
        try:
            # Flags combine, and an Enum may have a _missing_ of its own; both count in ints.
            return self.members(_INTEGER.decode(wire))
        except (TypeError, ValueError):
            return value

    def __repr__(self) -> str:
        return f"Enum({self.members.__name__})"


class Nullable(ColumnType[Any]):
    """A value or None, inside a container: None is stored as NULL."""

    def __init__(self, inner: ColumnType[Any]) -> None:
        self.inner = inner
        self.kind = None
        self.mutable = inner.mutable
        self.python = f"{inner.python} or None"

    def encode(self, value: object) -> Wire:
        return {"NULL": True} if value is None else self.inner.encode(value)

    def decode(self, wire: Wire) -> Any:
        return None if "NULL" in wire else self.inner.decode(wire)

    def enter(self, step: str | int) -> tuple[str | int, ColumnType[Any]]:
        return self.inner.enter(step)

    @property
    def element(self) -> ColumnType[Any]:
        return self.inner.element

    def __repr__(self) -> str:
        return f"Nullable({self.inner!r})"


class List(ColumnType[list[T]]):
    """`list` as L."""

    kind = "L"
    python = "a list"
    mutable = True

    def __init__(self, item: ColumnType[T] | None = None) -> None:
        self.item: ColumnType[Any] = Any_() if item is None else item

    def to_wire(self, value: object) -> list[Wire]:
        if not isinstance(value, list | tuple):
            raise self.refuse(value)
        encoded: list[Wire] = []
        for index, element in enumerate(value):
            try:
                encoded.append(self.item.encode(element))
            except ValueNotStorable as error:
                raise error.inside(index) from None
        return encoded

    def from_wire(self, stored: list[Wire]) -> list[Any]:
        return [self.item.decode(element) for element in stored]

    def enter(self, step: str | int) -> tuple[str | int, ColumnType[Any]]:
        if isinstance(step, int):
            return step, self.item
        return super().enter(step)

    @property
    def element(self) -> ColumnType[Any]:
        return self.item

    def __repr__(self) -> str:
        return f"List({self.item!r})"


class Set(ColumnType[set[T]]):
    """`set` as SS, NS or BS, by its elements. The empty set of a column is stored as absent."""

    python = "a set"
    mutable = True

    def __init__(self, item: ColumnType[T]) -> None:
        if item.kind not in {"S", "N", "B"}:
            raise ArgumentError(f"a DynamoDB set holds text, numbers or bytes, not {item.python}; use a list")
        self.item = item
        self.kind = item.kind + "S"

    def to_wire(self, value: object) -> list[Any]:
        if not isinstance(value, set | frozenset):
            raise self.refuse(value)
        encoded = encode_set(value, [self.item.encode(element) for element in value])
        return encoded[self.kind]  # type: ignore[no-any-return, index]

    def from_wire(self, stored: list[Any]) -> set[Any]:
        kind = self.item.kind
        return {self.item.decode({kind: element}) for element in stored}  # type: ignore[dict-item]

    @property
    def element(self) -> ColumnType[Any]:
        return self.item

    def __repr__(self) -> str:
        return f"Set({self.item!r})"


class Map(ColumnType[dict[str, T]]):
    """`dict[str, T]` as M."""

    kind = "M"
    python = "a map (dict)"
    mutable = True

    def __init__(self, value: ColumnType[T] | None = None) -> None:
        self.value: ColumnType[Any] = Any_() if value is None else value

    def to_wire(self, value: object) -> dict[str, Wire]:
        if not isinstance(value, Mapping):
            raise self.refuse(value)
        encoded: dict[str, Wire] = {}
        for name, element in value.items():
            key = map_key(name)
            try:
                encoded[key] = self.value.encode(element)
            except ValueNotStorable as error:
                raise error.inside(key) from None
        return encoded

    def from_wire(self, stored: dict[str, Wire]) -> dict[str, Any]:
        return {name: self.value.decode(element) for name, element in stored.items()}

    def enter(self, step: str | int) -> tuple[str | int, ColumnType[Any]]:
        if isinstance(step, str):
            return step, self.value
        return super().enter(step)

    def __repr__(self) -> str:
        return f"Map({self.value!r})"


UNDECLARED: Final = "_dynexpr_undeclared"
"""Where a dataclass instance keeps the entries of its map that the class does not declare, on the wire."""


class Record(ColumnType[Any]):
    """A dataclass or a TypedDict as M. Entries it does not declare survive: seen in a TypedDict, hidden in a dataclass.

    `fields` maps the Python name of a field to its wire name, type, and whether None means absent. `make` builds the
    object from Python names, `take` gives the Python names and values of an object (None for one of another type).
    """

    kind = "M"
    mutable = True

    def __init__(
        self,
        name: str,
        fields: Mapping[str, tuple[str, ColumnType[Any], bool]],
        make: Callable[[dict[str, Any]], Any],
        take: Callable[[Any], Mapping[str, Any] | None],
        *,
        open_ended: bool = False,
    ) -> None:
        self.python = f"a {name}"
        self.make = make
        self.take = take
        self.open_ended = open_ended
        self.declare(fields)

    def declare(self, fields: Mapping[str, tuple[str, ColumnType[Any], bool]]) -> None:
        """Set the fields; apart from the constructor, so that a record can hold itself."""
        self.fields = dict(fields)
        self._by_wire = {wire_name: (name, type_, null) for name, (wire_name, type_, null) in self.fields.items()}

    def to_wire(self, value: object) -> dict[str, Wire]:
        values = self.take(value)
        if values is None:
            raise self.refuse(value)
        encoded: dict[str, Wire] = {} if self.open_ended else dict(getattr(value, UNDECLARED, ()))
        for name, element in values.items():
            field = self.fields.get(name)
            if field is None:
                key = map_key(name)
                if not self.open_ended or key in self._by_wire:
                    raise ValueNotStorable(element, f"{self.python} has no field {key!r}")
                field = (key, _ANY, False)
            wire_name, column_type, nullable = field
            if element is None and nullable:
                continue
            try:
                encoded[wire_name] = column_type.encode(element)
            except ValueNotStorable as error:
                raise error.inside(name) from None
        return encoded

    def from_wire(self, stored: dict[str, Wire]) -> Any:
        values: dict[str, Any] = {name: None for name, (_, _, nullable) in self.fields.items() if nullable}
        undeclared: dict[str, Wire] = {}
        for wire_name, wire in stored.items():
            known = self._by_wire.get(wire_name)
            if known is None:
                undeclared[wire_name] = wire
            else:
                name, column_type, nullable = known
                values[name] = None if nullable and "NULL" in wire else column_type.decode(wire)
        if self.open_ended:
            values |= {name: decode(wire) for name, wire in undeclared.items()}
        try:
            made = self.make(values)
        except (TypeError, ValueError):
            return decode({"M": stored})
        if undeclared and not self.open_ended and hasattr(made, "__dict__"):
            # Past a frozen __setattr__. A dataclass with slots has no room for them, and loses them when rewritten.
            object.__setattr__(made, UNDECLARED, undeclared)
        return made

    def enter(self, step: str | int) -> tuple[str | int, ColumnType[Any]]:
        field = self.fields.get(step) if isinstance(step, str) else None
        if field is not None:
            return field[0], field[1]
        if self.open_ended and isinstance(step, str):
            return step, _ANY
        if isinstance(step, str):
            raise ArgumentError(f"{self.python} has no field {step!r}; it has {', '.join(self.fields)}")
        return super().enter(step)

    def __repr__(self) -> str:
        return f"<{self.python} as a map>"


_ANY: Final = Any_()
_INTEGER: Final = Integer()
