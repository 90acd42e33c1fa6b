"""Do holds, apply_update, project and the checks agree with Amazon's own engine, errors included?"""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings, strategies as st

from dynexpr.compile.checks import check_condition, check_projection, check_update
from dynexpr.compile.placeholders import Placeholders
from dynexpr.compile.render import render
from dynexpr.compile.shape import in_clauses
from dynexpr.errors import ExpressionError, UpdateRefused
from dynexpr.expression import operators as ops
from dynexpr.expression.apply import apply_update, project, updated_attributes
from dynexpr.expression.evaluate import equal, holds, resolve
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
    Test,
    Update,
    Value,
    literal,
)
from dynexpr.expression.operators import Op
from dynexpr.expression.walk import walk
from dynexpr.wire import Item
from tests import strategies

pytestmark = pytest.mark.engine

TABLE: Final = "evaluate-engine"
KEY: Final[Item] = {"the key": {"S": "k"}}
PAIRS: Final = 10
"""Nodes tried on each random item."""

ONE_OF_EACH: Final[Item] = {
    "S": {"S": "ab"}, "N": {"N": "2"}, "B": {"B": b"ab"}, "BOOL": {"BOOL": True}, "NULL": {"NULL": True},
    "SS": {"SS": ["a", "ab"]}, "NS": {"NS": ["1", "2"]}, "BS": {"BS": [b"ab", b"c"]},
    "L": {"L": [{"N": "2"}, {"S": "ab"}, {"NULL": True}]}, "M": {"M": {"S": {"S": "ab"}}},
}  # fmt: skip
"""Under its type's name, a value of each type; "missing" is the attribute that is not there."""
KINDS: Final = (*ONE_OF_EACH, "missing")


