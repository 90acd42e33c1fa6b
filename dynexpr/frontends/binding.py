"""How does a parsed text become a node?  By a function written for it once, into which names and values are put."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from dynexpr import limits
from dynexpr.expression import nodes, operators as ops
from dynexpr.expression.nodes import Node, Path, Value
from dynexpr.frontends.tokens import FUNCTIONS, Words

if TYPE_CHECKING:
    from dynexpr.frontends.grammar import Term

Make: TypeAlias = Callable[[tuple[Path, ...], tuple[Value, ...]], Node]

_ABOUT_AN_ATTRIBUTE: Final = frozenset({"attribute_exists", "attribute_not_exists", "if_not_exists"})


class Plan:
    """How to make the node of one shape: straight-line Python, a line for each node from the leaves up.

    Straight lines are as fast as it gets, and 300 nested NOT need no recursion. A line is made of our own words and
    numbers only; names and values come in as arguments.
    """

    def __init__(self, words: Words) -> None:
        self.words = words
        self.paths: dict[tuple[str | int, ...], int] = {}
        self.values: dict[str, int] = {}
        self.lines: list[str] = []

    def add(self, root: "Term") -> None:
        """The lines of a whole text; what its structure already forbids is refused, in reading order."""
        terms: list[tuple[Term, Term | None]] = []
        todo: list[tuple[Term, Term | None]] = [(root, None)]
        while todo:
            term, parent = todo.pop()
            terms.append((term, parent))
            todo.extend((part, term) for part in reversed(term.parts))
        for term, parent in terms:
            if term.kind == "call":
                self.check_place(term, parent)
        self.words.check_words()
        for term, _ in terms:
            self.check_operands(term)
        # Backwards, each term finds its parts made, the first on top.
        made: list[str] = []
        for term, _ in reversed(terms):
            parts = [made.pop() for _ in term.parts]
            made.append(self.line(term, parts))

    def finish(self) -> Make:
        """The function the lines make."""
        scope = dict(_SCOPE)
        body = "\n    ".join([*self.lines, f"return x{len(self.lines) - 1}"])
        exec(f"def make(p, v):\n    {body}", scope)  # noqa: S102 - see above
        return cast("Make", scope["make"])

    def line(self, term: "Term", parts: list[str]) -> str:
        """Write the line of one term; gives what later lines call it."""
        if term.kind == "path":
            return f"p[{self.paths.setdefault(_steps(term), len(self.paths))}]"
        if term.kind == "value":
            return f"v[{self.values.setdefault(term.text, len(self.values))}]"
        every = "".join(f"{part}, " for part in parts)
        rest = "".join(f"{part}, " for part in parts[1:])
        op = _IDENTIFIERS.get(term.text, "")
        maker = _MAKERS["test" if term.kind == "call" and _is_test(term.text) else term.kind]
        first = parts[0] if parts else ""
        self.lines.append(f"x{len(self.lines)} = {maker.format(op=op, first=first, rest=rest, every=every)}")
        return f"x{len(self.lines) - 1}"

    def check_place(self, call: "Term", parent: "Term | None") -> None:
        """Refuse a function that may not stand where it does."""
        name = call.text
        if name not in FUNCTIONS:
            misused = True
        elif self.words.kind == "update":
            misused = name == "list_append" and (parent is None or parent.kind != "action")
        else:
            misused = _is_test(name) != (parent is None or parent.kind in {"not", "and", "or"})
        if misused:
            self.words.check_words(call.at)
            raise self.words.syntax_error(
                call.at,
                f"{name}() can't stand here",
                f"The function is not allowed to be used this way in an expression; function: {name}",
            )

    def check_operands(self, term: "Term") -> None:
        """Refuse operands that an operator or a function can't have."""
        name, count = term.text, len(term.parts)
        if term.kind == "path" and (levels := len(_steps(term))) > limits.NESTING:
            raise self.words.too_large(
                f"a path may have {limits.NESTING} levels, not {levels}",
                f"The document path has too many nesting levels; nesting levels: {levels}",
                limits.NESTING,
                levels,
            )
        if term.kind == "in" and count > limits.IN_OPERANDS + 1:
            raise self.words.too_large(
                f"IN takes {limits.IN_OPERANDS} operands, not {count - 1}",
                f"The IN operator is provided with too many operands; number of operands: {count - 1}",
                limits.IN_OPERANDS,
                count - 1,
            )
        if term.kind != "call":
            return
        wanted = FUNCTIONS[name].operands
        if count != wanted:
            raise self.words.syntax_error(
                term.at,
                f"{name}() takes {wanted} operand{'s' * (wanted > 1)}, not {count}",
                "Incorrect number of operands for operator or function; "
                f"operator or function: {name}, number of operands: {count}",
            )
        if name in _ABOUT_AN_ATTRIBUTE and term.parts[0].kind != "path":
            raise self.words.syntax_error(
                term.at,
                f"{name}() asks about an attribute",
                f"Operator or function requires a document path; operator or function: {name}",
            )


def _steps(path: "Term") -> tuple[str | int, ...]:
    """A path's steps; a `#name` stands for one."""
    return tuple(int(step) if step.isdigit() else step for step in _STEP.findall(path.text))


def _is_test(name: str) -> bool:
    return FUNCTIONS[name].shape == "test"


_MAKERS: Final = {
    "compare": "Compare({op}, {every})",
    "between": "Between({every})",
    "in": "In({first}, ({rest}))",
    "test": "Test({op}, ({every}))",
    "call": "Call({op}, ({every}))",
    "not": "Not({first})",
    "and": "And(({every}))",
    "or": "Or(({every}))",
    "arithmetic": "Arithmetic({op}, {every})",
    "action": "Action({op}, {every})",
    "update": "Update(({every}))",
    "projection": "Projection(({every}))",
}
_IDENTIFIERS: Final = {op.text: name for name, op in vars(ops).items() if isinstance(op, ops.Op)}
_SCOPE: Final = {
    **{name: op for name, op in vars(ops).items() if isinstance(op, ops.Op)},
    **{name: cls for name, cls in vars(nodes).items() if isinstance(cls, type) and issubclass(cls, Node)},
}
_STEP: Final = re.compile(r"#?[A-Za-z0-9_]+")
