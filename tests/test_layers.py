"""Do imports follow the way of the data, and does importing dynexpr stay cheap?"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "dynexpr"

LAYERS = (
    (
        "errors",
        "limits",
        "logs",
        "clock",
        "operations",
        "partiql_table",
        "retry",
        "hiding",
        "unset",
        "table_names",
        "arguments",
        "engine_names",
    ),
    ("wire", "sizes"),
    ("types",),
    ("allowed",),
    ("expression",),
    ("columns", "attributes", "indexes", "tables"),
    ("storing",),
    ("compile",),
    ("statements",),
    ("prices",),
    ("plan",),
    ("writes",),
    ("update_refusals",),
    ("requests",),
    ("compose",),
    ("partiql",),
    ("answers", "capacity", "metering", "usage"),
    ("flows",),
    ("reading",),
    ("counting", "expecting"),
    ("cursors",),
    ("results",),
    ("grouping",),
    ("transports",),
    ("urls",),
    ("executing", "event", "bulk"),
    ("crew", "rate"),
    ("estimates",),
    ("core",),
    ("driving", "awaiting"),
    ("engine", "otel"),
    ("aio",),
    ("orm",),
    ("schema",),
    ("interfaces",),
    ("frontends",),
    ("local",),
    ("transfer",),
    ("testing",),
    ("cli",),
)
"""Top to bottom: a module imports its own layer and those above it."""
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

LOOKING_DOWN = {
    ("expression.nodes", "compile"): "condition.compile(), update.compile(), projection.compile()",
    ("tables", "engine"): "types of metadata.create_all(engine)",
    ("tables", "schema"): "metadata.create_all(engine)",
    ("statements.base", "requests"): "types of statement.compile()",
    ("statements.base", "compose"): "statement.compile()",
    ("statements.base", "partiql"): "statement.compile('partiql')",
    ("statements.base", "estimates"): "statement.estimate()",
    ("sizes", "orm"): "size_of(obj)",
    ("statements.select", "plan"): "select.explain()",
    ("bulk.entries", "orm"): "engine.bulk_put(objects), writer.delete(obj)",
    ("transports.embedded", "local"): "opens local:// when it is asked for",
    ("errors", "expression"): "types of ExpressionError.node",
    ("errors", "capacity"): "types of BudgetExceeded.consumed",
}
"""What a method does for the user's sake: (module, layer it looks down to), imported inside the function."""

HEAVY = (
    "boto3", "botocore", "sqlglot", "pyparsing", "asyncio", "sqlite3", "http.server", "http.client", "dataclasses",
    "inspect", "typing_extensions", "msgspec", "logging", "json", "ssl", "uuid", "email",
)  # fmt: skip


def modules() -> list[tuple[str, Path]]:
    """All modules of the package, by dotted name without `dynexpr.`."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        if name and name != "__main__":
            found.append((name, path))
    return found


def imports(path: Path) -> list[tuple[str, bool]]:
    """The layers a module imports, each with whether the import stands at module level (outside TYPE_CHECKING)."""
    found: list[tuple[str, bool]] = []

    def visit(node: ast.AST, eager: bool) -> None:
        for child in ast.iter_child_nodes(node):
            inner = eager and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                inner = False
            names: list[str] = []
            if isinstance(child, ast.ImportFrom) and child.module and child.level == 0:
                names = (
                    [child.module] if child.module != "dynexpr" else [f"dynexpr.{each.name}" for each in child.names]
                )
            elif isinstance(child, ast.Import):
                names = [each.name for each in child.names]
            found.extend((name.split(".")[1], inner) for name in names if name.startswith("dynexpr."))
            visit(child, inner)

    visit(ast.parse(path.read_text()), eager=True)
    return found


@pytest.mark.parametrize(("name", "path"), modules(), ids=lambda each: each if isinstance(each, str) else "")
def test_imports_go_up(name: str, path: Path) -> None:
    """A module imports from its own layer and those above; the few that look down do so in a listed method."""
    layer = name.split(".", maxsplit=1)[0]
    for target, eager in imports(path):
        if target not in RANK:  # a public name of the package itself, as the command uses it
            assert layer in {"cli", "testing"}, f"{name} imports dynexpr.{target}"
        elif RANK[target] > RANK[layer]:
            assert (name, target) in LOOKING_DOWN, f"{name} looks down to {target}: move it, or list why it must"
            assert not eager, f"{name} imports {target} at module level"


def test_every_exception_is_needed() -> None:
    """A listed exception that no module makes use of is taken out of the list."""
    made = {(name, target) for name, path in modules() for target, _ in imports(path)}
    assert set(LOOKING_DOWN) <= made


def loaded_by(statement: str) -> set[str]:
    """The modules a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    command = [sys.executable, "-c", code]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import dynexpr",
        "import dynexpr.orm",
        "from dynexpr import *",
        "from dynexpr.orm import *",
        "from dynexpr import create_engine, select, attr, insert; from dynexpr.orm import Session, DeclarativeBase",
    ],
)
def test_importing_is_cheap(statement: str) -> None:
    """Importing dynexpr, or any public name, loads nothing that only one feature needs."""
    heavy = loaded_by(statement) & set(HEAVY) - loaded_by("pass")
    assert not heavy


def test_public_names() -> None:
    """`__all__` is sorted, every name in it can be had, and none of them is called like a subpackage."""
    import dynexpr

    assert sorted(dynexpr.__all__) == dynexpr.__all__
    assert set(dynexpr.__all__) <= set(dir(dynexpr))
    assert not set(dynexpr.__all__) & {path.name for path in PACKAGE.iterdir()}
    for name in dynexpr.__all__:
        assert getattr(dynexpr, name) is not None
