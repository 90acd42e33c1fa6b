"""Does every plan find what looking at each item would find?  On the embedded engine and on DynamoDB Local."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from dynexpr import attr, create_engine, put, select, tuple_
from dynexpr.engine import Engine
from dynexpr.plan import plan
from dynexpr.results import Page, Row, row_of
from dynexpr.statements.select import Select
from dynexpr.wire import Item, encode_item
from tests.planning import CASES, STORED, Case, brute_force, metadata, o, orders, people, query, sort_value, u, users

EXECUTABLE = [case for case in CASES if not case.path.startswith("Nothing")]


@pytest.fixture(scope="module", params=["local", pytest.param("dynamodb", marks=pytest.mark.engine)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine with the tables and the items of the cases."""
    url = "local://"
    if request.param == "dynamodb":
        url = f"dynamodb://us-east-1/?endpoint_url={request.getfixturevalue('dynamodb_local_endpoint')}"
    with create_engine(url, table_prefix=f"plans{uuid.uuid4().hex[:8]}-") as made:
        metadata.drop_all(made)
        metadata.create_all(made)
        for table in metadata.tables.values():
            for item in STORED[table.name]:
                made.send("PutItem", TableName=made.settings.name(table), Item=item)
        yield made
        metadata.drop_all(made)


def expected(statement: Select[Any]) -> list[Item]:
    """What a statement finds, in the order that is promised."""
    made = plan(statement)
    found = brute_force(statement, STORED[statement.table.name])
    for name in reversed([column.name for column in made.order]):
        found.sort(key=sort_value(name), reverse=not made.forward)
    if made.keys:
        places = {str(key): place for place, key in enumerate(made.keys)}
        names = statement.table.key_names
        found.sort(key=lambda item: places[str({name: item[name] for name in names})])
    return found


def key(row: Row) -> tuple[Any, ...]:
    """What tells items apart."""
    return (row.id, row.at) if "id" in row.mapping else (row.name,)


def compare(statement: Select[Any], found: Sequence[Row], items: Sequence[Item] | None = None) -> None:
    """The rows are those of the items; in order as far as the sort key goes."""
    made = plan(statement)
    items = expected(statement) if items is None else items
    table = statement.table
    wanted = [key(row_of(table, item)) for item in items]
    assert sorted(map(key, found)) == sorted(wanted)
    if made.keys:
        assert [key(row) for row in found] == wanted
    if made.order and not statement.columns:
        by = made.order[0]
        assert [row[by.key or by.name] for row in found] == [by.type.decode(item[by.name]) for item in items]
    if not statement.columns and made.index is None:
        assert sorted(found, key=key) == sorted((row_of(table, item) for item in items), key=key)


def walked(engine: Engine, statement: Select[Any], size: int) -> list[Row]:
    """All rows, by cursors; and the way back gives the same pages."""
    pages: list[Page[Any]] = []
    cursor: str | None = None
    while True:
        page = engine.page(statement, size, cursor)
        pages.append(page)
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.items) == size
    if plan(statement).operation != "Scan":
        check_way_back(engine, statement, pages, size)
    return [row for page in pages for row in page.items]


def check_way_back(engine: Engine, statement: Select[Any], pages: Sequence[Page[Any]], size: int) -> None:
    """From the last page back to the first, the items come in the same order, none twice and none left out."""
    back: list[list[Any]] = [pages[-1].items]
    cursor = pages[-1].previous_cursor
    while cursor is not None:
        page = engine.page(statement, size, cursor)
        back.append(page.items)
        cursor = page.previous_cursor
    assert [row for items in reversed(back) for row in items] == [row for page in pages for row in page.items]


@pytest.mark.parametrize("case", EXECUTABLE, ids=[case.name for case in EXECUTABLE])
def test_a_plan_finds_what_brute_force_finds(engine: Engine, case: Case) -> None:
    """Each case gives what a filter over all items gives; so does it with small pages, by cursor, and counted."""
    statement = case.statement
    compare(statement, engine.execute(statement).all())
    compare(statement, engine.execute(statement.page_size(2)).all())
    count = len(expected(statement))
    assert engine.count(statement) == count
    if count > 1:
        assert len(engine.execute(statement.limit(count - 1)).all()) == count - 1
        assert engine.count(statement.limit(count - 1)) == count - 1
    if plan(statement).segments == 1:
        for size in (1, 3, 50):
            compare(statement, walked(engine, statement, size))


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.path.startswith("Nothing")], ids=lambda case: case.name
)
def test_nothing_is_nothing(engine: Engine, case: Case) -> None:
    """What no item can meet finds nothing, and sends nothing."""
    assert not brute_force(case.statement, STORED[case.statement.table.name])
    result = engine.execute(case.statement)
    assert result.all() == []
    assert result.consumed.requests == 0
    page = engine.page(case.statement, 5)
    assert (page.items, page.next_cursor, page.previous_cursor) == ([], None, None)
    assert engine.count(case.statement) == 0


def test_results_keep_the_order_of_keys(engine: Engine) -> None:
    """Items of keys come in the order of the keys, or as order_by() says."""
    statement = query(tuple_(o.id, o.at).in_([("b", 2), ("a", 4), ("c", 3), ("no", 1)]))
    assert [key(row) for row in engine.execute(statement)] == [("b", 2), ("a", 4), ("c", 3)]
    assert [row.at for row in engine.execute(statement.order_by(o.at.desc()))] == [4, 3, 2]


