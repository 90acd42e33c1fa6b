"""Do the commands say what they found, in the form that was asked for, and tell errors in one line?"""

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from uuid import UUID

import pytest

from dynexpr import create_engine, insert
from dynexpr.cli import COMMANDS, EXITS, main, output
from dynexpr.results import Row

SHOP = '''\
"""The models of the documentation's examples."""

from datetime import datetime
from decimal import Decimal

from dynexpr.orm import DeclarativeBase, GlobalIndex, Mapped, mapped_column


class Base(DeclarativeBase): ...


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[str] = mapped_column(partition_key=True)
    timestamp: Mapped[datetime] = mapped_column(sort_key=True)
    customer_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    amount: Mapped[Decimal]
    note: Mapped[str | None] = mapped_column(default=None)
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    by_customer = GlobalIndex("customer-index", partition_key="customer_id", sort_key="timestamp")
'''
DOCS = Path(__file__).parents[1] / "docs" / "sql.md"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with models, app/models.py, and an engine's file with five payments, dev.db."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "models.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *path])
    import importlib

    importlib.invalidate_caches()
    models = importlib.import_module("app.models")
    with create_engine("local:///dev.db") as engine:
        models.Base.metadata.create_all(engine)
        for number in range(5):
            values = {
                "id": f"p{number}",
                "timestamp": datetime(2026, 1, 1 + number, tzinfo=UTC),
                "customer_id": f"c{number % 2}",
                "amount": Decimal("4.5") * number,
                "tags": {"a", "b"} if number == 3 else set(),
                "note": "long " * 20 if number == 1 else None,
            }
            engine.execute(insert(models.Payment).values(**values))
    yield tmp_path
    for name in ("app.models", "app", "models"):
        sys.modules.pop(name, None)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command prints when all goes well."""
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


READ = ("--models", "app.models", "--engine", "local:///dev.db")


@pytest.mark.usefixtures("shop")
def test_query_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A table has a line of names, one a row, long values cut, and says how many rows there were."""
    query = "SELECT id, amount, note FROM payments WHERE customer_id = 'c1' ORDER BY timestamp DESC"
    lines = said(capsys, "query", query, *READ, "--format", "table").splitlines()
    assert lines[0].split() == ["id", "amount", "note"]
    assert set(lines[1]) == {"-", " "}
    assert lines[2].split() == ["p3", "13.5"]
    assert lines[3].startswith("p1  4.5     long long")
    assert lines[3].endswith("…")
    assert lines[4:] == ["(2 rows)"]
    assert said(capsys, "query", "SELECT * FROM payments WHERE id = 'x'", *READ, "--format", "table") == "(0 rows)\n"


