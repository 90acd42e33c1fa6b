"""How does a plain SQL parser get to read PartiQL?  As a skeleton of the same length.

sqlglot knows SQL's clauses and which operator binds tighter; it does not know PartiQL, and takes many a harmless name
(`list[0]`, `current_date`) for something else. So it is given a *skeleton*: each path, literal, parameter and document
a run of `x`, each function a letter and `x`, every other word a keyword of ours, or refused here by name.

    SELECT id FROM payments WHERE list[0] = :v AND note IS MISSING
    SELECT xx FROM xxxxxxxx WHERE xxxxxxx = xx AND xxxx IS NULL

Where the parser reports a run of `x` stands the thing itself in the text: offsets stay true, and nothing is mangled.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from collections.abc import Callable
from typing import Final

from dynexpr.frontends.partiql_values import CONSTANTS, Leaf, document, literal, path
from dynexpr.frontends.sql_words import (
    AGGREGATES,
    ALWAYS,
    CLOSING,
    FUNCTIONS,
    REFUSED,
    REFUSED_FUNCTIONS,
    VERBS,
    Word,
    Words,
)

MAX_DEPTH: Final = 32
"""Levels of parentheses and NOTs: more than a condition has use for, and well within any parser's stack."""


class Skeleton:
    """A text prepared for a plain SQL parser."""

    def __init__(self, text: str) -> None:
        self.words = Words(text)
        self.leaves: dict[int, Leaf] = {}
        """What stands where the skeleton has a run of x, by offset."""
        self.missing: set[int] = set()
        """The offsets of the attributes whose IS speaks of MISSING."""
        self.returning: tuple[str, int] | None = None
        """What RETURNING asks for, e.g. `ALL_OLD`, and where."""
        self._chars = [" "] * len(text)
        self._before = ""
        """What was written last: "leaf", or the keyword or mark."""
        self._last = 0
        """Where the last leaf begins."""
        self._open: list[Word] = []
        self._seen: set[str] = set()
        self.verb = self._verb()
        self._read()

    @property
    def sql(self) -> str:
        """What the parser is given."""
        return "".join(self._chars)

    def _verb(self) -> str:
        first = self.words.peek()
        if first.upper not in VERBS:
            problem = f"; {first.upper}: {REFUSED[first.upper]}" if first.upper in REFUSED else ""
            self.words.fail(f"a statement begins with SELECT, INSERT, UPDATE or DELETE{problem}", first.start)
        return first.upper

    def _write(self, start: int, text: str, what: str) -> None:
        self._chars[start : start + len(text)] = text
        self._before = what

    def _leaf(self, leaf: Leaf) -> None:
        if self._before == "leaf":
            shown = self.words.text[leaf.start : leaf.end]
            self.words.fail(
                f"an operator or a comma is missing before {shown} (there are no aliases, and no typed literals)",
                leaf.start,
            )
        if self._before == ")":
            self.words.fail("an operator or a comma is missing", leaf.start)
        self.leaves[leaf.start] = leaf
        self._last = leaf.start
        self._write(leaf.start, "x" * (leaf.end - leaf.start), "leaf")

    def _read(self) -> None:
        negations = 0
        while (word := self.words.peek()).kind != "end":
            negations = negations + 1 if word.upper == "NOT" else 0
            if negations > MAX_DEPTH:
                self.words.fail(f"more than {MAX_DEPTH} NOTs in a row", word.start)
            if word.kind == "mark":
                self._mark(word)
            elif word.kind == "word":
                self._word(word)
            elif word.kind == "quoted":
                self._leaf(path(self.words))
            else:
                self._leaf(literal(self.words))
        if self._open:
            self.words.fail("it is never closed", self._open[-1].start)
        if self._before == ",":
            self.words.fail("the statement ends too early", len(self.words.text))

    def _mark(self, word: Word) -> None:
        mark = word.text
        if mark in {"+", "-"} and self._before not in {"leaf", ")"} and self.words.peek(1).kind == "number":
            self._leaf(literal(self.words))
        elif mark == "{" or (mark in {"[", "<<"} and self._before != "IN"):
            self._leaf(document(self.words))
        elif mark in CLOSING:
            names_columns = self.verb == "INSERT" and self._before == "leaf" and len(self.leaves) == 1
            if self._before in {"leaf", ")"} and not names_columns:
                self.words.fail("an operator or a comma is missing", word.start)
            self.words.next()
            self._open.append(word)
            if len(self._open) > MAX_DEPTH:
                self.words.fail(f"more than {MAX_DEPTH} levels of parentheses", word.start)
            self._write(word.start, "(", "(")  # the list after IN is one in parentheses to the parser
        elif mark in CLOSING.values():
            self._close(word)
        elif mark in {";", ":", "."}:
            self.words.fail(
                "one statement at a time" if mark == ";" else f"nothing belongs to this {mark!r}", word.start
            )
        else:
            self._operator(word)

    def _close(self, word: Word) -> None:
        self.words.next()
        if not self._open or CLOSING[self._open[-1].text] != word.text:
            self.words.fail(f"{word.text!r} closes nothing", word.start)
        if self._before == ",":
            self.words.fail("nothing stands after the comma", word.start)
        self._open.pop()
        self._write(word.start, ")", ")")

    def _operator(self, word: Word) -> None:
        self.words.next()
        if word.text == "*" and self._before != "SELECT":
            self.words.fail(
                "* stands for all columns, as in SELECT * and COUNT(*); there is no multiplication", word.start
            )
        if word.text == "," and self._before not in {"leaf", ")", "ASC", "DESC"}:
            self.words.fail("nothing stands before the comma", word.start)
        self._write(word.start, word.text, "leaf" if word.text == "*" else word.text)

    def _word(self, word: Word) -> None:
        upper = word.upper
        special = _SPECIAL.get((self.verb, upper))
        if self.words.peek(1).text == "(" and self._before != "INTO" and upper not in ALWAYS and special is None:
            self._function(word)
        elif special is not None:
            special(self, word)
        elif upper in REFUSED:
            self.words.fail(f"{upper}: {REFUSED[upper]} (an attribute of that name goes in double quotes)", word.start)
        elif upper in ALWAYS:
            self._keyword(word)
        elif upper in CONSTANTS and self.words.peek(1).text not in {".", "["}:
            self._leaf(literal(self.words))
        else:
            self._leaf(path(self.words))

    def _function(self, word: Word) -> None:
        name = word.text.lower()
        if name in AGGREGATES:
            self._aggregate(name)
        elif name in FUNCTIONS:
            if self._before == "leaf":
                self.words.fail("an operator or a comma is missing", word.start)
            self.words.next()
            self._write(word.start, FUNCTIONS[name].ljust(len(name), "x"), "function")
        else:
            known = REFUSED.get(word.upper) or REFUSED_FUNCTIONS.get(word.upper) or f"there are {', '.join(FUNCTIONS)}"
            self.words.fail(f"there is no function {word.text}(): {known}", word.start)

    def _aggregate(self, name: str) -> None:
        """`COUNT(*)`, `COUNT(a)`, `COUNT(DISTINCT a)`, `SUM(a)` …: one leaf, with the function and the attribute."""
        word = self.words.next()
        if self.verb != "SELECT" or ("WHERE" in self._seen and not self._seen & {"GROUP", "HAVING", "ORDER"}):
            self.words.fail(f"{word.text}() is about many items: it belongs to SELECT, not to a condition", word.start)
        self.words.next()
        if self.words.peek().upper == "DISTINCT":
            distinct = self.words.next()
            if name != "count":
                self.words.fail(f"write {word.text}(a); only COUNT takes DISTINCT", distinct.start)
            name = "count_distinct"
        if self.words.peek().text == "*" and name == "count":
            self.words.next()
            column = None
        elif self.words.peek().kind not in {"word", "quoted"}:
            self.words.fail(f"{word.text}() takes an attribute", self.words.peek().start)
        else:
            column = path(self.words)
        closing = self.words.next()
        if closing.text != ")":
            self.words.fail(f"{word.text}() takes one attribute", closing.start)
        self._leaf(Leaf("aggregate", word.start, closing.end, (name, column)))

    def _keyword(self, word: Word) -> None:
        upper = word.upper
        if self._before == "," and upper != "NOT":
            self.words.fail("nothing stands after the comma", word.start)
        if upper in VERBS and self.words.place:
            self.words.fail("a statement inside a statement; run them one after the other", word.start)
        if upper in {"ORDER", "GROUP", "HAVING", "LIMIT"} and self.verb != "SELECT":
            self.words.fail(f"{upper} belongs to SELECT; a write is about one item", word.start)
        if upper in {"FROM", "WHERE", "ORDER", "GROUP", "HAVING", "LIMIT", "INTO"}:
            if upper in self._seen:
                self.words.fail(f"a second {upper}; conditions are joined with AND", word.start)
            self._seen.add(upper)
        self.words.next()
        self._write(word.start, upper, upper)
        if upper in {"ORDER", "GROUP"}:
            by = self.words.next()
            if by.upper != "BY":
                self.words.fail(
                    f"BY is wanted after {upper} (an attribute called {upper.lower()} goes in double quotes)", by.start
                )
            self._write(by.start, "BY", "BY")
        elif upper == "IS":
            self._is()

    def _is(self) -> None:
        word = self.words.next()
        if word.upper == "NOT":
            self._write(word.start, "NOT", "NOT")
            word = self.words.next()
        if word.upper not in {"NULL", "MISSING"}:
            self.words.fail("IS takes NULL, NOT NULL, MISSING and NOT MISSING; values are compared with =", word.start)
        if word.upper == "MISSING":
            self.missing.add(self._last)
        self._write(word.start, "NULL", "leaf")

    # What PartiQL has and SQL has not.

    def _set(self, word: Word) -> None:
        """Only the first SET is SQL's; a further one goes on where the first ended."""
        self.words.next()
        self._clause(word, "SET", ",  ")

    def _remove(self, word: Word) -> None:
        """`REMOVE a` becomes a part of SET that nothing else becomes: `~a`."""
        if self.words.peek(1).kind not in {"word", "quoted"}:
            self._leaf(path(self.words))  # an attribute of that name
            return
        self.words.next()
        self._clause(word, "SET  ~", ",    ~")

    def _clause(self, word: Word, first: str, further: str) -> None:
        if self._before == ",":
            self.words.fail("nothing stands after the comma", word.start)
        self._write(word.start, further if "SET" in self._seen else first, "SET")
        self._seen.add("SET")

    def _values(self, word: Word) -> None:
        """`VALUES (` is SQL's; `VALUE {…}` becomes `VALUES(xxx)`."""
        if self._before not in {"leaf", ")"} or "VALUES" in self._seen:
            self._leaf(path(self.words))
            return
        self._seen.add("VALUES")
        self.words.next()
        following = self.words.peek()
        if following.text == "(" and word.upper == "VALUES":
            self._write(word.start, "VALUES", "VALUES")
        elif following.text == "{":
            item = document(self.words, item=True)
            if not item.value:
                self.words.fail("an item has its key at least", item.start)
            self.leaves[word.start + len("VALUES(")] = item
            self._write(word.start, "VALUES(" + "x" * (item.end - word.start - len("VALUES()")) + ")", "leaf")
        else:
            self.words.fail(
                "the new item follows as VALUES (…) or VALUE {'id': 'p1', …}; one item a statement, "
                "several are written by transact(...)",
                following.start,
            )

    def _returning(self, word: Word) -> None:
        self.words.next()
        which, when, star = (self.words.next() for _ in range(3))
        if which.upper not in _IMAGES or when.upper not in {"OLD", "NEW"} or star.text != "*":
            self.words.fail("write RETURNING ALL OLD *, ALL NEW *, MODIFIED OLD * or MODIFIED NEW *", which.start)
        rest = self.words.peek()
        if rest.kind != "end":
            self.words.fail("RETURNING stands at the end of a statement", rest.start)
        self.returning = f"{_IMAGES[which.upper]}_{when.upper}", word.start


_IMAGES: Final = {"ALL": "ALL", "MODIFIED": "UPDATED"}
_SPECIAL: Final[dict[tuple[str, str], Callable[[Skeleton, Word], None]]] = {
    ("INSERT", "VALUE"): Skeleton._values,  # noqa: SLF001
    ("INSERT", "VALUES"): Skeleton._values,  # noqa: SLF001
    ("UPDATE", "SET"): Skeleton._set,  # noqa: SLF001
    ("UPDATE", "REMOVE"): Skeleton._remove,  # noqa: SLF001
    ("UPDATE", "RETURNING"): Skeleton._returning,  # noqa: SLF001
    ("DELETE", "RETURNING"): Skeleton._returning,  # noqa: SLF001
}
