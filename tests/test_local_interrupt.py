"""Does an engine go on after Ctrl-C, wherever it came?"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from dynexpr.local import LocalEngine
from dynexpr.local.store import Transaction

TABLE: dict[str, Any] = {
    "TableName": "things",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
INSIDE = {function.__code__ for function in vars(Transaction).values() if hasattr(function, "__code__")}


def interrupted(work: Callable[[], object], step: int) -> bool:
    """Whether Ctrl-C comes at a step of the store's beginning and ending of transactions, which are counted from 0."""
    steps = iter(range(step + 1))

    def trace(frame: FrameType, _event: str, _argument: object) -> Any:
        if frame.f_code in INSIDE and next(steps, None) == step:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("kept", [False, True], ids=["memory", "file"])
def test_interrupt(tmp_path: Path, *, kept: bool) -> None:
    """At every step it may come: the engine answers afterwards, from any thread, and what is there is whole."""
    engine = LocalEngine(str(tmp_path / "dev.db") if kept else None)
    engine.call("CreateTable", TABLE)

    def put(number: int) -> None:
        engine.call("PutItem", {"TableName": "things", "Item": {"id": {"S": str(number)}}})

    def elsewhere(number: int) -> None:
        thread = threading.Thread(target=put, args=(-number,), daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive(), f"the lock was kept at step {number}"

    step = 0
    while interrupted(lambda: put(0), step):
        step += 1
        put(step)
        elsewhere(step)
        found = {item["id"]["S"] for item in engine.call("Scan", {"TableName": "things"})["Items"]} - {"0"}
        assert found == {str(sign * number) for number in range(1, step + 1) for sign in (1, -1)}
    assert step > 15
    engine.close()
