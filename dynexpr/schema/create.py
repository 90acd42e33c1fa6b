"""How does a declared table come to be on the service, and go again?"""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dynexpr.errors import TableInUse, TableNotFound, Throttled
from dynexpr.tables import Column, Index, Table

if TYPE_CHECKING:
    from dynexpr.engine import Engine

_PATIENCE = 300.0
"""Seconds to wait for a table; the service usually needs ten."""


def create_table_params(table: Table, name: str) -> dict[str, Any]:
    """The parameters of `CreateTable`: on demand, with all indexes."""
    columns = {column.name: column for column in table.key_columns}
    for index in table.indexes.values():
        columns |= {column.name: column for column in index.key_columns}
    params: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": each.name, "AttributeType": each.type.kind} for each in columns.values()
        ],
        "KeySchema": _key_schema(table.key_columns[:1], table.key_columns[1:]),
    }
    for kind, parameter in (("local", "LocalSecondaryIndexes"), ("global", "GlobalSecondaryIndexes")):
        indexes = [_index(index) for index in table.indexes.values() if index.kind == kind]
        if indexes:
            params[parameter] = indexes
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
    for table in tables:
        name = engine.settings.name(table)
        if not _created(engine, table, name) and _status(engine, name) in {"DELETING", None}:
            _wait(engine, name, None)
            _created(engine, table, name)
    for table in tables:
        _wait(engine, engine.settings.name(table), "ACTIVE")


def _created(engine: "Engine", table: Table, name: str) -> bool:
    """Create a table; false where it is there already: whether as declared is a question for a diff."""
    try:
        engine.send("CreateTable", **create_table_params(table, name))
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
    for table in tables:
        with suppress(TableNotFound):
            engine.send("DeleteTable", TableName=engine.settings.name(table))
    for table in tables:
        _wait(engine, engine.settings.name(table), None)


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
