"""Which transport carries a `dynamodb://` engine's requests?  HTTP itself, or boto3 where that is not enough.

The choice is made at the first request, so that an engine is made without reading anything. One line of the log, at
level DEBUG, says why it was boto3.
"""

import os
import re
import sys
from _thread import allocate_lock
from collections.abc import Mapping
from types import FunctionType
from typing import Any, Final, NamedTuple

from dynexpr.errors import InvalidURL
from dynexpr.logs import listened
from dynexpr.requests import Request
from dynexpr.transports import Transport
from dynexpr.transports.credentials import config_files
from dynexpr.transports.endpoint import endpoint_of

_REGION: Final = r"(us|eu|ap|sa|ca|me|af|il|mx|us-gov)-[a-z]+-\d+"
_CHINA: Final = r"cn-[a-z]+-\d+"
_SETTING: Final = (
    r"(?m)^\s*(endpoint_url|services|ca_bundle|use_fips_endpoint|use_dualstack_endpoint|account_id_endpoint_mode)\s*="
)
"""Settings of a config file that only botocore understands."""


class Options:
    """What the URL says of the way to the service."""

    __slots__ = ("connect_timeout", "endpoint_url", "gzip", "profile", "read_timeout", "region")

    def __init__(
        self,
        *,
        region: str | None,
        endpoint_url: str | None,
        profile: str | None,
        connect_timeout: float,
        read_timeout: float,
        gzip: bool,
    ) -> None:
        self.region = region
        self.endpoint_url = endpoint_url
        self.profile = profile
        self.connect_timeout = connect_timeout
        self.read_timeout = read_timeout
        self.gzip = gzip


class ChosenTransport:
    """The transport of `dynamodb://`: HTTP, or boto3 where HTTP is not enough, or while botocore is being mocked."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._lock = allocate_lock()
        self._chosen: Transport | None = None
        self._mocked: tuple[str, Transport] | None = None
        """The transport that meets a mock: its client was made while the mock was there."""

    def send(self, request: Request, /) -> dict[str, Any]:
        """Send a request by the chosen way."""
        return self.chosen().send(request)

    def close(self) -> None:
        """Close whatever was opened."""
        for transport in (self._chosen, self._mocked[1] if self._mocked else None):
            if transport is not None:
                transport.close()

    def chosen(self) -> Transport:
        """The transport of the next request."""
        if "botocore" in sys.modules:
            mock = mocked()
            if mock is not None:
                return self._of_mock(mock)
        chosen = self._chosen
        if chosen is None:
            with self._lock:
                chosen = self._chosen
                if chosen is None:
                    chosen = self._chosen = transport_for(self.options, os.environ)
        return chosen

    def _of_mock(self, mock: str) -> Transport:
        with self._lock:
            if self._mocked is None or self._mocked[0] != mock:
                self._mocked = (mock, through_boto3(self.options, mock))
            return self._mocked[1]


class Way(NamedTuple):
    """How requests get to the service."""

    endpoint: str
    region: str
    why_boto3: str | None
    """Why HTTP itself is not enough; None where it is."""


def way_of(options: Options, environ: Mapping[str, str]) -> Way:
    """HTTP where it can do what the URL and the environment ask for; else boto3."""
    region = options.region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if not region:
        region = _profile_region(options.profile, environ)
    endpoint = options.endpoint_url or _environment_endpoint(environ)
    if endpoint is None and region:
        endpoint = _regional_endpoint(region)
    if not region:
        reason: str | None = "no region was found"
    elif not re.fullmatch("[A-Za-z0-9-]+", region):
        reason = f"{region!r} is no region"
    else:
        reason = _why_not(options, endpoint, environ)
    if endpoint is None and reason is None:
        reason = f"the endpoint of the region {region} is botocore's to know"
    return Way(endpoint or "", region or "", reason)


def transport_for(options: Options, environ: Mapping[str, str]) -> Transport:
    """The transport of the way there is."""
    way = way_of(options, environ)
    if way.why_boto3 is not None:
        return through_boto3(options, way.why_boto3, way.region)
    from dynexpr.transports.http import HttpTransport

    return HttpTransport(
        endpoint=way.endpoint,
        region=way.region,
        profile=options.profile,
        connect_timeout=options.connect_timeout,
        read_timeout=options.read_timeout,
        gzip=options.gzip,
    )


def through_boto3(options: Options, reason: str | None = None, region: str | None = None) -> Transport:
    """The transport through boto3's client; a *reason* is put to the log."""
    from dynexpr.transports.boto import BotoTransport

    if reason is not None and (log := listened()) is not None:
        log.debug("requests go through boto3: %s", reason)
    return BotoTransport(
        region=options.region or region or None,
        endpoint_url=options.endpoint_url,
        profile=options.profile,
        connect_timeout=options.connect_timeout,
        read_timeout=options.read_timeout,
    )


