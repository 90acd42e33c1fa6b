"""Are parts of a large read handed out as they come, each item once, and no request sent that nobody waits for?"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Iterator
from typing import Any

import pytest

from dynexpr import create_async_engine, create_engine, select
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, ScanRequired, Throttled
from dynexpr.requests import Request
from dynexpr.transports.faults import Faults, FaultyTransport
from tests.models import NOW, Base, Payment, Quota
from tests.test_bulk_writes import PATIENT, Watched, payment, quota

SCAN = select(Quota).allow_scan()
USERS = [f"u{number:05}" for number in range(120)]


@pytest.fixture
def local() -> Iterator[Engine]:
    """An embedded engine with 120 quotas; `engine.transport` keeps what is sent."""
    with create_engine("local://", clock=lambda: NOW, retry=PATIENT) as made:
        Base.metadata.create_all(made)
        made.bulk_put(quota(number) for number in range(120))
        made.transport = Watched(made.transport)
        yield made


@pytest.mark.parametrize(
    "options", [{}, {"parallel": 1}, {"parallel": 3}, {"ordered": True}, {"ordered": True, "parallel": 2}]
)
@pytest.mark.parametrize("segments", [1, 5])
def test_every_item_once(engine: Engine, segments: int, options: Any) -> None:
    """However many segments, pages and requests there are."""
    engine.bulk_put(quota(number) for number in range(120))
    rows = list(engine.stream(SCAN.segments(segments).page_size(7), **options))
    assert sorted(row.user for row in rows) == USERS


@pytest.mark.parametrize("parallel", [1, 2, 6])
def test_in_order(engine: Engine, parallel: int) -> None:
    """In order, segments follow each other, as a scan of one would have them."""
    engine.bulk_put(quota(number) for number in range(60))
    statement = SCAN.segments(6).page_size(3)
    ordered = [row.user for row in engine.stream(statement, ordered=True, parallel=parallel)]
    one = [[row.user for row in engine.stream(statement, parallel=1)], ordered]
    assert one[0] == one[1]


def test_limit_filter_and_columns(engine: Engine) -> None:
    """limit() is for all segments together; what is read of the items is what was asked for."""
    engine.bulk_put(quota(number) for number in range(60))
    statement = select(Quota.remaining).where(Quota.remaining >= 20).allow_scan().segments(4).page_size(3)
    assert sorted(row.remaining for row in engine.stream(statement)) == list(range(20, 60))
    assert len(list(engine.stream(statement.limit(11)))) == 11
    assert list(engine.stream(select(Quota).where(Quota.remaining == 99).allow_scan().segments(3))) == []


def test_queries(engine: Engine) -> None:
    """The queries of an in_() are read at the same time; in order they are merged."""
    engine.bulk_put(
        [payment(id=f"p{number}", customer_id=f"c{number % 4}", status=f"s{number % 7}") for number in range(40)],
        unconditional=True,
    )
    statement = select(Payment).where(Payment.customer_id.in_(["c0", "c1", "c2"])).page_size(2)
    rows = list(engine.stream(statement))
    assert Counter(row.customer_id for row in rows) == {"c0": 10, "c1": 10, "c2": 10}
    merged = [row.status for row in engine.stream(statement.order_by(Payment.status), ordered=True)]
    assert merged == sorted(merged)
    assert len(merged) == 30


def test_as_they_come(local: Engine) -> None:
    """A segment that takes its time keeps no other waiting; in order it does, and little is held meanwhile."""
    gate = threading.Event()
    watched: Any = local.transport

    def slow(request: Request) -> None:
        if request.params.get("Segment") == 0:
            gate.wait(10)

    watched.meanwhile = slow
    segments = 4
    stream = local.stream(SCAN.segments(segments).page_size(5), parallel=3)
    first = [next(stream) for _ in range(40)]
    gate.set()
    assert len(first) + len(list(stream)) == 120
    gate.clear()
    watched.sent.clear()
    taken: list[Any] = []
    ordered = local.stream(SCAN.segments(segments).page_size(5), parallel=3, ordered=True)
    reader = threading.Thread(target=lambda: taken.extend(ordered))
    reader.start()
    while len(watched.sent) < 3:
        time.sleep(0.001)
    time.sleep(0.02)
    assert len(watched.sent) == 3  # one page of each of three segments, of which two wait for their turn
    assert taken == []
    gate.set()
    reader.join(10)
    assert len(taken) == 120


def test_leaving_it_ends_the_requests(local: Engine) -> None:
    """After the iterator is closed nothing is sent, and no thread is left."""
    watched: Any = local.transport
    stream = local.stream(SCAN.segments(8).page_size(1), parallel=4)
    assert isinstance(stream, Generator)
    for _ in range(10):
        next(stream)
    stream.close()
    sent = len(watched.sent)
    assert sent <= 10 + 8 * 2
    time.sleep(0.02)
    assert len(watched.sent) == sent
    assert not [each for each in threading.enumerate() if each.name.startswith("dynexpr crew")]


def test_no_more_is_read_than_is_taken(local: Engine) -> None:
    """While nobody takes anything a page of each of *parallel* segments is read; a thousand segments change nothing."""
    watched: Any = local.transport
    stream = local.stream(SCAN.segments(3).page_size(5), parallel=2)
    for _ in range(6):
        next(stream)
    patience = time.monotonic() + 10
    while len(watched.sent) < 4 and time.monotonic() < patience:
        time.sleep(0.001)
    time.sleep(0.02)
    assert len(watched.sent) == 4  # two pages were taken
    assert len(list(stream)) == 114
    assert len(list(local.stream(SCAN.segments(1000), parallel=3))) == 120
    watched.most = 0
    assert len(local.execute(SCAN.segments(1000)).all()) == 120
    assert watched.most <= 8


def test_nothing_is_sent_before_it_is_asked_for(local: Engine) -> None:
    """What is wrong is raised by the call; the first request is sent by the first next()."""
    with pytest.raises(ScanRequired):
        local.stream(select(Quota))
    with pytest.raises(ArgumentError, match="parallel is a whole number"):
        local.stream(SCAN, parallel=0)
    with pytest.raises(ArgumentError, match="estimate=True"):
        local.stream(SCAN, estimate=True)
    stream = local.stream(SCAN.segments(2))
    assert local.transport.sent == []  # type: ignore[attr-defined]
    next(stream)
    assert {request.operation for request in local.transport.sent} == {"Scan"}  # type: ignore[attr-defined]


def test_progress(local: Engine) -> None:
    """Items read, wanted or not; how many there are is asked for only when it is wanted."""
    seen: list[tuple[int, int | None]] = []

    def tell(done: int, total: int | None) -> None:
        seen.append((done, total))

    statement = select(Quota).where(Quota.remaining < 10).allow_scan().segments(3).page_size(10)
    assert len(list(local.stream(statement, on_progress=tell))) == 10
    assert seen[-1:] == [(120, None)]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert not [request for request in local.transport.sent if request.operation != "Scan"]  # type: ignore[attr-defined]
    for each in (statement, SCAN):
        list(local.stream(each, on_progress=tell, estimate=True))
        last: tuple[int, int | None] = seen[-1]
        assert last == (120, 120)


def test_budget_and_retry_until(local: Engine) -> None:
    """What is for the whole of a read holds for it."""
    assert len(list(local.stream(SCAN.segments(4).page_size(5).budget(items=20)))) == 20
    tries: list[int] = []

    def enough(result: Any) -> bool:
        tries.append(len(result.all()))
        return len(tries) == 2

    assert len(list(local.stream(SCAN.segments(2).retry_until(enough, PATIENT)))) == 120
    assert tries == [120, 120]


def test_faults(local: Engine) -> None:
    """Throttles and lost answers lose and double nothing; when patience ends, the error comes out."""
    local.transport = FaultyTransport(local.transport, Faults(seed=3, throttle=0.3, lost=0.2))
    assert sorted(row.user for row in local.stream(SCAN.segments(6).page_size(3))) == USERS
    local.transport = FaultyTransport(local.transport, Faults(throttle=1))
    with pytest.raises(Throttled):
        list(local.stream(SCAN.segments(3).execution_options(retry=None)))


def test_async() -> None:
    """The same, awaited; breaking off ends the tasks."""

    async def main() -> None:
        async with create_async_engine("local://", clock=lambda: NOW, retry=PATIENT) as engine:
            await engine.create_all(Base.metadata)
            await engine.bulk_put(quota(number) for number in range(120))
            several: list[Any] = [{}, {"parallel": 2}, {"ordered": True}]
            for options in several:
                found = [row.user async for row in engine.stream(SCAN.segments(5).page_size(7), **options)]
                assert sorted(found) == USERS
            stream = engine.stream(SCAN.segments(5).page_size(1))
            assert isinstance(stream, AsyncGenerator)
            await anext(stream)
            await stream.aclose()
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(main(), debug=True)
