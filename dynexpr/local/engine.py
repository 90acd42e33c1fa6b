"""The engine: one table from operations to functions."""

import math
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from dynexpr.clock import check_clock, epoch_seconds
from dynexpr.errors import ArgumentError
from dynexpr.local import ttl
from dynexpr.local.database import Database
from dynexpr.local.errors import LocalServiceError
from dynexpr.local.index_lag import IndexLag
from dynexpr.local.store import Store, cannot_open, is_busy
from dynexpr.local.unsupported import UNSUPPORTED, refuse_operation
from dynexpr.local.validate import check_request
from dynexpr.operations import PARTIQL
from dynexpr.retry import is_number

if TYPE_CHECKING:
    from datetime import datetime


Operation = Callable[[Database, Mapping[str, Any]], dict[str, Any]]

OPERATIONS: Final[dict[str, str]] = {
    "CreateTable": "tables.create_table",
    "DescribeTable": "tables.describe_table",
    "UpdateTable": "update_table.update_table",
    "DeleteTable": "tables.delete_table",
    "ListTables": "tables.list_tables",
    "UpdateTimeToLive": "ttl.update_time_to_live",
    "DescribeTimeToLive": "ttl.describe_time_to_live",
    "TagResource": "tags.tag_resource",
    "UntagResource": "tags.untag_resource",
    "ListTagsOfResource": "tags.list_tags_of_resource",
    "DescribeContinuousBackups": "backups.describe_continuous_backups",
    "UpdateContinuousBackups": "backups.update_continuous_backups",
    "DescribeLimits": "account.describe_limits",
    "DescribeEndpoints": "account.describe_endpoints",
    "ListStreams": "streams.list_streams",
    "DescribeStream": "streams.describe_stream",
    "GetShardIterator": "streams.get_shard_iterator",
    "GetRecords": "streams.get_records",
    "PutItem": "items.put_item",
    "GetItem": "items.get_item",
    "UpdateItem": "items.update_item",
    "DeleteItem": "items.delete_item",
    "Query": "reads.query",
    "Scan": "reads.scan",
    "BatchGetItem": "batches.batch_get_item",
    "BatchWriteItem": "batches.batch_write_item",
    "TransactWriteItems": "transactions.transact_write_items",
    "TransactGetItems": "transactions.transact_get_items",
    "ExecuteStatement": "partiql.execute_statement",
    "BatchExecuteStatement": "partiql.batch_execute_statement",
    "ExecuteTransaction": "partiql.execute_transaction",
}
"""Operation -> module and function; a module is loaded when one of its operations is first asked for."""

_LOADED: Final[dict[str, Operation]] = {}

KNOWN: Final = frozenset({*OPERATIONS, *UNSUPPORTED})
"""The service's operations: those the engine has, and those it says why it has not."""


class Snapshot:
    """All that an engine held at a moment."""

    def __init__(self, copy: sqlite3.Connection) -> None:
        self.copy: Final = copy

    def close(self) -> None:
        """Give the memory back."""
        self.copy.close()


