"""Which table, index and column does a name in SQL mean?

A bare name is the DynamoDB name or the Python name of a declared column; where it is the one of one column and the
other of another, it is refused. A name in double quotes is DynamoDB's own, and may be one that the model does not
declare.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from dynexpr.attributes import attr
from dynexpr.columns import Column
from dynexpr.errors import ArgumentError, SqlError
from dynexpr.expression.nodes import Path, secret_path
from dynexpr.frontends.partiql_values import Leaf, Name
from dynexpr.indexes import Index
from dynexpr.tables import MetaData, Table, table_of
from dynexpr.types import Any_, ColumnType, Nullable, Record


def tables_of(sources: Iterable[object]) -> dict[str, Table]:
    """The tables that names may mean, by table name and by model name."""
    found: dict[str, Table] = {}
    for source in sources:
        for table in _tables_in(source):
            found.setdefault(table.name, table)
            found.setdefault(table.title, table)
    if not found:
        raise ArgumentError("sql() needs to know the tables: sql(text, Base), a MetaData, models or Tables")
    return found


def _tables_in(source: object) -> Sequence[Table]:
    if isinstance(source, Table) or isinstance(getattr(source, "__table__", None), Table):
        return (table_of(source),)
    metadata = source if isinstance(source, MetaData) else getattr(source, "metadata", None)
    if isinstance(metadata, MetaData):
        return tuple(metadata.tables.values())
    raise ArgumentError(f"sql() takes a Base, a MetaData, models or Tables, not {source!r}")


class Names:
    """What the names of one text mean, in one table."""

    def __init__(self, text: str, tables: dict[str, Table], leaf: Leaf) -> None:
        self.text = text
        name, *rest = leaf.value
        table = tables.get(name) if isinstance(name, str) else None
        if table is None:
            known = ", ".join(dict.fromkeys(each.name for each in tables.values()))
            raise self._error(f"there is no table {name!r}; there are {known}", leaf.start)
        self.table: Table = table
        self.index: Index | None = None
        if rest:
            self.index = self._index(leaf, rest)

    def _error(self, problem: str, offset: int) -> SqlError:
        return SqlError(problem, text=self.text, offset=offset)

    def _index(self, leaf: Leaf, rest: Sequence[Name | int]) -> Index:
        for index in self.table.indexes.values():
            if len(rest) == 1 and rest[0] in {index.name, index.attribute}:
                return index
        shown = ".".join(str(step) for step in rest)
        known = ", ".join(f'"{name}"' for name in self.table.indexes) or "none"
        raise self._error(f"{self.table.title} has no index {shown!r}; it has {known}", leaf.start)

    def column(self, leaf: Leaf) -> Column[Any]:
        """The column of a path, or the place inside one."""
        first, *inner = leaf.value
        steps: list[str | int] = []
        column = self._declared(first, leaf)
        if column is None:
            column = _undeclared((first,), Any_(), self.table)
        if not inner:
            return column
        steps, type_ = [column.node.steps[0]], column.type
        for step in inner:
            try:
                wire_step, type_ = _enter(type_, step)
            except ArgumentError as error:
                raise self._error(f"{self.table.title}.{column.key or column.name}: {error}", leaf.start) from None
            steps.append(wire_step)
        return _undeclared(tuple(steps), type_, self.table)

    def _declared(self, name: Name, leaf: Leaf) -> Column[Any] | None:
        """The declared column of a name; None for a quoted name that is none's."""
        table = self.table
        stored, python = table.by_name.get(name), table.columns.get(name)
        if not name.quoted:
            return self.bare(name, leaf.start)
        if stored is None and python is not None:
            raise self._error(
                f'{table.title}.{name} is stored as {python.name!r}: write "{python.name}", or {name} without quotes',
                leaf.start,
            )
        return stored

    def bare(self, name: str, offset: int) -> Column[Any]:
        """The declared column of a name without quotes."""
        table = self.table
        stored, python = table.by_name.get(name), table.columns.get(name)
        if stored is not None and python is not None and stored is not python:
            raise self._error(
                f"{name} is the Python name of one column of {table.title}, and {stored.key} is stored under it: "
                f'"{name}" in double quotes is {stored.key}, "{python.name}" the other',
                offset,
            )
        found = python if stored is None else stored
        if found is None:
            raise self._error(
                f"{table.title} has no column {name}; it has {', '.join(table.columns)}; "
                f'"{name}" in double quotes is an attribute that the model does not declare',
                offset,
            )
        return found


def _enter(type_: ColumnType[Any], step: Name | int) -> tuple[str | int, ColumnType[Any]]:
    """The wire name of a step into a value, and the type found there; names as for columns."""
    if isinstance(type_, Nullable):
        return _enter(type_.inner, step)
    if not isinstance(type_, Record) or isinstance(step, int):
        wire_step, inner = type_.enter(step)
        return str(wire_step) if isinstance(wire_step, str) else wire_step, inner
    stored = {wire_name: inner for wire_name, inner, _ in type_.fields.values()}
    if step in stored:
        return str(step), stored[step]
    if step.quoted:
        return str(step), Any_()
    return type_.enter(str(step))


def _undeclared(steps: tuple[str | int, ...], type_: ColumnType[Any], table: Table) -> Column[Any]:
    column = attr(tuple(str(step) if isinstance(step, str) else step for step in steps))
    column.node = (secret_path if column.node.steps[0] in table.secret else Path)(column.node.steps)
    column.type = type_
    column.table = table
    column.key = None
    return column
