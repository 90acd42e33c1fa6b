"""What does a change of an item leave in its table's stream?  A record, numbered in the order of all changes.

A stream is a space of the store, one partition, in which records stand by their numbers; a table without a stream
leaves nothing and pays nothing.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

from typing import Any, Final

from dynexpr.local.schema import Schema
from dynexpr.sizes import item_size
from dynexpr.wire import Item

SEQUENCE: Final = "sequence"
"""The counter that numbers the records of all streams."""

PARTITION: Final = b""

_NUMBER_BYTES: Final = 8
_FIRST: Final = 10**20  # sequence numbers have 21 digits or more, so that their texts sort as they do
_NEW: Final = frozenset({"NEW_IMAGE", "NEW_AND_OLD_IMAGES"})
_OLD: Final = frozenset({"OLD_IMAGE", "NEW_AND_OLD_IMAGES"})


def change_record(schema: Schema, view: str, before: Item, after: Item, now: float, *, expired: bool) -> dict[str, Any]:
    """The record of a change, as far as it does not say where it stands; `expired` is a deletion by the service."""
    one = after or before
    keys = {name: one[name] for name in schema.key.attributes}
    record: dict[str, Any] = {"Keys": keys}
    if after and view in _NEW:
        record["NewImage"] = after
    if before and view in _OLD:
        record["OldImage"] = before
    size = sum(map(item_size, record.values()))
    name = "MODIFY" if before and after else "INSERT" if after else "REMOVE"
    return {**record, "SizeBytes": size, "name": name, "time": now, "expired": expired}


def record_place(number: int) -> tuple[bytes, bytes]:
    """Where a record stands in the space of its stream."""
    return PARTITION, number.to_bytes(_NUMBER_BYTES, "big")


def record_number(sort: bytes) -> int:
    """The number of the record that stands at a place."""
    return int.from_bytes(sort, "big")


def sequence_text(number: int) -> str:
    """A record's SequenceNumber.

    >>> sequence_text(7)
    '100000000000000000007'
    """
    return str(_FIRST + number)


def sequence_number(text: str) -> int | None:
    """The number in a SequenceNumber; None when it is none that the engine gives."""
    return int(text) - _FIRST if text.isascii() and text.isdigit() and int(text) >= _FIRST else None
