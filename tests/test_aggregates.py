"""Is what is computed of many items what Python computes of them, in one pass, and said so?"""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal, Inexact, localcontext
from typing import Any

import pytest
from hypothesis import given, strategies as st

from dynexpr import (
    Column,
    ColumnOptions,
    GlobalIndex,
    MetaData,
    Table,
    attr,
    create_engine,
    func,
    put,
    select,
    update,
)
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, NotOneRequest, OperandError, ScanRequired
from dynexpr.expression.nodes import Parameter
from dynexpr.grouping import Grouping
from dynexpr.orm import Session
from dynexpr.types import DateTime, Float, Integer, List, Number, Set, String
from dynexpr.wire import encode_item
from tests.models import Payment

TABLES = MetaData()
sales = Table(
    "sales",
    TABLES,
    Column("shop", String(), ColumnOptions(partition_key=True)),
    Column("number", Integer(), ColumnOptions(sort_key=True)),
    Column("status", String(), ColumnOptions(nullable=True)),
    Column("amount", Number(), ColumnOptions(nullable=True)),
    Column("pieces", Integer(), ColumnOptions(nullable=True)),
    Column("ratio", Float(), ColumnOptions(nullable=True)),
    Column("at", DateTime(), ColumnOptions(nullable=True)),
    Column("kind", String(), ColumnOptions(nullable=True, missing="plain")),
    Column("tags", Set(String()), ColumnOptions(nullable=True)),
    Column("lines", List(), ColumnOptions(nullable=True)),
    indexes=[GlobalIndex("by-status", partition_key="status", sort_key="amount", projection="KEYS_ONLY")],
)
s = sales.c
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ITEMS: list[dict[str, Any]] = [
    {"shop": "a", "number": 1, "status": "new", "amount": Decimal("0.1"), "pieces": 3, "ratio": 0.5, "kind": "plain"},
    {"shop": "a", "number": 2, "status": "new", "amount": Decimal("0.2"), "pieces": 4, "at": NOON},
    {"shop": "a", "number": 3, "status": "old", "amount": Decimal("1E+30"), "kind": "rare"},
    {"shop": "a", "number": 4, "amount": Decimal("1E-8"), "ratio": 0.25, "at": NOON + timedelta(1), "tags": {"x"}},
    {"shop": "a", "number": 5, "status": "old", "pieces": -7},
]
OF_A = s.shop == "a"


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """An engine with the sales above, and one whose status is NULL."""
    TABLES.drop_all(engine)
    TABLES.create_all(engine)
    engine.bulk_put(put(sales).values(**item) for item in ITEMS)
    name = engine.settings.name(sales)
    null = {"shop": {"S": "a"}, "number": {"N": "6"}, "at": {"NULL": True}, "amount": {"N": "5"}}
    engine.send("PutItem", TableName=name, Item=null)
    return engine


