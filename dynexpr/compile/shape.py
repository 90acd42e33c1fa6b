"""What do two statements have in common that differ in their values only?

`shape_of` gives a hashable key of a node, values left out except for their types, and collects the values on the way in
reading order: the compiled text of a shape is kept and used again.
"""

from collections.abc import Callable, Hashable
from typing import Any, Final

from dynexpr.expression.nodes import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Constant,
    In,
    Node,
    Not,
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

Values = list[Frozen | Parameter]

CLAUSES: Final = (SET, REMOVE, ADD, DELETE)
"""The order in which the clauses of an update are written."""
_RANK = {op: rank for rank, op in enumerate(CLAUSES)}


def in_clauses(update: Update) -> list[Action]:
    """The actions of an update in the order they are written: by clause, the user's order within each."""
    return sorted(update.actions, key=lambda action: _RANK[action.op])


def shape_of(node: Node, values: Values) -> Hashable:
    """The key of a node's shape; its values are appended to *values* in reading order."""
    return SHAPE[type(node)](node, values)


def _path(node: Path, _values: Values) -> Hashable:
    return node.steps


def _value(node: Value, values: Values) -> Hashable:
    pair = node.pair
    values.append(pair)
    return pair[0]


def _parameter(node: Parameter, values: Values) -> Hashable:
    values.append(node)
    return "?"


def _compare(node: Compare, values: Values) -> Hashable:
    left, right = node.left, node.right
    return (node.op, SHAPE[type(left)](left, values), SHAPE[type(right)](right, values))


def _call(node: Call | Test, values: Values) -> Hashable:
    return (node.op, *[SHAPE[type(arg)](arg, values) for arg in node.args])


def _between(node: Between, values: Values) -> Hashable:
    return (Between, shape_of(node.operand, values), shape_of(node.lower, values), shape_of(node.upper, values))


def _in(node: In, values: Values) -> Hashable:
    return (In, shape_of(node.operand, values), *[shape_of(option, values) for option in node.options])


def _joined(node: And | Or, values: Values) -> Hashable:
    return (type(node), *[SHAPE[type(term)](term, values) for term in node.terms])


def _not(node: Not, values: Values) -> Hashable:
    depth = 0
    inner: Any = node
    while type(inner) is Not:  # counted, not nested: hundreds of NOTs are legal, and hashing is recursive
        depth += 1
        inner = inner.term
    return (Not, depth, shape_of(inner, values))


def _update(node: Update, values: Values) -> Hashable:
    return (
        Update,
        *[
            (action.op, action.path.steps, None if action.value is None else shape_of(action.value, values))
            for action in in_clauses(node)
        ],
    )


SHAPE: Final[dict[type[Node], Callable[[Any, Values], Hashable]]] = {
    Path: _path,
    Value: _value,
    Parameter: _parameter,
    Compare: _compare,
    Arithmetic: _compare,
    Call: _call,
    Test: _call,
    Between: _between,
    In: _in,
    And: _joined,
    Or: _joined,
    Not: _not,
    Constant: lambda node, _values: (Constant, node.truth),
    Update: _update,
    Projection: lambda node, _values: (Projection, *[path.steps for path in node.paths]),
}
