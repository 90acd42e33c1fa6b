"""What is the smallest update between two wire values of one attribute?

A set that only gained or only lost elements is ADD or DELETE, which commute with what others do. Inside maps and lists
only the places that differ are written; of a list only while somebody vouches that it still is the one that was read,
for an index means nothing in another list.
"""

from collections.abc import Iterator
from typing import Any, Final

from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import Action, Path, Step, Value
from dynexpr.wire import Wire, equal, freeze

_MANY: Final = 12
"""More places than this are written as one whole value: the text of an update has a limit, and requests a price."""


def actions_between(path: Path, old: Wire | None, new: Wire | None, *, inside: bool) -> tuple[Action, ...]:
    """The actions that make the one into the other; *inside* allows paths into maps and lists."""
    commuting = set_action(path, old, new)
    if commuting is not None:
        return (commuting,)
    if inside and old is not None and new is not None:
        found = tuple(_inner(path.steps, old, new))
        if len(found) <= _MANY:
            return found
    return (whole_action(path, new),)


def set_action(path: Path, old: Wire | None, new: Wire | None) -> Action | None:
    """ADD or DELETE, where a set only gained or only lost elements; an absent set is the empty one."""
    kind = next((kind for wire in (old, new) if wire is not None for kind in wire if kind in ops.SETS), None)
    if kind is None or any(wire is not None and kind not in wire for wire in (old, new)):
        return None
    before, now = (set(wire[kind]) if wire is not None else set() for wire in (old, new))
    if before < now:
        return Action(ops.ADD, path, Value(freeze({kind: list(now - before)})))
    if now < before:
        return Action(ops.DELETE, path, Value(freeze({kind: list(before - now)})))
    return None


def whole_action(path: Path, wire: Wire | None) -> Action:
    """SET of a value as it is, or REMOVE, whatever was there."""
    return Action(ops.REMOVE, path) if wire is None else Action(ops.SET, path, Value(freeze(wire)))


def _inner(steps: tuple[Step, ...], old: Wire, new: Wire) -> Iterator[Action]:
    if "M" in old and "M" in new:
        yield from _in_map(steps, old["M"], new["M"])
    elif "L" in old and "L" in new and _worth_it(old["L"], new["L"]):
        yield from _in_list(steps, old["L"], new["L"])
    elif not equal(old, new):
        yield whole_action(Path(steps), new)


def _in_map(steps: tuple[Step, ...], old: dict[str, Wire], new: dict[str, Wire]) -> Iterator[Action]:
    for name, wire in new.items():
        if name in old:
            yield from _inner((*steps, name), old[name], wire)
        else:
            yield whole_action(Path((*steps, name)), wire)
    for name in old.keys() - new.keys():
        yield whole_action(Path((*steps, name)), None)


def _worth_it(old: list[Any], new: list[Any]) -> bool:
    """Whether a list keeps its elements' places: nothing went from its middle or start, as far as can be seen."""
    shared = min(len(old), len(new))
    return shared > 0 and (len(old) == len(new) or all(equal(old[index], new[index]) for index in range(shared)))


def _in_list(steps: tuple[Step, ...], old: list[Wire], new: list[Wire]) -> Iterator[Action]:
    for index in range(min(len(old), len(new))):
        yield from _inner((*steps, index), old[index], new[index])
    for index in range(len(old), len(new)):
        yield whole_action(Path((*steps, index)), new[index])  # SET past the end appends
    for index in range(len(new), len(old)):
        yield whole_action(Path((*steps, index)), None)
