"""Which access path is taken?

Fixed rules and the order of declaration decide, never the order of the conditions: the longest key condition wins, one
value before a choice of them, the table before its indexes, an earlier index before a later one.
"""

from collections.abc import Iterable
from typing import Any

from dynexpr.compile.fold import fold
from dynexpr.errors import ArgumentError, ScanRequired
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import Compare, Condition, Constant, Path, Projection, Value, conjunction
from dynexpr.plan.fit import Fit, fit
from dynexpr.plan.made import Plan
from dynexpr.plan.paths import AccessPath, access_paths, attributes, top
from dynexpr.plan.refuse import scan_message
from dynexpr.statements.keys import terms_of
from dynexpr.statements.select import Select, wanted_paths
from dynexpr.wire import Item

Rejected = list[tuple[str, str]]


def plan(statement: Select[Any], *, consistent: bool = False, strict: bool = False, keyed: bool = False) -> Plan:
    """The plan of a select. Raises ScanRequired where no key condition serves it and a scan was not allowed.

    *consistent* is the engine's default, *strict* makes a tie between two indexes an error, *keyed* asks for the key
    attributes of what is read besides, as a cursor needs them.
    """
    statement.check()
    if statement.options.consistent_read is not None:
        consistent = statement.options.consistent_read
    choice = _Choice(statement, consistent=consistent, keyed=keyed)
    condition = choice.condition
    if isinstance(condition, Constant) and not condition.truth:
        return choice.nothing()
    fits: list[Fit] = []
    rejected: Rejected = []
    for path in access_paths(statement.table):
        found = fit(path, choice.terms, statement, consistent=consistent)
        if isinstance(found, str):
            rejected.append((path.name, found))
        elif not found.alternatives:
            return choice.nothing()
        else:
            fits.append(found)
    if statement.index is not None:
        return _forced(choice, fits, rejected)
    if not fits:
        return choice.scan(rejected)
    best, *others = sorted(fits, key=lambda each: each.rank)
    notes: list[str] = []
    for other in others:
        if other.rank == best.rank:
            notes.append(_tie(statement, best, other, strict=strict))
        rejected.append((other.path.name, _why_worse(other, best)))
    return choice.planned(best, notes, _as_declared(statement, rejected))


def _as_declared(statement: Select[Any], rejected: Rejected) -> Rejected:
    """The rejected paths in the order in which they were declared."""
    names = [path.name for path in access_paths(statement.table)]
    return sorted(rejected, key=lambda each: names.index(each[0]))


def _tie(statement: Select[Any], best: Fit, other: Fit, *, strict: bool) -> str:
    table = statement.table
    index = other.path.index
    hint = "" if index is None else f".using({table.title}.{index.attribute})"
    tie = f"{other.path.name} would serve as well; {best.path.name} is declared first"
    if strict:
        raise ArgumentError(f"{table.title}: {tie}; choose one by {hint or '.using(...)'}")
    return f"{tie} ({hint})"


def _why_worse(other: Fit, best: Fit) -> str:
    if other.length < best.length:
        return f"its key condition is shorter than that of {best.path.name}"
    if other.rank[:3] > best.rank[:3]:
        return f"its key condition leaves more to read than that of {best.path.name}"
    if best.path.index is None:
        return "the table itself serves as well"
    if (other.hydrates or other.fetches) and not (best.hydrates or best.fetches):
        return f"what it does not hold would be read from the table; {best.path.name} holds it"
    return f"{best.path.name} is declared first"


def _forced(choice: "_Choice", fits: list[Fit], rejected: Rejected) -> Plan:
    """The plan that .using(...) asks for."""
    statement = choice.statement
    name = statement.index or None
    for found in fits:
        if (found.path.index.name if found.path.index else None) == name:
            others = [(other.path.name, ".using(...) chose another") for other in fits if other is not found]
            return choice.planned(found, [], _as_declared(statement, [*rejected, *others]))
    if statement.scan_allowed:
        return choice.scan(rejected)
    shown = f"index {name}" if name else f"table {statement.table.name}"
    why = dict(rejected)[shown]
    raise ScanRequired(f"{statement.table.title}: {shown} can't serve this query: {why}; .allow_scan() reads all of it")


