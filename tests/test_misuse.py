"""Is what was mistaken refused where it was written, by name, before anything is sent?"""

import asyncio
import enum
from collections.abc import Callable
from decimal import Decimal
from time import sleep
from typing import Any, Literal

import boto3
import pytest

from dynexpr import RetryPolicy, attr, create_async_engine, create_engine, get, insert, select, update
from dynexpr.errors import ArgumentError, DeadlineExceeded, TransportError, ValueNotStorable
from dynexpr.orm import AsyncSession, DeclarativeBase, Mapped, Session, mapped_column
from tests.models import NOW, Base, Payment, Quota


class Own(DeclarativeBase):
    """The models of this file."""


class State(enum.Enum):
    """Of an order."""

    OPEN = "open"
    PAID = "paid"


class Order(Own):
    """Has columns with few values."""

    id: Mapped[str] = mapped_column(partition_key=True)
    state: Mapped[State]
    channel: Mapped[Literal["web", "shop"]] = mapped_column(default="web")
    stars: Mapped[Literal[1, 2, 3] | None] = mapped_column(default=None)


class Reading(Own):
    """Has a float."""

    id: Mapped[str] = mapped_column(partition_key=True)
    value: Mapped[float]


def _boto3(service: str) -> Any:
    make: Any = boto3.client
    return make(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def local() -> Any:
    """An engine whose mistaken calls no type checker sees."""
    return create_engine("local://")


def session() -> Any:
    """The same of a session."""
    return Session(local())


READ = get(Quota, "u")
REFUSED: list[tuple[str, Callable[[], Any], str]] = [
    ("retry as a number", lambda: create_engine("local://", retry=3), "retry is a RetryPolicy(...), or None"),  # type: ignore[arg-type]
    ("no retry as False", lambda: create_engine("local://", retry=False), "None to fail fast, not False"),  # type: ignore[arg-type]
    ("retry of a statement", lambda: READ.execution_options(retry=3), "retry is a RetryPolicy(...)"),  # type: ignore[arg-type]
    ("deadline as text", lambda: READ.execution_options(deadline="1"), "or None for none, not '1'"),  # type: ignore[arg-type]
    ("deadline in the past", lambda: READ.execution_options(deadline=-1), "or None for none, not -1"),
    ("attempts as text", lambda: RetryPolicy(max_attempts="3"), "a whole number of at least 1"),  # type: ignore[arg-type]
    ("half an attempt", lambda: RetryPolicy(max_attempts=2.5), "a whole number of at least 1"),  # type: ignore[arg-type]
    ("attempts as a flag", lambda: RetryPolicy(max_attempts=True), "a whole number of at least 1"),
    ("negative delay", lambda: RetryPolicy(initial_delay=-1), "initial_delay is a number of seconds, not -1"),
    ("shrinking delay", lambda: RetryPolicy(backoff_factor=0.5), "backoff_factor is 1 or more, not 0.5"),
    ("jitter", lambda: RetryPolicy(jitter=False), "jitter is 'full' or 'none', not False"),  # type: ignore[arg-type]
    ("secret as a number", lambda: create_engine("local://", cursor_secret=5), "cursor_secret is text or bytes"),  # type: ignore[arg-type]
    ("URL and client", lambda: create_engine("local://", client=_boto3("dynamodb")), "or client=, not both"),
    ("client of nothing", lambda: create_engine(client=5), 'takes a boto3.client("dynamodb"), not 5'),
    ("client of another service", lambda: create_engine(client=_boto3("s3")), 'takes a boto3.client("dynamodb")'),
    ("module as a client", lambda: create_engine(client=boto3), 'takes a boto3.client("dynamodb")'),
    ("session of text", lambda: Session("local://"), "an engine is wanted, made by create_engine(...), not 'local://'"),  # type: ignore[arg-type]
    ("session of an async engine", lambda: Session(create_async_engine("local://")), "write AsyncSession(engine)"),  # type: ignore[arg-type]
    ("async session of an engine", lambda: AsyncSession(create_engine("local://")), "is not awaited; Session takes"),  # type: ignore[arg-type]
    ("tables of an async engine", lambda: Base.metadata.create_all(create_async_engine("local://")), "await"),  # type: ignore[arg-type]
    ("list as a key", lambda: get(Payment, ["p", NOW]), "the key of Payment is (id, timestamp), not ['p', datetime"),
    ("list for a tuple", lambda: get(Payment, ["p", NOW]), "; write it as a tuple"),
    ("list of one", lambda: get(Payment, ["p"]), "the key of Payment is (id, timestamp), not ['p']"),
    ("misspelt value", lambda: insert(Quota).values(usr="u"), "Quota has no column 'usr'; did you mean 'user'?"),
    ("misspelt update", lambda: update(Quota).values(remaning=1), "did you mean 'remaining'?"),
    ("scalars of a model", lambda: session().scalars(Quota), "not Quota itself: write select(Quota)"),
    ("count of a model", lambda: session().count(Quota), "not Quota itself: write select(Quota)"),
    ("engine's count of a model", lambda: local().count(Quota), "a select(...) is wanted, not Quota itself"),
    ("page of a model", lambda: local().page(Quota, 2), "not Quota itself: write select(Quota)"),
    ("stream of a model", lambda: list(local().stream(Quota)), "not Quota itself: write select(Quota)"),
    ("version of none", lambda: insert(Payment).values(version=None), "None: the commit sets it; leave it out"),
    ("execute of a model", lambda: local().execute(Quota), "a statement is wanted, not Quota itself"),
    ("execute of a table", lambda: local().execute(Quota.__table__), "write select(Quota)"),
    ("execute of text", lambda: local().execute("SELECT 1"), "sql(text, Base) makes one of text"),
    ("count of a put", lambda: local().count(insert(Quota)), "a select(...) is wanted, not <"),
    ("tables of text", lambda: Base.metadata.drop_all("local://"), "made by create_engine(...), not 'local://'"),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize(("make", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(make: Callable[[], Any], says: str) -> None:
    """Each says what is wanted."""
    with pytest.raises(ArgumentError) as caught:
        make()
    assert says in str(caught.value)


STRANGE: list[tuple[str, Callable[[], Any], str]] = [
    ("member", lambda: Order(id="1", state="nope"), "Order.state: can't store 'nope': the attribute holds a member of"),  # type: ignore[arg-type]
    ("endless float", lambda: Reading(id="1", value=float("inf")), "Reading.value: can't store inf: a number must be"),
    ("no number", lambda: Reading(id="1", value=float("nan")), "Reading.value: can't store nan: a number must be"),
    ("member in a statement", lambda: insert(Order).values(id="1", state="nope"), "one of 'open', 'paid'"),
    ("member set", lambda: update(Order).where(Order.id == "1").values(state="nope"), "one of 'open', 'paid'"),
    ("literal", lambda: Order(id="1", state=State.OPEN, channel="fax"), "one of 'shop', 'web'"),  # type: ignore[arg-type]
    ("literal number", lambda: Order(id="1", state=State.OPEN, stars=4), "one of 1, 2, 3"),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize(("make", "says"), [row[1:] for row in STRANGE], ids=[row[0] for row in STRANGE])
def test_a_value_out_of_few(make: Callable[[], Any], says: str) -> None:
    """An Enum's and a Literal's column stores the values that were declared."""
    with pytest.raises(ValueNotStorable) as caught:
        make()
    assert says in str(caught.value)


def test_a_value_of_a_newer_program_is_read_and_kept() -> None:
    """What another program stored is no error, and can be asked for."""
    with create_engine("local://") as engine:
        Own.metadata.create_all(engine)
        item = {"id": {"S": "1"}, "state": {"S": "returned"}, "channel": {"S": "fax"}}
        engine.send("PutItem", TableName="orders", Item=item)
        with Session(engine) as session:
            order = session.get_one(Order, "1")
            values: tuple[Any, Any] = order.state, order.channel
            assert values == ("returned", "fax")
            order.stars = 3
            session.commit()
        assert engine.execute(select(Order).where(attr("state") == "returned").allow_scan()).one().stars == 3


def test_a_gathered_transaction_ends_with_its_block() -> None:
    """What comes after the block would be lost."""
    with create_engine("local://") as engine, engine.begin() as tx:
        pass
    with pytest.raises(ArgumentError, match="at the end of its block"):
        tx.execute(insert(Quota).values(user="u", remaining=1))


def test_a_closed_engine_refuses() -> None:
    """As often as it is asked, the embedded one as any other."""
    engine = create_engine("local://")
    engine.close()
    engine.close()
    for _ in range(2):
        with pytest.raises(TransportError, match="the engine was closed"):
            engine.send("ListTables")

    async def main() -> None:
        later = create_async_engine("dynamodb://us-east-1/?endpoint_url=http://127.0.0.1:1")
        await later.close()
        await later.close()
        with pytest.raises(TransportError, match="the engine was closed"):
            await later.send("ListTables")

    asyncio.run(main())


def test_what_is_not_there_yet_is_no_attribute() -> None:
    """So hasattr() and getattr() with a default work."""
    payment = Payment(id="p1", timestamp=NOW, customer_id="c1", amount=Decimal(1))
    assert not hasattr(payment, "version")
    assert getattr(payment, "version", None) is None


def test_engines_show_their_url() -> None:
    """In messages and debuggers."""
    assert repr(create_engine("local://")) == "Engine(local://)"
    assert repr(create_async_engine("local://")) == "AsyncEngine(local://)"
    assert repr(create_engine(client=_boto3("dynamodb"))) == "Engine(a boto3 client)"


def test_a_statements_deadline_is_for_all_its_pages() -> None:
    """The policy's is for each request: a long reading may take longer than that."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        for user in "abc":
            engine.execute(insert(Quota).values(user=user, remaining=1))
        everything = select(Quota).allow_scan().page_size(1)
        result = engine.execute(everything.execution_options(deadline=0.05))
        sleep(0.06)
        with pytest.raises(DeadlineExceeded, match=r"Scan was not sent: the deadline of 0\.05 s is over"):
            result.all()
        patient = engine.execute(everything.execution_options(retry=RetryPolicy(deadline=0.05)))
        sleep(0.06)
        assert len(patient.all()) == 3
