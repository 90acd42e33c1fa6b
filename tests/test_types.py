"""Every Python type goes to the wire and comes back; what DynamoDB can't hold is refused where it is written."""

import enum
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple, Self, TypedDict
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given

from dynexpr.errors import ArgumentError, ValueNotStorable
from dynexpr.orm.annotations import Reader
from dynexpr.orm.names import Names
from dynexpr.types import (
    Any_,
    Binary,
    Boolean,
    ColumnType,
    Date,
    DateTime,
    Enum,
    EpochSeconds,
    Float,
    Integer,
    List,
    Map,
    Nullable,
    Number,
    Record,
    Set,
    String,
    Uuid,
)
from dynexpr.wire import Wire, decode, encode, equal

DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ID = UUID("12345678-1234-5678-1234-567812345678")


class Colour(enum.StrEnum):
    """Kept as text."""

    RED = "r"
    BLUE = "b"


class Level(enum.IntEnum):
    """Kept as numbers."""

    LOW = 1
    HIGH = 2


class Pair(enum.Enum):
    """Kept as a list and as text."""

    ONE = (1, "x")
    TWO = "y"


class Named(str, enum.Enum):  # noqa: UP042 - whose text is not its value, as a StrEnum's is
    """Kept as text; `str()` shows something else."""

    A = "a"


class Coded(str, enum.Enum):  # noqa: UP042
    """Text whose value is a number."""

    code: int

    def __new__(cls, code: int) -> Self:
        """A member that reads as text and is stored as its code."""
        member = str.__new__(cls, f"code {code}")
        member._value_ = code
        return member

    A = 5


class Rights(enum.Flag):
    """Kept as the sum of its members."""

    READ = 1
    WRITE = 2


