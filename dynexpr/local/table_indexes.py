"""May a table have these indexes?  The service's checks of index definitions, when a table is made or changed.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from dynexpr import limits
from dynexpr.local.errors import invalid_parameter
from dynexpr.local.table_keys import check_global_key, check_local_key

Params = Mapping[str, Any]


def check_new_indexes(params: Params) -> None:
    """Refuse the indexes of a new table where they contradict its key, a limit, or one another."""
    local, world = params.get("LocalSecondaryIndexes"), params.get("GlobalSecondaryIndexes")
    for member, parts in (("LocalSecondaryIndexes", local), ("GlobalSecondaryIndexes", world)):
        if parts is not None and not parts:
            invalid_parameter(f"List of {member} is empty")
    seen: set[str] = set()
    for part in local or ():
        check_local_key(part["IndexName"], part["KeySchema"], params["KeySchema"])
        check_projection(part)
        _check_name(part["IndexName"], seen)
    if len(local or ()) > limits.LOCAL_INDEXES:
        invalid_parameter(f"Number of LocalSecondaryIndexes exceeds per-table limit of {limits.LOCAL_INDEXES}")
    for part in world or ():
        check_global_key(part["KeySchema"])
        check_projection(part)
        _check_name(part["IndexName"], seen)
    if len(world or ()) > limits.GLOBAL_INDEXES:
        invalid_parameter(f"GlobalSecondaryIndex count exceeds the per-table limit of {limits.GLOBAL_INDEXES}")
    check_projected((*(local or ()), *(world or ())))


def check_projection(part: Params) -> None:
    """Refuse a projection that contradicts itself."""
    projection = part["Projection"]
    kind = projection.get("ProjectionType")
    named = projection.get("NonKeyAttributes")
    if kind is None:
        invalid_parameter("Unknown ProjectionType: null")
    if kind == "INCLUDE" and not named:
        invalid_parameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if kind != "INCLUDE" and named is not None:
        invalid_parameter(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    seen: set[str] = set()
    for name in named or ():
        if name in seen:
            invalid_parameter(f"Duplicate element in NonKeyAttributes: {name}")
        seen.add(name)


def check_projected(parts: Iterable[Params]) -> None:
    """Refuse more projected attributes in all indexes of a table than it may have."""
    if sum(len(part["Projection"].get("NonKeyAttributes") or ()) for part in parts) > limits.PROJECTED_ATTRIBUTES:
        invalid_parameter(
            f"Number of NonKeyAttributes across all indexes exceeds the limit: limit is {limits.PROJECTED_ATTRIBUTES}"
        )


def _check_name(name: str, seen: set[str]) -> None:
    if name in seen:
        invalid_parameter(f"Duplicate index name: {name}")
    seen.add(name)
