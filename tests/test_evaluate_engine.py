"""Do holds, apply_update, project and the checks agree with Amazon's own engine, errors included?

A pair is a node and an item. Quick: 250 random pairs of each kind; with --ci 2,000, and every two types under every
operator; with --long 50,000. `pytest -s` shows what was met.
"""

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings, strategies as st

from dynexpr import limits
from dynexpr.compile.checks import check_condition, check_projection, check_update
from dynexpr.compile.placeholders import Placeholders
from dynexpr.compile.render import render
from dynexpr.compile.shape import in_clauses
from dynexpr.errors import ExpressionError, UpdateRefused
from dynexpr.expression import operators as ops
from dynexpr.expression.apply import OVERFLOW, Applied, apply_update, project, updated_attributes
from dynexpr.expression.evaluate import equal, holds
from dynexpr.expression.nodes import (
    Action,
    Arithmetic,
    Between,
    Call,
    Compare,
    Condition,
    In,
    Node,
    OperandNode,
    Path,
    Projection,
    Test as Tested,
    Update,
    Value,
    literal,
)
from dynexpr.expression.operators import Op
from dynexpr.expression.walk import walk
from dynexpr.wire import Item
from tests import strategies
from tests.test_checks import (
    ACCEPTED_CONDITIONS,
    ACCEPTED_UPDATES,
    KEY_CONDITIONS,
    LIMITS,
    MANY,
    NO_KEY_CONDITIONS,
    REFUSED_CONDITIONS,
    REFUSED_UPDATES,
    VALUES as CHECKED_VALUES,
    Schema,
    bound,
)
from tests.test_evaluate import FALSE, ITEM, TRUE, condition

pytestmark = pytest.mark.engine

TABLE: Final = "one-item"
KEY_TABLES: Final = {
    schema: f"key-conditions-{index}"
    for index, schema in enumerate(dict.fromkeys(schema for schema, _, _ in (*KEY_CONDITIONS, *NO_KEY_CONDITIONS)))
}
KEY: Final[Item] = {"the key": {"S": "k"}}
Returned: TypeAlias = Literal["UPDATED_OLD", "UPDATED_NEW"]
RETURNED: Final[st.SearchStrategy[Returned]] = st.sampled_from(["UPDATED_OLD", "UPDATED_NEW"])
PAIRS: Final = 10
"""Nodes tried on each random item."""

ONE_OF_EACH: Final[Item] = {
    "S": {"S": "ab"}, "N": {"N": "2"}, "B": {"B": b"ab"}, "BOOL": {"BOOL": True}, "NULL": {"NULL": True},
    "SS": {"SS": ["a", "ab"]}, "NS": {"NS": ["1", "2"]}, "BS": {"BS": [b"ab", b"c"]},
    "L": {"L": [{"N": "2"}, {"S": "ab"}, {"NULL": True}]}, "M": {"M": {"S": {"S": "ab"}}},
}  # fmt: skip
"""Under its type's name, a value of each type."""
KINDS: Final = (*ONE_OF_EACH, "missing")


SLOW: Final = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
"""An item and ten nodes made for it are more than Hypothesis expects of one example."""


