"""What does one write come to: which item, under which condition, and what does a failure mean?

A `Write` is made from a statement here, or from a changed object by the session; either way it becomes one request, or
one action of a transaction.
"""

from typing import Any, Final, Literal

from dynexpr.clock import Clock, aware
from dynexpr.columns import Column
from dynexpr.errors import (
    ArgumentError,
    ConditionFailed,
    InvalidModel,
    ItemExists,
    ItemMissing,
    MissingAttribute,
    StaleData,
)
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    Action,
    Arithmetic,
    Call,
    Condition,
    Node,
    OperandNode,
    Record,
    Test,
    Update,
    Value,
    conjunction,
    node,
    replace,
)
from dynexpr.statements.base import Statement
from dynexpr.statements.keys import check_key, equality, key_shown, split_key, terms_of
from dynexpr.statements.parameters import check_bound
from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement, action_of
from dynexpr.storing import stored
from dynexpr.tables import Table
from dynexpr.types import Number, Set
from dynexpr.unset import UNSET
from dynexpr.wire import Frozen, Item, freeze

Expects = Literal["absent", "present", "version"]


@node
class Write(Record):
    """One item written or checked."""

    kind: Literal["put", "update", "delete", "check"]
    table: Table
    key: Item
    item: Item | None = None
    """What a put writes."""
    update: Update | None = None
    guard: Condition | None = None
    """What the kind of write asks for: existence, or a version."""
    expects: Expects | None = None
    """What the guard asks for."""
    condition: Condition | None = None
    """What the user asks for besides."""
    image: str = "NONE"
    falsifies_itself: bool = False
    """Whether its condition is false once it was carried out, so that it can never be applied twice."""
    subject: object = None
    """The statement or object it comes from."""
    veiled: bool = False
    """Whether messages about it show no values at all."""

    @property
    def place(self) -> tuple[str, tuple[Frozen, ...]]:
        """Which item it is about: the table's name and the frozen key."""
        return self.table.name, tuple(map(freeze, self.key.values()))

    @property
    def name(self) -> str:
        """The item as messages call it: `Payment ("p1")`."""
        return f"{self.table.title} {key_shown(self.table, self.key, everything=self.veiled)}"

    def shown(self, part: Node) -> str:
        """A part of it as a person may read it."""
        from dynexpr.expression.printing import readable

        return readable(part, secret=self.table.secret, everything=self.veiled)

    @property
    def whole_condition(self) -> Condition | None:
        """Guard and condition together."""
        terms = tuple(term for term in (self.guard, self.condition) if term is not None)
        return conjunction(terms) if terms else None


_ONE: Final = Value(("N", "1"))
_ZERO: Final = Value(("N", "0"))


def exists(table: Table) -> Condition:
    """The condition that the item exists."""
    return Test(ops.ATTRIBUTE_EXISTS, (table.partition_key.node,))


def not_exists(table: Table) -> Condition:
    """The condition that no item has the key."""
    return Test(ops.ATTRIBUTE_NOT_EXISTS, (table.partition_key.node,))


def write_of(statement: object, clock: Clock, *, veiled: bool = False) -> Write:
    """The write a statement means; defaults and times are taken now, once. *veiled*: messages show no values."""
    if isinstance(statement, Statement):
        check_bound(statement)
    write = _write_of(statement, clock)
    return replace(write, veiled=True) if veiled else write


def _write_of(statement: object, clock: Clock) -> Write:
    if isinstance(statement, Insert):
        return _insert(statement, clock)
    if isinstance(statement, Put):
        return _put(statement, clock)
    if isinstance(statement, UpdateStatement):
        return _update(statement, clock)
    if isinstance(statement, Delete):
        return _delete(statement)
    if isinstance(statement, Check):
        return _check(statement)
    raise ArgumentError(f"{statement!r} is no write")


def _insert(statement: Insert[Any], clock: Clock) -> Write:
    table = statement.table
    item = filled(table, statement.item, statement.absent, clock)
    return Write(
        "put",
        table,
        key_of(table, item),
        item=item,
        guard=not_exists(table),
        expects="absent",
        condition=statement.condition,
        falsifies_itself=True,
        subject=statement,
    )


def _put(statement: Put[Any], clock: Clock) -> Write:
    table = statement.table
    if table.version is not None and not statement.overwrite_version and statement.condition is None:
        raise ArgumentError(
            f"put({table.title}) would overwrite an item without looking at its version; "
            "say .unconditional(), give a .where(), or use insert() or update()"
        )
    next_version = _next_version(statement)
    item = filled(table, statement.item | next_version, statement.absent, clock)
    return Write(
        "put",
        table,
        key_of(table, item),
        item=item,
        condition=statement.condition,
        image=statement.image,
        falsifies_itself=bool(next_version),
        subject=statement,
    )


def _next_version(statement: Put[Any]) -> Item:
    """The version of a put whose where() says which one it overwrites: the next, unless the values say another."""
    version = statement.table.version
    term = _version_term(statement.table, statement.condition)
    found = None if term is None else equality(term)
    if version is None or found is None or version.name in statement.item or found[1].kind != version.type.kind:
        return {}
    return {version.name: version.type.encode(version.type.decode(found[1].wire) + 1)}


def _update(statement: UpdateStatement[Any], clock: Clock) -> Write:
    table = statement.table
    key, condition = split_key(table, statement.condition, f"update({table.title})")
    if not statement.actions and not statement.create:
        only = (
            f"; check({table.title}, key) in a transaction asks for a condition alone" if condition is not None else ""
        )
        raise ArgumentError(
            f"update({table.title}) has nothing to set: give it .values(name=value), or .set(column, value){only}"
        )
    touched = {action.path.steps[0] for action in statement.actions}
    actions = (*statement.actions, *automatic_actions(table, touched, clock, create=statement.create))
    counted = table.version is not None and table.version.name not in touched
    return Write(
        "update",
        table,
        key,
        update=Update(actions) if actions else None,
        guard=None if statement.create else exists(table),
        expects=None if statement.create else "present",
        condition=condition,
        image=statement.image,
        falsifies_itself=counted and _version_term(table, condition) is not None,
        subject=statement,
    )


