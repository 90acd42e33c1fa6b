"""TransactWriteItems and TransactGetItems: all or nothing, and a write with a token only once."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from dynexpr import limits
from dynexpr.expression.kinds import Kind
from dynexpr.local.capacity import Consumed, read_units, report
from dynexpr.local.database import Database, Stored, decode, encode
from dynexpr.local.errors import LocalServiceError, WrongKey, WrongValue, refuse
from dynexpr.local.expressions import Expressions, read
from dynexpr.local.item_keys import check_key
from dynexpr.local.items import Change, Check, Delete, Modify, Put, collection_metrics, projected
from dynexpr.local.schema import Schema
from dynexpr.local.values import check_item

if TYPE_CHECKING:
    from dynexpr.wire import Item

Params = Mapping[str, Any]
Answer = dict[str, Any]

_PRICE: Final = 2  # each unit is paid twice: once to prepare, once to commit
_EXPRESSIONS: Final[dict[str, tuple[Kind, ...]]] = {
    "ConditionCheck": ("condition",),
    "Put": ("condition",),
    "Delete": ("condition",),
    "Update": ("update", "condition"),
}
_REASONS: Final = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "ValidationException": "ValidationError",
    "DuplicateItemException": "DuplicateItem",
}


class _Action:
    """One action as it was written, read as far as that goes without its table."""

    __slots__ = ("expressions", "item", "kind", "params", "size")

    def __init__(self, written: Params) -> None:
        given = [kind for kind in _EXPRESSIONS if written.get(kind) is not None]
        if not given:
            refuse("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request")
        if len(given) > 1:
            refuse("TransactItems can only contain one of Check, Put, Update or Delete")
        self.kind: Final = given[0]
        self.params: Final[Params] = written[self.kind]
        self.item: Item = {}
        self.size = 0
        if self.kind == "Put":
            self.item, self.size = check_item(self.params["Item"])
        self.expressions: Final[Expressions] = read(self.params, _EXPRESSIONS[self.kind])

    def change(self, schema: Schema) -> Change:
        """What it does to its table; refuses what is no key of it."""
        if self.kind == "Put":
            return Put(schema, self.item, self.size, self.params, self.expressions)
        make = {"Delete": Delete, "Update": Modify, "ConditionCheck": Check}[self.kind]
        return make(schema, self.params, self.expressions)


def transact_write_items(db: Database, params: Params) -> Answer:
    """TransactWriteItems."""
    actions = [_Action(written) for written in params["TransactItems"]]

    def changes() -> list[Change]:
        schemas = [db.schema(action.params["TableName"]) for action in actions]
        found: list[Change] = []
        for action, schema in zip(actions, schemas, strict=True):
            try:
                found.append(action.change(schema))
            except WrongKey as error:
                raise _cancelled_by(error, len(found), len(actions)) from None
        if sum(action.size for action in actions) > limits.TRANSACT_BYTES:
            refuse("Transaction size cannot exceed 4194304 bytes")
        return found

    return commit(db, params, params["TransactItems"], changes)


def commit(db: Database, params: Params, said: Any, make: Callable[[], list[Change]]) -> Answer:
    """Carry changes out, all or none, once for each token; *said* is what must be the same when a token comes again."""
    token = params.get("ClientRequestToken")
    digest = _digest(said) if token is not None else b""
    now = db.clock()
    with db.store.write:
        if token is not None:
            remembered = db.store.token(token, now)
            if remembered is not None:
                return _repeat(db, params, digest, remembered)
        changes = make()
        if len({(change.schema.name, change.place) for change in changes}) < len(changes):
            refuse("Transaction request cannot include multiple operations on one item")
        consumed: dict[str, Consumed] = {}
        failures: list[LocalServiceError | None] = []
        read_later: dict[str, float] = {}
        for change in changes:
            stored = db.find(change.schema, change.place)
            counted = consumed.setdefault(change.schema.name, Consumed(change.schema))
            failures.append(_attempt(db, change, stored, counted))
        if any(failures):
            raise _cancelled(failures)
        for change in changes:
            after = db.find(change.schema, change.place)
            name = change.schema.name
            read_later[name] = read_later.get(name, 0.0) + read_units(after.size, consistent=True) * _PRICE
        if token is not None:
            db.store.remember(token, digest, now + limits.TOKEN_SECONDS, encode(read_later))
        for counted in consumed.values():
            counted.times(_PRICE)
        answer = _with_capacity({}, list(consumed.values()), params, "Write")
        if params.get("ReturnItemCollectionMetrics") == "SIZE":
            metrics: dict[str, list[Answer]] = {}
            for change in {change.place[0]: change for change in changes}.values():
                found = collection_metrics(db, change)
                if found is not None:
                    metrics.setdefault(change.schema.name, []).append(found)
            if metrics:
                answer["ItemCollectionMetrics"] = metrics
        return answer


def _attempt(db: Database, change: Change, stored: Stored, consumed: Consumed) -> LocalServiceError | None:
    """Carry an action out; the error it would have been alone, when it can't be."""
    try:
        change.check(stored)
        change.carry_out(db, stored, consumed)
    except WrongValue:
        raise
    except LocalServiceError as error:
        return error
    return None


