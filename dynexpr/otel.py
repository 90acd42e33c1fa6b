"""A span of OpenTelemetry for each request of an engine: `dynexpr.otel.instrument(engine)`. Needs the extra `otel`.

Spans have the names and attributes of the conventions for DynamoDB, and no values of items.
https://opentelemetry.io/docs/specs/semconv/database/dynamodb/
"""

from typing import Any

from dynexpr.errors import ArgumentError, ServiceError
from dynexpr.event import Exchange, Observed, listen

_SPAN = "dynexpr.otel.span"


def instrument(engine: Observed, tracer_provider: Any = None) -> None:
    """Make a span of each attempt to send a request; *tracer_provider* is the global one unless it is given.

    Raises ArgumentError where OpenTelemetry is not installed.

    >>> from dynexpr import create_engine, otel
    >>> engine = create_engine("local://")
    >>> otel.instrument(engine)
    >>> engine.send("ListTables")["TableNames"]
    []
    """
    try:
        from importlib import import_module

        trace: Any = import_module("opentelemetry.trace")
    except ImportError:
        raise ArgumentError("OpenTelemetry is not installed: pip install dynexpr[otel]") from None
    tracer = trace.get_tracer("dynexpr", tracer_provider=tracer_provider)

    def before(exchange: Exchange) -> None:
        tables = list(exchange.tables)
        attributes: dict[str, Any] = {"db.system.name": "aws.dynamodb", "db.operation.name": exchange.operation}
        if tables:
            attributes["aws.dynamodb.table_names"] = tables
        if len(tables) == 1:
            attributes["db.collection.name"] = tables[0]
        if exchange.index is not None:
            attributes["aws.dynamodb.index_name"] = exchange.index
        if exchange.attempt > 1:
            attributes["http.request.resend_count"] = exchange.attempt - 1
        name = f"{exchange.operation} {tables[0]}" if len(tables) == 1 else exchange.operation
        exchange.info[_SPAN] = tracer.start_span(name, kind=trace.SpanKind.CLIENT, attributes=attributes)

    def after(exchange: Exchange) -> None:
        span = exchange.info.pop(_SPAN, None)
        if span is None:
            return
        consumed = exchange.consumed
        span.set_attribute("dynexpr.read_units", float(consumed.read_units))
        span.set_attribute("dynexpr.write_units", float(consumed.write_units))
        error = exchange.error
        if error is not None:
            # The class only: a message may hold values.
            kind = error.code if isinstance(error, ServiceError) and error.code else type(error).__name__
            span.set_attribute("error.type", kind)
            span.set_status(trace.Status(trace.StatusCode.ERROR))
        span.end()

    listen(engine, "before_request", before)
    listen(engine, "after_request", after)
