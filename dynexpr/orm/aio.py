"""A session of an event loop: what sends something is awaited, everything else is as in `Session`."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, Unpack, overload

from dynexpr.capacity import Consumed, Tally
from dynexpr.errors import ConcurrentUse, NoResultFound, nearest
from dynexpr.hiding import HIDDEN
from dynexpr.orm.event import Listeners
from dynexpr.orm.querying import bound, gives_objects
from dynexpr.orm.refusals import SESSION, refuse_attribute
from dynexpr.orm.session import Session
from dynexpr.statements.keys import given_shown
from dynexpr.tables import table_of

if TYPE_CHECKING:
    from dynexpr.aio import AsyncEngine
    from dynexpr.expression.nodes import Condition
    from dynexpr.flows import ReadFlow
    from dynexpr.metering import Capacity
    from dynexpr.orm.commit import Preview
    from dynexpr.orm.declarative import DeclarativeBase
    from dynexpr.results import Page, Result, RowResult
    from dynexpr.statements.count import Count
    from dynexpr.statements.get import BatchGet, Get, Missing, ReadOptions, TransactGet
    from dynexpr.statements.parameters import Given
    from dynexpr.statements.select import Select
    from dynexpr.statements.transaction import Transact
    from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement

B = TypeVar("B", bound="DeclarativeBase")
R = TypeVar("R")
Rows = TypeVar("Rows", bound="tuple[Any, ...] | dict[str, Any]")


class _Inner(Session):
    """What holds the objects of an AsyncSession, which drives its flows."""

    awaited = True


class AsyncSession:
    """Gathers objects and their changes, and writes them as one transaction with `await session.commit()`.

    Takes what `Session` takes. One task at a time uses it: give each task a session of its own.

    >>> import asyncio
    >>> from dynexpr import create_async_engine
    >>> from dynexpr.orm import DeclarativeBase, Mapped, mapped_column
    >>> class Base(DeclarativeBase): ...
    >>> class User(Base):
    ...     name: Mapped[str] = mapped_column(partition_key=True)
    >>> async def main():
    ...     async with create_async_engine("local://") as engine:
    ...         await engine.create_all(Base.metadata)
    ...         async with AsyncSession(engine) as session:
    ...             session.add(User(name="ann"))
    ...             await session.commit()
    ...         async with AsyncSession(engine) as session:
    ...             return await session.get(User, "ann")
    >>> asyncio.run(main())
    User(name='ann')
    """

    def __init__(self, engine: "AsyncEngine", **options: Any) -> None:
        self.engine = engine
        like_sync: Any = engine  # its flows ask for settings and deadlines only; nothing of it is driven by the session
        self._session = _Inner(like_sync, **options)
        self._busy = False

    if not TYPE_CHECKING:
        # Hidden from checkers, which would take any name for granted.

        def __getattr__(self, name: str) -> Any:
            if name in SESSION:
                refuse_attribute(f"session.{name}", SESSION[name])
            raise AttributeError(f"an AsyncSession has no {name!r}{nearest(name, dir(type(self)))}")

    @property
    def consumed(self) -> Consumed:
        """What its reads and commits consumed."""
        return self._session.consumed

    @property
    def capacity(self) -> "Capacity":
        """What its reads and commits consumed, by statement, table, index, operation and label."""
        return self._session.capacity

    @property
    def listeners(self) -> Listeners:
        """Those of `dynexpr.orm.event`; they are called with the `Session` inside, and do not wait."""
        return self._session.listeners

    async def _run(self, flow: "ReadFlow[R]") -> R:
        self._begin()
        try:
            return await self.engine.run(flow, self._session.consumed)
        finally:
            self._busy = False

    def _begin(self) -> None:
        if self._busy:
            raise ConcurrentUse("two tasks use this session at once; give each its own")
        self._busy = True

    @overload
    async def get(
        self, entity: type[B], key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> B | None: ...
    @overload
    async def get(
        self, entity: Any, key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> Any: ...
    async def get(
        self, entity: Any, key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> Any:
        """The object of a key; see `Session.get`."""
        return await self._run(self._session.getting(entity, key, consistent_read, populate=populate_existing))

    async def get_one(self, entity: type[B], key: object, *, consistent_read: bool | None = None) -> B:
        """As get(), but NoResultFound where there is no item."""
        found = await self.get(entity, key, consistent_read=consistent_read)
        if found is None:
            table = table_of(entity)
            shown = HIDDEN if self.engine.settings.hide_parameters else given_shown(table, key)
            raise NoResultFound(f"there is no {table.title} {shown}; session.get() gives None")
        return found

    @overload
    async def get_many(
        self,
        entity: type[B],
        keys: Iterable[object],
        *,
        consistent_read: bool | None = None,
        missing: Literal["skip"] = "skip",
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[B]: ...
    @overload
    async def get_many(
        self,
        entity: type[B],
        keys: Iterable[object],
        *,
        consistent_read: bool | None = None,
        missing: Literal["none"],
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[B | None]: ...
    async def get_many(
        self,
        entity: type[B],
        keys: Iterable[object],
        *,
        consistent_read: bool | None = None,
        missing: "Missing" = "skip",
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[Any]:
        """The objects of many keys, in their order; see `Session.get_many`."""
        flow = self._session.getting_many(
            entity, keys, consistent_read, missing=missing, transactional=transactional, options=options
        )
        return await self._run(flow)

    @overload
    async def scalars(
        self, statement: "Select[tuple[R]]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "Result[R]": ...
    @overload
    async def scalars(
        self, statement: "Select[R]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "Result[R]": ...
    async def scalars(
        self, statement: "Select[Any]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "Result[Any]":
        """The objects of a select, or the first column of its rows, all of them; `stream_scalars` reads as it goes."""
        from dynexpr.results import RowResult

        found = await self._select(statement, parameters, populate=populate_existing)
        return found.scalars() if isinstance(found, RowResult) else found

    async def _select(self, statement: "Select[Any]", parameters: "Given", *, populate: bool) -> "Result[Any]":
        from dynexpr.results import Result, RowResult

        session = self._session
        wanted = session.as_consistent(bound(statement, parameters))
        kind: type[Result[Any]] = Result if gives_objects(wanted) else RowResult
        self._begin()
        try:
            return await self.engine.select(
                wanted, lambda plan: session.maker(wanted, plan, populate=populate), kind=kind, also=session.consumed
            )
        finally:
            self._busy = False

    @overload
    def stream_scalars(
        self, statement: "Select[tuple[R]]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> AsyncIterator[R]: ...
    @overload
    def stream_scalars(
        self, statement: "Select[R]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> AsyncIterator[R]: ...
    async def stream_scalars(
        self, statement: "Select[Any]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> AsyncIterator[Any]:
        """What `scalars` gives, page by page: `async for payment in session.stream_scalars(select(Payment))`.

        The session may be used for other things between two of them.
        """
        session = self._session
        wanted = session.as_consistent(bound(statement, parameters))
        objects = gives_objects(wanted)
        stream = self.engine.stream_select(
            wanted, lambda plan: session.maker(wanted, plan, populate=populate_existing), also=session.consumed
        )
        async for each in stream:
            yield each if objects else each[0]

    @overload
    async def scalar(self, statement: "Select[tuple[R]]", parameters: "Given" = None) -> R | None: ...
    @overload
    async def scalar(self, statement: "Select[R]", parameters: "Given" = None) -> R | None: ...
    async def scalar(self, statement: "Select[Any]", parameters: "Given" = None) -> Any:
        """The first object of a select, or the first value of its first row; None where there is none."""
        async for each in self.stream_scalars(statement, parameters):
            return each
        return None

    async def count(self, statement: "Select[Any]", parameters: "Given" = None) -> int:
        """How many items a select finds; see `Session.count`."""
        session = self._session
        wanted = session.as_consistent(bound(statement, parameters))
        return await self.engine.count(wanted, also=session.consumed)

    async def page(
        self,
        statement: "Select[R]",
        size: int,
        cursor: str | None = None,
        *,
        parameters: "Given" = None,
        max_age: float | None = None,
        populate_existing: bool = False,
    ) -> "Page[R]":
        """One page of so many objects or rows; see `Session.page`."""
        session = self._session
        wanted = session.as_consistent(bound(statement, parameters))
        self._begin()
        try:
            return await self.engine.select_page(
                wanted,
                lambda plan: session.maker(wanted, plan, populate=populate_existing),
                size,
                cursor,
                max_age=max_age,
                also=session.consumed,
            )
        finally:
            self._busy = False

    @overload
    async def execute(self, statement: "Select[B]", parameters: "Given" = None) -> "Result[B]": ...
    @overload
    async def execute(self, statement: "Select[Rows]", parameters: "Given" = None) -> "RowResult[Rows]": ...
    @overload
    async def execute(
        self, statement: "Get[Any] | BatchGet | TransactGet | Count", parameters: "Given" = None
    ) -> "RowResult[Any]": ...
    @overload
    async def execute(
        self,
        statement: "Insert[Any] | Put[Any] | UpdateStatement[Any] | Delete[Any] | Check[Any] | Transact",
        parameters: "Given" = None,
    ) -> None: ...
    @overload
    async def execute(self, statement: Any, parameters: "Given" = None) -> Any: ...
    async def execute(self, statement: Any, parameters: "Given" = None) -> Any:
        """A write joins the next commit; a read gives its result: objects of `select(Model)`, rows otherwise."""
        from dynexpr.statements.select import Select

        if isinstance(statement, Select):
            return await self._select(statement, parameters, populate=False)
        statement = self._session.executable(statement, parameters)
        self._begin()
        try:
            if self._session.joined(statement):
                return None
            from dynexpr.executing import executed

            consumed = Tally(self._session.consumed)
            return await self.engine.run(executed(self.engine, statement, None, consumed), consumed)
        finally:
            self._busy = False

    async def merge(self, obj: B) -> B:
        """The session's own object of the same key; see `Session.merge`."""
        return await self._run(self._session.merging(obj))

    async def refresh(self, obj: "DeclarativeBase", *, consistent_read: bool | None = None) -> None:
        """Read a stored object again; see `Session.refresh`."""
        await self._run(self._session.refreshing(obj, consistent_read))

    async def refresh_all(self, objects: "Iterable[DeclarativeBase]", *, consistent_read: bool | None = None) -> None:
        """Read several stored objects again; see `Session.refresh_all`."""
        await self._run(self._session.refreshing_all(list(objects), consistent_read))

    async def commit(self) -> None:
        """Write everything that is new, changed or deleted, as one request; see `Session.commit`.

        A commit that is cancelled has an unknown outcome; the next one is then as after OutcomeUnknown.
        """
        await self._run(self._session.committing())

    def add(self, obj: "DeclarativeBase", *, where: "Condition | None" = None) -> None:
        """Insert a new object with the next commit; see `Session.add`."""
        self._session.add(obj, where=where)

    def add_all(self, objects: "Iterable[DeclarativeBase]") -> None:
        """Add several objects."""
        self._session.add_all(objects)

    def put(self, obj: "DeclarativeBase", *, where: "Condition | None" = None, unconditional: bool = False) -> None:
        """Write a new object over whatever is stored, with the next commit; see `Session.put`."""
        self._session.put(obj, where=where, unconditional=unconditional)

    def delete(self, obj: "DeclarativeBase") -> None:
        """Delete a stored object with the next commit; see `Session.delete`."""
        self._session.delete(obj)

    def check(self, target: Any, key: object = None, condition: "Condition | None" = None) -> None:
        """Make the commit depend on an item it does not write; see `Session.check`."""
        self._session.check(target, key, condition)

    def require(self, obj: "DeclarativeBase", condition: "Condition") -> None:
        """Let the next commit through only if a condition holds; see `Session.require`."""
        self._session.require(obj, condition)

    def expire(self, obj: "DeclarativeBase") -> None:
        """Forget an object's values and changes; see `Session.expire`."""
        self._session.expire(obj)

    def expire_all(self) -> None:
        """Forget the values and changes of all stored objects; see `Session.expire_all`."""
        self._session.expire_all()

    def expunge(self, obj: "DeclarativeBase") -> None:
        """Take an object out of the session; see `Session.expunge`."""
        self._session.expunge(obj)

    def expunge_all(self) -> None:
        """Take all objects out of the session; see `Session.expunge_all`."""
        self._session.expunge_all()

    def preview(self) -> "Preview":
        """What commit() would send; nothing is sent."""
        return self._session.preview()

    @property
    def new(self) -> "list[DeclarativeBase]":
        """The objects the next commit inserts."""
        return self._session.new

    @property
    def dirty(self) -> "list[DeclarativeBase]":
        """The stored objects the next commit updates."""
        return self._session.dirty

    @property
    def deleted(self) -> "list[DeclarativeBase]":
        """The objects the next commit deletes."""
        return self._session.deleted

    def rollback(self) -> None:
        """Drop what was not committed; see `Session.rollback`. Nothing is sent, so there is nothing to await."""
        self._session.rollback()

    def close(self) -> None:
        """Let go of all objects; what was not committed is dropped."""
        self._session.close()

    @asynccontextmanager
    async def begin(self) -> "AsyncGenerator[AsyncSession]":
        """`async with session.begin():` commits at the end of the block, and rolls back where it raises."""
        try:
            yield self
        except BaseException:
            self.rollback()
            raise
        await self.commit()

    def __contains__(self, obj: object) -> bool:
        return obj in self._session

    def __iter__(self) -> "Iterator[DeclarativeBase]":
        return iter(self._session)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.close()
