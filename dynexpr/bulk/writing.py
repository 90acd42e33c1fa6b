"""How is a batch written?  25 items a request, several requests at the same time, each item with its outcome.

Nothing here knows a network: what sends something is a flow. No more is held than what is on its way and what waits for
the next request, so any number of items may go through.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from dynexpr.bulk.deadlines import Deadlines
from dynexpr.bulk.entries import Entry, Identity, Making
from dynexpr.bulk.outcomes import BulkResult, Outcome
from dynexpr.capacity import Consumed
from dynexpr.errors import Abandoned, ArgumentError, DynexprError, RequestRefused
from dynexpr.flows import FINISHED, Begin, Deadline, ReadFlow, batch_flow
from dynexpr.limits import BATCH_WRITE_BYTES
from dynexpr.requests import batch_write_request
from dynexpr.statements.batch import Batching
from dynexpr.wire import freeze

if TYPE_CHECKING:
    from dynexpr.executing import Core
    from dynexpr.statements.base import Statement

Outcomes = list[tuple[Entry, Exception | None]]


class Writing:
    """A batch that is being written."""

    def __init__(
        self, core: "Core", statement: "Statement", how: Batching, consumed: Consumed, total: int | None = None
    ) -> None:
        self.result: Final = BulkResult(consumed)
        self.settings: Final = core.settings
        self._how = how
        self._core = core
        self._deadlines = Deadlines(core, statement)
        self._total = total
        self._waiting: dict[Identity, Entry] = {}
        self._waiting_bytes = 0
        self._under_way: dict[int, tuple[list[Entry], set[Identity]]] = {}
        self._seen: set[Identity] = set()
        self._number = 0

    def take(self, making: Making) -> bool:
        """Take one more; whether there is enough for a request now. Raises what is wrong with it, unless on_error."""
        kind, subject, make = making
        try:
            entry = make()
            if self._how.duplicates == "raise":
                self._check_new(entry)
        except Exception as error:  # noqa: BLE001 - raised by _minded, unless on_error minds it
            self._tell(Outcome(kind, subject, {}, error))
            self._progress()
            self._minded([subject], error)
            return False
        earlier = self._waiting.pop(entry.identity, None)
        if earlier is not None:
            self._waiting_bytes -= earlier.room
            self._tell(Outcome(earlier.kind, earlier.subject, earlier.key, replaced=True, table=earlier.name))
        self._waiting[entry.identity] = entry
        self._waiting_bytes += entry.room
        return self._full

    def _check_new(self, entry: Entry) -> None:
        if entry.identity in self._seen:
            raise ArgumentError(
                f"{entry.subject!r} is written twice in one batch; duplicates='last' takes the last one"
            )
        self._seen.add(entry.identity)

    @property
    def _full(self) -> bool:
        return len(self._waiting) > self._how.chunk_size or self._waiting_bytes > BATCH_WRITE_BYTES

    def all_of(self, makings: Iterable[Making]) -> ReadFlow[BulkResult]:
        """Write everything there is."""
        try:
            for making in makings:
                if self.take(making):
                    yield from self.sending()
            yield from self.finishing()
        except Exception as error:
            yield from self.giving_up(error)
            raise
        return self.result

    def sending(self) -> ReadFlow[None]:
        """Send what is more than waits for company; it is not waited for unless too many are under way."""
        while self._full:
            yield from self._begin(self._chunk())

    def finishing(self) -> ReadFlow[None]:
        """Send what waits, and wait for all outcomes."""
        yield from self.sending()
        if self._waiting:
            chunk = self._chunk()
            if self._under_way:
                yield from self._begin(chunk)
            else:
                self._settled((yield from self._flow(chunk)))
        while self._under_way:
            yield from self._next_outcome()

    def _chunk(self) -> list[Entry]:
        """What the next request writes: what has waited longest."""
        chunk: list[Entry] = []
        size = 0
        for entry in self._waiting.values():
            if len(chunk) == self._how.chunk_size or (chunk and size + entry.room > BATCH_WRITE_BYTES):
                break
            chunk.append(entry)
            size += entry.room
        for entry in chunk:
            del self._waiting[entry.identity]
        self._waiting_bytes -= size
        return chunk

    def _flow(self, chunk: Sequence[Entry]) -> ReadFlow[Outcomes]:
        return written(self._core, chunk, self._deadlines.next())

    def _begin(self, chunk: list[Entry]) -> ReadFlow[None]:
        if self._how.parallel == 1:
            self._settled((yield from self._flow(chunk)))
            return
        identities = {entry.identity for entry in chunk}
        # Of two writes of one item, the later one must not overtake the other.
        try:
            while len(self._under_way) >= self._how.parallel or not all(
                identities.isdisjoint(sent) for _, sent in self._under_way.values()
            ):
                yield from self._next_outcome()
        except Exception:
            # It was not begun: it waits on, or is among what the error leaves.
            self._waiting = {entry.identity: entry for entry in chunk} | self._waiting
            self._waiting_bytes += sum(entry.room for entry in chunk)
            raise
        self._number += 1
        self._under_way[self._number] = chunk, identities
        yield Begin(self._number, self._flow(chunk))

    def _next_outcome(self) -> ReadFlow[None]:
        number, outcomes = yield FINISHED
        del self._under_way[number]
        self._settled(outcomes)

    def giving_up(self, error: BaseException) -> ReadFlow[None]:
        """Wait for what is under way, and send nothing else; the error learns what was not written."""
        failed: list[Any] = []
        for _ in range(len(self._under_way)):
            try:
                number, outcomes = yield FINISHED
            except Exception:  # noqa: BLE001, S112 - the error that ends it is raised, not those after it
                continue  # which one it was is seen when all others are there
            del self._under_way[number]
            failed += self._told(outcomes)
        unknown = Abandoned("nobody can know whether it was written: it was given up on its way")
        for chunk, _ in self._under_way.values():
            failed += self._told([(entry, unknown) for entry in chunk])
        failed += [entry.subject for entry in self._waiting.values()]
        self._under_way.clear()
        self._waiting.clear()
        if isinstance(error, DynexprError):
            error.leftover = [*error.leftover, *failed]

    def _settled(self, outcomes: Outcomes) -> None:
        """Tell what came of a chunk; raise the first error, unless on_error."""
        failed = self._told(outcomes)
        self._progress()
        if failed:
            self._minded(failed, next(error for _, error in outcomes if error is not None))

    def _minded(self, failed: list[Any], error: Exception) -> None:
        if self._how.on_error is not None:
            self._how.on_error(failed, error)
            return
        if isinstance(error, DynexprError):
            error.leftover = failed
        raise error

    def _told(self, outcomes: Outcomes) -> list[Any]:
        """What failed of a chunk, after everybody was told of it."""
        nobody_asked = self._how.on_outcome is None
        for entry, error in outcomes:
            if error is None and entry.keep is not None:
                entry.keep()
            if error is None and nobody_asked:
                self.result.count_done(entry.kind)
            else:
                self._tell(Outcome(entry.kind, entry.subject, entry.key, error, table=entry.name))
        return [entry.subject for entry, error in outcomes if error is not None]

    def _tell(self, outcome: Outcome) -> None:
        self.result.count(outcome)
        if self._how.on_outcome is not None:
            self._how.on_outcome(outcome)

    def _progress(self) -> None:
        if self._how.on_progress is not None:
            self._how.on_progress(self.result.done, self._total)


def written(core: "Core", chunk: Sequence[Entry], deadline: Deadline) -> ReadFlow[Outcomes]:
    """Write one chunk; each entry with the error that kept it from being written, or None.

    DynamoDB refuses a request as a whole for one item it does not take; halves of it are sent then, until that item is
    found, so that it keeps no other from being written.
    """
    if deadline.passed:
        late = Abandoned("it was not sent: the deadline had passed")
        return [(entry, late) for entry in chunk]
    parts: dict[str, list[dict[str, Any]]] = {}
    for entry in chunk:
        parts.setdefault(entry.name, []).append(entry.wire)
    try:
        yield from batch_flow(batch_write_request(parts, core.settings), deadline, lambda _response: None)
    except RequestRefused as error:
        if len(chunk) == 1:
            return [(chunk[0], error)]
        middle = len(chunk) // 2
        first = yield from written(core, chunk[:middle], deadline)
        second = yield from written(core, chunk[middle:], deadline)
        return [*first, *second]
    except DynexprError as error:
        left = _identities(chunk, error)
        error.leftover = ()
        return [(entry, error if entry.identity in left else None) for entry in chunk]
    return [(entry, None) for entry in chunk]


def _identities(chunk: Sequence[Entry], error: DynexprError) -> set[Identity]:
    """Which of some entries an error left."""
    names = {entry.name: tuple(entry.key) for entry in chunk}
    left: set[Identity] = set()
    for parts in error.leftover:
        for name, writes in parts.items():
            for write in writes:
                item = write["PutRequest"]["Item"] if "PutRequest" in write else write["DeleteRequest"]["Key"]
                left.add((name, tuple([freeze(item[each]) for each in names[name]])))
    return left
