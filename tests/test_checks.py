"""What does DynamoDB refuse before it looks at an item, in which order, in which words?  What does walk() walk?"""

from typing import Any, Final, cast

import pytest

from dynexpr.compile.checks import check_condition, check_projection, check_update
from dynexpr.compile.key_attributes import check_filter_keys, check_update_keys
from dynexpr.compile.keys import check_key_condition
from dynexpr.compile.size_limits import check_text_size, check_values_size
from dynexpr.errors import (
    ExpressionError,
    ExpressionTooLarge,
    KeyAttributeError,
    NotAKeyCondition,
    OperandError,
    PathConflict,
)
from dynexpr.expression import operators as ops
from dynexpr.expression.kinds import Kind
from dynexpr.expression.nodes import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Condition,
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
    literal,
)
from dynexpr.expression.walk import children, paths, rewrite, walk, with_children
from dynexpr.frontends.text import shape
from dynexpr.wire import Item

VALUES: Final[Item] = {
    ":n": {"N": "1"}, ":n5": {"N": "5"}, ":s": {"S": "x"}, ":t": {"BOOL": True}, ":nil": {"NULL": True},
    ":b": {"B": b"\x01"}, ":b2": {"B": b"\x02\x00"}, ":ss": {"SS": ["x"]}, ":ns": {"NS": ["1"]}, ":bs": {"BS": [b"x"]},
    ":l": {"L": []}, ":m": {"M": {}}, ":e": {"S": ""}, ":S": {"S": "S"}, ":high": {"S": "\U0001f600"},
    ":low": {"S": "\uffff"},
}  # fmt: skip

A, B = Path(("a",)), Path(("b",))
ONE = literal({"N": "1"})


def bound(kind: Kind, text: str) -> Any:
    """The node of a text."""
    return shape(kind, text).bind(None, VALUES)


def short(text: str) -> str:
    """The name of a row: the text, or what tells long ones apart."""
    return text if len(text) <= 60 else f"{text[:20]}… {len(text)} … {text[-20:]}"


WRONG_TYPE = "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"
NOT_DISTINCT = (
    "The first operand must be distinct from the remaining operands for this operator or function; "
    "operator: {}, first operand: [{}]"
)
BAD_TYPE = "Invalid attribute type name found; type: {}, valid types: {{N,BS,L,B,NULL,M,S,SS,NS,BOOL}}"
OVERLAP = (
    "Two document paths overlap with each other; must remove or rewrite one of these paths; "
    "path one: [{}], path two: [{}]"
)
CONFLICT = OVERLAP.replace("overlap", "conflict")
NO_PATH = "Operator or function requires a document path; operator or function: {}"
BOUNDS = (
    "The BETWEEN operator requires {}; lower bound operand: AttributeValue: {{{}}}, "
    "upper bound operand: AttributeValue: {{{}}}"
)
ORDER = "upper bound to be greater than or equal to lower bound"
ONE_TYPE = "same data type for lower and upper bounds"

UNORDERED: Final = (
    (":t", "BOOL"), (":nil", "NULL"), (":ss", "SS"), (":ns", "NS"), (":bs", "BS"), (":l", "L"), (":m", "M"),
)  # fmt: skip

