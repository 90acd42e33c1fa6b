"""Where does the next page begin?  A place in a read as a token, and back.

A token is URL-safe text: a version, the time it was made, a hash of the statement with its values, and the key of the
last item that was handed out. With a secret it is signed, so that nobody can make one; it is not encrypted, so that
anybody can read the key in it. Without a secret a checksum tells what was cut off or changed by accident.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dynexpr.errors import ArgumentError, CursorExpired, CursorInvalid, CursorMismatch
from dynexpr.expression.nodes import Record, node
from dynexpr.plan.made import BY_KEY, Plan
from dynexpr.reading import Hit, Place, Reader
from dynexpr.statements.keys import terms_of
from dynexpr.statements.select import Select
from dynexpr.wire import Item

VERSION: Final = 1
_SEAL_BYTES: Final = 16
_DIGEST_BYTES: Final = 12
_SKEW_SECONDS: Final = 300
"""How far ahead of ours the clock of whoever made a token may be."""


@node
class Cursor(Record):
    """What a token says."""

    place: Place | None
    """None: from the beginning, or backwards from the end."""
    backwards: bool = False


def check_pageable(statement: Select[Any], made: Plan, size: int) -> None:
    """Refuse what can't be read page by page."""
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ArgumentError(f"size is a whole number from 1, not {size!r}")
    if statement.computes:
        raise ArgumentError(f"page() walks items, and {statement} computes its rows of all of them; leave page() out")
    if statement.max_results is not None:
        raise ArgumentError("page(size=...) takes the place of limit()")
    if statement.until is not None:
        raise ArgumentError("page() takes no retry_until(): wait first, then page")
    if made.operation == "Scan" and made.segments > 1:
        raise ArgumentError("a cursor walks one scan; leave out segments()")
    if len(made.partitions) > 1 and (made.items_budget is not None or made.units_budget is not None):
        raise ArgumentError(f"page() of {len(made.partitions)} queries takes no budget(): it might never get on")


def cursors_around(
    reader: Reader, hits: Sequence[Hit], at: Cursor, *, begun: bool, more: bool
) -> tuple[Cursor | None, Cursor | None]:
    """The cursors of the page before and of the page after, for what was read at a cursor, in reading order.

    *begun* says that the page was not the first one, *more* that there may be more in the direction of reading.
    """
    onwards: Cursor | None = None
    if more:
        # A budget may end a page behind the last item that was handed out.
        place = reader.standing() if reader.stopped or not hits else reader.place_of(hits[-1])
        onwards = Cursor(place, at.backwards)
    back: Cursor | None = None
    if begun:
        # Nothing was found: all there is lies the other way.
        back = Cursor(reader.place_of(hits[0]) if hits else None, not at.backwards)
    return (onwards, back) if at.backwards else (back, onwards)


def token_of(cursor: Cursor, statement: Select[Any], made: Plan, *, now: float, secret: bytes | None) -> str:
    """The token of a cursor, for one statement."""
    from base64 import urlsafe_b64encode
    from json import dumps

    place = cursor.place
    key = None if place is None or place.key is None else key_text(place.key)
    part = None if place is None else place.part
    facts = [VERSION, int(now), _digest(statement, made), int(cursor.backwards), part, key]
    payload = dumps(facts, separators=(",", ":"), ensure_ascii=False).encode()
    return urlsafe_b64encode(_seal(payload, secret) + payload).decode().rstrip("=")


