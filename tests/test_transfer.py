"""Does a table come back from a file as it was, whatever interrupts it, and is what is wrong with a file told?"""

import csv
import io
import json
import sys
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, strategies as st

from dynexpr import create_engine
from dynexpr.cli import main
from dynexpr.cli.progress import Progress, progress
from dynexpr.engine import Engine
from dynexpr.errors import AccessDenied, ArgumentError, TableNotFound
from dynexpr.event import Exchange, listen
from dynexpr.transfer import export_table, import_table
from dynexpr.transfer.lines import dynamodb_line, item_of_line, plain_line
from dynexpr.transfer.table_text import rows_in, write_csv
from dynexpr.wire import Item, decode_item, encode_item
from tests.models import Base
from tests.strategies import items

RICH: Item = {
    "user": {"S": "a"},
    "n": {"N": "12345678901234567890.5"},
    "bytes": {"B": b"\x00\xff"},
    "set": {"SS": ["x", "y"]},
    "numbers": {"NS": ["1", "2.5"]},
    "blobs": {"BS": [b"1", b"2"]},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "list": {"L": [{"N": "1"}, {"M": {"$set": {"L": []}}}, {"S": 'quo"te\n'}]},
    "map": {"M": {"S": {"S": "x"}}},
}
TABLE = "quotas"


def filled(engine: Engine, count: int = 40) -> list[Item]:
    """Put items into the table of quotas, the rich one among them; gives all of them."""
    stored = [RICH, *({"user": {"S": f"u{number}"}, "remaining": {"N": str(number)}} for number in range(count))]
    for item in stored:
        engine.send("PutItem", TableName=engine.settings.table_prefix + TABLE, Item=item)
    return stored


def content(engine: Engine) -> list[Any]:
    """The items of the table, in an order that says nothing."""
    found = engine.send("Scan", TableName=engine.settings.table_prefix + TABLE)["Items"]
    return sorted((canonical(item) for item in found), key=repr)


def canonical(item: Any) -> Any:
    """An item whose sets have an order."""
    return {name: {kind: sorted(value) if kind in {"SS", "NS", "BS"} else value for kind, value in wire.items()}
            for name, wire in item.items()}  # fmt: skip


@pytest.mark.parametrize("shape", ["jsonl", "plain", "csv-json"])
def test_there_and_back(engine: Engine, tmp_path: Path, shape: str) -> None:
    """What is exported as JSON lines of either kind, or as exact CSV, and imported again is what was there."""
    filled(engine)
    before = content(engine)
    told: list[tuple[int, int | None]] = []
    out = tmp_path / "q.jsonl"
    done = export_table(engine, TABLE, out, format=shape, segments=3, on_progress=lambda *each: told.append(each))
    assert (done.items, done.path, told[-1]) == (41, out, (41, None))
    assert done.consumed.read_units > 0
    assert [path.name for path in tmp_path.iterdir()] == ["q.jsonl"]
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    back = import_table(engine, out, TABLE, format=shape)
    assert (back.written, back.rejected, back.rejects) == (41, 0, None)
    assert back.consumed.write_units >= 41
    assert content(engine) == before
    assert [path.name for path in tmp_path.iterdir()] == ["q.jsonl"]


@given(items)
def test_lines(item: Item) -> None:
    """Any item comes back from a line of either kind as it was."""
    same = canonical(encode_item(decode_item(item)))  # its numbers as DynamoDB spells them
    for line in (dynamodb_line(item), plain_line(item)):
        assert "\n" not in line
        json.loads(line)
        assert canonical(encode_item(decode_item(item_of_line(line)))) == same


TEXTS = [
    "", "5", "-0.0", "1e999", "true", "null", "NaN", "Infinity", '"', '"5"', " 5", "[", "{}", "\ufeff", "\ufeffx",
    "a,b", 'a"b', "line\nbreak", "line\r", "'", "\x00", "=1+1", "[" * 10_000, '{"$set":["a"]}', "\u2028", "\t", "x",
]  # fmt: skip


