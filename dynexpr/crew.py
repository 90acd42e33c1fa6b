"""Who carries out what a flow begins and does not wait for?  Threads for the engine that waits, tasks for the other.

What is begun runs in the context (`contextvars`) of whoever began it. A crew that is closed lets nothing more be sent:
what has not started never starts, and what is under way ends with the request it is waiting for.
"""

import contextlib
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

from dynexpr.capacity import Consumed
from dynexpr.errors import Abandoned
from dynexpr.flows import ReadFlow

if TYPE_CHECKING:
    from asyncio import Future as Task

_THREADS: Final = 256
"""More than are ever begun at the same time: a thread is made only where all others have something to do."""

_NOTHING: Final = "nothing is under way that could be waited for: it ended with an error, or was never begun"

_LOOK_SECONDS: Final = 1.0
"""How often whoever waits looks whether there is anything left to wait for."""


class Stop:
    """Whether work is to end; set for a crew, it is set for the crews inside of it."""

    def __init__(self, outer: "Stop | None" = None) -> None:
        from threading import Event

        self._event = Event()
        self._inner: list[Stop] = []
        if outer is not None:
            outer._inner.append(self)  # noqa: SLF001 - one of its own kind
            if outer.is_set():
                self.set()

    def set(self) -> None:
        """Let it end."""
        self._event.set()
        for inner in self._inner:
            inner.set()

    def is_set(self) -> bool:
        """Whether it is to end."""
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Sleep, unless it is to end."""
        self._event.wait(seconds)

    def check(self) -> None:
        """Raise Abandoned where it is to end."""
        if self._event.is_set():
            raise Abandoned("given up before it was done: the work it is part of has ended")


class _Work:
    """What a thread carries out, and what came of it."""

    __slots__ = ("consumed", "ended", "error", "result", "tag")

    def __init__(self, tag: Any, consumed: Consumed) -> None:
        self.tag = tag
        self.consumed = consumed
        self.result: Any = None
        self.error: BaseException | None = None
        self.ended = False
        """Whether it was handed to whoever waits for it."""


class ThreadCrew:
    """Carries out flows in threads."""

    def __init__(
        self, run: Callable[[ReadFlow[Any], Consumed, Stop], Any], consumed: Consumed, outer: Stop | None = None
    ) -> None:
        from concurrent.futures import ThreadPoolExecutor
        from queue import SimpleQueue

        self._run = run
        self._consumed = consumed
        self._stop = Stop(outer)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="dynexpr crew")
        self._over: SimpleQueue[_Work] = SimpleQueue()
        self._under_way: set[_Work] = set()

    def begin(self, tag: Any, flow: ReadFlow[Any]) -> None:
        """Carry out a flow from now on."""
        work = _Work(tag, self._consumed.part())
        # Whoever carries it out says that it ended: Ctrl-C, which may strike here, loses nothing.
        self._threads.submit(copy_context().run, self._carry_out, flow, work)
        self._under_way.add(work)

    def _carry_out(self, flow: ReadFlow[Any], work: "_Work") -> None:
        try:
            work.result = self._run(flow, work.consumed, self._stop)
        except BaseException as error:  # noqa: BLE001 - raised by whoever waits for it
            work.error = error
        self._over.put(work)
        work.ended = True

    def finished(self) -> "tuple[Any, Any, BaseException | None]":
        """Wait for the next flow to end: its tag, result and error; raises Abandoned where none is under way."""
        from queue import Empty

        work: _Work | None = None
        while work is None:
            # What Ctrl-C took between these lines has ended, and is not waited for again; its thread may say so later.
            if all(each.ended for each in self._under_way) and self._over.empty():
                raise Abandoned(_NOTHING)
            with contextlib.suppress(Empty):
                work = self._over.get(timeout=_LOOK_SECONDS)
        self._under_way.discard(work)
        self._consumed.add(work.consumed)
        return work.tag, work.result, work.error

    def stop(self) -> None:
        """Let nothing more be sent; what is under way can still be waited for."""
        self._stop.set()

    def close(self) -> None:
        """End it, after the answers that are being waited for."""
        self._stop.set()
        self._threads.shutdown(wait=True, cancel_futures=True)
        while not self._over.empty():
            self._consumed.add(self._over.get().consumed)


class TaskCrew:
    """Carries out flows in tasks of an event loop."""

    def __init__(self, run: Callable[[ReadFlow[Any], Consumed], Coroutine[Any, Any, Any]], consumed: Consumed) -> None:
        from asyncio import Queue

        self._run = run
        self._consumed = consumed
        self._tasks: dict[Task[Any], Consumed] = {}
        self._over: Queue[tuple[Any, Task[Any]]] = Queue()

    def begin(self, tag: Any, flow: ReadFlow[Any]) -> None:
        """Carry out a flow from now on."""
        from asyncio import ensure_future

        part = self._consumed.part()
        task = ensure_future(self._run(flow, part))
        self._tasks[task] = part
        task.add_done_callback(lambda task: self._over.put_nowait((tag, task)))

    async def finished(self) -> "tuple[Any, Any, BaseException | None]":
        """Wait for the next flow to end: its tag, result and error; raises Abandoned where none is under way."""
        if not self._tasks:
            raise Abandoned(_NOTHING)
        tag, task = await self._over.get()
        self._consumed.add(self._tasks.pop(task))
        if task.cancelled():
            return tag, None, Abandoned("given up before it was done: the work it is part of has ended")
        error = task.exception()
        return tag, task.result() if error is None else None, error

    def stop(self) -> None:
        """Let nothing more be sent; what is under way is given up."""
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """End it."""
        from asyncio import gather

        self.stop()
        with contextlib.suppress(Exception):
            await gather(*self._tasks, return_exceptions=True)
        for part in self._tasks.values():
            self._consumed.add(part)
        self._tasks.clear()
