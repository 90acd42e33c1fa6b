"""Expression text -> nodes: what is read, what is refused and where, and that it is quick, lazy and safe in threads."""

import subprocess
import sys
import threading
from decimal import Decimal

import pytest
from hypothesis import assume, given, strategies as st

from dynexpr import attr, parse
from dynexpr.errors import (
    ArgumentError,
    ExpressionError,
    ExpressionSyntaxError,
    ExpressionTooLarge,
    PlaceholderError,
    ValueNotStorable,
)
from dynexpr.expression import operators as ops
from dynexpr.expression.kinds import PARAMETERS, Kind
from dynexpr.expression.nodes import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Condition,
    In,
    Node,
    Not,
    Or,
    Path,
    Projection,
    Test as Tested,
    Update,
    Value,
)
from dynexpr.expression.reserved import reserved_words
from dynexpr.frontends.text import Shape, check_unused, shape
from tests import strategies

a, b, c = attr("a"), attr("b"), attr("c")
V = Value(("S", "v"))
PATH_A, PATH_B = Path(("a",)), Path(("b",))


def bound(kind: Kind, text: str) -> Node:
    """The node of a text whose placeholders stand for themselves: `#a` for a, `:v` for the text v."""
    read = shape(kind, text)
    return read.bind({token: token[1:] for token in read.names}, {token: {"S": token[1:]} for token in read.values})


def set_a(value: object) -> Update:
    """`SET a = …`"""
    return Update((Action(ops.SET, PATH_A, value),))  # type: ignore[arg-type]


