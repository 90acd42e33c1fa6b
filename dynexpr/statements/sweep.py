"""`update(...).bulk(...)` and `delete(...).bulk(...)`: one write for each of the items that a condition finds."""

from typing import TYPE_CHECKING, Any

from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import Condition, node
from dynexpr.statements.base import Options, Statement
from dynexpr.statements.batch import OnError, Progress, checked_parallel
from dynexpr.statements.parameters import check_bound
from dynexpr.statements.select import Select

if TYPE_CHECKING:
    from dynexpr.tables import Table


@node
class Sweep(Statement):
    """A planned read for keys, then `UpdateItem` or `DeleteItem` of each, under the same condition; no transaction."""

    statement: Any
    query: Select[Any]
    """What finds the keys."""
    options: Options
    parallel: int
    dry_run: bool = False
    checkpoint: str | None = None
    on_progress: Progress | None = None
    on_error: OnError | None = None
    engine_only = True

    @property
    def table(self) -> "Table":
        """The table it is about."""
        return self.query.table

    @property
    def condition(self) -> Condition | None:
        """What is to hold of each item."""
        found: Condition | None = self.statement.condition
        return found

    def explain(self) -> Any:
        """How the items are found, why, and what that costs; the writes come on top."""
        return self.query.explain()

    def __str__(self) -> str:
        return f"{self.statement} (each item by itself)"


def swept(
    statement: Any,
    *,
    parallel: int,
    allow_scan: bool,
    using: Any,
    segments: int,
    page_size: int | None,
    dry_run: bool,
    checkpoint: Any,
    on_progress: Progress | None,
    on_error: OnError | None,
) -> Sweep:
    """The sweep of an update or a delete; see its bulk()."""
    check_bound(statement)
    table = statement.table
    if getattr(statement, "image", "NONE") != "NONE":
        raise ArgumentError(f"bulk() of {table.title} returns counts: leave returning() out")
    if getattr(statement, "create", False):
        raise ArgumentError(
            f"bulk() of {table.title} changes what it finds, so there is nothing to create: no upsert()"
        )
    query: Select[Any] = Select(statement.entity, tuple(table.key_columns), statement.condition)
    query = (
        query.segments(segments)
        .page_size(page_size)
        .execution_options(
            deadline=statement.options.deadline,
            retry=statement.options.retry,
            consistent_read=statement.options.consistent_read,
        )
    )
    if allow_scan:
        query = query.allow_scan()
    if using is not None:
        query = query.using(using)
    place = _place(checkpoint)
    return Sweep(statement, query, statement.options, checked_parallel(parallel), dry_run, place, on_progress, on_error)


def _place(checkpoint: Any) -> str | None:
    """The name of a checkpoint's file."""
    if checkpoint is None:
        return None
    path = checkpoint.__fspath__() if hasattr(checkpoint, "__fspath__") else checkpoint
    if not isinstance(path, str) or not path:
        raise ArgumentError(f"checkpoint is the path of a file, a str or a Path, not {checkpoint!r}")
    return path
