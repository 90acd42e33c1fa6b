"""Carries requests over HTTP itself, signed by ourselves: a start in a fraction of boto3's time and memory."""

import os
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dynexpr.errors import InvalidURL, RequestRefused, TransportError
from dynexpr.requests import Request
from dynexpr.transports import CONNECT_SECONDS, READ_SECONDS
from dynexpr.transports.connections import Connection, Connections
from dynexpr.transports.credentials import Credentials, credentials_for
from dynexpr.transports.endpoint import endpoint_of
from dynexpr.transports.failures import line, lost, no_credentials, unreachable
from dynexpr.transports.http1 import MAX_BODY, Answer, AnswerReader, BadMessage
from dynexpr.transports.protocol import body_of, error_of, response_of
from dynexpr.transports.sigv4 import Keys, Signer

if TYPE_CHECKING:
    from ssl import SSLContext

TOTAL_SECONDS: Final = 60.0
"""How long an answer may take in all, however steadily it trickles, where no deadline says less."""
_SKEW_SECONDS: Final = 240.0
"""A clock that is wrong by less than this is not what a signature was refused for: five minutes are allowed."""
_SKEWED: Final = frozenset(
    {"RequestTimeTooSkewed", "RequestExpired", "InvalidSignatureException", "RequestInTheFuture"}
)
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException"})


class Signed(NamedTuple):
    """A request as it goes over the wire, and what it was signed with."""

    data: bytes
    keys: Keys
    ahead: float
    """How far the service's clock was taken to be ahead."""


class Speaker:
    """What is said to one endpoint and what its answers mean; the same for sync and async."""

    def __init__(self, endpoint: str, region: str, credentials: Credentials, *, gzip: bool = False) -> None:
        parts = endpoint_of(endpoint)
        if parts is None:
            raise InvalidURL(f"{endpoint}: an endpoint is scheme, host and port: http://localhost:8000")
        self.endpoint = endpoint
        self.tls = parts.scheme == "https"
        self.host = parts.host
        self.port = parts.port
        self.credentials = credentials
        self._signer = Signer(region)
        self._ahead = 0.0
        """How far the service's clock is ahead of ours, in seconds, where it turned out to matter."""
        self._headers = {"Host": parts.named, "Content-Type": "application/x-amz-json-1.0"}
        accept = "gzip" if gzip else "identity"
        self._begin = (
            f"POST / HTTP/1.1\r\nHost: {parts.named}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"User-Agent: dynexpr\r\nAccept-Encoding: {accept}\r\n"
        )

    def where(self, request: Request) -> str:
        """What the messages of transport errors begin with."""
        return f"{request.operation} at {self.endpoint}"

    def signed(self, request: Request) -> Signed:
        """The request as it goes over the wire, signed as of now."""
        if not request.operation.isalnum() or not request.operation.isascii():
            raise RequestRefused(
                "there is no such operation", code="UnknownOperationException", operation=request.operation
            )
        body = body_of(request)
        headers = {**self._headers, "X-Amz-Target": f"DynamoDB_20120810.{request.operation}"}
        keys, ahead = self.credentials.keys(self.where(request)), self._ahead
        added = self._signer.headers(keys, "POST", "/", headers, body, time.time() + ahead)
        told = "".join(added.values())
        if not (told.isascii() and told.isprintable()):
            raise no_credentials(self.where(request), "the credentials hold a character that no header can carry")
        lines = "".join([f"{name}: {value}\r\n" for name, value in added.items()])
        head = f"{self._begin}X-Amz-Target: {headers['X-Amz-Target']}\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
        return Signed(head.encode() + body, keys, ahead)

    def response_of(self, request: Request, answer: Answer, signed: Signed, *, again: bool) -> dict[str, Any] | None:
        """What an answer says; None to send the request once more, after clock or keys were put right, if *again*."""
        where = self.where(request)
        if answer.status == 200:
            return response_of(request.operation, answer, where)
        error = error_of(request.operation, answer, where)
        if again and error.code in _SKEWED and self._corrected(answer, signed.ahead):
            return None
        if again and error.code in _EXPIRED and self.credentials.renew(signed.keys):
            return None
        raise error

    def _corrected(self, answer: Answer, used: float) -> bool:
        """Set our clock by the service's, where it differs by much from the one that was *used*.

        Of several requests that were signed by a wrong clock, the first to be refused corrects it for all.
        """
        date = answer.headers.get("date")
        if date is None:
            return False
        from email.utils import parsedate_to_datetime

        try:
            ahead = parsedate_to_datetime(date).timestamp() - time.time()
        except ValueError:
            return False
        if abs(ahead - used) < _SKEW_SECONDS:
            return False
        self._ahead = ahead
        return True


