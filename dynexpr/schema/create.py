"""How does a declared table come to be on the service, and go again?"""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dynexpr.columns import Column
from dynexpr.core import check_engine
from dynexpr.errors import InvalidModel, TableInUse, TableNotFound, Throttled
from dynexpr.indexes import Index
from dynexpr.tables import Table

if TYPE_CHECKING:
    from dynexpr.engine import Engine

_PATIENCE = 300.0
"""Seconds to wait for a table; the service usually needs ten."""


def create_table_params(declared: Sequence[Table], name: str) -> dict[str, Any]:
    """The parameters of `CreateTable`: on demand, with the indexes of all models that share the table.

    Raises InvalidModel where two of them contradict each other.
    """
    table = declared[0]
    columns: dict[str, Column[Any]] = {}
    indexes: dict[str, Index] = {}
    for each in declared:
        if each.key_names != table.key_names:
            raise InvalidModel(f"{each.title} and {table.title} share table {table.name!r} and have different keys")
        for index in each.indexes.values():
            known = indexes.setdefault(index.name, index)
            if _index(known) != _index(index):
                raise InvalidModel(f"{each.title} and {known.table.title} declare index {index.name!r} differently")
        for column in (*each.key_columns, *(key for index in each.indexes.values() for key in index.key_columns)):
            if columns.setdefault(column.name, column).type.kind != column.type.kind:
                raise InvalidModel(f"{each.title}.{column.key} is a key of another type elsewhere in {table.name!r}")
    params: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": each.name, "AttributeType": each.type.kind} for each in columns.values()
        ],
        "KeySchema": _key_schema(table.key_columns[:1], table.key_columns[1:]),
    }
    for kind, parameter in (("local", "LocalSecondaryIndexes"), ("global", "GlobalSecondaryIndexes")):
        of_kind = [_index(index) for index in indexes.values() if index.kind == kind]
        if of_kind:
            params[parameter] = of_kind
    return params


def _key_schema(partition: Sequence[Column[Any]], sort: Sequence[Column[Any]]) -> list[dict[str, str]]:
    return [{"AttributeName": column.name, "KeyType": "HASH"} for column in partition] + [
        {"AttributeName": column.name, "KeyType": "RANGE"} for column in sort
    ]


def _index(index: Index) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if isinstance(index.projection, tuple):
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.projection)}
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index.partition_keys, index.sort_keys),
        "Projection": projection,
    }


def create_tables(engine: "Engine", tables: Sequence[Table]) -> None:
    """Create the tables that don't exist, and wait until all are active."""
    check_engine(engine, "write await engine.create_all(metadata)", awaited=False)
    by_name = _by_name(engine, tables)
    for name, declared in by_name.items():
        if not _created(engine, declared, name) and _status(engine, name) in {"DELETING", None}:
            _wait(engine, name, None)
            _created(engine, declared, name)
    for name in by_name:
        _wait(engine, name, "ACTIVE")


def _by_name(engine: "Engine", tables: Sequence[Table]) -> dict[str, list[Table]]:
    """The declarations of each table, by the name the engine has for it."""
    found: dict[str, list[Table]] = {}
    for table in tables:
        found.setdefault(engine.settings.name(table), []).append(table)
    return found


def _created(engine: "Engine", declared: Sequence[Table], name: str) -> bool:
    """Create a table; false where it is there already: whether as declared is a question for a diff."""
    try:
        engine.send("CreateTable", **create_table_params(declared, name))
    except TableInUse:
        return False
    return True


def _status(engine: "Engine", name: str) -> str | None:
    """DynamoDB's word for the state of a table; None where there is none of that name."""
    try:
        return str(engine.send("DescribeTable", TableName=name)["Table"]["TableStatus"])
    except TableNotFound:
        return None


def drop_tables(engine: "Engine", tables: Sequence[Table]) -> None:
    """Delete the tables that exist, and wait until all are gone."""
    check_engine(engine, "write await engine.drop_all(metadata)", awaited=False)
    names = _by_name(engine, tables)
    for name in names:
        with suppress(TableNotFound):
            engine.send("DeleteTable", TableName=name)
    for name in names:
        _wait(engine, name, None)


def _wait(engine: "Engine", name: str, wanted: str | None) -> None:
    """Wait until a table has a status; None is gone."""
    until = time.monotonic() + _PATIENCE
    pause = 0.02
    while True:
        status = _status(engine, name)
        if status == wanted:
            return
        if time.monotonic() > until:
            raise Throttled(
                f"table {name!r} is still {status} after {_PATIENCE:.0f} seconds", operation="DescribeTable"
            )
        time.sleep(pause)
        pause = min(2.0, pause * 2)
