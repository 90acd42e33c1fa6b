"""Is this a key of the table?  The service's checks of an item's key attributes, of keys, and of index keys."""

from typing import Any, Final, NoReturn

from dynexpr import limits
from dynexpr.local.errors import WrongKey, WrongValue, invalid_parameter, refuse
from dynexpr.local.schema import KeySpace, Schema, kind_of
from dynexpr.local.values import check_value
from dynexpr.sizes import text_size
from dynexpr.wire import Item, Wire

MISMATCH: Final = "The provided key element does not match the schema"
_EMPTY: Final = {"S": "string", "B": "binary"}


def read_key(key: Any) -> Item:
    """A copy of a key, its values checked, as far as that goes without its table."""
    return {name: check_value(wire)[0] for name, wire in key.items()}


def check_key(schema: Schema, key: Any) -> Item:
    """A copy of a key, checked: exactly the table's key attributes, of their types."""
    copy = read_key(key)
    check_key_values(schema.key, copy)
    return copy


def check_key_values(space: KeySpace, key: Item) -> None:
    """Refuse a key that does not have exactly the key attributes of a table, of their types and sizes."""
    types = space.types
    if key.keys() != types.keys():
        raise WrongKey(MISMATCH)
    for name, wire in key.items():
        if types[name] not in wire:
            raise WrongKey(MISMATCH)
    _check_sizes(space, key)


def check_item_key(schema: Schema, item: Item) -> None:
    """Refuse an item that lacks a key attribute of its table, or has one of another type or a forbidden size."""
    for name, kind in schema.key.types.items():
        wire = item.get(name)
        if wire is None:
            raise WrongKey(f"One or more parameter values were invalid: Missing the key {name} in the item")
        if kind not in wire:
            raise WrongKey(
                "One or more parameter values were invalid: "
                f"Type mismatch for key {name} expected: {kind} actual: {kind_of(wire)}"
            )
    _check_sizes(schema.key, item)


def _check_sizes(space: KeySpace, item: Item) -> None:
    for position, name in enumerate(space.attributes):
        ((kind, value),) = item[name].items()
        if kind == "N":
            continue
        size = len(value) if kind == "B" else text_size(value)
        if not size:
            refuse(
                "One or more parameter values are not valid. "
                f"The AttributeValue for a key attribute cannot contain an empty {_EMPTY[kind]} value. Key: {name}"
            )
        if not position and size > limits.PARTITION_KEY_BYTES:
            invalid_parameter("Size of hashkey has exceeded the maximum size limit of2048 bytes")
        if position and size > limits.SORT_KEY_BYTES:
            invalid_parameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")


def check_index_keys(schema: Schema, item: Item, *, updating: bool = False) -> None:
    """Refuse an item whose attribute would be an index's key and can't: another type, empty, or too large."""
    for space in schema.indexes.values():
        for name, kind in space.types.items():
            wire = item.get(name)
            if wire is None or name in schema.key.types:
                continue
            if kind not in wire:
                _wrong_index_key(space, name, kind, wire)
            if kind == "N":
                continue
            value = wire[kind]
            size = len(value) if kind == "B" else text_size(value)
            if not size:
                _empty_index_key(space, name, kind, updating=updating)
            if name in space.sort and size > limits.SORT_KEY_BYTES:
                invalid_parameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
            if size > limits.PARTITION_KEY_BYTES:
                invalid_parameter("Size of hashkey has exceeded the maximum size limit of2048 bytes")


def _wrong_index_key(space: KeySpace, name: str, kind: str, wire: Wire) -> NoReturn:
    invalid_parameter(
        f"Type mismatch for Index Key {name} Expected: {kind} Actual: {kind_of(wire)} IndexName: {space.name}"
    )


def _empty_index_key(space: KeySpace, name: str, kind: str, *, updating: bool) -> NoReturn:
    if updating:
        raise WrongValue(
            "One or more parameter values are not valid. The update expression attempted to update a secondary index "
            "key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty "
            f"{_EMPTY[kind]} value."
        )
    raise WrongValue(
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
        f"The AttributeValue for a key attribute cannot contain an empty {_EMPTY[kind]} value. "
        f"IndexName: {space.name}, IndexKey: {name}"
    )
