"""Does every error answer of DynamoDB become the right class, and is the right one tried again?"""

from typing import Any

import pytest

from dynexpr.answers import BY_CODE, TEMPORARY_REASONS, error_answer
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
from dynexpr.flows import Deadline, Pause, cancelled, sent
from dynexpr.requests import Request
from dynexpr.retry import RetryPolicy
from dynexpr.statements.write import delete, insert
from dynexpr.writes import write_of
from tests.models import NOW, Payment, Quota
from tests.wire_shapes import service_model

AGAIN, ONCE = True, False

SHAPES: dict[str, tuple[type[ServiceError], bool]] = {
    "BackupInUseException": (ServiceError, ONCE),
    "BackupNotFoundException": (ServiceError, ONCE),
    "ConditionalCheckFailedException": (ConditionFailed, ONCE),
    "ContinuousBackupsUnavailableException": (ServiceError, ONCE),
    "DuplicateItemException": (ItemExists, ONCE),
    "ExportConflictException": (ServiceError, ONCE),
    "ExportNotFoundException": (ServiceError, ONCE),
    "GlobalTableAlreadyExistsException": (ServiceError, ONCE),
    "GlobalTableNotFoundException": (ServiceError, ONCE),
    "IdempotentParameterMismatchException": (IdempotencyMismatch, ONCE),
    "ImportConflictException": (ServiceError, ONCE),
    "ImportNotFoundException": (ServiceError, ONCE),
    "IndexNotFoundException": (TableNotFound, ONCE),
    "InternalServerError": (ServiceUnavailable, AGAIN),
    "InvalidExportTimeException": (ServiceError, ONCE),
    "InvalidRestoreTimeException": (ServiceError, ONCE),
    "ItemCollectionSizeLimitExceededException": (RequestRefused, ONCE),
    "LimitExceededException": (Throttled, AGAIN),
    "PointInTimeRecoveryUnavailableException": (ServiceError, ONCE),
    "PolicyNotFoundException": (ServiceError, ONCE),
    "ProvisionedThroughputExceededException": (Throttled, AGAIN),
    "ReplicaAlreadyExistsException": (ServiceError, ONCE),
    "ReplicaNotFoundException": (ServiceError, ONCE),
    "ReplicatedWriteConflictException": (Conflict, AGAIN),
    "RequestLimitExceeded": (Throttled, AGAIN),
    "ResourceInUseException": (TableInUse, ONCE),
    "ResourceNotFoundException": (TableNotFound, ONCE),
    "TableAlreadyExistsException": (TableInUse, ONCE),
    "TableInUseException": (TableInUse, ONCE),
    "TableNotFoundException": (TableNotFound, ONCE),
    "ThrottlingException": (Throttled, AGAIN),
    "TransactionCanceledException": (TransactionCancelled, ONCE),
    "TransactionConflictException": (Conflict, AGAIN),
    "TransactionInProgressException": (Conflict, AGAIN),
}
"""Every error shape of botocore's model of DynamoDB."""

COMMON: dict[str, tuple[type[ServiceError], bool]] = {
    "AccessDeniedException": (AccessDenied, ONCE),
    "ExpiredTokenException": (AccessDenied, ONCE),
    "IncompleteSignatureException": (AccessDenied, ONCE),
    "InvalidSignatureException": (AccessDenied, ONCE),
    "MissingAuthenticationTokenException": (AccessDenied, ONCE),
    "UnrecognizedClientException": (AccessDenied, ONCE),
    "SerializationException": (RequestRefused, ONCE),
    "UnknownOperationException": (RequestRefused, ONCE),
    "ValidationException": (RequestRefused, ONCE),
    "ServiceUnavailable": (ServiceUnavailable, AGAIN),
    "SomethingNewException": (ServiceError, ONCE),
}
"""What every service of AWS may answer, which no model lists.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""


def answered(code: str, status: int = 400, **body: Any) -> ServiceError:
    """The error of an answer to a read."""
    return error_answer("GetItem", code, "in the service's words", status, body)


def is_tried_again(error: ServiceError) -> bool:
    """Whether a read that met the error is sent again."""
    flow = sent(Request("GetItem", {}), Deadline(RetryPolicy(jitter="none")))
    next(flow)
    try:
        return isinstance(flow.throw(error), Pause)
    except ServiceError:
        return False


def test_no_error_shape_is_new() -> None:
    """The table above has each error that botocore's model has, so that a new one is given its place on purpose."""
    model = service_model()
    shapes = {name for name in model.shape_names if model.shape_for(name).metadata.get("exception")}
    assert set(SHAPES) == shapes
    special = {"ConditionalCheckFailedException", "DuplicateItemException", "TransactionCanceledException"}
    assert shapes - special <= set(BY_CODE)


@pytest.mark.parametrize("code", [*SHAPES, *COMMON])
def test_class_of_an_answer(code: str) -> None:
    """Each code has its class, carries the service's words, and is tried again only where that can help."""
    expected, again = (SHAPES | COMMON)[code]
    error = answered(code, 500 if expected is ServiceUnavailable else 400)
    assert type(error) is expected
    assert error.code == code
    assert str(error).startswith("GetItem: in the service's words")
    assert is_tried_again(error) is again


@pytest.mark.parametrize(
    ("status", "expected"), [(400, ServiceError), (500, ServiceUnavailable), (503, ServiceUnavailable)]
)
def test_unknown_code_goes_by_its_status(status: int, expected: type[ServiceError]) -> None:
    """A code nobody knows is the service's failure when its status says so."""
    assert type(answered("Whatever", status)) is expected


