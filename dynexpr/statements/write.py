"""`insert`, `put`, `update`, `delete`, `check`: one item is written, or checked, under a condition.

What they mean where the item exists, and where it does not, stands in the table of docs/writes.md.
"""

from typing import TYPE_CHECKING, Any, Generic, Literal, Never, Self, TypeVar, Unpack

from dynexpr.columns import Column, may_be_absent
from dynexpr.errors import ArgumentError, KeyAttributeError, OperandError, clip
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import Action, Call, Condition, OperandNode, Parameter, Update, Value, node, replace
from dynexpr.expression.operand import Expr, T
from dynexpr.hiding import HIDDEN
from dynexpr.statements.base import DEFAULT_OPTIONS, Conditional, Options, check_own, column_of, declared
from dynexpr.statements.keys import key_item, key_shown
from dynexpr.storing import check_allowed, encoded_present, stored
from dynexpr.tables import Table, table_of
from dynexpr.unset import UNSET
from dynexpr.wire import Item, freeze

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dynexpr.statements.sweep import Sweep, SweepOptions

B = TypeVar("B")
OldImage = Literal["NONE", "ALL_OLD"]
Images = Literal["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"]


class _Once(Conditional):
    """A statement that writes an item."""

    __slots__ = ()

    def exactly_once(self) -> Self:
        """Send it as a transaction of one, with a token: twice the price, its outcome known while DynamoDB answers.

        A transaction returns nothing, so there is no `.returning()` with it, and no `result.existed`.
        """
        return replace(self, options=replace(self.options, exactly_once=True))


class _Swept(_Once):
    """A statement that may be about many items."""

    __slots__ = ()

    def bulk(self, **options: "Unpack[SweepOptions]") -> "Sweep":
        """A planned read (`Query`, or, with *allow_scan*, `Scan`) for the keys, then one write for each item, under the
        whole where(); *parallel* (8) requests at the same time. No transaction.

        `engine.execute(update(Payment).where(Payment.status == "old").values(status="new").bulk())` gives a
        `SweepResult`: how many were matched, written, skipped (the condition held no more) and failed.

        - *using*, *segments* (1), *page_size*: as of a select.
        - *retry* and *deadline* (seconds for all of it) stand in for the engine's; without a deadline of its own each
          request has the policy's.
        - *dry_run* reads and counts, and writes nothing.
        - *checkpoint* names a file that says how far it came, kept while it goes on; the same statement with the same
          file goes on from there. The file is removed at the end.
        - `on_progress(done, total)`: *total* is None until all is read. `on_error([key], error)`: where it returns, the
          rest goes on; without it the first error ends it.
        """
        from dynexpr.statements.sweep import swept

        return swept(self, options)


class _Whole(_Once, Generic[B]):
    """A statement that writes a whole item."""

    __slots__ = ()

    item: Item
    absent: frozenset[str]
    unbound: tuple[tuple[str, Parameter], ...]

    def values(self, *unnamed: Never, **values: Any) -> Self:
        """The attributes, by Python name; each is encoded by its column's type at once.

        What is left out takes the column's default, when the statement is executed.
        """
        if unnamed:
            raise _unnamed(unnamed)
        table = self.table
        item = dict(self.item)
        absent = set(self.absent)
        unbound = dict(self.unbound)
        for key, value in values.items():
            column = column_of(table, key)
            if isinstance(value, Expr):
                raise OperandError(f"{table.title}.{key}: a new item takes values, not the expression {value}")
            unbound.pop(column.name, None)
            if isinstance(value, Parameter):
                item.pop(column.name, None)
                absent.discard(column.name)
                unbound[column.name] = value
                continue
            wire = stored(column, value)
            if wire is None:
                item.pop(column.name, None)
                absent.add(column.name)
            else:
                item[column.name] = wire
                absent.discard(column.name)
        return replace(self, item=item, absent=frozenset(absent), unbound=tuple(unbound.items()))

    def _shown(self, word: str) -> str:
        hidden = self.table.secret
        parts = {name: HIDDEN if name in hidden else str(Value(freeze(wire))) for name, wire in self.item.items()}
        parts |= {name: str(parameter) for name, parameter in self.unbound}
        pairs = ", ".join(f"'{name}': {text}" for name, text in parts.items())
        return f"{word} INTO {self.table.name} VALUE {{{pairs}}}{self._where()}"


