"""How does a Python value look on the wire?  `1` is `{"N": "1"}`.

The wire form is what boto3's client takes and gives: a dictionary of one entry, its key the type descriptor; `B` holds
`bytes`. `freeze` makes the hashable pair that expression nodes hold, `thaw` turns it back.

Numbers are written in the canonical form DynamoDB itself answers with (plain decimal, no trailing zeros), so two equal
numbers have equal text. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from typing import Any, Final, cast

from dynexpr import limits
from dynexpr.errors import ValueNotStorable

type_descriptors: Final = ("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M")

Wire = dict[str, Any]
"""One attribute value as boto3's client writes it, e.g. `{"S": "x"}`."""
Item = dict[str, Wire]
"""Attribute name -> wire value."""
Frozen = tuple[str, Any]
"""A wire value as a hashable pair, e.g. `("S", "x")`; equal pairs are equal values to DynamoDB."""

_NUMBERS = Context(prec=limits.NUMBER_DIGITS, traps=[Inexact, InvalidOperation])
PLAIN_INT: Final = 10**limits.NUMBER_DIGITS
"""Integers below it have no more digits than DynamoDB keeps."""


def not_finite(value: object) -> ValueNotStorable:
    """The error for what is no number, or an endless one."""
    return ValueNotStorable(value, "a number must be finite; DynamoDB has no NaN and no Infinity")


def number_text(value: int | Decimal) -> str:
    """The canonical text of a number.

    >>> number_text(Decimal("12.50")), number_text(Decimal("1e3")), number_text(Decimal("-0"))
    ('12.5', '1000', '0')

    Raises ValueNotStorable for NaN, Infinity, more than 38 significant digits, and magnitudes outside
    1E-130 to 9.99...E+125.
    """
    if type(value) is int and -PLAIN_INT < value < PLAIN_INT:
        return str(value)
    text = str(value) if type(value) is Decimal else ""
    if text and len(text) <= limits.NUMBER_DIGITS and text[-1] in "123456789" and "E" not in text and "N" not in text:
        return text  # as it is already: no exponent, no trailing zeros, not NaN
    number = Decimal(value)
    if not number.is_finite():
        raise not_finite(value)
    try:
        number = _NUMBERS.normalize(number)
    except DecimalException:
        raise ValueNotStorable(
            value, f"DynamoDB keeps {limits.NUMBER_DIGITS} significant digits; round it, or store it as text"
        ) from None
    if not number:
        return "0"
    if not limits.NUMBER_MIN_EXPONENT <= number.adjusted() <= limits.NUMBER_MAX_EXPONENT:
        raise ValueNotStorable(value, "the magnitude of a number must lie between 1E-130 and 9.99E+125")
    return format(number, "f")


def canonical_number(text: str) -> str:
    """The canonical form of a number's text as it came from outside: `1e3` is `1000`."""
    if text.isascii() and text.isdigit() and len(text) <= limits.NUMBER_DIGITS and text[0] != "0":
        return text
    try:
        # DynamoDB takes plain ASCII decimals only; Python's Decimal is more generous.
        if not text.isascii() or "_" in text or text != text.strip():
            raise InvalidOperation
        return number_text(Decimal(text))
    except InvalidOperation:
        raise ValueNotStorable(text, "not a number") from None


def encode(value: object, depth: int = 0) -> Wire:
    """The wire form of a Python value, by the value's own type.

    >>> encode({"a": [1, None, {"x"}]})
    {'M': {'a': {'L': [{'N': '1'}, {'NULL': True}, {'SS': ['x']}]}}}

    datetime (aware), date, UUID and Enum are written as their column types write them by default. A float is refused:
    write a Decimal, or declare the column as `float`. Raises ValueNotStorable, naming the place inside containers.
    """
    encoder = _ENCODERS.get(type(value))
    if encoder is not None:
        return encoder(value, depth)
    return _encode_other(value, depth)


def _encode_str(value: str, _depth: int) -> Wire:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueNotStorable(value, "text must be valid Unicode; it holds a lone surrogate") from None
    return {"S": str.__str__(value)}  # of a subclass, which may compare and show itself otherwise, the plain text


def _encode_number(value: int | Decimal, _depth: int) -> Wire:
    return {"N": number_text(value)}


def _encode_float(value: float, _depth: int) -> Wire:
    hint = f"Decimal({str(value)!r})" if str(value).strip("-") not in {"nan", "inf"} else "a Decimal"
    raise ValueNotStorable(value, f"a float is not exact; write {hint}, or annotate the column as float")


