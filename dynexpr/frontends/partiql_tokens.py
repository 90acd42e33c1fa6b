"""What are the words of an SQL or PartiQL text, and how does a plain SQL parser get to read them?

sqlglot knows SQL's clauses and which operator binds tighter; it does not know PartiQL, and turns many a harmless name
(`list[0]`, `current_date`) into something else. So it is given a *skeleton* of the text, of the same length: each path,
literal, parameter and document a run of `x`, each word either a keyword of ours or refused here, by name. Where an `x`
stands in the skeleton stands the thing itself in the text, so offsets stay true and nothing can be mangled.

    SELECT id FROM payments WHERE list[0] = :v AND note IS MISSING
    SELECT xx FROM xxxxxxxx WHERE xxxxxxx = xx AND xxxx IS NULL

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, Literal, NoReturn

from dynexpr import limits
from dynexpr.errors import SqlError
from dynexpr.frontends.sql_words import ALWAYS, FUNCTIONS, REFUSED, REFUSED_FUNCTIONS, SYMBOLS, VERBS

Kind = Literal["path", "literal", "parameter", "document", "count"]

MAX_DEPTH: Final = 32
"""Levels of parentheses, brackets and NOTs: more than a condition can use, and well within any parser's stack."""


class Leaf:
    """A path, literal, parameter or document of the text."""

    __slots__ = ("end", "kind", "start", "value")

    def __init__(self, kind: Kind, start: int, end: int, value: Any = None) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.value = value
        """Of a path its steps, indexes as they are and names as `Name`; of a parameter its name."""


class Name(str):
    """A name in a path; quoted ones are DynamoDB's own."""

    __slots__ = ("quoted",)

    quoted: bool


class _Word:
    """A token as the text has it."""

    __slots__ = ("end", "kind", "start", "text")

    def __init__(self, kind: str, start: int, end: int, text: str) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.text = text

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else ""


_END: Final = _Word("end", 0, 0, "")
_SCAN: Final = re.compile(
    r"""
    (?P<space> \s+ | --[^\n]* | /\*(?!\+).*?\*/ )
  | (?P<string> '(?:[^']|'')*' )
  | (?P<quoted> "(?:[^"]|"")+" )
  | (?P<number> (?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]) )
  | (?P<word> [^\W\d]\w* )
  | (?P<parameter> :\w+ | \? )
  | (?P<mark> <<|>>|<>|!=|<=|>=|[=<>+\-*()\[\]{},.;:] )
    """,
    re.VERBOSE | re.DOTALL,
)


