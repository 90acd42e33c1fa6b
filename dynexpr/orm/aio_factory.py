"""Where do awaited sessions come from?  As those of `factory`: one configuration, and a loop that tries again."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from dynexpr.orm.aio import AsyncSession
from dynexpr.orm.event import Listeners
from dynexpr.orm.factory import RACES, check_attempts, pause_after

if TYPE_CHECKING:
    from dynexpr.aio import AsyncEngine

R = TypeVar("R")


class async_sessionmaker:  # noqa: N801 - SQLAlchemy's name
    """Makes sessions of one configuration: `Session = async_sessionmaker(engine)`, then `async with Session() as …`."""

    def __init__(self, engine: "AsyncEngine", **options: Any) -> None:
        self.engine = engine
        self.options = options
        self.listeners = Listeners()
        """For `event.listen`: of all sessions made from now on."""
        self()  # a wrong option raises here, not at the first request

    def __call__(self, **options: Any) -> AsyncSession:
        """A new session; *options* differ for this one."""
        made = AsyncSession(self.engine, **{**self.options, **options})
        made.listeners.update(self.listeners.copied())
        return made

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[AsyncSession]:
        """A session that is committed at the end of the block, rolled back where it raises, and closed."""
        async with self() as session, session.begin():
            yield session


async def async_run(
    factory: Callable[[], AsyncSession], function: Callable[[AsyncSession], Awaitable[R]], *, attempts: int = 5
) -> R:
    """Await *function* with a new session and commit; begin again where somebody was faster; see `dynexpr.orm.run`."""
    from asyncio import sleep

    check_attempts(attempts)
    attempt = 1
    while True:
        async with factory() as session:
            try:
                result = await function(session)
                await session.commit()
            except RACES as error:
                pause = pause_after(error, session.engine.retry, attempt, attempts)
            else:
                return result
        await sleep(pause)
        attempt += 1
