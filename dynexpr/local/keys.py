"""How is a key kept so that bytes sort as DynamoDB sorts?

Text by its UTF-8 bytes, bytes as they are, numbers by value over all 38 digits; equal numbers have equal bytes.
Each value ends in a mark that sorts before everything that could follow inside a value, so several values can stand
one after the other (an index with several sort keys, an index entry with its item's key).
"""

import zlib
from collections.abc import Callable, Iterable
from typing import Any, Final

# A zero byte inside a value is written 00 FF; 00 01 ends the value, and 00 02 is what comes after all that begin so.
_ZERO: Final = b"\x00"
_ESCAPED_ZERO: Final = b"\x00\xff"
_END: Final = b"\x00\x01"
_AFTER_END: Final = b"\x00\x02"

_NEGATIVE: Final = b"\x40"
_NULL: Final = b"\x80"
_POSITIVE: Final = b"\xc0"
_EXPONENT_BIAS: Final = 130  # magnitudes go from 1E-130 to 9.9E+125: the exponent is exactly one byte
# Two digits are one byte, 00 to 99 in BCD. Among negative numbers the order is turned round: FE down to 65, and FF,
# which no digits give, ends them, so that the longer of two numbers that begin alike comes first.
_TURN: Final = bytes(0xFE - byte if byte != 0xFF else 0xFF for byte in range(256))
_NEGATIVE_END: Final = b"\xff"

HASH_BYTES: Final = 4


def encode_number(text: str) -> bytes:
    """The sortable bytes of a number in canonical form.

    >>> encode_number("-12") < encode_number("-1.5") < encode_number("0") < encode_number("0.2") < encode_number("12")
    True
    """
    if text.isdigit():
        if text == "0":
            return _NULL
        digits = text.rstrip("0")
        exponent = len(text) - 1
        negative = False
    else:
        negative = text[0] == "-"
        whole, _point, fraction = (text[1:] if negative else text).partition(".")
        if whole == "0":
            digits = fraction.lstrip("0")
            exponent = len(digits) - len(fraction) - 1
        else:
            digits = (whole + fraction).rstrip("0")
            exponent = len(whole) - 1
    magnitude = bytes.fromhex(digits + "0" if len(digits) % 2 else digits)
    if negative:
        return _NEGATIVE + bytes((255 - exponent - _EXPONENT_BIAS,)) + magnitude.translate(_TURN) + _NEGATIVE_END
    return _POSITIVE + bytes((exponent + _EXPONENT_BIAS,)) + magnitude


_ENCODERS: Final[dict[str, Callable[[Any], bytes]]] = {"S": str.encode, "N": encode_number, "B": bytes}


def encode_key(wire: dict[str, Any]) -> bytes:
    """The sortable bytes of a key attribute's value, ended."""
    ((kind, value),) = wire.items()
    return _ENCODERS[kind](value).replace(_ZERO, _ESCAPED_ZERO) + _END


def encode_prefix(wire: dict[str, Any]) -> bytes:
    """What the bytes of every value with this prefix begin with."""
    ((kind, value),) = wire.items()
    return _ENCODERS[kind](value).replace(_ZERO, _ESCAPED_ZERO)


def partition(values: Iterable[dict[str, Any]]) -> bytes:
    """The partition's bytes: a hash in front, so that a scan meets partitions in no order anybody could rely on."""
    encoded = b"".join(map(encode_key, values))
    return zlib.crc32(encoded).to_bytes(HASH_BYTES, "big") + encoded


def segment_start(segment: int, total: int) -> bytes | None:
    """Where a segment of a parallel scan begins among the partitions; None is past the last one.

    >>> segment_start(1, 4).hex(), segment_start(4, 4)
    ('40000000', None)
    """
    if segment == total:
        return None
    return (-(-(segment << 8 * HASH_BYTES) // total)).to_bytes(HASH_BYTES, "big")


def after_equal(encoded: bytes) -> bytes:
    """The first bytes after everything that begins with these ended values."""
    return encoded[:-2] + _AFTER_END


def after_prefix(prefix: bytes) -> bytes | None:
    """The first bytes after everything that begins with a prefix; None when nothing comes after it."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes((stem[-1] + 1,)) if stem else None
