"""What a checker knows of models and objects; each ignored error is a line that must not check."""

# pyright: strict
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, assert_type

from dynexpr.columns import Column
from dynexpr.expression.nodes import Condition
from dynexpr.orm import DeclarativeBase, LocalIndex, Mapped, Session, mapped_column
from dynexpr.tables import MetaData, Table
from dynexpr.types import Integer, String

now = datetime.now(UTC)


class Base(DeclarativeBase):
    """Names in camelCase."""

    attribute_naming = "camel"


class Owned(Base):
    """An abstract model: its columns are in the constructors below it."""

    __abstract__ = True
    owner: Mapped[str]


def make_id() -> str:
    """A new id."""
    return "x"


class Account(Owned):
    """A model with every option."""

    __tablename__ = "accounts"
    __concurrency__ = "changed"
    id: Mapped[str] = mapped_column(partition_key=True, default_factory=make_id)
    at: Mapped[datetime] = mapped_column(sort_key=True)
    balance: Mapped[Decimal] = mapped_column(name="bal", default=Decimal(0), missing=Decimal(0))
    note: Mapped[str | None] = mapped_column(default=None, none_as="null")
    secret: Mapped[str] = mapped_column(sensitive=True, type_=String())
    count: Mapped[int] = mapped_column(default=0, omit_if=lambda value: value == 0, missing=0, type_=Integer())
    host: Mapped[str | None] = mapped_column(onupdate=make_id, default=None)
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    version: Mapped[int] = mapped_column(version=True)
    created: Mapped[datetime] = mapped_column(created_at=True, name="c")
    updated: Mapped[datetime] = mapped_column(updated_at=True)
    until: Mapped[datetime | None] = mapped_column(ttl=True, default=None)
    by_note = LocalIndex("by-note", sort_key="note")


account = Account(owner="o", at=now, secret="s")
assert_type(account, Account)
Account(owner="o", at=now, secret="s", id="a", balance=Decimal(1), note=None, tags={"a"}, until=now, count=3)
Account(owner="o", at=now)  # type: ignore[call-arg]
Account(at=now, secret="s")  # type: ignore[call-arg]
Account(owner="o", at=now, secret="s", version=1)  # type: ignore[call-arg]
Account(owner="o", at=now, secret="s", created=now)  # type: ignore[call-arg]
Account(owner="o", at=now, secret="s", ownr="x")  # type: ignore[call-arg]
Account(owner="o", at="2026", secret="s")  # type: ignore[arg-type]
Account("o", owner="o", at=now, secret="s")  # type: ignore[misc]

# Reading gives the value, on the class the column.
assert_type(account.balance, Decimal)
assert_type(account.note, str | None)
assert_type(account.version, int)
assert_type(account.owner, str)
assert_type(account.tags, set[str])
assert_type(Account.balance, Column[Decimal])
assert_type(Account.owner, Column[str])
assert_type(Account.version, Column[int])
account.balanc  # type: ignore[attr-defined]  # noqa: B018
account.tags.append("x")  # type: ignore[attr-defined]

# Assigning takes a value of the type, or an expression of it.
account.balance = Decimal(5)
account.balance = Account.balance - 10
account.note = None
account.tags.add("x")
assert_type(account.balance, Decimal)
account.balance = 5  # type: ignore[assignment]
account.balance = "x"  # type: ignore[assignment]
account.owner = None  # type: ignore[assignment]
account.owner = Account.balance  # type: ignore[assignment]
account.misspelt = 1  # type: ignore[attr-defined]

assert_type(account.to_dict(), dict[str, Any])
assert_type(Account.from_dict({}), Account)
assert_type(Account.alive(), Condition)
assert_type(Account.alive(now), Condition)
assert_type(Account.__table__, Table)
assert_type(Account.metadata, MetaData)


class Odd(Base):
    """Declarations no checker accepts; never made at run time."""

    id: Mapped[str] = mapped_column(primary_key=True)  # type: ignore[call-overload]
    count: Mapped[int] = mapped_column(default="x")  # type: ignore[arg-type]
    names: Mapped[list[str]] = mapped_column(default_factory=set)  # type: ignore[arg-type]
    text: Mapped[str] = "x"  # type: ignore[assignment]
    both: Mapped[str] = mapped_column(default="", default_factory=str)  # type: ignore[call-overload]
    null: Mapped[str | None] = mapped_column(none_as="nothing")  # type: ignore[call-overload]


def use(session: Session, model: Callable[..., Account]) -> None:
    """A session knows its objects' types."""
    assert_type(session.get(Account, "x"), Account | None)
    session.add(model())
    session.add(3)  # type: ignore[arg-type]
