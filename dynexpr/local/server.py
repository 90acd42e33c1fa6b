"""Serves an embedded engine over DynamoDB's wire protocol: for boto3, the AWS CLI, other languages, admin tools.

One thread serves all connections: the engine does one thing at a time anyhow, so more threads would only wait for it
and for each other. A connection costs a buffer, so there may be thousands.
"""

import contextlib
import errno
import selectors
import socket
import sys
import threading
import time
import traceback
from collections import OrderedDict
from email.utils import formatdate
from typing import Final, Self

from dynexpr.errors import ArgumentError
from dynexpr.local.engine import KNOWN, LocalEngine
from dynexpr.local.envelope import Reply, refused, reply
from dynexpr.local.errors import LocalServiceError
from dynexpr.local.request_reader import RequestReader, RequestTooLarge
from dynexpr.transports.http1 import BadMessage

_BACKLOG: Final = 512
_TRIES: Final = 10
"""How many free ports are tried until one is free at all addresses."""
_NOT_HERE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
_DRAIN_SECONDS: Final = 5.0
"""How long what a client still sends is read and thrown away, so that it gets to read its answer."""
_FLUSH_SECONDS: Final = 2.0
"""How long answers may take to leave when the server ends."""
_REASONS: Final = {200: "OK", 400: "Bad Request", 404: "Not Found", 413: "Request Entity Too Large"}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class AddressUnavailable(ArgumentError):
    """A host and port where nothing can listen: in use, not this machine's, or not allowed."""


class _Connection:
    """One client: what it is sending, and what it has not taken yet."""

    __slots__ = ("drain_until", "ending", "out", "reader", "sock", "told_to_send", "waiting", "writing")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.reader = RequestReader()
        self.out: bytes | memoryview = b""
        self.waiting = b""
        """Requests that came while the client did not take its answers."""
        self.writing = False
        self.told_to_send = False
        self.ending = False
        """Whether it is closed once its answers have left."""
        self.drain_until: float | None = None