class Loud(str):
    """Text that shows itself otherwise."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "LOUD"


@dataclass
class Line:
    """A plain dataclass."""

    sku: str
    qty: int = 1
    note: str | None = None


@dataclass(frozen=True)
class Tree:
    """A dataclass that holds itself."""

    name: str
    children: "list[Tree]" = field(default_factory=list)


@dataclass
class Counted:
    """A dataclass with a field its constructor does not take."""

    name: str
    length: int = field(init=False)

    def __post_init__(self) -> None:
        self.length = len(self.name)


class Address(TypedDict, total=False):
    """A TypedDict whose keys may be left out."""

    city: str
    zip: str | None


def read(annotation: object) -> ColumnType[Any]:
    """The column type of an annotation."""
    return Reader(Names(globals(), module=__name__), "as_written").column(annotation, "T.a")[0]


class Row(NamedTuple):
    """One value, both ways."""

    name: str
    type: ColumnType[Any]
    value: Any
    wire: Wire


ROWS = [
    Row("text", String(), "ä€😀", {"S": "ä€😀"}),
    Row("empty text", String(), "", {"S": ""}),
    Row("int", Integer(), -(10**37), {"N": "-1" + "0" * 37}),
    Row("38 digits", Integer(), 10**38 - 1, {"N": "9" * 38}),
    Row("Decimal", Number(), Decimal("12.50"), {"N": "12.5"}),
    Row("smallest Decimal", Number(), Decimal("1E-130"), {"N": "0." + "0" * 129 + "1"}),
    Row("zero", Number(), Decimal("-0"), {"N": "0"}),
    Row("float", Float(), 0.1, {"N": "0.1"}),
    Row("large float", Float(), 1e22, {"N": "10000000000000000000000"}),
    Row("true", Boolean(), True, {"BOOL": True}),
    Row("false", Boolean(), False, {"BOOL": False}),
    Row("bytes", Binary(), b"\0\xff", {"B": b"\0\xff"}),
    Row("datetime", DateTime(), NOON, {"S": "2026-11-22T12:00:00.000000Z"}),
    Row("first datetime", DateTime(), datetime.min.replace(tzinfo=UTC), {"S": "0001-01-01T00:00:00.000000Z"}),
    Row("epoch", EpochSeconds(), NOON, {"N": "1795348800"}),
    Row("before the epoch", EpochSeconds(), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), {"N": "-1"}),
    Row("date", Date(), DAY, {"S": "2026-11-22"}),
    Row("uuid", Uuid(), ID, {"S": "12345678-1234-5678-1234-567812345678"}),
    Row("text enum", Enum(Colour), Colour.RED, {"S": "r"}),
    Row("int enum", Enum(Level), Level.HIGH, {"N": "2"}),
    Row("enum of a tuple", Enum(Pair), Pair.ONE, {"L": [{"N": "1"}, {"S": "x"}]}),
    Row("enum of mixed kinds", Enum(Pair), Pair.TWO, {"S": "y"}),
    Row("flags", Enum(Rights), Rights.READ | Rights.WRITE, {"N": "3"}),
    Row("no flags", Enum(Rights), Rights(0), {"N": "0"}),
    Row("list", List(Integer()), [1, 2], {"L": [{"N": "1"}, {"N": "2"}]}),
    Row("empty list", List(Integer()), [], {"L": []}),
    Row("list with None", List(Nullable(String())), ["a", None], {"L": [{"S": "a"}, {"NULL": True}]}),
    Row("list of lists", List(List(Float())), [[1.5], []], {"L": [{"L": [{"N": "1.5"}]}, {"L": []}]}),
    Row("map", Map(Integer()), {"a.b": 1}, {"M": {"a.b": {"N": "1"}}}),
    Row("empty map", Map(), {}, {"M": {}}),
    Row("map of sets", Map(Set(String())), {"a": {"x"}}, {"M": {"a": {"SS": ["x"]}}}),
    Row("set of text", Set(String()), {"b", "a"}, {"SS": ["a", "b"]}),
    Row("set of ints", Set(Integer()), {2, 10}, {"NS": ["10", "2"]}),
    Row("set of bytes", Set(Binary()), {b"b", b"a"}, {"BS": [b"a", b"b"]}),
    Row("set of dates", Set(Date()), {DAY}, {"SS": ["2026-11-22"]}),
    Row("set of enums", Set(Enum(Level)), {Level.LOW}, {"NS": ["1"]}),
    Row("dataclass", read(Line), Line("a", 2), {"M": {"sku": {"S": "a"}, "qty": {"N": "2"}}}),
    Row(
        "recursive dataclass",
        read(Tree),
        Tree("a", [Tree("b")]),
        {
            "M": {
                "name": {"S": "a"},
                "children": {"L": [{"M": {"name": {"S": "b"}, "children": {"L": []}}}]},
            }
        },
    ),
    Row("field without init", read(Counted), Counted("abc"), {"M": {"name": {"S": "abc"}, "length": {"N": "3"}}}),
    Row("TypedDict", read(Address), {"city": "X"}, {"M": {"city": {"S": "X"}}}),
    Row("TypedDict with None", read(Address), {"zip": None}, {"M": {"zip": {"NULL": True}}}),
    Row("undeclared key", read(Address), {"more": {"x"}}, {"M": {"more": {"SS": ["x"]}}}),
    Row("anything: None", Any_(), None, {"NULL": True}),
    Row("anything: a map", Any_(), {"a": [True, b"x"]}, {"M": {"a": {"L": [{"BOOL": True}, {"B": b"x"}]}}}),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_there_and_back(row: Row) -> None:
    """A value is written as the row says, and read back as the same value of the same type."""
    assert row.type.encode(row.value) == row.wire
    back = row.type.decode(row.wire)
    assert back == row.value
    assert type(back) is type(row.value)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_shows(row: Row) -> None:
    """A type's repr names it, for messages."""
    assert type(row.type).__name__ in repr(row.type) or isinstance(row.type, Record)


class Plain(NamedTuple):
    """One value of a class of its own, and the plain one that is stored."""

    name: str
    type: ColumnType[Any]
    value: Any
    stored: Any


PLAIN = [
    Plain("text", Any_(), Loud("a"), "a"),
    Plain("text in a column", String(), Loud("a"), "a"),
    Plain("text enum", Any_(), Named.A, "a"),
    Plain("text enum for another", Enum(Colour), Named.A, "a"),
    Plain("enum of text and number", Any_(), Coded.A, 5),
    Plain("flags", Any_(), Rights.READ | Rights.WRITE, 3),
    Plain("key", Any_(), {Named.A: 1}, {"a": 1}),
    Plain("key in a column", Map(Integer()), {Named.A: 1, Loud("b"): 2}, {"a": 1, "b": 2}),
    Plain("set", Set(String()), {Named.A, Loud("b")}, {"a", "b"}),
    Plain("part of bytes", Any_(), memoryview(b"abcd")[::2], b"ac"),
]


