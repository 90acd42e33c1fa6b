"""Which operations has DynamoDB?  For what is given their names before any request, as a test's faults are.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations.html
"""

from typing import Final

from dynexpr.errors import ArgumentError, nearest

OPERATIONS: Final = frozenset(
    {
        "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "CancelBulkOperation", "CreateBackup",
        "CreateGlobalTable", "CreateTable", "DeleteBackup", "DeleteItem", "DeleteResourcePolicy", "DeleteTable",
        "DescribeBackup", "DescribeBulkOperation", "DescribeContinuousBackups", "DescribeContributorInsights",
        "DescribeEndpoints", "DescribeExport", "DescribeGlobalTable", "DescribeGlobalTableSettings", "DescribeImport",
        "DescribeKinesisStreamingDestination", "DescribeLimits", "DescribeStream", "DescribeTable",
        "DescribeTableReplicaAutoScaling", "DescribeTimeToLive", "DisableKinesisStreamingDestination",
        "EnableKinesisStreamingDestination", "ExecuteStatement", "ExecuteTransaction", "ExportTableToPointInTime",
        "GetItem", "GetRecords", "GetResourcePolicy", "GetShardIterator", "ImportTable", "ListBackups",
        "ListBulkOperations", "ListContributorInsights", "ListExports", "ListGlobalTables", "ListImports",
        "ListStreams", "ListTables", "ListTagsOfResource", "PutItem", "PutResourcePolicy", "Query",
        "RestoreTableFromBackup", "RestoreTableToPointInTime", "Scan", "SearchVectors", "StartBulkPutItems",
        "TagResource", "TransactGetItems", "TransactWriteItems", "UntagResource", "UpdateContinuousBackups",
        "UpdateContributorInsights", "UpdateGlobalTable", "UpdateGlobalTableSettings", "UpdateItem",
        "UpdateKinesisStreamingDestination", "UpdateTable", "UpdateTableReplicaAutoScaling", "UpdateTimeToLive",
    }
)  # fmt: skip
"""Those of DynamoDB and of its streams."""

PARTIQL: Final = frozenset({"BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction"})
"""Those whose requests are statements of PartiQL."""

OF_VALUES: Final = frozenset({"ExclusiveStartKey", "ExpressionAttributeValues", "Item", "Key"})
"""Parameters whose members are values as they are sent, each under a name."""


def check_operation(name: object, where: str) -> str:
    """The name of an operation. Raises ArgumentError for any other; *where* it was given stands in the message."""
    if isinstance(name, str) and name in OPERATIONS:
        return name
    hint = nearest(name, OPERATIONS) if isinstance(name, str) else ""
    raise ArgumentError(f"{where}: DynamoDB has no operation {name!r}{hint or ', as Query and PutItem are'}")
