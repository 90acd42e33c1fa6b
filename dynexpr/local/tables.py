"""CreateTable, DescribeTable, DeleteTable, ListTables."""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr import limits
from dynexpr.local.database import Database
from dynexpr.local.errors import LocalServiceError, invalid_parameter, no_table, refuse
from dynexpr.local.names import check_name, table_name
from dynexpr.local.schema import INDEX_MEMBERS, Schema, key_attributes

Params = Mapping[str, Any]
Answer = dict[str, Any]

_ARN: Final = "arn:aws:dynamodb:us-east-1:000000000000:table/"
_PAGE: Final = 100
_MANY: Final = {"local": "LocalSecondaryIndexes", "global": "GlobalSecondaryIndexes"}


def create_table(db: Database, params: Params) -> Answer:
    """CreateTable. The table can be used at once, though the answer says CREATING, as the service's does."""
    name = params["TableName"]
    check_name(name)
    description = _described(params)
    _check_keys(params)
    _check_indexes(params)
    _check_throughput(params)
    if (params.get("StreamSpecification") or {}).get("StreamEnabled"):
        refuse("The embedded engine does not support streams")
    with db.store.write:
        if db.find_schema(name) is not None:
            raise LocalServiceError("ResourceInUseException", f"Table already exists: {name}")
        index_names = [part["IndexName"] for _, member in INDEX_MEMBERS for part in description.get(member, ())]
        definition = {
            "description": description,
            "spaces": {each: db.store.next_number("space") for each in ("", *index_names)},
            "created": db.clock(),
            "id": _table_id(),
        }
        db.define(name, definition)
        return {"TableDescription": describe(db, Schema(name, definition), "CREATING")}


def describe_table(db: Database, params: Params) -> Answer:
    """DescribeTable."""
    with db.store.read:
        name = table_name(params["TableName"])
        schema = db.find_schema(name)
        if schema is None:
            raise no_table(name)
        return {"Table": describe(db, schema, "ACTIVE")}


def delete_table(db: Database, params: Params) -> Answer:
    """DeleteTable."""
    with db.store.write:
        name = table_name(params["TableName"])
        schema = db.find_schema(name)
        if schema is None:
            raise no_table(name)
        if schema.definition["description"]["DeletionProtectionEnabled"]:
            refuse(
                "Resource cannot be deleted as it is currently protected against deletion. "
                "Disable deletion protection first."
            )
        description = describe(db, schema, "DELETING")
        for space in schema.definition["spaces"].values():
            db.store.clear(space)
        db.define(schema.name, None)
        return {"TableDescription": description}


def list_tables(db: Database, params: Params) -> Answer:
    """ListTables."""
    limit = params.get("Limit", _PAGE)
    with db.store.read:
        names = db.store.names(params.get("ExclusiveStartTableName", ""), limit + 1)
    answer: Answer = {"TableNames": names[:limit]}
    if len(names) > limit:
        answer["LastEvaluatedTableName"] = names[limit - 1]
    return answer


