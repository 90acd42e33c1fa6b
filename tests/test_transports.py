"""Does an engine say what is wrong in one line, whatever its URL, its endpoint or its credentials are?

The endpoints that misbehave are servers on loopback; nothing here leaves the machine.
"""

import json
import logging
import socket
import socketserver
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from dynexpr import RetryPolicy, batch_get, check, create_engine, delete, get, insert, put, select, transact_get, update
from dynexpr.cli import main
from dynexpr.engine import Engine
from dynexpr.errors import (
    AccessDenied,
    ArgumentError,
    CredentialsMissing,
    DynexprError,
    EndpointUnreachable,
    InvalidURL,
    KeyRequired,
    OutcomeUnknown,
    RequestRefused,
    ResponseLost,
    ServiceError,
    ServiceUnavailable,
    TableNotFound,
    Throttled,
    TransactionCancelled,
    TransportError,
    ValueNotStorable,
)
from dynexpr.transports.boto import BotoTransport
from dynexpr.transports.choose import ChosenTransport
from dynexpr.transports.endpoint import is_loopback
from tests.models import NOW, Base, Payment, Quota

Reply = Callable[[socket.socket], None]

KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
GET = get(Quota, "u1")
PUT = put(Quota).values(user="u1", remaining=1)
INSERT = insert(Quota).values(user="u1", remaining=1)


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that knows nothing of AWS: no variables, no files, no metadata service."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))


class Server(socketserver.ThreadingTCPServer):
    """Answers each connection by the next reply, the last one again and again; counts the requests it read whole."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests = 0
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """The engine URL that leads here, with timeouts that a test can wait for."""
        return f"dynamodb://us-east-1/?endpoint_url={self.endpoint}&connect_timeout=2&read_timeout=2"

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.BaseRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def handle(self) -> None:
        """Read one request whole, reply, and close the connection."""
        received = b""
        while b"\r\n\r\n" not in received:
            more = self.request.recv(65536)
            if more.startswith(b"\x16"):  # the first byte of TLS
                self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            if not more or more.startswith(b"\x16"):
                return
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while len(body) < int(lengths[0]):
            body += self.request.recv(65536)
        self.server.requests += 1
        replies = self.server.replies
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        reply(self.request)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers, and ends them after the test."""
    servers: list[Server] = []

    def start(*replies: Reply) -> Server:
        servers.append(Server(*replies))
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class Pair:
    """One server for many tests, and two engines that lead there: boto3's clients are slow to make."""

    def __init__(self, scheme: str) -> None:
        self.server = Server(closing)
        url = self.server.url.replace("dynamodb:", f"{scheme}:")
        self.hasty = create_engine(url, retry=None)
        self.patient = create_engine(url, retry=RetryPolicy(initial_delay=0))

    def will(self, *replies: Reply) -> None:
        """From now on the server replies so."""
        self.server.replies = list(replies)
        self.server.requests = 0


