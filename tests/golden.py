# ruff: noqa: E711, E712, N802, SIM300 - comparisons with None, True and literals on the left are what is tested
"""The golden table: what each operator, value, path and combination of them is told to DynamoDB as.

A row is a name, the Python that makes the expression, its text, its names (of #n0, #n1, …; one text where none holds a
space) and its values (of :v0, :v1, …). tests/test_golden.py compiles each row, parses it back, sends it inside a whole
request, and lets `local://` and a real engine carry it out on ITEMS. What is refused stands in `refused.py`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from dynexpr import and_, attr, not_, or_, select, update
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, mapped_column
from dynexpr.types import EpochSeconds
from dynexpr.wire import Item, Wire


class Base(DeclarativeBase):
    """The golden table's metadata."""


class Color(Enum):
    """Some colors."""

    RED = "red"
    BLUE = "blue"


@dataclass
class Line:
    """An element of a list."""

    sku: str
    quantity: int = 1


class G(Base):
    """A table with columns of every type."""

    __tablename__ = "golden"
    pk: Mapped[str] = mapped_column(partition_key=True)
    sk: Mapped[Decimal] = mapped_column(sort_key=True)
    s: Mapped[str]
    n: Mapped[Decimal]
    i: Mapped[int]
    f: Mapped[float]
    b: Mapped[bytes]
    t: Mapped[bool]
    z: Mapped[Any]
    ss: Mapped[set[str]]
    ns: Mapped[set[Decimal]]
    bs: Mapped[set[bytes]]
    li: Mapped[list[Any]]
    m: Mapped[dict[str, Any]]
    names: Mapped[list[str]]
    lines: Mapped[list[Line]]
    at: Mapped[datetime]
    epoch: Mapped[datetime] = mapped_column(type_=EpochSeconds())
    day: Mapped[date]
    uid: Mapped[UUID]
    color: Mapped[Color]
    note: Mapped[str | None]
    by_s = GlobalIndex("by-s", partition_key="pk", sort_key="s")
    by_b = GlobalIndex("by-b", partition_key="pk", sort_key="b")


Rows = list[tuple[str, Any, str, str | list[str], list[Wire]]]
"""Name, expression (Any: checkers see `5 == n` as a bool), text, names, values."""

pk, sk, s, s2, n, b, t, z = (attr(name) for name in ("pk", "sk", "s", "s2", "n", "b", "t", "z"))
ss, ns, bs, li, m, x, y = (attr(name) for name in ("ss", "ns", "bs", "li", "m", "x", "y"))

U: Final = update(G).where(G.pk == "p", G.sk == 1).upsert()


def S(text: str) -> Wire:
    """A text on the wire."""
    return {"S": text}


def N(number: str | float) -> Wire:
    """A number on the wire."""
    return {"N": str(number)}


def B(stored: bytes) -> Wire:
    """Bytes on the wire."""
    return {"B": stored}


def L(*elements: Wire) -> Wire:
    """A list on the wire."""
    return {"L": list(elements)}


def M(**entries: Wire) -> Wire:
    """A map on the wire."""
    return {"M": entries}


NULL: Final[Wire] = {"NULL": True}
TRUE: Final[Wire] = {"BOOL": True}
FALSE: Final[Wire] = {"BOOL": False}

COMPARISONS: Final[Rows] = [
    ("equal", s == "abc", "#n0 = :v0", "s", [S("abc")]),
    ("equal typed", G.s == "abc", "#n0 = :v0", "s", [S("abc")]),
    ("equal empty text", x == "", "#n0 = :v0", "x", [S("")]),
    ("equal unicode text", x == "é✓😀", "#n0 = :v0", "x", [S("é✓😀")]),
    ("equal int", n == 5, "#n0 = :v0", "n", [N(5)]),
    ("equal zero", n == -0, "#n0 = :v0", "n", [N(0)]),
    ("equal negative", n == -7, "#n0 = :v0", "n", [N(-7)]),
    ("equal Decimal", n == Decimal("12.50"), "#n0 = :v0", "n", [N("12.5")]),
    ("equal exponent", n == Decimal("1e3"), "#n0 = :v0", "n", [N(1000)]),
    ("equal 38 digits", n == 10**38 - 1, "#n0 = :v0", "n", [N("9" * 38)]),
    ("equal smallest", n == Decimal("1E-130"), "#n0 = :v0", "n", [N("0." + "0" * 129 + "1")]),
    ("equal largest", n == Decimal("9.9E+125"), "#n0 = :v0", "n", [N("99" + "0" * 124)]),
    ("equal typed int", G.i == 5, "#n0 = :v0", "i", [N(5)]),
    ("equal typed float", G.f == 0.1, "#n0 = :v0", "f", [N("0.1")]),
    ("equal float by int", G.f == 2, "#n0 = :v0", "f", [N(2)]),
    ("equal bytes", b == b"\x01\x02", "#n0 = :v0", "b", [B(b"\x01\x02")]),
    ("equal bytearray", b == bytearray(b"\x01"), "#n0 = :v0", "b", [B(b"\x01")]),
    ("equal empty bytes", x == b"", "#n0 = :v0", "x", [B(b"")]),
    ("equal true", t == True, "#n0 = :v0", "t", [TRUE]),
    ("equal false", G.t == False, "#n0 = :v0", "t", [FALSE]),
    ("equal NULL", z.is_null(), "#n0 = :v0", "z", [NULL]),
    ("equal None", z == None, "attribute_not_exists(#n0) OR #n0 = :v0", "z", [NULL]),
    ("equal text set", ss == {"a", "b"}, "#n0 = :v0", "ss", [{"SS": ["a", "b"]}]),
    ("equal number set", ns == {2, 1}, "#n0 = :v0", "ns", [{"NS": ["1", "2"]}]),
    ("equal frozenset", ns == frozenset({Decimal("1.0"), 2}), "#n0 = :v0", "ns", [{"NS": ["1", "2"]}]),
    ("equal binary set", bs == {b"b", b"a"}, "#n0 = :v0", "bs", [{"BS": [b"a", b"b"]}]),
    ("equal typed set", G.ss == {"a"}, "#n0 = :v0", "ss", [{"SS": ["a"]}]),
    ("equal list", li == [1, "two", [3]], "#n0 = :v0", "li", [L(N(1), S("two"), L(N(3)))]),
    ("equal empty list", li == [], "#n0 = :v0", "li", [L()]),
    ("equal tuple", li == (1, "two"), "#n0 = :v0", "li", [L(N(1), S("two"))]),
    ("equal map", m == {"k": "v", "n": 1}, "#n0 = :v0", "m", [M(k=S("v"), n=N(1))]),
    ("equal empty map", m == {}, "#n0 = :v0", "m", [M()]),
    ("equal nested", x == {"a": [{"b": {"c": None}}, True, {1}]},
     "#n0 = :v0", "x", [M(a=L(M(b=M(c=NULL)), TRUE, {"NS": ["1"]}))]),
    ("equal datetime", G.at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
     "#n0 = :v0", "at", [S("2026-01-02T03:04:05.000000Z")]),
    ("equal untyped datetime", x == datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))),
     "#n0 = :v0", "x", [S("2026-01-01T22:00:00.000000Z")]),
    ("equal date", G.day == date(2026, 1, 2), "#n0 = :v0", "day", [S("2026-01-02")]),
    ("equal epoch", G.epoch == datetime(2026, 1, 2, tzinfo=UTC), "#n0 = :v0", "epoch", [N("1767312000")]),
    ("equal UUID", G.uid == UUID("12345678-1234-5678-1234-567812345678"),
     "#n0 = :v0", "uid", [S("12345678-1234-5678-1234-567812345678")]),
    ("equal Enum", G.color == Color.RED, "#n0 = :v0", "color", [S("red")]),
    ("not equal", s != "abc", "#n0 <> :v0", "s", [S("abc")]),
    ("not equal None", z != None, "attribute_exists(#n0) AND #n0 <> :v0", "z", [NULL]),
    ("not equal typed", G.n != 5, "#n0 <> :v0", "n", [N(5)]),
    ("not equal set", ss != {"a", "b"}, "#n0 <> :v0", "ss", [{"SS": ["a", "b"]}]),
    ("not equal list", li != [1], "#n0 <> :v0", "li", [L(N(1))]),
    ("less", n < 5, "#n0 < :v0", "n", [N(5)]),
    ("less typed", G.n < Decimal("5.5"), "#n0 < :v0", "n", [N("5.5")]),
    ("less text", s < "b", "#n0 < :v0", "s", [S("b")]),
    ("less bytes", b < b"\x01\x03", "#n0 < :v0", "b", [B(b"\x01\x03")]),
    ("less or equal", n <= 5, "#n0 <= :v0", "n", [N(5)]),
    ("less or equal typed", G.i <= 5, "#n0 <= :v0", "i", [N(5)]),
    ("less datetime", G.at < datetime(2026, 1, 3, tzinfo=UTC), "#n0 < :v0", "at", [S("2026-01-03T00:00:00.000000Z")]),
    ("greater", n > 5, "#n0 > :v0", "n", [N(5)]),
    ("greater text", s > "ab", "#n0 > :v0", "s", [S("ab")]),
    ("greater unicode", x > "\uffff", "#n0 > :v0", "x", [S("\uffff")]),
    ("greater or equal", n >= 5, "#n0 >= :v0", "n", [N(5)]),
    ("greater or equal bytes", G.b >= b"\x01", "#n0 >= :v0", "b", [B(b"\x01")]),
    ("greater than negative", n > -10, "#n0 > :v0", "n", [N(-10)]),
]  # fmt: skip
"""Each comparison, with each type of value."""

