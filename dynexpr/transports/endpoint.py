"""What does the URL of an endpoint say?  Scheme, host and port, without loading urllib."""

from typing import NamedTuple

_NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"


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
    scheme, _, place = url.partition("://")
    if scheme not in {"http", "https"} or not place.isascii():
        return None
    host, colon, digits = place.removesuffix("/").rpartition(":")
    if not colon or digits.endswith("]"):  # the colon of an IPv6 address, or none
        host, digits = host + colon + digits, ""
    elif not (digits.isdecimal() and 0 < int(digits) < 65536):
        return None
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    allowed = "0123456789abcdefABCDEF:." if bare is not host else _NAME
    if not bare or bare.strip(allowed):
        return None
    usual = 443 if scheme == "https" else 80
    port = int(digits) if digits else usual
    return Endpoint(scheme, bare, port, host if port == usual else f"{host}:{port}")


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    found = endpoint_of(url)
    if found is not None:
        host = found.host
    else:
        from urllib.parse import urlsplit

        host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")