REFUSED_CONDITIONS: Final[tuple[tuple[str, type[ExpressionError], str], ...]] = (
    # A literal the operator never accepts, on any side.
    *((f"a {op} {value}", OperandError, WRONG_TYPE.format(op, kind))
      for op in ("<", "<=", ">", ">=")
      for value, kind in UNORDERED),
    (":ss < a", OperandError, WRONG_TYPE.format("<", "SS")),
    (":n < :ss", OperandError, WRONG_TYPE.format("<", "SS")),
    ("size(a) < :ss", OperandError, WRONG_TYPE.format("<", "SS")),
    ("begins_with(a, :n)", OperandError, WRONG_TYPE.format("begins_with", "N")),
    ("begins_with(:n, a)", OperandError, WRONG_TYPE.format("begins_with", "N")),
    ("begins_with(a, :ss)", OperandError, WRONG_TYPE.format("begins_with", "SS")),
    ("begins_with(a, size(b))", OperandError, WRONG_TYPE.format("begins_with", "N")),
    ("size(:n) = :n", OperandError, WRONG_TYPE.format("size", "N")),
    ("size(:t) = a", OperandError, WRONG_TYPE.format("size", "BOOL")),
    ("size(size(a)) = :n", OperandError, WRONG_TYPE.format("size", "N")),
    ("a BETWEEN :ss AND :ss", OperandError, WRONG_TYPE.format("BETWEEN", "SS")),
    (":l BETWEEN a AND b", OperandError, WRONG_TYPE.format("BETWEEN", "L")),
    ("attribute_type(a, :n)", OperandError, WRONG_TYPE.format("attribute_type", "N")),
    ("attribute_type(a, size(b))", OperandError, WRONG_TYPE.format("attribute_type", "N")),
    ("attribute_type(a, :s)", OperandError, BAD_TYPE.format("x")),
    ("attribute_type(a, :e)", OperandError, BAD_TYPE.format("")),
    # Bounds of BETWEEN, when both are literals.
    ("a BETWEEN :n5 AND :n", OperandError, BOUNDS.format(ORDER, "N:5", "N:1")),
    ("a BETWEEN :s AND :e", OperandError, BOUNDS.format(ORDER, "S:x", "S:")),
    ("a BETWEEN :high AND :low", OperandError, BOUNDS.format(ORDER, "S:\U0001f600", "S:\uffff")),
    ("a BETWEEN :s AND :n", OperandError, BOUNDS.format(ONE_TYPE, "S:x", "N:1")),
    ("a BETWEEN :b2 AND :b", OperandError, BOUNDS.format(
        ORDER, "B:java.nio.HeapByteBuffer[pos=0 lim=2 cap=2]", "B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]")),
    # The same attribute on both sides.
    *((f"a {op} a", OperandError, NOT_DISTINCT.format(op, "a")) for op in ("=", "<>", "<", "<=", ">", ">=")),
    ("a.b[1] = a.b[1]", OperandError, NOT_DISTINCT.format("=", "a, b, [1]")),
    ("a BETWEEN b AND a", OperandError, NOT_DISTINCT.format("BETWEEN", "a")),
    ("a IN (b, :n, a)", OperandError, NOT_DISTINCT.format("IN", "a")),
    ("contains(a, a)", OperandError, NOT_DISTINCT.format("contains", "a")),
    ("begins_with(a, a)", OperandError, NOT_DISTINCT.format("begins_with", "a")),
    # The order: innermost first, from left to right; in one place operands, types, bounds, distinctness, count.
    ("b = b AND a < :ss", OperandError, NOT_DISTINCT.format("=", "b")),
    ("a < :ss OR b = b", OperandError, WRONG_TYPE.format("<", "SS")),
    ("NOT (b = b AND a < :ss)", OperandError, NOT_DISTINCT.format("=", "b")),
    ("size(:n) < :ss", OperandError, WRONG_TYPE.format("size", "N")),
    ("a IN (a, size(:n))", OperandError, WRONG_TYPE.format("size", "N")),
    ("a BETWEEN a AND :ss", OperandError, WRONG_TYPE.format("BETWEEN", "SS")),
    (":l BETWEEN :ss AND :t", OperandError, WRONG_TYPE.format("BETWEEN", "L")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "error", "reason"), REFUSED_CONDITIONS, ids=[short(text) for text, _, _ in REFUSED_CONDITIONS]
)
def test_refused_conditions(text: str, error: type[ExpressionError], reason: str) -> None:
    """Refused with the class, the place, and the service's words."""
    node = cast("Condition", bound("filter", text))
    with pytest.raises(error) as caught:
        check_condition(node, "filter")
    assert caught.value.reason == f"Invalid FilterExpression: {reason}"
    assert caught.value.node in list(walk(node))
    assert str(caught.value) != caught.value.reason


ACCEPTED_CONDITIONS: Final = (
    "a = b", ":n = :n", ":n = a", ":n IN (:n)", ":n BETWEEN :n AND :n", ":s BETWEEN :n AND :n5", "size(a) = a",
    "size(a) = size(a)", "size(a) < :s", "size(a) BETWEEN :s AND :s", "a BETWEEN size(b) AND :s", "a BETWEEN b AND b",
    "a BETWEEN :n AND :n", "a BETWEEN :low AND :high", "a = :ss", "a <> :nil", "a IN (:ss, :l, :m)", "contains(a, :ss)",
    "contains(:n, a)", "contains(:s, :s)", "contains(size(a), b)", "contains(a, a[0])", "begins_with(:s, a)",
    "attribute_type(a, :S)", "attribute_type(:n, :S)", "attribute_type(size(a), :S)", "size(:s) = size(:l)",
    " AND ".join(["a = b"] * 150), " AND ".join(["size(a) = b"] * 100), "NOT " * 299 + "a = b", "a[2147483647] = b",
)  # fmt: skip


@pytest.mark.parametrize("text", ACCEPTED_CONDITIONS, ids=[short(text) for text in ACCEPTED_CONDITIONS])
def test_accepted_conditions(text: str) -> None:
    """What the service takes is not refused."""
    check_condition(bound("condition", text))


def call(op: ops.Op, *args: OperandNode) -> Call:
    """A function that has a value."""
    return Call(op, args)


def eq(left: OperandNode, right: OperandNode) -> Condition:
    """`left = right`."""
    return Compare(ops.EQ, left, right)


def nots(count: int, term: Condition) -> Condition:
    """A condition under NOTs."""
    for _ in range(count):
        term = Not(term)
    return term


def deep(count: int) -> Path:
    """A path of so many steps."""
    return Path(("a", *("b",) * (count - 1)))


def sums(count: int) -> Update:
    """An update with so many sums."""
    total = Arithmetic(ops.PLUS, A, B)
    return Update(tuple(Action(ops.SET, Path((f"a{index}",)), total) for index in range(count)))