@pytest.mark.usefixtures("shop")
def test_query_as_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON lines, what is printed where no terminal is, hold one item each, with all its attributes."""
    printed = said(capsys, "query", "SELECT * FROM payments WHERE id = :id", *READ, "--param", "id=p3")
    (line,) = printed.splitlines()
    assert json.loads(line) == {
        "id": "p3",
        "timestamp": "2026-01-04T00:00:00+00:00",
        "customer_id": "c1",
        "status": "pending",
        "amount": 13.5,
        "note": None,
        "tags": ["a", "b"],
    }


@pytest.mark.usefixtures("shop")
def test_query_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    """CSV has a column for each attribute, declared or not; what an item lacks is empty."""
    query = "SELECT * FROM payments WHERE customer_id = 'c1' AND amount >= :least"
    printed = said(capsys, "query", query, *READ, "--format", "csv", "--param", "least:=4.5")
    names, *rows = csv.reader(io.StringIO(printed))
    assert names == ["id", "timestamp", "customer_id", "status", "amount", "note", "tags"]
    assert rows[0][-2:] == ["long " * 20, "[]"]
    assert rows[1][-2:] == ["", '["a", "b"]']
    assert said(capsys, "query", "SELECT * FROM payments WHERE id = 'x'", *READ, "--format", "csv") == ""


@pytest.mark.usefixtures("shop")
def test_query_counts_and_scans(capsys: pytest.CaptureFixture[str]) -> None:
    """A whole table is read only where that is allowed; the refusal names the option."""
    count = "SELECT COUNT(*) FROM payments"
    assert main(["query", count, *READ]) == 1
    refused = capsys.readouterr().err
    assert refused.startswith("dynexpr query: ScanRequired: ")
    assert "--allow-scan" in refused
    assert refused.count("\n") == 1
    assert json.loads(said(capsys, "query", count, *READ, "--allow-scan")) == {"count": 5}
    found = said(capsys, "query", "SELECT id FROM payments WHERE amount > 9", *READ, "--allow-scan", "--consistent")
    assert sorted(json.loads(line)["id"] for line in found.splitlines()) == ["p3", "p4"]


@pytest.mark.usefixtures("shop")
def test_progress_is_told_to_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A long read tells a terminal how far it is, on stderr, and at the end what it took."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("dynexpr.cli.query._PATIENCE", -1.0)
    assert main(["query", "SELECT id FROM payments", *READ, "--allow-scan"]) == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 5
    assert "\r3 items, " in printed.err
    assert printed.err.splitlines()[-1].endswith("0.5 read units, $0.0000000625")


@pytest.mark.usefixtures("shop")
def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    """explain says which path is taken, with open parameters too, and what a write would send."""
    query = "SELECT id FROM payments WHERE customer_id = :c AND amount > 10"
    printed = said(capsys, "explain", query, "--models", "app.models")
    assert "Query on payments/customer-index" in printed
    assert "customer_id = :c" in printed
    facts = json.loads(said(capsys, "explain", query, "--models", "app/models.py", "--json"))
    assert facts["operation"] == "Query"
    assert "Query" in said(capsys, "explain", "SELECT COUNT(*) FROM payments WHERE id = 'a'", "--models", "app.models")
    write = "UPDATE payments SET amount = amount + 5 WHERE id = 'p1' AND timestamp = '2026-01-01T00:00:00Z'"
    printed = said(capsys, "explain", write, "--models", "app.models")
    assert "operation     UpdateItem" in printed
    assert '"UpdateExpression": "SET #n0 = #n1 + :v0"' in printed or "SET #n0 = #n0 + :v0" in printed
    opened = said(capsys, "explain", "DELETE FROM payments WHERE id = :id AND timestamp = :t", "--models", "app.models")
    assert opened.splitlines()[1].split() == ["parameters", ":id,", ":t"]
    as_json = said(capsys, "explain", "DELETE FROM payments WHERE id = ?", "--models", "app.models", "--json")
    assert json.loads(as_json)["parameters"] == [":1"]


def test_parse(capsys: pytest.CaptureFixture[str]) -> None:
    """parse prints the tree and the readable form; placeholders that are not given stay as they are."""
    printed = said(capsys, "parse", "attribute_exists(#a.b[0]) AND NOT v IN (:v, :w)")
    assert (
        printed
        == """\
AND
├── attribute_exists
│   └── #a.b[0]
└── NOT
    └── IN
        ├── v
        ├── :v
        └── :w

