"""`create_engine` and what it makes: an engine executes statements and says what they consumed."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, Final, Self, TypeVar, overload

from dynexpr.capacity import Consumed
from dynexpr.errors import ArgumentError, InvalidURL, TransactionTooLarge
from dynexpr.flows import Deadline, Flow, Pause, batch_get_flow, sent, transact_get_flow, transaction_flow, write_flow
from dynexpr.limits import BATCH_GET_KEYS, TRANSACT_ITEMS
from dynexpr.plan import Plan, plan
from dynexpr.requests import (
    Request,
    Settings,
    batch_get_request,
    get_request,
    new_token,
    read_request,
    transact_get_request,
    transaction_request,
    unique_targets,
    write_request,
)
from dynexpr.results import Row, RowResult, WriteResult, row_maker, row_of
from dynexpr.retry import RetryPolicy
from dynexpr.statements.base import Statement
from dynexpr.statements.count import Count
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
        self._lock = Lock()

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
        self, statement: Select[Any], make: Callable[[Plan], Callable[[Item], R]]
    ) -> tuple[Iterator[Sequence[R]], Consumed]:
        """The pages of a select, each item made into something else by what *make* gives for the plan."""
        consumed = Consumed()
        made = plan(statement, consistent=self.settings.consistent_read, strict=self.settings.strict_plans)
        return self._pages(statement, made, make(made), consumed), consumed

    def _pages(
        self, statement: Select[Any], made: Plan, make: Callable[[Item], R], consumed: Consumed
    ) -> Iterator[Sequence[R]]:
        if made.operation == "Nothing":
            return
        left = statement.max_results
        start: Item | None = None
        while True:
            request = read_request(made, self.settings, start)
            response = self.run(sent(request, self.deadline(statement)), consumed)
            items: list[Item]
            if made.operation == "GetItem":  # an item that lacks all that is projected is answered as an empty one
                items = [response["Item"]] if "Item" in response else []
            else:
                items = response["Items"]
            if left is not None:
                items = items[:left]
                left -= len(items)
            yield [make(item) for item in items]
            start = response.get("LastEvaluatedKey")
            if not start or left == 0:
                return

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

    def run(self, flow: Flow[T], consumed: Consumed) -> T:
        """Drive a flow to its result."""
        try:
            step = next(flow)
            while True:
                if isinstance(step, Pause):
                    time.sleep(step.seconds)
                    step = flow.send(None)
                    continue
                try:
                    response = self._send(step, consumed)
                except Exception as error:  # noqa: BLE001 - the flow decides, and raises what it doesn't handle
                    step = flow.throw(error)
                else:
                    step = flow.send(response)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]

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

    def __enter__(self) -> "Transaction":
        return self

    def __exit__(self, error: type[BaseException] | None, *_rest: object) -> None:
        if error is None and self._writes:
            self.consumed.add(self._engine.transact(self._writes, new_token()))


def _values(key: Mapping[str, Mapping[str, Any]]) -> tuple[Any, ...]:
    return tuple(value for wire in key.values() for value in wire.values())


def _key_values(names: tuple[str, ...], item: Item) -> tuple[Any, ...]:
    return _values({name: item[name] for name in names})


def _execute_select(engine: Engine, statement: Select[Any]) -> RowResult[Any]:
    pages, consumed = engine.select(statement, lambda _plan: row_maker(statement))
    return RowResult(pages, consumed)


def _execute_count(engine: Engine, statement: Count) -> RowResult[Any]:
    pages, consumed = engine.select(statement.query, lambda _plan: lambda item: item)
    total = sum(len(page) for page in pages)
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
    response, consumed = engine.write(write, statement)
    attributes = response.get("Attributes")
    asked = getattr(statement, "image", "NONE") != "NONE"
    returned = row_of(write.table, attributes) if attributes and asked else None
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


_QUERY = frozenset({"endpoint_url", "table_prefix", "profile", "connect_timeout", "read_timeout"})


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
    like, *faults* (`dynexpr.transports.faults.Faults`) makes it misbehave, for tests.

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
        transport, url_prefix = _transport_of(str(url))
        prefix = prefix or url_prefix
    if faults is not None:
        from dynexpr.transports.faults import FaultyTransport

        transport = FaultyTransport(transport, faults)
    settings = Settings(
        table_prefix=prefix, clock=clock, consistent_read=consistent_read, strict_plans=strict_plans, capacity=True
    )
    if echo:
        _echo_to_stdout()
    policy = RetryPolicy() if isinstance(retry, Unset) else retry
    return Engine(transport, settings, retry=policy, echo=echo)


def _transport_of(url: str) -> tuple[Transport, str]:
    """The transport of a URL, and the table prefix it asks for."""
    import re
    from urllib.parse import parse_qsl, urlsplit

    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidURL(f"{url!r}: {error}") from None
    if parts.fragment or url.endswith("#"):
        raise InvalidURL(f"{url!r}: an engine URL has no part after '#'")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(options.keys() - _QUERY)
    if unknown:
        raise InvalidURL(f"{url!r}: there is no option {unknown[0]!r}; there are {', '.join(sorted(_QUERY))}")
    prefix = options.pop("table_prefix", "")
    if parts.scheme == "local":
        if parts.netloc or options:
            hint = f"; for a file write local:///{parts.netloc}{parts.path}" if parts.netloc else ""
            raise InvalidURL(f"{url!r}: local:// takes a file's path and table_prefix only{hint}")
        from dynexpr.transports.embedded import EmbeddedTransport

        return EmbeddedTransport(parts.path[1:] or None), prefix
    if parts.scheme in {"dynamodb", "dynamodb+boto3"}:
        if parts.path not in {"", "/"}:
            raise InvalidURL(
                f"{url!r}: a region takes no path {parts.path!r}; write dynamodb://us-east-1/?endpoint_url=…"
            )
        if not re.fullmatch("[A-Za-z0-9-]*", parts.netloc):
            raise InvalidURL(  # it may hold a password, so it is not repeated
                f"{parts.scheme}://: a region stands after it, as in {parts.scheme}://us-east-1/, no host, port or "
                "credentials; an endpoint goes into ?endpoint_url=http://localhost:8000, credentials into ?profile=…"
            )
        from dynexpr.transports.boto import CONNECT_TIMEOUT, READ_TIMEOUT, BotoTransport

        return (
            BotoTransport(
                region=parts.netloc or None,
                endpoint_url=_endpoint(url, options.get("endpoint_url")),
                profile=options.get("profile"),
                connect_timeout=_seconds(url, options, "connect_timeout", CONNECT_TIMEOUT),
                read_timeout=_seconds(url, options, "read_timeout", READ_TIMEOUT),
            ),
            prefix,
        )
    raise InvalidURL(
        f"{url!r}: the scheme {parts.scheme!r} is not known; write local://, local:///file.db, dynamodb://us-east-1/ "
        "or dynamodb+boto3://us-east-1/"
    )


def _endpoint(url: str, endpoint: str | None) -> str | None:
    from urllib.parse import urlsplit

    if endpoint is None:
        return None
    if not endpoint.startswith(("http://", "https://")):
        raise InvalidURL(f"{url!r}: endpoint_url begins with http:// or https://, not {endpoint!r}")
    try:
        parts = urlsplit(endpoint)
        problem = None if parts.hostname and parts.port != 0 else "a host is missing, or the port is 0"
    except ValueError as error:
        problem = str(error)
    if problem is not None:
        raise InvalidURL(f"{url!r}: endpoint_url={endpoint}: {problem}; write http://localhost:8000")
    return endpoint


def _seconds(url: str, options: dict[str, str], name: str, default: float) -> float:
    try:
        seconds = float(options.get(name, default))
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise InvalidURL(f"{url!r}: {name} is a number of seconds above 0, not {options[name]!r}")
    return seconds


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
