"""Is the tree of errors drawn as it is, and documented?"""

import re
from pathlib import Path

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


def test_an_argument_error_is_a_value_error() -> None:
    """What was written wrongly can be caught as ValueError, an unloaded attribute as AttributeError."""
    assert issubclass(errors.ArgumentError, ValueError)
    assert issubclass(errors.UnloadedAttribute, AttributeError)
