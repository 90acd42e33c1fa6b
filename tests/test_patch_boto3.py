"""Do boto3's clients and resources, made before or after, meet the engine, and nothing of it once it is over?"""

import asyncio
import os
import threading
import unittest
from collections.abc import AsyncGenerator, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore import handlers
from botocore.config import Config
from botocore.session import Session

from dynexpr import create_async_engine, create_engine
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError
from dynexpr.local import LocalEngine
from dynexpr.testing import Faults, Recorder, boto3 as boto3_module, patch_boto3
from dynexpr.testing.boto3 import _emitters
from dynexpr.transports.faults import FaultyTransport

CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=0.2)
NOWHERE: dict[str, Any] = {
    "region_name": "us-east-1",
    "endpoint_url": "http://127.0.0.1:9",
    "aws_access_key_id": "x",
    "aws_secret_access_key": "x",
    "config": CONFIG,
}
"""A client whose own requests get nowhere."""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No region, no credentials, no default session."""
    for name in [*os.environ]:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine with one table."""
    with create_engine("local://") as made:
        made.send(
            "CreateTable",
            TableName="things",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield made


def answers(client: Any) -> bool:
    """Whether a client meets the engine; else it gets nowhere."""
    try:
        return bool(client.list_tables()["TableNames"] == ["things"])
    except botocore.exceptions.BotoCoreError:
        return False


def test_every_client(engine: Engine) -> None:
    """Clients and resources of every kind of session, made before and after, without region and credentials."""
    default: Any = boto3.client("dynamodb", **NOWHERE)
    old_session = boto3.Session()
    old_core = Session()
    made_before: Any = old_session.client("dynamodb", **NOWHERE)
    assert not answers(made_before)
    with patch_boto3(engine):
        clients: list[Any] = [
            default,
            made_before,
            boto3.client("dynamodb"),
            boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"),
            boto3.Session().client("dynamodb"),
            old_session.client("dynamodb", **NOWHERE),
            old_session.resource("dynamodb", region_name="us-east-1").meta.client,
            old_core.create_client("dynamodb", region_name="us-east-1"),
            Session().create_client("dynamodb"),
        ]
        assert [answers(client) for client in clients] == [True] * len(clients)
        table: Any = boto3.resource("dynamodb").Table("things")
        table.put_item(Item={"id": "1", "b": b"\x00", "s": {1, 2}})
        assert table.get_item(Key={"id": "1"})["Item"]["s"] == {1, 2}
        assert engine.send("GetItem", TableName="things", Key={"id": {"S": "1"}})["Item"]["b"] == {"B": b"\x00"}
        described: Any = clients[3].describe_table(TableName="things")
        assert described["Table"]["CreationDateTime"].tzinfo
    assert not any(answers(client) for client in (default, made_before, clients[5]))


def test_undo_is_complete(engine: Engine) -> None:
    """Afterwards botocore's list, every session's and every client's events, and the environment are as they were."""
    before: Any = boto3.client("dynamodb", **NOWHERE)
    kept = list(handlers.BUILTIN_HANDLERS)
    environment = dict(os.environ)
    with patch_boto3(engine):
        during: Any = boto3.client("dynamodb", **NOWHERE)
        assert os.environ["AWS_DEFAULT_REGION"] == "us-east-1"
        assert answers(during)
    with pytest.raises(ZeroDivisionError), patch_boto3(engine):
        raise ZeroDivisionError
    assert kept == handlers.BUILTIN_HANDLERS
    assert dict(os.environ) == environment
    assert not answers(before)
    assert not answers(during)
    for events in _emitters():
        found = events._emitter._handlers.prefix_search("before-send.dynamodb.PutItem")
        assert not any(handler.__module__.startswith("dynexpr") for handler in found)


def test_decorator_and_nesting(engine: Engine) -> None:
    """As a decorator, again and again; of nested ones the innermost answers; threads share it."""
    client: Any = boto3.client("dynamodb", **NOWHERE)

    @patch_boto3(engine)
    def test() -> list[str]:
        with ThreadPoolExecutor(4) as threads:
            assert all(threads.map(lambda _: answers(client), range(20)))
        inner = LocalEngine()
        with patch_boto3(inner):
            assert client.list_tables()["TableNames"] == []
        inner.close()
        names: list[str] = client.list_tables()["TableNames"]
        return names

    assert test() == test() == ["things"]
    assert not answers(client)


def test_configured_region_is_kept(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a region is configured, clients have that one."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with patch_boto3(engine):
        assert boto3.client("dynamodb").meta.region_name == "eu-west-1"


def test_left_in_another_order(engine: Engine) -> None:
    """Of two, as of two threads, the one that is left answers, whichever goes first; the region stays with it."""
    environment = dict(os.environ)
    first, second = patch_boto3(LocalEngine()), patch_boto3(engine)
    first.__enter__()
    second.__enter__()
    first.__exit__()
    assert answers(boto3.client("dynamodb"))
    second.__exit__()
    assert dict(os.environ) == environment


def test_one_comes_as_the_last_goes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that enters while another's exit undoes everything is patched all the same."""
    client: Any = boto3.client("dynamodb", **NOWHERE)
    undo = boto3_module._uninstall
    entered = threading.Event()
    found: list[bool] = []

    def enter() -> None:
        with patch_boto3(engine):
            entered.set()
            first.join(10)
            found.append(answers(boto3.Session().client("dynamodb", **NOWHERE)))

    def slowly() -> None:
        second.start()
        entered.wait(0.2)  # as long as it needs where nothing holds it back
        undo()

    def come_and_go() -> None:
        with patch_boto3(engine):
            monkeypatch.setattr(boto3_module, "_uninstall", slowly)
        monkeypatch.setattr(boto3_module, "_uninstall", undo)

    first, second = threading.Thread(target=come_and_go), threading.Thread(target=enter)
    first.start()
    first.join(10)
    second.join(10)
    assert found == [True]
    assert not answers(client)


def test_errors(engine: Engine) -> None:
    """Errors are botocore's own classes, with the service's words and what belongs to them."""
    with patch_boto3(engine):
        client: Any = boto3.client("dynamodb")
        with pytest.raises(client.exceptions.ResourceNotFoundException) as missing:
            client.describe_table(TableName="nothing")
        assert missing.value.response["Error"]["Message"] == "Requested resource not found: Table: nothing not found"
        item = {"id": {"S": "1"}}
        client.put_item(TableName="things", Item=item)
        put = {
            "TableName": "things",
            "Item": item,
            "ConditionExpression": "attribute_not_exists(id)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        with pytest.raises(client.exceptions.ConditionalCheckFailedException) as failed:
            client.put_item(**put)
        assert failed.value.response["Item"] == item
        with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
            client.transact_write_items(TransactItems=[{"Put": put}])
        assert cancelled.value.response["CancellationReasons"][0]["Item"] == item
        with pytest.raises(botocore.exceptions.ClientError, match="does not have CreateBackup"):
            client.create_backup(TableName="things", BackupName="kept")


def test_faults_and_recorder(engine: Engine) -> None:
    """The engine's faults happen to boto3, whose own retries meet them, and its recorder hears of the requests."""
    engine.transport = FaultyTransport(engine.transport, Faults(script=["throttle", "unreachable", "lost", None]))
    with patch_boto3(engine), Recorder(engine) as recorder:
        client: Any = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "total_max_attempts": 4}))
        assert answers(client)
    assert len(recorder.sent("ListTables").times(4)) == 4
    once: Any = None
    engine.transport = FaultyTransport(engine.transport, Faults(script=["throttle", "unreachable"]))
    with patch_boto3(engine):
        once = boto3.client("dynamodb", config=CONFIG)
        with pytest.raises(botocore.exceptions.ClientError, match="ThrottlingException"):
            once.list_tables()
        with pytest.raises(botocore.exceptions.EndpointConnectionError):
            once.list_tables()


