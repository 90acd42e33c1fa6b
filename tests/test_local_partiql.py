"""What do PartiQL statements answer?  Row by row, on the embedded engine and on DynamoDB Local.

Rules and words: https://github.com/paritysuite/dynamodb-conformance (tests/tier2/partiql, tests/tier3/error-messages),
whose authors recorded the service's answers.
"""

# ruff: noqa: E501  a row is a line, so that rows can be compared

from typing import Any

import pytest

from dynexpr.local import LocalEngine, LocalServiceError
from tests.local_rows import (
    LINES_OF_ORDERS,
    M,
    N,
    P,
    RealEngine,
    Request,
    Row,
    S,
    check_embedded,
    check_real,
    create,
    get,
    index,
    key,
    put,
    refused,
    types,
)

ITEM: dict[str, Any] = {
    "id": S("a"),
    "n": N(1),
    "s": S("abc"),
    "nul": {"NULL": True},
    "l": {"L": [N(1), {"M": {"x": S("deep")}}]},
    "m": {"M": {"k": {"M": {"j": N(2)}}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
    "f": {"BOOL": True},
}
MALFORMED = "Statement wasn't well formed, can't be processed: "
LEFTOVER = MALFORMED + "Unexpected token after expression"
WORDS = "words-of-partiql"
FAILED = refused("The conditional request failed", "ConditionalCheckFailedException")
NO_KEY = refused("Where clause does not contain a mandatory equality on all key attributes")
NOTHING: dict[str, Any] = {"Items": []}
FOUND = {"Items": [{"id": S("a")}]}


def ex(statement: str, *parameters: dict[str, Any], **params: Any) -> Request:
    """ExecuteStatement."""
    return "ExecuteStatement", {
        "Statement": statement,
        **({"Parameters": list(parameters)} if parameters else {}),
        **params,
    }


def on_item(statement: str, *parameters: dict[str, Any], **params: Any) -> list[Any]:
    """A statement about the item."""
    return [put(P, **ITEM), ex(statement, *parameters, **params)]


def where(condition: str, *parameters: dict[str, Any]) -> list[Any]:
    """A condition on the item."""
    return on_item(f"SELECT id FROM {P} WHERE id = 'a' AND {condition}", *parameters)


def changed(statement: str, *parameters: dict[str, Any]) -> list[Any]:
    """A statement about the item, and the item afterwards."""
    return [*on_item(statement, *parameters), get(P, id=S("a"))]


def on_orders(statement: str, *parameters: dict[str, Any], **params: Any) -> list[Any]:
    """A statement about the orders."""
    return [*LINES_OF_ORDERS, ex(statement, *parameters, **params)]


def sorts(*numbers: int) -> dict[str, Any]:
    """Orders by their sort keys."""
    return {"Items": [{"s": N(number)} for number in numbers]}


def batch(*statements: str, **params: Any) -> list[Any]:
    """BatchExecuteStatement."""
    return [
        put(P, **ITEM),
        ("BatchExecuteStatement", {"Statements": [{"Statement": each} for each in statements], **params}),
    ]


def together(*statements: str, **params: Any) -> list[Any]:
    """ExecuteTransaction."""
    return [
        put(P, **ITEM),
        put(P, id=S("b")),
        ("ExecuteTransaction", {"TransactStatements": [{"Statement": each} for each in statements], **params}),
    ]


def cancelled(*reasons: dict[str, Any]) -> Any:
    """A transaction that was not carried out."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return refused(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        "TransactionCanceledException",
        CancellationReasons=list(reasons),
    )


CCF = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
NONE = {"Code": "None"}
OVERLAP = refused("Overlapping conditions with range keys are not supported in where clause")
APART: list[tuple[Any, ...]] = [
    ("p = 'a' AND s <> 1 OR p = 'a' AND s = 2", -5, 2, 3, 10),
    ("p = 'a' AND NOT s > 100 OR p = 'a' AND s = 2", -5, 1, 2, 3, 10),
    ("p = 'a' AND NOT s IN [1, 3] OR p = 'a' AND s = 2", -5, 2, 10),
    ("p = 'a' OR p = 'a' AND NOT s = 1", -5, 1, 2, 3, 10),
    ("p = 'a' AND (s < 2 OR s > 2)", -5, 1, 3, 10),
    ("p = 'a' AND s BETWEEN 1 AND 2 OR p = 'a' AND s > 3", 1, 2, 10),
    ("p = 'a' AND (x = 'x1' OR x = 'x2')", 1, 2),
    ("p = 'a' AND s = 1 OR p = 'a' AND s = 2 AND s = 1", 1),
    ("(p = 'a' OR p = 'c') AND s = 1", 1),
    ("p = 'a' OR s = 1", -5, 1, 2, 3, 10),
    ("(p = 'a' AND p = 'b') OR p = 'a'", -5, 1, 2, 3, 10),
]
"""Branches that read parts of their own, or are not compared, and the sort keys of what they find."""
OVERLAPPING = [
    "p = 'a' AND x = 'x1' OR p = 'a' AND s = 2",
    "p = 'a' AND x <> 'x1' OR p = 'a' AND s = 2",
    "p = 'a' OR p = 'a'",
    "p IN ['a', 'a']",
    "p = 'a' AND s > 1 OR p = 'a' AND s = 2",
    "p = 'a' AND (s <= 2 OR s >= 2)",
    "p = 'a' AND (s = 1 OR x = 'x2')",
    "p = 'a' AND s IN [1, 1]",
    "p = 'a' AND size(x) = 2 OR p = 'a' AND s = 2",
    "p IN ['b', 'a'] AND s = 1 OR p = 'a' AND s BETWEEN 0 AND 3",
]
HOLD = [
    "n = 1", "1 = n", "n <> 2", "n != 2", "n < 2", "n <= 1", "n > 0", "n >= 1", "n BETWEEN 0 AND 1", "n IN [3, 1]", "n IN (3, 1)",
    "NOT n = 2", "NOT (n = 2 OR n = 3)", "(n = 2 OR s = 'abc')", "zz IS MISSING", "n IS NOT MISSING", "nul IS NULL", "zz IS NOT NULL", "nul = NULL",
    "s IS STRING", "f IS BOOL", "n IS NUMERIC", "l IS LIST", "m IS STRUCT", "f = true", "begins_with(s, 'ab')", "BEGINS_WITH(\"s\", 'ab')",
    "contains(s, 'bc')", "contains(ss, 'a')", "contains(l, 1)", "attribute_type(ss, 'SS')", "attribute_exists(m.k)", "attribute_not_exists(m.zz)",
    "attribute_exists(ss) = true", "size(s) = 3", "size(ss) > 1", "m.k.j = 2", "l[1].x = 'deep'", "m = {'k': {'j': 2.0}}", "ss = <<'b', 'a'>>",
    "ns = <<2, 1>>", "n = 1e0", "n < .2e1", "n > -.5", "s NOT IN ['x']", "n NOT BETWEEN 5 AND 6", "s <> n", "s > 'ab''c'",
]  # fmt: skip
FAIL = [
    "n = 2", "n = '1'", "n < '2'", "zz = 1", "zz < 1", "s IS NULL", "zz IS NULL", "nul IS NOT NULL", "n IS MISSING", "s IS BOOL", "contains(ss, 'z')",
    "l = [1]", "attribute_exists(nope)", "attribute_not_exists(ss)", "size(s) = 4", "m.zz = 1", "NOT n = 1", "f = false",
]  # fmt: skip
REFUSED: list[tuple[str, str, str | None]] = [
    (
        "attribute_exists('ss')",
        "Operator or function requires a document path; operator or function: attribute_exists",
        None,
    ),
    (
        "attribute_exists()",
        "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 0",
        None,
    ),
    (
        "attribute_exists(ss, n)",
        "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2",
        None,
    ),
    ("EXISTS(ss)", "Unrecognized function: exists at 1:41:6", WORDS),
    ("set_add(ss, <<'x'>>) = ss", "Unrecognized function: set_add at 1:41:7", WORDS),
    ("n", "The arguments to AND/OR must be Expressions", None),
    ("n LIKE 'a%'", "Unsupported operator in Condition Expression. Operator: like", None),
    ("n + 1 = 2", "Unsupported operator in Condition Expression. Operator: +", None),
    ("n < true", "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL", None),
    (
        "n BETWEEN true AND false",
        "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: BOOL",
        None,
    ),
    ("n = 1 foo", LEFTOVER, WORDS),
    ("n = 1)", LEFTOVER, WORDS),
    ("n = 1 e5", LEFTOVER, WORDS),
    ("n =", MALFORMED + "Unexpected term", WORDS),
    ("(n = 1", MALFORMED + "Unexpected term", WORDS),
    ("n = :x", MALFORMED + "Unexpected term", WORDS),
    ("n = 1 # note", MALFORMED, WORDS),
    ("n = 1 /* note", MALFORMED, WORDS),
    ("n = 1e2147483648", MALFORMED, WORDS),
    ("n = 1.5e-2147483647", MALFORMED, WORDS),
    ("m.inner = 1", MALFORMED + "Invalid path dot component", WORDS),
    (
        "n = 1e126",
        "Number overflow. Attempting to store a number with magnitude larger than supported range under root",
        WORDS,
    ),
    (
        "n = 1e-131",
        "Number underflow. Attempting to store a number with magnitude smaller than supported range under root",
        WORDS,
    ),
    (
        "n = 123456789012345678901234567890123456789",
        "Attempting to store more than 38 significant digits in a Number under root",
        WORDS,
    ),
    ("n = <<>>", "Empty bags are not supported", WORDS),
]
ROWS: tuple[Row, ...] = (
    *(Row(f"holds {condition}", where(condition), FOUND) for condition in HOLD),
    *(Row(f"fails {condition}", where(condition), NOTHING) for condition in FAIL),
    *(Row(f"refused {condition}", where(condition), refused(message), differs) for condition, message, differs in REFUSED),
    # SELECT.
    Row("all_of_a_table", on_item("SELECT * FROM plain"), {"Items": [ITEM]}),
    Row("no_item", on_item("SELECT * FROM plain WHERE id = 'zz'"), NOTHING),
    Row("nested_columns", on_item("SELECT m.k.j, l[1].x, l[0] FROM \"plain\" WHERE id = 'a'"), {"Items": [{"j": N(2), "x": S("deep"), "l[0]": N(1)}]}),
    Row("missing_column", on_item("SELECT zz, n FROM plain WHERE id = 'a'"), {"Items": [{"n": N(1)}]}),
    Row("only_missing_columns", on_item("SELECT zz.y FROM plain"), {"Items": [{}]}),
    Row("parameters", on_item("SELECT id FROM plain WHERE id = ? AND ss = ?", S("a"), {"SS": ["b", "a"]}), FOUND),
    Row("comments", on_item("-- first\nSELECT id FROM plain /* where */ WHERE -- what\n id = 'a';"), FOUND),
    Row("select_capacity", on_item("SELECT id FROM plain WHERE id = 'a'", ReturnConsumedCapacity="TOTAL"), {**FOUND, "ConsumedCapacity": {"TableName": P, "CapacityUnits": 0.5}}, "partiql-capacity"),
    Row("select_consistent_capacity", on_item("SELECT id FROM plain WHERE id = 'a'", ReturnConsumedCapacity="INDEXES", ConsistentRead=True), {**FOUND, "ConsumedCapacity": {"TableName": P, "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}}, "partiql-capacity"),
    Row("partition", on_orders("SELECT s FROM orders WHERE p = 'a'"), sorts(-5, 1, 2, 3, 10)),
    Row("downwards", on_orders("SELECT s FROM orders WHERE p = 'a' ORDER BY s DESC"), sorts(10, 3, 2, 1, -5), "partiql-order"),
    Row("upwards", on_orders("SELECT s FROM orders WHERE p = 'a' ORDER BY s ASC"), sorts(-5, 1, 2, 3, 10)),
    Row("range", on_orders("SELECT s FROM orders WHERE p = 'a' AND s > 1 AND s < 10"), sorts(2, 3)),
    Row("nothing_in_range", on_orders("SELECT s FROM orders WHERE p = 'a' AND s > 3 AND s < 3"), NOTHING),
    Row("sort_in", on_orders("SELECT s FROM orders WHERE p = 'a' AND s IN [2, 1]"), sorts(1, 2)),
    Row("partition_twice", on_orders("SELECT s FROM orders WHERE p = 'a' AND p = 'b'"), NOTHING),
    Row("either_sort_key", on_orders("SELECT s FROM orders WHERE p = 'a' AND s = 1 OR p = 'a' AND s = 2"), sorts(1, 2)),
    Row("either_partition", on_orders("SELECT s FROM orders WHERE p = 'zz' OR p = 'a' AND s > 1 ORDER BY s ASC"), sorts(2, 3, 10)),
    Row("either_of_index", on_orders('SELECT s FROM "orders"."by-g" WHERE g = \'h\' OR g IN [\'zz\']'), sorts(10)),
    Row("either_partition_or_not", on_orders("SELECT s FROM orders WHERE p = 'zz' OR s = 1 ORDER BY s"), refused("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")),
    Row("negated_sort_key", on_orders("SELECT s FROM orders WHERE p = 'a' AND NOT s = 1 OR p = 'a' AND s = 2"), sorts(-5, 2, 3, 10)),
    *(Row(f"branches_{number}", on_orders(f"SELECT s FROM orders WHERE {text}"), sorts(*found)) for number, (text, *found) in enumerate(APART)),
    *(Row(f"overlap_{number}", on_orders(f"SELECT s FROM orders WHERE {text}"), OVERLAP, "partiql-overlap") for number, text in enumerate(OVERLAPPING)),
    Row("by_index", on_orders('SELECT * FROM "orders"."by-g" WHERE g = \'h\''), {"Items": [{"g": S("h"), "p": S("a"), "s": N(10)}]}),
    Row("by_local_index", on_orders('SELECT s, y FROM "orders"."by-l" WHERE p = \'a\' AND l = \'l2\''), sorts(-5)),
    Row("by_index_without_key", on_orders('SELECT s FROM "orders"."by-g" WHERE p = \'b\''), sorts(4)),
    Row("by_index_unprojected_scan", on_orders('SELECT s FROM "orders"."by-g" WHERE x = \'x4\''), NOTHING, "partiql-index-scan"),
    Row("by_index_unprojected_filter", on_orders('SELECT s FROM "orders"."by-g" WHERE g = \'g\' AND x = \'x1\''), refused("One or more parameter values were invalid: Secondary index by-g does not project one or more filter attributes: [x]"), "partiql-index-filter"),
    Row("by_index_unprojected_column", on_orders('SELECT x, y FROM "orders"."by-g" WHERE g = \'g\''), refused("One or more parameter values were invalid: Global secondary index by-g does not project [x, y]")),
    Row("by_unknown_index", on_orders('SELECT * FROM "orders"."nope" WHERE g = \'g\''), refused("The table does not have the specified index"), WORDS),
    Row("by_index_consistently", on_orders('SELECT * FROM "orders"."by-g" WHERE g = \'g\'', ConsistentRead=True), refused("Strongly consistent read is not supported on Global Secondary Indexes"), WORDS),
    Row("by_index_of_many", [ex(f'SELECT * FROM "{M}"."by-many" WHERE a = \'a\'')], refused("PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys."), WORDS),
    Row("three_parts", on_orders('SELECT * FROM "orders"."by-g"."x"'), refused("A path may contain at most 2 components in the FROM clause")),
    Row("empty_part", on_orders('SELECT * FROM "orders".""'), refused("Path component cannot be an empty string")),
    Row("empty_table", on_orders("SELECT * FROM \"\" WHERE p = 'a'"), refused("Path component cannot be an empty string")),
    Row("key_type", on_orders("SELECT * FROM orders WHERE p = 1"), refused("Key attribute's data type should match its data type in table's schema: Key p")),
    Row("order_without_where", on_orders("SELECT * FROM orders ORDER BY s"), refused("Must have WHERE clause in the statement when using ORDER BY clause.")),
    Row("order_by_other", on_orders("SELECT * FROM orders WHERE p = 'a' ORDER BY x"), refused("Variable reference x in ORDER BY clause must be part of the primary key")),
    Row("order_before_where", on_orders("SELECT * FROM orders ORDER BY s WHERE p = 'a'"), refused(LEFTOVER), WORDS),
    Row("columns_twice", on_item("SELECT id, id FROM plain"), refused("Duplicate identifiers in select clause: id")),
    Row("columns_overlap", on_item("SELECT m.k.j, m FROM plain"), refused("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, k, j], path two: [m]"), WORDS),
    Row("column_alias", on_item("SELECT id AS x FROM plain"), refused("Aliasing is not supported")),
    Row("table_alias", on_item("SELECT * FROM plain t WHERE id = 'a'"), refused("Aliasing is not supported")),
    Row("table_as_alias", on_item("SELECT * FROM plain AS t WHERE id = 'a'"), refused("Aliasing is not supported")),
    Row("nothing_but_a_name", on_item("SELECT * FROM plain WHERE n"), refused("WHERE clause must contain an expression that resolves to a boolean")),
    Row("count", on_item("SELECT COUNT(*) FROM plain"), refused("Unexpected path component at 1:8:5")),
    Row("column_function", on_item("SELECT attribute_exists(ss) FROM plain WHERE id = 'a'"), refused("Unexpected path component at 1:8:16")),
    Row("distinct", on_item("SELECT DISTINCT id FROM plain"), refused("Unsupported token in expression: DISTINCT")),
    Row("limit_clause", on_item("SELECT * FROM plain LIMIT 1"), refused("Unsupported clause: LIMIT at 1:27:1")),
    Row("group_by", on_item("SELECT * FROM plain GROUP BY id"), refused("Unsupported clause: GROUP BY")),
    Row("misspelled", on_item("SELECTT * FROM plain"), refused(MALFORMED + "Expected data manipulation"), WORDS),
    Row("unfinished", on_item("SELECT * FROM"), refused(MALFORMED + "Unexpected term"), WORDS),
    Row("unterminated", on_item('SELECT * FROM "plain'), refused(MALFORMED), WORDS),
    Row("no_such_table", [ex("SELECT * FROM nope WHERE id = 'a'")], refused("Requested resource not found", "ResourceNotFoundException"), "words-of-missing-table"),
    Row("operand_before_table", [ex("SELECT * FROM nope WHERE id = 'a' AND n < ?", {"BOOL": True})], refused("Incorrect operand type for operator or function; operator or function: <, operand type: BOOL")),
    Row("too_few_parameters", on_item("SELECT * FROM plain WHERE id = ?"), refused("Number of parameters in request and statement don't match.")),
    Row("bad_parameter", on_item("SELECT * FROM plain WHERE id = 'a' AND n = ?", N("abc")), refused("The parameter cannot be converted to a numeric value: abc"), "words-of-item-checks"),
    Row("bad_token", on_item("SELECT * FROM plain", NextToken="x"), refused("NextToken does not match request"), "partiql-next-token"),
    Row("exists_alone", on_item("EXISTS(SELECT * FROM plain WHERE id = 'a' AND n = 1)"), refused("EXISTS can only be used in ExecuteTransaction write requests.")),
    # INSERT.
    Row("insert", [ex("INSERT INTO plain VALUE {'id': 'a', 'n': -1.50, 's': <<1, 2>>, 't': <<'a'>>, 'm': {'l': [null, true]}}"), get(P, id=S("a"))], {"Item": {"id": S("a"), "n": N("-1.5"), "s": {"NS": ["1", "2"]}, "t": {"SS": ["a"]}, "m": {"M": {"l": {"L": [{"NULL": True}, {"BOOL": True}]}}}}}),
    Row("insert_answer", [ex("INSERT INTO \"plain\" value {'id': 'a'}")], NOTHING),
    Row("insert_parameters", [ex("INSERT INTO plain VALUE {'id': ?, 'm': ?}", S("a"), {"M": {"b": {"B": b"x"}}}), get(P, id=S("a"))], {"Item": {"id": S("a"), "m": {"M": {"b": {"B": b"x"}}}}}),
    Row("insert_capacity", [ex("INSERT INTO plain VALUE {'id': 'a'}", ReturnConsumedCapacity="TOTAL")], {**NOTHING, "ConsumedCapacity": {"TableName": P, "CapacityUnits": 1.0}}, "partiql-capacity"),
    Row("insert_twice", on_item("INSERT INTO plain VALUE {'id': 'a'}"), refused("Duplicate primary key exists in table", "DuplicateItemException"), "partiql-duplicate"),
    Row("insert_no_key", [ex("INSERT INTO plain VALUE {'x': 'a'}")], refused("Key attribute should be present in the item: Key id")),
    Row("insert_key_type", [ex("INSERT INTO plain VALUE {'id': 1}")], refused("Key attribute's data type should match its data type in table's schema: Key id")),
    Row("insert_empty_key", [ex("INSERT INTO plain VALUE {'id': ''}")], refused("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id")),
    Row("insert_index_key_type", [ex("INSERT INTO orders VALUE {'p': 'a', 's': 1, 'g': 1}")], refused("One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"), WORDS),
    Row("insert_parameter", [ex("INSERT INTO plain VALUE ?", {"M": {"id": S("a")}})], refused("Unsupported format in item expression. Please use struct format {...} to express item values for insert statement. at 1:25:1")),
    Row("insert_returning", [ex("INSERT INTO plain VALUE {'id': 'a'} RETURNING ALL OLD *")], refused("RETURNING is not supported in INSERT")),
    Row("insert_left_over", [ex("INSERT INTO plain VALUE {'id': 'a'} foo")], refused(LEFTOVER), WORDS),
    Row("insert_alias", [ex("INSERT INTO plain t VALUE {'id': 'a'}")], refused(LEFTOVER), WORDS),
    Row("insert_into_index", [ex('INSERT INTO "orders"."by-g" VALUE {\'p\': \'a\'}')], refused("FROM clause may only contain a single table name in data manipulation statements")),
    Row("insert_function", [ex("INSERT INTO plain VALUE {'id': 'a', 's': set_add(<<'a'>>, <<'b'>>)}")], refused("Unsupported data type: set_add under key root at 1:42:7")),
    Row("insert_deep_number", [ex("INSERT INTO plain VALUE {'id': 'a', 'm': {'x': [1, 1e126]}}")], refused("Number overflow. Attempting to store a number with magnitude larger than supported range under root.x[1]"), WORDS),
    # UPDATE.
    Row("update", changed("UPDATE plain SET n = n + 1, t = 'x' SET m.k.j = 3 REMOVE nul REMOVE l[0] WHERE id = 'a'"), {"Item": {**{name: wire for name, wire in ITEM.items() if name != "nul"}, "n": N(2), "t": S("x"), "m": {"M": {"k": {"M": {"j": N(3)}}}}, "l": {"L": [{"M": {"x": S("deep")}}]}}}),
    Row("update_from_first", changed("from plain where id = 'a' set n = n - 1"), {"Item": {**ITEM, "n": N(0)}}),
    Row("update_answer", on_item("UPDATE plain SET n = 1 WHERE id = 'a'"), NOTHING),
    Row("update_all_new", on_item("UPDATE plain SET n = ? WHERE id = ? RETURNING ALL NEW *", N(7), S("a")), {"Items": [{**ITEM, "n": N(7)}]}),
    Row("update_all_old", on_item("UPDATE plain SET n = 7 WHERE id = 'a' RETURNING ALL OLD *"), {"Items": [ITEM]}),
    Row("update_modified_new", on_item("UPDATE plain SET n = 7 REMOVE s WHERE id = 'a' RETURNING MODIFIED NEW *"), {"Items": [{"n": N(7)}]}),
    Row("update_modified_old", on_item("UPDATE plain SET n = 7, q = 1 WHERE id = 'a' RETURNING MODIFIED OLD *"), {"Items": [{"n": N(1)}]}),
    Row("update_modified_nothing", on_item("UPDATE plain REMOVE n WHERE id = 'a' RETURNING MODIFIED NEW *"), NOTHING),
    Row("update_functions", on_item("UPDATE plain SET l = list_append(l, [3]) SET q = if_not_exists(q, 5) WHERE id = 'a' RETURNING MODIFIED NEW *"), {"Items": [{"l": {"L": [*ITEM["l"]["L"], N(3)]}, "q": N(5)}]}),
    Row("update_copy", on_item("UPDATE plain SET q = n WHERE id = 'a' RETURNING MODIFIED NEW *"), {"Items": [{"q": N(1)}]}),
    Row("set_add", on_item("UPDATE plain SET ss = set_add(ss, <<'b', 'c'>>) SET ns = SET_ADD(ns, <<9>>) SET q = set_add(q, <<'x'>>) WHERE id = 'a' RETURNING MODIFIED NEW *"), {"Items": [{"ss": {"SS": ["a", "b", "c"]}, "ns": {"NS": ["1", "2", "9"]}, "q": {"SS": ["x"]}}]}),
    Row("set_delete", on_item("UPDATE plain SET ss = set_delete(ss, ?) SET ns = set_delete(ns, <<1, 2>>) WHERE id = 'a' RETURNING ALL NEW *", {"SS": ["a", "z"]}), {"Items": [{**{name: wire for name, wire in ITEM.items() if name != "ns"}, "ss": {"SS": ["b"]}}]}),
    Row("update_condition", on_item("UPDATE plain SET n = 7 WHERE id = 'a' AND n = 1 AND attribute_exists(ss)"), NOTHING),
    Row("update_condition_fails", on_item("UPDATE plain SET n = 7 WHERE id = 'a' AND n = 2"), FAILED),
    Row("update_condition_fails_with_item", on_item("UPDATE plain SET n = 7 WHERE id = 'a' AND n = 2", ReturnValuesOnConditionCheckFailure="ALL_OLD"), refused("The conditional request failed", "ConditionalCheckFailedException", Item=ITEM)),
    Row("update_missing", on_item("UPDATE plain SET n = 7 WHERE id = 'zz'"), FAILED),
    Row("update_missing_guarded", on_item("UPDATE plain SET n = 7 WHERE id = 'zz' AND attribute_not_exists(id)"), FAILED),
    Row("update_no_where", on_item("UPDATE plain SET n = 7"), NO_KEY),
    Row("update_no_key", on_item("UPDATE plain SET n = 7 WHERE n = 1"), NO_KEY),
    Row("update_either", on_item("UPDATE plain SET n = 7 WHERE id = 'a' OR n = 1"), NO_KEY),
    Row("update_half_a_key", on_orders("UPDATE orders SET n = 7 WHERE p = 'a'"), NO_KEY),
    Row("update_key_twice", on_item("UPDATE plain SET n = 7 WHERE id = 'a' AND id = 'b'"), refused("Multiple conditions on same key id. Only single item Update/Insert/Delete are supported")),
    Row("update_the_key", on_item("UPDATE plain SET id = 'b' WHERE id = 'a'"), refused("One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key")),
    Row("update_index", on_orders("UPDATE \"orders\".\"by-g\" SET x = 'z' WHERE p = 'a' AND s = 1"), refused("This operation is not supported on an index")),
    Row("update_alias", on_item("UPDATE plain t SET n = 1 WHERE id = 'a'"), refused("Aliasing is not supported")),
    Row("update_nothing", on_item("UPDATE plain WHERE id = 'a'"), refused(MALFORMED + "Unexpected token"), WORDS),
    Row("update_returning_one", on_item("UPDATE plain SET n = 1 WHERE id = 'a' RETURNING ALL OLD n"), refused("Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause")),
    Row("update_wrong_type", on_item("UPDATE plain SET s = s + 1 WHERE id = 'a'"), refused("An operand in the update expression has an incorrect data type")),
    Row("set_add_wrong_type", on_item("UPDATE plain SET ss = set_add(ss, <<1>>) WHERE id = 'a'"), refused("An operand in the update expression has an incorrect data type")),
    Row("set_add_other", on_item("UPDATE plain SET t = set_add(ss, <<'x'>>) WHERE id = 'a'"), refused("The first argument to SET_ADD must equal the assignment value at 1:22:7"), WORDS),
    Row("set_add_text", on_item("UPDATE plain SET ss = set_add(ss, 'x') WHERE id = 'a'"), refused("The second argument to SET_ADD must be a value with type SET at 1:31:2")),
    Row("set_delete_one", on_item("UPDATE plain SET ss = set_delete(ss) WHERE id = 'a'"), refused("SET_DELETE must have exactly two arguments at 1:23:10")),
    Row("set_add_twice", on_item("UPDATE plain SET ss = set_add(ss, <<'x', 'x'>>) WHERE id = 'a'"), refused("One or more parameter values were invalid: Input collection [x, x] contains duplicates."), "words-of-item-checks"),
    # DELETE.
    Row("delete", changed("DELETE FROM plain WHERE id = 'a'"), {}),
    Row("delete_answer", on_item("DELETE FROM plain WHERE id = 'a'"), NOTHING),
    Row("delete_returning", on_item("DELETE FROM plain WHERE id = 'a' AND n = 1 RETURNING ALL OLD *"), {"Items": [ITEM]}),
    Row("delete_missing", on_item("DELETE FROM plain WHERE id = 'zz' RETURNING ALL OLD *"), NOTHING),
    Row("delete_missing_condition", on_item("DELETE FROM plain WHERE id = 'zz' AND n = 1"), NOTHING),
    Row("delete_condition_fails", on_item("DELETE FROM plain WHERE id = 'a' AND NOT begins_with(s, 'ab')"), FAILED),
    Row("delete_no_where", on_item("DELETE FROM plain"), NO_KEY),
    Row("delete_returning_new", on_item("DELETE FROM plain WHERE id = 'a' RETURNING ALL NEW *"), refused("Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements.")),
    Row("delete_index", on_orders("DELETE FROM \"orders\".\"by-g\" WHERE p = 'a' AND s = 1"), refused("This operation is not supported on an index")),
    Row("delete_order", on_item("DELETE FROM plain WHERE id = 'a' ORDER BY id"), refused(LEFTOVER), WORDS),
    Row("delete_alias", on_item("DELETE FROM plain t WHERE id = 'a'"), refused("Aliasing is not supported")),
    # BatchExecuteStatement.
    Row("batch_reads", batch("SELECT n FROM plain WHERE id = 'a'", "SELECT * FROM plain WHERE id = 'zz'"), {"Responses": [{"TableName": P, "Item": {"n": N(1)}}, {"TableName": P}]}),
    Row("batch_read_errors", batch("SELECT * FROM nope WHERE id = 'a'", "SELECT * FROM plain WHERE n = 1", "SLECT", "SELECT n FROM plain WHERE id = 'a'"), {"Responses": [
        {"Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}},
        {"Error": {"Code": "ValidationError", "Message": "Select statements within BatchExecuteStatement must specify the primary key in the where clause."}},
        {"Error": {"Code": "ValidationError", "Message": MALFORMED + "Expected data manipulation"}},
        {"TableName": P, "Item": {"n": N(1)}},
    ]}, "partiql-batch"),
    Row("batch_half_a_key", [*LINES_OF_ORDERS, ("BatchExecuteStatement", {"Statements": [{"Statement": "SELECT s FROM orders WHERE p = 'a'"}, {"Statement": 'SELECT s FROM "orders"."by-g" WHERE g = \'g\''}]})], {"Responses": [{"Error": {"Code": "ValidationError", "Message": "Select statements within BatchExecuteStatement must specify the primary key in the where clause."}}] * 2}, "partiql-batch"),
    Row("batch_writes", batch("INSERT INTO plain VALUE {'id': 'a'}", "INSERT INTO plain VALUE {'id': 'z'}", "UPDATE plain SET n = 1 WHERE id = 'none'", "UPDATE plain SET n = 1 WHERE n = 1"), {"Responses": [
        {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}, "TableName": P},
        {"TableName": P},
        {"Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}, "TableName": P},
        {"Error": {"Code": "ValidationError", "Message": "Where clause does not contain a mandatory equality on all key attributes"}},
    ]}),
    Row("batch_returning", batch("DELETE FROM plain WHERE id = 'a' RETURNING ALL OLD *", "DELETE FROM plain WHERE id = 'zz' RETURNING MODIFIED OLD *"), {"Responses": [
        {"TableName": P, "Item": ITEM},
        {"Error": {"Code": "ValidationError", "Message": "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements."}},
    ]}),
    Row("batch_capacity", batch("SELECT n FROM plain WHERE id = 'a'", "SELECT * FROM plain WHERE id = 'zz'", ReturnConsumedCapacity="TOTAL"), {"Responses": [{"TableName": P, "Item": {"n": N(1)}}, {"TableName": P}], "ConsumedCapacity": [{"TableName": P, "CapacityUnits": 1.0}]}, "partiql-capacity"),
    Row("batch_mixed", batch("SELECT * FROM plain WHERE id = 'a'", "DELETE FROM plain WHERE id = 'a'"), refused("Read and write requests together in the same batch is not supported.")),
    Row("batch_same_item", batch("DELETE FROM plain WHERE id = 'a'", "UPDATE plain SET n = 1 WHERE id = 'a'"), refused("Provided list of item keys contains duplicates")),
    Row("batch_nothing", batch(), refused("1 validation error detected: Value '[]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1"), "words-of-request-checks"),
    # ExecuteTransaction.
    Row("transact_reads", together("SELECT n FROM plain WHERE id = 'a'", "SELECT * FROM plain WHERE id = 'zz'"), {"Responses": [{"Item": {"n": N(1)}}, {}]}),
    Row("transact_read_capacity", together("SELECT n FROM plain WHERE id = 'a'", ReturnConsumedCapacity="TOTAL"), {"Responses": [{"Item": {"n": N(1)}}], "ConsumedCapacity": [{"TableName": P, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]}, "partiql-capacity"),
    Row("transact_writes", together("UPDATE plain SET n = 2 WHERE id = 'a'", "INSERT INTO plain VALUE {'id': 'z'}", "DELETE FROM plain WHERE id = 'b'", "EXISTS(SELECT * FROM plain WHERE id = 'c' AND attribute_not_exists(id))"), cancelled(NONE, NONE, NONE, CCF), WORDS),
    Row("transact_write_answer", together("UPDATE plain SET n = 2 WHERE id = 'a'", "DELETE FROM plain WHERE id = 'b'"), {"Responses": []}),
    Row("transact_exists", [*together("EXISTS(SELECT * FROM plain WHERE id = 'b' AND attribute_not_exists(n))", "UPDATE plain SET n = 2 WHERE id = 'a'"), get(P, ProjectionExpression="n", id=S("a"))], {"Item": {"n": N(2)}}),
    Row("transact_duplicate", together("INSERT INTO plain VALUE {'id': 'a'}", "INSERT INTO plain VALUE {'id': 'z'}"), cancelled({"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}, NONE), "partiql-duplicate"),
    Row("transact_delete", [put(P, id=S("b")), ("ExecuteTransaction", {"TransactStatements": [{"Statement": "DELETE FROM plain WHERE id = 'b'"}]}), get(P, id=S("b"))], {}),
    Row("transact_missing", together("UPDATE plain SET n = 1 WHERE id = 'none'", "UPDATE plain SET n = 1 WHERE id = 'a'"), cancelled(CCF, NONE)),
    Row("transact_mixed", together("SELECT * FROM plain WHERE id = 'a'", "DELETE FROM plain WHERE id = 'a'"), refused("ExecuteTransaction API does not support both read and write operations in the same request.")),
    Row("transact_same_item", together("UPDATE plain SET n = 1 WHERE id = 'a'", "DELETE FROM plain WHERE id = 'a'"), refused("Transaction request cannot include multiple operations on one item")),
    Row("transact_no_key", together("SELECT * FROM plain"), refused("Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction must specify the primary key in the where clause.")),
    Row("transact_more_than_key", together("SELECT * FROM plain WHERE id = 'a' AND attribute_exists(ss)"), refused("Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction must specify the primary key in the where clause.")),
    Row("transact_index", [("ExecuteTransaction", {"TransactStatements": [{"Statement": 'SELECT * FROM "orders"."by-g" WHERE g = \'g\''}]})], refused("Validation failed in TransactStatements[0]: Reads on indices are not supported within transactions.")),
    Row("transact_returning", together("UPDATE plain SET n = 1 WHERE id = 'a' RETURNING ALL NEW *"), refused("Validation failed in TransactStatements[0]: RETURNING clause is not supported in ExecuteTransaction.")),
    Row("transact_exists_nothing", together("DELETE FROM plain WHERE id = 'b'", "EXISTS(SELECT * FROM plain WHERE id = 'a')"), refused("Validation failed in TransactStatements[1]: EXISTS() must contain a single item read with additional condition")),
    Row("transact_no_table", together("UPDATE nope SET n = 1 WHERE id = 'a'"), refused("Requested resource not found", "ResourceNotFoundException")),
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


@pytest.mark.parametrize("statement", [
    "SELECT s FROM orders",
    "SELECT s FROM orders WHERE p = 'a'",
    "SELECT s FROM orders WHERE p IN ['b', 'zz', 'a'] AND s > -10",
    "SELECT s FROM orders WHERE p = 'a' AND x <> 'x2' ORDER BY s DESC",
    'SELECT s FROM "orders"."by-g-all" WHERE g = \'g\'',
    'SELECT s FROM "orders"."by-l"',
])  # fmt: skip
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages(local: LocalEngine, statement: str, limit: int) -> None:
    """Page after page gives what one statement gives, each item once, in the same order."""
    for request in LINES_OF_ORDERS:
        local.call(*request)
    whole = local.call(*ex(statement))["Items"]
    assert whole
    found: list[Any] = []
    params: dict[str, Any] = {"Limit": limit}
    while True:
        page = local.call(*ex(statement, **params))
        found += page["Items"]
        if "NextToken" not in page:
            break
        params["NextToken"] = page["NextToken"]
    assert found == whole


def test_a_token_of_another_statement_is_refused(local: LocalEngine) -> None:
    """A place in one statement's result is none in another's."""
    for request in LINES_OF_ORDERS:
        local.call(*request)
    token = local.call(*ex('SELECT s FROM "orders"."by-g" WHERE g = \'g\'', Limit=1))["NextToken"]
    with pytest.raises(LocalServiceError, match="NextToken"):
        local.call(*ex('SELECT s FROM "orders"."by-g-all" WHERE g = \'g\'', NextToken=token))


def test_units_of_a_local_index(local: LocalEngine) -> None:
    """What an index lacks is read of the table, for every row walked, whether or not the filter keeps it."""
    for request in LINES_OF_ORDERS:
        local.call(*request)

    def units(statement: str) -> tuple[float, float]:
        used = local.call(*ex(statement, ReturnConsumedCapacity="INDEXES"))["ConsumedCapacity"]
        return used["Table"]["CapacityUnits"], used["LocalSecondaryIndexes"]["by-l"]["CapacityUnits"]

    assert units('SELECT * FROM "orders"."by-l" WHERE p = \'a\'') == (0.0, 0.5)
    assert units('SELECT y FROM "orders"."by-l" WHERE p = \'a\'') == (2.0, 0.5)
    assert units("SELECT y FROM \"orders\".\"by-l\" WHERE p = 'a' AND x = 'none'") == (2.0, 0.5)


def test_a_token_makes_a_transaction_once(local: LocalEngine) -> None:
    """A second time the same statements under the same token cost a read; others are refused."""
    local.call(*put(P, **ITEM))
    again = together(
        "UPDATE plain SET n = n + 1 WHERE id = 'a'", ClientRequestToken="t", ReturnConsumedCapacity="TOTAL"
    )[-1]
    first, second = local.call(*again), local.call(*again)
    assert first["ConsumedCapacity"][0]["WriteCapacityUnits"] == 2.0
    assert second["ConsumedCapacity"][0]["ReadCapacityUnits"] == 2.0
    assert local.call(*get(P, id=S("a")))["Item"]["n"] == N(2)
    other = together("UPDATE plain SET n = n + 2 WHERE id = 'a'", ClientRequestToken="t")[-1]
    with pytest.raises(LocalServiceError) as caught:
        local.call(*other)
    assert caught.value.code == "IdempotentParameterMismatchException"


def test_other_indexes_of_a_table_with_one_of_many_keys(local: LocalEngine) -> None:
    """Only the index with several partition or sort keys can't be read by PartiQL."""
    local.call(*create(
        TableName="mixed", AttributeDefinitions=types(id="S", g="S", h="S"),
        GlobalSecondaryIndexes=[index("one", key("g")), index("two", key("g", "h"))],
    ))  # fmt: skip
    local.call(*put("mixed", id=S("a"), g=S("g"), h=S("h")))
    assert local.call(*ex('SELECT id FROM "mixed"."one" WHERE g = \'g\'')) == FOUND
    with pytest.raises(LocalServiceError, match="multi-attribute"):
        local.call(*ex("SELECT COUNT(*) FROM mixed.two"))
