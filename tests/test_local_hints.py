"""What does engine.send say of a request that was written wrong, besides the service's words?"""

# ruff: noqa: E501  a row is a line, so that rows can be compared

from typing import Any

import pytest

from dynexpr import create_engine
from dynexpr.errors import ServiceError
from dynexpr.local.validate import REQUESTS, parameters_of
from tests.models import Base

KEY = {"user": {"S": "u"}}
ROWS: dict[str, tuple[str, dict[str, Any], str]] = {
    "operation": ("Puttem", {}, "; did you mean 'PutItem'?"),
    "parameter": ("PutItem", {"Tablename": "quotas"}, "; PutItem has no parameter 'Tablename'; did you mean 'TableName'?"),
    "value": ("PutItem", {"TableName": "quotas", "Item": {"user": "u"}}, "; Item.user is a plain str, and on the wire {'S': …}"),
    "number": ("PutItem", {"TableName": "quotas", "Item": {**KEY, "n": {"N": 5}}}, "; Item.n: on the wire {'N': …} holds str, not int"),
    "map": ("PutItem", {"TableName": "quotas", "Item": {**KEY, "m": {"a": 1, "b": 2}}}, "; Item.m is a plain dict, and on the wire {'M': …}"),
    "deep": ("PutItem", {"TableName": "quotas", "Item": {**KEY, "m": {"M": {"l": {"L": [KEY["user"], 1]}}}}}, "; Item.m.l[1] is a plain int, and on the wire {'N': …}"),
    "key": ("GetItem", {"TableName": "quotas", "Key": {"user": "u"}}, "; Key.user is a plain str, and on the wire {'S': …}"),
    "batch": ("BatchGetItem", {"RequestItems": {"quotas": {"Keys": [KEY, {"user": "u"}]}}}, "; RequestItems.quotas.Keys[1].user is a plain str, and on the wire {'S': …}"),
    "batch write": ("BatchWriteItem", {"RequestItems": {"quotas": [{"PutRequest": {"Item": {"user": 1}}}]}}, "; RequestItems.quotas[0].PutRequest.Item.user is a plain int, and on the wire {'N': …}"),
    "transaction": ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "quotas", "Item": {"user": "u"}}}]}, "; TransactItems[0].Put.Item.user is a plain str, and on the wire {'S': …}"),
    "partiql": ("ExecuteStatement", {"Statement": "SELECT * FROM quotas WHERE user = ?", "Parameters": ["u"]}, "; Parameters[0] is a plain str, and on the wire {'S': …}"),
    "no storable value": ("PutItem", {"TableName": "quotas", "Item": {"user": object}}, ""),
    "no name like it": ("Query", {"TableName": "quotas", "Zzz": 1}, "; Query has no parameter 'Zzz'"),
    "a parameter passed over": ("CreateTable", {"TableName": "x", "ResourcePolicy": "{}"}, ""),
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


def test_parameters_are_the_services() -> None:
    """What is said not to be a parameter is none of the service's either."""
    from botocore.session import Session

    for service in ("dynamodb", "dynamodbstreams"):
        model = Session().get_service_model(service)
        for operation in set(model.operation_names) & REQUESTS.keys():
            shape = model.operation_model(operation).input_shape
            assert set(shape.members if shape is not None else ()) <= parameters_of(operation), operation
