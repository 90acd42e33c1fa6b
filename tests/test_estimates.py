"""Does work consume what the rules say, and does an estimate say so before?"""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from dynexpr import (
    Column,
    ColumnOptions,
    GlobalIndex,
    LocalIndex,
    MetaData,
    Table,
    batch_get,
    batch_write,
    check,
    create_engine,
    delete,
    get,
    insert,
    put,
    select,
    size_of,
    transact,
    transact_get,
    tuple_,
    update,
)
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, PlaceholderError
from dynexpr.expression.nodes import Parameter
from dynexpr.statements.count import Count
from dynexpr.types import Integer, String
from tests.known_exceptions import KNOWN_EXCEPTIONS
from tests.models import NOW, Payment, Quota

TABLES = MetaData()
orders = Table(
    "orders",
    TABLES,
    Column("customer", String(), ColumnOptions(partition_key=True)),
    Column("number", Integer(), ColumnOptions(sort_key=True)),
    Column("status", String(), ColumnOptions(nullable=True)),
    Column("place", String(), ColumnOptions(nullable=True)),
    Column("text", String(), ColumnOptions(nullable=True)),
    indexes=[
        LocalIndex("by-place", sort_key="place", projection="KEYS_ONLY"),
        GlobalIndex("by-status", partition_key="status", sort_key="number"),
        GlobalIndex("thin", partition_key="status", sort_key="place", projection="KEYS_ONLY"),
    ],
)
o = orders.c
LONG = 2_010
"""Characters of the text of most items."""


def order(number: int, **values: Any) -> dict[str, Any]:
    """The values of an item; of 2,051 bytes with all of them."""
    return {"customer": "ann", "number": number, "status": "new", "place": "Oslo", "text": "x" * LONG} | values


ITEM_BYTES = size_of(order(10), plain=True)
ENTRY_BYTES = size_of({name: value for name, value in order(10).items() if name != "text"}, plain=True)
KEY = (o.customer == "ann", o.number == 3)


class Row(NamedTuple):
    """What a statement consumes by DynamoDB's rules, in figures of our own counting."""

    name: str
    statement: Any
    read: float
    write: float
    exact: bool = True
    """Whether the estimate is not only the most, but right."""
    items: int | None = None
    exception: str = ""
    """Where DynamoDB Local differs: its name in tests/known_exceptions.py."""
    requests: int = 1


