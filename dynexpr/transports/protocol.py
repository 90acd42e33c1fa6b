"""How does a request look in DynamoDB's JSON, and what does its answer say?  Bytes in, bytes out, without any network.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

import json
import zlib
from typing import Any, Final

from dynexpr.answers import error_answer
from dynexpr.errors import RequestRefused, ServiceError
from dynexpr.requests import Prepared, Request
from dynexpr.transports.failures import lost
from dynexpr.transports.http1 import MAX_BODY, Answer
from dynexpr.transports.pages import Pages

WITH_ITEMS: Final = frozenset(
    [
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    ]
)
"""Operations whose answers hold items, and no times."""
TIMES: Final = frozenset(
    [
        "ArchivalDateTime",
        "BackupCreationDateTime",
        "BackupExpiryDateTime",
        "CreationDateTime",
        "EarliestRestorableDateTime",
        "EndTime",
        "ExportFromTime",
        "ExportTime",
        "ExportToTime",
        "InaccessibleEncryptionDateTime",
        "LastDecreaseDateTime",
        "LastIncreaseDateTime",
        "LastUpdateDateTime",
        "LastUpdateToPayPerRequestDateTime",
        "LatestRestorableDateTime",
        "ReplicaInaccessibleDateTime",
        "RestoreDateTime",
        "StartTime",
        "TableCreationDateTime",
    ]
)
"""Members of the other answers that are seconds since the epoch; boto3 gives them as datetimes."""


_MANY: Final = frozenset({"BatchGetItem", "Query", "Scan"})
"""Operations whose answers may hold many items."""


def body_of(request: Request) -> bytes:
    """The parameters as JSON; bytes become base64."""
    try:
        prepared = _prepared(request.params) if request.operation == "BatchWriteItem" else None
        return text_of(request.params).encode() if prepared is None else prepared
    except (TypeError, ValueError, RecursionError) as error:
        raise RequestRefused(
            f"the parameters can't be written as JSON: {error}",
            code="SerializationException",
            operation=request.operation,
        ) from None


def _prepared(params: dict[str, Any]) -> bytes | None:
    """A batch of which each part brings its JSON; None for any other."""
    tables = params.get("RequestItems")
    if not isinstance(tables, dict):
        return None
    told: list[bytes] = []
    for name, parts in tables.items():
        if not isinstance(parts, list) or not all(part.__class__ is Prepared for part in parts):
            return None
        told.append(b"%b:[%b]" % (_encode(name).encode(), b",".join([part.json for part in parts])))
    rest = [f",{_encode(name)}:{text_of(value)}" for name, value in params.items() if name != "RequestItems"]
    return b'{"RequestItems":{%b}%b}' % (b",".join(told), "".join(rest).encode())


def text_of(value: Any) -> str:
    """A wire value, or what holds some, as JSON."""
    text = _encode(value)
    if '"B":"' in text or '"BS":["' in text:
        as_bytes = _bytes_of_text(value)
        if as_bytes is not value:
            text = _encode(as_bytes)
    return text


def _jsonable(value: object) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        from binascii import b2a_base64

        return b2a_base64(value, newline=False).decode()
    moment = getattr(value, "timestamp", None)
    if moment is not None:
        return moment()
    raise TypeError(f"{type(value).__name__} is no wire value")


_encode = json.JSONEncoder(
    separators=(",", ":"), ensure_ascii=False, check_circular=False, allow_nan=False, default=_jsonable
).encode


def _bytes_of_text(value: Any) -> Any:
    """The same, with text that stands where bytes belong as its UTF-8 bytes, as boto3 takes it."""
    if isinstance(value, dict):
        if len(value) == 1:
            if isinstance(text := value.get("B"), str):
                return {"B": text.encode()}
            if isinstance(texts := value.get("BS"), list):
                return {"BS": [each.encode() if isinstance(each, str) else each for each in texts]}
        return {name: _bytes_of_text(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_bytes_of_text(each) for each in value]
    return value


def response_of(operation: str, answer: Answer, where: str) -> dict[str, Any]:
    """What an answer of status 200 says, as boto3's client gives it; ResponseLost where that can't be known."""
    body = _checked(answer, where)
    try:
        response = _PAGES.loaded(body) if operation in _MANY else loaded(body, times=operation not in WITH_ITEMS)
    except (ValueError, RecursionError) as error:
        raise lost(where, f"{len(body)} bytes, no JSON: {error}") from None
    if not isinstance(response, dict):
        raise lost(where, f"{len(body)} bytes, no JSON object")
    return response


def error_of(operation: str, answer: Answer, where: str) -> ServiceError:
    """The error that an answer of another status tells of; ResponseLost where its bytes are damaged."""
    status = answer.status
    body = _checked(answer, where)
    told: Any = None
    try:
        told = loaded(body)
    except (ValueError, RecursionError):
        if "x-amzn-requestid" in answer.headers and status < 500:
            raise lost(where, f"an error answer of {len(body)} bytes, no JSON") from None
    if not isinstance(told, dict):
        text = " ".join(body[:2000].decode("utf-8", "replace").split())
        message = f"{where} answered with status {status} and no JSON, as DynamoDB does not; is it the right endpoint?"
        if text:
            message = f"{message} It says: {text[:200]}"
        return error_answer(operation, str(status), message, status, _metadata(answer, {}))
    code = str(told.get("__type") or told.get("code") or status)
    code = code.rpartition("#")[2].partition(":")[0]
    message = str(told.get("message") or told.get("Message") or "")
    return error_answer(operation, code, message, status, _metadata(answer, told))


def _metadata(answer: Answer, told: dict[str, Any]) -> dict[str, Any]:
    """What AWS's support asks for, under the names boto3 has for it."""
    metadata: dict[str, Any] = {"HTTPStatusCode": answer.status}
    if "x-amzn-requestid" in answer.headers:
        metadata["RequestId"] = answer.headers["x-amzn-requestid"]
    return {**told, "ResponseMetadata": metadata}


