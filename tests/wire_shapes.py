"""Is a whole request of the shape DynamoDB takes?  Asked of botocore's own parameter validator, without any network."""

import functools
from typing import Any

import botocore.session
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from dynexpr.requests import Request
from dynexpr.transports import Transport


@functools.cache
def service_model() -> ServiceModel:
    """What botocore knows of DynamoDB."""
    return botocore.session.get_session().get_service_model("dynamodb")


def problems(operation: str, params: dict[str, Any]) -> str:
    """What botocore finds wrong with the parameters of an operation; nothing where they are right."""
    shape = service_model().operation_model(operation).input_shape
    assert shape is not None
    report: str = ParamValidator().validate(params, shape).generate_report()
    return report


class Checked:
    """A transport around another one, through which only requests of the right shape pass; it keeps them."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self.requests: list[Request] = []

    def send(self, request: Request, /) -> dict[str, Any]:
        """Check a request, then send it."""
        assert problems(request.operation, request.params) == ""
        self.requests.append(request)
        return self.inner.send(request)

    def close(self) -> None:
        """Close the transport inside."""
        self.inner.close()
