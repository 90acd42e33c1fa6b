"""Does what users test with work: recorder, clock, factories, fresh engines, and the pytest plugin?"""

import copy
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypedDict
from unittest.mock import ANY
from uuid import UUID

import pytest

from dynexpr import RetryPolicy, create_async_engine, create_engine, get, insert, select, update
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, TransportError
from dynexpr.local import LocalEngine
from dynexpr.local.store import Store
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, Session, mapped_column, validates
from dynexpr.testing import Clock, Factory, Faults, GetItem, PutItem, Query, Recorder, Stage, TransactWriteItems
from dynexpr.transports.faults import FaultyTransport
from tests.models import Base, Payment, Quota
from tests.test_layers import loaded_by


class Color(Enum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


@dataclass
class Part:
    """A part of a thing."""

    sku: str
    made: date
    color: Color
    parts: "list[Part]" = field(default_factory=list)


class Size(TypedDict):
    """How large it is."""

    width: int
    unit: str


class Kit(DeclarativeBase):
    """The models of these tests."""


class Thing(Kit):
    """An attribute of every type there is."""

    __tablename__ = "things"
    id: Mapped[UUID] = mapped_column(partition_key=True)
    at: Mapped[datetime] = mapped_column(sort_key=True)
    text: Mapped[str]
    whole: Mapped[int]
    money: Mapped[Decimal]
    ratio: Mapped[float]
    flag: Mapped[bool]
    data: Mapped[bytes]
    day: Mapped[date]
    color: Mapped[Color]
    words: Mapped[list[str]]
    scores: Mapped[dict[str, int]]
    tags: Mapped[set[str]]
    numbers: Mapped[set[int]]
    part: Mapped[Part]
    size: Mapped[Size]
    anything: Mapped[Any]
    maybe: Mapped[str | None]
    chosen: Mapped[str] = mapped_column(default="x")
    filled: Mapped[list[int]] = mapped_column(default_factory=lambda: [1])
    version: Mapped[int] = mapped_column(version=True)
    created_at: Mapped[datetime] = mapped_column(created_at=True)
    by_text = GlobalIndex("text-index", partition_key="text")


class Checked(Kit):
    """Attributes that take some values only."""

    name: Mapped[str] = mapped_column(partition_key=True)
    even: Mapped[int]
    mail: Mapped[str]

    @validates("even")
    def _even(self, key: str, value: int) -> int:
        if value % 2 or value < 100:
            raise ValueError(f"{key} is even and large")
        return value

    @validates("mail")
    def _mail(self, key: str, value: str) -> str:
        if "@" not in value:
            raise ValueError(f"{key} is an address")
        return value


def test_made_objects_can_be_kept() -> None:
    """Objects of every type are made, differ in their keys, and come back as they were."""
    make = Factory()
    with Stage(Kit) as stage:
        engine = stage.engine()
        with Session(engine) as session:
            things = make.many(Thing, 5)
            session.add_all(things)
            session.commit()
            kept = [thing.to_dict() for thing in things]
        with Session(engine) as session:
            found = session.scalars(select(Thing).allow_scan()).all()
    by_id = {thing.id: thing.to_dict() for thing in found}
    assert [by_id[thing["id"]] for thing in kept] == kept
    assert len({thing["id"] for thing in kept}) == 5
    first = kept[0]
    assert (first["text"], first["whole"], first["money"], first["maybe"]) == ("text-1", 1, Decimal(1), None)
    assert (first["chosen"], first["filled"], first["version"], first["words"]) == ("x", [1], 1, [])
    assert isinstance(first["part"], Part)
    assert (first["part"].sku, first["size"]["width"], first["tags"]) == ("sku-1", 1, {"tags-1"})


class Choice(Base):
    """What a Literal may stand in; nobody keeps these."""

    __tablename__ = "choices"
    id: Mapped[Literal["b", "a"]] = mapped_column(partition_key=True)
    number: Mapped[Literal[3, 20]]
    yes: Mapped[Literal[True]]
    several: Mapped[set[Literal["x", "y"]]]
    inside: Mapped["Chosen"]


@dataclass
class Chosen:
    """A part with a Literal of its own."""

    kind: Literal["home", "work"]


def test_literals_are_made() -> None:
    """Of a Literal one of its values is made, in turn, at every depth; the engine takes them."""
    make = Factory()
    made = [make(Choice).to_dict() for _ in range(3)]
    assert [each["id"] for each in made] == ["a", "b", "a"]
    assert [each["number"] for each in made] == [20, 3, 20]
    assert [each["several"] for each in made] == [{"x"}, {"y"}, {"x"}]
    assert [each["inside"].kind for each in made] == ["home", "work", "home"]
    assert made[0]["yes"] is True


def test_made_values_give_way() -> None:
    """What is given is taken; a rule makes an attribute; each factory counts for itself."""
    make = Factory()
    made = make(Payment, status="paid", id="p")
    assert (made.id, made.status, made.customer_id, made.amount) == ("p", "paid", "customer_id-1", Decimal(1))
    assert (made.timestamp, made.note, made.tags) == (datetime(2026, 1, 1, 12, 0, 1, tzinfo=UTC), None, set())
    make.rule(Quota, "user", lambda number: f"u{number}@x")
    assert [make(Quota).user for _ in range(3)] == ["u1@x", "u2@x", "u3@x"]
    assert Factory()(Quota).user == "user-1"


def test_validators_pass() -> None:
    """A validator is offered several values; if it takes none, the error says what to give."""
    make = Factory()
    made = make(Checked, mail="a@b")
    assert made.even % 2 == 0
    with pytest.raises(ArgumentError, match=r"make\(Checked\): nothing made up fits mail: mail is an address; give it"):
        make(Checked)
    make.rule(Checked, "mail", lambda number: f"{number}@x")
    assert "@" in make(Checked).mail


def test_clock() -> None:
    """It stands still, goes where it is told, and wants a time zone."""
    clock = Clock()
    start = clock()
    assert clock() == start
    assert clock.advance(1, minutes=1, hours=1, days=1) - start == timedelta(seconds=90061)
    clock.advance(days=-1)
    clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    assert clock() == datetime(2030, 1, 1, tzinfo=UTC)
    for naive in (datetime(2030, 1, 1), datetime.min):  # noqa: DTZ001, DTZ901
        with pytest.raises(ValueError, match="has no time zone"):
            clock.set(naive)


def test_clock_of_an_engine() -> None:
    """An engine's clock is the embedded engine's, too: after ten minutes it has forgotten a token."""
    clock = Clock()
    with Stage(Kit, Base) as stage:
        engine = stage.engine(clock)
        write = [{"Put": {"TableName": "quotas", "Item": {"user": {"S": "u"}, "remaining": {"N": "1"}}}}]
        engine.send("TransactWriteItems", TransactItems=write, ClientRequestToken="t")
        engine.send("DeleteItem", TableName="quotas", Key={"user": {"S": "u"}})
        for minutes, there in ((9, False), (2, True)):
            clock.advance(minutes=minutes)
            engine.send("TransactWriteItems", TransactItems=write, ClientRequestToken="t")
            assert ("Item" in engine.send("GetItem", TableName="quotas", Key={"user": {"S": "u"}})) is there
        engine.execute(insert(Payment).values(id="p", timestamp=clock(), customer_id="c", amount=1))
        assert engine.execute(get(Payment, ("p", clock()))).one()["created_at"] == clock()
    with create_engine("local://", clock=clock) as alone:
        Quota.metadata.create_all(alone)
        assert alone.send("DescribeTable", TableName="quotas")["Table"]["CreationDateTime"] == clock()


def test_fresh_engines() -> None:
    """Each engine of a stage has the tables and nothing else; closing one closes nothing."""
    with Stage(Base) as stage:
        for _ in range(3):
            with stage.engine() as engine:
                assert engine.send("Scan", TableName="quotas")["Items"] == []
                assert not engine.consumed.read_units
                assert not engine.listeners
                engine.execute(insert(Quota).values(user="u", remaining=1))
                Kit.metadata.create_all(engine)
                Recorder(engine)
        assert "things" not in stage.engine().send("ListTables")["TableNames"]


def test_snapshots() -> None:
    """An engine can be put back to any of its snapshots; a file can't, and says so."""
    with create_engine("local://") as engine:
        transport: Any = engine.transport
        empty = transport.snapshot()
        Base.metadata.create_all(engine)
        made = transport.snapshot()
        engine.execute(insert(Quota).values(user="u", remaining=1))
        transport.restore(made)
        assert engine.send("Scan", TableName="quotas")["Count"] == 0
        transport.restore(empty)
        assert engine.send("ListTables")["TableNames"] == []
        transport.restore(made)
        engine.execute(insert(Quota).values(user="u", remaining=1))
        for each in (empty, made):
            each.close()


def test_restoring_after_a_page_that_was_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that something still knows, as the traceback of a parser's error may, don't hold the database."""
    known: list[object] = []
    scan = Store.scan

    def remembered(*given: Any) -> Any:
        known.append(scan(*given))
        return known[-1]

    monkeypatch.setattr(Store, "scan", remembered)
    with create_engine("local://") as engine:
        transport: Any = engine.transport
        Base.metadata.create_all(engine)
        made = transport.snapshot()
        for user in "ab":
            engine.execute(insert(Quota).values(user=user, remaining=1))
        assert engine.send("Scan", TableName="quotas", Limit=1)["Count"] == 1
        transport.restore(made)
        assert engine.send("Scan", TableName="quotas")["Count"] == 0
        assert len(known) == 2


def test_files_have_no_snapshots(tmp_path: Path) -> None:
    """A file can't be put back."""
    engine = LocalEngine(str(tmp_path / "x.db"))
    with pytest.raises(ArgumentError, match=r"this engine is kept in a file.*copy the file"):
        engine.snapshot()
    engine.close()


@pytest.fixture
def recorded() -> "Any":
    """An engine with two payments, and what it is sent from then on."""
    with Stage(Base) as stage:
        engine = stage.engine(Clock())
        for number in range(2):
            engine.execute(insert(Payment).values(id=f"p{number}", timestamp=Clock()(), customer_id="c", amount=number))
        yield engine, Recorder(engine)


def test_recorder(recorded: tuple[Engine, Recorder]) -> None:
    """It says what was sent, by operation, table, index and parameter, and what it consumed."""
    engine, recorder = recorded
    session = Session(engine)
    found = session.scalars(select(Payment).where(Payment.customer_id == "c")).all()
    for payment in found:
        payment.note = "seen"
    session.commit()
    exchange = recorder.sent(Query).where(table=Payment, index="customer-index", ScanIndexForward=None).once()
    assert exchange.request.params["TableName"] == "payments"
    assert recorder.sent(TransactWriteItems).where(table="payments")
    assert not recorder.sent(PutItem)
    recorder.sent(PutItem).never()
    recorder.no_scans()
    assert recorder.read_units == Decimal("0.5")
    assert recorder.sent(TransactWriteItems).write_units == recorder.write_units > 0
    assert len(recorder.sent()) == len(list(recorder.sent(Query, TransactWriteItems))) == 2
    assert recorder.sent()[0] is exchange
    recorder.clear()
    assert not recorder.sent()
    recorder.stop()
    recorder.stop()
    engine.send("ListTables")
    assert not recorder.sent()


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda r: r.sent("Querry"), "no operation 'Querry'; did you mean 'Query'?"),
        (lambda r: r.sent(Payment), "DynamoDB has no operation <class"),
        (lambda r: r.sent([Query]), "DynamoDB has no operation ['Query']"),
        (lambda r: r.sent(Query).where(tabel=Payment), "no request has a parameter 'tabel'"),
        (lambda r: r.sent(Query).where(table="paymants"), "there is no table 'paymants'; did you mean 'payments'?"),
        (lambda r: r.sent(Query).where(table=5), "table is a model, a Table or a name, not 5"),
        (lambda r: r.sent(Query).where(index="customer-indx"), "did you mean 'customer-index'?"),
        (
            lambda r: r.sent(Query).where(table=Quota, index="customer-index"),
            "quotas has no index 'customer-index'; payments has",
        ),
        (lambda r: r.sent(GetItem).where(index="customer-index"), "index: GetItem reads no index"),
        (lambda r: r.sent(GetItem, PutItem).where(index="x"), "GetItem and PutItem read no index"),
        (lambda r: r.sent(GetItem).where(KeyConditionExpression="x"), "GetItem has no parameter 'KeyConditionExpr"),
        (lambda r: r.sent(GetItem, PutItem).where(Limit=1), "GetItem and PutItem have no parameter 'Limit'"),
        (
            lambda r: r.sent(GetItem).where(Key={"id": "a"}),
            "Key={'id': 'a'}: values are looked for as they are sent, {'S': 'a'}",
        ),
        (lambda r: r.sent().where(Item={"id": {"x": 1}}), "as they are sent, {'M': {'x': {'N': '1'}}}"),
        (lambda r: r.sent().times("1"), "times() takes how many requests it were, from 0, not '1'"),
        (lambda r: r.sent().times(None), "not None"),
        (lambda r: r.sent().times(-1), "not -1"),
        (lambda r: r.sent().times(True), "not True"),
        (lambda r: r.sent(Query).where(index=5), "index is one that a model declares, or its name, not 5"),
    ],
)
def test_what_a_recorder_is_not_asked(recorded: tuple[Engine, Recorder], ask: Any, says: str) -> None:
    """A misspelling would find nothing, and never() would hold of it."""
    with pytest.raises(ArgumentError) as caught:
        ask(recorded[1])
    assert says in str(caught.value)


