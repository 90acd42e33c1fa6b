"""How far is long work?  A bar on a terminal, a line now and then elsewhere; with rich (extra `cli`) a better bar."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, TextIO

_EVERY: Final = 0.2
"""Seconds between two tellings on a terminal."""
_EVERY_LINE: Final = 10.0
"""Seconds between two lines of a log."""


class Progress:
    """What a library calls with `(done, total)`."""

    def __init__(self, what: str, to: TextIO, *, every: float) -> None:
        self._what = what
        self._to = to
        self._every = every
        self._began = self._told = time.monotonic()
        self.done = 0

    def __call__(self, done: int, total: int | None) -> None:
        """So many are done, of so many, where anybody knows."""
        self.done = done
        now = time.monotonic()
        if now - self._told >= self._every:
            self._told = now
            self.tell(done, total, now - self._began)

    def tell(self, done: int, total: int | None, seconds: float) -> None:
        """Print a line."""
        print(f"{self._what}: {counted(done, total, seconds)}", file=self._to, flush=True)

    def close(self) -> None:
        """Leave nothing behind."""


class _Line(Progress):
    """One line of a terminal, written over again and again."""

    _shown = False

    def tell(self, done: int, total: int | None, seconds: float) -> None:
        print(f"\r{self._what}: {counted(done, total, seconds)}\x1b[K", end="", file=self._to, flush=True)
        self._shown = True

    def close(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=self._to, flush=True)


class _Bar(Progress):
    """rich's."""

    def __init__(self, what: str, to: TextIO, rich: Any) -> None:
        super().__init__(what, to, every=0)
        columns = (
            rich.progress.TextColumn("{task.description}"),
            rich.progress.BarColumn(),
            rich.progress.TextColumn("{task.fields[counted]}"),
        )
        console = rich.console.Console(file=to)
        self._bar = rich.progress.Progress(*columns, console=console, transient=True)
        self._task = self._bar.add_task(what, total=None, counted="")
        self._bar.start()

    def tell(self, done: int, total: int | None, seconds: float) -> None:
        self._bar.update(self._task, completed=done, total=total, counted=counted(done, total, seconds))

    def close(self) -> None:
        self._bar.stop()


def counted(done: int, total: int | None, seconds: float) -> str:
    """How far, and how fast; *total* is what DynamoDB counted some hours ago, and so it is called.

    >>> counted(1200, None, 4.0), counted(50, 200, 0)
    ('1,200 items, 300 a second', '50 of about 200 items (25 %)')
    """
    if total:
        far = f"{done:,} of about {total:,} items ({min(done / total, 1):.0%})".replace("%)", " %)")
    else:
        far = f"{done:,} items"
    return f"{far}, {done / seconds:,.0f} a second" if seconds > 0 else far


@contextmanager
def progress(what: str, to: TextIO | None = None) -> Generator[Progress]:
    """What tells of some work while a block goes on."""
    stream = sys.stderr if to is None else to
    made = _made(what, stream)
    try:
        yield made
    finally:
        made.close()


def _made(what: str, to: TextIO) -> Progress:
    if not to.isatty():
        return Progress(what, to, every=_EVERY_LINE)
    try:
        import_module("rich.console")
        import_module("rich.progress")
    except ImportError:
        return _Line(what, to, every=_EVERY)
    return _Bar(what, to, import_module("rich"))
