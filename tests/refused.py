# ruff: noqa: DTZ001, E712, PLR0133, PLW0108, RUF005 - mistakes are what is tested
"""What is refused: each row a name, the mistake, the error and a part of what it says.

Most mistakes raise on the line that makes them; what only a whole expression shows raises when it is compiled.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import dynexpr
from dynexpr.errors import (
    ArgumentError,
    ExpressionError,
    ExpressionTooLarge,
    KeyAttributeError,
    OperandError,
    PathConflict,
    PlaceholderError,
    ValueNotStorable,
)
from dynexpr.expression.nodes import Condition, Parameter
from dynexpr.orm import Mapped, mapped_column
from tests import golden
from tests.golden import Base

Refused = list[tuple[str, Callable[[], Any], type[Exception], str]]


# Any, since a type checker would refuse most of the rows.
_golden: Any = golden
_dynexpr: Any = dynexpr
G, U, b, li, m, n, s, sk, ss, x = (
    getattr(_golden, name) for name in ("G", "U", "b", "li", "m", "n", "s", "sk", "ss", "x")
)
and_, attr, not_, or_, select = (getattr(_dynexpr, name) for name in ("and_", "attr", "not_", "or_", "select"))


class Other(Base):
    """A table with nothing in common with the golden one."""

    id: Mapped[int] = mapped_column(partition_key=True)


def deep(levels: int) -> list[Any]:
    """A list in a list in a list …"""
    made: list[Any] = []
    for _ in range(levels - 1):
        made = [made]
    return made


def nested(levels: int) -> Condition:
    """AND and OR by turns, each inside the other."""
    made: Condition = n == 0
    for level in range(levels):
        made = (n == 1) & made if level % 2 else (n == 1) | made
    return made


VALUES: Final[Refused] = [
    ("float", lambda: n == 0.1, ValueNotStorable, "a float is not exact"),
    ("float in a list", lambda: li == [1, 0.5], ValueNotStorable, "a float is not exact"),
    ("NaN", lambda: n == Decimal("NaN"), ValueNotStorable, "a number must be finite"),
    ("Infinity", lambda: n > Decimal("Infinity"), ValueNotStorable, "a number must be finite"),
    ("39 digits", lambda: n == 10**38 + 1, ValueNotStorable, "DynamoDB keeps 38 significant digits"),
    ("39 digits after the point", lambda: n == Decimal("0." + "1" * 39),
     ValueNotStorable, "DynamoDB keeps 38 significant digits"),
    ("too large", lambda: n == Decimal("1E+126"),
     ValueNotStorable, "the magnitude of a number must lie between 1E-130 and 9.99E+125"),
    ("too small", lambda: n == Decimal("1E-131"),
     ValueNotStorable, "the magnitude of a number must lie between 1E-130 and 9.99E+125"),
    ("empty set", lambda: ss == set(), OperandError, "absent or NULL is written (ss == None)"),
    ("empty set in a map", lambda: m == {"a": set()}, ValueNotStorable, "DynamoDB has no empty set"),
    ("mixed set", lambda: ss == {1, "a"},
     ValueNotStorable, "the elements of a set must all be text, all numbers, or all bytes"),
    ("set of bools", lambda: ss == {True},
     ValueNotStorable, "the elements of a set must all be text, all numbers, or all bytes"),
    ("naive datetime", lambda: x == datetime(2026, 1, 1), ValueNotStorable, "a naive datetime names no instant"),
    ("naive datetime typed", lambda: G.at == datetime(2026, 1, 1),
     ValueNotStorable, "a naive datetime names no instant"),
    ("unknown type", lambda: x == object(), ValueNotStorable, "DynamoDB has no type for object"),
    ("complex", lambda: n == 1j, ValueNotStorable, "DynamoDB has no type for complex"),
    ("map of ints", lambda: m == {1: "a"}, ValueNotStorable, "the keys of a map must be text"),
    ("33 levels", lambda: x == deep(33), ValueNotStorable, "lists and maps nest at most 32 levels deep"),
    ("lone surrogate", lambda: s == "\ud800", ValueNotStorable, "text must be valid Unicode"),
    ("text for a number", lambda: G.n == "5", ValueNotStorable, "the attribute holds a number (Decimal), not str"),
    ("number for a text", lambda: G.s == 5, ValueNotStorable, "the attribute holds text (str), not int"),
    ("bool for a number", lambda: G.i == True, ValueNotStorable, "the attribute holds a whole number (int), not bool"),
    ("number for a bool", lambda: G.t == 1, ValueNotStorable, "the attribute holds a bool, not int"),
    ("float for a Decimal", lambda: G.n == 0.5, ValueNotStorable, "the attribute holds a number (Decimal), not float"),
    ("text for bytes", lambda: G.b == "abc", ValueNotStorable, "the attribute holds bytes, not str"),
    ("list for a set", lambda: G.ss == ["a"], ValueNotStorable, "the attribute holds a set, not list"),
    ("set for a list", lambda: G.li == {"a"}, ValueNotStorable, "the attribute holds a list, not set"),
    ("number in a set of text", lambda: G.ss == {1}, ValueNotStorable, "the attribute holds text (str), not int"),
    ("text in a list", lambda: G.names.in_([["a", 1]]), ValueNotStorable, "the attribute holds text (str), not int"),
    ("number for a datetime", lambda: G.at == 5, ValueNotStorable, "the attribute holds an aware datetime, not int"),
    ("datetime for a date", lambda: G.day == datetime(2026, 1, 1, tzinfo=UTC),
     ValueNotStorable, "the attribute holds a date, not datetime"),
    ("number for an Enum", lambda: G.color == 1, ValueNotStorable, "the attribute holds a member of Color, not int"),
    ("None in a set", lambda: ss == {None},
     ValueNotStorable, "the elements of a set must all be text, all numbers, or all bytes"),
]  # fmt: skip
"""Values DynamoDB can't hold."""

