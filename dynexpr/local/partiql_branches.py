"""Do two branches of a WHERE read the same part of a partition?  The service refuses a SELECT in which they do.

OR makes branches, and so does IN on a key attribute. A branch reads what its conditions leave of the sort keys of one
partition: everything, where it says nothing of them. A branch that negates a condition on the sort key, or has `<>`,
is not looked at. https://github.com/paritysuite/dynamodb-conformance (tests/tier2/partiql, tests/tier3/error-messages)
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import And, Compare, Condition, Not, Or, Value
from dynexpr.expression.walk import paths
from dynexpr.local import keys
from dynexpr.local.errors import refuse
from dynexpr.local.partiql_keys import equal_to, key_term
from dynexpr.local.reads import sort_range
from dynexpr.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dynexpr.local.schema import KeySpace

_MOST: Final = 1000
"""Branches of a WHERE that are compared; one with more is read as a whole anyway."""


class _Branch(NamedTuple):
    partition: bytes | None = None
    low: bytes = b""
    high: bytes | None = None
    """Sort bytes, up to but without this one; None is all of them."""
    compared: bool = True

    def reads(self) -> bool:
        """Whether there is a part of a partition that it reads."""
        return self.compared and (self.high is None or self.low < self.high)

    def and_(self, other: "_Branch") -> "_Branch":
        """What both leave."""
        if None not in {self.partition, other.partition} and self.partition != other.partition:
            return _Branch(self.partition, compared=False)
        highs = [high for high in (self.high, other.high) if high is not None]
        return _Branch(
            self.partition if other.partition is None else other.partition,
            max(self.low, other.low),
            min(highs, default=None),
            self.compared and other.compared,
        )


_ALL: Final = _Branch()
_PASSED_OVER: Final = _Branch(compared=False)


def check_branches(space: "KeySpace", where: Condition) -> None:
    """Refuse a WHERE whose branches overlap, where each of them names a partition and the partitions are sorted."""
    branches = _branches(space, where) if space.sort else None
    if branches is None or any(branch.partition is None for branch in branches):
        return
    found = sorted((each for each in branches if each.reads()), key=lambda each: (each.partition or b"", each.low))
    for one, following in pairwise(found):
        if one.partition == following.partition and (one.high is None or following.low < one.high):
            refuse("Overlapping conditions with range keys are not supported in where clause")


def _branches(space: "KeySpace", term: Condition) -> list[_Branch] | None:
    """The branches of a condition; None where they are too many."""
    if isinstance(term, And):
        found = [_ALL]
        for each in term.terms:
            further = _branches(space, each)
            if further is None or len(found) * len(further) > _MOST:
                return None
            found = [one.and_(other) for one in found for other in further]
        return found
    if isinstance(term, Or) and _names_key(space, term):
        parts = [_branches(space, each) for each in term.terms]
        found = [branch for part in parts if part is not None for branch in part]
        return found if None not in parts and len(found) <= _MOST else None
    return list(_leaf(space, term))


def _names_key(space: "KeySpace", term: Condition) -> bool:
    """Whether a condition on a key attribute is in it; without one, OR is only a filter."""
    if isinstance(term, And | Or):
        return any(_names_key(space, each) for each in term.terms)
    return any(equal_to(term, name) is not None for name in space.attributes) or (
        key_term(term, space.sort[0]) is not None
    )


def _leaf(space: "KeySpace", term: Condition) -> "Iterable[_Branch]":
    partition, sort = space.partition[0], space.sort[0]
    wires = equal_to(term, partition)
    if wires is not None and _typed(space, partition, wires):
        return [_Branch(keys.partition([wire])) for wire in wires]
    wires = equal_to(term, sort)
    if wires is not None:
        return [_exactly(wire) for wire in wires] if _typed(space, sort, wires) else [_PASSED_OVER]
    bound = key_term(term, sort)
    if bound is not None:
        values = [value.wire for value in bound.operands if isinstance(value, Value)]
        return [_Branch(None, *sort_range((bound,)))] if _typed(space, sort, values) else [_PASSED_OVER]
    negated = isinstance(term, Not) or (isinstance(term, Compare) and term.op is ops.NE)
    return [_PASSED_OVER if negated and any(path.steps == (sort,) for path in paths(term)) else _ALL]


def _exactly(wire: Wire) -> _Branch:
    key = keys.encode_key(wire)
    return _Branch(None, key, keys.after_equal(key))


def _typed(space: "KeySpace", name: str, wires: list[Wire]) -> bool:
    return all(space.types[name] in wire for wire in wires)
