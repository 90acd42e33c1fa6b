"""How are the items of a page decoded?  Not before somebody reads them, and then one attribute at a time.

A page of a megabyte holds thousands of items, and of each item a program reads a few attributes. msgspec cuts the
bytes into attributes in a quarter of the time that json takes to make objects of all of them. Loading msgspec takes as
long as it saves on the first two megabytes, so those are left to json.
"""

from collections.abc import Callable, ItemsView, Iterator, ValuesView
from typing import Any, Final

from dynexpr.wire import Wire

FROM: Final = 2 * 2**20
"""So many bytes are decoded by json before msgspec is loaded."""
SMALL: Final = 16_384
"""Bodies below are not worth it."""

Whole = Callable[[bytes], Any]
"""What decodes bytes as a whole: `protocol.loaded`."""


class Pages:
    """Decodes the answers of queries and scans, and of batches of keys."""

    __slots__ = ("_cut", "_seen", "_whole")

    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        self._seen = 0
        self._cut: Callable[[bytes], dict[str, Any]] | None = None

    def loaded(self, body: bytes) -> Any:
        """What a page says; its items in parts where it is large. ValueError for bytes that are no JSON."""
        if len(body) < SMALL:
            return self._whole(body)
        if self._cut is None:
            self._seen += len(body)
            if self._seen < FROM:
                return self._whole(body)
            self._cut = cutter(self._whole)
        return self._cut(body)


def cutter(whole: Whole) -> Callable[[bytes], Any]:
    """A function that makes LazyItems of the items of a page, or of a batch, and leaves all else to *whole*."""
    from msgspec import MsgspecError, Raw
    from msgspec.json import Decoder

    members = Decoder(dict[str, Raw]).decode
    parts = Decoder(list[Raw]).decode
    tables = Decoder(dict[str, list[Raw]]).decode

    def lazy(raw: Any) -> LazyItem:
        # Each item gets bytes of its own: one that is kept must not keep its whole page.
        own: dict[str, Any] = members(bytes(raw))
        return LazyItem(own)

    def cut(body: bytes) -> Any:
        body.decode()  # what is not UTF-8 must be seen now, not when an attribute is read
        try:
            answer: dict[str, Any] = members(body)
            items: dict[str, Any] = {}
            if "Items" in answer:
                items["Items"] = list(map(lazy, parts(answer.pop("Items"))))
            elif "Responses" in answer:
                found = tables(answer.pop("Responses"))
                items["Responses"] = {table: list(map(lazy, each)) for table, each in found.items()}
            else:
                return whole(body)
        except MsgspecError:
            return whole(body)
        return items | {name: whole(bytes(value)) for name, value in answer.items()}

    value = Decoder().decode

    def decoded(raw: Any) -> Any:
        try:
            wire = value(raw)
        except MsgspecError:
            return whole(bytes(raw))
        # Bytes come as base64, be it deep inside of a container.
        if "S" in wire or "N" in wire or b'"B' not in bytes(raw):
            return wire
        return whole(bytes(raw))

    # The class knows the type of what is not decoded yet, and how to decode it.
    LazyItem.raw = Raw
    LazyItem.decoded = staticmethod(decoded)
    return cut


class LazyItem(dict[str, Wire]):
    """An item on the wire; an attribute is decoded when it is first read. Whatever reads a dictionary reads it."""

    __slots__ = ()
    raw: Any = None
    decoded: Callable[[Any], Any]

    def __getitem__(self, name: str) -> Wire:
        value: Any = dict.__getitem__(self, name)
        if value.__class__ is self.raw:
            value = self.decoded(value)
            dict.__setitem__(self, name, value)
        return value  # type: ignore[no-any-return]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of an attribute; *default* where the item lacks it."""
        return self[name] if name in self else default  # noqa: SIM401 - this is what get() is made of

    # With an __iter__ of its own, `dict(item)`, `{**item}` and `update(item)` ask for each value, and copy none.
    def __iter__(self) -> Iterator[str]:
        return dict.__iter__(self)

    def _decode(self) -> None:
        for name in self:
            self[name]

    def items(self) -> ItemsView[str, Wire]:  # type: ignore[override]
        """Names and values."""
        self._decode()
        return dict.items(self)

    def values(self) -> ValuesView[Wire]:  # type: ignore[override]
        """The values."""
        self._decode()
        return dict.values(self)

    def copy(self) -> dict[str, Wire]:
        """A plain dictionary of the same attributes."""
        return dict(self)

    def pop(self, name: str, *default: Any) -> Any:
        """Take an attribute out."""
        if name in self:
            self[name]
        return dict.pop(self, name, *default)

    def popitem(self) -> tuple[str, Wire]:
        """Take the last attribute out."""
        self._decode()
        return dict.popitem(self)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """The value of an attribute, set if the item lacks it."""
        if name in self:
            return self[name]
        dict.__setitem__(self, name, default)
        return default

    def __eq__(self, other: object) -> bool:
        self._decode()
        if isinstance(other, LazyItem):
            other._decode()
        return dict.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def __or__(self, other: Any) -> Any:
        return dict(self) | other

    def __ror__(self, other: Any) -> Any:
        return other | dict(self)

    def __repr__(self) -> str:
        self._decode()
        return dict.__repr__(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def __copy__(self) -> dict[str, Wire]:
        return dict(self)
