"""GlobalSecondaryIndexUpdates: an index is created, deleted, or given other throughput.

An index is filled, or gone, at once. It leaves out items whose attribute is of another type than its key, as the
service's does.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from dynexpr import limits
from dynexpr.local.database import Database
from dynexpr.local.errors import LocalServiceError, invalid_parameter, refuse
from dynexpr.local.schema import Schema
from dynexpr.local.table_indexes import check_projected, check_projection
from dynexpr.local.table_keys import check_defined, check_definitions, check_global_key
from dynexpr.local.tables import described_index
from dynexpr.local.throughput import MAXIMA, check_maxima
from dynexpr.local.throughput_changes import change_maxima, change_units, change_warm

Params = Mapping[str, Any]
Answer = dict[str, Any]

_ACTIONS: Final = ("Update", "Create", "Delete")
_MEMBER: Final = "GlobalSecondaryIndexes"


class IndexChanges(NamedTuple):
    """The names of the indexes that one UpdateTable creates, deletes and changes."""

    created: list[str]
    deleted: list[str]
    updated: list[str]

    def show(self, answer: Answer, old: Answer) -> None:
        """Describe them as the service does while it is still at it."""
        before = {index["IndexName"]: index for index in old.get(_MEMBER, ())}
        shown = answer.setdefault(_MEMBER, [])
        for index in shown:
            if index["IndexName"] in self.created:
                index |= {"IndexStatus": "CREATING", "Backfilling": False, "ItemCount": 0, "IndexSizeBytes": 0}
            if index["IndexName"] in self.updated:
                index["IndexStatus"] = "UPDATING"
                index["ProvisionedThroughput"] = before[index["IndexName"]]["ProvisionedThroughput"]
        shown += [{**before[name], "IndexStatus": "DELETING"} for name in self.deleted]
        if not shown:
            del answer[_MEMBER]


def check_actions(updates: Sequence[Params] | None) -> None:
    """Refuse updates that are none whatever the table is: not one action each, or two for one index."""
    seen: set[str] = set()
    for update in updates or ():
        given = [action for action in _ACTIONS if update.get(action) is not None]
        if not given:
            invalid_parameter(
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        if len(given) > 1:
            invalid_parameter("Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object")
        action = update[given[0]]
        name = action["IndexName"]
        if name in seen:
            invalid_parameter(
                f"Only one global secondary index update per index is allowed simultaneously. Index: {name}"
            )
        seen.add(name)
        if given[0] == "Update" and action.get("WarmThroughput") == {}:
            invalid_parameter(
                "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified "
                f"for index: {name}"
            )


def update_indexes(db: Database, schema: Schema, definition: Answer, params: Params) -> IndexChanges:
    """Change the indexes in a table's new definition; the entries are the caller's to fill and to clear."""
    changes = IndexChanges([], [], [])
    updates = params.get("GlobalSecondaryIndexUpdates") or ()
    if sum(1 for update in updates if update.get("Update") is None) > 1:
        raise LocalServiceError(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
        )
    description = definition["description"]
    on_demand = description.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    for update in updates:
        ((action, asked),) = ((name, update[name]) for name in _ACTIONS if update.get(name) is not None)
        name = asked["IndexName"]
        if action == "Create":
            _create(schema, definition, params, asked, on_demand=on_demand)
            definition["spaces"][name] = db.store.next_number("space")
            changes.created.append(name)
            continue
        index = _find(schema, description, name, action.lower())
        if action == "Delete":
            description[_MEMBER].remove(index)
            del definition["spaces"][name]
            _forget_definitions(description)
            changes.deleted.append(name)
        else:
            _update(db, index, asked, on_demand=on_demand, switching=params.get("BillingMode") == "PROVISIONED")
            changes.updated.append(name)
    if params.get("BillingMode") == "PROVISIONED":
        for index in description.get(_MEMBER, ()):
            if index.get("ProvisionedThroughput") is None:
                invalid_parameter(f"ProvisionedThroughput must be specified for index: {index['IndexName']}")
    return changes


def _find(schema: Schema, description: Answer, name: str, verb: str) -> Answer:
    for index in description.get(_MEMBER, ()):
        if index["IndexName"] == name:
            found: Answer = index
            return found
    if name in schema.indexes:
        refuse(f"Cannot {verb} an index that is not a GlobalSecondaryIndex: {name}")
    raise LocalServiceError(
        "ResourceNotFoundException", f"Requested resource not found: Index {name} for table {schema.name}"
    )


def _create(schema: Schema, definition: Answer, params: Params, asked: Params, *, on_demand: bool) -> None:
    name, description = asked["IndexName"], definition["description"]
    if name in schema.indexes:
        refuse("Attempting to create an index which already exists")
    given = params.get("AttributeDefinitions")
    if not given:
        invalid_parameter(f"AttributeDefinitions is not specified for index: {name}")
    defined = dict(schema.types)
    names = check_definitions(given)
    check_defined(asked["KeySchema"], [*names, *(each for each in defined if each not in names)])
    check_global_key(asked["KeySchema"])
    check_projection(asked)
    keys = {each["AttributeName"] for each in asked["KeySchema"]}
    for each in given:
        attribute, kind = each["AttributeName"], each["AttributeType"]
        if attribute in keys and defined.setdefault(attribute, kind) != kind:
            invalid_parameter(
                "Attributes cannot be redefined. Please check that your attribute has the same type as previously "
                f"defined. Existing schema: {attribute}:{defined[attribute]} New schema: {attribute}:{kind}"
            )
    units = asked.get("ProvisionedThroughput")
    if on_demand and units is not None:
        invalid_parameter(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
            f"for index: {name} when BillingMode is PAY_PER_REQUEST"
        )
    if not on_demand and units is None:
        invalid_parameter(f"Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {name}")
    _check_maxima(asked, name, on_demand=on_demand)
    indexes = [*description.get(_MEMBER, ()), described_index(asked, on_demand=on_demand)]
    if len(indexes) > limits.GLOBAL_INDEXES:
        raise LocalServiceError(
            "LimitExceededException",
            f"GlobalSecondaryIndex count exceeds the per-table limit of {limits.GLOBAL_INDEXES}",
        )
    check_projected((*description.get("LocalSecondaryIndexes", ()), *indexes))
    description[_MEMBER] = indexes
    description["AttributeDefinitions"] = [
        {"AttributeName": attribute, "AttributeType": defined[attribute]} for attribute in sorted(defined)
    ]


def _update(db: Database, index: Answer, asked: Params, *, on_demand: bool, switching: bool) -> None:
    name, units = asked["IndexName"], asked.get("ProvisionedThroughput")
    maxima, warm = asked.get("OnDemandThroughput"), asked.get("WarmThroughput")
    if on_demand and (units is not None or not (maxima or warm)):
        invalid_parameter(
            f"The only Updates for index: {name} when TableThroughputMode is PAY_PER_REQUEST can be to "
            "OnDemandThroughput, WarmThroughput"
        )
    _check_maxima(asked, name, on_demand=on_demand, clearing=True)
    if not on_demand and units is None and not warm:
        invalid_parameter(f"ProvisionedThroughput must be specified for index: {name}")
    if units is not None:
        switched = switching and index.get("ProvisionedThroughput") is None
        change_units(index, units, db.clock(), f"index {name}", switching=switched)
    if maxima:
        change_maxima(index, maxima)
    if warm:
        change_warm(index, warm, f"index {name}")


def _check_maxima(asked: Params, name: str, *, on_demand: bool, clearing: bool = False) -> None:
    maxima = asked.get("OnDemandThroughput") or {}
    for member in MAXIMA:
        if member in maxima and not on_demand:
            invalid_parameter(
                f"{member} for OnDemandThroughput for index : {name} cannot be specified when the table BillingMode "
                "is PROVISIONED"
            )
    check_maxima(maxima, name, clearing=clearing)


def _forget_definitions(description: Answer) -> None:
    """Drop the definitions of attributes that are part of no key any more."""
    parts = (description, *description.get("LocalSecondaryIndexes", ()), *description[_MEMBER])
    used = {each["AttributeName"] for part in parts for each in part["KeySchema"]}
    description["AttributeDefinitions"] = [
        each for each in description["AttributeDefinitions"] if each["AttributeName"] in used
    ]
