"""What does engine.send say of a request that was written wrong, besides the service's words?"""

# ruff: noqa: E501  a row is a line, so that rows can be compared

from typing import Any

import pytest

from dynexpr import create_engine
from dynexpr.errors import ServiceError
from tests.models import Base

KEY = {"user": {"S": "u"}}
ROWS: dict[str, tuple[str, dict[str, Any], str]] = {
    "operation": ("Puttem", {}, "; did you mean 'PutItem'?"),
    "parameter": ("PutItem", {"Tablename": "quotas"}, "; PutItem has no parameter 'Tablename'; did you mean 'TableName'?"),
    "value": ("PutItem", {"TableName": "quotas", "Item": {"user": "u"}}, "; Item.user is 'u', and on the wire {'S': 'u'}"),
    "number": ("PutItem", {"TableName": "quotas", "Item": {**KEY, "n": {"N": 5}}}, "; Item.n is {'N': 5}, and on the wire {'N': '5'}"),
    "map": ("PutItem", {"TableName": "quotas", "Item": {**KEY, "m": {"a": 1, "b": 2}}}, "; Item.m is {'a': 1, 'b': 2}, and on the wire {'M': {'a': {'N': '1'}, 'b': {'N': '2'}}}"),
    "deep": ("PutItem", {"TableName": "quotas", "Item": {**KEY, "m": {"M": {"l": {"L": [KEY["user"], 1]}}}}}, "; Item.m.l[1] is 1, and on the wire {'N': '1'}"),
    "key": ("GetItem", {"TableName": "quotas", "Key": {"user": "u"}}, "; Key.user is 'u', and on the wire {'S': 'u'}"),
    "batch": ("BatchGetItem", {"RequestItems": {"quotas": {"Keys": [KEY, {"user": "u"}]}}}, "; RequestItems.quotas.Keys[1].user is 'u', and on the wire {'S': 'u'}"),
    "batch write": ("BatchWriteItem", {"RequestItems": {"quotas": [{"PutRequest": {"Item": {"user": 1}}}]}}, "; RequestItems.quotas[0].PutRequest.Item.user is 1, and on the wire {'N': '1'}"),
    "transaction": ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "quotas", "Item": {"user": "u"}}}]}, "; TransactItems[0].Put.Item.user is 'u', and on the wire {'S': 'u'}"),
    "partiql": ("ExecuteStatement", {"Statement": "SELECT * FROM quotas WHERE user = ?", "Parameters": ["u"]}, "; Parameters[0] is 'u', and on the wire {'S': 'u'}"),
    "no storable value": ("PutItem", {"TableName": "quotas", "Item": {"user": object}}, ""),
    "the service's alone": ("PutItem", {"TableName": "quotas", "Item": {"usr": {"S": "u"}}}, ""),
    "another error": ("PutItem", {"TableName": "quota", "Item": KEY, "Tablename": "x"}, "; is the name right"),
}  # fmt: skip


@pytest.mark.parametrize(("operation", "params", "hint"), ROWS.values(), ids=ROWS)
def test_hints(operation: str, params: dict[str, Any], hint: str) -> None:
    """The name or the value that was meant stands behind what the service says, once."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        with pytest.raises(ServiceError) as caught:
            engine.send(operation, **params)
    said = str(caught.value)
    if not hint:
        assert "on the wire" not in said
        assert "did you mean" not in said
    elif operation == "Puttem" or hint.startswith("; is"):
        assert hint in said
    else:
        assert said.endswith(hint)
