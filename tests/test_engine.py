"""What statements do on an engine: the same on the embedded one and on DynamoDB Local.

Then the same statements without any engine: compiled, and given to boto3 by hand.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import boto3
import pytest

from dynexpr import (
    attr,
    batch_get,
    check,
    create_engine,
    delete,
    get,
    insert,
    put,
    select,
    transact,
    transact_get,
    update,
)
from dynexpr.engine import Engine
from dynexpr.errors import (
    ArgumentError,
    ConditionFailed,
    DynexprError,
    ExpressionError,
    ItemExists,
    ItemMissing,
    MissingAttribute,
    NotOneRequest,
    ScanRequired,
    StaleData,
    TransactionCancelled,
    ValueNotStorable,
)
from dynexpr.requests import Request
from dynexpr.results import WriteResult
from dynexpr.wire import encode
from tests.models import NOW, Base, Line, Payment, Quota
from tests.wire_shapes import Checked, problems

# ruff: noqa: E501  a row is a line, so that rows can be compared

KEY = ("p1", NOW)
THIS = (Payment.id == "p1", Payment.timestamp == NOW)
AT = "2026-01-02T12:00:00.000000Z"
OLD: dict[str, Any] = {
    "id": "p1",
    "timestamp": NOW,
    "customer_id": "c1",
    "amount": Decimal(10),
    "note": "first",
    "tags": {"a", "b"},
    "lines": [Line("x", 1), Line("y", 2)],
}
STORED: dict[str, Any] = {**OLD, "status": "pending", "version": 1, "created_at": NOW}


def kept(row: Any) -> dict[str, Any] | None:
    """What of a whole row is stored: a row has None, or the empty set, for an optional attribute that is absent."""
    return None if row is None else {name: value for name, value in row.mapping.items() if value not in (None, set())}


def without(item: dict[str, Any], *names: str) -> dict[str, Any]:
    """An item that lacks some attributes."""
    return {name: value for name, value in item.items() if name not in names}


def new(amount: int = 20) -> dict[str, Any]:
    """Values of the same key, to be written."""
    return {"id": "p1", "timestamp": NOW, "customer_id": "c2", "amount": Decimal(amount)}


NEW = {**new(), "status": "pending", "lines": [], "version": 1, "created_at": NOW}
CREATED = {"id": "p1", "timestamp": NOW, "version": 1, "created_at": NOW}


class Row(NamedTuple):
    """A write, what it does to an item that is there, and to one that is not.

    An outcome is an error's class, or what is stored afterwards, None for nothing.
    """

    name: str
    statement: Any
    there: Any
    missing: Any


WRITES = [
    Row("insert", insert(Payment).values(**new()), ItemExists, NEW),
    Row("insert under a condition", insert(Payment).values(**new()).where(Payment.amount > 1), ItemExists, ConditionFailed),
    Row("put", put(Payment).unconditional().values(**new()), NEW, NEW),
    Row("put under a true condition", put(Payment).values(**new()).where(Payment.amount == 10), NEW, ConditionFailed),
    Row("put under a false condition", put(Payment).values(**new()).where(Payment.amount == 11), ConditionFailed, ConditionFailed),
    Row("put over a version", put(Payment).values(**new()).where(Payment.version == 1), {**NEW, "version": 2}, ConditionFailed),
    Row("put over an old version", put(Payment).values(**new()).where(Payment.version == 0), StaleData, ConditionFailed),
    Row("put of a version", put(Payment).values(**new(), version=7).where(Payment.version == 1), {**NEW, "version": 7}, ConditionFailed),
    Row("put under absence", put(Payment).values(**new()).where(Payment.note.attribute_not_exists()), ConditionFailed, NEW),
    Row("update", update(Payment).where(*THIS).set(Payment.amount, Payment.amount + 5), {**STORED, "amount": 15, "version": 2}, ItemMissing),
    Row("update by values", update(Payment).where(*THIS).values(status="paid", note=None), {**without(STORED, "note"), "status": "paid", "version": 2}, ItemMissing),
    Row("update under a true condition", update(Payment).where(*THIS, Payment.amount < 100).set(Payment.note, "x"), {**STORED, "note": "x", "version": 2}, ItemMissing),
    Row("update under a false condition", update(Payment).where(*THIS, Payment.amount > 100).set(Payment.note, "x"), ConditionFailed, ItemMissing),
    Row("update under its version", update(Payment).where(*THIS, Payment.version == 1).set(Payment.note, "x"), {**STORED, "note": "x", "version": 2}, ItemMissing),
    Row("update under an old version", update(Payment).where(*THIS, Payment.version == 0).set(Payment.note, "x"), StaleData, ItemMissing),
    Row("upsert", update(Payment).where(*THIS).set(Payment.note, "x").upsert(), {**STORED, "note": "x", "version": 2}, {**CREATED, "note": "x"}),
    Row("upsert under a condition", update(Payment).where(*THIS, Payment.amount < 100).set(Payment.note, "x").upsert(), {**STORED, "note": "x", "version": 2}, ConditionFailed),
    Row("add to a set", update(Payment).where(*THIS).add(Payment.tags, {"c"}), {**STORED, "tags": {"a", "b", "c"}, "version": 2}, ItemMissing),
    Row("delete from a set", update(Payment).where(*THIS).delete(Payment.tags, {"a", "z"}), {**STORED, "tags": {"b"}, "version": 2}, ItemMissing),
    Row("delete all of a set", update(Payment).where(*THIS).delete(Payment.tags, {"a", "b"}), {**without(STORED, "tags"), "version": 2}, ItemMissing),
    Row("add to a number", update(Payment).where(*THIS).add(Payment.amount, Decimal("-0.5")), {**STORED, "amount": Decimal("9.5"), "version": 2}, ItemMissing),
    Row("remove an element", update(Payment).where(*THIS).remove(Payment.lines[0]), {**STORED, "lines": [Line("y", 2)], "version": 2}, ItemMissing),
    Row("append", update(Payment).where(*THIS).set(Payment.lines, Payment.lines.append(Line("z"))), {**STORED, "lines": [*OLD["lines"], Line("z", 1)], "version": 2}, ItemMissing),
    Row("append to what may be missing", update(Payment).where(*THIS).set(Payment.lines, Payment.lines.append(Line("z"), create_missing=True)).upsert(), {**STORED, "lines": [*OLD["lines"], Line("z", 1)], "version": 2}, {**CREATED, "lines": [Line("z", 1)]}),
    Row("an element's field", update(Payment).where(*THIS).set(Payment.lines[1].at(lambda line: line.quantity), 9), {**STORED, "lines": [Line("x", 1), Line("y", 9)], "version": 2}, ItemMissing),
    Row("operand that is missing", update(Payment).where(*THIS).set(Payment.expires, Payment.expires.if_not_exists(NOW)), {**STORED, "expires": NOW, "version": 2}, ItemMissing),
    Row("delete", delete(Payment).where(*THIS), None, None),
    Row("delete under a true condition", delete(Payment).where(*THIS, Payment.amount == 10), None, ConditionFailed),
    Row("delete under a false condition", delete(Payment).where(*THIS, Payment.amount == 11), ConditionFailed, ConditionFailed),
    Row("delete what must exist", delete(Payment).where(*THIS).must_exist(), None, ItemMissing),
    Row("one attribute to another", update(Payment).where(*THIS).set(Payment.note, Payment.status), {**STORED, "note": "pending", "version": 2}, ItemMissing),
]  # fmt: skip


def stored(engine: Engine) -> dict[str, Any] | None:
    """The payment that is stored."""
    found = engine.execute(get(Payment, KEY)).one_or_none()
    return kept(found)


@pytest.mark.parametrize("exists", [True, False], ids=["there", "missing"])
@pytest.mark.parametrize("row", WRITES, ids=[row.name for row in WRITES])
def test_what_writes_mean(row: Row, exists: bool, engine: Engine) -> None:
    """Each write on an item that exists and on one that does not; alone, and as a transaction of one."""
    expected = row.there if exists else row.missing
    before = STORED if exists else None
    for statement in (row.statement, transact(row.statement)):
        engine.execute(delete(Payment).where(*THIS))
        if exists:
            engine.execute(insert(Payment).values(**OLD))
        assert stored(engine) == before
        if isinstance(expected, type):
            with pytest.raises((expected, TransactionCancelled)) as caught:
                engine.execute(statement)
            error: DynexprError = caught.value
            if isinstance(error, TransactionCancelled):
                (failure,) = error.failures
                error = failure.error
                assert failure.subject is row.statement
            assert type(error) is expected
            assert "\n" not in str(error)
            assert isinstance(error, ConditionFailed)
            assert (error.item is None) is (not exists)
            assert stored(engine) == before
        else:
            result = engine.execute(statement)
            assert stored(engine) == expected
            if isinstance(statement, type(delete(Payment))):
                assert result.existed is exists
            else:
                assert result.existed is None


RETURNS: list[tuple[str, Any, Any, Any]] = [
    ("put: nothing", put(Payment).unconditional().values(**new()), None, None),
    ("put: old", put(Payment).unconditional().values(**new()).returning("ALL_OLD"), STORED, None),
    ("update: nothing", update(Payment).where(*THIS).set(Payment.note, "x").upsert(), None, None),
    ("update: all old", update(Payment).where(*THIS).set(Payment.note, "x").upsert().returning("ALL_OLD"), STORED, None),
    ("update: all new", update(Payment).where(*THIS).set(Payment.note, "x").upsert().returning("ALL_NEW"), {**STORED, "note": "x", "version": 2}, {**CREATED, "note": "x"}),
    ("update: old", update(Payment).where(*THIS).set(Payment.note, "x").upsert().returning("UPDATED_OLD"), {"note": "first", "version": 1, "created_at": NOW}, None),
    ("update: new", update(Payment).where(*THIS).set(Payment.note, "x").upsert().returning("UPDATED_NEW"), {"note": "x", "version": 2, "created_at": NOW}, {"note": "x", "version": 1, "created_at": NOW}),
    ("delete: nothing", delete(Payment).where(*THIS), None, None),
    ("delete: old", delete(Payment).where(*THIS).returning("ALL_OLD"), STORED, None),
]  # fmt: skip


@pytest.mark.parametrize("exists", [True, False], ids=["there", "missing"])
@pytest.mark.parametrize(
    ("statement", "there", "missing"), [row[1:] for row in RETURNS], ids=[row[0] for row in RETURNS]
)
def test_returning(statement: Any, there: Any, missing: Any, exists: bool, engine: Engine) -> None:
    """A write gives back what was asked for as a row of Python values, and nothing that was not asked for."""
    if exists:
        engine.execute(insert(Payment).values(**OLD))
    returned = engine.execute(statement).returned
    assert kept(returned) == (there if exists else missing)


def test_failed_condition_tells(engine: Engine) -> None:
    """The error has the stored item on the wire, the clauses that failed with what they met, and the statement."""
    engine.execute(insert(Payment).values(**OLD))
    statement = (
        update(Payment)
        .where(*THIS, Payment.amount > 100, Payment.status == "pending", Payment.note == "second")
        .set(Payment.note, "x")
    )
    with pytest.raises(ConditionFailed) as caught:
        engine.execute(statement)
    error = caught.value
    assert error.item is not None
    assert (error.item["amount"], error.item["timestamp"]) == ({"N": "10"}, {"S": AT})
    assert [str(clause) for clause in error.failed] == [
        "amount > 100 (amount was 10)",
        'note = "second" (note was "first")',
    ]
    assert error.subject is statement
    assert str(error).startswith("UpdateItem: Payment (")
    assert "amount > 100 (amount was 10)" in str(error)


def quotas(engine: Engine, count: int) -> list[str]:
    """Write some quotas; their users."""
    users = [f"u{number:03}" for number in range(count)]
    for start in range(0, count, 100):
        engine.execute(
            transact(*(insert(Quota).values(user=user, remaining=int(user[1:])) for user in users[start : start + 100]))
        )
    return users


def test_transaction_is_all_or_nothing(engine: Engine) -> None:
    """One failing action is enough: it is named by its position, and nothing of the others is written."""
    quotas(engine, 3)
    last = check(Quota, "u000").where(Quota.remaining > 5)
    with pytest.raises(TransactionCancelled) as caught:
        engine.execute(
            transact(
                insert(Payment).values(**OLD),
                insert(Quota).values(user="u001", remaining=9),
                update(Quota).where(Quota.user == "u002").add(Quota.remaining, 1),
                last,
                delete(Quota).where(Quota.user == "u009").must_exist(),
            )
        )
    failures = caught.value.failures
    assert [(each.index, type(each.error)) for each in failures] == [
        (1, ItemExists),
        (3, ConditionFailed),
        (4, ItemMissing),
    ]
    assert [str(clause) for clause in failures[1].failed] == ["remaining > 5 (remaining was 0)"]
    assert [each.item for each in failures] == [
        {"user": {"S": "u001"}, "remaining": {"N": "1"}},
        {"user": {"S": "u000"}, "remaining": {"N": "0"}},
        None,
    ]
    assert failures[1].subject is last
    assert stored(engine) is None
    assert engine.execute(get(Quota, "u002")).one().remaining == 2


def test_transaction_goes_through(engine: Engine) -> None:
    """All kinds of actions in one request, with one token."""
    quotas(engine, 4)
    engine.execute(
        transact(
            put(Quota).values(user="u001", remaining=10),
            update(Quota).where(Quota.user == "u002").set(Quota.remaining, Quota.remaining + 10),
            delete(Quota).where(Quota.user == "u003"),
            check(Quota, "u000").where(Quota.remaining == 0),
            insert(Quota).values(user="u004", remaining=14),
        )
    )
    rows = engine.execute(batch_get((Quota, ["u000", "u001", "u002", "u003", "u004"]))).all()
    assert [(row.user, row.remaining) for row in rows] == [("u000", 0), ("u001", 10), ("u002", 12), ("u004", 14)]


def test_item_twice_in_a_transaction(engine: Engine) -> None:
    """DynamoDB takes one action per item: both are named before anything is sent."""
    statement = transact(insert(Quota).values(user="u", remaining=1), delete(Quota).where(Quota.user == "u"))
    with pytest.raises(ArgumentError, match=r'actions 0 and 1 are about one item, Quota \("u"\)'):
        engine.execute(statement)


def test_transact_get(engine: Engine) -> None:
    """Rows come in the order of the keys, None for a missing one."""
    quotas(engine, 2)
    engine.execute(insert(Payment).values(**OLD))
    rows = engine.execute(transact_get((Quota, "u001"), (Payment, KEY), (Quota, "nobody"), (Quota, "u000"))).all()
    assert [kept(row) for row in rows] == [
        {"user": "u001", "remaining": 1},
        STORED,
        None,
        {"user": "u000", "remaining": 0},
    ]


def test_get(engine: Engine) -> None:
    """One item by its key, in each form a key has; with and without consistent reads."""
    engine.execute(insert(Payment).values(**OLD))
    for key in (KEY, {"timestamp": NOW, "id": "p1"}):
        assert kept(engine.execute(get(Payment, key)).one()) == STORED
    assert engine.execute(get(Payment, ("p2", NOW))).first() is None
    consistent = engine.execute(get(Payment, KEY).consistent_read())
    assert consistent.one().amount == 10
    assert consistent.consumed.read_units == 1


def test_batch_get(engine: Engine) -> None:
    """More than 100 keys in their order, of two tables: missing ones left out, one given twice read once, given twice."""
    users = quotas(engine, 130)
    engine.execute(insert(Payment).values(**OLD))
    wanted = [*reversed(users), "nobody", users[5], users[5]]
    sent = len(requests(engine))
    result = engine.execute(batch_get((Quota, wanted), (Payment, [("p2", NOW), KEY])))
    rows = result.all()
    assert [row.user for row in rows[:-1]] == [*reversed(users), users[5], users[5]]
    assert kept(rows[-1]) == STORED
    asked = [
        sum(len(entry["Keys"]) for entry in each.params["RequestItems"].values()) for each in requests(engine)[sent:]
    ]
    assert sorted(asked) == [33, 100]  # they are on their way at the same time
    assert result.consumed.requests == 2
    assert engine.execute(batch_get()).all() == []
    assert engine.execute(batch_get((Quota, []))).all() == []


def test_batch_get_is_consistent_when_asked(engine: Engine) -> None:
    """Consistent reads are twice the units."""
    users = quotas(engine, 4)
    statement = batch_get((Quota, users))
    assert engine.execute(statement).consumed.read_units == 2
    assert engine.execute(statement.execution_options(consistent_read=True)).consumed.read_units == 4


def requests(engine: Engine) -> list[Request]:
    """What the engine was sent so far."""
    assert isinstance(engine.transport, Checked)
    return engine.transport.requests


def minute(number: int) -> Any:
    """A time."""
    return NOW + timedelta(minutes=number)


@pytest.fixture
def hour(engine: Engine) -> Engine:
    """An engine with a payment each minute of an hour, every third one paid, each of a customer's thirty."""
    rows = [
        insert(Payment).values(
            id="p",
            timestamp=minute(number),
            customer_id=f"c{number % 2}",
            status="paid" if number % 3 == 0 else "pending",
            amount=Decimal(number),
        )
        for number in range(60)
    ]
    engine.execute(transact(*rows))
    return engine


