"""What will a statement take?  At most, by DynamoDB's rules for reads, writes, indexes and transactions.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any, Final, Literal

from dynexpr import limits
from dynexpr.bulk.entries import makings_of
from dynexpr.capacity import Consumed, Place
from dynexpr.clock import utc_now
from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import Record, Update, node
from dynexpr.indexes import Index
from dynexpr.plan import Plan, plan
from dynexpr.plan.made import BY_KEY
from dynexpr.prices import EXACT, ON_DEMAND
from dynexpr.requests import STANDALONE, unique_targets
from dynexpr.sizes import item_size
from dynexpr.statements.aggregates import Aggregation
from dynexpr.statements.base import Statement
from dynexpr.statements.batch import BatchWrite, is_group
from dynexpr.statements.count import Count, counted
from dynexpr.statements.get import BatchGet, Get, TransactGet
from dynexpr.statements.select import Select
from dynexpr.statements.transaction import Transact
from dynexpr.statements.write import Delete, Insert, Put, UpdateStatement
from dynexpr.tables import Table, table_of
from dynexpr.writes import Write, write_of

if TYPE_CHECKING:
    from dynexpr.wire import Item

_HALF: Final = Decimal("0.5")


class Estimate(Consumed):
    """What a statement takes at most, in the form of what it will say it consumed."""

    __slots__ = ()

    def read(self, place: Place, units: Decimal) -> None:
        """Count read units."""
        self._put(place, units, Decimal(0))

    def write(self, place: Place, units: int, *, transactional: bool) -> None:
        """Count write units; a transaction's twice."""
        whole = Decimal(units * (1 + transactional))
        self._put(place, Decimal(0), whole)
        if transactional:
            self.transactional_write_units += whole

    def __str__(self) -> str:
        amounts = ((self.read_units, "read"), (self.write_units, "write"))
        units = " and ".join(f"{amount.normalize(EXACT):f} {name} units" for amount, name in amounts if amount)
        requests = "1 request" if self.requests == 1 else f"{self.requests:,} requests"
        return f"at most {units or 'no units'} in {requests}: ${self.cost():f} (prices of {ON_DEMAND.dated})"

    def __repr__(self) -> str:
        return f"<{self}>"


@node
class _Known(Record):
    """What the caller knows of the items."""

    item_bytes: int | None
    items: int | None
    entry_bytes: int | None

    @property
    def size(self) -> int:
        """How large an item is."""
        if self.item_bytes is None:
            raise ArgumentError("item_bytes= is needed: how large an item is; dynexpr.size_of(item) measures one")
        return self.item_bytes

    def entry(self, index: Index | None) -> int:
        """How large an entry of an index is, at most."""
        if index is None or index.projection == "ALL" or self.entry_bytes is None:
            return self.size
        return min(self.entry_bytes, self.size)


