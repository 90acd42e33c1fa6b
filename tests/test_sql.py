# ruff: noqa: E711 - comparisons with None are what is tested
"""Does SQL say what Python says, to the letter, and is all else refused by name?

A row is a text, the statement it stands for, and the values of its parameters. Each SELECT is run as SQL, as Python and
as PartiQL; what has no meaning in DynamoDB stands in REFUSED, with a ^ before the word that the error points at.
"""

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import boto3
import pytest
from hypothesis import given, strategies as st

from dynexpr import (
    Column,
    ColumnOptions,
    MetaData,
    Table,
    and_,
    attr,
    create_engine,
    delete,
    func,
    get,
    insert,
    or_,
    put,
    select,
    sql,
    transact,
    update,
)
from dynexpr.engine import Engine
from dynexpr.errors import (
    ArgumentError,
    ConditionFailed,
    ExpressionError,
    ExpressionTooLarge,
    KeyRequired,
    NotOneRequest,
    PlaceholderError,
    SqlError,
    ValueNotStorable,
)
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import Action, Compare, Condition, Parameter, conjunction, replace
from dynexpr.expression.operand import NULL
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, Session, mapped_column
from dynexpr.results import row_maker
from dynexpr.statements.count import Count
from dynexpr.statements.select import Select
from dynexpr.types import Integer, Number, String
from dynexpr.wire import decode, freeze
from tests import strategies

pytestmark = pytest.mark.filterwarnings("error")


class Base(DeclarativeBase):
    """The models that SQL is about."""


class Status(Enum):
    """How far a parcel has come."""

    NEW = "new"
    SENT = "sent"


@dataclass
class Line:
    """What is in a parcel."""

    sku: str
    quantity: int = 1


class Parcel(Base):
    """A column of each type; three are stored under other names."""

    __tablename__ = "parcels"
    id: Mapped[str] = mapped_column(partition_key=True)
    at: Mapped[datetime] = mapped_column(sort_key=True)
    customer: Mapped[str] = mapped_column(name="customerId")
    status: Mapped[Status] = mapped_column(default=Status.NEW)
    weight: Mapped[Decimal]
    pieces: Mapped[int] = mapped_column(default=1)
    ratio: Mapped[float | None] = mapped_column(default=None)
    day: Mapped[date | None] = mapped_column(default=None)
    ref: Mapped[UUID | None] = mapped_column(default=None)
    paid: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None] = mapped_column(default=None)
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    lines: Mapped[list[Line]] = mapped_column(default_factory=list)
    numbers: Mapped[list[int]] = mapped_column(name="list", default_factory=list)
    info: Mapped[dict[str, str]] = mapped_column(default_factory=dict)
    expires: Mapped[datetime | None] = mapped_column(ttl=True, default=None)
    current_date: Mapped[str | None] = mapped_column(name="from date", default=None)
    by_customer = GlobalIndex("customer-index", partition_key="customer", sort_key="at")
    by_status = GlobalIndex("status-index", partition_key="status", sort_key="weight")


metadata = MetaData()
swapped = Table(
    "swapped",
    metadata,
    Column("id", String(), ColumnOptions(partition_key=True)),
    Column("b", String(), key="a"),
    Column("a", Integer(), key="c"),
)
"""`a` is the Python name of one column and the stored name of another."""
plain = Table("plain", metadata, Column("id", String(), ColumnOptions(partition_key=True)), Column("n", Number()))

P = Parcel
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
KEY = "id = 'p1' AND at = '2026-01-02T12:00:00Z'"
_KEY = (P.id == "p1", P.at == NOON)
JOB = UUID("12345678-1234-5678-1234-567812345678")


def parameter(name: str) -> Any:
    """A value that is given later, in Python."""
    return Parameter(name)


class Row(NamedTuple):
    """A text, what it stands for, and the values of its parameters."""

    text: str
    statement: Any
    parameters: Any = None


