"""Global indexes that lag: eventually consistent reads, on purpose."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from dynexpr import create_engine
from dynexpr.errors import ArgumentError, InvalidURL
from dynexpr.local import LocalEngine
from tests.local_rows import TABLES, N, O, S, put, rem, scn, upd

ORDERS = next(request for request in TABLES if request[1]["TableName"] == O)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def engine(clock: Clock) -> Iterator[LocalEngine]:
    """An engine whose global indexes are ten seconds behind."""
    made = LocalEngine(clock=clock, index_lag=10)
    made.call(*ORDERS)
    yield made
    made.close()


def seen(engine: LocalEngine, index: str | None = None) -> list[Any]:
    """The sort keys, and x, of what a table or an index shows."""
    options = {} if index is None else {"IndexName": index}
    items = engine.call(*scn(O, **options))["Items"]
    return sorted((item["s"]["N"], item.get("x", {}).get("S")) for item in items)


def test_a_global_index_is_behind(engine: LocalEngine, clock: Clock) -> None:
    """A write is in the table and its local indexes at once, in global ones when its time has come."""
    engine.call(*put(O, p=S("a"), s=N(1), g=S("g"), l=S("l"), x=S("old")))
    assert seen(engine) == seen(engine, "by-l") == [("1", "old")]
    assert seen(engine, "by-g-all") == []
    clock.now += 9
    assert seen(engine, "by-g-all") == []
    engine.call(*upd(O, "SET x = :x", {":x": S("new")}, p=S("a"), s=N(1)))
    clock.now += 1
    assert seen(engine, "by-g-all") == [("1", "old")], "what the first write said"
    assert seen(engine) == [("1", "new")]
    clock.now += 9
    assert seen(engine, "by-g-all") == [("1", "new")]
    engine.call(*rem(O, p=S("a"), s=N(1)))
    assert seen(engine) == []
    assert seen(engine, "by-g-all") == [("1", "new")]
    clock.now += 10
    assert seen(engine, "by-g-all") == []


def test_an_entry_moves_later(engine: LocalEngine, clock: Clock) -> None:
    """An item whose index key changes stays at its old place for a while, and is never at two."""
    engine.call(*put(O, p=S("a"), s=N(1), g=S("g")))
    engine.call(*upd(O, "SET g = :g", {":g": S("h")}, p=S("a"), s=N(1)))
    for moment, places in ((0, []), (10, ["h"])):
        clock.now += moment
        assert [item["g"]["S"] for item in engine.call(*scn(O, IndexName="by-g"))["Items"]] == places


def test_catching_up(engine: LocalEngine) -> None:
    """All indexes see everything when they are told to, whatever the clock says."""
    for n in range(5):
        engine.call(*put(O, p=S("a"), s=N(n), g=S("g")))
    assert seen(engine, "by-g") == []
    engine.catch_up()
    assert len(seen(engine, "by-g")) == 5


def test_capacity_is_that_of_the_write(engine: LocalEngine) -> None:
    """A write pays for its indexes when it is made."""
    answer = engine.call(*put(O, p=S("a"), s=N(1), g=S("g"), ReturnConsumedCapacity="INDEXES"))
    units = answer["ConsumedCapacity"]["GlobalSecondaryIndexes"]
    assert {name: part["CapacityUnits"] for name, part in units.items()} == {"by-g": 1.0, "by-g-all": 1.0}


def test_a_refused_write_leaves_nothing_to_come(engine: LocalEngine) -> None:
    """What a cancelled transaction would have entered never comes."""
    absent = {"ConditionExpression": "attribute_exists(p)", "TableName": O}
    actions = [{"Put": {"TableName": O, "Item": {"p": S("a"), "s": N(1), "g": S("g")}}}]
    actions.append({"Put": {**absent, "Item": {"p": S("a"), "s": N(2), "g": S("g")}}})
    with pytest.raises(Exception, match="TransactionCanceledException"):
        engine.call("TransactWriteItems", {"TransactItems": actions})
    engine.catch_up()
    assert seen(engine, "by-g") == []


def test_an_index_that_goes_takes_what_was_to_come(engine: LocalEngine) -> None:
    """A deleted index, or table, gets no entries any more; a new one is whole at once."""
    engine.call(*put(O, p=S("a"), s=N(1), g=S("g")))
    gone = [{"Delete": {"IndexName": "by-g"}}]
    engine.call("UpdateTable", {"TableName": O, "GlobalSecondaryIndexUpdates": gone})
    new = {"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}
    definitions = [{"AttributeName": "g", "AttributeType": "S"}]
    created = [{"Create": {**new, "Projection": {"ProjectionType": "ALL"}}}]
    engine.call(
        "UpdateTable", {"TableName": O, "AttributeDefinitions": definitions, "GlobalSecondaryIndexUpdates": created}
    )
    assert seen(engine, "by-g") == [("1", None)]
    engine.call("DeleteTable", {"TableName": O})
    engine.call(*ORDERS)
    engine.catch_up()
    assert seen(engine, "by-g") == []


def test_a_file_is_caught_up_with(tmp_path: Path) -> None:
    """An engine that does not lag opens a file with what one that lagged left."""
    path = str(tmp_path / "t.db")
    first = LocalEngine(path, index_lag=3600)
    first.call(*ORDERS)
    first.call(*put(O, p=S("a"), s=N(1), g=S("g")))
    first.close()
    with_lag = LocalEngine(path, index_lag=3600)
    assert seen(with_lag, "by-g") == []
    with_lag.close()
    second = LocalEngine(path)
    assert seen(second, "by-g") == [("1", None)]
    second.close()


def test_by_url() -> None:
    """The lag may stand in the URL."""
    with create_engine("local://?index_lag=3600") as engine:
        engine.send(ORDERS[0], **ORDERS[1])
        engine.send("PutItem", TableName=O, Item={"p": S("a"), "s": N(1), "g": S("g")})
        assert engine.send("Scan", TableName=O)["Count"] == 1
        assert engine.send("Scan", TableName=O, IndexName="by-g")["Count"] == 0


def test_the_service_lags_by_itself() -> None:
    """The option is refused where there is no engine to tell it to."""
    with pytest.raises(InvalidURL, match="index_lag is an option of local:// only"):
        create_engine("dynamodb://us-east-1/?index_lag=1")


@pytest.mark.parametrize("lag", ["-1", "x", "", "1s", "nan"])
def test_no_lag(lag: str) -> None:
    """What is no number of seconds is refused."""
    with pytest.raises(InvalidURL, match="index_lag"):
        create_engine(f"local://?index_lag={lag}")


@pytest.mark.parametrize("lag", [-1, float("nan")])
def test_no_lag_of_an_engine(lag: float) -> None:
    """The same for an engine itself."""
    with pytest.raises(ArgumentError, match="index_lag"):
        LocalEngine(index_lag=lag)


@hypothesis.given(
    writes=st.lists(
        st.tuples(
            st.integers(0, 2), st.sampled_from(["put", "move", "leave", "delete", "wait"]), st.sampled_from("gh")
        ),
        max_size=12,
    )
)
def test_caught_up_is_as_never_behind(writes: list[tuple[int, str, str]]) -> None:
    """Once it has caught up, an index that lagged shows what one that never did shows."""
    clock = Clock()
    engines = [LocalEngine(clock=clock), LocalEngine(clock=clock, index_lag=10)]
    for engine in engines:
        engine.call(*ORDERS)
    for n, kind, g in writes:
        requests = {
            "put": put(O, p=S("a"), s=N(n), g=S(g)),
            "move": upd(O, "SET g = :g", {":g": S(g)}, p=S("a"), s=N(n)),
            "leave": upd(O, "REMOVE g", p=S("a"), s=N(n)),
            "delete": rem(O, p=S("a"), s=N(n)),
        }
        for engine in engines:
            if kind != "wait":
                engine.call(*requests[kind])
        clock.now += 6 if kind == "wait" else 0
    engines[1].catch_up()
    for index in ("by-g", "by-g-all", "by-l"):
        first, second = (engine.call(*scn(O, IndexName=index))["Items"] for engine in engines)
        assert first == second
    for engine in engines:
        engine.close()
