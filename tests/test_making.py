"""What does a factory of objects refuse, and what may its rules be?"""

from collections.abc import Callable
from typing import Any

import pytest

from dynexpr.errors import ArgumentError
from dynexpr.orm import DeclarativeBase, Mapped, mapped_column, validates
from dynexpr.testing import Factory
from dynexpr.types import ColumnType
from tests.models import Base, Payment, Quota


class Opaque(ColumnType[Any]):
    """A type that says nothing of what it stores."""


class Kit(DeclarativeBase):
    """The models of these tests."""


class Shape(Kit):
    """What the factory has no value for."""

    id: Mapped[str] = mapped_column(partition_key=True)
    corners: Mapped[int] = mapped_column(type_=Opaque())


class Member(Kit):
    """An attribute that takes some values only, and one that the commit sets."""

    name: Mapped[str] = mapped_column(partition_key=True)
    mail: Mapped[str]
    version: Mapped[int] = mapped_column(version=True)

    @validates("mail")
    def _mail(self, key: str, value: str) -> str:
        if "@" not in value:
            raise ValueError(f"{key} is an address")
        return value


def two(_one: int, _other: int) -> str:
    """A function of two numbers."""
    return "x"


def prefixed(number: int, *, prefix: str = "c") -> str:
    """A function of one number, and of what need not be given."""
    return f"{prefix}{number}"


def test_rules_by_column() -> None:
    """An attribute is named by its column as by its name, and its function may be any that takes one number."""
    make = Factory()
    make.rule(Quota, Quota.user, lambda number: f"u{number}")
    make.rule(Quota, "remaining", int)
    make.rule(Payment, Payment.note, "note {}".format)
    make.rule(Payment, Payment.customer_id, prefixed)
    assert make(Quota).user == "u1"
    first, second = make.many(Payment, 2)
    assert (first.note, second.customer_id) == ("note 1", "c2")


REFUSED: dict[str, tuple[Callable[[Any], object], str]] = {
    "make int": (lambda make: make(int), "make() takes a model, not <class 'int'>"),
    "make base": (lambda make: make(Base), "make() takes a model"),
    "make text": (lambda make: make("Payment"), "make() takes a model, not 'Payment'"),
    "make object": (lambda make: make(make(Quota)), "make() takes a model, not Quota("),
    "many of text": (lambda make: make.many("Payment", 1), "make.many() takes a model"),
    "many below 0": (lambda make: make.many(Quota, -1), "make.many(Quota, …): a number of objects, 0 or more, not -1"),
    "many of a half": (lambda make: make.many(Quota, 1.5), "make.many(Quota, …): a number of objects"),
    "many of truth": (lambda make: make.many(Quota, True), "not True"),
    "rule of text": (lambda make: make.rule("Quota", "user", str), "make.rule() takes a model, not 'Quota'"),
    "rule misspelt": (lambda make: make.rule(Quota, "usre", str), "is given no attribute 'usre', only user, remaining"),
    "rule meant": (lambda make: make.rule(Quota, "usre", str), "did you mean 'user'?"),
    "rule of another": (lambda make: make.rule(Quota, Payment.id, str), "make.rule(Quota, …): Quota is given no"),
    "rule of a path": (lambda make: make.rule(Payment, Payment.lines[0], str), "Payment is given no attribute"),
    "rule of 5": (lambda make: make.rule(Quota, 5, str), "Quota is given no attribute 5"),
    "rule of the commit": (lambda make: make.rule(Member, Member.version, int), "Member is given no attribute"),
    "rule no function": (lambda make: make.rule(Quota, "user", "u1"), "make.rule(Quota, 'user', …): a rule is a func"),
    "rule of nothing": (lambda make: make.rule(Quota, "user", lambda: "u1"), "as lambda number: ..., not <function"),
    "rule of two": (lambda make: make.rule(Quota, "user", two), "a rule is a function of one number"),
    "nothing fits": (lambda make: make(Shape), "make(Shape): nothing made up fits corners: no value of Opaque() can"),
    "what to give": (lambda make: make(Shape), "give it, make(Shape, corners=...), or a rule(...)"),
    "no value fits": (lambda make: make(Member), "make(Member): nothing made up fits mail: mail is an address; give"),
}


@pytest.mark.parametrize(("wrong", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_made(wrong: Callable[[Any], object], says: str) -> None:
    """What is no model, no attribute of it, no number and no rule is refused where it was given, and named."""
    with pytest.raises(ArgumentError) as caught:
        wrong(Factory())
    assert says in str(caught.value)


def test_a_misspelt_attribute_is_told_first() -> None:
    """Before a validator has its say about another one, and without a number being used up."""
    make = Factory()
    with pytest.raises(TypeError, match=r"Member has no attribute 'mial'; .*did you mean 'mail'"):
        make(Member, mial="a@b")
    with pytest.raises(TypeError, match="the commit sets version; leave it out"):
        make(Member, version=1)
    assert make.many(Member, 0) == []
    assert make(Member, mail="a@b").name == "name-1"