SUM = Decimal("1000000000000000000000000000005.30000001")
PIECES = select(s.status, func.count(), func.sum(s.pieces)).where(OF_A).group_by(s.status)
ROWS: list[tuple[str, Any, list[tuple[Any, ...]]]] = [
    ("count", select(func.count(sales)).where(OF_A), [(6,)]),
    ("count_column", select(func.count(s.status), func.count(s.at)).where(OF_A), [(4, 2)]),
    ("sum", select(func.sum(s.amount)).where(OF_A), [(SUM,)]),
    ("sum_integer", select(func.sum(s.pieces)).where(OF_A), [(0,)]),
    ("sum_float", select(func.sum(s.ratio)).where(OF_A), [(0.75,)]),
    ("avg", select(func.avg(s.pieces), func.avg(s.ratio)).where(OF_A), [(Decimal(0), 0.375)]),
    ("avg_third", select(func.avg(s.pieces)).where(OF_A, s.number != 5, s.number < 4), [(Decimal("3.5"),)]),
    ("extremes", select(func.min(s.amount), func.max(s.amount)).where(OF_A), [(Decimal("1E-8"), Decimal("1E+30"))]),
    ("extremes_time", select(func.min(s.at), func.max(s.at)).where(OF_A), [(NOON, NOON + timedelta(1))]),
    ("extremes_text", select(func.min(s.status), func.max(s.status)).where(OF_A), [("new", "old")]),
    ("distinct", select(func.count_distinct(s.status), func.count_distinct(s.tags)).where(OF_A), [(2, 1)]),
    ("missing", select(s.kind, func.count()).where(OF_A).group_by(s.kind), [("plain", 5), ("rare", 1)]),
    ("nothing", select(func.count(sales), func.sum(s.amount), func.min(s.at), func.avg(s.ratio)).where(s.shop == "z"),
        [(0, None, None, None)]),
    ("never", select(func.count(sales), func.max(s.at)).where(s.shop.in_([])), [(0, None)]),
    ("no_groups", select(s.status, func.count()).where(s.shop == "z").group_by(s.status), []),
    ("groups", select(s.status, func.count(), func.sum(s.pieces)).where(OF_A).group_by(s.status),
        [("new", 2, 7), ("old", 2, -7), (None, 2, None)]),
    ("groups_time", select(s.at, func.count()).where(OF_A).group_by(s.at),
        [(None, 4), (NOON, 1), (NOON + timedelta(1), 1)]),
    ("order", select(s.status, func.count(s.pieces).label("n")).where(OF_A).group_by(s.status)
        .order_by(func.count(s.pieces).desc(), s.status), [("new", 2), ("old", 1), (None, 0)]),
    ("order_none", select(s.status, func.max(s.at)).where(OF_A).group_by(s.status)
        .order_by(func.max(s.at), s.status.desc()), [("old", None), ("new", NOON), (None, NOON + timedelta(1))]),
    ("limit", select(s.status).where(OF_A).group_by(s.status).order_by(s.status.asc()).limit(2), [(None,), ("new",)]),
    ("two_keys", select(func.count(), s.kind, s.status).where(OF_A).group_by(s.status, s.kind)
        .order_by(s.status, s.kind),
        [(2, "plain", None), (2, "plain", "new"), (1, "plain", "old"), (1, "rare", "old")]),
    ("not_selected", select(func.count(s.number)).where(OF_A).group_by(s.status), [(2,), (2,), (2,)]),
    ("residue", select(func.count(sales), func.sum(s.pieces)).where(OF_A, s.number > 1, s.number < 5), [(3, 4)]),
    ("count_residue", select(func.count(sales)).where(OF_A, s.number > 1, s.number < 5), [(3,)]),
    ("filter", select(func.sum(s.pieces)).where(OF_A, s.status == "new"), [(7,)]),
    ("one", select(func.sum(s.pieces), func.count()).where(OF_A, s.number == 2), [(4, 1)]),
    ("index", select(s.status, func.max(s.amount)).where(s.status == "new", s.amount > 0).group_by(s.status),
        [("new", Decimal("0.2"))]),
    ("scan", select(func.sum(s.pieces), func.count()).allow_scan().segments(3), [(0, 6)]),
    ("key", select(func.max(s.number)).where(OF_A), [(6,)]),
    ("having", PIECES.having(func.count() == 2), [("new", 2, 7), ("old", 2, -7), (None, 2, None)]),
    ("having_two", PIECES.having(func.count() >= 2, func.sum(s.pieces) > 0), [("new", 2, 7)]),
    ("having_again", PIECES.having(func.sum(s.pieces) < 7).having(func.count() < 3), [("old", 2, -7)]),
    ("having_not", PIECES.having(~(func.sum(s.pieces) > 0)), [("old", 2, -7), (None, 2, None)]),
    ("having_unlike", PIECES.having(func.sum(s.pieces) != 7), [("old", 2, -7), (None, 2, None)]),
    ("having_none", PIECES.having(func.sum(s.pieces) == None), [(None, 2, None)]),  # noqa: E711
    ("having_in", PIECES.having(func.sum(s.pieces).in_([7, 8])), [("new", 2, 7)]),
    ("having_between", PIECES.having(func.sum(s.pieces).between(-7, 0)), [("old", 2, -7)]),
    ("having_other", PIECES.having(func.sum(s.pieces) > func.count()), [("new", 2, 7)]),
    ("having_limit", PIECES.having(func.count() > 1).order_by(func.sum(s.pieces).desc()).limit(1), [("new", 2, 7)]),
    ("having_nothing", PIECES.having(func.count() > 5), []),
    ("having_count", select(func.count(sales)).where(OF_A).having(func.count() > 6), []),
    ("having_exact", select(func.sum(s.amount)).where(OF_A).having(func.sum(s.amount) > Decimal("1E+30")), [(SUM,)]),
    ("having_time", select(func.max(s.at)).where(OF_A).having(func.max(s.at) > NOON), [(NOON + timedelta(1),)]),
    ("having_text", select(func.max(s.status)).where(OF_A).having(func.max(s.status) <= "old"), [("old",)]),
    ("having_float", select(func.avg(s.ratio)).where(OF_A).having(func.avg(s.ratio) == 0.375), [(0.375,)]),
    ("having_distinct", select(func.count_distinct(s.status)).where(OF_A).having(func.count_distinct(s.status) == 2),
        [(2,)]),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "rows"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_rows(shop: Engine, statement: Any, rows: list[tuple[Any, ...]]) -> None:
    """Rows are computed as SQL does: absent and NULL are left out, and one group; exact; typed as their columns are."""
    found = shop.execute(statement).all()
    assert found == rows
    assert [[type(value) for value in row] for row in found] == [[type(value) for value in row] for row in rows]
    TABLES.drop_all(shop)


def test_a_count_whose_table_is_said_later(shop: Engine) -> None:
    """`select(func.count())` takes its table from select_from(), where() or group_by(), as in SQLAlchemy."""
    expected = shop.execute(select(func.count(sales)).where(OF_A)).one()
    later = select(func.count()).select_from(sales)
    assert shop.execute(later.where(OF_A)).one() == expected == (6,)
    assert str(later) == "SELECT COUNT(*) FROM sales"
    assert str(select(func.count())) == "SELECT COUNT(*)"
    assert shop.execute(select(func.count()).where(OF_A, attr("number") > 0)).one() == expected
    assert str(select(func.count()).where(Payment.status == "paid")) == (
        'SELECT COUNT(*) FROM payments WHERE status = "paid"'
    )
    grouped = select(func.count()).group_by(s.status).where(OF_A)
    assert shop.execute(grouped).all() == shop.execute(select(func.count(sales)).where(OF_A).group_by(s.status)).all()
    options = select(func.count()).page_size(5).limit(1).order_by(func.count().desc()).execution_options(deadline=9)
    options = options.consistent_read().allow_scan()
    said = select(func.count(sales)).page_size(5).limit(1).order_by(func.count().desc()).execution_options(deadline=9)
    said = said.consistent_read().allow_scan()
    assert options.select_from(sales) == said  # what was said before the table counts
    assert options.where(OF_A) == said.where(OF_A)
    assert options.group_by(s.status) == said.group_by(s.status)
    assert select(func.count(sales)).select_from(sales).entity is sales
    assert select(sales).select_from(sales) == select(sales)


def test_names_and_session(shop: Engine) -> None:
    """A row has names for its values; a session gives the same rows, and single values."""
    with Session(shop) as session:
        statement = select(s.status, func.sum(s.pieces), func.count(), func.avg(s.pieces).label("mean"))
        row: Any = session.execute(statement.where(OF_A).group_by(s.status)).first()
        assert (row.status, row.sum_pieces, row.count, row["mean"]) == ("new", 7, 2, Decimal("3.5"))
        assert session.scalar(select(func.sum(s.pieces)).where(OF_A)) == 0
        assert session.scalars(select(s.status).where(OF_A).group_by(s.status)).all() == ["new", "old", None]
        assert session.capacity.by_operation["Query"].requests == 3


def test_one_pass_reads_little(shop: Engine) -> None:
    """Only what is needed is asked for, by the index that holds it; a count alone moves no items."""
    statement = select(s.status, func.max(s.amount)).where(s.status == "new", s.amount > 0).group_by(s.status)
    (request,) = statement.requests()
    assert request.params["IndexName"] == "by-status"
    (request,) = select(func.sum(s.pieces)).where(OF_A).requests()
    assert list(request.params["ExpressionAttributeNames"].values()) == ["shop", "pieces"]
    (request,) = select(func.count(sales)).where(OF_A).requests()
    assert request.params["Select"] == "COUNT"
    assert statement.estimate(item_bytes=100, items=2).read_units == Decimal("0.5")
    with shop.capacity() as used:
        shop.execute(select(func.count(sales)).where(OF_A)).all()
    assert next(iter(used.by_statement)).endswith("; count")


def test_budget_and_waiting(shop: Engine) -> None:
    """A budget ends the read, and the result says so; retry_until() looks at the rows."""
    result = shop.execute(select(func.count(sales), func.sum(s.pieces)).where(OF_A).budget(items=2))
    assert result.all() == [(2, 7)]
    assert result.stopped
    waited = select(func.count(sales)).where(OF_A).retry_until(lambda found: found.one()[0] == 6)
    assert shop.execute(waited).one() == (6,)


def test_explained() -> None:
    """explain() says that the client computes, over what; a bare count is DynamoDB's."""
    statement = select(s.status, func.sum(s.amount)).where(OF_A).group_by(s.status)
    assert "computed      status, SUM(amount) GROUP BY status (by the client, over all items that are read)" in str(
        statement.explain()
    )
    counted = str(select(func.count(sales)).where(OF_A).explain())
    assert "computed      COUNT(*) (items are counted, and paid for like read ones)" in counted
    assert statement.explain().to_dict()["computed"].startswith("status, SUM(amount)")
    assert select(sales).where(OF_A).explain().to_dict()["computed"] is None
    kept = statement.having(func.sum(s.amount) > 1, func.sum(s.amount).between(2, 3))
    assert str(kept).endswith("GROUP BY status HAVING SUM(amount) > 1 AND SUM(amount) BETWEEN 2 AND 3")
    assert kept.explain().to_dict()["computed"].startswith("status, SUM(amount) GROUP BY status HAVING SUM(amount) > 1")
    assert str(statement.order_by(func.sum(s.amount).desc()).limit(2)) == (
        'SELECT status, SUM(amount) FROM sales WHERE shop = "a" GROUP BY status ORDER BY SUM(amount) DESC LIMIT 2'
    )
    with pytest.raises(ScanRequired):
        create_engine("local://").execute(select(func.sum(s.amount)))


def wrong(value: Any) -> Any:
    """What a type checker would refuse."""
    return value


GROUPED: Any = select(s.status, func.count()).where(OF_A).group_by(s.status)
REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda _: func.sum(s.status), OperandError, "it adds up numbers, and status is String"),
    (lambda _: func.avg(s.at), OperandError, "count, count_distinct, min and max take others"),
    (lambda _: func.max(s.tags), OperandError, "only text, numbers and bytes have an order"),
    (lambda _: func.min(s.lines), OperandError, "have an order"),
    (lambda _: func.sum(wrong(5)), ArgumentError, "takes a column, not 5"),
    (lambda _: func.count_distinct(wrong(sales)), ArgumentError, "takes a column"),
    (lambda _: func.median, AttributeError, "the client computes count, count_distinct, sum"),
    (lambda _: func.count(wrong("x")), ArgumentError, "'x'"),
    (lambda _: select(func.count()).where(attr("x") > 1), ArgumentError, r"func.count\(Payment\), or .select_from\("),
    (lambda _: select(func.count()).where(OF_A, Payment.id == "x"), ArgumentError, "says of no table what to count"),
    (lambda _: select(func.count()).where(wrong(5)), ArgumentError, "says of no table what to count"),
    (lambda e: e.execute(select(func.count())), ArgumentError, "says of no table what to count"),
    (lambda e: Session(e).scalar(select(func.count())), ArgumentError, "says of no table what to count"),
    (lambda _: select(func.count()).explain(), ArgumentError, "says of no table what to count"),
    (lambda _: select(func.count()).group_by(wrong("status")), ArgumentError, "says of no table what to count"),
    (lambda _: select(func.count()).select_from(wrong(5)), ArgumentError, "5 is neither a model nor a Table"),
    (
        lambda _: select(func.count(s.at)).select_from(Payment),
        ArgumentError,
        "reads sales, not Payment: DynamoDB has no",
    ),
    (lambda _: select(sales).select_from(Payment), ArgumentError, "reads sales, not Payment: DynamoDB has no joins"),
    (
        lambda _: select(func.count()).select_from(sales).group_by(Payment.status),
        ArgumentError,
        "to Payment, not to sal",
    ),
    (lambda _: select(func.sum(attr("x"))), ArgumentError, "belongs to no table"),
    (lambda _: select(s.status, func.sum(Payment.amount)), ArgumentError, "belongs to Payment"),
    (lambda _: select(s.status, func.count(Payment)), ArgumentError, "is about Payment, the rest about"),
    (lambda _: select(func.count(sales), wrong(5)), ArgumentError, "not 5"),
    (lambda e: e.execute(select(s.status, func.count())), ArgumentError, r"add .group_by\(sales.status\)"),
    (lambda _: select(s.status, func.count()).explain(), ArgumentError, "many values in a group"),
    (lambda e: e.execute(select(s.kind).where(OF_A).group_by(s.status)), ArgumentError, "kind has many values"),
    (
        lambda _: select(func.count(s.at), func.count(s.at)).where(OF_A).explain(),
        ArgumentError,
        "two values are called",
    ),
    (lambda _: select(sales).group_by(s.status), ArgumentError, "takes a select of columns"),
    (lambda _: select(s.status).limit(1).group_by(s.status), ArgumentError, r"before order_by\(\) and limit\(\)"),
    (lambda _: GROUPED.group_by(), ArgumentError, "takes the columns"),
    (lambda _: GROUPED.order_by(s.amount), ArgumentError, "that are selected, not"),
    (lambda _: GROUPED.order_by(func.sum(s.amount)), ArgumentError, r"not SUM\(amount\)"),
    (lambda _: GROUPED.having(func.sum(s.pieces) > 1), ArgumentError, r"not SUM\(pieces\); conditions on items"),
    (lambda _: GROUPED.having(s.amount > 1), ArgumentError, "that are selected, .*, not amount; conditions on items"),
    (lambda _: GROUPED.having(func.count() > Parameter("n")), ArgumentError, "takes values, not the parameter :n"),
    (lambda _: GROUPED.having(wrong(5)), TypeError, "5"),
    (lambda _: GROUPED.having(func.count() > "x"), ArgumentError, "x"),
    (lambda _: select(sales).having(func.count() > 1), ArgumentError, r"comes after group_by\(\)"),
    (lambda _: GROUPED.limit(0), ArgumentError, "limit is a whole number from 1"),
    (lambda _: GROUPED.compile(), NotOneRequest, "computed by the client"),
    (lambda _: GROUPED.compile("partiql"), ArgumentError, "PartiQL has no statement for Aggregation"),
    (lambda e: e.count(GROUPED), ArgumentError, r"func.count\(\) counts in groups"),
    (lambda e: e.page(GROUPED, size=3), ArgumentError, "leave page"),
    (lambda e: list(e.stream(GROUPED)), ArgumentError, "stream"),
    (lambda _: func.count().label(""), ArgumentError, "a label is a name"),
    (lambda _: bool(func.count()), TypeError, "no value before it is selected"),
    (lambda _: update(sales).set(s.pieces, func.sum(s.pieces)), ArgumentError, "sum"),
    (lambda _: select(s.shop, s.number).order_by(s.number, s.shop), ArgumentError, "takes one column"),
]


