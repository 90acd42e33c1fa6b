"""boto3's client: plain dictionaries."""

import boto3
from payments import CUSTOMER, ENDPOINT, TABLE, of_a_batch, of_many, repeated, run, wire


def client():
    return boto3.client("dynamodb", region_name="us-east-1", endpoint_url=ENDPOINT)


def first():
    key = {"customer": {"S": CUSTOMER}, "id": {"S": "payment-00000001"}}
    assert client().get_item(TableName=TABLE, Key=key)["Item"]["count"] == {"N": "1"}
    return {}


def get():
    made = client()

    def ask(number):
        key = {"customer": {"S": CUSTOMER}, "id": {"S": f"payment-{number:08}"}}
        return made.get_item(TableName=TABLE, Key=key)["Item"]

    return repeated(ask)


def query():
    made = client()

    def read():
        pages = made.get_paginator("query").paginate(
            TableName=TABLE,
            KeyConditionExpression="customer = :c",
            ExpressionAttributeValues={":c": {"S": CUSTOMER}},
        )
        return len([item for page in pages for item in page["Items"]])

    return of_many(read)


def batch():
    table = boto3.resource("dynamodb", region_name="us-east-1", endpoint_url=ENDPOINT).Table(TABLE + "-written")
    from boto3.dynamodb.types import TypeDeserializer

    decode = TypeDeserializer().deserialize
    items = [{name: decode(value) for name, value in wire(number).items()} for number in range(1000)]

    def write():
        with table.batch_writer() as writer:
            for item in items:
                writer.put_item(Item=item)
        return len(items)

    return of_many(write, 3)


def batch_get():
    made = client()
    keys = [{"customer": {"S": CUSTOMER}, "id": {"S": f"payment-{number:08}"}} for number in range(1000)]

    def read():
        found = []
        for start in range(0, len(keys), 100):
            wanted = {TABLE: {"Keys": keys[start : start + 100]}}
            while wanted:
                answer = made.batch_get_item(RequestItems=wanted)
                found += answer["Responses"][TABLE]
                wanted = answer["UnprocessedKeys"]
        return len(found)

    return of_a_batch(read)


run({"first": first, "get": get, "query": query, "batch": batch, "batch get": batch_get})
