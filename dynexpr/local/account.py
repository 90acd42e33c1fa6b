"""DescribeLimits, DescribeEndpoints: what the service says of an account that never asked for more.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html
"""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.local.database import Database
from dynexpr.local.names import REGION

Params = Mapping[str, Any]
Answer = dict[str, Any]

_ACCOUNT_UNITS: Final = 80_000
_TABLE_UNITS: Final = 40_000
_CACHE_MINUTES: Final = 1_440


def describe_limits(_db: Database, _params: Params) -> Answer:
    """DescribeLimits."""
    return {
        "AccountMaxReadCapacityUnits": _ACCOUNT_UNITS,
        "AccountMaxWriteCapacityUnits": _ACCOUNT_UNITS,
        "TableMaxReadCapacityUnits": _TABLE_UNITS,
        "TableMaxWriteCapacityUnits": _TABLE_UNITS,
    }


def describe_endpoints(_db: Database, _params: Params) -> Answer:
    """DescribeEndpoints."""
    return {"Endpoints": [{"Address": f"dynamodb.{REGION}.amazonaws.com", "CachePeriodInMinutes": _CACHE_MINUTES}]}
