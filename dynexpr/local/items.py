"""PutItem, GetItem, UpdateItem, DeleteItem: one item by its key."""

from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from dynexpr import limits
from dynexpr.compile.key_attributes import check_update_keys
from dynexpr.errors import ArgumentError
from dynexpr.expression import operators as ops
from dynexpr.expression.apply import WRONG_TYPE, Applied, apply_update, project, updated_attributes
from dynexpr.expression.evaluate import holds
from dynexpr.expression.nodes import Update
from dynexpr.local.capacity import Consumed, read_units, report
from dynexpr.local.database import Database, Stored, check_size, condition_failed, decode, encode
from dynexpr.local.errors import LocalServiceError, refuse
from dynexpr.local.expressions import Expressions, read
from dynexpr.local.item_keys import check_index_keys, check_item_key, check_key, check_key_values, read_key
from dynexpr.local.schema import Schema
from dynexpr.local.update_size import update_size
from dynexpr.local.values import check_item, too_deep
from dynexpr.local.wordings import counted, current
from dynexpr.sizes import item_size
from dynexpr.wire import Item

Params = Mapping[str, Any]
Answer = dict[str, Any]


class Change:
    """A write of one item: what to do at which place, and what must hold before. One for each action of a request."""

    __slots__ = ("expressions", "key", "params", "place", "schema")

    def __init__(self, schema: Schema, key: Item, params: Params, expressions: Expressions) -> None:
        self.schema: Final = schema
        self.key: Final = key
        """The item's key attributes, and perhaps others."""
        self.place: Final = schema.place(key)
        self.params: Final = params
        self.expressions: Final = expressions

    def check(self, stored: Stored) -> None:
        """Raise when the condition does not hold of the stored item."""
        condition = self.expressions.condition
        if condition is not None and not holds(condition, stored.item):
            raise condition_failed(stored, self.params.get("ReturnValuesOnConditionCheckFailure"))

    def carry_out(self, db: Database, stored: Stored, consumed: Consumed) -> Applied | None:
        """Change the store."""
        raise NotImplementedError


class Put(Change):
    """An item takes the place of the one with its key."""

    __slots__ = ("item", "size")

    def __init__(self, schema: Schema, item: Item, size: int, params: Params, expressions: Expressions) -> None:
        check_item_key(schema, item)
        check_size(size)
        super().__init__(schema, item, params, expressions)
        self.item: Final = item
        self.size: Final = size

    def check(self, stored: Stored) -> None:
        """Refuse what no index could hold, then raise when the condition does not hold of the stored item."""
        check_index_keys(self.schema, self.item)
        super().check(stored)

    def carry_out(self, db: Database, stored: Stored, consumed: Consumed) -> None:
        """Change the store."""
        db.put(self.schema, self.place, stored, self.item, self.size, consumed)


def checked_key(schema: Schema, params: Params, key: Item | None) -> Item:
    """The key of a request, whose values were perhaps read before its table was found."""
    if key is None:
        return check_key(schema, params["Key"])
    check_key_values(schema.key, key)
    return key


class Delete(Change):
    """The item with a key goes."""

    __slots__ = ()

    def __init__(self, schema: Schema, params: Params, expressions: Expressions, key: Item | None = None) -> None:
        super().__init__(schema, checked_key(schema, params, key), params, expressions)

    def carry_out(self, db: Database, stored: Stored, consumed: Consumed) -> None:
        """Change the store."""
        db.delete(self.schema, self.place, stored, consumed)


