"""How does a request get to an engine and its answer back?  One method: `send`."""

from typing import Any, Final, NoReturn, Protocol

from dynexpr.errors import TransportError
from dynexpr.requests import Request

CONNECT_SECONDS: Final = 2.0
"""How long a connection may take, unless the URL says otherwise."""
READ_SECONDS: Final = 10.0
"""How long an answer may be silent."""


class Transport(Protocol):
    """Carries a request; raises a ServiceError for an error answer, a TransportError where none came."""

    def send(self, request: Request, /) -> dict[str, Any]:
        """Send a request and return the answer, as boto3's client gives it, without ResponseMetadata."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Closed:
    """What is left of a transport when its engine was closed."""

    def send(self, request: Request, /) -> NoReturn:
        """Refuse."""
        raise TransportError(f"{request.operation}: the engine was closed; make another by create_engine()")

    def close(self) -> None:
        """There is nothing to let go of."""
