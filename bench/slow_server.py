"""Answers batches on a free port, which it prints, each request so many seconds late: `slow_server.py 0.010`.

BatchGetItem has every item there is to its keys, made beforehand; BatchWriteItem takes everything. It does as little as
it can, so that what is measured is the program that asks.
"""

import json
import socket
import sys
import threading
import time
import zlib

sys.path.insert(0, str(__import__("pathlib").Path(__file__).parent / "rivals"))
from payments import TABLE, wire

LATENCY = float(sys.argv[1])
ITEMS = {f"payment-{number:08}": json.dumps(wire(number)) for number in range(1000)}


def answered(request: dict[str, object]) -> bytes:
    """The body of an answer."""
    parts = request["RequestItems"]
    assert isinstance(parts, dict)
    if not isinstance(parts.get(TABLE), dict):
        return b'{"UnprocessedItems": {}}'
    items = ", ".join(ITEMS[key["id"]["S"]] for key in parts[TABLE]["Keys"])
    capacity = ""
    if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
        told = {"TableName": TABLE, "CapacityUnits": 50.0, "Table": {"CapacityUnits": 50.0}}
        capacity = f', "ConsumedCapacity": [{json.dumps(told)}]'
    return f'{{"Responses": {{"{TABLE}": [{items}]}}, "UnprocessedKeys": {{}}{capacity}}}'.encode()


def serve(connection: socket.socket) -> None:
    """Answer the requests of one connection."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = connection.makefile("rb")
    with connection, reader:
        while reader.readline():
            length = 0
            while (line := reader.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                if name.lower() == b"expect":
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            began = time.monotonic()
            body = answered(json.loads(reader.read(length)))
            time.sleep(max(0.0, LATENCY - (time.monotonic() - began)))
            head = f"Content-Type: application/x-amz-json-1.0\r\nx-amz-crc32: {zlib.crc32(body)}\r\n"
            connection.sendall(f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


listener = socket.create_server(("127.0.0.1", 0), backlog=64)
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
