"""What does a condition mean?  Whether it holds of an item.

Items and values are in wire form. An operand becomes a pair of type and value, `("N", "1")`, or None when the item
lacks it. The pair of a literal is frozen (its containers are tuples of pairs), that of an attribute is as it came off
the wire (lists and dictionaries of wire values), and the two are compared as they are.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from dynexpr.errors import ArgumentError, OperandError
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Condition,
    Constant,
    In,
    Not,
    Or,
    Parameter,
    Path,
    Test,
    Value,
)
from dynexpr.expression.operators import Op
from dynexpr.wire import Item, Wire

Pair = tuple[str, Any]
"""A type and a value of it, frozen or as on the wire."""


def holds(condition: Condition, item: Item) -> bool:
    """Whether a condition is true of an item, as DynamoDB has it; of an item that does not exist when *item* is empty.

    >>> from dynexpr import attr
    >>> holds(attr("a") > 1, {"a": {"N": "2"}}), holds(attr("b") != 1, {"a": {"N": "2"}})
    (True, True)
    """
    return _HOLDS[type(condition)](condition, item)


def resolve(path: Path, item: Item) -> Wire | None:
    """The value at a path, None when the item has none: a step into a value of another type leads nowhere."""
    steps = path.steps
    wire = item.get(steps[0])  # type: ignore[arg-type]  # an index finds nothing in a map
    if len(steps) > 1:
        for step in steps[1:]:
            if wire is None:
                return None
            if type(step) is int:
                elements = wire.get("L")
                wire = elements[step] if elements is not None and step < len(elements) else None
            else:
                entries = wire.get("M")
                wire = entries.get(step) if entries is not None else None
    return wire


def _path(path: Path, item: Item) -> Pair | None:
    wire = resolve(path, item)
    if wire is None:
        return None
    return next(iter(wire.items()))


def _value(value: Value, _item: Item) -> Pair:
    return value.pair


def _parameter(parameter: Parameter, _item: Item) -> Pair:
    raise ArgumentError(
        f"the parameter {parameter.name!r} has no value; give it one before asking what holds of an item"
    )


def _call(call: Call, item: Item) -> Pair | None:
    if call.op is not ops.SIZE:
        raise OperandError(f"{call.op.text} is a value of SET, not an operand of a condition", node=call)
    operand = call.args[0]
    return size(_OPERANDS[type(operand)](operand, item))


def _arithmetic(arithmetic: Arithmetic, _item: Item) -> Pair:
    raise OperandError(f"{arithmetic.op.text} is a value of SET, not an operand of a condition", node=arithmetic)


_OPERANDS: Final[dict[type, Callable[[Any, Item], Pair | None]]] = {
    Path: _path,
    Value: _value,
    Parameter: _parameter,
    Call: _call,
    Arithmetic: _arithmetic,
}


def size(operand: Pair | None) -> Pair | None:
    """`size(a)`: None where the operand is missing or has a type without a size, so that comparing it is false."""
    if operand is None or operand[0] not in ops.SIZE.accepts:
        return None
    kind, value = operand
    if kind == "S" and not value.isascii():
        # The service counts UTF-16 code units: https://github.com/ExtendDB/extenddb/pull/67 tried it on DynamoDB.
        return "N", str(len(value.encode("utf-16-le")) // 2)
    return "N", str(len(value))


def equal(left: Pair | None, right: Pair | None) -> bool:
    """`left = right`: same type, numbers by value, sets and maps in any order; false when either is missing."""
    if left is None or right is None or left[0] != right[0]:
        return False
    mine, theirs = left[1], right[1]
    if mine == theirs:
        return True
    same = _SAME.get(left[0])
    return same is not None and same(mine, theirs)


def _same_number(left: str, right: str) -> bool:
    return Decimal(left) == Decimal(right)


def _same_set(left: Iterable[Any], right: Iterable[Any]) -> bool:
    return set(left) == set(right)


def _same_numbers(left: Iterable[str], right: Iterable[str]) -> bool:
    return set(map(Decimal, left)) == set(map(Decimal, right))


def _same_list(left: Sequence[Any], right: Sequence[Any]) -> bool:
    return len(left) == len(right) and all(map(_same_element, left, right))


def _same_map(left: Any, right: Any) -> bool:
    if len(left) != len(right):
        return False
    mine, theirs = dict(left), dict(right)
    return mine.keys() == theirs.keys() and all(_same_element(mine[name], theirs[name]) for name in mine)


def _same_element(left: Any, right: Any) -> bool:
    return equal(_pair(left), _pair(right))


def _pair(element: Any) -> Pair:
    """The pair of a list element or map entry: in a literal it is one already."""
    return element if type(element) is tuple else next(iter(element.items()))


_SAME: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "N": _same_number,
    "SS": _same_set,
    "NS": _same_numbers,
    "BS": _same_set,
    "L": _same_list,
    "M": _same_map,
}
"""By type, whether two values mean the same that do not look the same."""


def _not_equal(left: Pair | None, right: Pair | None) -> bool:
    return not equal(left, right)


def _less(left: Pair | None, right: Pair | None) -> bool:
    if left is None or right is None:
        return False
    kind = left[0]
    if kind != right[0]:
        return False
    if kind == "N":
        return Decimal(left[1]) < Decimal(right[1])
    # Python compares text by code point, which is the order of its UTF-8 bytes.
    return kind in ops.ORDERED and bool(left[1] < right[1])


def _less_or_equal(left: Pair | None, right: Pair | None) -> bool:
    if left is None or right is None:
        return False
    kind = left[0]
    if kind != right[0]:
        return False
    if kind == "N":
        return Decimal(left[1]) <= Decimal(right[1])
    return kind in ops.ORDERED and bool(left[1] <= right[1])


def _greater(left: Pair | None, right: Pair | None) -> bool:
    return _less(right, left)


def _greater_or_equal(left: Pair | None, right: Pair | None) -> bool:
    return _less_or_equal(right, left)


_COMPARE: Final[dict[Op, Callable[[Pair | None, Pair | None], bool]]] = {
    ops.EQ: equal,
    ops.NE: _not_equal,
    ops.LT: _less,
    ops.LE: _less_or_equal,
    ops.GT: _greater,
    ops.GE: _greater_or_equal,
}


def _compare(condition: Compare, item: Item) -> bool:
    left = condition.left
    right = condition.right
    return _COMPARE[condition.op](_OPERANDS[type(left)](left, item), _OPERANDS[type(right)](right, item))


def _between(condition: Between, item: Item) -> bool:
    operand, lower, upper = (
        _OPERANDS[type(node)](node, item) for node in (condition.operand, condition.lower, condition.upper)
    )
    return _less_or_equal(lower, operand) and _less_or_equal(operand, upper)


def _in(condition: In, item: Item) -> bool:
    operand = _OPERANDS[type(condition.operand)](condition.operand, item)
    return any(equal(operand, _OPERANDS[type(option)](option, item)) for option in condition.options)


def _exists(operand: Pair | None) -> bool:
    return operand is not None


def _not_exists(operand: Pair | None) -> bool:
    return operand is None


def _type(operand: Pair | None, name: Pair | None) -> bool:
    return operand is not None and name is not None and operand[0] == name[1]


def _begins_with(operand: Pair | None, prefix: Pair | None) -> bool:
    if operand is None or prefix is None:
        return False
    kind = operand[0]
    return kind == prefix[0] and kind in ops.BEGINS_WITH.accepts and bool(operand[1].startswith(prefix[1]))


def _contains(container: Pair | None, element: Pair | None) -> bool:
    if container is None or element is None:
        return False
    kind, value = container
    if kind == "L":
        return any(equal(_pair(each), element) for each in value)
    if kind == element[0]:
        return kind in ops.BEGINS_WITH.accepts and element[1] in value
    if kind not in ops.SETS or kind != element[0] + "S":
        return False
    if kind == "NS":
        number = Decimal(element[1])
        return any(Decimal(each) == number for each in value)
    return element[1] in value


_TESTS: Final[dict[Op, Callable[..., bool]]] = {
    ops.ATTRIBUTE_EXISTS: _exists,
    ops.ATTRIBUTE_NOT_EXISTS: _not_exists,
    ops.ATTRIBUTE_TYPE: _type,
    ops.BEGINS_WITH: _begins_with,
    ops.CONTAINS: _contains,
}


def _test(condition: Test, item: Item) -> bool:
    return _TESTS[condition.op](*[_OPERANDS[type(operand)](operand, item) for operand in condition.args])


# Loops, not all() and any(): one Python frame for each level of nesting, so 300 levels stay far from the limit.
def _and(condition: And, item: Item) -> bool:
    for term in condition.terms:  # noqa: SIM110
        if not _HOLDS[type(term)](term, item):
            return False
    return True


def _or(condition: Or, item: Item) -> bool:
    for term in condition.terms:  # noqa: SIM110
        if _HOLDS[type(term)](term, item):
            return True
    return False


def _not(condition: Not, item: Item) -> bool:
    term = condition.term
    return not _HOLDS[type(term)](term, item)


def _constant(condition: Constant, _item: Item) -> bool:
    return condition.truth


_HOLDS: Final[dict[type, Callable[[Any, Item], bool]]] = {
    Compare: _compare,
    Between: _between,
    In: _in,
    Test: _test,
    And: _and,
    Or: _or,
    Not: _not,
    Constant: _constant,
}
