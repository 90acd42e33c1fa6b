"""Do listeners, the log and traces hear of each request, and of no value that nobody asked to see?"""

import logging
import sys
from typing import Any
from unittest import mock

import pytest

from dynexpr import RetryPolicy, create_engine, event, get, insert, put, select, transact, update
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, OutcomeUnknown, ServiceError, Throttled
from dynexpr.event import Exchange
from dynexpr.orm import Session
from dynexpr.otel import instrument
from dynexpr.transports.faults import Faults
from tests.models import NOW, Base, Payment, Quota

PUT = put(Quota).values(user="secret-user", remaining=7)


def local(**more: Any) -> Engine:
    """An embedded engine with its tables."""
    engine = create_engine("local://", clock=lambda: NOW, **more)
    Base.metadata.create_all(engine)
    return engine


def test_each_attempt_is_told() -> None:
    """Before and after each attempt, with what came of it."""
    with local(
        faults=Faults(script=["throttle", "lost"], operations=["GetItem"]), retry=RetryPolicy(initial_delay=0)
    ) as engine:
        engine.execute(PUT)
        told: list[tuple[str, int, str | None]] = []
        event.listen(engine, "before_request", lambda each: told.append(("before", each.attempt, None)))

        @event.listens_for(engine, "after_request")
        def after(exchange: Exchange) -> None:
            told.append(("after", exchange.attempt, exchange.facts()["error"]))
            assert exchange.duration is not None
            assert exchange.duration >= 0
            assert exchange.tables == ("quotas",)

        engine.execute(get(Quota, "secret-user"))
    assert told == [
        ("before", 1, None),
        ("after", 1, "Throttled"),
        ("before", 2, None),
        ("after", 2, "ResponseLost"),
        ("before", 3, None),
        ("after", 3, None),
    ]


def test_what_an_exchange_says() -> None:
    """Operation, tables, index, units and answer."""
    seen: list[Exchange] = []
    with local() as engine:
        event.listen(engine, "after_request", seen.append)
        engine.execute(
            transact(
                insert(Quota).values(user="u1", remaining=1),
                insert(Payment).values(id="p", timestamp=NOW, customer_id="c", amount=1),
            )
        )
        engine.execute(select(Payment).where(Payment.customer_id == "c")).all()
        engine.send("ListTables")
    written, read, listed = seen
    assert (written.operation, written.tables, written.index) == ("TransactWriteItems", ("quotas", "payments"), None)
    assert written.consumed.write_units > 0
    assert (read.operation, read.tables, read.index) == ("Query", ("payments",), "customer-index")
    assert read.response is not None
    assert read.response["Count"] == 1
    assert repr(read) == "<Query on payments, attempt 1>"
    assert (listed.tables, repr(listed)) == ((), "<ListTables on no table, attempt 1>")


def test_wrong_event() -> None:
    """An event nobody fires is refused."""
    with create_engine("local://") as engine, pytest.raises(ArgumentError, match="there is no event 'commit'"):
        event.listen(engine, "commit", print)


def test_listener_that_raises() -> None:
    """What a listener raises reaches the caller."""

    def refuse(_exchange: Exchange) -> None:
        raise ZeroDivisionError

    with local() as engine:
        event.listen(engine, "before_request", refuse)
        with pytest.raises(ZeroDivisionError):
            engine.execute(PUT)


def test_listener_that_raises_an_error_of_the_service() -> None:
    """What an audit meets on its own way is no answer to the write it was told of, which is not sent again."""

    def audit(exchange: Exchange) -> None:
        if exchange.operation == "UpdateItem":
            raise Throttled("the audit's own table is throttled", operation="PutItem")

    with local(retry=RetryPolicy(initial_delay=0)) as engine:
        engine.execute(PUT)
        event.listen(engine, "after_request", audit)
        with pytest.raises(Throttled, match="audit's own"):
            engine.execute(update(Quota).where(Quota.user == "secret-user").add(Quota.remaining, 1))
        assert engine.execute(get(Quota, "secret-user")).one().remaining == 8


def test_listener_that_raises_after_a_commit() -> None:
    """The session knows that it may have been carried out, and a commit that follows does it no second time."""
    refused = iter([Throttled("the audit's own table is throttled")])

    def audit(exchange: Exchange) -> None:
        if exchange.operation == "PutItem":
            for error in refused:
                raise error

    with local() as engine:
        event.listen(engine, "after_request", audit)
        with Session(engine) as session:
            session.add(Quota(user="u1", remaining=1))
            with pytest.raises(Throttled, match="audit's own"):
                session.commit()
            with pytest.raises(OutcomeUnknown):
                session.commit()
        assert engine.execute(get(Quota, "u1")).one().remaining == 1


