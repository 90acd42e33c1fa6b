"""What does an engine do for a statement about many items?  One flow each."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from dynexpr.bulk.entries import deletes_of, makings_of, puts_of
from dynexpr.bulk.outcomes import BulkResult
from dynexpr.bulk.writing import Writing
from dynexpr.capacity import Consumed
from dynexpr.flows import ReadFlow
from dynexpr.statements.batch import BatchWrite, checked_several, is_group
from dynexpr.statements.sweep import Sweep
from dynexpr.tables import table_of

if TYPE_CHECKING:
    from dynexpr.executing import Core


def _length(given: Any) -> int | None:
    """How many there are, where that can be told without reading them."""
    try:
        return len(given)
    except TypeError:
        return None


def batch_write(core: "Core", statement: BatchWrite, consumed: Consumed) -> ReadFlow[BulkResult]:
    """The puts and deletes of a statement."""
    parts = [len(statement.puts), *(_length(each[1]) if is_group(each) else 1 for each in statement.deletes)]
    total = None if None in parts else sum(part for part in parts if part is not None)
    writing = Writing(core, statement, statement.how, consumed, total)
    return writing.all_of(makings_of(statement, core.settings))


def bulk_put(core: "Core", statement: BatchWrite, subjects: Iterable[Any], consumed: Consumed) -> ReadFlow[BulkResult]:
    """Objects and put() statements, any number of them; the statement has the options."""
    checked_several("bulk_put", "objects", subjects, "engine.bulk_put([payment])")
    writing = Writing(core, statement, statement.how, consumed, _length(subjects))
    return writing.all_of(puts_of(subjects, core.settings, unconditional=statement.how.unconditional))


def bulk_delete(
    core: "Core", statement: BatchWrite, entity: Any, keys: Iterable[object], consumed: Consumed
) -> ReadFlow[BulkResult]:
    """Keys of one table, any number of them."""
    table = table_of(entity)
    checked_several("bulk_delete", "keys", keys, f"engine.bulk_delete({table.title}, [key])")
    writing = Writing(core, statement, statement.how, consumed, _length(keys))
    return writing.all_of(deletes_of(entity, keys, core.settings))


def _sweep(core: "Core", statement: Sweep, consumed: Consumed) -> ReadFlow[Any]:
    from dynexpr.bulk.sweeping import sweep

    return sweep(core, statement, consumed)


EXECUTE: Final[dict[type, Callable[["Core", Any, Consumed], ReadFlow[Any]]]] = {
    BatchWrite: batch_write,
    Sweep: _sweep,
}
