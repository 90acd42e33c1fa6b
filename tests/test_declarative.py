"""A class with `Mapped` annotations becomes a table; what contradicts itself is refused when the class is made."""

import copy
import enum
import importlib
import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Annotated, Any, ClassVar, Literal, NewType, Optional, TypedDict, Union
from uuid import UUID

import pytest

from dynexpr.columns import Column, ColumnOptions
from dynexpr.errors import ArgumentError, InvalidModel, MissingAttribute, UnloadedAttribute, ValueNotStorable
from dynexpr.indexes import BoundIndex, GlobalIndex, LocalIndex
from dynexpr.orm.changes import changes, item_of
from dynexpr.orm.declarative import DeclarativeBase
from dynexpr.orm.mapped import Mapped, mapped_column
from dynexpr.orm.mapping import mapping_of
from dynexpr.orm.naming import attribute_name, plural, snake_case
from dynexpr.orm.renewing import written
from dynexpr.orm.state import load, state_of
from dynexpr.tables import MetaData, Table
from dynexpr.types import Any_, ColumnType, EpochSeconds, Integer, String

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
M: Any = Mapped  # for annotations no checker accepts
UserId = NewType("UserId", str)


class Base(DeclarativeBase):
    """The base of this file's models."""


@dataclass
class Line:
    """A plain dataclass."""

    sku_code: str
    qty: int
    note: str | None = None


@dataclass
class Deep:
    """A dataclass that nests."""

    inner: "Deep | None"


class Place(TypedDict):
    """A TypedDict."""

    city_name: str


class Kind(enum.StrEnum):
    """Kept as text."""

    CARD = "card"


class Payment(Base):
    """The design's model, nearly."""

    __tablename__ = "payments"
    id: Mapped[str] = mapped_column(partition_key=True)
    timestamp: Mapped[datetime] = mapped_column(sort_key=True)
    customer_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    amount: Mapped[Decimal]
    note: Mapped[str | None] = mapped_column(default=None)
    tags: Mapped[set[str]] = mapped_column(default_factory=set)
    lines: Mapped[list[Line]] = mapped_column(default_factory=list)
    secret: Mapped[str | None] = mapped_column(default=None, sensitive=True)
    version: Mapped[int] = mapped_column(version=True)
    created_at: Mapped[datetime] = mapped_column(created_at=True)
    expires: Mapped[datetime | None] = mapped_column(ttl=True, default=None)
    by_customer = GlobalIndex("customer-index", partition_key="customer_id", sort_key="status")
    by_amount = LocalIndex("amount-index", sort_key="amount")


def payment(**values: Any) -> Payment:
    """A new payment."""
    given: dict[str, Any] = {"id": "p1", "timestamp": NOW, "customer_id": "c1", "amount": Decimal("12.5"), **values}
    return Payment(**given)


def declare(annotation: Any, base: type[DeclarativeBase] = Base, /, **members: Any) -> Any:
    """A model with one column of that annotation besides its key."""
    annotations = {"id": Mapped[str], "a": annotation}
    namespace = {"__annotations__": annotations, "__module__": __name__, "id": mapped_column(partition_key=True)}
    return type("Mod", (base,), {**namespace, **members})


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Write a module from its text, and import it."""
    monkeypatch.syspath_prepend(tmp_path)
    written: list[str] = []

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(dedent(text))
        written.append(name)

    def write_and_import(name: str, text: str, **others: str) -> ModuleType:
        for other, source in others.items():
            write(other, source)
        write(name, text)
        return importlib.import_module(name)

    yield write_and_import
    for name in written:
        sys.modules.pop(name, None)


def test_table() -> None:
    """The class has a table with its columns, key and indexes, in the base's metadata."""
    table = Payment.__table__
    assert Base.metadata.tables["payments"] is table
    assert table.title == "Payment"
    assert table.key_names == ("id", "timestamp")
    assert list(table.indexes) == ["customer-index", "amount-index"]
    assert table.version is Payment.version
    assert table.concurrency == "version"
    assert Payment.note.options.nullable
    assert not Payment.status.options.nullable
    assert isinstance(Payment.expires.type, EpochSeconds)
    assert isinstance(Payment.by_customer, BoundIndex)
    assert Payment.by_customer.index.table is table


def test_an_index_holds_what_it_projects() -> None:
    """KEYS_ONLY is no list of letters: an index of that kind holds the keys, whatever other attributes are called."""
    columns = (
        Column("id", String(), ColumnOptions(partition_key=True)),
        Column("a", String()),
        Column("KEY", String()),
    )
    indexes = [
        GlobalIndex("keys", partition_key="a", projection="KEYS_ONLY"),
        GlobalIndex("some", partition_key="a", projection=["KEY"]),
    ]
    table = Table("projected", MetaData(), *columns, indexes=indexes)
    held = {name: [each for each in table.columns if index.projects(each)] for name, index in table.indexes.items()}
    assert held == {"keys": ["id", "a"], "some": ["id", "a", "KEY"]}


