"""How does a node look to a person?  `readable` is its meaning with values in place, `source` the Python that makes it.

    amount > 1000 AND begins_with(info.tags[0], "vip")
    (attr('amount') > 1000) & attr('info.tags[0]').begins_with('vip')

The first is `str()` of nodes and handles, the second their `repr()`. Both work without recursion over conditions, whose
depth a parsed text decides.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from dynexpr.errors import ValueNotStorable
from dynexpr.expression import operators as ops
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
    Or,
    Parameter,
    Path,
    Projection,
    Step,
    Test,
    Update,
    Value,
    fields_of,
    is_secret,
)
from dynexpr.expression.operators import Op
from dynexpr.expression.walk import children, paths, rewrite, walk
from dynexpr.wire import Frozen, decode, encode, freeze, thaw

_WIDTH: Final = 80
"""Characters of a value that are shown."""
_PLAIN_NAME: Final = re.compile(r"[^\W\d]\w*")
_KEYWORDS: Final = frozenset(op.text for op in ops.OPERATORS if op.text.isupper())
_FIRST_CLASS: Final = re.compile(r"[^.\[\]]+")
"""A name that attr() finds in text; others are given to it in a tuple."""

Parts: TypeAlias = list[Any]
Shown: TypeAlias = tuple[str, int]
"""A text and how tight it binds."""


def readable(node: Node, *, secret: frozenset[str] = frozenset(), everything: bool = False) -> str:
    """What DynamoDB is told, as a person reads it: values in place, fewest parentheses, long values cut.

    >>> from dynexpr import attr
    >>> print((attr("amount") > 1000) & ~attr(("a.b", 0)).contains({"x", "y"}))
    amount > 1000 AND NOT contains(`a.b`[0], {"x", "y"})

    A name that is not made of letters, digits and _ stands between backticks, so that the text is never ambiguous.
    Values beside a sensitive attribute (one of *secret*, or marked as one) are not shown; *everything* shows none.
    """
    node = veiled(node, secret, everything=everything)
    shown: Shown = _fold(node, lambda each, parts: _READABLE[type(each)](each, parts))
    return shown[0]


def source(node: Node) -> str:
    """The Python that makes the node: public names wherever they can, else the nodes themselves.

    >>> from dynexpr import attr
    >>> print(source((attr("amount") > 1000) & ~attr(("a.b", 0)).contains({"y", "x"})))
    (attr('amount') > 1000) & ~attr(('a.b', 0)).contains({'x', 'y'})
    >>> from dynexpr.expression.nodes import Update
    >>> source(Update((Action(ops.REMOVE, Path(("b", 0))),)))
    "Update((Action(REMOVE, Path(('b', 0))),))"

    What Python's operators can't say, such as a literal compared with a literal, is spelled with the nodes' classes. It
    evaluates to a condition, or to a handle whose `.node` it is, after

        from decimal import Decimal
        from dynexpr import *
        from dynexpr.expression.nodes import *
        from dynexpr.expression.operators import *
    """
    node = veiled(node)
    handle: Shown | None = _fold(node, _handle)
    return _nodes(node) if handle is None else handle[0]


VEIL: Final = Parameter("…")
"""Stands for a value that is not shown."""
_TOGETHER: Final = frozenset({Compare, Between, In, Test, Action})
"""What puts values beside a path."""


def veiled(node: Node, secret: frozenset[str] = frozenset(), *, everything: bool = False) -> Node:
    """The node without the values that stand beside a sensitive attribute, or without any."""
    if everything:
        return rewrite(node, lambda part: VEIL if type(part) is Value else part)

    def hidden(part: Node) -> bool:
        return any(is_secret(path) or (bool(path.steps) and path.steps[0] in secret) for path in paths(part))

    if not hidden(node):
        return node
    return rewrite(
        node, lambda part: veiled(part, everything=True) if type(part) in _TOGETHER and hidden(part) else part
    )


def _fold(root: Node, make: Callable[[Node, Parts], Any]) -> Any:
    """What *make* makes of a node and of what it made of the node's children, from the leaves up."""
    made: Parts = []
    for node in walk(root):
        first = len(made) - len(children(node))
        made[first:] = [make(node, made[first:])]
    return made[0]


