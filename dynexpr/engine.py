"""`create_engine` and what it makes: an engine executes statements and says what they consumed."""

import time
from _thread import allocate_lock
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Self, TypeVar, overload

from dynexpr.capacity import Consumed, Tally
from dynexpr.cursors import Cursor, check_pageable, cursor_of, cursors_around, token_of
from dynexpr.errors import ArgumentError, TransactionCancelled, TransactionTooLarge
from dynexpr.flows import (
    Deadline,
    Pause,
    ReadFlow,
    Together,
    batch_get_flow,
    chance,
    sent,
    transact_get_flow,
    transaction_flow,
    write_flow,
)
from dynexpr.limits import BATCH_GET_KEYS, TRANSACT_ITEMS
from dynexpr.plan import Plan, plan
from dynexpr.reading import Reader, all_of, count_of, page_of, settled
from dynexpr.requests import (
    Request,
    Settings,
    batch_get_request,
    get_request,
    new_token,
    transact_get_request,
    transaction_request,
    unique_targets,
    write_request,
)
from dynexpr.results import Page, Result, Row, RowResult, WriteResult, row_maker, row_of
from dynexpr.retry import RetryPolicy
from dynexpr.statements.base import Statement
from dynexpr.statements.count import Count, counted
from dynexpr.statements.get import BatchGet, Get, Target, TransactGet
from dynexpr.statements.parameters import Given, bind
from dynexpr.statements.select import Select
from dynexpr.statements.transaction import Transact
from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement
from dynexpr.tables import Unset
from dynexpr.transports import Transport
from dynexpr.wire import Item
from dynexpr.writes import Clock, Write, utc_now, write_of

R = TypeVar("R")
T = TypeVar("T")


_THREADS: Final = 8
"""How many requests of one statement are on their way at the same time; boto3 keeps ten connections."""