PENDING = [number for number in range(60) if number % 3]
READS: list[tuple[str, Any, list[int], int]] = [
    ("table", select(Payment).where(Payment.id == "p"), list(range(60)), 1),
    ("range", select(Payment).where(Payment.id == "p", Payment.timestamp.between(minute(5), minute(8))), [5, 6, 7, 8], 1),
    ("comparison", select(Payment).where(Payment.id == "p", Payment.timestamp < minute(3)), [0, 1, 2], 1),
    ("whole key", select(Payment).where(Payment.id == "p", Payment.timestamp == minute(9)), [9], 1),
    ("whole key and filter", select(Payment).where(Payment.id == "p", Payment.timestamp == minute(9), Payment.amount > 9), [], 1),
    ("no such key", select(Payment).where(Payment.id == "q", Payment.timestamp == NOW), [], 1),
    ("index", select(Payment).where(Payment.status == "pending"), PENDING, 1),
    ("index and range", select(Payment).where(Payment.status == "paid", Payment.timestamp > minute(50)), [51, 54, 57], 1),
    ("two conditions of an index", select(Payment).where(Payment.customer_id == "c0", Payment.status.begins_with("pa"), Payment.amount.in_([7, 12])), [12], 1),
    ("filter", select(Payment).where(Payment.status == "pending", Payment.amount >= 55), [55, 56, 58, 59], 1),
    ("descending", select(Payment).where(Payment.id == "p").order_by(Payment.timestamp.desc()).limit(3), [59, 58, 57], 1),
    ("descending pages", select(Payment).where(Payment.id == "p").order_by(Payment.timestamp.desc()).page_size(25), list(reversed(range(60))), 3),
    ("limit", select(Payment).where(Payment.id == "p").limit(7), list(range(7)), 1),
    ("limit over pages", select(Payment).where(Payment.id == "p").page_size(4).limit(10), list(range(10)), 3),
    ("limit that ends a page", select(Payment).where(Payment.id == "p").page_size(5).limit(10), list(range(10)), 2),
    ("limit beyond the end", select(Payment).where(Payment.id == "p").limit(100), list(range(60)), 1),
    ("limit with a filter", select(Payment).where(Payment.id == "p", Payment.amount >= 20).page_size(15).limit(5), [20, 21, 22, 23, 24], 2),
    ("empty pages", select(Payment).where(Payment.id == "p", Payment.amount == 33).page_size(10), [33], 7),
    ("page size", select(Payment).where(Payment.id == "p").page_size(20), list(range(60)), 4),
    ("nothing can match", select(Payment).where(Payment.id == "p", Payment.status.in_([])), [], 0),
    ("scan", select(Payment).where(Payment.amount > 57).allow_scan(), [58, 59], 1),
    ("forced index", select(Payment).where(Payment.status == "paid").using(Payment.by_status).limit(2), [0, 3], 1),
    ("consistent", select(Payment).where(Payment.id == "p").limit(1).consistent_read(), [0], 1),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "amounts", "count"), [row[1:] for row in READS], ids=[row[0] for row in READS])
