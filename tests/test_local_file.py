"""Is a file safe with several processes, and after the death of any of them at any moment?"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dynexpr import create_engine, get, select
from dynexpr.engine import Engine
from dynexpr.errors import InvalidURL, Throttled
from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, mapped_column

WRITER = """
import os, sys, threading
from dynexpr import create_engine
path, writer, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
engine = create_engine(f"local:///{path}")
log = os.open(f"{path}.{writer}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def told(line):
    os.write(log, f"{line}\\n".encode())

def write(thread):
    number = 0
    while True:
        number += 1
        name = f"{writer}.{thread}.{number}"
        item = {"id": {"S": name}, "n": {"N": str(number)}, "group": {"S": writer}}
        engine.send("PutItem", TableName="things", Item=item)
        told(f"put {name}")
        puts = [{"Put": {"TableName": "things", "Item": {**item, "id": {"S": f"{name}/{side}"}}}} for side in "ab"]
        count = {"TableName": "things", "Key": {"id": {"S": f"count {writer}.{thread}"}},
                 "UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
        engine.send("TransactWriteItems", TransactItems=[*puts, {"Update": count}])
        told(f"pair {name}")

for thread in range(threads):
    threading.Thread(target=write, args=(thread,), daemon=True).start()
threading.Event().wait()
"""
COUNTER = """
import sys
from dynexpr import create_engine
engine = create_engine(f"local:///{sys.argv[1]}")
try:
    engine.send("CreateTable", TableName=f"own{sys.argv[2]}", BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
    for number in range(int(sys.argv[3])):
        engine.send("UpdateItem", TableName="things", Key={"id": {"S": "count"}}, UpdateExpression="ADD n :one",
                    ExpressionAttributeValues={":one": {"N": "1"}})
        found = engine.send("GetItem", TableName="things", Key={"id": {"S": "count"}})
        assert int(found["Item"]["n"]["N"]) > number
finally:
    engine.close()
"""


class Base(DeclarativeBase):
    """The table of these tests."""


class Thing(Base):
    """What writers write."""

    __tablename__ = "things"
    id: Mapped[str] = mapped_column(partition_key=True)
    n: Mapped[int]
    group: Mapped[str]
    by_group = GlobalIndex("group-index", partition_key="group", sort_key="n")


def process(code: str, *arguments: str) -> "subprocess.Popen[str]":
    """A Python of its own."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_several_processes(tmp_path: Path) -> None:
    """Processes that open a new file at once and write at once: nothing is lost, tables of one are seen by all."""
    path = str(tmp_path / "shared.db")
    with create_engine(f"local:///{path}") as engine:
        Base.metadata.create_all(engine)
        others = [process(COUNTER, path, str(number), "30") for number in range(2)]
        for other in others:
            assert other.communicate(timeout=60)[1] == ""
        assert engine.execute(get(Thing, "count")).one()["n"] == 60
        assert engine.send("ListTables")["TableNames"] == ["own0", "own1", "things"]
        engine.send("DeleteTable", TableName="own1")
    with create_engine(f"local:///{path}") as again:
        assert again.send("ListTables")["TableNames"] == ["own0", "things"]


def test_opened_at_once(tmp_path: Path) -> None:
    """A file that is not there yet can be opened by many at once."""
    path = str(tmp_path / "new.db")
    code = (
        "import sys; from dynexpr.local import LocalEngine; engine = LocalEngine(sys.argv[1]);"
        "print(engine.call('ListTables', {})); engine.close()"
    )
    for other in [process(code, path) for _ in range(4)]:
        assert other.communicate(timeout=60) == ("{'TableNames': []}\n", "")


def test_definitions_of_others(tmp_path: Path) -> None:
    """A table that another engine makes anew has its new definition here at the next request."""
    path = tmp_path / "x.db"
    with create_engine(f"local:///{path}") as one, create_engine(f"local:///{path}") as two:
        Base.metadata.create_all(one)
        item = {"id": {"S": "1"}, "n": {"N": "1"}, "group": {"S": "g"}}
        two.send("PutItem", TableName="things", Item=item)
        one.send("DeleteTable", TableName="things")
        one.send(
            "CreateTable",
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "n", "AttributeType": "N"}],
            KeySchema=[{"AttributeName": "n", "KeyType": "HASH"}],
        )
        assert two.send("Scan", TableName="things")["Items"] == []
        two.send("PutItem", TableName="things", Item=item)
        assert one.send("GetItem", TableName="things", Key={"n": {"N": "1"}})["Item"] == item


def survived(engine: Engine, told: list[str]) -> None:
    """Every write that was answered is there, every transaction whole or not at all, and indexes agree."""
    items = {thing.id: thing.n for thing in engine.execute(select(Thing).allow_scan())}
    for line in told:
        kind, _, name = line.partition(" ")
        if kind == "put":
            assert name in items
        elif kind == "pair":
            assert items.keys() >= {f"{name}/a", f"{name}/b"}
    pairs = {name.rpartition("/")[0] for name in items if "/" in name}
    assert all(f"{name}/{side}" in items for name in pairs for side in "ab")
    for name, count in items.items():
        if name.startswith("count "):
            assert count == sum(pair.startswith(name.removeprefix("count ") + ".") for pair in pairs)
    indexed = engine.send("Scan", TableName="things", IndexName="group-index")
    entries = len(indexed["Items"])
    while "LastEvaluatedKey" in indexed:
        start = indexed["LastEvaluatedKey"]
        indexed = engine.send("Scan", TableName="things", IndexName="group-index", ExclusiveStartKey=start)
        entries += len(indexed["Items"])
    assert entries == sum(not name.startswith("count ") for name in items)


@pytest.mark.parametrize(
    "rounds", [2, pytest.param(30, marks=pytest.mark.ci), pytest.param(300, marks=pytest.mark.long)]
)
def test_kill(tmp_path: Path, rounds: int) -> None:
    """Two processes of two threads each write; both are killed at any moment, again and again, on the same file."""
    path = str(tmp_path / "killed.db")
    with create_engine(f"local:///{path}") as engine:
        Base.metadata.create_all(engine)
    chance = random.Random(rounds)
    told = list[str]()
    for round_ in range(rounds):
        names = [f"w{round_}{side}" for side in "xy"]
        writers = [process(WRITER, path, name, "2") for name in names]
        logs = [Path(f"{path}.{name}.log") for name in names]
        while not all(log.exists() and log.stat().st_size for log in logs):
            assert all(writer.poll() is None for writer in writers)
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.15))
        for writer in writers:
            os.kill(writer.pid, signal.SIGKILL)
        for writer, log in zip(writers, logs, strict=True):
            assert writer.communicate(timeout=60) == ("", "")
            told += log.read_text().splitlines()
        with create_engine(f"local:///{path}") as engine:
            survived(engine, told)
    assert len(told) > rounds


