"""Does the error of an update that its item does not allow say which item, which attribute, and what to do?"""

from collections.abc import Iterator
from typing import Any

import pytest

from dynexpr import Column, ColumnOptions, Engine, MetaData, Table, attr, create_engine, insert, put, transact, update
from dynexpr.errors import RequestRefused, TransactionCancelled
from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column
from dynexpr.statements.write import UpdateStatement
from dynexpr.types import String

# ruff: noqa: E501  a row is a line, so that rows can be compared

RAW = Table("refusals", MetaData(), Column("id", String(), ColumnOptions(partition_key=True)))
MISSING = "The provided expression refers to an attribute that does not exist in the item"
INVALID = "The document path provided in the update expression is invalid for update"
WRONG = "An operand in the update expression has an incorrect data type"

U: UpdateStatement[Any] = update(RAW).where(RAW.c.id == "a")
ITEM = U.set(attr("n"), 1).set(attr("text"), "x").set(attr("empty"), []).set(attr("m"), {}).upsert()
HERE = 'refusals ("a"): '
ROWS: list[tuple[str, Any, str]] = [
    ("a sum", U.set(attr("count"), attr("count") + 1), f"{HERE}{MISSING}: count is missing; if_not_exists() gives another value instead"),
    ("several", U.set(attr("a"), attr("b") - attr("c")).set(attr("d"), attr("b")), f"{HERE}{MISSING}: b or c is missing"),
    ("behind if_not_exists()", U.set(attr("a"), attr("b").if_not_exists(attr("c"))), f"{HERE}{MISSING}: c is missing"),
    ("a list", U.set(attr("log"), attr("log").append("x")), f"{HERE}{MISSING}: log is missing"),
    ("inside an empty list", U.set(attr("empty[0].n"), 5), f"{HERE}{INVALID}: what empty[0].n is inside of is missing, or of another type; set the whole of it first"),
    ("inside nothing", U.set(attr("n"), 2).remove(attr("x.y.z")), f"{HERE}{INVALID}: what x.y.z is inside of is missing"),
    ("inside a text", U.add(attr("text.n"), 1).set(attr("m.k"), 1), f"{HERE}{INVALID}: what text.n or m.k is inside of"),
    ("ADD to a text", U.add(attr("text"), 1), f"{HERE}{WRONG}: text holds another type than the update counts on"),
    ("DELETE from a number", U.delete(attr("n"), {"x"}), f"{HERE}{WRONG}: n holds another type"),
    ("a sum of a text", U.set(attr("a"), attr("text") + attr("n")), f"{HERE}{WRONG}: text or n holds another type"),
    ("appending to a map", U.set(attr("m"), attr("m").append(1)), f"{HERE}{WRONG}: m holds another type"),
    ("a default of another type", U.set(attr("m"), attr("m").if_not_exists(0) + 1), f"{HERE}{WRONG}: m holds another type"),
]  # fmt: skip


@pytest.fixture
def filled(engine: Engine) -> Iterator[Engine]:
    """An engine with the item."""
    RAW.metadata.create_all(engine)
    engine.execute(ITEM)
    yield engine
    RAW.metadata.drop_all(engine)


@pytest.mark.parametrize(("statement", "says"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_refused(filled: Engine, statement: Any, says: str) -> None:
    """The service's own words are in it, and its error behind it."""
    with pytest.raises(RequestRefused) as alone:
        filled.execute(statement)
    assert f"UpdateItem: {says}" in str(alone.value)
    assert alone.value.code == "ValidationException"
    assert isinstance(alone.value.__cause__, RequestRefused)


@pytest.mark.parametrize(("statement", "says"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_refused_in_a_transaction(statement: Any, says: str) -> None:
    """So does the reason of its action. (DynamoDB Local refuses the transaction as a whole, without reasons.)"""
    with create_engine("local://") as engine:
        RAW.metadata.create_all(engine)
        engine.execute(ITEM)
        with pytest.raises(TransactionCancelled) as cancelled:
            engine.execute(transact(statement))
    assert says in str(cancelled.value)
    assert says in str(cancelled.value.failures[0].error)


class Own(DeclarativeBase):
    """The model of this file."""


class Patient(Own):
    """Has a key that nobody may see."""

    number: Mapped[str] = mapped_column(partition_key=True, sensitive=True)
    visits: Mapped[Any]


def test_a_sensitive_key_is_not_told() -> None:
    """Nor any, where the engine hides all values."""
    for hidden in (False, True):
        with create_engine("local://", hide_parameters=hidden) as engine:
            Own.metadata.create_all(engine)
            engine.execute(insert(Patient).values(number="a-1"))
            with pytest.raises(RequestRefused, match="visits is missing") as caught:
                engine.execute(update(Patient).where(Patient.number == "a-1").set(Patient.visits, Patient.visits + 1))
            assert "a-1" not in str(caught.value)


def test_a_commit_says_so_too() -> None:
    """An object whose attribute was given an expression."""
    with create_engine("local://") as engine:
        Own.metadata.create_all(engine)
        engine.execute(put(Patient).values(number="a-1"))
        with Session(engine) as session:
            patient = session.get_one(Patient, "a-1")
            patient.visits = Patient.visits + 1
            with pytest.raises(RequestRefused, match="visits is missing; if_not_exists"):
                session.commit()
