# ruff: noqa: E711, SIM300 - comparisons with None, and literals on the left, are what is tested
"""Does SQL say what Python says, to the letter, and is all else refused by name?

A row is a text, the statement it stands for, and the values of its parameters. Each SELECT is run as SQL, as Python and
as PartiQL; what has no meaning in DynamoDB stands in REFUSED, with a ^ before the word that the error points at.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import boto3
import pytest
from hypothesis import given

from dynexpr import (
    Column,
    ColumnOptions,
    MetaData,
    Table,
    and_,
    attr,
    create_engine,
    delete,
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
from dynexpr.expression.nodes import Action, Condition, Parameter, conjunction, replace
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
    """A column of each type; two are stored under other names."""

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
    list: Mapped[list[int]] = mapped_column(default_factory=list)
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
    Row("SELECT * FROM parcels WHERE list[0] = 1 AND \"list\"[1] = 2", select(P).where(P.list[0] == 1, P.list[1] == 2)),
    Row("SELECT list FROM parcels WHERE list = [1, 2]", select(P.list).where(P.list == [1, 2])),
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
    Row("SELECT * FROM parcels WHERE NOT (pieces = 1 OR pieces = 2) AND (paid = true AND (weight > 1))", select(P).where(
        ~or_(P.pieces == 1, P.pieces == 2), P.paid == True, P.weight > 1)),  # noqa: E712
    Row("SELECT * FROM parcels WHERE customer = 'c1' AND (status = 'new' OR note IS MISSING)", select(P).where(
        P.customer == "c1", or_(P.status == Status.NEW, P.note.attribute_not_exists()))),
    Row("SELECT * FROM parcels WHERE note = customer", select(P).where(P.note == P.customer)),
]  # fmt: skip

COUNTS = [
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
        update(P).where(*_KEY, P.weight < 100).set(P.weight, P.weight + 5).set(P.pieces, 10 - P.pieces)),
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
        update(P).where(*_KEY).add(P.tags, {"v"}).set(P.list, P.list.append(3, 4))),
    Row(f"UPDATE parcels SET tags = set_delete(tags, ?), list = list_append([0], if_not_exists(list, [])) WHERE {KEY}",
        update(P).where(*_KEY).delete(P.tags, parameter("1")).set(P.list, P.list.prepend(0, create_missing=True)),
        [{"a"}]),
    Row(f"UPDATE parcels SET list = list_append(list, :more) WHERE {KEY}",
        update(P).where(*_KEY).set(P.list, parameter("list")), {"more": [5]}),
    Row(f"UPDATE parcels SET lines[0].sku = 'z', info.color = note, lines = [{{'sku': 'q'}}] WHERE {KEY} RETURNING ALL NEW *",
        update(P).where(*_KEY).set(P.lines[0].at(lambda line: line.sku), "z").set(P.info["color"], P.note)
        .set(P.lines, [Line("q")]).returning("ALL_NEW")),
    Row(f'UPDATE parcels SET "extra" = {{\'a\': [1]}} WHERE {KEY} RETURNING MODIFIED OLD *',
        update(P).where(*_KEY).set(attr("extra"), {"a": [1]}).returning("UPDATED_OLD")),
    Row(f"UPDATE parcels SET note = 'b' WHERE {KEY} RETURNING MODIFIED NEW *",
        update(P).where(*_KEY).set(P.note, "b").returning("UPDATED_NEW")),
    Row(f"DELETE FROM parcels WHERE {KEY}", delete(P).where(*_KEY)),
    Row(f"DELETE FROM parcels WHERE {KEY} AND paid = false RETURNING ALL OLD *",
        delete(P).where(*_KEY, P.paid == False).returning("ALL_OLD")),  # noqa: E712
    Row("DELETE FROM parcels WHERE at = :at AND :id = id", delete(P).where(P.at == parameter("at"), P.id == parameter("id")),
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
    ("  ^", "the statement is empty"),
    ("^EXPLAIN SELECT * FROM parcels", "call .explain()"),
    ("^DROP TABLE parcels", "drop_all"),
    ("^VALUES (1)", "begins with SELECT, INSERT, UPDATE or DELETE"),
    ("^WITH x AS (SELECT 1) SELECT * FROM x", "no common table expressions"),
    ("SELECT * FROM parcels ^JOIN others ON a = b", "DynamoDB has no joins"),
    ("SELECT * FROM parcels, ^plain", "DynamoDB has no joins"),
    ("SELECT * FROM ^nowhere", "there is no table 'nowhere'; there are parcels, swapped, plain"),
    ('SELECT * FROM ^parcels."other-index"', 'has no index \'other-index\'; it has "customer-index"'),
    ("SELECT * FROM parcels ^p", "there are no aliases"),
    ("SELECT id ^AS x FROM parcels", "there are no aliases"),
    ("SELECT id ^x FROM parcels", "there are no aliases"),
    ("SELECT ^DISTINCT id FROM parcels", "does not remove duplicates"),
    ("SELECT ^ALL id FROM parcels", "no subqueries and no SELECT ALL"),
    ("SELECT customer, COUNT(*) FROM parcels ^GROUP BY customer", "does not group"),
    ("SELECT id, ^COUNT(*) FROM parcels", "COUNT(*) stands alone"),
    ("SELECT COUNT(^id) FROM parcels", "write COUNT(*)"),
    ("SELECT ^SUM(weight) FROM parcels", "add up the result in Python"),
    ("SELECT ^COUNT(*) FROM parcels LIMIT 3", "no ORDER BY and no LIMIT"),
    ("SELECT * FROM parcels WHERE id = 'a' ^HAVING weight > 1", "does not group"),
    ("SELECT * FROM parcels LIMIT 5 ^OFFSET 10", "session.page"),
    ("SELECT * FROM parcels LIMIT 5, ^10", "session.page"),
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
    ("SELECT *, ^id FROM parcels", "* stands alone"),
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
    ("SELECT * FROM parcels WHERE ^pieces = 1 = 2", "a value is wanted here"),
    ("SELECT * FROM parcels WHERE (^id, at) IN (('a', 'b'))", "no tuples"),
    ("SELECT * FROM parcels WHERE ^pieces IN ()", "IN has no values"),
    ("SELECT * FROM parcels WHERE pieces IN ^:list", "IN takes a list"),
    ("SELECT * FROM parcels WHERE ^5 BETWEEN 1 AND 9", "BETWEEN begins with an attribute"),
    ("SELECT * FROM parcels WHERE ^note < NULL", "nothing is less"),
    ("SELECT * FROM parcels WHERE ^note <> NULL", "IS NOT NULL"),
    ("SELECT * FROM parcels WHERE paid IS ^TRUE", "values are compared with ="),
    ("SELECT * FROM parcels WHERE ^size(note)", "compare it"),
    ("SELECT * FROM parcels WHERE ^begins_with(note)", "takes 2 arguments, not 1"),
    ("SELECT * FROM parcels WHERE ^nothing = 1", "has no column nothing; it has id, at"),
    ('SELECT * FROM parcels WHERE ^"customer" = 1', 'is stored as \'customerId\''),
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
    ("SELECT * FROM parcels WHERE info.^5 = 1", "a number is followed by"),
    ("SELECT * FROM parcels WHERE info.^= 1", "a name is wanted after the dot"),
    ("SELECT * FROM parcels WHERE note = ^'x", "never ends"),
    ('SELECT * FROM parcels WHERE ^"note = 1', "never ends"),
    ("SELECT * FROM parcels WHERE ^`note` = 1", "double quotes"),
    ("SELECT * FROM parcels WHERE note = ^@x", "written :name or ?"),
    ("SELECT * FROM parcels WHERE note ^== 'x'", "one ="),
    ("SELECT * FROM parcels WHERE note = :a AND note = ^?", "by name or by ?"),
    ("SELECT * FROM parcels WHERE note = 'a' ^; SELECT * FROM plain", "one statement at a time"),
    ("SELECT * FROM parcels WHERE note = 'a' ^WHERE paid = true", "a second WHERE"),
    ("SELECT id, ^FROM parcels", "nothing stands after the comma"),
    ("SELECT id FROM parcels WHERE pieces IN (1,^)", "nothing stands after the comma"),
    ("SELECT id FROM parcels WHERE ^(note = 'a'", "never closed"),
    ("SELECT id FROM parcels WHERE note = 'a'^)", "closes nothing"),
    ("SELECT id FROM parcels WHERE note^", "a condition is wanted"),
    ("SELECT id FROM parcels ^WHERE", "unexpected"),
    ("SELECT ^id", "FROM is missing"),
    ("INSERT INTO ^parcels VALUES ('p1', 'x')", "name the columns"),
    ("INSERT INTO parcels (id, at) VALUES ('a', 'b'), (^'c', 'd')", "one item a statement"),
    ("INSERT INTO parcels VALUE ^<<{'id': 'a'}>>", "one item a statement"),
    ("INSERT INTO parcels VALUE ^{}", "an item has its key"),
    ("INSERT INTO parcels (^id, at) VALUES ('a')", "2 columns have 1 values"),
    ("INSERT INTO parcels (id, id) VALUES ('a', ^'b')", "Parcel.id is there twice"),
    ("INSERT INTO parcels VALUE ^{'id': 'a', 'customer': 'x', 'customerId': 'y'}", "Parcel.customer is there twice"),
    ("INSERT INTO parcels VALUE ^{'nothing': 'a'}", "has no column nothing"),
    ('INSERT INTO parcels (id, ^"nothing") VALUES (\'a\', 1)', "is not declared"),
    ("INSERT INTO parcels (id, note) VALUES ('a', ^id)", "not other attributes"),
    ("INSERT INTO parcels (id, at) ^SELECT id FROM plain", "a statement inside a statement"),
    ("INSERT INTO parcels VALUE {'id': 'a'} ^ON CONFLICT DO NOTHING", "no joins"),
    ("INSERT INTO parcels VALUE {'id': 'a'} ^RETURNING ALL OLD *", "belongs to UPDATE and DELETE"),
    ('INSERT INTO ^parcels."status-index" VALUE {\'id\': \'a\'}', "the table is written"),
    ("UPDATE parcels SET ^id = 'b' WHERE id = 'a'", "part of the key"),
    ("UPDATE parcels SET ^weight = weight + 1 + 2 WHERE id = 'a'", "two terms, not three"),
    ("UPDATE parcels SET weight = ^1 + 2 WHERE id = 'a'", "one of the two terms is an attribute"),
    ("UPDATE parcels SET weight = weight ^* 2 WHERE id = 'a'", "no multiplication"),
    ("UPDATE parcels SET ^note = size(note) WHERE id = 'a'", "is no value of SET"),
    ("UPDATE parcels SET tags = set_add(^note, <<'a'>>) WHERE id = 'a'", "changes the set it is given to"),
    ("UPDATE parcels SET tags = set_add(tags, ^['a']) WHERE id = 'a'", "takes a set"),
    ("UPDATE parcels SET list = list_append(list, ^5) WHERE id = 'a'", "joins two lists"),
    ("UPDATE parcels SET note = 'a'^, REMOVE paid WHERE id = 'a'", "nothing stands after the comma"),
    ("UPDATE parcels REMOVE note, ^paid WHERE id = 'a'", "REMOVE of its own"),
    ("UPDATE parcels SET note = 'a' ^FROM plain WHERE id = 'a'", "DynamoDB has no joins"),
    ("UPDATE parcels SET note = 'a' WHERE id = 'a' LIMIT ^1", "LIMIT belongs to SELECT"),
    ("UPDATE parcels SET note = 'a' WHERE id = 'a' RETURNING ^id", "the statement ends too early"),
    ("UPDATE parcels SET note = 'a' WHERE id = 'a' RETURNING ^SOME OLD *", "RETURNING ALL OLD *"),
    ("DELETE FROM parcels ^USING plain WHERE id = 'a'", "no joins"),
    ("DELETE FROM parcels WHERE id = 'a' ^RETURNING ALL NEW *", "delete can return NONE, ALL_OLD"),
    ("DELETE FROM parcels WHERE id = 'a' ORDER BY ^at", "ORDER BY belongs to SELECT"),
    ("DELETE ^parcels FROM plain WHERE id = 'a'", ""),
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


