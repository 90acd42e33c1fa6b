"""The expressions of one request: read from their text, given their names and values, checked as the service checks."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, cast

from dynexpr import limits
from dynexpr.compile import checks
from dynexpr.errors import ArgumentError
from dynexpr.expression.kinds import PARAMETERS, Kind
from dynexpr.expression.nodes import And, Value
from dynexpr.expression.walk import walk
from dynexpr.frontends.text import Shape, shape
from dynexpr.local import legacy
from dynexpr.local.errors import BadValue, LocalServiceError, refuse
from dynexpr.local.values import check_value
from dynexpr.local.wordings import current
from dynexpr.wire import Item, Wire

if TYPE_CHECKING:
    from dynexpr.expression.nodes import Condition, Projection, Update

_PLACEHOLDER: Final = re.compile(r"[#:]([A-Za-z0-9_]+)\Z")


class Expressions:
    """What the expressions of a request say; None for one that was not given."""

    __slots__ = ("condition", "filter", "key_condition", "legacy", "projection", "update")

    def __init__(self, given: Mapping[Any, Any], *, legacy: bool = False) -> None:
        self.legacy: Final = legacy
        """Whether some of it was said in the parameters that expressions replaced."""
        self.condition: Condition | None = given.get("condition")
        self.filter: Condition | None = given.get("filter")
        self.key_condition: Condition | None = given.get("key condition")
        self.projection: Projection | None = given.get("projection")
        self.update: Update | None = given.get("update")


NONE: Final = Expressions({})


def read(params: Mapping[str, Any], kinds: tuple[Kind, ...], *, value_level: int = 0) -> Expressions:
    """The expressions of these kinds that a request, or an action of a transaction, holds.

    Values begin at a level: at 0 they may have one level more than in an item, where the attribute's name is one.
    """
    texts: dict[Kind, str] = {
        kind: params[PARAMETERS[kind]] for kind in kinds if params.get(PARAMETERS[kind]) is not None
    }
    names = params.get("ExpressionAttributeNames")
    values = params.get("ExpressionAttributeValues")
    if not legacy.NAMES.isdisjoint(params):
        return _with_legacy(params, kinds)
    if not texts:
        if names or values:
            _without_expressions(kinds, names)
        return NONE
    if names is not None:
        _check_names(names)
    wires = _check_values(values, value_level) if values is not None else {}
    try:
        shapes: dict[Kind, Shape] = {kind: shape(kind, text) for kind, text in texts.items()}
        given: dict[Kind, Any] = {}
        for kind, each in shapes.items():
            if kind == "key condition" and not each.values <= wires.keys():
                _check_clauses_before_missing(each, names or {}, wires)
            node = each.bind(names or {}, wires)
            _CHECKS[kind](node)
            given[kind] = node
    except ArgumentError as error:
        refuse(getattr(error, "reason", None) or str(error))
    if names:
        _all_used(names, shapes, "names")
    if values:
        _all_used(values, shapes, "values")
    return Expressions(given)


_STAND_IN: Final[Wire] = {"S": "stands for a value that was not given"}


def _check_clauses_before_missing(each: Shape, names: Mapping[str, str], wires: Item) -> None:
    """Of a key condition's clauses the first that is wrong is reported: a value not given, or an operand's type."""
    if not each.names <= names.keys():
        return
    node = cast("Condition", each.bind(names, dict.fromkeys(each.values, _STAND_IN) | wires))
    for clause in node.terms if isinstance(node, And) else (node,):
        if any(isinstance(part, Value) and part.wire == _STAND_IN for part in walk(clause)):
            return
        checks.check_condition(clause, "key condition")


def _with_legacy(params: Mapping[str, Any], kinds: tuple[Kind, ...]) -> Expressions:
    legacy.check_mixed(params)
    given = {name: value for name, value in params.items() if name not in legacy.NAMES}
    modern = read(given, kinds)
    old = legacy.read(params)
    for kind, name in _ATTRIBUTES.items():
        if getattr(modern, name) is not None:
            old[kind] = getattr(modern, name)
    return Expressions(old, legacy=True)


_ATTRIBUTES: Final[dict[str, str]] = {
    "condition": "condition",
    "filter": "filter",
    "key condition": "key_condition",
    "projection": "projection",
    "update": "update",
}

_CHECKS: Final[dict[Kind, Any]] = {
    "condition": lambda node: checks.check_condition(node, "condition"),
    "filter": lambda node: checks.check_condition(node, "filter"),
    "key condition": lambda node: checks.check_condition(node, "key condition"),
    "update": checks.check_update,
    "projection": checks.check_projection,
}


def _without_expressions(kinds: tuple[Kind, ...], names: object) -> None:
    if names:
        refuse("ExpressionAttributeNames can only be specified when using expressions")
    members = [PARAMETERS[kind] for kind in kinds if kind != "projection"]
    if len(members) > 1:
        absent = f"{' and '.join(members)} are null"
    else:
        absent = f"{members[0]} is null" if members else "they are null"
    problem = "ExpressionAttributeValues can only be specified when using expressions"
    raise BadValue(f"{problem}: {absent}", problem)


def _check_names(names: Mapping[str, Any]) -> None:
    if not names:
        refuse("ExpressionAttributeNames must not be empty")
    for token, name in names.items():
        if not _PLACEHOLDER.match(token) or token[0] != "#":
            refuse(f'ExpressionAttributeNames contains invalid key: Syntax error; key: "{token}"')
        if len(token) > limits.PLACEHOLDER_BYTES:
            _too_long("Names", token)
        if not name:
            refuse(f"ExpressionAttributeNames contains invalid value: Empty attribute name for key {token}")


def _check_values(values: Mapping[str, Any], level: int) -> Item:
    if not values:
        refuse("ExpressionAttributeValues must not be empty")
    checked: Item = {}
    total = 0
    for token, wire in values.items():
        if not _PLACEHOLDER.match(token) or token[0] != ":":
            refuse(f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{token}"')
        if len(token) > limits.PLACEHOLDER_BYTES:
            _too_long("Values", token)
        try:
            checked[token], size = check_value(wire, level)
            total += size
        except LocalServiceError as error:
            if error.code != "ValidationException":
                raise
            raise BadValue(
                f"ExpressionAttributeValues contains invalid value: {error.message} for key {token}",
                current(error).message,
            ) from error
    if total > limits.SUBSTITUTION_BYTES:
        refuse("ExpressionAttributeValues exceeds max size")
    return checked


def _too_long(which: str, token: str) -> NoReturn:
    refuse(
        f"ExpressionAttribute{which} contains invalid key: "
        f"The expression attribute map contains a key that is too long; size of key: {len(token)}"
    )


def _all_used(given: Mapping[str, Any], shapes: dict[Kind, Shape], what: Literal["names", "values"]) -> None:
    used = cast("frozenset[str]", frozenset()).union(*(getattr(each, what) for each in shapes.values()))
    unused = [token for token in given if token not in used]
    if unused:
        raise LocalServiceError(
            "ValidationException",
            f"Value provided in ExpressionAttribute{what.title()} unused in expressions: keys: {{{', '.join(unused)}}}",
        )
