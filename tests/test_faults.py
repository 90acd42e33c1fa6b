"""Do the faults made on purpose do what their names say, and the same each time?"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from dynexpr import (
    RetryPolicy,
    batch_get,
    create_async_engine,
    create_engine,
    delete,
    get,
    insert,
    put,
    select,
    transact,
    update,
)
from dynexpr.engine import Engine
from dynexpr.errors import (
    ArgumentError,
    Conflict,
    DynexprError,
    EndpointUnreachable,
    OutcomeUnknown,
    ResponseLost,
    ServiceUnavailable,
    Throttled,
    TransactionCancelled,
)
from dynexpr.local.engine import KNOWN
from dynexpr.operations import OPERATIONS
from dynexpr.requests import Request
from dynexpr.testing import Clock, local_engine
from dynexpr.transports.faults import KINDS, Fault, Faults, FaultyTransport
from tests.models import NOW, Base, Payment, Quota

GET = Request("GetItem", {"TableName": "quotas"})


class Sound:
    """A transport that keeps what it is sent, and answers nothing."""

    def __init__(self) -> None:
        self.sent: list[Request] = []
        self.closed = False

    def send(self, request: Request, /) -> dict[str, Any]:
        """Keep a request."""
        self.sent.append(request)
        return {}

    def close(self) -> None:
        """Keep that it was closed."""
        self.closed = True


def faulty_engine(faults: Faults, retry: RetryPolicy | None = None) -> Engine:
    """An embedded engine with the table of quotas, to which faults happen from now on."""
    engine = create_engine("local://", retry=retry, clock=lambda: NOW)
    Base.metadata.create_all(engine)
    engine.transport = FaultyTransport(engine.transport, faults)
    return engine


@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        ("throttle", Throttled, False),
        ("unavailable", ServiceUnavailable, False),
        ("unreachable", EndpointUnreachable, False),
        ("lost", ResponseLost, True),
    ],
)
def test_kinds(fault: Fault, error: type[DynexprError], arrives: bool) -> None:
    """Each fault is its error; only of a lost response the request arrived. The next request is not touched."""
    inner = Sound()
    transport = FaultyTransport(inner, Faults(script=[fault]))
    with pytest.raises(error) as caught:
        transport.send(GET)
    assert "GetItem" in str(caught.value)
    assert inner.sent == [GET] * arrives
    assert transport.send(GET) == {}
    assert transport.faults.happened == [("GetItem", fault)]


@pytest.mark.parametrize(
    ("entry", "taken", "left"),
    [
        (
            {"Keys": [1, 2, 3], "ConsistentRead": True},
            {"Keys": [1, 2], "ConsistentRead": True},
            {"Keys": [3], "ConsistentRead": True},
        ),
        ({"Keys": [1]}, {"Keys": [1]}, None),
    ],
)
def test_unprocessed_keys(entry: dict[str, Any], taken: dict[str, Any], left: dict[str, Any] | None) -> None:
    """Half of a batch of keys is read, the rest comes back as it was asked for; a batch always gets something done."""
    inner = Sound()
    answer = FaultyTransport(inner, Faults(unprocessed=1)).send(
        Request("BatchGetItem", {"RequestItems": {"quotas": entry}})
    )
    assert inner.sent == [Request("BatchGetItem", {"RequestItems": {"quotas": taken}})]
    assert answer == {"UnprocessedKeys": {} if left is None else {"quotas": left}}


def test_unprocessed_items() -> None:
    """Half of each table's writes is carried out."""
    inner = Sound()
    request = Request("BatchWriteItem", {"RequestItems": {"a": [1, 2, 3, 4], "b": [5]}})
    answer = FaultyTransport(inner, Faults(unprocessed=1)).send(request)
    assert inner.sent[0].params == {"RequestItems": {"a": [1, 2], "b": [5]}}
    assert answer == {"UnprocessedItems": {"a": [3, 4]}}


def test_only_batches_are_left_unprocessed() -> None:
    """No other operation can be, neither by chance nor by the script."""
    faults = Faults(unprocessed=1, script=["unprocessed"])
    transport = FaultyTransport(Sound(), faults)
    assert [transport.send(GET), transport.send(GET)] == [{}, {}]
    assert faults.happened == []


