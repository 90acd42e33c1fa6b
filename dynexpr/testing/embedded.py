"""Which embedded engine answers, below faults and event loops?  Tests expire items and take snapshots there."""

from typing import TYPE_CHECKING, Any

from dynexpr.errors import ArgumentError
from dynexpr.transports import Closed

if TYPE_CHECKING:
    from dynexpr.local import LocalEngine


def local_engine(engine: Any) -> "LocalEngine":
    """The embedded engine of any engine on `local://`, sync or async, faults or none: expire(), catch_up(), snapshot().

    What it is told is no request: no fault happens to it and no recorder hears of it.
    Raises ArgumentError where another engine answers, or the engine was closed.

    >>> from dynexpr import create_engine
    >>> engine = create_engine("local://")
    >>> local_engine(engine).expire()
    0
    """
    from dynexpr.local import LocalEngine

    if isinstance(engine, LocalEngine):
        return engine
    transport = innermost(engine)
    if isinstance(transport, Closed):
        raise ArgumentError(f"{engine!r} was closed; make another by create_engine()")
    found = getattr(transport, "engine", None)
    if not isinstance(found, LocalEngine):
        raise ArgumentError(f'{engine!r} has no embedded engine; make it by create_engine("local://")')
    return found


def innermost(engine: Any) -> Any:
    """The transport of an engine below those around it."""
    transport = getattr(engine, "transport", None)
    while (inner := getattr(transport, "inner", None)) is not None:
        transport = inner
    return transport
