"""`create_engine` and what it makes: an engine executes statements and says what they consumed.

What each statement does is a flow of `executing.py`; an engine drives flows, counts and tells who listens. Modules that
only some statements need are loaded by the first of those.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Never, Self, TypeVar, Unpack, overload

from dynexpr.arguments import no_such_argument
from dynexpr.capacity import Consumed, Tally
from dynexpr.clock import Clock, check_clock, utc_now
from dynexpr.core import Gathered
from dynexpr.driving import Driver
from dynexpr.errors import ArgumentError
from dynexpr.flows import sent
from dynexpr.requests import Settings, new_token, raw_request
from dynexpr.retry import RetryPolicy, check_policy
from dynexpr.statements.base import Statement
from dynexpr.unset import Unset
from dynexpr.wire import Item

if TYPE_CHECKING:
    from dynexpr.bulk.many import StatementOutcome
    from dynexpr.bulk.outcomes import BulkResult
    from dynexpr.bulk.streaming import Streaming
    from dynexpr.bulk.sweeping import SweepResult
    from dynexpr.bulk.writer import BulkWriter
    from dynexpr.executing import Maker, Selection
    from dynexpr.results import Page, Result, Row, RowResult, WriteResult
    from dynexpr.statements.batch import BatchWrite, StreamOptions, WriteOptions
    from dynexpr.statements.callbacks import Progress
    from dynexpr.statements.count import Count
    from dynexpr.statements.get import BatchGet, Get, Target, TransactGet
    from dynexpr.statements.parameters import Given
    from dynexpr.statements.select import Select
    from dynexpr.statements.sweep import Sweep
    from dynexpr.statements.transaction import Transact
    from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement
    from dynexpr.transports import Transport
    from dynexpr.writes import Write

R = TypeVar("R")


class Engine(Driver):
    """Executes statements on one DynamoDB: a region, an endpoint, or the embedded engine. Made by `create_engine`.

    Engines are shared freely between threads.
    """

    @overload
    def execute(self, statement: "Select[R]", parameters: "Given" = None) -> "RowResult[R]": ...
    @overload
    def execute(
        self, statement: "Get[Any] | BatchGet | TransactGet | Count", parameters: "Given" = None
    ) -> "RowResult[Any]": ...
    @overload
    def execute(
        self,
        statement: "Insert[Any] | Put[Any] | UpdateStatement[Any] | Delete[Any] | Check[Any] | Transact",
        parameters: "Given" = None,
    ) -> "WriteResult": ...
    @overload
    def execute(self, statement: "BatchWrite", parameters: None = None) -> "BulkResult": ...
    @overload
    def execute(self, statement: "Sweep", parameters: None = None) -> "SweepResult": ...

    def execute(self, statement: Any, parameters: "Given" = None) -> Any:
        """Execute a statement at once; reads give rows, writes what they returned.

        *parameters* are the values of the statement's `:name` (a mapping) or `?` (a list), each encoded by the type of
        its column.

        Raises the errors of `dynexpr.errors`: ArgumentError before anything is sent, ServiceError for an answer of
        DynamoDB's, TransportError where none came.
        """
        from dynexpr.executing import executed, rows
        from dynexpr.results import RowResult
        from dynexpr.statements.parameters import bind
        from dynexpr.statements.select import Select

        if isinstance(statement, Select):
            if parameters is not None:
                statement = bind(statement, parameters)
            return self.select(statement, rows(statement), kind=RowResult)
        consumed = Consumed()
        return self.run(executed(self, statement, parameters, consumed), consumed)

    def select(
        self,
        statement: "Select[Any]",
        make: "Maker[R]",
        *,
        kind: "type[Result[R]] | None" = None,
        also: Consumed | None = None,
    ) -> "Result[R]":
        """The result of a select, each item made into something else by what *make* gives for the plan.

        *kind* is the class of the result; what is consumed is added to *also*, too.
        """
        from dynexpr.executing import Selection
        from dynexpr.results import Result

        kind = Result if kind is None else kind
        consumed = Consumed() if also is None else Tally(also)
        selection = Selection(self, statement, make, kind, consumed)
        if selection.waits:
            return kind(iter([self.run(selection.settled(), consumed)]), consumed)
        return kind(self._pages(selection), consumed, stopped=lambda: selection.stopped)

    def _pages(self, selection: "Selection[R]") -> Iterator[Sequence[R]]:
        while True:
            page = self.run(selection.next_page(), selection.consumed)
            if page is None:
                return
            yield page

    def stream(
        self, statement: "Select[Any]", parameters: "Given" = None, **options: "Unpack[StreamOptions]"
    ) -> "Iterator[Row]":
        """The rows of a select as they come: `for row in engine.stream(select(Payment).allow_scan().segments(8)):`.

        Segments, or the queries of an `in_()`, are read at the same time, *parallel* of them (8), and each page is
        handed out when it is there; with *ordered* segment after segment, and queries in their order. No more is held
        than one page of each. Closing the iterator, or leaving it, ends the requests.

        `on_progress(done, total)` is told how many items were read, wanted or not; *total* is None unless
        `estimate=True` asks DescribeTable, which counts every six hours, how many the table or index has.
        """
        from dynexpr.executing import rows
        from dynexpr.statements.parameters import bind

        if parameters is not None:
            statement = bind(statement, parameters)
        return self.stream_select(statement, rows(statement), **options)

    def stream_select(
        self,
        statement: "Select[Any]",
        make: "Maker[R]",
        *,
        also: Consumed | None = None,
        **options: "Unpack[StreamOptions]",
    ) -> Iterator[R]:
        """What a select finds as it comes, each item made into something else."""
        from dynexpr.bulk.streaming import Streaming

        return self._streamed(Streaming(self, statement, make, Consumed() if also is None else Tally(also), options))

    def _streamed(self, streaming: "Streaming[R]") -> Iterator[R]:
        crew = self.crew(streaming.consumed) if streaming.crewed else None
        try:
            while (page := self.run(streaming.next_page(), streaming.consumed, crew=crew)) is not None:
                yield from page
        finally:
            if crew is not None:
                crew.close()

    def count(self, statement: "Select[Any]", parameters: "Given" = None, *, also: Consumed | None = None) -> int:
        """How many items a select finds: `Select=COUNT`, or by reading what only the client can tell.

        Costs as much as reading them. limit() is kept to; a budget is refused, for the number would be any.
        """
        from dynexpr.executing import count

        return self.run(count(self, statement, parameters), Consumed() if also is None else Tally(also))

    def page(
        self,
        statement: "Select[R]",
        size: int,
        cursor: str | None = None,
        *,
        parameters: "Given" = None,
        max_age: float | None = None,
    ) -> "Page[R]":
        """One page of so many rows, after (or before) the one whose cursor is given; see `Page`.

        Raises CursorInvalid, CursorMismatch or CursorExpired (older than *max_age* seconds) for a token that can't be
        used.
        """
        from dynexpr.executing import rows
        from dynexpr.statements.parameters import bind

        if parameters is not None:
            statement = bind(statement, parameters)
        make: Any = rows(statement)  # its rows are typed by the statement
        return self.select_page(statement, make, size, cursor, max_age=max_age)

    def select_page(
        self,
        statement: "Select[Any]",
        make: "Maker[R]",
        size: int,
        cursor: str | None,
        *,
        max_age: float | None = None,
        also: Consumed | None = None,
    ) -> "Page[R]":
        """One page of a select, each item made into something else."""
        from dynexpr.executing import page

        consumed = Consumed() if also is None else Tally(also)
        return self.run(page(self, statement, make, size, cursor, max_age, consumed), consumed)

    def write(self, write: "Write", statement: Statement | None = None) -> tuple[dict[str, Any], Consumed]:
        """Send a single write."""
        from dynexpr import executing

        consumed = Consumed()
        return self.run(executing.write(self, write, statement), consumed), consumed

    def transact(self, writes: "Sequence[Write]", token: str, statement: Statement | None = None) -> Consumed:
        """Send several writes as one transaction."""
        from dynexpr import executing

        consumed = Consumed()
        self.run(executing.transact(self, writes, token, statement), consumed)
        return consumed

    def items(
        self, targets: "Sequence[Target]", statement: Statement | None = None, *, consistent: bool | None = None
    ) -> tuple[list[Item | None], Consumed]:
        """The items of some keys by BatchGetItem, in the order of the keys; None for a missing one."""
        from dynexpr import executing

        consumed = Consumed()
        return self.run(executing.items(self, targets, statement, consistent=consistent), consumed), consumed

    def transact_items(
        self, targets: "Sequence[Target]", statement: Statement | None = None
    ) -> tuple[list[Item | None], Consumed]:
        """The items of up to 100 keys as they were at one moment, by TransactGetItems; None for a missing one."""
        from dynexpr import executing

        consumed = Consumed()
        return self.run(executing.transact_items(self, targets, statement), consumed), consumed

    def send(self, operation: str, *given: Never, **params: Any) -> dict[str, Any]:
        """Send any operation as it is: the parameters, by their names, and the answer of boto3's client."""
        return self.run(sent(raw_request(operation, given, params), self.deadline(None)), Consumed())

    def begin(self) -> "Transaction":
        """`with engine.begin() as tx:` gathers statements and sends them as ONE transaction at the end of the block.

        Nothing is sent when the block raises, or when it gathered nothing.
        """
        return Transaction(self)

    def bulk_put(self, subjects: "Iterable[Any]", **options: "Unpack[WriteOptions]") -> "BulkResult":
        """`BatchWriteItem`: write any number of objects, or put() statements, over whatever is stored; no transaction.

        Takes the options of `batch_write`. Objects belong to no session before nor after; each that was written holds
        what is stored: its version, times and defaults.
        """
        from dynexpr.bulk.statements import bulk_put
        from dynexpr.statements.batch import write_batching

        consumed = Consumed()
        return self.run(bulk_put(self, write_batching("bulk_put", options), subjects, consumed), consumed)

    def bulk_delete(self, entity: Any, keys: "Iterable[object]", **options: "Unpack[WriteOptions]") -> "BulkResult":
        """`BatchWriteItem`: delete the items of any number of keys, whether they exist or not; no transaction.

        Takes the options of `batch_write`.
        """
        from dynexpr.bulk.statements import bulk_delete
        from dynexpr.statements.batch import write_batching

        consumed = Consumed()
        return self.run(bulk_delete(self, write_batching("bulk_delete", options), entity, keys, consumed), consumed)

    def execute_many(
        self, statements: "Iterable[Any]", *, parallel: int = 8, on_progress: "Progress | None" = None
    ) -> "list[StatementOutcome]":
        """Single writes, so many of them at the same time; their outcomes, in the order they were given.

        `insert`, `put`, `update` and `delete` statements, each under its own condition: `outcome.result`, or
        `outcome.error`. No transaction, and no order: two of one item may come in any.
        """
        from dynexpr.bulk.many import execute_many

        return self.run(execute_many(self, statements, parallel, on_progress), Consumed())

    def bulk(self, **options: "Unpack[WriteOptions]") -> "BulkWriter":
        """`with engine.bulk() as writer:` puts and deletes on the way through a block, 25 a request.

        Takes the options of `batch_write`. What waits is sent at the end of the block, and nothing once it has raised.
        """
        from dynexpr.bulk.writer import BulkWriter
        from dynexpr.statements.batch import write_batching

        return BulkWriter(self, write_batching("bulk", options))

    def __repr__(self) -> str:
        return f"Engine({self.url})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class Transaction(Gathered):
    """Made by `engine.begin()`."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_rest: object) -> None:
        self._over = True
        if error is None and self._writes:
            self.consumed.add(self._engine.transact(self._writes, new_token()))


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
    hide_parameters: bool = False,
    faults: Any = None,
    **unknown: Never,
) -> Engine:
    """An engine for a URL, or over a boto3 client you configured yourself. Nothing is sent until the first statement.

    - `local://`: the embedded engine in memory; `local:///dev.db` keeps it in a file, `local:////var/dev.db` by an
      absolute path.
    - `dynamodb://us-east-1/`: AWS; `?endpoint_url=http://127.0.0.1:8000` another engine that speaks its protocol,
      `&table_prefix=dev-` puts a prefix before each table's name, `&profile=…`, `&connect_timeout=2`,
      `&read_timeout=10`.
    - `dynamodb+boto3://us-east-1/`: the same, through boto3.

    *retry* is the policy for temporary errors (None fails fast), *consistent_read* and *strict_plans* the defaults of
    its reads, *echo* logs each request to the logger `dynexpr.engine`, *hide_parameters* leaves values out
    of its log, its errors and what its sessions show, *clock* gives the time for created_at and its
    like, *cursor_secret* signs the cursors of its pages, *faults* (`dynexpr.transports.faults.Faults`) makes it
    misbehave, for tests. The embedded engine goes by *clock* too: when items expire, when it forgets a token.

    Raises InvalidURL for a URL it does not understand.
    """
    if unknown:
        raise no_such_argument(create_engine, unknown)
    if (url is None) == (client is None):
        both = "" if url is None else ", not both"
        raise ArgumentError(f'create_engine takes a URL, such as "local://", or client={both}')
    policy = RetryPolicy() if isinstance(retry, Unset) else retry
    check_policy(policy)
    check_clock(clock)
    if not isinstance(cursor_secret, str | bytes | None):
        raise ArgumentError("cursor_secret is text or bytes")  # it is a secret, so it is not repeated
    prefix = table_prefix or ""
    transport: Transport
    if client is not None:
        from dynexpr.transports.boto import BotoTransport

        transport = BotoTransport(client=client)
    else:
        from dynexpr.urls import transport_of

        transport, url_prefix = transport_of(str(url), clock)
        prefix = prefix or url_prefix
    if faults is not None:
        from dynexpr.transports.faults import FaultyTransport

        transport = FaultyTransport(transport, faults, clock)
    settings = Settings(
        table_prefix=prefix,
        clock=clock,
        consistent_read=consistent_read,
        strict_plans=strict_plans,
        capacity=True,
        cursor_secret=cursor_secret.encode() if isinstance(cursor_secret, str) else cursor_secret,
        hide_parameters=hide_parameters,
    )
    if echo:
        _echo_to_stdout()
    made = Engine(transport, settings, retry=policy, echo=echo)
    made.url = "a boto3 client" if url is None else url
    return made


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
