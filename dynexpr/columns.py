"""How is an attribute spoken of in Python?  A column: a handle that makes conditions, paths and values of updates."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, TypeVar, overload

from dynexpr import limits
from dynexpr.errors import ArgumentError, OperandError
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    Call,
    Compare,
    Condition,
    OperandNode,
    Path,
    Record,
    Test,
    Value,
    is_secret,
    node,
    own,
    secret_path,
)
from dynexpr.expression.operand import NULL, E, Expr, Operand, R, T
from dynexpr.expression.operators import TYPE_NAMES, TypeName
from dynexpr.types import ColumnType, Integer, List, String
from dynexpr.unset import UNSET

if TYPE_CHECKING:
    from dynexpr.tables import Table

U = TypeVar("U")


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

    >>> from dynexpr import attr
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

    def if_not_exists(self, value: "T | Expr[T]") -> "IfNotExists[T]":
        """`if_not_exists(path, :v)`, a value of SET: the attribute, or *value* where the item lacks it."""
        return IfNotExists(Call(ops.IF_NOT_EXISTS, (self.node, self._operand(ops.IF_NOT_EXISTS, value))), self.type)

    @overload
    def append(
        self: Expr[list[E] | None], other: Expr[list[E]], /, *, create_missing: bool = False
    ) -> Expr[list[E]]: ...
    @overload
    def append(self: Expr[list[E] | None], *items: E, create_missing: bool = False) -> Expr[list[E]]: ...
    def append(self: Expr[Any], *items: Any, create_missing: bool = False) -> Expr[Any]:
        """`list_append(path, :v)`, a value of SET: the list with *items* at its end, or with another attribute's list.

        The attribute must exist, or `create_missing=True`: `list_append(if_not_exists(path, :empty), :v)`.

        >>> from dynexpr import attr
        >>> print(attr("log").append("x", "y"))
        list_append(log, ["x", "y"])
        >>> print(attr("log").append(attr("more")))
        list_append(log, more)
        """
        return _joined(self, items, create_missing=create_missing, at_end=True)

    @overload
    def prepend(
        self: Expr[list[E] | None], other: Expr[list[E]], /, *, create_missing: bool = False
    ) -> Expr[list[E]]: ...
    @overload
    def prepend(self: Expr[list[E] | None], *items: E, create_missing: bool = False) -> Expr[list[E]]: ...
    def prepend(self: Expr[Any], *items: Any, create_missing: bool = False) -> Expr[Any]:
        """`list_append(:v, path)`, a value of SET: the list with *items*, or another attribute's list, before it."""
        return _joined(self, items, create_missing=create_missing, at_end=False)

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
        try:
            wire_step, type_ = self.type.enter(step)
        except ArgumentError as error:
            raise ArgumentError(f"{self}: {error}") from None
        make = secret_path if is_secret(self.node) else Path
        return place(make((*self.node.steps, wire_step)), type_, self.table)

    def at(self, path: Callable[[T], U]) -> "Column[U]":
        """A typed path into a dataclass or TypedDict: `Order.lines[0].at(lambda line: line.sku)`.

        The lambda is given a recorder instead of a value: it may only follow attributes and elements.
        """
        reached = path(_Recorder(self))  # type: ignore[arg-type]  # it stands for the value
        if not isinstance(reached, _Recorder):
            raise ArgumentError(f"{self}.at(): the function must return a place inside its argument, not {reached!r}")
        return object.__getattribute__(reached, "column")  # type: ignore[no-any-return]  # what its __init__ set

    if not TYPE_CHECKING:  # checkers know by themselves that there is no such attribute

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("__"):
                raise AttributeError(name)
            from dynexpr.errors import nearest

            cure = _CURES.get(name)
            if cure is None and self.type.kind in {"M", None}:
                cure = f"a place inside it is written {self}[{name!r}]"
            raise AttributeError(f"{self} has no {name!r}{f'; {cure}' if cure else nearest(name, dir(Column))}")

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