CONDITIONS: list[tuple[str, Condition]] = [
    ("a = :v", a == "v"),
    ("a=:v", a == "v"),
    ("\r\n\ta\t=\n:v ", a == "v"),
    ("a <> :v", a != "v"),
    ("a < :v", a < "v"),
    ("a <= :v", a <= "v"),
    ("a > :v", a > "v"),
    ("a >= :v", a >= "v"),
    ("a = b", a == b),
    (":v = a", Compare(ops.EQ, V, PATH_A)),
    (":v = :v", Compare(ops.EQ, V, V)),
    ("(a) = (:v)", a == "v"),
    ("(a = :v)", a == "v"),
    ("size(a) = :v", Compare(ops.EQ, Call(ops.SIZE, (PATH_A,)), V)),
    ("(size (a)) > (size((:v)))", Compare(ops.GT, Call(ops.SIZE, (PATH_A,)), Call(ops.SIZE, (V,)))),
    ("a BETWEEN :v AND b", Between(PATH_A, V, PATH_B)),
    ("a between(:v)and b and c = :v", Between(PATH_A, V, PATH_B) & (c == "v")),
    ("a BETWEEN:v AND:v", Between(PATH_A, V, V)),
    ("a IN (:v)", a.in_(["v"])),
    ("a iN((:v),b)", In(PATH_A, (V, PATH_B))),
    ("a IN (size(b), :v)", In(PATH_A, (Call(ops.SIZE, (PATH_B,)), V))),
    ("attribute_exists(a)", a.attribute_exists()),
    ("attribute_exists ( (a) )", a.attribute_exists()),
    ("attribute_not_exists(a)", a.attribute_not_exists()),
    ("attribute_type(a, :S)", a.attribute_type("S")),
    ("begins_with(a, :v)", a.begins_with("v")),
    ("begins_with(:v, a)", Tested(ops.BEGINS_WITH, (V, PATH_A))),
    ("contains(a, b)", a.contains(b)),
    ("contains(size(a), :v)", Tested(ops.CONTAINS, (Call(ops.SIZE, (PATH_A,)), V))),
    ("NOT a = :v", ~(a == "v")),
    ("not(a = :v)", ~(a == "v")),
    ("NOT NOT a = :v", ~~(a == "v")),
    ("a = :v AND b = :v AND c = :v", And(((a == "v"), (b == "v"), (c == "v")))),
    ("a = :v AND (b = :v AND c = :v)", And(((a == "v"), (b == "v"), (c == "v")))),
    ("a = :v OR b = :v AND c = :v", Or(((a == "v"), And(((b == "v"), (c == "v")))))),
    ("(a = :v OR b = :v) AND c = :v", ((a == "v") | (b == "v")) & (c == "v")),
    ("((a = :v) AND c = :v)", (a == "v") & (c == "v")),
    ("((a) = :v OR (b) = :v)", (a == "v") | (b == "v")),
    ("NOT a = :v AND b = :v", ~(a == "v") & (b == "v")),
    ("NOT (a = :v AND b = :v)", ~((a == "v") & (b == "v"))),
    ("a=:v OR(b=:v)AND(NOT(c=:v))", (a == "v") | ((b == "v") & ~(c == "v"))),
    ("a.b[0].c = :v", attr("a.b[0].c") == "v"),
    ("a . b [ 0 ] [ 12 ] = :v", attr("a.b[0][12]") == "v"),
    ("#x.a[2147483647] = :v", attr("x.a[2147483647]") == "v"),
    ("#1.#_2 = :v", attr(("1", "_2")) == "v"),
    ("andy = innings", attr("andy") == attr("innings")),
    ("a=b[0]AND c=:v", (a == attr("b[0]")) & (c == "v")),
    (".".join("a" * 32) + " = :v", attr(".".join("a" * 32)) == "v"),
]
UPDATES: list[tuple[str, Update]] = [
    ("SET a = :v", set_a(V)),
    ("set a=(:v)", set_a(V)),
    ("SET#a=:v", set_a(V)),
    ("SET a = b", set_a(PATH_B)),
    ("SET a = a + :v", set_a(Arithmetic(ops.PLUS, PATH_A, V))),
    ("SET a = a-b", set_a(Arithmetic(ops.MINUS, PATH_A, PATH_B))),
    ("SET a = (a + :v)", set_a(Arithmetic(ops.PLUS, PATH_A, V))),
    ("SET a = ((a) - (:v))", set_a(Arithmetic(ops.MINUS, PATH_A, V))),
    ("SET a = if_not_exists(b, :v)", set_a(Call(ops.IF_NOT_EXISTS, (PATH_B, V)))),
    (
        "SET a = if_not_exists(b, :v) + if_not_exists((b), (:v))",
        set_a(Arithmetic(ops.PLUS, Call(ops.IF_NOT_EXISTS, (PATH_B, V)), Call(ops.IF_NOT_EXISTS, (PATH_B, V)))),
    ),
    (
        "SET a = if_not_exists(a, if_not_exists(b, :v))",
        set_a(Call(ops.IF_NOT_EXISTS, (PATH_A, Call(ops.IF_NOT_EXISTS, (PATH_B, V))))),
    ),
    ("SET a = list_append(a, :v)", set_a(Call(ops.LIST_APPEND, (PATH_A, V)))),
    (
        "SET a = (list_append((if_not_exists(a, :v)), b))",
        set_a(Call(ops.LIST_APPEND, (Call(ops.IF_NOT_EXISTS, (PATH_A, V)), PATH_B))),
    ),
    (
        "remove b, c[0] SET a = :v Add n :v, m :v DELETE d :v",
        Update(
            (
                Action(ops.REMOVE, PATH_B),
                Action(ops.REMOVE, Path(("c", 0))),
                Action(ops.SET, PATH_A, V),
                Action(ops.ADD, Path(("n",)), V),
                Action(ops.ADD, Path(("m",)), V),
                Action(ops.DELETE, Path(("d",)), V),
            )
        ),
    ),
    ("SET a=b[0]REMOVE c", Update((Action(ops.SET, PATH_A, Path(("b", 0))), Action(ops.REMOVE, Path(("c",)))))),
]
PROJECTIONS: list[tuple[str, Projection]] = [
    ("a", Projection((PATH_A,))),
    ("a,b , #c.d[0]", Projection((PATH_A, PATH_B, Path(("c", "d", 0))))),
    ("a[0], a[1]", Projection((Path(("a", 0)), Path(("a", 1))))),
]


@pytest.mark.parametrize(
    ("kind", "text", "node"),
    [
        *(("condition", *row) for row in CONDITIONS),
        *(("filter", *row) for row in CONDITIONS[:3]),
        *(("key condition", *row) for row in CONDITIONS[:3]),
        *(("update", *row) for row in UPDATES),
        *(("projection", *row) for row in PROJECTIONS),
    ],
)
def test_text_becomes_the_node_that_operators_make(kind: Kind, text: str, node: Node) -> None:
    """A text gives the very nodes that Python's operators give."""
    assert bound(kind, text) == node


def wrong_count(name: str, count: int) -> str:
    """The service's words for too few or too many operands."""
    return (
        "Incorrect number of operands for operator or function; "
        f"operator or function: {name}, number of operands: {count}"
    )


def syntax(token: str, near: str) -> str:
    """The service's words for a syntax error."""
    return f'Syntax error; token: "{token}", near: "{near}"'


def reserved(word: str) -> str:
    """The service's words for a reserved word."""
    return f"Attribute name is a reserved keyword; reserved keyword: {word}"


def misused(name: str) -> str:
    """The service's words for a function where it may not stand."""
    return f"The function is not allowed to be used this way in an expression; function: {name}"


