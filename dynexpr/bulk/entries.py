"""What does one put or delete of a batch come to?  From an object, a statement or a key to what is sent."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Any, Literal

from dynexpr.compose import checked_size
from dynexpr.errors import ArgumentError
from dynexpr.limits import ITEM_BYTES
from dynexpr.requests import Prepared, Settings
from dynexpr.statements.batch import BatchWrite, is_group
from dynexpr.statements.keys import key_item
from dynexpr.statements.write import Put
from dynexpr.tables import Table, table_of
from dynexpr.wire import Frozen, Item, freeze
from dynexpr.writes import key_of, write_of

Identity = tuple[str, tuple[Frozen, ...]]
"""The table's name, as the engine has it, and the frozen key."""


class Entry:
    """One put or delete."""

    __slots__ = ("identity", "keep", "key", "kind", "room", "subject", "table", "wire")

    def __init__(
        self,
        kind: Literal["put", "delete"],
        subject: Any,
        table: Table,
        name: str,
        key: Item,
        wire: dict[str, Any],
        room: int = 0,
        keep: Callable[[], None] | None = None,
        *,
        frozen: tuple[Frozen, ...] | None = None,
    ) -> None:
        self.kind: Literal["put", "delete"] = kind
        self.subject = subject
        self.table = table
        self.key = key
        self.identity: Identity = (name, tuple(map(freeze, key.values())) if frozen is None else frozen)
        self.wire = wire
        """Its part of the request."""
        self.room = room
        """What it counts for in a request: its bytes, or a few more."""
        self.keep = keep
        """Called once it was written: the object it came from takes over what is stored."""

    @property
    def name(self) -> str:
        """The table's name, as the engine has it."""
        return self.identity[0]


Making = tuple[Literal["put", "delete"], Any, Callable[[], Entry]]
"""What is to be written, and what makes an entry of it, or raises why none can be made."""


def put_entry(subject: Any, settings: Settings, *, unconditional: bool) -> Entry:
    """The entry of an object, or of a put() statement; defaults and times are taken now."""
    if isinstance(subject, Put):
        return _of_statement(subject, settings, unconditional=unconditional)
    objects = _objects()
    table = objects.table_of_object(subject)
    _check_version(table, unconditional=unconditional)
    item, json = objects.item_of_object(subject, settings.clock)
    return _put(subject, table, item, settings, lambda: objects.was_written(subject, item), json)


@cache
def _objects() -> Any:
    """What objects are to a batch; found once, for importing it again takes longer than a put."""
    from dynexpr.orm import whole

    return whole


def _of_statement(statement: Put[Any], settings: Settings, *, unconditional: bool) -> Entry:
    table = statement.table
    if statement.condition is not None or statement.image != "NONE" or statement.options.exactly_once:
        raise ArgumentError(
            f"put({table.title}): a batch takes no where(), no returning() and no exactly_once(); "
            "engine.execute_many([...]) sends each statement by itself"
        )
    _check_version(table, unconditional=unconditional or statement.overwrite_version)
    made = write_of(statement.unconditional(), settings.clock)
    if made.item is None:
        raise ArgumentError(f"{statement!r} puts no item")
    return _put(statement, table, made.item, settings)


def _put(
    subject: Any,
    table: Table,
    item: Item,
    settings: Settings,
    keep: Callable[[], None] | None = None,
    json: bytes | None = None,
) -> Entry:
    key = key_of(table, item)
    wire: dict[str, Any] = {"PutRequest": {"Item": item}}
    if json is not None:
        wire = Prepared(wire, b'{"PutRequest":{"Item":%b}}' % json)
    # The JSON of an item has all of its bytes and more.
    room = len(json) if json is not None and len(json) <= ITEM_BYTES else checked_size(table, key, item)
    return Entry("put", subject, table, settings.name(table), key, wire, room, keep, frozen=table.frozen(key))


def _check_version(table: Table, *, unconditional: bool) -> None:
    if table.version is not None and not unconditional:
        raise ArgumentError(
            f"a batch would overwrite {table.title} items without looking at their versions; say unconditional=True, "
            "or use engine.execute_many([insert(...), update(...)]), whose writes have conditions"
        )


def delete_entry(table: Table, key: Item, subject: Any, settings: Settings) -> Entry:
    """The entry of a key."""
    wire = {"DeleteRequest": {"Key": key}}
    return Entry("delete", subject, table, settings.name(table), key, wire, frozen=table.frozen(key))


def delete_of(target: Any, key: object, settings: Settings, *, keyed: bool) -> Entry:
    """The entry of a model with a key, or of an object."""
    if keyed:
        table = table_of(target)
        return delete_entry(table, key_item(table, key), key, settings)
    objects = _objects()
    return delete_entry(objects.table_of_object(target), objects.key_of_object(target), target, settings)


def makings_of(statement: BatchWrite, settings: Settings) -> Iterator[Making]:
    """What a statement writes, puts first."""
    yield from puts_of(statement.puts, settings, unconditional=statement.how.unconditional)
    for given in statement.deletes:
        if is_group(given):
            yield from deletes_of(given[0], given[1], settings)
        else:
            yield "delete", given, partial(delete_of, given, None, settings, keyed=False)


def puts_of(subjects: Iterable[Any], settings: Settings, *, unconditional: bool) -> Iterator[Making]:
    """Objects and statements to put."""
    for subject in subjects:
        yield put_making(subject, settings, unconditional=unconditional)


def put_making(subject: Any, settings: Settings, *, unconditional: bool) -> Making:
    """One object or statement to put."""
    return "put", subject, partial(put_entry, subject, settings, unconditional=unconditional)


def deletes_of(entity: Any, keys: Iterable[object], settings: Settings) -> Iterator[Making]:
    """Keys to delete."""
    for key in keys:
        yield delete_making(entity, key, settings)


def delete_making(entity: Any, key: object, settings: Settings) -> Making:
    """One key to delete."""
    return "delete", key, partial(delete_of, entity, key, settings, keyed=True)
