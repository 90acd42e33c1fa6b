"""Each golden row, used four times; and the promises that the table of operators makes."""

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dynexpr import create_engine, delete, matches, parse, select
from dynexpr.columns import Column
from dynexpr.compile import Compiled, compile_condition, compile_expressions, compile_projection, compile_update
from dynexpr.compile.fold import fold
from dynexpr.compile.parts import CHECKS
from dynexpr.compile.render import RENDER
from dynexpr.compile.shape import SHAPE
from dynexpr.engine import Engine
from dynexpr.errors import RequestRefused, TransactionCancelled
from dynexpr.expression import evaluate, nodes, operators, printing, walk as walk_module
from dynexpr.expression.nodes import Condition, Node, Projection, Update, fields_of
from dynexpr.expression.operators import OPERATORS, Op
from dynexpr.expression.walk import walk
from dynexpr.requests import Request
from dynexpr.schema.create import create_table_params
from dynexpr.statements.select import Select, wanted_paths
from dynexpr.statements.write import UpdateStatement
from dynexpr.wire import Item, Wire, freeze
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
        assert isinstance(node, Condition)
        read = parse.key_condition if id(row) in KEYED else parse.condition
        assert read(text, names, values) == fold(node)


def requests_of(row: Any) -> Iterator[tuple[str, Request]]:
    """Whole requests with the row's expression, and the parameter it is in."""
    expression = row[1]
    if isinstance(expression, UpdateStatement):
        yield "UpdateExpression", expression.compile()
    elif isinstance(expression, Select):
        yield "ProjectionExpression", expression.allow_scan().compile()
    elif id(row) in KEYED:
        index = KEYED[id(row)]
        request = select(G).where(expression).using(index or G.__table__).compile()
        if request.operation == "GetItem":  # of a whole key, which is not what the row is about
            made = compile_expressions([("key condition", expression)])
            request = Request("Query", {"TableName": "golden", **made.params()})
        yield "KeyConditionExpression", request
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


@pytest.mark.parametrize(("make", "error", "part"), [row[1:] for row in refused.ROWS], ids=names_of(refused.ROWS))
def test_refused(make: Callable[[], Any], error: type[Exception], part: str) -> None:
    """A mistake raises its error, on the line that makes it or when it is compiled, and says what is wrong."""
    with pytest.raises(error) as caught:
        make().compile()
    assert type(caught.value) is error
    assert part in str(caught.value)


