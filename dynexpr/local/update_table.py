"""UpdateTable: one change of a table at a time, as the service takes them.

What the service does in seconds or minutes is done at once; the answer says UPDATING where the service's does, and
shows what the service's shows: the old throughput and class, the new stream and index. The service's cool-downs (four
decreases of throughput a day, two changes of class a month) are not kept.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dynexpr.local.database import Database
from dynexpr.local.describe import copied, describe
from dynexpr.local.errors import invalid_parameter, refuse
from dynexpr.local.index_updates import check_actions, update_indexes
from dynexpr.local.schema import Schema
from dynexpr.local.streams import close_stream, open_stream
from dynexpr.local.table_options import check_absent, check_class, check_encryption, check_stream_change, encryption
from dynexpr.local.throughput import MAXIMA, WARM, check_bounds, check_maxima, refuse_units
from dynexpr.local.throughput_changes import change_maxima, change_units, change_warm

Params = Mapping[str, Any]
Answer = dict[str, Any]

_MEMBERS: Final = (
    "ProvisionedThroughput", "BillingMode", "StreamSpecification", "GlobalSecondaryIndexUpdates", "SSESpecification",
    "DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput", "TableClass",
)  # fmt: skip
_ALONE: Final = {
    "SSESpecification": "Server-Side Encryption modification",
    "TableClass": "TableClass modification",
    "DeletionProtectionEnabled": "DeletionProtection modification",
    "WarmThroughput": "WarmThroughput",
}
"""What may not be changed together with anything, in the order in which the service says so."""

_UPDATING: Final = frozenset({"ProvisionedThroughput", "BillingMode", "StreamSpecification", "TableClass"})


def update_table(db: Database, params: Params) -> Answer:
    """UpdateTable."""
    check_absent(params)
    given = _given(params)
    _check_combination(params, given)
    check_actions(params.get("GlobalSecondaryIndexUpdates"))
    _check_members(params)
    with db.store.write:
        schema = db.table(params["TableName"])
        definition = copied(schema.definition)
        description = definition["description"]
        was_on_demand = _on_demand(description)
        _change_billing(db, params, description, was_on_demand=was_on_demand)
        indexes = update_indexes(db, schema, definition, params)
        for member, change in _CHANGES.items():
            if member in given:
                change(db, schema, definition, params[member])
        db.define(schema.name, definition)
        updated = Schema(schema.name, definition)
        for name in indexes.created:
            db.fill(updated, updated.indexes[name])
        for name in indexes.deleted:
            db.clear(schema.indexes[name].space)
        answer, old = describe(db, updated), describe(db, schema)
        if given & _UPDATING or indexes.created or indexes.deleted:
            answer["TableStatus"] = "UPDATING"
        _show_old(answer, old, given, switched=was_on_demand != _on_demand(description))
        indexes.show(answer, old)
        return {"TableDescription": answer}


def _given(params: Params) -> set[str]:
    """The members that ask for something; an empty throughput, or list, asks for nothing."""
    given = {name for name in _MEMBERS if params.get(name) is not None and params[name] != []}
    if given - {"OnDemandThroughput", "WarmThroughput"} or len(given) > 1:
        given -= {name for name in ("OnDemandThroughput", "WarmThroughput") if params.get(name) == {}}
    if not given or any(params[name] == {} for name in given & {"OnDemandThroughput", "WarmThroughput"}):
        refuse(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
            "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, "
            "MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is "
            "required"
        )
    if params.get("GlobalSecondaryIndexUpdates") == []:
        invalid_parameter("List of GlobalSecondaryIndexUpdates is empty")
    return given


def _check_combination(params: Params, given: set[str]) -> None:
    updates = params.get("GlobalSecondaryIndexUpdates") or ()
    structural = any(update.get("Create") or update.get("Delete") for update in updates)
    iops = "ProvisionedThroughput" in given or params.get("BillingMode") == "PROVISIONED"
    if "WarmThroughput" in given and any(update.get("Create") for update in updates):
        invalid_parameter("Create global secondary index cannot be specified when updating WarmThroughput")
    for name, words in _ALONE.items():
        if name in given and len(given) > 1:
            invalid_parameter(f"{words} must be the only operation in the request")
    if "OnDemandThroughput" in given and given - {"OnDemandThroughput", "BillingMode"}:
        invalid_parameter("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")
    if "StreamSpecification" in given and iops:
        invalid_parameter("You cannot modify stream status while updating table IOPS")
    if structural and "ProvisionedThroughput" in given:
        invalid_parameter("You cannot create or delete index while updating table IOPS")
    if structural and "StreamSpecification" in given:
        invalid_parameter("You cannot create or delete index while changing stream status")


def _check_members(params: Params) -> None:
    """What is wrong whatever the table is."""
    check_class(params.get("TableClass"))
    check_bounds(params.get("ProvisionedThroughput"))
    mode, units = params.get("BillingMode"), params.get("ProvisionedThroughput")
    if mode == "PAY_PER_REQUEST" and units is not None:
        refuse_units()
    if mode == "PROVISIONED" and units is None:
        invalid_parameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    check_maxima(params.get("OnDemandThroughput") or {}, None, clearing=True)
    if params.get("StreamSpecification") is not None:
        check_stream_change(params["StreamSpecification"])
    check_encryption(params.get("SSESpecification"))


def _on_demand(description: Params) -> bool:
    return bool(description.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST")


def _change_billing(db: Database, params: Params, description: Answer, *, was_on_demand: bool) -> None:
    mode, units = params.get("BillingMode"), params.get("ProvisionedThroughput")
    on_demand = was_on_demand if mode is None else mode == "PAY_PER_REQUEST"
    if on_demand and units is not None:
        refuse_units()
    if not on_demand and params.get("OnDemandThroughput"):
        member = next(name for name in MAXIMA if name in params["OnDemandThroughput"])
        invalid_parameter(
            f"{member} for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
        )
    now = db.clock()
    if on_demand != was_on_demand:
        for part in (description, *description.get("GlobalSecondaryIndexes", ())):
            part.pop("OnDemandThroughput", None)
            if on_demand:
                part.pop("ProvisionedThroughput", None)
                change_warm(part, WARM)
        summary = description.setdefault("BillingModeSummary", {})
        summary["BillingMode"] = mode
        if on_demand:
            summary["LastUpdateToPayPerRequestDateTime"] = now
    if units is not None:
        change_units(description, units, now, "table", switching=on_demand != was_on_demand)


def _change_stream(db: Database, schema: Schema, definition: Answer, asked: Params) -> None:
    if asked["StreamEnabled"]:
        if schema.stream is not None:
            refuse(f"Table already has an enabled stream: TableName: {schema.name}")
        definition |= open_stream(db, schema.name, definition["description"]["KeySchema"], asked["StreamViewType"])
        definition["description"]["StreamSpecification"] = copied(asked)
        return
    if schema.stream is None:
        refuse(f"Table has no stream to disable: TableName: {schema.name}")
    close_stream(db, schema)
    del definition["stream"], definition["description"]["StreamSpecification"]


def _change_encryption(_db: Database, _schema: Schema, definition: Answer, asked: Params) -> None:
    description = definition["description"]
    current, wanted = description.get("SSEDescription"), encryption(asked)
    if wanted is None:
        if current is None:
            invalid_parameter("Table is already encrypted by default")
        del description["SSEDescription"]
        return
    if current is not None and asked.get("KMSMasterKeyId") == current["KMSMasterKeyArn"]:
        invalid_parameter(
            "Table is already encrypted with given KMSMasterKeyId. "
            "Use KMSMasterKeyId parameter if you want to change Master Key"
        )
    description["SSEDescription"] = wanted


def _change_class(db: Database, _schema: Schema, definition: Answer, name: str) -> None:
    description = definition["description"]
    current = description.get("TableClassSummary", {}).get("TableClass", "STANDARD")
    if current != name:
        description["TableClassSummary"] = {"TableClass": name, "LastUpdateDateTime": db.clock()}


def _change_protection(_db: Database, _schema: Schema, definition: Answer, enabled: bool) -> None:
    definition["description"]["DeletionProtectionEnabled"] = enabled


def _change_maxima(_db: Database, _schema: Schema, definition: Answer, asked: Params) -> None:
    change_maxima(definition["description"], asked)


def _change_warm(_db: Database, _schema: Schema, definition: Answer, asked: Params) -> None:
    change_warm(definition["description"], asked, "table")


_CHANGES: Final[dict[str, Callable[[Database, Schema, Answer, Any], None]]] = {
    "StreamSpecification": _change_stream,
    "SSESpecification": _change_encryption,
    "TableClass": _change_class,
    "DeletionProtectionEnabled": _change_protection,
    "OnDemandThroughput": _change_maxima,
    "WarmThroughput": _change_warm,
}


def _show_old(answer: Answer, old: Answer, given: set[str], *, switched: bool) -> None:
    """Describe what takes the service time as it was before."""
    stale = set()
    if "TableClass" in given:
        stale.add("TableClassSummary")
    if "ProvisionedThroughput" in given and not switched:
        stale |= {"ProvisionedThroughput", "WarmThroughput"}
    for name in stale:
        answer.pop(name, None)
        if name in old:
            answer[name] = old[name]
    for member, name in (("SSESpecification", "SSEDescription"), ("WarmThroughput", "WarmThroughput")):
        if member in given and answer.get(name) != old.get(name):
            answer[name] = {**(old.get(name) or answer[name]), "Status": "UPDATING"}
