"""What do two statements have in common that differ in their values only?

`SHAPE` has for each type of node a function that writes the node down, its values left out except for their types, and
collects the values in reading order: the compiled text of a shape is kept and used again. A shape is one flat list, in
which each operator comes before its operands and says how many there are where that varies.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from dynexpr.expression.nodes import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Condition,
    Constant,
    In,
    Node,
    Not,
    OperandNode,
    Or,
    Parameter,
    Path,
    Projection,
    Test,
    Update,
    Value,
)
from dynexpr.expression.operators import ADD, DELETE, REMOVE, SET
from dynexpr.wire import Frozen

Shape = list[object]
Values = list[Frozen]
UNBOUND: Final = "?"
"""Where a value has its type, what a parameter has, with its name where a value is."""

CLAUSES: Final = (SET, REMOVE, ADD, DELETE)
"""The order in which the clauses of an update are written."""
_RANK = {op: rank for rank, op in enumerate(CLAUSES)}


def in_clauses(update: Update) -> list[Action]:
    """The actions of an update in the order they are written: by clause, the user's order within each."""
    return sorted(update.actions, key=lambda action: _RANK[action.op])


def _path(node: Path, shape: Shape, _values: Values) -> None:
    shape.append(node.steps)


def _value(node: Value, shape: Shape, values: Values) -> None:
    pair = node.pair
    shape.append(pair[0])
    values.append(pair)


def _parameter(node: Parameter, shape: Shape, values: Values) -> None:
    shape.append(UNBOUND)
    values.append((UNBOUND, node.name))


def _infix(node: Compare | Arithmetic, shape: Shape, values: Values) -> None:
    left, right = node.left, node.right
    if type(left) is Path and type(right) is Value:  # as nearly every comparison is
        pair = right.pair
        shape += (node.op, left.steps, pair[0])
        values.append(pair)
    else:
        shape.append(node.op)
        _operands((left, right), shape, values)


def _call(node: Call | Test, shape: Shape, values: Values) -> None:
    shape.append(node.op)  # which has a fixed number of operands
    for arg in node.args:
        if type(arg) is Path:
            shape.append(arg.steps)
        elif type(arg) is Value:
            pair = arg.pair
            shape.append(pair[0])
            values.append(pair)
        else:
            SHAPE[type(arg)](arg, shape, values)


def _between(node: Between, shape: Shape, values: Values) -> None:
    shape.append(Between)
    _operands((node.operand, node.lower, node.upper), shape, values)


def _in(node: In, shape: Shape, values: Values) -> None:
    shape += (In, len(node.options))
    _operands((node.operand, *node.options), shape, values)


def _operands(operands: Iterable[OperandNode], shape: Shape, values: Values) -> None:
    for operand in operands:
        if type(operand) is Path:
            shape.append(operand.steps)
        elif type(operand) is Value:
            pair = operand.pair
            shape.append(pair[0])
            values.append(pair)
        else:
            SHAPE[type(operand)](operand, shape, values)


def _joined(node: And | Or, shape: Shape, values: Values) -> None:
    terms = node.terms
    shape += (type(node), len(terms))
    for term in terms:
        SHAPE[type(term)](term, shape, values)


def _not(node: Not, shape: Shape, values: Values) -> None:
    inner: Condition = node
    while type(inner) is Not:  # a loop: hundreds of NOTs are legal
        shape.append(Not)
        inner = inner.term
    SHAPE[type(inner)](inner, shape, values)


def _update(node: Update, shape: Shape, values: Values) -> None:
    shape += (Update, len(node.actions))
    for action in in_clauses(node):
        shape += (action.op, action.path.steps)
        if action.value is None:
            shape.append(None)
        else:
            SHAPE[type(action.value)](action.value, shape, values)


def _constant(node: Constant, shape: Shape, _values: Values) -> None:
    shape += (Constant, node.truth)


def _projection(node: Projection, shape: Shape, _values: Values) -> None:
    shape += (Projection, tuple([path.steps for path in node.paths]))


SHAPE: Final[dict[type[Node], Callable[[Any, Shape, Values], None]]] = {
    Path: _path,
    Value: _value,
    Parameter: _parameter,
    Compare: _infix,
    Arithmetic: _infix,
    Call: _call,
    Test: _call,
    Between: _between,
    In: _in,
    And: _joined,
    Or: _joined,
    Not: _not,
    Constant: _constant,
    Update: _update,
    Projection: _projection,
}
