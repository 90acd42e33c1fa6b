"""Which functions see a value before it is stored?  `@validates("amount")`, SQLAlchemy's name.

They are kept by the columns, so they hold for objects and for statements alike.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from dynexpr.errors import InvalidModel

F = TypeVar("F", bound=Callable[..., Any])
Check = Callable[[str, Any], Any]

if TYPE_CHECKING:
    _Method = classmethod[Any, Any, Any]
else:
    _Method = classmethod


class Validator(_Method):
    """A class method that validates some columns."""

    names: tuple[str, ...]


def validates(*names: str) -> Callable[[F], F]:
    """Let `f(cls, key, value)` see each value that is given to one of the columns; what it returns is stored.

    It is called where the value is given: assigned, passed to the constructor (defaults included), or to the
    `.values()` and `.set()` of a statement; and by the commit for a container that was edited in place. It raises what
    it likes; nothing is stored then. Expressions are not shown to it. There is no object: a statement has none.

    >>> from dynexpr.orm import DeclarativeBase, Mapped, mapped_column
    >>> class Base(DeclarativeBase): ...
    >>> class User(Base):
    ...     email: Mapped[str] = mapped_column(partition_key=True)
    ...
    ...     @validates("email")
    ...     def lower_case(cls, key, value):
    ...         return value.lower()
    >>> User(email="Ann@Example.org").email
    'ann@example.org'
    """
    if not names or not all(isinstance(name, str) for name in names):
        raise InvalidModel("validates() takes the Python names of columns: @validates('amount')")

    def decorate(function: F) -> F:
        validator = Validator(getattr(function, "__func__", function))
        validator.names = names
        return validator  # type: ignore[return-value]

    return decorate


def validators_of(cls: type, columns: Iterable[str]) -> dict[str, tuple[Check, ...]]:
    """The validators of each column of a model, those of its bases first; one with another's name replaces it."""
    found: dict[str, Validator] = {}
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Validator):
                found[name] = value
            elif name in found:
                del found[name]
    known = set(columns)
    checks: dict[str, tuple[Check, ...]] = {}
    for name, validator in found.items():
        for column in validator.names:
            if column not in known:
                raise InvalidModel(
                    f"{cls.__name__}.{name} validates {column!r}, which is no column; there are {', '.join(columns)}"
                )
            checks[column] = (*checks.get(column, ()), getattr(cls, name))
    return checks
