"""Carries requests over HTTP in an event loop: the same bytes and the same errors as `http.py`, without a thread."""

import asyncio
import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from dynexpr.requests import Request
from dynexpr.transports import CONNECT_SECONDS, READ_SECONDS, Transport
from dynexpr.transports.choose import ChosenTransport, mocked, way_of
from dynexpr.transports.connections import IDLE_SECONDS, KEPT, readable, tls_context
from dynexpr.transports.credentials import Credentials, credentials_for
from dynexpr.transports.embedded import EmbeddedTransport
from dynexpr.transports.failures import lost, unreachable
from dynexpr.transports.http import TOTAL_SECONDS, Signed, Speaker, why
from dynexpr.transports.http1 import MAX_BODY, Answer, AnswerReader, BadMessage

if TYPE_CHECKING:
    from ssl import SSLContext

MOST: Final = 100
"""How many requests of one engine are on their way at the same time; the others wait."""


class AsyncTransport(Protocol):
    """As `Transport`, to be awaited."""

    async def send(self, request: Request, /) -> dict[str, Any]:
        """Send a request and return the answer."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class InThread:
    """A transport of the other kind, each request in a thread: what only boto3 can do."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    async def send(self, request: Request, /) -> dict[str, Any]:
        """Send a request in a thread; where the caller is cancelled meanwhile, it is carried out nevertheless."""
        return await asyncio.to_thread(self.inner.send, request)

    async def close(self) -> None:
        """Close the transport."""
        self.inner.close()


