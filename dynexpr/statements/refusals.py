"""Which of SQLAlchemy's names has a statement not got?  Each is refused by name, with what to write instead."""

from typing import Final, NoReturn

from dynexpr.errors import UnsupportedName

_JOIN: Final = (
    "DynamoDB has no joins; store the other key, and read with batch_get(...) or session.get_many(Model, keys)"
)
_RUN: Final = "a statement runs nothing: session.scalars(statement).{0}(), or engine.execute(statement).{0}()"
_DIFFERENT: Final = (
    "select(column).group_by(column) gives the different values, func.count_distinct(column) counts them; both read all"
)
_SENT: Final = "print(statement) shows what it does, .compile().params what is sent; a select has an explain()"
_SETS: Final = "DynamoDB reads one table or index at a time; put the results together in Python"
_WHOLE: Final = "put(Model).values(...) overwrites, update(Model)....upsert() creates what is missing"

NAMES: Final = {
    "with_for_update": "DynamoDB has no locks; a version column, or session.require(obj, condition), guards the commit",
    "options": f"there is nothing to load eagerly: {_JOIN}",
    "join": _JOIN,
    "outerjoin": _JOIN,
    "join_from": _JOIN,
    "select_from": _JOIN,
    "correlate": _JOIN,
    "filter": "write .where(...)",
    "filter_by": "write .where(Model.name == value)",
    "offset": "DynamoDB can't skip items; session.page(statement, size, cursor) goes on where a page ended",
    "slice": "DynamoDB can't skip items; session.page(statement, size, cursor) goes on where a page ended",
    "fetch": "write .limit(count)",
    "first": _RUN.format("first"),
    "one": _RUN.format("one"),
    "one_or_none": _RUN.format("one_or_none"),
    "all": _RUN.format("all"),
    "scalars": "a statement runs nothing: session.scalars(statement)",
    "scalar": "a statement runs nothing: session.scalar(statement)",
    "execute": "a statement runs nothing: engine.execute(statement), or session.execute(statement)",
    "count": "session.count(statement) or engine.count(statement)",
    "params": "write .bindparams(name=value); .compile().params is what boto3's client takes",
    "group_by": "only a select has groups: select(column, func.count()).group_by(column)",
    "having": "only a select has groups: select(column, func.count()).group_by(column).having(...)",
    "distinct": _DIFFERENT,
    "explain": _SENT,
    "union": _SETS,
    "union_all": _SETS,
    "intersect": _SETS,
    "except_": _SETS,
    "subquery": _SETS,
    "scalar_subquery": _SETS,
    "cte": _SETS,
    "alias": _SETS,
    "exists": _SETS,
    "with_only_columns": "name the columns in the select: select(Model.id, Model.status)",
    "add_columns": "name the columns in the select: select(Model.id, Model.status)",
    "on_conflict_do_update": _WHOLE,
    "on_conflict_do_nothing": "insert(...) raises ItemExists where one is there, which can be passed over",
    "on_duplicate_key_update": _WHOLE,
    "from_select": _SETS,
    "return_defaults": "write .returning(...): " + '"ALL_OLD" or "ALL_NEW"',
}
"""Of statements, as attributes and methods."""


def no_such_name(statement: object, name: str) -> NoReturn:
    """Say that a statement has no such name; of SQLAlchemy's, what to write instead."""
    if name in NAMES:
        raise UnsupportedName(f"{name}() of a statement: {NAMES[name]}")
    kind = type(statement).__name__.removesuffix("Statement").lower()
    # With its name and object, Python itself looks for a similar one, once the error is shown.
    raise AttributeError(f"{kind}(...) has no {name!r}", name=name, obj=statement)
