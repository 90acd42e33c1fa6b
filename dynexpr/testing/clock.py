"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NoReturn

from dynexpr.clock import aware
from dynexpr.errors import ArgumentError

START: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Clock:
    """The time for engines and the code under test: `create_engine("local://", clock=clock)`.

    >>> clock = Clock()
    >>> clock().isoformat()
    '2026-01-01T12:00:00+00:00'
    >>> clock.advance(minutes=5).isoformat()
    '2026-01-01T12:05:00+00:00'
    """

    def __init__(self, now: datetime = START) -> None:
        """Stand at a moment. Raises ArgumentError for one without a time zone, and for what is no datetime."""
        self._now = aware(now, "Clock(now)").astimezone(UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self._now

    if not TYPE_CHECKING:
        # Hidden from checkers, which know by themselves that there is no such name.

        def __getattr__(self, name: str) -> NoReturn:
            hint = "" if name.startswith("_") else "; the time is clock(), moved by clock.advance() and clock.set()"
            raise AttributeError(f"Clock has no {name!r}{hint}")

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0) -> datetime:
        """Go forward, by a negative number back; the new time. Raises ArgumentError for what can't be added up."""
        try:
            self._now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        except (TypeError, ValueError, OverflowError) as error:
            raise ArgumentError(
                f"clock.advance() takes numbers: seconds, or minutes=, hours=, days= ({error})"
            ) from None
        return self._now

    def set(self, now: datetime) -> None:
        """Go to a moment. Raises ArgumentError for one without a time zone, and for what is no datetime."""
        self._now = aware(now, "clock.set(now)").astimezone(UTC)

    def __repr__(self) -> str:
        return f"Clock({self._now!r})"