def test_interrupted_request_is_told() -> None:
    """A listener that began something, such as a span, hears of the end of a request that Ctrl-C ended."""
    seen: list[Exchange] = []
    with local() as engine:
        event.listen(engine, "after_request", seen.append)
        with (
            mock.patch.object(engine.transport, "send", side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
        ):
            engine.execute(PUT)
    assert [type(each.error) for each in seen] == [KeyboardInterrupt]


def test_log(caplog: pytest.LogCaptureFixture) -> None:
    """At level DEBUG there is a record for each attempt, its facts as attributes, and none of the values."""
    with local(
        faults=Faults(script=["throttle"], operations=["PutItem"]), retry=RetryPolicy(initial_delay=0)
    ) as engine:
        with caplog.at_level(logging.INFO, "dynexpr.engine"):
            engine.execute(PUT)
        assert caplog.records == []
        with caplog.at_level(logging.DEBUG, "dynexpr.engine"):
            engine.execute(PUT)
            engine.execute(select(Payment).where(Payment.customer_id == "secret-customer")).all()
    written, read = caplog.records
    facts: Any = written.__dict__
    assert (facts["dynexpr_operation"], facts["dynexpr_table"], facts["dynexpr_attempt"]) == ("PutItem", "quotas", 1)
    assert facts["dynexpr_write_units"] == 1
    assert read.getMessage().startswith("Query payments.customer-index: attempt 1, ")
    assert "secret" not in "".join(f"{record.__dict__}" for record in caplog.records)


def test_log_of_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    """A failed attempt says its class."""
    engine = local(faults=Faults(script=["throttle"], operations=["GetItem"]), retry=None)
    with engine, caplog.at_level(logging.DEBUG, "dynexpr.engine"), pytest.raises(Throttled):
        engine.execute(get(Quota, "u1"))
    (record,) = caplog.records
    assert record.getMessage().endswith(", Throttled")


def test_echo(caplog: pytest.LogCaptureFixture) -> None:
    """echo=True asks for the whole request, values included."""
    with local(echo=True) as engine:
        caplog.clear()
        engine.execute(PUT)
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert "PutItem quotas: attempt 1" in record.getMessage()
    assert "{'S': 'secret-user'}" in record.getMessage()


def test_traces() -> None:
    """A span for each attempt, with the attributes of the conventions."""
    pytest.importorskip("opentelemetry.sdk")
    from importlib import import_module

    sdk: Any = import_module("opentelemetry.sdk.trace")
    export: Any = import_module("opentelemetry.sdk.trace.export")
    memory: Any = import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter").InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(memory))
    with local(
        faults=Faults(script=["throttle"], operations=["PutItem"]), retry=RetryPolicy(initial_delay=0)
    ) as engine:
        instrument(engine, provider)
        engine.execute(PUT)
        engine.execute(select(Payment).where(Payment.customer_id == "secret-customer")).all()
        with pytest.raises(ServiceError):
            engine.send("GetItem", TableName="quotas", Key={})
    failed, written, read, refused = memory.get_finished_spans()
    assert (failed.name, failed.attributes["error.type"]) == ("PutItem quotas", "ThrottlingException")
    assert (written.attributes["http.request.resend_count"], written.attributes["dynexpr.write_units"]) == (1, 1.0)
    assert read.attributes["aws.dynamodb.index_name"] == "customer-index"
    assert refused.attributes["error.type"] == "ValidationException"
    assert "secret" not in "".join(span.to_json() for span in (failed, written, read, refused))


def test_traces_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without OpenTelemetry the call says what to install."""
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with create_engine("local://") as engine, pytest.raises(ArgumentError, match=r"pip install dynexpr\[otel\]"):
        instrument(engine)


def test_who_listens_no_more() -> None:
    """A listener can be taken off again, and an engine nobody listens to makes no exchange."""
    told: list[str] = []

    def listener(exchange: Exchange) -> None:
        told.append(exchange.operation)

    with local() as engine:
        event.listen(engine, "after_request", listener)
        engine.send("ListTables")
        event.remove(engine, "after_request", listener)
        engine.send("ListTables")
        assert told == ["ListTables"]
        assert engine.listeners == {}
        with pytest.raises(ArgumentError, match="does not listen to 'after_request'"):
            event.remove(engine, "after_request", listener)


@pytest.mark.parametrize(
    ("target", "name", "listener", "says"),
    [
        (5, "after_request", print, "an engine is listened to, not 5"),
        (None, "after_flush", print, "there is no event 'after_flush' of an engine; there are before_request"),
        (None, "after_request", None, "None can't be"),
    ],
    ids=["no engine", "no event", "no listener"],
)
def test_who_can_not_listen(target: Any, name: str, listener: Any, says: str) -> None:
    """A mistake is told where it is made, not with the next request."""
    with local() as engine, pytest.raises(ArgumentError) as caught:
        event.listen(engine if target is None else target, name, listener)
    assert says in str(caught.value)
