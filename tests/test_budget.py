"""Does a block stop before the next request when its budget is used up, and only that one?"""

from decimal import Decimal
from typing import Any

import pytest

from dynexpr import create_engine, get, put
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, BudgetExceeded, OutcomeUnknown, ResponseLost
from dynexpr.metering import Capacity
from dynexpr.orm import Session
from dynexpr.requests import Request
from tests.models import NOW, Base, Quota
from tests.test_capacity import answer


@pytest.fixture
def shop() -> Engine:
    """An embedded engine with a quota."""
    engine = create_engine("local://", clock=lambda: NOW)
    Base.metadata.create_all(engine)
    engine.execute(put(Quota).values(user="u1", remaining=3))
    return engine


BUDGETS: list[tuple[dict[str, Any], int]] = [
    ({"max_read_units": 1}, 2),
    ({"max_read_units": 1.2}, 3),
    ({"max_cost": Decimal("0.0000001250")}, 2),
    ({"max_cost": 0.0000001}, 2),
    ({"max_write_units": 1}, 4),
    ({}, 4),
]


@pytest.mark.parametrize(("budget", "sent"), BUDGETS, ids=str)
def test_budget(shop: Engine, budget: dict[str, Any], sent: int) -> None:
    """A request is sent while the budget is not used up, and the next one isn't."""
    with shop.capacity("some work", **budget) as used:
        for _ in range(sent):
            shop.execute(get(Quota, "u1"))
        if sent < 4:
            with pytest.raises(
                BudgetExceeded, match="GetItem was not sent: the capacity block 'some work' has"
            ) as told:
                shop.execute(get(Quota, "u1"))
            assert told.value.consumed.requests == sent
    assert used.requests == sent


def test_budget_of_a_commit(shop: Engine) -> None:
    """A commit that was not sent for want of budget left no trace, and can be repeated."""
    with Session(shop) as session:
        session.add(Quota(user="u8", remaining=1))
        with shop.capacity(max_read_units=0.5) as used:
            session.get(Quota, "u1")
            with pytest.raises(BudgetExceeded):
                session.commit()
        assert used.write_units == 0
        session.commit()
    assert shop.execute(get(Quota, "u8")).one().remaining == 1


@pytest.mark.parametrize("name", ["max_read_units", "max_write_units", "max_cost"])
@pytest.mark.parametrize("limit", [0, -1, True, Decimal("NaN"), "much", []])
def test_budget_is_a_number(shop: Engine, name: str, limit: Any) -> None:
    """A budget that would never, or always, stop is refused."""
    wanted: dict[str, Any] = {name: limit}
    with pytest.raises(ArgumentError, match=f"{name} is a number above 0"):
        shop.capacity(**wanted)


def test_label_is_a_text(shop: Engine) -> None:
    """What could not be sorted or shown is refused at once."""
    number: Any = 5
    with pytest.raises(ArgumentError, match="a label is a text, not 5"):
        shop.capacity(number)


@pytest.mark.parametrize("count", [1, 2])
def test_budget_used_up_between_attempts(shop: Engine, count: int) -> None:
    """A commit whose answer was lost, and that may not be sent again, is in doubt: never said to be not sent."""
    used = shop.capacity(max_read_units=1)
    spent = Capacity()
    spent.count("Query", answer(1.0))
    inner = shop.transport

    class Losing:
        def send(self, request: Request, /) -> Any:
            inner.send(request)
            used.add(spent)  # by another thread
            raise ResponseLost("no answer")

        def close(self) -> None: ...

    with Session(shop) as session:
        session.add_all(Quota(user=f"new{number}", remaining=1) for number in range(count))
        shop.transport = Losing()
        with used, pytest.raises(OutcomeUnknown):
            session.commit()
        shop.transport = inner
        session.rollback()
    assert [shop.execute(get(Quota, f"new{number}")).one().remaining for number in range(count)] == [1] * count


def test_refused_requests_take_no_turn(shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a budget, or a listener, stops neither waits for the engine's rate limit nor uses it up."""
    waits: list[float] = []
    monkeypatch.setattr("dynexpr.driving.time.sleep", waits.append)
    limit = shop.rate_limit(read_units=1)
    used = shop.capacity(max_read_units=0.5)
    with used:
        shop.execute(get(Quota, "u1"))
        for _ in range(50):
            with pytest.raises(BudgetExceeded):
                shop.execute(get(Quota, "u1"))
    assert (waits, limit.waited) == ([], 0)
