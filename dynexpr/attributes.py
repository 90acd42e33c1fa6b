"""How is an attribute named without any model?"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from dynexpr.columns import Column, place
from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import Path, Step
from dynexpr.types import Any_


def attr(path: str | Sequence[Step]) -> Column[Any]:
    """An attribute without any model; text is split at dots and indexes, a tuple is taken as steps.

    >>> attr("info.tags[0]").node.steps
    ('info', 'tags', 0)
    >>> attr(("a.b", 0)).node.steps
    ('a.b', 0)

    Its values are encoded by their own Python type. Raises ArgumentError for text that is not a path.
    """
    node = _path_of_text(path) if isinstance(path, str) else _path(tuple(path))
    steps = node.steps
    return place(node, _ANY, None, steps[0] if len(steps) == 1 else None)  # type: ignore[arg-type]  # no path begins with an index


@lru_cache(maxsize=1024)
def _path_of_text(text: str) -> Path:
    return _path(split_path(text), text)


def _path(steps: tuple[Step, ...], given: object = None) -> Path:
    shown = steps if given is None else given
    if not steps or not isinstance(steps[0], str) or "" in steps:
        raise ArgumentError(f"{shown!r} is no path: it begins with an attribute's name, and no name is empty")
    for step in steps:
        if isinstance(step, bool) or not isinstance(step, int | str) or (isinstance(step, int) and step < 0):
            raise ArgumentError(f"{shown!r} is no path: a step is a name or an index from 0, not {step!r}")
    return Path(steps)


_ANY: Final = Any_()
_STEP = re.compile(r"\[([0-9]+)\]|(?:^|\.)([^.\[\]]+)")


def split_path(text: str) -> tuple[Step, ...]:
    """The steps of a path's text: `info.tags[0]`."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise ArgumentError(
                f"{text!r} is no path (see offset {position}); a name with dots or brackets in it is given as a tuple: "
                f"attr(({text!r},))"
            )
        steps.append(match[2] if match[1] is None else int(match[1]))
        position = match.end()
    return tuple(steps)
