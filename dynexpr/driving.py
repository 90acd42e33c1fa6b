"""How is a flow carried out?  Its requests are sent, its pauses waited for, and what it begins is given to threads."""

import time
from typing import TYPE_CHECKING, Any, TypeVar

from dynexpr.capacity import Consumed
from dynexpr.core import EngineCore, ListenerFailed
from dynexpr.flows import Begin, Pause, ReadFlow
from dynexpr.requests import Request, Settings
from dynexpr.retry import RetryPolicy
from dynexpr.transports import Closed, Transport

if TYPE_CHECKING:
    from dynexpr.crew import Stop, ThreadCrew

T = TypeVar("T")


class Driver(EngineCore):
    """What an engine does with a flow: the side of it that waits."""

    def __init__(
        self, transport: Transport, settings: Settings, *, retry: RetryPolicy | None, echo: bool = False
    ) -> None:
        super().__init__(settings, retry=retry, echo=echo)
        self.transport = transport

    def run(
        self, flow: ReadFlow[T], consumed: Consumed, *, crew: "ThreadCrew | None" = None, stop: "Stop | None" = None
    ) -> T:
        """Drive a flow to its result.

        What it begins is carried out by *crew*, or by one of its own that ends with it. After each request it looks
        whether *stop* says that it is wanted no more.
        """
        attempt = 0
        params: dict[str, Any] | None = None
        own: ThreadCrew | None = None
        try:
            step = next(flow)
            while True:
                answer: Any = None
                try:
                    if stop is not None:
                        stop.check()
                    if isinstance(step, Request):
                        attempt = attempt + 1 if step.params is params else 1
                        params = step.params
                        answer = self._send(step, attempt, consumed, stop)
                    elif isinstance(step, Pause):
                        (time.sleep if stop is None else stop.wait)(step.seconds)
                    else:
                        if crew is None:
                            crew = own = self.crew(consumed, stop)
                        if isinstance(step, Begin):
                            crew.begin(step.tag, step.flow)
                        else:
                            answer = crew.finished()
                except Exception as error:  # noqa: BLE001 - the flow decides, and raises what it doesn't handle
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]  # what the flow returned
        except ListenerFailed as failed:
            raise failed.error from failed.error.__cause__
        finally:
            if own is not None:
                own.close()
            flow.close()  # where it was interrupted, it notes now that an outcome is unknown

    def crew(self, consumed: Consumed, outer: "Stop | None" = None) -> "ThreadCrew":
        """What carries out the flows that a flow begins."""
        from dynexpr.crew import ThreadCrew

        return ThreadCrew(lambda flow, part, stop: self.run(flow, part, stop=stop), consumed, outer)

    def _send(self, request: Request, attempt: int, consumed: Consumed, stop: "Stop | None") -> dict[str, Any]:
        turn = self._turn(request)
        try:
            if turn is not None and turn.seconds:
                (time.sleep if stop is None else stop.wait)(turn.seconds)
                if stop is not None:
                    stop.check()
            exchange = self._before(request, attempt)
        except BaseException:
            if turn is not None:
                turn.give_back()
            raise
        try:
            response = self.transport.send(request)
        except BaseException as error:
            if turn is not None:
                turn.failed(error)
            self._failed(exchange, request, error)
            raise
        self._arrived(exchange, request, response, consumed, turn)
        return response

    def close(self) -> None:
        """Close its connections; it executes nothing any more."""
        self.transport.close()
        self.transport = Closed()
