"""pydynox: objects, over a core in Rust."""

from payments import CUSTOMER, ENDPOINT, TABLE, of_many, repeated, run
from pydynox import DynamoDBClient, Model, ModelConfig
from pydynox.attributes import BooleanAttribute, ListAttribute, MapAttribute, NumberAttribute, StringAttribute


class Payment(Model):
    model_config = ModelConfig(
        table=TABLE,
        client=DynamoDBClient(region="us-east-1", endpoint_url=ENDPOINT, access_key="bench", secret_key="bench")
        if ENDPOINT
        else None,
    )
    customer = StringAttribute(partition_key=True)
    id = StringAttribute(sort_key=True)
    status = StringAttribute()
    note = StringAttribute()
    email = StringAttribute()
    amount = NumberAttribute()
    count_ = NumberAttribute(alias="count")
    paid = BooleanAttribute()
    tags = ListAttribute()
    address = MapAttribute()


def first():
    assert Payment.sync_get(customer=CUSTOMER, id="payment-00000001").count_ == 1
    return {}


def get():
    return repeated(lambda number: Payment.sync_get(customer=CUSTOMER, id=f"payment-{number:08}"))


def query():
    return of_many(lambda: len(list(Payment.sync_query(partition_key=CUSTOMER))))


run({"first": first, "get": get, "query": query})
