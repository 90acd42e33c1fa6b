"""What does an engine do for a statement?  One flow each, driven alike by the sync and the async engine.

A flow counts what it consumes into the `Consumed` it is given, which its result hands on.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

from dynexpr.bulk.reading import items_of, plain_key
from dynexpr.capacity import Consumed
from dynexpr.compose import transaction_request, write_request
from dynexpr.cursors import Cursor, check_pageable, cursor_of, cursors_around, token_of
from dynexpr.errors import ArgumentError, TransactionCancelled
from dynexpr.flows import (
    Deadline,
    ReadFlow,
    Response,
    chance,
    sent,
    transact_get_flow,
    transaction_flow,
    write_flow,
)
from dynexpr.plan import Plan, plan
from dynexpr.reading import Hit, Reader, all_of, page_of
from dynexpr.requests import (
    Settings,
    get_request,
    new_token,
    transact_get_request,
)
from dynexpr.results import Page, Result, Row, RowResult, WriteResult, row_maker, row_of
from dynexpr.statements.base import DEFAULT_OPTIONS, Statement, no_statement
from dynexpr.statements.count import Count, counted
from dynexpr.statements.get import BatchGet, Get, Target, TransactGet
from dynexpr.statements.parameters import Given, bind
from dynexpr.statements.select import Select
from dynexpr.statements.transaction import Transact
from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement
from dynexpr.unset import Unset
from dynexpr.wire import Item
from dynexpr.writes import Write, write_of

R = TypeVar("R")
Maker = Callable[[Plan], Callable[[Item], R]]
"""What makes something of the items that a plan reads."""


class Core(Protocol):
    """What a flow needs to know of its engine."""

    settings: Settings

    def deadline(self, statement: Statement | None, /) -> Deadline:
        """The retry policy and the deadline of a statement."""
        ...


def executed(core: Core, statement: Any, parameters: Given, consumed: Consumed) -> ReadFlow[Any]:
    """The result of any statement but a select."""
    run = _EXECUTE.get(type(statement))
    if run is None and isinstance(statement, Statement):
        from dynexpr.bulk.statements import EXECUTE

        run = EXECUTE.get(type(statement))
    if run is not None:
        return run(core, statement if parameters is None else bind(statement, parameters), consumed)
    if isinstance(statement, Statement):
        raise ArgumentError(f"{type(statement).__name__} can't be executed by itself")
    raise no_statement(statement)


class Selection(Generic[R]):
    """A select that is being read: page by page, or, with retry_until(), as a whole."""

    def __init__(
        self, core: Core, statement: Select[Any], make: Maker[R], kind: type[Result[R]], consumed: Consumed
    ) -> None:
        made = _plan(core, statement)
        self.consumed = consumed
        self.waits = statement.until is not None
        """Whether it is read again and again, until it is as wanted: by `settled`, not page by page."""
        self._core = core
        self._statement = statement
        self.made: Final = made
        self._kind = kind
        self._maker = make(made)
        self._reader = Reader(made, core.settings)
        self._deadline = None if isinstance(statement.options.deadline, Unset) else core.deadline(statement)
        """Of all it reads, where the statement has one; the policy's is of each page, or no long reading would end."""
        self._computed = False

    def _until(self) -> Deadline:
        return self._core.deadline(self._statement) if self._deadline is None else self._deadline

    def next_page(self) -> ReadFlow[list[R] | None]:
        """What the next page has; None at the end."""
        if self._statement.computes:
            if self._computed:
                return None
            self._computed = True
            return (yield from self._groups(self._reader))
        hits = yield from self._reader.read(self._until())
        return None if hits is None else self.made_of(hits)

    def _groups(self, reader: Reader) -> ReadFlow[list[Any]]:
        """The rows that are computed of all there is to read."""
        from dynexpr.grouping import Grouping

        statement: Any = self._statement
        grouping = Grouping(statement)
        if statement.only_counts and statement.items_budget is None and statement.units_budget is None:
            from dynexpr.counting import count_of

            grouping.count((yield from count_of(self.made, self._core.settings, self._until())))
            return grouping.rows()
        while (hits := (yield from reader.read(self._until()))) is not None:
            for hit in hits:
                grouping.take(hit[0])
        return grouping.rows()

    def made_of(self, hits: Sequence[Hit]) -> list[R]:
        """What is made of some items that were read."""
        maker = self._maker
        return [maker(hit[0]) for hit in hits]

    @property
    def evaluated(self) -> int:
        """How many items were read so far, whether they are wanted or not."""
        return self._reader.evaluated

    @property
    def stopped(self) -> Any:
        """What made it stop before the end."""
        return self._reader.stopped

    def settled(self) -> ReadFlow[list[R]]:
        """Read all there is, again and again, until the statement's predicate holds of it."""
        from dynexpr.expecting import settled

        until = self._statement.until
        if until is None:
            raise ArgumentError("the statement waits for nothing: retry_until() says for what")
        predicate, kind, consumed = until.predicate, self._kind, self.consumed

        def read() -> ReadFlow[list[R]]:
            reader = Reader(self.made, self._core.settings)
            if self._statement.computes:
                return (yield from self._groups(reader))
            items = yield from all_of(reader, self._until())
            return [self._maker(item) for item in items]

        found = yield from settled(read, lambda read: predicate(kind(iter([read]), consumed)), until.policy, chance)
        return found