def test_words_of_a_refusal_stand_on_one_line() -> None:
    """A refused signature is explained by the service on ten lines; the message is one."""
    error = error_answer("GetItem", "InvalidSignatureException", "does not match\n\nThe string was\n'POST\n/'", 400, {})
    assert "\n" not in str(error)


def test_failed_condition_brings_the_item() -> None:
    """The stored item comes with the error, on the wire."""
    error = answered("ConditionalCheckFailedException", Item={"id": {"S": "p1"}})
    assert isinstance(error, ConditionFailed)
    assert error.item == {"id": {"S": "p1"}}


HOT = [{"reason": "TableReadKeyRangeThroughputExceeded", "resource": "arn:aws:dynamodb:us-east-1:1:table/payments"}]
BUSY = [{"reason": "TableReadAccountLimitExceeded", "resource": "arn:aws:dynamodb:us-east-1:1:table/payments"}]


@pytest.mark.parametrize(
    ("code", "body", "hot"),
    [
        ("ProvisionedThroughputExceededException", {"ThrottlingReasons": HOT}, True),
        ("RequestLimitExceeded", {"ThrottlingReasons": [*BUSY, *HOT]}, True),
        ("ThrottlingException", {"throttlingReasons": HOT}, True),
        ("ThrottlingException", {"throttlingReasons": BUSY}, False),
        ("ThrottlingException", {"ThrottlingReasons": []}, False),
        ("ThrottlingException", {"ThrottlingReasons": [{}]}, False),
        ("ThrottlingException", {}, False),
    ],
)
def test_hot_key_is_named(code: str, body: dict[str, Any], hot: bool) -> None:
    """A throttle of one key range says so, and where, in both spellings of the member that tells."""
    told = str(answered(code, **body))
    assert ("one partition key is hot (arn:aws:dynamodb:us-east-1:1:table/payments)" in told) is hot


WRITES = [
    write_of(insert(Quota).values(user="u1", remaining=1), lambda: NOW),
    write_of(delete(Quota).where(Quota.user == "u2"), lambda: NOW),
    write_of(delete(Payment).where(Payment.id == "p1", Payment.timestamp == NOW).must_exist(), lambda: NOW),
]


def cancelled_by(*reasons: dict[str, Any]) -> TransactionCancelled:
    """The error of a transaction of WRITES that was cancelled for some reasons."""
    answer = error_answer(
        "TransactWriteItems", "TransactionCanceledException", "cancelled", 400, {"CancellationReasons": reasons}
    )
    assert isinstance(answer, TransactionCancelled)
    return cancelled(WRITES, "TransactWriteItems", answer)


def test_reasons_belong_to_actions_by_position() -> None:
    """A reason None marks an action that passed; each other one is the error its own action would have raised alone."""
    error = cancelled_by(
        {"Code": "None"}, {"Code": "TransactionConflict", "Message": "busy"}, {"Code": "ConditionalCheckFailed"}
    )
    assert [(each.index, each.code, type(each.error).__name__) for each in error.failures] == [
        (1, "TransactionConflict", "Conflict"),
        (2, "ConditionalCheckFailed", "ItemMissing"),
    ]
    assert [each.subject for each in error.failures] == [WRITES[1].subject, WRITES[2].subject]
    assert str(error) == (
        "TransactWriteItems: nothing was written: action 1 (TransactionConflict): busy; "
        'action 2 (ConditionalCheckFailed): Payment ("p1", "2026-01-02T12:00:00.000000Z") does not exist'
    )


def test_reason_brings_the_stored_item() -> None:
    """The item a failed action met is on its failure and on its error."""
    item = {"user": {"S": "u1"}, "remaining": {"N": "3"}}
    (failure,) = cancelled_by(
        {"Code": "ConditionalCheckFailed", "Item": item}, {"Code": "None"}, {"Code": "None"}
    ).failures
    assert isinstance(failure.error, ItemExists)
    assert failure.item == failure.error.item == item


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ItemCollectionSizeLimitExceeded", RequestRefused),
        ("TransactionConflict", Conflict),
        ("ProvisionedThroughputExceeded", Throttled),
        ("ThrottlingError", Throttled),
        ("ValidationError", RequestRefused),
        ("AccessDenied", AccessDenied),
        ("DuplicateItem", RequestRefused),
        ("SomethingNew", ServiceError),
    ],
)
def test_class_of_a_reason(code: str, expected: type[ServiceError]) -> None:
    """Each reason has its class; one without words says its code."""
    (failure,) = cancelled_by({"Code": code}).failures
    assert type(failure.error) is expected
    assert failure.error.code == str(failure.error) == code


def test_without_reasons_the_words_remain() -> None:
    """A cancelled transaction whose reasons nobody sent says what the service said."""
    assert str(cancelled_by()) == "TransactWriteItems: nothing was written: cancelled"
    assert not is_tried_again(cancelled_by())


@pytest.mark.parametrize(
    ("codes", "again"),
    [
        (["None", "TransactionConflict"], AGAIN),
        (["ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"], AGAIN),
        (["TransactionConflict", "ConditionalCheckFailed"], ONCE),
        (["ThrottlingError", "ValidationError"], ONCE),
        (["None", "None"], ONCE),
        (["SomethingNew"], ONCE),
    ],
)
def test_cancelled_is_tried_again_only_for_temporary_reasons(codes: list[str], again: bool) -> None:
    """One reason that will not go away is enough not to try again; None is no reason at all."""
    assert is_tried_again(cancelled_by(*({"Code": code} for code in codes))) is again
    assert (set(codes) - {"None"} <= TEMPORARY_REASONS and set(codes) != {"None"}) is again
