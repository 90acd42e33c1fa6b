"""What may code that is handed a session count on?  Typed Protocols; users find them in `dynexpr.interfaces`."""

from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeVar, Unpack, overload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from dynexpr.capacity import Consumed
    from dynexpr.expression.nodes import Condition
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

R = TypeVar("R")
B = TypeVar("B", bound="DeclarativeBase")
Rows = TypeVar("Rows", bound="tuple[Any, ...] | dict[str, Any]")


class GatheringLike(Protocol):
    """What a session does at once, be its requests awaited or not."""

    @property
    def new(self) -> "list[DeclarativeBase]":
        """Objects that the next commit inserts."""
        ...

    @property
    def dirty(self) -> "list[DeclarativeBase]":
        """Objects that were changed."""
        ...

    @property
    def deleted(self) -> "list[DeclarativeBase]":
        """Objects that the next commit deletes."""
        ...

    @property
    def consumed(self) -> "Consumed":
        """What its requests consumed."""
        ...

    @property
    def capacity(self) -> "Capacity":
        """The same by statement, table, index, operation and label."""
        ...

    def add(self, obj: "DeclarativeBase", *, where: "Condition | None" = None) -> None:
        """Insert an object with the next commit."""
        ...

    def add_all(self, objects: "Iterable[DeclarativeBase]") -> None:
        """The same for several."""
        ...

    def put(self, obj: "DeclarativeBase", *, where: "Condition | None" = None, unconditional: bool = False) -> None:
        """Overwrite with the next commit."""
        ...

    def delete(self, obj: "DeclarativeBase") -> None:
        """Delete with the next commit."""
        ...

    def check(self, target: Any, key: object = None, condition: "Condition | None" = None) -> None:
        """Make the commit depend on an item it does not write."""
        ...

    def require(self, obj: "DeclarativeBase", condition: "Condition") -> None:
        """Let the commit through only if a condition holds of an object's item."""
        ...

    def preview(self) -> "Preview":
        """What the commit would send."""
        ...

    def expire(self, obj: "DeclarativeBase") -> None:
        """Forget what was read of an object."""
        ...

    def expire_all(self) -> None:
        """Forget what was read of all."""
        ...

    def expunge(self, obj: "DeclarativeBase") -> None:
        """Let an object go."""
        ...

    def expunge_all(self) -> None:
        """Let all objects go."""
        ...

    def rollback(self) -> None:
        """Drop everything that was not sent."""
        ...

    def close(self) -> None:
        """Drop everything and let all objects go."""
        ...

    def __contains__(self, obj: object) -> bool: ...

    def __iter__(self) -> "Iterator[DeclarativeBase]": ...


