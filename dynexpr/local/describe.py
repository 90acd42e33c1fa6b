"""What does DescribeTable answer?  A table's definition, with what is counted, named or dated at this moment.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dynexpr.local.names import table_arn
from dynexpr.local.schema import INDEX_MEMBERS, Schema
from dynexpr.local.throughput import MEMBERS, WARM

if TYPE_CHECKING:
    from datetime import datetime

    from dynexpr.local.database import Database

Answer = dict[str, Any]


def moment(seconds: float) -> "datetime":
    """A time of the engine's clock as boto3 gives it."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)


def describe(db: "Database", schema: Schema, status: str = "ACTIVE") -> Answer:
    """A table as DescribeTable answers it; the counts are those of this moment, not up to six hours old.

    A table that is `CREATING` is described as in CreateTable's answer, which says less.
    """
    creating = status == "CREATING"
    definition, arn = schema.definition, table_arn(schema.name)
    parts = copied(definition["description"])
    count, size = db.store.count(schema.key.space)
    answer: Answer = {
        "AttributeDefinitions": parts.pop("AttributeDefinitions"),
        "TableName": schema.name,
        "KeySchema": parts.pop("KeySchema"),
        "TableStatus": status,
        "CreationDateTime": moment(definition["created"]),
        "ProvisionedThroughput": _units(parts.pop("ProvisionedThroughput", {})),
        "TableSizeBytes": size,
        "ItemCount": count,
        "TableArn": arn,
        "TableId": definition["id"],
    }
    billing = parts.pop("BillingModeSummary", None)
    if billing is not None:
        since = billing.get("LastUpdateToPayPerRequestDateTime", definition["created"])
        dated = {} if creating else {"LastUpdateToPayPerRequestDateTime": moment(since)}
        answer["BillingModeSummary"] = {"BillingMode": billing["BillingMode"], **dated}
    on_demand = billing is not None and billing["BillingMode"] == "PAY_PER_REQUEST"
    for kind, member in INDEX_MEMBERS:
        if not parts.get(member):
            parts.pop(member, None)
            continue
        answer[member] = parts.pop(member)
        for index in answer[member]:
            count, size = db.store.count(schema.indexes[index["IndexName"]].space)
            index |= {"IndexSizeBytes": size, "ItemCount": count, "IndexArn": f"{arn}/index/{index['IndexName']}"}
            if kind == "global":
                index["IndexStatus"] = status if status in {"CREATING", "DELETING"} else "ACTIVE"
                index["ProvisionedThroughput"] = _units(index.get("ProvisionedThroughput", {}))
                _warm(index, on_demand=on_demand, creating=creating)
    label = definition.get("streamed")
    if label is not None:
        answer |= {"LatestStreamLabel": label, "LatestStreamArn": f"{arn}/stream/{label}"}
    changed = parts.get("TableClassSummary", {}).get("LastUpdateDateTime")
    if changed is not None:
        parts["TableClassSummary"]["LastUpdateDateTime"] = moment(changed)
    answer |= parts
    _warm(answer, on_demand=on_demand, creating=creating)
    return answer


def _units(given: Mapping[str, Any]) -> Answer:
    dates = {name: moment(given[name]) for name in ("LastIncreaseDateTime", "LastDecreaseDateTime") if name in given}
    decreases = given.get("NumberOfDecreasesToday", 0)
    return {**dates, "NumberOfDecreasesToday": decreases, **{name: given.get(name, 0) for name in MEMBERS}}


def _warm(part: Answer, *, on_demand: bool, creating: bool) -> None:
    """Name the warm throughput and its status, which CreateTable's answer leaves out."""
    warm = part.pop("WarmThroughput", None)
    if creating:
        return
    if warm is None:  # of a table in a file that was written before warm throughput was kept
        units = part["ProvisionedThroughput"]
        warm = WARM if on_demand else dict(zip(WARM, (units[name] for name in MEMBERS), strict=True))
    part["WarmThroughput"] = {**warm, "Status": "ACTIVE"}


def copied(value: Any) -> Any:
    """A copy that shares no container with the value."""
    if isinstance(value, Mapping):
        return {name: copied(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [copied(each) for each in value]
    return value
