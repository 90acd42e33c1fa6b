"""Is a file read whatever program wrote it, and does each kind of file come back?"""

import json
from pathlib import Path
from typing import Any

import pytest

from dynexpr import Column, ColumnOptions, MetaData, Table, create_engine
from dynexpr.errors import ArgumentError
from dynexpr.transfer import export_table, import_table
from dynexpr.types import Binary, Number, String
from dynexpr.wire import Item
from tests.models import Base
from tests.test_transfer import TABLE, content

FILES: list[tuple[str, bytes, int, list[str]]] = [
    ("mark.jsonl", b'\xef\xbb\xbf{"user":"a"}\r\n\r\n{"user":"b"}\r\n', 2, []),
    ("mark.csv", b"\xef\xbb\xbfuser,note\r\na,1\r\n\r\nb,2\r\n", 2, []),
    ("latin.jsonl", b'{"user":"a"}\n{"user":"\xe9"}\n{"user":"c"}', 2, ["lone surrogate"]),
    ("latin.csv", b"user,note\na,\nb,\xe9\nc,", 2, ["lone surrogate"]),
    ("long.csv", b"user,note\na," + b"x" * 200_000 + b"\nb,", 2, []),
    ("too-long.csv", b"user,note\na," + b"x" * 500_000 + b"\nb,", 1, ["bytes"]),
    ("lines.csv", b'user,note\n"a\nb","x""y"\nc,1,2\n', 1, ["it has 3 cells, and there are 2 columns"]),
    ("nothing.csv", b"", 0, []),
    ("nothing.jsonl", b"", 0, []),
    ("only-names.csv", b"user,note\r\n", 0, []),
]


@pytest.mark.parametrize(("name", "content_", "written", "problems"), FILES, ids=[row[0] for row in FILES])
def test_files(tmp_path: Path, name: str, content_: bytes, written: int, problems: list[str]) -> None:
    """A byte order mark, other line ends and empty lines are no matter; bytes that are no UTF-8 are their line's."""
    file = tmp_path / name
    file.write_bytes(content_)
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        done = import_table(engine, file, TABLE)
        assert (done.written, done.rejected, len(content(engine))) == (written, len(problems), written)
        kept = [] if done.rejects is None else done.rejects.read_text().splitlines()
        for line, problem in zip(kept, problems, strict=True):
            assert problem in json.loads(line)["error"]


@pytest.mark.parametrize(
    ("name", "content_", "problem"),
    [
        ("twice.csv", b"user,user\na,b\n", "the first row names the attributes, each once"),
        ("quote.csv", b'user,note\na,"' + b"x" * 4_000_000, r"line \d+: this is no CSV: field larger"),
        ("no.parquet", b"nothing of the kind", "Parquet"),
    ],
)
def test_no_such_file(tmp_path: Path, name: str, content_: bytes, problem: str) -> None:
    """A file that is none of its kind is refused by name."""
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(content_)
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        with pytest.raises(ArgumentError, match=problem):
            import_table(engine, tmp_path / name, TABLE)


KEYED: list[tuple[Any, list[Item]]] = [
    (Binary, [{"key": {"B": b"\x00{"}, "more": {"B": b"x"}}]),
    (Number, [{"key": {"N": "1" + "0" * 60}}, {"key": {"N": "0.5"}}]),
    (String, []),
]


@pytest.mark.parametrize("shape", ["csv", "parquet"])
@pytest.mark.parametrize(("type_", "stored"), KEYED, ids=["bytes", "wide numbers", "no items"])
def test_keys_come_back(tmp_path: Path, shape: str, type_: Any, stored: list[Item]) -> None:
    """Whatever the key, and be there no item at all: what was written is read."""
    if shape == "parquet":
        pytest.importorskip("pyarrow")
    table = Table("keyed", MetaData(), Column("key", type_(), ColumnOptions(partition_key=True)))
    with create_engine("local://") as engine:
        table.metadata.create_all(engine)
        for item in stored:
            engine.send("PutItem", TableName="keyed", Item=item)
        before = engine.send("Scan", TableName="keyed")["Items"]
        out = tmp_path / f"k.{shape}"
        assert export_table(engine, "keyed", out, format=shape).items == len(stored)
        table.metadata.drop_all(engine)
        table.metadata.create_all(engine)
        assert import_table(engine, out, "keyed")[:2] == (len(stored), 0)
        after = engine.send("Scan", TableName="keyed")["Items"]
        assert [item["key"] for item in after] == [item["key"] for item in before]


def test_doubles_of_parquet(tmp_path: Path) -> None:
    """Doubles, which other programs write, become the numbers they show; one that is none is a matter of its row."""
    arrow: Any = pytest.importorskip("pyarrow")
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    rows = {"user": ["a", "b", "c"], "price": [0.1, float("nan"), 2.0], "all": [[1.5], [], None]}
    file = tmp_path / "other.parquet"
    parquet.write_table(arrow.table(rows), file)
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        done = import_table(engine, file, TABLE)
        assert (done.written, done.rejected) == (2, 1)
        assert content(engine) == [
            {"user": {"S": "a"}, "price": {"N": "0.1"}, "all": {"L": [{"N": "1.5"}]}},
            {"user": {"S": "c"}, "price": {"N": "2"}},
        ]