def drawn(seed: int, **chances: float) -> list[Fault | None]:
    """What happens to a thousand batches, pages or writes."""
    faults = Faults(seed=seed, **chances)  # type: ignore[arg-type]
    operations = {"empty_page": "Query", "conflict": "PutItem"}
    operation = next((operations[kind] for kind in chances if kind in operations), "BatchGetItem")
    return [faults.next(operation) for _ in range(1000)]


def test_seed_repeats_a_run() -> None:
    """The same seed draws the same faults, another one others."""
    assert drawn(1, throttle=0.3, lost=0.2) == drawn(1, throttle=0.3, lost=0.2)
    assert drawn(1, throttle=0.3, lost=0.2) != drawn(2, throttle=0.3, lost=0.2)


@pytest.mark.parametrize("kind", KINDS)
def test_probability(kind: Fault) -> None:
    """Each kind happens about as often as was said, and no other does."""
    happened = drawn(3, **{kind: 0.25})
    assert set(happened) == {None, kind}
    assert 200 < happened.count(kind) < 300
    assert drawn(3, **{kind: 1.0}) == [kind] * 1000
    assert drawn(3) == [None] * 1000


def test_script_comes_first() -> None:
    """Its entries are used up in turn, None among them, before chance has its say."""
    faults = Faults(script=["throttle", None, "lost"], unavailable=1)
    assert [faults.next("GetItem") for _ in range(5)] == ["throttle", None, "lost", "unavailable", "unavailable"]


def test_some_operations_only() -> None:
    """What happens to no other operation uses nothing up either."""
    faults = Faults(script=["throttle"], operations=["PutItem"])
    assert [faults.next(operation) for operation in ("GetItem", "PutItem", "PutItem")] == [None, "throttle", None]
    assert faults.happened == [("PutItem", "throttle")]


@pytest.mark.parametrize(
    "chances", [{"throttle": -0.1}, {"lost": 1.5}, {"lost": 0.7, "conflict": 0.7}, {"lost": float("nan")}]
)
def test_chances_that_make_no_sense(chances: dict[str, float]) -> None:
    """Probabilities lie between 0 and 1, and so does their sum."""
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        Faults(**chances)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"script": ["throttle", "empty_page"]}, ["throttle", None, None, "empty_page", None]),
        ({"script": ["unprocessed", "lost"]}, [None, None, None, None, None]),
        ({"script": ["empty_page", None, "lost"]}, [None, None, None, "empty_page", None]),
        (
            {"script": ["conflict", "lost"], "scripts": {"Query": ["empty_page"]}},
            [None, "conflict", "lost", "empty_page", None],
        ),
    ],
)  # fmt: skip
def test_a_script_waits(given: dict[str, Any], expected: list[str | None]) -> None:
    """A fault waits for a request to which it can happen, and nothing happens to those before."""
    faults = Faults(**given)
    assert [faults.next(each) for each in ("GetItem", "PutItem", "GetItem", "Query", "GetItem")] == expected


def test_fault_that_does_not_exist() -> None:
    """A script with a wrong word is refused at once, one that is made as it goes when the word's turn comes."""
    wrong: Any = ["trottle"]
    with pytest.raises(ArgumentError, match="script: there is no fault 'trottle'; did you mean 'throttle'"):
        Faults(script=wrong)
    with pytest.raises(ArgumentError, match="no fault 'trottle'"):
        FaultyTransport(Sound(), Faults(script=iter(wrong))).send(GET)


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"operations": "PutItem"}, "operations is a list of names"),
    ({"operations": ["PutItme"]}, "no operation 'PutItme'; did you mean 'PutItem'"),
    ({"operations": 5}, "operations is a list"),
    ({"script": ["throttle"], "operations": []}, r"script: 'throttle' can happen to nothing, operations=\[\]"),
    ({"lost": 0.5, "operations": []}, "lost: 'lost' can happen to nothing"),
    ({"throttle": {"PutItme": 1.0}}, "throttle: DynamoDB has no operation 'PutItme'"),
    ({"scripts": {"Qurey": []}}, "scripts: DynamoDB has no operation 'Qurey'"),
    ({"scripts": ["throttle"]}, "scripts has a list for each"),
    ({"scripts": {"Query": "throttle"}}, r"scripts\['Query'\] is a list of faults"),
    ({"scripts": {"Query": ["unprocessed"]}}, "'unprocessed' can't happen to Query, only to BatchGetItem"),
    ({"scripts": {"Query": ["lost"]}, "operations": ["Scan"]}, "Query is not among operations"),
    ({"empty_page": {"GetItem": 0.5}}, "'empty_page' can't happen to GetItem"),
    ({"script": ["unprocessed"], "operations": ["PutItem"]}, "'unprocessed' can't happen to PutItem"),
    ({"unprocessed": 0.5, "operations": ["PutItem"]}, "'unprocessed' can't happen to PutItem"),
    ({"script": "throttle"}, "script is a list of faults"),
    ({"throttle": "often"}, "throttle: each fault's probability"),
    ({"throttle": {"PutItem": None}}, "throttle: each fault's probability"),
    ({"latency": "slow"}, "a latency is seconds"),
    ({"latency": (1, 2, 3)}, "a latency is seconds"),
    ({"index_lag": "x"}, "index_lag counts reads"),
    ({"index_lag": 1.5}, "index_lag counts reads"),
    ({"index_lag_seconds": None}, "index_lag_seconds seconds"),
]


