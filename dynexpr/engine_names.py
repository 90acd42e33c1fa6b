"""Which of SQLAlchemy's names has an engine not got?  Each is refused by name, with what to write instead."""

from typing import Final, NoReturn

from dynexpr.errors import UnsupportedName, nearest

_NO_CONNECTION: Final = (
    "there is no connection to hold: engine.execute(statement) sends at once, Session(engine) commits"
)
_ORM: Final = "rows come from engine.execute(statement), objects from Session(engine).{0}(statement)"

NAMES: Final = {
    "connect": _NO_CONNECTION,
    "raw_connection": _NO_CONNECTION,
    "connection": _NO_CONNECTION,
    "scalars": _ORM.format("scalars"),
    "scalar": _ORM.format("scalar"),
    "query": _ORM.format("scalars"),
    "get": "write engine.execute(get(Model, key)), or Session(engine).get(Model, key)",
    "add": "write engine.execute(insert(Model).values(...)), or Session(engine).add(obj)",
    "commit": "what an engine executes takes effect at once; Session(engine) has a commit()",
    "rollback": "what an engine executes takes effect at once; Session(engine) has a rollback()",
    "dispose": "write engine.close()",
    "dialect": "there is one: DynamoDB's",
    "put_item": 'write engine.execute(put(Model).values(...)), or engine.send("PutItem", TableName=..., Item=...)',
}
"""Of an Engine and an AsyncEngine, as attributes and methods."""


def no_such_name(engine: object, name: str) -> NoReturn:
    """Say that an engine has no such name; of SQLAlchemy's, what to write instead."""
    if name in NAMES:
        raise UnsupportedName(f"{name} of an engine: {NAMES[name]}")
    kind = type(engine).__name__
    raise AttributeError(f"{kind} has no {name!r}{nearest(name, dir(type(engine)))}", name=name, obj=engine)
