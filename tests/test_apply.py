"""What does an update make of an item, what does it answer, when is it refused?  What does a projection return?"""

from copy import deepcopy
from typing import Final, Literal, cast

import pytest

from dynexpr.errors import ArgumentError, OperandError, UpdateRefused
from dynexpr.expression import apply as applying, operators as ops
from dynexpr.expression.apply import apply_update, project, updated_attributes
from dynexpr.expression.nodes import Action, Call, Parameter, Path, Projection, Update, literal
from dynexpr.frontends.text import shape
from dynexpr.wire import Item, Wire

ITEM: Final[Item] = {
    "n": {"N": "1"}, "half": {"N": "0.50"}, "s": {"S": "x"}, "nil": {"NULL": True},
    "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}, {"N": "3"}]}, "hollow": {"L": []},
    "m": {"M": {"x": {"N": "1"}, "y": {"L": [{"M": {"k": {"S": "v"}}}]}}},
    "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2.0"]}, "bs": {"BS": [b"a"]},
    "huge": {"N": "9E+125"}, "small": {"N": "1E-130"}, "nines": {"N": "9" * 38},
}  # fmt: skip

VALUES: Final[Item] = {
    ":n": {"N": "1"}, ":two": {"N": "2"}, ":half": {"N": "5E-1"}, ":tenth": {"N": "0.1"}, ":s": {"S": "new"},
    ":l": {"L": [{"S": "z"}]}, ":no": {"L": []}, ":m": {"M": {"a": {"N": "1"}}}, ":ss": {"SS": ["b", "c"]},
    ":ab": {"SS": ["a", "b"]}, ":ns": {"NS": ["2", "3"]}, ":bs": {"BS": [b"b"]}, ":tiny": {"N": "1.5E-130"},
    ":fiveE125": {"N": "5E+125"}, ":9": {"N": "9"}, ":7": {"N": "7"},
}  # fmt: skip


def update(text: str) -> Update:
    """The update of a text."""
    return cast("Update", shape("update", text).bind(None, VALUES))


def numbers(*found: int | str) -> Wire:
    """A list of numbers."""
    return {"L": [{"N": str(each)} for each in found]}


