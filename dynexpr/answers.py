"""Which class of the tree is an error answer of DynamoDB?

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from typing import Any, Final

from dynexpr.errors import (
    AccessDenied,
    ConditionFailed,
    Conflict,
    IdempotencyMismatch,
    ItemExists,
    RequestRefused,
    ServiceError,
    ServiceUnavailable,
    TableInUse,
    TableNotFound,
    Throttled,
    TransactionCancelled,
)

BY_CODE: Final[dict[str, type[ServiceError]]] = {
    "ValidationException": RequestRefused,
    "SerializationException": RequestRefused,
    "UnknownOperationException": RequestRefused,
    "ItemCollectionSizeLimitExceededException": RequestRefused,
    "IdempotentParameterMismatchException": IdempotencyMismatch,
    "ResourceNotFoundException": TableNotFound,
    "TableNotFoundException": TableNotFound,
    "IndexNotFoundException": TableNotFound,
    "ResourceInUseException": TableInUse,
    "TableInUseException": TableInUse,
    "TableAlreadyExistsException": TableInUse,
    "ProvisionedThroughputExceededException": Throttled,
    "ThrottlingException": Throttled,
    "Throttling": Throttled,
    "RequestLimitExceeded": Throttled,
    "LimitExceededException": Throttled,
    "TransactionConflictException": Conflict,
    "TransactionInProgressException": Conflict,
    "ReplicatedWriteConflictException": Conflict,
    "AccessDeniedException": AccessDenied,
    "AccessDenied": AccessDenied,
    "IncompleteSignatureException": AccessDenied,
    "IncompleteSignature": AccessDenied,
    "MissingAuthenticationTokenException": AccessDenied,
    "MissingAuthenticationToken": AccessDenied,
    "UnrecognizedClientException": AccessDenied,
    "InvalidClientTokenId": AccessDenied,
    "InvalidSignatureException": AccessDenied,
    "SignatureDoesNotMatch": AccessDenied,
    "ExpiredTokenException": AccessDenied,
    "ExpiredToken": AccessDenied,
    "NotAuthorized": AccessDenied,
    "OptInRequired": AccessDenied,
    "RequestExpired": AccessDenied,
    "RequestTimeTooSkewed": AccessDenied,
    "InternalServerError": ServiceUnavailable,
    "InternalServerErrorException": ServiceUnavailable,
    "ServiceUnavailable": ServiceUnavailable,
    "ServiceUnavailableException": ServiceUnavailable,
    # Of operations that no statement sends, reached by engine.send(...) only: no class of their own.
    "BackupInUseException": ServiceError,
    "BackupNotFoundException": ServiceError,
    "ContinuousBackupsUnavailableException": ServiceError,
    "ExportConflictException": ServiceError,
    "ExportNotFoundException": ServiceError,
    "GlobalTableAlreadyExistsException": ServiceError,
    "GlobalTableNotFoundException": ServiceError,
    "ImportConflictException": ServiceError,
    "ImportNotFoundException": ServiceError,
    "InvalidExportTimeException": ServiceError,
    "InvalidRestoreTimeException": ServiceError,
    "PointInTimeRecoveryUnavailableException": ServiceError,
    "PolicyNotFoundException": ServiceError,
    "ReplicaAlreadyExistsException": ServiceError,
    "ReplicaNotFoundException": ServiceError,
}
"""Code of an error answer -> class; ConditionFailed, ItemExists and TransactionCancelled are made in `error_answer`."""

HINTS: Final[dict[type[ServiceError], str]] = {
    TableNotFound: "; is the name right (table_prefix included), the region, and was metadata.create_all(engine) run?",
    AccessDenied: "; check the credentials, their permissions and the region",
}
"""What we add to the service's own words."""


def error_answer(operation: str, code: str, message: str, status: int, body: dict[str, Any]) -> ServiceError:
    """The error of an answer; *body* holds what the answer says besides: `Item`, `CancellationReasons`, …"""
    message = " ".join(message.split()) if "\n" in message else message  # a refused signature is told on ten lines
    if code == "ConditionalCheckFailedException":
        failed = ConditionFailed(message, operation=operation, item=body.get("Item"))
        failed.response = body
        return failed
    if code == "DuplicateItemException":  # PartiQL's INSERT
        exists = ItemExists(message, operation=operation, item=body.get("Item"))
        exists.code = code
        exists.response = body
        return exists
    if code == "TransactionCanceledException":
        cancelled = TransactionCancelled(message, operation=operation)
        cancelled.response = body
        return cancelled
    kind = BY_CODE.get(code, ServiceUnavailable if status >= 500 else ServiceError)
    text = f"{message or code}{HINTS.get(kind, '')}"
    if kind is Throttled:
        text += _hot_key(body)
    return kind(text, code=code, operation=operation, status=status, response=body)


def _hot_key(body: dict[str, Any]) -> str:
    """Throttling reasons say whether it was the table, or one key range of it.

    ThrottlingException spells the member with a small t, the other errors with a capital one.
    """
    for reason in body.get("ThrottlingReasons") or body.get("throttlingReasons") or ():
        if str(reason.get("reason", "")).endswith("KeyRangeThroughputExceeded"):
            return f"; one partition key is hot ({reason.get('resource', 'no resource named')})"
    return ""


REASONS: Final[dict[str, type[ServiceError]]] = {
    "ItemCollectionSizeLimitExceeded": RequestRefused,
    "TransactionConflict": Conflict,
    "ProvisionedThroughputExceeded": Throttled,
    "ThrottlingError": Throttled,
    "ValidationError": RequestRefused,
    "AccessDenied": AccessDenied,
    "DuplicateItem": RequestRefused,
}
"""The codes of a cancelled transaction's reasons, apart from ConditionalCheckFailed, which a write explains."""

TEMPORARY_REASONS: Final = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Reasons that may be gone at the next attempt."""
