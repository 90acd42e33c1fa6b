"""What do the parameters mean that expressions replaced?  Row by row, on the embedded engine and on DynamoDB Local."""

# ruff: noqa: E501  a row is a line, so that rows can be compared

from typing import Any

import pytest

from dynexpr.local import LocalEngine
from tests.local_rows import (
    LINES_OF_ORDERS,
    N,
    O,
    P,
    RealEngine,
    Refused,
    Request,
    Row,
    S,
    V,
    check_embedded,
    check_real,
    counted,
    get,
    put,
    refused,
)

FULL: dict[str, Any] = {
    "id": S("a"),
    "n": N(1),
    "s": S("abc"),
    "l": {"L": [S("x")]},
    "ss": {"SS": ["a", "b"]},
    "t": {"BOOL": True},
    "b": {"B": b"ab"},
}
FAILED = refused("The conditional request failed", "ConditionalCheckFailedException")
INVALID = "One or more parameter values were invalid: "
MIXED = "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {%s} Expression parameters: {%s}"
WORDS = "words-of-item-checks"


def c(operator: str, *values: dict[str, Any]) -> dict[str, Any]:
    """A condition."""
    return {"ComparisonOperator": operator, **({"AttributeValueList": list(values)} if values else {})}


def expecting(**terms: Any) -> list[Any]:
    """The full item, and a put of it under a condition."""
    return [put(P, **FULL), put(P, Expected=terms, **FULL)]


def changed(**updates: Any) -> list[Any]:
    """The full item, an update of it, and the item that is there afterwards."""
    return [put(P, **FULL), update(AttributeUpdates=updates), get(P, id=S("a"))]


def update(**params: Any) -> Request:
    """An update of the item."""
    return "UpdateItem", {"TableName": P, "Key": {"id": S("a")}, **params}


def query(conditions: Any, **params: Any) -> list[Any]:
    """A query of the table of orders by KeyConditions."""
    return [*LINES_OF_ORDERS, ("Query", {"TableName": O, "KeyConditions": conditions, **params})]


def found(*sorts: int, scanned: int | None = None) -> dict[str, Any]:
    """The orders with these sort keys."""
    return {
        "Items": [{"s": N(sort)} for sort in sorts],
        "Count": len(sorts),
        "ScannedCount": len(sorts) if scanned is None else scanned,
    }


