"""When does a global index see a write?  Later, if the engine is told so: reads of it are eventually consistent.

Changes of entries wait in a space of their own, in the order of writes and as part of their transactions.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes
"""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import msgpack

from dynexpr.local.store import Store

Place = tuple[bytes, bytes]

_WAITING: Final = -1
"""The space of what waits; those of tables, indexes and streams are positive."""
_PARTITION: Final = b""
_NUMBER_BYTES: Final = 8


class IndexLag:
    """The changes that global indexes have not seen."""

    def __init__(self, store: Store, seconds: float) -> None:
        self._store: Final = store
        self._seconds: Final = seconds

    def keep(self, now: float, space: int, gone: Place | None, entry: tuple[bytes, bytes, int, bytes] | None) -> None:
        """Keep a change for later: an entry that goes, or comes, or both. Called inside `with store.write:`."""
        number = self._store.next_number("waiting").to_bytes(_NUMBER_BYTES, "big")
        waiting = msgpack.encode((now + self._seconds, space, gone, entry))
        self._store.put(_WAITING, _PARTITION, number, 0, waiting)

    def settle(self, now: float) -> None:
        """Carry out the changes whose time has come."""
        with self._store.read:
            first = next(self._waiting(), None)
        if first is None or first[1][0] > now:
            return
        with self._store.write:
            for number, (due, space, gone, entry) in list(self._waiting()):
                if due > now:
                    break
                if gone is not None:
                    self._store.delete(space, *gone)
                if entry is not None:
                    self._store.put(space, *entry)
                self._store.delete(_WAITING, _PARTITION, number)

    def forget(self, space: int) -> None:
        """Drop the changes of an index that is gone. Called inside `with store.write:`."""
        for number, waiting in list(self._waiting()):
            if waiting[1] == space:
                self._store.delete(_WAITING, _PARTITION, number)

    def _waiting(self) -> Iterator[tuple[bytes, Any]]:
        rows = self._store.partition(_WAITING, _PARTITION, b"", None, forward=True, after=None)
        return ((sort, msgpack.decode(value)) for _pk, sort, _size, value in rows)
