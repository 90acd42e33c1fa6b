"""How nodes are shown: what a person reads, and Python that makes them again."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

import dynexpr
from dynexpr import and_, attr, or_
from dynexpr.expression import nodes, operators as ops
from dynexpr.expression.nodes import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Constant,
    In,
    Node,
    Not,
    OperandNode,
    Or,
    Parameter,
    Path,
    Projection,
    Test as Tested,
    Update,
    Value,
)
from dynexpr.expression.printing import readable, source
from tests import strategies

a, b, c = attr("a"), attr("b"), attr("c")
PATH_A, PATH_B = Path(("a",)), Path(("b",))
ONE, TEXT, EMPTY_SET = Value(("N", "1")), Value(("S", "x")), Value(("SS", ()))

SCOPE: dict[str, Any] = {
    "Decimal": Decimal,
    **{name: getattr(dynexpr, name) for name in ("attr", "and_", "or_")},
    **vars(nodes),
    **vars(ops),
}
"""What `source` promises to need."""

A_IS_1 = "Compare(EQ, Path(('a',)), Value(('N', '1')))"
B_IS_1 = "Compare(EQ, Path(('b',)), Value(('N', '1')))"
A_SET_1 = "Action(SET, Path(('a',)), Value(('N', '1')))"

ROWS: list[tuple[Node, str, str]] = [
    (a == 1, "a = 1", "attr('a') == 1"),
    (a != "x", 'a <> "x"', "attr('a') != 'x'"),
    (a < Decimal("1.50"), "a < 1.5", "attr('a') < Decimal('1.5')"),
    (a <= -3, "a <= -3", "attr('a') <= -3"),
    (a > b, "a > b", "attr('a') > attr('b')"),
    (a >= b"x", "a >= b'x'", "attr('a') >= b'x'"),
    (a == True, "a = true", "attr('a') == True"),  # noqa: E712
    (
        a == None,  # noqa: E711
        "attribute_not_exists(a) OR a = NULL",
        "attr('a').attribute_not_exists() | attr('a').is_null()",
    ),
    (a.is_null(), "a = NULL", "attr('a').is_null()"),
    (
        Compare(ops.NE, PATH_A, Value(("NULL", True))),
        "a <> NULL",
        "Compare(NE, Path(('a',)), Value(('NULL', True)))",
    ),
    (a == Decimal("1E+30"), "a = 1" + "0" * 30, "attr('a') == 1" + "0" * 30),
    (a == {"x", "b"}, 'a = {"b", "x"}', "attr('a') == {'b', 'x'}"),
    (a == {1, Decimal("0.5")}, "a = {0.5, 1}", "attr('a') == {Decimal('0.5'), 1}"),
    (a == {b"x"}, "a = {b'x'}", "attr('a') == {b'x'}"),
    (a == [1, "x", None, [b""]], "a = [1, \"x\", NULL, [b'']]", "attr('a') == [1, 'x', None, [b'']]"),
    (a == {"k": {"l": 1}, "j": []}, 'a = {"j": [], "k": {"l": 1}}', "attr('a') == {'j': [], 'k': {'l': 1}}"),
    (Compare(ops.EQ, PATH_A, EMPTY_SET), "a = {}", "Compare(EQ, Path(('a',)), Value(('SS', ())))"),
    (a == Parameter("p"), "a = :p", "attr('a') == Parameter('p')"),
    (Compare(ops.EQ, ONE, PATH_A), "1 = a", "Compare(EQ, Value(('N', '1')), Path(('a',)))"),
    (Compare(ops.LT, ONE, ONE), "1 < 1", "Compare(LT, Value(('N', '1')), Value(('N', '1')))"),
    (
        Compare(ops.LT, PATH_A, Value(("BOOL", True))),
        "a < true",
        "Compare(LT, Path(('a',)), Value(('BOOL', True)))",
    ),
    (a.size() > 3, "size(a) > 3", "attr('a').size() > 3"),
    (a.size() == b.size(), "size(a) = size(b)", "attr('a').size() == attr('b').size()"),
    (
        Compare(ops.EQ, Call(ops.SIZE, (PATH_A,)), TEXT),
        'size(a) = "x"',
        "Compare(EQ, Call(SIZE, (Path(('a',)),)), Value(('S', 'x')))",
    ),
    (
        Compare(ops.EQ, PATH_A, Call(ops.SIZE, (TEXT,))),
        'a = size("x")',
        "Compare(EQ, Path(('a',)), Call(SIZE, (Value(('S', 'x')),)))",
    ),
    (a < b.size(), "a < size(b)", "attr('a') < attr('b').size()"),
    (
        Compare(ops.LT, Call(ops.SIZE, (PATH_A,)), PATH_B),
        "size(a) < b",
        "attr('a').size() < attr('b')",
    ),
    (a.between(1, 5), "a BETWEEN 1 AND 5", "attr('a').between(1, 5)"),
    (
        Between(ONE, PATH_A, PATH_B),
        "1 BETWEEN a AND b",
        "Between(Value(('N', '1')), Path(('a',)), Path(('b',)))",
    ),
    (a.in_(["x", None, b]), 'a IN ("x", NULL, b)', "attr('a').in_(['x', None, attr('b')])"),
    (In(PATH_A, (EMPTY_SET,)), "a IN ({})", "In(Path(('a',)), (Value(('SS', ())),))"),
    (a.attribute_exists(), "attribute_exists(a)", "attr('a').attribute_exists()"),
    (a.attribute_not_exists(), "attribute_not_exists(a)", "attr('a').attribute_not_exists()"),
    (a.attribute_type("NULL"), 'attribute_type(a, "NULL")', "attr('a').attribute_type('NULL')"),
    (
        Tested(ops.ATTRIBUTE_TYPE, (PATH_A, TEXT)),
        'attribute_type(a, "x")',
        "Test(ATTRIBUTE_TYPE, (Path(('a',)), Value(('S', 'x'))))",
    ),
    (a.begins_with("x"), 'begins_with(a, "x")', "attr('a').begins_with('x')"),
    (
        Tested(ops.BEGINS_WITH, (TEXT, PATH_A)),
        'begins_with("x", a)',
        "Test(BEGINS_WITH, (Value(('S', 'x')), Path(('a',))))",
    ),
    (a.contains(None), "contains(a, NULL)", "attr('a').contains(None)"),
    ((a == 1) & (b == 2), "a = 1 AND b = 2", "(attr('a') == 1) & (attr('b') == 2)"),
    ((a == 1) & b.contains(2), "a = 1 AND contains(b, 2)", "(attr('a') == 1) & attr('b').contains(2)"),
    (
        ((a == 1) | (b == 2)) & (c == 3),
        "(a = 1 OR b = 2) AND c = 3",
        "((attr('a') == 1) | (attr('b') == 2)) & (attr('c') == 3)",
    ),
    (
        (a == 1) | ((b == 2) & (c == 3)),
        "a = 1 OR b = 2 AND c = 3",
        "(attr('a') == 1) | (attr('b') == 2) & (attr('c') == 3)",
    ),
    (~(a == 1), "NOT a = 1", "~(attr('a') == 1)"),
    (~~a.attribute_exists(), "NOT NOT attribute_exists(a)", "~~attr('a').attribute_exists()"),
    (~((a == 1) & (b == 2)), "NOT (a = 1 AND b = 2)", "~((attr('a') == 1) & (attr('b') == 2))"),
    (~a.between(1, 2) & (b == 1), "NOT a BETWEEN 1 AND 2 AND b = 1", "~attr('a').between(1, 2) & (attr('b') == 1)"),
    (and_(), "TRUE", "and_()"),
    (or_(), "FALSE", "or_()"),
    (~or_() & (a == 1), "NOT FALSE AND a = 1", "~or_() & (attr('a') == 1)"),
    (And(((a == 1),)), "a = 1", "And((Compare(EQ, Path(('a',)), Value(('N', '1'))),))"),
    (
        Or((Or(((a == 1), (b == 1))), (c == 1))),
        "(a = 1 OR b = 1) OR c = 1",
        f"Or((Or(({A_IS_1}, {B_IS_1})), Compare(EQ, Path(('c',)), Value(('N', '1')))))",
    ),
    (Not(Compare(ops.EQ, ONE, ONE)), "NOT 1 = 1", "~Compare(EQ, Value(('N', '1')), Value(('N', '1')))"),
    (
        attr(("info", "tags", 0, "k")).node,
        "info.tags[0].k",
        "attr('info.tags[0].k')",
    ),
    (attr(("a.b", 0)).node, "`a.b`[0]", "attr(('a.b', 0))"),
    (attr(("x[0]", "y")).node, "`x[0]`.y", "attr(('x[0]', 'y'))"),
    (attr("customer-id").node, "`customer-id`", "attr('customer-id')"),
    (attr("and").node, "`and`", "attr('and')"),
    (attr("a b").node, "`a b`", "attr('a b')"),
    (attr("it's `x`\\\n").node, "`it's \\`x\\`\\\\\\n`", 'attr("it\'s `x`\\\\\\n")'),
    (attr("größe").node, "größe", "attr('größe')"),
    (attr("1a").node, "`1a`", "attr('1a')"),
    (Path(("a", "")), "a.``", "Path(('a', ''))"),
    (Parameter("p"), ":p", "Parameter('p')"),
    (EMPTY_SET, "{}", "Value(('SS', ()))"),
    (a.if_not_exists(0).node, "if_not_exists(a, 0)", "attr('a').if_not_exists(0)"),
    (
        a.if_not_exists(b.if_not_exists("x")).node,
        'if_not_exists(a, if_not_exists(b, "x"))',
        "attr('a').if_not_exists(attr('b').if_not_exists('x'))",
    ),
    ((a.if_not_exists(0) + 1).node, "if_not_exists(a, 0) + 1", "attr('a').if_not_exists(0) + 1"),
    ((5 - a).node, "5 - a", "5 - attr('a')"),
    (Arithmetic(ops.PLUS, ONE, ONE), "1 + 1", "Arithmetic(PLUS, Value(('N', '1')), Value(('N', '1')))"),
    (a.append(1, "x").node, 'list_append(a, [1, "x"])', "attr('a').append(1, 'x')"),
    (a.prepend([]).node, "list_append([[]], a)", "attr('a').prepend([])"),
    (
        a.append(1, create_missing=True).node,
        "list_append(if_not_exists(a, []), [1])",
        "attr('a').append(1, create_missing=True)",
    ),
    (
        Call(ops.LIST_APPEND, (PATH_A, PATH_B)),
        "list_append(a, b)",
        "attr('a').append(attr('b'))",
    ),
    (
        a.prepend(b.if_not_exists([])).node,
        "list_append(if_not_exists(b, []), a)",
        "attr('b').append(attr('a'), create_missing=True)",
    ),
    (
        a.if_not_exists([1]).append(2).node,
        "list_append(if_not_exists(a, [1]), [2])",
        "attr('a').if_not_exists([1]).append(2)",
    ),
    (
        a.if_not_exists([]).prepend(2).node,
        "list_append([2], if_not_exists(a, []))",
        "attr('a').prepend(2, create_missing=True)",
    ),
    (
        Call(ops.LIST_APPEND, (Call(ops.LIST_APPEND, (PATH_A, PATH_B)), PATH_B)),
        "list_append(list_append(a, b), b)",
        "Call(LIST_APPEND, (Call(LIST_APPEND, (Path(('a',)), Path(('b',)))), Path(('b',))))",
    ),
    (
        Update((Action(ops.SET, PATH_A, ONE), Action(ops.REMOVE, PATH_B), Action(ops.SET, Path(("c", 0)), PATH_B))),
        "SET a = 1, c[0] = b REMOVE b",
        f"Update(({A_SET_1}, Action(REMOVE, Path(('b',))), Action(SET, Path(('c', 0)), Path(('b',)))))",
    ),
    (
        Update((Action(ops.DELETE, PATH_A, Value(("SS", ("x",)))), Action(ops.ADD, PATH_B, ONE))),
        'DELETE a {"x"} ADD b 1',
        "Update((Action(DELETE, Path(('a',)), Value(('SS', ('x',)))), Action(ADD, Path(('b',)), Value(('N', '1')))))",
    ),
    (Action(ops.REMOVE, PATH_A), "REMOVE a", "Action(REMOVE, Path(('a',)))"),
    (
        Action(ops.SET, PATH_A, Arithmetic(ops.MINUS, PATH_A, ONE)),
        "SET a = a - 1",
        "Action(SET, Path(('a',)), Arithmetic(MINUS, Path(('a',)), Value(('N', '1'))))",
    ),
    (Projection((PATH_A, Path(("b", 0)))), "a, b[0]", "Projection((Path(('a',)), Path(('b', 0))))"),
]


def again(node: Node) -> Node:
    """What a node's source evaluates to."""
    made: Any = eval(source(node), dict(SCOPE))
    found: Node = getattr(made, "node", made)
    return found


