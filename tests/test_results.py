"""Rows, and results that are read page by page, in one pass."""

import copy
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from dynexpr import attr, insert, select
from dynexpr.capacity import Consumed, total
from dynexpr.engine import Engine
from dynexpr.errors import MultipleResultsFound, NoResultFound, Throttled
from dynexpr.orm import DeclarativeBase, Mapped, mapped_column
from dynexpr.results import Result, Row, RowResult, WriteResult, answered_places, row_maker, row_of
from dynexpr.statements.select import projected_paths
from dynexpr.wire import encode
from tests.models import NOW, Line, Payment


class Pages:
    """Pages that count what was read of them."""

    def __init__(self, *pages: Sequence[Any]) -> None:
        self.pages = pages
        self.read = 0
        self.consumed = Consumed()

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for page in self.pages:
            self.read += 1
            self.consumed.count("Query", {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": 0.5}})
            yield page

    def result(self) -> Result[Any]:
        """A result of the pages."""
        return Result(iter(self), self.consumed)

    def rows(self) -> RowResult[Any]:
        """A result of the pages as rows of one value."""
        return RowResult(([Row((value,), ("v",)) for value in page] for page in self), self.consumed)


def test_pages_are_read_when_they_are_needed() -> None:
    """The first page is read on the call, each other one when the pass gets there, and so consumption grows."""
    pages = Pages([1, 2], [], [3], [4])
    result = pages.result()
    assert (pages.read, result.consumed.read_units) == (1, Decimal("0.5"))
    each = iter(result)
    assert (next(each), next(each), pages.read) == (1, 2, 1)
    assert (next(each), pages.read, result.consumed.read_units) == (3, 3, Decimal("1.5"))
    assert list(each) == [4]
    assert (pages.read, result.consumed.requests) == (4, 4)


def test_one_pass() -> None:
    """What was handed out is not handed out again; a second loop goes on where the first one stopped."""
    result = Pages([1, 2], [3, 4]).result()
    for found in result:
        if found == 3:
            break
    assert result.all() == [4]
    assert result.all() == []
    assert result.first() is None


@pytest.mark.parametrize(
    ("pages", "first", "one_or_none", "one"),
    [
        ([], None, None, NoResultFound),
        ([[]], None, None, NoResultFound),
        ([[], [], [7]], 7, 7, 7),
        ([[7]], 7, 7, 7),
        ([[7], []], 7, 7, 7),
        ([[7, 8]], 7, MultipleResultsFound, MultipleResultsFound),
        ([[7], [], [8]], 7, MultipleResultsFound, MultipleResultsFound),
        ([[None]], None, None, None),
        ([[None], [None]], None, MultipleResultsFound, MultipleResultsFound),
    ],
)
def test_one_of_them(pages: list[list[int]], first: Any, one_or_none: Any, one: Any) -> None:
    """first(), one_or_none() and one(), over any cut into pages; a value None is a result."""

    def outcome(call: Callable[[Result[Any]], Any]) -> Any:
        try:
            return call(Pages(*pages).result())
        except (NoResultFound, MultipleResultsFound) as error:
            return type(error)

    assert outcome(Result.first) == first
    assert outcome(Result.one_or_none) == one_or_none
    assert outcome(Result.one) == one


def test_first_reads_no_further() -> None:
    """first() ends the pass: no other page is read, and nothing is left."""
    pages = Pages([1], [2])
    result = pages.result()
    assert result.first() == 1
    assert result.all() == []
    assert pages.read == 1


def test_a_failed_page_is_not_the_end() -> None:
    """A result of which a page could not be read says so each time it is asked for the rest."""

    def pages() -> Iterator[list[int]]:
        yield [1]
        raise Throttled("too fast")

    result = Result(pages(), Consumed())
    assert next(iter(result)) == 1
    for ask in (result.all, result.first, result.one, result.all):
        with pytest.raises(Throttled):
            ask()


def test_first_page_fails_on_the_call() -> None:
    """An error of the first page is raised where the statement is executed."""

    def pages() -> Iterator[list[int]]:
        raise Throttled("too fast")
        yield []

    with pytest.raises(Throttled):
        Result(pages(), Consumed())


def test_scalars() -> None:
    """The first value of each row, as lazily as the rows; what was consumed is counted in one place."""
    pages = Pages([1, 2], [3])
    rows = pages.rows()
    scalars = rows.scalars()
    assert (pages.read, scalars.consumed) == (1, rows.consumed)
    assert scalars.all() == [1, 2, 3]
    assert Pages([None]).rows().scalars().one() is None
    assert RowResult(iter([[None]]), Consumed()).scalars().one() is None


ROW = Row((Decimal(5), "x", 3), ("amount", "note", "lines[0].quantity"))


def test_row_access() -> None:
    """By position, by attribute, by name, as a tuple and as a mapping."""
    amount, note, quantity = ROW
    assert [amount, note, quantity] == list(ROW) == [Decimal(5), "x", 3]
    assert (ROW[1], ROW.note, ROW["note"], ROW[-1], ROW["lines[0].quantity"], ROW[:2]) == (
        "x",
        "x",
        "x",
        3,
        3,
        (Decimal(5), "x"),
    )
    assert ROW.mapping == {"amount": Decimal(5), "note": "x", "lines[0].quantity": 3}
    assert repr(ROW) == "Row(amount=Decimal('5'), note='x', lines[0].quantity=3)"


@pytest.mark.parametrize(
    ("ask", "error", "text"),
    [
        (
            lambda: ROW.nothing,
            AttributeError,
            "the row has no attribute 'nothing'; it has amount, note, lines[0].quantity",
        ),
        (lambda: ROW._private, AttributeError, "no attribute '_private'"),
        (lambda: ROW["nothing"], KeyError, "'nothing'; the row has amount, note"),
        (lambda: ROW[7], IndexError, "out of range"),
    ],
)
def test_row_has_no_such_value(ask: Callable[[], Any], error: type[Exception], text: str) -> None:
    """A name or position that is not there is Python's own error, with the names there are."""
    with pytest.raises(error) as caught:
        ask()
    assert text in str(caught.value)


def test_row_of_count_and_index() -> None:
    """Attributes that are called as a row's own methods are found; without them the methods are."""
    row = Row((4, 5, 6, 7), ("count", "index", "mapping", "keys"))
    assert (row.count, row.index, row.mapping, row.keys) == (4, 5, 6, 7)
    assert row._asdict() == {"count": 4, "index": 5, "mapping": 6, "keys": 7}
    assert (ROW.count("x"), ROW.index("x")) == (1, 1)


def test_row_as_a_dict() -> None:
    """dict() takes a row by its names, though it is a tuple; also one of a single text of two letters."""
    assert dict(ROW) == ROW.mapping == ROW._asdict()
    assert dict(Row(("o0",), ("id",))) == {"id": "o0"}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("scalars", "it gives objects, or values, already"),
        ("scalar_one", "write .one()"),
        ("fetchall", "write .all()"),
        ("mappings", "dict(row)"),
        ("frist", "did you mean 'first'"),
    ],
)
def test_a_result_has_no_such_name(name: str, says: str) -> None:
    """What SQLAlchemy's results have says what to write; hasattr() says that there is none."""
    result = Result(iter([[1]]), Consumed())
    assert not hasattr(result, name)
    with pytest.raises(AttributeError) as caught:
        getattr(result, name)
    assert says in str(caught.value)


