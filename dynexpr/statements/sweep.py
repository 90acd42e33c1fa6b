"""`update(...).bulk(...)` and `delete(...).bulk(...)`: one write for each of the items that a condition finds."""

from typing import TYPE_CHECKING, Any, Final, TypedDict

from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import Condition, node
from dynexpr.statements.base import Options, Statement
from dynexpr.statements.batch import check_options, checked_parallel
from dynexpr.statements.callbacks import OnError, Progress, check_callback
from dynexpr.statements.parameters import check_bound
from dynexpr.statements.select import Select
from dynexpr.tables import Table
from dynexpr.unset import UNSET, Unset

if TYPE_CHECKING:
    from os import PathLike

    from dynexpr.retry import RetryPolicy

SWEEP_PARALLEL: Final = 8


class SweepOptions(TypedDict, total=False):
    """The options of update(...).bulk() and delete(...).bulk()."""

    parallel: int
    retry: "RetryPolicy | Unset | None"
    deadline: "float | Unset | None"
    allow_scan: bool
    using: Any
    segments: int
    page_size: int | None
    dry_run: bool
    checkpoint: "str | PathLike[str] | None"
    on_progress: Progress | None
    on_error: OnError | None


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
    def table(self) -> Table:
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


def swept(statement: Any, options: SweepOptions) -> Sweep:
    """The sweep of an update or a delete; see its bulk()."""
    check_options(f"bulk() of {statement.table.title}", options, SweepOptions.__annotations__)
    check_bound(statement)
    table = statement.table
    if not getattr(statement, "actions", True) and not _changes_by_itself(table):
        raise ArgumentError(
            f"bulk() of {table.title} would change nothing: say what is set, update({table.title})....set(...).bulk()"
        )
    if getattr(statement, "image", "NONE") != "NONE":
        raise ArgumentError(f"bulk() of {table.title} returns counts: leave returning() out")
    if getattr(statement, "create", False):
        raise ArgumentError(
            f"bulk() of {table.title} changes what it finds, so there is nothing to create: no upsert()"
        )
    statement = statement.execution_options(deadline=options.get("deadline", UNSET), retry=options.get("retry", UNSET))
    how: Options = statement.options
    query: Select[Any] = Select(statement.entity, tuple(table.key_columns), statement.condition)
    query = (
        query.segments(options.get("segments", 1))
        .page_size(options.get("page_size"))
        .execution_options(deadline=how.deadline, retry=how.retry, consistent_read=how.consistent_read)
    )
    if options.get("allow_scan", False):
        query = query.allow_scan()
    using = options.get("using")
    if using is not None:
        query = query.using(using)
    for name in ("on_progress", "on_error"):
        check_callback(name, options.get(name))
    return Sweep(
        statement,
        query,
        how,
        checked_parallel(options.get("parallel", SWEEP_PARALLEL)),
        options.get("dry_run", False),
        _place(options.get("checkpoint")),
        options.get("on_progress"),
        options.get("on_error"),
    )


def _changes_by_itself(table: Table) -> bool:
    """Whether any update of a table's items changes something: a version, a time."""
    return table.version is not None or any(
        column.options.updated_at or column.options.onupdate is not None for column in table.columns.values()
    )


def _place(checkpoint: Any) -> str | None:
    """The name of a checkpoint's file."""
    if checkpoint is None:
        return None
    path = checkpoint.__fspath__() if hasattr(checkpoint, "__fspath__") else checkpoint
    if not isinstance(path, str) or not path:
        raise ArgumentError(f"checkpoint is the path of a file, a str or a Path, not {checkpoint!r}")
    return path
