"""Code that uses boto3, on the embedded engine, without a socket: `with patch_boto3(engine): ...`.

botocore asks, by its event `before-send`, whether anybody has the answer already. A client gets its handlers from the
session it is made by, and a session from a list that botocore keeps: so all three are told, clients that exist
included. What is not botocore's own, aiobotocore for one, is not.
"""

import gc
import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Final, Self, TypeVar

from dynexpr.answers import HINTS
from dynexpr.capacity import Consumed
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, DynexprError, ResponseLost, ServiceError, TransportError
from dynexpr.local.engine import KNOWN, LocalEngine
from dynexpr.local.envelope import Reply, reply
from dynexpr.local.errors import LocalServiceError
from dynexpr.requests import Request
from dynexpr.testing.decorating import decorated
from dynexpr.transports import Closed

F = TypeVar("F", bound=Callable[..., Any])

_SERVICES: Final = ("dynamodb", "dynamodb-streams")
_ENGINES: Final[list[Any]] = []
"""Those that answer, the last one first."""
_LOCK: Final = threading.Lock()
"""Held while the first one comes or the last one goes."""
_MEANWHILE: Final = ExitStack()
"""What is as it was once the last one has gone."""
_REGION: Final = "us-east-1"


class patch_boto3(AbstractContextManager["patch_boto3"]):  # noqa: N801 - it reads as a verb
    """DynamoDB's and its streams' requests of every botocore client in the process are answered by an engine.

    A context manager and a decorator. Resources and tables are clients underneath. Requests are not signed, so no
    credentials are needed; botocore looks for some all the same when it makes a client, for seconds where it asks
    EC2's address: AWS_EC2_METADATA_DISABLED=true spares that. Where no region is configured, it is us-east-1 meanwhile.
    Of nested ones the innermost answers, in all threads. Other services are left alone: their requests go to the
    network.

    >>> import boto3
    >>> from dynexpr import create_engine
    >>> with patch_boto3(create_engine("local://")):
    ...     boto3.client("dynamodb").list_tables()["TableNames"]
    []
    """

    def __init__(self, engine: Any) -> None:
        """Answer by an engine of `create_engine`, faults included, or by a LocalEngine.

        Raises ArgumentError for an engine that is awaited, one that was closed, and what is none.
        """
        if not isinstance(engine, Engine | LocalEngine):
            hint = "; boto3 does not wait: give it one by create_engine" if getattr(engine, "awaited", False) else ""
            raise ArgumentError(f"patch_boto3 takes an engine, as create_engine makes it, not {engine!r}{hint}")
        self._engine: Final = engine
        self._check_open()
        carry = engine.call if isinstance(engine, LocalEngine) else _through(engine)

        def call(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
            try:
                return carry(operation, params)
            except (sqlite3.ProgrammingError, TransportError):
                self._check_open()  # botocore would try again to reach it, and say that it can't connect
                raise

        self._call: Final = call

    def __call__(self, function: F) -> F:
        """Patch while a function runs: a coroutine function or a generator function, too, until it has ended.

        Of a class, such as a unittest.TestCase, it is every method whose name begins with `test`, and those by which
        unittest and pytest set up and tear down (`setUp`, `asyncSetUp`, `setup_method`, …).
        """
        return decorated(self, function)

    def _check_open(self) -> None:
        try:
            if isinstance(self._engine, LocalEngine):
                self._engine.call("ListTables", {"Limit": 1})
            elif isinstance(self._engine.transport, Closed):
                raise ArgumentError(f"patch_boto3: {self._engine!r} was closed; make another by create_engine()")
        except sqlite3.ProgrammingError as error:
            raise ArgumentError(f"patch_boto3: {self._engine!r} was closed; make another") from error

    def __enter__(self) -> Self:
        self._check_open()
        with _LOCK:
            if not _ENGINES:
                _MEANWHILE.enter_context(_region())
                _install()
            _ENGINES.append(self)
        return self

    def __exit__(self, *_error: object) -> None:
        with _LOCK:
            # By identity, for two threads may leave in another order than they entered in.
            place = next(place for place in reversed(range(len(_ENGINES))) if _ENGINES[place] is self)
            del _ENGINES[place]
            if not _ENGINES:
                _uninstall()
                _MEANWHILE.close()

    def answer(self, request: Any) -> Any:
        """botocore's answer to its prepared request."""
        from botocore.awsrequest import AWSResponse, HTTPHeaders

        headers = {str(name).lower(): _text(value) for name, value in request.headers.items()}
        made = reply(self._call, KNOWN, request.method, "/", headers, _bytes(request.body), signed=False)
        return AWSResponse(request.url, made.status, HTTPHeaders.from_dict(made.headers), _Raw(made))


class _Raw:
    """The body of an answer, as botocore reads it from urllib3."""

    def __init__(self, made: Reply) -> None:
        self._body = made.body

    def stream(self, *_arguments: Any, **_options: Any) -> Iterator[bytes]:
        yield self._body

    def read(self, *_arguments: Any, **_options: Any) -> bytes:
        body, self._body = self._body, b""
        return body


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        data: bytes = body.read()
        return data
    return bytes(body)


def _through(engine: Any) -> Callable[[str, Mapping[str, Any]], dict[str, Any]]:
    """What carries an operation out by an engine's transport, whichever it has at the time."""

    def call(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        request = Request(operation, dict(params))
        exchange = engine._before(request, 1)  # noqa: SLF001 - recorders hear of it as of the engine's own requests
        try:
            answer: dict[str, Any] = engine.transport.send(request)
        except DynexprError as error:
            if exchange is not None:
                exchange.error = error
                engine._over(exchange)  # noqa: SLF001
            if isinstance(engine.transport, Closed):
                raise
            raise _of_botocore(error) from error
        engine._arrived(exchange, request, answer, Consumed())  # noqa: SLF001
        return answer

    return call


def _of_botocore(error: DynexprError) -> Exception:
    """What botocore, or the service, would have said."""
    from botocore import exceptions as boto

    if isinstance(error, ServiceError):
        body = {name: value for name, value in error.response.items() if name not in _NOT_OF_THE_BODY}
        if isinstance(error.__context__, LocalServiceError):
            return error.__context__  # the service's words, without our hints
        message = error.message.removesuffix(HINTS.get(type(error), ""))
        return LocalServiceError(error.code, message, error.status, body)
    if isinstance(error, ResponseLost):
        return boto.ReadTimeoutError(endpoint_url="the patched engine", error=error)
    if isinstance(error, TransportError):  # nothing was sent
        return boto.EndpointConnectionError(endpoint_url="the patched engine", error=error)
    return error


_NOT_OF_THE_BODY: Final = frozenset({"Error", "ResponseMetadata", "__type", "message", "Message"})


def _answered(request: Any, **_rest: Any) -> Any:
    """botocore's `before-send`."""
    engines = _ENGINES[-1:]  # in one step: another thread's may end just now
    return engines[0].answer(request) if engines else None


def _unsigned(**_rest: Any) -> Any:
    """botocore's `choose-signer`."""
    if not _ENGINES:
        return None
    from botocore import UNSIGNED

    return UNSIGNED


def _handlers() -> list[tuple[str, Callable[..., Any]]]:
    return [
        (f"{event}.{service}", handler)
        for service in _SERVICES
        for event, handler in (("before-send", _answered), ("choose-signer", _unsigned))
    ]


def _install() -> None:
    from botocore import handlers

    ours = _handlers()
    handlers.BUILTIN_HANDLERS[:0] = ours
    for events in _emitters():
        for event, handler in ours:
            events.register_first(event, handler)


def _uninstall() -> None:
    from botocore import handlers

    ours = _handlers()
    handlers.BUILTIN_HANDLERS[:] = [each for each in handlers.BUILTIN_HANDLERS if each not in ours]
    for events in _emitters():
        for event, handler in ours:
            events.unregister(event, handler)


def _emitters() -> list[Any]:
    """The events of every session there is, and of every client of DynamoDB: botocore keeps no list of them."""
    from botocore.client import BaseClient
    from botocore.session import Session

    classes: list[type[Any]] = [Session]
    for each in classes:
        classes.extend(each.__subclasses__())
    # Each client has a class of its own, made for it.
    classes += [each for each in BaseClient.__subclasses__() if each.__name__ in {"DynamoDB", "DynamoDBStreams"}]
    known = set(classes)
    found: list[Any] = []
    for each in gc.get_referrers(*classes):
        if type(each) in known:
            events = each._events if isinstance(each, Session) else each.meta.events  # type: ignore[attr-defined]  # noqa: SLF001
            found.append(events)
    return found


@contextmanager
def _region() -> Generator[None]:
    """A region for clients to be made for, where none is configured."""
    from botocore.session import Session

    names = ("AWS_REGION", "AWS_DEFAULT_REGION")
    if any(name in os.environ for name in names) or Session().get_config_variable("region") is not None:
        yield
        return
    os.environ["AWS_DEFAULT_REGION"] = _REGION
    try:
        yield
    finally:
        os.environ.pop("AWS_DEFAULT_REGION", None)
