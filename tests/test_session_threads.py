"""Is no count lost when eight threads change one item, each in a session of its own?"""

import threading
import uuid
from typing import Any

import pytest

from dynexpr import create_engine, insert
from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column, run, sessionmaker
from dynexpr.retry import RetryPolicy

THREADS = 8


class Base(DeclarativeBase):
    """The models of this file."""


class Versioned(Base):
    """Counted under a version."""

    id: Mapped[str] = mapped_column(partition_key=True)
    n: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(version=True)


class Changed(Base):
    """Counted under the old value."""

    id: Mapped[str] = mapped_column(partition_key=True)
    n: Mapped[int] = mapped_column(default=0)


def count_up(url: str, model: Any, times: int) -> int:
    """Count one item up, so many times in all; what it stands at in the end."""
    retry = RetryPolicy(initial_delay=0.002, max_delay=0.05)
    with create_engine(url, table_prefix=f"r{uuid.uuid4().hex[:10]}-", retry=retry) as engine:
        Base.metadata.create_all(engine)
        engine.execute(insert(model).values(id="x"))
        factory = sessionmaker(engine)
        errors: list[BaseException] = []

        def add_one(session: Session) -> None:
            session.get_one(model, "x", consistent_read=True).n += 1

        def work() -> None:
            try:
                for _ in range(times // THREADS):
                    run(factory, add_one, attempts=1_000)
            except BaseException as error:  # noqa: BLE001 - told by the main thread
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        counted = Session(engine).get_one(model, "x", consistent_read=True)
        if model is Versioned:
            assert counted.version == times + 1
        Base.metadata.drop_all(engine)
        return int(counted.n)


@pytest.mark.parametrize("model", [Versioned, Changed])
def test_none_is_lost(model: Any) -> None:
    """On the embedded engine."""
    assert count_up("local://", model, 200) == 200


@pytest.mark.ci
@pytest.mark.parametrize("model", [Versioned, Changed])
def test_none_of_a_thousand_is_lost(model: Any) -> None:
    """A thousand on the embedded engine."""
    assert count_up("local://", model, 1_000) == 1_000


@pytest.mark.engine
@pytest.mark.ci
@pytest.mark.parametrize("model", [Versioned, Changed])
def test_none_is_lost_on_dynamodb_local(dynamodb_local_endpoint: str, model: Any) -> None:
    """A thousand on DynamoDB Local."""
    assert count_up(f"dynamodb://us-east-1/?endpoint_url={dynamodb_local_endpoint}", model, 1_000) == 1_000
