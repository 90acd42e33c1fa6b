"""What a checker knows of statements; each ignored error is a line that must not check."""

# pyright: strict
from decimal import Decimal
from typing import assert_type

from dynexpr import delete, func, insert, select, update
from dynexpr.engine import Engine
from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column
from dynexpr.statements.select import Select
from dynexpr.statements.write import Delete, Insert, UpdateStatement


class Base(DeclarativeBase):
    """The base."""


class Account(Base):
    """A small model."""

    id: Mapped[str] = mapped_column(partition_key=True)
    n: Mapped[int]
    amount: Mapped[Decimal]
    tags: Mapped[set[str]]
    names: Mapped[list[str]]


assert_type(select(Account), Select[Account])
assert_type(select(Account.id), Select[tuple[str]])
assert_type(select(Account.id, Account.amount), Select[tuple[str, Decimal]])
assert_type(select(Account.id, Account.n, Account.amount, Account.tags), Select[tuple[str, int, Decimal, set[str]]])
assert_type(select(Account).where(Account.n > 1).limit(3).order_by(Account.n.desc()), Select[Account])
assert_type(
    select(Account.id, func.count(), func.sum(Account.amount), func.avg(Account.n), func.max(Account.id))
    .group_by(Account.id)
    .order_by(func.count().desc(), Account.id),
    Select[tuple[str, int, Decimal | None, Decimal | None, str | None]],
)
assert_type(select(func.count(Account), func.sum(Account.n).label("n")), Select[tuple[int, int | None]])
assert_type(insert(Account), Insert[Account])
assert_type(delete(Account).where(Account.id == "x"), Delete[Account])
assert_type(
    update(Account)
    .where(Account.id == "x")
    .set(Account.n, 1)
    .set(Account.n, Account.n + 1)
    .set(Account.amount, Account.amount - 1)
    .set(Account.names, Account.names.append("x"))
    .add(Account.tags, {"a"})
    .delete(Account.tags, {"b"})
    .remove(Account.names[0]),
    UpdateStatement[Account],
)

select(3)  # type: ignore[call-overload]
select(Account).where(Account.n)  # type: ignore[arg-type]
select(Account).where(True)  # type: ignore[arg-type]
update(Account).set(Account.n, "x")  # type: ignore[misc]
update(Account).set(Account.n, Account.id)  # type: ignore[arg-type]
update(Account).set(Account.names, Account.tags)  # type: ignore[arg-type]
update(Account).set("n", 3)  # type: ignore[arg-type]
func.sum(Account.id)  # type: ignore[arg-type]
func.avg(Account.tags)  # type: ignore[arg-type]
update(Account).set(Account.n, func.sum(Account.n))  # type: ignore[misc]


def use(session: Session, engine: Engine) -> None:
    """Results have the types of what was selected."""
    assert_type(session.scalars(select(Account)).all(), list[Account])
    for account in session.scalars(select(Account)):
        assert_type(account, Account)
    assert_type(session.scalars(select(Account.id)).all(), list[str])
    engine.execute(select(Account.id, Account.n))
