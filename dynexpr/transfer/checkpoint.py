"""How far did it get?  A small file beside the work, replaced as a whole, so that it is never half written."""

import json
import os
from pathlib import Path
from typing import IO, Any

from dynexpr.errors import ArgumentError


def load(path: Path, about: dict[str, Any]) -> dict[str, Any] | None:
    """What was kept; None where nothing was. Raises ArgumentError where it is about other work than this."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        same = kept["about"] == about
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise ArgumentError(f"{path} is no checkpoint; delete it to begin again") from None
    if not same:
        raise ArgumentError(f"{path} is about other work, {kept['about']}, not {about}; delete it to begin again")
    state: dict[str, Any] = kept["state"]
    return state


def reopened(path: Path, size: int, kept: Path) -> IO[bytes]:
    """A file, cut off after what a checkpoint knows of it, to be written on; refused where it is shorter than that."""
    path.touch()
    if path.stat().st_size < size:
        raise ArgumentError(f"{path} is gone or shorter than {kept} says; delete both to begin again")
    file = path.open("r+b")
    file.truncate(size)
    file.seek(size)
    return file


def written(file: IO[bytes], data: bytes) -> int:
    """Write to a file, for certain: a checkpoint must not know of more than there is. Gives how large that made it."""
    file.write(data)
    file.flush()
    os.fsync(file.fileno())
    return file.tell()


def save(path: Path, about: dict[str, Any], state: dict[str, Any]) -> None:
    """Keep how far it is."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump({"about": about, "state": state}, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