_OPERAND: Final = ops.ATTRIBUTE_EXISTS.level
_ALONE: Final = 0


def _inside(shown: Shown, level: int) -> str:
    text, own = shown
    return f"({text})" if own < level else text


def _listed(parts: Iterable[Shown]) -> str:
    return ", ".join(text for text, _ in parts)


def _joined(op: Op, parts: Parts) -> Shown:
    return f" {op.text} ".join(_inside(part, op.level + 1) for part in parts), op.level


def _update(node: Update, parts: Parts) -> Shown:
    clauses: dict[str, list[str]] = {}
    for action, (text, _) in zip(node.actions, parts, strict=True):
        clauses.setdefault(action.op.text, []).append(text.removeprefix(f"{action.op.text} "))
    return " ".join(f"{word} {', '.join(texts)}" for word, texts in clauses.items()), _ALONE


def _action(node: Action, parts: Parts) -> Shown:
    between = " = " if node.op is ops.SET else " "
    return f"{node.op.text} {between.join(text for text, _ in parts)}", _ALONE


_READABLE: Final[dict[type, Callable[[Any, Parts], Shown]]] = {
    Path: lambda node, _: (_path(node.steps), _OPERAND),
    Value: lambda node, _: (_clip(_literal(node.pair)), _OPERAND),
    Parameter: lambda node, _: (node.name if node is VEIL else f":{node.name}", _OPERAND),
    Call: lambda node, parts: (f"{node.op.text}({_listed(parts)})", _OPERAND),
    Arithmetic: lambda node, parts: (f"{parts[0][0]} {node.op.text} {parts[1][0]}", _OPERAND),
    Compare: lambda node, parts: (f"{parts[0][0]} {node.op.text} {parts[1][0]}", node.op.level),
    Between: lambda _, parts: (f"{parts[0][0]} BETWEEN {parts[1][0]} AND {parts[2][0]}", ops.BETWEEN.level),
    In: lambda _, parts: (f"{parts[0][0]} IN ({_listed(parts[1:])})", ops.IN.level),
    Test: lambda node, parts: (f"{node.op.text}({_listed(parts)})", _OPERAND),
    And: lambda _, parts: _joined(ops.AND, parts),
    Or: lambda _, parts: _joined(ops.OR, parts),
    Not: lambda _, parts: (f"NOT {_inside(parts[0], ops.NOT.level)}", ops.NOT.level),
    Constant: lambda node, _: ("TRUE" if node.truth else "FALSE", _OPERAND),
    Action: _action,
    Update: _update,
    Projection: lambda _, parts: (_listed(parts), _ALONE),
}


