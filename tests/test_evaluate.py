"""What does each operator mean on an item?  Rows from the guide, the service's recorded answers, and DynamoDB Local."""

import subprocess
import sys
from typing import Final, cast

import pytest

from dynexpr.errors import ArgumentError, OperandError
from dynexpr.expression import operators as ops
from dynexpr.expression.evaluate import holds, resolve
from dynexpr.expression.nodes import (
    And,
    Arithmetic,
    Call,
    Compare,
    Condition,
    Constant,
    Not,
    Or,
    Parameter,
    Path,
    literal,
)
from dynexpr.frontends.text import shape
from dynexpr.wire import Item, Wire

ITEM: Final[Item] = {
    "n": {"N": "1"}, "one": {"N": "1.0"}, "ten": {"N": "10"}, "nine": {"N": "9"},
    "s": {"S": "ab"}, "t": {"S": "abc"}, "blank": {"S": ""}, "accent": {"S": "é𝄞"},
    "high": {"S": "\U0001f600"}, "low": {"S": "\uffff"},
    "bin": {"B": b"\x01\xff"}, "bin2": {"B": b"\x01\x7f"}, "yes": {"BOOL": True}, "nil": {"NULL": True},
    "ss": {"SS": ["b", "a"]}, "ss2": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2"]}, "ns2": {"NS": ["2.0", "1E0"]},
    "bs": {"BS": [b"\x01", b"\x02"]},
    "l": {"L": [{"N": "1"}, {"S": "x"}, {"M": {"k": {"NS": ["2", "1"]}}}, {"SS": ["q"]}]},
    "l2": {"L": [{"N": "1.00"}, {"S": "x"}, {"M": {"k": {"NS": ["1", "2.0"]}}}, {"SS": ["q"]}]},
    "m": {"M": {"x": {"N": "1"}, "y": {"L": [{"L": []}]}}}, "m2": {"M": {"y": {"L": [{"L": []}]}, "x": {"N": "1.0"}}},
    "big": {"NS": ["99E+124", "1"]},
}  # fmt: skip

VALUES: Final[Item] = {
    ":n": {"N": "1"}, ":n100": {"N": "1E2"}, ":two": {"N": "2"}, ":three": {"N": "3"}, ":four": {"N": "4"},
    ":zero": {"N": "0"}, ":s": {"S": "ab"}, ":a": {"S": "a"}, ":b": {"S": "b"}, ":x": {"S": "x"}, ":e": {"S": ""},
    ":b1": {"B": b"\x01"}, ":bff": {"B": b"\xff"}, ":eb": {"B": b""}, ":true": {"BOOL": True}, ":nil": {"NULL": True},
    ":ss": {"SS": ["a", "b"]}, ":sub": {"SS": ["a"]}, ":ns": {"NS": ["2", "1"]}, ":q": {"SS": ["q"]},
    ":l": {"L": [{"N": "1"}, {"S": "x"}, {"M": {"k": {"NS": ["1", "2"]}}}, {"SS": ["q"]}]},
    ":m": {"M": {"y": {"L": [{"L": []}]}, "x": {"N": "1"}}}, ":k": {"M": {"k": {"NS": ["1", "2"]}}},
    ":S": {"S": "S"}, ":NULL": {"S": "NULL"}, ":L": {"S": "L"}, ":N": {"S": "N"}, ":big": {"NS": ["1", "9.9E+125"]},
}  # fmt: skip


def condition(text: str) -> Condition:
    """The condition of a text."""
    return cast("Condition", shape("filter", text).bind(None, VALUES))


