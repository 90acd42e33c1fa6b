"""`func.count`, `func.sum`, … and `select(...).group_by(...)`: what the client computes of the items that are read.

DynamoDB has no aggregates. The items are read as any select reads them, and added up on their way, group by group.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar, overload

from dynexpr.columns import Column, Ordering
from dynexpr.errors import ArgumentError, OperandError
from dynexpr.expression.nodes import Record, fields_of, node, replace
from dynexpr.expression.operand import Expr
from dynexpr.expression.operators import ORDERED
from dynexpr.statements.base import column_of
from dynexpr.statements.select import Select, positive
from dynexpr.tables import Table, table_of
from dynexpr.types import Any_, ColumnType, Float, Nullable, Number

R = TypeVar("R", covariant=True)
T = TypeVar("T")

NAMES: Final = ("count", "count_distinct", "sum", "avg", "min", "max")


class Aggregate(Generic[R]):
    """One value computed of all items of a group, for select() and order_by(): `func.sum(Payment.amount)`."""

    __slots__ = ("column", "entity", "function", "name")

    def __init__(self, function: str, column: Column[Any] | None, entity: Any = None, name: str | None = None) -> None:
        self.function = function
        self.column = column
        """None for COUNT(*)."""
        self.entity = entity
        """Of COUNT(*): the model or table, where it was said."""
        if name is None:
            name = function if column is None else f"{function}_{column.key or column.name}"
        self.name = name
        """The name of its value in a row: `sum_amount`, or its label."""

    if TYPE_CHECKING:

        def _value(self) -> R: ...

    def label(self, name: str) -> Self:
        """The same under another name in the rows: `func.sum(Payment.amount).label("total")`, `row.total`."""
        if not isinstance(name, str) or not name:
            raise ArgumentError(f"a label is a name, not {name!r}")
        return type(self)(self.function, self.column, self.entity, name)

    def asc(self) -> "AggregateOrdering":
        """From the least group to the greatest, for order_by()."""
        return AggregateOrdering(self, descending=False)

    def desc(self) -> "AggregateOrdering":
        """From the greatest group to the least, for order_by()."""
        return AggregateOrdering(self, descending=True)

    def is_like(self, other: object) -> bool:
        """Whether another computes the same, whatever it is called."""
        return isinstance(other, Aggregate) and self.computes == other.computes

    @property
    def computes(self) -> tuple[object, ...]:
        """The function, and the attribute."""
        return self.function, None if self.column is None else self.column.node

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Aggregate):
            return NotImplemented
        return self.is_like(other) and self.name == other.name

    def __hash__(self) -> int:
        return hash((*self.computes, self.name))

    def __bool__(self) -> bool:
        raise TypeError(f"{self} has no value before it is selected: session.scalar(select({self!r}))")

    def __str__(self) -> str:
        word = "COUNT(DISTINCT " if self.function == "count_distinct" else f"{self.function.upper()}("
        return f"{word}{'*' if self.column is None else self.column})"

    def __repr__(self) -> str:
        inside = getattr(self.entity, "__name__", "") if self.column is None else repr(self.column)
        made = f"func.{self.function}({inside})"
        default = Aggregate(self.function, self.column).name
        return made if self.name == default else f"{made}.label({self.name!r})"


@node
class AggregateOrdering(Record):
    """The order of groups, by one of their values."""

    aggregate: Aggregate[Any]
    descending: bool


class _Functions:
    """What can be computed of items: `func`."""

    __slots__ = ()

    def count(self, what: Expr[Any] | type[Any] | Table | None = None, /) -> Aggregate[int]:
        """How many items: of all (`func.count()`, `func.count(Payment)`), or that have the attribute, and not NULL."""
        if what is None:
            return Aggregate("count", None)
        if isinstance(what, Column):
            return Aggregate("count", what)
        table_of(what)
        return Aggregate("count", None, what)

    def count_distinct(self, column: Expr[Any], /) -> Aggregate[int]:
        """How many different values the attribute has, absent and NULL left out; each is kept until the end."""
        return Aggregate("count_distinct", _column("count_distinct", column))

    @overload
    def sum(self, column: Expr[int | None], /) -> Aggregate[int | None]: ...  # type: ignore[overload-overlap]
    @overload
    def sum(self, column: Expr[Decimal | None], /) -> Aggregate[Decimal | None]: ...  # type: ignore[overload-overlap]
    @overload
    def sum(self, column: Expr[float | None], /) -> Aggregate[float | None]: ...
    def sum(self, column: Any, /) -> Aggregate[Any]:
        """The exact sum of the attribute, absent and NULL left out; None of no value at all, as in SQL."""
        return Aggregate("sum", _number("sum", column))

    @overload
    def avg(self, column: Expr[int | None], /) -> Aggregate[Decimal | None]: ...  # type: ignore[overload-overlap]
    @overload
    def avg(self, column: Expr[Decimal | None], /) -> Aggregate[Decimal | None]: ...  # type: ignore[overload-overlap]
    @overload
    def avg(self, column: Expr[float | None], /) -> Aggregate[float | None]: ...
    def avg(self, column: Any, /) -> Aggregate[Any]:
        """The exact sum divided by how many values there are, to 38 digits; None of no value at all."""
        return Aggregate("avg", _number("avg", column))

    def min(self, column: Expr[T | None], /) -> Aggregate[T | None]:
        """The least value, in DynamoDB's order: numbers by value, text and bytes byte by byte; None of no value."""
        return Aggregate("min", _ordered("min", column))

    def max(self, column: Expr[T | None], /) -> Aggregate[T | None]:
        """The greatest value, in DynamoDB's order; None of no value at all."""
        return Aggregate("max", _ordered("max", column))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"func.{name}: the client computes {', '.join(NAMES)}; DynamoDB has no functions but those of expressions, "
            "which are methods of a column"
        )