REDUNDANT = "The expression has redundant parentheses;"
EMPTY = "The expression can not be empty;"
REFUSED: list[tuple[Kind, str, int, str]] = [
    ("condition", "", 0, EMPTY),
    ("condition", "  ", 2, syntax("<EOF>", "  ")),
    ("condition", "a", 1, syntax("<EOF>", "a")),
    ("condition", "a ", 2, syntax("<EOF>", "a ")),
    ("condition", " pk", 3, syntax("<EOF>", "pk")),
    ("condition", ":v", 2, syntax("<EOF>", ":v")),
    ("condition", "a <", 3, syntax("<EOF>", "<")),
    ("condition", "a b  ", 2, syntax("b", "a b  ")),
    ("condition", " = :v", 1, syntax("=", " = :v")),
    ("condition", "a != :v", 2, syntax("!", "a !=")),
    ("condition", "a == :v", 3, syntax("=", "== :v")),
    ("condition", "a =< :v", 3, syntax("<", "=< :v")),
    ("condition", "a < > :v", 4, syntax(">", "< > :v")),
    ("condition", "a = :v = :w", 7, syntax("=", ":v = :w")),
    ("condition", "(a = :v) = :w", 9, syntax("=", ") = :w")),
    ("condition", "a = 5", 4, syntax("5", "= 5")),
    ("condition", "a = 'x'", 4, syntax("'", "= 'x")),
    ("condition", "_a = :v", 0, syntax("_", "_a")),
    ("condition", "1a = :v", 0, syntax("1", "1a")),
    ("condition", "a-b = :v", 1, syntax("-", "a-b")),
    ("condition", "a$ = :v", 1, syntax("$", "a$ =")),
    ("condition", "é = :v", 0, syntax("é", "é =")),
    ("condition", "# a = :v", 0, syntax("#", "# a")),
    ("condition", "a = :", 4, syntax(":", "= :")),
    ("condition", "a\x0b= :v", 1, syntax("\x0b", "a\x0b=")),
    ("condition", "a = :v\u2028", 6, syntax("\u2028", ":v\u2028")),
    ("condition", "a\t=\t:v\t:w", 7, syntax(":w", ":v\t:w")),
    ("condition", "a. = :v", 3, syntax("=", ". = :v")),
    ("condition", "a..b = :v", 2, syntax(".", "..b")),
    ("condition", "a.b[x]=:v", 4, syntax("x", "[x]")),
    ("condition", "a[:v]=:v", 2, syntax(":v", "[:v]")),
    ("condition", "a[#n]=:v", 2, syntax("#n", "[#n]")),
    ("condition", "a[-1]=:v", 2, syntax("-", "[-1")),
    ("condition", "a[00]=:v", 3, syntax("0", "00]")),
    ("condition", "a[0=:v", 3, syntax("=", "0=:v")),
    ("condition", "a[0", 3, syntax("<EOF>", "0")),
    ("condition", ":v.a = :w", 2, syntax(".", ":v.a")),
    ("condition", "size(a)[0] = :v", 7, syntax("[", ")[0")),
    ("condition", "(a).b = :v", 3, syntax(".", ").b")),
    ("condition", "a[2147483648] = :v", 2, "List index is not within the allowable range; index: [2147483648]"),
    ("condition", "a = :v AND", 10, syntax("<EOF>", "AND")),
    ("condition", "a = :v AND b", 12, syntax("<EOF>", "b")),
    ("condition", "a AND b", 2, syntax("AND", "a AND b")),
    ("condition", "(a) AND (b)", 4, syntax("AND", ") AND (")),
    ("condition", "a = :vAND b = :w", 10, syntax("b", ":vAND b =")),
    ("condition", "AND", 0, syntax("AND", "AND")),
    ("condition", "NOT", 3, syntax("<EOF>", "NOT")),
    ("condition", "a = NOT :v", 4, syntax("NOT", "= NOT :v")),
    ("condition", "a = (b = :v)", 7, syntax("=", "b = :v")),
    ("condition", "a BETWEEN :v", 12, syntax("<EOF>", ":v")),
    ("condition", "a BETWEEN :v OR :w", 13, syntax("OR", ":v OR :w")),
    ("condition", "a BETWEEN (:v AND :w)", 14, syntax("AND", ":v AND :w")),
    ("condition", "a IN ()", 6, syntax(")", "()")),
    ("condition", "a IN :v", 5, syntax(":v", "IN :v")),
    ("condition", "a IN (:v", 8, syntax("<EOF>", ":v")),
    ("condition", "a IN (:v,)", 9, syntax(")", ",)")),
    ("condition", "a IN (:v :w)", 9, syntax(":w", ":v :w)")),
    ("condition", "(a = :v, b = :w)", 7, syntax(",", ":v, b")),
    ("condition", "a = :v, b = :w", 6, syntax(",", ":v, b")),
    ("condition", "(a = :v", 7, syntax("<EOF>", ":v")),
    ("condition", "a = :v)", 6, syntax(")", ":v)")),
    ("condition", "()", 1, syntax(")", "()")),
    ("condition", "a + b = :v", 2, syntax("+", "a + b")),
    ("condition", "set = :v", 0, syntax("set", "set =")),
    ("condition", "a.between = :v", 2, syntax("between", ".between =")),
    ("condition", "((a = :v))", 0, REDUNDANT),
    ("condition", "b=:c AND ((a=:v))", 9, REDUNDANT),
    ("condition", "((a)) = :v", 0, REDUNDANT),
    ("condition", "a IN (((:v)))", 6, REDUNDANT),
    ("condition", "size(((a))) = :v", 5, REDUNDANT),
    ("condition", "NOT ( (NOT a = :v)\t)", 4, REDUNDANT),
    ("condition", "name = :v", 0, reserved("name")),
    ("condition", "a = :v AND b.Status.c = :v", 13, reserved("Status")),
    ("condition", "a = true", 4, reserved("true")),
    ("condition", "foo(a)", 0, "Invalid function name; function: foo"),
    ("condition", "a = :v AND Size(a) > :v", 11, "Invalid function name; function: Size"),
    ("condition", "BEGINS_WITH(a, :v)", 0, "Invalid function name; function: BEGINS_WITH"),
    ("condition", "name(a)", 0, "Invalid function name; function: name"),
    (
        "condition",
        "if_not_exists(a, :v) = :v",
        0,
        "The function is not allowed in a condition expression; function: if_not_exists",
    ),
    ("condition", "size(a)", 0, misused("size")),
    ("condition", "NOT size(a)", 4, misused("size")),
    ("condition", "a = attribute_exists(a)", 4, misused("attribute_exists")),
    ("condition", "contains(contains(a, :v), :v)", 9, misused("contains")),
    ("condition", "attribute_exists(a) = :v", 0, misused("attribute_exists")),
    ("condition", "attribute_exists()", 17, syntax(")", "()")),
    (
        "condition",
        "attribute_exists(a, b)",
        0,
        wrong_count("attribute_exists", 2),
    ),
    (
        "condition",
        "begins_with(a)",
        0,
        wrong_count("begins_with", 1),
    ),
    (
        "condition",
        "attribute_exists(:v)",
        0,
        "Operator or function requires a document path; operator or function: attribute_exists",
    ),
    ("filter", "a", 1, syntax("<EOF>", "a")),
    ("filter", "((a = :v))", 0, REDUNDANT),
    ("key condition", "a = :v AND", 10, syntax("<EOF>", "AND")),
    ("update", "", 0, EMPTY),
    ("update", "a = :v", 0, syntax("a", "a =")),
    ("update", "SETa = :v", 0, syntax("SETa", "SETa =")),
    ("update", "SET", 3, syntax("<EOF>", "SET")),
    ("update", "SET a", 5, syntax("<EOF>", "a")),
    ("update", "SET a :v", 6, syntax(":v", "a :v")),
    ("update", "SET a = :v,", 11, syntax("<EOF>", ",")),
    ("update", "SET a = :v, b", 13, syntax("<EOF>", "b")),
    ("update", "SET a = :v b = :v", 11, syntax("b", ":v b =")),
    ("update", "SET (a) = :v", 4, syntax("(", "SET (a")),
    ("update", "SET :a = :v", 4, syntax(":a", "SET :a =")),
    ("update", "SET size(a) = :v", 8, syntax("(", "size(a")),
    ("update", "SET a = b + c + d", 14, syntax("+", "c + d")),
    ("update", "SET a = (b + c) + d", 16, syntax("+", ") + d")),
    ("update", "SET a = b + (c + d)", 15, syntax("+", "c + d")),
    ("update", "SET a = if_not_exists(a, b + :v)", 27, syntax("+", "b + :v")),
    ("update", "SET a = list_append((a + b), :v)", 23, syntax("+", "a + b")),
    ("update", "SET a = b * c", 10, syntax("*", "b * c")),
    ("update", "SET a = -:v", 8, syntax("-", "= -:v")),
    ("update", "SET a = (:v, b)", 11, syntax(",", ":v, b")),
    ("update", "SET a = (b, c = d)", 10, syntax(",", "b, c")),
    ("update", "SET a = ()", 9, syntax(")", "()")),
    ("update", "SET a = b AND c = d", 10, syntax("AND", "b AND c")),
    ("update", "SET a = if_not_exists(a, :v", 27, syntax("<EOF>", ":v")),
    ("update", "REMOVE a = :v", 9, syntax("=", "a = :v")),
    ("update", "REMOVE a b", 9, syntax("b", "a b")),
    ("update", "REMOVE (a)", 7, syntax("(", "REMOVE (a")),
    ("update", "REMOVE :a", 7, syntax(":a", "REMOVE :a")),
    ("update", "ADD a b", 6, syntax("b", "a b")),
    ("update", "ADD a", 5, syntax("<EOF>", "a")),
    ("update", "ADD a (:v)", 6, syntax("(", "a (:v")),
    ("update", "DELETE a :v,", 12, syntax("<EOF>", ",")),
    ("update", "SET remove = :v", 4, syntax("remove", "SET remove =")),
    ("update", "SET name = :v", 4, reserved("name")),
    ("update", "SET a = ((a + :v))", 8, REDUNDANT),
    (
        "update",
        "SET a = :v REMOVE b set c = :v",
        20,
        'The "SET" section can only be used once in an update expression;',
    ),
    ("update", "SET a = size(a)", 8, "The function is not allowed in an update expression; function: size"),
    ("update", "SET a = foo(a)", 8, "Invalid function name; function: foo"),
    ("update", "SET a = list_append(a, list_append(a, :v))", 23, misused("list_append")),
    ("update", "SET a = if_not_exists(a, list_append(a, :v))", 25, misused("list_append")),
    ("update", "SET a = list_append(a, :v) + :v", 8, misused("list_append")),
    (
        "update",
        "SET a = if_not_exists(:v, a)",
        8,
        "Operator or function requires a document path; operator or function: if_not_exists",
    ),
    (
        "update",
        "SET a = list_append(a, b, c)",
        8,
        wrong_count("list_append", 3),
    ),
    ("projection", "", 0, EMPTY),
    ("projection", "a,", 2, syntax("<EOF>", ",")),
    ("projection", "a,,b", 2, syntax(",", ",,b")),
    ("projection", "a b", 2, syntax("b", "a b")),
    ("projection", "(a)", 0, syntax("(", "(a")),
    ("projection", ":v", 0, syntax(":v", ":v")),
    ("projection", "size(a)", 4, syntax("(", "size(a")),
    ("projection", "*", 0, syntax("*", "*")),
    ("projection", "a.name", 2, reserved("name")),
]