class Engine:
    """DynamoDB Local with one item in one table, and tables without items for key conditions."""

    def __init__(self, endpoint: str) -> None:
        self._prefix = f"evaluate{uuid.uuid4().hex[:8]}-"  # each worker of a run has tables of its own
        self._client: Any = boto3.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )

    def create(self, table: str, schema: Schema) -> None:
        """A table with these key attributes, or where only an index can have them, with such an index."""
        partition, sort = schema
        keys = [{"AttributeName": name, "KeyType": "HASH"} for name, _ in partition]
        keys += [{"AttributeName": name, "KeyType": "RANGE"} for name, _ in sort]
        kinds = dict((*partition, *sort))
        index: dict[str, Any] = {}
        if schema is MANY:
            projection = {"ProjectionType": "ALL"}
            index = {"GlobalSecondaryIndexes": [{"IndexName": "index", "KeySchema": keys, "Projection": projection}]}
            keys = [{"AttributeName": "table_pk", "KeyType": "HASH"}]
            kinds["table_pk"] = "S"
        self._client.create_table(
            TableName=self._prefix + table,
            KeySchema=keys,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
            BillingMode="PAY_PER_REQUEST",
            **index,
        )

    def delete(self, table: str) -> None:
        """Drop a table."""
        self._client.delete_table(TableName=self._prefix + table)

    def put(self, item: Item) -> None:
        """Store the item, in place of the one before."""
        self._client.put_item(TableName=self._prefix + TABLE, Item={**KEY, **item})

    def holds(self, condition: Condition) -> bool | str:
        """Whether the condition is true of the item, or the message it is refused with."""
        text, names, values = written(condition)
        answer = self._send(
            "query",
            KeyConditionExpression="#key = :key",
            FilterExpression=text,
            ExpressionAttributeNames={**names, "#key": "the key"},
            ExpressionAttributeValues={**values, ":key": KEY["the key"]},
        )
        return answer if isinstance(answer, str) else bool(answer["Count"] == 1)

    def update(self, update: Update, returned: str) -> Item | str:
        """The attributes the update returns, without the key, or the message it is refused with."""
        text, names, values = written(update)
        given: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        answer = self._send(
            "update_item",
            Key=KEY,
            UpdateExpression=text,
            ExpressionAttributeNames=names,
            ReturnValues=returned,
            **given,
        )
        if isinstance(answer, str):
            return answer
        return {name: wire for name, wire in answer.get("Attributes", {}).items() if name not in KEY}

    def project(self, projection: Projection) -> Item | str:
        """The part of the item that the projection returns, or the message it is refused with."""
        text, names, _ = written(projection)
        answer = self._send("get_item", Key=KEY, ProjectionExpression=text, ExpressionAttributeNames=names)
        return answer if isinstance(answer, str) else cast("Item", answer.get("Item", {}))

    def query(self, schema: Schema, text: str) -> str | None:
        """The message a query with this key condition is refused with, None if it is carried out."""
        given: dict[str, Any] = {"IndexName": "index"} if schema is MANY else {}
        if used := {token: CHECKED_VALUES[token] for token in re.findall(r":\w+", text)}:
            given["ExpressionAttributeValues"] = used
        answer = self._send("query", KEY_TABLES[schema], KeyConditionExpression=text, **given)
        return answer if isinstance(answer, str) else None

    def _send(self, operation: str, table: str = TABLE, **params: Any) -> Any:
        try:
            return getattr(self._client, operation)(TableName=self._prefix + table, **params)
        except ClientError as error:
            response: Any = error.response
            return str(response["Error"]["Message"]).removeprefix("1 validation error detected: ")


def written(node: Node) -> tuple[str, dict[str, str], Item]:
    """A node as text, its names and its values, unchecked: the engine is to judge it."""
    if isinstance(node, Update):
        node = as_written(node)
    placeholders = Placeholders()
    text = render(node, placeholders)
    found = [each.wire for each in walk(node) if isinstance(each, Value)]
    names = {token: name for name, token in placeholders.names.items()}
    return text, names, dict(zip(placeholders.values, found, strict=True))


def as_written(update: Update) -> Update:
    """The update with its actions as its text has them, which is the order they are checked in."""
    return Update(tuple(in_clauses(update)))


@pytest.fixture(scope="module")
def engine(dynamodb_local_endpoint: str) -> Iterator[Engine]:
    """This module's own tables."""
    engine = Engine(dynamodb_local_endpoint)
    tables: dict[str, Schema] = {TABLE: ((("the key", "S"),), ())}
    tables |= {name: schema for schema, name in KEY_TABLES.items()}
    for name, schema in tables.items():
        engine.create(name, schema)
    yield engine
    for name in tables:
        engine.delete(name)


class Histogram(Counter[str]):
    """What was met: outcomes and operators."""

    def __repr__(self) -> str:
        """Short, for Hypothesis shows the arguments of a failing test."""
        return f"<{self.total()} things counted>"

    def show(self, title: str) -> None:
        """Print it."""
        total = sum(count for key, count in self.items() if key.startswith("outcome: "))
        print(f"\n{title}: {total} pairs")
        for key, count in sorted(self.items()):
            print(f"  {count:6}  {100 * count / total:5.1f} %  {key}")


