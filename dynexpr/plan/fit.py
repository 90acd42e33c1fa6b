"""Can this table or index serve a statement?  Which conditions are its key condition, its filter, and the residue."""

from collections.abc import Iterable
from typing import Any

from dynexpr.columns import Column
from dynexpr.expression import operators as ops
from dynexpr.expression.evaluate import holds
from dynexpr.expression.nodes import Between, Compare, Condition, Test, Value
from dynexpr.expression.walk import paths, walk
from dynexpr.plan.alternatives import Alternative, decided, has_parameter, joined, usable
from dynexpr.plan.paths import AccessPath, attributes, top
from dynexpr.plan.ranges import EVERYTHING, Range, comparison, fits, key_term, order_of, range_of
from dynexpr.statements.select import Select, wanted_paths


class Fit:
    """A path that can serve a statement, and how."""

    __slots__ = (
        "alternatives", "bounds", "fetches", "filter", "fixed", "hydrates", "order", "path", "residue", "sort_term",
    )  # fmt: skip

    def __init__(self, path: AccessPath) -> None:
        self.path = path
        self.alternatives: list[Alternative] = []
        """For each query, or each key, the values of the attributes that have an equality; none: it finds nothing."""
        self.fixed: tuple[str, ...] = ()
        """Those attributes, in the order of the key."""
        self.order: tuple[Column[Any], ...] = ()
        """The sort attributes without an equality."""
        self.sort_term: Condition | None = None
        """The condition on the first of them."""
        self.bounds: Range = EVERYTHING
        self.filter: tuple[Condition, ...] = ()
        self.residue: tuple[Condition, ...] = ()
        self.hydrates = False
        """Whether the items must be read from the table afterwards."""
        self.fetches = False
        """Whether DynamoDB fetches from the table what a local index lacks."""

    @property
    def by_key(self) -> bool:
        """Whether it names whole keys of the table."""
        return self.path.index is None and not self.order

    @property
    def length(self) -> int:
        """How many key attributes the key condition names."""
        return len(self.fixed) + (self.sort_term is not None)

    @property
    def equalities(self) -> int:
        """How many key attributes have one value only."""
        return sum(len({alternative[name] for alternative in self.alternatives}) == 1 for name in self.fixed)

    @property
    def rank(self) -> tuple[int, int, int, bool, bool]:
        """The smaller, the better: a longer key condition, one value before a choice or a range, fewer requests, the
        table before its indexes, an index that holds what is asked before one that does not.
        """
        more_reads = self.hydrates or self.fetches
        return (-self.length, -self.equalities, len(self.alternatives), self.path.index is not None, more_reads)


def fit(path: AccessPath, terms: tuple[Condition, ...], statement: Select[Any], *, consistent: bool) -> Fit | str:
    """How a path serves the terms, or the reason why it can't."""
    if consistent and path.is_global:
        return "a global index has no consistent reads"
    found = Fit(path)
    rest = _equalities(found, terms)
    if isinstance(rest, str):
        return rest
    problem = _left_out(found, rest, statement)
    if problem is not None:
        return problem
    rest = _range(found, rest)
    keyed = frozenset(path.key_names)
    keys = found.by_key and len(found.alternatives) > 1  # BatchGetItem has no filter
    found.residue = tuple(term for term in rest if keys or attributes(term) & keyed)
    found.filter = tuple(term for term in rest if all(term is not each for each in found.residue))
    return _not_held(found, statement) or _not_ordered(found, statement) or found


def _equalities(found: Fit, terms: tuple[Condition, ...]) -> tuple[Condition, ...] | str:
    """Take the key attributes that are named by value; gives the other terms, or says what is lacking."""
    path = found.path
    named = usable(terms, path.partition, path.sort)
    names = {name for _, alternatives in named if alternatives for name in alternatives[0]}
    lacking = [column.name for column in path.partition if column.name not in names]
    if lacking and all(alternatives for _, alternatives in named):
        return f"no equality on its partition key {' and '.join(lacking)}"
    combined = joined(named, path.key_names)
    if combined is None:
        return "the combinations of the values are too many to query one by one"
    alternatives, covered = combined
    known = frozenset(names)
    found.fixed = tuple(name for name in path.key_names if name in known)
    found.order = tuple(column for column in path.sort if column.name not in known)
    rest = tuple(term for term in terms if all(term is not each for each in covered))
    found.alternatives, rest = decided(alternatives, rest, known)
    return rest


def _left_out(found: Fit, terms: tuple[Condition, ...], statement: Select[Any]) -> str | None:
    """Which items the statement may want are not in the index, as they lack an attribute of its key.

    Who names the index by using() means what is in it.
    """
    index = found.path.index
    if index is None or statement.index == index.name:
        return None
    for column in found.order:
        about = [term for term in terms if attributes(term) == frozenset((column.name,))]
        if any(_asks_for_absence(term, column) for term in terms):
            return f"it leaves out the items without {column.name}, which the condition asks for"
        if column.options.nullable and not any(not has_parameter(term) and not holds(term, {}) for term in about):
            return f"it leaves out the items without {column.name}; .using(...) says that those are not meant"
    return None