def test_one_column_is_one_key() -> None:
    """The partition key and the sort key are two attributes."""
    both = Column("id", String(), ColumnOptions(partition_key=True, sort_key=True))
    with pytest.raises(InvalidModel, match=r"both\.id can't be the partition key and the sort key"):
        Table("both", MetaData(), both)


def test_column_handle() -> None:
    """On the class an attribute is its column, always the same one."""
    assert isinstance(Payment.amount, Column)
    assert Payment.amount is Payment.amount
    assert Payment.amount.key == "amount"
    assert Payment.amount.table is Payment.__table__
    assert Payment.lines[0].at(lambda line: line.sku_code).node.steps == ("lines", 0, "sku_code")


def test_constructor_fills_defaults() -> None:
    """A new object has the values it was given, and the defaults."""
    new = payment()
    assert (new.id, new.status, new.note, new.tags, new.lines) == ("p1", "pending", None, set(), [])
    assert payment().tags is not new.tags
    assert state_of(new).status == "transient"


def test_constructor_refuses() -> None:
    """An unknown name, a missing one, an expression, or a value that can't be stored raises on the user's line."""
    with pytest.raises(TypeError, match="Payment has no attribute 'idd'; it has id, timestamp, customer_id"):
        payment(idd=1)
    with pytest.raises(MissingAttribute, match=r"Payment\(…\) lacks timestamp, customer_id, amount; give a value"):
        Payment(id="p1")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError, match=r"the commit sets version; leave it out"):
        payment(version=1)
    with pytest.raises(ArgumentError, match=r"Payment.amount: a new object takes values, not an expression"):
        payment(amount=Payment.amount + 1)
    with pytest.raises(ArgumentError, match="not an expression"):
        payment(amount=Payment.amount > 1)
    with pytest.raises(ValueNotStorable, match=r"Payment.amount: can't store 'x': the attribute holds a number"):
        payment(amount="x")
    with pytest.raises(ValueNotStorable, match=r"Payment.lines\[1\].qty: can't store 'x'"):
        payment(lines=[Line("a", 1), Line("b", "x")])  # type: ignore[arg-type]
    with pytest.raises(ValueNotStorable, match=r"Payment.id: can't store '': a key attribute must not be empty"):
        payment(id="")
    with pytest.raises(ValueNotStorable, match=r"Payment.customer_id: can't store '': a key attribute"):
        payment(customer_id="")
    with pytest.raises(ValueNotStorable, match=r"Payment.customer_id: can't store None: the attribute is required"):
        payment(customer_id=None)
    with pytest.raises(ValueNotStorable, match=r"Payment.id: can't store None: it is part of the key, which every"):
        payment(id=None)
    with pytest.raises(ValueNotStorable, match=r"write datetime\.fromisoformat"):
        payment(timestamp="2026-01-01")
    with pytest.raises(
        TypeError, match=r"Payment\(…\) takes its attributes by name: Payment\(id=…\); it takes id, timestamp"
    ):
        Payment("p1")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def test_assignment_refuses() -> None:
    """Assigning is checked as the constructor is; a misspelt name is no silent attribute."""
    new = payment()
    with pytest.raises(AttributeError, match="Payment has no attribute 'amuont'; it has id"):
        new.amuont = 1  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(ValueNotStorable, match=r"Payment.amount: can't store 1.5: .* write Decimal\('1.5'\)"):
        new.amount = 1.5  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(ArgumentError, match="a new object takes values, not an expression"):
        new.amount = Payment.amount + 1
    with pytest.raises(AttributeError, match="can't be deleted; assign None"):
        del new.note
    note: Any = {}
    note["self"] = note
    thing = declare(M[Any])(id="x", a=1)
    with pytest.raises(ValueNotStorable, match="nest at most 32 levels deep"):
        thing.a = note
    deep = Deep(None)
    for _ in range(40):
        deep = Deep(deep)
    with pytest.raises(ValueNotStorable, match=r"Mod.a.*: lists and maps nest at most 32 levels deep"):
        declare(M[Deep])(id="x", a=deep)


def test_plain_attributes() -> None:
    """Private names and what the class has besides columns are free."""

    class Account(Base):
        id: Mapped[str] = mapped_column(partition_key=True)
        limit: ClassVar[int] = 3
        cache: int = 0

        @property
        def shown(self) -> str:
            return self.id.upper()

        @shown.setter
        def shown(self, value: str) -> None:
            self.id = value.lower()

    account = Account(id="a")
    account.cache = 5
    account._private = 1  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    account.shown = "B"
    assert (account.cache, account.id, account.shown) == (5, "b", "B")
    assert item_of(account) == {"id": {"S": "b"}}
    del account.cache
    assert account.cache == 0


def test_sensitive_values_never_print() -> None:
    """The value of a sensitive column is in no repr and in no message."""
    new = payment(secret="hush")
    assert "hush" not in repr(new)
    assert "secret=…" in repr(new)
    with pytest.raises(ValueNotStorable) as caught:
        new.secret = 12345.5  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]
    assert "12345" not in str(caught.value)
    assert "Payment.secret: can't store …" in str(caught.value)


