"""Does any sequence of requests, of whatever kind, answer the same on both engines, and leave the same items?

`test_local_operations.test_histories` has the writes with expressions; here are the other ways to say things:
parameters that expressions replaced, PartiQL, and reads between the writes.
"""

from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from dynexpr.local import LocalEngine
from tests.local_rows import N, O, RealEngine, Request, S, V, qry, scn
from tests.test_local_operations import FIXTURES, billed, check_history, deletes, keys, puts, transactions, updates

GIVEN = [S("a"), S("b"), N(1), N("2.5"), {"SS": ["x"]}, {"L": [S("x")]}, {"BOOL": True}]
ATTRIBUTES = ["g", "l", "n", "t", "x", "zz"]
LITERALS = ["'a'", "'b'", "1", "2.5", "<<'x'>>", "['x']", "true", "{'k': 1}"]
given = st.sampled_from(GIVEN)
attributes = st.sampled_from(ATTRIBUTES)
plain = st.sampled_from(GIVEN[:4])


def term(operator: str, count: int, values: list[Any]) -> dict[str, Any]:
    """A condition of the old parameters."""
    return {"ComparisonOperator": operator, **({"AttributeValueList": values[:count]} if count else {})}


terms = st.builds(
    lambda operator, values: term(operator[0], operator[1], values),
    st.sampled_from([("EQ", 1), ("NE", 1), ("NULL", 0), ("NOT_NULL", 0), ("GT", 1), ("LE", 1), ("CONTAINS", 1),
                     ("BEGINS_WITH", 1), ("IN", 2), ("BETWEEN", 2)]),
    st.lists(plain, min_size=2, max_size=2),
)  # fmt: skip
several = st.dictionaries(attributes, terms, min_size=1, max_size=2)
joined = st.sampled_from(["AND", "OR"])
changes = st.dictionaries(
    attributes,
    st.one_of(
        st.builds(lambda value: {"Action": "PUT", "Value": value}, given),
        st.builds(lambda value: {"Action": "ADD", "Value": value}, st.sampled_from([N(1), {"SS": ["y"]}])),
        st.just({"Action": "DELETE"}),
        st.just({"Action": "DELETE", "Value": {"SS": ["x"]}}),
    ),
    min_size=1,
    max_size=3,
)


def only_removes(updated: dict[str, dict[str, Any]]) -> bool:
    """Whether an update takes away only, which of a missing item makes one (remove-of-missing-item)."""
    return all(each["Action"] == "DELETE" for each in updated.values())


def sets_in_keys(updated: dict[str, dict[str, Any]]) -> bool:
    """Whether a set is taken from an index's key, which DynamoDB Local refuses even where nothing is there."""
    return any(updated[name]["Action"] == "DELETE" and "Value" in updated[name] for name in updated if name in "gl")


legacy_updates = st.builds(
    lambda where, updated: (
        "UpdateItem", {"TableName": O, "Key": where, "AttributeUpdates": updated, "ReturnValues": "ALL_NEW", **billed}
    ),
    keys,
    changes.filter(lambda updated: not only_removes(updated) and not sets_in_keys(updated)),
)  # fmt: skip
legacy_writes = st.builds(
    lambda request, expected, how: (request[0], {**request[1], "Expected": expected, "ConditionalOperator": how}),
    st.one_of(
        legacy_updates,
        st.builds(
            lambda where: ("DeleteItem", {"TableName": O, "Key": where, "ReturnValues": "ALL_OLD", **billed}), keys
        ),
        st.builds(lambda where, x: ("PutItem", {"TableName": O, "Item": {**where, "x": x}}), keys, given),
    ),
    several,
    joined,
)


def words(where: dict[str, Any]) -> str:
    """A key in a statement."""
    return f"p = '{where['p']['S']}' AND s = {where['s']['N']}"


def says(statement: str, *parameters: dict[str, Any]) -> Request:
    """ExecuteStatement."""
    return "ExecuteStatement", {"Statement": statement, **({"Parameters": list(parameters)} if parameters else {})}


partiql_conditions = st.sampled_from(
    ["", " AND x = 'a'", " AND x IS MISSING", " AND attribute_type(n, 'N')", " AND contains(t, 'x')", " AND n > 1",
     " AND (x = 1 OR n IN [1, 2])", " AND NOT begins_with(x, 'a')", " AND size(x) > 0"]
)  # fmt: skip
partiql_writes = st.one_of(
    st.builds(
        lambda where, name, value: says(
            f"INSERT INTO {O} VALUE {{'p': '{where['p']['S']}', 's': {where['s']['N']}, '{name}': {value}}}"
        ),
        keys,
        attributes,
        st.sampled_from(LITERALS),
    ),
    st.builds(
        lambda where, name, value, condition: says(
            f"UPDATE {O} SET {name} = ? WHERE {words(where)}{condition} RETURNING ALL NEW *", value
        ),
        keys,
        # DynamoDB Local compares the type of an index's key before it looks for the item.
        st.sampled_from(["n", "t", "x", "zz"]),
        given,
        partiql_conditions,
    ),
    st.builds(
        lambda where, condition: says(f"DELETE FROM {O} WHERE {words(where)}{condition} RETURNING ALL OLD *"),
        keys,
        partiql_conditions,
    ),
)
reads = st.one_of(
    st.builds(lambda where, condition: says(f"SELECT * FROM {O} WHERE {words(where)}{condition}"), keys,
              partiql_conditions),
    st.builds(lambda where: says(f"SELECT x, s, n FROM {O} WHERE p = ? AND s >= ?", where["p"], where["s"]), keys),
    st.builds(lambda where: qry(O, "p = :p", V(p=where["p"]), ScanIndexForward=False), keys),
    st.builds(lambda where, condition: ("Query", {
        "TableName": O, "KeyConditions": {"p": term("EQ", 1, [where["p"]]), "s": term("LE", 1, [where["s"]])},
        "QueryFilter": condition,
    }), keys, several),
    st.builds(lambda condition, how: scn(O, ScanFilter=condition, ConditionalOperator=how), several, joined),
)  # fmt: skip
QUICK = hypothesis.settings(FIXTURES, max_examples=40, derandomize=True, database=None)
"""The same histories each time; other ones with --ci."""
requests = st.one_of(puts, updates, deletes, transactions, legacy_updates, legacy_writes, partiql_writes, reads)


@pytest.mark.engine
@QUICK
@hypothesis.given(history=st.lists(requests, min_size=1, max_size=12))
def test_histories(local: LocalEngine, real_tables: RealEngine, history: list[Request]) -> None:
    """Any sequence of requests has the same outcomes and leaves the same items on both engines."""
    check_history(local, real_tables, history)


@pytest.mark.engine
@pytest.mark.ci
@FIXTURES
@hypothesis.given(history=st.lists(requests, min_size=15, max_size=40))
def test_long_histories(local: LocalEngine, real_tables: RealEngine, history: list[Request]) -> None:
    """The same of long sequences, in which items collide more often."""
    check_history(local, real_tables, history)
