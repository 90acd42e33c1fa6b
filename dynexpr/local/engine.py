"""The engine: one table from operations to functions."""

import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from dynexpr.local import batches, items, reads, tables, transactions
from dynexpr.local.database import Database
from dynexpr.local.errors import LocalServiceError
from dynexpr.local.store import Store
from dynexpr.local.validate import check_request


def _partiql(function: str) -> "Operation":
    """An operation of PartiQL, whose reader is loaded when it is first asked for."""

    def operation(db: Database, params: Mapping[str, Any]) -> dict[str, Any]:
        from dynexpr.local import partiql

        answer: dict[str, Any] = getattr(partiql, function)(db, params)
        return answer

    return operation


Operation = Callable[[Database, Mapping[str, Any]], dict[str, Any]]

OPERATIONS: Final[dict[str, Operation]] = {
    "CreateTable": tables.create_table,
    "DescribeTable": tables.describe_table,
    "DeleteTable": tables.delete_table,
    "ListTables": tables.list_tables,
    "PutItem": items.put_item,
    "GetItem": items.get_item,
    "UpdateItem": items.update_item,
    "DeleteItem": items.delete_item,
    "Query": reads.query,
    "Scan": reads.scan,
    "BatchGetItem": batches.batch_get_item,
    "BatchWriteItem": batches.batch_write_item,
    "TransactWriteItems": transactions.transact_write_items,
    "TransactGetItems": transactions.transact_get_items,
    "ExecuteStatement": _partiql("execute_statement"),
    "BatchExecuteStatement": _partiql("batch_execute_statement"),
    "ExecuteTransaction": _partiql("execute_transaction"),
}


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

    def __init__(self, path: str | None = None, *, clock: Callable[[], float] = time.time) -> None:
        """Open the file at a path, or a database in memory that ends with the engine."""
        self._database = Database(Store(path), clock)

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a request; takes and gives what boto3's low-level client does, without ResponseMetadata.

        Raises LocalServiceError where the service would answer with an error. May be called from any thread.
        """
        function = OPERATIONS.get(operation)
        if function is None:
            raise LocalServiceError(
                "UnknownOperationException", f"dynexpr's embedded engine does not know the operation {operation}"
            )
        check_request(operation, params)
        try:
            return function(self._database, params)
        except sqlite3.ProgrammingError:
            raise  # the engine was closed
        except sqlite3.Error as error:
            raise LocalServiceError("InternalServerError", f"the engine's database failed: {error}", 500) from error

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
        self._database.restore(snapshot.copy)

    def close(self) -> None:
        """Give the file back, or the memory."""
        self._database.store.close()
