"""In which words does each operation refuse a value: one table of values, and the layers of checks that they meet."""

# ruff: noqa: E501  a row is a line, so that rows can be compared

from collections.abc import Callable
from typing import Any

import pytest

from dynexpr.local import LocalEngine, LocalServiceError
from tests.local_rows import (
    TABLES,
    N,
    P,
    Request,
    S,
    V,
    bdel,
    bget,
    bput,
    get,
    put,
    qry,
    rem,
    scn,
    tget,
    tput,
    tupd,
    tx,
    upd,
)

INVALID = "One or more parameter values were invalid: "
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
NOT_NUMERIC = "The parameter cannot be converted to a numeric value"
DIGITS = "Attempting to store more than 38 significant digits in a Number"
COUNTED = "1 validation error detected: "
KEY = {"id": S("a")}

# The value; what the current layer says of it; what the older one says. Recorded on the service: see wordings.py.
VALUES: list[tuple[dict[str, Any], str, str]] = [
    (N("abc"), f"{NOT_NUMERIC}: abc", f"{NOT_NUMERIC}: abc"),
    (N(""), f"{NOT_NUMERIC}: ", NOT_NUMERIC),
    (N("1e"), f"{NOT_NUMERIC}: 1e", f"{NOT_NUMERIC}: 1e"),
    (N("1.2.3"), f"{NOT_NUMERIC}: 1.2.3", f"{NOT_NUMERIC}: 1.2.3"),
    (N("1 "), f"{NOT_NUMERIC}: 1 ", f"{NOT_NUMERIC}: 1 "),
    (N("0x10"), f"{NOT_NUMERIC}: 0x10", f"{NOT_NUMERIC}: 0x10"),
    (N("Infinity"), f"{NOT_NUMERIC}: Infinity", f"{NOT_NUMERIC}: Infinity"),
    (N("1e126"), OVERFLOW, OVERFLOW),
    (N("1e-131"), UNDERFLOW, UNDERFLOW),
    (N("1e2147483647"), OVERFLOW, UNDERFLOW),
    (N("1e2147483648"), OVERFLOW, f"{NOT_NUMERIC}: 1e2147483648"),
    (N("1e-2147483648"), UNDERFLOW, f"{NOT_NUMERIC}: 1e-2147483648"),
    (N("-1e99999999999"), OVERFLOW, f"{NOT_NUMERIC}: -1e99999999999"),
    (N("1e-99999999999"), UNDERFLOW, f"{NOT_NUMERIC}: 1e-99999999999"),
    (N("1" * 39 + "0"), DIGITS, DIGITS),
    ({"NS": ["1", ""]}, f"{NOT_NUMERIC}: ", NOT_NUMERIC),
    ({"M": {"x": {"L": [N("1e2147483647")]}}}, OVERFLOW, UNDERFLOW),
    ({"SS": ["b", "a", "b"]}, INVALID + 'Input collection ["a", "b", "b"] contains duplicates.', INVALID + "Input collection [b, a, b] contains duplicates."),
    ({"SS": ["c", "b", "c", "a", "a"]}, INVALID + 'Input collection ["b", "c", "c", "a", "a"] contains duplicates.', INVALID + "Input collection [c, b, c, a, a] contains duplicates."),
    ({"BS": [b"\xff", b"\x00", b"\x00"]}, INVALID + 'Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.', INVALID + "Input collection [/w==, AA==, AA==]of type BS contains duplicates."),
    ({"NS": ["2", "1", "2"]}, INVALID + "Input collection contains duplicates.", "Input collection contains duplicates"),
    ({"SS": []}, INVALID + "An string set  may not be empty", INVALID + "An string set  may not be empty"),
]  # fmt: skip


def _none(message: str) -> str:
    return message


def _count(message: str) -> str:
    return COUNTED + message


def _for_key(message: str) -> str:
    return f"ExpressionAttributeValues contains invalid value: {message} for key :v"


