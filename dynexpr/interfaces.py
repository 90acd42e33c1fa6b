"""What code that is handed an engine or a session may count on, as typed Protocols.

Take these as arguments' types where a function should run on anything that behaves so: the real classes, which fit
without naming them, or a double of your own in a test. Nothing is loaded by importing them.

    def pay(session: SessionLike, payment_id: str) -> None: ...

Each has what applications call; what engines and sessions call of each other stays theirs.
"""

from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload

from dynexpr.orm.interfaces import AsyncSessionLike, SessionLike

if TYPE_CHECKING:
    from dynexpr.results import Page, RowResult, WriteResult
    from dynexpr.statements.count import Count
    from dynexpr.statements.get import BatchGet, Get, TransactGet
    from dynexpr.statements.parameters import Given
    from dynexpr.statements.select import Select
    from dynexpr.statements.transaction import Transact
    from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement

__all__ = ["AsyncEngineLike", "AsyncSessionLike", "EngineLike", "SessionLike"]

R = TypeVar("R")


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
