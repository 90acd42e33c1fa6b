"""Objects for tests, made from their models: `make(Payment)`, `make(Payment, status="paid")`.

What a model can do without is left to its defaults; a required attribute gets a value of its type, and a key one that
no other object of the factory has.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Final, TypeVar

from dynexpr import types
from dynexpr.columns import Column
from dynexpr.errors import ArgumentError, DynexprError, nearest
from dynexpr.storing import stored
from dynexpr.testing.clock import START
from dynexpr.unset import UNSET
from dynexpr.wire import thaw

M = TypeVar("M")

_TRIES: Final = 20
"""How many values a validator is offered before the factory gives up."""


class Factory:
    """Makes objects of any model; each is numbered, from 1, and what is made for it is made of its number.

    >>> from dynexpr.orm import DeclarativeBase, Mapped, mapped_column
    >>> class Base(DeclarativeBase): ...
    >>> class User(Base):
    ...     name: Mapped[str] = mapped_column(partition_key=True)
    ...     age: Mapped[int]
    ...     email: Mapped[str | None] = mapped_column(default=None)
    >>> make = Factory()
    >>> make(User).to_dict(), make(User, age=30).name
    ({'name': 'name-1', 'age': 1, 'email': None}, 'name-2')
    """

    def __init__(self) -> None:
        self._numbers: dict[type[Any], count[int]] = {}
        self._makers: dict[tuple[type[Any], str], Callable[[int], Any]] = {}

    def __call__(self, model: type[M], /, **values: Any) -> M:
        """A new object, with values by Python name in place of made ones; it belongs to no session.

        Raises ArgumentError for an attribute whose validators take no value of the factory's.
        """
        mapping = _mapping(model, "make()")
        if not values.keys() <= mapping.init.keys() and not _has_init(model):
            return model(**values)  # refuses a name before it looks at any value
        number = next(self._numbers.setdefault(model, count(1)))
        for key, attribute in mapping.init.items():
            if key not in values and (value := self._value(model, key, attribute, number)) is not UNSET:
                values[key] = value
        return model(**values)

    def many(self, model: type[M], number: int, /, **values: Any) -> list[M]:
        """So many of them. Raises ArgumentError for what is no number of objects."""
        _mapping(model, "make.many()")
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise ArgumentError(f"make.many({model.__name__}, …): a number of objects, 0 or more, not {number!r}")
        return [self(model, **values) for _ in range(number)]

    def rule(self, model: type[Any], attribute: "str | Column[Any]", make: Callable[[int], Any]) -> None:
        """Have an attribute of a model made by a function of the object's number.

        `make.rule(User, User.email, lambda number: f"user{number}@example.com")`; its Python name, `"email"`, will do.

        Raises ArgumentError for what is no attribute that the model is given, and for what is no such function.
        """
        init = _mapping(model, "make.rule()").init
        key = attribute.key if isinstance(attribute, Column) else attribute
        if (
            not isinstance(key, str)
            or key not in init
            or (key is not attribute and getattr(model, key) is not attribute)
        ):
            hint = nearest(key, init) if isinstance(key, str) else ""
            raise ArgumentError(
                f"make.rule({model.__name__}, …): {model.__name__} is given no attribute {attribute!r}, only "
                f"{', '.join(init)}{hint}"
            )
        if not _takes_number(make):
            raise ArgumentError(
                f"make.rule({model.__name__}, {key!r}, …): a rule is a function of one number, as "
                f"lambda number: ..., not {make!r}"
            )
        self._makers[model, key] = make

    def _value(self, model: type[Any], key: str, attribute: Any, number: int) -> Any:
        maker = self._makers.get((model, key))
        if maker is not None:
            return maker(number)
        column: Column[Any] = getattr(model, key)
        options = column.options
        is_key = attribute in model.__mapping__.key_attributes
        has_default = options.default is not UNSET or options.default_factory is not None
        if has_default and not is_key:
            return UNSET
        if options.nullable and not is_key:
            return None
        return _accepted(model, column, number)


def _mapping(model: Any, where: str) -> Any:
    found = getattr(model, "__mapping__", None) if isinstance(model, type) else None
    if found is None:
        raise ArgumentError(f"{where} takes a model, not {model!r}")
    return found


def _has_init(model: type[Any]) -> bool:
    """Whether a model has an __init__ of its user's, which may take other names than its attributes'."""
    from dynexpr.orm import DeclarativeBase

    return model.__init__ is not DeclarativeBase.__init__


def _takes_number(make: object) -> bool:
    """Whether it can be called with one argument, as far as it says."""
    import inspect

    if not callable(make):
        return False
    try:
        inspect.signature(make).bind(1)
    except TypeError:
        return False
    except ValueError:  # some builtins do not say
        return True
    return True


def _accepted(model: type[Any], column: Column[Any], number: int) -> Any:
    """The first value that the column's validators and type take."""
    problem: Exception | None = None
    # Steps that no other number takes, so that what is unique stays so.
    for attempt in range(_TRIES if column.options.validators else 1):
        try:
            value = value_of(column.type, column.key or column.name, number + attempt * 1_000_003)
            stored(column, value)
        except Exception as error:  # noqa: BLE001 - a validator raises what it likes
            problem = error
        else:
            return value
    raise ArgumentError(
        f"make({model.__name__}): nothing made up fits {column.key}: {problem}; give it, make({model.__name__}, "
        f"{column.key}=...), or a rule(...)"
    ) from problem


