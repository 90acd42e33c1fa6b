"""Does the server speak DynamoDB's protocol: to boto3, to our own transport, and to whoever sends rubbish?

Status codes, bodies and checksums of the envelope are the service's, as recorded in
https://github.com/architect/dynalite/blob/main/test (connection.js).
"""

import contextlib
import errno
import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from dynexpr import create_engine
from dynexpr.cli import main
from dynexpr.local import LocalEngine
from dynexpr.local.envelope import _CAPITAL
from dynexpr.local.request_reader import MAX_REQUEST
from dynexpr.local.server import AddressUnavailable, Server
from tests.wire_shapes import service_model

# ruff: noqa: E501  a row is a line, so that rows can be compared

SIGNED = "AWS4-HMAC-SHA256 Credential=x/20300101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x"
TABLE = {
    "TableName": "things",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with one table."""
    engine = LocalEngine()
    engine.call("CreateTable", TABLE)
    with Server(engine) as made:
        yield made
    engine.close()


@pytest.fixture
def client(server: Server) -> Any:
    """boto3's client of it."""
    return boto3.client(
        "dynamodb",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


Answered = tuple[int, dict[str, str], bytes]


def exchange(server: Server, data: bytes, *, pieces: int = 1, half_close: bool = False) -> list[Answered]:
    """All answers to some bytes, read until the server closes; a last request asks it to."""
    with socket.create_connection((server.host, server.port), timeout=10) as sock:
        step = -(-len(data) // pieces)
        for start in range(0, len(data), step):
            with contextlib.suppress(OSError):  # it may have heard enough
                sock.sendall(data[start : start + step])
            if pieces > 1:
                time.sleep(0.001)
        if half_close:
            sock.shutdown(socket.SHUT_WR)
        received = b""
        while more := sock.recv(65536):
            received += more
    answers = list[Answered]()
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        status = int(first.split(" ")[1])
        length = int(headers.get("content-length", 0))
        answers.append((status, headers, received[:length]))
        received = received[length:]
    return answers


def request(
    body: bytes | str = b"{}", *, method: str = "POST", path: str = "/", close: bool = True, **headers: str | None
) -> bytes:
    """A request's bytes; headers by names with underscores, None to leave one out."""
    data = body.encode() if isinstance(body, str) else body
    told: dict[str, str | None] = {
        "Host": "localhost",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
        "X-Amz-Date": "20300101T000000Z",
        "Authorization": SIGNED,
        "Content-Length": str(len(data)),
        "Connection": "close" if close else None,
    }
    told |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value is not None)
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + data


def one(server: Server, data: bytes) -> Answered:
    """The only answer to some bytes."""
    (answer,) = exchange(server, data)
    return answer


def test_boto3(client: Any) -> None:
    """boto3 reads and writes every type, meets the errors as its own classes, and checks each checksum."""
    item = {
        "id": {"S": "ä\U0001f600"},
        "b": {"B": b"\x00\xff"},
        "bs": {"BS": [b"1", b"2"]},
        "m": {"M": {"B": {"S": "an attribute called B"}, "l": {"L": [{"N": "1.5"}, {"NULL": True}, {"BOOL": False}]}}},
        "ns": {"NS": ["1", "2"]},
    }
    client.put_item(TableName="things", Item=item)
    assert client.get_item(TableName="things", Key={"id": item["id"]})["Item"] == item
    assert client.describe_table(TableName="things")["Table"]["CreationDateTime"].year >= 2024
    with pytest.raises(client.exceptions.ResourceNotFoundException) as missing:
        client.get_item(TableName="nothing", Key={"id": {"S": "1"}})
    assert missing.value.response["Error"]["Message"] == "Requested resource not found"
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as failed:
        client.put_item(
            TableName="things",
            Item=item,
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert failed.value.response["Item"] == item
    put = {"TableName": "things", "Item": item, "ConditionExpression": "attribute_not_exists(id)"}
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(TransactItems=[{"Put": put}])
    assert [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]] == ["ConditionalCheckFailed"]
    assert "ConditionalCheckFailed" in cancelled.value.response["Error"]["Message"]
    with pytest.raises(ClientError, match="does not have CreateBackup"):
        client.create_backup(TableName="things", BackupName="kept")
    assert re.fullmatch("[A-Z0-9]{52}", client.list_tables()["ResponseMetadata"]["RequestId"])


def test_own_transport(server: Server) -> None:
    """Our own HTTP transport talks to it, over kept connections, from many threads."""
    with create_engine(f"dynamodb://us-east-1/?endpoint_url={server.endpoint}") as engine:

        def write(number: int) -> str:
            key = {"id": {"S": f"n{number}"}}
            engine.send("PutItem", TableName="things", Item=key | {"n": {"N": str(number)}})
            found: str = engine.send("GetItem", TableName="things", Key=key)["Item"]["n"]["N"]
            return found

        with ThreadPoolExecutor(16) as threads:
            assert list(threads.map(write, range(200))) == [str(number) for number in range(200)]


SERIALIZATION = ('{"__type":"com.amazon.coral.service#SerializationException"}', 3948637019)
UNKNOWN = ('{"__type":"com.amazon.coral.service#UnknownOperationException"}', 1368724161)
MISSING = (
    '{"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","message":"Request is missing Authentication Token"}',
    2088342776,
)
BOTH = (
    '{"__type":"com.amazon.coral.service#InvalidSignatureException","message":"Found both \'X-Amz-Algorithm\' as a query-string param and \'Authorization\' as HTTP header."}',
    2139606068,
)
Told = tuple[str, int]


def incomplete(message: str, checksum: int) -> Told:
    """An answer to a signature that lacks something."""
    return (
        json.dumps(
            {"__type": "com.amazon.coral.service#IncompleteSignatureException", "message": message},
            separators=(",", ":"),
        ),
        checksum,
    )


NO_PARTS = incomplete(
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-",
    1828866742,
)
NO_QUERY = incomplete(
    "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    2900502663,
)


def only(names: str, checksum: int, header: str) -> Told:
    """What is said of a header without SignedHeaders."""
    return incomplete(f"Authorization header requires '{names}' parameter. Authorization={header}", checksum)


ENVELOPE: list[tuple[str, bytes, Told]] = [
    ("no JSON", request("hi"), SERIALIZATION),
    ("no JSON, other type", request("hi", content_type="application/json; charset=x"), SERIALIZATION),
    ("no object", request("[]"), SERIALIZATION),
    ("a number", request("1"), SERIALIZATION),
    ("NaN", request('{"Limit": NaN}'), SERIALIZATION),
    ("cut", request('{"Limit": 1'), SERIALIZATION),
    ("two values", request("{} {}"), SERIALIZATION),
    ("no UTF-8", request(b'{"a":"\xff"}'), SERIALIZATION),
    ("half a surrogate pair", request('{"a":"\\ud800"}'), SERIALIZATION),
    ("very deep", request("[" * 100_000), SERIALIZATION),
    ("empty body", request(""), SERIALIZATION),
    ("no target", request(x_amz_target=None), UNKNOWN),
    ("rubbish target", request(x_amz_target="whatever"), UNKNOWN),
    ("another service", request(x_amz_target="Kinesis_20131202.ListTables"), UNKNOWN),
    ("streams on the wrong target", request(x_amz_target="DynamoDB_20120810.ListStreams"), UNKNOWN),
    ("tables on the streams target", request(x_amz_target="DynamoDBStreams_20120810.ListTables"), UNKNOWN),
    ("no signature", request(authorization=None), MISSING),
    ("no AWS signature", request(authorization="AWS4"), MISSING),
    ("basic", request(authorization="Basic eDp4"), MISSING),
    ("query without algorithm", request(authorization=None, path="/?X-Amz-Credential=a&X-Amz-Signature=b"), MISSING),
    ("header and query", request(authorization="X", path="/?X-Amz-Algorithm"), BOTH),
    ("no parts", request(authorization="AWS4-", x_amz_date=None), NO_PARTS),
    ("no headers, spaces", request(authorization="AWS4- Signature=b Credential=a"), only("SignedHeaders", 15336762, "AWS4- Signature=b Credential=a")),
    ("no headers, comma", request(authorization="AWS4- Signature=b,Credential=a"), only("SignedHeaders", 1159703774, "AWS4- Signature=b,Credential=a")),
    ("no headers, both", request(authorization="AWS4- Signature=b, Credential=a"), only("SignedHeaders", 164353342, "AWS4- Signature=b, Credential=a")),
    ("empty query", request(authorization=None, path="/?X-Amz-Algorithm"), NO_QUERY),
    ("query without headers", request(authorization=None, path="/?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d"), incomplete("AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.", 3712057481)),
    ("rubbish gzip", request("{}", content_encoding="gzip"), SERIALIZATION),
    ("another coding", request("{}", content_encoding="br"), SERIALIZATION),
    ("cut gzip", request(gzip.compress(b"{}")[:-4], content_encoding="gzip"), SERIALIZATION),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "told"), ENVELOPE, ids=[row[0] for row in ENVELOPE])
def test_envelope(server: Server, name: str, data: bytes, told: Told) -> None:
    """What is wrong with the envelope is told in the service's bytes."""
    status, headers, body = one(server, data)
    assert (status, body.decode(), headers["x-amz-crc32"]) == (400, told[0], str(told[1])), name
    assert re.fullmatch("[A-Z0-9]{52}", headers["x-amzn-requestid"])
    assert headers["content-type"] in {"application/json", "application/x-amz-json-1.0"}


PAGE = (404, b"<UnknownOperationException/>\n", "3552371480")
PAGES: list[tuple[str, bytes, tuple[int, bytes, str]]] = [
    ("OPTIONS", request(method="OPTIONS"), PAGE),
    ("PUT", request(method="PUT"), PAGE),
    ("DELETE", request(method="DELETE"), PAGE),
    ("no content type", request("hi", content_type=None), PAGE),
    ("another content type", request("hi", content_type="whatever"), PAGE),
    ("JSON 1.1", request("hi", content_type="application/x-amz-json-1.1"), PAGE),
    ("longer content type", request("hi", content_type="application/jsonasdf"), PAGE),
    ("GET", request("", method="GET", authorization=None, x_amz_target=None), (200, b"healthy: dynamodb.us-east-1.amazonaws.com ", "3128867991")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "told"), PAGES, ids=[row[0] for row in PAGES])
def test_pages(server: Server, name: str, data: bytes, told: tuple[int, bytes, str]) -> None:
    """What is no call of an operation gets the service's page."""
    status, headers, body = one(server, data)
    assert (status, body, headers["x-amz-crc32"]) == told, name


def test_head(server: Server) -> None:
    """HEAD has an answer without a body."""
    assert one(server, request("", method="HEAD"))[0] == 404


@pytest.mark.parametrize(
    "data",
    [
        b"rubbish\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",  # TLS
        b"POST /\r\n\r\n",
        b"POST / HTTP/2\r\n\r\n",
        b"POST / HTTP/1.1\r\nno header\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nA: b\nContent-Length: 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nA: b\rContent-Length: 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nA: b\0\r\n\r\n",
        b"OPTIONS / HTTP/1.1\r\nOrigin: x\r\nAccess-Control-Request-Headers: a\nSet-Cookie: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nA: " + b"x" * 100_000,
    ],
)
def test_no_http(server: Server, data: bytes) -> None:
    """Bytes that are no request are answered with 400, and the connection ends."""
    status, headers, body = exchange(server, data, half_close=True)[0]
    assert (status, headers["connection"]) == (400, "close")
    assert body.count(b"\n") == 1


def test_half_a_request(server: Server) -> None:
    """Half a request, and then nothing: no answer, and nobody else is held up."""
    whole = request()
    with socket.create_connection((server.host, server.port)) as waiting:
        waiting.sendall(whole[:100])
        assert one(server, whole)[0] == 200
    assert exchange(server, whole[:-1], half_close=True) == []


def chunked(body: bytes, size: int) -> bytes:
    """A body in chunks."""
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def test_one_by_one(server: Server) -> None:
    """Requests come in any pieces, several at once, and are answered in their order."""
    names = [f"no{number}" for number in range(20)]
    data = b"".join(
        request(
            json.dumps({"TableName": name}),
            x_amz_target="DynamoDB_20120810.DescribeTable",
            close=name == names[-1],
        )
        for name in names
    )
    for pieces in (1, 7, 400):
        answers = exchange(server, data, pieces=pieces)
        told = [json.loads(body)["message"] for _, _, body in answers]
        assert told == [f"Requested resource not found: Table: {name} not found" for name in names]


def test_codings(server: Server) -> None:
    """Bodies in chunks and in gzip are read."""
    body = json.dumps({"Limit": 1, "ExclusiveStartTableName": "th\u00efngs" * 10}).encode()
    plain = one(server, request(body))
    chunks = request(b"", content_length=None, transfer_encoding="chunked") + chunked(body, 7)
    for data in (chunks, request(gzip.compress(body), content_encoding="gzip")):
        assert one(server, data)[2] == plain[2]
    assert exchange(server, chunks, pieces=50)[0][2] == plain[2]


def test_expect(server: Server) -> None:
    """A client that asks first is told to send its body."""
    head, _, body = request("{}", expect="100-continue").partition(b"\r\n\r\n")
    with socket.create_connection((server.host, server.port), timeout=10) as sock:
        sock.sendall(head + b"\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert sock.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")


def test_keep_alive(server: Server) -> None:
    """HTTP/1.0 closes after an answer unless it was asked not to; HTTP/1.1 the other way round."""
    old = request("", method="GET", close=False).replace(b"HTTP/1.1", b"HTTP/1.0")
    assert [status for status, _, _ in exchange(server, old)] == [200]
    kept = request("", method="GET", close=False, connection="keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0")
    assert [status for status, _, _ in exchange(server, kept + old)] == [200, 200]


def test_too_large(server: Server) -> None:
    """16 MB are read, more are answered with 413, however they are packed; the client gets to read that."""
    space = b" " * (MAX_REQUEST - 2)
    assert one(server, request(b"{}" + space))[0] == 200
    assert one(server, request(b"{} " + space))[0] == 413
    assert one(server, request(gzip.compress(b"{} " + space, 1), content_encoding="gzip"))[0] == 413
    large = request(b"", content_length=None, transfer_encoding="chunked") + chunked(b"{} " + space, 2**20)
    assert one(server, large)[0] == 413


def test_large_answers(client: Any, server: Server) -> None:
    """Answers of a megabyte arrive whole, also at a client that takes them slowly and sent the next request already."""
    for number in range(5):
        client.put_item(TableName="things", Item={"id": {"S": f"large{number}"}, "v": {"S": "v" * 300_000}})
    scan = request('{"TableName": "things"}', x_amz_target="DynamoDB_20120810.Scan", close=False)
    with socket.create_connection((server.host, server.port), timeout=10) as sock:
        sock.sendall(scan * 14 + request("", method="GET"))
        time.sleep(0.1)
        received = bytearray()
        while more := sock.recv(2**20):
            received += more
    assert received.count(b"HTTP/1.1 200 OK") == 15
    assert received.endswith(b"amazonaws.com ")
    for number in range(5):
        client.delete_item(TableName="things", Key={"id": {"S": f"large{number}"}})


BAD_BYTES = {
    "YQ": "'YQ' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 2",
    "!!!!": "'!!!!' can not be converted to a Blob: Invalid Base64 character: '!'",
    "=aaa": "'=aaa' can not be converted to a Blob: Invalid Base64 character: '='",
    "YR==": "'YR==' can not be converted to a Blob: Invalid last non-pad Base64 character dectected",
}


@pytest.mark.parametrize("text", BAD_BYTES)
def test_bad_bytes(server: Server, text: str) -> None:
    """What is no base64 is refused in the service's words."""
    for value in ({"B": text}, {"BS": [text]}):
        body = json.dumps({"TableName": "things", "Item": {"id": {"S": "1"}, "b": value}})
        told = json.loads(one(server, request(body, x_amz_target="DynamoDB_20120810.PutItem"))[2])
        assert told == {"__type": "com.amazon.coral.service#SerializationException", "Message": BAD_BYTES[text]}


def test_null_members(server: Server) -> None:
    """A member that is null was not given; an error has the prefix of its kind."""
    assert one(server, request('{"Limit": null}'))[0] == 200
    status, _, body = one(server, request('{"Limit": 0}'))
    assert (status, json.loads(body)["__type"]) == (400, "com.amazon.coral.validate#ValidationException")
    missing = request('{"TableName": "nothing"}', x_amz_target="DynamoDB_20120810.DescribeTable")
    told = json.loads(one(server, missing)[2])["__type"]
    assert told == "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"


def test_message_members() -> None:
    """`Message` or `message`: as the service's model has it."""
    model = service_model()
    shapes: dict[str, Any] = {name: model.shape_for(name) for name in model.shape_names}
    errors = {name: shape.members for name, shape in shapes.items() if shape.metadata.get("exception")}
    capital = {name for name, members in errors.items() if "Message" in members}
    assert capital == set(_CAPITAL) & set(errors)


def test_browsers(server: Server) -> None:
    """A page of elsewhere may ask, and may send."""
    status, told, body = one(
        server,
        request(
            "",
            method="OPTIONS",
            origin="http://x",
            access_control_request_headers="a, b",
            access_control_request_method="POST",
        ),
    )
    assert (status, body, told["access-control-allow-headers"]) == (200, b"", "a, b")
    assert (told["access-control-allow-origin"], told["access-control-max-age"]) == ("*", "172800")
    assert one(server, request(origin="http://x"))[1]["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in one(server, request())[1]


def test_region_of_health(server: Server) -> None:
    """The region is the one a request was signed for."""
    assert one(server, request("", method="GET"))[2] == b"healthy: dynamodb.eu-west-1.amazonaws.com "


def test_many_connections(server: Server) -> None:
    """Hundreds of clients stay connected; each is answered."""
    with contextlib.ExitStack() as stack:
        data = request(close=False)
        socks = [
            stack.enter_context(socket.create_connection((server.host, server.port), timeout=10)) for _ in range(300)
        ]
        for sock in socks:
            sock.sendall(data)
        assert all(sock.recv(65536).startswith(b"HTTP/1.1 200 OK") for sock in socks)


def test_a_bug_is_a_500(capfd: pytest.CaptureFixture[str]) -> None:
    """A request that meets a bug is answered with a 500; the server goes on, and the bug is shown."""

    class Broken(LocalEngine):
        def call(self, operation: str, params: Any) -> dict[str, Any]:  # noqa: ARG002
            raise ZeroDivisionError(operation)

    engine = Broken()
    with Server(engine) as server:
        for _ in range(2):
            status, headers, body = one(server, request())
            assert (status, json.loads(body)["message"]) == (500, "ZeroDivisionError: ListTables")
            assert headers["x-amz-crc32"] == str(zlib.crc32(body))
    engine.close()
    assert "Traceback" in capfd.readouterr().err


def test_port_in_use(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """A port that is taken, and other places where nothing can listen, are one line."""
    for host, port in (("127.0.0.1", server.port), ("203.0.113.1", 0), ("no such host", 0)):
        engine = LocalEngine()
        with pytest.raises(AddressUnavailable, match="can't listen on"):
            Server(engine, host=host, port=port)
        engine.close()
    assert main(["local", "--port", str(server.port)]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "in use" in told


def start(*arguments: str) -> tuple["subprocess.Popen[str]", str]:
    """The command, and where it says that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dynexpr", "local", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, re.findall(r"ready on (\S+?),", line)[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command(tmp_path: Path, number: signal.Signals) -> None:
    """The command says when it is ready, keeps to its file, and ends cleanly on a signal with a client connected."""
    path = str(tmp_path / "dev.db")
    process, url = start("--path", path)
    with create_engine(f"dynamodb://us-east-1/?endpoint_url={url}") as engine:
        engine.send("CreateTable", **TABLE)
        process.send_signal(number)
        told, errors = process.communicate(timeout=20)
    assert (process.returncode, told, errors) == (0, "dynexpr local: stopped\n", "")
    with create_engine(f"local:///{path}") as engine:
        assert engine.send("ListTables")["TableNames"] == ["things"]


def test_warning_beyond_loopback() -> None:
    """Bound to where other machines can reach it, it says so; the URL it gives can be used."""
    process, url = start("--host", "0.0.0.0")
    with contextlib.closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert "can be reached from other machines" in errors
    assert errors.count("\n") == 1


def test_no_descriptor_left() -> None:
    """Out of descriptors, whoever was silent longest makes room."""
    code = """
import os, resource, socket
from dynexpr.local import LocalEngine
from dynexpr.local.server import Server
def answered(client):
    client.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
    return client.recv(1000).startswith(b"HTTP/1.1 200")
engine = LocalEngine()
with Server(engine) as server:
    held = [socket.create_connection((server.host, server.port), timeout=10) for _ in range(8)]
    assert all([answered(each) for each in held])  # so the server has accepted them all
    clients = [socket.socket() for _ in range(4)]
    free = os.dup(0)  # the lowest that is free: with it as the last one allowed, no other is
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    for client in clients:
        client.settimeout(10)
        client.connect((server.host, server.port))
        assert answered(client)
    # One was free; Linux wants another to say that nobody waits.
    assert [each.recv(1) for each in held[:3]] == [b""] * 3
    assert all([answered(each) for each in [*held[4:], *clients]])
engine.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_all_addresses() -> None:
    """`::` is every address, IPv4's too."""
    engine = LocalEngine()
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6")
    with Server(engine, host="::") as server:
        for address in ("127.0.0.1", "::1"):
            socket.create_connection((address, server.port), timeout=10).close()
    engine.close()


@pytest.mark.parametrize("addresses", [["127.0.0.1", "::1"], ["::1", "127.0.0.1"], ["203.0.113.1", "127.0.0.1"]])
def test_every_address_of_a_name(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    """A name is served at each of its addresses that the machine has, on one port; where that is taken, it is told."""
    family = {address: socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses}
    ours = addresses[1:] if "203.0.113.1" in addresses else addresses
    if "::1" in ours and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6")
    found = [(family[each], socket.SOCK_STREAM, 6, "", (each, 0)) for each in addresses]
    meant = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: found if host == "both" else meant(host, *rest, **more)
    )
    engine = LocalEngine()
    with Server(engine, host="both") as server:
        assert server.endpoint == f"http://both:{server.port}"
        for address in ours:
            with contextlib.closing(http.client.HTTPConnection(address, server.port, timeout=10)) as connection:
                connection.request("GET", "/")
                assert connection.getresponse().status == 200
    for address in ours:
        with (
            socket.create_server((address, 0), family=family[address]) as taken,
            pytest.raises(AddressUnavailable, match="in use"),
        ):
            Server(engine, host="both", port=taken.getsockname()[1])
    found[:] = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.1", 0))] * 2
    with pytest.raises(AddressUnavailable, match="can't listen on both port 0"):
        Server(engine, host="both")
    engine.close()


def test_a_free_port_is_free_at_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the port that is free at one address is taken at another, a further one is tried."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.1", "127.0.0.2")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_named: found)
    meant = socket.create_server
    asked: list[str] = []
    busy = [2, 4]

    def create(address: tuple[str, int], **options: Any) -> socket.socket:
        asked.append(address[0])
        if len(asked) in busy:
            raise OSError(errno.EADDRINUSE, "in use")
        return meant(address, **options)

    monkeypatch.setattr(socket, "create_server", create)
    engine = LocalEngine()
    with Server(engine, host="both"):
        assert asked == ["127.0.0.1", "127.0.0.2"] * 3
    asked.clear()
    busy[:] = range(2, 100, 2)
    with pytest.raises(AddressUnavailable, match="can't listen on both port 0: in use"):
        Server(engine, host="both")
    engine.close()


def test_index_lag() -> None:
    """The command's engine lags where it is told to, and says what is no lag."""
    process, url = start("--index-lag", "1e9")
    with create_engine(f"dynamodb://us-east-1/?endpoint_url={url}") as engine:
        index = {
            "IndexName": "by-id",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        engine.send("CreateTable", **TABLE, GlobalSecondaryIndexes=[index])
        engine.send("PutItem", TableName="things", Item={"id": {"S": "a"}})
        assert engine.send("Scan", TableName="things")["Count"] == 1
        assert engine.send("Scan", TableName="things", IndexName="by-id")["Count"] == 0
        process.terminate()
        process.communicate(timeout=20)
    assert main(["local", "--port", "0", "--index-lag", "-1"]) == 1


def test_stop_from_another_thread() -> None:
    """`stop()` ends `serve()` from any thread, twice too; afterwards the port is free."""
    engine = LocalEngine()
    server = Server(engine)
    thread = threading.Thread(target=server.serve)
    thread.start()
    assert one(server, request())[0] == 200
    server.stop()
    thread.join(10)
    server.stop()
    assert not thread.is_alive()
    with pytest.raises(OSError, match=os.strerror(111)):
        socket.create_connection((server.host, server.port))
    again = Server(engine, port=server.port)
    with again:
        assert one(again, request())[0] == 200
    engine.close()