def _asks_for_absence(term: Condition, column: Column[Any]) -> bool:
    return any(
        isinstance(each, Test) and each.op is ops.ATTRIBUTE_NOT_EXISTS and each.args[0] == column.node
        for each in walk(term)
    )


def _range(found: Fit, terms: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Make the terms about the next sort attribute its key condition; gives the terms that it does not imply."""
    if not found.order or not found.alternatives:
        return terms
    column = found.order[0]
    about = [term for term in terms if attributes(term) == frozenset((column.name,))]
    if any(has_parameter(term) for term in about):
        found.sort_term = _of_parameters(about, column)
        return tuple(term for term in terms if term is not found.sort_term)
    for term in about:
        found.bounds &= range_of(term, column)[0]
    if found.bounds.empty:
        found.alternatives = []
        return ()
    as_written = (term for term in about if _is_key_term(term, column) and range_of(term, column)[0] == found.bounds)
    found.sort_term = next(as_written, None)
    if found.sort_term is None:
        found.sort_term = key_term(found.bounds, column)
    told = EVERYTHING if found.sort_term is None else range_of(found.sort_term, column)[0]
    return tuple(term for term in terms if not (_is_one_of(term, about) and _implied(term, told, column)))


def _is_one_of(term: Condition, terms: Iterable[Condition]) -> bool:
    return any(term is each for each in terms)


def _implied(term: Condition, told: Range, column: Column[Any]) -> bool:
    """Whether a condition holds of every value that the key condition lets through."""
    meant, exact = range_of(term, column)
    return exact and told.within(meant)


def _is_key_term(term: Condition, column: Column[Any]) -> bool:
    """Whether DynamoDB takes a condition about the attribute as a key condition, as it is."""
    if isinstance(term, Compare):
        return comparison(term, column)[0] is not None
    if isinstance(term, Between):
        return term.operand == column.node and fits(term.lower, column) and fits(term.upper, column)
    return (
        isinstance(term, Test)
        and term.op is ops.BEGINS_WITH
        and term.args[0] == column.node
        and fits(term.args[1], column)
    )


def _of_parameters(about: list[Condition], column: Column[Any]) -> Condition | None:
    """The key condition of terms whose values are still to be given: two bounds as BETWEEN, or the first that fits."""
    fitting = [term for term in about if _is_key_term(term, column)]
    bounds = [comparison(term, column) for term in fitting if isinstance(term, Compare)]
    low = next((value for op, value in bounds if op in {ops.GT, ops.GE}), None)
    high = next((value for op, value in bounds if op in {ops.LT, ops.LE}), None)
    if len(fitting) == len(bounds) and low is not None and high is not None:
        return Between(column.node, low, high)
    return next(iter(fitting), None)


def _not_held(found: Fit, statement: Select[Any]) -> str | None:
    """What the index lacks of what the statement needs, unless it is fetched from the table."""
    path = found.path
    if path.is_whole:
        return None
    fetched = "; .hydrate() would read it from the table"
    lacking = path.lacking([each for term in found.filter for each in paths(term)])
    if lacking is not None:
        if not statement.rest_wanted:
            return f"it does not hold {lacking}, which the filter needs{fetched}"
        found.hydrates = True
        left = tuple(term for term in found.filter if path.lacking(paths(term)) is not None)
        found.residue = (*found.residue, *left)
        found.filter = tuple(term for term in found.filter if not _is_one_of(term, left))
        return None
    chosen = wanted_paths(statement)
    lacking = path.lacking((*chosen, *(each for term in found.residue for each in paths(term))))
    whole = not chosen
    if lacking is None and not whole:
        return None
    if not path.is_global:
        found.fetches = True
    elif statement.rest_wanted:
        found.hydrates = True
    elif lacking is not None:
        return f"it does not hold {lacking}{fetched}"
    elif path.index is not None and statement.index != path.index.name:  # a forced one gives what it has
        return f"it does not hold whole items{fetched.replace('it', 'the rest', 1)}"
    return None


def _not_ordered(found: Fit, statement: Select[Any]) -> str | None:
    """Why the results do not come in the order asked for; where it is the order of the queries, that is made."""
    ordering = statement.ordering
    if ordering is None or (found.order and found.order[0].node == ordering.path):
        return None
    name = top(ordering.path)
    sort_names = {column.name for column in found.path.sort}
    if len(ordering.path.steps) == 1 and name in sort_names and name in found.fixed:
        values = {each[name] for each in found.alternatives}
        if len(values) <= 1 or not found.order:
            found.alternatives.sort(key=lambda each: _place(each[name]), reverse=ordering.descending)
            return None
    by = found.path.sort[0].name if found.path.sort else "nothing"
    return f"it is ordered by {by}, not by {ordering.path}"


def _place(value: object) -> Any:
    return order_of(value) if isinstance(value, Value) else 0
