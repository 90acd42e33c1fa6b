"""Which path, literal or document do the next words of a text write down?"""

from decimal import Decimal
from typing import Any, Final, Literal

from dynexpr import limits
from dynexpr.frontends.sql_words import CLOSING, Word, Words

Kind = Literal["path", "literal", "parameter", "aggregate"]


class Name(str):
    """A name in a path; a quoted one is DynamoDB's own."""

    __slots__ = ("quoted",)

    quoted: bool


class Leaf:
    """A path, a literal (a document is one), a parameter or COUNT(*), with its place in the text."""

    __slots__ = ("end", "kind", "start", "value")

    def __init__(self, kind: Kind, start: int, end: int, value: Any = None) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.value = value
        """Of a path its steps, of a literal the plain value (numbers as Decimal), of a parameter its name."""


CONSTANTS: Final[dict[str, Any]] = {"NULL": None, "TRUE": True, "FALSE": False}


def path(words: Words) -> Leaf:
    """The path that begins here: `a."b c"[0].d`."""
    first = words.next()
    steps: list[Name | int] = [_name(first)]
    end = first.end
    while words.peek().text in {".", "["} and words.peek().kind == "mark":
        mark = words.next()
        if mark.text == "[":
            steps.append(_index(words, mark))
        elif words.peek().kind in {"word", "quoted"}:
            steps.append(_name(words.next()))
        else:
            words.fail("a name is wanted after the dot", mark.end)
        end = words.all[words.place - 1].end
    return Leaf("path", first.start, end, tuple(steps))


def _name(word: Word) -> Name:
    quoted = word.kind == "quoted"
    name = Name(word.text[1:-1].replace('""', '"') if quoted else word.text)
    name.quoted = quoted
    return name


def _index(words: Words, mark: Word) -> int:
    number = words.next()
    if number.kind != "number" or not number.text.isdecimal() or words.next().text != "]":
        words.fail(
            "an index is a whole number from 0, as in lines[0]; a name inside a map stands after a dot", mark.end
        )
    if int(number.text) > limits.LIST_INDEX:
        words.fail(f"a list index is at most {limits.LIST_INDEX}", number.start)
    return int(number.text)


def literal(words: Words) -> Leaf:
    """The text, number, constant or parameter that stands here."""
    word = words.next()
    start, sign = word.start, ""
    if word.text in {"+", "-"}:
        sign, word = word.text, words.next()
    if word.kind == "parameter":
        return Leaf("parameter", start, word.end, words.parameter(word))
    if word.kind == "string":
        return Leaf("literal", start, word.end, _text(word))
    if word.kind == "number":
        return Leaf("literal", start, word.end, Decimal(sign + word.text))
    return Leaf("literal", start, word.end, CONSTANTS[word.upper])


def _text(word: Word) -> str:
    mark = word.text[0]
    return word.text[1:-1].replace(mark * 2, mark)


def document(words: Words, *, item: bool = False) -> Leaf:
    """The map, list or set that begins here; the entries of a whole *item* may be parameters."""
    start = words.peek().start
    value = _map(words, 0, item=item) if item else _value(words, 0)
    return Leaf("literal", start, words.all[words.place - 1].end, value)


def _value(words: Words, depth: int) -> Any:
    word = words.peek()
    if depth > limits.NESTING:
        words.fail(f"lists and maps nest at most {limits.NESTING} levels deep", word.start)
    if word.text == "{":
        return _map(words, depth)
    if word.text in {"[", "<<"}:
        words.next()
        elements = _elements(words, CLOSING[word.text], depth)
        return elements if word.text == "[" else _set(words, elements, word)
    if word.kind == "parameter":
        words.fail("a parameter inside a list, set or map: give the whole value as one parameter", word.start)
    signed = word.text in {"+", "-"} and words.peek(1).kind == "number"
    if signed or word.kind in {"string", "number"} or word.upper in CONSTANTS:
        return literal(words).value
    raise words.error(
        "a value is wanted: text in single quotes, a number, TRUE, FALSE, NULL, {…}, […] or <<…>>", word.start
    )


def _elements(words: Words, closing: str, depth: int) -> list[Any]:
    elements: list[Any] = []
    while words.peek().text != closing:
        if elements:
            _comma(words, closing)
        elements.append(_value(words, depth + 1))
    words.next()
    return elements


def _comma(words: Words, closing: str) -> None:
    word = words.next()
    if word.text != ",":
        words.fail(f"a comma or {closing} is wanted", word.start)


def _set(words: Words, elements: list[Any], word: Word) -> frozenset[Any]:
    kinds = {type(element) for element in elements}
    if not kinds <= {str} and not kinds <= {Decimal}:
        words.fail("a set holds text only or numbers only; a list is written […]", word.start)
    if len(set(elements)) < len(elements):
        words.fail("a set holds each element once", word.start)
    return frozenset(elements)


def _map(words: Words, depth: int, *, item: bool = False) -> dict[str, Any]:
    words.next()
    entries: dict[str, Any] = {}
    while words.peek().text != "}":
        if entries:
            _comma(words, "}")
        key, colon = words.next(), words.next()
        if key.kind not in {"string", "quoted", "word"} or colon.text != ":":
            words.fail("an entry of a map is written 'name': value", key.start)
        name = key.text if key.kind == "word" else _text(key)
        if name in entries:
            words.fail(f"{name!r} is there twice", key.start)
        if item and words.peek().kind == "parameter":
            entries[name] = literal(words)
        else:
            entries[name] = _value(words, depth + 1)
    words.next()
    return entries