class IfNotExists(Expr[R]):
    """`if_not_exists(path, :v)`: what SET can store, count with, and append to."""

    __slots__ = ()

    @overload
    def append(self: Expr[list[E] | None], other: Expr[list[E]], /) -> Expr[list[E]]: ...
    @overload
    def append(self: Expr[list[E] | None], *items: E) -> Expr[list[E]]: ...
    def append(self: Expr[Any], *items: Any) -> Expr[Any]:
        """`list_append(if_not_exists(path, :v), :w)`, a value of SET: with *items* at the end of either list."""
        return _joined(self, items, at_end=True)

    @overload
    def prepend(self: Expr[list[E] | None], other: Expr[list[E]], /) -> Expr[list[E]]: ...
    @overload
    def prepend(self: Expr[list[E] | None], *items: E) -> Expr[list[E]]: ...
    def prepend(self: Expr[Any], *items: Any) -> Expr[Any]:
        """`list_append(:w, if_not_exists(path, :v))`, a value of SET: with *items* before either list."""
        return _joined(self, items, at_end=False)


def _joined(old: Expr[Any], items: tuple[Any, ...], *, at_end: bool, create_missing: bool = False) -> Expr[Any]:
    """A list with elements, or with another list, at one of its ends."""
    old._check_kind(ops.LIST_APPEND)  # noqa: SLF001 - a handle of ours, here and below
    if not items:
        raise OperandError(f"{old}: append and prepend take at least one element")
    type_ = old.type if isinstance(old.type, List) else List(old.type.element)
    lists = [item for item in items if isinstance(item, Expr)]
    if lists:
        if len(items) > 1:
            raise OperandError(
                f"{old}: append and prepend take elements, or one attribute that holds a list; "
                "DynamoDB puts no attribute's value into a list"
            )
        lists[0]._check_kind(ops.LIST_APPEND)  # noqa: SLF001 - as above
        new: OperandNode = lists[0].node
    else:
        new = old._operand(ops.LIST_APPEND, list(items), type_)  # noqa: SLF001 - as above
    place: OperandNode = old.node
    if create_missing:
        place = Call(ops.IF_NOT_EXISTS, (place, Value(("L", ()))))
    return Expr(Call(ops.LIST_APPEND, (place, new) if at_end else (new, place)), type_)


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
    "compile": "a condition compiles: compare it with something first",
    "endswith": "DynamoDB has no such function; begins_with() of the text stored backwards does it",
    "ilike": "DynamoDB compares text byte by byte; store it in lower case as well",
    "extend": "write .append(...), which takes several elements",
    "insert": "write .prepend(...) or .append(...)",
    "remove": "write update(...).remove(column)",
    "discard": "write update(...).delete(column, {element})",
    "label": "a row has the columns' own names",
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
            return object.__getattribute__(self, name)  # type: ignore[no-any-return]  # Python's own
        return _Recorder(object.__getattribute__(self, "column")[name])

    def __getitem__(self, step: str | int) -> "_Recorder":
        return _Recorder(object.__getattribute__(self, "column")[step])


@node
class Ordering(Record):
    """The order of a query's result: by its sort key, one way or the other."""

    path: Path
    descending: bool

    def __repr__(self) -> str:
        return f"{self.path!r}.{'desc' if self.descending else 'asc'}()"


def place(node: Path, type_: ColumnType[Any], table: "Table | None", key: str | None = None) -> "Column[Any]":
    """A column handle on any path, made without the constructor's work."""
    column: Column[Any] = Column.__new__(Column)
    column.node = node
    if table is not None:
        own(node, table)
    column.type = type_
    column.key = key
    column.options = PLAIN
    column.table = table
    return column


def may_be_absent(column: Column[Any]) -> bool:
    """Whether an item may lack the attribute of a declared column, which then reads as None, empty, or `missing=`."""
    options = column.options
    return options.nullable or options.missing is not UNSET or column.type.kind in ops.SETS