READS = [
    Row("SELECT * FROM parcels", select(P)),
    Row("select * from Parcel", select(P)),
    Row("SELECT id, weight FROM parcels;", select(P.id, P.weight)),
    Row('SELECT "id", "customerId" FROM "parcels"', select(P.id, P.customer)),
    Row("SELECT customer FROM parcels WHERE customerId = 'c1'", select(P.customer).where(P.customer == "c1")),
    Row("SELECT * FROM parcels WHERE id = 'p1'", select(P).where(P.id == "p1")),
    Row(f"SELECT * FROM parcels WHERE {KEY}", select(P).where(*_KEY)),
    Row("SELECT * FROM parcels WHERE id = 'p1' AND at > '2026-01-01T00:00:00+01:00'", select(P).where(
        P.id == "p1", P.at > datetime(2025, 12, 31, 23, tzinfo=UTC))),
    Row("SELECT * FROM parcels WHERE id = :id AND at >= :since", select(P).where(
        P.id == parameter("id"), P.at >= parameter("since")), {"id": "p1", "since": NOON}),
    Row("SELECT * FROM parcels WHERE id = ? AND weight BETWEEN ? AND ?", select(P).where(
        P.id == parameter("1"), P.weight.between(parameter("2"), parameter("3"))), ["p1", 1, Decimal("12.5")]),
    Row("SELECT * FROM parcels WHERE customer = 'c1' ORDER BY at DESC", select(P).where(
        P.customer == "c1").order_by(P.at.desc())),
    Row("SELECT * FROM parcels WHERE customer = 'c1' ORDER BY at LIMIT 2", select(P).where(
        P.customer == "c1").order_by(P.at).limit(2)),
    Row("SELECT * FROM parcels WHERE customer = 'c1' AND weight > 5 LIMIT 2", select(P).where(
        P.customer == "c1", P.weight > 5).limit(2)),
    Row('SELECT * FROM "parcels"."status-index" WHERE status = \'new\' AND weight < 10', select(P).where(
        P.status == Status.NEW, P.weight < 10).using(P.by_status)),
    Row("SELECT * FROM parcels.by_status WHERE status = 'sent'", select(P).where(
        P.status == Status.SENT).using(P.by_status)),
    Row("SELECT * FROM parcels WHERE weight <> 12.5", select(P).where(P.weight != Decimal("12.5"))),
    Row("SELECT * FROM parcels WHERE weight != -1.5e1", select(P).where(P.weight != -15)),
    Row("SELECT * FROM parcels WHERE weight <= .5 OR weight >= +20", select(P).where(
        (P.weight <= Decimal("0.5")) | (P.weight >= 20))),
    Row("SELECT * FROM parcels WHERE 10 < weight", select(P).where(P.weight > 10)),
    Row("SELECT * FROM parcels WHERE :w >= weight", select(P).where(P.weight <= parameter("w")), {"w": 10}),
    Row("SELECT * FROM parcels WHERE pieces IN (1, 3, 5)", select(P).where(P.pieces.in_([1, 3, 5]))),
    Row("SELECT * FROM parcels WHERE status IN ['new', 'sent']", select(P).where(
        P.status.in_([Status.NEW, Status.SENT]))),
    Row("SELECT * FROM parcels WHERE status IN <<'new'>>", select(P).where(P.status.in_([Status.NEW]))),
    Row("SELECT * FROM parcels WHERE pieces NOT IN (?, 2)", select(P).where(~P.pieces.in_([parameter("1"), 2])), [1]),
    Row("SELECT * FROM parcels WHERE weight NOT BETWEEN 1 AND 2", select(P).where(~P.weight.between(1, 2))),
    Row("SELECT * FROM parcels WHERE note LIKE 'fr%'", select(P).where(P.note.begins_with("fr"))),
    Row("SELECT * FROM parcels WHERE note LIKE 'fragile'", select(P).where(P.note == "fragile")),
    Row("SELECT * FROM parcels WHERE note NOT LIKE 'fr%'", select(P).where(~P.note.begins_with("fr"))),
    Row("SELECT * FROM parcels WHERE at LIKE '2026-01%'", select(P).where(P.at.begins_with("2026-01"))),
    Row("SELECT * FROM parcels WHERE note IS NULL", select(P).where(P.note == None)),
    Row("SELECT * FROM parcels WHERE note IS NOT NULL", select(P).where(P.note != None)),
    Row("SELECT * FROM parcels WHERE note = NULL", select(P).where(P.note.is_null())),
    Row("SELECT * FROM parcels WHERE note <> NULL", select(P).where(Compare(ops.NE, P.note.node, NULL))),
    Row("SELECT * FROM parcels WHERE note IS MISSING", select(P).where(P.note.attribute_not_exists())),
    Row("SELECT * FROM parcels WHERE note IS NOT MISSING AND note IS NOT NULL", select(P).where(
        P.note.attribute_exists(), P.note != None)),
    Row("SELECT * FROM parcels WHERE attribute_exists(note)", select(P).where(P.note.attribute_exists())),
    Row("SELECT * FROM parcels WHERE NOT Attribute_Not_Exists(note)", select(P).where(
        ~P.note.attribute_not_exists())),
    Row("SELECT * FROM parcels WHERE begins_with(note, :p)", select(P).where(
        P.note.begins_with(parameter("p"))), {"p": "fr"}),
    Row("SELECT * FROM parcels WHERE contains(tags, 'a') OR contains(note, 'ra')", select(P).where(
        P.tags.contains("a") | P.note.contains("ra"))),
    Row("SELECT * FROM parcels WHERE contains(tags, ?)", select(P).where(P.tags.contains(parameter("1"))), ["b"]),
    Row("SELECT * FROM parcels WHERE attribute_type(note, 'S')", select(P).where(P.note.attribute_type("S"))),
    Row("SELECT * FROM parcels WHERE size(tags) > 1 AND size(lines) = ?", select(P).where(
        P.tags.size() > 1, P.lines.size() == parameter("1")), [2]),
    Row("SELECT * FROM parcels WHERE 3 <= size(note)", select(P).where(P.note.size() >= 3)),
    Row("SELECT * FROM parcels WHERE size(note) BETWEEN 1 AND 4", select(P).where(P.note.size().between(1, 4))),
    Row("SELECT * FROM parcels WHERE paid = true", select(P).where(P.paid == True)),  # noqa: E712
    Row("SELECT * FROM parcels WHERE paid <> FALSE", select(P).where(P.paid != False)),  # noqa: E712
    Row("SELECT * FROM parcels WHERE ratio = 0.5", select(P).where(P.ratio == 0.5)),
    Row("SELECT * FROM parcels WHERE day >= '2026-01-02'", select(P).where(P.day >= date(2026, 1, 2))),
    Row("SELECT * FROM parcels WHERE day IN (:a, :b)", select(P).where(
        P.day.in_([parameter("a"), parameter("b")])), {"a": date(2026, 1, 2), "b": date(2026, 1, 3)}),
    Row(f"SELECT * FROM parcels WHERE ref = '{str(JOB).upper()}'", select(P).where(P.ref == JOB)),
    Row("SELECT * FROM parcels WHERE expires > '2026-01-02T12:00:00Z'", select(P).where(P.expires > NOON)),
    Row("SELECT * FROM parcels WHERE expires > 1767355200", select(P).where(P.expires > NOON)),
    Row("SELECT * FROM parcels WHERE lines[0].sku = 'a' AND lines[1].quantity > 1", select(P).where(
        P.lines[0].at(lambda line: line.sku) == "a", P.lines[1].at(lambda line: line.quantity) > 1)),
    Row("SELECT * FROM parcels WHERE lines[0] = {'sku': 'a', 'quantity': 2}", select(P).where(
        P.lines[0] == Line("a", 2))),
    Row('SELECT * FROM parcels WHERE info.color = \'red\' AND "info"."a b" IS MISSING', select(P).where(
        P.info["color"] == "red", P.info["a b"].attribute_not_exists())),
    Row("SELECT * FROM parcels WHERE info = {'color': 'red'}", select(P).where(P.info == {"color": "red"})),
    Row("SELECT * FROM parcels WHERE tags = <<'b', 'a'>>", select(P).where(P.tags == {"a", "b"})),
    Row('SELECT * FROM parcels WHERE list[0] = 1 AND "list"[1] = 2', select(P).where(
        P.numbers[0] == 1, P.numbers[1] == 2)),
    Row("SELECT list FROM parcels WHERE list = [1, 2]", select(P.numbers).where(P.numbers == [1, 2])),
    Row("SELECT current_date FROM parcels WHERE current_date = 'x'", select(P.current_date).where(
        P.current_date == "x")),
    Row('SELECT * FROM parcels WHERE "array"[0] = 1 OR "current_timestamp" = \'a\'', select(P).where(
        or_(attr("array")[0] == 1, attr("current_timestamp") == "a"))),
    Row('SELECT * FROM parcels WHERE "a""b" = 1 OR "x.y" = {\'k\':[1,{\'z\':null}], n:true}', select(P).where(
        or_(attr(('a"b',)) == 1, attr(("x.y",)) == {"k": [1, {"z": None}], "n": True}))),
    Row("SELECT * FROM parcels WHERE note = 'it''s' -- a comment\n  AND /* another */ pieces = 1", select(P).where(
        P.note == "it's", P.pieces == 1)),
    Row("SELECT * FROM parcels WHERE pieces = 1 OR pieces = 2 AND paid = true", select(P).where(
        or_(P.pieces == 1, and_(P.pieces == 2, P.paid == True)))),  # noqa: E712
    Row("SELECT * FROM parcels WHERE NOT (pieces = 1 OR pieces = 2) AND (paid = true AND (weight > 1))",
        select(P).where(
        ~or_(P.pieces == 1, P.pieces == 2), P.paid == True, P.weight > 1)),  # noqa: E712
    Row("SELECT * FROM parcels WHERE customer = 'c1' AND (status = 'new' OR note IS MISSING)", select(P).where(
        P.customer == "c1", or_(P.status == Status.NEW, P.note.attribute_not_exists()))),
    Row("SELECT * FROM parcels WHERE note = customer", select(P).where(P.note == P.customer)),
]  # fmt: skip

COUNTS = [
    Row("SELECT customer, COUNT(*), SUM(weight) FROM parcels WHERE weight > 1 GROUP BY customer",
        select(P.customer, func.count(P), func.sum(P.weight)).where(P.weight > 1).group_by(P.customer)),
    Row("select avg(weight), min(at), max(pieces), count(note), count(distinct customer) from parcels",
        select(func.avg(P.weight), func.min(P.at), func.max(P.pieces), func.count(P.note),
               func.count_distinct(P.customer))),
    Row("SELECT status, COUNT(*) FROM parcels WHERE customer = :c GROUP BY status, paid ORDER BY COUNT(*) DESC, status"
        " LIMIT 3",
        select(P.status, func.count(P)).where(P.customer == parameter("c")).group_by(P.status, P.paid)
        .order_by(func.count().desc(), P.status).limit(3), {"c": "c1"}),
    Row("SELECT status FROM parcels GROUP BY status", select(P.status).group_by(P.status)),
    Row("SELECT customer, COUNT(*), SUM(weight) FROM parcels GROUP BY customer HAVING COUNT(*) > 1"
        " AND SUM(weight) <= 9.5 ORDER BY COUNT(*)",
        select(P.customer, func.count(), func.sum(P.weight)).group_by(P.customer)
        .having(func.count() > 1, func.sum(P.weight) <= Decimal("9.5")).order_by(func.count())),
    Row("SELECT COUNT(*) FROM parcels WHERE customer = 'c1' HAVING NOT (COUNT(*) BETWEEN 90 AND 99"
        " OR COUNT(*) IN (50, 70))",
        select(func.count(Parcel)).where(P.customer == "c1")
        .having(~(func.count().between(90, 99) | func.count().in_([50, 70])))),
    Row("SELECT status, MIN(weight), MAX(weight) FROM parcels GROUP BY status HAVING MIN(weight) < MAX(weight)",
        select(P.status, func.min(P.weight), func.max(P.weight)).group_by(P.status)
        .having(func.min(P.weight) < func.max(P.weight))),
    Row("SELECT COUNT(*) FROM parcels", Count(select(P))),
    Row("SELECT count ( * ) FROM parcels WHERE customer = :c AND weight > 1", Count(select(P).where(
        P.customer == parameter("c"), P.weight > 1)), {"c": "c1"}),
    Row('SELECT COUNT(*) FROM parcels."status-index" WHERE status = \'new\'', Count(select(P).where(
        P.status == Status.NEW).using(P.by_status))),
]  # fmt: skip