OTHER_SIDES: Final[Rows] = [
    ("attribute equal attribute", x == y, "#n0 = #n1", "x y", []),
    ("attribute not equal attribute", x != y, "#n0 <> #n1", "x y", []),
    ("attribute less attribute", n < attr("i"), "#n0 < #n1", "n i", []),
    ("attribute typed", G.n >= G.i, "#n0 >= #n1", "n i", []),
    ("attribute greater nested", n > m["n"], "#n0 > #n1.#n0", "n m", []),
    ("nested equal nested", m["k"] == li[1], "#n0.#n1 = #n2[1]", "m k li", []),
    ("element equal element", li[0] == li[1], "#n0[0] = #n0[1]", "li", []),
    ("literal left equal", 5 == n, "#n0 = :v0", "n", [N(5)]),
    ("literal left less", 4 < n, "#n0 > :v0", "n", [N(4)]),
    ("literal left greater", 9 >= n, "#n0 <= :v0", "n", [N(9)]),
    ("literal left text", "abc" != s, "#n0 <> :v0", "s", [S("abc")]),
    ("between attributes", n.between(attr("i"), attr("j")), "#n0 BETWEEN #n1 AND #n2", "n i j", []),
    ("between literal and attribute", n.between(1, attr("j")), "#n0 BETWEEN :v0 AND #n1", "n j", [N(1)]),
    ("between attribute and literal", n.between(attr("i"), 10), "#n0 BETWEEN #n1 AND :v0", "n i", [N(10)]),
    ("in attributes", x.in_([y, s]), "#n0 IN (#n1, #n2)", "x y s", []),
    ("in mixed", x.in_([y, "abc", 5]), "#n0 IN (#n1, :v0, :v1)", "x y", [S("abc"), N(5)]),
    ("begins_with attribute", s.begins_with(x), "begins_with(#n0, #n1)", "s x", []),
    ("contains attribute", ss.contains(s), "contains(#n0, #n1)", "ss s", []),
    ("contains nested attribute", li.contains(m["k"]), "contains(#n0, #n1.#n2)", "li m k", []),
    ("list contains attribute", li.contains(n), "contains(#n0, #n1)", "li n", []),
    ("size against attribute", s.size() > n, "size(#n0) > #n1", "s n", []),
    ("size against size", s.size() == x.size(), "size(#n0) = size(#n1)", "s x", []),
    ("attribute against size", n >= s.size(), "#n0 >= size(#n1)", "n s", []),
    ("attribute equal size", n == ss.size(), "#n0 = size(#n1)", "n ss", []),
    ("attribute between sizes", n.between(z.size(), s.size()), "#n0 BETWEEN size(#n1) AND size(#n2)", "n z s", []),
    ("attribute in sizes", n.in_([s.size(), li.size()]), "#n0 IN (size(#n1), size(#n2))", "n s li", []),
    ("size between attributes", li.size().between(attr("i"), n), "size(#n0) BETWEEN #n1 AND #n2", "li i n", []),
    ("size in attributes", s.size().in_([n, attr("i")]), "size(#n0) IN (#n1, #n2)", "s n i", []),
    ("same element of two lists", li[0] == attr("lj")[0], "#n0[0] = #n1[0]", "li lj", []),
]  # fmt: skip
"""Attributes against attributes, literals on the left, size() as an operand."""

