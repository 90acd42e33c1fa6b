"""Which `#n0` and `:v0` stand for what in one request?

One allocator serves all expressions of a request, in reading order; equal names share a placeholder, values never do,
so that the text depends on the shape of a statement and not on what its values happen to be.
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
        self.bounds: list[int] = []
        """Where among the values the lower bounds of BETWEEN are, each followed by the upper one."""
        self.type_names: list[int] = []
        """Where among the values the types are that attribute_type asks for."""

    def path(self, steps: tuple[Step, ...]) -> str:
        """A path's text: `#n0.#n1[0]`."""
        text = ""
        names = self.names
        for step in steps:
            if isinstance(step, int):
                text += f"[{step}]"
                continue
            token = names.get(step)
            if token is None:
                token = names[step] = f"#n{len(names)}"
            text = f"{text}.{token}" if text else token
        return text

    def value(self) -> str:
        """The token of the next value."""
        token = f":v{len(self.values)}"
        self.values.append(token)
        return token
