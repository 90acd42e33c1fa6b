"""What do random values, items, conditions and updates look like?  The one home of Hypothesis strategies.

Pools are small so that things meet: equal values under different spellings, values of one type, paths that lead
somewhere. Conditions and updates are made for an item, so that about a quarter hold and about a quarter are refused.
Everything here can be written in DynamoDB's language; whether DynamoDB likes it is another question.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from dynexpr import attr
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Condition,
    In,
    Not,
    OperandNode,
    Or,
    Path,
    Projection,
    Step,
    Test,
    Update,
    Value,
    literal,
)
from dynexpr.wire import Item, Wire, decode, encode

NAMES: Final = ("a", "b", "c", "d", "size", "a.b", "x[0]", "é")
"""Attribute names: plain ones, a reserved word, and some that only a placeholder can stand for."""

TYPES: Final = ("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M")

_TEXTS: Final = ("", "a", "ab", "b", "B", "é", "éa", "\uffff", "\U0001f600", "S", "NS", "x" * 40)
_NUMBERS: Final = (
    "0", "1", "1.0", "1.00", "-1", "2", "3", "10", "9", "1E1", "0.1", "-0.5", "100", "1E2",
    "9" * 38, "-" + "9" * 38, "9.9E+125", "-9.9E+125", "1E-130", "1." + "0" * 36 + "1", "5E+125",
)  # fmt: skip
_BYTES: Final = (b"", b"a", b"ab", b"b", b"\x00", b"\xff", b"\x7f", b"\x80", b"a" * 30)

texts = st.sampled_from(_TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
numbers = st.sampled_from(_NUMBERS) | st.integers(-100, 100).map(str) | st.decimals(-99, 99, places=2).map(str)
binaries = st.sampled_from(_BYTES) | st.binary(max_size=4)


def _set(kind: str, elements: SearchStrategy[Any], by: Callable[[Any], Any]) -> SearchStrategy[Wire]:
    return st.lists(elements, min_size=1, max_size=3, unique_by=by).map(lambda found: {kind: found})


def _number_value(text: str) -> object:
    return literal({"N": text})


_FLAT: Final[dict[str, SearchStrategy[Wire]]] = {
    "S": texts.map(lambda text: {"S": text}),
    "N": numbers.map(lambda text: {"N": text}),
    "B": binaries.map(lambda stored: {"B": stored}),
    "BOOL": st.booleans().map(lambda truth: {"BOOL": truth}),
    "NULL": st.just({"NULL": True}),
    "SS": _set("SS", texts, lambda text: text),
    "NS": _set("NS", numbers, _number_value),
    "BS": _set("BS", binaries, lambda stored: stored),
}


def _nested(inner: SearchStrategy[Wire]) -> dict[str, SearchStrategy[Wire]]:
    return {
        **_FLAT,
        "L": st.lists(inner, max_size=3).map(lambda found: {"L": found}),
        "M": st.dictionaries(st.sampled_from(NAMES), inner, max_size=3).map(lambda found: {"M": found}),
    }


_inner = st.one_of(*_nested(st.one_of(*_FLAT.values())).values())
BY_TYPE: Final = _nested(_inner)
"""Values of each type; lists and maps nest two levels deep."""

values: Final[SearchStrategy[Wire]] = st.one_of(*BY_TYPE.values())
items: Final[SearchStrategy[Item]] = st.dictionaries(st.sampled_from(NAMES), values, min_size=2, max_size=7)

steps: Final[SearchStrategy[Step]] = st.sampled_from(NAMES) | st.integers(0, 4)
loose_paths: Final = st.tuples(st.sampled_from(NAMES), st.lists(steps, max_size=3)).map(
    lambda made: Path((made[0], *made[1]))
)
"""Paths that seldom lead anywhere."""


def places(item: Item) -> Iterator[tuple[tuple[Step, ...], Wire]]:
    """Every place of an item with the value there."""
    stack: list[tuple[tuple[Step, ...], Wire]] = [((name,), wire) for name, wire in sorted(item.items())]
    while stack:
        path, wire = stack.pop()
        yield path, wire
        ((kind, stored),) = wire.items()
        if kind == "L":
            stack.extend(((*path, index), element) for index, element in enumerate(stored))
        elif kind == "M":
            stack.extend(((*path, name), element) for name, element in stored.items())


class _Maker:
    """Draws nodes that have something to do with one item."""

    def __init__(self, draw: DrawFn, item: Item) -> None:
        self._draw = draw
        self._places = list(places(item))

    def pick(self, *choices: Any) -> Any:
        return self._draw(st.sampled_from(choices))

    def chance(self, percent: int) -> bool:
        return self._draw(st.integers(0, 99)) < percent

    def path(self) -> Path:
        if self._places and self.chance(85):
            found = self._draw(st.sampled_from(self._places))[0]
            return Path((*found, self._draw(steps))) if self.chance(7) else Path(found)
        return self._draw(loose_paths)

    def path_to(self, kinds: frozenset[str]) -> Path:
        """A path to a value of one of these types, if there is one."""
        fitting = [path for path, wire in self._places if kinds & wire.keys()]
        return Path(self._draw(st.sampled_from(fitting))) if fitting and self.chance(80) else self.path()

    def value_at(self, path: OperandNode) -> Wire | None:
        return next((wire for place, wire in self._places if path == Path(place)), None)

    def literal(self, near: OperandNode | None = None) -> Value:
        """A literal: the very value at a path, one of its type, one of another place, or any."""
        wire = self.value_at(near) if near is not None else None
        if wire is not None and self.chance(70):
            return literal(wire if self.chance(55) else self._draw(BY_TYPE[next(iter(wire))]))
        if self._places and self.chance(30):
            return literal(self._draw(st.sampled_from(self._places))[1])
        return literal(self._draw(values))

    def operand(self, near: OperandNode | None = None) -> OperandNode:
        if self.chance(60 if near is not None else 15):
            return self.literal(near)
        if self.chance(12):
            sized = self.path_to(ops.SIZE.accepts) if self.chance(85) else self.literal()
            return Call(ops.SIZE, (sized,))
        return self.path()

    def condition(self, depth: int) -> Condition:
        if depth and self.chance(45):
            if self.chance(35):
                return Not(self.condition(depth - 1))
            joined: type[And | Or] = self.pick(And, Or)
            terms: list[Condition] = []
            for _ in range(self._draw(st.integers(2, 3))):
                term = self.condition(depth - 1)
                terms.extend(term.terms if isinstance(term, joined) else (term,))
            return joined(tuple(terms))
        made: Condition = self.pick(self.compare, self.compare, self.between, self.in_, self.test, self.test)()
        return made

    def compare(self) -> Condition:
        op = self.pick(ops.EQ, ops.EQ, ops.NE, ops.LT, ops.LE, ops.GT, ops.GE)
        if op.accepts is ops.ORDERED and self.chance(75):
            left: OperandNode = self.path_to(ops.ORDERED)
            right = self.near_or_path(left, ops.ORDERED)
        else:
            left = self.operand()
            right = self.operand(left)
        return Compare(op, left, right) if self.chance(85) else Compare(op, right, left)

    def near_or_path(self, other: OperandNode, kinds: frozenset[str]) -> OperandNode:
        return self.literal(other) if self.chance(70) else self.path_to(kinds)

    def between(self) -> Condition:
        operand: OperandNode = self.path_to(ops.ORDERED) if self.chance(85) else self.operand()
        bounds = [self.near_or_path(operand, ops.ORDERED) for _ in range(2)]
        if self.chance(45):
            bounds.sort(key=lambda bound: str(bound.pair) if isinstance(bound, Value) else "")
        return Between(operand, *bounds)

    def in_(self) -> Condition:
        operand = self.operand()
        return In(operand, tuple(self.operand(operand) for _ in range(self._draw(st.integers(1, 4)))))

    def test(self) -> Condition:
        op = self.pick(
            ops.ATTRIBUTE_EXISTS,
            ops.ATTRIBUTE_NOT_EXISTS,
            ops.ATTRIBUTE_TYPE,
            ops.BEGINS_WITH,
            ops.CONTAINS,
            ops.CONTAINS,
        )
        if op in {ops.ATTRIBUTE_EXISTS, ops.ATTRIBUTE_NOT_EXISTS}:
            return Test(op, (self.path() if self.chance(92) else self.operand(),))
        if op is ops.ATTRIBUTE_TYPE:
            operand = self.path() if self.chance(85) else self.operand()
            wire = self.value_at(operand)
            name = next(iter(wire)) if wire is not None and self.chance(45) else self._draw(st.sampled_from(TYPES))
            return Test(op, (operand, literal({"S": name}) if self.chance(90) else self.literal()))
        container: OperandNode = self.path_to(op.accepts) if self.chance(85) else self.operand()
        return Test(op, (container, self.part_of(container) if self.chance(65) else self.operand(container)))

    def part_of(self, container: OperandNode) -> OperandNode:
        """Something that a text begins with, or a set or a list contains."""
        wire = self.value_at(container)
        if wire is None:
            return self.operand(container)
        ((kind, stored),) = wire.items()
        if kind in {"S", "B"}:
            end = self._draw(st.integers(0, 2))
            return literal({kind: stored[:end]})
        if kind in ops.SETS:
            return literal({kind[0]: self._draw(st.sampled_from(stored))})
        if kind == "L" and stored:
            return literal(self._draw(st.sampled_from(stored)))
        return self.operand(container)

    def number(self) -> OperandNode:
        if self.chance(50):
            return literal(self._draw(BY_TYPE["N"]))
        path = self.path_to(frozenset("N"))
        return Call(ops.IF_NOT_EXISTS, (path, self.literal(path))) if self.chance(20) else path

    def stored(self) -> OperandNode:
        """A value for SET."""
        made: OperandNode = self.pick(
            self.literal, self.literal, self.literal, self.present, self.present, self.sum, self.joined, self.fallback
        )()
        return made

    def present(self) -> Path:
        """A path that leads somewhere, nearly always."""
        return Path(self._draw(st.sampled_from(self._places))[0]) if self._places and self.chance(90) else self.path()

    def sum(self) -> OperandNode:
        op = self.pick(ops.PLUS, ops.MINUS)
        left, right = (self.number() if self.chance(90) else self.setting() for _ in range(2))
        return Arithmetic(op, left, right)

    def joined(self) -> OperandNode:
        return Call(ops.LIST_APPEND, (self.list_(), self.list_()))

    def list_(self) -> OperandNode:
        if self.chance(45):
            return literal(self._draw(BY_TYPE["L"]))
        path = self.path_to(frozenset("L"))
        return Call(ops.IF_NOT_EXISTS, (path, literal({"L": []}))) if self.chance(25) else path

    def setting(self) -> OperandNode:
        return self.literal() if self.chance(50) else self.path()

    def fallback(self) -> OperandNode:
        return Call(ops.IF_NOT_EXISTS, (self.path(), self.fallback() if self.chance(15) else self.setting()))

    def action(self) -> Action:
        op = self.pick(ops.SET, ops.SET, ops.SET, ops.REMOVE, ops.ADD, ops.DELETE)
        if op is ops.SET:
            return Action(op, self.target(), self.stored())
        if op is ops.REMOVE:
            return Action(op, self.target())
        path = self.path_to(op.accepts) if self.chance(75) else self.target()
        wire = self.value_at(path)
        if wire is not None and self.chance(75):
            return Action(op, path, self.literal(path))
        return Action(op, path, literal(self._draw(BY_TYPE[self.pick(*sorted(op.accepts))])))

    def target(self) -> Path:
        """A place to write to: one that is there, a new one beside it, a list's end and beyond, or anywhere."""
        if self.chance(30):
            return self.present()
        containers = [(path, wire) for path, wire in self._places if "L" in wire or "M" in wire]
        if containers and self.chance(60):
            path, wire = self._draw(st.sampled_from(containers))
            last: Step = self._draw(st.integers(0, 6)) if "L" in wire else self._draw(st.sampled_from(NAMES))
            return Path((*path, last))
        return Path((self._draw(st.sampled_from(NAMES)),)) if self.chance(85) else self.path()


