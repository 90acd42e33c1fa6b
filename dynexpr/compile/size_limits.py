"""Is a request's expression too large, or what its expressions share?"""

from collections.abc import Mapping

from dynexpr import limits
from dynexpr.errors import ExpressionTooLarge
from dynexpr.expression.kinds import Kind, refused
from dynexpr.wire import Wire


def check_text_size(kind: Kind, text: str) -> None:
    """Refuse an expression whose text has more bytes than DynamoDB reads."""
    size = len(text) if text.isascii() else len(text.encode())
    if size > limits.EXPRESSION_BYTES:
        raise ExpressionTooLarge(
            f"the {kind} has {size:,} bytes; DynamoDB reads at most {limits.EXPRESSION_BYTES:,}; "
            "use fewer terms or several requests",
            limit=limits.EXPRESSION_BYTES,
            actual=size,
            reason=refused(kind, f"Expression size has exceeded the maximum allowed size; expression size: {size}"),
        )


def check_values_size(names: Mapping[str, str], values: Mapping[str, Wire]) -> None:
    """Refuse more than 2 MB of names and values in one request, or one placeholder of more than 255 bytes."""
    size = 0
    for token, name in names.items():
        size += len(token) + len(name.encode())
    for token, wire in values.items():
        size += len(token) + _weight(wire)
    for token in (*names, *values):
        if len(token) > limits.PLACEHOLDER_BYTES:
            raise ExpressionTooLarge(
                f"a placeholder has at most {limits.PLACEHOLDER_BYTES} bytes: {token[:40]}… has {len(token)}",
                limit=limits.PLACEHOLDER_BYTES,
                actual=len(token),
                reason=f"ExpressionAttribute{'Names' if token[0] == '#' else 'Values'} contains invalid key: The "
                f"expression attribute map contains a key that is too long; size of key: {len(token)}",
            )
    if size > limits.SUBSTITUTION_BYTES:
        raise ExpressionTooLarge(
            f"the names and values of the request's expressions have {size:,} bytes; DynamoDB takes "
            f"{limits.SUBSTITUTION_BYTES:,}; use fewer or smaller values",
            limit=limits.SUBSTITUTION_BYTES,
            actual=size,
            reason="ExpressionAttributeValues exceeds max size",
        )


def _weight(wire: Wire) -> int:
    """The bytes of a value, without its overhead; cut short where they can't matter."""
    ((kind, value),) = wire.items()
    if kind in {"S", "N"}:
        return len(value) if value.isascii() else len(value.encode())
    if kind == "B":
        return len(value)
    if kind in {"SS", "NS"}:
        return sum(len(element.encode()) for element in value)
    if kind == "BS":
        return sum(len(element) for element in value)
    if kind == "L":
        return sum(_weight(element) for element in value)
    if kind == "M":
        return sum(len(name.encode()) + _weight(element) for name, element in value.items())
    return 1