def describe(db: Database, schema: Schema, status: str) -> Answer:
    """A table as DescribeTable answers it; the counts are those of this moment, not up to six hours old."""
    from datetime import UTC, datetime

    arn = _ARN + schema.name
    definition = schema.definition
    parts = _copied(definition["description"])
    protected = parts.pop("DeletionProtectionEnabled")
    indexes = {member: parts.pop(member) for _, member in INDEX_MEMBERS if member in parts}
    created = datetime.fromtimestamp(definition["created"], UTC)
    count, size = db.store.count(schema.key.space)
    answer: Answer = {"TableName": schema.name, "TableStatus": status, "CreationDateTime": created, **parts}
    answer["ProvisionedThroughput"] = {"NumberOfDecreasesToday": 0, **_throughput(parts)}
    if "BillingModeSummary" in answer and status != "CREATING":
        answer["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = created
    answer |= {"TableSizeBytes": size, "ItemCount": count, "TableArn": arn, "TableId": definition["id"]}
    for kind, member in INDEX_MEMBERS:
        for index in indexes.get(member, ()):
            count, size = db.store.count(schema.indexes[index["IndexName"]].space)
            index |= {"IndexSizeBytes": size, "ItemCount": count, "IndexArn": f"{arn}/index/{index['IndexName']}"}
            if kind == "global":
                index["IndexStatus"] = status
                index["ProvisionedThroughput"] = {"NumberOfDecreasesToday": 0, **_throughput(index)}
        if member in indexes:
            answer[member] = indexes[member]
    answer["DeletionProtectionEnabled"] = protected
    return answer


def _throughput(part: Params) -> Answer:
    given: Answer = part.get("ProvisionedThroughput") or {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    return given


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(each) for each in value]
    return value


def _described(params: Params) -> Answer:
    """The part of a table's description that the request gives; a copy."""
    members = ("AttributeDefinitions", "KeySchema", "ProvisionedThroughput", *_MANY.values())
    description: Answer = {member: _copied(params[member]) for member in members if params.get(member) is not None}
    if params.get("BillingMode") == "PAY_PER_REQUEST":
        description["BillingModeSummary"] = {"BillingMode": "PAY_PER_REQUEST"}
    description["DeletionProtectionEnabled"] = bool(params.get("DeletionProtectionEnabled"))
    return description


def _table_id() -> str:
    import os

    digits = os.urandom(16).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _check_keys(params: Params) -> None:
    """The table's own key, and the types of all key attributes."""
    schema = params["KeySchema"]
    definitions = params["AttributeDefinitions"]
    defined = [each["AttributeName"] for each in definitions]
    if len(schema) > 2:
        refuse(
            "1 validation error detected: Value '[...]' at 'keySchema' failed to satisfy constraint: "
            "Member must have length less than or equal to 2"
        )
    if len(set(defined)) < len(defined):
        refuse("Cannot have two attributes with the same name")
    if schema[0]["KeyType"] != "HASH":
        refuse("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(schema) > 1:
        if schema[1]["AttributeName"] == schema[0]["AttributeName"]:
            refuse("Both the Hash Key and the Range Key element in the KeySchema have the same name")
        if schema[1]["KeyType"] != "RANGE":
            refuse("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    _check_defined(schema, defined)
    used = {each["AttributeName"] for part in (params, *_index_parts(params)) for each in part["KeySchema"]}
    if used < set(defined):
        invalid_parameter(
            "Some AttributeDefinitions are not used. "
            f"AttributeDefinitions: [{', '.join(defined)}], keys used: [{', '.join(sorted(used))}]"
        )


def _index_parts(params: Params) -> list[Params]:
    return [part for member in _MANY.values() for part in params.get(member) or ()]


def _check_defined(schema: list[dict[str, str]], defined: list[str]) -> None:
    keys = [each["AttributeName"] for each in schema]
    if not set(keys) <= set(defined):
        invalid_parameter(
            "Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(keys)}], AttributeDefinitions: [{', '.join(defined)}]"
        )


def _check_indexes(params: Params) -> None:
    partition, sort = key_attributes(params["KeySchema"])
    defined = [each["AttributeName"] for each in params["AttributeDefinitions"]]
    seen: set[str] = set()
    projected = 0
    for kind, member in _MANY.items():
        parts = params.get(member)
        if parts is None:
            continue
        if not parts:
            invalid_parameter(f"List of {member} is empty")
        if kind == "local" and len(parts) > limits.LOCAL_INDEXES:
            invalid_parameter(f"Number of {member} exceeds per-table limit of {limits.LOCAL_INDEXES}")
        if kind == "global" and len(parts) > limits.GLOBAL_INDEXES:
            invalid_parameter(f"GlobalSecondaryIndex count exceeds the per-table limit of {limits.GLOBAL_INDEXES}")
        for part in parts:
            check_name(part["IndexName"])
            _check_defined(part["KeySchema"], defined)
            if kind == "local":
                _check_local(part, partition[0], sort)
            else:
                _check_global(part)
            projected += _check_projection(part)
            if part["IndexName"] in seen:
                invalid_parameter(f"Duplicate index name: {part['IndexName']}")
            seen.add(part["IndexName"])
    if projected > limits.PROJECTED_ATTRIBUTES:
        invalid_parameter(
            f"Number of NonKeyAttributes across all indexes exceeds the limit: limit is {limits.PROJECTED_ATTRIBUTES}"
        )


def _check_local(part: Params, table_partition: str, table_sort: tuple[str, ...]) -> None:
    name = part["IndexName"]
    partition, sort = key_attributes(part["KeySchema"])
    if not table_sort:
        invalid_parameter(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    if not sort:
        invalid_parameter(f"Index KeySchema does not have a range key for index: {name}")
    if len(part["KeySchema"]) > 2 or len(partition) != 1:
        invalid_parameter(f"Invalid KeySchema for index: {name}: a local index has one HASH and one RANGE key")
    if partition[0] != table_partition:
        invalid_parameter(
            f"Index KeySchema does not have the same leading hash key as table KeySchema for index: {name}. "
            f"index hash key: {partition[0]}, table hash key: {table_partition}"
        )


def _check_global(part: Params) -> None:
    kinds = [each["KeyType"] for each in part["KeySchema"]]
    names = [each["AttributeName"] for each in part["KeySchema"]]
    partition, sort = key_attributes(part["KeySchema"])
    if kinds[0] != "HASH":
        refuse("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(set(names)) < len(names):
        refuse("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    if kinds != sorted(kinds):
        refuse("Invalid key order. Hash Key must be specified first in key schema, Range Key must be specifed second")
    if len(partition) > limits.INDEX_PARTITION_KEYS:
        refuse(f"Too many partition keys. GSI can have at most {limits.INDEX_PARTITION_KEYS} partition keys")
    if len(sort) > limits.INDEX_SORT_KEYS:
        refuse(f"Too many sort keys. GSI can have at most {limits.INDEX_SORT_KEYS} sort keys")


def _check_projection(part: Params) -> int:
    """Refuse a projection that contradicts itself; how many attributes it names."""
    projection = part["Projection"]
    kind = projection.get("ProjectionType")
    named = projection.get("NonKeyAttributes")
    if kind is None:
        invalid_parameter("Unknown ProjectionType: null")
    if kind == "INCLUDE" and not named:
        invalid_parameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if kind != "INCLUDE" and named is not None:
        invalid_parameter(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    return len(named or ())


def _check_throughput(params: Params) -> None:
    on_demand = params.get("BillingMode") == "PAY_PER_REQUEST"
    given = params.get("ProvisionedThroughput") is not None
    if on_demand and given:
        invalid_parameter(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    if not on_demand and not given:
        invalid_parameter(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    for part in params.get("GlobalSecondaryIndexes") or ():
        given = part.get("ProvisionedThroughput") is not None
        if on_demand and given:
            invalid_parameter(
                f"ProvisionedThroughput should not be specified for index: {part['IndexName']} "
                "when BillingMode is PAY_PER_REQUEST"
            )
        if not on_demand and not given:
            invalid_parameter(f"ProvisionedThroughput must be specified for index: {part['IndexName']}")