SIZE_OF_NUMBER = eq(call(ops.SIZE, ONE), B)
OVER = "The expression contains too many operators; operator count: 301"
MANY_IN = "The IN operator is provided with too many operands; number of operands: 101"
LEVELS = "The document path has too many nesting levels; nesting levels: {}"
AA = eq(A, A)
AB = eq(A, B)
P34 = eq(deep(34), A)

LIMITS: Final[tuple[tuple[str, Node, type[ExpressionError], str], ...]] = (
    ("151 AND", And((AB,) * 151), ExpressionTooLarge, OVER),
    ("151 OR", Or((AB,) * 151), ExpressionTooLarge, OVER),
    ("101 size", And((eq(call(ops.SIZE, A), B),) * 101), ExpressionTooLarge, OVER),
    ("151 BETWEEN", And((Between(A, B, B),) * 151), ExpressionTooLarge, OVER),
    ("300 NOT", nots(300, AB), ExpressionTooLarge, OVER),
    ("301 sums", sums(301), ExpressionTooLarge, OVER),
    ("101 in IN", In(A, (B,) * 101), ExpressionTooLarge, MANY_IN),
    ("33 levels", eq(deep(33), A), ExpressionTooLarge, LEVELS.format(33)),
    ("41 levels", Tested(ops.ATTRIBUTE_EXISTS, (Path(("a", *(0,) * 40)),)), ExpressionTooLarge, LEVELS.format(41)),
    ("no path", Tested(ops.ATTRIBUTE_EXISTS, (ONE,)), OperandError, NO_PATH.format("attribute_exists")),
    ("size is no path", Tested(ops.ATTRIBUTE_NOT_EXISTS, (call(ops.SIZE, A),)), OperandError,
     NO_PATH.format("attribute_not_exists")),
    ("fallback of no path", Update((Action(ops.SET, A, call(ops.IF_NOT_EXISTS, ONE, ONE)),)), OperandError,
     NO_PATH.format("if_not_exists")),
    # In the service's order.
    ("size before its test", Tested(ops.ATTRIBUTE_EXISTS, (call(ops.SIZE, ONE),)), OperandError,
     WRONG_TYPE.format("size", "N")),
    ("same before levels", And((AA, P34)), OperandError, NOT_DISTINCT.format("=", "a")),
    ("levels before same", And((P34, AA)), ExpressionTooLarge, LEVELS.format(34)),
    ("levels before size", And((P34, SIZE_OF_NUMBER)), ExpressionTooLarge, LEVELS.format(34)),
    ("same before count of IN", In(A, (A,) * 101), OperandError, NOT_DISTINCT.format("IN", "a")),
    ("terms before their AND", And((*(AB,) * 160, P34)), ExpressionTooLarge, LEVELS.format(34)),
    ("inner AND before later terms", And((Not(And((AB,) * 160)), P34)), ExpressionTooLarge, OVER),
    ("inside before NOT", nots(300, AA), OperandError, NOT_DISTINCT.format("=", "a")),
    ("levels before collision", Update((
        Action(ops.SET, B, ONE), Action(ops.SET, B, ONE), Action(ops.REMOVE, deep(34)))), ExpressionTooLarge,
     LEVELS.format(34)),
    ("collision before levels of a value", Update((
        Action(ops.SET, B, ONE), Action(ops.SET, B, ONE), Action(ops.SET, A, deep(34)))), PathConflict,
     OVERLAP.format("b", "b")),
    ("last action first", Update((Action(ops.REMOVE, deep(34)), Action(ops.REMOVE, Path(("b", *(0,) * 34))))),
     ExpressionTooLarge, LEVELS.format(35)),
    ("levels in a projection", Projection((A, A, deep(33))), ExpressionTooLarge, LEVELS.format(33)),
)  # fmt: skip


def check(node: Node, kind: Kind) -> None:
    """Check a node of any kind."""
    if isinstance(node, Update):
        check_update(node)
    elif isinstance(node, Projection):
        check_projection(node)
    else:
        check_condition(cast("Condition", node), kind)


@pytest.mark.parametrize(("_name", "node", "error", "reason"), LIMITS, ids=[row[0] for row in LIMITS])
def test_limits_and_order(_name: str, node: Node, error: type[ExpressionError], reason: str) -> None:
    """What the parser refuses by itself is refused in nodes, too, and in the service's order."""
    with pytest.raises(error) as caught:
        check(node, "filter")
    assert caught.value.reason.split(": ", 1)[1] == reason
    if isinstance(caught.value, ExpressionTooLarge):
        assert caught.value.actual > caught.value.limit


@pytest.mark.parametrize(
    "node",
    [
        And((AB,) * 150),
        nots(299, AB),
        In(A, (B,) * 100),
        eq(deep(32), A),
        sums(300),
        Update((Action(ops.REMOVE, deep(32)),)),
    ],
)
def test_within_the_limits(node: Node) -> None:
    """One less than too much."""
    check(node, "condition")


