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
from dynexpr.errors import (
    Abandoned,
    AccessDenied,
    ArgumentError,
    DynexprError,
    OutcomeUnknown,
    RequestRefused,
    TableNotFound,
)
from dynexpr.flows import FINISHED, Begin, Deadline, ReadFlow, batch_flow
from dynexpr.limits import BATCH_WRITE_BYTES
from dynexpr.requests import batch_write_request
from dynexpr.statements.batch import Batching
from dynexpr.statements.callbacks import call
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
        self._came: dict[int, Outcomes] = {}
        """What came of those, noted by whoever carried it out: nobody may ask for it any more."""
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
            self._tell(_outcome(earlier, None, replaced=True))
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
        except GeneratorExit:
            self._leave()  # whoever drove it has waited for what was under way, or given it up
            raise
        except BaseException as error:
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
            # The only one that is left needs nobody to carry it out meanwhile.
            yield from (self._begin(chunk) if self._under_way else self._send(chunk))
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

    def _noted(self, number: int, chunk: Sequence[Entry]) -> ReadFlow[Outcomes]:
        outcomes = self._came[number] = yield from self._flow(chunk)
        return outcomes

    def _send(self, chunk: Sequence[Entry]) -> ReadFlow[None]:
        """Write a chunk, and wait for it."""
        try:
            outcomes = yield from self._flow(chunk)
        except GeneratorExit:
            self._told(_unknown(chunk))
            raise
        self._settled(outcomes)

    def _begin(self, chunk: list[Entry]) -> ReadFlow[None]:
        if self._how.parallel == 1:
            yield from self._send(chunk)
            return
        identities = {entry.identity for entry in chunk}
        # Of two writes of one item, the later one must not overtake the other.
        try:
            while len(self._under_way) >= self._how.parallel or not all(
                identities.isdisjoint(sent) for _, sent in self._under_way.values()
            ):
                yield from self._next_outcome()
        except BaseException:
            # It was not begun: it waits on, or is among what the error leaves.
            self._waiting = {entry.identity: entry for entry in chunk} | self._waiting
            self._waiting_bytes += sum(entry.room for entry in chunk)
            raise
        self._number += 1
        self._under_way[self._number] = chunk, identities
        yield Begin(self._number, self._noted(self._number, chunk))

    def _next_outcome(self) -> ReadFlow[None]:
        number, _, error = yield FINISHED
        outcomes = self._ended(number, error)
        if error is not None and not isinstance(error, Exception):
            self._told(outcomes)
            raise error
        self._settled(outcomes)

    def _ended(self, number: int, error: BaseException | None) -> Outcomes:
        """What came of a chunk that is not under way any more."""
        chunk, _ = self._under_way.pop(number)
        outcomes = self._came.pop(number, None)
        if outcomes is not None:
            return outcomes
        if isinstance(error, Exception) and not isinstance(error, Abandoned):
            return [(entry, error) for entry in chunk]
        return _unknown(chunk)  # of a task that was cancelled nobody knows whether it had begun

    def giving_up(self, error: BaseException) -> ReadFlow[None]:
        """Wait for what is under way, and send nothing else; the error learns what was not written."""
        ended: Outcomes = []
        try:
            while self._under_way:
                number, _, failure = yield FINISHED
                ended += self._ended(number, failure)
        except Abandoned:
            pass  # an interruption came between an answer and whoever waited for it; what came of it was noted
        finally:
            left = self._leave(ended)
            if isinstance(error, DynexprError):
                error.leftover = [*error.leftover, *left]

    def _leave(self, ended: Sequence[tuple[Entry, Exception | None]] = ()) -> list[Any]:
        """Tell what came of all that was taken; what of it was not written, or may not have been."""
        outcomes = [*ended]
        for number in list(self._under_way):
            outcomes += self._ended(number, None)
        waiting = [*self._waiting.values()]
        self._waiting.clear()
        self._waiting_bytes = 0
        late = Abandoned("it was not sent: the batch was given up before its turn")
        outcomes += [(entry, late) for entry in waiting]
        return self._told(outcomes)

    def _settled(self, outcomes: Outcomes) -> None:
        """Tell what came of a chunk; raise the first error, unless on_error."""
        failed = self._told(outcomes)
        self._progress()
        if failed and self._how.on_error is None:
            self._minded(failed, next(error for _, error in outcomes if error is not None))
        errors = {id(error): error for _, error in outcomes if error is not None} if failed else {}
        for error in errors.values():
            self._minded([entry.subject for entry, why in outcomes if why is error], error)

    def _minded(self, failed: list[Any], error: Exception) -> None:
        if self._how.on_error is not None:
            call("on_error", self._how.on_error, failed, error)
            return
        if isinstance(error, DynexprError):
            error.leftover = failed
        raise error

    def _told(self, outcomes: Outcomes) -> list[Any]:
        """What failed of a chunk, after everybody was told of it."""
        nobody_asked = self._how.on_outcome is None
        told: list[Outcome] = []
        for entry, error in outcomes:
            if error is None and entry.keep is not None:
                entry.keep()
            if error is None and nobody_asked:
                self.result.count_done(entry.kind)
            else:
                told.append(_outcome(entry, error))
                self.result.count(told[-1])
        # Whatever a callback raises: all of them are counted.
        if not nobody_asked:
            for outcome in told:
                self._hear(outcome)
        return [entry.subject for entry, error in outcomes if error is not None]

    def _tell(self, outcome: Outcome) -> None:
        self.result.count(outcome)
        self._hear(outcome)

    def _hear(self, outcome: Outcome) -> None:
        if self._how.on_outcome is not None:
            call("on_outcome", self._how.on_outcome, outcome)

    def _progress(self) -> None:
        if self._how.on_progress is not None:
            call("on_progress", self._how.on_progress, self.result.done, self._total)


def written(core: "Core", chunk: Sequence[Entry], deadline: Deadline) -> ReadFlow[Outcomes]:
    """Write one chunk; each entry with the error that kept it from being written, or None.

    DynamoDB refuses a request as a whole for one item it does not take; halves of it are sent then, until that item is
    found, so that it keeps no other from being written. So it does for one table that is not there, or not allowed.
    """
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
        if isinstance(error, TableNotFound | AccessDenied) and len(names := {name for name, _ in left}) > 1:
            # One table keeps the others from being written: each is written by itself, and has its own error.
            outcomes: Outcomes = [(entry, None) for entry in chunk if entry.identity not in left]
            for name in sorted(names):
                alone = [entry for entry in chunk if entry.name == name and entry.identity in left]
                outcomes += yield from written(core, alone, deadline)
            return outcomes
        return [(entry, error if entry.identity in left else None) for entry in chunk]
    except Exception as error:  # noqa: BLE001 - a transport's own; the caller minds it, knowing what it was about
        return [(entry, error) for entry in chunk]
    return [(entry, None) for entry in chunk]


def _outcome(entry: Entry, error: Exception | None, *, replaced: bool = False) -> Outcome:
    return Outcome(entry.kind, entry.subject, entry.key, error, replaced=replaced, table=entry.name, of=entry.table)


def _unknown(chunk: Sequence[Entry]) -> Outcomes:
    """The outcomes of what was given up on its way."""
    error = OutcomeUnknown("nobody can know whether it was written: it was given up on its way")
    return [(entry, error) for entry in chunk]


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
