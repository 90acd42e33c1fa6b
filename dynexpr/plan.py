"""Which table or index serves a read, and why?  Pure: a statement and its table in, a plan out.

An access path is chosen by fixed rules and the order of declaration, never by the order of conditions: the longest key
condition wins, the table before its indexes, an earlier index before a later one.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal

from dynexpr import limits
from dynexpr.compile.fold import fold
from dynexpr.errors import ArgumentError, ScanRequired
from dynexpr.expression.nodes import (
    Between,
    Compare,
    Condition,
    Constant,
    Parameter,
    Path,
    Projection,
    Record,
    Test,
    Value,
    conjunction,
    literal,
    node,
)
from dynexpr.expression.operators import EQ
from dynexpr.expression.walk import paths
from dynexpr.prices import ON_DEMAND
from dynexpr.statements.keys import terms_of
from dynexpr.statements.select import Select, wanted_paths
from dynexpr.tables import Column, Index, Table
from dynexpr.wire import Item

Operation = Literal["GetItem", "Query", "Scan", "Nothing"]


@node
class Plan(Record):
    """How a read is served."""

    operation: Operation
    table: Table
    index: Index | None = None
    key: Item | None = None
    """GetItem: the key."""
    key_condition: Condition | None = None
    filter: Condition | None = None
    projection: Projection | None = None
    forward: bool = True
    consistent: bool = False
    page_size: int | None = None
    notes: tuple[str, ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()
    """The paths that were not taken, each with the reason."""

    @property
    def path(self) -> str:
        """The table or index that is read."""
        return self.table.name if self.index is None else f"{self.table.name}/{self.index.name}"


class _AccessPath:
    """A table or index as something to query."""

    __slots__ = ("index", "partition", "sort", "table")

    def __init__(self, table: Table, index: Index | None) -> None:
        self.table = table
        self.index = index
        if index is None:
            self.partition: tuple[Column[Any], ...] = (table.partition_key,)
            self.sort: tuple[Column[Any], ...] = () if table.sort_key is None else (table.sort_key,)
        else:
            self.partition = index.partition_keys
            self.sort = index.sort_keys

    @property
    def name(self) -> str:
        return f"table {self.table.name}" if self.index is None else f"index {self.index.name}"

    @property
    def key_names(self) -> frozenset[str]:
        return frozenset(column.name for column in (*self.partition, *self.sort))


class _Fit:
    """A path that can serve a statement: which terms become the key condition."""

    __slots__ = ("equalities", "filter", "key", "path")

    def __init__(
        self, path: _AccessPath, key: tuple[Condition, ...], filter_: tuple[Condition, ...], equalities: int
    ) -> None:
        self.path = path
        self.key = key
        self.filter = filter_
        self.equalities = equalities

    @property
    def rank(self) -> tuple[int, int, int]:
        """Longer key conditions first, equality before a range, the table before its indexes."""
        return (-len(self.key), -self.equalities, 0 if self.path.index is None else 1)


def plan(statement: Select[Any], *, consistent: bool = False, strict: bool = False) -> Plan:
    """The plan of a select. Raises ScanRequired where no key condition serves it and a scan was not allowed.

    *consistent* is the engine's default, *strict* makes a tie between two indexes an error.
    """
    table = statement.table
    if statement.options.consistent_read is not None:
        consistent = statement.options.consistent_read
    condition = None if statement.condition is None else fold(statement.condition)
    if isinstance(condition, Constant):
        if not condition.truth:
            return Plan("Nothing", table, notes=("the condition is false of every item; nothing is sent",))
        condition = None
    terms = terms_of(condition)
    chosen = wanted_paths(statement)
    projection = Projection(_without_repeats(chosen)) if chosen else None
    fits: list[_Fit] = []
    rejected: list[tuple[str, str]] = []
    for path in _paths_of(table):
        found = _fit(path, terms, statement, consistent=consistent)
        if isinstance(found, str):
            rejected.append((path.name, found))
        else:
            fits.append(found)
    if statement.index is not None:
        return _forced(statement, fits, rejected, projection, condition, consistent=consistent)
    if not fits:
        return _scan(statement, condition, rejected, projection, consistent=consistent)
    best, *others = sorted(fits, key=lambda fit: fit.rank)
    notes: list[str] = []
    for other in others:
        if other.rank == best.rank:
            hint = f".using({table.title}.{other.path.index.attribute})" if other.path.index else ""
            tie = f"{other.path.name} would serve as well; {best.path.name} is declared first"
            if strict:
                raise ArgumentError(f"{table.title}: {tie}; choose one by {hint or '.using(...)'}")
            notes.append(f"{tie} ({hint})")
        rejected.append((other.path.name, _why_worse(other, best)))
    return _planned(statement, best, tuple(notes), tuple(rejected), projection, consistent=consistent)


def _paths_of(table: Table) -> Iterator[_AccessPath]:
    yield _AccessPath(table, None)
    for index in table.indexes.values():
        yield _AccessPath(table, index)


def _without_repeats(chosen: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(chosen))


def _why_worse(other: _Fit, best: _Fit) -> str:
    if len(other.key) < len(best.key) or other.equalities < best.equalities:
        return f"its key condition is shorter than that of {best.path.name}"
    if best.path.index is None:
        return "the table itself serves as well"
    return f"{best.path.name} is declared first"


def _fit(path: _AccessPath, terms: tuple[Condition, ...], statement: Select[Any], *, consistent: bool) -> _Fit | str:
    """How a path serves the terms, or the reason why it can't."""
    found = key_terms(path.partition, path.sort, terms)
    if isinstance(found, str):
        return found
    key, equalities = found
    rest = tuple(term for term in terms if all(term is not used for used in key))
    for term in rest:
        inside = sorted({str(each.steps[0]) for each in paths(term)} & path.key_names)
        if inside:
            return f"the condition {term} on its key attribute {inside[0]} can be neither key condition nor filter"
    index = path.index
    if index is not None:
        if consistent and index.kind == "global":
            return "a global index has no consistent reads"
        if index.kind == "global" or rest:
            lacking = _not_projected(index, statement, rest)
            if lacking:
                return lacking
    ordering = statement.ordering
    if ordering is not None:
        at = next((column for column in path.sort if not _has_equality(column, key)), None)
        by = path.sort[0] if path.sort else None
        if ordering.path not in {column.node for column in (at, by) if column is not None}:
            return f"it is ordered by {by.name if by is not None else 'nothing'}, not by {ordering.path}"
    return _Fit(path, key, rest, equalities)


