"""Which values does the service take?  Checks a value as it comes in, and copies it in the form it is stored in.

Numbers become canonical, `B` becomes bytes. What was passed in is never kept, so its owner may change it afterwards.
"""

import re
from collections.abc import Callable, Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, DecimalException, Inexact
from typing import Any, Final, NoReturn, TypeVar

from dynexpr import limits
from dynexpr.expression.apply import in_order
from dynexpr.local.errors import BadValue, LocalServiceError, invalid_parameter, refuse
from dynexpr.sizes import number_size, text_size
from dynexpr.wire import Item, Wire

_T = TypeVar("_T", str, bytes)

_NUMBERS: Final = Context(prec=limits.NUMBER_DIGITS, Emax=999_999, Emin=-999_999, traps=[Inexact])
_CANONICAL: Final = re.compile(r"-?(?:[1-9]\d*|(?:0|[1-9]\d*)\.\d*[1-9])", re.ASCII)
"""Most numbers, as they are kept: nothing is to be made of them while they are short."""
_READER: Final = Context(prec=1_000_000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_NOT_NUMERIC: Final = "The parameter cannot be converted to a numeric value"
_OVERFLOW: Final = "Number overflow. Attempting to store a number with magnitude larger than supported range"
_UNDERFLOW: Final = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
_TURN: Final = 2**31
_DUPLICATES: Final = "One or more parameter values were invalid: Input collection"
_NO_NAME: Final = "Empty attribute name"
_DEPTH_MESSAGE: Final = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)


def check_number(text: object) -> str:
    """The canonical text of a number, or the service's refusal.

    >>> check_number("+012.50"), check_number("1e3")
    ('12.5', '1000')
    """
    if type(text) is not str:
        _wrong_type(text)
    if len(text) <= limits.NUMBER_DIGITS and (_CANONICAL.fullmatch(text) or text == "0"):
        return text
    # Python's Decimal reads spaces, underscores, NaN and Infinity as well, which the service does not.
    number = Decimal("NaN") if "_" in text or text != text.strip() else _READER.create_decimal(text)
    if not number.is_finite():
        raise _not_numeric(text, f"{_NOT_NUMERIC}: {text}")
    magnitude = number.adjusted()  # of a zero as well: 0e126 is refused
    if not limits.NUMBER_MIN_EXPONENT <= magnitude <= limits.NUMBER_MAX_EXPONENT:
        raise _out_of_range(text, number)
    if not number:
        return "0"
    try:
        number = _NUMBERS.normalize(number)
    except DecimalException:
        refuse("Attempting to store more than 38 significant digits in a Number")
    return format(number, "f")


def _not_numeric(text: str, current: str) -> BadValue:
    return BadValue(f"{_NOT_NUMERIC}: {text}" if text else _NOT_NUMERIC, current)


def _out_of_range(text: str, number: Decimal) -> BadValue:
    """The older layer counts in 32 bits: it can't read a larger exponent, and the magnitude turns round."""
    _sign, digits, exponent = number.as_tuple()
    magnitude = number.adjusted()
    current = _OVERFLOW if magnitude > 0 else _UNDERFLOW
    if not isinstance(exponent, int) or abs(exponent) >= _TURN:
        return _not_numeric(text, current)
    turned = (len(digits) + exponent + _TURN) % (2 * _TURN) - _TURN
    return BadValue(_OVERFLOW if turned > 0 else _UNDERFLOW, current)


def check_value(wire: Any, depth: int = 1) -> tuple[Wire, int]:
    """A copy of a value, checked and canonical, and its size."""
    try:
        ((kind, value),) = wire.items()
        checker = _CHECKERS[kind]
    except (ValueError, KeyError, AttributeError):
        _no_value(wire)
    return checker(value, depth)


def check_item(item: Any) -> tuple[Item, int]:
    """A copy of an item, checked and canonical, and its size."""
    copy: Item = {}
    total = 0
    if "" in item:
        refuse(_NO_NAME)
    for name, wire in item.items():
        try:
            ((kind, value),) = wire.items()
            checker = _CHECKERS[kind]
        except (ValueError, KeyError, AttributeError):
            _no_value(wire)
        copy[name], size = checker(value, 1)
        total += size + (len(name) if name.isascii() else text_size(name))
    return copy, total


def _no_value(wire: Any) -> NoReturn:
    if not isinstance(wire, Mapping):
        _wrong_type(wire)
    known = [kind for kind in wire if kind in _CHECKERS]
    if len(known) > 1:
        refuse(
            "Supplied AttributeValue has more than one datatypes set, "
            "must contain exactly one of the supported datatypes"
        )
    # Other members are unknown to the service, which passes over them.
    refuse("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")


def _wrong_type(value: object) -> NoReturn:
    raise LocalServiceError(
        "SerializationException", f"{type(value).__name__} can not be converted to what the operation expects"
    )


