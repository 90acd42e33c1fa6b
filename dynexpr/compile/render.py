"""How is a node written in DynamoDB's expression language?  With placeholders, and the fewest parentheses.

DynamoDB refuses redundant parentheses, so each kind of node says how tight it binds (the operators' `level`) and is put
in parentheses only inside something tighter.
"""

from collections.abc import Callable
from itertools import groupby
from typing import Any, Final

from dynexpr.compile.placeholders import Placeholders
from dynexpr.compile.shape import in_clauses
from dynexpr.errors import ExpressionError
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
from dynexpr.expression.operators import AND, ATTRIBUTE_TYPE, BETWEEN, IN, NOT, OR, SET, Op


def render(node: Node, to: Placeholders) -> str:
    """The text of a node."""
    return RENDER[type(node)](node, to)


def _operand(node: OperandNode, to: Placeholders) -> str:
    if type(node) is Path:
        return to.path(node.steps)
    return to.value() if type(node) is Value else render(node, to)


def _infix(node: Compare | Arithmetic, to: Placeholders) -> str:
    return f"{_operand(node.left, to)} {node.op.text} {_operand(node.right, to)}"


def _call(node: Call | Test, to: Placeholders) -> str:
    if node.op is ATTRIBUTE_TYPE:
        to.type_names.append(len(to.values))
    first, *others = node.args
    text = f"{node.op.text}({_operand(first, to)}"
    for other in others:
        text += f", {_operand(other, to)}"
    return f"{text})"


def _between(node: Between, to: Placeholders) -> str:
    operand = _operand(node.operand, to)
    if type(node.lower) is Value and type(node.upper) is Value:
        to.bounds.append(len(to.values))
    return f"{operand} {BETWEEN.text} {_operand(node.lower, to)} {AND.text} {_operand(node.upper, to)}"


def _in(node: In, to: Placeholders) -> str:
    operand = _operand(node.operand, to)
    return f"{operand} {IN.text} ({', '.join([_operand(option, to) for option in node.options])})"


_LOOSE: Final = frozenset({And, Or, Not})
"""What may have to stand in parentheses."""


def level_of(condition: Condition) -> int:
    """How tight a condition binds; the higher, the tighter."""
    kind = type(condition)
    if kind is Or:
        return OR.level
    if kind is And:
        return AND.level
    return NOT.level if kind is Not else BETWEEN.level


def _joined(node: And | Or, op: Op, to: Placeholders) -> str:
    texts: list[str] = []
    for term in node.terms:
        text = RENDER[type(term)](term, to)
        texts.append(f"({text})" if type(term) in _LOOSE and level_of(term) <= op.level else text)
    return f" {op.text} ".join(texts)


def _not(node: Not, to: Placeholders) -> str:
    prefix = ""
    inner: Condition = node
    while isinstance(inner, Not):  # a loop: hundreds of NOTs are legal
        prefix += f"{NOT.text} "
        inner = inner.term
    text = render(inner, to)
    return f"{prefix}({text})" if level_of(inner) < NOT.level else prefix + text


def _constant(node: Constant, _to: Placeholders) -> str:
    raise ExpressionError(
        f"the condition is {'true' if node.truth else 'false'} of every item, which DynamoDB has no text for", node=node
    )


def _update(node: Update, to: Placeholders) -> str:
    return " ".join(
        f"{op.text} {', '.join(_action(action, to) for action in actions)}"
        for op, actions in groupby(in_clauses(node), key=lambda action: action.op)
    )


def _action(action: Action, to: Placeholders) -> str:
    path = to.path(action.path.steps)
    if action.value is None:
        return path
    value = render(action.value, to)
    return f"{path} = {value}" if action.op is SET else f"{path} {value}"


RENDER: Final[dict[type[Node], Callable[[Any, Placeholders], str]]] = {
    Path: lambda node, to: to.path(node.steps),
    Value: lambda _node, to: to.value(),
    Parameter: lambda _node, to: to.value(),
    Call: _call,
    Arithmetic: _infix,
    Compare: _infix,
    Between: _between,
    In: _in,
    Test: _call,
    And: lambda node, to: _joined(node, AND, to),
    Or: lambda node, to: _joined(node, OR, to),
    Not: _not,
    Constant: _constant,
    Update: _update,
    Projection: lambda node, to: ", ".join(to.path(path.steps) for path in node.paths),
}
