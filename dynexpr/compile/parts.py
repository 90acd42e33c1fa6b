"""Would DynamoDB refuse a part of an expression, looked at alone?"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from dynexpr import limits
from dynexpr.compile.ordinary import is_ordered
from dynexpr.compile.overlaps import spelled
from dynexpr.errors import ExpressionError, ExpressionTooLarge, OperandError, show_place
from dynexpr.expression import operators as ops
from dynexpr.expression.kinds import Kind, refused
from dynexpr.expression.nodes import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Constant,
    In,
    Node,
    Not,
    OperandNode,
    Or,
    Parameter,
    Path,
    Test,
    Value,
)
from dynexpr.expression.operators import TYPE_NAMES, Op
from dynexpr.expression.walk import walk

_SPELLED: Final = {
    "S": "STRING", "N": "NUMBER", "B": "BINARY", "BOOL": "BOOLEAN", "NULL": "NULL", "L": "LIST", "M": "MAP",
    "SS": "STRING_SET", "NS": "NUMBER_SET", "BS": "BINARY_SET",
}  # fmt: skip
"""ADD and DELETE have their own words for the types."""


class Checker:
    """Checks parts of one expression, and counts its operators."""

    def __init__(self, kind: Kind) -> None:
        self._kind: Kind = kind
        self._operators = 0

    def reason(self, words: str) -> str:
        """What the service would say of it."""
        return refused(self._kind, words)

    def check(self, node: Node) -> None:
        """Refuse a condition for the first of its parts that is wrong."""
        parts = [part for part in walk(node) if type(part) is not Value]
        self.indexes([part for part in parts if type(part) is Path and len(part.steps) > 1])
        for part in parts:
            self.part(part)

    def part(self, node: Node) -> None:
        """Check one part alone; what it is made of has been checked before."""
        count = CHECKS[type(node)](self, node)
        if count:
            self._operators += count
            if self._operators > limits.OPERATORS:
                raise ExpressionTooLarge(
                    f"the {self._kind} has more than {limits.OPERATORS} operators and functions, "
                    "which is all DynamoDB takes; use fewer terms or several requests",
                    limit=limits.OPERATORS,
                    actual=self._operators,
                    node=node,
                    # The service stops counting here.
                    reason=self.reason(
                        f"The expression contains too many operators; operator count: {limits.OPERATORS + 1}"
                    ),
                )

    def indexes(self, used: Iterable[Path]) -> None:
        """The service reads list indexes with the text, before it checks anything."""
        for path in used:
            for step in path.steps[1:]:
                if isinstance(step, int) and not 0 <= step <= limits.LIST_INDEX:
                    raise ExpressionError(
                        f"{show_place(path.steps)}: a list index lies between 0 and {limits.LIST_INDEX}, not {step}",
                        node=path,
                        reason=self.reason(f"List index is not within the allowable range; index: [{step}]"),
                    )

    def path(self, path: Path) -> int:
        """Refuse a path of too many steps."""
        if len(path.steps) > limits.NESTING:
            raise ExpressionTooLarge(
                f"a path has at most {limits.NESTING} steps, {show_place(path.steps)} has {len(path.steps)}",
                limit=limits.NESTING,
                actual=len(path.steps),
                node=path,
                reason=self.reason(f"The document path has too many nesting levels; nesting levels: {len(path.steps)}"),
            )
        return 0

    def nothing(self, _node: Node) -> int:
        """Let a part pass that is right by itself."""
        return 0

    def compare(self, node: Compare) -> int:
        """Check `a = b` and its like."""
        operands = (node.left, node.right)
        self.types(node.op, operands, node)
        if type(node.right) is Path:
            self.distinct_operands(node.op, operands, node)
        return 1

    def between(self, node: Between) -> int:
        """Check `a BETWEEN b AND c`."""
        operands = (node.operand, node.lower, node.upper)
        self.types(ops.BETWEEN, operands, node)
        self.bounds(node)
        self.distinct_operands(ops.BETWEEN, operands, node)
        return 1

    def bounds(self, node: Between) -> None:
        """Refuse literal bounds of two types, or in the wrong order."""
        lower, upper = node.lower, node.upper
        if not (isinstance(lower, Value) and isinstance(upper, Value)):
            return
        if is_ordered(lower, upper):
            return
        shown = f"lower bound operand: {_shown(lower)}, upper bound operand: {_shown(upper)}"
        if lower.kind != upper.kind:
            raise OperandError(
                f"the bounds of BETWEEN have two types, {lower.kind} and {upper.kind}: {node}",
                node=node,
                reason=self.reason(f"The BETWEEN operator requires same data type for lower and upper bounds; {shown}"),
            )
        raise OperandError(
            f"the lower bound of BETWEEN lies above the upper one, so nothing can be between: {node}",
            node=node,
            reason=self.reason(
                f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {shown}"
            ),
        )

    def in_(self, node: In) -> int:
        """Check `a IN (b, c)`."""
        self.distinct_operands(ops.IN, (node.operand, *node.options), node)
        count = len(node.options)
        if not count:
            raise OperandError(
                f"IN needs at least one value: {node.operand} IN ()",
                node=node,
                reason=self.reason('Syntax error; token: ")", near: "()"'),
            )
        if count > limits.IN_OPERANDS:
            raise ExpressionTooLarge(
                f"IN takes at most {limits.IN_OPERANDS} values, here are {count}; join several with or_()",
                limit=limits.IN_OPERANDS,
                actual=count,
                node=node,
                reason=self.reason(f"The IN operator is provided with too many operands; number of operands: {count}"),
            )
        return 1

    def function(self, node: Test | Call) -> int:
        """Check a function or a test: how many operands it has, and which."""
        op, args = node.op, node.args
        if isinstance(node, Call):
            self.allowed(node)
        if len(args) != op.operands:
            raise OperandError(
                f"{op.text} takes {op.operands} operands, not {len(args)}",
                node=node,
                reason=self.reason(
                    "Incorrect number of operands for operator or function; "
                    f"operator or function: {op.text}, number of operands: {len(args)}"
                ),
            )
        if op in _PATH_REQUIRED and not isinstance(args[0], Path):
            raise OperandError(
                f"{op.text} asks about an attribute; {args[0]} is none",
                node=node,
                reason=self.reason(f"Operator or function requires a document path; operator or function: {op.text}"),
            )
        if op is ops.ATTRIBUTE_TYPE:
            self.type_name(node, args[1])
        elif op is not ops.CONTAINS and op is not ops.IF_NOT_EXISTS:
            self.types(op, args, node)
        if op not in _REPEATABLE:
            self.distinct_operands(op, args, node)
        return 1

    def allowed(self, node: Call) -> None:
        """Whether a function that has a value may stand in this kind of expression."""
        in_update = self._kind == "update"
        if node.op.in_set is in_update:
            return
        where = "an update" if in_update else "a condition"
        raise OperandError(
            f"{node.op.text} can't be used in {where}: {node}",
            node=node,
            reason=self.reason(f"The function is not allowed in {where} expression; function: {node.op.text}"),
        )

    def type_name(self, node: Test | Call, name: OperandNode) -> None:
        """Refuse what attribute_type can't be asked."""
        kind = static_type(name)
        if isinstance(name, Parameter):
            return
        if kind != "S":
            raise OperandError(
                f"attribute_type compares with the name of a type as a value, not with {name}",
                node=node,
                reason=self.reason(_wrong_type(ops.ATTRIBUTE_TYPE, kind or f"{{{','.join(TYPE_NAMES)}}}")),
            )
        text = name.pair[1] if isinstance(name, Value) else ""
        if text not in TYPE_NAMES:
            raise OperandError(
                f"attribute_type: {text!r} is not the name of a type; there are {', '.join(TYPE_NAMES)}",
                node=node,
                reason=self.reason(
                    f"Invalid attribute type name found; type: {text}, valid types: {{N,BS,L,B,NULL,M,S,SS,NS,BOOL}}"
                ),
            )

    def arithmetic(self, node: Arithmetic) -> int:
        """Check `a + b`, which only SET may hold, and of two terms."""
        if self._kind != "update":
            raise OperandError(
                f"a condition can't add or subtract: {node}",
                node=node,
                reason=self.reason(f'Syntax error; token: "{node.op.text}"'),
            )
        operands = (node.left, node.right)
        for operand in operands:
            if isinstance(operand, Arithmetic):
                raise self.syntax(node, node.op.text, "SET adds or subtracts two terms, not three")
            self.not_list_append(operand)
        self.types(node.op, operands, node)
        return 1

    def not_list_append(self, operand: Node) -> None:
        """Refuse list_append as part of a value."""
        if isinstance(operand, Call) and operand.op is ops.LIST_APPEND:
            raise OperandError(
                f"list_append must be the whole value of a SET, not part of it: {operand}",
                node=operand,
                reason=self.reason(
                    "The function is not allowed to be used this way in an expression; function: list_append"
                ),
            )

    def syntax(self, node: Node, token: str, problem: str) -> OperandError:
        """The error for what the service can't even read."""
        return OperandError(f"{problem}: {node}", node=node, reason=self.reason(f'Syntax error; token: "{token}"'))

    def action(self, action: Action) -> None:
        """Check what an action does with its path; the path itself has been checked."""
        op, value = action.op, action.value
        if (value is None) is not (op is ops.REMOVE):
            problem = "REMOVE takes no value" if op is ops.REMOVE else f"{op.text} needs a value"
            raise self.syntax(action, op.text, f"{problem} ({show_place(action.path.steps)})")
        if value is None:
            return
        if op is ops.SET:
            for part in walk(value):
                if isinstance(part, Call):
                    for operand in part.args:
                        self.not_list_append(operand)
                        if isinstance(operand, Arithmetic):
                            raise self.syntax(part, operand.op.text, "a function's operand can't be a sum")
                self.part(part)
            return
        if isinstance(value, Parameter):
            return
        if not isinstance(value, Value):
            raise self.syntax(action, show_place(action.path.steps), f"{op.text} takes a value, not {value}")
        if value.kind not in op.literal:
            raise OperandError(
                f"{op.text} takes {_listed(op.literal)}, not {value.kind}: "
                f"{op.text} {show_place(action.path.steps)} {value}",
                node=action,
                reason=self.reason(
                    f"Incorrect operand type for operator or function; operator: {op.text}, "
                    f"operand type: {_SPELLED[value.kind]}, typeSet: ALLOWED_FOR_{op.text}_OPERAND"
                ),
            )

    def types(self, op: Op, operands: Iterable[OperandNode], node: Node) -> None:
        """Refuse an operand whose type is known and which the operator never accepts."""
        accepts = op.accepts
        if accepts is ops.ANY:
            return
        for operand in operands:
            if type(operand) is Path:
                continue
            kind = static_type(operand)
            if kind is not None and kind not in accepts:
                raise OperandError(
                    f"{op.text} takes {_listed(accepts)}, not {kind} ({operand}): {node}",
                    node=node,
                    reason=self.reason(_wrong_type(op, kind)),
                )

    def distinct_operands(self, op: Op, operands: Sequence[OperandNode], node: Node) -> None:
        """Refuse an attribute compared with itself."""
        first = operands[0]
        if type(first) is not Path:
            return
        for other in operands[1:]:
            if type(other) is not Path or other.steps != first.steps:
                continue
            raise OperandError(
                f"{op.text} needs two different operands, and here {first} stands on both sides: {node}",
                node=node,
                reason=self.reason(
                    "The first operand must be distinct from the remaining operands for this operator or function; "
                    f"operator: {op.text}, first operand: {spelled(first)}"
                ),
            )