ROWS = [
    # Ten orders of 2,051 bytes: half a unit each alone, 20.5 KB together.
    Row("get", get(orders, ("ann", 3)), 0.5, 0),
    Row("get_consistent", get(orders, ("ann", 3)).consistent_read(), 1, 0),
    Row("get_missing", get(orders, ("ann", 99)), 0.5, 0),
    Row("select_one", select(orders).where(*KEY), 0.5, 0),
    Row("batch", batch_get((orders, [("ann", 1), ("ann", 2), ("ann", 2)])), 1, 0),
    Row("batch_select", select(orders).where(tuple_(o.customer, o.number).in_([("ann", 1), ("ann", 2)])), 1, 0),
    Row("batch_missing", batch_get((orders, [("ann", 1), ("bob", 2)])), 1, 0, exception="batch-get-missing"),
    Row("query", select(orders).where(o.customer == "ann"), 3, 0, items=10),
    Row("query_consistent", select(orders).where(o.customer == "ann").consistent_read(), 6, 0, items=10),
    Row("query_filter", select(orders).where(o.customer == "ann", o.text == "y"), 3, 0, items=10),
    Row("query_projection", select(o.number).where(o.customer == "ann"), 3, 0, items=10),
    Row("query_limit", select(orders).where(o.customer == "ann").limit(3), 1, 0),
    Row("query_pages", select(orders).where(o.customer == "ann").page_size(4), 4, 0, items=10, requests=3),
    Row("query_full_pages", select(orders).where(o.customer == "ann").page_size(5), 3.5, 0, items=10, requests=3,
        exception="empty-read"),
    Row("query_budget", select(orders).where(o.customer == "ann").budget(items=2), 1, 0),
    Row("query_nothing", select(orders).where(o.customer == "bob"), 0.5, 0, items=0, exception="empty-read"),
    Row("query_impossible", select(orders).where(o.customer.in_([])), 0, 0, requests=0),
    Row("query_two", select(orders).where(o.customer.in_(["ann", "cid"])), 3.5, 0, items=10, requests=2, exact=False,
        exception="empty-read"),
    Row("count", Count(select(orders).where(o.customer == "ann")), 3, 0, items=10),
    Row("scan", select(orders).allow_scan(), 3, 0, items=10),
    Row("index", select(orders).where(o.status == "new"), 3, 0, items=10),
    Row("thin", select(o.number).where(o.status == "new", o.place == "Oslo"), 0.5, 0, items=10),
    Row("local", select(o.number).where(o.customer == "ann", o.place == "Oslo"), 0.5, 0, items=10,
        exception="index-fetch"),
    Row("local_fetch", select(orders).where(o.customer == "ann", o.place == "Oslo"), 5.5, 0, items=10),
    Row("hydrate", select(orders).where(o.status == "new", o.place == "Oslo").hydrate(), 5.5, 0, items=10, requests=2),
    Row("transact_get", transact_get((orders, ("ann", 1)), (orders, ("ann", 2))), 4, 0),
    Row("insert", insert(orders).values(**order(11)), 0, 3 + 1 + 3 + 1),
    Row("insert_bare", insert(orders).values(customer="ann", number=11), 0, 1),
    Row("insert_some", insert(orders).values(customer="ann", number=11, status="new"), 0, 1 + 1),
    Row("put_new", put(orders).values(**order(11)), 0, 3 + 1 + 3 + 1, exact=False),
    Row("put_same", put(orders).values(**order(3)), 0, 3, exact=False),
    Row("put_other", put(orders).values(**order(3, status="old")), 0, 3 + 2 * 3 + 2, exact=False),
    Row("put_smaller", put(orders).values(customer="ann", number=3), 0, 3 + 1 + 3 + 1, exact=False),
    Row("update_text", update(orders).where(*KEY).set(o.text, "y" * LONG), 0, 3 + 3),
    Row("update_key", update(orders).where(*KEY).set(o.status, "old"), 0, 3 + 2 * 3 + 2),
    Row("update_same", update(orders).where(*KEY).set(o.status, "new"), 0, 3, exact=False),
    Row("update_leave", update(orders).where(*KEY).remove(o.status), 0, 3 + 3 + 1, exact=False),
    Row("delete", delete(orders).where(*KEY), 0, 3 + 1 + 3 + 1),
    Row("delete_missing", delete(orders).where(o.customer == "bob", o.number == 1), 0, 1, exact=False),
    Row("exactly_once", insert(orders).values(**order(11)).exactly_once(), 0, 2 * (3 + 1 + 3 + 1)),
    Row("transact", transact(insert(orders).values(**order(11)), update(orders).where(*KEY).remove(o.text)),
        0, 2 * (8 + 6)),
    Row("transact_equal", transact(insert(orders).values(**order(11)), delete(orders).where(*KEY)), 0, 2 * (8 + 8),
        exception="equal-actions"),
    Row("transact_check", transact(put(orders).values(customer="bob", number=1),
        check(orders, ("ann", 4)).where(o.status == "new")), 0, 2 * (1 + 3), exact=False, exception="check-units"),
    Row("batch_write", batch_write([put(orders).values(**order(20 + n)) for n in range(26)]), 0, 26 * 8, exact=False,
        requests=2),
]  # fmt: skip
"""Each statement is told that items have as many bytes as they have."""


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """An engine with ten orders of one customer."""
    TABLES.drop_all(engine)
    TABLES.create_all(engine)
    engine.bulk_put(put(orders).values(**order(number)) for number in range(1, 11))
    return engine


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_consumed_and_estimated(shop: Engine, row: Row, request: pytest.FixtureRequest) -> None:
    """A statement consumes what the rules say, on each engine, and its estimate is that, or at least no less."""
    assert row.exception in {"", *(each.name for each in KNOWN_EXCEPTIONS)}
    with shop.capacity() as used:
        result: Any = shop.execute(row.statement)
        if hasattr(result, "all"):
            result.all()
    differs = row.exception and not request.node.callspec.id.startswith("local-")
    estimate = row.statement.estimate(item_bytes=ITEM_BYTES, items=row.items, entry_bytes=ENTRY_BYTES)
    if not differs:
        assert (float(used.read_units), float(used.write_units)) == (row.read, row.write)
        assert used.requests == row.requests
        assert estimate.requests >= used.requests
        for (table, index), units in used.by_index.items():
            place = table.removeprefix(shop.settings.table_prefix), index
            most = estimate.by_index.get(place, (Decimal(0), Decimal(0)))
            assert units.read_units <= most[0]
            assert units.write_units <= most[1]
    if row.exact:
        assert (float(estimate.read_units), float(estimate.write_units)) == (row.read, row.write)
        assert estimate.requests == row.requests
        assert estimate.transactional is row.name.startswith(("transact", "exactly"))
    TABLES.drop_all(shop)


