"""BatchGetItem and BatchWriteItem: many items, each by itself; no transaction."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dynexpr import limits
from dynexpr.local.capacity import Consumed, read_units, report
from dynexpr.local.constraints import NAMES_OF_TABLES, are_tables, refuse_all
from dynexpr.local.database import Database, decode, encode
from dynexpr.local.errors import LocalServiceError, WrongKey, refuse
from dynexpr.local.expressions import NONE, read
from dynexpr.local.item_keys import MISMATCH, check_key_values, read_key
from dynexpr.local.item_requests import ITEM_REQUESTS
from dynexpr.local.items import Change, Delete, Put, collection_metrics, projected
from dynexpr.local.legacy import check_mixed
from dynexpr.local.values import check_item
from dynexpr.local.wordings import current

if TYPE_CHECKING:
    from dynexpr.wire import Item

Params = Mapping[str, Any]
Answer = dict[str, Any]


def batch_get_item(db: Database, params: Params) -> Answer:
    """BatchGetItem."""
    requests = params["RequestItems"]
    check_mixed({name: part[name] for part in requests.values() for name in part})
    if sum(len(part["Keys"]) for part in requests.values()) > limits.BATCH_GET_KEYS:
        refuse("Too many items requested for the BatchGetItem call")
    try:
        expressions = {name: read(part, ("projection",)) for name, part in requests.items()}
        keys = {name: [read_key(key) for key in part["Keys"]] for name, part in requests.items()}
    except LocalServiceError as error:
        raise current(error) from None
    responses: dict[str, list[Item]] = {}
    unprocessed: dict[str, Any] = {}
    capacities: list[Answer] = []
    size = 0
    with db.store.read:
        schemas = {name: db.schema(name) for name in requests}
        for name, keys_of_table in keys.items():
            for key in keys_of_table:
                check_key_values(schemas[name].key, key)
        places = {name: [schemas[name].place(key) for key in each] for name, each in keys.items()}
        if any(len(set(each)) < len(each) for each in places.values()):
            refuse("Provided list of item keys contains duplicates")
        for name, part in requests.items():
            consumed = Consumed(schemas[name])
            found = responses.setdefault(name, [])
            for key, place in zip(keys[name], places[name], strict=True):
                stored = db.find(schemas[name], place)
                if size + stored.size > limits.BATCH_GET_BYTES:
                    unprocessed.setdefault(name, decode(encode({**part, "Keys": []})))["Keys"].append(key)
                    continue
                size += stored.size
                consumed.table += read_units(stored.size, consistent=part.get("ConsistentRead", False))
                if stored.exists:
                    found.append(projected(stored, expressions[name]))
            capacity = report(consumed, params.get("ReturnConsumedCapacity"))
            if capacity is not None:
                capacities.append(capacity)
    answer: Answer = {"Responses": responses, "UnprocessedKeys": unprocessed}
    if capacities:
        answer["ConsumedCapacity"] = capacities
    return answer


def batch_write_item(db: Database, params: Params) -> Answer:
    """BatchWriteItem."""
    requests = params["RequestItems"]
    if not are_tables(requests):  # of lesser weight than anything else that is wrong with the request's members
        shown = ITEM_REQUESTS["BatchWriteItem"].members["RequestItems"].shown(requests)
        refuse_all([f"Value '{shown}' at 'requestItems' failed to satisfy constraint: {NAMES_OF_TABLES}"])
    if sum(map(len, requests.values())) > limits.BATCH_WRITE_ITEMS:
        refuse("Too many items requested for the BatchWriteItem call")
    puts: dict[tuple[str, int], tuple[Item, int]] = {}
    for name, part in requests.items():
        for index, request in enumerate(part):
            given = [kind for kind in ("PutRequest", "DeleteRequest") if request.get(kind) is not None]
            if len(given) != 1:
                refuse(
                    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
                    "supported datatypes"
                    if given
                    else "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
                )
            if given == ["PutRequest"]:
                puts[name, index] = check_item(request["PutRequest"]["Item"])
    capacities: list[Answer] = []
    metrics: dict[str, list[Answer]] = {}
    with db.store.write:
        changes: dict[str, list[Change]] = {}
        for name, part in requests.items():
            schema = db.schema(name)
            try:
                changes[name] = [
                    Put(schema, *puts[name, index], {}, NONE)
                    if (name, index) in puts
                    else Delete(schema, request["DeleteRequest"], NONE)
                    for index, request in enumerate(part)
                ]
            except WrongKey:
                refuse(MISMATCH)
            if len({change.place for change in changes[name]}) < len(part):
                refuse("Provided list of item keys contains duplicates")
        for name, each in changes.items():
            consumed = Consumed(each[0].schema)
            for change in each:
                stored = db.find(change.schema, change.place)
                change.check(stored)
                change.carry_out(db, stored, consumed)
            capacity = report(consumed, params.get("ReturnConsumedCapacity"))
            if capacity is not None:
                capacities.append(capacity)
            if params.get("ReturnItemCollectionMetrics") == "SIZE":
                by_partition = {change.place[0]: change for change in each}
                found = [collection_metrics(db, change) for change in by_partition.values()]
                if any(found):
                    metrics[name] = [one for one in found if one is not None]
    answer: Answer = {"UnprocessedItems": {}}
    if capacities:
        answer["ConsumedCapacity"] = capacities
    if metrics:
        answer["ItemCollectionMetrics"] = metrics
    return answer
