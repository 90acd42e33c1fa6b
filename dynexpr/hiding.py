"""Which values are never printed?  Those of sensitive columns; of an engine with hide_parameters=True all of them.

Conditions know it by their paths (`Path.secret`); what is sent is plain data, and known by its table's name.
"""

from _thread import allocate_lock
from collections.abc import Mapping
from typing import Any, Final


class Hidden(str):
    """Stands in messages for a value that is not shown; no text of the user's."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


HIDDEN: Final = Hidden("…")
_SECRETS: dict[str, frozenset[str]] = {}
"""Name of a table, as it is sent -> its sensitive attributes. All engines share it, as they do the tables."""
_ADDING: Final = allocate_lock()
_ITEMS: Final = frozenset({"Item", "Key", "ExclusiveStartKey"})
_INSIDE: Final = frozenset({"TransactItems", "Get", "Put", "Update", "Delete", "ConditionCheck"})


def keep_secret(table: str, names: frozenset[str]) -> None:
    """Never print these attributes of a table's requests."""
    known = _SECRETS.get(table)
    if known is None or not names <= known:
        with _ADDING:
            _SECRETS[table] = _SECRETS.get(table, frozenset()) | names


def redacted(params: Mapping[str, Any], *, everything: bool = False) -> dict[str, Any]:
    """The parameters of a request as they may be printed.

    >>> keep_secret("people", frozenset({"pin"}))
    >>> redacted({"TableName": "people", "Item": {"id": {"S": "a"}, "pin": {"S": "1234"}}})
    {'TableName': 'people', 'Item': {'id': {'S': 'a'}, 'pin': …}}
    """
    if not _SECRETS and not everything:
        return dict(params)
    try:
        return _request(params, _SECRETS.get(params.get("TableName", ""), frozenset()), everything)
    except (TypeError, AttributeError):  # no request looks like this, so a secret may be anywhere in it
        return dict.fromkeys(params, HIDDEN)


def _request(params: Mapping[str, Any], names: frozenset[str], everything: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    told = everything or not names.isdisjoint(params.get("ExpressionAttributeNames", {}).values())
    for name, value in params.items():
        if name in _ITEMS:
            shown[name] = _item(value, names, everything)
        elif name == "Keys":
            shown[name] = [_item(key, names, everything) for key in value]
        elif name == "ExpressionAttributeValues" and told:
            shown[name] = dict.fromkeys(value, HIDDEN)
        elif name == "RequestItems":
            shown[name] = {table: _batch(table, part, everything) for table, part in value.items()}
        elif name in _INSIDE:
            shown[name] = (
                redacted(value, everything=everything)
                if isinstance(value, Mapping)
                else [redacted(each, everything=everything) for each in value]
            )
        elif name in {"Statement", "Parameters"} and (everything or _mentioned(params)):
            shown[name] = HIDDEN
        else:
            shown[name] = value
    return shown


def _item(item: Mapping[str, Any], names: frozenset[str], everything: bool) -> dict[str, Any]:
    return {name: HIDDEN if everything or name in names else value for name, value in item.items()}


def _batch(table: str, part: Any, everything: bool) -> Any:
    names = _SECRETS.get(table, frozenset())
    if isinstance(part, Mapping):
        return _request(part, names, everything)
    return [
        {kind: {name: _item(item, names, everything) for name, item in body.items()} for kind, body in each.items()}
        for each in part
    ]


def _mentioned(params: Mapping[str, Any]) -> bool:
    """Whether the text of a statement is about a sensitive attribute; its values stand in the middle of it."""
    text = str(params.get("Statement", ""))
    return any(table in text and any(name in text for name in names) for table, names in list(_SECRETS.items()))