FUNCTIONS: Final[Rows] = [
    ("between", n.between(1, 5), "#n0 BETWEEN :v0 AND :v1", "n", [N(1), N(5)]),
    ("between equal bounds", n.between(5, 5), "#n0 BETWEEN :v0 AND :v1", "n", [N(5), N(5)]),
    ("between Decimals", G.n.between(Decimal("4.9"), Decimal("5.1")),
     "#n0 BETWEEN :v0 AND :v1", "n", [N("4.9"), N("5.1")]),
    ("between far exponents", n.between(Decimal("1E-130"), Decimal("9E+125")),
     "#n0 BETWEEN :v0 AND :v1", "n", [N("0." + "0" * 129 + "1"), N("9" + "0" * 125)]),
    ("between text", s.between("a", "b"), "#n0 BETWEEN :v0 AND :v1", "s", [S("a"), S("b")]),
    ("between bytes", b.between(b"", b"\xff"), "#n0 BETWEEN :v0 AND :v1", "b", [B(b""), B(b"\xff")]),
    ("between datetimes", G.at.between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
     "#n0 BETWEEN :v0 AND :v1", "at", [S("2026-01-01T00:00:00.000000Z"), S("2026-02-01T00:00:00.000000Z")]),
    ("between negative", n.between(-1, 1), "#n0 BETWEEN :v0 AND :v1", "n", [N(-1), N(1)]),
    ("in a set", x.in_({3, 1, 2}), "#n0 IN (:v0, :v1, :v2)", "x", [N(1), N(2), N(3)]),
    ("in a set of texts", s.in_({"b", "c", "a"}), "#n0 IN (:v0, :v1, :v2)", "s", [S("a"), S("b"), S("c")]),
    ("in one", s.in_(["abc"]), "#n0 IN (:v0)", "s", [S("abc")]),
    ("in two", s.in_(["abc", "abd"]), "#n0 IN (:v0, :v1)", "s", [S("abc"), S("abd")]),
    ("in mixed types", x.in_(["abc", 5, True, None, b"\x01"]),
     "#n0 IN (:v0, :v1, :v2, :v3, :v4)", "x", [S("abc"), N(5), TRUE, NULL, B(b"\x01")]),
    ("in duplicates", n.in_([5, 5]), "#n0 IN (:v0, :v1)", "n", [N(5), N(5)]),
    ("in generator", n.in_(number for number in range(4, 7)), "#n0 IN (:v0, :v1, :v2)", "n", [N(4), N(5), N(6)]),
    ("in tuple", n.in_((1, 5)), "#n0 IN (:v0, :v1)", "n", [N(1), N(5)]),
    ("in set of text", s.in_({"abc"}), "#n0 IN (:v0)", "s", [S("abc")]),
    ("in containers", x.in_([[1], {"a": 1}, {1, 2}]),
     "#n0 IN (:v0, :v1, :v2)", "x", [L(N(1)), M(a=N(1)), {"NS": ["1", "2"]}]),
    ("in typed", G.color.in_([Color.RED, Color.BLUE]), "#n0 IN (:v0, :v1)", "color", [S("red"), S("blue")]),
    ("in 100", n.in_(range(100)),
     f"#n0 IN ({', '.join(f':v{k}' for k in range(100))})", "n", [N(k) for k in range(100)]),
    ("attribute_exists", x.attribute_exists(), "attribute_exists(#n0)", "x", []),
    ("attribute_exists nested", m["k"].attribute_exists(), "attribute_exists(#n0.#n1)", "m k", []),
    ("attribute_exists element", li[2][0].attribute_exists(), "attribute_exists(#n0[2][0])", "li", []),
    ("attribute_not_exists", x.attribute_not_exists(), "attribute_not_exists(#n0)", "x", []),
    ("attribute_not_exists typed", G.uid.attribute_not_exists(), "attribute_not_exists(#n0)", "uid", []),
    ("attribute_not_exists past the end", li[99].attribute_not_exists(), "attribute_not_exists(#n0[99])", "li", []),
    ("attribute_type S", x.attribute_type("S"), "attribute_type(#n0, :v0)", "x", [S("S")]),
    ("attribute_type N", x.attribute_type("N"), "attribute_type(#n0, :v0)", "x", [S("N")]),
    ("attribute_type B", b.attribute_type("B"), "attribute_type(#n0, :v0)", "b", [S("B")]),
    ("attribute_type BOOL", t.attribute_type("BOOL"), "attribute_type(#n0, :v0)", "t", [S("BOOL")]),
    ("attribute_type NULL", z.attribute_type("NULL"), "attribute_type(#n0, :v0)", "z", [S("NULL")]),
    ("attribute_type SS", ss.attribute_type("SS"), "attribute_type(#n0, :v0)", "ss", [S("SS")]),
    ("attribute_type NS", ns.attribute_type("NS"), "attribute_type(#n0, :v0)", "ns", [S("NS")]),
    ("attribute_type BS", bs.attribute_type("BS"), "attribute_type(#n0, :v0)", "bs", [S("BS")]),
    ("attribute_type L", li.attribute_type("L"), "attribute_type(#n0, :v0)", "li", [S("L")]),
    ("attribute_type M", m.attribute_type("M"), "attribute_type(#n0, :v0)", "m", [S("M")]),
    ("attribute_type nested", li[0].attribute_type("N"), "attribute_type(#n0[0], :v0)", "li", [S("N")]),
    ("begins_with", s.begins_with("ab"), "begins_with(#n0, :v0)", "s", [S("ab")]),
    ("begins_with empty", s.begins_with(""), "begins_with(#n0, :v0)", "s", [S("")]),
    ("begins_with typed", G.s.begins_with("ab"), "begins_with(#n0, :v0)", "s", [S("ab")]),
    ("begins_with bytes", b.begins_with(b"\x01"), "begins_with(#n0, :v0)", "b", [B(b"\x01")]),
    ("begins_with date", G.at.begins_with("2026-01"), "begins_with(#n0, :v0)", "at", [S("2026-01")]),
    ("begins_with unicode", x.begins_with("é"), "begins_with(#n0, :v0)", "x", [S("é")]),
    ("contains text", s.contains("bc"), "contains(#n0, :v0)", "s", [S("bc")]),
    ("contains empty text", s.contains(""), "contains(#n0, :v0)", "s", [S("")]),
    ("contains bytes", b.contains(b"\x02"), "contains(#n0, :v0)", "b", [B(b"\x02")]),
    ("contains in text set", ss.contains("a"), "contains(#n0, :v0)", "ss", [S("a")]),
    ("contains in number set", ns.contains(Decimal("1.0")), "contains(#n0, :v0)", "ns", [N(1)]),
    ("contains in binary set", bs.contains(b"a"), "contains(#n0, :v0)", "bs", [B(b"a")]),
    ("contains in list", li.contains("two"), "contains(#n0, :v0)", "li", [S("two")]),
    ("contains number in list", li.contains(1), "contains(#n0, :v0)", "li", [N(1)]),
    ("contains list in list", li.contains([3]), "contains(#n0, :v0)", "li", [L(N(3))]),
    ("contains None", li.contains(None), "contains(#n0, :v0)", "li", [NULL]),
    ("contains bool", li.contains(True), "contains(#n0, :v0)", "li", [TRUE]),
    ("contains map", li.contains({"sku": "a"}), "contains(#n0, :v0)", "li", [M(sku=S("a"))]),
    ("contains set", li.contains({"a"}), "contains(#n0, :v0)", "li", [{"SS": ["a"]}]),
    ("contains typed set", G.ss.contains("a"), "contains(#n0, :v0)", "ss", [S("a")]),
    ("contains typed list", G.names.contains("two"), "contains(#n0, :v0)", "names", [S("two")]),
    ("contains nested", m["li"].contains(5), "contains(#n0.#n1, :v0)", "m li", [N(5)]),
    ("size greater", s.size() > 2, "size(#n0) > :v0", "s", [N(2)]),
    ("size equal", ss.size() == 2, "size(#n0) = :v0", "ss", [N(2)]),
    ("size not equal", li.size() != 3, "size(#n0) <> :v0", "li", [N(3)]),
    ("size less", m.size() < 2, "size(#n0) < :v0", "m", [N(2)]),
    ("size less or equal", b.size() <= 2, "size(#n0) <= :v0", "b", [N(2)]),
    ("size greater or equal", ns.size() >= 1, "size(#n0) >= :v0", "ns", [N(1)]),
    ("size between", bs.size().between(1, 2), "size(#n0) BETWEEN :v0 AND :v1", "bs", [N(1), N(2)]),
    ("size in", s.size().in_([1, 3]), "size(#n0) IN (:v0, :v1)", "s", [N(1), N(3)]),
    ("size of typed", G.names.size() == 2, "size(#n0) = :v0", "names", [N(2)]),
    ("size nested", m["k"].size() == 1, "size(#n0.#n1) = :v0", "m k", [N(1)]),
    ("size with a number first", 2 < s.size(), "size(#n0) > :v0", "s", [N(2)]),
]  # fmt: skip
"""BETWEEN, IN and the functions."""

