"""Which requests does a plan, a write or a statement become?"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from dynexpr.clock import utc_now
from dynexpr.compile.expressions import compile_expressions
from dynexpr.compile.fold import fold
from dynexpr.errors import ArgumentError, NotOneRequest
from dynexpr.expression.nodes import Condition, Constant, Node, Projection, Update
from dynexpr.limits import BATCH_GET_KEYS, ITEM_BYTES
from dynexpr.plan import Plan, plan
from dynexpr.requests import (
    STANDALONE,
    Request,
    Settings,
    batch_get_request,
    get_request,
    new_token,
    transact_get_request,
    unique_targets,
)
from dynexpr.sizes import item_size
from dynexpr.statements.aggregates import Aggregation
from dynexpr.statements.count import Count, counted
from dynexpr.statements.get import BatchGet, Get, Target, TransactGet
from dynexpr.statements.keys import key_shown
from dynexpr.statements.select import Select, projected_paths
from dynexpr.statements.transaction import Transact
from dynexpr.tables import Table
from dynexpr.wire import Item
from dynexpr.writes import Write, write_of

if TYPE_CHECKING:
    from dynexpr.expression.kinds import Kind


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


def batch_request(targets: Sequence[Target], statement: BatchGet, settings: Settings, *, consistent: bool) -> Request:
    """`BatchGetItem` of up to 100 of a statement's keys, none of them twice."""
    request = batch_get_request(targets, settings, consistent=consistent)
    if statement.columns:
        for table in dict.fromkeys(target.table for target in targets):
            columns = statement.columns_of(table)
            if columns:
                keys = [column.node for column in table.key_columns]
                paths = dict.fromkeys([*keys, *projected_paths([column.node for column in columns])])
                expressions = compile_expressions([("projection", Projection(tuple(paths)))])
                request.params["RequestItems"][settings.name(table)] |= expressions.params()
    return request


def evaluated_limit(made: Plan) -> int | None:
    """How many items the first request of a plan evaluates: no more than asked for, or than will be handed out."""
    counts = [made.page_size, made.items_budget, None if made.selective else made.limit]
    return min((count for count in counts if count is not None), default=None)


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
    if write.item is not None:
        checked_size(write.table, write.key, write.item, veiled=write.veiled)
        params["Item"] = write.item
    else:
        params["Key"] = write.key
    parts: list[tuple[Kind, Condition | Update]] = []
    if write.update is not None:
        parts.append(("update", write.update))
    condition = _sendable(write)
    if condition is not None:
        parts.append(("condition", condition))
    if parts:
        params |= compile_expressions(parts).params()
    if condition is not None:
        params["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return params


def checked_size(table: Table, key: Item, item: Item, *, veiled: bool = False) -> int:
    """The bytes of an item; ArgumentError where it has too many."""
    size = item_size(item)
    if size > ITEM_BYTES:
        raise ArgumentError(
            f"{table.title} {key_shown(table, key, everything=veiled)} has {size:,} bytes, names and values; an item "
            f"has at most {ITEM_BYTES:,}. Keep large values elsewhere, or split the item"
        )
    return size


def _sendable(write: Write) -> Condition | None:
    """A write's condition without constants."""
    condition = write.whole_condition
    folded = None if condition is None else fold(condition)
    if isinstance(folded, Constant):
        if not folded.truth:
            shown = "" if condition is None else write.shown(condition)
            raise ArgumentError(f"the condition is false of every item, so the write can never happen: {shown}")
        return None
    return folded


_ACTIONS: Final = {"put": "Put", "update": "Update", "delete": "Delete", "check": "ConditionCheck"}


def transaction_request(writes: Sequence[Write], settings: Settings, token: str, *, distinct: bool = False) -> Request:
    """`TransactWriteItems` of several writes, with the token that keeps a retry from applying it twice.

    *distinct*: no two of them are known to be about one item. Raises ArgumentError where two are.
    """
    items = []
    places: dict[tuple[object, ...], int] = {}
    for position, write in enumerate(writes):
        first = position if distinct else places.setdefault(write.place, position)
        if first != position:
            raise ArgumentError(
                f"actions {first} and {position} are about one item, {write.name}; "
                "a transaction takes one action per item: say both in one statement"
            )
        params = _write_params(write, settings)
        if write.kind == "update" and write.update is None:
            raise ArgumentError(f"update({write.table.title}) changes nothing, which a transaction does not take")
        items.append({_ACTIONS[write.kind]: params})
    return settings.request("TransactWriteItems", {"TransactItems": items, "ClientRequestToken": token})


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


def _aggregated(statement: Aggregation[Any]) -> Request:
    raise NotOneRequest(f"{statement.told} is computed by the client; .requests() gives what is read for it")


def requests_of(statement: object) -> tuple[Request, ...]:
    """All requests a statement begins with; each may be followed by its next pages."""
    if isinstance(statement, Select):
        counting = isinstance(statement, Aggregation) and statement.only_counts
        made = plan(statement)
        return _requests_of_plan(made, counting=counting and made.counts_exactly)
    if isinstance(statement, Count):
        made = plan(counted(statement.query))
        return _requests_of_plan(made, counting=made.counts_exactly)
    if isinstance(statement, BatchGet):
        unique = unique_targets(statement.targets)
        consistent = bool(statement.options.consistent_read)
        size = BATCH_GET_KEYS if statement.how is None else statement.how.chunk_size
        return tuple(
            batch_request(unique[start : start + size], statement, STANDALONE, consistent=consistent)
            for start in range(0, len(unique), size)
        )
    return (request_of(statement),)


def _batch_get(statement: BatchGet) -> Request:
    unique = unique_targets(statement.targets)
    if not 1 <= len(unique) <= BATCH_GET_KEYS:
        raise NotOneRequest(f"one request reads 1 to {BATCH_GET_KEYS} different items, not {len(unique)}")
    return batch_request(unique, statement, STANDALONE, consistent=bool(statement.options.consistent_read))


def _transact(statement: Transact) -> Request:
    writes = [write_of(each, utc_now) for each in statement.statements]
    return transaction_request(writes, STANDALONE, new_token())


_REQUEST_OF: Final[dict[type, Callable[[Any], Request]]] = {
    Select: _select,
    Aggregation: _aggregated,
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
