"""How are all items changed that a condition finds?  Keys are read as planned, and each is written under the condition.

Reads and writes go on at the same time: the next page of a part is read while the last one is written, and no more than
that is held.
"""

import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal

from dynexpr.bulk.checkpoint import COUNTS, Checkpoint
from dynexpr.bulk.deadlines import Deadlines, Within
from dynexpr.capacity import Consumed
from dynexpr.errors import Abandoned, ArgumentError, ConditionFailed, DeadlineExceeded, DynexprError, OutcomeUnknown
from dynexpr.executing import executed
from dynexpr.expression.evaluate import holds
from dynexpr.expression.nodes import Compare, Condition, Value, conjunction, replace
from dynexpr.expression.operators import EQ
from dynexpr.expression.walk import paths
from dynexpr.flows import FINISHED, Begin, ReadFlow
from dynexpr.plan import plan
from dynexpr.plan.made import BY_KEY, Plan
from dynexpr.reading import Hit, Place, Reader
from dynexpr.statements.callbacks import call
from dynexpr.statements.keys import given_key, terms_of
from dynexpr.statements.sweep import Sweep
from dynexpr.statements.write import UpdateStatement
from dynexpr.wire import Item, freeze
from dynexpr.writes import automatic_actions

if TYPE_CHECKING:
    from dynexpr.executing import Core

_KEPT: Final = 1000
_SAVED: Final = 1.0
"""Seconds between two checkpoints, at most, while items are written."""
Came = Literal["written", "skipped"] | DynexprError


class SweepResult:
    """What came of a bulk update or delete."""

    def __init__(self, consumed: Consumed, *, dry_run: bool) -> None:
        self.consumed = consumed
        self.dry_run = dry_run
        """Whether nothing was written."""
        self.matched = 0
        """Items that were found."""
        self.written = 0
        """Items that were updated, or deleted."""
        self.skipped = 0
        """Items of which the condition did not hold any more when they were to be written, or that were gone."""
        self.failures = 0
        """Items that could not be written."""
        self.failed: list[tuple[Any, DynexprError]] = []
        """The first 1,000 of them since it was begun or resumed: key and error."""
        self.resumed = False
        """Whether it went on from a checkpoint; its counts are those of all runs then."""

    @property
    def done(self) -> int:
        """How many have an outcome."""
        return self.matched if self.dry_run else self.written + self.skipped + self.failures

    def __repr__(self) -> str:
        if self.dry_run:
            return f"<dry run: {self.matched} matched>"
        counts = f"{self.written} written, {self.skipped} skipped, {self.failures} failed"
        return f"<{self.matched} matched, {counts}: {self.consumed!r}>"


class _Page:
    """A page of keys, some of which are not written yet."""

    __slots__ = ("after", "left", "settled")

    def __init__(self, after: Place | None, left: int, settled: list[Item]) -> None:
        self.after = after
        """Where its part goes on."""
        self.left = left
        self.settled = settled


class _Part:
    """A segment or query that is being read."""

    __slots__ = ("is_open", "is_read", "number", "pages", "place", "reader")

    def __init__(self, number: int, reader: Reader, place: Place | None) -> None:
        self.number = number
        self.reader = reader
        self.place = place
        """Up to where everything has an outcome; None at the beginning."""
        self.is_open = True
        self.is_read = False
        """Whether a page of it is on its way."""
        self.pages: deque[_Page] = deque()


def sweep(core: "Core", statement: Sweep, consumed: Consumed) -> ReadFlow[SweepResult]:
    """Carry out a bulk update or delete."""
    return _Sweeping(core, statement, consumed).run()


