"""DescribeContinuousBackups, UpdateContinuousBackups: the setting of point-in-time recovery, behind which is nothing.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ContinuousBackupsDescription.html
"""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.local.database import Database
from dynexpr.local.describe import moment
from dynexpr.local.errors import LocalServiceError, refuse
from dynexpr.local.names import table_name
from dynexpr.local.schema import Schema

Params = Mapping[str, Any]
Answer = dict[str, Any]

_DAYS: Final = 35
_DAY: Final = 24 * 3600
_BEHIND: Final = 300
"""The latest point that can be restored is five minutes ago."""


def describe_continuous_backups(db: Database, params: Params) -> Answer:
    """DescribeContinuousBackups."""
    with db.store.read:
        schema = _table(db, params)
        return _described(db, schema.definition.get("recovery"))


def update_continuous_backups(db: Database, params: Params) -> Answer:
    """UpdateContinuousBackups."""
    asked = params["PointInTimeRecoverySpecification"]
    days = asked.get("RecoveryPeriodInDays")
    with db.store.write:
        schema = _table(db, params)
        recovery = schema.definition.get("recovery")
        if not asked["PointInTimeRecoveryEnabled"]:
            if days is not None:
                refuse("Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.")
            recovery = None
        elif recovery is None:
            recovery = {"since": db.clock(), "days": days or _DAYS}
        else:
            recovery = {**recovery, "days": days or recovery["days"]}
        db.define(schema.name, {**schema.definition, "recovery": recovery})
        return _described(db, recovery)


def _described(db: Database, recovery: Params | None) -> Answer:
    point: Answer = {"PointInTimeRecoveryStatus": "DISABLED"}
    if recovery is not None:
        now = db.clock()
        point = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": recovery["days"],
            "EarliestRestorableDateTime": moment(max(recovery["since"], now - recovery["days"] * _DAY)),
            "LatestRestorableDateTime": moment(max(recovery["since"], now - _BEHIND)),
        }
    description = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": point}
    return {"ContinuousBackupsDescription": description}


def _table(db: Database, params: Params) -> Schema:
    name = table_name(params["TableName"])
    schema = db.find_schema(name)
    if schema is None:
        raise LocalServiceError("TableNotFoundException", f"Table not found: {name}")
    return schema
