"""What the embedded engine answers, row by row; and the same rows on DynamoDB Local.

A row is a few requests and what the last of them answers. The rows run on the embedded engine at every test run, and on
DynamoDB Local where there is one: truth comes from outside. Where DynamoDB Local is known to be wrong the row names the
known exception.
"""

# ruff: noqa: E501  a row is a line, so that rows can be compared

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from dynexpr.errors import ArgumentError
from dynexpr.local import LocalEngine, LocalServiceError
from dynexpr.local.values import check_number
from tests.local_rows import (
    LINES_OF_ORDERS,
    RUN,
    TABLES,
    TRANSACTED,
    WRITTEN,
    B,
    Engine,
    M,
    N,
    O,
    P,
    RealEngine,
    Refused,
    Request,
    Row,
    S,
    T,
    V,
    bdel,
    bget,
    bput,
    cancelled,
    check_embedded,
    check_real,
    codes,
    counted,
    create,
    empty,
    fails,
    get,
    index,
    key,
    nested,
    outcome,
    put,
    qry,
    refused,
    rem,
    scn,
    sorts,
    tcheck,
    tdel,
    tget,
    tput,
    tupd,
    tx,
    types,
    upd,
)

EVERY: dict[str, Any] = {
    "id": S("every"),
    "n": N("-12.5"),
    "bin": {"B": b"\x00\xff"},
    "bool": {"BOOL": False},
    "null": {"NULL": True},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2.5"]},
    "bs": {"BS": [b"1", b"2"]},
    "l": {"L": [N("0"), S("one"), {"M": {}}]},
    "m": {"M": {"k": S("v"), "é.[": {"L": []}}},
}
ORDER: dict[str, Any] = {"p": S("a"), "s": N("1"), "g": S("g"), "l": S("l"), "x": S("x")}
SORTS: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("equal", "s = :s", {"s": N("2.0")}, ["2"]),
    ("less", "s < :s", {"s": N("2")}, ["-5", "1"]),
    ("less_or_equal", "s <= :s", {"s": N("2")}, ["-5", "1", "2"]),
    ("greater", "s > :s", {"s": N("2")}, ["3", "10"]),
    ("greater_or_equal", "s >= :s", {"s": N("2")}, ["2", "3", "10"]),
    ("between", "s BETWEEN :s AND :t", {"s": N("-5"), "t": N("2.5")}, ["-5", "1", "2"]),
    ("between_one", "s BETWEEN :s AND :s", {"s": N("3")}, ["3"]),
    ("negative", "s < :s", {"s": N("0")}, ["-5"]),
]
TEXTS = [put(T, p=S("a"), s=S(text)) for text in ("b", "ba", "b\x00", "b\uffff", "c", "a", "é", "Z", "b\U0001f600")]
BYTES = [put(B, p={"B": b"a"}, s={"B": s}) for s in (b"\xff", b"\xff\xff", b"\x00", b"\x00\x01", b"\xff\x00", b"a")]
MANY = [
    put(M, id=S("1"), a=S("a"), b=N("1"), c=S("c"), d=N("2")),
    put(M, id=S("2"), a=S("a"), b=N("1.0"), c=S("c"), d=N("-1")),
    put(M, id=S("3"), a=S("a"), b=N("1"), c=S("d"), d=N("0")),
    put(M, id=S("4"), a=S("a"), b=N("2"), c=S("c"), d=N("2")),
    put(M, id=S("5"), a=S("a"), b=N("1"), c=S("c")),
    put(M, id=S("6"), a=S("a1"), b=N("1"), c=S("c"), d=N("2")),
]
SORTED: dict[str, Any] = {"KeySchema": key("id", sort=("s",)), "AttributeDefinitions": types(id="S", s="S", l="S")}
THROUGHPUT = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
BAD_TABLES: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("no_keys", {"KeySchema": []}, "1 validation error detected: Value '[]' at 'keySchema' failed to satisfy constraint: Member must have length greater than or equal to 1", "words-of-the-control-plane"),
    ("no_name", {"TableName": None}, "The parameter 'TableName' is required but was not present in the request", "words-of-the-control-plane"),
    ("short_name", {"TableName": "ab"}, "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3", "words-of-the-control-plane"),
    ("name_with_space", {"TableName": "a b c"}, "1 validation error detected: Value 'a b c' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+", "words-of-the-control-plane"),
    ("sort_key_first", {"KeySchema": key(sort=("id",))}, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type", "words-of-the-control-plane"),
    ("same_key_twice", {"KeySchema": key("id", sort=("id",))}, "Invalid KeySchema: Some index key attribute have no definition", "words-of-the-control-plane"),
    ("same_key_twice_of_two", {"KeySchema": key("id", sort=("id",)), "AttributeDefinitions": types(id="S", x="S")}, "Both the Hash Key and the Range Key element in the KeySchema have the same name", "words-of-the-control-plane"),
    ("two_partition_keys", {"KeySchema": key("id", "x"), "AttributeDefinitions": types(id="S", x="S")}, "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type", "words-of-the-control-plane"),
    ("three_keys", {"KeySchema": key("id", sort=("x", "y")), "AttributeDefinitions": types(id="S", x="S", y="S")}, "1 validation error detected: Value '[KeySchemaElement(attributeName=id, keyType=HASH), KeySchemaElement(attributeName=x, keyType=RANGE), KeySchemaElement(attributeName=y, keyType=RANGE)]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2", "words-of-the-control-plane"),
    ("key_type", {"AttributeDefinitions": types(id="SS")}, "1 validation error detected: Value 'SS' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]", "words-of-the-control-plane"),
    ("key_kind", {"KeySchema": [{"AttributeName": "id", "KeyType": "SORT"}]}, "1 validation error detected: Value 'SORT' at 'keySchema.1.member.keyType' failed to satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]", "words-of-the-control-plane"),
    ("key_not_defined", {"AttributeDefinitions": types(x="S")}, "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [id], AttributeDefinitions: [x]", "words-of-the-control-plane"),
    ("unused_definition", {"AttributeDefinitions": types(id="S", x="S")}, "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions", "words-of-the-control-plane"),
    ("unused_definition_beside_indexes", {"AttributeDefinitions": types(id="S", x="S", y="S"), "GlobalSecondaryIndexes": [index("glo", key("x"))]}, "One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: [id, x, y], keys used: [id, x]", "words-of-the-control-plane"),
    ("twice_defined", {"AttributeDefinitions": [*types(id="S"), *types(id="N")]}, "Attribute Name is duplicated: id", "words-of-the-control-plane"),
    ("no_throughput", {"BillingMode": "PROVISIONED"}, "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED", "words-of-the-control-plane"),
    ("zero_throughput", {"BillingMode": None, "ProvisionedThroughput": {**THROUGHPUT, "ReadCapacityUnits": 0}}, "1 validation error detected: Value '0' at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must have value greater than or equal to 1", "words-of-the-control-plane"),
    ("throughput_on_demand", {"ProvisionedThroughput": THROUGHPUT}, "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST", "lenient-control-plane"),
    ("no_global_indexes", {"GlobalSecondaryIndexes": []}, "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty", "words-of-the-control-plane"),
    ("no_local_indexes", {"LocalSecondaryIndexes": []}, "One or more parameter values were invalid: List of LocalSecondaryIndexes is empty", "lenient-control-plane"),
    ("local_without_sort_key", {
        "AttributeDefinitions": types(id="S", l="S"),
        "LocalSecondaryIndexes": [index("loc", key("id", sort=("l",)))],
    }, "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex", "words-of-the-control-plane"),
    ("local_other_partition", {**SORTED, "LocalSecondaryIndexes": [index("loc", key("l", sort=("s",)))]}, "One or more parameter values were invalid: Index KeySchema does not have the same leading hash key as table KeySchema for index: loc. index hash key: l, table hash key: id", "words-of-the-control-plane"),
    ("local_no_range", {
        **SORTED, "AttributeDefinitions": types(id="S", s="S"), "LocalSecondaryIndexes": [index("loc", key("id"))],
    }, "One or more parameter values were invalid: Index KeySchema does not have a range key for index: loc", "words-of-the-control-plane"),
    ("six_local_indexes", {
        **SORTED, "LocalSecondaryIndexes": [index(f"loc{n}", key("id", sort=("l",))) for n in range(6)],
    }, "One or more parameter values were invalid: Number of LocalSecondaryIndexes exceeds per-table limit of 5", "words-of-the-control-plane"),
    ("same_index_name", {**SORTED, "LocalSecondaryIndexes": [index("loc", key("id", sort=("l",)))] * 2}, "One or more parameter values were invalid: Duplicate index name: loc", "words-of-the-control-plane"),
    ("index_short_name", {**SORTED, "LocalSecondaryIndexes": [index("lo", key("id", sort=("l",)))]}, "1 validation error detected: Value 'lo' at 'localSecondaryIndexes.1.member.indexName' failed to satisfy constraint: Member must have length greater than or equal to 3", "words-of-the-control-plane"),
    ("index_key_not_defined", {"GlobalSecondaryIndexes": [index("glo", key("x"))]}, "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [x], AttributeDefinitions: [id]", "words-of-the-control-plane"),
    ("index_no_projection", {
        **SORTED, "GlobalSecondaryIndexes": [{"IndexName": "glo", "KeySchema": key("l")}],
    }, "1 validation error detected: Value null at 'globalSecondaryIndexes.1.member.projection' failed to satisfy constraint: Member must not be null", "words-of-the-control-plane"),
    ("index_empty_projection", {
        **SORTED, "GlobalSecondaryIndexes": [{"IndexName": "glo", "KeySchema": key("l"), "Projection": {}}],
    }, "One or more parameter values were invalid: Unknown ProjectionType: null", "words-of-the-control-plane"),
    ("index_projection_word", {**SORTED, "GlobalSecondaryIndexes": [index("glo", key("l"), "SOME")]}, "1 validation error detected: Value 'SOME' at 'globalSecondaryIndexes.1.member.projection.projectionType' failed to satisfy constraint: Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]", "words-of-the-control-plane"),
    ("index_include_nothing", {**SORTED, "GlobalSecondaryIndexes": [index("glo", key("l"), "INCLUDE")]}, "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified", "words-of-the-control-plane"),
    ("index_all_and_some", {
        **SORTED, "GlobalSecondaryIndexes": [index("glo", key("l"), "ALL", NonKeyAttributes=["x"])],
    }, "One or more parameter values were invalid: ProjectionType is ALL, but NonKeyAttributes is specified", "words-of-the-control-plane"),
    ("too_many_global_indexes", {
        **SORTED, "GlobalSecondaryIndexes": [index(f"glo{n}", key("l")) for n in range(21)],
    }, "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of 20", "words-of-the-control-plane"),
    ("too_many_partition_keys", {
        "AttributeDefinitions": types(id="S", a="S", b="S", c="S", d="S", e="S"),
        "GlobalSecondaryIndexes": [index("glo", key("a", "b", "c", "d", "e"))],
    }, "One or more parameter values were invalid: The KeySchema exceeds the maximum allowed number of HASH key attributes", "words-of-the-control-plane"),
    ("too_many_sort_keys", {
        "AttributeDefinitions": types(id="S", a="S", b="S", c="S", d="S", e="S"),
        "GlobalSecondaryIndexes": [index("glo", key("id", sort=("a", "b", "c", "d", "e")))],
    }, "One or more parameter values were invalid: The KeySchema exceeds the maximum allowed number of RANGE key attributes", "words-of-the-control-plane"),
]  # fmt: skip

