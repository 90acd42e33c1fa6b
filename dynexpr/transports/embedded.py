"""Carries requests to the embedded engine, in process."""

from typing import Any

from dynexpr.answers import error_answer
from dynexpr.errors import InvalidURL, TransportError
from dynexpr.requests import Request


class EmbeddedTransport:
    """The engine of `local://` URLs."""

    def __init__(self, path: str | None) -> None:
        import sqlite3

        from dynexpr.local import LocalEngine, LocalServiceError
        from dynexpr.local.store import NotADatabase

        try:
            self.engine = LocalEngine(path)
        except (NotADatabase, sqlite3.Error) as error:
            raise InvalidURL(
                f"local:///{path}: the file can't be opened as a database ({error}); name another one, in a folder "
                "that exists and may be written"
            ) from error
        self._refused = LocalServiceError
        self._closed = sqlite3.ProgrammingError

    def send(self, request: Request, /) -> dict[str, Any]:
        """Answer a request from the embedded engine."""
        try:
            return self.engine.call(request.operation, request.params)
        except self._refused as error:
            raise error_answer(request.operation, error.code, error.message, error.status, error.body) from None
        except self._closed as error:
            raise TransportError(f"{request.operation}: {error}; make another engine") from error

    def close(self) -> None:
        """Close its store; what `local://` held in memory is gone."""
        self.engine.close()
