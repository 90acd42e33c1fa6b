"""`select(...)`: the items a condition holds of, read by the best access path there is."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from dynexpr import limits
from dynexpr.columns import Column, Ordering
from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import Condition, Path, Record, Step, node, replace
from dynexpr.indexes import BoundIndex, Index
from dynexpr.retry import RetryPolicy
from dynexpr.statements.base import DEFAULT_OPTIONS, Conditional, Options, check_own, column_of
from dynexpr.tables import Table, table_of

if TYPE_CHECKING:
    from typing import TypeAlias

    from dynexpr.expression.operand import Expr
    from dynexpr.plan import Explanation
    from dynexpr.statements.functions import Aggregate, AggregateOrdering

B = TypeVar("B")
R = TypeVar("R", covariant=True)
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")
T6 = TypeVar("T6")
T7 = TypeVar("T7")
T8 = TypeVar("T8")
T = TypeVar("T")

if TYPE_CHECKING:
    Wanted: TypeAlias = Expr[T] | Aggregate[T]


@node
class Until(Record):
    """What is read again and again until it is as expected."""

    predicate: Callable[[Any], object]
    policy: RetryPolicy


@node
class Select(Conditional, Generic[R]):
    """`GetItem`, `Query`, or, where `.allow_scan()` says so, `Scan`; `explain()` tells which, and why."""

    entity: Any
    columns: tuple[Column[Any], ...] = ()
    condition: Condition | None = None
    ordering: Ordering | None = None
    max_results: int | None = None
    evaluated_per_page: int | None = None
    index: str | None = None
    scan_allowed: bool = False
    options: Options = DEFAULT_OPTIONS
    parts: int = 1
    rest_wanted: bool = False
    items_budget: int | None = None
    units_budget: float | None = None
    until: Until | None = None
    computes = False
    """Whether rows are computed of the items that are read; see `Aggregation`."""

    def select_from(self, entity: Any) -> Self:
        """The model, or table, that is read; said of what names none, `select(func.count()).select_from(Payment)`."""
        if table_of(entity) is not self.table:
            raise ArgumentError(f"it reads {self.table.title}, not {table_of(entity).title}: DynamoDB has no joins")
        return self

    def order_by(
        self,
        column: "Column[Any] | Ordering | Aggregate[Any] | AggregateOrdering",
        *further: "Column[Any] | Ordering | Aggregate[Any] | AggregateOrdering",
    ) -> Self:
        """`ScanIndexForward`: by the sort key of the table or index; `col` or `col.asc()` upwards, `col.desc()` down.

        A later order_by() replaces an earlier one: a query has one order. Groups may be ordered by several of the
        columns and aggregates that are selected.
        """
        if further:
            raise ArgumentError("DynamoDB orders by the sort key alone: order_by() takes one column")
        ordering = column.asc() if isinstance(column, Column) else column
        if not isinstance(ordering, Ordering):
            raise ArgumentError(f"order_by takes a column, or its .asc() or .desc(), not {column!r}")
        check_own(self.table, ordering.path)
        return replace(self, ordering=ordering)

    def limit(self, count: int | None) -> Self:
        """At most *count* results, over any number of pages (how much is read per page is page_size)."""
        return replace(self, max_results=positive("limit", count))

    def page_size(self, count: int | None) -> Self:
        """`Limit`: how many items DynamoDB evaluates per request, before the filter."""
        return replace(self, evaluated_per_page=positive("page_size", count))

    def using(self, index: "BoundIndex[Any] | Index | Table | str") -> Self:
        """`IndexName`: read this index, or the table itself (`Payment.__table__`); checked.

        An index is given as `Payment.by_customer`, or by one of its names, `"by_customer"` or `"customer-index"`.
        """
        if isinstance(index, BoundIndex):
            index = index.index
        owner = index if isinstance(index, Table) else index.table if isinstance(index, Index) else self.table
        if owner is not self.table:
            raise ArgumentError(
                f"{self.table.title}: using() takes an index of its own, not {index!r} of {owner.title}"
            )
        if isinstance(index, Table):
            return replace(self, index="")
        name = index.name if isinstance(index, Index) else index
        if name not in self.table.indexes:
            name = next((each.name for each in self.table.indexes.values() if each.attribute == name), name)
        if name not in self.table.indexes:
            known = ", ".join(self.table.indexes) or "none"
            raise ArgumentError(f"{self.table.title} has no index {name!r}; it has {known}")
        return replace(self, index=name)

    def consistent_read(self, consistent: bool = True) -> Self:
        """`ConsistentRead`: what was written before is seen; twice the read units, and not on a global index."""
        return self.execution_options(consistent_read=consistent)

    def allow_scan(self) -> Self:
        """`Scan`, where no key condition serves: say that reading the whole table is meant."""
        return replace(self, scan_allowed=True)

    def segments(self, count: int) -> Self:
        """`Segment` and `TotalSegments`: a scan reads so many parts of the table, several at the same time.

        `engine.execute` reads a page of each of up to eight; `engine.stream` hands out pages as they come.
        """
        checked = positive("segments", count)
        if checked is None or checked > limits.SEGMENTS:
            raise ArgumentError(f"segments is a whole number from 1 to {limits.SEGMENTS}, not {count!r}")
        return replace(self, parts=checked)

    def hydrate(self) -> Self:
        """`Query` of an index, then `BatchGetItem` of the table for what the index does not hold.

        The index lags behind the table, so the conditions are checked again of the items that were read.
        """
        return replace(self, rest_wanted=True)

    def group_by(self, *columns: "Column[Any]") -> "Select[R]":
        """One row for each combination of the values of some columns, computed by the client of all that is read.

        `select(Payment.status, func.sum(Payment.amount)).group_by(Payment.status)`. Absent and NULL are one value,
        None. Without an aggregate it gives the different rows there are.
        """
        from dynexpr.statements.aggregates import as_groups

        return as_groups(self, columns)

    def having(self, *conditions: Condition) -> Self:
        """Which groups become rows: `.group_by(Payment.status).having(func.count() > 1)`; see `Aggregation`."""
        del conditions
        raise ArgumentError("having() is about groups and comes after group_by(); conditions on items stand in where()")

    def check(self) -> None:
        """Refuse what can't be planned; there is nothing of the kind in a plain select."""

    def budget(self, *, items: int | None = None, read_units: float | None = None) -> Self:
        """`Limit` and no more requests: how much may be read, whatever is found by then.

        No more than *items* are evaluated, exactly; once *read_units* are consumed, no further request is sent. The
        result's `stopped` says whether a budget ended it.
        """
        is_number = isinstance(read_units, int | float | Decimal) and not isinstance(read_units, bool)
        if read_units is not None and not (is_number and read_units > 0):
            raise ArgumentError(f"read_units is a number above 0, not {read_units!r}")
        return replace(self, items_budget=positive("items", items), units_budget=read_units)

    def retry_until(self, predicate: Callable[[Any], object], policy: RetryPolicy | None = None) -> Self:
        """Read again, after pauses, until *predicate* holds of the result: for a global index that lags.

        `stmt.retry_until(lambda result: result.first() is not None, RetryPolicy(max_attempts=5))`. The predicate is
        given the whole result, anew for each attempt. Raises NotAsExpected when the policy gives up.
        """
        return replace(self, until=Until(predicate, RetryPolicy() if policy is None else policy))

    def explain(self) -> "Explanation":
        """What would be sent, why, and what it costs; nothing is sent."""
        from dynexpr.plan import explain

        return explain(self)

    def __str__(self) -> str:
        columns = ", ".join(str(column) for column in self.columns) or "*"
        text = f"SELECT {columns} FROM {self.table.name}"
        text += self._where()
        if self.ordering is not None:
            text += f" ORDER BY {self.ordering.path} {'DESC' if self.ordering.descending else 'ASC'}"
        return text if self.max_results is None else f"{text} LIMIT {self.max_results}"