@pytest.mark.parametrize(("work", "error", "problem"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_refused(work: Any, error: type[Exception], problem: str) -> None:
    """What has no meaning is refused by name, before anything is sent."""
    with create_engine("local://") as engine, pytest.raises(error, match=problem):
        work(engine)


@pytest.mark.parametrize(
    ("aggregate", "items", "problem"),
    [
        (func.sum(sales.c.lines[0]), [{"lines": ["x"]}], "adds up numbers, and an item has a value of type S"),
        (func.min(sales.c.lines[0]), [{"lines": ["x"]}, {"lines": [1]}], "one type, and has met S"),
        (func.max(sales.c.lines[0]), [{"lines": [[1]]}], "compares text, numbers and bytes.*type L"),
    ],
)
def test_values_of_other_types(aggregate: Any, items: list[dict[str, Any]], problem: str) -> None:
    """A value that can't be computed with ends it, and the error says its type, not the value."""
    grouping = Grouping(select(aggregate))  # type: ignore[arg-type]
    *before, last = items
    for item in before:
        grouping.take(encode_item(item))
    with pytest.raises(ArgumentError, match=problem):
        grouping.take(encode_item(last))


amounts = st.none() | st.decimals(
    allow_nan=False, allow_infinity=False, places=3, min_value=-(10**30), max_value=10**30
)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), amounts), max_size=30))
def test_as_python_computes(pairs: list[tuple[str | None, Decimal | None]]) -> None:
    """Groups and their values are what Python makes of the same items, whatever the caller's decimal context."""
    functions: Any = [func.count(), func.count(s.amount), func.sum(s.amount), func.avg(s.amount), func.min(s.amount),
                      func.max(s.amount), func.count_distinct(s.amount)]  # fmt: skip
    statement: Any = select(s.status, *functions).group_by(s.status)
    grouping = Grouping(statement)
    expected: dict[str | None, list[Decimal | None]] = defaultdict(list)
    with localcontext() as context:
        context.prec = 3
        context.traps[Inexact] = True
        for status, amount in pairs:
            item = {name: value for name, value in (("status", status), ("amount", amount)) if value is not None}
            grouping.take(encode_item(item))
            expected[status].append(amount)
        found = {row[0]: tuple(row[1:]) for row in grouping.rows()}
    assert list(found) == list(expected)
    for status, all_ in expected.items():
        values = [value for value in all_ if value is not None]
        with localcontext() as context:
            context.prec = 100
            total = sum(values, Decimal(0))
            context.prec = 38
            mean = total / len(values) if values else None
        extremes = (min(values), max(values)) if values else (None, None)
        assert found[status] == (
            len(all_), len(values), total if values else None, mean, *extremes, len(set(values)),
        )  # fmt: skip


