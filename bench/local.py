"""How fast is the embedded engine?  Against moto in process and DynamoDB Local over HTTP.

    python bench/local.py [ROUNDS]

Microseconds of one PutItem, one GetItem, one Query of 100 items with a filter and one transaction of three puts, of
items of ten attributes and 300 bytes in a table with one global index. CPU time of the process for what runs in it;
what is behind HTTP works elsewhere, so of DynamoDB Local it is the time that passes. Each runs in a process of its own
(moto in an environment of its own), they take turns, and the figures are medians. Then how long it is until
the first write is done, in a process that runs already and from the start of one: dynexpr or boto3 imported (before, or
too), the engine loaded or the server started, the table made, the item put. All modules are compiled before, as those
of installed packages are.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(1, str(Path(__file__).parent))

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
TABLE = {
    "TableName": "bench",
    "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in ("pS", "sN", "cS")],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-c",
            "KeySchema": [{"AttributeName": "c", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
OPERATIONS = ("put", "get", "query of 100", "transaction of 3")

Send = Callable[..., dict[str, Any]]
"""Operation and parameters -> answer."""


def item(partition: str, number: int) -> dict[str, Any]:
    """One of about 300 bytes."""
    return {
        "p": {"S": partition},
        "s": {"N": str(number)},
        "c": {"S": f"c{number % 7}"},
        "status": {"S": "pending"},
        "amount": {"N": f"{number}.25"},
        "note": {"S": "x" * 150},
        "paid": {"BOOL": True},
        "tags": {"SS": ["a", "b"]},
        "lines": {"L": [{"S": "one"}, {"N": "2"}]},
        "info": {"M": {"city": {"S": "Bern"}, "zip": {"N": "3000"}, "lift": {"BOOL": False}}},
    }


def measured(send: Send, clock: Callable[[], float], calls: int) -> list[float]:
    """Seconds of each operation, after a warm-up of all."""
    send("CreateTable", **TABLE)
    for number in range(100):
        send("PutItem", TableName="bench", Item=item("query", number))
    query = {
        "TableName": "bench",
        "KeyConditionExpression": "p = :p",
        "FilterExpression": "amount > :a AND begins_with(#n, :n)",
        "ExpressionAttributeNames": {"#n": "note"},
        "ExpressionAttributeValues": {":p": {"S": "query"}, ":a": {"N": "-1"}, ":n": {"S": "x"}},
    }

    def put(number: int) -> None:
        send("PutItem", TableName="bench", Item=item(f"p{number % 10}", number))

    def get(number: int) -> None:
        assert "Item" in send("GetItem", TableName="bench", Key={"p": {"S": "query"}, "s": {"N": str(number % 100)}})

    def find(_number: int) -> None:
        assert send("Query", **query)["Count"] == 100

    def transact(number: int) -> None:
        puts = [{"Put": {"TableName": "bench", "Item": item(f"t{each}", number)}} for each in range(3)]
        send("TransactWriteItems", TransactItems=puts)

    found = []
    for function, share in ((put, 1), (get, 1), (find, 10), (transact, 3)):
        count = max(calls // share, 1)
        for number in range(max(count // 10, 1)):
            function(number)
        started = clock()
        for number in range(count):
            function(number)
        found.append((clock() - started) / count)
    return found


def of_client(client: Any) -> Send:
    """boto3's client."""
    methods = {
        "CreateTable": client.create_table,
        "PutItem": client.put_item,
        "GetItem": client.get_item,
        "Query": client.query,
        "TransactWriteItems": client.transact_write_items,
    }
    return lambda operation, **params: methods[operation](**params)


def with_engine(_endpoint: str) -> list[float]:
    from dynexpr import create_engine

    return measured(create_engine("local://").send, time.process_time, 3000)


def with_patched_boto3(_endpoint: str) -> list[float]:
    import boto3

    from dynexpr import create_engine
    from dynexpr.testing import patch_boto3

    with patch_boto3(create_engine("local://")):
        return measured(of_client(boto3.client("dynamodb")), time.process_time, 1000)


def with_moto(_endpoint: str) -> list[float]:
    import boto3
    from moto import mock_aws

    with mock_aws():
        return measured(of_client(boto3.client("dynamodb")), time.process_time, 300)


def with_dynamodb_local(endpoint: str) -> list[float]:
    import boto3

    client: Any = boto3.client("dynamodb", endpoint_url=endpoint)
    if client.list_tables()["TableNames"]:
        client.delete_table(TableName="bench")
    return measured(of_client(client), time.perf_counter, 300)


