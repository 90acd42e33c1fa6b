"""What does a model know about its columns?  One `ModelMapping` per class, with an `Attribute` for each column.

An attribute turns one value into what is stored and back, by the rules for absent, NULL and empty; as a descriptor on
the class it gives the column, and decodes the value of an object when it is first read.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from dynexpr.clock import Clock
from dynexpr.columns import Column, ColumnOptions
from dynexpr.errors import MissingAttribute, UnloadedAttribute, ValueNotStorable
from dynexpr.storing import blamed, encoded, encoded_present, validated
from dynexpr.tables import Table
from dynexpr.types import Binary, Boolean, ColumnType, Integer, Number, Set, String
from dynexpr.unset import UNSET
from dynexpr.wire import PLAIN_INT, Item, Wire, equal

if TYPE_CHECKING:
    from dynexpr.orm.state import InstanceState

Encoder = Callable[[dict[str, Any], Clock], tuple[Item, bytes]]
"""What makes of an object's values its item, and the JSON of that."""
IMMUTABLE: Final = frozenset({str, int, Decimal, float, bool, bytes, type(None)})
"""Python types whose values can't change once they were handed out."""
_CERTAIN: Final[dict[type, Callable[[Any], bool]]] = {
    String: lambda value: value.__class__ is str and value != "" and value.isascii(),
    Integer: lambda value: value.__class__ is int and -PLAIN_INT < value < PLAIN_INT,
    Number: lambda value: value.__class__ is int and -PLAIN_INT < value < PLAIN_INT,
    Boolean: lambda value: value.__class__ is bool,
}
"""Column types -> whether a value is one that any column of the type can store."""
_ONE_FORM: Final = frozenset({String, Integer, Number, Boolean, Binary})
"""Column types of which two wire values that differ are never read as the same value."""


class Attribute:
    """One column of one model, as seen from its objects."""

    __slots__ = (
        "_certain",
        "_configure",
        "_is_set",
        "_missing",
        "column",
        "is_key",
        "key",
        "mutable",
        "name",
        "nullable",
        "options",
        "type",
        "where",
    )

    column: Column[Any] | None
    name: str
    type: ColumnType[Any]
    options: ColumnOptions

    def __init__(self, key: str, where: str, configure: Callable[[], object]) -> None:
        self.key = key
        """The Python name."""
        self.where = where
        """`Payment.amount`, for messages."""
        self.column = None
        self._configure = configure

    def bind(self, column: Column[Any], *, is_key: bool) -> None:
        """Take over the column's facts, once its type is known."""
        self.name = column.name
        self.type = column.type
        self.options = column.options
        self.nullable = column.options.nullable
        self.mutable = column.type.mutable
        self.is_key = is_key
        """Whether it is part of the table's key."""
        ruled = column.options.omit_if is not None or column.type.allowed is not None
        self._certain = _never if ruled else _CERTAIN.get(type(column.type), _never)
        self._is_set = isinstance(column.type, Set)
        missing = column.options.missing
        self._missing: Wire | None = None
        if missing is not UNSET and missing is not None and not (self._is_set and missing == set()):
            self._missing = encoded_present(
                column, missing
            )  # each object decodes one of its own; a bad one is seen at once
        self.column = column

    def __get__(self, instance: Any, owner: object = None) -> Any:
        """The column, on the class; on an object the value, which then lies in the object's `__dict__`."""
        if instance is None:
            if self.column is None:
                self._configure()
            return self.column
        state: InstanceState = instance.__state__
        key = self.key
        value = state.kept.pop(key) if key in state.kept else self.value(state)
        object.__setattr__(instance, key, value)
        if type(value) not in IMMUTABLE and self.can_change(value):
            # It is in somebody's hands now: it may change in place, and its owner must not be lost before the commit.
            if not state.handed:
                state.handed = set()
            state.handed.add(key)
            if state.session_hold is not None:
                state.session_hold.add(instance)
        return value

    def can_change(self, value: object) -> bool:
        """Whether a value can change in place; one of a foreign type goes by what it is."""
        return type(value) not in IMMUTABLE and (self.mutable or isinstance(value, list | dict | set))

    def value(self, state: "InstanceState") -> Any:
        """The value as the stored item has it, decoded afresh."""
        key = self.key
        if key in state.expressions:
            raise UnloadedAttribute(
                f"{self.where} was assigned an expression: its value is known to DynamoDB only, after the commit; "
                "commit, then session.refresh(obj) reads it"
            )
        stored = state.stored
        if stored is None:
            if self.set_by_commit:
                raise MissingAttribute(f"{self.where} has no value yet: the commit sets it")
            if self.nullable or self._is_set:
                return self.absent()
            raise MissingAttribute(f"{self.where} has no value yet: assign one")
        if key in state.unloaded or (state.loaded_names is not None and self.name not in state.loaded_names):
            raise UnloadedAttribute(
                f"{self.where} was not read with this object; session.refresh(obj) reads the whole item"
            )
        wire = stored.get(self.name)
        return self.absent() if wire is None else self.type.decode(wire)

    def absent(self) -> Any:
        """What an item that lacks the attribute has in its place."""
        missing = self.options.missing
        if missing is not UNSET:
            return missing if missing is None else self.type.decode(self._missing) if self._missing else set()
        if self.nullable:
            return None
        if self._is_set:
            return set()
        raise MissingAttribute(
            f"{self.where}: the stored item lacks the attribute {self.name!r}, which is required; "
            "give the column missing=, or annotate it as optional"
        )

    @property
    def set_by_commit(self) -> bool:
        """Whether the commit gives it its value, so that the constructor does not take one."""
        return self.options.version or self.options.created_at or self.options.updated_at

    def validate(self, value: Any) -> Any:
        """The value as the column's validators leave it."""
        return validated(self._bound, value) if self.options.validators else value

    def encode(self, value: object) -> Wire | None:
        """What is stored for a value, None for nothing; ValueNotStorable names the class and the attribute."""
        return encoded(self._bound, value)

    def check(self, value: object) -> None:
        """Raise what encode() would."""
        if not self._certain(value):
            self.encode(value)

    def blame(self, error: ValueNotStorable) -> ValueNotStorable:
        """The error with class and attribute in front; of a sensitive column without the value."""
        return blamed(self._bound, error)

    @property
    def _bound(self) -> Column[Any]:
        return cast("Column[Any]", self.column)

    def same(self, wire: Wire | None, stored: Wire | None) -> bool:
        """Whether a wire value is what *stored* would be written as, had its value been read and written unchanged.

        Text of an instant with another offset, or NULL where None is stored as absent, is no change.
        """
        if wire is None or stored is None:
            if wire is stored:
                return True
            if stored is None:
                # Absent reads as a value (missing=, an empty set): writing that same value back is no change.
                return self._missing is not None and wire is not None and equal(wire, self._missing)
        elif equal(wire, stored):
            return True
        elif type(self.type) in _ONE_FORM:
            return False
        try:
            rewritten = self.encode(self.type.decode(stored))
        except ValueNotStorable:
            return False
        return equal(wire, rewritten) if wire is not None and rewritten is not None else wire is rewritten

    def rewritten(self, value: object, stored: Wire | None) -> Wire | None:
        """What is stored for a value that was read and may have changed in place since.

        What was read from a foreign type, or in part, can't always be written; untouched, it stays as it is.
        """
        if self.options.validators:
            if stored is not None and identical(value, self.type.decode(stored)):
                return stored  # what was stored before there was a validator stays as it is
            value = self.validate(value)
        try:
            return self.encode(value)
        except ValueNotStorable:
            if stored is not None and identical(value, self.type.decode(stored)):
                return stored
            raise

    def __repr__(self) -> str:
        return f"<attribute {self.where}>"


