"""How is an annotation read?  `list[Line]` becomes the column type that writes a list of maps.

The one place that knows Python's typing forms. Annotations may be text (`from __future__ import annotations`, forward
references); a name that does not exist yet raises `Unresolved`, and the class tries again when it is first used. Then a
name imported under `if TYPE_CHECKING:` is imported for good.
"""

from collections.abc import Callable
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, ForwardRef, Literal, NewType, TypeVar, Union, get_args, get_origin

from dynexpr.errors import ArgumentError, InvalidModel
from dynexpr.orm.names import Names
from dynexpr.orm.naming import Naming, attribute_name
from dynexpr.types import (
    Any_,
    Binary,
    Boolean,
    ColumnType,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    List,
    Map,
    Nullable,
    Number,
    Record,
    Set,
    String,
    Uuid,
)
from dynexpr.wire import freeze

SCALARS: dict[Any, type[ColumnType[Any]]] = {
    str: String,
    int: Integer,
    Decimal: Number,
    float: Float,
    bool: Boolean,
    bytes: Binary,
    Any: Any_,
    object: Any_,
}


# By name: their modules cost time, and an annotation that is one of them has loaded its module.
LATE_SCALARS: dict[str, type[ColumnType[Any]]] = {
    "datetime.datetime": DateTime,
    "datetime.date": Date,
    "uuid.UUID": Uuid,
}
CURES = {
    "tuple": "a list has no fixed length in DynamoDB; write list[...]",
    "frozenset": "write set[...]",
    "bytearray": "write bytes",
    "complex": "DynamoDB has no complex numbers; store two attributes",
    "datetime.time": "store text, or give type_=",
    "datetime.timedelta": "store seconds as an int, or give type_=",
}


