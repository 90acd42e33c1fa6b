"""What can go wrong, drawn as one tree; each error says what, where, and what to do.

DynexprError
├── ArgumentError (a ValueError)          what was written can't be done; nothing was sent
│   ├── InvalidURL                        create_engine's URL
│   ├── InvalidModel                      a model, table or index declaration
│   ├── ValueNotStorable                  a Python value DynamoDB can't hold
│   ├── MissingAttribute (an AttributeError)  an object lacks a required attribute, or a key attribute
│   ├── KeyRequired                       a write without the full key
│   ├── ScanRequired                      a read no key condition can serve
│   ├── NotOneRequest                     `.params` of a statement that is not exactly one request
│   ├── CursorError                       a page's token
│   │   ├── CursorInvalid                 not a token, cut off, changed, or signed with another secret
│   │   ├── CursorMismatch                of another statement, or other values
│   │   ├── CursorExpired                 older than max_age
│   │   └── NoWayBack                     the page before, of a scan
│   └── ExpressionError                   an expression DynamoDB would refuse
│       ├── ExpressionSyntaxError         text that is not an expression; has the offset
│       ├── ExpressionTooLarge            bytes, operators, operands, nesting, 2 MB of values
│       ├── PathConflict                  two paths of one update or projection overlap or conflict
│       ├── OperandError                  an operand its operator never accepts
│       ├── KeyAttributeError             a key attribute where DynamoDB forbids one
│       ├── NotAKeyCondition              a condition that can't be part of a key condition
│       ├── PlaceholderError              #names and :values missing, unused or malformed
│       ├── UpdateRefused                 an update that can't be carried out on the item it met
│       └── SqlError                      SQL that DynamoDB has no meaning for; has the offset
├── SessionError                          objects and sessions
│   ├── UnloadedAttribute (an AttributeError)
│   ├── DetachedObject
│   ├── KeyChanged                        a key attribute of a stored object was changed
│   ├── DuplicateKey                      two objects for one key
│   ├── TransactionTooLarge               more than one transaction can hold; nothing was sent
│   ├── PartlyCommitted                   a commit in several parts, of which the first took effect
│   ├── ConcurrentUse                     two threads in one session at once
│   └── Unsupported                       what SQLAlchemy has and DynamoDB can't give
│       └── UnsupportedName (an AttributeError)
├── ResultError                           .one() and its like
│   ├── NoResultFound
│   ├── MultipleResultsFound
│   └── NotAsExpected                     .retry_until() gave up
├── Abandoned                             work done beside other work, given up because that ended
├── BudgetExceeded                        a capacity block has used up what it may; nothing more was sent
├── ServiceError                          DynamoDB answered with an error
│   ├── RequestRefused                    ValidationException, SerializationException …
│   ├── ConditionFailed                   with the stored item and the clauses that failed
│   │   ├── ItemExists
│   │   ├── ItemMissing
│   │   └── StaleData
│   ├── TransactionCancelled              with one failure for each action that failed
│   ├── IdempotencyMismatch
│   ├── TableNotFound                     ResourceNotFoundException
│   ├── TableInUse                        ResourceInUseException
│   ├── Throttled                         too fast, for the table, the account or a hot key
│   ├── Conflict                          another transaction holds the item
│   ├── AccessDenied                      the credentials were refused
│   └── ServiceUnavailable                a 5xx answer
└── TransportError                        no answer
    ├── CredentialsMissing
    ├── EndpointUnreachable               nothing was sent
    ├── DeadlineExceeded                  the deadline was over, so nothing was sent
    ├── ResponseLost                      time-out or closed connection: it may have been carried out
    └── OutcomeUnknown                    a write of which nobody can know whether it took effect
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dynexpr.capacity import Consumed
    from dynexpr.expression.nodes import Node


class DynexprError(Exception):
    """Every error of dynexpr's own."""

    leftover: "Sequence[Any]" = ()
    """Of a batch: what was not read, or not written, because of it."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way calls the class with the message alone, which those that want more than that refuse.
        return _remade, (type(self), self.args), self.__dict__


def _remade(kind: type[DynexprError], args: tuple[object, ...]) -> DynexprError:
    """An error that comes out of a pickle, its attributes still to be set."""
    return kind.__new__(kind, *args)


class ArgumentError(DynexprError, ValueError):
    """What was written can't be done; nothing was sent."""


