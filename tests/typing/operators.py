"""What a checker knows of columns and conditions; each ignored error is a line that must not check."""

# pyright: strict, reportUnusedExpression=false
# ruff: noqa: B015, B018 - a line that must not check need not do anything
import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, NewType, TypedDict, assert_type
from uuid import UUID

from dynexpr import attr, select
from dynexpr.columns import Column
from dynexpr.expression.nodes import Condition
from dynexpr.expression.operand import Expr, Mismatch, Operand
from dynexpr.orm import DeclarativeBase, Mapped, mapped_column

now = datetime.now(UTC)
UserId = NewType("UserId", str)


class Kind(enum.StrEnum):
    """Kept as text."""

    A = "a"


@dataclass
class Address:
    """A dataclass."""

    city: str
    floors: list[int]


class Line(TypedDict):
    """A TypedDict."""

    sku: str
    qty: int


class Base(DeclarativeBase):
    """The base."""


class Thing(Base):
    """A column of every kind."""

    id: Mapped[str] = mapped_column(partition_key=True)
    user: Mapped[UserId]
    kind: Mapped[Kind]
    word: Mapped[Literal["a", "b"]]
    note: Mapped[str | None]
    count: Mapped[int]
    maybe: Mapped[int | None]
    amount: Mapped[Decimal]
    ratio: Mapped[float]
    paid: Mapped[bool]
    data: Mapped[bytes]
    at: Mapped[datetime]
    day: Mapped[date]
    uid: Mapped[UUID]
    tags: Mapped[set[str]]
    numbers: Mapped[set[int] | None]
    names: Mapped[list[str]]
    lines: Mapped[list[Line]]
    matrix: Mapped[list[list[int]]]
    counts: Mapped[dict[str, int]]
    address: Mapped[Address]
    home: Mapped[Address | None]
    anything: Mapped[Any]


# Comparisons: the column's own type, and any number where the column holds one.
assert_type(Thing.id == "x", Condition)
assert_type(Thing.amount > 1000, Condition)
assert_type(Thing.amount == Decimal(1), Condition)
assert_type(Thing.count <= Thing.amount, Condition)
assert_type(Thing.maybe >= 3, Condition)
assert_type(Thing.ratio < 1.5, Condition)
assert_type(Thing.at > now, Condition)
assert_type(Thing.day == date.today(), Condition)  # noqa: DTZ011
assert_type(Thing.uid == UUID(int=1), Condition)
assert_type(Thing.kind == Kind.A, Condition)
assert_type(Thing.word == "a", Condition)
assert_type(Thing.note == None, Condition)  # noqa: E711
assert_type(Thing.note != "x", Condition)
assert_type(Thing.tags == {"a"}, Condition)
assert_type(Thing.data == b"x", Condition)
assert_type(Thing.paid == True, Condition)  # noqa: E712
assert_type(Thing.amount.between(1, Decimal(5)), Condition)
assert_type(Thing.id.in_(["a", "b"]), Condition)
assert_type(Thing.count.in_([1, 2]), Condition)
assert_type(Thing.id == Thing.note, Condition)
assert_type(attr("a") > 1, Condition)
assert_type(attr("a.b[0]") == "x", Condition)
assert_type(Thing.anything == [1], Condition)

Thing.amount > "x"  # type: ignore[operator]
Thing.id > 3  # type: ignore[operator]
Thing.at < "2026"  # type: ignore[operator]
Thing.data >= "x"  # type: ignore[operator]
Thing.id.between(1, 2)  # type: ignore[arg-type]
Thing.amount.in_(["x"])  # type: ignore[list-item]
assert_type(Thing.id == 3, Mismatch)  # type: ignore[deprecated]
assert_type(Thing.amount != "x", Mismatch)  # type: ignore[deprecated]
assert_type(Thing.kind == "z", Mismatch)  # type: ignore[deprecated]
select(Thing).where(Thing.id == 3)  # type: ignore[arg-type, deprecated]
select(Thing).where("x" == Thing.id)  # type: ignore[arg-type]  # noqa: SIM300

