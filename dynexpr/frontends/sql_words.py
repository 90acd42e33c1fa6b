"""What are the words of an SQL text, and which of them have a meaning here?

A word that SQL knows and DynamoDB has no meaning for is refused by name, with what to do instead.
"""

import re
from typing import Final, NoReturn

from dynexpr.errors import SqlError

VERBS: Final = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
ALWAYS: Final = VERBS | {
    "FROM", "WHERE", "AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "ORDER", "GROUP", "HAVING", "LIMIT", "INTO",
    "ASC", "DESC",
}  # fmt: skip
"""Words that are never names, unless they are quoted."""

FUNCTIONS: Final = {
    "attribute_exists": "e",
    "attribute_not_exists": "n",
    "attribute_type": "t",
    "begins_with": "b",
    "contains": "c",
    "size": "s",
    "if_not_exists": "i",
    "list_append": "l",
    "set_add": "a",
    "set_delete": "d",
}
"""The functions there are, and the letter each begins with in the skeleton."""

_JOIN = "DynamoDB has no joins; read each table by itself, or keep together what is read together"
_SETS = "there are no set operations; run the statements one after the other"
_ALIAS = "there are no aliases; a result has the attributes' own names"
_MATCH = "DynamoDB knows begins_with(a, 'x'), LIKE 'x%' and contains(a, 'x'), no patterns"
_TABLES = "tables are made from models: Base.metadata.create_all(engine)"
_SESSION = "a commit is one transaction: use a Session, or transact(...)"

REFUSED: Final = {
    "JOIN": _JOIN,
    "ON": _JOIN,
    "USING": _JOIN,
    "UNION": _SETS,
    "INTERSECT": _SETS,
    "EXCEPT": _SETS,
    "DISTINCT": "DynamoDB does not remove duplicates; GROUP BY the columns, or COUNT(DISTINCT a)",
    "OFFSET": "there is no position in a result; session.page(stmt, size=20) gives cursors",
    "FETCH": "write LIMIT",
    "AS": _ALIAS,
    "CASE": "there are no computed values; compute them in Python",
    "CAST": "there are no casts; a value is encoded by its column's type",
    "OVER": "there are no window functions; compute in Python over the result",
    "WITH": "there are no common table expressions; run the statements one after the other",
    "EXISTS": "there are no subqueries; check(Model, key).where(...) in a transaction looks at another item",
    "ANY": "there are no subqueries; write IN (…)",
    "ALL": "there are no subqueries and no SELECT ALL",
    "ESCAPE": "there are no patterns; begins_with(a, 'x%') takes its text as it is",
    "ILIKE": _MATCH,
    "RLIKE": _MATCH,
    "REGEXP": _MATCH,
    "SIMILAR": _MATCH,
    "GLOB": _MATCH,
    "RETURNING": "it belongs to UPDATE and DELETE",
    "UNPIVOT": "there are no rows made of attributes; read the item",
    "DEFAULT": "leave the column out, and it takes its default",
    "CREATE": _TABLES,
    "DROP": "tables are dropped by Base.metadata.drop_all(engine)",
    "ALTER": _TABLES,
    "TRUNCATE": "there is no way but to delete item by item",
    "MERGE": "put(...) overwrites, update(...).upsert() creates or changes",
    "REPLACE": "put(Model) overwrites an item",
    "EXPLAIN": "call .explain() of the statement, or dynexpr explain",
    "BEGIN": _SESSION,
    "COMMIT": _SESSION,
    "ROLLBACK": _SESSION,
}
"""Words of SQL that nothing in DynamoDB answers to."""

AGGREGATES: Final = frozenset({"count", "sum", "avg", "min", "max"})
"""Functions of many items, which the client computes."""

REFUSED_FUNCTIONS: Final = {
    **dict.fromkeys(("LOWER", "UPPER", "TRIM", "SUBSTRING", "CONCAT"), "compare with the text as it is stored"),
    "COALESCE": "if_not_exists(a, value) gives the value where the attribute is missing, in SET",
    "LENGTH": "write size(a)",
    "CHAR_LENGTH": "write size(a)",
    "NOW": "give the moment as a parameter",
}

