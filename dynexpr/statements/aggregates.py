"""`select(...).group_by(...)`: a select whose rows the client computes, of all the items that it reads.

The items are read as any select reads them, and added up on their way, group by group.
"""

import re
from typing import Any, Final, Never, Self, TypeVar

from dynexpr.columns import Column, Ordering
from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import Condition, Parameter, Path, conjunction, fields_of, node, replace
from dynexpr.expression.walk import paths, walk
from dynexpr.statements.base import checked_conditions, column_of
from dynexpr.statements.functions import Aggregate, AggregateOrdering
from dynexpr.statements.select import Select, positive
from dynexpr.tables import Table, table_of

R = TypeVar("R", covariant=True)

_QUOTED: Final = re.compile(r"`((?:COUNT|SUM|AVG|MIN|MAX)\((?:[^`\\]|\\.)*\))`")


@node
class Aggregation(Select[R]):
    """A select of which the client makes groups: one row for each, or one in all."""

    outputs: tuple[Any, ...] = ()
    """Columns and aggregates, in the order of the rows."""
    groups: tuple[Column[Any], ...] = ()
    grouped: bool = False
    sorting: tuple[tuple[int, bool], ...] = ()
    """By which of the outputs the rows are sorted, and whether downwards."""
    top: int | None = None
    kept: Condition | None = None
    """What holds of the groups that become rows: of their aggregates, under the words they are computed by."""
    computes = True

    @property
    def table(self) -> Table:
        """The table it is about."""
        if self.entity is None:
            raise ArgumentError(
                "func.count() says of no table what to count: write func.count(Payment), or .select_from(Payment) first"
            )
        return table_of(self.entity)

    def select_from(self, entity: Any) -> Self:
        """The model, or table, whose items are counted, where func.count() does not say it."""
        if self.entity is None:
            made = aggregation(self.outputs, entity)
            return replace(self, entity=made.entity, columns=made.columns)  # what was said before stays said
        # super() does not know the class that @node makes.
        same: Any = Select.select_from(self, entity)
        return same  # type: ignore[no-any-return]  # a Self

    def where(self, *conditions: Condition, **by_name: Never) -> Self:
        """Add conditions; where nothing said before which table is read, the one of their columns."""
        if self.entity is None:
            known = [path for each in conditions if isinstance(each, Condition) for path in paths(each)]
            owners = {id(owner): owner for path in known if isinstance(owner := getattr(path, "owner", None), Table)}
            if len(owners) == 1:
                (owner,) = owners.values()
                return self.select_from(owner if owner.entity is None else owner.entity).where(*conditions)
        made: Any = Select.where(self, *conditions, **by_name)
        return made  # type: ignore[no-any-return]  # a Self

    def group_by(self, *columns: Column[Any]) -> Self:
        """One row for each combination of the values of some columns; absent and NULL are one value, None."""
        if not columns:
            raise ArgumentError("group_by() takes the columns to group by")
        if self.entity is None and isinstance(columns[0], Column):
            return self.select_from(_entity(columns[0])).group_by(*columns)
        chosen = tuple(column_of(self.table, column) for column in columns)
        return _reading(replace(self, groups=(*self.groups, *chosen), grouped=True))

    def having(self, *conditions: Condition) -> Self:
        """Only the groups of which it holds: `.having(func.count() > 1, func.sum(Payment.amount) <= 100)`.

        Aggregates that are selected are compared with values, and with each other, by the client when all is read;
        conditions on items stand in where(). What is None, an aggregate of no value, is absent as in a condition on an
        item: neither greater nor less than anything, and `!=` all of it.
        """
        terms = checked_conditions(None, conditions)  # about groups
        computed = {str(each) for each in self.outputs if isinstance(each, Aggregate)}
        for part in (part for term in terms for part in walk(term)):
            if isinstance(part, Parameter):
                raise ArgumentError(f"having() takes values, not the parameter :{part.name}")
            if isinstance(part, Path) and str(part.steps[0]) not in computed:
                raise ArgumentError(
                    f"having() compares aggregates that are selected, having(func.count() > 1), not "
                    f"{self._unquoted(str(part))}; conditions on items stand in where()"
                )
        return replace(self, kept=conjunction(terms if self.kept is None else (self.kept, *terms)))

    def _unquoted(self, text: str) -> str:
        """A text with aggregates as they are written: they are no attributes, and need no quotes."""
        return _QUOTED.sub(r"\1", text)

    def _by(self) -> str:
        """How it groups, and which groups it keeps."""
        by = f" GROUP BY {', '.join(map(str, self.groups))}" if self.groups else ""
        return by if self.kept is None else f"{by} HAVING {self._unquoted(str(self.kept))}"

    def order_by(self, column: Any, *further: Any) -> Self:
        """The order of the groups: by columns and aggregates that are selected, `.desc()` for the greatest first.

        They are sorted by the client when all is read; without it they come in the order in which they were met. None
        comes first.
        """
        return replace(self, sorting=tuple(self._sorted_by(term) for term in (column, *further)))

    def _sorted_by(self, term: Any) -> tuple[int, bool]:
        descending = isinstance(term, Ordering | AggregateOrdering) and term.descending
        if isinstance(term, AggregateOrdering):
            term = term.aggregate
        path = term.path if isinstance(term, Ordering) else term.node if isinstance(term, Column) else None
        for place, output in enumerate(self.outputs):
            if isinstance(output, Aggregate) and isinstance(term, Aggregate):
                if output.is_like(term):
                    return place, descending
            elif isinstance(output, Column) and output.node == path:
                return place, descending
        raise ArgumentError(f"order_by() of groups takes columns and aggregates that are selected, not {term}")

    def limit(self, count: int | None) -> Self:
        """The first *count* groups; all items are read for them all the same."""
        return replace(self, top=positive("limit", count))

    def check(self) -> None:
        """Refuse a column that is neither grouped by nor computed, and two values under one name."""
        grouped = {column.node for column in self.groups}
        names: set[str] = set()
        for output in self.outputs:
            name = output.name if isinstance(output, Aggregate) else output.key or output.name
            if isinstance(output, Column) and output.node not in grouped:
                raise ArgumentError(
                    f"{self.table.title}.{name} has many values in a group: add .group_by({self.table.title}.{name}), "
                    f"or select func.min or func.max of it"
                )
            if name in names:
                raise ArgumentError(f"two values are called {name!r}: give one of them a .label(...)")
            names.add(name)

    @property
    def only_counts(self) -> bool:
        """Whether it asks for nothing but how many items there are."""
        return not self.grouped and all(
            isinstance(output, Aggregate) and output.function == "count" and output.column is None
            for output in self.outputs
        )

    @property
    def told(self) -> str:
        """What is computed."""
        return ", ".join(map(str, self.outputs)) + self._by()

    def __str__(self) -> str:
        text = f"SELECT {', '.join(map(str, self.outputs))}"
        if self.entity is not None:
            text += f" FROM {self.table.name}"
        if self.condition is not None:
            text += f" WHERE {self.condition}"
        text += self._by()
        if self.sorting:
            terms = [f"{self.outputs[place]} {'DESC' if descending else 'ASC'}" for place, descending in self.sorting]
            text += f" ORDER BY {', '.join(terms)}"
        return text if self.top is None else f"{text} LIMIT {self.top}"