class Server:
    """An engine on a port. `serve()` serves until `stop()`; or `with Server(engine):` in a thread of its own.

    >>> from dynexpr import create_engine
    >>> with Server(LocalEngine()) as server:
    ...     create_engine(f"dynamodb://us-east-1/?endpoint_url={server.endpoint}").send("ListTables")
    {'TableNames': []}
    """

    def __init__(self, engine: LocalEngine, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on a port, 0 for any that is free, at every address of the host.

        The engine stays the caller's to close.

        Raises AddressUnavailable, and ArgumentError for what is no LocalEngine.
        """
        if not isinstance(engine, LocalEngine):
            raise ArgumentError(
                f"Server(engine) takes a LocalEngine, not {engine!r}; dynexpr.testing.local_engine(engine) is the one "
                "of an engine on local://"
            )
        self._engine = engine
        try:
            self._listeners = _listeners(host, port)
        except (OSError, OverflowError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise AddressUnavailable(f"can't listen on {host} port {port}: {why}") from error
        self.host: Final = host
        self.port: Final[int] = self._listeners[0].getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._wake_receive, self._wake_send = socket.socketpair()
        self._wake_receive.setblocking(False)
        self._wake_send.setblocking(False)
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._open: OrderedDict[_Connection, None] = OrderedDict()
        """All connections, the one that was silent longest first."""
        self._draining: set[_Connection] = set()
        self._date = (0, "")

    @property
    def endpoint(self) -> str:
        """The URL to give to clients."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve, name=f"dynexpr local {self.port}", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        """Have `serve()` return once the answers that were made have left. From any thread, or a signal handler."""
        self._stopping = True
        with contextlib.suppress(OSError):  # as many bytes as fit are there already, or it has ended
            self._wake_send.send(b"\0")

    def serve(self) -> None:
        """Serve until `stop()`."""
        selector = self._selector
        for listener in self._listeners:
            selector.register(listener, selectors.EVENT_READ, listener)
        selector.register(self._wake_receive, selectors.EVENT_READ, None)
        try:
            while not self._stopping:
                for key, mask in selector.select(1.0 if self._draining else None):
                    if isinstance(key.data, _Connection):
                        self._attend(key.data, mask)
                    elif isinstance(key.data, socket.socket):
                        self._accept(key.data)
                    else:
                        with contextlib.suppress(OSError):
                            self._wake_receive.recv(4096)
                self._end_draining()
        finally:
            self._end()

    def _accept(self, listener: socket.socket) -> None:
        # A few at a time, so that those who are connected get their turn.
        for _ in range(64):
            try:
                sock, _address = listener.accept()
            except BlockingIOError:
                return
            except OSError:
                # No descriptor is left, most likely: whoever was silent longest makes room, and would connect anew.
                if not self._open:
                    time.sleep(0.05)
                    return
                self._close(next(iter(self._open)))
                continue
            sock.setblocking(False)
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = _Connection(sock)
            self._open[connection] = None
            self._selector.register(sock, selectors.EVENT_READ, connection)

    def _attend(self, connection: _Connection, mask: int) -> None:
        if connection not in self._open:
            return  # closed by an earlier event of the same round
        self._open.move_to_end(connection)
        try:
            if mask & selectors.EVENT_WRITE:
                self._flush(connection)
            if mask & selectors.EVENT_READ:
                self._read(connection)
        except BlockingIOError:
            return
        except OSError:  # the client has gone
            self._close(connection)

    def _read(self, connection: _Connection) -> None:
        data = connection.sock.recv(connection.reader.wanted)
        if not data:  # and nothing is left to send, or this would not be read
            self._close(connection)
        elif connection.drain_until is None:
            self._take(connection, data)

    def _take(self, connection: _Connection, data: bytes) -> None:
        """Feed what came to the reader, and answer what is whole, while the client takes the answers."""
        while True:
            reader = connection.reader
            try:
                whole = reader.feed(data)
            except BadMessage as error:
                self._refuse(connection, error)
                return
            if not whole:
                if reader.waits_to_send and not connection.told_to_send:
                    connection.told_to_send = True
                    self._send(connection, _CONTINUE)
                return
            self._send(connection, self._answer(connection, reader))
            data = reader.rest
            connection.reader = RequestReader()
            connection.told_to_send = False
            if connection not in self._open or connection.ending or not data:
                return
            if connection.writing:
                connection.waiting = data
                return

    def _answer(self, connection: _Connection, reader: RequestReader) -> bytes:
        headers = reader.headers or {}
        try:
            made = reply(self._engine.call, KNOWN, reader.method, reader.path, headers, reader.body or b"")
        except Exception as error:  # noqa: BLE001 - one request may fail, the server goes on
            traceback.print_exc(file=sys.stderr)
            made = refused(LocalServiceError("InternalServerError", f"{type(error).__name__}: {error}", 500), {})
        connection.ending = not reader.keep_alive
        return self._bytes_of(made, keep_alive=reader.keep_alive, bare=reader.method == "HEAD")

    def _bytes_of(self, made: Reply, *, keep_alive: bool, bare: bool = False) -> bytes:
        lines = "".join([f"{name}: {value}\r\n" for name, value in made.headers.items()])
        now = int(time.time())
        if now != self._date[0]:
            self._date = (now, formatdate(now, usegmt=True))
        head = (
            f"HTTP/1.1 {made.status} {_REASONS.get(made.status, 'Error')}\r\n"
            f"Server: dynexpr\r\nDate: {self._date[1]}\r\n"
            f"{lines}Content-Length: {len(made.body)}\r\nConnection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n"
        )
        # An answer's header may hold what a request's did, which was read as latin-1.
        return head.encode("latin-1", "replace") + (b"" if bare else made.body)

    def _refuse(self, connection: _Connection, error: BadMessage) -> None:
        """Answer what is no request, and let the connection end: what follows could not be told apart."""
        if isinstance(error, RequestTooLarge):
            made = Reply(413, {}, b"")
        else:
            made = Reply(400, {"Content-Type": "text/plain"}, f"{error}\n".encode())
        connection.drain_until = time.monotonic() + _DRAIN_SECONDS
        self._draining.add(connection)
        connection.ending = True
        self._send(connection, self._bytes_of(made, keep_alive=False))

    def _send(self, connection: _Connection, data: bytes) -> None:
        connection.out = bytes(connection.out) + data if connection.out else data
        self._flush(connection)

    def _flush(self, connection: _Connection) -> None:
        sock = connection.sock
        if connection.out:
            try:
                sent = sock.send(connection.out)
            except BlockingIOError:
                sent = 0
            connection.out = memoryview(connection.out)[sent:]
        if connection.out:
            if not connection.writing:
                # Whoever does not take answers may send no more requests.
                connection.writing = True
                self._selector.modify(sock, selectors.EVENT_WRITE, connection)
            return
        if connection.writing:
            connection.writing = False
            self._selector.modify(sock, selectors.EVENT_READ, connection)
            waiting, connection.waiting = connection.waiting, b""
            if waiting and not connection.ending:
                self._take(connection, waiting)
                return
        if connection.ending:
            if connection.drain_until is None:
                self._close(connection)
            else:
                sock.shutdown(socket.SHUT_WR)

    def _end_draining(self) -> None:
        if self._draining:
            now = time.monotonic()
            for connection in [each for each in self._draining if each.drain_until and each.drain_until < now]:
                self._close(connection)

    def _close(self, connection: _Connection) -> None:
        if connection not in self._open:
            return
        del self._open[connection]
        self._draining.discard(connection)
        with contextlib.suppress(OSError, KeyError, ValueError):
            self._selector.unregister(connection.sock)
        connection.sock.close()

    def _end(self) -> None:
        """Take no more requests, let the answers leave, close everything."""
        for listener in self._listeners:
            listener.close()
        until = time.monotonic() + _FLUSH_SECONDS
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                if connection.out:
                    connection.sock.settimeout(max(until - time.monotonic(), 0.01))
                    connection.sock.sendall(connection.out)
            self._close(connection)
        self._selector.close()
        self._wake_receive.close()
        self._wake_send.close()


def _listeners(host: str, port: int) -> list[socket.socket]:
    """A socket for each address that a host has, `localhost` one of IPv4 and one of IPv6, all on one port."""
    places = dict.fromkeys((each[0], each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    left = _TRIES
    while True:
        left -= 1
        found: list[socket.socket] = []
        try:
            for number, (family, address) in enumerate(places, 1):
                try:
                    found.append(_listener(family, str(address), found[0].getsockname()[1] if found else port))
                except OSError as error:
                    # A name may have an address of a kind that the machine does not speak.
                    if error.errno not in _NOT_HERE or (number == len(places) and not found):
                        raise
        except OSError as error:
            for each in found:
                each.close()
            if port or error.errno != errno.EADDRINUSE or not left:
                raise
        else:
            return found


def _listener(family: int, address: str, port: int) -> socket.socket:
    both = address == "::" and socket.has_dualstack_ipv6()  # all addresses, as 0.0.0.0 is all of IPv4's
    made = socket.create_server((address, port), family=family, backlog=_BACKLOG, dualstack_ipv6=both)
    made.setblocking(False)
    return made