class Engine:
    """Executes statements on one DynamoDB: a region, an endpoint, or the embedded engine. Made by `create_engine`.

    Engines are shared freely between threads.
    """

    def __init__(
        self, transport: Transport, settings: Settings, *, retry: RetryPolicy | None, echo: bool = False
    ) -> None:
        self.transport = transport
        self.settings = settings
        self.retry = retry
        self.echo = echo
        self.consumed = Consumed()
        """What all its statements consumed."""
        self._lock = allocate_lock()

    @overload
    def execute(self, statement: Select[R], parameters: Given = None) -> RowResult[R]: ...
    @overload
    def execute(
        self, statement: Get[Any] | BatchGet | TransactGet | Count, parameters: Given = None
    ) -> RowResult[Any]: ...
    @overload
    def execute(
        self,
        statement: "Insert[Any] | Put[Any] | UpdateStatement[Any] | Delete[Any] | Check[Any] | Transact",
        parameters: Given = None,
    ) -> WriteResult: ...
    def execute(self, statement: Any, parameters: Given = None) -> Any:
        """Execute a statement at once; reads give rows, writes what they returned.

        *parameters* are the values of the statement's `:name` (a mapping) or `?` (a list), each encoded by the type of
        its column.

        Raises the errors of `dynexpr.errors`: ArgumentError before anything is sent, ServiceError for an answer of
        DynamoDB's, TransportError where none came.
        """
        run = _EXECUTE.get(type(statement))
        if run is not None:
            if parameters is not None:
                statement = bind(statement, parameters)
            return run(self, statement)
        if isinstance(statement, Statement):
            raise ArgumentError(f"{type(statement).__name__} can't be executed by itself")
        raise ArgumentError(f"a statement is wanted, not {statement!r}")

    def select(
        self,
        statement: Select[Any],
        make: Callable[[Plan], Callable[[Item], R]],
        *,
        kind: type[Result[R]] = Result,
        also: Consumed | None = None,
    ) -> Result[R]:
        """The result of a select, each item made into something else by what *make* gives for the plan.

        *kind* is the class of the result; what is consumed is added to *also*, too.
        """
        made = self._plan(statement)
        maker = make(made)
        consumed = Consumed() if also is None else Tally(also)
        until = statement.until
        if until is not None:
            found = self.run(self._settled(statement, made, maker, kind, consumed), consumed)
            return kind(iter([found]), consumed)
        reader = Reader(made, self.settings)
        pages = self._pages(statement, reader, maker, consumed)
        return kind(pages, consumed, stopped=lambda: reader.stopped)

    def _plan(self, statement: Select[Any], *, keyed: bool = False) -> Plan:
        settings = self.settings
        return plan(statement, consistent=settings.consistent_read, strict=settings.strict_plans, keyed=keyed)

    def _pages(
        self, statement: Select[Any], reader: Reader, maker: Callable[[Item], R], consumed: Consumed
    ) -> Iterator[Sequence[R]]:
        while True:
            hits = self.run(reader.read(self.deadline(statement)), consumed)
            if hits is None:
                return
            yield [maker(hit[0]) for hit in hits]

    def _settled(
        self,
        statement: Select[Any],
        made: Plan,
        maker: Callable[[Item], R],
        kind: type[Result[R]],
        consumed: Consumed,
    ) -> ReadFlow[list[R]]:
        """Read all there is, again and again, until the statement's predicate holds of it."""
        until = statement.until
        if until is None:
            raise ArgumentError("the statement waits for nothing: retry_until() says for what")

        def read() -> ReadFlow[list[R]]:
            items = yield from all_of(Reader(made, self.settings), self.deadline(statement))
            return [maker(item) for item in items]

        predicate = until.predicate
        found = yield from settled(read, lambda read: predicate(kind(iter([read]), consumed)), until.policy, chance)
        return found

    def count(self, statement: Select[Any], parameters: Given = None, *, also: Consumed | None = None) -> int:
        """How many items a select finds: `Select=COUNT`, or by reading what only the client can tell.

        Costs as much as reading them. limit() is kept to; a budget is refused, for the number would be any.
        """
        if parameters is not None:
            statement = bind(statement, parameters)
        if statement.items_budget is not None or statement.units_budget is not None or statement.until is not None:
            raise ArgumentError("count() takes no budget() and no retry_until(): half a count says nothing")
        made = self._plan(counted(statement))
        consumed = Consumed() if also is None else Tally(also)
        return self.run(count_of(made, self.settings, self.deadline(statement)), consumed)

    def page(
        self,
        statement: Select[R],
        size: int,
        cursor: str | None = None,
        *,
        parameters: Given = None,
        max_age: float | None = None,
    ) -> Page[R]:
        """One page of so many rows, after (or before) the one whose cursor is given; see `Page`.

        Raises CursorInvalid, CursorMismatch or CursorExpired (older than *max_age* seconds) for a token that can't be
        used.
        """
        if parameters is not None:
            statement = bind(statement, parameters)
        make: Any = lambda made: row_maker(statement, made)  # noqa: E731 - its rows are typed by the statement
        return self.select_page(statement, make, size, cursor, max_age=max_age)

    def select_page(
        self,
        statement: Select[Any],
        make: Callable[[Plan], Callable[[Item], R]],
        size: int,
        cursor: str | None,
        *,
        max_age: float | None = None,
        also: Consumed | None = None,
    ) -> Page[R]:
        """One page of a select, each item made into something else."""
        made = self._plan(statement, keyed=True)
        check_pageable(statement, made, size)
        secret, now = self.settings.cursor_secret, self.settings.clock().timestamp()
        at = Cursor(None)
        if cursor is not None:
            at = cursor_of(cursor, statement, made, now=now, secret=secret, max_age=max_age)
        # Of a read that hands out all it evaluates, page_of() wants one more.
        want = size if made.selective else size + 1
        reader = Reader(made, self.settings, want=want, after=at.place, backwards=at.backwards)
        consumed = Consumed() if also is None else Tally(also)
        hits, more = self.run(page_of(reader, size, self.deadline(statement)), consumed)
        ends = cursors_around(reader, hits, at, begun=cursor is not None, more=more)
        before, after = (
            None if end is None else token_of(end, statement, made, now=now, secret=secret) for end in ends
        )
        if at.backwards:
            hits.reverse()
        maker = make(made)
        items = [maker(hit[0]) for hit in hits]
        return Page(items, after, before, consumed, one_way=made.operation == "Scan" and cursor is not None)

    def write(self, write: Write, statement: Statement | None = None) -> tuple[dict[str, Any], Consumed]:
        """Send a single write."""
        consumed = Consumed()
        request = write_request(write, self.settings)
        return self.run(write_flow(write, request, self.deadline(statement)), consumed), consumed

    def transact(self, writes: Sequence[Write], token: str, statement: Statement | None = None) -> Consumed:
        """Send several writes as one transaction."""
        consumed = Consumed()
        request = transaction_request(writes, self.settings, token)
        self.run(transaction_flow(writes, request, self.deadline(statement)), consumed)
        return consumed

    def items(
        self, targets: Sequence[Target], statement: Statement | None = None, *, consistent: bool | None = None
    ) -> tuple[list[Item | None], Consumed]:
        """The items of some keys by BatchGetItem, in the order of the keys; None for a missing one."""
        consumed = Consumed()
        unique = unique_targets(targets)
        if consistent is None and statement is not None:
            consistent = statement.options.consistent_read
        if consistent is None:
            consistent = self.settings.consistent_read
        requests = [
            batch_get_request(unique[start : start + BATCH_GET_KEYS], self.settings, consistent=consistent)
            for start in range(0, len(unique), BATCH_GET_KEYS)
        ]
        found = self.run(batch_get_flow(requests, self.deadline(statement)), consumed)
        by_key = {(table, *_key_values(self._key_names(targets, table), item)): item for table, item in found}
        return [by_key.get((self.settings.name(target.table), *_values(target.key))) for target in targets], consumed

    def transact_items(
        self, targets: Sequence[Target], statement: Statement | None = None
    ) -> tuple[list[Item | None], Consumed]:
        """The items of up to 100 keys as they were at one moment, by TransactGetItems; None for a missing one."""
        consumed = Consumed()
        request = transact_get_request(targets, self.settings)
        response = self.run(transact_get_flow(targets, request, self.deadline(statement)), consumed)
        return [each.get("Item") or None for each in response["Responses"]], consumed

    def _key_names(self, targets: Sequence[Target], table: str) -> tuple[str, ...]:
        return next(target.table.key_names for target in targets if self.settings.name(target.table) == table)

    def send(self, operation: str, **params: Any) -> dict[str, Any]:
        """Send any operation as it is: the parameters and the answer of boto3's client."""
        return self.run(sent(Request(operation, params), self.deadline(None)), Consumed())

    def begin(self) -> "Transaction":
        """`with engine.begin() as tx:` gathers statements and sends them as ONE transaction at the end of the block.

        Nothing is sent when the block raises, or when it gathered nothing.
        """
        return Transaction(self)

    def deadline(self, statement: Statement | None) -> Deadline:
        """The retry policy and the deadline of a statement."""
        if statement is None:
            return Deadline(self.retry)
        options = statement.options
        policy = self.retry if isinstance(options.retry, Unset) else options.retry
        seconds = None if isinstance(options.deadline, Unset) else options.deadline
        return Deadline(policy, seconds)

    def run(self, flow: ReadFlow[T], consumed: Consumed) -> T:
        """Drive a flow to its result."""
        try:
            step = next(flow)
            while True:
                if isinstance(step, Pause):
                    time.sleep(step.seconds)
                    step = flow.send(None)
                    continue
                try:
                    response: Any = (
                        self._together(step, consumed) if isinstance(step, Together) else self._send(step, consumed)
                    )
                except Exception as error:  # noqa: BLE001 - the flow decides, and raises what it doesn't handle
                    step = flow.throw(error)
                else:
                    step = flow.send(response)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]

    def _together(self, step: Together, consumed: Consumed) -> list[Any]:
        """The results of several flows, each driven in a thread of its own."""
        from concurrent.futures import ThreadPoolExecutor

        parts = [Consumed() for _ in step.flows]
        with ThreadPoolExecutor(max_workers=min(len(parts), _THREADS)) as threads:
            futures = [threads.submit(self.run, flow, part) for flow, part in zip(step.flows, parts, strict=True)]
        for part in parts:
            consumed.add(part)
        return [future.result() for future in futures]

    def _send(self, request: Request, consumed: Consumed) -> dict[str, Any]:
        if self.echo:
            import logging

            logging.getLogger("dynexpr.engine").info("%s", request, extra={"request": request})
        response = self.transport.send(request)
        consumed.count(request.operation, response)
        with self._lock:
            self.consumed.count(request.operation, response)
        return response

    def close(self) -> None:
        """Close its connections."""
        self.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class Transaction:
    """Statements that are sent as one `TransactWriteItems`; made by `engine.begin()`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writes: list[Write] = []
        self.consumed = Consumed()

    def execute(self, statement: "Insert[Any] | Put[Any] | UpdateStatement[Any] | Delete[Any] | Check[Any]") -> None:
        """Add a write or a check; defaults and times are taken now."""
        if not isinstance(statement, Insert | Put | UpdateStatement | Delete | Check):
            raise ArgumentError(f"a transaction takes insert, put, update, delete and check, not {statement!r}")
        if len(self._writes) >= TRANSACT_ITEMS:
            raise TransactionTooLarge(f"a transaction takes {TRANSACT_ITEMS} statements; nothing was sent")
        self._writes.append(write_of(statement, self._engine.settings.clock))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_rest: object) -> None:
        if error is None and self._writes:
            self.consumed.add(self._engine.transact(self._writes, new_token()))


def _values(key: Mapping[str, Mapping[str, Any]]) -> tuple[Any, ...]:
    return tuple(value for wire in key.values() for value in wire.values())


def _key_values(names: tuple[str, ...], item: Item) -> tuple[Any, ...]:
    return _values({name: item[name] for name in names})


def _execute_select(engine: Engine, statement: Select[Any]) -> Result[Any]:
    return engine.select(statement, lambda made: row_maker(statement, made), kind=RowResult)


def _execute_count(engine: Engine, statement: Count) -> RowResult[Any]:
    consumed = Consumed()
    total = engine.count(statement.query, also=consumed)
    return RowResult(iter([[Row((total,), ("count",))]]), consumed)


def _execute_get(engine: Engine, statement: Get[Any]) -> RowResult[Any]:
    consumed = Consumed()
    request = get_request(statement, engine.settings)
    response = engine.run(sent(request, engine.deadline(statement)), consumed)
    rows = [row_of(statement.table, response["Item"])] if response.get("Item") else []
    return RowResult(iter([rows]), consumed)


def _execute_batch_get(engine: Engine, statement: BatchGet) -> RowResult[Any]:
    items, consumed = engine.items(statement.targets, statement)
    rows = [
        row_of(target.table, item) for target, item in zip(statement.targets, items, strict=True) if item is not None
    ]
    return RowResult(iter([rows]), consumed)


def _execute_transact_get(engine: Engine, statement: TransactGet) -> RowResult[Any]:
    items, consumed = engine.transact_items(statement.targets, statement)
    rows: list[Row | None] = [
        None if item is None else row_of(target.table, item)
        for target, item in zip(statement.targets, items, strict=True)
    ]
    return RowResult(iter([rows]), consumed)


def _execute_write(engine: Engine, statement: Any) -> WriteResult:
    write = write_of(statement, engine.settings.clock)
    asked = getattr(statement, "image", "NONE") != "NONE"
    if statement.options.exactly_once:
        if asked:
            raise ArgumentError("exactly_once() sends a transaction, which returns nothing: leave returning() out")
        try:
            return WriteResult(None, engine.transact([write], new_token(), statement))
        except TransactionCancelled as error:
            if error.failures:
                raise error.failures[0].error from error  # one write raises what it would raise alone
            raise
    response, consumed = engine.write(write, statement)
    attributes = response.get("Attributes")
    returned = (
        row_of(write.table, attributes, partial=statement.image.startswith("UPDATED")) if attributes and asked else None
    )
    return WriteResult(returned, consumed, existed=bool(attributes) if write.kind == "delete" else None)


def _execute_transact(engine: Engine, statement: Transact) -> WriteResult:
    writes = [write_of(each, engine.settings.clock) for each in statement.statements]
    return WriteResult(None, engine.transact(writes, new_token(), statement))


_EXECUTE: Final[dict[type, Callable[[Engine, Any], Any]]] = {
    Select: _execute_select,
    Count: _execute_count,
    Get: _execute_get,
    BatchGet: _execute_batch_get,
    TransactGet: _execute_transact_get,
    Insert: _execute_write,
    Put: _execute_write,
    UpdateStatement: _execute_write,
    Delete: _execute_write,
    Check: _execute_write,
    Transact: _execute_transact,
}


def create_engine(
    url: str | None = None,
    *,
    client: Any = None,
    table_prefix: str | None = None,
    retry: RetryPolicy | Unset | None = Unset(),  # noqa: B008 - an immutable marker
    consistent_read: bool = False,
    strict_plans: bool = False,
    echo: bool = False,
    clock: Clock = utc_now,
    cursor_secret: str | bytes | None = None,
    faults: Any = None,
) -> Engine:
    """An engine for a URL, or over a boto3 client you configured yourself. Nothing is sent until the first statement.

    - `local://`: the embedded engine in memory; `local:///dev.db` keeps it in a file, `local:////var/dev.db` by an
      absolute path.
    - `dynamodb://us-east-1/`: AWS; `?endpoint_url=http://127.0.0.1:8000` another engine that speaks its protocol,
      `&table_prefix=dev-` puts a prefix before each table's name, `&profile=…`, `&connect_timeout=2`,
      `&read_timeout=10`.
    - `dynamodb+boto3://us-east-1/`: the same, through boto3.

    *retry* is the policy for temporary errors (None fails fast), *consistent_read* and *strict_plans* the defaults of
    its reads, *echo* logs each request to the logger `dynexpr.engine`, *clock* gives the time for created_at and its
    like, *cursor_secret* signs the cursors of its pages, *faults* (`dynexpr.transports.faults.Faults`) makes it
    misbehave, for tests.

    Raises InvalidURL for a URL it does not understand.
    """
    if (url is None) == (client is None):
        raise ArgumentError('create_engine takes a URL, such as "local://", or client=')
    prefix = table_prefix or ""
    transport: Transport
    if client is not None:
        from dynexpr.transports.boto import BotoTransport

        transport = BotoTransport(client=client)
    else:
        from dynexpr.urls import transport_of

        transport, url_prefix = transport_of(str(url))
        prefix = prefix or url_prefix
    if faults is not None:
        from dynexpr.transports.faults import FaultyTransport

        transport = FaultyTransport(transport, faults)
    settings = Settings(
        table_prefix=prefix,
        clock=clock,
        consistent_read=consistent_read,
        strict_plans=strict_plans,
        capacity=True,
        cursor_secret=cursor_secret.encode() if isinstance(cursor_secret, str) else cursor_secret,
    )
    if echo:
        _echo_to_stdout()
    policy = RetryPolicy() if isinstance(retry, Unset) else retry
    return Engine(transport, settings, retry=policy, echo=echo)


def _echo_to_stdout() -> None:
    """Make the engine's log visible, as SQLAlchemy's echo does, where the program has not configured it."""
    import logging
    import sys

    log = logging.getLogger("dynexpr.engine")
    log.setLevel(logging.INFO)
    if not log.hasHandlers():
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
        log.addHandler(handler)
