"""What time is it?  Engines may be given another clock, for tests."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of engines that are given no other."""
    return datetime.now(UTC)
