"""What of a request does the engine refuse, and in which words?  Row by row, on both engines; see known_exceptions."""

# ruff: noqa: E501  a row is a line, so that rows can be compared

from pathlib import Path

import pytest

from dynexpr import create_engine
from dynexpr.errors import InvalidURL
from dynexpr.local import LocalEngine
from dynexpr.local.store import CannotOpen, NotADatabase
from dynexpr.sizes import number_size
from tests.local_rows import (
    LINES_OF_ORDERS,
    N,
    O,
    P,
    RealEngine,
    Refused,
    Row,
    S,
    T,
    V,
    bdel,
    bput,
    cancelled,
    check_embedded,
    check_real,
    counted,
    get,
    nested,
    printed,
    put,
    qry,
    refused,
    rem,
    tcheck,
    tdel,
    tget,
    tput,
    tupd,
    tx,
    upd,
)

MISMATCH = "The provided key element does not match the schema"
INVALID = "One or more parameter values were invalid: "
NOT_VALID = "One or more parameter values are not valid. "
EMPTY_KEY = NOT_VALID + "The AttributeValue for a key attribute cannot contain an empty string value. Key: %s"
EMPTY_INDEX_KEY = (
    NOT_VALID
    + "A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: %s, IndexKey: %s"
)
EMPTY_UPDATED = (
    NOT_VALID
    + "The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value."
)
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
TWICE = "Transaction request cannot include multiple operations on one item"
WORDS = "words-of-item-checks"
NAMES_OF_TABLES = "Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"
CONDITIONS = "words-of-key-conditions"
CANCELS = "key-in-transaction"
A = {"p": S("a")}
REQUEST = "words-of-request-checks"
BAD_GET = f"""Value '{{"bad!name":{{"Keys":[{{"id":{{"B":"eA=="}}}}]}}}}' at 'requestItems' failed to satisfy constraint: {NAMES_OF_TABLES}"""
BAD_CAPACITY = "Value 'X' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"
BAD_RETURN = "Value 'X' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
BAD_OPERATOR = (
    "Value 'XOR' at 'conditionalOperator' failed to satisfy constraint: Member must satisfy enum value set: [OR, AND]"
)
NO_NAME = "Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1"
NO_KEY = "Value null at 'key' failed to satisfy constraint: Member must not be null"
NOT_OPERAND = "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"


def batch(*requests: dict[str, object], table: str = P) -> list[object]:
    """BatchWriteItem on one table."""
    return [("BatchWriteItem", {"RequestItems": {table: list(requests)}})]


