"""What must hold of whatever is compiled: the text follows from the shape, and says what was meant."""

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

import dynexpr
from dynexpr import parse
from dynexpr.compile import (
    Compiled,
    compile_condition,
    compile_expressions,
    compile_projection,
    compile_update,
    expressions,
)
from dynexpr.compile.fold import fold
from dynexpr.compile.shape import in_clauses
from dynexpr.errors import ExpressionError
from dynexpr.expression import nodes, operators
from dynexpr.expression.evaluate import holds
from dynexpr.expression.nodes import Between, Condition, Constant, Node, Projection, Test, Update, Value, literal
from dynexpr.expression.walk import rewrite, walk
from tests import strategies

TOKEN = re.compile(r"[#:]\w+")


def compiled(node: Node) -> Compiled | None:
    """What a node compiles to; None where DynamoDB would refuse it."""
    try:
        if isinstance(node, Update):
            return compile_update(node)
        if isinstance(node, Projection):
            return compile_projection(node)
        assert isinstance(node, Condition)
        return compile_condition(node)
    except ExpressionError:
        return None


def cold(node: Node) -> Compiled | None:
    """The same with nothing kept from before."""
    expressions.forget()
    return compiled(node)


def same(node: Node) -> Node:
    """An update in the order of its text; anything else as it is."""
    return Update(tuple(in_clauses(node))) if isinstance(node, Update) else node


any_nodes = strategies.items.flatmap(
    lambda item: st.one_of(strategies.conditions(item), strategies.updates(item), strategies.projections(item))
)
conditions = strategies.items.flatmap(strategies.conditions)


@given(any_nodes)
def test_compiling_again_changes_nothing(node: Node) -> None:
    """Cold, warm, and of an equal node that was made anew: the same text, names and values, or the same refusal."""
    names = {**vars(dynexpr), **vars(nodes), **vars(operators), "attr": dynexpr.attr, "and_": dynexpr.and_}
    made = eval(repr(node), {**names, "or_": dynexpr.or_, "Decimal": Decimal}).node
    assert made == node
    assert cold(node) == compiled(node) == compiled(made) == cold(made)


@given(st.data(), any_nodes)
def test_the_text_depends_on_the_shape_only(data: st.DataObject, node: Node) -> None:
    """With other values of the same types in it, a node has the same text and names, and its own values."""

    def exchanged(part: Node) -> Node:
        return literal(data.draw(strategies.BY_TYPE[part.kind])) if isinstance(part, Value) else part

    first, other = cold(node), rewrite(node, exchanged)
    second, second_cold = compiled(other), cold(other)
    assert second == second_cold
    if first is not None and second is not None:
        assert (first.expression, first.names) == (second.expression, second.names)
        assert list(second.values.values()) == [each.wire for each in walk(same(other)) if isinstance(each, Value)]
    elif not any(isinstance(each, Between | Test) for each in walk(node)):
        assert first is second, "only the bounds of BETWEEN and the type of attribute_type are judged by value"


@given(any_nodes)
def test_compiled_text_reads_back(node: Node) -> None:
    """Parsing what a node compiles to gives the node; its placeholders are numbered in reading order."""
    made = compiled(node)
    if made is None:
        return
    readers: dict[type, Any] = {Update: parse.update, Projection: parse.projection}
    read = readers.get(type(node), parse.condition)
    maps = (made.names,) if isinstance(node, Projection) else (made.names, made.values)
    assert read(made.expression, *maps) == same(node)
    tokens = list(dict.fromkeys(TOKEN.findall(made.expression)))
    assert [token for token in tokens if token[0] == "#"] == list(made.names)
    assert [token for token in tokens if token[0] == ":"] == list(made.values)
    assert made.names == {f"#n{number}": name for number, name in enumerate(made.names.values())}
    assert list(made.values) == [f":v{number}" for number in range(len(made.values))]


