"""What does the URL of an endpoint say?  Scheme, host and port, without loading urllib."""

import re
from typing import Final, NamedTuple

_PLAIN: Final = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/?")


class Endpoint(NamedTuple):
    """Where a server listens."""

    scheme: str
    host: str
    """Of an IPv6 address without its brackets."""
    port: int
    named: str
    """Host and port as the Host header has them."""


def endpoint_of(url: str) -> Endpoint | None:
    """The endpoint of a URL that is no more than scheme, host and port; None for any other."""
    found = _PLAIN.fullmatch(url)
    if found is None:
        return None
    scheme, host, digits = found.groups()
    usual = 443 if scheme == "https" else 80
    port = int(digits) if digits else usual
    if not 0 < port < 65536:
        return None
    return Endpoint(scheme, host.strip("[]"), port, host if port == usual else f"{host}:{port}")


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    found = endpoint_of(url)
    if found is not None:
        host = found.host
    else:
        from urllib.parse import urlsplit

        host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