@node
class Insert(_Whole[B]):
    """`PutItem` if no item has the key; ItemExists where one does."""

    entity: Any
    item: Item
    absent: frozenset[str] = frozenset()
    condition: Condition | None = None
    options: Options = DEFAULT_OPTIONS
    unbound: tuple[tuple[str, Parameter], ...] = ()

    def __str__(self) -> str:
        return self._shown("INSERT")


@node
class Put(_Whole[B]):
    """`PutItem`: the item is written, whether one with its key exists or not."""

    entity: Any
    item: Item
    absent: frozenset[str] = frozenset()
    condition: Condition | None = None
    image: OldImage = "NONE"
    overwrite_version: bool = False
    options: Options = DEFAULT_OPTIONS
    unbound: tuple[tuple[str, Parameter], ...] = ()

    def __str__(self) -> str:
        return self._shown("PUT")

    def unconditional(self) -> Self:
        """Say that overwriting a versioned item without looking at its version is meant."""
        return replace(self, overwrite_version=True)

    def returning(self, image: OldImage) -> Self:
        """`ReturnValues`: `ALL_OLD` gives the item that was overwritten."""
        return replace(self, image=_one_of("put", image, ("NONE", "ALL_OLD")))


@node
class UpdateStatement(_Swept, Generic[B]):
    """`UpdateItem` of an item that exists; ItemMissing where it does not, unless `.upsert()`."""

    entity: Any
    actions: tuple[Action, ...] = ()
    condition: Condition | None = None
    image: Images = "NONE"
    create: bool = False
    options: Options = DEFAULT_OPTIONS

    def __str__(self) -> str:
        actions = self._readable(Update(self.actions))
        return f"UPDATE {self.table.name} {actions}{self._where()}{_returning(self.image)}"

    if TYPE_CHECKING:

        def set(self, column: Column[T], value: "T | Expr[T]") -> Self: ...  # noqa: D102 - it stands below

    else:

        def set(self, column: object = UNSET, value: object = UNSET, **by_name: object) -> Self:
            """`SET path = value`; None (and an empty set) REMOVEs the attribute, by the column's rules."""
            if value is UNSET or by_name:
                raise ArgumentError("set() takes a column and its value, set(Model.note, 'x'); by name it is values()")
            return self._act(ops.SET, column, value)

    def values(self, *unnamed: Never, **values: Any) -> Self:
        """`SET` of several attributes by Python name: `.values(status="paid", note=None)`."""
        if unnamed:
            raise _unnamed(unnamed)
        statement = self
        for key, value in values.items():
            statement = statement.set(column_of(self.table, key), value)
        return statement

    def add(self, column: Column[T], value: T) -> Self:
        """`ADD path :v`: adds to a number, or puts elements into a set; a missing attribute is 0, or the empty set."""
        return self._act(ops.ADD, column, value)

    def delete(self, column: Column[T], value: T) -> Self:
        """`DELETE path :v`: takes elements out of a set."""
        return self._act(ops.DELETE, column, value)

    def remove(self, *columns: Column[Any]) -> Self:
        """`REMOVE path`: takes an attribute, or an element of a list, away."""
        targets = [self._target(column_of(self.table, column)) for column in columns]
        for target in targets:
            column = declared(self.table, target)
            if column.key is not None and column.table is not None and not may_be_absent(column):
                raise ArgumentError(
                    f"{self.table.title}.{column.key} is required, so it can't be removed; annotate it "
                    "Mapped[... | None], or give it missing="
                )
        return replace(self, actions=(*self.actions, *(Action(ops.REMOVE, target.node) for target in targets)))

    def upsert(self) -> Self:
        """Create the item where it does not exist."""
        return replace(self, create=True)

    def returning(self, image: Images) -> Self:
        """`ReturnValues`: the item, or the attributes touched, before or after the update."""
        images = ("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW")
        return replace(self, image=_one_of("update", image, images))

    def _act(self, op: ops.Op, column: object, value: object) -> Self:
        target = self._target(column_of(self.table, column))
        if isinstance(value, Expr):
            check_own(self.table, value.node)
        action = action_of(op, declared(self.table, target), value)
        return replace(self, actions=(*self.actions, action))

    def _target(self, column: Column[Any]) -> Column[Any]:
        if column.node.steps[0] in self.table.key_names:
            raise KeyAttributeError(
                f"{self.table.title}.{column} is part of the key, which no update can change; "
                "insert the item under its new key and delete the old one",
                node=column.node,
            )
        version = self.table.version
        if version is not None and column.node == version.node:
            raise ArgumentError(
                f"{self.table.title}.{version.key} is counted by each write; to depend on it, name it in where()"
            )
        return column


