"""What UpdateTable answers and does, row by row; messages as recorded on the service."""

# ruff: noqa: E501  a row is a line, so that rows can be compared

from pathlib import Path
from typing import Any

import pytest

from dynexpr.local import LocalEngine, LocalServiceError
from tests.local_rows import (
    M,
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
    create,
    index,
    key,
    put,
    qry,
    refused,
    scn,
    types,
)

INVALID = "One or more parameter values were invalid: "
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
OTHER_UNITS = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}
PROVISIONED = create(BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
ON_DEMAND = create()
INDEXED = create(
    AttributeDefinitions=types(id="S", g="S"),
    BillingMode="PROVISIONED",
    ProvisionedThroughput=UNITS,
    GlobalSecondaryIndexes=[{**index("glo", key("g")), "ProvisionedThroughput": UNITS}],
)
ON_DEMAND_INDEXED = create(AttributeDefinitions=types(id="S", g="S"), GlobalSecondaryIndexes=[index("glo", key("g"))])
STREAMING = create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
ENABLE = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}


def change(table: str | None = "extra", **params: Any) -> Request:
    """UpdateTable."""
    return "UpdateTable", {"TableName": table, **params}


def indexes(*updates: dict[str, Any], table: str = "extra", **params: Any) -> Request:
    """UpdateTable of indexes."""
    return change(table, GlobalSecondaryIndexUpdates=list(updates), **params)


def new(name: str = "new", schema: list[dict[str, str]] | None = None, **more: Any) -> dict[str, Any]:
    """The creation of an index."""
    return {"Create": {**index(name, schema or key("x")), **more}}


def gone(name: str) -> dict[str, Any]:
    """The deletion of an index."""
    return {"Delete": {"IndexName": name}}


def changed(name: str, **more: Any) -> dict[str, Any]:
    """The change of an index."""
    return {"Update": {"IndexName": name, **more}}


NOTHING = "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required"
SAME_UNITS = "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 5. Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
ONE_AT_A_TIME = Refused(
    "LimitExceededException",
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
)
TWO_OF_ONE = INVALID + "Only one global secondary index update per index is allowed simultaneously. Index: glo"
WORDS = "words-of-the-control-plane"
LENIENT = "lenient-control-plane"