RIVALS: dict[str, tuple[Callable[[str], list[float]], str | None]] = {
    "local:// (engine.send)": (with_engine, None),
    "local:// under boto3": (with_patched_boto3, None),
    "moto under boto3": (with_moto, "moto[dynamodb]"),
    "DynamoDB Local, boto3": (with_dynamodb_local, None),
}
"""Name -> what it does, and what is installed in its environment; None is this one."""

FIRST_WRITE = """
import sys, time
sys.path.insert(0, {root!r})
import dynexpr
{before}
started = time.perf_counter()
{start}
send("CreateTable", **{table!r})
send("PutItem", TableName="bench", Item={item!r})
print(time.perf_counter() - started, time.time())
"""
_ENGINE = "from dynexpr import create_engine\n"
_PATCH = "from dynexpr.testing import patch_boto3\npatch_boto3(create_engine('local://')).__enter__()\n"
_SERVER = "from dynexpr.testing import dynamodb_local\nserver = dynamodb_local.start()\n"
_URL = "'dynamodb://us-east-1/?endpoint_url=' + server.endpoint"
_CLIENT = """client = boto3.client('dynamodb'{})
def send(operation, **params):
    return {{"CreateTable": client.create_table, "PutItem": client.put_item}}[operation](**params)
"""
STARTS = {
    "local://": ("", _ENGINE + "send = create_engine('local://').send"),
    "DynamoDB Local": ("", _ENGINE + _SERVER + f"send = create_engine({_URL}).send"),
    "local:// under boto3": ("import boto3", _ENGINE + _PATCH + _CLIENT.format("")),
    "DynamoDB Local, boto3": ("import boto3", _SERVER + _CLIENT.format(", endpoint_url=server.endpoint")),
}
"""Name -> what the process has done already, and what it waits for."""


def seconds_to_first_write(before: str, start: str, bytecode: str) -> tuple[float, float]:
    """How long a process of its own waits: from when it has done what it did before, and from its own start.

    It finds its modules compiled in the folder *bytecode*, as it would those of installed packages.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = bytecode
    code = FIRST_WRITE.format(root=str(ROOT), before=before, start=start, table=TABLE, item=item("p", 1))
    begun = time.time()
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    waited, ended = map(float, done.stdout.split())
    return waited, ended - begun


def print_starts(rounds: int) -> None:
    """Print the waits, and how much longer DynamoDB Local's are."""
    waits: dict[str, list[tuple[float, float]]] = {name: [] for name in STARTS}
    with tempfile.TemporaryDirectory() as bytecode:
        for texts in STARTS.values():
            seconds_to_first_write(*texts, bytecode)
        for _ in range(rounds):
            for name, texts in STARTS.items():
                waits[name].append(seconds_to_first_write(*texts, bytecode))
    print(f"\n{'ms to the first write':24}{'running process':>18}{'from its start':>18}")
    medians = {
        name: [statistics.median(column) * 1e3 for column in zip(*each, strict=True)] for name, each in waits.items()
    }
    for name, row in medians.items():
        print(f"{name:24}" + "".join(f"{each:18.0f}" for each in row))
    for ours, theirs in (("local://", "DynamoDB Local"), ("local:// under boto3", "DynamoDB Local, boto3")):
        ratios = "".join(f"{slow / fast:17.1f}x" for slow, fast in zip(medians[theirs], medians[ours], strict=True))
        print(f"{'Local / ' + ours[:16]:24}{ratios}")


def main(rounds: int) -> int:
    """Print the tables."""
    os.environ.update(CREDENTIALS)
    from session import python_for

    from dynexpr.testing import dynamodb_local

    pythons = {name: python_for(name, package) for name, (_, package) in RIVALS.items()}
    times: dict[str, list[list[float]]] = {name: [] for name, python in pythons.items() if python is not None}
    with dynamodb_local.start() as server:
        for _ in range(rounds):
            for name, each in times.items():
                command = [str(pythons[name]), __file__, "--as", name, server.endpoint]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                each.append(json.loads(done.stdout))
    medians = {
        name: [statistics.median(column) * 1e6 for column in zip(*each, strict=True)] for name, each in times.items()
    }
    print(f"{'microseconds':24}" + "".join(f"{operation:>18}" for operation in OPERATIONS))
    for name, row in medians.items():
        print(f"{name:24}" + "".join(f"{each:18.0f}" for each in row))
    moto = medians.get("moto under boto3")
    if moto is not None:
        for name in ("local:// (engine.send)", "local:// under boto3"):
            ratios = "".join(f"{slow / fast:17.1f}x" for slow, fast in zip(moto, medians[name], strict=True))
            print(f"{'moto / ' + name[:17]:24}{ratios}")
    print_starts(rounds)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as"]:
        print(json.dumps(RIVALS[sys.argv[2]][0](sys.argv[3])))
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 5))