@pytest.mark.parametrize(("given", "message"), IMPOSSIBLE, ids=lambda each: str(each)[:50])
def test_what_could_never_happen(given: dict[str, Any], message: str) -> None:
    """Faults that would happen to nothing are refused when they are made."""
    with pytest.raises(ArgumentError, match=message):
        Faults(**given)


def test_faults_of_another_class() -> None:
    """An engine wants a Faults."""
    with pytest.raises(ArgumentError, match="faults is a Faults"):
        create_engine("local://", faults="throttle")


def test_operations_are_those_of_the_engine() -> None:
    """The names there are are those that the embedded engine has, or says why it has not."""
    assert OPERATIONS == KNOWN


def test_index_lag_goes_by_the_engines_clock() -> None:
    """A clock that stands still keeps an index behind until it is moved."""
    clock = Clock()
    with create_engine("local://", faults=Faults(index_lag_seconds=60), clock=clock) as engine:
        Base.metadata.create_all(engine)
        engine.execute(insert(Payment).values(id="x", timestamp=NOW, customer_id="c", amount=1))
        assert engine.count(BY_CUSTOMER) == 0
        clock.advance(59)
        assert engine.count(BY_CUSTOMER) == 0
        clock.advance(2)
        assert engine.count(BY_CUSTOMER) == 1


def test_the_engine_below_faults() -> None:
    """The embedded engine is reached below faults and event loops; where there is none, that is said."""
    for make in (create_engine, create_async_engine):
        found = local_engine(make("local://", faults=Faults(script=["throttle"])))
        assert found.expire() == 0
        assert local_engine(found) is found
    closed = create_engine("local://")
    closed.close()
    for wrong, message in ((closed, "was closed"), (create_engine("dynamodb://us-east-1/"), "has no embedded engine")):
        with pytest.raises(ArgumentError, match=message):
            local_engine(wrong)
    with pytest.raises(ArgumentError, match="has no embedded engine"):
        local_engine("local://")


def test_close_goes_through() -> None:
    """Closing closes what is inside."""
    inner = Sound()
    FaultyTransport(inner, Faults()).close()
    assert inner.closed


def test_an_error_answer_is_lost_as_well() -> None:
    """Of a lost response nobody learns that it said no."""
    engine = faulty_engine(Faults(script=[None, "lost"]))
    engine.execute(insert(Quota).values(user="u1", remaining=1))
    with pytest.raises(OutcomeUnknown):
        engine.execute(insert(Quota).values(user="u1", remaining=2))
    engine.close()


def test_lost_write_was_carried_out() -> None:
    """What the error says nobody can know is seen when the item is read."""
    engine = faulty_engine(Faults(script=["lost"]))
    with pytest.raises(OutcomeUnknown):
        engine.execute(put(Quota).values(user="u1", remaining=1))
    assert engine.execute(get(Quota, "u1")).one().remaining == 1
    engine.close()