def test_a_declared_index_is_looked_for(recorded: tuple[Engine, Recorder]) -> None:
    """As the model has it, or by its name."""
    engine, recorder = recorded
    with Session(engine) as session:
        session.scalars(select(Payment).where(Payment.customer_id == "c1")).all()
    by_model = recorder.sent(Query).where(index=Payment.by_customer)
    assert len(by_model) == len(recorder.sent(Query).where(index="customer-index")) > 0
    with pytest.raises(AssertionError, match="index=customer-index"):
        by_model.never()


def test_what_a_recorder_may_be_asked(recorded: tuple[Engine, Recorder]) -> None:
    """Parameters that one of the operations has, values as they are sent, and what equals anything."""
    engine, recorder = recorded
    engine.send("GetItem", TableName="quotas", Key={"user": {"S": "u"}})
    engine.send("Scan", TableName="quotas", Limit=1)
    recorder.sent(GetItem).where(Key={"user": {"S": "u"}}).once()
    recorder.sent(GetItem).where(Key={"user": ANY}).once()
    recorder.sent(GetItem).where(Key=ANY).once()
    recorder.sent(GetItem, "Scan").where(Limit=1).once()
    recorder.sent(GetItem, "Scan").where(index="customer-index").never()
    recorder.sent("DescribeExport").where(TableName="x").never()


