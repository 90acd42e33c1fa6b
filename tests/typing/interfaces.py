"""The real engines and sessions fit the Protocols; what lacks something does not."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, assert_type

from dynexpr import create_async_engine, create_engine, get, select, update
from dynexpr.interfaces import AsyncEngineLike, AsyncSessionLike, EngineLike, SessionLike
from dynexpr.orm import AsyncSession, DeclarativeBase, Session
from dynexpr.orm.commit import Preview
from dynexpr.results import Page, Result, RowResult
from tests.models import Payment

engine: EngineLike = create_engine("local://")
session: SessionLike = Session(create_engine("local://"))
async_engine: AsyncEngineLike = create_async_engine("local://")
async_session: AsyncSessionLike = AsyncSession(create_async_engine("local://"))

assert_type(session.get_one(Payment, "p"), Payment)
assert_type(session.get(Payment, "p"), Payment | None)
assert_type(session.scalars(select(Payment)), Result[Payment])
assert_type(engine.count(select(Payment)), int)
assert_type(session.get_many(Payment, ["p"]), list[Payment])
assert_type(session.get_many(Payment, ["p"], missing="none"), list[Payment | None])
assert_type(session.scalar(select(Payment)), Payment | None)
assert_type(session.scalar(select(Payment.id)), str | None)
assert_type(session.execute(select(Payment)), Result[Payment])
assert_type(session.execute(select(Payment.id, Payment.amount)), RowResult[tuple[str, Decimal]])
assert_type(session.execute(get(Payment, "p")), RowResult[Any])
assert_type(session.preview(), Preview)
assert_type(Payment in session, bool)


async def awaited() -> None:
    """The same of a session that is awaited."""
    assert_type(await async_session.get_many(Payment, ["p"]), list[Payment])
    assert_type(await async_session.get_many(Payment, ["p"], missing="none"), list[Payment | None])
    assert_type(await async_session.scalar(select(Payment)), Payment | None)
    assert_type(await async_session.execute(select(Payment.id)), RowResult[tuple[str]])
    assert_type(await async_session.page(select(Payment), 5), Page[Payment])
    assert_type([each async for each in async_session.stream_scalars(select(Payment))], list[Payment])
    async with async_session as inner, inner.begin():
        await inner.refresh_all(inner.new)


def serve(sessions: SessionLike | AsyncSessionLike, payment: Payment) -> None:
    """What both do at once."""
    sessions.check(Payment, "p", Payment.amount > 0)
    sessions.require(payment, Payment.amount > 0)
    assert_type([*sessions.new, *sessions.dirty, *sessions.deleted], list[DeclarativeBase])
    sessions.expunge_all()


class OnlySends:
    """Half an engine."""

    def send(self, operation: str, **params: Any) -> dict[str, Any]:
        """What it has."""
        return {"operation": operation, **params}


half: EngineLike = OnlySends()  # type: ignore[assignment]
swapped: EngineLike = async_engine  # type: ignore[assignment]
other: SessionLike = async_session  # type: ignore[assignment]
wrong: Callable[[str], object] = session.commit  # type: ignore[assignment]
session.get_many(Payment, ["p"])[0].amuont  # type: ignore[attr-defined]  # noqa: B018
session.get_many(Payment, ["p"], missing="none")[0].amount  # type: ignore[union-attr]  # noqa: B018
session.execute(update(Payment)).returned  # type: ignore[attr-defined]  # noqa: B018