class SessionLike(GatheringLike, Protocol):
    """A unit of work over objects; see `dynexpr.orm.Session` for each method."""

    def merge(self, obj: B) -> B:
        """Copy what is set onto the persistent object."""
        ...

    @overload
    def get(
        self, entity: type[B], key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> B | None: ...
    @overload
    def get(
        self, entity: Any, key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> Any: ...
    def get(
        self, entity: Any, key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> Any:
        """The object under a key."""
        ...

    def get_one(self, entity: type[B], key: object, *, consistent_read: bool | None = None) -> B:
        """The same; there has to be one."""
        ...

    @overload
    def get_many(
        self,
        entity: type[B],
        keys: "Iterable[object]",
        *,
        consistent_read: bool | None = None,
        missing: Literal["skip"] = "skip",
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[B]: ...
    @overload
    def get_many(
        self,
        entity: type[B],
        keys: "Iterable[object]",
        *,
        consistent_read: bool | None = None,
        missing: Literal["none"],
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[B | None]: ...
    def get_many(
        self,
        entity: type[B],
        keys: "Iterable[object]",
        *,
        consistent_read: bool | None = None,
        missing: "Missing" = "skip",
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[Any]:
        """The objects of many keys, in their order."""
        ...

    @overload
    def scalars(
        self, statement: "Select[tuple[R]]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "Result[R]": ...
    @overload
    def scalars(
        self, statement: "Select[R]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "Result[R]": ...
    def scalars(
        self, statement: "Select[Any]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "Result[Any]":
        """The objects a select finds."""
        ...

    @overload
    def scalar(self, statement: "Select[tuple[R]]", parameters: "Given" = None) -> R | None: ...
    @overload
    def scalar(self, statement: "Select[R]", parameters: "Given" = None) -> R | None: ...
    def scalar(self, statement: "Select[Any]", parameters: "Given" = None) -> Any:
        """The first of them."""
        ...

    @overload
    def execute(self, statement: "Select[B]", parameters: "Given" = None) -> "Result[B]": ...
    @overload
    def execute(self, statement: "Select[Rows]", parameters: "Given" = None) -> "RowResult[Rows]": ...
    @overload
    def execute(
        self, statement: "Get[Any] | BatchGet | TransactGet | Count", parameters: "Given" = None
    ) -> "RowResult[Any]": ...
    @overload
    def execute(
        self,
        statement: "Insert[Any] | Put[Any] | UpdateStatement[Any] | Delete[Any] | Check[Any] | Transact",
        parameters: "Given" = None,
    ) -> None: ...
    @overload
    def execute(self, statement: Any, parameters: "Given" = None) -> Any: ...
    def execute(self, statement: Any, parameters: "Given" = None) -> Any:
        """Read, or have a write join the commit."""
        ...

    def count(self, statement: "Select[Any]", parameters: "Given" = None) -> int:
        """How many items a select finds."""
        ...

    def page(
        self,
        statement: "Select[R]",
        size: int,
        cursor: str | None = None,
        *,
        parameters: "Given" = None,
        max_age: float | None = None,
        populate_existing: bool = False,
    ) -> "Page[R]":
        """One page of objects, after a cursor."""
        ...

    def refresh(self, obj: "DeclarativeBase", *, consistent_read: bool | None = None) -> None:
        """Read an object anew."""
        ...

    def refresh_all(self, objects: "Iterable[DeclarativeBase]", *, consistent_read: bool | None = None) -> None:
        """Read several anew."""
        ...

    def commit(self) -> None:
        """Send everything as one transaction."""
        ...

    def begin(self) -> "AbstractContextManager[SessionLike]":
        """`with session.begin():` commits at the end of the block."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_error: object) -> None: ...


class AsyncSessionLike(GatheringLike, Protocol):
    """A unit of work over objects, for event loops; see `dynexpr.orm.AsyncSession` for each method."""

    async def merge(self, obj: B) -> B:
        """Copy what is set onto the persistent object."""
        ...

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
        """The object under a key."""
        ...

    async def get_one(self, entity: type[B], key: object, *, consistent_read: bool | None = None) -> B:
        """The same; there has to be one."""
        ...

    @overload
    async def get_many(
        self,
        entity: type[B],
        keys: "Iterable[object]",
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
        keys: "Iterable[object]",
        *,
        consistent_read: bool | None = None,
        missing: Literal["none"],
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[B | None]: ...
    async def get_many(
        self,
        entity: type[B],
        keys: "Iterable[object]",
        *,
        consistent_read: bool | None = None,
        missing: "Missing" = "skip",
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[Any]:
        """The objects of many keys, in their order."""
        ...

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
        """The objects a select finds."""
        ...

    @overload
    async def scalar(self, statement: "Select[tuple[R]]", parameters: "Given" = None) -> R | None: ...
    @overload
    async def scalar(self, statement: "Select[R]", parameters: "Given" = None) -> R | None: ...
    async def scalar(self, statement: "Select[Any]", parameters: "Given" = None) -> Any:
        """The first of them."""
        ...

    @overload
    def stream_scalars(
        self, statement: "Select[tuple[R]]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "AsyncIterator[R]": ...
    @overload
    def stream_scalars(
        self, statement: "Select[R]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "AsyncIterator[R]": ...
    def stream_scalars(
        self, statement: "Select[Any]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "AsyncIterator[Any]":
        """The objects a select finds, as they come."""
        ...

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
        """Read, or have a write join the commit."""
        ...

    async def count(self, statement: "Select[Any]", parameters: "Given" = None) -> int:
        """How many items a select finds."""
        ...

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
        """One page of objects, after a cursor."""
        ...

    async def refresh(self, obj: "DeclarativeBase", *, consistent_read: bool | None = None) -> None:
        """Read an object anew."""
        ...

    async def refresh_all(self, objects: "Iterable[DeclarativeBase]", *, consistent_read: bool | None = None) -> None:
        """Read several anew."""
        ...

    async def commit(self) -> None:
        """Send everything as one transaction."""
        ...

    def begin(self) -> "AbstractAsyncContextManager[AsyncSessionLike]":
        """`async with session.begin():` commits at the end of the block."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_error: object) -> None: ...
