"""CreateTable, DescribeTable, DeleteTable, ListTables."""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.local.database import Database
from dynexpr.local.describe import copied, describe
from dynexpr.local.errors import LocalServiceError, refuse
from dynexpr.local.names import check_name
from dynexpr.local.schema import INDEX_MEMBERS, Schema
from dynexpr.local.streams import close_stream, open_stream
from dynexpr.local.table_indexes import check_new_indexes
from dynexpr.local.table_keys import check_table_keys
from dynexpr.local.table_options import check_absent, check_class, check_encryption, check_new_stream, encryption
from dynexpr.local.tags import read_tags
from dynexpr.local.throughput import check_new_index_throughput, check_new_throughput, warm_of

Params = Mapping[str, Any]
Answer = dict[str, Any]

_PAGE: Final = 100


def create_table(db: Database, params: Params) -> Answer:
    """CreateTable. The table can be used at once, though the answer says CREATING, as the service's does."""
    name = params["TableName"]
    check_name(name)
    check_absent(params)
    check_class(params.get("TableClass"))
    check_new_throughput(params)
    check_table_keys(params)
    check_new_indexes(params)
    check_new_index_throughput(params)
    stream = params.get("StreamSpecification")
    check_new_stream(stream)
    check_encryption(params.get("SSESpecification"))
    tags = read_tags(params.get("Tags") or ())
    description = _described(params)
    with db.store.write:
        if db.find_schema(name) is not None:
            raise LocalServiceError("ResourceInUseException", f"Table already exists: {name}")
        index_names = [part["IndexName"] for _, member in INDEX_MEMBERS for part in description.get(member, ())]
        definition = {
            "description": description,
            "spaces": {each: db.store.next_number("space") for each in ("", *index_names)},
            "created": db.clock(),
            "id": _table_id(),
            "tags": tags,
        }
        if stream is not None and stream["StreamEnabled"]:
            definition |= open_stream(db, name, params["KeySchema"], stream["StreamViewType"])
        db.define(name, definition)
        return {"TableDescription": describe(db, Schema(name, definition), "CREATING")}


def describe_table(db: Database, params: Params) -> Answer:
    """DescribeTable."""
    with db.store.read:
        return {"Table": describe(db, db.table(params["TableName"]))}


def delete_table(db: Database, params: Params) -> Answer:
    """DeleteTable. Its streams can be read for another day."""
    with db.store.write:
        schema = db.table(params["TableName"])
        if schema.definition["description"]["DeletionProtectionEnabled"]:
            refuse(
                "Resource cannot be deleted as it is currently protected against deletion. "
                "Disable deletion protection first."
            )
        description = describe(db, schema, "DELETING")
        for space in schema.definition["spaces"].values():
            db.clear(space)
        close_stream(db, schema)
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


def described_index(part: Params, *, on_demand: bool) -> Answer:
    """What is kept of the definition of a global index."""
    index: Answer = copied(part)
    if index["Projection"].get("NonKeyAttributes"):
        index["Projection"]["NonKeyAttributes"].sort()
    if not index.get("OnDemandThroughput"):
        index.pop("OnDemandThroughput", None)
    index["WarmThroughput"] = warm_of(part, on_demand=on_demand)
    return index


def _described(params: Params) -> Answer:
    """The part of a table's description that the request gives; a copy."""
    on_demand = params.get("BillingMode") == "PAY_PER_REQUEST"
    members = ("AttributeDefinitions", "KeySchema", "ProvisionedThroughput", "LocalSecondaryIndexes")
    description: Answer = {member: copied(params[member]) for member in members if params.get(member) is not None}
    description["AttributeDefinitions"].sort(key=lambda each: each["AttributeName"])
    for index in description.get("LocalSecondaryIndexes", ()):
        if index["Projection"].get("NonKeyAttributes"):
            index["Projection"]["NonKeyAttributes"].sort()
    parts = params.get("GlobalSecondaryIndexes")
    if parts:
        description["GlobalSecondaryIndexes"] = [described_index(part, on_demand=on_demand) for part in parts]
    if on_demand:
        description["BillingModeSummary"] = {"BillingMode": "PAY_PER_REQUEST"}
    stream = params.get("StreamSpecification")
    if stream is not None and stream["StreamEnabled"]:
        description["StreamSpecification"] = copied(stream)
    encrypted = encryption(params.get("SSESpecification"))
    if encrypted is not None:
        description["SSEDescription"] = encrypted
    if params.get("TableClass") is not None:
        description["TableClassSummary"] = {"TableClass": params["TableClass"]}
    if params.get("OnDemandThroughput"):
        description["OnDemandThroughput"] = copied(params["OnDemandThroughput"])
    description["WarmThroughput"] = warm_of(params, on_demand=on_demand)
    description["DeletionProtectionEnabled"] = bool(params.get("DeletionProtectionEnabled"))
    return description


def _table_id() -> str:
    import os

    digits = os.urandom(16).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
