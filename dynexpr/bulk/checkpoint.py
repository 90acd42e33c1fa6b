"""Where does a sweep go on that was broken off?  A file with a place for each part, and what was done beyond it."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, Final

from dynexpr.cursors import Cursor, cursor_of, key_from_text, key_text, token_of
from dynexpr.errors import ArgumentError, CursorInvalid, CursorMismatch
from dynexpr.plan import Plan
from dynexpr.reading import Place
from dynexpr.requests import Settings
from dynexpr.statements.sweep import Sweep
from dynexpr.wire import Item

_VERSION: Final = 1
COUNTS: Final = ("matched", "written", "skipped", "failures")


class Checkpoint:
    """The file of a sweep; it is replaced as a whole, so that it is never half written."""

    def __init__(self, path: str, sweep: Sweep, made: Plan, settings: Settings) -> None:
        self.path: Final = path
        self._sweep = sweep
        self._made = made
        self._settings = settings
        self.places: dict[int, Place | None] = {}
        """Part -> where to go on; None where it is read to its end."""
        self.settled: list[Item] = []
        """Keys of items beyond those places that have an outcome already."""
        self.doubt: list[Item] = []
        """Keys of items that may have been written: the answer was lost, or not waited for."""
        self.counts: dict[str, int] = dict.fromkeys(COUNTS, 0)

    def load(self) -> bool:
        """Take over what the file says, where there is one; raises CursorInvalid, or CursorMismatch for another's."""
        from json import loads
        from pathlib import Path

        try:
            text = Path(self.path).read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
        except (OSError, UnicodeDecodeError) as error:
            raise ArgumentError(f"checkpoint={self.path!r} cannot be read: {error}; name a file") from error
        try:
            facts: Mapping[str, Any] = loads(text)
            of = facts["of"]
            parts = {int(part): token for part, token in facts["parts"].items()}
            settled = [key_from_text(key) for key in facts["settled"]]
            doubt = [key_from_text(key) for key in facts.get("doubt", ())]
            counts = {name: int(facts["counts"][name]) for name in COUNTS}
            version = facts["version"]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CursorInvalid(f"{self.path} is no checkpoint of bulk(): {error!r}; remove it to begin anew") from None
        if version != _VERSION or of != self._digest():
            raise CursorMismatch(
                f"{self.path} is the checkpoint of another bulk() statement; name another file, or remove it"
            )
        settings = self._settings
        for part, token in parts.items():
            if token is None:
                self.places[part] = None
                continue
            cursor = cursor_of(
                token,
                self._sweep.query,
                self._made,
                now=settings.clock().timestamp(),
                secret=settings.cursor_secret,
            )
            self.places[part] = cursor.place
        self.settled, self.doubt, self.counts = settled, doubt, counts
        return True

    @contextmanager
    def writable(self) -> Generator[None, None, None]:
        """Refuse a file that cannot be written, before anything else is done."""
        try:
            yield
        except OSError as error:
            raise ArgumentError(f"checkpoint={self.path!r} cannot be written: {error}; name another file") from error

    def save(
        self,
        places: Mapping[int, Place | None],
        settled: Iterable[Item],
        counts: Mapping[str, int],
        doubt: Iterable[Item] = (),
    ) -> None:
        """Write where it stands."""
        from json import dumps
        from pathlib import Path

        settings = self._settings
        now = settings.clock().timestamp()
        tokens = {
            str(part): None
            if place is None
            else token_of(Cursor(place), self._sweep.query, self._made, now=now, secret=settings.cursor_secret)
            for part, place in places.items()
        }
        facts = {
            "version": _VERSION,
            "of": self._digest(),
            "parts": tokens,
            "settled": [key_text(key) for key in settled],
            "doubt": [key_text(key) for key in doubt],
            "counts": dict(counts),
        }
        file = Path(self.path)
        aside = file.with_name(f"{file.name}.new")
        aside.write_text(dumps(facts), encoding="utf-8")
        aside.replace(file)

    def remove(self) -> None:
        """It is finished: there is nothing to go on with."""
        from pathlib import Path

        Path(self.path).unlink(missing_ok=True)

    def _digest(self) -> str:
        """What tells this sweep from another one: what it does, to which items, read in which parts."""
        from hashlib import sha256

        statement = self._sweep.statement
        facts = (
            type(statement).__name__,
            self._settings.name(self._sweep.table),
            getattr(statement, "actions", ()),
            statement.condition,
            self._made.requests,
            self._made.operation,
            None if self._made.index is None else self._made.index.name,
        )
        return sha256(repr(facts).encode()).hexdigest()[:32]
