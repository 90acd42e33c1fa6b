"""Do the async engine and session do what the others do, and does a cancelled task leave nothing behind?"""

import asyncio
import contextlib
import gc
import socket
import threading
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import pytest

from dynexpr import (
    AsyncEngine,
    RetryPolicy,
    batch_get,
    create_async_engine,
    create_engine,
    delete,
    event,
    get,
    insert,
    select,
    transact,
    transact_get,
    update,
)
from dynexpr.errors import (
    ArgumentError,
    ConcurrentUse,
    ConditionFailed,
    DeadlineExceeded,
    EndpointUnreachable,
    ItemExists,
    NoResultFound,
    OutcomeUnknown,
    ResponseLost,
    StaleData,
    TransactionCancelled,
)
from dynexpr.orm import AsyncSession, async_run, async_sessionmaker
from dynexpr.statements.count import Count
from dynexpr.transports import aio
from dynexpr.transports.aio import AioTransport, AsyncChosenTransport
from tests.models import NOW, Base, Line, Payment, Quota
from tests.test_http import BROKEN, PUT, RIGHT, Kept, now_plus, raw, saying, serve, tls_server, together
from tests.test_transports import GET, ITEM, Reply, bare_machine, closing, free_port, silent

__all__ = ["bare_machine", "serve"]  # fixtures, for every test of this module

T = TypeVar("T")
Run = Callable[[Callable[[AsyncEngine], Coroutine[Any, Any, T]]], T]
Serve = Callable[..., Kept]

OLD: dict[str, Any] = {
    "id": "p1",
    "timestamp": NOW,
    "customer_id": "c1",
    "amount": Decimal(10),
    "tags": {"a"},
    "lines": [Line("x", 2)],
}
KEY = ("p1", NOW)


@pytest.fixture(params=["local", pytest.param("http", marks=pytest.mark.engine)])
def run(request: pytest.FixtureRequest) -> Run[Any]:
    """Runs a coroutine function with an engine whose tables are there and empty: the embedded one, and the real one."""
    url = "local://"
    if request.param == "http":
        url = f"dynamodb://us-east-1/?endpoint_url={request.getfixturevalue('dynamodb_local_endpoint')}"

    def runner(work: Callable[[AsyncEngine], Coroutine[Any, Any, T]]) -> T:
        async def main() -> T:
            prefix = f"t{uuid.uuid4().hex[:12]}-"
            async with create_async_engine(url, table_prefix=prefix, clock=lambda: NOW) as engine:
                await engine.create_all(Base.metadata)
                try:
                    return await work(engine)
                finally:
                    await engine.drop_all(Base.metadata)

        return asyncio.run(main(), debug=True)

    return runner


@asynccontextmanager
async def hasty(server: Kept, more: str = "") -> AsyncGenerator[AsyncEngine]:
    """An engine that tries once."""
    async with create_async_engine(server.url(more), retry=None) as engine:
        yield engine


def test_statements(run: Run[Any]) -> None:
    """Each kind of statement gives what it gives on the engine that waits."""

    async def work(engine: AsyncEngine) -> None:
        await engine.execute(insert(Payment).values(**OLD))
        row = (await engine.execute(get(Payment, KEY))).one()
        assert (row.amount, row.lines) == (Decimal(10), [Line("x", 2)])
        where = (Payment.id == "p1", Payment.timestamp == NOW)
        result = await engine.execute(
            update(Payment).where(*where).add(Payment.amount, Decimal(5)).returning("ALL_NEW")
        )
        assert result.returned is not None
        assert result.returned.amount == 15
        assert result.consumed.write_units > 0
        await engine.execute(
            transact(*(insert(Quota).values(user=f"u{number}", remaining=number) for number in range(5)))
        )
        batch = await engine.execute(batch_get((Quota, ["u1", "u2", "u9"])))
        assert [each.remaining for each in batch] == [1, 2]
        whole = await engine.execute(transact_get((Quota, "u3"), (Quota, "u9")))
        assert [None if each is None else each.remaining for each in whole] == [3, None]
        statement = select(Quota).allow_scan()
        assert sorted(each.remaining for each in await engine.execute(statement)) == [0, 1, 2, 3, 4]
        assert sorted([each.remaining async for each in engine.stream(statement.page_size(2))]) == [0, 1, 2, 3, 4]
        assert await engine.count(statement) == 5
        assert (await engine.execute(Count(statement))).one()[0] == 5
        page = await engine.page(statement, 3)
        rest = await engine.page(statement, 3, page.next_cursor)
        assert (len(page), len(rest), rest.next_cursor) == (3, 2, None)
        parallel = select(Quota).allow_scan().segments(3)
        assert len((await engine.execute(parallel)).all()) == 5
        deleted = await engine.execute(delete(Payment).where(*where))
        assert deleted.existed
        assert engine.consumed.requests > 10

    run(work)


