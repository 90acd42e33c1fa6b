"""`create_async_engine` and what it makes: the same statements, flows, results and errors, awaited."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Never, Self, TypeVar, Unpack, overload

from dynexpr.awaiting import AsyncDriver
from dynexpr.capacity import Consumed, Tally
from dynexpr.core import Gathered
from dynexpr.engine import create_engine
from dynexpr.flows import sent
from dynexpr.requests import Request, new_token, raw_request
from dynexpr.statements.base import Statement
from dynexpr.wire import Item

if TYPE_CHECKING:
    from dynexpr.bulk.many import StatementOutcome
    from dynexpr.bulk.outcomes import BulkResult
    from dynexpr.bulk.sweeping import SweepResult
    from dynexpr.bulk.writer import AsyncBulkWriter
    from dynexpr.executing import Maker, Selection
    from dynexpr.results import Page, Result, Row, RowResult, WriteResult
    from dynexpr.statements.batch import BatchWrite, StreamOptions, WriteOptions
    from dynexpr.statements.callbacks import Progress
    from dynexpr.statements.count import Count
    from dynexpr.statements.get import BatchGet, Get, Target, TransactGet
    from dynexpr.statements.parameters import Given
    from dynexpr.statements.select import Select
    from dynexpr.statements.sweep import Sweep
    from dynexpr.statements.transaction import Transact
    from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement
    from dynexpr.writes import Write

R = TypeVar("R")


class AsyncEngine(AsyncDriver):
    """Executes statements on one DynamoDB, in an event loop. Made by `create_async_engine`.

    Any number of tasks of one loop share it.
    """

    @overload
    async def execute(self, statement: "Select[R]", parameters: "Given" = None) -> "RowResult[R]": ...
    @overload
    async def execute(
        self, statement: "Get[Any] | BatchGet | TransactGet | Count", parameters: "Given" = None
    ) -> "RowResult[Any]": ...
    @overload
    async def execute(
        self,
        statement: "Insert[Any] | Put[Any] | UpdateStatement[Any] | Delete[Any] | Check[Any] | Transact",
        parameters: "Given" = None,
    ) -> "WriteResult": ...
    @overload
    async def execute(self, statement: "BatchWrite", parameters: None = None) -> "BulkResult": ...
    @overload
    async def execute(self, statement: "Sweep", parameters: None = None) -> "SweepResult": ...

    async def execute(self, statement: Any, parameters: "Given" = None) -> Any:
        """Execute a statement; reads give rows, all of them read, writes what they returned."""
        from dynexpr.executing import executed, rows
        from dynexpr.results import RowResult
        from dynexpr.statements.parameters import bind
        from dynexpr.statements.select import Select

        if isinstance(statement, Select):
            if parameters is not None:
                statement = bind(statement, parameters)
            return await self.select(statement, rows(statement), kind=RowResult)
        consumed = Consumed()
        return await self.run(executed(self, statement, parameters, consumed), consumed)

    async def stream(
        self, statement: "Select[Any]", parameters: "Given" = None, **options: "Unpack[StreamOptions]"
    ) -> "AsyncIterator[Row]":
        """The rows of a select as they come: `async for row in engine.stream(select(Payment))`; see `Engine.stream`."""
        from dynexpr.executing import rows
        from dynexpr.statements.parameters import bind

        if parameters is not None:
            statement = bind(statement, parameters)
        stream = self.stream_select(statement, rows(statement), **options)
        try:
            async for row in stream:
                yield row
        finally:
            await stream.aclose()

    async def select(
        self,
        statement: "Select[Any]",
        make: "Maker[R]",
        *,
        kind: "type[Result[R]] | None" = None,
        also: Consumed | None = None,
    ) -> "Result[R]":
        """The result of a select, read to its end, each item made into something else."""
        from dynexpr.results import Result

        kind = Result if kind is None else kind
        selection = self._selection(statement, make, kind, also)
        found: list[R] = []
        async for page in self._pages(selection):
            found += page
        return kind(iter([found]), selection.consumed, stopped=lambda: selection.stopped)

    async def stream_select(
        self,
        statement: "Select[Any]",
        make: "Maker[R]",
        *,
        also: Consumed | None = None,
        **options: "Unpack[StreamOptions]",
    ) -> AsyncGenerator[R]:
        """What a select finds as it comes, each item made into something else."""
        from dynexpr.bulk.streaming import Streaming

        streaming = Streaming(self, statement, make, Consumed() if also is None else Tally(also), options)
        crew = self.crew(streaming.consumed) if streaming.crewed else None
        try:
            while (page := await self.run(streaming.next_page(), streaming.consumed, crew=crew)) is not None:
                for each in page:
                    yield each
        finally:
            if crew is not None:
                await crew.close()

    def _selection(
        self, statement: "Select[Any]", make: "Maker[R]", kind: "type[Result[R]]", also: Consumed | None
    ) -> "Selection[R]":
        from dynexpr.executing import Selection

        return Selection(self, statement, make, kind, Consumed() if also is None else Tally(also))

    async def _pages(self, selection: "Selection[R]") -> AsyncIterator[list[R]]:
        if selection.waits:
            yield await self.run(selection.settled(), selection.consumed)
            return
        while (page := await self.run(selection.next_page(), selection.consumed)) is not None:
            yield page

    async def count(self, statement: "Select[Any]", parameters: "Given" = None, *, also: Consumed | None = None) -> int:
        """How many items a select finds; see `Engine.count`."""
        from dynexpr.executing import count

        return await self.run(count(self, statement, parameters), Consumed() if also is None else Tally(also))

    async def page(
        self,
        statement: "Select[R]",
        size: int,
        cursor: str | None = None,
        *,
        parameters: "Given" = None,
        max_age: float | None = None,
    ) -> "Page[R]":
        """One page of so many rows; see `Engine.page`."""
        from dynexpr.executing import rows
        from dynexpr.statements.parameters import bind

        if parameters is not None:
            statement = bind(statement, parameters)
        make: Any = rows(statement)  # its rows are typed by the statement
        return await self.select_page(statement, make, size, cursor, max_age=max_age)

    async def select_page(
        self,
        statement: "Select[Any]",
        make: "Maker[R]",
        size: int,
        cursor: str | None,
        *,
        max_age: float | None = None,
        also: Consumed | None = None,
    ) -> "Page[R]":
        """One page of a select, each item made into something else."""
        from dynexpr.executing import page

        consumed = Consumed() if also is None else Tally(also)
        return await self.run(page(self, statement, make, size, cursor, max_age, consumed), consumed)

    async def write(self, write: "Write", statement: Statement | None = None) -> tuple[dict[str, Any], Consumed]:
        """Send a single write."""
        from dynexpr import executing

        consumed = Consumed()
        return await self.run(executing.write(self, write, statement), consumed), consumed

    async def transact(self, writes: "Sequence[Write]", token: str, statement: Statement | None = None) -> Consumed:
        """Send several writes as one transaction."""
        from dynexpr import executing

        consumed = Consumed()
        await self.run(executing.transact(self, writes, token, statement), consumed)
        return consumed

    async def items(
        self, targets: "Sequence[Target]", statement: Statement | None = None, *, consistent: bool | None = None
    ) -> tuple[list[Item | None], Consumed]:
        """The items of some keys by BatchGetItem, in the order of the keys; None for a missing one."""
        from dynexpr import executing

        consumed = Consumed()
        return await self.run(executing.items(self, targets, statement, consistent=consistent), consumed), consumed

    async def send(self, operation: str, *given: Never, **params: Any) -> dict[str, Any]:
        """Send any operation as it is: the parameters, by their names, and the answer of boto3's client."""
        return await self.run(sent(raw_request(operation, given, params), self.deadline(None)), Consumed())

    def begin(self) -> "AsyncTransaction":
        """`async with engine.begin() as tx:` gathers statements (`tx.execute(...)`, not awaited: nothing is sent) and
        sends them as ONE transaction at the end of the block.

        Nothing is sent when the block raises, or when it gathered nothing.
        """
        return AsyncTransaction(self)

    async def bulk_put(
        self, subjects: "Iterable[Any] | AsyncIterable[Any]", **options: "Unpack[WriteOptions]"
    ) -> "BulkResult":
        """Write any number of objects, out of an async generator too; see `Engine.bulk_put`."""
        from dynexpr.bulk.statements import bulk_put
        from dynexpr.statements.batch import write_batching

        batch = write_batching("bulk_put", options)
        if isinstance(subjects, AsyncIterable):
            from dynexpr.bulk.writer import put_all

            return await put_all(self, batch, subjects)
        consumed = Consumed()
        return await self.run(bulk_put(self, batch, subjects, consumed), consumed)

    async def bulk_delete(
        self, entity: Any, keys: "Iterable[object] | AsyncIterable[object]", **options: "Unpack[WriteOptions]"
    ) -> "BulkResult":
        """Delete the items of any number of keys, out of an async generator too; see `Engine.bulk_delete`."""
        from dynexpr.bulk.statements import bulk_delete
        from dynexpr.statements.batch import write_batching

        batch = write_batching("bulk_delete", options)
        if isinstance(keys, AsyncIterable):
            from dynexpr.bulk.writer import delete_all

            return await delete_all(self, batch, entity, keys)
        consumed = Consumed()
        return await self.run(bulk_delete(self, batch, entity, keys, consumed), consumed)

    async def execute_many(
        self, statements: "Iterable[Any]", *, parallel: int = 8, on_progress: "Progress | None" = None
    ) -> "list[StatementOutcome]":
        """Single writes, so many of them at the same time; see `Engine.execute_many`."""
        from dynexpr.bulk.many import execute_many

        return await self.run(execute_many(self, statements, parallel, on_progress), Consumed())

    def bulk(self, **options: "Unpack[WriteOptions]") -> "AsyncBulkWriter":
        """`async with engine.bulk() as writer: await writer.put(...)`; see `Engine.bulk`."""
        from dynexpr.bulk.writer import AsyncBulkWriter
        from dynexpr.statements.batch import write_batching

        return AsyncBulkWriter(self, write_batching("bulk", options))

    async def create_all(self, metadata: Any) -> None:
        """Create the tables of models: `await engine.create_all(Base.metadata)`."""
        await self._in_thread(metadata.create_all)

    async def drop_all(self, metadata: Any) -> None:
        """Delete the tables of models, with their items."""
        await self._in_thread(metadata.drop_all)

    async def _in_thread(self, work: Any) -> None:
        """Do what is written for an engine that does not wait: in a thread, its requests brought back to this loop."""
        import asyncio

        from dynexpr.engine import Engine

        loop = asyncio.get_running_loop()
        outer = self

        class Bridge:
            def send(self, request: Request, /) -> dict[str, Any]:
                return asyncio.run_coroutine_threadsafe(outer.transport.send(request), loop).result()

            def close(self) -> None:
                """The outer engine's connections are its own."""

        inner = Engine(Bridge(), self.settings, retry=self.retry, echo=self.echo)
        inner.listeners = self.listeners
        await asyncio.to_thread(work, inner)

    def __repr__(self) -> str:
        return f"AsyncEngine({self.url})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()


class AsyncTransaction(Gathered):
    """Made by `AsyncEngine.begin()`."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self._engine = engine

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, error: type[BaseException] | None, *_rest: object) -> None:
        self._over = True
        if error is None and self._writes:
            self.consumed.add(await self._engine.transact(self._writes, new_token()))


def create_async_engine(url: str | None = None, **options: Any) -> AsyncEngine:
    """An engine for event loops; takes what `create_engine` takes.

    `dynamodb://` needs nothing besides the standard library; where only boto3 will do, and for a client handed in, each
    request has a thread.

    >>> import asyncio
    >>> async def names():
    ...     async with create_async_engine("local://") as engine:
    ...         return (await engine.send("ListTables"))["TableNames"]
    >>> asyncio.run(names())
    []
    """
    from dynexpr.transports.aio import as_async

    made = create_engine(url, **options)
    engine = AsyncEngine(as_async(made.transport), made.settings, retry=made.retry, echo=made.echo)
    engine.url = made.url
    return engine
