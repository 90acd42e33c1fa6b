"""How is an item a line of JSON?  As DynamoDB writes it, or plainly; either way it comes back as it was.

Plain JSON has no sets, no bytes, and of numbers only text with as many digits as there are. So a set is
`{"$set": [...]}`, bytes are `{"$binary": "base64"}`, and a map with one key that begins with `$` is `{"$map": {...}}`.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, Self

from dynexpr.errors import ArgumentError
from dynexpr.wire import Item, Wire, encode

_KINDS: Final = frozenset({"S", "N", "B", "SS", "NS", "BS", "BOOL", "NULL", "L", "M"})
_NUMBER: Final = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
"""A number as text; Decimal would take 1_000, too."""


class _Number(float):
    """A number that JSON writes as the text it has."""

    def __new__(cls, text: str) -> Self:
        """The number of a text."""
        made = super().__new__(cls, 0.0)
        made.text = text
        return made

    text: str

    def __repr__(self) -> str:
        return self.text


def dynamodb_line(item: Mapping[str, Any]) -> str:
    """An item in DynamoDB's JSON, as its own exports have it.

    >>> dynamodb_line({"id": {"S": "p1"}, "key": {"B": b"x"}})
    '{"Item":{"id":{"S":"p1"},"key":{"B":"eA=="}}}'
    """
    return json.dumps({"Item": {name: _texted(wire) for name, wire in item.items()}}, **_COMPACT)


def plain_line(item: Mapping[str, Any]) -> str:
    """An item in plain JSON.

    >>> plain_line({"id": {"S": "p1"}, "n": {"N": "1.50"}, "tags": {"SS": ["a"]}})
    '{"id":"p1","n":1.50,"tags":{"$set":["a"]}}'
    """
    return plain_text({name: plain_value(wire) for name, wire in item.items()})


_COMPACT: Final[dict[str, Any]] = {"ensure_ascii": False, "separators": (",", ":")}


def plain_text(value: Any) -> str:
    """JSON whose numbers have all their digits; json itself would make floats of them."""
    if isinstance(value, _Number):
        return value.text
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name, ensure_ascii=False)}:{plain_text(inner)}" for name, inner in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(plain_text, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _texted(wire: Wire) -> Any:
    """A wire value with base64 in place of bytes."""
    ((kind, value),) = wire.items()
    if kind == "B":
        return {kind: base64.b64encode(value).decode()}
    if kind == "BS":
        return {kind: [base64.b64encode(each).decode() for each in value]}
    if kind == "L":
        return {kind: [_texted(each) for each in value]}
    if kind == "M":
        return {kind: {name: _texted(each) for name, each in value.items()}}
    return wire


def plain_value(wire: Wire) -> Any:
    """A wire value for plain JSON."""
    ((kind, value),) = wire.items()
    return _PLAIN[kind](value)


def _plain_map(value: Mapping[str, Wire]) -> dict[str, Any]:
    made = {name: plain_value(each) for name, each in value.items()}
    return {"$map": made} if len(made) == 1 and next(iter(made)).startswith("$") else made


_PLAIN: Final[dict[str, Callable[[Any], Any]]] = {
    "S": str,
    "N": _Number,
    "B": lambda value: {"$binary": base64.b64encode(value).decode()},
    "BOOL": bool,
    "NULL": lambda _value: None,
    "SS": lambda value: {"$set": list(value)},
    "NS": lambda value: {"$set": [_Number(each) for each in value]},
    "BS": lambda value: {"$set": [{"$binary": base64.b64encode(each).decode()} for each in value]},
    "L": lambda value: [plain_value(each) for each in value],
    "M": _plain_map,
}


def item_of_line(line: str) -> Item:
    """The item of a line of either kind, on the wire; raises ArgumentError, or ValueNotStorable, saying why not."""
    try:
        read = _json(line)
    except (json.JSONDecodeError, ArithmeticError) as error:
        raise ArgumentError(f"this is no JSON: {error}") from None
    except RecursionError:
        raise ArgumentError("it is nested too deeply") from None
    if not isinstance(read, dict):
        raise ArgumentError("a line is an object: an item")
    inner = read.get("Item")
    if len(read) == 1 and isinstance(inner, dict) and all(_is_wire(each) for each in inner.values()):
        return {name: wire_of(each) for name, each in inner.items()}
    return {name: wire_of_plain(each) for name, each in read.items()}


def _json(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number)


def read_json(text: str) -> tuple[Any] | None:
    """What plain JSON says, numbers with all their digits; None where a text is none.

    >>> read_json("5"), read_json("null"), read_json("five"), read_json("NaN")
    ((Decimal('5'),), (None,), None, None)
    """
    try:
        return (_json(text),)
    except (ArgumentError, ArithmeticError, ValueError):
        return None


def wire_of_plain(read: Any) -> Wire:
    """The wire value of what plain JSON has."""
    return encode(_value(read))


def _no_number(text: str) -> Any:
    raise ArgumentError(f"{text} is no number that DynamoDB has")


def _is_wire(value: object) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _KINDS


def wire_of(value: Any) -> Wire:
    """A wire value of DynamoDB's JSON, checked."""
    if not _is_wire(value):
        raise ArgumentError("a value of DynamoDB's JSON is an object with one type, {'S': 'x'}")
    ((kind, given),) = value.items()
    if kind == "L":
        return {kind: [wire_of(each) for each in _of(given, list, kind)]}
    if kind == "M":
        return {kind: {name: wire_of(each) for name, each in _of(given, dict, kind).items()}}
    if kind == "B":
        return {kind: _bytes(given)}
    if kind == "BS":
        return encode({_bytes(each) for each in _of(given, list, kind)})
    if kind == "N":
        return encode(_decimal(given))
    if kind == "NS":
        return encode({_decimal(each) for each in _of(given, list, kind)})
    if kind == "SS":
        return encode({_of(each, str, kind) for each in _of(given, list, kind)})
    if kind == "S":
        return encode(_of(given, str, kind))
    if kind == "NULL" and given is not True:
        raise ArgumentError("NULL holds true, nothing else")
    return {kind: _of(given, bool, kind)}


def _of(value: Any, wanted: type[Any], kind: str) -> Any:
    if not isinstance(value, wanted):
        raise ArgumentError(f"{kind} holds a {wanted.__name__}, not {type(value).__name__}")
    return value


def _decimal(given: Any) -> Decimal:
    if isinstance(given, Decimal):  # DynamoDB writes it as a text, others as a number
        return given
    if not isinstance(given, str) or not _NUMBER.fullmatch(given):
        raise ArgumentError(f"{given!r} is no number")
    return Decimal(given)


def _bytes(given: Any) -> bytes:
    try:
        return base64.b64decode(_of(given, str, "B"), validate=True)
    except (binascii.Error, ValueError):
        raise ArgumentError("bytes are written in base64") from None


def _value(read: Any) -> Any:
    """The Python value of what plain JSON has."""
    if isinstance(read, list):
        return [_value(each) for each in read]
    if not isinstance(read, dict):
        return read
    if len(read) == 1:
        ((name, inner),) = read.items()
        if name == "$binary":
            return _bytes(inner)
        if name == "$set":
            return {_value(each) for each in _of(inner, list, "$set")}
        if name == "$map":
            return {key: _value(each) for key, each in _of(inner, dict, "$map").items()}
    return {name: _value(each) for name, each in read.items()}
