"""What time is it?  Engines may be given another clock, for tests."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from dynexpr.errors import ArgumentError
from dynexpr.retry import is_number

if TYPE_CHECKING:
    from datetime import datetime

Clock = Callable[[], "datetime"]

_AS: Final = "a datetime with a time zone, as datetime(2026, 1, 1, tzinfo=UTC)"


def utc_now() -> "datetime":
    """The clock of engines that are given no other."""
    from datetime import UTC, datetime  # many a read asks no clock, and it is one of the largest modules there are

    return datetime.now(UTC)


def check_clock(clock: object, answers: str = _AS) -> None:
    """Raise ArgumentError for what can't be asked the time."""
    if isinstance(clock, type):
        raise ArgumentError(f"clock={clock!r} is a class; write {clock.__name__}(), if that is a clock")
    if not callable(clock):
        raise ArgumentError(
            f"clock={clock!r}: it is a function that answers {answers}; "
            "dynexpr.testing.Clock() is one that stands still"
        )


def aware(moment: object, where: str = "a clock's answer") -> "datetime":
    """A moment that has a time zone; ArgumentError for any other, and for what is none."""
    from datetime import datetime

    if not isinstance(moment, datetime):
        raise ArgumentError(f"{where} is {_AS}, not {moment!r}")
    if moment.utcoffset() is None:
        raise ArgumentError(f"{where}: {moment.isoformat()} has no time zone; write datetime(..., tzinfo=UTC)")
    return moment


def epoch_seconds(moment: object, where: str = "a clock's answer") -> float:
    """Seconds since 1970 of a moment, which has a time zone or is a number of such seconds already.

    Raises ArgumentError for anything else.

    >>> from datetime import UTC, datetime
    >>> epoch_seconds(datetime(2026, 1, 1, tzinfo=UTC)), epoch_seconds(1_800_000_000)
    (1767225600.0, 1800000000)
    """
    if is_number(moment) and abs(moment) < float("inf"):
        return moment
    from datetime import datetime

    if isinstance(moment, datetime):
        return aware(moment, where).timestamp()
    raise ArgumentError(f"{where} is epoch seconds, or {_AS}, not {moment!r}")