class LocalEngine:
    """DynamoDB in this process, in memory or in a file; for development and tests.

    >>> engine = LocalEngine()
    >>> engine.call("ListTables", {})
    {'TableNames': []}
    """

    def __init__(
        self,
        path: "str | os.PathLike[str] | None" = None,
        *,
        clock: "Callable[[], float | datetime]" = time.time,
        index_lag: float = 0,
    ) -> None:
        """Open the file at a path, or a database in memory that ends with the engine.

        *clock* answers epoch seconds, or datetimes with a time zone. Global indexes see a write *index_lag* seconds
        after it by that clock, or when `catch_up()` is called: on the service too they are eventually consistent.
        Tables and local indexes never lag.

        Raises ArgumentError for a path, a clock or a lag that is none, and for a file that can't be opened.
        """
        if not is_number(index_lag) or not index_lag >= 0:
            raise ArgumentError(f"index_lag={index_lag!r}: it is a number of seconds, 0 or more")
        if path is not None and (not isinstance(path, str | os.PathLike) or not os.fspath(path)):
            raise ArgumentError(f"LocalEngine({path!r}): it takes the path of a file, or nothing for memory")
        self._database = Database(Store(None if path is None else os.fspath(path)), _seconds_by(clock), index_lag)
        if path is not None and not index_lag:
            try:
                self.catch_up()  # with what an engine left that lagged
            except sqlite3.Error as error:
                self.close()
                raise cannot_open(path, error) from error

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a request; takes and gives what boto3's low-level client does, without ResponseMetadata.

        Raises LocalServiceError where the service would answer with an error. May be called from any thread.
        """
        function = _LOADED.get(operation) or function_of(operation)
        check_request(operation, params)
        try:
            if self._database.lag is not None:
                self._database.lag.settle(self._database.clock())
            return function(self._database, params)
        except sqlite3.ProgrammingError:
            raise  # the engine was closed
        except sqlite3.Error as error:
            if is_busy(error):
                # Every transaction takes its lock first, so nothing was carried out: it may be tried again.
                raise LocalServiceError(
                    "ThrottlingException", f"another process keeps the engine's file to itself: {error}"
                ) from error
            raise LocalServiceError("InternalServerError", f"the engine's database failed: {error}", 500) from error

    def scans(self, operation: str, params: Mapping[str, Any]) -> bool:
        """Whether a request is to read a whole table or index: a Scan, or PartiQL that names no partition key.

        Nothing is carried out. What the service would refuse for its form, its words or its tables reads nothing.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html

        >>> LocalEngine().scans("ExecuteStatement", {"Statement": "SELECT * FROM things"})  # there is no such table
        False
        """
        if operation not in PARTIQL:
            return operation == "Scan"
        from dynexpr.local.partiql import reads_everything

        try:
            check_request(operation, params)
            return reads_everything(self._database, operation, params)
        except (LocalServiceError, sqlite3.Error):
            return False

    def snapshot(self) -> Snapshot:
        """Everything as it is now, for `restore`; of an engine in memory only."""
        return Snapshot(self._database.snapshot())

    def restore(self, snapshot: Snapshot) -> None:
        """Become what a snapshot is, in less than a millisecond where that is little; no request may be under way.

        >>> engine = LocalEngine()
        >>> before = engine.snapshot()
        >>> _ = engine.call("CreateTable", {"TableName": "things", "BillingMode": "PAY_PER_REQUEST",
        ...     "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        ...     "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]})
        >>> engine.restore(before)
        >>> engine.call("ListTables", {})
        {'TableNames': []}
        """
        if not isinstance(snapshot, Snapshot):
            raise ArgumentError(f"restore() takes what snapshot() gave, not {snapshot!r}")
        try:
            self._database.restore(snapshot.copy)
        except sqlite3.ProgrammingError as error:
            raise ArgumentError(f"restore(): the snapshot, or the engine, was closed ({error})") from error

    def expire(self, now: "float | datetime | None" = None) -> int:
        """Delete the items whose time to live is over, in all tables that have one; answers how many there were.

        The service does this in its own time, up to days late: until this is called, expired items are read, as they
        are there. *now* is in epoch seconds, or a datetime with a time zone; by default the engine's clock says it. An
        item that expired five years before it stays. The records in a table's stream say that the service did it.

        Raises ArgumentError for what is no moment.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html

        >>> engine = LocalEngine(clock=lambda: 1_800_000_000)
        >>> table = {"TableName": "sessions", "BillingMode": "PAY_PER_REQUEST"}
        >>> keys = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
        >>> types = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
        >>> _ = engine.call("CreateTable", {**table, **keys, **types})
        >>> wanted = {"Enabled": True, "AttributeName": "until"}
        >>> _ = engine.call("UpdateTimeToLive", {"TableName": "sessions", "TimeToLiveSpecification": wanted})
        >>> item = {"id": {"S": "s1"}, "until": {"N": "1799999999"}}
        >>> _ = engine.call("PutItem", {"TableName": "sessions", "Item": item})
        >>> engine.expire()
        1
        """
        moment = self._database.clock() if now is None else epoch_seconds(now, "expire(now)")
        return ttl.expire(self._database, moment)

    def catch_up(self) -> None:
        """Let all global indexes see every write that they lag behind.

        >>> engine = LocalEngine(index_lag=3600)
        >>> engine.catch_up()
        """
        IndexLag(self._database.store, 0).settle(math.inf)

    def close(self) -> None:
        """Give the file back, or the memory."""
        self._database.store.close()


def function_of(operation: str) -> Operation:
    """What carries an operation out; refused where the engine has not got it."""
    place = OPERATIONS.get(operation)
    if place is None:
        refuse_operation(operation)
    module, _, name = place.partition(".")
    function: Operation = getattr(import_module(f"dynexpr.local.{module}"), name)
    _LOADED[operation] = function
    return function


def _seconds_by(clock: "Callable[[], float | datetime]") -> Callable[[], float]:
    """A clock that answers epoch seconds, whichever of the two the given one answers."""
    check_clock(clock, "epoch seconds, as time.time does, or datetimes with a time zone")
    return time.time if clock is time.time else lambda: epoch_seconds(clock())
