"""Is what a flow begins carried out at the same time, within bounds, and ended with it?"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from dynexpr import create_async_engine, create_engine, crew
from dynexpr.capacity import Consumed
from dynexpr.engine import Engine
from dynexpr.errors import Abandoned, Throttled
from dynexpr.flows import FINISHED, Begin, Pause, ReadFlow, each_of, together
from dynexpr.requests import Request

ASK = Request("ListTables", {})
WHO: ContextVar[str] = ContextVar("WHO", default="nobody")


class Numbered:
    """A transport that answers with what was asked for, after a barrier where there is one."""

    def __init__(self, on_send: Callable[[Any], object] = lambda _number: None) -> None:
        self.on_send = on_send
        self.sent: list[Any] = []
        self.most = self.now = 0
        self._lock = threading.Lock()

    def send(self, request: Request, /) -> dict[str, Any]:
        """Answer a request."""
        number = request.params.get("Limit")
        with self._lock:
            self.sent.append(number)
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            self.on_send(number)
        finally:
            with self._lock:
                self.now -= 1
        return {"number": number, "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 1.0}}

    def close(self) -> None:
        """Nothing is open."""


def ask(number: int, then: float | None = None) -> ReadFlow[int]:
    """One request, and a second one after a pause."""
    answer = yield Request("Scan", {"Limit": number})
    if then is not None:
        yield Pause(then)
        answer = yield Request("Scan", {"Limit": number + 1000})
    found: int = answer["number"]
    return found


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine over a numbered transport."""
    with create_engine("local://") as made:
        embedded, made.transport = made.transport, Numbered()
        yield made
        made.transport = embedded


@pytest.mark.parametrize("parallel", [1, 2, 7, 100])
def test_together(engine: Engine, parallel: int) -> None:
    """Results come in the order of the flows, what they consumed is added up, and the bound is kept."""
    consumed = Consumed()
    assert engine.run(together((ask(n) for n in range(20)), parallel), consumed) == list(range(20))
    assert consumed.read_units == consumed.requests == 20
    assert engine.transport.most <= parallel  # type: ignore[attr-defined]


def test_together_is_at_the_same_time(engine: Engine) -> None:
    """Four requests that wait for each other get their answers."""
    barrier = threading.Barrier(4)
    engine.transport.on_send = lambda _number: barrier.wait(10)  # type: ignore[attr-defined]
    assert engine.run(together((ask(n) for n in range(4)), 4), Consumed()) == [0, 1, 2, 3]


def test_what_was_not_begun_never_is_when_one_fails(engine: Engine) -> None:
    """The error comes out at once, the others end with the request they were waiting for."""

    def fail(number: int) -> None:
        if number == 2:
            raise Throttled("too fast")

    transport: Any = engine.transport
    transport.on_send = fail
    asked = 0

    def source() -> Iterator[ReadFlow[int]]:
        nonlocal asked
        for number in range(100):
            asked += 1
            yield ask(number, then=0.02 if number != 2 else None)

    consumed = Consumed()
    with pytest.raises(Throttled):
        engine.run(together(source(), 3), consumed)
    assert asked < 12
    assert len(transport.sent) <= 2 * asked
    assert consumed.requests == len(transport.sent) - 1


def test_pauses_end_with_the_crew(engine: Engine) -> None:
    """A flow that sleeps for a minute is not waited for, and sends nothing afterwards."""
    ended: list[BaseException] = []

    def sleeper() -> ReadFlow[None]:
        yield ASK
        try:
            yield Pause(60)
            yield ASK
        except Abandoned as error:
            ended.append(error)
            raise

    def main() -> ReadFlow[None]:
        yield Begin("sleeper", sleeper())
        yield Begin("quick", ask(1))
        yield FINISHED
        raise KeyError("mine")

    with pytest.raises(KeyError):
        engine.run(main(), Consumed())
    assert len(engine.transport.sent) == 2  # type: ignore[attr-defined]
    assert len(ended) == 1


def interrupt_soon() -> None:
    """What the terminal does at Ctrl-C, a moment from now: when the main thread waits for an answer."""
    threading.Timer(0.01, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()


def test_ctrl_c_while_it_waits(engine: Engine) -> None:
    """What is on its way is waited for, nothing more is sent, no thread is left, and the flow hears that it ends."""
    transport: Any = engine.transport
    release, ended = threading.Event(), []

    def strike(number: int) -> None:
        if number == 2:
            interrupt_soon()
        release.wait(0.1)

    transport.on_send = strike

    def main() -> ReadFlow[None]:
        try:
            yield from together((ask(n, then=0) for n in range(20)), 3)
        except GeneratorExit:
            ended.append(len(transport.sent))
            raise

    consumed = Consumed()
    with pytest.raises(KeyboardInterrupt):
        engine.run(main(), consumed)
    assert sorted(transport.sent) == [0, 1, 2]
    assert ended == [3]
    assert consumed.requests == 3
    assert transport.now == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("dynexpr crew")]


