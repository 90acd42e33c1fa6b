"""Who wants to know of each request of an engine?  Listeners, the log, and tracing.

| event | called with | when |
|---|---|---|
| `before_request` | exchange | before each attempt to send a request |
| `after_request` | exchange | after its answer, or its failure |

`event.listen(engine, "after_request", listener)`, and `event.remove` with the same; a listener that raises ends the
call with its error.
"""

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from dynexpr.capacity import Consumed
from dynexpr.errors import ArgumentError
from dynexpr.hiding import redacted
from dynexpr.requests import Request

if TYPE_CHECKING:
    from logging import Logger

    from dynexpr.partiql_table import Source

EVENTS: Final = ("before_request", "after_request")
_PARTIQL: Final = frozenset({"Statement", "Statements", "TransactStatements"})
"""Parameters that hold statements."""
Listener = Callable[["Exchange"], object]
F = TypeVar("F", bound=Listener)


class Observed(Protocol):
    """What can be listened to: an engine."""

    listeners: dict[str, list[Listener]]


class Exchange:
    """One attempt to send a request, and what came of it."""

    __slots__ = ("attempt", "consumed", "duration", "error", "info", "request", "response", "started")

    def __init__(self, request: "Request", attempt: int) -> None:
        self.request = request
        self.attempt = attempt
        """1 for the first."""
        self.started = perf_counter()
        self.duration: float | None = None
        """Seconds; None before the answer."""
        self.response: dict[str, Any] | None = None
        self.error: BaseException | None = None
        """What made it fail."""
        self.consumed: Consumed = Consumed()
        """What the answer says it consumed."""
        self.info: dict[str, Any] = {}
        """For listeners to keep what they like."""

    @property
    def operation(self) -> str:
        """`GetItem`, `Query`, …"""
        return self.request.operation

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables it is about."""
        return tables_of(self.request.params)

    @property
    def index(self) -> str | None:
        """The name of the index it reads, by PartiQL too."""
        return index_of(self.request.params)

    def stop(self) -> None:
        """It is over."""
        self.duration = perf_counter() - self.started

    def facts(self) -> dict[str, Any]:
        """What a log may hold of it: no values of items."""
        return {
            "operation": self.operation,
            "table": ",".join(self.tables),
            "index": self.index,
            "attempt": self.attempt,
            "duration": self.duration,
            "read_units": float(self.consumed.read_units),
            "write_units": float(self.consumed.write_units),
            "error": None if self.error is None else type(self.error).__name__,
        }

    def __repr__(self) -> str:
        return f"<{self.operation} on {', '.join(self.tables) or 'no table'}, attempt {self.attempt}>"


def tables_of(params: dict[str, Any]) -> tuple[str, ...]:
    """The names of the tables that parameters name, each once; of what no request has, none.

    >>> tables_of({"Statement": 'SELECT * FROM "payments"."customer-index"'})
    ('payments',)
    """
    if "TableName" in params:
        return _texts([params["TableName"]])
    if "RequestItems" in params:
        return _texts(params["RequestItems"])
    if "TransactItems" in params:
        bodies = [
            body for action in _list(params["TransactItems"]) if isinstance(action, dict) for body in action.values()
        ]
        return _texts([body.get("TableName") for body in bodies if isinstance(body, dict)])
    return _texts([source.table for source in _sources(params)])


def index_of(params: dict[str, Any]) -> str | None:
    """The name of the index that parameters, or their PartiQL, read; None where they read none.

    >>> index_of({"Statement": 'SELECT * FROM "payments"."customer-index"'})
    'customer-index'
    """
    named = [params.get("IndexName"), *(source.index_name for source in _sources(params))]
    return next(iter(_texts(named)), None)


def _sources(params: dict[str, Any]) -> "list[Source]":
    """What the PartiQL of a request is about."""
    if params.keys().isdisjoint(_PARTIQL):
        return []
    from dynexpr.partiql_table import source_of, statements_of

    found = [source_of(text) for text in statements_of(params)]
    return [source for source in found if source is not None]


def _list(given: object) -> "list[Any] | tuple[Any, ...]":
    """A list as it is; nothing of what is none: anything may be given to `engine.send`."""
    return given if isinstance(given, list | tuple) else ()


def _texts(names: object) -> tuple[str, ...]:
    """What is text among some names, each once."""
    given = names if isinstance(names, Mapping) else _list(names)
    return tuple(dict.fromkeys(name for name in given if isinstance(name, str)))


def listen(target: Observed, event: str, listener: Listener) -> None:
    """Call *listener* on each *event* of an engine.

    Raises ArgumentError for an event that does not exist, and for what can't be called.

    >>> from dynexpr import create_engine, event
    >>> engine = create_engine("local://")
    >>> event.listen(engine, "after_request", lambda exchange: print(exchange.operation, exchange.attempt))
    >>> engine.send("ListTables")["TableNames"]
    ListTables 1
    []
    """
    if not isinstance(getattr(target, "listeners", None), dict):
        raise ArgumentError(f"an engine is listened to, not {target!r}; dynexpr.orm.event is for sessions and models")
    if event not in EVENTS:
        raise ArgumentError(f"there is no event {event!r} of an engine; there are {', '.join(EVENTS)}")
    if not callable(listener):
        raise ArgumentError(f"a listener is called with the exchange; {listener!r} can't be")
    target.listeners.setdefault(event, []).append(listener)


def remove(target: Observed, event: str, listener: Listener) -> None:
    """Call *listener* no more. Raises ArgumentError for one that was not listening."""
    listeners = target.listeners.get(event, [])
    if listener not in listeners:
        raise ArgumentError(f"{listener!r} does not listen to {event!r}")
    listeners.remove(listener)
    if not listeners:
        del target.listeners[event]  # an engine nobody listens to spends no time on it


def listens_for(target: Observed, event: str) -> Callable[[F], F]:
    """The decorator form of `listen`: `@event.listens_for(engine, "after_request")`."""

    def register(listener: F) -> F:
        listen(target, event, listener)
        return listener

    return register


def log_exchange(log: "Logger", exchange: Exchange, *, echo: bool, hide: bool = False) -> None:
    """One record of the log for each attempt, its facts as attributes; the whole request where echo asks for it.

    Values of sensitive columns are left out, and with *hide* all values.
    """
    facts = exchange.facts()
    seconds = exchange.duration or 0.0
    outcome = "" if exchange.error is None else f", {facts['error']}"
    units = ", ".join(
        f"{facts[name]:g} {name.replace('_', ' ')}" for name in ("read_units", "write_units") if facts[name]
    )
    place = f"{facts['table']}.{facts['index']}" if facts["index"] else facts["table"]
    took = f"{seconds * 1e3:.1f} ms{units and ', '}{units}"
    text = f"{facts['operation']} {place}: attempt {exchange.attempt}, {took}{outcome}"
    extra = {f"dynexpr_{name}": value for name, value in facts.items()}
    if echo:
        request = exchange.request
        shown = redacted(request.params, everything=hide)
        log.info("%s %s", text, shown, extra={**extra, "request": Request(request.operation, shown)})
    else:
        log.debug("%s", text, extra=extra)
