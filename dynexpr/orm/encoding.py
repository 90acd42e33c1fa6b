"""How does a new object become its item and the item's JSON, at once?  By a function that is made for its model.

It knows plain values of the types that most columns have, and stores of them what the rules of `storing.py` say. What
it is not sure of it leaves alone: then each attribute is looked at by itself, which tells what is wrong.
"""

from decimal import Decimal
from json.encoder import encode_basestring as quoted
from typing import TYPE_CHECKING, Any, Final, cast

from dynexpr.allowed import restricted
from dynexpr.clock import Clock
from dynexpr.orm.mapping import Attribute, Encoder, ModelMapping
from dynexpr.orm.pairs import UnsureError, base64, checked_text, pairs_of
from dynexpr.storing import stored
from dynexpr.types import (
    Any_,
    Binary,
    Boolean,
    Date,
    DateTime,
    EpochSeconds,
    Float,
    Integer,
    List,
    Map,
    Number,
    String,
    Uuid,
)
from dynexpr.wire import PLAIN_INT, Item, Wire, number_text
from dynexpr.writes import default_of

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase

_AS_TEXT: Final = frozenset({Date, DateTime, EpochSeconds, Float, Uuid})
"""Column types whose `to_wire` gives a text for every value it takes."""


def encoded_object(obj: "DeclarativeBase", clock: Clock) -> tuple[Item, bytes] | None:
    """The whole item of a new object, as a put writes it, and its JSON; None where that takes a closer look."""
    state = obj.__state__
    if state.stored is not None or state.expressions or state.unloaded:
        return None
    mapping: ModelMapping = type(obj).__mapping__
    encoder = mapping.encoder
    if encoder is None:
        encoder = mapping.encoder = encoder_of(mapping)
    try:
        return encoder(vars(obj), clock)
    except Exception:  # noqa: BLE001 - it comes up again, with its place, where each attribute is looked at
        return None


def encoder_of(mapping: ModelMapping) -> Encoder:
    """The function of a model that makes of an object's values its item, and the JSON of that.

    Whatever it raises says that it is not sure.
    """
    scope: dict[str, Any] = {
        "Decimal": Decimal,
        "LEAST": -PLAIN_INT,
        "MOST": PLAIN_INT,
        "UnsureError": UnsureError,
        "absent": object(),
        "base64": base64,
        "number": number_text,
        "quoted": quoted,
        "checked_text": checked_text,
    }
    lines = ["def encode(values, clock):", " item = {}", " texts = []", " add = texts.append"]
    for attribute in mapping.attributes.values():
        lines += _inside(_Lines(attribute, scope).all())
    lines.append(" return item, ('{' + ','.join(texts) + '}').encode()")
    exec("\n".join(lines), scope)  # noqa: S102 - a text of our own, names as literals
    return cast("Encoder", scope["encode"])


def _inside(lines: list[str]) -> list[str]:
    return [f" {line}" for line in lines]


def _either(condition: str, lines: list[str], otherwise: list[str]) -> list[str]:
    return [f"if {condition}:", *_inside(lines), "else:", *_inside(otherwise)]


_REFUSE: Final = ["raise UnsureError"]


class _Lines:
    """The lines of an encoder that are about one attribute."""

    def __init__(self, attribute: Attribute, scope: dict[str, Any]) -> None:
        self._attribute = attribute
        self._scope = scope
        column: Any = attribute.column
        self._column = column
        table = column.table
        self._keyed = table is not None and attribute.name in table.keyed

    def all(self) -> list[str]:
        """From its value, or the lack of one, to the item."""
        attribute = self._attribute
        if not attribute.set_by_commit:
            return [f"value = values[{attribute.key!r}]", *self._given()]
        column = self._column
        fill = self._bound(lambda clock: stored(column, default_of(column, clock)))
        return [
            f"value = values.get({attribute.key!r}, absent)",
            *_either("value is absent", [f"wire = {fill}(clock)", *self._put_wire()], self._given()),
        ]

    def _given(self) -> list[str]:
        options = self._attribute.options
        type_ = self._attribute.type
        lines = self._plain() or self._container()
        checked_again = options.validators and (type_.mutable or type(type_) in _AS_TEXT)
        if lines is None or options.omit_if is not None or restricted(type_) or checked_again:
            return self._by_the_rules()
        if not options.nullable:
            return lines
        none = ["pass"]
        if options.none_as == "null":
            none = self._put("{'NULL': True}", '{"NULL":true}')
        elif self._attribute.is_key:
            none = _REFUSE
        return _either("value is None", none, lines)

    def _plain(self) -> list[str] | None:
        """Of the types whose values have no parts."""
        kind = type(self._attribute.type)
        there = " and value" if self._keyed else ""  # a key is never empty
        if kind is String:
            put = self._put("{'S': value}", '{"S":', "quoted(value)", "}")
            return _either(f"value.__class__ is str{there}", put, _REFUSE)
        if kind is Integer or kind is Number:
            put = self._put("{'N': text}", '{"N":"', "text", '"}')
            other = _REFUSE
            if kind is Number:
                other = _either("value.__class__ is Decimal", ["text = number(value)", *put], _REFUSE)
            return _either("value.__class__ is int and LEAST < value < MOST", ["text = str(value)", *put], other)
        if kind is Boolean:
            put = self._put("{'BOOL': value}", '{"BOOL":', "('true' if value else 'false')", "}")
            return _either("value is True or value is False", put, _REFUSE)
        if kind is Binary:
            put = self._put("{'B': value}", '{"B":"', "base64(value)", '"}')
            return _either(f"value.__class__ is bytes{there}", put, _REFUSE)
        if kind in _AS_TEXT:
            wire_kind = self._attribute.type.kind
            shown = self._bound(self._attribute.type.to_wire)
            put = self._put(f"{{{wire_kind!r}: text}}", f'{{"{wire_kind}":', "quoted(text)", "}")
            return [f"text = {shown}(value)", *put]
        return None

    def _container(self) -> list[str] | None:
        """Of lists, maps, and what can be anything."""
        if type(self._attribute.type) not in {List, Map, Any_}:
            return None
        pair = self._bound(pairs_of(self._attribute.type))
        return [f"wire, text = {pair}(value, 0)", *self._put("wire", "", "text")]

    def _by_the_rules(self) -> list[str]:
        """Of all others: no faster than by itself."""
        attribute = self._attribute

        def wire_of(value: Any) -> Wire | None:
            if attribute.options.validators and attribute.can_change(value):
                value = attribute.validate(value)
            return attribute.encode(value)

        return [f"wire = {self._bound(wire_of)}(value)", *self._put_wire()]

    def _put_wire(self) -> list[str]:
        put = self._put("wire", "", "checked_text(wire)")
        return _either("wire is not None", put, _REFUSE if self._attribute.is_key else ["pass"])

    def _put(self, wire: str, before: str, text: str = "''", after: str = "") -> list[str]:
        """Enter a value: what it is on the wire, and its JSON: an expression, and what stands around it."""
        name = self._attribute.name
        told = f"{f'{quoted(name)}:{before}'!r} + {text}"
        return [f"item[{name!r}] = {wire}", f"add({told} + {after!r})" if after else f"add({told})"]

    def _bound(self, value: object) -> str:
        """The name by which the lines call something."""
        name = f"bound_{len(self._scope)}"
        self._scope[name] = value
        return name
