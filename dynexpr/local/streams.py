"""ListStreams, DescribeStream, GetShardIterator, GetRecords: the second service, and how a table gets a stream.

A stream here has one shard, open until the stream is disabled; the service's is divided and handed on every few hours.
Records can be read for a day by the engine's clock, those of a disabled stream or a deleted table too.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from dynexpr import limits
from dynexpr.local import shard_iterators
from dynexpr.local.database import Database, decode, encode
from dynexpr.local.describe import copied, moment
from dynexpr.local.errors import LocalServiceError, invalid_parameter, refuse
from dynexpr.local.names import REGION, table_arn
from dynexpr.local.records import PARTITION, SEQUENCE, record_number, record_place, sequence_number, sequence_text

if TYPE_CHECKING:
    from dynexpr.local.schema import Schema

Params = Mapping[str, Any]
Answer = dict[str, Any]
Records = Iterator[tuple[int, int, dict[str, Any]]]

CATALOG: Final = 0
"""The space in which the streams themselves are kept, by table name and label; tables and indexes begin at 1."""

_KEPT_SECONDS: Final = 24 * 3600
_PAGE_BYTES: Final = 1024 * 1024


class _Stream:
    """A stream as it stands in the catalog."""

    def __init__(self, sort: bytes, kept: dict[str, Any]) -> None:
        table, _zero, label = sort.partition(b"\0")
        self.sort: Final = sort
        self.table: Final = table.decode()
        self.label: Final = label.decode()
        self.arn: Final = f"{table_arn(self.table)}/stream/{self.label}"
        self.kept: Final = kept
        self.space: Final[int] = kept["space"]
        self.shard: Final = f"shardId-{int(kept['created'] * 1000):020d}-{zlib.crc32(self.arn.encode()):08x}"

    @property
    def shown(self) -> Answer:
        """The stream as ListStreams lists it."""
        return {"StreamArn": self.arn, "TableName": self.table, "StreamLabel": self.label}

    def records(self, db: Database, first: int = 0, *, forward: bool = True) -> Records:
        """The number, size and content of its records from a number on."""
        low = record_place(first)[1]
        for _pk, sk, size, encoded in db.store.partition(self.space, PARTITION, low, None, forward=forward, after=None):
            yield record_number(sk), size, decode(encoded)


def open_stream(db: Database, table: str, key_schema: list[dict[str, str]], view: str) -> Answer:
    """Begin a stream of a table: what its definition has to say of it."""
    now = db.clock()
    place = int(now * 1000)
    while db.store.find(CATALOG, PARTITION, _sort(table, _label(place))) is not None:
        place += 1  # a clock that stands still: no two streams of a table have one label
    kept = {
        "space": db.store.next_number("space"),
        "view": view,
        "key": copied(key_schema),
        "created": now,
        "first": db.store.next_number(SEQUENCE),
        "last": None,
        "ended": None,
        "trimmed": 0,
    }
    _keep(db, _Stream(_sort(table, _label(place)), kept))
    return {"stream": {"space": kept["space"], "view": view}, "streamed": _label(place)}


def close_stream(db: Database, schema: "Schema") -> None:
    """End the stream that is enabled on a table, if one is; it stays readable."""
    if schema.stream is None:
        return
    sort = _sort(schema.name, schema.definition["streamed"])
    found = db.store.find(CATALOG, PARTITION, sort)
    if found is not None:
        kept = {**decode(found[0]), "last": db.store.next_number(SEQUENCE), "ended": db.clock()}
        _keep(db, _Stream(sort, kept))


def list_streams(db: Database, params: Params) -> Answer:
    """ListStreams, in the order of tables' names and of time."""
    limit = _limit(params, "Limit cannot be greater than the maximum allowed size: 100")
    table, start = params.get("TableName"), params.get("ExclusiveStartStreamArn")
    with db.store.write:
        streams = [each for each in _all(db) if table is None or each.table == table]
    if start is not None:
        arns = [each.arn for each in streams]
        streams = streams[arns.index(start) + 1 :] if start in arns else []
    answer: Answer = {"Streams": [each.shown for each in streams[:limit]]}
    if len(streams) > limit:
        answer["LastEvaluatedStreamArn"] = streams[limit - 1].arn
    return answer


def describe_stream(db: Database, params: Params) -> Answer:
    """DescribeStream."""
    _limit(params, "Limit cannot be greater than the maximum: 100")
    with db.store.write:
        stream = _find(db, params["StreamArn"])
    kept = stream.kept
    span = {"StartingSequenceNumber": sequence_text(kept["first"])}
    if kept["last"] is not None:
        span["EndingSequenceNumber"] = sequence_text(kept["last"])
    shards = [{"ShardId": stream.shard, "SequenceNumberRange": span}]
    # One shard comes after nothing and has no children.
    if params.get("ExclusiveStartShardId") == stream.shard or params.get("ShardFilter"):
        shards = []
    return {
        "StreamDescription": {
            "StreamArn": stream.arn,
            "StreamLabel": stream.label,
            "StreamStatus": "ENABLED" if kept["ended"] is None else "DISABLED",
            "StreamViewType": kept["view"],
            "CreationRequestDateTime": moment(kept["created"]),
            "TableName": stream.table,
            "KeySchema": kept["key"],
            "Shards": shards,
        }
    }