UNWRITABLE: Final[tuple[tuple[Node, Kind, type[ExpressionError], str], ...]] = (
    (In(A, ()), "condition", OperandError, "IN needs at least one value"),
    (Tested(ops.CONTAINS, (A,)), "condition", OperandError, "takes 2 operands"),
    (Tested(ops.ATTRIBUTE_EXISTS, (A, B)), "condition", OperandError, "takes 1 operands"),
    (Compare(ops.EQ, call(ops.SIZE, A, B), ONE), "condition", OperandError, "takes 1 operands"),
    (Compare(ops.EQ, call(ops.IF_NOT_EXISTS, A, ONE), ONE), "condition", OperandError, "can't be used in a condition"),
    (Compare(ops.EQ, Arithmetic(ops.PLUS, A, ONE), ONE), "condition", OperandError, "can't add or subtract"),
    (Tested(ops.ATTRIBUTE_TYPE, (A, B)), "condition", OperandError, "name of a type as a value"),
    (Compare(ops.EQ, Path(("a", 2**31)), ONE), "condition", ExpressionError, "list index"),
    (Compare(ops.EQ, Path(("a", -1)), ONE), "condition", ExpressionError, "list index"),
    (And((Compare(ops.EQ, A, A), Compare(ops.EQ, Path(("a", 2**31)), ONE))), "condition",
     ExpressionError, "list index"),
    (Update(()), "update", ExpressionError, "without actions"),
    (Update((Action(ops.SET, A),)), "update", OperandError, "SET needs a value"),
    (Update((Action(ops.REMOVE, A, ONE),)), "update", OperandError, "REMOVE takes no value"),
    (Update((Action(ops.ADD, A, B),)), "update", OperandError, "ADD takes a value"),
    (Update((Action(ops.SET, A, Arithmetic(ops.PLUS, Arithmetic(ops.PLUS, A, ONE), ONE)),)), "update", OperandError,
     "two terms, not three"),
    (Update((Action(ops.SET, A, call(ops.IF_NOT_EXISTS, B, Arithmetic(ops.PLUS, A, ONE))),)), "update", OperandError,
     "can't be a sum"),
    (Update((Action(ops.SET, A, call(ops.LIST_APPEND, call(ops.LIST_APPEND, A, B), B)),)), "update", OperandError,
     "whole value"),
    (Update((Action(ops.SET, A, call(ops.IF_NOT_EXISTS, B, call(ops.LIST_APPEND, A, B))),)), "update", OperandError,
     "whole value"),
    (Update((Action(ops.SET, A, Arithmetic(ops.PLUS, call(ops.LIST_APPEND, A, B), ONE)),)), "update", OperandError,
     "whole value"),
    (Update((Action(ops.SET, A, call(ops.SIZE, B)),)), "update", OperandError, "can't be used in an update"),
    (Projection(()), "projection", ExpressionError, "without paths"),
    (Projection((Path(("a", 2**31)), A, A)), "projection", ExpressionError, "list index"),
)  # fmt: skip


@pytest.mark.parametrize(("node", "kind", "error", "problem"), UNWRITABLE)
def test_nodes_that_have_no_text(node: Node, kind: Kind, error: type[ExpressionError], problem: str) -> None:
    """Nodes that Python can make and DynamoDB's grammar can't say are refused too."""
    with pytest.raises(error, match=problem) as caught:
        check(node, kind)
    assert caught.value.reason.startswith("Invalid ")


@pytest.mark.parametrize("depth", [301, 5_000])
def test_very_deep_nodes_are_refused(depth: int) -> None:
    """Nodes deeper than Python's stack are too large, not a crash."""
    with pytest.raises(ExpressionTooLarge):
        check_condition(nots(depth, AB))


def test_parameters_pass() -> None:
    """What a parameter will be is not known yet."""
    low = Parameter("low")
    check_condition(Between(A, low, ONE))
    check_condition(Tested(ops.ATTRIBUTE_TYPE, (A, low)))
    check_condition(Tested(ops.BEGINS_WITH, (A, low)))
    check_condition(Constant(True))
    check_update(Update((Action(ops.ADD, A, low), Action(ops.SET, B, Arithmetic(ops.PLUS, low, ONE)))))


ADDED = (
    "Incorrect operand type for operator or function; operator: {0}, operand type: {1}, "
    "typeSet: ALLOWED_FOR_{0}_OPERAND"
)