class Check(Delete):
    """Nothing changes; only the condition counts."""

    __slots__ = ()

    def carry_out(self, db: Database, stored: Stored, consumed: Consumed) -> None:  # noqa: ARG002 - as every write has it
        """Count what the check costs: as much as writing the item would."""
        consumed.table += max(-(-stored.size // limits.WRITE_UNIT_BYTES), 1)


class Modify(Change):
    """The item with a key is changed, or made."""

    __slots__ = ()

    def __init__(self, schema: Schema, params: Params, expressions: Expressions, key: Item | None = None) -> None:
        super().__init__(schema, checked_key(schema, params, key), params, expressions)

    def carry_out(self, db: Database, stored: Stored, consumed: Consumed) -> Applied:
        """Change the store."""
        update = self.expressions.update or Update(())
        before = stored.item if stored.exists else self.key
        try:
            check_update_keys(update, self.schema.key.attributes)
            if not stored.exists and update.actions and all(action.op in _REMOVING for action in update.actions):
                # What only takes away from an item that is not there makes none, and may name any place in it.
                consumed.table += 1.0
                return Applied(before, {}, ())
            applied = apply_update(update, before)
        except ArgumentError as error:
            reason = getattr(error, "reason", None) or str(error)
            refuse("Type mismatch for attribute to update" if self._is_legacy(reason) else reason)
        item = applied.item
        check_index_keys(self.schema, item, updating=True)
        size = item_size(item)
        check_size(size, updating=True)
        if any(too_deep(item[path.steps[0]]) for path in applied.paths if path.steps[0] in item):
            refuse("Nesting Levels have exceeded supported limits")
        db.put(self.schema, self.place, stored, item, size, consumed)
        return applied

    def _is_legacy(self, reason: str) -> bool:
        return reason == WRONG_TYPE and self.expressions.legacy


class ModifyAlone(Modify):
    """An update by itself: what it says is limited, too."""

    __slots__ = ()

    def check(self, stored: Stored) -> None:
        """Refuse an update that says too much, then raise when the condition does not hold."""
        update = self.expressions.update
        if update is not None and not self.expressions.legacy:
            check_size(update_size(update, stored.item), updating=True)
        super().check(stored)


_REMOVING: Final = frozenset({ops.REMOVE, ops.DELETE})


def run(db: Database, change: Change) -> tuple[Stored, Applied | None, Consumed]:
    """One write: its condition, then the change."""
    stored = db.find(change.schema, change.place)
    change.check(stored)
    consumed = Consumed(change.schema)
    return stored, change.carry_out(db, stored, consumed), consumed


def put_item(db: Database, params: Params) -> Answer:
    """PutItem."""
    try:
        _only_old(params)
        item, size = check_item(params["Item"])
        expressions = read(params, ("condition",))
    except LocalServiceError as error:
        raise counted(error, params) from None
    with db.store.write:
        schema = db.schema(params["TableName"])
        change = Put(schema, item, size, params, expressions)
        stored, _, consumed = run(db, change)
        return _answer(db, change, stored, consumed)


def delete_item(db: Database, params: Params) -> Answer:
    """DeleteItem."""
    try:
        _only_old(params)
        key = read_key(params["Key"])
        expressions = read(params, ("condition",))
    except LocalServiceError as error:
        raise counted(error, params) from None
    with db.store.write:
        schema = db.schema(params["TableName"])
        change = Delete(schema, params, expressions, key)
        stored, _, consumed = run(db, change)
        return _answer(db, change, stored, consumed)


def update_item(db: Database, params: Params) -> Answer:
    """UpdateItem."""
    try:
        key = read_key(params["Key"])
        expressions = read(params, ("update", "condition"), value_level=1)
    except LocalServiceError as error:
        raise counted(error, params) from None
    with db.store.write:
        schema = db.schema(params["TableName"])
        change = ModifyAlone(schema, params, expressions, key)
        stored, applied, consumed = run(db, change)
        answer = _answer(db, change, stored, consumed)
    returned = params.get("ReturnValues", "NONE")
    if applied is not None and returned not in {"NONE", "ALL_OLD"}:
        if returned == "ALL_NEW":
            attributes = applied.item
        elif returned == "UPDATED_OLD" and not stored.exists:
            attributes = {}
        else:
            attributes = updated_attributes(applied, cast("Literal['UPDATED_OLD', 'UPDATED_NEW']", returned))
        if attributes:
            # Through the encoding once more: parts of the item may be shared with the request's values.
            answer["Attributes"] = decode(encode(attributes))
    return answer


def get_item(db: Database, params: Params) -> Answer:
    """GetItem."""
    try:
        key = read_key(params["Key"])
        expressions = read(params, ("projection",))
    except LocalServiceError as error:
        raise current(error) from None
    with db.store.read:
        schema = db.schema(params["TableName"])
        check_key_values(schema.key, key)
        place = schema.place(key)
        stored = db.find(schema, place)
    answer: Answer = {}
    if stored.exists:
        answer["Item"] = projected(stored, expressions)
    consumed = Consumed(schema, read_units(stored.size, consistent=params.get("ConsistentRead", False)))
    capacity = report(consumed, params.get("ReturnConsumedCapacity"))
    if capacity is not None:
        answer["ConsumedCapacity"] = capacity
    return answer


def _only_old(params: Params) -> None:
    if params.get("ReturnValues", "NONE") not in {"ALL_OLD", "NONE"}:
        refuse("ReturnValues can only be ALL_OLD or NONE")


def projected(stored: Stored, expressions: Expressions) -> Item:
    """The part of an item that was asked for."""
    return stored.copy() if expressions.projection is None else project(expressions.projection, stored.copy())


def _answer(db: Database, change: Change, stored: Stored, consumed: Consumed) -> Answer:
    params = change.params
    answer: Answer = {}
    if params.get("ReturnValues") == "ALL_OLD" and stored.exists:
        answer["Attributes"] = stored.copy()
    capacity = report(consumed, params.get("ReturnConsumedCapacity"))
    if capacity is not None:
        answer["ConsumedCapacity"] = capacity
    if params.get("ReturnItemCollectionMetrics") == "SIZE":
        metrics = collection_metrics(db, change)
        if metrics is not None:
            answer["ItemCollectionMetrics"] = metrics
    return answer


_GIGABYTE: Final = 1024**3


def collection_metrics(db: Database, change: Change) -> Answer | None:
    """The size of an item's collection: its partition in the table and in the local indexes. None without such."""
    schema = change.schema
    spaces = [space for space in schema.indexes.values() if space.kind == "local"]
    if not spaces:
        return None
    size = sum(db.store.partition_size(space.space, change.place[0]) for space in (schema.key, *spaces))
    return {
        "ItemCollectionKey": decode(encode({schema.partition: change.key[schema.partition]})),
        "SizeEstimateRangeGB": [float(size // _GIGABYTE), float(size // _GIGABYTE + 1)],
    }