def test_the_clock_is_called() -> None:
    """What looks for the time elsewhere is told."""
    clock: Any = Clock()
    with pytest.raises(AttributeError, match=r"Clock has no 'now'; the time is clock\(\), moved by"):
        clock.now()
    assert copy.copy(clock)() == clock()


def test_units_nobody_asked_for() -> None:
    """Units that were not told are no zero: adding them up is refused, until only requests that asked are left."""
    with create_engine("local://") as engine, Recorder(engine) as recorder:
        Base.metadata.create_all(engine)
        assert recorder.read_units == recorder.write_units == 0, "what is about tables consumes nothing"
        engine.send("PutItem", TableName="quotas", Item={"user": {"S": "u"}})
        with pytest.raises(ArgumentError, match="nobody asked what this PutItem consumed"):
            assert recorder.write_units < 5
        with pytest.raises(ArgumentError, match="ReturnConsumedCapacity"):
            assert recorder.sent(PutItem).read_units < 5
        engine.send("Scan", TableName="quotas", ReturnConsumedCapacity="TOTAL")
        assert recorder.sent("Scan").read_units == Decimal("0.5")


def test_what_a_recorder_tells(recorded: tuple[Engine, Recorder]) -> None:
    """An assertion that fails says what was wanted and everything that was sent."""
    engine, recorder = recorded
    with pytest.raises(AssertionError, match=r"^wanted 1 of any operation, found 0; nothing was sent$"):
        recorder.sent().once()
    engine.retry = RetryPolicy(initial_delay=0)
    engine.transport = FaultyTransport(engine.transport, Faults(script=["throttle", None]))
    engine.execute(select(Payment).where(Payment.customer_id == "c", Payment.amount > 0))
    engine.execute(update(Quota).where(Quota.user == "u").set(Quota.remaining, 1).upsert())
    with pytest.raises(AssertionError) as failed:
        recorder.sent("Scan").where(table=Payment, index="status-index").once()
    assert str(failed.value).splitlines() == [
        "wanted 1 of Scan table=payments index=status-index, found 0; sent was:",
        "  Query payments/customer-index #n0 = :v0; #n1 > :v1 -> Throttled",
        "  Query payments/customer-index (attempt 2) #n0 = :v0; #n1 > :v1",
        "  UpdateItem quotas",
    ]
    assert repr(recorder.sent(Query)).startswith("<2 of Query; sent was:")
    engine.execute(select(Payment).allow_scan()).all()
    with pytest.raises(AssertionError, match="wanted 0 of Scan, or PartiQL that scans, found 1"):
        recorder.no_scans()


