"""What every test may use: the real engine, and the options that choose how much is run."""

import functools
import os
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest
from botocore.loaders import JSONFileLoader

from dynexpr.testing import dynamodb_local

if TYPE_CHECKING:
    from dynexpr import Engine
    from dynexpr.local import LocalEngine
    from dynexpr.transports import Transport
    from tests.local_rows import RealEngine

pytest.register_assert_rewrite("tests.local_rows")

collect_ignore_glob = ["typing/*"]
"""Files for type checkers, with lines that must not check: tests/test_typing.py has them read, nobody runs them."""

hypothesis.settings.register_profile("quick", max_examples=25, deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", max_examples=200, deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.register_profile("long", max_examples=5_000, deadline=None, print_blob=True)

# Every session of boto3 reads the same megabytes again, which is most of what a test's client costs.
JSONFileLoader.load_file = staticmethod(  # type: ignore[method-assign]  # what it answers depends on the path only
    functools.cache(JSONFileLoader().load_file)
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option for each measure beyond the quick one."""
    parser.addoption("--ci", action="store_true", help="also run the tests marked ci, and more Hypothesis examples")
    parser.addoption("--long", action="store_true", help="also run the tests marked long, and many random examples")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the Hypothesis profile; with xdist, start one engine here for all workers, which inherit the variable."""
    if not config.getoption("--hypothesis-profile"):
        profile = "long" if config.getoption("--long") else "ci" if config.getoption("--ci") else "quick"
        hypothesis.settings.load_profile(profile)
    controls_workers = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if controls_workers and "DYNEXPR_TEST_ENDPOINT" not in os.environ:
        try:
            server = dynamodb_local.start()
        except dynamodb_local.DynamoDBLocalUnavailable:
            return  # each worker finds the same, and says so where a test needs it
        config.add_cleanup(server.stop)
        os.environ["DYNEXPR_TEST_ENDPOINT"] = server.endpoint


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for."""
    unwanted = [mark for mark in ("ci", "long") if not config.getoption(f"--{mark}")]
    chosen: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        (left_out if any(item.get_closest_marker(mark) for mark in unwanted) else chosen).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = chosen


@pytest.fixture(scope="session")
def dynamodb_local_endpoint() -> Iterator[str]:
    """The URL of a real engine: DYNEXPR_TEST_ENDPOINT, or DynamoDB Local started for this session.

    Without Java or npm the test is skipped; under DYNEXPR_REQUIRE_ENGINE=1, as in CI, it fails.
    """
    if endpoint := os.environ.get("DYNEXPR_TEST_ENDPOINT"):
        yield endpoint
        return
    try:
        server = dynamodb_local.start()
    except dynamodb_local.DynamoDBLocalUnavailable as unavailable:
        if os.environ.get("DYNEXPR_REQUIRE_ENGINE") == "1":
            raise
        pytest.skip(str(unavailable))
    with server:
        yield server.endpoint


@pytest.fixture(scope="session")
def dynamodb_local_transport(dynamodb_local_endpoint: str) -> "Iterator[Transport]":
    """What carries requests to the real engine: one for all tests, since a boto3 client is slow to make."""
    from dynexpr.transports.boto import BotoTransport

    transport = BotoTransport(region="us-east-1", endpoint_url=dynamodb_local_endpoint)
    yield transport
    transport.close()


@pytest.fixture(scope="session")
def dynamodb_local_http(dynamodb_local_endpoint: str) -> "Iterator[Transport]":
    """The same, without boto3."""
    from dynexpr.transports.credentials import DummyKeys
    from dynexpr.transports.http import HttpTransport

    transport = HttpTransport(endpoint=dynamodb_local_endpoint, region="us-east-1", credentials=DummyKeys())
    yield transport
    transport.close()


@pytest.fixture(scope="session")
def server_http() -> "Iterator[Transport]":
    """The embedded engine behind its own server, reached by HTTP."""
    from dynexpr.local import LocalEngine
    from dynexpr.local.server import Server
    from dynexpr.transports.credentials import DummyKeys
    from dynexpr.transports.http import HttpTransport

    local = LocalEngine()
    with Server(local) as server:
        transport = HttpTransport(endpoint=server.endpoint, region="us-east-1", credentials=DummyKeys())
        yield transport
        transport.close()
    local.close()


@pytest.fixture(
    params=[
        "local",
        pytest.param("server", marks=pytest.mark.ci),
        pytest.param("http", marks=pytest.mark.engine),
        pytest.param("boto3", marks=[pytest.mark.engine, pytest.mark.ci]),
    ]
)
def engine(request: pytest.FixtureRequest) -> "Iterator[Engine]":
    """An engine with the tables of tests/models.py, empty; it takes well-formed requests only.

    Embedded, in process and behind its server; then the real one, over HTTP itself and over boto3.
    """
    from dynexpr import create_engine
    from tests.models import NOW, Base
    from tests.wire_shapes import Checked

    with create_engine("local://", table_prefix=f"t{uuid.uuid4().hex[:12]}-", clock=lambda: NOW) as made:
        embedded = made.transport
        fixture = {
            "server": "server_http",
            "http": "dynamodb_local_http",
            "boto3": "dynamodb_local_transport",
        }.get(request.param)
        made.transport = Checked(embedded if fixture is None else request.getfixturevalue(fixture))
        Base.metadata.create_all(made)
        yield made
        Base.metadata.drop_all(made)
        made.transport = embedded


@pytest.fixture
def local() -> "Iterator[LocalEngine]":
    """An embedded engine with the tables of the rows of tests/local_rows.py."""
    from dynexpr.local import LocalEngine
    from tests.local_rows import TABLES

    embedded = LocalEngine()
    for request in TABLES:
        embedded.call(*request)
    yield embedded
    embedded.close()


@pytest.fixture(scope="session")
def real_tables(dynamodb_local_endpoint: str) -> "RealEngine":
    """DynamoDB Local with the tables of the rows."""
    from tests.local_rows import TABLES, RealEngine

    real_engine = RealEngine(dynamodb_local_endpoint)
    for name in real_engine.call("ListTables", {})["TableNames"]:
        real_engine.call("DeleteTable", {"TableName": name})
    for request in TABLES:
        real_engine.call(*request)
    return real_engine


@pytest.fixture
def real(real_tables: "RealEngine") -> "Iterator[RealEngine]":
    """DynamoDB Local, its tables empty again afterwards."""
    from tests.local_rows import empty

    yield real_tables
    empty(real_tables)
