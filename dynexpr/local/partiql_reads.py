"""SELECT: what a statement reads of a table or an index, page by page.

Equality, or IN, on the partition key makes it a query, in each branch of an OR; anything else reads everything.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
"""

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from dynexpr.compile.checks import check_projection
from dynexpr.errors import ArgumentError
from dynexpr.expression.evaluate import resolve
from dynexpr.expression.nodes import Condition, Projection, Value
from dynexpr.local import keys
from dynexpr.local.errors import refuse
from dynexpr.local.expressions import Expressions
from dynexpr.local.partiql_branches import check_branches
from dynexpr.local.partiql_keys import MISMATCH, check_types, key_of, key_term, partitions_of, terms_of
from dynexpr.local.reads import Page, check_filter, place_of, sort_range
from dynexpr.wire import Item, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dynexpr.local.database import Database, Place
    from dynexpr.local.partiql_statements import Statement
    from dynexpr.local.schema import KeySpace, Schema
    from dynexpr.local.store import Row

Answer = dict[str, Any]

_MULTIPLE: Final = (
    "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys."
)


class Reading:
    """A SELECT that is bound to its parameters and its table."""

    def __init__(self, schema: "Schema", made: "Statement", where: Condition | None) -> None:
        self.schema: Final = schema
        self.made: Final = made
        self.where: Final = where
        self.space: Final = _space(schema, made)
        if made.problem:
            refuse(made.problem)
        self.terms: Final = terms_of(where)
        self.partitions: Final = self._partitions()
        """The values of the partition key that are asked for; None reads everything."""
        if where is not None:
            check_branches(self.space, where)
        _check_projection(made)
        self.forward: Final = self._forward()

    def _partitions(self) -> list[Wire] | None:
        name = self.space.partition[0]
        found = partitions_of(self.where, name)
        if found is not None:
            check_types(self.space, name, found)
        return found

    def _forward(self) -> bool:
        if self.made.order and self.partitions is None:
            refuse("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
        downwards = False
        for name, down in self.made.order:
            if name not in self.space.attributes:
                refuse(f"Variable reference {name} in ORDER BY clause must be part of the primary key")
            downwards = down
        return not downwards

    def _range(self) -> tuple[bytes, bytes | None]:
        """The sort keys that the conditions leave."""
        low, high = b"", None
        if not self.space.sort:
            return low, high
        name = self.space.sort[0]
        kind = self.space.types[name]
        for term in self.terms:
            bound = key_term(term, name)
            if bound is None:
                continue
            if any(isinstance(value, Value) and value.kind != kind for value in bound.operands):
                refuse(f"{MISMATCH}{name}")
            least, most = sort_range((bound,))
            low = max(low, least)
            high = most if high is None else high if most is None else min(high, most)
        return low, high

    def _rows(self, db: "Database", start: "_Start | None") -> "Iterator[Row]":
        if self.partitions is None:
            place = place_of(self.schema, self.space, start.key) if start is not None else None
            yield from db.store.scan(self.space.space, None, None, place)
            return
        low, high = self._range()
        if high is not None and low >= high:
            return
        places = dict.fromkeys(keys.partition([wire]) for wire in self.partitions)
        begun: Place | None = None if start is None else place_of(self.schema, self.space, start.key)
        for pk in places:
            after: bytes | None = None
            if begun is not None:
                if pk != begun[0]:
                    continue
                after, begun = begun[1], None
            yield from db.store.partition(self.space.space, pk, low, high, forward=self.forward, after=after)

    def page(self, db: "Database", params: Any) -> tuple[Answer, Page]:
        """The page of items that a request asks for, and what it read."""
        if self.space.kind == "global" and params.get("ConsistentRead"):
            refuse("Strongly consistent read is not supported on Global Secondary Indexes")
        start = _Start.read(params.get("NextToken"), self)
        if self.partitions is not None and self.where is not None:
            check_filter(self.space, self.where)
        wanted = Projection(tuple(path for path, _ in self.made.columns)) if self.made.columns is not None else None
        expressions = Expressions({"filter": self.where, "projection": wanted})
        page = Page(db, self.schema, self.space, params, expressions)
        page.shape = self.shape
        answer = page.read(self._rows(db, start))
        last = answer.pop("LastEvaluatedKey", None)
        del answer["Count"], answer["ScannedCount"]
        if last is not None:
            answer["LastEvaluatedKey"] = last
            answer["NextToken"] = _Start(last).text(self)
        return answer, page

    def shape(self, item: Item) -> Item:
        """An item as SELECT answers it: each path under its last name."""
        if self.made.columns is None:
            return item
        found = ((name, resolve(path, item)) for path, name in self.made.columns)
        return {name: wire for name, wire in found if wire is not None}

    def whole_key(self) -> Item | None:
        """The table's key, when equality on it is all that WHERE says."""
        key = key_of(self.schema, self.terms)
        return key if key is not None and len(self.terms) == len(key) and self.made.index is None else None


class _Start:
    """Where a page begins: the key the one before ended with."""

    def __init__(self, key: Item) -> None:
        self.key: Final = key

    def text(self, reading: Reading) -> str:
        """The NextToken."""
        plain = {name: _plain(wire) for name, wire in self.key.items()}
        return base64.urlsafe_b64encode(json.dumps([_digest(reading), plain]).encode()).decode()

    @classmethod
    def read(cls, token: str | None, reading: Reading) -> "_Start | None":
        """The place a token stands for; refuses one of another statement."""
        if token is None:
            return None
        try:
            digest, plain = json.loads(base64.urlsafe_b64decode(token))
            key = {name: _wire(each) for name, each in plain.items()}
        except (ValueError, TypeError, AttributeError, KeyError):
            refuse("NextToken does not match request")
        if digest != _digest(reading):
            refuse("NextToken does not match request")
        return cls(key)


def _digest(reading: Reading) -> str:
    said = (reading.made.table, reading.made.index, reading.made.order, repr(reading.where))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _plain(wire: Wire) -> list[str]:
    ((kind, value),) = wire.items()
    return [kind, base64.b64encode(value).decode() if kind == "B" else value]


def _wire(plain: list[str]) -> Wire:
    kind, value = plain
    return {kind: base64.b64decode(value) if kind == "B" else value}


def _space(schema: "Schema", made: "Statement") -> "KeySpace":
    if made.index is None:
        return schema.key
    space = schema.indexes.get(made.index)
    if space is None:
        refuse("The table does not have the specified index")
    if len(space.partition) > 1 or len(space.sort) > 1:
        refuse(_MULTIPLE)
    return space


def _check_projection(made: "Statement") -> None:
    if made.columns is None:
        return
    try:
        check_projection(Projection(tuple(path for path, _ in made.columns)))
    except ArgumentError as error:
        refuse(unprefixed(error))


def unprefixed(error: ArgumentError) -> str:
    """What the service says of an expression, without which expression it was."""
    reason: str = getattr(error, "reason", None) or str(error)
    head, found, rest = reason.partition("Expression: ")
    return rest if found and head.startswith("Invalid ") else reason