WRITES = [
    Row("INSERT INTO parcels (id, at, customer, weight) VALUES ('p9', '2026-01-02T12:00:00Z', 'c9', 1.50)",
        insert(P).values(id="p9", at=NOON, customer="c9", weight=Decimal("1.5"))),
    Row("INSERT INTO parcels VALUE {'id': 'p9', 'at':'2026-01-02T12:00:00Z', 'customerId':'c9', 'weight':-1,"
        " 'tags': <<'a','b'>>, 'lines': [{'sku':'x'}], 'info': {'a': 'b'}, 'paid':true, 'note': NULL}",
        insert(P).values(id="p9", at=NOON, customer="c9", weight=-1, tags={"a", "b"}, lines=[Line("x")],
                         info={"a": "b"}, paid=True, note=None)),
    Row("insert into parcels value {'id': ?, 'at': ?, 'customer': ?, 'weight': ?, 'status': 'sent', 'note': ?}",
        insert(P).values(id=parameter("1"), at=parameter("2"), customer=parameter("3"), weight=parameter("4"),
                         status=Status.SENT, note=parameter("5")),
        ["p9", NOON, "c9", 3, None]),
    Row("INSERT INTO parcels (id, at, customer, weight, lines) VALUES (:id, :at, 'c', 1, :lines)",
        insert(P).values(id=parameter("id"), at=parameter("at"), customer="c", weight=1, lines=parameter("lines")),
        {"id": "p9", "at": NOON, "lines": [Line("a", 3)]}),
    Row("INSERT INTO plain VALUES {id: 'a', n: 1}", insert(plain).values(id="a", n=1)),
    Row(f"UPDATE parcels SET note = 'x' WHERE {KEY}", update(P).where(*_KEY).set(P.note, "x")),
    Row(f"UPDATE parcels SET weight = weight + 5, pieces = 10 - pieces WHERE {KEY} AND weight < 100",
        update(P).where(*_KEY, P.weight < 100).set(P.weight, P.weight + 5)
        .set(P.pieces, 10 - P.pieces)),  # type: ignore[misc]  # Expr[Any] on the right of a column
    Row(f"UPDATE parcels SET weight = weight - :d WHERE {KEY}",
        update(P).where(*_KEY).set(P.weight, P.weight - parameter("d")), {"d": 1}),
    Row(f"UPDATE parcels SET pieces = if_not_exists(pieces, 0) + 1 WHERE {KEY}",
        update(P).where(*_KEY).set(P.pieces, P.pieces.if_not_exists(0) + 1)),
    Row(f"UPDATE parcels SET note = 'a' SET paid = true REMOVE expires REMOVE lines[0] WHERE {KEY}",
        update(P).where(*_KEY).set(P.note, "a").set(P.paid, True).remove(P.expires).remove(P.lines[0])),
    Row(f"UPDATE parcels REMOVE note WHERE {KEY}", update(P).where(*_KEY).remove(P.note)),
    Row(f"UPDATE parcels SET note = NULL, status = 'sent' WHERE {KEY}",
        update(P).where(*_KEY).set(P.note, None).set(P.status, Status.SENT)),
    Row(f"UPDATE parcels SET note = :n, tags = :t WHERE {KEY}",
        update(P).where(*_KEY).set(P.note, parameter("n")).set(P.tags, parameter("t")), {"n": None, "t": {"x"}}),
    Row(f"UPDATE parcels SET tags = set_add(tags, <<'v'>>) SET list = list_append(list, [3, 4]) WHERE {KEY}",
        update(P).where(*_KEY).add(P.tags, {"v"}).set(P.numbers, P.numbers.append(3, 4))),
    Row(f"UPDATE parcels SET tags = set_delete(tags, ?), list = list_append([0], if_not_exists(list, [])) WHERE {KEY}",
        update(P).where(*_KEY).delete(P.tags, parameter("1")).set(P.numbers, P.numbers.prepend(0, create_missing=True)),
        [{"a"}]),
    Row(f"UPDATE parcels SET list = list_append(list, :more) WHERE {KEY}",
        update(P).where(*_KEY).set(P.numbers, parameter("list")), {"more": [5]}),
    Row(f"UPDATE parcels SET lines[0].sku = 'z', info.color = customer, lines[1] = {{'sku': 'q'}} WHERE {KEY}"
        " RETURNING ALL NEW *",
        update(P).where(*_KEY).set(P.lines[0].at(lambda line: line.sku), "z").set(P.info["color"], P.customer)
        .set(P.lines[1], Line("q")).returning("ALL_NEW")),
    Row(f'UPDATE parcels SET "extra" = {{\'a\': [1]}} WHERE {KEY} RETURNING MODIFIED OLD *',
        update(P).where(*_KEY).set(attr("extra"), {"a": [1]}).returning("UPDATED_OLD")),
    Row(f"UPDATE parcels SET note = 'b' WHERE {KEY} RETURNING MODIFIED NEW *",
        update(P).where(*_KEY).set(P.note, "b").returning("UPDATED_NEW")),
    Row(f"DELETE FROM parcels WHERE {KEY}", delete(P).where(*_KEY)),
    Row(f"DELETE FROM parcels WHERE {KEY} AND paid = false RETURNING ALL OLD *",
        delete(P).where(*_KEY, P.paid == False).returning("ALL_OLD")),  # noqa: E712
    Row("DELETE FROM parcels WHERE at = :at AND :id = id",
        delete(P).where(P.at == parameter("at"), P.id == parameter("id")),
        {"id": "p1", "at": NOON}),
]  # fmt: skip
# list_append with a parameter has no Python spelling: only its text form is compared, below.
PYTHON_HAS_NO = {row.text for row in WRITES if ":more" in row.text}


def compared(statement: Any) -> Any:
    """A statement in which columns are told apart by what they name: as handles they build conditions."""
    if isinstance(statement, Count):
        return Count, compared(statement.query)
    columns = [(column.node, column.type.kind) for column in getattr(statement, "columns", ())]
    return (replace(statement, columns=()) if columns else statement), columns


@pytest.mark.parametrize("row", [*READS, *COUNTS, *WRITES], ids=lambda row: row.text)
def test_the_same_statement_as_in_python(row: Row) -> None:
    """The text stands for the very statement that Python's functions make, parameters included."""
    statement = sql(row.text, Base, metadata)
    if row.text not in PYTHON_HAS_NO:
        assert compared(statement) == compared(row.statement)
    if row.parameters is not None:
        bound = statement.bindparams(**row.parameters) if isinstance(row.parameters, dict) else None
        bound = bound or statement.bindparams(*row.parameters)
        assert compared(bound) != compared(statement)
        assert ":" not in str(bound).replace("':", "").replace("T12:00:00.", "").replace('":', "")


def test_there_are_enough() -> None:
    """The table has the promised sixty statements of all clauses, and twenty refusals."""
    assert len({row.text for row in [*READS, *COUNTS, *WRITES]}) >= 60
    assert len(REFUSED) >= 20