attribute_exists(#a.b[0]) AND NOT v IN (:v, :w)
"""
    )
    given = ("--names", '{"#a": "status"}', "--values", '{":v": {"S": "paid"}}')
    assert said(capsys, "parse", "#a = :v", *given).endswith('\nstatus = "paid"\n')
    update = said(capsys, "parse", "SET a = a + :n REMOVE b[0]", "--kind", "update")
    assert update.startswith("update\n├── SET\n│   ├── a\n│   └── +\n")
    assert update.endswith("\nSET a = a + :n REMOVE b[0]\n")
    assert said(capsys, "parse", "a, #b", "--kind", "projection").endswith("\na, #b\n")
    key = said(capsys, "parse", "a = :a AND begins_with(b, :b)", "--kind", "key-condition")
    assert key.endswith("\na = :a AND begins_with(b, :b)\n")
    assert said(capsys, "parse", "size(a) < :n", "--kind", "filter").endswith("\nsize(a) < :n\n")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("parse 'a ='", "ExpressionSyntaxError: the expression ends too early, at offset 3\n  a =\n     ^\n"),
        ("parse 'a = :a' --values '{'", "ArgumentError: --values: no JSON"),
        ("parse 'a = :a' --values '[]'", "ArgumentError: --values is a JSON object, not []"),
        ('parse \'a = :a\' --values \'{":b": {"N": "1"}}\'', "PlaceholderError: :b: given, but not used"),
        ("parse 'a = :a' --values '{\":a\": 5}'", "ArgumentError: --values: :a: 5: a value of DynamoDB's JSON is"),
        (
            'parse \'a = :a\' --values \'{":a": {"N": "x"}}\'',
            'ArgumentError: --values: :a: {"N": "x"}: \'x\' is no number',
        ),
        ("parse '#a = b' --names '{\"#a\": 5}'", "ArgumentError: --names: #a: 5 is no attribute's name, a text"),
        ("explain 'SELECT * FROM t' --models nowhere", "--models nowhere: there is no module nowhere, neither in /"),
        ("explain 'SELECT * FROM t' --models app.nowhere", "--models app.nowhere: there is no module app.nowhere"),
        (
            "explain 'SELECT * FROM t' --models nowhere.py",
            "--models nowhere.py: there is no such file, looked for in /",
        ),
        ("explain 'SELECT * FROM t' --models app", "--models app: it has no class on a DeclarativeBase, no Table"),
        ("explain 'SELECT * FROM t' --models ''", "--models '': write a module, app.models, or a file, models.py"),
        ("explain 'SELECT * FROM t' --models ..x", "--models '..x': write a module, app.models, or a file"),
        (
            "explain 'SELECT * FROM t' --models json",
            "ArgumentError: --models json: it has no class on a DeclarativeBase",
        ),
        ("query 'SELECT * FROM' --models app.models --engine local:///dev.db", "SqlError: this is no statement"),
        (
            "query \"SELECT * FROM payments WHERE id = 'a'\" --models app.models --engine local:///typo.db",
            "ArgumentError: --engine local:///typo.db: there is no file typo.db, looked for in /",
        ),
        ("export payments --engine local:///no/typo.db --out x.jsonl", "there is no file no/typo.db, looked for in /"),
        ("import README payments --engine local:///typo.db?table_prefix=x", "there is no file typo.db, looked for"),
        ("export payments --engine local:// --out x.jsonl", "--engine local://: it begins empty, and ends with"),
        ("export nowhere --engine local:///dev.db --out x.jsonl", "TableNotFound: DescribeTable: 'nowhere'"),
        ("export payments --engine local:///dev.db --out no/x.jsonl", "no/x.jsonl: there is no folder no; make it"),
        ("export payments --engine local:///app --out x.jsonl", "InvalidURL: local:///app: the file can't be opened"),
        ("import nowhere.jsonl payments --engine local:///dev.db", "ArgumentError: there is no file nowhere.jsonl"),
        ("import app payments --engine local:///dev.db", "ArgumentError: app is a folder; name a file in it"),
        ("import app/models.py nowhere --engine local:///dev.db", "TableNotFound: DescribeTable: 'nowhere'"),
        ("local --port 0 --path no/such.db", "no/such.db: the file can't be opened as a database ("),
        ("local --port 0 --path app/models.py", "app/models.py is not a database of the embedded engine, nor any"),
        ("demo --engine mysql://", "InvalidURL: 'mysql://'"),
        ("explain 'SELECT * FROM t JOIN u' --models app.models", "SqlError: JOIN: DynamoDB has no joins"),
        ("query 'DELETE FROM payments' --models app.models --engine local://", "ArgumentError: query reads"),
        ("query 'SELECT * FROM payments' --models app.models --engine mysql://", "InvalidURL: "),
        (
            "query 'SELECT * FROM payments WHERE id = :id' --models app.models --engine local://",
            "ArgumentError: :id has no value: give it by --param id=TEXT",
        ),
        ("query 'SELECT * FROM payments' --models app.models --engine local:// --param x", "write NAME=TEXT"),
        ("query 'SELECT * FROM payments' --models app.models --engine local:// --param x=1", "no parameter :x"),
        (
            "query \"SELECT * FROM payments WHERE id = 'a'\" --models app.models --engine local:///dev.db?table_prefix=x",
            "TableNotFound: ",
        ),
    ],
)
def test_errors_are_one_line(command: str, told: str, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error is one line on stderr, with a caret where there is a place to point at, and code 1; no file is made."""
    before = sorted(path.name for path in shop.iterdir() if path.name != "__pycache__")
    arguments = shlex.split(command)
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"dynexpr {arguments[0]}: ")
    assert told in printed.err
    assert printed.err.count("\n") == (3 if printed.err.rstrip().endswith("^") else 1)
    assert sorted(path.name for path in shop.iterdir() if path.name != "__pycache__") == before, "a file was made"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("parse 'SET a = :a'", "an update is read with --kind update"),
        (
            "query 'SELECT * FROM payments WHERE amount > :n' --models app.models --engine local:// --param n=3",
            "--param n=3 gives a text, --param n:=3 does not",
        ),
    ],
)
def test_hints_have_a_line_of_their_own(command: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is easily mistaken is said under the error."""
    assert main(shlex.split(command)) == 1
    assert capsys.readouterr().err.endswith(f"^\n{hint}\n")


@pytest.mark.parametrize(
    "command",
    [
        "",
        "nothing",
        "query",
        "query x --models m",
        "explain x",
        "parse",
        "parse a --kind x",
        "demo --nothing",
        "explain x --models m --nothing",
        "local --port x",
        "local --port 65536",
        "export t --engine local:///dev.db --out x --segments 0",
        "export t --engine local:///dev.db --out x --segments -1",
        "export t --engine local:///dev.db --out x --format xml",
        "import x t --engine local:///dev.db --parallel 101",
        "import x t --engine local:///dev.db --number",
        "--nothing",
    ],
)
def test_wrong_usage(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage is told by argparse, with exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(shlex.split(command))
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert "usage: dynexpr" in told
    asked = command.split(maxsplit=1)[0] if command else ""
    assert not told.startswith("usage: dynexpr [") or asked not in COMMANDS, "the usage of another command is shown"


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command explains itself, with examples where it takes more than an engine."""
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert f"usage: dynexpr {command}" in printed
    assert command == "demo" or "examples:\n  dynexpr" in printed
    assert printed.endswith(EXITS)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert " ".join(COMMANDS[command].split()) in " ".join(capsys.readouterr().out.split())


BROKEN = {
    "missing.py": (
        "import nothing_of_that_name",
        "missing.py, line 1): ModuleNotFoundError: No module named 'nothing_of",
    ),
    "syntax.py": ("x = (", "SyntaxError: '(' was never closed (syntax.py, line 1)"),
    "failing.py": ("\ndef f():\n    return 1 / 0\nf()", "failing.py, line 3): ZeroDivisionError: division by zero"),
    "ending.py": ("import sys\nsys.exit('bye')", "ending.py, line 2): it ends the process"),
    "twice.py": ("raise ValueError('one\\ntwo')", "twice.py, line 1): ValueError: one; two"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_models_that_can_t_be_imported(name: str, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What goes wrong in a module of models is told with its place, in one line; the module is not left behind."""
    text, told = BROKEN[name]
    (shop / name).write_text(text)
    assert main(["explain", "SELECT * FROM payments", "--models", name]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(f"dynexpr explain: ArgumentError: --models {name}: it can't be imported")
    assert told in printed
    assert printed.count("\n") == 1
    assert Path(name).stem not in sys.modules


def test_models_of_files_of_one_name(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file's models are its own, whatever other files and modules are called."""
    modules = set(sys.modules)
    for folder, table in ("one", "firsts"), ("two", "seconds"):
        (shop / folder).mkdir()
        for stem in "models", "json":
            text = SHOP.replace('"payments"', f'"{table}_{stem}"')
            (shop / folder / f"{stem}.py").write_text(text)
    files = [f"--models={folder}/{stem}.py" for folder in ("one", "two") for stem in ("models", "json")]
    for table in "firsts_models", "seconds_models", "firsts_json", "seconds_json":
        assert (
            main(["explain", f"SELECT * FROM {table} WHERE id = 'x' AND timestamp = '2026-01-01T00:00:00Z'", *files])
            == 0
        )
        assert f"GetItem on {table}" in capsys.readouterr().out
    for name in set(sys.modules) - modules:
        if name.startswith(str(shop)):
            del sys.modules[name]


class Color(Enum):
    """A value that is stored as another one."""

    RED = "red"


def test_values_as_json() -> None:
    """Every value a row can hold has a form in JSON, and no number loses a digit."""
    exact = Decimal("0.1234567890123456789")
    values = (
        None, True, 3, Decimal(3), Decimal("2.5"), exact, "x", b"\x00", {3, 1}, [Decimal(1)], {"a": {b"a"}},
        date(2026, 1, 2), UUID(int=5), Color.RED, 10**40,
    )  # fmt: skip
    row = Row(values, tuple(f"a{number}" for number in range(len(values))))
    to = io.StringIO()
    output.write("jsonl", [row], to)
    assert list(json.loads(to.getvalue()).values()) == [
        None, True, 3, 3, 2.5, str(exact), "x", "AA==", [1, 3], [1], {"a": ["YQ=="]},
        "2026-01-02", str(UUID(int=5)), "red", 10**40,
    ]  # fmt: skip


def test_commands_are_loaded_when_asked_for() -> None:
    """The list of commands loads neither a parser of SQL nor one of expressions, and no other command."""
    code = "from dynexpr.cli import main\ntry: main(['--version'])\nfinally: import sys; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout
    assert not {"sqlglot", "pyparsing", "dynexpr.cli.query", "dynexpr.cli.demo", "boto3"} & set(printed.split())


@pytest.mark.usefixtures("shop")
def test_the_documentation_s_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """Each `dynexpr …` command of docs/sql.md works as it stands, on the models that the page shows."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", DOCS.read_text(), re.DOTALL | re.MULTILINE)
    commands = [
        line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.startswith("dynexpr ")
    ]
    assert len(commands) >= 4
    for command in commands:
        assert said(capsys, *shlex.split(command)[1:]), command
