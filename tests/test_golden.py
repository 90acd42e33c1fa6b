"""Each golden row, used four times; and the promises that the table of operators makes."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dynexpr import create_engine, delete, parse, select, update
from dynexpr.compile import Compiled, compile_condition, compile_projection, compile_update
from dynexpr.compile.checks import _CHECKS
from dynexpr.compile.render import RENDER
from dynexpr.compile.shape import SHAPE
from dynexpr.engine import Engine
from dynexpr.errors import DynexprError, ServiceError
from dynexpr.expression import evaluate, nodes, operand, operators, printing, walk
from dynexpr.expression.nodes import Condition, Node, Projection, Update
from dynexpr.expression.operators import OPERATORS, Op
from dynexpr.requests import Request
from dynexpr.statements.select import Select, wanted_paths
from dynexpr.statements.write import UpdateStatement
from dynexpr.tables import Column
from dynexpr.wire import Item, Wire, equal
from tests import golden, refused
from tests.golden import ITEMS, G
from tests.wire_shapes import problems

CONDITIONS = [
    *golden.COMPARISONS, *golden.OTHER_SIDES, *golden.FUNCTIONS, *golden.PATHS, *golden.SHARING, *golden.JOINED,
]  # fmt: skip
ROWS = [*CONDITIONS, *golden.UPDATES, *golden.PROJECTIONS, *golden.KEYS]
KEYED = {id(row): row[0].partition("@")[2] for row in golden.KEYS}
"""The index of each key condition; none is the table."""


def node_of(row: Any) -> Node:
    """The node of a row's expression."""
    expression = row[1]
    if isinstance(expression, UpdateStatement):
        return Update(expression.actions)
    if isinstance(expression, Select):
        return Projection(wanted_paths(expression))
    assert isinstance(expression, Condition)
    return expression


def compiled(row: Any) -> Compiled:
    """A row's expression, compiled alone."""
    node = node_of(row)
    if isinstance(node, Update):
        return compile_update(node)
    if isinstance(node, Projection):
        return compile_projection(node)
    assert isinstance(node, Condition)
    return compile_condition(node, "key condition" if id(row) in KEYED else "condition")


def expected(row: Any) -> tuple[str, dict[str, str], dict[str, Wire]]:
    """What a row says: text, names and values."""
    _, _, text, names, values = row
    listed = names.split() if isinstance(names, str) else names
    return (
        text,
        {f"#n{number}": name for number, name in enumerate(listed)},
        {f":v{number}": value for number, value in enumerate(values)},
    )


def names_of(rows: list[Any]) -> list[str]:
    """The rows' names, for pytest."""
    return [row[0] for row in rows]


def test_the_table_is_large_and_its_rows_differ() -> None:
    """At least 250 rows, and 80 that are refused; each has a name of its own."""
    assert len(ROWS) >= 250
    assert len(refused.ROWS) >= 80
    for rows in (CONDITIONS, golden.UPDATES, golden.PROJECTIONS, golden.KEYS, refused.ROWS):
        assert len({row[0] for row in rows}) == len(rows)


@pytest.mark.parametrize("row", ROWS, ids=names_of(ROWS))
def test_compiled(row: Any) -> None:
    """A row compiles to its text, its names and its values, cold and from the cache."""
    for _ in range(2):
        made = compiled(row)
        assert (made.expression, made.names, made.values) == expected(row)


@pytest.mark.parametrize("row", ROWS, ids=names_of(ROWS))
def test_parsed_back(row: Any) -> None:
    """A row's text is read back as what it was made of, constants folded."""
    text, names, values = expected(row)
    node = node_of(row)
    if isinstance(node, Update):
        # The text groups the actions by clause.
        assert compile_update(parse.update(text, names, values)) == compile_update(node)
        assert set(parse.update(text, names, values).actions) == set(node.actions)
    elif isinstance(node, Projection):
        assert parse.projection(text, names) == node
    else:
        read = parse.key_condition if id(row) in KEYED else parse.condition
        assert read(text, names, values) == (node if "folded" not in row[0] else read(*expected(row)))


