"""Does the HTTP transport keep what it promises: connections, TLS, gzip, clocks, keys, and answers of every bad kind?

The endpoints are servers on loopback that keep connections open and do what a script says. What both transports have in
common is tested in test_transports.py.
"""

import contextlib
import gzip
import json
import logging
import os
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders
from botocore.session import Session

from dynexpr import RetryPolicy, create_engine, get, put
from dynexpr.engine import Engine
from dynexpr.errors import (
    AccessDenied,
    CredentialsMissing,
    DeadlineExceeded,
    DynexprError,
    EndpointUnreachable,
    OutcomeUnknown,
    RequestRefused,
    ResponseLost,
    ServiceError,
)
from dynexpr.requests import Request
from dynexpr.transports import connections, http
from dynexpr.transports.choose import ChosenTransport, way_of
from dynexpr.transports.credentials import BotocoreKeys, DummyKeys, EnvironmentKeys
from dynexpr.transports.http import HttpTransport
from dynexpr.transports.http1 import AnswerReader, BadMessage
from tests.models import Quota
from tests.test_transports import GET, ITEM, WHOLE, Reply, bare_machine, closing, free_port, one_line, silent
from tests.wire_shapes import service_model

__all__ = ["bare_machine"]  # a fixture, for every test of this module

# ruff: noqa: E501  a row is a line, so that rows can be compared

PUT = put(Quota).values(user="u1", remaining=1)
PEM = Path(__file__).parent / "loopback.pem"


class Kept:
    """A server whose connections stay open: each request is answered by the next reply; a reply may close."""

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None) -> None:
        self.replies = list(replies)
        self.connections = 0
        self.heads: list[str] = []
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    def url(self, more: str = "") -> str:
        """The engine URL that leads here."""
        scheme = "http" if self._tls is None else "https"
        return f"dynamodb://us-east-1/?endpoint_url={scheme}://localhost:{self.port}&read_timeout=2{more}"

    def drop(self) -> None:
        """Close all connections, as a server does with those that were idle for long."""
        while self._open:
            connection = self._open.pop()
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop."""
        self._listener.close()
        self.drop()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        with contextlib.suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(plain, server_side=True)
            self.connections += 1
            self._open.append(connection)
            while (head := _request(connection)) is not None:
                self.heads.append(head)
                reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                reply(connection)
                if reply in {closing, silent} or getattr(reply, "closes", False):
                    break
        connection.close()


def _request(connection: socket.socket) -> str | None:
    """Read one request whole; its head."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(65536)
        if not more:
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:"))
    while len(body) < length:
        body += connection.recv(65536)
    return head.decode()


def saying(body: bytes = WHOLE, status: int = 200, headers: str = "", *, length: bool = True) -> Reply:
    """A reply that leaves the connection open."""

    def reply(connection: socket.socket) -> None:
        told = f"Content-Length: {len(body)}\r\n" if length else ""
        connection.sendall(f"HTTP/1.1 {status} Status\r\n{told}{headers}\r\n".encode() + body)

    return reply


def raw(*pieces: bytes, pause: float = 0.0, close: bool = True) -> Reply:
    """A reply of these very bytes, piece by piece; the connection is closed after it."""

    def reply(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)

    reply.closes = close  # type: ignore[attr-defined]
    return reply


def refusing(code: str, message: str = "told", headers: str = "") -> Reply:
    """An error answer that leaves the connection open."""
    return saying(json.dumps({"__type": f"x#{code}", "message": message}).encode(), 400, headers)


@pytest.fixture
def serve() -> Iterator[Callable[..., Kept]]:
    """Starts servers, and ends them after the test."""
    servers: list[Kept] = []

    def start(*replies: Reply, **more: Any) -> Kept:
        servers.append(Kept(*replies, **more))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def hasty(server: Kept, more: str = "") -> Engine:
    """An engine that tries once."""
    return create_engine(server.url(more), retry=None)


