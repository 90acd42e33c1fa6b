"""What came of each item of a batch, and of all of them?"""

from typing import Any, Final, Literal

from dynexpr.capacity import Consumed
from dynexpr.hiding import HIDDEN, redacted
from dynexpr.statements.keys import given_key
from dynexpr.tables import Table
from dynexpr.wire import Item, decode

_KEPT: Final = 1000
"""How many failures a result keeps; there may be millions."""


class Outcome:
    """What came of one put or delete of a batch."""

    __slots__ = ("_of", "error", "item_key", "kind", "replaced", "subject", "table")

    def __init__(
        self,
        kind: Literal["put", "delete"],
        subject: Any,
        item_key: Item,
        error: Exception | None = None,
        *,
        replaced: bool = False,
        table: str = "",
        of: Table | None = None,
    ) -> None:
        self.kind: Literal["put", "delete"] = kind
        self.subject = subject
        """The object, statement or key that was given."""
        self.item_key = item_key
        """The item's key on the wire; empty where what was given has none."""
        self.error = error
        """Why it was not written; None where it was. After a ResponseLost nobody knows."""
        self.replaced = replaced
        """Whether a later write of the same item was sent in its place."""
        self.table = table
        """The table's name, as it is sent; empty where what was given has none."""
        self._of = of

    @property
    def ok(self) -> bool:
        """Whether it was carried out, or a later one in its place."""
        return self.error is None

    @property
    def key(self) -> Any:
        """The item's key as `session.get` and `bulk_delete` take it: a value, or a tuple of two; None where what was
        given has none.
        """
        return None if self._of is None else given_key(self._of, self.item_key)

    def __repr__(self) -> str:
        came = "replaced" if self.replaced else "done" if self.error is None else str(self.error)
        shown = redacted({"TableName": self.table, "Key": self.item_key})["Key"]
        key = tuple(HIDDEN if shown[name] is HIDDEN else decode(wire) for name, wire in self.item_key.items())
        return f"<{self.kind} {key!r}: {came}>"


class BulkResult:
    """What came of a batch: counts, failures, and what it consumed."""

    def __init__(self, consumed: Consumed) -> None:
        self.consumed = consumed
        self.written = 0
        """Items that were put."""
        self.deleted = 0
        """Keys that were deleted, whether there was an item or not."""
        self.replaced = 0
        """Writes that were not sent, as a later one was about the same item."""
        self.failures = 0
        """Writes that failed."""
        self.failed: list[Outcome] = []
        """The first 1,000 of them; `on_outcome=` hears of all."""

    @property
    def done(self) -> int:
        """How many have an outcome."""
        return self.written + self.deleted + self.replaced + self.failures

    def count(self, outcome: Outcome) -> None:
        """Add what came of one."""
        if outcome.error is not None:
            self.failures += 1
            if len(self.failed) < _KEPT:
                self.failed.append(outcome)
        elif outcome.replaced:
            self.replaced += 1
        else:
            self.count_done(outcome.kind)

    def count_done(self, kind: Literal["put", "delete"]) -> None:
        """Add one that was carried out."""
        if kind == "put":
            self.written += 1
        else:
            self.deleted += 1

    def __repr__(self) -> str:
        counts = f"{self.written} written, {self.deleted} deleted, {self.replaced} replaced, {self.failures} failed"
        return f"<{counts}: {self.consumed!r}>"
