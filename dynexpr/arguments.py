"""What is said of a named argument that a function has not got?

A function that wants to say so ends in `**unknown: Never`, which no checker lets anybody fill.
"""

from collections.abc import Mapping
from typing import Any

from dynexpr.errors import ArgumentError, nearest


def no_such_argument(function: Any, unknown: Mapping[str, object]) -> ArgumentError:
    """The error for the first of some named arguments, with what was probably meant, else with all there are.

    >>> def create(*, echo=False, retry=None): ...
    >>> print(no_such_argument(create, {"ecko": True}))
    create() has no argument ecko=; did you mean 'echo'?
    >>> print(no_such_argument(create, {"pool_size": 5}))
    create() has no argument pool_size=; it has echo, retry
    """
    code = function.__code__
    names = [
        name for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if name not in {"self", "cls"}
    ]
    name = next(iter(unknown))
    shown = function.__qualname__.rpartition("<locals>.")[2].removesuffix(".__init__")
    has = f"; it has {', '.join(names)}"
    return ArgumentError(f"{shown}() has no argument {name}={nearest(name, names) or has}")