@pytest.mark.parametrize(("node", "text", "python"), ROWS)
def test_shown(node: Node, text: str, python: str) -> None:
    """Each node has one readable text and one source, and the source makes the node again."""
    assert readable(node) == text == str(node)
    assert source(node) == python == repr(node)
    assert again(node) == node


def test_handles_show_their_nodes() -> None:
    """A handle looks like what it holds."""
    assert (str(a.size()), repr(a.size()), repr(attr("a[0].b"))) == ("size(a)", "attr('a').size()", "attr('a[0].b')")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 200, '"' + "x" * 78 + "…"),
        (b"x" * 200, "b'" + "x" * 77 + "…"),
        (["x" * 30] * 9, '["' + "x" * 30 + '", "' + "x" * 30 + '", "' + "x" * 9 + "…"),
        (list(range(100)), "[" + ", ".join(map(str, range(22))) + ", …"),
        ({"k": "é" * 100}, '{"k": "' + "é" * 72 + "…"),
    ],
)
def test_long_values_are_cut(value: Any, text: str) -> None:
    """A person reads the beginning; the source has it all."""
    node = a == value
    assert readable(node) == f"a = {text}"
    assert len(text) == 80
    assert again(node) == node


@pytest.mark.parametrize("text", ['a"b', "a\\", "\n", "\x00", "\u2028", "\ud800", "'", "`"])
def test_odd_text_stays_on_one_line(text: str) -> None:
    """Quotes, backslashes and control characters are escaped."""
    node = Compare(ops.EQ, PATH_A, Value(("S", text)))
    assert readable(node).isprintable()
    assert readable(node) != readable(Compare(ops.EQ, PATH_A, Value(("S", text + "x"))))
    assert again(node) == node


