"""Which table or index serves a read, and why?"""

from typing import Any, Literal

import pytest

from dynexpr import Column, ColumnOptions, GlobalIndex, MetaData, Table, attr, create_engine, or_, select, tuple_
from dynexpr.errors import ArgumentError, NotOneRequest, ScanRequired
from dynexpr.expression.nodes import Compare, Parameter
from dynexpr.expression.operators import EQ, GE, LT
from dynexpr.plan import plan
from dynexpr.statements.select import Select
from dynexpr.types import String
from tests.planning import CASES, Case, o, orders, people, query, shown, u, users


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_plan(case: Case) -> None:
    """A statement is served by the path the rules say, whatever the order of its conditions."""
    made = plan(case.statement)
    keys = "; ".join(map(str, made.key_conditions)) or None
    found = (f"{made.operation} {made.path}", keys, shown(made.filter), shown(made.residue))
    assert found == (case.path, case.key, case.filter, case.residue)


def test_there_are_enough_cases() -> None:
    """At least sixty cases, no name twice."""
    names = [case.name for case in CASES]
    assert len(names) >= 60
    assert len(set(names)) == len(names)


REFUSED = [
    ("no key", query(o.total > 5), ScanRequired, "no equality on its partition key id"),
    ("every path is listed", query(o.total > 5), ScanRequired,
     "index many: no equality on its partition key region and customer"),
    ("or over attributes", query((o.id == "a") | (o.total == 1)), ScanRequired, "allow_scan()"),
    ("range on a partition key", query(o.id > "a"), ScanRequired, "would read the whole table"),
    ("an index would do", query(o.total == 5), ScanRequired, "an index with the partition key 'total' would serve"),
    ("an index with a sort key would do", query(o.total == 5, o.at > 3), ScanRequired,
     "the partition key 'total' and the sort key 'at'"),
    ("an index in that order would do", query(o.id == "a").order_by(o.region), ScanRequired,
     "the partition key 'id' and the sort key 'region'"),
    ("whole items of a thin index", query(o.region == "r"), ScanRequired, "does not hold whole items; .hydrate()"),
    ("a column a thin index lacks", select(o.total).where(o.region == "r"), ScanRequired,
     "does not hold total; .hydrate()"),
    ("a column a forced thin index lacks", select(o.total).where(o.region == "r").using("by-region"), ScanRequired,
     "does not hold total"),
    ("a filter a thin index lacks", query(o.region == "r", o.total > 1), ScanRequired, "total, which the filter needs"),
    ("no scan in another order", query(o.id == "a").order_by(o.note), ScanRequired,
     "a scan has no order: leave out order_by(note) and sort"),
    ("another order", query(o.id == "a").order_by(o.region), ScanRequired, "not by region"),
    ("a merge in another order", query(o.id.in_(["a", "b"])).order_by(o.customer), ScanRequired, "not by customer"),
    ("consistent on a global index", query(o.customer == "c").consistent_read(), ScanRequired, "no consistent reads"),
    ("consistent scan of a global index", select(orders).using("by-customer").allow_scan().consistent_read(),
     ArgumentError,
     "no consistent reads"),
    ("forced on a wrong index", query(o.customer == "c").using("by-status"), ScanRequired, "index by-status can't"),
    ("scan in order", select(orders).order_by(o.at).allow_scan(), ArgumentError, "a scan has no order"),
    ("scan for what an index lacks", query(o.total > 1).using("by-region").allow_scan(), ArgumentError,
     "does not hold total"),
    ("forced in another order", query(o.status == "paid").using("by-status").order_by(o.note), ScanRequired,
     "ordered by at"),
    ("a value of another type", query(attr("id") == 5), ScanRequired, "no equality on its partition key id"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "error", "told"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(statement: Select[Any], error: type[Exception], told: str) -> None:
    """What no path serves is refused, naming each path and what it lacks."""
    with pytest.raises(error) as caught:
        plan(statement)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("statement", "nonsense"),
    [
        (query(o.region == "r"), "would serve it"),
        (query(o.customer == "c").consistent_read(), "would serve it"),
        (query(o.id == "a").order_by(o.note), "allow_scan"),
        (query(o.total == 5).order_by(o.at), "allow_scan"),
    ],
    ids=["a thin index is there", "a global index is there", "no scan has that order", "nor another"],
)
def test_no_cure_that_does_not_help(statement: Select[Any], nonsense: str) -> None:
    """An index that exists is not proposed, nor a scan where the order forbids it."""
    with pytest.raises(ScanRequired) as caught:
        plan(statement)
    assert nonsense not in str(caught.value)


def _twins(first: Literal["ALL", "KEYS_ONLY"] = "ALL") -> Table:
    return Table(
        "twins",
        MetaData(),
        Column("id", String(), ColumnOptions(partition_key=True)),
        Column("a", String()),
        Column("b", String()),
        Column("c", String(), ColumnOptions(nullable=True)),
        indexes=[
            GlobalIndex("one", partition_key="a", projection=first),
            GlobalIndex("two", partition_key="b"),
            GlobalIndex("three", partition_key="b", sort_key="c"),
        ],
    )


def test_a_tie_is_noted_and_strictly_an_error() -> None:
    """Two indexes that serve alike: the first declared is taken and it is said, or refused under strict_plans."""
    twins = _twins()
    statement = select(twins).where(twins.c.b == "y", twins.c.a == "x")
    made = plan(statement)
    assert made.path == "twins/one"
    assert "index two would serve as well" in made.notes[0]
    with pytest.raises(ArgumentError, match="using"):
        plan(statement, strict=True)
    assert plan(statement.using("two"), strict=True).path == "twins/two"
    with (
        create_engine("local://", strict_plans=True) as engine,
        pytest.raises(ArgumentError, match="two would serve as well"),
    ):
        engine.execute(statement)


def test_an_index_that_holds_everything_goes_before_one_that_does_not() -> None:
    """Where both serve, the one from which the rest must be fetched loses, though it was declared first."""
    twins = _twins("KEYS_ONLY")
    made = plan(select(twins).where(twins.c.b == "y", twins.c.a == "x").hydrate())
    assert made.path == "twins/two"
    assert dict(made.rejected)["index one"] == "what it does not hold would be read from the table; index two holds it"


def test_a_sparse_index_serves_only_who_means_it() -> None:
    """An index leaves out the items that lack its sort attribute: it is not chosen where those may be wanted."""
    twins = _twins()
    statement = select(twins).where(twins.c.b == "y")
    assert plan(statement).path == "twins/two"
    assert "leaves out the items without c" in dict(plan(statement).rejected)["index three"]
    assert plan(statement.using("three")).path == "twins/three"
    assert plan(statement.where(twins.c.c > "")).path == "twins/three"
    absent = plan(statement.where(twins.c.c == None))  # noqa: E711
    assert (absent.path, shown(absent.filter)) == ("twins/two", "attribute_not_exists(c) OR c = NULL")


def test_using_takes_an_index_of_its_own() -> None:
    """using() refuses a name that is no index, and an index or a table of another model."""
    with pytest.raises(ArgumentError, match="has no index 'nope'; it has by-total"):
        select(orders).using("nope")
    for other in (users, users.indexes["by-team"]):
        with pytest.raises(ArgumentError, match="of its own"):
            select(orders).using(other)


def test_explain_says_what_and_why() -> None:
    """explain() names operation, index, key condition, filter, cost, and each path that lost; nothing is sent."""
    told = query(o.total > 10, o.customer == "c").explain()
    facts = told.to_dict()
    assert (facts["operation"], facts["index"], facts["filter"]) == ("Query", "by-customer", "total > 10")
    assert {each["path"] for each in facts["rejected"]} >= {"table orders", "index by-status"}
    assert "after reading, saves no units" in str(told)


EXPLAINED = [
    ("residue", query(o.id == "a", o.at >= 1, o.at < 5),
     "client check  at < 5 (after reading, DynamoDB can't be told)"),
    ("several queries", query(o.id.in_(["b", "a"])), "operation     Query on orders, 2 requests"),
    ("their key conditions", query(o.id.in_(list("abcde"))), 'id = "c"; … and 2 more'),
    ("their merge", query(o.id.in_(["b", "a"])), "2 queries, their results merged by at"),
    ("keys", query(o.id.in_(["b", "a"]), o.at == 1), 'key condition id = "b" AND at = 1; id = "a" AND at = 1'),
    ("a get", query(o.id == "b", o.at == 1), "read units    0.5 to 50.0 a request, $0.0000000625 to $0.00000625"),
    ("consistent reads", query(o.id == "b").consistent_read(),
     "1 to 256 a request, $0.000000125 to $0.000032 (consistent)"),
    ("a small page", query(o.id == "b").page_size(2), "0.5 to 100.0 a request"),
    ("a batch", query(o.id.in_(["b", "a"]), o.at == 1), "1.0 to 100.0 a request"),
    ("a local index", query(o.id == "a", o.total > 1), "fetched from the table, at its price"),
    ("a local index that holds it", select(o.id, o.status).where(o.id == "a", o.total > 1), "projection    id, status"),
    ("hydrated", query(o.region == "r").hydrate(), "read from the table by BatchGetItem"),
    ("a scan", select(orders).allow_scan(), "a scan reads, and bills, every item"),
    ("a scan's way", select(orders).allow_scan(), "its pages no way back"),
    ("a scan that is not allowed", query(o.total > 1), "warning       ScanRequired is raised when it is executed"),
    ("an order that nothing gives", query(o.id == "a").order_by(o.note),
     "nothing gives the order by note; this is the plan without order_by()"),
    ("a limit", query(o.id == "a", o.region == "r").limit(3), "limit(3) counts results, not items read"),
    ("what is not loaded", query(o.region == "r").using("by-region"), "what it lacks stays unloaded"),
    ("segments", query(o.id == "a").segments(3), "segments are for a scan"),
    ("nothing", query(o.id.in_([])), "operation     Nothing on orders"),
    ("order", query(o.id == "a").order_by(o.at.desc()), "order         descending"),
    ("a loser", query(o.id == "a", o.total > 1),
     "table orders: its key condition is shorter than that of index by-total"),
    ("a parameter", query(Compare(EQ, o.id.node, Parameter("id"))), "key condition id = :id"),
    ("parameters as bounds",
     query(o.id == "a", Compare(GE, o.at.node, Parameter("a")), Compare(LT, o.at.node, Parameter("b"))),
     'key condition id = "a" AND at BETWEEN :a AND :b'),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "told"), [row[1:] for row in EXPLAINED], ids=[row[0] for row in EXPLAINED])