@given(strategies.items, st.data())
def test_parsed_text_compiles_to_the_same_meaning(item: dict[str, Any], data: st.DataObject) -> None:
    """A text with anybody's placeholders is compiled to another text that holds of the same items."""
    made = compiled(data.draw(strategies.conditions(item)))
    if made is None:
        return
    alias = {token: f"{token[0]}x_{number}" for number, token in enumerate([*made.values, *made.names])}
    text = TOKEN.sub(lambda found: alias[found[0]], made.expression)
    names = {alias[token]: name for token, name in made.names.items()}
    values = {alias[token]: value for token, value in made.values.items()}
    read = parse.condition(text, names, values)
    again = read.compile()
    assert again == made
    assert holds(parse.condition(again.expression, again.names, again.values), item) is holds(read, item)


@given(conditions, conditions, st.data())
def test_placeholders_of_one_request_never_collide(first: Condition, second: Condition, data: st.DataObject) -> None:
    """The expressions of one request share names and no value: each reads back from the maps of all."""
    update = data.draw(strategies.items.flatmap(strategies.updates))
    if compiled(first) is None or compiled(second) is None or compiled(update) is None:
        return
    made = compile_expressions([("update", update), ("condition", first), ("filter", second)])
    used = [token for text in made.texts for token in TOKEN.findall(text) if token[0] == ":"]
    assert used == list(made.values)
    assert len(set(made.names.values())) == len(made.names)
    for text, node, read in zip(
        made.texts, (update, first, second), (parse.update, parse.condition, parse.condition), strict=True
    ):
        own = set(TOKEN.findall(text))
        names = {token: name for token, name in made.names.items() if token in own}
        values = {token: value for token, value in made.values.items() if token in own}
        assert read(text, names, values) == same(node)


@given(conditions, conditions)
def test_raw_conditions_join(first: Condition, second: Condition) -> None:
    """Parsed conditions whose placeholders are called the same join with `&`, `|` and `~`, and get new ones."""
    if (one := compiled(first)) is None or (other := compiled(second)) is None:
        return
    left = parse.condition(one.expression, one.names, one.values)
    right = parse.condition(other.expression, other.names, other.values)
    for joined in (left & right, left | right, ~left, ~(left & ~right) | left):
        if (made := compiled(joined)) is not None:
            assert parse.condition(made.expression, made.names, made.values) == joined
            assert list(made.values.values()) == [each.wire for each in walk(joined) if isinstance(each, Value)]


@given(strategies.items, st.data())
def test_folding_keeps_the_meaning(item: dict[str, Any], data: st.DataObject) -> None:
    """A condition without its constants holds of the same items; none is left but a whole one."""
    condition = data.draw(strategies.conditions(item))
    constant = Constant(data.draw(st.booleans()))

    def planted(part: Node) -> Node:
        return constant if isinstance(part, Condition) and data.draw(st.integers(0, 3)) == 0 else part

    mixed = rewrite(condition, planted)
    assert isinstance(mixed, Condition)
    folded = fold(mixed)
    assert folded is fold(folded)
    assert isinstance(folded, Constant) or not any(isinstance(each, Constant) for each in walk(folded))
    assert holds(folded, item) is holds(mixed, item)


@pytest.mark.parametrize("levels", [200, 5_000])
def test_depth_is_no_crash(levels: int) -> None:
    """AND in OR in AND …, deeper than Python's stack: refused as too large, or compiled."""
    condition: Condition = dynexpr.attr("n") == 0
    for level in range(levels):
        term = dynexpr.attr("n") == level
        condition = term & condition if level % 2 else term | condition
    made = compiled(condition)
    assert (made is None) == (levels > 150)


def test_the_benchmark_runs() -> None:
    """bench/compile.py compares with boto3, whatever the figures are on this machine."""
    script = Path(__file__).parents[1] / "bench" / "compile.py"
    ran = subprocess.run([sys.executable, script, "1"], capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    assert [line.split("  ")[0] for line in ran.stdout.splitlines()[1:]] == [
        "boto3", "attr(), cold", "model, cold", "attr(), warm", "model, warm",
    ]  # fmt: skip
