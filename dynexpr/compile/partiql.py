"""How is a node written in PartiQL?  With quoted names, and `?` for each value.

What PartiQL has no words for is refused: `ADD` to a number is one such thing.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from collections.abc import Callable
from typing import Any, Final

from dynexpr.compile.render import level_of
from dynexpr.errors import ExpressionError, PlaceholderError
from dynexpr.expression import operators as ops
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
    Or,
    Parameter,
    Path,
    Projection,
    Step,
    Test,
    Update,
    Value,
)
from dynexpr.wire import Wire

Values = list[Wire]


def partiql(node: Node, values: Values) -> str:
    """The PartiQL of a node; its values are added to *values*, in the order of their `?`.

    >>> from dynexpr import attr
    >>> values = []
    >>> partiql((attr("info.tags[0]") == "x") & attr("note").attribute_exists(), values), values
    ('"info"."tags"[0] = ? AND "note" IS NOT MISSING', [{'S': 'x'}])
    """
    return PARTIQL[type(node)](node, values)


def quoted(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def _path(steps: tuple[Step, ...]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{quoted(step)}" if text else quoted(step)
    return text


def _value(node: Value, values: Values) -> str:
    if node.kind == "NULL":
        return "NULL"
    values.append(node.wire)
    return "?"


def _parameter(node: Parameter, _values: Values) -> str:
    raise PlaceholderError(f":{node.name}: no value was given; give it with stmt.bindparams(...)")


def _infix(node: Compare | Arithmetic, values: Values) -> str:
    return f"{partiql(node.left, values)} {node.op.text} {partiql(node.right, values)}"


def _between(node: Between, values: Values) -> str:
    operand, lower, upper = (partiql(each, values) for each in (node.operand, node.lower, node.upper))
    return f"{operand} BETWEEN {lower} AND {upper}"


def _in(node: In, values: Values) -> str:
    operand = partiql(node.operand, values)
    return f"{operand} IN [{', '.join(partiql(option, values) for option in node.options)}]"


def _call(node: Call | Test, values: Values) -> str:
    if node.op is ops.ATTRIBUTE_EXISTS:
        return f"{partiql(node.args[0], values)} IS NOT MISSING"
    if node.op is ops.ATTRIBUTE_NOT_EXISTS:
        return f"{partiql(node.args[0], values)} IS MISSING"
    return f"{node.op.text}({', '.join(partiql(arg, values) for arg in node.args)})"


def within(condition: Condition, level: int, values: Values) -> str:
    """The PartiQL of a condition as part of one that binds as tight as *level* says."""
    text = partiql(condition, values)
    return f"({text})" if level_of(condition) < level else text


def _and(node: And, values: Values) -> str:
    return " AND ".join(within(term, ops.AND.level + 1, values) for term in node.terms)


def _or(node: Or, values: Values) -> str:
    return " OR ".join(within(term, ops.OR.level + 1, values) for term in node.terms)


def _not(node: Not, values: Values) -> str:
    term = node.term
    if isinstance(term, Test) and term.op in {ops.ATTRIBUTE_EXISTS, ops.ATTRIBUTE_NOT_EXISTS}:
        return f"NOT ({partiql(term, values)})"  # NOT a IS MISSING would look like a IS NOT MISSING
    return f"NOT {within(node.term, ops.NOT.level, values)}"


def _constant(node: Constant, _values: Values) -> str:
    raise ExpressionError(
        f"the condition is {'true' if node.truth else 'false'} of every item, which DynamoDB has no text for", node=node
    )


def _action(node: Action, values: Values) -> str:
    path = partiql(node.path, values)
    if node.value is None:
        return f"REMOVE {path}"
    if node.op is ops.SET:
        return f"SET {path} = {partiql(node.value, values)}"
    if isinstance(node.value, Value) and node.value.kind == "N":
        raise ExpressionError(
            f"{node}: PartiQL adds to sets only; set(col, col + n) adds to a number that is there", node=node
        )
    function = "set_add" if node.op is ops.ADD else "set_delete"
    return f"SET {path} = {function}({path}, {partiql(node.value, values)})"


PARTIQL: Final[dict[type[Node], Callable[[Any, Values], str]]] = {
    Path: lambda node, _values: _path(node.steps),
    Value: _value,
    Parameter: _parameter,
    Call: _call,
    Arithmetic: _infix,
    Compare: _infix,
    Between: _between,
    In: _in,
    Test: _call,
    And: _and,
    Or: _or,
    Not: _not,
    Constant: _constant,
    Action: _action,
    Update: lambda node, values: " ".join(partiql(action, values) for action in node.actions),
    Projection: lambda node, values: ", ".join(partiql(path, values) for path in node.paths),
}
