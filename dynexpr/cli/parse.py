"""`dynexpr parse`: what an expression out of a log says, as a tree and in readable form."""

import argparse
import json
from typing import Any, Final

from dynexpr.errors import ArgumentError, ExpressionError
from dynexpr.expression.nodes import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    In,
    Node,
    Not,
    Or,
    Parameter,
    Projection,
    Test,
    Update,
    Value,
)
from dynexpr.expression.walk import children, rewrite
from dynexpr.frontends import text as expressions
from dynexpr.transfer.lines import wire_of

EXAMPLES = """\
examples:
  dynexpr parse "attribute_exists(#a) AND v > :v"
  dynexpr parse "attribute_exists(#a) AND v > :v" --names '{"#a": "status"}' --values '{":v": {"N": "3"}}'
  dynexpr parse "SET a = a + :n REMOVE b[0]" --kind update
"""
KINDS: Final = ("condition", "filter", "update", "projection", "key-condition")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = (
        "Show the tree and the readable form of an expression. Placeholders without a value stay as they are."
    )
    parser.epilog = EXAMPLES
    parser.add_argument("expression", metavar="EXPRESSION")
    parser.add_argument("--kind", choices=KINDS, default="condition", help="what it is (default: condition)")
    parser.add_argument("--names", metavar="JSON", help='ExpressionAttributeNames, {"#a": "status"}')
    parser.add_argument("--values", metavar="JSON", help='ExpressionAttributeValues, {":v": {"N": "3"}}')


def run(chosen: argparse.Namespace) -> None:
    """Print the tree, then the readable form."""
    names, values = _mapping("--names", chosen.names), _mapping("--values", chosen.values)
    for token, name in names.items():
        if not isinstance(name, str):
            raise ArgumentError(f"--names: {token}: {json.dumps(name)} is no attribute's name, a text")
    for token, value in values.items():
        try:
            values[token] = wire_of(value)
        except ArgumentError as error:
            raise ArgumentError(f"--values: {token}: {json.dumps(value)}: {error}") from None
    try:
        parsed = expressions.shape(chosen.kind.replace("-", " "), chosen.expression)
    except ExpressionError as error:
        first = chosen.expression.split(maxsplit=1)[:1]
        if chosen.kind != "update" and first and first[0].upper() in {"SET", "REMOVE", "ADD", "DELETE"}:
            error.add_note("an update is read with --kind update")
        raise
    expressions.check_placeholders(names, values)
    expressions.check_unused((parsed,), names, values)
    # What is not given stands for itself: a name for a name, and a text that is exchanged afterwards for a value.
    open_values = {token: {"S": token} for token in parsed.values - values.keys()}
    node = parsed.bind({name: name for name in parsed.names} | names, open_values | values)
    if open_values:
        node = rewrite(node, lambda part: _open(part, open_values))
    for line in _tree(node, "", ""):
        print(_plain(line, parsed.names))
    print(f"\n{_plain(str(node), parsed.names)}")


def _mapping(option: str, text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        raise ArgumentError(f"{option}: no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ArgumentError(f"{option} is a JSON object, not {text}")
    return found


def _open(part: Node, tokens: dict[str, Any]) -> Node:
    if isinstance(part, Value) and part.kind == "S" and part.pair[1] in tokens:
        return Parameter(str(part.pair[1])[1:])
    return part


def _plain(line: str, names: frozenset[str]) -> str:
    """A line with `#name` as the text has it: it is no attribute's name, so it needs no quotes."""
    for name in names:
        line = line.replace(f"`{name}`", name)
    return line


def _label(node: Node) -> str:
    if isinstance(node, Compare | Arithmetic | Test | Call | Action):
        return node.op.text
    return _LABELS.get(type(node)) or str(node)


_LABELS: Final[dict[type[Node], str]] = {
    And: "AND",
    Or: "OR",
    Not: "NOT",
    Between: "BETWEEN",
    In: "IN",
    Update: "update",
    Projection: "projection",
}


def _tree(node: Node, first: str, further: str) -> list[str]:
    """The lines of a tree, the node's own behind *first*, the others behind *further*."""
    lines = [first + _label(node)]
    parts = children(node)
    for number, part in enumerate(parts, 1):
        last = number == len(parts)
        lines += _tree(part, further + ("└── " if last else "├── "), further + ("    " if last else "│   "))
    return lines
