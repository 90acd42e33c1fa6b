"""What does an HTTP/1.1 request say?  Fed with bytes as they come, without any network."""

from typing import Final, NoReturn

from dynexpr.transports.http1 import BadMessage, MessageReader

MAX_REQUEST: Final = 16 * 2**20
"""Bytes of a body; with more, the service answers 413."""


class RequestTooLarge(BadMessage):
    """A body of more bytes than DynamoDB takes."""


class RequestReader(MessageReader):
    """Gathers one request; what `rest` holds afterwards begins the next."""

    __slots__ = ("method", "path")

    def __init__(self, limit: int = MAX_REQUEST) -> None:
        super().__init__(limit)
        self.method = ""
        self.path = ""

    @property
    def waits_to_send(self) -> bool:
        """Whether the client sends the body once it was told to: `Expect: 100-continue`."""
        return (
            self.body is None
            and not self._size
            and self.headers is not None
            and self.headers.get("expect", "").lower() == "100-continue"
        )

    def _first_line(self, line: str) -> str | None:
        words = line.split(" ")
        if len(words) != 3 or words[2] not in {"HTTP/1.1", "HTTP/1.0"} or not words[0].isalpha() or not words[1]:
            raise BadMessage(f"no HTTP/1.1: {line[:80]!r}")
        self.method, self.path, version = words
        return version

    def _has_body(self) -> bool | None:
        return False

    def _check_begin(self, data: bytes) -> None:
        # An empty line before a request is passed over by some servers; no client of DynamoDB's sends one.
        if not data[:1].isalpha():
            raise BadMessage("no HTTP/1.1")

    def _too_large(self, what: str) -> NoReturn:
        raise RequestTooLarge(f"{what}, more than DynamoDB takes")
