"""What does one expression alone come to, for those who call boto3 themselves?"""

from typing import Any

from dynexpr.compile.expressions import Kind, compile_expressions
from dynexpr.expression.nodes import Condition, Node, Projection, Record, Update, node
from dynexpr.wire import Wire, decode


@node
class Compiled(Record):
    """An expression's text with its name map and value map, as boto3's client takes them."""

    expression: str
    names: dict[str, str]
    """`#n0` -> attribute name."""
    values: dict[str, Wire]
    """`:v0` -> value in wire form, for `boto3.client("dynamodb")`."""

    @property
    def resource_values(self) -> dict[str, Any]:
        """The values as plain Python, for a `boto3.resource("dynamodb").Table`."""
        return {token: decode(wire) for token, wire in self.values.items()}

    def __repr__(self) -> str:
        return f"Compiled({self.expression!r}, names={self.names!r}, values={self.values!r})"


def compile_condition(condition: Condition, kind: Kind = "condition") -> Compiled:
    """A condition, filter or key condition with placeholders of its own."""
    return _compiled(kind, condition)


def compile_update(update: Update) -> Compiled:
    """An update with placeholders of its own."""
    return _compiled("update", update)


def compile_projection(projection: Projection) -> Compiled:
    """A projection with placeholders of its own."""
    return _compiled("projection", projection)


def _compiled(kind: Kind, part: Node) -> Compiled:
    made = compile_expressions(((kind, part),))
    return Compiled(made.texts[0], dict(made.names), made.values)
