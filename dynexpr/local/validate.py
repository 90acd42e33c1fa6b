"""Is this a request of the operation?  Members, their types and bounds, as the service's own model declares them.

The service collects all violations into one message. A value of the wrong type is a SerializationException.
"""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr import limits
from dynexpr.local.errors import LocalServiceError, refuse

Problems = list[str]


class Member:
    """Anything, an attribute value for example: the operation itself looks at it."""

    __slots__ = ()

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""


class Text(Member):
    """A string: bounded in length, or one of a few."""

    __slots__ = ("choices", "longest", "shortest")

    def __init__(self, *choices: str, shortest: int = 0, longest: int | None = None) -> None:
        self.choices = choices
        self.shortest = shortest
        self.longest = longest

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if type(value) is not str:
            _wrong_type(value, "String")
        if self.choices and value not in self.choices:
            _note(problems, value, path, f"Member must satisfy enum value set: [{', '.join(self.choices)}]")
        _check_length(len(value), value, path, problems, self.shortest, self.longest)


class Whole(Member):
    """An integer, bounded."""

    __slots__ = ("highest", "lowest")

    def __init__(self, lowest: int | None = None, highest: int | None = None) -> None:
        self.lowest = lowest
        self.highest = highest

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if type(value) is not int:
            _wrong_type(value, "Integer")
        if self.lowest is not None and value < self.lowest:
            _note(problems, value, path, f"Member must have value greater than or equal to {self.lowest}")
        if self.highest is not None and value > self.highest:
            _note(problems, value, path, f"Member must have value less than or equal to {self.highest}")


class Flag(Member):
    """True or false."""

    __slots__ = ()

    def check(self, value: Any, path: str, problems: Problems) -> None:  # noqa: ARG002
        """Note what is wrong with the value at a path."""
        if type(value) is not bool:
            _wrong_type(value, "Boolean")


class Structure(Member):
    """Named members; those it does not know are passed over."""

    __slots__ = ("members", "required")

    def __init__(self, members: dict[str, Member], required: tuple[str, ...] = ()) -> None:
        self.members = members
        self.required = required

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if not isinstance(value, Mapping):
            _wrong_type(value, "Structure")
        for name in self.required:
            if value.get(name) is None:
                problems.append(
                    f"Value null at '{_step(path, name)}' failed to satisfy constraint: Member must not be null"
                )
        members = self.members
        for name, inner in value.items():
            member = members.get(name)
            if member is not None and inner is not None:
                member.check(inner, _step(path, name), problems)


class Elements(Member):
    """A list, bounded in length."""

    __slots__ = ("element", "fewest", "most")

    def __init__(self, element: Member, fewest: int = 0, most: int | None = None) -> None:
        self.element = element
        self.fewest = fewest
        self.most = most

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if not isinstance(value, list | tuple):
            _wrong_type(value, "List")
        _check_length(len(value), _shown(value), path, problems, self.fewest, self.most)
        for index, each in enumerate(value):
            self.element.check(each, f"{path}.{index + 1}.member", problems)


class Entries(Member):
    """A map from text, bounded in length."""

    __slots__ = ("entry", "fewest", "most")

    def __init__(self, entry: Member, fewest: int = 0, most: int | None = None) -> None:
        self.entry = entry
        self.fewest = fewest
        self.most = most

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if not isinstance(value, Mapping):
            _wrong_type(value, "Map")
        _check_length(len(value), _shown(value), path, problems, self.fewest, self.most)
        if type(self.entry) is not Member:
            for name, each in value.items():
                self.entry.check(each, f"{path}.{name}.member", problems)


def _step(path: str, name: str) -> str:
    first = name[0].lower() + name[1:]
    return f"{path}.{first}" if path else first


def _note(problems: Problems, value: object, path: str, constraint: str) -> None:
    problems.append(f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}")


def _check_length(length: int, shown: object, path: str, problems: Problems, least: int, most: int | None) -> None:
    if length < least:
        _note(problems, shown, path, f"Member must have length greater than or equal to {least}")
    if most is not None and length > most:
        _note(problems, shown, path, f"Member must have length less than or equal to {most}")


def _shown(value: Any) -> str:
    # The service prints its own objects here; an empty one is the only one that a message can be compared for.
    return "[...]" if isinstance(value, list | tuple) and value else "{...}" if value else str(value)


_JSON: Final[dict[type, str]] = {str: "STRING_VALUE", bool: "TRUE_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE"}