class Skeleton:
    """A text prepared for a plain SQL parser."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.leaves: dict[int, Leaf] = {}
        """What stands where the skeleton has a run of x."""
        self.missing: set[int] = set()
        """The ends of the operands whose IS speaks of MISSING."""
        self.returning: tuple[str, int] | None = None
        """What RETURNING asks for, as `ALL_OLD`, and where it stands."""
        self._chars = [" "] * len(text)
        self._words = self._scan()
        self._at = 0
        self._open: list[tuple[str, int]] = []
        self._seen: set[str] = set()
        self._before: str = "start"
        """What the last thing written was: a leaf, a keyword, or a mark."""
        self.verb = self._verb()
        self._read()

    @property
    def sql(self) -> str:
        """The text for the parser."""
        return "".join(self._chars)

    def fail(self, problem: str, offset: int) -> NoReturn:
        """Refuse the text, pointing at what is wrong."""
        raise SqlError(problem, text=self.text, offset=offset)

    def word_at(self, offset: int) -> tuple[str, int]:
        """The token around or after an offset and where it begins; the end of the text where there is none."""
        for word in self._words:
            if offset < word.end:
                return word.text, word.start
        return "", len(self.text)

    def _scan(self) -> list[_Word]:
        text, words, position = self.text, list[_Word](), 0
        braces: list[str] = []
        while position < len(text):
            match = _SCAN.match(text, position)
            if match is None:
                self._fail_symbol(position)
            kind = str(match.lastgroup)
            end = match.end()
            if kind == "parameter" and match[0] != "?" and braces[-1:] == ["{"] and _is_key(words):
                kind, end = "mark", position + 1  # the colon of a map: {'a':1}
            if kind == "mark" and text[position:end] in {"{", "[", "(", "<<"}:
                braces.append(text[position:end])
            elif kind == "mark" and text[position:end] in {"}", "]", ")", ">>"} and braces:
                braces.pop()
            if kind != "space":
                words.append(_Word(kind, position, end, text[position:end]))
            position = end
        if words and words[-1].text == ";":
            words.pop()
        if not words:
            self.fail("the statement is empty", 0)
        return words

    def _fail_symbol(self, position: int) -> NoReturn:
        for symbol, problem in SYMBOLS.items():
            if self.text.startswith(symbol, position):
                self.fail(problem, position)
        if self.text[position].isdigit():
            self.fail("a number is followed by an operator, a comma or a space", position)
        self.fail(f"{self.text[position]!r} is not part of any statement", position)

    def _verb(self) -> str:
        first = self._words[0]
        if first.upper in VERBS:
            return first.upper
        problem = REFUSED.get(first.upper) or "it is none of them"
        self.fail(f"a statement begins with SELECT, INSERT, UPDATE or DELETE; {first.text}: {problem}", first.start)

    # Reading: each step takes the words of one thing and writes its part of the skeleton.

    def _peek(self, ahead: int = 0) -> _Word:
        place = self._at + ahead
        return self._words[place] if place < len(self._words) else _END

    def _next(self) -> _Word:
        word = self._peek()
        if word is _END:
            self.fail("the statement ends too early", len(self.text))
        self._at += 1
        return word

    def _write(self, start: int, text: str, what: str) -> None:
        self._chars[start : start + len(text)] = text
        self._before = what

    def _leaf(self, leaf: Leaf) -> None:
        if self._before == "leaf":
            self.fail(
                f"{self.text[leaf.start : leaf.end]!r}: an operator or a comma is missing before it "
                "(there are no aliases and no typed literals)",
                leaf.start,
            )
        self.leaves[leaf.start] = leaf
        self._write(leaf.start, "x" * (leaf.end - leaf.start), "leaf")

    def _read(self) -> None:
        nots = 0
        while self._peek() is not _END:
            word = self._peek()
            nots = nots + 1 if word.upper == "NOT" else 0
            if nots > MAX_DEPTH:
                self.fail(f"more than {MAX_DEPTH} NOTs in a row", word.start)
            if word.kind == "mark":
                self._mark()
            elif word.kind == "word":
                self._word()
            elif word.kind == "quoted":
                self._leaf(self._path())
            else:
                self._leaf(self._literal())
        if self._open:
            self.fail("it is never closed", self._open[-1][1])

    def _mark(self) -> None:
        word = self._peek()
        mark = word.text
        if mark in {"+", "-"} and self._before not in {"leaf", ")"} and self._peek(1).kind == "number":
            self._leaf(self._literal())
        elif mark in {"{", "["} or (mark == "<<"):
            if mark != "{" and self._before == "IN":
                self._next()
                self._opened(word)
                self._write(word.end - 1, "(", "(")
            else:
                self._leaf(self._document())
        elif mark in {"(", ")", "]", ">>"}:
            self._next()
            if mark == "(":
                self._opened(word)
            else:
                self._closed(word)
            # In the skeleton the list after IN is one in parentheses.
            self._write(word.start, ")" if mark != "(" else "(", mark if mark == "(" else ")")
        elif mark in {";", ":", "}", "."}:
            self.fail("one statement at a time" if mark == ";" else f"{mark!r} stands alone", word.start)
        else:
            self._next()
            if mark == "," and self._before not in {"leaf", ")", "*"}:
                self.fail("nothing stands before the comma", word.start)
            if mark == "*" and self._before not in {"SELECT", ","}:
                self.fail("* stands for all columns, in SELECT * and COUNT(*); there is no multiplication", word.start)
            self._write(word.start, mark, mark)

    def _opened(self, word: _Word) -> None:
        self._open.append((word.text, word.start))
        if len(self._open) > MAX_DEPTH:
            self.fail(f"more than {MAX_DEPTH} levels of parentheses", word.start)

    def _closed(self, word: _Word) -> None:
        if not self._open or _CLOSING[self._open[-1][0]] != word.text:
            self.fail(f"{word.text!r} closes nothing", word.start)
        if self._before == ",":
            self.fail("nothing stands after the comma", word.start)
        self._open.pop()

    def _word(self) -> None:
        word = self._peek()
        upper = word.upper
        if self._before == ",":
            self._no_clause_after_comma(word)
        special = _SPECIAL.get((self.verb, upper)) or _SPECIAL.get(("", upper))
        if self._peek(1).text == "(" and self._before != "INTO":
            if upper == "COUNT":
                self._count()
                return
            if upper.lower() in FUNCTIONS:
                self._next()
                self._write(word.start, FUNCTIONS[upper.lower()].ljust(len(word.text), "x"), "function")
                return
            if upper not in ALWAYS and special is None:
                known = REFUSED.get(upper) or REFUSED_FUNCTIONS.get(upper)
                self.fail(f"there is no function {word.text}(): {known or 'there are ' + ', '.join(FUNCTIONS)}", word.start)
        if upper in REFUSED:
            self.fail(f"{upper}: {REFUSED[upper]} (a name of that spelling goes in double quotes)", word.start)
        if special is not None:
            special(self)
        elif upper in ALWAYS:
            self._keyword()
        elif upper in {"NULL", "TRUE", "FALSE"} and self._peek(1).text not in {".", "["}:
            self._leaf(self._literal())
        else:
            self._leaf(self._path())

    def _no_clause_after_comma(self, word: _Word) -> None:
        if word.upper in ALWAYS - {"NOT"} or word.upper == "REMOVE":
            self.fail("nothing stands after the comma", word.start - 1)

    def _keyword(self) -> None:
        word = self._next()
        upper = word.upper
        if upper in VERBS and word is not self._words[0]:
            self.fail("a statement inside a statement: run them one after the other", word.start)
        if upper in {"FROM", "WHERE", "ORDER", "LIMIT", "INTO", "VALUES"}:
            if upper in self._seen:
                self.fail(f"a second {upper}; join conditions with AND", word.start)
            self._seen.add(upper)
        self._write(word.start, upper, upper)
        if upper == "ORDER":
            self._expect("BY")
        elif upper == "IS":
            self._is()

    def _expect(self, upper: str) -> None:
        word = self._next()
        if word.upper != upper:
            self.fail(f"{upper} is wanted, not {word.text}", word.start)
        self._write(word.start, upper, upper)

    def _is(self) -> None:
        operand = max(self.leaves.values(), key=lambda leaf: leaf.end, default=None)
        word = self._next()
        if word.upper == "NOT":
            self._write(word.start, "NOT", "NOT")
            word = self._next()
        if word.upper not in {"NULL", "MISSING"}:
            self.fail("IS takes NULL, NOT NULL, MISSING and NOT MISSING; compare values with =", word.start)
        if word.upper == "MISSING" and operand is not None:
            self.missing.add(operand.start)
        self._write(word.start, "NULL", "leaf")

    def _count(self) -> None:
        word = self._next()
        self._next()
        star, closing = self._next(), self._next()
        if (star.text, closing.text) != ("*", ")"):
            self.fail("DynamoDB counts items: write COUNT(*), with conditions in WHERE", star.start)
        self._leaf(Leaf("count", word.start, closing.end))

    def _set(self) -> None:
        """Only the first SET is SQL's; the others go on where it ended."""
        word = self._next()
        self._clause(word, "SET", ",  ")

    def _remove(self) -> None:
        """`REMOVE a` becomes an assignment that SQL would never have: `~a`."""
        word = self._peek()
        if self._peek(1).kind not in {"word", "quoted"}:
            self._leaf(self._path())  # an attribute of that name
            return
        self._next()
        self._clause(word, "SET  ~", ",    ~")

    def _clause(self, word: _Word, first: str, further: str) -> None:
        if self._before == ",":
            self.fail("nothing stands after the comma", word.start - 1)
        self._write(word.start, further if "SET" in self._seen else first, "SET")
        self._seen.add("SET")

    def _value(self) -> None:
        """`VALUE {…}` becomes `VALUES(xxx)`."""
        word = self._next()
        if self._peek().text == "(":
            self._seen.add("VALUES")
            self._write(word.start, "VALUES", "VALUES")
            if word.upper == "VALUE":
                self.fail("write VALUES (…), or VALUE {…}", word.start)
            return
        if self._peek().text == "<<":
            self.fail("one item a statement: write VALUE {…}; several are written by transact(...)", self._peek().start)
        if self._peek().text != "{":
            self.fail("VALUE takes a document: VALUE {'id': 'p1', 'amount': 5}", self._peek().start or len(self.text))
        document = self._document()
        if not document.value:
            self.fail("an item has at least its key", document.start)
        start, length = word.start, document.end - word.start
        self.leaves[start + len("VALUES(")] = document
        self._write(start, "VALUES(" + "x" * (length - len("VALUES()")) + ")", "leaf")

    def _returning(self) -> None:
        word = self._next()
        if self._open:
            self.fail("RETURNING stands at the end of a statement", word.start)
        images = {"ALL": "ALL", "MODIFIED": "UPDATED"}
        which, when, star = self._next(), self._next(), self._next()
        if which.upper not in images or when.upper not in {"OLD", "NEW"} or star.text != "*":
            self.fail("write RETURNING ALL OLD *, ALL NEW *, MODIFIED OLD * or MODIFIED NEW *", which.start)
        if self._peek() is not _END:
            self.fail("RETURNING stands at the end of a statement", self._peek().start)
        self.returning = f"{images[which.upper]}_{when.upper}", word.start

    def _no_returning(self) -> None:
        self.fail(
            f"{self.verb} returns nothing more; the item is what was given" if self.verb == "INSERT" else
            "RETURNING belongs to UPDATE and DELETE", self._peek().start
        )  # fmt: skip

    # Leaves.

    def _path(self) -> Leaf:
        word = self._next()
        steps: list[Name | int] = [_name(word)]
        end = word.end
        while self._peek().text in {".", "["}:
            mark = self._next()
            word = self._peek()
            if mark.text == ".":
                if word.kind not in {"word", "quoted"}:
                    self.fail("a name is wanted after the dot", mark.end)
                steps.append(_name(self._next()))
                end = word.end
            else:
                steps.append(self._index(mark))
                end = self._words[self._at - 1].end
        return Leaf("path", self._words[self._at - 1].start if not steps else self._start_of(end), end, tuple(steps))

    def _start_of(self, end: int) -> int:
        """Where the path that ends here begins."""
        place = self._at - 1
        while self._words[place - 1].text in {".", "["} or self._words[place].text in {".", "[", "]"}:
            place -= 1
        return self._words[place].start if end else 0

    def _index(self, mark: _Word) -> int:
        number, closing = self._peek(), self._peek(1)
        if number.kind != "number" or not number.text.isdigit() or closing.text != "]":
            self.fail("an index is a whole number from 0, as in lines[0]; a name inside a map stands after a dot", mark.end)
        if int(number.text) > limits.LIST_INDEX:
            self.fail(f"a list index is at most {limits.LIST_INDEX}", number.start)
        self._at += 2
        return int(number.text)

    def _literal(self) -> Leaf:
        word = self._next()
        start = word.start
        sign = ""
        if word.text in {"+", "-"}:
            sign, word = word.text.strip("+"), self._next()
        if word.kind == "parameter":
            return Leaf("parameter", start, word.end, self._parameter(word))
        if word.kind == "string":
            return Leaf("literal", start, word.end, word.text[1:-1].replace("''", "'"))
        if word.kind == "number":
            return Leaf("literal", start, word.end, Decimal(sign + word.text))
        return Leaf("literal", start, word.end, _CONSTANTS[word.upper])

    def _parameter(self, word: _Word) -> str:
        positional = word.text == "?"
        if positional == (":name" in self._seen) or (not positional and "?" in self._seen):
            self.fail("a statement has parameters by name or by ?, not both", word.start)
        self._seen.add("?" if positional else ":name")
        if not positional:
            return word.text[1:]
        return str(sum(1 for leaf in self.leaves.values() if leaf.kind == "parameter") + 1)

    def _document(self) -> Leaf:
        start = self._peek().start
        value = self._element(0)
        return Leaf("document", start, self._words[self._at - 1].end, value)

    def _element(self, depth: int) -> Any:
        word = self._peek()
        if depth >= MAX_DEPTH:
            self.fail(f"lists and maps nest at most {limits.NESTING} levels deep", word.start)
        if word.text == "{":
            return self._map(depth)
        if word.text in {"[", "<<"}:
            self._next()
            elements = self._elements(_CLOSING[word.text], depth)
            return elements if word.text == "[" else self._bag(elements, word)
        if word.kind == "parameter":
            self.fail("a parameter inside a list, set or map: give the whole value as one parameter", word.start)
        if word.kind in {"string", "number"} or word.upper in _CONSTANTS:
            return self._literal().value
        if word.text in {"+", "-"} and self._peek(1).kind == "number":
            return self._literal().value
        self.fail("a value is wanted: text in single quotes, a number, true, false, NULL, {…}, […] or <<…>>", word.start)

    def _elements(self, closing: str, depth: int) -> list[Any]:
        elements: list[Any] = []
        while self._peek().text != closing:
            if elements:
                self._comma(closing)
            elements.append(self._element(depth + 1))
        self._next()
        return elements

    def _comma(self, closing: str) -> None:
        word = self._next()
        if word.text != ",":
            self.fail(f"a comma or {closing} is wanted", word.start)

    def _bag(self, elements: list[Any], word: _Word) -> Any:
        if not all(isinstance(element, str | Decimal) and not isinstance(element, bool) for element in elements):
            self.fail("a set holds text or numbers; a list is written […]", word.start)
        if len(set(elements)) < len(elements):
            self.fail("a set holds each element once", word.start)
        return frozenset(elements)

    def _map(self, depth: int) -> dict[str, Any]:
        self._next()
        entries: dict[str, Any] = {}
        while self._peek().text != "}":
            if entries:
                self._comma("}")
            key, colon = self._next(), self._next()
            if key.kind not in {"string", "quoted", "word"} or colon.text != ":":
                self.fail("an entry of a map is written 'name': value", key.start)
            name = key.text.replace(key.text[0] * 2, key.text[0])[1:-1] if key.kind != "word" else key.text
            if name in entries:
                self.fail(f"{name!r} is there twice", key.start)
            if self._peek().kind == "parameter" and depth == 0 and self.verb == "INSERT" and "VALUES" not in self._seen:
                entries[name] = self._literal_parameter()
            else:
                entries[name] = self._element(depth + 1)
        self._next()
        return entries

    def _literal_parameter(self) -> Leaf:
        """The parameter that is the whole value of an attribute of a new item."""
        leaf = self._literal()
        self.leaves[leaf.start] = leaf
        return leaf


