"""What may a member of a request hold?  Types, lengths, ranges, patterns and enum sets, in the service's own words.

A request is a `Structure` of members in the order in which the service reports them. What violates a constraint is
collected, up to ten, into one message; a value of the wrong JSON type is a SerializationException at once. Some members
the service checks before all others and reports alone, without their value: those are `alone`.

Add a row for each operation (`item_requests.py`, `table_requests.py`), and `validate.check_request` does the rest:

>>> problems: Problems = []
>>> name = Text(shortest=3, longest=255, pattern="[a-zA-Z0-9_.-]+")
>>> Structure("DeleteTableInput", {"TableName": name}, ("TableName",)).check({"TableName": "ab"}, "", problems)
>>> problems
["Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"]

Words: https://github.com/paritysuite/dynamodb-conformance (captures/cross-region-latest.json, recorded on the service).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, NoReturn

from dynexpr import limits
from dynexpr.local.errors import LocalServiceError, refuse

Problems = list[str]

MOST_PROBLEMS: Final = 10


class Member:
    """Anything: the operation itself looks at it."""

    __slots__ = ()

    is_checked: ClassVar[bool] = False
    """Whether `check` has anything to look at."""

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""

    def shown(self, value: Any) -> str:
        """The value as the service prints it in a message."""
        return str(value)


class Text(Member):
    """A string: bounded in length, of a pattern, or one of a few."""

    __slots__ = ("choices", "longest", "pattern", "shortest")
    is_checked = True

    def __init__(self, *choices: str, shortest: int = 0, longest: int | None = None, pattern: str = "") -> None:
        self.choices = choices
        self.shortest = shortest
        self.longest = longest
        self.pattern = re.compile(pattern) if pattern else None

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if type(value) is not str:
            wrong_type(value, "String")
        if self.choices and value not in self.choices:
            note(problems, value, path, f"Member must satisfy enum value set: [{', '.join(self.choices)}]")
        if self.pattern is not None and not self.pattern.fullmatch(value):
            note(problems, value, path, f"Member must satisfy regular expression pattern: {self.pattern.pattern}")
        check_length(self, value, path, problems, self.shortest, self.longest)


class TableName(Text):
    """The name of a table, or its ARN.

    An `alone` one that is empty is reported before everything else; which name is too short is then only checked of
    names, never of ARNs.
    """

    __slots__ = ("alone",)

    def __init__(self, *, alone: bool = False) -> None:
        super().__init__(shortest=limits.TABLE_NAME_MIN, longest=limits.TABLE_NAME_MAX, pattern="[a-zA-Z0-9_.-]+")
        self.alone = alone

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if value == "":
            constraint = "Member must have length greater than or equal to 1"
            if self.alone:
                refuse_alone(path, constraint)
            note(problems, value, path, constraint)
        elif type(value) is not str or not value.startswith("arn:"):
            super().check(value, path, problems)


class UnnamedEnum(Text):
    """An enum that the service reports with neither its name nor the value, and with words that are not quite right.

    One that is `alone` is reported before everything else, `bare` without the count.
    """

    __slots__ = ("alone", "bare", "words")

    def __init__(self, *choices: str, words: str, alone: bool = False, bare: bool = False) -> None:
        super().__init__(*choices)
        self.words = words
        self.alone = alone
        self.bare = bare

    def check(self, value: Any, path: str, problems: Problems) -> None:  # noqa: ARG002 - Member's signature
        """Note what is wrong with the value at a path."""
        if type(value) is not str:
            wrong_type(value, "String")
        if value not in self.choices:
            problem = f"Failed to satisfy constraint: Member must satisfy enum value set: [{self.words}]"
            if self.bare:
                refuse(problem)
            if self.alone:
                refuse_all([problem])
            problems.append(problem)


class Whole(Member):
    """An integer, bounded."""

    __slots__ = ("alone", "highest", "lowest")
    is_checked = True

    def __init__(self, lowest: int | None = None, highest: int | None = None, *, alone: bool = False) -> None:
        self.lowest = lowest
        self.highest = highest
        self.alone = alone

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if type(value) is not int:
            wrong_type(value, "Integer")
        if self.lowest is not None and value < self.lowest:
            constraint = f"Member must have value greater than or equal to {self.lowest}"
            if self.alone:
                refuse_alone(path, constraint)
            note(problems, value, path, constraint)
        if self.highest is not None and value > self.highest:
            note(problems, value, path, f"Member must have value less than or equal to {self.highest}")


class Flag(Member):
    """True or false."""

    __slots__ = ()
    is_checked = True

    def check(self, value: Any, path: str, problems: Problems) -> None:  # noqa: ARG002 - Member's signature
        """Note what is wrong with the value at a path."""
        if type(value) is not bool:
            wrong_type(value, "Boolean")

    def shown(self, value: Any) -> str:
        """The value as the service prints it in a message."""
        return "true" if value else "false"


class Structure(Member):
    """Named members, in the order in which the service looks at them; those it does not know are passed over."""

    __slots__ = ("members", "name", "required")
    is_checked = True

    def __init__(self, name: str, members: dict[str, Member], required: tuple[str, ...] = ()) -> None:
        self.name = name
        """What the service calls it, for its messages; may be empty where no message shows it."""
        self.members = members
        self.required = required

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if not isinstance(value, Mapping):
            wrong_type(value, "Structure")
        found: Problems = []
        members = self.members
        for name in self.required:
            if value.get(name) is None:
                found.append("")
        for name, inner in value.items():
            member = members.get(name)
            if member is not None and inner is not None:
                member.check(inner, step(path, name), found)
        if found:
            self._in_order(value, path, problems)

    def _in_order(self, value: Mapping[str, Any], path: str, problems: Problems) -> None:
        for name, member in self.members.items():
            inner = value.get(name)
            if inner is not None:
                member.check(inner, step(path, name), problems)
            elif name in self.required:
                problems.append(
                    f"Value null at '{step(path, name)}' failed to satisfy constraint: Member must not be null"
                )

    def shown(self, value: Any) -> str:
        """The value as the service prints it in a message."""
        parts = (
            f"{_lower(name)}={'null' if value.get(name) is None else member.shown(value[name])}"
            for name, member in self.members.items()
        )
        return f"{self.name}({', '.join(parts)})"


class Elements(Member):
    """A list, bounded in length."""

    __slots__ = ("alone", "element", "fewest", "most")
    is_checked = True

    def __init__(self, element: Member, fewest: int = 0, most: int | None = None, *, alone: bool = False) -> None:
        self.element = element
        self.fewest = fewest
        self.most = most
        self.alone = alone

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if not isinstance(value, list | tuple):
            wrong_type(value, "List")
        check_length(self, value, path, problems, self.fewest, self.most, alone=self.alone)
        if self.element.is_checked:
            for index, each in enumerate(value):
                if each is None:
                    problems.append(
                        f"Value '{self.shown(value)}' at '{path}' failed to satisfy constraint: Member must not be null"
                    )
                    continue
                self.element.check(each, f"{path}.{index + 1}.member", problems)

    def shown(self, value: Any) -> str:
        """The value as the service prints it in a message."""
        return f"[{', '.join('null' if each is None else self.element.shown(each) for each in value)}]"


class Entries(Member):
    """A map from text, bounded in length; perhaps with a bound on the length of each of its values."""

    __slots__ = ("entry", "fewest", "lengths", "most", "without")
    is_checked = True

    def __init__(
        self,
        entry: Member,
        fewest: int = 0,
        most: int | None = None,
        *,
        lengths: tuple[int, int] | None = None,
        without: str = "",
    ) -> None:
        self.entry = entry
        self.fewest = fewest
        self.most = most
        self.lengths = lengths
        self.without = without
        """What the service says of an empty one, where that is none of the usual words."""

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        if not isinstance(value, Mapping):
            wrong_type(value, "Map")
        if not value and self.without:
            refuse(self.without)
        check_length(self, value, path, problems, self.fewest, self.most)
        if self.lengths is not None:
            least, most = self.lengths
            if any(hasattr(each, "__len__") and not least <= len(each) <= most for each in value.values()):
                note(
                    problems,
                    self.shown(value),
                    path,
                    f"Map value must satisfy constraint: [Member must have length less than or equal to {most}, "
                    f"Member must have length greater than or equal to {least}]",
                )
        if self.entry.is_checked:
            for name, each in value.items():
                self.entry.check(each, f"{path}.{name}.member", problems)

    def shown(self, value: Any) -> str:
        """The value as the service prints it in a message."""
        return f"{{{', '.join(f'{name}={self.entry.shown(each)}' for name, each in value.items())}}}"


class TableEntries(Entries):
    """A map from names of tables, which are checked with it; then the service prints it as JSON."""

    __slots__ = ()

    def check(self, value: Any, path: str, problems: Problems) -> None:
        """Note what is wrong with the value at a path."""
        super().check(value, path, problems)
        if not are_tables(value):
            note(problems, _as_json(value), path, NAMES_OF_TABLES)


_NAME_OF_TABLE: Final = re.compile("[a-zA-Z0-9_.-]{3,255}|arn:.*", re.DOTALL)
NAMES_OF_TABLES: Final = (
    "Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length "
    "greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"
)


def are_tables(names: Iterable[str]) -> bool:
    """Whether all these can be names of tables, or their ARNs."""
    return all(map(_NAME_OF_TABLE.fullmatch, names))


def _as_json(value: Any) -> str:
    import json
    from base64 import b64encode

    return json.dumps(
        value, separators=(",", ":"), ensure_ascii=False, default=lambda data: b64encode(bytes(data)).decode()
    )


class AttributeValue(Member):
    """A value of an item: the operation itself looks at it."""

    __slots__ = ()

    _PRINTED: Final = (
        "S", "N", "B", "INT", "DECIMAL", "DOUBLE", "SS", "NS", "BS", "INTSET", "DECIMALSET", "DOUBLESET", "M", "L",
        "NULL", "BOOL",
    )  # fmt: skip

    def shown(self, value: Any) -> str:
        """The value as the service prints it in a message."""
        if not isinstance(value, Mapping):
            return str(value)
        printed = (f"{_lower(kind)}={self._part(value.get(kind))}" for kind in self._PRINTED)
        return f"AttributeValue({', '.join(printed)})"

    def _part(self, part: Any) -> str:
        if part is None:
            return "null"
        if isinstance(part, bool):
            return "true" if part else "false"
        if isinstance(part, Mapping):
            return f"{{{', '.join(f'{name}={self.shown(each)}' for name, each in part.items())}}}"
        if isinstance(part, list | tuple):
            return f"[{', '.join(self.shown(each) for each in part)}]"
        return str(part)


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def step(path: str, name: str) -> str:
    """The path of a member of what stands at a path."""
    return f"{path}.{_lower(name)}" if path else _lower(name)


def note(problems: Problems, value: object, path: str, constraint: str) -> None:
    """Note a violated constraint."""
    problems.append(f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}")


def refuse_all(problems: Problems) -> NoReturn:
    """Answer with all that was noted."""
    problems = problems[:MOST_PROBLEMS]
    many = "s" if len(problems) > 1 else ""
    refuse(f"{len(problems)} validation error{many} detected: {'; '.join(problems)}")


def refuse_alone(path: str, constraint: str) -> NoReturn:
    """Answer with one violated constraint, in the words for what is checked first: no value, and capitals."""
    first, _, last = path.rpartition(".")
    named = last[0].upper() + last[1:]
    named = f"{first[0].upper()}{first[1:]}.{named}" if first else named
    refuse_all([f"Value at '{named}' failed to satisfy constraint: {constraint}"])


def check_length(
    member: Member, value: Any, path: str, problems: Problems, least: int, most: int | None, *, alone: bool = False
) -> None:
    """Note that a string, list or map is too short or too long."""
    length = len(value)
    if length < least:
        constraint = f"Member must have length greater than or equal to {least}"
    elif most is not None and length > most:
        constraint = f"Member must have length less than or equal to {most}"
    else:
        return
    if alone:
        refuse_alone(path, constraint)
    note(problems, member.shown(value), path, constraint)


_JSON: Final[dict[type, str]] = {str: "STRING_VALUE", bool: "TRUE_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE"}


def wrong_type(value: object, wanted: str) -> NoReturn:
    """Answer that a value has not the JSON type that its member has."""
    if value is False:
        found = "FALSE_VALUE"
    elif type(value) in _JSON:
        found = _JSON[type(value)]
    else:
        raise LocalServiceError(
            "SerializationException",
            f"{'Start of list' if isinstance(value, list) else 'Start of structure or map'} found where not expected.",
        )
    if wanted in {"Structure", "Map", "List"}:
        raise LocalServiceError("SerializationException", "Unexpected field type")
    article = "an" if wanted[0] in "AEIO" else "a"
    raise LocalServiceError("SerializationException", f"{found} can not be converted to {article} {wanted}")
