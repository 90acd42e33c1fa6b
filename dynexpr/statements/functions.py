"""`func.count`, `func.sum`, …: what can be computed of many items?

DynamoDB has no aggregates: the client adds up what a select reads, group by group.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar, overload

from dynexpr.columns import Column
from dynexpr.errors import ArgumentError, OperandError
from dynexpr.expression.nodes import Condition, Path, Record, is_secret, node, own, secret_path
from dynexpr.expression.operand import Expr, Operand
from dynexpr.expression.operators import ORDERED
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

    def compared(self) -> Operand[Any]:
        """What having() compares: its value in a group, under the words it is computed by."""
        steps = (str(self),)
        if self.column is None:
            return Operand(_of_groups(Path(steps)), Number())
        type_ = inner_type(self.column)
        counts = self.function in {"count", "count_distinct"}
        adds = self.function in {"sum", "avg"} and not isinstance(type_, Float)
        node = secret_path(steps) if is_secret(self.column.node) else Path(steps)
        return Operand(_of_groups(node), Number() if counts or adds else type_)

    def __lt__(self, other: object) -> Condition:
        return self.compared() < _compared(other)  # type: ignore[no-any-return]  # not typed by its values

    def __le__(self, other: object) -> Condition:
        return self.compared() <= _compared(other)  # type: ignore[no-any-return]  # not typed by its values

    def __gt__(self, other: object) -> Condition:
        return self.compared() > _compared(other)  # type: ignore[no-any-return]  # not typed by its values

    def __ge__(self, other: object) -> Condition:
        return self.compared() >= _compared(other)  # type: ignore[no-any-return]  # not typed by its values

    def between(self, lower: object, upper: object) -> Condition:
        """For having(): from *lower* to *upper*, both included."""
        return self.compared().between(_compared(lower), _compared(upper))

    def in_(self, options: Iterable[object]) -> Condition:
        """For having(): one of some values."""
        return self.compared().in_([_compared(option) for option in options])

    def __eq__(self, other: object) -> Any:
        """For having(), beside a value; two aggregates are the same where they compute the same under one name."""
        if isinstance(other, Aggregate):
            return self.is_like(other) and self.name == other.name
        return self.compared() == other

    def __ne__(self, other: object) -> Any:
        return not self == other if isinstance(other, Aggregate) else self.compared() != other

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


class _Groups:
    """What the values of aggregates belong to: no table, so that no condition on items takes them for attributes."""

    name = ""
    title = "having()"


def _of_groups(path: Path) -> Path:
    own(path, _Groups)
    return path


def _compared(other: object) -> Any:
    return other.compared() if isinstance(other, Aggregate) else other


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
    def sum(self, column: Expr[int | None], /) -> Aggregate[int | None]: ...  # type: ignore[overload-overlap]  # of None alone
    @overload
    def sum(self, column: Expr[Decimal | None], /) -> Aggregate[Decimal | None]: ...  # type: ignore[overload-overlap]  # of None alone
    @overload
    def sum(self, column: Expr[float | None], /) -> Aggregate[float | None]: ...
    def sum(self, column: Any, /) -> Aggregate[Any]:
        """The exact sum of the attribute, absent and NULL left out; None of no value at all, as in SQL."""
        return Aggregate("sum", _number("sum", column))

    @overload
    def avg(self, column: Expr[int | None], /) -> Aggregate[Decimal | None]: ...  # type: ignore[overload-overlap]  # of None alone
    @overload
    def avg(self, column: Expr[Decimal | None], /) -> Aggregate[Decimal | None]: ...  # type: ignore[overload-overlap]  # of None alone
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