def test_own_engines_meet_it(engine: Engine) -> None:
    """A `dynamodb://` engine of the same process is answered, too, as it is under any mock of botocore."""
    with patch_boto3(engine), create_engine("dynamodb://us-east-1/") as other:
        assert other.send("ListTables")["TableNames"] == ["things"]


@pytest.mark.parametrize("wrong", [None, "local://", object()])
def test_no_engine(wrong: object) -> None:
    """What is no engine is refused at once."""
    with pytest.raises(ArgumentError, match="takes an engine"):
        patch_boto3(wrong)


def listed() -> list[str]:
    """The tables that a client of now sees."""
    client: Any = boto3.client("dynamodb", **NOWHERE)
    names: list[str] = client.list_tables()["TableNames"]
    return names


def test_coroutines_and_generators(engine: Engine) -> None:
    """A coroutine function, a generator function and an async one are patched until they have ended."""

    @patch_boto3(engine)
    async def coroutine() -> list[str]:
        await asyncio.sleep(0)
        return listed()

    @patch_boto3(engine)
    def generator() -> Generator[list[str], str, str]:
        got = yield listed()
        return got + str(listed())

    @patch_boto3(engine)
    async def async_generator() -> AsyncGenerator[Any, Any]:
        got = yield listed()
        try:
            yield got, listed()
        except ZeroDivisionError:
            yield listed()

    async def run() -> None:
        assert await coroutine() == ["things"]
        made = async_generator()
        assert await made.asend(None) == ["things"]
        assert await made.asend("x") == ("x", ["things"])
        assert await made.athrow(ZeroDivisionError()) == ["things"]
        assert [each async for each in made] == []
        left = async_generator()
        await anext(left)
        await left.aclose()

    asyncio.run(run())
    made = generator()
    assert next(made) == ["things"]
    with pytest.raises(StopIteration, match=r"x\['things'\]"):
        made.send("x")
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        listed()