PATHS: Final[Rows] = [
    ("map entry", m["k"] == "v", "#n0.#n1 = :v0", "m k", [S("v")]),
    ("map entry by text", attr("m.k") == "v", "#n0.#n1 = :v0", "m k", [S("v")]),
    ("map of map", m["deep"]["er"] == 1, "#n0.#n1.#n2 = :v0", "m deep er", [N(1)]),
    ("list element", li[0] == 1, "#n0[0] = :v0", "li", [N(1)]),
    ("list of list", li[2][0] == 3, "#n0[2][0] = :v0", "li", [N(3)]),
    ("list in map", m["li"][0] == 5, "#n0.#n1[0] = :v0", "m li", [N(5)]),
    ("list in map by text", attr("m.li[0]") == 5, "#n0.#n1[0] = :v0", "m li", [N(5)]),
    ("map in list", attr("lines[1].sku") == "b", "#n0[1].#n1 = :v0", "lines sku", [S("b")]),
    ("typed line", G.lines[0]["sku"] == "a", "#n0[0].#n1 = :v0", "lines sku", [S("a")]),
    ("typed by at", G.lines[1].at(lambda line: line.quantity) > 1, "#n0[1].#n1 > :v0", "lines quantity", [N(1)]),
    ("large index", li[4294967295 // 2] == 1, "#n0[2147483647] = :v0", "li", [N(1)]),
    ("name with a dot", attr(("a.b",)) == "dot", "#n0 = :v0", "a.b", [S("dot")]),
    ("name with brackets", attr(("x[0]",)) == "bracket", "#n0 = :v0", "x[0]", [S("bracket")]),
    ("nested name with a dot", attr(("m", "c.d")) == 1, "#n0.#n1 = :v0", "m c.d", [N(1)]),
    ("step with a dot", m["c.d"] == 1, "#n0.#n1 = :v0", "m c.d", [N(1)]),
    ("name with a space", attr("two words") == 1, "#n0 = :v0", ["two words"], [N(1)]),
    ("name with a dash", attr("kebab-case") == 1, "#n0 = :v0", "kebab-case", [N(1)]),
    ("name with a hash", attr("#n0") == 1, "#n0 = :v0", "#n0", [N(1)]),
    ("name with a colon", attr(":v0") == 1, "#n0 = :v0", ":v0", [N(1)]),
    ("name in unicode", attr("naïve") == 1, "#n0 = :v0", "naïve", [N(1)]),
    ("name as emoji", attr("😀") == 1, "#n0 = :v0", "😀", [N(1)]),
    ("name with quotes", attr('"quoted"') == 1, "#n0 = :v0", '"quoted"', [N(1)]),
    ("name with a newline", attr("line\nbreak") == 1, "#n0 = :v0", ["line\nbreak"], [N(1)]),
    ("name a number", attr("0") == 1, "#n0 = :v0", "0", [N(1)]),
    ("name in underscores", attr("__x") == 1, "#n0 = :v0", "__x", [N(1)]),
    ("reserved word", attr("status") == "paid", "#n0 = :v0", "status", [S("paid")]),
    ("reserved word size", attr("size") == 3, "#n0 = :v0", "size", [N(3)]),
    ("reserved word nested", m["order"] == 1, "#n0.#n1 = :v0", "m order", [N(1)]),
    ("keyword", attr("AND") == 1, "#n0 = :v0", "AND", [N(1)]),
    ("function's name", attr("contains").contains("x"), "contains(#n0, :v0)", "contains", [S("x")]),
    ("function's name sized", attr("size").size() == 1, "size(#n0) = :v0", "size", [N(1)]),
    ("list in map once more", attr("m.li[1]") == 6, "#n0.#n1[1] = :v0", "m li", [N(6)]),
    ("long name", attr("n" * 255) == 1, "#n0 = :v0", "n" * 255, [N(1)]),
    ("32 steps", attr(".".join("a" * 32)) == 1, "#n0" + ".#n0" * 31 + " = :v0", "a", [N(1)]),
    ("32 indexes", attr("li" + "[0]" * 31) == 1, "#n0" + "[0]" * 31 + " = :v0", "li", [N(1)]),
    ("case of names", (attr("Name") == 1) & (attr("name") == 1), "#n0 = :v0 AND #n1 = :v1", "Name name", [N(1), N(1)]),
]  # fmt: skip
"""Nested paths, and names that only a placeholder can stand for."""

SHARING: Final[Rows] = [
    ("name shared by terms", (n > 1) & (n < 9), "#n0 > :v0 AND #n0 < :v1", "n", [N(1), N(9)]),
    ("name shared by steps", attr("m.m.m") == 1, "#n0.#n0.#n0 = :v0", "m", [N(1)]),
    ("name shared by path and term", (m["k"] == "v") & (attr("k") == "v"),
     "#n0.#n1 = :v0 AND #n1 = :v1", "m k", [S("v"), S("v")]),
    ("name shared by handles", (G.n > 1) & (attr("n") < 9), "#n0 > :v0 AND #n0 < :v1", "n", [N(1), N(9)]),
    ("values never shared", (x == 1) & (y == 1), "#n0 = :v0 AND #n1 = :v1", "x y", [N(1), N(1)]),
    ("value and name alike", attr("abc") == "abc", "#n0 = :v0", "abc", [S("abc")]),
    ("names in reading order", (attr("z") == 1) & (attr("a") == 2) & (attr("m") == 3),
     "#n0 = :v0 AND #n1 = :v1 AND #n2 = :v2", "z a m", [N(1), N(2), N(3)]),
    ("element shares the list's name", (li[0] == 1) & (li[1] == "two"),
     "#n0[0] = :v0 AND #n0[1] = :v1", "li", [N(1), S("two")]),
    ("ten names", and_(*[attr(f"a{k}") == k for k in range(10)]),
     " AND ".join(f"#n{k} = :v{k}" for k in range(10)), "a0 a1 a2 a3 a4 a5 a6 a7 a8 a9", [N(k) for k in range(10)]),
    ("text that looks like a placeholder", x == ":v1", "#n0 = :v0", "x", [S(":v1")]),
]  # fmt: skip
"""Which names share a placeholder; values never do."""

JOINED: Final[Rows] = [
    ("and", (s == "abc") & (n > 1), "#n0 = :v0 AND #n1 > :v1", "s n", [S("abc"), N(1)]),
    ("and three", (s == "abc") & (n > 1) & t.attribute_exists(),
     "#n0 = :v0 AND #n1 > :v1 AND attribute_exists(#n2)", "s n t", [S("abc"), N(1)]),
    ("and right to left", (s == "abc") & ((n > 1) & t.attribute_exists()),
     "#n0 = :v0 AND #n1 > :v1 AND attribute_exists(#n2)", "s n t", [S("abc"), N(1)]),
    ("and_", and_(s == "abc", n > 1), "#n0 = :v0 AND #n1 > :v1", "s n", [S("abc"), N(1)]),
    ("and_ one", and_(s == "abc"), "#n0 = :v0", "s", [S("abc")]),
    ("and_ of ands", and_((s == "abc") & (n > 1), (x == 1) & (y == 2)),
     "#n0 = :v0 AND #n1 > :v1 AND #n2 = :v2 AND #n3 = :v3", "s n x y", [S("abc"), N(1), N(1), N(2)]),
    ("or", (s == "abc") | (n > 1), "#n0 = :v0 OR #n1 > :v1", "s n", [S("abc"), N(1)]),
    ("or three", (s == "abc") | (n > 1) | t.attribute_exists(),
     "#n0 = :v0 OR #n1 > :v1 OR attribute_exists(#n2)", "s n t", [S("abc"), N(1)]),
    ("or right to left", (s == "abc") | ((n > 1) | t.attribute_exists()),
     "#n0 = :v0 OR #n1 > :v1 OR attribute_exists(#n2)", "s n t", [S("abc"), N(1)]),
    ("or_", or_(s == "abc", n > 1, z.attribute_exists()),
     "#n0 = :v0 OR #n1 > :v1 OR attribute_exists(#n2)", "s n z", [S("abc"), N(1)]),
    ("or_ one", or_(n > 1), "#n0 > :v0", "n", [N(1)]),
    ("not", ~(s == "abc"), "NOT #n0 = :v0", "s", [S("abc")]),
    ("not_", not_(n > 1), "NOT #n0 > :v0", "n", [N(1)]),
    ("not function", ~s.begins_with("a"), "NOT begins_with(#n0, :v0)", "s", [S("a")]),
    ("not not", ~~(n > 1), "NOT NOT #n0 > :v0", "n", [N(1)]),
    ("not not not", ~~~(n > 1), "NOT NOT NOT #n0 > :v0", "n", [N(1)]),
    ("not between", ~n.between(1, 5), "NOT #n0 BETWEEN :v0 AND :v1", "n", [N(1), N(5)]),
    ("not in", ~n.in_([1, 5]), "NOT #n0 IN (:v0, :v1)", "n", [N(1), N(5)]),
    ("not and", ~((s == "abc") & (n > 1)), "NOT (#n0 = :v0 AND #n1 > :v1)", "s n", [S("abc"), N(1)]),
    ("not or", ~((s == "abc") | (n > 1)), "NOT (#n0 = :v0 OR #n1 > :v1)", "s n", [S("abc"), N(1)]),
    ("not not and", ~~((s == "abc") & (n > 1)), "NOT NOT (#n0 = :v0 AND #n1 > :v1)", "s n", [S("abc"), N(1)]),
    ("not in and", ~(s == "abc") & (n > 1), "NOT #n0 = :v0 AND #n1 > :v1", "s n", [S("abc"), N(1)]),
    ("not last in and", (s == "abc") & ~(n > 1), "#n0 = :v0 AND NOT #n1 > :v1", "s n", [S("abc"), N(1)]),
    ("not in or", ~(s == "abc") | (n > 1), "NOT #n0 = :v0 OR #n1 > :v1", "s n", [S("abc"), N(1)]),
    ("not both in and", ~(s == "abc") & ~(n > 1), "NOT #n0 = :v0 AND NOT #n1 > :v1", "s n", [S("abc"), N(1)]),
    ("or in and first", ((s == "abc") | (n > 1)) & (x == 1),
     "(#n0 = :v0 OR #n1 > :v1) AND #n2 = :v2", "s n x", [S("abc"), N(1), N(1)]),
    ("or in and last", (x == 1) & ((s == "abc") | (n > 1)),
     "#n0 = :v0 AND (#n1 = :v1 OR #n2 > :v2)", "x s n", [N(1), S("abc"), N(1)]),
    ("or in and twice", ((s == "abc") | (n > 1)) & ((x == 1) | (y == 2)),
     "(#n0 = :v0 OR #n1 > :v1) AND (#n2 = :v2 OR #n3 = :v3)", "s n x y", [S("abc"), N(1), N(1), N(2)]),
    ("and in or first", (s == "abc") & (n > 1) | (x == 1),
     "#n0 = :v0 AND #n1 > :v1 OR #n2 = :v2", "s n x", [S("abc"), N(1), N(1)]),
    ("and in or last", (x == 1) | (s == "abc") & (n > 1),
     "#n0 = :v0 OR #n1 = :v1 AND #n2 > :v2", "x s n", [N(1), S("abc"), N(1)]),
    ("and in or twice", (s == "abc") & (n > 1) | (x == 1) & (y == 2),
     "#n0 = :v0 AND #n1 > :v1 OR #n2 = :v2 AND #n3 = :v3", "s n x y", [S("abc"), N(1), N(1), N(2)]),
    ("not or in and", ~((s == "abc") | (n > 1)) & (x == 1),
     "NOT (#n0 = :v0 OR #n1 > :v1) AND #n2 = :v2", "s n x", [S("abc"), N(1), N(1)]),
    ("not and in or", ~((s == "abc") & (n > 1)) | (x == 1),
     "NOT (#n0 = :v0 AND #n1 > :v1) OR #n2 = :v2", "s n x", [S("abc"), N(1), N(1)]),
    ("not or in or", ~((s == "abc") | (n > 1)) | (x == 1),
     "NOT (#n0 = :v0 OR #n1 > :v1) OR #n2 = :v2", "s n x", [S("abc"), N(1), N(1)]),
    ("not and in and", ~((s == "abc") & (n > 1)) & (x == 1),
     "NOT (#n0 = :v0 AND #n1 > :v1) AND #n2 = :v2", "s n x", [S("abc"), N(1), N(1)]),
    ("not in not and", ~(~(s == "abc") & (n > 1)), "NOT (NOT #n0 = :v0 AND #n1 > :v1)", "s n", [S("abc"), N(1)]),
    ("not of and of or", ~((s == "abc") & ((n > 1) | (x == 1))),
     "NOT (#n0 = :v0 AND (#n1 > :v1 OR #n2 = :v2))", "s n x", [S("abc"), N(1), N(1)]),
    ("and of or of and", (s == "abc") & ((n > 1) | (x == 1) & (y == 2)),
     "#n0 = :v0 AND (#n1 > :v1 OR #n2 = :v2 AND #n3 = :v3)", "s n x y", [S("abc"), N(1), N(1), N(2)]),
    ("or of and of or", (s == "abc") | (n > 1) & ((x == 1) | (y == 2)),
     "#n0 = :v0 OR #n1 > :v1 AND (#n2 = :v2 OR #n3 = :v3)", "s n x y", [S("abc"), N(1), N(1), N(2)]),
    ("and of or of not and", (s == "abc") & ((n > 1) | ~((x == 1) & (y == 2))),
     "#n0 = :v0 AND (#n1 > :v1 OR NOT (#n2 = :v2 AND #n3 = :v3))", "s n x y", [S("abc"), N(1), N(1), N(2)]),
    ("between in and", n.between(1, 5) & (s == "abc"),
     "#n0 BETWEEN :v0 AND :v1 AND #n1 = :v2", "n s", [N(1), N(5), S("abc")]),
    ("between after and", (s == "abc") & n.between(1, 5),
     "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2", "s n", [S("abc"), N(1), N(5)]),
    ("between in or", n.between(1, 5) | (s == "abc"),
     "#n0 BETWEEN :v0 AND :v1 OR #n1 = :v2", "n s", [N(1), N(5), S("abc")]),
    ("between in not in and", ~n.between(1, 5) & (s == "abc"),
     "NOT #n0 BETWEEN :v0 AND :v1 AND #n1 = :v2", "n s", [N(1), N(5), S("abc")]),
    ("in in and", n.in_([1, 5]) & s.in_(["abc"]), "#n0 IN (:v0, :v1) AND #n1 IN (:v2)", "n s", [N(1), N(5), S("abc")]),
    ("functions joined", s.begins_with("a") & ss.contains("a") | z.attribute_exists(),
     "begins_with(#n0, :v0) AND contains(#n1, :v1) OR attribute_exists(#n2)", "s ss z", [S("a"), S("a")]),
    ("None in and", (z == None) & (n > 1),
     "(attribute_not_exists(#n0) OR #n0 = :v0) AND #n1 > :v1", "z n", [NULL, N(1)]),
    ("None in or", (z == None) | (n > 1), "attribute_not_exists(#n0) OR #n0 = :v0 OR #n1 > :v1", "z n", [NULL, N(1)]),
    ("not None in and", (z != None) & (n > 1),
     "attribute_exists(#n0) AND #n0 <> :v0 AND #n1 > :v1", "z n", [NULL, N(1)]),
    ("not None in or", (z != None) | (n > 1), "attribute_exists(#n0) AND #n0 <> :v0 OR #n1 > :v1", "z n", [NULL, N(1)]),
    ("not of None", ~(z == None), "NOT (attribute_not_exists(#n0) OR #n0 = :v0)", "z", [NULL]),
    ("None in not in and", ~(z == None) & (n > 1),
     "NOT (attribute_not_exists(#n0) OR #n0 = :v0) AND #n1 > :v1", "z n", [NULL, N(1)]),
    ("nothing to join folded", and_(n > 1, and_()), "#n0 > :v0", "n", [N(1)]),
    ("false alternative folded", (n > 1) | s.in_([]), "#n0 > :v0", "n", [N(1)]),
    ("true alternative folded", (n > 1) & ~s.in_([]), "#n0 > :v0", "n", [N(1)]),
    ("and sixteen", and_(*[n != number for number in range(16)]),
     " AND ".join(f"#n0 <> :v{k}" for k in range(16)), "n", [N(k) for k in range(16)]),
    ("or of ands", or_(*[(n == number) & (s != "x") for number in range(3)]),
     "#n0 = :v0 AND #n1 <> :v1 OR #n0 = :v2 AND #n1 <> :v3 OR #n0 = :v4 AND #n1 <> :v5",
     "n s", [N(0), S("x"), N(1), S("x"), N(2), S("x")]),
]  # fmt: skip
"""AND, OR and NOT, with the fewest parentheses."""

UPDATES: Final[Rows] = [
    ("set", U.set(s2, "x"), "SET #n0 = :v0", "s2", [S("x")]),
    ("set typed", U.set(G.n, Decimal("2.50")), "SET #n0 = :v0", "n", [N("2.5")]),
    ("set values", U.values(n=7, t=False), "SET #n0 = :v0, #n1 = :v1", "n t", [N(7), FALSE]),
    ("set all types", U.set(s2, "x").set(n, 1).set(x, b"\x01").set(t, True).set(z, None).set(ss, {"a"}).set(ns, {1}),
     "SET #n0 = :v0, #n1 = :v1, #n2 = :v2, #n3 = :v3, #n4 = :v4, #n5 = :v5 REMOVE #n6",
     "s2 n x t ss ns z", [S("x"), N(1), B(b"\x01"), TRUE, {"SS": ["a"]}, {"NS": ["1"]}]),
    ("set containers", U.set(bs, {b"a"}).set(li, [1, {"a": None}]).set(m, {"k": [True]}),
     "SET #n0 = :v0, #n1 = :v1, #n2 = :v2", "bs li m", [{"BS": [b"a"]}, L(N(1), M(a=NULL)), M(k=L(TRUE))]),
    ("set date", U.set(G.at, datetime(2026, 1, 2, tzinfo=UTC)).set(G.day, date(2026, 1, 2)),
     "SET #n0 = :v0, #n1 = :v1", "at day", [S("2026-01-02T00:00:00.000000Z"), S("2026-01-02")]),
    ("set Enum", U.set(G.color, Color.BLUE), "SET #n0 = :v0", "color", [S("blue")]),
    ("set nested", U.set(m["k"], "w"), "SET #n0.#n1 = :v0", "m k", [S("w")]),
    ("set new entry", U.set(m["new"], 1), "SET #n0.#n1 = :v0", "m new", [N(1)]),
    ("set element", U.set(li[0], 9), "SET #n0[0] = :v0", "li", [N(9)]),
    ("set past the end", U.set(li[99], "last"), "SET #n0[99] = :v0", "li", [S("last")]),
    ("set deep", U.set(m["li"][0], 6), "SET #n0.#n1[0] = :v0", "m li", [N(6)]),
    ("set deep typed", U.set(G.lines[0]["sku"], "z"), "SET #n0[0].#n1 = :v0", "lines sku", [S("z")]),
    ("set typed by at", U.set(G.lines[0].at(lambda line: line.quantity), 3),
     "SET #n0[0].#n1 = :v0", "lines quantity", [N(3)]),
    ("set odd names", U.set(attr(("a.b",)), 1).set(attr("status"), "paid").set(attr("naïve"), 2),
     "SET #n0 = :v0, #n1 = :v1, #n2 = :v2", "a.b status naïve", [N(1), S("paid"), N(2)]),
    ("set from attribute", U.set(x, y), "SET #n0 = #n1", "x y", []),
    ("set from nested", U.set(x, m["k"]), "SET #n0 = #n1.#n2", "x m k", []),
    ("set from element", U.set(x, li[1]), "SET #n0 = #n1[1]", "x li", []),
    ("set from typed", U.set(attr("n"), G.i), "SET #n0 = #n1", "n i", []),
    ("swap", U.set(x, y).set(y, x), "SET #n0 = #n1, #n1 = #n0", "x y", []),
    ("plus", U.set(n, n + 1), "SET #n0 = #n0 + :v0", "n", [N(1)]),
    ("plus typed", U.set(G.n, G.n + Decimal("0.5")), "SET #n0 = #n0 + :v0", "n", [N("0.5")]),
    ("plus attribute", U.set(n, n + attr("i")), "SET #n0 = #n0 + #n1", "n i", []),
    ("plus another's", U.set(x, n + 1), "SET #n0 = #n1 + :v0", "x n", [N(1)]),
    ("minus", U.set(n, n - 1), "SET #n0 = #n0 - :v0", "n", [N(1)]),
    ("minus attribute", U.set(n, n - attr("i")), "SET #n0 = #n0 - #n1", "n i", []),
    ("literal minus", U.set(n, 10 - n), "SET #n0 = :v0 - #n0", "n", [N(10)]),
    ("literal plus", U.set(n, 10 + n), "SET #n0 = :v0 + #n0", "n", [N(10)]),
    ("plus nested", U.set(m["n"], m["n"] + 1), "SET #n0.#n1 = #n0.#n1 + :v0", "m n", [N(1)]),
    ("minus element", U.set(li[0], li[0] - 1), "SET #n0[0] = #n0[0] - :v0", "li", [N(1)]),
    ("plus negative", U.set(n, n + -3), "SET #n0 = #n0 + :v0", "n", [N(-3)]),
    ("if_not_exists", U.set(x, x.if_not_exists("new")), "SET #n0 = if_not_exists(#n0, :v0)", "x", [S("new")]),
    ("if_not_exists of another", U.set(y, x.if_not_exists(0)), "SET #n0 = if_not_exists(#n1, :v0)", "y x", [N(0)]),
    ("if_not_exists with attribute", U.set(x, x.if_not_exists(s)), "SET #n0 = if_not_exists(#n0, #n1)", "x s", []),
    ("if_not_exists nested", U.set(x, x.if_not_exists(y.if_not_exists(0))),
     "SET #n0 = if_not_exists(#n0, if_not_exists(#n1, :v0))", "x y", [N(0)]),
    ("if_not_exists of a path", U.set(m["k"], m["k"].if_not_exists("v")),
     "SET #n0.#n1 = if_not_exists(#n0.#n1, :v0)", "m k", [S("v")]),
    ("if_not_exists typed", U.set(G.i, G.i.if_not_exists(0)), "SET #n0 = if_not_exists(#n0, :v0)", "i", [N(0)]),
    ("if_not_exists plus", U.set(n, n.if_not_exists(0) + 1),
     "SET #n0 = if_not_exists(#n0, :v0) + :v1", "n", [N(0), N(1)]),
    ("if_not_exists minus", U.set(n, n.if_not_exists(10) - 1),
     "SET #n0 = if_not_exists(#n0, :v0) - :v1", "n", [N(10), N(1)]),
    ("literal minus if_not_exists", U.set(n, 100 - n.if_not_exists(0)),
     "SET #n0 = :v0 - if_not_exists(#n0, :v1)", "n", [N(100), N(0)]),
    ("if_not_exists plus if_not_exists", U.set(n, n.if_not_exists(0) + attr("i").if_not_exists(1)),
     "SET #n0 = if_not_exists(#n0, :v0) + if_not_exists(#n1, :v1)", "n i", [N(0), N(1)]),
    ("append", U.set(li, li.append("x")), "SET #n0 = list_append(#n0, :v0)", "li", [L(S("x"))]),
    ("append two", U.set(li, li.append("x", 2)), "SET #n0 = list_append(#n0, :v0)", "li", [L(S("x"), N(2))]),
    ("append typed", U.set(G.names, G.names.append("three")),
     "SET #n0 = list_append(#n0, :v0)", "names", [L(S("three"))]),
    ("append create_missing", U.set(attr("lz"), attr("lz").append("x", create_missing=True)),
     "SET #n0 = list_append(if_not_exists(#n0, :v0), :v1)", "lz", [L(), L(S("x"))]),
    ("prepend", U.set(li, li.prepend("x")), "SET #n0 = list_append(:v0, #n0)", "li", [L(S("x"))]),
    ("prepend create_missing", U.set(attr("lz"), attr("lz").prepend("x", create_missing=True)),
     "SET #n0 = list_append(:v0, if_not_exists(#n0, :v1))", "lz", [L(S("x")), L()]),
    ("append to another", U.set(x, li.append("x")), "SET #n0 = list_append(#n1, :v0)", "x li", [L(S("x"))]),
    ("append a list", U.set(li, li.append([1, 2])), "SET #n0 = list_append(#n0, :v0)", "li", [L(L(N(1), N(2)))]),
    ("append an attribute's list", U.set(li, li.append(m["li"])), "SET #n0 = list_append(#n0, #n1.#n0)", "li m", []),
    ("prepend an attribute's list", U.set(x, li.prepend(m["li"])), "SET #n0 = list_append(#n1.#n2, #n2)", "x m li", []),
    ("append to what may be missing", U.set(attr("lz"), attr("lz").if_not_exists(["y"]).append("x")),
     "SET #n0 = list_append(if_not_exists(#n0, :v0), :v1)", "lz", [L(S("y")), L(S("x"))]),
    ("append what may be missing", U.set(li, li.append(attr("lz").if_not_exists([]))),
     "SET #n0 = list_append(#n0, if_not_exists(#n1, :v0))", "li lz", [L()]),
    ("append nested", U.set(m["li"], m["li"].append(7)), "SET #n0.#n1 = list_append(#n0.#n1, :v0)", "m li", [L(N(7))]),
    ("remove", U.remove(x), "REMOVE #n0", "x", []),
    ("remove two", U.remove(x, y), "REMOVE #n0, #n1", "x y", []),
    ("remove element", U.remove(li[0]), "REMOVE #n0[0]", "li", []),
    ("remove elements", U.remove(li[0], li[2]), "REMOVE #n0[0], #n0[2]", "li", []),
    ("remove nested", U.remove(m["k"], m["li"][0]), "REMOVE #n0.#n1, #n0.#n2[0]", "m k li", []),
    ("remove past the end", U.remove(li[99]), "REMOVE #n0[99]", "li", []),
    ("remove by None", U.set(G.note, None), "REMOVE #n0", "note", []),
    ("remove by empty set", U.set(G.ss, set()), "REMOVE #n0", "ss", []),
    ("add number", U.add(n, 5), "ADD #n0 :v0", "n", [N(5)]),
    ("add negative", U.add(n, -5), "ADD #n0 :v0", "n", [N(-5)]),
    ("add typed", U.add(G.i, 1), "ADD #n0 :v0", "i", [N(1)]),
    ("add nested", U.add(m["n"], 1), "ADD #n0.#n1 :v0", "m n", [N(1)]),
    ("add text set", U.add(ss, {"a", "z"}), "ADD #n0 :v0", "ss", [{"SS": ["a", "z"]}]),
    ("add number set", U.add(ns, {1, 9}), "ADD #n0 :v0", "ns", [{"NS": ["1", "9"]}]),
    ("add binary set", U.add(bs, {b"z"}), "ADD #n0 :v0", "bs", [{"BS": [b"z"]}]),
    ("add new", U.add(attr("new"), 1), "ADD #n0 :v0", "new", [N(1)]),
    ("add two", U.add(n, 1).add(ss, {"z"}), "ADD #n0 :v0, #n1 :v1", "n ss", [N(1), {"SS": ["z"]}]),
    ("delete", U.delete(ss, {"a"}), "DELETE #n0 :v0", "ss", [{"SS": ["a"]}]),
    ("delete number", U.delete(ns, {2, 3}), "DELETE #n0 :v0", "ns", [{"NS": ["2", "3"]}]),
    ("delete bytes", U.delete(bs, {b"a"}), "DELETE #n0 :v0", "bs", [{"BS": [b"a"]}]),
    ("delete typed", U.delete(G.ss, {"a", "b"}), "DELETE #n0 :v0", "ss", [{"SS": ["a", "b"]}]),
    ("delete of missing", U.delete(attr("new"), {"a"}), "DELETE #n0 :v0", "new", [{"SS": ["a"]}]),
    ("clauses in order", U.delete(ss, {"a"}).add(n, 1).remove(x).set(y, 1),
     "SET #n0 = :v0 REMOVE #n1 ADD #n2 :v1 DELETE #n3 :v2", "y x n ss", [N(1), N(1), {"SS": ["a"]}]),
    ("clauses grouped", U.set(x, 1).remove(y).set(s2, "a").remove(z).add(n, 1).set(t, False),
     "SET #n0 = :v0, #n1 = :v1, #n2 = :v2 REMOVE #n3, #n4 ADD #n5 :v3", "x s2 t y z n", [N(1), S("a"), FALSE, N(1)]),
    ("grouped values in reading order", U.add(n, 1).set(x, 2).add(attr("i"), 3).set(y, 4),
     "SET #n0 = :v0, #n1 = :v1 ADD #n2 :v2, #n3 :v3", "x y n i", [N(2), N(4), N(1), N(3)]),
    ("names shared by clauses", U.set(x, n).add(n, 1), "SET #n0 = #n1 ADD #n1 :v0", "x n", [N(1)]),
    ("names shared by paths", U.set(m["k"], m["n"]).remove(m["li"]),
     "SET #n0.#n1 = #n0.#n2 REMOVE #n0.#n3", "m k n li", []),
    ("reads before writes", U.set(x, n).set(n, 0), "SET #n0 = #n1, #n1 = :v0", "x n", [N(0)]),
    ("siblings", U.set(m["k"], 1).set(m["n"], 2).remove(m["li"][1]),
     "SET #n0.#n1 = :v0, #n0.#n2 = :v1 REMOVE #n0.#n3[1]", "m k n li", [N(1), N(2)]),
]  # fmt: skip
"""SET, REMOVE, ADD and DELETE, grouped by clause."""

PROJECTIONS: Final[Rows] = [
    ("one", select(G.s), "#n0", "s", []),
    ("two", select(G.s, G.n), "#n0, #n1", "s n", []),
    ("order kept", select(G.n, G.s, G.b), "#n0, #n1, #n2", "n s b", []),
    ("key", select(G.pk, G.sk), "#n0, #n1", "pk sk", []),
    ("nested", select(G.m["k"]), "#n0.#n1", "m k", []),
    ("nested beside", select(G.m["k"], G.m["n"]), "#n0.#n1, #n0.#n2", "m k n", []),
    ("element", select(G.li[0]), "#n0[0]", "li", []),
    ("entry that is a list", select(G.m["li"]), "#n0.#n1", "m li", []),
    ("deep element", select(G.m["li"][1]), "#n0.#n1[1]", "m li", []),
    ("element of element", select(G.li[2][0]), "#n0[2][0]", "li", []),
    ("line", select(G.lines[0]["sku"]), "#n0[0].#n1", "lines sku", []),
    ("line by at", select(G.lines[0].at(lambda line: line.sku)), "#n0[0].#n1", "lines sku", []),
    ("missing", select(G.s, attr("nothing")), "#n0, #n1", "s nothing", []),
    ("odd names", select(G.s, attr(("a.b",)), attr("two words"), attr("naïve")),
     "#n0, #n1, #n2, #n3", ["s", "a.b", "two words", "naïve"], []),
    ("reserved words", select(G.s, attr("status"), attr("size")), "#n0, #n1, #n2", "s status size", []),
    ("projected step with a dot", select(G.m["c.d"], G.s), "#n0.#n1, #n2", "m c.d s", []),
    ("names shared", select(G.m["k"], attr("k")), "#n0.#n1, #n1", "m k", []),
    ("every type", select(G.s, G.n, G.b, G.t, G.z, G.ss, G.ns, G.bs, G.li, G.m),
     "#n0, #n1, #n2, #n3, #n4, #n5, #n6, #n7, #n8, #n9", "s n b t z ss ns bs li m", []),
    ("past the end", select(G.s, G.li[99]), "#n0, #n1[99]", "s li", []),
    ("name inside itself", select(G.m["m"]["m"]), "#n0.#n0.#n0", "m", []),
]  # fmt: skip
"""What a read returns."""

KEYS: Final[Rows] = [
    ("partition", pk == "p", "#n0 = :v0", "pk", [S("p")]),
    ("partition typed", G.pk == "p", "#n0 = :v0", "pk", [S("p")]),
    ("partition literal first", "p" == pk, "#n0 = :v0", "pk", [S("p")]),
    ("sort equal", (pk == "p") & (sk == 2), "#n0 = :v0 AND #n1 = :v1", "pk sk", [S("p"), N(2)]),
    ("sort less", (pk == "p") & (sk < 3), "#n0 = :v0 AND #n1 < :v1", "pk sk", [S("p"), N(3)]),
    ("sort less or equal", (pk == "p") & (sk <= 3), "#n0 = :v0 AND #n1 <= :v1", "pk sk", [S("p"), N(3)]),
    ("sort greater", (pk == "p") & (sk > 1), "#n0 = :v0 AND #n1 > :v1", "pk sk", [S("p"), N(1)]),
    ("sort greater or equal", (pk == "p") & (sk >= Decimal("1.5")),
     "#n0 = :v0 AND #n1 >= :v1", "pk sk", [S("p"), N("1.5")]),
    ("sort between", (pk == "p") & sk.between(2, 3),
     "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2", "pk sk", [S("p"), N(2), N(3)]),
    ("sort between equal", (pk == "p") & sk.between(2, 2),
     "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2", "pk sk", [S("p"), N(2), N(2)]),
    ("sort negative", (pk == "p") & (sk > -1), "#n0 = :v0 AND #n1 > :v1", "pk sk", [S("p"), N(-1)]),
    ("sort literal first", (pk == "p") & (3 > sk), "#n0 = :v0 AND #n1 < :v1", "pk sk", [S("p"), N(3)]),
    ("sort typed", (G.pk == "p") & G.sk.between(1, 2),
     "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2", "pk sk", [S("p"), N(1), N(2)]),
    ("no item", (pk == "nobody") & (sk == 1), "#n0 = :v0 AND #n1 = :v1", "pk sk", [S("nobody"), N(1)]),
    ("text equal @by-s", (pk == "p") & (s == "abc"), "#n0 = :v0 AND #n1 = :v1", "pk s", [S("p"), S("abc")]),
    ("text less @by-s", (pk == "p") & (s < "b"), "#n0 = :v0 AND #n1 < :v1", "pk s", [S("p"), S("b")]),
    ("text between @by-s", (pk == "p") & s.between("a", "abd"),
     "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2", "pk s", [S("p"), S("a"), S("abd")]),
    ("text begins_with @by-s", (pk == "p") & s.begins_with("ab"),
     "#n0 = :v0 AND begins_with(#n1, :v1)", "pk s", [S("p"), S("ab")]),
    ("text begins_with typed @by-s", (G.pk == "p") & G.s.begins_with("ab"),
     "#n0 = :v0 AND begins_with(#n1, :v1)", "pk s", [S("p"), S("ab")]),
    ("text begins_with unicode @by-s", (pk == "p") & s.begins_with("é"),
     "#n0 = :v0 AND begins_with(#n1, :v1)", "pk s", [S("p"), S("é")]),
    ("text partition only @by-s", pk == "p", "#n0 = :v0", "pk", [S("p")]),
    ("bytes equal @by-b", (pk == "p") & (b == b"\x01\x02"),
     "#n0 = :v0 AND #n1 = :v1", "pk b", [S("p"), B(b"\x01\x02")]),
    ("bytes greater @by-b", (pk == "p") & (b > b"\x01"), "#n0 = :v0 AND #n1 > :v1", "pk b", [S("p"), B(b"\x01")]),
    ("bytes between @by-b", (pk == "p") & b.between(b"\x00", b"\x02"),
     "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2", "pk b", [S("p"), B(b"\x00"), B(b"\x02")]),
    ("bytes begins_with @by-b", (pk == "p") & b.begins_with(b"\x01"),
     "#n0 = :v0 AND begins_with(#n1, :v1)", "pk b", [S("p"), B(b"\x01")]),
    ("and_ of keys", and_(pk == "p", sk == 1), "#n0 = :v0 AND #n1 = :v1", "pk sk", [S("p"), N(1)]),
]  # fmt: skip
"""Key conditions of the table; those whose name ends in @ and an index, of that index."""


def _item(number: int, **attributes: Wire) -> Item:
    return {"pk": S("p"), "sk": N(number), **attributes}


ITEMS: Final[list[Item]] = [
    _item(
        1,
        s=S("abc"), n=N(5), i=N(1), j=N(9), f=N("0.1"), b=B(b"\x01\x02"), t=TRUE, z=NULL, x=S("abc"), y=S("abc"),
        ss={"SS": ["a", "b"]}, ns={"NS": ["1", "2"]}, bs={"BS": [b"a", b"b"]}, names=L(S("one"), S("two")),
        li=L(N(1), S("two"), L(N(3)), NULL, TRUE, M(sku=S("a")), {"SS": ["a"]}), lj=L(N(1)),
        m=M(k=S("v"), n=N(1), li=L(N(5), N(6)), deep=M(er=N(1)), m=M(m=N(1)), order=N(1), **{"c.d": N(1)}),
        lines=L(M(sku=S("a"), quantity=N(1)), M(sku=S("b"), quantity=N(2))),
        at=S("2026-01-02T03:04:05.000000Z"), day=S("2026-01-02"), epoch=N(1767312000), color=S("red"),
        uid=S("12345678-1234-5678-1234-567812345678"),
        abc=S("abc"), contains=S("xyz"), k=S("v"), note=S("n"), size=N(3), status=S("paid"),
        **{"a.b": S("dot"), "x[0]": S("bracket"), "two words": N(1), "kebab-case": N(1), "naïve": N(1), "😀": N(1)},
    ),
    _item(
        2,
        s=S("abd"), n=N("12.5"), i=N(12), j=N(13), f=N(2), b=B(b"\x01\x03"), t=FALSE, z=N(0), x=N("5.0"), y=N(5),
        ss={"SS": ["b", "c"]}, ns={"NS": ["1"]}, bs={"BS": [b"b"]}, names=L(),
        li=L(N(1), N(1), S("v"), N("12.5")), m=M(k=N(1), n=N(13)), lines=L(M(sku=S("b"), quantity=N(2))),
        at=S("2026-01-01T00:00:00.000000Z"), day=S("2026-01-01"), color=S("blue"), size=S("x"), status=S("pending"),
        **{"#n0": N(1), ":v0": N(1), "0": N(1), "__x": N(1), "AND": N(1), "Name": N(1), "name": N(1)},
        **{"line\nbreak": N(1), '"quoted"': N(1)},
    ),
    _item(
        3,
        s=S("é"), n=S("5"), i=NULL, j=TRUE, b=B(b"\xff"), t=N(1), z=L(), ss={"NS": ["1"]}, ns={"SS": ["1"]}, bs=B(b"a"),
        li=M(k=N(1)), lj=S("x"), m=L(N(1)), x=M(a=L(M(b=M(c=NULL)), TRUE, {"NS": ["1"]})), y=NULL, names=S("two"),
        lines=S("a"), at=N(1), contains={"SS": ["x"]}, size=L(N(1)), status=NULL,
    ),
    _item(4),
    _item(
        5,
        s=S("a"), n=N(-7), i=N(-7), b=B(b"\x00"), x=B(b""), y=B(b""), ss=S("abc"), m=M(), li=L(L(N(1)), L(N(1))),
        lj=L(L(N(1))),
    ),
]  # fmt: skip
"""What conditions are tried on, what updates change, what projections pick from."""