def a_folder(path: Path) -> None:
    """A folder where the file should be."""
    path.mkdir()


def a_text(path: Path) -> None:
    """A file of something else."""
    path.write_text("no database, but text enough to be looked at " * 100)


def another_database(path: Path) -> None:
    """A database of another program."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.commit()
    connection.close()


def a_newer_one(path: Path) -> None:
    """A file of a version to come."""
    create_engine(f"local:///{path}").close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("make", [a_folder, a_text, another_database, a_newer_one])
def test_no_database(tmp_path: Path, make: Any) -> None:
    """What is no database of ours is refused, by its path, with what to do, and left as it is."""
    path = tmp_path / "x.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(InvalidURL, match=r"x\.db.*name another") as refused:
        create_engine(f"local:///{path}")
    assert "\n" not in str(refused.value)
    assert before is None or path.read_bytes() == before


def test_nowhere() -> None:
    """A folder that does not exist is no place for a file."""
    with pytest.raises(InvalidURL, match="in a folder that exists"):
        create_engine("local:////nowhere/at/all.db")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everything")
def test_read_only(tmp_path: Path) -> None:
    """A file that may not be written is refused."""
    path = tmp_path / "x.db"
    create_engine(f"local:///{path}").close()
    path.chmod(0o400)
    with pytest.raises(InvalidURL, match="may be written"):
        create_engine(f"local:///{path}")


def test_a_writer_that_hangs(tmp_path: Path) -> None:
    """Where another process holds the file for too long, that is said, as an error that may be tried again."""
    path = tmp_path / "x.db"
    with create_engine(f"local:///{path}", retry=None) as engine:
        Base.metadata.create_all(engine)
        engine.transport.engine._database.store._connection.execute("PRAGMA busy_timeout = 50")  # type: ignore[attr-defined]
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Throttled, match="another process keeps the engine's file to itself: database is locked"):
            engine.send("PutItem", TableName="things", Item={"id": {"S": "1"}})
        assert engine.send("Scan", TableName="things")["Count"] == 0
        other.execute("ROLLBACK")
        other.close()
        engine.send("PutItem", TableName="things", Item={"id": {"S": "1"}})
