"""What the engine knows of a table: its keys, its indexes, and which of SQLite's spaces holds each.

Read from a table's definition (what DescribeTable answers, and the numbers of the spaces) once, then kept.
"""

from typing import Any, Final, Literal, NamedTuple

from dynexpr.local import keys
from dynexpr.wire import Item, Wire

Kind = Literal["table", "local", "global"]


class KeySpace:
    """A table or one of its indexes: items in the order of a key."""

    __slots__ = (
        "attributes", "kind", "name", "partition", "partition_types", "projected", "sort", "sort_types", "space",
        "table_attributes", "types",
    )  # fmt: skip

    def __init__(self, table: "Schema", name: str | None, kind: Kind, space: int, part: dict[str, Any]) -> None:
        self.name: Final = name
        """The index's name; None is the table itself."""
        self.kind: Final = kind
        self.space: Final = space
        self.partition, self.sort = key_attributes(part["KeySchema"])
        self.attributes: Final = (*self.partition, *self.sort)
        """The attributes of its key, in order."""
        self.types: Final = {name: table.types[name] for name in self.attributes}
        self.partition_types: Final = [(name, self.types[name]) for name in self.partition]
        self.sort_types: Final = [(name, self.types[name]) for name in self.sort]
        self.table_attributes: Final = () if kind == "table" else table.key.attributes
        projection = part.get("Projection", {})
        named = (*projection.get("NonKeyAttributes", ()), *self.attributes, *self.table_attributes)
        self.projected: Final = None if projection.get("ProjectionType", "ALL") == "ALL" else frozenset(named)
        """The names of the attributes it holds; None when it holds all."""

    def has(self, item: Item) -> bool:
        """Whether an item appears here: an index leaves out what lacks a key attribute.

        And what has one of another type, or an empty one, from before the index was there.
        """
        for name, kind in self.types.items():
            wire = item.get(name)
            if wire is None or not wire.get(kind):
                return False
        return True

    def place(self, item: Item, table_place: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        """The partition and sort bytes of an item in an index, behind which stands its place in the table."""
        return (
            keys.partition([item[name] for name in self.partition]),
            b"".join([keys.encode_key(item[name]) for name in self.sort]) + table_place[0] + table_place[1],
        )

    def entry(self, item: Item) -> Item:
        """What of an item an index holds."""
        return item if self.projected is None else {name: item[name] for name in item if name in self.projected}

    def key_of(self, item: Item) -> Item:
        """The LastEvaluatedKey at an item: its key here, and in the table."""
        return {name: item[name] for name in (*self.attributes, *self.table_attributes)}


class Stream(NamedTuple):
    """The stream that is enabled on a table: the space of its records, and what of an item they show."""

    space: int
    view: str


class Schema:
    """A table."""

    __slots__ = ("definition", "indexes", "key", "name", "names", "partition", "sort", "stream", "types")

    def __init__(self, name: str, definition: dict[str, Any]) -> None:
        self.name: Final = name
        self.definition: Final = definition
        description = definition["description"]
        spaces = definition["spaces"]
        self.types: Final[dict[str, str]] = {
            each["AttributeName"]: each["AttributeType"] for each in description["AttributeDefinitions"]
        }
        self.key: Final = KeySpace(self, None, "table", spaces[""], description)
        self.partition: Final = self.key.partition[0]
        self.sort: Final = self.key.sort[0] if self.key.sort else None
        indexes = [
            KeySpace(self, part["IndexName"], kind, spaces[part["IndexName"]], part)
            for kind, member in INDEX_MEMBERS
            for part in description.get(member, ())
        ]
        self.indexes: Final = {str(each.name): each for each in sorted(indexes, key=lambda each: str(each.name))}
        """In the order of their names, in which an item is checked."""
        stream = definition.get("stream")
        self.stream: Final = Stream(stream["space"], stream["view"]) if stream is not None else None
        """What keeps records of its changes; None when nothing does."""
        self.names: Final = frozenset(self.types)
        """The attributes that are part of some key."""

    def place(self, item: Item) -> tuple[bytes, bytes]:
        """The partition and sort bytes of an item, or of a key, in the table."""
        return (
            keys.partition((item[self.partition],)),
            keys.encode_key(item[self.sort]) if self.sort is not None else b"",
        )


INDEX_MEMBERS: Final[tuple[tuple[Kind, str], ...]] = (
    ("local", "LocalSecondaryIndexes"),
    ("global", "GlobalSecondaryIndexes"),
)


def key_attributes(key_schema: list[dict[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The partition and the sort attributes of a KeySchema."""
    return (
        tuple(each["AttributeName"] for each in key_schema if each["KeyType"] == "HASH"),
        tuple(each["AttributeName"] for each in key_schema if each["KeyType"] == "RANGE"),
    )


def kind_of(wire: Wire) -> str:
    """The type of a value: `S`, `N`, …"""
    return next(iter(wire))
