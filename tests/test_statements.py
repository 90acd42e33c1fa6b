"""Are statements frozen values: equal when they mean the same, never changed by what is made of them?"""

from typing import Any

import pytest

from dynexpr import attr, check, delete, func, get, insert, put, select, update
from dynexpr.errors import ArgumentError, ExpressionError, ValueNotStorable
from tests.models import NOW, Payment, Quota

# ruff: noqa: E501  a row is a line, so that rows can be compared

THIS = (Payment.id == "p", Payment.timestamp == NOW)

PAIRS: list[tuple[str, Any, Any]] = [
    ("columns", lambda: select(Payment.id, Payment.lines[0]["sku"]), lambda: select(Payment.id, Payment.lines[1]["sku"])),
    ("conditions", lambda: select(Payment).where(*THIS), lambda: select(Payment).where(THIS[0])),
    ("values", lambda: insert(Quota).values(user="u", remaining=1), lambda: insert(Quota).values(user="u", remaining=2)),
    ("kinds", lambda: insert(Quota).values(user="u", remaining=1), lambda: put(Quota).values(user="u", remaining=1)),
    ("actions", lambda: update(Payment).where(*THIS).set(Payment.note, "x"),
     lambda: update(Payment).where(*THIS).set(Payment.note, "y")),
    ("options", lambda: delete(Payment).where(*THIS), lambda: delete(Payment).where(*THIS).must_exist()),
]  # fmt: skip


@pytest.mark.parametrize(("make", "other"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS])
def test_equal_when_they_mean_the_same(make: Any, other: Any) -> None:
    """A statement made twice is equal, and differs from its sibling."""
    assert make() == make()
    assert make() != other()


def test_methods_make_new_statements() -> None:
    """What a method gives is another statement; the one it was called on stays as it was."""
    base = insert(Quota).values(user="u")
    more = base.values(remaining=1)
    assert "remaining" not in base.item
    assert "remaining" in more.item
    plain = select(Payment)
    plain.where(Payment.id == "x").limit(3)
    assert plain == select(Payment)


BAD: list[tuple[str, Any, type[Exception], str]] = [
    ("no such column", lambda: insert(Quota).values(nothing=1), ArgumentError, "Quota has no column 'nothing'"),
    ("another model's column", lambda: update(Quota).set(Payment.note, "x"), ExpressionError, "belongs to Payment"),
    ("another model's column in where()", lambda: delete(Quota).where(Quota.user == "u", Payment.note != "x"), ExpressionError, "note belongs to Payment, not to Quota"),
    ("another model's key", lambda: select(Quota).where(Payment.id == "u"), ExpressionError, "id belongs to Payment, not to Quota"),
    ("another model's column deep inside", lambda: select(Quota).where(~(Quota.note.is_null() | Quota.note.in_(["a", Payment.note]))), ExpressionError, "note belongs to Payment"),
    ("a place in another model's column", lambda: check(Quota, "u").where(Payment.tags.contains("x")), ExpressionError, "tags belongs to Payment"),
    ("an aggregate in where()", lambda: delete(Quota).where(func.count() != 1), ExpressionError, "belongs to having(), not to Quota"),
    ("an aggregate of a column in where()", lambda: select(Quota).where(Quota.user == "u", func.sum(Quota.remaining) > 1), ExpressionError, "belongs to having()"),
    ("an aggregate in where() beside group_by()", lambda: select(Quota.note, func.count()).group_by(Quota.note).where(func.count() > 1), ExpressionError, "belongs to having()"),
    ("an aggregate in where() of a count", lambda: select(func.count()).where(func.count() > 1), ArgumentError, "says of no table what to count"),
    ("a budget of text", lambda: select(Quota).budget(read_units="3"), ArgumentError, "read_units is a number above 0, not '3'"),  # type: ignore[arg-type]
    ("another table's column", lambda: select(Quota).where(Payment.__table__.c.note == "x"), ExpressionError, "note belongs to Payment"),
    ("another model's column as a value", lambda: update(Quota).set(Quota.remaining, Quota.remaining + Payment.version), ExpressionError, "version belongs to Payment"),
    ("another model's column in values()", lambda: update(Quota).values(note=Payment.note), ExpressionError, "note belongs to Payment"),
    ("another model's order", lambda: select(Quota).order_by(Payment.timestamp.desc()), ExpressionError, "timestamp belongs to Payment"),
    ("a key", lambda: update(Quota).set(Quota.user, "x"), ExpressionError, "part of the key"),
    ("no condition", lambda: select(Quota).where(True), TypeError, "a condition is wanted, not True"),  # type: ignore[arg-type]
    ("an expression in a new item", lambda: insert(Quota).values(remaining=Quota.remaining + 1), ExpressionError, "takes values"),
    ("returning what it can't", lambda: put(Quota).returning("ALL_NEW"), ArgumentError, "put can return"),  # type: ignore[arg-type]
    ("nothing selected", lambda: select(3), ArgumentError, "neither a model nor a Table"),  # type: ignore[call-overload]
    ("a column of nowhere", lambda: select(attr("a")), ArgumentError, "belongs to no table"),
    ("a required attribute removed", lambda: update(Payment).remove(Payment.customer_id), ArgumentError, "is required"),
    ("a key too long", lambda: get(Quota, "x" * 2049), ArgumentError, "Quota.user has 2,049 bytes; this key has at most 2,048"),
    ("a key too long in UTF-8", lambda: get(Payment, ("p" * 3, "é" * 1025)), ValueNotStorable, "not str"),
    ("an item too large", lambda: insert(Quota).values(user="u", remaining=1, note="x" * 409_600).compile(), ArgumentError, 'Quota ("u") has 409,620 bytes'),
    ("a version set", lambda: update(Payment).set(Payment.version, 0), ArgumentError, "counted"),
    ("a version added to", lambda: update(Payment).add(Payment.version, 1), ArgumentError, "counted"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "error", "told"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_refused(make: Any, error: type[Exception], told: str) -> None:
    """A statement that can't be meant is refused on the user's own line."""
    with pytest.raises(error) as caught:
        make()
    assert told in str(caught.value)
