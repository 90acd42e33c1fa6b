"""Ten thousand items in and out while one request in three goes wrong: nothing lost, nothing doubled, totals right."""

import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dynexpr import RetryPolicy, batch_get, create_engine, delete, driving, flows, select, update
from dynexpr.engine import Engine
from dynexpr.errors import Throttled
from dynexpr.orm import Session
from dynexpr.transports.faults import Faults, FaultyTransport
from tests.models import NOW, Base, Quota
from tests.test_bulk_writes import quota

if TYPE_CHECKING:
    from dynexpr.bulk.outcomes import Outcome

POLICY = RetryPolicy(max_attempts=50, initial_delay=0.0005, max_delay=0.01, deadline=None)
COUNTS = [1_000, pytest.param(10_000, marks=pytest.mark.ci)]


class Told:
    """What callbacks were told."""

    def __init__(self) -> None:
        self.progress: list[tuple[int, int | None]] = []
        self.outcomes: Counter[Any] = Counter()
        self.threads: set[str] = set()

    def on_progress(self, done: int, total: int | None) -> None:
        """Keep how far it is."""
        self.progress.append((done, total))
        self.threads.add(threading.current_thread().name)

    def on_outcome(self, outcome: "Outcome") -> None:
        """Keep what came of an item."""
        assert outcome.ok, outcome
        self.outcomes[outcome.key] += 1

    def check(self, total: int) -> None:
        """Progress goes up to the total, in one thread."""
        assert self.progress[-1] == (total, total)
        assert [done for done, _ in self.progress] == sorted(done for done, _ in self.progress)
        assert self.threads == {threading.current_thread().name}


@pytest.fixture
def misbehaving() -> Iterator[Engine]:
    """An engine that leaves unprocessed, throttles and loses answers of whatever may be sent again."""
    with create_engine("local://", clock=lambda: NOW, retry=POLICY) as made:
        Base.metadata.create_all(made)
        faults = Faults(
            seed=11,
            unprocessed=0.2,
            throttle=0.05,
            lost=0.05,
            operations=["BatchWriteItem", "BatchGetItem", "Scan", "Query"],
        )
        made.transport = FaultyTransport(made.transport, faults)
        yield made
        assert {fault for _, fault in faults.happened} == {"unprocessed", "throttle", "lost"}


