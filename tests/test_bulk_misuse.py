"""Is what was mistaken of large work refused by name, before anything is sent?"""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from dynexpr import batch_get, batch_write, create_async_engine, create_engine, delete, get, select, update
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError
from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column
from tests.models import NOW, Base, Payment, Quota
from tests.test_bulk_writes import PATIENT, Watched, quota

QUOTAS = select(Quota).allow_scan()
TOUCH = update(Quota).where(Quota.remaining > 1).set(Quota.note, "x")
ONE = quota(1)


async def told(*_told: Any) -> None:
    """A callback that nobody would await."""


class Awaited:
    """An object that is called, and would have to be awaited."""

    async def __call__(self, *_told: Any) -> None:
        """Hear of it."""


async def some() -> AsyncIterator[Quota]:
    """What only an event loop can read."""
    yield quota(1)


@pytest.fixture
def local() -> Iterator[Engine]:
    """An embedded engine with three quotas; `engine.transport` keeps what is sent."""
    with create_engine("local://", clock=lambda: NOW, retry=PATIENT) as made:
        Base.metadata.create_all(made)
        made.bulk_put([quota(1), quota(2), quota(3)])
        made.transport = Watched(made.transport)
        yield made


REFUSED: list[tuple[str, Callable[[Any], Any], str]] = [
    ("option", lambda e: e.bulk_put([ONE], chunksize=3), "bulk_put takes chunk_size, deadline, duplicates"),
    ("option of delete", lambda e: e.bulk_delete(Quota, ["a"], paralel=3), "unconditional, not paralel"),
    ("option of a writer", lambda e: e.bulk(retries=3), "bulk takes chunk_size"),
    ("option of a batch", lambda e: e.execute(batch_write(put=[ONE])), "batch_write(puts, deletes) takes"),  # type: ignore[call-arg]
    ("option of keys", lambda e: e.execute(batch_get((Quota, ["a"]), size=3)), "takes chunk_size, columns"),  # type: ignore[call-arg]
    ("option of a session", lambda e: Session(e).get_many(Quota, ["a"], size=3), "not size"),  # type: ignore[call-overload]
    ("option of a sweep", lambda _: TOUCH.bulk(paralell=3), "bulk() of Quota takes allow_scan, checkpoint"),  # type: ignore[call-arg]
    ("option of a stream", lambda e: list(e.stream(QUOTAS, paralell=3)), "stream() takes estimate, on_progress"),
    ("puts nothing", lambda e: e.bulk_put(None), "bulk_put takes several objects, not None: engine.bulk_put([p"),
    ("puts one", lambda e: e.bulk_put(ONE), "bulk_put takes several objects, not Quota("),
    ("puts a dict", lambda e: e.bulk_put({"a": ONE}), "bulk_put takes several objects"),
    ("puts a model", lambda e: e.bulk_put(Quota), "bulk_put takes several objects"),
    ("deletes nothing", lambda e: e.bulk_delete(Quota, None), "bulk_delete takes several keys, not None"),
    ("deletes one", lambda e: e.bulk_delete(Quota, "u1"), "'u1': engine.bulk_delete(Quota, [key])"),
    ("deletes of nothing", lambda e: e.bulk_delete(None, ["a"]), "None is neither a model nor a Table"),
    ("executes nothing", lambda e: e.execute_many(None), "execute_many takes several writes, not None"),
    ("executes one", lambda e: e.execute_many(TOUCH), "execute_many takes several writes, not <UPDATE"),
    ("batch of one", lambda e: e.execute(batch_write(puts=ONE)), "batch_write(puts=...) takes several objects"),  # type: ignore[arg-type]
    ("batch of None", lambda e: e.execute(batch_write(puts=None)), "several objects, not None"),  # type: ignore[arg-type]
    ("batch deletes one", lambda e: e.execute(batch_write(deletes=ONE)), "takes several objects or groups"),  # type: ignore[arg-type]
    ("group alone", lambda e: e.execute(batch_write(deletes=(Quota, ["a"]))), "deletes=[(<class"),
    ("group of one", lambda e: e.execute(batch_write([ONE], [(Quota, "u1")])), "takes several keys, not 'u1'"),
    ("group of None", lambda e: e.execute(batch_write([ONE], [(Quota, None)])), "takes several keys, not None"),
    ("async generator", lambda e: e.bulk_put(some()), "bulk_put can't wait for <async_generator"),
    ("async keys", lambda e: e.bulk_delete(Quota, some()), "[each async for each in ...]"),
    ("async statements", lambda e: e.execute_many(some()), "execute_many can't wait"),
    ("progress", lambda e: e.bulk_put([ONE], on_progress=5), "on_progress is a function of (done, total), or"),
    ("on_error", lambda e: e.bulk_delete(Quota, ["a"], on_error=[]), "on_error is a function of (what, error)"),
    ("on_outcome", lambda e: e.bulk(on_outcome="print"), "on_outcome is a function of (outcome)"),
    ("progress of keys", lambda e: e.execute(batch_get((Quota, ["a"]), on_progress=5)), "(done, total)"),  # type: ignore[arg-type]
    ("on_error of keys", lambda e: Session(e).get_many(Quota, ["a"], on_error=5), "(what, error)"),  # type: ignore[call-overload]
    ("progress of a sweep", lambda _: TOUCH.bulk(on_progress=5), "(done, total)"),  # type: ignore[arg-type]
    ("on_error of a sweep", lambda _: TOUCH.bulk(on_error=5), "(what, error)"),  # type: ignore[arg-type]
    ("progress of many", lambda e: e.execute_many([], on_progress=5), "(done, total)"),
    ("progress of a stream", lambda e: list(e.stream(QUOTAS, on_progress=5)), "(done, total)"),
    ("async progress", lambda e: e.bulk_put([ONE], on_progress=told), "on_progress is called, not awaited"),
    ("async on_error", lambda e: e.bulk_put([ONE], on_error=functools.partial(told)), "on_error is called, not"),
    ("async object", lambda e: e.bulk(on_outcome=Awaited()), "on_outcome is called, not awaited"),
    ("async of keys", lambda e: e.execute(batch_get((Quota, ["a"]), on_error=told)), "on_error is called, not awaited"),
    ("async of a sweep", lambda _: TOUCH.bulk(on_progress=told), "on_progress is called, not awaited"),
    ("async of many", lambda e: e.execute_many([], on_progress=told), "on_progress is called, not awaited"),
    ("async of a stream", lambda e: list(e.stream(QUOTAS, on_progress=told)), "on_progress is called, not awaited"),
    ("stream of a get", lambda e: list(e.stream(get(Quota, "a"))), "stream(): a select(...) is wanted, not <GET"),
    ("stream of nothing", lambda e: list(e.stream(None)), "stream(): a select(...) is wanted, not None"),
    ("stream of a text", lambda e: list(e.stream("SELECT")), "stream(): a select(...) is wanted, not 'SELECT'"),
    ("nothing set", lambda _: update(Quota).where(Quota.remaining > 1).bulk(), "bulk() of Quota would change nothing"),
    ("rate as text", lambda e: e.rate_limit(read_units="5"), "number of units a second, above 0, not '5'"),
    ("rate as a flag", lambda e: e.rate_limit(write_units=True), "write_units is a number of units a second"),
    ("rate of nothing", lambda e: e.rate_limit(), "read_units=, write_units=, or both"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(local: Engine, call: Callable[[Any], Any], words: str) -> None:
    """Each says what was given, and what to write instead."""
    with pytest.raises(ArgumentError) as caught:
        call(local)
    assert words in str(caught.value)
    assert local.transport.sent == []  # type: ignore[attr-defined]


AWAITED: list[tuple[str, Callable[[Any], Any], str]] = [
    ("statements", lambda e: e.execute_many(some()), "execute_many can't wait"),
    ("puts one", lambda e: e.bulk_put(ONE), "bulk_put takes several objects"),
    ("callback", lambda e: e.bulk_put(some(), on_outcome=told), "on_outcome is called, not awaited"),
    ("option", lambda e: e.bulk_delete(Quota, some(), size=2), "bulk_delete takes chunk_size"),
    ("model", lambda e: e.bulk_delete(None, some()), "None is neither a model"),
]


@pytest.mark.parametrize(("call", "words"), [row[1:] for row in AWAITED], ids=[row[0] for row in AWAITED])
def test_refused_where_it_is_awaited(call: Callable[[Any], Any], words: str) -> None:
    """An AsyncEngine refuses alike."""

    async def main() -> None:
        async with create_async_engine("local://") as engine:
            with pytest.raises(ArgumentError) as caught:
                await call(engine)
            assert words in str(caught.value)

    asyncio.run(main(), debug=True)


RETURNED: list[tuple[str, Callable[[Any, Any], Any], str]] = [
    ("progress", lambda e, f: e.bulk_put([ONE], on_progress=f), "on_progress"),
    ("outcome", lambda e, f: e.bulk_put([ONE], on_outcome=f), "on_outcome"),
    ("error", lambda e, f: e.bulk_put([{}], on_error=f), "on_error"),
    ("keys", lambda e, f: e.execute(batch_get((Quota, ["a"]), on_progress=f)), "on_progress"),
    ("sweep", lambda e, f: e.execute(TOUCH.bulk(allow_scan=True, on_progress=f)), "on_progress"),
    ("many", lambda e, f: e.execute_many([delete(Quota).where(Quota.user == "a")], on_progress=f), "on_progress"),
    ("stream", lambda e, f: list(e.stream(QUOTAS, on_progress=f)), "on_progress"),
]


@pytest.mark.parametrize(("call", "name"), [row[1:] for row in RETURNED], ids=[row[0] for row in RETURNED])
def test_a_coroutine_that_is_returned(local: Engine, call: Callable[[Any, Any], Any], name: str) -> None:
    """What could not be seen before is refused when it is there; pytest would warn of a coroutine left alone."""
    with pytest.raises(ArgumentError, match=f"{name} is called, not awaited"):
        call(local, lambda *args: told(*args, None))


class Own(DeclarativeBase):
    """The models of this file."""


class Note(Own):
    """Has a time that each update sets."""

    id: Mapped[str] = mapped_column(partition_key=True)
    touched: Mapped[Decimal | None] = mapped_column(default=None, onupdate=lambda: Decimal(7))


def test_an_update_that_changes_something_by_itself(local: Engine) -> None:
    """A version, or a time, is set though nothing is named."""
    Own.metadata.create_all(local)
    local.bulk_put([Note(id="a")])
    assert local.execute(update(Note).where(Note.touched == None).bulk(allow_scan=True)).written == 1  # noqa: E711
    assert local.execute(get(Note, "a")).one().touched == 7
    assert update(Payment).where(Payment.status == "x").bulk().table is Payment.__table__
