"""Does an export or import go on where it was interrupted, and only there?"""

import json
from pathlib import Path
from typing import Any

import pytest

from dynexpr import create_engine
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError, ServiceUnavailable
from dynexpr.requests import Request
from dynexpr.transfer import export_table, import_table
from dynexpr.transfer.lines import item_of_line
from tests.models import Base
from tests.test_transfer import TABLE, content, filled


class Failing:
    """A transport that fails after so many requests of an operation."""

    def __init__(self, inner: Any, operation: str, after: int) -> None:
        self.inner = inner
        self.operation = operation
        self.left = after

    def send(self, request: Request, /) -> Any:
        """Pass it on, while it lasts."""
        if request.operation == self.operation:
            self.left -= 1
            if self.left < 0:
                raise ServiceUnavailable("down for now", code="InternalServerError")
        return self.inner.send(request)

    def close(self) -> None:
        """The inner one is closed by its owner."""


@pytest.mark.parametrize("after", range(9))
def test_export_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Interrupted after any page, the next call reads what is left, and nothing twice."""
    with create_engine("local://", retry=None) as engine:
        Base.metadata.create_all(engine)
        stored = filled(engine)
        _small_pages(monkeypatch, engine)
        out = tmp_path / "q.jsonl"
        inner = engine.transport
        engine.transport = Failing(inner, "Scan", after)
        with pytest.raises(ServiceUnavailable):
            export_table(engine, TABLE, out, segments=2)
        assert not out.exists()
        with (tmp_path / "q.jsonl.part").open("a") as file:
            file.write("half a li")  # written after the last checkpoint
        engine.transport = inner
        with engine.capacity() as used:
            assert export_table(engine, TABLE, out, segments=2).items == len(stored)
        assert used.requests <= 12 - after + 2
        assert sorted(map(repr, map(item_of_line, out.read_text().splitlines()))) == sorted(map(repr, stored))
        engine.transport = inner


def _small_pages(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    send = engine.send
    monkeypatch.setattr(engine, "send", lambda operation, **params: send(
        operation, **params | ({"Limit": 5} if operation == "Scan" else {})))  # fmt: skip


def test_import_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted, the next call begins at the last checkpoint; counts and rejects are those of the whole."""
    monkeypatch.setattr("dynexpr.transfer.importing._CHUNK", 50)
    lines = [json.dumps({"user": f"u{number}"}) if number % 10 else "broken" for number in range(200)]
    file = tmp_path / "in.jsonl"
    file.write_text("\n".join(lines))
    with create_engine("local://", retry=None) as engine:
        Base.metadata.create_all(engine)
        inner = engine.transport
        engine.transport = Failing(inner, "BatchWriteItem", 5)
        with pytest.raises(ServiceUnavailable):
            import_table(engine, file, TABLE)
        engine.transport = inner
        with engine.capacity() as used:
            done = import_table(engine, file, TABLE)
        assert (done.written, done.rejected) == (180, 20)
        assert used.by_operation["BatchWriteItem"].requests <= 6
        assert len(content(engine)) == 180
        assert done.rejects is not None
        assert len(done.rejects.read_text().splitlines()) == 20


def stop(_done: int, _total: int | None) -> None:
    """What a user does who has enough."""
    raise KeyboardInterrupt


def interrupted(engine: Engine, out: Path, **how: Any) -> None:
    """Begin an export, which ends after its first page."""
    with pytest.raises(KeyboardInterrupt):
        export_table(engine, TABLE, out, on_progress=stop, **how)


def test_part_gone(tmp_path: Path) -> None:
    """A checkpoint whose part is gone is refused: what it knows of would be missing in the file."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        filled(engine)
        out = tmp_path / "q.jsonl"
        interrupted(engine, out, segments=2)
        (tmp_path / "q.jsonl.part").unlink()
        with pytest.raises(ArgumentError, match=r"q\.jsonl\.part is gone or shorter than .* delete both"):
            export_table(engine, TABLE, out, segments=2)


def test_not_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted while it is translated, there is no file yet; the next call reads nothing more, and makes it."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        filled(engine)
        out = tmp_path / "q.csv"
        with monkeypatch.context() as patched:
            patched.setattr("dynexpr.transfer.table_text.cell", lambda _wire: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                export_table(engine, TABLE, out, format="csv")
        assert not out.exists()
        with engine.capacity() as used:
            assert export_table(engine, TABLE, out, format="csv").items == 41
        assert used.requests == 0
        assert [path.name for path in tmp_path.iterdir()] == ["q.csv"]


def test_checkpoint_of_another_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was begun with one database is not gone on with by another, where the table has the same name."""
    engines = [create_engine(f"local:///{tmp_path}/{name}.db") for name in ("dev", "live")]
    for engine in engines:
        Base.metadata.create_all(engine)
        filled(engine)
    out = tmp_path / "q.jsonl"
    interrupted(engines[0], out)
    with pytest.raises(ArgumentError, match="is about other work"):
        export_table(engines[1], TABLE, out)
    export_table(engines[0], TABLE, out)
    monkeypatch.setattr("dynexpr.transfer.importing._CHUNK", 10)
    with pytest.raises(KeyboardInterrupt):
        import_table(engines[0], out, TABLE, on_progress=stop)
    for engine, how in ((engines[1], {}), (engines[0], {"numbers": ["x"]}), (engines[0], {"format": "csv"})):
        given: Any = how
        with pytest.raises(ArgumentError, match="is about other work"):
            import_table(engine, out, TABLE, **given)
    out.write_text(out.read_text().replace("u1", "u9"))  # as long as before
    with pytest.raises(ArgumentError, match="is about other work"):
        import_table(engines[0], out, TABLE)
    for engine in engines:
        engine.close()
