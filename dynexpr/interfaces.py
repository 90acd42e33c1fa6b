"""What code that is handed an engine or a session may count on, as typed Protocols.

Take these as arguments' types where a function should run on anything that behaves so: the real classes, which fit
without naming them, or a double of your own in a test. Nothing is loaded by importing them.

    def pay(session: SessionLike, payment_id: str) -> None: ...

Each has what applications call; what engines and sessions call of each other stays theirs.
"""

from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from dynexpr.capacity import Consumed
    from dynexpr.expression.nodes import Condition
    from dynexpr.orm.declarative import DeclarativeBase
    from dynexpr.results import Page, Result, RowResult, WriteResult
    from dynexpr.statements.count import Count
    from dynexpr.statements.get import BatchGet, Get, TransactGet
    from dynexpr.statements.parameters import Given
    from dynexpr.statements.select import Select
    from dynexpr.statements.transaction import Transact
    from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement

R = TypeVar("R")
B = TypeVar("B", bound="DeclarativeBase")


class EngineLike(Protocol):
    """What `create_engine` makes: executes statements at once; see `dynexpr.engine.Engine` for each method."""

    @overload
    def execute(self, statement: "Select[R]", parameters: "Given" = None) -> "RowResult[R]": ...
    @overload
    def execute(
        self, statement: "Get[Any] | BatchGet | TransactGet | Count", parameters: "Given" = None
    ) -> "RowResult[Any]": ...
    @overload
    def execute(
        self,
        statement: "Insert[Any] | Put[Any] | UpdateStatement[Any] | Delete[Any] | Check[Any] | Transact",
        parameters: "Given" = None,
    ) -> "WriteResult": ...
    def execute(self, statement: Any, parameters: "Given" = None) -> Any:
        """Execute a statement."""
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
    ) -> "Page[R]":
        """One page of a select, after a cursor."""
        ...

    def send(self, operation: str, **params: Any) -> dict[str, Any]:
        """Send any operation as it is."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class GatheringLike(Protocol):
    """What a session does at once, be its requests awaited or not."""

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

    def expire(self, obj: "DeclarativeBase") -> None:
        """Forget what was read of an object."""
        ...

    def expunge(self, obj: "DeclarativeBase") -> None:
        """Let an object go."""
        ...

    def rollback(self) -> None:
        """Drop everything that was not sent."""
        ...

    def close(self) -> None:
        """Drop everything and let all objects go."""
        ...


class SessionLike(GatheringLike, Protocol):
    """A unit of work over objects; see `dynexpr.orm.Session` for each method."""

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

    def commit(self) -> None:
        """Send everything as one transaction."""
        ...

    def begin(self) -> "AbstractContextManager[SessionLike]":
        """`with session.begin():` commits at the end of the block."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_error: object) -> None: ...


class AsyncEngineLike(Protocol):
    """What `create_async_engine` makes."""

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
    async def execute(self, statement: Any, parameters: "Given" = None) -> Any:
        """Execute a statement."""
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
    ) -> "Page[R]":
        """One page of a select, after a cursor."""
        ...

    async def send(self, operation: str, **params: Any) -> dict[str, Any]:
        """Send any operation as it is."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class AsyncSessionLike(GatheringLike, Protocol):
    """A unit of work over objects, for event loops; see `dynexpr.orm.AsyncSession` for each method."""

    @property
    def consumed(self) -> "Consumed":
        """What its requests consumed."""
        ...

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

    async def execute(self, statement: Any, parameters: "Given" = None) -> Any:
        """Read, or have a write join the commit."""
        ...

    async def count(self, statement: "Select[Any]", parameters: "Given" = None) -> int:
        """How many items a select finds."""
        ...

    async def refresh(self, obj: "DeclarativeBase", *, consistent_read: bool | None = None) -> None:
        """Read an object anew."""
        ...

    async def commit(self) -> None:
        """Send everything as one transaction."""
        ...

    def begin(self) -> "AbstractAsyncContextManager[AsyncSessionLike]":
        """`async with session.begin():` commits at the end of the block."""
        ...