BAD: list[tuple[str, list[Request], Refused, str | None]] = [
    ("no_name", [change(None, BillingMode="PAY_PER_REQUEST")], refused("The parameter 'TableName' is required but was not present in the request"), WORDS),
    ("missing", [change("nowhere", BillingMode="PAY_PER_REQUEST")], refused("Requested resource not found: Table: nowhere not found", "ResourceNotFoundException"), WORDS),
    ("nothing", [PROVISIONED, change()], refused(NOTHING), WORDS),
    ("nothing_of_missing", [change("nowhere")], refused(NOTHING), "broken-control-plane"),
    ("only_definitions", [PROVISIONED, change(AttributeDefinitions=types(id="S"))], refused(NOTHING), WORDS),
    ("no_indexes", [PROVISIONED, indexes()], refused(NOTHING), WORDS),
    ("no_indexes_but_mode", [PROVISIONED, indexes(BillingMode="PAY_PER_REQUEST")], refused(INVALID + "List of GlobalSecondaryIndexUpdates is empty"), LENIENT),
    ("empty_maxima", [ON_DEMAND, change(OnDemandThroughput={})], refused(NOTHING), LENIENT),
    ("same_units", [PROVISIONED, change(ProvisionedThroughput=UNITS)], refused(SAME_UNITS), WORDS),
    ("same_units_and_mode", [PROVISIONED, change(BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)], refused(SAME_UNITS), WORDS),
    ("many_units", [PROVISIONED, change(ProvisionedThroughput={**UNITS, "WriteCapacityUnits": 10**12 + 1})], refused("Given value 1000000000001 for WriteCapacityUnits is out of bounds"), WORDS),
    ("no_units", [PROVISIONED, change(ProvisionedThroughput={})], refused("2 validation errors detected: Value null at 'provisionedThroughput.writeCapacityUnits' failed to satisfy constraint: Member must not be null; Value null at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must not be null"), WORDS),
    ("mode_without_units", [ON_DEMAND, change(BillingMode="PROVISIONED")], refused(INVALID + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"), WORDS),
    ("same_mode_without_units", [PROVISIONED, change(BillingMode="PROVISIONED")], refused(INVALID + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"), LENIENT),
    ("on_demand_with_units", [PROVISIONED, change(BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=OTHER_UNITS)], refused(INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"), LENIENT),
    ("units_on_demand", [ON_DEMAND, change(ProvisionedThroughput=UNITS)], refused(INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"), LENIENT),
    ("mode_without_index_units", [ON_DEMAND_INDEXED, change(BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)], refused(INVALID + "ProvisionedThroughput must be specified for index: glo"), LENIENT),
    ("stream_again", [STREAMING, change(StreamSpecification=ENABLE)], refused("Table already has an enabled stream: TableName: extra"), WORDS),
    ("stream_no_view", [ON_DEMAND, change(StreamSpecification={"StreamEnabled": True})], refused(INVALID + "If stream is being enabled then UpdateViewType is required"), WORDS),
    ("stream_off_with_view", [STREAMING, change(StreamSpecification={"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"})], refused(INVALID + "If stream is being disabled, then UpdateViewType must not be specified"), WORDS),
    ("no_stream_off", [ON_DEMAND, change(StreamSpecification={"StreamEnabled": False})], refused("Table has no stream to disable: TableName: extra"), WORDS),
    ("stream_view_word", [ON_DEMAND, change(StreamSpecification={"StreamEnabled": True, "StreamViewType": "new"})], refused("1 validation error detected: Value 'new' at 'streamSpecification.streamViewType' failed to satisfy constraint: Member must satisfy enum value set: [OLD_IMAGE, KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE]"), "broken-control-plane"),
    ("two_empty", [INDEXED, indexes({})], refused(INVALID + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null"), WORDS),
    ("two_actions", [INDEXED, indexes({**gone("glo"), **new()})], refused(INVALID + "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"), LENIENT),
    ("twice", [INDEXED, indexes(gone("glo"), gone("glo"))], refused(TWO_OF_ONE), WORDS),
    ("gone_and_changed", [INDEXED, indexes(gone("glo"), changed("glo", ProvisionedThroughput=OTHER_UNITS))], refused(TWO_OF_ONE), WORDS),
    ("two_new", [INDEXED, indexes(new("na1", ProvisionedThroughput=UNITS), new("na2", ProvisionedThroughput=UNITS), AttributeDefinitions=types(x="S"))], ONE_AT_A_TIME, None),
    ("two_gone", [INDEXED, indexes(gone("glo"), gone("glp"))], ONE_AT_A_TIME, None),
    ("new_and_gone", [INDEXED, indexes(new(ProvisionedThroughput=UNITS), gone("glo"), AttributeDefinitions=types(x="S"))], ONE_AT_A_TIME, None),
    ("gone_missing", [INDEXED, indexes(gone("ghost"))], refused("Requested resource not found: Index ghost for table extra", "ResourceNotFoundException"), WORDS),
    ("changed_missing", [INDEXED, indexes(changed("ghost", ProvisionedThroughput=UNITS))], refused("Requested resource not found: Index ghost for table extra", "ResourceNotFoundException"), "broken-control-plane"),
    ("gone_local", [indexes(gone("by-l"), table=O)], refused("Cannot delete an index that is not a GlobalSecondaryIndex: by-l"), WORDS),
    ("changed_local", [indexes(changed("by-l", OnDemandThroughput={"MaxReadRequestUnits": 5}), table=O)], refused("Cannot update an index that is not a GlobalSecondaryIndex: by-l"), LENIENT),
    ("new_again", [INDEXED, indexes(new("glo", key("g")), AttributeDefinitions=types(g="S"))], refused("Attempting to create an index which already exists"), None),
    ("new_as_local", [indexes(new("by-l", key("g")), AttributeDefinitions=types(g="S"), table=O)], refused("Attempting to create an index which already exists"), None),
    ("new_without_definitions", [ON_DEMAND, indexes(new())], refused(INVALID + "AttributeDefinitions is not specified for index: new"), WORDS),
    ("new_undefined", [ON_DEMAND, indexes(new(), AttributeDefinitions=types(y="S"))], refused(INVALID + "Some index key attributes are not defined in AttributeDefinitions. Keys: [x], AttributeDefinitions: [y, id]"), WORDS),
    ("new_redefined", [ON_DEMAND, indexes(new(schema=key("id")), AttributeDefinitions=types(id="N"))], refused(INVALID + "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. Existing schema: id:S New schema: id:N"), WORDS),
    ("new_twice_defined", [ON_DEMAND, indexes(new(), AttributeDefinitions=[*types(x="S"), *types(x="S")])], refused("Attribute Name is duplicated: x"), LENIENT),
    ("new_key_order", [ON_DEMAND, indexes(new(schema=[*key(sort=("x",)), *key("id")]), AttributeDefinitions=types(x="S"))], refused("Invalid KeySchema: The first KeySchemaElement is not a HASH key type"), WORDS),
    ("new_five_keys", [ON_DEMAND, indexes(new(schema=key("a", "b", "c", "d", "e")), AttributeDefinitions=types(a="S", b="S", c="S", d="S", e="S"))], refused(INVALID + "The KeySchema exceeds the maximum allowed number of HASH key attributes"), WORDS),
    ("new_include_nothing", [ON_DEMAND, indexes({"Create": index("new", key("x"), "INCLUDE")}, AttributeDefinitions=types(x="S"))], refused(INVALID + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"), WORDS),
    ("new_include_many", [ON_DEMAND, indexes({"Create": index("new", key("x"), "INCLUDE", NonKeyAttributes=["y", "y"])}, AttributeDefinitions=types(x="S"))], refused(INVALID + "Duplicate element in NonKeyAttributes: y"), WORDS),
    ("new_without_units", [PROVISIONED, indexes(new(), AttributeDefinitions=types(x="S"))], refused(INVALID + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: new"), "broken-control-plane"),
    ("new_with_units", [ON_DEMAND, indexes(new(ProvisionedThroughput=UNITS), AttributeDefinitions=types(x="S"))], refused(INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: new when BillingMode is PAY_PER_REQUEST"), LENIENT),
    ("changed_on_demand", [ON_DEMAND_INDEXED, indexes(changed("glo", ProvisionedThroughput=UNITS))], refused(INVALID + "The only Updates for index: glo when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput"), LENIENT),
    ("changed_nothing", [ON_DEMAND_INDEXED, indexes(changed("glo"))], refused(INVALID + "The only Updates for index: glo when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput"), "broken-control-plane"),
    ("changed_same", [INDEXED, indexes(changed("glo", ProvisionedThroughput=UNITS))], refused(SAME_UNITS.replace("the table", "the index glo")), WORDS),
    ("changed_warm_empty", [INDEXED, indexes(changed("glo", WarmThroughput={}))], refused(INVALID + "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: glo"), WORDS),
    ("new_and_units", [PROVISIONED, indexes(new(ProvisionedThroughput=UNITS), ProvisionedThroughput=OTHER_UNITS, AttributeDefinitions=types(x="S"))], refused(INVALID + "You cannot create or delete index while updating table IOPS"), "combined-update-table"),
    ("new_and_stream", [ON_DEMAND, indexes(new(), StreamSpecification=ENABLE, AttributeDefinitions=types(x="S"))], refused(INVALID + "You cannot create or delete index while changing stream status"), "combined-update-table"),
    ("stream_and_units", [PROVISIONED, change(ProvisionedThroughput=OTHER_UNITS, StreamSpecification=ENABLE)], refused(INVALID + "You cannot modify stream status while updating table IOPS"), WORDS),
    ("class_and_mode", [PROVISIONED, change(BillingMode="PAY_PER_REQUEST", TableClass="STANDARD_INFREQUENT_ACCESS")], refused(INVALID + "TableClass modification must be the only operation in the request"), "combined-update-table"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "requests", "expected", "differs"), BAD, ids=[row[0] for row in BAD])
def test_refused(
    name: str, requests: list[Request], expected: Refused, differs: str | None, local: LocalEngine
) -> None:
    """What can't be is refused in the service's words, and leaves the table as it was."""
    before = tables(local, requests[:-1])
    check_embedded(Row(name, requests[-1:], expected, differs), local)
    assert tables(local, []) == before


def tables(local: LocalEngine, requests: list[Request]) -> list[Any]:
    """The tables after some requests."""
    for request in requests:
        local.call(*request)
    return [local.call("DescribeTable", {"TableName": name}) for name in local.call("ListTables", {})["TableNames"]]


@pytest.mark.engine
@pytest.mark.ci
@pytest.mark.parametrize(("name", "requests", "expected", "differs"), BAD, ids=[row[0] for row in BAD])
def test_refused_dynamodb_local(
    name: str, requests: list[Request], expected: Refused, differs: str | None, real: RealEngine
) -> None:
    """DynamoDB Local refuses the same, or differs as is known."""
    check_real(Row(name, list(requests), expected, differs), real)


ALONE: list[tuple[str, Any, str]] = [
    ("SSESpecification", {"Enabled": True}, "Server-Side Encryption modification"),
    ("TableClass", "STANDARD_INFREQUENT_ACCESS", "TableClass modification"),
    ("DeletionProtectionEnabled", True, "DeletionProtection modification"),
    ("WarmThroughput", {"ReadUnitsPerSecond": 20_000}, "WarmThroughput"),
]
OWN_BAD: list[tuple[str, list[Request], str]] = [
    *(
        (f"{first}_and_{second}", [ON_DEMAND, change("extra", **{first: value, second: other})], f"{words} must be the only operation in the request")
        for position, (first, value, words) in enumerate(ALONE)
        for second, other, _ in ALONE[position + 1 :]
    ),
    ("warm_and_new", [ON_DEMAND, indexes(new(), WarmThroughput={"ReadUnitsPerSecond": 20_000}, AttributeDefinitions=types(x="S"))], "Create global secondary index cannot be specified when updating WarmThroughput"),
    ("maxima_and_stream", [ON_DEMAND, change(OnDemandThroughput={"MaxReadRequestUnits": 5}, StreamSpecification=ENABLE)], "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"),
    ("maxima_zero", [ON_DEMAND, change(OnDemandThroughput={"MaxReadRequestUnits": 0})], "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range"),
    ("maxima_negative", [ON_DEMAND, change(OnDemandThroughput={"MaxWriteRequestUnits": -2})], "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range"),
    ("maxima_provisioned", [PROVISIONED, change(OnDemandThroughput={"MaxReadRequestUnits": 5})], "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"),
    ("index_maxima_provisioned", [INDEXED, indexes(changed("glo", OnDemandThroughput={"MaxReadRequestUnits": 5}))], "MaxReadRequestUnits for OnDemandThroughput for index : glo cannot be specified when the table BillingMode is PROVISIONED"),
    ("index_maxima_zero", [ON_DEMAND_INDEXED, indexes(changed("glo", OnDemandThroughput={"MaxReadRequestUnits": 0}))], "Requested MaxReadRequestUnits for OnDemandThroughput for index : glo is outside of valid range"),
    ("cooler", [ON_DEMAND, change(WarmThroughput={"ReadUnitsPerSecond": 11_999})], "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported"),
    ("cooler_provisioned", [PROVISIONED, change(WarmThroughput={"WriteUnitsPerSecond": 1})], "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported"),
    ("cooler_index", [ON_DEMAND_INDEXED, indexes(changed("glo", WarmThroughput={"WriteUnitsPerSecond": 1}))], "Requested WriteUnitsPerSecond for WarmThroughput for index glo is lower than current WarmThroughput, decreasing WarmThroughput is not supported"),
    ("no_encryption_off", [ON_DEMAND, change(SSESpecification={"Enabled": False})], "Table is already encrypted by default"),
    ("no_encryption", [ON_DEMAND, change(SSESpecification={})], "Table is already encrypted by default"),
    ("encryption_kind", [ON_DEMAND, change(SSESpecification={"Enabled": True, "SSEType": "AES256"})], "SSEType AES256 is not supported"),
    ("encryption_key_alone", [ON_DEMAND, change(SSESpecification={"Enabled": True, "KMSMasterKeyId": "alias/mine"})], "SSEType KMS is required if KMSMasterKeyId is specified"),
    ("encryption_off_with_kind", [ON_DEMAND, change(SSESpecification={"Enabled": False, "SSEType": "KMS"})], "SSEType can not be specified if Enabled is false"),
    ("encryption_off_with_key", [ON_DEMAND, change(SSESpecification={"Enabled": False, "KMSMasterKeyId": "mine"})], "KMSMasterKeyId can not be specified if Enabled is false"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "requests", "message"), OWN_BAD, ids=[row[0] for row in OWN_BAD])
def test_refused_settings(name: str, requests: list[Request], message: str, local: LocalEngine) -> None:
    """Settings that DynamoDB Local passes over, or keeps on a table that can't be deleted then, are checked too."""
    before = tables(local, requests[:-1])
    check_embedded(Row(name, requests[-1:], refused(INVALID + message)), local)
    assert tables(local, []) == before


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"TableClass": "CHEAP"}, "Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS]"),
        ({"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]}, "does not support ReplicaUpdates: it has one region"),
        ({"VectorIndexUpdates": [{"Delete": {"IndexName": "vec"}}]}, "does not support VectorIndexUpdates: it searches no"),
        ({"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": ""}}, "Value '' at 'sSESpecification.kMSMasterKeyId'"),
    ],
)  # fmt: skip
def test_refused_by_name(local: LocalEngine, params: dict[str, Any], message: str) -> None:
    """What an engine in one process can't mean is refused by its name, never passed over."""
    local.call(*ON_DEMAND)
    with pytest.raises(LocalServiceError) as caught:
        local.call(*change(**params))
    assert message in caught.value.message


def described(local: LocalEngine, table: str = "extra") -> dict[str, Any]:
    """A table's description."""
    found: dict[str, Any] = local.call("DescribeTable", {"TableName": table})["Table"]
    return found


def units(description: dict[str, Any]) -> tuple[int, int]:
    """Its provisioned throughput."""
    given = description["ProvisionedThroughput"]
    return given["ReadCapacityUnits"], given["WriteCapacityUnits"]


def test_units() -> None:
    """Throughput is changed, and its history kept; the answer shows the old one."""
    now = 1_800_000_000.0
    local = LocalEngine(clock=lambda: now)
    local.call(*PROVISIONED)
    answer = local.call(*change(ProvisionedThroughput=OTHER_UNITS))["TableDescription"]
    assert (answer["TableStatus"], units(answer)) == ("UPDATING", (5, 5))
    table = described(local)
    assert (table["TableStatus"], units(table)) == ("ACTIVE", (7, 3))
    history = table["ProvisionedThroughput"]
    assert history["NumberOfDecreasesToday"] == 1
    assert history["LastIncreaseDateTime"].timestamp() == history["LastDecreaseDateTime"].timestamp() == now
    assert table["WarmThroughput"] == {"ReadUnitsPerSecond": 7, "WriteUnitsPerSecond": 5, "Status": "ACTIVE"}
    now += 24 * 3600
    local.call(*change(BillingMode="PROVISIONED", ProvisionedThroughput={**OTHER_UNITS, "WriteCapacityUnits": 2}))
    assert described(local)["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1, "of the new day"


def test_billing() -> None:
    """A table goes to paying per request and back; maxima go, what is warm stays."""
    now = 1_800_000_000.0
    local = LocalEngine(clock=lambda: now)
    local.call(*INDEXED)
    assert "BillingModeSummary" not in described(local)
    now += 60
    local.call(*change(BillingMode="PAY_PER_REQUEST", OnDemandThroughput={"MaxReadRequestUnits": 10}))
    table = described(local)
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"].timestamp() == now
    assert units(table) == units(table["GlobalSecondaryIndexes"][0]) == (0, 0)
    assert table["OnDemandThroughput"] == {"MaxReadRequestUnits": 10}
    assert local.call(*change(BillingMode="PAY_PER_REQUEST"))["TableDescription"]["TableStatus"] == "UPDATING"
    local.call(
        *indexes(
            changed("glo", ProvisionedThroughput=OTHER_UNITS), BillingMode="PROVISIONED", ProvisionedThroughput=UNITS
        )
    )
    table = described(local)
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert (units(table), units(table["GlobalSecondaryIndexes"][0])) == ((5, 5), (7, 3))
    assert "OnDemandThroughput" not in table
    assert table["WarmThroughput"] == {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000, "Status": "ACTIVE"}


def test_settings(local: LocalEngine) -> None:
    """Protection, class, encryption, maxima and warm throughput are kept and described."""
    local.call(*ON_DEMAND)
    before = described(local)
    assert before["DeletionProtectionEnabled"] is False
    assert not before.keys() & {"TableClassSummary", "SSEDescription", "OnDemandThroughput", "StreamSpecification"}
    local.call(*change(OnDemandThroughput={"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 5}))
    local.call(*change(OnDemandThroughput={"MaxWriteRequestUnits": -1}))
    assert described(local)["OnDemandThroughput"] == {"MaxReadRequestUnits": 10}
    local.call(*change(OnDemandThroughput={"MaxReadRequestUnits": -1}))
    assert "OnDemandThroughput" not in described(local)
    warmer = local.call(*change(WarmThroughput={"ReadUnitsPerSecond": 20_000}))["TableDescription"]
    assert warmer["WarmThroughput"] == {
        "ReadUnitsPerSecond": 12_000,
        "WriteUnitsPerSecond": 4_000,
        "Status": "UPDATING",
    }
    assert described(local)["WarmThroughput"]["ReadUnitsPerSecond"] == 20_000
    other = local.call(*change(TableClass="STANDARD_INFREQUENT_ACCESS"))["TableDescription"]
    assert "TableClassSummary" not in other, "it takes a moment"
    assert described(local)["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    local.call(*change(SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "mine"}))
    encrypted = described(local)["SSEDescription"]
    assert encrypted == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": encrypted["KMSMasterKeyArn"]}
    with pytest.raises(LocalServiceError, match="Table is already encrypted with given KMSMasterKeyId"):
        local.call(*change(SSESpecification={"SSEType": "KMS", "KMSMasterKeyId": encrypted["KMSMasterKeyArn"]}))
    local.call(*change(SSESpecification={"Enabled": False}))
    assert "SSEDescription" not in described(local)
    assert local.call(*change(DeletionProtectionEnabled=True))["TableDescription"]["TableStatus"] == "ACTIVE"
    with pytest.raises(LocalServiceError, match="protected against deletion"):
        local.call("DeleteTable", {"TableName": "extra"})
    local.call(*change(DeletionProtectionEnabled=False))
    local.call("DeleteTable", {"TableName": "extra"})


def test_an_index_is_filled(local: LocalEngine) -> None:
    """A new index holds the items that were there, except those whose attribute can't be its key."""
    for name, x in (("a", S("1")), ("b", S("2")), ("number", N(1)), ("empty", S("")), ("null", {"NULL": True})):
        local.call(*put(P, id=S(name), x=x, y=S("y")))
    local.call(*put(P, id=S("none")))
    answer = local.call(*indexes(new(), table=P, AttributeDefinitions=types(x="S", unused="N")))["TableDescription"]
    (shown,) = answer["GlobalSecondaryIndexes"]
    assert (answer["TableStatus"], shown["IndexStatus"], shown["Backfilling"]) == ("UPDATING", "CREATING", False)
    table = described(local, P)
    assert table["AttributeDefinitions"] == types(id="S", x="S")
    (shown,) = table["GlobalSecondaryIndexes"]
    assert (shown["IndexStatus"], shown["ItemCount"]) == ("ACTIVE", 2)
    assert "Backfilling" not in shown
    found = local.call(*scn(P, IndexName="new"))["Items"]
    assert sorted(item["id"]["S"] for item in found) == ["a", "b"]
    local.call(*put(P, id=S("c"), x=S("3")))
    local.call(*put(P, id=S("number"), x=S("4")))
    local.call("DeleteItem", {"TableName": P, "Key": {"id": S("null")}})
    assert local.call(*qry(P, "x = :x", V(x=S("4")), IndexName="new"))["Items"] == [{"id": S("number"), "x": S("4")}]
    with pytest.raises(LocalServiceError, match="Type mismatch for Index Key x"):
        local.call(*put(P, id=S("d"), x=N(1)))


def test_an_index_is_deleted(local: LocalEngine) -> None:
    """An index goes, and the definitions of attributes that were only its keys go with it."""
    local.call(*put(M, id=S("a"), a=S("a"), b=N(1), c=S("c"), d=N(2)))
    answer = local.call(*indexes(gone("by-many"), table=M))["TableDescription"]
    assert [part["IndexStatus"] for part in answer["GlobalSecondaryIndexes"]] == ["DELETING"]
    table = described(local, M)
    assert "GlobalSecondaryIndexes" not in table
    assert table["AttributeDefinitions"] == types(id="S")
    local.call(*put(M, id=S("b"), a=N(1)))
    with pytest.raises(LocalServiceError, match="does not have the specified index"):
        local.call(*scn(M, IndexName="by-many"))
    local.call(*indexes(new("by-many", key("b", sort=("a",))), table=M, AttributeDefinitions=types(a="S", b="N")))
    assert local.call(*scn(M, IndexName="by-many"))["Count"] == 1


def test_index_throughput(local: LocalEngine) -> None:
    """An index is given other throughput; the answer shows the old one."""
    local.call(*INDEXED)
    answer = local.call(*indexes(changed("glo", ProvisionedThroughput=OTHER_UNITS)))["TableDescription"]
    (shown,) = answer["GlobalSecondaryIndexes"]
    assert (answer["TableStatus"], shown["IndexStatus"], units(shown)) == ("ACTIVE", "UPDATING", (5, 5))
    (shown,) = described(local)["GlobalSecondaryIndexes"]
    assert (shown["IndexStatus"], units(shown)) == ("ACTIVE", (7, 3))


def test_twenty_indexes(local: LocalEngine) -> None:
    """A table has at most twenty global indexes."""
    local.call(
        *create(
            AttributeDefinitions=types(id="S", x="S"),
            GlobalSecondaryIndexes=[index(f"glo{n}", key("x")) for n in range(20)],
        )
    )
    with pytest.raises(LocalServiceError) as caught:
        local.call(*indexes(new(), AttributeDefinitions=types(x="S")))
    assert caught.value.code == "LimitExceededException"


def test_another_connection_sees_the_change(tmp_path: Path) -> None:
    """A second engine on the file uses the new index at once."""
    first, second = LocalEngine(str(tmp_path / "t.db")), LocalEngine(str(tmp_path / "t.db"))
    first.call(*ON_DEMAND)
    second.call(*put("extra", id=S("a"), x=S("1")))
    first.call(*indexes(new(), AttributeDefinitions=types(x="S")))
    second.call(*put("extra", id=S("b"), x=S("1")))
    assert first.call(*qry("extra", "x = :x", V(x=S("1")), IndexName="new"))["Count"] == 2
    first.close()
    second.close()