class _Sweeping:
    def __init__(self, core: "Core", statement: Sweep, consumed: Consumed) -> None:
        settings = core.settings
        self._core = Within(core, Deadlines(core, statement))
        self._statement = statement
        self._made = made = plan(
            statement.query, consistent=settings.consistent_read, strict=settings.strict_plans, keyed=True
        )
        self._result = SweepResult(consumed, dry_run=statement.dry_run)
        self._parts: list[_Part] = []
        self._queue: deque[tuple[_Part, _Page, Item]] = deque()
        self._under_way = 0
        self._minds: DynexprError | None = None
        """What ends it."""
        self._checkpoint: Checkpoint | None = None
        self._writes: dict[Any, tuple[_Part, _Page, Item]] = {}
        """What is being written."""
        self._came: dict[Any, Came] = {}
        """What became of those, noted by whoever carried it out: nobody may ask for it any more."""
        self._doubt: dict[Any, Item] = {}
        """Of what nobody knows whether it was written, and nobody was told."""
        self._met: set[Any] | None = set() if _moves(statement, made) else None
        """What was found so far, where a write moves its item on in what is read, so that it would be found again."""
        if self._met is not None and statement.checkpoint is not None:
            raise ArgumentError(
                f"{made.table.title}: the update changes the key of {made.path}, where items would be met again after "
                "an interruption; read the table itself by .bulk(using=...), or leave checkpoint out"
            )
        self._skip: dict[Any, Item] = {}
        """What had an outcome before it was resumed, and was not met again."""
        if statement.checkpoint is not None and not statement.dry_run:
            self._checkpoint = Checkpoint(statement.checkpoint, statement, made, settings)
        self._saved_at = time.monotonic()
        conditions = terms_of(statement.condition)
        names = set(made.table.key_names)
        self._of_key = [term for term in conditions if {path.steps[0] for path in paths(term)} <= names]
        """What the key alone tells, and so holds for good."""
        self._of_item = tuple(term for term in conditions if term not in self._of_key)

    def run(self) -> ReadFlow[SweepResult]:
        """Read and write until there is nothing left."""
        self._open()
        try:
            while True:
                yield from self._begin()
                if not self._under_way:
                    break
                yield from self._next()
        except GeneratorExit:
            self._leave()  # whoever drove it has waited for what was under way, or given it up
            raise
        except BaseException:
            try:
                while self._under_way:
                    yield from self._wait()
            finally:
                self._leave()
            raise
        if self._minds is not None:
            self._save()
            raise self._minds
        if self._checkpoint is not None:
            self._checkpoint.remove()
        return self._result

    def _wait(self) -> ReadFlow[None]:
        """Wait for a page or a write, whatever becomes of it."""
        yield FINISHED
        self._under_way -= 1

    def _leave(self) -> None:
        """Save where it stands when it is broken off, with all that was written and nobody heard of."""
        for identity, (_, page, key) in self._writes.items():
            came = self._came.get(identity)
            if came == "written":
                self._result.written += 1
            elif came == "skipped":
                self._result.skipped += 1
            else:
                if isinstance(came, OutcomeUnknown):
                    self._doubt[identity] = key
                continue
            page.left -= 1
            page.settled.append(key)
        self._writes.clear()
        self._save()

    def _open(self) -> None:
        places: dict[int, Place | None] = {}
        checkpoint = self._checkpoint
        if checkpoint is not None and checkpoint.load():
            places = checkpoint.places
            self._skip = {_identity(key): key for key in checkpoint.settled}
            self._result.resumed = True
            for name in COUNTS:
                setattr(self._result, name, checkpoint.counts[name])
            self._tell_doubt(checkpoint.doubt)
        apart = self._made.operation not in BY_KEY
        for number in range(self._made.requests if apart else 1):
            place = places.get(number)
            reader = Reader(self._made, self._core.settings, after=place, part=number if apart else None)
            part = _Part(number, reader, place)
            part.is_open = number not in places or place is not None
            self._parts.append(part)
        if checkpoint is not None:
            with checkpoint.writable():
                self._save()

    def _tell_doubt(self, keys: list[Item]) -> None:
        """Count what an earlier run may have written as failed; it is not written again."""
        for key in keys:
            error = OutcomeUnknown("an earlier run of this bulk() may have written it; it is not written again")
            self._skip[_identity(key)] = key
            self._result.matched += 1
            self._failed(self._plain(key), error)
            if self._statement.on_error is not None:
                call("on_error", self._statement.on_error, [self._plain(key)], error)

    def _plain(self, key: Item) -> Any:
        """A key as it is given to a session or to bulk_delete."""
        return given_key(self._made.table, key)

    def _failed(self, key: Any, error: DynexprError) -> None:
        self._result.failures += 1
        if len(self._result.failed) < _KEPT:
            self._result.failed.append((key, error))

    def _begin(self) -> ReadFlow[None]:
        """Begin what may be begun: writes first, then a page of each part that has none waiting."""
        if self._minds is not None:
            return
        parallel = self._statement.parallel
        while self._queue and self._under_way < parallel:
            part, page, key = self._queue.popleft()
            self._under_way += 1
            self._writes[_identity(key)] = part, page, key
            yield Begin((part, page, key), self._noted(key))
        for part in self._parts:
            if self._under_way >= parallel:
                break
            if part.is_open and not part.is_read and len(self._queue) < parallel:
                part.is_read = True
                self._under_way += 1
                yield Begin((part, None, None), self._read(part))

    def _read(self, part: _Part) -> ReadFlow[list[Hit] | None]:
        return (yield from part.reader.read(self._core.deadline(self._statement)))

    def _next(self) -> ReadFlow[None]:
        """Wait for a page or a write."""
        (part, page, key), came, error = yield FINISHED
        self._under_way -= 1
        if isinstance(error, DynexprError):
            self._minds = self._minds or error
            return
        if error is not None:
            raise error
        if page is None:
            self._take(part, came)
        else:
            del self._writes[_identity(key)]
            self._came.pop(_identity(key), None)
            self._settle(part, page, key, came)

    def _take(self, part: _Part, hits: list[Hit] | None) -> None:
        part.is_read = False
        if hits is None:
            part.is_open = False
            self._advance(part)
            return
        names = self._made.table.key_names
        keys = [{name: hit[1][name] for name in names} for hit in hits]
        if self._met is not None:
            keys = [key for key in keys if _identity(key) not in self._met]
            self._met.update(map(_identity, keys))
        settled = [key for key in keys if self._skip.pop(_identity(key), None)] if self._skip else []
        if settled:
            keys = [key for key in keys if key not in settled]
        self._result.matched += len(keys)
        after = part.reader.standing()
        part.is_open = after is not None
        page = _Page(after, 0 if self._statement.dry_run else len(keys), settled)
        part.pages.append(page)
        if self._statement.dry_run:
            self._progress()
        else:
            self._queue.extend((part, page, key) for key in keys)
        self._advance(part)

    def _settle(self, part: _Part, page: _Page, key: Item, came: Came) -> None:
        result = self._result
        if came == "written":
            result.written += 1
        elif came == "skipped":
            result.skipped += 1
        elif not self._minded(key, came):
            return
        page.left -= 1
        page.settled.append(key)
        self._progress()
        self._advance(part)
        if time.monotonic() - self._saved_at > _SAVED:
            self._save()

    def _minded(self, key: Item, error: DynexprError) -> bool:
        """Whether the rest goes on without an item; if not, its error ends it, and a resumed one tries it again."""
        on_error = self._statement.on_error
        plain = self._plain(key)
        if isinstance(error, OutcomeUnknown):
            self._doubt[_identity(key)] = key
        if on_error is None or isinstance(error, Abandoned | DeadlineExceeded):
            error.leftover = [plain]
            self._minds = self._minds or error
            return False
        call("on_error", on_error, [plain], error)
        self._failed(plain, error)
        self._doubt.pop(_identity(key), None)
        return True

    def _advance(self, part: _Part) -> None:
        """Everything before the first page that is not written has an outcome."""
        moved = False
        while part.pages and not part.pages[0].left:
            part.place = part.pages.popleft().after
            moved = True
        if moved and self._checkpoint is not None:
            self._save()

    def _save(self) -> None:
        checkpoint = self._checkpoint
        if checkpoint is None:
            return
        self._saved_at = time.monotonic()
        result = self._result
        waiting = sum(page.left for part in self._parts for page in part.pages)
        counts = {name: getattr(result, name) for name in COUNTS}
        counts["matched"] -= waiting  # they will be found again
        settled = [key for part in self._parts for page in part.pages for key in page.settled]
        settled += self._skip.values()
        places = {
            part.number: None if not part.is_open and not part.pages else part.place
            for part in self._parts
            if part.place is not None or (not part.is_open and not part.pages)
        }
        checkpoint.save(places, settled, counts, self._doubt.values())

    def _progress(self) -> None:
        tell = self._statement.on_progress
        if tell is not None:
            all_read = not any(part.is_open for part in self._parts)
            call("on_progress", tell, self._result.done, self._result.matched if all_read else None)

    def _noted(self, key: Item) -> ReadFlow[Came]:
        """Write one item, and note what came of it."""
        identity = _identity(key)
        try:
            came = yield from self._write(key)
        except BaseException:
            self._came[identity] = OutcomeUnknown("it was given up on its way")
            raise
        self._came[identity] = came
        return came

    def _write(self, key: Item) -> ReadFlow[Came]:
        """Write one item, if the condition still holds of it."""
        if not all(holds(term, key) for term in self._of_key):
            return "skipped"
        table = self._made.table
        terms: list[Condition] = [
            Compare(EQ, column.node, Value(freeze(key[column.name]))) for column in table.key_columns
        ]
        single = replace(self._statement.statement, condition=conjunction((*terms, *self._of_item)))
        if isinstance(single, UpdateStatement) and not single.actions:  # it asks for what the table does by itself
            single = replace(single, actions=automatic_actions(table, set(), self._core.settings.clock))
        try:
            result = yield from executed(self._core, single, None, Consumed())
        except ConditionFailed:
            return "skipped"
        except DynexprError as error:
            return error
        return "skipped" if result.existed is False else "written"


def _moves(statement: Sweep, made: Plan) -> bool:
    """Whether a write moves its item on in the index that is read; out of what is read it may."""
    if made.index is None or not isinstance(statement.statement, UpdateStatement):
        return False
    touched = {action.path.steps[0] for action in statement.statement.actions}
    changed = {
        column.name
        for column in made.index.key_columns
        if column.name in touched
        or column.options.version
        or column.options.updated_at
        or column.options.onupdate is not None
    }
    leaves = len(made.partitions) == 1 and changed - {column.name for column in made.order}
    return bool(changed) and not leaves


def _identity(key: Item) -> tuple[Any, ...]:
    return tuple(freeze(wire) for wire in key.values())
