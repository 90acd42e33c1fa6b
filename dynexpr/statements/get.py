"""`get(...)`, `batch_get(...)`, `transact_get(...)`: items by their keys."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from dynexpr import limits
from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import Record, node
from dynexpr.statements.base import DEFAULT_OPTIONS, Options, Statement
from dynexpr.statements.keys import key_item
from dynexpr.tables import Table, table_of
from dynexpr.wire import Item

B = TypeVar("B")


@node
class Get(Statement, Generic[B]):
    """`GetItem`: one item by its key."""

    entity: Any
    key: Item
    options: Options = DEFAULT_OPTIONS

    def consistent_read(self, consistent: bool = True) -> "Get[B]":
        """`ConsistentRead`: what was written before is seen; twice the read units."""
        return self.execution_options(consistent_read=consistent)


@node
class Target(Record):
    """One item of a table, by its key on the wire."""

    entity: Any
    key: Item

    @property
    def table(self) -> Table:
        """The table the item is in."""
        return table_of(self.entity)


@node
class BatchGet(Statement):
    """`BatchGetItem`: many items by their keys, of one table or several; rows in the order of the keys."""

    targets: tuple[Target, ...]
    options: Options = DEFAULT_OPTIONS


@node
class TransactGet(Statement):
    """`TransactGetItems`: up to 100 items as they were at one moment; twice the price of consistent reads."""

    targets: tuple[Target, ...]
    options: Options = DEFAULT_OPTIONS


def get(entity: type[B] | Table, key: object) -> Get[B]:
    """One item by its key: a value, a tuple `(partition, sort)`, or a mapping of Python names."""
    return Get(entity, key_item(table_of(entity), key))


def batch_get(*groups: tuple[Any, Iterable[object]]) -> BatchGet:
    """Many items by their keys: `batch_get((Payment, [("p1", now), ("p2", now)]), (Quota, ["u1"]))`.

    Rows come in the order of the keys; a missing item is left out, a key given twice is read once and handed out twice.
    """
    targets = tuple(Target(entity, key_item(table_of(entity), key)) for entity, keys in groups for key in keys)
    return BatchGet(targets)


def transact_get(*pairs: tuple[Any, object]) -> TransactGet:
    """Up to 100 items as they were at one moment: `transact_get((Payment, ("p1", now)), (Quota, "u1"))`."""
    if not 1 <= len(pairs) <= limits.TRANSACT_ITEMS:
        raise ArgumentError(f"a transaction reads 1 to {limits.TRANSACT_ITEMS} items, not {len(pairs)}")
    return TransactGet(tuple(Target(entity, key_item(table_of(entity), key)) for entity, key in pairs))
