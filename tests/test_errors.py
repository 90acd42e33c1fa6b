"""Is the tree of errors drawn as it is, and documented?"""

import pickle
import re
from pathlib import Path

import pytest

from dynexpr import errors

CLASSES = {name: each for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, Exception)}


def test_tree_is_drawn() -> None:
    """The drawing in the module's docstring is the tree: each class once, under its parent."""
    drawing = (errors.__doc__ or "").split("DynexprError", 1)[1]
    parents: list[str] = ["DynexprError"]
    drawn = {"DynexprError"}
    for match in re.finditer(r"^(.*?)(?:├|└)── (\w+)", drawing, re.MULTILINE):
        depth = (len(match[1]) - 4) // 4 + 1
        name = match[2]
        parents[depth:] = [name]
        assert issubclass(CLASSES[name], CLASSES[parents[depth - 1]]), f"{name} is drawn under {parents[depth - 1]}"
        drawn.add(name)
    assert drawn == set(CLASSES)


def test_every_error_has_a_place_in_the_docs() -> None:
    """docs/errors.md has a heading for each class."""
    page = (Path(__file__).parents[1] / "docs" / "errors.md").read_text()
    headings = set(re.findall(r"^## (\w+)$", page, re.MULTILINE))
    assert set(CLASSES) <= headings


ERRORS = [
    errors.ValueNotStorable(1.5, "why", ("a", 0)),
    errors.ExpressionSyntaxError("wrong", text="a = = b", offset=4),
    errors.ExpressionTooLarge("too large", limit=1, actual=2),
    errors.SqlError("wrong", text="SELECT", offset=6),
    errors.UnloadedAttribute("not read"),
    errors.ItemMissing("none", operation="UpdateItem", item={"a": {"S": "x"}}),
    errors.PartlyCommitted("half", applied=[1], pending=[2], cause=errors.ArgumentError("x"), batches_applied=1),
    errors.OutcomeUnknown("who knows", item={"a": {"S": "x"}}),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_pass_through_a_pickle(error: errors.DynexprError) -> None:
    """An error comes whole out of a process pool."""
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert repr(vars(back)) == repr(vars(error))


def test_an_argument_error_is_a_value_error() -> None:
    """What was written wrongly can be caught as ValueError, an unloaded attribute as AttributeError."""
    assert issubclass(errors.ArgumentError, ValueError)
    assert issubclass(errors.UnloadedAttribute, AttributeError)
