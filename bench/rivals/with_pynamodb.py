"""PynamoDB: objects, over botocore."""

from payments import CUSTOMER, ENDPOINT, TABLE, of_many, repeated, run
from pynamodb.attributes import BooleanAttribute, ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model


class Payment(Model):
    class Meta:
        table_name = TABLE
        region = "us-east-1"
        host = ENDPOINT

    customer = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    status = UnicodeAttribute()
    note = UnicodeAttribute()
    email = UnicodeAttribute()
    amount = NumberAttribute()
    count_ = NumberAttribute(attr_name="count")
    paid = BooleanAttribute()
    tags = ListAttribute()
    address = MapAttribute()


def first():
    assert Payment.get(CUSTOMER, "payment-00000001").count_ == 1
    return {}


def get():
    return repeated(lambda number: Payment.get(CUSTOMER, f"payment-{number:08}"))


def query():
    return of_many(lambda: len(list(Payment.query(CUSTOMER))))


run({"first": first, "get": get, "query": query})
