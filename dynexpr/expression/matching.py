"""Does a condition hold of an item, what does an update make of it, and why does a condition fail?

For items you hold in your hands: on the wire as boto3's client gives them, or plain Python values with `plain=True`.
"""

from collections.abc import Mapping
from typing import Any

from dynexpr.expression.apply import apply_update
from dynexpr.expression.evaluate import holds
from dynexpr.expression.failure import FailedClause, explain_failure as explain
from dynexpr.expression.nodes import Condition, Update
from dynexpr.wire import Item, Wire, decode_item, encode_item, freeze, thaw


def matches(condition: Condition, item: Mapping[str, Any], *, plain: bool = False) -> bool:
    """Whether DynamoDB would find the condition true of the item.

    >>> from dynexpr import attr
    >>> matches(attr("n") > 3, {"n": {"N": "5"}}), matches(attr("n") > 3, {"n": 2}, plain=True)
    (True, False)
    """
    _checked(condition, Condition)
    return holds(condition, wire_item(item, plain=plain))


def apply(update: Update, item: Mapping[str, Any], *, plain: bool = False) -> dict[str, Any]:
    """The item as DynamoDB would have it after the update; the one given is not changed.

    >>> from dynexpr import parse
    >>> apply(parse.update("SET n = n + :one", values={":one": {"N": "1"}}), {"n": {"N": "5"}})
    {'n': {'N': '6'}}
    """
    _checked(update, Update)
    changed = apply_update(update, wire_item(item, plain=plain)).item
    return decode_item(changed) if plain else changed


def explain_failure(condition: Condition, item: Mapping[str, Any], *, plain: bool = False) -> tuple[FailedClause, ...]:
    """The smallest clauses of the condition that are false of the item, with the values they met; none if it holds."""
    _checked(condition, Condition)
    return explain(condition, wire_item(item, plain=plain))


def _checked(given: object, kind: type[Any]) -> None:
    if not isinstance(given, kind):
        what = "a condition" if kind is Condition else "an update"
        raise TypeError(f"{what} is wanted, not {given!r}; parse.{what.split()[1]}(...) makes one of text")


def wire_item(item: Mapping[str, Any], *, plain: bool) -> Item:
    """An item that somebody holds in their hands, on the wire."""
    if not isinstance(item, Mapping):
        raise TypeError(f"an item is a mapping, not {item!r}; of an object, obj.to_dict() with plain=True")
    if plain:
        return encode_item(item)
    for name, wire in item.items():
        if not isinstance(wire, dict) or len(wire) != 1:
            raise TypeError(
                f"{name!r} is {wire!r}, which is no wire value such as {{'S': 'x'}}; plain=True takes Python values"
            )
    return {name: _canonical(wire) for name, wire in item.items()}


def _canonical(wire: Wire) -> Wire:
    """A wire value with its numbers as DynamoDB has them; refuses what is none."""
    return thaw(freeze(wire)) if "N" in wire else wire
