"""Do statements and objects store the same for a value, and refuse the same?"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dynexpr import attr, create_engine, insert, put, select, update
from dynexpr.errors import ArgumentError, InvalidModel, ValueNotStorable
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, Session, mapped_column, validates
from dynexpr.orm.changes import changes, item_of
from dynexpr.orm.state import load
from dynexpr.wire import Wire
from dynexpr.writes import write_of

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
UNIQUE = UUID("12345678-1234-5678-1234-567812345678")


class Base(DeclarativeBase):
    """The models of this file."""


@dataclass
class Line:
    """Lies in a list."""

    sku: str


class Thing(Base):
    """A column of each kind that has a rule."""

    id: Mapped[str] = mapped_column(partition_key=True)
    group: Mapped[str | None] = mapped_column(default=None)
    n: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime | None] = mapped_column(default=None)
    day: Mapped[date | None] = mapped_column(default=None)
    uid: Mapped[UUID | None] = mapped_column(default=None)
    null: Mapped[str | None] = mapped_column(default=None, none_as="null")
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    lines: Mapped[list[Line]] = mapped_column(default_factory=list)
    anything: Mapped[Any] = mapped_column(default=None)
    brief: Mapped[str] = mapped_column(default="", omit_if=lambda value: value == "", missing="")
    secret: Mapped[str] = mapped_column(default="x", sensitive=True)
    by_group = GlobalIndex("by-group", partition_key="group")


def nested(levels: int) -> Any:
    """A list in a list in …"""
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def by_assignment(name: str, value: object) -> Wire | None:
    """What an object stores that was assigned the value."""
    thing = load(Thing, {"id": {"S": "a"}})
    setattr(thing, name, value)
    return item_of(thing).get(name)


def by_constructor(name: str, value: object) -> Wire | None:
    """What a new object stores."""
    values: dict[str, Any] = {"id": "a", name: value}
    return item_of(Thing(**values)).get(name)


def by_insert(name: str, value: object) -> Wire | None:
    """What an insert stores."""
    return (write_of(insert(Thing).values(**{"id": "a", name: value}), lambda: NOW).item or {}).get(name)


def by_update(name: str, value: object) -> Wire | None:
    """What an update stores."""
    (action,) = update(Thing).values(**{name: value}).actions
    return action.value.wire if action.value is not None else None  # type: ignore[attr-defined]


WAYS = [by_assignment, by_constructor, by_insert, by_update]

STORED: list[tuple[str, object, Wire | None]] = [
    ("n", 5, {"N": "5"}),
    ("n", Decimal("5.0"), {"N": "5"}),
    ("at", NOW, {"S": "2026-01-02T12:00:00.000000Z"}),
    ("day", date(2026, 1, 2), {"S": "2026-01-02"}),
    ("uid", UNIQUE, {"S": str(UNIQUE)}),
    ("at", None, None),
    ("group", None, None),
    ("null", None, {"NULL": True}),
    ("tags", set(), None),
    ("tags", {"b", "a"}, {"SS": ["a", "b"]}),
    ("lines", [Line("p")], {"L": [{"M": {"sku": {"S": "p"}}}]}),
    ("brief", "", None),
    ("brief", "b", {"S": "b"}),
    ("anything", None, None),
    ("anything", nested(31), "deep"),  # type: ignore[list-item]
]

REFUSED: list[tuple[str, object, str]] = [
    ("n", None, r"Thing.n: can't store None: the attribute is required"),
    ("n", "5", r"Thing.n: .* a whole number \(int\), not str"),
    ("n", True, r"Thing.n: .* not bool"),
    ("n", Decimal("NaN"), r"Thing.n: .* finite"),
    ("at", "2026-01-02", r"Thing.at: .*write datetime.fromisoformat"),
    ("at", datetime(2026, 1, 2), r"Thing.at: .*naive"),  # noqa: DTZ001
    ("day", "2026-01-02", r"Thing.day: .*write date.fromisoformat"),
    ("uid", str(UNIQUE), r"Thing.uid: .*write UUID"),
    ("group", "", r"Thing.group: can't store '': a key attribute must not be empty"),
    ("tags", ["a"], r"Thing.tags: .* a set, not list"),
    ("lines", [{"sku": "p"}], r"Thing.lines\[0\]"),
    ("anything", nested(33), r"Thing.anything.* 32 levels"),
    ("anything", 1.5, r"Thing.anything: .*float is not exact"),
    ("secret", 98765, r"Thing.secret: can't store …: .*sensitive"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "value", "wire"), STORED, ids=[f"{name} {number}" for number, (name, *_) in enumerate(STORED)]
)
def test_stored(way: Callable[[str, object], Wire | None], name: str, value: object, wire: Any) -> None:
    """A value is stored alike whether it comes by an object or by a statement."""
    found = way(name, value)
    assert (found is not None and "L" in found) if wire == "deep" else found == wire


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "value", "told"), REFUSED, ids=[f"{name} {number}" for number, (name, *_) in enumerate(REFUSED)]
)
def test_refused(way: Callable[[str, object], Wire | None], name: str, value: object, told: str) -> None:
    """A value that can't be stored is refused alike, where it is given, naming model and attribute."""
    with pytest.raises(ValueNotStorable, match=told) as caught:
        way(name, value)
    assert "98765" not in str(caught.value)


