"""Does a recorder see what reads a whole table, by PartiQL too, and which tables and indexes PartiQL is about?"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from dynexpr import create_engine, select
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, DynexprError, TableNotFound
from dynexpr.event import index_of, tables_of
from dynexpr.hiding import keep_secret
from dynexpr.partiql_table import source_of
from dynexpr.requests import Settings
from dynexpr.testing import ExecuteStatement, ExecuteTransaction, Recorder, Stage, local_engine
from tests.models import Base, Payment, Quota

WITH_KEY = "SELECT * FROM payments WHERE id = 'p' AND \"timestamp\" = '2026-01-01T00:00:00.000000Z'"


def one(statement: str, *parameters: Any) -> tuple[str, dict[str, Any]]:
    """ExecuteStatement."""
    return "ExecuteStatement", {"Statement": statement, **({"Parameters": list(parameters)} if parameters else {})}


def several(*statements: str) -> tuple[str, dict[str, Any]]:
    """BatchExecuteStatement."""
    return "BatchExecuteStatement", {"Statements": [{"Statement": each} for each in statements]}


def together(*statements: str) -> tuple[str, dict[str, Any]]:
    """ExecuteTransaction."""
    return "ExecuteTransaction", {"TransactStatements": [{"Statement": each} for each in statements]}


@pytest.fixture
def engine() -> Iterator[Engine]:
    """The embedded engine, with tables."""
    with Stage(Base) as stage:
        yield stage.engine()


def ask(engine: Engine, operation: str, params: dict[str, Any]) -> None:
    """Send it, whatever comes of it."""
    with suppress(DynexprError):
        engine.send(operation, **params)


SCANS = {
    "scan": ("Scan", {"TableName": "payments"}),
    "scan of nothing": ("Scan", {"TableName": "nothing"}),
    "everything": one("SELECT * FROM payments"),
    "lower case": one("select id from payments where note = 'x'"),
    "sort key alone": one("SELECT * FROM payments WHERE \"timestamp\" > '2026'"),
    "partition key in a range": one("SELECT * FROM payments WHERE id > 'a'"),
    "or something else": one("SELECT * FROM payments WHERE id = 'a' OR note = 'x'"),
    "not": one("SELECT * FROM payments WHERE NOT id = 'a'"),
    "index": one('SELECT * FROM "payments"."customer-index" WHERE id = ?', {"S": "p"}),
    "key of another index": one('SELECT * FROM "payments"."customer-index" WHERE status = \'paid\''),
    "in a batch": several(WITH_KEY, "SELECT * FROM quotas"),
    "in a transaction": together("SELECT * FROM quotas WHERE remaining = 1", WITH_KEY),
}
NO_SCANS = {
    "query": ("Query", {"TableName": "quotas", "KeyConditionExpression": "#u = :u",
                        "ExpressionAttributeNames": {"#u": "user"}, "ExpressionAttributeValues": {":u": {"S": "u"}}}),
    "partition": one("SELECT * FROM payments WHERE id = 'a'"),
    "parameter": one("SELECT * FROM payments WHERE note = ? AND id = ?", {"S": "x"}, {"S": "p"}),
    "several partitions": one("SELECT * FROM payments WHERE id IN ['a', 'b']"),
    "either partition": one("SELECT * FROM payments WHERE id = 'a' OR id = 'b' AND note = 'x'"),
    "index": one('SELECT * FROM "payments"."customer-index" WHERE customer_id = ?', {"S": "c"}),
    "batch": several(WITH_KEY),
    "transaction": together(WITH_KEY),
    "insert": one("INSERT INTO quotas VALUE {'user': 'u', 'remaining': 1}"),
    "update": one("UPDATE quotas SET remaining = 2 WHERE \"user\" = 'u'"),
    "delete": one("DELETE FROM quotas WHERE remaining = 2"),
    "no statement": one("SELEC * FROM quotas"),
    "no table": one("SELECT * FROM nothing"),
    "no index": one('SELECT * FROM "quotas"."nothing"'),
    "parameters missing": one("SELECT * FROM quotas WHERE remaining = ?"),
    "no text": ("ExecuteStatement", {"Statement": 5}),
    "no list": ("BatchExecuteStatement", {"Statements": 5}),
}  # fmt: skip


@pytest.mark.parametrize(("operation", "params"), SCANS.values(), ids=SCANS)
def test_scans_are_seen(engine: Engine, operation: str, params: dict[str, Any]) -> None:
    """What would read a whole table, or index, is found, whether or not it was carried out."""
    with Recorder(engine) as recorder:
        ask(engine, operation, params)
        with pytest.raises(AssertionError, match=r"wanted 0 of Scan, or PartiQL that scans, found 1; sent was:\n  \w+"):
            recorder.no_scans()
        recorder.clear()
        recorder.no_scans()


@pytest.mark.parametrize(("operation", "params"), NO_SCANS.values(), ids=NO_SCANS)
def test_what_is_no_scan(engine: Engine, operation: str, params: dict[str, Any]) -> None:
    """What names a partition, what writes, and what the service can't carry out reads no table."""
    with Recorder(engine) as recorder:
        ask(engine, operation, params)
        recorder.sent(operation).once()
        recorder.no_scans()


