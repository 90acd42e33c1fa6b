"""Objects and items: declared models, and a session that writes what changed in one transaction."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dynexpr.indexes import GlobalIndex, LocalIndex
    from dynexpr.orm import event
    from dynexpr.orm.aio import AsyncSession
    from dynexpr.orm.aio_factory import async_run, async_sessionmaker
    from dynexpr.orm.declarative import DeclarativeBase
    from dynexpr.orm.factory import run, scoped_session, sessionmaker
    from dynexpr.orm.inspection import inspect
    from dynexpr.orm.mapped import Mapped, mapped_column
    from dynexpr.orm.session import Session
    from dynexpr.orm.validation import validates

_HOMES = {
    "AsyncSession": "dynexpr.orm.aio",
    "DeclarativeBase": "dynexpr.orm.declarative",
    "GlobalIndex": "dynexpr.indexes",
    "LocalIndex": "dynexpr.indexes",
    "Mapped": "dynexpr.orm.mapped",
    "Session": "dynexpr.orm.session",
    "async_run": "dynexpr.orm.aio_factory",
    "async_sessionmaker": "dynexpr.orm.aio_factory",
    "inspect": "dynexpr.orm.inspection",
    "mapped_column": "dynexpr.orm.mapped",
    "run": "dynexpr.orm.factory",
    "scoped_session": "dynexpr.orm.factory",
    "sessionmaker": "dynexpr.orm.factory",
    "validates": "dynexpr.orm.validation",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "event":
        return import_module("dynexpr.orm.event")
    home = _HOMES.get(name)
    if home is None:
        if not name.startswith("_"):
            from dynexpr.orm.refusals import MODULE, refuse

            if name in MODULE:
                refuse(name, MODULE[name])
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


__all__ = [
    "AsyncSession",
    "DeclarativeBase",
    "GlobalIndex",
    "LocalIndex",
    "Mapped",
    "Session",
    "async_run",
    "async_sessionmaker",
    "event",
    "inspect",
    "mapped_column",
    "run",
    "scoped_session",
    "sessionmaker",
    "validates",
]