@pytest.mark.parametrize("name", [text for text in TEXTS if text], ids=lambda name: repr(name[:20]))
def test_exact_csv_of_texts(name: str, tmp_path: Path) -> None:
    """A text, and an attribute, of any name comes back from an exact CSV, whatever else it could be read as."""
    stored: list[Item] = [{name: {"S": text}, "other": {"SS": [text or "x"]}} for text in TEXTS]
    stored += [
        {name: {"N": "5"}},
        {name: {"NULL": True}},
        {name: {"BOOL": False}},
        {name: {"M": {}}},
        {"other": {"L": []}},
    ]
    write_csv(lambda: stored, tmp_path / "x.csv", exact=True)
    back = [make() for _, _, make in rows_in(tmp_path / "x.csv", {}, exact=True)]
    assert back == stored


@given(st.lists(items, min_size=1, max_size=5))
def test_exact_csv(given_items: list[Item]) -> None:
    """Any item comes back from an exact CSV as it was."""
    stored = [encode_item(decode_item(item)) for item in given_items if item]
    with TemporaryDirectory() as folder:
        write_csv(lambda: stored, Path(folder) / "x.csv", exact=True)
        back = [make() for _, _, make in rows_in(Path(folder) / "x.csv", {}, exact=True)]
    assert [canonical(item) for item in back] == [canonical(item) for item in stored]


def test_exact_csv_of_others(tmp_path: Path) -> None:
    """A row that can't be read is a matter of its own: others are."""
    (tmp_path / "x.csv").write_text("user,n\na,5\nb," + "[" * 100_000 + '\nc,"{""$set"":[]}"\n"""5""",five\n')
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        done = import_table(engine, tmp_path / "x.csv", TABLE, format="csv-json")
        assert (done.written, done.rejected) == (2, 2)
        assert done.rejects is not None
        assert "nested too deeply" in done.rejects.read_text()
        assert content(engine) == [
            {"user": {"S": "5"}, "n": {"S": "five"}},
            {"user": {"S": "a"}, "n": {"N": "5"}},
        ]


def test_estimated_total(engine: Engine, tmp_path: Path) -> None:
    """An export may ask how many items there were: an estimate, no less than what was read; not asked unasked."""
    filled(engine)
    asked: list[str] = []
    listen(engine, "before_request", lambda exchange: asked.append(exchange.operation))
    told: list[tuple[int, int | None]] = []
    export_table(engine, TABLE, tmp_path / "x", estimate=True, on_progress=lambda *each: told.append(each))
    counted = engine.send("DescribeTable", TableName=engine.settings.table_prefix + TABLE)["Table"]["ItemCount"]
    assert asked.count("DescribeTable") == 2
    assert {total for _, total in told} == {max(counted, 41)}
    asked.clear()
    export_table(engine, TABLE, tmp_path / "y", estimate=True)
    assert set(asked) == {"Scan"}


def test_estimate_that_is_not_allowed(tmp_path: Path) -> None:
    """Where DescribeTable is forbidden, the export goes on without a total."""
    told: list[int | None] = []

    def refuse(exchange: Exchange) -> None:
        if exchange.operation == "DescribeTable":
            raise AccessDenied("no", operation="DescribeTable")

    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        filled(engine)
        listen(engine, "before_request", refuse)
        export_table(engine, TABLE, tmp_path / "x", estimate=True, on_progress=lambda _, total: told.append(total))
    assert set(told) == {None}


BAD_LINES = [
    ("{", "this is no JSON"),
    ("5", "a line is an object"),
    ('{"user": NaN}', "NaN is no number"),
    ('{"user": "a", "n": 1e999}', "n"),
    ('{"user": 5}', "is a key of type S, not N"),
    ('{"other": 5}', "it lacks user of the key"),
    ('{"user": ""}', "can't be empty"),
    ('{"user": "a", "b": {"$binary": "!"}}', "base64"),
    ('{"user": "a", "b": {"$set": 5}}', "$set holds a list"),
    ('{"Item": {"user": {"S": 5}}}', "S holds a str, not"),
    ('{"Item": {"user": {"S": "a"}, "n": {"N": "x"}}}', "is no number"),
    ('{"Item": {"user": {"S": "a"}, "n": {"N": true}}}', "True is no number"),
    ('{"Item": {"user": {"S": "a"}, "n": {"N": "1_0"}}}', "is no number"),
    ('{"Item": {"user": {"S": "a"}, "n": {"NULL": false}}}', "NULL holds true"),
    ('{"Item": {"user": {"S": "\\ud800"}}}', "lone surrogate"),
    ('{"Item": {"user": {"S": "a"}, "n": {"L": [5]}}}', "an object with one type"),
    ('{"user": "' + "x" * 500_000 + '"}', "bytes"),
]


