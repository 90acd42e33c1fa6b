"""Makes a page of a Query or Scan that has no items and is not the last one, as a filter that nothing passes does.

Such a page says where the next begins. The only place that can be named is after an item, so the first item's key is
given out, and when the same request comes back with it, be it more than once, it is taken for the place where the page
began: until a page really ends there.
"""

import threading
from collections import deque
from typing import Any, Final

from dynexpr.requests import Request
from dynexpr.transports import Transport

_KEPT: Final = 10_000
"""Of places that never come back, because nobody read on, the oldest are forgotten."""
_OWN: Final = frozenset({"ExclusiveStartKey", "Limit", "ReturnConsumedCapacity"})
"""What each page may ask for differently."""


class EmptyPages:
    """The places that were given out, each until it is the end of a page."""

    def __init__(self) -> None:
        self._given: deque[tuple[Any, Any, Any]] = deque(maxlen=_KEPT)
        """What was asked for, the place that was given out, and where that page began."""
        self._lock = threading.Lock()

    def page(self, request: Request, carry: Transport) -> dict[str, Any]:
        """An empty page in place of what a request finds; what it finds, where that is nothing."""
        answer = carry.send(Request(request.operation, {**request.params, "Limit": 1}, request.until))
        place = answer.get("LastEvaluatedKey")
        if place is None:
            return answer
        asked = _asked(request)
        with self._lock:
            self._forget(asked, place)
            self._given.append((asked, place, request.params.get("ExclusiveStartKey")))
        if "Items" in answer:
            answer["Items"] = []
        return {**answer, "Count": 0, "ScannedCount": 0}

    def meant(self, request: Request) -> Request:
        """The request that is meant by one which begins at a place that was given out."""
        start = request.params.get("ExclusiveStartKey")
        if start is None or not self._given:
            return request
        asked = _asked(request)
        with self._lock:
            given = next((each for each in self._given if each[0] == asked and each[1] == start), None)
        if given is None:
            return request
        params = {name: value for name, value in request.params.items() if name != "ExclusiveStartKey"}
        if given[2] is not None:
            params["ExclusiveStartKey"] = given[2]
        return Request(request.operation, params, request.until)

    def answered(self, request: Request, answer: dict[str, Any]) -> None:
        """Forget a place that an answer gives out as the end of its page."""
        end = answer.get("LastEvaluatedKey") if self._given else None
        if end is None:
            return
        with self._lock:
            self._forget(_asked(request), end)

    def _forget(self, asked: Any, place: Any) -> None:
        for each in [each for each in self._given if each[0] == asked and each[1] == place]:
            self._given.remove(each)


def _asked(request: Request) -> Any:
    """What is asked for, whatever the page."""
    return request.operation, {name: value for name, value in request.params.items() if name not in _OWN}
