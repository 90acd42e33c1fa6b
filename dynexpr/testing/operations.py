"""The operations' names, to be asked for of a recorder: `recorder.sent(Query)`."""

from typing import Final

BatchExecuteStatement: Final = "BatchExecuteStatement"
BatchGetItem: Final = "BatchGetItem"
BatchWriteItem: Final = "BatchWriteItem"
DeleteItem: Final = "DeleteItem"
ExecuteStatement: Final = "ExecuteStatement"
ExecuteTransaction: Final = "ExecuteTransaction"
GetItem: Final = "GetItem"
PutItem: Final = "PutItem"
Query: Final = "Query"
Scan: Final = "Scan"
TransactGetItems: Final = "TransactGetItems"
TransactWriteItems: Final = "TransactWriteItems"
UpdateItem: Final = "UpdateItem"