def _not_projected(index: Index, statement: Select[Any], filters: tuple[Condition, ...]) -> str | None:
    if index.projection == "ALL":
        return None
    for term in filters:
        for path in paths(term):
            if not index.projects(str(path.steps[0])):
                return f"it does not hold {path.steps[0]}, which the filter needs"
    if index.kind == "local" or statement.index == index.name:
        return None  # a local index fetches the rest from the table; a forced one gives what it has
    chosen = wanted_paths(statement)
    if not chosen:
        return "it does not hold whole items"
    for path in chosen:
        if not index.projects(str(path.steps[0])):
            return f"it does not hold {path.steps[0]}"
    return None


def key_terms(
    partition: tuple[Column[Any], ...], sort: tuple[Column[Any], ...], terms: tuple[Condition, ...]
) -> tuple[tuple[Condition, ...], int] | str:
    """The terms that make a key condition of a path, with the number of equalities; or what they lack."""
    key: list[Condition] = []
    for column in partition:
        term = next((term for term in terms if _is_equality(term, column)), None)
        if term is None:
            return f"no equality on its partition key {column.name}"
        key.append(term)
    equalities = len(key)
    for column in sort:
        term = next((term for term in terms if _is_equality(term, column)), None)
        if term is not None:
            key.append(term)
            equalities += 1
            continue
        term = next((term for term in terms if _is_range(term, column)), None)
        if term is not None:
            key.append(term)
        break
    return tuple(key), equalities


