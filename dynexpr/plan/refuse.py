"""Why would it take a scan, and what would help?"""

from collections.abc import Iterable, Iterator
from typing import Any

from dynexpr.columns import Column
from dynexpr.expression.nodes import Compare, Condition, Path
from dynexpr.expression.operators import EQ
from dynexpr.plan.alternatives import named_by
from dynexpr.plan.paths import AccessPath, access_paths, top
from dynexpr.plan.ranges import EVERYTHING, range_of
from dynexpr.statements.select import Select


def scan_message(statement: Select[Any], terms: Iterable[Condition], rejected: Iterable[tuple[str, str]]) -> str:
    """What a ScanRequired says: each path with what it lacks, and the index that would serve."""
    table = statement.table
    lines = [f"{table.title}: no key condition serves this query, so it would read the whole table"]
    lines += [f"  {path}: {why}" for path, why in rejected]
    terms = tuple(terms)
    lines += _compared_with_attributes(statement, terms)
    helpful = _helpful_index(statement, terms)
    if helpful:
        lines.append(f"{helpful} would serve it;")
    if statement.ordering is None:
        lines.append(".allow_scan() says that reading everything is meant")
    else:
        lines.append(f"a scan has no order: leave out order_by({statement.ordering.path}) and sort what was read")
    return "\n".join(lines)


def _compared_with_attributes(statement: Select[Any], terms: tuple[Condition, ...]) -> Iterator[str]:
    """What is said of a key that has no value, as in SQL's `status = "paid"`, where paid is an attribute's name."""
    keys = {(name,) for path in access_paths(statement.table) for name in path.key_names}
    for term in terms:
        if isinstance(term, Compare) and term.op is EQ:
            for key, other in ((term.left, term.right), (term.right, term.left)):
                if isinstance(key, Path) and isinstance(other, Path) and key.steps in keys:
                    yield f"{key} is compared with the attribute {other}; text stands in single quotes in SQL"


def _helpful_index(statement: Select[Any], terms: tuple[Condition, ...]) -> str | None:
    """The index to declare for a statement; none helps where no attribute is compared by equality."""
    columns = {
        column.name: column for column in statement.table.columns.values() if column.type.kind in {"S", "N", "B"}
    }
    named = [found[0] for term in terms if (found := named_by(term, columns))]
    equal = next((name for each in named for name in each), None)
    if equal is None:
        return None
    sort = _sort_column(statement, terms, {name: column for name, column in columns.items() if name != equal})
    if any(_is_that(path, columns[equal], sort) for path in access_paths(statement.table)):
        return None  # what it lacks stands in its line
    told = f"an index with the partition key {_shown(columns[equal])}"
    return told if sort is None else f"{told} and the sort key {_shown(sort)}"


def _is_that(path: AccessPath, partition: Column[Any], sort: Column[Any] | None) -> bool:
    """Whether a path has that key."""
    names = path.key_names
    wanted = (partition.name,) if sort is None else (partition.name, sort.name)
    return len(path.partition) == 1 and names[: len(wanted)] == wanted


def _sort_column(
    statement: Select[Any], terms: tuple[Condition, ...], columns: dict[str, Column[Any]]
) -> Column[Any] | None:
    if statement.ordering is not None:
        return columns.get(top(statement.ordering.path))
    ranged = (column for column in columns.values() if any(range_of(term, column)[0] != EVERYTHING for term in terms))
    return next(ranged, None)


def _shown(column: Column[Any]) -> str:
    return repr(column.key or column.name)