ROWS: tuple[Row, ...] = (
    # PutItem
    Row("put_new", [put(P, id=S("a"))], {}),
    Row("put_all_old", [put(P, id=S("a"), x=N("1")), put(P, ReturnValues="ALL_OLD", id=S("a"))], {"Attributes": {"id": S("a"), "x": N("1")}}),
    Row("put_all_old_of_nothing", [put(P, ReturnValues="ALL_OLD", id=S("a"))], {}),
    Row("put_replaces", [put(P, id=S("a"), x=N("1"), y=N("2")), put(P, id=S("a"), y=N("3")), get(P, id=S("a"))], {"Item": {"id": S("a"), "y": N("3")}}),
    Row("every_type", [put(P, **EVERY), get(P, id=S("every"))], {"Item": {"bin": {"B": b"\x00\xff"}, "bool": {"BOOL": False}, "bs": {"BS": [b"1", b"2"]}, "id": S("every"), "l": {"L": [N("0"), S("one"), {"M": {}}]}, "m": {"M": {"k": S("v"), "é.[": {"L": []}}}, "n": N("-12.5"), "ns": {"NS": ["1", "2.5"]}, "null": {"NULL": True}, "ss": {"SS": ["a", "b"]}}}),
    Row("numbers_canonical", [put(P, id=S("a"), n={"L": [N(t) for t in ("12.50", "1e3", "-0", "+7", ".5", "007", "1E-130", "-9.9e125", "5.")]}), get(P, id=S("a"))], {"Item": {"id": S("a"), "n": {"L": [N("12.5"), N("1000"), N("0"), N("7"), N("0.5"), N("7"), N("0.0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001"), N("-990000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"), N("5")]}}}, "number-text"),
    Row("number_sets_canonical", [put(P, id=S("a"), n={"NS": ["1.0", "2e1"]}), get(P, id=S("a"))], {"Item": {"id": S("a"), "n": {"NS": ["1", "20"]}}}),
    Row("number_key_is_its_value", [put(O, p=S("a"), s=N("1.0"), x=S("one")), get(O, p=S("a"), s=N("1"))], {"Item": {"p": S("a"), "s": N("1"), "x": S("one")}}),
    Row("empty_values", [put(P, id=S("a"), s=S(""), b={"B": b""}, l={"L": []}, m={"M": {}}, z={"SS": [""]}), get(P, id=S("a"))], {"Item": {"b": {"B": b""}, "id": S("a"), "l": {"L": []}, "m": {"M": {}}, "s": S(""), "z": {"SS": [""]}}}),
    Row("put_condition_true", [put(P, id=S("a"), x=N("1")), put(P, ConditionExpression="x = :x", ExpressionAttributeValues=V(x=N("1.00")), id=S("a"))], {}),
    Row("put_condition_false", [put(P, id=S("a")), put(P, ConditionExpression="attribute_not_exists(id)", id=S("a"))], refused("The conditional request failed", "ConditionalCheckFailedException")),
    Row("put_condition_false_old", [put(P, id=S("a"), x=N("1")), put(P, ConditionExpression="attribute_not_exists(#i)", ExpressionAttributeNames={"#i": "id"}, ReturnValuesOnConditionCheckFailure="ALL_OLD", id=S("a"))], refused("The conditional request failed", "ConditionalCheckFailedException", Item={"id": S("a"), "x": N("1")})),
    Row("put_condition_false_no_item", [put(P, ConditionExpression="attribute_exists(id)", ReturnValuesOnConditionCheckFailure="ALL_OLD", id=S("a"))], refused("The conditional request failed", "ConditionalCheckFailedException")),
    Row("failed_condition_changes_nothing", [put(P, id=S("a"), x=N("1")), fails(put(P, ConditionExpression="x = :x", ExpressionAttributeValues=V(x=N("2")), id=S("a"))), get(P, id=S("a"))], {"Item": {"id": S("a"), "x": N("1")}}),
    Row("largest_item", [put(P, id=S("a"), b=S("x" * 409_596)), get(P, ProjectionExpression="id", id=S("a"))], {"Item": {"id": S("a")}}),
    Row("longest_key", [put(P, id=S("x" * 2048))], {}),
    Row("deepest_value", [put(P, id=S("a"), n=nested(31))], {}),
    # PutItem refused
    Row("put_too_large", [put(P, id=S("a"), b=S("x" * 409_597))], refused("Item size has exceeded the maximum allowed size")),
    Row("put_without_item", [("PutItem", {"TableName": P})], refused("1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null"), "words-of-request-checks"),
    Row("put_no_key", [put(P, x=S("a"))], refused("One or more parameter values were invalid: Missing the key id in the item"), "words-of-item-checks"),
    Row("put_no_sort_key", [put(O, p=S("a"))], refused("One or more parameter values were invalid: Missing the key s in the item"), "words-of-item-checks"),
    Row("put_wrong_key_type", [put(P, id=N("1"))], refused("One or more parameter values were invalid: Type mismatch for key id expected: S actual: N"), "words-of-item-checks"),
    Row("put_wrong_sort_type", [put(O, p=S("a"), s=S("1"))], refused("One or more parameter values were invalid: Type mismatch for key s expected: N actual: S"), "words-of-item-checks"),
    Row("put_empty_key", [put(P, id=S(""))], refused("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id")),
    Row("put_empty_binary_key", [put(B, p={"B": b""}, s={"B": b"x"})], refused("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty binary value. Key: p")),
    Row("put_long_key", [put(P, id=S("x" * 2049))], refused("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"), "words-of-item-checks"),
    Row("put_long_sort_key", [put(T, p=S("a"), s=S("x" * 1025))], refused("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"), "words-of-item-checks"),
    Row("put_index_key_type", [put(O, p=S("a"), s=N("1"), g=N("1"))], refused("One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"), "words-of-item-checks"),
    Row("put_local_index_key_type", [put(O, p=S("a"), s=N("1"), l=N("1"))], refused("One or more parameter values were invalid: Type mismatch for Index Key l Expected: S Actual: N IndexName: by-l"), "words-of-item-checks"),
    Row("put_index_key_null", [put(O, p=S("a"), s=N("1"), g={"NULL": True})], refused("One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: NULL IndexName: by-g"), "words-of-item-checks"),
    Row("put_index_key_empty", [put(O, p=S("a"), s=N("1"), g=S(""))], refused("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-g, IndexKey: g"), "words-of-item-checks"),
    Row("put_index_key_long", [put(O, p=S("a"), s=N("1"), g=S("x" * 2049))], refused("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"), "words-of-item-checks"),
    Row("put_empty_set", [put(P, id=S("a"), x={"SS": []})], counted("One or more parameter values were invalid: An string set  may not be empty")),
    Row("put_empty_number_set", [put(P, id=S("a"), x={"NS": []})], counted("One or more parameter values were invalid: An number set  may not be empty")),
    Row("put_empty_binary_set", [put(P, id=S("a"), x={"BS": []})], counted("One or more parameter values were invalid: Binary sets should not be empty")),
    Row("put_duplicate_strings", [put(P, id=S("a"), x={"SS": ["a", "b", "a"]})], counted('One or more parameter values were invalid: Input collection ["a", "b", "a"] contains duplicates.'), "words-of-item-checks"),
    Row("put_duplicate_numbers", [put(P, id=S("a"), x={"NS": ["1", "1.0"]})], counted("One or more parameter values were invalid: Input collection contains duplicates."), "words-of-item-checks"),
    Row("put_duplicate_bytes", [put(P, id=S("a"), x={"BS": [b"a", b"a"]})], counted('One or more parameter values were invalid: Input collection ["YQ==","YQ=="]of type BS contains duplicates.'), "words-of-item-checks"),
    Row("put_null_false", [put(P, id=S("a"), x={"NULL": False})], counted("One or more parameter values were invalid: Null attribute value types must have the value of true")),
    Row("put_empty_value", [put(P, id=S("a"), x={})], counted("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")),
    Row("put_two_types", [put(P, id=S("a"), x={"S": "a", "N": "1"})], counted("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")),
    Row("put_nested_empty_value", [put(P, id=S("a"), x={"L": [{}]})], counted("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")),
    Row("put_empty_name", [("PutItem", {"TableName": P, "Item": {"id": S("a"), "": S("x")}})], counted("Empty attribute name")),
    Row("put_empty_nested_name", [put(P, id=S("a"), x={"M": {"": S("x")}})], counted("Empty attribute name")),
    Row("put_not_a_number", [put(P, id=S("a"), x=N("abc"))], counted("The parameter cannot be converted to a numeric value: abc"), "words-of-item-checks"),
    Row("put_number_empty", [put(P, id=S("a"), x=N(""))], counted("The parameter cannot be converted to a numeric value: "), "words-of-item-checks"),
    Row("put_number_nan", [put(P, id=S("a"), x=N("NaN"))], counted("The parameter cannot be converted to a numeric value: NaN"), "words-of-item-checks"),
    Row("put_number_spaces", [put(P, id=S("a"), x=N(" 1"))], counted("The parameter cannot be converted to a numeric value:  1"), "words-of-item-checks"),
    Row("put_number_underscore", [put(P, id=S("a"), x=N("1_0"))], counted("The parameter cannot be converted to a numeric value: 1_0"), "words-of-item-checks"),
    Row("put_number_digits", [put(P, id=S("a"), x=N("1" * 39))], counted("Attempting to store more than 38 significant digits in a Number"), "words-of-item-checks"),
    Row("put_number_large", [put(P, id=S("a"), x=N("1e126"))], counted("Number overflow. Attempting to store a number with magnitude larger than supported range")),
    Row("put_number_small", [put(P, id=S("a"), x=N("1e-131"))], counted("Number underflow. Attempting to store a number with magnitude smaller than supported range")),
    Row("put_too_deep", [put(P, id=S("a"), n=nested(32))], counted("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")),
    Row("put_no_table", [put("nowhere", id=S("a"))], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    Row("put_no_table_name", [("PutItem", {"Item": {"id": S("a")}})], refused("1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null")),
    Row("put_short_table_name", [put("ab", id=S("a"))], refused("1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"), "words-of-request-checks"),
    Row("put_return_values", [put(P, ReturnValues="ALL_NEW", id=S("a"))], counted("ReturnValues can only be ALL_OLD or NONE"), "words-of-request-checks"),
    Row("put_return_values_word", [put(P, ReturnValues="SOME", id=S("a"))], refused("1 validation error detected: Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"), "words-of-request-checks"),
    Row("put_capacity_word", [put(P, ReturnConsumedCapacity="SOME", id=S("a"))], refused("1 validation error detected: Value 'SOME' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"), "enum-not-checked"),
    Row("put_on_failure_word", [put(P, ReturnValuesOnConditionCheckFailure="SOME", id=S("a"))], refused("1 validation error detected: Value 'SOME' at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]")),
    Row("two_problems", [put(P, ReturnValuesOnConditionCheckFailure="SOME", ReturnValues="SOME", id=S("a"))], refused("2 validation errors detected: Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]; Value 'SOME' at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]"), "words-of-request-checks"),
    # expressions of a request
    Row("names_without_expression", [put(P, ExpressionAttributeNames={"#a": "a"}, id=S("a"))], counted("ExpressionAttributeNames can only be specified when using expressions")),
    Row("values_without_expression", [put(P, ExpressionAttributeValues=V(a=S("a")), id=S("a"))], counted("ExpressionAttributeValues can only be specified when using expressions"), "words-of-item-checks"),
    Row("update_values_without_expression", [upd(P, None, ExpressionAttributeValues=V(a=S("a")), id=S("a"))], counted("ExpressionAttributeValues can only be specified when using expressions"), "words-of-item-checks"),
    Row("get_names_without_expression", [get(P, ExpressionAttributeNames={"#a": "a"}, id=S("a"))], refused("ExpressionAttributeNames can only be specified when using expressions")),
    Row("no_names", [put(P, ConditionExpression="attribute_exists(id)", ExpressionAttributeNames={}, id=S("a"))], counted("ExpressionAttributeNames must not be empty")),
    Row("no_values", [put(P, ConditionExpression="attribute_exists(id)", ExpressionAttributeValues={}, id=S("a"))], counted("ExpressionAttributeValues must not be empty")),
    Row("unused_names", [put(P, ConditionExpression="#a = :a", ExpressionAttributeNames={"#a": "a", "#b": "b"}, ExpressionAttributeValues=V(a=S("a")), id=S("a"))], counted("Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}")),
    Row("unused_values", [put(P, ConditionExpression="a = :a", ExpressionAttributeValues=V(a=S("a"), b=S("b")), id=S("a"))], counted("Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}")),
    Row("undefined_name", [put(P, ConditionExpression="#a = :a", ExpressionAttributeValues=V(a=S("a")), id=S("a"))], counted("Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #a")),
    Row("undefined_value", [put(P, ConditionExpression="a = :a", id=S("a"))], counted("Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :a")),
    Row("bad_value", [put(P, ConditionExpression="a = :a", ExpressionAttributeValues=V(a={"SS": []}), id=S("a"))], counted("One or more parameter values were invalid: An string set  may not be empty"), "words-of-item-checks"),
    Row("bad_number_value", [put(P, ConditionExpression="a = :a", ExpressionAttributeValues=V(a=N("x")), id=S("a"))], counted("The parameter cannot be converted to a numeric value: x"), "words-of-item-checks"),
    Row("bad_value_before_syntax", [put(P, ConditionExpression="a = :a AND", ExpressionAttributeValues=V(a={}), id=S("a"))], counted("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"), "words-of-item-checks"),
    Row("value_token", [put(P, ConditionExpression="a = :a", ExpressionAttributeValues={"a": S("a")}, id=S("a"))], counted('ExpressionAttributeValues contains invalid key: Syntax error; key: "a"')),
    Row("value_token_long", [put(P, ConditionExpression="a = :a", ExpressionAttributeValues={":" + "a" * 255: S("a")}, id=S("a"))], counted("ExpressionAttributeValues contains invalid key: The expression attribute map contains a key that is too long; size of key: 256"), "words-of-request-checks"),
    Row("values_too_large", [put(P, ConditionExpression="a = :a", ExpressionAttributeValues=V(a=S("a" * 2_100_000)), id=S("a"))], counted("ExpressionAttributeValues exceeds max size")),
    Row("value_32_levels", [put(P, ConditionExpression="a = :a", ExpressionAttributeValues=V(a=nested(32)), id=S("a"))], refused("The conditional request failed", "ConditionalCheckFailedException")),
    Row("value_deeper", [put(P, ConditionExpression="a = :a", ExpressionAttributeValues=V(a=nested(33)), id=S("a"))], counted("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"), "words-of-item-checks"),
    Row("value_deepest", [put(P, ConditionExpression="a <> :a", ExpressionAttributeValues=V(a=nested(32)), id=S("a"))], {}),
    Row("value_token_empty", [put(P, ConditionExpression="a = :a", ExpressionAttributeValues={":": S("a")}, id=S("a"))], counted('ExpressionAttributeValues contains invalid key: Syntax error; key: ":"')),
    Row("name_token", [put(P, ConditionExpression="#a = :a", ExpressionAttributeNames={"a": "a"}, ExpressionAttributeValues=V(a=S("a")), id=S("a"))], counted('ExpressionAttributeNames contains invalid key: Syntax error; key: "a"')),
    Row("name_empty", [put(P, ConditionExpression="#a = :a", ExpressionAttributeNames={"#a": ""}, ExpressionAttributeValues=V(a=S("a")), id=S("a"))], counted("ExpressionAttributeNames contains invalid value: Empty attribute name for key #a")),
    Row("empty_expression", [put(P, ConditionExpression="", id=S("a"))], counted("Invalid ConditionExpression: The expression can not be empty;")),
    Row("syntax_error", [put(P, ConditionExpression="a == :a", ExpressionAttributeValues=V(a=S("a")), id=S("a"))], counted('Invalid ConditionExpression: Syntax error; token: "=", near: "== :a"')),
    Row("operand_type", [put(P, ConditionExpression="begins_with(a, :a)", ExpressionAttributeValues=V(a=N("1")), id=S("a"))], counted("Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N")),
    Row("syntax_before_table", [put("nowhere", ConditionExpression="a =", id=S("a"))], counted('Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'), "table-before-syntax"),
    # GetItem
    Row("get_missing", [get(P, id=S("a"))], {}),
    Row("get_projection", [put(P, **EVERY), get(P, ProjectionExpression="l[1], m.k, #s", ExpressionAttributeNames={"#s": "ss"}, id=S("every"))], {"Item": {"l": {"L": [S("one")]}, "m": {"M": {"k": S("v")}}, "ss": {"SS": ["a", "b"]}}}),
    Row("get_projection_nothing", [put(P, id=S("a")), get(P, ProjectionExpression="x", id=S("a"))], {"Item": {}}),
    Row("get_no_key", [("GetItem", {"TableName": P})], refused("1 validation error detected: Value null at 'key' failed to satisfy constraint: Member must not be null"), "words-of-request-checks"),
    Row("get_empty_key", [get(P)], refused("The provided key element does not match the schema"), "words-of-item-checks"),
    Row("get_half_key", [get(O, p=S("a"))], refused("The provided key element does not match the schema"), "words-of-item-checks"),
    Row("get_other_key", [get(P, x=S("a"))], refused("The provided key element does not match the schema"), "words-of-item-checks"),
    Row("get_more_than_key", [get(P, id=S("a"), x=S("a"))], refused("The provided key element does not match the schema"), "words-of-item-checks"),
    Row("get_key_type", [get(P, id=N("1"))], refused("The provided key element does not match the schema"), "words-of-item-checks"),
    Row("get_empty_string", [get(P, id=S(""))], refused("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id")),
    Row("get_long_key", [get(P, id=S("x" * 2049))], refused("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"), "words-of-item-checks"),
    Row("get_no_value", [get(P, id={})], refused("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")),
    Row("get_no_table", [get("nowhere", id=S("a"))], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    Row("get_overlap", [get(P, ProjectionExpression="a, a.b", id=S("a"))], refused("Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]")),
    # UpdateItem
    Row("update_creates", [upd(P, "SET x = :x", V(x=N("1")), id=S("a")), get(P, id=S("a"))], {"Item": {"id": S("a"), "x": N("1")}}),
    Row("update_without_expression", [upd(P, None, ReturnValues="ALL_NEW", id=S("a"))], {"Attributes": {"id": S("a")}}),
    Row("update_all_new", [put(P, **EVERY), upd(P, "SET n = n + :o, l[0] = :o, m.fresh = :o REMOVE bool ADD ns :ns, ss :ss DELETE bs :bs", V(o=N("1"), ns={"NS": ["9"]}, ss={"SS": ["a", "z"]}, bs={"BS": [b"1"]}), ReturnValues="ALL_NEW", id=S("every"))], {"Attributes": {"bin": {"B": b"\x00\xff"}, "bs": {"BS": [b"2"]}, "id": S("every"), "l": {"L": [N("1"), S("one"), {"M": {}}]}, "m": {"M": {"fresh": N("1"), "k": S("v"), "é.[": {"L": []}}}, "n": N("-11.5"), "ns": {"NS": ["1", "2.5", "9"]}, "null": {"NULL": True}, "ss": {"SS": ["a", "b", "z"]}}}),
    Row("update_all_old", [put(P, id=S("a"), x=N("1")), upd(P, "SET x = :x", V(x=N("2")), ReturnValues="ALL_OLD", id=S("a"))], {"Attributes": {"id": S("a"), "x": N("1")}}),
    Row("update_all_old_of_nothing", [upd(P, "SET x = :x", V(x=N("2")), ReturnValues="ALL_OLD", id=S("a"))], {}),
    Row("update_updated_old", [put(P, id=S("a"), x=N("1"), y=N("2")), upd(P, "SET x = :x, z = :x", V(x=N("3")), ReturnValues="UPDATED_OLD", id=S("a"))], {"Attributes": {"x": N("1")}}),
    Row("update_updated_new", [put(P, id=S("a"), x=N("1"), y=N("2")), upd(P, "SET x = :x, z = :x REMOVE y", V(x=N("3")), ReturnValues="UPDATED_NEW", id=S("a"))], {"Attributes": {"x": N("3"), "z": N("3")}}),
    Row("update_updated_old_of_nothing", [upd(P, "SET x = :x", V(x=N("3")), ReturnValues="UPDATED_OLD", id=S("a"))], {}),
    Row("update_removed_new", [put(P, id=S("a"), x=N("1")), upd(P, "REMOVE x", ReturnValues="UPDATED_NEW", id=S("a"))], {}),
    Row("update_nested_old", [put(P, id=S("a"), m={"M": {"k": N("1"), "j": N("2")}}), upd(P, "SET m.k = :x", V(x=N("3")), ReturnValues="UPDATED_OLD", id=S("a"))], {"Attributes": {"m": {"M": {"k": N("1")}}}}, "nested-updated-values"),
    Row("update_nested_new", [put(P, id=S("a"), m={"M": {"k": N("1"), "j": N("2")}}), upd(P, "SET m.k = :x", V(x=N("3")), ReturnValues="UPDATED_NEW", id=S("a"))], {"Attributes": {"m": {"M": {"k": N("3")}}}}, "nested-updated-values"),
    Row("update_condition_true", [put(P, id=S("a"), x=N("1")), upd(P, "SET x = :y", V(x=N("1"), y=N("2")), ConditionExpression="x = :x", id=S("a")), get(P, id=S("a"))], {"Item": {"id": S("a"), "x": N("2")}}),
    Row("update_condition_false", [put(P, id=S("a"), x=N("1")), upd(P, "SET x = :y", V(x=N("9"), y=N("2")), ConditionExpression="x = :x", ReturnValuesOnConditionCheckFailure="ALL_OLD", id=S("a"))], refused("The conditional request failed", "ConditionalCheckFailedException", Item={"id": S("a"), "x": N("1")})),
    Row("update_condition_before_update", [put(P, id=S("a")), upd(P, "SET x = gone", V(x=N("9")), ConditionExpression="x = :x", id=S("a"))], refused("The conditional request failed", "ConditionalCheckFailedException")),
    Row("update_deletes_last_element", [put(P, id=S("a"), x={"SS": ["a"]}), upd(P, "DELETE x :x", V(x={"SS": ["a"]}), ReturnValues="ALL_NEW", id=S("a"))], {"Attributes": {"id": S("a")}}),
    Row("update_adds_precisely", [put(P, id=S("a"), x=N("0.1")), upd(P, "ADD x :x", V(x=N("1e20")), ReturnValues="ALL_NEW", id=S("a"))], {"Attributes": {"id": S("a"), "x": N("100000000000000000000.1")}}),
    Row("update_past_the_end", [put(P, id=S("a"), l={"L": [N("0")]}), upd(P, "SET l[7] = :b, l[5] = :a", V(a=N("5"), b=N("7")), ReturnValues="ALL_NEW", id=S("a"))], {"Attributes": {"id": S("a"), "l": {"L": [N("0"), N("5"), N("7")]}}}),
    Row("update_remove_of_nothing", [upd(P, "REMOVE x", ReturnValues="ALL_NEW", id=S("a"))], {}, "remove-of-missing-item"),
    Row("update_remove_inside_nothing", [upd(P, "REMOVE x.y, z[0]", ReturnValues="ALL_NEW", id=S("a"))], {}, "remove-of-missing-item"),
    Row("update_remove_inside_nothing_together", [tx(tupd(P, "REMOVE x.y", id=S("a")), tput(P, id=S("b")))], {}, "remove-of-missing-item"),
    Row("update_remove_key_of_nothing", [upd(P, "REMOVE id", id=S("a"))], refused("One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key")),
    Row("update_remove_inside_missing_attribute", [put(P, id=S("a")), upd(P, "REMOVE x.y", id=S("a"))], refused("The document path provided in the update expression is invalid for update")),
    Row("update_delete_of_nothing", [upd(P, "DELETE x :x", V(x={"SS": ["a"]}), id=S("a")), get(P, id=S("a"))], {}, "remove-of-missing-item"),
    Row("update_leaves_index", [put(O, p=S("a"), s=N("1"), g=S("g")), upd(O, "REMOVE g", p=S("a"), s=N("1")), qry(O, "g = :g", V(g=S("g")), IndexName="by-g")], {"Count": 0, "Items": [], "ScannedCount": 0}),
    Row("update_enters_index", [put(O, p=S("a"), s=N("1")), upd(O, "SET g = :g", V(g=S("g")), p=S("a"), s=N("1")), qry(O, "g = :g", V(g=S("g")), IndexName="by-g")], {"Count": 1, "Items": [{"g": S("g"), "p": S("a"), "s": N("1")}], "ScannedCount": 1}),
    # UpdateItem refused
    Row("update_no_key", [("UpdateItem", {"TableName": P, "UpdateExpression": "REMOVE x"})], refused("1 validation error detected: Value null at 'key' failed to satisfy constraint: Member must not be null"), "words-of-request-checks"),
    Row("update_key", [upd(P, "SET id = :x", V(x=S("b")), id=S("a"))], refused("One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key")),
    Row("update_sort_key", [upd(O, "SET s = :x", V(x=N("2")), p=S("a"), s=N("1"))], refused("One or more parameter values were invalid: Cannot update attribute s. This attribute is part of the key")),
    Row("update_missing_operand", [put(P, id=S("a")), upd(P, "SET x = y", id=S("a"))], refused("The provided expression refers to an attribute that does not exist in the item")),
    Row("update_wrong_operand", [put(P, id=S("a"), x=S("1")), upd(P, "SET x = x + :x", V(x=N("1")), id=S("a"))], refused("An operand in the update expression has an incorrect data type")),
    Row("update_invalid_path", [put(P, id=S("a"), x=S("1")), upd(P, "SET x.y = :x", V(x=N("1")), id=S("a"))], refused("The document path provided in the update expression is invalid for update")),
    Row("update_add_type", [put(P, id=S("a"), x=S("1")), upd(P, "ADD x :x", V(x=N("1")), id=S("a"))], refused("An operand in the update expression has an incorrect data type")),
    Row("update_overflow", [put(P, id=S("a"), x=N("9e125")), upd(P, "ADD x :x", V(x=N("9e125")), id=S("a"))], refused("Number overflow. Attempting to store a number with magnitude larger than supported range")),
    Row("update_precision", [put(P, id=S("a"), x=N("1e37")), upd(P, "ADD x :x", V(x=N("0.1")), id=S("a"))], refused("Number overflow. Attempting to store a number with magnitude larger than supported range"), "precision-of-sums"),
    Row("update_precision_of_difference", [upd(P, "SET x = :x - :y", V(x=N("1e50"), y=N("1")), id=S("a"))], refused("Number overflow. Attempting to store a number with magnitude larger than supported range"), "precision-of-sums"),
    Row("update_too_large", [put(P, id=S("a")), upd(P, "SET x = :x", V(x=S("x" * 409_600)), id=S("a"))], refused("Item size to update has exceeded the maximum allowed size")),
    Row("update_too_deep", [put(P, id=S("a"), x={"M": {"y": N("1")}}), upd(P, "SET x.y = :x", V(x=nested(31)), id=S("a"))], refused("Nesting Levels have exceeded supported limits")),
    Row("update_deepest", [put(P, id=S("a"), x={"M": {"y": N("1")}}), upd(P, "SET x.y = :x", V(x=nested(30)), id=S("a"))], {}),
    Row("update_index_key_type", [upd(O, "SET g = :g", V(g=N("1")), p=S("a"), s=N("1"))], refused("One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"), "words-of-item-checks"),
    Row("update_index_key_empty", [upd(O, "SET l = :g", V(g=S("")), p=S("a"), s=N("1"))], refused("One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.")),
    Row("update_empty_expression", [upd(P, "", id=S("a"))], counted("Invalid UpdateExpression: The expression can not be empty;")),
    Row("update_syntax", [upd(P, "SET x", id=S("a"))], counted('Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "x"')),
    Row("update_twice", [upd(P, "SET x = :x, x = :x", V(x=N("1")), id=S("a"))], counted("Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]")),
    Row("update_no_table", [upd("nowhere", "REMOVE x", id=S("a"))], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    # DeleteItem
    Row("delete", [put(P, id=S("a")), rem(P, id=S("a")), get(P, id=S("a"))], {}),
    Row("delete_all_old", [put(P, id=S("a"), x=N("1")), rem(P, ReturnValues="ALL_OLD", id=S("a"))], {"Attributes": {"id": S("a"), "x": N("1")}}),
    Row("delete_missing", [rem(P, ReturnValues="ALL_OLD", id=S("a"))], {}, "unasked-capacity"),
    Row("delete_condition_false", [put(P, id=S("a"), x=N("1")), rem(P, ConditionExpression="x > :x", ExpressionAttributeValues=V(x=N("1")), ReturnValuesOnConditionCheckFailure="ALL_OLD", id=S("a"))], refused("The conditional request failed", "ConditionalCheckFailedException", Item={"id": S("a"), "x": N("1")})),
    Row("delete_condition_of_missing", [rem(P, ConditionExpression="attribute_exists(id)", id=S("a"))], refused("The conditional request failed", "ConditionalCheckFailedException")),
    Row("delete_return_values", [rem(P, ReturnValues="ALL_NEW", id=S("a"))], counted("ReturnValues can only be ALL_OLD or NONE"), "words-of-request-checks"),
    Row("delete_half_key", [rem(O, p=S("a"))], refused("The provided key element does not match the schema"), "words-of-item-checks"),
    Row("delete_no_table", [rem("nowhere", id=S("a"))], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    # capacity of single items
    Row("capacity_get", [put(P, id=S("a"), b=S("x" * 4092)), get(P, ReturnConsumedCapacity="TOTAL", id=S("a"))], {"ConsumedCapacity": {"CapacityUnits": 0.5, "TableName": "plain"}, "Item": {"b": S("x" * 4092), "id": S("a")}}),
    Row("capacity_get_over", [put(P, id=S("a"), b=S("x" * 4093)), get(P, ReturnConsumedCapacity="INDEXES", id=S("a"))], {"ConsumedCapacity": {"CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}, "TableName": "plain"}, "Item": {"b": S("x" * 4093), "id": S("a")}}),
    Row("capacity_get_consistent", [put(P, id=S("a"), b=S("x" * 4093)), get(P, ReturnConsumedCapacity="TOTAL", ConsistentRead=True, id=S("a"))], {"ConsumedCapacity": {"CapacityUnits": 2.0, "TableName": "plain"}, "Item": {"b": S("x" * 4093), "id": S("a")}}),
    Row("capacity_get_missing", [get(P, ReturnConsumedCapacity="TOTAL", ConsistentRead=True, id=S("a"))], {"ConsumedCapacity": {"CapacityUnits": 1.0, "TableName": "plain"}}),
    Row("capacity_put", [put(P, ReturnConsumedCapacity="TOTAL", id=S("a"), b=S("x" * 1020))], {"ConsumedCapacity": {"CapacityUnits": 1.0, "TableName": "plain"}}),
    Row("capacity_put_over", [put(P, ReturnConsumedCapacity="INDEXES", id=S("a"), b=S("x" * 1021))], {"ConsumedCapacity": {"CapacityUnits": 2.0, "Table": {"CapacityUnits": 2.0}, "TableName": "plain"}}),
    Row("capacity_put_smaller", [put(P, id=S("a"), b=S("x" * 3000)), put(P, ReturnConsumedCapacity="TOTAL", id=S("a"))], {"ConsumedCapacity": {"CapacityUnits": 3.0, "TableName": "plain"}}),
    Row("capacity_delete", [put(P, id=S("a"), b=S("x" * 3000)), rem(P, ReturnConsumedCapacity="TOTAL", id=S("a"))], {"ConsumedCapacity": {"CapacityUnits": 3.0, "TableName": "plain"}}),
    Row("capacity_delete_missing", [rem(P, ReturnConsumedCapacity="TOTAL", id=S("a"))], {"ConsumedCapacity": {"CapacityUnits": 1.0, "TableName": "plain"}}),
    Row("capacity_enter_indexes", [put(O, ReturnConsumedCapacity="INDEXES", **ORDER)], {"ConsumedCapacity": {"CapacityUnits": 4.0, "GlobalSecondaryIndexes": {"by-g": {"CapacityUnits": 1.0}, "by-g-all": {"CapacityUnits": 1.0}}, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 1.0}}, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}}),
    Row("capacity_unchanged", [put(O, **ORDER), put(O, ReturnConsumedCapacity="INDEXES", **ORDER)], {"ConsumedCapacity": {"CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}}),
    Row("capacity_index_key_changed", [put(O, **ORDER), put(O, ReturnConsumedCapacity="INDEXES", **{**ORDER, "g": S("h")})], {"ConsumedCapacity": {"CapacityUnits": 5.0, "GlobalSecondaryIndexes": {"by-g": {"CapacityUnits": 2.0}, "by-g-all": {"CapacityUnits": 2.0}}, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}}),
    Row("capacity_projected_changed", [put(O, **ORDER), put(O, ReturnConsumedCapacity="INDEXES", **{**ORDER, "x": S("other")})], {"ConsumedCapacity": {"CapacityUnits": 3.0, "GlobalSecondaryIndexes": {"by-g-all": {"CapacityUnits": 1.0}}, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 1.0}}, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}}),
    Row("capacity_not_projected", [put(O, **ORDER), put(O, ReturnConsumedCapacity="INDEXES", **{**ORDER, "y": S("other")})], {"ConsumedCapacity": {"CapacityUnits": 2.0, "GlobalSecondaryIndexes": {"by-g-all": {"CapacityUnits": 1.0}}, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}}),
    Row("capacity_leave_indexes", [put(O, **ORDER), put(O, ReturnConsumedCapacity="INDEXES", p=S("a"), s=N("1"))], {"ConsumedCapacity": {"CapacityUnits": 4.0, "GlobalSecondaryIndexes": {"by-g": {"CapacityUnits": 1.0}, "by-g-all": {"CapacityUnits": 1.0}}, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 1.0}}, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}}),
    Row("capacity_delete_indexes", [put(O, **ORDER), rem(O, ReturnConsumedCapacity="INDEXES", p=S("a"), s=N("1"))], {"ConsumedCapacity": {"CapacityUnits": 4.0, "GlobalSecondaryIndexes": {"by-g": {"CapacityUnits": 1.0}, "by-g-all": {"CapacityUnits": 1.0}}, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 1.0}}, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}}),
    Row("capacity_update_indexes", [put(O, **ORDER), upd(O, "SET y = :y", V(y=S("y" * 2000)), ReturnConsumedCapacity="INDEXES", p=S("a"), s=N("1"))], {"ConsumedCapacity": {"CapacityUnits": 4.0, "GlobalSecondaryIndexes": {"by-g-all": {"CapacityUnits": 2.0}}, "Table": {"CapacityUnits": 2.0}, "TableName": "orders"}}),
    Row("collection_metrics", [put(O, ReturnItemCollectionMetrics="SIZE", **ORDER)], {"ItemCollectionMetrics": {"ItemCollectionKey": {"p": S("a")}, "SizeEstimateRangeGB": [0.0, 1.0]}}, "collection-metrics"),
    Row("no_collection_metrics", [put(P, ReturnItemCollectionMetrics="SIZE", id=S("a"))], {}),
    # Query
    Row("query_partition", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")))], {"Count": 5, "Items": [{"l": S("l2"), "p": S("a"), "s": N("-5")}, {"g": S("g"), "l": S("l3"), "p": S("a"), "s": N("1"), "x": S("x1"), "y": S("y" * 2000)}, {"g": S("g"), "p": S("a"), "s": N("2"), "x": S("x2"), "y": S("y" * 2000)}, {"l": S("l1"), "p": S("a"), "s": N("3"), "x": S("x3"), "y": S("y" * 2000)}, {"g": S("h"), "l": S("m"), "p": S("a"), "s": N("10"), "x": S("x4")}], "ScannedCount": 5}),
    Row("query_backwards", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), ScanIndexForward=False, ProjectionExpression="s")], {"Count": 5, "Items": [{"s": N("10")}, {"s": N("3")}, {"s": N("2")}, {"s": N("1")}, {"s": N("-5")}], "ScannedCount": 5}),
    Row("query_other_partition", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("b")), Select="COUNT")], {"Count": 1, "ScannedCount": 1}),
    Row("query_nothing", [qry(O, "p = :p", V(p=S("a")))], {"Count": 0, "Items": [], "ScannedCount": 0}),
    *(Row(f"query_sort_{name}", [*LINES_OF_ORDERS, qry(O, f"p = :p AND {text}", V(p=S("a"), **values), ProjectionExpression="s")], sorts(found)) for name, text, values, found in SORTS),
    Row("query_reversed_operands", [*LINES_OF_ORDERS, qry(O, "(:p = p) AND (:s < s)", V(p=S("a"), s=N("2")), ProjectionExpression="s")], {"Count": 2, "Items": [{"s": N("3")}, {"s": N("10")}], "ScannedCount": 2}),
    Row("query_begins_with", [*TEXTS, qry(T, "p = :p AND begins_with(s, :s)", V(p=S("a"), s=S("b")), ProjectionExpression="s")], {"Count": 5, "Items": [{"s": S("b")}, {"s": S("b\x00")}, {"s": S("ba")}, {"s": S("b\uffff")}, {"s": S("b😀")}], "ScannedCount": 5}),
    Row("query_text_order", [*TEXTS, qry(T, "p = :p", V(p=S("a")), ProjectionExpression="s")], {"Count": 9, "Items": [{"s": S("Z")}, {"s": S("a")}, {"s": S("b")}, {"s": S("b\x00")}, {"s": S("ba")}, {"s": S("b\uffff")}, {"s": S("b😀")}, {"s": S("c")}, {"s": S("é")}], "ScannedCount": 9}),
    Row("query_bytes_order", [*BYTES, qry(B, "p = :p", V(p={"B": b"a"}), ProjectionExpression="s")], {"Count": 6, "Items": [{"s": {"B": b"\x00"}}, {"s": {"B": b"\x00\x01"}}, {"s": {"B": b"a"}}, {"s": {"B": b"\xff"}}, {"s": {"B": b"\xff\x00"}}, {"s": {"B": b"\xff\xff"}}], "ScannedCount": 6}),
    Row("query_bytes_begin", [*BYTES, qry(B, "p = :p AND begins_with(s, :s)", V(p={"B": b"a"}, s={"B": b"\xff"}), ProjectionExpression="s")], {"Count": 3, "Items": [{"s": {"B": b"\xff"}}, {"s": {"B": b"\xff\x00"}}, {"s": {"B": b"\xff\xff"}}], "ScannedCount": 3}),
    Row("query_bytes_range", [*BYTES, qry(B, "p = :p AND s > :s", V(p={"B": b"a"}, s={"B": b"\x00"}), ProjectionExpression="s")], {"Count": 5, "Items": [{"s": {"B": b"\x00\x01"}}, {"s": {"B": b"a"}}, {"s": {"B": b"\xff"}}, {"s": {"B": b"\xff\x00"}}, {"s": {"B": b"\xff\xff"}}], "ScannedCount": 5}),
    Row("query_filter", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a"), x=S("x3")), FilterExpression="x >= :x", ProjectionExpression="s")], {"Count": 2, "Items": [{"s": N("3")}, {"s": N("10")}], "ScannedCount": 5}),
    Row("query_local_filter_table_key", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a"), s=N("2")), IndexName="by-l", FilterExpression="s > :s", ProjectionExpression="s")], {"Count": 2, "Items": [{"s": N("3")}, {"s": N("10")}], "ScannedCount": 4}),
    Row("query_filter_nested_key", [qry(O, "p = :p", V(p=S("a")), FilterExpression="attribute_exists(s.x)")], refused("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: s")),
    Row("query_filter_empty_page", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a"), x=S("x3")), FilterExpression="x = :x", Limit=2)], {"Count": 0, "Items": [], "LastEvaluatedKey": {"p": S("a"), "s": N("1")}, "ScannedCount": 2}),
    Row("query_limit", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), Limit=2, ProjectionExpression="s")], {"Count": 2, "Items": [{"s": N("-5")}, {"s": N("1")}], "LastEvaluatedKey": {"p": S("a"), "s": N("1")}, "ScannedCount": 2}),
    Row("query_limit_at_end", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), Limit=5, Select="COUNT")], {"Count": 5, "LastEvaluatedKey": {"p": S("a"), "s": N("10")}, "ScannedCount": 5}),
    Row("query_limit_past_end", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), Limit=6, Select="COUNT")], {"Count": 5, "ScannedCount": 5}),
    Row("query_start", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), ExclusiveStartKey={"p": S("a"), "s": N("2")}, ProjectionExpression="s")], {"Count": 2, "Items": [{"s": N("3")}, {"s": N("10")}], "ScannedCount": 2}),
    Row("query_start_backwards", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), ScanIndexForward=False, ExclusiveStartKey={"p": S("a"), "s": N("2")}, ProjectionExpression="s")], {"Count": 2, "Items": [{"s": N("1")}, {"s": N("-5")}], "ScannedCount": 2}),
    Row("query_start_between_items", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), ExclusiveStartKey={"p": S("a"), "s": N("2.5")}, ProjectionExpression="s")], {"Count": 2, "Items": [{"s": N("3")}, {"s": N("10")}], "ScannedCount": 2}),
    Row("query_count", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a"), x=S("x3")), FilterExpression="x > :x", Select="COUNT")], {"Count": 1, "ScannedCount": 5}),
    Row("query_specific", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), Select="SPECIFIC_ATTRIBUTES", ProjectionExpression="x", Limit=1)], {"Count": 1, "Items": [{}], "LastEvaluatedKey": {"p": S("a"), "s": N("-5")}, "ScannedCount": 1}),
    Row("query_all_attributes", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), Select="ALL_ATTRIBUTES", Limit=1)], {"Count": 1, "Items": [{"l": S("l2"), "p": S("a"), "s": N("-5")}], "LastEvaluatedKey": {"p": S("a"), "s": N("-5")}, "ScannedCount": 1}),
    Row("query_index", [*LINES_OF_ORDERS, qry(O, "g = :g", V(g=S("g")), IndexName="by-g")], {"Count": 3, "Items": [{"g": S("g"), "p": S("a"), "s": N("1")}, {"g": S("g"), "p": S("a"), "s": N("2")}, {"g": S("g"), "p": S("b"), "s": N("4")}], "ScannedCount": 3}),
    Row("query_index_range", [*LINES_OF_ORDERS, qry(O, "g = :g AND s BETWEEN :a AND :b", V(g=S("g"), a=N("2"), b=N("3")), IndexName="by-g")], {"Count": 1, "Items": [{"g": S("g"), "p": S("a"), "s": N("2")}], "ScannedCount": 1}),
    Row("query_index_all", [*LINES_OF_ORDERS, qry(O, "g = :g", V(g=S("h")), IndexName="by-g-all")], {"Count": 1, "Items": [{"g": S("h"), "l": S("m"), "p": S("a"), "s": N("10"), "x": S("x4")}], "ScannedCount": 1}),
    Row("query_index_limit", [*LINES_OF_ORDERS, qry(O, "g = :g", V(g=S("g")), IndexName="by-g", Limit=1)], {"Count": 1, "Items": [{"g": S("g"), "p": S("a"), "s": N("1")}], "LastEvaluatedKey": {"g": S("g"), "p": S("a"), "s": N("1")}, "ScannedCount": 1}),
    Row("query_index_start", [*LINES_OF_ORDERS, qry(O, "g = :g", V(g=S("g")), IndexName="by-g", ExclusiveStartKey={"g": S("g"), "p": S("a"), "s": N("1")})], {"Count": 2, "Items": [{"g": S("g"), "p": S("a"), "s": N("2")}, {"g": S("g"), "p": S("b"), "s": N("4")}], "ScannedCount": 2}),
    Row("query_index_table_key_filter", [*LINES_OF_ORDERS, qry(O, "g = :g", V(g=S("g"), p=S("b")), IndexName="by-g", FilterExpression="p = :p")], {"Count": 1, "Items": [{"g": S("g"), "p": S("b"), "s": N("4")}], "ScannedCount": 3}),
    Row("query_index_projected", [*LINES_OF_ORDERS, qry(O, "g = :g", V(g=S("g")), IndexName="by-g", Select="ALL_PROJECTED_ATTRIBUTES", Limit=1)], {"Count": 1, "Items": [{"g": S("g"), "p": S("a"), "s": N("1")}], "LastEvaluatedKey": {"g": S("g"), "p": S("a"), "s": N("1")}, "ScannedCount": 1}),
    Row("query_local_index", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), IndexName="by-l")], {"Count": 4, "Items": [{"l": S("l1"), "p": S("a"), "s": N("3"), "x": S("x3")}, {"l": S("l2"), "p": S("a"), "s": N("-5")}, {"l": S("l3"), "p": S("a"), "s": N("1"), "x": S("x1")}, {"l": S("m"), "p": S("a"), "s": N("10"), "x": S("x4")}], "ScannedCount": 4}),
    Row("query_local_index_begins", [*LINES_OF_ORDERS, qry(O, "p = :p AND begins_with(l, :l)", V(p=S("a"), l=S("l")), IndexName="by-l", ProjectionExpression="l")], {"Count": 3, "Items": [{"l": S("l1")}, {"l": S("l2")}, {"l": S("l3")}], "ScannedCount": 3}),
    Row("query_local_index_consistent", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), IndexName="by-l", ConsistentRead=True, ReturnConsumedCapacity="INDEXES", Select="COUNT")], {"ConsumedCapacity": {"CapacityUnits": 1.0, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 1.0}}, "Table": {"CapacityUnits": 0.0}, "TableName": "orders"}, "Count": 4, "ScannedCount": 4}),
    Row("query_local_index_fetch", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), IndexName="by-l", ProjectionExpression="l, y", ReturnConsumedCapacity="INDEXES")], {"ConsumedCapacity": {"CapacityUnits": 2.5, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 0.5}}, "Table": {"CapacityUnits": 2.0}, "TableName": "orders"}, "Count": 4, "Items": [{"l": S("l1"), "y": S("y" * 2000)}, {"l": S("l2")}, {"l": S("l3"), "y": S("y" * 2000)}, {"l": S("m")}], "ScannedCount": 4}),
    Row("query_local_index_fetch_all", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), IndexName="by-l", Select="ALL_ATTRIBUTES", Limit=1, ReturnConsumedCapacity="INDEXES")], {"ConsumedCapacity": {"CapacityUnits": 1.0, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 0.5}}, "Table": {"CapacityUnits": 0.5}, "TableName": "orders"}, "Count": 1, "Items": [{"l": S("l1"), "p": S("a"), "s": N("3"), "x": S("x3"), "y": S("y" * 2000)}], "LastEvaluatedKey": {"l": S("l1"), "p": S("a"), "s": N("3")}, "ScannedCount": 1}),
    Row("query_local_index_no_fetch", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), IndexName="by-l", ProjectionExpression="x", ReturnConsumedCapacity="INDEXES")], {"ConsumedCapacity": {"CapacityUnits": 0.5, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 0.5}}, "Table": {"CapacityUnits": 0.0}, "TableName": "orders"}, "Count": 4, "Items": [{"x": S("x3")}, {}, {"x": S("x1")}, {"x": S("x4")}], "ScannedCount": 4}, "index-fetch"),
    Row("query_many_keys", [*MANY, qry(M, "a = :a AND b = :b", V(a=S("a"), b=N("1")), IndexName="by-many", ProjectionExpression="id")], {"Count": 3, "Items": [{"id": S("2")}, {"id": S("1")}, {"id": S("3")}], "ScannedCount": 3}),
    Row("query_many_keys_sort", [*MANY, qry(M, "b = :b AND a = :a AND c = :c AND d > :d", V(a=S("a"), b=N("1"), c=S("c"), d=N("-1")), IndexName="by-many", ProjectionExpression="id")], {"Count": 1, "Items": [{"id": S("1")}], "ScannedCount": 1}),
    Row("query_many_keys_first_sort", [*MANY, qry(M, "a = :a AND b = :b AND c > :c", V(a=S("a"), b=N("1"), c=S("c")), IndexName="by-many", ProjectionExpression="id")], {"Count": 1, "Items": [{"id": S("3")}], "ScannedCount": 1}),
    Row("query_many_keys_limit", [*MANY, qry(M, "a = :a AND b = :b", V(a=S("a"), b=N("1")), IndexName="by-many", Limit=2, Select="COUNT")], {"Count": 2, "LastEvaluatedKey": {"a": S("a"), "b": N("1"), "c": S("c"), "d": N("2"), "id": S("1")}, "ScannedCount": 2}),
    Row("capacity_query", [*LINES_OF_ORDERS, qry(O, "p = :p", V(p=S("a")), ReturnConsumedCapacity="INDEXES", Select="COUNT")], {"ConsumedCapacity": {"CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}, "Count": 5, "ScannedCount": 5}),
    Row("capacity_query_index", [*LINES_OF_ORDERS, qry(O, "g = :g", V(g=S("g")), IndexName="by-g", ReturnConsumedCapacity="INDEXES", Select="COUNT")], {"ConsumedCapacity": {"CapacityUnits": 0.5, "GlobalSecondaryIndexes": {"by-g": {"CapacityUnits": 0.5}}, "Table": {"CapacityUnits": 0.0}, "TableName": "orders"}, "Count": 3, "ScannedCount": 3}),
    Row("capacity_query_nothing", [qry(O, "p = :p", V(p=S("a")), ReturnConsumedCapacity="TOTAL", Select="COUNT")], {"ConsumedCapacity": {"CapacityUnits": 0.5, "TableName": "orders"}, "Count": 0, "ScannedCount": 0}, "empty-read"),
    # Query refused
    Row("query_no_condition", [("Query", {"TableName": O})], refused("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")),
    Row("query_no_partition", [qry(O, "s = :s", V(s=N("1")))], refused("Query condition missed key schema element: p"), "missed-key-element"),
    Row("query_partition_range", [qry(O, "p > :p", V(p=S("a")))], refused("Query key condition not supported")),
    Row("query_or", [qry(O, "p = :p OR s = :s", V(p=S("a"), s=N("1")))], refused("Invalid operator used in KeyConditionExpression: OR")),
    Row("query_not_equal", [qry(O, "p = :p AND s <> :s", V(p=S("a"), s=N("1")))], refused("Invalid operator used in KeyConditionExpression: <>")),
    Row("query_two_on_sort", [qry(O, "p = :p AND s > :s AND s < :t", V(p=S("a"), s=N("1"), t=N("2")))], refused("Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"), "words-of-key-conditions"),
    Row("query_not_a_key", [qry(O, "p = :p AND x = :x", V(p=S("a"), x=S("1")))], refused("Query condition missed key schema element: s"), "missed-key-element"),
    Row("query_key_type", [qry(O, "p = :p AND s = :s", V(p=S("a"), s=S("1")))], refused("One or more parameter values were invalid: Condition parameter type does not match schema type")),
    Row("query_begins_with_number", [qry(O, "p = :p AND begins_with(s, :s)", V(p=S("a"), s=S("1")))], refused("One or more parameter values were invalid: Condition parameter type does not match schema type")),
    Row("query_between_reversed", [qry(O, "p = :p AND s BETWEEN :b AND :a", V(p=S("a"), a=N("1"), b=N("2")))], refused("Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}")),
    Row("query_empty_key", [qry(O, "p = :p", V(p=S("")))], refused("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p")),
    Row("query_filter_key", [qry(O, "p = :p", V(p=S("a"), s=N("1")), FilterExpression="s > :s")], refused("Filter Expression can only contain non-primary key attributes: Primary key attribute: s")),
    Row("query_filter_index_key", [qry(O, "g = :g", V(g=S("g")), IndexName="by-g", FilterExpression="attribute_exists(g)")], refused("Filter Expression can only contain non-primary key attributes: Primary key attribute: g")),
    Row("query_filter_not_projected", [qry(O, "g = :g", V(g=S("g")), IndexName="by-g", FilterExpression="attribute_exists(x)")], refused("One or more parameter values were invalid: Secondary index by-g does not project one or more filter attributes: [x]")),
    Row("query_local_filter_not_projected", [qry(O, "p = :g", V(g=S("g")), IndexName="by-l", FilterExpression="attribute_exists(y)")], refused("One or more parameter values were invalid: Secondary index by-l does not project one or more filter attributes: [y]")),
    Row("query_not_projected", [qry(O, "g = :g", V(g=S("g")), IndexName="by-g", ProjectionExpression="x, y")], refused("One or more parameter values were invalid: Global secondary index by-g does not project [x, y]")),
    Row("query_index_all_attributes", [qry(O, "g = :g", V(g=S("g")), IndexName="by-g", Select="ALL_ATTRIBUTES")], refused("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index by-g because its projection type is not ALL")),
    Row("query_index_consistent", [qry(O, "g = :g", V(g=S("g")), IndexName="by-g", ConsistentRead=True)], refused("Consistent reads are not supported on global secondary indexes")),
    Row("query_no_index", [qry(O, "p = :p", V(p=S("a")), IndexName="by-z")], refused("The table does not have the specified index: by-z")),
    Row("query_no_table", [qry("nowhere", "p = :p", V(p=S("a")))], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    Row("query_limit_zero", [qry(O, "p = :p", V(p=S("a")), Limit=0)], refused("1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1"), "words-of-request-checks"),
    Row("query_select_word", [qry(O, "p = :p", V(p=S("a")), Select="SOME")], refused("1 validation error detected: Value 'SOME' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"), "words-of-request-checks"),
    Row("query_projected_of_table", [qry(O, "p = :p", V(p=S("a")), Select="ALL_PROJECTED_ATTRIBUTES")], refused("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")),
    Row("query_specific_nothing", [qry(O, "p = :p", V(p=S("a")), Select="SPECIFIC_ATTRIBUTES")], refused("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")),
    Row("query_count_projection", [qry(O, "p = :p", V(p=S("a")), Select="COUNT", ProjectionExpression="x")], refused("Cannot specify the ProjectionExpression when choosing to get only the Count")),
    Row("query_all_projection", [qry(O, "p = :p", V(p=S("a")), Select="ALL_ATTRIBUTES", ProjectionExpression="x")], refused("Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES")),
    Row("query_start_half", [qry(O, "p = :p", V(p=S("a")), ExclusiveStartKey={"p": S("a")})], refused("The provided starting key is invalid"), "words-of-request-checks"),
    Row("query_start_more", [qry(O, "p = :p", V(p=S("a")), ExclusiveStartKey={"p": S("a"), "s": N("1"), "x": S("x")})], refused("The provided starting key is invalid"), "words-of-request-checks"),
    Row("query_start_other_partition", [qry(O, "p = :p", V(p=S("a")), ExclusiveStartKey={"p": S("b"), "s": N("1")})], refused("The provided starting key does not match the range key predicate")),
    Row("query_start_outside", [qry(O, "p = :p AND s < :s", V(p=S("a"), s=N("3")), ExclusiveStartKey={"p": S("a"), "s": N("3")})], refused("The provided starting key does not match the range key predicate")),
    Row("query_start_type", [qry(O, "p = :p", V(p=S("a")), ExclusiveStartKey={"p": S("a"), "s": S("1")})], refused("The provided starting key is invalid: The provided key element does not match the schema"), "words-of-request-checks"),
    Row("query_start_index_half", [qry(O, "g = :g", V(g=S("g")), IndexName="by-g", ExclusiveStartKey={"p": S("a"), "s": N("1")})], refused("The provided starting key is invalid")),
    Row("query_many_keys_partial", [qry(M, "a = :a", V(a=S("a")), IndexName="by-many")], refused("HASH key attributes b must have equality conditions specified in the query")),
    Row("query_many_keys_gap", [qry(M, "a = :a AND b = :b AND d = :d", V(a=S("a"), b=N("1"), d=N("1")), IndexName="by-many")], refused("RANGE key attributes c must have equality conditions specified in the query because a condition is present on key attribute d")),
    # Scan
    Row("scan", [*LINES_OF_ORDERS, scn(O, ProjectionExpression="p, s")], {"Count": 6, "Items": [{"p": S("a"), "s": N("-5")}, {"p": S("a"), "s": N("1")}, {"p": S("a"), "s": N("10")}, {"p": S("a"), "s": N("2")}, {"p": S("a"), "s": N("3")}, {"p": S("b"), "s": N("4")}], "ScannedCount": 6}),
    Row("scan_filter", [*LINES_OF_ORDERS, scn(O, FilterExpression="s > :s", ExpressionAttributeValues=V(s=N("3")), ProjectionExpression="p, s")], {"Count": 2, "Items": [{"p": S("a"), "s": N("10")}, {"p": S("b"), "s": N("4")}], "ScannedCount": 6}),
    Row("scan_count", [*LINES_OF_ORDERS, scn(O, Select="COUNT", ReturnConsumedCapacity="INDEXES")], {"ConsumedCapacity": {"CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}, "Count": 6, "ScannedCount": 6}),
    Row("scan_consistent", [*LINES_OF_ORDERS, scn(O, Select="COUNT", ConsistentRead=True, ReturnConsumedCapacity="TOTAL")], {"ConsumedCapacity": {"CapacityUnits": 2.0, "TableName": "orders"}, "Count": 6, "ScannedCount": 6}),
    Row("scan_index", [*LINES_OF_ORDERS, scn(O, IndexName="by-g")], {"Count": 4, "Items": [{"g": S("g"), "p": S("a"), "s": N("1")}, {"g": S("g"), "p": S("a"), "s": N("2")}, {"g": S("g"), "p": S("b"), "s": N("4")}, {"g": S("h"), "p": S("a"), "s": N("10")}], "ScannedCount": 4}),
    Row("scan_local_index", [*LINES_OF_ORDERS, scn(O, IndexName="by-l", Select="COUNT", ReturnConsumedCapacity="INDEXES")], {"ConsumedCapacity": {"CapacityUnits": 0.5, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 0.5}}, "Table": {"CapacityUnits": 0.0}, "TableName": "orders"}, "Count": 4, "ScannedCount": 4}),
    Row("scan_index_filter_not_projected", [*LINES_OF_ORDERS, scn(O, IndexName="by-g", FilterExpression="attribute_exists(x)")], {"Count": 3, "Items": [{"g": S("g"), "p": S("a"), "s": N("1")}, {"g": S("g"), "p": S("a"), "s": N("2")}, {"g": S("h"), "p": S("a"), "s": N("10")}], "ScannedCount": 4}),
    Row("scan_local_filter_not_projected", [*LINES_OF_ORDERS, scn(O, IndexName="by-l", FilterExpression="attribute_exists(y)", ProjectionExpression="s")], {"Count": 2, "Items": [{"s": N("1")}, {"s": N("3")}], "ScannedCount": 4}),
    Row("scan_local_index_fetch", [*LINES_OF_ORDERS, scn(O, IndexName="by-l", Select="ALL_ATTRIBUTES", FilterExpression="l = :l", ExpressionAttributeValues=V(l=S("l1")), ReturnConsumedCapacity="INDEXES")], {"ConsumedCapacity": {"CapacityUnits": 2.5, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 0.5}}, "Table": {"CapacityUnits": 2.0}, "TableName": "orders"}, "Count": 1, "Items": [{"l": S("l1"), "p": S("a"), "s": N("3"), "x": S("x3"), "y": S("y" * 2000)}], "ScannedCount": 4}, "index-fetch"),
    Row("scan_index_all_attributes", [scn(O, IndexName="by-g", Select="ALL_ATTRIBUTES")], refused("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index by-g because its projection type is not ALL")),
    Row("scan_all_segments", [*LINES_OF_ORDERS, scn(O, Segment=0, TotalSegments=1, Select="COUNT")], {"Count": 6, "ScannedCount": 6}),
    Row("scan_empty", [scn(P)], {"Count": 0, "Items": [], "ScannedCount": 0}),
    Row("scan_segment_alone", [scn(O, Segment=0)], refused("The TotalSegments parameter is required but was not present in the request when Segment parameter is present"), "words-of-request-checks"),
    Row("scan_segments_alone", [scn(O, TotalSegments=2)], refused("The Segment parameter is required but was not present in the request when parameter TotalSegments is present"), "words-of-request-checks"),
    Row("scan_segment_past", [scn(O, Segment=2, TotalSegments=2)], refused("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2"), "words-of-request-checks"),
    Row("scan_segment_negative", [scn(O, Segment=-1, TotalSegments=2)], refused("1 validation error detected: Value '-1' at 'segment' failed to satisfy constraint: Member must have value greater than or equal to 0"), "words-of-request-checks"),
    Row("scan_too_many_segments", [scn(O, Segment=0, TotalSegments=1_000_001)], refused("1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy constraint: Member must have value less than or equal to 1000000")),
    Row("scan_index_consistent", [scn(O, IndexName="by-g", ConsistentRead=True)], refused("Consistent reads are not supported on global secondary indexes")),
    Row("scan_index_not_projected", [scn(O, IndexName="by-g", ProjectionExpression="x")], refused("One or more parameter values were invalid: Global secondary index by-g does not project [x]")),
    Row("scan_no_index", [scn(O, IndexName="by-z")], refused("The table does not have the specified index: by-z")),
    Row("scan_no_table", [scn("nowhere")], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    Row("scan_start_half", [scn(O, ExclusiveStartKey={"p": S("a")})], refused("The provided starting key is invalid"), "words-of-request-checks"),
    Row("scan_limit_zero", [scn(O, Limit=0)], refused("1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"), "words-of-request-checks"),
    # batches
    Row("batch_get", [*LINES_OF_ORDERS, bget(O, {"p": S("a"), "s": N("1")}, {"p": S("a"), "s": N("9")}, {"p": S("b"), "s": N("1")}, ProjectionExpression="p, s")], {"Responses": {"orders": [{"p": S("a"), "s": N("1")}]}, "UnprocessedKeys": {}}),
    Row("batch_get_capacity", [*LINES_OF_ORDERS, bget(O, {"p": S("a"), "s": N("1")}, {"p": S("a"), "s": N("2")}, ReturnConsumedCapacity="TOTAL", ProjectionExpression="s")], {"ConsumedCapacity": [{"CapacityUnits": 1.0, "TableName": "orders"}], "Responses": {"orders": [{"s": N("1")}, {"s": N("2")}]}, "UnprocessedKeys": {}}),
    Row("batch_get_missing_capacity", [bget(O, {"p": S("a"), "s": N("1")}, ReturnConsumedCapacity="TOTAL")], {"ConsumedCapacity": [{"CapacityUnits": 0.5, "TableName": "orders"}], "Responses": {"orders": []}, "UnprocessedKeys": {}}, "batch-get-missing"),
    Row("batch_get_consistent", [*LINES_OF_ORDERS, bget(O, {"p": S("a"), "s": N("1")}, ReturnConsumedCapacity="INDEXES", ConsistentRead=True, ProjectionExpression="s")], {"ConsumedCapacity": [{"CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}], "Responses": {"orders": [{"s": N("1")}]}, "UnprocessedKeys": {}}),
    Row("batch_get_duplicates", [bget(O, {"p": S("a"), "s": N("1")}, {"p": S("a"), "s": N("1")})], refused("Provided list of item keys contains duplicates")),
    Row("batch_get_wrong_key", [bget(O, {"p": S("a")})], refused("The provided key element does not match the schema"), "words-of-item-checks"),
    Row("batch_get_too_many", [bget(O, *({"p": S("a"), "s": N(n)} for n in range(101)))], refused("1 validation error detected: Value at 'RequestItems.orders.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100"), "words-of-request-checks"),
    Row("batch_get_nothing", [("BatchGetItem", {"RequestItems": {}})], counted("Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1"), "words-of-request-checks"),
    Row("batch_get_no_keys", [bget(O)], refused("1 validation error detected: Value at 'RequestItems.orders.member.Keys' failed to satisfy constraint: Member must have length greater than or equal to 1"), "words-of-request-checks"),
    Row("batch_get_no_table", [bget("nowhere", {"id": S("a")})], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    Row("batch_write", [put(P, id=S("b")), ("BatchWriteItem", {"RequestItems": {P: [bput(id=S("a"), x=N("1")), bdel(id=S("b")), bdel(id=S("c"))]}}), scn(P)], {"Count": 1, "Items": [{"id": S("a"), "x": N("1")}], "ScannedCount": 1}),
    Row("batch_write_answer", [("BatchWriteItem", {"RequestItems": {P: [bput(id=S("a"), x=N("1"))]}, "ReturnConsumedCapacity": "TOTAL"})], {"ConsumedCapacity": [{"CapacityUnits": 1.0, "TableName": "plain"}], "UnprocessedItems": {}}),
    Row("batch_write_two_tables", [("BatchWriteItem", {"RequestItems": {P: [bput(id=S("a"))], T: [bput(p=S("a"), s=S("b"))]}, "ReturnConsumedCapacity": "INDEXES"})], {"ConsumedCapacity": [{"CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}, "TableName": "plain"}, {"CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}, "TableName": "text"}], "UnprocessedItems": {}}),
    Row("batch_write_indexes", [("BatchWriteItem", {"RequestItems": {O: [bput(**ORDER)]}, "ReturnConsumedCapacity": "INDEXES"})], {"ConsumedCapacity": [{"CapacityUnits": 4.0, "GlobalSecondaryIndexes": {"by-g": {"CapacityUnits": 1.0}, "by-g-all": {"CapacityUnits": 1.0}}, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 1.0}}, "Table": {"CapacityUnits": 1.0}, "TableName": "orders"}], "UnprocessedItems": {}}),
    Row("batch_write_duplicates", [("BatchWriteItem", {"RequestItems": {P: [bput(id=S("a")), bdel(id=S("a"))]}})], refused("Provided list of item keys contains duplicates")),
    Row("batch_write_too_many", [("BatchWriteItem", {"RequestItems": {P: [bput(id=S(str(n))) for n in range(26)]}})], refused(f"1 validation error detected: Value '{{plain=[{WRITTEN}]}}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]"), "words-of-request-checks"),
    Row("batch_write_nothing", [("BatchWriteItem", {"RequestItems": {}})], refused("The requestItems parameter is required for BatchWriteItem"), "words-of-request-checks"),
    Row("batch_write_empty_request", [("BatchWriteItem", {"RequestItems": {P: [{}]}})], refused("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"), "words-of-request-checks"),
    Row("batch_write_both", [("BatchWriteItem", {"RequestItems": {P: [{**bput(id=S("a")), **bdel(id=S("a"))}]}})], refused("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")),
    Row("batch_write_wrong_key", [("BatchWriteItem", {"RequestItems": {P: [bput(x=S("a"))]}})], refused("The provided key element does not match the schema"), "words-of-item-checks"),
    Row("batch_write_wrong_delete", [("BatchWriteItem", {"RequestItems": {P: [bdel(x=S("a"))]}})], refused("The provided key element does not match the schema"), "words-of-request-checks"),
    Row("batch_write_too_large", [("BatchWriteItem", {"RequestItems": {P: [bput(id=S("a"), b=S("x" * 409_600))]}})], refused("Item size has exceeded the maximum allowed size")),
    Row("batch_write_no_table", [("BatchWriteItem", {"RequestItems": {"nowhere": [bput(id=S("a"))]}})], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    Row("batch_write_index_key", [("BatchWriteItem", {"RequestItems": {O: [bput(p=S("a"), s=N("1"), g=N("1"))]}})], refused("One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"), "words-of-item-checks"),
    # transactions
    Row("transact_write", [put(P, id=S("b"), n=N("1")), put(P, id=S("c")), tx(tput(P, id=S("a")), tupd(P, "SET n = n + :o", V(o=N("1")), id=S("b")), tdel(P, id=S("c")), tcheck(P, "attribute_not_exists(id)", id=S("d"))), scn(P)], {"Count": 2, "Items": [{"id": S("a")}, {"id": S("b"), "n": N("2")}], "ScannedCount": 2}),
    Row("transact_write_answer", [tx(tput(P, id=S("a")))], {}),
    Row("transact_write_cancelled", [put(P, id=S("b"), n=N("1")), tx(tput(P, id=S("a")), tput(P, ConditionExpression="attribute_not_exists(id)", id=S("b")), tupd(P, "SET n = :o", V(o=N("1")), ConditionExpression="n = :o", ReturnValuesOnConditionCheckFailure="ALL_OLD", id=S("c")))], refused("Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed]", "TransactionCanceledException", CancellationReasons=[{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}, {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}])),
    Row("transact_write_cancelled_item", [put(P, id=S("b"), n=N("1")), tx(tput(P, id=S("a")), tdel(P, ConditionExpression="n = :n", ExpressionAttributeValues=V(n=N("2")), ReturnValuesOnConditionCheckFailure="ALL_OLD", id=S("b")))], refused("Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]", "TransactionCanceledException", CancellationReasons=[{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": {"id": S("b"), "n": N("1")}, "Message": "The conditional request failed"}])),
    Row("transact_write_all_or_nothing", [put(P, id=S("b")), fails(tx(tput(P, id=S("a")), tdel(P, id=S("c")), tcheck(P, "attribute_not_exists(id)", id=S("b")))), scn(P)], {"Count": 1, "Items": [{"id": S("b")}], "ScannedCount": 1}),
    Row("transact_write_two_tables", [tx(tput(P, id=S("a")), tput(T, p=S("a"), s=S("b"))), scn(T)], {"Count": 1, "Items": [{"p": S("a"), "s": S("b")}], "ScannedCount": 1}),
    Row("transact_token_again", [("TransactWriteItems", {"TransactItems": [tupd(P, "ADD n :o", V(o=N("1")), id=S("a"))], "ClientRequestToken": f"{RUN}-1"}), ("TransactWriteItems", {"TransactItems": [tupd(P, "ADD n :o", V(o=N("1")), id=S("a"))], "ClientRequestToken": f"{RUN}-1"}), get(P, id=S("a"))], {"Item": {"id": S("a"), "n": N("1")}}),
    Row("transact_token_mismatch", [("TransactWriteItems", {"TransactItems": [tput(P, id=S("a"))], "ClientRequestToken": f"{RUN}-2"}), ("TransactWriteItems", {"TransactItems": [tput(P, id=S("b"))], "ClientRequestToken": f"{RUN}-2"})], refused("The provided token already used for a request with different parameters", "IdempotentParameterMismatchException"), "words-of-request-checks"),
    Row("transact_capacity", [("TransactWriteItems", {"TransactItems": [tput(P, id=S("a"))], "ReturnConsumedCapacity": "TOTAL"})], {"ConsumedCapacity": [{"CapacityUnits": 2.0, "TableName": "plain", "WriteCapacityUnits": 2.0}]}, "transaction-units"),
    Row("transact_capacity_indexes", [("TransactWriteItems", {"TransactItems": [tput(O, **ORDER)], "ReturnConsumedCapacity": "INDEXES"})], {"ConsumedCapacity": [{"CapacityUnits": 8.0, "GlobalSecondaryIndexes": {"by-g": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}, "by-g-all": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}}, "LocalSecondaryIndexes": {"by-l": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}}, "Table": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}, "TableName": "orders", "WriteCapacityUnits": 8.0}]}, "transaction-units"),
    Row("transact_capacity_check", [("TransactWriteItems", {"TransactItems": [tcheck(P, "attribute_not_exists(id)", id=S("a"))], "ReturnConsumedCapacity": "TOTAL"})], {"ConsumedCapacity": [{"CapacityUnits": 2.0, "TableName": "plain", "WriteCapacityUnits": 2.0}]}, "transaction-units"),
    Row("transact_duplicates", [tx(tput(P, id=S("a")), tdel(P, id=S("a")))], refused("Transaction request cannot include multiple operations on one item")),
    Row("transact_too_many", [tx(*(tput(P, id=S(str(n))) for n in range(101)))], refused(f"1 validation error detected: Value '[{TRANSACTED}]' at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100"), "words-of-request-checks"),
    Row("transact_nothing", [tx()], refused("1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1"), "words-of-request-checks"),
    Row("transact_empty_action", [tx({})], refused("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request")),
    Row("transact_two_in_one", [tx({**tput(P, id=S("a")), **tdel(P, id=S("b"))})], refused("TransactItems can only contain one of Check, Put, Update or Delete")),
    Row("transact_check_alone", [tx({"ConditionCheck": {"TableName": P, "Key": {"id": S("a")}}})], refused("1 validation error detected: Value null at 'transactItems.1.member.conditionCheck.conditionExpression' failed to satisfy constraint: Member must not be null")),
    Row("transact_no_key", [tx(tput(P, x=S("a")))], cancelled("One or more parameter values were invalid: Missing the key id in the item"), "key-in-transaction"),
    Row("transact_wrong_key", [tx(tdel(P, x=S("a")))], cancelled("The provided key element does not match the schema"), "key-in-transaction"),
    Row("transact_two_wrong_keys", [tx(tput(P, id=S("a"), ConditionExpression="attribute_exists(id)"), tput(P, id=N("7")), tput(P, id=N("8")), tput(P, id=S("b")))], cancelled(None, "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N", None, None), "key-in-transaction"),
    Row("transact_index_key", [tx(tput(P, id=S("a")), tput(O, p=S("a"), s=N("1"), g=N("1")))], refused("Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]", "TransactionCanceledException", CancellationReasons=[{"Code": "None"}, {"Code": "ValidationError", "Message": "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"}]), "words-of-item-checks"),
    Row("transact_update_key", [tx(tupd(P, "SET id = :x", V(x=S("b")), id=S("a")))], refused("Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]", "TransactionCanceledException", CancellationReasons=[{"Code": "ValidationError", "Message": "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key"}])),
    Row("transact_update_operand", [tx(tput(P, id=S("a")), tupd(P, "SET x = y", id=S("b")))], refused("Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]", "TransactionCanceledException", CancellationReasons=[{"Code": "None"}, {"Code": "ValidationError", "Message": "The provided expression refers to an attribute that does not exist in the item"}]), "update-in-transaction"),
    Row("transact_syntax", [tx(tupd(P, "SET x =", id=S("a")))], refused('Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "="')),
    Row("transact_unused", [tx(tput(P, ConditionExpression="a = :a", ExpressionAttributeValues=V(a=S("a"), b=S("b")), id=S("a")))], refused("Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}")),
    Row("transact_too_large", [tx(tput(P, id=S("a"), b=S("x" * 409_600)))], refused("Item size has exceeded the maximum allowed size")),
    Row("transact_no_table", [tx(tput("nowhere", id=S("a")))], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    Row("transact_long_token", [("TransactWriteItems", {"TransactItems": [tput(P, id=S("a"))], "ClientRequestToken": "x" * 37})], refused("1 validation error detected: Value 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36"), "words-of-request-checks"),
    Row("transact_get", [*LINES_OF_ORDERS, tget((O, {"p": S("a"), "s": N("1")}), (P, {"id": S("a")}), (O, {"p": S("b"), "s": N("1")}))], {"Responses": [{"Item": {"g": S("g"), "l": S("l3"), "p": S("a"), "s": N("1"), "x": S("x1"), "y": S("y" * 2000)}}, {}, {}]}),
    Row("transact_get_projection", [put(P, id=S("a"), x=N("1")), ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": P, "Key": {"id": S("a")}, "ProjectionExpression": "x"}}]})], {"Responses": [{"Item": {"x": N("1")}}]}),
    Row("transact_get_projection_of_nothing", [put(P, id=S("a"), x=N("1")), ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": P, "Key": {"id": S("a")}, "ProjectionExpression": "y"}}]})], {"Responses": [{}]}, "transact-get-nothing"),
    Row("transact_get_capacity", [("TransactGetItems", {"TransactItems": [{"Get": {"TableName": P, "Key": {"id": S("a")}}}], "ReturnConsumedCapacity": "TOTAL"})], {"ConsumedCapacity": [{"CapacityUnits": 2.0, "ReadCapacityUnits": 2.0, "TableName": "plain"}], "Responses": [{}]}, "transaction-units"),
    Row("transact_get_duplicates", [tget((P, {"id": S("a")}), (P, {"id": S("a")}))], refused("Transaction request cannot include multiple operations on one item")),
    Row("transact_get_nothing", [tget()], refused("1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1"), "words-of-request-checks"),
    Row("transact_get_no_table", [tget(("nowhere", {"id": S("a")}))], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    # tables
    Row("list_tables", [("ListTables", {})], {"TableNames": ["bytes", "many", "orders", "plain", "text"]}),
    Row("list_tables_limit", [("ListTables", {"Limit": 2})], {"LastEvaluatedTableName": "many", "TableNames": ["bytes", "many"]}),
    Row("list_tables_start", [("ListTables", {"ExclusiveStartTableName": "plain"})], {"TableNames": ["text"]}),
    Row("list_tables_limit_zero", [("ListTables", {"Limit": 0})], refused("1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"), "words-of-the-control-plane"),
    Row("list_tables_limit_high", [("ListTables", {"Limit": 101})], refused("1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100"), "words-of-the-control-plane"),
    Row("describe_missing", [("DescribeTable", {"TableName": "nowhere"})], refused("Requested resource not found: Table: nowhere not found", "ResourceNotFoundException"), "words-of-missing-table"),
    Row("delete_missing_table", [("DeleteTable", {"TableName": "nowhere"})], refused("Requested resource not found: Table: nowhere not found", "ResourceNotFoundException"), "words-of-the-control-plane"),
    Row("create_twice", [create(), create()], refused("Table already exists: extra", "ResourceInUseException"), "words-of-the-control-plane"),
    Row("create_delete_create", [create(), put("extra", id=S("a")), ("DeleteTable", {"TableName": "extra"}), create(), scn("extra")], {"Count": 0, "Items": [], "ScannedCount": 0}),
    *(Row(f"create_{name}", [create(**params)], refused(message), differs) for name, params, message, differs in BAD_TABLES),
)  # fmt: skip


BY_ROW = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])


@BY_ROW
def test_embedded(row: Row, local: LocalEngine) -> None:
    """The embedded engine answers as the row says."""
    check_embedded(row, local)


@pytest.mark.engine
@pytest.mark.ci
@BY_ROW
def test_dynamodb_local(row: Row, real: RealEngine) -> None:
    """DynamoDB Local answers the same, or differs as is known."""
    check_real(row, real)


BIG = 300_000


def big(count: int) -> list[Request]:
    """Items of 300,000 bytes in one partition."""
    return [put(T, p=S("a"), s=S(str(n)), b=S("x" * (BIG - 5))) for n in range(count)]


def pages(engine: Engine, request: Request) -> list[dict[str, Any]]:
    """All pages of a read."""
    operation, params = request
    found = [engine.call(operation, params)]
    while "LastEvaluatedKey" in found[-1]:
        found.append(engine.call(operation, {**params, "ExclusiveStartKey": found[-1]["LastEvaluatedKey"]}))
    return found


def check_large_pages(engine: Engine) -> None:
    """A page ends with the item that reaches 1 MB, and says so only if more follow."""
    for request in big(6):
        engine.call(*request)
    found = pages(engine, qry(T, "p = :p", V(p=S("a")), ReturnConsumedCapacity="TOTAL"))
    assert [page["ScannedCount"] for page in found] == [4, 2]
    assert [page["ConsumedCapacity"]["CapacityUnits"] for page in found] == [146.5, 73.5]
    assert [page["ScannedCount"] for page in pages(engine, scn(T, ProjectionExpression="s"))] == [4, 2]


def test_large_pages(local: LocalEngine) -> None:
    """Pages of the embedded engine."""
    check_large_pages(local)


@pytest.mark.engine
@pytest.mark.ci
def test_large_pages_dynamodb_local(real: RealEngine) -> None:
    """Pages of DynamoDB Local."""
    check_large_pages(real)


def test_a_page_is_cut_before_the_filter(local: LocalEngine) -> None:
    """What the filter drops fills the page all the same; DynamoDB Local, which filters first, is no judge here."""
    for request in big(5):
        local.call(*request)
    found = pages(local, qry(T, "p = :p", V(p=S("a")), FilterExpression="attribute_not_exists(b)"))
    assert [(page["Count"], page["ScannedCount"]) for page in found] == [(0, 4), (0, 1)]


@pytest.mark.parametrize("total", [1, 2, 3, 7, 1000])
def test_segments(local: LocalEngine, total: int) -> None:
    """Every item is in exactly one segment of a parallel scan, with pages or without."""
    items = [put(T, p=S(f"p{n // 3}"), s=S(str(n))) for n in range(60)]
    for request in items:
        local.call(*request)
    for limit in ({}, {"Limit": 2}):
        found = [
            item["s"]["S"]
            for segment in range(total)
            for page in pages(local, scn(T, Segment=segment, TotalSegments=total, **limit))
            for item in page["Items"]
        ]
        assert sorted(found, key=int) == [str(n) for n in range(60)]


def test_a_start_key_of_another_segment_is_refused(local: LocalEngine) -> None:
    """The key that one segment ended with can't begin another."""
    for n in range(20):
        local.call(*put(P, id=S(str(n))))
    last = local.call(*scn(P, Segment=0, TotalSegments=2, Limit=1))["LastEvaluatedKey"]
    with pytest.raises(LocalServiceError, match="correct Segment"):
        local.call(*scn(P, Segment=1, TotalSegments=2, ExclusiveStartKey=last))


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize(
    "query",
    [
        qry(O, "p = :p", V(p=S("a"))),
        qry(O, "g = :g", V(g=S("g")), IndexName="by-g"),
        qry(O, "g = :g", V(g=S("g")), IndexName="by-g-all"),
        qry(O, "p = :p", V(p=S("a")), IndexName="by-l"),
    ],
    ids=["table", "global", "global-ties", "local"],
)
def test_pages_are_the_whole(local: LocalEngine, query: Request, *, forward: bool) -> None:
    """Page after page gives what one query gives, each item once, in the same order."""
    for n in range(12):
        local.call(*put(O, p=S("ab"[n % 2]), s=N(n - 6), g=S("g"), l=S(str(n // 4))))
    operation, params = query
    params = {**params, "ScanIndexForward": forward}
    whole = local.call(operation, params)["Items"]
    assert len(whole) >= 6
    for limit in (1, 5):
        found = pages(local, (operation, {**params, "Limit": limit}))
        assert [item for page in found for item in page["Items"]] == whole


def test_description(local: LocalEngine) -> None:
    """A table is described as it was made, with its indexes, counts and sizes."""
    local.call(*put(O, **ORDER))
    table = local.call("DescribeTable", {"TableName": O})["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["KeySchema"] == key("p", sort=("s",))
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert (table["ItemCount"], table["TableSizeBytes"]) == (1, 11)
    assert {part["IndexName"]: part["IndexSizeBytes"] for part in table["GlobalSecondaryIndexes"]} == {
        "by-g": 7,
        "by-g-all": 11,
    }
    assert table["LocalSecondaryIndexes"][0]["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}
    assert local.call("DescribeTable", {"TableName": table["TableArn"]})["Table"] == table


@pytest.mark.engine
@pytest.mark.ci
def test_description_dynamodb_local(local: LocalEngine, real: RealEngine) -> None:
    """DynamoDB Local describes the same tables alike, apart from times and names; it counts whole items in indexes."""
    for engine in (local, real):
        for request in LINES_OF_ORDERS:
            engine.call(*request)
    own = {"CreationDateTime", "TableArn", "TableId", "ProvisionedThroughput", "BillingModeSummary"}
    own |= {"IndexArn", "IndexSizeBytes", "WarmThroughput"}

    def parts(engine: Engine) -> dict[str, Any]:
        table = engine.call("DescribeTable", {"TableName": O})["Table"]
        for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            table[member] = [
                {name: part[name] for name in part if name not in own}
                for part in sorted(table[member], key=lambda part: str(part["IndexName"]))
            ]
        table["AttributeDefinitions"].sort(key=repr)
        return {name: value for name, value in table.items() if name not in own}

    assert parts(local) == parts(real)


def test_batch_get_of_more_than_16_mb(local: LocalEngine) -> None:
    """What does not fit into 16 MB comes back as unprocessed, and can be sent as it is."""
    for n in range(50):
        local.call(*put(P, id=S(str(n)), b=S("x" * 400_000)))
    wanted: dict[str, Any] = {P: {"Keys": [{"id": S(str(n))} for n in range(50)], "ProjectionExpression": "id"}}
    found: list[str] = []
    sent = 0
    while wanted:
        answer = local.call("BatchGetItem", {"RequestItems": wanted})
        found += [item["id"]["S"] for item in answer["Responses"][P]]
        wanted = answer["UnprocessedKeys"]
        sent += 1
    assert sorted(found, key=int) == [str(n) for n in range(50)]
    assert sent == 2


def test_deletion_protection(local: LocalEngine) -> None:
    """A protected table is not deleted."""
    local.call(*create(DeletionProtectionEnabled=True))
    with pytest.raises(LocalServiceError, match="protected against deletion"):
        local.call("DeleteTable", {"TableName": "extra"})


def test_nothing_is_shared_with_the_caller(local: LocalEngine) -> None:
    """What was passed in, and what was answered, may be changed without changing the store."""
    item: dict[str, Any] = {"id": S("a"), "l": {"L": [N("1")]}, "m": {"M": {"k": {"SS": ["x"]}}}}
    local.call("PutItem", {"TableName": P, "Item": item})
    item["l"]["L"].append(N("2"))
    values = V(v={"L": [N("7")]})
    answers = [
        local.call(*upd(P, "SET v = :v", values, ReturnValues="ALL_NEW", id=S("a"))),
        local.call(*upd(P, "SET v = :v", values, ReturnValues="UPDATED_NEW", id=S("a"))),
        local.call(*scn(P))["Items"][0],
        local.call(*get(P, id=S("a")))["Item"],
    ]
    values[":v"]["L"].clear()
    answers[0]["Attributes"]["l"]["L"].clear()
    answers[1]["Attributes"]["v"]["L"].clear()
    answers[2]["m"]["M"].clear()
    answers[3]["id"]["S"] = "b"
    assert local.call(*get(P, id=S("a")))["Item"] == {
        "id": S("a"),
        "l": {"L": [N("1")]},
        "m": {"M": {"k": {"SS": ["x"]}}},
        "v": {"L": [N("7")]},
    }
    assert local.call("DescribeTable", {"TableName": O})["Table"]["KeySchema"].pop()
    assert len(local.call("DescribeTable", {"TableName": O})["Table"]["KeySchema"]) == 2


def test_bytes_like_values_become_bytes(local: LocalEngine) -> None:
    """B is taken as bytes, bytearray or memoryview."""
    local.call(*put(P, id=S("a"), x={"B": bytearray(b"x")}, y={"BS": [memoryview(b"y")]}))
    assert local.call(*get(P, id=S("a")))["Item"] == {"id": S("a"), "x": {"B": b"x"}, "y": {"BS": [b"y"]}}


@pytest.mark.parametrize(
    "request_",
    [
        ("GetItem", {"TableName": 1, "Key": {}}),
        ("GetItem", {"TableName": P, "Key": "a"}),
        ("GetItem", {"TableName": P, "Key": {"id": "a"}}),
        ("GetItem", {"TableName": P, "Key": {"id": S("a")}, "ConsistentRead": "yes"}),
        ("Query", {"TableName": P, "Limit": "1"}),
        ("PutItem", {"TableName": P, "Item": {"id": {"S": 1}}}),
        ("PutItem", {"TableName": P, "Item": {"id": S("a"), "x": {"BOOL": "true"}}}),
        ("PutItem", {"TableName": P, "Item": {"id": S("a"), "x": {"L": {}}}}),
        ("PutItem", {"TableName": P, "Item": {"id": S("a"), "x": {"N": 1}}}),
    ],
    ids=repr,
)
def test_wrong_types(local: LocalEngine, request_: Request) -> None:
    """A member of the wrong type is a SerializationException, never a Python error."""
    with pytest.raises(LocalServiceError) as caught:
        local.call(*request_)
    assert caught.value.code == "SerializationException"


def test_unknown_operation(local: LocalEngine) -> None:
    """An operation the engine does not have is refused by name."""
    with pytest.raises(LocalServiceError, match="ExportTableToPointInTime"):
        local.call("ExportTableToPointInTime", {})


def test_token_is_forgotten_after_ten_minutes() -> None:
    """A token protects for ten minutes; afterwards it is a new request."""
    now = 1_000_000.0
    engine = LocalEngine(clock=lambda: now)
    engine.call(*create())
    add = {"TransactItems": [tupd("extra", "ADD n :o", V(o=N(1)), id=S("a"))], "ClientRequestToken": "t"}
    for seconds, expected in ((0, "1"), (599, "1"), (1, "2"), (1, "2")):
        now += seconds
        engine.call("TransactWriteItems", add)
        assert engine.call(*get("extra", id=S("a")))["Item"]["n"] == N(expected)
    engine.close()


def test_a_cancelled_transaction_uses_no_token(local: LocalEngine) -> None:
    """After a cancelled transaction the same token may carry the same, or another one."""
    request = {"TransactItems": [tcheck(P, "attribute_exists(id)", id=S("a"))], "ClientRequestToken": "t"}
    with pytest.raises(LocalServiceError):
        local.call("TransactWriteItems", request)
    local.call(*put(P, id=S("a")))
    local.call("TransactWriteItems", request)


def test_threads(local: LocalEngine) -> None:
    """Increments from many threads are all counted, alone and in transactions."""

    def work(number: int) -> None:
        for _ in range(50):
            local.call(*upd(P, "ADD n :o", V(o=N(1)), id=S("a")))
            local.call(*tx(tupd(P, "ADD n :o", V(o=N(1)), id=S("a")), tput(P, id=S(f"thread-{number}"))))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert local.call(*get(P, id=S("a")))["Item"]["n"] == N(800)


def test_file(tmp_path: Path) -> None:
    """A file keeps tables, items, indexes and tokens from one engine to the next, and two engines see each other."""
    path = str(tmp_path / "dev.db")
    first = LocalEngine(path)
    for request in (*TABLES, *LINES_OF_ORDERS):
        first.call(*request)
    second = LocalEngine(path)
    assert second.call(*qry(O, "g = :g", V(g=S("g")), IndexName="by-g", Select="COUNT"))["Count"] == 3
    second.call(*create())
    first.call(*put("extra", id=S("a")))
    second.call("DeleteTable", {"TableName": "extra"})
    with pytest.raises(LocalServiceError, match="resource not found"):
        first.call(*get("extra", id=S("a")))
    first.close()
    second.close()
    third = LocalEngine(path)
    assert third.call(*scn(O, Select="COUNT"))["Count"] == len(LINES_OF_ORDERS)
    third.close()


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """A file that is no database of ours is refused, and not changed."""
    path = tmp_path / "notes.txt"
    path.write_text("dear diary, " * 1000)
    with pytest.raises(ArgumentError, match=r"notes\.txt"):
        LocalEngine(str(path))
    assert path.read_text() == "dear diary, " * 1000


names = st.sampled_from(["a", "b"])
numbers = st.sampled_from(["0", "1", "-3", "2.5"])
texts = st.sampled_from(["", "x", "xy", "é"])
values = st.one_of(
    st.builds(N, numbers),
    st.builds(S, texts),
    st.sets(texts, min_size=1).map(lambda found: {"SS": sorted(found)}),
    st.lists(st.builds(N, numbers), max_size=2).map(lambda found: {"L": found}),
    st.dictionaries(st.sampled_from(["k", "j"]), st.builds(N, numbers)).map(lambda found: {"M": found}),
    st.just({"NULL": True}),
)
keys = st.fixed_dictionaries({"p": st.builds(S, names), "s": st.builds(N, numbers)})
items = st.fixed_dictionaries(
    {"p": st.builds(S, names), "s": st.builds(N, numbers)},
    optional={
        "g": st.builds(S, names),
        "l": st.builds(S, names),
        "x": values,
        "n": st.builds(N, numbers),
        "t": st.just({"SS": ["x"]}),
        "m": st.just({"M": {"k": N(1)}}),
        "y": st.just(S("y" * 1500)),
    },
)
CONDITIONS = [
    (None, {}),
    ("attribute_not_exists(p)", {}),
    ("attribute_exists(g) OR x = :x", V(x=N(1))),
    ("n < :n", V(n=N(1))),
    ("contains(t, :t) AND size(x) >= :z", V(t=S("x"), z=N(1))),
    ("NOT begins_with(x, :b)", V(b=S("x"))),
]
UPDATES = [
    ("SET x = :v", V(v=S("new"))),
    ("SET x = :v REMOVE g, l", V(v=N(2))),
    ("SET g = :g, l = :g", V(g=S("b"))),
    ("SET g = :g", V(g=N(1))),
    ("ADD n :o", V(o=N("1.5"))),
    ("SET n = if_not_exists(n, :z) + :o", V(z=N(0), o=N(3))),
    ("SET n = n - :o", V(o=N(3))),
    ("ADD t :t SET x = t", V(t={"SS": ["x", "y"]})),
    ("DELETE t :t SET y = :o", V(t={"SS": ["x"]}, o=S("o"))),
    ("SET q = list_append(if_not_exists(q, :e), :v)", V(e={"L": []}, v={"L": [N(1)]})),
    ("SET m.k = m.k + :o", V(o=N(1))),
    ("SET x[1] = :o, y = :o REMOVE m.k", V(o=N(1))),
]
conditions = st.sampled_from(CONDITIONS)


def conditional(request: Request, condition: tuple[str | None, dict[str, Any]]) -> Request:
    """The request under a condition."""
    text, more = condition
    if text is None:
        return request
    operation, params = request
    given = {**params.get("ExpressionAttributeValues", {}), **more}
    params = {**params, "ConditionExpression": text, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return operation, {**params, "ExpressionAttributeValues": given} if given else params


billed: dict[str, Any] = {"ReturnConsumedCapacity": "INDEXES"}
puts = st.builds(
    lambda item, condition, old: conditional(put(O, ReturnValues=old, **billed, **item), condition),
    items,
    conditions,
    st.sampled_from(["NONE", "ALL_OLD"]),
)
updates = st.builds(
    lambda where, update, condition, returned: conditional(
        upd(O, update[0], update[1], ReturnValues=returned, **billed, **where), condition
    ),
    keys,
    st.sampled_from(UPDATES),
    conditions,
    st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW"]),
)
deletes = st.builds(
    lambda where, condition: conditional(rem(O, ReturnValues="ALL_OLD", **billed, **where), condition), keys, conditions
)
actions = st.one_of(
    st.builds(lambda item, condition: {"Put": conditional(put(O, **item), condition)[1]}, items, conditions),
    st.builds(lambda where, condition: {"Delete": conditional(rem(O, **where), condition)[1]}, keys, conditions),
    st.builds(
        lambda where, condition: {"Update": conditional(upd(O, "SET g = :g", V(g=S("b")), **where), condition)[1]},
        keys,
        conditions,
    ),
    st.builds(lambda where: tcheck(O, "attribute_exists(p)", **where), keys),
)


def target(action: dict[str, Any]) -> str:
    """The item an action is about."""
    (params,) = action.values()
    found = params.get("Key") or params.get("Item")
    return repr((found["p"], found["s"]))


# One action for an item: DynamoDB Local would let a check and a delete of one item pass, the service does not.
transactions = st.lists(actions, min_size=1, max_size=3, unique_by=target).map(lambda found: tx(*found))
batches = st.lists(
    st.one_of(st.builds(lambda item: bput(**item), items), st.builds(lambda where: bdel(**where), keys)),
    min_size=1,
    max_size=3,
    unique_by=target,
).map(lambda found: ("BatchWriteItem", {"RequestItems": {O: found}}))
histories = st.lists(st.one_of(puts, updates, deletes, transactions, batches), min_size=1, max_size=12)


def comparable(answer: Any) -> object:
    """What two engines must agree in: everything but words, and what the known exceptions name."""
    if isinstance(answer, Refused):
        items_of = [reason.get("Item") for reason in answer.body.get("CancellationReasons", ())]
        # partiql-duplicate
        said = [code.replace("DuplicateItemException", "DuplicateItem") for code in codes(answer)]
        return said, by_value(answer.body.get("Item")), by_value(items_of)
    answer = by_value(answer)
    if "Items" in answer:
        answer["Items"].sort(key=repr)
    return answer


def by_value(value: Any) -> Any:
    """A copy with canonical numbers: DynamoDB Local keeps some as they were spelled (number-text)."""
    if isinstance(value, Mapping):
        if list(value) == ["N"]:
            return N(check_number(value["N"]))
        return {name: by_value(value[name]) for name in value}
    if isinstance(value, list):
        return [by_value(each) for each in value]
    return value


def check_history(local: LocalEngine, real: RealEngine, history: list[Request]) -> None:
    """Both engines answer each request alike, and hold the same items in the table and in every index."""
    empty(local)
    empty(real)
    for request in history:
        assert comparable(outcome(local, [request])) == comparable(outcome(real, [request])), request
    for index_name in (None, "by-g", "by-g-all", "by-l"):
        read = scn(O, **({"IndexName": index_name} if index_name else {}))
        found, expected = comparable(outcome(local, [read])), comparable(outcome(real, [read]))
        assert found == expected, index_name


FIXTURES = hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])


@pytest.mark.engine
@pytest.mark.ci
@FIXTURES
@hypothesis.given(history=histories)
def test_histories(local: LocalEngine, real_tables: RealEngine, history: list[Request]) -> None:
    """Any sequence of writes has the same outcomes and leaves the same items on both engines."""
    check_history(local, real_tables, history)
    empty(real_tables)


@pytest.mark.engine
@pytest.mark.ci
@FIXTURES
@hypothesis.given(history=st.lists(st.one_of(puts, updates, deletes, transactions, batches), min_size=15, max_size=40))
def test_long_histories(local: LocalEngine, real_tables: RealEngine, history: list[Request]) -> None:
    """The same of long sequences, in which items collide more often."""
    check_history(local, real_tables, history)
    empty(real_tables)
