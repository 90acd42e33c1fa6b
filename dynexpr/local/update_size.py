"""How large is an update to UpdateItem?  Its limit is on the item that is made, and on what the expression says.

What an expression writes counts with a charge for each of its actions; the item's key and what the update does not name
don't. So an update of an item with a short key may be refused although the item would fit. AttributeUpdates, updates in
transactions and PartiQL have no such limit.

Measured on the service: https://github.com/paritysuite/dynamodb-conformance (tier 3, item size by surface).
"""

from collections.abc import Callable
from typing import Any, Final

from dynexpr.expression import operators as ops
from dynexpr.expression.apply import added_members
from dynexpr.expression.nodes import Action, Arithmetic, Call, OperandNode, Path, Update, Value
from dynexpr.expression.operators import Op
from dynexpr.sizes import text_size, value_size
from dynexpr.wire import Item

_UPDATE: Final = 3
_WRITING: Final = 19
_TAKING: Final = 1
_TARGET_STEP: Final = 4
_OPERAND_STEP: Final = 14
_FUNCTIONS: Final[dict[Op, int]] = {ops.PLUS: 34, ops.MINUS: 37, ops.IF_NOT_EXISTS: 39, ops.LIST_APPEND: 37}


def update_size(update: Update, item: Item) -> int:
    """The bytes of an update of an item, as UpdateItem counts them.

    >>> from dynexpr.expression.nodes import literal
    >>> update_size(Update((Action(ops.SET, Path(("b",)), literal({"S": "text"})),)), {})
    27
    """
    return _UPDATE + sum(_action(action, item) for action in update.actions)


def _action(action: Action, item: Item) -> int:
    first, *rest = action.path.steps
    target = text_size(str(first)) + sum(_TARGET_STEP + text_size(str(step)) for step in rest)
    if action.value is None or action.op is ops.DELETE:
        return _TAKING + target
    if action.op is ops.ADD and isinstance(action.value, Value):
        return _WRITING + target + value_size(added_members(action.path, action.value.wire, item))
    return _WRITING + target + _operand(action.value)


def _operand(node: OperandNode) -> int:
    return _OPERANDS[type(node)](node)


_OPERANDS: Final[dict[type, Callable[[Any], int]]] = {
    Value: lambda value: value_size(value.wire),
    Path: lambda path: 1 + sum(_OPERAND_STEP + text_size(str(step)) for step in path.steps),
    Arithmetic: lambda node: _FUNCTIONS[node.op] + _operand(node.left) + _operand(node.right),
    Call: lambda call: _FUNCTIONS[call.op] + sum(map(_operand, call.args)),
}