@pytest.mark.parametrize(("kind", "text", "offset", "reason"), REFUSED)
def test_refused_at_the_word_in_the_words_of_the_service(kind: Kind, text: str, offset: int, reason: str) -> None:
    """An error points at the first wrong word, and keeps what the service would say."""
    with pytest.raises(ExpressionSyntaxError) as caught:
        shape(kind, text)
    assert (caught.value.offset, caught.value.reason) == (offset, f"Invalid {PARAMETERS[kind]}: {reason}")
    assert str(caught.value).endswith("^")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a != :v", "DynamoDB writes <>"),
        ("a == :v", "DynamoDB writes ="),
        ("a => :v", "DynamoDB writes >="),
        ("a = :v && b = :v", "DynamoDB writes AND"),
        ("a = :v || b = :v", "DynamoDB writes OR"),
        ("a = 'x'", "a literal is given as a placeholder, :value"),
        ("a = 5", "a literal is given as a placeholder, :value"),
        ("_a = :v", "is given as a placeholder, #name"),
        ("customer-id = :v", "is given as a placeholder, #name"),
        ("# = :v", "a placeholder is # and then letters, digits and _"),
        ("name = :v", "write #name"),
        ("add = :v", "the attribute is written #add"),
        ("Size(a) > :v", "it is written size"),
        ("a = :v AND", "the expression ends too early, at offset 10\n  a = :v AND\n            ^"),
        ("((a = :v))", "redundant parentheses"),
    ],
)
def test_error_says_what_to_write(text: str, hint: str) -> None:
    """The usual slips are told how DynamoDB writes it."""
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse.condition(text)
    assert hint in str(caught.value)