func: Final = _Functions()
"""What the client computes of the items that a select reads.

>>> from dynexpr import Column, ColumnOptions, MetaData, Table, select
>>> from dynexpr.types import Number, String
>>> payments = Table("payments", MetaData(), Column("id", String(), ColumnOptions(partition_key=True)),
...     Column("status", String()), Column("amount", Number()))
>>> print(select(payments.c.status, func.sum(payments.c.amount)).group_by(payments.c.status))
SELECT status, SUM(amount) FROM payments GROUP BY status
"""


def _column(function: str, column: object) -> Column[Any]:
    if not isinstance(column, Column):
        raise ArgumentError(f"func.{function}() takes a column, not {column!r}")
    return column


def inner_type(column: Column[Any]) -> ColumnType[Any]:
    """The type of a column's values that are not NULL."""
    return column.type.inner if isinstance(column.type, Nullable) else column.type


def _number(function: str, given: object) -> Column[Any]:
    column = _column(function, given)
    if not isinstance(inner_type(column), Number | Float | Any_):
        raise OperandError(
            f"func.{function}({column}): it adds up numbers, and {column} is {inner_type(column)!r}; "
            "count, count_distinct, min and max take others",
            node=column.node,
        )
    return column


def _ordered(function: str, given: object) -> Column[Any]:
    column = _column(function, given)
    kind = inner_type(column).kind
    if kind is not None and kind not in ORDERED:
        raise OperandError(
            f"func.{function}({column}): only text, numbers and bytes have an order, and {column} is "
            f"{inner_type(column)!r}",
            node=column.node,
        )
    return column