def test_everything_is_survived_in_the_end() -> None:
    """With a policy that does not give up, batches and transactions come through, none of them twice."""
    policy = RetryPolicy(max_attempts=100, initial_delay=0, deadline=None)
    faults = Faults(
        seed=5,
        throttle=0.2,
        conflict=0.1,
        unavailable=0.1,
        lost=0.1,
        unprocessed=0.3,
        operations=["TransactWriteItems", "BatchGetItem"],
    )
    engine = faulty_engine(faults, policy)
    keys = [f"u{number}" for number in range(60)]
    for user in keys:
        engine.execute(transact(insert(Quota).values(user=user, remaining=1)))
    for _ in range(10):
        assert [row.user for row in engine.execute(batch_get((Quota, keys)))] == keys
    assert {fault for _, fault in faults.happened} == {"throttle", "conflict", "unavailable", "lost", "unprocessed"}
    engine.close()


def test_an_engine_takes_them() -> None:
    """`create_engine(..., faults=...)` puts them around its transport."""
    with (
        create_engine("local://", faults=Faults(script=["unreachable"]), retry=None) as engine,
        pytest.raises(EndpointUnreachable),
    ):
        engine.send("ListTables")


def test_operations_of_their_own() -> None:
    """Probabilities and scripts may be those of some operations; the others have none."""
    faults = Faults(throttle={"PutItem": 1.0}, scripts={"GetItem": ["lost", None], "Query": ["unavailable"]})
    assert [faults.next("GetItem") for _ in range(3)] == ["lost", None, None]
    assert [faults.next("Query"), faults.next("Query"), faults.next("PutItem")] == ["unavailable", None, "throttle"]
    wrong: dict[str, Any]
    for wrong in ({"throttle": {"PutItem": 1.5}}, {"throttle": {"PutItem": 0.6}, "lost": 0.6}):
        with pytest.raises(ArgumentError, match="between 0 and 1"):
            Faults(**wrong)


def test_latency() -> None:
    """A request takes longer by what was said; past its deadline it is carried out, and its answer is lost."""
    inner = Sound()
    transport = FaultyTransport(inner, Faults(latency=0.02))
    started = time.monotonic()
    transport.send(GET)
    assert time.monotonic() - started >= 0.02
    with pytest.raises(ResponseLost):
        transport.send(Request("GetItem", GET.params, time.monotonic() + 0.001))
    assert len(inner.sent) == 2
    waits = [Faults(seed=seed, latency=(0.1, 0.2)).wait() for seed in (1, 1, 2)]
    assert waits[0] == waits[1] != waits[2]
    assert all(0.1 <= wait <= 0.2 for wait in waits)
    wrong: Any
    for wrong in (-1, (0.2, 0.1), float("nan")):
        with pytest.raises(ArgumentError, match="latency"):
            Faults(latency=wrong)


def paying(faults: Faults, count: int = 7) -> Engine:
    """An engine with some payments of one customer, to which faults happen from now on."""
    engine = create_engine("local://", retry=None, clock=lambda: NOW)
    Base.metadata.create_all(engine)
    for number in range(count):
        values: Any = {"id": f"p{number}", "timestamp": NOW, "customer_id": "c", "status": f"s{number}"}
        engine.execute(insert(Payment).values(amount=number, **values))
    engine.transport = FaultyTransport(engine.transport, faults)
    return engine


BY_CUSTOMER = select(Payment).where(Payment.customer_id == "c")


@pytest.mark.parametrize(
    "statement",
    [
        BY_CUSTOMER,
        BY_CUSTOMER.where(Payment.amount > 2),
        BY_CUSTOMER.order_by(Payment.status.desc()),
        select(Payment).allow_scan(),
        select(Payment).allow_scan().segments(3),
        BY_CUSTOMER.limit(3),
    ],
)
def test_empty_pages(statement: Any) -> None:
    """Whatever pages come out empty, everything is found once and in order."""
    with paying(Faults()) as sound:
        wanted = [row.id for row in sound.execute(statement)]
    for seed in range(5):
        faults = Faults(seed=seed, empty_page=0.5)
        with paying(faults) as engine:
            assert [row.id for row in engine.execute(statement)] == wanted
            assert [row.id for row in engine.execute(statement)] == wanted
    script: list[Fault | None] = ["empty_page", "empty_page", "empty_page", None, None]
    with paying(Faults(scripts={"Query": script, "Scan": script})) as engine:
        assert [row.id for row in engine.execute(statement)] == wanted


