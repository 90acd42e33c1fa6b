"""What does one expression alone come to, for those who call boto3 themselves?"""

from typing import Any

from dynexpr.compile.expressions import Kind, fill
from dynexpr.expression.nodes import Condition, Projection, Record, Update, node
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
    template, values = fill(((kind, condition),))
    return Compiled(template.texts[0], template.names.copy(), values)


def compile_update(update: Update) -> Compiled:
    """An update with placeholders of its own."""
    template, values = fill((("update", update),))
    return Compiled(template.texts[0], template.names.copy(), values)


def compile_projection(projection: Projection) -> Compiled:
    """A projection with placeholders of its own."""
    template, values = fill((("projection", projection),))
    return Compiled(template.texts[0], template.names.copy(), values)
