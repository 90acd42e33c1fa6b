"""What does a table look like?  Columns (handles on attributes), keys, indexes, and the metadata that gathers tables.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, NoReturn, TypeVar, overload

from dynexpr import limits
from dynexpr.errors import ArgumentError, InvalidModel, OperandError
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    Call,
    Compare,
    Condition,
    Path,
    Record,
    Step,
    Test,
    Value,
    is_secret,
    node,
    secret_path,
)
from dynexpr.expression.operand import NULL, E, Expr, Operand, T
from dynexpr.expression.operators import TYPE_NAMES, TypeName
from dynexpr.types import Any_, ColumnType, Float, Integer, List, String
from dynexpr.wire import Freezer, key_freezer

if TYPE_CHECKING:
    from dynexpr.engine import Engine

U = TypeVar("U")
B = TypeVar("B")
Projected = Literal["ALL", "KEYS_ONLY"] | Sequence[str]


class Unset:
    """The type of UNSET: "this argument was not given", where None means something."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset()


@node
class ColumnOptions(Record):
    """What a declared column does apart from having a type; see `dynexpr.orm.mapped_column` for their meanings."""

    partition_key: bool = False
    sort_key: bool = False
    nullable: bool = False
    default: Any = UNSET
    default_factory: Callable[[], Any] | None = None
    missing: Any = UNSET
    onupdate: Callable[[], Any] | None = None
    omit_if: Callable[[Any], bool] | None = None
    none_as: Literal["absent", "null"] = "absent"
    version: bool = False
    created_at: bool = False
    updated_at: bool = False
    ttl: bool = False
    sensitive: bool = False
    validators: tuple[Callable[[str, Any], Any], ...] = ()
    """Functions of the Python name and the value that was given; they give the value that is stored, or raise."""


PLAIN: Final = ColumnOptions()