@pytest.mark.parametrize(
    ("statement", "given", "problem"),
    [
        (get(orders, ("ann", 1)), {}, "item_bytes= is needed"),
        (select(orders).where(o.customer == "ann"), {"item_bytes": 100}, "items= is needed.*from orders, before any"),
        (select(orders).where(o.status == "new"), {"item_bytes": 100}, "from orders/by-status"),
        (select(orders).where(o.customer == "ann"), {"items": 100}, "item_bytes= is needed"),
        (update(orders).where(*KEY).set(o.text, "x"), {}, "item_bytes= is needed"),
        (delete(orders).where(*KEY), {}, "item_bytes= is needed"),
        (get(orders, ("ann", 1)), {"item_bytes": 0}, "item_bytes is a whole number from 1 to 409,600, not 0"),
        (get(orders, ("ann", 1)), {"item_bytes": 409_601}, "item_bytes is a whole"),
        (get(orders, ("ann", 1)), {"item_bytes": True}, "item_bytes is a whole"),
        (get(orders, ("ann", 1)), {"item_bytes": 1.5}, "item_bytes is a whole"),
        (get(orders, ("ann", 1)), {"entry_bytes": "x"}, "entry_bytes is a whole"),
        (get(orders, ("ann", 1)), {"item_bytes": 1, "items": -1}, "items is a whole number from 0, not -1"),
        (check(orders, ("ann", 1)).where(o.text == "x"), {"item_bytes": 1}, "Check has no estimate"),
        (update(orders).where(o.customer == "ann").set(o.text, "x"), {"item_bytes": 1}, "whole key"),
    ],
)
def test_what_has_to_be_known(statement: Any, given: dict[str, Any], problem: str) -> None:
    """What is missing, or no number, is named."""
    with pytest.raises(ArgumentError, match=problem):
        statement.estimate(**given)


def test_parameters_have_to_be_known() -> None:
    """A write whose values are still to come has no size."""
    with pytest.raises(PlaceholderError, match=":text"):
        insert(orders).values(customer="a", number=1, text=Parameter("text")).estimate()


def test_put_needs_nothing() -> None:
    """What a put writes is known; what it overwrites is taken to be as large, unless somebody says otherwise."""
    statement = put(Quota).values(user="u1", remaining=1, note="x" * 1_500)
    assert statement.estimate().write_units == 2
    assert statement.estimate(item_bytes=10_000).write_units == 10
    assert insert(Quota).values(user="u1", remaining=1).estimate(item_bytes=10_000).write_units == 1


LARGE = [
    # items, bytes -> units, requests, of an eventually consistent scan
    (1_000, 1_024, 125, 1),
    (1_024, 1_024, 128.5, 2),
    (1_025, 1_024, 128.5, 2),
    (3, 409_600, 150.5, 2),
    (1, 1, 0.5, 1),
    (0, 1, 0.5, 1),
]


@pytest.mark.parametrize(("items", "size", "units", "requests"), LARGE)
def test_pages(items: int, size: int, units: float, requests: int) -> None:
    """A page has a megabyte, and the item that makes it full."""
    estimate = select(orders).allow_scan().estimate(items=items, item_bytes=size)
    assert (float(estimate.read_units), estimate.requests) == (units, requests)


