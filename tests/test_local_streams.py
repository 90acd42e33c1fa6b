"""DynamoDB Streams in the embedded engine: what is recorded, and how it is read; the same on DynamoDB Local."""

# ruff: noqa: E501  a row is a line, so that rows can be compared

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from dynexpr.local import LocalEngine, LocalServiceError
from tests.local_rows import (
    Engine,
    N,
    RealEngine,
    Request,
    S,
    V,
    create,
    key,
    put,
    rem,
    types,
    upd,
)

NOW = 1_800_000_000.75
DAY = 24 * 3600
BOTH, NEW, OLD, KEYS = "NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY"


def streaming(view: str = BOTH, **params: Any) -> Request:
    """A table with a stream."""
    return create(StreamSpecification={"StreamEnabled": True, "StreamViewType": view}, **params)


def arn_of(engine: Engine, table: str = "extra") -> str:
    """The ARN of a table's latest stream."""
    return str(engine.call("DescribeTable", {"TableName": table})["Table"]["LatestStreamArn"])


def shard_of(engine: Engine, arn: str) -> str:
    """The only shard of a stream."""
    (shard,) = engine.call("DescribeStream", {"StreamArn": arn})["StreamDescription"]["Shards"]
    return str(shard["ShardId"])


def iterator(engine: Engine, arn: str, kind: str = "TRIM_HORIZON", **more: Any) -> str:
    """An iterator of a stream's shard."""
    params = {"StreamArn": arn, "ShardId": shard_of(engine, arn), "ShardIteratorType": kind, **more}
    return str(engine.call("GetShardIterator", params)["ShardIterator"])


def records(engine: Engine, arn: str, kind: str = "TRIM_HORIZON", **more: Any) -> list[dict[str, Any]]:
    """The records of a stream from a place on."""
    found: list[dict[str, Any]] = engine.call("GetRecords", {"ShardIterator": iterator(engine, arn, kind, **more)})[
        "Records"
    ]
    return found


def told(record: dict[str, Any]) -> tuple[Any, ...]:
    """What a record says of a change: event, keys, images, size."""
    change = record["dynamodb"]
    return record["eventName"], change["Keys"], change.get("OldImage"), change.get("NewImage"), change["SizeBytes"]


A, B, X = {"id": S("a")}, {"id": S("b")}, {"id": S("x")}


def batch(*puts: dict[str, Any]) -> Request:
    """BatchWriteItem."""
    return "BatchWriteItem", {"RequestItems": {"extra": [{"PutRequest": {"Item": item}} for item in puts]}}


def transaction(*actions: dict[str, Any]) -> Request:
    """TransactWriteItems on the table."""
    return "TransactWriteItems", {
        "TransactItems": [{kind: {"TableName": "extra", **more} for kind, more in each.items()} for each in actions]
    }