def test_bad_lines(engine: Engine, tmp_path: Path) -> None:
    """A line that is no item is kept with its number and the reason; all others are written."""
    good = [json.dumps({"user": f"g{number}"}) for number in range(len(BAD_LINES))]
    lines = [line for pair in zip(good, (bad for bad, _ in BAD_LINES), strict=True) for line in pair]
    file = tmp_path / "mixed.jsonl"
    file.write_text("\n".join([*lines, "", "  ", ""]))
    done = import_table(engine, file, TABLE)
    assert (done.written, done.rejected) == (len(good), len(BAD_LINES))
    assert len(content(engine)) == len(good)
    assert done.rejects is not None
    kept = [json.loads(line) for line in done.rejects.read_text().splitlines()]
    assert [each["line"] for each in kept] == [2 * number + 2 for number in range(len(BAD_LINES))]
    for each, (line, problem) in zip(kept, BAD_LINES, strict=True):
        assert each["text"] == line
        assert problem in each["error"]


def test_csv(tmp_path: Path) -> None:
    """A CSV has all attributes as columns; cells are imported as texts, or numbers where that is said."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        filled(engine, 2)
        out = tmp_path / "q.csv"
        export_table(engine, TABLE, out, format="csv", segments=1)
        rows = {row["user"]: row for row in csv.DictReader(io.StringIO(out.read_text()))}
        assert rows["a"]["n"] == "12345678901234567890.5"
        assert rows["a"]["set"] == '{"$set":["x","y"]}'
        assert (rows["a"]["remaining"], rows["u1"]["remaining"], rows["u1"]["n"]) == ("", "1", "")
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)
        with out.open("a") as file:
            file.write("too,few\n")
        with pytest.raises(ArgumentError, match="has no column 'remainin'; did you mean 'remaining'"):
            import_table(engine, out, TABLE, format="csv", numbers=["remainin"])
        done = import_table(engine, out, TABLE, numbers=["remaining"])
        assert (done.written, done.rejected) == (3, 1)
        (one,) = [item for item in content(engine) if item["user"] == {"S": "u1"}]
        assert one == {"user": {"S": "u1"}, "remaining": {"N": "1"}}


def test_parquet(tmp_path: Path) -> None:
    """A Parquet file has typed columns; what has a type of its own comes back as it was."""
    pytest.importorskip("pyarrow")
    import importlib

    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        filled(engine, 3)
        engine.send(
            "PutItem", TableName=TABLE, Item={"user": {"S": "big"}, "price": {"N": "1.25"}, "long": {"N": "1E+60"}}
        )
        out = tmp_path / "q.parquet"
        export_table(engine, TABLE, out, format="parquet")
        parquet: Any = importlib.import_module("pyarrow.parquet")
        read = parquet.read_table(out)
        types = {field.name: str(field.type) for field in read.schema}
        assert {name: types[name] for name in ("user", "remaining", "price", "long", "bytes", "yes", "list")} == {
            "user": "string", "remaining": "int64", "price": "decimal128(38, 2)", "long": "string", "bytes": "binary",
            "yes": "bool", "list": "string",
        }  # fmt: skip
        by_user = {row["user"]: row for row in read.to_pylist()}
        assert by_user["big"]["price"] == Decimal("1.25")
        assert by_user["u2"]["remaining"] == 2
        assert by_user["a"]["nothing"] is None
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)
        assert import_table(engine, out, TABLE).written == 5
        (back,) = [item for item in content(engine) if item["user"] == {"S": "u2"}]
        assert back == {"user": {"S": "u2"}, "remaining": {"N": "2"}}


def test_parquet_needs_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyarrow nothing is read, and the extra is named."""
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with create_engine("local://") as engine, pytest.raises(ArgumentError, match=r"pip install 'dynexpr\[parquet\]'"):
        export_table(engine, TABLE, tmp_path / "x", format="parquet")


