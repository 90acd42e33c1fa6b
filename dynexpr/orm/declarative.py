"""How is a model declared?  A class with `Mapped[...]` annotations becomes a table, and its instances items.

A class is read when it is made. Where an annotation names something that does not exist yet (a class further down, an
import under TYPE_CHECKING), it is read when it is first used instead.
"""

import re
import sys
from _thread import RLock
from collections.abc import Callable, Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Final,
    ForwardRef,
    Generic,
    Literal,
    NoReturn,
    Self,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
    overload,
)

from dynexpr.columns import Column, ColumnOptions
from dynexpr.errors import ArgumentError, InvalidModel, MissingAttribute, ValueNotStorable, nearest
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import Compare, Condition, Or, Test, Value
from dynexpr.expression.operand import NULL, Expr
from dynexpr.hiding import HIDDEN
from dynexpr.indexes import GlobalIndex, LocalIndex
from dynexpr.orm.annotations import Reader
from dynexpr.orm.assigning import assign
from dynexpr.orm.mapping import Attribute, ModelMapping
from dynexpr.orm.names import Names, Unresolved, own_annotations
from dynexpr.orm.naming import Naming, attribute_name, plural, snake_case
from dynexpr.orm.state import InstanceState, attach_state, is_veiled
from dynexpr.orm.validation import Check, validators_of
from dynexpr.table_names import check_table_name
from dynexpr.tables import MetaData, Table
from dynexpr.types import ColumnType, DateTime, EpochSeconds, Float, Integer, Number, Set
from dynexpr.unset import UNSET
from dynexpr.wire import encode

if TYPE_CHECKING:
    from datetime import datetime

T = TypeVar("T")


class Mapped(Generic[T]):
    """The annotation of a mapped attribute, `amount: Mapped[Decimal]`: on the class a column, on an object a value."""

    __slots__ = ()

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> Column[T]: ...
        @overload
        def __get__(self, instance: object, owner: type) -> T: ...
        def __get__(self, instance: object | None, owner: type) -> Any: ...

        def __set__(self, instance: object, value: T | Expr[T]) -> None: ...


