"""How do Python's operators make expressions?  Each method is one line over the table of operators.

`Expr[T]` has a value that SET can store; `Operand[T]` can also be compared. Static types follow the wish that a wrong
operand is an error in mypy and pyright; what they can't see raises on the user's own line.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, TypeVar, overload

from dynexpr.allowed import refuse_other, restricted
from dynexpr.errors import ArgumentError, OperandError, ValueNotStorable
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    MYPY,
    And,
    Arithmetic,
    Between,
    Compare,
    Condition,
    Constant,
    In,
    OperandNode,
    Or,
    Parameter,
    Path,
    Test,
    Value,
    conjunction,
    disjunction,
    is_secret,
)
from dynexpr.expression.operators import TYPE_NAMES, Op
from dynexpr.hiding import HIDDEN
from dynexpr.types import Any_, ColumnType, Integer, Number, String
from dynexpr.wire import PLAIN_INT, Frozen, Wire, freeze, number_text

if TYPE_CHECKING:
    from typing_extensions import deprecated
else:

    def deprecated(_message: str) -> Any:
        """Mark an overload for checkers; at run time nothing, so that typing_extensions need not be there."""
        return lambda function: function


T = TypeVar("T")
E = TypeVar("E")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
R = TypeVar("R", covariant=True)
Num = int | Decimal

NULL = Value(("NULL", True))

_HOLD_ANY_TEXT: Final = frozenset({Any_, String})
"""Types that store any text as it is: it need not go the long way through encode() and freeze()."""
_HOLD_ANY_NUMBER: Final = frozenset({Any_, Number, Integer})
_LOWEST: Final = -PLAIN_INT
_SINGLE: Final = frozenset({"S", "N", "B", "BOOL"})
"""Kinds of types that have no others inside them."""
_COMPARING: Final = frozenset({"compare", "between", "in"})
"""Shapes of operators whose literal is a value the attribute could have. What is stored, `storing` looks at."""


class Mismatch:
    """The static type of `==` with a value of another type; at run time such a line raises."""


class Expr(Generic[R]):
    """Something with a value: a column, `size()`, or a value for SET. Holds a node and the type of its value."""

    __slots__ = ("node", "type")

    node: OperandNode
    type: ColumnType[Any]

    def __init__(self, node: OperandNode, type_: ColumnType[Any]) -> None:
        self.node = node
        self.type = type_

    if TYPE_CHECKING:

        def _value(self) -> R: ...

    @overload
    def __add__(self: "Expr[int]", other: "int | Expr[int]") -> "Expr[int]": ...
    @overload
    def __add__(self: "Expr[Decimal]", other: "int | Decimal | Expr[int] | Expr[Decimal]") -> "Expr[Decimal]": ...
    @overload
    def __add__(self: "Expr[float]", other: "float | Expr[float]") -> "Expr[float]": ...
    def __add__(self, other: Any) -> "Expr[Any]":
        """`path + :v`, a value of SET: the sum of two numbers. The attribute must exist (`if_not_exists` helps)."""
        return self._arithmetic(ops.PLUS, other)

    @overload
    def __sub__(self: "Expr[int]", other: "int | Expr[int]") -> "Expr[int]": ...
    @overload
    def __sub__(self: "Expr[Decimal]", other: "int | Decimal | Expr[int] | Expr[Decimal]") -> "Expr[Decimal]": ...
    @overload
    def __sub__(self: "Expr[float]", other: "float | Expr[float]") -> "Expr[float]": ...
    def __sub__(self, other: Any) -> "Expr[Any]":
        """`path - :v`, a value of SET: the difference of two numbers."""
        return self._arithmetic(ops.MINUS, other)

    def __radd__(self, other: Any) -> "Expr[Any]":
        """`:v + path`, a value of SET."""
        return Expr(Arithmetic(ops.PLUS, self._operand(ops.PLUS, other), self.node), self.type)

    def __rsub__(self, other: Any) -> "Expr[Any]":
        """`:v - path`, a value of SET."""
        return Expr(Arithmetic(ops.MINUS, self._operand(ops.MINUS, other), self.node), self.type)

    def _arithmetic(self, op: Op, other: object) -> "Expr[Any]":
        if isinstance(self.node, Arithmetic):
            raise OperandError(
                f"SET adds or subtracts two terms, not three: ({self}) {op.text} {other!r}; "
                "add the literals in Python first",
                node=self.node,
            )
        self._check_kind(op)
        if isinstance(other, Expr):
            other._check_kind(op)  # noqa: SLF001 - another handle's, of the same class
        return Expr(Arithmetic(op, self.node, self._operand(op, other)), self.type)

    def _operand(self, op: Op, other: object, type_: ColumnType[Any] | None = None) -> OperandNode:
        """The node of the other side; a literal is encoded by this side's type, on the user's own line."""
        if type_ is None:
            type_ = self.type
        if type(other) is str and type(type_) in _HOLD_ANY_TEXT and type_.allowed is None and other.isascii():
            pair: Frozen = ("S", other)
            if "S" in op.literal:
                return Value(pair)
        elif (
            type(other) is int
            and type(type_) in _HOLD_ANY_NUMBER
            and type_.allowed is None
            and _LOWEST < other < PLAIN_INT
        ):
            pair = ("N", str(other))
            if "N" in op.literal:
                return Value(pair)
        elif isinstance(other, Expr):
            return other.node
        elif isinstance(other, Parameter):
            return other
        elif isinstance(other, Condition):
            raise OperandError(f"a condition is no value: {self} {op.text} ({other})", node=other)
        else:
            try:
                if type(other) is Decimal and type(type_) in _HOLD_ANY_NUMBER and type_.allowed is None:
                    pair = ("N", number_text(other))
                else:
                    wire = type_.encode(other)
                    plain = type_.allowed is None and type_.kind in _SINGLE
                    if not plain and op.shape in _COMPARING and restricted(type_):
                        self._check_allowed(type_, wire)
                    pair = freeze(wire)
            except ValueNotStorable as error:
                self._check_there(op, other)
                why = f"DynamoDB can't hold it as {type_.python} (the column is sensitive)"
                told = ValueNotStorable(HIDDEN, why) if self._is_secret else error
                raise told.inside(str(self)) from None
        if pair[0] not in op.literal:
            self._check_there(op, other)
            wanted = ", ".join(kind for kind in TYPE_NAMES if kind in op.literal)
            raise OperandError(
                f"{self} {op.text} {HIDDEN if self._is_secret else repr(other)}: DynamoDB refuses a literal of type "
                f"{pair[0]} here; it takes {wanted}"
            )
        return Value(pair)

    def _check_allowed(self, type_: ColumnType[Any], wire: Wire) -> None:
        """Refuse a value that a Literal or an Enum has not got."""
        try:
            refuse_other(type_, wire)
        except ValueNotStorable as error:
            newer = f"{error.why}; what another program stored is asked for with {self!r}"
            raise ValueNotStorable(error.value, newer, error.place) from None

    def _check_there(self, op: Op, other: object) -> None:
        """Refuse to compare with what no attribute has: an item lacks it instead."""
        if op.shape in _COMPARING and (other is None or (isinstance(other, set | frozenset) and not other)):
            what = "nothing compares with None" if other is None else "DynamoDB has no empty set, the item lacks it"
            raise OperandError(
                f"{self} {op.text} {other!r}: {what}; absent or NULL is written ({self} == None), joined with |"
            )

    @property
    def _is_secret(self) -> bool:
        return isinstance(self.node, Path) and is_secret(self.node)

    def _check_kind(self, op: Op) -> None:
        """Refuse an operator that can never hold of a value of this column's declared type."""
        kind = self.type.kind
        if kind is None or kind in op.accepts:
            return
        has = f"{self}, which has type {kind} ({self.type.python})"
        if op.shape in _COMPARING or op.shape == "test":
            raise OperandError(f"{op.text} never holds of {has}")
        wanted = ", ".join(each for each in TYPE_NAMES if each in op.accepts)
        raise OperandError(f"{op.text} takes {wanted}, not {has}")

    def __repr__(self) -> str:
        return repr(self.node)

    def __str__(self) -> str:
        return str(self.node)

    if not TYPE_CHECKING:

        def __mul__(self, _other: object = None) -> NoReturn:
            raise OperandError(f"{self}: DynamoDB adds and subtracts, and nothing else; read it, and compute in Python")

        __rmul__ = __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __mul__
        __rpow__ = __neg__ = __abs__ = __mul__

    if not MYPY:

        def __bool__(self) -> NoReturn:
            raise TypeError(f"{self} has no truth value: it is part of an expression, not a value")

    if not TYPE_CHECKING:

        def __iter__(self) -> NoReturn:
            raise TypeError(f"{self} can't be iterated: it is part of an expression, not a value")

        def __contains__(self, item: object) -> NoReturn:
            raise TypeError(f"write {self}.contains({item!r}) instead of {item!r} in {self}")

        def __and__(self, _other: object) -> NoReturn:
            raise TypeError(
                f"{self} is no condition. & | ~ bind tighter than comparisons: write (a > 1) & (b < 5), each side in "
                "parentheses; and compare a flag with something, as in flag == True"
            )

        __or__ = __rand__ = __ror__ = __and__

        def __invert__(self) -> NoReturn:
            raise TypeError(f"{self} is no condition; write {self} == False, or ~({self} == …)")


