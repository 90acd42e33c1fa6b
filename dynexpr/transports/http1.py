"""What does an HTTP/1.1 message say?  Fed with bytes as they come, without any network.

Strict where leniency could give a wrong answer: a body whose end is not certain, or that is longer than what DynamoDB
can send, is refused. http.client reads headers with the email package, which costs more than all the rest of a request.
"""

from typing import Final, NamedTuple, NoReturn

MAX_HEAD: Final = 65_536
"""Bytes of status line and headers."""
MAX_BODY: Final = 256 * 2**20
"""Bytes of a body. An answer holds at most 16 MB of items, of which JSON makes up to seven times as much."""


class Answer(NamedTuple):
    """A whole answer; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class BadMessage(ValueError):
    """Bytes that are no HTTP message, or not a whole one."""


class MessageReader:
    """Gathers one message, a request or an answer: `feed` until it says that all is there."""

    __slots__ = ("_chunk", "_chunks", "_head", "_left", "_size", "body", "headers", "keep_alive", "limit", "rest")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.keep_alive = False
        """Whether the connection may carry another message."""
        self.headers: dict[str, str] | None = None
        """By names in lower case, as soon as all of them are there."""
        self.body: bytes | None = None
        self.rest = b""
        """What came after the message."""
        self._head = b""
        self._chunks: list[bytes] = []
        self._size = 0
        self._left = -1
        """How many bytes of the body are to come; -1 where only the end of the connection tells."""
        self._chunk: bytearray | None = None
        """What came of a chunked body and is not taken apart yet."""

    @property
    def begun(self) -> bool:
        """Whether any byte has come."""
        return bool(self._head or self.headers is not None)

    @property
    def wanted(self) -> int:
        """How many bytes to ask for next."""
        return min(max(self._left, 65_536), 2**20)

    def feed(self, data: bytes) -> bool:
        """Take the next bytes; whether the message is whole."""
        if self.headers is None:
            data = self._head + data if self._head else data
            rest = self._read_head(data)
            if rest is None:
                return False
            data = rest
        if self._chunk is not None:
            return self._feed_chunked(data)
        return self._feed_plain(data)

    def _first_line(self, line: str) -> str | None:
        """Read the line before the headers: the version of HTTP, or None for a message that only announces another."""
        raise NotImplementedError

    def _has_body(self) -> bool | None:
        """Whether there is a body where the headers tell of none: yes, no, or None where they don't matter."""
        raise NotImplementedError

    def _check_begin(self, data: bytes) -> None:
        """Refuse what can't become a head, as soon as that is seen."""

    def _too_large(self, what: str) -> NoReturn:
        raise BadMessage(what)

    def _read_head(self, data: bytes) -> bytes | None:
        """First line and headers; what follows them, or None while they are not whole."""
        while True:
            head, end, rest = data.partition(b"\r\n\r\n")
            if not end:
                if len(data) > MAX_HEAD:
                    raise BadMessage(f"more than {MAX_HEAD} bytes of headers")
                self._check_begin(data)
                self._head = data
                return None
            text = head.decode("latin-1")
            lines = text.split("\r\n")
            # Others read a bare CR or LF as the end of a line: what one takes for a value is a header to the next.
            if not text.count("\n") == text.count("\r") == len(lines) - 1 or "\0" in text:
                raise BadMessage("a line break, or a zero byte, inside a line")
            version = self._first_line(lines[0])
            if version is not None:
                self._begin_body(version, lines)
                return rest
            data = rest

    def _begin_body(self, version: str, lines: list[str]) -> None:
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise BadMessage(f"a header that is none: {line[:80]!r}")
            name = name.lower()
            value = value.strip()
            if name in headers and name in {"content-length", "transfer-encoding"}:
                raise BadMessage(f"{name} twice")
            headers[name] = value
        self.headers = headers
        connection = headers.get("connection", "").lower()
        self.keep_alive = "close" not in connection and (version == "HTTP/1.1" or "keep-alive" in connection)
        coding = headers.get("transfer-encoding")
        length = headers.get("content-length")
        if coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise BadMessage(f"the transfer coding {coding!r}{'' if length is None else ' with a length'}")
            self._chunk = bytearray()
        elif length is not None:
            if not (length.isascii() and length.isdecimal()) or len(length) > 18:
                raise BadMessage(f"the length {length[:40]!r}")
            self._left = int(length)
            if self._left > self.limit:
                self._too_large(f"{self._left} bytes")
        has_body = self._has_body()
        if has_body is None:
            self._left, self._chunk = 0, None
        elif not has_body and self._chunk is None and self._left < 0:
            self._left = 0

    def _feed_plain(self, data: bytes) -> bool:
        if self._left >= 0:
            if len(data) > self._left:
                self.rest = data[self._left :]
                data = data[: self._left]
            self._left -= len(data)
        self._take(data)
        if self._left == 0:
            self._finish()
            return True
        return False

    def _feed_chunked(self, data: bytes) -> bool:
        waiting = self._chunk
        assert waiting is not None  # noqa: S101 - for type checkers
        waiting += data
        while True:
            end = waiting.find(b"\r\n", 0, 1024)
            if end < 0:
                if len(waiting) > 1024:
                    raise BadMessage("the length of a chunk has no end")
                return False
            digits = bytes(waiting[:end]).partition(b";")[0].strip()
            if not digits or digits.strip(b"0123456789abcdefABCDEF") or len(digits) > 8:
                raise BadMessage(f"the length of a chunk is {digits[:40]!r}")
            size = int(digits, 16)
            if self._size + size > self.limit:
                self._too_large(f"more than {self.limit} bytes")
            start = end + 2
            if size == 0:
                return self._finish_chunked(bytes(waiting[start:]))
            if len(waiting) < start + size + 2:
                return False
            if not waiting.startswith(b"\r\n", start + size):
                raise BadMessage("a chunk is longer than it says")
            self._take(bytes(waiting[start : start + size]))
            del waiting[: start + size + 2]

    def _finish_chunked(self, trailer: bytes) -> bool:
        """After the last chunk there may be headers, and there is an empty line."""
        if trailer.startswith(b"\r\n"):
            after = trailer[2:]
        else:
            _, end, after = trailer.partition(b"\r\n\r\n")
            if not end:
                if len(trailer) > MAX_HEAD:
                    raise BadMessage(f"more than {MAX_HEAD} bytes of trailers")
                return False
        self.rest = after
        self._finish()
        return True

    def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self.limit:
            self._too_large(f"more than {self.limit} bytes")
        if data:
            self._chunks.append(data)

    def _finish(self) -> None:
        chunks = self._chunks
        self.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)


