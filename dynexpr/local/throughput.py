"""Which throughput may a table or an index have?  Provisioned, on demand, and warm: the service's checks and defaults.

An *owner* is the table or one of its indexes; messages name them differently.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
"""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.local.errors import invalid_parameter, refuse

Params = Mapping[str, Any]

MEMBERS: Final = ("ReadCapacityUnits", "WriteCapacityUnits")
MAXIMA: Final = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
WARM: Final = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}
"""What a table on demand can serve from the start."""

_HIGHEST: Final = 1_000_000_000_000
_INITIAL: Final = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
    "#on-demand-capacity-mode-initial"
)


def check_bounds(given: Params | None) -> None:
    """Refuse provisioned units beyond what the service can count."""
    for member in MEMBERS:
        if given is not None and given[member] > _HIGHEST:
            refuse(f"Given value {given[member]} for {member} is out of bounds")


def check_new_throughput(params: Params) -> None:
    """Refuse a new table's throughput that its billing mode has no place for, or that it lacks."""
    on_demand = params.get("BillingMode") == "PAY_PER_REQUEST"
    given = params.get("ProvisionedThroughput")
    if on_demand and given is not None:
        refuse_units()
    if not on_demand and given is None:
        invalid_parameter(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    check_bounds(given)


def check_new_index_throughput(params: Params) -> None:
    """The same for its indexes, and for what tables and indexes may have beside it."""
    on_demand = params.get("BillingMode") == "PAY_PER_REQUEST"
    for part in (params, *(params.get("GlobalSecondaryIndexes") or ())):
        name = part.get("IndexName")
        provisioned = part.get("ProvisionedThroughput")
        if name is not None and on_demand and provisioned is not None:
            invalid_parameter(
                f"ProvisionedThroughput should not be specified for index: {name} when BillingMode is PAY_PER_REQUEST"
            )
        if name is not None and not on_demand and provisioned is None:
            invalid_parameter(f"ProvisionedThroughput is not specified for index: {name}")
        maxima = part.get("OnDemandThroughput") or {}
        for member in MAXIMA:
            if member in maxima and not on_demand:
                owner = f" for index: {name}" if name is not None else ""
                invalid_parameter(
                    f"{member} for OnDemandThroughput{owner} cannot be specified when table BillingMode is PROVISIONED."
                )
        check_maxima(maxima, name)
        warm = part.get("WarmThroughput") or {}
        owner = "table" if name is None else f"index {name}"
        for member, units, initial in zip(WARM, MEMBERS, WARM.values(), strict=True):
            least = initial if on_demand else provisioned[units] if provisioned else 0
            if warm.get(member, least) < least:
                than = f"initial throughput for OnDemand. See: {_INITIAL}"
                than = than if on_demand else f"{units} of ProvisionedThroughput"
                invalid_parameter(f"Requested {member} for WarmThroughput for {owner} is lower than {than}")


def check_maxima(maxima: Params, index: str | None, *, clearing: bool = False) -> None:
    """Refuse maxima on demand that are none; where one is cleared it is -1."""
    owner = "table" if index is None else f"index : {index}"
    for member in MAXIMA:
        value = maxima.get(member)
        if value is not None and value < 1 and not (clearing and value == -1):
            invalid_parameter(f"Requested {member} for OnDemandThroughput for {owner} is outside of valid range")


def refuse_units() -> None:
    """Refuse provisioned units of a table that pays per request."""
    invalid_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    )


def warm_of(part: Params, *, on_demand: bool) -> dict[str, int]:
    """The warm throughput of a new table or index: what was asked for, and for the rest the default."""
    asked = part.get("WarmThroughput") or {}
    units = part.get("ProvisionedThroughput") or dict.fromkeys(MEMBERS, 0)
    return {
        member: asked.get(member, WARM[member] if on_demand else units[unit])
        for member, unit in zip(WARM, MEMBERS, strict=True)
    }