def test_a_place_inside_counts_from_its_depth() -> None:
    """What is set inside an attribute may nest only as deep as is left."""
    update(Thing).set(Thing.anything["a"]["b"], nested(30))
    with pytest.raises(ValueNotStorable, match=r"32 levels"):
        update(Thing).set(Thing.anything["a"]["b"], nested(31))
    with pytest.raises(ValueNotStorable, match=r"32 levels"):
        update(Thing).set(attr("other.b"), nested(32))


def test_missing_with_omit_if_is_read_alike() -> None:
    """What omit_if leaves out is read as missing= says, by rows and by objects."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        engine.execute(insert(Thing).values(id="a", brief=""))
        assert engine.execute(select(Thing.brief).where(Thing.id == "a")).scalars().one() == ""
        assert Session(engine).get_one(Thing, "a").brief == ""


# Validators


class Checked(DeclarativeBase):
    """The base of the models with validators."""


class Named:
    """A mixin with a validator."""

    @validates("name")
    def stripped(cls, _key: str, value: str) -> str:  # noqa: N805 - a class method
        """No space around it."""
        return value.strip()


class User(Named, Checked):
    """Values are mended or refused."""

    id: Mapped[str] = mapped_column(partition_key=True)
    name: Mapped[str] = mapped_column(default=" nobody ")
    age: Mapped[int | None] = mapped_column(default=None)
    size: Mapped[int] = mapped_column(default=1)
    mails: Mapped[list[str]] = mapped_column(default_factory=list)

    @validates("age", "size")
    @classmethod
    def positive(cls, key: str, value: int | None) -> int | None:
        """Refuse what is not above zero."""
        if value is not None and value <= 0:
            raise ValueError(f"{cls.__name__}.{key} is above 0, not {value}")
        return value

    @validates("mails")
    def lower_case(cls, _key: str, value: list[str]) -> list[str]:  # noqa: N805
        """All in lower case."""
        return [mail.lower() for mail in value]


class Elder(User):
    """Another rule by the same name."""

    @validates("age")
    @classmethod
    def positive(cls, key: str, value: int | None) -> int | None:
        """Refuse the young."""
        if value is not None and value < 60:
            raise ValueError(f"{key}: too young")
        return value


def test_validators_of_objects() -> None:
    """Validators see what is given to the constructor, defaults included, and what is assigned."""
    user = User(id="a", name=" Ann ", mails=["A@B"])
    assert (user.name, user.mails, User(id="b").name) == ("Ann", ["a@b"], "nobody")
    user.name = " Bob"
    assert user.name == "Bob"
    with pytest.raises(ValueError, match=r"User.age is above 0, not -1"):
        user.age = -1
    with pytest.raises(ValueError, match=r"User.size is above 0"):
        User(id="a", size=0)
    assert user.age is None


def test_validators_of_statements() -> None:
    """Validators see what statements are given; expressions, and what is added to a number, they don't."""
    assert insert(User).values(id="a", name=" x ").item["name"] == {"S": "x"}
    assert str(update(User).where(User.id == "a").set(User.name, " y ").actions[0]) == 'SET name = "y"'
    for statement in (insert(User), put(User), update(User)):
        with pytest.raises(ValueError, match="above 0"):
            statement.values(age=0)
    assert write_of(insert(User).values(id="a"), lambda: NOW).item == item_of(User(id="a"))
    update(User).set(User.size, User.size - 200)
    update(User).add(User.size, -5)


def test_validators_of_containers_edited_in_place() -> None:
    """A container that was edited in place is seen by the commit; what is stored already stays as it is."""
    user = load(User, {"id": {"S": "a"}, "mails": {"L": [{"S": "OLD@X"}]}})
    assert user.mails == ["OLD@X"]
    assert changes(user) == ()
    user.mails.append("New@X")
    (change,) = changes(user)
    assert change.new == {"L": [{"S": "old@x"}, {"S": "new@x"}]}
    with create_engine("local://") as engine:
        Checked.metadata.create_all(engine)
        with Session(engine) as session:
            new = User(id="n")
            mails = new.mails
            mails.append("A@B")
            session.add(new)
            session.commit()
            assert new.mails == ["a@b"]
            new.mails.append("C@D")
            session.commit()
            assert new.mails == ["a@b", "c@d"]


def test_validators_are_inherited_and_replaced() -> None:
    """A subclass has its bases' validators; one of the same name replaces theirs."""
    with pytest.raises(ValueError, match="too young"):
        Elder(id="a", age=30)
    assert Elder(id="a", size=0, name=" x ").name == "x"
    assert copy.copy(Elder(id="a", age=70)).age == 70


def test_bad_validators() -> None:
    """A validator of what is no column, or of nothing, is refused where it is declared."""
    with pytest.raises(InvalidModel, match=r"Bad.check validates 'nme', which is no column; there are id"):

        class Bad(Checked):  # pyright: ignore[reportUnusedClass]
            id: Mapped[str] = mapped_column(partition_key=True)

            @validates("nme")
            def check(cls, _key: str, value: str) -> str:  # noqa: N805
                return value

    with pytest.raises(InvalidModel, match="takes the Python names"):
        validates()
    with pytest.raises(ArgumentError):
        User(id="a", age=User.age)
