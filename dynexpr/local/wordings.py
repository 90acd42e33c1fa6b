"""In which words does an operation refuse a request before it looks for the table?

The service has two layers of checks. Operations on single items, BatchGetItem and Query have the current one; writes of
single items put a count in front of what it says. BatchWriteItem, Scan, transactions and PartiQL have the older one,
whose words a `LocalServiceError` has as its message; and so have some requests that write a single item.

Recorded answers: https://github.com/paritysuite/dynamodb-conformance (tier 3, value layers and deep requests).
"""

from collections.abc import Mapping
from typing import Any, Final

from dynexpr.local.errors import BadValue, LocalServiceError

_LEVELS: Final = 62
"""With more levels of maps and lists in a value, a write of a single item goes through the older layer."""


def current(error: LocalServiceError) -> LocalServiceError:
    """The refusal as operations say it that read."""
    return LocalServiceError(error.code, error.current) if isinstance(error, BadValue) else error


def counted(error: LocalServiceError, params: Mapping[str, Any]) -> LocalServiceError:
    """The refusal as operations say it that write a single item.

    >>> str(counted(BadValue("contains duplicates", "contains duplicates."), {}))
    'ValidationException: 1 validation error detected: contains duplicates.'
    """
    if error.code != "ValidationException" or levels(params) > _LEVELS:
        return error
    return LocalServiceError(error.code, f"1 validation error detected: {current(error).message}")


def is_older(operation: str, params: Mapping[str, Any]) -> bool:
    """Whether a write of a single item goes through the older layer: too deep, or an update without a key."""
    return (operation == "UpdateItem" and params.get("Key") is None) or levels(params) > _LEVELS


def levels(request: Any) -> int:
    """How many maps and lists stand one in the other in the deepest value of a request.

    >>> levels({"Item": {"id": {"S": "a"}, "lines": {"L": [{"M": {}}]}}})
    2
    """
    deepest = 0
    rest: list[tuple[Any, int]] = [(request, 0)]
    while rest:
        value, depth = rest.pop()
        deepest = max(deepest, depth)
        if isinstance(value, Mapping):
            rest += [(inner, depth + (name in {"L", "M"})) for name, inner in value.items()]
        elif isinstance(value, list | tuple):
            rest += [(inner, depth) for inner in value]
    return deepest