ROWS: tuple[Row, ...] = (
    # Keys in a batch.
    Row("batch_put_key_type", batch(bput(id=N(1))), refused(MISMATCH), WORDS),
    Row("batch_put_key_list", batch(bput(id={"L": []})), refused(MISMATCH), WORDS),
    Row("batch_put_no_key", batch(bput(x=S("a"))), refused(MISMATCH), WORDS),
    Row("batch_put_empty_key", batch(bput(id=S(""))), refused(EMPTY_KEY % "id")),
    Row("batch_put_empty_index_key", batch(bput(p=S("a"), s=N(1), l=S("")), table=O), refused(EMPTY_INDEX_KEY % ("by-l", "l"))),
    Row("batch_put_index_key_type", batch(bput(p=S("a"), s=N(1), g=N(1)), table=O), refused(INVALID + "Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"), WORDS),
    Row("batch_delete_key_type", batch(bdel(id=N(1))), refused(MISMATCH), WORDS),
    Row("batch_delete_empty_key", batch(bdel(id=S(""))), refused(EMPTY_KEY % "id")),
    Row("batch_put_good", batch(bput(id=S("a"))), {"UnprocessedItems": {}}),
    # Keys in a transaction.
    Row("transact_put_key_type", [tx(tput(P, id=N(1)))], cancelled(INVALID + "Type mismatch for key id expected: S actual: N"), CANCELS),
    Row("transact_put_key_map", [tx(tput(P, id=S("b")), tput(P, id={"M": {}}))], cancelled(None, INVALID + "Type mismatch for key id expected: S actual: M"), CANCELS),
    Row("transact_update_key_type", [tx(tupd(P, "SET x = :x", V(x=S("x")), id=N(1)))], cancelled(MISMATCH), CANCELS),
    Row("transact_delete_key_type", [tx(tdel(P, id=N(1)), tput(P, id=S("a")))], cancelled(MISMATCH, None), CANCELS),
    Row("transact_check_key_more", [tx(tcheck(P, "attribute_exists(id)", id=S("a"), x=S("a")))], cancelled(MISMATCH), CANCELS),
    Row("transact_put_empty_key", [tx(tput(P, id=S("")))], refused(EMPTY_KEY % "id")),
    Row("transact_delete_empty_key", [tx(tdel(P, id=S("")))], refused(EMPTY_KEY % "id")),
    Row("transact_put_empty_index_key", [tx(tput(P, id=S("a")), tput(O, p=S("a"), s=N(1), l=S("")))], refused(EMPTY_INDEX_KEY % ("by-l", "l"))),
    Row("transact_update_empty_index_key", [tx(tupd(O, "SET g = :g", V(g=S("")), p=S("a"), s=N(1)))], refused(EMPTY_UPDATED)),
    Row("transact_get_key_type", [tget((P, {"id": N(1)}))], cancelled(MISMATCH), CANCELS),
    Row("transact_get_no_key", [tget((P, {"id": S("a")}), (O, A))], cancelled(None, MISMATCH), CANCELS),
    Row("transact_get_empty_key", [tget((P, {"id": S("")}))], refused(EMPTY_KEY % "id")),
    Row("transact_get_good", [put(P, id=S("a")), tget((P, {"id": S("a")}))], {"Responses": [{"Item": {"id": S("a")}}]}),
    Row("transact_twice_check_first", [tx(tcheck(P, "attribute_exists(id)", id=S("a")), tdel(P, id=S("a")))], refused(TWICE), "check-and-write-of-one-item"),
    Row("transact_twice_delete_first", [tx(tdel(P, id=S("a")), tcheck(P, "attribute_exists(id)", id=S("a")))], refused(TWICE), "check-and-write-of-one-item"),
    # Keys of an index.
    Row("update_empty_index_key", [upd(O, "SET g = :g", V(g=S("")), p=S("a"), s=N(1))], refused(EMPTY_UPDATED)),
    Row("put_empty_index_key", [put(O, p=S("a"), s=N(1), l=S(""))], refused(EMPTY_INDEX_KEY % ("by-l", "l"))),
    # Names of tables in batches, and what else is wrong with them.
    Row("batch_get_bad_name", [("BatchGetItem", {"RequestItems": {"bad!name": {"Keys": [{"id": {"B": b"x"}}]}}})], counted(BAD_GET), REQUEST),
    Row("batch_get_bad_name_and_enum", [("BatchGetItem", {"RequestItems": {"bad!name": {"Keys": [{"id": {"B": b"x"}}]}}, "ReturnConsumedCapacity": "X"})], refused(f"2 validation errors detected: {BAD_GET}; {BAD_CAPACITY}"), REQUEST),
    Row("batch_write_bad_name", batch(bput(id=S("1")), table="bad!name"), counted(f"Value '{{bad!name=[WriteRequest(putRequest=PutRequest(item={printed(1)}, workloadProfileName=null), deleteRequest=null)]}}' at 'requestItems' failed to satisfy constraint: {NAMES_OF_TABLES}"), REQUEST),
    Row("batch_write_bad_name_and_enum", [("BatchWriteItem", {"RequestItems": {"bad!name": [bput(id=S("a"))]}, "ReturnConsumedCapacity": "X"})], counted(BAD_CAPACITY), REQUEST),
    # What the older layer of checks says of writes of a single item.
    Row("update_no_key_no_name", [("UpdateItem", {"TableName": "", "UpdateExpression": "REMOVE x"})], refused(f"2 validation errors detected: {NO_NAME}; {NO_KEY}"), REQUEST),
    Row("update_no_key_enums", [("UpdateItem", {"TableName": "", "ReturnValues": "X", "ReturnConsumedCapacity": "X"})], refused(f"4 validation errors detected: {BAD_CAPACITY}; {NO_NAME}; {BAD_RETURN}; {NO_KEY}"), REQUEST),
    Row("update_no_key_operator", [("UpdateItem", {"TableName": P, "ConditionalOperator": "XOR"})], refused(f"2 validation errors detected: {BAD_OPERATOR}; {NO_KEY}"), REQUEST),
    Row("put_operator", [put(P, id=S("a"), ConditionalOperator="XOR", Expected={"x": {"Exists": False}, "y": {"Exists": False}})], counted("Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]"), "unknown-operator"),
    Row("put_operator_deep", [put(P, id=S("a"), ConditionalOperator="XOR", Expected={"x": {"Value": nested(63)}, "y": {"Exists": False}})], counted(BAD_OPERATOR), REQUEST),
    Row("query_operator", [("Query", {"TableName": P, "Select": "X", "ConditionalOperator": "XOR"})], refused("Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]"), REQUEST),
    Row("delete_return_deep", [rem(P, id=nested(63), ReturnValues="X")], counted(BAD_RETURN), REQUEST),
    Row("delete_return_less_deep", [rem(P, id=nested(62), ReturnValues="X")], counted("Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"), REQUEST),
    Row("delete_return_new_deep", [rem(P, id=nested(63), ReturnValues="ALL_NEW")], refused("ReturnValues can only be ALL_OLD or NONE"), WORDS),
    # Levels.
    Row("update_value_deepest", [put(P, id=S("a")), upd(P, "SET x = :x", V(x=S("x"), y=nested(31)), ConditionExpression="y <> :y", id=S("a"))], {}),
    Row("update_value_deeper", [put(P, id=S("a")), upd(P, "SET x = :x", V(x=S("x"), y=nested(32)), ConditionExpression="y <> :y", id=S("a"))], counted("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"), "deep-values"),
    Row("no_name_before_levels", [("PutItem", {"TableName": P, "Item": {"id": S("a"), "x": nested(40), "": S("x")}})], counted("Empty attribute name"), WORDS),
    # Key conditions.
    Row("query_operand_before_missing", [qry(T, "begins_with(s, :n) AND p = :missing", V(n=N(1)))], refused(NOT_OPERAND)),
    Row("query_missing_before_operand", [qry(T, "p = :missing AND begins_with(s, :n)", V(n=N(1)))], refused("Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute value: :missing")),
    Row("query_operand_before_table", [qry("absent", "p = :p AND begins_with(s, :n)", V(p=S("a"), n=N(1)))], refused(NOT_OPERAND), "table-before-syntax"),
    Row("query_empty_index_key", [qry(O, "g = :g", V(g=S("")), IndexName="by-g")], refused(EMPTY_INDEX_KEY % ("by-g", "g"))),
    Row("query_empty_local_index_key", [qry(O, "p = :p AND l > :l", V(p=S("a"), l=S("")), IndexName="by-l")], refused(EMPTY_INDEX_KEY % ("by-l", "l"))),
    Row("query_empty_key", [qry(O, "p = :p", V(p=S("")))], refused(EMPTY_KEY % "p")),
    Row("query_step_into_key", [qry(O, "p.x = :p", V(p=S("a")))], refused("KeyConditionExpressions cannot have conditions on nested attributes"), CONDITIONS),
    Row("query_step_into_other", [qry(O, "p = :p AND x.y = :p", V(p=S("a")))], refused("KeyConditionExpressions cannot have conditions on nested attributes")),
    Row("query_three", [qry(O, "p = :p AND s = :s AND x = :p", V(p=S("a"), s=N(1)))], refused("The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"), CONDITIONS),
    Row("query_two_on_key", [qry(O, "p = :p AND p = :q", V(p=S("a"), q=S("b")))], refused("Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"), CONDITIONS),
    Row("query_index", [*LINES_OF_ORDERS, qry(O, "g = :g AND s > :s", V(g=S("g"), s=N(3)), IndexName="by-g", ProjectionExpression="s")], {"Items": [{"s": N(4)}], "Count": 1, "ScannedCount": 1}),
    # Numbers.
    Row("zero_too_large", [put(P, id=S("a"), n=N("0e126"))], counted(OVERFLOW), "number-of-zero"),
    Row("zero_too_small", [put(P, id=S("a"), n=N("0e-131"))], counted(UNDERFLOW), "number-of-zero"),
    Row("zero_of_the_largest", [put(P, id=S("a"), n=N("0e125")), get(P, id=S("a"))], {"Item": {"id": S("a"), "n": N(0)}}),
    Row("minus_zero", [put(P, id=S("a"), n=N("-0.00")), get(P, id=S("a"))], {"Item": {"id": S("a"), "n": N(0)}}),
    Row("exponent_too_large", [put(P, id=S("a"), n=N("1e126"))], counted(OVERFLOW)),
    Row("exponent_past_32_bit", [put(P, id=S("a"), n=N("1e4294967296"))], counted(OVERFLOW), WORDS),
    Row("exponent_past_64_bit", [put(P, id=S("a"), n=N("1e99999999999999999999"))], counted("The parameter cannot be converted to a numeric value: 1e99999999999999999999"), WORDS),
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


@pytest.mark.parametrize(
    ("number", "size"),
    [("0", 1), ("1", 2), ("-42", 3), ("1.5", 3), ("0.15", 2), ("1.234", 4), ("3.14159", 5), ("100.5", 4),
     ("123456", 4), ("1000", 2), ("0.0000001", 2), ("1E125", 2), ("12345678901234567890123456789012345678", 20),
     ("-0.5", 3), ("10.01", 3), ("0.0", 1)],
)  # fmt: skip
def test_sizes_of_numbers(number: str, size: int) -> None:
    """As the service counts them: each side of the point by itself."""
    assert number_size(number) == size


def test_the_first_index_by_name_is_named(local: LocalEngine) -> None:
    """Of two indexes with one key attribute, whichever was made first."""
    parts = {"KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
    local.call(
        "CreateTable",
        {
            "TableName": "two",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "g")],
            "GlobalSecondaryIndexes": [{"IndexName": name, **parts} for name in ("zoo", "ant")],
        },
    )
    expected = refused(INVALID + "Type mismatch for Index Key g Expected: S Actual: N IndexName: ant")
    check_embedded(Row("first_by_name", [put("two", id=S("a"), g=N(1))], expected), local)


def test_what_is_no_database(tmp_path: Path) -> None:
    """A file of another program's is told apart from one that can't be opened."""
    other = tmp_path / "notes.txt"
    other.write_text("no database, but long enough to look like one " * 20)
    with pytest.raises(NotADatabase, match=r"notes\.txt is not a database of the embedded engine"):
        LocalEngine(str(other))
    assert other.read_text().startswith("no database")
    with pytest.raises(CannotOpen, match="unable to open") as caught:
        LocalEngine(str(tmp_path / "nowhere" / "file.db"))
    assert not isinstance(caught.value, NotADatabase)


def test_a_damaged_file(tmp_path: Path) -> None:
    """A database whose first page alone is whole can't be opened, by its path or by its URL."""
    path = tmp_path / "dev.db"
    LocalEngine(path).close()
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with pytest.raises(CannotOpen, match=r"dev\.db: the file can't be opened as a database \(.*malformed"):
        LocalEngine(path)
    with pytest.raises(InvalidURL, match=r"dev\.db: the file can't be opened as a database \(.*malformed"):
        create_engine(f"local:///{path}")