CHANGES: list[tuple[str, list[Request], list[tuple[Any, ...]]]] = [
    ("put", [put("extra", **A, v=N(1))], [("INSERT", A, None, {**A, "v": N(1)}, 9)]),
    ("put_again", [put("extra", **A), put("extra", **A)], [("INSERT", A, None, A, 6)]),
    ("overwrite", [put("extra", **A, v=N(1)), put("extra", **A, w=S("é"))], [("INSERT", A, None, {**A, "v": N(1)}, 9), ("MODIFY", A, {**A, "v": N(1)}, {**A, "w": S("é")}, 15)]),
    ("update", [put("extra", **A, v=N(1)), upd("extra", "SET v = v + :o", V(o=N(1)), **A)], [("INSERT", A, None, {**A, "v": N(1)}, 9), ("MODIFY", A, {**A, "v": N(1)}, {**A, "v": N(2)}, 15)]),
    ("update_creates", [upd("extra", "SET v = :o", V(o=N(1)), **A)], [("INSERT", A, None, {**A, "v": N(1)}, 9)]),
    ("update_of_nothing", [put("extra", **A, v=N(1)), upd("extra", "SET v = :o", V(o=N(1)), **A), upd("extra", "REMOVE w", **A)], [("INSERT", A, None, {**A, "v": N(1)}, 9)]),
    ("same_number", [put("extra", **A, v=N(1)), put("extra", **A, v=N("1.0"))], [("INSERT", A, None, {**A, "v": N(1)}, 9)]),
    ("same_set", [put("extra", **A, v={"SS": ["x", "y"]}), put("extra", **A, v={"SS": ["y", "x"]})], [("INSERT", A, None, {**A, "v": {"SS": ["x", "y"]}}, 9)]),
    ("delete", [put("extra", **A, v=N(1)), rem("extra", **A), rem("extra", **A)], [("INSERT", A, None, {**A, "v": N(1)}, 9), ("REMOVE", A, {**A, "v": N(1)}, None, 9)]),
    ("delete_missing", [rem("extra", **A)], []),
    ("batch", [batch(A, B)], [("INSERT", A, None, A, 6), ("INSERT", B, None, B, 6)]),
    ("bytes", [put("extra", **A, v={"B": b"\0\1"}, w={"M": {"k": {"L": [{"BOOL": True}]}}})], [("INSERT", A, None, {**A, "v": {"B": b"\0\1"}, "w": {"M": {"k": {"L": [{"BOOL": True}]}}}}, 20)]),
]  # fmt: skip
ATOMIC: list[tuple[str, list[Request], list[tuple[Any, ...]]]] = [
    ("transaction", [put("extra", **B), transaction({"Put": {"Item": A}}, {"Delete": {"Key": B}}, {"Update": {"Key": X, "UpdateExpression": "SET v = :o", "ExpressionAttributeValues": V(o=N(1))}})], [("INSERT", B, None, B, 6), ("INSERT", A, None, A, 6), ("REMOVE", B, B, None, 6), ("INSERT", X, None, {**X, "v": N(1)}, 9)]),
]  # fmt: skip


def check_changes(engine: Engine, requests: list[Request], expected: list[tuple[Any, ...]]) -> None:
    """The records that requests leave."""
    engine.call(*streaming())
    for request in requests:
        engine.call(*request)
    found = records(engine, arn_of(engine))
    assert [told(record) for record in found] == expected
    numbers = [record["dynamodb"]["SequenceNumber"] for record in found]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(numbers)
    assert all(len(number) >= 21 for number in numbers)
    assert len({record["eventID"] for record in found}) == len(found)
    for record in found:
        assert (record["eventVersion"], record["eventSource"]) == ("1.1", "aws:dynamodb")
        assert record["dynamodb"]["StreamViewType"] == BOTH
        assert "userIdentity" not in record


@pytest.mark.parametrize(
    ("name", "requests", "expected"), [*CHANGES, *ATOMIC], ids=[row[0] for row in [*CHANGES, *ATOMIC]]
)
def test_changes(name: str, requests: list[Request], expected: list[tuple[Any, ...]]) -> None:  # noqa: ARG001
    """Each change leaves a record; what changes nothing leaves none."""
    check_changes(LocalEngine(), requests, expected)


@pytest.mark.engine
@pytest.mark.ci
@pytest.mark.parametrize(("name", "requests", "expected"), CHANGES, ids=[row[0] for row in CHANGES])
def test_changes_dynamodb_local(
    name: str,  # noqa: ARG001
    requests: list[Request],
    expected: list[tuple[Any, ...]],
    real: RealEngine,
) -> None:
    """DynamoDB Local leaves the same."""
    check_changes(real, requests, expected)


IMAGES = [(BOTH, True, True), (NEW, False, True), (OLD, True, False), (KEYS, False, False)]


def check_images(engine: Engine, view: str, *, old: bool, new: bool) -> None:
    """What a view shows of a change."""
    engine.call(*streaming(view))
    for request in (put("extra", **A, v=N(1)), put("extra", **A, v=N(2)), rem("extra", **A)):
        engine.call(*request)
    one, two = {**A, "v": N(1)}, {**A, "v": N(2)}
    assert [told(record) for record in records(engine, arn_of(engine))] == [
        ("INSERT", A, None, one if new else None, 3 + 6 * new),
        ("MODIFY", A, one if old else None, two if new else None, 3 + 6 * old + 6 * new),
        ("REMOVE", A, two if old else None, None, 3 + 6 * old),
    ]


@pytest.mark.parametrize(("view", "old", "new"), IMAGES)
def test_images(view: str, *, old: bool, new: bool) -> None:
    """A view shows keys, and the images it is named for."""
    check_images(LocalEngine(), view, old=old, new=new)