def _has_equality(column: Column[Any], key: tuple[Condition, ...]) -> bool:
    return any(_is_equality(term, column) for term in key)


def _is_equality(term: Condition, column: Column[Any]) -> bool:
    return isinstance(term, Compare) and term.op is EQ and _about(term, column)


def _is_range(term: Condition, column: Column[Any]) -> bool:
    if isinstance(term, Compare | Test):
        return term.op.in_key and _about(term, column)
    return isinstance(term, Between) and _operands_fit((term.operand, term.lower, term.upper), column)


def _about(term: Compare | Test, column: Column[Any]) -> bool:
    if isinstance(term, Test):
        return len(term.args) == 2 and _operands_fit(term.args, column)
    return _operands_fit((term.left, term.right), column) or _operands_fit((term.right, term.left), column)


def _operands_fit(operands: tuple[Any, ...], column: Column[Any]) -> bool:
    """Whether the first operand is the column and the others are literals of its type."""
    first, *others = operands
    return first == column.node and all(
        isinstance(other, Parameter) or (isinstance(other, Value) and other.kind == column.type.kind)
        for other in others
    )


def _planned(
    statement: Select[Any],
    fit: _Fit,
    notes: tuple[str, ...],
    rejected: tuple[tuple[str, str], ...],
    projection: Projection | None,
    *,
    consistent: bool,
) -> Plan:
    table, index = fit.path.table, fit.path.index
    whole_key = index is None and fit.equalities == len(table.key_columns)
    literals = [_literal_of(term) for term in fit.key]
    if whole_key and not fit.filter:
        key = {
            column.name: value.wire
            for column, value in zip(table.key_columns, literals, strict=True)
            if value is not None
        }
        if len(key) == len(literals):
            return Plan(
                "GetItem", table, key=key, projection=projection, consistent=consistent, notes=notes, rejected=rejected
            )
    extra: tuple[str, ...] = ()
    if index is not None and index.kind == "local" and index.projection != "ALL":
        extra = ("attributes the local index does not hold are fetched from the table, at its price",)
    return Plan(
        "Query",
        table,
        index=index,
        key_condition=conjunction(fit.key),
        filter=conjunction(fit.filter) if fit.filter else None,
        projection=projection,
        forward=statement.ordering is None or not statement.ordering.descending,
        consistent=consistent,
        page_size=_page_size(statement, filtered=bool(fit.filter)),
        notes=(*notes, *extra),
        rejected=rejected,
    )


def _literal_of(term: Condition) -> Value | None:
    if isinstance(term, Compare):
        for side in (term.right, term.left):
            if isinstance(side, Value):
                return side
    return None


def _page_size(statement: Select[Any], *, filtered: bool) -> int | None:
    """How many items a request evaluates: what the user says, or no more than will be handed out."""
    if statement.evaluated_per_page is not None or filtered:
        return statement.evaluated_per_page
    return statement.max_results


def _forced(
    statement: Select[Any],
    fits: list[_Fit],
    rejected: list[tuple[str, str]],
    projection: Projection | None,
    condition: Condition | None,
    *,
    consistent: bool,
) -> Plan:
    """The plan that .using(...) asks for."""
    name = statement.index or None
    for fit in fits:
        if (fit.path.index.name if fit.path.index else None) == name:
            others = [(other.path.name, ".using(...) chose another") for other in fits if other is not fit]
            return _planned(statement, fit, (), (*rejected, *others), projection, consistent=consistent)
    if statement.scan_allowed:
        return _scan(statement, condition, rejected, projection, consistent=consistent)
    shown = f"index {name}" if name else f"table {statement.table.name}"
    why = dict(rejected)[shown]
    raise ScanRequired(f"{statement.table.title}: {shown} can't serve this query: {why}; .allow_scan() reads all of it")