def get_shard_iterator(db: Database, params: Params) -> Answer:
    """GetShardIterator."""
    kind, text = params["ShardIteratorType"], params.get("SequenceNumber")
    if kind in {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}:
        if text is None:
            invalid_parameter("Invalid SequenceNumber")
    elif text is not None:
        invalid_parameter("SequenceNumber should not be passed for this iterator type")
    if kind == "AT_TIMESTAMP" and params.get("Timestamp") is None:
        invalid_parameter("Timestamp is required for this iterator type")
    with db.store.write:
        stream = _find(db, params["StreamArn"])
        if params["ShardId"] != stream.shard:
            raise LocalServiceError("ResourceNotFoundException", "Shard does not exist")
        first = max(stream.kept["first"], stream.kept["trimmed"] + 1)
        if kind == "TRIM_HORIZON":
            position = first
        elif kind == "LATEST":
            position = next((number + 1 for number, _, _ in stream.records(db, forward=False)), first)
        elif kind == "AT_TIMESTAMP":
            since = _seconds(params["Timestamp"])
            after = next((number + 1 for number, _, _ in stream.records(db, forward=False)), first)
            position = next((number for number, _, each in stream.records(db) if each["time"] >= since), after)
        else:
            number = sequence_number(str(text))
            if number is None or not stream.kept["first"] <= number <= db.store.last_number(SEQUENCE):
                refuse("Invalid SequenceNumber for the shard")
            _check_horizon(stream, number)
            position = number + (kind == "AFTER_SEQUENCE_NUMBER")
    return {"ShardIterator": shard_iterators.write(stream.arn, stream.shard, position, db.clock())}


def get_records(db: Database, params: Params) -> Answer:
    """GetRecords. Without NextShardIterator when the shard is closed and everything in it was read."""
    limit = params.get("Limit", limits.STREAM_RECORDS)
    if limit > limits.STREAM_RECORDS:
        invalid_parameter(f"Limit should be less than or equal to {limits.STREAM_RECORDS}")
    arn, shard, position, made = shard_iterators.read(params["ShardIterator"])
    now = db.clock()
    if now > made + shard_iterators.SECONDS:
        raise LocalServiceError(
            "ExpiredIteratorException", "The shard iterator is expired: it was made more than 15 minutes ago"
        )
    found: list[Answer] = []
    size = 0
    more = False
    with db.store.write:
        stream = _find(db, arn)
        if shard != stream.shard:
            refuse("Invalid ShardIterator")
        _check_horizon(stream, position)
        for number, bytes_, record in stream.records(db, position):
            if len(found) == limit or (found and size + bytes_ > _PAGE_BYTES):
                more = True
                break
            found.append(_shown(stream, number, record))
            size += bytes_
            position = number + 1
    answer: Answer = {"Records": found}
    if more or stream.kept["ended"] is None:
        answer["NextShardIterator"] = shard_iterators.write(arn, shard, position, now)
    return answer


def _shown(stream: _Stream, number: int, record: dict[str, Any]) -> Answer:
    import hashlib

    change = {name: record[name] for name in ("Keys", "NewImage", "OldImage") if name in record}
    shown: Answer = {
        "eventID": hashlib.md5(f"{stream.arn} {number}".encode(), usedforsecurity=False).hexdigest(),
        "eventName": record["name"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": moment(int(record["time"])),
            **change,
            "SequenceNumber": sequence_text(number),
            "SizeBytes": record["SizeBytes"],
            "StreamViewType": stream.kept["view"],
        },
    }
    if record["expired"]:
        shown["userIdentity"] = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    return shown


def _all(db: Database) -> list[_Stream]:
    rows = list(db.store.partition(CATALOG, PARTITION, b"", None, forward=True, after=None))
    streams = [_trimmed(db, _Stream(sort, decode(encoded))) for _pk, sort, _size, encoded in rows]
    return [each for each in streams if each is not None]


def _find(db: Database, arn: str) -> _Stream:
    for stream in _all(db):
        if stream.arn == arn:
            return stream
    raise LocalServiceError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")


def _trimmed(db: Database, stream: _Stream) -> _Stream | None:
    """Take away what is older than a day: records, and then a stream that has ended."""
    horizon = db.clock() - _KEPT_SECONDS
    last = 0
    for number, _, _record in list(_older(stream.records(db), horizon)):
        db.store.delete(stream.space, *record_place(number))
        last = number
    if stream.kept["ended"] is not None and stream.kept["ended"] <= horizon:
        db.store.delete(CATALOG, PARTITION, stream.sort)
        return None
    if last:
        stream = _Stream(stream.sort, {**stream.kept, "trimmed": last})
        _keep(db, stream)
    return stream


def _older(records: Records, horizon: float) -> Records:
    for each in records:
        if each[2]["time"] > horizon:
            return
        yield each


def _check_horizon(stream: _Stream, number: int) -> None:
    if number <= stream.kept["trimmed"]:
        raise LocalServiceError(
            "TrimmedDataAccessException", "The operation attempted to read past the oldest stream record in a shard."
        )


def _keep(db: Database, stream: _Stream) -> None:
    db.store.put(CATALOG, PARTITION, stream.sort, 0, encode(stream.kept))


def _sort(table: str, label: str) -> bytes:
    return f"{table}\0{label}".encode()


def _label(milliseconds: int) -> str:
    return moment(milliseconds / 1000).replace(tzinfo=None).isoformat(timespec="milliseconds")


def _seconds(given: Any) -> float:
    return float(given.timestamp()) if hasattr(given, "timestamp") else float(given)


def _limit(params: Params, message: str) -> int:
    limit: int = params.get("Limit", limits.STREAM_PAGE)
    if limit > limits.STREAM_PAGE:
        invalid_parameter(message)
    return limit