def test_a_table_that_went(engine: Engine) -> None:
    """What a statement read is known when it is sent: its table may be gone when the test asks."""
    with Recorder(engine) as recorder:
        engine.send("ExecuteStatement", Statement="SELECT * FROM quotas")
        engine.send("DeleteTable", TableName="quotas")
        with pytest.raises(AssertionError):
            recorder.no_scans()


def test_dynexprs_own_partiql(engine: Engine) -> None:
    """The PartiQL that a statement compiles to scans where its plan does."""
    with Recorder(engine) as recorder:
        ask(engine, "ExecuteStatement", select(Payment).where(Payment.customer_id == "c").compile("partiql").params)
        recorder.no_scans()
        recorder.sent(ExecuteStatement).where(table=Payment, index=Payment.by_customer).once()
        ask(engine, "ExecuteStatement", select(Payment).allow_scan().compile("partiql").params)
        with pytest.raises(AssertionError, match="SELECT "):
            recorder.no_scans()


class Answers:
    """An engine of which nothing is known."""

    def send(self, _request: Any, /) -> dict[str, Any]:
        """Answer that it is done."""
        return {}

    def close(self) -> None:
        """Nothing is open."""


ELSEWHERE: list[tuple[tuple[str, dict[str, Any]], type[BaseException] | None]] = [
    (one("SELECT * FROM payments"), AssertionError),
    (one("SELECT * FROM payments ORDER BY id -- WHERE"), AssertionError),
    (one("SELECT * FROM payments WHERE id = 'a'"), ArgumentError),
    (one("DELETE FROM payments WHERE id = 'a'"), None),
    (several(WITH_KEY), None),
    (several(WITH_KEY, "SELECT * FROM quotas"), AssertionError),
    (together(WITH_KEY), None),
    (one("SELECT"), None),
    (("ExecuteStatement", {}), None),
]


@pytest.mark.parametrize(
    ("sent", "raised"), ELSEWHERE, ids=[f"{number} {each[0][0]}" for number, each in enumerate(ELSEWHERE)]
)
def test_on_other_engines(sent: tuple[str, dict[str, Any]], raised: type[BaseException] | None) -> None:
    """Without a WHERE it scans on every engine; with one, the recorder says that it can't know."""
    engine = Engine(Answers(), Settings(), retry=None)
    recorder = Recorder(engine)
    ask(engine, *sent)
    if raised is None:
        recorder.no_scans()
        return
    with pytest.raises(raised) as caught:
        recorder.no_scans()
    assert "SELECT * FROM" in str(caught.value)


