"""How large is an item to DynamoDB?  By these sizes it limits items and pages, and bills.

The names of the attributes count with their values.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dynexpr.errors import ArgumentError, ValueNotStorable, clip
from dynexpr.wire import Wire, checked_wire, encode_item, map_key

_CONTAINER: Final = 3
_ELEMENT: Final = 1
_NUMBER_MAX: Final = 21


def size_of(item: Any, *, plain: bool = False) -> int:
    """The bytes of an item as DynamoDB counts them for its limits and for what it bills: names and values together.

    *item* is on the wire as boto3's client has it, plain Python values with `plain=True`, or an object of a model.
    Storage is billed for 100 bytes more an item.

    >>> size_of({"id": {"S": "p1"}, "amount": {"N": "12.5"}}), size_of({"id": "p1", "amount": 12}, plain=True)
    (13, 12)

    Raises ArgumentError for what is no item, and ValueNotStorable for a value that DynamoDB can't store.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    if isinstance(item, Mapping):
        if plain:
            return item_size(encode_item(item))
        return item_size({map_key(name): _checked(name, wire) for name, wire in item.items()})
    if getattr(type(item), "__table__", None) is None:
        raise ArgumentError(f"an item is a mapping, or an object of a model, not {clip(item)}")
    from dynexpr.orm.changes import item_of

    return item_size(item_of(item))


def _checked(name: str, wire: object) -> Wire:
    try:
        return checked_wire(wire)
    except ValueNotStorable as error:
        raise error.inside(name) from None


def item_size(item: Mapping[str, Any]) -> int:
    """The bytes of an item on the wire: its names in UTF-8, and its values.

    >>> item_size({"id": {"S": "p1"}, "amount": {"N": "12.5"}})
    13
    """
    total = 0
    for name, wire in item.items():
        ((kind, value),) = wire.items()
        total += text_size(name) + _SIZES[kind](value)
    return total


def value_size(wire: Mapping[str, Any]) -> int:
    """The bytes of one value on the wire.

    >>> value_size({"L": [{"S": "ab"}, {"BOOL": True}]})
    8
    """
    ((kind, value),) = wire.items()
    return _SIZES[kind](value)


def text_size(text: str) -> int:
    """The bytes of a text, or of an attribute's name, in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def number_size(text: str) -> int:
    """The bytes of a number: two digits a byte on each side of the point, one for the magnitude, one for a minus.

    Zeros at both ends are left out.

    >>> number_size("12.5"), number_size("-1000"), number_size("0"), number_size("3.14159")
    (3, 3, 1, 5)
    """
    if text.isdigit():  # most are, and it is no other rule
        return min((len(text.strip("0")) + 1) // 2 + 1, _NUMBER_MAX)
    digits = text.lstrip("-+").partition("e" if "e" in text else "E")[0]
    whole, _point, fraction = digits.partition(".")
    if fraction:
        # Zeros next to the point are digits only while there are others on both sides of them.
        whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
        if not whole:
            fraction = fraction.lstrip("0")
    if not fraction:
        whole = whole.strip("0")
    # The two sides of the point begin a byte each.
    size = (len(whole) + 1) // 2 + (len(fraction) + 1) // 2 + 1 + text.startswith("-")
    return min(size, _NUMBER_MAX)


def _list_size(value: list[Any]) -> int:
    return _CONTAINER + sum(_ELEMENT + value_size(element) for element in value)


def _map_size(value: Mapping[str, Any]) -> int:
    return _CONTAINER + sum(_ELEMENT + text_size(name) + value_size(element) for name, element in value.items())


_SIZES: Final[dict[str, Callable[[Any], int]]] = {
    "S": text_size,
    "N": number_size,
    "B": len,
    "BOOL": lambda _value: 1,
    "NULL": lambda _value: 1,
    "SS": lambda value: sum(map(text_size, value)),
    "NS": lambda value: sum(map(number_size, value)),
    "BS": lambda value: sum(map(len, value)),
    "L": _list_size,
    "M": _map_size,
}
