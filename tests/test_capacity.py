"""Does a block, or a session, say what consumed how much?"""

import asyncio
import re
import sys
import threading
from contextvars import copy_context
from decimal import Decimal, Inexact, localcontext
from pathlib import Path
from typing import Any

import pytest

from dynexpr import (
    batch_get,
    check,
    create_async_engine,
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
from dynexpr.capacity import BLOCKS, Consumed, Ledger, Tally
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, ConditionFailed
from dynexpr.event import listen
from dynexpr.metering import Capacity
from dynexpr.orm import AsyncSession, Session
from dynexpr.prices import EXACT, ON_DEMAND, Prices
from dynexpr.requests import Request
from tests.models import NOW, Base, Payment, Quota

NOTHING = Decimal(0)


def told(shares: dict[Any, Any]) -> dict[Any, tuple[float, ...]]:
    """Shares in figures that are quickly written."""
    return {name: tuple(float(figure) for figure in share) for name, share in shares.items()}


def pay(number: int, *, note: str = "x") -> Any:
    """A new payment."""
    return insert(Payment).values(
        id=f"p{number}", timestamp=NOW, customer_id=f"c{number % 2}", amount=Decimal(number), note=note
    )


@pytest.fixture
def shop() -> Engine:
    """An embedded engine with six payments and a quota."""
    engine = create_engine("local://", clock=lambda: NOW)
    Base.metadata.create_all(engine)
    for number in range(6):
        engine.execute(pay(number))
    engine.execute(put(Quota).values(user="u1", remaining=3))
    return engine


KEY = (Payment.id == "p1", Payment.timestamp == NOW)
STATEMENTS: list[tuple[Any, str, Any]] = [
    (get(Payment, ("p1", NOW)), "GetItem payments", (0.5, 0)),
    (get(Payment, ("p1", NOW)).consistent_read(), "GetItem payments", (1, 0)),
    (
        select(Payment).where(Payment.customer_id == "c1", Payment.amount > 2),
        "Query payments/customer-index: customer_id = :v0; filter amount > :v1",
        (0.5, 0),
    ),
    (select(Payment.amount).allow_scan(), "Scan payments; only amount", (0.5, 0)),
    (
        batch_get((Payment, [("p1", NOW), ("p2", NOW)]), (Quota, ["u1"])),
        "BatchGetItem payments keys, quotas keys",
        (1.5, 0),
    ),
    (
        transact_get((Payment, ("p1", NOW)), (Payment, ("p2", NOW)), (Quota, "u1")),
        "TransactGetItems: Get payments | Get quotas",
        (6, 0),
    ),
    (pay(9), "PutItem payments; if attribute_not_exists(id)", (0, 3)),
    (put(Quota).values(user="u2", remaining=1), "PutItem quotas", (0, 1)),
    (
        update(Quota).where(Quota.user == "u1", Quota.remaining > 1).set(Quota.note, "hidden"),
        "UpdateItem quotas: SET note = :v0; if attribute_exists(user) AND remaining > :v1",
        (0, 1),
    ),
    (delete(Payment).where(*KEY), "DeleteItem payments", (0, 3)),
    (
        transact(put(Quota).values(user="u3", remaining=1), check(Quota, "u1").where(Quota.remaining > 0)),
        "TransactWriteItems: Put quotas | ConditionCheck quotas; if remaining > :v0",
        (0, 4),
    ),
]


@pytest.mark.parametrize(
    ("statement", "words", "units"), STATEMENTS, ids=[f"{number} {row[1]}" for number, row in enumerate(STATEMENTS)]
)
def test_by_statement(shop: Engine, statement: Any, words: str, units: Any) -> None:
    """A statement is told by its operation, place and expressions, without a value; its result says the same units."""
    with shop.capacity() as used:
        result = shop.execute(statement)
        if hasattr(result, "all"):
            result.all()
    assert told(used.by_statement) == {words: (*units, 1)}
    assert (used.read_units, used.write_units) == units
    assert (result.consumed.read_units, result.consumed.write_units) == units
    assert result.consumed.transactional is words.startswith("Transact")
    assert result.consumed.by_table == used.by_table
    assert used.requests == 1


def test_all_ways_add_up(shop: Engine) -> None:
    """Each way to tell the parts apart gives all of the whole, and nothing else."""
    with shop.capacity("all") as used:
        for statement, _, _ in STATEMENTS:
            result: Any = shop.execute(statement)
            if hasattr(result, "all"):
                result.all()
    whole: Any = (used.read_units, used.write_units)
    assert whole == (sum(row[2][0] for row in STATEMENTS), sum(row[2][1] for row in STATEMENTS))
    ways: list[dict[Any, Any]] = [
        used.by_statement, used.by_operation, used.by_label, used.by_table, used.by_index,
    ]  # fmt: skip
    for way in ways:
        assert tuple(sum((share[part] for share in way.values()), NOTHING) for part in (0, 1)) == whole
    for way in ways[:3]:
        assert sum(share.requests for share in way.values()) == used.requests == len(STATEMENTS)
    assert used.by_index["payments", "customer-index"].write_units == 2
    assert told(used.by_operation)["GetItem"] == (1.5, 0, 2)
    assert used.transactional_read_units == 6
    assert used.transactional_write_units == 4
    _, moments = used.timeline
    assert tuple(sum((moment[part] for moment in moments), NOTHING) for part in (0, 1)) == whole
    assert sum((share.cost() for share in used.by_statement.values()), NOTHING) == used.cost()


def test_nested_blocks(shop: Engine) -> None:
    """An outer block counts what the inner ones do; the innermost label is what a request counts under."""
    with shop.capacity("outer") as outer:
        shop.execute(get(Quota, "u1"))
        with shop.capacity("inner") as inner, shop.capacity() as nameless:
            shop.execute(get(Quota, "u1"))
        with inner:  # entered once more, it goes on
            shop.execute(get(Quota, "u1"))
            with inner:
                shop.execute(get(Quota, "u1"))
        shop.execute(get(Quota, "u1"))
    shop.execute(get(Quota, "u1"))
    assert {label: share.requests for label, share in outer.by_label.items()} == {"outer": 2, "inner": 3}
    assert (outer.requests, inner.requests, nameless.requests) == (5, 3, 1)
    assert told(nameless.by_label) == {"inner": (0.5, 0, 1)}
    assert BLOCKS.get() == ()


def test_other_engines_do_not_count(shop: Engine) -> None:
    """A block is about its engine."""
    other = create_engine("local://")
    with shop.capacity() as used:
        other.send("ListTables")
    assert used.requests == 0
    assert used.by_statement == {}


def test_block_that_raises(shop: Engine) -> None:
    """What was consumed before an error is there; a refused write counts as no request, for nobody says its price."""
    refused = update(Quota).where(Quota.user == "u1", Quota.remaining > 99).set(Quota.note, "x")
    used = shop.capacity()
    with used:
        shop.execute(get(Quota, "u1"))
    with pytest.raises(ConditionFailed), used:
        shop.execute(refused)
    assert told(used.by_operation) == {"GetItem": (0.5, 0, 1)}
    assert BLOCKS.get() == ()


def test_left_in_another_context(shop: Engine) -> None:
    """A block that is left where it was not entered, as a fixture's may be, raises nothing."""
    used = shop.capacity()
    copy_context().run(used.__enter__)
    used.__exit__()
    assert BLOCKS.get() == ()


def test_threads(shop: Engine) -> None:
    """A thread counts by itself; one of the caller's own does in the block it is given, and none of it is lost."""
    with shop.capacity("main") as used:

        def work() -> None:
            shop.execute(get(Quota, "u1"))
            with used:
                for _ in range(50):
                    shop.execute(get(Quota, "u1"))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert used.requests == 200
    assert used.read_units == 100
    assert told(used.by_label) == {"main": (100, 0, 200)}


def test_threads_of_a_scan(shop: Engine) -> None:
    """The segments of a parallel scan count in the block, and in the session, told apart by their statement."""
    statement = select(Payment).allow_scan().segments(4)
    with shop.capacity("scan") as used, Session(shop) as session:
        assert len(session.scalars(statement).all()) == 6
    assert told(used.by_statement) == {"Scan payments": (2, 0, 4)}
    assert told(used.by_label) == told(session.capacity.by_label) == {"scan": (2, 0, 4)}
    assert session.capacity.by_statement == used.by_statement
    assert session.capacity.by_table == used.by_table


def test_tasks() -> None:
    """Each task counts for itself and for the tasks it starts."""

    async def story() -> None:
        async with create_async_engine("local://", clock=lambda: NOW) as engine:
            await engine.create_all(Base.metadata)
            await engine.execute(put(Quota).values(user="u1", remaining=3))

            async def reads(count: int) -> Capacity:
                with engine.capacity(f"task {count}") as used:
                    await asyncio.gather(*(engine.execute(get(Quota, "u1")) for _ in range(count)))
                return used

            with engine.capacity() as all_of_them:
                some, more = await asyncio.gather(reads(2), reads(3))
            assert (some.requests, more.requests, all_of_them.requests) == (2, 3, 5)
            assert {label: share.requests for label, share in all_of_them.by_label.items()} == {
                "task 2": 2,
                "task 3": 3,
            }
            async with AsyncSession(engine) as session:
                assert await session.get(Quota, "u1") is not None
                await session.execute(get(Quota, "u1"))
                (await session.scalars(select(Quota).allow_scan().segments(2))).all()
            assert {name: share.requests for name, share in session.capacity.by_operation.items()} == {
                "GetItem": 2,
                "Scan": 2,
            }
            assert session.consumed.by_index == session.capacity.by_index

    asyncio.run(story())


def test_session(shop: Engine) -> None:
    """A session knows what its reads and its commit consumed, by statement; other work of the engine isn't in it."""
    shop.execute(get(Quota, "u1"))
    with Session(shop) as session:
        quota = session.get(Quota, "u1")
        assert quota is not None
        session.execute(get(Payment, ("p1", NOW))).all()
        quota.remaining -= 1
        session.add(Quota(user="u9", remaining=1))
        session.commit()
        session.count(select(Payment).where(Payment.status == "pending"))
    committed = "TransactWriteItems: Put quotas; if attribute_not_exists(user)"
    committed += " | Update quotas: SET remaining = :v0; if attribute_exists(user) AND remaining = :v1"
    assert list(session.capacity.by_statement) == [
        "GetItem quotas",
        "GetItem payments",
        committed,
        "Query payments/status-index: status = :v0; count",
    ]
    assert session.consumed.by_index == session.capacity.by_index
    assert session.consumed.read_units == Decimal("1.5")
    assert session.consumed.write_units == 4


@pytest.mark.parametrize("asked", [0, 3, 30])
def test_session_is_told_apart_whenever_it_is_asked(shop: Engine, asked: int) -> None:
    """A session's answers are told apart by statement, label and time, however late, or early, somebody asks."""
    with Session(shop) as session, shop.capacity() as used:
        for number in range(30):
            if number == asked:
                assert session.capacity.requests == number
            with shop.capacity(f"label {number % 3}"):
                session.execute(get(Quota, f"u{number}") if number % 2 else get(Payment, (f"p{number}", NOW))).all()
    capacity = session.capacity
    assert session.consumed.requests == capacity.requests == used.requests == 30
    assert session.consumed.read_units == capacity.read_units == used.read_units
    assert capacity.by_statement == used.by_statement
    assert capacity.by_label == used.by_label
    assert capacity.began <= used.began
    assert sum(read for read, _ in capacity.timeline[1]) == used.read_units
    both = Capacity()
    both.add(session.consumed)
    assert both.by_label == used.by_label


def test_an_answer_is_read_once(shop: Engine) -> None:
    """However many count an answer, session, blocks, listeners, rate limit: its units and its shape are read once."""
    called: list[str] = []

    def note(frame: Any, event: str, _argument: object) -> None:
        if event == "call":
            called.append(frame.f_code.co_name)

    seen: list[Consumed] = []
    listen(shop, "after_request", lambda exchange: seen.append(exchange.consumed))
    listen(shop, "after_request", lambda exchange: seen.append(exchange.consumed))
    with Session(shop) as session, shop.capacity("a"), shop.capacity("b"), shop.capacity() as used:
        assert session.capacity.requests == 0
        with shop.rate_limit(read_units=1_000):
            sys.setprofile(note)
            try:
                session.get(Quota, "u1")
            finally:
                sys.setprofile(None)
    assert [called.count(name) for name in ("_parts_of", "shape_of")] == [1, 1]
    assert session.consumed.read_units == used.read_units == Decimal("0.5")
    assert [consumed.read_units for consumed in seen] == [used.read_units] * 2


def test_adding_to_itself_and_to_each_other() -> None:
    """What is added to itself is there twice; two threads that add two blocks to each other both come to an end."""
    used, other = Capacity(), Capacity()
    used.count("Query", answer(2), Request("Query", {"TableName": "t"}))
    used.add(used)
    assert told(used.by_statement) == {"Query t": (4, 0, 2)}
    assert used.requests == 2
    ledger = Ledger()
    ledger.count("Query", answer(2), None)
    ledger.add(ledger)
    assert ledger.read_units == ledger.capacity.read_units == 4
    plain = Consumed()
    plain.count("TransactGetItems", {"ConsumedCapacity": [answer(4)["ConsumedCapacity"]]})
    plain.add(plain)
    assert plain.read_units == plain.transactional_read_units == 8
    assert plain.requests == 2

    def add(one: Capacity, two: Capacity) -> None:
        for _ in range(30):
            one.add(two.part())
            one.add(two)
            two.count("GetItem", answer(1), None)

    threads = [threading.Thread(target=add, args=pair, daemon=True) for pair in ((used, other), (other, used))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("used.cost(5)", "prices are given as Prices(read=…, write=…, dated=…), not 5"),
        ('Consumed().cost("cheap")', "prices are given as Prices(read=…, write=…, dated=…), not 'cheap'"),
        ('used.by_operation["Query"].cost(0)', "prices are given as Prices"),
        ('used.by_table["t"].cost(5)', "prices are given as Prices"),
        ("used.report(5)", "prices are given as Prices"),
        ('used.to_html("never-written.html", 5)', "prices are given as Prices"),
        ('used.report(statements="all")', "statements is a whole number from 0, not 'all'"),
        ("used.add(5)", "what was consumed is added, result.consumed or engine.capacity(), not 5"),
        ("Ledger().add(None)", "what was consumed is added"),
        ("Tally(Consumed()).add({})", "what was consumed is added"),
        ('Prices(0.25, Decimal(1), "2026-01")', "a Decimal of at least 0, not 0.25; write Decimal('0.25')"),
        ('Prices(Decimal(1), "1.5", "2026-01")', "Prices: write is US dollars per million units"),
        ('Prices(Decimal(1), True, "2026-01")', "Prices: write is US dollars per million units"),
        ('Prices(Decimal(-1), Decimal(1), "2026-01")', "not Decimal('-1')"),
        ('Prices(Decimal("NaN"), Decimal(1), "2026-01")', "not Decimal('NaN')"),
        ("Prices(Decimal(1), Decimal(1), 2026)", "Prices: dated is a text, not 2026"),
        ('Prices(Decimal(1), Decimal(1), "2026-01", None)', "Prices: source is a text, not None"),
    ],
)
def test_refused(call: str, message: str) -> None:
    """What is no price, no number and nothing consumed is refused where it is given, in words."""
    used = Capacity()
    used.count("Query", answer(1), None)
    with pytest.raises(ArgumentError, match=re.escape(message)):
        eval(call, globals(), {"used": used})
    assert used.read_units == used.requests == 1