def test_classes(engine: Engine) -> None:
    """Of a class of tests each test is patched, and what sets it up; it stays the class it was."""

    @patch_boto3(engine)
    class Case(unittest.IsolatedAsyncioTestCase):
        """Tests of every kind."""

        @classmethod
        def setUpClass(cls) -> None:
            assert listed() == ["things"]

        def setUp(self) -> None:
            assert listed() == ["things"]

        async def test_async(self) -> None:
            """A coroutine."""
            assert listed() == ["things"]

        def test_sync(self) -> None:
            """A function."""
            assert listed() == ["things"]

        @staticmethod
        def test_static() -> None:
            """Without self."""
            assert listed() == ["things"]

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert (result.testsRun, result.errors, result.failures) == (3, [], [])
    assert isinstance(Case, type)

    with pytest.raises(ArgumentError, match="Bare has no test methods"):

        @patch_boto3(engine)
        class Bare:
            """Nothing to patch."""


def test_what_would_run_unpatched(engine: Engine) -> None:
    """What can't be decorated is refused, and a coroutine that would run afterwards."""
    thing: Any = 5
    with pytest.raises(ArgumentError, match="decorates a function or a class of tests, not 5"):
        patch_boto3(engine)(thing)

    async def coroutine() -> None:
        """Nothing."""

    @patch_boto3(engine)
    def late() -> Any:
        return coroutine()

    with pytest.raises(ArgumentError, match="late returned a coroutine"):
        late()


def test_engines_that_do_not_answer() -> None:
    """An awaited engine and a closed one are refused at once, and one closed since when it is used."""
    with pytest.raises(ArgumentError, match="does not wait: give it one by create_engine"):
        patch_boto3(create_async_engine("local://"))
    for make in (LocalEngine, lambda: create_engine("local://")):
        made: Any = make()
        later = patch_boto3(made)
        made.close()
        with pytest.raises(ArgumentError, match="was closed"):
            patch_boto3(made)
        with pytest.raises(ArgumentError, match="was closed"), later:
            pass


def test_lost_is_a_timeout_and_closed_is_none(engine: Engine) -> None:
    """Only a lost response is a timeout; where nothing was sent there was no connection, or the engine was closed."""
    engine.transport = FaultyTransport(engine.transport, Faults(script=["lost", "unreachable"]))
    with patch_boto3(engine):
        once: Any = boto3.client("dynamodb", config=CONFIG)
        with pytest.raises(botocore.exceptions.ReadTimeoutError):
            once.list_tables()
        with pytest.raises(botocore.exceptions.EndpointConnectionError):
            once.list_tables()
        engine.close()
        with pytest.raises(ArgumentError, match=r"patch_boto3: Engine\(local://\) was closed"):
            once.list_tables()


def test_a_closed_local_engine() -> None:
    """It says so, too, whatever a client asks for."""
    engine = LocalEngine()
    with patch_boto3(engine):
        client: Any = boto3.client("dynamodb", config=CONFIG)
        engine.close()
        with pytest.raises(ArgumentError, match="was closed; make another"):
            client.list_tables()


def test_hints_are_not_the_services(engine: Engine) -> None:
    """boto3 gets the service's words alone."""
    with patch_boto3(engine):
        client: Any = boto3.client("dynamodb", config=Config(parameter_validation=False))
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            client.get_item(TableName="quotas", Key={"user": {"N": 5}})
        assert "on the wire" not in str(caught.value)
