"""What does a request consume?  Read and write units, for the table and for each index, and how they are reported.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from typing import Any

from dynexpr import limits
from dynexpr.local.schema import KeySpace, Schema


def read_units(size: int, *, consistent: bool) -> float:
    """The units of reading that many bytes at once; nothing costs as much as a block."""
    blocks = max(-(-size // limits.READ_UNIT_BYTES), 1)
    return float(blocks) if consistent else blocks / 2


def write_units(size: int) -> float:
    """The units of writing an item of that many bytes."""
    return float(max(-(-size // limits.WRITE_UNIT_BYTES), 1))


class Consumed:
    """The units one request consumed on one table."""

    __slots__ = ("indexes", "schema", "table")

    def __init__(self, schema: Schema, table: float = 0.0) -> None:
        self.schema = schema
        self.table = table
        self.indexes: dict[str, float] = {}

    def add(self, space: KeySpace, units: float) -> None:
        """Count units on the table or on an index."""
        if space.name is None:
            self.table += units
        else:
            self.indexes[space.name] = self.indexes.get(space.name, 0.0) + units

    def times(self, factor: float) -> None:
        """A transaction pays double."""
        self.table *= factor
        self.indexes = {name: units * factor for name, units in self.indexes.items()}

    @property
    def total(self) -> float:
        """The units of the table and its indexes together."""
        return self.table + sum(self.indexes.values())


def report(consumed: Consumed, wanted: str | None, transaction: str | None = None) -> dict[str, Any] | None:
    """The ConsumedCapacity of one table; None where it was not asked for.

    A transaction's names the units a second time, by their kind: `transaction` is "Read" or "Write".
    """
    if wanted is None or wanted == "NONE":
        return None

    def units(amount: float) -> dict[str, Any]:
        named = {f"{transaction}CapacityUnits": amount} if transaction else {}
        return {"CapacityUnits": amount, **named}

    answer: dict[str, Any] = {"TableName": consumed.schema.name, **units(consumed.total)}
    if wanted == "INDEXES":
        answer["Table"] = units(consumed.table)
        for kind, member in (("local", "LocalSecondaryIndexes"), ("global", "GlobalSecondaryIndexes")):
            parts = {
                name: units(amount)
                for name, amount in consumed.indexes.items()
                if consumed.schema.indexes[name].kind == kind
            }
            if parts:
                answer[member] = parts
    return answer