def _path(steps: tuple[Step, ...]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{_name(step)}" if text else _name(step)
    return text


def _name(name: str) -> str:
    is_plain = _PLAIN_NAME.fullmatch(name) and name.upper() not in _KEYWORDS
    return name if is_plain else _quoted(name, "`")


def _quoted(text: str, mark: str) -> str:
    text = text.replace("\\", "\\\\").replace(mark, "\\" + mark)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
    return f"{mark}{text}{mark}"


def _literal(pair: Frozen) -> str:
    kind, value = pair
    return _LITERALS[kind](value)


_LITERALS: Final[dict[str, Callable[[Any], str]]] = {
    "S": lambda value: _quoted(value[: _WIDTH + 1], '"'),  # of a long text, no more than is going to be shown
    "N": str,
    "B": lambda value: repr(bytes(value[:_WIDTH])),
    "BOOL": lambda value: "true" if value else "false",
    "NULL": lambda _: "NULL",
    "SS": lambda value: _series("{", (_quoted(element, '"') for element in value), "}"),
    "NS": lambda value: _series("{", value, "}"),
    "BS": lambda value: _series("{", (repr(element) for element in value), "}"),
    "L": lambda value: _series("[", (_literal(element) for element in value), "]"),
    "M": lambda value: _series("{", (f"{_quoted(key, chr(34))}: {_literal(each)}" for key, each in value), "}"),
}


def _series(opening: str, texts: Iterable[str], closing: str) -> str:
    text = opening
    for index, each in enumerate(texts):
        text += f", {each}" if index else each
        if len(text) > _WIDTH:
            return text
    return text + closing


def _clip(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _nodes(root: Node) -> str:
    """The node spelled with the nodes' classes."""

    def spell(node: Node, parts: Parts) -> str:
        unused = iter(parts)

        def field(value: Any) -> str:
            if isinstance(value, Node):
                return str(next(unused))
            if isinstance(value, Op):
                return _IDENTIFIERS[value]
            if isinstance(value, tuple) and value and isinstance(value[0], Node):
                texts = [str(next(unused)) for _ in value]
                return f"({', '.join(texts)}{',' * (len(texts) == 1)})"
            return repr(value)

        values = [getattr(node, name) for name in fields_of(node)]
        if isinstance(node, Action) and node.value is None:
            values.pop()
        return f"{type(node).__name__}({', '.join(map(field, values))})"

    return str(_fold(root, spell))


_IDENTIFIERS: Final = {op: name for name, op in vars(ops).items() if isinstance(op, Op)}

# How tight Python binds: a comparison goes in parentheses beside & and |.
_COMPARED, _OR, _AND, _SUM, _NOT, _CALLED = range(6)


def _handle(node: Node, parts: Parts) -> Shown | None:
    """The node in public spelling, where the operators make exactly this node; *parts* are its children's, or None."""
    maker = _HANDLES.get(type(node))
    if maker is None or (None in parts and not isinstance(node, And | Or | Not)):
        return None
    shown: Shown | None = maker(node, parts)
    return shown


def _handle_value(node: Value, _parts: Parts) -> Shown | None:
    try:
        if freeze(encode(decode(thaw(node.pair)))) == node.pair:
            return _python(node.pair), _CALLED
    except (ArithmeticError, KeyError, TypeError, ValueError, ValueNotStorable):
        pass
    return None  # such as an empty set, or a number not in canonical form: no Python value gives it


def _python(pair: Frozen) -> str:
    kind, value = pair
    if kind == "L":
        return f"[{', '.join(_python(element) for element in value)}]"
    if kind == "M":
        return f"{{{', '.join(f'{key!r}: {_python(element)}' for key, element in value)}}}"
    if kind in ops.SETS:
        return f"{{{', '.join(_python((kind[0], element)) for element in value)}}}"
    if kind == "N":
        return str(value) if "." not in value else f"Decimal({value!r})"
    return repr(None if kind == "NULL" else value)


def _handle_path(node: Path, _parts: Parts) -> Shown | None:
    steps = node.steps
    if not steps or not isinstance(steps[0], str) or "" in steps:
        return None
    if all(isinstance(step, int) or _FIRST_CLASS.fullmatch(step) for step in steps):
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
        return f"attr({text[1:]!r})", _CALLED
    return f"attr({steps!r})", _CALLED


def _receives(operand: Node) -> bool:
    """Whether its handle has the operators of a condition."""
    return isinstance(operand, Path) or (isinstance(operand, Call) and operand.op is ops.SIZE)


def _takes(op: Op, operand: Node, *others: Node) -> bool:
    """Whether *operand*'s handle would make the very nodes of its literal operands."""
    kinds = {other.kind for other in others if isinstance(other, Value)}
    is_number = isinstance(operand, Call)
    return _receives(operand) and kinds <= op.literal and (not is_number or kinds <= {"N"})


def _handle_compare(node: Compare, parts: Parts) -> Shown | None:
    left, right = node.left, node.right
    if isinstance(right, Value) and right.kind == "NULL":
        return (f"{parts[0][0]}.is_null()", _CALLED) if node.op is ops.EQ and isinstance(left, Path) else None
    if not _takes(node.op, left, right):
        return None
    symbol = _SYMBOLS[node.op]
    return f"{parts[0][0]} {symbol} {parts[1][0]}", _COMPARED


_SYMBOLS: Final = {ops.EQ: "==", ops.NE: "!=", ops.LT: "<", ops.LE: "<=", ops.GT: ">", ops.GE: ">="}


def _handle_between(node: Between, parts: Parts) -> Shown | None:
    if not _takes(ops.BETWEEN, node.operand, node.lower, node.upper):
        return None
    return f"{parts[0][0]}.between({parts[1][0]}, {parts[2][0]})", _CALLED


def _handle_in(node: In, parts: Parts) -> Shown | None:
    if not node.options or not _takes(ops.IN, node.operand, *node.options):
        return None
    return f"{parts[0][0]}.in_([{_listed(parts[1:])}])", _CALLED


def _handle_test(node: Test, parts: Parts) -> Shown | None:
    first, *others = node.args
    wanted = 0 if node.op in {ops.ATTRIBUTE_EXISTS, ops.ATTRIBUTE_NOT_EXISTS} else 1
    if not isinstance(first, Path) or len(others) != wanted or not _takes(node.op, first, *others):
        return None
    if node.op is ops.ATTRIBUTE_TYPE and not (isinstance(others[0], Value) and others[0].pair[1] in ops.ANY):
        return None
    return f"{parts[0][0]}.{node.op.python}({_listed(parts[1:])})", _CALLED


def _handle_call(node: Call, parts: Parts) -> Shown | None:
    first, *others = node.args
    if node.op is ops.LIST_APPEND:
        return _handle_append(first, others[0], parts) if len(others) == 1 else None
    if not isinstance(first, Path) or len(others) != (node.op is ops.IF_NOT_EXISTS):
        return None
    return f"{parts[0][0]}.{node.op.python}({_listed(parts[1:])})", _CALLED


def _handle_append(left: Node, right: Node, parts: Parts) -> Shown | None:
    at_end = not isinstance(left, Value)
    (old, text), (new, other) = ((left, parts[0]), (right, parts[1]))[:: 1 if at_end else -1]
    options = ""
    if not _is_default(old) and not isinstance(old, Path):
        return None
    if isinstance(old, Call) and isinstance(old.args[0], Path) and old.args[1:] == (_EMPTY_LIST,):
        text, options = _handle_path(old.args[0], []), ", create_missing=True"
    if text is None:
        return None
    if isinstance(new, Value):
        if new.kind != "L" or not new.pair[1]:
            return None
        items = other[0][1:-1]
    elif _is_default(new) or isinstance(new, Path):
        items = other[0]
    else:
        return None
    return f"{text[0]}.{'append' if at_end else 'prepend'}({items}{options})", _CALLED


def _is_default(operand: Node) -> bool:
    return isinstance(operand, Call) and operand.op is ops.IF_NOT_EXISTS


_EMPTY_LIST: Final = Value(("L", ()))


def _handle_sum(node: Arithmetic, parts: Parts) -> Shown | None:
    sides = node.left, node.right
    if any(isinstance(side, Arithmetic) or (isinstance(side, Value) and side.kind != "N") for side in sides):
        return None
    if all(isinstance(side, Value | Parameter) for side in sides):
        return None
    if any(isinstance(side, Call) and side.op is not ops.IF_NOT_EXISTS for side in sides):
        return None
    return f"{parts[0][0]} {node.op.text} {parts[1][0]}", _SUM


def _spelled(node: Node, part: Shown | None) -> Shown:
    return (_nodes(node), _CALLED) if part is None else part


def _handle_joined(node: And | Or, parts: Parts) -> Shown | None:
    if len(parts) < 2 or any(isinstance(term, type(node)) for term in node.terms):
        return None  # & and | keep it flat
    symbol, level = (" & ", _AND) if isinstance(node, And) else (" | ", _OR)
    terms = zip(node.terms, parts, strict=True)
    return symbol.join(_inside(_spelled(term, part), level + 1) for term, part in terms), level


_HANDLES: Final[dict[type, Callable[[Any, Parts], Shown | None]]] = {
    Path: _handle_path,
    Value: _handle_value,
    Parameter: lambda node, _: (node.name if node is VEIL else f"Parameter({node.name!r})", _CALLED),
    Call: _handle_call,
    Arithmetic: _handle_sum,
    Compare: _handle_compare,
    Between: _handle_between,
    In: _handle_in,
    Test: _handle_test,
    And: _handle_joined,
    Or: _handle_joined,
    Not: lambda node, parts: (f"~{_inside(_spelled(node.term, parts[0]), _NOT)}", _NOT),
    Constant: lambda node, _: ("and_()" if node.truth else "or_()", _CALLED),
}
