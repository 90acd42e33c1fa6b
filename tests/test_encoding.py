"""Is what the function of a model makes of an object what the rules make of it, attribute by attribute?"""

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Literal, TypedDict
from uuid import UUID

import pytest
from hypothesis import given, settings, strategies as st

from dynexpr import GlobalIndex, create_engine
from dynexpr.errors import ArgumentError
from dynexpr.limits import ITEM_BYTES
from dynexpr.orm import DeclarativeBase, Mapped, mapped_column, validates
from dynexpr.orm.encoding import encoded_object
from dynexpr.orm.state import state_of
from dynexpr.orm.unit_of_work import looked_at
from dynexpr.requests import Prepared, Request
from dynexpr.sizes import item_size
from dynexpr.transports.protocol import body_of, loaded
from dynexpr.types import ColumnType, EpochSeconds
from dynexpr.wire import decode
from tests.strategies import BY_TYPE, texts, values as wires

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of what is written here."""


class Colour(enum.Enum):
    """An enum of texts."""

    RED = "red"


@dataclass
class Line:
    """Stored as a map."""

    sku: str
    amount: int = 1


@dataclass
class Tree:
    """A map that holds itself."""

    parts: "list[Tree]"


class Note(TypedDict):
    """Stored as a map."""

    text: str


class Text(str):
    """Text of another class."""

    __slots__ = ()


class Odd(ColumnType[Any]):
    """Bytes as somebody may write them: as text."""

    kind = "B"


class Everything(Base):
    """A column of each type and option."""

    id: Mapped[str] = mapped_column(partition_key=True)
    at: Mapped[int] = mapped_column(sort_key=True)
    group: Mapped[str | None] = mapped_column(name='the "group" {x}')
    raw_key: Mapped[bytes | None]
    text: Mapped[str]
    whole: Mapped[int | None]
    number: Mapped[Decimal]
    inexact: Mapped[float]
    truth: Mapped[bool]
    raw: Mapped[bytes]
    moment: Mapped[datetime | None] = mapped_column(none_as="null")
    expires: Mapped[datetime] = mapped_column(type_=EpochSeconds())
    day: Mapped[date]
    uid: Mapped[UUID]
    colour: Mapped[Colour | None]
    size: Mapped[Literal["S", "M"]]
    tags: Mapped[set[str]]
    words: Mapped[list[str]]
    numbers: Mapped[list[int | None]]
    amounts: Mapped[dict[str, Decimal]]
    lines: Mapped[list[Line]]
    trees: Mapped[list[Tree]]
    note: Mapped[Note | None]
    anything: Mapped[Any]
    odd: Mapped[Any] = mapped_column(type_=Odd())
    brief: Mapped[str] = mapped_column(omit_if=lambda value: not value, missing="")
    lower: Mapped[list[str]]
    version: Mapped[int] = mapped_column(version=True)
    created: Mapped[datetime] = mapped_column(created_at=True)
    changed: Mapped[datetime] = mapped_column(updated_at=True)

    by_group = GlobalIndex("by-group", partition_key="group", sort_key="raw_key")

    @validates("lower")
    def lower_case(cls, _key: str, value: list[str]) -> list[str]:  # noqa: N805
        """All in lower case."""
        return [each.lower() for each in value]


plain = wires.map(decode)
integers = st.integers(-(10**39), 10**39) | st.integers(-9, 9)
decimals = st.one_of(*[BY_TYPE["N"]]).map(decode) | st.decimals()
moments = st.datetimes(timezones=st.just(UTC))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": texts,
    "at": integers,
    "group": texts | st.none(),
    "raw_key": st.binary(max_size=3) | st.none(),
    "text": texts | texts.map(Text),
    "whole": integers | st.none(),
    "number": decimals | integers,
    "inexact": st.floats() | integers,
    "truth": st.booleans(),
    "raw": st.binary(max_size=4) | st.binary(max_size=4).map(bytearray),
    "moment": moments | st.none(),
    "expires": moments,
    "day": st.dates(),
    "uid": st.uuids(),
    "colour": st.sampled_from([Colour.RED, None]),
    "size": st.sampled_from(["S", "M", "L"]),
    "tags": st.sets(texts, max_size=3),
    "words": st.lists(texts, max_size=3),
    "numbers": st.lists(integers | st.none(), max_size=3),
    "amounts": st.dictionaries(texts, decimals, max_size=3),
    "lines": st.lists(st.builds(Line, texts, integers), max_size=2),
    "trees": st.lists(st.builds(Tree, st.just([])), max_size=1),
    "note": st.builds(lambda text: {"text": text}, texts) | st.none(),
    "anything": plain | st.recursive(plain, lambda inner: st.lists(inner, max_size=2) | st.tuples(inner)),
    "odd": st.binary(max_size=3) | st.sampled_from(["eA==", "not base64"]),
    "brief": texts,
    "lower": st.lists(texts, max_size=2),
}
"""Of each column values that it takes, and some that it refuses."""
GOOD: dict[str, Any] = {
    "id": "a", "at": 1, "group": "g", "raw_key": b"k", "text": 'é"\\\n', "whole": 3, "number": Decimal("1.50"),
    "inexact": 0.5, "truth": True, "raw": b"\xff", "moment": None, "expires": NOW, "day": NOW.date(),
    "uid": UUID(int=1), "colour": Colour.RED, "size": "S", "tags": {"b", "a"}, "words": ["x"], "numbers": [1, None],
    "amounts": {"a": Decimal(2)}, "lines": [Line("p")], "trees": [], "note": {"text": "t"},
    "anything": {"a": [1, None, b"x", True]}, "odd": b"x", "brief": "", "lower": ["A"],
}  # fmt: skip


def ticking() -> Callable[[], datetime]:
    """A clock of which each look gives another time."""
    seconds = count()
    return lambda: NOW.replace(microsecond=next(seconds))


def _came(make: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "made", make()
    except Exception as error:  # noqa: BLE001 - compared
        return type(error).__name__, str(error)


def check(obj: Everything) -> None:
    """Both ways come to the same item, and the JSON says what the item says."""
    made = encoded_object(obj, ticking())
    by_the_rules = _came(lambda: looked_at(obj, ticking(), overwrite=True))
    if by_the_rules[0] != "made":
        assert made is None
    elif made is not None:
        item, text = made
        assert item == by_the_rules[1]
        assert loaded(text) == loaded(body_of(Request("PutItem", {"Item": item})))["Item"]
        assert len(text) >= item_size(item)


def unchecked(values: dict[str, Any]) -> Everything:
    """An object with values the constructor might refuse: they may have changed in place since."""
    obj = Everything(**GOOD)
    vars(obj).update(values)
    return obj


@settings(max_examples=300)
@given(st.fixed_dictionaries({}, optional=VALUES))
def test_same_as_the_rules(values: dict[str, Any]) -> None:
    """Whatever the values are, it is the same item, or is left to the rules."""
    check(unchecked(values))


ODD: tuple[Any, ...] = (
    None, "", b"", "x", 1, 10**38, True, 1.5, float("nan"), Decimal("NaN"), Decimal("1E+999"), "\ud800", NOW, {}, [],
    (), set(), {"": 1}, {1: 2}, {"\ud800": 1}, [[[[[[[[[[1]]]]]]]]]], object(), Text("x"), {"a": {"b": object()}},
    NOW.replace(tzinfo=None), ["\ud800"], [1.5], [None], ["1"], [True], {"a": True},
)  # fmt: skip


@pytest.mark.parametrize("key", VALUES)
def test_odd_values(key: str) -> None:
    """So it is of each column with each kind of value."""
    for value in ODD:
        check(unchecked({key: value}))


@pytest.mark.parametrize("key", VALUES)
@given(data=st.data())
def test_checked_alike(key: str, data: st.DataObject) -> None:
    """What the constructor lets pass is what can be encoded; it refuses the rest with the same words."""
    value = data.draw(VALUES[key] | st.sampled_from(ODD))
    attribute = Everything.__mapping__.attributes[key]
    refused = _came(lambda: attribute.encode(value))
    assert _came(lambda: attribute.check(value)) == (("made", None) if refused[0] == "made" else refused)


def test_it_is_sure_of_plain_objects() -> None:
    """All columns but those of odd types are known, and the JSON of all of them is."""
    made = encoded_object(Everything(**GOOD), ticking())
    assert made is not None
    assert made[0]["version"] == {"N": "1"}
    assert made[0]["moment"] == {"NULL": True}
    assert made[0]["lower"] == {"L": [{"S": "a"}]}
    assert "brief" not in made[0]
    assert json.loads(made[1])["odd"] == {"B": "eA=="}


def test_deep_and_endless_values() -> None:
    """What nests deep is looked at by the rules; what holds itself is refused by them."""
    deep: Any = "x"
    for _ in range(32):
        deep = [deep]
    check(unchecked({"anything": deep}))
    check(unchecked({"anything": [deep]}))
    tree: Any = Tree([])
    for _ in range(14):
        tree = Tree([tree])
    check(unchecked({"trees": [tree]}))
    check(unchecked({"trees": [Tree([tree])]}))
    check(unchecked({"trees": [Tree([Tree([tree])])]}))
    deep = []
    deep.append(deep)
    check(unchecked({"anything": deep}))


def test_stored_objects_are_left_to_the_rules() -> None:
    """An object that was read or written has attributes nobody looked at."""
    obj = Everything(**GOOD)
    state_of(obj).stored = {}
    assert encoded_object(obj, ticking()) is None


class Doc(Base):
    """Something that can be large."""

    id: Mapped[str] = mapped_column(partition_key=True)
    text: Mapped[str]


@pytest.mark.parametrize("char", ["x", "é", "\x00"])
def test_sizes(char: str) -> None:
    """An item of the largest size is written, one with a byte more refused, however long its JSON is."""
    width = len(char.encode())
    most = (ITEM_BYTES - len("id") - len("text") - 2) // width
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        assert engine.bulk_put([Doc(id="ab", text=char * most)]).written == 1
        with pytest.raises(ArgumentError, match=r"bytes, names and values"):
            engine.bulk_put([Doc(id="ab", text=char * (most + 1))])


@given(st.lists(texts, min_size=1, max_size=4), st.booleans())
def test_a_prepared_batch(names: list[str], mixed: bool) -> None:
    """A batch whose parts bring their JSON has the body it would have without."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for number, name in enumerate(names):
        wire = {"PutRequest": {"Item": {"id": {"S": name}, "raw": {"B": b"x"}}}}
        text = body_of(Request("PutItem", wire))
        parts.setdefault(name, []).append(wire if mixed and number == 1 else Prepared(wire, text))
    params = {"RequestItems": parts, "ReturnConsumedCapacity": "INDEXES"}
    assert json.loads(body_of(Request("BatchWriteItem", params))) == json.loads(body_of(Request("Query", params)))


@pytest.mark.parametrize("items", [None, [], {"t": None}, {"t": {}}, {"t": ["x"]}, {}], ids=repr)
def test_a_batch_of_another_shape(items: Any) -> None:
    """What somebody sends by hand is sent as it is."""
    params = {"RequestItems": items}
    assert json.loads(body_of(Request("BatchWriteItem", params))) == params
