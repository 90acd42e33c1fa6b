"""What is written in the class of a model?  `Mapped[...]` and `mapped_column(...)`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from dynexpr.types import ColumnType

if TYPE_CHECKING:
    from dynexpr.columns import Column
    from dynexpr.expression.operand import Expr

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

    >>> from dynexpr.orm import DeclarativeBase
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