def test_reserved_words_are_refused_as_names_only() -> None:
    """Each of the 573 words needs a placeholder, in any case; as part of a name or behind # it is fine."""
    assert len(reserved_words()) == 573
    for word in reserved_words():
        for spelling in (word, word.lower()):
            with pytest.raises(ExpressionSyntaxError):
                shape("projection", spelling)
        assert bound("projection", f"#{word}, {word}x") == Projection((Path((word,)), Path((f"{word}x",))))


TOO_LARGE: list[tuple[Kind, str, str, int, int]] = [
    (
        "condition",
        "a = :v" + " " * 4091,
        "Expression size has exceeded the maximum allowed size; expression size: 4097",
        4096,
        4097,
    ),
    (
        "condition",
        "é" * 2049,
        "Expression size has exceeded the maximum allowed size; expression size: 4098",
        4096,
        4098,
    ),
    ("condition", "NOT " * 300 + "a = :v", "The expression contains too many operators; operator count: 301", 300, 301),
    (
        "condition",
        " AND ".join(["size(a)=:v"] * 101),
        "The expression contains too many operators; operator count: 301",
        300,
        302,
    ),
    (
        "condition",
        f"a IN ({','.join([':v'] * 101)})",
        "The IN operator is provided with too many operands; number of operands: 101",
        100,
        101,
    ),
    (
        "condition",
        ".".join("a" * 33) + " = :v",
        "The document path has too many nesting levels; nesting levels: 33",
        32,
        33,
    ),
    (
        "update",
        "SET " + ",".join(f"a{n}=b-:n" for n in range(301)),
        "The expression contains too many operators; operator count: 301",
        300,
        301,
    ),
    ("projection", "a" + "[0]" * 32, "The document path has too many nesting levels; nesting levels: 33", 32, 33),
]


