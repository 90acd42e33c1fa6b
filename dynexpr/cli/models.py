"""Which models does a command speak of?  Those of the modules named by `--models`."""

import argparse
import importlib
import importlib.util
import sys
import traceback
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
            raise ArgumentError(f"--models {name}: it has no class on a DeclarativeBase, no Table, no MetaData")
        found |= {id(table): table for table in tables}
    return list(found.values())


def _tables(value: Any) -> list[Table]:
    metadata = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
    if isinstance(value, Table):
        return [value]
    return list(metadata.tables.values()) if isinstance(metadata, MetaData) else []


def _module(name: str) -> ModuleType:
    path = Path(name)
    is_file = path.suffix == ".py"
    if is_file and not path.is_file():
        raise ArgumentError(f"--models {name}: there is no such file, looked for in {Path.cwd()}")
    if not is_file and not all(part.isidentifier() for part in name.split(".")):
        raise ArgumentError(f"--models {name!r}: write a module, app.models, or a file, models.py")
    folder = str(path.parent.resolve() if is_file else Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return _of_file(path.resolve()) if is_file else importlib.import_module(name)
    except (Exception, SystemExit) as error:  # whatever the module does when it is imported
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise ArgumentError(
                f"--models {name}: there is no module {error.name}, neither in {folder} nor installed"
            ) from None
        raise ArgumentError(f"--models {name}: it can't be imported{_place(error)}: {_told(error)}") from error


def _of_file(path: Path) -> ModuleType:
    """The module of a file, whatever other modules are called."""
    known = sys.modules.get(path.stem)
    if known is not None and path == Path(getattr(known, "__file__", None) or "").resolve():
        return known
    name = path.stem if known is None else str(path)
    spec: Any = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # annotations are looked up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _place(error: BaseException) -> str:
    """Which line of whose file raised it."""
    lines = [
        (frame.f_code.co_filename, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.startswith("<frozen ")
    ]
    if isinstance(error, SyntaxError) or lines[-1][0] in {__file__, importlib.__file__}:
        return ""  # it says it itself
    return f" ({lines[-1][0]}, line {lines[-1][1]})"


def _told(error: BaseException) -> str:
    return "it ends the process" if isinstance(error, SystemExit) else f"{type(error).__name__}: {error}"
