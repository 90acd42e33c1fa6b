"""Would DynamoDB refuse this expression?  What can be said of it without an item, in the service's own order.

The service walks an expression from its innermost parts outwards and from left to right, looks at each part alone, and
refuses at the first problem; an update's paths come before its values, and its last action before its first. Each
error's `reason` is what the service would say.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

from dynexpr import limits
from dynexpr.errors import (
    ExpressionError,
    ExpressionTooLarge,
    KeyAttributeError,
    OperandError,
    PathConflict,
    show_place,
)
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Condition,
    Constant,
    In,
    Node,
    Not,
    OperandNode,
    Or,
    Parameter,
    Path,
    Projection,
    Step,
    Test,
    Update,
    Value,
)
from dynexpr.expression.operators import Op
from dynexpr.expression.walk import paths, walk
from dynexpr.wire import Wire

Kind = Literal["condition", "filter", "key condition", "update", "projection"]

PREFIX: Final[dict[str, str]] = {
    "condition": "Invalid ConditionExpression: ",
    "filter": "Invalid FilterExpression: ",
    "key condition": "Invalid KeyConditionExpression: ",
    "update": "Invalid UpdateExpression: ",
    "projection": "Invalid ProjectionExpression: ",
}
"""How the service's words begin."""

OPERANDS: Final[dict[Op, int]] = {
    ops.ATTRIBUTE_EXISTS: 1,
    ops.ATTRIBUTE_NOT_EXISTS: 1,
    ops.ATTRIBUTE_TYPE: 2,
    ops.BEGINS_WITH: 2,
    ops.CONTAINS: 2,
    ops.SIZE: 1,
    ops.IF_NOT_EXISTS: 2,
    ops.LIST_APPEND: 2,
}
"""How many operands each function takes."""

TYPE_NAMES: Final = ("S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M")
_SPELLED: Final = {
    "S": "STRING", "N": "NUMBER", "B": "BINARY", "BOOL": "BOOLEAN", "NULL": "NULL", "L": "LIST", "M": "MAP",
    "SS": "STRING_SET", "NS": "NUMBER_SET", "BS": "BINARY_SET",
}  # fmt: skip
"""ADD and DELETE have their own words for the types."""


def check_condition(condition: Condition, kind: Kind = "condition") -> None:
    """Refuse a condition that DynamoDB would refuse whatever the item is."""
    if not _is_ordinary(condition):
        _Checker(kind).check(condition)


def check_update(update: Update) -> None:
    """Refuse an update that DynamoDB would refuse whatever the item is."""
    checker = _Checker("update")
    if not update.actions:
        raise ExpressionError(
            "an update without actions says nothing: set, remove, add or delete something",
            node=update,
            reason=PREFIX["update"] + "The expression can not be empty;",
        )
    checker.indexes(paths(update))
    actions = update.actions[::-1]
    for action in actions:
        checker.part(action.path)
    checker.distinct([action.path for action in actions])
    for action in actions:
        checker.action(action)


def check_projection(projection: Projection) -> None:
    """Refuse a projection that DynamoDB would refuse whatever the item is."""
    checker = _Checker("projection")
    if not projection.paths:
        raise ExpressionError(
            "a projection without paths returns nothing: name an attribute, or leave the projection out",
            node=projection,
            reason=PREFIX["projection"] + "The expression can not be empty;",
        )
    checker.indexes(projection.paths)
    for path in projection.paths:
        checker.part(path)
    checker.distinct(projection.paths[::-1])


def check_text_size(kind: Kind, text: str) -> None:
    """Refuse an expression whose text has more bytes than DynamoDB reads."""
    size = len(text) if text.isascii() else len(text.encode())
    if size > limits.EXPRESSION_BYTES:
        raise ExpressionTooLarge(
            f"the {kind} has {size:,} bytes; DynamoDB reads at most {limits.EXPRESSION_BYTES:,}; "
            "use fewer terms or several requests",
            limit=limits.EXPRESSION_BYTES,
            actual=size,
            reason=f"{PREFIX[kind]}Expression size has exceeded the maximum allowed size; expression size: {size}",
        )


