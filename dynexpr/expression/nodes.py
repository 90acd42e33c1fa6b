"""What is an expression made of?  Frozen records with honest equality.

A node holds what DynamoDB is told and nothing else: paths are tuples of steps, values are wire pairs. Nodes are equal
when DynamoDB would be told the same; handles (`Column`, `attr(...)`) overload Python's operators and hold a node.
Conditions are their own handles: they support `&`, `|`, `~`, and have no truth value.
"""

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, TypeVar, dataclass_transform

from dynexpr.expression.operators import Op
from dynexpr.wire import Frozen, Wire, freeze, thaw

if TYPE_CHECKING:
    from dynexpr.compile import Compiled

Step = str | int
MYPY: Final = False
"""True for mypy alone: with NoReturn from __bool__ it would take `a and b` for Never, which any function accepts."""
C = TypeVar("C", bound=type[Any])


@dataclass_transform(frozen_default=True)
def node(cls: C) -> C:
    """Make a class a frozen record of its annotated fields: slots, `__init__`, equality, hash.

    Written out here instead of with dataclasses, which cost more to import than all of dynexpr's core.
    """
    own: dict[str, Any] = dict(cls.__annotations__)
    inherited: tuple[str, ...] = getattr(cls, "__match_args__", ())
    fields = (*inherited, *(name for name in own if name not in inherited))
    body = {name: value for name, value in vars(cls).items() if name not in {"__dict__", "__weakref__", *own}}
    defaults = {**getattr(cls, "_defaults", {}), **{name: vars(cls)[name] for name in own if name in vars(cls)}}
    body |= {"__slots__": tuple(own), "__match_args__": fields, "_defaults": defaults}
    metaclass: Any = type(cls)
    made: C = metaclass(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    _write_methods(made, fields, defaults)
    return made


def _write_methods(cls: Any, fields: tuple[str, ...], defaults: Mapping[str, object]) -> None:
    # The slots' own setters are the fastest way past a frozen __setattr__.
    scope = {f"set_{place}": getattr(cls, name).__set__ for place, name in enumerate(fields)}
    code = _init_code(len(fields)).replace(co_varnames=("self", *fields))
    given = tuple(defaults[name] for name in fields if name in defaults)
    if any(name not in defaults for name in fields[len(fields) - len(given) :]):
        raise TypeError(f"{cls.__name__}: a field without a default stands after one that has a default")
    cls.__init__ = FunctionType(code, scope, "__init__", given)
    # Two getters joined would be a tuple already; one getter gives the bare field, which compares just as well.
    values: Callable[[Any], Any] = attrgetter(*fields) if fields else (lambda _self: ())

    def __eq__(self: Any, other: object) -> bool:
        if self is other:
            return True
        if self.__class__ is not other.__class__:
            return NotImplemented
        return bool(values(self) == values(other))

    def __hash__(self: Any) -> int:
        return hash((cls, values(self)))

    if not getattr(cls, "own_equality", False):
        cls.__eq__ = __eq__
        cls.__hash__ = __hash__


@cache
def _init_code(count: int) -> CodeType:
    """The code of an `__init__` of so many fields; compiled once for all classes that have as many."""
    names = [f"field_{place}" for place in range(count)]
    lines = "".join(f"\n    set_{place}(self, {name})" for place, name in enumerate(names)) or "\n    pass"
    scope: dict[str, Any] = {}
    exec(f"def __init__({', '.join(['self', *names])}):{lines}", scope)  # noqa: S102 - a text of our own
    code: CodeType = scope["__init__"].__code__
    return code


R = TypeVar("R", bound="Record")


class Record:
    """A frozen record; `replace` makes changed copies."""

    __slots__ = ()

    def __setattr__(self, name: str, _value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen; make a new one instead of setting {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen; make a new one instead of deleting {name!r}")

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return type(self), tuple(getattr(self, name) for name in fields_of(self))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self


def fields_of(record: Record) -> tuple[str, ...]:
    """The names of a record's fields, in order."""
    return type(record).__match_args__  # type: ignore[attr-defined, no-any-return]


def replace(record: R, **changes: object) -> R:
    """A copy of a frozen record with some fields changed.

    >>> replace(Path(("a",)), steps=("b",)).steps
    ('b',)
    """
    unknown = changes.keys() - set(fields_of(record))
    if unknown:
        raise TypeError(f"{type(record).__name__} has no field {min(unknown)!r}")
    return type(record)(*(changes[name] if name in changes else getattr(record, name) for name in fields_of(record)))


class Node(Record):
    """A part of an expression."""

    __slots__ = ()

    def __repr__(self) -> str:
        from dynexpr.expression.printing import source

        return source(self)

    def __str__(self) -> str:
        from dynexpr.expression.printing import readable

        return readable(self)


class OperandNode(Node):
    """Something that has a value."""

    __slots__ = ("owner", "secret")

    # Of paths, and no fields: they make no path another one, and mostly they are not set.
    owner: Any
    """The table whose column it was taken from."""
    secret: bool
    """Whether values beside it are never printed."""


@node
class Path(OperandNode):
    """An attribute, or a place inside one: `("lines", 0, "sku")`. Names are DynamoDB's, indexes ints."""

    steps: tuple[Step, ...]

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (secret_path if is_secret(self) else Path), (self.steps,)


@node
class Value(OperandNode):
    """A literal; `pair` is its frozen wire form, so `1` and `True` are two values and `1` and `1.0` one."""

    pair: Frozen

    @property
    def kind(self) -> str:
        """The wire type: `S`, `N`, …"""
        return self.pair[0]

    @property
    def wire(self) -> Wire:
        """The wire form, e.g. `{"N": "1"}`."""
        return thaw(self.pair)


@node
class Parameter(OperandNode):
    """A value that is given when the statement is executed."""

    name: str


@node
class Call(OperandNode):
    """A function that has a value: `size(a)`, `if_not_exists(a, :v)`, `list_append(a, :v)`."""

    op: Op
    args: tuple[OperandNode, ...]


@node
class Arithmetic(OperandNode):
    """`a + b` and `a - b`, values of SET."""

    op: Op
    left: OperandNode
    right: OperandNode


class Condition(Node):
    """Something that holds of an item or not; joins with `&`, `|` and `~`."""

    __slots__ = ()

    @property
    def node(self) -> Self:
        """The condition itself: conditions are their own handles."""
        return self

    def __and__(self, other: "Condition") -> "Condition":
        if not isinstance(other, Condition):
            return _no_condition(other)
        first = self.terms if type(self) is And else (self,)
        return And(first + (other.terms if type(other) is And else (other,)))

    def __or__(self, other: "Condition") -> "Condition":
        if not isinstance(other, Condition):
            return _no_condition(other)
        first = self.terms if type(self) is Or else (self,)
        return Or(first + (other.terms if type(other) is Or else (other,)))

    if not TYPE_CHECKING:

        def __rand__(self, other: object) -> NoReturn:
            return _no_condition(other)

        __ror__ = __rand__

    def __invert__(self) -> "Condition":
        return Not(self)

    if not MYPY:

        def __bool__(self) -> NoReturn:
            raise TypeError(
                f"a condition has no truth value: {self}\n"
                "join conditions with & | ~ (each side in parentheses) instead of and, or, not; "
                "write a.between(1, 5) instead of 1 < a < 5, and a.in_([...]) instead of `in`; "
                "matches(condition, item) says whether it holds of an item"
            )

    if not TYPE_CHECKING:

        def __iter__(self) -> NoReturn:
            raise TypeError(f"a condition can't be iterated: {self}")

        def __contains__(self, _item: object) -> NoReturn:
            raise TypeError("`in` asks for a truth value; write a.in_([...]) or a.contains(x)")

    def compile(self) -> "Compiled":
        """The condition's text, its names and its values.

        >>> from dynexpr import attr
        >>> (attr("amount") > 1000).compile()
        Compiled('#n0 > :v0', names={'#n0': 'amount'}, values={':v0': {'N': '1000'}})
        """
        return _compiler().compile_condition(self)  # type: ignore[no-any-return]


def _no_condition(other: object) -> Any:
    """Refuse what stands beside `&` or `|` and is no condition; a column says so itself."""
    from dynexpr.expression.operand import Expr, as_condition_error

    if isinstance(other, Expr):
        return NotImplemented
    raise as_condition_error(other)


def _terms(condition: Condition, kind: "type[And | Or]") -> tuple[Condition, ...]:
    return condition.terms if isinstance(condition, kind) else (condition,)


@node
class Compare(Condition):
    """`a = b` and the other five comparisons."""

    op: Op
    left: OperandNode
    right: OperandNode


@node
class Between(Condition):
    """`a BETWEEN b AND c`, both bounds included."""

    operand: OperandNode
    lower: OperandNode
    upper: OperandNode


@node
class In(Condition):
    """`a IN (b, c)`."""

    operand: OperandNode
    options: tuple[OperandNode, ...]


@node
class Test(Condition):
    """A function that holds or not: `attribute_exists(a)`, `begins_with(a, :v)`, …"""

    __test__ = False  # pytest would collect it

    op: Op
    args: tuple[OperandNode, ...]


@node
class And(Condition):
    """All terms hold. Kept flat: no term is an And itself."""

    terms: tuple[Condition, ...]


@node
class Or(Condition):
    """At least one term holds. Kept flat: no term is an Or itself."""

    terms: tuple[Condition, ...]


@node
class Not(Condition):
    """The term does not hold."""

    term: Condition


@node
class Constant(Condition):
    """True or false of every item: `col.in_([])` is false, `and_()` true. DynamoDB has no text for it."""

    truth: bool


@node
class Action(Node):
    """One action of an update: SET a path to a value, REMOVE it, ADD to it, DELETE from it."""

    op: Op
    path: Path
    value: OperandNode | None = None


@node
class Update(Node):
    """What an update does, in the user's order; DynamoDB groups it by clause."""

    actions: tuple[Action, ...]

    @property
    def node(self) -> Self:
        """The update itself: it is its own handle."""
        return self

    def compile(self) -> "Compiled":
        """The update's text, its names and its values."""
        return _compiler().compile_update(self)  # type: ignore[no-any-return]


@node
class Projection(Node):
    """The attributes a read returns."""

    paths: tuple[Path, ...]

    @property
    def node(self) -> Self:
        """The projection itself: it is its own handle."""
        return self

    def compile(self) -> "Compiled":
        """The projection's text and its names."""
        return _compiler().compile_projection(self)  # type: ignore[no-any-return]


@cache
def _compiler() -> Any:
    """What compiles nodes; an import statement, even of a loaded module, would take a tenth of the time."""
    from dynexpr.compile import compiled

    return compiled


def secret_path(steps: tuple[Step, ...]) -> Path:
    """The path of a sensitive attribute: equal to any other of its steps, but values beside it are not printed."""
    path = Path(steps)
    object.__setattr__(path, "secret", True)
    return path


def own(path: Path, table: object) -> None:
    """Let a path know the table whose column it was taken from."""
    object.__setattr__(path, "owner", table)


def is_secret(path: Path) -> bool:
    """Whether values beside a path are never printed."""
    return getattr(path, "secret", False)


def literal(wire: Wire) -> Value:
    """The node of a literal in wire form."""
    return Value(freeze(wire))


def conjunction(terms: tuple[Condition, ...]) -> Condition:
    """All of the terms as one condition, kept flat."""
    flat = tuple(term for each in terms for term in _terms(each, And))
    return flat[0] if len(flat) == 1 else And(flat) if flat else Constant(True)


def disjunction(terms: tuple[Condition, ...]) -> Condition:
    """Any of the terms as one condition, kept flat."""
    flat = tuple(term for each in terms for term in _terms(each, Or))
    return flat[0] if len(flat) == 1 else Or(flat) if flat else Constant(False)