def test_repr_never_raises() -> None:
    """A repr shows what there is, of a half-made, partly loaded or broken object too."""

    class Broken:
        def __repr__(self) -> str:
            raise ZeroDivisionError

    assert repr(object.__new__(Payment)) == "<Payment, half made>"
    assert repr(Payment.__new__(Payment)) == "Payment()"
    partly = load(Payment, {"id": {"S": "p1"}, "amount": {"N": "1"}}, frozenset({"id", "amount"}))
    assert repr(partly) == "Payment(id='p1', amount=Decimal('1'), secret=…)"
    new = payment()
    vars(new)["note"] = Broken()
    assert "note=<ZeroDivisionError>" in repr(new)
    loaded = load(Payment, {"id": {"S": "p1"}, "lines": {"L": []}})
    assert "lines=[]" in repr(loaded)
    assert not state_of(loaded).handed


def test_to_dict_and_back() -> None:
    """to_dict has the values by Python name, copied; from_dict takes them back, and what JSON makes of them."""
    new = payment(tags={"a"}, lines=[Line("x", 1)])
    values = new.to_dict()
    assert list(values)[:3] == ["id", "timestamp", "customer_id"]
    assert "version" not in values
    values["tags"].add("b")
    assert new.tags == {"a"}
    assert Payment.from_dict(new.to_dict()).to_dict() == new.to_dict()
    loaded = load(Payment, {**item_of(new), "version": {"N": "3"}})
    assert Payment.from_dict(loaded.to_dict()).version == 3
    assert vars(loaded) == {}
    partly = load(Payment, {"id": {"S": "p1"}}, frozenset({"id"}))
    assert partly.to_dict() == {"id": "p1"}
    plain = {"id": "p1", "timestamp": "2026-11-22T12:00:00Z", "customer_id": "c1", "amount": 5}
    made = Payment.from_dict({**plain, "lines": [{"sku_code": "x", "qty": 1}], "expires": 1795348800})
    assert (made.timestamp, made.expires, made.lines) == (NOW, NOW, [Line("x", 1)])
    assert isinstance(made.amount, Decimal)
    with pytest.raises(ArgumentError, match="Payment has no attribute 'x'; it has id"):
        Payment.from_dict({"x": 1})
    with pytest.raises(ValueNotStorable, match=r"Payment.amount: can't store 'x'"):
        Payment.from_dict({**plain, "amount": "x"})
    with pytest.raises(ValueNotStorable, match=r"Payment.amount: can't store 1j"):
        Payment.from_dict({**plain, "amount": 1j})


def test_alive() -> None:
    """alive() is true of items without expiry, or with one in the future."""
    assert str(Payment.alive(NOW)) == "attribute_not_exists(expires) OR expires > 1795348800"
    assert Payment.alive() != Payment.alive(NOW)
    with pytest.raises(ValueNotStorable, match="a naive datetime"):
        Payment.alive(datetime(2026, 1, 1))  # noqa: DTZ001

    class Session(Base):
        id: Mapped[str] = mapped_column(partition_key=True)
        until: Mapped[int | None] = mapped_column(ttl=True, none_as="null")

    assert str(Session.alive(NOW)) == "attribute_not_exists(until) OR until = NULL OR until > 1795348800"

    class Plain(Base):
        id: Mapped[str] = mapped_column(partition_key=True)

    with pytest.raises(ArgumentError, match="Plain has no column with ttl=True"):
        Plain.alive()


def test_objects_are_equal_by_identity() -> None:
    """Two objects with equal values are two objects, and go into a set."""
    assert payment() != payment()
    assert len({payment(), payment()}) == 2


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda obj: pickle.loads(pickle.dumps(obj))])
def test_copies_share_no_state(copied: Any) -> None:
    """A copied or unpickled object belongs to no session; changes to one are none to the other."""
    loaded = load(Payment, item_of(payment(tags={"a"})))
    loaded.status = "paid"
    twin = copied(loaded)
    twin.status = "x"
    assert loaded.status == "paid"
    assert state_of(twin).status == "detached"
    assert twin.tags == {"a"}
    loaded.lines.append(Line("x", 1))
    loaded.amount = Payment.amount + 1
    other = copied(loaded)
    assert other.lines == [Line("x", 1)]
    with pytest.raises(UnloadedAttribute):
        _ = other.amount
    assert [change.attribute.key for change in changes(other)] == ["status", "lines"]
    written(loaded, item_of(payment(lines=[Line("x", 1)])))
    assert copied(loaded).lines == [Line("x", 1)]
    assert state_of(copied(payment())).status == "transient"


class Naming(DeclarativeBase):
    """Names in camelCase."""

    attribute_naming = "camel"