class _Choice:
    """A statement on its way to its plan."""

    def __init__(self, statement: Select[Any], *, consistent: bool, keyed: bool) -> None:
        self.statement = statement
        self.consistent = consistent
        self.keyed = keyed
        self.chosen = tuple(dict.fromkeys(wanted_paths(statement)))
        condition = None if statement.condition is None else fold(statement.condition)
        self.condition = condition
        self.terms = () if isinstance(condition, Constant) else terms_of(condition)

    def nothing(self) -> Plan:
        """The plan of a condition that no item can meet."""
        return Plan("Nothing", self.statement.table, notes=("the condition is false of every item; nothing is sent",))

    def planned(self, found: Fit, notes: list[str], rejected: Rejected) -> Plan:
        """The plan of the path that was chosen."""
        statement = self.statement
        if statement.parts > 1:
            notes = [*notes, "segments are for a scan, which this is not"]
        if found.by_key and (len(found.alternatives) > 1 or not (found.filter or found.residue)):
            keys = self._keys(found)
            if keys is not None:
                return self._by_keys(found, keys, notes, rejected)
        several = len(found.alternatives) > 1
        needed = [name for term in found.residue for name in sorted(attributes(term))]
        if several:
            needed += [column.name for column in found.order]
        if self.keyed or found.hydrates:
            needed += _keys_of(found.path)
        projection, cut = self._asked(needed)
        rest = None
        if found.hydrates:
            rest, cut = self._asked([*sorted(attributes(conjunction(self.terms))), *statement.table.key_names])
            projection = Projection(tuple(Path((name,)) for name in dict.fromkeys(_keys_of(found.path))))
            notes = [*notes, "the items are read from the table by BatchGetItem, at its price, and checked again"]
        if found.fetches:
            notes = [*notes, "attributes the local index does not hold are fetched from the table, at its price"]
        if several:
            by = f" by {found.order[0].name}" if found.order else ", one after the other"
            notes = [*notes, f"{len(found.alternatives)} queries, their results merged{by}"]
        return Plan(
            "Query",
            statement.table,
            index=found.path.index,
            partitions=tuple(
                tuple(self._equality(name, alternative[name]) for name in found.fixed)
                for alternative in found.alternatives
            ),
            sort_term=found.sort_term,
            bounds=found.bounds,
            order=found.order,
            filter=conjunction(found.filter) if found.filter else None,
            residue=conjunction(found.residue) if found.residue else None,
            projection=projection,
            cut=cut,
            hydrate=conjunction(self.terms) if found.hydrates else None,
            fetches=found.fetches,
            rest=rest,
            forward=statement.ordering is None or not statement.ordering.descending,
            notes=tuple(notes),
            rejected=tuple(rejected),
            **self._common(),
        )

    def _equality(self, name: str, value: Any) -> Condition:
        """An equality of the key condition, as it was written where it was."""
        made = Compare(ops.EQ, Path((name,)), value)
        mirrored = Compare(ops.EQ, value, Path((name,)))
        return next((term for term in self.terms if term in (made, mirrored)), made)

    def _keys(self, found: Fit) -> tuple[Item, ...] | None:
        """The whole keys that the alternatives are, where all their values are given."""
        names = self.statement.table.key_names
        keys: list[Item] = []
        for alternative in found.alternatives:
            key = {name: value.wire for name in names if isinstance(value := alternative[name], Value)}
            if len(key) < len(names):
                return None
            keys.append(key)
        return tuple(keys)

    def _by_keys(self, found: Fit, keys: tuple[Item, ...], notes: list[str], rejected: Rejected) -> Plan:
        single = len(keys) == 1
        needed = [] if single else [*self.statement.table.key_names]
        needed += [name for term in found.residue for name in sorted(attributes(term))]
        if self.keyed:
            needed += self.statement.table.key_names
        projection, cut = self._asked(needed)
        return Plan(
            "GetItem" if single else "BatchGetItem",
            self.statement.table,
            keys=keys,
            residue=conjunction(found.residue) if found.residue else None,
            projection=projection,
            cut=cut,
            notes=tuple(notes),
            rejected=tuple(rejected),
            **self._common(),
        )

    def _asked(self, needed: Iterable[str]) -> tuple[Projection | None, Projection | None]:
        """What to ask for: what was chosen with what is needed besides; and what to cut it down to afterwards.

        Two paths of one projection may not overlap, so an attribute that is needed takes the place of its parts.
        """
        if not self.chosen:
            return None, None
        names = dict.fromkeys(needed)
        kept = [path for path in self.chosen if len(path.steps) == 1 or top(path) not in names]
        cut = None if len(kept) == len(self.chosen) else Projection(self.chosen)
        more = (Path((name,)) for name in names)
        return Projection(tuple(dict.fromkeys((*kept, *more)))), cut

    def _common(self) -> dict[str, Any]:
        statement = self.statement
        return {
            "consistent": self.consistent,
            "page_size": statement.evaluated_per_page,
            "limit": statement.max_results,
            "items_budget": statement.items_budget,
            "units_budget": statement.units_budget,
        }

    def scan(self, rejected: Rejected) -> Plan:
        """The plan that reads everything, where that was allowed."""
        statement = self.statement
        table = statement.table
        if not statement.scan_allowed:
            raise ScanRequired(scan_message(statement, self.terms, rejected))
        if statement.ordering is not None:
            raise ArgumentError(f"{table.title}: a scan has no order; leave out order_by({statement.ordering.path})")
        path = AccessPath(table, table.indexes[statement.index] if statement.index else None)
        if path.is_global and self.consistent:
            raise ArgumentError(f"{table.title}: {path.name} is global and has no consistent reads")
        self._check_scanned(path)
        projection, cut = self._asked(_keys_of(path) if self.keyed else ())
        return Plan(
            "Scan",
            table,
            index=path.index,
            filter=conjunction(self.terms) if self.terms else None,
            projection=projection,
            cut=cut,
            segments=statement.parts,
            notes=("a scan reads, and bills, every item",),
            rejected=tuple(rejected),
            **self._common(),
        )

    def _check_scanned(self, path: AccessPath) -> None:
        """Refuse to scan an index for what it does not hold."""
        wanted = [Path((name,)) for term in self.terms for name in sorted(attributes(term))]
        lacking = path.lacking(wanted if path.index is not None and not path.is_global else (*wanted, *self.chosen))
        if lacking is not None:
            raise ArgumentError(
                f"{self.statement.table.title}: {path.name} does not hold {lacking}, so no scan of it can"
            )


def _keys_of(path: AccessPath) -> list[str]:
    return [*path.key_names, *path.table.key_names]
