"""What helps in testing code that uses DynamoDB; nothing in here is loaded by the library itself.

Every name is loaded when it is first used: pytest imports this package in every run, for its plugin.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dynexpr.testing.asynchronous import awaited
    from dynexpr.testing.boto3 import patch_boto3
    from dynexpr.testing.clock import Clock
    from dynexpr.testing.embedded import local_engine
    from dynexpr.testing.factory import Factory, make
    from dynexpr.testing.operations import (
        BatchExecuteStatement,
        BatchGetItem,
        BatchWriteItem,
        DeleteItem,
        ExecuteStatement,
        ExecuteTransaction,
        GetItem,
        PutItem,
        Query,
        Scan,
        TransactGetItems,
        TransactWriteItems,
        UpdateItem,
    )
    from dynexpr.testing.recorder import Recorder, Sent
    from dynexpr.testing.stage import Stage
    from dynexpr.transports.faults import Faults

__all__ = [
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "Clock",
    "DeleteItem",
    "ExecuteStatement",
    "ExecuteTransaction",
    "Factory",
    "Faults",
    "GetItem",
    "PutItem",
    "Query",
    "Recorder",
    "Scan",
    "Sent",
    "Stage",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
    "awaited",
    "local_engine",
    "make",
    "patch_boto3",
]

_MODULES = {
    "Clock": "clock",
    "Factory": "factory",
    "Recorder": "recorder",
    "Sent": "recorder",
    "Stage": "stage",
    "awaited": "asynchronous",
    "local_engine": "embedded",
    "make": "factory",
    "patch_boto3": "boto3",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = "dynexpr.transports.faults" if name == "Faults" else f"{__name__}.{_MODULES.get(name, 'operations')}"
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