class Column(Operand[T]):
    """A handle on an attribute, or on a place inside one, whose value has the Python type T.

    As `Payment.amount` it comes from a model; `attr("amount")` makes one without any model, and
    `Column("amount", Number())` declares one for a `Table`.

    >>> attr("info.tags[0]").begins_with("vip")
    attr('info.tags[0]').begins_with('vip')
    """

    __slots__ = ("key", "options", "table")

    node: Path  # pyright: ignore[reportIncompatibleVariableOverride] - set once, by __init__
    key: str | None
    """The Python name of a declared column; None for a place inside one, and without a model."""
    options: ColumnOptions
    table: "Table | None"

    def __init__(
        self, name: str, type_: ColumnType[T], options: ColumnOptions = PLAIN, *, key: str | None = None
    ) -> None:
        super().__init__(secret_path((name,)) if options.sensitive else Path((name,)), type_)
        self.key = key if key is not None else name
        self.options = options
        self.table = None

    @property
    def name(self) -> str:
        """The attribute's name in DynamoDB; of a nested path its text, e.g. `lines[0].sku`."""
        first, *inner = self.node.steps
        return str(first) if not inner else str(self.node)

    def attribute_exists(self) -> Condition:
        """`attribute_exists(path)`: the item has the attribute, be it NULL."""
        return Test(ops.ATTRIBUTE_EXISTS, (self.node,))

    def attribute_not_exists(self) -> Condition:
        """`attribute_not_exists(path)`: the item lacks the attribute."""
        return Test(ops.ATTRIBUTE_NOT_EXISTS, (self.node,))

    def attribute_type(self, kind: TypeName) -> Condition:
        """`attribute_type(path, :v)`: the attribute has the type, one of S SS N NS B BS BOOL NULL L M."""
        if kind not in TYPE_NAMES:
            raise OperandError(f"{self}.attribute_type({kind!r}): DynamoDB's types are {' '.join(TYPE_NAMES)}")
        return Test(ops.ATTRIBUTE_TYPE, (self.node, Value(("S", kind))))

    def is_null(self) -> Condition:
        """`path = :null`: the attribute is there and NULL (absent is `attribute_not_exists()`, either is `== None`)."""
        return Compare(ops.EQ, self.node, NULL)

    @overload
    def begins_with(self: Expr[str | None], prefix: "str | Expr[str | None]") -> Condition: ...
    @overload
    def begins_with(self: Expr[bytes | None], prefix: "bytes | Expr[bytes | None]") -> Condition: ...
    @overload
    def begins_with(self: "Expr[DateText | None]", prefix: str) -> Condition: ...
    def begins_with(self, prefix: Any) -> Condition:
        """`begins_with(path, :v)`: the text, or the bytes, start with *prefix*."""
        self._check_kind(ops.BEGINS_WITH)
        # The text of a datetime, date, UUID or Enum has prefixes that are no such value themselves.
        type_ = _TEXT if isinstance(prefix, str) and self.type.kind == "S" else None
        return Test(ops.BEGINS_WITH, (self.node, self._operand(ops.BEGINS_WITH, prefix, type_)))

    @overload
    def contains(self: Expr[str | None], item: "str | Expr[str | None]") -> Condition: ...
    @overload
    def contains(self: Expr[set[E] | None], item: "E | Expr[E]") -> Condition: ...
    @overload
    def contains(self: Expr[list[E] | None], item: "E | Expr[E]") -> Condition: ...
    @overload
    def contains(self: Expr[bytes | None], item: "bytes | Expr[bytes | None]") -> Condition: ...
    def contains(self, item: Any) -> Condition:
        """`contains(path, :v)`: the text holds the part, or the set or list holds the element."""
        self._check_kind(ops.CONTAINS)
        return Test(ops.CONTAINS, (self.node, self._operand(ops.CONTAINS, item, self.type.element)))

    def size(self) -> Operand[int]:
        """`size(path)`: characters of a text, bytes of a binary, elements of a set, list or map; to be compared."""
        self._check_kind(ops.SIZE)
        return _Size(Call(ops.SIZE, (self.node,)), _SIZE)

    def if_not_exists(self, value: "T | Expr[T]") -> Expr[T]:
        """`if_not_exists(path, :v)`, a value of SET: the attribute, or *value* where the item lacks it."""
        return Expr(Call(ops.IF_NOT_EXISTS, (self.node, self._operand(ops.IF_NOT_EXISTS, value))), self.type)

    def append(self: Expr[list[E] | None], *items: E, create_missing: bool = False) -> Expr[list[E]]:
        """`list_append(path, :v)`, a value of SET: the list with *items* at its end.

        The attribute must exist, or `create_missing=True`: `list_append(if_not_exists(path, :empty), :v)`.
        """
        return self._joined(items, create_missing, at_end=True)  # type: ignore[attr-defined, no-any-return]

    def prepend(self: Expr[list[E] | None], *items: E, create_missing: bool = False) -> Expr[list[E]]:
        """`list_append(:v, path)`, a value of SET: the list with *items* before it."""
        return self._joined(items, create_missing, at_end=False)  # type: ignore[attr-defined, no-any-return]

    def _joined(self, items: tuple[Any, ...], create_missing: bool, *, at_end: bool) -> Expr[Any]:
        self._check_kind(ops.LIST_APPEND)
        if not items:
            raise OperandError(f"{self}: append and prepend take at least one element")
        type_ = self.type if isinstance(self.type, List) else List(self.type.element)
        new = self._operand(ops.LIST_APPEND, list(items), type_)
        old = Call(ops.IF_NOT_EXISTS, (self.node, Value(("L", ())))) if create_missing else self.node
        return Expr(Call(ops.LIST_APPEND, (old, new) if at_end else (new, old)), type_)

    @overload
    def __getitem__(self: Expr[list[E] | None], step: int) -> "Column[E]": ...
    @overload
    def __getitem__(self: Expr[dict[str, E] | None], step: str) -> "Column[E]": ...
    @overload
    def __getitem__(self, step: str) -> "Column[Any]": ...
    def __getitem__(self, step: Any) -> "Column[Any]":
        """The element of a list by index, or of a map by name: `lines[0]`, `lines[0].sku`."""
        if not isinstance(step, str):
            if isinstance(step, bool) or not isinstance(step, int):
                raise TypeError(f"{self}[{step!r}]: a step is an index or a name")
            if not 0 <= step <= limits.LIST_INDEX:
                raise OperandError(f"{self}[{step}]: a list index is counted from 0, up to {limits.LIST_INDEX}")
        elif not step:
            raise OperandError(f"{self}['']: no name is empty")
        wire_step, type_ = self.type.enter(step)
        make = secret_path if is_secret(self.node) else Path
        return _place(make((*self.node.steps, wire_step)), type_, self.table)

    def at(self, path: Callable[[T], U]) -> "Column[U]":
        """A typed path into a dataclass or TypedDict: `Order.lines[0].at(lambda line: line.sku)`.

        The lambda is given a recorder instead of a value: it may only follow attributes and elements.
        """
        reached = path(_Recorder(self))  # type: ignore[arg-type]
        if not isinstance(reached, _Recorder):
            raise ArgumentError(f"{self}.at(): the function must return a place inside its argument, not {reached!r}")
        return object.__getattribute__(reached, "column")  # type: ignore[no-any-return]

    if not TYPE_CHECKING:  # checkers know by themselves that there is no such attribute

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("__"):
                raise AttributeError(name)
            cure = _CURES.get(name, f"a place inside it is written {self}[{name!r}]")
            raise AttributeError(f"{self} has no {name!r}; {cure}")

    def asc(self) -> "Ordering":
        """Ascending order, for order_by()."""
        return Ordering(self.node, descending=False)

    def desc(self) -> "Ordering":
        """Descending order, for order_by(): `ScanIndexForward: false`."""
        return Ordering(self.node, descending=True)


