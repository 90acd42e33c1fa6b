"""UpdateTimeToLive, DescribeTimeToLive, and the deletion of what is expired.

The service refuses a second change of a table's time to live within half an hour; tests need not wait for that here.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.local.capacity import Consumed
from dynexpr.local.database import Database, Stored
from dynexpr.local.errors import refuse

Params = Mapping[str, Any]
Answer = dict[str, Any]

_TOO_OLD: Final = 5 * 365.25 * 24 * 3600
"""An item that expired five years ago and more is never deleted."""


def update_time_to_live(db: Database, params: Params) -> Answer:
    """UpdateTimeToLive."""
    asked = params["TimeToLiveSpecification"]
    attribute = asked["AttributeName"]
    with db.store.write:
        schema = db.table(params["TableName"])
        current = schema.definition.get("ttl")
        if current is None and not asked["Enabled"]:
            refuse("TimeToLive is already disabled")
        if current is not None and current != attribute:
            refuse(f"TimeToLive is active on a different AttributeName: current AttributeName is {current}")
        if current is not None and asked["Enabled"]:
            refuse("TimeToLive is already enabled")
        db.define(schema.name, {**schema.definition, "ttl": attribute if asked["Enabled"] else None})
    return {"TimeToLiveSpecification": {"Enabled": asked["Enabled"], "AttributeName": attribute}}


def describe_time_to_live(db: Database, params: Params) -> Answer:
    """DescribeTimeToLive."""
    with db.store.read:
        attribute = db.table(params["TableName"]).definition.get("ttl")
    if attribute is None:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": attribute}}


def expire(db: Database, now: float) -> int:
    """Delete the expired items of all tables with a time to live, as the service does in its own time; how many."""
    deleted = 0
    with db.store.write:
        for name in db.store.names("", -1):
            schema = db.find_schema(name)
            attribute = schema.definition.get("ttl") if schema is not None else None
            if schema is None or attribute is None:
                continue
            for pk, sk, size, encoded in list(db.store.scan(schema.key.space, None, None, None)):
                stored = Stored((encoded, size))
                number = stored.item.get(attribute, {}).get("N")
                if number is not None and now - _TOO_OLD < float(number) < now:
                    db.delete(schema, (pk, sk), stored, Consumed(schema), expired=True)
                    deleted += 1
    return deleted