def test_reads(statement: Any, amounts: list[int], count: int, hour: Engine) -> None:
    """What a select finds, in which order, and in how many requests; its rows, then one column of them."""
    before = len(requests(hour))
    rows = hour.execute(statement).all()
    assert [row.amount for row in rows] == amounts
    assert len(requests(hour)) - before == count
    assert all(row.timestamp == minute(int(row.amount)) for row in rows)


def test_pages_are_read_lazily(hour: Engine) -> None:
    """A page is read when the pass gets to it: consumption grows, and what is not wanted is not read."""
    page = hour.execute(select(Payment).where(Payment.id == "p").limit(10)).consumed.read_units
    before = len(requests(hour))
    result = hour.execute(select(Payment.amount).where(Payment.id == "p").page_size(10))
    assert len(requests(hour)) - before == result.consumed.requests == 1
    scalars = result.scalars()
    first = [amount for amount, _ in zip(scalars, range(11), strict=False)]
    assert first == list(range(11))
    assert result.consumed.requests == 2
    assert result.consumed.read_units == 2 * page
    assert scalars.first() is not None
    assert len(requests(hour)) - before == 2


def test_columns(hour: Engine) -> None:
    """Chosen columns come as typed rows; nothing else is asked for."""
    statement = select(Payment.amount, Payment.timestamp, Payment.note, Payment.tags).where(Payment.id == "p").limit(2)
    assert [list(row) for row in hour.execute(statement)] == [[0, NOW, None, set()], [1, minute(1), None, set()]]
    assert requests(hour)[-1].params["ProjectionExpression"] == "#n1, #n2, #n3, #n4"


