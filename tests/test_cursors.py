"""Do cursors lead on from where a page ended, and is every other token refused?"""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dynexpr import create_engine, select, tuple_
from dynexpr.cursors import VERSION
from dynexpr.engine import Engine
from dynexpr.errors import (
    ArgumentError,
    CursorError,
    CursorExpired,
    CursorInvalid,
    CursorMismatch,
    NoWayBack,
)
from dynexpr.retry import RetryPolicy
from dynexpr.transports.faults import Faults
from tests.planning import STORED, metadata, o, orders, people, query, u

SECRET = b"not to be guessed"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.now


def stored(**options: Any) -> Engine:
    """An engine with the items of the planner's cases."""
    engine = create_engine("local://", **options)
    metadata.create_all(engine)
    for name, items in STORED.items():
        for item in items:
            engine.send("PutItem", TableName=name, Item=item)
    return engine


@pytest.fixture
def clock() -> Clock:
    """A clock to be set by hand."""
    return Clock()


@pytest.fixture
def engine(clock: Clock) -> Iterator[Engine]:
    """An engine that signs its cursors."""
    with stored(cursor_secret=SECRET, clock=clock) as made:
        yield made


STATEMENT = query(o.id == "a", o.at > 0)


def first_token(engine: Engine) -> str:
    """The token behind the first two items."""
    token = engine.page(STATEMENT, 2).next_cursor
    assert token is not None
    return token


def opened(token: str) -> tuple[bytes, list[Any]]:
    """The seal of a token, and what it says."""
    sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return sealed[:16], json.loads(sealed[16:])


def closed(seal: bytes, facts: Any) -> str:
    """A token of a seal and what it says."""
    return base64.urlsafe_b64encode(seal + json.dumps(facts).encode()).decode().rstrip("=")


GOOD = [
    ("a query", STATEMENT),
    ("backwards", STATEMENT.order_by(o.at.desc())),
    ("a filter", query(o.id == "a", o.region == "r")),
    ("a residue", query(o.id == "a", o.at > 0, o.at < 7)),
    ("an index", query(o.customer == "c")),
    ("an index of many attributes", query(o.region == "r", o.customer == "e")),
    ("several queries", query(o.id.in_(["b", "a"]))),
    ("several queries, backwards", query(o.id.in_(["b", "a"])).order_by(o.at.desc())),
    ("several queries with a residue", query(o.id.in_(["b", "a"]), o.at >= 0, o.at < 7)),
    ("several queries of an index without order", query(o.region.in_(["r", "s"])).using("by-region")),
    ("keys", query(tuple_(o.id, o.at).in_([("b", 2), ("a", 1), ("c", 3), ("no", 1)]))),
    ("hydrated", query(o.region == "r").hydrate()),
    ("columns", select(o.total).where(o.id == "a")),
    ("a scan", people().allow_scan()),
    ("a scan with a filter", people(u.age > 21).allow_scan()),
    ("one item", query(o.id == "a", o.at == 1)),
]


@pytest.mark.parametrize("statement", [row[1] for row in GOOD], ids=[row[0] for row in GOOD])
def test_a_walk_gives_what_one_read_gives(engine: Engine, statement: Any) -> None:
    """Page after page, by URL-safe tokens, the items are those of one read, with no page empty that is not filtered."""
    whole = engine.execute(statement).all()
    for size in range(1, len(whole) + 2):
        cursor: str | None = None
        walked: list[Any] = []
        while True:
            page = engine.page(statement, size, cursor)
            walked += page
            assert len(page) <= size
            assert page.consumed.requests >= 1
            cursor = page.next_cursor
            if cursor is None:
                break
            assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        assert walked == whole


