"""For random schemas, items and conditions: does a plan find what looking at every item finds, however it is read?"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.strategies import DrawFn

from dynexpr import Column, ColumnOptions, GlobalIndex, LocalIndex, MetaData, Table, create_engine, select, tuple_
from dynexpr.engine import Engine
from dynexpr.errors import ScanRequired
from dynexpr.expression.evaluate import holds
from dynexpr.expression.nodes import Condition
from dynexpr.plan import plan
from dynexpr.plan.made import Plan
from dynexpr.results import Row, row_of
from dynexpr.statements.select import Select
from dynexpr.types import Binary, ColumnType, Number, String
from dynexpr.wire import Item, freeze

_POOLS: dict[str, tuple[Any, ...]] = {
    "S": ("a", "ab", "b", "é", "ab\U0010ffff", "z"),
    "N": (-2, 0, 1, 2, 3, 10),
    "B": (b"a", b"a\xff", b"b", b"\xff", b"\xff\xff"),
}
_TYPES: dict[str, type[ColumnType[Any]]] = {"S": String, "N": Number, "B": Binary}
_NAMES = ("p", "s", "a", "b", "c")


class World(NamedTuple):
    """A table, the items in it, items to come, and a statement."""

    table: Table
    items: list[Item]
    later: list[Item]
    statement: Select[Any]


class _Maker:
    """Draws a world."""

    def __init__(self, draw: DrawFn) -> None:
        self._draw = draw
        self.kinds = {name: self.pick("SNB") for name in _NAMES}
        self.kinds["p"] = self.pick("SN")
        self.sorted = self.chance(80)
        self.nullable = {name for name in ("a", "b", "c") if self.chance(30)}

    def pick(self, options: Any) -> Any:
        return self._draw(st.sampled_from(options))

    def chance(self, percent: int) -> bool:
        return bool(self._draw(st.integers(0, 99)) < percent)

    def table(self) -> Table:
        options = {
            "p": ColumnOptions(partition_key=True),
            "s": ColumnOptions(sort_key=self.sorted, nullable=not self.sorted),
            **{name: ColumnOptions(nullable=name in self.nullable) for name in ("a", "b", "c")},
        }
        columns = [Column(name, _TYPES[self.kinds[name]](), options[name]) for name in _NAMES]
        return Table("world", MetaData(), *columns, indexes=list(self.indexes()))

    def indexes(self) -> Iterator[Any]:
        if self.sorted and self.chance(40):
            yield LocalIndex("local", sort_key=self.pick("abc"), projection=self.projection())
        for number in range(self._draw(st.integers(0, 2))):
            names = self._draw(st.permutations(_NAMES))
            partitions = self._draw(st.integers(1, 2))
            sorts = self._draw(st.integers(0, 2))
            yield GlobalIndex(
                f"global-{number}",
                partition_key=names[:partitions],
                sort_key=names[partitions : partitions + sorts],
                projection=self.projection(),
            )

    def projection(self) -> Any:
        return self.pick(("ALL", "ALL", "KEYS_ONLY", ("a",)))

    def items(self) -> list[Item]:
        found: dict[Any, Item] = {}
        for _ in range(self._draw(st.integers(3, 16))):
            item = {name: self.wire(name) for name in _NAMES if name not in self.absent() or self.chance(70)}
            found[tuple(freeze(item[name]) for name in ("p", "s")[: 1 + self.sorted])] = item
        return list(found.values())

    def absent(self) -> set[str]:
        return self.nullable if self.sorted else {*self.nullable, "s"}

    def wire(self, name: str) -> Any:
        kind = self.kinds[name]
        value = self.value(name)
        return {kind: str(value) if kind == "N" else value}

    def value(self, name: str) -> Any:
        # Few partitions with several items each.
        return self.pick(_POOLS[self.kinds[name]][: None if name == "s" else 2 if name == "p" else 3])

    def values(self, name: str) -> list[Any]:
        return [self.value(name) for _ in range(self._draw(st.integers(1, 4)))]

    def term(self, table: Table, names: Sequence[str], depth: int = 1) -> Condition:
        name = self.pick(names) if names and self.chance(70) else self.pick(_NAMES)
        column = table.c[name]
        if depth and self.chance(15):
            inner = [self.term(table, names, depth - 1) for _ in range(2)]
            joined: Condition = self.pick((inner[0] | inner[1], inner[0] & inner[1], ~inner[0]))
            return joined
        kind = self._draw(st.integers(0, 12))
        if kind == 0:
            return column.in_(self.values(name))
        if kind == 1:
            low, high = sorted([self.value(name), self.value(name)])
            return column.between(low, high)
        if kind > 10:
            low, high = sorted([self.value(name), self.value(name)])
            lower: Condition = column >= low if self.chance(50) else column > low
            upper: Condition = column <= high if self.chance(50) else column < high
            return lower & upper
        if kind == 2 and self.kinds[name] != "N":
            return column.begins_with(self.value(name)[:1])
        if kind == 3 and self.kinds[name] != "N":
            return column.contains(self.value(name)[:1])
        if kind == 4:
            return column.attribute_exists() if self.chance(50) else column.attribute_not_exists()
        value = self.value(name)
        compared: Condition = self.pick(
            (column == value, column != value, column < value, column <= value, column > value, column >= value)
        )
        return compared

    def key(self, partition: Sequence[Column[Any]], table: Table) -> list[Condition]:
        """Equalities, or choices, that a path can begin with."""
        if self.chance(10):
            rows = [(self.value("p"), self.value("s")) for _ in range(3)]
            return [tuple_(table.c.p, table.c.s).in_(rows)]
        return [
            column.in_(self.values(column.name)) if self.chance(30) else column == self.value(column.name)
            for column in partition
        ]

    def statement(self, table: Table) -> Select[Any]:
        paths: list[tuple[Sequence[Column[Any]], Sequence[Column[Any]]]] = [
            ((table.partition_key,), table.key_columns[1:])
        ]
        paths += [(index.partition_keys, index.sort_keys) for index in table.indexes.values()]
        partition, sort = self.pick(paths)
        conditions = [*(self.key(partition, table) if self.chance(85) else ())]
        names = [column.name for column in sort]
        conditions += [self.term(table, names) for _ in range(self._draw(st.integers(0, 3)))]
        statement = select(table).where(*self._draw(st.permutations(conditions)))
        if self.chance(40):
            statement = statement.hydrate()
        ordered = statement.order_by(self.pick((table.c.s.asc(), table.c.s.desc(), table.c.a.asc(), table.c.a.desc())))
        if self.chance(50):
            try:
                plan(ordered)
            except ScanRequired:
                return statement
            return ordered
        return statement


@st.composite
def worlds(draw: DrawFn) -> World:
    """A table with items and a statement over it."""
    maker = _Maker(draw)
    table = maker.table()
    statement = maker.statement(table)
    if statement.ordering is None:
        statement = statement.allow_scan()
    return World(table, maker.items(), maker.items(), statement)


def key_of(table: Table, item: Item) -> tuple[Any, ...]:
    """What tells items apart."""
    return tuple(freeze(item[name]) for name in table.key_names)


def check(world: World, engine: Engine) -> None:
    """Read the statement in every way there is."""
    table, items, _, statement = world
    made = plan(statement)
    found = [item for item in items if statement.condition is None or holds(statement.condition, item)]
    wanted = {key_of(table, item): row_of(table, item) for item in found}
    rows = engine.execute(statement).all()
    in_order(made, rows, table)
    same_rows(rows, wanted, table)
    assert engine.count(statement) == len(found)
    for size in range(1, len(items) + 2):
        assert engine.execute(statement.page_size(size)).all() == rows
        assert engine.execute(statement.limit(size)).all() == rows[:size]
        assert engine.count(statement.limit(size)) == min(size, len(rows))
        walked = [page.items for page in pages(engine, statement, size)]
        assert [row for page in walked for row in page] == rows


def same_rows(rows: Sequence[Row], wanted: dict[tuple[Any, ...], Row], table: Table) -> None:
    """The rows are the wanted ones, each once."""
    found = {tuple(row[name] for name in table.key_names): row for row in rows}
    assert len(found) == len(rows)
    assert found == {tuple(row[name] for name in table.key_names): row for row in wanted.values()}


def in_order(made: Plan, rows: Sequence[Row], table: Table) -> None:
    """The rows come in the order of the sort key, where there is one."""
    names = [column.name for column in made.order]
    if made.operation == "Query" and names:
        values = [tuple(row[name] for name in names) for row in rows]
        assert values == sorted(values, reverse=not made.forward)
    if made.operation == "BatchGetItem":
        keys = [tuple(row_of(table, key)[name] for name in table.key_names) for key in made.keys]
        places = [keys.index(tuple(row[name] for name in table.key_names)) for row in rows]
        assert places == sorted(places)


def pages(engine: Engine, statement: Select[Any], size: int) -> Iterator[Any]:
    """The pages of a walk, and, for what can be walked back, the same pages again from the end."""
    cursor: str | None = None
    there: list[Any] = []
    while True:
        page = engine.page(statement, size, cursor)
        there.append(page)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            break
    if plan(statement).operation == "Scan" or size > 3:
        return
    back = [there[-1].items]
    cursor = there[-1].previous_cursor
    while cursor is not None:
        page = engine.page(statement, size, cursor)
        back.append(page.items)
        cursor = page.previous_cursor
    assert [row for items in reversed(back) for row in items] == [row for page in there for row in page.items]


def put_all(engine: Engine, items: Sequence[Item]) -> None:
    """Store items as they are."""
    for item in items:
        engine.send("PutItem", TableName="world", Item=item)


def walk_among_changes(world: World, engine: Engine, size: int) -> None:
    """While a walk goes on, some items are deleted and others come: what stays is met once, in its order."""
    table, items, later, statement = world
    stay = [item for place, item in enumerate(items) if place % 3]
    go = [item for place, item in enumerate(items) if not place % 3]
    keys = {key_of(table, item) for item in items}
    come = [item for item in later if key_of(table, item) not in keys]
    staying = {tuple(row_of(table, item)[name] for name in table.key_names) for item in stay}

    def only_staying(rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if tuple(row[name] for name in table.key_names) in staying]

    before = only_staying(engine.execute(statement).all())
    walked: list[Row] = []
    cursor: str | None = None
    while True:
        page = engine.page(statement, size, cursor)
        walked += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
        if go:
            key = {name: wire for name, wire in go.pop().items() if name in table.key_names}
            engine.send("DeleteItem", TableName="world", Key=key)
        if come:
            put_all(engine, [come.pop()])
    assert only_staying(walked) == before
    keys_walked = [tuple(row[name] for name in table.key_names) for row in walked]
    assert len(set(keys_walked)) == len(keys_walked)


_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)


@given(worlds(), st.integers(1, 3))
@settings(suppress_health_check=_SLOW)
def test_a_plan_finds_what_brute_force_finds(world: World, size: int) -> None:
    """Rows, counts, limits, page sizes and cursors all give the brute-force result, on the embedded engine."""
    with create_engine("local://") as engine:
        world.table.metadata.create_all(engine)
        put_all(engine, world.items)
        check(world, engine)
        walk_among_changes(world, engine, size)


@pytest.mark.engine
def test_so_it_does_on_a_real_engine(dynamodb_local_endpoint: str) -> None:
    """The same on DynamoDB Local, for a few worlds."""
    url = f"dynamodb://us-east-1/?endpoint_url={dynamodb_local_endpoint}"

    @given(worlds(), st.integers(1, 3))
    @settings(max_examples=max(4, settings().max_examples // 8), suppress_health_check=_SLOW)
    def run(world: World, size: int) -> None:
        with create_engine(url) as engine:
            world.table.metadata.drop_all(engine)
            world.table.metadata.create_all(engine)
            put_all(engine, world.items)
            check(world, engine)
            walk_among_changes(world, engine, size)

    run()
