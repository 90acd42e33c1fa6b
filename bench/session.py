"""What does it cost to load 5,000 objects, change 100 of them and commit?  Against PynamoDB and boto3.

    python bench/session.py [ROUNDS]

CPU time of the program, on DynamoDB Local: per object loaded (by one query, three attributes of each read), and per
object changed (two attributes, sent in one transaction). Each rival runs in an environment of its own, made in the
cache folder; they take turns, a process for each round, and the figures are medians.
"""

import json
import os
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ITEMS = 5_000
CHANGED = 100
TABLE = "bench_payments"
RIVALS = {"dynexpr": None, "boto3": "boto3", "PynamoDB": "pynamodb"}
"""Name -> what is installed in its environment; dynexpr is this checkout."""
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}

Measured = tuple[float, float]
"""CPU seconds to load, and to change and commit."""


def measured(load: Callable[[], Any], change: Callable[[Any], object]) -> Measured:
    """Do it once, after a warm-up of both."""
    change(load()[:CHANGED])
    started = time.process_time()
    found = load()
    loaded = time.process_time() - started
    assert len(found) == ITEMS
    started = time.process_time()
    change(found[:CHANGED])
    return loaded, time.process_time() - started


def with_dynexpr(endpoint: str) -> Measured:
    """Objects of a session."""
    from decimal import Decimal

    from dynexpr import create_engine, select
    from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column

    class Base(DeclarativeBase): ...

    class Payment(Base):
        __tablename__ = TABLE
        customer: Mapped[str] = mapped_column(partition_key=True)
        number: Mapped[int] = mapped_column(sort_key=True)
        status: Mapped[str]
        amount: Mapped[Decimal]
        note: Mapped[str]
        tags: Mapped[set[str]]
        info: Mapped[dict[str, Any]]
        version: Mapped[int] = mapped_column(version=True)

    engine = create_engine(f"dynamodb://us-east-1/?endpoint_url={endpoint}")
    session = Session(engine)

    def load() -> list[Payment]:
        session.expunge_all()
        found = session.scalars(select(Payment).where(Payment.customer == "c")).all()
        for payment in found:
            _ = payment.number, payment.status, payment.amount
        return found

    def change(payments: list[Payment]) -> None:
        for payment in payments:
            payment.status += "!"
            payment.amount += 1
        session.commit()

    return measured(load, change)


