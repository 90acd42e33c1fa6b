"""`batch_write(...)`, and how any batch is carried out: how much at once, and who hears of it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, Literal, TypedDict, Unpack

from dynexpr import limits
from dynexpr.errors import ArgumentError, clip
from dynexpr.expression.nodes import Record, node, replace
from dynexpr.retry import RetryPolicy
from dynexpr.statements.base import DEFAULT_OPTIONS, Options, Statement
from dynexpr.statements.callbacks import OnError, Progress, check_callback
from dynexpr.tables import Table, table_of
from dynexpr.unset import UNSET, Unset

Duplicates = Literal["last", "raise"]
BATCH_PARALLEL: Final = 4
PARALLEL_MOST: Final = 100


@node
class Batching(Record):
    """How a batch is carried out."""

    chunk_size: int
    parallel: int = BATCH_PARALLEL
    on_progress: Progress | None = None
    on_error: OnError | None = None
    on_outcome: Callable[[Any], object] | None = None
    duplicates: Duplicates = "last"
    unconditional: bool = False
    own_equality = True
    """Callbacks make it equal to itself only."""


class WriteOptions(TypedDict, total=False):
    """The options of batches that write."""

    chunk_size: int
    parallel: int
    retry: RetryPolicy | Unset | None
    deadline: float | Unset | None
    on_progress: Progress | None
    on_error: OnError | None
    on_outcome: Callable[[Any], object] | None
    duplicates: Duplicates
    unconditional: bool


class StreamOptions(TypedDict, total=False):
    """The options of a read that is handed out as it comes."""

    parallel: int | None
    ordered: bool
    on_progress: Progress | None
    estimate: bool


@node
class BatchWrite(Statement):
    """`BatchWriteItem`: many puts and deletes without conditions, of one table or several; no transaction."""

    puts: tuple[Any, ...]
    deletes: tuple[Any, ...]
    how: Batching
    options: Options = DEFAULT_OPTIONS
    engine_only = True

    def __str__(self) -> str:
        return f"BATCH WRITE of {len(self.puts)} puts and {len(self.deletes)} groups of deletes"


def checked_parallel(count: int) -> int:
    """How many requests may be on their way at the same time, refused where that is no such number."""
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= PARALLEL_MOST:
        raise ArgumentError(f"parallel is a whole number from 1 to {PARALLEL_MOST}, not {count!r}")
    return count


def chunk_of(size: int, most: int) -> int:
    """A chunk's size, refused where it is none."""
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= most:
        raise ArgumentError(f"chunk_size is a whole number from 1 to {most}, not {size!r}")
    return size


def check_options(what: str, options: Mapping[str, object], known: Collection[str]) -> None:
    """Raise ArgumentError for an option that something does not take, naming those it takes."""
    unknown = [name for name in options if name not in known]
    if unknown:
        raise ArgumentError(f"{what} takes {', '.join(sorted(known))}, not {', '.join(unknown)}")


def checked_several(what: str, things: str, given: Any, example: str) -> Any:
    """Several things, refused where they are none: one of them, a text, what only an event loop can read."""
    if isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping):
        return given
    if hasattr(given, "__aiter__"):
        raise ArgumentError(
            f"{what} can't wait for {given!r}: collect it first, [each async for each in ...]; "
            "bulk_put and bulk_delete of an AsyncEngine take it as it is"
        )
    raise ArgumentError(f"{what} takes several {things}, not {clip(given)}: {example}")


def write_batching(what: str, options: WriteOptions) -> BatchWrite:
    """A batch of nothing, with the options that were given."""
    check_options(what, options, WriteOptions.__annotations__)
    duplicates = options.get("duplicates", "last")
    if duplicates not in {"last", "raise"}:
        raise ArgumentError(f'duplicates is "last" or "raise", not {duplicates!r}')
    how = Batching(
        chunk_of(options.get("chunk_size", limits.BATCH_WRITE_ITEMS), limits.BATCH_WRITE_ITEMS),
        checked_parallel(options.get("parallel", BATCH_PARALLEL)),
        options.get("on_progress"),
        options.get("on_error"),
        options.get("on_outcome"),
        duplicates,
        options.get("unconditional", False),
    )
    check_callbacks(how)
    made = BatchWrite((), (), how)
    return made.execution_options(deadline=options.get("deadline", UNSET), retry=options.get("retry", UNSET))


def check_callbacks(how: Batching) -> None:
    """Raise ArgumentError for what can't be called."""
    for name in ("on_progress", "on_error", "on_outcome"):
        check_callback(name, getattr(how, name))


def batch_write(puts: Iterable[Any] = (), deletes: Iterable[Any] = (), **options: Unpack[WriteOptions]) -> BatchWrite:
    """`BatchWriteItem`: puts and deletes without conditions, 25 a request; no transaction, and no order among them.

    *puts* are objects of models, or `put(...)` statements; *deletes* are objects, or groups of keys as `batch_get`
    takes them: `batch_write(puts=[payment], deletes=[(Quota, ["u1", "u2"])])`. A versioned model wants
    `unconditional=True`, for nothing looks at its version.

    - *parallel* (4) requests of *chunk_size* (25) are on their way at the same time.
    - *retry* and *deadline* (seconds for all of it) stand in for the engine's; without a deadline of its own each
      request has the policy's.
    - Two writes of one item: the last one counts, or ArgumentError with `duplicates="raise"`.
    - `on_progress(done, total)`, `on_error(subjects, error)` (where it returns, the rest goes on; without it the first
      error is raised, with `leftover`) and `on_outcome(outcome)` are called on the caller's thread.

    Executed, it gives a `BulkResult`.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
    """
    made = write_batching("batch_write(puts, deletes)", options)
    if is_group(deletes):
        raise ArgumentError(f"deletes is a list of objects and groups: deletes=[{clip(deletes)}]")
    puts = tuple(checked_several("batch_write(puts=...)", "objects", puts, "puts=[payment]"))
    deletes = tuple(checked_several("batch_write(deletes=...)", "objects or groups", deletes, _GROUPS))
    return replace(made, puts=puts, deletes=tuple(map(_checked_group, deletes)))


_GROUPS: Final = "deletes=[payment, (Quota, keys)]"


def _checked_group(given: Any) -> Any:
    """What is to be deleted; of a group, its keys are held, so that they can be read more than once."""
    if not is_group(given):
        return given
    entity, keys = given
    return entity, tuple(
        checked_several(f"batch_write(deletes=[({table_of(entity).title}, ...)])", "keys", keys, _GROUPS)
    )


def is_group(given: object) -> bool:
    """Whether something given to be deleted is a group of keys: `(Model, keys)`."""
    return isinstance(given, tuple) and len(given) == 2 and (isinstance(given[0], Table | type))
