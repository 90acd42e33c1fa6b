"""How does a context last as long as what a function does, whatever kind of function, or class of tests, it is?"""

import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Final, TypeVar, cast

from dynexpr.errors import ArgumentError

F = TypeVar("F", bound=Callable[..., Any])
Context = AbstractContextManager[Any]

_SETTING_UP: Final = frozenset(
    {
        "asyncSetUp", "asyncTearDown", "runTest", "setUp", "setUpClass", "setup_class", "setup_method", "tearDown",
        "tearDownClass", "teardown_class", "teardown_method",
    }
)  # fmt: skip


def decorated(context: Context, function: F) -> F:
    """A function inside the context; of a class of tests, each of its tests. The context may be entered many times.

    Raises ArgumentError for a class without tests, and for what is no function.
    """
    if isinstance(function, type):
        return cast("F", _decorate_class(context, function))
    if not callable(function):
        raise ArgumentError(f"{_named(context)} decorates a function or a class of tests, not {function!r}")
    if inspect.iscoroutinefunction(function):
        made: Any = _coroutine(context, function)
    elif inspect.isasyncgenfunction(function):
        made = _async_generator(context, function)
    elif inspect.isgeneratorfunction(function):
        made = _generator(context, function)
    else:
        made = _function(context, function)
    return cast("F", wraps(function)(made))


def _named(context: Context) -> str:
    return type(context).__name__


def _function(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    def within(*given: Any, **named: Any) -> Any:
        with context:
            result = function(*given, **named)
        if inspect.iscoroutine(result):
            result.close()
            raise ArgumentError(
                f"{getattr(function, '__qualname__', function)} returned a coroutine, which would run when "
                f"{_named(context)} is over: decorate the `async def` itself"
            )
        return result

    return within


def _coroutine(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    async def within(*given: Any, **named: Any) -> Any:
        with context:
            return await function(*given, **named)

    return within


def _generator(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    def within(*given: Any, **named: Any) -> Generator[Any, Any, Any]:
        with context:
            return (yield from function(*given, **named))

    return within


def _async_generator(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    async def within(*given: Any, **named: Any) -> AsyncGenerator[Any, Any]:
        with context:
            inner: AsyncGenerator[Any, Any] = function(*given, **named)
            step = inner.asend(None)
            while True:
                try:
                    value = await step
                except StopAsyncIteration:
                    return
                try:
                    sent = yield value
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - the function decides, as it would alone
                    step = inner.athrow(error)
                else:
                    step = inner.asend(sent)

    return within


def _decorate_class(context: Context, tests: type[Any]) -> type[Any]:
    found = [name for name in dir(tests) if name.startswith("test") or name in _SETTING_UP]
    methods: dict[str, Any] = {name: inspect.getattr_static(tests, name) for name in found}
    ours = {name: each for name, each in methods.items() if _is_function(each)}
    if not any(name.startswith("test") or name == "runTest" for name in ours):
        raise ArgumentError(
            f"{_named(context)}: {tests.__name__} has no test methods; decorate functions, or use it as a `with` block"
        )
    for name, each in ours.items():
        kind = type(each) if isinstance(each, staticmethod | classmethod) else None
        function: Any = each.__func__ if kind is not None else each
        within = decorated(context, function)
        setattr(tests, name, within if kind is None else kind(within))
    return tests


def _is_function(member: Any) -> bool:
    """Whether it is a function of the user's own."""
    function = getattr(member, "__func__", member)
    return inspect.isfunction(function) and function.__module__.partition(".")[0] != "unittest"
