"""What are all the expressions of one request, with the maps they share?

The text depends on the statement's shape only, so it is rendered and checked once a shape; what depends on values is
checked every time.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from dynexpr.compile import checks
from dynexpr.compile.fold import fold
from dynexpr.compile.placeholders import Placeholders
from dynexpr.compile.render import render
from dynexpr.compile.shape import SHAPE, UNBOUND, Shape, Values
from dynexpr.compile.size_limits import check_text_size, check_values_size
from dynexpr.errors import PlaceholderError
from dynexpr.expression.kinds import PARAMETERS, Kind
from dynexpr.expression.nodes import Condition, Constant, Node, Projection, Record, Update, node
from dynexpr.expression.operators import TYPE_NAMES
from dynexpr.wire import Wire, thaw

_KEPT: Final = 1024
"""Shapes whose text is kept; a program has few, one that builds endlessly different conditions must not fill memory."""
_SHORT: Final = 64
"""Characters of a value that can't bring a request near 2 MB: texts of 4,096 bytes have no room for enough values."""
_FEW: Final = 65_536
"""Characters of names of which the same is true."""


@node
class Expressions(Record):
    """The expressions of one request: their texts in the order asked for, and the maps all of them share."""

    kinds: tuple[Kind, ...]
    texts: tuple[str, ...]
    names: dict[str, str]
    values: dict[str, Wire]

    def params(self) -> dict[str, Any]:
        """The parameters of a request: each expression under its name, then the maps that are not empty."""
        params: dict[str, Any] = {PARAMETERS[kind]: text for kind, text in zip(self.kinds, self.texts, strict=True)}
        if self.names:
            params["ExpressionAttributeNames"] = dict(self.names)
        if self.values:
            params["ExpressionAttributeValues"] = dict(self.values)
        return params


class Template:
    """What is kept of a shape."""

    __slots__ = ("bounds", "checked", "kinds", "long", "names", "plain", "texts", "tokens", "type_names", "weighed")

    def __init__(self, parts: Sequence[tuple[Kind, Node]], shape: Shape, values: Values) -> None:
        placeholders = Placeholders()
        texts: list[str] = []
        for kind, part in parts:
            _check(kind, part)
        for kind, part in parts:
            text = render(part, placeholders)
            check_text_size(kind, text)
            texts.append(text)
        self.kinds: tuple[Kind, ...] = tuple([kind for kind, _ in parts])
        self.texts = tuple(texts)
        if UNBOUND in shape:
            _refuse_parameters(values)
        self.names = {token: name for name, token in placeholders.names.items()}
        self.tokens = placeholders.values
        kinds = [kind for kind, _ in values]
        self.plain = _PLAIN.issuperset(kinds)
        """Whether no value is a set, a list or a map."""
        self.weighed = not self.plain or len("".join(placeholders.names)) > _FEW
        """Whether names and values may come to 2 MB even where no single value is long."""
        self.long = [index for index, kind in enumerate(kinds) if kind in _LONG]
        """Where the values are that may be long."""
        self.bounds = placeholders.bounds
        self.type_names = placeholders.type_names
        self.checked = bool(self.bounds or self.type_names)
        """Whether it depends on the values if DynamoDB takes the expressions."""

    def accepts(self, values: Values) -> bool:
        """Whether other values than those it was made with pass the checks that depend on values."""
        for index in self.bounds:
            kind, lower = values[index]
            upper = values[index + 1][1]
            if (Decimal(lower) > Decimal(upper)) if kind == "N" else lower > upper:
                return False
        return all(values[index][1] in TYPE_NAMES for index in self.type_names) if self.type_names else True


_templates: dict[tuple[object, ...], Template] = {}
_PLAIN: Final = frozenset({"S", "N", "B", "BOOL", "NULL"})
_LONG: Final = frozenset({"S", "B"})


def forget() -> None:
    """Drop what is kept of all shapes, for measurements."""
    _templates.clear()


def compile_expressions(parts: Sequence[tuple[Kind, Node]]) -> Expressions:
    """The texts of several expressions of one request, with one set of placeholders; checked as DynamoDB would."""
    template, values = fill(parts)
    return Expressions(template.kinds, template.texts, template.names, values)


def fill(parts: Sequence[tuple[Kind, Node]]) -> tuple["Template", dict[str, Wire]]:
    """What is kept of the shape of some expressions, and their values by placeholder, on the wire."""
    shape: Shape = []
    values: Values = []
    try:
        for kind, part in parts:
            shape.append(kind)
            SHAPE[type(part)](part, shape, values)
    except RecursionError:
        for kind, part in parts:
            _check(kind, part)  # which doesn't recurse, and refuses it
        raise
    key = tuple(shape)
    template = _templates.get(key)
    if template is None:
        if Constant in shape and not any(isinstance(part, Constant) for _, part in parts):
            return fill([(kind, fold(part) if isinstance(part, Condition) else part) for kind, part in parts])
        template = Template(parts, shape, values)
        if len(_templates) >= _KEPT:
            _templates.clear()
        _templates[key] = template
    elif template.checked and not template.accepts(values):
        for kind, part in parts:
            _check(kind, part)
    wires: dict[str, Wire]
    if template.plain:
        wires = {token: {type_: held} for token, (type_, held) in zip(template.tokens, values, strict=True)}
    else:
        wires = {token: thaw(pair) for token, pair in zip(template.tokens, values, strict=True)}
    weighed = template.weighed
    for index in template.long:
        if len(values[index][1]) > _SHORT:
            weighed = True
    if weighed:
        check_values_size(template.names, wires)
    return template, wires


def _refuse_parameters(values: Values) -> None:
    unbound = ", ".join(dict.fromkeys(f":{name}" for kind, name in values if kind == UNBOUND))
    raise PlaceholderError(
        f"{unbound}: no value was given; give it with execute(stmt, {{...}}) or stmt.bindparams(...)"
    )


def _check(kind: Kind, part: Node) -> None:
    if isinstance(part, Condition):
        checks.check_condition(part, kind)
    elif isinstance(part, Update):
        checks.check_update(part)
    elif isinstance(part, Projection):
        checks.check_projection(part)