def _environment_endpoint(environ: Mapping[str, str]) -> str | None:
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    for name in ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"):
        if endpoint := environ.get(name):
            if not endpoint.startswith(("http://", "https://")):
                raise InvalidURL(f"{name}={endpoint}: it begins with http:// or https://")
            return endpoint
    return None


def _regional_endpoint(region: str) -> str | None:
    if re.fullmatch(_REGION, region):
        return f"https://dynamodb.{region}.amazonaws.com"
    if re.fullmatch(_CHINA, region):
        return f"https://dynamodb.{region}.amazonaws.com.cn"
    return None


def _why_not(options: Options, endpoint: str | None, environ: Mapping[str, str]) -> str | None:
    """Why HTTP itself is not enough; None where it is."""
    if endpoint is None:
        return None
    scheme = endpoint.partition("://")[0]
    if endpoint_of(endpoint) is None:
        return f"the endpoint {endpoint} is more than scheme, host and port"
    for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY"):
        if environ.get(name):
            return f"{name} is set"
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        if scheme == "https" and environ.get(name):
            return f"{name} is set"
    if options.endpoint_url is None:
        for name in ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"):
            if environ.get(name, "").lower() == "true":
                return f"{name} is set"
        if environ.get("AWS_ACCOUNT_ID_ENDPOINT_MODE") == "required":
            return "AWS_ACCOUNT_ID_ENDPOINT_MODE is set"
    return _why_not_by_file(options, scheme, environ)


def _why_not_by_file(options: Options, scheme: str, environ: Mapping[str, str]) -> str | None:
    """What the files of settings ask for that only botocore understands, in whatever profile."""
    for path in config_files(environ):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - pathlib is slow to load
                settings = set(re.findall(_SETTING, file.read()))
        except OSError:
            continue
        if options.endpoint_url is not None:
            settings &= {"ca_bundle"}
        if scheme != "https":
            settings -= {"ca_bundle"}
        if settings:
            return f"{min(settings)} is set in {path}"
    return None


def _profile_region(profile: str | None, environ: Mapping[str, str]) -> str | None:
    """The region of the profile; botocore is asked only where there is a file that could say it."""
    if not any(os.path.isfile(path) for path in config_files(environ)):  # noqa: PTH113
        return None
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        region: str | None = Session(profile=profile).get_config_variable("region")
    except BotoCoreError:
        return None  # boto3's client will say what is wrong
    return region


def mocked() -> str | None:
    """Who takes botocore's requests away from the network in this process: moto, a patch; None where nobody does.

    Such a program means all requests to DynamoDB, and does not know that ours would not pass botocore.
    """
    client = sys.modules.get("botocore.client")
    if client is not None and not _is_own(client.BaseClient._make_api_call):  # noqa: SLF001 - this is what mocks patch
        return "botocore's client is patched"
    session = sys.modules.get("botocore.httpsession")
    if session is not None and not _is_own(session.URLLib3Session.send):
        return "botocore's HTTP session is patched"
    handlers = sys.modules.get("botocore.handlers")
    if handlers is not None:
        for event in handlers.BUILTIN_HANDLERS:
            # moto's handler stays after its mock has ended, and says so.
            if event[0].startswith("before-send") and getattr(event[1], "enabled", True):
                return f"botocore is mocked by {type(event[1]).__module__}"
    return None


def _is_own(function: object) -> bool:
    """Whether a function was written in botocore: a decorator of botocore's own is no patch."""
    return isinstance(function, FunctionType) and f"{os.sep}botocore{os.sep}" in function.__code__.co_filename