def test_explained(statement: Select[Any], told: str) -> None:
    """explain() tells a person each fact of the plan and what follows from it."""
    assert told in str(statement.explain())


def test_explain_refuses_what_no_scan_can_do() -> None:
    """What is wrong besides is raised by itself."""
    with pytest.raises(ArgumentError, match="has no consistent reads") as caught:
        query(o.customer == "c").using("by-customer").consistent_read().explain()
    assert caught.value.__context__ is None


def test_explain_is_data() -> None:
    """to_dict() gives every fact, in types that JSON or a test can take."""
    facts = query(o.id.in_(["a", "b"]), o.at >= 1, o.at < 4, o.total > 2).using(orders).explain().to_dict()
    assert facts["requests"] == 2
    assert facts["residue"] == "at < 4"
    assert facts["warnings"] == []
    assert (facts["table"], facts["index"], facts["order"], facts["hydrate"]) == ("orders", None, "ascending", False)
    low, high = facts["read_units_per_request"]
    assert (low, high) == (0.5, 128)
    refused = query(o.total > 1).explain().to_dict()
    assert (refused["operation"], len(refused["rejected"])) == ("Scan", 7)


def test_params_are_one_request() -> None:
    """compile() gives the one request a statement is, and refuses where it is none or several, or must be checked."""
    params = query(o.customer == "c").limit(5).compile().params
    assert params["IndexName"] == "by-customer"
    assert params["Limit"] == 5
    refused = {
        "nothing would be sent": query(o.customer.in_([])),
        "as many requests as it needs": query(o.id == "a", o.region == "r").limit(5),
        "2 requests": query(o.id.in_(["a", "b"])),
        "at < 5 is for the client to check": query(o.id == "a", o.at > 1, o.at < 5),
        "read from the table afterwards": query(o.region == "r").hydrate(),
        "4 requests": select(orders).allow_scan().segments(4),
    }
    for told, statement in refused.items():
        with pytest.raises(NotOneRequest, match=told):
            statement.compile()