class InvalidURL(ArgumentError):
    """An engine URL that create_engine does not understand."""


class InvalidModel(ArgumentError):
    """A declaration of a model, table, column or index that contradicts itself or DynamoDB."""


class ValueNotStorable(ArgumentError):
    """A Python value that DynamoDB can't hold; `value` is it, `place` says where (attribute, then steps inside)."""

    def __init__(self, value: object, why: str, place: tuple[str | int, ...] = ()) -> None:
        self.value = value
        self.why = why
        self.place = place
        super().__init__(value, why, place)

    def inside(self, step: str | int) -> "ValueNotStorable":
        """The same error, seen from one container or attribute further out."""
        return ValueNotStorable(self.value, self.why, (step, *self.place))

    def __str__(self) -> str:
        where = f"{show_place(self.place)}: " if self.place else ""
        return f"{where}can't store {clip(self.value)}: {self.why}"


class MissingAttribute(ArgumentError, AttributeError):
    """An object or a set of values lacks an attribute that it must have."""


class KeyRequired(ArgumentError):
    """A write whose where() does not give every attribute of the table's key by equality."""


class ScanRequired(ArgumentError):
    """No key condition serves the statement, so only reading the whole table would."""


class NotOneRequest(ArgumentError):
    """A statement that is not exactly one request, asked for the parameters of one."""


class CursorError(ArgumentError):
    """A page's token that can't be used."""


class CursorInvalid(CursorError):
    """Not a token at all, cut off or changed, of a version to come, or signed with another secret."""


class CursorMismatch(CursorError):
    """A token of another statement, or of the same one with other values."""


class CursorExpired(CursorError):
    """A token that is older than max_age allows."""


class NoWayBack(CursorError):
    """The page before was asked for, of a scan: DynamoDB scans one way only."""


class ExpressionError(ArgumentError):
    """An expression DynamoDB would refuse; `node` is the part, `reason` the service's own words where known."""

    def __init__(self, message: str, *, node: "Node | None" = None, reason: str | None = None) -> None:
        super().__init__(message)
        self.node = node
        self.reason = reason if reason is not None else message


class ExpressionSyntaxError(ExpressionError):
    """Text that is not an expression; `offset` counts characters from 0."""

    def __init__(self, message: str, *, text: str, offset: int, reason: str | None = None) -> None:
        self.text = text
        self.offset = offset
        self.problem = message
        super().__init__(f"{message}, at offset {offset}\n{caret(text, offset)}", reason=reason)


class ExpressionTooLarge(ExpressionError):
    """More bytes, operators, operands, levels or values than DynamoDB takes; `limit` is the number it keeps to."""

    def __init__(
        self, message: str, *, limit: int, actual: int, node: "Node | None" = None, reason: str | None = None
    ) -> None:
        super().__init__(message, node=node, reason=reason)
        self.limit = limit
        self.actual = actual


class PathConflict(ExpressionError):
    """Two paths of one update or projection overlap (one holds the other) or conflict (`a.b` with `a[0]`)."""


class OperandError(ExpressionError):
    """An operand its operator never accepts."""


class KeyAttributeError(ExpressionError):
    """A key attribute in an update, or in the filter of a query that keys on it."""


class NotAKeyCondition(ExpressionError):
    """A condition that can't be part of a key condition."""


class PlaceholderError(ExpressionError):
    """A `#name` or `:value` that is missing, unused or malformed."""


class UpdateRefused(ExpressionError):
    """An update that can't be carried out on its item: a missing operand, a path without a parent, a wrong type."""


