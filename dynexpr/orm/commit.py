"""How is a planned commit sent?  One plain request, one transaction, or, where that was asked for, several.

A commit freezes its plan: token, clock and defaults are taken once, and every attempt sends identical bytes.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dynexpr import limits
from dynexpr.capacity import Consumed
from dynexpr.errors import DynexprError, PartlyCommitted, TransactionCancelled, TransactionTooLarge
from dynexpr.expression.nodes import Record, node
from dynexpr.orm.unit_of_work import Unit
from dynexpr.requests import Request, Settings, new_token, transaction_request, write_request
from dynexpr.sizes import item_size
from dynexpr.writes import Write, show_key

if TYPE_CHECKING:
    from dynexpr.engine import Engine


@node
class Batch(Record):
    """What is sent at once: one write, or several as one transaction."""

    units: tuple[Unit, ...]
    token: str
    transaction: bool

    def request(self, settings: Settings) -> Request:
        """The request, the same bytes each time."""
        writes = [unit.write for unit in self.units]
        if self.transaction:
            return transaction_request(writes, settings, self.token)
        return write_request(writes[0], settings)

    def send(self, engine: "Engine") -> Consumed:
        """Send it; raises what its writes' failures mean."""
        writes = [unit.write for unit in self.units]
        if not self.transaction:
            return engine.write(writes[0])[1]
        try:
            return engine.transact(writes, self.token)
        except TransactionCancelled as error:
            if len(writes) == 1 and error.failures:
                raise error.failures[0].error from error  # one write raises what a single write would
            raise


def batches(units: Sequence[Unit], *, exactly_once: bool = False, overflow: str | None = None) -> tuple[Batch, ...]:
    """The batches of a commit: one, unless the session was opened with overflow="not_atomic".

    Raises TransactionTooLarge where one transaction can't hold the writes.
    """
    if not units:
        return ()
    groups = _groups(units)
    if len(groups) > 1 and overflow != "not_atomic":
        size = sum(payload(unit.write) for unit in units)
        raise TransactionTooLarge(
            f"{len(units)} writes of {size:,} bytes don't fit one transaction of at most {limits.TRANSACT_ITEMS} writes "
            f"and {limits.TRANSACT_BYTES:,} bytes; nothing was sent. Commit in smaller steps, or open the session with "
            'overflow="not_atomic"'
        )
    return tuple(
        Batch(tuple(group), new_token(), exactly_once or len(group) > 1 or group[0].write.kind == "check")
        for group in groups
    )


def _groups(units: Sequence[Unit]) -> list[list[Unit]]:
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
    if write.update is not None:
        from dynexpr.expression.nodes import Value
        from dynexpr.expression.walk import walk

        size += sum(item_size({"": each.wire}) for each in walk(write.update) if isinstance(each, Value))
    return size


def send_all(sendable: Sequence[Batch], engine: "Engine", consumed: Consumed) -> None:
    """Send the batches in order; when one of several fails, PartlyCommitted says which took effect."""
    for position, batch in enumerate(sendable):
        try:
            consumed.add(batch.send(engine))
        except DynexprError as error:
            if position == 0 and len(sendable) == 1:
                raise
            raise PartlyCommitted(
                f"{sum(len(each.units) for each in sendable[:position])} writes took effect, then: {error}",
                applied=[unit.obj or unit.write.subject for each in sendable[:position] for unit in each.units],
                pending=[unit.obj or unit.write.subject for each in sendable[position:] for unit in each.units],
                cause=error,
                batches_applied=position,
            ) from error


class Preview:
    """What a commit would write, without sending it; prints well, and is iterated write by write."""

    def __init__(self, sendable: Sequence[Batch], settings: Settings) -> None:
        self.requests = [batch.request(settings) for batch in sendable]
        """What would be sent."""
        self.writes = [unit.write for batch in sendable for unit in batch.units]
        self.transactional = any(batch.transaction for batch in sendable)
        self.write_units = sum((_least_units(write) for write in self.writes), Decimal(0)) * (
            2 if self.transactional else 1
        )
        """The least write units on the tables: indexes, and what is stored already, come on top."""

    def to_dict(self) -> dict[str, Any]:
        """The preview as plain data."""
        return {
            "requests": [{"operation": request.operation, "params": request.params} for request in self.requests],
            "write_units_at_least": self.write_units,
        }

    def __iter__(self) -> Any:
        return iter(self.writes)

    def __len__(self) -> int:
        return len(self.writes)

    def __str__(self) -> str:
        if not self.requests:
            return "nothing to write"
        lines = [f"{', '.join(request.operation for request in self.requests)}: at least {self.write_units:f} write units"]
        for write in self.writes:
            what = f" {write.update}" if write.update is not None else ""
            under = "" if write.whole_condition is None else f" if {write.whole_condition}"
            lines.append(f"  {write.kind} {write.table.title} {show_key(write.key)}{what}{under}")
        return "\n".join(lines)

    __repr__ = __str__


def _least_units(write: Write) -> Decimal:
    return Decimal(max(1, -(-payload(write) // limits.WRITE_UNIT_BYTES)))
