"""Which item is meant?  A key as the user gives it, or as a where() says it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dynexpr.errors import ArgumentError, KeyRequired, ValueNotStorable, clip
from dynexpr.expression.nodes import And, Compare, Condition, Path, Value, conjunction
from dynexpr.expression.operators import EQ
from dynexpr.hiding import HIDDEN
from dynexpr.sizes import value_size
from dynexpr.storing import blamed
from dynexpr.tables import Table
from dynexpr.types import ColumnType, Integer, Number, String
from dynexpr.wire import PLAIN_INT, Item, Wire, freeze


def key_item(table: Table, key: object) -> Item:
    """The key of one item on the wire, from a value, a tuple in the order of the key, or a mapping of Python names.

    Raises ArgumentError for a key of another shape, ValueNotStorable for a value its column can't hold.
    """
    columns = table.key_columns
    wanted = ", ".join(column.key or column.name for column in columns)
    if isinstance(key, Mapping):
        if set(key) != {column.key for column in columns}:
            raise ArgumentError(f"the key of {table.title} is ({wanted}), not {given_shown(table, dict(key))}")
        values: Sequence[object] = [key[column.key] for column in columns]
    else:
        values = key if isinstance(key, tuple) else (key,)
        if len(values) != len(columns):
            cure = "; write it as a tuple" if isinstance(key, list) and len(key) == len(columns) else ""
            raise ArgumentError(f"the key of {table.title} is ({wanted}), not {given_shown(table, key)}{cure}")
    item: Item = {}
    for column, value in zip(columns, values, strict=True):
        if value is None:
            raise ArgumentError(f"the key of {table.title} is ({wanted}); {column.key} is None")
        try:
            item[column.name] = column.type.encode(value)
        except ValueNotStorable as error:
            raise blamed(column, error) from None
    check_key(table, item)
    return item


def given_key(table: Table, key: Item) -> Any:
    """A key as a user gives it, its values decoded by their columns: one value, or a tuple of two."""
    values = tuple([column.type.decode(key[column.name]) for column in table.key_columns])
    return values[0] if len(values) == 1 else values


def given_shown(table: Table, key: object) -> str:
    """A key as it was given, for a message; of a table with a sensitive key hidden."""
    return HIDDEN if table.secret.intersection(table.key_names) else clip(key)


def key_shown(table: Table, key: Item, *, everything: bool = False) -> str:
    """A key as a person reads it, `("p1", 3)`, without what is sensitive, or without *everything*."""
    shown = [HIDDEN if everything or name in table.secret else str(Value(freeze(wire))) for name, wire in key.items()]
    return f"({', '.join(shown)})"


def key_items(table: Table, keys: Iterable[object]) -> list[Item]:
    """The keys of several items; a text is refused, which would be a key for each of its letters."""
    if isinstance(keys, str | bytes | Mapping) or not isinstance(keys, Iterable):
        raise ArgumentError(
            f"several keys of {table.title} are wanted, not {given_shown(table, keys)}; of one key give a list, [key]"
        )
    quick, names = [_quick(column.type, most) for column, _, _, most in table.key_rules], table.key_names
    items: list[Item] = []
    if len(quick) == 1:
        ((only,), (name,)) = quick, names
        for key in keys:
            wire = only(key)
            items.append(key_item(table, key) if wire is None else {name: wire})
        return items
    (first, second), (name, other) = quick, names
    for key in keys:
        pair: Any = key
        if pair.__class__ is tuple and len(pair) == 2:
            value, sort = pair
            wire, sort_wire = first(value), second(sort)
            if wire is not None and sort_wire is not None:
                items.append({name: wire, other: sort_wire})
                continue
        items.append(key_item(table, key))
    return items


def _quick(type_: ColumnType[Any], most: int) -> Callable[[Any], Wire | None]:
    """What makes wire values of plain ones that a key column certainly takes, and None of all others."""
    if type(type_) is String:

        def of_text(value: Any) -> Wire | None:
            if value.__class__ is str and 0 < len(value) <= most and value.isascii():
                return {"S": value}
            return None

        return of_text
    if type(type_) in {Integer, Number}:
        return lambda value: {"N": str(value)} if value.__class__ is int and -PLAIN_INT < value < PLAIN_INT else None
    return lambda _value: None


def check_key(table: Table, item: Item) -> None:
    """Refuse a key value DynamoDB would: of another type, or empty."""
    for column, name, wanted, most in table.key_rules:
        ((kind, value),) = item[name].items()
        # A character has at most four bytes, so that most keys need not be counted.
        if kind == wanted and value and (kind == "N" or len(value) <= most // 4):
            continue
        if kind != wanted:
            raise ArgumentError(f"{table.title}.{column.key} is a key of type {wanted}, not {kind}")
        if not value:
            raise ArgumentError(f"{table.title}.{column.key} is a key: it can't be empty")
        size = value_size(item[name])
        if size > most:
            raise ArgumentError(f"{table.title}.{column.key} has {size:,} bytes; this key has at most {most:,}")


def terms_of(condition: Condition | None) -> tuple[Condition, ...]:
    """The conditions that must all hold."""
    if condition is None:
        return ()
    return condition.terms if isinstance(condition, And) else (condition,)


def split_key(table: Table, condition: Condition | None, what: str) -> tuple[Item, Condition | None]:
    """A write's where() as the key it names by equality, and the condition that remains.

    Raises KeyRequired where an attribute of the key has no equality.
    """
    key: Item = {}
    rest: list[Condition] = []
    for term in terms_of(condition):
        found = equality(term)
        if found is not None and found[0] in table.key_names and found[0] not in key:
            key[found[0]] = found[1].wire
        else:
            rest.append(term)
    missing = [column.key or column.name for column in table.key_columns if column.name not in key]
    if missing:
        raise KeyRequired(
            f"{what}: where() must say the whole key of one item by equality; "
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing. "
            "For many items: engine.execute(statement.bulk(...))"
        )
    check_key(table, key)
    return {name: key[name] for name in table.key_names}, conjunction(tuple(rest)) if rest else None


def equality(term: Condition) -> tuple[str, Value] | None:
    """The attribute and the value of a term `name = :v`, in either order; None for any other term."""
    if not isinstance(term, Compare) or term.op is not EQ:
        return None
    for path, value in ((term.left, term.right), (term.right, term.left)):
        if isinstance(path, Path) and isinstance(value, Value) and len(path.steps) == 1:
            return str(path.steps[0]), value
    return None
