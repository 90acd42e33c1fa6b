"""What did the code under test send?  A recorder listens to an engine and answers in a test's words."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

from dynexpr.errors import ArgumentError, nearest
from dynexpr.event import Exchange, listen
from dynexpr.hiding import redacted
from dynexpr.indexes import BoundIndex, Index
from dynexpr.operations import PARTIQL, check_operation
from dynexpr.partiql_table import source_of, statements_of
from dynexpr.tables import Table
from dynexpr.testing.parameters import check_parameter, check_reads_indexes

if TYPE_CHECKING:
    from dynexpr.local import LocalEngine


_METERED: Final = frozenset(
    {
        *PARTIQL, "BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan",
        "TransactGetItems", "TransactWriteItems", "UpdateItem",
    }
)  # fmt: skip
"""Operations whose answers say what they consumed, if they are asked to."""


class Sent:
    """Some of the requests that were sent, in their order: true when there is one, and it says what it looked for."""

    def __init__(
        self, recorder: "Recorder", exchanges: Iterable[Exchange], looked_for: str, operations: tuple[str, ...] = ()
    ) -> None:
        self._recorder = recorder
        self._exchanges = list(exchanges)
        self._looked_for = looked_for
        self._operations = operations
        """Those that were asked for; none for all."""

    def where(self, *, table: Any = None, index: Any = None, **params: Any) -> "Sent":
        """Those of a table (model, Table or name), on an index (or its name), and with parameters, by their own names.

        `recorder.sent(Query).where(table=Payment, index=Payment.by_customer, ScanIndexForward=False)`

        Values of items stand as they are sent: `Key={"id": {"S": "u1"}}`.

        Raises ArgumentError for a table or an index that is not there, for an index and a parameter that none of the
        operations has, and for values of items as Python has them: a test that looks for it would find nothing,
        whatever was sent.
        """
        found = self._exchanges
        told = [self._looked_for]
        if table is not None:
            name = self._recorder.table_name(table)
            found = [exchange for exchange in found if name in exchange.tables]
            told.append(f"table={name}")
        if index is not None:
            check_reads_indexes(self._operations)
            index_name = self._recorder.index_name(index, table)
            found = [exchange for exchange in found if exchange.index == index_name]
            told.append(f"index={index_name}")
        for parameter, value in params.items():
            check_parameter(self._operations, parameter, value)
            found = [exchange for exchange in found if exchange.request.params.get(parameter) == value]
            told.append(f"{parameter}={value!r}")
        return Sent(self._recorder, found, " ".join(told), self._operations)

    def once(self) -> Exchange:
        """Assert that it was one request; it is returned: `.request.params`, `.response`, `.attempt`."""
        __tracebackhide__ = True
        self.times(1)
        return self._exchanges[0]

    def times(self, count: int) -> Self:
        """Assert that it were so many requests. Raises ArgumentError for what counts nothing."""
        __tracebackhide__ = True
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ArgumentError(f"times() takes how many requests it were, from 0, not {count!r}")
        if len(self) != count:
            self._fail(f"{count} of {self._looked_for}")
        return self

    def never(self) -> None:
        """Assert that it was none."""
        __tracebackhide__ = True
        self.times(0)

    @property
    def read_units(self) -> Decimal:
        """What they consumed of reading. Raises ArgumentError where one of them did not ask for that to be told."""
        return sum((exchange.consumed.read_units for exchange in self._metered()), Decimal(0))

    @property
    def write_units(self) -> Decimal:
        """What they consumed of writing. Raises ArgumentError where one of them did not ask for that to be told."""
        return sum((exchange.consumed.write_units for exchange in self._metered()), Decimal(0))

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    def __getitem__(self, place: int) -> Exchange:
        return self._exchanges[place]

    def __repr__(self) -> str:
        return f"<{len(self)} of {self._looked_for}; {self._recorder.told()}>"

    def _metered(self) -> list[Exchange]:
        """The requests; refuses to add up where the sum would be too small without saying so."""
        for exchange in self._exchanges:
            asked = exchange.request.params.get("ReturnConsumedCapacity", "NONE") != "NONE"
            if not asked and exchange.response is not None and exchange.operation in _METERED:
                raise ArgumentError(
                    f"nobody asked what this {exchange.operation} consumed: send it with ReturnConsumedCapacity; "
                    "statements do so by themselves, but for engines made with capacity=False"
                )
        return self._exchanges

    def _fail(self, wanted: str) -> NoReturn:
        __tracebackhide__ = True
        raise AssertionError(f"wanted {wanted}, found {len(self)}; {self._recorder.told()}")


class Recorder:
    """Every attempt of an engine, sync or async, to send a request, from now on.

    >>> from dynexpr import create_engine
    >>> engine = create_engine("local://")
    >>> with Recorder(engine) as recorder:
    ...     _ = engine.send("ListTables")
    >>> recorder.sent("ListTables").once().response
    {'TableNames': []}
    >>> recorder.sent("Query").never()
    """

    def __init__(self, engine: Any) -> None:
        """Listen to an engine, until `stop()` or the end of the `with` block."""
        self._engine: Final = engine
        self.exchanges: list[Exchange] = []
        """All of them; what became of each stands in its `response` and `error`."""
        self._scans: list[Exchange] = []
        self._perhaps_scans: list[Exchange] = []
        """PartiQL of which only the engine, which is not ours, knows what it reads."""
        self._known: dict[str, set[str]] = {}
        listen(engine, "after_request", self._note)

    def sent(self, *operations: str) -> Sent:
        """The requests of some operations, by their names or by `dynexpr.testing`'s `Query`, `PutItem`, …; or all."""
        for operation in operations:
            check_operation(operation, "recorder.sent()")
        found = [each for each in self.exchanges if not operations or each.operation in operations]
        return Sent(self, found, " or ".join(operations) or "any operation", operations)

    def no_scans(self) -> None:
        """Assert that nothing was to read a whole table or index: no Scan, and no PartiQL without a partition key.

        Whether a WHERE of PartiQL names the partition key is known of the embedded engine's tables only: of other
        engines, ArgumentError is raised where a SELECT was sent that has one.
        """
        __tracebackhide__ = True
        Sent(self, self._scans, "Scan, or PartiQL that scans").never()
        if self._perhaps_scans:
            raise ArgumentError(
                f"no_scans(): whether this scans depends on the table's key, which {self._engine!r} does not tell: "
                f"{_line(self._perhaps_scans[0])}; run the test on local://, or assert the statements one by one, as "
                "recorder.sent('ExecuteStatement').where(Statement=...).once()"
            )

    @property
    def read_units(self) -> Decimal:
        """What everything consumed of reading."""
        return self.sent().read_units

    @property
    def write_units(self) -> Decimal:
        """What everything consumed of writing."""
        return self.sent().write_units

    def clear(self) -> None:
        """Forget what was sent so far."""
        for each in (self.exchanges, self._scans, self._perhaps_scans):
            each.clear()

    def stop(self) -> None:
        """Listen no longer; what was sent stays known."""
        listeners = self._engine.listeners.get("after_request", [])
        if self._note in listeners:
            listeners.remove(self._note)

    def table_name(self, table: Any) -> str:
        """The name of a table, as the engine has it, of a model, a Table or a name."""
        declared = getattr(table, "__table__", table)
        if isinstance(declared, Table):
            name: str = self._engine.settings.name(declared)
            return name
        if not isinstance(declared, str):
            raise ArgumentError(f"table is a model, a Table or a name, not {table!r}")
        prefix = str(self._engine.settings.table_prefix)
        name = declared if prefix and declared.startswith(prefix) else prefix + declared
        if any(name in each.tables for each in self.exchanges):
            return name
        known = self._indexes(lambda tables: name in tables)
        if known is not None and name not in known:
            raise ArgumentError(f"there is no table {name!r}{nearest(name, known)}")
        return name

    def index_name(self, index: Any, table: Any = None) -> str:
        """The name of an index that a model declares, or a name that an index of the table has, or of any table."""
        declared = index.index if isinstance(index, BoundIndex) else index
        if isinstance(declared, Index):
            return declared.name
        if not isinstance(index, str):
            raise ArgumentError(f"index is one that a model declares, or its name, not {index!r}")
        if any(each.index == index for each in self.exchanges):
            return index
        of_table = None if table is None else self.table_name(table)

        def names(tables: dict[str, set[str]]) -> set[str]:
            return set().union(*tables.values()) if of_table is None else tables.get(of_table, set())

        known = self._indexes(lambda tables: index in names(tables))
        if known is not None and index not in names(known):
            of = "there is" if of_table is None else f"{of_table} has"
            others = sorted(name for name, indexes in known.items() if index in indexes)
            hint = f"; {' and '.join(others)} {'has' if len(others) == 1 else 'have'}" if others else ""
            raise ArgumentError(f"{of} no index {index!r}{hint or nearest(index, names(known))}")
        return index

    def _indexes(self, is_there: Callable[[dict[str, set[str]]], bool]) -> dict[str, set[str]] | None:
        """The names of the embedded engine's tables, with those of their indexes; None of any other engine.

        They are asked for once, and again where what is looked for was not there.
        """
        engine = self._embedded()
        if engine is None:
            return None
        if not is_there(self._known):
            self._known |= _indexes_of(engine)
        return self._known

    def _embedded(self) -> "LocalEngine | None":
        from dynexpr.testing.embedded import local_engine

        try:
            return local_engine(self._engine)
        except ArgumentError:
            return None

    def told(self) -> str:
        """Everything that was sent, a line each."""
        if not self.exchanges:
            return "nothing was sent"
        return "\n  ".join(["sent was:", *map(_line, self.exchanges)])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<recorder; {self.told()}>"

    def _note(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if exchange.operation == "Scan":
            self._scans.append(exchange)
        elif exchange.operation in PARTIQL:
            self._note_partiql(exchange)

    def _note_partiql(self, exchange: Exchange) -> None:
        """Keep whether it scans: a table that is there still knows its key."""
        params = exchange.request.params
        engine = self._embedded()
        if engine is not None:
            if engine.scans(exchange.operation, params):
                self._scans.append(exchange)
            return
        selects = [source for text in statements_of(params) if (source := source_of(text)) and source.selects]
        if not all(source.narrowed for source in selects):
            self._scans.append(exchange)
        elif selects and exchange.operation == "ExecuteStatement":
            # Of batches and transactions the service refuses any read that does not name the whole key.
            self._perhaps_scans.append(exchange)


def _indexes_of(engine: "LocalEngine") -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    page: dict[str, Any] = {}
    while True:
        page = engine.call("ListTables", page)
        for name in page["TableNames"]:
            table = engine.call("DescribeTable", {"TableName": name})["Table"]
            of_both = (*table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ()))
            found[name] = {each["IndexName"] for each in of_both}
        last = page.get("LastEvaluatedTableName")
        if last is None:
            return found
        page = {"ExclusiveStartTableName": last}


def _line(exchange: Exchange) -> str:
    params = exchange.request.params
    place = ", ".join(exchange.tables) + (f"/{exchange.index}" if exchange.index else "")
    shown = ("KeyConditionExpression", "FilterExpression", "ConditionExpression")
    texts = [*(str(params[name]) for name in shown if name in params), *statements_of(redacted(params))]
    attempt = f" (attempt {exchange.attempt})" if exchange.attempt > 1 else ""
    failed = f" -> {type(exchange.error).__name__}" if exchange.error is not None else ""
    return f"{exchange.operation} {place}{attempt} {'; '.join(texts)}".rstrip() + failed