def test_consumed_capacity(engine: Engine) -> None:
    """Units of single operations by DynamoDB's rules, counted on the result and on the engine; two indexes cost too."""
    before = engine.consumed.write_units
    written = engine.execute(insert(Payment).values(**OLD)).consumed
    assert [written.read_units, written.write_units] == [0, 3]
    assert engine.consumed.write_units - before == 3
    name = engine.settings.name(Payment.__table__)
    assert set(written.by_index) == {(name, None), (name, "customer-index"), (name, "status-index")}
    read = engine.execute(select(Payment).where(Payment.status == "pending")).consumed
    assert [read.read_units, read.write_units] == [Decimal("0.5"), 0]
    assert list(read.by_index[name, "status-index"]) == [Decimal("0.5"), 0]


def test_create_and_drop_are_repeatable(engine: Engine) -> None:
    """Tables that exist are left alone, those that don't are no error; what is there stays."""
    quotas(engine, 1)
    Base.metadata.create_all(engine)
    assert engine.execute(get(Quota, "u000")).one().remaining == 0
    Base.metadata.drop_all(engine)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine, [Quota.__table__])
    assert engine.execute(get(Quota, "u000")).first() is None


def test_table_that_is_going_is_made_again() -> None:
    """A table that is still being deleted is waited for, then created."""
    states = iter(["DELETING", "DELETING", None, "CREATING", "ACTIVE"])
    sent: list[str] = []
    going = create_engine("local://", retry=None)

    class Going:
        """A service on which the table is going."""

        def send(self, request: Request, /) -> dict[str, Any]:
            """Answer by the states in turn."""
            from dynexpr.answers import error_answer

            sent.append(request.operation)
            if request.operation == "CreateTable":
                if sent.count("CreateTable") == 1:
                    raise error_answer("CreateTable", "ResourceInUseException", "in use", 400, {})
                return {}
            state = next(states)
            if state is None:
                raise error_answer("DescribeTable", "ResourceNotFoundException", "gone", 400, {})
            return {"Table": {"TableStatus": state}}

        def close(self) -> None:
            """Nothing to close."""

    going.close()
    going.transport = Going()
    Base.metadata.create_all(going, [Quota.__table__])
    assert sent == ["CreateTable", *["DescribeTable"] * 3, "CreateTable", *["DescribeTable"] * 2]


