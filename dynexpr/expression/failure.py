"""Why was a condition false?  The smallest clauses that decided it, each with the values it met."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dynexpr.errors import show_place
from dynexpr.expression.evaluate import holds, resolve
from dynexpr.expression.nodes import And, Condition, Constant, Not, Or, is_secret, literal
from dynexpr.expression.printing import readable
from dynexpr.expression.walk import paths
from dynexpr.hiding import HIDDEN
from dynexpr.wire import Item, Wire


class FailedClause:
    """A clause that made a condition false, with the values the item had."""

    __slots__ = ("_everything", "_secret", "actual", "clause")

    def __init__(
        self,
        clause: Condition,
        actual: Mapping[str, Wire | None],
        *,
        secret: frozenset[str] = frozenset(),
        everything: bool = False,
    ) -> None:
        self.clause = clause
        """The clause as it is false: where a NOT made it so, the NOT is part of it."""
        self.actual = dict(actual)
        """Path text -> wire value, None where the item has none; in reading order."""
        self._secret = secret
        self._everything = everything

    def __str__(self) -> str:
        """`status = "paid" (status was "pending")`."""
        hidden = {
            show_place(path.steps)
            for path in paths(self.clause)
            if self._everything or is_secret(path) or path.steps[0] in self._secret
        }
        met = ", ".join(
            f"{path} was {'missing' if wire is None else HIDDEN if path in hidden else literal(wire)}"
            for path, wire in self.actual.items()
        )
        clause = readable(self.clause, secret=self._secret, everything=self._everything)
        return f"{clause} ({met})" if met else clause

    def __repr__(self) -> str:
        return f"<{self}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FailedClause):
            return NotImplemented
        return self.clause == other.clause and self.actual == other.actual

    def __hash__(self) -> int:
        return hash(self.clause)


def explain_failure(
    condition: Condition, item: Item, *, secret: frozenset[str] = frozenset(), everything: bool = False
) -> tuple[FailedClause, ...]:
    """The smallest clauses of a false condition that were false; nothing when the condition holds.

    >>> from dynexpr import attr
    >>> condition = (attr("status") == "paid") & (attr("amount") > 10)
    >>> for clause in explain_failure(condition, {"status": {"S": "pending"}, "amount": {"N": "20"}}):
    ...     print(clause)
    status = "paid" (status was "pending")

    All terms of an OR are given, since each of them could have made it true. Of an item that does not exist give `{}`.
    Clauses print no values of sensitive columns, nor of the attributes in *secret*; with *everything* none at all.
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
        met = {show_place(path.steps): resolve(path, item) for path in paths(part)}
        failed = FailedClause(clause, met, secret=secret, everything=everything)
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
