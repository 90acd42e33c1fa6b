"""Query and Scan: pages of items, cut before the filter looks at them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from dynexpr import limits
from dynexpr.compile.key_attributes import check_filter_keys
from dynexpr.compile.keys import KeyTerm, check_key_condition
from dynexpr.errors import ArgumentError
from dynexpr.expression import operators as ops
from dynexpr.expression.apply import project
from dynexpr.expression.evaluate import holds
from dynexpr.expression.nodes import Condition, OperandNode, Value
from dynexpr.expression.walk import paths
from dynexpr.local import keys
from dynexpr.local.capacity import Consumed, read_units, report
from dynexpr.local.database import Database, decode
from dynexpr.local.errors import LocalServiceError, invalid_parameter, refuse
from dynexpr.local.expressions import Expressions, read
from dynexpr.local.schema import KeySpace, Schema
from dynexpr.local.store import Row
from dynexpr.local.values import check_item
from dynexpr.local.wordings import current
from dynexpr.wire import Item

Params = Mapping[str, Any]
Answer = dict[str, Any]


def query(db: Database, params: Params) -> Answer:
    """Query."""
    _check_select(params)
    try:
        expressions = read(params, ("filter", "key condition", "projection"))
        if expressions.key_condition is None:
            refuse("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
        start = _start_key(params)
    except LocalServiceError as error:
        raise current(error) from None
    forward = params.get("ScanIndexForward", True)
    with db.store.read:
        schema = db.schema(params["TableName"])
        space = _space(schema, params)
        try:
            condition = check_key_condition(
                expressions.key_condition, space.partition_types, space.sort_types, index=space.name
            )
            if expressions.filter is not None:
                check_filter_keys(expressions.filter, space.attributes)
        except ArgumentError as error:
            reason = getattr(error, "reason", None) or str(error)
            if params.get("KeyConditions") and reason.startswith("The number of query conditions"):
                reason = "Conditions can be of length 1 or 2 only"
            refuse(reason.replace("Filter Expression", "QueryFilter", 1) if params.get("QueryFilter") else reason)
        pk = keys.partition([_wire(term.operands[0]) for term in condition.partition])
        low, high = sort_range(condition.sort)
        after: bytes | None = None
        if start is not None:
            start_pk, after = place_of(schema, space, start)
            if start_pk != pk or after < low or (high is not None and after >= high):
                refuse("The provided starting key does not match the range key predicate")
        if expressions.filter is not None:
            check_filter(space, expressions.filter)
        rows = db.store.partition(space.space, pk, low, high, forward=forward, after=after)
        return Page(db, schema, space, params, expressions).read(rows)


def scan(db: Database, params: Params) -> Answer:
    """Scan."""
    _check_select(params)
    segment, total = _segments(params)
    expressions = read(params, ("filter", "projection"))
    start = _start_key(params)
    with db.store.read:
        schema = db.schema(params["TableName"])
        space = _space(schema, params)
        low = keys.segment_start(segment, total) if segment else None
        high = keys.segment_start(segment + 1, total)
        after = place_of(schema, space, start) if start is not None else None
        if after is not None and ((low is not None and after[0] < low) or (high is not None and after[0] >= high)):
            refuse(
                "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey "
                f"with correct Segment. TotalSegments: {total} Segment: {segment}"
            )
        rows = db.store.scan(space.space, low, high, after)
        page = Page(db, schema, space, params, expressions)
        # DynamoDB Local looks such attributes up in the table; a query would be refused.
        page.filter_by_table = bool(expressions.filter is not None and _not_projected(space, expressions.filter))
        return page.read(rows)


class Page:
    """What one request reads of a table or an index, and what it answers of that."""

    __slots__ = (
        "consistent",
        "consumed",
        "db",
        "expressions",
        "fetch",
        "filter_by_table",
        "limit",
        "params",
        "schema",
        "shape",
        "space",
    )

    def __init__(self, db: Database, schema: Schema, space: KeySpace, params: Params, expressions: Expressions) -> None:
        self.db: Final = db
        self.schema: Final = schema
        self.space: Final = space
        self.params: Final = params
        self.expressions: Final = expressions
        self.limit: Final[int | None] = params.get("Limit")
        self.consistent: Final[bool] = params.get("ConsistentRead", False)
        self.consumed: Final = Consumed(schema)
        self.fetch: Final = self._check_projection()
        """Whether items must be fetched from the table, because a local index lacks what is asked for."""
        self.filter_by_table = False
        """Whether the filter looks at the item in the table."""
        self.shape: Callable[[Item], Item] | None = None
        """What makes an answer of an item, where it is not the projection."""

    def _check_projection(self) -> bool:
        space = self.space
        if space.projected is None:
            return False
        wanted = self.expressions.projection
        missing = _missing(space, {str(path.steps[0]) for path in wanted.paths}) if wanted is not None else ""
        if space.kind == "local":
            return bool(missing) or self.params.get("Select") == "ALL_ATTRIBUTES"
        if self.params.get("Select") == "ALL_ATTRIBUTES":
            invalid_parameter(
                f"Select type ALL_ATTRIBUTES is not supported for global secondary index {space.name} "
                "because its projection type is not ALL"
            )
        if missing:
            invalid_parameter(f"Global secondary index {space.name} does not project {missing}")
        return False

    def read(self, rows: Iterator[Row]) -> Answer:
        """Evaluate rows until the page is full."""
        condition = self.expressions.filter
        counting = self.params.get("Select") == "COUNT"
        limit = self.limit
        items: list[Item] = []
        count = scanned = size = 0
        last: bytes | None = None
        more = False
        for _pk, _sk, row_size, entry in rows:
            scanned += 1
            size += row_size
            last = entry
            encoded = self._fetched(entry) if self.fetch else entry
            if not counting or condition is not None:
                item: Item = decode(encoded)
                if condition is None or holds(condition, self._filtered_item(item)):
                    count += 1
                    if not counting:
                        items.append(self._answer_item(item))
            else:
                count += 1
            if scanned == limit:
                more = True  # whether or not anything follows: the service has not looked
                break
            if size >= limits.PAGE_BYTES:
                more = next(rows, None) is not None
                break
        self.consumed.add(self.space, read_units(size, consistent=self.consistent))
        answer: Answer = {} if counting else {"Items": items}
        answer["Count"] = count
        answer["ScannedCount"] = scanned
        if more and last is not None:
            answer["LastEvaluatedKey"] = self.space.key_of(decode(last))
        capacity = report(self.consumed, self.params.get("ReturnConsumedCapacity"))
        if capacity is not None:
            answer["ConsumedCapacity"] = capacity
        return answer

    def _fetched(self, entry: bytes) -> bytes:
        """The item in the table of an index's entry: read, and paid, whether or not the filter keeps it."""
        row = self.db.store.find(self.schema.key.space, *self.schema.place(decode(entry)))
        encoded, size = row if row is not None else (entry, 0)
        self.consumed.table += read_units(size, consistent=self.consistent)
        return encoded

    def _filtered_item(self, item: Item) -> Item:
        if self.filter_by_table:
            return self.db.find(self.schema, self.schema.place(item)).item
        return item

    def _answer_item(self, item: Item) -> Item:
        if self.shape is not None:
            return self.shape(item)
        projection = self.expressions.projection
        return item if projection is None else project(projection, item)