@pytest.mark.parametrize(
    ("request_", "tables", "index"),
    [
        (one('SELECT * FROM "payments"."customer-index" WHERE customer_id = ?'), ["payments"], "customer-index"),
        (one("SELECT \"from\", 'FROM x' FROM /* FROM y */ payments"), ["payments"], None),
        (one('SELECT a.b FROM "we""ird"'), ['we"ird'], None),
        (one("EXISTS(SELECT * FROM payments WHERE id = 'a')"), ["payments"], None),
        (one("INSERT INTO payments VALUE {'a': 'UPDATE x'}"), ["payments"], None),
        (one("UPDATE payments SET a = 1 WHERE id = 'a'"), ["payments"], None),
        (one("FROM payments WHERE id = 'a' SET a = 1"), ["payments"], None),
        (one("DELETE FROM payments"), ["payments"], None),
        (several(WITH_KEY, "SELECT * FROM quotas", WITH_KEY), ["payments", "quotas"], None),
        (together("SELECT * FROM quotas"), ["quotas"], None),
        (one("SELECT * FROM"), [], None),
        (one("SELECT * FROM ?"), [], None),
        (one(""), [], None),
        (one("'"), [], None),
        (("GetItem", {"TableName": 5}), [], None),
        (("Query", {"TableName": "payments", "IndexName": 5}), ["payments"], None),
        (("BatchGetItem", {"RequestItems": 5}), [], None),
        (("BatchGetItem", {"RequestItems": ["payments"]}), ["payments"], None),
        (("TransactWriteItems", {"TransactItems": 5}), [], None),
        (("TransactWriteItems", {"TransactItems": [5, {"Put": 5}, {"Put": {}}, {"Put": {"TableName": []}}]}), [], None),
        (("TransactWriteItems", {"TransactItems": {"Put": 5}}), [], None),
        (("ExecuteStatement", {"Statement": 5}), [], None),
        (("BatchExecuteStatement", {"Statements": [5, {}, {"Statement": []}]}), [], None),
        (("ExecuteTransaction", {"TransactStatements": None}), [], None),
        (("ListTables", {}), [], None),
    ],
)
def test_tables_of_a_request(
    request_: tuple[str, dict[str, Any]], tables: list[str], index: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Tables and index of any parameters, sensible or not: logs and listeners meet them all."""
    operation, params = request_
    assert list(tables_of(params)) == tables
    assert index_of(params) == index
    keep_secret("of-these-tests", frozenset({"pin"}))
    for hide in (False, True):
        with (
            create_engine("local://", echo=True, hide_parameters=hide) as engine,
            caplog.at_level(logging.DEBUG, "dynexpr.engine"),
        ):
            recorder = Recorder(engine)
            ask(engine, operation, params)
            assert list(recorder.sent(operation).once().tables) == tables
            assert recorder.told().count("\n") == 1


def test_where_finds_partiql(engine: Engine) -> None:
    """Tables and indexes are found among statements as among other requests."""
    with Recorder(engine) as recorder:
        for request_ in (*SCANS.values(), *NO_SCANS.values()):
            ask(engine, *request_)
        assert len(recorder.sent(ExecuteStatement).where(table=Quota)) == 6
        assert len(recorder.sent(ExecuteStatement).where(table="payments", index="customer-index")) == 3
        recorder.sent(ExecuteTransaction).where(table=Quota).once()
        recorder.sent(ExecuteTransaction).where(table=Payment).times(2)


def test_a_missing_table_is_named(engine: Engine) -> None:
    """The service does not say which table is missing; the statement does."""
    with pytest.raises(TableNotFound, match="'nothing': "):
        engine.send("ExecuteStatement", Statement="SELECT * FROM nothing")


def test_tables_are_asked_for_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorder remembers which tables there are, and asks again for one that it does not know."""
    embedded = local_engine(engine)
    asked: list[str] = []
    call = embedded.call

    def counted(operation: str, params: Any) -> dict[str, Any]:
        asked.append(operation)
        return call(operation, params)

    recorder = Recorder(engine)
    monkeypatch.setattr(embedded, "call", counted)
    for _ in range(3):
        recorder.sent().where(table="quotas", index=Payment.by_customer)
        recorder.sent().where(table="payments", index="customer-index")
    assert asked.count("ListTables") == 1
    with pytest.raises(ArgumentError, match="there is no table 'later'"):
        recorder.sent().where(table="later")
    keys = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    types = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
    call("CreateTable", {"TableName": "later", **keys, **types})
    assert not recorder.sent().where(table="later")


def test_statements_that_name_no_table() -> None:
    """A word that stands where a table's name does is one only if it can be."""
    assert source_of("SELECT * FROM 5") is None
    assert source_of("SELECT * FROM a.'b'") == ("a", None, True, False)
