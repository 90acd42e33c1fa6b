"""What does an update mean?  The new item it makes of an old one; and which part of an item does a projection return?

All values are read from the item as it was before the update, and list indexes count in the list as it was: elements
are marked as removed, and what is set past the end is kept apart, until every action has been done.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from typing import Any, Final, Literal

from dynexpr import limits
from dynexpr.errors import ArgumentError, OperandError, UpdateRefused, ValueNotStorable, show_place
from dynexpr.expression import operators as ops
from dynexpr.expression.evaluate import resolve
from dynexpr.expression.nodes import (
    Action,
    Arithmetic,
    Call,
    OperandNode,
    Parameter,
    Path,
    Projection,
    Step,
    Update,
    Value,
)
from dynexpr.expression.operators import Op
from dynexpr.wire import Item, Wire, nesting, number_text

# The service's own words.
MISSING: Final = "The provided expression refers to an attribute that does not exist in the item"
INVALID_PATH: Final = "The document path provided in the update expression is invalid for update"
WRONG_TYPE: Final = "An operand in the update expression has an incorrect data type"
OVERFLOW: Final = "Number overflow. Attempting to store a number with magnitude larger than supported range"
TOO_DEEP: Final = "Nesting Levels have exceeded supported limits"
UNDERFLOW: Final = "Number underflow. Attempting to store a number with magnitude smaller than supported range"


class Applied:
    """What an update made of an item."""

    __slots__ = ("before", "item", "paths")

    def __init__(self, before: Item, item: Item, paths: tuple[Path, ...]) -> None:
        self.before = before
        """The item as it was."""
        self.item = item
        """The new item; it shares with the old one what the update did not touch."""
        self.paths = paths
        """The paths of the update's actions."""


def apply_update(update: Update, item: Item) -> Applied:
    """Carry an update out on an item, which stays as it is; raises UpdateRefused where DynamoDB would refuse.

    >>> from dynexpr.expression.nodes import Action, Update, literal
    >>> apply_update(Update((Action(ops.ADD, Path(("n",)), literal({"N": "2"})),)), {"n": {"N": "1"}}).item
    {'n': {'N': '3'}}
    """
    writer = _Writer(item)
    # In the service's order: places first, then values; a copy made for nothing is dropped.
    places = [writer.place(action) for action in update.actions]
    values = [_PREPARE[action.op](action, item) for action in update.actions]
    for action, place, value in zip(update.actions, places, values, strict=True):
        writer.write(action, place, value)
    return Applied(item, writer.finish(), tuple(action.path for action in update.actions))


def updated_attributes(applied: Applied, which: Literal["UPDATED_OLD", "UPDATED_NEW"]) -> Item:
    """What ReturnValues answers: the touched paths, nested as they are, in the old or in the new item.

    As in DynamoDB, a path means the same in both items: after `REMOVE l[0]` the new `l[0]` is returned, and after
    `SET l[99]` nothing is, since the new element stands at another index.
    """
    return _pick(applied.paths, applied.before if which == "UPDATED_OLD" else applied.item)


def _set(action: Action, item: Item) -> Wire:
    return _evaluate(_operand(action), item)


def _remove(_action: Action, _item: Item) -> None:
    return None


def _add(action: Action, item: Item) -> Wire:
    wire = _evaluate(_operand(action), item)
    before = resolve(action.path, item)
    if before is None:
        return wire
    ((kind, added),) = wire.items()
    if kind not in before:
        raise _refused(WRONG_TYPE, action, f"ADD of {kind} to {_shown(action.path)}, which is {_kind(before)}")
    if kind == "N":
        return _number(Decimal(before["N"]), Decimal(added), ops.PLUS, action)
    return {kind: in_order(kind, [*before[kind], *_without(kind, added, before[kind])])}


def added_members(path: Path, wire: Wire, item: Item) -> Wire:
    """What ADD of a value to a place writes: of a set what is not there yet, anything else as it is."""
    ((kind, added),) = wire.items()
    before = resolve(path, item) if kind in ops.SETS else None
    return wire if before is None or kind not in before else {kind: _without(kind, added, before[kind])}


def _delete(action: Action, item: Item) -> Wire | None:
    wire = _evaluate(_operand(action), item)
    before = resolve(action.path, item)
    if before is None:
        return None
    ((kind, removed),) = wire.items()
    if kind not in before:
        raise _refused(WRONG_TYPE, action, f"DELETE of {kind} from {_shown(action.path)}, which is {_kind(before)}")
    left = _without(kind, before[kind], removed)
    return {kind: left} if left else None