def _wrong_type(value: object, wanted: str) -> None:
    if value is False:
        found = "FALSE_VALUE"
    elif type(value) in _JSON:
        found = _JSON[type(value)]
    else:
        raise LocalServiceError(
            "SerializationException",
            f"{'Start of list' if isinstance(value, list) else 'Start of structure or map'} found where not expected.",
        )
    if wanted in {"Structure", "Map", "List"}:
        raise LocalServiceError("SerializationException", "Unexpected field type")
    raise LocalServiceError("SerializationException", f"{found} can not be converted to {_article(wanted)} {wanted}")


def _article(word: str) -> str:
    return "an" if word[0] in "AEIO" else "a"


ANYTHING: Final = Member()
_TEXT: Final = Text()
_EXPRESSION: Final = Text()
_NAME: Final = Text(shortest=1, longest=1024)
_INDEX: Final = Text(shortest=limits.TABLE_NAME_MIN, longest=limits.TABLE_NAME_MAX)
_FLAG: Final = Flag()
_ITEM: Final = Entries(ANYTHING)
_CAPACITY: Final = Text("INDEXES", "TOTAL", "NONE")
_METRICS: Final = Text("SIZE", "NONE")
_ON_FAILURE: Final = Text("ALL_OLD", "NONE")
_RETURN_VALUES: Final = Text("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")
_SELECT: Final = Text("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")
_NAMES: Final = Entries(_TEXT)

_WITH_NAMES: Final[dict[str, Member]] = {"TableName": _NAME, "ExpressionAttributeNames": _NAMES}
_CONDITIONAL: Final[dict[str, Member]] = {
    **_WITH_NAMES,
    "ConditionExpression": _EXPRESSION,
    "ExpressionAttributeValues": _ITEM,
    "ReturnValuesOnConditionCheckFailure": _ON_FAILURE,
}
_WRITE: Final[dict[str, Member]] = {
    **_CONDITIONAL,
    "ReturnValues": _RETURN_VALUES,
    "ReturnConsumedCapacity": _CAPACITY,
    "ReturnItemCollectionMetrics": _METRICS,
}
_GET: Final[dict[str, Member]] = {**_WITH_NAMES, "Key": _ITEM, "ProjectionExpression": _EXPRESSION}
_READ: Final[dict[str, Member]] = {
    **_WITH_NAMES,
    "IndexName": _INDEX,
    "Select": _SELECT,
    "Limit": Whole(1),
    "ConsistentRead": _FLAG,
    "ExclusiveStartKey": _ITEM,
    "FilterExpression": _EXPRESSION,
    "ProjectionExpression": _EXPRESSION,
    "ExpressionAttributeValues": _ITEM,
    "ReturnConsumedCapacity": _CAPACITY,
}
_KEY_ATTRIBUTE: Final = Text(shortest=1, longest=limits.KEY_NAME_BYTES)
_KEY_SCHEMA: Final = Elements(
    Structure({"AttributeName": _KEY_ATTRIBUTE, "KeyType": Text("HASH", "RANGE")}, ("AttributeName", "KeyType")), 1
)
_DEFINITIONS: Final = Elements(
    Structure(
        {"AttributeName": _KEY_ATTRIBUTE, "AttributeType": Text("B", "N", "S")}, ("AttributeName", "AttributeType")
    )
)
_THROUGHPUT: Final = Structure(
    {"ReadCapacityUnits": Whole(1), "WriteCapacityUnits": Whole(1)}, ("ReadCapacityUnits", "WriteCapacityUnits")
)
_PROJECTION: Final = Structure(
    {
        "ProjectionType": Text("ALL", "INCLUDE", "KEYS_ONLY"),
        "NonKeyAttributes": Elements(_KEY_ATTRIBUTE, 1),
    }
)
_INDEX_MEMBERS: Final[dict[str, Member]] = {"IndexName": _INDEX, "KeySchema": _KEY_SCHEMA, "Projection": _PROJECTION}
_INDEX_REQUIRED: Final = ("IndexName", "KeySchema", "Projection")