def positive(what: str, count: int | None) -> int | None:
    """A count, refused where it is none."""
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        raise ArgumentError(f"{what} is a whole number from 1, not {count!r}")
    return count


@overload
def select(entity: type[B], /) -> Select[B]: ...
@overload
def select(table: Table, /) -> Select[dict[str, Any]]: ...
@overload
def select(c1: "Wanted[T1]", /) -> Select[tuple[T1]]: ...
@overload
def select(c1: "Wanted[T1]", c2: "Wanted[T2]", /) -> Select[tuple[T1, T2]]: ...
@overload
def select(c1: "Wanted[T1]", c2: "Wanted[T2]", c3: "Wanted[T3]", /) -> Select[tuple[T1, T2, T3]]: ...
@overload
def select(
    c1: "Wanted[T1]", c2: "Wanted[T2]", c3: "Wanted[T3]", c4: "Wanted[T4]", /
) -> Select[tuple[T1, T2, T3, T4]]: ...
@overload
def select(
    c1: "Wanted[T1]", c2: "Wanted[T2]", c3: "Wanted[T3]", c4: "Wanted[T4]", c5: "Wanted[T5]", /
) -> Select[tuple[T1, T2, T3, T4, T5]]: ...
@overload
def select(
    c1: "Wanted[T1]", c2: "Wanted[T2]", c3: "Wanted[T3]", c4: "Wanted[T4]", c5: "Wanted[T5]", c6: "Wanted[T6]", /
) -> Select[tuple[T1, T2, T3, T4, T5, T6]]: ...
@overload
def select(
    c1: "Wanted[T1]",
    c2: "Wanted[T2]",
    c3: "Wanted[T3]",
    c4: "Wanted[T4]",
    c5: "Wanted[T5]",
    c6: "Wanted[T6]",
    c7: "Wanted[T7]",
    /,
) -> Select[tuple[T1, T2, T3, T4, T5, T6, T7]]: ...
@overload
def select(
    c1: "Wanted[T1]",
    c2: "Wanted[T2]",
    c3: "Wanted[T3]",
    c4: "Wanted[T4]",
    c5: "Wanted[T5]",
    c6: "Wanted[T6]",
    c7: "Wanted[T7]",
    c8: "Wanted[T8]",
    /,
) -> Select[tuple[T1, T2, T3, T4, T5, T6, T7, T8]]: ...
@overload
def select(c1: "Wanted[Any]", /, *columns: "Wanted[Any]") -> Select[tuple[Any, ...]]: ...
def select(first: Any, /, *columns: Any) -> Select[Any]:
    """Read items: `select(Payment)` whole objects, `select(Payment.id, Payment.amount)` rows of two attributes.

    `select(Payment.status, func.count()).group_by(Payment.status)` is computed of them by the client.

    Which operation and index serve it follows from its conditions; see `explain()`. Raises ScanRequired, when it is
    executed, where only reading the whole table would answer it.
    """
    if not isinstance(first, Column) or not all(isinstance(column, Column) for column in columns):
        from dynexpr.statements.aggregates import aggregation
        from dynexpr.statements.functions import Aggregate

        if any(isinstance(each, Aggregate) for each in (first, *columns)):
            return aggregation((first, *columns))
    if isinstance(first, Column):
        if first.table is None:
            raise ArgumentError(f"{first} belongs to no table; select(Model.column) or select(table.c.column)")
        table = first.table
        chosen = tuple(column_of(table, column) for column in (first, *columns))
        return Select(table.entity if table.entity is not None else table, chosen)
    if columns:
        raise ArgumentError(f"select() takes one model, or columns of one model, not {len(columns) + 1} arguments")
    table_of(first)
    return Select(first)