REFUSED = [
    ("^", "the statement is empty"),
    ("^  ", "the statement is empty"),
    ("^EXPLAIN SELECT * FROM parcels", "call .explain()"),
    ("^DROP TABLE parcels", "drop_all"),
    ("^VALUES (1)", "begins with SELECT, INSERT, UPDATE or DELETE"),
    ("^WITH x AS (SELECT 1) SELECT * FROM x", "no common table expressions"),
    ("SELECT * FROM parcels ^JOIN others ON a = b", "DynamoDB has no joins"),
    ("SELECT * FROM parcels, ^plain", "DynamoDB has no joins"),
    ("SELECT * FROM ^nowhere", "there is no table 'nowhere'; there are parcels, "),
    ('SELECT * FROM ^parcels."other-index"', "has no index 'other-index'; it has \"customer-index\""),
    ("SELECT * FROM parcels ^p", "there are no aliases"),
    ("SELECT id ^AS x FROM parcels", "there are no aliases"),
    ("SELECT id ^x FROM parcels", "there are no aliases"),
    ("SELECT ^DISTINCT id FROM parcels", "does not remove duplicates"),
    ("SELECT ^ALL id FROM parcels", "no subqueries and no SELECT ALL"),
    ("SELECT ^id, COUNT(*) FROM parcels", "has many values in a group: add .group_by(Parcel.id)"),
    ("SELECT ^id, COUNT(*) FROM parcels GROUP BY customer", "has many values in a group"),
    ("SELECT COUNT(*), weight, ^* FROM parcels", "* stands for all columns"),
    ("SELECT ^* FROM parcels GROUP BY id", "* stands alone"),
    ("SELECT ^COUNT(*), COUNT(*) FROM parcels", "two values are called 'count'"),
    ("SELECT SUM(^*) FROM parcels", "takes an attribute"),
    ("SELECT SUM(^1) FROM parcels", "takes an attribute"),
    ("SELECT SUM(^DISTINCT weight) FROM parcels", "only COUNT takes DISTINCT"),
    ("SELECT SUM(weight ^+ 1) FROM parcels", "SUM() takes one attribute"),
    ("SELECT ^SUM(note) FROM parcels", "it adds up numbers"),
    ("SELECT id FROM parcels WHERE ^SUM(weight) > 1", "it belongs to SELECT, not to a condition"),
    ("UPDATE parcels SET weight = ^MAX(weight) WHERE id = 'a'", "it belongs to SELECT"),
    ("SELECT customer, COUNT(*) FROM parcels GROUP BY customer ORDER BY ^note", "that are selected, not"),
    ("SELECT customer, COUNT(*) FROM parcels GROUP BY customer LIMIT ^:n", "LIMIT takes a whole number"),
    ("SELECT customer, COUNT(*) FROM parcels GROUP BY customer HAVING ^weight > 1", "aggregates that are selected"),
    ("SELECT customer, COUNT(*) FROM parcels GROUP BY customer HAVING ^SUM(weight) > 1", "not SUM(weight); conditions"),
    ("SELECT customer, COUNT(*) FROM parcels GROUP BY customer HAVING ^COUNT(*) > :n", "no" + "t the parameter :n"),
    (
        "SELECT customer, COUNT(*) FROM parcels GROUP BY customer HAVING COUNT(*) > 1 ^HAVING COUNT(*) < 5",
        "a second HAV",
    ),
    ("UPDATE parcels SET weight = 1 ^HAVING weight > 1", "HAVING belongs to SELECT"),
    ("SELECT customer, COUNT(*) FROM parcels GROUP ^customer", "BY is wanted after GROUP"),
    ("SELECT COUNT(*) FROM parcels GROUP BY ^COUNT(*)", "SELECT names columns"),
    ("UPDATE parcels SET weight = 1 ^GROUP BY id", "GROUP belongs to SELECT"),
    ("SELECT ^COUNT(*) FROM parcels LIMIT 3", "no ORDER BY and no LIMIT"),
    ("SELECT * FROM parcels WHERE id = 'a' HAVING ^weight > 1", "conditions on items stand in WHERE"),
    ("SELECT * FROM parcels LIMIT 5 ^OFFSET 10", "session.page"),
    ("SELECT * FROM parcels LIMIT ^5, 10", "session.page"),
    ("SELECT * FROM parcels LIMIT ^:n", "LIMIT takes a whole number"),
    ("SELECT * FROM parcels LIMIT ^0", "LIMIT takes a whole number"),
    ("SELECT * FROM parcels LIMIT ^1.5", "LIMIT takes a whole number"),
    ("SELECT * FROM parcels ORDER BY id, ^at", "ORDER BY takes one column"),
    ("SELECT * FROM parcels ORDER BY at ^NULLS FIRST", "an operator or a comma is missing before NULLS"),
    ("SELECT * FROM parcels ORDER ^id", "BY is wanted"),
    ("SELECT id FROM parcels ^UNION SELECT id FROM plain", "no set operations"),
    ("SELECT id FROM parcels WHERE id IN (^SELECT id FROM plain)", "a statement inside a statement"),
    ("SELECT id FROM (^SELECT id FROM plain)", "a statement inside a statement"),
    ("SELECT * FROM parcels WHERE ^EXISTS (SELECT 1)", "no subqueries"),
    ("SELECT ^CASE WHEN paid THEN 1 END FROM parcels", "no computed values"),
    ("SELECT ^CAST(weight AS int) FROM parcels", "no casts"),
    ("SELECT weight^::int FROM parcels", "no casts"),
    ("SELECT ^weight + 1 FROM parcels", "conditions do not calculate"),
    ("SELECT ^1 FROM parcels", "no computed values"),
    ("SELECT ^*, id FROM parcels", "* stands alone"),
    ("SELECT id FROM parcels WHERE ^ROW_NUMBER() OVER (ORDER BY at) = 1", "there is no function ROW_NUMBER()"),
    ("SELECT id FROM parcels WHERE ^lower(note) = 'x'", "compare with the text as it is stored"),
    ("SELECT /*+ hint */ id FROM parcels", "there are no hints"),
    ("SELECT * FROM parcels WHERE note LIKE ^'%x'", "prefixes only"),
    ("SELECT * FROM parcels WHERE note LIKE ^'%x%'", "write contains(note, 'x')"),
    ("SELECT * FROM parcels WHERE note LIKE ^'a_b%'", "takes _ and % as they are"),
    ("SELECT * FROM parcels WHERE note LIKE ^'%'", "write note IS NOT MISSING"),
    ("SELECT * FROM parcels WHERE note LIKE ^:p", "begins_with(a, :prefix)"),
    ("SELECT * FROM parcels WHERE note LIKE 'a%' ^ESCAPE '!'", "no patterns"),
    ("SELECT * FROM parcels WHERE note ^ILIKE 'a%'", "no patterns"),
    ("SELECT * FROM parcels WHERE note ^|| 'a' = 'b'", "no concatenation"),
    ("SELECT * FROM parcels WHERE ^weight + 1 = 2", "conditions do not calculate"),
    ("SELECT * FROM parcels WHERE weight ^* 2 = 2", "no multiplication"),
    ("SELECT * FROM parcels WHERE weight ^/ 2 = 2", "adds and subtracts only"),
    ("SELECT * FROM parcels WHERE ^paid", "a condition is wanted"),
    ("SELECT * FROM parcels WHERE ^1 = 1", "names an attribute"),
    ("SELECT * FROM parcels WHERE ^pieces = 1 = 2", "a parameter is wanted here"),
    ("SELECT * FROM parcels WHERE (^id, at) IN (('a', 'b'))", "no tuples"),
    ("SELECT * FROM parcels WHERE ^pieces IN ()", "IN has no values"),
    ("SELECT * FROM parcels WHERE pieces IN ^:list", "IN takes a list"),
    ("SELECT * FROM parcels WHERE ^5 BETWEEN 1 AND 9", "BETWEEN begins with an attribute"),
    ("SELECT * FROM parcels WHERE ^note < NULL", "nothing is less"),
    ("SELECT * FROM parcels WHERE paid IS ^TRUE", "values are compared with ="),
    ("SELECT * FROM parcels WHERE ^size(note)", "compare it"),
    ("SELECT * FROM parcels WHERE ^begins_with(note)", "takes 2 arguments, not 1"),
    ("SELECT * FROM parcels WHERE ^nothing = 1", "has no column nothing; it has id, at"),
    ('SELECT * FROM parcels WHERE ^"customer" = 1', "is stored as 'customerId'"),
    ("SELECT * FROM swapped WHERE ^a = 'x'", "the Python name of one column"),
    ("SELECT * FROM parcels WHERE ^lines[0].price = 1", "has no field 'price'"),
    ("SELECT * FROM parcels WHERE ^weight = 'heavy'", "the attribute holds a number"),
    ("SELECT * FROM parcels WHERE ^status = 'lost'", "one of the values 'new', 'sent'"),
    ("SELECT * FROM parcels WHERE ^at = '2026-01-02'", "2026-01-02T00:00:00Z"),
    ("SELECT * FROM parcels WHERE ^at = 'noon'", "an instant is written"),
    ("SELECT * FROM parcels WHERE ^day = 'x'", "a date is written"),
    ("SELECT * FROM parcels WHERE ^ref = 'x'", "a UUID is written"),
    ("SELECT * FROM parcels WHERE ^tags = ['a']", "a set is written <<"),
    ("SELECT * FROM parcels WHERE ^lines[0] = {'x': 1}", "has no field 'x'"),
    ("SELECT * FROM parcels WHERE tags = ^<<'a', 1>>", "text only or numbers only"),
    ("SELECT * FROM parcels WHERE tags = ^<<'a', 'a'>>", "each element once"),
    ("SELECT * FROM parcels WHERE info = {^5: 1}", "'name': value"),
    ("SELECT * FROM parcels WHERE info = {'a': 1, ^'a': 2}", "'a' is there twice"),
    ("SELECT * FROM parcels WHERE list = [^:a]", "give the whole value as one parameter"),
    ("SELECT * FROM parcels WHERE list = [1 ^2]", "a comma or ] is wanted"),
    ("SELECT * FROM parcels WHERE list[^-1] = 1", "a whole number from 0"),
    ("SELECT * FROM parcels WHERE info[^'a'] = 1", "stands after a dot"),
    ("SELECT * FROM parcels WHERE list[^99999999999] = 1", "at most 2147483647"),
    ("SELECT * FROM parcels WHERE info^.5 = 1", "an operator or a comma is missing"),
    ("SELECT * FROM parcels WHERE info.^= 1", "a name is wanted after the dot"),
    ("SELECT * FROM parcels WHERE note = ^'x", "never ends"),
    ('SELECT * FROM parcels WHERE ^"note = 1', "never ends"),
    ("SELECT * FROM parcels WHERE ^`note` = 1", "double quotes"),
    ("SELECT * FROM parcels WHERE 'x'^(note) = 1", "an operator or a comma is missing"),
    ("SELECT * FROM parcels WHERE note = ^@x", "written :name or ?"),
    ("SELECT * FROM parcels WHERE note ^== 'x'", "one ="),
    ("SELECT * FROM parcels WHERE note = :a AND note = ^?", "by name or by ?"),
    ("SELECT * FROM parcels WHERE note = 'a' ^; SELECT * FROM plain", "one statement at a time"),
    ("SELECT * FROM parcels WHERE note = 'a' ^WHERE paid = true", "a second WHERE"),
    ("SELECT id, ^FROM parcels", "nothing stands after the comma"),
    ("SELECT id FROM parcels WHERE pieces IN (1,^)", "nothing stands after the comma"),
    ("SELECT id FROM parcels WHERE ^(note = 'a'", "never closed"),
    ("SELECT id FROM parcels WHERE note = 'a'^)", "closes nothing"),
    ("SELECT id FROM parcels WHERE ^note", "a condition is wanted"),
    ("SELECT id FROM parcels ^WHERE", "unexpected"),
    ("SELECT ^id", "FROM is missing"),
    ("INSERT INTO parcels VALUES (^'p1', 'x')", "name the columns"),
    ("INSERT INTO parcels (id, at) VALUES ('a', 'b'), (^'c', 'd')", "one item a statement"),
    ("INSERT INTO parcels VALUE ^<<{'id': 'a'}>>", "one item a statement"),
    ("INSERT INTO parcels VALUE ^{}", "an item has its key"),
    ("INSERT INTO ^parcels (id, at) VALUES ('a')", "2 columns have 1 values"),
    ("INSERT INTO parcels (id, id) VALUES ('a', ^'b')", "Parcel.id is there twice"),
    ("INSERT INTO parcels VALUE ^{'id': 'a', 'customer': 'x', 'customerId': 'y'}", "Parcel.customer is there twice"),
    ("INSERT INTO parcels VALUE ^{'nothing': 'a'}", "has no column nothing"),
    ("INSERT INTO parcels (id, ^\"nothing\") VALUES ('a', 1)", "is not declared"),
    ("INSERT INTO parcels (id, note) VALUES ('a', ^id)", "not other attributes"),
    ("INSERT INTO parcels (id, at) ^SELECT id FROM plain", "a statement inside a statement"),
    ("INSERT INTO parcels VALUE {'id': 'a'} ^ON CONFLICT DO NOTHING", "no joins"),
    ("INSERT INTO parcels VALUE {'id': 'a'} ^RETURNING ALL OLD *", "belongs to UPDATE and DELETE"),
    ("INSERT INTO ^parcels.\"status-index\" VALUE {'id': 'a'}", "the table is written"),
    ("UPDATE parcels SET ^id = 'b' WHERE id = 'a'", "part of the key"),
    ("UPDATE parcels SET weight = ^weight + 1 + 2 WHERE id = 'a'", "two terms, not three"),
    ("UPDATE parcels SET weight = ^1 + 2 WHERE id = 'a'", "one of the two terms is an attribute"),
    ("UPDATE parcels SET weight = weight ^* 2 WHERE id = 'a'", "no multiplication"),
    ("UPDATE parcels SET note = ^size(note) WHERE id = 'a'", "is no value of SET"),
    ("UPDATE parcels SET tags = ^set_add(note, <<'a'>>) WHERE id = 'a'", "changes the set it is given to"),
    ("UPDATE parcels SET tags = set_add(tags, ^['a']) WHERE id = 'a'", "takes a set"),
    ("UPDATE parcels SET list = list_append(list, ^5) WHERE id = 'a'", "joins two lists"),
    ("UPDATE parcels SET note = 'a', ^REMOVE paid WHERE id = 'a'", "nothing stands after the comma"),
    ("UPDATE parcels REMOVE note, ^paid WHERE id = 'a'", "REMOVE of its own"),
    ("UPDATE parcels SET note = 'a' FROM ^plain WHERE id = 'a'", "DynamoDB has no joins"),
    ("UPDATE parcels SET note = 'a' WHERE id = 'a' ^LIMIT 1", "LIMIT belongs to SELECT"),
    ("UPDATE parcels SET note = 'a' WHERE id = 'a' RETURNING ^id", "the statement ends too early"),
    ("UPDATE parcels SET note = 'a' WHERE id = 'a' RETURNING ^SOME OLD *", "RETURNING ALL OLD *"),
    ("DELETE FROM parcels ^USING plain WHERE id = 'a'", "no joins"),
    ("DELETE FROM parcels WHERE id = 'a' ^RETURNING ALL NEW *", "delete can return NONE, ALL_OLD"),
    ("DELETE FROM parcels WHERE id = 'a' ^ORDER BY at", "ORDER belongs to SELECT"),
    ("DELETE ^parcels FROM plain WHERE id = 'a'", "one table a statement"),
]