@pytest.mark.parametrize("same", [lambda row: pickle.loads(pickle.dumps(row)), copy.copy, copy.deepcopy])
def test_row_survives_copying(same: Callable[[Row], Row]) -> None:
    """A pickled or copied row has its values and its names."""
    again = same(ROW)
    assert (again, again.mapping, type(again)) == (ROW, ROW.mapping, Row)


def test_row_of_an_item() -> None:
    """Declared attributes by Python name and of their type; others by the name and in the form they are stored."""
    item: dict[str, Any] = {
        "timestamp": {"S": "2026-01-02T12:00:00.000000Z"},
        "tags": {"SS": ["a"]},
        "lines": {"L": [{"M": {"sku": {"S": "s"}, "quantity": {"N": "2"}}}]},
        "extra": {"N": "7"},
    }
    touched = {"timestamp": NOW, "tags": {"a"}, "lines": [Line("s", 2)], "extra": 7}
    assert row_of(Payment.__table__, item, partial=True).mapping == touched
    row = row_of(Payment.__table__, item)
    assert row.mapping == {**touched, "note": None, "expires": None}


class Other(DeclarativeBase):
    """Models of this file."""


@dataclass
class Part:
    """Something in a list."""

    sku: str
    size: int | None = None


class Box(Other):
    """A table with lists of all kinds."""

    __tablename__ = "boxes"
    id: Mapped[str] = mapped_column(name="key", partition_key=True)
    parts: Mapped[list[Part]] = mapped_column(default_factory=list)
    grid: Mapped[list[list[int]]] = mapped_column(default_factory=list)
    notes: Mapped[list[str] | None] = mapped_column(default=None)
    marks: Mapped[set[str]] = mapped_column(default_factory=set)
    color: Mapped[str] = mapped_column(default="red", missing="grey")
    seen: Mapped[datetime | None] = mapped_column(default=None)


