"""What of an update does UpdateItem count: to the byte, action by action."""

from typing import Any

import pytest

from dynexpr import limits
from dynexpr.local import LocalEngine, LocalServiceError
from tests.local_rows import N, S, V, create, get, put, tupd, tx, upd

ITEM = {
    "n": N(1),
    "abcd": S("y" * 10),
    "m": {"M": {"z": S("y" * 10), "inwards": {"M": {"z": S("z")}}}},
    "l": {"L": [S("e")] * 11},
    "ss": {"SS": ["aaaaa"]},
}

# The action; the values it needs; its bytes, beside those of `SET b = :b`. Measured on the service.
ACTIONS: list[tuple[str, dict[str, Any], int]] = [
    ("SET c = :c", V(c=S("y")), 19 + 1 + 1),
    ("SET m.inwards.z = :c", V(c=S("y")), 19 + 1 + 4 + 7 + 4 + 1 + 1),
    ("SET l[10] = :c", V(c=S("y")), 19 + 1 + 4 + 2 + 1),
    ("SET c = abcd", {}, 19 + 1 + 1 + 14 + 4),
    ("SET c = m.inwards.z", {}, 19 + 1 + 1 + 14 + 1 + 14 + 7 + 14 + 1),
    ("SET c = l[10]", {}, 19 + 1 + 1 + 14 + 1 + 14 + 2),
    ("SET n = n + :n", V(n=N(1)), 19 + 1 + 34 + 1 + 14 + 1 + 2),
    ("SET n = n - :n", V(n=N(1)), 19 + 1 + 37 + 1 + 14 + 1 + 2),
    ("SET c = if_not_exists(n, :c)", V(c={"M": {"a": S("y" * 100)}}), 19 + 1 + 39 + 1 + 14 + 1 + 3 + 1 + 1 + 100),
    ("SET l = list_append(l, :c)", V(c={"L": [S("y" * 10)]}), 19 + 1 + 37 + 1 + 14 + 1 + 3 + 1 + 10),
    ("ADD n :n", V(n=N(1)), 19 + 1 + 2),
    ("ADD ss :c", V(c={"SS": ["aaaaa", "bbb"]}), 19 + 2 + 3),
    ("REMOVE abcd", {}, 1 + 4),
    ("REMOVE m.z", {}, 1 + 1 + 4 + 1),
    ("REMOVE l[10]", {}, 1 + 1 + 4 + 2),
    ("DELETE ss :c", V(c={"SS": ["aaaaa"]}), 1 + 2),
]


@pytest.fixture(scope="module")
def local() -> LocalEngine:
    """An engine with a table whose keys are short."""
    engine = LocalEngine()
    engine.call(*create())
    return engine


def sized(action: str, values: dict[str, Any], size: int) -> dict[str, Any]:
    """An update that does this, and sets `b` to as much text."""
    text = action.replace("SET ", "SET b = :b, ") if action.startswith("SET") else f"SET b = :b {action}"
    return upd("extra", text.strip(), {**values, ":b": S("x" * size)}, id=S("k"))[1]


@pytest.mark.parametrize(("action", "values", "charge"), [("", {}, 0), *ACTIONS])
def test_to_the_byte(local: LocalEngine, action: str, values: dict[str, Any], charge: int) -> None:
    """The most text that goes with an action, and one byte more."""
    room = limits.ITEM_BYTES - 3 - 19 - 1 - charge
    local.call(
        *put(
            "extra",
            id=S("k"),
            **{name: wire for name, wire in ITEM.items() if f" {name}" in f" {action}".replace("(", " ")},
        )
    )
    with pytest.raises(LocalServiceError, match="Item size to update has exceeded the maximum allowed size"):
        local.call("UpdateItem", sized(action, values, room + 1))
    assert "b" not in local.call(*get("extra", id=S("k")))["Item"]
    local.call("UpdateItem", sized(action, values, room))
    assert len(local.call(*get("extra", id=S("k")))["Item"]["b"]["S"]) == room


def test_where_only_the_item_counts(local: LocalEngine) -> None:
    """Updates in transactions and AttributeUpdates are limited by the item that they make."""
    most = limits.ITEM_BYTES - len("idkb")
    action = {"b": {"Action": "PUT", "Value": S("x" * most)}}
    local.call(*upd("extra", None, id=S("k"), AttributeUpdates=action))
    local.call(*put("extra", id=S("k")))
    local.call(*tx(tupd("extra", "SET b = :b", V(b=S("x" * most)), id=S("k"))))
    with pytest.raises(LocalServiceError, match="Item size to update"):
        local.call(*upd("extra", "SET b = :b", V(b=S("x" * most)), id=S("k")))


def test_before_the_condition(local: LocalEngine) -> None:
    """What is too large is said whether or not the condition holds."""
    with pytest.raises(LocalServiceError, match="Item size to update"):
        local.call(
            *upd("extra", "SET b = :b", V(b=S("x" * 409_590)), ConditionExpression="attribute_exists(z)", id=S("k"))
        )


def test_elements_of_sets_have_an_order(local: LocalEngine) -> None:
    """Texts and bytes by their bytes, numbers by value, whether they were put or added."""
    texts, numbers, data = (
        {"SS": ["b", "", "\u00e9", "Z"]},
        {"NS": ["10", "-2", "1.5"]},
        {"BS": [b"\xff", b"\x00", b"a"]},
    )
    local.call(*put("extra", id=S("k"), s=texts, n=numbers, b=data))
    added = V(s={"SS": ["a", "B"]}, n={"NS": ["9", "10"]})
    local.call(*upd("extra", "ADD s :s, n :n", added, id=S("k")))
    assert local.call(*get("extra", id=S("k")))["Item"] == {
        "id": S("k"),
        "s": {"SS": ["", "B", "Z", "a", "b", "\u00e9"]},
        "n": {"NS": ["-2", "1.5", "9", "10"]},
        "b": {"BS": [b"\x00", b"a", b"\xff"]},
    }
