"""The models that tests share: the design's payments, and quotas with the simplest of keys."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, mapped_column

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
"""The time of every clock in the tests."""


class Base(DeclarativeBase):
    """The models' metadata."""


@dataclass
class Line:
    """A line of a payment."""

    sku: str
    quantity: int = 1


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
    lines: Mapped[list[Line]] = mapped_column(default_factory=list)
    version: Mapped[int] = mapped_column(version=True)
    created_at: Mapped[datetime] = mapped_column(created_at=True)
    expires: Mapped[datetime | None] = mapped_column(ttl=True, default=None)
    by_customer = GlobalIndex("customer-index", partition_key="customer_id", sort_key="status")
    by_status = GlobalIndex("status-index", partition_key="status", sort_key="timestamp")


class Quota(Base):
    """What a user may still do."""

    user: Mapped[str] = mapped_column(partition_key=True)
    remaining: Mapped[int]
    note: Mapped[str | None] = mapped_column(default=None)
