"""Which indexes does a table have, by which keys, and what do they hold?

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from dynexpr import limits
from dynexpr.columns import Column
from dynexpr.errors import InvalidModel
from dynexpr.table_names import check_table_name

if TYPE_CHECKING:
    from dynexpr.tables import Table

B = TypeVar("B")
Projected = Literal["ALL", "KEYS_ONLY"] | Sequence[str]


class Index:
    """An index of one table, with its columns resolved."""

    __slots__ = ("attribute", "kind", "name", "partition_keys", "projection", "sort_keys", "table")

    def __init__(
        self,
        table: "Table",
        name: str,
        kind: Literal["global", "local"],
        partition_keys: tuple[Column[Any], ...],
        sort_keys: tuple[Column[Any], ...],
        projection: Literal["ALL", "KEYS_ONLY"] | tuple[str, ...],
        attribute: str,
    ) -> None:
        self.table = table
        self.name = name
        self.kind = kind
        self.partition_keys = partition_keys
        self.sort_keys = sort_keys
        self.projection = projection
        """ALL, KEYS_ONLY, or the DynamoDB names of the further attributes it holds."""
        self.attribute = attribute
        """The name it was declared under, for messages: `Payment.by_customer`."""

    @property
    def key_columns(self) -> tuple[Column[Any], ...]:
        """All columns of its key."""
        return (*self.partition_keys, *self.sort_keys)

    def projects(self, name: str) -> bool:
        """Whether the index holds the attribute of that DynamoDB name."""
        if self.projection == "ALL" or (self.projection != "KEYS_ONLY" and name in self.projection):
            return True
        return any(column.name == name for column in (*self.key_columns, *self.table.key_columns))

    def __repr__(self) -> str:
        return f"<{self.kind} index {self.name} of {self.table.name}>"


class BoundIndex(Generic[B]):
    """An index seen from its model, `Payment.by_customer`: what `.using(...)` takes."""

    __slots__ = ("index",)

    def __init__(self, index: Index) -> None:
        self.index = index

    def __repr__(self) -> str:
        return repr(self.index)


class IndexDeclaration:
    """An index as it is declared in a class or a Table: names only, resolved against the columns afterwards."""

    kind: Literal["global", "local"]

    def __init__(
        self, name: str, partition_keys: tuple[str, ...], sort_keys: tuple[str, ...], projection: Projected
    ) -> None:
        self.name = name
        self.partition_keys = partition_keys
        self.sort_keys = sort_keys
        self.projection: Literal["ALL", "KEYS_ONLY"] | tuple[str, ...]
        if isinstance(projection, str):
            if projection not in {"ALL", "KEYS_ONLY"}:
                raise InvalidModel(
                    f"index {name!r}: projection is 'ALL', 'KEYS_ONLY' or a list of attributes, not {projection!r}"
                )
            self.projection = "ALL" if projection == "ALL" else "KEYS_ONLY"
        else:
            self.projection = tuple(projection)
        self.attribute = name
        check_table_name(name, "index")

    def __set_name__(self, _owner: type, name: str) -> None:
        self.attribute = name

    def __get__(self, instance: object | None, owner: type[B]) -> BoundIndex[B]:
        table: Table | None = getattr(owner, "__table__", None)
        if table is None:
            return self  # type: ignore[return-value]  # on a mixin, which has no table
        return BoundIndex(table.indexes[self.name])

    def bind(self, table: "Table") -> Index:
        """The index of a table, its names resolved."""
        where = f"{table.title}: index {self.name!r}"
        names = self.projection if isinstance(self.projection, tuple) else ()
        projected = tuple(table.column(name, where).name for name in names)
        return Index(
            table,
            self.name,
            self.kind,
            tuple(table.column(name, where) for name in self.partition_keys) or (table.partition_key,),
            tuple(table.column(name, where) for name in self.sort_keys),
            projected if isinstance(self.projection, tuple) else self.projection,
            self.attribute,
        )


class GlobalIndex(IndexDeclaration):
    """A global secondary index; keys are the columns' Python names, up to four partition and four sort attributes.

    *projection* is `"ALL"` (the default), `"KEYS_ONLY"`, or a list of columns.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
    """

    kind = "global"

    def __init__(
        self,
        name: str,
        *,
        partition_key: str | Sequence[str],
        sort_key: str | Sequence[str] | None = None,
        projection: Projected = "ALL",
    ) -> None:
        super().__init__(name, _names(partition_key), _names(sort_key), projection)
        if not 1 <= len(self.partition_keys) <= limits.INDEX_PARTITION_KEYS:
            raise InvalidModel(f"index {name!r}: a global index has 1 to {limits.INDEX_PARTITION_KEYS} partition keys")
        if len(self.sort_keys) > limits.INDEX_SORT_KEYS:
            raise InvalidModel(f"index {name!r}: a global index has at most {limits.INDEX_SORT_KEYS} sort keys")


class LocalIndex(IndexDeclaration):
    """A local secondary index: the table's partition key with another sort key; made with the table only.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html
    """

    kind = "local"

    def __init__(self, name: str, *, sort_key: str, projection: Projected = "ALL") -> None:
        super().__init__(name, (), (sort_key,), projection)


def _names(given: str | Sequence[str] | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)
