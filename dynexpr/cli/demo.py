"""The payments story: what dynexpr does, on any engine, with each request as DynamoDB sees it."""

import argparse
import json
import logging
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dynexpr import attr, check, create_engine, insert, select, transact, update
from dynexpr.capacity import Consumed
from dynexpr.engine import Engine
from dynexpr.errors import TransactionCancelled
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, Session, mapped_column
from dynexpr.prices import ON_DEMAND

if TYPE_CHECKING:
    from collections.abc import Generator

    from dynexpr.requests import Request

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
"""The demo's clock stands still, so that it says the same each time."""


class Base(DeclarativeBase):
    """The demo's models."""


class Payment(Base):
    """A payment of a customer."""

    __tablename__ = "payments"
    id: Mapped[str] = mapped_column(partition_key=True)
    timestamp: Mapped[datetime] = mapped_column(sort_key=True)
    customer_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    amount: Mapped[Decimal]
    note: Mapped[str | None] = mapped_column(default=None)
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    version: Mapped[int] = mapped_column(version=True)
    created_at: Mapped[datetime] = mapped_column(created_at=True)
    by_customer = GlobalIndex("customer-index", partition_key="customer_id", sort_key="status")
    by_status = GlobalIndex("status-index", partition_key="status", sort_key="timestamp")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = (
        "Creates a table (dynexpr-demo-payments), commits, queries, shows each request, deletes the table."
    )
    parser.add_argument(
        "--engine",
        default="local://",
        metavar="URL",
        help="local:// (default, in process), dynamodb://us-east-1/, "
        "or dynamodb://us-east-1/?endpoint_url=http://127.0.0.1:8000",
    )


def run(chosen: argparse.Namespace) -> None:
    """Tell the story on an engine; its table is deleted at the end."""
    url: str = chosen.engine
    started = time.perf_counter()
    engine = create_engine(url, table_prefix="dynexpr-demo-", clock=lambda: NOW, echo=True)
    with engine, _printed() as printer:
        Base.metadata.drop_all(engine)
        _say("Create the table with its two indexes")
        printer.quiet = False
        Base.metadata.create_all(engine)
        try:
            _story(engine)
        finally:
            printer.quiet = True
            Base.metadata.drop_all(engine)
    print(f"\nDone in {time.perf_counter() - started:.2f} s.")


@contextmanager
def _printed() -> "Generator[_Printer]":
    """The engine's log goes to the terminal alone."""
    log = logging.getLogger("dynexpr.engine")
    printer = _Printer()
    before = log.handlers, log.propagate
    log.handlers, log.propagate = [printer], False
    try:
        yield printer
    finally:
        log.handlers, log.propagate = before


def _story(engine: Engine) -> None:
    _commit_payments(engine)
    _query_status(engine)
    _query_customer(engine)
    _update(engine)
    _commit_changes(engine)
    _failing_transaction(engine)
    _say("What it took, in all")
    _show_consumed(engine.consumed)
    print(f"  = ${engine.consumed.cost():f} on demand in us-east-1 (prices of {ON_DEMAND.dated})")


def _commit_payments(engine: Engine) -> None:
    _say("Commit 80 payments: ONE transaction")
    with Session(engine) as session:
        session.add_all(
            Payment(
                id=f"p{number:02}",
                timestamp=NOW - timedelta(minutes=number),
                customer_id=f"c{number % 8}",
                status="pending" if number % 4 == 0 else "paid",
                amount=Decimal(number) * Decimal("1.25") + 5,
            )
            for number in range(80)
        )
        session.commit()
        _show_consumed(session.consumed)


def _query_status(engine: Engine) -> None:
    _say('select(Payment).where(Payment.status == "pending")')
    with Session(engine) as session:
        found = session.scalars(select(Payment).where(Payment.status == "pending"))
        payments = found.all()
        print(f"  {len(payments)} payments, the first of them {payments[0].id} of {payments[0].timestamp:%H:%M}")
        _show_consumed(found.consumed)


def _query_customer(engine: Engine) -> None:
    statement = select(Payment).where(
        Payment.amount > 40, Payment.customer_id == "c4", Payment.status.begins_with("pend")
    )
    _say(f"Conditions in any order: {statement.condition}")
    print(_indented(str(statement.explain())))
    with Session(engine) as session:
        found = session.scalars(statement)
        # Under one status the index has no order of its own, so engines may differ.
        print(f"  found: {', '.join(sorted(f'{payment.id} {payment.amount}' for payment in found))}")
        _show_consumed(found.consumed)


def _update(engine: Engine) -> None:
    _say("A conditional update: 5 more, if it is below 100")
    result = engine.execute(
        update(Payment)
        .where(Payment.id == "p04", Payment.timestamp == NOW - timedelta(minutes=4), Payment.amount < 100)
        .set(Payment.amount, Payment.amount + 5)
        .returning("UPDATED_NEW")
    )
    print(f"  returned: {result.returned}")
    _show_consumed(result.consumed)


def _commit_changes(engine: Engine) -> None:
    _say("Change objects of a query, and commit: one transaction of minimal updates, each under its version")
    with Session(engine) as session:
        for payment in session.scalars(select(Payment).where(Payment.status == "pending").limit(3)):
            payment.tags.add("seen")
            payment.status = "paid"
        session.commit()
        _show_consumed(session.consumed)


def _failing_transaction(engine: Engine) -> None:
    _say("A transaction that fails says which clause was false, and the value it met")
    try:
        engine.execute(
            transact(
                insert(Payment).values(id="p99", timestamp=NOW, customer_id="c1", amount=Decimal(1)),
                check(Payment, ("p08", NOW - timedelta(minutes=8))).where(
                    Payment.status == "paid", attr("amount") > 1000
                ),
            )
        )
    except TransactionCancelled as error:
        print(_indented(str(error)))


class _Printer(logging.Handler):
    """Prints each request as DynamoDB sees it, long lists shortened."""

    quiet = True

    def emit(self, record: logging.LogRecord) -> None:
        """Print the request of a log record."""
        request: Request | None = getattr(record, "request", None)
        if request is not None and not self.quiet and request.operation != "DescribeTable":
            shown = {
                name: value
                for name, value in request.params.items()
                if name not in {"ReturnConsumedCapacity", "ClientRequestToken"}
            }
            print(f"  -> {request.operation} {_shown(shown, '     ')}")


def _shown(value: Any, margin: str) -> str:
    """A value as JSON: on one line where it fits, of a long list the first element only."""
    line = json.dumps(value, default=str, ensure_ascii=False)
    if len(line) + len(margin) <= 118:
        return line
    deeper = margin + "  "
    if isinstance(value, list):
        parts = [_shown(inner, deeper) for inner in (value if len(value) <= 4 else value[:1])]
        if len(parts) < len(value):
            parts.append(f"… and {len(value) - 1} more")
        ends = "[]"
    else:
        parts = [f"{json.dumps(name)}: {_shown(inner, deeper)}" for name, inner in value.items()]
        ends = "{}"
    inside = f",\n{deeper}".join(parts)
    return f"{ends[0]}\n{deeper}{inside}\n{margin}{ends[1]}"


def _say(title: str) -> None:
    print(f"\n{title}")


def _indented(text: str, margin: str = "  ") -> str:
    return "\n".join(margin + line for line in text.splitlines())


def _show_consumed(consumed: Consumed) -> None:
    print(f"  {consumed.read_units:f} read units, {consumed.write_units:f} write units, ${consumed.cost():f}")
