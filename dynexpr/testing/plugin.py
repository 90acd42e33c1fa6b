"""The pytest plugin: fixtures that load nothing before a test asks for one."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dynexpr.aio import AsyncEngine
    from dynexpr.engine import Engine
    from dynexpr.testing.clock import Clock
    from dynexpr.testing.dynamodb_local import DynamoDBLocal
    from dynexpr.testing.factory import Factory
    from dynexpr.testing.recorder import Recorder
    from dynexpr.testing.stage import Stage
    from dynexpr.transports.faults import Faults


@pytest.fixture(scope="session")
def dynexpr_metadata() -> Any:
    """Override it in your conftest.py: the declarative base or metadata whose tables exist, or a list of several."""
    return None  # dynexpr_stage says what to write instead


@pytest.fixture(scope="session")
def dynexpr_stage(dynexpr_metadata: Any) -> "Iterator[Stage]":
    """The store behind `dynexpr_engine`, its tables made once."""
    from dynexpr.testing.stage import Stage, of_fixture

    with Stage(*of_fixture(dynexpr_metadata)) as stage:
        yield stage


@pytest.fixture
def dynexpr_clock() -> "Clock":
    """The time of `dynexpr_engine`: it stands still; `.advance(minutes=5)` moves it."""
    from dynexpr.testing.clock import Clock

    return Clock()


@pytest.fixture
def dynexpr_faults() -> "Faults | None":
    """Override it, for a test, a module or all: the `Faults` that happen to `dynexpr_engine`; None for none."""
    return None


@pytest.fixture
def dynexpr_engine(dynexpr_stage: "Stage", dynexpr_clock: "Clock", dynexpr_faults: "Faults | None") -> "Engine":
    """An embedded engine with the tables of `dynexpr_metadata`, empty for each test."""
    return dynexpr_stage.engine(dynexpr_clock, faults=dynexpr_faults)


@pytest.fixture
def dynexpr_async_engine(dynexpr_engine: "Engine") -> "AsyncEngine":
    """`dynexpr_engine` for event loops: the same tables and faults, and the same `recorder` hears of it."""
    from dynexpr.testing.asynchronous import awaited

    return awaited(dynexpr_engine)


@pytest.fixture
def recorder(dynexpr_engine: "Engine") -> "Recorder":
    """What `dynexpr_engine` was sent: `recorder.sent(Query).where(index="customer-index").once()`."""
    from dynexpr.testing.recorder import Recorder

    return Recorder(dynexpr_engine)


@pytest.fixture
def dynexpr_make() -> "Factory":
    """Objects of any model, numbered from 1 in each test: `dynexpr_make(Payment, status="paid")`."""
    from dynexpr.testing.factory import Factory

    return Factory()


@pytest.fixture
def dynexpr_boto3(dynexpr_engine: "Engine") -> "Iterator[Engine]":
    """`dynexpr_engine`, which answers boto3's clients, too, while the test runs."""
    from dynexpr.testing.boto3 import patch_boto3

    with patch_boto3(dynexpr_engine):
        yield dynexpr_engine


@pytest.fixture(scope="session")
def dynamodb_local() -> "Iterator[DynamoDBLocal]":
    """Amazon's DynamoDB Local, started once: `.endpoint`. Skips where Java or npm is missing."""
    from dynexpr.testing import dynamodb_local as server

    try:
        started = server.start()
    except server.DynamoDBLocalUnavailable as unavailable:
        pytest.skip(str(unavailable))
    with started:
        yield started
