"""What does DynamoDB's protocol make of a request, and of its answer?  Headers and bytes in, and out again.

The service's own order of checks: method and content type, JSON, operation, who asks, and only then the operation
itself. Signatures are not checked, as on DynamoDB Local; that there is one, is.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
Status codes, prefixes and messages are those recorded from the service in
https://github.com/architect/dynalite/tree/main/test (connection.js).
"""

import base64
import os
import re
import zlib
from collections.abc import Callable, Container, Mapping
from typing import Any, Final, NamedTuple, NoReturn

import msgspec

from dynexpr.local.errors import LocalServiceError
from dynexpr.local.request_reader import MAX_REQUEST, RequestTooLarge
from dynexpr.requests import Request
from dynexpr.transports.protocol import WITH_ITEMS, body_of

Call = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""Carries out an operation; raises LocalServiceError."""

_TYPES: Final = ("application/json", "application/x-amz-json-1.0")
_STREAMS: Final = frozenset({"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"})
_TARGETS: Final = {"DynamoDB_20120810": False, "DynamoDBStreams_20120810": True}

_CORAL: Final = "com.amazon.coral.service#"
_PREFIXES: Final = {
    "ValidationException": "com.amazon.coral.validate#",
    "ThrottlingException": "com.amazon.coral.availability#",
    **dict.fromkeys(
        (
            "AccessDeniedException",
            "ExpiredTokenException",
            "IncompleteSignatureException",
            "InvalidSignatureException",
            "MissingAuthenticationTokenException",
            "SerializationException",
            "UnknownOperationException",
            "UnrecognizedClientException",
        ),
        _CORAL,
    ),
}
"""What stands before the name of an error; before any other, its model's."""
_MODEL: Final = "com.amazonaws.dynamodb.v20120810#"
_CAPITAL: Final = frozenset(
    {
        "AccessDeniedException",
        "IdempotentParameterMismatchException",
        "SerializationException",
        "TransactionCanceledException",
        "TransactionInProgressException",
    }
)
"""Errors whose text is `Message`; elsewhere it is `message`."""

_PAGE: Final = b"<UnknownOperationException/>\n"


class Reply(NamedTuple):
    """An answer, of which HTTP itself adds its own headers."""

    status: int
    headers: dict[str, str]
    body: bytes


def reply(
    call: Call,
    known: Container[str],
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    signed: bool = True,
) -> Reply:
    """Answer a request: *headers* by names in lower case, *known* the operations there are.

    *signed* is whether the request has to say who asks.
    """
    more = {"x-amzn-RequestId": request_id()}
    if "origin" in headers:
        more["Access-Control-Allow-Origin"] = "*"
        if method == "OPTIONS":
            return _preflight(headers, more)
    if method == "GET":
        return _sent(200, f"healthy: dynamodb.{_region(headers)}.amazonaws.com ".encode(), more)
    kind = headers.get("content-type", "").partition(";")[0].strip()
    try:
        body = _unpacked(body, headers.get("content-encoding"))
    except RequestTooLarge:
        return Reply(413, more, b"")
    except LocalServiceError as error:
        return refused(error, more, kind)
    if method != "POST" or (body and kind not in _TYPES):
        return _sent(404, _PAGE, more)
    try:
        params = _params(body) if body else None
        operation = _operation(headers.get("x-amz-target", ""), known)
        if signed:
            _check_signed(path, headers)
        if params is None:
            raise LocalServiceError("SerializationException", "")
        answer = call(operation, params)
        told = _ENCODER.encode(answer) if operation in WITH_ITEMS else body_of(Request(operation, answer))
    except LocalServiceError as error:
        return refused(error, more, kind)
    more["Content-Type"] = kind or _TYPES[1]
    return _sent(200, told, more)


def refused(error: LocalServiceError, headers: dict[str, str], kind: str = "") -> Reply:
    """The answer that tells of an error."""
    body = {"__type": _PREFIXES.get(error.code, _MODEL) + error.code, **error.body}
    if error.message:
        body["Message" if error.code in _CAPITAL else "message"] = error.message
    headers["Content-Type"] = _TYPES[1] if kind == _TYPES[1] else _TYPES[0]
    return _sent(error.status, _ENCODER.encode(body), headers)


def request_id() -> str:
    """A name for a request, as the service's look: 52 letters and digits."""
    return base64.b32encode(os.urandom(33))[:52].decode()


def _sent(status: int, body: bytes, headers: dict[str, str]) -> Reply:
    headers["x-amz-crc32"] = str(zlib.crc32(body))
    return Reply(status, headers, body)