TRUE: Final = (
    # Equality is by type and value: numbers by value, sets and maps in any order, all the way down.
    "n = one", "n = :n", "ns = ns2", "ss = ss2", "ss = :ss", "ns = :ns", "l = l2", "l = :l", ":l = l2", "m = m2",
    "m = :m", "big = :big", "nil = :nil", "yes = :true", "l[0] = m.x", "l[2].k = ns", "l[2] = l2[2]", "l[2] = :k",
    "m.y[0] = m2.y[0]",
    # Inequality is the opposite of equality, so it is true of what is missing.
    "n <> s", "n <> :s", "n <> gone", "gone <> n", "gone <> lost", "nil <> gone", "yes <> n", "ss <> ns",
    "s <> bin", "l <> m", "l[1] <> l[9]", "ss <> :sub",
    # Order: numbers by value, text by its UTF-8 bytes (UTF-16 would have it the other way), bytes unsigned.
    "nine < ten", "ten > nine", "n <= one", "n >= one", "s < t", "blank < s", "low < high", "bin2 < bin", ":n < ten",
    "ten BETWEEN nine AND :n100", "n BETWEEN one AND :n", "s BETWEEN blank AND t", "bin BETWEEN bin2 AND :bff",
    "n IN (:s, :nil, one)", "ss IN (:sub, :ss)", "nil IN (:nil)", "l IN (:m, :l)",
    # Functions.
    "attribute_exists(nil)", "attribute_exists(l[2].k)", "attribute_exists(m.y[0])", "attribute_not_exists(lost)",
    "attribute_not_exists(l[4])", "attribute_not_exists(m[0])", "attribute_not_exists(l.x)",
    "attribute_not_exists(n.x)", "attribute_not_exists(ss[0])", "attribute_type(s, :S)", "attribute_type(nil, :NULL)",
    "attribute_type(m.y, :L)", "attribute_type(size(s), :N)", "attribute_type(:s, :S)",
    "begins_with(t, s)", "begins_with(t, :e)", "begins_with(blank, :e)", "begins_with(bin, :b1)",
    "begins_with(bin, :eb)", "begins_with(:s, :a)",
    "contains(t, :b)", "contains(t, :e)", "contains(bin, :bff)", "contains(bin, :eb)", "contains(ss, :a)",
    "contains(ns, one)", "contains(ns2, :n)", "contains(bs, :b1)", "contains(l, one)", "contains(l, :x)",
    "contains(l, :q)", "contains(l, :k)", "contains(:l, n)", "contains(:l, l2[2])", "contains(:ss, :a)",
    "contains(:ns, one)", "contains(ns, size(s))",
    # size: UTF-16 code units of a text, bytes of a binary, elements of the others.
    "size(s) = :two", "size(accent) = :three", "size(blank) = :zero", "size(bin) = :two", "size(ss) = :two",
    "size(ns) = :two", "size(bs) = :two", "size(l) = :four", "size(m) = :two", "size(m.y[0]) = :zero", "size(l) > n",
    "size(:ss) = :two", "size(s) = size(bin)", "size(s) BETWEEN n AND :three", "size(s) IN (:n, :two)",
    # What has no size is like a missing attribute.
    "size(n) <> :n", "size(nil) <> :n", "size(lost) <> :zero", "size(lost) <> size(lost)", "size(s) <> :s",
    # Joined.
    "n = one AND s < t", "n = s OR n = one", "NOT n = s", "NOT (n = s OR s = t)", "NOT lost = lost2",
    "n = s AND n = t OR n = one", "n = one OR n = s AND n = t", "NOT n = s AND n = one",
)  # fmt: skip

FALSE: Final = (
    "n = s", "n = :s", "gone = lost", "gone = n", "n = gone", "nil = gone", "gone = :nil", "yes = n",
    "ss = :sub", "ss = ns", "s = bin", "l = m", "l = l[2]", "m = :k", "l2 = :k", ":m = l",
    "n <> one", "ss <> ss2", "l <> l2", "m <> m2", "m <> :m", "big <> :big",
    "lost < n", "n < lost", "lost <= lost2", "lost >= lost2", "n < s", "s < n", "s <= n", "s >= n", "yes < nil",
    "ss < ss2", "ss <= ss2", "l <= l2", "nil >= nil2", "ten < nine", "high < low", "bin < bin2", "s < bin", "bin < s",
    "n BETWEEN nine AND ten", "lost BETWEEN n AND ten", "n BETWEEN lost AND ten", "n BETWEEN n2 AND lost",
    "ten BETWEEN ten2 AND nine", "s BETWEEN n AND ten", "n BETWEEN s AND t", "s BETWEEN n AND t", "yes BETWEEN n AND t",
    "n IN (:s, ten)", "lost IN (lost2)", "lost IN (:nil)", "nil IN (lost)",
    "attribute_exists(lost)", "attribute_exists(l[4])", "attribute_exists(m.z)", "attribute_exists(m[0])",
    "attribute_exists(l.x)", "attribute_exists(ss.a)", "attribute_exists(nil.a)", "attribute_not_exists(nil)",
    "attribute_type(lost, :S)", "attribute_type(n, :S)", "attribute_type(nil, :S)", "attribute_type(lost, :NULL)",
    "begins_with(s, t)", "begins_with(lost, :e)", "begins_with(n, one)", "begins_with(s, bin)", "begins_with(bin, s)",
    "begins_with(ss, :a)", "begins_with(l, :x)", "begins_with(s, lost)", "begins_with(lost, lost2)",
    "contains(s, t)", "contains(n, one)", "contains(lost, n)", "contains(l, lost)", "contains(ss, lost)",
    "contains(ss, n)", "contains(ns, s)", "contains(bs, s)", "contains(ss, :sub)", "contains(l, :sub)",
    "contains(m, :x)", "contains(nil, nil2)", "contains(yes, :true)", "contains(s, bin)", "contains(bin, s)",
    "contains(s, n)", "contains(l, :l)", "contains(size(s), n)",
    "size(n) = :n", "size(yes) = :n", "size(nil) = :zero", "size(lost) = :zero", "size(lost) < :n",
    "size(lost) >= :zero", "size(lost) = size(lost)", "size(lost) = lost", "size(s) = :s", "size(s) < :s",
    "size(accent) = :two", "size(n) BETWEEN :zero AND :n100", "size(n) IN (size(yes), :n)",
    "n = one AND n = s", "n = s OR s = t", "NOT n = one", "NOT (n = one OR n = s)", "NOT lost <> n",
)  # fmt: skip


