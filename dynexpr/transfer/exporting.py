"""A table to a file: a parallel scan whose pages are written as they come, and that goes on after an interruption.

What is read stands in `FILE.part`, and how far each segment is in `FILE.checkpoint`; at the end the part becomes the
file, translated where that is no DynamoDB JSON.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dynexpr import limits
from dynexpr.capacity import Consumed
from dynexpr.errors import AccessDenied, ArgumentError
from dynexpr.transfer import checkpoint
from dynexpr.transfer.lines import dynamodb_line, item_of_line, plain_line
from dynexpr.wire import Item

if TYPE_CHECKING:
    from os import PathLike

    from dynexpr.engine import Engine

FORMATS: Final = ("jsonl", "plain", "csv", "csv-json", "parquet")
Progress = Callable[[int, int | None], object]
_PARALLEL: Final = 16
"""Segments that are read at the same time, at most."""


class Exported(NamedTuple):
    """What an export came to."""

    items: int
    path: Path
    consumed: Consumed
    """Of this run; what an interrupted one consumed is not in it."""


def export_table(
    engine: "Engine",
    table: str,
    out: "str | PathLike[str]",
    *,
    format: str = "jsonl",  # noqa: A002 - what people call it
    segments: int = 4,
    consistent_read: bool = False,
    overwrite: bool = False,
    on_progress: Progress | None = None,
    estimate: bool = False,
) -> Exported:
    """`Scan` of a whole table in so many segments at the same time, into a file: every item is read, and paid for.

    *table* is the name without the engine's prefix. `jsonl` is DynamoDB's JSON, an item a line, as its own exports
    have it; `plain` is plain JSON that comes back as it was; `csv` and `parquet` (pyarrow, the extra `parquet`) are for
    other programs, and tell less; `csv-json` is a CSV that comes back as it was. A scan is no moment in time: what is
    written meanwhile may be in it or not.

    A file that is there is refused before anything is read, unless *overwrite* says that it may be replaced. After an
    interruption the same call goes on where it was. `on_progress(done, total)` is called after each page; *total* is
    None unless `estimate=True` asks DescribeTable, which counts every six hours, how many items the table has.

    Raises ArgumentError for a format there is not, a file that is there, or a checkpoint of other work; TableNotFound.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan
    """
    if format not in FORMATS:
        raise ArgumentError(f"format is {', '.join(FORMATS)}, not {format!r}")
    if isinstance(segments, bool) or not isinstance(segments, int) or not 1 <= segments <= limits.SEGMENTS:
        raise ArgumentError(f"segments is a whole number from 1 to {limits.SEGMENTS}, not {segments!r}")
    if format == "parquet":
        from dynexpr.transfer.parquet import needs_pyarrow

        needs_pyarrow()
    path = Path(out)
    if path.is_dir() or (path.exists() and not overwrite):
        hint = "name a file" if path.is_dir() else "name another file, or say overwrite=True (--overwrite)"
        raise ArgumentError(f"{path} is there already; {hint}")
    if not path.parent.is_dir():
        raise ArgumentError(f"{path}: there is no folder {path.parent}; make it first")
    scan = _Scan(engine, table, path, segments, consistent_read=consistent_read)
    try:
        scan.read(on_progress, estimate=estimate)
    finally:
        if not scan.kept.exists():
            scan.part.unlink(missing_ok=True)  # nothing was read
    whole = _translated(scan.part, path, format)
    whole.replace(path)
    for done_with in (scan.kept, scan.part):  # in this order: a part alone is begun again
        done_with.unlink(missing_ok=True)
    return Exported(scan.items, path, scan.consumed)


class _Scan:
    """A scan on its way into the part file."""

    def __init__(self, engine: "Engine", table: str, path: Path, segments: int, *, consistent_read: bool) -> None:
        self.part = path.with_name(path.name + ".part")
        self.kept = path.with_name(path.name + ".checkpoint")
        self.consumed = Consumed()
        self._engine = engine
        name = engine.settings.table_prefix + table
        self._about = {"export": name, "from": engine.url, "segments": segments}
        self._params: dict[str, Any] = {"TableName": name, "ReturnConsumedCapacity": "INDEXES"}
        if consistent_read:
            self._params["ConsistentRead"] = True
        state = checkpoint.load(self.kept, self._about)
        self.items: int = 0 if state is None else state["items"]
        self._size: int = 0 if state is None else state["size"]
        # For each segment the line of its last key; "" before its first page, None at its end.
        self._places: list[str | None] = [""] * segments if state is None else state["places"]
        self._segments = segments

    def read(self, on_progress: Progress | None, *, estimate: bool) -> None:
        """Read what is left."""
        total = self._count() if estimate and on_progress is not None else None
        with (
            checkpoint.reopened(self.part, self._size, self.kept) as file,
            ThreadPoolExecutor(min(self._segments, _PARALLEL)) as threads,
        ):
            waiting = [number for number, place in enumerate(self._places) if place is not None]
            running: dict[Future[Any], int] = {}
            try:
                while waiting or running:
                    while waiting and len(running) < _PARALLEL:
                        number = waiting.pop(0)
                        running[threads.submit(copy_context().run, self._page, number)] = number
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        number = running.pop(future)
                        self._write(file, number, future.result())
                        if self._places[number] is not None:
                            waiting.append(number)
                    if on_progress is not None:
                        # The count is some hours old; no more can be read than there is.
                        on_progress(self.items, None if total is None else max(total, self.items))
            finally:
                for future in running:
                    future.cancel()

    def _count(self) -> int | None:
        """How many items there were some hours ago; None where that may not be asked, or was never counted."""
        try:
            about = self._engine.send("DescribeTable", TableName=self._params["TableName"])["Table"]
        except AccessDenied:
            return None
        return about.get("ItemCount") or None

    def _page(self, number: int) -> dict[str, Any]:
        params = self._params | {"Segment": number, "TotalSegments": self._segments}
        place = self._places[number]
        if place:
            params["ExclusiveStartKey"] = item_of_line(place)
        return self._engine.send("Scan", **params)

    def _write(self, file: Any, number: int, answer: dict[str, Any]) -> None:
        self.consumed.count("Scan", answer)
        lines = "".join(f"{dynamodb_line(item)}\n" for item in answer["Items"])
        self._size = checkpoint.written(file, lines.encode())
        last = answer.get("LastEvaluatedKey") or None
        self._places[number] = None if last is None else dynamodb_line(last)
        self.items += len(answer["Items"])
        checkpoint.save(self.kept, self._about, {"items": self.items, "size": self._size, "places": self._places})


def _translated(part: Path, path: Path, shape: str) -> Path:
    """What was read in the form that is asked for, beside the file it becomes: never half of it under its name."""
    if shape == "jsonl":
        return part
    made = path.with_name(path.name + ".new")
    if shape == "parquet":
        from dynexpr.transfer.parquet import write_parquet

        write_parquet(lambda: items_in(part), made)
    elif shape in {"csv", "csv-json"}:
        from dynexpr.transfer.table_text import write_csv

        write_csv(lambda: items_in(part), made, exact=shape == "csv-json")
    else:
        with made.open("w", encoding="utf-8") as file:
            file.writelines(f"{plain_line(item)}\n" for item in items_in(part))
    return made


def items_in(path: Path) -> Iterator[Item]:
    """The items of a file of lines."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield item_of_line(line)
