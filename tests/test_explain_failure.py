"""Which clauses made a condition false, and what did they meet?"""

from typing import Final, cast

import pytest
from hypothesis import given, strategies as st

from dynexpr.expression import operators as ops
from dynexpr.expression.evaluate import holds
from dynexpr.expression.failure import FailedClause, explain_failure
from dynexpr.expression.nodes import And, Compare, Condition, Constant, Not, Or, Path, literal
from dynexpr.frontends.text import shape
from dynexpr.wire import Item
from tests import strategies

ITEM: Final[Item] = {
    "phase": {"S": "pending"}, "amount": {"N": "20"}, "nil": {"NULL": True}, "tags": {"SS": ["a", "b"]},
    "entries": {"L": [{"M": {"sku": {"S": "x"}}}]},
}  # fmt: skip
VALUES: Final[Item] = {
    ":paid": {"S": "paid"}, ":pend": {"S": "pend"}, ":ten": {"N": "10"}, ":c": {"S": "c"}, ":a": {"S": "a"},
    ":N": {"S": "N"},
}  # fmt: skip


def condition(text: str) -> Condition:
    """The condition of a text."""
    return cast("Condition", shape("condition", text).bind(None, VALUES))


ROWS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    # Of an AND, the terms that failed.
    ("phase = :paid", ('phase = "paid" (phase was "pending")',)),
    ("phase = :paid AND amount > :ten", ('phase = "paid" (phase was "pending")',)),
    ("amount > :ten AND phase = :paid AND lost = :ten", (
        'phase = "paid" (phase was "pending")', "lost = 10 (lost was missing)")),
    # Of an OR, every term.
    ("phase = :paid OR amount < :ten", ('phase = "paid" (phase was "pending")', "amount < 10 (amount was 20)")),
    ("amount > :ten AND (phase = :paid OR attribute_exists(lost))", (
        'phase = "paid" (phase was "pending")', "attribute_exists(lost) (lost was missing)")),
    ("phase = :paid OR amount > :ten AND lost = :ten", (
        'phase = "paid" (phase was "pending")', "lost = 10 (lost was missing)")),
    # Of a NOT, what held, with the NOT.
    ("NOT begins_with(phase, :pend)", ('NOT begins_with(phase, "pend") (phase was "pending")',)),
    ("NOT (phase = :paid OR amount > :ten)", ("NOT amount > 10 (amount was 20)",)),
    ("NOT (begins_with(phase, :pend) AND amount > :ten)", (
        'NOT begins_with(phase, "pend") (phase was "pending")', "NOT amount > 10 (amount was 20)")),
    ("NOT NOT phase = :paid", ('phase = "paid" (phase was "pending")',)),
    ("NOT NOT NOT amount > :ten", ("NOT amount > 10 (amount was 20)",)),
    # What was met: every path of the clause, nested ones, NULL and missing told apart.
    ("amount = lost", ("amount = lost (amount was 20, lost was missing)",)),
    ("nil = :ten", ("nil = 10 (nil was NULL)",)),
    ("contains(tags, :c)", ('contains(tags, "c") (tags was {"a", "b"})',)),
    ("entries[0].sku = :a", ('entries[0].sku = "a" (entries[0].sku was "x")',)),
    ("entries[1].sku = :a", ('entries[1].sku = "a" (entries[1].sku was missing)',)),
    ("size(tags) > :ten", ('size(tags) > 10 (tags was {"a", "b"})',)),
    ("amount BETWEEN lost AND :ten", ("amount BETWEEN lost AND 10 (amount was 20, lost was missing)",)),
    ("amount IN (lost, :ten)", ("amount IN (lost, 10) (amount was 20, lost was missing)",)),
    ("attribute_type(phase, :N)", ('attribute_type(phase, "N") (phase was "pending")',)),
    # Said once.
    ("phase = :paid AND phase = :paid", ('phase = "paid" (phase was "pending")',)),
    # Nothing to say.
    ("amount > :ten", ()), ("NOT phase = :paid", ()), ("phase = :paid OR amount > :ten", ()),
    # No path, no value met.
    (":a = :c", ('"a" = "c"',)),
)  # fmt: skip


@pytest.mark.parametrize(("text", "said"), ROWS, ids=[text for text, _ in ROWS])
def test_explain_failure(text: str, said: tuple[str, ...]) -> None:
    """The smallest false clauses, in reading order, each with the values it met."""
    assert tuple(str(clause) for clause in explain_failure(condition(text), ITEM)) == said


def test_an_item_that_does_not_exist() -> None:
    """Everything was missing."""
    (failed,) = explain_failure(condition("phase = :paid"), {})
    assert failed.actual == {"phase": None}
    assert str(failed) == 'phase = "paid" (phase was missing)'
    assert explain_failure(condition("attribute_not_exists(phase)"), {}) == ()


def test_constants() -> None:
    """A constant fails by itself."""
    false = Constant(False)
    assert [failed.clause for failed in explain_failure(Or((false, Not(Constant(True)))), {})] == [false]
    assert explain_failure(And(()), {}) == ()
    assert explain_failure(Or(()), {}) == ()  # no term, no clause to name


def test_failed_clauses_are_values() -> None:
    """Equal when clause and values are; the actual values are on the wire."""
    clause = Compare(ops.EQ, Path(("a",)), literal({"N": "1"}))
    (failed,) = explain_failure(clause, {"a": {"S": "x"}})
    assert failed == FailedClause(clause, {"a": {"S": "x"}})
    assert failed != FailedClause(clause, {"a": None})
    assert failed != clause
    assert {failed} == {FailedClause(clause, {"a": {"S": "x"}})}
    assert repr(failed) == f"<{failed}>"


def test_deep_nesting() -> None:
    """300 NOTs around a condition."""
    nested = condition("amount > :ten")
    for _ in range(301):
        nested = Not(nested)
    assert [str(failed) for failed in explain_failure(nested, ITEM)] == ["NOT amount > 10 (amount was 20)"]


@given(data=st.data(), item=strategies.items)
def test_what_is_named_was_false(data: st.DataObject, item: Item) -> None:
    """Each clause is false of the item, there is one if the condition is false, and none if it holds."""
    tried = data.draw(strategies.conditions(item, depth=3))
    failed = explain_failure(tried, item)
    assert bool(failed) is not holds(tried, item)
    assert not any(holds(each.clause, item) for each in failed)
    assert all(str(each.clause) in str(each) for each in failed)
