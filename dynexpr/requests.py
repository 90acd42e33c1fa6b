"""What exactly is sent?  Plain data: an operation and its parameters, as boto3's client takes them."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from dynexpr.compile.expressions import Kind, compile_expressions
from dynexpr.compile.fold import fold
from dynexpr.errors import ArgumentError, NotOneRequest
from dynexpr.expression.nodes import Condition, Constant, Node, Projection, Record, Update, node
from dynexpr.limits import BATCH_GET_KEYS
from dynexpr.plan import Plan, plan
from dynexpr.statements.count import Count, counted
from dynexpr.statements.get import BatchGet, Get, Target, TransactGet
from dynexpr.statements.select import Select
from dynexpr.statements.transaction import Transact
from dynexpr.tables import Table
from dynexpr.wire import Item, decode, decode_item, freeze
from dynexpr.writes import Clock, Write, show_key, utc_now, write_of


@node
class Request(Record):
    """One request: the operation, and the parameters for boto3's client: `client.query(**request.params)`."""

    operation: str
    params: dict[str, Any]
    until: float | None = None
    """The moment, by time.monotonic(), after which no answer is waited for; it makes no request another one."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return self.operation == other.operation and self.params == other.params

    __hash__ = None  # type: ignore[assignment]  # its parameters are dictionaries

    def __repr__(self) -> str:
        return f"Request({self.operation!r}, {self.params!r})"

    @property
    def method(self) -> str:
        """The name of boto3's client method: `query`, `transact_write_items`, …"""
        return "".join(f"_{char.lower()}" if char.isupper() else char for char in self.operation).lstrip("_")

    @property
    def resource_params(self) -> dict[str, Any]:
        """The parameters for a `boto3.resource("dynamodb").Table`: plain Python values, and no TableName."""
        plain = {name: value for name, value in self.params.items() if name != "TableName"}
        for name in ("Key", "Item", "ExclusiveStartKey"):
            if name in plain:
                plain[name] = decode_item(plain[name])
        if "ExpressionAttributeValues" in plain:
            values = plain["ExpressionAttributeValues"]
            plain["ExpressionAttributeValues"] = {token: decode(wire) for token, wire in values.items()}
        return plain


class Settings:
    """What an engine adds to the requests of all statements."""

    __slots__ = ("capacity", "clock", "consistent_read", "cursor_secret", "strict_plans", "table_prefix")

    def __init__(
        self,
        *,
        table_prefix: str = "",
        clock: Clock = utc_now,
        consistent_read: bool = False,
        strict_plans: bool = False,
        capacity: bool = False,
        cursor_secret: bytes | None = None,
    ) -> None:
        self.table_prefix = table_prefix
        self.clock = clock
        self.consistent_read = consistent_read
        self.strict_plans = strict_plans
        self.capacity = capacity
        """Whether each request asks for the capacity it consumed."""
        self.cursor_secret = cursor_secret
        """What pages' tokens are signed with."""

    def name(self, table: Table) -> str:
        """The table's name as this engine has it."""
        return self.table_prefix + table.name

    def request(self, operation: str, params: dict[str, Any]) -> Request:
        """A request, asking for its consumed capacity where this engine wants to know it."""
        if self.capacity:
            params["ReturnConsumedCapacity"] = "INDEXES"
        return Request(operation, params)


STANDALONE: Final = Settings()
"""For statements compiled without an engine."""


def read_request(
    made: Plan,
    settings: Settings,
    start: Item | None = None,
    *,
    part: int = 0,
    limit: int | None = None,
    forward: bool | None = None,
    key_condition: Condition | None = None,
    counting: bool = False,
) -> Request:
    """`GetItem`, `Query` or `Scan`: the request of a plan, or the one for its next page.

    *part* is the number of its query or segment, *limit* how many items to evaluate, *forward* and *key_condition* take
    the place of the plan's, *counting* asks for the number of items only.
    """
    params: dict[str, Any] = {"TableName": settings.name(made.table)}
    if made.operation == "GetItem":
        params["Key"] = made.key
    projection = None if counting else made.projection
    if made.index is not None:
        params["IndexName"] = made.index.name
        if made.index.kind == "local" and made.index.projection != "ALL" and projection is None:
            params["Select"] = "ALL_ATTRIBUTES"
    if counting:
        params["Select"] = "COUNT"
    if made.operation == "Query" and key_condition is None:
        key_condition = made.key_condition_of(part)
    wanted: tuple[tuple[Kind, Node | None], ...] = (
        ("key condition", key_condition),
        ("filter", made.filter),
        ("projection", projection),
    )
    parts: list[tuple[Kind, Node]] = [(kind, each) for kind, each in wanted if each is not None]
    if parts:
        params |= compile_expressions(parts).params()
    if made.operation == "Query" and not (made.forward if forward is None else forward):
        params["ScanIndexForward"] = False
    if made.operation == "Scan" and made.segments > 1:
        params["Segment"] = part
        params["TotalSegments"] = made.segments
    if made.consistent:
        params["ConsistentRead"] = True
    if limit is not None:
        params["Limit"] = limit
    if start is not None:
        params["ExclusiveStartKey"] = start
    return settings.request(made.operation, params)