def test_depth_needs_no_recursion() -> None:
    """299 NOT, which DynamoDB takes, and more, are printed from any depth of Python's stack."""
    node: nodes.Condition = a == 1
    for _ in range(5_000):
        node = ~node
    assert readable(node) == "NOT " * 5_000 + "a = 1"
    assert source(node) == "~" * 5_000 + "(attr('a') == 1)"
    joined: nodes.Condition = a == 1
    for _ in range(1_000):
        joined = ~(joined & (b == 1))
    assert readable(joined).startswith("NOT (NOT (NOT (")
    assert source(joined).startswith("~(~(~(")


def test_299_not_evaluate_back() -> None:
    """Python reads what was printed."""
    node: nodes.Condition = a == 1
    for _ in range(299):
        node = ~node
    assert source(again(node)) == source(node)


@given(st.data())
def test_source_evaluates_to_the_node(data: st.DataObject) -> None:
    """eval(repr(x)) == x for random conditions, updates and projections; equal texts mean equal nodes."""
    item = data.draw(strategies.items)
    anything = st.one_of(strategies.conditions(item, depth=4), strategies.updates(item), strategies.projections(item))
    node, other = data.draw(anything), data.draw(anything)
    assert again(node) == node
    assert (source(node) == source(other)) == (node == other)
    assert readable(node).isprintable()


@given(strategies.loose_paths, strategies.loose_paths)
def test_readable_paths_are_unambiguous(path: Path, other: Path) -> None:
    """Different places never read the same."""
    assert (readable(path) == readable(other)) == (path == other)


def test_every_node_class_can_be_shown() -> None:
    """A new node class has to say how it is read."""
    from dynexpr.expression import printing

    classes = {cls for cls in vars(nodes).values() if isinstance(cls, type) and issubclass(cls, Node)}
    abstract = {Node, OperandNode, nodes.Condition}
    assert set(printing._READABLE) == classes - abstract
    assert readable(Constant(truth=True)) == "TRUE"
