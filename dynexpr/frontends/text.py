"""Expression text -> nodes: every string DynamoDB accepts, and no other. Public as `dynexpr.parse`.

    parse.condition("#a > :v", {"#a": "amount"}, {":v": {"N": "10"}})
    shape("filter", "#a > :v").bind({"#a": "amount"}, {":v": {"N": "10"}})

A shape is a text parsed once: its structure does not depend on what the placeholders stand for, so it is cached by the
text, and binding names and values to it takes microseconds. `tokens` judges the words, `grammar` finds the structure,
`binding` makes the nodes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from dynexpr import limits
from dynexpr.errors import ArgumentError, PlaceholderError, ValueNotStorable, clip
from dynexpr.expression.kinds import Kind, refused
from dynexpr.expression.nodes import Condition, Node, Path, Projection, Update, Value
from dynexpr.frontends.binding import Plan
from dynexpr.frontends.tokens import Words
from dynexpr.wire import Wire, checked_wire, encode, freeze

if TYPE_CHECKING:
    from dynexpr.frontends.grammar import Term

__all__ = [
    "Shape",
    "check_placeholders",
    "check_unused",
    "condition",
    "key_condition",
    "projection",
    "shape",
    "update",
]

Names: TypeAlias = Mapping[str, str] | None
Values: TypeAlias = Mapping[str, Wire] | None
Literals: TypeAlias = Mapping[str, Any] | None
"""Values in wire form, or Python values with `plain=True`."""

_TOKEN: Final = re.compile(r"[#:][A-Za-z0-9_]+")


@lru_cache(maxsize=1024)
def shape(kind: Kind, text: str) -> "Shape":
    """The structure of a text, from the cache if it was parsed before; *kind* chooses grammar and words of errors.

    >>> sorted(shape("condition", "#a > :v AND b = :v").values)
    [':v']

    Raises ExpressionSyntaxError with the offset, ExpressionTooLarge for what is over a limit.
    """
    return Shape(kind, text)


class Shape:
    """A parsed text; `bind` gives its node."""

    __slots__ = ("_bound", "_make", "_names", "_paths", "_values", "kind", "names", "text", "values")

    kind: Kind
    text: str
    names: frozenset[str]
    """The `#name` placeholders it uses."""
    values: frozenset[str]
    """The `:value` placeholders it uses."""

    def __init__(self, kind: Kind, text: str) -> None:
        words = Words(kind, text)
        term = _parse(words)
        words.check_parentheses()
        plan = Plan(words)
        plan.add(term)
        words.check_operators()
        self.kind = kind
        self.text = text
        self._names = tuple(words.names)
        self._values = tuple(plan.values)
        self.names = frozenset(self._names)
        self.values = frozenset(self._values)
        self._paths = tuple(plan.paths)
        self._make = plan.finish()
        self._bound: tuple[tuple[str, ...], tuple[Path, ...], Node | None] | None = None

    def __repr__(self) -> str:
        return f"<{self.kind} {self.text!r}>"

    def bind(self, names: Names = None, values: Values = None) -> Node:
        """The node the text stands for, with these names and wire values in it; more of them may be given than it uses.

        >>> shape("condition", "#a > :v").bind({"#a": "amount"}, {":v": {"N": "1e3"}})
        attr('amount') > 1000

        Raises PlaceholderError for a placeholder that is not given.
        """
        try:
            given = tuple([names[name] for name in self._names]) if self._names else ()  # type: ignore[index]
        except (KeyError, TypeError):
            raise self._undefined(names, values) from None
        bound = self._bound  # looked at once: another thread may replace it meanwhile
        if bound is None or bound[0] != given:
            bound = self._bound = self._with_names(given)
        if bound[2] is not None:
            return bound[2]
        try:
            wires = [values[value] for value in self._values]  # type: ignore[index]
        except (KeyError, TypeError):
            raise self._undefined(names, values) from None
        return self._make(bound[1], tuple([Value(freeze(wire)) for wire in wires]))

    def _with_names(self, given: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Path, ...], Node | None]:
        lookup = dict(zip(self._names, given, strict=True))
        paths = tuple(
            Path(tuple([lookup.get(step, step) if isinstance(step, str) else step for step in steps]))
            for steps in self._paths
        )
        return given, paths, None if self._values else self._make(paths, ())

    def _undefined(self, names: Names, values: Values) -> PlaceholderError:
        """The error for the first placeholder that is not given."""
        given = {*(names or ()), *(values or ())}
        missing = next(token for token in _TOKEN.findall(self.text) if token not in given)
        what, used = ("name", "the document path") if missing[0] == "#" else ("value", "expression")
        return PlaceholderError(
            f"{missing} is used in {self.text!r}, but not given",
            reason=refused(
                self.kind,
                f"An expression attribute {what} used in {used} is not defined; attribute {what}: {missing}",
            ),
        )


def _parse(words: Words) -> "Term":
    from dynexpr.frontends import grammar

    try:
        return grammar.parse(words.kind, words.text)
    except grammar.Unparsed as error:
        words.fail(error.offset)


def check_unused(shapes: Iterable[Shape], names: Iterable[str] | None, values: Iterable[str] | None) -> None:
    """Refuse placeholders that none of a request's expressions uses; raises PlaceholderError."""
    shapes = tuple(shapes)
    for what, given, used in (
        ("Names", names, [each.names for each in shapes]),
        ("Values", values, [each.values for each in shapes]),
    ):
        unused = ", ".join(token for token in given or () if not any(token in tokens for tokens in used))
        if unused:
            raise PlaceholderError(
                f"{unused}: given, but not used by {', '.join(repr(each.text) for each in shapes)}",
                reason=f"Value provided in ExpressionAttribute{what} unused in expressions: keys: {{{unused}}}",
            )


