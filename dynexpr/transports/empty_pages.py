"""Makes a page of a Query or Scan that has no items and is not the last one, as a filter that nothing passes does.

Such a page says where the next begins. The only place that can be named is after an item, so the first item's key is
given out, and when the same request comes back with it, it is taken for the place where the page began.
"""

from typing import Any

from dynexpr.requests import Request
from dynexpr.transports import Transport


class EmptyPages:
    """The places that were given out, each until it comes back."""

    def __init__(self) -> None:
        self._given: list[tuple[Request, Any, Any]] = []

    def page(self, request: Request, carry: Transport) -> dict[str, Any]:
        """An empty page in place of what a request finds; what it finds, where that is nothing."""
        answer = carry.send(Request(request.operation, {**request.params, "Limit": 1}, request.until))
        place = answer.get("LastEvaluatedKey")
        if place is None:
            return answer
        self._given = [each for each in self._given if each[0] != _elsewhere(request)]
        self._given.append((_elsewhere(request), place, request.params.get("ExclusiveStartKey")))
        if "Items" in answer:
            answer["Items"] = []
        return {**answer, "Count": 0, "ScannedCount": 0}

    def meant(self, request: Request) -> Request:
        """The request that is meant by one which begins at a place that was given out."""
        start = request.params.get("ExclusiveStartKey")
        if start is None or not self._given:
            return request
        elsewhere = _elsewhere(request)
        for given in self._given:
            if given[0] == elsewhere and given[1] == start:
                self._given.remove(given)
                params = dict(elsewhere.params)
                if given[2] is not None:
                    params["ExclusiveStartKey"] = given[2]
                return Request(request.operation, params, request.until)
        return request


def _elsewhere(request: Request) -> Request:
    """The request without the place where it begins."""
    params = {name: value for name, value in request.params.items() if name != "ExclusiveStartKey"}
    return Request(request.operation, params)
