"""How is a flow carried out in an event loop?  As in `driving.py`, with tasks in place of threads, and awaited."""

from typing import TYPE_CHECKING, Any, TypeVar

from dynexpr.capacity import Consumed
from dynexpr.core import EngineCore, ListenerFailed
from dynexpr.flows import Begin, Pause, ReadFlow
from dynexpr.requests import Request, Settings
from dynexpr.retry import RetryPolicy

if TYPE_CHECKING:
    from dynexpr.crew import TaskCrew
    from dynexpr.transports.aio import AsyncTransport

T = TypeVar("T")


class AsyncDriver(EngineCore):
    """What an engine of an event loop does with a flow: the side of it that waits."""

    awaited = True

    def __init__(
        self, transport: "AsyncTransport", settings: Settings, *, retry: RetryPolicy | None, echo: bool = False
    ) -> None:
        super().__init__(settings, retry=retry, echo=echo)
        self.transport = transport

    async def run(self, flow: ReadFlow[T], consumed: Consumed, *, crew: "TaskCrew | None" = None) -> T:
        """Drive a flow to its result. What it begins is carried out by *crew*, or by one that ends with it."""
        from asyncio import sleep

        attempt = 0
        params: dict[str, Any] | None = None
        own: TaskCrew | None = None
        try:
            step = next(flow)
            while True:
                answer: Any = None
                try:
                    if isinstance(step, Request):
                        attempt = attempt + 1 if step.params is params else 1
                        params = step.params
                        answer = await self._send(step, attempt, consumed)
                    elif isinstance(step, Pause):
                        await sleep(step.seconds)
                    else:
                        if crew is None:
                            crew = own = self.crew(consumed)
                        if isinstance(step, Begin):
                            crew.begin(step.tag, step.flow)
                        else:
                            answer = await crew.finished()
                except Exception as error:  # noqa: BLE001 - the flow decides, and raises what it doesn't handle
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # what the flow returned
        except ListenerFailed as failed:
            raise failed.error from failed.error.__cause__
        finally:
            if own is not None:
                await own.close()
            flow.close()  # where it was cancelled, it notes now that an outcome is unknown

    def crew(self, consumed: Consumed) -> "TaskCrew":
        """What carries out the flows that a flow begins."""
        from dynexpr.crew import TaskCrew

        return TaskCrew(self.run, consumed)

    async def _send(self, request: Request, attempt: int, consumed: Consumed) -> dict[str, Any]:
        turn = self._turn(request)
        try:
            if turn is not None and turn.seconds:
                from asyncio import sleep

                await sleep(turn.seconds)
            exchange = self._before(request, attempt)
        except BaseException:
            if turn is not None:
                turn.give_back()
            raise
        try:
            response = await self.transport.send(request)
        except BaseException as error:
            if turn is not None:
                turn.failed(error)
            self._failed(exchange, request, error)
            raise
        self._arrived(exchange, request, response, consumed, turn)
        return response

    async def close(self) -> None:
        """Close its connections; it executes nothing any more."""
        from dynexpr.transports import Closed
        from dynexpr.transports.aio import AtOnce

        await self.transport.close()
        self.transport = AtOnce(Closed())