BOX: dict[str, Any] = {
    "key": {"S": "b"},
    "parts": encode([{"sku": "p0"}, {"size": 1}, {"sku": "p2", "size": 2}, {"sku": "p3"}]),
    "grid": encode([[0, 1], [10], [20, 21, 22]]),
    "notes": encode(["n0", "n1"]),
    "marks": {"SS": ["m"]},
}
PLACES: list[tuple[list[Any], list[Any]]] = [
    ([Box.id, Box.seen, Box.color], ["b", None, "grey"]),
    ([Box.marks, Box.notes], [{"m"}, ["n0", "n1"]]),
    ([Box.notes[0], Box.notes[9]], ["n0", None]),
    ([Box.notes[1], Box.notes[0]], ["n1", "n0"]),
    ([Box.parts[3].at(lambda part: part.sku)], ["p3"]),
    ([Box.parts[1].at(lambda part: part.sku), Box.parts[3].at(lambda part: part.sku)], [None, "p3"]),
    ([Box.parts[3].at(lambda part: part.sku), Box.parts[1].at(lambda part: part.size)], ["p3", 1]),
    ([Box.parts[2].at(lambda part: part.sku), Box.parts[2].at(lambda part: part.size)], ["p2", 2]),
    ([Box.parts[2].at(lambda part: part.size), Box.parts[3]], [2, Part("p3")]),
    (
        [Box.parts[0].at(lambda part: part.sku), Box.parts[9].at(lambda part: part.sku), Box.grid[2]],
        ["p0", None, [20, 21, 22]],
    ),
    ([Box.grid[0][1], Box.grid[1][0]], [1, 10]),
    ([Box.grid[1][5], Box.grid[2][1]], [None, 21]),
    ([Box.grid[2][2], Box.grid[2][0], Box.notes[1]], [22, 20, "n1"]),
    ([Box.grid[7][0]], [None]),
]


@pytest.mark.parametrize(("columns", "expected"), PLACES, ids=lambda given: ", ".join(map(str, given)))
def test_rows_of_places(columns: list[Any], expected: list[Any], engine: Engine) -> None:
    """Each value is found in the answer, whose lists hold the projected elements only, and has its column's type."""
    Other.metadata.create_all(engine)
    engine.send("PutItem", TableName=engine.settings.name(Box.__table__), Item=BOX)
    row = engine.execute(select(*columns).where(Box.id == "b")).one()
    assert list(row) == expected
    Other.metadata.drop_all(engine)


def test_what_is_missing_reads_as_declared() -> None:
    """An absent attribute is its `missing=`, the empty set, or None; each row has its own."""
    make = row_maker(select(Box.id, Box.color, Box.marks, Box.notes))
    one, other = make({"key": {"S": "b"}}), make({"key": {"S": "b"}})
    assert list(one) == ["b", "grey", set(), None]
    assert one.marks is not other.marks