class AtOnce:
    """The embedded engine: it answers in microseconds, so no thread is worth it."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    async def send(self, request: Request, /) -> dict[str, Any]:
        """Answer a request, after the other tasks had their turn: what is wrong with a network is wrong here too."""
        await asyncio.sleep(0)
        return self.inner.send(request)

    async def close(self) -> None:
        """Close the transport."""
        self.inner.close()


class _Connection(asyncio.Protocol):
    """A connection that carries one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._reader: AnswerReader | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._patience = 0.0
        self._until = 0.0
        self._idle_monotonic = self._idle_wall = 0.0
        self._closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a stream connection it is one with write()

    async def ask(self, data: bytes, until: float, patience: float, limit: int) -> Answer:
        """Send a request and wait for its answer; OSError or BadMessage where none comes."""
        if self._transport is None or self._closed:
            raise ConnectionResetError("closed before the request was sent")
        self._reader = AnswerReader(limit)
        self._waiting = asyncio.get_running_loop().create_future()
        self._until, self._patience = until, patience
        self._set_alarm()
        self._transport.write(data)
        try:
            return await self._waiting
        finally:
            if self._alarm is not None:
                self._alarm.cancel()
            self._waiting = None

    def data_received(self, data: bytes) -> None:
        """Take bytes; those that nobody asked for end the connection."""
        waiting, reader = self._waiting, self._reader
        if waiting is None or reader is None or waiting.done():
            self.abort()
            return
        try:
            if not reader.feed(data):
                self._set_alarm()
                return
        except BadMessage as error:
            self.abort()
            waiting.set_exception(error)
            return
        if reader.keep_alive:
            self._idle_monotonic, self._idle_wall = time.monotonic(), time.time()
        else:
            self.abort()
        self._answer(waiting, reader)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side closed it, or it broke."""
        self._closed = True
        waiting, reader = self._waiting, self._reader
        if waiting is None or reader is None or waiting.done():
            return
        if exc is not None:
            waiting.set_exception(exc)
            return
        try:
            reader.end()
        except BadMessage as error:
            waiting.set_exception(error)
        else:
            self._answer(waiting, reader)

    def _answer(self, waiting: "asyncio.Future[Answer]", reader: AnswerReader) -> None:
        if reader.answer is None:
            waiting.set_exception(BadMessage("it ended before it was whole"))
        else:
            waiting.set_result(reader.answer)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        loop = asyncio.get_running_loop()
        left = max(min(self._patience, self._until - time.monotonic()), 0.0)
        self._alarm = loop.call_later(left, self._too_late)

    def _too_late(self) -> None:
        self.abort()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(TimeoutError("timed out"))

    def fresh(self) -> bool:
        """Whether it may carry another request: idle for a short time only, and not closed."""
        idle = max(time.monotonic() - self._idle_monotonic, abs(time.time() - self._idle_wall))
        if self._closed or self._transport is None or idle >= IDLE_SECONDS:
            return False
        return not readable(self._transport.get_extra_info("socket"))  # the loop may not have come to it yet

    def abort(self) -> None:
        """Close it at once."""
        self._closed = True
        if self._transport is not None:
            self._transport.abort()


class AioTransport:
    """A transport to one endpoint for event loops; connections belong to the loop that made them."""

    def __init__(
        self,
        *,
        endpoint: str,
        region: str,
        credentials: Credentials | None = None,
        profile: str | None = None,
        connect_timeout: float = CONNECT_SECONDS,
        read_timeout: float = READ_SECONDS,
        gzip: bool = False,
        limit: int = MAX_BODY,
    ) -> None:
        credentials = credentials or credentials_for(profile, endpoint, os.environ)
        self.speaker = Speaker(endpoint, region, credentials, gzip=gzip)
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._limit = limit
        self._context: SSLContext | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = 0
        self._idle: list[_Connection] = []
        self._turns = asyncio.Semaphore(MOST)

    async def send(self, request: Request, /) -> dict[str, Any]:
        """Send a request; once more where it was refused for the clock or for expired keys."""
        self._here()
        until = time.monotonic() + TOTAL_SECONDS
        if request.until is not None:
            until = min(until, request.until)
        again = True
        turns = self._turns
        await self._turn(turns, request, until)
        try:
            while True:
                signed = await self._signed(request)
                answer = await self._exchange(request, signed.data, until)
                response = self.speaker.response_of(request, answer, signed, again=again)
                if response is not None:
                    return response
                again = False
        finally:
            turns.release()

    async def _turn(self, turns: asyncio.Semaphore, request: Request, until: float) -> None:
        """Wait until there are not too many others."""
        if not turns.locked():
            await turns.acquire()
            return
        try:
            async with asyncio.timeout(until - time.monotonic()):
                await turns.acquire()
        except TimeoutError as error:
            raise unreachable(self.speaker.where(request), f"{MOST} others are on their way") from error

    async def close(self) -> None:
        """Close its idle connections."""
        self._here()
        while self._idle:
            self._idle.pop().abort()
        await asyncio.sleep(0)  # lets them tell their loop

    def _here(self) -> None:
        """Connections of another loop, or of a parent process, are not ours to use."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop or self._process != os.getpid():
            self._loop, self._process = loop, os.getpid()
            self._turns = asyncio.Semaphore(MOST)
            while self._idle:
                with contextlib.suppress(RuntimeError):  # its loop is closed already
                    self._idle.pop().abort()

    async def _signed(self, request: Request) -> Signed:
        if self.speaker.credentials.quick:
            return self.speaker.signed(request)
        return await asyncio.to_thread(self.speaker.signed, request)

    async def _exchange(self, request: Request, data: bytes, until: float) -> Answer:
        connection = await self._connection(request, until)
        try:
            answer = await connection.ask(data, until, self._read_timeout, self._limit)
        except (OSError, BadMessage) as error:
            connection.abort()
            raise lost(self.speaker.where(request), why(error)) from error
        except BaseException:  # cancelled: an answer that comes now would be taken for the next request's
            connection.abort()
            raise
        if self._loop is asyncio.get_running_loop() and connection.fresh() and len(self._idle) < KEPT * 2:
            self._idle.append(connection)
        else:
            connection.abort()
        return answer

    async def _connection(self, request: Request, until: float) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.fresh():
                return connection
            connection.abort()
        speaker = self.speaker
        left = min(self._connect_timeout, until - time.monotonic())
        if left <= 0:
            raise unreachable(speaker.where(request), "timed out")
        tls: dict[str, Any] = {}
        if speaker.tls:
            if self._context is None:
                self._context = tls_context()
            tls = {"ssl": self._context, "server_hostname": speaker.host}
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(left):
                _, connection = await loop.create_connection(_Connection, speaker.host, speaker.port, **tls)
        except (OSError, UnicodeError) as error:  # a name that no server can have is a UnicodeError here
            raise unreachable(speaker.where(request), why(error)) from error
        return connection


class AsyncChosenTransport:
    """The transport of `dynamodb://` for event loops: HTTP, or boto3 in threads, as `choose.py` decides."""

    def __init__(self, sync: ChosenTransport) -> None:
        self._sync = sync
        self._http: AioTransport | None = None
        self._chosen = False

    async def send(self, request: Request, /) -> dict[str, Any]:
        """Send a request by the chosen way."""
        mock = mocked() if "botocore" in sys.modules else None
        if mock is None and not self._chosen:
            self._choose()
        if mock is not None or self._http is None:
            return await asyncio.to_thread(self._sync.send, request)
        return await self._http.send(request)

    def _choose(self) -> None:
        options = self._sync.options
        way = way_of(options, os.environ)
        if way.why_boto3 is None:
            self._http = AioTransport(
                endpoint=way.endpoint,
                region=way.region,
                profile=options.profile,
                connect_timeout=options.connect_timeout,
                read_timeout=options.read_timeout,
                gzip=options.gzip,
            )
        self._chosen = True

    async def close(self) -> None:
        """Close whatever was opened."""
        if self._http is not None:
            await self._http.close()
        self._sync.close()


def as_async(transport: Transport) -> AsyncTransport:
    """The transport of an event loop for what a URL, or a client, has led to."""
    if isinstance(transport, ChosenTransport):
        return AsyncChosenTransport(transport)
    if isinstance(transport, EmbeddedTransport):
        return AtOnce(transport)
    return InThread(transport)
