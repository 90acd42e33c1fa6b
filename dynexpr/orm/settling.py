"""How does a container stay the same object, and come to hold what a reload would give?

Whoever took `lines = obj.lines` before a commit goes on editing that list afterwards, so it must stay the object's
list; and after a commit an object holds what a reload would give, so its contents may have to change: 1 in an untyped
list comes back as Decimal("1").
"""

from typing import Any


def settle(value: Any, fresh: Any) -> Any:
    """*value* with the contents of *fresh*, container by container; *fresh* itself where they are of two kinds."""
    if type(value) is not type(fresh):
        return fresh
    if isinstance(value, list):
        value[:] = [*map(settle, value, fresh), *fresh[len(value) :]]
        return value
    if isinstance(value, dict):
        settled = {key: settle(value[key], each) if key in value else each for key, each in fresh.items()}
        value.clear()
        value.update(settled)
        return value
    if isinstance(value, set):
        value.clear()
        value.update(fresh)
        return value
    fields = getattr(type(value), "__dataclass_fields__", None)
    if fields is None:
        return fresh
    if type(value).__dataclass_params__.frozen:
        return fresh
    for name in fields:
        if hasattr(fresh, name):
            setattr(value, name, settle(getattr(value, name, None), getattr(fresh, name)))
    return value