@pytest.fixture(scope="module", params=["dynamodb", "dynamodb+boto3"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """The server and its engines: over HTTP itself, and over boto3. Whatever happens looks alike."""
    made = Pair(request.param)
    yield made
    made.hasty.close()
    made.patient.close()
    made.server.shutdown()
    made.server.server_close()


def answering(status: int, body: Any, headers: str = "", cut: int = 0, promised: int | None = None) -> Reply:
    """A reply with a status and a body (JSON unless bytes), of which the last *cut* bytes are never sent."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def reply(connection: socket.socket) -> None:
        length = len(content) if promised is None else promised
        head = f"HTTP/1.1 {status} Status\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        connection.sendall(head.encode() + content[: len(content) - cut])

    return reply


def refusing(code: str, message: str = "told", status: int = 400, **body: Any) -> Reply:
    """The reply of DynamoDB that is an error."""
    return answering(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message, **body})


def closing(_connection: socket.socket) -> None:
    """Reply nothing and close the connection."""


def silent(connection: socket.socket) -> None:
    """Reply nothing, and wait for the other side to give up."""
    connection.settimeout(5)
    connection.recv(1)


ITEM = {"Item": {"user": {"S": "u1"}, "remaining": {"N": "7"}}}
FOUND = answering(200, ITEM)
WHOLE = json.dumps(ITEM).encode()
HOT = [{"reason": "TableReadKeyRangeThroughputExceeded", "resource": "arn:payments"}]
REASONS = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": ITEM["Item"]}]


def one_line(error: BaseException) -> str:
    """The message of an error, checked to be one line that does not speak of botocore's classes."""
    text = str(error)
    assert text
    assert "\n" not in text
    assert "botocore" not in text
    assert "Traceback" not in text
    return text


LOST: list[tuple[str, Reply]] = [
    ("closed without an answer", closing),
    ("closed mid-body", answering(200, ITEM, cut=10)),
    ("a page of HTML", answering(200, b"<html><body>Welcome to the hotel</body></html>")),
    ("text", answering(200, b"OK")),
    ("no body", answering(200, b"")),
    ("another kind of JSON", answering(200, b'["Item"]')),
    ("JSON that ends early", answering(200, WHOLE[:-5])),
    ("JSON that is broken inside", answering(200, b'{"Item": {"user": {"S": "u1}}}')),
    ("a wrong checksum", answering(200, ITEM, headers=f"x-amz-crc32: {zlib.crc32(WHOLE) ^ 1}\r\n")),
    ("no HTTP at all", lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")),
]


@pytest.mark.parametrize("reply", [reply for _, reply in LOST], ids=[name for name, _ in LOST])
def test_lost_answers(reply: Reply, pair: Pair) -> None:
    """Without a whole answer a read fails as ResponseLost; it never looks as if there were no item."""
    pair.will(reply)
    with pytest.raises(ResponseLost) as caught:
        pair.hasty.execute(GET)
    assert one_line(caught.value).startswith("GetItem")
    assert pair.server.requests == 1


@pytest.mark.parametrize("reply", [reply for _, reply in LOST], ids=[name for name, _ in LOST])
def test_lost_answers_are_asked_for_again(reply: Reply, pair: Pair) -> None:
    """A read is repeated, by nobody but us, and comes through; a put is not repeated, and its outcome is unknown."""
    pair.will(reply, reply, FOUND)
    assert pair.patient.execute(GET).one().remaining == 7
    assert pair.server.requests == 3
    pair.will(reply)
    with pytest.raises(OutcomeUnknown) as caught:
        pair.patient.execute(PUT)
    one_line(caught.value)
    assert pair.server.requests == 1


@pytest.mark.parametrize("scheme", ["dynamodb", "dynamodb+boto3"])
def test_slow_answers(scheme: str, serve: Callable[..., Server]) -> None:
    """An answer slower than the read timeout is a lost one, told soon."""
    server = serve(silent)
    started = time.monotonic()
    url = f"{scheme}://us-east-1/?endpoint_url={server.endpoint}&read_timeout=0.2"
    with create_engine(url, retry=RetryPolicy(max_attempts=2, initial_delay=0)) as engine:
        with pytest.raises(ResponseLost) as caught:
            engine.execute(GET)
        one_line(caught.value)
        with pytest.raises(OutcomeUnknown):
            engine.execute(PUT)
    assert server.requests == 3
    assert time.monotonic() - started < 5


ANSWERS: list[tuple[str, Reply, type[DynexprError], str]] = [
    ("500", refusing("InternalServerError", status=500), ServiceUnavailable, "told"),
    ("503 of a proxy", answering(503, b"<html>Service Unavailable</html>"), ServiceUnavailable, ""),
    ("502 without a body", answering(502, b""), ServiceUnavailable, ""),
    ("403 of a proxy", answering(403, b"go away"), ServiceError, "go away"),
    ("307 to elsewhere", answering(307, b"", headers="Location: http://127.0.0.1:1/\r\n"), ServiceError, ""),
    ("throttled", refusing("ThrottlingException"), Throttled, "told"),
    (
        "hot",
        refusing("ThrottlingException", throttlingReasons=HOT),
        Throttled,
        "one partition key is hot (arn:payments)",
    ),
    (
        "hot too",
        refusing("ProvisionedThroughputExceededException", ThrottlingReasons=HOT),
        Throttled,
        "hot (arn:payments)",
    ),
    ("no table", refusing("ResourceNotFoundException"), TableNotFound, "metadata.create_all(engine)"),
    ("refused", refusing("ValidationException"), RequestRefused, "told"),
    ("denied", refusing("AccessDeniedException"), AccessDenied, "check the credentials"),
    (
        "signature",
        refusing("InvalidSignatureException", "wrong\n\nThe string\n'POST'"),
        AccessDenied,
        "wrong The string",
    ),
    ("expired", refusing("ExpiredTokenException"), AccessDenied, "check the credentials"),
    ("unknown", refusing("BrandNewException"), ServiceError, "told"),
]


@pytest.mark.parametrize(("reply", "error", "says"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_error_answers(reply: Reply, error: type[DynexprError], says: str, pair: Pair) -> None:
    """An error answer is its class of the tree, in one line; without a policy it is met once."""
    pair.will(reply)
    with pytest.raises(DynexprError) as caught:
        pair.hasty.execute(GET)
    assert type(caught.value) is error
    assert says in one_line(caught.value)
    assert pair.server.requests == 1


def test_cancelled_transaction_keeps_its_reasons(pair: Pair) -> None:
    """Reasons, and the items in them, arrive with the error."""
    pair.will(refusing("TransactionCanceledException", "cancelled", CancellationReasons=REASONS))
    with pytest.raises(TransactionCancelled) as caught:
        pair.hasty.execute(transact_get((Quota, "u0"), (Quota, "u1")))
    assert [(each.index, each.item) for each in caught.value.failures] == [(1, ITEM["Item"])]
    one_line(caught.value)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.mark.parametrize("scheme", ["dynamodb", "dynamodb+boto3"])
def test_unreachable_endpoint(scheme: str) -> None:
    """Where nobody listens, three attempts are made; the error says where, and asks whether it runs."""
    url = f"{scheme}://us-east-1/?endpoint_url=http://127.0.0.1:{free_port()}"
    started = time.monotonic()
    with create_engine(url) as engine:
        for statement in (GET, PUT, INSERT):
            with pytest.raises(EndpointUnreachable) as caught:
                engine.execute(statement)
            assert "http://127.0.0.1:" in one_line(caught.value)
            assert "is the endpoint right, and does it run?" in str(caught.value)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("scheme", ["dynamodb", "dynamodb+boto3"])
def test_endpoint_that_takes_no_connection(scheme: str) -> None:
    """A host that does not answer at all is given up after the connect timeout."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:  # the queue of those who wait to be accepted is full then
            each.setblocking(False)
            each.connect_ex(address)
        time.sleep(0.05)
        url = f"{scheme}://us-east-1/?endpoint_url=http://127.0.0.1:{address[1]}&connect_timeout=0.2&read_timeout=0.2"
        with create_engine(url, retry=None) as engine, pytest.raises(EndpointUnreachable) as caught:
            engine.execute(GET)
        one_line(caught.value)
        for each in waiting:
            each.close()


@pytest.mark.parametrize("scheme", ["dynamodb", "dynamodb+boto3"])
def test_https_to_a_server_without_tls(scheme: str, serve: Callable[..., Server]) -> None:
    """A failed handshake is no lost answer: nothing was sent."""
    endpoint = serve(FOUND).endpoint.replace("http:", "https:")
    with create_engine(f"{scheme}://us-east-1/?endpoint_url={endpoint}", retry=None) as engine:
        with pytest.raises(EndpointUnreachable) as caught:
            engine.execute(PUT)
        one_line(caught.value)


@pytest.mark.parametrize(
    ("environment", "url", "error", "says"),
    [
        ({}, "dynamodb://us-east-1/", CredentialsMissing, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({}, "dynamodb+boto3://us-east-1", CredentialsMissing, "set AWS_ACCESS_KEY_ID"),
        ({"AWS_ACCESS_KEY_ID": "x"}, "dynamodb://us-east-1", CredentialsMissing, "set AWS_ACCESS_KEY_ID"),
        ({}, "dynamodb://us-east-1/?profile=nobody", CredentialsMissing, "nobody"),
        ({"AWS_PROFILE": "nobody"}, "dynamodb://us-east-1", CredentialsMissing, "nobody"),
        (KEYS, "dynamodb://", InvalidURL, "no region: say it in the URL, dynamodb://us-east-1/, or set AWS_REGION"),
        (KEYS, "dynamodb://-", InvalidURL, "dynamodb://us-east-1/"),
        (
            {**KEYS, "AWS_ENDPOINT_URL": "nonsense"},
            "dynamodb://us-east-1/",
            InvalidURL,
            "AWS_ENDPOINT_URL=nonsense: it begins with http",
        ),
    ],
)
def test_surroundings_that_are_not_right(
    environment: dict[str, str], url: str, error: type[DynexprError], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing credentials, profile or region, and settings botocore can't use, are told at the first statement."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with create_engine(url) as engine, pytest.raises(DynexprError) as caught:
        engine.execute(GET)
    assert type(caught.value) is error
    assert says in one_line(caught.value)


def test_broken_config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A config file that can't be read is named."""
    (tmp_path / "config").write_text("[default\nregion us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with create_engine("dynamodb://us-east-1") as engine, pytest.raises(TransportError) as caught:
        engine.execute(GET)
    assert "config" in one_line(caught.value)


@pytest.mark.parametrize("by", ["url", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"])
def test_loopback_needs_no_credentials(
    by: str, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An endpoint on this machine gets dummy credentials, which one line of the log says, once."""
    server = serve(FOUND)
    url = server.url
    if by != "url":
        monkeypatch.setenv(by, server.endpoint)
        url = "dynamodb://us-east-1"
    with caplog.at_level(logging.INFO, "dynexpr.engine"), create_engine(url) as engine:
        assert engine.execute(GET).one().remaining == 7
        assert engine.execute(GET).one().remaining == 7
    (record,) = caplog.records
    assert "dummy ones are used for the loopback endpoint http://127.0.0.1" in record.getMessage()


def test_loopback_uses_credentials_there_are(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Credentials that were set are used there too, in silence."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with caplog.at_level(logging.INFO, "dynexpr.engine"), create_engine(serve(FOUND).url) as engine:
        assert engine.execute(GET).one().remaining == 7
    assert caplog.records == []


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:8000", True),
        ("http://127.9.8.7", True),
        ("http://[::1]:8000", True),
        ("http://localhost.example.com", False),
        ("https://dynamodb.us-east-1.amazonaws.com", False),
        ("http://10.0.0.1", False),
    ],
)
def test_loopback(url: str, loopback: bool) -> None:
    """Only what surely is this machine counts as loopback."""
    assert is_loopback(url) is loopback


def boto_client(server: Server, **config: Any) -> Any:
    """A client somebody configured."""
    return boto3.client(
        "dynamodb",
        endpoint_url=server.endpoint,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


def test_client_handed_in_is_used(serve: Callable[..., Server], caplog: pytest.LogCaptureFixture) -> None:
    """Its retries stay as its owner set them, which the log says once; it is its owner's to close."""
    server = serve(FOUND)
    client = boto_client(server)
    with caplog.at_level(logging.INFO, "dynexpr.engine"), create_engine(client=client, table_prefix="dev-") as engine:
        assert engine.execute(GET).one().remaining == 7
        assert engine.execute(GET).one().remaining == 7
    assert client.get_item(TableName="t", Key={"user": {"S": "u1"}})["Item"] == ITEM["Item"]
    (record,) = caplog.records
    assert record.getMessage() == "using the boto3 client handed in; its retries and timeouts are its owner's"
    client.close()


def test_client_handed_in_has_the_same_errors(serve: Callable[..., Server]) -> None:
    """What goes wrong with it is told as with a client of our own, with the place it leads to."""
    server = serve(closing)
    client = boto_client(server)
    with create_engine(client=client, retry=None) as engine:
        with pytest.raises(ResponseLost, match=server.endpoint):
            engine.execute(GET)
        with pytest.raises(RequestRefused) as caught:
            engine.send("GetItem", TableName="t", Bogus=1)
        assert "Bogus" in one_line(caught.value)
    assert server.requests == 1
    client.close()


def test_concurrent_first_requests_make_one_client(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads that meet in the first request share its client."""
    made: list[BotoTransport] = []
    make = BotoTransport._make_client

    def counted(transport: BotoTransport) -> Any:
        made.append(transport)
        return make(transport)

    monkeypatch.setattr(BotoTransport, "_make_client", counted)
    with create_engine(serve(FOUND).url.replace("dynamodb:", "dynamodb+boto3:")) as engine:
        threads = [threading.Thread(target=engine.execute, args=(GET,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert engine.consumed.requests == 8
    assert len(made) == 1


def test_unknown_operation() -> None:
    """An operation nobody has is refused alike by boto3 and by the embedded engine, before anything is sent."""
    for url in ("local://", f"dynamodb+boto3://us-east-1/?endpoint_url=http://127.0.0.1:{free_port()}"):
        with create_engine(url) as engine, pytest.raises(RequestRefused) as caught:
            engine.send("MakeCoffee")
        assert one_line(caught.value).startswith("MakeCoffee: ")
        assert caught.value.code == "UnknownOperationException"


URLS: list[tuple[str, str]] = [
    ("", "the scheme '' is not known; write local://"),
    ("payments.db", "the scheme '' is not known"),
    ("sqlite:///x.db", "the scheme 'sqlite' is not known; write local://, local:///file.db, dynamodb://us-east-1/"),
    ("dynamo://us-east-1", "the scheme 'dynamo' is not known"),
    ("http://localhost:8000", "the scheme 'http' is not known"),
    ("local://dev.db", "for a file write local:///dev.db"),
    ("local:///dev.db#1", "no part after '#'"),
    ("local:///dev.db?profile=x", "local:// takes a file's path, table_prefix and index_lag only"),
    ("local:////no/such/folder/dev.db", "can't be opened as a database"),
    ("dynamodb://us-east-1/?region=x", "there is no option 'region'; there are connect_timeout, endpoint_url"),
    ("dynamodb://us-east-1/?endpoint=http://localhost", "there is no option 'endpoint'"),
    ("dynamodb://us-east-1/?endpoint_url=localhost:8000", "endpoint_url begins with http:// or https://"),
    ("dynamodb://us-east-1/?endpoint_url=", "endpoint_url begins with http:// or https://"),
    ("dynamodb://us-east-1/?endpoint_url=http://", "a host is missing"),
    ("dynamodb://us-east-1/?endpoint_url=http://localhost:80000", "write http://localhost:8000"),
    ("dynamodb://us-east-1/?endpoint_url=http://localhost:x", "write http://localhost:8000"),
    ("dynamodb://us-east-1/?endpoint_url=http://[::1", "write http://localhost:8000"),
    ("dynamodb://us-east-1/?connect_timeout=soon", "connect_timeout is a number of seconds above 0, not 'soon'"),
    ("dynamodb://us-east-1/?connect_timeout=", "connect_timeout is a number of seconds above 0, not ''"),
    ("dynamodb://us-east-1/?read_timeout=0", "read_timeout is a number of seconds above 0, not '0'"),
    ("dynamodb://us-east-1/?read_timeout=-1", "read_timeout is a number of seconds above 0, not '-1'"),
    ("dynamodb://us-east-1/?read_timeout=nan", "not 'nan'"),
    ("dynamodb://us-east-1/?read_timeout=inf", "not 'inf'"),
    ("dynamodb://us-east-1/?gzip=yes", "gzip is true or false, not 'yes'"),
    ("dynamodb://us-east-1/payments", "a region takes no path '/payments'"),
    ("dynamodb://localhost:8000", "?endpoint_url=http://localhost:8000"),
    ("dynamodb://us east 1/", "a region stands after it"),
    ("dynamodb://[us-east-1", "a region stands after it"),
]


@pytest.mark.parametrize(("url", "says"), URLS)
def test_wrong_urls(url: str, says: str) -> None:
    """A URL that can't be meant is refused when the engine is made, with what to write instead."""
    with pytest.raises(InvalidURL) as caught:
        create_engine(url)
    assert says in one_line(caught.value)


def test_password_in_a_url_is_not_repeated() -> None:
    """Credentials do not belong into the URL; the message that says so does not show them."""
    with pytest.raises(InvalidURL) as caught:
        create_engine("dynamodb://AKIA:secret@us-east-1/")
    assert "secret" not in one_line(caught.value)


@pytest.mark.parametrize("arguments", [{}, {"url": "local://", "client": object()}])
def test_url_or_client(arguments: dict[str, Any]) -> None:
    """An engine is made from one of them."""
    with pytest.raises(ArgumentError) as caught:
        create_engine(**arguments)
    assert 'takes a URL, such as "local://", or client=' in one_line(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "dynamodb://us-east-1",
        "dynamodb://us-east-1/",
        "dynamodb://",
        "dynamodb+boto3://us-east-1",
        "dynamodb://us-east-1/?gzip=true",
        "DYNAMODB://us-east-1/?endpoint_url=http://127.0.0.1:8000&table_prefix=dev-",
        "dynamodb://us-gov-west-1/?profile=dev&connect_timeout=1&read_timeout=2.5",
        "dynamodb://us-east-1/?endpoint_url=http%3A%2F%2F127.0.0.1%3A8000",
    ],
)
def test_right_urls_touch_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine is made without a client, without credentials and without the network."""
    monkeypatch.setattr(BotoTransport, "_make_client", lambda _self: pytest.fail("a client was made"))
    create_engine(url).close()


def test_options_arrive() -> None:
    """What the URL says is what the transport and the settings have; a keyword goes before the URL."""
    url = "dynamodb+boto3://eu-west-1/?endpoint_url=http://h:1&profile=p&connect_timeout=1&read_timeout=2.5&table_prefix=dev-"
    engine = create_engine(url)
    transport = engine.transport
    assert isinstance(transport, BotoTransport)
    assert (transport._region, transport._endpoint_url, transport._profile) == ("eu-west-1", "http://h:1", "p")
    assert transport._timeouts == (1.0, 2.5)
    assert engine.settings.name(Quota.__table__) == "dev-quotas"
    assert create_engine(url, table_prefix="x-").settings.table_prefix == "x-"
    default = create_engine("dynamodb://").transport
    assert isinstance(default, ChosenTransport)
    assert (default.options.connect_timeout, default.options.read_timeout) == (2.0, 10.0)


@pytest.mark.parametrize("form", ["relative", "absolute"])
def test_local_file(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`local:///dev.db` is a file here, `local:////dev.db` one by its absolute path; both outlive the engine."""
    monkeypatch.chdir(tmp_path)
    url = "local:///dev.db" if form == "relative" else f"local:///{tmp_path}/dev.db"
    with create_engine(f"{url}?table_prefix=dev-") as engine:
        Base.metadata.create_all(engine)
        engine.execute(PUT)
    assert (tmp_path / "dev.db").exists()
    with create_engine(url, table_prefix="dev-") as engine:
        assert engine.execute(GET).one().remaining == 1


def test_local_memory_is_each_engines_own() -> None:
    """Two engines of `local://` know nothing of each other."""
    with create_engine("local://") as one, create_engine("local://") as other:
        Base.metadata.create_all(one)
        one.execute(PUT)
        with pytest.raises(TableNotFound):
            other.execute(GET)


def test_closed_engine() -> None:
    """A closed embedded engine says so."""
    engine = create_engine("local://")
    engine.close()
    with pytest.raises(TransportError) as caught:
        engine.execute(GET)
    assert "closed" in one_line(caught.value)


def test_not_a_database(tmp_path: Path) -> None:
    """A file that something else wrote is not opened, and not changed."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but long enough to look like one" * 20)
    with pytest.raises(InvalidURL) as caught:
        create_engine(f"local:///{path}")
    said = one_line(caught.value)
    assert said.endswith(
        "notes.txt is not a database of the embedded engine, nor any SQLite database "
        "(file is not a database); name another file"
    )
    assert said.count("notes.txt") == 1
    assert path.read_text().startswith("not a database")


def test_missing_table(engine: Engine) -> None:
    """Each operation on a table that is not there says what to look at."""
    prefix, engine.settings.table_prefix = engine.settings.table_prefix, "missing-"
    for statement in (
        GET,
        PUT,
        select(Quota).allow_scan(),
        batch_get((Quota, ["u1"])),
        delete(Quota).where(Quota.user == "u1"),
    ):
        with pytest.raises(TableNotFound) as caught:
            engine.execute(statement)
        assert "table_prefix included" in one_line(caught.value)
        assert "metadata.create_all(engine)" in str(caught.value)
    engine.settings.table_prefix = prefix


KEY_SHAPES: list[tuple[str, Callable[[], object], type[DynexprError], str]] = [
    ("too few", lambda: get(Payment, "p1"), ArgumentError, "the key of Payment is (id, timestamp), not 'p1'"),
    ("too many", lambda: get(Quota, ("u1", 2)), ArgumentError, "the key of Quota is (user), not ('u1', 2)"),
    ("a list", lambda: get(Payment, ["p1", NOW]), ArgumentError, "the key of Payment is (id, timestamp), not ["),
    ("none", lambda: get(Payment, ("p1", None)), ArgumentError, "timestamp is None"),
    ("wrong names", lambda: get(Payment, {"id": "p1", "time": NOW}), ArgumentError, "(id, timestamp), not {'id': 'p1'"),
    ("wrong type", lambda: get(Payment, (1, NOW)), ValueNotStorable, "Payment.id: can't store 1"),
    (
        "naive time",
        lambda: get(Payment, ("p", NOW.replace(tzinfo=None))),
        ValueNotStorable,
        "Payment.timestamp: can't store",
    ),
    ("empty", lambda: get(Quota, ""), ArgumentError, "Quota.user is a key: it can't be empty"),
    ("in a batch", lambda: batch_get((Payment, [("p1", NOW), "p2"])), ArgumentError, "(id, timestamp), not 'p2'"),
    ("in a transaction", lambda: transact_get((Payment, "p1")), ArgumentError, "(id, timestamp), not 'p1'"),
    ("of a check", lambda: check(Payment, "p1"), ArgumentError, "(id, timestamp), not 'p1'"),
]


@pytest.mark.parametrize(("make", "error", "says"), [row[1:] for row in KEY_SHAPES], ids=[row[0] for row in KEY_SHAPES])
def test_wrong_key_shapes(make: Callable[[], object], error: type[DynexprError], says: str) -> None:
    """A key of another shape is refused where it is written, with the shape it should have."""
    with pytest.raises(error) as caught:
        make()
    assert says in one_line(caught.value)


@pytest.mark.parametrize(
    "statement",
    [update(Payment).where(Payment.id == "p1").set(Payment.note, "x"), delete(Payment).where(Payment.id == "p1")],
)
def test_write_without_the_whole_key(statement: Any) -> None:
    """A write that names half a key says which attribute is missing, before anything is sent."""
    with create_engine("local://") as engine, pytest.raises(KeyRequired) as caught:
        engine.execute(statement)
    assert "timestamp is missing" in one_line(caught.value)
    assert ".bulk(" in str(caught.value)


COMMANDS: list[tuple[str, dict[str, str], str, str]] = [
    ("wrong scheme", {}, "sqlite:///x.db", "InvalidURL: 'sqlite:///x.db': the scheme 'sqlite' is not known"),
    (
        "wrong option",
        {},
        "dynamodb://us-east-1/?bogus=1",
        "InvalidURL: 'dynamodb://us-east-1/?bogus=1': there is no option",
    ),
    ("file that is no database", {}, "local:////etc/passwd", "InvalidURL: local:////etc/passwd"),
    (
        "unreachable",
        {},
        "dynamodb://us-east-1/?endpoint_url=http://127.0.0.1:PORT",
        "EndpointUnreachable: DeleteTable at http",
    ),
    ("no credentials", {}, "dynamodb://us-east-1/", "CredentialsMissing: DeleteTable at https://dynamodb.us-east-1"),
    ("no region", KEYS, "dynamodb://", "InvalidURL: DeleteTable: no region"),
    (
        "no such profile",
        {},
        "dynamodb://us-east-1/?profile=nobody",
        "CredentialsMissing: DeleteTable at https://dynamodb.us-east-1",
    ),
]


@pytest.mark.parametrize(
    ("environment", "url", "says"), [row[1:] for row in COMMANDS], ids=[row[0] for row in COMMANDS]
)
def test_command_says_it_in_one_line(
    environment: dict[str, str],
    url: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`dynexpr demo` ends with exit code 1 and one line, on standard error."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(["demo", "--engine", url.replace("PORT", str(free_port()))]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"dynexpr demo: {says}")
    assert told.count("\n") == 1


def test_command_meets_a_broken_server(serve: Callable[..., Server], capsys: pytest.CaptureFixture[str]) -> None:
    """So it does where the service answers with an error."""
    assert main(["demo", "--engine", serve(refusing("AccessDeniedException", "not you")).url]) == 1
    told = capsys.readouterr().err
    assert (
        told
        == "dynexpr demo: AccessDenied: DeleteTable: not you; check the credentials, their permissions and the region\n"
    )


def test_command_as_a_process() -> None:
    """`python -m dynexpr` does the same from outside, without any warning or traceback."""
    command = [sys.executable, "-m", "dynexpr", "demo", "--engine", "nonsense://"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("dynexpr demo: InvalidURL: 'nonsense://'")
    assert done.stderr.count("\n") == 1


def test_command_whose_reader_leaves() -> None:
    """`python -m dynexpr demo | head -1` ends in silence."""
    command = [sys.executable, "-m", "dynexpr", "demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 1
