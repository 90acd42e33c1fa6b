"""Which PartiQL asks for what a statement asks for?  One `ExecuteStatement`, with the access path that was planned.

DynamoDB chooses no index for PartiQL, and reads the whole table where the text names no key: so the plan is made here,
and the text names its table or index. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
"""

from collections.abc import Callable
from typing import Any, Final

from dynexpr import limits
from dynexpr.clock import utc_now
from dynexpr.compile import checks
from dynexpr.compile.partiql import Values, partiql, quoted, text_literal, within
from dynexpr.compose import request_of
from dynexpr.errors import ArgumentError, ExpressionTooLarge, NotOneRequest
from dynexpr.expression.nodes import Compare, Condition, Update, conjunction, literal
from dynexpr.expression.operators import AND, EQ
from dynexpr.plan import plan
from dynexpr.requests import STANDALONE, Request
from dynexpr.statements.count import Count
from dynexpr.statements.get import Get
from dynexpr.statements.parameters import check_bound
from dynexpr.statements.select import Select
from dynexpr.statements.write import Delete, Insert, UpdateStatement
from dynexpr.tables import Table
from dynexpr.wire import Item
from dynexpr.writes import Write, write_of


def partiql_of(statement: Any) -> Request:
    """The `ExecuteStatement` of a statement; NotOneRequest, or ArgumentError where PartiQL has no words for it."""
    check_bound(statement)
    make = _MAKE.get(type(statement))
    if make is None:
        raise ArgumentError(f"PartiQL has no statement for {type(statement).__name__}; compile() gives its own request")
    return make(statement)


def _request(text: str, values: Values, **params: Any) -> Request:
    if len(text) > limits.STATEMENT_CHARS:
        raise ExpressionTooLarge(
            f"the PartiQL has {len(text):,} characters; DynamoDB reads at most {limits.STATEMENT_CHARS:,}",
            limit=limits.STATEMENT_CHARS,
            actual=len(text),
        )
    if values:
        params["Parameters"] = values
    return STANDALONE.request("ExecuteStatement", {"Statement": text, **params})


def _select(statement: Select[Any]) -> Request:
    sent = request_of(statement).params  # refuses what is not one request
    made = plan(statement)
    if made.operation not in {"GetItem", "Query", "Scan"}:
        raise NotOneRequest(f"PartiQL has one statement for each of several keys; compile() gives a {made.operation}")
    values: Values = []
    columns = "*" if made.projection is None else partiql(made.projection, values)
    source = quoted(made.table.name) + (f".{quoted(made.index.name)}" if made.index is not None else "")
    keys = _key_terms(made.table, made.key) if made.key is not None else ()
    terms = (*keys, *(part for part in (made.key_condition, made.filter) if part is not None))
    text = f"SELECT {columns} FROM {source}{_where(terms, values)}"
    if statement.ordering is not None:
        text += (
            f" ORDER BY {partiql(statement.ordering.path, values)} {'DESC' if statement.ordering.descending else 'ASC'}"
        )
    params = {name: sent[name] for name in ("ConsistentRead", "Limit") if name in sent}
    return _request(text, values, **params)


def _key_terms(table: Table, key: Item) -> tuple[Condition, ...]:
    return tuple(Compare(EQ, column.node, literal(key[column.name])) for column in table.key_columns)


def _where(terms: tuple[Condition, ...], values: Values) -> str:
    if not terms:
        return ""
    condition = conjunction(terms)
    checks.check_condition(condition)
    return f" WHERE {within(condition, AND.level - 1, values)}"


def _get(statement: Get[Any]) -> Request:
    values: Values = []
    where = _where(_key_terms(statement.table, statement.key), values)
    params = {"ConsistentRead": True} if statement.options.consistent_read else {}
    return _request(f"SELECT * FROM {quoted(statement.table.name)}{where}", values, **params)


def _insert(statement: Insert[Any]) -> Request:
    if statement.condition is not None:
        raise ArgumentError(
            "PartiQL inserts a new item without further conditions; compile() gives a PutItem with them"
        )
    write = write_of(statement, utc_now)
    values: Values = list((write.item or {}).values())
    pairs = ", ".join(f"{text_literal(name)}: ?" for name in write.item or {})
    return _request(f"INSERT INTO {quoted(write.table.name)} VALUE {{{pairs}}}", values)


def _update(statement: UpdateStatement[Any]) -> Request:
    if statement.create:
        raise ArgumentError("PartiQL updates an item that exists; leave out .upsert(), or use compile()")
    write = write_of(statement, utc_now)
    update = write.update or Update(())
    checks.check_update(update)
    values: Values = []
    actions = partiql(update, values)
    where = _written(write, values)
    return _request(f"UPDATE {quoted(write.table.name)} {actions}{where}{_RETURNING[statement.image]}", values)


def _delete(statement: Delete[Any]) -> Request:
    if statement.required:
        raise ArgumentError(
            "PartiQL deletes a missing item without an error; leave out .must_exist(), or use compile()"
        )
    write = write_of(statement, utc_now)
    values: Values = []
    where = _written(write, values)
    return _request(f"DELETE FROM {quoted(write.table.name)}{where}{_RETURNING[statement.image]}", values)


def _written(write: Write, values: Values) -> str:
    """The key, which PartiQL takes to exist, and the user's condition."""
    rest = () if write.condition is None else (write.condition,)
    return _where((*_key_terms(write.table, write.key), *rest), values)


def _count(_statement: Count) -> Request:
    raise ArgumentError("DynamoDB's PartiQL has no COUNT(*); execute() counts by Query or Scan")


_RETURNING: Final = {
    "NONE": "",
    "ALL_OLD": " RETURNING ALL OLD *",
    "UPDATED_OLD": " RETURNING MODIFIED OLD *",
    "ALL_NEW": " RETURNING ALL NEW *",
    "UPDATED_NEW": " RETURNING MODIFIED NEW *",
}
_MAKE: Final[dict[type, Callable[[Any], Request]]] = {
    Select: _select,
    Count: _count,
    Get: _get,
    Insert: _insert,
    UpdateStatement: _update,
    Delete: _delete,
}