def test_recorder_with_a_prefix_and_async() -> None:
    """Tables are known by their model whatever the engine's prefix; async engines are listened to as well."""
    import asyncio

    async def run() -> None:
        async with create_async_engine("local://", table_prefix="dev-") as engine:
            with Recorder(engine) as recorder:
                with pytest.raises(Exception, match="quotas"):
                    await engine.execute(get(Quota, "u"))
                recorder.sent("GetItem").where(table=Quota).once()
                recorder.sent("GetItem").where(table="quotas").once()
                assert isinstance(recorder.sent()[0].error, Exception)

    asyncio.run(run())


def pytest_run(folder: Path, **files: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest on some files with the plugin."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "dynexpr.testing.plugin", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(folder), "-c", os.devnull, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


MODELS = """
    from dynexpr.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase): ...

    class User(Base):
        name: Mapped[str] = mapped_column(partition_key=True)
        age: Mapped[int]
"""


def test_fixtures(tmp_path: Path) -> None:
    """The fixtures work together: tables from the overridden metadata, empty for each test."""
    done = pytest_run(
        tmp_path,
        app_models=MODELS,
        conftest="""
            import pytest
            from app_models import Base

            @pytest.fixture(scope="session")
            def dynexpr_metadata():
                return Base
        """,
        test_it="""
            import boto3, pytest
            from app_models import User
            from dynexpr.orm import Session
            from dynexpr.testing import GetItem, PutItem

            @pytest.mark.parametrize("number", range(5))
            def test_session(dynexpr_engine, recorder, dynexpr_make, dynexpr_clock, number):
                with Session(dynexpr_engine) as session:
                    assert session.get(User, "name-1") is None
                    session.add(dynexpr_make(User, age=number))
                    session.commit()
                recorder.sent(PutItem).where(table=User).once()
                recorder.sent(GetItem).times(1)
                assert dynexpr_engine.settings.clock is dynexpr_clock

            def test_boto3(dynexpr_boto3, recorder):
                client = boto3.client("dynamodb")
                assert client.scan(TableName="users")["Count"] == 0
                recorder.sent("Scan").where(table=User).once()

            def test_message(recorder):
                assert recorder.sent(PutItem).where(table=User)
        """,
    )
    assert "6 passed" in done.stdout, done.stdout + done.stderr
    assert "1 failed" in done.stdout
    assert "assert <0 of PutItem table=users; nothing was sent>" in done.stdout


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("None", "dynexpr_metadata gives None: override it in your conftest.py"),
        ("'Base'", "the fixture dynexpr_metadata: it takes metadata or declarative bases, as Base, not 'Base'"),
        ("[object]", "the fixture dynexpr_metadata: it takes metadata or declarative bases"),
        ("[]", None),
    ],
    ids=["None", "text", "no base", "nothing"],
)
def test_what_the_metadata_fixture_gives(tmp_path: Path, given: str, says: str | None) -> None:
    """A fixture that was forgotten, or gives something else, is told as such; an empty list is an empty engine."""
    conftest = f"""
        import pytest

        @pytest.fixture(scope="session")
        def dynexpr_metadata():
            return {given}
    """
    test_it = """
        def test_it(dynexpr_engine):
            assert dynexpr_engine.send("ListTables")["TableNames"] == []
    """
    files = {"test_it": test_it} if given == "None" else {"conftest": conftest, "test_it": test_it}
    done = pytest_run(tmp_path, **files)
    assert ("1 passed" if says is None else says) in done.stdout, done.stdout + done.stderr


