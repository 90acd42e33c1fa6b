"""How are many single writes carried out at the same time?  Each under its own condition, with its own outcome."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dynexpr.capacity import Consumed
from dynexpr.errors import ArgumentError, DynexprError
from dynexpr.executing import executed
from dynexpr.flows import ReadFlow, counting, each_of
from dynexpr.statements.batch import checked_parallel, checked_several
from dynexpr.statements.callbacks import Progress, call, check_callback
from dynexpr.statements.write import Delete, Insert, Put, UpdateStatement

if TYPE_CHECKING:
    from dynexpr.executing import Core
    from dynexpr.results import WriteResult


class StatementOutcome:
    """What came of one statement: its result, or its error."""

    __slots__ = ("error", "result", "statement")

    def __init__(self, statement: Any, result: "WriteResult | None", error: DynexprError | None) -> None:
        self.statement = statement
        self.result = result
        """What it returned; None where it failed."""
        self.error = error
        """ConditionFailed, OutcomeUnknown, …; None where it was carried out."""

    @property
    def ok(self) -> bool:
        """Whether it was carried out."""
        return self.error is None

    def __repr__(self) -> str:
        return f"<{self.statement}: {self.result if self.error is None else self.error!r}>"


def execute_many(
    core: "Core", statements: Iterable[Any], parallel: int, on_progress: Progress | None
) -> ReadFlow[list[StatementOutcome]]:
    """Carry out single writes, so many at the same time; their outcomes in the order they were given."""
    checked_parallel(parallel)
    check_callback("on_progress", on_progress)
    checked_several("execute_many", "writes", statements, "[update(...), insert(...)]")
    total: int | None = None
    if isinstance(statements, list | tuple):
        total = len(statements)
        for statement in statements:
            _check(statement)
    outcomes: dict[int, StatementOutcome] = {}

    def flows() -> Iterator[tuple[int, ReadFlow[StatementOutcome]]]:
        for place, statement in enumerate(statements):
            yield place, _outcome(core, statement)

    def take(place: int, outcome: StatementOutcome) -> None:
        outcomes[place] = outcome
        if on_progress is not None:
            call("on_progress", on_progress, len(outcomes), total)

    yield from each_of(flows(), take, parallel)
    return [outcomes[place] for place in range(len(outcomes))]


def _check(statement: Any) -> None:
    if not isinstance(statement, Insert | Put | UpdateStatement | Delete):
        raise ArgumentError(f"execute_many takes insert, put, update and delete, not {statement!r}")


def _outcome(core: "Core", statement: Any) -> ReadFlow[StatementOutcome]:
    consumed = Consumed()
    try:
        _check(statement)
        flow = executed(core, statement, None, consumed)
        result = yield from counting(flow, lambda operation, answer, _: consumed.count(operation, answer))
    except DynexprError as error:
        return StatementOutcome(statement, None, error)
    return StatementOutcome(statement, result, None)