def _checked(answer: Answer, where: str) -> bytes:
    """The body, unpacked, once its checksum was found right: of what was sent, or of what it unpacks to."""
    sent = body = answer.body
    coding = answer.headers.get("content-encoding", "identity").lower()
    if coding == "gzip":
        body = _unpacked(sent, where)
    elif coding != "identity":
        raise lost(where, f"the content coding {coding[:40]!r}")
    checksum = answer.headers.get("x-amz-crc32")
    if checksum is not None and checksum not in {str(zlib.crc32(sent)), str(zlib.crc32(body))}:
        raise lost(where, f"{len(sent)} bytes, not what their checksum says")
    return body


def _unpacked(body: bytes, where: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, MAX_BODY)
    except zlib.error as error:
        raise lost(where, f"its gzip is broken: {error}") from None
    if unpacker.unconsumed_tail:
        raise lost(where, f"it unpacks to more than {MAX_BODY} bytes, which is more than DynamoDB sends")
    if not unpacker.eof or unpacker.unused_data:
        raise lost(where, "its gzip is cut off, or followed by something else")
    return unpacked


def loaded(body: bytes, *, times: bool = False) -> Any:
    """JSON as boto3's client gives it: base64 becomes bytes, and times datetimes."""
    if times:
        return json.loads(body, object_hook=_with_times)
    if b'"B"' in body or b'"BS"' in body:
        return json.loads(body, object_hook=_with_bytes)
    return json.loads(body)


_PAGES: Final = Pages(loaded)


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    # An attribute may be called "B" too, but then it holds a map.
    if len(value) == 1:
        if isinstance(text := value.get("B"), str):
            return {"B": _bytes(text)}
        if isinstance(texts := value.get("BS"), list):
            return {"BS": [_bytes(each) for each in texts]}
    return value


def _bytes(text: str) -> bytes:
    from binascii import a2b_base64

    return a2b_base64(text, strict_mode=True)


def _with_times(value: dict[str, Any]) -> dict[str, Any]:
    for name in TIMES & value.keys():
        if isinstance(value[name], int | float):
            from datetime import UTC, datetime

            value[name] = datetime.fromtimestamp(value[name], UTC)
    return _with_bytes(value)
