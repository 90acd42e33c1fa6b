"""How is a request signed?  AWS Signature Version 4, alone: no network, no files, no environment.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple

_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_UNSIGNED: Final = frozenset(
    [
        "baggage",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-amzn-trace-id",
    ]
)
"""Headers that may change on the way."""


class Keys(NamedTuple):
    """An access key and its secret; *token* is there for temporary ones."""

    access: str
    secret: str
    token: str | None = None

    def __repr__(self) -> str:
        return f"<the access key {self.access[:4]}…>"


class Signer:
    """Signs requests to one service in one region; the key it derives for a day is kept."""

    __slots__ = ("_derived", "region", "service")

    def __init__(self, region: str, service: str = "dynamodb") -> None:
        self.region = region
        self.service = service
        self._derived: tuple[str, str, bytes] = ("", "", b"")

    def headers(
        self,
        keys: Keys,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        now: float,
        *,
        query: str = "",
    ) -> dict[str, str]:
        """The headers to add to a request: X-Amz-Date, X-Amz-Security-Token where there is one, and Authorization.

        *headers* are those that will be sent (Host among them), *path* and *query* as they will be sent, *now* seconds
        since the epoch by the service's clock.
        """
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        added = {"X-Amz-Date": moment}
        if keys.token:  # an empty one in a file means none
            added["X-Amz-Security-Token"] = keys.token
        signed = {name.lower(): value for group in (headers, added) for name, value in group.items()}
        names = sorted(signed.keys() - _UNSIGNED)
        lines = "".join([f"{name}:{' '.join(signed[name].split())}\n" for name in names])
        joined = ";".join(names)
        place = f"{method}\n{_canonical_path(path)}\n{_canonical_query(query)}"
        canonical = f"{place}\n{lines}\n{joined}\n{sha256(body).hexdigest()}"
        scope = f"{moment[:8]}/{self.region}/{self.service}/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._key(keys.secret, moment[:8]), to_sign.encode(), "sha256").hex()
        added["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={keys.access}/{scope}, SignedHeaders={joined}, Signature={signature}"
        )
        return added

    def _key(self, secret: str, day: str) -> bytes:
        known_secret, known_day, key = self._derived
        if known_secret == secret and known_day == day:
            return key
        key = f"AWS4{secret}".encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        self._derived = (secret, day, key)  # one assignment: threads see the old one or the new one
        return key


def _canonical_path(path: str) -> str:
    """The path without `.`, `..` and doubled slashes, and encoded once more, as for every service but S3."""
    if path in {"", "/"}:
        return "/"
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in {"", "."}:
            steps.append(step)
    ends = "/" if path.endswith("/") and steps else ""
    return f"/{'/'.join(_escaped(step) for step in steps)}{ends}"


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = [part.partition("=")[::2] for part in query.split("&")]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _escaped(text: str) -> str:
    return "".join([chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in text.encode()])