@pytest.mark.parametrize(("marked", "problem"), REFUSED, ids=[marked for marked, _ in REFUSED])
def test_refused_by_name(marked: str, problem: str) -> None:
    """What DynamoDB has no meaning for is refused at its place, saying what it is and what to do."""
    offset = marked.find("^")
    text = marked.replace("^", "")
    with pytest.raises(SqlError) as caught:
        sql(text, Base, metadata)
    assert problem in caught.value.problem
    assert caught.value.text == text
    if offset >= 0 and "the statement ends too early" not in problem:
        assert caught.value.offset == offset
    assert str(caught.value).endswith("^")


# What is said is also done.

PARCELS = [
    {"id": "p1", "at": NOON, "customer": "c1", "weight": Decimal("12.5"), "note": "fragile", "tags": {"a", "b"},
     "paid": True, "lines": [Line("a", 2), Line("b", 3)], "numbers": [1, 2], "info": {"color": "red"}, "pieces": 3,
     "ratio": 0.5, "day": date(2026, 1, 2), "ref": JOB, "expires": datetime(2026, 2, 1, tzinfo=UTC),
     "current_date": "x"},
    {"id": "p1", "at": datetime(2026, 1, 3, tzinfo=UTC), "customer": "c1", "weight": 6, "status": Status.SENT,
     "tags": {"b"}, "pieces": 1, "day": date(2026, 1, 3), "note": "it's", "ratio": 0.25,
     "info": {"color": "blue", "a b": "x"}},
    {"id": "p2", "at": NOON, "customer": "c1", "weight": Decimal("0.5"), "pieces": 2, "note": "c1", "paid": True},
    {"id": "p3", "at": NOON, "customer": "c2", "weight": -15, "status": Status.SENT, "pieces": 5, "lines": [Line("a")]},
    {"id": "p4", "at": NOON, "customer": "c2", "weight": 20, "pieces": 1, "paid": True, "numbers": [1],
     "note": "frost"},
]  # fmt: skip