class HttpTransport:
    """A transport to one endpoint, over connections that are kept."""

    def __init__(
        self,
        *,
        endpoint: str,
        region: str,
        credentials: Credentials | None = None,
        profile: str | None = None,
        connect_timeout: float = CONNECT_SECONDS,
        read_timeout: float = READ_SECONDS,
        gzip: bool = False,
        tls: "SSLContext | None" = None,
        limit: int = MAX_BODY,
    ) -> None:
        credentials = credentials or credentials_for(profile, endpoint, os.environ)
        self.speaker = speaker = Speaker(endpoint, region, credentials, gzip=gzip)
        self._connections = Connections(
            speaker.host, speaker.port, tls=speaker.tls, connect_timeout=connect_timeout, context=tls
        )
        self._read_timeout = read_timeout
        self._limit = limit

    def send(self, request: Request, /) -> dict[str, Any]:
        """Send a request; once more where it was refused for the clock or for expired keys."""
        until = time.monotonic() + TOTAL_SECONDS
        if request.until is not None:
            until = min(until, request.until)
        again = True
        while True:
            signed = self.speaker.signed(request)
            answer = self._exchange(request, signed.data, until)
            response = self.speaker.response_of(request, answer, signed, again=again)
            if response is not None:
                return response
            again = False

    def close(self) -> None:
        """Close its connections."""
        self._connections.close()

    def _exchange(self, request: Request, data: bytes, until: float) -> Answer:
        connection = self._send_all(request, data, until)
        reader = AnswerReader(self._limit)
        keep = False
        try:
            self._read(connection, reader, until)
            keep = reader.keep_alive
        except (OSError, BadMessage) as error:
            raise lost(self.speaker.where(request), why(error)) from error
        finally:
            if keep:
                self._connections.give(connection)
            else:
                connection.close()
        answer = reader.answer
        if answer is None:
            raise TransportError(f"{self.speaker.where(request)}: the answer ended before it was whole")
        return answer

    def _send_all(self, request: Request, data: bytes, until: float) -> Connection:
        """Send the bytes over a kept connection, or a new one; what was not sent whole has not been carried out."""
        while True:
            try:
                connection, used = self._connections.take(until)
            except OSError as error:
                raise unreachable(self.speaker.where(request), why(error)) from error
            try:
                connection.sock.settimeout(self._patience(until))
                connection.sock.sendall(data)
            except OSError as error:
                connection.close()
                if used and time.monotonic() < until:
                    continue  # it was closed while it was idle
                raise unreachable(self.speaker.where(request), why(error)) from error
            except BaseException:
                connection.close()
                raise
            return connection

    def _read(self, connection: Connection, reader: AnswerReader, until: float) -> None:
        sock = connection.sock
        while True:
            sock.settimeout(self._patience(until))
            data = sock.recv(reader.wanted)
            if not data:
                reader.end()
                return
            if reader.feed(data):
                return

    def _patience(self, until: float) -> float:
        """How long to wait for the next bytes."""
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return min(self._read_timeout, left)


def why(error: Exception) -> str:
    """What an error of the network says, without its number."""
    if isinstance(error, TimeoutError):
        return "timed out"
    return getattr(error, "strerror", None) or line(error)