class SqlError(ExpressionError):
    """SQL that is malformed, or that has no meaning in DynamoDB; `offset` counts characters of `text` from 0."""

    def __init__(self, message: str, *, text: str, offset: int) -> None:
        self.text = text
        self.offset = offset
        self.problem = message
        super().__init__(f"{message}, at offset {offset}\n{caret(text, offset)}", reason=message)


class SessionError(DynexprError):
    """Something a session or one of its objects can't do."""


class UnloadedAttribute(SessionError, AttributeError):
    """An attribute that is stored, or may be, but was not read; `session.refresh(obj)` reads it."""


class DetachedObject(SessionError):
    """An object that belongs to no session, or to another one."""


class KeyChanged(SessionError):
    """A key attribute of a stored object was changed: DynamoDB can't move an item."""


class DuplicateKey(SessionError):
    """Two objects of one session have the same key."""


class TransactionTooLarge(SessionError):
    """More actions or bytes than one transaction can hold; nothing was sent."""


class PartlyCommitted(SessionError):
    """A commit that was allowed to be sent in several parts failed after the first ones took effect.

    `applied` are the objects and statements that were written, `pending` those that were not, `cause` the error.
    """

    def __init__(
        self,
        message: str,
        *,
        applied: "Sequence[object]",
        pending: "Sequence[object]",
        cause: DynexprError,
        batches_applied: int,
    ) -> None:
        super().__init__(message)
        self.applied = tuple(applied)
        self.pending = tuple(pending)
        self.cause = cause
        self.batches_applied = batches_applied


class ConcurrentUse(SessionError):
    """Two threads used one session at once; give each its own (sessionmaker, scoped_session)."""


class Unsupported(SessionError):
    """Something of SQLAlchemy's that DynamoDB can't give; the message says what to do instead."""


class UnsupportedName(Unsupported, AttributeError):
    """The same, asked for as an attribute or a method: hasattr() says that there is none."""


class ResultError(DynexprError):
    """A result that is not what was asked for."""


class NoResultFound(ResultError):
    """One item was asked for, and there is none."""


class MultipleResultsFound(ResultError):
    """One item was asked for, and there are more."""


class NotAsExpected(ResultError):
    """What was read never became what retry_until() waits for; `last` is what was read last, as a list."""

    def __init__(self, message: str, last: "Sequence[Any]" = ()) -> None:
        super().__init__(message)
        self.last = list(last)


class Abandoned(DynexprError):
    """Something that was done at the same time as other things was given up before its end, for those had ended."""


class BudgetExceeded(DynexprError):
    """A request was not sent, because the budget of an `engine.capacity(...)` block around it is used up."""

    def __init__(self, message: str, *, consumed: "Consumed") -> None:
        super().__init__(message)
        self.consumed = consumed
        """What the block had consumed by then."""


class ServiceError(DynexprError):
    """DynamoDB answered with an error; `code` and `message` are its own."""

    attempts = 1
    """How often the request had been sent when it was given up."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        operation: str = "",
        status: int = 400,
        response: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.operation = operation
        self.status = status
        self.response = response if response is not None else {}

    def __str__(self) -> str:
        text = f"{self.operation}: {self.message}" if self.operation else self.message
        return text if self.attempts == 1 else f"{text} (sent {self.attempts} times)"


class RequestRefused(ServiceError):
    """The request was malformed in DynamoDB's eyes."""