class AnswerReader(MessageReader):
    """Gathers one answer."""

    __slots__ = ("_status", "answer")

    def __init__(self, limit: int = MAX_BODY) -> None:
        super().__init__(limit)
        self.answer: Answer | None = None
        self._status = 0

    def end(self) -> None:
        """The connection was closed: the end of an answer that did not say its length, or a broken one."""
        if self.headers is None:
            raise BadMessage(
                "the connection was closed before an answer" if not self._head else "it ends in the headers"
            )
        if self._chunk is not None or self._left >= 0:
            raise BadMessage(f"the connection was closed after {self._size} bytes of it")
        self.keep_alive = False
        self._finish()

    def _check_begin(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1."[: len(data)]):
            raise BadMessage("no HTTP/1.1")

    def _first_line(self, line: str) -> str | None:
        version, _, told = line.partition(" ")
        if version not in {"HTTP/1.1", "HTTP/1.0"} or not (told[:3].isdecimal() and told[3:4] in {"", " "}):
            raise BadMessage(f"no HTTP/1.1: {line[:80]!r}")
        status = int(told[:3])
        if status < 100 or status == 101:
            raise BadMessage(f"the status {status}")
        if status < 200:
            return None  # 100 Continue, 103 Early Hints: the answer comes after it
        self._status = status
        return version

    def _has_body(self) -> bool | None:
        return None if self._status in {204, 304} else True

    def _too_large(self, what: str) -> NoReturn:
        raise BadMessage(f"{what}, which is more than DynamoDB sends")

    def _finish(self) -> None:
        if self.rest:  # bytes that nobody asked for: the next answer could not be told from them
            self.keep_alive = False
        super()._finish()
        self.answer = Answer(self._status, self.headers or {}, self.body or b"")