TYPES: Final[Refused] = [
    ("less than a bool", lambda: x < True, OperandError, "x < True: DynamoDB refuses a literal of type BOOL here"),
    ("less than NULL", lambda: x < None, OperandError, "x < None: nothing compares with None"),
    ("less than a list", lambda: x >= [1], OperandError, "x >= [1]: DynamoDB refuses a literal of type L here"),
    ("less than a map", lambda: x <= {"a": 1},
     OperandError, "x <= {'a': 1}: DynamoDB refuses a literal of type M here"),
    ("less than a set", lambda: x > {1}, OperandError, "x > {1}: DynamoDB refuses a literal of type NS here"),
    ("between bools", lambda: x.between(False, True),
     OperandError, "x BETWEEN False: DynamoDB refuses a literal of type BOOL here"),
    ("between None", lambda: x.between(None, 1),
     OperandError, "x BETWEEN None: nothing compares with None"),
    ("between two types", lambda: x.between(1, "a"),
     OperandError, 'the bounds of BETWEEN have two types, N and S: x BETWEEN 1 AND "a"'),
    ("between swapped", lambda: n.between(5, 1),
     OperandError, "the lower bound of BETWEEN lies above the upper one, so nothing can be between: n BETWEEN"),
    ("between swapped text", lambda: s.between("b", "a"),
     OperandError, "the lower bound of BETWEEN lies above the upper one, so nothing can be between: s BETWEEN"),
    ("between swapped bytes", lambda: b.between(b"b", b"a"),
     OperandError, "the lower bound of BETWEEN lies above the upper one, so nothing can be between: b BETWEEN"),
    ("between swapped Decimals", lambda: n.between(Decimal("1.10"), Decimal("1.01")),
     OperandError, "the lower bound of BETWEEN lies above the upper one, so nothing can be between: n BETWEEN"),
    ("begins_with a number", lambda: s.begins_with(5),
     OperandError, "s begins_with 5: DynamoDB refuses a literal of type N here"),
    ("begins_with None", lambda: s.begins_with(None),
     OperandError, "s begins_with None: DynamoDB refuses a literal of type NULL here"),
    ("begins_with a list", lambda: s.begins_with(["a"]),
     OperandError, "s begins_with ['a']: DynamoDB refuses a literal of type L here"),
    ("attribute_type unknown", lambda: x.attribute_type("STRING"),
     OperandError, "x.attribute_type('STRING'): DynamoDB's types are S SS N NS B BS BOOL NULL L M"),
    ("attribute_type lower case", lambda: x.attribute_type("s"),
     OperandError, "x.attribute_type('s'): DynamoDB's types are S SS N NS B BS BOOL NULL L M"),
    ("ordered set", lambda: G.ss < {"a"}, OperandError, "< never holds of ss, which has type SS (a set)"),
    ("ordered bool", lambda: G.t < True, OperandError, "< never holds of t, which has type BOOL (a bool)"),
    ("ordered list", lambda: G.li.between([1], [2]),
     OperandError, "BETWEEN never holds of li, which has type L (a list)"),
    ("ordered map", lambda: G.m >= {}, OperandError, ">= never holds of m, which has type M (a map (dict))"),
    ("begins_with of a number", lambda: G.n.begins_with("1"),
     OperandError, "begins_with never holds of n, which has type N (a number (Decimal))"),
    ("begins_with of a set", lambda: G.ss.begins_with("a"),
     OperandError, "begins_with never holds of ss, which has type SS (a set)"),
    ("contains of a number", lambda: G.n.contains(1),
     OperandError, "contains never holds of n, which has type N (a number (Decimal))"),
    ("contains of a map", lambda: G.m.contains("k"),
     OperandError, "contains never holds of m, which has type M (a map (dict))"),
    ("contains of a bool", lambda: G.t.contains(True),
     OperandError, "contains never holds of t, which has type BOOL (a bool)"),
    ("contains another type", lambda: G.ss.contains(1), ValueNotStorable, "the attribute holds text (str), not int"),
    ("size of a number", lambda: G.n.size() > 1,
     OperandError, "size takes S, SS, NS, B, BS, L, M, not n, which has type N (a number (Decimal))"),
    ("size of a bool", lambda: G.t.size() > 1, OperandError, "size takes S, SS, NS, B, BS, L, M, not t, which"),
    ("size compared with text", lambda: s.size() == "3",
     ValueNotStorable, "the attribute holds a whole number (int), not str"),
    ("size between text", lambda: s.size().between("1", "2"),
     ValueNotStorable, "the attribute holds a whole number (int), not str"),
    ("plus on text", lambda: U.set(G.s, G.s + "x"), OperandError, "+ takes N, not s, which has type S (text (str))"),
    ("plus text", lambda: U.set(x, n + "1"), OperandError, "n + '1': DynamoDB refuses a literal of type S here"),
    ("plus a list", lambda: U.set(x, n + [1]), OperandError, "n + [1]: DynamoDB refuses a literal of type L here"),
    ("minus on a set", lambda: U.set(G.ss, G.ss - {"a"}),
     OperandError, "- takes N, not ss, which has type SS (a set)"),
    ("plus None", lambda: U.set(n, n + None), OperandError, "n + None: DynamoDB refuses a literal of type NULL here"),
    ("append to a set", lambda: U.set(G.ss, G.ss.append("x")),
     OperandError, "list_append takes L, not ss, which has type SS (a set)"),
    ("append nothing", lambda: U.set(li, li.append()),
     OperandError, "li: append and prepend take at least one element"),
    ("prepend to a text", lambda: U.set(G.s, G.s.prepend("x")),
     OperandError, "list_append takes L, not s, which has type S (text (str))"),
    ("append another type", lambda: U.set(G.names, G.names.append(1)),
     ValueNotStorable, "the attribute holds text (str), not int"),
    ("add text", lambda: U.add(x, "a"), OperandError, "x ADD 'a': DynamoDB refuses a literal of type S here"),
    ("add a list", lambda: U.add(li, [1]), OperandError, "li ADD [1]: DynamoDB refuses a literal of type L here"),
    ("add a bool", lambda: U.add(x, True), OperandError, "x ADD True: DynamoDB refuses a literal of type BOOL here"),
    ("add an empty set", lambda: U.add(ss, set()), ValueNotStorable, "DynamoDB has no empty set"),
    ("delete a number", lambda: U.delete(n, 1), OperandError, "n DELETE 1: DynamoDB refuses a literal of type N here"),
    ("delete a text", lambda: U.delete(ss, "a"), ValueNotStorable, "the attribute holds a set, not str"),
    ("delete an empty set", lambda: U.delete(ss, set()), ValueNotStorable, "DynamoDB has no empty set"),
    ("add of an attribute", lambda: U.add(n, attr("i")), OperandError, "ADD takes a value, not i: ADD n i"),
    ("delete of an attribute", lambda: U.delete(ss, attr("other")),
     OperandError, "DELETE takes a value, not other: DELETE ss other"),
    ("add of a sum", lambda: U.add(n, n + 1), OperandError, "ADD takes a value, not n + 1: ADD n n + 1"),
    ("set a wrong type", lambda: U.set(G.n, "x"), ValueNotStorable, "the attribute holds a number (Decimal), not str"),
    ("set None", lambda: U.set(G.n, None), ValueNotStorable, "the attribute is required"),
    ("values of a wrong type", lambda: U.values(n="x"),
     ValueNotStorable, "the attribute holds a number (Decimal), not str"),
    ("values of no column", lambda: U.values(nothing=1), ArgumentError, "G has no column 'nothing'"),
]  # fmt: skip
"""Operands their operator never accepts."""