def test_several_queries_are_merged(engine: Engine) -> None:
    """The results of several queries come in the order of their sort key; equal ones in the order of the choice."""
    rows = engine.execute(query(o.id.in_(["b", "a"]), o.at.between(0, 2)).page_size(1)).all()
    assert [key(row) for row in rows] == [("b", 0), ("a", 0), ("b", 1), ("a", 1), ("b", 2), ("a", 2)]
    rows = engine.execute(query(o.id.in_(["b", "a"])).order_by(o.at.desc()).limit(3)).all()
    assert [key(row) for row in rows] == [("b", 10), ("a", 10), ("b", 7)]


def test_columns_are_cut_out_of_what_had_to_be_read(engine: Engine) -> None:
    """A part of an attribute that the client's check needs whole is handed out as the part."""
    statement = select(o.more["x"], o.total).where(o.id == "a", (o.at != 3) | (o.more["y"] == "w"))
    rows = engine.execute(statement).all()
    assert len(rows) == 8
    assert {row[0] for row in rows} == {"a"}


def test_a_budget_of_items_is_kept_exactly(engine: Engine) -> None:
    """No more items are evaluated than budgeted, over all pages; the result says that it was stopped."""
    for size in (None, 1, 2, 100):
        result = engine.execute(query(o.id == "a", o.region == "r").page_size(size).budget(items=5))
        assert len(result.all()) == len([item for item in STORED["orders"][:5] if item["region"] == {"S": "r"}])
        assert result.stopped
    whole = engine.execute(query(o.id == "a").budget(items=100))
    assert len(whole.all()) == 9
    assert not whole.stopped


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (select(orders).allow_scan().segments(3).budget(items=20), 20),
        (select(orders).allow_scan().segments(3).budget(items=1), 1),
        (query(o.customer.in_(["c", "d"])).budget(items=9), None),
        (query(o.id.in_(["a", "b", "c"])).order_by(o.at).budget(items=9), None),
    ],
    ids=["segments", "one of many segments", "queries", "a merge"],
)
def test_what_a_budget_paid_for_is_handed_out(statement: Select[Any], found: int | None, engine: Engine) -> None:
    """Of several requests that share a budget, too; of a merge it is the beginning."""
    result = engine.execute(statement)
    rows = result.all()
    assert result.stopped
    assert len(rows) == found if found is not None else 0 < len(rows) <= 9
    if statement.ordering is not None:
        whole = engine.execute(query(o.id.in_(["a", "b", "c"])).order_by(o.at)).all()
        assert rows == whole[: len(rows)]


def test_a_budget_of_units_ends_the_reading(engine: Engine) -> None:
    """Once the units are reached no further request is sent."""
    result = engine.execute(query(o.id == "a").page_size(2).budget(read_units=1))
    assert len(result.all()) == 4
    assert (result.consumed.requests, result.stopped) == (2, True)


def test_a_page_may_end_at_a_budget(engine: Engine) -> None:
    """A page that a budget ended goes on behind what was read, though nothing of it was found."""
    statement = query(o.id == "a", o.total > 100).using(orders).budget(items=2).page_size(1)
    cursor: str | None = None
    pages = 0
    while True:
        page = engine.page(statement, 5, cursor)
        pages += 1
        assert page.items == []
        cursor = page.next_cursor
        if cursor is None:
            break
    assert pages == 5


def test_what_is_counted_is_not_read(engine: Engine) -> None:
    """Counting asks for a number where DynamoDB can tell; a thin index can count whole items."""
    assert engine.count(query(o.region == "r")) == len(brute_force(query(o.region == "r"), STORED["orders"]))
    assert engine.count(query(o.id.in_(["a", "b"]))) == 18
    assert engine.count(query(o.id == "a", o.at > 1, o.at < 5)) == 3


def test_rows_say_what_an_index_did_not_project(engine: Engine) -> None:
    """A row of a thin index has what the index holds; of the rest it says why it is not there."""
    row: Any = engine.execute(query(o.region == "r").using("by-region")).first()
    assert row.region == "r"
    with pytest.raises(AttributeError, match="index by-region does not hold it"):
        assert row.total
    with pytest.raises(KeyError, match="hydrate"):
        assert row["total"]
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        assert row.nope


def test_hydrating_checks_again() -> None:
    """An index entry whose item no longer meets the conditions, or is gone, is left out."""
    with create_engine("local://") as made:
        metadata.create_all(made)
        for name in ("x", "y", "z"):
            made.execute(put(users).values(name=name, age=1, team="t"))
        inner = made.transport

        class Lagging:
            """Between the index and the table, two items change."""

            def send(self, request: Any, /) -> dict[str, Any]:
                """Carry a request."""
                if request.operation == "BatchGetItem":
                    inner.send(type(request)("DeleteItem", {"TableName": "users", "Key": encode_item({"name": "x"})}))
                    item = encode_item({"name": "y", "age": 1, "team": "other"})
                    inner.send(type(request)("PutItem", {"TableName": "users", "Item": item}))
                answer: dict[str, Any] = inner.send(request)
                return answer

            def close(self) -> None:
                """Close the transport inside."""
                inner.close()

        made.transport = Lagging()
        found = made.execute(people(u.team == "t").hydrate()).all()
        assert [row.name for row in found] == ["z"]


def test_a_type_nobody_declared(engine: Engine) -> None:
    """Conditions on attributes without a column are planned and found alike."""
    compare(query(attr("customer") == "c", attr("at") > 2), engine.execute(query(o.customer == "c", o.at > 2)).all())
    assert engine.execute(query(attr("id") == "a", attr("at") == 1)).one().at == 1