class Operand(Expr[T]):
    """Something a condition can compare: a column, a nested path, or `size()`."""

    __slots__ = ()

    @overload  # type: ignore[override]
    def __eq__(self: "Expr[Num | None]", other: "Num | Expr[Num | None]") -> Condition: ...  # type: ignore[overload-overlap]
    @overload
    def __eq__(self, other: "T | Expr[T | None]") -> Condition: ...
    @overload
    @deprecated("compared with a value of another type")
    def __eq__(self, other: object) -> Mismatch: ...
    def __eq__(self, other: object) -> Any:
        """`a = :v`: equal, in type and value. With None: the attribute is absent or NULL.

        >>> from dynexpr import attr
        >>> attr("status") == "paid"
        attr('status') == 'paid'
        """
        if other is None:
            return Or((Test(ops.ATTRIBUTE_NOT_EXISTS, (self.node,)), Compare(ops.EQ, self.node, NULL)))
        return Compare(ops.EQ, self.node, self._operand(ops.EQ, other))

    @overload  # type: ignore[override]
    def __ne__(self: "Expr[Num | None]", other: "Num | Expr[Num | None]") -> Condition: ...  # type: ignore[overload-overlap]
    @overload
    def __ne__(self, other: "T | Expr[T | None]") -> Condition: ...
    @overload
    @deprecated("compared with a value of another type")
    def __ne__(self, other: object) -> Mismatch: ...
    def __ne__(self, other: object) -> Any:
        """`a <> :v`: not equal, or missing, or of another type. With None: the attribute is there and not NULL."""
        if other is None:
            return And((Test(ops.ATTRIBUTE_EXISTS, (self.node,)), Compare(ops.NE, self.node, NULL)))
        return Compare(ops.NE, self.node, self._operand(ops.NE, other))

    __hash__ = None  # type: ignore[assignment]  # a handle's == builds a condition; keep handle.node in sets and keys

    @overload
    def __lt__(self: "Expr[Num | None]", other: "Num | Expr[Num | None]") -> Condition: ...
    @overload
    def __lt__(self, other: "T | Expr[T | None]") -> Condition: ...
    def __lt__(self, other: object) -> Condition:
        """`a < :v`; false when the attribute is missing or has another type."""
        return self._compare(ops.LT, other)

    @overload
    def __le__(self: "Expr[Num | None]", other: "Num | Expr[Num | None]") -> Condition: ...
    @overload
    def __le__(self, other: "T | Expr[T | None]") -> Condition: ...
    def __le__(self, other: object) -> Condition:
        """`a <= :v`."""
        return self._compare(ops.LE, other)

    @overload
    def __gt__(self: "Expr[Num | None]", other: "Num | Expr[Num | None]") -> Condition: ...
    @overload
    def __gt__(self, other: "T | Expr[T | None]") -> Condition: ...
    def __gt__(self, other: object) -> Condition:
        """`a > :v`."""
        return self._compare(ops.GT, other)

    @overload
    def __ge__(self: "Expr[Num | None]", other: "Num | Expr[Num | None]") -> Condition: ...
    @overload
    def __ge__(self, other: "T | Expr[T | None]") -> Condition: ...
    def __ge__(self, other: object) -> Condition:
        """`a >= :v`."""
        return self._compare(ops.GE, other)

    def _compare(self, op: Op, other: object) -> Condition:
        self._check_kind(op)
        return Compare(op, self.node, self._operand(op, other))

    @overload
    def between(
        self: "Expr[Num | None]", lower: "Num | Expr[Num | None]", upper: "Num | Expr[Num | None]"
    ) -> Condition: ...
    @overload
    def between(self, lower: "T | Expr[T | None]", upper: "T | Expr[T | None]") -> Condition: ...
    def between(self, lower: Any, upper: Any) -> Condition:
        """`a BETWEEN :v AND :w`: at least *lower* and at most *upper*."""
        op = ops.BETWEEN
        self._check_kind(op)
        return Between(self.node, self._operand(op, lower), self._operand(op, upper))

    @overload
    def in_(self: "Expr[Num | None]", options: "Iterable[Num | Expr[Num | None]]") -> Condition: ...
    @overload
    def in_(self, options: "Iterable[T | Expr[T | None]]") -> Condition: ...
    def in_(self, options: Iterable[Any]) -> Condition:
        """`a IN (:v, :w)`: equal to one of up to 100 values; of no values at all it is false, and never sent."""
        if isinstance(options, str | bytes | bytearray | Expr):
            raise TypeError(f"{self}.in_() takes a list of values; write in_([{options!r}])")
        operands = tuple(self._operand(ops.IN, option) for option in _in_order(options))
        return In(self.node, operands) if operands else Constant(False)