def wanted_paths(statement: Select[Any]) -> tuple[Path, ...]:
    """The paths a select projects; none for whole items."""
    return tuple(projected_paths([column.node for column in statement.columns]))


def projected_paths(paths: Sequence[Path]) -> list[Path]:
    """What to project so that each of some paths can be told apart in the answer.

    DynamoDB answers `lines[1].sku, lines[3].sku` with a list that leaves out an element without sku, so that nobody
    could say which one is left: such elements are read whole.

    >>> from dynexpr import attr
    >>> print(*projected_paths([attr("lines[1].sku").node, attr("lines[3].sku").node, attr("notes[0].text").node]))
    lines[1] lines[3] notes[0].text
    """
    elements: dict[tuple[Step, ...], set[int]] = {}
    entered: set[tuple[Step, ...]] = set()
    for path in paths:
        for depth, step in enumerate(path.steps):
            if isinstance(step, int):
                elements.setdefault(path.steps[:depth], set()).add(step)
                if depth + 1 < len(path.steps):
                    entered.add(path.steps[:depth])
    unclear = {before for before in entered if len(elements[before]) > 1}
    return [
        Path(
            next(
                (path.steps[: depth + 1] for depth in range(len(path.steps)) if path.steps[:depth] in unclear),
                path.steps,
            )
        )
        for path in paths
    ]
