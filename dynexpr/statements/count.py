"""How many items does a condition hold of?"""

from typing import Any

from dynexpr.expression.nodes import node, replace
from dynexpr.statements.base import DEFAULT_OPTIONS, Options, Statement
from dynexpr.statements.select import Select
from dynexpr.tables import Table


@node
class Count(Statement):
    """`Query` or `Scan`, of which only the number of items is wanted; `SELECT COUNT(*)` makes it."""

    query: Select[Any]
    options: Options = DEFAULT_OPTIONS

    @property
    def table(self) -> Table:
        """The table it is about."""
        return self.query.table

    def explain(self) -> Any:
        """What would be sent to count, why, and what it costs: as much as reading the items."""
        return self.query.explain()

    def __str__(self) -> str:
        return str(self.query).replace("SELECT *", "SELECT COUNT(*)", 1)


def counted(query: Select[Any]) -> Select[Any]:
    """What is planned in order to count: nothing but the key of each item is wanted, so a thin index will do."""
    return replace(query, columns=tuple(query.table.key_columns))
