"""How does a table's or an index's throughput change?  Units with their history, maxima, and what stays warm.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
"""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.local.errors import invalid_parameter, refuse
from dynexpr.local.throughput import MAXIMA, MEMBERS, WARM

Params = Mapping[str, Any]

_DAY: Final = 24 * 3600


def change_units(part: dict[str, Any], units: Params, now: float, owner: str, *, switching: bool = False) -> None:
    """Give a table or an index other provisioned units; refuses the same ones again."""
    old = part.get("ProvisionedThroughput", {})
    before = [old.get(member, 0) for member in MEMBERS]
    after = [units[member] for member in MEMBERS]
    if before == after and not switching:
        numbers = ". ".join(
            f"Current {member} provisioned for the {owner}: {had}. Requested {member}: {asked}"
            for member, had, asked in zip(MEMBERS, before, after, strict=True)
        )
        refuse(
            f"The provisioned throughput for the {owner} will not change. The requested value equals the current "
            f"value. {numbers}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request "
            "higher limits."
        )
    kept = {**old, **dict(zip(MEMBERS, after, strict=True))}
    if old and not switching:
        if any(asked > had for had, asked in zip(before, after, strict=True)):
            kept["LastIncreaseDateTime"] = now
        if any(asked < had for had, asked in zip(before, after, strict=True)):
            today = old.get("LastDecreaseDateTime", 0) // _DAY == now // _DAY
            kept["NumberOfDecreasesToday"] = (old.get("NumberOfDecreasesToday", 0) if today else 0) + 1
            kept["LastDecreaseDateTime"] = now
    part["ProvisionedThroughput"] = kept
    change_warm(part, dict(zip(WARM, after, strict=True)))


def change_maxima(part: dict[str, Any], asked: Params) -> None:
    """Give a table or an index other maxima on demand, member by member; -1 takes one away."""
    kept = {**part.get("OnDemandThroughput", {}), **asked}
    kept = {member: kept[member] for member in MAXIMA if kept.get(member, -1) != -1}
    part.pop("OnDemandThroughput", None)
    if kept:
        part["OnDemandThroughput"] = kept


def change_warm(part: dict[str, Any], asked: Params, owner: str | None = None) -> None:
    """Warm a table or an index up to at least that; what an owner asked for itself may not be less than it has."""
    kept = part.setdefault("WarmThroughput", dict.fromkeys(WARM, 0))
    for member in WARM:
        value = asked.get(member, 0)
        if owner is not None and member in asked and value < kept[member]:
            invalid_parameter(
                f"Requested {member} for WarmThroughput for {owner} is lower than current WarmThroughput, "
                "decreasing WarmThroughput is not supported"
            )
        kept[member] = max(kept[member], value)
