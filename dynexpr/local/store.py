"""Where does the embedded engine keep items?  In SQLite, in one table whose primary key sorts as DynamoDB does.

A *space* is a DynamoDB table or one of its indexes; all of them share the table `item`, each under its own number, so
an index is read exactly as a table is. Transactions are SQLite's. In memory, one connection serves all threads under
a lock; a file may in addition be open in other processes, which SQLite's own locks keep apart.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Final

from dynexpr.errors import ArgumentError

_FORMAT: Final = 1
_APPLICATION: Final = 0x64796E78  # "dynx", in the file's header
_WAIT_SECONDS: Final = 30  # for another process that is writing

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS item (
    space INTEGER NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL, v BLOB NOT NULL,
    PRIMARY KEY (space, pk, sk)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS definition (name TEXT PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS token (
    token TEXT PRIMARY KEY, digest BLOB NOT NULL, expires REAL NOT NULL, v BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
"""

Row = tuple[bytes, bytes, int, bytes]
"""Partition key, sort key, size by DynamoDB's rules, encoded item."""

_FIND: Final = "SELECT v, size FROM item WHERE space = ? AND pk = ? AND sk = ?"
_PUT: Final = "REPLACE INTO item (space, pk, sk, size, v) VALUES (?, ?, ?, ?, ?)"
_DELETE: Final = "DELETE FROM item WHERE space = ? AND pk = ? AND sk = ?"
_ROWS: Final = "SELECT pk, sk, size, v FROM item WHERE space = ?"


class CannotOpen(ArgumentError):
    """A path where no file can be, or a file that can't be read, or that another process keeps locked."""


class NotADatabase(CannotOpen):
    """A file that another program wrote, or a newer version of this one."""


def cannot_open(path: object, error: sqlite3.Error) -> CannotOpen:
    """What to raise for a file that SQLite does not open, or not read."""
    return CannotOpen(
        f"{path}: the file can't be opened as a database ({error}); name another one, in a folder that exists "
        "and may be written"
    )