@pytest.mark.parametrize("row", PLAIN, ids=lambda row: row.name)
def test_classes_of_their_own(row: Plain) -> None:
    """Of a subclass the plain value is stored, so that its repr or its equality never matter."""
    assert repr(row.type.encode(row.value)) == repr(encode(row.stored))


class Bad(NamedTuple):
    """One value that is refused, and words of the message."""

    name: str
    type: ColumnType[Any]
    value: Any
    words: str


class Odd:
    """Nothing DynamoDB knows."""

    def __repr__(self) -> str:
        return "<odd>"


HOLDS = "can't store {}: the attribute holds"
BAD = [
    Bad("NaN", Number(), Decimal("NaN"), "a number must be finite; DynamoDB has no NaN"),
    Bad("Infinity", Number(), Decimal("-Infinity"), "must be finite"),
    Bad("float NaN", Float(), float("nan"), "must be finite"),
    Bad("float Infinity", Float(), float("inf"), "must be finite"),
    Bad("39 digits", Integer(), 10**38 + 1, "keeps 38 significant digits; round it, or store it as text"),
    Bad("39 digits in a Decimal", Number(), Decimal("1." + "1" * 38), "38 significant digits"),
    Bad("too large", Number(), Decimal("1E126"), "between 1E-130 and 9.99E+125"),
    Bad("too small", Number(), Decimal("1E-131"), "between 1E-130 and 9.99E+125"),
    Bad("float without opt-in", Number(), 1.5, "holds a number (Decimal), not float; write Decimal('1.5')"),
    Bad("float for an int", Integer(), 1.5, "not float; round it, or annotate the column as Decimal or float"),
    Bad("fraction for an int", Integer(), Decimal("1.5"), "not Decimal; round it"),
    Bad("fraction in a list of ints", List(Integer()), [1, Decimal("1.5")], "[1]: can't store Decimal('1.5')"),
    Bad("text for a datetime", DateTime(), "garbage", "not str; write datetime.fromisoformat(...)"),
    Bad("text in a list of datetimes", List(DateTime()), ["garbage"], "[0]: can't store 'garbage'"),
    Bad("text for a date", Date(), "2026", "write date.fromisoformat(...)"),
    Bad("text for a uuid", Uuid(), "x", "write UUID(...)"),
    Bad(
        "float for anything", Any_(), 1.5, "a float is not exact; write Decimal('1.5'), or annotate the column as float"
    ),
    Bad("NaN for anything", Any_(), float("nan"), "write a Decimal"),
    Bad("bool for an int", Integer(), True, "holds a whole number (int), not bool"),
    Bad("bool for a Decimal", Number(), False, "not bool"),
    Bad("bool for a float", Float(), True, "not bool"),
    Bad("int for a bool", Boolean(), 1, "holds a bool, not int"),
    Bad("text for a number", Number(), "1", "not str"),
    Bad("number for text", String(), 1, "holds text (str), not int"),
    Bad("None for text", String(), None, "not NoneType"),
    Bad("text for bytes", Binary(), "x", "holds bytes, not str"),
    Bad("bytes for text", String(), b"x", "not bytes"),
    Bad("lone surrogate", String(), "\ud800", "valid Unicode; it holds a lone surrogate"),
    Bad("lone surrogate inside", List(String()), ["\ud800"], "[0]: can't store '\\ud800'"),
    Bad("naive datetime", DateTime(), datetime(2026, 1, 1), "a naive datetime names no instant; give it a tzinfo"),  # noqa: DTZ001
    Bad("naive epoch", EpochSeconds(), datetime(2026, 1, 1), "a naive datetime"),  # noqa: DTZ001
    Bad("date for a datetime", DateTime(), DAY, "holds an aware datetime, not date"),
    Bad("date for an epoch", EpochSeconds(), DAY, "not date"),
    Bad("datetime for a date", Date(), NOON, "holds a date, not datetime"),
    Bad("int for a uuid", Uuid(), 1, "holds a UUID, not int"),
    Bad("outside the years", DateTime(), datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), "years 1 to 9999"),
    Bad("value for an enum", Enum(Level), 1, "holds a member of Level, not int"),
    Bad("empty set", Set(String()), set(), "DynamoDB has no empty set"),
    Bad(
        "empty set in a list", List(Set(String())), [{"a"}, set()], "[1]: can't store set(): DynamoDB has no empty set"
    ),
    Bad("empty set in anything", Any_(), {"a": [set()]}, "a[0]: can't store set()"),
    Bad("mixed set", Any_(), {1, "a"}, "must all be text, all numbers, or all bytes"),
    Bad("set of bools", Any_(), {True}, "must all be text"),
    Bad("wrong element of a set", Set(String()), {1}, "holds text (str), not int"),
    Bad("list for a set", Set(String()), ["a"], "holds a set, not list"),
    Bad("set for a list", List(String()), {"a"}, "holds a list, not set"),
    Bad("text for a list", List(String()), "ab", "holds a list, not str"),
    Bad("list for a map", Map(), [1], "holds a map (dict), not list"),
    Bad("number as a key", Map(), {1: "a"}, "can't store 1: the keys of a map must be text"),
    Bad("number as a key of anything", Any_(), {1: "a"}, "the keys of a map must be text"),
    Bad("wrong value in a map", Map(Integer()), {"a": "x"}, "a: can't store 'x'"),
    Bad("dict for a dataclass", read(Line), {"sku": "a"}, "holds a Line, not dict"),
    Bad("wrong field", read(Line), Line("a", "x"), "qty: can't store 'x'"),  # type: ignore[arg-type]
    Bad("None in a required field", read(Line), Line(None), "sku: can't store None"),  # type: ignore[arg-type]
    Bad("list for a TypedDict", read(Address), [], "holds a Address, not list"),
    Bad("wrong key of a TypedDict", read(Address), {"city": 1}, "city: can't store 1"),
    Bad("number as a key of a TypedDict", read(Address), {1: 1}, "the keys of a map must be text"),
    Bad("unknown type", Any_(), Odd(), "DynamoDB has no type for Odd; convert it, or give the column a type_"),
    Bad("unknown type inside", Map(List(Any_())), {"a": [1, Odd()]}, "a[1]: can't store <odd>"),
    Bad("complex", Any_(), 1j, "no type for complex"),
    Bad("more digits than Python shows", Integer(), 10**5000, "can't store <int>: the magnitude"),
    Bad("empty key", Map(), {"": 1}, "can't store '': the keys of a map must not be empty"),
    Bad("empty key of anything", Any_(), [{"": 1}], "[0]: can't store '': the keys of a map must not be empty"),
    Bad("empty key of a TypedDict", read(Address), {"": 1}, "the keys of a map must not be empty"),
    Bad("lone surrogate as a key", Map(), {"\ud800": 1}, "valid Unicode; it holds a lone surrogate"),
    Bad("lone surrogate as a key of anything", Any_(), {"\ud800": 1}, "valid Unicode; it holds a lone surrogate"),
]