if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    DateText = datetime | date | UUID


class _Size(Operand[int]):
    """`size(path)`. Not a bare Operand: of `a.size() > b` Python would ask a subclass on the right first."""

    __slots__ = ()


_TEXT: Final = String()
_SIZE: Final = Integer()


_CURES: Final = {
    "startswith": "write .begins_with(...)",
    "like": "write .begins_with(...) or .contains(...)",
    "is_": "write == None, .is_null() or .attribute_not_exists()",
    "is_not": "write != None, ~….is_null() or .attribute_exists()",
    "is_in": "write .in_([...])",
    "not_in": "write ~….in_([...])",
    "exists": "write .attribute_exists()",
    "not_exists": "write .attribute_not_exists()",
    "eq": "write ==",
    "ne": "write !=",
    "lt": "write <",
    "lte": "write <=",
    "gt": "write >",
    "gte": "write >=",
}
"""What people try who come from SQLAlchemy, PynamoDB or boto3's conditions."""


class _Recorder:
    """Stands for a value in `.at(lambda ...)` and records the path taken."""

    __slots__ = ("column",)

    def __init__(self, column: Column[Any]) -> None:
        object.__setattr__(self, "column", column)

    def __getattribute__(self, name: str) -> "_Recorder":
        if name.startswith("__") and name.endswith("__"):
            return object.__getattribute__(self, name)  # type: ignore[no-any-return]
        return _Recorder(object.__getattribute__(self, "column")[name])

    def __getitem__(self, step: str | int) -> "_Recorder":
        return _Recorder(object.__getattribute__(self, "column")[step])


@node
class Ordering(Record):
    """The order of a query's result: by its sort key, one way or the other."""

    path: Path
    descending: bool