SYMBOLS: Final = {
    "||": "there is no concatenation; give the whole text as a parameter",
    "::": "there are no casts; a value is encoded by its column's type",
    "==": "equality is written with one =",
    "^=": "inequality is written <>",
    "'": "the text that begins here never ends; a single quote inside it is doubled",
    '"': "the name that begins here never ends, or is empty",
    "/*+": "there are no hints; .using(index) chooses an index",
    "/*": "the comment that begins here never ends",
    "/": "DynamoDB adds and subtracts only",
    "%": "DynamoDB adds and subtracts only",
    "`": "a name is quoted in double quotes, text in single ones",
    "@": "a parameter is written :name or ?",
    "$": "a parameter is written :name or ?; a name with $ in it goes in double quotes",
    "#": "a name is written as it is, in double quotes where it is no plain word",
}
"""What no statement has in it, and what to do instead; longer ones first."""


class Word:
    """A word, name, literal or mark of the text."""

    __slots__ = ("end", "kind", "start", "text")

    def __init__(self, kind: str, start: int, end: int, text: str) -> None:
        self.kind = kind
        """`word`, `quoted`, `string`, `number`, `parameter`, `mark` or `end`."""
        self.start = start
        self.end = end
        self.text = text

    @property
    def upper(self) -> str:
        """A bare word in upper case; nothing for all else."""
        return self.text.upper() if self.kind == "word" else ""


_SCAN: Final = re.compile(
    r"""
    (?P<space> \s+ | --[^\n]* | /\*(?!\+).*?\*/ )
  | (?P<string> '(?:[^']|'')*' )
  | (?P<quoted> "(?:[^"]|"")+" )
  | (?P<number> (?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]) )
  | (?P<word> [^\W\d]\w* )
  | (?P<parameter> :\w+ | \? )
  | (?P<mark> <<|>>|<>|!=|<=|>=|=(?!=)|[<>+\-*()\[\]{},.;]|:(?!:) )
    """,
    re.VERBOSE | re.DOTALL,
)


class Words:
    """The words of a text, one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.all = self._scan()
        self.place = 0
        self._end = Word("end", len(text), len(text), "the end")
        self._named: bool | None = None
        self._positions = 0

    def error(self, problem: str, offset: int) -> SqlError:
        """The error for what is wrong at a place of the text."""
        return SqlError(problem, text=self.text, offset=offset)

    def fail(self, problem: str, offset: int) -> NoReturn:
        """Refuse the text, pointing at what is wrong."""
        raise self.error(problem, offset)

    def peek(self, ahead: int = 0) -> Word:
        """The next word, or one further on; a word of the kind `end` after the last."""
        place = self.place + ahead
        return self.all[place] if place < len(self.all) else self._end

    def next(self) -> Word:
        """Take the next word."""
        word = self.peek()
        if word is self._end:
            self.fail("the statement ends too early", len(self.text))
        self.place += 1
        return word

    def around(self, offset: int) -> Word:
        """The word around or after an offset."""
        return next((word for word in self.all if offset < word.end), self._end)

    def parameter(self, word: Word) -> str:
        """The name of a parameter; those written `?` are called by their position, from 1."""
        named = word.text != "?"
        if self._named is not None and self._named is not named:
            self.fail("a statement has parameters by name or by ?, not both", word.start)
        self._named = named
        self._positions += 1
        return word.text[1:] if named else str(self._positions)

    def _scan(self) -> list[Word]:
        text, position = self.text, 0
        words: list[Word] = []
        opened: list[str] = []
        while position < len(text):
            match = _SCAN.match(text, position)
            if match is None:
                self._fail_at(position)
            kind, end = str(match.lastgroup), match.end()
            if kind == "parameter" and opened[-1:] == ["{"] and match[0] != "?" and _is_key(words):
                kind, end = "mark", position + 1  # the colon of an entry: {'a':1}
            found = text[position:end]
            if kind == "mark" and found in CLOSING:
                opened.append(found)
            elif kind == "mark" and found in CLOSING.values() and opened:
                opened.pop()
            if kind != "space":
                words.append(Word(kind, position, end, found))
            position = end
        if words and words[-1].text == ";":
            words.pop()
        if not words:
            self.fail("the statement is empty", 0)
        return words

    def _fail_at(self, position: int) -> NoReturn:
        for symbol, problem in SYMBOLS.items():
            if self.text.startswith(symbol, position):
                self.fail(problem, position)
        if self.text[position] in "0123456789.":
            self.fail("a number is followed by an operator, a comma or a space", position)
        self.fail(f"{self.text[position]!r} has no meaning in a statement", position)


CLOSING: Final = {"(": ")", "[": "]", "{": "}", "<<": ">>"}


def _is_key(words: list[Word]) -> bool:
    """Whether the last word is the name of a map's entry, so that a colon after it is the entry's."""
    return len(words) > 1 and words[-1].kind in {"string", "quoted", "word"} and words[-2].text in {"{", ","}
