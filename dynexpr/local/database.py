"""The tables and items of one engine, and what changing an item does to the indexes.

Every method is called inside `with store.read:` or `with store.write:`.
"""

from collections.abc import Callable
from sqlite3 import Connection
from typing import Any, Final

from msgspec import msgpack

from dynexpr import limits
from dynexpr.local.capacity import Consumed, write_units
from dynexpr.local.errors import LocalServiceError, no_table, refuse
from dynexpr.local.index_lag import IndexLag
from dynexpr.local.names import table_name
from dynexpr.local.records import SEQUENCE, change_record, record_place
from dynexpr.local.schema import KeySpace, Schema, Stream
from dynexpr.local.store import Store
from dynexpr.sizes import item_size
from dynexpr.wire import Item, equal

encode: Final[Callable[[Any], bytes]] = msgpack.Encoder().encode
decode: Final[Callable[[bytes], Any]] = msgpack.Decoder().decode

Place = tuple[bytes, bytes]


class Stored:
    """An item as it is stored, decoded when it is first looked at; `item` is empty when there is none."""

    __slots__ = ("_bytes", "_item", "exists", "size")

    def __init__(self, row: tuple[bytes, int] | None) -> None:
        self.exists: Final = row is not None
        self._bytes: Final = row[0] if row is not None else b"\x80"
        self.size: Final = row[1] if row is not None else 0
        self._item: Item | None = None

    @property
    def item(self) -> Item:
        """The item; the same object at every call, for reading only."""
        item = self._item
        if item is None:
            item = self._item = self.copy()
        return item

    def copy(self) -> Item:
        """The item as a new object, to be given away."""
        copy: Item = decode(self._bytes)
        return copy


