"""A file to a table: its items are put by batch writes, 25 a request and several requests at a time.

How far it is stands in `FILE.checkpoint`, by line; lines that are no items, or that DynamoDB refuses, are kept in
`FILE.rejected`, each with its number and the reason, and the rest goes on.
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from dynexpr.bulk.entries import Entry
from dynexpr.capacity import Consumed
from dynexpr.columns import Column, ColumnOptions
from dynexpr.compose import checked_size
from dynexpr.errors import ArgumentError, RequestRefused
from dynexpr.tables import MetaData, Table
from dynexpr.transfer import checkpoint
from dynexpr.transfer.lines import item_of_line
from dynexpr.types import Binary, ColumnType, Number, String
from dynexpr.wire import Item
from dynexpr.writes import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from dynexpr.engine import Engine

FORMATS: Final = ("jsonl", "plain", "csv", "csv-json", "parquet")
Progress = Callable[[int, int | None], object]
_CHUNK: Final = 1_000
"""Lines between two checkpoints; after an interruption so many are written again, which changes nothing."""
_TYPES: Final[dict[str, Callable[[], ColumnType[Any]]]] = {"S": String, "N": Number, "B": Binary}

Source = Iterator[tuple[int, str, Callable[[], Item]]]
"""For each line its number, its text, and what makes an item of it."""


class Imported(NamedTuple):
    """What an import came to."""

    written: int
    rejected: int
    rejects: Path | None
    """The file with the lines that were rejected; None where there are none."""
    consumed: Consumed


def import_table(
    engine: "Engine",
    file: "str | PathLike[str]",
    table: str,
    *,
    format: str | None = None,  # noqa: A002 - what people call it
    parallel: int = 4,
    numbers: "tuple[str, ...] | list[str]" = (),
    on_progress: Progress | None = None,
) -> Imported:
    """`BatchWriteItem` of all items of a file, over whatever is stored under their keys. No transaction.

    *table* exists, and is named without the engine's prefix; its key is asked for by `DescribeTable`. *format* is
    `jsonl` or `plain` (DynamoDB's JSON and plain JSON, line by line either), `csv`, `csv-json` or `parquet`; left out,
    the name says it, but for `csv-json`. Cells of a CSV are texts; *numbers* says which columns are not, and the table
    which keys are not. An empty one is absent. Doubles of a Parquet file are the shortest numbers that mean them.

    After an interruption the same call goes on where it was. `on_progress(done, total)` is called on the way; total is
    None. Raises ArgumentError for a format there is not, or a checkpoint of other work; TableNotFound; and what ends a
    batch write (Throttled, TransportError), after which the call can be repeated.
    """
    path = Path(file)
    shape = format or {".csv": "csv", ".parquet": "parquet"}.get(path.suffix, "jsonl")
    if shape not in FORMATS:
        raise ArgumentError(f"format is {', '.join(FORMATS)}, not {format!r}")
    if isinstance(numbers, str):
        raise ArgumentError(f"numbers is a list of columns, [{numbers!r}]")
    if path.is_dir():
        raise ArgumentError(f"{path} is a folder; name a file in it")
    if not path.exists():
        raise ArgumentError(f"there is no file {path}")
    target = _described(engine, table)
    kinds = dict.fromkeys(numbers, "N") | {column.name: str(column.type.kind) for column in target.key_columns}
    work = _Import(engine, target, path, parallel, {"format": shape, "numbers": sorted(numbers)})
    with contextlib.closing(_source(path, shape, kinds, numbers)) as source:
        work.write(source, on_progress)
    with contextlib.suppress(FileNotFoundError):
        work.kept.unlink()
    return Imported(work.written, work.rejected, work.rejects if work.rejected else None, work.consumed)


def _described(engine: "Engine", name: str) -> Table:
    """The table, as far as its key goes."""
    about = engine.send("DescribeTable", TableName=engine.settings.table_prefix + name)["Table"]
    kinds = {each["AttributeName"]: each["AttributeType"] for each in about["AttributeDefinitions"]}
    columns = [
        Column(
            each["AttributeName"],
            _TYPES[kinds[each["AttributeName"]]](),
            ColumnOptions(partition_key=each["KeyType"] == "HASH", sort_key=each["KeyType"] == "RANGE"),
        )
        for each in about["KeySchema"]
    ]
    return Table(name, MetaData(), *columns)


def _source(path: Path, shape: str, kinds: "Mapping[str, str]", numbers: Iterable[str]) -> Any:
    if shape in {"csv", "csv-json"}:
        from dynexpr.transfer.table_text import rows_in

        return rows_in(path, dict(kinds), numbers=numbers, exact=shape == "csv-json")
    if shape == "parquet":
        from dynexpr.transfer import parquet

        return parquet.rows_in(path, kinds)
    return _lines_in(path)


def _lines_in(path: Path) -> Source:
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line.rstrip("\n"), _line_maker(line)


def _line_maker(line: str) -> Callable[[], Item]:
    return lambda: item_of_line(line)


class _Import:
    """An import on its way."""

    def __init__(self, engine: "Engine", table: Table, path: Path, parallel: int, how: dict[str, Any]) -> None:
        self.kept = path.with_name(path.name + ".checkpoint")
        self.rejects = path.with_name(path.name + ".rejected")
        self.consumed = Consumed()
        self._engine = engine
        self._table = table
        self._parallel = parallel
        file = path.stat()
        self._about = {"import": engine.settings.name(table), "to": engine.url, **how, "bytes": file.st_size,
                       "modified": file.st_mtime_ns}  # fmt: skip
        state = checkpoint.load(self.kept, self._about) or {"line": 0, "written": 0, "rejected": 0, "rejects": 0}
        self._line: int = state["line"]
        self.written: int = state["written"]
        self.rejected: int = state["rejected"]
        self._rejects_size: int = state["rejects"]

    def write(self, source: Source, on_progress: Progress | None) -> None:
        """Write what is left."""
        rest = (each for each in source if each[0] > self._line)
        with checkpoint.reopened(self.rejects, self._rejects_size, self.kept) as rejects:
            while chunk := list(islice(rest, _CHUNK)):
                self._write_chunk(chunk, rejects)
                self._line = chunk[-1][0]
                state = {"line": self._line, "written": self.written, "rejected": self.rejected}
                checkpoint.save(self.kept, self._about, {**state, "rejects": rejects.tell()})
                if on_progress is not None:
                    on_progress(self.written + self.rejected, None)
        if not self.rejected:
            self.rejects.unlink()

    def _write_chunk(self, chunk: list[tuple[int, str, Callable[[], Item]]], rejects: IO[bytes]) -> None:
        bad: list[tuple[int, str, Exception]] = []

        def on_error(subjects: list[Any], error: Exception) -> None:
            if not isinstance(error, RequestRefused | ArgumentError):
                raise error
            bad.extend((*subject, error) for subject in subjects)

        with self._engine.bulk(parallel=self._parallel, on_error=on_error) as writer:
            for number, line, make in chunk:
                try:
                    entry = self._entry((number, line), make())
                except (ArgumentError, TypeError, ValueError) as refused:
                    bad.append((number, line, refused))
                else:
                    writer.add(entry)
        self.consumed.add(writer.result.consumed)
        self.written += len(chunk) - len(bad)
        self.rejected += len(bad)
        bad.sort(key=lambda each: each[0])
        reasons = [{"line": number, "error": str(error), "text": line} for number, line, error in bad]
        checkpoint.written(rejects, "".join(f"{json.dumps(each)}\n" for each in reasons).encode())

    def _entry(self, subject: tuple[int, str], item: Item) -> Entry:
        table = self._table
        missing = [name for name in table.key_names if name not in item]
        if missing:
            raise ArgumentError(f"it lacks {' and '.join(missing)} of the key")
        key = key_of(table, item)
        size = checked_size(table, key, item)
        return Entry(
            "put", subject, table, self._engine.settings.name(table), key, {"PutRequest": {"Item": item}}, size
        )