@node
class Aggregation(Select[R]):
    """A select of which the client makes groups: one row for each, or one in all."""

    outputs: tuple[Any, ...] = ()
    """Columns and aggregates, in the order of the rows."""
    groups: tuple[Column[Any], ...] = ()
    grouped: bool = False
    sorting: tuple[tuple[int, bool], ...] = ()
    """By which of the outputs the rows are sorted, and whether downwards."""
    top: int | None = None
    computes = True

    def group_by(self, *columns: Column[Any]) -> Self:
        """One row for each combination of the values of some columns; absent and NULL are one value, None."""
        if not columns:
            raise ArgumentError("group_by() takes the columns to group by")
        chosen = tuple(column_of(self.table, column) for column in columns)
        return _reading(replace(self, groups=(*self.groups, *chosen), grouped=True))

    def order_by(self, column: Any, *further: Any) -> Self:
        """The order of the groups: by columns and aggregates that are selected, `.desc()` for the greatest first.

        They are sorted by the client when all is read; without it they come in the order in which they were met. None
        comes first.
        """
        return replace(self, sorting=tuple(self._sorted_by(term) for term in (column, *further)))

    def _sorted_by(self, term: Any) -> tuple[int, bool]:
        descending = isinstance(term, Ordering | AggregateOrdering) and term.descending
        if isinstance(term, AggregateOrdering):
            term = term.aggregate
        path = term.path if isinstance(term, Ordering) else term.node if isinstance(term, Column) else None
        for place, output in enumerate(self.outputs):
            if isinstance(output, Aggregate) and isinstance(term, Aggregate):
                if output.is_like(term):
                    return place, descending
            elif isinstance(output, Column) and output.node == path:
                return place, descending
        raise ArgumentError(f"order_by() of groups takes columns and aggregates that are selected, not {term}")

    def limit(self, count: int | None) -> Self:
        """The first *count* groups; all items are read for them all the same."""
        return replace(self, top=positive("limit", count))

    def check(self) -> None:
        """Refuse a column that is neither grouped by nor computed, and two values under one name."""
        grouped = {column.node for column in self.groups}
        names: set[str] = set()
        for output in self.outputs:
            name = output.name if isinstance(output, Aggregate) else output.key or output.name
            if isinstance(output, Column) and output.node not in grouped:
                raise ArgumentError(
                    f"{self.table.title}.{name} has many values in a group: add .group_by({self.table.title}.{name}), "
                    f"or select func.min or func.max of it"
                )
            if name in names:
                raise ArgumentError(f"two values are called {name!r}: give one of them a .label(...)")
            names.add(name)

    @property
    def only_counts(self) -> bool:
        """Whether it asks for nothing but how many items there are."""
        return not self.grouped and all(
            isinstance(output, Aggregate) and output.function == "count" and output.column is None
            for output in self.outputs
        )

    @property
    def told(self) -> str:
        """What is computed."""
        by = f" GROUP BY {', '.join(map(str, self.groups))}" if self.groups else ""
        return ", ".join(map(str, self.outputs)) + by

    def __str__(self) -> str:
        text = f"SELECT {', '.join(map(str, self.outputs))} FROM {self.table.name}"
        if self.condition is not None:
            text += f" WHERE {self.condition}"
        if self.groups:
            text += f" GROUP BY {', '.join(map(str, self.groups))}"
        if self.sorting:
            terms = [f"{self.outputs[place]} {'DESC' if descending else 'ASC'}" for place, descending in self.sorting]
            text += f" ORDER BY {', '.join(terms)}"
        return text if self.top is None else f"{text} LIMIT {self.top}"


def aggregation(outputs: tuple[Any, ...]) -> Aggregation[Any]:
    """The statement for what select() was given, of which something is to be computed."""
    entity = next((_entity(each) for each in outputs if _entity(each) is not None), None)
    if entity is None:
        raise ArgumentError("func.count() alone says of no table what to count: func.count(Payment)")
    table = table_of(entity)
    for each in outputs:
        column = each.column if isinstance(each, Aggregate) else each
        if column is not None:
            column_of(table, column)
        elif each.entity is not None and table_of(each.entity) is not table:
            raise ArgumentError(f"{each!r} is about {table_of(each.entity).title}, the rest about {table.title}")
    return _reading(Aggregation(entity, outputs=outputs))


def _entity(output: Any) -> Any:
    column = output.column if isinstance(output, Aggregate) else output
    if column is None:
        return output.entity
    if not isinstance(column, Column):
        raise ArgumentError(f"select() takes columns and aggregates of one model, not {column!r}")
    if column.table is None:
        raise ArgumentError(f"{column} belongs to no table; use Model.column or table.c.column")
    return column.table if column.table.entity is None else column.table.entity


A = TypeVar("A", bound=Aggregation[Any])


def _reading(statement: A) -> A:
    """The statement, with the columns it has to read."""
    computed = [each.column for each in statement.outputs if isinstance(each, Aggregate) and each.column is not None]
    needed = {column.node: column for column in (*statement.groups, *computed)}
    return replace(statement, columns=tuple(needed.values()) or tuple(statement.table.key_columns))


def as_groups(statement: Select[R], columns: tuple[Column[Any], ...]) -> Select[R]:
    """A select of columns, grouped by some: its different rows."""
    if not statement.columns:
        raise ArgumentError("group_by() takes a select of columns: select(Payment.status, func.count()).group_by(…)")
    if statement.ordering is not None or statement.max_results is not None:
        raise ArgumentError("group_by() comes before order_by() and limit(), which are about the groups")
    fields: dict[str, Any] = {name: getattr(statement, name) for name in fields_of(statement)}
    made: Aggregation[R] = Aggregation(**fields, outputs=statement.columns)
    return made.group_by(*columns)
