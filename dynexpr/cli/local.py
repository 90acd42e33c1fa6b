"""`dynexpr local`: the embedded engine as a server that speaks DynamoDB's protocol."""

import argparse
import signal
import sys
import threading
from typing import Any

from dynexpr.cli.numbers import between

EXAMPLES = """\
examples:
  dynexpr local --port 8000
  dynexpr local --port 8000 --path dev.db
  aws dynamodb list-tables --endpoint-url http://127.0.0.1:8000
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = (
        "Serve the embedded engine over DynamoDB's protocol, for boto3, the AWS CLI and other languages' SDKs. "
        "Any credentials will do. For development and tests."
    )
    parser.epilog = EXAMPLES
    parser.add_argument(
        "--port", type=between(0, 65535), default=8000, help="where to listen; 0 takes any free port (default 8000)"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="where to listen: an address, or a name with all of its (default 127.0.0.1)"
    )
    parser.add_argument("--path", metavar="FILE", help="keep tables and items in a file; without it they end with it")
    parser.add_argument(
        "--index-lag",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how long after a write global indexes see it (default 0)",
    )


def run(chosen: argparse.Namespace) -> None:
    """Serve until interrupted."""
    from dynexpr.local import LocalEngine
    from dynexpr.local.server import Server

    engine = LocalEngine(chosen.path, index_lag=chosen.index_lag)
    try:
        server = Server(engine, host=chosen.host, port=chosen.port)
        if not _is_loopback(chosen.host):
            print(
                f"dynexpr local: warning: {chosen.host} can be reached from other machines; nobody's signature is "
                "checked, so all of them may read and change everything",
                file=sys.stderr,
            )
        stop = _on_signals(server)
        kept = f", kept in {chosen.path}" if chosen.path else ", in memory"
        print(f"dynexpr local: ready on {server.endpoint}{kept}", flush=True)
        server.serve()
        if stop:
            print("dynexpr local: stopped", flush=True)
    finally:
        engine.close()


def _on_signals(server: Any) -> list[int]:
    """Stop the server on SIGINT and SIGTERM; the signals that came."""
    came: list[int] = []

    def stop(number: int, _frame: object) -> None:
        came.append(number)
        server.stop()

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
    return came


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