def aggregation(outputs: tuple[Any, ...], entity: Any = None) -> Aggregation[Any]:
    """The statement for what select() was given, of which something is to be computed."""
    named = [_entity(each) for each in outputs]
    entity = next((each for each in (entity, *named) if each is not None), None)
    if entity is None:
        return Aggregation(None, outputs=outputs)
    table = table_of(entity)
    for each in outputs:
        column = each.column if isinstance(each, Aggregate) else each
        if column is not None:
            column_of(table, column)
        elif each.entity is not None and table_of(each.entity) is not table:
            raise ArgumentError(f"{each!r} is about {table_of(each.entity).title}, the rest about {table.title}")
    return _reading(Aggregation(entity, outputs=outputs))


def _entity(output: Any) -> Any:
    column = output.column if isinstance(output, Aggregate) else output
    if column is None:
        return output.entity
    if not isinstance(column, Column):
        raise ArgumentError(f"select() takes columns and aggregates of one model, not {column!r}")
    if column.table is None:
        raise ArgumentError(f"{column} belongs to no table; use Model.column or table.c.column")
    return column.table if column.table.entity is None else column.table.entity


A = TypeVar("A", bound=Aggregation[Any])


def _reading(statement: A) -> A:
    """The statement, with the columns it has to read."""
    computed = [each.column for each in statement.outputs if isinstance(each, Aggregate) and each.column is not None]
    needed = {column.node: column for column in (*statement.groups, *computed)}
    return replace(statement, columns=tuple(needed.values()) or tuple(statement.table.key_columns))


def as_groups(statement: Select[R], columns: tuple[Column[Any], ...]) -> Select[R]:
    """A select of columns, grouped by some: its different rows."""
    if not statement.columns:
        raise ArgumentError("group_by() takes a select of columns: select(Payment.status, func.count()).group_by(…)")
    if statement.ordering is not None or statement.max_results is not None:
        raise ArgumentError("group_by() comes before order_by() and limit(), which are about the groups")
    fields: dict[str, Any] = {name: getattr(statement, name) for name in fields_of(statement)}
    made: Aggregation[R] = Aggregation(**fields, outputs=statement.columns)
    return made.group_by(*columns)
