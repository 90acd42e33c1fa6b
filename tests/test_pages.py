"""Is an item of a page, of which attributes are decoded when they are read, the item that json would have made?"""

import copy
import json
import pickle
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, strategies as st

from dynexpr.transports import pages
from dynexpr.transports.pages import LazyItem, Pages, cutter
from dynexpr.transports.protocol import loaded

values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.builds(lambda text: {"S": text}, st.text(max_size=8)),
        st.builds(lambda number: {"N": str(number)}, st.integers()),
        st.builds(lambda data: {"B": data}, st.binary(max_size=6)),
        st.builds(lambda data: {"BS": data}, st.lists(st.binary(max_size=3), min_size=1, max_size=2, unique=True)),
        st.just({"BOOL": True}),
        st.just({"NULL": True}),
    ),
    lambda inner: st.one_of(
        st.builds(lambda parts: {"L": parts}, st.lists(inner, max_size=3)),
        st.builds(
            lambda parts: {"M": parts}, st.dictionaries(st.sampled_from(["a", "B", "BS", "S"]), inner, max_size=3)
        ),
    ),
    max_leaves=6,
)
items = st.dictionaries(st.sampled_from(["id", "B", "BS", "S", "Items", "a", 'q"B":"x']), values, max_size=5)


def as_json(response: Any) -> bytes:
    """The bytes of an answer, bytes in it as base64."""
    return json.dumps(response, default=lambda data: b64encode(data).decode(), ensure_ascii=False).encode()


cut = cutter(loaded)


def page(*found: Any) -> list[LazyItem]:
    """Items as they come in a page."""
    return cut(as_json({"Items": found, "Count": len(found)}))["Items"]  # type: ignore[no-any-return]


@given(found=st.lists(items, max_size=4), key=items)
def test_same_as_json(found: list[Any], key: Any) -> None:
    """A page says the same, all of it, whichever way it is decoded."""
    response = {
        "Items": found,
        "Count": len(found),
        "LastEvaluatedKey": key,
        "ConsumedCapacity": {"CapacityUnits": 0.5},
    }
    body = as_json(response)
    assert cut(body) == loaded(body) == response


@given(found=st.dictionaries(st.sampled_from(["one", "two", "Items"]), st.lists(items, max_size=3)), left=items)
def test_same_as_json_of_a_batch(found: Any, left: Any) -> None:
    """So does the answer to a batch of keys, whose items stand under the names of their tables."""
    response = {"Responses": found, "UnprocessedKeys": {"one": {"Keys": [left]}}, "ConsumedCapacity": []}
    body = as_json(response)
    answer = cut(body)
    assert all(type(item) is LazyItem for part in answer["Responses"].values() for item in part)
    assert answer == loaded(body) == response


def _updated(item: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    plain.update(item)
    return plain


READS: dict[str, Any] = {
    "equality": lambda item: item,
    "reversed equality": lambda item: dict(item) == item and item,
    "two lazy ones": lambda item: item == item and item,
    "dict()": dict,
    "unpacking": lambda item: {**item},
    "items()": lambda item: dict(item.items()),
    "values()": lambda item: dict(zip(item.keys(), item.values(), strict=True)),
    "get()": lambda item: {name: item.get(name) for name in item},
    "indexing": lambda item: {name: item[name] for name in item},
    "iteration": lambda item: {name: item[name] for name in list(item)},
    "copy()": lambda item: item.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "pickle": lambda item: pickle.loads(pickle.dumps(item)),
    "update()": _updated,
    "|": lambda item: item | {},
    "| from the left": lambda item: {} | item,
    "pop()": lambda item: {name: item.pop(name) for name in list(item)},
    "popitem()": lambda item: dict([item.popitem() for _ in range(len(item))]),
    "setdefault()": lambda item: {name: item.setdefault(name, None) for name in list(item)},
    "repr": lambda item: eval(repr(item)),
    "json": lambda item: loaded(as_json(item)),
    "comprehension": lambda item: {name: wire for name, wire in item.items() if True},
}


@pytest.mark.parametrize("name", READS)
@given(item=items)
def test_every_way_to_read(name: str, item: Any) -> None:
    """However an item is read, it gives decoded values, and never what they are made of."""
    (lazy,) = page(item)
    assert READS[name](lazy) == item


def test_what_is_not_there() -> None:
    """A missing attribute is missing as in any dictionary; one that is set is there."""
    (item,) = page({"a": {"S": "x"}})
    assert item.get("b") is None
    assert item.get("b", 1) == 1
    assert "b" not in item
    with pytest.raises(KeyError):
        item["b"]
    assert item.pop("b", None) is None
    assert item.setdefault("b", {"S": "y"}) == {"S": "y"}
    item["a"] = {"S": "z"}
    assert item == {"a": {"S": "z"}, "b": {"S": "y"}}
    assert item != {"a": {"S": "x"}}
    with pytest.raises(TypeError, match="unhashable"):
        hash(item)


def test_decoded_once() -> None:
    """What was read stays the same object."""
    (item,) = page({"a": {"L": [{"S": "x"}]}})
    assert item["a"] is item["a"]
    assert item.get("a") is item["a"]


def test_a_kept_item_does_not_keep_its_page() -> None:
    """An attribute that is not read yet holds the bytes of its own item only."""
    found = page(*({"id": {"S": str(number)}, "text": {"S": "x" * 100}} for number in range(50)))
    raw: Any = dict.__getitem__(found[7], "text")
    assert len(bytes(memoryview(raw).obj)) < 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"Items": [{"a": {"S": "\\ud800"}}]}',  # json takes a lone surrogate, msgspec does not
        b'{"Items": [1, 2]}',
        b'{"Items": "none"}',
        b'{"Responses": [{"Item": {"a": {"S": "x"}}}]}',
        b'{"Responses": {"one": {"a": {"S": "x"}}}}',
        b'{"Count": 3}',
        b'["Items"]',
    ],
)
def test_odd_pages(body: bytes) -> None:
    """What is no page of items is what json makes of it."""
    assert cut(body) == json.loads(body)


@pytest.mark.parametrize(
    "body", [b'{"Items": [{"a": {"S": "x"}}', b'{"Items": [{"a": {"S": "\xff"}}]}', b"<html>", b""]
)
def test_broken_pages(body: bytes) -> None:
    """Bytes that are no JSON are refused at once, not when an attribute is read."""
    with pytest.raises(ValueError, match=r"."):
        cut(body)


def test_msgspec_is_loaded_when_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small answers and the first megabytes are decoded by json; from then on pages are cut."""
    monkeypatch.setattr(pages, "FROM", 100_000)
    body = as_json({"Items": [{"a": {"S": "x" * 100}}] * 300})
    decoder = Pages(loaded)
    kinds = [type(decoder.loaded(body)["Items"][0]) for _ in range(5)]
    assert kinds == [dict, dict, LazyItem, LazyItem, LazyItem]
    assert type(decoder.loaded(b'{"Items": [{"a": {"S": "x"}}]}')["Items"][0]) is dict
