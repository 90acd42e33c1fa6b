"""In which words does an operation refuse a request before it looks for the table?

The service has two layers of checks. Operations on single items, BatchGetItem and Query have the current one; writes of
single items put a count in front of what it says. BatchWriteItem, Scan, transactions and PartiQL have the older one,
whose words a `LocalServiceError` has as its message.

Recorded answers: https://github.com/paritysuite/dynamodb-conformance (tier 3, value layers).
"""

from dynexpr.local.errors import BadValue, LocalServiceError


def current(error: LocalServiceError) -> LocalServiceError:
    """The refusal as operations say it that read."""
    return LocalServiceError(error.code, error.current) if isinstance(error, BadValue) else error


def counted(error: LocalServiceError) -> LocalServiceError:
    """The refusal as operations say it that write a single item.

    >>> str(counted(BadValue("contains duplicates", "contains duplicates.")))
    'ValidationException: 1 validation error detected: contains duplicates.'
    """
    if error.code != "ValidationException":
        return error
    return LocalServiceError(error.code, f"1 validation error detected: {current(error).message}")