@pytest.fixture(scope="module")
def histograms() -> Iterator[dict[str, Histogram]]:
    """Counted by test, printed when all are done."""
    counted: dict[str, Histogram] = {}
    yield counted
    for title, each in counted.items():
        each.show(title)


def said(error: ExpressionError, theirs: str) -> str:
    """Our words for a refusal; theirs instead where known_exceptions says that they may differ."""
    for start in ("Two document paths overlap", "Two document paths conflict"):
        if start in error.reason and start in theirs:  # colliding-paths
            return theirs
    names = "operator or function: attribute_type, operand type: {"
    if names in error.reason and names in theirs:  # type-name-from-attribute
        return theirs
    return error.reason


T = TypeVar("T")


def tried(what: Callable[[], T]) -> T | ExpressionError:
    """What comes of it, be it a refusal."""
    try:
        return what()
    except ExpressionError as error:
        return error


def checked_condition(condition: Condition, item: Item) -> bool:
    """What dynexpr says of a condition."""
    check_condition(condition, "filter")
    return holds(condition, item)


def checked_update(update: Update, item: Item) -> Applied:
    """What dynexpr makes of an update."""
    check_update(update)
    return apply_update(update, item)


def checked_projection(projection: Projection, item: Item) -> Item:
    """What dynexpr takes for a projection."""
    check_projection(projection)
    return project(projection, item)


def compare_condition(engine: Engine, condition: Condition, item: Item) -> str:
    """Ask both about a condition and fail if they differ; return the outcome's name."""
    theirs = engine.holds(condition)
    ours = tried(lambda: checked_condition(condition, item))
    if isinstance(ours, ExpressionError):
        assert isinstance(theirs, str), f"{condition!r} on {item}: ours {ours!r}, theirs {theirs}"
        assert said(ours, theirs) == theirs, f"{condition!r} on {item}"
        return "error"
    assert ours is theirs, f"{condition!r} on {item}: ours {ours!r}, theirs {theirs!r}"
    return str(ours).lower()


def same(ours: Item, theirs: Item) -> bool:
    """Whether two items are equal; by value, for number-text."""
    return equal(("M", ours), ("M", theirs))


def compare_update(engine: Engine, update: Update, item: Item, returned: Returned = "UPDATED_NEW") -> str:
    """Ask both about an update and fail if they differ; return the outcome's name."""
    update = as_written(update)
    engine.put(item)
    theirs = engine.update(update, "ALL_NEW")
    if theirs == "DynamoDB only supports precision up to 38 digits":
        theirs = OVERFLOW  # precision-of-sums
    ours = tried(lambda: checked_update(update, item))
    if isinstance(ours, UpdateRefused):
        # Which of several wrong actions the engine meets first depends on a hash of their names.
        alone = [tried(lambda: apply_update(Update((action,)), item)) for action in update.actions]  # noqa: B023
        assert theirs in {each.reason for each in alone if isinstance(each, UpdateRefused)}, f"{update!r} on {item}"
        return "error on the item"
    if isinstance(ours, ExpressionError):
        assert isinstance(theirs, str), f"{update!r} on {item}: ours {ours!r}, theirs {theirs!r}"
        assert said(ours, theirs) == theirs, f"{update!r} on {item}"
        return "error"
    assert not isinstance(theirs, str), f"{update!r} on {item}: ours {ours.item}, theirs {theirs!r}"
    assert same(ours.item, theirs), f"{update!r} on {item}: ours {ours.item}, theirs {theirs}"
    if all(len(path.steps) == 1 for path in ours.paths):  # nested-updated-values
        engine.put(item)
        theirs = engine.update(update, returned)
        assert isinstance(theirs, dict)
        assert same(updated_attributes(ours, returned), theirs), f"{update!r} on {item}: {returned} {theirs}"
    return "unchanged" if same(ours.item, item) else "changed"