def test_ctrl_c_takes_what_its_thread_has_not_said_to_be_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of work that an interrupted wait took, the thread says a moment later that it ended: nobody waits for it on."""
    taken, waits = threading.Event(), threading.Event()

    class Late(crew._Work):
        """Says that it ended when somebody has begun to wait again."""

        over = False

        @property
        def ended(self) -> bool:
            waits.set() if taken.is_set() else None
            return self.over

        @ended.setter
        def ended(self, over: bool) -> None:
            if over:
                waits.wait(5)
            self.over = over

    monkeypatch.setattr(crew, "_Work", Late)
    monkeypatch.setattr(crew, "_LOOK_SECONDS", 0.01)
    threads = crew.ThreadCrew(lambda _flow, _consumed, _stop: None, Consumed())
    threads.begin("tag", iter(()))  # type: ignore[arg-type]
    threads._over.get(timeout=5)  # as finished() does, and is interrupted right after
    taken.set()
    raised: list[BaseException] = []

    def wait() -> None:
        try:
            threads.finished()
        except Abandoned as error:
            raised.append(error)

    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    waiter.join(5)
    assert raised
    threads.close()


def test_contexts_are_carried_into_threads(engine: Engine) -> None:
    """A context variable is what it was where the flow was begun, and setting it there changes nothing here."""
    seen: set[str] = set()

    def look(_number: int) -> None:
        seen.add(WHO.get())
        WHO.set("thread")

    engine.transport.on_send = look  # type: ignore[attr-defined]
    token = WHO.set("somebody")
    try:
        engine.run(together((ask(n) for n in range(6)), 3), Consumed())
        assert seen == {"somebody"}
        assert WHO.get() == "somebody"
    finally:
        WHO.reset(token)


def test_results_are_taken_as_they_come(engine: Engine) -> None:
    """A slow one keeps no other waiting; flows are asked for when there is room."""
    gate = threading.Event()
    engine.transport.on_send = lambda number: gate.wait(10) if number == 0 else None  # type: ignore[attr-defined]
    taken: list[int] = []

    def take(_tag: int, number: int) -> None:
        taken.append(number)
        if len(taken) == 9:
            gate.set()

    engine.run(each_of(((n, ask(n)) for n in range(10)), take, 2), Consumed())
    assert taken == [*range(1, 10), 0]


def test_nested(engine: Engine) -> None:
    """What was begun may begin something itself, and all of it ends together."""

    def three(m: int) -> ReadFlow[list[int]]:
        return together([ask(10 * m + n) for n in range(3)], 3)

    assert engine.run(together((three(m) for m in range(3)), 2), Consumed()) == [
        [10 * m + n for n in range(3)] for m in range(3)
    ]

    def inner(number: int) -> ReadFlow[list[int]]:
        if number == 1:
            raise KeyError("mine")
        return (yield from together((ask(n, then=30) for n in range(2)), 2))

    with pytest.raises(KeyError):
        engine.run(together((inner(n) for n in range(2)), 2), Consumed())


def test_in_an_event_loop() -> None:
    """Tasks do the same: results, units, the first failure, and the context."""

    async def main() -> None:
        async with create_async_engine("local://") as engine:
            embedded = engine.transport
            sent: list[int] = []

            class Loop:
                async def send(self, request: Request, /) -> dict[str, Any]:
                    number = request.params["Limit"]
                    sent.append(number)
                    await asyncio.sleep(0.001)
                    if number == 7:
                        raise Throttled(WHO.get())
                    return {"number": number, "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 1.0}}

                async def close(self) -> None:
                    """Nothing is open."""

            engine.transport = Loop()
            consumed = Consumed()
            assert await engine.run(together((ask(n) for n in range(6)), 3), consumed) == list(range(6))
            assert consumed.read_units == 6
            WHO.set("somebody")
            sent.clear()
            with pytest.raises(Throttled, match="somebody"):
                await engine.run(together((ask(n, then=30) for n in (7, 8, 9, 10, 11, 12)), 3), consumed)
            assert sent == [7, 8, 9]
            engine.transport = embedded

    asyncio.run(main(), debug=True)