class Connection(sqlite3.Connection):
    """Closes itself when nobody has it any more; nothing is lost, so nobody is warned, as by Python 3.13."""

    def __del__(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # of one that could not be opened
            self.close()


class Store:
    """The items, in memory or in a file."""

    def __init__(self, path: str | None) -> None:
        self.shared: Final = path is not None
        """Whether other processes may write too."""
        try:
            self._connection = self._open(path)
        except sqlite3.OperationalError as error:
            # No such directory, no permission, another process that writes for longer than we wait.
            raise cannot_open(path, error) from error
        except sqlite3.DatabaseError as error:
            raise NotADatabase(
                f"{path} is not a database of the embedded engine, nor any SQLite database ({error}); name another file"
            ) from error
        self._lock = threading.RLock()
        self._execute = self._connection.execute
        self._reading: list[sqlite3.Cursor] = []
        self.write = Transaction(self._connection, self._lock, "BEGIN IMMEDIATE", self._reading)
        """`with store.write:` all changes inside take effect together, or none does."""
        # Under the lock nobody else changes a database in memory, so reading it needs no transaction of SQLite's.
        self.read = Transaction(self._connection, self._lock, "BEGIN" if self.shared else "", self._reading)
        """`with store.read:` everything inside sees one state."""

    def _open(self, path: str | None) -> sqlite3.Connection:
        connection = sqlite3.connect(
            path if path is not None else ":memory:",
            timeout=_WAIT_SECONDS,
            isolation_level=None,  # sqlite3 must not begin transactions by itself
            check_same_thread=False,
            cached_statements=64,
            factory=Connection,
        )
        try:
            if path is not None:
                self._check_file(connection, path)
                _patiently(connection, "PRAGMA journal_mode = WAL")
                # Survives the death of the process at any moment; not a power cut, which development can bear.
                connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(
                f"BEGIN IMMEDIATE; {_TABLES}"
                f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_FORMAT}; COMMIT;"
            )
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_file(self, connection: sqlite3.Connection, path: str) -> None:
        # Another process may be making the file just now, tables and marks in one transaction. So the tables are looked
        # for first: where there are some, their marks are there as well.
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if tables and (application != _APPLICATION or version > _FORMAT):
            raise NotADatabase(
                f"{path} is not a database of this version of dynexpr's embedded engine; name another file"
            )

    def snapshot(self) -> sqlite3.Connection:
        """A copy of everything, in memory."""
        self._check_memory()
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, factory=Connection)
        with self._lock:
            self._connection.backup(copy)
        return copy

    def _check_memory(self) -> None:
        if self.shared:
            raise ArgumentError(
                "this engine is kept in a file, and snapshots are of those in memory; "
                "copy the file while nobody writes it"
            )

    def restore(self, copy: sqlite3.Connection) -> None:
        """Become what the copy is."""
        self._check_memory()
        with self._lock:
            copy.backup(self._connection)

    def close(self) -> None:
        """Close the connection; what was in memory is gone."""
        with self._lock:
            self._connection.close()

    def changes_by_others(self) -> int:
        """A number that changes when another process has written."""
        return int(self._execute("PRAGMA data_version").fetchone()[0])

    def find(self, space: int, pk: bytes, sk: bytes) -> tuple[bytes, int] | None:
        """The item under a key, and its size."""
        row: tuple[bytes, int] | None = self._execute(_FIND, (space, pk, sk)).fetchone()
        return row

    def put(self, space: int, pk: bytes, sk: bytes, size: int, v: bytes) -> None:
        """Keep an item under a key, in place of the one that is there."""
        self._execute(_PUT, (space, pk, sk, size, v))

    def delete(self, space: int, pk: bytes, sk: bytes) -> None:
        """Take the item under a key away."""
        self._execute(_DELETE, (space, pk, sk))

    def partition(
        self, space: int, pk: bytes, low: bytes, high: bytes | None, *, forward: bool, after: bytes | None
    ) -> Iterator[Row]:
        """The items of one partition with sort keys in [low, high), in order, after a sort key that was given before.

        Read while the transaction is open: rows are fetched one by one.
        """
        values: list[Any]
        where, values = " AND pk = ?", [space, pk]
        if after is not None and (after >= low if forward else high is None or after < high):
            if forward:
                where, values, low = where + " AND sk > ?", [*values, after], b""
            else:
                where, values, high = where + " AND sk < ?", [*values, after], None
        if low:
            where, values = where + " AND sk >= ?", [*values, low]
        if high is not None:
            where, values = where + " AND sk < ?", [*values, high]
        return self._rows(f"{_ROWS}{where} ORDER BY sk {'' if forward else 'DESC'}", values)

    def scan(
        self, space: int, low: bytes | None, high: bytes | None, after: tuple[bytes, bytes] | None
    ) -> Iterator[Row]:
        """The items of all partitions in [low, high), in the order they are kept, after a key that was given before."""
        values: list[Any]
        where, values = "", [space]
        if after is not None:
            where, values = " AND (pk, sk) > (?, ?)", [space, *after]
        elif low is not None:
            where, values = " AND pk >= ?", [space, low]
        if high is not None:
            where, values = where + " AND pk < ?", [*values, high]
        return self._rows(f"{_ROWS}{where} ORDER BY pk, sk", values)

    def _rows(self, query: str, values: list[Any]) -> Iterator[Row]:
        rows = self._execute(query, values)
        self._reading.append(rows)
        return rows

    def count(self, space: int) -> tuple[int, int]:
        """How many items a space has, and their size."""
        count, size = self._execute("SELECT count(*), total(size) FROM item WHERE space = ?", (space,)).fetchone()
        return count, int(size)

    def partition_size(self, space: int, pk: bytes) -> int:
        """The size of the items of one partition."""
        query = "SELECT total(size) FROM item WHERE space = ? AND pk = ?"
        return int(self._execute(query, (space, pk)).fetchone()[0])

    def clear(self, space: int) -> None:
        """Take all items of a space away."""
        self._execute("DELETE FROM item WHERE space = ?", (space,))

    def next_number(self, name: str) -> int:
        """The next number of a counter, from 1; never given twice."""
        query = "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = n + 1 RETURNING n"
        return int(self._execute(query, (name,)).fetchall()[0][0])

    def last_number(self, name: str) -> int:
        """The number that a counter gave last; 0 before it gave any."""
        row = self._execute("SELECT n FROM counter WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def definition(self, name: str) -> bytes | None:
        """The definition of a table."""
        row = self._execute("SELECT v FROM definition WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def define(self, name: str, v: bytes | None) -> None:
        """Keep the definition of a table, or take it away."""
        if v is None:
            self._execute("DELETE FROM definition WHERE name = ?", (name,))
        else:
            self._execute("REPLACE INTO definition VALUES (?, ?)", (name, v))

    def names(self, after: str, limit: int) -> list[str]:
        """The names of tables, in order, after a name."""
        query = "SELECT name FROM definition WHERE name > ? ORDER BY name LIMIT ?"
        return [name for (name,) in self._execute(query, (after, limit))]

    def token(self, token: str, now: float) -> tuple[bytes, bytes] | None:
        """The digest and the answer of the transaction that was carried out under a token, while it is remembered."""
        self._execute("DELETE FROM token WHERE expires <= ?", (now,))
        row: tuple[bytes, bytes] | None = self._execute(
            "SELECT digest, v FROM token WHERE token = ?", (token,)
        ).fetchone()
        return row

    def remember(self, token: str, digest: bytes, expires: float, v: bytes) -> None:
        """Remember a transaction under its token; part of the transaction itself."""
        self._execute("INSERT INTO token VALUES (?, ?, ?, ?)", (token, digest, expires, v))


def is_busy(error: sqlite3.Error) -> bool:
    """Whether it was another process's lock that was in the way."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Carry out a statement for which SQLite does not wait by itself while another process has the file."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


class Transaction:
    """The lock, and SQLite's transaction under it; one object serves all, since only one is open at a time.

    Ctrl-C may come anywhere, between any two steps in here too; what it leaves behind, the next one clears away.
    """

    __slots__ = ("_begin", "_connection", "_lock", "_reading")

    def __init__(
        self, connection: sqlite3.Connection, lock: "threading.RLock", begin: str, reading: list[sqlite3.Cursor]
    ) -> None:
        self._connection = connection
        self._lock: Any = lock
        self._begin = begin
        self._reading = reading

    def __enter__(self) -> None:
        lock = self._lock
        while lock._is_owned():  # noqa: SLF001 - by this thread, which did not get to give it back
            lock.release()
        lock.acquire()
        try:
            self._roll_back()
            if self._begin:
                self._connection.execute(self._begin)
        except BaseException:
            self._leave()
            raise

    def __exit__(self, kind: type[BaseException] | None, _error: object, _traceback: TracebackType | None) -> None:
        try:
            if self._begin and kind is None:
                self._connection.execute("COMMIT")
        finally:
            self._leave()

    def _leave(self) -> None:
        try:
            # Rows that were not read to their end hold the database for as long as anything knows them, be it the
            # traceback of an error.
            while self._reading:
                self._reading.pop().close()
            self._roll_back()
        finally:
            self._lock.release()

    def _roll_back(self) -> None:
        # Still open after an error, or because the commit itself failed; some errors of SQLite's end it themselves.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
