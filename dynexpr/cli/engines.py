"""On which engine does a command work?  The one of `--engine`; a file of `local://` has to be there already."""

import argparse
from pathlib import Path

from dynexpr import create_engine
from dynexpr.engine import Engine
from dynexpr.errors import ArgumentError
from dynexpr.urls import file_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take `--engine`."""
    parser.add_argument(
        "--engine",
        required=True,
        metavar="URL",
        help="dynamodb://us-east-1/, dynamodb://us-east-1/?endpoint_url=http://127.0.0.1:8000, or local:///dev.db",
    )


def opened(url: str) -> Engine:
    """The engine of a URL, for a table that exists: a file that is not there is not made."""
    file = file_of(url)
    if file == "":
        raise ArgumentError(f"--engine {url}: it begins empty, and ends with the command; name a file, local:///dev.db")
    if file is not None and not Path(file).exists():
        raise ArgumentError(f"--engine {url}: there is no file {file}, looked for in {Path.cwd()}")
    return create_engine(url)