@pytest.mark.parametrize("count", COUNTS)
def test_in_and_out(misbehaving: Engine, count: int) -> None:
    """Everything that was put is read back by key and by scan, once each; what is deleted is gone."""
    engine = misbehaving
    users = [f"u{number:05}" for number in range(count)]
    told = Told()
    result = engine.bulk_put(
        [quota(number) for number in range(count)], on_progress=told.on_progress, on_outcome=told.on_outcome
    )
    assert (result.written, result.failures, result.replaced) == (count, 0, 0)
    assert told.outcomes == Counter(users)
    told.check(count)

    told = Told()
    with Session(engine) as session:
        found = session.get_many(Quota, [*users, *users[:50]], parallel=4, on_progress=told.on_progress)
        assert [(each.user, each.remaining) for each in found[:count]] == list(zip(users, range(count), strict=True))
        assert found[count:] == found[:50]
    told.check(count)

    rows = engine.execute(batch_get((Quota, users), chunk_size=37, columns=[Quota.remaining])).all()
    assert [row.remaining for row in rows] == list(range(count))

    told = Told()
    statement = select(Quota).allow_scan().segments(7).page_size(100)
    scanned = Counter(row.user for row in engine.stream(statement, on_progress=told.on_progress, estimate=True))
    assert scanned == Counter(users)
    told.check(count)

    assert engine.bulk_delete(Quota, users[: count // 2]).deleted == count // 2
    assert sorted(row.user for row in engine.stream(statement)) == users[count // 2 :]


@pytest.mark.parametrize("count", COUNTS)
def test_each_changed_once(count: int) -> None:
    """A bulk update under throttles and conflicts adds once to each item, as the outcomes say."""
    with create_engine("local://", clock=lambda: NOW, retry=POLICY) as engine:
        Base.metadata.create_all(engine)
        engine.bulk_put(quota(number) for number in range(count))
        faults = Faults(seed=12, throttle=0.1, conflict=0.05, operations=["UpdateItem", "DeleteItem", "Scan"])
        engine.transport = FaultyTransport(engine.transport, faults)
        half = update(Quota).where(Quota.remaining >= count // 2).add(Quota.remaining, 1_000_000)
        told = Told()
        result = engine.execute(half.bulk(allow_scan=True, segments=3, page_size=200, on_progress=told.on_progress))
        assert (result.matched, result.written, result.skipped, result.failures) == (count // 2, count // 2, 0, 0)
        told.check(count // 2)
        left = {row.user: row.remaining for row in engine.stream(select(Quota).allow_scan())}
        assert left == {f"u{n:05}": n if n < count // 2 else n + 1_000_000 for n in range(count)}
        gone = engine.execute(delete(Quota).where(Quota.remaining >= 1_000_000).bulk(allow_scan=True))
        assert gone.written == count // 2
        assert engine.count(select(Quota).allow_scan()) == count // 2


class Clock:
    """Time that passes by sleeping."""

    def __init__(self) -> None:
        self.now = 50.0

    def monotonic(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it pass."""
        self.now += seconds


@pytest.mark.parametrize("limit", ["deadline", "policy"])
def test_deadline_is_kept(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """No pause goes beyond the deadline: of the policy for each request, or of the call for all of it."""
    clock = Clock()
    monkeypatch.setattr(flows, "time", clock)
    monkeypatch.setattr(driving, "time", clock)
    policy = RetryPolicy(max_attempts=1000, initial_delay=0.3, max_delay=2.0, deadline=10.0)
    with create_engine("local://", retry=policy) as engine:
        Base.metadata.create_all(engine)
        engine.transport = FaultyTransport(engine.transport, Faults(throttle=1))
        failed: list[Exception] = []
        options: Any = {"deadline": 10.0} if limit == "deadline" else {}
        result = engine.bulk_put(
            (quota(number) for number in range(60)),
            parallel=1,
            on_error=lambda _items, error: failed.append(error),
            **options,
        )
        assert result.failures == 60
        assert isinstance(failed[0], Throttled)
        assert 8 <= clock.now - 50 <= 10 * (1 if limit == "deadline" else 3)
        began = clock.now
        with pytest.raises(Throttled):
            engine.execute(batch_get((Quota, ["a", "b"]), **options))
        assert clock.now - began <= 10


def memory() -> int:
    """The bytes this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("ordered", [False, True])
def test_memory_of_a_large_scan(tmp_path: Path, ordered: bool) -> None:
    """A parallel scan of 200,000 items stays within 30 MB of the memory it started with."""
    with create_engine(f"local:///{tmp_path}/large.db", retry=None) as engine:
        Base.metadata.create_all(engine)
        note = "some text that makes the item about as large as most are, " * 3
        engine.bulk_put(
            (Quota(user=f"u{number:06}", remaining=number, note=note) for number in range(200_000)), parallel=1
        )
        statement = select(Quota).allow_scan().segments(8)
        for _ in zip(range(5_000), engine.stream(statement), strict=False):
            pass  # what is loaded once is loaded
        started = most = memory()
        done = threading.Event()

        def watch() -> None:
            nonlocal most
            while not done.is_set():
                most = max(most, memory())
                time.sleep(0.002)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            total = sum(1 for _ in engine.stream(statement, parallel=4, ordered=ordered))
        finally:
            done.set()
            watcher.join()
        assert total == 200_000
        grown = (most - started) / 1024**2
        print(f"grown by {grown:.1f} MB")
        assert grown < 30
