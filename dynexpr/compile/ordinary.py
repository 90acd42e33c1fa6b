"""Is it plain at first sight that DynamoDB takes a condition?"""

from decimal import Decimal

from dynexpr import limits
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import And, Between, Compare, Condition, Not, OperandNode, Or, Path, Step, Test, Value


def is_ordinary(condition: Condition) -> bool:
    """Whether nothing can be wrong: attributes beside literals of types that their operators take, not too many.

    Most conditions are like that. To see it takes a third of the time of looking at each part, as is done otherwise.
    """
    operators = 0
    stack = [condition]
    while stack:
        each = stack.pop()
        operands: tuple[OperandNode, ...]
        if type(each) is Compare:
            op, operands = each.op, (each.left, each.right)
        elif type(each) is And or type(each) is Or:
            stack += each.terms
            operators += len(each.terms) - 1
            continue
        elif type(each) is Test and each.op is not ops.ATTRIBUTE_TYPE and len(each.args) == each.op.operands:
            op, operands = each.op, each.args
        elif type(each) is Between and is_ordered(each.lower, each.upper):
            op, operands = ops.BETWEEN, (each.operand, each.lower)
        elif type(each) is Not:
            stack.append(each.term)
            operators += 1
            continue
        else:
            return False
        operators += 1
        first = operands[0]
        if type(first) is not Path or (len(first.steps) > 1 and not _is_map_path(first.steps)):
            return False
        if len(operands) > 1:
            second = operands[1]
            if type(second) is not Value or second.pair[0] not in op.literal:
                return False
    return operators <= limits.OPERATORS


def is_ordered(lower: OperandNode, upper: OperandNode) -> bool:
    """Whether the bounds of BETWEEN are literals of one type that has an order, the lower one first."""
    if type(lower) is not Value or type(upper) is not Value:
        return False
    (kind, first), (other, last) = lower.pair, upper.pair
    if kind != other or kind not in ops.ORDERED:
        return False
    return bool(Decimal(first) <= Decimal(last) if kind == "N" else first <= last)


def _is_map_path(steps: tuple[Step, ...]) -> bool:
    """Whether a path leads through maps only, and no deeper than DynamoDB goes."""
    return len(steps) <= limits.NESTING and int not in map(type, steps)
