"""What is read next?  A `Reader` holds where a read stands, and gives what the plan's requests find, page by page.

It knows nothing of networks: `read()` is a flow. Of several queries it gives the results merged by their sort key; of
what was read it leaves out what the residue says, and it keeps to limits and budgets.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from dynexpr.capacity import Consumed
from dynexpr.compose import keys_request, read_request
from dynexpr.expression.apply import project
from dynexpr.expression.evaluate import holds
from dynexpr.expression.nodes import Compare, Condition, Record, Value, literal, node
from dynexpr.expression.operators import EQ
from dynexpr.flows import PARALLEL, Deadline, ReadFlow, Response, batch_get_flow, counting, sent, together
from dynexpr.limits import BATCH_GET_KEYS
from dynexpr.plan.made import BY_KEY, Plan
from dynexpr.plan.ranges import Range, key_term, order_of
from dynexpr.requests import Settings
from dynexpr.wire import Item, freeze

Hit = tuple[Item, Item, int]
"""An item; the item or index entry that was read first, which has the key attributes; the number of its part."""


@node
class Place(Record):
    """Where a read stands: which query, segment or key of the plan, and after which item of it (None: before all)."""

    part: int
    key: Item | None = None


class _Stream:
    """One query, or one segment of a scan."""

    __slots__ = ("is_open", "key_condition", "number", "start", "waiting", "wanted")

    def __init__(self, number: int) -> None:
        self.number = number
        self.start: Item | None = None
        self.is_open = True
        """Whether DynamoDB may have more of it."""
        self.waiting = 0
        """How many of its items were read and not handed out."""
        self.key_condition: Condition | None = None
        """What takes the place of the plan's, to go on in the middle."""
        self.wanted: Callable[[Item], bool] | None = None
        """Which of the items are to be handed out then."""


