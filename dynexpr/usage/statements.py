"""What did a request ask, in words and without any value?"""

import re
from collections.abc import Mapping
from typing import Any, Final

from dynexpr.expression.nodes import Path

_NAME: Final = re.compile(r"#\w+")
_LITERAL: Final = re.compile(
    r""" ("(?:[^"]|"")*") | '(?:[^']|'')*' | (?<![\w.?]) [-+]? (?:\d+\.?\d*|\.\d+) (?:[eE][-+]?\d+)? """, re.VERBOSE
)
"""A name in double quotes, which stays, or a literal of PartiQL, which doesn't."""
_BEFORE: Final = (": ", ": ", "; filter ", "; if ", "; only ")
"""What stands before a key condition, an update, a filter, a condition and a projection."""
_BATCHED: Final = {"Keys": "keys", "PutRequest": "puts", "DeleteRequest": "deletes"}


def words_of(shape: tuple[Any, ...]) -> str:
    """A request's shape, as `dynexpr.metering.shape_of` gives it, in one line.

    >>> from dynexpr.metering import shape_of
    >>> filtered = {"FilterExpression": "#n0 > :v0", "ExpressionAttributeNames": {"#n0": "amount"}}
    >>> words_of(shape_of("Scan", {"TableName": "payments", **filtered}))
    'Scan payments; filter amount > :v0'
    """
    operation, *rest = shape
    if not rest:
        return f"{operation} (further statements)" if operation else "(not told apart)"
    if len(rest) > 1:
        return _single(operation, *rest)
    parts = rest[0]
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        return f"{operation}: {' | '.join(words_of(part) for part in parts)}"
    if operation in {"BatchGetItem", "BatchWriteItem"}:
        return f"{operation} {', '.join(_batched(*part) for part in parts)}"
    if parts:
        return f"{operation}: {' | '.join(_without_literals(part) for part in parts)}"
    return str(operation)


def _single(
    operation: str, table: str, index: str | None, select: str | None, names: Any, *expressions: str | None
) -> str:
    place = table if index is None else f"{table}/{index}"
    known = dict(names)
    told = "".join(
        before + _named(text, known) for before, text in zip(_BEFORE, expressions, strict=True) if text is not None
    )
    return f"{operation} {place}{told}{'; count' if select == 'COUNT' else ''}"


def _batched(kind: str, table: str, names: Any = (), projection: str | None = None) -> str:
    only = "" if projection is None else f" (only {_named(projection, dict(names))})"
    return f"{table} {_BATCHED.get(kind, kind)}{only}"


def _named(text: str, names: Mapping[str, str]) -> str:
    return _NAME.sub(lambda match: str(Path((names[match[0]],))) if match[0] in names else match[0], text)


def _without_literals(text: str) -> str:
    return " ".join(_LITERAL.sub(lambda match: match[1] or "?", text).split())
