"""Which of SQLAlchemy's names can DynamoDB not give?  Each is refused by name, with what to do instead."""

from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar

from dynexpr.errors import Unsupported, UnsupportedName

F = TypeVar("F", bound=Callable[..., Any])

_BULK: Final = "one commit is one transaction of up to 100 writes; engine.bulk_put(...) writes any number, without one"
_RELATIONS: Final = "DynamoDB has no joins; store the other key, and read with session.get_many(Model, keys)"

SESSION: Final = {
    "flush": "DynamoDB has no open transaction to flush into; session.commit() writes, preview() shows what",
    "begin_nested": "DynamoDB has no savepoints; use a second Session for what is to be committed apart",
    "autoflush": "there is no flush apart from commit, so nothing is ever flushed by itself",
    "no_autoflush": "there is no flush apart from commit, so the block is not needed",
    "query": "write session.scalars(select(Model).where(...))",
    "bulk_save_objects": _BULK,
    "bulk_insert_mappings": _BULK,
    "bulk_update_mappings": _BULK,
    "is_modified": "ask inspect(obj).dirty",
    "bind": "it is session.engine",
    "get_bind": "it is session.engine",
    "connection": "there is none to hold: session.engine.send(...) sends any operation",
    "prepare": "DynamoDB has no two-phase commit; one commit is one TransactWriteItems",
    "in_transaction": "nothing is open in DynamoDB before commit(); session.new, .dirty and .deleted say what waits",
    "enable_relationship_loading": _RELATIONS,
}
"""Of a Session, as attributes and methods."""

OPTIONS: Final = {
    "bind": "the engine comes first: Session(engine)",
    "binds": "a session has one engine; use a session for each",
    "autoflush": SESSION["autoflush"],
    "autocommit": "call commit(), or write `with session.begin():`",
    "expire_on_commit": "after a commit objects hold what was stored, without reading again; expire_all() forgets",
    "future": "leave it out",
    "twophase": SESSION["prepare"],
    "with_for_update": "DynamoDB has no locks; a version column, or session.require(obj, condition), guards the commit",
    "options": _RELATIONS,
    "execution_options": "give them to the statement: select(...).execution_options(...)",
    "load": "session.merge(obj) always reads what it does not know",
    "identity_token": "a session has one engine; use a session for each",
    "attribute_names": "session.refresh(obj) reads the whole item, which costs the same",
}
"""Of sessions and their methods, as named arguments."""

MODULE: Final = {
    "relationship": _RELATIONS,
    "backref": _RELATIONS,
    "joinedload": _RELATIONS,
    "selectinload": _RELATIONS,
    "subqueryload": _RELATIONS,
    "lazyload": _RELATIONS,
    "aliased": "DynamoDB has no joins, so there is one table to a statement",
    "declarative_base": "write class Base(DeclarativeBase): ...",
    "Query": SESSION["query"],
}
"""Of `dynexpr.orm`."""


def refuse(name: str, cure: str) -> NoReturn:
    """Say that a name of SQLAlchemy's can't be had, and what there is."""
    raise Unsupported(f"{name}: {cure}")


def refuse_attribute(name: str, cure: str) -> NoReturn:
    """The same, of an attribute, so that hasattr() says there is none."""
    raise UnsupportedName(f"{name}: {cure}")


def refusing(function: F) -> F:
    """Refuse the named arguments of SQLAlchemy's that a function has not got."""

    def checked(*arguments: Any, **named: Any) -> Any:
        for name in named:
            if name in OPTIONS:
                refuse(name, OPTIONS[name])
        return function(*arguments, **named)

    checked.__name__, checked.__qualname__, checked.__doc__ = function.__name__, function.__qualname__, function.__doc__
    checked.__wrapped__ = function  # type: ignore[attr-defined]
    checked.__module__ = function.__module__
    return checked  # type: ignore[return-value]