def _version_term(table: Table, condition: Condition | None) -> Condition | None:
    """The term of a condition that says which version the item must have."""
    if table.version is None:
        return None
    for term in terms_of(condition):
        found = equality(term)
        if found is not None and found[0] == table.version.name:
            return term
    return None


def _delete(statement: Delete[Any]) -> Write:
    table = statement.table
    key, condition = split_key(table, statement.condition, f"delete({table.title})")
    return Write(
        "delete",
        table,
        key,
        guard=exists(table) if statement.required else None,
        expects="present" if statement.required else None,
        condition=condition,
        image="ALL_OLD",
        falsifies_itself=_version_term(table, condition) is not None,
        subject=statement,
    )


def _check(statement: Check[Any]) -> Write:
    if statement.condition is None:
        raise ArgumentError(f"check({statement.table.title}, …) checks nothing: give it a .where(...)")
    return Write("check", statement.table, statement.key, condition=statement.condition, subject=statement)


def automatic_actions(table: Table, touched: set[Any], clock: Clock, *, create: bool = False) -> tuple[Action, ...]:
    """What an update does by itself: the version counted up, times and `onupdate` values, where not set already."""
    actions: list[Action] = []
    for column in table.columns.values():
        if column.name in touched:
            continue
        options = column.options
        if options.version:
            actions.append(counted_up(column))
        elif options.updated_at:
            actions.append(action_of(ops.SET, column, moment(column, clock)))
        elif options.created_at and create:
            now = Value(freeze_stored(column, moment(column, clock)))
            actions.append(Action(ops.SET, column.node, Call(ops.IF_NOT_EXISTS, (column.node, now))))
        elif options.onupdate is not None:
            actions.append(action_of(ops.SET, column, options.onupdate()))
    return tuple(actions)


def counted_up(column: Column[Any]) -> Action:
    """The action that counts a stored version up; an item from before there were versions begins at 1."""
    old: OperandNode = Call(ops.IF_NOT_EXISTS, (column.node, _ZERO))
    return Action(ops.SET, column.node, Arithmetic(ops.PLUS, old, _ONE))


def freeze_stored(column: Column[Any], value: object) -> Frozen:
    """What a column stores for a value that is never absent, frozen."""
    wire = stored(column, value)
    if wire is None:
        raise InvalidModel(
            f"{column.table and column.table.title}.{column.key}: omit_if leaves out what must be stored"
        )
    return freeze(wire)


def moment(column: Column[Any], clock: Clock) -> Any:
    """The present time as a column takes it: a datetime, or whole seconds where it holds a number."""
    now = aware(clock())
    return int(now.timestamp()) if isinstance(column.type, Number) else now


def filled(table: Table, item: Item, absent: frozenset[str], clock: Clock) -> Item:
    """A new item with defaults, version and times where it lacks them, in the order of the columns.

    Raises MissingAttribute for a required attribute that nobody gave.
    """
    whole: Item = {}
    missing: list[str] = []
    for column in table.columns.values():
        name = column.name
        wire = item.get(name)
        if wire is None and name not in absent:
            value = default_of(column, clock)
            if value is not UNSET:
                wire = stored(column, value)
            elif not column.options.nullable and not isinstance(column.type, Set):
                missing.append(column.key or name)
        if wire is not None:
            whole[name] = wire
    missing += [column.key or column.name for column in table.key_columns if column.name in absent]
    if missing:
        raise MissingAttribute(f"{table.title}: {', '.join(missing)} must have a value")
    return whole


def default_of(column: Column[Any], clock: Clock) -> Any:
    """The value a new item takes for a column that was not given; UNSET where there is none."""
    options = column.options
    if options.version:
        return 1
    if options.created_at or options.updated_at:
        return moment(column, clock)
    if options.default is not UNSET:
        return options.default
    return UNSET if options.default_factory is None else options.default_factory()


def key_of(table: Table, item: Item) -> Item:
    """The key of a whole item."""
    key = {name: item[name] for name in table.key_names}
    check_key(table, key)
    return key


def condition_error(write: Write, operation: str, item: Item | None) -> ConditionFailed:
    """The error for a write whose condition was false, from the item it met."""
    from dynexpr.expression.failure import explain_failure

    table = write.table
    name = write.name
    failed: tuple[object, ...] = ()
    kind: type[ConditionFailed] = ConditionFailed
    if write.expects == "absent" and item is not None:
        kind, message = ItemExists, f"{name} exists already"
    elif write.expects in {"present", "version"} and item is None:
        kind, message = ItemMissing, f"{name} does not exist"
    else:
        if write.whole_condition is not None:
            failed = explain_failure(write.whole_condition, item or {}, secret=table.secret, everything=write.veiled)
        message = f"{name}: {'; '.join(str(clause) for clause in failed) or 'the condition was false'}"
        asked = _version_term(table, write.condition) if write.expects != "version" else write.guard
        if asked is not None and item is not None and not _holds(asked, item):
            kind = StaleData
            message = f"{name} was changed by somebody else: expected {'; '.join(str(clause) for clause in failed)}"
    return kind(message, operation=operation, item=item, failed=failed, subject=write.subject)


def _holds(condition: Condition, item: Item) -> bool:
    from dynexpr.expression.evaluate import holds

    return holds(condition, item)