def keys_request(
    made: Plan, settings: Settings, keys: Sequence[Item], projection: Projection | None, *, consistent: bool
) -> Request:
    """`BatchGetItem` of up to 100 keys of one table."""
    entry: dict[str, Any] = {"Keys": list(keys)}
    if projection is not None:
        entry |= compile_expressions([("projection", projection)]).params()
    if consistent:
        entry["ConsistentRead"] = True
    return settings.request("BatchGetItem", {"RequestItems": {settings.name(made.table): entry}})


def evaluated_limit(made: Plan) -> int | None:
    """How many items the first request of a plan evaluates: no more than asked for, or than will be handed out."""
    counts = [made.page_size, made.items_budget, None if made.selective else made.limit]
    return min((count for count in counts if count is not None), default=None)


def get_request(statement: Get[Any], settings: Settings) -> Request:
    """`GetItem` of a get()."""
    params: dict[str, Any] = {"TableName": settings.name(statement.table), "Key": statement.key}
    consistent = statement.options.consistent_read
    if settings.consistent_read if consistent is None else consistent:
        params["ConsistentRead"] = True
    return settings.request("GetItem", params)


_IMAGES: Final = {"put": "PutItem", "update": "UpdateItem", "delete": "DeleteItem"}


def write_request(write: Write, settings: Settings) -> Request:
    """The single request of a write."""
    if write.kind == "check":
        raise ArgumentError("a check writes nothing: give it to transact(...), or to a session's commit")
    params = _write_params(write, settings)
    if write.image != "NONE":
        params["ReturnValues"] = write.image
    return settings.request(_IMAGES[write.kind], params)