_CLOSING: Final = {"(": ")", "[": "]", "{": "}", "<<": ">>"}
_CONSTANTS: Final[dict[str, Any]] = {"NULL": None, "TRUE": True, "FALSE": False}
_SPECIAL: Final[dict[tuple[str, str], Callable[[Skeleton], None]]] = {
    ("INSERT", "VALUE"): Skeleton._value,  # noqa: SLF001
    ("INSERT", "VALUES"): Skeleton._value,  # noqa: SLF001
    ("UPDATE", "SET"): Skeleton._set,  # noqa: SLF001
    ("UPDATE", "REMOVE"): Skeleton._remove,  # noqa: SLF001
    ("UPDATE", "RETURNING"): Skeleton._returning,  # noqa: SLF001
    ("DELETE", "RETURNING"): Skeleton._returning,  # noqa: SLF001
    ("", "RETURNING"): Skeleton._no_returning,  # noqa: SLF001
}


def _is_key(words: list[_Word]) -> bool:
    """Whether the last word is the key of an entry, so that a colon after it is the entry's."""
    return len(words) > 1 and words[-1].kind in {"string", "quoted", "word"} and words[-2].text in {"{", ","}


def _name(word: _Word) -> Name:
    quoted = word.kind == "quoted"
    name = Name(word.text[1:-1].replace('""', '"') if quoted else word.text)
    name.quoted = quoted
    return name