REQUESTS: Final[dict[str, Structure]] = {
    "CreateTable": Structure(
        {
            "TableName": _NAME,
            "AttributeDefinitions": _DEFINITIONS,
            "KeySchema": _KEY_SCHEMA,
            "BillingMode": Text("PROVISIONED", "PAY_PER_REQUEST"),
            "ProvisionedThroughput": _THROUGHPUT,
            "LocalSecondaryIndexes": Elements(Structure(_INDEX_MEMBERS, _INDEX_REQUIRED)),
            "GlobalSecondaryIndexes": Elements(
                Structure({**_INDEX_MEMBERS, "ProvisionedThroughput": _THROUGHPUT}, _INDEX_REQUIRED)
            ),
            "DeletionProtectionEnabled": _FLAG,
            "StreamSpecification": Structure({"StreamEnabled": _FLAG}, ("StreamEnabled",)),
        },
        ("TableName", "AttributeDefinitions", "KeySchema"),
    ),
    "DescribeTable": Structure({"TableName": _NAME}, ("TableName",)),
    "DeleteTable": Structure({"TableName": _NAME}, ("TableName",)),
    "ListTables": Structure(
        {
            "ExclusiveStartTableName": Text(shortest=limits.TABLE_NAME_MIN, longest=limits.TABLE_NAME_MAX),
            "Limit": Whole(1, 100),
        }
    ),
    "PutItem": Structure({**_WRITE, "Item": _ITEM}, ("TableName", "Item")),
    "UpdateItem": Structure({**_WRITE, "Key": _ITEM, "UpdateExpression": _EXPRESSION}, ("TableName", "Key")),
    "DeleteItem": Structure({**_WRITE, "Key": _ITEM}, ("TableName", "Key")),
    "GetItem": Structure({**_GET, "ConsistentRead": _FLAG, "ReturnConsumedCapacity": _CAPACITY}, ("TableName", "Key")),
    "Query": Structure({**_READ, "KeyConditionExpression": _EXPRESSION, "ScanIndexForward": _FLAG}, ("TableName",)),
    "Scan": Structure(
        {**_READ, "Segment": Whole(0, limits.SEGMENTS - 1), "TotalSegments": Whole(1, limits.SEGMENTS)}, ("TableName",)
    ),
    "BatchGetItem": Structure(
        {
            "RequestItems": Entries(
                Structure(
                    {
                        "Keys": Elements(_ITEM, 1, limits.BATCH_GET_KEYS),
                        "ProjectionExpression": _EXPRESSION,
                        "ExpressionAttributeNames": _NAMES,
                        "ConsistentRead": _FLAG,
                    },
                    ("Keys",),
                ),
                1,
                100,
            ),
            "ReturnConsumedCapacity": _CAPACITY,
        },
        ("RequestItems",),
    ),
    "BatchWriteItem": Structure(
        {
            "RequestItems": Entries(
                Elements(
                    Structure(
                        {
                            "PutRequest": Structure({"Item": _ITEM}, ("Item",)),
                            "DeleteRequest": Structure({"Key": _ITEM}, ("Key",)),
                        }
                    ),
                    1,
                    limits.BATCH_WRITE_ITEMS,
                ),
                1,
                limits.BATCH_WRITE_ITEMS,
            ),
            "ReturnConsumedCapacity": _CAPACITY,
            "ReturnItemCollectionMetrics": _METRICS,
        },
        ("RequestItems",),
    ),
    "TransactWriteItems": Structure(
        {
            "TransactItems": Elements(
                Structure(
                    {
                        "ConditionCheck": Structure(
                            {**_CONDITIONAL, "Key": _ITEM}, ("TableName", "Key", "ConditionExpression")
                        ),
                        "Put": Structure({**_CONDITIONAL, "Item": _ITEM}, ("TableName", "Item")),
                        "Delete": Structure({**_CONDITIONAL, "Key": _ITEM}, ("TableName", "Key")),
                        "Update": Structure(
                            {**_CONDITIONAL, "Key": _ITEM, "UpdateExpression": _EXPRESSION},
                            ("TableName", "Key", "UpdateExpression"),
                        ),
                    }
                ),
                1,
                limits.TRANSACT_ITEMS,
            ),
            "ClientRequestToken": Text(shortest=1, longest=limits.TOKEN_CHARS),
            "ReturnConsumedCapacity": _CAPACITY,
            "ReturnItemCollectionMetrics": _METRICS,
        },
        ("TransactItems",),
    ),
    "TransactGetItems": Structure(
        {
            "TransactItems": Elements(
                Structure({"Get": Structure(_GET, ("TableName", "Key"))}, ("Get",)), 1, limits.TRANSACT_ITEMS
            ),
            "ReturnConsumedCapacity": _CAPACITY,
        },
        ("TransactItems",),
    ),
}

_LEGACY: Final = frozenset(
    {
        "AttributesToGet", "AttributeUpdates", "ConditionalOperator", "Expected", "KeyConditions", "QueryFilter",
        "ScanFilter",
    }
)  # fmt: skip


def check_request(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse a request that is not shaped as the operation's."""
    problems: Problems = []
    REQUESTS[operation].check(params, "", problems)
    if problems:
        many = "s" if len(problems) > 1 else ""
        refuse(f"{len(problems)} validation error{many} detected: {'; '.join(problems)}")
    refuse_legacy(params)


def refuse_legacy(params: Mapping[str, Any]) -> None:
    """Refuse, by name, the parameters that expressions have replaced."""
    if not _LEGACY.isdisjoint(params):
        names = ", ".join(sorted(_LEGACY & params.keys()))
        refuse(f"The embedded engine does not support {names}; write an expression instead")
