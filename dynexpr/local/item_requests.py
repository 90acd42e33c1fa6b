"""What does each operation on items take?  Members and their bounds, in the order in which the service reports them.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from typing import Final

from dynexpr import limits
from dynexpr.local.constraints import (
    AttributeValue,
    Elements,
    Entries,
    Flag,
    Member,
    Structure,
    TableEntries,
    TableName,
    Text,
    UnnamedEnum,
    Whole,
)

_ANY: Final = Text()
_FLAG: Final = Flag()
_VALUE: Final = AttributeValue()
_ITEM: Final = Entries(Member())
_SHOWN_ITEM: Final = Entries(_VALUE)
_NAME: Final = TableName()
_FIRST_NAME: Final = TableName(alone=True)
_INDEX: Final = Text(shortest=limits.TABLE_NAME_MIN, longest=limits.TABLE_NAME_MAX, pattern="[a-zA-Z0-9_.-]+")
_CAPACITY: Final = Text("INDEXES", "TOTAL", "NONE")
_METRICS: Final = Text("SIZE", "NONE")
_ON_FAILURE: Final = Text("ALL_OLD", "NONE")
_NAMES: Final = Entries(_ANY)
_ATTRIBUTES: Final = Elements(_ANY, 1)
_TOKEN: Final = Text(shortest=1, longest=limits.TOKEN_CHARS)

_COMPARISON: Final = Text(
    "IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE", "BEGINS_WITH", "GE", "CONTAINS"
)
_CONDITIONS: Final = Entries(
    Structure(
        "Condition",
        {"AttributeValueList": Elements(Member()), "ComparisonOperator": _COMPARISON},
        ("ComparisonOperator",),
    )
)
_EXPECTED: Final = Entries(
    Structure(
        "ExpectedAttributeValue",
        {
            "AttributeValueList": Elements(Member()),
            "ComparisonOperator": _COMPARISON,
            "Exists": _FLAG,
            "Value": Member(),
        },
    )
)
_UPDATES: Final = Entries(
    Structure("AttributeValueUpdate", {"Action": Text("ADD", "DELETE", "PUT"), "Value": Member()})
)
_OPERATOR: Final = Text("OR", "AND")
_RETURNED: Final = ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
_RETURNED_WORDS: Final = "ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE"
"""The service leaves out a D: `o_upd_two_bad_enums` and others of the recordings that constraints.py names."""


def _write(name: str, subject: str, further: dict[str, Member], *, alone: bool = False) -> Structure:
    """A write of one item: what it is about is its `Item` or its `Key`."""
    members: dict[str, Member] = {
        "ReturnConsumedCapacity": _CAPACITY,
        "TableName": _FIRST_NAME,
        subject: _ITEM,
        "ConditionalOperator": UnnamedEnum("OR", "AND", words="ALL, OR"),
        "Expected": _EXPECTED,
        "ReturnValues": UnnamedEnum(*_RETURNED, words=_RETURNED_WORDS, alone=alone),
        "ReturnItemCollectionMetrics": _METRICS,
        "ConditionExpression": _ANY,
        "ExpressionAttributeValues": _ITEM,
        "ExpressionAttributeNames": _NAMES,
        "ReturnValuesOnConditionCheckFailure": _ON_FAILURE,
        **further,
    }
    return Structure(name, members, ("TableName", subject))


def _older(write: Structure, subject: str) -> Structure:
    """A write of one item as the older layer reads it: nothing is reported alone, and its subject comes last."""
    members = {
        **write.members,
        "TableName": _NAME,
        "ConditionalOperator": _OPERATOR,
        "ReturnValues": Text(*_RETURNED),
    }
    members[subject] = members.pop(subject)
    return Structure(write.name, members, write.required)


def _read(name: str, limit: Whole, table: TableName, further: dict[str, Member]) -> Structure:
    """A read of many items."""
    members: dict[str, Member] = {
        "Limit": limit,
        "ReturnConsumedCapacity": _CAPACITY,
        "AttributesToGet": _ATTRIBUTES,
        "Select": Text("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"),
        "TableName": table,
        "ExclusiveStartKey": _ITEM,
        "ConsistentRead": _FLAG,
        "IndexName": _INDEX,
        "ConditionalOperator": _OPERATOR,
        "FilterExpression": _ANY,
        "ProjectionExpression": _ANY,
        "ExpressionAttributeValues": _ITEM,
        "ExpressionAttributeNames": _NAMES,
        **further,
    }
    return Structure(name, members, ("TableName",))


def _action(name: str, subject: str, *further: str) -> Structure:
    """An action of a transaction."""
    members: dict[str, Member] = {
        subject: _SHOWN_ITEM,
        **dict.fromkeys(further, _ANY),
        "TableName": _NAME,
        "ConditionExpression": _ANY,
        "ExpressionAttributeNames": _NAMES,
        "ExpressionAttributeValues": _SHOWN_ITEM,
        "ReturnValuesOnConditionCheckFailure": _ON_FAILURE,
    }
    needed = {"ConditionCheck": ("ConditionExpression",), "Update": ("UpdateExpression",)}.get(name, ())
    return Structure(name, members, (subject, "TableName", *needed))


_PARAMETERS: Final = Elements(_VALUE, 1)
_STATEMENT: Final = Text(shortest=1, longest=limits.STATEMENT_CHARS)
_STATEMENT_MEMBERS: Final[dict[str, Member]] = {
    "Statement": _STATEMENT,
    "Parameters": _PARAMETERS,
    "ReturnValuesOnConditionCheckFailure": _ON_FAILURE,
}

ITEM_REQUESTS: Final[dict[str, Structure]] = {
    "PutItem": _write("PutItemInput", "Item", {}),
    "UpdateItem": _write(
        "UpdateItemInput", "Key", {"AttributeUpdates": _UPDATES, "UpdateExpression": _ANY}, alone=True
    ),
    "DeleteItem": _write("DeleteItemInput", "Key", {}),
    "GetItem": Structure(
        "GetItemInput",
        {
            "ReturnConsumedCapacity": _CAPACITY,
            "AttributesToGet": _ATTRIBUTES,
            "TableName": _FIRST_NAME,
            "Key": _ITEM,
            "ConsistentRead": _FLAG,
            "ProjectionExpression": _ANY,
            "ExpressionAttributeNames": _NAMES,
        },
        ("TableName", "Key"),
    ),
    "Query": _read(
        "QueryInput",
        Whole(1, alone=True),
        _FIRST_NAME,
        {
            "KeyConditions": _CONDITIONS,
            "QueryFilter": _CONDITIONS,
            "ScanIndexForward": _FLAG,
            "KeyConditionExpression": _ANY,
            "ConditionalOperator": UnnamedEnum("OR", "AND", words="ALL, OR", bare=True),
        },
    ),
    "Scan": _read(
        "ScanInput",
        Whole(1),
        _NAME,
        {
            "TotalSegments": Whole(1, limits.SEGMENTS),
            "Segment": Whole(0, limits.SEGMENTS - 1),
            "ScanFilter": _CONDITIONS,
        },
    ),
    "BatchGetItem": Structure(
        "BatchGetItemInput",
        {
            "RequestItems": TableEntries(
                Structure(
                    "KeysAndAttributes",
                    {
                        "Keys": Elements(_SHOWN_ITEM, 1, limits.BATCH_GET_KEYS, alone=True),
                        "AttributesToGet": _ATTRIBUTES,
                        "ConsistentRead": _FLAG,
                        "ProjectionExpression": _ANY,
                        "ExpressionAttributeNames": _NAMES,
                    },
                    ("Keys",),
                ),
                most=100,
                without="1 validation error detected: Value at 'RequestItems' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1",
            ),
            "ReturnConsumedCapacity": _CAPACITY,
        },
        ("RequestItems",),
    ),
    "BatchWriteItem": Structure(
        "BatchWriteItemInput",
        {
            "ReturnConsumedCapacity": _CAPACITY,
            "ReturnItemCollectionMetrics": _METRICS,
            "RequestItems": Entries(
                Elements(
                    Structure(
                        "WriteRequest",
                        {
                            "PutRequest": Structure(
                                "PutRequest", {"Item": _SHOWN_ITEM, "WorkloadProfileName": Member()}, ("Item",)
                            ),
                            "DeleteRequest": Structure("DeleteRequest", {"Key": _SHOWN_ITEM}, ("Key",)),
                        },
                    )
                ),
                most=limits.BATCH_WRITE_ITEMS,
                lengths=(1, limits.BATCH_WRITE_ITEMS),
                without="The requestItems parameter is required for BatchWriteItem",
            ),
        },
        ("RequestItems",),
    ),
    "TransactWriteItems": Structure(
        "TransactWriteItemsInput",
        {
            "ReturnConsumedCapacity": _CAPACITY,
            "ReturnItemCollectionMetrics": _METRICS,
            "ClientRequestToken": _TOKEN,
            "TransactItems": Elements(
                Structure(
                    "TransactWriteItem",
                    {
                        "ConditionCheck": _action("ConditionCheck", "Key"),
                        "Put": _action("Put", "Item"),
                        "Delete": _action("Delete", "Key"),
                        "Update": _action("Update", "Key", "UpdateExpression"),
                    },
                ),
                1,
                limits.TRANSACT_ITEMS,
            ),
        },
        ("TransactItems",),
    ),
    "TransactGetItems": Structure(
        "TransactGetItemsInput",
        {
            "ReturnConsumedCapacity": _CAPACITY,
            "TransactItems": Elements(
                Structure(
                    "TransactGetItem",
                    {
                        "Get": Structure(
                            "Get",
                            {
                                "Key": _SHOWN_ITEM,
                                "TableName": _NAME,
                                "ProjectionExpression": _ANY,
                                "ExpressionAttributeNames": _NAMES,
                            },
                            ("Key", "TableName"),
                        )
                    },
                    ("Get",),
                ),
                1,
                limits.TRANSACT_ITEMS,
            ),
        },
        ("TransactItems",),
    ),
    "ExecuteStatement": Structure(
        "ExecuteStatementInput",
        {
            **_STATEMENT_MEMBERS,
            "ConsistentRead": _FLAG,
            "NextToken": Text(shortest=1, longest=32_768),
            "ReturnConsumedCapacity": _CAPACITY,
            "Limit": Whole(1),
        },
        ("Statement",),
    ),
    "BatchExecuteStatement": Structure(
        "BatchExecuteStatementInput",
        {
            "Statements": Elements(
                Structure("BatchStatementRequest", {**_STATEMENT_MEMBERS, "ConsistentRead": _FLAG}, ("Statement",)),
                1,
                limits.BATCH_STATEMENTS,
            ),
            "ReturnConsumedCapacity": _CAPACITY,
        },
        ("Statements",),
    ),
    "ExecuteTransaction": Structure(
        "ExecuteTransactionInput",
        {
            "TransactStatements": Elements(
                Structure("ParameterizedStatement", _STATEMENT_MEMBERS, ("Statement",)), 1, limits.TRANSACT_ITEMS
            ),
            "ClientRequestToken": _TOKEN,
            "ReturnConsumedCapacity": _CAPACITY,
        },
        ("TransactStatements",),
    ),
}

OLDER_REQUESTS: Final[dict[str, Structure]] = {
    "PutItem": _older(ITEM_REQUESTS["PutItem"], "Item"),
    "UpdateItem": _older(ITEM_REQUESTS["UpdateItem"], "Key"),
    "DeleteItem": _older(ITEM_REQUESTS["DeleteItem"], "Key"),
}
"""What the older layer takes of them: see `wordings.is_older`."""
