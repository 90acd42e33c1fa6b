"""The model of the README, as a user writes it: clean under mypy --strict and pyright strict."""

# pyright: strict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import assert_type

from dynexpr import and_, create_engine, delete, insert, not_, or_, put, select, update
from dynexpr.columns import Column
from dynexpr.indexes import BoundIndex
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, Session, mapped_column

now = datetime.now(UTC)


@dataclass
class Line:
    """One line of a payment."""

    sku: str
    qty: int


class Base(DeclarativeBase): ...  # noqa: D101 - as it stands in the README


class Payment(Base):  # noqa: D101
    __tablename__ = "payments"
    id: Mapped[str] = mapped_column(partition_key=True)
    timestamp: Mapped[datetime] = mapped_column(sort_key=True)
    customer_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    amount: Mapped[Decimal]
    note: Mapped[str | None] = mapped_column(default=None)
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    lines: Mapped[list[Line]] = mapped_column(default_factory=list)
    version: Mapped[int] = mapped_column(version=True)
    created_at: Mapped[datetime] = mapped_column(created_at=True)
    expires: Mapped[datetime | None] = mapped_column(ttl=True, default=None)
    by_customer = GlobalIndex("customer-index", partition_key="customer_id", sort_key="status")
    by_status = GlobalIndex("status-index", partition_key="status", sort_key="timestamp")


engine = create_engine("local://")
Base.metadata.create_all(engine)
line = Line("a", 1)

with Session(engine) as session:
    session.add(Payment(id="p1", timestamp=now, customer_id="c1", amount=Decimal("12.50")))
    session.commit()
    pending = session.scalars(select(Payment).where(Payment.status == "pending")).all()
    assert_type(pending, list[Payment])
    stmt = select(Payment).where(Payment.customer_id == "c1", Payment.status.begins_with("pend"), Payment.amount > 10)
    print(stmt)
    print(stmt.explain())
    for payment in session.scalars(stmt):
        assert_type(payment, Payment)
        payment.tags.add("seen")
    session.commit()
    found = session.get(Payment, ("p1", now))
    assert_type(found, Payment | None)

engine.execute(insert(Payment).values(id="p2", timestamp=now, customer_id="c1", amount=1))
engine.execute(put(Payment).unconditional().values(id="p2", timestamp=now, customer_id="c1", amount=1))
engine.execute(
    update(Payment)
    .where(Payment.id == "p2", Payment.timestamp == now, Payment.amount < 100)
    .set(Payment.amount, Payment.amount + 5)
    .set(Payment.note, "x")
    .set(Payment.lines, Payment.lines.append(line))
    .add(Payment.tags, {"vip"})
    .remove(Payment.lines[0])
    .returning("ALL_NEW")
)
engine.execute(delete(Payment).where(Payment.id == "p2", Payment.timestamp == now))
select(Payment).where(and_(or_(Payment.id == "x", not_(Payment.amount > 1)), Payment.alive()))
assert_type(Payment.by_customer, BoundIndex[Payment])
select(Payment).using(Payment.by_customer)
assert_type(Payment.amount, Column[Decimal])
assert_type(Payment.note, Column[str | None])