def _never(_value: object) -> bool:
    return False


def identical(left: Any, right: Any) -> bool:
    """Whether two values are equal in value and in type, all the way down: `1`, `True` and `Decimal(1)` are three."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(identical, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(identical(value, right[key]) for key, value in left.items())
    if isinstance(left, set):
        return {(type(value), value) for value in left} == {(type(value), value) for value in right}
    fields = getattr(type(left), "__dataclass_fields__", None)
    if fields is not None:  # its own == may be anything
        return all(identical(getattr(left, name, None), getattr(right, name, None)) for name in fields)
    return bool(left == right)


class ModelMapping:
    """What a model knows about its columns, found once."""

    __slots__ = (
        "attributes",
        "by_name",
        "encoder",
        "init",
        "key_attributes",
        "model",
        "set_by_update",
        "table",
        "ttl",
        "version",
    )

    def __init__(self, model: type[Any], table: Table, attributes: dict[str, Attribute]) -> None:
        self.model = model
        self.table = table
        self.attributes = attributes
        """Python name -> attribute."""
        self.by_name = {attribute.name: attribute for attribute in attributes.values()}
        """DynamoDB name -> attribute."""
        self.key_attributes = tuple(attributes[column.key or column.name] for column in table.key_columns)
        """Of the table's key: partition key, then sort key."""
        self.init = {key: attribute for key, attribute in attributes.items() if not attribute.set_by_commit}
        """What the constructor takes."""
        self.version = self._first("version")
        self.set_by_update = tuple(
            column
            for column in table.columns.values()
            if column.options.updated_at or column.options.onupdate is not None
        )
        """Columns that every update of an object gives a value."""
        self.ttl = self._first("ttl")
        self.encoder: Encoder | None = None
        """Made by `encoding.py` when the first object is written."""

    def _first(self, option: str) -> Attribute | None:
        return next((attribute for attribute in self.attributes.values() if getattr(attribute.options, option)), None)

    def __repr__(self) -> str:
        return f"<mapping of {self.model.__name__}>"


def mapping_of(model_or_object: Any) -> ModelMapping:
    """The mapping of a model, or of the model of an object."""
    return model_or_object.__mapping__  # type: ignore[no-any-return]