CHANGES: Final[tuple[tuple[str, dict[str, Wire | None]], ...]] = (
    # SET: values, paths, arithmetic; everything is read before anything is written.
    ("SET q = :s", {"q": {"S": "new"}}),
    ("SET n = :s", {"n": {"S": "new"}}),
    ("SET n = n", {}),
    ("SET n = s, s = n", {"n": {"S": "x"}, "s": {"N": "1"}}),
    ("SET q = n + :two", {"q": {"N": "3"}}),
    ("SET q = :two - n", {"q": {"N": "1"}}),
    ("SET q = half + :half", {"q": {"N": "1"}}),
    ("SET q = half - :half", {"q": {"N": "0"}}),
    ("SET q = n + n", {"q": {"N": "2"}}),
    ("SET q = n - :tenth", {"q": {"N": "0.9"}}),
    ("SET q = nines + n", {"q": {"N": "1" + "0" * 38}}),
    ("SET n = n + :n, q = n", {"n": {"N": "2"}, "q": {"N": "1"}}),
    ("SET q = m.y[0].k", {"q": {"S": "v"}}),
    # SET: functions.
    ("SET n = if_not_exists(n, :s)", {}),
    ("SET q = if_not_exists(q, :s)", {"q": {"S": "new"}}),
    ("SET q = if_not_exists(nil, :s)", {"q": {"NULL": True}}),
    ("SET q = if_not_exists(q, if_not_exists(r, n))", {"q": {"N": "1"}}),
    ("SET q = if_not_exists(q, n) + :n", {"q": {"N": "2"}}),
    ("SET q = if_not_exists(m.z, :n)", {"q": {"N": "1"}}),
    ("SET q = if_not_exists(n.x, s)", {"q": {"S": "x"}}),
    ("SET l = list_append(l, :l)", {"l": {"L": [*numbers(0, 1, 2, 3)["L"], {"S": "z"}]}}),
    ("SET l = list_append(:l, l)", {"l": {"L": [{"S": "z"}, *numbers(0, 1, 2, 3)["L"]]}}),
    ("SET q = list_append(l, l)", {"q": numbers(0, 1, 2, 3, 0, 1, 2, 3)}),
    ("SET q = list_append(if_not_exists(q, :no), :l)", {"q": {"L": [{"S": "z"}]}}),
    ("SET q = list_append(hollow, :no)", {"q": {"L": []}}),
    # Nested places.
    ("SET m.x = :s", {"m": {"M": {"x": {"S": "new"}, "y": ITEM["m"]["M"]["y"]}}}),
    ("SET m.z = :n", {"m": {"M": {**ITEM["m"]["M"], "z": {"N": "1"}}}}),
    ("SET m.y[0].k = :n", {"m": {"M": {"x": {"N": "1"}, "y": {"L": [{"M": {"k": {"N": "1"}}}]}}}}),
    ("SET m.y[0].j = m.x, m.x = :s", {
        "m": {"M": {"x": {"S": "new"}, "y": {"L": [{"M": {"k": {"S": "v"}, "j": {"N": "1"}}}]}}}}),
    ("SET m = :m, q = m.x", {"m": {"M": {"a": {"N": "1"}}}, "q": {"N": "1"}}),
    # Lists: indexes count in the list as it was; past the end appends, in the order of the indexes.
    ("SET l[0] = :9", {"l": numbers(9, 1, 2, 3)}),
    ("SET l[4] = :9", {"l": numbers(0, 1, 2, 3, 9)}),
    ("SET l[99] = :9", {"l": numbers(0, 1, 2, 3, 9)}),
    ("SET l[99] = :9, l[50] = :7", {"l": numbers(0, 1, 2, 3, 7, 9)}),
    ("SET hollow[3] = :9", {"hollow": numbers(9)}),
    ("REMOVE l[0]", {"l": numbers(1, 2, 3)}),
    ("REMOVE l[2], l[0]", {"l": numbers(1, 3)}),
    ("REMOVE l[0], l[1], l[2], l[3]", {"l": {"L": []}}),
    ("REMOVE l[4], l[99]", {}),
    ("SET l[1] = :9 REMOVE l[0]", {"l": numbers(9, 2, 3)}),
    ("SET l[9] = :9, l[2] = :7 REMOVE l[1], l[3]", {"l": numbers(0, 7, 9)}),
    ("SET l[0] = l[1], l[1] = l[0]", {"l": numbers(1, 0, 2, 3)}),
    ("SET q = l[0] REMOVE l[0]", {"q": {"N": "0"}, "l": numbers(1, 2, 3)}),
    ("REMOVE m.y[0].k", {"m": {"M": {"x": {"N": "1"}, "y": {"L": [{"M": {}}]}}}}),
    ("REMOVE m.y[0]", {"m": {"M": {"x": {"N": "1"}, "y": {"L": []}}}}),
    ("ADD l[1] :two REMOVE l[0]", {"l": numbers(3, 2, 3)}),
    ("ADD l[9] :two", {"l": numbers(0, 1, 2, 3, 2)}),
    # REMOVE
    ("REMOVE n", {"n": None}),
    ("REMOVE n, s, q", {"n": None, "s": None}),
    ("REMOVE q", {}),
    ("REMOVE m.z", {}),
    ("REMOVE m.x", {"m": {"M": {"y": ITEM["m"]["M"]["y"]}}}),
    # ADD and DELETE
    ("ADD n :two", {"n": {"N": "3"}}),
    ("ADD q :two", {"q": {"N": "2"}}),
    ("ADD m.x :two, m.z :n", {"m": {"M": {"x": {"N": "3"}, "y": ITEM["m"]["M"]["y"], "z": {"N": "1"}}}}),
    ("ADD ss :ss", {"ss": {"SS": ["a", "b", "c"]}}),
    ("ADD ss :ab", {}),
    ("ADD ns :ns", {"ns": {"NS": ["1", "2.0", "3"]}}),
    ("ADD bs :bs", {"bs": {"BS": [b"a", b"b"]}}),
    ("ADD q :ss", {"q": {"SS": ["b", "c"]}}),
    ("DELETE ss :ss", {"ss": {"SS": ["a"]}}),
    ("DELETE ss :ab", {"ss": None}),
    ("DELETE ns :ns", {"ns": {"NS": ["1"]}}),
    ("DELETE bs :bs", {}),
    ("DELETE q :ss", {}),
    ("DELETE m.q :ss", {}),
    ("SET q = ss DELETE ss :ss", {"q": {"SS": ["a", "b"]}, "ss": {"SS": ["a"]}}),
)  # fmt: skip


