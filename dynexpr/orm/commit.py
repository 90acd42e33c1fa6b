"""How is a planned commit sent?  One plain request, one transaction, or, where that was asked for, several.

A commit freezes its plan: token, clock, defaults and text are taken once, and every attempt sends identical bytes.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from dynexpr import limits
from dynexpr.compose import transaction_request, write_request
from dynexpr.errors import DynexprError, OutcomeUnknown, PartlyCommitted, TransactionCancelled, TransactionTooLarge
from dynexpr.expression.nodes import Record, Value, node
from dynexpr.expression.walk import walk
from dynexpr.flows import Deadline, ReadFlow, transaction_flow, write_flow
from dynexpr.orm.unit_of_work import Unit
from dynexpr.requests import Request, Settings, new_token
from dynexpr.sizes import item_size, value_size
from dynexpr.writes import Write


@node
class Batch(Record):
    """What is sent at once: one write, or several as one transaction."""

    units: tuple[Unit, ...]
    request: Request
    transaction: bool

    def sent(self, deadline: Deadline, in_doubt: DynexprError | None = None) -> ReadFlow[None]:
        """Send it; raises what its writes' failures mean. *in_doubt*: it was sent before, with this error."""
        writes = [unit.write for unit in self.units]
        if not self.transaction:
            yield from write_flow(writes[0], self.request, deadline, in_doubt)
            return
        try:
            yield from transaction_flow(writes, self.request, deadline, in_doubt)
        except TransactionCancelled as error:
            if len(writes) == 1 and error.failures:
                raise error.failures[0].error from error  # one write raises what a single write would
            raise


class Frozen:
    """A commit as it was planned; one whose outcome is unknown is sent again as it is, and nothing else before it."""

    __slots__ = ("batches", "done", "doubt", "token_ends")

    def __init__(self, batches: tuple[Batch, ...]) -> None:
        self.batches = batches
        self.done = 0
        """How many batches took effect."""
        self.doubt: DynexprError | None = None
        """What made the outcome of the first batch unknown."""
        self.token_ends: float | None = None
        """When the first batch's token is forgotten, so that sending it again would be another transaction."""

    @property
    def units(self) -> list[Unit]:
        """All writes."""
        return [unit for batch in self.batches for unit in batch.units]

    @property
    def applied(self) -> list[Unit]:
        """The writes that took effect, as far as is known."""
        return [unit for batch in self.batches[: self.done] for unit in batch.units]

    @property
    def alone(self) -> Unit | None:
        """The write in doubt, where it is one; of a transaction of several nothing can be taken out."""
        units = self.batches[0].units
        return units[0] if len(units) == 1 else None

    def sent(self, deadline: Callable[[None], Deadline]) -> ReadFlow[None]:
        """Send the batches in order; of several, PartlyCommitted says which took effect when one fails."""
        for position, batch in enumerate(self.batches):
            if self.token_ends is None:
                self.token_ends = time.monotonic() + limits.TOKEN_SECONDS
            elif batch.transaction and time.monotonic() >= self.token_ends:
                raise OutcomeUnknown(
                    "TransactWriteItems: its token has expired, so sending it again might write twice; "
                    "session.rollback(), then read what it writes to find out"
                )
            try:
                yield from batch.sent(deadline(None), self.doubt)
            except DynexprError as error:
                if len(self.batches) == 1:
                    raise
                raise self._partly(position, error) from error
            self.done = position + 1
            self.doubt = None
            self.token_ends = None

    def _partly(self, position: int, error: DynexprError) -> PartlyCommitted:
        applied, pending = (
            [unit.obj if unit.obj is not None else unit.write.subject for batch in part for unit in batch.units]
            for part in (self.batches[:position], self.batches[position:])
        )
        return PartlyCommitted(
            f"{len(applied)} writes took effect, then: {error}",
            applied=applied,
            pending=pending,
            cause=error,
            batches_applied=position,
        )

    def rest(self, doubt: DynexprError) -> "Frozen | None":
        """What is left, the first batch of which may have taken effect; None where nothing is."""
        left = Frozen(self.batches[self.done :])
        if not left.batches:
            return None
        left.doubt = doubt
        left.token_ends = self.token_ends
        return left