_PREPARE: Final[dict[Op, Callable[[Action, Item], Wire | None]]] = {
    ops.SET: _set,
    ops.REMOVE: _remove,
    ops.ADD: _add,
    ops.DELETE: _delete,
}


def _operand(action: Action) -> OperandNode:
    if action.value is None:
        raise OperandError(f"{action.op.text} {_shown(action.path)} lacks its value", node=action)
    return action.value


_SET_ORDER: Final[dict[str, Callable[[Any], Any]]] = {"SS": str.encode, "NS": Decimal, "BS": bytes}


def in_order(kind: str, elements: Iterable[Any]) -> list[Any]:
    """The elements of a set as DynamoDB answers them: texts and bytes by their bytes, numbers by value.

    >>> in_order("NS", ["10", "9", "-1"])
    ['-1', '9', '10']
    """
    return sorted(elements, key=_SET_ORDER[kind])


def _without(kind: str, elements: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    """The elements of a set that are not among the others."""
    if kind == "NS":
        numbers = set(map(Decimal, others))
        return [element for element in elements if Decimal(element) not in numbers]
    taken = set(others)
    return [element for element in elements if element not in taken]


def _evaluate(node: OperandNode, item: Item) -> Wire:
    """The value of an operand of SET, ADD or DELETE in the item as it was."""
    return _EVALUATE[type(node)](node, item)


def _path(path: Path, item: Item) -> Wire:
    wire = resolve(path, item)
    if wire is None:
        raise _refused(MISSING, path, f"{_shown(path)} is missing; if_not_exists() can give another value")
    return wire


def _value(value: Value, _item: Item) -> Wire:
    return value.wire


def _parameter(parameter: Parameter, _item: Item) -> Wire:
    raise ArgumentError(f"the parameter {parameter.name!r} has no value; give it one before applying the update")


def _arithmetic(arithmetic: Arithmetic, item: Item) -> Wire:
    left, right = (_number_of(operand, item) for operand in (arithmetic.left, arithmetic.right))
    return _number(left, right, arithmetic.op, arithmetic)


def _number_of(operand: OperandNode, item: Item) -> Decimal:
    wire = _evaluate(operand, item)
    if "N" not in wire:
        raise _refused(WRONG_TYPE, operand, f"{operand} is {_kind(wire)}, and only numbers are added or subtracted")
    return Decimal(wire["N"])


# Wide enough to be exact: from 9.99E+125 down to 1E-130 are 256 digits.
_EXACT: Final = Context(prec=300)


def _number(left: Decimal, right: Decimal, op: Op, node: Action | Arithmetic) -> Wire:
    exact = _EXACT.add(left, right) if op is ops.PLUS else _EXACT.subtract(left, right)
    number = _EXACT.normalize(exact)
    try:
        return {"N": number_text(number)}
    except ValueNotStorable:
        # Of too many digits the service says what it says of too large a number.
        reason = UNDERFLOW if number.adjusted() < limits.NUMBER_MIN_EXPONENT else OVERFLOW
        raise _refused(reason, node, f"{left} {op.text} {right} is no number DynamoDB can hold") from None


def _call(call: Call, item: Item) -> Wire:
    if call.op is ops.IF_NOT_EXISTS:
        attribute, otherwise = call.args
        # Read even if it is not needed: the service refuses a missing one either way.
        wire = _evaluate(otherwise, item)
        found = resolve(attribute, item) if isinstance(attribute, Path) else None
        return wire if found is None else found
    if call.op is not ops.LIST_APPEND:
        raise OperandError(f"{call.op.text} is not a value of SET", node=call)
    elements: list[Wire] = []
    for node in call.args:
        wire = _evaluate(node, item)
        if "L" not in wire:
            raise _refused(WRONG_TYPE, call, f"{node} is {_kind(wire)}, and list_append joins lists")
        elements += wire["L"]
    return {"L": elements}


_EVALUATE: Final[dict[type, Callable[[Any, Item], Wire]]] = {
    Path: _path,
    Value: _value,
    Parameter: _parameter,
    Arithmetic: _arithmetic,
    Call: _call,
}


def _kind(wire: Wire) -> str:
    return next(iter(wire))


def _shown(path: Path) -> str:
    return show_place(path.steps)


def _refused(reason: str, node: Action | OperandNode, why: str) -> UpdateRefused:
    return UpdateRefused(f"{reason}: {why}", node=node, reason=reason)


_GONE: Final[Wire] = {}
"""Stands where a list element was removed, so that the others keep their places until the end."""


class _Writer:
    """Writes into copies: a container is copied when something in it is first to be changed."""

    def __init__(self, item: Item) -> None:
        self._item: dict[str, Any] = dict(item)
        self._copied: dict[int, Any] = {}
        """The copies by their id; holding them keeps the ids unique."""
        self._appended: dict[int, list[tuple[int, Wire]]] = {}
        """By a list's id, what is to stand past its end."""
        self._thinned: dict[int, list[Wire]] = {}
        """By their id, the lists with elements to remove."""

    def place(self, action: Action) -> Any:
        """The map or list, copied, that holds the last step of the action's path."""
        steps = action.path.steps
        container: Any = self._item
        for index, step in enumerate(steps[:-1]):
            kind = "L" if type(steps[index + 1]) is int else "M"
            wire = _entry(container, step)
            inner = wire.get(kind) if wire is not None else None
            if inner is None:
                found = "missing" if wire is None else _kind(wire)
                wanted = "a list" if kind == "L" else "a map"
                where = show_place(steps[: index + 1])
                raise _refused(
                    INVALID_PATH, action, f"{_shown(action.path)} needs {wanted} at {where}, which is {found}"
                )
            if id(inner) not in self._copied:
                inner = inner.copy()
                self._copied[id(inner)] = inner
                container[step] = {kind: inner}
            container = inner
        return container

    def write(self, action: Action, container: Any, value: Wire | None) -> None:
        """Put the value where the action's path leads; None removes what is there."""
        steps = action.path.steps
        last = steps[-1]
        if value is not None and len(steps) + nesting(value) > limits.NESTING:
            raise _refused(TOO_DEEP, action, f"{_shown(action.path)} would nest more than {limits.NESTING} levels deep")
        if isinstance(last, str):
            if value is not None:
                container[last] = value
            else:
                container.pop(last, None)
        elif last < len(container):
            container[last] = value if value is not None else _GONE
            if value is None:
                self._thinned[id(container)] = container
        elif value is not None:
            self._appended.setdefault(id(container), []).append((last, value))

    def finish(self) -> Item:
        """The new item."""
        for elements in self._thinned.values():
            elements[:] = [element for element in elements if element is not _GONE]
        for key, added in self._appended.items():
            self._copied[key].extend(value for _, value in sorted(added, key=lambda pair: pair[0]))
        return self._item


def _entry(container: Any, step: Step) -> Wire | None:
    """The element of a map or a list, None when there is none."""
    if isinstance(step, str):
        return container.get(step)  # type: ignore[no-any-return]
    return container[step] if step < len(container) else None


def project(projection: Projection, item: Item) -> Item:
    """The part of an item that a projection returns: nested as it is, list elements in order and moved together.

    >>> project(Projection((Path(("l", 2)), Path(("l", 0)))), {"l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]}})
    {'l': {'L': [{'N': '0'}, {'N': '2'}]}}
    """
    return _pick(projection.paths, item)


def _pick(paths: Iterable[Path], item: Item) -> Item:
    tree: dict[Step, Any] = {}
    for path in paths:
        branch = tree
        for step in path.steps[:-1]:
            following = branch.setdefault(step, {})
            if following is None:
                break
            branch = following
        else:
            branch[path.steps[-1]] = None
    picked: Item = _pick_entries(tree, item)
    return picked


def _pick_entries(tree: dict[Step, Any], entries: dict[str, Wire]) -> dict[str, Wire]:
    picked: dict[str, Wire] = {}
    for step, branch in tree.items():
        wire = entries.get(step) if isinstance(step, str) else None
        found = _pick_value(branch, wire) if wire is not None else None
        if found is not None:
            picked[str(step)] = found
    return picked


def _pick_value(tree: dict[Step, Any] | None, wire: Wire) -> Wire | None:
    """The wanted part of a value; None when it holds nothing that is wanted."""
    if tree is None:
        return wire
    entries = wire.get("M")
    if entries is not None:
        picked = _pick_entries(tree, entries)
        return {"M": picked} if picked else None
    elements = wire.get("L")
    if elements is None:
        return None
    chosen = [
        found
        for index in sorted(step for step in tree if isinstance(step, int))
        if index < len(elements) and (found := _pick_value(tree[index], elements[index])) is not None
    ]
    return {"L": chosen} if chosen else None
