"""Which values of key attributes does a condition name?  `=` names one, IN several, `tuple_(...).in_` combinations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dynexpr.columns import Column
from dynexpr.expression import operators as ops
from dynexpr.expression.evaluate import holds
from dynexpr.expression.nodes import And, Compare, Condition, In, OperandNode, Or, Parameter, Path, Value
from dynexpr.expression.walk import walk
from dynexpr.plan.paths import attributes
from dynexpr.plan.ranges import comparison, fits, is_empty

Alternative = dict[str, OperandNode]
"""Attribute -> the literal (or parameter) it equals."""
Named = tuple[Condition, list[Alternative]]
"""A condition and the alternatives it names, all of the same attributes: it holds of what agrees with one of them."""

MOST: Final = 10_000
"""Combinations of several choices beyond which nobody means them as queries."""


def named_by(term: Condition, columns: Mapping[str, Column[Any]]) -> list[Alternative] | None:
    """The alternatives a condition names of some key attributes; None where it says anything else."""
    if isinstance(term, Compare):
        for column in columns.values():
            op, value = comparison(term, column)
            if op is ops.EQ and value is not None:
                return [{column.name: value}]
        return None
    if isinstance(term, In):
        return _of_in(term, columns)
    if isinstance(term, And):
        return _of_and(term, columns)
    return _of_or(term, columns) if isinstance(term, Or) else None


def _of_in(term: In, columns: Mapping[str, Column[Any]]) -> list[Alternative] | None:
    operand = term.operand
    column = columns.get(str(operand.steps[0])) if isinstance(operand, Path) and len(operand.steps) == 1 else None
    if column is None or not all(isinstance(option, Value | Parameter) for option in term.options):
        return None
    # A value of another type is never met.
    return [{column.name: option} for option in dict.fromkeys(term.options) if fits(option, column)]


def _of_and(term: And, columns: Mapping[str, Column[Any]]) -> list[Alternative] | None:
    whole: Alternative = {}
    for each in term.terms:
        found = named_by(each, columns) if isinstance(each, Compare) else None
        if found is None or found[0].keys() & whole.keys():
            return None
        whole |= found[0]
    return [whole]


def _of_or(term: Or, columns: Mapping[str, Column[Any]]) -> list[Alternative] | None:
    found: list[Alternative] = []
    for each in term.terms:
        inner = None if isinstance(each, Or) else named_by(each, columns)
        if inner is None or (found and inner and inner[0].keys() != found[0].keys()):
            return None
        found += inner
    return found


def usable(terms: Iterable[Condition], partition: Sequence[Column[Any]], sort: Sequence[Column[Any]]) -> list[Named]:
    """The terms that name partition attributes, or sort attributes from the left without a gap.

    A choice of sort attributes alone is a range to be read and checked: `tuple_` says that single keys are meant.
    """
    columns = {column.name: column for column in (*partition, *sort)}
    partition_names = {column.name for column in partition}
    while True:
        named = [
            (term, found)
            for term in terms
            if (found := named_by(term, columns)) is not None
            and (len(found) < 2 or not partition_names.isdisjoint(found[0]))
        ]
        names = {name for _, found in named if found for name in found[0]}
        allowed = {column.name: column for column in partition}
        for column in sort:
            if column.name not in names:
                break
            allowed[column.name] = column
        if len(allowed) == len(columns):
            return named
        columns = allowed


def joined(named: Iterable[Named], order: Sequence[str]) -> tuple[list[Alternative], list[Condition]] | None:
    """All combinations that agree with each of the terms, and the terms this covers; None for too many.

    A single value comes before a choice, an earlier attribute of the key before a later one: the order of the
    conditions does not matter.
    """
    ranked = sorted(named, key=lambda each: (len(each[1]) != 1, *_position(each[1], order)))
    found: list[Alternative] = [{}]
    covered: list[Condition] = []
    for term, alternatives in ranked:
        if len(found) > 1 and len(found) * len(alternatives) > MOST:
            return None
        shared = found[0].keys() & alternatives[0].keys() if found and alternatives else ()
        if any(_open(each[name]) for each in (*found, *alternatives) for name in shared):
            continue  # whether they agree is known when the parameters are
        found = _agreeing(found, alternatives, shared)
        covered.append(term)
    return list({tuple(each[name] for name in order if name in each): each for each in found}.values()), covered


def _agreeing(found: list[Alternative], others: list[Alternative], shared: Iterable[str]) -> list[Alternative]:
    """Each pair of the two that agrees on the attributes they share, as one."""
    names = tuple(shared)
    by_shared: dict[tuple[OperandNode, ...], list[Alternative]] = {}
    for other in others:
        by_shared.setdefault(tuple(other[name] for name in names), []).append(other)
    return [one | other for one in found for other in by_shared.get(tuple(one[name] for name in names), ())]


def _position(alternatives: list[Alternative], order: Sequence[str]) -> tuple[int, ...]:
    return tuple(sorted(order.index(name) for name in alternatives[0])) if alternatives else ()


def _open(*values: OperandNode) -> bool:
    return any(isinstance(value, Parameter) for value in values)


def decided(
    found: list[Alternative], terms: tuple[Condition, ...], known: frozenset[str]
) -> tuple[list[Alternative], tuple[Condition, ...]]:
    """The alternatives that are left by the terms which look at known attributes only, and the other terms.

    Such a term is true or false of an alternative before anything is read. No key attribute is empty.
    """
    found = [each for each in found if not any(isinstance(value, Value) and is_empty(value) for value in each.values())]
    ready = [term for term in terms if attributes(term) <= known and not has_parameter(term)]
    if not ready or any(_open(*each.values()) for each in found):
        return found, terms
    kept = [each for each in found if all(holds(term, _item(each)) for term in ready)]
    return kept, tuple(term for term in terms if all(term is not each for each in ready))


def _item(alternative: Alternative) -> dict[str, Any]:
    return {name: value.wire for name, value in alternative.items() if isinstance(value, Value)}


def has_parameter(term: Condition) -> bool:
    """Whether a value of the condition is still to be given."""
    return any(type(each) is Parameter for each in walk(term))
