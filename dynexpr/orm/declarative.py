"""How is a model declared?  A class with `Mapped[...]` annotations becomes a table, and its instances items."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NoReturn, Self, dataclass_transform, get_args

from dynexpr.errors import ArgumentError, InvalidModel, MissingAttribute, nearest
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import Compare, Condition, Or, Test, Value
from dynexpr.expression.operand import NULL, Expr
from dynexpr.orm.assigning import assign
from dynexpr.orm.mapped import mapped_column
from dynexpr.orm.modelling import Model, Registry
from dynexpr.orm.naming import Naming
from dynexpr.orm.state import InstanceState, attach_state
from dynexpr.tables import MetaData, Table
from dynexpr.types import EpochSeconds
from dynexpr.unset import UNSET

if TYPE_CHECKING:
    from datetime import datetime
    from types import FrameType

    from dynexpr.orm.mapping import ModelMapping

_OF_MODELS: Final = frozenset({"__mapping__", "__table__"})
"""What a class without a table has not got."""


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
            Model(cls, cls.__registry__, _frame_names(), DeclarativeBase).install()  # type: ignore[attr-defined]  # of its base

    if not TYPE_CHECKING:
        # Hidden from checkers: __init__ is made from the columns there, and a __setattr__ would allow any name.

        def __new__(cls, *_arguments: Any, **_values: Any) -> Self:  # noqa: D102 - a dunder, for pydocstyle too
            made = object.__new__(cls)
            attach_state(made, InstanceState("transient"))
            return made

        def __init__(self, *positional: Any, **values: Any) -> None:
            if positional:
                raise TypeError(_by_name(type(self), len(positional)))
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
        >>> from dynexpr.orm import Mapped
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

        >>> from dynexpr.orm import Mapped
        >>> class Base(DeclarativeBase): ...
        >>> class Account(Base):
        ...     id: Mapped[str] = mapped_column(partition_key=True)
        ...     tags: Mapped[set[str]] = mapped_column(default_factory=set)
        >>> Account(id="a1").to_dict()
        {'id': 'a1', 'tags': set()}
        """
        from dynexpr.orm.values import plain_values

        return plain_values(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A new object of values by Python name, what `to_dict` gives; defaults fill what is left out.

        A value may also be what the attribute would be stored as (the text of a datetime or UUID, the map of a
        dataclass), so that what comes out of JSON can be taken as it is.

        >>> from datetime import datetime
        >>> from dynexpr.orm import Mapped
        >>> class Base(DeclarativeBase): ...
        >>> class Login(Base):
        ...     id: Mapped[str] = mapped_column(partition_key=True)
        ...     at: Mapped[datetime]
        >>> Login.from_dict({"id": "x", "at": "2026-01-01T00:00:00Z"}).at.year
        2026
        """
        from dynexpr.orm.values import read_plain

        mapping = cls.__mapping__
        read: dict[str, Any] = {}
        for key, value in values.items():
            attribute = mapping.attributes.get(key)
            if attribute is None:
                raise ArgumentError(_no_attribute(cls, key))
            read[key] = read_plain(attribute, value)
        made = cls(**{key: value for key, value in read.items() if key in mapping.init})
        for key, value in read.items():
            if key not in mapping.init:
                setattr(made, key, value)
        return made

    def __repr__(self) -> str:
        name = type(self).__name__
        try:
            from dynexpr.orm.values import shown

            parts = shown(self)
        except Exception:  # noqa: BLE001 - a repr is for looking at what is broken
            return f"<{name}, half made>"
        return f"{name}({', '.join(parts)})"


def _make_base(cls: type[DeclarativeBase]) -> None:
    registry = Registry()
    cls.__registry__ = registry  # type: ignore[attr-defined]
    if "metadata" not in vars(cls):
        cls.metadata = MetaData()
    cls.metadata.before_reading.append(registry.configure)
    if cls.attribute_naming not in get_args(Naming):
        raise InvalidModel(
            f"{cls.__name__}: attribute_naming is 'as_written', 'snake' or 'camel', not {cls.attribute_naming!r}"
        )


def _frame_names() -> Mapping[str, Any]:
    """The names of the function in which a class statement stands; none for one at the top of a module."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - inspect, which has the same, is slow to load
    while frame is not None and frame.f_code.co_name == "__init_subclass__":
        frame = frame.f_back
    if frame is None or frame.f_locals is frame.f_globals:
        return {}
    return dict(frame.f_locals)


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


def _by_name(cls: type[DeclarativeBase], count: int) -> str:
    names = list(cls.__mapping__.init)
    written = ", ".join([f"{name}=…" for name in names[:count]])
    return f"{cls.__name__}(…) takes its attributes by name: {cls.__name__}({written}); it takes {', '.join(names)}"


def _no_attribute(cls: type[DeclarativeBase], name: str) -> str:
    attributes = cls.__mapping__.attributes
    return f"{cls.__name__} has no attribute {name!r}; it has {', '.join(attributes)}{nearest(name, attributes)}"


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