@pytest.mark.parametrize(("text", "changes"), CHANGES, ids=[text for text, _ in CHANGES])
def test_apply(text: str, changes: dict[str, Wire | None]) -> None:
    """The new item has the changes and nothing else; the old one is as it was."""
    before = deepcopy(ITEM)
    expected = {name: wire for name, wire in {**before, **changes}.items() if wire is not None}
    assert apply_update(update(text), before).item == expected
    assert before == ITEM


MISSING, PATH, TYPE = applying.MISSING, applying.INVALID_PATH, applying.WRONG_TYPE

REFUSED: Final = (
    ("SET q = r", MISSING), ("SET q = m.z", MISSING), ("SET q = l[4]", MISSING), ("SET q = n.x", MISSING),
    ("SET q = r + :n", MISSING), ("SET q = :n - r", MISSING), ("SET q = list_append(r, :l)", MISSING),
    ("SET q = if_not_exists(r, t)", MISSING), ("SET q = if_not_exists(r, t) + :n", MISSING),
    # The other value is read even where it is not needed.
    ("SET q = if_not_exists(n, r)", MISSING),
    ("SET q = n + s", TYPE), ("SET q = s - n", TYPE), ("SET q = n + nil", TYPE), ("SET q = l + n", TYPE),
    ("SET q = s + r", TYPE), ("SET q = if_not_exists(s, :n) + :n", TYPE), ("SET q = if_not_exists(r, :s) + :n", TYPE),
    ("SET q = list_append(l, n)", TYPE), ("SET q = list_append(ss, l)", TYPE), ("SET q = list_append(m, l)", TYPE),
    ("SET q = list_append(if_not_exists(r, :n), l)", TYPE), ("SET q = list_append(s, r)", TYPE),
    ("ADD s :n", TYPE), ("ADD nil :n", TYPE), ("ADD n :ss", TYPE), ("ADD ns :ss", TYPE), ("ADD ss :n", TYPE),
    ("ADD l :n", TYPE), ("ADD m :ss", TYPE),
    ("DELETE n :ns", TYPE), ("DELETE ns :ss", TYPE), ("DELETE l :ns", TYPE), ("DELETE nil :ss", TYPE),
    ("SET q.x = :n", PATH), ("SET q[0] = :n", PATH), ("SET n.x = :n", PATH), ("SET s[0] = :n", PATH),
    ("SET l.x = :n", PATH), ("SET m[0] = :n", PATH), ("SET m.z.x = :n", PATH), ("SET l[9].x = :n", PATH),
    ("SET l[0].x = :n", PATH), ("SET nil.x = :n", PATH), ("SET ss[0] = :s", PATH), ("SET m.y[1].k = :s", PATH),
    ("REMOVE q.x", PATH), ("REMOVE n.x", PATH), ("REMOVE m[0]", PATH), ("REMOVE l.x", PATH), ("REMOVE l[9].x", PATH),
    ("ADD q.x :n", PATH), ("DELETE q.x :ss", PATH), ("DELETE m[0] :ss", PATH),
    # The place is looked for before the value.
    ("SET q.x = r", PATH), ("SET z = r, q.x = :n", PATH), ("ADD s :n, q.x :n", PATH),
    ("SET q = huge + huge", applying.OVERFLOW), ("SET q = huge + :fiveE125", applying.OVERFLOW),
    ("ADD huge :fiveE125", applying.OVERFLOW),
    ("SET q = small - :tiny", applying.UNDERFLOW),
    ("SET q = nines + :tenth", applying.OVERFLOW), ("SET q = huge + :n", applying.OVERFLOW),
    ("ADD nines :half", applying.OVERFLOW), ("SET q = huge + small", applying.OVERFLOW),
)  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[text for text, _ in REFUSED])
def test_refused(text: str, reason: str) -> None:
    """An update the item doesn't allow is refused in the service's words, with the place, and changes nothing."""
    before = deepcopy(ITEM)
    with pytest.raises(UpdateRefused) as caught:
        apply_update(update(text), before)
    assert caught.value.reason == reason
    assert caught.value.node is not None
    assert str(caught.value).startswith(f"{reason}: ")
    assert before == ITEM


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (Action(ops.SET, Path(("q",)), Parameter("x")), ArgumentError),
        (Action(ops.SET, Path(("q",))), OperandError),
        (Action(ops.ADD, Path(("q",))), OperandError),
        (Action(ops.SET, Path(("q",)), Call(ops.SIZE, (Path(("l",)),))), OperandError),
    ],
)
def test_what_is_no_value(action: Action, error: type[Exception]) -> None:
    """An action without its value, or with one that only a condition can have, is refused."""
    with pytest.raises(error, match=r"value|SET"):
        apply_update(Update((action,)), ITEM)