class ConditionFailed(ServiceError):
    """A write's condition was false: nothing was written.

    `item` is the stored item on the wire (None when there is none, or it was not asked for), `failed` the smallest
    clauses that were false, each with the value it met.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        item: dict[str, Any] | None = None,
        failed: "Sequence[object]" = (),
        subject: object = None,
    ) -> None:
        super().__init__(message, code="ConditionalCheckFailedException", operation=operation)
        self.item = item
        self.failed = tuple(failed)
        self.subject = subject


class ItemExists(ConditionFailed):
    """An insert met an item with its key."""


class ItemMissing(ConditionFailed):
    """An update or a delete met no item with its key."""


class StaleData(ConditionFailed):
    """The stored item is not the one that was read: somebody else changed it."""


class TransactionCancelled(ServiceError):
    """A transaction was cancelled: none of its writes took effect.

    `failures` has one error for each action that failed, in call order; each has `index`, the position of its action.
    """

    def __init__(self, message: str, *, operation: str = "", failures: "Sequence[TransactionFailure]" = ()) -> None:
        super().__init__(message, code="TransactionCanceledException", operation=operation)
        self.failures = tuple(failures)


class TransactionFailure:
    """One action of a cancelled transaction that failed."""

    __slots__ = ("code", "error", "index", "item", "subject")

    def __init__(
        self, index: int, code: str, error: ServiceError, item: dict[str, Any] | None, subject: object
    ) -> None:
        self.index = index
        """Position of the action in the transaction, from 0."""
        self.code = code
        """DynamoDB's word for it, e.g. `ConditionalCheckFailed`."""
        self.error = error
        """The same failure as the error a single write would have raised."""
        self.item = item
        """The stored item on the wire, where the service sent it."""
        self.subject = subject
        """The statement or the object the action came from."""

    @property
    def failed(self) -> tuple[object, ...]:
        """The clauses that were false, with the values they met."""
        return self.error.failed if isinstance(self.error, ConditionFailed) else ()

    def __repr__(self) -> str:
        return f"<action {self.index}: {self.code}: {self.error}>"


class IdempotencyMismatch(ServiceError):
    """A transaction's token was used before with another transaction."""


class TableNotFound(ServiceError):
    """The table, or the index, does not exist."""


class TableInUse(ServiceError):
    """The table exists already, or is being changed."""


class Throttled(ServiceError):
    """More than the table, the index, the account or one partition may take."""


class Conflict(ServiceError):
    """Another transaction is at work on the same item."""


class AccessDenied(ServiceError):
    """The service refused the credentials, or what they may do."""


class ServiceUnavailable(ServiceError):
    """The service failed (5xx); a write may have been carried out."""


class TransportError(DynexprError):
    """No answer came."""


class CredentialsMissing(TransportError):
    """No credentials were found."""


class EndpointUnreachable(TransportError):
    """No connection: the request was not sent. After three such attempts no other is made, whatever the policy."""


class ResponseLost(TransportError):
    """The request was sent and no whole answer came: it may have been carried out."""


class DeadlineExceeded(TransportError):
    """The deadline was over before a request was sent."""


class OutcomeUnknown(TransportError):
    """A write of which nobody can know whether it took effect; `item` is the stored item where it was seen.

    `doubt` is the error after which it could not be known.
    """

    def __init__(self, message: str, *, item: dict[str, Any] | None = None, doubt: DynexprError | None = None) -> None:
        super().__init__(message)
        self.item = item
        self.doubt = doubt


def show_place(place: tuple[str | int, ...]) -> str:
    """Steps as a person reads them: `lines[0].sku`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def clip(value: object, width: int = 80) -> str:
    """A value's repr, cut to a width that fits a message."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - an int of more than 4,300 digits has none, and an error must be told
        text = f"<{type(value).__name__}>"
    return text if len(text) <= width else text[: width - 1] + "…"


def nearest(name: str, names: "Iterable[str]") -> str:
    """Which names somebody may have meant, for the end of a message; nothing where none is like it.

    >>> nearest("memberid", ["id", "member_id", "due"])
    "; did you mean 'member_id'?"
    """
    from difflib import get_close_matches

    found = get_close_matches(name, [each for each in names if not each.startswith("_")], n=2, cutoff=0.7)
    return f"; did you mean {' or '.join(map(repr, found))}?" if found else ""


def caret(text: str, offset: int, width: int = 72) -> str:
    """The line of *text* around *offset* with a caret under it.

    >>> print(caret("a = :b AND", 7))
      a = :b AND
             ^
    """
    start = max(0, offset - width // 2)
    line = "".join(" " if char.isspace() else char for char in text[start : start + width])
    return f"  {line}\n  {' ' * (offset - start)}^"