def check_filter(space: KeySpace, condition: Condition) -> None:
    """A query's filter may not ask for what the index lacks."""
    missing = _not_projected(space, condition)
    if missing:
        invalid_parameter(f"Secondary index {space.name} does not project one or more filter attributes: {missing}")


def _not_projected(space: KeySpace, condition: Condition) -> str:
    return _missing(space, {str(path.steps[0]) for path in paths(condition)})


def _missing(space: KeySpace, names: set[str]) -> str:
    """The names that an index does not hold, as the service lists them; empty when it holds all."""
    missing = sorted(name for name in names if space.projected is not None and name not in space.projected)
    return f"[{', '.join(missing)}]" if missing else ""


def _space(schema: Schema, params: Params) -> KeySpace:
    name = params.get("IndexName")
    if name is None:
        return schema.key
    space = schema.indexes.get(name)
    if space is None:
        refuse(f"The table does not have the specified index: {name}")
    if space.kind == "global" and params.get("ConsistentRead"):
        refuse("Consistent reads are not supported on global secondary indexes")
    return space


def _check_select(params: Params) -> None:
    select = params.get("Select")
    named = "AttributesToGet" if params.get("AttributesToGet") else "ProjectionExpression"
    projection = params.get(named)
    if select == "ALL_PROJECTED_ATTRIBUTES" and params.get("IndexName") is None:
        refuse("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    if select == "SPECIFIC_ATTRIBUTES" and projection is None:
        refuse("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
    if projection is not None and select is not None and select != "SPECIFIC_ATTRIBUTES":
        what = "only the Count" if select == "COUNT" else select
        refuse(f"Cannot specify the {named} when choosing to get {what}")


def _segments(params: Params) -> tuple[int, int]:
    segment, total = params.get("Segment"), params.get("TotalSegments")
    if segment is None and total is None:
        return 0, 1
    if total is None:
        refuse(
            "The TotalSegments parameter is required but was not present in the request "
            "when Segment parameter is present"
        )
    if segment is None:
        refuse(
            "The Segment parameter is required but was not present in the request "
            "when parameter TotalSegments is present"
        )
    if segment >= total:
        refuse(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )
    return segment, total


def _start_key(params: Params) -> Item | None:
    start = params.get("ExclusiveStartKey")
    return None if start is None else check_item(start)[0]


def place_of(schema: Schema, space: KeySpace, start: Item) -> tuple[bytes, bytes]:
    """Where a page begins that was given the key the one before ended with."""
    types = {name: schema.types[name] for name in (*space.attributes, *space.table_attributes)}
    if start.keys() != types.keys():
        refuse("The provided starting key is invalid")
    for name, kind in types.items():
        if kind not in start[name]:
            refuse("The provided starting key is invalid: The provided key element does not match the schema")
        if start[name][kind] in {"", b""}:
            refuse(f"The provided starting key is invalid: {_empty(name, kind)}")
    place = schema.place(start)
    return place if space.name is None else space.place(start, place)


def _empty(name: str, kind: str) -> str:
    what = "string" if kind == "S" else "binary"
    return (
        "One or more parameter values are not valid. "
        f"The AttributeValue for a key attribute cannot contain an empty {what} value. Key: {name}"
    )


def _wire(operand: OperandNode) -> dict[str, Any]:
    if not isinstance(operand, Value):
        raise TypeError(f"a request has no parameters: {operand}")
    return operand.wire


def sort_range(terms: tuple[KeyTerm, ...]) -> tuple[bytes, bytes | None]:
    """The range [low, high) of sort bytes that conditions on the sort attributes, in their order, leave."""
    prefix = b""
    for term in terms:
        if term.op is not ops.EQ:  # only the last one may be
            return _range(term, prefix)
        prefix += keys.encode_key(_wire(term.operands[0]))
    return prefix, keys.after_equal(prefix) if prefix else None


def _range(term: KeyTerm, prefix: bytes) -> tuple[bytes, bytes | None]:
    first = _wire(term.operands[0])
    if term.op is ops.BEGINS_WITH:
        begin = prefix + keys.encode_prefix(first)
        return begin, keys.after_prefix(begin)
    key = prefix + keys.encode_key(first)
    if term.op is ops.BETWEEN:
        return key, keys.after_equal(prefix + keys.encode_key(_wire(term.operands[1])))
    if term.op is ops.LT:
        return prefix, key
    if term.op is ops.LE:
        return prefix, keys.after_equal(key)
    return (key if term.op is ops.GE else keys.after_equal(key)), keys.after_equal(prefix) if prefix else None
