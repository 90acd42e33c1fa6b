"""Is a key that is made or frozen by the way for many of them the one that is made by itself?"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from dynexpr import ColumnOptions, MetaData, Table
from dynexpr.columns import Column
from dynexpr.statements.keys import key_item, key_items
from dynexpr.types import Binary, ColumnType, DateTime, Integer, Number, String
from dynexpr.wire import freeze
from tests.strategies import BY_TYPE, texts

TYPES: tuple[ColumnType[Any], ...] = (String(), Number(), Integer(), Binary(), DateTime())


def _table(*types: ColumnType[Any]) -> Table:
    options = (ColumnOptions(partition_key=True), ColumnOptions(sort_key=True))
    columns = [Column(name, type_, each) for name, type_, each in zip(("p'", "s"), types, options, strict=False)]
    return Table("keys", MetaData(), *columns)


TABLES = [_table(one, *rest) for one in TYPES for rest in ((), *((other,) for other in TYPES))]


class Text(str):
    """Text of another class."""

    __slots__ = ()


values: st.SearchStrategy[Any] = st.one_of(
    texts,
    texts.map(Text),
    st.sampled_from(["x" * 1024, "é" * 1024, "x" * 2048, "x" * 2049, "\ud800"]),
    st.integers(-(10**39), 10**39),
    st.booleans(),
    st.decimals(),
    st.binary(max_size=3),
    st.sampled_from([None, 1.5, Decimal("1.50"), datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2)]),  # noqa: DTZ001
)
keys = st.one_of(
    values,
    st.tuples(values),
    st.tuples(values, values),
    st.tuples(values, values, values),
    st.dictionaries(st.sampled_from(["p'", "s"]), values, max_size=2),
)


def _came(make: Any, *arguments: Any) -> tuple[str, Any]:
    """What was made, or what was told instead."""
    try:
        return "made", make(*arguments)
    except Exception as error:  # noqa: BLE001 - compared
        return type(error).__name__, str(error)


@pytest.mark.parametrize(
    "table", TABLES, ids=lambda table: "-".join(c.type.__class__.__name__ for c in table.columns.values())
)
@given(key=keys)
def test_made_alike(table: Table, key: Any) -> None:
    """A key among many is the one that is made by itself, or refused with the same words."""
    assert _came(lambda: key_items(table, [key])[0]) == _came(key_item, table, key)


@pytest.mark.parametrize("table", TABLES[:6])
@given(data=st.data())
def test_frozen_alike(table: Table, data: st.DataObject) -> None:
    """A table freezes the key of an item as its values are frozen one by one, whatever their types are."""
    item = {name: data.draw(st.one_of(BY_TYPE["S"], BY_TYPE["N"], BY_TYPE["B"])) for name in ("p'", "s", "other")}
    assert table.frozen(item) == tuple(freeze(item[name]) for name in table.key_names)


def test_a_missing_key_is_missing() -> None:
    """An item without a key attribute has no frozen key."""
    with pytest.raises(KeyError):
        TABLES[0].frozen({"other": {"S": "x"}})
