"""`engine.bulk()`: what is put and deleted on the way through a block, sent 25 at a time."""

from collections.abc import AsyncIterable
from typing import Any, Self

from dynexpr.bulk.entries import Entry, Making, delete_making, delete_of, put_making
from dynexpr.bulk.outcomes import BulkResult
from dynexpr.bulk.writing import Writing
from dynexpr.capacity import Consumed
from dynexpr.errors import ArgumentError
from dynexpr.statements.batch import BatchWrite
from dynexpr.tables import table_of
from dynexpr.unset import UNSET, Unset


class _Writer:
    """What both writers have in common."""

    def __init__(self, core: Any, statement: BatchWrite) -> None:
        self._consumed = Consumed()
        self._unconditional = statement.how.unconditional
        self._writing = Writing(core, statement, statement.how, self._consumed)

    @property
    def result(self) -> BulkResult:
        """What came of it so far."""
        return self._writing.result

    def _put(self, subject: Any, *, unconditional: bool) -> Making:
        return put_making(subject, self._writing.settings, unconditional=unconditional or self._unconditional)

    def _delete(self, target: Any, key: object) -> Making:
        keyed = not isinstance(key, Unset)
        subject = (target, key) if keyed else target
        return "delete", subject, lambda: delete_of(target, key, self._writing.settings, keyed=keyed)


_OUTSIDE = "a writer works inside its block: `with engine.bulk() as writer: writer.put(...)`"


class BulkWriter(_Writer):
    """`BatchWriteItem`, 25 at a time, while a block goes on; made by `engine.bulk()`.

    What was given is written when the block ends, at the latest; nothing is sent once the block has raised.
    """

    def __init__(self, engine: Any, statement: BatchWrite) -> None:
        super().__init__(engine, statement)
        self._engine = engine
        self._crew: Any = None

    def put(self, subject: Any, *, unconditional: bool = False) -> None:
        """Write an object, or the item of a put statement, over whatever is stored under its key."""
        self._take(self._put(subject, unconditional=unconditional))

    def delete(self, target: Any, key: object = UNSET) -> None:
        """Delete an object's item, or that of a model and a key: `writer.delete(Payment, ("p1", now))`."""
        self._take(self._delete(target, key))

    def add(self, entry: Entry) -> None:
        """Send an entry as it is: an import's, whose items no model declares."""
        self._take((entry.kind, entry.subject, lambda: entry))

    def _take(self, making: Making) -> None:
        if self._crew is None:
            raise ArgumentError(_OUTSIDE)
        if self._writing.take(making):
            self._engine.run(self._writing.sending(), self._consumed, crew=self._crew)

    def __enter__(self) -> Self:
        self._crew = self._engine.crew(self._consumed)
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        crew, self._crew = self._crew, None
        if crew is None:
            return
        try:
            if error is not None:
                crew.stop()
                self._engine.run(self._writing.giving_up(error), self._consumed, crew=crew)
                return
            try:
                self._engine.run(self._writing.finishing(), self._consumed, crew=crew)
            except BaseException as failure:
                if not isinstance(failure, Exception):
                    crew.stop()
                self._engine.run(self._writing.giving_up(failure), self._consumed, crew=crew)
                raise
        finally:
            crew.close()


class AsyncBulkWriter(_Writer):
    """As `BulkWriter`, awaited: `async with engine.bulk() as writer: await writer.put(...)`."""

    def __init__(self, engine: Any, statement: BatchWrite) -> None:
        super().__init__(engine, statement)
        self._engine = engine
        self._crew: Any = None

    async def put(self, subject: Any, *, unconditional: bool = False) -> None:
        """Write an object, or the item of a put statement, over whatever is stored under its key."""
        await self._take(self._put(subject, unconditional=unconditional))

    async def delete(self, target: Any, key: object = UNSET) -> None:
        """Delete an object's item, or that of a model and a key."""
        await self._take(self._delete(target, key))

    async def all_of(self, makings: AsyncIterable[Making]) -> BulkResult:
        """Write everything there is."""
        async with self:
            try:
                async for making in makings:
                    await self._take(making)
            except Exception as failure:
                # Unlike in a block of the user's, what is on its way is not given up.
                await self._engine.run(self._writing.giving_up(failure), self._consumed, crew=self._crew)
                raise
        return self.result

    async def _take(self, making: Making) -> None:
        if self._crew is None:
            raise ArgumentError(_OUTSIDE)
        if self._writing.take(making):
            await self._engine.run(self._writing.sending(), self._consumed, crew=self._crew)

    async def __aenter__(self) -> Self:
        self._crew = self._engine.crew(self._consumed)
        return self

    async def __aexit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        crew, self._crew = self._crew, None
        if crew is None:
            return
        try:
            if error is not None:
                crew.stop()
                await self._engine.run(self._writing.giving_up(error), self._consumed, crew=crew)
                return
            try:
                await self._engine.run(self._writing.finishing(), self._consumed, crew=crew)
            except BaseException as failure:
                if not isinstance(failure, Exception):
                    crew.stop()
                await self._engine.run(self._writing.giving_up(failure), self._consumed, crew=crew)
                raise
        finally:
            await crew.close()


async def put_all(engine: Any, statement: BatchWrite, subjects: AsyncIterable[Any]) -> BulkResult:
    """Objects and put() statements, as they come out of an async generator."""
    unconditional = statement.how.unconditional
    makings = (put_making(subject, engine.settings, unconditional=unconditional) async for subject in subjects)
    return await AsyncBulkWriter(engine, statement).all_of(makings)


async def delete_all(engine: Any, statement: BatchWrite, entity: Any, keys: AsyncIterable[object]) -> BulkResult:
    """Keys of one table, as they come out of an async generator."""
    table_of(entity)
    makings = (delete_making(entity, key, engine.settings) async for key in keys)
    return await AsyncBulkWriter(engine, statement).all_of(makings)