def test_what_an_empty_page_is() -> None:
    """It has no items and a place to go on from; of nothing there is none. Counts come out right as well."""
    with paying(Faults(script=["empty_page", None, "empty_page", "empty_page"])) as engine:
        params: Any = {"TableName": "payments"}
        page = engine.send("Scan", **params)
        assert (page["Items"], page["Count"], page["ScannedCount"]) == ([], 0, 0)
        rest = engine.send("Scan", **params, ExclusiveStartKey=page["LastEvaluatedKey"])
        assert rest["Count"] == 7
        assert "LastEvaluatedKey" not in engine.send("Scan", TableName="quotas")
        assert engine.count(BY_CUSTOMER) == 7
        again = engine.send("Scan", **params, ExclusiveStartKey=page["LastEvaluatedKey"])
        assert again["Count"] == 7, "it may be gone on from more than once"
        ended = engine.send("Scan", **params, Limit=1)
        assert ended["LastEvaluatedKey"] == page["LastEvaluatedKey"]
        begun = engine.send("Scan", **params, ExclusiveStartKey=ended["LastEvaluatedKey"])
        assert begun["Count"] == 6, "a place where a page ended is what it says"


@pytest.mark.parametrize("fault", ["throttle", "unavailable", "unreachable", "lost", "empty_page"])
@pytest.mark.parametrize("operation", ["Query", "Scan"])
def test_going_on_from_an_empty_page_is_tried_again(operation: str, fault: Fault) -> None:
    """Nothing is lost where the next page is asked for twice."""
    with paying(Faults(scripts={operation: ["empty_page", fault, fault]})) as engine:
        statement = BY_CUSTOMER if operation == "Query" else select(Payment).allow_scan()
        patient = statement.execution_options(retry=RetryPolicy(initial_delay=0))
        assert len(engine.execute(patient).all()) == 7


def test_empty_pages_of_two_readers() -> None:
    """Two who are given the same place both find everything, and so does one who goes on with pages of another size."""
    script: list[Fault | None] = ["empty_page", "empty_page", None, None, "empty_page"]
    with paying(Faults(script=script)) as engine:
        scan: Any = {"TableName": "payments"}
        places = [engine.send("Scan", **scan)["LastEvaluatedKey"] for _ in range(2)]
        assert [engine.send("Scan", **scan, ExclusiveStartKey=place)["Count"] for place in places] == [7, 7]
        place = engine.send("Scan", **scan, Limit=2)["LastEvaluatedKey"]
        assert engine.send("Scan", **scan, Limit=3, ExclusiveStartKey=place)["Count"] == 3


@pytest.mark.parametrize("operation", ["GetItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem", "ListTables"])
def test_what_no_conflict_happens_to(operation: str) -> None:
    """Reads and batches never meet another transaction."""
    assert Faults(conflict=1).next(operation) is None


def test_conflicts() -> None:
    """A write meets a TransactionConflictException; a transaction is cancelled, with a reason at its place."""
    with paying(Faults(conflict=1)) as engine:
        with pytest.raises(Conflict, match="Transaction is ongoing"):
            engine.send("PutItem", TableName="quotas", Item={"user": {"S": "u"}})
        puts = [{"Put": {"TableName": "quotas", "Item": {"user": {"S": user}}}} for user in "ab"]
        with pytest.raises(TransactionCancelled) as cancelled:
            engine.send("TransactWriteItems", TransactItems=puts)
        codes = [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]]
        assert codes == ["TransactionConflict", "None"]
        assert engine.send("Scan", TableName="quotas")["Count"] == 0


def test_index_lag_by_reads() -> None:
    """An item that was written is hidden from global indexes for so many reads of them; the table has it at once."""
    with paying(Faults(index_lag=2)) as engine:
        assert engine.count(BY_CUSTOMER) == 7
        engine.execute(insert(Payment).values(id="new", timestamp=NOW, customer_id="c", amount=1))
        key = (Payment.id == "p1", Payment.timestamp == NOW)
        engine.execute(delete(Payment).where(*key))
        assert engine.execute(get(Payment, ("new", NOW))).one().id == "new"
        assert len(engine.execute(select(Payment).allow_scan()).all()) == 7
        for there in (False, False, True):
            found = {row.id for row in engine.execute(BY_CUSTOMER)}
            assert ("new" in found) is there
            assert "p1" not in found