def test_refused(tmp_path: Path) -> None:
    """What can't be done is refused by name."""
    with create_engine("local://") as engine:
        Base.metadata.create_all(engine)
        out = tmp_path / "x.jsonl"
        for given, problem in ({"format": "xml"}, "not 'xml'"), ({"segments": 0}, "segments is"):
            wrong: Any = given
            with pytest.raises(ArgumentError, match=problem):
                export_table(engine, TABLE, out, **wrong)
        with pytest.raises(TableNotFound):
            export_table(engine, "nowhere", tmp_path / "y")
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(ArgumentError, match="there is no file"):
            import_table(engine, out, TABLE)
        with pytest.raises(ArgumentError, match="there already; name a file"):
            export_table(engine, TABLE, tmp_path)
        out.write_text("{}")
        with pytest.raises(ArgumentError, match=r"there already; name another file, or say overwrite=True"):
            export_table(engine, TABLE, out)
        assert out.read_text() == "{}"
        text: Any = "n"
        with pytest.raises(ArgumentError, match=r"numbers is a list of columns, \['n'\]"):
            import_table(engine, out, TABLE, numbers=text)
        with pytest.raises(ArgumentError, match="format is jsonl, plain, csv"):
            import_table(engine, out, TABLE, format="xml")
        with pytest.raises(TableNotFound):
            import_table(engine, out, "nowhere")
        (tmp_path / "x.jsonl.checkpoint").write_text('{"about": {"export": "other"}, "state": {}}')
        with pytest.raises(ArgumentError, match="is about other work"):
            export_table(engine, TABLE, out, overwrite=True)
        (tmp_path / "x.jsonl.checkpoint").write_text("x")
        with pytest.raises(ArgumentError, match="is no checkpoint"):
            import_table(engine, out, TABLE)


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The commands do the same, say in a line what was done, and fail where lines were rejected."""
    monkeypatch.chdir(tmp_path)
    with create_engine("local:///dev.db") as engine:
        Base.metadata.create_all(engine)
        filled(engine, 5)
    assert main(["export", TABLE, "--engine", "local:///dev.db", "--out", "q.jsonl", "--format", "plain"]) == 0
    assert "6 items in q.jsonl: " in capsys.readouterr().err
    assert main(["export", TABLE, "--engine", "local:///dev.db", "--out", "q.csv", "--format", "csv-json"]) == 0
    assert main(["import", "q.csv", TABLE, "--engine", "local:///dev.db", "--format", "csv-json"]) == 0
    assert "6 items written: " in capsys.readouterr().err
    assert main(["export", TABLE, "--engine", "local:///dev.db", "--out", "q.jsonl", "--overwrite"]) == 0
    assert '{"Item"' in Path("q.jsonl").read_text()
    assert main(["export", TABLE, "--engine", "local:///dev.db", "--out", "no/such/folder"]) == 1
    assert "no/such/folder: there is no folder no/such; make it first" in capsys.readouterr().err
    assert main(["import", "q.jsonl", TABLE, "--engine", "local:///dev.db"]) == 0
    assert "6 items written: 6 write units, $0.00000375" in capsys.readouterr().err
    Path("bad.jsonl").write_text("x\n")
    assert main(["import", "bad.jsonl", TABLE, "--engine", "local:///dev.db"]) == 1
    assert "1 line was rejected; see bad.jsonl.rejected" in capsys.readouterr().err


class Terminal(io.StringIO):
    """A terminal that remembers."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log has a line now and then; a terminal one line that is wiped at the end, or rich's bar."""
    now = [0.0]
    monkeypatch.setattr("dynexpr.cli.progress.time.monotonic", lambda: now[0])

    def work(told: Progress) -> None:
        for step in range(1, 31):
            now[0] += 1
            told(step * 100, 3_000 if step > 20 else None)

    log = io.StringIO()
    with progress("import t", log) as told:
        work(told)
    assert log.getvalue().splitlines() == [
        "import t: 1,000 items, 100 a second",
        "import t: 2,000 items, 100 a second",
        "import t: 3,000 of about 3,000 items (100 %), 100 a second",
    ]
    monkeypatch.setitem(sys.modules, "rich.console", None)
    terminal = Terminal()
    with progress("import t", terminal) as told:
        work(told)
    assert terminal.getvalue().startswith("\rimport t: 100 items")
    assert terminal.getvalue().endswith("\r\x1b[K")
    monkeypatch.undo()
    pytest.importorskip("rich")
    drawn = Terminal()
    with progress("import t", drawn) as told:
        told(5, 10)
    assert "import t" in drawn.getvalue()
