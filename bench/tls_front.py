"""Speaks TLS on a free port, which it prints, and passes everything on to a port of this machine."""

import socket
import ssl
import sys
import threading
from pathlib import Path

PEM = Path(__file__).parents[1] / "tests" / "loopback.pem"


def copy(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until one side closes."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for each in (source, target):
            each.close()


def serve(plain: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """Carry one connection."""
    try:
        outside = context.wrap_socket(plain, server_side=True)
        inside = socket.create_connection(("127.0.0.1", port))
    except OSError:
        return
    threading.Thread(target=copy, args=(inside, outside), daemon=True).start()
    copy(outside, inside)


def main() -> None:
    """Listen."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, context, int(sys.argv[1])), daemon=True).start()


main()
