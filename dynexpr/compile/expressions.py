"""What are all the expressions of one request, with the maps they share?

The text depends on the statement's shape only, so it is rendered and checked once a shape; what depends on values is
checked every time.
"""

from collections.abc import Hashable, Sequence
from typing import Any, Final, Literal

from dynexpr.compile import checks
from dynexpr.compile.placeholders import Placeholders
from dynexpr.compile.render import render
from dynexpr.compile.shape import Values, shape_of
from dynexpr.errors import PlaceholderError
from dynexpr.expression.nodes import Between, Condition, Node, Parameter, Projection, Record, Test, Update, node
from dynexpr.expression.operators import ATTRIBUTE_TYPE
from dynexpr.expression.walk import walk
from dynexpr.wire import Wire, thaw

Kind = Literal["condition", "filter", "key condition", "update", "projection"]

PARAMETER_OF: Final[dict[Kind, str]] = {
    "condition": "ConditionExpression",
    "filter": "FilterExpression",
    "key condition": "KeyConditionExpression",
    "update": "UpdateExpression",
    "projection": "ProjectionExpression",
}
_KEPT: Final = 1024
"""Shapes whose text is kept; a program has few, one that builds endlessly different conditions must not fill memory."""


@node
class Expressions(Record):
    """The expressions of one request: their texts in the order asked for, and the maps all of them share."""

    kinds: tuple[Kind, ...]
    texts: tuple[str, ...]
    names: dict[str, str]
    values: dict[str, Wire]

    def params(self) -> dict[str, Any]:
        """The parameters of a request: each expression under its name, then the maps that are not empty."""
        params: dict[str, Any] = {
            PARAMETER_OF[kind]: text for kind, text in zip(self.kinds, self.texts, strict=True)
        }
        if self.names:
            params["ExpressionAttributeNames"] = dict(self.names)
        if self.values:
            params["ExpressionAttributeValues"] = dict(self.values)
        return params


class _Template:
    """What is kept of a shape."""

    __slots__ = ("check_values", "kinds", "names", "texts", "tokens")

    def __init__(self, parts: Sequence[tuple[Kind, Node]]) -> None:
        placeholders = Placeholders()
        for kind, part in parts:
            _check(kind, part)
        self.kinds = tuple(kind for kind, _ in parts)
        self.texts = tuple(render(part, placeholders) for _, part in parts)
        for kind, text in zip(self.kinds, self.texts, strict=True):
            checks.check_text_size(kind, text)
        self.names = {token: name for name, token in placeholders.names.items()}
        self.tokens = tuple(placeholders.values)
        self.check_values = any(
            isinstance(each, Between) or (isinstance(each, Test) and each.op is ATTRIBUTE_TYPE)
            for _, part in parts
            for each in walk(part)
        )


_templates: dict[Hashable, _Template] = {}


def compile_expressions(parts: Sequence[tuple[Kind, Node]]) -> Expressions:
    """The texts of several expressions of one request, with one set of placeholders; checked as DynamoDB would."""
    values: Values = []
    key = tuple([(kind, shape_of(part, values)) for kind, part in parts])
    template = _templates.get(key)
    if template is None:
        template = _Template(parts)
        if len(_templates) >= _KEPT:
            _templates.pop(next(iter(_templates)), None)
        _templates[key] = template
    elif template.check_values:
        for kind, part in parts:
            _check(kind, part)
    wires: dict[str, Wire] = {}
    large = False
    for token, value in zip(template.tokens, values, strict=True):
        if isinstance(value, Parameter):
            raise PlaceholderError(f"the parameter :{value.name} has no value; give it with execute(stmt, {{...}})")
        kind, held = value
        if kind in {"S", "N", "BOOL", "NULL", "B"}:
            wires[token] = {kind: held}
            large = large or (kind in {"S", "B"} and len(held) > 1024)
        else:
            wires[token] = thaw(value)
            large = True
    if large:
        checks.check_values_size(template.names, wires)
    return Expressions(template.kinds, template.texts, template.names, wires)


def _check(kind: Kind, part: Node) -> None:
    if isinstance(part, Condition):
        checks.check_condition(part, kind)
    elif isinstance(part, Update):
        checks.check_update(part)
    elif isinstance(part, Projection):
        checks.check_projection(part)