class Engine:
    """DynamoDB Local with one item in one table."""

    def __init__(self, endpoint: str) -> None:
        self._client = boto3.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )

    def create(self) -> None:
        self._client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": name, "KeyType": "HASH"} for name in KEY],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in KEY],
            BillingMode="PAY_PER_REQUEST",
        )

    def delete(self) -> None:
        self._client.delete_table(TableName=TABLE)

    def put(self, item: Item) -> None:
        self._client.put_item(TableName=TABLE, Item={**KEY, **item})

    def holds(self, condition: Condition) -> bool | str:
        """Whether the condition is true of the item, or the message it is refused with."""
        text, names, values = written(condition)
        values[":key"] = KEY["the key"]
        names["#key"] = "the key"
        answer = self._send(
            "query",
            KeyConditionExpression="#key = :key",
            FilterExpression=text,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
        return answer if isinstance(answer, str) else answer["Count"] == 1

    def update(self, update: Update, returned: str) -> Item | str:
        """The attributes the update returns, without the key, or the message it is refused with."""
        text, names, values = written(update)
        given = {"ExpressionAttributeValues": values} if values else {}
        answer = self._send(
            "update_item",
            Key=KEY,
            UpdateExpression=text,
            ExpressionAttributeNames=names,
            ReturnValues=returned,
            **given,
        )
        return answer if isinstance(answer, str) else without_key(answer.get("Attributes", {}))

    def project(self, projection: Projection) -> Item | str:
        """The part of the item that the projection returns, or the message it is refused with."""
        text, names, _ = written(projection)
        answer = self._send("get_item", Key=KEY, ProjectionExpression=text, ExpressionAttributeNames=names)
        return answer if isinstance(answer, str) else answer.get("Item", {})

    def _send(self, operation: str, **params: Any) -> Any:
        try:
            return getattr(self._client, operation)(TableName=TABLE, **params)
        except ClientError as error:
            return error.response["Error"]["Message"].removeprefix("1 validation error detected: ")


def written(node: Node) -> tuple[str, dict[str, str], Item]:
    """A node as text, its names and its values, unchecked: the engine is to judge it."""
    placeholders = Placeholders()
    text = render(node, placeholders)
    found = [each.wire for each in walk(node) if isinstance(each, Value)]
    names = {token: name for name, token in placeholders.names.items()}
    return text, names, dict(zip(placeholders.values, found, strict=True))


def without_key(attributes: Item) -> Item:
    return {name: wire for name, wire in attributes.items() if name not in KEY}


@pytest.fixture(scope="module")
def engine(dynamodb_local_endpoint: str) -> Iterator[Engine]:
    """A table of this module's own."""
    engine = Engine(dynamodb_local_endpoint)
    engine.create()
    yield engine
    engine.delete()


class Histogram(Counter[str]):
    """What was met: truths and errors, operators, and pairs of types under an operator."""

    def show(self, title: str) -> None:
        total = sum(count for key, count in self.items() if key.startswith("outcome: "))
        print(f"\n{title}: {total} pairs")
        for key, count in sorted(self.items()):
            print(f"  {count:6}  {100 * count / total:5.1f} %  {key}")


@pytest.fixture(scope="module")
def histogram() -> Iterator[dict[str, Histogram]]:
    """Counted by test; printed when all are done (with `pytest -s`)."""
    counted: dict[str, Histogram] = {}
    yield counted
    for title, each in counted.items():
        each.show(title)


def said(error: ExpressionError, theirs: str) -> str:
    """Our words for a refusal; theirs instead where the table of known exceptions says that they may differ."""
    ours = error.reason
    for start in ("Two document paths overlap", "Two document paths conflict"):
        if start in ours and start in theirs:  # colliding-paths
            return theirs
    wrong_type = "operator or function: attribute_type, operand type: {"
    return theirs if wrong_type in ours and wrong_type in theirs else ours


def judged(condition: Condition, item: Item) -> bool | ExpressionError:
    """What dynexpr says of a condition."""
    try:
        check_condition(condition, "filter")
    except ExpressionError as error:
        return error
    return holds(condition, item)


def compare_condition(engine: Engine, condition: Condition, item: Item) -> str:
    """Ask both about a condition and fail if they differ; return the outcome's name."""
    ours = judged(condition, item)
    theirs = engine.holds(condition)
    if isinstance(ours, ExpressionError) and isinstance(theirs, str):
        assert said(ours, theirs) == theirs, f"{condition!r} on {item}"
        return "error"
    assert ours is theirs, f"{condition!r} on {item}: ours {ours!r}, theirs {theirs!r}"
    return str(ours).lower()


def same(ours: Item, theirs: Item) -> bool:
    return equal(("M", ours), ("M", theirs))


def compare_update(engine: Engine, update: Update, item: Item) -> str:
    """Ask both about an update of the stored item and fail if they differ; return the outcome's name."""
    engine.put(item)
    try:
        check_update(update)
        applied = apply_update(update, item)
    except ExpressionError as error:
        theirs = engine.update(update, "ALL_NEW")
        assert isinstance(theirs, str), f"{update!r} on {item}: ours {error!r}, theirs {theirs!r}"
        if isinstance(error, UpdateRefused):
            # Which of several wrong actions the engine meets first depends on a hash of their names.
            assert theirs in {error.reason, *reasons(update, item)}, f"{update!r} on {item}"
            return "error on the item"
        assert said(error, theirs) == theirs, f"{update!r} on {item}"
        return "error"
    theirs = engine.update(update, "ALL_NEW")
    assert not isinstance(theirs, str), f"{update!r} on {item}: ours {applied.item}, theirs {theirs!r}"
    assert same(applied.item, theirs), f"{update!r} on {item}: ours {applied.item}, theirs {theirs}"
    if all(len(path.steps) == 1 for path in applied.paths):  # nested-updated-values
        for returned in ("UPDATED_OLD", "UPDATED_NEW"):
            engine.put(item)
            theirs = engine.update(update, returned)
            assert isinstance(theirs, dict)
            assert same(updated_attributes(applied, returned), theirs), f"{update!r} on {item}: {returned} {theirs}"
    return "unchanged" if same(applied.item, item) else "changed"


def reasons(update: Update, item: Item) -> Iterator[str]:
    """What each action alone would be refused with."""
    for action in update.actions:
        try:
            apply_update(Update((action,)), item)
        except UpdateRefused as error:
            yield error.reason


def type_of(operand: OperandNode, item: Item) -> str:
    """The type an operand comes to on an item, for the histogram."""
    if isinstance(operand, Value):
        return operand.kind
    if isinstance(operand, Path):
        wire = resolve(operand, item)
        return "missing" if wire is None else next(iter(wire))
    return "N"


def operators_of(node: Node) -> Iterator[str]:
    for part in walk(node):
        if isinstance(part, Compare | Test | Call | Arithmetic | Action):
            yield part.op.text
        elif not isinstance(part, Path | Value | Update | Projection):
            yield type(part).__name__.upper()


@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data(), item=strategies.items)
def test_random_conditions(
    engine: Engine, histogram: dict[str, Histogram], data: st.DataObject, item: Item
) -> None:
    """A condition is true, false or refused as the engine has it."""
    counted = histogram.setdefault("conditions", Histogram())
    engine.put(item)
    for _ in range(PAIRS):
        condition = data.draw(strategies.conditions(item))
        counted[f"outcome: {compare_condition(engine, condition, item)}"] += 1
        counted.update(f"operator: {name}" for name in operators_of(condition))


