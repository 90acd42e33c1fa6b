"""ExecuteStatement, BatchExecuteStatement, ExecuteTransaction: PartiQL, one statement or many.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

from dynexpr.compile.checks import check_condition
from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import Condition, Update
from dynexpr.local.capacity import Consumed, read_units, report
from dynexpr.local.errors import LocalServiceError, refuse
from dynexpr.local.items import Change, run
from dynexpr.local.partiql_keys import terms_of
from dynexpr.local.partiql_reads import Reading, unprefixed
from dynexpr.local.partiql_statements import Statement, bound, statement
from dynexpr.local.partiql_writes import change_of, check_actions, returned
from dynexpr.local.transactions import commit, read_all
from dynexpr.local.values import check_value

if TYPE_CHECKING:
    from dynexpr.local.database import Database
    from dynexpr.local.schema import Schema
    from dynexpr.wire import Item

Params = Mapping[str, Any]
Answer = dict[str, Any]


_MANY: Final = {"BatchExecuteStatement": "Statements", "ExecuteTransaction": "TransactStatements"}


class _Bound:
    """A statement with its parameters, checked as far as that goes without its table."""

    def __init__(self, params: Params) -> None:
        self.params: Final = params
        values = [check_value(wire)[0] for wire in params.get("Parameters") or ()]
        self.made: Final[Statement] = statement(params["Statement"])
        if self.made.parameters > len(values):
            refuse("Number of parameters in request and statement don't match.")
        self.where: Final[Condition | None] = bound(self.made.where, values) if self.made.where is not None else None
        self.update: Final[Update] = bound(Update(self.made.actions), values)
        self.item: Final[Item] = {name: bound(node, values).wire for name, node in self.made.item.items()}
        self._check()

    def _check(self) -> None:
        if self.where is not None:
            try:
                check_condition(self.where, "filter")
            except ArgumentError as error:
                refuse(unprefixed(error))
        if self.made.actions:
            check_actions(self.update)

    def reading(self, schema: "Schema") -> Reading:
        """What it reads."""
        return Reading(schema, self.made, self.where)

    def change(self, schema: "Schema") -> Change:
        """What it changes."""
        return change_of(schema, self.made, self.where, self.update, self.item, self.params)


def reads_everything(db: "Database", operation: str, params: Params) -> bool:
    """Whether a request has a SELECT of a whole table or index; one that can't be carried out reads nothing."""
    return any(_reads_everything(db, each) for each in params.get(_MANY.get(operation, ""), (params,)))


def _reads_everything(db: "Database", params: Params) -> bool:
    try:
        given = _Bound(params)
        if not given.made.reads:
            return False
        with db.store.read:
            return given.reading(db.schema(given.made.table)).partitions is None
    except LocalServiceError:
        return False


def execute_statement(db: "Database", params: Params) -> Answer:
    """ExecuteStatement."""
    given = _Bound(params)
    if given.made.verb == "EXISTS":
        refuse("EXISTS can only be used in ExecuteTransaction write requests.")
    if given.made.reads:
        with db.store.read:
            answer, _ = given.reading(db.schema(given.made.table)).page(db, params)
        return answer
    item, consumed = _write(db, given)
    answer = {"Items": [item] if item is not None else []}
    return _with_capacity(answer, report(consumed, params.get("ReturnConsumedCapacity")))


def _write(db: "Database", given: _Bound) -> "tuple[Item | None, Consumed]":
    with db.store.write:
        change = given.change(db.schema(given.made.table))
        stored, applied, consumed = run(db, change)
        return returned(given.made, stored, applied), consumed


def _with_capacity(answer: Answer, capacity: Any) -> Answer:
    if capacity:
        answer["ConsumedCapacity"] = capacity
    return answer


_CODES: Final = {
    "ValidationException": "ValidationError",
    "ResourceNotFoundException": "ResourceNotFound",
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
}
_NEEDS_KEY: Final = "Select statements within {} must specify the primary key in the where clause."


def batch_execute_statement(db: "Database", params: Params) -> Answer:
    """BatchExecuteStatement: each statement by itself; what is wrong with one stands in its answer."""
    bounds = [_attempt(each) for each in params["Statements"]]
    kinds = {each.made.reads for each in bounds if isinstance(each, _Bound)}
    if len(kinds) > 1:
        refuse("Read and write requests together in the same batch is not supported.")
    _check_distinct(db, bounds)
    consumed: dict[str, Consumed] = {}
    responses = [each if isinstance(each, dict) else _respond(db, each, consumed) for each in bounds]
    wanted = params.get("ReturnConsumedCapacity")
    capacities = [found for each in consumed.values() if (found := report(each, wanted)) is not None]
    return _with_capacity({"Responses": responses}, capacities)


