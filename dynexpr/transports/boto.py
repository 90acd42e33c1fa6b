"""Carries requests through boto3's client.

botocore's own retries are switched off on clients made here: dynexpr retries, and knows which writes may be repeated.
"""

from typing import Any

from dynexpr.answers import error_answer
from dynexpr.errors import (
    CredentialsMissing,
    DynexprError,
    EndpointUnreachable,
    InvalidURL,
    RequestRefused,
    ResponseLost,
    TransportError,
)
from dynexpr.requests import Request

CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 10.0


class BotoTransport:
    """A transport over a client made on the first request, or over one handed in."""

    def __init__(
        self,
        *,
        client: Any = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        profile: str | None = None,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        self._client = client
        self._owned = client is None
        self._region = region
        self._endpoint_url = endpoint_url
        self._profile = profile
        self._timeouts = (connect_timeout, read_timeout)
        if client is not None:
            _log().info("using the boto3 client handed in; its retries and timeouts are its owner's")

    def send(self, request: Request, /) -> dict[str, Any]:
        """Call the client's method of the operation."""
        try:
            if self._client is None:
                self._client = self._make_client()
            answer: dict[str, Any] = getattr(self._client, request.method)(**request.params)
        except DynexprError:
            raise
        except Exception as error:
            raise self._translated(request, error) from error
        answer.pop("ResponseMetadata", None)
        return answer

    def close(self) -> None:
        """Close the client, unless it was handed in."""
        if self._owned and self._client is not None:
            self._client.close()

    def _make_client(self) -> Any:
        import boto3
        from botocore.config import Config

        session = boto3.Session(profile_name=self._profile, region_name=self._region)
        connect, read = self._timeouts
        config = Config(
            connect_timeout=connect,
            read_timeout=read,
            retries={"mode": "standard", "total_max_attempts": 1},
            parameter_validation=False,
        )
        extra: dict[str, Any] = {}
        if self._endpoint_url and is_loopback(self._endpoint_url) and session.get_credentials() is None:
            _log().info("no credentials found; dummy ones are used for the loopback endpoint %s", self._endpoint_url)
            extra = {"aws_access_key_id": "dynexpr", "aws_secret_access_key": "dynexpr"}
        return session.client("dynamodb", endpoint_url=self._endpoint_url, config=config, **extra)

    def _translated(self, request: Request, error: Exception) -> DynexprError:
        """The error of our tree for an error of botocore's."""
        from botocore import exceptions as boto

        where = f"{request.operation} at {self._endpoint_url or self._region or 'the default region'}"
        if isinstance(error, boto.ClientError):
            body: dict[str, Any] = dict(error.response)
            told = body.get("Error", {})
            status = body.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            body |= {name: told[name] for name in ("ThrottlingReasons",) if name in told}
            return error_answer(request.operation, told.get("Code", ""), told.get("Message", ""), status, body)
        if isinstance(error, boto.NoCredentialsError | boto.PartialCredentialsError | boto.ProfileNotFound):
            return CredentialsMissing(
                f"{where}: {error}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose a profile (?profile=…)"
            )
        if isinstance(error, boto.CredentialRetrievalError | boto.TokenRetrievalError | boto.SSOError):
            return CredentialsMissing(f"{where}: {error}")
        if isinstance(error, boto.NoRegionError):
            return InvalidURL("no region: say it in the URL, dynamodb://us-east-1/, or set AWS_REGION")
        if isinstance(error, boto.ParamValidationError):
            return RequestRefused(str(error), code="ParamValidationError", operation=request.operation)
        if isinstance(error, boto.ConnectTimeoutError | boto.EndpointConnectionError | boto.ProxyConnectionError):
            return EndpointUnreachable(f"{where}: no connection ({error}); is the endpoint right, and does it run?")
        if isinstance(error, boto.HTTPClientError | boto.ResponseStreamingError | boto.IncompleteReadError):
            return ResponseLost(f"{where}: no whole answer came ({error})")
        if isinstance(error, boto.BotoCoreError):
            return TransportError(f"{where}: {error}")
        return TransportError(f"{where}: {type(error).__name__}: {error}")


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    from urllib.parse import urlsplit

    host = urlsplit(url).hostname or ""
    return host == "localhost" or host == "::1" or host.startswith("127.")


def _log() -> Any:
    import logging

    return logging.getLogger("dynexpr.engine")