def check_values_size(names: Mapping[str, str], values: Mapping[str, Wire]) -> None:
    """Refuse more than 2 MB of names and values in one request, or one placeholder of more than 255 bytes."""
    size = 0
    for token, name in names.items():
        size += len(token) + len(name.encode())
    for token, wire in values.items():
        size += len(token) + _weight(wire)
    for token in (*names, *values):
        if len(token) > limits.PLACEHOLDER_BYTES:
            raise ExpressionTooLarge(
                f"a placeholder has at most {limits.PLACEHOLDER_BYTES} bytes: {token[:40]}… has {len(token)}",
                limit=limits.PLACEHOLDER_BYTES,
                actual=len(token),
                reason=f"ExpressionAttribute{'Names' if token[0] == '#' else 'Values'} contains invalid key: The "
                f"expression attribute map contains a key that is too long; size of key: {len(token)}",
            )
    if size > limits.SUBSTITUTION_BYTES:
        raise ExpressionTooLarge(
            f"the names and values of the request's expressions have {size:,} bytes; DynamoDB takes "
            f"{limits.SUBSTITUTION_BYTES:,}; use fewer or smaller values",
            limit=limits.SUBSTITUTION_BYTES,
            actual=size,
            reason="ExpressionAttributeValues exceeds max size",
        )


def _weight(wire: Wire) -> int:
    """The bytes of a value, without its overhead; cut short where they can't matter."""
    ((kind, value),) = wire.items()
    if kind in {"S", "N"}:
        return len(value) if value.isascii() else len(value.encode())
    if kind == "B":
        return len(value)
    if kind in {"SS", "NS"}:
        return sum(len(element.encode()) for element in value)
    if kind == "BS":
        return sum(len(element) for element in value)
    if kind == "L":
        return sum(_weight(element) for element in value)
    if kind == "M":
        return sum(len(name.encode()) + _weight(element) for name, element in value.items())
    return 1


def check_filter_keys(condition: Condition, key_names: Sequence[str]) -> None:
    """Refuse a query's filter that names a key attribute of the table or index queried, *key_names* in schema order."""
    used = list(paths(condition))
    for name in key_names:
        for path in used:
            if path.steps[0] != name:
                continue
            if len(path.steps) > 1:
                raise KeyAttributeError(
                    f"{name} is part of the key, so it holds a plain value: {show_place(path.steps)} leads nowhere",
                    node=path,
                    reason="Key attributes must be scalars; "
                    f"list random access '[]' and map lookup '.' are not allowed: Key: {name}",
                )
    for name in key_names:
        for path in used:
            if path.steps[0] == name:
                raise KeyAttributeError(
                    f"{name} is part of the key of what is queried, and a query's filter may not name it; "
                    "put it in the key condition, or check it in Python",
                    node=path,
                    reason="Filter Expression can only contain non-primary key attributes: "
                    f"Primary key attribute: {name}",
                )


def check_update_keys(update: Update, key_names: Sequence[str]) -> None:
    """Refuse an update that changes an attribute of the table's key, *key_names* in schema order."""
    for name in key_names:
        for action in update.actions:
            if action.path.steps[0] == name:
                raise KeyAttributeError(
                    f"{name} is part of the key, which an update can't change; put a new item and delete this one",
                    node=action,
                    reason="One or more parameter values were invalid: "
                    f"Cannot update attribute {name}. This attribute is part of the key",
                )


def _is_ordinary(condition: Condition) -> bool:
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
        elif type(each) is Test and each.op is not ops.ATTRIBUTE_TYPE and len(each.args) == OPERANDS[each.op]:
            op, operands = each.op, each.args
        elif type(each) is Between and _is_ordered(each.lower, each.upper):
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


def _is_ordered(lower: OperandNode, upper: OperandNode) -> bool:
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