def _flipped(token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


def _with(place: int, fact: Any) -> Callable[[str], str]:
    def change(token: str) -> str:
        seal, facts = opened(token)
        facts[place] = fact
        return closed(seal, facts)

    return change


BAD: list[tuple[str, Callable[[str], Any]]] = [
    ("empty", lambda _token: ""),
    ("no token at all", lambda _token: "hello"),
    ("not text", lambda _token: 17),
    ("not of the alphabet", lambda _token: "ä" * 40),
    ("spaces", lambda _token: "    "),
    ("cut off", lambda token: token[:-4]),
    ("cut off at the front", lambda token: token[4:]),
    ("one letter changed", _flipped),
    ("one letter of the seal changed", lambda token: ("A" if token[0] != "A" else "B") + token[1:]),
    ("longer", lambda token: token + "AAAA"),
    ("twice", lambda token: token + token),
    ("another key", _with(5, {"id": ["S", "b"], "at": ["N", "1"]})),
    ("another direction", _with(3, 1)),
    ("another time", _with(1, 2_000_000_000)),
    ("without a seal", lambda token: closed(b"", opened(token)[1])),
    ("only a seal", lambda token: closed(opened(token)[0], None)),
]


@pytest.mark.parametrize("change", [row[1] for row in BAD], ids=[row[0] for row in BAD])
@pytest.mark.parametrize("secret", [SECRET, None], ids=["signed", "unsigned"])
def test_what_is_no_token_is_refused(change: Callable[[str], Any], secret: bytes | None) -> None:
    """A token that was cut off, changed or made up is refused before anything is sent, with a secret or without."""
    with stored(cursor_secret=secret) as engine:
        token = change(first_token(engine))
        before = engine.consumed.requests
        with pytest.raises(CursorInvalid):
            engine.page(STATEMENT, 2, token)
        assert engine.consumed.requests == before


def forged(facts: list[Any]) -> str:
    """A token as anybody can make one who knows how, where there is no secret."""
    from hashlib import sha256

    payload = json.dumps(facts).encode()
    return base64.urlsafe_b64encode(sha256(payload).digest()[:16] + payload).decode()


FORGED: list[tuple[str, int, Any]] = [
    ("another partition", 5, {"id": ["S", "b"], "at": ["N", "1"]}),
    ("outside the range", 5, {"id": ["S", "a"], "at": ["N", "-7"]}),
    ("another attribute", 5, {"id": ["S", "a"], "total": ["N", "1"]}),
    ("another type", 5, {"id": ["S", "a"], "at": ["S", "1"]}),
    ("half a key", 5, {"id": ["S", "a"]}),
    ("no key of DynamoDB's", 5, {"id": ["L", "a"], "at": ["N", "1"]}),
    ("no key", 5, "a"),
    ("no value", 5, {"id": ["S", 1], "at": ["N", "1"]}),
    ("a query there is not", 4, 7),
    ("no number", 4, "x"),
    ("no time", 1, "x"),
    ("a version to come", 0, VERSION + 1),
]


@pytest.mark.parametrize(("place", "fact"), [row[1:] for row in FORGED], ids=[row[0] for row in FORGED])
def test_a_forged_token_leads_nowhere(place: int, fact: Any) -> None:
    """Without a secret a token can be made up, but not one that leads out of the statement."""
    with stored() as engine:
        facts = opened(first_token(engine))[1]
        facts[place] = fact
        with pytest.raises(CursorInvalid):
            engine.page(STATEMENT, 2, forged(facts))


OTHERS = [
    ("another value", query(o.id == "b", o.at > 0)),
    ("another bound", query(o.id == "a", o.at > 1)),
    ("another operator", query(o.id == "a", o.at >= 0)),
    ("more conditions", query(o.id == "a", o.at > 0, o.total > 0)),
    ("the other way", STATEMENT.order_by(o.at.desc())),
    ("columns", select(o.id, o.at).where(o.id == "a", o.at > 0)),
    ("another table", people(u.name.in_(["ann", "bob"]))),
    ("another index", query(o.customer == "c")),
    ("a scan", query(o.at > 0).allow_scan()),
]


@pytest.mark.parametrize("statement", [row[1] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_a_token_of_another_statement_is_refused(engine: Engine, statement: Any) -> None:
    """A token goes with its statement, its index and its values."""
    with pytest.raises(CursorMismatch, match="another statement"):
        engine.page(statement, 2, first_token(engine))


def test_the_order_of_conditions_does_not_matter(engine: Engine) -> None:
    """The same conditions in another order, and another size of page, are the same walk."""
    token = first_token(engine)
    assert engine.page(query(o.at > 0, o.id == "a"), 3, token).items[0].at == 3


def test_a_token_is_signed_with_one_secret(engine: Engine) -> None:
    """A token of another engine's secret, or of none, is refused; text is a secret as well as bytes."""
    with stored() as unsigned, stored(cursor_secret="another") as other:
        for strange in (unsigned, other):
            with pytest.raises(CursorInvalid, match="secret"):
                engine.page(STATEMENT, 2, first_token(strange))
    with stored(cursor_secret=SECRET.decode()) as same:
        assert engine.page(STATEMENT, 2, first_token(same)).items


def test_a_token_grows_old(engine: Engine, clock: Clock) -> None:
    """Under max_age a token that is older is refused, and one from the future."""
    token = first_token(engine)
    clock.now += timedelta(seconds=60)
    assert engine.page(STATEMENT, 2, token, max_age=60).items
    clock.now += timedelta(seconds=1)
    with pytest.raises(CursorExpired, match="61 seconds old"):
        engine.page(STATEMENT, 2, token, max_age=60)
    assert engine.page(STATEMENT, 2, token).items
    clock.now -= timedelta(days=1)
    with pytest.raises(CursorExpired):
        engine.page(STATEMENT, 2, token, max_age=60)


@pytest.mark.parametrize("size", [0, -1, True, "3", None])
def test_a_page_has_a_size(engine: Engine, size: Any) -> None:
    """The size of a page is a whole number from 1."""
    with pytest.raises(ArgumentError, match="whole number"):
        engine.page(STATEMENT, size)


UNPAGEABLE = [
    ("limit", STATEMENT.limit(3), "takes the place of limit"),
    ("retry_until", STATEMENT.retry_until(bool), "no retry_until"),
    ("segments", select(orders).allow_scan().segments(2), "leave out segments"),
    ("a budget of several queries", query(o.id.in_(["a", "b"])).budget(items=3), "no budget"),
]


@pytest.mark.parametrize(("statement", "told"), [row[1:] for row in UNPAGEABLE], ids=[row[0] for row in UNPAGEABLE])
def test_what_has_no_pages(engine: Engine, statement: Any, told: str) -> None:
    """What would contradict a walk is refused."""
    with pytest.raises(ArgumentError, match=told):
        engine.page(statement, 2)


def test_a_scan_has_no_way_back(engine: Engine) -> None:
    """The first page of a scan has nothing before it; behind it the way back is refused, saying why."""
    page = engine.page(people().allow_scan(), 2)
    assert page.previous_cursor is None
    page = engine.page(people().allow_scan(), 2, page.next_cursor)
    with pytest.raises(NoWayBack, match="one way only"):
        assert page.previous_cursor
    assert issubclass(NoWayBack, CursorError)


def test_there_and_back(engine: Engine) -> None:
    """The page before a page is the one it was reached from; before the first one is none."""
    first = engine.page(STATEMENT, 2)
    second = engine.page(STATEMENT, 2, first.next_cursor)
    assert first.previous_cursor is None
    again = engine.page(STATEMENT, 2, second.previous_cursor)
    assert again.items == first.items
    assert again.previous_cursor is None
    assert engine.page(STATEMENT, 2, again.next_cursor).items == second.items


def test_an_empty_last_page_leads_back(engine: Engine) -> None:
    """When everything behind a token was deleted, its page is empty, and the page before has the last items."""
    page = engine.page(STATEMENT, 4)
    for item in STORED["orders"]:
        if item["id"] == {"S": "a"} and int(item["at"]["N"]) > 4:
            engine.send("DeleteItem", TableName="orders", Key={"id": item["id"], "at": item["at"]})
    last = engine.page(STATEMENT, 4, page.next_cursor)
    assert (last.items, last.next_cursor) == ([], None)
    assert engine.page(STATEMENT, 4, last.previous_cursor).items == page.items


def test_what_a_token_says_is_no_secret(engine: Engine) -> None:
    """A signed token can be read by anybody: it holds the key of the last item."""
    assert opened(first_token(engine))[1][5] == {"id": ["S", "a"], "at": ["N", "2"]}
    assert "hmac" not in repr(engine.page(STATEMENT, 2))


def test_reading_retries_every_page() -> None:
    """A page that fails for a moment is read again, of several queries and of keys too; nothing is lost or repeated."""
    faults = Faults(throttle=0.2, unavailable=0.2, unprocessed=0.1, operations=("Query", "BatchGetItem"))
    retry = RetryPolicy(max_attempts=50, initial_delay=0, jitter="none")
    with stored() as calm, stored(faults=faults, retry=retry) as engine:
        for name, statement in GOOD:
            small = statement.page_size(2)
            assert engine.execute(small).all() == calm.execute(small).all(), name
            assert engine.count(small) == calm.count(small), name