def _encode_list(value: Iterable[object], depth: int) -> Wire:
    inside = deeper(value, depth)
    elements: list[Wire] = []
    for index, element in enumerate(value):
        try:
            elements.append(encode(element, inside))
        except ValueNotStorable as error:
            raise error.inside(index) from None
    return {"L": elements}


def _encode_dict(value: Mapping[object, object], depth: int) -> Wire:
    inside = deeper(value, depth)
    entries: Item = {}
    for key, element in value.items():
        name = map_key(key)
        try:
            entries[name] = encode(element, inside)
        except ValueNotStorable as error:
            raise error.inside(name) from None
    return {"M": entries}


def map_key(key: object) -> str:
    """The name of a map's entry on the wire; refuses what is no text, and the empty text."""
    if type(key) is str and key and key.isascii():
        return key
    if not isinstance(key, str):
        raise ValueNotStorable(key, "the keys of a map must be text")
    if not key:
        raise ValueNotStorable(key, "the keys of a map must not be empty")
    return encode(key)["S"]  # type: ignore[no-any-return]


def deeper(value: object, depth: int) -> int:
    """The depth inside one more container; refuses what DynamoDB would call too deep."""
    if depth >= limits.NESTING:
        raise ValueNotStorable(value, f"lists and maps nest at most {limits.NESTING} levels deep")
    return depth + 1


def nesting(wire: Wire) -> int:
    """How deep lists and maps nest in a wire value: 0 for a scalar or a set, 1 for `{"L": []}`.

    >>> nesting({"L": [{"M": {}}, {"N": "1"}]})
    2
    """
    ((kind, value),) = wire.items()
    if kind == "L":
        return 1 + max(map(nesting, value), default=0)
    if kind == "M":
        return 1 + max(map(nesting, value.values()), default=0)
    return 0


def _encode_set(value: Iterable[object], _depth: int) -> Wire:
    return encode_set(value, [encode(element) for element in value])


def encode_set(value: object, elements: list[Wire]) -> Wire:
    """A set from its elements on the wire; in a fixed order, so that equal sets are sent as equal bytes.

    Equal numbers of different Python types become one element, as in DynamoDB.
    """
    kinds = {next(iter(element)) for element in elements}
    if not kinds:
        raise ValueNotStorable(
            value, "DynamoDB has no empty set; leave the attribute out, or remove it (a set column does so by itself)"
        )
    if len(kinds) > 1 or not kinds <= {"S", "N", "B"}:
        raise ValueNotStorable(value, "the elements of a set must all be text, all numbers, or all bytes")
    kind = kinds.pop()
    return {kind + "S": sorted({element[kind] for element in elements})}


def _encode_other(value: Any, depth: int) -> Wire:
    for kind, encoder in _ENCODERS.items():
        if isinstance(value, kind) and kind is not type(None):
            # An Enum may be a str or an int too; its value is what counts, and need not be of that type.
            return encode(value._value_, depth) if hasattr(value, "_value_") else encoder(value, depth)
    # Looked up by name: a value of these types can exist only if its module is loaded already.
    kinds = {name for base in type(value).__mro__ for name in [f"{base.__module__}.{base.__qualname__}"]}
    if "datetime.datetime" in kinds:
        return {"S": datetime_text(value)}
    if "datetime.date" in kinds:
        return {"S": value.isoformat()}
    if "uuid.UUID" in kinds:
        return {"S": str(value)}
    if "enum.Enum" in kinds:
        return encode(value.value, depth)
    raise ValueNotStorable(
        value, f"DynamoDB has no type for {type(value).__name__}; convert it, or give the column a type_"
    )


def datetime_text(value: Any) -> str:
    """An aware datetime as fixed-width UTC text, which sorts as the instants do.

    >>> from datetime import datetime, timedelta, timezone
    >>> datetime_text(datetime(2026, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=1))))
    '2026-01-02T02:04:00.000000Z'
    """
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueNotStorable(value, "a naive datetime names no instant; give it a tzinfo, e.g. timezone.utc")
    offset = value.utcoffset()
    try:
        utc = value.replace(tzinfo=None) - offset
    except OverflowError:
        raise ValueNotStorable(value, "in UTC this instant lies outside the years 1 to 9999") from None
    return str(utc.isoformat(timespec="microseconds")) + "Z"


_ENCODERS: Final[dict[type, Callable[[Any, int], Wire]]] = {
    str: _encode_str,
    bool: lambda value, _depth: {"BOOL": value},
    int: _encode_number,
    Decimal: _encode_number,
    type(None): lambda _value, _depth: {"NULL": True},
    bytes: lambda value, _depth: {"B": bytes(value)},
    bytearray: lambda value, _depth: {"B": bytes(value)},
    memoryview: lambda value, _depth: {"B": bytes(value)},
    list: _encode_list,
    tuple: _encode_list,
    dict: _encode_dict,
    set: _encode_set,
    frozenset: _encode_set,
    float: _encode_float,
}