REFUSED_UPDATES: Final[tuple[tuple[str, type[ExpressionError], str], ...]] = (
    ("SET a = :n, a = :s", PathConflict, OVERLAP.format("a", "a")),
    ("SET a.b = :n, a = :s", PathConflict, OVERLAP.format("a, b", "a")),
    ("SET a = :n REMOVE a.b", PathConflict, OVERLAP.format("a", "a, b")),
    ("REMOVE a[1].b, a[1]", PathConflict, OVERLAP.format("a, [1], b", "a, [1]")),
    ("ADD a :n SET a = :n", PathConflict, OVERLAP.format("a", "a")),
    ("DELETE a :ss ADD a :ss", PathConflict, OVERLAP.format("a", "a")),
    ("SET a[0] = :n, a.b = :s", PathConflict, CONFLICT.format("a, [0]", "a, b")),
    ("SET a.x = :n REMOVE a[1]", PathConflict, CONFLICT.format("a, x", "a, [1]")),
    ("SET a[0].x = :n, a[0][1] = :s", PathConflict, CONFLICT.format("a, [0], x", "a, [0], [1]")),
    *((f"ADD a {value}", OperandError, ADDED.format("ADD", name)) for value, name in (
        (":s", "STRING"), (":b", "BINARY"), (":t", "BOOLEAN"), (":nil", "NULL"), (":l", "LIST"), (":m", "MAP"))),
    *((f"DELETE a {value}", OperandError, ADDED.format("DELETE", name)) for value, name in (
        (":s", "STRING"), (":n", "NUMBER"), (":l", "LIST"), (":m", "MAP"))),
    ("SET a = b + :s", OperandError, WRONG_TYPE.format("+", "S")),
    ("SET a = :ns - b", OperandError, WRONG_TYPE.format("-", "NS")),
    ("SET a = :s + :ss", OperandError, WRONG_TYPE.format("+", "S")),
    ("SET a = list_append(b, :n)", OperandError, WRONG_TYPE.format("list_append", "N")),
    ("SET a = list_append(:ss, b)", OperandError, WRONG_TYPE.format("list_append", "SS")),
    ("SET a = if_not_exists(b, b)", OperandError, NOT_DISTINCT.format("if_not_exists", "b")),
    # The order: places before values, the last action before the first.
    ("SET a = b + :s, a = :n", PathConflict, OVERLAP.format("a", "a")),
    ("ADD a :s, b :l", OperandError, ADDED.format("ADD", "LIST")),
    ("SET a = a + :s, b = b - :ss", OperandError, WRONG_TYPE.format("-", "SS")),
    ("ADD a :l SET b = b + :s", OperandError, WRONG_TYPE.format("+", "S")),
    ("SET b = b + :s ADD a :l", OperandError, ADDED.format("ADD", "LIST")),
    ("SET a = :n, a = :n, b.x = :n, b[0] = :n", PathConflict, CONFLICT.format("b, x", "b, [0]")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "error", "reason"), REFUSED_UPDATES, ids=[short(text) for text, _, _ in REFUSED_UPDATES]
)
def test_refused_updates(text: str, error: type[ExpressionError], reason: str) -> None:
    """Refused with the class and the service's words."""
    node = cast("Update", bound("update", text))
    with pytest.raises(error) as caught:
        check_update(node)
    assert caught.value.reason == f"Invalid UpdateExpression: {reason}"
    assert caught.value.node is not None


ACCEPTED_UPDATES: Final = (
    "SET a = a + a", "SET a = list_append(a, a)", "SET a = if_not_exists(a, if_not_exists(a, :n)) + :n",
    "SET a = list_append(if_not_exists(a, :n), b)", "SET a.b = :n, a.c = :n REMOVE a.d", "SET a[0] = :n REMOVE a[1]",
    "ADD a :n, b :ss DELETE c :ns", "SET a = :s", "SET ab = :n, a.b = :n",
    "SET " + ", ".join(f"a{index} = a + b" for index in range(150)),
)  # fmt: skip


@pytest.mark.parametrize("text", ACCEPTED_UPDATES, ids=short)
def test_accepted_updates(text: str) -> None:
    """What the service takes is not refused."""
    check_update(bound("update", text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a, a", OVERLAP.format("a", "a")),
        ("a, a.b", OVERLAP.format("a", "a, b")),
        ("a[0].x, a[0]", OVERLAP.format("a, [0], x", "a, [0]")),
        ("a[0], a.b", CONFLICT.format("a, [0]", "a, b")),
        ("c.x, a.b.c, a[0].c", CONFLICT.format("a, b, c", "a, [0], c")),
    ],
)
def test_refused_projections(text: str, reason: str) -> None:
    """Two paths of a projection may not overlap or conflict either."""
    with pytest.raises(PathConflict) as caught:
        check_projection(bound("projection", text))
    assert caught.value.reason == f"Invalid ProjectionExpression: {reason}"


def test_accepted_projections() -> None:
    """Paths side by side are fine."""
    check_projection(bound("projection", "a.b, a.c, d[0], d[1].x, d[1].y, e"))


@pytest.mark.parametrize("kind", ["condition", "filter", "key condition", "update", "projection"])
def test_text_size(kind: Kind) -> None:
    """4,096 bytes, not characters."""
    check_text_size(kind, "é" * 2048)
    with pytest.raises(ExpressionTooLarge, match=r"4,098 bytes") as caught:
        check_text_size(kind, "é" * 2049)
    assert caught.value.reason.endswith("maximum allowed size; expression size: 4098")


