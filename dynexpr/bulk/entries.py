"""What does one put or delete of a batch come to?  From an object, a statement or a key to what is sent."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Literal

from dynexpr.compose import checked_size
from dynexpr.errors import ArgumentError
from dynexpr.requests import Settings
from dynexpr.statements.batch import BatchWrite, is_group
from dynexpr.statements.keys import key_item
from dynexpr.statements.write import Put
from dynexpr.tables import Table, table_of
from dynexpr.wire import Item, freeze
from dynexpr.writes import key_of, write_of

Identity = tuple[Any, ...]
"""The table's name, as the engine has it, and the values of the key."""


class Entry:
    """One put or delete."""

    __slots__ = ("identity", "keep", "key", "kind", "size", "subject", "wire")

    def __init__(
        self,
        kind: Literal["put", "delete"],
        subject: Any,
        name: str,
        key: Item,
        wire: dict[str, Any],
        size: int = 0,
        keep: Callable[[], None] | None = None,
    ) -> None:
        self.kind: Literal["put", "delete"] = kind
        self.subject = subject
        self.key = key
        self.identity: Identity = (name, *map(freeze, key.values()))
        self.wire = wire
        """Its part of the request."""
        self.size = size
        self.keep = keep
        """Called once it was written: the object it came from takes over what is stored."""

    @property
    def name(self) -> str:
        """The table's name, as the engine has it."""
        name: str = self.identity[0]
        return name


Making = tuple[Literal["put", "delete"], Any, Callable[[], Entry]]
"""What is to be written, and what makes an entry of it, or raises why none can be made."""


def put_entry(subject: Any, settings: Settings, *, unconditional: bool) -> Entry:
    """The entry of an object, or of a put() statement; defaults and times are taken now."""
    if isinstance(subject, Put):
        return _of_statement(subject, settings, unconditional=unconditional)
    from dynexpr.orm.whole import item_of_object, table_of_object, was_written

    table = table_of_object(subject)
    _check_version(table, unconditional=unconditional)
    item = item_of_object(subject, settings.clock)
    return _put(subject, table, item, settings, lambda: was_written(subject, item))


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
    return _put(statement, table, made.item, settings, None)


def _put(subject: Any, table: Table, item: Item, settings: Settings, keep: Callable[[], None] | None) -> Entry:
    key = key_of(table, item)
    size = checked_size(table, key, item)
    return Entry("put", subject, settings.name(table), key, {"PutRequest": {"Item": item}}, size, keep)


def _check_version(table: Table, *, unconditional: bool) -> None:
    if table.version is not None and not unconditional:
        raise ArgumentError(
            f"a batch would overwrite {table.title} items without looking at their versions; say unconditional=True, "
            "or use engine.execute_many([insert(...), update(...)]), whose writes have conditions"
        )


def delete_entry(table: Table, key: Item, subject: Any, settings: Settings) -> Entry:
    """The entry of a key."""
    return Entry("delete", subject, settings.name(table), key, {"DeleteRequest": {"Key": key}})


def delete_of(target: Any, key: object, settings: Settings, *, keyed: bool) -> Entry:
    """The entry of a model with a key, or of an object."""
    if keyed:
        table = table_of(target)
        return delete_entry(table, key_item(table, key), key, settings)
    from dynexpr.orm.whole import key_of_object, table_of_object

    return delete_entry(table_of_object(target), key_of_object(target), target, settings)


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
        yield "put", subject, partial(put_entry, subject, settings, unconditional=unconditional)


def deletes_of(entity: Any, keys: Iterable[object], settings: Settings) -> Iterator[Making]:
    """Keys to delete."""
    table_of(entity)
    for key in keys:
        yield "delete", key, partial(delete_of, entity, key, settings, keyed=True)
