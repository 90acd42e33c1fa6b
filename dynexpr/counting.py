"""How many items does a select find?  DynamoDB counts them where it can, else they are read."""

from typing import TYPE_CHECKING

from dynexpr.compose import read_request
from dynexpr.flows import Deadline, ReadFlow, sent, together
from dynexpr.plan.made import Plan
from dynexpr.reading import Reader, all_of
from dynexpr.requests import Settings

if TYPE_CHECKING:
    from dynexpr.wire import Item


def count_of(made: Plan, settings: Settings, deadline: Deadline) -> ReadFlow[int]:
    """How many items there are: `Select=COUNT` where DynamoDB can tell, else by reading them."""
    if not made.counts_exactly:
        return len((yield from all_of(Reader(made, settings), deadline)))
    if made.limit is None and made.requests > 1:
        parts = [_count_of_part(made, settings, part, None, deadline) for part in range(made.requests)]
        return sum((yield from together(parts)))
    total = 0
    for part in range(made.requests):
        left = None if made.limit is None else made.limit - total
        total += yield from _count_of_part(made, settings, part, left, deadline)
        if total == made.limit:
            break
    return total


def _count_of_part(made: Plan, settings: Settings, part: int, most: int | None, deadline: Deadline) -> ReadFlow[int]:
    """How many items one query or segment finds, up to a number."""
    total = 0
    start: Item | None = None
    while most is None or total < most:
        left = None if most is None or made.selective else most - total
        limit = min((count for count in (made.page_size, left) if count is not None), default=None)
        request = read_request(made, settings, start, part=part, limit=limit, counting=True)
        response = yield from sent(request, deadline)
        total += response["Count"]
        start = response.get("LastEvaluatedKey") or None
        if start is None:
            break
    return total if most is None else min(total, most)
