"""What comes back: rows, results that read page by page, and what they consumed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, Self, TypeVar, overload

from dynexpr.capacity import Consumed
from dynexpr.columns import Column, may_be_absent
from dynexpr.errors import (
    MultipleResultsFound,
    NoResultFound,
    NoWayBack,
    UnloadedAttribute,
    UnsupportedName,
    nearest,
)
from dynexpr.expression.evaluate import resolve
from dynexpr.expression.nodes import Path, Step, is_secret
from dynexpr.hiding import HIDDEN
from dynexpr.plan.made import Plan
from dynexpr.statements.select import Select, projected_paths
from dynexpr.storing import encoded_present
from dynexpr.tables import Table
from dynexpr.types import Set
from dynexpr.unset import UNSET
from dynexpr.wire import Item, decode

R = TypeVar("R")
T = TypeVar("T")


_NOTHING_UNREAD: Final[Mapping[str, str]] = {}


class Row(tuple[Any, ...]):  # noqa: SLOT001 - a tuple can have no slot for the names
    """The values of one item: by position, by attribute, `row.amount`, and by name, `row["amount"]`.

    >>> row = Row((1, "x"), ("id", "note"))
    >>> row.note, row["note"], row[1]
    ('x', 'x', 'x')
    """

    _names: tuple[str, ...]
    _unread: Mapping[str, str] = _NOTHING_UNREAD
    """Attributes that are not there because they were not read -> why."""
    _secret: frozenset[str] = frozenset()
    """Names of sensitive attributes, which are not shown."""

    def __new__(cls, values: Sequence[Any], names: tuple[str, ...]) -> Self:
        """The values in their order, and the names they go by."""
        row = super().__new__(cls, values)
        row._names = names
        return row

    def _asdict(self) -> dict[str, Any]:
        """Python name -> value, whatever the columns are called; the name that named tuples have for it."""
        return dict(zip(self._names, self, strict=True))

    @property
    def mapping(self) -> Any:
        """Python name -> value; of a row with an attribute of that name its value, and `row._asdict()` the dict."""
        return self["mapping"] if "mapping" in self._names else self._asdict()

    @property
    def keys(self) -> Any:
        """The names, so that `dict(row)` is a dict of the row; of a row with an attribute of that name its value."""
        return self["keys"] if "keys" in self._names else self._asdict().keys

    @property
    def count(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The attribute of that name where there is one, else the method of a tuple."""
        return self["count"] if "count" in self._names else super().count

    @property
    def index(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The attribute of that name where there is one, else the method of a tuple."""
        return self["index"] if "index" in self._names else super().index

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._names:
            return tuple.__getitem__(self, self._names.index(name))
        if name in self._unread:
            raise UnloadedAttribute(f"{name!r} was not read: {self._unread[name]}")
        raise AttributeError(f"the row has no attribute {name!r}; it has {', '.join(self._names)}")

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, str):
            if place in self._unread:
                raise KeyError(f"{place!r} was not read: {self._unread[place]}")
            if place not in self._names:
                raise KeyError(f"{place!r}; the row has {', '.join(self._names)}")
            place = self._names.index(place)
        return tuple.__getitem__(self, place)

    def __repr__(self) -> str:
        pairs = zip(self._names, self, strict=True)
        return f"Row({', '.join(f'{name}={HIDDEN if name in self._secret else repr(each)}' for name, each in pairs)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _row, (tuple(self), self._names, self._secret)


def row_of(table: Table, item: Item, *, partial: bool = False, unread: Mapping[str, str] = _NOTHING_UNREAD) -> Row:
    """An item as a row: declared columns in their order, then the rest by the names they are stored under.

    Of a whole item, an optional attribute it lacks is None, or what its column has for that; *partial* is what an
    update returns, with the attributes it touched and no others.
    """
    names: list[str] = []
    values: list[Any] = []
    for name, column in table.by_name.items():
        key = column.key or name
        wire = item.get(name)
        if wire is not None:
            names.append(key)
            values.append(column.type.decode(wire))
        elif not partial and key not in unread and may_be_absent(column):
            names.append(key)
            values.append(_in_its_place(column))
    for name in sorted(item.keys() - table.by_name.keys()):
        names.append(name)
        values.append(decode(item[name]))
    row = Row(values, tuple(names))
    if table.secret:
        row._secret = frozenset(table.by_name[name].key or name for name in table.secret)  # noqa: SLF001 - made here
    return row


def _row(values: Sequence[Any], names: tuple[str, ...], secret: frozenset[str]) -> Row:
    row = Row(values, names)
    row._secret = secret  # noqa: SLF001 - made here
    return row


def row_maker(statement: Select[Any], made: Plan | None = None) -> Callable[[Item], Row]:
    """What makes a select's rows out of items; *made* is the plan they are read by."""
    if not statement.columns:
        table = statement.table
        unread = _unread(made)

        def make_whole(item: Item) -> Row:
            row = row_of(table, item, unread=unread)
            if unread:
                row._unread = unread  # noqa: SLF001 - the one place that makes rows of an index
            return row

        return make_whole
    columns = statement.columns
    names = tuple(column.key or column.name for column in columns)
    places = answered_places([column.node for column in columns])
    secret = frozenset(name for name, column in zip(names, columns, strict=True) if is_secret(column.node))

    def make(item: Item) -> Row:
        values: list[Any] = []
        for column, place in zip(columns, places, strict=True):
            wire = resolve(place, item)
            values.append(_in_its_place(column) if wire is None else column.type.decode(wire))
        return _row(values, names, secret) if secret else Row(values, names)

    return make


def _unread(made: Plan | None) -> Mapping[str, str]:
    """The attributes that rows of a plan lack because its index does not hold them."""
    index = None if made is None or made.hydrate is not None else made.index
    if index is None or index.kind == "local" or index.projection == "ALL":
        return _NOTHING_UNREAD
    why = f"index {index.name} does not hold it; .hydrate() reads it from the table"
    return {key: why for key, column in index.table.columns.items() if not index.projects(column.name)}


def _in_its_place(column: Column[Any]) -> Any:
    """What a column reads as where the item lacks it: its `missing=`, the empty set, or None; a new value each time."""
    missing = column.options.missing
    if isinstance(column.type, Set) and not missing:
        return set()
    if missing is UNSET or missing is None:
        return None
    return column.type.decode(encoded_present(column, missing))


def answered_places(paths: Sequence[Path]) -> list[Path]:
    """Where each of some selected paths is found in the answer, whose lists hold the projected elements only.

    A projection of `lines[1]` and `lines[3]` answers with a list of two elements; what was projected for a path may end
    before the path does.

    >>> from dynexpr import attr
    >>> print(*answered_places([attr("lines[1]").node, attr("lines[3]").node, attr("notes").node]))
    lines[0] lines[1] notes
    """
    projected = projected_paths(paths)
    elements: dict[tuple[Step, ...], set[int]] = {}
    for path in projected:
        for depth, step in enumerate(path.steps):
            if isinstance(step, int):
                elements.setdefault(path.steps[:depth], set()).add(step)
    ranks = {before: {step: rank for rank, step in enumerate(sorted(steps))} for before, steps in elements.items()}
    places: list[Path] = []
    for path, sent in zip(paths, projected, strict=True):
        steps = [
            ranks[sent.steps[:depth]][step] if isinstance(step, int) else step for depth, step in enumerate(sent.steps)
        ]
        places.append(Path((*steps, *path.steps[len(steps) :])))
    return places


_RESULTS: Final = {
    "scalars": "it gives objects, or values, already: iterate it, or .all()",
    "scalar": "session.scalar(statement) gives the first one; a result has .first()",
    "scalar_one": "write .one(), of rows .scalars().one()",
    "scalar_one_or_none": "write .one_or_none(), of rows .scalars().one_or_none()",
    "mappings": "dict(row) is a dict of a row",
    "tuples": "rows are tuples already",
    "unique": "there are no joins, so nothing comes twice",
    "fetchall": "write .all()",
    "fetchone": "write next(iter(result), None)",
    "fetchmany": "session.page(statement, size, cursor) reads so many",
    "partitions": "iterate it: each page is read when it is needed",
    "yield_per": "each page is read when it is needed; .limit(n) of the statement bounds what is read",
    "keys": "of a row, row.keys()",
    "rowcount": "len(result.all()), or session.count(statement), which costs as much as reading",
}
"""What results have in SQLAlchemy -> what to write instead."""


class Result(Generic[R]):
    """What a read gives, page by page and in one pass; the first page is read when the statement is executed."""

    if not TYPE_CHECKING:
        # Hidden from checkers, which know by themselves that there is no such name.

        def __getattr__(self, name: str) -> NoReturn:
            if name in _RESULTS:
                raise UnsupportedName(f"{name} of a result: {_RESULTS[name]}")
            raise AttributeError(f"a result has no {name!r}{nearest(name, dir(type(self)))}")

    def __init__(
        self, pages: Iterator[Sequence[R]], consumed: Consumed, *, stopped: Callable[[], bool] | None = None
    ) -> None:
        self._stopped = stopped
        self._pages = pages
        self._page: Iterator[R] = iter(next(pages, ()))
        self._error: Exception | None = None
        self.consumed = consumed
        """What was consumed so far."""

    def __iter__(self) -> Iterator[R]:
        while True:
            yield from self._page
            page = self._next_page()
            if page is None:
                return
            self._page = iter(page)

    def _next_page(self) -> Sequence[R] | None:
        if self._error is not None:
            raise self._error  # what is left can't be read: it must not look like the end
        try:
            return next(self._pages, None)
        except Exception as error:
            self._error = error
            raise

    @property
    def stopped(self) -> bool:
        """Whether a budget() ended it, so that there may be more than it gave."""
        return self._stopped is not None and self._stopped()

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
        found = self._at_most_one()
        return found[0] if found else None

    def one(self) -> R:
        """The only one; NoResultFound or MultipleResultsFound otherwise."""
        found = self._at_most_one()
        if not found:
            raise NoResultFound("one result was asked for, and there is none; .one_or_none() gives None")
        return found[0]

    def _at_most_one(self) -> list[R]:
        found: list[R] = []
        for each in self:
            if found:
                self._close()
                raise MultipleResultsFound("one result was asked for, and there are more; .first() takes the first")
            found.append(each)
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
        pages: Iterator[list[Any]] = ([None if row is None else row[0] for row in page] for page in self._rest())  # type: ignore[index]
        return Result(pages, self.consumed, stopped=self._stopped)

    def _rest(self) -> Iterator[Sequence[R]]:
        page: Sequence[R] | None = list(self._page)
        while page is not None:
            yield page
            page = self._next_page()


class Page(Generic[R]):
    """Some results of a walk, with the tokens that lead on from it."""

    __slots__ = ("_one_way", "_previous", "consumed", "items", "next_cursor")

    def __init__(
        self, items: list[R], next_: str | None, previous: str | None, consumed: Consumed, *, one_way: bool = False
    ) -> None:
        self.items = items
        self.next_cursor = next_
        """The token of the page after this one; None at the end. Under a filter the last page may be empty."""
        self._previous = previous
        self._one_way = one_way
        self.consumed = consumed

    @property
    def previous_cursor(self) -> str | None:
        """The token of the page before this one; None on the first. Raises NoWayBack for a scan."""
        if self._one_way:
            raise NoWayBack("a scan has no way back: DynamoDB reads it one way only; keep the cursors you came by")
        return self._previous

    def __iter__(self) -> Iterator[R]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<page of {len(self.items)}, {'more' if self.next_cursor else 'nothing'} after it>"


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
