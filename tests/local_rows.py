"""What rows of the embedded engine's tests are made of: requests, answers, tables, and the two engines to ask.

A row is a few requests and what the last of them answers. `check_embedded` and `check_real` run one row on the embedded
engine and on DynamoDB Local; where DynamoDB Local is known to be wrong the row names the known exception.
"""

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dynexpr.local import LocalServiceError
from tests.known_exceptions import KNOWN_EXCEPTIONS

Request = tuple[str, dict[str, Any]]

RUN = uuid.uuid4().hex[:12]
"""Tokens are remembered for ten minutes: a server that is still running must not take one of ours for an old one."""

P, T, B, O, M = "plain", "text", "bytes", "orders", "many"  # noqa: E741


class Refused(NamedTuple):
    """An error instead of an answer."""

    code: str
    message: str
    body: Mapping[str, Any] = {}  # a NamedTuple's default is no class attribute


class Row(NamedTuple):
    """Requests, and what the last one answers."""

    name: str
    requests: list[Any]
    expected: dict[str, Any] | Refused
    differs: str | None = None
    """The known exception that DynamoDB Local's answer is, if it is another one."""


class Fails(NamedTuple):
    """A request of which only matters that it is refused."""

    request: Request


def refused(message: str, code: str = "ValidationException", **body: Any) -> Refused:
    """The service's refusal."""
    return Refused(code, message, body)


def counted(message: str) -> Refused:
    """The service's refusal of a write of a single item before it looks for the table."""
    return refused(f"1 validation error detected: {message}")


