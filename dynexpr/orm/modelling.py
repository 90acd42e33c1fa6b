"""How does a class become a model?  Its columns and indexes are gathered, and it gets a table and a mapping.

A class is read when it is made. Where an annotation names something that does not exist yet (a class further down, an
import under TYPE_CHECKING), it is read when it is first used instead.
"""

import sys
from _thread import RLock
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal

from dynexpr.errors import InvalidModel, ValueNotStorable
from dynexpr.indexes import GlobalIndex, LocalIndex
from dynexpr.orm.annotations import Reader
from dynexpr.orm.column_options import check_attribute
from dynexpr.orm.declared import Declared, column_of, own_columns
from dynexpr.orm.mapping import Attribute, ModelMapping
from dynexpr.orm.names import Names, Unresolved
from dynexpr.orm.naming import Naming, plural, snake_case
from dynexpr.orm.validation import validators_of
from dynexpr.table_names import check_table_name
from dynexpr.tables import MetaData, Table

if TYPE_CHECKING:
    from dynexpr.columns import Column


class Registry(dict[str, type[Any]]):
    """The models of one Base by class name, and those whose annotations could not be read yet."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: list[Model] = []

    def configure(self) -> None:
        """Read what is pending."""
        for model in tuple(self.pending):
            model.configure()


_LOCK = RLock()


class Model:
    """A model between its class statement and the moment its annotations can be read."""

    def __init__(self, cls: type[Any], registry: Registry, frame_names: Mapping[str, Any], root: type) -> None:
        self.cls = cls
        self.root = root
        self.registry = registry
        self.frame_names = frame_names
        self.columns: dict[str, Declared] = {}
        self.indexes: dict[str, GlobalIndex | LocalIndex] = {}
        for base in reversed(cls.__mro__):
            if base in {object, root, Generic}:
                continue
            self._collect(base)
        for name in self.columns:
            self._check_name(name)
        for name in vars(cls):
            if name.startswith("__table") and name.endswith("__") and name not in {"__tablename__", "__table__"}:
                raise InvalidModel(f"{cls.__name__}: {name} means nothing; the table's name is __tablename__")

    def _collect(self, base: type) -> None:
        own = own_columns(base, self._names(base, typing_only=False))
        for name, value in vars(base).items():
            if name in self.columns and name not in own and not isinstance(value, Attribute):
                raise InvalidModel(
                    f"{base.__name__}.{name} hides the column {self.columns[name].owner.__name__}.{name}"
                )
            if name in self.indexes:
                del self.indexes[name]
            if isinstance(value, GlobalIndex | LocalIndex):
                self.indexes[name] = value
        self.columns |= own

    def _check_name(self, name: str) -> None:
        if hasattr(self.root, name) or name == "metadata" or name.startswith("__"):
            raise InvalidModel(
                f"{self.cls.__name__}.{name}: every model has a {name} of its own; "
                f"call the attribute otherwise and give mapped_column(name={name!r})"
            )

    def _names(self, owner: type, *, typing_only: bool) -> Names:
        nested = {name: value for name, value in vars(owner).items() if isinstance(value, type)}
        module = owner.__module__
        in_module = getattr(sys.modules.get(module), "__dict__", {})
        return Names(nested, self.frame_names, in_module, self.registry, module=module, typing_only=typing_only)

    def install(self) -> None:
        """Give the class a descriptor for each column, and make its first use read the annotations."""
        cls = self.cls
        cls.__own_columns__ = {name: declared for name, declared in self.columns.items() if declared.owner is cls}
        for name in self.columns:
            setattr(cls, name, Attribute(name, f"{cls.__name__}.{name}", self.configure))
        cls.__mapping__ = Lazy(self, "__mapping__")
        cls.__table__ = Lazy(self, "__table__")
        self.registry[cls.__name__] = cls
        self.registry.pending.append(self)
        try:
            self._configure(typing_only=False)
        except Unresolved:
            pass  # read at first use
        except BaseException:
            self.registry.pending.remove(self)
            del self.registry[cls.__name__]
            raise

    def configure(self) -> ModelMapping:
        """Read the annotations now, at the first use of the class."""
        with _LOCK:
            mapping = vars(self.cls)["__mapping__"]
            if isinstance(mapping, ModelMapping):
                return mapping
            try:
                return self._configure(typing_only=True)
            except Unresolved as unresolved:
                raise InvalidModel(
                    f"{self.cls.__name__}: an annotation names {unresolved.name!r}, which can't be found in module "
                    f"{self.cls.__module__}; import it there, or give the column a type_="
                ) from None

    def _configure(self, *, typing_only: bool) -> ModelMapping:
        cls = self.cls
        naming: Naming = cls.attribute_naming
        readers: dict[type, Reader] = {}
        columns: list[Column[Any]] = []
        checks = validators_of(cls, self.columns)
        for key, declared in self.columns.items():
            owner = declared.owner
            if owner not in readers:
                readers[owner] = Reader(self._names(owner, typing_only=typing_only), naming)
            columns.append(column_of(cls, key, declared, readers[owner], checks.get(key, ())))
        table = Table(
            _table_name(cls),
            MetaData(),  # of its own until all is checked: a class that failed leaves nothing behind
            *columns,
            indexes=self.indexes.values(),
            title=cls.__name__,
            concurrency=_concurrency(cls),
        )
        attributes = {key: vars(cls)[key] for key in self.columns}
        for column in columns:
            attribute: Attribute = attributes[column.key or column.name]
            try:
                attribute.bind(column, is_key=column.name in table.key_names)
            except ValueNotStorable as error:
                raise InvalidModel(f"missing= of {error}") from None
            check_attribute(attribute)
        mapping = ModelMapping(cls, table, attributes)
        table.metadata = cls.metadata
        table.metadata.add(table)
        table.entity = cls
        cls.__table__ = table
        cls.__mapping__ = mapping
        self.registry.pending.remove(self)
        self.frame_names = {}
        return mapping


class Lazy:
    """Stands for `__mapping__` and `__table__` until the class is first used."""

    __slots__ = ("model", "name")

    def __init__(self, model: Model, name: str) -> None:
        self.model = model
        self.name = name

    def __get__(self, _instance: object, _owner: type) -> Any:
        mapping = self.model.configure()
        return mapping if self.name == "__mapping__" else mapping.table


def _table_name(cls: type[Any]) -> str:
    name = getattr(cls, "__tablename__", None)
    if name is None:
        name = plural(snake_case(cls.__name__))
        try:
            check_table_name(name, "table")
        except InvalidModel as error:
            raise InvalidModel(f"{cls.__name__}: {error}; give a __tablename__") from None
        # Kept on the class, so that a subclass shares the table as it would with a name that was given.
        cls.__tablename__ = name
    if not isinstance(name, str):
        raise InvalidModel(f"{cls.__name__}: __tablename__ is text, not {name!r}")
    return name


def _concurrency(cls: type[Any]) -> Literal["version", "changed", "none"] | None:
    mode = cls.__concurrency__
    if mode not in {None, "version", "changed", "none"}:
        raise InvalidModel(f'{cls.__name__}: __concurrency__ is "version", "changed" or "none", not {mode!r}')
    return mode  # type: ignore[no-any-return]  # one of those just looked for