def test_attribute_naming() -> None:
    """The base's naming holds for columns, for fields of dataclasses, and in paths; not for keys of TypedDicts."""

    class Order(Naming):
        order_id: Mapped[str] = mapped_column(partition_key=True)
        line_items: Mapped[list[Line]]
        ship_to: Mapped[Place]
        as_it_is: Mapped[str] = mapped_column(name="AS-IT-IS", default="-")
        by_it = GlobalIndex("by-it", partition_key="as_it_is", projection=["ship_to"])

    order = Order(order_id="o", line_items=[Line("a", 1)], ship_to={"city_name": "X"}, as_it_is="y")
    assert item_of(order) == {
        "orderId": {"S": "o"},
        "lineItems": {"L": [{"M": {"skuCode": {"S": "a"}, "qty": {"N": "1"}}}]},
        "shipTo": {"M": {"city_name": {"S": "X"}}},
        "AS-IT-IS": {"S": "y"},
    }
    assert load(Order, item_of(order)).line_items == [Line("a", 1)]
    assert Order.line_items[0].at(lambda line: line.sku_code).node.steps == ("lineItems", 0, "skuCode")
    assert Order.__table__.indexes["by-it"].projection == ("shipTo",)


@pytest.mark.parametrize(
    ("name", "naming", "stored"),
    [
        ("customer_id", "camel", "customerId"),
        ("customerId", "camel", "customerId"),
        ("_private_name", "camel", "_privateName"),
        ("type_", "camel", "type_"),
        ("a__b", "camel", "aB"),
        ("customerID", "snake", "customer_id"),
        ("HTTPServer", "snake", "http_server"),
        ("already_so", "snake", "already_so"),
        ("__", "snake", "__"),
        ("asIs", "as_written", "asIs"),
    ],
)
def test_attribute_names(name: str, naming: Any, stored: str) -> None:
    """A Python name gives one DynamoDB name."""
    assert attribute_name(name, naming) == stored


@pytest.mark.parametrize(
    ("cls", "table"),
    [
        ("Payment", "payments"),
        ("PaymentMethod", "payment_methods"),
        ("Category", "categories"),
        ("Key", "keys"),
        ("Box", "boxes"),
        ("Branch", "branches"),
        ("Address", "addresses"),
        ("APIKey", "api_keys"),
    ],
)
def test_table_names(cls: str, table: str) -> None:
    """A table without a name takes the class name in snake_case and plural."""
    assert plural(snake_case(cls)) == table


def test_table_name_from_the_class() -> None:
    """The class attribute holds the name that was made."""

    class OrderLine(Base):
        id: Mapped[str] = mapped_column(partition_key=True)

    assert OrderLine.__table__.name == OrderLine.__tablename__ == "order_lines"


def test_mixins_and_abstract_models() -> None:
    """Columns and indexes come from plain mixins and abstract models, the base's first; each model has its own."""

    class Timed:
        created: Mapped[datetime] = mapped_column(created_at=True)
        by_created = GlobalIndex("created", partition_key="created")

    class Keyed(Base):
        __abstract__ = True
        id: Mapped[str] = mapped_column(partition_key=True)
        plain: Mapped[int]

    class One(Timed, Keyed):
        name: Mapped[str]

    class Two(Timed, Keyed):
        plain: Mapped[int] = mapped_column(default=5)

    assert list(One.__table__.columns) == ["id", "plain", "created", "name"]
    assert One.id.table is One.__table__
    assert Two.id.table is Two.__table__
    assert One.by_created.index.table is One.__table__
    assert Two(id="x").plain == 5
    assert not hasattr(Keyed, "__table__")
    with pytest.raises(AttributeError, match="Keyed has no __mapping__: it is a base or abstract"):
        Keyed(id="x", plain=1)


def test_a_model_inherits_from_a_model() -> None:
    """A subclass has the columns and the table of its parent, or its own table under another name."""

    class Animal(Base):
        id: Mapped[str] = mapped_column(partition_key=True)
        by_id = GlobalIndex("by-id", partition_key="id")

    class Dog(Animal):
        tail: Mapped[int | None]

    class Cat(Animal):
        __tablename__ = "cats"

    class Puppy(Dog):
        tail: Mapped[int | None] = mapped_column(default=1)

    assert list(Puppy.__table__.columns) == ["id", "tail"]
    assert Puppy(id="p").tail == 1
    assert Dog.__table__.name == Animal.__table__.name == "animals"
    assert list(Dog.__table__.columns) == ["id", "tail"]
    assert list(Animal.__table__.columns) == ["id"]
    assert Cat.__table__.name == "cats"
    assert Base.metadata.tables["animals"] is Animal.__table__
    assert Cat.by_id.index.table is Cat.__table__
    assert isinstance(Dog(id="x", tail=1), Animal)


def test_bases_have_their_own_metadata() -> None:
    """Each direct subclass has its own metadata, unless it is given one."""
    shared = MetaData()

    class Other(DeclarativeBase):
        metadata = shared

    class Third(DeclarativeBase):
        metadata = Base.metadata

    class Thing(Other):
        id: Mapped[str] = mapped_column(partition_key=True)

    class ThirdThing(Third):
        id: Mapped[str] = mapped_column(partition_key=True)

    assert Thing.metadata is shared
    assert ThirdThing.metadata is Base.metadata
    assert list(shared.tables) == ["things"]
    assert "third_things" in Base.metadata.tables
    assert Naming.metadata is not Base.metadata


