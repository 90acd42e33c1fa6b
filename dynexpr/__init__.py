"""dynexpr is to DynamoDB what SQLAlchemy is to SQL: an expression language, and an ORM on top of it.

Every name is loaded when it is first used, so that importing the package costs next to nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dynexpr.aio import AsyncEngine, create_async_engine
    from dynexpr.attributes import attr
    from dynexpr.columns import Column, ColumnOptions
    from dynexpr.engine import Engine, create_engine
    from dynexpr.expression.matching import apply, explain_failure, matches
    from dynexpr.expression.operand import and_, not_, or_, tuple_
    from dynexpr.frontends import text as parse
    from dynexpr.frontends.sql import sql
    from dynexpr.indexes import GlobalIndex, LocalIndex
    from dynexpr.prices import Prices
    from dynexpr.retry import RetryPolicy
    from dynexpr.sizes import size_of
    from dynexpr.statements.batch import batch_write
    from dynexpr.statements.functions import func
    from dynexpr.statements.get import batch_get, get, transact_get
    from dynexpr.statements.select import select
    from dynexpr.statements.transaction import transact
    from dynexpr.statements.write import check, delete, insert, put, update
    from dynexpr.tables import MetaData, Table

__version__ = "0.1.0"

__all__ = [
    "AsyncEngine",
    "Column",
    "ColumnOptions",
    "Engine",
    "GlobalIndex",
    "LocalIndex",
    "MetaData",
    "Prices",
    "RetryPolicy",
    "Table",
    "and_",
    "apply",
    "attr",
    "batch_get",
    "batch_write",
    "check",
    "create_async_engine",
    "create_engine",
    "delete",
    "explain_failure",
    "func",
    "get",
    "insert",
    "matches",
    "not_",
    "or_",
    "parse",
    "put",
    "select",
    "size_of",
    "sql",
    "transact",
    "transact_get",
    "tuple_",
    "update",
]

_HOMES = {
    "dynexpr.aio": ("AsyncEngine", "create_async_engine"),
    "dynexpr.attributes": ("attr",),
    "dynexpr.columns": ("Column", "ColumnOptions"),
    "dynexpr.engine": ("Engine", "create_engine"),
    "dynexpr.expression.matching": ("apply", "explain_failure", "matches"),
    "dynexpr.expression.operand": ("and_", "not_", "or_", "tuple_"),
    "dynexpr.frontends.sql": ("sql",),
    "dynexpr.indexes": ("GlobalIndex", "LocalIndex"),
    "dynexpr.prices": ("Prices",),
    "dynexpr.retry": ("RetryPolicy",),
    "dynexpr.sizes": ("size_of",),
    "dynexpr.statements.batch": ("batch_write",),
    "dynexpr.statements.functions": ("func",),
    "dynexpr.statements.get": ("batch_get", "get", "transact_get"),
    "dynexpr.statements.select": ("select",),
    "dynexpr.statements.transaction": ("transact",),
    "dynexpr.statements.write": ("check", "delete", "insert", "put", "update"),
    "dynexpr.tables": ("MetaData", "Table"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "parse":
        found: Any = import_module("dynexpr.frontends.text")
    elif name in _HOME_OF:
        found = getattr(import_module(_HOME_OF[name]), name)
    else:
        raise AttributeError(f"module 'dynexpr' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
