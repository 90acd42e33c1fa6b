"""Where do sessions come from?  One configuration, many sessions, one for each thread; and a loop that tries again."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING, Any, Final, TypeVar

from dynexpr.errors import ArgumentError, Conflict, StaleData, TransactionCancelled
from dynexpr.flows import chance
from dynexpr.orm.event import Listeners
from dynexpr.orm.session import Session

if TYPE_CHECKING:
    from dynexpr.engine import Engine
    from dynexpr.retry import RetryPolicy

T = TypeVar("T")

RACES: Final = (StaleData, Conflict, TransactionCancelled)
"""What may only say that somebody else was faster."""


class sessionmaker:  # noqa: N801 - SQLAlchemy's name
    """Makes sessions of one configuration: `Session = sessionmaker(engine)`, then `Session()`.

    Takes what `Session` takes. `with Session.begin() as session:` commits at the end of the block.
    """

    def __init__(self, engine: "Engine", **options: Any) -> None:
        self.engine = engine
        self.options = options
        self.listeners = Listeners()
        """For `event.listen`: of all sessions made from now on."""
        self()  # a wrong option raises here, not at the first request

    def __call__(self, **options: Any) -> Session:
        """A new session; *options* differ for this one."""
        session = Session(self.engine, **{**self.options, **options})
        session.listeners = self.listeners.copied()
        return session

    @contextmanager
    def begin(self) -> Generator[Session]:
        """A session that is committed at the end of the block, rolled back where it raises, and closed."""
        with self() as session, session.begin():
            yield session


class scoped_session:  # noqa: N801 - SQLAlchemy's name
    """A session for each thread and each asyncio task, made when it is first used there; stands for it.

    `remove()` closes the present one.
    """

    def __init__(self, factory: Callable[[], Session]) -> None:
        from contextvars import ContextVar

        self._factory = factory
        self._current: ContextVar[Session | None] = ContextVar("dynexpr_session", default=None)

    def __call__(self) -> Session:
        """The session of this thread or task."""
        session = self._current.get()
        if session is None:
            session = self._factory()
            self._current.set(session)
        return session

    def remove(self) -> None:
        """Close the session of this thread or task; the next use makes a new one."""
        session = self._current.get()
        if session is not None:
            session.close()
            self._current.set(None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self(), name)

    def __contains__(self, obj: object) -> bool:
        return obj in self()


def run(factory: Callable[[], Session], function: Callable[[Session], T], *, attempts: int = 5) -> T:
    """Call *function* with a new session and commit; begin again, *attempts* times in all, where somebody was faster.

    Reads again and applies again on StaleData and conflicts, so *function* must do all its reading through the session
    it is given; between the attempts it pauses as the engine's RetryPolicy says. Gives what *function* gives; after the
    last attempt the error is raised.

    OutcomeUnknown is raised at once: if the write took effect, *function* would apply its changes a second time. A
    factory with `exactly_once=True` sends single writes as transactions, whose outcome is known.
    """
    check_attempts(attempts)
    attempt = 1
    while True:
        with factory() as session:
            try:
                result = function(session)
                session.commit()
            except RACES as error:
                pause = pause_after(error, session.engine.retry, attempt, attempts)
            else:
                return result
        sleep(pause)
        attempt += 1


def check_attempts(attempts: int) -> None:
    """Raise ArgumentError unless something would be tried at all."""
    if attempts < 1:
        raise ArgumentError(f"run() makes at least one attempt, not {attempts}")


def pause_after(error: Exception, policy: "RetryPolicy | None", attempt: int, attempts: int) -> float:
    """How long to wait before it is all done again; raises the error where that would not help, or was the last."""
    if attempt >= attempts or not lost_race(error):
        raise error
    return 0.0 if policy is None else policy.pause(attempt, chance())


def lost_race(error: Exception) -> bool:
    """Whether an error only says that somebody else was faster."""
    if isinstance(error, TransactionCancelled):
        return bool(error.failures) and all(
            isinstance(failure.error, StaleData | Conflict) for failure in error.failures
        )
    return isinstance(error, StaleData | Conflict)
