"""Which table or index serves a read, and why?"""

from typing import Any

import pytest

from dynexpr import Column, ColumnOptions, GlobalIndex, LocalIndex, MetaData, Table, attr, or_, select
from dynexpr.errors import ArgumentError, NotOneRequest, ScanRequired
from dynexpr.expression.nodes import Condition
from dynexpr.plan import plan
from dynexpr.statements.select import Select
from dynexpr.types import Integer, Number, String

orders = Table(
    "orders",
    MetaData(),
    Column("id", String(), ColumnOptions(partition_key=True)),
    Column("at", Integer(), ColumnOptions(sort_key=True)),
    Column("customer", String()),
    Column("status", String()),
    Column("total", Number()),
    Column("region", String()),
    indexes=[
        LocalIndex("by-total", sort_key="total", projection=["status"]),
        GlobalIndex("by-customer", partition_key="customer", sort_key="status"),
        GlobalIndex("by-status", partition_key="status", sort_key="at"),
        GlobalIndex("by-region", partition_key="region", projection="KEYS_ONLY"),
        GlobalIndex("many", partition_key=["region", "customer"], sort_key=["status", "at"]),
    ],
)
o = orders.c


def query(*conditions: Any) -> Select[Any]:
    """A select of whole orders."""
    return select(orders).where(*conditions)


def shown(condition: Condition | None) -> str | None:
    """A condition as text, where there is one."""
    return None if condition is None else str(condition)


PLANS = [
    ("whole key", query(o.id == "a", o.at == 1), "GetItem orders", None, None),
    ("whole key, other order", query(o.at == 1, o.id == "a"), "GetItem orders", None, None),
    ("whole key and more", query(o.id == "a", o.at == 1, o.total > 5), "Query orders", "id = \"a\" AND at = 1", "total > 5"),
    ("partition only", query(o.id == "a"), "Query orders", 'id = "a"', None),
    ("range", query(o.id == "a", o.at > 3), "Query orders", 'id = "a" AND at > 3', None),
    ("between", query(o.id == "a", o.at.between(3, 4)), "Query orders", 'id = "a" AND at BETWEEN 3 AND 4', None),
    ("filter", query(o.status == "x", o.id == "a"), "Query orders", 'id = "a"', 'status = "x"'),
    ("local index", query(o.id == "a", o.total > 3), "Query orders/by-total", 'id = "a" AND total > 3', None),
    ("global index", query(o.customer == "c"), "Query orders/by-customer", 'customer = "c"', None),
    ("prefix", query(o.customer == "c", o.status.begins_with("p")), "Query orders/by-customer",
     'customer = "c" AND begins_with(status, "p")', None),
    ("equality beats a range", query(o.customer == "c", o.status == "p", o.at > 4), "Query orders/by-customer",
     'customer = "c" AND status = "p"', "at > 4"),
    ("many attributes", query(o.region == "r", o.customer == "c", o.status == "s", o.at < 4), "Query orders/many",
     'region = "r" AND customer = "c" AND status = "s" AND at < 4', None),
    ("the table before an index", query(o.id == "a", o.customer == "c"), "Query orders", 'id = "a"', 'customer = "c"'),
    ("columns an index holds", select(o.id).where(o.region == "r"), "Query orders/by-region", 'region = "r"', None),
    ("nothing", query(o.customer.in_([])), "Nothing orders", None, None),
    ("nothing among others", query(o.id == "a", o.customer.in_([])), "Nothing orders", None, None),
    ("never mind the empty part", query(o.id == "a", or_(o.total > 1, o.customer.in_([]))),
     "Query orders/by-total", 'id = "a" AND total > 1', None),
    ("scan", select(orders).allow_scan(), "Scan orders", None, None),
    ("scan with filter", query(o.total > 5).allow_scan(), "Scan orders", None, "total > 5"),
    ("forced", query(o.customer == "c", o.status == "s").using("by-status"), "Query orders/by-status",
     'status = "s"', 'customer = "c"'),
    ("untyped attribute", query(attr("customer") == "c"), "Query orders/by-customer", 'customer = "c"', None),
    ("backwards", query(o.id == "a").order_by(o.at.desc()), "Query orders", 'id = "a"', None),
    ("ordered by an index", query(o.id == "a").order_by(o.total), "Query orders/by-total", 'id = "a"', None),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "path", "key", "filtered"), [row[1:] for row in PLANS], ids=[r[0] for r in PLANS])