def test_faults_and_async_in_fixtures(tmp_path: Path) -> None:
    """Faults are overridden as any fixture is, and an async test has the same engine, faults and recorder."""
    done = pytest_run(
        tmp_path,
        app_models=MODELS,
        conftest="""
            import pytest
            from app_models import Base

            @pytest.fixture(scope="session")
            def dynexpr_metadata():
                return [Base]
        """,
        test_it="""
            import asyncio, pytest
            from app_models import User
            from dynexpr import insert
            from dynexpr.orm import AsyncSession
            from dynexpr.testing import Faults, PutItem

            class TestThrottled:
                @pytest.fixture
                def dynexpr_faults(self):
                    return Faults(script=["throttle", None])

                @pytest.mark.parametrize("number", range(2))
                def test_it(self, dynexpr_engine, dynexpr_faults, recorder, number):
                    dynexpr_engine.execute(insert(User).values(name="a", age=1))
                    recorder.sent(PutItem).times(2)
                    assert dynexpr_faults.happened == [("PutItem", "throttle")]

                def test_async(self, dynexpr_async_engine, recorder, dynexpr_make):
                    async def run():
                        async with AsyncSession(dynexpr_async_engine) as session:
                            session.add(dynexpr_make(User))
                            await session.commit()
                    asyncio.run(run())
                    recorder.sent(PutItem).where(table=User).times(2)

            def test_without(dynexpr_async_engine, dynexpr_engine, recorder):
                asyncio.run(dynexpr_async_engine.execute(insert(User).values(name="a", age=1)))
                recorder.sent(PutItem).once()
                assert dynexpr_engine.send("Scan", TableName="users")["Count"] == 1
        """,
    )
    assert "4 passed" in done.stdout, done.stdout + done.stderr


