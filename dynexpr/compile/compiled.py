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

    expression: str
    names: dict[str, str]
    """`#n0` -> attribute name."""
    values: dict[str, Wire]
    """`:v0` -> value in wire form, for `boto3.client("dynamodb")`."""
    secret: bool = False
    """Whether its values are not printed, for a sensitive attribute is among the names."""

    @property
    def resource_values(self) -> dict[str, Any]:
        """The values as plain Python, for a `boto3.resource("dynamodb").Table`."""
        return {token: decode(wire) for token, wire in self.values.items()}

    def __repr__(self) -> str:
        values = dict.fromkeys(self.values, HIDDEN) if self.secret else self.values
        return f"Compiled({self.expression!r}, names={self.names!r}, values={values!r})"


def compile_condition(condition: Condition, kind: Kind = "condition") -> Compiled:
    """A condition, filter or key condition with placeholders of its own."""
    template, values = fill(((kind, condition),))
    return Compiled(template.texts[0], template.names.copy(), values, _is_secret(condition))


def compile_update(update: Update) -> Compiled:
    """An update with placeholders of its own."""
    template, values = fill((("update", update),))
    return Compiled(template.texts[0], template.names.copy(), values, _is_secret(update))


def _is_secret(root: Node) -> bool:
    return any(map(is_secret, paths(root)))


def compile_projection(projection: Projection) -> Compiled:
    """A projection with placeholders of its own."""
    template, values = fill((("projection", projection),))
    return Compiled(template.texts[0], template.names.copy(), values)
