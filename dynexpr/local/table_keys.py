"""May a table or an index have these keys?  The service's checks of KeySchema and AttributeDefinitions, in its order.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from dynexpr import limits
from dynexpr.local.errors import invalid_parameter, refuse
from dynexpr.local.schema import key_attributes

Params = Mapping[str, Any]
KeySchema = list[dict[str, str]]

_SAME_NAME = "Both the Hash Key and the Range Key element in the KeySchema have the same name"


def check_table_keys(params: Params) -> None:
    """Refuse a table's key that is none, and definitions of attributes that are not exactly those of all keys."""
    schema: KeySchema = params["KeySchema"]
    defined = check_definitions(params["AttributeDefinitions"])
    if len(schema) > len(defined):
        refuse("Invalid KeySchema: Some index key attribute have no definition")
    check_defined(schema, defined)
    _check_pair(schema)
    indexes = [
        part["KeySchema"]
        for member in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
        for part in params.get(member) or ()
    ]
    for each in indexes:
        check_defined(each, defined)
    used = {element["AttributeName"] for each in (schema, *indexes) for element in each}
    if used != set(defined):
        if not indexes:
            invalid_parameter(
                "Number of attributes in KeySchema does not exactly match number of attributes defined in "
                "AttributeDefinitions"
            )
        invalid_parameter(
            "Some AttributeDefinitions are not used. "
            f"AttributeDefinitions: [{', '.join(defined)}], keys used: [{', '.join(sorted(used))}]"
        )


def check_definitions(definitions: list[dict[str, str]]) -> list[str]:
    """The names that AttributeDefinitions define; refuses a name that stands twice."""
    defined: list[str] = []
    for each in definitions:
        if each["AttributeName"] in defined:
            refuse(f"Attribute Name is duplicated: {each['AttributeName']}")
        defined.append(each["AttributeName"])
    return defined


def check_defined(schema: KeySchema, defined: Iterable[str]) -> None:
    """Refuse a key with an attribute that AttributeDefinitions lack."""
    keys = [each["AttributeName"] for each in schema]
    if not set(keys) <= set(defined):
        invalid_parameter(
            "Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(keys)}], AttributeDefinitions: [{', '.join(defined)}]"
        )


def check_local_key(name: str, schema: KeySchema, table: KeySchema) -> None:
    """Refuse the key of a local index that is not the table's partition key and a sort key of its own."""
    if len(table) < 2:
        invalid_parameter(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    _check_pair(schema)
    if len(schema) < 2:
        invalid_parameter(f"Index KeySchema does not have a range key for index: {name}")
    own, tables = schema[0]["AttributeName"], table[0]["AttributeName"]
    if own != tables:
        invalid_parameter(
            f"Index KeySchema does not have the same leading hash key as table KeySchema for index: {name}. "
            f"index hash key: {own}, table hash key: {tables}"
        )


def check_global_key(schema: KeySchema) -> None:
    """Refuse the key of a global index that is not one to four partition attributes and then up to four sort ones."""
    names = [each["AttributeName"] for each in schema]
    kinds = [each["KeyType"] for each in schema]
    if kinds[0] != "HASH":
        refuse("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(set(names)) < len(names):
        refuse(_SAME_NAME if len(names) == 2 else "The KeySchema contains multiple key attributes with the same name")
    if kinds != sorted(kinds):
        invalid_parameter("All HASH key attributes must precede RANGE key attributes in the KeySchema")
    partition, sort = key_attributes(schema)
    for kind, given, most in (
        ("HASH", partition, limits.INDEX_PARTITION_KEYS),
        ("RANGE", sort, limits.INDEX_SORT_KEYS),
    ):
        if len(given) > most:
            invalid_parameter(f"The KeySchema exceeds the maximum allowed number of {kind} key attributes")


def _check_pair(schema: KeySchema) -> None:
    if len(schema) > 1 and schema[0]["AttributeName"] == schema[1]["AttributeName"]:
        refuse(_SAME_NAME)
    if schema[0]["KeyType"] != "HASH":
        refuse("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if len(schema) > 1 and schema[1]["KeyType"] != "RANGE":
        refuse("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