def rows(statement: Select[Any]) -> Maker[Row]:
    """What makes rows of a select's items."""
    return lambda made: row_maker(statement, made)


def _check_select(statement: object) -> None:
    if not isinstance(statement, Select):
        raise no_statement(statement, "a select(...)")


def _plan(core: Core, statement: Select[Any], *, keyed: bool = False) -> Plan:
    settings = core.settings
    return plan(statement, consistent=settings.consistent_read, strict=settings.strict_plans, keyed=keyed)


def count(core: Core, statement: Select[Any], parameters: Given) -> ReadFlow[int]:
    """How many items a select finds."""
    from dynexpr.counting import count_of

    _check_select(statement)
    if parameters is not None:
        statement = bind(statement, parameters)
    if statement.computes:
        raise ArgumentError(f"count() counts items, not the rows of {statement}; func.count() counts in groups")
    if statement.items_budget is not None or statement.units_budget is not None or statement.until is not None:
        raise ArgumentError("count() takes no budget() and no retry_until(): half a count says nothing")
    return count_of(_plan(core, counted(statement)), core.settings, core.deadline(statement))


def page(
    core: Core,
    statement: Select[Any],
    make: Maker[R],
    size: int,
    cursor: str | None,
    max_age: float | None,
    consumed: Consumed,
) -> ReadFlow[Page[R]]:
    """One page of a select, each item made into something else."""
    _check_select(statement)
    settings = core.settings
    made = _plan(core, statement, keyed=True)
    check_pageable(statement, made, size)
    secret, now = settings.cursor_secret, settings.clock().timestamp()
    at = Cursor(None)
    if cursor is not None:
        at = cursor_of(cursor, statement, made, now=now, secret=secret, max_age=max_age)
    # Of a read that hands out all it evaluates, page_of() wants one more.
    want = size if made.selective else size + 1
    reader = Reader(made, settings, want=want, after=at.place, backwards=at.backwards)
    hits, more = yield from page_of(reader, size, core.deadline(statement))
    ends = cursors_around(reader, hits, at, begun=cursor is not None, more=more)
    before, after = (None if end is None else token_of(end, statement, made, now=now, secret=secret) for end in ends)
    if at.backwards:
        hits.reverse()
    maker = make(made)
    items = [maker(hit[0]) for hit in hits]
    return Page(items, after, before, consumed, one_way=made.operation == "Scan" and cursor is not None)


def write(core: Core, write: Write, statement: Statement | None) -> ReadFlow[Response]:
    """A single write."""
    return write_flow(write, write_request(write, core.settings), core.deadline(statement))


def transact(core: Core, writes: Sequence[Write], token: str, statement: Statement | None) -> ReadFlow[Response]:
    """Several writes as one transaction."""
    return transaction_flow(writes, transaction_request(writes, core.settings, token), core.deadline(statement))


