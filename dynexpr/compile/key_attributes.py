"""Does a filter, or an update, name an attribute of the key, which it may not?"""

from collections.abc import Sequence

from dynexpr.errors import KeyAttributeError, show_place
from dynexpr.expression.nodes import Condition, Update
from dynexpr.expression.walk import paths


def check_filter_keys(condition: Condition, key_names: Sequence[str]) -> None:
    """Refuse a query's filter that names a key attribute of the table or index queried, *key_names* in schema order."""
    used = list(paths(condition))
    for name in key_names:
        for path in used:
            if path.steps[0] != name:
                continue
            if len(path.steps) > 1:
                raise KeyAttributeError(
                    f"{name} is part of the key, so it holds a plain value: {show_place(path.steps)} leads nowhere",
                    node=path,
                    reason="Key attributes must be scalars; "
                    f"list random access '[]' and map lookup '.' are not allowed: Key: {name}",
                )
    for name in key_names:
        for path in used:
            if path.steps[0] == name:
                raise KeyAttributeError(
                    f"{name} is part of the key of what is queried, and a query's filter may not name it; "
                    "put it in the key condition, or check it in Python",
                    node=path,
                    reason="Filter Expression can only contain non-primary key attributes: "
                    f"Primary key attribute: {name}",
                )


def check_update_keys(update: Update, key_names: Sequence[str]) -> None:
    """Refuse an update that changes an attribute of the table's key, *key_names* in schema order."""
    for name in key_names:
        for action in update.actions:
            if action.path.steps[0] == name:
                raise KeyAttributeError(
                    f"{name} is part of the key, which an update can't change; put a new item and delete this one",
                    node=action,
                    reason="One or more parameter values were invalid: "
                    f"Cannot update attribute {name}. This attribute is part of the key",
                )
