"""Carries requests to the embedded engine, in process."""

from typing import TYPE_CHECKING, Any

from dynexpr.answers import error_answer
from dynexpr.clock import Clock, utc_now
from dynexpr.errors import InvalidURL, TransportError
from dynexpr.requests import Request

if TYPE_CHECKING:
    from dynexpr.local.engine import Snapshot


class EmbeddedTransport:
    """The engine of `local://` URLs."""

    def __init__(self, path: str | None, clock: Clock = utc_now, *, index_lag: float = 0) -> None:
        import sqlite3

        from dynexpr.local import LocalEngine, LocalServiceError
        from dynexpr.local.store import CannotOpen

        try:
            self.engine = LocalEngine(path, clock=clock, index_lag=index_lag)
        except CannotOpen as error:
            raise InvalidURL(f"local:///{error}") from error  # which begins with the path
        self._refused = LocalServiceError
        self._closed = sqlite3.ProgrammingError

    def send(self, request: Request, /) -> dict[str, Any]:
        """Answer a request from the embedded engine."""
        try:
            return self.engine.call(request.operation, request.params)
        except self._refused as error:
            from dynexpr.local.hints import hint

            message = error.message + hint(request.operation, request.params, error.code)
            raise error_answer(request.operation, error.code, message, error.status, error.body) from None
        except self._closed as error:
            raise TransportError(f"{request.operation}: {error}; make another engine") from error

    def snapshot(self) -> "Snapshot":
        """Everything as it is now, tables and items; of an engine in memory only."""
        return self.engine.snapshot()

    def restore(self, snapshot: "Snapshot") -> None:
        """Become what a snapshot is, as if nothing had happened since."""
        self.engine.restore(snapshot)

    def close(self) -> None:
        """Close its store; what `local://` held in memory is gone."""
        self.engine.close()