CONDITION = "attribute_not_exists(id) OR n = :v"
PLACES: list[tuple[str, Callable[[dict[str, Any]], Request], bool, Callable[[str], str]]] = [
    ("put_item", lambda v: put(P, **KEY, n=v), True, _count),
    ("put_condition", lambda v: put(P, **KEY, ConditionExpression=CONDITION, ExpressionAttributeValues={":v": v}), True, _count),
    ("put_expected", lambda v: put(P, **KEY, Expected={"n": {"Value": v}}), True, _count),
    ("update_value", lambda v: upd(P, "SET n = :v", {":v": v}, **KEY), True, _count),
    ("update_attribute", lambda v: upd(P, None, AttributeUpdates={"n": {"Action": "PUT", "Value": v}}, **KEY), True, _count),
    ("update_key", lambda v: upd(P, "SET n = :n", V(n=N(1)), id=v), True, _count),
    ("delete_condition", lambda v: rem(P, ConditionExpression="n = :v", ExpressionAttributeValues={":v": v}, **KEY), True, _count),
    ("delete_key", lambda v: rem(P, id=v), True, _count),
    ("get_key", lambda v: get(P, id=v), True, _none),
    ("batch_get_key", lambda v: bget(P, {"id": v}), True, _none),
    ("query_key", lambda v: qry(P, "id = :v", {":v": v}), True, _none),
    ("query_filter", lambda v: qry(P, "id = :p", {":p": S("a"), ":v": v}, FilterExpression="n = :v"), True, _none),
    ("query_start", lambda v: qry(P, "id = :p", {":p": S("a")}, ExclusiveStartKey={"id": v}), True, _none),
    ("scan_filter", lambda v: scn(P, FilterExpression="n = :v", ExpressionAttributeValues={":v": v}), False, _for_key),
    ("batch_put", lambda v: ("BatchWriteItem", {"RequestItems": {P: [bput(**KEY, n=v)]}}), False, _none),
    ("batch_delete", lambda v: ("BatchWriteItem", {"RequestItems": {P: [bdel(id=v)]}}), False, _none),
    ("transact_put", lambda v: tx(tput(P, **KEY, n=v)), False, _none),
    ("transact_update", lambda v: tx(tupd(P, "SET n = :v", {":v": v}, **KEY)), False, _for_key),
    ("transact_get", lambda v: tget((P, {"id": v})), False, _none),
]  # fmt: skip


@pytest.fixture(scope="module")
def local() -> LocalEngine:
    """An engine with the tables of the rows."""
    engine = LocalEngine()
    for request in TABLES:
        engine.call(*request)
    return engine


@pytest.mark.parametrize(("name", "request_with", "is_current", "around"), PLACES, ids=[place[0] for place in PLACES])
def test_words_of_values(
    local: LocalEngine,
    name: str,  # noqa: ARG001  the row's
    request_with: Callable[[dict[str, Any]], Request],
    is_current: bool,
    around: Callable[[str], str],
) -> None:
    """Each operation refuses each value in the words of its layer, and nothing is written."""
    found: list[str] = []
    for value, _current, _older in VALUES:
        with pytest.raises(LocalServiceError) as caught:
            local.call(*request_with(value))
        assert caught.value.code == "ValidationException"
        found.append(caught.value.message)
    assert found == [around(current if is_current else older) for _value, current, older in VALUES]
    assert local.call("Scan", {"TableName": P})["Count"] == 0


def test_values_before_tables() -> None:
    """The value is refused before the table is missed."""
    nothing = LocalEngine()
    for name, request_with, _is_current, around in PLACES:
        if name not in {"batch_delete", "transact_get"}:
            with pytest.raises(LocalServiceError) as caught:
                nothing.call(*request_with(N("abc")))
            assert caught.value.message == around(f"{NOT_NUMERIC}: abc"), name