def test_flat_memory() -> None:
    """What is held grows with the groups, not with the items."""
    import tracemalloc

    statement: Any = select(s.status, func.sum(s.amount), func.max(s.amount), func.count()).group_by(s.status)
    grouping = Grouping(statement)
    item = encode_item({"status": "new", "amount": 1})
    grouping.take(item)
    tracemalloc.start()
    for number in range(5_000):
        grouping.take({**item, "amount": {"N": str(number)}})
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 20_000
    assert grouping.rows()[0][1] == math.comb(5_000, 2) + 1


def test_repr_and_equality() -> None:
    """An aggregate reads as it was written, and equals another that computes the same under the same name."""
    assert repr(func.sum(Payment.amount)) == "func.sum(attr('amount'))"
    assert repr(func.count(Payment).label("n")) == "func.count(Payment).label('n')"
    assert str(func.count_distinct(Payment.status)) == "COUNT(DISTINCT status)"
    assert func.sum(s.amount) == func.sum(s.amount)
    assert func.sum(s.amount) != func.sum(s.amount).label("x")
    assert len({func.sum(s.amount), func.sum(s.amount), func.max(s.amount)}) == 2
    assert select(s.status, func.count()).where(OF_A).group_by(s.status) == GROUPED
    assert GROUPED.where(s.amount > Parameter("least")).bindparams(least=3) == GROUPED.where(s.amount > 3)
