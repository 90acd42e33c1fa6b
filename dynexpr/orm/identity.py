"""Which object stands for which item?  One for each key, held weakly until somebody may be changing it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from weakref import ref

from dynexpr.orm.state import key_of, may_differ
from dynexpr.wire import Frozen

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase

Identity = tuple[str, tuple[Frozen, ...]]
"""Table name, and the frozen wire pairs of the key."""


class _Entry(ref["DeclarativeBase"]):
    """A weak reference that knows its key, so that it can be taken out when its object is gone."""

    __slots__ = ("identity",)

    identity: Identity


class Held:
    """The objects a session must not lose: changed, or with a mutable value handed out. Kept by identity, in order.

    Those that were released, by a commit, are watched as long as they live: somebody may still have such a value.
    """

    __slots__ = ("_objects", "_watched")

    def __init__(self) -> None:
        self._objects: dict[int, DeclarativeBase] = {}
        self._watched: dict[int, ref[DeclarativeBase]] = {}

    def add(self, obj: "DeclarativeBase", /) -> None:
        """Hold an object strongly."""
        self._objects[id(obj)] = obj

    def discard(self, obj: "DeclarativeBase") -> None:
        """Let go of an object."""
        self._objects.pop(id(obj), None)
        self._watched.pop(id(obj), None)

    def release(self, obj: "DeclarativeBase") -> None:
        """Hold an object no longer; watch it, if it may come to differ."""
        if self._objects.pop(id(obj), None) is not None and may_differ(obj):
            self._watched[id(obj)] = ref(obj)

    def release_all(self) -> None:
        """Release all."""
        for obj in list(self._objects.values()):
            self.release(obj)

    def touched(self) -> "list[DeclarativeBase]":
        """The objects that may differ from what is stored."""
        found = dict(self._objects)
        for key, watched in list(self._watched.items()):
            obj = watched()
            if obj is None or not may_differ(obj):
                del self._watched[key]
            else:
                found.setdefault(key, obj)
        return list(found.values())

    def __iter__(self) -> Iterator["DeclarativeBase"]:
        return iter(list(self._objects.values()))


class IdentityMap:
    """Identity -> object, weakly."""

    __slots__ = ("_entries", "_gone")

    def __init__(self) -> None:
        entries: dict[Identity, _Entry] = {}
        self._entries = entries

        def gone(entry: _Entry) -> None:
            # Another object may have taken the key in the meantime.
            if entries.get(entry.identity) is entry:
                del entries[entry.identity]

        self._gone = gone

    def get(self, identity: Identity) -> "DeclarativeBase | None":
        """The object of an item, where there is one."""
        entry = self._entries.get(identity)
        return None if entry is None else entry()

    def add(self, identity: Identity, obj: "DeclarativeBase") -> None:
        """Enter an object."""
        entry = _Entry(obj, self._gone)
        entry.identity = identity
        self._entries[identity] = entry

    def __delitem__(self, identity: Identity) -> None:
        del self._entries[identity]

    def clear(self) -> None:
        """Take all out."""
        self._entries.clear()

    def __iter__(self) -> Iterator["DeclarativeBase"]:
        for entry in list(self._entries.values()):
            obj = entry()
            if obj is not None:
                yield obj

    def __len__(self) -> int:
        return len(self._entries)


def identity_of(obj: "DeclarativeBase") -> Identity:
    """The identity of an object, from its key attributes."""
    return type(obj).__table__.name, key_of(obj)
