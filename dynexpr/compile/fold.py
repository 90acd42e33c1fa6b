"""What is left of a condition once the constants are out of it?

`col.in_([])` is false of every item, which DynamoDB has no text for: it must be decided here.
"""

from dynexpr.expression.nodes import And, Condition, Constant, Node, Not, Or, conjunction, disjunction
from dynexpr.expression.walk import rewrite, walk


def fold(condition: Condition) -> Condition:
    """The condition without constants, or the one constant that it comes to; the same object where there are none.

    >>> from dynexpr import attr
    >>> fold((attr("a") > 1) & ~attr("b").in_([]))
    attr('a') > 1
    """
    if any(type(each) is Constant for each in walk(condition)):
        return rewrite(condition, _without_constants)  # type: ignore[return-value]
    return condition


def _without_constants(node: Node) -> Node:
    """A node whose parts have been folded."""
    if isinstance(node, Not):
        return Constant(not node.term.truth) if isinstance(node.term, Constant) else node
    if not isinstance(node, And | Or):
        return node
    neutral = isinstance(node, And)
    kept = tuple(term for term in node.terms if not isinstance(term, Constant))
    if len(kept) == len(node.terms):
        return node
    if any(isinstance(term, Constant) and term.truth is not neutral for term in node.terms):
        return Constant(not neutral)
    return conjunction(kept) if neutral else disjunction(kept)
