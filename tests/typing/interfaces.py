"""The real engines and sessions fit the Protocols; what lacks something does not."""

from collections.abc import Callable
from typing import Any, assert_type

from dynexpr import create_async_engine, create_engine, select
from dynexpr.interfaces import AsyncEngineLike, AsyncSessionLike, EngineLike, SessionLike
from dynexpr.orm import AsyncSession, Session
from dynexpr.results import Result
from tests.models import Payment

engine: EngineLike = create_engine("local://")
session: SessionLike = Session(create_engine("local://"))
async_engine: AsyncEngineLike = create_async_engine("local://")
async_session: AsyncSessionLike = AsyncSession(create_async_engine("local://"))

assert_type(session.get_one(Payment, "p"), Payment)
assert_type(session.get(Payment, "p"), Payment | None)
assert_type(session.scalars(select(Payment)), Result[Payment])
assert_type(engine.count(select(Payment)), int)


class OnlySends:
    """Half an engine."""

    def send(self, operation: str, **params: Any) -> dict[str, Any]:
        """What it has."""
        return {"operation": operation, **params}


half: EngineLike = OnlySends()  # type: ignore[assignment]
swapped: EngineLike = async_engine  # type: ignore[assignment]
other: SessionLike = async_session  # type: ignore[assignment]
wrong: Callable[[str], object] = session.commit  # type: ignore[assignment]
