"""How are many keys read?  100 a request, several requests at the same time, each item into its place."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dynexpr.bulk.deadlines import Deadlines
from dynexpr.compose import batch_request
from dynexpr.errors import Abandoned, DynexprError
from dynexpr.flows import Deadline, Flow, ReadFlow, Response, batch_flow, each_of
from dynexpr.limits import BATCH_GET_KEYS
from dynexpr.requests import Request, place_of, unique_targets
from dynexpr.statements.batch import BATCH_PARALLEL, Batching
from dynexpr.statements.get import BatchGet, Target
from dynexpr.wire import Item, freeze

if TYPE_CHECKING:
    from dynexpr.executing import Core

_DEFAULT = Batching(BATCH_GET_KEYS, BATCH_PARALLEL)
Found = tuple[list[tuple[str, Item]], DynexprError | None]
"""Table names and items, and the error that kept a chunk from being read to its end."""


def plain_key(target: Target) -> Any:
    """A target's key as a user gives it: a value, or a tuple of two."""
    values = tuple(column.type.decode(target.key[column.name]) for column in target.table.key_columns)
    return values[0] if len(values) == 1 else values


def items_of(core: "Core", statement: BatchGet, shown: Callable[[Target], Any]) -> ReadFlow[list[Item | None]]:
    """The items of a statement's keys, in their order; None for a missing one.

    *shown* makes of a target what `on_error` and an error's `leftover` have.
    """
    settings = core.settings
    how = statement.how or _DEFAULT
    consistent = statement.options.consistent_read
    consistent = settings.consistent_read if consistent is None else consistent
    unique = unique_targets(statement.targets)
    names = {settings.name(target.table): (target.table.name, target.table.key_names) for target in unique}
    chunks = [unique[start : start + how.chunk_size] for start in range(0, len(unique), how.chunk_size)]
    deadlines = Deadlines(core, statement)
    items: dict[tuple[Any, ...], Item] = {}
    settled: set[tuple[Any, ...]] = set()

    def flows() -> Iterator[tuple[Sequence[Target], ReadFlow[Found]]]:
        for chunk in chunks:
            yield chunk, _read(batch_request(chunk, statement, settings, consistent=consistent), deadlines.next())

    def identity(name: str, key: Item) -> tuple[Any, ...]:
        table, key_names = names[name]
        return (table, *[freeze(key[each]) for each in key_names])

    def take(chunk: Sequence[Target], found: Found) -> None:
        answered, error = found
        for name, item in answered:
            items[identity(name, item)] = item
        if error is None:
            settled.update(map(place_of, chunk))
        else:
            left = {
                identity(name, key) for parts in error.leftover for name, part in parts.items() for key in part["Keys"]
            }
            settled.update({place_of(target) for target in chunk} - left)
            if how.on_error is None:
                raise error
            settled.update(left)
            error.leftover = ()
            how.on_error([shown(target) for target in chunk if place_of(target) in left], error)
        if how.on_progress is not None:
            how.on_progress(len(settled), len(unique))

    try:
        # One request needs nobody to carry it out meanwhile.
        yield from each_of(flows(), take, how.parallel if len(chunks) > 1 else 1)
    except DynexprError as error:
        error.leftover = [shown(target) for target in unique if place_of(target) not in settled]
        raise
    return [items.get(place_of(target)) for target in statement.targets]


def _read(request: Request, deadline: Deadline) -> Flow[Found]:
    """The items of one chunk, as far as they could be read."""
    found: list[tuple[str, Item]] = []

    def take(response: Response) -> None:
        for table, items in (response.get("Responses") or {}).items():
            found.extend((table, item) for item in items)

    if deadline.passed:
        late = Abandoned("it was not sent: the deadline had passed")
        late.leftover = (request.params["RequestItems"],)
        return found, late
    try:
        yield from batch_flow(request, deadline, take)
    except DynexprError as error:
        return found, error
    return found, None
