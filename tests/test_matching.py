"""Do matches(), apply() and explain_failure() take items as people have them, and refuse what is none?"""

from typing import Any

import pytest

from dynexpr import apply, attr, create_engine, explain_failure, matches, parse
from dynexpr.errors import ArgumentError, TableNotFound
from tests.models import Base, Payment

CONDITION = attr("n") > 3


def test_both_forms() -> None:
    """Items on the wire and plain ones mean the same, numbers in any spelling."""
    assert matches(CONDITION, {"n": {"N": "4.0"}})
    assert matches(CONDITION, {"n": 4}, plain=True)
    assert not explain_failure(CONDITION, {"n": {"N": "4"}})
    update = parse.update("SET n = n + :one", values={":one": {"N": "1"}})
    assert apply(update, {"n": 4}, plain=True) == {"n": 5}


BAD: list[tuple[str, Any, str]] = [
    ("plain values without saying so", lambda: matches(CONDITION, {"n": 4}), "plain=True takes Python values"),
    ("not a mapping", lambda: matches(CONDITION, 3), "an item is a mapping, not 3"),  # type: ignore[arg-type]
    ("text for a condition", lambda: matches("n > 3", {}), "parse.condition(...) makes one"),  # type: ignore[arg-type]
    ("a condition for an update", lambda: apply(CONDITION, {}), "an update is wanted"),  # type: ignore[arg-type]
    ("text to explain", lambda: explain_failure("n", {}), "a condition is wanted"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("call", "told"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_refused(call: Any, told: str) -> None:
    """What is no condition, update or item is refused with what to do."""
    with pytest.raises(TypeError) as caught:
        call()
    assert told in str(caught.value)


def test_a_number_that_is_none() -> None:
    """A wire number that is none is refused by name, not by Decimal."""
    with pytest.raises(ArgumentError, match="not a number"):
        matches(CONDITION, {"n": {"N": "x"}})


def test_what_is_no_engine() -> None:
    """create_all says what it wants, and a missing table is named."""
    with pytest.raises(ArgumentError, match="an engine is wanted, made by"):
        Base.metadata.create_all("local://")  # type: ignore[arg-type]
    with create_engine("local://") as engine, pytest.raises(TableNotFound, match="'payments': "):
        engine.send("GetItem", TableName=Payment.__table__.name, Key={"id": {"S": "x"}, "timestamp": {"S": "y"}})
