"""Who hears of long work?  Plain functions, called by the thread that waits for it; none is awaited."""

from collections.abc import Callable
from types import CoroutineType
from typing import Any, Final

from dynexpr.errors import ArgumentError

Progress = Callable[[int, int | None], object]
"""Called with how many are done, and of how many; None where nobody knows."""
OnError = Callable[[list[Any], Exception], object]
"""Called with what one chunk could not read or write, and why; where it returns, the rest goes on."""

_CALLED_WITH: Final = {"on_progress": "(done, total)", "on_error": "(what, error)", "on_outcome": "(outcome)"}
_IS_ASYNC: Final = 0x80
"""inspect.CO_COROUTINE"""


def check_callback(name: str, given: object) -> None:
    """Raise ArgumentError for what can't be called, or would have to be awaited."""
    if given is None:
        return
    if not callable(given):
        raise ArgumentError(f"{name} is a function of {_CALLED_WITH[name]}, or None, not {given!r}")
    function: Any = getattr(given, "func", given)  # what is inside of a partial()
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    if code is not None and code.co_flags & _IS_ASYNC:
        raise _not_awaited(name)


def call(name: str, callback: Callable[..., object], *args: object) -> None:
    """Call a callback. Raises ArgumentError where it returns a coroutine, which nobody would await."""
    returned = callback(*args)
    if returned is not None and isinstance(returned, CoroutineType):
        returned.close()
        raise _not_awaited(name)


def _not_awaited(name: str) -> ArgumentError:
    return ArgumentError(
        f"{name} is called, not awaited, with an AsyncEngine too: give it a plain function, not an async one; "
        "inside of it asyncio.create_task(...) begins what takes longer"
    )
