"""Is this a request of the operation?  Asked before anything else is looked at."""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.local.constraints import Problems, Structure, refuse_all
from dynexpr.local.item_requests import ITEM_REQUESTS
from dynexpr.local.table_requests import TABLE_REQUESTS

REQUESTS: Final[dict[str, Structure]] = {**TABLE_REQUESTS, **ITEM_REQUESTS}


def check_request(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse a request that is not shaped as the operation's."""
    problems: Problems = []
    REQUESTS[operation].check(params, "", problems)
    if problems:
        refuse_all(problems)