def test_keys_that_fill_a_batch() -> None:
    """A batch answers 100 items, or 16 MB."""
    keys = [("ann", number) for number in range(150)]
    assert batch_get((orders, keys)).estimate(item_bytes=100).requests == 2
    assert batch_get((orders, keys)).estimate(item_bytes=400_000).requests == 4


@pytest.mark.ci
def test_pages_are_those_of_the_engine() -> None:
    """What is said of large pages is what the embedded engine makes, which pages as DynamoDB Local does."""
    engine = create_engine("local://")
    TABLES.create_all(engine)
    engine.bulk_put(put(orders).values(customer="ann", number=number, text="x" * 100_000) for number in range(100, 130))
    size = size_of({"customer": "ann", "number": 100, "text": "x" * 100_000}, plain=True)
    statement = select(orders).where(o.customer == "ann")
    with engine.capacity() as used:
        engine.execute(statement).all()
    estimate = statement.estimate(items=30, item_bytes=size)
    assert (estimate.read_units, estimate.requests) == (used.read_units, used.requests)


def test_shown() -> None:
    """An estimate says units, requests and dollars in a line."""
    statement: Any = insert(orders).values(**order(1))
    assert str(statement.estimate()) == "at most 8 write units in 1 request: $0.000005 (prices of 2024-11)"
    assert repr(select(orders).where(o.customer.in_([])).estimate()) == (
        "<at most no units in 0 requests: $0.000 (prices of 2024-11)>"
    )


def test_size_of() -> None:
    """An item on the wire, in plain Python and as an object has one size; what is no item is refused."""
    payment = Payment(id="p1", timestamp=NOW + timedelta(minutes=1), customer_id="c1", amount=Decimal("12.50"))
    with create_engine("local://") as engine:
        Payment.metadata.create_all(engine)
        engine.bulk_put([payment], unconditional=True)
        (item,) = engine.send("Scan", TableName="payments")["Items"]
    assert size_of(payment) == size_of(item)
    assert size_of({"n": {"N": "1000.50"}}) == size_of({"n": Decimal("1000.5")}, plain=True) == 1 + 4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (None, "an item is a mapping, or an object of a model, not None"),
        (5, "an item is a mapping, or an object of a model, not 5"),
        (Payment, "an item is a mapping, or an object of a model, not <class"),
        ([("a", 1)], "an item is a mapping, or an object of a model, not [('a', 1)]"),
        ({"a": "x"}, "a: can't store 'x': not in wire form, e.g. {'N': '1'}; plain=True takes Python values"),
        ({"a": {}}, "a: can't store {}: not in wire form"),
        ({"a": {"S": "x", "N": "1"}}, "a: can't store {'S': 'x', 'N': '1'}: not in wire form"),
        ({"a": {"Q": 1}}, "a: can't store {'Q': 1}: not in wire form"),
        ({"a": {"N": 5}}, "a: can't store {'N': 5}: not in wire form"),
        ({"a": {"N": "five"}}, "a: can't store {'N': 'five'}: not in wire form"),
        ({"a": {"B": "five"}}, "a: can't store {'B': 'five'}: not in wire form"),
        ({"a": {"L": 5}}, "a: can't store {'L': 5}: not in wire form"),
        ({"a": {"M": [1]}}, "a: can't store {'M': [1]}: not in wire form"),
        ({"a": {"SS": []}}, "a: can't store set(): DynamoDB has no empty set"),
        ({1: {"S": "x"}}, "can't store 1: the keys of a map must be text"),
    ],
    ids=str,
)
def test_size_of_refuses(wrong: Any, message: str) -> None:
    """What is no item is refused in words, with the attribute that is wrong."""
    with pytest.raises(ArgumentError, match=re.escape(message)):
        size_of(wrong)


def test_size_of_refuses_plain_values() -> None:
    """Plain values that DynamoDB has no type for are refused as they are where they are written."""
    with pytest.raises(ArgumentError, match=r"tags\[0\]: can't store 1.5: a float is not exact"):
        size_of({"tags": [1.5]}, plain=True)
