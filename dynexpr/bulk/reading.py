"""How are many keys read?  100 a request, several requests at the same time, each item into its place."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dynexpr.bulk.deadlines import Deadlines
from dynexpr.compose import batch_request
from dynexpr.errors import AccessDenied, DynexprError, TableNotFound
from dynexpr.flows import Deadline, Flow, ReadFlow, Response, batch_flow, each_of
from dynexpr.limits import BATCH_GET_KEYS
from dynexpr.requests import Place, Request, places_of
from dynexpr.statements.batch import BATCH_PARALLEL, Batching
from dynexpr.statements.callbacks import call
from dynexpr.statements.get import BatchGet, Target
from dynexpr.statements.keys import given_key
from dynexpr.tables import table_of
from dynexpr.wire import Item

if TYPE_CHECKING:
    from dynexpr.executing import Core

_DEFAULT = Batching(BATCH_GET_KEYS, BATCH_PARALLEL)
Chunk = list[tuple[Place, Target]]
"""What one request reads."""
Found = tuple[list[tuple[str, list[Item]]], list[DynexprError]]
"""Table names and items, and the errors that kept a chunk from being read to its end, each with what it left."""


def plain_key(target: Target) -> Any:
    """A target's key as a user gives it."""
    return given_key(target.table, target.key)


def items_of(
    core: "Core", statement: BatchGet, shown: Callable[[Target], Any], places: Sequence[Place] = ()
) -> ReadFlow[list[Item | None]]:
    """The items of a statement's keys, in their order; None for a missing one.

    *shown* makes of a target what `on_error` and an error's `leftover` have; *places* are those of the targets, where
    somebody has them already, and each of them once.
    """
    settings = core.settings
    how = statement.how or _DEFAULT
    consistent = statement.options.consistent_read
    consistent = settings.consistent_read if consistent is None else consistent
    if places:
        different = list(zip(places, statement.targets, strict=True))
    else:
        places = places_of(statement.targets)
        different = list(dict(zip(places, statement.targets, strict=True)).items())
    tables = map(table_of, {id(target.entity): target.entity for target in statement.targets}.values())
    names = {settings.name(table): (table.name, table.frozen) for table in tables}
    starts = range(0, len(different), how.chunk_size)
    unread = {start: different[start : start + how.chunk_size] for start in starts}
    deadlines = Deadlines(core, statement)
    items: dict[Place, Item] = {}
    done = 0

    def flows() -> Iterator[tuple[int, ReadFlow[Found]]]:
        for start in starts:
            targets = [target for _, target in unread[start]]
            yield start, _read(batch_request(targets, statement, settings, consistent=consistent), deadlines.next())

    def take(start: int, found: Found) -> None:
        nonlocal done
        answered, errors = found
        for name, part in answered:
            table, frozen = names[name]
            for item in part:
                items[table, frozen(item)] = item
        chunk = unread.pop(start)
        if errors:
            mind(start, chunk, errors)
        done += len(chunk)
        if how.on_progress is not None:
            call("on_progress", how.on_progress, done, len(different))

    def mind(start: int, chunk: Chunk, errors: Sequence[DynexprError]) -> None:
        lefts = [set(left_by(error)) for error in errors]
        if how.on_error is None:
            unread[start] = [each for each in chunk if any(each[0] in left for left in lefts)]
            raise errors[0]
        for error, left in zip(errors, lefts, strict=True):
            error.leftover = ()
            call("on_error", how.on_error, [shown(target) for place, target in chunk if place in left], error)

    def left_by(error: DynexprError) -> Iterator[Place]:
        for parts in error.leftover:
            for name, part in parts.items():
                table, frozen = names[name]
                yield from ((table, frozen(key)) for key in part["Keys"])

    try:
        # One request needs nobody to carry it out meanwhile.
        yield from each_of(flows(), take, how.parallel if len(unread) > 1 else 1)
    except DynexprError as error:
        error.leftover = [shown(target) for start in sorted(unread) for _, target in unread[start]]
        raise
    return [items.get(place) for place in places]


def _read(request: Request, deadline: Deadline) -> Flow[Found]:
    """The items of one chunk, as far as they could be read."""
    found: list[tuple[str, list[Item]]] = []

    def take(response: Response) -> None:
        found.extend((response.get("Responses") or {}).items())

    try:
        yield from batch_flow(request, deadline, take)
    except (TableNotFound, AccessDenied) as error:
        (parts,) = error.leftover
        if len(parts) == 1:
            return found, [error]
        # One table keeps the others from being read: each is asked for by itself, and has its own error.
        errors: list[DynexprError] = []
        for name, part in parts.items():
            alone = Request(request.operation, {**request.params, "RequestItems": {name: part}})
            items, failed = yield from _read(alone, deadline)
            found += items
            errors += failed
        return found, errors
    except DynexprError as error:
        return found, [error]
    return found, []
