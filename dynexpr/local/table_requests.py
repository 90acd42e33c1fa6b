"""What does each operation on tables take?  Members and their bounds, in the order in which the service reports them.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from typing import Final

from dynexpr import limits
from dynexpr.local.constraints import Elements, Flag, Member, Structure, TableName, Text, Whole

NAME: Final = Text(shortest=limits.TABLE_NAME_MIN, longest=limits.TABLE_NAME_MAX, pattern="[a-zA-Z0-9_.-]+")
TABLE: Final = TableName()
"""A table that exists: by its name or its ARN."""
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
        {"AttributeName": KEY_ATTRIBUTE, "AttributeType": Text("B", "N", "S")},
        ("AttributeName", "AttributeType"),
    )
)
THROUGHPUT: Final = Structure(
    "ProvisionedThroughput",
    {"WriteCapacityUnits": Whole(1), "ReadCapacityUnits": Whole(1)},
    ("ReadCapacityUnits", "WriteCapacityUnits"),
)
PROJECTION: Final = Structure(
    "Projection",
    {
        "ProjectionType": Text("ALL", "INCLUDE", "KEYS_ONLY"),
        "NonKeyAttributes": Elements(KEY_ATTRIBUTE, 1),
    },
)
INDEX_MEMBERS: Final[dict[str, Member]] = {
    "Projection": PROJECTION,
    "IndexName": NAME,
    "KeySchema": Elements(_KEY_ELEMENT, 1),
}
INDEX_REQUIRED: Final = ("IndexName", "KeySchema", "Projection")

TABLE_REQUESTS: Final[dict[str, Structure]] = {
    "CreateTable": Structure(
        "CreateTableInput",
        {
            "TableName": NAME,
            "ProvisionedThroughput": THROUGHPUT,
            "KeySchema": Elements(_KEY_ELEMENT, 1, 2),
            "AttributeDefinitions": DEFINITIONS,
            "BillingMode": Text("PROVISIONED", "PAY_PER_REQUEST"),
            "LocalSecondaryIndexes": Elements(Structure("LocalSecondaryIndex", INDEX_MEMBERS, INDEX_REQUIRED)),
            "GlobalSecondaryIndexes": Elements(
                Structure(
                    "GlobalSecondaryIndex", {**INDEX_MEMBERS, "ProvisionedThroughput": THROUGHPUT}, INDEX_REQUIRED
                )
            ),
            "DeletionProtectionEnabled": FLAG,
            "StreamSpecification": Structure("StreamSpecification", {"StreamEnabled": FLAG}, ("StreamEnabled",)),
        },
        ("TableName", "AttributeDefinitions", "KeySchema"),
    ),
    "DescribeTable": Structure("DescribeTableInput", {"TableName": TABLE}, ("TableName",)),
    "DeleteTable": Structure("DeleteTableInput", {"TableName": TABLE}, ("TableName",)),
    "ListTables": Structure("ListTablesInput", {"ExclusiveStartTableName": NAME, "Limit": Whole(1, 100)}),
}
