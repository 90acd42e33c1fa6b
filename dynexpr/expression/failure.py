"""Why was a condition false?  The smallest clauses that decided it, each with the values it met."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dynexpr.errors import show_place
from dynexpr.expression.evaluate import holds, resolve
from dynexpr.expression.nodes import And, Condition, Constant, Not, Or, literal
from dynexpr.expression.walk import paths
from dynexpr.wire import Item, Wire


class FailedClause:
    """A clause that made a condition false, with the values the item had."""

    __slots__ = ("actual", "clause")

    def __init__(self, clause: Condition, actual: Mapping[str, Wire | None]) -> None:
        self.clause = clause
        """The clause as it is false: where a NOT made it so, the NOT is part of it."""
        self.actual = dict(actual)
        """Path text -> wire value, None where the item has none; in reading order."""

    def __str__(self) -> str:
        """`status = "paid" (status was "pending")`."""
        met = ", ".join(
            f"{path} was missing" if wire is None else f"{path} was {literal(wire)}"
            for path, wire in self.actual.items()
        )
        return f"{self.clause} ({met})" if met else str(self.clause)

    def __repr__(self) -> str:
        return f"<{self}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FailedClause):
            return NotImplemented
        return self.clause == other.clause and self.actual == other.actual

    def __hash__(self) -> int:
        return hash(self.clause)


def explain_failure(condition: Condition, item: Item) -> tuple[FailedClause, ...]:
    """The smallest clauses of a false condition that were false; nothing when the condition holds.

    >>> from dynexpr import attr
    >>> condition = (attr("status") == "paid") & (attr("amount") > 10)
    >>> for clause in explain_failure(condition, {"status": {"S": "pending"}, "amount": {"N": "20"}}):
    ...     print(clause)
    status = "paid" (status was "pending")

    All terms of an OR are given, since each of them could have made it true. Of an item that does not exist give `{}`.
    """
    if holds(condition, item):
        return ()
    found: list[FailedClause] = []
    # Pairs of a part and the truth it should have had: NOT turns it round, so De Morgan's laws do the rest.
    stack: list[tuple[Condition, bool]] = [(condition, True)]
    while stack:
        part, wanted = stack.pop()
        split = _SPLIT.get(part.__class__)
        if split is not None:
            stack.extend(reversed([each for each in split(part, wanted) if holds(each[0], item) is not each[1]]))
            continue
        clause = part if wanted else Constant(False) if isinstance(part, Constant) else Not(part)
        failed = FailedClause(clause, {show_place(path.steps): resolve(path, item) for path in paths(part)})
        if failed not in found:
            found.append(failed)
    return tuple(found)


def _split_terms(part: And | Or, wanted: bool) -> list[tuple[Condition, bool]]:
    return [(term, wanted) for term in part.terms]


_SPLIT: Final[dict[type, Callable[[Any, bool], list[tuple[Condition, bool]]]]] = {
    And: _split_terms,
    Or: _split_terms,
    Not: lambda part, wanted: [(part.term, not wanted)],
}
