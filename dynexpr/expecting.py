"""Is what was read as expected?  It is read again until it is, for what `retry_until()` waits for."""

from collections.abc import Callable
from typing import TypeVar

from dynexpr.errors import NotAsExpected
from dynexpr.flows import Deadline, Pause, ReadFlow
from dynexpr.retry import RetryPolicy

T = TypeVar("T")


def settled(
    read: Callable[[], ReadFlow[list[T]]],
    predicate: Callable[[list[T]], object],
    policy: RetryPolicy,
    chance: Callable[[], float],
) -> ReadFlow[list[T]]:
    """Read again and again, with the pauses of a policy, until what was read is as expected."""
    deadline = Deadline(policy)
    attempt = 0
    while True:
        attempt += 1
        found = yield from read()
        if predicate(found):
            return found
        pause = policy.pause(attempt, chance())
        if attempt >= policy.max_attempts or not deadline.allows(pause):
            raise NotAsExpected(f"what was read is not as retry_until() expects it, after {attempt} attempts", found)
        del found  # objects that nobody holds are made anew of the next answer
        yield Pause(pause)