def test_requests_are_all_of_them() -> None:
    """requests() gives the first request of each query, batch and segment."""
    several = query(o.id.in_(["a", "b"]), o.at > 1).requests()
    assert [request.params["ExpressionAttributeValues"][":v0"] for request in several] == [{"S": "a"}, {"S": "b"}]
    batches = people(u.name.in_([f"n{number}" for number in range(150)])).requests()
    assert [len(request.params["RequestItems"]["users"]["Keys"]) for request in batches] == [100, 50]
    segments = select(orders).allow_scan().segments(3).requests()
    assert [(request.params["Segment"], request.params["TotalSegments"]) for request in segments] == [
        (0, 3),
        (1, 3),
        (2, 3),
    ]
    assert query(o.id.in_([])).requests() == ()
    assert [request.operation for request in query(o.id == "a", o.at == 1).requests()] == ["GetItem"]


def test_what_the_client_needs_is_projected_too() -> None:
    """A check of the client, and the key of a batch, are read besides; a part gives way to the whole."""
    made = plan(select(o.total).where(o.id == "a", (o.at != 3) | (o.region == "r")))
    assert str(made.projection) == "total, at, region"
    keys = plan(select(o.total).where(tuple_(o.id, o.at).in_([("a", 1), ("b", 1)])))
    assert str(keys.projection) == "total, id, at"
    made = plan(select(o.more["x"], o.total).where(o.id == "a", (o.at != 3) | (o.more["y"] == "z")))
    assert (str(made.projection), str(made.cut)) == ("total, at, more", "more.x, total")