class Declaration(Mapped[Any]):
    """What `mapped_column(...)` was given; checked when the class is made, which knows its name."""

    __slots__ = ("arguments", "options")

    def __init__(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.arguments = arguments
        self.options = options


@overload
def mapped_column(
    *,
    version: Literal[True],
    init: Literal[False] = False,
    name: str | None = None,
    type_: ColumnType[Any] | None = None,
) -> Any: ...
@overload
def mapped_column(
    *,
    created_at: Literal[True],
    init: Literal[False] = False,
    name: str | None = None,
    type_: ColumnType[Any] | None = None,
    missing: Any = ...,
    none_as: Literal["absent", "null"] = "absent",
) -> Any: ...
@overload
def mapped_column(
    *,
    updated_at: Literal[True],
    init: Literal[False] = False,
    name: str | None = None,
    type_: ColumnType[Any] | None = None,
    missing: Any = ...,
    none_as: Literal["absent", "null"] = "absent",
) -> Any: ...
@overload
def mapped_column(
    *,
    partition_key: bool = False,
    sort_key: bool = False,
    name: str | None = None,
    type_: ColumnType[Any] | None = None,
    missing: Any = ...,
    onupdate: Callable[[], Any] | None = None,
    omit_if: Callable[[Any], bool] | None = None,
    none_as: Literal["absent", "null"] = "absent",
    ttl: bool = False,
    sensitive: bool = False,
) -> Any: ...
@overload
def mapped_column(
    *,
    default: T,
    partition_key: bool = False,
    sort_key: bool = False,
    name: str | None = None,
    type_: ColumnType[Any] | None = None,
    missing: Any = ...,
    onupdate: Callable[[], Any] | None = None,
    omit_if: Callable[[Any], bool] | None = None,
    none_as: Literal["absent", "null"] = "absent",
    ttl: bool = False,
    sensitive: bool = False,
) -> Mapped[T]: ...
@overload
def mapped_column(
    *,
    default_factory: Callable[[], T],
    partition_key: bool = False,
    sort_key: bool = False,
    name: str | None = None,
    type_: ColumnType[Any] | None = None,
    missing: Any = ...,
    onupdate: Callable[[], Any] | None = None,
    omit_if: Callable[[Any], bool] | None = None,
    none_as: Literal["absent", "null"] = "absent",
    ttl: bool = False,
    sensitive: bool = False,
) -> Mapped[T]: ...
def mapped_column(*arguments: Any, **options: Any) -> Any:
    """Declare what an attribute does, apart from having the type of its annotation.

    - `partition_key`, `sort_key`: part of the table's key.
    - `name`: its name in DynamoDB, where that differs from the Python name.
    - `type_`: a `dynexpr.types.ColumnType`, where the annotation does not say how it is stored.
    - `default`, `default_factory`: the value of a new object that was given none.
    - `missing`: the value where a stored item lacks the attribute. Left out, it is None for an optional attribute and
      the empty set for a set; otherwise reading it raises MissingAttribute.
    - `onupdate`: a function whose value each update stores, unless another was assigned.
    - `omit_if`: a function of the value; where it holds, the attribute is left out of the item.
    - `none_as`: None is stored as `"absent"` (the default) or as `"null"`.
    - `version`: an int that each write increments and checks, so that no write is lost.
    - `created_at`, `updated_at`: a datetime the commit sets.
    - `ttl`: when DynamoDB deletes the item; a datetime stored as epoch seconds, or an int of them.
    - `sensitive`: never printed.

    `version`, `created_at` and `updated_at` are not in the constructor.

    >>> class Base(DeclarativeBase): ...
    >>> class Account(Base):
    ...     id: Mapped[str] = mapped_column(partition_key=True)
    ...     balance: Mapped[int] = mapped_column(default=0, name="bal")
    >>> Account(id="a1")
    Account(id='a1', balance=0)
    >>> Account.balance >= 100
    attr('bal') >= 100

    An option it does not know, or two that contradict each other, raise InvalidModel when the class is made.
    """
    return Declaration(arguments, options)


_FLAGS: Final = ("partition_key", "sort_key", "version", "created_at", "updated_at", "ttl", "sensitive")
_OTHERS: Final = ("name", "type_", "default", "default_factory", "missing", "onupdate", "omit_if", "none_as")
_CURES: Final = {
    "primary_key": "DynamoDB has partition_key=True and sort_key=True",
    "hash_key": "write partition_key=True",
    "range_key": "write sort_key=True",
    "nullable": "annotate it Mapped[... | None]",
    "index": "declare a GlobalIndex in the class",
    "unique": "DynamoDB keeps only keys unique",
    "insert_default": "write default= or default_factory=",
    "server_default": "write default= or default_factory=",
    "init": "version, created_at and updated_at are left out of the constructor by themselves",
}
_CONTRADICTIONS: Final = (
    ("partition_key", "sort_key", "an attribute is one of them"),
    ("default", "default_factory", "give one of them"),
    *((key, other, "a key attribute never changes and is known when the object is made")
      for key in ("partition_key", "sort_key")
      for other in ("version", "created_at", "updated_at", "onupdate")),
    *((key, other, "a key attribute is always there")
      for key in ("partition_key", "sort_key")
      for other in ("missing", "omit_if", "none_as")),
    *((special, other, "the commit gives it its value")
      for special in ("version", "created_at", "updated_at")
      for other in ("default", "default_factory", "onupdate", "omit_if", "ttl")),
    ("version", "created_at", "an attribute is one of them"),
    ("version", "updated_at", "an attribute is one of them"),
    ("created_at", "updated_at", "an attribute is one of them"),
    ("version", "missing", "a version is always there"),
)  # fmt: skip


def _options(where: str, declaration: Declaration) -> dict[str, Any]:
    """The options as they were given, after a check of what can be checked without the type."""
    options = declaration.options
    if declaration.arguments:
        raise InvalidModel(
            f"{where}: mapped_column takes options by name; the type stands in the annotation, or is given as type_="
        )
    for option, value in options.items():
        if option not in _FLAGS and option not in _OTHERS:
            cure = _CURES.get(option, f"its options are {', '.join((*_FLAGS, *_OTHERS))}")
            raise InvalidModel(f"{where}: mapped_column has no option {option}=; {cure}")
        if option in _FLAGS and not isinstance(value, bool):
            raise InvalidModel(f"{where}: {option}= is True or False, not {value!r}")
        if option in {"default_factory", "onupdate", "omit_if"} and value is not None and not callable(value):
            raise InvalidModel(f"{where}: {option}= takes a function, not {value!r}")
    given = {
        option: value for option, value in options.items() if value is not None or option in {"default", "missing"}
    }
    given = {option: value for option, value in given.items() if value is not False or option not in _FLAGS}
    for one, other, why in _CONTRADICTIONS:
        if one in given and other in given:
            raise InvalidModel(f"{where}: {one}= and {other}= contradict each other: {why}")
    if given.get("none_as", "absent") not in {"absent", "null"}:
        raise InvalidModel(f"{where}: none_as is 'absent' or 'null', not {given['none_as']!r}")
    if "type_" in given and not isinstance(given["type_"], ColumnType):
        raise InvalidModel(f"{where}: type_= takes a ColumnType such as dynexpr.types.String(), not {given['type_']!r}")
    if "name" in given and (not isinstance(given["name"], str) or not given["name"]):
        raise InvalidModel(f"{where}: name= is the attribute's name in DynamoDB, not {given['name']!r}")
    return given


class _Declared:
    """A column as one class declares it: annotation, options, and the class whose module knows the names."""

    __slots__ = ("annotation", "declaration", "owner")

    def __init__(self, annotation: object, declaration: Declaration, owner: type) -> None:
        self.annotation = annotation
        self.declaration = declaration
        self.owner = owner


_NO_ANNOTATION: Final = object()
_MAPPED = re.compile(r"\s*((?:\w+\.)*\w+)\s*\[(.*)\]\s*", re.DOTALL)


def _mapped_argument(annotation: object, names: Names) -> tuple[bool, object]:
    """Whether an annotation is `Mapped[...]`, and what stands inside; text need not be evaluated for that."""
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        match = _MAPPED.fullmatch(annotation)
        head = annotation.strip() if match is None else match[1]
        if head.rpartition(".")[2] != "Mapped":
            try:
                if names.evaluate(head, "") is not Mapped:  # it may be imported under another name
                    return False, None
            except (Unresolved, InvalidModel):
                return False, None
        return True, _NO_ANNOTATION if match is None else match[2]
    if get_origin(annotation) is Mapped:
        return True, get_args(annotation)[0]
    return annotation is Mapped, _NO_ANNOTATION


def _own_columns(cls: type, names: Names) -> dict[str, _Declared]:
    """The columns one class of the MRO declares by itself."""
    if "__own_columns__" in vars(cls):
        return vars(cls)["__own_columns__"]  # type: ignore[no-any-return]
    own: dict[str, _Declared] = {}
    members = vars(cls)
    for name, annotation in own_annotations(cls).items():
        where = f"{cls.__name__}.{name}"
        is_mapped, inner = _mapped_argument(annotation, names)
        value = members.get(name, UNSET)
        if not is_mapped:
            if isinstance(value, Declaration):
                raise InvalidModel(f"{where}: a mapped_column is annotated Mapped[...], not {annotation}")
            continue
        if inner is _NO_ANNOTATION:
            raise InvalidModel(f"{where}: Mapped needs the type of the value, e.g. Mapped[str]")
        if value is UNSET:
            value = Declaration((), {})
        elif not isinstance(value, Declaration):
            raise InvalidModel(
                f"{where}: a mapped attribute is not given a plain value; write mapped_column(default={value!r})"
            )
        own[name] = _Declared(inner, value, cls)
    for name, value in members.items():
        if isinstance(value, Declaration) and name not in own:
            own[name] = _Declared(_NO_ANNOTATION, value, cls)
    return own


class _Registry(dict[str, type[Any]]):
    """The models of one Base by class name, and those whose annotations could not be read yet."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: list[_Model] = []

    def configure(self) -> None:
        """Read what is pending."""
        for model in tuple(self.pending):
            model.configure()


_LOCK = RLock()


class _Model:
    """A model between its class statement and the moment its annotations can be read."""

    def __init__(self, cls: type[Any], registry: _Registry, frame_names: Mapping[str, Any]) -> None:
        self.cls = cls
        self.registry = registry
        self.frame_names = frame_names
        self.columns: dict[str, _Declared] = {}
        self.indexes: dict[str, GlobalIndex | LocalIndex] = {}
        for base in reversed(cls.__mro__):
            if base in {object, DeclarativeBase, Generic}:
                continue
            self._collect(base)
        for name in self.columns:
            self._check_name(name)
        for name in vars(cls):
            if name.startswith("__table") and name.endswith("__") and name not in {"__tablename__", "__table__"}:
                raise InvalidModel(f"{cls.__name__}: {name} means nothing; the table's name is __tablename__")

    def _collect(self, base: type) -> None:
        own = _own_columns(base, self._names(base, typing_only=False))
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
        if hasattr(DeclarativeBase, name) or name == "metadata" or name.startswith("__"):
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
        cls.__mapping__ = _Lazy(self, "__mapping__")
        cls.__table__ = _Lazy(self, "__table__")
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
            columns.append(_column(cls, key, declared, readers[owner], checks.get(key, ())))
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
            _check_attribute(attribute)
        mapping = ModelMapping(cls, table, attributes)
        table.metadata = cls.metadata
        table.metadata.add(table)
        table.entity = cls
        cls.__table__ = table
        cls.__mapping__ = mapping
        self.registry.pending.remove(self)
        self.frame_names = {}
        return mapping


class _Lazy:
    """Stands for `__mapping__` and `__table__` until the class is first used."""

    __slots__ = ("model", "name")

    def __init__(self, model: _Model, name: str) -> None:
        self.model = model
        self.name = name

    def __get__(self, _instance: object, _owner: type) -> Any:
        mapping = self.model.configure()
        return mapping if self.name == "__mapping__" else mapping.table


_OF_MODELS: Final = frozenset({"__mapping__", "__table__"})
"""What a class without a table has not got."""


def _column(
    cls: type[Any], key: str, declared: _Declared, reader: Reader, validators: tuple[Check, ...]
) -> Column[Any]:
    where = f"{cls.__name__}.{key}"
    options = _options(where, declared.declaration)
    given_type: ColumnType[Any] | None = options.pop("type_", None)
    if declared.annotation is _NO_ANNOTATION:
        if given_type is None:
            raise InvalidModel(f"{where} has no annotation; write {key}: Mapped[...] = mapped_column(...)")
        type_, nullable = given_type, False
    elif given_type is not None:
        type_, nullable = given_type, _may_be_none(declared.annotation, reader, where)
    else:
        type_, nullable = reader.column(declared.annotation, where)
        if options.get("ttl") and isinstance(type_, DateTime):
            type_ = EpochSeconds()
    _check_type(where, type_, options, nullable=nullable)
    name = options.pop("name", None) or attribute_name(key, cls.attribute_naming)
    return Column(name, type_, ColumnOptions(nullable=nullable, validators=validators, **options), key=key)


def _may_be_none(annotation: object, reader: Reader, where: str) -> bool:
    """Whether an annotation allows None, where its type need not be read; it may name what exists for checkers only."""
    try:
        return reader.column(annotation, where)[1]
    except (InvalidModel, Unresolved):
        return re.search(r"\bNone\b|\bOptional\b", str(annotation)) is not None


def _check_type(where: str, type_: ColumnType[Any], options: dict[str, Any], *, nullable: bool) -> None:
    """Refuse options that contradict the type."""
    if options.get("version") and (not isinstance(type_, Integer) or nullable):
        raise InvalidModel(f"{where}: a version is Mapped[int], neither optional nor of another type")
    if options.get("ttl") and (type_.kind != "N" or isinstance(type_, Float)):
        raise InvalidModel(
            f"{where}: ttl=True needs a datetime (stored as epoch seconds), or an int of them, not {type_.python}"
        )
    for special in ("created_at", "updated_at"):
        if options.get(special):
            from datetime import UTC, datetime

            try:
                # A number column takes whole epoch seconds.
                type_.encode(946684800 if isinstance(type_, Number) else datetime(2000, 1, 1, tzinfo=UTC))
            except (TypeError, ValueError):
                raise InvalidModel(f"{where}: {special}=True needs a datetime, not {type_.python}") from None
    for option in ("partition_key", "sort_key"):
        if options.get(option) and nullable:
            raise InvalidModel(f"{where}: a key attribute is always there; annotate it without None")
    if options.get("none_as") == "null" and not nullable:
        raise InvalidModel(f"{where}: none_as='null' is for a value that may be None; annotate it Mapped[... | None]")
    default = options.get("default", UNSET)
    if isinstance(default, list | dict | set) or hasattr(default, "__dataclass_fields__"):
        raise InvalidModel(f"{where}: all objects would share one {type(default).__name__}; write default_factory=")


def _check_attribute(attribute: Attribute) -> None:
    """Refuse options whose values contradict the type."""
    options = attribute.options
    where = attribute.where
    if options.default is not UNSET:
        try:
            attribute.encode(options.default)
        except ValueNotStorable as error:
            hint = "; a function is given as default_factory=" if callable(options.default) else ""
            raise InvalidModel(f"default of {error}{hint}") from None
    absent_reads = options.missing is not UNSET or attribute.nullable or isinstance(attribute.type, Set)
    if options.omit_if is not None and not absent_reads:
        raise InvalidModel(
            f"{where}: where omit_if= leaves the attribute out, reading it back would fail; give missing= as well"
        )


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
    return mode  # type: ignore[no-any-return]


def _frame_names() -> Mapping[str, Any]:
    """The names of the function in which a class statement stands; none for one at the top of a module."""
    frame = sys._getframe(1)  # noqa: SLF001
    while frame is not None and frame.f_code.co_name == "__init_subclass__":
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None or frame.f_locals is frame.f_globals:
        return {}
    return dict(frame.f_locals)


class _Named(type):
    """Of model classes: an attribute that is not there is an error that names those like it."""

    if not TYPE_CHECKING:
        # Hidden from checkers, which would take any name for granted.

        def __getattr__(cls, name: str) -> NoReturn:
            if name in _OF_MODELS:
                raise AttributeError(
                    f"{cls.__name__} has no {name}: it is a base or abstract, not a model with a table"
                )
            # Python's own lookups ask for names with underscores by the dozen.
            if name[:1] == "_" or getattr(cls, "__mapping__", None) is None:
                raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
            raise AttributeError(_no_attribute(cls, name))


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(mapped_column,))
class DeclarativeBase(metaclass=_Named):
    """The root of your models: `class Base(DeclarativeBase): ...`, then `class Payment(Base): ...`.

    A direct subclass is a base: it has its own `metadata`, and may say `attribute_naming = "camel"` (or `"snake"`) for
    the names in DynamoDB, which are as written otherwise. A class below it is a model with a table, named by
    `__tablename__` or, left out, by the class in snake_case and plural (`PaymentMethod`: `payment_methods`), unless it
    says `__abstract__ = True`. A subclass of a model has its table and further columns, or a table of its own with
    another `__tablename__`. Plain mixins are read too, but type checkers put only the columns of abstract models in the
    constructor.

    Objects are equal when they are the same object.
    """

    __slots__ = ("__dict__", "__state__", "__weakref__")

    metadata: ClassVar[MetaData]
    attribute_naming: ClassVar[Naming] = "as_written"
    __tablename__: ClassVar[str]
    __abstract__: ClassVar[bool]
    __concurrency__: ClassVar[Literal["version", "changed", "none"] | None] = None
    if TYPE_CHECKING:
        __table__: ClassVar[Table]
        __mapping__: ClassVar[ModelMapping]
        __state__: InstanceState

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if DeclarativeBase in cls.__bases__:
            _make_base(cls)
        elif not vars(cls).get("__abstract__", False):
            _Model(cls, cls.__registry__, _frame_names()).install()  # type: ignore[attr-defined]

    if not TYPE_CHECKING:
        # Hidden from checkers: __init__ is made from the columns there, and a __setattr__ would allow any name.

        def __new__(cls, *_arguments: Any, **_values: Any) -> Self:  # noqa: D102 - a dunder, for pydocstyle too
            made = object.__new__(cls)
            attach_state(made, InstanceState("transient"))
            return made

        def __init__(self, **values: Any) -> None:
            _initialize(self, values)

        def __setattr__(self, name: str, value: Any) -> None:
            attribute = type(self).__mapping__.attributes.get(name)
            if attribute is not None:
                assign(self, attribute, value)
            elif name[:1] == "_" or hasattr(type(self), name):
                object.__setattr__(self, name, value)
            else:
                raise AttributeError(_no_attribute(type(self), name))

        def __delattr__(self, name: str) -> None:
            if name in type(self).__mapping__.attributes:
                raise AttributeError(
                    f"{type(self).__name__}.{name} can't be deleted; assign None, which removes an optional attribute"
                )
            object.__delattr__(self, name)

        def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
            state = self.__state__
            unloaded = {*state.unloaded, *state.expressions}  # an expression stays with the object it was assigned to
            past = (state.stored, state.loaded_names, unloaded, state.assigned, {*state.handed, *state.kept})
            return _revive, (type(self), *past, {**state.kept, **vars(self)})

    @classmethod
    def alive(cls, now: "datetime | None" = None) -> Condition:
        """`attribute_not_exists(ttl) OR ttl > :now`: the item has not expired. *now* is aware, by default the present.

        DynamoDB deletes expired items late, up to days, and hands them out until then.

        >>> from datetime import datetime, timezone
        >>> class Base(DeclarativeBase): ...
        >>> class Login(Base):
        ...     id: Mapped[str] = mapped_column(partition_key=True)
        ...     expires: Mapped[datetime] = mapped_column(ttl=True)
        >>> print(Login.alive(datetime(2026, 1, 1, tzinfo=timezone.utc)))
        attribute_not_exists(expires) OR expires > 1767225600
        """
        attribute = cls.__mapping__.ttl
        if attribute is None or attribute.column is None:
            raise ArgumentError(f"{cls.__name__} has no column with ttl=True, so its items don't expire")
        if now is None:
            from datetime import UTC, datetime

            now = datetime.now(UTC)
        path = attribute.column.node
        terms: list[Condition] = [Test(ops.ATTRIBUTE_NOT_EXISTS, (path,))]
        if attribute.options.none_as == "null":
            terms.append(Compare(ops.EQ, path, NULL))
        terms.append(Compare(ops.GT, path, Value(("N", EpochSeconds().to_wire(now)))))
        return Or(tuple(terms))

    def to_dict(self) -> dict[str, Any]:
        """The values by Python name, containers copied; without what the object has no value for, or did not read.

        >>> class Base(DeclarativeBase): ...
        >>> class Account(Base):
        ...     id: Mapped[str] = mapped_column(partition_key=True)
        ...     tags: Mapped[set[str]] = mapped_column(default_factory=set)
        >>> Account(id="a1").to_dict()
        {'id': 'a1', 'tags': set()}
        """
        values: dict[str, Any] = {}
        for key, attribute in type(self).__mapping__.attributes.items():
            try:
                values[key] = _peek(self, attribute, copied=True)
            except (MissingAttribute, AttributeError):
                continue
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A new object of values by Python name, what `to_dict` gives; defaults fill what is left out.

        A value may also be what the attribute would be stored as (the text of a datetime or UUID, the map of a
        dataclass), so that what comes out of JSON can be taken as it is.

        >>> from datetime import datetime
        >>> class Base(DeclarativeBase): ...
        >>> class Login(Base):
        ...     id: Mapped[str] = mapped_column(partition_key=True)
        ...     at: Mapped[datetime]
        >>> Login.from_dict({"id": "x", "at": "2026-01-01T00:00:00Z"}).at.year
        2026
        """
        mapping = cls.__mapping__
        read: dict[str, Any] = {}
        for key, value in values.items():
            attribute = mapping.attributes.get(key)
            if attribute is None:
                raise ArgumentError(_no_attribute(cls, key))
            read[key] = _read_plain(attribute, value)
        made = cls(**{key: value for key, value in read.items() if key in mapping.init})
        for key, value in read.items():
            if key not in mapping.init:
                setattr(made, key, value)
        return made

    def __repr__(self) -> str:
        name = type(self).__name__
        try:
            parts = _shown(self)
        except Exception:  # noqa: BLE001 - a repr is for looking at what is broken
            return f"<{name}, half made>"
        return f"{name}({', '.join(parts)})"


def _make_base(cls: type[DeclarativeBase]) -> None:
    registry = _Registry()
    cls.__registry__ = registry  # type: ignore[attr-defined]
    if "metadata" not in vars(cls):
        cls.metadata = MetaData()
    cls.metadata.before_reading.append(registry.configure)
    if cls.attribute_naming not in get_args(Naming):
        raise InvalidModel(
            f"{cls.__name__}: attribute_naming is 'as_written', 'snake' or 'camel', not {cls.attribute_naming!r}"
        )


def _initialize(obj: DeclarativeBase, values: dict[str, Any]) -> None:
    """The constructor of a model."""
    cls = type(obj)
    mapping = cls.__mapping__
    init = mapping.init
    for name in values:
        if name not in init:
            if name in mapping.attributes:
                raise TypeError(f"{cls.__name__}({name}=…): the commit sets {name}; leave it out")
            raise TypeError(_no_attribute(cls, name))
    lacking: list[str] = []
    for key, attribute in init.items():
        if key in values:
            value = values[key]
            if isinstance(value, Expr | Condition):
                raise ArgumentError(f"{attribute.where}: a new object takes values, not an expression ({value})")
            value = attribute.validate(value)
            attribute.check(value)
        else:
            options = attribute.options
            if options.default_factory is not None:
                value = attribute.validate(options.default_factory())
                attribute.encode(value)
            elif options.default is not UNSET:
                value = options.default
                if options.validators:
                    value = attribute.validate(value)
                    attribute.encode(value)
            else:
                lacking.append(key)
                continue
        object.__setattr__(obj, key, value)
    if lacking:
        raise MissingAttribute(
            f"{cls.__name__}(…) lacks {', '.join(lacking)}; give a value, or declare a default. "
            f"It takes {', '.join(init)}"
        )
    if values:
        obj.__state__.assigned = set(values)


def _no_attribute(cls: type[DeclarativeBase], name: str) -> str:
    attributes = cls.__mapping__.attributes
    return f"{cls.__name__} has no attribute {name!r}; it has {', '.join(attributes)}{nearest(name, attributes)}"


def _peek(obj: DeclarativeBase, attribute: Attribute, *, copied: bool) -> Any:
    """The value of an attribute, without leaving a trace in the object."""
    values = vars(obj)
    state = obj.__state__
    if attribute.key in values:
        value = values[attribute.key]
    elif attribute.key in state.kept:
        value = state.kept[attribute.key]
    else:
        return attribute.value(state)
    if copied and attribute.can_change(value):
        from copy import deepcopy

        return deepcopy(value)
    return value


def _read_plain(attribute: Attribute, value: object) -> Any:
    """A value for from_dict: of the attribute's own type, or in the form it is stored in."""
    if value is None or (isinstance(value, set | frozenset) and not value):
        return value
    try:
        return attribute.type.decode(attribute.type.encode(value))
    except ValueNotStorable as error:
        try:
            wire = encode(value)
        except ValueNotStorable:
            raise attribute.blame(error) from None
        if attribute.type.kind not in wire:
            raise attribute.blame(error) from None
        return attribute.type.decode(wire)


def _shown(obj: DeclarativeBase) -> list[str]:
    state = obj.__state__
    if state.stored is None and not vars(obj):
        return []
    parts: list[str] = []
    veiled = is_veiled(obj)
    for key, attribute in type(obj).__mapping__.attributes.items():
        try:
            value = HIDDEN if veiled or attribute.options.sensitive else _peek(obj, attribute, copied=False)
            parts.append(f"{key}={value!r}")
        except (MissingAttribute, AttributeError):
            continue
        except Exception as error:  # noqa: BLE001 - a value's own repr failed
            parts.append(f"{key}=<{type(error).__name__}>")
    return parts


def _revive(
    cls: type[DeclarativeBase],
    stored: Any,
    loaded_names: frozenset[str] | None,
    unloaded: set[str],
    assigned: set[str],
    handed: set[str],
    values: dict[str, Any],
) -> DeclarativeBase:
    """A copy or a pickled object: it belongs to no session."""
    state = InstanceState("transient" if stored is None else "detached", stored, loaded_names)
    state.unloaded, state.assigned, state.handed = unloaded, set(assigned), handed
    made = object.__new__(cls)
    attach_state(made, state)
    vars(made).update(values)
    return made


__all__ = ["DeclarativeBase", "GlobalIndex", "LocalIndex", "Mapped", "mapped_column"]