class _Checker:
    """Checks parts of one expression, and counts its operators."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._operators = 0

    def reason(self, words: str) -> str:
        return PREFIX[self._kind] + words

    def check(self, node: Node) -> None:
        parts = [part for part in walk(node) if type(part) is not Value]
        self.indexes([part for part in parts if type(part) is Path and len(part.steps) > 1])
        for part in parts:
            self.part(part)

    def part(self, node: Node) -> None:
        """Check one part alone; what it is made of has been checked before."""
        count = _CHECKS[type(node)](self, node)
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
        return 0

    def compare(self, node: Compare) -> int:
        operands = (node.left, node.right)
        self.types(node.op, operands, node)
        if type(node.right) is Path:
            self.distinct_operands(node.op, operands, node)
        return 1

    def between(self, node: Between) -> int:
        operands = (node.operand, node.lower, node.upper)
        self.types(ops.BETWEEN, operands, node)
        self.bounds(node)
        self.distinct_operands(ops.BETWEEN, operands, node)
        return 1

    def bounds(self, node: Between) -> None:
        lower, upper = node.lower, node.upper
        if not (isinstance(lower, Value) and isinstance(upper, Value)):
            return
        if _is_ordered(lower, upper):
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
        op, args = node.op, node.args
        if isinstance(node, Call):
            self.allowed(node)
        if len(args) != OPERANDS[op]:
            raise OperandError(
                f"{op.text} takes {OPERANDS[op]} operands, not {len(args)}",
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
        if (node.op is ops.SIZE) is not in_update:
            return
        where = "an update" if in_update else "a condition"
        raise OperandError(
            f"{node.op.text} can't be used in {where}: {node}",
            node=node,
            reason=self.reason(f"The function is not allowed in {where} expression; function: {node.op.text}"),
        )

    def type_name(self, node: Test | Call, name: OperandNode) -> None:
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
        if isinstance(operand, Call) and operand.op is ops.LIST_APPEND:
            raise OperandError(
                f"list_append must be the whole value of a SET, not part of it: {operand}",
                node=operand,
                reason=self.reason(
                    "The function is not allowed to be used this way in an expression; function: list_append"
                ),
            )

    def syntax(self, node: Node, token: str, problem: str) -> OperandError:
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
                    f"operator: {op.text}, first operand: {_spelled(first)}"
                ),
            )

    def distinct(self, used: Sequence[Path]) -> None:
        """Refuse two paths of which one leads into the other, or which take one place for a list and for a map."""
        root = _Place()
        for path in used:
            place = root
            for step in path.steps:
                if place.path is not None:
                    raise self.conflict("overlap", path, place.path)
                if place.places:
                    some = next(iter(place.places))
                    if isinstance(some, int) is not isinstance(step, int):
                        raise self.conflict("conflict", path, place.any())
                place = place.places.setdefault(step, _Place())
            if place.path is not None or place.places:
                raise self.conflict("overlap", path, place.any())
            place.path = path

    def conflict(self, how: Literal["overlap", "conflict"], first: Path, second: Path) -> PathConflict:
        one, two = show_place(first.steps), show_place(second.steps)
        if how == "conflict":
            problem = f"{one} and {two} take the same place, one for a list and one for a map"
        elif one == two:
            problem = f"{one} is named twice"
        else:
            problem = f"of {one} and {two} one lies inside the other"
        return PathConflict(
            f"the {self._kind} is ambiguous: {problem}; leave one of them out",
            node=first,
            reason=self.reason(
                f"Two document paths {how} with each other; must remove or rewrite one of these paths; "
                f"path one: {_spelled(first)}, path two: {_spelled(second)}"
            ),
        )


class _Place:
    """A place in an item that the paths checked so far lead to or pass through."""

    __slots__ = ("path", "places")

    def __init__(self) -> None:
        self.path: Path | None = None
        """The path that ends here."""
        self.places: dict[Step, _Place] = {}
        """Where paths lead from here."""

    def any(self) -> Path:
        """One of the paths that end here or further in."""
        place = self
        while place.path is None:
            place = next(iter(place.places.values()))
        return place.path


_CHECKS: Final[dict[type, Callable[[_Checker, Any], int]]] = {
    Path: _Checker.path,
    Value: _Checker.nothing,
    Parameter: _Checker.nothing,
    Constant: _Checker.nothing,
    Call: _Checker.function,
    Arithmetic: _Checker.arithmetic,
    Compare: _Checker.compare,
    Between: _Checker.between,
    In: _Checker.in_,
    Test: _Checker.function,
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


def _spelled(path: Path) -> str:
    """A path as the service writes it: `[a, [0], b]`."""
    return f"[{', '.join(f'[{step}]' if isinstance(step, int) else step for step in path.steps)}]"


def _shown(value: Value) -> str:
    """A literal as the service writes it."""
    kind, stored = value.pair
    if kind == "B":
        stored = f"java.nio.HeapByteBuffer[pos=0 lim={len(stored)} cap={len(stored)}]"
    return f"AttributeValue: {{{kind}:{stored}}}"