def test_concurrency() -> None:
    """A model may say how lost updates are prevented; "version" needs a version."""

    class Counter(Base):
        __concurrency__ = "none"
        id: Mapped[str] = mapped_column(partition_key=True)

    assert Counter.__table__.concurrency == "none"
    with pytest.raises(InvalidModel, match='__concurrency__ = "version" needs a column'):
        declare(Mapped[str], __concurrency__="version")
    with pytest.raises(InvalidModel, match="""is "version", "changed" or "none", not 'optimistic'"""):
        declare(Mapped[str], __concurrency__="optimistic")


def test_mapping_finds_special_columns() -> None:
    """The unit of work finds keys, version, times and onupdate at once."""

    class Doc(Base):
        id: Mapped[str] = mapped_column(partition_key=True)
        made: Mapped[datetime] = mapped_column(created_at=True)
        changed: Mapped[datetime] = mapped_column(updated_at=True)
        seen: Mapped[int] = mapped_column(created_at=True)
        host: Mapped[str | None] = mapped_column(onupdate=lambda: "h", default=None, name="HOST")

    mapping = mapping_of(Doc)
    assert mapping is mapping_of(Doc(id="x"))
    assert [attribute.key for attribute in mapping.key_attributes] == ["id"]
    assert [column.key for column in mapping.set_by_update] == ["changed", "host"]
    assert mapping.by_name["HOST"].key == "host"
    assert (mapping.version, mapping.ttl) == (None, None)
    assert list(mapping.init) == ["id", "host"]


ANNOTATIONS: list[tuple[Any, str, bool]] = [
    (str, "String()", False),
    (int, "Integer()", False),
    (Decimal, "Number()", False),
    (float, "Float()", False),
    (bool, "Boolean()", False),
    (bytes, "Binary()", False),
    (datetime, "DateTime()", False),
    (date, "Date()", False),
    (UUID, "Uuid()", False),
    (Any, "Any_()", True),
    (object, "Any_()", True),
    (str | None, "String()", True),
    (Optional[int], "Integer()", True),  # noqa: UP045
    (Union[None, float], "Float()", True),  # noqa: UP007
    ("int | None", "Integer()", True),
    (Kind, "Enum(Kind)", False),
    (Kind | None, "Enum(Kind)", True),
    (Literal["a", "b"], "String()", False),
    (Literal["a", None], "String()", True),  # noqa: PYI061
    (Literal[1, 2] | None, "Integer()", True),
    (Literal[Kind.CARD], "Enum(Kind)", False),
    (UserId, "String()", False),
    (UserId | None, "String()", True),
    (Annotated[int, "extra"], "Integer()", False),
    (Optional[Annotated[int | None, "extra"]], "Integer()", True),  # noqa: UP045
    (list, "List(Any_())", False),
    (list[str], "List(String())", False),
    (list["int"], "List(Integer())", False),
    (list[str | None], "List(Nullable(String()))", False),
    (list[Any], "List(Any_())", False),
    (dict, "Map(Any_())", False),
    (dict[str, list[int]], "Map(List(Integer()))", False),
    (dict[UserId, int | None], "Map(Nullable(Integer()))", False),
    (set[Kind], "Set(Enum(Kind))", False),
    (set[bytes] | None, "Set(Binary())", True),
    (Line, "<a Line as a map>", False),
    (list[Line], "List(<a Line as a map>)", False),
    (Place, "<a Place as a map>", False),
    ("list[Place]", "List(<a Place as a map>)", False),
]


def numbered(rows: list[Any], words: int) -> list[str]:
    """An id for each row: its words, and its number, as some rows share their words."""
    return [f"{number} {str(row[words])[:50]}" for number, row in enumerate(rows)]


@pytest.mark.parametrize(("annotation", "shown", "nullable"), ANNOTATIONS, ids=numbered(ANNOTATIONS, 0))
def test_annotations(annotation: Any, shown: str, nullable: bool) -> None:
    """Each typing form is read as one column type."""
    model = declare(M[annotation])
    assert repr(model.a.type) == shown
    assert model.a.options.nullable is nullable


@dataclass
class Generic_:  # noqa: N801
    """A dataclass with a field that can't be stored."""

    inner: complex


UNREADABLE: list[tuple[Any, str]] = [
    (M[complex], "Mod.a: complex is not a type dynexpr can store; DynamoDB has no complex numbers"),
    (M[tuple[int, int]], r"Mod.a: tuple\[int, int\] is not a type dynexpr can store; a list .* or give type_="),
    (M[frozenset[str]], r"write set\[...\]"),
    (M[bytearray], "write bytes"),
    (M[int | str], r"Mod.a: int \| str has no single type in DynamoDB; write Any, or give the column a type_="),
    (M[None], "Mod.a: None alone is no type"),
    (M[Literal[1, "a"]], "the values of a Literal must have one type"),
    (M[set], r"Mod.a: a set needs the type of its elements, e.g. set\[str\]"),
    (M[set[bool]], r"Mod.a: set\[bool\]: a DynamoDB set holds text, numbers or bytes, not a bool; use a list"),
    (M[set[str | None]], "a DynamoDB set holds text, numbers or bytes"),
    (M[dict[int, str]], r"Mod.a: the keys of a map are text; write dict\[str, ...\]"),
    (M[ModuleType], "Mod.a: module is not a type dynexpr can store; annotate a type DynamoDB has"),
    (M[list[Generic_]], "Mod.a, Generic_.inner: complex is not a type"),
    ("Mapped[list[]", r"Mod.a: the annotation 'list\[' can't be evaluated \(SyntaxError"),
    ("Mapped[list.nothing]", "can't be evaluated .AttributeError"),
    (Mapped, r"Mod.a: Mapped needs the type of the value, e.g. Mapped\[str\]"),
]


