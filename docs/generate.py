"""Writes the pages that are made from the code: docs/operators.md from the table of operators.

python docs/generate.py          writes them
python docs/generate.py --check  writes nothing, and fails where a page is not what it would be
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from dynexpr import update
from dynexpr.compile import compile_condition, compile_update
from dynexpr.expression.nodes import Condition, Update
from dynexpr.expression.operators import ANY, OPERATORS, SETS, Op
from dynexpr.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


@dataclass
class Line:
    sku: str
    quantity: int = 1


class Payment(Base):
    """The model of the examples."""

    id: Mapped[str] = mapped_column(partition_key=True)
    timestamp: Mapped[datetime] = mapped_column(sort_key=True)
    status: Mapped[str] = mapped_column(default="pending")
    amount: Mapped[Decimal]
    note: Mapped[str | None] = mapped_column(default=None)
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    lines: Mapped[list[Line]] = mapped_column(default_factory=list)


HEAD = """\
# Operators

Everything DynamoDB's expression language has, and how it is written in Python. `Payment` stands for any model; without
one, `attr("amount")` has the same operators. Each example is shown with what DynamoDB is told.

This page is written by `python docs/generate.py` from the table in `dynexpr/expression/operators.py`.

| DynamoDB | Python | in a key condition | meaning |
|---|---|---|---|
"""
GROUPS: dict[str, tuple[str, ...]] = {
    "Comparisons": ("compare", "between", "in"),
    "Functions that hold or not": ("test",),
    "Joining conditions": ("not", "and", "or"),
    "Values": ("function", "arithmetic"),
    "Actions of an update": ("action",),
}
INTRODUCTIONS = {
    "Comparisons": "Both sides can be attributes. With `None`, `==` is true of an attribute that is absent or NULL; "
    "`is_null()` asks for exactly NULL.",
    "Functions that hold or not": "",
    "Joining conditions": "Each side stands in parentheses. Python's `and`, `or` and `not` can't be overloaded: a "
    "condition has no truth value, and says so. `and_(…)`, `or_(…)` and `not_(…)` do the same as the operators.",
    "Values": "`size` is an operand of conditions; the others are values of `set(…)`.",
    "Actions of an update": "In whatever order they are given, DynamoDB is told one clause of each: "
    "SET, REMOVE, ADD, DELETE.",
}
SYMBOLS = {
    "__eq__": "a == b", "__ne__": "a != b", "__lt__": "a < b", "__le__": "a <= b", "__gt__": "a > b",
    "__ge__": "a >= b", "__invert__": "~a",
    "__and__": "a & b", "__or__": "a | b", "__add__": "a + b", "__sub__": "a - b",
    "between": "a.between(b, c)", "in_": "a.in_([b, c])", "attribute_exists": "a.attribute_exists()",
    "attribute_not_exists": "a.attribute_not_exists()", "attribute_type": "a.attribute_type(b)",
    "begins_with": "a.begins_with(b)", "contains": "a.contains(b)", "size": "a.size()",
    "if_not_exists": "a.if_not_exists(b)", "append": "a.append(b)`, `a.prepend(b)", "set": ".set(a, b)",
    "remove": ".remove(a)", "add": ".add(a, b)", "delete": ".delete(a, b)",
}  # fmt: skip
FORMS: dict[str, Callable[[str], str]] = {
    "compare": lambda text: f"a {text} b",
    "between": lambda text: f"a {text} b AND c",
    "in": lambda text: f"a {text} (b, c)",
    "not": lambda text: f"{text} a",
    "and": lambda text: f"a {text} b",
    "or": lambda text: f"a {text} b",
    "arithmetic": lambda text: f"a {text} b",
}


def form(op: Op) -> str:
    """How DynamoDB spells it, with operands."""
    if op.shape in FORMS:
        return FORMS[op.shape](op.text)
    if op.shape == "action":
        return {"SET": "SET a = b", "REMOVE": "REMOVE a"}.get(op.text, f"{op.text} a b")
    return f"{op.text}(a)" if op.operands == 1 else f"{op.text}(a, b)"


def types(kinds: frozenset[str]) -> str:
    """Some wire types in words."""
    if kinds == ANY:
        return "any type"
    names = [name for name in ("S", "N", "B", "BOOL", "NULL", "L", "M") if name in kinds]
    if kinds >= SETS:
        names.append("a set")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def compiled(op: Op) -> str:
    """What DynamoDB is told for the example."""
    expression: Any = eval(op.example, {"Line": Line, "Payment": Payment, "update": update})  # noqa: S307 - our own
    is_condition = isinstance(expression, Condition)
    made = compile_condition(expression) if is_condition else compile_update(Update(expression.actions))
    maps = [f"{token} = {name}" for token, name in made.names.items()]
    maps += [f"{token} = {value}" for token, value in made.values.items()]
    return f"{made.expression}\n    {', '.join(maps)}"


def facts(op: Op) -> str:
    """Which types it accepts, and whether a key condition may use it."""
    told: list[str] = []
    if op.shape == "action":
        told.append(f"The attribute holds {types(op.accepts)}.")
    elif op.shape not in {"and", "or", "not"}:
        told.append(f"The first operand is {'an attribute of ' if op.paths_only else ''}{types(op.accepts)}.")
        if op.literal != op.accepts and op.operands > 1:
            told.append(f"The second one, where it is a literal, is {types(op.literal)}.")
    if op.shape in {"compare", "between", "in", "test", "and", "or", "not"}:
        told.append(f"It can{'' if op.in_key else 'not'} be part of a key condition.")
    return " ".join(told)


def section(op: Op) -> str:
    """What the page says of one operator."""
    heading, meaning = f"### `{form(op)}`", f"{op.doc[0].upper()}{op.doc[1:]}."
    example = f"```text\n>>> {op.example}\n{compiled(op)}\n```"
    return "\n\n".join([heading, meaning, example, facts(op)])


def operators_page() -> str:
    """docs/operators.md."""
    rows: list[str] = []
    for op in OPERATORS:
        python = SYMBOLS[op.python].replace("|", "\\|")
        rows.append(f"| `{form(op)}` | `{python}` | {'yes' if op.in_key else ''} | {op.doc.partition(';')[0]} |")
    parts = [HEAD + "\n".join(rows)]
    for title, shapes in GROUPS.items():
        parts.append(f"## {title}")
        if INTRODUCTIONS[title]:
            parts.append(INTRODUCTIONS[title])
        parts += [section(op) for op in OPERATORS if op.shape in shapes]
    return "\n\n".join(parts) + "\n"


PAGES = {Path(__file__).parent / "operators.md": operators_page}


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them."""
    status = 0
    for path, make in PAGES.items():
        text = make()
        if arguments == ["--check"]:
            if not path.exists() or path.read_text() != text:
                print(f"{path.name} is not what the code says; run: python docs/generate.py")
                status = 1
        else:
            path.write_text(text)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