@pytest.mark.parametrize(("kind", "text", "reason", "limit", "actual"), TOO_LARGE)
def test_over_a_limit(kind: Kind, text: str, reason: str, limit: int, actual: int) -> None:
    """One more than DynamoDB takes is refused, with both numbers."""
    with pytest.raises(ExpressionTooLarge) as caught:
        shape(kind, text)
    assert caught.value.reason == f"Invalid {PARAMETERS[kind]}: {reason}"
    assert (caught.value.limit, caught.value.actual) == (limit, actual)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("condition", "a = :v" + " " * 4090),
        ("condition", "NOT " * 299 + "a=:v"),
        ("condition", " AND ".join(["a=:v"] * 150)),
        ("condition", "a BETWEEN :v AND :v AND " * 149 + "a=:v"),
        ("condition", f"a IN ({','.join([':v'] * 100)})"),
        ("condition", "(" * 148 + "a=:v" + " AND b=:v)" * 148),
        ("condition", "NOT (a=:v AND " * 99 + "b=:v" + ")" * 99),
        ("update", "SET a = " + "if_not_exists(b," * 235 + ":v" + ")" * 235),
        ("update", "SET " + ",".join(f"a{n}=:v" for n in range(450))),
        ("projection", "a" + "[0]" * 31),
    ],
)
def test_up_to_a_limit(kind: Kind, text: str) -> None:
    """What DynamoDB just takes is read, however deep, and printed."""
    node = bound(kind, text)
    assert str(node)
    assert repr(node)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4096,
        "(" * 2000 + "a=:v" + ")" * 2000,
        ")" * 4096,
        "size(" * 819,
        "size(" * 500 + "a" + ")" * 500 + " = :v",
        "NOT (" * 800,
        "NOT " * 1024,
        "a IN (" * 600,
        "(a) = (" * 500,
        "a[" * 2000,
        "a." * 2000,
        "a=:v AND (" * 400,
    ],
)
def test_monsters_are_errors(text: str) -> None:
    """Thousands of nested parentheses, and their like, are refused like any other text."""
    with pytest.raises(ExpressionError):
        shape("condition", text)