def test_prices_are_a_value() -> None:
    """Prices of the same figures are equal, are shown as they are written, and do not change."""
    prices = Prices(read=Decimal(1), write=Decimal("0.5"), dated="2026-01", source="our contract")
    shown = "Prices(read=Decimal('1'), write=Decimal('0.5'), dated='2026-01', source='our contract')"
    assert repr(prices) == shown
    assert eval(shown) == prices
    assert {prices, Prices(Decimal(1), Decimal("0.5"), "2026-01", "our contract")} == {prices}
    assert prices != Prices(Decimal(1), Decimal("0.5"), "2026-01")
    with pytest.raises(AttributeError, match="frozen"):
        prices.read = Decimal(2)


def _busy(engine: Engine) -> None:
    for _ in range(10):
        engine.execute(get(Quota, "u1"))


def test_unused_costs_nothing(shop: Engine) -> None:
    """Without a block, no function of the counting by statement is called."""
    called: set[str] = set()
    sys.setprofile(lambda frame, event, _argument: called.add(frame.f_code.co_filename) if event == "call" else None)
    try:
        _busy(shop)
    finally:
        sys.setprofile(None)
    assert any(name.endswith("capacity.py") for name in called)
    assert not any(name.endswith("metering.py") for name in called)


@pytest.mark.parametrize(
    ("params", "units"),
    [
        ({"Statement": " select * from t"}, (3, 0)),
        ({"Statement": "DELETE FROM t WHERE id = 1"}, (0, 3)),
        ({"Statements": [{"Statement": "SELECT id FROM t"}]}, (3, 0)),
        ({"TransactStatements": [{"Statement": "INSERT INTO t VALUE {}"}]}, (0, 3)),
    ],
)
def test_partiql_reads_and_writes(params: dict[str, Any], units: Any) -> None:
    """The units of PartiQL are read units where it selects."""
    consumed = Consumed()
    answer = {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": 3.0}}
    consumed.count("ExecuteStatement", answer, Request("ExecuteStatement", params))
    assert (consumed.read_units, consumed.write_units) == units


def answer(units: float) -> dict[str, Any]:
    """An answer that consumed so much."""
    return {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": units, "Table": {"CapacityUnits": units}}}


def test_flat_memory() -> None:
    """However many different statements there are, and however long they go on: nothing is lost, little is kept."""
    used = Capacity()
    for number in range(3_000):
        used.count(
            "Query", answer(0.5), Request("Query", {"TableName": "t", "KeyConditionExpression": f"a{number} = :v"})
        )
    assert len(used.by_statement) == 1_001
    assert used.by_statement["Query (further statements)"].requests == 2_000
    assert sum(share.read_units for share in used.by_statement.values()) == used.read_units == 1_500


def test_timeline_grows_coarser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moments of long work are longer; each unit stays in its own."""
    now = [0.0]
    monkeypatch.setattr("dynexpr.metering.time.monotonic", lambda: now[0])
    used = Capacity()
    for at in (0.0, 1.0, 29.0, 31.0, 100.0, 10_000.0):
        now[0] = at
        used.count("Query", answer(1), None)
    seconds, moments = used.timeline
    assert len(moments) <= 240
    assert seconds == 64
    assert [number for number, (read, _) in enumerate(moments) for _ in range(int(read))] == [0, 0, 0, 0, 1, 156]


def test_adding_what_is_not_told_apart() -> None:
    """What comes as a sum alone is counted, and told as that."""
    plain = Consumed()
    plain.count("TransactGetItems", {"ConsumedCapacity": [answer(4)["ConsumedCapacity"]]})
    used = Capacity()
    tally = Tally(used)
    tally.add(plain)
    part = tally.part()
    assert isinstance(part, Capacity)
    part.count("Query", answer(2), Request("Query", {"TableName": "t", "IndexName": "i"}))
    tally.add(part)
    assert told(used.by_statement) == {"(not told apart)": (4, 0, 1), "Query t/i": (2, 0, 1)}
    assert used.transactional_read_units == tally.transactional_read_units == 4
    assert used.read_units == tally.read_units == 6
    assert isinstance(Consumed().part(), Consumed)


def test_cost_is_exact(tmp_path: Path) -> None:
    """Money is a Decimal, whole whatever the caller's context rounds or forbids; prices can be the caller's own."""
    used = Capacity()
    for _ in range(3):
        used.count("Query", answer(0.5), None)
    used.count("PutItem", answer(123_456_789), None)
    expected = (Decimal("1.5") * Decimal("0.125") + Decimal(123_456_789) * Decimal("0.625")) / 1_000_000
    with localcontext() as context:
        context.prec = 3
        context.traps[Inexact] = True
        assert used.cost() == expected
        assert used.cost(Prices(read=Decimal(1), write=Decimal(2), dated="2026-01")) == Decimal("246.9135795")
        assert used.report().splitlines()[1].startswith(f"${expected.normalize(EXACT):f} (")
        used.to_html(tmp_path / "used.html")
        estimate = transact(*(put(Quota).values(user=f"u{number}", remaining=1) for number in range(17))).estimate()
        assert estimate.transactional_write_units == estimate.write_units == 34
        assert "98017 read units" in str(select(Quota).allow_scan().estimate(item_bytes=800, items=1_000_001))
    assert f"${expected.normalize():f}" in (tmp_path / "used.html").read_text().replace('0"', '"')
    assert ON_DEMAND.dated == "2024-11"
    assert "aws.amazon.com" in ON_DEMAND.source