def filled(engine: Engine) -> Engine:
    """An engine that holds the parcels, and one item that nobody declared: its note is NULL."""
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    for values in PARCELS:
        engine.execute(insert(P).values(**values))
    engine.execute(insert(P).values(id="p5", at=NOON, customer="c3", weight=1))
    item = {
        "id": {"S": "p6"}, "at": {"S": "2026-01-02T12:00:00.000000Z"}, "customerId": {"S": "c3"}, "weight": {"N": "7"},
        "note": {"NULL": True}, "array": {"L": [{"N": "1"}]}, 'a"b': {"N": "1"}, "status": {"S": "new"},
    }  # fmt: skip
    engine.send("PutItem", TableName=engine.settings.name(Parcel.__table__), Item=item)
    return engine


@pytest.fixture(scope="module")
def local() -> Iterator[Engine]:
    """The embedded engine with the parcels."""
    with create_engine("local://") as engine:
        yield filled(engine)


@pytest.fixture(scope="module")
def real(dynamodb_local_endpoint: str) -> Iterator[Engine]:
    """DynamoDB Local with the parcels."""
    url = f"dynamodb://us-east-1/?endpoint_url={dynamodb_local_endpoint}&table_prefix=sql{uuid.uuid4().hex[:8]}-"
    with create_engine(url) as engine:
        yield filled(engine)
        Base.metadata.drop_all(engine)


def rows_of(engine: Engine, statement: Any, parameters: Any = None) -> list[str]:
    """The rows of a read, in an order of their own where the statement gives none."""
    allowed = statement.allow_scan() if isinstance(statement, Select) else statement
    if isinstance(statement, Count):
        allowed = replace(statement, query=statement.query.allow_scan())
    found = [repr(sorted(row.mapping.items())) for row in engine.execute(allowed, parameters)]
    return found if isinstance(statement, Select) and statement.ordering is not None else sorted(found)


@pytest.mark.parametrize("row", [*READS, *COUNTS], ids=lambda row: row.text)
def test_reads_find_the_same(row: Row, local: Engine) -> None:
    """SQL finds what Python finds."""
    found = rows_of(local, sql(row.text, Base), row.parameters)
    assert found == rows_of(local, row.statement, row.parameters)
    assert found, "a row that finds nothing tests nothing"


SAID_OTHERWISE = {
    "SELECT * FROM parcels WHERE status IN ['new', 'sent']": "it is two queries of an index",
    "SELECT * FROM parcels WHERE note = customer": "DynamoDB Local fails on two attributes in PartiQL",
    "SELECT * FROM parcels WHERE customer = 'c1' AND weight > 5 LIMIT 2": "Limit counts what is read before the filter",
}
"""Reads that PartiQL can't say, or a real engine can't answer, and why."""


@pytest.mark.engine
@pytest.mark.parametrize("row", READS, ids=lambda row: row.text)
def test_partiql_finds_the_same(row: Row, real: Engine) -> None:
    """On DynamoDB Local the text, the Python form and PartiQL's ExecuteStatement give the same rows."""
    statement = sql(row.text, Base)
    found = rows_of(real, statement, row.parameters)
    assert found == rows_of(real, row.statement, row.parameters)
    if row.text in SAID_OTHERWISE:
        return
    bound = statement.bindparams(**row.parameters) if isinstance(row.parameters, dict) else statement
    bound = bound.bindparams(*row.parameters) if isinstance(row.parameters, list) else bound
    request = bound.allow_scan().compile("partiql")
    text = request.params["Statement"].replace('FROM "parcels"', f'FROM "{real.settings.name(P.__table__)}"')
    items: list[Any] = []
    params = request.params | {"Statement": text}
    while True:
        answer = real.send(request.operation, **params)
        items += answer["Items"]
        if "NextToken" not in answer or "Limit" in params:
            break
        params["NextToken"] = answer["NextToken"]
    make = row_maker(statement)
    said = [repr(sorted(make(item).mapping.items())) for item in items]
    assert (said if statement.ordering is not None else sorted(said)) == found


@pytest.mark.engine
@pytest.mark.parametrize("row", WRITES, ids=lambda row: row.text)
def test_partiql_writes_the_same(row: Row, real: Engine) -> None:
    """A write leaves the same item behind whether it is executed, or sent as PartiQL."""
    statement = sql(row.text, Base, metadata)
    if statement.table is plain:
        return
    if row.parameters is not None:
        given = row.parameters if isinstance(row.parameters, dict) else {}
        statement = statement.bindparams(*(() if given else row.parameters), **given)
    key = ("p9" if "p9" in str(statement) else "p1", NOON)
    request = statement.compile("partiql")
    text = request.params["Statement"].replace('"parcels"', f'"{real.settings.name(P.__table__)}"', 1)
    before = real.send("GetItem", TableName=real.settings.name(P.__table__), Key=get(P, key).key).get("Item")

    def left() -> Any:
        """The item, which is then put back as it was."""
        found = real.send("GetItem", TableName=real.settings.name(P.__table__), Key=get(P, key).key).get("Item")
        if before is None:
            real.send("DeleteItem", TableName=real.settings.name(P.__table__), Key=get(P, key).key)
        else:
            real.send("PutItem", TableName=real.settings.name(P.__table__), Item=before)
        return found and {name: freeze(wire) for name, wire in found.items()}

    returned = None
    try:
        returned = real.execute(statement).returned
        failed = False
    except ConditionFailed:
        failed = True
    executed = left()
    try:
        answer = real.send("ExecuteStatement", **request.params | {"Statement": text})
        assert bool(answer.get("Items")) == (returned is not None)
    except ConditionFailed:
        assert failed
    assert left() == executed


@pytest.mark.parametrize("row", WRITES, ids=lambda row: row.text)
def test_writes_are_carried_out(row: Row) -> None:
    """A write said in SQL is carried out like one said in Python."""
    with create_engine("local://") as engine:
        metadata.create_all(engine)
        filled(engine)
        statement = sql(row.text, Base, metadata)
        if "paid = false" in row.text:
            with pytest.raises(ConditionFailed, match="paid"):
                engine.execute(statement, row.parameters)
        else:
            engine.execute(statement, row.parameters)


