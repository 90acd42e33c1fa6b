"""What do the sync and the async engine have in common?  All but waiting: policies, counting, telling who listens."""

from _thread import allocate_lock
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn

from dynexpr.capacity import BLOCKS, Answer, Consumed
from dynexpr.errors import ArgumentError, ServiceUnavailable, TableNotFound, Throttled, TransactionTooLarge
from dynexpr.flows import Deadline
from dynexpr.limits import TRANSACT_ITEMS
from dynexpr.logs import listened
from dynexpr.requests import Request, Settings
from dynexpr.retry import RetryPolicy
from dynexpr.statements.base import Statement
from dynexpr.unset import Unset

if TYPE_CHECKING:
    from decimal import Decimal

    from dynexpr.event import Exchange, Listener
    from dynexpr.metering import CapacityBlock
    from dynexpr.rate import RateLimit, Turn
    from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement
    from dynexpr.writes import Write

_DEBUG: Final = 10
"""logging.DEBUG"""


class ListenerFailed(BaseException):
    """What a listener raised once an answer was there.

    A flow must not see it: it would take a Throttled of the listener's own for DynamoDB's answer, and send a write
    again that was carried out.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class EngineCore:
    """What the sync and the async engine have in common: everything but waiting."""

    awaited: ClassVar[bool] = False
    """Whether its methods are awaited."""

    def __init__(self, settings: Settings, *, retry: RetryPolicy | None, echo: bool = False) -> None:
        self.settings = settings
        self.retry = retry
        self.echo = echo
        self.url = "a transport of its own"
        """The URL it was made of, for people."""
        self.consumed = Consumed()
        """What all its statements consumed."""
        self.listeners: dict[str, list[Listener]] = {}
        """Those of `dynexpr.event.listen`."""
        self._lock = allocate_lock()
        self.limit: RateLimit | None = None
        """What keeps it to so many units a second."""
        self._limits: list[RateLimit] = []
        """Those that were not lifted, the last one in force."""

    if not TYPE_CHECKING:
        # Hidden from checkers, which know by themselves that there is no such name.

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            from dynexpr.engine_names import no_such_name

            no_such_name(self, name)

    def rate_limit(self, *, read_units: float | None = None, write_units: float | None = None) -> "RateLimit":
        """Consume no more than so many units a second, from now on; `with engine.rate_limit(...):` for a block.

        Shared by all threads and tasks of the engine; a second's worth may be consumed at once. Fed by what each answer
        says it consumed. A throttled request halves the pace, which then recovers.

        >>> from dynexpr import create_engine
        >>> engine = create_engine("local://")
        >>> with engine.rate_limit(read_units=50) as limit:
        ...     limit.pace
        (50.0, None)
        """
        from dynexpr.rate import RateLimit

        limits = self._limits

        def lift(limit: RateLimit) -> None:
            if limit in limits:
                limits.remove(limit)
                self.limit = limits[-1] if limits else None

        self.limit = RateLimit(read_units, write_units, lift=lift)
        limits.append(self.limit)
        return self.limit

    def deadline(self, statement: Statement | None, /) -> Deadline:
        """The retry policy and the deadline of a statement."""
        if statement is None:
            return Deadline(self.retry)
        options = statement.options
        policy = self.retry if isinstance(options.retry, Unset) else options.retry
        seconds = None if isinstance(options.deadline, Unset) else options.deadline
        return Deadline(policy, seconds)

    def capacity(
        self,
        label: str | None = None,
        *,
        max_read_units: float | None = None,
        max_write_units: float | None = None,
        max_cost: "Decimal | float | None" = None,
    ) -> "CapacityBlock":
        """`with engine.capacity() as used:` counts what the block consumes; DynamoDB is asked nothing more.

        `used` adds up by statement, table, index, operation and label, `used.cost()`, `used.report()` and
        `used.to_html(path)` show it. Blocks may be nested; the innermost *label* is what a request counts under. Each
        thread or task counts for itself and for what dynexpr, or the task, starts.

        *max_read_units*, *max_write_units* and *max_cost* (US dollars) are its budget: once that is used up, the next
        request is not sent, and raises BudgetExceeded. What was on its way is counted, so it may be exceeded a little.

        >>> from dynexpr import create_engine
        >>> with create_engine("local://") as engine, engine.capacity("demo") as used:
        ...     _ = engine.send("ListTables")
        >>> used.requests, used.read_units, used.by_label["demo"].requests
        (1, Decimal('0'), 1)
        """
        from dynexpr.metering import CapacityBlock

        return CapacityBlock(
            self, label, max_read_units=max_read_units, max_write_units=max_write_units, max_cost=max_cost
        )

    def _turn(self, request: Request) -> "Turn | None":
        """When it may be sent; None where nothing limits it. Raises BudgetExceeded before anything waits."""
        if self.limit is None:
            return None
        if BLOCKS.get():
            from dynexpr.metering import check_blocks

            check_blocks(self, request)
        return self.limit.begin(request)

    def _before(self, request: Request, attempt: int) -> "Exchange | None":
        """What is to be told of a request; None where nobody listens. Raises BudgetExceeded."""
        if BLOCKS.get():
            from dynexpr.metering import check_blocks

            check_blocks(self, request)
        if not self.echo and not self.listeners:
            log = listened()
            if log is None or not log.isEnabledFor(_DEBUG):
                return None
        from dynexpr.event import Exchange

        exchange = Exchange(request, attempt)
        for listener in self.listeners.get("before_request", ()):
            listener(exchange)
        return exchange

    def _failed(self, exchange: "Exchange | None", request: Request, error: BaseException) -> None:
        if isinstance(error, TableNotFound | Throttled | ServiceUnavailable):
            from dynexpr.event import tables_of

            tables = " or ".join(map(repr, tables_of(request.params)))
            if tables and tables not in error.message:
                error.message = f"{tables}: {error.message}"  # the service does not say which
                error.args = (error.message,)
        if exchange is not None:
            exchange.error = error
            self._over(exchange)

    def _arrived(
        self,
        exchange: "Exchange | None",
        request: Request,
        response: dict[str, Any],
        consumed: Consumed,
        turn: "Turn | None" = None,
    ) -> None:
        answer = Answer(request.operation, response, request)
        if turn is not None:
            turn.answered(answer, response)
        consumed.add(answer)
        with self._lock:
            self.consumed.add(answer)
        if BLOCKS.get():
            from dynexpr.metering import count_in_blocks

            count_in_blocks(self, answer)
        if exchange is not None:
            exchange.response = response
            exchange.consumed = answer
            self._over(exchange)

    def _over(self, exchange: "Exchange") -> None:
        """Tell what came of a request."""
        from dynexpr.event import log_exchange

        exchange.stop()
        log = listened()
        if log is not None:
            log_exchange(log, exchange, echo=self.echo, hide=self.settings.hide_parameters)
        try:
            for listener in self.listeners.get("after_request", ()):
                listener(exchange)
        except Exception as error:  # noqa: BLE001 - run() raises it
            raise ListenerFailed(error) from None


def check_engine(engine: object, cure: str, *, awaited: bool) -> None:
    """Raise ArgumentError for what is no engine, or one of the other kind: nothing would be sent, and nobody told."""
    found = getattr(engine, "awaited", None)
    if found is None:
        raise ArgumentError(f"an engine is wanted, made by create_engine(...), not {engine!r}")
    if found is not awaited:
        raise ArgumentError(f"{engine!r} {'is' if found else 'is not'} awaited; {cure}")


class Gathered:
    """Statements that are sent as one `TransactWriteItems`."""

    def __init__(self, core: EngineCore) -> None:
        self._settings = core.settings
        self._writes: list[Write] = []
        self._over = False
        self.consumed = Consumed()

    def execute(self, statement: "Insert[Any] | Put[Any] | UpdateStatement[Any] | Delete[Any] | Check[Any]") -> None:
        """Add a write or a check; defaults and times are taken now."""
        from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement
        from dynexpr.writes import write_of

        if self._over:
            raise ArgumentError("the transaction was sent, or given up, at the end of its block")
        if not isinstance(statement, Insert | Put | UpdateStatement | Delete | Check):
            raise ArgumentError(f"a transaction takes insert, put, update, delete and check, not {statement!r}")
        if len(self._writes) >= TRANSACT_ITEMS:
            raise TransactionTooLarge(f"a transaction takes {TRANSACT_ITEMS} statements; nothing was sent")
        self._writes.append(write_of(statement, self._settings.clock, veiled=self._settings.hide_parameters))
