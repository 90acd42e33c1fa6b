"""Which names may a table have, which table does an ARN name, and which ARNs do tables, indexes and streams have?"""

import re
from typing import Final

from dynexpr.local.errors import refuse

REGION: Final = "us-east-1"
ACCOUNT: Final = "123456789012"  # the example account of AWS's documentation

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}\Z")
_ARN: Final = re.compile(r"arn:[a-z-]+:dynamodb:[a-z0-9-]*:[0-9]*:table/([A-Za-z0-9_.-]{3,255})\Z")


def check_name(name: str) -> None:
    """Refuse what can't be the name of a table or an index."""
    if not _NAME.match(name):
        refuse(
            "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, "
            "and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'"
        )


def table_name(given: str) -> str:
    """The name of the table that a TableName, a name or an ARN, means; refuses what can be neither.

    >>> table_name("arn:aws:dynamodb:us-east-1:000000000000:table/payments")
    'payments'
    """
    arn = _ARN.match(given)
    if arn is not None:
        return arn.group(1)
    check_name(given)
    return given


def table_arn(name: str) -> str:
    """The ARN of a table of the engine; what an index or a stream adds stands behind it."""
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