FORMS: Final[Refused] = [
    ("attribute with itself", lambda: x == x,
     OperandError, "= needs two different operands, and here x stands on both sides: x = x"),
    ("attribute below itself", lambda: n < attr("n"),
     OperandError, "< needs two different operands, and here n stands on both sides: n < n"),
    ("nested with itself", lambda: m["k"] >= attr("m.k"),
     OperandError, ">= needs two different operands, and here m.k stands on both sides: m.k >= m.k"),
    ("contains itself", lambda: li.contains(li),
     OperandError, "contains needs two different operands, and here li stands on both sides: contains(li, li)"),
    ("begins_with itself", lambda: s.begins_with(s),
     OperandError, "begins_with needs two different operands, and here s stands on both sides: begins_with(s,"),
    ("between itself", lambda: n.between(n, 5),
     OperandError, "BETWEEN needs two different operands, and here n stands on both sides: n BETWEEN n AND 5"),
    ("between itself above", lambda: n.between(1, n),
     OperandError, "BETWEEN needs two different operands, and here n stands on both sides: n BETWEEN 1 AND n"),
    ("in itself", lambda: x.in_([1, x]),
     OperandError, "IN needs two different operands, and here x stands on both sides: x IN (1, x)"),
    ("in nothing", lambda: s.in_([]),
     ExpressionError, "the condition is false of every item, which DynamoDB has no text for"),
    ("in nothing and", lambda: s.in_([]) & (n > 1),
     ExpressionError, "the condition is false of every item, which DynamoDB has no text for"),
    ("not in nothing", lambda: ~s.in_([]),
     ExpressionError, "the condition is true of every item, which DynamoDB has no text for"),
    ("and_ of nothing", lambda: and_(),
     ExpressionError, "the condition is true of every item, which DynamoDB has no text for"),
    ("or_ of nothing", lambda: or_(),
     ExpressionError, "the condition is false of every item, which DynamoDB has no text for"),
    ("in 101", lambda: n.in_(range(101)), ExpressionTooLarge, "IN takes at most 100 values, here are 101"),
    ("301 operators", lambda: and_(*[n != number for number in range(151)]),
     ExpressionTooLarge, "the condition has more than 300 operators and functions, which is all DynamoDB takes"),
    ("nested too deep", lambda: nested(400),
     ExpressionTooLarge, "the condition has more than 300 operators and functions, which is all DynamoDB takes"),
    ("nested far too deep", lambda: nested(5_000),
     ExpressionTooLarge, "the condition has more than 300 operators and functions, which is all DynamoDB takes"),
    ("4,096 bytes", lambda: or_(*[attr(f"name{number}").attribute_not_exists() for number in range(150)]),
     ExpressionTooLarge, "the condition has 4,536 bytes"),
    ("2 MB", lambda: s == "x" * 2_100_000,
     ExpressionTooLarge, "the names and values of the request's expressions have 2,100,007 bytes"),
    ("33 steps", lambda: attr(".".join("a" * 33)) == 1, ExpressionTooLarge, "a path has at most 32 steps,"),
    ("index too large", lambda: attr((("li"), 2147483648)) == 1,
     ExpressionError, "li[2147483648]: a list index lies between 0 and 2147483647, not 2147483648"),
    ("element too large", lambda: li[2147483648] == 1,
     OperandError, "li[2147483648]: a list index is counted from 0, up to 2147483647"),
    ("negative element", lambda: li[-1] == 1, OperandError, "li[-1]: a list index is counted from 0, up to 2147483647"),
    ("step of a float", lambda: li[1.5] == 1, TypeError, "li[1.5]: a step is an index or a name"),
    ("step of a bool", lambda: li[True] == 1, TypeError, "li[True]: a step is an index or a name"),
    ("element of a text", lambda: G.s[0] == "a", ArgumentError, "text (str) has no element [0]"),
    ("entry of a number", lambda: G.n["a"] == 1, ArgumentError, "a number (Decimal) has no element ['a']"),
    ("no field", lambda: G.lines[0]["skew"] == "a", ArgumentError, "a Line has no field 'skew'"),
    ("no field by at", lambda: G.lines[0].at(lambda line: line.skew) == "a",
     ArgumentError, "a Line has no field 'skew'"),
    ("empty path", lambda: attr("") == 1,
     ArgumentError, "'' is no path: it begins with an attribute's name, and no name is empty"),
    ("path of dots", lambda: attr("a..b") == 1, ArgumentError, "'a..b' is no path (see offset 1)"),
    ("path of an open bracket", lambda: attr("a[0") == 1, ArgumentError, "'a[0' is no path (see offset 1)"),
    ("path of a name in brackets", lambda: attr("a[b]") == 1, ArgumentError, "'a[b]' is no path (see offset 1)"),
    ("empty element", lambda: m[""] == 1, OperandError, "m['']: no name is empty"),
    ("path of a foreign digit", lambda: attr("a[\u0663]") == 1, ArgumentError, "is no path (see offset 1)"),
    ("path from an index", lambda: attr((0, "a")) == 1,
     ArgumentError, "(0, 'a') is no path: it begins with an attribute's name, and no name is empty"),
    ("path of nothing", lambda: attr(()) == 1,
     ArgumentError, "() is no path: it begins with an attribute's name, and no name is empty"),
    ("empty step", lambda: attr(("a", "")) == 1,
     ArgumentError, "('a', '') is no path: it begins with an attribute's name, and no name is empty"),
    ("parameter without value", lambda: x == Parameter("p"), PlaceholderError, ":p: no value was given"),
    ("three terms", lambda: U.set(n, n + 1 + 2),
     OperandError, "SET adds or subtracts two terms, not three: (n + 1) + 2"),
    ("three terms on the right", lambda: U.set(n, n + (n + 1)),
     OperandError, "SET adds or subtracts two terms, not three: n + n + 1"),
    ("three terms mirrored", lambda: U.set(n, 1 + (n + 1)),
     OperandError, "SET adds or subtracts two terms, not three: 1 + n + 1"),
    ("sum with a text", lambda: U.set(G.n, G.n + G.s), OperandError, "+ takes N, not s, which has type S"),
    ("sum in if_not_exists", lambda: U.set(n, n.if_not_exists(n + 1)),
     OperandError, "a function's operand can't be a sum: if_not_exists(n, n + 1)"),
    ("size in SET", lambda: U.set(n, s.size()), OperandError, "size can't be used in an update: size(s)"),
    ("size in a sum", lambda: U.set(n, n + s.size()), OperandError, "size can't be used in an update: size(s)"),
    ("list_append in a sum", lambda: U.set(li, 1 + li.append(1)),
     ValueNotStorable, "the attribute holds a list, not int"),
    ("list_append in if_not_exists", lambda: U.set(li, li.if_not_exists(li.append(1))),
     OperandError, "list_append must be the whole value of a SET, not part of it: list_append(li, [1])"),
    ("sum in a condition", lambda: n == n.if_not_exists(0) + 1,
     OperandError, "if_not_exists can't be used in a condition: if_not_exists(n, 0)"),
    ("if_not_exists in a condition", lambda: n > attr("i").if_not_exists(0),
     OperandError, "if_not_exists can't be used in a condition: if_not_exists(i, 0)"),
    ("list_append in a condition", lambda: li == attr("lj").append(1),
     OperandError, "list_append can't be used in a condition: list_append(lj, [1])"),
    ("set twice", lambda: U.set(x, 1).set(x, 2), PathConflict, "the update is ambiguous: x is named twice"),
    ("set and remove", lambda: U.set(x, 1).remove(x), PathConflict, "the update is ambiguous: x is named twice"),
    ("set inside a removed map", lambda: U.remove(m["k"]).set(m["k"]["j"], 1),
     PathConflict, "the update is ambiguous: of m.k and m.k.j one lies inside the other"),
    ("add and delete", lambda: U.add(ss, {"a"}).delete(ss, {"b"}),
     PathConflict, "the update is ambiguous: ss is named twice"),
    ("list and map at one place", lambda: U.set(m["li"], 1).set(m[0], 2),
     PathConflict, "the update is ambiguous: m.li and m[0] take the same place, one for a list and one for a"),
    ("key in SET", lambda: U.set(G.pk, "q"), KeyAttributeError, "G.pk is part of the key, which no update can change"),
    ("key in ADD", lambda: U.add(sk, 1), KeyAttributeError, "G.sk is part of the key, which no update can change"),
    ("key in REMOVE", lambda: U.remove(G.sk), KeyAttributeError, "G.sk is part of the key, which no update can change"),
    ("projection around", lambda: select(G.m["k"]["l"], G.s, G.m["k"]).allow_scan(),
     PathConflict, "the projection is ambiguous: of m.k.l and m.k one lies inside the other"),
    ("projection inside", lambda: select(G.m, G.m["k"]).allow_scan(),
     PathConflict, "the projection is ambiguous: of m and m.k one lies inside the other"),
    ("projection of a list and a map", lambda: select(G.z[0], attr("z.k")).allow_scan(),
     PathConflict, "the projection is ambiguous: z[0] and z.k take the same place, one for a list and one for"),
]  # fmt: skip
"""What has no text, or one that DynamoDB refuses."""

