"""What is left of a condition once the constants are out of it?

`col.in_([])` is false of every item, which DynamoDB has no text for: it must be decided here.
"""

from dynexpr.expression.nodes import And, Condition, Constant, Not, Or, conjunction, disjunction


def fold(condition: Condition) -> Condition:
    """The condition without constants, or the one constant that it comes to; the same object where there are none."""
    if isinstance(condition, Not):
        negations = 0
        inner: Condition = condition
        while isinstance(inner, Not):  # a loop: hundreds of NOTs are legal
            negations += 1
            inner = inner.term
        folded = fold(inner)
        if isinstance(folded, Constant):
            return Constant(folded.truth ^ bool(negations % 2))
        if folded is inner:
            return condition
        for _ in range(negations):
            folded = Not(folded)
        return folded
    if isinstance(condition, And | Or):
        terms = tuple(fold(term) for term in condition.terms)
        neutral = isinstance(condition, And)
        if any(isinstance(term, Constant) and term.truth is not neutral for term in terms):
            return Constant(not neutral)
        kept = tuple(term for term in terms if not isinstance(term, Constant))
        if len(kept) == len(terms) and all(new is old for new, old in zip(terms, condition.terms, strict=True)):
            return condition
        return conjunction(kept) if neutral else disjunction(kept)
    return condition
