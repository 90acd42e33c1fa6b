"""What does a table look like?  Its columns, key and indexes, and the metadata that gathers tables.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from dynexpr import limits
from dynexpr.columns import Column
from dynexpr.errors import ArgumentError, InvalidModel
from dynexpr.expression.nodes import own
from dynexpr.indexes import Index, IndexDeclaration
from dynexpr.table_names import check_table_name
from dynexpr.types import Float
from dynexpr.wire import Freezer, key_freezer

if TYPE_CHECKING:
    from dynexpr.engine import Engine


class Table:
    """A table: its name, columns, key and indexes. A model has one as `__table__`.

    >>> from dynexpr import ColumnOptions
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
        indexes: Iterable[IndexDeclaration] = (),
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
        own(column.node, self)
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

    def _add_index(self, declaration: IndexDeclaration) -> None:
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
        if name == "_table":  # of a copy that is being made
            raise AttributeError(name)
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


def table_of(entity: object) -> Table:
    """The table of a model or of a table itself."""
    table = entity if isinstance(entity, Table) else getattr(entity, "__table__", None)
    if isinstance(table, Table):
        return table
    declare = ""
    if isinstance(entity, str):
        declare = (
            f"; without a model it is declared by its key: Table({entity!r}, MetaData(), "
            'Column("id", String(), ColumnOptions(partition_key=True)))'
        )
    raise ArgumentError(f"{entity!r} is neither a model nor a Table{declare}")