REFUSED: list[tuple[str, Callable[[], Any], type[DynexprError], str]] = [
    ("no statement", lambda: 5, ArgumentError, "a statement is wanted, not 5"),
    ("a model", lambda: Payment, ArgumentError, "a statement is wanted, not"),
    ("check alone", lambda: check(Quota, "u").where(Quota.remaining > 1), ArgumentError, "a check writes nothing"),
    ("check of nothing", lambda: transact(check(Quota, "u")), ArgumentError, "checks nothing"),
    ("empty transaction", transact, ArgumentError, "1 to 100 statements, not 0"),
    ("large transaction", lambda: transact(*[delete(Quota).where(Quota.user == "u")] * 101), ArgumentError, "1 to 100 statements, not 101"),
    ("read in a transaction", lambda: transact(select(Quota)), ArgumentError, "takes insert, put, update, delete and check"),  # type: ignore[arg-type]
    ("empty transact_get", transact_get, ArgumentError, "1 to 100 items, not 0"),
    ("nothing of a transaction", lambda: transact(update(Quota).where(Quota.user == "u").upsert()), ArgumentError, "changes nothing"),
    ("nothing of an update", lambda: update(Payment).where(*THIS), ArgumentError, "update(Payment) has nothing to set: give it .values(name=value)"),
    ("a condition of an update", lambda: update(Quota).where(Quota.user == "u", Quota.remaining > 1), ArgumentError, "check(Quota, key) in a transaction asks for a condition alone"),
    ("put over a version", lambda: put(Payment).values(**new()), ArgumentError, "say .unconditional()"),
    ("missing attribute", lambda: insert(Payment).values(id="p", timestamp=NOW), MissingAttribute, "customer_id, amount must have a value"),
    ("missing key", lambda: insert(Quota).values(remaining=1), MissingAttribute, "user must have a value"),
    ("unknown column", lambda: insert(Quota).values(left=1), ArgumentError, "has no column 'left'; it has user, remaining"),
    ("wrong value", lambda: insert(Quota).values(user="u", remaining="many"), ValueNotStorable, "Quota.remaining: can't store 'many'"),
    ("key in an update", lambda: update(Quota).where(Quota.user == "u").set(Quota.user, "v"), ExpressionError, "is part of the key"),
    ("false forever", lambda: delete(Quota).where(Quota.user == "u", Quota.remaining.in_([])), ArgumentError, "can never happen"),
    ("no access path", lambda: select(Payment).where(Payment.amount > 5), ScanRequired, ".allow_scan()"),
    ("limit 0", lambda: select(Payment).limit(0), ArgumentError, "limit is a whole number from 1, not 0"),
    ("page of half", lambda: select(Payment).page_size(0.5), ArgumentError, "page_size is a whole number from 1, not 0.5"),  # type: ignore[arg-type]
    ("consistent index", lambda: select(Payment).where(Payment.status == "x").consistent_read(), ScanRequired, "a global index has no consistent reads"),
    ("image of a put", lambda: put(Quota).returning("ALL_NEW"), ArgumentError, "put can return NONE, ALL_OLD, not 'ALL_NEW'"),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_before_anything_is_sent(make: Callable[[], Any], error: type[DynexprError], says: str) -> None:
    """What can't be done is refused where it is written or executed, and the engine sends nothing."""
    engine = create_engine("local://")
    engine.transport = checked = Checked(engine.transport)
    with pytest.raises(error) as caught:
        engine.execute(make())
    assert says in str(caught.value)
    assert checked.requests == []
    engine.close()


COMPILED: list[tuple[str, Any, str]] = [
    ("get", get(Payment, KEY), "GetItem"),
    ("consistent get", get(Payment, KEY).consistent_read(), "GetItem"),
    ("select by key", select(Payment).where(*THIS), "GetItem"),
    ("select", select(Payment).where(Payment.status == "pending", Payment.amount > 1), "Query"),
    ("columns", select(Payment.amount, Payment.lines[0]).where(Payment.id == "p1").limit(3), "Query"),
    ("scan", select(Payment).where(Payment.note == None).allow_scan(), "Scan"),  # noqa: E711 - absent or NULL
    ("insert", insert(Payment).values(**OLD), "PutItem"),
    ("put", put(Payment).unconditional().values(**OLD).returning("ALL_OLD"), "PutItem"),
    ("update", update(Payment).where(*THIS).set(Payment.note, "x").remove(Payment.lines[0]).add(Payment.tags, {"c"}), "UpdateItem"),
    ("delete", delete(Payment).where(*THIS).must_exist(), "DeleteItem"),
    ("batch", batch_get((Payment, [KEY]), (Quota, ["u1", "u2"])), "BatchGetItem"),
    ("transact_get", transact_get((Payment, KEY), (Quota, "u1")), "TransactGetItems"),
    ("transact", transact(insert(Payment).values(**OLD), check(Quota, "u1").where(Quota.remaining > 0)), "TransactWriteItems"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "operation"), [row[1:] for row in COMPILED], ids=[row[0] for row in COMPILED])
def test_compiled_without_an_engine(statement: Any, operation: str) -> None:
    """Each statement of one request is one that botocore's validator takes, and asks for nothing on its own account."""
    compiled = statement.compile()
    assert compiled.operation == operation
    assert problems(operation, compiled.params) == ""
    assert "ReturnConsumedCapacity" not in compiled.params


@pytest.mark.parametrize(
    "statement",
    [
        select(Payment).where(Payment.id == "p", Payment.status.in_([])),
        select(Payment).where(Payment.id == "p", Payment.amount > 1).limit(3),
        batch_get(),
        batch_get((Quota, [f"u{number}" for number in range(101)])),
    ],
)
def test_not_one_request(statement: Any) -> None:
    """A statement that is none, or several, has no parameters of one."""
    with pytest.raises(NotOneRequest):
        statement.compile()


class Boto(NamedTuple):
    """boto3's own client and table of payments, with payments in it."""

    client: Any
    table: Any


@pytest.fixture
def boto(dynamodb_local_endpoint: str) -> Iterator[Boto]:
    """boto3 on DynamoDB Local, as a person without dynexpr uses it."""
    options: dict[str, Any] = {"endpoint_url": dynamodb_local_endpoint, "region_name": "us-east-1"}
    options |= {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
    resource = boto3.resource("dynamodb", **options)
    client = boto3.client("dynamodb", **options)
    engine = create_engine(client=client)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    rows = [insert(Payment).values(**{**OLD, "id": f"p{number}", "amount": Decimal(number)}) for number in range(1, 5)]
    engine.execute(transact(*rows))
    yield Boto(client, resource.Table("payments"))
    Base.metadata.drop_all(engine)
    client.close()
    resource.meta.client.close()


@pytest.mark.engine
def test_compiled_query_in_boto3(boto: Boto) -> None:
    """`.params` go into a client's query, `.resource_params` into a Table's: both find the same."""
    compiled = select(Payment).where(Payment.status == "pending", Payment.amount > Decimal("2.5")).compile()
    assert compiled.method == "query"
    wire = boto.client.query(**compiled.params)["Items"]
    plain = boto.table.query(**compiled.resource_params)["Items"]
    assert sorted(item["id"]["S"] for item in wire) == sorted(item["id"] for item in plain) == ["p3", "p4"]


@pytest.mark.engine
def test_compiled_writes_in_boto3(boto: Boto) -> None:
    """So do all kinds of writes and reads of one item."""
    change = (
        update(Payment)
        .where(*THIS, Payment.amount == 1)
        .set(Payment.amount, Payment.amount + 1)
        .add(Payment.tags, {"c"})
        .compile()
    )
    assert boto.client.update_item(**change.params)["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(boto.client.exceptions.ConditionalCheckFailedException):
        boto.table.update_item(**change.resource_params)
    found = get(Payment, KEY).compile()
    assert boto.client.get_item(**found.params)["Item"]["amount"] == {"N": "2"}
    assert boto.table.get_item(**found.resource_params)["Item"]["tags"] == {"a", "b", "c"}
    again = insert(Payment).values(**{**OLD, "id": "p9"}).compile()
    boto.table.put_item(**again.resource_params)
    with pytest.raises(boto.client.exceptions.ConditionalCheckFailedException):
        boto.client.put_item(**again.params)
    gone = delete(Payment).where(Payment.id == "p9", Payment.timestamp == NOW).must_exist().compile()
    assert boto.table.delete_item(**gone.resource_params)["Attributes"]["note"] == "first"
    boto.client.transact_write_items(**transact(put(Quota).values(user="u", remaining=1)).compile().params)
    both = batch_get((Quota, ["u"]), (Payment, [KEY])).compile()
    assert set(boto.client.batch_get_item(**both.params)["Responses"]) == {"payments", "quotas"}


@pytest.mark.engine
def test_conditions_alone_in_boto3(boto: Boto) -> None:
    """A condition of `attr(...)` alone is an expression with two maps: for the client on the wire, for the Table plain."""
    compiled = (
        (attr("amount") >= Decimal(2)) & attr("lines[1].sku").begins_with("y") & attr("tags").contains("a")
    ).compile()
    wire = boto.client.scan(
        TableName="payments",
        FilterExpression=compiled.expression,
        ExpressionAttributeNames=compiled.names,
        ExpressionAttributeValues=compiled.values,
    )
    plain = boto.table.scan(
        FilterExpression=compiled.expression,
        ExpressionAttributeNames=compiled.names,
        ExpressionAttributeValues=compiled.resource_values,
    )
    assert (
        sorted(item["id"]["S"] for item in wire["Items"])
        == sorted(item["id"] for item in plain["Items"])
        == ["p2", "p3", "p4"]
    )


def test_attributes_nobody_declared(engine: Engine) -> None:
    """They come with whole items, by the name and of the kind they are stored, and survive an update."""
    item = {"user": {"S": "u"}, "remaining": {"N": "1"}, "extra": encode({"a": [1, "b"]})}
    engine.send("PutItem", TableName=engine.settings.name(Quota.__table__), Item=item)
    engine.execute(update(Quota).where(Quota.user == "u").add(Quota.remaining, 1))
    row = engine.execute(get(Quota, "u")).one()
    assert (row.remaining, row.extra) == (2, {"a": [1, "b"]})


def test_results_are_of_their_kind(engine: Engine) -> None:
    """A write answers with a WriteResult, even one of a transaction."""
    assert isinstance(engine.execute(transact(put(Quota).values(user="u", remaining=1))), WriteResult)
