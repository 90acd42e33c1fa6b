"""Hides what was just written from reads of global indexes, for these are updated a little later.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes: a write and what an index answers
agree in the end only. The service answers with the entry as it was; here the item is left out, be it new or changed.
"""

import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from dynexpr.clock import Clock, epoch_seconds, utc_now
from dynexpr.requests import Request
from dynexpr.transports import Transport
from dynexpr.wire import Item, freeze

_READS = frozenset({"Query", "Scan"})


class _Table(NamedTuple):
    """What has to be known of a table."""

    key: tuple[str, ...]
    indexes: frozenset[str]
    """The global ones."""


class IndexLag:
    """A transport around another one, whose global indexes lag by some reads of them, or some seconds by a clock."""

    def __init__(self, inner: Transport, reads: int, seconds: float, clock: Clock = utc_now) -> None:
        self.inner = inner
        self._clock = clock
        self._lag = (reads, seconds)
        self._tables: dict[str, _Table] = {}
        self._hidden: dict[tuple[str, Any], tuple[int, float]] = {}
        """Table and key -> until which read and which moment it is hidden."""
        self._reads = 0
        self._lock = threading.Lock()

    def send(self, request: Request, /) -> dict[str, Any]:
        """Send a request, and leave out of its answer what an index does not have yet."""
        if request.operation in _READS:
            index = request.params.get("IndexName")
            if index is not None and index in self._table(request.params["TableName"]).indexes:
                return self._read(request)
            return self.inner.send(request)
        if request.operation in {"CreateTable", "UpdateTable", "DeleteTable"}:
            self._tables.pop(request.params.get("TableName", ""), None)
        answer = self.inner.send(request)
        reads, seconds = self._lag
        written = [
            (table, self._key(table, item)) for table, item in _written(request, answer) if self._table(table).indexes
        ]
        with self._lock:
            until = (self._reads + reads, epoch_seconds(self._clock()) + seconds)
            self._hidden.update(dict.fromkeys(written, until))
        return answer

    def close(self) -> None:
        """Close the transport inside."""
        self.inner.close()

    def _table(self, name: str) -> _Table:
        table = self._tables.get(name)
        if table is None:
            described = self.inner.send(Request("DescribeTable", {"TableName": name}))["Table"]
            table = self._tables[name] = _Table(
                tuple(each["AttributeName"] for each in described["KeySchema"]),
                frozenset(each["IndexName"] for each in described.get("GlobalSecondaryIndexes", ())),
            )
        return table

    def _key(self, table: str, item: Item) -> Any:
        return tuple(freeze(item[name]) for name in self._table(table).key)

    def _read(self, request: Request) -> dict[str, Any]:
        table = request.params["TableName"]
        now = epoch_seconds(self._clock())
        with self._lock:
            self._reads += 1
            self._hidden = {
                place: until for place, until in self._hidden.items() if until[0] >= self._reads or until[1] > now
            }
            hidden_keys = {key for name, key in self._hidden if name == table}
        if not hidden_keys:
            return self.inner.send(request)
        asked, added = self._with_keys(request)
        answer = self.inner.send(asked)
        items = [item for item in answer["Items"] if self._key(table, item) not in hidden_keys]
        for item in items:
            for name in added:
                del item[name]
        hidden = len(answer["Items"]) - len(items)
        answer |= {"Items": items, "Count": len(items), "ScannedCount": answer["ScannedCount"] - hidden}
        if request.params.get("Select") == "COUNT":
            del answer["Items"]
        return answer

    def _with_keys(self, request: Request) -> tuple[Request, list[str]]:
        """The request for items with their keys, and those attributes that it did not ask for itself."""
        params = dict(request.params)
        added: list[str] = []
        if params.get("Select") == "COUNT":
            del params["Select"]
        attributes = params.get("AttributesToGet")
        if attributes is not None:
            added = [name for name in self._table(params["TableName"]).key if name not in attributes]
            params["AttributesToGet"] = [*attributes, *added]
        projection = params.get("ProjectionExpression")
        if projection is not None:
            names = dict(params.get("ExpressionAttributeNames") or {})
            asked = {names.get(path.strip(), path.strip()) for path in projection.split(",")}
            added = [name for name in self._table(params["TableName"]).key if name not in asked]
            for number, name in enumerate(added):
                names[f"#lag{number}"] = name
                projection += f", #lag{number}"
            params |= {"ProjectionExpression": projection}
            if names:
                params["ExpressionAttributeNames"] = names
        return Request(request.operation, params, request.until), added


def _written(request: Request, answer: dict[str, Any]) -> Iterator[tuple[str, Item]]:
    """The table and the key, among other attributes, of each item that was written."""
    params = request.params
    if request.operation in {"PutItem", "UpdateItem", "DeleteItem"}:
        yield params["TableName"], params["Item"] if "Item" in params else params["Key"]
    elif request.operation == "TransactWriteItems":
        for action in params["TransactItems"]:
            for kind, each in action.items():
                if kind != "ConditionCheck":
                    yield each["TableName"], each["Item"] if "Item" in each else each["Key"]
    elif request.operation == "BatchWriteItem":
        for table, writes in params["RequestItems"].items():
            left = answer.get("UnprocessedItems", {}).get(table, ())
            for write in writes:
                if write not in left:
                    yield table, write["PutRequest"]["Item"] if "PutRequest" in write else write["DeleteRequest"]["Key"]