def test_plan(statement: Select[Any], path: str, key: str | None, filtered: str | None) -> None:
    """A statement is served by the path the rules say, whatever the order of its conditions."""
    made = plan(statement)
    assert f"{made.operation} {made.path}" == path
    if made.operation != "GetItem":
        assert shown(made.key_condition) == key
    assert shown(made.filter) == filtered


REFUSED = [
    ("no key", query(o.total > 5), ScanRequired, "no equality on its partition key id"),
    ("or", query((o.id == "a") | (o.id == "b")), ScanRequired, "allow_scan()"),
    ("range on a partition key", query(o.id > "a"), ScanRequired, "would read the whole table"),
    ("an index would do", query(o.total == 5), ScanRequired, "an index with the partition key 'total'"),
    ("whole items of a thin index", query(o.region == "r"), ScanRequired, "does not hold whole items"),
    ("another order", query(o.id == "a").order_by(o.region), ScanRequired, "not by region"),
    ("consistent on a global index", query(o.customer == "c").consistent_read(), ScanRequired, "no consistent reads"),
    ("forced on a wrong index", query(o.customer == "c").using("by-status"), ScanRequired, "index by-status can't"),
    ("scan in order", select(orders).order_by(o.at).allow_scan(), ArgumentError, "a scan has no order"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "error", "told"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(statement: Select[Any], error: type[Exception], told: str) -> None:
    """What no path serves is refused, naming each path and what it lacks."""
    with pytest.raises(error) as caught:
        plan(statement)
    assert told in str(caught.value)


def test_a_tie_is_noted_and_strictly_an_error() -> None:
    """Two indexes that serve alike: the first declared is taken and it is said, or refused under strict_plans."""
    twins = Table(
        "twins",
        MetaData(),
        Column("id", String(), ColumnOptions(partition_key=True)),
        Column("a", String()),
        Column("b", String()),
        indexes=[GlobalIndex("one", partition_key="a"), GlobalIndex("two", partition_key="b")],
    )
    statement = select(twins).where(twins.c.b == "y", twins.c.a == "x")
    made = plan(statement)
    assert made.path == "twins/one"
    assert "index two would serve as well" in made.notes[0]
    with pytest.raises(ArgumentError, match="using"):
        plan(statement, strict=True)
    assert plan(statement.using("two"), strict=True).path == "twins/two"


def test_explain_says_what_and_why() -> None:
    """explain() names operation, index, key condition, filter, cost, and each path that lost; nothing is sent."""
    told = query(o.total > 10, o.customer == "c").explain()
    facts = told.to_dict()
    assert (facts["operation"], facts["index"], facts["filter"]) == ("Query", "by-customer", "total > 10")
    assert {each["path"] for each in facts["rejected"]} >= {"table orders", "index by-status"}
    assert "after reading, saves no units" in str(told)


def test_params_are_one_request() -> None:
    """compile() gives the one request a statement is, and refuses where it is none or several."""
    params = query(o.customer == "c").limit(5).compile().params
    assert params["IndexName"] == "by-customer"
    assert params["Limit"] == 5
    for statement in (query(o.customer.in_([])), query(o.id == "a", o.region == "r").limit(5)):
        with pytest.raises(NotOneRequest):
            statement.compile()


@pytest.mark.parametrize("count", [0, -1, True, 1.5, "3"])
def test_limits_are_whole_numbers(count: Any) -> None:
    """limit() and page_size() refuse what is no whole number from 1."""
    with pytest.raises(ArgumentError, match="whole number"):
        select(orders).limit(count)
    with pytest.raises(ArgumentError, match="whole number"):
        select(orders).page_size(count)