HANDLES: Final[Refused] = [
    ("truth of a column", lambda: bool(G.n),
     TypeError, "n has no truth value: it is part of an expression, not a value"),
    ("truth of a condition", lambda: bool(n > 1), TypeError, "a condition has no truth value: n > 1"),
    ("and of conditions", lambda: (n > 1) and (x == 1), TypeError, "a condition has no truth value: n > 1"),
    ("or of conditions", lambda: (n > 1) or (x == 1), TypeError, "a condition has no truth value: n > 1"),
    ("not of a condition", lambda: not (n > 1), TypeError, "a condition has no truth value: n > 1"),
    ("chained comparison", lambda: 1 < n < 5, TypeError, "a condition has no truth value: n > 1"),
    ("in a column", lambda: "a" in ss, TypeError, "write ss.contains('a') instead of 'a' in ss"),
    ("in a condition", lambda: 1 in (n > 1), TypeError, "`in` asks for a truth value"),
    ("iteration of a column", lambda: list(li),
     TypeError, "li can't be iterated: it is part of an expression, not a value"),
    ("iteration of a condition", lambda: list(n > 1), TypeError, "a condition can't be iterated: n > 1"),
    ("column as a condition", lambda: and_(n > 1, x),
     TypeError, "a condition is wanted, not attr('x'): compare it with something: x == …"),
    ("bool as a condition", lambda: or_(n > 1, True),
     TypeError, "a condition is wanted, not True: == between two plain values, or `and`, `or`, `not`,"),
    ("text as a condition", lambda: not_("n > 1"),
     TypeError, "a condition is wanted, not 'n > 1': compare a column with it"),
    ("column in where", lambda: select(G).where(G.t),
     TypeError, "a condition is wanted, not attr('t'): compare it with something: t == …"),
    ("bool in where", lambda: select(G).where(5 == 5),
     TypeError, "a condition is wanted, not True: == between two plain values, or `and`, `or`, `not`,"),
    ("condition as a value", lambda: x == (n > 1), OperandError, "a condition is no value: x = (n > 1)"),
    ("condition with a column", lambda: (n > 1) & x,
     TypeError, "is no condition"),
    ("a column between numbers", lambda: x > 1 & n < 5, TypeError, "write (a > 1) & (b < 5)"),
    ("not a column", lambda: ~x, TypeError, "is no condition; write"),
    ("SQLAlchemy's like", lambda: s.like("a%"), AttributeError, "write .begins_with(...)"),
    ("an attribute of a place", lambda: x.inner, AttributeError, "['inner']"),
    ("condition with a bool", lambda: (n > 1) | True, TypeError, "a condition is wanted, not True"),
    ("in_ text", lambda: s.in_("abc"), TypeError, "s.in_() takes a list of values"),
    ("in_ bytes", lambda: b.in_(b"abc"), TypeError, "b.in_() takes a list of values"),
    ("in_ column", lambda: x.in_(li), TypeError, "x.in_() takes a list of values"),
    ("in_ number", lambda: n.in_(5), TypeError, "'int' object is not iterable"),
    ("hash of a column", lambda: {n: 1}, TypeError, "unhashable type: 'Column'"),
    ("write to a node", lambda: setattr(n.node, "steps", ("x",)), AttributeError, "Path is frozen"),
    ("delete from a node", lambda: delattr((n > 1), "op"), AttributeError, "Compare is frozen"),
    ("attribute of a model that is none", lambda: G.nothing == 1,
     AttributeError, "G has no attribute 'nothing'; it has "),
    ("column of another model", lambda: select(Other).where(Other.id == 1).using(G.by_s),
     ArgumentError, "Other: using() takes an index of its own, not <global index by-s of golden> of G"),
]  # fmt: skip
"""What Python would take for something else."""

ROWS: Final = [*VALUES, *TYPES, *FORMS, *HANDLES]