def test_too_many_combinations_are_not_queried() -> None:
    """Choices of several attributes multiply: an index that would take thousands of queries is passed by."""
    numbers = [str(number) for number in range(150)]
    made = plan(query(o.region.in_(numbers), o.customer.in_(numbers)))
    assert (made.path, len(made.partitions)) == ("orders/by-customer", 150)
    assert "too many to query" in dict(made.rejected)["index many"]


@pytest.mark.parametrize("count", [0, -1, True, 1.5, "3"])
def test_limits_are_whole_numbers(count: Any) -> None:
    """limit(), page_size(), segments() and budget() refuse what is no whole number from 1."""
    for call in (select(orders).limit, select(orders).page_size, select(orders).segments):
        with pytest.raises(ArgumentError, match="whole number"):
            call(count)
    with pytest.raises(ArgumentError, match="whole number"):
        select(orders).budget(items=count)


@pytest.mark.parametrize("units", [0, -1, True])
def test_a_budget_of_units_is_above_nothing(units: Any) -> None:
    """budget(read_units=...) refuses what no request keeps to."""
    with pytest.raises(ArgumentError, match="above 0"):
        select(orders).budget(read_units=units)


@pytest.mark.parametrize("rows", ["ab", [("a",)], ["ab"], [("a", 1, 2)], [3]])
def test_tuples_have_as_many_values_as_columns(rows: Any) -> None:
    """tuple_(...).in_() refuses what is not a list of tuples of its length."""
    with pytest.raises((ArgumentError, TypeError), match="tuple"):
        tuple_(o.id, o.at).in_(rows)


def test_tuples_are_of_columns() -> None:
    """tuple_() takes columns, and shows as it was written."""
    assert repr(tuple_(attr("id"), attr("at"))) == "tuple_(attr('id'), attr('at'))"
    with pytest.raises(ArgumentError, match="takes columns"):
        tuple_("id", "at")  # type: ignore[call-overload]
    assert or_(tuple_(o.id, o.at).in_([("a", 1)])) == ((o.id == "a") & (o.at == 1))
