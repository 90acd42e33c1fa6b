"""How tables are made and described in the embedded engine; rows of CreateTable's further settings."""

# ruff: noqa: E501  a row is a line, so that rows can be compared

import re
from typing import Any

import pytest
from botocore.session import get_session

from dynexpr.local import LocalEngine, LocalServiceError
from dynexpr.local.engine import KNOWN, OPERATIONS, function_of
from dynexpr.local.unsupported import UNSUPPORTED
from dynexpr.local.validate import REQUESTS
from tests.local_rows import P, RealEngine, Row, S, check_embedded, check_real, create, index, key, put, refused, types

INVALID = "One or more parameter values were invalid: "
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
PROVISIONED: dict[str, Any] = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS}
ONE: dict[str, Any] = {"AttributeDefinitions": types(id="S", g="S")}
WORDS = "words-of-the-control-plane"
LENIENT = "lenient-control-plane"
INITIAL = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial"


def glo(**more: Any) -> dict[str, Any]:
    """A table with one index that has more members."""
    return {**ONE, "GlobalSecondaryIndexes": [{**index("glo", key("g")), **more}]}


BAD: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("stream_no_view", {"StreamSpecification": {"StreamEnabled": True}}, INVALID + "Table is being created with a stream enabled, UpdateViewType is required", WORDS),
    ("no_stream_view", {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"}}, INVALID + "Table is being created with a stream disabled, UpdateViewType should not be specified", WORDS),
    ("stream_empty", {"StreamSpecification": {}}, "1 validation error detected: Value null at 'streamSpecification.streamEnabled' failed to satisfy constraint: Member must not be null", "broken-control-plane"),
    ("maxima_zero", {"OnDemandThroughput": {"MaxReadRequestUnits": 0}}, INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range", WORDS),
    ("maxima_cleared", {"OnDemandThroughput": {"MaxWriteRequestUnits": -1}}, INVALID + "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range", WORDS),
    ("maxima_provisioned", {**PROVISIONED, "OnDemandThroughput": {"MaxReadRequestUnits": 5}}, INVALID + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.", LENIENT),
    ("index_maxima_zero", glo(OnDemandThroughput={"MaxReadRequestUnits": 0}), INVALID + "Requested MaxReadRequestUnits for OnDemandThroughput for index : glo is outside of valid range", LENIENT),
    ("index_maxima_provisioned", {**PROVISIONED, **glo(ProvisionedThroughput=UNITS, OnDemandThroughput={"MaxWriteRequestUnits": 5})}, INVALID + "MaxWriteRequestUnits for OnDemandThroughput for index: glo cannot be specified when table BillingMode is PROVISIONED.", LENIENT),
    ("cold", {"WarmThroughput": {"ReadUnitsPerSecond": 1, "WriteUnitsPerSecond": 1}}, INVALID + f"Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial throughput for OnDemand. See: {INITIAL}", LENIENT),
    ("cold_provisioned", {**PROVISIONED, "WarmThroughput": {"WriteUnitsPerSecond": 4}}, INVALID + "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than WriteCapacityUnits of ProvisionedThroughput", LENIENT),
    ("cold_index", glo(WarmThroughput={"WriteUnitsPerSecond": 1}), INVALID + f"Requested WriteUnitsPerSecond for WarmThroughput for index glo is lower than initial throughput for OnDemand. See: {INITIAL}", LENIENT),
    ("index_with_units", glo(ProvisionedThroughput=UNITS), INVALID + "ProvisionedThroughput should not be specified for index: glo when BillingMode is PAY_PER_REQUEST", LENIENT),
    ("index_without_units", {**PROVISIONED, **glo()}, INVALID + "ProvisionedThroughput is not specified for index: glo", WORDS),
    ("many_units", {**PROVISIONED, "ProvisionedThroughput": {**UNITS, "ReadCapacityUnits": 10**12 + 1}}, "Given value 1000000000001 for ReadCapacityUnits is out of bounds", WORDS),
    ("units_before_keys", {"BillingMode": "PROVISIONED", "AttributeDefinitions": types(x="S")}, INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED", WORDS),
    ("no_definitions", {"AttributeDefinitions": []}, "Invalid KeySchema: Some index key attribute have no definition", WORDS),
    ("range_before_hash", {**ONE, "GlobalSecondaryIndexes": [index("glo", [*key("id", sort=("g",)), *key("h")])], "AttributeDefinitions": types(id="S", g="S", h="S")}, INVALID + "All HASH key attributes must precede RANGE key attributes in the KeySchema", WORDS),
    ("index_key_thrice", {"GlobalSecondaryIndexes": [index("glo", key("id", "id", "id"))]}, "The KeySchema contains multiple key attributes with the same name", WORDS),
    ("index_key_twice", {**ONE, "GlobalSecondaryIndexes": [index("glo", key("g", sort=("g",)))]}, "Both the Hash Key and the Range Key element in the KeySchema have the same name", WORDS),
    ("projected_twice", {**ONE, "GlobalSecondaryIndexes": [index("glo", key("g"), "INCLUDE", NonKeyAttributes=["x", "y", "x"])]}, INVALID + "Duplicate element in NonKeyAttributes: x", WORDS),
    ("index_names_in_order", {
        "KeySchema": key("id", sort=("s",)), "AttributeDefinitions": types(id="S", s="S"),
        "LocalSecondaryIndexes": [index("lo", key("id", sort=("x",)))], "GlobalSecondaryIndexes": [index("gl", key("y"))],
    }, "2 validation errors detected: Value 'gl' at 'globalSecondaryIndexes.1.member.indexName' failed to satisfy constraint: Member must have length greater than or equal to 3; Value 'lo' at 'localSecondaryIndexes.1.member.indexName' failed to satisfy constraint: Member must have length greater than or equal to 3", WORDS),
    ("encryption_kind", {"SSESpecification": {"Enabled": True, "SSEType": "AES256"}}, INVALID + "SSEType AES256 is not supported", LENIENT),
    ("encryption_off_with_kind", {"SSESpecification": {"Enabled": False, "SSEType": "KMS"}}, INVALID + "SSEType can not be specified if Enabled is false", LENIENT),
    ("encryption_key_alone", {"SSESpecification": {"Enabled": True, "KMSMasterKeyId": "alias/x"}}, INVALID + "SSEType KMS is required if KMSMasterKeyId is specified", LENIENT),
    ("class", {"TableClass": "CHEAP"}, "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS].", LENIENT),
    ("arn_for_name", {"TableName": "arn:aws:dynamodb:us-east-1:123456789012:table/extra"}, "1 validation error detected: Value 'arn:aws:dynamodb:us-east-1:123456789012:table/extra' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+", WORDS),
]  # fmt: skip
ROWS = [Row(name, [create(**params)], refused(message), differs) for name, params, message, differs in BAD]
BY_ROW = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])


@BY_ROW
def test_refused(row: Row, local: LocalEngine) -> None:
    """A table that can't be is refused in the service's words, and not made."""
    check_embedded(row, local)
    assert "extra" not in local.call("ListTables", {})["TableNames"]


@pytest.mark.engine
@pytest.mark.ci
@BY_ROW
def test_refused_dynamodb_local(row: Row, real: RealEngine) -> None:
    """DynamoDB Local refuses the same, or differs as is known."""
    check_real(row, real)


EMPTY = "2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"


@pytest.mark.parametrize("operation", ["DescribeTable", "UpdateTable", "DeleteTable", "DescribeTimeToLive"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "The parameter 'TableName' is required but was not present in the request"),
        ("", EMPTY),
        ("ab", "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"),
        ("a b!", "1 validation error detected: Value 'a b!' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
        ("x" * 256, f"1 validation error detected: Value '{'x' * 256}' at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 255"),
    ],
)  # fmt: skip
def test_names(local: LocalEngine, operation: str, name: str | None, message: str) -> None:
    """A table's name is checked before everything else."""
    check_embedded(Row("name", [(operation, {"TableName": name})], refused(message)), local)


@pytest.mark.parametrize(
    "params",
    [
        {"ResourcePolicy": "{}"},
        {"GlobalTableSourceArn": "arn"},
        {"VectorIndexes": [{"IndexName": "vec"}]},
    ],
    ids=lambda params: next(iter(params)),
)
def test_refused_by_name(local: LocalEngine, params: dict[str, Any]) -> None:
    """What an engine in one process can't mean is refused by its name, never passed over."""
    with pytest.raises(LocalServiceError, match=f"does not support {next(iter(params))}: it"):
        local.call(*create(**params))


def test_everything_is_described() -> None:
    """What a table was made with is what DescribeTable answers; CreateTable answers less, as it is still at it."""
    engine = LocalEngine(clock=lambda: 1_800_000_000.5)
    stream = {"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"}
    made = engine.call(
        *create(
            AttributeDefinitions=[*types(z="S"), *types(id="S"), *types(g="N")],
            KeySchema=key("id", sort=("z",)),
            GlobalSecondaryIndexes=[
                {
                    **index("glo", key("g"), "INCLUDE", NonKeyAttributes=["y", "x"]),
                    "OnDemandThroughput": {"MaxReadRequestUnits": 3},
                    "WarmThroughput": {"ReadUnitsPerSecond": 13_000},
                }
            ],
            LocalSecondaryIndexes=[index("loc", key("id", sort=("g",)), "INCLUDE", NonKeyAttributes=["d", "c"])],
            StreamSpecification=stream,
            SSESpecification={"Enabled": True},
            TableClass="STANDARD",
            OnDemandThroughput={"MaxReadRequestUnits": 10},
            WarmThroughput={"WriteUnitsPerSecond": 5_000},
            DeletionProtectionEnabled=True,
        )
    )["TableDescription"]
    assert made["TableStatus"] == "CREATING"
    assert not made.keys() & {"WarmThroughput"}
    assert made["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    table = engine.call("DescribeTable", {"TableName": "extra"})["Table"]
    when = table.pop("CreationDateTime")
    assert when.timestamp() == 1_800_000_000.5
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", table.pop("TableId"))
    assert table["SSEDescription"].pop("KMSMasterKeyArn").startswith("arn:aws:kms:us-east-1:123456789012:key/")
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/extra"
    none = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    counts = {"ItemCount": 0, "IndexSizeBytes": 0}
    assert table == {
        "AttributeDefinitions": [*types(g="N"), *types(id="S"), *types(z="S")],
        "TableName": "extra",
        "KeySchema": key("id", sort=("z",)),
        "TableStatus": "ACTIVE",
        "ProvisionedThroughput": none,
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "TableArn": arn,
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": when},
        "LocalSecondaryIndexes": [
            {
                **index("loc", key("id", sort=("g",)), "INCLUDE", NonKeyAttributes=["c", "d"]),
                **counts,
                "IndexArn": f"{arn}/index/loc",
            }
        ],
        "GlobalSecondaryIndexes": [
            {
                **index("glo", key("g"), "INCLUDE", NonKeyAttributes=["x", "y"]),
                **counts,
                "IndexArn": f"{arn}/index/glo",
                "IndexStatus": "ACTIVE",
                "ProvisionedThroughput": none,
                "OnDemandThroughput": {"MaxReadRequestUnits": 3},
                "WarmThroughput": {"ReadUnitsPerSecond": 13_000, "WriteUnitsPerSecond": 4_000, "Status": "ACTIVE"},
            }
        ],
        "StreamSpecification": stream,
        "LatestStreamLabel": "2027-01-15T08:00:00.500",
        "LatestStreamArn": f"{arn}/stream/2027-01-15T08:00:00.500",
        "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS"},
        "TableClassSummary": {"TableClass": "STANDARD"},
        "DeletionProtectionEnabled": True,
        "OnDemandThroughput": {"MaxReadRequestUnits": 10},
        "WarmThroughput": {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 5_000, "Status": "ACTIVE"},
    }


def test_a_provisioned_table(local: LocalEngine) -> None:
    """Without a billing mode a table is provisioned, and no summary says so."""
    local.call(*create(BillingMode=None, ProvisionedThroughput=UNITS))
    table = local.call("DescribeTable", {"TableName": "extra"})["Table"]
    assert "BillingModeSummary" not in table
    assert table["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **UNITS}
    assert table["WarmThroughput"] == {"ReadUnitsPerSecond": 5, "WriteUnitsPerSecond": 5, "Status": "ACTIVE"}


def test_pages_of_tables(local: LocalEngine) -> None:
    """ListTables answers page by page; a full last page says that it is the last."""
    names: list[str] = []
    params: dict[str, Any] = {"Limit": 2}
    pages = 0
    while True:
        page = local.call("ListTables", params)
        names += page["TableNames"]
        pages += 1
        if "LastEvaluatedTableName" not in page:
            break
        params["ExclusiveStartTableName"] = page["LastEvaluatedTableName"]
    assert names == ["bytes", "many", "orders", "plain", "text"]
    assert pages == 3
    assert "LastEvaluatedTableName" not in local.call("ListTables", {"Limit": 5})


@pytest.mark.parametrize(
    "operation", ["DescribeTable", "UpdateTable", "DescribeTimeToLive", "DescribeContinuousBackups", "DeleteTable"]
)
def test_a_table_by_its_arn(local: LocalEngine, operation: str) -> None:
    """Operations on tables and on items take a table's ARN for its name."""
    arn = local.call("DescribeTable", {"TableName": P})["Table"]["TableArn"]
    local.call(*put(arn, id=S("a")))
    assert local.call("Scan", {"TableName": arn})["Count"] == 1
    more = {"BillingMode": "PAY_PER_REQUEST"} if operation == "UpdateTable" else {}
    assert local.call(operation, {"TableName": arn, **more})


def test_recovery(local: LocalEngine) -> None:
    """Point-in-time recovery is a setting that is kept and described; it is off at first."""
    asked = {"TableName": P, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    off = {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }

    def described() -> dict[str, Any]:
        found: dict[str, Any] = local.call("DescribeContinuousBackups", {"TableName": P})[
            "ContinuousBackupsDescription"
        ]
        return found

    assert described() == off
    local.call("UpdateContinuousBackups", asked)
    point = described()["PointInTimeRecoveryDescription"]
    assert (point["PointInTimeRecoveryStatus"], point["RecoveryPeriodInDays"]) == ("ENABLED", 35)
    assert point["EarliestRestorableDateTime"] <= point["LatestRestorableDateTime"]
    local.call(
        "UpdateContinuousBackups",
        {**asked, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}},
    )
    assert described()["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"] == 7
    with pytest.raises(LocalServiceError, match="Cannot specify RecoveryPeriodInDays when disabling"):
        local.call(
            "UpdateContinuousBackups",
            {
                **asked,
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 7},
            },
        )
    with pytest.raises(LocalServiceError, match="Member must have value less than or equal to 35"):
        local.call(
            "UpdateContinuousBackups",
            {
                **asked,
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 36},
            },
        )
    local.call(
        "UpdateContinuousBackups", {**asked, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}
    )
    assert described() == off
    with pytest.raises(LocalServiceError, match="TableNotFoundException: Table not found: nowhere"):
        local.call("DescribeContinuousBackups", {"TableName": "nowhere"})


def test_account(local: LocalEngine) -> None:
    """The account has the limits of one that never asked for more, and an endpoint."""
    limits = local.call("DescribeLimits", {})
    assert limits["TableMaxReadCapacityUnits"] == limits["TableMaxWriteCapacityUnits"] == 40_000
    assert limits["AccountMaxReadCapacityUnits"] == limits["AccountMaxWriteCapacityUnits"] == 80_000
    (endpoint,) = local.call("DescribeEndpoints", {})["Endpoints"]
    assert endpoint["Address"] == "dynamodb.us-east-1.amazonaws.com"


@pytest.mark.parametrize("operation", sorted(UNSUPPORTED))
def test_unsupported(local: LocalEngine, operation: str) -> None:
    """An operation of the service that the engine has not is refused by its name, with the reason."""
    with pytest.raises(LocalServiceError) as caught:
        local.call(operation, {})
    assert caught.value.code == "UnknownOperationException"
    assert f"does not have {operation}: " in caught.value.message


def test_an_unknown_operation(local: LocalEngine) -> None:
    """What the service has not either is refused too."""
    with pytest.raises(LocalServiceError, match="does not know the operation FlyToTheMoon"):
        local.call("FlyToTheMoon", {})


def test_every_operation_of_the_service_is_known() -> None:
    """Each operation of botocore's models is carried out or refused with a reason."""
    models = [get_session().get_service_model(service) for service in ("dynamodb", "dynamodbstreams")]
    names = {name for model in models for name in model.operation_names}
    assert names - KNOWN == set()
    assert KNOWN - names == set()
    assert OPERATIONS.keys() <= REQUESTS.keys()
    assert all(callable(function_of(operation)) for operation in OPERATIONS)
