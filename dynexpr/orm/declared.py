"""Which columns does a class declare by itself, and what are they?"""

import re
from typing import Any, Final, ForwardRef, get_args, get_origin

from dynexpr.columns import Column, ColumnOptions
from dynexpr.errors import InvalidModel
from dynexpr.orm.annotations import Reader
from dynexpr.orm.column_options import check_type, given_options
from dynexpr.orm.mapped import Declaration, Mapped
from dynexpr.orm.names import Names, Unresolved, own_annotations
from dynexpr.orm.naming import attribute_name
from dynexpr.orm.validation import Check
from dynexpr.types import ColumnType, DateTime, EpochSeconds
from dynexpr.unset import UNSET


class Declared:
    """A column as one class declares it: annotation, options, and the class whose module knows the names."""

    __slots__ = ("annotation", "declaration", "owner")

    def __init__(self, annotation: object, declaration: Declaration, owner: type) -> None:
        self.annotation = annotation
        self.declaration = declaration
        self.owner = owner


NO_ANNOTATION: Final = object()
_MAPPED = re.compile(r"\s*((?:\w+\.)*\w+)\s*\[(.*)\]\s*", re.DOTALL)


def _mapped_argument(annotation: object, names: Names) -> tuple[bool, object]:
    """Whether an annotation is `Mapped[...]`, and what stands inside; text need not be evaluated for that."""
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        match = _MAPPED.fullmatch(annotation)
        head = annotation.strip() if match is None else match[1]
        if head.rpartition(".")[2] != "Mapped":
            try:
                if names.evaluate(head, "") is not Mapped:  # it may be imported under another name
                    return False, None
            except (Unresolved, InvalidModel):
                return False, None
        return True, NO_ANNOTATION if match is None else match[2]
    if get_origin(annotation) is Mapped:
        return True, get_args(annotation)[0]
    return annotation is Mapped, NO_ANNOTATION


def own_columns(cls: type, names: Names) -> dict[str, Declared]:
    """The columns one class of the MRO declares by itself."""
    if "__own_columns__" in vars(cls):
        return vars(cls)["__own_columns__"]  # type: ignore[no-any-return]  # as it was set below
    own: dict[str, Declared] = {}
    members = vars(cls)
    for name, annotation in own_annotations(cls).items():
        where = f"{cls.__name__}.{name}"
        is_mapped, inner = _mapped_argument(annotation, names)
        value = members.get(name, UNSET)
        if not is_mapped:
            if isinstance(value, Declaration):
                raise InvalidModel(f"{where}: a mapped_column is annotated Mapped[...], not {annotation}")
            continue
        if inner is NO_ANNOTATION:
            raise InvalidModel(f"{where}: Mapped needs the type of the value, e.g. Mapped[str]")
        if value is UNSET:
            value = Declaration((), {})
        elif not isinstance(value, Declaration):
            raise InvalidModel(
                f"{where}: a mapped attribute is not given a plain value; write mapped_column(default={value!r})"
            )
        own[name] = Declared(inner, value, cls)
    for name, value in members.items():
        if isinstance(value, Declaration) and name not in own:
            own[name] = Declared(NO_ANNOTATION, value, cls)
    return own


def column_of(
    cls: type[Any], key: str, declared: Declared, reader: Reader, validators: tuple[Check, ...]
) -> Column[Any]:
    """The column of one declaration, its annotation read by the names of the class that has it."""
    where = f"{cls.__name__}.{key}"
    options = given_options(where, declared.declaration)
    given_type: ColumnType[Any] | None = options.pop("type_", None)
    if declared.annotation is NO_ANNOTATION:
        if given_type is None:
            raise InvalidModel(f"{where} has no annotation; write {key}: Mapped[...] = mapped_column(...)")
        type_, nullable = given_type, False
    elif given_type is not None:
        type_, nullable = given_type, _may_be_none(declared.annotation, reader, where)
    else:
        type_, nullable = reader.column(declared.annotation, where)
        if options.get("ttl") and isinstance(type_, DateTime):
            type_ = EpochSeconds()
    check_type(where, type_, options, nullable=nullable)
    name = options.pop("name", None) or attribute_name(key, cls.attribute_naming)
    return Column(name, type_, ColumnOptions(nullable=nullable, validators=validators, **options), key=key)


def _may_be_none(annotation: object, reader: Reader, where: str) -> bool:
    """Whether an annotation allows None, where its type need not be read; it may name what exists for checkers only."""
    try:
        return reader.column(annotation, where)[1]
    except (InvalidModel, Unresolved):
        return re.search(r"\bNone\b|\bOptional\b", str(annotation)) is not None
