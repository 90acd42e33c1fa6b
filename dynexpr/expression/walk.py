"""Which parts has an expression?  Its children, everything inside it, its paths; and a copy with parts exchanged.

Nothing here recurses: a tree deeper than Python's stack must still be walked, if only to be refused as too large.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

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
    Test,
    Update,
    Value,
    is_secret,
    replace,
    secret_path,
)

N = TypeVar("N", bound=Node)


def _nothing(_node: Node) -> tuple[Node, ...]:
    return ()


_CHILDREN: Final[dict[type, Callable[[Any], tuple[Node, ...]]]] = {
    Path: _nothing,
    Value: _nothing,
    Parameter: _nothing,
    Constant: _nothing,
    Call: lambda node: node.args,
    Arithmetic: lambda node: (node.left, node.right),
    Compare: lambda node: (node.left, node.right),
    Between: lambda node: (node.operand, node.lower, node.upper),
    In: lambda node: (node.operand, *node.options),
    Test: lambda node: node.args,
    And: lambda node: node.terms,
    Or: lambda node: node.terms,
    Not: lambda node: (node.term,),
    Action: lambda node: (node.path,) if node.value is None else (node.path, node.value),
    Update: lambda node: node.actions,
    Projection: lambda node: node.paths,
}


_LEAVES: Final = frozenset({Path, Value, Parameter, Constant})


def children(node: Node) -> tuple[Node, ...]:
    """The parts a node is made of, in reading order."""
    return _CHILDREN[type(node)](node)


def walk(node: Node) -> Iterator[Node]:
    """Everything inside a node and at last the node itself: parts before the whole, from left to right.

    >>> from dynexpr import attr
    >>> [type(each).__name__ for each in walk(~(attr("a") > 1))]
    ['Path', 'Value', 'Compare', 'Not']
    """
    backwards: list[Node] = []
    stack = [node]
    while stack:
        node = stack.pop()
        backwards.append(node)
        if type(node) not in _LEAVES:
            stack.extend(_CHILDREN[type(node)](node))
    return reversed(backwards)


def paths(node: Node) -> Iterator[Path]:
    """Every path inside a node, in reading order."""
    return (each for each in walk(node) if type(each) is Path)


def kept_secret(node: N, names: frozenset[str]) -> N:
    """The node, its paths into these attributes marked as those of sensitive ones."""
    if not any(each.steps[0] in names and not is_secret(each) for each in paths(node)):
        return node
    return rewrite(  # type: ignore[return-value]  # of the same class
        node, lambda part: secret_path(part.steps) if type(part) is Path and part.steps[0] in names else part
    )


def rewrite(node: Node, function: Callable[[Node], Node]) -> Node:
    """A copy in which every part is what *function* makes of it, parts before the whole; unchanged parts are shared.

    >>> from dynexpr import attr
    >>> rewrite((attr("a") > 1), lambda part: Path(("b",)) if isinstance(part, Path) else part)
    attr('b') > 1
    """
    made: list[Node] = []
    for each in walk(node):
        count = len(_CHILDREN[type(each)](each))
        parts = tuple(made[len(made) - count :]) if count else ()
        if count:
            del made[-count:]
        made.append(function(with_children(each, parts)))
    return made[0]


def with_children(node: Node, parts: tuple[Node, ...]) -> Node:
    """The node with other children, as many as it has; itself when they are the very same."""
    if all(new is old for new, old in zip(parts, children(node), strict=True)):
        return node
    return replace(node, **_NAMED[type(node)](parts))


_NAMED: Final[dict[type, Callable[[tuple[Any, ...]], dict[str, object]]]] = {
    Call: lambda parts: {"args": parts},
    Arithmetic: lambda parts: {"left": parts[0], "right": parts[1]},
    Compare: lambda parts: {"left": parts[0], "right": parts[1]},
    Between: lambda parts: {"operand": parts[0], "lower": parts[1], "upper": parts[2]},
    In: lambda parts: {"operand": parts[0], "options": parts[1:]},
    Test: lambda parts: {"args": parts},
    And: lambda parts: {"terms": parts},
    Or: lambda parts: {"terms": parts},
    Not: lambda parts: {"term": parts[0]},
    Action: lambda parts: dict(zip(("path", "value"), parts, strict=False)),
    Update: lambda parts: {"actions": parts},
    Projection: lambda parts: {"paths": parts},
}
