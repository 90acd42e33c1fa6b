"""Which names does DynamoDB take for tables and indexes?"""

import re

from dynexpr import limits
from dynexpr.errors import InvalidModel

_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def check_table_name(name: str, what: str) -> None:
    """Refuse a table or index name DynamoDB does not take."""
    if not limits.TABLE_NAME_MIN <= len(name) <= limits.TABLE_NAME_MAX or not _NAME.fullmatch(name):
        raise InvalidModel(
            f"{what} name {name!r}: DynamoDB takes {limits.TABLE_NAME_MIN} to {limits.TABLE_NAME_MAX} characters "
            "out of A-Z a-z 0-9 _ - ."
        )