@pytest.mark.parametrize(("annotation", "words"), UNREADABLE, ids=numbered(UNREADABLE, 1))
def test_unreadable_annotations(annotation: Any, words: str) -> None:
    """What has no type in DynamoDB is refused when the class is made, naming the attribute and the cure."""
    with pytest.raises(InvalidModel, match=words):
        declare(annotation)


class Upper(ColumnType[str]):
    """A type of one's own."""

    kind = "S"
    python = "upper-case text"


def test_type_overrules_the_annotation() -> None:
    """With type_ the annotation need not be one dynexpr knows; it still says whether None is allowed."""
    assert isinstance(declare(M[complex], a=mapped_column(type_=Upper())).a.type, Upper)
    assert declare(M[complex | None], a=mapped_column(type_=Upper())).a.options.nullable
    assert declare("Mapped[Nowhere | None]", a=mapped_column(type_=Upper())).a.options.nullable
    assert declare(Mapped[str], b=mapped_column(type_=Any_())).b.key == "b"


INVALID: list[tuple[Any, dict[str, Any], str]] = [
    (str, {"primary_key": True}, r"Mod.a: mapped_column has no option primary_key=; DynamoDB has partition_key=True"),
    (str, {"colour": 1}, "no option colour=; its options are partition_key, sort_key"),
    (str, {"sort_key": 1}, "sort_key= is True or False, not 1"),
    (str, {"default_factory": 3}, "default_factory= takes a function, not 3"),
    (str, {"partition_key": True, "sort_key": True}, "partition_key= and sort_key= contradict each other"),
    (str, {"default": "", "default_factory": str}, "default= and default_factory= contradict each other"),
    (int, {"sort_key": True, "version": True}, "a key attribute never changes"),
    (datetime, {"sort_key": True, "updated_at": True}, "a key attribute never changes"),
    (str, {"sort_key": True, "missing": ""}, "a key attribute is always there"),
    (str, {"sort_key": True, "omit_if": bool}, "a key attribute is always there"),
    (str | None, {"sort_key": True}, "Mod.a: a key attribute is always there; annotate it without None"),
    (int, {"version": True, "default": 1}, "the commit gives it its value"),
    (datetime, {"created_at": True, "updated_at": True}, "an attribute is one of them"),
    (str, {"version": True}, r"Mod.a: a version is Mapped\[int\]"),
    (int | None, {"version": True}, r"a version is Mapped\[int\]"),
    (str, {"ttl": True}, r"ttl=True needs a datetime \(stored as epoch seconds\), or an int of them, not text"),
    (float, {"ttl": True}, "ttl=True needs a datetime"),
    (str, {"created_at": True}, "created_at=True needs a datetime, not text"),
    (date, {"updated_at": True}, "updated_at=True needs a datetime, not a date"),
    (str, {"none_as": "null"}, "none_as='null' is for a value that may be None"),
    (str | None, {"none_as": "nothing"}, "none_as is 'absent' or 'null', not 'nothing'"),
    (str, {"default": None}, r"default of Mod.a: can't store None: the attribute is required"),
    (str, {"default": 3}, "default of Mod.a: can't store 3: the attribute holds text"),
    (datetime, {"default": datetime.now}, "a function is given as default_factory="),
    (list[str], {"default": []}, "all objects would share one list; write default_factory="),
    (Line, {"default": Line("a", 1)}, "all objects would share one Line"),
    (int, {"missing": "x"}, "missing= of Mod.a: can't store 'x'"),
    (str, {"omit_if": lambda value: not value}, "reading it back would fail; give missing="),
    (str, {"type_": String}, r"type_= takes a ColumnType such as dynexpr.types.String\(\)"),
    (str, {"name": 3}, "name= is the attribute's name in DynamoDB, not 3"),
    (str, {"name": "id"}, "two columns are called 'a' or stored as 'id'"),
    (float, {"sort_key": True}, "a key is text, an exact number or bytes, not a number .float."),
    (list[str], {"sort_key": True}, "a key is text, an exact number or bytes"),
]


@pytest.mark.parametrize(("annotation", "options", "words"), INVALID, ids=numbered(INVALID, 2))
def test_invalid_options(annotation: Any, options: dict[str, Any], words: str) -> None:
    """An unknown or contradictory option is refused when the class is made, naming the attribute and the cure."""
    with pytest.raises(InvalidModel, match=words):
        declare(M[annotation], a=mapped_column(**options))