@pytest.mark.parametrize("row", BAD, ids=lambda row: row.name)
def test_refused(row: Bad) -> None:
    """A value DynamoDB can't hold is refused, with the place inside containers and what to do."""
    with pytest.raises(ValueNotStorable) as caught:
        row.type.encode(row.value)
    assert row.words in str(caught.value)


FOREIGN = [
    (String(), {"N": "1"}, Decimal(1)),
    (Number(), {"S": "x"}, "x"),
    (Integer(), {"N": "1.5"}, Decimal("1.5")),
    (Boolean(), {"NULL": True}, None),
    (DateTime(), {"S": "soon"}, "soon"),
    (DateTime(), {"S": "2026-11-22T13:00:00+01:00"}, NOON),
    (DateTime(), {"S": "2026-11-22T12:00:00"}, NOON),
    (EpochSeconds(), {"N": "1e99"}, Decimal("1e99")),
    (EpochSeconds(), {"N": "1795348800.5"}, NOON),
    (Date(), {"S": "22.11."}, "22.11."),
    (Uuid(), {"S": "x"}, "x"),
    (Enum(Colour), {"S": "g"}, "g"),
    (Enum(Level), {"L": []}, []),
    (List(Integer()), {"S": "x"}, "x"),
    (List(Integer()), {"L": [{"S": "x"}]}, ["x"]),
    (Set(String()), {"NS": ["1"]}, {Decimal(1)}),
    (Map(Integer()), {"L": []}, []),
    (read(Line), {"M": {"qty": {"N": "1"}}}, {"qty": Decimal(1)}),
    (read(Line), {"S": "x"}, "x"),
]


