"""Do two paths of an update, or of a projection, get in each other's way?"""

from collections.abc import Sequence
from typing import Literal

from dynexpr.errors import PathConflict, show_place
from dynexpr.expression.kinds import Kind, refused
from dynexpr.expression.nodes import Path, Step


def check_distinct(kind: Kind, used: Sequence[Path]) -> None:
    """Refuse two paths of which one leads into the other, or which take one place for a list and for a map."""
    root = _Place()
    for path in used:
        place = root
        for step in path.steps:
            if place.path is not None:
                raise _conflict(kind, "overlap", path, place.path)
            if place.places:
                some = next(iter(place.places))
                if isinstance(some, int) is not isinstance(step, int):
                    raise _conflict(kind, "conflict", path, place.any())
            place = place.places.setdefault(step, _Place())
        if place.path is not None or place.places:
            raise _conflict(kind, "overlap", path, place.any())
        place.path = path


def _conflict(kind: Kind, how: Literal["overlap", "conflict"], first: Path, second: Path) -> PathConflict:
    one, two = show_place(first.steps), show_place(second.steps)
    if how == "conflict":
        problem = f"{one} and {two} take the same place, one for a list and one for a map"
    elif one == two:
        problem = f"{one} is named twice"
    else:
        problem = f"of {one} and {two} one lies inside the other"
    return PathConflict(
        f"the {kind} is ambiguous: {problem}; leave one of them out",
        node=first,
        reason=refused(
            kind,
            f"Two document paths {how} with each other; must remove or rewrite one of these paths; "
            f"path one: {spelled(first)}, path two: {spelled(second)}",
        ),
    )


class _Place:
    """A place in an item that the paths checked so far lead to or pass through."""

    __slots__ = ("path", "places")

    def __init__(self) -> None:
        self.path: Path | None = None
        """The path that ends here."""
        self.places: dict[Step, _Place] = {}
        """Where paths lead from here."""

    def any(self) -> Path:
        """One of the paths that end here or further in."""
        place = self
        while place.path is None:
            place = next(iter(place.places.values()))
        return place.path


def spelled(path: Path) -> str:
    """A path as the service writes it: `[a, [0], b]`."""
    return f"[{', '.join(f'[{step}]' if isinstance(step, int) else step for step in path.steps)}]"
