"""Which part of a sort key's values do conditions leave, and how is DynamoDB told?

A key condition takes one comparison of a sort attribute. Conditions on it are therefore gathered into one range, and
the range into the narrowest key condition there is: `>=` and `<` become BETWEEN, which is one value too wide; the
client checks the rest.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from dynexpr.columns import Column
from dynexpr.compile.keys import MIRRORED
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    And,
    Between,
    Compare,
    Condition,
    In,
    Not,
    OperandNode,
    Or,
    Parameter,
    Record,
    Test,
    Value,
    node,
)


@node
class Range(Record):
    """The values between two bounds, each of them in or out; None is no bound."""

    lower: Value | None = None
    upper: Value | None = None
    above: bool = False
    """Whether the lower bound itself is out."""
    below: bool = False
    """Whether the upper bound itself is out."""
    empty: bool = False

    def within(self, other: "Range") -> bool:
        """Whether every value of this range is in the other."""
        return self.empty or (self & other) == self

    def __and__(self, other: "Range") -> "Range":
        """The values that are in both."""
        if self.empty or other.empty:
            return NOTHING
        lower, above = max((self.lower, self.above), (other.lower, other.above), key=_lower)
        upper, below = min((self.upper, self.below), (other.upper, other.below), key=_upper)
        if lower is not None and upper is not None:
            low, high = order_of(lower), order_of(upper)
            if low > high or (low == high and (above or below)):
                return NOTHING
        return Range(lower, upper, above, below)

    def __or__(self, other: "Range") -> "Range":
        """The narrowest range that holds both."""
        if self.empty or other.empty:
            return other if self.empty else self
        lower, above = min((self.lower, self.above), (other.lower, other.above), key=_lower)
        upper, below = max((self.upper, self.below), (other.upper, other.below), key=_upper)
        return Range(lower, upper, above, below)


EVERYTHING: Final = Range()
NOTHING: Final = Range(empty=True)


def order_of(value: Value) -> Any:
    """What values of one type sort by, as DynamoDB sorts them: Python's text order is that of UTF-8's bytes."""
    return Decimal(value.pair[1]) if value.kind == "N" else value.pair[1]


def _lower(bound: tuple[Value | None, bool]) -> tuple[Any, ...]:
    value, out = bound
    return (0,) if value is None else (1, order_of(value), out)


def _upper(bound: tuple[Value | None, bool]) -> tuple[Any, ...]:
    value, out = bound
    return (1,) if value is None else (0, order_of(value), not out)


def range_of(term: Condition, column: Column[Any]) -> tuple[Range, bool]:
    """The values of a key attribute of which a condition may hold, and whether it holds of all of them.

    >>> from dynexpr.types import Integer
    >>> at = Column("at", Integer())
    >>> found, exact = range_of((at > 3) & ~(at > 9), at)
    >>> print(key_term(found, at), exact)
    at BETWEEN 3 AND 9 True
    """
    return _RANGES.get(type(term), _anything)(term, column)


def _anything(_term: Any, _column: Column[Any]) -> tuple[Range, bool]:
    return EVERYTHING, False


def _compare(term: Compare, column: Column[Any]) -> tuple[Range, bool]:
    op, value = comparison(term, column)
    if op is None or not isinstance(value, Value):
        return EVERYTHING, False
    return _compared(op, value), True


def comparison(term: Compare, column: Column[Any]) -> tuple[ops.Op | None, OperandNode | None]:
    """The operator and the literal (or parameter) of a comparison with the attribute, which is put on the left."""
    if term.op in MIRRORED:
        for op, mine, other in ((term.op, term.left, term.right), (MIRRORED[term.op], term.right, term.left)):
            if mine == column.node and fits(other, column):
                return op, other
    return None, None


def fits(operand: OperandNode, column: Column[Any]) -> bool:
    """Whether an operand is a literal of the key attribute's type, or a parameter."""
    return isinstance(operand, Parameter) or (isinstance(operand, Value) and operand.kind == column.type.kind)


def _compared(op: ops.Op, value: Value) -> Range:
    if is_empty(value):  # which no key attribute is
        return EVERYTHING if op in {ops.GT, ops.GE} else NOTHING
    if op is ops.EQ:
        return Range(value, value)
    if op in {ops.GT, ops.GE}:
        return Range(lower=value, above=op is ops.GT)
    return Range(upper=value, below=op is ops.LT)