def attr(path: str | Sequence[Step]) -> Column[Any]:
    """An attribute without any model; text is split at dots and indexes, a tuple is taken as steps.

    >>> attr("info.tags[0]").node.steps
    ('info', 'tags', 0)
    >>> attr(("a.b", 0)).node.steps
    ('a.b', 0)

    Its values are encoded by their own Python type. Raises ArgumentError for text that is not a path.
    """
    node = _path_of_text(path) if isinstance(path, str) else _path(tuple(path))
    steps = node.steps
    return _place(node, _ANY, None, steps[0] if len(steps) == 1 else None)  # type: ignore[arg-type]  # no path begins with an index


@lru_cache(maxsize=1024)
def _path_of_text(text: str) -> Path:
    return _path(split_path(text), text)


def _path(steps: tuple[Step, ...], given: object = None) -> Path:
    shown = steps if given is None else given
    if not steps or not isinstance(steps[0], str) or "" in steps:
        raise ArgumentError(f"{shown!r} is no path: it begins with an attribute's name, and no name is empty")
    for step in steps:
        if isinstance(step, bool) or not isinstance(step, int | str) or (isinstance(step, int) and step < 0):
            raise ArgumentError(f"{shown!r} is no path: a step is a name or an index from 0, not {step!r}")
    return Path(steps)


def _place(node: Path, type_: ColumnType[Any], table: "Table | None", key: str | None = None) -> "Column[Any]":
    """A column handle on any path, made without the constructor's work."""
    column: Column[Any] = Column.__new__(Column)
    column.node = node
    column.type = type_
    column.key = key
    column.options = PLAIN
    column.table = table
    return column


_ANY: Final = Any_()
_STEP = re.compile(r"\[([0-9]+)\]|(?:^|\.)([^.\[\]]+)")


