"""What do the parameters mean that expressions replaced?  The same nodes that expressions give.

`Expected`, `AttributeUpdates`, `KeyConditions`, `QueryFilter`, `ScanFilter` and `AttributesToGet`, with the service's
rules: one request holds either these or expressions, except that `KeyConditions` goes with other expressions.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    Action,
    Between,
    Call,
    Compare,
    Condition,
    In,
    Not,
    OperandNode,
    Path,
    Projection,
    Test,
    Update,
    Value,
    conjunction,
    disjunction,
    literal,
)
from dynexpr.expression.operators import Op
from dynexpr.local.errors import invalid_parameter, refuse
from dynexpr.local.schema import kind_of
from dynexpr.local.values import check_value

if TYPE_CHECKING:
    from dynexpr.wire import Wire

Params = Mapping[str, Any]

MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "projection": ("AttributesToGet",),
    "update": ("AttributeUpdates",),
    "condition": ("Expected",),
    "filter": ("QueryFilter", "ScanFilter"),
    "key condition": ("KeyConditions",),
}
"""Which parameters stand for which kind of expression."""

NAMES: Final = frozenset(name for names in MEMBERS.values() for name in names) | {"ConditionalOperator"}

_ORDER: Final = (
    "AttributesToGet", "AttributeUpdates", "QueryFilter", "ScanFilter", "Expected", "ConditionalOperator",
    "KeyConditions",
)  # fmt: skip
_EXPRESSIONS: Final = (
    "ProjectionExpression", "FilterExpression", "UpdateExpression", "ConditionExpression", "KeyConditionExpression",
)  # fmt: skip

_ORDERED: Final = frozenset({"S", "N", "B"})
_NESTED: Final = frozenset({"SS", "NS", "BS", "L", "M"})
_ONE: Final = range(1, 2)
_ANY_TYPE: Final = ops.ANY


def _compare(op: Op) -> Callable[[Path, list[Value]], Condition]:
    return lambda path, values: Compare(op, path, values[0])


def _test(op: Op) -> Callable[[Path, list[Value]], Condition]:
    return lambda path, values: Test(op, (path, *values))


def _without(path: Path, values: list[Value]) -> Condition:
    """NOT_CONTAINS holds only of an attribute that is there."""
    return conjunction((Test(ops.ATTRIBUTE_EXISTS, (path,)), Not(Test(ops.CONTAINS, (path, *values)))))


_OPERATORS: Final[dict[str, tuple[range, frozenset[str], Callable[[Path, list[Value]], Condition]]]] = {
    "EQ": (_ONE, _ANY_TYPE, _compare(ops.EQ)),
    "NE": (_ONE, _ANY_TYPE, _compare(ops.NE)),
    "LE": (_ONE, _ORDERED, _compare(ops.LE)),
    "LT": (_ONE, _ORDERED, _compare(ops.LT)),
    "GE": (_ONE, _ORDERED, _compare(ops.GE)),
    "GT": (_ONE, _ORDERED, _compare(ops.GT)),
    "NULL": (range(1), _ANY_TYPE, _test(ops.ATTRIBUTE_NOT_EXISTS)),
    "NOT_NULL": (range(1), _ANY_TYPE, _test(ops.ATTRIBUTE_EXISTS)),
    "CONTAINS": (_ONE, _ANY_TYPE - _NESTED, _test(ops.CONTAINS)),
    "NOT_CONTAINS": (_ONE, _ANY_TYPE - _NESTED, _without),
    "BEGINS_WITH": (_ONE, frozenset({"S", "B"}), _test(ops.BEGINS_WITH)),
    "IN": (range(1, 10_000), _ORDERED, lambda path, values: In(path, tuple(values))),
    "BETWEEN": (range(2, 3), _ORDERED, lambda path, values: Between(path, values[0], values[1])),
}
"""How many values an operator takes, of which types, and the condition it is."""

_INDEXABLE: Final = frozenset({"EQ", "LE", "LT", "GE", "GT", "BEGINS_WITH", "BETWEEN"})


def check_mixed(params: Params) -> None:
    """Refuse expressions and what they replaced in one request."""
    given = [name for name in _EXPRESSIONS if params.get(name) is not None]
    if not given:
        return
    old = [name for name in _ORDER if params.get(name) is not None]
    if "KeyConditionExpression" not in given:
        old = [name for name in old if name != "KeyConditions"]
    if old:
        refuse_mixed(old, given)


def refuse_mixed(old: list[str], given: list[str]) -> NoReturn:
    """Answer that a request has both these parameters and these expressions."""
    refuse(
        "Can not use both expression and non-expression parameters in the same request: "
        f"Non-expression parameters: {{{', '.join(old)}}} Expression parameters: {{{', '.join(given)}}}"
    )


def read(params: Params) -> dict[str, Any]:
    """The nodes that such parameters stand for, by kind of expression."""
    check_mixed(params)
    found: dict[str, Any] = {}
    for kind, names in MEMBERS.items():
        for name in names:
            given = params.get(name)
            if given is not None:
                node = _READ[kind](given, params)
                if node is not None:
                    found[kind] = node
    _check_operator(params)
    return found


def _check_operator(params: Params) -> None:
    if params.get("ConditionalOperator") is None:
        return
    terms: Params = next((params[name] for name in ("Expected", "QueryFilter", "ScanFilter") if params.get(name)), {})
    if not terms:
        refuse("ConditionalOperator cannot be used without Filter or Expected")
    if len(terms) == 1:
        refuse("ConditionalOperator can only be used when Filter or Expected has two or more elements")


def _path(name: str) -> Path:
    if not name:
        refuse("Empty attribute name")
    return Path((name,))


def _value(wire: Any) -> Value:
    return literal(check_value(wire)[0])


def _joined(terms: list[Condition], params: Params) -> Condition | None:
    if not terms:
        return None
    join = disjunction if params.get("ConditionalOperator") == "OR" else conjunction
    return join(tuple(terms))


def _condition(name: str, operator: str, wires: list[Any]) -> Condition:
    counts, kinds, make = _OPERATORS[operator]
    values = [_value(wire) for wire in wires]
    if len(values) not in counts:
        invalid_parameter(f"Invalid number of argument(s) for the {operator} ComparisonOperator")
    if len({value.kind for value in values}) > 1:
        invalid_parameter("AttributeValues inside AttributeValueList must be of same type")
    for value in values:
        if value.kind not in kinds:
            invalid_parameter(f"ComparisonOperator {operator} is not valid for {value.kind} AttributeValue type")
    if operator == "BETWEEN":
        _check_bounds(values[0], values[1])
    return make(_path(name), values)


def _check_bounds(lower: Value, upper: Value) -> None:
    from dynexpr.expression.evaluate import holds

    if holds(Compare(ops.GT, lower, upper), {}):
        refuse("The BETWEEN condition was provided a range where the lower bound is greater than the upper bound")


def _filter(given: Params, params: Params) -> Condition | None:
    terms = [
        _condition(name, term["ComparisonOperator"], list(term.get("AttributeValueList") or ()))
        for name, term in given.items()
    ]
    return _joined(terms, params)


def _key_condition(given: Params, _params: Params) -> Condition:
    if not given:
        refuse("Conditions can be of length 1 or 2 only")
    terms: list[Condition] = []
    for name, term in given.items():
        operator = term["ComparisonOperator"]
        made = _condition(name, operator, list(term.get("AttributeValueList") or ()))
        if operator not in _INDEXABLE:
            refuse("Attempted conditional constraint is not an indexable operation")
        terms.append(made)
    return conjunction(tuple(terms))


def _expected(given: Params, params: Params) -> Condition | None:
    return _joined([_expectation(name, term) for name, term in given.items()], params)


def _expectation(name: str, term: Params) -> Condition:
    operator, exists = term.get("ComparisonOperator"), term.get("Exists")
    value, values = term.get("Value"), term.get("AttributeValueList")
    if value is not None and values is not None:
        invalid_parameter(f"Value and AttributeValueList cannot be used together for Attribute: {name}")
    if operator is not None:
        if exists is not None:
            invalid_parameter(f"Exists and ComparisonOperator cannot be used together for Attribute: {name}")
        if value is None and values is None and operator not in {"NULL", "NOT_NULL"}:
            invalid_parameter(
                f"Value or AttributeValueList must be used with ComparisonOperator: {operator} for Attribute: {name}"
            )
        return _condition(name, operator, [value] if value is not None else list(values or ()))
    if values is not None:
        invalid_parameter(f"AttributeValueList can only be used with a ComparisonOperator for Attribute: {name}")
    if exists is False:
        if value is not None:
            invalid_parameter(f"Value cannot be used when Exists is false for Attribute: {name}")
        return Test(ops.ATTRIBUTE_NOT_EXISTS, (_path(name),))
    if value is None:
        shown = "null" if exists is None else "true"
        invalid_parameter(f"Value must be provided when Exists is {shown} for Attribute: {name}")
    return Compare(ops.EQ, _path(name), _value(value))


def _updates(given: Params, _params: Params) -> Update | None:
    actions = tuple(_action(name, update) for name, update in given.items())
    return Update(actions) if actions else None


_ADDED: Final = frozenset({"N", "SS", "NS", "BS", "L"})


def _action(name: str, update: Params) -> Action:
    action = update.get("Action") or "PUT"
    path = _path(name)
    if update.get("Value") is None:
        if action != "DELETE":
            invalid_parameter("Only DELETE action is allowed when no attribute value is specified")
        return Action(ops.REMOVE, path)
    wire: Wire = check_value(update["Value"])[0]
    kind = kind_of(wire)
    value: OperandNode = literal(wire)
    if action == "PUT":
        return Action(ops.SET, path, value)
    if action == "DELETE":
        if kind not in ops.SETS:
            invalid_parameter(f"DELETE action with value is not supported for the type {kind}")
        return Action(ops.DELETE, path, value)
    if kind not in _ADDED:
        invalid_parameter(f"ADD action is not supported for the type {kind}")
    if kind == "L":  # the only parameter that says more than ADD in an expression: it appends
        before = Call(ops.IF_NOT_EXISTS, (path, literal({"L": []})))
        return Action(ops.SET, path, Call(ops.LIST_APPEND, (before, value)))
    return Action(ops.ADD, path, value)


def _projection(given: list[str], _params: Params) -> Projection:
    seen: set[str] = set()
    for name in given:
        if name in seen:
            invalid_parameter(f"Duplicate value in attribute name: {name}")
        seen.add(name)
    return Projection(tuple(map(_path, given)))


_READ: Final[dict[str, Callable[[Any, Params], Any]]] = {
    "projection": _projection,
    "update": _updates,
    "condition": _expected,
    "filter": _filter,
    "key condition": _key_condition,
}
