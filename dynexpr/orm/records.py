"""Which fields has a dataclass, or a TypedDict, and how is it built and taken apart?"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dynexpr.orm.names import own_annotations


def is_typed_dict(cls: Any) -> bool:
    """Whether a class is a TypedDict, be it from typing or typing_extensions."""
    return isinstance(cls, type) and issubclass(cls, dict) and hasattr(cls, "__optional_keys__")


def typed_dict_fields(cls: Any) -> Iterable[tuple[str, object, Any]]:
    """Name, annotation and class of each key; a key's forward reference knows its own module."""
    return [(name, annotation, cls) for name, annotation in own_annotations(cls).items()]


def typed_dict_methods() -> tuple[Callable[[dict[str, Any]], Any], Callable[[Any], Mapping[str, Any] | None]]:
    """How a TypedDict is built and taken apart: it is a dictionary already."""
    return (lambda values: values), (lambda value: value if isinstance(value, Mapping) else None)


def dataclass_fields(cls: Any) -> Iterable[tuple[str, object, Any]]:
    """Name, annotation and declaring class of each field; the class tells where the annotation's names are found."""
    for field in sys.modules["dataclasses"].fields(cls):
        declared = [base for base in cls.__mro__ if field.name in own_annotations(base)]
        yield field.name, field.type, declared[0] if declared else cls


def dataclass_methods(cls: Any) -> tuple[Callable[[dict[str, Any]], Any], Callable[[Any], Mapping[str, Any] | None]]:
    """How a dataclass is built and taken apart. A field with init=False is set after __init__, frozen or not."""
    fields = sys.modules["dataclasses"].fields(cls)
    names = tuple(field.name for field in fields)
    late = tuple(field.name for field in fields if not field.init)

    def make(values: dict[str, Any]) -> Any:
        if not late:
            return cls(**values)
        made = cls(**{name: value for name, value in values.items() if name not in late})
        for name in late:
            if name in values:
                object.__setattr__(made, name, values[name])
        return made

    def take(value: Any) -> Mapping[str, Any] | None:
        return {name: getattr(value, name) for name in names} if isinstance(value, cls) else None

    return make, take
