"""Why could an update not be carried out on its item, and what would help?

The service says neither which item nor which attribute it means; the update says which ones it can have been.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dynexpr.errors import RequestRefused
from dynexpr.expression import operators as ops
from dynexpr.expression.apply import INVALID_PATH, MISSING, WRONG_TYPE
from dynexpr.expression.nodes import Action, Arithmetic, Call, OperandNode, Path, Update

if TYPE_CHECKING:
    from dynexpr.writes import Write


def on_its_item(write: "Write", error: RequestRefused) -> RequestRefused:
    """The error of an update that its item does not allow, with the item and the attributes; any other as it is."""
    told = None if write.update is None else _told(write.update, error.message)
    if told is None:
        return error
    return RequestRefused(
        f"{write.name}: {error.message}: {told}",
        code=error.code,
        operation=error.operation,
        status=error.status,
        response=error.response,
    )


def _told(update: Update, message: str) -> str | None:
    """Which attributes it can have been, and what to do; None where the message is about something else."""
    if MISSING in message:
        return f"{_either(_needed(update))} is missing; if_not_exists() gives another value instead"
    if INVALID_PATH in message:
        inside = [action.path for action in update.actions if len(action.path.steps) > 1]
        return f"what {_either(inside)} is inside of is missing, or of another type; set the whole of it first"
    if WRONG_TYPE in message:
        return f"{_either(_typed(update))} holds another type than the update counts on"
    return None


def _either(paths: Iterable[Path]) -> str:
    return " or ".join(dict.fromkeys(map(str, paths))) or "an attribute"


def _needed(update: Update) -> Iterator[Path]:
    """The attributes whose values are wanted."""
    for action in update.actions:
        if action.value is not None:
            yield from _read(action.value)


def _read(operand: OperandNode) -> Iterator[Path]:
    if isinstance(operand, Path):
        yield operand
    for part in _parts(operand):
        if not (isinstance(operand, Call) and operand.op is ops.IF_NOT_EXISTS and part is operand.args[0]):
            yield from _read(part)


def _parts(operand: OperandNode) -> tuple[OperandNode, ...]:
    if isinstance(operand, Arithmetic):
        return operand.left, operand.right
    return operand.args if isinstance(operand, Call) else ()


def _typed(update: Update) -> Iterator[Path]:
    """The attributes whose values must have some type."""
    for action in update.actions:
        if action.op in {ops.ADD, ops.DELETE}:
            yield action.path
        elif action.value is not None:
            yield from _of_a_type(action)


def _of_a_type(action: Action) -> Iterator[Path]:
    """Operands of sums and of list_append(), also behind if_not_exists()."""
    value = action.value
    if isinstance(value, Arithmetic) or (isinstance(value, Call) and value.op is ops.LIST_APPEND):
        todo: list[OperandNode] = [value]
        while todo:
            operand = todo.pop(0)
            if isinstance(operand, Path):
                yield operand
            todo += _parts(operand)