def freeze_commit(
    units: Sequence[Unit], settings: Settings, *, exactly_once: bool = False, overflow: str | None = None
) -> Frozen:
    """The commit of some writes: one batch, unless the session was opened with overflow="not_atomic".

    Raises TransactionTooLarge where one transaction can't hold the writes.
    """
    groups = _groups(units) if len(units) > 1 else [units] if units else []
    if len(groups) > 1 and overflow != "not_atomic":
        size = sum(payload(unit.write) for unit in units)
        raise TransactionTooLarge(
            f"{len(units)} writes of {size:,} bytes don't fit one transaction of at most {limits.TRANSACT_ITEMS} "
            f"writes and {limits.TRANSACT_BYTES:,} bytes; nothing was sent. "
            'Commit in smaller steps, or open the session with overflow="not_atomic"'
        )
    return Frozen(tuple(_batch(group, settings, exactly_once=exactly_once) for group in groups))


def _batch(units: Sequence[Unit], settings: Settings, *, exactly_once: bool) -> Batch:
    writes = [unit.write for unit in units]
    first = writes[0]
    asked = any(getattr(getattr(write.subject, "options", None), "exactly_once", False) for write in writes)
    if exactly_once or asked or len(writes) > 1 or first.kind == "check":
        request = transaction_request(writes, settings, new_token(), distinct=True)  # the plan has one for each item
        return Batch(tuple(units), request, transaction=True)
    return Batch(tuple(units), write_request(first, settings), transaction=False)


def _groups(units: Sequence[Unit]) -> Sequence[Sequence[Unit]]:
    """The units in their order, cut where a transaction is full."""
    groups: list[list[Unit]] = [[]]
    size = 0
    for unit in units:
        more = payload(unit.write)
        if groups[-1] and (len(groups[-1]) >= limits.TRANSACT_ITEMS or size + more > limits.TRANSACT_BYTES):
            groups.append([])
            size = 0
        groups[-1].append(unit)
        size += more
    return groups


def payload(write: Write) -> int:
    """How many bytes of items a write sends: the item of a put, the values of an update, the key of any other."""
    if write.item is not None:
        return item_size(write.item)
    size = item_size(write.key)
    for action in () if write.update is None else write.update.actions:
        if type(action.value) is Value:
            size += value_size(action.value.wire)
        elif action.value is not None:
            size += sum(value_size(each.wire) for each in walk(action.value) if type(each) is Value)
    return size


class Preview:
    """What a commit would write, without sending it; prints well, and is iterated write by write."""

    def __init__(self, frozen: Frozen) -> None:
        self.requests = [batch.request for batch in frozen.batches]
        """What would be sent."""
        self.writes = [unit.write for unit in frozen.units]
        self.transactional = any(batch.transaction for batch in frozen.batches)
        units = sum(
            _least_units(unit.write) * (1 + batch.transaction) for batch in frozen.batches for unit in batch.units
        )
        self.write_units = Decimal(units)
        """The least write units on the tables: indexes, and what is stored already, come on top."""

    def to_dict(self) -> dict[str, Any]:
        """The preview as plain data."""
        return {
            "requests": [{"operation": request.operation, "params": request.params} for request in self.requests],
            "write_units_at_least": self.write_units,
        }

    def __iter__(self) -> Iterator[Write]:
        return iter(self.writes)

    def __len__(self) -> int:
        return len(self.writes)

    def __str__(self) -> str:
        if not self.requests:
            return "nothing to write"
        lines = [
            f"{', '.join(request.operation for request in self.requests)}: at least {self.write_units:f} write units"
        ]
        for write in self.writes:
            what = "" if write.update is None else f" {write.shown(write.update)}"
            under = "" if write.whole_condition is None else f" if {write.shown(write.whole_condition)}"
            lines.append(f"  {write.kind} {write.name}{what}{under}")
        return "\n".join(lines)

    __repr__ = __str__


def _least_units(write: Write) -> int:
    return max(1, -(-payload(write) // limits.WRITE_UNIT_BYTES))
