"""What does one expression alone come to, for those who call boto3 themselves?"""

from typing import Any

from dynexpr.compile.expressions import fill
from dynexpr.expression.kinds import Kind
from dynexpr.expression.nodes import Condition, Node, Projection, Record, Update, is_secret, node
from dynexpr.expression.walk import paths
from dynexpr.hiding import HIDDEN
from dynexpr.wire import Wire, decode


@node
class Compiled(Record):
    """An expression's text with its name map and value map, as boto3's client takes them."""

    own_equality = True

    expression: str
    names: dict[str, str]
    """`#n0` -> attribute name."""
    values: dict[str, Wire]
    """`:v0` -> value in wire form, for `boto3.client("dynamodb")`."""
    node: Node
    """What it was compiled of."""

    @property
    def resource_values(self) -> dict[str, Any]:
        """The values as plain Python, for a `boto3.resource("dynamodb").Table`."""
        return {token: decode(wire) for token, wire in self.values.items()}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Compiled):
            return NotImplemented
        return (self.expression, self.names, self.values) == (other.expression, other.names, other.values)

    __hash__ = None  # type: ignore[assignment]  # it holds dictionaries

    def __repr__(self) -> str:
        is_hidden = any(map(is_secret, paths(self.node)))
        values = dict.fromkeys(self.values, HIDDEN) if is_hidden else self.values
        return f"Compiled({self.expression!r}, names={self.names!r}, values={values!r})"


def compile_condition(condition: Condition, kind: Kind = "condition") -> Compiled:
    """A condition, filter or key condition with placeholders of its own."""
    template, values = fill(((kind, condition),))
    return Compiled(template.texts[0], template.names.copy(), values, condition)


def compile_update(update: Update) -> Compiled:
    """An update with placeholders of its own."""
    template, values = fill((("update", update),))
    return Compiled(template.texts[0], template.names.copy(), values, update)


def compile_projection(projection: Projection) -> Compiled:
    """A projection with placeholders of its own."""
    template, values = fill((("projection", projection),))
    return Compiled(template.texts[0], template.names.copy(), values, projection)
