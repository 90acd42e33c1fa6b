"""boto3's client: plain dictionaries."""

import boto3
from payments import CUSTOMER, ENDPOINT, TABLE, of_many, repeated, run, wire


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


run({"first": first, "get": get, "query": query, "batch": batch})