HOLDS: list[tuple[str, dict[str, Any]]] = [
    ("equal", {"n": c("EQ", N("1.0"))}),
    ("equal_set", {"ss": c("EQ", {"SS": ["b", "a"]})}),
    ("equal_value", {"n": {"Value": N(1)}}),
    ("equal_exists", {"n": {"Value": N(1), "Exists": True}}),
    ("value_for_a_list", {"n": {"Value": N(2), "ComparisonOperator": "LT"}}),
    ("absent", {"zz": {"Exists": False}}),
    ("null", {"zz": c("NULL")}),
    ("not_null", {"n": c("NOT_NULL")}),
    ("unequal", {"n": c("NE", N(2))}),
    ("unequal_type", {"n": c("NE", S("1"))}),
    ("unequal_missing", {"zz": c("NE", S("1"))}),
    ("less", {"n": c("LT", N(2))}),
    ("less_equal", {"s": c("LE", S("abc"))}),
    ("greater", {"b": c("GT", {"B": b"aa"})}),
    ("greater_equal", {"n": c("GE", N(1))}),
    ("begins", {"s": c("BEGINS_WITH", S("ab"))}),
    ("contains_text", {"s": c("CONTAINS", S("bc"))}),
    ("contains_member", {"ss": c("CONTAINS", S("a"))}),
    ("contains_element", {"l": c("CONTAINS", S("x"))}),
    ("lacks_text", {"s": c("NOT_CONTAINS", S("z"))}),
    ("lacks_another_type", {"n": c("NOT_CONTAINS", S("z"))}),
    ("in", {"n": c("IN", N(3), N(1))}),
    ("between", {"n": c("BETWEEN", N(1), N(3))}),
    ("nothing_expected", {}),
    ("all", {"n": c("EQ", N(1)), "s": c("EQ", S("abc"))}),
]
FAILS: list[tuple[str, dict[str, Any]]] = [
    ("equal", {"n": c("EQ", N(2))}),
    ("equal_type", {"n": c("EQ", S("1"))}),
    ("present", {"n": {"Exists": False}}),
    ("null", {"n": c("NULL")}),
    ("not_null", {"zz": c("NOT_NULL")}),
    ("less_type", {"n": c("LT", S("2"))}),
    ("less_missing", {"zz": c("LT", N(2))}),
    ("contains_bool", {"s": c("CONTAINS", {"BOOL": True})}),
    ("lacks_what_is_missing", {"zz": c("NOT_CONTAINS", S("a"))}),
    ("in_empty_text", {"s": c("IN", S(""))}),
    ("one_of_two", {"n": c("EQ", N(1)), "s": c("EQ", S("z"))}),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "no_argument",
        {"n": {"ComparisonOperator": "EQ", "AttributeValueList": []}},
        INVALID + "Invalid number of argument(s) for the EQ ComparisonOperator",
    ),
    (
        "two_arguments",
        {"n": c("EQ", N(1), N(2))},
        INVALID + "Invalid number of argument(s) for the EQ ComparisonOperator",
    ),
    (
        "null_argument",
        {"n": c("NULL", N(1))},
        INVALID + "Invalid number of argument(s) for the NULL ComparisonOperator",
    ),
    (
        "one_bound",
        {"n": c("BETWEEN", N(1))},
        INVALID + "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
    ),
    (
        "no_value",
        {"n": c("EQ")},
        INVALID + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: n",
    ),
    (
        "exists_with_operator",
        {"n": {"ComparisonOperator": "EQ", "Value": N(1), "Exists": True}},
        INVALID + "Exists and ComparisonOperator cannot be used together for Attribute: n",
    ),
    (
        "value_twice",
        {"n": {"ComparisonOperator": "EQ", "Value": N(1), "AttributeValueList": [N(1)]}},
        INVALID + "Value and AttributeValueList cannot be used together for Attribute: n",
    ),
    (
        "list_alone",
        {"n": {"AttributeValueList": [N(1)]}},
        INVALID + "AttributeValueList can only be used with a ComparisonOperator for Attribute: n",
    ),
    ("exists_alone", {"n": {"Exists": True}}, INVALID + "Value must be provided when Exists is true for Attribute: n"),
    ("empty_expectation", {"n": {}}, INVALID + "Value must be provided when Exists is null for Attribute: n"),
    (
        "absent_with_value",
        {"n": {"Exists": False, "Value": N(1)}},
        INVALID + "Value cannot be used when Exists is false for Attribute: n",
    ),
    (
        "order_of_sets",
        {"n": c("LT", {"SS": ["a"]})},
        INVALID + "ComparisonOperator LT is not valid for SS AttributeValue type",
    ),
    (
        "order_of_flags",
        {"n": c("GE", {"BOOL": True})},
        INVALID + "ComparisonOperator GE is not valid for BOOL AttributeValue type",
    ),
    (
        "prefix_number",
        {"n": c("BEGINS_WITH", N(1))},
        INVALID + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
    ),
    (
        "contains_list",
        {"n": c("CONTAINS", {"L": []})},
        INVALID + "ComparisonOperator CONTAINS is not valid for L AttributeValue type",
    ),
    (
        "lacks_map",
        {"n": c("NOT_CONTAINS", {"M": {}})},
        INVALID + "ComparisonOperator NOT_CONTAINS is not valid for M AttributeValue type",
    ),
    (
        "in_flags",
        {"n": c("IN", {"BOOL": True})},
        INVALID + "ComparisonOperator IN is not valid for BOOL AttributeValue type",
    ),
    (
        "in_types",
        {"n": c("IN", S("a"), N(1))},
        INVALID + "AttributeValues inside AttributeValueList must be of same type",
    ),
    (
        "bounds_turned",
        {"n": c("BETWEEN", N(2), N(1))},
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
    ),
    (
        "two_types",
        {"n": c("EQ", {"S": "a", "N": "1"})},
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
    ),
    ("empty_set", {"n": c("EQ", {"NS": []})}, INVALID + "An number set  may not be empty"),
]
PK = c("EQ", S("a"))
ROWS: tuple[Row, ...] = (
    *(Row(f"expected_{name}", expecting(**terms), {}) for name, terms in HOLDS),
    *(Row(f"unexpected_{name}", expecting(**terms), FAILED) for name, terms in FAILS),
    *(Row(f"refused_{name}", expecting(**terms), counted(message)) for name, terms, message in REFUSED),
    Row("either", [put(P, **FULL), put(P, Expected={"n": c("EQ", N(1)), "s": c("EQ", S("z"))}, ConditionalOperator="OR", **FULL)], {}),
    Row("neither", [put(P, **FULL), put(P, Expected={"n": c("EQ", N(2)), "s": c("EQ", S("z"))}, ConditionalOperator="OR", **FULL)], FAILED),
    Row("operator_alone", [put(P, ConditionalOperator="OR", **FULL)], counted("ConditionalOperator cannot be used without Filter or Expected")),
    Row("operator_of_one", [put(P, ConditionalOperator="OR", Expected={"n": c("NULL")}, **FULL)], counted("ConditionalOperator can only be used when Filter or Expected has two or more elements")),
    Row("failed_with_item", [put(P, id=S("a")), put(P, Expected={"id": {"Exists": False}}, ReturnValuesOnConditionCheckFailure="ALL_OLD", **FULL)], refused("The conditional request failed", "ConditionalCheckFailedException", Item={"id": S("a")})),
    Row("delete_expecting", [put(P, **FULL), ("DeleteItem", {"TableName": P, "Key": {"id": S("a")}, "Expected": {"n": {"Value": N(2)}}})], FAILED),
    Row("update_expecting", [put(P, **FULL), update(Expected={"n": {"Value": N(1)}}, AttributeUpdates={"n": {"Value": N(2)}}, ReturnValues="UPDATED_NEW")], {"Attributes": {"n": N(2)}}, "update-without-action"),
    # AttributeUpdates.
    Row("put_attribute", changed(n={"Value": S("new")}), {"Item": {**FULL, "n": S("new")}}, "update-without-action"),
    Row("put_action", changed(z={"Action": "PUT", "Value": {"M": {}}}), {"Item": {**FULL, "z": {"M": {}}}}),
    Row("add_number", changed(n={"Action": "ADD", "Value": N(2)}), {"Item": {**FULL, "n": N(3)}}),
    Row("add_new_number", changed(z={"Action": "ADD", "Value": N(2)}), {"Item": {**FULL, "z": N(2)}}),
    Row("add_members", changed(ss={"Action": "ADD", "Value": {"SS": ["b", "c"]}}), {"Item": {**FULL, "ss": {"SS": ["a", "b", "c"]}}}),
    Row("add_elements", changed(l={"Action": "ADD", "Value": {"L": [N(1)]}}), {"Item": {**FULL, "l": {"L": [S("x"), N(1)]}}}),
    Row("add_new_elements", changed(z={"Action": "ADD", "Value": {"L": [N(1)]}}), {"Item": {**FULL, "z": {"L": [N(1)]}}}),
    Row("delete_attribute", changed(n={"Action": "DELETE"}, zz={"Action": "DELETE"}), {"Item": {name: wire for name, wire in FULL.items() if name != "n"}}),
    Row("delete_members", changed(ss={"Action": "DELETE", "Value": {"SS": ["a", "z"]}}), {"Item": {**FULL, "ss": {"SS": ["b"]}}}),
    Row("delete_all_members", changed(ss={"Action": "DELETE", "Value": {"SS": ["a", "b"]}}), {"Item": {name: wire for name, wire in FULL.items() if name != "ss"}}),
    Row("updates_of_a_new_item", [update(AttributeUpdates={"n": {"Value": N(1)}}), get(P, id=S("a"))], {"Item": {"id": S("a"), "n": N(1)}}, "update-without-action"),
    Row("no_updates", [update(AttributeUpdates={}), get(P, id=S("a"))], {"Item": {"id": S("a")}}),
    Row("delete_of_nothing", [update(AttributeUpdates={"n": {"Action": "DELETE"}}), get(P, id=S("a"))], {}, "remove-of-missing-item"),
    Row("value_missing", changed(n={})[:2], counted(INVALID + "Only DELETE action is allowed when no attribute value is specified")),
    Row("added_value_missing", changed(n={"Action": "ADD"})[:2], counted(INVALID + "Only DELETE action is allowed when no attribute value is specified")),
    Row("add_text", changed(n={"Action": "ADD", "Value": S("a")})[:2], counted(INVALID + "ADD action is not supported for the type S"), WORDS),
    Row("delete_text", changed(n={"Action": "DELETE", "Value": S("a")})[:2], counted(INVALID + "DELETE action with value is not supported for the type S"), WORDS),
    Row("add_set_to_number", changed(n={"Action": "ADD", "Value": {"SS": ["a"]}})[:2], refused("Type mismatch for attribute to update")),
    Row("add_list_to_number", changed(n={"Action": "ADD", "Value": {"L": [N(1)]}})[:2], refused("Type mismatch for attribute to update")),
    Row("update_key", changed(id={"Value": S("b")})[:2], refused(INVALID + "Cannot update attribute id. This attribute is part of the key")),
    Row("update_no_name", changed(**{"": {"Value": S("b")}})[:2], counted("Empty attribute name")),
    Row("unknown_action", changed(n={"Action": "SOME", "Value": N(1)})[:2], refused("1 validation error detected: Value 'SOME' at 'attributeUpdates.n.member.action' failed to satisfy constraint: Member must satisfy enum value set: [ADD, DELETE, PUT]"), "words-of-request-checks"),
    # AttributesToGet.
    Row("some_attributes", [put(P, **FULL), get(P, AttributesToGet=["n", "zz"], id=S("a"))], {"Item": {"n": N(1)}}),
    Row("attribute_with_a_dot", [put(P, **{"id": S("a"), "x.y": N(1), "x": {"M": {"y": N(2)}}}), get(P, AttributesToGet=["x.y"], id=S("a"))], {"Item": {"x.y": N(1)}}),
    Row("same_attribute", [get(P, AttributesToGet=["n", "n"], id=S("a"))], refused(INVALID + "Duplicate value in attribute name: n"), WORDS),
    Row("some_attributes_in_a_batch", [put(P, **FULL), ("BatchGetItem", {"RequestItems": {P: {"Keys": [{"id": S("a")}], "AttributesToGet": ["t"]}}})], {"Responses": {P: [{"t": {"BOOL": True}}]}, "UnprocessedKeys": {}}),
    Row("mixed_in_a_batch", [("BatchGetItem", {"RequestItems": {P: {"Keys": [{"id": S("a")}], "AttributesToGet": ["t"], "ProjectionExpression": "t"}}})], refused(MIXED % ("AttributesToGet", "ProjectionExpression"))),
    Row("mixed_between_tables", [("BatchGetItem", {"RequestItems": {P: {"Keys": [{"id": S("a")}], "AttributesToGet": ["t"]}, O: {"Keys": [{"p": S("a"), "s": N(1)}], "ProjectionExpression": "t"}}})], refused(MIXED % ("AttributesToGet", "ProjectionExpression"))),
    # KeyConditions, QueryFilter, ScanFilter.
    Row("partition", query({"p": PK}, AttributesToGet=["s"]), found(-5, 1, 2, 3, 10)),
    Row("backwards", query({"p": PK, "s": c("GE", N(2))}, AttributesToGet=["s"], ScanIndexForward=False), found(10, 3, 2)),
    Row("between_keys", query({"p": PK, "s": c("BETWEEN", N(1), N(3))}, AttributesToGet=["s"]), found(1, 2, 3)),
    Row("with_expressions", query({"p": PK}, ProjectionExpression="s", FilterExpression="attribute_exists(g) AND x <> :x", ExpressionAttributeValues=V(x=S("x1"))), found(2, 10, scanned=5)),
    Row("index", query({"g": c("EQ", S("h"))}, IndexName="by-g", AttributesToGet=["s"]), found(10)),
    Row("filtered", query({"p": PK}, AttributesToGet=["s"], QueryFilter={"x": c("IN", S("x1"), S("x3"))}), found(1, 3, scanned=5)),
    Row("filtered_either", query({"p": PK}, AttributesToGet=["s"], QueryFilter={"x": c("EQ", S("x1")), "g": c("NULL")}, ConditionalOperator="OR"), found(-5, 1, 3, scanned=5)),
    Row("count_filtered", query({"p": PK}, Select="COUNT", QueryFilter={"g": c("NOT_NULL")}), {"Count": 3, "ScannedCount": 5}),
    Row("scan_filtered", [*LINES_OF_ORDERS, ("Scan", {"TableName": O, "AttributesToGet": ["s"], "ScanFilter": {"p": c("EQ", S("b"))}})], found(4, scanned=6)),
    Row("scan_unfiltered", [("Scan", {"TableName": O, "ScanFilter": {}})], {"Items": [], "Count": 0, "ScannedCount": 0}),
    Row("no_key_conditions", query({}), refused("Conditions can be of length 1 or 2 only"), WORDS),
    Row("three_key_conditions", query({"p": PK, "s": c("GT", N(1)), "x": PK}), refused("Conditions can be of length 1 or 2 only")),
    Row("no_partition", query({"s": c("EQ", N(1))}), refused("Query condition missed key schema element: p"), "missed-key-element"),
    Row("no_key_attribute", query({"p": PK, "x": PK}), refused("Query condition missed key schema element: s"), "missed-key-element"),
    Row("partition_range", query({"p": c("LT", S("a"))}), refused("Query key condition not supported")),
    Row("sort_in", query({"p": PK, "s": c("IN", N(1))}), refused("Attempted conditional constraint is not an indexable operation")),
    Row("sort_prefix_of_number", query({"p": PK, "s": c("BEGINS_WITH", N(1))}), refused(INVALID + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type")),
    Row("sort_type", query({"p": PK, "s": c("EQ", S("1"))}), refused(INVALID + "Condition parameter type does not match schema type")),
    Row("empty_partition", query({"p": c("EQ", S(""))}), refused("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p")),
    Row("filter_on_key", query({"p": PK}, QueryFilter={"s": c("EQ", N(1)), "x": PK}), refused("QueryFilter can only contain non-primary key attributes: Primary key attribute: s")),
    Row("filter_operator", query({"p": PK}, QueryFilter={"x": PK}, ConditionalOperator="AND"), refused("ConditionalOperator can only be used when Filter or Expected has two or more elements")),
    Row("count_attributes", query({"p": PK}, AttributesToGet=["s"], Select="COUNT"), refused("Cannot specify the AttributesToGet when choosing to get only the Count")),
    Row("all_attributes", query({"p": PK}, AttributesToGet=["s"], Select="ALL_ATTRIBUTES"), refused("Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES")),
    # Both at once.
    Row("mixed_put", [put(P, Expected={"n": c("NULL")}, ConditionExpression="attribute_exists(id)", **FULL)], counted(MIXED % ("Expected", "ConditionExpression"))),
    Row("mixed_update", [update(AttributeUpdates={"n": {"Value": N(1)}}, UpdateExpression="REMOVE n", Expected={"n": c("NULL")}, ConditionExpression="attribute_exists(id)", ConditionalOperator="OR")], counted(MIXED % ("AttributeUpdates, Expected, ConditionalOperator", "UpdateExpression, ConditionExpression"))),
    Row("mixed_get", [get(P, AttributesToGet=["n"], ProjectionExpression="n", id=S("a"))], refused(MIXED % ("AttributesToGet", "ProjectionExpression"))),
    Row("mixed_query", query({"p": PK}, KeyConditionExpression="p = :p", ExpressionAttributeValues=V(p=S("a"))), refused(MIXED % ("KeyConditions", "KeyConditionExpression"))),
    Row("mixed_filter", query({"p": PK}, ProjectionExpression="s", QueryFilter={"x": PK}), refused(MIXED % ("QueryFilter", "ProjectionExpression"))),
    Row("mixed_scan", [("Scan", {"TableName": O, "ProjectionExpression": "s", "AttributesToGet": ["s"], "ConditionalOperator": "OR"})], refused(MIXED % ("AttributesToGet, ConditionalOperator", "ProjectionExpression"))),
    Row("names_without_expression", [put(P, Expected={"n": c("NULL")}, ExpressionAttributeNames={"#n": "n"}, **FULL)], counted("ExpressionAttributeNames can only be specified when using expressions")),
    Row("values_without_expression", [put(P, Expected={"n": c("NULL")}, ExpressionAttributeValues=V(n=N(1)), **FULL)], counted("ExpressionAttributeValues can only be specified when using expressions"), "words-of-item-checks"),
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


def test_half_of_the_rows_are_refusals() -> None:
    """Bad input is as well covered as good."""
    assert sum(isinstance(row.expected, Refused) for row in ROWS) * 5 >= len(ROWS) * 2