def test_connection_is_kept(serve: Callable[..., Kept]) -> None:
    """Requests one after the other share a connection; ten threads have one each, and ten are kept."""
    server = serve(saying())
    with hasty(server) as engine:
        for _ in range(5):
            assert engine.execute(GET).one().remaining == 7
        assert server.connections == 1
        together = threading.Barrier(12)

        def ask() -> None:
            together.wait()
            engine.execute(GET)

        threads = [threading.Thread(target=ask) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 1 <= server.connections <= 12
        assert len(transport_of(engine)._connections._idle) <= connections.KEPT


def transport_of(engine: Engine) -> HttpTransport:
    """The HTTP transport of an engine."""
    assert isinstance(engine.transport, ChosenTransport)
    chosen = engine.transport.chosen()
    assert isinstance(chosen, HttpTransport)
    return chosen


def test_dropped_connection_is_noticed_before_a_write(serve: Callable[..., Kept]) -> None:
    """A connection that the server closed while it was idle carries nothing: a put goes over a new one, once."""
    server = serve(saying())
    with hasty(server) as engine:
        engine.execute(GET)
        server.drop()
        time.sleep(0.05)
        engine.execute(PUT)
    assert [head.count("PutItem") for head in server.heads] == [0, 1]
    assert server.connections == 2


@pytest.mark.parametrize("clock", ["monotonic", "time"])
def test_connection_that_was_idle_for_long_is_not_used(
    clock: str, serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a freeze, which one of the two clocks shows, a connection may be dead without a sign: a new one is made."""
    server = serve(saying())
    with hasty(server) as engine:
        engine.execute(GET)
        real = getattr(time, clock)
        monkeypatch.setattr(time, clock, lambda: real() + connections.IDLE_SECONDS + 1)
        engine.execute(GET)
    assert server.connections == 2


def test_connection_that_talks_out_of_turn_is_not_used(serve: Callable[..., Kept]) -> None:
    """Bytes after the end of an answer would be taken for the next one: that connection is given up."""
    extra = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    server = serve(raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(WHOLE) + WHOLE + extra, close=False))
    with hasty(server) as engine:
        for _ in range(3):
            assert engine.execute(GET).one().remaining == 7
    assert server.connections == 3


def test_forked_process_makes_connections_of_its_own(
    serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child process never speaks over a socket of its parent's."""
    server = serve(saying())
    with hasty(server) as engine:
        engine.execute(GET)
        parent = os.getpid()
        monkeypatch.setattr(os, "getpid", lambda: parent + 1)
        engine.execute(GET)
    assert server.connections == 2


def test_closed_engine_leaves_no_connection(serve: Callable[..., Kept]) -> None:
    """What is closed keeps nothing open, nor does what is thrown away without being closed."""
    server = serve(saying())
    engine = hasty(server)
    engine.execute(GET)
    pool = transport_of(engine)._connections
    (idle,) = pool._idle
    engine.close()
    assert idle.sock.fileno() == -1
    other = hasty(server)
    other.execute(GET)
    (idle,) = transport_of(other)._connections._idle
    del other
    assert idle.sock.fileno() == -1


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(WHOLE)
RIGHT: list[tuple[str, Reply]] = [
    ("at once", saying()),
    ("byte by byte", raw(*(bytes([byte]) for byte in OK + b"\r\n" + WHOLE), close=False)),
    ("until the connection closes", raw(b"HTTP/1.1 200 OK\r\n\r\n" + WHOLE)),
    ("HTTP/1.0", raw(b"HTTP/1.0 200 OK\r\n\r\n" + WHOLE)),
    ("after 100 Continue", raw(b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"\r\n" + WHOLE, close=False)),
    ("in chunks", raw(CHUNKED + b"5\r\n" + WHOLE[:5] + b"\r\n", b"%x;a=b\r\n" % len(WHOLE[5:]), WHOLE[5:] + b"\r\n0\r\n\r\n", close=False)),
    ("in chunks with a trailer", raw(CHUNKED + b"%X\r\n%s\r\n0\r\nX-After: 1\r\n\r\n" % (len(WHOLE), WHOLE), close=False)),
    ("checksum", saying(headers=f"x-amz-crc32: {zlib.crc32(WHOLE)}\r\n")),
    ("gzip", saying(gzip.compress(WHOLE), headers="Content-Encoding: gzip\r\n")),
    ("gzip, checksum of what was sent", saying(gzip.compress(WHOLE, mtime=0), headers=f"Content-Encoding: gzip\r\nx-amz-crc32: {zlib.crc32(gzip.compress(WHOLE, mtime=0))}\r\n")),
    ("gzip, checksum of what it is", saying(gzip.compress(WHOLE), headers=f"Content-Encoding: gzip\r\nx-amz-crc32: {zlib.crc32(WHOLE)}\r\n")),
    ("headers in capitals", raw(OK.upper().replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK") + b"\r\n" + WHOLE, close=False)),
    ("no reason", raw(OK.replace(b" OK", b"") + b"\r\n" + WHOLE, close=False)),
]  # fmt: skip


@pytest.mark.parametrize("reply", [reply for _, reply in RIGHT], ids=[name for name, _ in RIGHT])
def test_right_answers(reply: Reply, serve: Callable[..., Kept]) -> None:
    """However an answer is put into bytes, it says the same, twice."""
    with hasty(serve(reply)) as engine:
        assert engine.execute(GET).one().user == "u1"
        assert engine.execute(GET).one().remaining == 7


BROKEN: list[tuple[str, Reply, str]] = [
    ("nothing", closing, "closed before an answer"),
    ("half a status line", raw(b"HTTP/1."), "ends in the headers"),
    ("another protocol", raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "no HTTP/1.1"),
    ("HTTP/2", raw(b"HTTP/2 200 OK\r\n\r\n{}"), "no HTTP/1.1"),
    ("no status", raw(b"HTTP/1.1 OK\r\n\r\n{}"), "no HTTP/1.1"),
    ("switching protocols", raw(b"HTTP/1.1 101 Switching\r\n\r\n"), "the status 101"),
    ("a header that is none", raw(b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n{}"), "a header that is none"),
    ("a folded header", raw(OK + b"\r\n folded: 1\r\n\r\n" + WHOLE), ""),
    ("endless headers", raw(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000), "bytes of headers"),
    ("two lengths", raw(OK + b"Content-Length: 2\r\n\r\n" + WHOLE), "content-length twice"),
    ("length and chunks", raw(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), "with a length"),
    ("a length that is none", raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"), "the length '-1'"),
    ("another coding", raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}"), "the transfer coding 'gzip'"),
    ("a body cut off", raw(OK + b"\r\n" + WHOLE[:-1]), f"closed after {len(WHOLE) - 1} bytes"),
    ("chunks cut off", raw(CHUNKED + b"5\r\nabc"), "closed after 0 bytes"),
    ("no last chunk", raw(CHUNKED + b"2\r\n{}\r\n"), "closed after 2 bytes"),
    ("a chunk without length", raw(CHUNKED + b"xyz\r\n{}\r\n0\r\n\r\n"), "the length of a chunk is b'xyz'"),
    ("a chunk with a sign", raw(CHUNKED + b"+2\r\n{}\r\n0\r\n\r\n"), "the length of a chunk"),
    ("a chunk longer than it says", raw(CHUNKED + b"1\r\n{}\r\n0\r\n\r\n"), "longer than it says"),
    ("a chunk too large", raw(CHUNKED + b"fffffffff\r\n"), "the length of a chunk"),
    ("an endless chunk length", raw(CHUNKED + b"0" * 2000), "has no end"),
    ("endless trailers", raw(CHUNKED + b"0\r\n" + b"x: y\r\n" * 20_000), "bytes of trailers"),
    ("promised too long", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"), "more than DynamoDB sends"),
    ("wrong checksum", saying(headers="x-amz-crc32: 1\r\n"), "not what their checksum says"),
    ("checksum that is none", saying(headers="x-amz-crc32: abc\r\n"), "not what their checksum says"),
    ("gzip that is none", saying(headers="Content-Encoding: gzip\r\n"), "its gzip is broken"),
    ("gzip cut off", saying(gzip.compress(WHOLE)[:-3], headers="Content-Encoding: gzip\r\n"), "cut off"),
    ("gzip and more", saying(gzip.compress(WHOLE) + b"x", headers="Content-Encoding: gzip\r\n"), "something else"),
    ("unknown coding", saying(headers="Content-Encoding: br\r\n"), "the content coding 'br'"),
    ("no JSON", saying(b"<html>"), "no JSON"),
    ("empty", saying(b""), "no JSON"),
    ("a list", saying(b"[]"), "no JSON object"),
    ("deep JSON", saying(b"[" * 100_000), "no JSON"),
    ("not UTF-8", saying(b'{"Item": {"user": {"S": "\xff"}}}'), "no JSON"),
    ("bytes that are no base64", saying(b'{"Item": {"user": {"B": "=a="}}}'), "no JSON"),
    (
        "an error of DynamoDB cut off",
        saying(b'{"__type": "x#Thrott', 400, "x-amzn-RequestId: r\r\n"),
        "an error answer",
    ),
]


@pytest.mark.parametrize(("reply", "says"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_broken_answers(reply: Reply, says: str, serve: Callable[..., Kept]) -> None:
    """An answer that is not whole or not certain is a lost one: asked for again by a read, doubt for a put."""
    server = serve(reply, reply, reply, saying())
    with create_engine(server.url(), retry=RetryPolicy(max_attempts=1)) as engine:
        with pytest.raises(ResponseLost) as caught:
            engine.execute(GET)
        assert says in one_line(caught.value)
        with pytest.raises(OutcomeUnknown):
            engine.execute(PUT)
    with create_engine(server.url(), retry=RetryPolicy(initial_delay=0)) as engine:
        assert engine.execute(GET).one().remaining == 7


def test_too_long_answers(serve: Callable[..., Kept]) -> None:
    """An answer is given up at the limit, however it is sent, and not held in memory beyond it."""
    big = b"x" * 50_000
    ways = [
        saying(big),
        raw(b"HTTP/1.1 200 OK\r\n\r\n" + big),
        raw(CHUNKED + b"%x\r\n%s\r\n" % (len(big), big)),
        raw(CHUNKED + (b"800\r\n" + b"x" * 2048 + b"\r\n") * 25),
    ]
    for reply in ways:
        endpoint = f"http://localhost:{serve(reply).port}"
        transport = HttpTransport(endpoint=endpoint, region="us-east-1", credentials=DummyKeys(), limit=10_000)
        with pytest.raises(ResponseLost, match="more than DynamoDB sends"):
            transport.send(Request("GetItem", {}))
        transport.close()


def test_gzip_bomb(serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than DynamoDB can send is not unpacked."""
    monkeypatch.setattr("dynexpr.transports.protocol.MAX_BODY", 10_000)
    server = serve(saying(gzip.compress(b" " * 1_000_000), headers="Content-Encoding: gzip\r\n"))
    with hasty(server) as engine, pytest.raises(ResponseLost, match="unpacks to more than 10000 bytes"):
        engine.execute(GET)


def test_answers_that_trickle(serve: Callable[..., Kept]) -> None:
    """One byte now and then keeps no request alive beyond its deadline, in the headers or in the body."""
    for start in (b"HTTP/1.1 200 OK\r\nx: ", OK + b"\r\n"):
        server = serve(raw(start, *[b"x"] * 60, pause=0.05))
        with create_engine(server.url()) as engine:
            started = time.monotonic()
            with pytest.raises(ResponseLost, match="timed out"):
                engine.execute(GET.execution_options(deadline=0.3))
            assert time.monotonic() - started < 1


def test_answers_that_trickle_without_deadline(serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a deadline and without retries a total time holds nevertheless."""
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.3)
    server = serve(raw(OK, *[b"x"] * 60, pause=0.05))
    with hasty(server) as engine, pytest.raises(ResponseLost, match="timed out"):
        engine.execute(GET)


def test_deadline_that_is_over(serve: Callable[..., Kept]) -> None:
    """Nothing is sent after the deadline."""
    server = serve(saying())
    with hasty(server) as engine, pytest.raises(DeadlineExceeded, match="was not sent"):
        engine.execute(GET.execution_options(deadline=0.0))
    assert server.heads == []


def test_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host nobody knows is an endpoint that can't be reached, after which nothing was sent."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    url = "dynamodb://us-east-1/?endpoint_url=http://no-such-host.invalid:8000"
    unknown = socket.gaierror(-2, "Name or service not known")
    with (
        mock.patch("socket.getaddrinfo", side_effect=unknown),
        create_engine(url, retry=None) as engine,
        pytest.raises(EndpointUnreachable) as caught,
    ):
        engine.execute(PUT)
    assert "no-such-host.invalid:8000: no connection (Name or service not known)" in one_line(caught.value)


def tls_server(*, low: bool = False) -> ssl.SSLContext:
    """What a server needs to speak TLS with the certificate of the tests."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    if low:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


@pytest.mark.parametrize("low", [False, True], ids=["TLS 1.3", "TLS 1.2"])
def test_tls(low: bool, serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a certificate that SSL_CERT_FILE trusts, requests go over one encrypted connection."""
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    server = serve(saying(), tls=tls_server(low=low))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    with hasty(server) as engine:
        for _ in range(3):
            assert engine.execute(GET).one().remaining == 7
    assert server.connections == 1


def test_certificates_that_are_not_right(serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate nobody vouches for, or of another name, ends the connection before anything is sent."""
    server = serve(saying(), tls=tls_server())
    with hasty(server) as engine, pytest.raises(EndpointUnreachable, match="CERTIFICATE_VERIFY_FAILED") as caught:
        engine.execute(PUT)
    one_line(caught.value)
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    url = server.url().replace("localhost", "127.0.0.1")
    with (
        create_engine(url, retry=None) as engine,
        pytest.raises(EndpointUnreachable, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        engine.execute(PUT)
    assert server.heads == []


def test_certificates_of_botocore_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a machine without certificates those that botocore brings along are used."""
    nothing = ssl.DefaultVerifyPaths(None, None, "SSL_CERT_FILE", str(tmp_path), "SSL_CERT_DIR", str(tmp_path))  # type: ignore[arg-type]
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nothing)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda _self: None)
    assert connections.tls_context().cert_store_stats()["x509_ca"] > 50


def now_plus(seconds: float) -> str:
    """The Date header of a service whose clock differs from ours."""
    return f"Date: {formatdate(time.time() + seconds, usegmt=True)}\r\n"


@pytest.mark.parametrize("ahead", [-86_400, 7_200])
@pytest.mark.parametrize("code", ["InvalidSignatureException", "RequestTimeTooSkewed", "RequestExpired"])
def test_wrong_clock_is_corrected(ahead: float, code: str, serve: Callable[..., Kept]) -> None:
    """A request refused for our clock is signed again by the service's, a put too; later ones are right at once."""
    server = serve(refusing(code, headers=now_plus(ahead)), saying(headers=now_plus(ahead)))
    with hasty(server) as engine:
        engine.execute(PUT)
        engine.execute(GET)
    stamps = [next(line for line in head.split("\r\n") if line.startswith("X-Amz-Date")) for head in server.heads]
    assert len(stamps) == 3
    right = time.strftime("X-Amz-Date: %Y%m%dT%H", time.gmtime(time.time() + ahead))
    assert [stamp.startswith(right) for stamp in stamps] == [False, True, True]


@pytest.mark.parametrize("headers", ["", "Date: nonsense\r\n", now_plus(5)], ids=["no date", "nonsense", "the same"])
def test_right_clock_is_not_corrected(headers: str, serve: Callable[..., Kept]) -> None:
    """Where the clocks agree, or nobody knows, a wrong signature is told, once."""
    server = serve(refusing("InvalidSignatureException", headers=headers))
    with hasty(server) as engine, pytest.raises(AccessDenied):
        engine.execute(GET)
    assert len(server.heads) == 1


def test_expired_keys_are_read_again(serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that were exchanged in the environment meanwhile are used once the old ones are refused."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OLD")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "old-token")
    expired = refusing("ExpiredTokenException")
    server = serve(saying(), expired, saying(), expired)
    with hasty(server) as engine:
        engine.execute(GET)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "NEW")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "new-token")
        engine.execute(PUT)
        with pytest.raises(AccessDenied):
            engine.execute(PUT)
    assert ["Credential=NEW" in head for head in server.heads] == [False, False, True, True]
    assert ["X-Amz-Security-Token: new-token" in head for head in server.heads] == [False, False, True, True]


def together(code: str, headers: str = "", among: int = 2) -> Reply:
    """An error answer that is sent when *among* requests have come."""
    gate = threading.Barrier(among)
    refuse = refusing(code, headers=headers)

    def reply(connection: socket.socket) -> None:
        gate.wait(10)
        refuse(connection)

    return reply


def outcomes(engine: Engine) -> list[str]:
    """What comes of two requests at the same time."""

    def ask(_number: int) -> str:
        try:
            return str(engine.execute(GET).one().remaining)
        except DynexprError as error:
            return type(error).__name__

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(ask, range(2)))


@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "ExpiredTokenException"])
def test_requests_refused_at_the_same_time(
    code: str, serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one thread has put clock or keys right, another one, refused for the same reason, is not told an error."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OLD")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    refuse = together(code, now_plus(7_200))
    server = serve(saying(), refuse, refuse, saying())
    with hasty(server) as engine:
        engine.execute(GET)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "NEW")
        assert outcomes(engine) == ["7", "7"]


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"])
@pytest.mark.parametrize("value", ["x\r\nX-Evil: 1", "x\n", "x\r", "\x1b", "ключ"])
def test_keys_that_no_header_can_carry(
    name: str, value: str, serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line end that came along with a key begins no header, and is said to be wrong before anything is sent."""
    for variable, text in {**KEYS, name: value}.items():
        monkeypatch.setenv(variable, text)
    server = serve(saying())
    with hasty(server) as engine, pytest.raises(CredentialsMissing, match="no header can carry") as caught:
        engine.execute(GET)
    one_line(caught.value)
    assert server.heads == []


def test_deadline_holds_for_all_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may have many addresses, and each may be silent: they share the time that is left."""
    tried: list[object] = []

    class Silent(socket.socket):
        def connect(self, address: Any) -> None:
            tried.append(address)
            time.sleep(self.gettimeout() or 0)
            raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "socket", Silent)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", 9)) for number in range(1, 9)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args: found)
    url = "dynamodb://us-east-1/?endpoint_url=http://127.0.0.1:9&connect_timeout=0.05"
    with create_engine(url, retry=None) as engine, pytest.raises(EndpointUnreachable, match="timed out"):
        engine.execute(GET.execution_options(deadline=0.12))
    assert len(tried) == 3


class Changing:
    """botocore's credentials, as they change."""

    def __init__(self) -> None:
        self.asked = 0

    def get_frozen_credentials(self) -> tuple[str, str, str]:
        """The next ones."""
        self.asked += 1
        return (f"KEY{self.asked}", "s", "t")


def test_keys_of_botocore_are_asked_for_each_time(
    serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Keys of a profile come from botocore, which renews them before they expire; refused ones are looked up anew."""
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    server = serve(saying())
    with hasty(server) as engine:
        engine.execute(GET)
    assert "Credential=FILE/" in server.heads[0]
    changing = Changing()
    monkeypatch.setattr(Session, "get_credentials", lambda _self: changing)
    server = serve(saying(), saying(), refusing("ExpiredTokenException"), saying())
    with hasty(server) as engine:
        for _ in range(3):
            engine.execute(GET)
    assert [f"Credential=KEY{number}/" in head for number, head in enumerate(server.heads, 1)] == [True] * 4


def test_keys_of_botocore_are_looked_for_once(
    serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What finds keys may be a program, or ask for a code: threads that begin together start it once."""
    (tmp_path / "credentials").write_text("[default]\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    asked: list[Changing] = []

    def find(_session: object) -> Changing:
        asked.append(Changing())
        time.sleep(0.05)
        return asked[-1]

    monkeypatch.setattr(Session, "get_credentials", find)
    with hasty(serve(saying())) as engine:
        assert outcomes(engine) == ["7", "7"]
    assert len(asked) == 1


def test_keys_that_another_thread_renewed_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are looked for again where those that were refused are the ones there are, and only then."""
    found: list[Changing] = []

    def find(_session: object) -> Changing:
        found.append(Changing())
        return found[-1]

    monkeypatch.setattr(Session, "get_credentials", find)
    keys = BotocoreKeys(None, "http://localhost:1")
    old = keys.keys("")
    assert keys.renew(old)
    assert keys.keys("") == old  # KEY1 of another one
    assert keys.keys("") != old
    assert keys.renew(old)
    keys.keys("")
    assert len(found) == 2


@pytest.mark.parametrize(
    ("environment", "files", "profile", "kind"),
    [
        ({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, False, None, EnvironmentKeys),
        ({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, True, None, EnvironmentKeys),
        ({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, True, "dev", BotocoreKeys),
        ({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_CREDENTIAL_EXPIRATION": "2030-01-01T00:00:00Z"}, False, None, BotocoreKeys),
        ({"AWS_ACCESS_KEY_ID": "a"}, False, None, BotocoreKeys),
        ({"AWS_PROFILE": "dev"}, False, None, BotocoreKeys),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://x"}, False, None, BotocoreKeys),
        ({}, True, None, BotocoreKeys),
        ({}, False, "dev", BotocoreKeys),
        ({}, False, None, DummyKeys),
    ],
)  # fmt: skip
def test_where_keys_come_from(
    environment: dict[str, str],
    files: bool,
    profile: str | None,
    kind: type,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The environment first, unless a profile is asked for; botocore for all else; none are needed on loopback."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if files:
        (tmp_path / "credentials").write_text("[default]\n")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    with create_engine("dynamodb://us-east-1/?endpoint_url=http://localhost:1") as engine:
        assert isinstance(engine.transport, ChosenTransport)
        engine.transport.options.profile = profile
        assert type(transport_of(engine).speaker.credentials) is kind


KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
LOOPBACK = "dynamodb://us-east-1/?endpoint_url=http://localhost:1"
TO_AWS = "dynamodb://us-east-1/"
CHOICES: list[tuple[str, dict[str, str], str, str]] = [
    (LOOPBACK, {}, "", "http://localhost:1"),
    (TO_AWS, {}, "", "https://dynamodb.us-east-1.amazonaws.com"),
    ("dynamodb://us-gov-west-1/", {}, "", "https://dynamodb.us-gov-west-1.amazonaws.com"),
    ("dynamodb://cn-north-1/", {}, "", "https://dynamodb.cn-north-1.amazonaws.com.cn"),
    ("dynamodb://", {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "", "https://dynamodb.eu-west-1.amazonaws.com"),
    ("dynamodb://", {"AWS_DEFAULT_REGION": "eu-west-2"}, "", "https://dynamodb.eu-west-2.amazonaws.com"),
    ("dynamodb://", {}, "[default]\nregion = eu-west-3\n", "https://dynamodb.eu-west-3.amazonaws.com"),
    ("dynamodb://", {"AWS_PROFILE": "dev"}, "[profile dev]\nregion = eu-west-3\n", "https://dynamodb.eu-west-3.amazonaws.com"),
    (TO_AWS, {"AWS_ENDPOINT_URL": "http://h:1"}, "", "http://h:1"),
    (TO_AWS, {"AWS_ENDPOINT_URL": "http://h:1", "AWS_ENDPOINT_URL_DYNAMODB": "http://d:1"}, "", "http://d:1"),
    (TO_AWS, {"AWS_ENDPOINT_URL": "http://h:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "", "https://dynamodb.us-east-1.amazonaws.com"),
    (LOOPBACK, {"AWS_ENDPOINT_URL": "http://h:1"}, "", "http://localhost:1"),
    (LOOPBACK, {"AWS_CA_BUNDLE": "x.pem", "https_proxy": "http://p:1", "AWS_USE_FIPS_ENDPOINT": "true"}, "[default]\nca_bundle = x\n", "http://localhost:1"),
    (TO_AWS, {"https_proxy": "http://p:1"}, "", "https_proxy is set"),
    (TO_AWS, {"HTTPS_PROXY": "http://p:1"}, "", "HTTPS_PROXY is set"),
    (TO_AWS, {"all_proxy": "http://p:1"}, "", "all_proxy is set"),
    (LOOPBACK, {"http_proxy": "http://p:1"}, "", "http_proxy is set"),
    (TO_AWS, {"AWS_CA_BUNDLE": "x.pem"}, "", "AWS_CA_BUNDLE is set"),
    (TO_AWS, {"REQUESTS_CA_BUNDLE": "x.pem"}, "", "REQUESTS_CA_BUNDLE is set"),
    (TO_AWS, {"AWS_USE_FIPS_ENDPOINT": "true"}, "", "AWS_USE_FIPS_ENDPOINT is set"),
    (TO_AWS, {"AWS_USE_DUALSTACK_ENDPOINT": "True"}, "", "AWS_USE_DUALSTACK_ENDPOINT is set"),
    (TO_AWS, {"AWS_ACCOUNT_ID_ENDPOINT_MODE": "required"}, "", "AWS_ACCOUNT_ID_ENDPOINT_MODE is set"),
    (TO_AWS, {}, "[default]\nendpoint_url = http://h:1\n", "endpoint_url is set in"),
    (TO_AWS, {}, "[default]\nservices = s\n[services s]\ndynamodb =\n  endpoint_url = http://h:1\n", "endpoint_url is set in"),
    (TO_AWS, {}, "[default]\nuse_fips_endpoint=true\n", "use_fips_endpoint is set in"),
    (TO_AWS, {}, "[profile x]\nca_bundle = /x.pem\n", "ca_bundle is set in"),
    ("dynamodb://us-iso-east-1/", {}, "", "the endpoint of the region us-iso-east-1 is botocore's to know"),
    ("dynamodb://local/", {}, "", "the endpoint of the region local is botocore's to know"),
    ("dynamodb://", {}, "", "no region was found"),
    ("dynamodb://", {"AWS_REGION": "x\r\nX-Evil: 1", "AWS_ENDPOINT_URL": "http://h:1"}, "", "'x\\r\\nX-Evil: 1' is no region"),
    ("dynamodb://us-east-1/?endpoint_url=http://h:1/path", {}, "", "is more than scheme, host and port"),
    ("dynamodb://us-east-1/?endpoint_url=http://u:p@h:1", {}, "", "is more than scheme, host and port"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "environment", "config", "outcome"), CHOICES)
def test_choice(
    url: str,
    environment: dict[str, str],
    config: str,
    outcome: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """HTTP itself wherever it can do what is asked for; else boto3, and one line of the log says why."""
    for name, value in {**KEYS, **environment}.items():
        monkeypatch.setenv(name, value)
    if config:
        (tmp_path / "config").write_text(config)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with caplog.at_level(logging.DEBUG, "dynexpr.engine"), create_engine(url) as engine:
        assert isinstance(engine.transport, ChosenTransport)
        chosen = engine.transport.chosen()
        assert engine.transport.chosen() is chosen
    if "://" in outcome:
        assert isinstance(chosen, HttpTransport)
        assert chosen.speaker.endpoint == outcome
        assert caplog.records == []
    else:
        (record,) = caplog.records
        assert record.getMessage().startswith("requests go through boto3: ")
        assert outcome in record.getMessage()


@pytest.mark.parametrize(
    ("setting", "url", "outcome"),
    [
        ("region = eu-west-3", "dynamodb://", "https://dynamodb.eu-west-3.amazonaws.com"),
        ("endpoint_url = http://h:1", TO_AWS, "endpoint_url is set in"),
        ("ca_bundle = /x.pem", TO_AWS, "ca_bundle is set in"),
    ],
)
def test_settings_among_the_credentials(
    setting: str, url: str, outcome: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """botocore takes the settings of a profile from the file of credentials as well, and so do we."""
    path = tmp_path / "credentials"
    path.write_text(f"[default]\naws_access_key_id = x\naws_secret_access_key = y\n{setting}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    with create_engine(url) as engine:
        assert isinstance(engine.transport, ChosenTransport)
        way = way_of(engine.transport.options, os.environ)
    assert outcome in (way.why_boto3 or way.endpoint)


def test_mocked_botocore_gets_the_requests() -> None:
    """While botocore's client is patched in this process, the patch gets the requests, not the network."""
    with create_engine(f"dynamodb://us-east-1/?endpoint_url=http://localhost:{free_port()}", retry=None) as engine:
        with mock.patch("botocore.client.BaseClient._make_api_call", return_value=ITEM) as patched:
            assert engine.execute(GET).one().remaining == 7
        assert patched.call_args.args[0] == "GetItem"
        with pytest.raises(EndpointUnreachable):
            engine.execute(GET)
        with mock.patch("botocore.httpsession.URLLib3Session.send", return_value=botocore_answer()):
            assert engine.execute(GET).one().remaining == 7


def botocore_answer() -> AWSResponse:
    """The answer of a service, as botocore's HTTP session gives it."""
    answer: Any = AWSResponse("http://x", 200, HTTPHeaders(), mock.Mock())
    answer._content = WHOLE
    return answer  # type: ignore[no-any-return]


class Interceptor:
    """What moto puts in botocore's way."""

    enabled = True

    def __call__(self, **_event: Any) -> AWSResponse:
        """Answer without the network."""
        return botocore_answer()


def test_intercepted_botocore_gets_the_requests(serve: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is with a handler that answers before sending, as moto's does; one that is switched off is none."""
    from botocore import handlers

    interceptor = Interceptor()
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", [*handlers.BUILTIN_HANDLERS, ("before-send", interceptor)])
    server = serve(saying(b"{}"))
    with hasty(server) as engine:
        assert engine.execute(GET).one().remaining == 7
        assert server.heads == []
        interceptor.enabled = False
        assert engine.execute(GET).one_or_none() is None
        assert len(server.heads) == 1


def test_bytes_survive_both_ways(serve: Callable[..., Kept]) -> None:
    """Bytes travel as base64, in values and in sets; an attribute that is called B is not one of them."""
    item = {"B": {"M": {"B": {"BS": [b"\x00", b"\xff"]}}}, "BS": {"B": b"\x00\x01"}, "user": {"S": '"B":"x"'}}
    bodies: list[bytes] = []

    def echo(request: Request, data: bytes, until: float) -> Any:
        bodies.append(data.partition(b"\r\n\r\n")[2])
        return send(request, data, until)

    wire = b'{"Item":{"B":{"M":{"B":{"BS":["AA==","/w=="]}}},"BS":{"B":"AAE="},"user":{"S":"\\"B\\":\\"x\\""}}}'
    with hasty(serve(saying(wire))) as engine:
        transport = transport_of(engine)
        send = transport._exchange
        transport._exchange = echo  # type: ignore[method-assign]
        assert engine.send("PutItem", TableName="t", Item=item)["Item"] == item
        assert json.loads(bodies[-1])["Item"] == json.loads(wire)["Item"]
        engine.send("PutItem", TableName="t", Item={"a": {"B": "é"}, "b": {"BS": ["é", bytearray(b"x")]}})
        assert json.loads(bodies[-1])["Item"] == {"a": {"B": "w6k="}, "b": {"BS": ["w6k=", "eA=="]}}


def test_times_arrive_as_boto3_gives_them(serve: Callable[..., Kept]) -> None:
    """Moments in answers about tables are datetimes; the names of them are those of botocore's model."""
    with hasty(serve(saying(b'{"Table": {"CreationDateTime": 1.5, "TableName": "t"}}'))) as engine:
        created = engine.send("DescribeTable", TableName="t")["Table"]["CreationDateTime"]
    assert created.timestamp() == 1.5
    from dynexpr.transports.protocol import TIMES, WITH_ITEMS

    found: set[str] = set()
    for operation in service_model().operation_names:
        names = _times(service_model().operation_model(operation).output_shape, set())
        found |= names
        assert not (names and operation in WITH_ITEMS)
    assert found <= TIMES


def _times(shape: Any, seen: set[str]) -> set[str]:
    """The members of a shape that are timestamps, all the way down."""
    if shape is None or shape.name in seen:
        return set()
    seen.add(shape.name)
    if shape.type_name == "list":
        return _times(shape.member, seen)
    if shape.type_name == "map":
        return _times(shape.value, seen)
    members = getattr(shape, "members", {})
    found = {name for name, member in members.items() if member.type_name == "timestamp"}
    return found.union(*(_times(member, seen) for member in members.values()))


@pytest.mark.parametrize(
    "params", [{"Item": object()}, {"Item": float("nan")}, {"Key": {"a": {"S": "\ud800"}}}, {"Key": {b"a": 1}}]
)
def test_parameters_that_are_no_json(params: dict[str, Any], serve: Callable[..., Kept]) -> None:
    """What can't be written as JSON is refused before anything is sent."""
    server = serve(saying())
    with hasty(server) as engine, pytest.raises(RequestRefused) as caught:
        engine.send("PutItem", **params)
    assert "can't be written as JSON" in one_line(caught.value)
    assert server.heads == []


def test_operation_that_is_none(serve: Callable[..., Kept]) -> None:
    """The name of an operation can't carry anything else into the request."""
    server = serve(saying())
    with hasty(server) as engine, pytest.raises(RequestRefused):
        engine.send("GetItem\r\nX-Evil: 1")
    assert server.heads == []


def test_error_names_the_request(serve: Callable[..., Kept]) -> None:
    """What AWS's support asks for comes with the error, under boto3's names."""
    server = serve(refusing("ValidationException", headers="x-amzn-RequestId: R1\r\n"))
    with hasty(server) as engine, pytest.raises(ServiceError) as caught:
        engine.execute(GET)
    assert caught.value.response["ResponseMetadata"] == {"HTTPStatusCode": 400, "RequestId": "R1"}


@pytest.mark.parametrize("asked", [False, True])
def test_gzip_is_asked_for_on_request(asked: bool, serve: Callable[..., Kept]) -> None:
    """`gzip=true` in the URL asks the service to pack its answers."""
    server = serve(saying())
    with hasty(server, "&gzip=true" if asked else "") as engine:
        engine.execute(GET)
    assert ("Accept-Encoding: gzip" in server.heads[0]) is asked


def test_answer_in_any_pieces() -> None:
    """An answer reads the same wherever its bytes are cut in two."""
    for whole in (
        OK + b"\r\n" + WHOLE,
        CHUNKED + b"5\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (WHOLE[:5], len(WHOLE) - 5, WHOLE[5:]),
    ):
        for cut in range(len(whole) + 1):
            reader = AnswerReader()
            done = [reader.feed(piece) for piece in (whole[:cut], whole[cut:]) if piece]
            assert done[-1]
            assert not any(done[:-1])
            assert reader.answer is not None
            assert reader.answer.body == WHOLE
            assert reader.keep_alive


def test_random_bytes_are_no_answer() -> None:
    """Whatever comes, the reader either waits for more or says what is wrong."""
    import random

    chance = random.Random(6)
    base = CHUNKED + b"5\r\n%s\r\n0\r\n\r\n" % WHOLE[:5]
    for _ in range(3000):
        changed = bytearray(base)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        reader = AnswerReader()
        with contextlib.suppress(BadMessage):
            reader.feed(bytes(changed))


def test_read_after_the_headers_stop(serve: Callable[..., Kept]) -> None:
    """A server that says nothing is waited for no longer than the read timeout."""
    server = serve(silent)
    started = time.monotonic()
    url = server.url().replace("read_timeout=2", "read_timeout=0.2")
    with create_engine(url, retry=None) as engine, pytest.raises(DynexprError, match="timed out"):
        engine.execute(get(Quota, "u1"))
    assert time.monotonic() - started < 1


def test_what_tls_has_decrypted_already_counts_as_something_to_say() -> None:
    """Bytes that came with the last answer lie in the TLS layer, where poll does not see them."""

    class Decrypted(socket.socket):
        """A socket whose TLS layer holds so many bytes."""

        held = 0

        def pending(self) -> int:
            """As SSLSocket's."""
            return self.held

    one, other = socket.socketpair()
    with other, Decrypted(fileno=one.detach()) as sock:
        assert not connections.readable(sock)
        sock.held = 5
        assert connections.readable(sock)