def test_errors(run: Run[Any]) -> None:
    """They are the same classes, with the same things in them."""

    async def work(engine: AsyncEngine) -> None:
        await engine.execute(insert(Quota).values(user="u1", remaining=1))
        with pytest.raises(ItemExists) as exists:
            await engine.execute(insert(Quota).values(user="u1", remaining=2))
        assert exists.value.item == {"user": {"S": "u1"}, "remaining": {"N": "1"}}
        with pytest.raises(TransactionCancelled) as cancelled:
            await engine.execute(
                transact(
                    insert(Quota).values(user="u2", remaining=1),
                    update(Quota).where(Quota.user == "u1", Quota.remaining > 5).set(Quota.note, "x"),
                )
            )
        (failure,) = cancelled.value.failures
        assert (failure.index, type(failure.error)) == (1, ConditionFailed)

    run(work)


def test_session(run: Run[Any]) -> None:
    """Objects are added, read, changed, merged, refreshed and deleted as in the session that waits."""

    async def work(engine: AsyncEngine) -> None:
        sessions = async_sessionmaker(engine)
        async with sessions.begin() as session:
            session.add(Payment(**OLD))
            session.add_all(Quota(user=f"u{number}", remaining=number) for number in range(3))
            assert len(session.new) == 4
        async with sessions() as session:
            payment = await session.get_one(Payment, KEY)
            assert await session.get(Payment, KEY) is payment
            payment.lines.append(Line("y"))
            assert session.dirty == [payment]
            assert "UpdateItem" in str(session.preview())
            await session.commit()
            assert payment.version == 2
            quotas = await session.get_many(Quota, ["u2", "u9", "u0"], missing="none")
            assert [None if quota is None else quota.remaining for quota in quotas] == [2, None, 0]
            assert (await session.scalars(select(Payment).where(Payment.customer_id == "c1"))).all() == [payment]
            streamed = [each async for each in session.stream_scalars(select(Quota).allow_scan().page_size(1))]
            assert {each.user for each in streamed} == {"u0", "u1", "u2"}
            assert await session.scalar(select(Quota.remaining).where(Quota.user == "u2")) == 2
            assert await session.count(select(Quota).allow_scan()) == 3
            page = await session.page(select(Quota).allow_scan(), 2)
            assert len(page) == 2
            merged = await session.merge(Quota(user="u1", remaining=7))
            assert merged is await session.get(Quota, "u1")
            await session.execute(update(Quota).where(Quota.user == "u0").set(Quota.note, "seen"))
            assert quotas[0] is not None
            session.delete(quotas[0])
            session.require(payment, Payment.amount == 10)
            session.check(Quota, "u1", Quota.remaining >= 0)
            await session.commit()
            with pytest.raises(NoResultFound):
                await session.get_one(Quota, "nobody")
            rows = (await session.execute(select(Quota.user, Quota.remaining).where(Quota.user == "u1"))).all()
            assert [tuple(row) for row in rows] == [("u1", 7)]
            assert (await session.execute(get(Quota, "u0"))).one().note == "seen"
            assert await session.get(Quota, "u2") is None
            await session.refresh(payment)
            await session.refresh_all([payment])
            assert payment in session
            assert session.consumed.requests > 8
            other = sessions()
            theirs = await other.get_one(Payment, KEY)
            theirs.note = "first"
            await other.commit()
            payment.note = "second"
            with pytest.raises(StaleData):
                await session.commit()

    run(work)