def operators_of(node: Node) -> Iterator[str]:
    """The operators in a node, for the histogram."""
    for part in walk(node):
        if isinstance(part, Compare | Tested | Call | Arithmetic | Action):
            yield f"operator: {part.op.text}"
        elif isinstance(part, Condition):
            yield f"operator: {type(part).__name__.upper()}"


@SLOW
@given(data=st.data(), item=strategies.items)
def test_random_conditions(engine: Engine, histograms: dict[str, Histogram], data: st.DataObject, item: Item) -> None:
    """A condition is true, false or refused as the engine has it."""
    counted = histograms.setdefault("random conditions", Histogram())
    engine.put(item)
    for _ in range(PAIRS):
        condition = data.draw(strategies.conditions(item))
        counted[f"outcome: {compare_condition(engine, condition, item)}"] += 1
        counted.update(operators_of(condition))


@SLOW
@given(data=st.data(), item=strategies.items)
def test_random_updates(engine: Engine, histograms: dict[str, Histogram], data: st.DataObject, item: Item) -> None:
    """An update gives the item, and returns the attributes, that the engine's does; or is refused as it refuses."""
    counted = histograms.setdefault("random updates", Histogram())
    for _ in range(PAIRS):
        update = data.draw(strategies.updates(item))
        returned = data.draw(RETURNED)
        counted[f"outcome: {compare_update(engine, update, item, returned)}"] += 1
        counted.update(operators_of(update))


@SLOW
@given(data=st.data(), item=strategies.items)
def test_random_projections(engine: Engine, histograms: dict[str, Histogram], data: st.DataObject, item: Item) -> None:
    """A projection returns what the engine returns."""
    counted = histograms.setdefault("random projections", Histogram())
    engine.put(item)
    for _ in range(PAIRS):
        projection = data.draw(strategies.projections(item))
        theirs = engine.project(projection)
        ours = tried(lambda: checked_projection(projection, item))  # noqa: B023
        if isinstance(ours, ExpressionError):
            assert isinstance(theirs, str), f"{projection!r} on {item}: {theirs}"
            assert said(ours, theirs) == theirs, f"{projection!r} on {item}"
            counted["outcome: error"] += 1
        else:
            assert not isinstance(theirs, str), f"{projection!r} on {item}: {theirs}"
            assert same(ours, theirs), f"{projection!r} on {item}: ours {ours}, theirs {theirs}"
            counted[f"outcome: {'something' if ours else 'nothing'}"] += 1


def test_rows_of_meaning(engine: Engine) -> None:
    """The rows of test_evaluate are the engine's opinion too."""
    engine.put(ITEM)
    for truth, rows in ((True, TRUE), (False, FALSE)):
        for text in rows:
            assert engine.holds(condition(text)) is truth, text


REFUSED: Final[tuple[tuple[Node, str], ...]] = (
    *((bound("filter", text), f"Invalid FilterExpression: {reason}") for text, _, reason in REFUSED_CONDITIONS),
    *((bound("update", text), f"Invalid UpdateExpression: {reason}") for text, _, reason in REFUSED_UPDATES),
    *((node, reason) for _, node, _, reason in LIMITS),
)


def test_rows_of_refusal(engine: Engine) -> None:
    """The rows of test_checks are refused by the engine in the same words."""
    engine.put(ITEM)
    for node, reason in REFUSED:
        theirs: object
        if len(written(node)[0]) > limits.EXPRESSION_BYTES:
            continue  # refused for that
        if isinstance(node, Update):
            theirs = engine.update(node, "NONE") if as_written(node) == node else reason
        elif isinstance(node, Projection):
            theirs = engine.project(node)
        else:
            theirs = engine.holds(cast("Condition", node))
        assert isinstance(theirs, str), f"{node!r}: {theirs}"
        assert theirs.endswith(reason), repr(node)


def test_rows_of_acceptance(engine: Engine) -> None:
    """The conditions and updates that test_checks accepts are not refused before the item is looked at."""
    engine.put(ITEM)
    for text in ACCEPTED_CONDITIONS:
        assert isinstance(engine.holds(bound("filter", text)), bool), text
    for text in ACCEPTED_UPDATES:
        theirs = engine.update(bound("update", text), "NONE")
        assert not isinstance(theirs, str) or not theirs.startswith("Invalid "), f"{text}: {theirs}"