def value_of(type_: types.ColumnType[Any], name: str, number: int) -> Any:
    """A value of a type, another one for each number as far as the type has so many."""
    if type_.allowed is not None and not isinstance(type_, types.Enum):  # a Literal, whose values take turns
        pairs = sorted(type_.allowed)
        return type_.decode(thaw(pairs[(number - 1) % len(pairs)]))
    for kind, make in _MAKERS:
        if isinstance(type_, kind):
            return make(type_, name, number)
    # A type of the user's own: what it decodes from what it says it stores.
    plain: dict[str, Any] = {"S": f"{name}-{number}", "N": str(number), "B": b"%d" % number, "BOOL": False}
    if type_.kind is None or type_.kind not in plain:
        raise ArgumentError(f"no value of {type_!r} can be made up")
    try:
        return type_.decode({type_.kind: plain[type_.kind]})
    except (DynexprError, ValueError, TypeError) as error:
        raise ArgumentError(f"no value of {type_!r} can be made up ({error})") from error


def _record(type_: types.Record, _name: str, number: int) -> Any:
    given = {
        name: None if nullable else value_of(inner, name, number) for name, (_, inner, nullable) in type_.fields.items()
    }
    return type_.make(given)


def _uuid(_type: types.Uuid, name: str, number: int) -> Any:
    from uuid import NAMESPACE_OID, uuid5

    return uuid5(NAMESPACE_OID, f"{name}-{number}")


def _member(type_: types.Enum, _name: str, number: int) -> Any:
    members = list(type_.members)
    return members[(number - 1) % len(members)]


_MAKERS: Final[tuple[tuple[type[Any], Callable[[Any, str, int], Any]], ...]] = (
    (types.String, lambda _type, name, number: f"{name}-{number}"),
    (types.Integer, lambda _type, _name, number: number),
    (types.Number, lambda _type, _name, number: Decimal(number)),
    (types.Float, lambda _type, _name, number: float(number)),
    (types.Boolean, lambda _type, _name, _number: False),
    (types.Binary, lambda _type, name, number: f"{name}-{number}".encode()),
    (types.DateTime, lambda _type, _name, number: START + timedelta(seconds=number)),
    (types.EpochSeconds, lambda _type, _name, number: START + timedelta(seconds=number)),
    (types.Date, lambda _type, _name, number: START.date() + timedelta(days=number % 10_000)),
    (types.Uuid, _uuid),
    (types.Enum, _member),
    (types.Nullable, lambda type_, name, number: value_of(type_.inner, name, number)),
    (types.List, lambda _type, _name, _number: []),
    (types.Map, lambda _type, _name, _number: {}),
    (types.Set, lambda type_, name, number: {value_of(type_.item, name, number)}),
    (types.Record, _record),
    (types.Any_, lambda _type, name, number: f"{name}-{number}"),
)

make: Final = Factory()
"""A factory for all tests of a process; a test that wants its numbers from 1 makes its own."""