class Reader:
    """Reads annotations of one model; dataclasses met twice give one type, so a dataclass may hold itself."""

    def __init__(self, names: Names, naming: Naming) -> None:
        self.names = names
        self.naming: Naming = naming
        self._records: dict[Any, Record] = {}

    def column(self, annotation: object, place: str) -> tuple[ColumnType[Any], bool]:
        """The type of what stands inside `Mapped[...]`, and whether it may be None."""
        return self._optional(annotation, self.names, place)

    def _optional(self, annotation: object, names: Names, place: str) -> tuple[ColumnType[Any], bool]:
        annotation = self._plain(annotation, names, place)
        options = self._options(annotation, names, place)
        if options is None:
            return self._read(annotation, names, place), annotation is Any or annotation is object
        kept = [option for option in options if option is not NoneType]
        if not kept:
            raise InvalidModel(f"{place}: None alone is no type; write the type of the value, e.g. str | None")
        nullable = len(kept) < len(options)
        if len(kept) > 1:
            shown = " | ".join(show(option) for option in kept)
            raise InvalidModel(
                f"{place}: {shown} has no single type in DynamoDB; write Any, or give the column a type_="
            )
        read, inner_nullable = self._optional(kept[0], names, place)
        return read, nullable or inner_nullable

    def _options(self, annotation: object, names: Names, place: str) -> list[Any] | None:
        """The members of a union, unions inside it opened; None for what is none."""
        origin = get_origin(annotation)
        if annotation is None or annotation is NoneType:
            return [NoneType]
        if origin is Union or origin is UnionType:
            found: list[Any] = []
            for argument in get_args(annotation):
                option = self._plain(argument, names, place)
                inner = self._options(option, names, place)
                found += [option] if inner is None else inner
            return list(dict.fromkeys(found))
        if origin is Literal and None in get_args(annotation):
            others = tuple(value for value in get_args(annotation) if value is not None)
            return [Literal[others], NoneType] if others else [NoneType]
        return None

    def _plain(self, annotation: object, names: Names, place: str) -> Any:
        """An annotation without what says nothing about the value: text, Annotated, NewType, aliases."""
        while True:
            origin = get_origin(annotation)
            if isinstance(annotation, str):
                annotation = names.evaluate(annotation, place)
            elif isinstance(annotation, ForwardRef):
                module = annotation.__forward_module__
                if module is not None:
                    names = names.of_module(module if isinstance(module, str) else module.__name__)
                annotation = names.evaluate(annotation.__forward_arg__, place)
            elif origin is Annotated or show_origin(annotation) in {"Required", "NotRequired", "ReadOnly", "Final"}:
                annotation = get_args(annotation)[0]
            elif isinstance(annotation, NewType):
                annotation = annotation.__supertype__
            elif type(annotation).__name__ == "TypeAliasType":  # `type X = ...`, from Python 3.12
                annotation = annotation.__value__  # type: ignore[attr-defined]
            else:
                return annotation

    def _inside(self, annotation: object, names: Names, place: str) -> ColumnType[Any]:
        """The type of an element of a container, where None is stored as NULL."""
        inner, nullable = self._optional(annotation, names, place)
        return Nullable(inner) if nullable and not isinstance(inner, Any_) else inner

    def _read(self, annotation: Any, names: Names, place: str) -> ColumnType[Any]:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Literal:
            return self._literal(arguments, place)
        found = annotation if origin is None else origin
        if not isinstance(found, type):
            if found is Any:
                return Any_()
            if isinstance(found, TypeVar):
                raise self._unknown(annotation, place, "a TypeVar names no type; write a type")
            raise self._unknown(annotation, place)
        if found in {list, dict, set}:
            return self._container(found, arguments, names, place)
        scalar = SCALARS.get(found) or LATE_SCALARS.get(f"{found.__module__}.{found.__qualname__}")
        if scalar is not None:
            return scalar()
        from dynexpr.orm.records import is_typed_dict

        if hasattr(found, "__dataclass_fields__") or is_typed_dict(found):
            if arguments:
                raise self._unknown(
                    annotation, place, "a generic class is not read; subclass it with its types filled in"
                )
            return self._record(found, names, place)
        if "__members__" in dir(found):
            return self._guarded(lambda: Enum(found), annotation, place)
        raise self._unknown(annotation, place)

    def _container(self, container: type, arguments: tuple[Any, ...], names: Names, place: str) -> ColumnType[Any]:
        if container is list:
            return List(self._inside(arguments[0], names, place)) if arguments else List()
        if container is dict:
            if not arguments:
                return Map()
            key = self._read(self._plain(arguments[0], names, place), names, place)
            if not isinstance(key, String):
                raise InvalidModel(f"{place}: the keys of a map are text; write dict[str, ...]")
            return Map(self._inside(arguments[1], names, place))
        if not arguments:
            raise InvalidModel(f"{place}: a set needs the type of its elements, e.g. set[str]")
        element = self._inside(arguments[0], names, place)
        return self._guarded(lambda: Set(element), container[arguments], place)  # type: ignore[index]

    def _guarded(self, make: Callable[[], ColumnType[Any]], annotation: object, place: str) -> ColumnType[Any]:
        try:
            return make()
        except ArgumentError as error:
            raise InvalidModel(f"{place}: {show(annotation)}: {error}") from None

    def _literal(self, values: tuple[Any, ...], place: str) -> ColumnType[Any]:
        kinds = {type(value) for value in values}
        if len(kinds) != 1:
            raise InvalidModel(f"{place}: the values of a Literal must have one type; write Any, or give type_=")
        made = self._read(kinds.pop(), self.names, place)
        made.allowed = frozenset(freeze(made.encode(value)) for value in values)
        return made

    def _record(self, cls: Any, names: Names, place: str) -> Record:
        from dynexpr.orm.records import (
            dataclass_fields,
            dataclass_methods,
            is_typed_dict,
            typed_dict_fields,
            typed_dict_methods,
        )

        known = self._records.get(cls)
        if known is not None:
            return known
        typed_dict = is_typed_dict(cls)
        make, take = typed_dict_methods() if typed_dict else dataclass_methods(cls)
        record = self._records[cls] = Record(cls.__name__, {}, make, take, open_ended=typed_dict)
        fields: dict[str, tuple[str, ColumnType[Any], bool]] = {}
        try:
            for name, annotation, owner in typed_dict_fields(cls) if typed_dict else dataclass_fields(cls):
                where = f"{place}, {cls.__name__}.{name}"
                own = names.of_module(owner.__module__)
                field_type, nullable = self._optional(annotation, own, where)
                if isinstance(field_type, Any_):
                    nullable = False  # Any holds None by itself, as NULL
                if typed_dict and nullable and self._may_be_left_out(cls, name, annotation, own, where):
                    # Absent and None are two things here, so None has to be written.
                    field_type, nullable = Nullable(field_type), False
                fields[name] = (name if typed_dict else attribute_name(name, self.naming), field_type, nullable)
        except Exception:
            del self._records[cls]  # a half-read record must not be met again
            raise
        taken: dict[str, str] = {}
        for name, (wire_name, _, _) in fields.items():
            if wire_name in taken:
                raise InvalidModel(
                    f"{place}: {cls.__name__}.{taken[wire_name]} and .{name} would both be stored as {wire_name!r}"
                )
            taken[wire_name] = name
        record.declare(fields)
        return record

    @staticmethod
    def _may_be_left_out(typed_dict: Any, name: str, annotation: object, names: Names, place: str) -> bool:
        # With annotations as text the class itself can't know, so the text is read here.
        if isinstance(annotation, ForwardRef):
            annotation = names.evaluate(annotation.__forward_arg__, place)
        for wrapper in (annotation, *get_args(annotation)):
            if show_origin(wrapper) in {"Required", "NotRequired"}:
                return show_origin(wrapper) == "NotRequired"
        return name in typed_dict.__optional_keys__

    @staticmethod
    def _unknown(annotation: object, place: str, cure: str = "") -> InvalidModel:
        found = get_origin(annotation) or annotation
        full = getattr(found, "__qualname__", "")
        if getattr(found, "__module__", "builtins") != "builtins":
            full = f"{found.__module__}.{full}"
        cure = cure or CURES.get(full, "annotate a type DynamoDB has, a dataclass or a TypedDict")
        return InvalidModel(f"{place}: {show(annotation)} is not a type dynexpr can store; {cure}, or give type_=")


def show(annotation: object) -> str:
    """An annotation as a person wrote it."""
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__qualname__
    return str(annotation).replace("typing.", "")


def show_origin(annotation: object) -> str:
    """The name of a special form (`NotRequired[str]`), be it from typing or typing_extensions."""
    origin = get_origin(annotation)
    return "" if origin is None else getattr(origin, "_name", None) or ""