def with_boto3(endpoint: str) -> Measured:
    """Plain dictionaries, decoded by boto3's own decoder, and a transaction written by hand."""
    import boto3
    from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

    client = boto3.client("dynamodb", endpoint_url=endpoint)
    decode, encode = TypeDeserializer().deserialize, TypeSerializer().serialize

    def load() -> list[dict[str, Any]]:
        pages = client.get_paginator("query").paginate(
            TableName=TABLE, KeyConditionExpression="customer = :c", ExpressionAttributeValues={":c": {"S": "c"}}
        )
        return [{name: decode(value) for name, value in item.items()} for page in pages for item in page["Items"]]

    def change(items: list[dict[str, Any]]) -> None:
        writes = []
        for item in items:
            version = item["version"]
            values = {":s": item["status"] + "!", ":a": item["amount"] + 1, ":o": version, ":n": version + 1}
            writes.append(
                {
                    "Update": {
                        "TableName": TABLE,
                        "Key": {"customer": encode(item["customer"]), "number": encode(item["number"])},
                        "UpdateExpression": "SET #s = :s, amount = :a, version = :n",
                        "ConditionExpression": "version = :o",
                        "ExpressionAttributeNames": {"#s": "status"},
                        "ExpressionAttributeValues": {token: encode(value) for token, value in values.items()},
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                }
            )
        client.transact_write_items(TransactItems=writes)

    return measured(load, change)


def with_pynamodb(endpoint: str) -> Measured:
    """Its models, and its TransactWrite."""
    from pynamodb.attributes import (
        MapAttribute,
        NumberAttribute,
        UnicodeAttribute,
        UnicodeSetAttribute,
        VersionAttribute,
    )
    from pynamodb.connection import Connection
    from pynamodb.models import Model
    from pynamodb.transactions import TransactWrite

    class Payment(Model):
        class Meta:
            table_name = TABLE
            host = endpoint
            region = "us-east-1"

        customer = UnicodeAttribute(hash_key=True)
        number = NumberAttribute(range_key=True)
        status = UnicodeAttribute()
        amount = NumberAttribute()
        note = UnicodeAttribute()
        tags = UnicodeSetAttribute()
        info = MapAttribute()
        version = VersionAttribute()

    connection = Connection(region="us-east-1", host=endpoint)

    def load() -> list[Any]:
        return list(Payment.query("c"))

    def change(payments: list[Any]) -> None:
        with TransactWrite(connection=connection) as transaction:
            for payment in payments:
                actions = [Payment.status.set(payment.status + "!"), Payment.amount.set(payment.amount + 1)]
                transaction.update(payment, actions=actions)

    return measured(load, change)


RUN = {"dynexpr": with_dynexpr, "boto3": with_boto3, "PynamoDB": with_pynamodb}


def fill(endpoint: str) -> None:
    """The table with its items."""
    import boto3

    client: Any = boto3.client("dynamodb", endpoint_url=endpoint, region_name="us-east-1")
    keys = [("customer", "HASH", "S"), ("number", "RANGE", "N")]
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind, _ in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": type_} for name, _, type_ in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    for start in range(0, ITEMS, 25):
        puts = [{"PutRequest": {"Item": item(number)}} for number in range(start, start + 25)]
        client.batch_write_item(RequestItems={TABLE: puts})


def item(number: int) -> dict[str, Any]:
    """One item of about 300 bytes."""
    return {
        "customer": {"S": "c"},
        "number": {"N": str(number)},
        "status": {"S": "pending"},
        "amount": {"N": f"{number}.25"},
        "note": {"S": "x" * 150},
        "tags": {"SS": ["a", "b"]},
        "info": {"M": {"city": {"S": "Bern"}, "zip": {"N": "3000"}}},
        "version": {"N": "1"},
    }


def python_for(name: str, package: str | None) -> str | None:
    """The interpreter of a rival's environment, made now if need be; None, with a line, where that fails."""
    if package is None:
        return sys.executable
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dynexpr" / "bench" / package
    python = cache / ("Scripts" if os.name == "nt" else "bin") / "python"
    try:
        if not (cache / "ready").exists():
            venv.create(cache, with_pip=True, clear=True)
            subprocess.run([python, "-m", "pip", "install", "-q", package], check=True)
            (cache / "ready").touch()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{name}: left out, it can't be installed ({error})")
        return None
    return str(python)


def round_of(name: str, python: str, endpoint: str) -> Measured:
    """One round of one rival, in a process of its own."""
    environment = {**os.environ, **CREDENTIALS, "PYTHONPATH": str(ROOT)}
    command = [python, __file__, "--as", name, endpoint]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    loaded, changed = json.loads(done.stdout)
    return loaded, changed


def main(rounds: int) -> int:
    """Print the table."""
    sys.path.insert(0, str(ROOT))
    os.environ.update(CREDENTIALS)
    from dynexpr.testing import dynamodb_local

    pythons = {name: python_for(name, package) for name, package in RIVALS.items()}
    times: dict[str, list[Measured]] = {name: [] for name, python in pythons.items() if python is not None}
    with dynamodb_local.start() as server:
        fill(server.endpoint)
        for _ in range(rounds):
            for name, each in times.items():
                each.append(round_of(name, str(pythons[name]), server.endpoint))
    per_loaded, per_changed = (
        {name: statistics.median(each[part] for each in found) / count * 1e6 for name, found in times.items()}
        for part, count in ((0, ITEMS), (1, CHANGED))
    )
    print(f"{'':10}{'CPU per object loaded':>24}{'ratio':>7}{'changed and committed':>24}{'ratio':>7}")
    for name, load in per_loaded.items():
        change = per_changed[name]
        print(
            f"{name:10}{load:21.1f} µs{load / per_loaded['dynexpr']:7.2f}"
            f"{change:21.1f} µs{change / per_changed['dynexpr']:7.2f}"
        )
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as"]:
        print(json.dumps(RUN[sys.argv[2]](sys.argv[3])))
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 5))
