"""With which keys is a request signed?  The environment's, else those that botocore finds."""

import os
from _thread import allocate_lock
from collections.abc import Mapping
from typing import Any, Final, Protocol

from dynexpr.errors import CredentialsMissing, DynexprError, TransportError
from dynexpr.logs import listened
from dynexpr.transports.endpoint import is_loopback
from dynexpr.transports.failures import line, no_credentials
from dynexpr.transports.sigv4 import Keys

_TO_BOTOCORE: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "BOTO_CONFIG",
)
"""Variables that say where botocore finds keys."""
DUMMY: Final = Keys("dynexpr", "dynexpr")
"""For an endpoint on this machine, where there are none."""


class Credentials(Protocol):
    """Where the keys come from."""

    quick: bool
    """Whether `keys` neither reads files nor asks the network, so that an event loop may call it."""

    def keys(self, where: str) -> Keys:
        """The keys of now; CredentialsMissing where there are none. *where* is what the error begins with."""
        ...

    def renew(self, refused: Keys) -> bool:
        """Look for other keys than those that were refused as expired; whether there may be any."""
        ...


class EnvironmentKeys:
    """AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."""

    quick = True

    def __init__(self, found: Keys) -> None:
        self._keys = found

    def keys(self, where: str) -> Keys:  # noqa: ARG002 - the protocol's
        """The keys as they were when the engine first asked."""
        return self._keys

    def renew(self, refused: Keys) -> bool:
        """Read the environment again."""
        found = environment_keys(os.environ)
        if found is not None:
            self._keys = found
        return self._keys != refused


class DummyKeys:
    """For an endpoint on this machine that looks at no keys."""

    quick = True

    def keys(self, where: str) -> Keys:  # noqa: ARG002 - the protocol's
        """Any keys."""
        return DUMMY

    def renew(self, refused: Keys) -> bool:  # noqa: ARG002 - the protocol's
        """There are no others."""
        return False


class BotocoreKeys:
    """Profiles, SSO, containers, instance metadata, assumed roles and processes: botocore knows how to ask them all.

    It renews temporary keys before they expire.
    """

    quick = False

    def __init__(self, profile: str | None, endpoint: str) -> None:
        self._profile = profile
        self._endpoint = endpoint
        self._loopback = is_loopback(endpoint)
        self._said = False
        self._found: Any = None
        self._given: Keys | None = None
        self._lock = allocate_lock()

    def keys(self, where: str) -> Keys:
        """The keys of now."""
        try:
            found = self._found
            if found is None:
                with self._lock:  # a process, or a question for a code, is started once, not by every thread
                    found = self._found = self._found or botocore_credentials(self._profile, loopback=self._loopback)
            if found is not None:
                given = self._given = Keys(*found.get_frozen_credentials()[:3])
                return given
        except Exception as error:
            raise not_found(where, error) from error
        if not self._loopback:
            raise no_credentials(where, "no credentials were found")
        if not self._said:
            self._said = True
            say_dummy(self._endpoint)
        return DUMMY

    def renew(self, refused: Keys) -> bool:
        """Ask from the beginning, unless another thread did it meanwhile."""
        with self._lock:
            if self._given == refused:
                self._found = None
        return True


def environment_keys(environ: Mapping[str, str]) -> Keys | None:
    """The environment's keys where they are whole and do not expire on a date that it names."""
    access, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not access or not secret or environ.get("AWS_CREDENTIAL_EXPIRATION"):
        return None
    return Keys(access, secret, environ.get("AWS_SESSION_TOKEN") or environ.get("AWS_SECURITY_TOKEN") or None)


def credentials_for(profile: str | None, endpoint: str, environ: Mapping[str, str]) -> Credentials:
    """Where the keys for an endpoint come from; botocore is not loaded before its keys are asked for."""
    if profile is None:
        found = environment_keys(environ)
        if found is not None:
            return EnvironmentKeys(found)
    if profile is None and is_loopback(endpoint) and not _anything_to_find(environ):
        say_dummy(endpoint)
        return DummyKeys()
    return BotocoreKeys(profile, endpoint)


def _anything_to_find(environ: Mapping[str, str]) -> bool:
    """Whether botocore could find keys somewhere on this machine."""
    if any(environ.get(name) for name in _TO_BOTOCORE):
        return True
    files = (*config_files(environ), "/etc/boto.cfg", os.path.expanduser("~/.boto"))  # noqa: PTH111 - pathlib is slow to load
    return any(os.path.isfile(file) for file in files)  # noqa: PTH113


def config_files(environ: Mapping[str, str]) -> tuple[str, str]:
    """Where profiles are described: botocore takes any setting from either file."""
    config = environ.get("AWS_CONFIG_FILE") or "~/.aws/config"
    credentials = environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    return os.path.expanduser(config), os.path.expanduser(credentials)  # noqa: PTH111


def botocore_credentials(profile: str | None, *, loopback: bool) -> Any:
    """The credentials object of botocore's; None where it finds nothing."""
    from botocore.session import Session

    core = Session(profile=profile)
    if loopback:
        without_metadata_service(core)
    return core.get_credentials()


def without_metadata_service(session: Any) -> None:
    """Keep a botocore session from asking the instance's metadata service: it takes seconds where there is none."""
    session.get_component("credential_provider").remove("iam-role")


def not_found(where: str, error: Exception) -> DynexprError:
    """The error of our tree for one of botocore's that arose while it looked for credentials."""
    from botocore import exceptions as boto

    if isinstance(error, DynexprError):
        return error
    if isinstance(error, boto.NoCredentialsError | boto.PartialCredentialsError | boto.ProfileNotFound):
        return no_credentials(where, line(error))
    if isinstance(error, boto.CredentialRetrievalError | boto.TokenRetrievalError | boto.SSOError):
        return CredentialsMissing(f"{where}: {line(error)}")
    return TransportError(f"{where}: the credentials can't be read: {line(error)}")


def say_dummy(endpoint: str) -> None:
    """One line of the log."""
    log = listened()
    if log is not None:
        log.info("no credentials found; dummy ones are used for the loopback endpoint %s", endpoint)
