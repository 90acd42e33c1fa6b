"""What would a statement send, why, and what would it cost?  Said without any network."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from dynexpr import limits
from dynexpr.errors import ScanRequired
from dynexpr.expression.nodes import Compare, literal, replace
from dynexpr.expression.operators import EQ
from dynexpr.plan.choose import plan
from dynexpr.plan.made import BY_KEY, Plan
from dynexpr.prices import ON_DEMAND
from dynexpr.statements.aggregates import Aggregation
from dynexpr.statements.select import Select
from dynexpr.wire import Item

_HALF: Final = Decimal("0.5")
_SHOWN: Final = 3
"""Keys, or key conditions, that are shown of many."""


class Explanation:
    """What a statement would send, why, and what it costs; prints well, and `to_dict()` gives it as data."""

    __slots__ = ("_computed", "_plan", "_refused")

    def __init__(self, plan_: Plan, refused: str | None = None, computed: str | None = None) -> None:
        self._plan = plan_
        self._refused = refused
        self._computed = computed

    def to_dict(self) -> dict[str, Any]:
        """The explanation as plain data; units and dollars are those of one request, the least and the most."""
        made = self._plan
        low, high = self._units()
        return {
            "operation": made.operation,
            "table": made.table.name,
            "index": None if made.index is None else made.index.name,
            "requests": made.requests,
            "key_condition": self._key_text(),
            "filter": None if made.filter is None else str(made.filter),
            "residue": None if made.residue is None else str(made.residue),
            "projection": None if made.projection is None else str(made.projection),
            "order": self._order(),
            "computed": self._computed,
            "consistent_read": made.consistent,
            "hydrate": made.hydrate is not None,
            "read_units_per_request": (low, high),
            "dollars_per_request": (ON_DEMAND.cost(low, Decimal(0)), ON_DEMAND.cost(high, Decimal(0))),
            "prices_dated": ON_DEMAND.dated,
            "notes": list(made.notes),
            "warnings": list(self._warnings()),
            "rejected": [{"path": path, "why": why} for path, why in made.rejected],
        }

    def _key_text(self) -> str | None:
        made = self._plan
        if made.operation in BY_KEY:
            return _some("; ", [self._key(key) for key in made.keys[:_SHOWN]], len(made.keys))
        if made.operation != "Query":
            return None
        shown = [str(made.key_condition_of(number)) for number in range(min(_SHOWN, len(made.partitions)))]
        return _some("; ", shown, len(made.partitions))

    def _key(self, key: Item) -> str:
        columns = self._plan.table.key_columns
        return " AND ".join(str(Compare(EQ, column.node, literal(key[column.name]))) for column in columns)

    def _order(self) -> str | None:
        return None if self._plan.operation != "Query" else "ascending" if self._plan.forward else "descending"

    def _units(self) -> tuple[Decimal, Decimal]:
        """The least and the most read units one request can take."""
        made = self._plan
        if made.operation == "Nothing":
            return Decimal(0), Decimal(0)
        factor = Decimal(1) if made.consistent else _HALF
        item = limits.ITEM_BYTES // limits.READ_UNIT_BYTES
        if made.operation == "GetItem":
            return factor, factor * item
        if made.operation == "BatchGetItem":
            keys = min(len(made.keys), limits.BATCH_GET_KEYS)
            return factor * keys, factor * item * keys
        page = limits.PAGE_BYTES // limits.READ_UNIT_BYTES
        evaluated = [count for count in (made.page_size, made.items_budget) if count is not None]
        if made.limit is not None and not made.selective:
            evaluated.append(made.limit)
        return factor, factor * min([page, *(count * item for count in evaluated)])

    def _warnings(self) -> Iterable[str]:
        """What follows from the statement, and is easily overlooked."""
        made = self._plan
        if self._refused is not None:
            yield f"ScanRequired is raised when it is executed: {self._refused}"
        if made.operation == "Scan":
            yield "a scan has no order, and its pages no way back"
        if made.limit is not None and made.selective:
            yield f"limit({made.limit}) counts results, not items read: it may take many requests; budget() bounds them"
        index = made.index
        thin = index is not None and index.kind == "global" and index.projection != "ALL"
        if index is not None and thin and made.hydrate is None and made.projection is None:
            yield f"index {index.name} does not hold whole items: what it lacks stays unloaded"
        if made.hydrate is not None:
            yield "the index and the table are read one after the other, so that an item may have changed in between"

    def __str__(self) -> str:
        facts = self.to_dict()
        low, high = facts["read_units_per_request"]
        cheap, dear = facts["dollars_per_request"]
        consistency = "consistent" if facts["consistent_read"] else "eventually consistent"
        count = facts["requests"]
        rows = [
            ("operation", f"{facts['operation']} on {self._plan.path}" + (f", {count} requests" if count > 1 else "")),
            ("key condition", facts["key_condition"]),
            ("filter", _with(facts["filter"], "after reading, saves no units")),
            ("client check", _with(facts["residue"], "after reading, DynamoDB can't be told")),
            ("projection", facts["projection"]),
            ("order", facts["order"]),
            ("computed", facts["computed"]),
            ("read units", f"{low} to {high} a request, ${cheap:f} to ${dear:f} ({consistency})" if high else "none"),
        ]
        rows += [("note", note) for note in facts["notes"]]
        rows += [("warning", warning) for warning in facts["warnings"]]
        rows += [("not", f"{each['path']}: {each['why']}") for each in facts["rejected"]]
        return "\n".join(f"{label:<14}{text}" for label, text in rows if text is not None)

    __repr__ = __str__


def _with(text: str | None, remark: str) -> str | None:
    return None if text is None else f"{text} ({remark})"


def _some(joint: str, shown: list[str], count: int) -> str:
    more = f"{joint}… and {count - len(shown)} more" if count > len(shown) else ""
    return joint.join(shown) + more


def explain(statement: Select[Any], *, consistent: bool = False) -> Explanation:
    """The explanation of a select; one that is refused is explained as what it would be, and says so."""
    computed = _computed(statement) if isinstance(statement, Aggregation) else None
    try:
        return Explanation(plan(statement, consistent=consistent), computed=computed)
    except ScanRequired:
        pass
    # Out of the handler: what is wrong with it besides is no consequence of the refusal.
    why = "it would read everything, which .allow_scan() allows"
    if statement.ordering is not None:
        why = f"nothing gives the order by {statement.ordering.path}; this is the plan without order_by()"
    return Explanation(plan(replace(statement, scan_allowed=True, ordering=None), consistent=consistent), why, computed)


def _computed(statement: Aggregation[Any]) -> str:
    """What is computed, and by whom."""
    if statement.only_counts:
        return f"{statement.told} (items are counted, and paid for like read ones)"
    return f"{statement.told} (by the client, over all items that are read)"
