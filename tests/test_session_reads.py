"""Does a session page, count, hydrate and wait as an engine does, and give objects?"""

from collections.abc import Iterator
from typing import Any

import pytest

from dynexpr import Column, ColumnOptions, LocalIndex, MetaData, Table, create_engine, delete, insert, select
from dynexpr.errors import ArgumentError, NotAsExpected
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, Session, mapped_column
from dynexpr.retry import RetryPolicy
from dynexpr.types import Integer, String
from tests.test_session import Recorder


class Base(DeclarativeBase):
    """The models of this file."""


class Visit(Base):
    """Something to page through."""

    page: Mapped[str] = mapped_column(partition_key=True)
    day: Mapped[int] = mapped_column(sort_key=True)
    reader: Mapped[str]
    count: Mapped[int] = mapped_column(default=0)
    by_reader = GlobalIndex("by-reader", partition_key="reader", sort_key="day", projection="KEYS_ONLY")


@pytest.fixture
def session() -> Iterator[Session]:
    """A session over ten visits."""
    with create_engine("local://") as engine, Session(engine) as made:
        Base.metadata.create_all(engine)
        made.add_all(Visit(page="home", day=day, reader="ann", count=day) for day in range(10))
        made.commit()
        yield made


def test_a_session_pages_objects(session: Session) -> None:
    """session.page gives objects of the session, and rows of a select of columns; its units count."""
    statement = select(Visit).where(Visit.page == "home")
    page = session.page(statement, 4)
    assert [visit.day for visit in page] == [0, 1, 2, 3]
    assert all(visit in session for visit in page)
    again = session.page(statement, 4, page.next_cursor)
    assert session.page(statement, 4, again.previous_cursor).items[0] is page.items[0]
    rows = session.page(select(Visit.day, Visit.count).where(Visit.page == "home"), 2)
    assert rows.items == [(0, 0), (1, 1)]
    assert (
        session.consumed.read_units >= page.consumed.read_units + again.consumed.read_units + rows.consumed.read_units
    )


def test_a_session_counts(session: Session) -> None:
    """session.count asks for a number; what a statement reads is added to the session's total."""
    before = session.consumed.requests
    assert session.count(select(Visit).where(Visit.page == "home", Visit.day > 3)) == 6
    assert session.count(select(Visit).where(Visit.page == "home", Visit.day >= 3, Visit.day < 5)) == 2
    assert session.consumed.requests == before + 2
    with pytest.raises(ArgumentError, match="half a count"):
        session.count(select(Visit).where(Visit.page == "home").budget(items=3))


def test_hydrated_objects_are_whole(session: Session) -> None:
    """Of a thin index hydrate() gives whole objects; without it, forced, reading the rest says what to do."""
    session.close()
    statement = select(Visit).where(Visit.reader == "ann", Visit.day < 3)
    thin = session.scalars(statement.using(Visit.by_reader)).all()
    with pytest.raises(AttributeError, match="refresh"):
        assert thin[0].count
    del thin
    session.close()
    assert [visit.count for visit in session.scalars(statement.hydrate())] == [0, 1, 2]


def test_retry_until_reads_again(session: Session) -> None:
    """What is not as expected is read again after a pause; the result is the one that was, and can be read."""
    statement = select(Visit).where(Visit.page == "home")
    seen: list[int] = []

    def enough(result: Any) -> bool:
        seen.append(len(result.all()))
        if seen[-1] == 10:
            session.engine.execute(delete_first())
        return seen[-1] < 10

    policy = RetryPolicy(max_attempts=3, initial_delay=0, jitter="none")
    assert len(session.scalars(statement.retry_until(enough, policy)).all()) == 9
    assert seen == [10, 9]
    with pytest.raises(NotAsExpected, match="after 3 attempts") as caught:
        session.scalars(statement.retry_until(lambda result: result.first() is None, policy))
    assert len(caught.value.last) == 9


def delete_first() -> Any:
    """The statement that takes the first visit away."""
    return delete(Visit).where(Visit.page == "home", Visit.day == 0)


def test_what_is_hydrated_is_as_consistent_as_the_query() -> None:
    """Behind a consistent query of a local index, the rest is read consistently too."""
    table = Table(
        "hydrated",
        MetaData(),
        Column("id", String(), ColumnOptions(partition_key=True)),
        Column("at", Integer(), ColumnOptions(sort_key=True)),
        Column("rank", Integer()),
        Column("note", String()),
        indexes=[LocalIndex("by-rank", sort_key="rank", projection="KEYS_ONLY")],
    )
    with create_engine("local://") as engine:
        table.metadata.create_all(engine)
        engine.execute(insert(table).values(id="a", at=1, rank=2, note="x"))
        recorder = engine.transport = Recorder(engine.transport)
        wanted = (table.c.id == "a", table.c.rank == 2, table.c.note == "x")
        statement = select(table).where(*wanted).using("by-rank").hydrate()
        assert engine.execute(statement.consistent_read()).one()["note"] == "x"
        asked = [request.params for request in recorder.sent]
        assert asked[0]["ConsistentRead"]
        assert asked[1]["RequestItems"]["hydrated"]["ConsistentRead"]