def test_many_at_once(run: Run[Any]) -> None:
    """Hundreds of requests of one engine are on their way together, each answered by its own."""

    async def work(engine: AsyncEngine) -> None:
        for start in range(0, 200, 100):
            await engine.execute(
                transact(*(insert(Quota).values(user=f"u{n}", remaining=n) for n in range(start, start + 100)))
            )

        async def read(number: int) -> bool:
            async with AsyncSession(engine) as session:
                return (await session.get_one(Quota, f"u{number}")).remaining == number

        assert all(await asyncio.gather(*(read(number) for number in range(200))))

    run(work)


@pytest.mark.parametrize("reply", [reply for _, reply in RIGHT], ids=[name for name, _ in RIGHT])
def test_right_answers(reply: Reply, serve: Serve) -> None:
    """However an answer is put into bytes, it says the same."""

    async def main() -> None:
        async with hasty(serve(reply)) as engine:
            for _ in range(2):
                assert (await engine.execute(GET)).one().user == "u1"

    asyncio.run(main())


@pytest.mark.parametrize(("reply", "says"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_broken_answers(reply: Reply, says: str, serve: Serve) -> None:
    """An answer that is not whole or not certain is a lost one: asked for again by a read, doubt for a put."""

    async def main() -> None:
        server = serve(reply, reply, reply, saying())
        async with hasty(server) as engine:
            with pytest.raises(ResponseLost) as caught:
                await engine.execute(GET)
            assert says in str(caught.value)
            with pytest.raises(OutcomeUnknown):
                await engine.execute(PUT)
        async with create_async_engine(server.url(), retry=RetryPolicy(initial_delay=0)) as engine:
            assert (await engine.execute(GET)).one().remaining == 7

    asyncio.run(main())


def test_slow_answers(serve: Serve) -> None:
    """Silence ends at the read timeout, a trickle at the deadline of the statement."""

    async def main() -> None:
        started = time.monotonic()
        async with create_async_engine(serve(silent).url().replace("=2", "=0.2"), retry=None) as engine:
            with pytest.raises(ResponseLost, match="timed out"):
                await engine.execute(GET)
        server = serve(raw(b"HTTP/1.1 200 OK\r\nx: ", *[b"x"] * 60, pause=0.05))
        async with create_async_engine(server.url()) as engine:
            with pytest.raises(ResponseLost, match="timed out"):
                await engine.execute(GET.execution_options(deadline=0.3))
            with pytest.raises(DeadlineExceeded, match="was not sent"):
                await engine.execute(GET.execution_options(deadline=0.0, retry=None))
        assert time.monotonic() - started < 2

    asyncio.run(main())


@pytest.mark.parametrize("host", ["127.0.0.1", "a..b"])
def test_unreachable(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listening, or a name that nobody can have, is told as such."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")

    async def main() -> None:
        url = f"dynamodb://us-east-1/?endpoint_url=http://{host}:{free_port()}"
        async with create_async_engine(url, retry=None) as engine:
            with pytest.raises(EndpointUnreachable, match="is the endpoint right, and does it run"):
                await engine.execute(PUT)

    asyncio.run(main())


def test_requests_refused_at_the_same_time(serve: Serve) -> None:
    """Where one task has put the clock right, another one, refused for the same reason, is not told an error."""
    refuse = together("RequestTimeTooSkewed", now_plus(7_200))

    async def main() -> None:
        async with hasty(serve(refuse, refuse, saying())) as engine:
            found = await asyncio.gather(engine.execute(GET), engine.execute(GET))
        assert [each.one().remaining for each in found] == [7, 7]

    asyncio.run(main())


def test_tls(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates are verified; a connection is kept."""
    server = serve(saying(), tls=tls_server())

    async def refused() -> None:
        async with hasty(server) as engine:
            with pytest.raises(EndpointUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
                await engine.execute(PUT)

    async def accepted() -> None:
        async with hasty(server) as engine:
            for _ in range(2):
                await engine.execute(GET)

    asyncio.run(refused())
    monkeypatch.setenv("SSL_CERT_FILE", str(Path(__file__).parent / "loopback.pem"))
    before = server.connections
    asyncio.run(accepted())
    assert server.connections == before + 1


@pytest.mark.filterwarnings("ignore:.*unclosed", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_kept_connections(serve: Serve) -> None:
    """Requests share a connection; one that was dropped, or is of another loop, is not used."""
    server = serve(saying())
    engine = create_async_engine(server.url(), retry=None)

    async def two(*, drop: bool) -> None:
        await engine.execute(GET)
        if drop:
            server.drop()
            time.sleep(0.05)  # noqa: ASYNC251 - the loop must not hear of it
        await engine.execute(PUT)

    asyncio.run(two(drop=False))
    assert server.connections == 1
    asyncio.run(two(drop=True))
    assert server.connections == 3

    async def end() -> None:
        await engine.execute(GET)
        await engine.close()

    asyncio.run(end())
    gc.collect()  # what asyncio says of connections that outlive their loop is said now


def test_two_loops_share_no_connection(serve: Serve) -> None:
    """A connection of a loop in another thread would give its answer there, while this one waits."""
    other_began, other_ends = threading.Event(), threading.Event()

    def late(connection: socket.socket) -> None:
        other_began.set()
        other_ends.wait(10)
        saying()(connection)

    server = serve(late, saying())
    engine = create_async_engine(server.url(), retry=None)

    async def first() -> None:
        await engine.execute(GET)
        await asyncio.sleep(0.2)  # its connection lives

    async def second() -> None:
        await engine.execute(GET)
        other_ends.set()
        await asyncio.sleep(0.1)
        for _ in range(3):
            assert (await asyncio.wait_for(engine.execute(GET), 5)).one().remaining == 7
        await engine.close()

    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(asyncio.run, first())
        assert other_began.wait(10)
        asyncio.run(second())
        other.result()


def test_cancelled_request_leaves_no_connection(serve: Serve) -> None:
    """The answer to a cancelled request is never taken for the next one's."""

    def late(connection: Any) -> None:
        time.sleep(0.2)
        saying(b'{"Item":{"user":{"S":"late"},"remaining":{"N":"1"}}}')(connection)

    async def main() -> None:
        server = serve(saying(), late, saying())
        async with hasty(server) as engine:
            await engine.execute(GET)
            task = asyncio.create_task(engine.execute(GET))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await engine.execute(GET)).one().user == "u1"
            await asyncio.sleep(0.3)
            assert (await engine.execute(GET)).one().user == "u1"

    asyncio.run(main())


def test_cancelled_commit_is_in_doubt() -> None:
    """A commit that is cancelled may have been carried out: the next one sends the same bytes, and only those."""
    bodies: list[dict[str, Any]] = []

    async def main() -> None:
        async with create_async_engine("local://") as engine:
            await engine.create_all(Base.metadata)
            sends = engine.transport.send

            async def slowly(request: Any) -> dict[str, Any]:
                if request.operation.startswith("Describe"):
                    return await sends(request)
                bodies.append(request.params)
                answer = await sends(request)
                if len(bodies) == 1:
                    await asyncio.sleep(10)
                return answer

            engine.transport.send = slowly  # type: ignore[method-assign]
            async with AsyncSession(engine, exactly_once=True) as session:
                session.add(Quota(user="u1", remaining=1))
                task = asyncio.create_task(session.commit())
                await asyncio.sleep(0.05)
                with pytest.raises(ConcurrentUse):
                    await session.get(Quota, "u1")
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await session.commit()
                assert (await session.get_one(Quota, "u1")).remaining == 1

    asyncio.run(main())
    assert bodies[0] == bodies[1]
    assert bodies[0]["ClientRequestToken"]


def test_too_many_wait(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of requests at once the others wait, within their deadline."""
    monkeypatch.setattr(aio, "MOST", 2)

    def slow(connection: Any) -> None:
        time.sleep(0.2)
        saying()(connection)

    async def main() -> None:
        server = serve(slow)
        async with hasty(server) as engine:
            found = await asyncio.gather(*(engine.execute(GET) for _ in range(6)))
            assert [each.one().remaining for each in found] == [7] * 6
            assert server.connections <= 2
            hurried = GET.execution_options(deadline=0.05)
            outcomes = await asyncio.gather(
                engine.execute(GET), engine.execute(GET), engine.execute(hurried), return_exceptions=True
            )
            assert isinstance(outcomes[2], EndpointUnreachable)

    asyncio.run(main())


def test_boto3_in_threads(dynamodb_local_endpoint: str) -> None:
    """Where boto3 is asked for, or botocore is mocked, requests go through it."""

    async def main() -> None:
        url = f"dynamodb+boto3://us-east-1/?endpoint_url={dynamodb_local_endpoint}"
        async with create_async_engine(url, table_prefix=f"t{uuid.uuid4().hex[:12]}-") as engine:
            await engine.create_all(Base.metadata)
            await engine.execute(PUT)
            assert (await engine.execute(GET)).one().remaining == 1
            await engine.drop_all(Base.metadata)
        lean = f"dynamodb://us-east-1/?endpoint_url=http://127.0.0.1:{free_port()}"
        async with create_async_engine(lean, retry=None) as engine:
            with mock.patch("botocore.client.BaseClient._make_api_call", return_value=ITEM):
                assert (await engine.execute(GET)).one().remaining == 7
            with pytest.raises(EndpointUnreachable):
                await engine.execute(GET)
            assert isinstance(engine.transport, AsyncChosenTransport)
            assert isinstance(engine.transport._http, AioTransport)

    asyncio.run(main())


def test_events(serve: Serve) -> None:
    """Listeners hear of each attempt, failed and cancelled ones too."""
    seen: list[event.Exchange] = []

    async def main() -> None:
        async with create_async_engine(serve(closing, saying()).url(), retry=RetryPolicy(initial_delay=0)) as engine:
            event.listen(engine, "after_request", seen.append)
            await engine.execute(GET)

    asyncio.run(main())
    assert [(each.attempt, type(each.error)) for each in seen] == [(1, ResponseLost), (2, type(None))]


def test_same_names_as_the_engine_that_waits() -> None:
    """What one engine can do, the other can, with the same parameters."""
    import inspect

    with create_engine("local://") as sync:
        for name in (
            "execute",
            "select",
            "count",
            "page",
            "select_page",
            "write",
            "transact",
            "items",
            "send",
            "close",
        ):
            ours, theirs = (inspect.signature(getattr(kind, name)) for kind in (AsyncEngine, type(sync)))
            assert list(ours.parameters) == list(theirs.parameters), name


def test_begin_gathers_one_transaction(run: Run[None]) -> None:
    async def work(engine: AsyncEngine) -> None:
        sent: list[str] = []
        event.listen(engine, "before_request", lambda exchange: sent.append(exchange.operation))
        async with engine.begin() as tx:
            tx.execute(insert(Quota).values(user="u1", remaining=3))
            tx.execute(insert(Quota).values(user="u2", remaining=4))
            assert sent == []
        assert sent == ["TransactWriteItems"]
        assert tx.consumed.requests == 1
        with contextlib.suppress(ZeroDivisionError):
            async with engine.begin() as tx:
                tx.execute(delete(Quota).where(Quota.user == "u1"))
                raise ZeroDivisionError
        async with engine.begin():
            pass
        assert sent == ["TransactWriteItems"]
        found = await engine.execute(batch_get((Quota, ["u1", "u2"])))
        assert [row.remaining for row in found] == [3, 4]

    run(work)


def test_run_begins_again_where_somebody_was_faster(run: Run[None]) -> None:
    async def work(engine: AsyncEngine) -> None:
        make = async_sessionmaker(engine)
        async with make.begin() as session:
            session.add(Payment(**OLD))
        calls = 0

        async def pay(session: AsyncSession) -> int:
            nonlocal calls
            calls += 1
            payment = await session.get_one(Payment, KEY)
            if calls < 3:
                async with make.begin() as other:
                    (await other.get_one(Payment, KEY)).note = f"faster {calls}"
            payment.amount += 1
            return calls

        assert await async_run(make, pay) == 3
        async with make() as session:
            payment = await session.get_one(Payment, KEY)
            assert (payment.amount, payment.note) == (Decimal(11), "faster 2")
            calls = 0
        with pytest.raises(StaleData):
            await async_run(make, pay, attempts=2)
        with pytest.raises(ArgumentError, match="at least one attempt"):
            await async_run(make, pay, attempts=0)

    run(work)
