"""What does an engine's URL say?  Which transport, how to reach the service, and what to put before tables' names."""

import re

from dynexpr.clock import Clock, utc_now
from dynexpr.errors import InvalidURL
from dynexpr.transports import CONNECT_SECONDS, READ_SECONDS, Transport
from dynexpr.transports.endpoint import endpoint_of

_OPTIONS = frozenset(
    {"endpoint_url", "table_prefix", "profile", "connect_timeout", "read_timeout", "gzip", "index_lag"}
)


def transport_of(url: str, clock: Clock = utc_now) -> tuple[Transport, str]:
    """The transport of a URL, and the table prefix it asks for; the embedded engine goes by *clock*."""
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower() if separator else ""
    if "#" in rest:
        raise InvalidURL(f"{url!r}: an engine URL has no part after '#'")
    rest, _, query = rest.partition("?")
    place, slash, path = rest.partition("/")
    options = _options(query)
    unknown = sorted(options.keys() - _OPTIONS)
    if unknown:
        raise InvalidURL(f"{url!r}: there is no option {unknown[0]!r}; there are {', '.join(sorted(_OPTIONS))}")
    prefix = options.pop("table_prefix", "")
    if scheme == "local":
        lag = options.pop("index_lag", "0")
        if place or options:
            hint = f"; for a file write local:///{place}{slash}{path}" if place else ""
            raise InvalidURL(f"{url!r}: local:// takes a file's path, table_prefix and index_lag only{hint}")
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", lag):
            raise InvalidURL(f"{url!r}: index_lag={lag} is no number of seconds, 0 or more")
        from dynexpr.transports.embedded import EmbeddedTransport

        return EmbeddedTransport(path or None, clock, index_lag=float(lag)), prefix
    if scheme in {"dynamodb", "dynamodb+boto3"}:
        if "index_lag" in options:
            raise InvalidURL(
                f"{url!r}: index_lag is an option of local:// only; the service's indexes lag by themselves"
            )
        if path:
            raise InvalidURL(f"{url!r}: a region takes no path '/{path}'; write dynamodb://us-east-1/?endpoint_url=…")
        if not re.fullmatch("[A-Za-z0-9-]*", place):
            raise InvalidURL(  # it may hold a password, so it is not repeated
                f"{scheme}://: a region stands after it, as in {scheme}://us-east-1/, no host, port or credentials; "
                "an endpoint goes into ?endpoint_url=http://localhost:8000, credentials into ?profile=…"
            )
        return _dynamodb(url, scheme, place, options), prefix
    raise InvalidURL(
        f"{url!r}: the scheme {scheme!r} is not known; write local://, local:///file.db, dynamodb://us-east-1/ "
        "or dynamodb+boto3://us-east-1/"
    )


def file_of(url: str) -> str | None:
    """The path of a `local:///file` URL, empty for `local://`; None for a URL of any other engine.

    >>> file_of("local:///dev.db?table_prefix=dev-"), file_of("local://"), file_of("dynamodb://us-east-1/")
    ('dev.db', '', None)
    """
    scheme, _, rest = url.partition("://")
    return rest.partition("?")[0].partition("/")[2] if scheme.lower() == "local" else None


def _options(query: str) -> dict[str, str]:
    if "%" in query or "+" in query:
        from urllib.parse import parse_qsl

        return dict(parse_qsl(query, keep_blank_values=True))
    pairs = [part.partition("=") for part in query.split("&") if part]
    return {name: value for name, _, value in pairs}


def _dynamodb(url: str, scheme: str, region: str, options: dict[str, str]) -> Transport:
    from dynexpr.transports.choose import ChosenTransport, Options, through_boto3

    chosen = Options(
        region=region or None,
        endpoint_url=_endpoint(url, options.get("endpoint_url")),
        profile=options.get("profile"),
        connect_timeout=_seconds(url, options, "connect_timeout", CONNECT_SECONDS),
        read_timeout=_seconds(url, options, "read_timeout", READ_SECONDS),
        gzip=_switch(url, options, "gzip"),
    )
    return ChosenTransport(chosen) if scheme == "dynamodb" else through_boto3(chosen)


def _endpoint(url: str, endpoint: str | None) -> str | None:
    if endpoint is None or endpoint_of(endpoint) is not None:
        return endpoint
    if not endpoint.startswith(("http://", "https://")):
        raise InvalidURL(f"{url!r}: endpoint_url begins with http:// or https://, not {endpoint!r}")
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(endpoint)
        problem = None if parts.hostname and parts.port != 0 else "a host is missing, or the port is 0"
    except ValueError as error:
        problem = str(error)
    if problem is not None:
        raise InvalidURL(f"{url!r}: endpoint_url={endpoint}: {problem}; write http://localhost:8000")
    return endpoint


def _seconds(url: str, options: dict[str, str], name: str, default: float) -> float:
    try:
        seconds = float(options.get(name, default))
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise InvalidURL(f"{url!r}: {name} is a number of seconds above 0, not {options[name]!r}")
    return seconds


def _switch(url: str, options: dict[str, str], name: str) -> bool:
    asked = options.get(name, "false")
    if asked not in {"true", "false"}:
        raise InvalidURL(f"{url!r}: {name} is true or false, not {asked!r}")
    return asked == "true"