@st.composite
def conditions(draw: DrawFn, item: Item, depth: int = 2) -> Condition:
    """Conditions that have something to do with the item."""
    return _Maker(draw, item).condition(depth)


@st.composite
def updates(draw: DrawFn, item: Item) -> Update:
    """Updates that have something to do with the item; most touch each place once, as DynamoDB wants it."""
    maker = _Maker(draw, item)
    actions: list[Action] = []
    for _ in range(draw(st.integers(1, 4))):
        action = maker.action()
        near = any(_collide(action.path.steps, other.path.steps) for other in actions)
        if not near or maker.chance(10):
            actions.append(action)
    return Update(tuple(actions))


def _collide(one: tuple[Step, ...], other: tuple[Step, ...]) -> bool:
    """Whether one path leads into the other, or both part as an index and a name."""
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            return isinstance(mine, int) is not isinstance(theirs, int)
    return True


@st.composite
def projections(draw: DrawFn, item: Item) -> Projection:
    """Projections that have something to do with the item."""
    maker = _Maker(draw, item)
    chosen: list[Path] = []
    for _ in range(draw(st.integers(1, 4))):
        path = maker.path()
        if maker.chance(10) or not any(_collide(path.steps, other.steps) for other in chosen):
            chosen.append(path)
    return Projection(tuple(chosen))


