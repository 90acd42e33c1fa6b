"""INSERT, UPDATE, DELETE and EXISTS: the change of one item that a statement means.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html (and its neighbours)
"""

from typing import TYPE_CHECKING, Any, Final, Literal, cast

from dynexpr.compile.checks import check_update
from dynexpr.errors import ArgumentError
from dynexpr.expression import operators as ops
from dynexpr.expression.apply import Applied, updated_attributes
from dynexpr.expression.nodes import Condition, Path, Test, Update, conjunction
from dynexpr.local.database import Stored, decode, encode
from dynexpr.local.errors import LocalServiceError, refuse
from dynexpr.local.expressions import Expressions
from dynexpr.local.items import Change, Check, Delete, Modify, Put
from dynexpr.local.partiql_keys import check_types, is_about, key_of, terms_of
from dynexpr.local.partiql_reads import unprefixed
from dynexpr.local.values import check_item

if TYPE_CHECKING:
    from dynexpr.local.partiql_statements import Statement
    from dynexpr.local.schema import Schema
    from dynexpr.wire import Item

NO_KEY: Final = "Where clause does not contain a mandatory equality on all key attributes"


class Insert(Put):
    """An item that must not be there yet."""

    __slots__ = ()

    def check(self, stored: Stored) -> None:
        """Refuse what no index could hold, then raise when there is such an item."""
        super().check(stored)
        if stored.exists:
            raise LocalServiceError("DuplicateItemException", "Duplicate primary key exists in table")


class DeleteIf(Delete):
    """An item that goes; of one that is not there no condition is asked."""

    __slots__ = ()

    def check(self, stored: Stored) -> None:
        """Raise when the condition does not hold of an item that is there."""
        if stored.exists:
            super().check(stored)


def change_of(
    schema: "Schema", made: "Statement", where: Condition | None, update: Update, item: "Item", params: Any
) -> Change:
    """The change that a statement, its parameters bound, makes in its table."""
    if made.verb == "INSERT":
        return _insert(schema, item)
    terms = terms_of(where)
    key = key_of(schema, terms)
    if key is None:
        refuse(NO_KEY)
    rest = tuple(term for term in terms if not is_about(term, schema.key.attributes))
    given = {**params, "Key": key}
    if made.verb == "DELETE":
        return DeleteIf(schema, given, Expressions({"condition": conjunction(rest) if rest else None}))
    exists = Test(ops.ATTRIBUTE_EXISTS, (Path((schema.partition,)),))
    condition = conjunction((exists, *rest))
    if made.verb == "EXISTS":
        return Check(schema, given, Expressions({"condition": condition}))
    return Modify(schema, given, Expressions({"condition": condition, "update": update}))


def check_actions(update: Update) -> None:
    """Refuse an update that is one of nothing."""
    try:
        check_update(update)
    except ArgumentError as error:
        refuse(unprefixed(error))


def _insert(schema: "Schema", given: "Item") -> Insert:
    item, size = check_item(given)
    for name in schema.key.attributes:
        if name not in item:
            refuse(f"Key attribute should be present in the item: Key {name}")
        check_types(schema.key, name, [item[name]])
    return Insert(schema, item, size, {}, Expressions({}))


def returned(made: "Statement", stored: Stored, applied: Applied | None) -> "Item | None":
    """What RETURNING asks for; None for nothing."""
    if made.returning is None:
        return None
    if made.verb == "DELETE" or made.returning == ("ALL", "OLD"):
        return stored.copy() if stored.exists else None
    if applied is None:
        return None
    if made.returning == ("ALL", "NEW"):
        attributes = applied.item
    else:
        which = f"UPDATED_{made.returning[1]}"
        attributes = updated_attributes(applied, cast("Literal['UPDATED_OLD', 'UPDATED_NEW']", which))
    # Through the encoding once more: parts of the item may be shared with the statement, which is kept.
    return decode(encode(attributes)) if attributes else None