def test_the_example_of_the_docs(tmp_path: Path) -> None:
    """The first example of docs/testing.md works as it stands, with models and a service like those it speaks of."""
    page = (Path(__file__).parents[1] / "docs" / "testing.md").read_text()
    block = page.partition("```python norun\n")[2].partition("```")[0]
    conftest, _, test_shop = block.partition("# test_shop.py\n")
    shop = """
        from decimal import Decimal
        from dynexpr import select
        from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, mapped_column

        class Base(DeclarativeBase): ...

        class Payment(Base):
            id: Mapped[str] = mapped_column(partition_key=True)
            customer_id: Mapped[str]
            status: Mapped[str]
            by_customer = GlobalIndex("customer-index", partition_key="customer_id", sort_key="status")

        def pay_all(session, customer_id):
            found = session.scalars(select(Payment).where(Payment.customer_id == customer_id)).all()
            for payment in found:
                payment.status = "paid"
            session.commit()
            return len(found)
    """
    done = pytest_run(tmp_path, shop=shop, conftest=conftest, test_shop=test_shop)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_loads_nothing(tmp_path: Path) -> None:
    """In a run that uses no fixture of it, the plugin loads itself and the packages it stands in, and no more."""
    done = pytest_run(
        tmp_path,
        test_it="""
            import sys

            def test_loaded():
                print(sorted(name for name in sys.modules if name.split(".")[0] in {"dynexpr", "botocore", "sqlite3"}))
                assert 0
        """,
    )
    assert re.findall(r"^\[.*\]$", done.stdout, re.MULTILINE) == [
        "['dynexpr', 'dynexpr.testing', 'dynexpr.testing.plugin']"
    ]
    assert not {"boto3", "sqlite3", "msgspec"} & loaded_by("import dynexpr.testing")


def test_names() -> None:
    """Every public name can be had, and there are no others."""
    from dynexpr import testing

    assert sorted(testing.__all__) == testing.__all__ == dir(testing)
    for name in testing.__all__:
        assert getattr(testing, name) is not None
    with pytest.raises(AttributeError):
        _ = testing.nothing


def test_errors_reach_the_recorder(recorded: tuple[Engine, Recorder]) -> None:
    """A request that got no answer is there, with its error."""
    engine, recorder = recorded
    engine.retry = None
    engine.transport = FaultyTransport(engine.transport, Faults(script=["unreachable"]))
    with pytest.raises(TransportError):
        engine.send("ListTables")
    assert isinstance(recorder.sent("ListTables").once().error, TransportError)


def test_make_with_an_init_of_the_users() -> None:
    """What such an __init__ takes besides the attributes is given to it; the attributes are made up all the same."""

    class Named(DeclarativeBase):
        """Models of which one is given its whole name."""

    class Person(Named):
        id: Mapped[str] = mapped_column(partition_key=True)
        name: Mapped[str]

        def __init__(self, *, whole: str = "", **values: Any) -> None:
            super().__init__(**values)
            self.name = whole or self.name

    made = Factory()(Person, whole="Ada L.")
    assert made.name == "Ada L."
    assert made.id
    with pytest.raises(TypeError, match="hole"):
        Factory()(Person, hole="Ada L.")
