"""What comes back: rows, results that read page by page, and what they consumed."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

from dynexpr.capacity import Consumed
from dynexpr.errors import MultipleResultsFound, NoResultFound
from dynexpr.expression.evaluate import resolve
from dynexpr.expression.nodes import Path, Step
from dynexpr.statements.select import Select
from dynexpr.tables import Table
from dynexpr.types import Set
from dynexpr.wire import Item, decode

R = TypeVar("R")
T = TypeVar("T")


class Row(tuple[Any, ...]):
    """The values of one item: by position, by attribute, `row.amount`, and by name, `row["amount"]`.

    >>> row = Row((1, "x"), ("id", "note"))
    >>> row.note, row["note"], row[1]
    ('x', 'x', 'x')
    """

    _names: tuple[str, ...]

    def __new__(cls, values: Sequence[Any], names: tuple[str, ...]) -> "Row":
        row = super().__new__(cls, values)
        row._names = names
        return row

    @property
    def mapping(self) -> dict[str, Any]:
        """Python name -> value."""
        return dict(zip(self._names, self, strict=True))

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._names:
            return tuple.__getitem__(self, self._names.index(name))
        raise AttributeError(f"the row has no attribute {name!r}; it has {', '.join(self._names)}")

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, str):
            if place not in self._names:
                raise KeyError(f"{place!r}; the row has {', '.join(self._names)}")
            place = self._names.index(place)
        return tuple.__getitem__(self, place)

    def __repr__(self) -> str:
        return f"Row({', '.join(f'{name}={value!r}' for name, value in zip(self._names, self, strict=True))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Row, (tuple(self), self._names)


def row_of(table: Table, item: Item) -> Row:
    """A whole item as a row: declared columns in their order, then the rest by the names they are stored under."""
    names: list[str] = []
    values: list[Any] = []
    for name, column in table.by_name.items():
        wire = item.get(name)
        if wire is not None:
            names.append(column.key or name)
            values.append(column.type.decode(wire))
    for name in sorted(item.keys() - table.by_name.keys()):
        names.append(name)
        values.append(decode(item[name]))
    return Row(values, tuple(names))


def row_maker(statement: Select[Any]) -> Callable[[Item], Row]:
    """What makes a select's rows out of items."""
    if not statement.columns:
        table = statement.table
        return lambda item: row_of(table, item)
    columns = statement.columns
    names = tuple(column.key or column.name for column in columns)
    places = [Path(steps) for steps in _compacted([column.node for column in columns])]

    def make(item: Item) -> Row:
        values: list[Any] = []
        for column, place in zip(columns, places, strict=True):
            wire = resolve(place, item)
            if wire is not None:
                values.append(column.type.decode(wire))
            else:
                values.append(set() if isinstance(column.type, Set) else None)
        return Row(values, names)

    return make


def _compacted(paths: Sequence[Path]) -> list[tuple[Step, ...]]:
    """Where each of some projected paths is found in the answer, whose lists hold the projected elements only.

    A projection of `lines[1]` and `lines[3]` answers with a list of two elements.
    """
    elements: dict[tuple[Step, ...], set[int]] = {}
    for path in paths:
        for depth, step in enumerate(path.steps):
            if isinstance(step, int):
                elements.setdefault(path.steps[:depth], set()).add(step)
    ranks = {before: {step: rank for rank, step in enumerate(sorted(steps))} for before, steps in elements.items()}
    return [
        tuple(
            ranks[path.steps[:depth]][step] if isinstance(step, int) else step for depth, step in enumerate(path.steps)
        )
        for path in paths
    ]


class Result(Generic[R]):
    """What a read gives, page by page and in one pass; the first page is read when the statement is executed."""

    def __init__(self, pages: Iterator[Sequence[R]], consumed: Consumed) -> None:
        self._pages = pages
        self._page: Iterator[R] = iter(next(pages, ()))
        self.consumed = consumed
        """What was consumed so far."""

    def __iter__(self) -> Iterator[R]:
        while True:
            yield from self._page
            page = next(self._pages, None)
            if page is None:
                return
            self._page = iter(page)

    def all(self) -> list[R]:
        """All that is left."""
        return list(self)

    def first(self) -> R | None:
        """The first one, or None; the rest is not read."""
        for found in self:
            self._close()
            return found
        return None

    def one_or_none(self) -> R | None:
        """The only one, or None; MultipleResultsFound where there are more."""
        found: list[R] = []
        for each in self:
            if found:
                self._close()
                raise MultipleResultsFound("one result was asked for, and there are more; .first() takes the first")
            found.append(each)
        return found[0] if found else None

    def one(self) -> R:
        """The only one; NoResultFound or MultipleResultsFound otherwise."""
        found = self.one_or_none()
        if found is None:
            raise NoResultFound("one result was asked for, and there is none; .one_or_none() gives None")
        return found

    def _close(self) -> None:
        self._pages = iter(())
        self._page = iter(())


class RowResult(Result[R]):
    """Rows."""

    @overload
    def scalars(self: "RowResult[tuple[T]]") -> Result[T]: ...
    @overload
    def scalars(self) -> Result[Any]: ...
    def scalars(self) -> Result[Any]:
        """The first value of each row."""
        pages: Iterator[list[Any]] = ([row[0] for row in page] for page in self._rest())  # type: ignore[index]
        return Result(pages, self.consumed)

    def _rest(self) -> Iterator[Sequence[R]]:
        yield list(self._page)
        yield from self._pages


class WriteResult:
    """What a write answered."""

    def __init__(self, returned: Row | None, consumed: Consumed, *, existed: bool | None = None) -> None:
        self.returned = returned
        """The attributes asked for with returning(), as a row; None where there are none."""
        self.existed = existed
        """Of a delete: whether there was an item."""
        self.consumed = consumed

    def __repr__(self) -> str:
        return f"<written: {self.consumed!r}>"
