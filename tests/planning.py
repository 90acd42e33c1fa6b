"""Statements and the plans they should have: used by the tests of the planner and of the engines."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from dynexpr import Column, ColumnOptions, GlobalIndex, LocalIndex, MetaData, Table, attr, or_, select, tuple_
from dynexpr.expression.evaluate import holds
from dynexpr.expression.nodes import Condition
from dynexpr.statements.select import Select
from dynexpr.types import Integer, Map, Number, String
from dynexpr.wire import Item, encode_item

metadata = MetaData()
orders = Table(
    "orders",
    metadata,
    Column("id", String(), ColumnOptions(partition_key=True)),
    Column("at", Integer(), ColumnOptions(sort_key=True)),
    Column("customer", String()),
    Column("status", String()),
    Column("total", Number()),
    Column("region", String()),
    Column("note", String(), ColumnOptions(nullable=True)),
    Column("more", Map(String()), ColumnOptions(nullable=True)),
    indexes=[
        LocalIndex("by-total", sort_key="total", projection=["status"]),
        GlobalIndex("by-customer", partition_key="customer", sort_key="status"),
        GlobalIndex("by-status", partition_key="status", sort_key="at"),
        GlobalIndex("by-region", partition_key="region", projection="KEYS_ONLY"),
        GlobalIndex("many", partition_key=["region", "customer"], sort_key=["status", "at"]),
        GlobalIndex("by-note", partition_key="status", sort_key="note"),
    ],
)
users = Table(
    "users",
    metadata,
    Column("name", String(), ColumnOptions(partition_key=True)),
    Column("age", Integer()),
    Column("team", String()),
    indexes=[GlobalIndex("by-team", partition_key="team", sort_key="age", projection="KEYS_ONLY")],
)
o = orders.c
u = users.c


def query(*conditions: Any) -> Select[Any]:
    """A select of whole orders."""
    return select(orders).where(*conditions)


def people(*conditions: Any) -> Select[Any]:
    """A select of whole users."""
    return select(users).where(*conditions)


ORDERS: Final[tuple[Item, ...]] = tuple(
    encode_item(
        {
            "id": id_,
            "at": at,
            "customer": "cdef"[(at + index) % 4],
            "status": ("paid", "pending", "sent", "pend")[(at * 3 + index) % 4],
            "total": Decimal(at * 7 % 5) + Decimal("0.5") * index,
            "region": "rs"[(at + 2 * index) % 2],
            "more": {"x": id_, "y": "z"},
            **({"note": "xyz"[at % 3] * (index + 1)} if (at + index) % 3 else {}),
        }
    )
    for index, id_ in enumerate(("a", "b", "c", "aa"))
    for at in (-2, 0, 1, 2, 3, 4, 5, 7, 10)
)
USERS: Final[tuple[Item, ...]] = tuple(
    encode_item({"name": name, "age": age, "team": "tv"[age % 2]})
    for age, name in enumerate(("ann", "bob", "cy", "dan", "eve", "fay"), 20)
)
STORED: Final = {"orders": ORDERS, "users": USERS}


class Case(NamedTuple):
    """A statement, and what is to be read for it."""

    name: str
    statement: Select[Any]
    path: str
    key: str | None = None
    filter: str | None = None
    residue: str | None = None


CASES: Final[Sequence[Case]] = (
    # Whole keys.
    Case("whole key", query(o.id == "a", o.at == 1), "GetItem orders"),
    Case("whole key, other order", query(o.at == 1, o.id == "a"), "GetItem orders"),
    Case("whole key, columns of no table", query(Column("id", String()) == "a", attr("at") == 1), "GetItem orders"),
    Case("whole key and more", query(o.id == "a", o.at == 1, o.total > 1), "Query orders", 'id = "a" AND at = 1',
         "total > 1"),
    Case("whole key said twice", query(o.id == "a", o.at == 1, o.at == 1, o.id.in_(["a", "b"])), "GetItem orders"),
    Case("whole key and a bound it keeps to", query(o.id == "a", o.at == 1, o.at < 5, o.id != "b"), "GetItem orders"),
    Case("a key without sort attribute", people(u.name == "ann"), "GetItem users"),
    Case("one tuple", query(tuple_(o.id, o.at).in_([("a", 1)])), "GetItem orders"),
    Case("tuples", query(tuple_(o.id, o.at).in_([("b", 2), ("a", 1), ("zz", 1)])), "BatchGetItem orders"),
    Case("tuples, sort key first", query(tuple_(o.at, o.id).in_([(2, "b"), (1, "a"), (2, "b")])),
         "BatchGetItem orders"),
    Case("tuples in order", query(tuple_(o.id, o.at).in_([("b", 2), ("a", 1), ("c", 3)])).order_by(o.at.desc()),
         "BatchGetItem orders"),
    Case("tuples and more", query(tuple_(o.id, o.at).in_([("b", 2), ("a", 1), ("c", 3)]), o.total > 2),
         "BatchGetItem orders", residue="total > 2"),
    Case("tuples thinned out", query(tuple_(o.id, o.at).in_([("b", 2), ("a", 1), ("c", 3)]), o.id < "c"),
         "BatchGetItem orders"),
    Case("choices that make whole keys", query(o.id.in_(["b", "a"]), o.at == 2), "BatchGetItem orders"),
    Case("choice of a key without sort attribute", people(u.name.in_(["eve", "ann", "nobody"])), "BatchGetItem users"),
    Case("a choice of one", people(u.name.in_(["eve"])), "GetItem users"),
    Case("the same item twice", people(u.name.in_(["eve", "ann", "eve"])), "BatchGetItem users"),
    # One query.
    Case("partition only", query(o.id == "a"), "Query orders", 'id = "a"'),
    Case("range", query(o.id == "a", o.at > 3), "Query orders", 'id = "a" AND at > 3'),
    Case("between", query(o.id == "a", o.at.between(3, 4)), "Query orders", 'id = "a" AND at BETWEEN 3 AND 4'),
    Case("filter", query(o.status == "sent", o.id == "a"), "Query orders", 'id = "a"', 'status = "sent"'),
    Case("local index", query(o.id == "a", o.total > 1), "Query orders/by-total", 'id = "a" AND total > 1'),
    Case("local index with a filter it holds", query(o.id == "a", o.total > 1, o.status == "sent"),
         "Query orders/by-total", 'id = "a" AND total > 1', 'status = "sent"'),
    Case("local index and a filter it lacks", query(o.id == "a", o.total > 1, o.region == "r"), "Query orders",
         'id = "a"', 'total > 1 AND region = "r"'),
    Case("global index", query(o.customer == "c"), "Query orders/by-customer", 'customer = "c"'),
    Case("prefix", query(o.customer == "c", o.status.begins_with("p")), "Query orders/by-customer",
         'customer = "c" AND begins_with(status, "p")'),
    Case("equality beats a range", query(o.customer == "c", o.status == "paid", o.at > 1), "Query orders/by-customer",
         'customer = "c" AND status = "paid"', "at > 1"),
    Case("many attributes", query(o.region == "r", o.customer == "d", o.status == "paid", o.at < 8),
         "Query orders/many",
         'region = "r" AND customer = "d" AND status = "paid" AND at < 8'),
    Case("many attributes, a range before the last", query(o.region == "r", o.customer == "d", o.status > "paid"),
         "Query orders/many", 'region = "r" AND customer = "d" AND status > "paid"'),
    Case("many attributes with a gap", query(o.region == "r", o.customer == "d", o.at == 1), "Query orders/many",
         'region = "r" AND customer = "d"', None, "at = 1"),
    Case("many attributes, a gap and a choice", query(o.region == "r", o.customer == "d", o.at.in_([1, 3])),
         "Query orders/many", 'region = "r" AND customer = "d"', None, "at IN (1, 3)"),
    Case("the table before an index", query(o.id == "a", o.customer == "c"), "Query orders", 'id = "a"',
         'customer = "c"'),
    Case("columns an index holds", select(o.id, o.at).where(o.region == "r"), "Query orders/by-region", 'region = "r"'),
    Case("forced", query(o.customer == "c", o.status == "paid").using("by-status"), "Query orders/by-status",
         'status = "paid"', 'customer = "c"'),
    Case("the table forced", query(o.id == "a", o.total > 1).using(orders), "Query orders", 'id = "a"', "total > 1"),
    Case("untyped attribute", query(attr("customer") == "c"), "Query orders/by-customer", 'customer = "c"'),
    Case("backwards", query(o.id == "a").order_by(o.at.desc()), "Query orders", 'id = "a"'),
    Case("ordered by an index", query(o.id == "a").order_by(o.total), "Query orders/by-total", 'id = "a"'),
    Case("ordered by what is fixed", query(o.id == "a", o.total == 2).order_by(o.total), "Query orders/by-total",
         'id = "a" AND total = 2'),
    Case("consistent", query(o.id == "a", o.customer == "c").consistent_read(), "Query orders", 'id = "a"',
         'customer = "c"'),
    Case("never mind the empty part", query(o.id == "a", or_(o.total > 1, o.customer.in_([]))),
         "Query orders/by-total", 'id = "a" AND total > 1'),
    Case("a sparse index, when only its items are meant", query(o.status == "paid", o.note > "x"),
         "Query orders/by-note", 'status = "paid" AND note > "x"'),
    Case("a sparse index is passed by", query(o.status == "paid"), "Query orders/by-status", 'status = "paid"'),
    Case("attribute_exists makes an index whole", query(o.status == "paid", o.note.attribute_exists()).using("by-note"),
         "Query orders/by-note", 'status = "paid"'),
    # What a sort key can't be asked: the narrowest key condition, and a check.
    Case("half open", query(o.id == "a", o.at >= 1, o.at < 5), "Query orders", 'id = "a" AND at BETWEEN 1 AND 5',
         None, "at < 5"),
    Case("open", query(o.id == "a", o.at > 1, o.at < 5), "Query orders", 'id = "a" AND at BETWEEN 1 AND 5', None,
         "at > 1 AND at < 5"),
    Case("closed", query(o.id == "a", o.at >= 1, o.at <= 5), "Query orders", 'id = "a" AND at BETWEEN 1 AND 5'),
    Case("three bounds", query(o.id == "a", o.at >= 1, o.at > 2, o.at <= 5), "Query orders",
         'id = "a" AND at BETWEEN 2 AND 5',
         None, "at > 2"),
    Case("two lower bounds", query(o.id == "a", o.at > 1, o.at >= 3), "Query orders", 'id = "a" AND at >= 3'),
    Case("not equal", query(o.id == "a", o.at != 3), "Query orders", 'id = "a"', None, "at <> 3"),
    Case("choice on a sort key", query(o.id == "a", o.at.in_([5, 1, 3, 99])), "Query orders",
         'id = "a" AND at BETWEEN 1 AND 99', None, "at IN (5, 1, 3, 99)"),
    Case("choice and bound on a sort key", query(o.id == "a", o.at > 0, o.at.in_([5, 1, 3, -2]) | (o.at == 4)),
         "Query orders", 'id = "a" AND at BETWEEN 0 AND 5', None, "at > 0 AND (at IN (5, 1, 3, -2) OR at = 4)"),
    Case("contains on a sort key", query(o.customer == "c", o.status.contains("nd")), "Query orders/by-customer",
         'customer = "c"', None, 'contains(status, "nd")'),
    Case("either of two ranges", query(o.id == "a", (o.at < 1) | (o.at > 5)), "Query orders", 'id = "a"', None,
         "at < 1 OR at > 5"),
    Case("a range that narrows either", query(o.id == "a", ((o.at > 1) & (o.at < 3)) | (o.at == 5)), "Query orders",
         'id = "a" AND at BETWEEN 1 AND 5', None, "at > 1 AND at < 3 OR at = 5"),
    Case("turned round", query(o.id == "a", ~(o.at < 3)), "Query orders", 'id = "a" AND at >= 3'),
    Case("prefix and bound", query(o.customer == "c", o.status.begins_with("pe"), o.status > "pend"),
         "Query orders/by-customer", 'customer = "c" AND status BETWEEN "pend" AND "pf"', None,
         'begins_with(status, "pe") AND status > "pend"'),
    Case("mixed with another attribute", query(o.id == "a", (o.at != 3) | (o.total > 1)), "Query orders", 'id = "a"',
         None,
         "at <> 3 OR total > 1"),
    Case("residue and filter", query(o.id == "a", o.at != 3, o.region == "r"), "Query orders", 'id = "a"',
         'region = "r"',
         "at <> 3"),
    # Several queries.
    Case("choice of partitions", query(o.id.in_(["b", "a", "c"])), "Query orders", 'id = "b"; id = "a"; id = "c"'),
    Case("choice of partitions, backwards", query(o.id.in_(["b", "a"]), o.at > 0).order_by(o.at.desc()), "Query orders",
         'id = "b" AND at > 0; id = "a" AND at > 0'),
    Case("choice of partitions with a filter", query(o.id.in_(["b", "a"]), o.total > 1).using(orders), "Query orders",
         'id = "b"; id = "a"', "total > 1"),
    Case("choice of partitions with a check", query(o.id.in_(["b", "a"]), o.at >= 1, o.at < 4), "Query orders",
         'id = "b" AND at BETWEEN 1 AND 4; id = "a" AND at BETWEEN 1 AND 4', None, "at < 4"),
    Case("either of two partitions", query((o.id == "b") | (o.id == "a")), "Query orders", 'id = "b"; id = "a"'),
    Case("a choice thinned out", query(o.id.in_(["b", "a"]), o.id != "b"), "Query orders", 'id = "a"'),
    Case("choices of an index", query(o.customer.in_(["c", "d"]), o.region == "r"), "Query orders/many",
         'region = "r" AND customer = "c"; region = "r" AND customer = "d"'),
    Case("tuples of an index", query(tuple_(o.customer, o.status).in_([("c", "paid"), ("d", "sent")])),
         "Query orders/by-customer", 'customer = "c" AND status = "paid"; customer = "d" AND status = "sent"'),
    # Reading the rest.
    Case("hydrated", query(o.region == "r").hydrate(), "Query orders/by-region", 'region = "r"'),
    Case("hydrated with a filter", query(o.region == "r", o.total > 1).hydrate(), "Query orders/by-region",
         'region = "r"',
         None, "total > 1"),
    Case("hydrated columns", select(o.id, o.at, o.total).where(o.region == "r").hydrate(), "Query orders/by-region",
         'region = "r"'),
    Case("hydrated where nothing is lacking", query(o.customer == "c").hydrate(), "Query orders/by-customer",
         'customer = "c"'),
    Case("hydrated in order", people(u.team == "t").order_by(u.age.desc()).hydrate(), "Query users/by-team",
         'team = "t"'),
    # Scans.
    Case("scan", select(orders).allow_scan(), "Scan orders"),
    Case("scan with filter", query(o.total > 1).allow_scan(), "Scan orders", None, "total > 1"),
    Case("scan filters by keys", query(o.id > "a", o.at != 1).allow_scan(), "Scan orders", None,
         'id > "a" AND at <> 1'),
    Case("scan in segments", query(o.total > 1).allow_scan().segments(4), "Scan orders", None, "total > 1"),
    Case("scan of an index", select(orders).using("by-customer").allow_scan(), "Scan orders/by-customer"),
    Case("allowed but not needed", query(o.id == "a").allow_scan(), "Query orders", 'id = "a"'),
    # Nothing.
    Case("nothing", query(o.customer.in_([])), "Nothing orders"),
    Case("nothing among others", query(o.id == "a", o.customer.in_([])), "Nothing orders"),
    Case("two values at once", query(o.id == "a", o.id == "b"), "Nothing orders"),
    Case("an empty range", query(o.id == "a", o.at > 5, o.at < 3), "Nothing orders"),
    Case("a range of no width", query(o.id == "a", o.at > 5, o.at <= 5), "Nothing orders"),
    Case("a choice outside a range", query(o.id == "a", o.at > 5, o.at.in_([1, 2])), "Nothing orders"),
    Case("an empty key", query(o.id == ""), "Nothing orders"),
    Case("no tuples", query(tuple_(o.id, o.at).in_([])), "Nothing orders"),
)  # fmt: skip


def brute_force(statement: Select[Any], items: Sequence[Item]) -> list[Item]:
    """What a statement finds, by looking at every item."""
    condition = statement.condition
    return [item for item in items if condition is None or holds(condition, item)]


def sort_value(name: str) -> Callable[[Item], Any]:
    """What the items of a query are ordered by."""

    def value(item: Item) -> Any:
        ((kind, held),) = item[name].items()
        return Decimal(held) if kind == "N" else held

    return value


def shown(condition: Condition | None) -> str | None:
    """A condition as text, where there is one."""
    return None if condition is None else str(condition)