def test_a_session_takes_sql() -> None:
    """A session gives objects for SELECT *, rows for columns, and takes writes into its commit; parameters as well."""
    with create_engine("local://") as engine, Session(filled(engine)) as session:
        found = session.scalars(sql("SELECT * FROM parcels WHERE id = :id", P), {"id": "p2"}).one()
        assert isinstance(found, Parcel)
        row = session.execute(sql("SELECT id, weight FROM parcels WHERE id = ?", P), ["p2"]).one()
        assert row.weight == Decimal("0.5")
        session.execute(sql("UPDATE parcels SET weight = ? WHERE id = ? AND at = ?", P), [3, "p2", NOON])
        session.execute(sql("DELETE FROM parcels WHERE id = 'p3' AND at = ?", P), [NOON])
        session.commit()
        assert session.get(P, ("p3", NOON)) is None
        assert engine.execute(get(P, ("p2", NOON))).one().weight == 3
        with pytest.raises(PlaceholderError, match=r":id: no value was given"):
            session.execute(sql("DELETE FROM parcels WHERE id = :id AND at = '2026-01-02T12:00:00Z'", P))


# Parameters.


@pytest.mark.parametrize(
    ("text", "parameters", "problem"),
    [
        ("SELECT * FROM parcels WHERE id = :a AND weight > :b", None, r":a, :b: no value was given"),
        ("SELECT * FROM parcels WHERE id = :a AND weight > :b", {"a": "p1"}, r"^:b: no value was given"),
        ("SELECT * FROM parcels WHERE id = :a", {"a": "p1", "c": 1}, r"no parameter :c; it has :a"),
        ("SELECT * FROM parcels WHERE id = 'p1'", {"c": 1}, r"no parameter :c; it has none"),
        ("SELECT * FROM parcels WHERE id = ? AND weight > ?", ["p1"], r"has 2 parameters \?, and 1 values"),
        ("SELECT * FROM parcels WHERE id = :a", ["p1"], r"the parameters have names"),
        ("SELECT * FROM parcels WHERE id = :a", "p1", r"as a mapping of names"),
        ("SELECT * FROM parcels WHERE id = :a", {"a": 5}, r"can't store 5"),
        ("SELECT * FROM parcels WHERE id = :a", {"a": None}, r"IS NULL"),
        ("SELECT * FROM parcels WHERE id = :a", {"a": P.note}, r"not the expression note"),
        ("SELECT * FROM parcels WHERE begins_with(note, :a)", {"a": 1}, r"can't store 1"),
        ("SELECT * FROM parcels WHERE contains(tags, :a)", {"a": 1}, r"can't store 1"),
        ("SELECT * FROM parcels WHERE lines[0].quantity = :a", {"a": "x"}, r"can't store 'x'"),
        ("SELECT * FROM parcels WHERE size(note) = :a", {"a": "x"}, r"can't store 'x'"),
        ("UPDATE parcels SET weight = weight + :a WHERE id = :b AND at = :c", None, r":a, :b, :c: no value"),
        ("UPDATE parcels SET weight = :a WHERE id = 'p1'", {"a": "x"}, r"can't store 'x'"),
        ("INSERT INTO parcels (id, weight) VALUES (:a, :b)", {"a": "x"}, r":b: no value was given"),
        ("INSERT INTO parcels (id, weight) VALUES (:a, :b)", {"a": "x", "b": "y"}, r"can't store 'y'"),
    ],
)
def test_wrong_parameters(text: str, parameters: Any, problem: str, local: Engine) -> None:
    """A missing, unknown or unfitting value is named before anything is sent."""
    before = repr(local.consumed)
    with pytest.raises((ArgumentError, PlaceholderError, ValueNotStorable), match=problem):
        local.execute(sql(text, Base), parameters)
    assert repr(local.consumed) == before


def test_parameters_in_python() -> None:
    """What is bound in Python is encoded as literals are; several calls may give parts, a later one what is left."""
    statement = select(P).where(P.at > parameter("at"), P.status == parameter("s"))
    bound = statement.bindparams(at=NOON).bindparams(s=Status.SENT)
    assert bound == select(P).where(P.at > NOON, P.status == Status.SENT)
    assert "at > :at" in str(statement)
    assert ":at" in str(statement.where(P.id == "x").explain())
    assert statement.bindparams() == statement


def test_a_transaction_takes_parameters() -> None:
    """Parameters reach the statements inside a transaction."""
    wanted = transact(
        sql("UPDATE parcels SET weight = :w WHERE id = :id AND at = :at", P),
        sql("DELETE FROM parcels WHERE id = 'p2' AND at = :at", P),
    )
    bound = wanted.bindparams(w=5, id="p1", at=NOON)
    assert bound == transact(
        update(P).where(*_KEY).set(P.weight, Decimal(5)), delete(P).where(P.id == "p2", P.at == NOON)
    )
    with pytest.raises(PlaceholderError, match=":w, :id, :at"):
        create_engine("local://").execute(wanted)


def test_printing_open_parameters() -> None:
    """Statements with open parameters are printed with `:name` in their places; so is explain()."""
    shown = {
        "SELECT id FROM parcels WHERE id = :id AND at > ?".replace("?", ":at"):
            "SELECT id FROM parcels WHERE id = :id AND at > :at",
        "UPDATE parcels SET weight = weight + :d WHERE id = 'a' AND at = :at RETURNING ALL NEW *":
            'UPDATE parcels SET weight = weight + :d WHERE id = "a" AND at = :at RETURNING ALL_NEW',
        "INSERT INTO parcels VALUE {'id': :id, 'weight': 5}": "INSERT INTO parcels VALUE {'weight': 5, 'id': :id}",
        "DELETE FROM parcels WHERE id = ? AND at = ?": "DELETE FROM parcels WHERE id = :1 AND at = :2",
        "SELECT COUNT(*) FROM parcels WHERE id = :id": "SELECT COUNT(*) FROM parcels WHERE id = :id",
    }  # fmt: skip
    for text, printed in shown.items():
        assert str(sql(text, Base)) == printed
    assert ":id" in str(sql("SELECT COUNT(*) FROM parcels WHERE id = :id", Base).explain())
    assert str(put(plain).values(id=parameter("x"))) == "PUT INTO plain VALUE {'id': :x}"


# What sql() is given besides the text.


def test_where_tables_come_from() -> None:
    """A Base, a MetaData, a model, a Table and several of them say what names mean; anything else is refused."""
    for source in (Base, Base.metadata, P, P.__table__):
        assert sql("SELECT * FROM parcels", source) == select(P)
    assert sql("SELECT * FROM plain", Base, plain) == select(plain)
    with pytest.raises(ArgumentError, match="needs to know the tables"):
        sql("SELECT * FROM parcels")
    with pytest.raises(ArgumentError, match="takes a Base"):
        sql("SELECT * FROM parcels", 5)
    with pytest.raises(ArgumentError, match="a text is wanted"):
        sql(b"SELECT 1", Base)  # type: ignore[arg-type]


def test_names_of_two_columns() -> None:
    """Where a name means two columns, double quotes tell them apart."""
    c = swapped.c
    assert sql('SELECT * FROM swapped WHERE "a" = 1', swapped) == select(swapped).where(c.c == 1)
    assert sql("SELECT * FROM swapped WHERE \"b\" = 'x'", swapped) == select(swapped).where(c.a == "x")
    assert sql("SELECT * FROM swapped WHERE c = 1", swapped) == select(swapped).where(c.c == 1)


def test_without_the_key() -> None:
    """A write without the whole key is refused like one made in Python."""
    with pytest.raises(KeyRequired):
        sql("DELETE FROM parcels WHERE id = 'a'", P).compile()


# Limits.


def test_length_and_depth() -> None:
    """Statements up to 8,192 characters and 32 levels are taken; longer and deeper ones refused, without recursion."""
    long = "SELECT * FROM plain WHERE id = '{}'"
    assert sql(long.format("x" * (8192 - len(long) + 2)), plain)
    with pytest.raises(SqlError, match="8,193 characters"):
        sql(long.format("x" * (8193 - len(long) + 2)), plain)
    deep = "SELECT * FROM plain WHERE {}n = 1{}"
    assert sql(deep.format("(" * 32, ")" * 32), plain) == select(plain).where(plain.c.n == 1)
    with pytest.raises(SqlError, match="more than 32 levels"):
        sql(deep.format("(" * 33, ")" * 33), plain)
    with pytest.raises(SqlError, match="more than 32 NOTs"):
        sql(deep.format("NOT " * 33, ""), plain)
    with pytest.raises(SqlError, match="nest at most 32 levels"):
        sql(deep.format("", "") + f' AND "x" = {"[" * 40}{"]" * 40}', plain)
    wide = sql("SELECT * FROM plain WHERE " + " OR ".join(["n = 1"] * 900), plain)
    with pytest.raises(ExpressionTooLarge):
        wide.allow_scan().compile()


