"""Does a condition hold of an item, what does an update make of it, and why does a condition fail?

For items you hold in your hands: on the wire as boto3's client gives them, or plain Python values with `plain=True`.
"""

from collections.abc import Mapping
from typing import Any

from dynexpr.expression.apply import apply_update
from dynexpr.expression.evaluate import holds
from dynexpr.expression.failure import FailedClause, explain_failure as explain
from dynexpr.expression.nodes import Condition, Update
from dynexpr.wire import Item, decode_item, encode_item


def matches(condition: Condition, item: Mapping[str, Any], *, plain: bool = False) -> bool:
    """Whether DynamoDB would find the condition true of the item.

    >>> from dynexpr import attr
    >>> matches(attr("n") > 3, {"n": {"N": "5"}}), matches(attr("n") > 3, {"n": 2}, plain=True)
    (True, False)
    """
    return holds(condition, _wire(item, plain=plain))


def apply(update: Update, item: Mapping[str, Any], *, plain: bool = False) -> dict[str, Any]:
    """The item as DynamoDB would have it after the update; the one given is not changed.

    >>> from dynexpr import parse
    >>> apply(parse.update("SET n = n + :one", values={":one": {"N": "1"}}), {"n": {"N": "5"}})
    {'n': {'N': '6'}}
    """
    changed = apply_update(update, _wire(item, plain=plain)).item
    return decode_item(changed) if plain else changed


def explain_failure(condition: Condition, item: Mapping[str, Any], *, plain: bool = False) -> tuple[FailedClause, ...]:
    """The smallest clauses of the condition that are false of the item, with the values they met; none if it holds."""
    return explain(condition, _wire(item, plain=plain))


def _wire(item: Mapping[str, Any], *, plain: bool) -> Item:
    return encode_item(item) if plain else dict(item)