def cursor_of(
    token: str, statement: Select[Any], made: Plan, *, now: float, secret: bytes | None, max_age: float | None = None
) -> Cursor:
    """The cursor of a token. Raises CursorInvalid, CursorMismatch or CursorExpired."""
    facts = _opened(token, secret)
    if not facts or facts[0] != VERSION:
        raise CursorInvalid(f"the cursor is of version {facts[0] if facts else None!r}; this dynexpr reads {VERSION}")
    try:
        _version, made_at, digest, backwards, part, key = facts
        place = None if part is None else Place(int(part), None if key is None else key_from_text(key))
        age = now - int(made_at)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise CursorInvalid("the cursor is not one of dynexpr's") from None
    if digest != _digest(statement, made):
        raise CursorMismatch(
            "the cursor is of another statement, or of other values; a token goes with the statement it came from"
        )
    if max_age is not None and not -_SKEW_SECONDS <= age <= max_age:
        raise CursorExpired(f"the cursor is {age:.0f} seconds old; max_age is {max_age:g}. Begin without a cursor")
    if place is not None:
        _check_place(place, made)
    return Cursor(place, bool(backwards))


def _seal(payload: bytes, secret: bytes | None) -> bytes:
    from hashlib import sha256

    if secret is None:
        return sha256(payload).digest()[:_SEAL_BYTES]
    import hmac

    return hmac.digest(secret, payload, "sha256")[:_SEAL_BYTES]


def _opened(token: str, secret: bytes | None) -> Any:
    """What is in a token, its seal checked."""
    from base64 import urlsafe_b64decode
    from hmac import compare_digest
    from json import loads

    if not isinstance(token, str):
        raise CursorInvalid(f"a cursor is text, not {token!r}")
    try:
        sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        raise CursorInvalid("the cursor is not one of dynexpr's") from None
    seal, payload = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
    if not compare_digest(seal, _seal(payload, secret)):
        raise CursorInvalid(
            "the cursor was cut off or changed"
            if secret is None
            else "the cursor was not signed with this engine's secret"
        )
    try:
        return loads(payload)
    except ValueError:
        raise CursorInvalid("the cursor is not one of dynexpr's") from None


def _plain(wire: Mapping[str, Any]) -> list[str]:
    ((kind, value),) = wire.items()
    return [kind, value.hex() if kind == "B" else value]


def key_text(key: Item) -> dict[str, list[str]]:
    """A key as JSON can hold it."""
    return {name: _plain(wire) for name, wire in key.items()}


def key_from_text(key: Mapping[str, list[str]]) -> Item:
    """A key out of JSON; raises what a text that is none makes it raise."""
    item: Item = {}
    for name, (kind, text) in key.items():
        if kind not in {"S", "N", "B"} or not isinstance(text, str):
            raise ValueError(kind)
        item[name] = {kind: bytes.fromhex(text) if kind == "B" else text}
    return item


def _check_place(place: Place, made: Plan) -> None:
    """Refuse a place that the plan does not have: without a secret anybody can make a token."""
    parts = len(made.keys) if made.operation in BY_KEY else made.requests
    if not -1 <= place.part <= parts:
        raise CursorInvalid("the cursor leads nowhere")
    if place.key is None:
        return
    columns = {column.name: column for column in made.table.key_columns}
    columns |= {} if made.index is None else {column.name: column for column in made.index.key_columns}
    if {name: next(iter(wire)) for name, wire in place.key.items()} != {
        name: column.type.kind for name, column in columns.items()
    }:
        raise CursorInvalid("the cursor's key is not one of this table")
    if made.operation == "Query":
        from dynexpr.expression.evaluate import holds

        if not 0 <= place.part < parts or not holds(made.key_condition_of(place.part), place.key):
            raise CursorInvalid("the cursor's key is not within the query")


def _digest(statement: Select[Any], made: Plan) -> str:
    """A hash of what must be the same for a token to go on: what is asked, where it is read, and with which values."""
    from hashlib import sha256

    ordering = statement.ordering
    facts = (
        made.table.name,
        made.operation,
        None if made.index is None else made.index.name,
        sorted(map(repr, terms_of(statement.condition))),
        [column.node.steps for column in statement.columns],
        None if ordering is None else (ordering.path.steps, ordering.descending),
        made.hydrate is not None,
    )
    return sha256(repr(facts).encode()).hexdigest()[: 2 * _DIGEST_BYTES]
