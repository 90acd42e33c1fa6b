"""Which values does a statement still lack, and how do they get in?

A `Parameter` stands for a value that is given later: `execute(stmt, {"c": "c1"})`. What it is encoded as follows from
the place it stands in: the type of the column it is compared with, or set to.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from dynexpr.attributes import attr
from dynexpr.columns import Column
from dynexpr.errors import ArgumentError, PlaceholderError
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    Action,
    Arithmetic,
    Between,
    Call,
    Compare,
    In,
    Node,
    OperandNode,
    Parameter,
    Path,
    Record,
    Step,
    Test,
    Value,
    replace,
)
from dynexpr.expression.operand import Expr
from dynexpr.expression.operators import Op
from dynexpr.expression.walk import rewrite, walk
from dynexpr.storing import stored
from dynexpr.tables import Table
from dynexpr.types import Any_, ColumnType, Integer, List, Nullable, Record as RecordType, String

S = TypeVar("S", bound=Record)
Given: TypeAlias = Mapping[str, Any] | Sequence[Any] | None
"""Values by parameter name, or in the order of the text where it has `?`."""

_ANY: Final = Any_()


def parameters_of(statement: Record) -> tuple[str, ...]:
    """The names of the parameters that have no value yet, in reading order.

    >>> from dynexpr import Column, ColumnOptions, MetaData, Table, select
    >>> from dynexpr.expression.nodes import Parameter
    >>> from dynexpr.types import String
    >>> users = Table("users", MetaData(), Column("id", String(), ColumnOptions(partition_key=True)))
    >>> parameters_of(select(users).where(users.c.id == Parameter("id")))
    ('id',)
    """
    return tuple(dict.fromkeys(_names(statement)))


def _names(statement: Record) -> Iterator[str]:
    for part in _parts(statement):
        if isinstance(part, Node):
            yield from (each.name for each in walk(part) if isinstance(each, Parameter))
        else:
            yield from _names(part)


def _parts(statement: Any) -> Iterator[Record]:
    """What of a statement can hold parameters: its expressions, and the statements inside it."""
    if (query := getattr(statement, "query", None)) is not None:
        yield query
    yield from getattr(statement, "statements", ())
    yield from (parameter for _, parameter in getattr(statement, "unbound", ()))
    yield from getattr(statement, "actions", ())
    if (condition := getattr(statement, "condition", None)) is not None:
        yield condition


def check_bound(statement: Record) -> None:
    """Refuse a statement that lacks values; raises PlaceholderError, naming all of them."""
    missing = parameters_of(statement)
    if missing:
        raise unbound_error(missing)


def unbound_error(names: Sequence[str]) -> PlaceholderError:
    """The error for parameters without a value."""
    shown = ", ".join(f":{name}" for name in names)
    return PlaceholderError(f"{shown}: no value was given; give it with execute(stmt, {{...}}) or stmt.bindparams(...)")


def bind(statement: S, given: Given) -> S:
    """The statement with all its parameters given; raises PlaceholderError for one missing, or one too many."""
    names = parameters_of(statement)
    values = _by_name(names, given)
    missing = [name for name in names if name not in values]
    if missing:
        raise unbound_error(missing)
    return bind_some(statement, values)


def _by_name(names: tuple[str, ...], given: Given) -> Mapping[str, Any]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return given
    if isinstance(given, str | bytes) or not isinstance(given, Sequence):
        raise ArgumentError(f"parameters are given as a mapping of names, or as a list for ?, not as {given!r}")
    if any(not name.isdigit() for name in names):
        raise ArgumentError(f"the parameters have names: give a mapping of {', '.join(f':{name}' for name in names)}")
    if len(given) != len(names):
        raise PlaceholderError(f"the statement has {len(names)} parameters ?, and {len(given)} values were given")
    return dict(zip(sorted(names, key=int), given, strict=True))


def bind_positions(statement: S, given: Sequence[Any]) -> S:
    """The statement with its `?` parameters given in order."""
    return bind_some(statement, _by_name(parameters_of(statement), given))


def bind_some(statement: S, values: Mapping[str, Any]) -> S:
    """The statement with some of its parameters given, by name."""
    names = parameters_of(statement)
    unknown = [name for name in values if name not in names]
    if unknown:
        has = f"it has {', '.join(f':{name}' for name in names)}" if names else "it has none"
        raise PlaceholderError(f"the statement has no parameter :{unknown[0]}; {has}")
    for name, value in values.items():
        if isinstance(value, Expr | Node):
            raise ArgumentError(f":{name} takes a value, not the expression {value}")
    return _bound(statement, values) if values else statement


def _bound(statement: Any, values: Mapping[str, Any]) -> Any:
    if getattr(statement, "statements", None) is not None:
        return replace(statement, statements=tuple(_bound(each, values) for each in statement.statements))
    if getattr(statement, "query", None) is not None:
        return replace(statement, query=_bound(statement.query, values))
    table: Table = statement.table
    binder = _Binder(table, values)
    changes: dict[str, Any] = {}
    if getattr(statement, "condition", None) is not None:
        changes["condition"] = rewrite(statement.condition, binder.bound)
    if getattr(statement, "actions", None):
        changes["actions"] = tuple(rewrite(action, binder.bound) for action in statement.actions)
    if getattr(statement, "unbound", None):
        changes |= _item_changes(statement, table, values)
    return replace(statement, **changes)


def _item_changes(statement: Any, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    item, absent, unbound = dict(statement.item), set(statement.absent), []
    for name, parameter in statement.unbound:
        if parameter.name not in values:
            unbound.append((name, parameter))
            continue
        wire = stored(table.by_name[name], values[parameter.name])
        if wire is None:
            absent.add(name)
        else:
            item[name] = wire
    return {"item": item, "absent": frozenset(absent), "unbound": tuple(unbound)}


class _Binder:
    """Puts values in the place of parameters, each encoded by what it stands beside."""

    def __init__(self, table: Table, values: Mapping[str, Any]) -> None:
        self.table = table
        self.values = values

    def bound(self, node: Node) -> Node:
        """A node, its parts done already, with its own parameters exchanged."""
        if isinstance(node, Compare | Arithmetic):
            return replace(
                node, left=self.value(node.op, node.left, node.right), right=self.value(node.op, node.right, node.left)
            )
        if isinstance(node, Between):
            lower, upper = (self.value(ops.BETWEEN, each, node.operand) for each in (node.lower, node.upper))
            return Between(self.value(ops.BETWEEN, node.operand, node.lower), lower, upper)
        if isinstance(node, In):
            options = tuple(self.value(ops.IN, each, node.operand) for each in node.options)
            return In(self.value(ops.IN, node.operand, node.options[0]), options)
        if isinstance(node, Test | Call):
            if len(node.args) != 2:
                return node
            first, second = node.args
            return replace(node, args=(self.value(node.op, first, second), self.value(node.op, second, first)))
        if isinstance(node, Action) and isinstance(node.value, Parameter) and node.value.name in self.values:
            return self.action(node, self.values[node.value.name])
        return node

    def action(self, node: Action, value: object) -> Action:
        """An action whose whole value is given: None and the empty set remove, by the column's rules."""
        from dynexpr.statements.write import action_of

        path = node.path
        declared = self.table.by_name.get(str(path.steps[0])) if len(path.steps) == 1 else None
        return action_of(node.op, self.column(path) if declared is None else declared, value)

    def value(self, op: Op, operand: OperandNode, beside: OperandNode) -> OperandNode:
        """The operand itself, or, of a parameter that is given, its value, encoded by what stands beside it."""
        if not isinstance(operand, Parameter) or operand.name not in self.values:
            return operand
        value = self.values[operand.name]
        if value is None and op.shape in {"compare", "between", "in"}:
            raise ArgumentError(
                f":{operand.name} is None, which no value equals: write {beside} IS NULL (in Python, {beside} == None)"
            )
        type_ = self.type_of(beside)
        if op is ops.CONTAINS:
            type_ = type_.element
        elif op is ops.ATTRIBUTE_TYPE:
            type_ = _STRING
        elif op is ops.LIST_APPEND and not isinstance(type_, List):
            type_ = List(type_.element)
        encoded: OperandNode = Expr(beside, type_)._operand(op, value)  # noqa: SLF001 - the one place that encodes
        return encoded

    def column(self, path: Path) -> Column[Any]:
        """A handle on a path that encodes as the table declares."""
        column = attr(path.steps)
        column.type = self.type_of(path)
        return column

    def type_of(self, operand: OperandNode) -> ColumnType[Any]:
        """The type of the values an operand has, as far as the table declares it."""
        if isinstance(operand, Path):
            return type_at(self.table, operand.steps)
        if isinstance(operand, Call):
            return _INTEGER if operand.op is ops.SIZE else self.type_of(operand.args[0])
        if isinstance(operand, Arithmetic):
            return self.type_of(operand.left if not isinstance(operand.left, Value) else operand.right)
        return _ANY


_STRING: Final = String()
_INTEGER: Final = Integer()


def type_at(table: Table, steps: Sequence[Step]) -> ColumnType[Any]:
    """The declared type of the values at a path of DynamoDB's names; `Any_` where nothing is declared."""
    column = table.by_name.get(str(steps[0]))
    type_: ColumnType[Any] = _ANY if column is None else column.type
    for step in steps[1:]:
        type_ = _inside(type_, step)
    return type_


def _inside(type_: ColumnType[Any], step: Step) -> ColumnType[Any]:
    if isinstance(type_, Nullable):
        return _inside(type_.inner, step)
    if isinstance(type_, RecordType):
        known = {wire_name: inner for wire_name, inner, _ in type_.fields.values()}
        return known.get(str(step), _ANY)
    try:
        return type_.enter(step)[1]
    except ArgumentError:
        return _ANY  # the item holds something else than declared there; DynamoDB will see
