"""How does a test await an engine that is not awaited?  By one of the other kind on the same transport."""

from typing import Any

from dynexpr.aio import AsyncEngine
from dynexpr.core import check_engine
from dynexpr.transports.aio import as_async


def awaited(engine: Any) -> AsyncEngine:
    """The same engine for event loops: its store, settings, faults and recorders; only what it consumed is its own.

    Raises ArgumentError for what is no engine of `create_engine`, or of a stage.

    >>> import asyncio
    >>> from dynexpr import create_engine
    >>> from dynexpr.testing import Recorder
    >>> engine = create_engine("local://")
    >>> with Recorder(engine) as recorder:
    ...     asyncio.run(awaited(engine).send("ListTables"))
    {'TableNames': []}
    >>> len(recorder.sent("ListTables"))
    1
    """
    check_engine(engine, "it needs no awaited(...)", awaited=False)
    made = AsyncEngine(as_async(engine.transport), engine.settings, retry=engine.retry, echo=engine.echo)
    made.listeners = engine.listeners
    made.url = engine.url
    return made