class Reader:
    """Reads what a plan says, from a place on, forwards or backwards; all of it, or one of its queries or segments."""

    def __init__(
        self,
        made: Plan,
        settings: Settings,
        *,
        want: int | None = None,
        after: Place | None = None,
        backwards: bool = False,
        part: int | None = None,
    ) -> None:
        self.made: Final = made
        self._settings = settings
        self._left = made.limit if want is None else want
        self._backwards = backwards
        self._forward = made.forward is not backwards
        self._evaluated = 0
        self._consumed = Consumed()
        self._waiting: list[tuple[Any, Hit]] = []
        self._cut_off = False
        self.stopped = False
        """Whether a budget ended it."""
        self._numbers: list[int] = []
        self._streams: list[_Stream] = []
        if made.operation in BY_KEY:
            self._numbers = self._in_order(range(len(made.keys)))
            if after is not None:
                self._numbers = [number for number in self._numbers if self._beyond(number, after.part)]
        elif made.operation != "Nothing":
            parts = range(made.requests) if part is None else (part,)
            self._streams = [_Stream(number) for number in self._in_order(parts)]
            if after is not None:
                self._go_on(after)

    def _in_order(self, numbers: Iterable[int]) -> list[int]:
        return sorted(numbers, reverse=self._backwards)

    def _beyond(self, number: int, other: int) -> bool:
        return number < other if self._backwards else number > other

    @property
    def _merges(self) -> bool:
        """Whether the results of several queries are put into one order."""
        return len(self._streams) > 1 and len(self.made.partitions) > 1 and bool(self.made.order)

    def _go_on(self, after: Place) -> None:
        """Put each stream where it stands when the item of that place was the last one handed out."""
        values = None if after.key is None else self._sort_values(after.key)
        for stream in self._streams:
            if stream.number == after.part:
                stream.start = after.key
            elif self._merges and values is not None:
                self._narrow(stream, values, after.key or {}, strictly=not self._beyond(stream.number, after.part))
            elif not self._beyond(stream.number, after.part):
                stream.is_open = False

    def _narrow(self, stream: _Stream, values: tuple[Any, ...], key: Item, *, strictly: bool) -> None:
        """Let a query begin at the sort key of an item that is not its own."""
        made = self.made
        column = made.order[0]
        at = literal(key[column.name])
        out = strictly and len(made.order) == 1
        beginning = Range(lower=at, above=out) if self._forward else Range(upper=at, below=out)
        bounds = made.bounds & beginning
        if bounds.empty:
            stream.is_open = False
            return
        term = key_term(bounds, column)
        stream.key_condition = made.key_condition_with(stream.number, term)
        forward = self._forward

        def wanted(entry: Item) -> bool:
            mine = self._sort_values(entry)
            if mine == values:
                return not strictly
            return (mine > values) is forward and (made.sort_term is None or holds(made.sort_term, entry))

        stream.wanted = wanted

    def _sort_values(self, entry: Item) -> tuple[Any, ...]:
        return tuple([order_of(Value(freeze(entry[column.name]))) for column in self.made.order])

    @property
    def evaluated(self) -> int:
        """How many items were read so far, whether they are wanted or not."""
        return self._evaluated

    @property
    def more(self) -> bool:
        """Whether there may be more than was handed out."""
        return self._cut_off or bool(self._waiting or self._numbers) or any(each.is_open for each in self._streams)

    def read(self, deadline: Deadline) -> ReadFlow[list[Hit] | None]:
        """What is found next, which may be nothing; None at the end, at the limit, or when a budget is used up."""
        if self._left == 0 or self.stopped:
            return None
        hits = yield from (self._by_keys(deadline) if self.made.operation in BY_KEY else self._by_streams(deadline))
        if hits is None:
            return None
        if self._left is not None:
            self._cut_off = len(hits) > self._left
            hits = hits[: self._left]
            self._left -= len(hits)
        cut = self.made.cut
        if cut is not None:
            hits = [(project(cut, item), entry, part) for item, entry, part in hits]
        return hits

    def standing(self) -> Place | None:
        """Where it stands when nothing waits to be handed out; None at the end."""
        if self.made.operation in BY_KEY:
            return Place(self._numbers[0] + (1 if self._backwards else -1)) if self._numbers else None
        stream = next((each for each in self._streams if each.is_open), None)
        return None if stream is None else Place(stream.number, stream.start)

    def place_of(self, hit: Hit) -> Place:
        """The place after which an item was found."""
        made = self.made
        if made.operation in BY_KEY:
            return Place(hit[2])
        columns = (*made.table.key_columns, *(() if made.index is None else made.index.key_columns))
        return Place(hit[2], {column.name: hit[1][column.name] for column in columns})

    def _allowed(self, sharing: int = 1) -> int | None:
        """How many items the next request may evaluate, one of so many that share what is left of a budget; None for as
        many as fit a page.
        """
        made = self.made
        counts = [made.page_size, None if made.selective else self._left]
        if made.items_budget is not None:
            counts.append(max(1, (made.items_budget - self._evaluated) // sharing))
        return min((count for count in counts if count is not None), default=None)

    def _used_up(self) -> bool:
        """Whether a budget forbids another request."""
        made = self.made
        items = made.items_budget is not None and self._evaluated >= made.items_budget
        units = made.units_budget is not None and self._consumed.read_units >= made.units_budget
        self.stopped = items or units
        return self.stopped

    def _count(self, operation: str, response: Response, evaluated: int) -> None:
        self._evaluated += evaluated
        if self.made.units_budget is not None:
            self._consumed.count(operation, response)

    def _by_keys(self, deadline: Deadline) -> ReadFlow[list[Hit] | None]:
        if not self._numbers or self._used_up():
            return None
        made = self.made
        count = min(self._allowed() or BATCH_GET_KEYS, BATCH_GET_KEYS)
        numbers, self._numbers = self._numbers[:count], self._numbers[count:]
        if made.operation == "GetItem":
            response = yield from sent(read_request(made, self._settings), deadline)
            self._count("GetItem", response, 1)
            # An item that lacks all that is projected is answered as an empty one.
            return [(response["Item"], response["Item"], 0)] if "Item" in response else []
        keys = [made.keys[number] for number in numbers]
        request = keys_request(made, self._settings, keys, made.projection, consistent=made.consistent)
        found = yield from self._items_of(request.params, keys, deadline)
        hits = [(item, item, number) for number, item in zip(numbers, found, strict=True) if item is not None]
        return hits if made.residue is None else [hit for hit in hits if holds(made.residue, hit[0])]

    def _items_of(self, params: Any, keys: Sequence[Item], deadline: Deadline) -> ReadFlow[list[Item | None]]:
        """The items of some keys, in their order."""
        request = self._settings.request("BatchGetItem", dict(params))
        answered = yield from counting(batch_get_flow([request], deadline), self._count)
        names = self.made.table.key_names
        by_key = {_identity(item, names): item for _, item in answered}
        self._evaluated += len(keys)
        return [by_key.get(_identity(key, names)) for key in keys]

    def _by_streams(self, deadline: Deadline) -> ReadFlow[list[Hit] | None]:
        needy = self._needy()
        if not needy and not self._waiting:
            return None
        if needy:
            complete = yield from self._fetch(needy, deadline)
            if not complete and not self._waiting:
                return None
        # What was read before a budget ended it is handed out, of a merge so far as nothing unread can come before.
        hits = self._ready()
        if self.made.hydrate is not None and hits:
            hits = yield from self._hydrated(hits, self.made.hydrate, deadline)
        return hits

    def _needy(self) -> list[_Stream]:
        """The streams that must be read before anything else can be handed out."""
        if len(self.made.partitions) > 1 and not self._merges:
            first = next((stream for stream in self._streams if stream.is_open), None)
            return [] if first is None else [first]
        needy = [stream for stream in self._streams if stream.is_open and not stream.waiting]
        return needy if self._merges else needy[:PARALLEL]  # a page of each of a thousand segments is too much

    def _fetch(self, streams: list[_Stream], deadline: Deadline) -> ReadFlow[bool]:
        """Read the next page of each of the streams; False where a budget did not allow it."""
        made = self.made
        if len(streams) > 1 and made.items_budget is None and made.units_budget is None:
            responses = yield from together(self._page(stream, deadline) for stream in streams)
            for stream, response in zip(streams, responses, strict=True):
                self._take(stream, response)
            return True
        for done, stream in enumerate(streams):
            if self._used_up():
                return False
            response = yield from self._page(stream, deadline, len(streams) - done)
            self._take(stream, response)
        return True

    def _page(self, stream: _Stream, deadline: Deadline, sharing: int = 1) -> ReadFlow[Response]:
        request = read_request(
            self.made,
            self._settings,
            stream.start,
            part=stream.number,
            limit=self._allowed(sharing),
            forward=self._forward,
            key_condition=self._rest_of(stream),
        )
        return (yield from sent(request, deadline))

    def _rest_of(self, stream: _Stream) -> Condition | None:
        """The key condition of what is left of a query, where it is not the plan's.

        DynamoDB Local refuses to start at the very end of a range, be there more items of that sort key or not; so what
        is left then is asked for by equality.
        """
        made = self.made
        end = made.bounds.upper if self._forward else made.bounds.lower
        if stream.start is None or end is None:
            return stream.key_condition
        column = made.order[0]
        if literal(stream.start[column.name]) != end:
            return stream.key_condition
        return made.key_condition_with(stream.number, Compare(EQ, column.node, end))

    def _take(self, stream: _Stream, response: Response) -> None:
        """Take over a page: what of it is wanted waits to be handed out."""
        made = self.made
        items: list[Item] = response["Items"]
        self._count(made.operation, response, response.get("ScannedCount", len(items)))
        stream.start = response.get("LastEvaluatedKey") or None
        stream.is_open = stream.start is not None
        if stream.wanted is not None:
            items = [item for item in items if stream.wanted(item)]
        if made.residue is not None and made.hydrate is None:  # what was hydrated is checked as a whole
            items = [item for item in items if holds(made.residue, item)]
        stream.waiting += len(items)
        number = stream.number
        if self._merges:
            self._waiting += [(self._sort_values(item), (item, item, number)) for item in items]
        else:
            self._waiting += [(None, (item, item, number)) for item in items]

    def _ready(self) -> list[Hit]:
        """What can be handed out of that which waits: of a merge, what nothing unread can come before."""
        waiting, self._waiting = self._waiting, []
        if self._merges:
            waiting.sort(key=lambda each: each[1][2], reverse=self._backwards)
            waiting.sort(key=lambda each: each[0], reverse=not self._forward)
            last = {each[1][2]: place for place, each in enumerate(waiting)}
            end = min([last.get(each.number, -1) for each in self._streams if each.is_open], default=len(waiting)) + 1
            waiting, self._waiting = waiting[:end], waiting[end:]
        counts: dict[int, int] = {}
        for _, hit in self._waiting:
            counts[hit[2]] = counts.get(hit[2], 0) + 1
        for stream in self._streams:
            stream.waiting = counts.get(stream.number, 0)
        return [hit for _, hit in waiting]

    def _hydrated(self, hits: list[Hit], condition: Condition, deadline: Deadline) -> ReadFlow[list[Hit]]:
        """The items from the table behind some index entries, of those that the conditions still hold of."""
        made = self.made
        names = made.table.key_names
        found: dict[Any, Item | None] = {}
        keys = list({_identity(hit[1], names): {name: hit[1][name] for name in names} for hit in hits}.values())
        for start in range(0, len(keys), BATCH_GET_KEYS):
            chunk = keys[start : start + BATCH_GET_KEYS]
            request = keys_request(made, self._settings, chunk, made.rest, consistent=made.consistent)
            items = yield from self._items_of(request.params, chunk, deadline)
            found |= {_identity(key, names): item for key, item in zip(chunk, items, strict=True)}
        whole = [(found[_identity(entry, names)], entry, part) for _, entry, part in hits]
        return [(item, entry, part) for item, entry, part in whole if item is not None and holds(condition, item)]


def _identity(item: Item, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple([freeze(item[name]) for name in names])


def page_of(reader: Reader, size: int, deadline: Deadline) -> ReadFlow[tuple[list[Hit], bool]]:
    """So many items, and whether more may follow.

    Of a read that hands out all it evaluates one more is read, so that the last page is known to be the last.
    """
    enough = size if reader.made.selective else size + 1
    hits: list[Hit] = []
    while len(hits) < enough:
        found = yield from reader.read(deadline)
        if found is None:
            break
        hits += found
    return hits[:size], len(hits) > size or reader.more


def all_of(reader: Reader, deadline: Deadline) -> ReadFlow[list[Item]]:
    """All items there are."""
    items: list[Item] = []
    while (found := (yield from reader.read(deadline))) is not None:
        items += [hit[0] for hit in found]
    return items