@pytest.mark.engine
@pytest.mark.ci
@pytest.mark.parametrize(("view", "old", "new"), IMAGES)
def test_images_dynamodb_local(view: str, *, old: bool, new: bool, real: RealEngine) -> None:
    """DynamoDB Local's do the same."""
    check_images(real, view, old=old, new=new)


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    """An embedded engine with a stream of four records."""
    made = LocalEngine(clock=lambda: NOW)
    made.call(*streaming())
    for n in range(4):
        made.call(*put("extra", id=S(str(n))))
    yield made
    made.close()


def numbered(found: list[dict[str, Any]]) -> list[str]:
    """The keys of records."""
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in found]


def check_places(engine: Engine) -> None:
    """Each kind of iterator begins where it says."""
    arn = arn_of(engine)
    every = records(engine, arn)
    assert numbered(every) == ["0", "1", "2", "3"]
    second = every[1]["dynamodb"]["SequenceNumber"]
    assert numbered(records(engine, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=second)) == ["1", "2", "3"]
    assert numbered(records(engine, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=second)) == ["2", "3"]
    latest = iterator(engine, arn, "LATEST")
    empty = engine.call("GetRecords", {"ShardIterator": latest})
    assert empty["Records"] == []
    engine.call(*put("extra", id=S("4")))
    for place in (latest, empty["NextShardIterator"]):
        assert numbered(engine.call("GetRecords", {"ShardIterator": place})["Records"]) == ["4"]
    pages = []
    place = iterator(engine, arn)
    for _ in range(3):
        page = engine.call("GetRecords", {"ShardIterator": place, "Limit": 2})
        pages.append(numbered(page["Records"]))
        place = page["NextShardIterator"]
    assert pages == [["0", "1"], ["2", "3"], ["4"]]


def test_places(engine: LocalEngine) -> None:
    """Iterators of the embedded engine."""
    check_places(engine)


@pytest.mark.engine
@pytest.mark.ci
def test_places_dynamodb_local(real: RealEngine) -> None:
    """Iterators of DynamoDB Local."""
    real.call(*streaming())
    for n in range(4):
        real.call(*put("extra", id=S(str(n))))
    check_places(real)


def check_life(engine: Engine) -> None:
    """A stream is enabled, disabled, and another one enabled; all stay readable, after the table too."""
    engine.call(*create(TableName="life"))
    table = engine.call("DescribeTable", {"TableName": "life"})["Table"]
    assert not table.keys() & {"StreamSpecification", "LatestStreamArn", "LatestStreamLabel"}
    engine.call(*put("life", id=S("before")))
    spec = {"StreamEnabled": True, "StreamViewType": KEYS}
    answer = engine.call("UpdateTable", {"TableName": "life", "StreamSpecification": spec})["TableDescription"]
    first = answer["LatestStreamArn"]
    assert answer["StreamSpecification"] == spec
    assert first.endswith(f"/stream/{answer['LatestStreamLabel']}")
    engine.call(*put("life", id=S("during")))
    engine.call("UpdateTable", {"TableName": "life", "StreamSpecification": {"StreamEnabled": False}})
    table = engine.call("DescribeTable", {"TableName": "life"})["Table"]
    assert "StreamSpecification" not in table
    assert table["LatestStreamArn"] == first
    engine.call(*put("life", id=S("after")))
    page = engine.call("GetRecords", {"ShardIterator": iterator(engine, first)})
    assert numbered(page["Records"]) == ["during"]
    assert "NextShardIterator" not in page
    description = engine.call("DescribeStream", {"StreamArn": first})["StreamDescription"]
    assert (description["StreamStatus"], description["StreamViewType"]) == ("DISABLED", KEYS)
    assert description["KeySchema"] == key("id")
    assert "EndingSequenceNumber" in description["Shards"][0]["SequenceNumberRange"]
    engine.call("UpdateTable", {"TableName": "life", "StreamSpecification": {**spec, "StreamViewType": NEW}})
    second = arn_of(engine, "life")
    assert second != first
    engine.call(*put("life", id=S("again")))
    assert numbered(records(engine, second)) == ["again"]
    listed = engine.call("ListStreams", {"TableName": "life"})["Streams"]
    assert {each["StreamArn"] for each in listed} >= {first, second}
    assert {each["TableName"] for each in listed} == {"life"}
    engine.call("DeleteTable", {"TableName": "life"})
    assert numbered(records(engine, second)) == ["again"]
    assert engine.call("DescribeStream", {"StreamArn": second})["StreamDescription"]["StreamStatus"] == "DISABLED"