def read_units(size: int, *, consistent: bool) -> Decimal:
    """The units of reading so many bytes at once; nothing costs as much as a block of 4 KB."""
    blocks = max(-(-size // limits.READ_UNIT_BYTES), 1)
    return Decimal(blocks) if consistent else blocks * _HALF


def write_units(size: int) -> int:
    """The units of writing an item of so many bytes."""
    return max(-(-size // limits.WRITE_UNIT_BYTES), 1)


def estimate(
    statement: Statement, *, item_bytes: int | None = None, items: int | None = None, entry_bytes: int | None = None
) -> Estimate:
    """What a statement takes at most; see `Statement.estimate`."""
    for name, size in (("item_bytes", item_bytes), ("entry_bytes", entry_bytes)):
        if size is not None and not (type(size) is int and 1 <= size <= limits.ITEM_BYTES):
            raise ArgumentError(f"{name} is a whole number from 1 to {limits.ITEM_BYTES:,}, not {size!r}")
    if items is not None and not (type(items) is int and items >= 0):
        raise ArgumentError(f"items is a whole number from 0, not {items!r}")
    count = _COUNT.get(type(statement))
    if count is None:
        raise ArgumentError(f"{type(statement).__name__} has no estimate")
    made = Estimate()
    with localcontext(EXACT):
        count(made, statement, _Known(item_bytes, items, entry_bytes))
    return made


def _get(made: Estimate, statement: Get[Any], known: _Known) -> None:
    _by_keys(made, [statement.table], 1, known, consistent=bool(statement.options.consistent_read))


def _batch_get(made: Estimate, statement: BatchGet, known: _Known) -> None:
    tables = [target.table for target in unique_targets(statement.targets)]
    consistent = bool(statement.options.consistent_read)
    _by_keys(
        made, tables, statement.how.chunk_size if statement.how else limits.BATCH_GET_KEYS, known, consistent=consistent
    )


def _by_keys(made: Estimate, tables: list[Table], chunk: int, known: _Known, *, consistent: bool) -> None:
    """Count the read of one item by its key in each of some tables, in as many requests as that takes."""
    if tables:
        made.requests += -(-len(tables) // min(chunk, max(limits.BATCH_GET_BYTES // known.size, 1)))
    for table in tables:
        made.read((table.name, None), read_units(known.size, consistent=consistent))


def _transact_get(made: Estimate, statement: TransactGet, known: _Known) -> None:
    made.requests += 1
    for target in statement.targets:
        units = 2 * read_units(known.size, consistent=True)
        made.read((target.table.name, None), units)
        made.transactional_read_units += units


def _select(made: Estimate, statement: Select[Any], known: _Known) -> None:
    _planned(made, plan(statement), known)


def _counted(made: Estimate, statement: Count, known: _Known) -> None:
    _planned(made, plan(counted(statement.query)), known)


def _planned(made: Estimate, by: Plan, known: _Known) -> None:
    """Count what a planned read takes."""
    counts = (by.items_budget, None if by.selective else by.limit)
    most = min((count for count in counts if count is not None), default=None)
    if by.operation in BY_KEY:
        keys = len(by.keys) if most is None else min(len(by.keys), most)
        chunk = min(by.page_size or limits.BATCH_GET_KEYS, limits.BATCH_GET_KEYS)
        _by_keys(made, [by.table] * keys, chunk, known, consistent=by.consistent)
    elif by.operation != "Nothing":
        items = most if known.items is None else known.items if most is None else min(known.items, most)
        if items is None:
            raise ArgumentError(f"items= is needed: how many items it reads from {by.path}, before any filter")
        _paged(made, by, items, known, ends=items == most)


def _paged(made: Estimate, by: Plan, items: int, known: _Known, *, ends: bool) -> None:
    """Count the pages of queries, or of segments, in as many as even parts have."""
    entry = known.entry(by.index)
    place = (by.table.name, None if by.index is None else by.index.name)
    # The item that makes a page as large as 1 MB is the last of it.
    most = min(-(-limits.PAGE_BYTES // entry), by.page_size or limits.PAGE_BYTES)
    pages: list[int] = []
    for part in range(by.requests):
        left = (items + part) // by.requests
        # After a page that was cut off, DynamoDB says that there may be more, even if there is none.
        pages += [most] * (left // most) + ([] if ends and left and left % most == 0 else [left % most])
    made.requests += len(pages)
    if by.requests == 1:
        units = sum((read_units(page * entry, consistent=by.consistent) for page in pages), Decimal(0))
    else:  # however uneven the parts are: each page but one has less than a block more than its share
        blocks = (len(pages) - 1) * limits.READ_UNIT_BYTES + items * entry
        units = read_units(blocks, consistent=by.consistent)
    made.read(place, units)
    for page in pages:
        if by.fetches:
            made.read((by.table.name, None), page * read_units(known.size, consistent=by.consistent))
        if by.hydrate is not None:
            _by_keys(made, [by.table] * page, limits.BATCH_GET_KEYS, known, consistent=by.consistent)


def _single(made: Estimate, statement: Any, known: _Known) -> None:
    made.requests += 1
    _written(made, write_of(statement, utc_now), known, transactional=statement.options.exactly_once)


def _transact(made: Estimate, statement: Transact, known: _Known) -> None:
    made.requests += 1
    for each in statement.statements:
        _written(made, write_of(each, utc_now), known, transactional=True)


def _batch_write(made: Estimate, statement: BatchWrite, known: _Known) -> None:
    entries = [make() for _, _, make in makings_of(statement, STANDALONE)]
    last: dict[Any, Item | None] = {entry.identity: entry.wire.get("PutRequest", {}).get("Item") for entry in entries}
    named = [each.table if isinstance(each, Put) else type(each).__table__ for each in statement.puts]
    named += [table_of(each[0]) if is_group(each) else type(each).__table__ for each in statement.deletes]
    tables = {table.name: table for table in named}
    made.requests += -(-len(last) // statement.how.chunk_size)
    for (name, *_), item in last.items():
        kind: Literal["put", "delete"] = "delete" if item is None else "put"
        _written(made, Write(kind, tables[name], {}, item=item), known, transactional=False)


def _written(made: Estimate, write: Write, known: _Known, *, transactional: bool) -> None:
    """Count what one write takes, on its table and on the indexes it can be in."""
    table = write.table
    new = 0 if write.item is None else item_size(write.item)
    is_new = write.expects == "absent"
    old = 0 if is_new else known.item_bytes or new or known.size
    made.write((table.name, None), write_units(max(new, old)), transactional=transactional)
    for index in table.indexes.values() if write.kind != "check" else ():
        units = 0
        if write.item is not None and all(column.name in write.item for column in index.key_columns):
            entry = {name: wire for name, wire in write.item.items() if index.projects(name)}
            units += write_units(item_size(entry))
        if write.update is not None:
            units += write_units(known.entry(index)) * _entries_written(index, write.update)
        elif not is_new:
            units += write_units(old if known.item_bytes is None else known.entry(index))
        if units:
            made.write((table.name, index.name), units, transactional=transactional)


def _entries_written(index: Index, update: Update) -> int:
    """How many entries of an index an update writes: the old one and the new one where its key changes."""
    touched = {str(action.path.steps[0]) for action in update.actions}
    if touched & {column.name for column in index.key_columns}:
        return 2
    return 1 if any(index.projects(name) for name in touched) else 0


_COUNT: Final[dict[type, Callable[[Estimate, Any, _Known], None]]] = {
    Get: _get,
    BatchGet: _batch_get,
    TransactGet: _transact_get,
    Select: _select,
    Aggregation: _select,
    Count: _counted,
    Insert: _single,
    Put: _single,
    UpdateStatement: _single,
    Delete: _single,
    Transact: _transact,
    BatchWrite: _batch_write,
}