def _in_order(options: Iterable[E]) -> Iterable[E]:
    """The options, those of a set in an order that is the same in every process."""
    return sorted(options, key=repr) if isinstance(options, set | frozenset) else options


class Tuple(Generic[R]):
    """Several columns as one: what `tuple_(...)` gives, for `in_` only."""

    __slots__ = ("_columns",)

    def __init__(self, columns: tuple[Operand[Any], ...]) -> None:
        self._columns = columns

    if TYPE_CHECKING:

        def _value(self) -> R: ...

    def in_(self, options: Iterable[R]) -> Condition:
        """`(a = :v AND b = :w) OR (a = :x AND b = :y)`: the columns are equal to one of the combinations.

        Of the columns of a key these are the items of those keys: `BatchGetItem`, in their order.
        """
        if isinstance(options, str | bytes | Expr):
            raise TypeError(f"tuple_(...).in_() takes a list of tuples, not {options!r}")
        return disjunction(tuple(self._equals(option) for option in _in_order(options)))

    def _equals(self, option: Any) -> Condition:
        if not isinstance(option, tuple | list) or len(option) != len(self._columns):
            names = ", ".join(map(str, self._columns))
            raise ArgumentError(f"tuple_({names}).in_() takes tuples of {len(self._columns)} values, not {option!r}")
        pairs = zip(self._columns, option, strict=True)
        return conjunction(
            tuple(Compare(ops.EQ, column.node, column._operand(ops.EQ, value)) for column, value in pairs)  # noqa: SLF001
        )

    def __repr__(self) -> str:
        return f"tuple_({', '.join(map(repr, self._columns))})"


