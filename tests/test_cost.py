"""What does the hot path cost, told by what no machine changes: the modules it loads and the calls it makes?"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dynexpr import create_engine, select, update
from dynexpr.engine import Engine
from dynexpr.orm import Session
from dynexpr.requests import Request
from dynexpr.wire import encode_item
from tests.models import NOW, Payment, Quota

START = """
import sys
from dynexpr import create_engine
from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column
class Base(DeclarativeBase): ...
class Quota(Base):
    user: Mapped[str] = mapped_column(partition_key=True)
    remaining: Mapped[int]
with create_engine(sys.argv[1]) as engine, Session(engine) as session:
    assert session.get(Quota, "u1").remaining == 7
print(*sys.modules)
"""
NOT_FOR_THE_FIRST_GET = (
    "boto3", "botocore", "msgspec", "pyparsing", "sqlglot", "asyncio", "http.client", "email", "ssl", "logging",
    "random", "urllib.request", "inspect", "dataclasses", "uuid", "sqlite3", "concurrent.futures", "dynexpr.plan",
    "dynexpr.compile", "dynexpr.reading", "dynexpr.cursors", "dynexpr.executing", "dynexpr.orm.unit_of_work",
    "dynexpr.expression.evaluate", "dynexpr.expression.walk", "dynexpr.metering", "contextvars", "datetime",
)  # fmt: skip


@pytest.fixture
def endpoint() -> Iterator[str]:
    """A server that answers one request with an item."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            body = json.dumps({"Item": encode_item({"user": "u1", "remaining": 7})}).encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread.join(5)
    listener.close()


def test_first_get_loads_what_it_needs(endpoint: str) -> None:
    """From the start of a process to its first object: no SDK, no planner, no decoder of pages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {**kept, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_CONFIG_FILE": os.devnull}
    command = [sys.executable, "-c", START, f"dynamodb://us-east-1/?endpoint_url={endpoint}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split()) - set(bare.stdout.split())
    assert not loaded & set(NOT_FOR_THE_FIRST_GET)


class Canned:
    """A transport that costs next to nothing."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer

    def send(self, request: Request, /) -> dict[str, Any]:  # noqa: ARG002 - whatever is asked
        """The same answer each time."""
        return self.answer

    def close(self) -> None:
        """There is nothing to close."""


def canned(answer: dict[str, Any]) -> Engine:
    """An engine that is always answered so."""
    engine = create_engine("local://")
    engine.close()
    engine.transport = Canned(answer)
    return engine


def calls(work: Callable[[], object]) -> int:
    """How many functions of Python are called, the caches being warm."""
    work()
    work()
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


ITEM = encode_item({"user": "u1", "remaining": 7})
PAYMENTS = [
    encode_item({"id": f"p{number}", "timestamp": "2026-01-02T12:00:00.000000Z", "customer_id": "c", "amount": 1})
    for number in range(100)
]


def _get(engine: Engine) -> object:
    with Session(engine) as session:
        return session.get(Quota, "u1")


def _query(engine: Engine) -> object:
    with Session(engine) as session:
        return session.scalars(select(Payment).where(Payment.customer_id == "c")).all()


def _update(engine: Engine) -> object:
    return engine.execute(update(Payment).where(Payment.id == "p", Payment.timestamp == NOW).set(Payment.note, "x"))


def _change(engine: Engine) -> None:
    with Session(engine) as session:
        payments = session.scalars(select(Payment).where(Payment.customer_id == "c")).all()
        for payment in payments:
            payment.amount += 1
        session.commit()


PAGE = {"Items": PAYMENTS, "Count": 100, "ScannedCount": 100}


@pytest.mark.parametrize(
    ("work", "answer", "at_most"),
    [(_get, {"Item": ITEM}, 124), (_query, PAGE, 2200), (_update, {}, 207), (_change, PAGE, 20_000)],
    ids=["get", "query of 100", "update", "change of 100"],
)
def test_calls(work: Callable[[Engine], object], answer: dict[str, Any], at_most: int) -> None:
    """The hot paths call no more functions than they did; a change that calls more has to say why."""
    engine = canned(answer)
    assert calls(lambda: work(engine)) <= at_most
