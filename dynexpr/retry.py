"""How often is a request tried again, and how long between?"""

from typing import TYPE_CHECKING, Literal

from dynexpr.errors import ArgumentError

if TYPE_CHECKING:
    from typing import TypeGuard


def is_number(value: object) -> "TypeGuard[float]":
    """Whether something counts."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_deadline(seconds: object) -> None:
    """Raise ArgumentError for what is no time to wait."""
    if seconds is not None and not (is_number(seconds) and seconds >= 0):
        raise ArgumentError(f"deadline is a number of seconds, or None for none, not {seconds!r}")


def check_policy(policy: object) -> None:
    """Raise ArgumentError for what says nothing about retries."""
    if policy is not None and not isinstance(policy, RetryPolicy):
        raise ArgumentError(f"retry is a RetryPolicy(...), or None to fail fast, not {policy!r}")


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
        if isinstance(max_attempts, bool) or not isinstance(max_attempts, int) or max_attempts < 1:
            raise ArgumentError(
                f"max_attempts is a whole number of at least 1, the first one counted: {max_attempts!r}"
            )
        for name, seconds in (("initial_delay", initial_delay), ("max_delay", max_delay)):
            if not is_number(seconds) or not seconds >= 0:
                raise ArgumentError(f"{name} is a number of seconds, not {seconds!r}")
        if not is_number(backoff_factor) or not backoff_factor >= 1:
            raise ArgumentError(f"backoff_factor is 1 or more, not {backoff_factor!r}")
        if jitter not in {"full", "none"}:
            raise ArgumentError(f"jitter is 'full' or 'none', not {jitter!r}")
        check_deadline(deadline)
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
