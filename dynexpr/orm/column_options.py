"""Which options may a column have, and which contradict each other, or its type?"""

from typing import Any, Final

from dynexpr.errors import InvalidModel, ValueNotStorable
from dynexpr.orm.mapped import Declaration
from dynexpr.orm.mapping import Attribute
from dynexpr.types import ColumnType, Float, Integer, Number, Set
from dynexpr.unset import UNSET

_FLAGS: Final = ("partition_key", "sort_key", "version", "created_at", "updated_at", "ttl", "sensitive")
_OTHERS: Final = ("name", "type_", "default", "default_factory", "missing", "onupdate", "omit_if", "none_as")
_CURES: Final = {
    "primary_key": "DynamoDB has partition_key=True and sort_key=True",
    "hash_key": "write partition_key=True",
    "range_key": "write sort_key=True",
    "nullable": "annotate it Mapped[... | None]",
    "index": "declare a GlobalIndex in the class",
    "unique": "DynamoDB keeps only keys unique",
    "insert_default": "write default= or default_factory=",
    "server_default": "write default= or default_factory=",
    "init": "version, created_at and updated_at are left out of the constructor by themselves",
}
_CONTRADICTIONS: Final = (
    ("partition_key", "sort_key", "an attribute is one of them"),
    ("default", "default_factory", "give one of them"),
    *((key, other, "a key attribute never changes and is known when the object is made")
      for key in ("partition_key", "sort_key")
      for other in ("version", "created_at", "updated_at", "onupdate")),
    *((key, other, "a key attribute is always there")
      for key in ("partition_key", "sort_key")
      for other in ("missing", "omit_if", "none_as")),
    *((special, other, "the commit gives it its value")
      for special in ("version", "created_at", "updated_at")
      for other in ("default", "default_factory", "onupdate", "omit_if", "ttl")),
    ("version", "created_at", "an attribute is one of them"),
    ("version", "updated_at", "an attribute is one of them"),
    ("created_at", "updated_at", "an attribute is one of them"),
    ("version", "missing", "a version is always there"),
)  # fmt: skip


def given_options(where: str, declaration: Declaration) -> dict[str, Any]:
    """The options as they were given, after a check of what can be checked without the type."""
    options = declaration.options
    if declaration.arguments:
        raise InvalidModel(
            f"{where}: mapped_column takes options by name; the type stands in the annotation, or is given as type_="
        )
    for option, value in options.items():
        if option not in _FLAGS and option not in _OTHERS:
            cure = _CURES.get(option, f"its options are {', '.join((*_FLAGS, *_OTHERS))}")
            raise InvalidModel(f"{where}: mapped_column has no option {option}=; {cure}")
        if option in _FLAGS and not isinstance(value, bool):
            raise InvalidModel(f"{where}: {option}= is True or False, not {value!r}")
        if option in {"default_factory", "onupdate", "omit_if"} and value is not None and not callable(value):
            raise InvalidModel(f"{where}: {option}= takes a function, not {value!r}")
    given = {
        option: value for option, value in options.items() if value is not None or option in {"default", "missing"}
    }
    given = {option: value for option, value in given.items() if value is not False or option not in _FLAGS}
    for one, other, why in _CONTRADICTIONS:
        if one in given and other in given:
            raise InvalidModel(f"{where}: {one}= and {other}= contradict each other: {why}")
    if given.get("none_as", "absent") not in {"absent", "null"}:
        raise InvalidModel(f"{where}: none_as is 'absent' or 'null', not {given['none_as']!r}")
    if "type_" in given and not isinstance(given["type_"], ColumnType):
        raise InvalidModel(f"{where}: type_= takes a ColumnType such as dynexpr.types.String(), not {given['type_']!r}")
    if "name" in given and (not isinstance(given["name"], str) or not given["name"]):
        raise InvalidModel(f"{where}: name= is the attribute's name in DynamoDB, not {given['name']!r}")
    return given


def check_type(where: str, type_: ColumnType[Any], options: dict[str, Any], *, nullable: bool) -> None:
    """Refuse options that contradict the type."""
    if options.get("version") and (not isinstance(type_, Integer) or nullable):
        raise InvalidModel(f"{where}: a version is Mapped[int], neither optional nor of another type")
    if options.get("ttl") and (type_.kind != "N" or isinstance(type_, Float)):
        raise InvalidModel(
            f"{where}: ttl=True needs a datetime (stored as epoch seconds), or an int of them, not {type_.python}"
        )
    for special in ("created_at", "updated_at"):
        if options.get(special):
            from datetime import UTC, datetime

            try:
                # A number column takes whole epoch seconds.
                type_.encode(946684800 if isinstance(type_, Number) else datetime(2000, 1, 1, tzinfo=UTC))
            except (TypeError, ValueError):
                raise InvalidModel(f"{where}: {special}=True needs a datetime, not {type_.python}") from None
    for option in ("partition_key", "sort_key"):
        if options.get(option) and nullable:
            raise InvalidModel(f"{where}: a key attribute is always there; annotate it without None")
    if options.get("none_as") == "null" and not nullable:
        raise InvalidModel(f"{where}: none_as='null' is for a value that may be None; annotate it Mapped[... | None]")
    default = options.get("default", UNSET)
    if isinstance(default, list | dict | set) or hasattr(default, "__dataclass_fields__"):
        raise InvalidModel(f"{where}: all objects would share one {type(default).__name__}; write default_factory=")


def check_attribute(attribute: Attribute) -> None:
    """Refuse options whose values contradict the type."""
    options = attribute.options
    where = attribute.where
    if options.default is not UNSET:
        try:
            attribute.encode(options.default)
        except ValueNotStorable as error:
            hint = "; a function is given as default_factory=" if callable(options.default) else ""
            raise InvalidModel(f"default of {error}{hint}") from None
    absent_reads = options.missing is not UNSET or attribute.nullable or isinstance(attribute.type, Set)
    if options.omit_if is not None and not absent_reads:
        raise InvalidModel(
            f"{where}: where omit_if= leaves the attribute out, reading it back would fail; give missing= as well"
        )
