"""Is this a request of the operation?  Asked before anything else is looked at."""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.local.constraints import Problems, Structure, refuse_all
from dynexpr.local.errors import LocalServiceError, refuse
from dynexpr.local.item_requests import ITEM_REQUESTS, OLDER_REQUESTS
from dynexpr.local.stream_requests import STREAM_REQUESTS
from dynexpr.local.table_requests import TABLE_REQUESTS
from dynexpr.local.wordings import is_older

REQUESTS: Final[dict[str, Structure]] = {**TABLE_REQUESTS, **ITEM_REQUESTS, **STREAM_REQUESTS}

_NAMED: Final = frozenset(name for name, request in TABLE_REQUESTS.items() if "TableName" in request.required)
"""Operations on tables miss the table's name before everything else, and in other words than operations on items."""

_PASSED_OVER: Final = {
    "CreateTable": (
        "GlobalTableSettingsReplicationMode", "GlobalTableSourceArn", "ResourcePolicy", "VectorIndexes",
    ),
    "UpdateTable": (
        "DisassociationProtectionEnabled", "GlobalTableSettingsReplicationMode", "GlobalTableWitnessUpdates",
        "MultiRegionConsistency", "ReplicaUpdates", "VectorIndexUpdates",
    ),
}  # fmt: skip
"""Parameters of the service that the engine does not look at."""


def parameters_of(operation: str) -> frozenset[str]:
    """The parameters that the service knows of an operation; none of one that the engine has not."""
    request = REQUESTS.get(operation)
    if request is None:
        return frozenset()
    return frozenset(request.members).union(_PASSED_OVER.get(operation, ()))


def check_request(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse a request that is not shaped as the operation's."""
    if operation in _NAMED and params.get("TableName") is None:
        refuse("The parameter 'TableName' is required but was not present in the request")
    problems: Problems = []
    alone: LocalServiceError | None = None
    try:
        REQUESTS[operation].check(params, "", problems)
    except LocalServiceError as error:
        alone = error
    if alone is None and not problems:
        return
    if operation in OLDER_REQUESTS and is_older(operation, params):
        problems = []
        OLDER_REQUESTS[operation].check(params, "", problems)
    elif alone is not None:
        raise alone
    refuse_all(problems)