def test_life() -> None:
    """Streams of the embedded engine come and go, though its clock stands still."""
    check_life(LocalEngine(clock=lambda: NOW))


@pytest.mark.engine
@pytest.mark.ci
def test_life_dynamodb_local(real: RealEngine) -> None:
    """Streams of DynamoDB Local come and go alike."""
    check_life(real)


NOWHERE = "arn:aws:dynamodb:us-east-1:123456789012:table/nowhere/stream/2026-01-01T00:00:00.000"
SHARD = "shardId-00000000000000000000-00000000"
INVALID = "One or more parameter values were invalid: "
BAD = [
    ("ListStreams", {"Limit": 101}, "ValidationException", INVALID + "Limit cannot be greater than the maximum allowed size: 100"),
    ("ListStreams", {"Limit": 0}, "ValidationException", "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    ("ListStreams", {"TableName": "a;"}, "ValidationException", "Value 'a;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
    ("ListStreams", {"ExclusiveStartStreamArn": "x"}, "ValidationException", "Value 'x' at 'exclusiveStartStreamArn' failed to satisfy constraint: Member must have length greater than or equal to 37"),
    ("DescribeStream", {}, "ValidationException", "Value null at 'streamArn' failed to satisfy constraint: Member must not be null"),
    ("DescribeStream", {"StreamArn": NOWHERE}, "ResourceNotFoundException", f"Requested resource not found: Stream: {NOWHERE} not found"),
    ("DescribeStream", {"StreamArn": "ARN", "Limit": 101}, "ValidationException", INVALID + "Limit cannot be greater than the maximum: 100"),
    ("GetShardIterator", {"StreamArn": "ARN", "ShardId": SHARD, "ShardIteratorType": "LATEST"}, "ResourceNotFoundException", "Shard does not exist"),
    ("GetShardIterator", {"StreamArn": NOWHERE, "ShardId": SHARD, "ShardIteratorType": "LATEST"}, "ResourceNotFoundException", "not found"),
    ("GetShardIterator", {"StreamArn": "ARN", "ShardId": "SHARD", "ShardIteratorType": "FIRST"}, "ValidationException", "Value 'FIRST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set"),
    ("GetShardIterator", {"StreamArn": "ARN", "ShardId": "SHARD", "ShardIteratorType": "AT_SEQUENCE_NUMBER"}, "ValidationException", INVALID + "Invalid SequenceNumber"),
    ("GetShardIterator", {"StreamArn": "ARN", "ShardId": "SHARD", "ShardIteratorType": "LATEST", "SequenceNumber": "1" * 21}, "ValidationException", INVALID + "SequenceNumber should not be passed for this iterator type"),
    ("GetShardIterator", {"StreamArn": "ARN", "ShardId": "SHARD", "ShardIteratorType": "AT_TIMESTAMP"}, "ValidationException", INVALID + "Timestamp is required"),
    ("GetShardIterator", {"StreamArn": "ARN", "ShardId": "SHARD", "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "1"}, "ValidationException", "Value '1' at 'sequenceNumber' failed to satisfy constraint: Member must have length greater than or equal to 21"),
    ("GetShardIterator", {"StreamArn": "ARN", "ShardId": "SHARD", "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "0" * 21}, "ValidationException", "Invalid SequenceNumber for the shard"),
    ("GetShardIterator", {"StreamArn": "ARN", "ShardId": "SHARD", "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "9" * 30}, "ValidationException", "Invalid SequenceNumber for the shard"),
    ("GetShardIterator", {"StreamArn": "ARN", "ShardId": "SHARD", "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "a" * 21}, "ValidationException", "Invalid SequenceNumber for the shard"),
    ("GetRecords", {}, "ValidationException", "Value null at 'shardIterator' failed to satisfy constraint: Member must not be null"),
    ("GetRecords", {"ShardIterator": "x"}, "ValidationException", "Invalid ShardIterator"),
    ("GetRecords", {"ShardIterator": "ARN|1|eA=="}, "ValidationException", "Invalid ShardIterator"),
    ("GetRecords", {"ShardIterator": f"{NOWHERE}|1|c2hhcmQgMSAx"}, "ExpiredIteratorException", "15 minutes"),
    ("GetRecords", {"ShardIterator": "x", "Limit": 1001}, "ValidationException", INVALID + "Limit should be less than or equal to 1000"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "params", "code", "message"), BAD)
def test_refused(engine: LocalEngine, operation: str, params: dict[str, Any], code: str, message: str) -> None:
    """What can't be read is refused by the service's codes."""
    arn = arn_of(engine)
    names = {"ARN": arn, "SHARD": shard_of(engine, arn)}
    params = {name: names.get(value, value) if isinstance(value, str) else value for name, value in params.items()}
    with pytest.raises(LocalServiceError) as caught:
        engine.call(operation, params)
    assert caught.value.code == code
    assert message in caught.value.message


def test_a_day_later() -> None:
    """Records go after a day; an iterator that stood among them says so, and one of a quarter of an hour is expired."""
    now = NOW
    engine = LocalEngine(clock=lambda: now)
    engine.call(*streaming())
    arn = arn_of(engine)
    for n in range(2):
        engine.call(*put("extra", id=S(str(n))))
    old = records(engine, arn)
    place = iterator(engine, arn)
    now += 15 * 60 + 1
    with pytest.raises(LocalServiceError, match="ExpiredIteratorException"):
        engine.call("GetRecords", {"ShardIterator": place})
    now += DAY - 15 * 60 - 61
    place = iterator(engine, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=old[0]["dynamodb"]["SequenceNumber"])
    engine.call(*put("extra", id=S("2")))
    now += 120
    assert numbered(records(engine, arn)) == ["2"]
    for request in (
        ("GetRecords", {"ShardIterator": place}),
        (
            "GetShardIterator",
            {
                "StreamArn": arn,
                "ShardId": shard_of(engine, arn),
                "ShardIteratorType": "AT_SEQUENCE_NUMBER",
                "SequenceNumber": old[1]["dynamodb"]["SequenceNumber"],
            },
        ),
    ):
        with pytest.raises(LocalServiceError, match="TrimmedDataAccessException"):
            engine.call(*request)
    engine.call("DeleteTable", {"TableName": "extra"})
    now += DAY + 1
    assert engine.call("ListStreams", {}) == {"Streams": []}
    with pytest.raises(LocalServiceError, match="ResourceNotFoundException"):
        engine.call("DescribeStream", {"StreamArn": arn})


def test_at_a_time() -> None:
    """AT_TIMESTAMP begins with the first record of that time or later."""
    now = NOW
    engine = LocalEngine(clock=lambda: now)
    engine.call(*streaming())
    for n in range(3):
        engine.call(*put("extra", id=S(str(n))))
        now += 10
    arn = arn_of(engine)
    assert numbered(records(engine, arn, "AT_TIMESTAMP", Timestamp=NOW + 5)) == ["1", "2"]
    assert numbered(records(engine, arn, "AT_TIMESTAMP", Timestamp=0)) == ["0", "1", "2"]
    assert numbered(records(engine, arn, "AT_TIMESTAMP", Timestamp=NOW + 500)) == []


def test_pages_of_streams(engine: LocalEngine) -> None:
    """ListStreams answers page by page, each stream once."""
    for n in range(4):
        engine.call(*streaming(TableName=f"more{n}"))
    found: list[str] = []
    params: dict[str, Any] = {"Limit": 2}
    while True:
        page = engine.call("ListStreams", params)
        found += [each["TableName"] for each in page["Streams"]]
        if "LastEvaluatedStreamArn" not in page:
            break
        params["ExclusiveStartStreamArn"] = page["LastEvaluatedStreamArn"]
    assert found == ["extra", "more0", "more1", "more2", "more3"]


def test_a_page_of_records_has_a_megabyte(engine: LocalEngine) -> None:
    """A page ends before it would be larger than 1 MB."""
    for n in range(4):
        engine.call(*put("extra", id=S(f"big{n}"), b=S("x" * 390_000)))
    page = engine.call("GetRecords", {"ShardIterator": iterator(engine, arn_of(engine))})
    assert numbered(page["Records"]) == ["0", "1", "2", "3", "big0", "big1"]
    rest = engine.call("GetRecords", {"ShardIterator": page["NextShardIterator"]})
    assert numbered(rest["Records"]) == ["big2", "big3"]


def test_a_refused_write_leaves_no_record(engine: LocalEngine) -> None:
    """A false condition, and a transaction that is cancelled, leave nothing."""
    before = len(records(engine, arn_of(engine)))
    absent = {"ConditionExpression": "attribute_not_exists(id)"}
    for request in (
        put("extra", id=S("0"), v=N(1), **absent),
        transaction({"Put": {"Item": A}}, {"Put": {"Item": {"id": S("0"), "v": N(1)}, **absent}}),
    ):
        with pytest.raises(LocalServiceError):
            engine.call(*request)
    assert len(records(engine, arn_of(engine))) == before


def test_the_service_expires_items(engine: LocalEngine) -> None:
    """The record of an item whose time to live was over names the service as the one who deleted it."""
    engine.call(
        "UpdateTimeToLive",
        {"TableName": "extra", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}},
    )
    engine.call(*put("extra", id=S("old"), until=N(int(NOW) - 1)))
    assert engine.expire() == 1
    last = records(engine, arn_of(engine))[-1]
    assert last["eventName"] == "REMOVE"
    assert last["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    assert last["dynamodb"]["OldImage"]["id"] == S("old")
    assert last["dynamodb"]["ApproximateCreationDateTime"].timestamp() == int(NOW)


def test_a_stream_of_a_table_with_two_keys() -> None:
    """Keys are partition and sort key; an item that only moved in an index is modified."""
    engine = LocalEngine()
    engine.call(*streaming(KeySchema=key("p", sort=("s",)), AttributeDefinitions=types(p="S", s="N")))
    engine.call(*put("extra", p=S("a"), s=N(1), x=S("y")))
    (record,) = records(engine, arn_of(engine))
    assert record["dynamodb"]["Keys"] == {"p": S("a"), "s": N(1)}


def test_no_stream_costs_nothing(engine: LocalEngine) -> None:
    """A table without a stream leaves no records, and numbers none."""
    engine.call(*create(TableName="plain"))
    before = records(engine, arn_of(engine))
    for n in range(3):
        engine.call(*put("plain", id=S(str(n))))
    engine.call(*put("extra", id=S("next")))
    *old, last = records(engine, arn_of(engine))
    assert old == before
    assert int(last["dynamodb"]["SequenceNumber"]) == int(old[-1]["dynamodb"]["SequenceNumber"]) + 1


WRITES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["put", "update", "remove", "delete", "batch", "transact"]), st.integers(0, 2)),
    max_size=12,
)  # fmt: skip


def write(kind: str, name: str, value: int) -> Request:
    """A write of one item, in one of the ways there are."""
    key_, item = {"id": S(name)}, {"id": S(name), "v": N(value)}
    requests: dict[str, Request] = {
        "put": put("extra", **item),
        "update": upd("extra", "SET v = :v", V(v=N(value)), **key_),
        "remove": upd("extra", "REMOVE v", **key_),
        "delete": rem("extra", **key_),
        "batch": batch(item, {"id": S("d"), "v": N(value)}),
        "transact": transaction({"Put": {"Item": item}}, {"Delete": {"Key": {"id": S("d")}}}),
    }
    return requests[kind]


@hypothesis.given(writes=WRITES)
def test_the_records_are_the_table(writes: list[tuple[str, str, int]]) -> None:
    """Whoever replays the records of a stream has the table, and each record says what was there before."""
    engine = LocalEngine()
    engine.call(*streaming())
    for name, kind, value in writes:
        engine.call(*write(kind, name, value))
    replayed: dict[str, Any] = {}
    for record in records(engine, arn_of(engine)):
        event, keys, old, new, _size = told(record)
        assert replayed.pop(keys["id"]["S"], None) == old
        assert old != new
        assert event == ("MODIFY" if old and new else "INSERT" if new else "REMOVE")
        if new is not None:
            replayed[keys["id"]["S"]] = new
    found = engine.call("Scan", {"TableName": "extra"})["Items"]
    assert {item["id"]["S"]: item for item in found} == replayed
    engine.close()