def _write_params(write: Write, settings: Settings) -> dict[str, Any]:
    params: dict[str, Any] = {"TableName": settings.name(write.table)}
    if write.kind == "put":
        params["Item"] = write.item
    else:
        params["Key"] = write.key
    parts: list[tuple[Kind, Condition | Update]] = []
    if write.update is not None:
        parts.append(("update", write.update))
    condition = _sendable(write.whole_condition)
    if condition is not None:
        parts.append(("condition", condition))
    if parts:
        params |= compile_expressions(parts).params()
    if condition is not None:
        params["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return params


def _sendable(condition: Condition | None) -> Condition | None:
    """A write's condition without constants."""
    folded = None if condition is None else fold(condition)
    if isinstance(folded, Constant):
        if not folded.truth:
            raise ArgumentError(f"the condition is false of every item, so the write can never happen: {condition}")
        return None
    return folded


_ACTIONS: Final = {"put": "Put", "update": "Update", "delete": "Delete", "check": "ConditionCheck"}


def transaction_request(writes: Sequence[Write], settings: Settings, token: str) -> Request:
    """`TransactWriteItems` of several writes, with the token that keeps a retry from applying it twice."""
    items = []
    places: dict[tuple[object, ...], int] = {}
    for position, write in enumerate(writes):
        first = places.setdefault((settings.name(write.table), *map(freeze, write.key.values())), position)
        if first != position:
            raise ArgumentError(
                f"actions {first} and {position} are about one item, {write.table.title} {show_key(write.key)}; "
                "a transaction takes one action per item: say both in one statement"
            )
        params = _write_params(write, settings)
        if write.kind == "update" and write.update is None:
            raise ArgumentError(f"update({write.table.title}) changes nothing, which a transaction does not take")
        items.append({_ACTIONS[write.kind]: params})
    return settings.request("TransactWriteItems", {"TransactItems": items, "ClientRequestToken": token})


def batch_get_request(targets: Iterable[Target], settings: Settings, *, consistent: bool) -> Request:
    """`BatchGetItem` of up to 100 keys, none of them twice."""
    tables: dict[str, dict[str, Any]] = {}
    for target in targets:
        entry = tables.setdefault(settings.name(target.table), {"Keys": []})
        if consistent:
            entry["ConsistentRead"] = True
        entry["Keys"].append(target.key)
    return settings.request("BatchGetItem", {"RequestItems": tables})


def transact_get_request(targets: Iterable[Target], settings: Settings) -> Request:
    """`TransactGetItems` of up to 100 keys."""
    items = [{"Get": {"TableName": settings.name(target.table), "Key": target.key}} for target in targets]
    return settings.request("TransactGetItems", {"TransactItems": items})


def _select(statement: Select[Any], *, counting: bool = False) -> Request:
    made = plan(statement)
    if made.residue is not None or made.hydrate is not None:
        left = (
            "the items are read from the table afterwards"
            if made.residue is None
            else f"of what it reads, {made.residue}"
        )
        check = "" if made.residue is None else " is for the client to check"
        raise NotOneRequest(f"one request does not answer it: {left}{check}; .requests() gives what is sent first")
    if statement.max_results is not None and made.filter is not None:
        raise NotOneRequest(
            f"limit({statement.max_results}) with a filter takes as many requests as it needs; "
            "page_size(n) bounds what one request reads"
        )
    if made.requests == 0:
        raise NotOneRequest(f"nothing would be sent: {made.notes[0]}")
    if made.requests > 1:
        raise NotOneRequest(f"it is {made.requests} requests; .requests() gives all of them")
    (request,) = _requests_of_plan(made, counting=counting and made.operation in {"Query", "Scan"})
    return request


def _requests_of_plan(made: Plan, *, counting: bool = False) -> tuple[Request, ...]:
    """The first request of each part of a plan."""
    if made.operation == "BatchGetItem":
        chunks = (made.keys[start : start + BATCH_GET_KEYS] for start in range(0, len(made.keys), BATCH_GET_KEYS))
        return tuple(
            keys_request(made, STANDALONE, chunk, made.projection, consistent=made.consistent) for chunk in chunks
        )
    limit = None if made.operation == "GetItem" else evaluated_limit(made)
    parts = range(made.requests)
    return tuple(read_request(made, STANDALONE, part=part, limit=limit, counting=counting) for part in parts)


def requests_of(statement: object) -> tuple[Request, ...]:
    """All requests a statement begins with; each may be followed by its next pages."""
    if isinstance(statement, Select):
        return _requests_of_plan(plan(statement))
    if isinstance(statement, Count):
        made = plan(counted(statement.query))
        exact = made.operation in {"Query", "Scan"} and made.residue is None and made.hydrate is None
        return _requests_of_plan(made, counting=exact)
    if isinstance(statement, BatchGet):
        unique = unique_targets(statement.targets)
        consistent = bool(statement.options.consistent_read)
        return tuple(
            batch_get_request(unique[start : start + BATCH_GET_KEYS], STANDALONE, consistent=consistent)
            for start in range(0, len(unique), BATCH_GET_KEYS)
        )
    return (request_of(statement),)


def _batch_get(statement: BatchGet) -> Request:
    unique = unique_targets(statement.targets)
    if not 1 <= len(unique) <= BATCH_GET_KEYS:
        raise NotOneRequest(f"one request reads 1 to {BATCH_GET_KEYS} different items, not {len(unique)}")
    return batch_get_request(unique, STANDALONE, consistent=bool(statement.options.consistent_read))


def unique_targets(targets: Iterable[Target]) -> list[Target]:
    """The targets, each item once."""
    return list({(target.table.name, *_key_text(target)): target for target in targets}.values())


def _key_text(target: Target) -> tuple[object, ...]:
    return tuple(value for wire in target.key.values() for value in wire.values())


def new_token() -> str:
    """A token that no other transaction has, within DynamoDB's 36 characters."""
    return os.urandom(16).hex()


def _transact(statement: Transact) -> Request:
    writes = [write_of(each, utc_now) for each in statement.statements]
    return transaction_request(writes, STANDALONE, new_token())


_REQUEST_OF: Final[dict[type, Callable[[Any], Request]]] = {
    Select: _select,
    Count: lambda statement: _select(counted(statement.query), counting=True),
    Get: lambda statement: get_request(statement, STANDALONE),
    BatchGet: _batch_get,
    TransactGet: lambda statement: transact_get_request(statement.targets, STANDALONE),
    Transact: _transact,
}


def request_of(statement: object) -> Request:
    """The one request a statement is; raises NotOneRequest where it is none, or several."""
    make = _REQUEST_OF.get(type(statement))
    return write_request(write_of(statement, utc_now), STANDALONE) if make is None else make(statement)