def _attempt(params: Params) -> "_Bound | Answer":
    try:
        given = _Bound(params)
        if given.made.verb == "EXISTS":
            refuse("EXISTS can only be used in ExecuteTransaction write requests.")
    except LocalServiceError as error:
        return _failed(error)
    return given


def _failed(error: LocalServiceError, table: str | None = None) -> Answer:
    answer: Answer = {"Error": {"Code": _CODES.get(error.code, error.code), "Message": error.message}}
    if table is not None:
        answer["TableName"] = table
    return answer


def _check_distinct(db: "Database", bounds: "list[_Bound | Answer]") -> None:
    places: list[tuple[str, tuple[bytes, bytes]]] = []
    with db.store.read:
        for each in bounds:
            if isinstance(each, _Bound) and not each.made.reads:
                try:
                    change = each.change(db.schema(each.made.table))
                except LocalServiceError:
                    continue  # said where the statement is carried out
                places.append((change.schema.name, change.place))
    if len(set(places)) < len(places):
        refuse("Provided list of item keys contains duplicates")


def _respond(db: "Database", given: _Bound, consumed: dict[str, Consumed]) -> Answer:
    table = given.made.table
    try:
        if given.made.reads:
            return _read_one(db, given, consumed)
        item, units = _write(db, given)
    except LocalServiceError as error:
        return _failed(error, table if error.code not in {"ValidationException", "ResourceNotFoundException"} else None)
    _add(consumed, units)
    return {"TableName": table, **({"Item": item} if item is not None else {})}


def _add(consumed: dict[str, Consumed], units: Consumed) -> None:
    sum_ = consumed.setdefault(units.schema.name, Consumed(units.schema))
    sum_.table += units.table
    for name, amount in units.indexes.items():
        sum_.indexes[name] = sum_.indexes.get(name, 0.0) + amount


def _read_one(db: "Database", given: _Bound, consumed: dict[str, Consumed]) -> Answer:
    with db.store.read:
        schema = db.schema(given.made.table)
        reading = given.reading(schema)
        if reading.whole_key() is None:
            refuse(_NEEDS_KEY.format("BatchExecuteStatement"))
        answer, page = reading.page(db, {"ConsistentRead": given.params.get("ConsistentRead", False)})
    _add(consumed, page.consumed)
    return {"TableName": given.made.table, **({"Item": answer["Items"][0]} if answer["Items"] else {})}


def execute_transaction(db: "Database", params: Params) -> Answer:
    """ExecuteTransaction: all statements or none, all of them reads or all of them writes."""
    bounds = [_in_transaction(place, each) for place, each in enumerate(params["TransactStatements"])]
    kinds = {each.made.reads for each in bounds}
    if len(kinds) > 1:
        refuse("ExecuteTransaction API does not support both read and write operations in the same request.")
    if kinds == {False}:
        answer = commit(
            db,
            params,
            params["TransactStatements"],
            lambda: [each.change(db.schema(each.made.table)) for each in bounds],
        )
        return {"Responses": [], **answer}
    with db.store.read:
        readings = [each.reading(db.schema(each.made.table)) for each in bounds]
        found = []
        for place, reading in enumerate(readings):
            key = reading.whole_key()
            if key is None:
                _refuse_one(place, _NEEDS_KEY.format("ExecuteTransaction"))
            found.append((reading, db.find(reading.schema, reading.schema.place(key))))
    consumed: dict[str, Consumed] = {}
    for reading, stored in found:
        units = consumed.setdefault(reading.schema.name, Consumed(reading.schema))
        units.table += read_units(stored.size, consistent=True) * 2
    responses = [{"Item": reading.shape(stored.copy())} if stored.exists else {} for reading, stored in found]
    return read_all({"Responses": responses}, list(consumed.values()), params)


def _in_transaction(place: int, params: Params) -> _Bound:
    for wire in params.get("Parameters") or ():
        check_value(wire)  # what is wrong with a value is said without the place of its statement
    try:
        given = _Bound(params)
        made = given.made
        if made.returning is not None:
            refuse("RETURNING clause is not supported in ExecuteTransaction.")
        if made.verb == "EXISTS" and len(terms_of(given.where)) < 2:
            refuse("EXISTS() must contain a single item read with additional condition")
        if made.index is not None:
            refuse("Reads on indices are not supported within transactions.")
    except LocalServiceError as error:
        if error.code != "ValidationException":
            raise
        _refuse_one(place, error.message)
    return given


def _refuse_one(place: int, message: str) -> NoReturn:
    refuse(f"Validation failed in TransactStatements[{place}]: {message}")
