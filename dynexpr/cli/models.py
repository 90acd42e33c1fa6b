"""Which models does a command speak of?  Those of the modules named by `--models`."""

import argparse
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from dynexpr.errors import ArgumentError
from dynexpr.tables import MetaData, Table


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take `--models`."""
    parser.add_argument(
        "--models",
        action="append",
        required=True,
        metavar="MODULE",
        help="a module with models, app.models, found from the working directory on, or a file, models.py; repeatable",
    )


def tables_in(names: list[str]) -> list[Table]:
    """The tables of the models in some modules; raises ArgumentError where there is no module, or no table in it."""
    found: dict[int, Table] = {}
    for name in names:
        tables = [table for value in vars(_module(name)).values() for table in _tables(value)]
        if not tables:
            raise ArgumentError(f"{name} has no models: no class on a DeclarativeBase, no Table and no MetaData")
        found |= {id(table): table for table in tables}
    return list(found.values())


def _tables(value: Any) -> list[Table]:
    metadata = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
    if isinstance(value, Table):
        return [value]
    return list(metadata.tables.values()) if isinstance(metadata, MetaData) else []


def _module(name: str) -> ModuleType:
    path = Path(name)
    folder, name = (str(path.parent.resolve()), path.stem) if path.suffix == ".py" else (str(Path.cwd()), name)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    except Exception as error:  # whatever the module does when it is imported
        raise ArgumentError(f"--models {name}: {type(error).__name__}: {error}") from error
