"""Is a request told in words, and none of its values?"""

from typing import Any

import pytest

from dynexpr.metering import shape_of
from dynexpr.usage.statements import words_of

SHAPES: list[tuple[str, dict[str, Any], str]] = [
    ("ListTables", {}, "ListTables"),
    ("DescribeTable", {"TableName": "t"}, "DescribeTable t"),
    (
        "Query",
        {
            "TableName": "t",
            "IndexName": "i",
            "KeyConditionExpression": "#n0 = :v0",
            "ProjectionExpression": "#n1.#n2[0], #other",
            "ExpressionAttributeNames": {"#n0": "a b", "#n1": "m", "#n2": "l.x"},
            "ExpressionAttributeValues": {":v0": {"S": "secret"}},
        },
        "Query t/i: `a b` = :v0; only m.`l.x`[0], #other",
    ),
    (
        "BatchWriteItem",
        {"RequestItems": {"t": [{"PutRequest": {"Item": {"id": {"S": "secret"}}}}, {"DeleteRequest": {"Key": {}}}]}},
        "BatchWriteItem t puts, t deletes",
    ),
    (
        "BatchGetItem",
        {"RequestItems": {"t": {"Keys": [{"id": {"S": "secret"}}], "ProjectionExpression": "#n0",
                                "ExpressionAttributeNames": {"#n0": "a"}}}},
        "BatchGetItem t keys (only a)",
    ),
    (
        "ExecuteStatement",
        {"Statement": """SELECT "a1" FROM t WHERE a1 = 'secret ''x''' AND b > -1.5e3\n AND c = ? AND d2 IN [1,2]"""},
        """ExecuteStatement: SELECT "a1" FROM t WHERE a1 = ? AND b > ? AND c = ? AND d2 IN [?,?]""",
    ),
    (
        "ExecuteStatement",
        {"Statement": "INSERT INTO t VALUE {'id': 'secret', 'n':5, 'm':{'x':-7.5}, 's':<<1,2>>}"},
        "ExecuteStatement: INSERT INTO t VALUE {?: ?, ?:?, ?:{?:?}, ?:<<?,?>>}",
    ),
    (
        "BatchExecuteStatement",
        {"Statements": [{"Statement": "DELETE FROM t WHERE id = 'secret'"}]},
        "BatchExecuteStatement: DELETE FROM t WHERE id = ?",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "params", "words"), SHAPES, ids=[f"{number} {row[0]}" for number, row in enumerate(SHAPES)]
)
def test_words(operation: str, params: dict[str, Any], words: str) -> None:
    """What was sent is told without any value, whatever the operation."""
    assert words_of(shape_of(operation, params)) == words
    assert "secret" not in words
