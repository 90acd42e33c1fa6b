"""How often is a request tried again, and how long between?"""

from typing import Literal

from dynexpr.errors import ArgumentError


class RetryPolicy:
    """Exponential backoff with full jitter, up to a number of attempts and a total deadline.

    *max_attempts* counts the first one; delays are in seconds, *deadline* is the total time a call may take, sleeping
    included: a retry never sleeps past it.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html

    >>> RetryPolicy(jitter="none").ceiling(3)
    0.2
    """

    __slots__ = ("backoff_factor", "deadline", "initial_delay", "jitter", "max_attempts", "max_delay")

    def __init__(
        self,
        max_attempts: int = 8,
        initial_delay: float = 0.05,
        max_delay: float = 20.0,
        backoff_factor: float = 2.0,
        jitter: Literal["full", "none"] = "full",
        deadline: float | None = 60.0,
    ) -> None:
        if not (max_attempts >= 1 and initial_delay >= 0 and max_delay >= 0 and backoff_factor >= 1):
            raise ArgumentError(
                "a RetryPolicy has at least one attempt, no negative delay, and a backoff_factor of 1 or more"
            )
        if jitter not in {"full", "none"}:
            raise ArgumentError(f"jitter is 'full' or 'none', not {jitter!r}")
        if deadline is not None and not deadline >= 0:
            raise ArgumentError(f"deadline is a number of seconds, or None for none, not {deadline!r}")
        self.max_attempts = max_attempts
        self.initial_delay = initial_delay
        self.max_delay = max_delay
        self.backoff_factor = backoff_factor
        self.jitter = jitter
        self.deadline = deadline

    def ceiling(self, attempt: int) -> float:
        """The longest pause after a failed *attempt* (counted from 1), in seconds."""
        try:
            return min(self.max_delay, self.initial_delay * self.backoff_factor ** (attempt - 1))
        except OverflowError:
            return self.max_delay

    def pause(self, attempt: int, chance: float) -> float:
        """The pause after a failed *attempt*; *chance* is a random number from 0 to 1."""
        ceiling = self.ceiling(attempt)
        return ceiling * chance if self.jitter == "full" else ceiling

    def __repr__(self) -> str:
        return f"RetryPolicy({', '.join(f'{name}={getattr(self, name)!r}' for name in sorted(self.__slots__))})"
