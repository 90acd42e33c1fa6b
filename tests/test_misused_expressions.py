"""Is a mistaken expression or statement refused on the line that has it, with what to write instead?"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pytest

from dynexpr import and_, attr, create_async_engine, create_engine, insert, parse, select, sql, transact, tuple_, update
from dynexpr.errors import (
    ArgumentError,
    ExpressionSyntaxError,
    OperandError,
    PlaceholderError,
    ScanRequired,
    UnsupportedName,
    ValueNotStorable,
)
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, mapped_column
from dynexpr.transports.faults import Faults

# ruff: noqa: E501  a row is a line, so that rows can be compared


class Own(DeclarativeBase):
    """The models of this file."""


class Status(enum.Enum):
    """Of an order."""

    NEW = "new"
    PAID = "paid"


@dataclass
class Line:
    """A part of an order."""

    sku: str
    size: Literal["s", "m"] | None = None


class Order(Own):
    """Has a column of each kind that matters here."""

    id: Mapped[str] = mapped_column(partition_key=True)
    status: Mapped[Status]
    channel: Mapped[Literal["web", "shop"] | None]
    stars: Mapped[Literal[1, 2, 3]]
    total: Mapped[Decimal]
    note: Mapped[str | None]
    secret: Mapped[Literal["a", "b"]] = mapped_column(sensitive=True)
    tags: Mapped[set[str]]
    sizes: Mapped[list[Literal["s", "m"]]]
    lines: Mapped[list[Line]]
    by_status = GlobalIndex("status-index", partition_key="status")


O: Any = Order  # noqa: E741 - most rows are what a checker refuses
ONE = Order.id == "o"
ANSWERED = "what another program stored is asked for with "

UNSTORED: list[tuple[str, Callable[[], Any], str]] = [
    ("an Enum", lambda: O.status == "payed", f"status: can't store 'payed': the attribute holds a member of Status: one of 'new', 'paid'; {ANSWERED}attr('status')"),
    ("not an Enum's", lambda: O.status != "payed", "one of 'new', 'paid'"),
    ("in a list", lambda: O.status.in_([Status.NEW, "payed"]), "can't store 'payed'"),
    ("between", lambda: O.status.between("a", "z"), "can't store 'a'"),
    ("a Literal", lambda: O.channel == "fax", f"channel: can't store 'fax': the attribute holds text (str): one of 'shop', 'web'; {ANSWERED}attr('channel')"),
    ("a Literal of numbers", lambda: O.stars == 4, "one of 1, 2, 3"),
    ("a Literal and a Decimal", lambda: O.stars < Decimal("2.5"), "stars: can't store Decimal('2.5')"),
    ("in a tuple", lambda: tuple_(O.id, O.status).in_([("o", "payed")]), "can't store 'payed'"),
    ("in a list of them", lambda: O.sizes == ["s", "xl"], "sizes[1]: can't store 'xl'"),
    ("an element", lambda: O.sizes[0] == "xl", "sizes[0]: can't store 'xl'"),
    ("a field", lambda: O.lines[0].at(lambda line: line.size) == "xl", "lines[0].size: can't store 'xl'"),
    ("appended", lambda: update(O).set(O.sizes, O.sizes.append("xl")), "sizes[0]: can't store 'xl': the attribute holds text (str): one of 'm', 's'"),
    ("instead", lambda: update(O).set(O.status, O.status.if_not_exists("payed")), "can't store 'payed'"),
    ("a parameter", lambda: sql("SELECT * FROM orders WHERE status = :s", Own).bindparams(s="payed"), "status: can't store 'payed'"),
    ("sensitive", lambda: O.secret == "c", "secret: can't store …: DynamoDB can't hold it as text"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "says"), [row[1:] for row in UNSTORED], ids=[row[0] for row in UNSTORED])
def test_a_value_that_is_never_stored_is_not_compared(make: Callable[[], Any], says: str) -> None:
    """As it is refused where it is stored."""
    with pytest.raises(ValueNotStorable) as caught:
        make()
    assert says in str(caught.value)


FREE: list[tuple[str, Callable[[], Any], Any]] = [
    ("prefix", lambda: O.status.begins_with("pa"), attr("status").begins_with("pa")),
    ("part of a Literal", lambda: O.channel.contains("e"), attr("channel").contains("e")),
    ("element", lambda: O.sizes.contains("xl"), attr("sizes").contains("xl")),
    ("value of a member", lambda: O.status == "paid", attr("status") == "paid"),
    ("member", lambda: O.status == Status.PAID, attr("status") == "paid"),
    ("absent", lambda: O.channel == None, attr("channel") == None),  # noqa: E711
    ("another attribute", lambda: O.channel == O.note, attr("channel") == attr("note")),
    ("any value of a path", lambda: attr("status") == "payed", attr("status") == "payed"),
    ("a sum", lambda: (O.stars + 5).node, (attr("stars") + 5).node),
]  # fmt: skip


@pytest.mark.parametrize(("make", "same"), [row[1:] for row in FREE], ids=[row[0] for row in FREE])
def test_what_is_asked_for_freely(make: Callable[[], Any], same: Any) -> None:
    """Prefixes and parts are no values, and what a newer program stored can be asked for."""
    assert make() == same


REFUSED: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    ("None of an ordering", lambda: O.note < None, OperandError, "note < None: nothing compares with None; absent or NULL is written (note == None), joined with |"),
    ("None in a list", lambda: O.note.in_([None, "a"]), OperandError, "absent or NULL is written (note == None), joined with |"),
    ("None of a range", lambda: O.note.between(None, "a"), OperandError, "nothing compares with None"),
    ("empty set", lambda: O.tags == set(), OperandError, "DynamoDB has no empty set, the item lacks it; absent or NULL is written (tags == None)"),
    ("a list of conditions", lambda: and_([ONE]), TypeError, "put a * before the list: and_(*conditions)"),  # type: ignore[arg-type]
    ("a condition and a bool", lambda: ONE & True, TypeError, "a condition is wanted, not True"),  # type: ignore[operator]
    ("a bool or a condition", lambda: False | ONE, TypeError, "a condition is wanted, not False"),  # type: ignore[operator]
    ("a condition and a column", lambda: ONE & O.note, TypeError, "write (a > 1) & (b < 5)"),
    ("times", lambda: O.total * 2, OperandError, "total: DynamoDB adds and subtracts, and nothing else"),
    ("times on the right", lambda: 2 * O.total, OperandError, "DynamoDB adds and subtracts"),
    ("minus alone", lambda: -O.total, OperandError, "DynamoDB adds and subtracts"),
    ("plus on text", lambda: O.note + "x", OperandError, "+ takes N, not note, which has type S"),
    ("step into a number", lambda: O.total["x"], ArgumentError, "total: a number (Decimal) has no element ['x']"),
    ("name in a list", lambda: O.lines["sku"], ArgumentError, "lines: a list has no element ['sku']"),
    ("no such field", lambda: O.lines[0]["sk"], ArgumentError, "lines[0]: a Line has no field 'sk'; it has sku, size"),
    ("a list's method", lambda: O.lines.extend([1]), AttributeError, "write .append(...), which takes several elements"),
    ("a method of nothing", lambda: O.lines.begin_with("a"), AttributeError, "lines has no 'begin_with'; did you mean 'begins_with'?"),
    ("a path compiled", lambda: O.note.compile("x"), AttributeError, "a condition compiles: compare it with something first"),
    ("a place inside", lambda: attr("a").city, AttributeError, "a place inside it is written a['city']"),  # type: ignore[attr-defined]
    ("where by name", lambda: select(Order).where(id="o"), ArgumentError, "where() takes conditions: write where(Model.id == …), not id='o'"),  # type: ignore[arg-type]
    ("set by name", lambda: update(O).set(note="x"), ArgumentError, "by name it is values()"),  # type: ignore[call-arg]
    ("set of nothing", lambda: update(O).set(O.note), ArgumentError, "set() takes a column and its value"),  # type: ignore[call-arg]
    ("values in a dictionary", lambda: update(O).values({"note": "x"}), ArgumentError, "write values(**{...}), not {'note': 'x'}"),  # type: ignore[arg-type]
    ("a dictionary of a new item", lambda: insert(O).values({"note": "x"}), ArgumentError, "write values(**{...})"),  # type: ignore[arg-type]
    ("values without names", lambda: insert(O).values("x"), ArgumentError, "values(status='paid')"),  # type: ignore[arg-type]
    ("a misspelt column", lambda: insert(O).values(statsu="x"), ArgumentError, "Order has no column 'statsu'; did you mean 'status' or 'stars'?"),
    ("nothing to set", lambda: update(O).where(ONE).compile(), ArgumentError, "update(Order) has nothing to set"),
    ("a misspelt option", lambda: create_engine("local://", ecko=True), ArgumentError, "create_engine() has no argument ecko=; did you mean 'echo'?"),  # type: ignore[arg-type]
    ("of an async engine", lambda: create_async_engine("local://", pool_size=5), ArgumentError, "has no argument pool_size=; it has url, client"),
    ("a misspelt fault", lambda: Faults(throtle=1), ArgumentError, "Faults() has no argument throtle=; did you mean 'throttle'?"),  # type: ignore[arg-type]
    ("a connection", lambda: create_engine("local://").connect(), UnsupportedName, "there is no connection to hold"),  # type: ignore[attr-defined]
    ("scalars of an engine", lambda: create_engine("local://").scalars(1), UnsupportedName, "objects from Session(engine).scalars(statement)"),  # type: ignore[attr-defined]
    ("boto3's put_item", lambda: create_engine("local://").put_item({}), UnsupportedName, 'engine.send("PutItem", TableName=..., Item=...)'),  # type: ignore[attr-defined]
    ("of an async one", lambda: create_async_engine("local://").scalars(1), UnsupportedName, "objects from Session(engine)"),  # type: ignore[attr-defined]
    ("a misspelt method", lambda: create_engine("local://").excute(1), AttributeError, "Engine has no 'excute'; did you mean 'execute'?"),  # type: ignore[attr-defined]
    ("explained update", lambda: update(O).explain(), UnsupportedName, ".compile().params what is sent"),  # type: ignore[attr-defined]
    ("explained transaction", lambda: transact(update(O)).explain(), UnsupportedName, ".compile().params what is sent"),  # type: ignore[attr-defined]
    ("distinct", lambda: select(O).distinct(), UnsupportedName, "func.count_distinct(column) counts them"),  # type: ignore[attr-defined]
    ("two lists and an element", lambda: attr("a").append(attr("b"), 1), OperandError, "or one attribute that holds a list"),
    ("a text and a list", lambda: O.lines.append(O.note), OperandError, "list_append takes L, not note, which has type S"),
    ("a key that is another attribute", lambda: select(Order).where(O.status == attr("paid")).compile(), ScanRequired, "status is compared with the attribute paid; text stands in single quotes in SQL"),
    ("SQL in double quotes", lambda: sql('SELECT * FROM orders WHERE status = "paid"', Own).compile(), ScanRequired, "status is compared with the attribute paid"),
    ("a table that is not declared", lambda: update("raw"), ArgumentError, "declared by its key: Table('raw', MetaData(), Column("),  # type: ignore[arg-type]
    ("==", lambda: parse.condition("a == :v", values={":v": 1}, plain=True), ExpressionSyntaxError, "'==' can't stand here; DynamoDB writes ="),
    ("LIKE", lambda: parse.condition("a like :v", values={":v": 1}, plain=True), ExpressionSyntaxError, "DynamoDB writes begins_with(a, :v) or contains(a, :v)"),
    ("IS NULL", lambda: parse.condition("a IS NULL"), ExpressionSyntaxError, "DynamoDB writes attribute_not_exists(a)"),
    ("a misspelt function", lambda: parse.condition("begins_wit(a, :v)", values={":v": 1}, plain=True), ExpressionSyntaxError, "DynamoDB has no function begins_wit; did you mean 'begins_with'?"),
    ("no such index", lambda: select(Order).using("by_state"), ArgumentError, "Order has no index 'by_state'; it has status-index"),
    ("no such parameter", lambda: select(Order).bindparams(x=1), PlaceholderError, "no parameter :x"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(make: Callable[[], Any], error: type[Exception], says: str) -> None:
    """Each says what is wrong, where, and what to write."""
    with pytest.raises(error) as caught:
        make()
    assert says in str(caught.value)


def test_an_index_by_either_name() -> None:
    """As in SQL: what Python calls it, or what DynamoDB does."""
    named = [select(Order).using(each) for each in (Order.by_status, "by_status", "status-index")]
    assert {statement.index for statement in named} == {"status-index"}


def test_an_ordering_shows_itself() -> None:
    """As it is written."""
    assert repr(Order.note.desc()) == "attr('note').desc()"
    assert repr(attr("a.b").asc()) == "attr('a.b').asc()"