def test_values_size() -> None:
    """2 MB of names and values, nested ones included; 255 bytes for a placeholder."""
    megabyte = "x" * (1024 * 1024 - 10)
    check_values_size({"#n0": megabyte}, {":v0": {"S": megabyte}})
    for wire in ({"B": b"x" * 40}, {"L": [{"S": "é" * 20}]}, {"M": {"x" * 40: {"NULL": True}}}, {"SS": ["é" * 20]},
                 {"NS": ["1" * 38, "2"]}, {"BS": [b"x" * 40]}, {"N": "1" * 38}):  # fmt: skip
        with pytest.raises(ExpressionTooLarge) as caught:
            check_values_size({"#n0": megabyte}, {":v0": {"S": megabyte}, ":v1": wire})
        assert caught.value.reason == "ExpressionAttributeValues exceeds max size"
    check_values_size({"#" + "a" * 254: "a"}, {})
    with pytest.raises(ExpressionTooLarge, match=r"at most 255"):
        check_values_size({"#" + "a" * 255: "a"}, {})


@pytest.mark.parametrize(
    ("text", "named"),
    [("pk = :s", "pk"), ("a = :n AND sk = :n AND pk = :s", "pk"), ("a = sk", "sk"), ("size(pk) = :n", "pk"),
     ("NOT attribute_exists(sk)", "sk"), ("a IN (:n, sk)", "sk")],
)  # fmt: skip
def test_key_attributes_in_a_filter(text: str, named: str) -> None:
    """The first key attribute, in the order of the schema, is named."""
    with pytest.raises(KeyAttributeError) as caught:
        check_filter_keys(bound("filter", text), ("pk", "sk"))
    assert caught.value.reason == (
        f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {named}"
    )


def test_steps_into_a_key_attribute_in_a_filter() -> None:
    """A key attribute has no inside."""
    with pytest.raises(KeyAttributeError) as caught:
        check_filter_keys(bound("filter", "attribute_exists(pk.x)"), ("pk", "sk"))
    assert "Key attributes must be scalars" in caught.value.reason
    check_filter_keys(bound("filter", "a.pk = :s AND pk2 = :s"), ("pk", "sk"))


@pytest.mark.parametrize(
    ("text", "named"),
    [("SET pk = :n", "pk"), ("SET sk = :n, pk = :n", "pk"), ("REMOVE sk", "sk"), ("ADD sk :n", "sk"),
     ("DELETE pk :ss", "pk"), ("SET pk.x = :n", "pk"), ("SET a = :n REMOVE sk", "sk")],
)  # fmt: skip
def test_key_attributes_in_an_update(text: str, named: str) -> None:
    """A key is never changed."""
    with pytest.raises(KeyAttributeError) as caught:
        check_update_keys(bound("update", text), ("pk", "sk"))
    assert caught.value.reason == (
        f"One or more parameter values were invalid: Cannot update attribute {named}. This attribute is part of the key"
    )


def test_other_attributes_in_an_update() -> None:
    """Attributes named like steps, and key attributes that are only read, are fine."""
    check_update_keys(bound("update", "SET a.pk = pk, b = sk REMOVE pk2"), ("pk", "sk"))


PLAIN = ((("pk", "S"),), (("sk", "N"),))
TEXTUAL = ((("pk", "S"),), (("sk", "S"),))
HASH_ONLY = ((("pk", "S"),), ())
MANY = ((("h1", "S"), ("h2", "S")), (("s1", "S"), ("s2", "N"), ("s3", "S")))
Schema = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


def named(schema: Schema, text: str, _outcome: str) -> str:
    """The name of a row."""
    return f"{len(schema[0])}+{len(schema[1])}{'S' if schema is TEXTUAL else ''}: {text}"


KEY_CONDITIONS: Final[tuple[tuple[Schema, str, str], ...]] = (
    (PLAIN, "pk = :s", "pk ="), (PLAIN, ":s = pk", "pk ="), (PLAIN, "(pk = :s)", "pk ="),
    (PLAIN, "pk = :s AND sk = :n", "pk =, sk ="), (PLAIN, "sk = :n AND pk = :s", "pk =, sk ="),
    (PLAIN, "pk = :s AND sk > :n", "pk =, sk >"), (PLAIN, "pk = :s AND :n < sk", "pk =, sk >"),
    (PLAIN, "pk = :s AND :n >= sk", "pk =, sk <="), (PLAIN, "((pk = :s) AND (sk > :n))", "pk =, sk >"),
    (PLAIN, "pk = :s AND sk BETWEEN :n AND :n5", "pk =, sk BETWEEN"),
    (TEXTUAL, "pk = :s AND begins_with(sk, :s)", "pk =, sk begins_with"),
    (HASH_ONLY, "pk = :s", "pk ="),
    (MANY, "h2 = :s AND h1 = :s", "h1 =, h2 ="), (MANY, "h1 = :s AND h2 = :s AND s1 > :s", "h1 =, h2 =, s1 >"),
    (MANY, "h1 = :s AND h2 = :s AND s1 = :s AND s2 > :n", "h1 =, h2 =, s1 =, s2 >"),
    (MANY, "begins_with(s3, :s) AND s2 = :n AND h1 = :s AND h2 = :s AND s1 = :s",
     "h1 =, h2 =, s1 =, s2 =, s3 begins_with"),
)  # fmt: skip


