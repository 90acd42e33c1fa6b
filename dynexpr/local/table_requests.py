"""What does each operation on tables take?  Members and their bounds, in the order in which the service reports them.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from typing import Any, Final

from dynexpr import limits
from dynexpr.local.constraints import Elements, Flag, Member, Problems, Structure, Text, Whole

NAME: Final = Text(shortest=limits.TABLE_NAME_MIN, longest=limits.TABLE_NAME_MAX, pattern="[a-zA-Z0-9_.-]+")


class _NameOrARN(Text):
    """A table that exists: by its name, whose bounds are checked, or its ARN."""

    __slots__ = ()

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if type(value) is not str or not value.startswith("arn:"):
            super().check(value, path, problems)


TABLE: Final = _NameOrARN(shortest=limits.TABLE_NAME_MIN, longest=limits.TABLE_NAME_MAX, pattern="[a-zA-Z0-9_.-]+")
FLAG: Final = Flag()
KEY_ATTRIBUTE: Final = Text(shortest=1, longest=limits.KEY_NAME_BYTES)
_KEY_ELEMENT: Final = Structure(
    "KeySchemaElement",
    {"AttributeName": KEY_ATTRIBUTE, "KeyType": Text("HASH", "RANGE")},
    ("AttributeName", "KeyType"),
)
DEFINITIONS: Final = Elements(
    Structure(
        "AttributeDefinition",
        {"AttributeType": Text("B", "N", "S"), "AttributeName": KEY_ATTRIBUTE},
        ("AttributeName", "AttributeType"),
    )
)
THROUGHPUT: Final = Structure(
    "ProvisionedThroughput",
    {"WriteCapacityUnits": Whole(1), "ReadCapacityUnits": Whole(1)},
    ("ReadCapacityUnits", "WriteCapacityUnits"),
)
_UNITS: Final = Whole()
_MAXIMA: Final = Structure("OnDemandThroughput", {"MaxReadRequestUnits": _UNITS, "MaxWriteRequestUnits": _UNITS})
_WARM: Final = Structure("WarmThroughput", {"ReadUnitsPerSecond": _UNITS, "WriteUnitsPerSecond": _UNITS})
PROJECTION: Final = Structure(
    "Projection",
    {
        "ProjectionType": Text("ALL", "INCLUDE", "KEYS_ONLY"),
        "NonKeyAttributes": Elements(KEY_ATTRIBUTE, 1, limits.INDEX_PROJECTED_ATTRIBUTES),
    },
)
INDEX_REQUIRED: Final = ("IndexName", "KeySchema", "Projection")
_INDEX_UNITS: Final[dict[str, Member]] = {
    "ProvisionedThroughput": THROUGHPUT,
    "OnDemandThroughput": _MAXIMA,
    "WarmThroughput": _WARM,
}
_GLOBAL: Final[dict[str, Member]] = {
    "Projection": PROJECTION,
    "IndexName": NAME,
    "KeySchema": Elements(_KEY_ELEMENT, 1),
    **_INDEX_UNITS,
}
_LOCAL: Final[dict[str, Member]] = {
    "Projection": PROJECTION,
    "IndexName": NAME,
    "KeySchema": Elements(_KEY_ELEMENT, 1, 2),
}
_SETTINGS: Final[dict[str, Member]] = {
    "StreamSpecification": Structure(
        "StreamSpecification",
        {
            "StreamEnabled": FLAG,
            "StreamViewType": Text("OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"),
        },
        ("StreamEnabled",),
    ),
    "SSESpecification": Structure(
        "SSESpecification",
        {"Enabled": FLAG, "SSEType": Text("AES256", "KMS"), "KMSMasterKeyId": Text(shortest=1)},
    ),
    "DeletionProtectionEnabled": FLAG,
    "OnDemandThroughput": _MAXIMA,
    "WarmThroughput": _WARM,
    "TableClass": Text(),
}
_BILLING: Final = Text("PROVISIONED", "PAY_PER_REQUEST")
_RESOURCE: Final = Text(shortest=1, longest=1283)
_TAGS: Final = Elements(Structure("Tag", {"Key": Text(), "Value": Text()}))

TABLE_REQUESTS: Final[dict[str, Structure]] = {
    "CreateTable": Structure(
        "CreateTableInput",
        {
            "TableName": NAME,
            "ProvisionedThroughput": THROUGHPUT,
            "KeySchema": Elements(_KEY_ELEMENT, 1, 2),
            "AttributeDefinitions": DEFINITIONS,
            "BillingMode": _BILLING,
            "GlobalSecondaryIndexes": Elements(Structure("GlobalSecondaryIndex", _GLOBAL, INDEX_REQUIRED)),
            "LocalSecondaryIndexes": Elements(Structure("LocalSecondaryIndex", _LOCAL, INDEX_REQUIRED)),
            "Tags": _TAGS,
            **_SETTINGS,
        },
        ("TableName", "AttributeDefinitions", "KeySchema"),
    ),
    "UpdateTable": Structure(
        "UpdateTableInput",
        {
            "TableName": TABLE,
            "ProvisionedThroughput": THROUGHPUT,
            "AttributeDefinitions": DEFINITIONS,
            "BillingMode": _BILLING,
            "GlobalSecondaryIndexUpdates": Elements(
                Structure(
                    "GlobalSecondaryIndexUpdate",
                    {
                        "Update": Structure(
                            "UpdateGlobalSecondaryIndexAction", {"IndexName": NAME, **_INDEX_UNITS}, ("IndexName",)
                        ),
                        "Create": Structure("CreateGlobalSecondaryIndexAction", _GLOBAL, INDEX_REQUIRED),
                        "Delete": Structure("DeleteGlobalSecondaryIndexAction", {"IndexName": NAME}, ("IndexName",)),
                    },
                )
            ),
            **_SETTINGS,
        },
        ("TableName",),
    ),
    "DescribeTable": Structure("DescribeTableInput", {"TableName": TABLE}, ("TableName",)),
    "DeleteTable": Structure("DeleteTableInput", {"TableName": TABLE}, ("TableName",)),
    "ListTables": Structure("ListTablesInput", {"ExclusiveStartTableName": NAME, "Limit": Whole(1, 100)}),
    "UpdateTimeToLive": Structure(
        "UpdateTimeToLiveInput",
        {
            "TableName": TABLE,
            "TimeToLiveSpecification": Structure(
                "TimeToLiveSpecification",
                {"AttributeName": KEY_ATTRIBUTE, "Enabled": FLAG},
                ("AttributeName", "Enabled"),
            ),
        },
        ("TableName", "TimeToLiveSpecification"),
    ),
    "DescribeTimeToLive": Structure("DescribeTimeToLiveInput", {"TableName": TABLE}, ("TableName",)),
    "TagResource": Structure("TagResourceInput", {"ResourceArn": _RESOURCE, "Tags": _TAGS}, ("ResourceArn", "Tags")),
    "UntagResource": Structure(
        "UntagResourceInput", {"ResourceArn": _RESOURCE, "TagKeys": Elements(Text())}, ("ResourceArn", "TagKeys")
    ),
    "ListTagsOfResource": Structure(
        "ListTagsOfResourceInput", {"ResourceArn": _RESOURCE, "NextToken": Text()}, ("ResourceArn",)
    ),
    "DescribeContinuousBackups": Structure("DescribeContinuousBackupsInput", {"TableName": TABLE}, ("TableName",)),
    "UpdateContinuousBackups": Structure(
        "UpdateContinuousBackupsInput",
        {
            "TableName": TABLE,
            "PointInTimeRecoverySpecification": Structure(
                "PointInTimeRecoverySpecification",
                {"PointInTimeRecoveryEnabled": FLAG, "RecoveryPeriodInDays": Whole(1, 35)},
                ("PointInTimeRecoveryEnabled",),
            ),
        },
        ("TableName", "PointInTimeRecoverySpecification"),
    ),
    "DescribeLimits": Structure("DescribeLimitsInput", {}),
    "DescribeEndpoints": Structure("DescribeEndpointsRequest", {}),
}