class Database:
    """One engine's store, clock and tables."""

    def __init__(self, store: Store, clock: Callable[[], float], index_lag: float = 0) -> None:
        self.store: Final = store
        self.clock: Final = clock
        self.lag: Final = IndexLag(store, index_lag) if index_lag else None
        """What keeps changes back from global indexes; None when nothing does."""
        self._schemas: dict[str, Schema] = {}
        self._seen = -1

    def snapshot(self) -> Connection:
        """A copy of everything that is kept."""
        return self.store.snapshot()

    def restore(self, copy: Connection) -> None:
        """Become what a copy is: as if nothing had happened since."""
        self.store.restore(copy)
        self._schemas.clear()

    def find_schema(self, name: str) -> Schema | None:
        """The table of a name, None when there is none."""
        if self.store.shared:
            seen = self.store.changes_by_others()
            if seen != self._seen:
                self._schemas.clear()
                self._seen = seen
        schema = self._schemas.get(name)
        if schema is None:
            definition = self.store.definition(name)
            if definition is None:
                return None
            schema = self._schemas[name] = Schema(name, decode(definition))
        return schema

    def schema(self, name: str) -> Schema:
        """The table of a name, for an operation on items."""
        schema = self._schemas.get(name) if not self.store.shared else None
        if schema is None:
            schema = self.find_schema(table_name(name))
            if schema is None:
                raise no_table()
        return schema

    def table(self, given: str) -> Schema:
        """The table of a name or an ARN, for an operation on tables."""
        name = table_name(given)
        schema = self.find_schema(name)
        if schema is None:
            raise no_table(name)
        return schema

    def define(self, name: str, definition: dict[str, Any] | None) -> None:
        """Keep a table's definition, or forget it."""
        # Read again on the next use, so that a definition which is rolled back leaves nothing behind.
        self._schemas.pop(name, None)
        self.store.define(name, encode(definition) if definition is not None else None)

    def find(self, schema: Schema, place: Place) -> Stored:
        """The item at a place of a table."""
        return Stored(self.store.find(schema.key.space, *place))

    def put(self, schema: Schema, place: Place, before: Stored, item: Item, size: int, consumed: Consumed) -> None:
        """Keep an item in the table and its indexes, and count what it costs."""
        encoded = encode(item)
        self.store.put(schema.key.space, *place, size, encoded)
        consumed.table += write_units(max(size, before.size))
        for space in schema.indexes.values():
            self._change_entry(space, place, before, item, size, encoded, consumed)
        if schema.stream is not None:
            self._record(schema, schema.stream, before, item)

    def delete(
        self, schema: Schema, place: Place, before: Stored, consumed: Consumed, *, expired: bool = False
    ) -> None:
        """Take an item out of the table and its indexes, and count what it costs."""
        consumed.table += write_units(before.size)
        if before.exists:
            self.store.delete(schema.key.space, *place)
            for space in schema.indexes.values():
                self._change_entry(space, place, before, {}, 0, b"", consumed)
            if schema.stream is not None:
                self._record(schema, schema.stream, before, {}, expired=expired)

    def _record(self, schema: Schema, stream: Stream, before: Stored, after: Item, *, expired: bool = False) -> None:
        if before.exists and after and _same(before.item, after):
            return
        record = change_record(schema, stream.view, before.item, after, self.clock(), expired=expired)
        number = self.store.next_number(SEQUENCE)
        self.store.put(stream.space, *record_place(number), record["SizeBytes"], encode(record))

    def _change_entry(
        self,
        space: KeySpace,
        place: Place,
        before: Stored,
        after: Item,
        item_bytes: int,
        encoded: bytes,
        consumed: Consumed,
    ) -> None:
        lag = self.lag if space.kind == "global" else None
        old = space.entry(before.item) if before.exists and space.has(before.item) else None
        new = space.entry(after) if space.has(after) else None
        old_place = space.place(before.item, place) if old is not None else None
        new_place = space.place(after, place) if new is not None else None
        whole = space.projected is None  # an entry that is the item has its size and its bytes
        old_size = 0 if old is None else before.size if whole else item_size(old)
        if new is None or new_place is None:
            if old_place is not None:
                if lag is None:
                    self.store.delete(space.space, *old_place)
                else:
                    lag.keep(self.clock(), space.space, old_place, None)
                consumed.add(space, write_units(old_size))
            return
        if old is not None and old_place == new_place and _same(old, new):
            return
        size = item_bytes if whole else item_size(new)
        gone = old_place if old_place != new_place else None
        units = write_units(max(old_size, size)) if gone is None else write_units(old_size) + write_units(size)
        consumed.add(space, units)
        entry = encoded if whole else encode(new)
        if lag is not None:
            lag.keep(self.clock(), space.space, gone, (*new_place, size, entry))
            return
        if gone is not None:
            self.store.delete(space.space, *gone)
        self.store.put(space.space, *new_place, size, entry)

    def fill(self, schema: Schema, space: KeySpace) -> None:
        """Enter all items of a table into a new index, at once."""
        for pk, sk, _size, encoded in list(self.store.scan(schema.key.space, None, None, None)):
            item = decode(encoded)
            if space.has(item):
                entry = space.entry(item)
                kept = encoded if space.projected is None else encode(entry)
                self.store.put(space.space, *space.place(item, (pk, sk)), item_size(entry), kept)

    def clear(self, space: int) -> None:
        """Take everything out of a space, and what was to come."""
        self.store.clear(space)
        if self.lag is not None:
            self.lag.forget(space)


def _same(old: Item, new: Item) -> bool:
    return old == new or equal({"M": old}, {"M": new})


def check_size(size: int, *, updating: bool = False) -> None:
    """Refuse an item that is too large."""
    if size > limits.ITEM_BYTES:
        refuse(f"Item size {'to update ' if updating else ''}has exceeded the maximum allowed size")


def condition_failed(stored: Stored, wanted: str | None) -> LocalServiceError:
    """The error of a condition that is false, with the item where that was asked for."""
    body = {"Item": stored.copy()} if wanted == "ALL_OLD" and stored.exists else {}
    return LocalServiceError("ConditionalCheckFailedException", "The conditional request failed", 400, body)