def test_invalid_classes() -> None:
    """What is no column, hides one, or takes a name every model has, is refused when the class is made."""
    with pytest.raises(
        InvalidModel, match=r"Mod.a: mapped_column takes options by name; the type stands in the annotation"
    ):
        declare(Mapped[str], a=mapped_column(String))  # type: ignore[call-overload] # pyright: ignore[reportCallIssue]
    with pytest.raises(InvalidModel, match=r"Mod.a: a mapped_column is annotated Mapped\[...\], not <class 'str'>"):
        declare(str, a=mapped_column())
    with pytest.raises(InvalidModel, match=r"write mapped_column\(default='x'\)"):
        declare(Mapped[str], a="x")
    with pytest.raises(InvalidModel, match=r"Mod.b has no annotation; write b: Mapped\[...\] = mapped_column"):
        declare(Mapped[str], b=mapped_column())
    with pytest.raises(InvalidModel, match="Mod has no partition key: give one column partition_key=True"):
        declare(Mapped[str], id=mapped_column())
    with pytest.raises(
        InvalidModel, match=r"Mod.alive: every model has a alive of its own; .* mapped_column.name='alive'"
    ):
        declare(Mapped[str], alive=mapped_column(type_=String()))
    index = GlobalIndex("by-a", partition_key="a")
    with pytest.raises(InvalidModel, match="index key can't be NULL"):
        declare(Mapped[str | None], a=mapped_column(none_as="null"), by_a=index)
    with pytest.raises(InvalidModel, match="Mod: index 'by-a' names one column twice in its key"):
        declare(Mapped[str], by_a=GlobalIndex("by-a", partition_key="a", sort_key="a"))
    with pytest.raises(InvalidModel, match="there is no column 'aa'; there are id, a"):
        declare(Mapped[str], by_a=GlobalIndex("by-a", partition_key="aa"))
    with pytest.raises(InvalidModel, match="attribute_naming is 'as_written', 'snake' or 'camel', not 'Pascal'"):
        type("Odd", (DeclarativeBase,), {"attribute_naming": "Pascal"})
    with pytest.raises(InvalidModel, match=r"Hiding.status hides the column Payment.status"):
        type("Hiding", (Payment,), {"status": "x"})
    with pytest.raises(InvalidModel, match="__tablename__ is text, not 3"):
        declare(Mapped[str], __tablename__=3)
    assert {"hidings", "odds"}.isdisjoint(Base.metadata.tables)
    with pytest.raises(InvalidModel):
        declare(Mapped[int], a=mapped_column(default="x"), __tablename__="failed")
    assert "failed" not in Base.metadata.tables
    with pytest.raises(InvalidModel, match=r"A: table name 'as': DynamoDB takes 3 to 255 .*; give a __tablename__"):
        type("A", (Base,), {"id": mapped_column(partition_key=True, type_=String())})


def test_future_annotations(write_module: Any) -> None:
    """With annotations as text, aliased names, nested classes and forward references are found."""
    module = write_module(
        "dx_future",
        """
        from __future__ import annotations
        from datetime import datetime
        from typing import ClassVar
        import dynexpr.orm.declarative as orm
        from dynexpr.orm.declarative import DeclarativeBase
        from dynexpr.orm.mapped import Mapped as M, mapped_column

        class Base(DeclarativeBase): ...

        class Order(Base):
            class Inner:
                pass
            id: orm.Mapped[str] = mapped_column(partition_key=True)
            datetime: M[datetime]
            lines: M[list[Line]] = mapped_column(default_factory=list)
            count: int = 0
            limit: ClassVar[int] = 3

        before = Order.__dict__["__mapping__"]

        from dataclasses import dataclass

        @dataclass
        class Line:
            parent: Line | None
            sku: str
        """,
    )
    assert type(module.before).__name__ == "Lazy"
    assert list(module.Base.metadata.tables) == ["orders"]
    assert module.Order.__dict__["__mapping__"] is mapping_of(module.Order)
    assert list(module.Order.__table__.columns) == ["id", "datetime", "lines"]
    order = module.Order(id="o", datetime=NOW, lines=[module.Line(module.Line(None, "b"), "a")])
    assert load(module.Order, item_of(order)).lines == order.lines


def test_names_for_checkers_only(write_module: Any) -> None:
    """A name imported under TYPE_CHECKING is imported at the first use, circular imports included."""
    module = write_module(
        "dx_orders",
        """
        from __future__ import annotations
        import typing
        from dynexpr.orm.declarative import DeclarativeBase
        from dynexpr.orm.mapped import mapped_column
        if typing.TYPE_CHECKING:
            import decimal
            from datetime import datetime as moment
            from dx_lines import Line
            from dynexpr.orm.mapped import Mapped

        class Base(DeclarativeBase): ...

        class Order(Base):
            id: Mapped[str] = mapped_column(partition_key=True)
            at: Mapped[moment]
            amount: Mapped[decimal.Decimal | None] = mapped_column(default=None)
            lines: Mapped[list[Line]]
        """,
        dx_lines="""
        from __future__ import annotations
        from dataclasses import dataclass
        from typing import TYPE_CHECKING
        import dx_orders
        if TYPE_CHECKING:
            from uuid import UUID

        @dataclass
        class Line:
            id: UUID
        """,
    )
    assert [repr(column.type) for column in module.Order.__table__.columns.values()] == [
        "String()",
        "DateTime()",
        "Number()",
        "List(<a Line as a map>)",
    ]
    assert repr(module.Order.lines[0].at(lambda line: line.id).type) == "Uuid()"


