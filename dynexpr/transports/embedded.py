"""Carries requests to the embedded engine, in process."""

from typing import Any

from dynexpr.answers import error_answer
from dynexpr.requests import Request


class EmbeddedTransport:
    """The engine of `local://` URLs."""

    def __init__(self, path: str | None) -> None:
        from dynexpr.local import LocalEngine, LocalServiceError

        self.engine = LocalEngine(path)
        self._refused = LocalServiceError

    def send(self, request: Request, /) -> dict[str, Any]:
        """Answer a request from the embedded engine."""
        try:
            return self.engine.call(request.operation, request.params)
        except self._refused as error:
            raise error_answer(request.operation, error.code, error.message, error.status, error.body) from None

    def close(self) -> None:
        """Close its store; what `local://` held in memory is gone."""
        self.engine.close()
