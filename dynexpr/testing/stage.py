"""A fresh engine for each test: tables are made once, and what a test did is taken back before the next."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from dynexpr.clock import Clock, check_clock, utc_now
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError
from dynexpr.requests import Request, Settings
from dynexpr.retry import RetryPolicy
from dynexpr.tables import MetaData
from dynexpr.transports.embedded import EmbeddedTransport

if TYPE_CHECKING:
    from dynexpr.local import LocalEngine
    from dynexpr.local.engine import Snapshot
    from dynexpr.transports import Transport
    from dynexpr.transports.faults import Faults


class Stage:
    """An embedded engine with the tables of some models, to be had empty as often as one likes.

    >>> with Stage() as stage:
    ...     stage.engine().send("ListTables")
    {'TableNames': []}
    """

    def __init__(self, *metadata: MetaData | Any) -> None:
        """Make the tables of each metadata, or declarative base; given none, there are none.

        Raises ArgumentError for what is neither.
        """
        known = [_metadata(each, "Stage") for each in metadata]
        self._clock: Clock = utc_now
        self._transport = EmbeddedTransport(None, self._now)
        self._lent = _Lent(self)
        self._closed = False
        try:
            engine = self._made(utc_now)
            for each in known:
                each.create_all(engine)
            self._empty = self._transport.snapshot()
        except BaseException:
            self._transport.close()
            raise

    def engine(self, clock: Clock = utc_now, *, faults: "Faults | None" = None) -> Engine:
        """An engine as if none had been before: its tables empty, nothing counted, nobody listening.

        *faults* happen to its requests; making the tables was none of them. The engines of one stage share its store:
        the one before answers no more, and says so.

        Raises ArgumentError once the stage is closed, and for what is no clock or no Faults.

        >>> from dynexpr.testing import Faults
        >>> with Stage() as stage:
        ...     shaky = stage.engine(faults=Faults(script=["throttle"]))
        ...     shaky.retry = None
        ...     shaky.send("ListTables")
        Traceback (most recent call last):
        dynexpr.errors.Throttled: ListTables: Rate of requests exceeds the allowed throughput.
        """
        self._check_open()
        check_clock(clock)
        made = self._made(clock, faults)
        self._transport.restore(self._empty)
        self._clock = clock
        return made

    def store(self, lent: "_Lent") -> EmbeddedTransport:
        """The store behind an engine. Raises ArgumentError unless it is the last one that was made."""
        self._check_open()
        if lent is not self._lent:
            raise ArgumentError(
                "the stage has made another engine since, and this one would write into its tables: use the last one, "
                "or for two at once a Stage for each"
            )
        return self._transport

    def close(self) -> None:
        """Give the memory back; its engines answer no more."""
        self._closed = True
        self._empty.close()
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise ArgumentError("the stage was closed, and its engines with it; make another Stage(...)")

    def _now(self) -> datetime:
        return self._clock()

    def _made(self, clock: Clock, faults: "Faults | None" = None) -> Engine:
        lent = _Lent(self)
        transport: Transport = lent
        if faults is not None:
            from dynexpr.transports.faults import FaultyTransport

            transport = FaultyTransport(lent, faults, clock)
        self._lent = lent
        made = Engine(transport, Settings(clock=clock, capacity=True), retry=RetryPolicy())
        made.url = "a stage"
        return made


class _Lent:
    """The stage's transport, for as long as nobody was lent it after."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @property
    def engine(self) -> "LocalEngine":
        """The embedded engine."""
        return self._stage.store(self).engine

    def send(self, request: Request, /) -> dict[str, Any]:
        """Answer a request."""
        return self._stage.store(self).send(request)

    def snapshot(self) -> "Snapshot":
        """Everything as it is now."""
        return self._stage.store(self).snapshot()

    def restore(self, snapshot: "Snapshot") -> None:
        """Become what a snapshot is."""
        self._stage.store(self).restore(snapshot)

    def close(self) -> None:
        """Leave the stage's engine open."""


def of_fixture(given: object) -> tuple[MetaData, ...]:
    """What the fixture `dynexpr_metadata` gave. Raises ArgumentError where it gave none, as it does by itself."""
    if given is None:
        raise ArgumentError(
            "dynexpr_metadata gives None: override it in your conftest.py with your declarative base, as\n"
            '    @pytest.fixture(scope="session")\n'
            "    def dynexpr_metadata():\n"
            "        return Base\n"
            "or with [] for an engine without tables"
        )
    several = given if isinstance(given, list | tuple | set | frozenset) else (given,)
    return tuple(_metadata(each, "the fixture dynexpr_metadata") for each in several)


def _metadata(given: Any, whose: str) -> MetaData:
    known = getattr(given, "metadata", given)
    if not isinstance(known, MetaData):
        if isinstance(given, list | tuple) and whose == "Stage":
            raise ArgumentError(f"Stage takes several one after another, with a star: Stage(*{given!r}), not a list")
        raise ArgumentError(f"{whose}: it takes metadata or declarative bases, as Base, not {given!r}")
    return known
