"""How is a read served?  The plan: plain facts, from which requests and explanations are made."""

from typing import Any, Final, Literal

from dynexpr.columns import Column
from dynexpr.expression.nodes import Condition, Projection, Record, conjunction, node
from dynexpr.indexes import Index
from dynexpr.limits import BATCH_GET_KEYS
from dynexpr.plan.ranges import EVERYTHING, Range
from dynexpr.tables import Table
from dynexpr.wire import Item

Operation = Literal["GetItem", "BatchGetItem", "Query", "Scan", "Nothing"]
BY_KEY: Final = frozenset({"GetItem", "BatchGetItem"})


@node
class Plan(Record):
    """How a read is served."""

    operation: Operation
    table: Table
    index: Index | None = None
    keys: tuple[Item, ...] = ()
    """GetItem and BatchGetItem: the keys, in the order of the results."""
    partitions: tuple[tuple[Condition, ...], ...] = ()
    """Query: for each query the equalities of its key condition."""
    sort_term: Condition | None = None
    """Query: what the key condition of each query says besides, of the first sort attribute that has no equality."""
    bounds: Range = EVERYTHING
    """Query: the range that `sort_term` stands for."""
    order: tuple[Column[Any], ...] = ()
    """Query: the sort attributes without an equality; the results of each query come in their order."""
    filter: Condition | None = None
    residue: Condition | None = None
    """What DynamoDB can neither be told as a key condition nor as a filter: checked of each item that was read."""
    projection: Projection | None = None
    """What is asked for, with what the client needs besides."""
    cut: Projection | None = None
    """What is left of an item that was read, where more had to be asked for inside an attribute."""
    hydrate: Condition | None = None
    """After reading an index, the items are read from the table, and this is checked of them again."""
    fetches: bool = False
    """Whether DynamoDB itself reads in the table what a local index lacks, at the table's price."""
    rest: Projection | None = None
    """What is asked of the table then; None for whole items."""
    forward: bool = True
    consistent: bool = False
    page_size: int | None = None
    limit: int | None = None
    items_budget: int | None = None
    units_budget: float | None = None
    segments: int = 1
    notes: tuple[str, ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()
    """The paths that were not taken, each with the reason."""

    @property
    def path(self) -> str:
        """The table or index that is read."""
        return self.table.name if self.index is None else f"{self.table.name}/{self.index.name}"

    @property
    def key(self) -> Item | None:
        """GetItem: the key."""
        return self.keys[0] if self.operation == "GetItem" else None

    @property
    def key_conditions(self) -> tuple[Condition, ...]:
        """Query: the key condition of each query."""
        return tuple(self.key_condition_of(number) for number in range(len(self.partitions)))

    @property
    def key_condition(self) -> Condition | None:
        """Query: the key condition where it is one query; None where there are several, or none."""
        return self.key_condition_of(0) if len(self.partitions) == 1 else None

    def key_condition_of(self, number: int) -> Condition:
        """Query: the key condition of one query."""
        return self.key_condition_with(number, self.sort_term)

    def key_condition_with(self, number: int, sort_term: Condition | None) -> Condition:
        """Query: the key condition of one query with another condition on its sort key."""
        terms = self.partitions[number]
        return conjunction(terms if sort_term is None else (*terms, sort_term))

    @property
    def selective(self) -> bool:
        """Whether fewer items may be handed out than are read."""
        return not (self.filter is None and self.residue is None and self.hydrate is None)

    @property
    def counts_exactly(self) -> bool:
        """Whether DynamoDB can tell how many items there are, without sending them: `Select=COUNT`."""
        return self.operation in {"Query", "Scan"} and self.residue is None and self.hydrate is None

    @property
    def requests(self) -> int:
        """How many requests it begins with."""
        if self.operation == "BatchGetItem":
            return -(-len(self.keys) // BATCH_GET_KEYS)
        return {"Nothing": 0, "GetItem": 1, "Query": len(self.partitions), "Scan": self.segments}[self.operation]