def _text(value: Any, _depth: int) -> tuple[Wire, int]:
    if type(value) is not str:
        _wrong_type(value)
    return {"S": value}, len(value) if value.isascii() else text_size(value)


def _number(value: Any, _depth: int) -> tuple[Wire, int]:
    text = check_number(value)
    return {"N": text}, number_size(text)


def check_bytes(value: Any) -> bytes:
    """The bytes of a `B` as boto3 takes it."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    _wrong_type(value)


def _binary(value: Any, _depth: int) -> tuple[Wire, int]:
    data = check_bytes(value)
    return {"B": data}, len(data)


def _boolean(value: Any, _depth: int) -> tuple[Wire, int]:
    if type(value) is not bool:
        _wrong_type(value)
    return {"BOOL": value}, 1


def _null(value: Any, _depth: int) -> tuple[Wire, int]:
    if type(value) is not bool:
        _wrong_type(value)
    if not value:
        invalid_parameter("Null attribute value types must have the value of true")
    return {"NULL": True}, 1


def _elements(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple | set | frozenset):
        _wrong_type(value)
    return list(value)


def _to_first_repeat(elements: list[_T], order: Callable[[_T], bytes]) -> list[_T]:
    """The elements as the current layer lists them: in order up to the first repeat, then as they were sent."""
    first = next(index for index in range(len(elements)) if elements[index] in elements[:index])
    return sorted(elements[:first], key=order) + elements[first:]


def _text_set(value: Any, _depth: int) -> tuple[Wire, int]:
    elements = _elements(value)
    if not elements:
        invalid_parameter("An string set  may not be empty")
    for element in elements:
        if type(element) is not str:
            _wrong_type(element)
    if len(set(elements)) < len(elements):
        listed = ", ".join(f'"{element}"' for element in _to_first_repeat(elements, str.encode))
        raise BadValue(
            f"{_DUPLICATES} [{', '.join(elements)}] contains duplicates.",
            f"{_DUPLICATES} [{listed}] contains duplicates.",
        )
    return {"SS": in_order("SS", elements)}, sum(map(text_size, elements))


def _number_set(value: Any, _depth: int) -> tuple[Wire, int]:
    elements = list(map(check_number, _elements(value)))
    if not elements:
        invalid_parameter("An number set  may not be empty")
    if len(set(elements)) < len(elements):
        raise BadValue("Input collection contains duplicates", f"{_DUPLICATES} contains duplicates.")
    return {"NS": in_order("NS", elements)}, sum(map(number_size, elements))


def _binary_set(value: Any, _depth: int) -> tuple[Wire, int]:
    elements = list(map(check_bytes, _elements(value)))
    if not elements:
        invalid_parameter("Binary sets should not be empty")
    if len(set(elements)) < len(elements):
        from base64 import b64encode

        sent = ", ".join(b64encode(element).decode() for element in elements)
        listed = ",".join(f'"{b64encode(element).decode()}"' for element in _to_first_repeat(elements, bytes))
        raise BadValue(
            f"{_DUPLICATES} [{sent}]of type BS contains duplicates.",
            f"{_DUPLICATES} [{listed}]of type BS contains duplicates.",
        )
    return {"BS": in_order("BS", elements)}, sum(map(len, elements))


def _list(value: Any, depth: int) -> tuple[Wire, int]:
    if depth >= limits.NESTING:
        refuse(_DEPTH_MESSAGE)
    if not isinstance(value, list | tuple):
        _wrong_type(value)
    total = 3 + len(value)
    copy: list[Wire] = []
    for element in value:
        checked, size = check_value(element, depth + 1)
        copy.append(checked)
        total += size
    return {"L": copy}, total


def _map(value: Any, depth: int) -> tuple[Wire, int]:
    if depth >= limits.NESTING:
        refuse(_DEPTH_MESSAGE)
    if not isinstance(value, Mapping):
        _wrong_type(value)
    total = 3 + len(value)
    copy: Item = {}
    for name, element in value.items():
        if type(name) is not str:
            _wrong_type(name)
        copy[name], size = check_value(element, depth + 1)
        total += size + text_size(name)
    if "" in copy:
        refuse(_NO_NAME)
    return {"M": copy}, total


_CHECKERS: Final[dict[str, Callable[[Any, int], tuple[Wire, int]]]] = {
    "S": _text,
    "N": _number,
    "B": _binary,
    "BOOL": _boolean,
    "NULL": _null,
    "SS": _text_set,
    "NS": _number_set,
    "BS": _binary_set,
    "L": _list,
    "M": _map,
}


def too_deep(wire: Wire, depth: int = 1) -> bool:
    """Whether a value that an update made has more levels than DynamoDB takes."""
    ((kind, value),) = wire.items()
    if kind not in {"L", "M"}:
        return False
    if depth >= limits.NESTING:
        return True
    return any(too_deep(element, depth + 1) for element in (value if kind == "L" else value.values()))
