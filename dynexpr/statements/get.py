"""`get(...)`, `batch_get(...)`, `transact_get(...)`: items by their keys."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar

from dynexpr import limits
from dynexpr.columns import Column
from dynexpr.errors import ArgumentError, clip
from dynexpr.expression.nodes import Record, node
from dynexpr.statements.base import DEFAULT_OPTIONS, Options, Statement, column_of
from dynexpr.statements.keys import key_item, key_items, key_shown
from dynexpr.tables import Table, table_of
from dynexpr.unset import UNSET, Unset
from dynexpr.wire import Item

if TYPE_CHECKING:
    from typing import Unpack

    from dynexpr.retry import RetryPolicy
    from dynexpr.statements.batch import Batching
    from dynexpr.statements.callbacks import OnError, Progress

B = TypeVar("B")
Missing = Literal["skip", "none"]


class ReadOptions(TypedDict, total=False):
    """The options of batches that read."""

    chunk_size: int
    parallel: int
    columns: "Iterable[Column[Any] | str] | None"
    retry: "RetryPolicy | Unset | None"
    deadline: "float | Unset | None"
    on_progress: "Progress | None"
    on_error: "OnError | None"


@node
class Get(Statement, Generic[B]):
    """`GetItem`: one item by its key."""

    entity: Any
    key: Item
    options: Options = DEFAULT_OPTIONS

    def __str__(self) -> str:
        return f"GET {self.table.name} {key_shown(self.table, self.key)}"

    def consistent_read(self, consistent: bool = True) -> "Get[B]":
        """`ConsistentRead`: what was written before is seen; twice the read units."""
        return self.execution_options(consistent_read=consistent)


@node
class Target(Record):
    """One item of a table, by its key on the wire."""

    entity: Any
    key: Item

    @property
    def table(self) -> Table:
        """The table the item is in."""
        return table_of(self.entity)


@node
class BatchGet(Statement):
    """`BatchGetItem`: many items by their keys, of one table or several; rows in the order of the keys."""

    targets: tuple[Target, ...]
    options: Options = DEFAULT_OPTIONS
    columns: tuple[Column[Any], ...] = ()
    """What is read of the items of the tables they belong to; of other tables everything."""
    missing: Missing = "skip"
    how: "Batching | None" = None

    def columns_of(self, table: Table) -> tuple[Column[Any], ...]:
        """What is read of the items of a table; nothing for everything."""
        return tuple(column for column in self.columns if column.table is table)

    def __str__(self) -> str:
        return f"BATCH GET {_keys_shown(self.targets)}"


@node
class TransactGet(Statement):
    """`TransactGetItems`: up to 100 items as they were at one moment; twice the price of consistent reads."""

    targets: tuple[Target, ...]
    options: Options = DEFAULT_OPTIONS

    def __str__(self) -> str:
        return f"TRANSACT GET {_keys_shown(self.targets)}"


def get(entity: type[B] | Table, key: object) -> Get[B]:
    """One item by its key: a value, a tuple `(partition, sort)`, or a mapping of Python names."""
    return Get(entity, key_item(table_of(entity), key))


def batch_get(
    *groups: tuple[Any, Iterable[object]],
    missing: Missing = "skip",
    consistent_read: bool | None = None,
    **options: "Unpack[ReadOptions]",
) -> BatchGet:
    """`BatchGetItem`: many items by their keys: `batch_get((Payment, [("p1", now), ("p2", now)]), (Quota, ["u1"]))`.

    Rows come in the order of the keys; a missing item is left out, or None with `missing="none"`; a key given twice is
    read once and handed out twice.

    - *parallel* (4) requests of *chunk_size* keys (100) are on their way at the same time.
    - *columns* are what is read of the tables they belong to: `columns=[Payment.amount]`; rows have those only.
    - *retry* and *deadline* (seconds for all of it) stand in for the engine's; without a deadline of its own each
      request has the policy's.
    - `on_progress(done, total)` counts different keys; `on_error(chunk, error)` is given the `(Model, key)` pairs that
      one request could not read: where it returns, they are missing, and the rest goes on. Without it the first error
      is raised, and its `leftover` has the pairs that were not read.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
    """
    example = "batch_get((Payment, [key, key]), (Quota, [key]))"
    pairs = [_pair(group, example) for group in groups]
    targets = tuple(Target(entity, key) for entity, keys in pairs for key in key_items(table_of(entity), keys))
    tables = list(dict.fromkeys(table_of(entity) for entity, _ in pairs))
    made = reading(targets, tables, missing, options)
    return made if consistent_read is None else made.execution_options(consistent_read=consistent_read)


def reading(targets: tuple[Target, ...], tables: Sequence[Table], missing: Missing, options: "ReadOptions") -> BatchGet:
    """A batch of keys, with the options that were given."""
    if missing not in {"skip", "none"}:
        raise ArgumentError(f'missing is "skip" or "none", not {missing!r}')
    if not options:
        return BatchGet(targets, missing=missing)
    from dynexpr.statements.batch import (
        BATCH_PARALLEL,
        Batching,
        check_callbacks,
        check_options,
        checked_parallel,
        chunk_of,
    )

    check_options("a batch of keys", options, ReadOptions.__annotations__)
    how = Batching(
        chunk_of(options.get("chunk_size", limits.BATCH_GET_KEYS), limits.BATCH_GET_KEYS),
        checked_parallel(options.get("parallel", BATCH_PARALLEL)),
        options.get("on_progress"),
        options.get("on_error"),
    )
    check_callbacks(how)
    chosen = options.get("columns")
    alone = isinstance(chosen, str | Column)
    columns = () if chosen is None or alone else tuple(_column(column, tables) for column in chosen)
    if chosen is not None and not columns:
        raise ArgumentError(f"columns is a list of at least one column, left out for all of them, not {chosen!r}")
    made = BatchGet(targets, columns=columns, missing=missing, how=how)
    return made.execution_options(deadline=options.get("deadline", UNSET), retry=options.get("retry", UNSET))


def _column(column: object, tables: Sequence[Table]) -> Column[Any]:
    """A column of one of some tables."""
    if len(tables) == 1:
        return column_of(tables[0], column)
    if not isinstance(column, Column) or column.table not in tables:
        known = ", ".join(table.title for table in tables)
        raise ArgumentError(
            f"columns are those of {known}, such as {tables[0].title}.{tables[0].partition_key.key}, not {column!r}"
        )
    return column


def transact_get(*pairs: tuple[Any, object]) -> TransactGet:
    """Up to 100 items as they were at one moment: `transact_get((Payment, ("p1", now)), (Quota, "u1"))`."""
    if not 1 <= len(pairs) <= limits.TRANSACT_ITEMS:
        raise ArgumentError(f"a transaction reads 1 to {limits.TRANSACT_ITEMS} items, not {len(pairs)}")
    example = "transact_get((Payment, key), (Quota, key))"
    checked = [_pair(pair, example) for pair in pairs]
    return TransactGet(tuple(Target(entity, key_item(table_of(entity), key)) for entity, key in checked))


def _pair(given: Any, example: str) -> tuple[Any, Any]:
    """What belongs to one entity, refused where it is no pair."""
    if not isinstance(given, tuple) or len(given) != 2:
        raise ArgumentError(f"a pair of an entity and what is wanted of it, not {clip(given)}: {example}")
    return given


def _keys_shown(targets: Sequence[Target]) -> str:
    tables = dict.fromkeys(target.table.name for target in targets)
    return f"{len(targets)} keys of {', '.join(tables)}"
