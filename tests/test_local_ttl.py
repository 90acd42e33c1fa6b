"""Time to live in the embedded engine: the setting, row by row, and what expires when."""

# ruff: noqa: E501  a row is a line, so that rows can be compared

from typing import Any

import pytest

from dynexpr.local import LocalEngine, LocalServiceError
from tests.local_rows import (
    TABLES,
    N,
    O,
    P,
    RealEngine,
    Request,
    Row,
    S,
    check_embedded,
    check_real,
    create,
    fails,
    get,
    put,
    refused,
    scn,
    types,
)

NOW = 1_800_000_000
DAY = 24 * 3600
YEAR = 365.25 * DAY
WORDS = "words-of-the-control-plane"


def ttl(attribute: str | None, enabled: bool | None = True, table: str = P) -> Request:
    """UpdateTimeToLive."""
    given = {"AttributeName": attribute, "Enabled": enabled}
    kept = {name: value for name, value in given.items() if value is not None}
    return "UpdateTimeToLive", {"TableName": table, "TimeToLiveSpecification": kept}


DESCRIBE = ("DescribeTimeToLive", {"TableName": "extra"})
ON = ttl("until", table="extra")
OFF = ttl("until", enabled=False, table="extra")

ROWS = (
    Row("never", [create(), DESCRIBE], {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}),
    Row("enabled", [create(), ON], {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}}),
    Row("described", [create(), ON, DESCRIBE], {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}}),
    Row("disabled", [create(), ON, OFF], {"TimeToLiveSpecification": {"Enabled": False, "AttributeName": "until"}}),
    Row("disabled_described", [create(), ON, OFF, DESCRIBE], {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}),
    Row("on_the_key", [create(), ttl("id", table="extra"), DESCRIBE], {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "id"}}),
    Row("again", [create(), ON, ON], refused("TimeToLive is already enabled")),
    Row("off_never", [create(), OFF], refused("TimeToLive is already disabled")),
    Row("off_twice", [create(), ON, OFF, OFF], refused("TimeToLive is already disabled")),
    Row("other", [create(), ON, ttl("x", table="extra")], refused("TimeToLive is active on a different AttributeName: current AttributeName is until"), WORDS),
    Row("off_other", [create(), ON, ttl("x", enabled=False, table="extra")], refused("TimeToLive is active on a different AttributeName: current AttributeName is until"), WORDS),
    Row("a_refused_change_changes_nothing", [create(), ON, fails(ttl("x", table="extra")), DESCRIBE], {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}}),
    Row("missing_table", [ttl("x", table="nowhere")], refused("Requested resource not found: Table: nowhere not found", "ResourceNotFoundException"), WORDS),
    Row("describe_missing_table", [("DescribeTimeToLive", {"TableName": "nowhere"})], refused("Requested resource not found: Table: nowhere not found", "ResourceNotFoundException"), WORDS),
    Row("no_table", [("DescribeTimeToLive", {})], refused("The parameter 'TableName' is required but was not present in the request"), WORDS),
    Row("no_specification", [("UpdateTimeToLive", {"TableName": P})], refused("1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy constraint: Member must not be null"), WORDS),
    Row("empty_specification", [ttl(None, None)], refused("2 validation errors detected: Value null at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must not be null; Value null at 'timeToLiveSpecification.enabled' failed to satisfy constraint: Member must not be null"), WORDS),
    Row("no_attribute", [ttl(None)], refused("1 validation error detected: Value null at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must not be null"), WORDS),
    Row("empty_attribute", [ttl("")], refused("1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length greater than or equal to 1"), WORDS),
    Row("long_attribute", [ttl("x" * 256)], refused(f"1 validation error detected: Value '{'x' * 256}' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length less than or equal to 255"), WORDS),
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


@pytest.mark.parametrize(
    ("until", "goes"),
    [
        (N(NOW - 1), True),
        (N(NOW), False),
        (N(NOW + 1), False),
        (N(f"{NOW - 1}.5"), True),
        (N(NOW - 5 * YEAR + DAY), True),
        (N(NOW - 5 * YEAR - DAY), False),
        (N(-1), False),
        (N("1e125"), False),
        (N((NOW - 1) * 1000), False),
        (S(str(NOW - 1)), False),
        ({"L": [N(NOW - 1)]}, False),
        ({"NULL": True}, False),
        (None, False),
    ],
)
def test_what_expires(local: LocalEngine, until: dict[str, Any] | None, *, goes: bool) -> None:
    """Only a number of seconds that is past, and not by five years, ends an item."""
    local.call(*ttl("until"))
    given = {} if until is None else {"until": until}
    local.call(*put(P, id=S("a"), **given))
    assert local.expire(NOW) == goes
    assert ("Item" in local.call(*get(P, id=S("a")))) is not goes


def test_expired_items_are_read_until_they_go() -> None:
    """Nothing is deleted before `expire`; then it is gone from the table and its indexes, by the engine's clock."""
    now = float(NOW)
    local = LocalEngine(clock=lambda: now)
    for request in TABLES:
        local.call(*request)
    local.call(*ttl("until", table=O))
    for n, seconds in enumerate((-5, 5, 50)):
        local.call(*put(O, p=S("a"), s=N(n), g=S("g"), until=N(NOW + seconds)))
    assert local.call(*scn(O))["Count"] == 3
    assert local.expire() == 1
    now += 10
    assert local.call(*scn(O))["Count"] == 2
    assert local.expire() == 1
    assert local.expire() == 0
    assert [item["s"] for item in local.call(*scn(O, IndexName="by-g"))["Items"]] == [N(2)]
    local.call(*ttl("until", enabled=False, table=O))
    assert local.expire(NOW + 100) == 0


def test_only_tables_with_a_time_to_live(local: LocalEngine) -> None:
    """A table without the setting keeps everything."""
    local.call(*put(P, id=S("a"), until=N(NOW - 1)))
    assert local.expire(NOW) == 0


def test_a_closed_engine(local: LocalEngine) -> None:
    """An engine that was closed says so."""
    local.close()
    with pytest.raises(Exception, match="closed"):
        local.expire()


def test_the_key_may_expire(local: LocalEngine) -> None:
    """Time to live may be on the partition key."""
    local.call(*create(AttributeDefinitions=types(id="N")))
    local.call(*ttl("id", table="extra"))
    local.call(*put("extra", id=N(NOW - 1)))
    assert local.expire(NOW) == 1
    with pytest.raises(LocalServiceError, match="already enabled"):
        local.call(*ttl("id", table="extra"))