def test_no_stack_is_too_short() -> None:
    """Where the caller's own stack is nearly used up, the error is SqlError too."""

    def deeper(levels: int) -> Any:
        return (
            sql("SELECT * FROM plain WHERE " + "(" * 30 + "n = 1" + ")" * 30, plain)
            if not levels
            else deeper(levels - 1)
        )

    for depth in range(0, 900, 50):  # how much of the stack a parser takes is its own affair
        try:
            assert deeper(depth) == select(plain).where(plain.c.n == 1)
        except SqlError as error:
            assert "nested too deeply" in error.problem  # noqa: PT017


_PIECES = sorted({piece for row in [*READS, *COUNTS, *WRITES] for piece in re.findall(r"\w+|'[^']*'|\S", row.text)})


@given(st.data())
def test_mutated_texts(data: st.DataObject) -> None:
    """A text that was changed somewhere gives a statement or an SqlError that points into it, and nothing else."""
    pieces = re.findall(r"\w+|'[^']*'|\S", data.draw(st.sampled_from([*READS, *COUNTS, *WRITES])).text)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(pieces) - 1))
        pieces[place : place + data.draw(st.integers(0, 1))] = data.draw(st.lists(st.sampled_from(_PIECES), max_size=2))
        pieces = pieces or ["SELECT"]
    text = " ".join(pieces)
    try:
        statement = sql(text, Base, metadata)
    except SqlError as error:
        assert 0 <= error.offset <= len(text)  # noqa: PT017 - most are refused, some are not
        return
    # What was understood keeps every value: each literal of the text is found in what is printed.
    printed = repr(getattr(statement, "condition", None)) + str(statement)
    for literal in set(re.findall(r"'(fr|fragile|c1|zz)'", text)):
        assert literal in printed


@pytest.mark.parametrize("text", ["SELECT id FROM parcels WHERE note = 'x'", "DELETE FROM parcels WHERE note = 'x'"])
def test_a_part_that_is_dropped_is_an_error(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a clause forgotten by the reader, its parts would be missed, and refused."""
    monkeypatch.setattr("dynexpr.frontends.sql_statements.Reader._where", lambda _self, _tree, statement: statement)
    with pytest.raises(SqlError, match="it has no meaning here, at offset") as caught:
        sql(text, Base)
    assert caught.value.offset == text.index("note")


# PartiQL.


def test_partiql_goes_by_the_plan() -> None:
    """The text names the index that was planned, so that DynamoDB does not read the whole table."""
    request = select(P).where(P.customer == "c1", P.weight > 5).order_by(P.at.desc()).page_size(10).compile("partiql")
    assert request.method == "execute_statement"
    assert request.params == {
        "Statement": 'SELECT * FROM "parcels"."customer-index" WHERE "customerId" = ? AND "weight" > ? '
        'ORDER BY "at" DESC',
        "Parameters": [{"S": "c1"}, {"N": "5"}],
        "Limit": 10,
    }
    request = get(P, ("p1", NOON)).consistent_read().compile("partiql")
    assert request.params["Statement"] == 'SELECT * FROM "parcels" WHERE "id" = ? AND "at" = ?'
    assert request.params["ConsistentRead"] is True


@pytest.mark.parametrize(
    ("statement", "error", "problem"),
    [
        (select(P).where(P.customer == "c1", P.weight > 5).limit(3), NotOneRequest, "page_size"),
        (select(P).where(P.id.in_([])), NotOneRequest, "nothing would be sent"),
        (sql("SELECT COUNT(*) FROM parcels", P), ArgumentError, r"no COUNT\(\*\)"),
        (put(plain).values(id="x"), ArgumentError, "no statement for Put"),
        (insert(plain).values(id="x", n=1).where(attr("n") > 1), ArgumentError, "without further conditions"),
        (update(P).where(*_KEY).set(P.note, "x").upsert(), ArgumentError, "upsert"),
        (update(P).where(*_KEY).add(P.pieces, 1), ExpressionError, "adds to sets only"),
        (update(plain).where(plain.c.id == "x"), ArgumentError, "nothing to set"),
        (delete(P).where(*_KEY).must_exist(), ArgumentError, "must_exist"),
        (select(P).where(P.id == parameter("x")), PlaceholderError, ":x: no value was given"),
        (update(P).where(*_KEY, P.note == "x" * 5).set(P.note, parameter("y")), PlaceholderError, ":y"),
        (transact(delete(P).where(*_KEY)), ArgumentError, "no statement for Transact"),
    ],
)
def test_what_partiql_can_not_say(statement: Any, error: type[Exception], problem: str) -> None:
    """What PartiQL has no words for is refused, and never said wrongly."""
    with pytest.raises(error, match=problem):
        statement.compile("partiql")


def test_dialects_there_are() -> None:
    """compile() knows two languages."""
    with pytest.raises(ArgumentError, match="'dynamodb' or 'partiql'"):
        select(P).compile("sqlite")  # type: ignore[arg-type]


def test_partiql_is_at_most_8192_characters() -> None:
    """A text that ExecuteStatement would refuse for its length is refused before."""
    with pytest.raises(ExpressionTooLarge, match="8,192"):
        update(plain).where(plain.c.id == "x").set(attr("y" * 8192), 1).compile("partiql")


@given(strategies.sayable_conditions())
def test_round_trip_of_conditions(condition: Condition) -> None:
    """A condition said in PartiQL and read again is the same condition."""
    request = select(plain).where(condition).allow_scan().using(plain).compile("partiql")
    read = sql(request.params["Statement"], plain)
    bound = read.bindparams(*(decode(wire) for wire in request.params.get("Parameters", ())))
    assert bound.condition == conjunction((condition,))


@given(strategies.sayable_actions())
def test_round_trip_of_updates(action: Action) -> None:
    """An action said in PartiQL and read again is the same action."""
    key = plain.c.id == "x"
    request = replace(update(plain).where(key), actions=(action,)).compile("partiql")
    read = sql(request.params["Statement"], plain)
    assert read.bindparams(*(decode(wire) for wire in request.params["Parameters"])).actions == (action,)


@pytest.mark.engine
def test_boto3_takes_it_as_it_is(dynamodb_local_endpoint: str) -> None:
    """What compile("partiql") gives goes straight into boto3's client."""
    client: Any = boto3.client(
        "dynamodb", endpoint_url=dynamodb_local_endpoint, region_name="us-east-1",
        aws_access_key_id="x", aws_secret_access_key="x",
    )  # fmt: skip
    with create_engine(client=client) as engine:
        metadata.drop_all(engine, [plain])
        metadata.create_all(engine, [plain])
        client.execute_statement(**insert(plain).values(id="a", n=Decimal("1.50")).compile("partiql").params)
        answer = client.execute_statement(**select(plain).where(plain.c.id == "a").compile("partiql").params)
        assert answer["Items"] == [{"id": {"S": "a"}, "n": {"N": "1.5"}}]
        metadata.drop_all(engine, [plain])


def test_sqlglot_is_loaded_by_the_first_statement_only() -> None:
    """Importing sql loads no sqlglot; the first text does."""
    code = (
        "import sys, json; from dynexpr import sql, MetaData, Table, Column, ColumnOptions\n"
        "from dynexpr.types import String\n"
        "t = Table('plain', MetaData(), Column('id', String(), ColumnOptions(partition_key=True)))\n"
        "before = 'sqlglot' in sys.modules; sql('SELECT * FROM plain', t)\n"
        "print(json.dumps([before, 'sqlglot' in sys.modules]))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert json.loads(printed) == [False, True]