def decode(wire: Wire) -> Any:
    """The Python value of a wire value: N becomes Decimal, NULL None, sets Python sets, B bytes.

    >>> decode({"L": [{"N": "1"}, {"NULL": True}]})
    [Decimal('1'), None]
    """
    ((kind, value),) = wire.items()
    return _DECODERS[kind](value)


_DECODERS: Final[dict[str, Callable[[Any], Any]]] = {
    "S": lambda value: value,
    "N": Decimal,
    "B": lambda value: value,
    "BOOL": lambda value: value,
    "NULL": lambda _value: None,
    "SS": set,
    "NS": lambda value: {Decimal(number) for number in value},
    "BS": set,
    "L": lambda value: [decode(element) for element in value],
    "M": lambda value: {name: decode(element) for name, element in value.items()},
}


def checked_wire(value: Any) -> Wire:
    """A wire value from outside, as this library would have written it."""
    try:
        wire = encode(decode(value))
        if freeze(wire) == freeze(value):
            return wire
    except ValueNotStorable:
        raise
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        pass  # what it is instead is told below
    raise ValueNotStorable(value, "not in wire form, e.g. {'N': '1'}; plain=True takes Python values")


def encode_item(values: Mapping[str, object]) -> Item:
    """A dictionary of Python values as an item on the wire."""
    return _encode_dict(values, -1)["M"]  # type: ignore[no-any-return, arg-type]  # the item itself is no level


def decode_item(item: Item) -> dict[str, Any]:
    """An item on the wire as a dictionary of Python values."""
    return {name: decode(wire) for name, wire in item.items()}


def freeze(wire: Wire) -> Frozen:
    """The hashable pair of a wire value, numbers canonical, sets and maps in a fixed order.

    >>> freeze({"M": {"b": {"N": "1.0"}, "a": {"SS": ["y", "x"]}}})
    ('M', (('a', ('SS', ('x', 'y'))), ('b', ('N', '1'))))
    """
    ((kind, value),) = wire.items()
    freezer = _FREEZERS.get(kind)
    return (kind, value if freezer is None else freezer(value))


_FREEZERS: Final[dict[str, Callable[[Any], Any]]] = {
    "N": canonical_number,
    "SS": lambda value: tuple(sorted(set(value))),
    "NS": lambda value: tuple(sorted({canonical_number(number) for number in value})),
    "BS": lambda value: tuple(sorted(set(value))),
    "L": lambda value: tuple(freeze(element) for element in value),
    "M": lambda value: tuple(sorted((name, freeze(element)) for name, element in value.items())),
}


Freezer = Callable[[Item], tuple[Frozen, ...]]
"""What makes the frozen pairs of an item's key: which item it is."""


def key_freezer(key: Mapping[str, str | None]) -> Freezer:
    """What freezes the attributes of a key, given as names and types; as `freeze` does, in a third of the time.

    >>> key_freezer({"id": "S", "at": "N"})({"id": {"S": "p1"}, "at": {"N": "1.0"}, "paid": {"BOOL": True}})
    (('S', 'p1'), ('N', '1'))
    """
    parts = [f"({kind!r}, {'number' if kind == 'N' else ''}(item[{name!r}][{kind!r}])), " for name, kind in key.items()]
    names = tuple(key)

    def of_other_types(item: Item) -> tuple[Frozen, ...]:
        return tuple([freeze(item[name]) for name in names])

    scope: dict[str, Any] = {"number": canonical_number, "of_other_types": of_other_types}
    text = f"def freezer(item):\n try: return ({''.join(parts)})\n except KeyError: return of_other_types(item)"
    exec(text, scope)  # noqa: S102 - a text of our own, names and types as literals
    return cast("Freezer", scope["freezer"])


def thaw(frozen: Frozen) -> Wire:
    """The wire value of a frozen pair."""
    kind, value = frozen
    if kind == "L":
        return {"L": [thaw(element) for element in value]}
    if kind == "M":
        return {"M": {name: thaw(element) for name, element in value}}
    if kind in {"SS", "NS", "BS"}:
        return {kind: list(value)}
    return {kind: value}


def equal(left: Wire, right: Wire) -> bool:
    """Whether DynamoDB takes two values for equal: by type, numbers by value, sets and maps without order."""
    if left == right:
        return True
    ((kind, _),), ((other, _),) = left.items(), right.items()
    return kind == other and kind in _FREEZERS and freeze(left) == freeze(right)
