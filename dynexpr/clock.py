"""What time is it?  Engines may be given another clock, for tests."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

Clock = Callable[[], "datetime"]


def utc_now() -> "datetime":
    """The clock of engines that are given no other."""
    from datetime import UTC, datetime  # many a read asks no clock, and it is one of the largest modules there are

    return datetime.now(UTC)