@pytest.mark.parametrize("schema", KEY_TABLES, ids=KEY_TABLES.get)
def test_rows_of_key_conditions(engine: Engine, schema: Schema) -> None:
    """The key conditions of test_checks are accepted, and refused in the same words, by the engine."""
    for mine, text, _ in KEY_CONDITIONS:
        if mine is schema:
            assert engine.query(schema, text) is None, text
    for mine, text, reason in NO_KEY_CONDITIONS:
        if mine is schema:
            theirs = engine.query(schema, text)
            assert theirs == reason or (theirs is not None and words_of_engine(reason, theirs)), text


def words_of_engine(reason: str, theirs: str) -> bool:
    """Whether the engine's other words for a key condition are a known exception."""
    if reason.startswith("Query condition missed key schema element"):
        return theirs == reason.split(": ", maxsplit=1)[0]  # missed-key-element
    # words-of-key-conditions
    return theirs == reason.removeprefix("Invalid KeyConditionExpression: ") or theirs.startswith(
        ("Conditions can be of length 1 or 2 only", "Key attributes must be scalars")
    )


BINARY: Final = (ops.EQ, ops.NE, ops.LT, ops.LE, ops.GT, ops.GE, ops.BEGINS_WITH, ops.CONTAINS, ops.BETWEEN, ops.IN)


def condition_of(op: Op, left: OperandNode, right: OperandNode) -> Condition:
    """An operator over two operands."""
    if op.shape == "compare":
        return Compare(op, left, right)
    if op is ops.BETWEEN:
        return Between(left, right, right)
    return In(left, (right,)) if op is ops.IN else Tested(op, (left, right))


@pytest.mark.ci
@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.text)
def test_every_two_types_in_a_condition(engine: Engine, histograms: dict[str, Histogram], op: Op) -> None:
    """Attribute, size of an attribute and literal against the same, for every two types, equal and unequal."""
    counted = histograms.setdefault("every two types in a condition", Histogram())
    item = {**ONE_OF_EACH, **{f"{kind} too": wire for kind, wire in ONE_OF_EACH.items()}}
    engine.put(item)
    for left, right in product(KINDS, KINDS):
        lefts: list[OperandNode] = [Path((left,)), Call(ops.SIZE, (Path((left,)),))]
        rights: list[OperandNode] = [Path((f"{right} too",)), Call(ops.SIZE, (Path((f"{right} too",)),))]
        for kind, operands in ((left, lefts), (right, rights)):
            if kind in ONE_OF_EACH:
                operands.append(literal(ONE_OF_EACH[kind]))
        for one, other in product(lefts, rights):
            outcome = compare_condition(engine, condition_of(op, one, other), item)
            counted[f"outcome: {op.text} {outcome}"] += 1


def updates_of(kind: str, value: OperandNode) -> Iterator[Update]:
    """An attribute of a type and a value in every update."""
    path, target = Path((kind,)), Path(("target",))
    for op in (ops.PLUS, ops.MINUS):
        yield Update((Action(ops.SET, target, Arithmetic(op, path, value)),))
    for op in (ops.LIST_APPEND, ops.IF_NOT_EXISTS):
        yield Update((Action(ops.SET, target, Call(op, (path, value))),))
    for step in ("S", 1, 9):
        yield Update((Action(ops.SET, Path((kind, step)), value),))
    if isinstance(value, Value):
        for op in (ops.ADD, ops.DELETE):
            yield Update((Action(op, path, value),))


@pytest.mark.ci
def test_every_two_types_in_an_update(engine: Engine, histograms: dict[str, Histogram]) -> None:
    """Every action and function of an update on every two types."""
    counted = histograms.setdefault("every two types in an update", Histogram())
    for left, right in product(KINDS, KINDS):
        operands: list[OperandNode] = [Path((right,))]
        if right in ONE_OF_EACH:
            operands.append(literal(ONE_OF_EACH[right]))
        for operand in operands:
            for update in updates_of(left, operand):
                counted[f"outcome: {compare_update(engine, update, ONE_OF_EACH)}"] += 1
