"""Which `#n0` and `:v0` stand for what in one request?

One allocator serves all expressions of a request, in reading order; equal names share a placeholder, values never do, so
that the text depends on the shape of a statement and not on what its values happen to be.
"""

from dynexpr.expression.nodes import Step


class Placeholders:
    """The placeholders of one request."""

    __slots__ = ("bounds", "names", "type_names", "values")

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        """Attribute name -> its token."""
        self.values: list[str] = []
        """The tokens of the values, in reading order."""
        self.bounds: list[tuple[int, int]] = []
        """Where among the values the bounds of BETWEEN are."""
        self.type_names: list[int] = []
        """Where among the values the types are that attribute_type asks for."""

    def path(self, steps: tuple[Step, ...]) -> str:
        """A path's text: `#n0.#n1[0]`."""
        text = ""
        for step in steps:
            if isinstance(step, int):
                text += f"[{step}]"
            else:
                text += f".{self.name(step)}" if text else self.name(step)
        return text

    def name(self, name: str) -> str:
        """The token of an attribute's name."""
        token = self.names.get(name)
        if token is None:
            token = self.names[name] = f"#n{len(self.names)}"
        return token

    def value(self) -> str:
        """The token of the next value."""
        token = f":v{len(self.values)}"
        self.values.append(token)
        return token