def _cancelled(failures: list[LocalServiceError | None]) -> LocalServiceError:
    reasons: list[Answer] = []
    for error in failures:
        if error is None:
            reasons.append({"Code": "None"})
        else:
            reasons.append({"Code": _REASONS[error.code], "Message": error.message, **error.body})
    codes = ", ".join(reason["Code"] for reason in reasons)
    return LocalServiceError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        400,
        {"CancellationReasons": reasons},
    )


def _cancelled_by(error: LocalServiceError, place: int, actions: int) -> LocalServiceError:
    """The cancellation because of one action's key: those after it are not looked at, nor is any condition."""
    return _cancelled([error if each == place else None for each in range(actions)])


def _digest(actions: object) -> bytes:
    """What makes two requests with one token the same: their actions, in any order of their members."""
    import hashlib

    return hashlib.sha256(encode(_ordered(actions))).digest()


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return [[name, _ordered(value[name])] for name in sorted(value)]
    if isinstance(value, list | tuple):
        return [_ordered(each) for each in value]
    return value


def _repeat(db: Database, params: Params, digest: bytes, remembered: tuple[bytes, bytes]) -> Answer:
    """A transaction whose token is known has been carried out already: it costs what reading its items costs."""
    if remembered[0] != digest:
        raise LocalServiceError(
            "IdempotentParameterMismatchException",
            "The provided token already used for a request with different parameters",
        )
    units: dict[str, float] = decode(remembered[1])
    consumed = [Consumed(schema, units[name]) for name in units if (schema := db.find_schema(name)) is not None]
    return _with_capacity({}, consumed, params, "Read")


def _with_capacity(answer: Answer, consumed: list[Consumed], params: Params, kind: str) -> Answer:
    capacities = [report(each, params.get("ReturnConsumedCapacity"), kind) for each in consumed]
    if capacities and capacities[0] is not None:
        answer["ConsumedCapacity"] = capacities
    return answer


def read_all(answer: Answer, consumed: list[Consumed], params: Params) -> Answer:
    """What a transaction that reads answers, with its capacity."""
    return _with_capacity(answer, consumed, params, "Read")


def transact_get_items(db: Database, params: Params) -> Answer:
    """TransactGetItems."""
    gets = [written["Get"] for written in params["TransactItems"]]
    expressions = [read(get, ("projection",)) for get in gets]
    with db.store.read:
        schemas = [db.schema(get["TableName"]) for get in gets]
        places = _places(schemas, [get["Key"] for get in gets])
        if len({(schema.name, place) for schema, place in zip(schemas, places, strict=True)}) < len(places):
            refuse("Transaction request cannot include multiple operations on one item")
        found = [db.find(schema, place) for schema, place in zip(schemas, places, strict=True)]
    if sum(stored.size for stored in found) > limits.TRANSACT_BYTES:
        refuse("Collection size exceeds maximum size 4194304")
    consumed: dict[str, Consumed] = {}
    for schema, stored in zip(schemas, found, strict=True):
        counted = consumed.setdefault(schema.name, Consumed(schema))
        counted.table += read_units(stored.size, consistent=True) * _PRICE
    # Other than GetItem it has no Item at all where nothing of one was asked for.
    items = [projected(stored, each) if stored.exists else {} for stored, each in zip(found, expressions, strict=True)]
    responses = [{"Item": item} if item else {} for item in items]
    return _with_capacity({"Responses": responses}, list(consumed.values()), params, "Read")


def _places(schemas: list[Schema], keys: list[Any]) -> list[tuple[bytes, bytes]]:
    """Where the items are; keys that their tables can't have cancel the transaction."""
    places: list[tuple[bytes, bytes]] = []
    for schema, key in zip(schemas, keys, strict=True):
        try:
            places.append(schema.place(check_key(schema, key)))
        except WrongKey as error:
            raise _cancelled_by(error, len(places), len(keys)) from None
    return places
