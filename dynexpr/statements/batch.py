"""`batch_write(...)`, and how any batch is carried out: how much at once, and who hears of it."""

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, TypedDict, Unpack

from dynexpr import limits
from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import Record, node, replace
from dynexpr.retry import RetryPolicy
from dynexpr.statements.base import DEFAULT_OPTIONS, Options, Statement
from dynexpr.tables import UNSET, Table, Unset

Progress = Callable[[int, int | None], object]
"""Called with how many are done, and of how many; None where nobody knows."""
OnError = Callable[[list[Any], Exception], object]
"""Called with what one chunk could not read or write, and why; where it returns, the rest goes on."""
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


def write_batching(
    *,
    chunk_size: int = limits.BATCH_WRITE_ITEMS,
    parallel: int = BATCH_PARALLEL,
    retry: RetryPolicy | Unset | None = UNSET,
    deadline: float | Unset | None = UNSET,
    on_progress: Progress | None = None,
    on_error: OnError | None = None,
    on_outcome: Callable[[Any], object] | None = None,
    duplicates: Duplicates = "last",
    unconditional: bool = False,
) -> BatchWrite:
    """A batch of nothing, with the options that were given."""
    if duplicates not in {"last", "raise"}:
        raise ArgumentError(f'duplicates is "last" or "raise", not {duplicates!r}')
    size = chunk_of(chunk_size, limits.BATCH_WRITE_ITEMS)
    parallel = checked_parallel(parallel)
    how = Batching(size, parallel, on_progress, on_error, on_outcome, duplicates, unconditional)
    return BatchWrite((), (), how).execution_options(deadline=deadline, retry=retry)


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
    return replace(write_batching(**options), puts=tuple(puts), deletes=tuple(deletes))


def is_group(given: object) -> bool:
    """Whether something given to be deleted is a group of keys: `(Model, keys)`."""
    return isinstance(given, tuple) and len(given) == 2 and (isinstance(given[0], Table | type))
