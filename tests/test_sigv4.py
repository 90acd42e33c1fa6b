"""Is a request signed as botocore signs it?"""

import datetime as dt
from typing import Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, strategies as st

from dynexpr.transports.sigv4 import Keys, Signer

DAY = 86_400
NOW = 1_767_355_445.0

visible = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
header_names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True).filter(
    lambda name: (
        name.lower() not in {"host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "authorization"}
    )
)
header_names |= st.sampled_from(["User-Agent", "Connection", "traceparent", "TE", "Expect", "Content-Type"])
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
paths = st.lists(st.sampled_from(["a", "b c", "..", ".", "", "~x", "%41", "é", "a-b_c.d", "a+b"]), max_size=5)
queries = st.lists(
    st.tuples(
        st.from_regex(r"[a-z0-9%._~-]{1,6}", fullmatch=True), st.from_regex(r"[a-zA-Z0-9%]{0,6}", fullmatch=True)
    ),
    max_size=4,
)


def as_botocore(
    keys: Keys, method: str, url: str, headers: dict[str, str], body: bytes, now: float, region: str
) -> dict[str, str]:
    """What botocore's signer adds to the same request."""
    request = AWSRequest(method=method, url=url, headers=headers, data=body)
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    auth: Any = botocore.auth.SigV4Auth(Credentials(keys.access, keys.secret, keys.token), "dynamodb", region)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda *_args, **_more: moment.replace(tzinfo=None))
        auth.add_auth(request)
    return {name: value for name, value in request.headers.items() if name not in headers}


@given(
    keys=st.builds(Keys, visible, visible, st.none() | st.just("") | visible),
    method=st.sampled_from(["GET", "POST", "PUT"]),
    steps=paths,
    query=queries,
    headers=st.dictionaries(header_names, header_values, max_size=5),
    body=st.binary(max_size=300),
    now=st.integers(0, 4_000_000_000),
    region=st.sampled_from(["us-east-1", "eu-central-2", "cn-north-1"]),
)
def test_like_botocore(
    keys: Keys,
    method: str,
    steps: list[str],
    query: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes,
    now: float,
    region: str,
) -> None:
    """Any request, with any keys at any time, gets the very headers that botocore would add."""
    unique = {name.lower(): (name, value) for name, value in headers.items()}
    sent = {"Host": "db.example.com", **dict(unique.values())}
    path = "/" + "/".join(steps)
    text = "&".join(f"{name}={value}" for name, value in query)
    url = f"https://db.example.com{path}{'?' if text else ''}{text}"
    added = Signer(region).headers(keys, method, path, sent, body, now, query=text)
    expected = as_botocore(keys, method, url, sent, body, now, region)
    assert added == expected


def test_kept_key_follows_the_day_and_the_secret() -> None:
    """One signer signs right over midnight, and when its keys are exchanged."""
    signer = Signer("us-east-1")
    old, new = Keys("AKIA1", "one"), Keys("AKIA2", "two", "token")
    for keys, now in ((old, NOW), (old, NOW + 60), (old, NOW + DAY), (new, NOW + DAY), (old, NOW)):
        sent = {"Host": "db.example.com", "X-Amz-Target": "DynamoDB_20120810.GetItem"}
        expected = as_botocore(keys, "POST", "https://db.example.com/", sent, b"{}", now, "us-east-1")
        assert signer.headers(keys, "POST", "/", sent, b"{}", now) == expected


def test_keys_do_not_show_their_secret() -> None:
    """Keys in a message or a log give away nothing."""
    shown = f"{Keys('AKIAEXAMPLE', 'very-secret', 'token-secret')!r}"
    assert shown == "<the access key AKIA…>"