def requests_of(row: Any) -> Iterator[tuple[str, Request]]:
    """Whole requests with the row's expression, and the parameter it is in."""
    expression = row[1]
    if isinstance(expression, UpdateStatement):
        yield "UpdateExpression", expression.compile()
    elif isinstance(expression, Select):
        yield "ProjectionExpression", expression.allow_scan().compile()
    elif id(row) in KEYED:
        index = KEYED[id(row)]
        statement = select(G).where(expression).using(index if index else G.__table__)
        yield "KeyConditionExpression", statement.compile()
    else:
        yield "FilterExpression", select(G).where(expression).allow_scan().compile()
        yield "ConditionExpression", delete(G).where(G.pk == "p", G.sk == 1, expression).compile()


@pytest.mark.parametrize("row", ROWS, ids=names_of(ROWS))
def test_whole_requests(row: Any) -> None:
    """Inside whole requests, a row's text is the same, and botocore finds nothing wrong with them."""
    text, names, values = expected(row)
    for parameter, request in requests_of(row):
        assert problems(request.operation, request.params) == ""
        assert request.params[parameter] == text
        assert request.params.get("ExpressionAttributeNames", {}) == names
        assert request.params.get("ExpressionAttributeValues", {}) == values


class Table:
    """The golden table on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name = engine.settings.name(G.__table__)
        self._copies = 0

    def put(self, items: list[Item]) -> None:
        """Write some items."""
        for start in range(0, len(items), 25):
            batch = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
            self.engine.send("BatchWriteItem", RequestItems={self.name: batch})

    def send(self, operation: str, **params: Any) -> Any:
        """The answer to a request, or what it was refused with."""
        try:
            return self.engine.send(operation, **params)
        except ServiceError as error:
            return type(error).__name__, getattr(error, "reasons", None)

    def outcome(self, row: Any) -> object:
        """What comes of a row's expression on the fixed items."""
        made = compiled(row)
        maps: dict[str, Any] = {"ExpressionAttributeNames": made.names}
        if made.values:
            maps["ExpressionAttributeValues"] = made.values
        node = node_of(row)
        if isinstance(node, Update):
            return [self._updated(item, made.expression, maps) for item in ITEMS]
        if isinstance(node, Projection):
            return self._found("Scan", ProjectionExpression=made.expression, **maps)
        if id(row) in KEYED:
            index = {"IndexName": KEYED[id(row)]} if KEYED[id(row)] else {}
            return self._found("Query", KeyConditionExpression=made.expression, **index, **maps)
        found = self._found("Scan", FilterExpression=made.expression, **maps)
        assert sorted(item["sk"]["N"] for item in found) == self._true_of(made.expression, maps)
        return found

    def _found(self, operation: str, **params: Any) -> Any:
        answer = self.send(operation, TableName=self.name, **params)
        items: list[Item] = answer["Items"]
        return items if operation == "Query" else sorted(items, key=lambda item: item.get("sk", {}).get("N", repr(item)))

    def _true_of(self, text: str, maps: dict[str, Any]) -> list[str]:
        """The items of which the condition is true, each asked in one transaction."""
        checks = [
            {"ConditionCheck": {"TableName": self.name, "Key": key_of(item), "ConditionExpression": text, **maps}}
            for item in ITEMS
        ]
        request = Request("TransactWriteItems", {"TransactItems": checks, "ClientRequestToken": str(uuid.uuid4())})
        reasons = self.engine.transport.send(request)
        return sorted(item["sk"]["N"] for item, reason in zip(ITEMS, reasons, strict=True) if reason == "None")

    def _updated(self, item: Item, text: str, maps: dict[str, Any]) -> Any:
        """What an update makes of a copy of the item, or what it is refused with."""


def key_of(item: Item) -> Item:
    """The key of an item."""
    return {name: item[name] for name in ("pk", "sk")}