@pytest.mark.parametrize("opening", ["if_not_exists(a,", "list_append(", "(", "SET a = "])
def test_monstrous_updates_are_errors(opening: str) -> None:
    """The same in an update."""
    with pytest.raises(ExpressionError):
        shape("update", "SET a = " + opening * (4000 // len(opening)))


def test_deep_parentheses_cost_what_they_should() -> None:
    """Reading is linear in the depth: pyparsing before 3.3.3 took seconds for eight levels."""
    import time

    started = time.process_time()
    Shape("condition", "(" * 8 + "a=:v" + " AND b=:v)" * 8)
    assert time.process_time() - started < 0.5


def undefined(what: str, used: str, token: str) -> str:
    """The service's words for a placeholder that is not given."""
    return (
        f"Invalid ConditionExpression: An expression attribute {what} used in {used} is not defined; "
        f"attribute {what}: {token}"
    )


INVALID_KEY = "ExpressionAttributeNames contains invalid key: "
INVALID_NAME = "ExpressionAttributeNames contains invalid value: "


class TestPlaceholders:
    """Names and values that are missing, unused or malformed."""

    def test_values_are_canonical(self) -> None:
        """A number is the same node however it was written."""
        by_text = parse.condition("a = :v", values={":v": {"N": "1.50e1"}})
        assert by_text == parse.condition("a = :v", values={":v": Decimal(15)}, plain=True) == (a == 15)

    def test_a_name_is_one_step(self) -> None:
        """Whatever a #name stands for, it is one step of the path."""
        node = parse.condition("#a.b[0] = :v", {"#a": "x.y[1]"}, {":v": {"S": "v"}})
        assert node == (attr(("x.y[1]", "b", 0)) == "v")

    @pytest.mark.parametrize(
        ("names", "values", "reason"),
        [
            (
                None,
                {":v": {"S": "x"}},
                undefined("name", "the document path", "#a"),
            ),
            (
                {"#b": "b"},
                {":v": {"S": "x"}},
                undefined("name", "the document path", "#a"),
            ),
            (
                {"#a": "a"},
                None,
                undefined("value", "expression", ":v"),
            ),
            (
                {"#a": "a", "#b": "b"},
                {":v": {"S": "x"}, ":w": {"S": "x"}},
                "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}",
            ),
            (
                {"#a": "a"},
                {":v": {"S": "x"}, ":w": {"S": "x"}, ":u": {"S": "x"}},
                "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w, :u}",
            ),
            (
                {"#a": "a", "b": "b"},
                {":v": {"S": "x"}},
                'ExpressionAttributeNames contains invalid key: Syntax error; key: "b"',
            ),
            (
                {"#a": "a", "#b-c": "b"},
                {":v": {"S": "x"}},
                'ExpressionAttributeNames contains invalid key: Syntax error; key: "#b-c"',
            ),
            (
                {"#a": "a"},
                {":v": {"S": "x"}, ":": {"S": "x"}},
                'ExpressionAttributeValues contains invalid key: Syntax error; key: ":"',
            ),
            (
                {"#a": "a", "#" + "b" * 255: "b"},
                {":v": {"S": "x"}},
                INVALID_KEY + "The expression attribute map contains a key that is too long; size of key: 256",
            ),
            (
                {"#a": ""},
                {":v": {"S": "x"}},
                "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a",
            ),
            (
                {"#a": "é" * 32768},
                {":v": {"S": "x"}},
                INVALID_NAME + "Attribute name is too large, must be less than 65536 bytes for key #a",
            ),
        ],
    )
    def test_refused(self, names: dict[str, str] | None, values: dict[str, dict[str, str]] | None, reason: str) -> None:
        """Each with what the service would say."""
        with pytest.raises(PlaceholderError) as caught:
            parse.condition("#a = :v", names, values)
        assert caught.value.reason == reason

    @pytest.mark.parametrize(
        "value",
        [3, "x", None, {}, {"X": "x"}, {"N": 3}, {"N": "x"}, {"S": 3}, {"S": "x", "N": "1"}, {"SS": []}, {"L": ["x"]}],
    )
    def test_values_not_in_wire_form(self, value: object) -> None:
        """A value that is not one on the wire is refused by the name of its placeholder."""
        with pytest.raises(ValueNotStorable, match=r"^:v: "):
            parse.condition("a = :v", values={":v": value})

    def test_python_values_are_checked(self) -> None:
        """So is a Python value that can't be stored."""
        with pytest.raises(ValueNotStorable, match=r"^:v\[0\]: "):
            parse.condition("a = :v", values={":v": [1.5]}, plain=True)

    def test_text_is_wanted(self) -> None:
        """Anything but text is refused."""
        with pytest.raises(ArgumentError, match="a text is wanted"):
            parse.condition(b"a = :v")  # type: ignore[arg-type]

    def test_unused_by_all_expressions(self) -> None:
        """Over the expressions of a request, what one of them uses is used."""
        shapes = shape("condition", "#a = :v"), shape("filter", "#b = :w")
        check_unused(shapes, {"#a": "", "#b": ""}, {":v": 1, ":w": 2})
        with pytest.raises(PlaceholderError, match=r"^#c: given, but not used"):
            check_unused(shapes, ["#a", "#c"], None)


class TestShapes:
    """What parsing once is good for."""

    def test_bound_again(self) -> None:
        """One shape serves other names and other values."""
        read = Shape("condition", "#a = :v AND NOT #b = :v")
        for first, second, value in [("a", "b", "1"), ("a", "b", "2"), ("b", "a", "2"), ("a", "b", "1")]:
            expected = (attr(first) == int(value)) & ~(attr(second) == int(value))
            assert read.bind({"#a": first, "#b": second, "#c": "unused"}, {":v": {"N": value}}) == expected

    def test_shape_without_values_is_bound_once(self) -> None:
        """The same node comes back while the names stay."""
        read = Shape("condition", "attribute_not_exists(#a)")
        assert read.bind({"#a": "a"}) is read.bind({"#a": "a"})
        assert read.bind({"#a": "b"}) == b.attribute_not_exists()

    def test_cached_by_kind_and_text(self) -> None:
        """The kind decides the words of errors."""
        assert shape("condition", "a = :v") is shape("condition", "a = :v")
        assert shape("condition", "a = :v") is not shape("filter", "a = :v")
        with pytest.raises(PlaceholderError) as caught:
            shape("filter", "a = :v").bind()
        assert caught.value.reason.startswith("Invalid FilterExpression: ")

    def test_threads(self) -> None:
        """Eight threads that parse and bind at once read what one thread reads."""
        texts = [f"a{n} = :v AND (b = :v OR NOT contains(#c, :v))" for n in range(40)]
        expected = [bound("condition", text) for text in texts]
        found: list[list[Node]] = []
        start = threading.Barrier(8)

        def read() -> None:
            start.wait()
            found.append([Shape("condition", t).bind({"#c": "c"}, {":v": {"S": "v"}}) for t in texts])

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [expected] * 8


def run(script: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_pyparsing_is_loaded_by_the_first_parse() -> None:
    """Importing the parser costs nothing much; and pyparsing's global settings are not touched."""
    script = (
        "import sys; from dynexpr.frontends.text import shape\n"
        "print('pyparsing' in sys.modules)\n"
        "shape('condition', 'a = :v')\n"
        "import pyparsing as pp\n"
        "print(pp.ParserElement._packratEnabled, repr(pp.ParserElement.DEFAULT_WHITE_CHARS))"
    )
    assert run(script).splitlines() == ["False", "False ' \\n\\t\\r'"]


def test_global_settings_of_pyparsing_change_nothing() -> None:
    """Another library's white space or packrat does not reach this grammar."""
    script = (
        "import pyparsing as pp\n"
        "pp.ParserElement.set_default_whitespace_chars('x'); pp.ParserElement.enable_packrat()\n"
        "from dynexpr.frontends.text import shape\n"
        "for kind, text in [('condition', 'xa\\t=\\n:v AND (NOT xb IN ( :v , (c) ) )'), ('projection', 'xa ,\\nb'),\n"
        "                   ('update', ' SET xa =\\n( b\\t+ :v ) , c = :v REMOVE\\txd ADD e :v , f :v')]:\n"
        "    print(len(shape(kind, text).values))"
    )
    assert run(script).split() == ["1", "0", "1"]


@given(st.data())
def test_compiled_text_reads_back(data: st.DataObject) -> None:
    """parse(compile(x)) == x, for conditions, updates and projections."""
    item = data.draw(strategies.items)
    node = data.draw(
        st.one_of(strategies.conditions(item, depth=4), strategies.updates(item), strategies.projections(item))
    )
    try:
        compiled = node.compile()
    except ExpressionError:
        assume(False)
        raise
    read: Node
    if isinstance(node, Condition):
        read = parse.condition(compiled.expression, compiled.names, compiled.values)
    elif isinstance(node, Update):
        read = parse.update(compiled.expression, compiled.names, compiled.values)
        order = [ops.SET, ops.REMOVE, ops.ADD, ops.DELETE]
        node = Update(tuple(sorted(node.actions, key=lambda action: order.index(action.op))))
    else:
        read = parse.projection(compiled.expression, compiled.names)
    assert read == node


WORDS = ["a", "name", "#a", ":v", " ", "(", ")", "=", "<", ",", ".", "[", "0", "]", "+", "'", "AND ", "SET ", "size("]


@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join), st.sampled_from(sorted(PARAMETERS)))
def test_any_text_is_read_or_refused(text: str, kind: Kind) -> None:
    """No text makes anything but a shape or an ExpressionError; a syntax error points into the text."""
    offset = 0
    try:
        shape(kind, text)
    except ExpressionSyntaxError as error:
        offset = error.offset
    except ExpressionError:
        pass
    assert 0 <= offset <= len(text)


def test_not_and_flat_terms() -> None:
    """NOT keeps its term, AND and OR are flat, as & and | leave them."""
    node = bound("condition", "NOT (a = :v OR (b = :v OR c = :v))")
    assert node == Not(Or(((a == "v"), (b == "v"), (c == "v"))))