def _scan(
    statement: Select[Any],
    condition: Condition | None,
    rejected: list[tuple[str, str]],
    projection: Projection | None,
    *,
    consistent: bool,
) -> Plan:
    table = statement.table
    if not statement.scan_allowed:
        raise ScanRequired(_scan_message(statement, rejected))
    if statement.ordering is not None:
        raise ArgumentError(f"{table.title}: a scan has no order; leave out order_by({statement.ordering.path})")
    index = table.indexes[statement.index] if statement.index else None
    return Plan(
        "Scan",
        table,
        index=index,
        filter=condition,
        projection=projection,
        consistent=consistent,
        page_size=_page_size(statement, filtered=condition is not None),
        notes=("a scan reads, and bills, every item",),
        rejected=tuple(rejected),
    )


def _scan_message(statement: Select[Any], rejected: list[tuple[str, str]]) -> str:
    table = statement.table
    equal = [
        column.key or column.name
        for column in table.columns.values()
        if any(_is_equality(term, column) for term in terms_of(statement.condition))
    ]
    lines = [f"{table.title}: no key condition serves this query, so it would read the whole table"]
    lines += [f"  {path}: {why}" for path, why in rejected]
    if equal:
        lines.append(f"an index with the partition key {equal[0]!r} would serve it; ")
    lines.append(".allow_scan() says that reading everything is meant")
    return "\n".join(lines).replace("; \n", ";\n")


_HALF: Final = Decimal("0.5")


class Explanation:
    """What a statement would send, why, and what it costs; prints well, and `to_dict()` gives it as data."""

    __slots__ = ("_plan",)

    def __init__(self, plan_: Plan) -> None:
        self._plan = plan_

    def to_dict(self) -> dict[str, Any]:
        """The explanation as plain data."""
        made = self._plan
        low, high = self._units()
        return {
            "operation": made.operation,
            "table": made.table.name,
            "index": None if made.index is None else made.index.name,
            "key_condition": self._key_text(),
            "filter": None if made.filter is None else str(made.filter),
            "projection": None if made.projection is None else str(made.projection),
            "order": None if made.operation != "Query" else "ascending" if made.forward else "descending",
            "consistent_read": made.consistent,
            "read_units_per_request": (low, high),
            "dollars_per_request": (ON_DEMAND.cost(low, Decimal(0)), ON_DEMAND.cost(high, Decimal(0))),
            "notes": list(made.notes),
            "rejected": [{"path": path, "why": why} for path, why in made.rejected],
        }

    def _key_text(self) -> str | None:
        made = self._plan
        if made.key is not None:
            return " AND ".join(
                str(Compare(EQ, column.node, literal(made.key[column.name]))) for column in made.table.key_columns
            )
        return None if made.key_condition is None else str(made.key_condition)

    def _units(self) -> tuple[Decimal, Decimal]:
        """The least and the most read units one request can take."""
        if self._plan.operation == "Nothing":
            return Decimal(0), Decimal(0)
        factor = Decimal(1) if self._plan.consistent else _HALF
        largest = limits.ITEM_BYTES if self._plan.operation == "GetItem" else limits.PAGE_BYTES
        return factor, factor * (largest // limits.READ_UNIT_BYTES)

    def __str__(self) -> str:
        facts = self.to_dict()
        low, high = facts["read_units_per_request"]
        cheap, dear = facts["dollars_per_request"]
        consistency = "consistent" if facts["consistent_read"] else "eventually consistent"
        rows = [
            ("operation", f"{facts['operation']} on {self._plan.path}"),
            ("key condition", facts["key_condition"]),
            ("filter", None if facts["filter"] is None else f"{facts['filter']} (after reading, saves no units)"),
            ("projection", facts["projection"]),
            ("order", facts["order"]),
            ("read units", f"{low} to {high} a request, ${cheap:f} to ${dear:f} ({consistency})" if high else "none"),
        ]
        rows += [("note", note) for note in facts["notes"]]
        rows += [("not", f"{each['path']}: {each['why']}") for each in facts["rejected"]]
        return "\n".join(f"{label:<14}{text}" for label, text in rows if text is not None)

    __repr__ = __str__


def explain(statement: Select[Any]) -> Explanation:
    """The explanation of a select, its scan allowed for the sake of explaining it."""
    return Explanation(plan(statement))