@overload
def tuple_(c1: Operand[A], c2: Operand[B], /) -> "Tuple[tuple[A, B]]": ...
@overload
def tuple_(c1: Operand[A], c2: Operand[B], c3: Operand[C], /) -> "Tuple[tuple[A, B, C]]": ...
@overload
def tuple_(c1: Operand[Any], /, *columns: Operand[Any]) -> "Tuple[tuple[Any, ...]]": ...
def tuple_(*columns: Any) -> Any:
    """Several columns as one, to be compared with combinations of values.

    >>> from dynexpr import attr, tuple_
    >>> print(tuple_(attr("id"), attr("at")).in_([("a", 1), ("b", 2)]))
    id = "a" AND at = 1 OR id = "b" AND at = 2
    """
    for column in columns:
        if not isinstance(column, Operand):
            raise ArgumentError(f"tuple_() takes columns, not {column!r}")
    return Tuple(columns)


def show(expression: Expr[Any] | Condition) -> str:
    """An expression as a person reads it, values in place."""
    return str(expression)


def and_(*conditions: Condition) -> Condition:
    """`a AND b AND …`: all conditions hold; of none at all it is true of every item."""
    return conjunction(tuple(_condition(condition) for condition in conditions))


def or_(*conditions: Condition) -> Condition:
    """`a OR b OR …`: at least one condition holds; of none at all it is false."""
    return disjunction(tuple(_condition(condition) for condition in conditions))


def not_(condition: Condition) -> Condition:
    """`NOT a`: the condition does not hold; the same as `~a`."""
    return ~_condition(condition)


def _condition(candidate: object) -> Condition:
    if isinstance(candidate, Condition):
        return candidate
    raise as_condition_error(candidate)


def as_condition_error(candidate: object) -> TypeError:
    """The error for something that stands where a condition should."""
    if isinstance(candidate, bool):
        cause = "== between two plain values, or `and`, `or`, `not`, gives a bool"
    elif isinstance(candidate, Expr):
        cause = f"compare it with something: {candidate} == …"
    elif isinstance(candidate, list | tuple) and all(isinstance(each, Condition) for each in candidate):
        cause = "put a * before the list: and_(*conditions), where(*conditions)"
    else:
        cause = "compare a column with it"
    return TypeError(f"a condition is wanted, not {candidate!r}: {cause}")
