"""What does each operation of DynamoDB Streams take?  Members and their bounds.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from typing import Final

from dynexpr.local.constraints import Member, Structure, Text, Whole

_ARN: Final = Text(shortest=37, longest=1024)
_SHARD: Final = Text(shortest=28, longest=65)
_LIMIT: Final = Whole(1)

STREAM_REQUESTS: Final[dict[str, Structure]] = {
    "ListStreams": Structure(
        "ListStreamsInput",
        {
            "TableName": Text(shortest=3, longest=255, pattern="[a-zA-Z0-9_.-]+"),
            "ExclusiveStartStreamArn": _ARN,
            "Limit": _LIMIT,
        },
    ),
    "DescribeStream": Structure(
        "DescribeStreamInput",
        {
            "StreamArn": _ARN,
            "ExclusiveStartShardId": _SHARD,
            "Limit": _LIMIT,
            "ShardFilter": Structure("ShardFilter", {"Type": Text("CHILD_SHARDS"), "ShardId": _SHARD}),
        },
        ("StreamArn",),
    ),
    "GetShardIterator": Structure(
        "GetShardIteratorInput",
        {
            "StreamArn": _ARN,
            "ShardId": _SHARD,
            "ShardIteratorType": Text(
                "AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"
            ),
            "SequenceNumber": Text(shortest=21, longest=40),
            "Timestamp": Member(),
        },
        ("StreamArn", "ShardId", "ShardIteratorType"),
    ),
    "GetRecords": Structure(
        "GetRecordsInput", {"ShardIterator": Text(shortest=1, longest=2048), "Limit": _LIMIT}, ("ShardIterator",)
    ),
}