@pytest.mark.parametrize("text", TRUE)
def test_holds(text: str) -> None:
    """True of the item, and its negation is not."""
    assert holds(condition(text), ITEM)
    assert not holds(~condition(text), ITEM)


@pytest.mark.parametrize("text", FALSE)
def test_does_not_hold(text: str) -> None:
    """False of the item, and its negation is true."""
    assert not holds(condition(text), ITEM)
    assert holds(~condition(text), ITEM)


@pytest.mark.parametrize(
    ("text", "truth"),
    [("attribute_not_exists(pk)", True), ("attribute_exists(pk)", False), ("n <> :n", True), ("n = :n", False)],
)
def test_no_item_at_all(text: str, truth: bool) -> None:
    """An item that does not exist lacks every attribute."""
    assert holds(condition(text), {}) is truth


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (("n",), {"N": "1"}),
        (("l", 1), {"S": "x"}),
        (("l", 2, "k"), {"NS": ["2", "1"]}),
        (("m", "y", 0), {"L": []}),
        (("lost",), None),
        (("lost", "x", 1), None),
        (("l", 4), None),
        (("l", 2**31 - 1), None),
        (("l", "k"), None),
        (("m", 0), None),
        (("m", "y", 0, 0), None),
        (("s", 0), None),
        (("ss", 0), None),
        (("nil", "x"), None),
        (("m.x",), None),
    ],
)
def test_resolve(steps: tuple[str | int, ...], found: Wire | None) -> None:
    """A path leads to the value, and nowhere through a value of another type."""
    assert resolve(Path(steps), ITEM) == found


def test_constants_hold_or_not() -> None:
    """Conditions that DynamoDB has no text for have a meaning all the same."""
    yes, no = Constant(True), Constant(False)
    assert holds(yes, {})
    assert not holds(no, {})
    assert holds(And(()), {})
    assert not holds(Or(()), {})
    assert holds(Or((no, And((yes, Not(no))))), {})


@pytest.mark.parametrize(
    ("operand", "error"),
    [
        (Parameter("low"), ArgumentError),
        (Arithmetic(ops.PLUS, Path(("n",)), literal({"N": "1"})), OperandError),
        (Call(ops.IF_NOT_EXISTS, (Path(("n",)), literal({"N": "1"}))), OperandError),
        (Call(ops.LIST_APPEND, (Path(("l",)), Path(("l",)))), OperandError),
    ],
)
def test_what_is_no_operand_of_a_condition(operand: Parameter | Call, error: type[Exception]) -> None:
    """A parameter without a value and the values of SET are refused, not guessed."""
    with pytest.raises(error, match=r"value"):
        holds(Compare(ops.EQ, operand, literal({"N": "1"})), ITEM)


def test_deep_nesting_does_not_overflow() -> None:
    """300 NOTs, and 300 alternating ANDs and ORs, which is more than DynamoDB takes."""
    nested = condition("n = one")
    for _ in range(300):
        nested = Not(nested)
    assert holds(nested, ITEM)
    for _ in range(150):
        nested = And((condition("n = one"), Or((condition("n = s"), nested))))
    assert holds(nested, ITEM)


def test_evaluation_is_cheap_to_import() -> None:
    """Evaluating and checking load nothing heavy."""
    program = (
        "import sys, dynexpr.expression.apply, dynexpr.expression.failure, dynexpr.compile.keys;"
        "print(sorted({'dataclasses', 'inspect', 'boto3', 'pyparsing', 'asyncio', 'sqlglot'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
