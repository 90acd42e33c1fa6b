"""What is there to read?  The table and its indexes, each as an access path with its key attributes."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dynexpr.expression.nodes import Condition, Path
from dynexpr.expression.walk import paths
from dynexpr.indexes import Index
from dynexpr.tables import Table

if TYPE_CHECKING:
    from dynexpr.columns import Column


class AccessPath:
    """A table or index as something to query."""

    __slots__ = ("index", "key_names", "partition", "sort", "table")

    def __init__(self, table: Table, index: Index | None) -> None:
        self.table = table
        self.index = index
        if index is None:
            self.partition: tuple[Column[Any], ...] = (table.partition_key,)
            self.sort: tuple[Column[Any], ...] = () if table.sort_key is None else (table.sort_key,)
        else:
            self.partition = index.partition_keys
            self.sort = index.sort_keys
        self.key_names = tuple(column.name for column in (*self.partition, *self.sort))

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"table {self.table.name}" if self.index is None else f"index {self.index.name}"

    @property
    def is_global(self) -> bool:
        """Whether it is a global index."""
        return self.index is not None and self.index.kind == "global"

    def lacking(self, wanted: Iterable[Path]) -> str | None:
        """The first of some attributes that it does not hold."""
        index = self.index
        if index is None or index.projection == "ALL":
            return None
        return next((top(path) for path in wanted if not index.projects(top(path))), None)

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole items."""
        return self.index is None or self.index.projection == "ALL"


def access_paths(table: Table) -> Iterator[AccessPath]:
    """The table, then its indexes as they were declared."""
    yield AccessPath(table, None)
    for index in table.indexes.values():
        yield AccessPath(table, index)


def top(path: Path) -> str:
    """The attribute a path begins with."""
    return str(path.steps[0])


def attributes(condition: Condition) -> frozenset[str]:
    """The attributes a condition looks at."""
    return frozenset(map(top, paths(condition)))