WRITES: list[Any] = [
    put(Payment).unconditional().values(id="p1", timestamp=NOW, customer_id="c", amount=5),
    update(Payment).where(Payment.id == "p1", Payment.timestamp == NOW).set(Payment.amount, Decimal(5)),
    transact(update(Payment).where(Payment.id == "p1", Payment.timestamp == NOW).set(Payment.amount, Decimal(5))),
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "statement", [BY_CUSTOMER, select(Payment.amount).where(Payment.customer_id == "c"), BY_CUSTOMER.limit(5)]
)
def test_index_lag_of_every_write(write: Any, statement: Any) -> None:
    """Every kind of write is hidden, whatever columns are read; counts agree; what was not asked for is not told."""
    with paying(Faults(index_lag=1), count=3) as engine:
        engine.execute(write)
        rows = engine.execute(statement).all()
        assert len(rows) == 2
        if statement is not BY_CUSTOMER and not hasattr(rows[0], "id"):
            assert [tuple(row.mapping) for row in rows] == [("amount",)] * 2
        assert len(engine.execute(statement).all()) == 3
        engine.execute(write)
        assert [engine.count(BY_CUSTOMER), engine.count(BY_CUSTOMER)] == [2, 3]


def test_index_lag_of_batches() -> None:
    """What a batch wrote is hidden; what it left unprocessed is not."""
    with paying(Faults(index_lag=1, script=[None, "unprocessed"]), count=3) as engine:
        items = engine.send("Scan", TableName="payments")["Items"][:2]
        writes = [{"PutRequest": {"Item": item}} for item in items]
        answer = engine.send("BatchWriteItem", RequestItems={"payments": writes})
        assert len(answer["UnprocessedItems"]["payments"]) == 1
        assert engine.count(BY_CUSTOMER) == 2


def test_index_lag_of_attributes_to_get() -> None:
    """The legacy projection hides as ProjectionExpression does, and shows no more than was asked for."""
    with paying(Faults(index_lag=1), count=2) as engine:
        engine.execute(insert(Payment).values(id="x", timestamp=NOW, customer_id="c", amount=1))
        condition = {"customer_id": {"AttributeValueList": [{"S": "c"}], "ComparisonOperator": "EQ"}}
        asked: Any = {"TableName": "payments", "IndexName": "customer-index", "KeyConditions": condition}
        for count in (2, 3):
            found = engine.send("Query", **asked, AttributesToGet=["customer_id"])["Items"]
            assert found == [{"customer_id": {"S": "c"}}] * count


def test_index_lag_of_many_threads() -> None:
    """Writes and reads of several threads leave what is hidden whole."""
    with paying(Faults(index_lag=3), count=0) as engine:

        def work(thread: int) -> None:
            for number in range(60):
                engine.execute(
                    insert(Payment).values(id=f"{thread}-{number}", timestamp=NOW, customer_id="c", amount=1)
                )
                engine.execute(BY_CUSTOMER.limit(2)).all()

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with ThreadPoolExecutor(4) as threads:
                list(threads.map(work, range(4)))
        finally:
            sys.setswitchinterval(interval)
        for _ in range(3):
            engine.count(BY_CUSTOMER)
        assert engine.count(BY_CUSTOMER) == 240


def test_index_lag_by_seconds() -> None:
    """Hidden for so long; then it is there."""
    with paying(Faults(index_lag_seconds=0.05), count=1) as engine:
        assert engine.count(BY_CUSTOMER) == 1
        engine.execute(insert(Payment).values(id="x", timestamp=NOW, customer_id="c", amount=1))
        assert engine.count(BY_CUSTOMER) == 1
        time.sleep(0.06)
        assert engine.count(BY_CUSTOMER) == 2
    with pytest.raises(ArgumentError, match="index_lag"):
        Faults(index_lag=-1)


@pytest.mark.parametrize("kind", ["throttle", "unavailable"])
def test_an_error_names_its_table(kind: Any) -> None:
    """What DynamoDB answers without saying of which table is told with it, and with how often it was sent."""
    policy = RetryPolicy(max_attempts=3, initial_delay=0)
    with create_engine("local://", retry=policy, table_prefix="x-") as engine:
        Base.metadata.create_all(engine)
        engine.transport = FaultyTransport(engine.transport, Faults(script=[kind] * 3))
        with pytest.raises((Throttled, ServiceUnavailable), match=r"^GetItem: 'x-quotas': .* \(sent 3 times\)$"):
            engine.execute(get(Quota, "u"))
