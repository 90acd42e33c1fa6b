"""What exactly is sent?  Plain data: an operation and its parameters, as boto3's client takes them.

Here are the requests that need no more than keys; `compose.py` makes those with expressions in them.
"""

import os
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from dynexpr.clock import Clock, utc_now
from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import Record, node
from dynexpr.hiding import keep_secret, redacted
from dynexpr.statements.get import Get, Target
from dynexpr.tables import Table, table_of
from dynexpr.wire import Frozen, Item, decode, decode_item


@node
class Request(Record):
    """One request: the operation, and the parameters for boto3's client: `client.query(**request.params)`."""

    own_equality = True

    operation: str
    params: dict[str, Any]
    until: float | None = None
    """The moment, by time.monotonic(), after which no answer is waited for; it makes no request another one."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Request):
            return NotImplemented
        return self.operation == other.operation and self.params == other.params

    __hash__ = None  # type: ignore[assignment]  # its parameters are dictionaries

    def __repr__(self) -> str:
        return f"Request({self.operation!r}, {redacted(self.params)!r})"

    @property
    def method(self) -> str:
        """The name of boto3's client method: `query`, `transact_write_items`, …"""
        return "".join(f"_{char.lower()}" if char.isupper() else char for char in self.operation).lstrip("_")

    @property
    def resource_params(self) -> dict[str, Any]:
        """The parameters for a `boto3.resource("dynamodb").Table`: plain Python values, and no TableName."""
        plain = {name: value for name, value in self.params.items() if name != "TableName"}
        for name in ("Key", "Item", "ExclusiveStartKey"):
            if name in plain:
                plain[name] = decode_item(plain[name])
        if "ExpressionAttributeValues" in plain:
            values = plain["ExpressionAttributeValues"]
            plain["ExpressionAttributeValues"] = {token: decode(wire) for token, wire in values.items()}
        return plain


def raw_request(operation: str, given: tuple[object, ...], params: dict[str, Any]) -> Request:
    """What `engine.send` was told to send. Raises ArgumentError for parameters that were not given by name."""
    if not isinstance(operation, str):
        raise ArgumentError(f'send() takes the name of an operation first, as send("ListTables"), not {operation!r}')
    if given:
        raise ArgumentError(
            f"send({operation!r}, …): parameters are given by name, as send({operation!r}, TableName=...); "
            f"a dictionary of them with two stars, send({operation!r}, **params)"
        )
    return Request(operation, params)


class Prepared(dict[str, Any]):
    """A part of a request that brings its JSON; never changed in place."""

    __slots__ = ("json",)

    def __init__(self, part: dict[str, Any], json: bytes) -> None:
        super().__init__(part)
        self.json = json


class Settings:
    """What an engine adds to the requests of all statements."""

    __slots__ = (
        "capacity",
        "clock",
        "consistent_read",
        "cursor_secret",
        "hide_parameters",
        "strict_plans",
        "table_prefix",
    )

    def __init__(
        self,
        *,
        table_prefix: str = "",
        clock: Clock = utc_now,
        consistent_read: bool = False,
        strict_plans: bool = False,
        capacity: bool = False,
        cursor_secret: bytes | None = None,
        hide_parameters: bool = False,
    ) -> None:
        self.table_prefix = table_prefix
        self.clock = clock
        self.consistent_read = consistent_read
        self.strict_plans = strict_plans
        self.capacity = capacity
        """Whether each request asks for the capacity it consumed."""
        self.cursor_secret = cursor_secret
        """What pages' tokens are signed with."""
        self.hide_parameters = hide_parameters
        """Whether no message, log record or repr of this engine's shows a value."""

    def name(self, table: Table) -> str:
        """The table's name as this engine has it."""
        name = self.table_prefix + table.name
        if table.secret:
            keep_secret(name, table.secret)
        return name

    def request(self, operation: str, params: dict[str, Any]) -> Request:
        """A request, asking for its consumed capacity where this engine wants to know it."""
        if self.capacity:
            params["ReturnConsumedCapacity"] = "INDEXES"
        return Request(operation, params)


STANDALONE: Final = Settings()
"""For statements compiled without an engine."""


def get_request(statement: Get[Any], settings: Settings) -> Request:
    """`GetItem` of a get()."""
    params: dict[str, Any] = {"TableName": settings.name(statement.table), "Key": statement.key}
    consistent = statement.options.consistent_read
    if settings.consistent_read if consistent is None else consistent:
        params["ConsistentRead"] = True
    return settings.request("GetItem", params)


def batch_get_request(targets: Iterable[Target], settings: Settings, *, consistent: bool) -> Request:
    """`BatchGetItem` of up to 100 keys, none of them twice."""
    tables: dict[str, dict[str, Any]] = {}
    entity: Any = None
    keys: list[Item] = []
    for target in targets:
        if target.entity is not entity:
            entity = target.entity
            entry = tables.setdefault(settings.name(target.table), {"Keys": []})
            if consistent:
                entry["ConsistentRead"] = True
            keys = entry["Keys"]
        keys.append(target.key)
    return settings.request("BatchGetItem", {"RequestItems": tables})


def batch_write_request(parts: dict[str, list[dict[str, Any]]], settings: Settings) -> Request:
    """`BatchWriteItem` of up to 25 puts and deletes, no two of one item: table's name -> what is written there."""
    return settings.request("BatchWriteItem", {"RequestItems": parts})


def transact_get_request(targets: Iterable[Target], settings: Settings) -> Request:
    """`TransactGetItems` of up to 100 keys."""
    items = [{"Get": {"TableName": settings.name(target.table), "Key": target.key}} for target in targets]
    return settings.request("TransactGetItems", {"TransactItems": items})


def unique_targets(targets: Iterable[Target]) -> list[Target]:
    """The targets, each item once."""
    return list({place_of(target): target for target in targets}.values())


Place = tuple[str, tuple[Frozen, ...]]
"""Which item: the table's name and the frozen key."""


def place_of(target: Target) -> Place:
    """Which item a target is, numbers compared by value."""
    table = target.table
    return table.name, table.frozen(target.key)


def places_of(targets: Iterable[Target]) -> list[Place]:
    """Which items some targets are; those of one table stand together."""
    places: list[Place] = []
    for entity, group in groupby(targets, lambda target: target.entity):
        table = table_of(entity)
        name, frozen = table.name, table.frozen
        places += [(name, frozen(target.key)) for target in group]
    return places


def new_token() -> str:
    """A token that no other transaction has, within DynamoDB's 36 characters."""
    return os.urandom(16).hex()
