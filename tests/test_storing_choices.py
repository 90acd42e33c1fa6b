"""Is a value that a Literal or an Enum does not have refused wherever it would be stored, however deep it stands?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import pytest

from dynexpr import attr, create_engine, insert, put, select, update
from dynexpr.allowed import restricted
from dynexpr.errors import ValueNotStorable
from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column
from dynexpr.types import Any_, ColumnType, Set, String

Size = Literal["s", "m"]


class Color(StrEnum):
    """A choice."""

    RED = "red"


@dataclass
class Part:
    """A part, which may have parts."""

    size: Size
    sizes: set[Size] | None = None
    parts: "list[Part]" = field(default_factory=list)


class Base(DeclarativeBase):
    """The model of these tests."""


class Box(Base):
    """Choices in every kind of container."""

    id: Mapped[str] = mapped_column(partition_key=True)
    sizes: Mapped[set[Size]] = mapped_column(default_factory=set)
    numbers: Mapped[set[Literal[1, 2]]] = mapped_column(default_factory=set)
    colors: Mapped[set[Color]] = mapped_column(default_factory=set)
    several: Mapped[list[Size]] = mapped_column(default_factory=list)
    gaps: Mapped[list[Size | None]] = mapped_column(default_factory=list)
    named: Mapped[dict[str, list[Size]]] = mapped_column(default_factory=dict)
    part: Mapped[Part | None] = mapped_column(default=None)
    few: Mapped[Literal[1, 2] | None] = mapped_column(default=None)
    free: Mapped[set[str]] = mapped_column(default_factory=set)


FITS: dict[str, Any] = {
    "sizes": {"s", "m"},
    "numbers": {1, 2},
    "colors": {Color.RED},
    "several": ["s", "s"],
    "gaps": ["m", None],
    "named": {"x": ["s"], "y": []},
    "part": Part("s", {"m"}, [Part("m")]),
    "free": {"xl"},
}
WRONG: list[tuple[str, Any, str]] = [
    ("sizes", {"s", "xl"}, "Box.sizes: can't store 'xl': the attribute holds text (str): one of 'm', 's'"),
    ("numbers", {1, 3}, "one of 1, 2"),
    ("several", ["s", "xl"], "Box.several[1]: can't store 'xl'"),
    ("gaps", [None, "xl"], "Box.gaps[1]: can't store 'xl'"),
    ("named", {"x": ["s"], "y": ["s", "xl"]}, "Box.named.y[1]: can't store 'xl'"),
    ("part", Part("xl"), "Box.part.size: can't store 'xl'"),  # type: ignore[arg-type]
    ("part", Part("s", {"xl"}), "Box.part.sizes: can't store 'xl'"),  # type: ignore[arg-type]
    ("part", Part("s", parts=[Part("m"), Part("xl")]), "Box.part.parts[1].size: can't store 'xl'"),  # type: ignore[arg-type]
]
IDS = [f"{number} {row[0]}" for number, row in enumerate(WRONG)]


def made(key: str, value: Any) -> object:
    """A new object, committed."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add(Box(id="b", **{key: value}))
            session.commit()
    return None


def changed(key: str, value: Any) -> object:
    """An object that is changed, and committed."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            box = Box(id="b")
            session.add(box)
            session.commit()
            setattr(box, key, value)
            session.commit()
    return None


WAYS: dict[str, Callable[[str, Any], object]] = {
    "new object": made,
    "changed object": changed,
    "insert": lambda key, value: insert(Box).values(id="b", **{key: value}).compile(),
    "put": lambda key, value: put(Box).values(id="b", **{key: value}).compile(),
    "update": lambda key, value: update(Box).where(Box.id == "b").set(getattr(Box, key), value).compile(),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("key", "value", "says"), WRONG, ids=IDS)
def test_what_is_no_choice(way: Callable[[str, Any], object], key: str, value: Any, says: str) -> None:
    """It is refused with its place, whichever way it would get into the table."""
    with pytest.raises(ValueNotStorable) as caught:
        way(key, value)
    assert says in str(caught.value)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("key", FITS)
def test_what_is_a_choice(way: Callable[[str, Any], object], key: str) -> None:
    """The choices themselves are stored."""
    way(key, FITS[key])


def test_elements_of_sets() -> None:
    """Elements may be added where they are choices; what is there already can be taken out, or looked for."""
    change = update(Box).where(Box.id == "b")
    wrong: Any = {"xl"}
    first: Any = Box.several[0]
    with pytest.raises(ValueNotStorable, match=r"Box\.sizes: can't store 'xl'"):
        change.add(Box.sizes, wrong)
    assert change.add(Box.sizes, FITS["sizes"]).compile().params["ExpressionAttributeValues"]
    assert change.delete(Box.sizes, wrong).compile().params["ExpressionAttributeValues"]
    with pytest.raises(ValueNotStorable, match="what another program stored is asked for with attr"):
        select(Box).where(Box.sizes == wrong)
    assert select(Box).where(attr("sizes") == wrong).allow_scan().compile().params["ExpressionAttributeValues"]
    with pytest.raises(ValueNotStorable, match="can't store 'xl'"):
        change.set(first, "xl")
    assert change.set(first, "s").compile().params["ExpressionAttributeValues"]


def test_literals_in_expressions() -> None:
    """What a SET appends, or gives in the place of nothing, is stored as well; what it adds up is not."""
    change = update(Box).where(Box.id == "b")
    wrong: Any = "xl"
    for value in (
        Box.several.append(wrong),
        Box.several.prepend(wrong),
        Box.several.if_not_exists([wrong]),
        Box.several.append(wrong, create_missing=True),
        Box.sizes.if_not_exists({wrong}),
    ):
        column: Any = Box.sizes if "sizes" in str(value) else Box.several
        with pytest.raises(ValueNotStorable, match="can't store 'xl'"):
            change.set(column, value)
    assert change.set(Box.several, Box.several.append("s")).compile().params["ExpressionAttributeValues"]
    few: Any = Box.few
    assert change.set(few, few.if_not_exists(1) + 5).compile().params["ExpressionAttributeValues"]


def test_a_change_in_place() -> None:
    """An element that is put into an object's set is refused by the commit."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            box = Box(id="b", sizes={"s"})
            session.add(box)
            session.commit()
            box.sizes.add("xl")  # type: ignore[arg-type]
            with pytest.raises(ValueNotStorable, match=r"Box\.sizes: can't store 'xl'"):
                session.commit()


def test_what_is_restricted() -> None:
    """Types say whether they, or types inside them, take some values only."""
    types: dict[str, ColumnType[Any]] = {name: getattr(Box, name).type for name in FITS}
    assert {name for name, type_ in types.items() if not restricted(type_)} == {"free"}
    assert not restricted(Set(String()))
    assert not restricted(Any_())