def _kept(expression: OperandNode) -> "Iterator[Value]":
    """The literals of an expression that are stored as they stand in it, which those of a sum are not."""
    if isinstance(expression, Value):
        yield expression
    elif isinstance(expression, Call):
        for part in expression.args:
            yield from _kept(part)


def _unnamed(given: tuple[object, ...]) -> ArgumentError:
    """The error for values without names, such as a dictionary of them."""
    cure = "values(**{...})" if isinstance(given[0], dict) else "values(status='paid')"
    return ArgumentError(f"values() takes values by Python name: write {cure}, not {clip(given[0])}")


def action_of(op: ops.Op, column: Column[Any], value: object) -> Action:
    """One action of an update on a column, its value encoded by the column's rules."""
    if op is ops.SET:
        expression = value.node if isinstance(value, Expr) else value
        if isinstance(expression, OperandNode):
            for literal in _kept(expression):
                check_allowed(column, literal.wire)
            return Action(op, column.node, expression)
        is_declared = column.table is not None and column.key is not None
        wire = stored(column, value) if is_declared else encoded_present(column, value)
        if wire is not None and not is_declared:
            check_allowed(column, wire)
        return Action(ops.REMOVE, column.node) if wire is None else Action(op, column.node, Value(freeze(wire)))
    operand = column._operand(op, value)  # noqa: SLF001 - the one place that encodes operands
    if op is ops.ADD and isinstance(operand, Value):
        check_allowed(column, operand.wire)
    return Action(op, column.node, operand)


@node
class Delete(_Swept, Generic[B]):
    """`DeleteItem`; `result.existed` says whether there was one."""

    entity: Any
    condition: Condition | None = None
    image: OldImage = "NONE"
    required: bool = False
    options: Options = DEFAULT_OPTIONS

    def __str__(self) -> str:
        return f"DELETE FROM {self.table.name}{self._where()}{_returning(self.image)}"

    def must_exist(self) -> Self:
        """Raise ItemMissing where there is nothing to delete."""
        return replace(self, required=True)

    def returning(self, image: OldImage) -> Self:
        """`ReturnValues`: `ALL_OLD` gives the item that was deleted."""
        return replace(self, image=_one_of("delete", image, ("NONE", "ALL_OLD")))


@node
class Check(Conditional, Generic[B]):
    """`ConditionCheck` of a transaction: the transaction goes through only while the condition holds of the item."""

    entity: Any
    key: Item
    condition: Condition | None = None
    options: Options = DEFAULT_OPTIONS

    def __str__(self) -> str:
        return f"CHECK {self.table.name} {key_shown(self.table, self.key)}{self._where()}"


def insert(entity: type[B] | Table) -> Insert[B]:
    """Write a new item: `PutItem` with `attribute_not_exists(partition key)`; ItemExists where one is there."""
    table_of(entity)
    return Insert(entity, {})


def put(entity: type[B] | Table) -> Put[B]:
    """Write an item, whatever is there: `PutItem`. A versioned model wants `.unconditional()` said."""
    table_of(entity)
    return Put(entity, {})


def update(entity: type[B] | Table) -> UpdateStatement[B]:
    """Change an item in place: `UpdateItem`; where() says the key, and what must hold besides."""
    table_of(entity)
    return UpdateStatement(entity)


def delete(entity: type[B] | Table) -> Delete[B]:
    """Delete an item: `DeleteItem`; where() says the key, and what must hold besides."""
    table_of(entity)
    return Delete(entity)


def check(entity: type[B] | Table, key: object) -> Check[B]:
    """Make a transaction depend on an item it does not write: `check(Quota, "u1").where(Quota.remaining > 0)`."""
    return Check(entity, key_item(table_of(entity), key))


def _one_of(what: str, image: Any, images: tuple[str, ...]) -> Any:
    if image not in images:
        raise ArgumentError(f"{what} can return {', '.join(images)}, not {image!r}")
    return image


def _returning(image: str) -> str:
    return "" if image == "NONE" else f" RETURNING {image}"