def nested(depth: int) -> Wire:
    """A map *depth* levels deep."""
    wire: Wire = {"M": {}}
    for _ in range(depth - 1):
        wire = {"M": {"b": wire}}
    return wire


@pytest.mark.parametrize(
    ("place", "depth", "allowed"),
    [(1, 31, True), (1, 32, False), (31, 1, True), (31, 2, False), (32, 0, True), (32, 1, False)],
)
def test_nesting(place: int, depth: int, allowed: bool) -> None:
    """A new value may not make the item more than 32 levels deep."""
    item = {"a": nested(31)}
    path = Path(("a", *("b",) * (place - 2), "c")) if place > 1 else Path(("q",))
    change = Update((Action(ops.SET, path, literal(nested(depth) if depth else {"N": "1"})),))
    if allowed:
        apply_update(change, item)
        return
    with pytest.raises(UpdateRefused) as caught:
        apply_update(change, item)
    assert caught.value.reason == "Nesting Levels have exceeded supported limits"


RETURNED: Final[tuple[tuple[str, Item, Item], ...]] = (
    ("SET n = :s, q = :n", {"n": {"N": "1"}}, {"n": {"S": "new"}, "q": {"N": "1"}}),
    ("SET n = n", {"n": {"N": "1"}}, {"n": {"N": "1"}}),
    ("REMOVE n, q", {"n": {"N": "1"}}, {}),
    ("DELETE ss :ab", {"ss": {"SS": ["a", "b"]}}, {}),
    # Only what was touched, nested as it is.
    ("SET m.x = :s", {"m": {"M": {"x": {"N": "1"}}}}, {"m": {"M": {"x": {"S": "new"}}}}),
    ("SET m.z = :s", {}, {"m": {"M": {"z": {"S": "new"}}}}),
    ("SET l[1] = :9, m.x = :s", {"l": numbers(1), "m": {"M": {"x": {"N": "1"}}}},
     {"l": numbers(9), "m": {"M": {"x": {"S": "new"}}}}),
    ("REMOVE l[1], l[9]", {"l": numbers(1)}, {"l": numbers(2)}),
    ("SET l[99] = :9", {}, {}),
    ("SET l[4] = :9", {}, {"l": numbers(9)}),
)  # fmt: skip


@pytest.mark.parametrize(("text", "old", "new"), RETURNED, ids=[text for text, _, _ in RETURNED])
def test_updated_attributes(text: str, old: Item, new: Item) -> None:
    """UPDATED_OLD and UPDATED_NEW give the touched places before and after, as the service does."""
    applied = apply_update(update(text), ITEM)
    which: tuple[Literal["UPDATED_OLD"], Literal["UPDATED_NEW"]] = ("UPDATED_OLD", "UPDATED_NEW")
    assert updated_attributes(applied, which[0]) == old
    assert updated_attributes(applied, which[1]) == new


def test_the_untouched_is_shared() -> None:
    """What an update does not touch is not copied; what it does touch is, up to the top."""
    applied = apply_update(update("SET m.x = :n"), ITEM)
    assert applied.before is ITEM
    assert applied.item["l"] is ITEM["l"]
    assert applied.item["m"]["M"]["y"] is ITEM["m"]["M"]["y"]
    assert applied.item["m"] is not ITEM["m"]


PROJECTED: Final[tuple[tuple[str, Item], ...]] = (
    ("n, s", {"n": {"N": "1"}, "s": {"S": "x"}}),
    ("q", {}),
    ("n, q", {"n": {"N": "1"}}),
    ("l[2], l[0]", {"l": numbers(0, 2)}),
    ("l[9]", {}),
    ("l[9], l[3]", {"l": numbers(3)}),
    ("m.x, m.y", {"m": ITEM["m"]}),
    ("m.y[0].k", {"m": {"M": {"y": {"L": [{"M": {"k": {"S": "v"}}}]}}}}),
    ("m.y[0].z", {}),
    ("m.x.z, m.z", {}),
    ("hollow", {"hollow": {"L": []}}),
    ("hollow[0]", {}),
    ("n[0], s.x, ss[0], l.x, m[0]", {}),
)


@pytest.mark.parametrize(("text", "expected"), PROJECTED, ids=[text for text, _ in PROJECTED])
def test_project(text: str, expected: Item) -> None:
    """A projection returns what its paths lead to, lists moved together, and nothing for what is not there."""
    assert project(cast("Projection", shape("projection", text).bind()), ITEM) == expected