def test_unresolved_names(write_module: Any) -> None:
    """A name nobody knows is refused at the first use, naming it and the cure; the class stays as it was."""
    module = write_module(
        "dx_nowhere",
        """
        from __future__ import annotations
        from dynexpr.orm.declarative import DeclarativeBase
        from dynexpr.orm.mapped import Mapped, mapped_column

        class Base(DeclarativeBase): ...

        class Order(Base):
            id: Mapped[str] = mapped_column(partition_key=True)
            line: Mapped[Nowhere]
        """,
    )
    for _ in range(2):
        with pytest.raises(
            InvalidModel, match="an annotation names 'Nowhere', which can't be found in module dx_nowhere"
        ):
            module.Order.__table__  # noqa: B018
    with pytest.raises(InvalidModel, match="'Nowhere'"):
        module.Base.metadata.tables  # noqa: B018
    with pytest.raises(InvalidModel, match="'Nowhere'"):
        module.Order(id="x")
    module.Nowhere = int
    assert module.Order(id="x", line=1).line == 1


def test_local_names() -> None:
    """Classes made in a function find the function's names, in text too."""

    @dataclass
    class Local:
        a: int

    class Thing(Base):
        id: Mapped[str] = mapped_column(partition_key=True)
        local: Mapped["Local"]
        more: "Mapped[list[Local]]"
        self_: Mapped["Later | None"]

    @dataclass
    class Later:
        b: int

    sys.modules[__name__].__dict__["Later"] = Later
    try:
        assert Thing.more[0].at(lambda local: local.a).node.steps == ("more", 0, "a")
    finally:
        del sys.modules[__name__].__dict__["Later"]
    assert isinstance(Thing.self_.at(lambda later: later.b).type, Integer)  # type: ignore[union-attr] # pyright: ignore[reportOptionalMemberAccess]


def test_typed_dict_keys(write_module: Any) -> None:
    """Keys are taken as written; one that may be left out keeps None as NULL, one that may not as absent."""
    module = write_module(
        "dx_typed",
        """
        from __future__ import annotations
        from typing import NotRequired, Required, TypedDict
        from typing_extensions import ReadOnly
        from dynexpr.orm.declarative import DeclarativeBase
        from dynexpr.orm.mapped import Mapped, mapped_column

        class Base(DeclarativeBase):
            attribute_naming = "camel"

        class Place(TypedDict):
            city_name: str
            zip_code: NotRequired[str | None]
            country: ReadOnly[str | None]
            state: ReadOnly[NotRequired[str | None]]

        class More(Place, total=False):
            floor: int | None
            street: Required[str | None]

        class Order(Base):
            id: Mapped[str] = mapped_column(partition_key=True)
            place: Mapped[More]
        """,
    )
    place = {"city_name": "X", "zip_code": None, "country": None, "state": None, "floor": None, "street": None}
    item = item_of(module.Order(id="o", place=place))
    assert item["place"]["M"] == {
        "city_name": {"S": "X"},
        "zip_code": {"NULL": True},
        "state": {"NULL": True},
        "floor": {"NULL": True},
    }
    assert load(module.Order, item).place == place
    del item["place"]["M"]["floor"]
    assert "floor" not in load(module.Order, item).place


def test_fields_that_collide() -> None:
    """Two fields of a dataclass that would be stored under one name are refused."""

    @dataclass
    class Twice:
        a_b: int
        aB: int  # noqa: N815

    with pytest.raises(InvalidModel, match=r"Twice.a_b and .aB would both be stored as 'aB'"):
        declare(Mapped[Twice], Naming)


def test_import_is_light() -> None:
    """Importing the declarative part loads neither dataclasses nor inspect nor any engine."""
    import subprocess

    heavy = "{'dataclasses', 'inspect', 'boto3', 'botocore', 'asyncio', 'sqlite3', 'pyparsing', 'sqlglot', 'ast'}"
    program = f"import sys, dynexpr.orm.declarative; print(sorted({heavy} & sys.modules.keys()))"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"


def test_a_name_that_means_nothing() -> None:
    """A misspelt __tablename__, and a column called like the base's metadata, are refused when the class is made."""
    key = {"__module__": __name__, "id": mapped_column(partition_key=True)}
    with pytest.raises(InvalidModel, match="__table_name__ means nothing; the table's name is __tablename__"):
        type("Misspelt", (Base,), {**key, "__annotations__": {"id": Mapped[str]}, "__table_name__": "foo"})
    with pytest.raises(InvalidModel, match="every model has a metadata of its own"):
        type("Described", (Base,), {**key, "__annotations__": {"id": Mapped[str], "metadata": Mapped[str]}})