def items(
    core: Core, targets: Sequence[Target], statement: Statement | None, *, consistent: bool | None = None
) -> ReadFlow[list[Item | None]]:
    """The items of some keys by BatchGetItem, in the order of the keys; None for a missing one."""
    if isinstance(statement, BatchGet):
        batch = statement
    else:
        batch = BatchGet(tuple(targets), DEFAULT_OPTIONS if statement is None else statement.options)
    if consistent is not None:
        batch = batch.execution_options(consistent_read=consistent)
    return items_of(core, batch, lambda target: (target.entity, plain_key(target)))


def transact_items(core: Core, targets: Sequence[Target], statement: Statement | None) -> ReadFlow[list[Item | None]]:
    """The items of up to 100 keys as they were at one moment, by TransactGetItems; None for a missing one."""
    request = transact_get_request(targets, core.settings)
    response = yield from transact_get_flow(targets, request, core.deadline(statement))
    return [each.get("Item") or None for each in response["Responses"]]


def _count(core: Core, statement: Count, consumed: Consumed) -> ReadFlow[RowResult[Any]]:
    total = yield from count(core, statement.query, None)
    return RowResult(iter([[Row((total,), ("count",))]]), consumed)


def _get(core: Core, statement: Get[Any], consumed: Consumed) -> ReadFlow[RowResult[Any]]:
    response = yield from sent(get_request(statement, core.settings), core.deadline(statement))
    found = [row_of(statement.table, response["Item"])] if response.get("Item") else []
    return RowResult(iter([found]), consumed)


def _batch_get(core: Core, statement: BatchGet, consumed: Consumed) -> ReadFlow[RowResult[Any]]:
    found = yield from items(core, statement.targets, statement)
    makers = {id(target.entity): _row_of(target, statement) for target in statement.targets}
    rows = [
        None if item is None else makers[id(target.entity)](item)
        for target, item in zip(statement.targets, found, strict=True)
    ]
    return RowResult(
        iter([rows if statement.missing == "none" else [row for row in rows if row is not None]]), consumed
    )


def _row_of(target: Target, statement: BatchGet) -> Callable[[Item], Row]:
    """What makes a row of an item: of the columns that were asked for, or of all there is."""
    return row_maker(Select(target.entity, statement.columns_of(target.table)))


def _transact_get(core: Core, statement: TransactGet, consumed: Consumed) -> ReadFlow[RowResult[Any]]:
    found = yield from transact_items(core, statement.targets, statement)
    made: list[Row | None] = [
        None if item is None else row_of(target.table, item)
        for target, item in zip(statement.targets, found, strict=True)
    ]
    return RowResult(iter([made]), consumed)


def _write(core: Core, statement: Any, consumed: Consumed) -> ReadFlow[WriteResult]:
    made = write_of(statement, core.settings.clock, veiled=core.settings.hide_parameters)
    asked = getattr(statement, "image", "NONE") != "NONE"
    if statement.options.exactly_once:
        if asked:
            raise ArgumentError("exactly_once() sends a transaction, which returns nothing: leave returning() out")
        try:
            yield from transact(core, [made], new_token(), statement)
        except TransactionCancelled as error:
            if error.failures:
                raise error.failures[0].error from error  # one write raises what it would raise alone
            raise
        return WriteResult(None, consumed)
    response = yield from write(core, made, statement)
    attributes = response.get("Attributes")
    returned = (
        row_of(made.table, attributes, partial=statement.image.startswith("UPDATED")) if attributes and asked else None
    )
    return WriteResult(returned, consumed, existed=bool(attributes) if made.kind == "delete" else None)


def _transact(core: Core, statement: Transact, consumed: Consumed) -> ReadFlow[WriteResult]:
    settings = core.settings
    writes = [write_of(each, settings.clock, veiled=settings.hide_parameters) for each in statement.statements]
    yield from transact(core, writes, new_token(), statement)
    return WriteResult(None, consumed)


_EXECUTE: Final[dict[type, Callable[[Core, Any, Consumed], ReadFlow[Any]]]] = {
    Count: _count,
    Get: _get,
    BatchGet: _batch_get,
    TransactGet: _transact_get,
    Insert: _write,
    Put: _write,
    UpdateStatement: _write,
    Delete: _write,
    Check: _write,
    Transact: _transact,
}
