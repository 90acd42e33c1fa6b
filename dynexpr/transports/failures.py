"""How is it told that no answer came?  In the same words by every transport."""

from dynexpr.errors import CredentialsMissing, EndpointUnreachable, InvalidURL, ResponseLost


def unreachable(where: str, why: str) -> EndpointUnreachable:
    """Nothing was sent."""
    return EndpointUnreachable(f"{where}: no connection ({why}); is the endpoint right, and does it run?")


def lost(where: str, why: str) -> ResponseLost:
    """The request was sent, at least in part, and no whole answer came."""
    return ResponseLost(f"{where}: no whole answer came ({why})")


def no_credentials(where: str, why: str) -> CredentialsMissing:
    """There is nothing to sign a request with."""
    return CredentialsMissing(
        f"{where}: {why}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose a profile (?profile=…)"
    )


def no_region(operation: str) -> InvalidURL:
    """Nothing says where to."""
    return InvalidURL(f"{operation}: no region: say it in the URL, dynamodb://us-east-1/, or set AWS_REGION")


def line(error: BaseException) -> str:
    """What an error says, on one line, without the full stop that ends a sentence."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
