"""A fresh engine for each test: tables are made once, and what a test did is taken back before the next."""

from collections.abc import Iterable
from copy import copy
from datetime import datetime
from typing import Any, Self

from dynexpr.clock import Clock, utc_now
from dynexpr.engine import Engine
from dynexpr.requests import Settings
from dynexpr.retry import RetryPolicy
from dynexpr.tables import MetaData
from dynexpr.transports.embedded import EmbeddedTransport


class Stage:
    """An embedded engine with the tables of some models, to be had empty as often as one likes.

    >>> with Stage() as stage:
    ...     stage.engine().send("ListTables")
    {'TableNames': []}
    """

    def __init__(self, *metadata: MetaData | Any) -> None:
        """Make the tables of each metadata, or declarative base."""
        self._clock: Clock = utc_now
        self._transport = EmbeddedTransport(None, self._now)
        try:
            engine = self._made(utc_now)
            for each in metadata:
                getattr(each, "metadata", each).create_all(engine)
            self._empty = self._transport.snapshot()
        except BaseException:
            self._transport.close()
            raise

    def engine(self, clock: Clock = utc_now) -> Engine:
        """An engine as if none had been before: its tables empty, nothing counted, nobody listening.

        The engines of one stage share its store, so the one before is of no more use.
        """
        self._transport.restore(self._empty)
        self._clock = clock
        return self._made(clock)

    def close(self) -> None:
        """Give the memory back."""
        self._empty.close()
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _now(self) -> datetime:
        return self._clock()

    def _made(self, clock: Clock) -> Engine:
        lent = copy(self._transport)
        lent.__class__ = _Lent
        return Engine(lent, Settings(clock=clock, capacity=True), retry=RetryPolicy())


class _Lent(EmbeddedTransport):
    """A transport whose engine belongs to the stage."""

    def close(self) -> None:
        """Leave the stage's engine open."""


def bases(given: object) -> Iterable[Any]:
    """What a fixture gave: nothing, one metadata, or several."""
    if given is None:
        return ()
    return given if isinstance(given, list | tuple | set | frozenset) else (given,)
