"""Carries requests through boto3's client.

botocore's own retries are switched off on clients made here: dynexpr retries, and knows which writes may be repeated.
"""

from _thread import allocate_lock
from typing import Any

from dynexpr.answers import error_answer
from dynexpr.errors import ArgumentError, DynexprError, InvalidURL, RequestRefused, TransportError
from dynexpr.logs import listened
from dynexpr.requests import Request
from dynexpr.transports import CONNECT_SECONDS, READ_SECONDS
from dynexpr.transports.credentials import DUMMY, not_found, say_dummy, without_metadata_service
from dynexpr.transports.endpoint import is_loopback
from dynexpr.transports.failures import line, lost, no_region, unreachable


def _check_client(client: Any) -> None:
    meta = getattr(client, "meta", None)
    service = getattr(getattr(meta, "service_model", None), "service_name", None)
    if service != "dynamodb":
        hint = "; a resource has its client in .meta.client" if hasattr(meta, "client") else ""
        raise ArgumentError(f'client= takes a boto3.client("dynamodb"), not {client!r}{hint}')


class BotoTransport:
    """A transport over a client made on the first request, or over one handed in."""

    def __init__(
        self,
        *,
        client: Any = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        profile: str | None = None,
        connect_timeout: float = CONNECT_SECONDS,
        read_timeout: float = READ_SECONDS,
    ) -> None:
        self._client = client
        self._owned = client is None
        self._region = region
        self._endpoint_url = endpoint_url
        self._profile = profile
        self._timeouts = (connect_timeout, read_timeout)
        self._lock = allocate_lock()
        if client is not None:
            _check_client(client)
            log = listened()
            if log is not None:
                log.info("using the boto3 client handed in; its retries and timeouts are its owner's")

    def send(self, request: Request, /) -> dict[str, Any]:
        """Call the client's method of the operation."""
        try:
            with self._lock:
                if self._client is None:
                    self._client = self._make_client()
        except Exception as error:
            raise self._not_sent(request, error) or TransportError(
                f"{self._where(request)}: no boto3 client could be made: {line(error)}"
            ) from error
        call = getattr(self._client, request.method, None)
        if call is None:
            raise RequestRefused(
                "boto3 has no such operation", code="UnknownOperationException", operation=request.operation
            )
        try:
            answer: dict[str, Any] = call(**request.params)
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
        import os

        import boto3
        from botocore.config import Config
        from botocore.session import Session

        core = Session(profile=self._profile)
        session = boto3.Session(region_name=self._region, botocore_session=core)
        connect, read = self._timeouts
        config = Config(
            connect_timeout=connect,
            read_timeout=read,
            retries={"mode": "standard", "total_max_attempts": 1},
            parameter_validation=False,
        )
        extra: dict[str, Any] = {}
        endpoint = (
            self._endpoint_url or os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
        )
        if endpoint and is_loopback(endpoint):
            without_metadata_service(core)
            if session.get_credentials() is None:
                say_dummy(endpoint)
                extra = {"aws_access_key_id": DUMMY.access, "aws_secret_access_key": DUMMY.secret}
        client = session.client("dynamodb", endpoint_url=self._endpoint_url, config=config, **extra)
        client.meta.events.register("before-parse.dynamodb", _check_answer)
        return client

    def _where(self, request: Request) -> str:
        place = self._endpoint_url or self._region
        if self._client is not None:
            place = getattr(getattr(self._client, "meta", None), "endpoint_url", place)
        return f"{request.operation} at {place or 'the default region'}"

    def _not_sent(self, request: Request, error: Exception) -> DynexprError | None:
        """The error of our tree for one that arose before anything was sent; None for any other."""
        from botocore import exceptions as boto

        where = self._where(request)
        if isinstance(error, DynexprError):
            return error
        credentials = boto.NoCredentialsError | boto.PartialCredentialsError | boto.ProfileNotFound
        if isinstance(error, credentials | boto.CredentialRetrievalError | boto.TokenRetrievalError | boto.SSOError):
            return not_found(where, error)
        if isinstance(error, boto.NoRegionError):
            return no_region(request.operation)
        if isinstance(error, boto.InvalidRegionError):
            return InvalidURL(f"{request.operation}: {line(error)}; a URL begins with one: dynamodb://us-east-1/")
        if isinstance(error, boto.ParamValidationError):
            return RequestRefused(line(error), code="ParamValidationError", operation=request.operation)
        no_connection = boto.ConnectTimeoutError | boto.EndpointConnectionError | boto.ProxyConnectionError
        if isinstance(error, no_connection) or (isinstance(error, boto.SSLError) and _refused_handshake(error)):
            return unreachable(where, line(error))
        return None

    def _translated(self, request: Request, error: Exception) -> DynexprError:
        """The error of our tree for an error of botocore's, of which many are no BotoCoreError."""
        from botocore import exceptions as boto

        if isinstance(error, boto.ClientError):
            body: dict[str, Any] = dict(error.response)
            told = body.get("Error", {})
            status = body.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            code, message = str(told.get("Code", "")), str(told.get("Message", ""))
            return error_answer(request.operation, code, message, status, body)
        return self._not_sent(request, error) or lost(self._where(request), line(error))


def _check_answer(operation_model: Any, response_dict: dict[str, Any], **_rest: Any) -> None:
    """Refuse an answer that botocore would read as an empty one: a proxy's page, damaged or cut bytes."""
    if response_dict["status_code"] >= 300:
        return
    body: bytes = response_dict["body"]
    checksum = response_dict["headers"].get("x-amz-crc32")
    if checksum is None:
        import json

        try:
            why = None if isinstance(json.loads(body), dict) else "no JSON object"
        except ValueError:
            why = "no JSON"
    else:
        import zlib

        why = None if str(zlib.crc32(body)) == checksum else "not what their checksum says"
    if why is not None:
        raise lost(operation_model.name, f"{len(body)} bytes, {why}")


def _refused_handshake(error: Exception) -> bool:
    """Whether TLS failed before a request could be sent."""
    return any(sign in str(error) for sign in ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER", "HANDSHAKE"))