_SAID: Final = st.one_of(*(BY_TYPE[kind] for kind in TYPES if kind != "NULL"))


@st.composite
def sayable_conditions(draw: DrawFn, depth: int = 2) -> Condition:
    """A condition as Python's operators make it, which PartiQL can say too: an attribute stands first, none is NULL."""
    if depth and draw(st.booleans()):
        first, second = draw(sayable_conditions(depth - 1)), draw(sayable_conditions(depth - 1))
        return draw(st.sampled_from((first & second, first | second, ~first)))
    path = draw(loose_paths)
    place, size = attr(path.steps), attr(path.steps).size()
    one, other = (decode(wire) for wire in draw(st.lists(_SAID, min_size=2, max_size=2)))
    text, number = draw(texts), draw(st.integers(0, 9))
    lower, upper = sorted((draw(st.integers(-9, 9)), draw(st.integers(-9, 9))))
    conditions: tuple[Condition, ...] = (
        place == one,
        place != one,
        place < text,
        place >= number,
        place.between(lower, upper),
        place.in_([one, other]),
        place.begins_with(text),
        place.contains(number),
        place.attribute_exists(),
        place.attribute_not_exists(),
        place.attribute_type("L"),
        place.is_null(),
        size > number,
        size.in_([number]),
        place == attr("other"),
    )
    return draw(st.sampled_from(conditions))


@st.composite
def sayable_actions(draw: DrawFn) -> Action:
    """An action of an update that PartiQL can say too."""
    path = draw(loose_paths)
    place = attr(path.steps)
    value = decode(draw(_SAID))
    number = draw(st.integers(-9, 9))
    elements = draw(st.sets(texts, min_size=1, max_size=3))
    add, take, put = (Action(op, path, literal(encode(elements))) for op in (ops.ADD, ops.DELETE, ops.SET))
    handles = (
        place + number,
        number - place,
        place.if_not_exists(number) + 1,
        place.append(value),
        place.prepend(value, create_missing=True),
        place.if_not_exists(value),
        attr("other"),
    )
    sets = tuple(Action(ops.SET, path, handle.node) for handle in handles)
    return draw(
        st.sampled_from(
            (Action(ops.SET, path, literal(encode(value))), Action(ops.REMOVE, path), add, take, put, *sets)
        )
    )
