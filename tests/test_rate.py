"""Do requests keep to so many units a second, however many there are, and slow down when DynamoDB asks for it?"""

import asyncio
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from dynexpr import batch_get, create_async_engine, create_engine, driving, get, rate, select
from dynexpr.capacity import Answer
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, ConditionFailed, Throttled
from dynexpr.rate import Bucket, RateLimit
from dynexpr.requests import Request
from dynexpr.transports.faults import Faults, FaultyTransport
from tests.models import NOW, Base, Quota
from tests.test_bulk_writes import PATIENT, quota

QUERY = Request("Query", {"TableName": "t"})
PUT = Request("PutItem", {"TableName": "t"})


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """The time."""
        return self.now

    __call__ = monotonic

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def answer(units: float) -> dict[str, Any]:
    """What an answer says it consumed."""
    return {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": units}}


def send(limit: RateLimit, clock: Clock, request: Request, units: float | Exception) -> None:
    """One request, in its turn."""
    turn = limit.begin(request)
    assert turn is not None
    clock.sleep(turn.seconds)
    if isinstance(units, Exception):
        turn.failed(units)
    else:
        turn.answered(Answer(turn.operation, answer(units)), answer(units))


@given(
    st.lists(st.tuples(st.sampled_from([0.5, 1, 8, 128]), st.floats(0, 3)), min_size=1, max_size=80),
    st.sampled_from([0.5, 10, 1000]),
)
def test_no_more_than_the_rate(requests: list[tuple[float, float]], units_a_second: float) -> None:
    """Over any time no more is consumed than a second's worth, the rate, and the last request, however they come."""
    clock = Clock()
    limit = RateLimit(read_units=units_a_second, clock=clock)
    began, before = clock.now, 0.0
    for units, idle in requests:
        clock.sleep(idle)
        turn = limit.begin(QUERY)
        assert turn is not None
        clock.sleep(turn.seconds)
        assert before <= units_a_second * (clock.now - began + 1) * (1 + 1e-9) + 1e-6
        turn.answered(Answer(turn.operation, answer(units)), answer(units))
        before += units


def test_the_rate_is_used() -> None:
    """Work that has to wait consumes what it may: nothing is lost between requests."""
    clock = Clock()
    limit = RateLimit(read_units=10, clock=clock)
    began = clock.now
    for _ in range(1000):
        send(limit, clock, QUERY, 2.5)
    assert (2500 - 10) / 10 - 1 <= clock.now - began <= 2500 / 10
    assert limit.waited == pytest.approx(clock.now - began)


def test_many_at_the_same_time() -> None:
    """Requests that begin before any is answered take what their like took before; turns do not overlap."""
    clock = Clock()
    limit = RateLimit(write_units=10, clock=clock)
    for _ in range(12):
        send(limit, clock, PUT, 4)
    turns = [limit.begin(PUT) for _ in range(20)]
    seconds = [turn.seconds for turn in turns if turn is not None]
    assert len(seconds) == 20
    assert all(after - before == pytest.approx(0.4, rel=0.05) for before, after in pairwise(seconds[5:]))


def test_batches_are_taken_by_the_item() -> None:
    """What a batch of ten consumed says what one of twenty will."""
    clock = Clock()
    limit = RateLimit(write_units=100, clock=clock)

    def batch(count: int) -> Request:
        return Request("BatchWriteItem", {"RequestItems": {"t": [{}] * count}})

    send(limit, clock, batch(10), 30)
    turn = limit.begin(batch(20))
    assert turn is not None
    assert turn.taken == (0, 60)


def test_reads_and_writes_are_apart() -> None:
    """A limit of reads holds no write back; nothing is asked of what consumes nothing."""
    clock = Clock()
    limit = RateLimit(read_units=1, clock=clock)
    send(limit, clock, QUERY, 100)
    for _ in range(50):
        send(limit, clock, PUT, 5)
    assert clock.now == 100
    assert limit.begin(Request("DescribeTable", {"TableName": "t"})) is None
    turn = limit.begin(QUERY)
    assert turn is not None
    assert turn.seconds == pytest.approx(99)


def test_throttles_halve_the_pace_and_it_recovers() -> None:
    """Throttled together counts once; what was throttled consumed nothing; the pace comes back, not above the rate."""
    clock = Clock()
    limit = RateLimit(read_units=100, clock=clock)
    for _ in range(5):
        send(limit, clock, QUERY, Throttled("too fast"))
    assert limit.pace == (50, None)
    clock.sleep(0.6)
    send(limit, clock, QUERY, Throttled("too fast"))
    first = limit.pace[0]
    assert first is not None
    assert 25 <= first < 30
    clock.sleep(4)
    later = limit.pace[0]
    assert later is not None
    assert first + 15 <= later <= first + 21
    clock.sleep(60)
    assert limit.pace == (100, None)
    for _ in range(200):
        clock.sleep(0.5)
        send(limit, clock, QUERY, Throttled("too fast"))
    slowest = limit.pace[0]
    assert slowest is not None
    assert slowest >= 100 / 64


def test_unprocessed_items_are_a_throttle() -> None:
    """A batch that was carried out in part says that it is too much."""
    clock = Clock()
    limit = RateLimit(write_units=100, clock=clock)
    turn = limit.begin(Request("BatchWriteItem", {"RequestItems": {"t": [{}] * 2}}))
    assert turn is not None
    cut = {"ConsumedCapacity": [{"TableName": "t", "CapacityUnits": 1.0}], "UnprocessedItems": {"t": [{}]}}
    turn.answered(Answer("BatchWriteItem", cut), cut)
    assert limit.pace == (None, 50)


def test_other_failures_change_no_pace() -> None:
    """A false condition is billed: what was taken stays taken."""
    clock = Clock()
    limit = RateLimit(write_units=1, clock=clock)
    send(limit, clock, PUT, ConditionFailed("no"))
    send(limit, clock, PUT, ConditionFailed("no"))
    turn = limit.begin(PUT)
    assert turn is not None
    assert turn.seconds == pytest.approx(1)
    assert limit.pace == (None, 1)


def test_clock_that_goes_back() -> None:
    """A clock that jumps back gives nothing and takes nothing."""
    bucket = Bucket(10, 100.0)
    bucket.take(10, 100.0)
    bucket.fill(50.0)
    assert bucket.level == 0
    bucket.fill(100.5)
    assert bucket.level == 5


def test_deadline() -> None:
    """A turn after the deadline is not waited for, and takes nothing from others."""
    clock = Clock()
    limit = RateLimit(read_units=1, clock=clock)
    send(limit, clock, QUERY, 11)
    with pytest.raises(Throttled, match="10 seconds"):
        limit.begin(Request("Query", {"TableName": "t"}, clock.now + 5))
    turn = limit.begin(QUERY)
    assert turn is not None
    assert turn.seconds == pytest.approx(10)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "wants read_units=, write_units=, or both"),
        ({"read_units": 0}, "above 0, not 0"),
        ({"write_units": -1}, "above 0"),
        ({"read_units": True}, "above 0"),
        ({"read_units": float("nan")}, "above 0"),
        ({"write_units": float("inf")}, "above 0"),
    ],
)
def test_refused(options: dict[str, Any], words: str) -> None:
    """A rate is a number of units above 0."""
    with create_engine("local://") as engine, pytest.raises(ArgumentError, match=words):
        engine.rate_limit(**options)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of engines, which passes by sleeping."""
    clock = Clock()
    monkeypatch.setattr(driving, "time", clock)
    make = rate.RateLimit

    def limited(*args: Any, **options: Any) -> RateLimit:
        return make(*args, **options, clock=clock)

    monkeypatch.setattr(rate, "RateLimit", limited)
    return clock


def filled(setting: Callable[[Engine], object] = lambda _engine: None) -> Engine:
    """An engine with 200 quotas."""
    engine = create_engine("local://", clock=lambda: NOW, retry=PATIENT)
    Base.metadata.create_all(engine)
    engine.bulk_put(quota(number) for number in range(200))
    setting(engine)
    return engine


def test_an_engine_keeps_to_it(clock: Clock) -> None:
    """All its requests wait for their turn, until the limit is lifted."""
    with filled() as engine:
        began = clock.now
        with engine.rate_limit(read_units=10) as limit:
            for number in range(100):
                engine.execute(get(Quota, f"u{number:05}"))
            assert clock.now - began == pytest.approx((50 - 10) / 10, abs=0.2)
            assert repr(limit) == "<rate limit: read_units=10.0, write_units=None a second>"
        ended = clock.now
        engine.execute(batch_get((Quota, [f"u{number:05}" for number in range(200)])))
        assert (clock.now, engine.limit) == (ended, None)


def test_throttled_requests_slow_an_engine_down(clock: Clock) -> None:
    """What it learns from faults holds for the requests that follow."""
    with filled() as engine:
        limit = engine.rate_limit(write_units=1000)
        engine.transport = FaultyTransport(engine.transport, Faults(script=["throttle"]))
        engine.bulk_put([quota(1)])
        pace = limit.pace[1]
        assert pace is not None
        assert 500 <= pace < 1000
        assert clock.now < 102


def test_threads_share_it() -> None:
    """Eight threads together keep to the rate of one engine."""
    from time import monotonic

    with filled() as engine:
        limit = engine.rate_limit(read_units=200)
        began = monotonic()

        def read() -> None:
            for number in range(60):
                engine.execute(get(Quota, f"u{number:05}").consistent_read())

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert monotonic() - began > (480 - 200) / 200 - 0.1  # what it may not be faster than
        assert limit.waited > 0


def test_parallel_work_and_tasks_keep_to_it() -> None:
    """So do the parts of a scan, and the tasks of an event loop."""
    from time import monotonic

    with filled() as engine:
        engine.rate_limit(read_units=10)
        began = monotonic()
        statement = select(Quota).allow_scan().segments(4).page_size(10).consistent_read()
        assert len(engine.execute(statement).all()) == 200
        assert engine.consumed.read_units >= 20
        assert monotonic() - began > (float(engine.consumed.read_units) - 10 - 4) / 10 - 0.1

    async def main() -> float:
        async with create_async_engine("local://", clock=lambda: NOW) as engine:
            await engine.create_all(Base.metadata)
            await engine.bulk_put(quota(number) for number in range(30))
            began = monotonic()
            with engine.rate_limit(read_units=20):
                await asyncio.gather(*(engine.execute(get(Quota, f"u{n:05}").consistent_read()) for n in range(30)))
            return monotonic() - began

    assert asyncio.run(main()) > (30 - 20) / 20 - 0.1


def test_nested_limits_and_lifting() -> None:
    """The last one that was not lifted is in force, in whatever order they are lifted."""
    with create_engine("local://") as engine:
        outer = engine.rate_limit(read_units=10)
        with engine.rate_limit(write_units=20) as inner:
            assert engine.limit is inner
            assert inner.pace == (None, 20)
            outer.lift()
            assert engine.limit is inner
        assert engine.limit is None  # the one that was lifted does not come back
        outer.lift()
        first, second = engine.rate_limit(read_units=1), engine.rate_limit(read_units=2)
        second.lift()
        assert engine.limit is first