def _preflight(headers: Mapping[str, str], more: dict[str, str]) -> Reply:
    """What a browser asks before it lets a page of elsewhere send its request."""
    for asked, told in (
        ("access-control-request-headers", "Access-Control-Allow-Headers"),
        ("access-control-request-method", "Access-Control-Allow-Methods"),
    ):
        if asked in headers:
            more[told] = headers[asked]
    more["Access-Control-Max-Age"] = "172800"
    return Reply(200, more, b"")


def _region(headers: Mapping[str, str]) -> str:
    """The region that a request was signed for."""
    signed = re.search(r"Credential=[^/,\s]+/[^/,\s]+/([a-z0-9-]+)/", headers.get("authorization", ""))
    return signed[1] if signed else "us-east-1"


def _unpacked(body: bytes, coding: str | None) -> bytes:
    if coding is None or coding.lower() == "identity" or not body:
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        if coding.lower() != "gzip":
            raise zlib.error(coding)
        unpacked = unpacker.decompress(body, MAX_REQUEST)
    except zlib.error:
        raise LocalServiceError("SerializationException", "") from None
    if unpacker.unconsumed_tail:
        raise RequestTooLarge("more than DynamoDB takes, unpacked")
    if not unpacker.eof:
        raise LocalServiceError("SerializationException", "")
    return unpacked


def _operation(target: str, known: Container[str]) -> str:
    """The operation that is asked for; the service says no more than that there is none."""
    service, _, operation = target.partition(".")
    streams = _TARGETS.get(service)
    if streams is None or (operation in _STREAMS) is not streams:
        raise LocalServiceError("UnknownOperationException", "")
    if operation not in known:
        raise LocalServiceError(
            "UnknownOperationException", f"dynexpr's embedded engine does not know the operation {operation}"
        )
    return operation


_OF_HEADER: Final = ("Credential", "Signature", "SignedHeaders")
_OF_QUERY: Final = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")


def _check_signed(path: str, headers: Mapping[str, str]) -> None:
    """Refuse a request that does not say who asks: by a header, or in its URL."""
    header = headers.get("authorization")
    query = _query(path) if "X-Amz-Algorithm" in path else {}
    if header is not None and "X-Amz-Algorithm" in query:
        raise LocalServiceError(
            "InvalidSignatureException",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        )
    if header is None and "X-Amz-Algorithm" in query:
        lacking = [f"AWS query-string parameters must include '{name}'. " for name in _OF_QUERY if not query.get(name)]
        after = "Re-examine the query-string parameters."
    elif header is not None and header.startswith("AWS4-"):
        parts = [part.partition("=") for part in header.replace(",", " ").split()[1:]]
        told = {name: value for name, _, value in parts}
        lacking = [f"Authorization header requires '{name}' parameter. " for name in _OF_HEADER if not told.get(name)]
        if "x-amz-date" not in headers and "date" not in headers:
            lacking.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
        after = f"Authorization={header}"
    else:
        raise LocalServiceError("MissingAuthenticationTokenException", "Request is missing Authentication Token")
    if lacking:
        raise LocalServiceError("IncompleteSignatureException", "".join(lacking) + after)


def _query(path: str) -> dict[str, str]:
    from urllib.parse import parse_qsl

    return dict(parse_qsl(path.partition("?")[2], keep_blank_values=True))


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder()


def _params(body: bytes) -> dict[str, Any]:
    """The parameters, as boto3's client takes them: base64 becomes bytes, and what is null was not given."""
    try:
        params = _DECODER.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise LocalServiceError("SerializationException", "") from None
    if not isinstance(params, dict):
        raise LocalServiceError("SerializationException", "")
    if b'"B"' in body or b'"BS"' in body or b"null" in body or b"\\u" in body:
        return _plain_members(params)
    return params


def _plain_members(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) == 1:
        # An attribute may be called "B" too, but then it holds a map.
        if isinstance(text := value.get("B"), str):
            return {"B": _bytes(text)}
        if isinstance(texts := value.get("BS"), list):
            return {"BS": [_bytes(each) if isinstance(each, str) else each for each in texts]}
    return {name: _plain(each) for name, each in value.items() if each is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain_members(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _bytes(text: str) -> bytes:
    """Strictly what base64 means; the service's own words where it is none."""
    if len(text) % 4:
        _no_bytes(text, f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(text)}")
    wrong = re.search("[^a-zA-Z0-9+/=]|=[^=]", text)
    if wrong:
        _no_bytes(text, f"Invalid Base64 character: '{wrong[0][0]}'")
    data = base64.b64decode(text)
    if base64.b64encode(data).decode() != text:
        _no_bytes(text, "Invalid last non-pad Base64 character dectected")
    return data


def _no_bytes(text: str, why: str) -> NoReturn:
    raise LocalServiceError("SerializationException", f"'{text}' can not be converted to a Blob: {why}")
