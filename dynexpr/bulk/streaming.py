"""How is a large read handed out as it comes?  Its segments, or queries, are read at the same time, page by page.

At most one page of each request that is on its way is held. The driver gives a crew that lives as long as the stream
does: closing it ends the requests.
"""

from collections import deque
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from dynexpr.bulk.deadlines import Deadlines
from dynexpr.errors import ArgumentError
from dynexpr.executing import Maker, Selection
from dynexpr.flows import PARALLEL, Begin, ReadFlow, finished, sent
from dynexpr.plan import Plan
from dynexpr.reading import Hit, Reader
from dynexpr.requests import Request
from dynexpr.results import Result
from dynexpr.statements.base import no_statement
from dynexpr.statements.batch import StreamOptions, check_options, checked_parallel
from dynexpr.statements.callbacks import call, check_callback
from dynexpr.statements.select import Select

if TYPE_CHECKING:
    from dynexpr.capacity import Consumed
    from dynexpr.executing import Core

R = TypeVar("R")


class Streaming(Generic[R]):
    """A select that is being read, handed out as it comes."""

    def __init__(
        self,
        core: "Core",
        statement: Select[Any],
        make: Maker[R],
        consumed: "Consumed",
        options: StreamOptions,
    ) -> None:
        check_options("stream()", options, StreamOptions.__annotations__)
        if not isinstance(statement, Select):
            raise no_statement(statement, "stream(): a select(...)", "execute() takes any statement")
        on_progress = options.get("on_progress")
        check_callback("on_progress", on_progress)
        estimate, parallel = options.get("estimate", False), options.get("parallel")
        if estimate and on_progress is None:
            raise ArgumentError("estimate=True tells on_progress of how many: give it one")
        if statement.computes:
            raise ArgumentError(f"{statement} computes its rows of all items: execute() gives them, stream() can't")
        if parallel is not None:
            checked_parallel(parallel)
        self.consumed: Final = consumed
        self._core = core
        self._deadlines = Deadlines(core, statement)
        self._selection: Selection[R] = Selection(core, statement, make, Result, consumed)
        made = self._selection.made
        self._made = made
        self._ordered = options.get("ordered", False)
        self._on_progress = on_progress
        self._estimate = estimate and made.operation == "Scan"
        self._total: int | None = None
        self._left = made.limit
        self._settled = False
        parts = range(made.requests) if self._apart(made) else ()
        self._readers = {part: Reader(made, core.settings, part=part) for part in parts}
        self._waiting = deque(parts)
        """Parts to be read on, of which nothing is on its way."""
        self._ready: dict[int, list[Hit]] = {}
        """In order: a page of a part whose turn has not come."""
        self._over: set[int] = set()
        """Parts that are read to their end."""
        self._first = 0
        """In order: the part that is handed out."""
        self._under_way = 0
        self._parallel: Final = min(len(parts), PARALLEL) if parallel is None else min(parallel, len(parts))

    @property
    def crewed(self) -> bool:
        """Whether it begins flows, and so wants a crew."""
        return self._parallel > 1

    def _apart(self, made: Plan) -> bool:
        """Whether the parts of a plan are read each for itself."""
        if made.operation not in {"Scan", "Query"} or made.requests < 2 or self._selection.waits:
            return False
        if made.items_budget is not None or made.units_budget is not None:
            return False  # a budget is for all of them together
        return not (self._ordered and made.order and len(made.partitions) > 1)  # queries that are to be merged

    def next_page(self) -> ReadFlow[list[R] | None]:
        """What comes next, which may be nothing; None at the end."""
        if self._estimate and self._total is None:
            self._total = yield from _item_count(self._core, self._made)
        if self._left == 0:
            return None
        if not self._readers:
            page = yield from self._whole()
            self._progress(self._selection.evaluated)
            return page
        hits = yield from (self._next_alone() if self._parallel == 1 else self._next_hits())
        self._progress(sum(reader.evaluated for reader in self._readers.values()))
        if hits is None:
            return None
        if self._left is not None:
            hits = hits[: self._left]
            self._left -= len(hits)
        return self._selection.made_of(hits)

    def _whole(self) -> ReadFlow[list[R] | None]:
        """The next page of a read that is not parted."""
        if not self._selection.waits:
            return (yield from self._selection.next_page())
        if self._settled:
            return None
        self._settled = True
        return (yield from self._selection.settled())

    def _page(self, part: int) -> ReadFlow[list[Hit] | None]:
        return self._readers[part].read(self._deadlines.next())

    def _next_alone(self) -> ReadFlow[list[Hit] | None]:
        """The next page of the first part that is not read to its end."""
        while self._waiting:
            hits = yield from self._page(self._waiting[0])
            if hits is not None:
                return hits
            self._waiting.popleft()
        return None

    def _next_hits(self) -> ReadFlow[list[Hit] | None]:
        """The next page of any part, or, in order, of the first one."""
        while True:
            yield from self._begin()
            if self._first in self._ready:
                hits = self._ready.pop(self._first)
                self._waiting.appendleft(self._first)
                yield from self._begin()
                return hits
            if not self._under_way:
                return None
            part, found = yield from finished()
            self._under_way -= 1
            if found is None:
                self._over.add(part)
                while self._first in self._over:
                    self._first += 1
            elif self._ordered:
                self._ready[part] = found
            else:
                self._waiting.append(part)
                yield from self._begin()  # so that something is on its way while this page is looked at
                return found  # type: ignore[no-any-return]  # a yield gives Any

    def _begin(self) -> ReadFlow[None]:
        while self._waiting and self._under_way + len(self._ready) < self._parallel:
            part = self._waiting.popleft()
            self._under_way += 1
            yield Begin(part, self._page(part))

    def _progress(self, done: int) -> None:
        if self._on_progress is not None:
            # The count that DescribeTable gives is some hours old.
            call("on_progress", self._on_progress, done, None if self._total is None else max(self._total, done))


def _item_count(core: "Core", made: Plan) -> ReadFlow[int]:
    """How many items a table or index has, as counted some hours ago."""
    request = Request("DescribeTable", {"TableName": core.settings.name(made.table)})
    table: dict[str, Any] = (yield from sent(request, core.deadline(None)))["Table"]
    if made.index is not None:
        indexes = [*table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ())]
        table = next((index for index in indexes if index["IndexName"] == made.index.name), table)
    return int(table.get("ItemCount", 0))