@pytest.mark.parametrize(("schema", "text", "parts"), KEY_CONDITIONS, ids=[named(*row) for row in KEY_CONDITIONS])
def test_key_conditions(schema: Schema, text: str, parts: str) -> None:
    """A key condition is taken apart: equality on the partition, then the sort attributes in order."""
    condition = bound("key condition", text)
    check_condition(condition, "key condition")
    found = check_key_condition(condition, *schema)
    assert ", ".join(f"{term.name} {term.op.text}" for term in (*found.partition, *found.sort)) == parts
    assert [term.name for term in found.partition] == [name for name, _ in schema[0]]
    assert all(isinstance(operand, Value) for term in found.sort for operand in term.operands)


ONCE = "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"
MISSED = "Query condition missed key schema element: {}"
UNSUPPORTED = "Query key condition not supported"
SCHEMA_TYPE = "One or more parameter values were invalid: Condition parameter type does not match schema type"
EMPTY_KEY = (
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string "
    "value. Key: {}"
)
OPERATOR = "Invalid operator used in KeyConditionExpression: {}"
INVALID = "Invalid condition in KeyConditionExpression: {}"
FIRST = INVALID.format("{} operator must have the key attribute as its first operand")
NESTED = "KeyConditionExpressions cannot contain nested operations"
STEPS = "KeyConditionExpressions cannot have conditions on nested attributes"
EXCEEDS = "The number of query conditions (3) exceeds the number of key attributes defined in the schema ({})"
HASH = "HASH key attributes {} must have equality conditions specified in the query"
RANGE = (
    "RANGE key attributes {} must have equality conditions specified in the query because a condition is present on "
    "key attribute {}"
)

NO_KEY_CONDITIONS: Final[tuple[tuple[Schema, str, str], ...]] = (
    (PLAIN, "pk > :s", UNSUPPORTED), (PLAIN, "pk > :s AND sk = :n", UNSUPPORTED),
    (PLAIN, "begins_with(pk, :s)", UNSUPPORTED), (PLAIN, "pk BETWEEN :s AND :s", UNSUPPORTED),
    (PLAIN, "pk <> :s", OPERATOR.format("<>")), (PLAIN, "pk = :s AND sk <> :n", OPERATOR.format("<>")),
    (PLAIN, "pk IN (:s)", OPERATOR.format("IN")), (PLAIN, "pk = :s OR sk = :n", OPERATOR.format("OR")),
    (PLAIN, "NOT pk = :s", OPERATOR.format("NOT")), (PLAIN, "pk = :s AND NOT sk = :n", OPERATOR.format("NOT")),
    (PLAIN, "pk = :s AND (sk = :n OR sk = :n5)", OPERATOR.format("OR")),
    (PLAIN, "attribute_exists(pk)", OPERATOR.format("attribute_exists")),
    (PLAIN, "pk = :s AND contains(sk, :n)", OPERATOR.format("contains")),
    (PLAIN, "pk = :n AND sk <> :s", OPERATOR.format("<>")),
    (PLAIN, "pk = :s AND sk > :n AND sk < :n5", ONCE), (PLAIN, "pk = :s AND pk = :s", ONCE),
    (PLAIN, "sk > :n AND sk < :n5", ONCE),
    (PLAIN, "pk = :s AND sk = :n AND a = :n", EXCEEDS.format(2)),
    (HASH_ONLY, "pk = :s AND sk = :s AND a = :s", EXCEEDS.format(1)),
    (PLAIN, "sk = :n", MISSED.format("pk")), (PLAIN, "a = :n", MISSED.format("pk")),
    (PLAIN, "a = :s AND b = :s", MISSED.format("pk")), (PLAIN, "pk = :s AND a = :n", MISSED.format("sk")),
    (HASH_ONLY, "a = :s", MISSED.format("pk")), (HASH_ONLY, "pk = :s AND a = :s", UNSUPPORTED),
    (PLAIN, "pk = :n", SCHEMA_TYPE), (PLAIN, "pk = :s AND sk = :s", SCHEMA_TYPE), (PLAIN, "pk = :l", SCHEMA_TYPE),
    (PLAIN, "pk = :s AND begins_with(sk, :s)", SCHEMA_TYPE), (PLAIN, "pk = :n AND a = :s", SCHEMA_TYPE),
    (PLAIN, "pk = :s AND sk BETWEEN :s AND :s", SCHEMA_TYPE),
    (PLAIN, "pk = :e", EMPTY_KEY.format("pk")), (TEXTUAL, "pk = :s AND sk > :e", EMPTY_KEY.format("sk")),
    (TEXTUAL, "pk = :s AND begins_with(sk, :e)", EMPTY_KEY.format("sk")),
    (PLAIN, "pk = :e AND sk = :s", EMPTY_KEY.format("pk")),
    (PLAIN, "pk = sk", INVALID.format("Multiple attribute names used in one condition")),
    (PLAIN, "pk = :s AND sk BETWEEN :n AND a", INVALID.format("Multiple attribute names used in one condition")),
    (PLAIN, ":s = :s", INVALID.format("No key attribute specified")),
    (PLAIN, "pk = :s AND :n BETWEEN sk AND :n5", FIRST.format("BETWEEN")),
    (TEXTUAL, "pk = :s AND begins_with(:s, sk)", FIRST.format("begins_with")),
    (PLAIN, "size(pk) = :n", NESTED), (PLAIN, "pk = :s AND sk = size(a)", NESTED),
    (PLAIN, "pk.x = :s", STEPS), (PLAIN, "pk = :s AND sk[0] = :n", STEPS),
    (PLAIN, "pk = :s AND a.b = :n", STEPS),
    (MANY, "h1 = :s", HASH.format("h2")), (MANY, "h1 = :s AND h2 > :s", HASH.format("h2")),
    (MANY, "h1 = :s AND s1 = :s", HASH.format("h2")),
    (MANY, "h1 = :s AND h2 = :s AND s2 = :n", RANGE.format("s1", "s2")),
    (MANY, "h1 = :s AND h2 = :s AND s1 > :s AND s2 = :n", RANGE.format("s1", "s2")),
    (MANY, "h1 = :s AND h2 = :s AND s1 = :s AND s3 = :s", RANGE.format("s2", "s3")),
    (MANY, "h1 = :s AND h2 = :s AND s3 = :s", RANGE.format("s1, s2", "s3")),
    (MANY, "h1 = :s AND h2 = :s AND s1 BETWEEN :s AND :s AND s2 = :n", RANGE.format("s1", "s2")),
    (MANY, "h1 = :n AND h2 = :s", SCHEMA_TYPE), (MANY, "h1 = :s AND h1 = :s", ONCE),
    (MANY, "h1 = :s AND h2 = :s AND a = :s", MISSED.format("s1")),
    (MANY, "h1 = :s AND h2 = :s AND s1 = :s AND s2 = :n AND s3 = :s AND a = :s", UNSUPPORTED),
)  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "text", "reason"), NO_KEY_CONDITIONS, ids=[named(*row) for row in NO_KEY_CONDITIONS]
)
def test_no_key_conditions(schema: Schema, text: str, reason: str) -> None:
    """What can't be a key condition is refused in the service's words, with another hint in ours."""
    with pytest.raises(NotAKeyCondition) as caught:
        check_key_condition(bound("key condition", text), *schema)
    assert caught.value.reason == reason
    assert caught.value.node is not None
    assert str(caught.value) != reason


