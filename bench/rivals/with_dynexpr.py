"""dynexpr: objects of a session, over the transport of `dynamodb://` URLs."""

from decimal import Decimal

from payments import CUSTOMER, ENDPOINT, TABLE, of_a_batch, of_many, repeated, run

from dynexpr import create_engine, select
from dynexpr.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Payment(Base):
    __tablename__ = TABLE
    customer: Mapped[str] = mapped_column(partition_key=True)
    id: Mapped[str] = mapped_column(sort_key=True)
    status: Mapped[str]
    note: Mapped[str]
    email: Mapped[str]
    amount: Mapped[Decimal]
    count: Mapped[int]
    paid: Mapped[bool]
    tags: Mapped[list[str]]
    address: Mapped[dict[str, object]]


def engine():
    where = f"?endpoint_url={ENDPOINT}" if ENDPOINT else ""
    return create_engine(f"dynamodb://us-east-1/{where}")


def first():
    with Session(engine()) as session:
        assert session.get(Payment, (CUSTOMER, "payment-00000001")).count == 1
    return {}


def get():
    made = engine()

    def ask(number):
        with Session(made) as session:
            return session.get(Payment, (CUSTOMER, f"payment-{number:08}"))

    return repeated(ask)


def query():
    made = engine()

    def read():
        with Session(made) as session:
            return len(session.scalars(select(Payment).where(Payment.customer == CUSTOMER)).all())

    return of_many(read)


def query_and_read():
    made = engine()

    def read():
        with Session(made) as session:
            found = session.scalars(select(Payment).where(Payment.customer == CUSTOMER)).all()
            for payment in found:
                payment.status, payment.amount, payment.count  # noqa: B018 - read to be decoded
            return len(found)

    return of_many(read)


def batch():
    from payments import wire

    from dynexpr.wire import decode

    class Written(Base):
        __tablename__ = TABLE + "-written"
        customer: Mapped[str] = mapped_column(partition_key=True)
        id: Mapped[str] = mapped_column(sort_key=True)
        status: Mapped[str]
        note: Mapped[str]
        email: Mapped[str]
        amount: Mapped[Decimal]
        count: Mapped[int]
        paid: Mapped[bool]
        tags: Mapped[list[str]]
        address: Mapped[dict[str, object]]

    made = engine()
    items = [{name: decode(value) for name, value in wire(number).items()} for number in range(1000)]
    for item in items:
        item["count"] = int(item["count"])

    # Made before, as boto3's dictionaries are, and each written once: then it is a stored one.
    objects = []

    def write():
        return made.bulk_put(objects).written

    return of_many(write, 3, lambda: objects.__setitem__(slice(None), [Written(**item) for item in items]))


def batch_get(parallel=4):
    made = engine()
    keys = [(CUSTOMER, f"payment-{number:08}") for number in range(1000)]

    def read():
        with Session(made) as session:
            return len(session.get_many(Payment, keys, parallel=parallel))

    return of_a_batch(read)


if __name__ == "__main__":
    run(
        {
            "first": first,
            "get": get,
            "query": query,
            "query, 3 read": query_and_read,
            "batch": batch,
            "batch get": batch_get,
            "batch get, 1": lambda: batch_get(1),
        }
    )