@pytest.mark.parametrize(("column_type", "wire", "value"), FOREIGN, ids=lambda value: str(value)[:40])
def test_foreign(column_type: ColumnType[Any], wire: Wire, value: object) -> None:
    """A stored value of another type than declared arrives as what it is."""
    assert column_type.decode(wire) == value


def test_undeclared_entries_survive() -> None:
    """What a dataclass does not declare is written back with it, wherever the instance went."""
    stored = {"M": {"sku": {"S": "a"}, "qty": {"N": "1"}, "colour": {"S": "red"}}}
    line = read(Line).decode(stored)
    assert line == Line("a", 1)
    line.qty = 2
    assert read(list[Line]).encode([Line("b"), line])["L"][1]["M"] == {**stored["M"], "qty": {"N": "2"}}


def test_steps() -> None:
    """A step into a value gives the wire name and the type found there, or says what there is."""
    lines = read(list[Line])
    step, line = lines.enter(0)
    assert step == 0
    assert isinstance(line.enter("qty")[1], Integer)
    assert isinstance(read(Address).enter("other")[1], Any_)
    assert isinstance(Nullable(Map(String())).enter("x")[1], String)
    with pytest.raises(ArgumentError, match="a Line has no field 'qyt'; it has sku, qty, note"):
        line.enter("qyt")
    with pytest.raises(ArgumentError, match=r"a number \(Decimal\) has no element \['x'\]"):
        Number().enter("x")
    with pytest.raises(ArgumentError, match=r"a list has no element \['x'\]"):
        lines.enter("x")
    with pytest.raises(ArgumentError, match=r"a map \(dict\) has no element \[0\]"):
        Map().enter(0)


def test_elements() -> None:
    """contains() and append() take what the container holds."""
    assert isinstance(Nullable(List(Date())).element, Date)
    assert isinstance(Set(Integer()).element, Integer)
    assert isinstance(List(Date()).element, Date)
    assert isinstance(String().element, String)


def test_sets_hold_scalars() -> None:
    """A set of what DynamoDB has no set of is refused when it is declared."""
    with pytest.raises(ArgumentError, match="a DynamoDB set holds text, numbers or bytes, not a bool; use a list"):
        Set(Boolean())


def test_own_type() -> None:
    """A subclass of ColumnType needs a kind, or an encode() of its own."""

    class Kindless(ColumnType[str]):
        pass

    with pytest.raises(NotImplementedError, match="Kindless has no kind"):
        Kindless().encode("x")


NUMBERS = st.builds(
    lambda digits, exponent: Decimal(f"{digits}E{exponent}"),
    st.integers(1 - 10**38, 10**38 - 1),
    st.integers(-130, 88),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = TEXT | NUMBERS | st.booleans() | st.none() | st.binary(max_size=8)
VALUES = st.recursive(
    SCALARS
    | st.sets(TEXT, min_size=1, max_size=3)
    | st.sets(NUMBERS, min_size=1, max_size=3)
    | st.sets(st.binary(max_size=4), min_size=1, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT.filter(bool), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_any_value_comes_back(value: object) -> None:
    """Whatever DynamoDB can hold comes back equal."""
    wire = encode(value)
    assert decode(wire) == value
    assert equal(encode(decode(wire)), wire)


@given(st.datetimes(timezones=st.timezones()))
def test_datetimes_sort(moment: datetime) -> None:
    """Two instants sort as their texts do, whatever their time zones."""
    try:
        text = DateTime().to_wire(moment)
    except ValueNotStorable:
        return  # in UTC it lies outside the years 1 to 9999
    assert DateTime().decode({"S": text}) == moment.astimezone(UTC)
    assert (text < DateTime().to_wire(NOON)) == (moment < NOON)
    assert len(text) == 27


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e125, max_value=1e125))
def test_floats_come_back(number: float) -> None:
    """A float comes back as the same float, unless it is too small for DynamoDB."""
    try:
        wire = Float().encode(number)
    except ValueNotStorable:
        assert abs(number) < 1e-129
        return
    assert Float().decode(wire) == number