@pytest.mark.parametrize(
    ("paths", "projected", "places"),
    [
        (["a", "b.c"], "a b.c", "a b.c"),
        (["a[3]"], "a[3]", "a[0]"),
        (["a[3].x", "a[3].y"], "a[3].x a[3].y", "a[0].x a[0].y"),
        (["a[3].x", "a[1].y"], "a[3] a[1]", "a[1].x a[0].y"),
        (["a[3]", "a[1].y[2]"], "a[3] a[1]", "a[1] a[0].y[2]"),
        (["a[0].b[4].c", "a[0].b[2].c", "a[0].d"], "a[0].b[4] a[0].b[2] a[0].d", "a[0].b[1].c a[0].b[0].c a[0].d"),
        (["a[0][4]", "a[0][2]"], "a[0][4] a[0][2]", "a[0][1] a[0][0]"),
    ],
)
def test_places_in_the_answer(paths: list[str], projected: str, places: str) -> None:
    """What is projected for some paths, and where the answer has it."""
    nodes = [attr(path).node for path in paths]
    assert " ".join(map(str, projected_paths(nodes))) == projected
    assert " ".join(map(str, answered_places(nodes))) == places


TABLE_AND_INDEX = {
    "TableName": "t",
    "CapacityUnits": 3.5,
    "Table": {"CapacityUnits": 0.5},
    "GlobalSecondaryIndexes": {"g": {"CapacityUnits": 2.0}},
    "LocalSecondaryIndexes": {"l": {"CapacityUnits": 1.0}},
}
BOTH = {"TableName": "t", "ReadCapacityUnits": 4.0, "WriteCapacityUnits": 6.0, "CapacityUnits": 10.0}


@pytest.mark.parametrize(
    ("operation", "given", "units"),
    [
        ("Query", TABLE_AND_INDEX, ("3.5", "0")),
        ("PutItem", TABLE_AND_INDEX, ("0", "3.5")),
        ("GetItem", {"TableName": "t", "CapacityUnits": 0.5}, ("0.5", "0")),
        ("BatchGetItem", [TABLE_AND_INDEX, {"TableName": "u", "CapacityUnits": 1.0}], ("4.5", "0")),
        ("TransactWriteItems", [BOTH], ("4.0", "6.0")),
        ("Query", {**TABLE_AND_INDEX, "Table": {"CapacityUnits": 0.0}}, ("3.0", "0")),
        ("Query", {key: value for key, value in TABLE_AND_INDEX.items() if key != "Table"}, ("3.0", "0")),
        ("Query", None, ("0", "0")),
        ("BatchGetItem", [], ("0", "0")),
    ],
)
def test_consumed_units(operation: str, given: Any, units: tuple[str, str]) -> None:
    """What an answer says was consumed, counted once, by table and index too."""
    consumed = Consumed()
    consumed.count(operation, {} if given is None else {"ConsumedCapacity": given})
    assert (consumed.read_units, consumed.write_units) == (Decimal(units[0]), Decimal(units[1]))
    assert sum(read for read, _ in consumed.by_index.values()) == consumed.read_units
    assert sum(write for _, write in consumed.by_index.values()) == consumed.write_units
    assert consumed.requests == 1


def test_consumed_adds_up() -> None:
    """Units of several results in all and by place, and what they cost."""
    read, write = Consumed(), Consumed()
    read.count("Query", {"ConsumedCapacity": TABLE_AND_INDEX})
    write.count("PutItem", {"ConsumedCapacity": TABLE_AND_INDEX})
    both = total([read, write, read])
    assert both.by_index == {
        ("t", None): (Decimal("1.0"), Decimal("0.5")),
        ("t", "l"): (Decimal("2.0"), Decimal("1.0")),
        ("t", "g"): (Decimal("4.0"), Decimal("2.0")),
    }
    assert repr(both) == "<7.0 read units, 3.5 write units in 3 requests>"
    assert repr(read) == "<3.5 read units, 0 write units in 1 request>"
    assert both.cost() == (Decimal("7.0") * Decimal("0.125") + Decimal("3.5") * Decimal("0.625")) / 1_000_000


def test_write_result(engine: Engine) -> None:
    """A write's result says what it consumed, in its repr too."""
    result = engine.execute(insert(Payment).values(id="p", timestamp=NOW, customer_id="c", amount=Decimal(1)))
    assert isinstance(result, WriteResult)
    assert repr(result) == f"<written: {result.consumed!r}>"
    assert result.returned is None
    assert result.existed is None