@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data(), item=strategies.items)
def test_random_updates(engine: Engine, histogram: dict[str, Histogram], data: st.DataObject, item: Item) -> None:
    """An update gives the item, and the returned attributes, that the engine gives; or is refused as it refuses."""
    counted = histogram.setdefault("updates", Histogram())
    for _ in range(PAIRS):
        update = Update(tuple(in_clauses(data.draw(strategies.updates(item)))))  # as it will be read
        counted[f"outcome: {compare_update(engine, update, item)}"] += 1
        counted.update(f"operator: {name}" for name in operators_of(update))


@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data(), item=strategies.items)
def test_random_projections(engine: Engine, histogram: dict[str, Histogram], data: st.DataObject, item: Item) -> None:
    """A projection returns what the engine returns."""
    counted = histogram.setdefault("projections", Histogram())
    engine.put(item)
    for _ in range(PAIRS):
        projection = data.draw(strategies.projections(item))
        theirs = engine.project(projection)
        try:
            check_projection(projection)
        except ExpressionError as error:
            assert isinstance(theirs, str), f"{projection!r} on {item}: {theirs}"
            assert said(error, theirs) == theirs
            counted["outcome: error"] += 1
        else:
            ours = project(projection, item)
            assert not isinstance(theirs, str), f"{projection!r} on {item}: {theirs}"
            assert same(ours, theirs), f"{projection!r} on {item}: ours {ours}, theirs {theirs}"
            counted[f"outcome: {'something' if ours else 'nothing'}"] += 1


BINARY: Final = (ops.EQ, ops.NE, ops.LT, ops.LE, ops.GT, ops.GE, ops.BEGINS_WITH, ops.CONTAINS, ops.BETWEEN, ops.IN)


def conditions_of(op: Op, left: OperandNode, right: OperandNode) -> Condition:
    if op.shape == "compare":
        return Compare(op, left, right)
    if op is ops.BETWEEN:
        return Between(left, right, right)
    return In(left, (right,)) if op is ops.IN else Test(op, (left, right))


@pytest.mark.ci
@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.text)
def test_every_pair_of_types_under_a_condition(engine: Engine, histogram: dict[str, Histogram], op: Op) -> None:
    """Attribute against attribute and against literal, equal and unequal, of every two types."""
    counted = histogram.setdefault("pairs of types, conditions", Histogram())
    others = {f"{kind} too": wire for kind, wire in ONE_OF_EACH.items()}
    item = {**ONE_OF_EACH, **others}
    engine.put(item)
    for left, right in product(KINDS, KINDS):
        rights: list[OperandNode] = [Path((f"{right} too",)), Call(ops.SIZE, (Path((f"{right} too",)),))]
        lefts: list[OperandNode] = [Path((left,)), Call(ops.SIZE, (Path((left,)),))]
        if right in ONE_OF_EACH:
            rights.append(literal(ONE_OF_EACH[right]))
        if left in ONE_OF_EACH:
            lefts.append(literal(ONE_OF_EACH[left]))
        for one, other in product(lefts, rights):
            outcome = compare_condition(engine, conditions_of(op, one, other), item)
            counted[f"outcome: {op.text} {outcome}"] += 1


def updates_of(kind: str, value: OperandNode) -> Iterator[Update]:
    """An attribute of a type and a value under every update."""
    path = Path((kind,))
    target = Path(("target",))
    for op in (ops.PLUS, ops.MINUS):
        yield Update((Action(ops.SET, target, Arithmetic(op, path, value)),))
    for op in (ops.LIST_APPEND, ops.IF_NOT_EXISTS):
        yield Update((Action(ops.SET, target, Call(op, (path, value))),))
    yield Update((Action(ops.SET, Path((kind, "S")), value),))
    yield Update((Action(ops.SET, Path((kind, 1)), value),))
    if isinstance(value, Value):
        for op in (ops.ADD, ops.DELETE):
            yield Update((Action(op, path, value),))


@pytest.mark.ci
def test_every_pair_of_types_under_an_update(engine: Engine, histogram: dict[str, Histogram]) -> None:
    """Every action and function of an update on every two types."""
    counted = histogram.setdefault("pairs of types, updates", Histogram())
    for left, right in product(KINDS, KINDS):
        values: list[OperandNode] = [Path((right,))]
        if right in ONE_OF_EACH:
            values.append(literal(ONE_OF_EACH[right]))
        for value in values:
            for update in updates_of(left, value):
                counted[f"outcome: {compare_update(engine, update, ONE_OF_EACH)}"] += 1