def check_placeholders(names: Mapping[str, object] | None, values: Mapping[str, object] | None) -> None:
    """Refuse malformed placeholders and attribute names DynamoDB can't have; raises PlaceholderError."""
    for sigil, what, given in (("#", "Names", names), (":", "Values", values)):
        for token in given or ():
            where = f"ExpressionAttribute{what} contains invalid key: "
            if not isinstance(token, str) or not _TOKEN.fullmatch(token) or token[0] != sigil:
                raise PlaceholderError(
                    f"{token!r} is no placeholder: write {sigil} and then letters, digits and _",
                    reason=f'{where}Syntax error; key: "{token}"',
                )
            if len(token) > limits.PLACEHOLDER_BYTES:
                raise PlaceholderError(
                    f"a placeholder has at most {limits.PLACEHOLDER_BYTES} bytes, not {len(token)}: {clip(token)}",
                    reason=f"{where}The expression attribute map contains a key that is too long; "
                    f"size of key: {len(token)}",
                )
    for token, name in (names or {}).items():
        where = "ExpressionAttributeNames contains invalid value: "
        if not isinstance(name, str) or not name:
            raise PlaceholderError(
                f"{token} stands for {name!r}, which is no attribute name",
                reason=f"{where}Empty attribute name for key {token}",
            )
        if len(name.encode(errors="surrogatepass")) > limits.ATTRIBUTE_NAME_BYTES:
            raise PlaceholderError(
                f"{token}: an attribute name has at most {limits.ATTRIBUTE_NAME_BYTES} bytes",
                reason=f"{where}Attribute name is too large, must be less than {limits.ATTRIBUTE_NAME_BYTES + 1} bytes "
                f"for key {token}",
            )


def condition(text: str, names: Names = None, values: Literals = None, *, plain: bool = False) -> Condition:
    """A ConditionExpression or FilterExpression; the same node that Python's operators make.

    >>> from dynexpr import parse
    >>> parse.condition("attribute_exists(PK) AND Version = :v", values={":v": {"N": "3"}})
    attr('PK').attribute_exists() & (attr('Version') == 3)

    *values* are in wire form, or Python values with `plain=True`. All must be used, and all that are used given.

    Raises ExpressionSyntaxError with the offset, ExpressionTooLarge, PlaceholderError, ValueNotStorable.
    """
    return _bind("condition", text, names, values, plain=plain)  # type: ignore[return-value]


def key_condition(text: str, names: Names = None, values: Literals = None, *, plain: bool = False) -> Condition:
    """A KeyConditionExpression.

    >>> from dynexpr import parse
    >>> parse.key_condition("#p = :p AND s > :s", {"#p": "p"}, {":p": "x", ":s": 3}, plain=True)
    (attr('p') == 'x') & (attr('s') > 3)
    """
    return _bind("key condition", text, names, values, plain=plain)  # type: ignore[return-value]


def update(text: str, names: Names = None, values: Literals = None, *, plain: bool = False) -> Update:
    """An UpdateExpression.

    >>> from dynexpr import parse
    >>> print(parse.update("SET a = a + :n REMOVE b[0]", values={":n": 1}, plain=True))
    SET a = a + 1 REMOVE b[0]
    """
    return _bind("update", text, names, values, plain=plain)  # type: ignore[return-value]


def projection(text: str, names: Names = None) -> Projection:
    """A ProjectionExpression.

    >>> from dynexpr import parse
    >>> parse.projection("id, #l[0].sku", {"#l": "lines"}).paths[1].steps
    ('lines', 0, 'sku')
    """
    return _bind("projection", text, names, None, plain=False)  # type: ignore[return-value]


def _bind(kind: Kind, text: str, names: Names, values: Literals, *, plain: bool) -> Node:
    if not isinstance(text, str):
        raise ArgumentError(f"a text is wanted, not {text!r}")
    parsed = shape(kind, text)
    check_placeholders(names, values)
    wires = {token: _wire(token, value, plain=plain) for token, value in (values or {}).items()}
    # Missing ones first: a misspelt placeholder is missing and unused, and "missing" says where it stands.
    node = parsed.bind(names, wires)
    check_unused((parsed,), names, values)
    return node


def _wire(token: str, value: Any, *, plain: bool) -> Wire:
    try:
        return encode(value) if plain else checked_wire(value)
    except ValueNotStorable as error:
        raise error.inside(token) from None
