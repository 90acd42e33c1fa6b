"""Do botocore's `dynamodbstreams` clients, paginators and waiters work on the engine, patched in and by the server?"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from dynexpr.local import LocalEngine
from dynexpr.local.server import Server
from dynexpr.testing import patch_boto3

WHO: dict[str, Any] = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
TABLE: dict[str, Any] = {
    "TableName": "things",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


@pytest.fixture(params=["patched", "server"])
def clients(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    """A client of DynamoDB and one of its streams, with a table that has one."""
    engine = LocalEngine()
    if request.param == "patched":
        with patch_boto3(engine):
            yield boto3.client("dynamodb", **WHO), boto3.client("dynamodbstreams", **WHO)
    else:
        with Server(engine) as server:
            where: dict[str, Any] = {**WHO, "endpoint_url": server.endpoint}
            yield boto3.client("dynamodb", **where), boto3.client("dynamodbstreams", **where)
    engine.close()


def test_streams(clients: tuple[Any, Any]) -> None:
    """What was written is read from the stream, in order, with its images, and errors are the client's own."""
    tables, streams = clients
    arn = tables.create_table(**TABLE)["TableDescription"]["LatestStreamArn"]
    tables.put_item(TableName="things", Item={"id": {"S": "1"}, "b": {"B": b"\x00\xff"}})
    tables.delete_item(TableName="things", Key={"id": {"S": "1"}})
    assert [each["StreamArn"] for each in streams.list_streams(TableName="things")["Streams"]] == [arn]
    described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert (described["StreamStatus"], described["CreationRequestDateTime"].tzinfo is None) == ("ENABLED", False)
    (shard,) = described["Shards"]
    where = {"StreamArn": arn, "ShardId": shard["ShardId"]}
    iterator = streams.get_shard_iterator(**where, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    first = streams.get_records(ShardIterator=iterator, Limit=1)
    rest = streams.get_records(ShardIterator=first["NextShardIterator"])
    records = first["Records"] + rest["Records"]
    assert [record["eventName"] for record in records] == ["INSERT", "REMOVE"]
    assert records[0]["dynamodb"]["NewImage"]["b"] == records[1]["dynamodb"]["OldImage"]["b"] == {"B": b"\x00\xff"}
    assert records[0]["dynamodb"]["ApproximateCreationDateTime"].tzinfo is not None
    after = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": records[0]["dynamodb"]["SequenceNumber"]}
    iterator = streams.get_shard_iterator(**where, **after)["ShardIterator"]
    assert streams.get_records(ShardIterator=iterator)["Records"] == records[1:]
    with pytest.raises(streams.exceptions.ResourceNotFoundException):
        streams.describe_stream(StreamArn=arn + "0")


def test_paginators_and_waiters(clients: tuple[Any, Any]) -> None:
    """Every page comes, and a waiter sees at once that a table is there, and that it is gone."""
    tables, _ = clients
    tables.create_table(**TABLE)
    tables.get_waiter("table_exists").wait(TableName="things", WaiterConfig={"MaxAttempts": 1})
    for number in range(7):
        tables.put_item(TableName="things", Item={"id": {"S": str(number)}})
    pages = list(tables.get_paginator("scan").paginate(TableName="things", PaginationConfig={"PageSize": 3}))
    assert [len(page["Items"]) for page in pages] == [3, 3, 1]
    assert list(tables.get_paginator("list_tables").paginate().search("TableNames[]")) == ["things"]
    tables.delete_table(TableName="things")
    tables.get_waiter("table_not_exists").wait(TableName="things", WaiterConfig={"MaxAttempts": 1})