# Functions, each where it can hold.
assert_type(Thing.id.begins_with("x"), Condition)
assert_type(Thing.note.begins_with("x"), Condition)
assert_type(Thing.kind.begins_with("x"), Condition)
assert_type(Thing.user.begins_with("x"), Condition)
assert_type(Thing.data.begins_with(b"x"), Condition)
assert_type(Thing.at.begins_with("2026-"), Condition)
assert_type(Thing.tags.contains("a"), Condition)
assert_type(Thing.numbers.contains(1), Condition)
assert_type(Thing.names.contains("a"), Condition)
assert_type(Thing.id.contains("a"), Condition)
assert_type(Thing.lines.size(), Operand[int])
assert_type(Thing.lines.size() > 3, Condition)
assert_type(Thing.note.is_null() & ~Thing.id.attribute_exists(), Condition)
assert_type(Thing.id.attribute_type("S") | Thing.id.attribute_not_exists(), Condition)

Thing.id.begins_with(3)  # type: ignore[arg-type]
Thing.count.begins_with("x")  # type: ignore[misc]
Thing.tags.contains(3)  # type: ignore[arg-type]
Thing.count.contains("x")  # type: ignore[misc]
Thing.id.attribute_type("X")  # type: ignore[arg-type]
Thing.nmae  # type: ignore[attr-defined]
(Thing.id == "x") & True  # type: ignore[operator]

# Values for SET.
assert_type(Thing.count + 1, Expr[int])
assert_type(Thing.amount - 1, Expr[Decimal])
assert_type(Thing.amount + Thing.count, Expr[Decimal])
assert_type(Thing.count.if_not_exists(0) + 1, Expr[int])
assert_type(Thing.names.append("a", "b"), Expr[list[str]])
assert_type(Thing.names.append(Thing.names), Expr[list[str]])
assert_type(Thing.names.append(Thing.names.if_not_exists([]), create_missing=True), Expr[list[str]])
assert_type(Thing.names.if_not_exists([]).append("a"), Expr[list[str]])
assert_type(Thing.names.if_not_exists([]).prepend(Thing.names), Expr[list[str]])
assert_type(Thing.lines.prepend({"sku": "a", "qty": 1}, create_missing=True), Expr[list[Line]])

Thing.maybe + 1  # type: ignore[operator]
Thing.id + 1  # type: ignore[operator]
Thing.count - "x"  # type: ignore[operator]
Thing.tags.append("x")  # type: ignore[call-overload, misc]
Thing.lines.append(3)  # type: ignore[call-overload]
Thing.names.append(Thing.lines)  # type: ignore[arg-type]
Thing.names.if_not_exists([]).append(3)  # type: ignore[call-overload]
Thing.count.if_not_exists("x")  # type: ignore[arg-type]

# Paths.
assert_type(Thing.names[0], Column[str])
assert_type(Thing.matrix[0][1], Column[int])
assert_type(Thing.counts["x"], Column[int])
assert_type(Thing.counts["x"] > 3, Condition)
assert_type(Thing.lines[0], Column[Line])
assert_type(Thing.lines[0]["sku"], Column[Any])
assert_type(Thing.lines[0].at(lambda line: line["sku"]), Column[str])
assert_type(Thing.address.at(lambda address: address.city), Column[str])
assert_type(Thing.address.at(lambda address: address.floors[0]) > 3, Condition)
assert_type(attr("a").at(lambda a: a.b), Column[Any])

Thing.counts["x"] > "3"  # type: ignore[operator]
Thing.counts[3]  # type: ignore[call-overload]
Thing.address.at(lambda address: address.ctiy)  # type: ignore[attr-defined]
Thing.lines[0].at(lambda line: line["suk"])  # type: ignore[typeddict-item]

# A column has no truth value.
not Thing.paid  # type: ignore[truthy-bool]