def test_a_constant_is_no_key_condition() -> None:
    """`pk.in_([])` has no text and no key."""
    with pytest.raises(NotAKeyCondition, match=r"always False"):
        check_key_condition(Constant(False), *PLAIN)


def test_parameters_in_a_key_condition() -> None:
    """A parameter's type is not known before it has a value."""
    found = check_key_condition(Compare(ops.EQ, Path(("pk",)), Parameter("p")), *PLAIN)
    assert found.partition[0].operands == (Parameter("p"),)


TREE = bound("condition", "NOT (a = :n AND b.c IN (:n, size(d))) OR attribute_exists(e) AND f BETWEEN :n AND g")
CHANGE = bound("update", "SET a = if_not_exists(b, :n) + :n REMOVE c")


def test_walk_goes_from_the_parts_to_the_whole() -> None:
    """Every part comes after its own parts, left to right; the paths in reading order."""
    assert [path.steps[0] for path in paths(TREE)] == ["a", "b", "d", "e", "f", "g"]
    assert [path.steps[0] for path in paths(CHANGE)] == ["a", "b", "c"]
    for node in (TREE, CHANGE, bound("projection", "a, b")):
        order = list(walk(node))
        assert order[-1] is node
        for index, each in enumerate(order):
            assert all(any(part is before for before in order[:index]) for part in children(each))


def test_every_node_has_children() -> None:
    """No node class is forgotten."""
    from dynexpr.expression import nodes, walk as module

    bare = {nodes.Node, nodes.OperandNode, nodes.Condition}
    known = {each for each in vars(nodes).values() if isinstance(each, type) and issubclass(each, nodes.Node)}
    assert known - bare == set(module._CHILDREN)


@pytest.mark.parametrize("node", [TREE, CHANGE, bound("projection", "a, b")])
def test_rewrite(node: Node) -> None:
    """Unchanged parts are shared; changed ones stand in a copy."""
    assert rewrite(node, lambda part: part) is node

    def prefixed(part: Node) -> Node:
        return Path(("all", *part.steps)) if isinstance(part, Path) else part

    changed = rewrite(node, prefixed)
    assert changed != node
    assert [path.steps[1:] for path in paths(changed)] == [path.steps for path in paths(node)]
    assert type(changed) is type(node)


def test_with_children_wants_as_many() -> None:
    """A node can't lose a child on the way."""
    with pytest.raises(ValueError, match=r"zip"):
        with_children(Compare(ops.EQ, A, B), (A,))


def test_rewrite_of_very_deep_nodes() -> None:
    """Depth is no matter."""
    changed = rewrite(nots(5_000, AB), lambda part: B if type(part) is Path else part)
    assert list(paths(changed)) == [B, B]
