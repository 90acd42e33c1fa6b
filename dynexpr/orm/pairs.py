"""How does a list or a map look on the wire, and in JSON, both at once?  For plain values; the rest is left alone."""

from binascii import b2a_base64
from collections.abc import Callable
from decimal import Decimal
from json.encoder import encode_basestring as quoted
from typing import Any, Final

from dynexpr.limits import NESTING
from dynexpr.sizes import value_size
from dynexpr.transports.protocol import text_of
from dynexpr.types import Any_, Boolean, ColumnType, Integer, List, Map, Nullable, Number, String
from dynexpr.wire import PLAIN_INT, Wire, nesting, number_text

Pair = tuple[Wire, str]
"""A value on the wire, and its JSON."""
_DEEP: Final = 8
"""So deep are containers followed."""


class UnsureError(Exception):
    """The value is none of those that are known here: the slow way says what it is."""


def pair_of_any(value: Any, depth: int) -> Pair:
    """The pair of a value by its own type, as `wire.encode` has it."""
    make = _PAIRS.get(value.__class__)
    if make is None:
        raise UnsureError
    return make(value, depth)


def checked_text(wire: Wire) -> str:
    """The JSON of what a column type made, which may be anything; a TypeError of what has no size."""
    value_size(wire)
    return text_of(wire)


def pairs_of(type_: ColumnType[Any]) -> Callable[[Any, int], Pair]:
    """What makes the pairs of a type's values."""
    kind = type(type_)
    if kind is Any_:
        return pair_of_any
    if kind is List and isinstance(type_, List):
        return _lists_of(pairs_of(type_.item))
    if kind is Map and isinstance(type_, Map):
        return _maps_of(pairs_of(type_.value))
    if kind is Nullable and isinstance(type_, Nullable):
        inner = pairs_of(type_.inner)
        return lambda value, depth: _of_none(value, depth) if value is None else inner(value, depth)

    plain = _PLAIN.get(kind)
    if plain is not None:
        python, make = plain
        return lambda value, depth: make(value, depth) if value.__class__ is python else of_others(value, depth)

    def of_others(value: Any, depth: int) -> Pair:
        wire = type_.encode(value)
        if type_.mutable and depth + nesting(wire) > NESTING:
            raise UnsureError
        return wire, checked_text(wire)

    return of_others


def _lists_of(inner: Callable[[Any, int], Pair]) -> Callable[[Any, int], Pair]:
    def of_list(value: Any, depth: int) -> Pair:
        if depth == _DEEP or (value.__class__ is not list and value.__class__ is not tuple):
            raise UnsureError
        wires: list[Wire] = []
        texts: list[str] = []
        for element in value:
            wire, text = inner(element, depth + 1)
            wires.append(wire)
            texts.append(text)
        return {"L": wires}, f'{{"L":[{",".join(texts)}]}}'

    return of_list


def _maps_of(inner: Callable[[Any, int], Pair]) -> Callable[[Any, int], Pair]:
    def of_map(value: Any, depth: int) -> Pair:
        if depth == _DEEP or value.__class__ is not dict:
            raise UnsureError
        entries: dict[str, Wire] = {}
        texts: list[str] = []
        for name, element in value.items():
            if name.__class__ is not str or not name:
                raise UnsureError
            entries[name], text = inner(element, depth + 1)
            texts.append(f"{quoted(name)}:{text}")
        return {"M": entries}, f'{{"M":{{{",".join(texts)}}}}}'

    return of_map


def _of_text(value: str, _depth: int) -> Pair:
    return {"S": value}, f'{{"S":{quoted(value)}}}'


def _of_int(value: int, _depth: int) -> Pair:
    if not -PLAIN_INT < value < PLAIN_INT:
        raise UnsureError
    text = str(value)
    return {"N": text}, f'{{"N":"{text}"}}'


def _of_decimal(value: Decimal, _depth: int) -> Pair:
    text = number_text(value)
    return {"N": text}, f'{{"N":"{text}"}}'


def _of_bytes(value: bytes, _depth: int) -> Pair:
    return {"B": value}, f'{{"B":"{base64(value)}"}}'


def _of_none(_value: None, _depth: int) -> Pair:
    return {"NULL": True}, '{"NULL":true}'


def base64(value: bytes) -> str:
    """Bytes as JSON has them, without the quotes."""
    return b2a_base64(value, newline=False).decode()


_PAIRS: Final[dict[type, Callable[[Any, int], Pair]]] = {
    str: _of_text,
    bool: lambda value, _depth: ({"BOOL": value}, '{"BOOL":true}' if value else '{"BOOL":false}'),
    int: _of_int,
    Decimal: _of_decimal,
    bytes: _of_bytes,
    type(None): _of_none,
    list: _lists_of(pair_of_any),
    tuple: _lists_of(pair_of_any),
    dict: _maps_of(pair_of_any),
}
_PLAIN: Final[dict[type, tuple[type, Callable[[Any, int], Pair]]]] = {
    String: (str, _of_text),
    Integer: (int, _of_int),
    Number: (Decimal, _of_decimal),
    Boolean: (bool, _PAIRS[bool]),
}
"""Column types -> the Python type of nearly all their values, and what makes pairs of those."""