def is_empty(value: Value) -> bool:
    """Whether it is the empty text or the empty bytes."""
    return value.pair[1] in {"", b""}


def _between(term: Between, column: Column[Any]) -> tuple[Range, bool]:
    low, high = term.lower, term.upper
    if term.operand != column.node or not (fits(low, column) and fits(high, column)):
        return EVERYTHING, False
    if not isinstance(low, Value) or not isinstance(high, Value):
        return EVERYTHING, False
    return _compared(ops.GE, low) & _compared(ops.LE, high), True


def _test(term: Test, column: Column[Any]) -> tuple[Range, bool]:
    if term.args[0] != column.node:
        return EVERYTHING, False
    if term.op is ops.ATTRIBUTE_EXISTS:
        return EVERYTHING, True  # what is in the table, or the index, has its key attributes
    if term.op is not ops.BEGINS_WITH or not fits(term.args[1], column) or not isinstance(term.args[1], Value):
        return EVERYTHING, False
    prefix = term.args[1]
    if is_empty(prefix):
        return EVERYTHING, True
    return Range(lower=prefix, upper=_after(prefix), below=True), True


def _after(prefix: Value) -> Value | None:
    """The first value after all that begin with a prefix."""
    kind, held = prefix.pair
    if kind == "B":
        stem = held.rstrip(b"\xff")
        return Value((kind, stem[:-1] + bytes((stem[-1] + 1,)))) if stem else None
    stem = held.rstrip("\U0010ffff")
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return Value((kind, stem[:-1] + chr(0xE000 if following == 0xD800 else following)))  # surrogates are no text


def _in(term: In, column: Column[Any]) -> tuple[Range, bool]:
    if term.operand != column.node or not all(isinstance(option, Value) for option in term.options):
        return EVERYTHING, False
    found = NOTHING
    for option in term.options:
        if fits(option, column):  # a value of another type is never met
            found |= _compared(ops.EQ, option)  # type: ignore[arg-type]
    return found, found.empty or found.lower == found.upper


def _and(term: And, column: Column[Any]) -> tuple[Range, bool]:
    found, exact = EVERYTHING, True
    for each in term.terms:
        inner, inner_exact = range_of(each, column)
        found &= inner
        exact &= inner_exact
    return found, exact or found.empty


def _or(term: Or, column: Column[Any]) -> tuple[Range, bool]:
    found = NOTHING
    for each in term.terms:
        found |= range_of(each, column)[0]
    return found, found.empty


_OPPOSITE: Final[dict[ops.Op, ops.Op]] = {
    ops.LT: ops.GE,
    ops.LE: ops.GT,
    ops.GT: ops.LE,
    ops.GE: ops.LT,
    ops.NE: ops.EQ,
}


def _not(term: Not, column: Column[Any]) -> tuple[Range, bool]:
    inner = term.term
    if isinstance(inner, Not):
        return range_of(inner.term, column)
    # The attribute is there and has its type, so the opposite of an order is an order.
    if isinstance(inner, Compare) and inner.op in _OPPOSITE:
        literals = (operand for operand in (inner.left, inner.right) if isinstance(operand, Value))
        if all(fits(value, column) for value in literals):
            return range_of(Compare(_OPPOSITE[inner.op], inner.left, inner.right), column)
    return EVERYTHING, False


_RANGES: Final[dict[type[Condition], Callable[[Any, Column[Any]], tuple[Range, bool]]]] = {
    Compare: _compare,
    Between: _between,
    Test: _test,
    In: _in,
    And: _and,
    Or: _or,
    Not: _not,
}


def key_term(bounds: Range, column: Column[Any]) -> Condition | None:
    """The narrowest key condition that holds the range; None for all values."""
    lower, upper = bounds.lower, bounds.upper
    if lower is not None and upper is not None:
        if lower == upper:
            return Compare(ops.EQ, column.node, lower)
        return Between(column.node, lower, upper)
    if lower is not None:
        return Compare(ops.GT if bounds.above else ops.GE, column.node, lower)
    if upper is not None:
        return Compare(ops.LT if bounds.below else ops.LE, column.node, upper)
    return None