def split_path(text: str) -> tuple[Step, ...]:
    """The steps of a path's text: `info.tags[0]`."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise ArgumentError(
                f"{text!r} is no path (see offset {position}); a name with dots or brackets in it is given as a tuple: "
                f"attr(({text!r},))"
            )
        steps.append(match[2] if match[1] is None else int(match[1]))
        position = match.end()
    return tuple(steps)


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


class _IndexDeclaration:
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


class GlobalIndex(_IndexDeclaration):
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


class LocalIndex(_IndexDeclaration):
    """A local secondary index: the table's partition key with another sort key; made with the table only.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html
    """

    kind = "local"

    def __init__(self, name: str, *, sort_key: str, projection: Projected = "ALL") -> None:
        super().__init__(name, (), (sort_key,), projection)


def _names(given: str | Sequence[str] | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)


class Table:
    """A table: its name, columns, key and indexes. A model has one as `__table__`.

    >>> from dynexpr.types import String
    >>> payments = Table("payments", MetaData(), Column("id", String(), ColumnOptions(partition_key=True)))
    >>> payments.c.id == "p1"
    attr('id') == 'p1'

    Raises InvalidModel for a contradiction: no partition key, two sort keys, a key that is neither text, number nor
    bytes, an index on a column that does not exist.
    """

    def __init__(
        self,
        name: str,
        metadata: "MetaData",
        *columns: Column[Any],
        indexes: Iterable[_IndexDeclaration] = (),
        title: str | None = None,
        concurrency: Literal["version", "changed", "none"] | None = None,
    ) -> None:
        check_table_name(name, "table")
        self.name = name
        self.title = title or name
        """What messages call it: the model's name where there is one."""
        self.metadata = metadata
        self.columns: dict[str, Column[Any]] = {}
        """Python name -> column."""
        self.by_name: dict[str, Column[Any]] = {}
        """DynamoDB name -> column."""
        for column in columns:
            self._add(column)
        self.c = Columns(self)
        partition_key = self._key_column("partition_key")
        if partition_key is None:
            raise InvalidModel(f"{self.title} has no partition key: give one column partition_key=True")
        self.partition_key = partition_key
        self.sort_key = self._key_column("sort_key")
        if self.sort_key is partition_key:
            raise InvalidModel(f"{self.title}.{partition_key.key} can't be the partition key and the sort key")
        self.key_columns = (self.partition_key,) if self.sort_key is None else (self.partition_key, self.sort_key)
        self.key_names = tuple(column.name for column in self.key_columns)
        most = (limits.PARTITION_KEY_BYTES, limits.SORT_KEY_BYTES)
        self.key_rules = tuple(
            (column, column.name, column.type.kind, bytes_)
            for column, bytes_ in zip(self.key_columns, most, strict=False)
        )
        """Each column of the key with its name, its type, and how many bytes it has at most."""
        self.secret = frozenset(name for name, column in self.by_name.items() if column.options.sensitive)
        """DynamoDB names whose values are never printed."""
        self.version = self._single("version")
        self.ttl = self._single("ttl")
        self.entity: Any = None
        """The model it belongs to, where there is one."""
        self.concurrency = concurrency or ("version" if self.version is not None else "changed")
        if self.concurrency == "version" and self.version is None:
            raise InvalidModel(f'{self.title}: __concurrency__ = "version" needs a column with version=True')
        self.indexes: dict[str, Index] = {}
        for declaration in indexes:
            self._add_index(declaration)
        keyed = (*self.key_columns, *(column for index in self.indexes.values() for column in index.key_columns))
        self.keyed = frozenset(column.name for column in keyed)
        """DynamoDB names that are part of any key, an index's included: they are never empty."""
        self._freezer: Freezer | None = None
        metadata.add(self)

    @property
    def frozen(self) -> Freezer:
        """What makes the frozen pairs of an item's key, by which it is told from the table's other items."""
        if self._freezer is None:
            self._freezer = key_freezer({column.name: column.type.kind for column in self.key_columns})
        return self._freezer

    def _add(self, column: Column[Any]) -> None:
        key = column.key or column.name
        if key in self.columns or column.name in self.by_name:
            raise InvalidModel(f"{self.title}: two columns are called {key!r} or stored as {column.name!r}")
        column.table = self
        self.columns[key] = column
        self.by_name[column.name] = column

    def _single(self, option: str) -> Column[Any] | None:
        found = [column for column in self.columns.values() if getattr(column.options, option)]
        if len(found) > 1:
            raise InvalidModel(f"{self.title}: {found[0].key} and {found[1].key} both have {option}=True")
        return found[0] if found else None

    def _key_column(self, option: str) -> Column[Any] | None:
        column = self._single(option)
        if column is not None:
            self._check_key(column, option)
        return column

    def _check_key(self, column: Column[Any], where: str) -> None:
        if column.type.kind not in {"S", "N", "B"} or isinstance(column.type, Float):
            raise InvalidModel(
                f"{self.title}.{column.key}: a key is text, an exact number or bytes, "
                f"not {column.type.python} ({where})"
            )
        if column.options.none_as == "null":
            raise InvalidModel(
                f"{self.title}.{column.key}: an index key can't be NULL; None has to be stored as absent ({where})"
            )

    def _add_index(self, declaration: _IndexDeclaration) -> None:
        index = declaration.bind(self)
        if index.name in self.indexes:
            raise InvalidModel(f"{self.title}: two indexes are called {index.name!r}")
        for column in index.key_columns:
            self._check_key(column, f"index {index.name!r}")
        if len({column.name for column in index.key_columns}) < len(index.key_columns):
            raise InvalidModel(f"{self.title}: index {index.name!r} names one column twice in its key")
        if index.kind == "local" and self.sort_key is None:
            raise InvalidModel(f"{self.title}: a local index needs a table with a sort key")
        self.indexes[index.name] = index
        kinds = [each.kind for each in self.indexes.values()]
        if kinds.count("local") > limits.LOCAL_INDEXES or kinds.count("global") > limits.GLOBAL_INDEXES:
            raise InvalidModel(
                f"{self.title}: a table has at most {limits.GLOBAL_INDEXES} global "
                f"and {limits.LOCAL_INDEXES} local indexes"
            )

    def column(self, key: str, where: str = "") -> Column[Any]:
        """The column of a Python name; InvalidModel names the columns there are."""
        found = self.columns.get(key)
        if found is None:
            raise InvalidModel(
                f"{where or self.title}: there is no column {key!r}; there are {', '.join(self.columns)}"
            )
        return found

    def __repr__(self) -> str:
        return f"<table {self.name}>"