def cancelled(*messages: str | None) -> Refused:
    """A transaction that is cancelled because actions of it can't be carried out; None for those that could."""
    reasons = [{"Code": "ValidationError", "Message": each} if each else {"Code": "None"} for each in messages]
    codes = ", ".join(each["Code"] for each in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return refused(message, "TransactionCanceledException", CancellationReasons=reasons)


def S(text: str) -> dict[str, Any]:  # noqa: N802
    """A string on the wire."""
    return {"S": text}


def N(number: object) -> dict[str, Any]:  # noqa: N802
    """A number on the wire."""
    return {"N": str(number)}


def V(**values: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
    """The values of expressions by their placeholders."""
    return {f":{name}": wire for name, wire in values.items()}


def printed(number: int) -> str:
    """An item with only an id, as the service prints it in a message."""
    rest = [
        "b",
        "iNT",
        "dECIMAL",
        "dOUBLE",
        "sS",
        "nS",
        "bS",
        "iNTSET",
        "dECIMALSET",
        "dOUBLESET",
        "m",
        "l",
        "nULL",
        "bOOL",
    ]
    return f"{{id=AttributeValue(s={number}, n=null, {', '.join(f'{kind}=null' for kind in rest)})}}"


WRITTEN = ", ".join(
    f"WriteRequest(putRequest=PutRequest(item={printed(n)}, workloadProfileName=null), deleteRequest=null)"
    for n in range(26)
)
TRANSACTED = ", ".join(
    f"TransactWriteItem(conditionCheck=null, put=Put(item={printed(n)}, tableName=plain, conditionExpression=null, "
    "expressionAttributeNames=null, expressionAttributeValues=null, returnValuesOnConditionCheckFailure=null), "
    "delete=null, update=null)"
    for n in range(101)
)


def nested(depth: int) -> dict[str, Any]:
    """Lists inside lists."""
    wire = S("x")
    for _ in range(depth):
        wire = {"L": [wire]}
    return wire


def split(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of a request begin with a capital, attributes don't."""
    options = {name: value for name, value in given.items() if name[0].isupper()}
    return options, {name: value for name, value in given.items() if not name[0].isupper()}


def put(table: str, **given: Any) -> Request:
    """PutItem."""
    options, item = split(given)
    return "PutItem", {"TableName": table, "Item": item, **options}


def get(table: str, **given: Any) -> Request:
    """GetItem."""
    options, key = split(given)
    return "GetItem", {"TableName": table, "Key": key, **options}


def rem(table: str, **given: Any) -> Request:
    """DeleteItem."""
    options, key = split(given)
    return "DeleteItem", {"TableName": table, "Key": key, **options}


def upd(table: str, text: str | None, values: dict[str, Any] | None = None, **given: Any) -> Request:
    """UpdateItem."""
    options, key = split(given)
    if text is not None:
        options["UpdateExpression"] = text
    if values is not None:
        options["ExpressionAttributeValues"] = values
    return "UpdateItem", {"TableName": table, "Key": key, **options}


def qry(table: str, text: str, values: dict[str, Any], **options: Any) -> Request:
    """Query."""
    return "Query", {
        "TableName": table,
        "KeyConditionExpression": text,
        "ExpressionAttributeValues": values,
        **options,
    }


def scn(table: str, **options: Any) -> Request:
    """Scan."""
    return "Scan", {"TableName": table, **options}


def bget(table: str, *keys: dict[str, Any], ReturnConsumedCapacity: str = "NONE", **options: Any) -> Request:  # noqa: N803
    """BatchGetItem on one table."""
    part = {"Keys": list(keys), **options}
    return "BatchGetItem", {"RequestItems": {table: part}, "ReturnConsumedCapacity": ReturnConsumedCapacity}


def bput(**item: Any) -> dict[str, Any]:
    """A put of BatchWriteItem."""
    return {"PutRequest": {"Item": item}}


def bdel(**key: Any) -> dict[str, Any]:
    """A delete of BatchWriteItem."""
    return {"DeleteRequest": {"Key": key}}


def tx(*actions: dict[str, Any]) -> Request:
    """TransactWriteItems."""
    return "TransactWriteItems", {"TransactItems": list(actions)}


def tput(table: str, **given: Any) -> dict[str, Any]:
    """A put of TransactWriteItems."""
    return {"Put": put(table, **given)[1]}


def tdel(table: str, **given: Any) -> dict[str, Any]:
    """A delete of TransactWriteItems."""
    return {"Delete": rem(table, **given)[1]}


def tupd(table: str, text: str, values: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    """An update of TransactWriteItems."""
    return {"Update": upd(table, text, values, **given)[1]}


def tcheck(table: str, condition: str, **given: Any) -> dict[str, Any]:
    """A condition check of TransactWriteItems."""
    return {"ConditionCheck": {**get(table, **given)[1], "ConditionExpression": condition}}


def tget(*keys: tuple[str, dict[str, Any]]) -> Request:
    """TransactGetItems."""
    gets = [{"Get": {"TableName": table, "Key": key}} for table, key in keys]
    return "TransactGetItems", {"TransactItems": gets}


def fails(request: Request) -> Fails:
    """A request that must be refused before the row goes on."""
    return Fails(request)


def sorts(values: list[str]) -> dict[str, Any]:
    """An answer of items that have a sort key only."""
    return {"Items": [{"s": N(value)} for value in values], "Count": len(values), "ScannedCount": len(values)}


def types(**kinds: str) -> list[dict[str, str]]:
    """AttributeDefinitions."""
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()]


def key(*partition: str, sort: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """A KeySchema."""
    names = [(name, "HASH") for name in partition] + [(name, "RANGE") for name in sort]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in names]


def index(name: str, schema: list[dict[str, str]], kind: str = "ALL", **projection: Any) -> dict[str, Any]:
    """An index of CreateTable."""
    return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": kind, **projection}}


def create(**params: Any) -> Request:
    """CreateTable."""
    table: dict[str, Any] = {
        "TableName": "extra",
        "KeySchema": key("id"),
        "AttributeDefinitions": types(id="S"),
        "BillingMode": "PAY_PER_REQUEST",
    }
    table |= params
    return "CreateTable", {name: value for name, value in table.items() if value is not None}


TABLES = (
    create(TableName=P),
    create(TableName=T, KeySchema=key("p", sort=("s",)), AttributeDefinitions=types(p="S", s="S")),
    create(TableName=B, KeySchema=key("p", sort=("s",)), AttributeDefinitions=types(p="B", s="B")),
    create(
        TableName=O,
        KeySchema=key("p", sort=("s",)),
        AttributeDefinitions=types(p="S", s="N", g="S", l="S"),
        GlobalSecondaryIndexes=[index("by-g", key("g", sort=("s",)), "KEYS_ONLY"), index("by-g-all", key("g"))],
        LocalSecondaryIndexes=[index("by-l", key("p", sort=("l",)), "INCLUDE", NonKeyAttributes=["x"])],
    ),
    create(
        TableName=M,
        AttributeDefinitions=types(id="S", a="S", b="N", c="S", d="N"),
        GlobalSecondaryIndexes=[index("by-many", key("a", "b", sort=("c", "d")))],
    ),
)
LINES_OF_ORDERS = [
    put(O, p=S("a"), s=N("1"), g=S("g"), l=S("l3"), x=S("x1"), y=S("y" * 2000)),
    put(O, p=S("a"), s=N("2"), g=S("g"), x=S("x2"), y=S("y" * 2000)),
    put(O, p=S("a"), s=N("3"), l=S("l1"), x=S("x3"), y=S("y" * 2000)),
    put(O, p=S("a"), s=N("10"), g=S("h"), l=S("m"), x=S("x4")),
    put(O, p=S("a"), s=N("-5"), l=S("l2")),
    put(O, p=S("b"), s=N("4"), g=S("g")),
]


class Engine(Protocol):
    """Either engine: answers or raises Refusal."""

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Carry out a request."""
        ...


class RealEngine:
    """DynamoDB Local behind boto3, asked like the embedded engine."""

    def __init__(self, endpoint: str) -> None:
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, max_pool_connections=2)
        # Keys of its own, and so tables of its own: DynamoDB Local keeps a database for each key and region.
        self.clients = [
            boto3.client(
                service,
                endpoint_url=endpoint,
                region_name="local-rows-1",
                aws_access_key_id=RUN,
                aws_secret_access_key="x",
                config=config,
            )
            for service in ("dynamodb", "dynamodbstreams")
        ]

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Carry out a request."""
        method = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation)[1:]
        try:
            client = next(each for each in self.clients if hasattr(each, method))
            answer: dict[str, Any] = getattr(client, method)(**params)
        except ClientError as error:
            body: dict[str, Any] = {**error.response}
            said = body["Error"]
            kept: dict[str, Any] = {name: body[name] for name in ("Item", "CancellationReasons") if name in body}
            raise LocalServiceError(said["Code"], said["Message"], 400, kept) from None
        del answer["ResponseMetadata"]
        return answer


def outcome(engine: Engine, requests: list[Any]) -> dict[str, Any] | Refused:
    """What the last request answers; those before it must succeed, or be refused, as the row says."""
    for request in requests[:-1]:
        if isinstance(request, Fails):
            with pytest.raises(LocalServiceError):
                engine.call(*request.request)
        else:
            engine.call(*request)
    try:
        answer: dict[str, Any] = settled(engine.call(*requests[-1]))
    except LocalServiceError as error:
        return Refused(error.code, error.message, settled(error.body))
    if requests[-1][0] == "Scan" and "Items" in answer:
        answer["Items"].sort(key=repr)  # in no order that anybody could rely on
    for items in answer.get("Responses", {}).values() if requests[-1][0] == "BatchGetItem" else ():
        items.sort(key=repr)
    if isinstance(answer.get("ConsumedCapacity"), list):
        answer["ConsumedCapacity"].sort(key=repr)
    return answer


def settled(value: Any) -> Any:
    """A copy in which what has no order has one: members of maps, elements of sets."""
    if isinstance(value, Mapping):
        pairs = {name: settled(value[name]) for name in sorted(value)}
        for kind in pairs.keys() & {"SS", "NS", "BS"}:
            pairs[kind] = sorted(pairs[kind])
        return pairs
    if isinstance(value, list):
        return [settled(each) for each in value]
    return value


def without_prefix(answer: dict[str, Any] | Refused) -> dict[str, Any] | Refused:
    """The service began in 2026 to put a count in front of some messages; emulators don't."""
    if isinstance(answer, Refused):
        return answer._replace(message=answer.message.removeprefix("1 validation error detected: "))
    return answer


def empty(engine: Engine) -> None:
    """Take every item out of the tables of the rows, and other tables away."""
    keys = {P: ["id"], T: ["p", "s"], B: ["p", "s"], O: ["p", "s"], M: ["id"]}
    for table in engine.call("ListTables", {})["TableNames"]:
        if table not in keys:
            engine.call("DeleteTable", {"TableName": table})
            continue
        for item in engine.call("Scan", {"TableName": table})["Items"]:
            engine.call("DeleteItem", {"TableName": table, "Key": {name: item[name] for name in keys[table]}})


def codes(refusal: Refused) -> list[str]:
    """What of a refusal a program looks at."""
    return [refusal.code, *(reason["Code"] for reason in refusal.body.get("CancellationReasons", ()))]


def settled_expectation(row: Row) -> dict[str, Any] | Refused:
    """The expected answer in the order of `settled`."""
    expected = row.expected
    if isinstance(expected, Refused):
        return expected._replace(body=settled(expected.body))
    settled_answer: dict[str, Any] = settled(expected)
    return settled_answer


def check_embedded(row: Row, local: Engine) -> None:
    """The embedded engine answers as the row says."""
    assert outcome(local, row.requests) == settled_expectation(row)


def check_real(row: Row, real: Engine) -> None:
    """DynamoDB Local answers the same, or differs as is known."""
    found, expected = without_prefix(outcome(real, row.requests)), without_prefix(settled_expectation(row))
    if row.differs is None:
        assert found == expected
        return
    assert found != expected, "the known exception is gone"
    assert any(known.name == row.differs for known in KNOWN_EXCEPTIONS)
    if row.differs.startswith("words-"):
        assert isinstance(found, Refused)
        assert isinstance(expected, Refused)
        assert codes(found) == codes(expected)
