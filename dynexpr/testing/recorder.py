"""What did the code under test send?  A recorder listens to an engine and answers in a test's words."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, NoReturn, Self

from dynexpr.errors import ArgumentError, nearest
from dynexpr.event import Exchange, listen
from dynexpr.operations import check_operation
from dynexpr.tables import BoundIndex, Index, Table

_METERED: Final = frozenset(
    {
        "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement",
        "ExecuteTransaction", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems",
        "UpdateItem",
    }
)  # fmt: skip
"""Operations whose answers say what they consumed, if they are asked to."""


class Sent:
    """Some of the requests that were sent, in their order: true when there is one, and it says what it looked for."""

    def __init__(self, recorder: "Recorder", exchanges: Iterable[Exchange], looked_for: str) -> None:
        self._recorder = recorder
        self._exchanges = list(exchanges)
        self._looked_for = looked_for

    def where(self, *, table: Any = None, index: Any = None, **params: Any) -> "Sent":
        """Those of a table (model, Table or name), on an index (or its name), and with parameters, by their own names.

        `recorder.sent(Query).where(table=Payment, index=Payment.by_customer, ScanIndexForward=False)`

        Raises ArgumentError for a table or an index that is not there, and for what no request has as a parameter: a
        test that looks for it would find nothing, whatever was sent.
        """
        found = self._exchanges
        told = [self._looked_for]
        if table is not None:
            name = self._recorder.table_name(table)
            found = [exchange for exchange in found if name in exchange.tables]
            told.append(f"table={name}")
        if index is not None:
            index_name = self._recorder.index_name(index, table)
            found = [exchange for exchange in found if exchange.index == index_name]
            told.append(f"index={index_name}")
        for parameter, value in params.items():
            _check_parameter(parameter)
            found = [exchange for exchange in found if exchange.request.params.get(parameter) == value]
            told.append(f"{parameter}={value!r}")
        return Sent(self._recorder, found, " ".join(told))

    def once(self) -> Exchange:
        """Assert that it was one request; it is returned: `.request.params`, `.response`, `.attempt`."""
        __tracebackhide__ = True
        self.times(1)
        return self._exchanges[0]

    def times(self, count: int) -> Self:
        """Assert that it were so many requests."""
        __tracebackhide__ = True
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
        listen(engine, "after_request", self._note)

    def sent(self, *operations: str) -> Sent:
        """The requests of some operations, by their names or by `dynexpr.testing`'s `Query`, `PutItem`, …; or all."""
        for operation in operations:
            check_operation(operation, "recorder.sent()")
        found = [each for each in self.exchanges if not operations or each.operation in operations]
        return Sent(self, found, " or ".join(operations) or "any operation")

    def no_scans(self) -> None:
        """Assert that nothing was sent by Scan; what PartiQL scans is an ExecuteStatement, to be asserted of itself."""
        __tracebackhide__ = True
        self.sent("Scan").never()

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
        self.exchanges.clear()

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
        known = self._indexes()
        if known is not None and name not in known and not any(name in each.tables for each in self.exchanges):
            raise ArgumentError(f"there is no table {name!r}{nearest(name, known)}")
        return name

    def index_name(self, index: Any, table: Any = None) -> str:
        """The name of an index that a model declares, or a name that an index of the table has, or of any table."""
        declared = index.index if isinstance(index, BoundIndex) else index
        if isinstance(declared, Index):
            return declared.name
        if not isinstance(index, str):
            raise ArgumentError(f"index is one that a model declares, or its name, not {index!r}")
        known = self._indexes()
        if known is None or any(each.index == index for each in self.exchanges):
            return index
        tables = known if table is None else {self.table_name(table)}
        names = {name for each in tables for name in known.get(each, ())}
        if index not in names:
            raise ArgumentError(f"there is no index {index!r}{nearest(index, names)}")
        return index

    def _indexes(self) -> dict[str, set[str]] | None:
        """The names of the embedded engine's tables, with those of their indexes; None of any other engine."""
        from dynexpr.testing.embedded import local_engine

        try:
            engine = local_engine(self._engine)
        except ArgumentError:
            return None
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


def _check_parameter(name: str) -> None:
    """Raise ArgumentError for what is no parameter of any request."""
    from dynexpr.local.validate import REQUESTS

    known = {parameter for request in REQUESTS.values() for parameter in request.members}
    if name not in known:
        raise ArgumentError(f"no request has a parameter {name!r}{nearest(name, known)}")


def _line(exchange: Exchange) -> str:
    params = exchange.request.params
    place = ", ".join(exchange.tables) + (f"/{exchange.index}" if exchange.index else "")
    texts = [
        params[name] for name in ("KeyConditionExpression", "FilterExpression", "ConditionExpression") if name in params
    ]
    attempt = f" (attempt {exchange.attempt})" if exchange.attempt > 1 else ""
    failed = f" -> {type(exchange.error).__name__}" if exchange.error is not None else ""
    return f"{exchange.operation} {place}{attempt} {'; '.join(texts)}".rstrip() + failed
