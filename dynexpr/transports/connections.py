"""Which sockets lead to the endpoint?  A few that are kept open, each checked before it is used again."""

import os
import select
import socket
import time
from _thread import allocate_lock
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ssl import SSLContext

KEPT: Final = 10
"""How many idle connections are kept; boto3 keeps as many."""
IDLE_SECONDS: Final = 20.0
"""How long one may have been idle. A frozen process notices nothing of a connection that was dropped meanwhile."""


class Connection:
    """An open socket."""

    __slots__ = ("_idle_monotonic", "_idle_wall", "sock")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._idle_monotonic = self._idle_wall = 0.0

    def rest(self) -> None:
        """It has nothing to do from now on."""
        self._idle_monotonic = time.monotonic()
        self._idle_wall = time.time()  # the other clock may stand still while the process is frozen

    def fresh(self) -> bool:
        """Whether it may carry a request still: idle for a short time only, not closed, and silent."""
        idle = max(time.monotonic() - self._idle_monotonic, abs(time.time() - self._idle_wall))
        return idle < IDLE_SECONDS and not readable(self.sock)

    def close(self) -> None:
        """Close it."""
        self.sock.close()


class Connections:
    """The connections to one endpoint; threads share them."""

    def __init__(
        self, host: str, port: int, *, tls: bool, connect_timeout: float, context: "SSLContext | None" = None
    ) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._timeout = connect_timeout
        self._context = context
        self._idle: list[Connection] = []
        self._closed = False
        self._process = os.getpid()
        self._lock = allocate_lock()

    def take(self, until: float) -> tuple[Connection, bool]:
        """A connection, and whether it was used before; OSError where none can be made before *until*."""
        if self._process != os.getpid():
            self._forked()
        while self._idle:
            try:
                connection = self._idle.pop()  # the one that was used last: those never needed grow old
            except IndexError:
                break  # another thread was faster
            if connection.fresh():
                return connection, True
            connection.close()
        return Connection(self._open(until)), False

    def give(self, connection: Connection) -> None:
        """Keep a connection for the next request."""
        connection.rest()
        if len(self._idle) < KEPT and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close those that are idle, and the others as soon as they are."""
        self._closed = True
        self._drop()

    def _drop(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def __del__(self) -> None:
        self._drop()

    def _forked(self) -> None:
        """A child process shares its parent's sockets, and must not use them."""
        self._process = os.getpid()
        self._drop()

    def _open(self, until: float) -> socket.socket:
        sock = self._connected(until)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                sock.settimeout(self._patience(until))
                sock = self._tls_context().wrap_socket(sock, server_hostname=self._host)
        except BaseException:
            sock.close()
            raise
        return sock

    def _connected(self, until: float) -> socket.socket:
        """As socket.create_connection, which would give each address its time, whatever the deadline is."""
        # As bytes: a text would be looked up by the rules of international names, which take time to load.
        host: Any = self._host.encode("ascii")
        failed = OSError("the name has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, self._port, 0, socket.SOCK_STREAM):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(self._patience(until))
                sock.connect(address)
            except OSError as error:
                sock.close()
                failed = error
                if time.monotonic() >= until:
                    break
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise failed

    def _patience(self, until: float) -> float:
        return max(min(self._timeout, until - time.monotonic()), 0.001)

    def _tls_context(self) -> "SSLContext":
        with self._lock:
            if self._context is None:
                self._context = tls_context()
            return self._context


def readable(sock: socket.socket) -> bool:
    """Whether an idle socket has something to say: that it was closed, or what nobody asked for."""
    pending = getattr(sock, "pending", None)
    if pending is not None and pending():
        return True  # read from the network with the last answer and decrypted; poll does not see it
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def tls_context() -> "SSLContext":
    """Certificates are verified against the system's, or botocore's where there are none; names are checked."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    paths = ssl.get_default_verify_paths()
    if paths.capath and paths.openssl_cafile_env not in os.environ and _hashed(paths.capath):
        context.load_verify_locations(capath=paths.capath)  # read one by one when needed; the file is read as a whole
    else:
        context.load_default_certs()
        if not paths.cafile and not paths.capath and not context.cert_store_stats()["x509_ca"]:
            bundle = _botocore_bundle()
            if bundle is not None:
                context.load_verify_locations(cafile=bundle)
    return context


def _hashed(folder: str) -> bool:
    """Whether a folder of certificates is ordered as OpenSSL wants it."""
    try:
        with os.scandir(folder) as entries:
            return any(entry.name[8:] == ".0" for entry in entries)
    except OSError:
        return False


def _botocore_bundle() -> str | None:
    """The certificates that botocore brings along, found without importing it."""
    from importlib.util import find_spec

    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        return None
    path = os.path.join(os.path.dirname(spec.origin), "cacert.pem")  # noqa: PTH118, PTH120 - pathlib is slow to load
    return path if os.path.isfile(path) else None  # noqa: PTH113