class Columns(Mapping[str, Column[Any]]):
    """The columns of a table by attribute or item: `table.c.id`, `table.c["id"]`."""

    __slots__ = ("_table",)

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getattr__(self, name: str) -> Column[Any]:
        try:
            return self._table.columns[name]
        except KeyError:
            raise AttributeError(f"{self._table.title} has no column {name!r}") from None

    def __getitem__(self, name: str) -> Column[Any]:
        return self._table.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.columns)

    def __len__(self) -> int:
        return len(self._table.columns)


class MetaData:
    """The tables that belong together; `Base.metadata`."""

    def __init__(self) -> None:
        self._declared: list[Table] = []
        self.before_reading: list[Callable[[], None]] = []
        """Called before the tables are listed: a Base reads the models whose annotations could not be read at once."""

    def add(self, table: Table) -> None:
        """Enter a table; called by Table."""
        self._declared.append(table)

    @property
    def declared(self) -> tuple[Table, ...]:
        """All declarations in their order; several may be about one table, each with attributes of its own."""
        for read in tuple(self.before_reading):
            read()
        return tuple(self._declared)

    @property
    def tables(self) -> dict[str, Table]:
        """Name -> the first declaration of that table."""
        return {table.name: table for table in reversed(self.declared)}

    def create_all(self, engine: "Engine", tables: Iterable[Table] | None = None) -> None:
        """`CreateTable` for each table that does not exist, then waits until it is active.

        Models that share a table are created as one, with the indexes of all of them.
        """
        from dynexpr.schema.create import create_tables

        create_tables(engine, self.declared if tables is None else tuple(tables))

    def drop_all(self, engine: "Engine", tables: Iterable[Table] | None = None) -> None:
        """`DeleteTable` for each table that exists, then waits until it is gone."""
        from dynexpr.schema.create import drop_tables

        drop_tables(engine, self.declared if tables is None else tuple(tables))


_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def check_table_name(name: str, what: str) -> None:
    """Refuse a table or index name DynamoDB does not take."""
    if not limits.TABLE_NAME_MIN <= len(name) <= limits.TABLE_NAME_MAX or not _NAME.fullmatch(name):
        raise InvalidModel(
            f"{what} name {name!r}: DynamoDB takes {limits.TABLE_NAME_MIN} to {limits.TABLE_NAME_MAX} characters "
            "out of A-Z a-z 0-9 _ - ."
        )


def may_be_absent(column: Column[Any]) -> bool:
    """Whether an item may lack the attribute of a declared column, which then reads as None, empty, or `missing=`."""
    options = column.options
    return options.nullable or options.missing is not UNSET or column.type.kind in ops.SETS


def table_of(entity: object) -> Table:
    """The table of a model or of a table itself."""
    table = entity if isinstance(entity, Table) else getattr(entity, "__table__", None)
    if isinstance(table, Table):
        return table
    raise ArgumentError(f"{entity!r} is neither a model nor a Table")


__all__ = [
    "UNSET",
    "BoundIndex",
    "Column",
    "ColumnOptions",
    "Columns",
    "GlobalIndex",
    "Index",
    "LocalIndex",
    "MetaData",
    "Ordering",
    "Table",
    "Unset",
    "attr",
    "may_be_absent",
    "split_path",
    "table_of",
]