class Tables:
    """The golden table on one engine, once to be read and once to be written to."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.read, self.written = (f"golden-{uuid.uuid4().hex}" for _ in range(2))
        self._written_items = 0
        for name in (self.read, self.written):
            engine.send("CreateTable", **create_table_params([G.__table__], name))
        self._put(self.read, ITEMS)

    def drop(self) -> None:
        """Delete both."""
        for name in (self.read, self.written):
            self.engine.send("DeleteTable", TableName=name)

    def _put(self, table: str, items: list[Item]) -> None:
        puts = [{"PutRequest": {"Item": item}} for item in items]
        assert not self.engine.send("BatchWriteItem", RequestItems={table: puts}).get("UnprocessedItems")

    def outcome(self, row: Any) -> list[Any]:
        """What comes of a row's expression on the fixed items."""
        made = compiled(row)
        maps: dict[str, Any] = {"ExpressionAttributeNames": made.names}
        if made.values:
            maps["ExpressionAttributeValues"] = made.values
        node = node_of(row)
        if isinstance(node, Update):
            return self._updated({"UpdateExpression": made.expression, **maps})
        if isinstance(node, Projection):
            return self._found("Scan", {"ProjectionExpression": made.expression, **maps})
        if id(row) in KEYED:
            index = {"IndexName": KEYED[id(row)]} if KEYED[id(row)] else {}
            return self._found("Query", {"KeyConditionExpression": made.expression, **index, **maps})
        filtered = self._found("Scan", {"FilterExpression": made.expression, **maps})
        return [filtered, self._true_of({"ConditionExpression": made.expression, **maps})]

    def _found(self, operation: str, params: dict[str, Any]) -> list[Any]:
        items = self.engine.send(operation, TableName=self.read, **params)["Items"]
        frozen = [freeze({"M": item}) for item in items]
        return frozen if operation == "Query" else sorted(frozen, key=repr)

    def _true_of(self, params: dict[str, Any]) -> list[Any]:
        """The items a condition is true of, by one transaction that checks it on each."""
        checks = [{"ConditionCheck": {"TableName": self.read, "Key": key_of(item), **params}} for item in ITEMS]
        reasons = ["None"] * len(ITEMS)
        try:
            self.engine.send("TransactWriteItems", TransactItems=checks)
        except TransactionCancelled as error:
            reasons = [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
        assert set(reasons) <= {"None", "ConditionalCheckFailed"}
        true = [item for item, reason in zip(ITEMS, reasons, strict=True) if reason == "None"]
        return sorted((freeze({"M": item}) for item in true), key=repr)

    def _updated(self, params: dict[str, Any]) -> list[Any]:
        """What an update makes of a copy of each item, or the words it is refused with."""
        self._written_items += 1
        copies: list[Item] = [{**item, "pk": {"S": f"p{self._written_items}"}} for item in ITEMS]
        self._put(self.written, copies)
        outcomes: list[Any] = []
        for item in copies:
            update = {"TableName": self.written, "Key": key_of(item), "ReturnValues": "ALL_NEW", **params}
            try:
                after = self.engine.send("UpdateItem", **update)["Attributes"]
            except RequestRefused as error:
                outcomes.append(str(error).replace("1 validation error detected: ", ""))
            else:
                outcomes.append(freeze({"M": {name: wire for name, wire in after.items() if name != "pk"}}))
        return outcomes


def key_of(item: Item) -> Item:
    """The key of an item."""
    return {name: item[name] for name in ("pk", "sk")}


@pytest.fixture(scope="module")
def local() -> Iterator[Tables]:
    """The tables on the embedded engine."""
    with create_engine("local://") as engine:
        yield Tables(engine)


@pytest.fixture(scope="module")
def amazons(dynamodb_local_endpoint: str) -> Iterator[Tables]:
    """The tables on a real engine."""
    with create_engine(f"dynamodb://us-east-1/?endpoint_url={dynamodb_local_endpoint}") as engine:
        tables = Tables(engine)
        yield tables
        tables.drop()


@pytest.mark.engine
@pytest.mark.parametrize("row", ROWS, ids=names_of(ROWS))
def test_equal_on_both_engines(row: Any, local: Tables, amazons: Tables) -> None:
    """A row does the same on `local://` and on Amazon's engine, as a filter and as a condition."""
    ours = local.outcome(row)
    assert ours == amazons.outcome(row)
    if row in CONDITIONS:
        assert ours[0] == ours[1]


@pytest.mark.parametrize("row", CONDITIONS, ids=names_of(CONDITIONS))
def test_matches(row: Any, local: Tables) -> None:
    """`matches` finds true what the engine finds."""
    found = sorted((freeze({"M": item}) for item in ITEMS if matches(row[1], item)), key=repr)
    assert found == local.outcome(row)[0]


def test_conditions_say_yes_and_no() -> None:
    """Most conditions are true of some item and false of another, so that equal answers mean something."""
    telling = [row for row in CONDITIONS if len({matches(row[1], item) for item in ITEMS}) == 2]
    assert len(telling) > 0.8 * len(CONDITIONS)


def golden_operators() -> set[Op]:
    """The operators that some row uses."""
    used: set[Op] = set()
    for row in ROWS:
        for each in walk(node_of(row)):
            used |= {value for name in fields_of(each) if isinstance(value := getattr(each, name), Op)}
            used |= {KINDS[type(each)]} if type(each) in KINDS else set()
    return used


KINDS: dict[type[Node], Op] = {
    nodes.And: operators.AND,
    nodes.Or: operators.OR,
    nodes.Not: operators.NOT,
    nodes.Between: operators.BETWEEN,
    nodes.In: operators.IN,
}
"""The operators whose nodes have a class of their own."""


def test_every_operator_is_explained_and_in_the_golden_table() -> None:
    """Each row of the table of operators has a line of documentation, an example and a golden row."""
    assert all(op.doc and op.example for op in OPERATORS)
    assert golden_operators() == set(OPERATORS)


def test_python_has_every_operator() -> None:
    """Each operator's Python spelling exists where it is used."""
    homes: dict[str, type] = {"and": Condition, "or": Condition, "not": Condition, "action": UpdateStatement}
    for op in OPERATORS:
        assert callable(getattr(homes.get(op.shape, Column), op.python)), op


NO_OPERATORS = {"key", "name", "node", "options", "table", "type", "asc", "desc", "at", "is_null", "prepend"}
"""What else a column has; is_null and prepend are other spellings of `=` and list_append."""


def test_columns_have_no_method_without_a_row() -> None:
    """The public methods of a column are the operators of the table, and a few that are none."""
    methods = {name for name in dir(Column) if not name.startswith("_")}
    assert methods - NO_OPERATORS <= {op.python for op in OPERATORS}


def test_the_page_of_operators_is_what_the_table_says() -> None:
    """docs/operators.md is what docs/generate.py writes."""
    script = Path(__file__).parents[1] / "docs" / "generate.py"
    checked = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


CLASSES = {
    each for each in vars(nodes).values()
    if isinstance(each, type) and issubclass(each, Node) and each not in {Node, nodes.OperandNode, Condition}
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "elsewhere"),
    [
        (RENDER, {nodes.Action}),  # part of Update's text
        (SHAPE, {nodes.Action}),
        (printing._READABLE, set()),
        (CHECKS, {nodes.Action, Update, Projection}),  # check_update and check_projection
        (walk_module._CHILDREN, set()),
        (evaluate._HOLDS | evaluate._OPERANDS, {nodes.Action, Update, Projection}),  # apply.py's
    ],
    ids=["render", "shape", "printing", "checks", "walk", "evaluate"],
)
def test_every_node_class_is_known(table: dict[type, Any], elsewhere: set[type]) -> None:
    """Each class of nodes has an entry in each table that works by class."""
    assert set(table) == CLASSES - elsewhere