CHECKS: Final[dict[type, Callable[[Checker, Any], int]]] = {
    Path: Checker.path,
    Value: Checker.nothing,
    Parameter: Checker.nothing,
    Constant: Checker.nothing,
    Call: Checker.function,
    Arithmetic: Checker.arithmetic,
    Compare: Checker.compare,
    Between: Checker.between,
    In: Checker.in_,
    Test: Checker.function,
    And: lambda _checker, node: len(node.terms) - 1,
    Or: lambda _checker, node: len(node.terms) - 1,
    Not: lambda _checker, _node: 1,
}
"""By node type, a check that returns how many operators the node is."""

_PATH_REQUIRED: Final = frozenset({ops.ATTRIBUTE_EXISTS, ops.ATTRIBUTE_NOT_EXISTS, ops.IF_NOT_EXISTS})
_REPEATABLE: Final = frozenset({ops.LIST_APPEND, ops.SIZE})
"""Functions that take the same attribute twice, or once only."""


def static_type(operand: OperandNode) -> str | None:
    """The wire type of an operand that is the same for every item; None for what only an item can tell."""
    if type(operand) is Value:
        return operand.kind
    if type(operand) is Call and operand.op is ops.SIZE:
        return "N"
    return None


def _wrong_type(op: Op, kind: str) -> str:
    return f"Incorrect operand type for operator or function; operator or function: {op.text}, operand type: {kind}"


def _listed(kinds: Iterable[str]) -> str:
    return " or ".join(kind for kind in TYPE_NAMES if kind in kinds)


def _shown(value: Value) -> str:
    """A literal as the service writes it."""
    kind, stored = value.pair
    if kind == "B":
        stored = f"java.nio.HeapByteBuffer[pos=0 lim={len(stored)} cap={len(stored)}]"
    return f"AttributeValue: {{{kind}:{stored}}}"
