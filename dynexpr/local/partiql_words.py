"""What are the words of a PartiQL statement, and what does the service say of one that it can't read?

`frontends/sql*.py` reads SQL for people: it binds names to models and explains in dynexpr's own words. The service
binds nothing and has other words, which tools compare; so the embedded engine reads statements by itself.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from typing import Final, NoReturn

from dynexpr.local.errors import refuse
from dynexpr.partiql_table import WORD

_LARGEST: Final = 2**31 - 1

KEYWORDS: Final = frozenset(
    """ALL AND ANY AS ASC BETWEEN BY CASE CAST CREATE CROSS DELETE DESC DISTINCT DROP ELSE END ESCAPE EXCEPT EXISTS
    FALSE FROM FULL GROUP HAVING IN INNER INSERT INTERSECT INTO IS JOIN LEFT LIKE LIMIT MISSING NATURAL NOT NULL ON OR
    ORDER OUTER PIVOT REMOVE RETURNING RIGHT SELECT SET THEN TRUE UNION UNPIVOT UPDATE VALUE VALUES WHEN WHERE WITH
    """.split()  # noqa: SIM905  a list of words is read more easily as text
)
"""Words that are no names unless they are quoted."""


class Word:
    """A word, literal or mark, and where it stands."""

    __slots__ = ("end", "kind", "start", "text")

    def __init__(self, kind: str, start: int, end: int, text: str) -> None:
        self.kind = kind
        """`word`, `quoted`, `string`, `number`, `parameter`, `mark` or `end`."""
        self.start = start
        self.end = end
        self.text = text

    @property
    def upper(self) -> str:
        """A bare word in upper case, a mark as it is; nothing for all else."""
        return self.text.upper() if self.kind in {"word", "mark"} else ""


def malformed(detail: str = "") -> NoReturn:
    """Answer that a statement can't be read."""
    refuse(f"Statement wasn't well formed, can't be processed: {detail}")


class Words:
    """The words of a statement, taken one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.all = _scan(text)
        self.place = 0
        self._end = Word("end", len(text), len(text), "")

    def peek(self, ahead: int = 0) -> Word:
        """The next word, or one further on; after the last a word of the kind `end`."""
        place = self.place + ahead
        return self.all[place] if place < len(self.all) else self._end

    def next(self) -> Word:
        """Take the next word."""
        word = self.peek()
        if word.kind == "end":
            malformed("Unexpected term")
        self.place += 1
        return word

    def take(self, *words: str) -> bool:
        """Take these words if they come next."""
        if all(self.peek(ahead).upper == word for ahead, word in enumerate(words)):
            self.place += len(words)
            return True
        return False

    def want(self, *words: str) -> None:
        """Take these words, which must come next."""
        if not self.take(*words):
            malformed("Unexpected token" if self.peek().kind != "end" else "Unexpected term")

    def at(self, word: Word) -> str:
        """Where a word stands: line, column and length."""
        line = self.text.count("\n", 0, word.start) + 1
        column = word.start - (self.text.rfind("\n", 0, word.start) + 1) + 1
        return f"{line}:{column}:{word.end - word.start}"

    def finish(self) -> None:
        """Refuse what is left over."""
        if self.peek().kind != "end":
            malformed("Unexpected token after expression")


def _scan(text: str) -> list[Word]:
    words: list[Word] = []
    position = 0
    while position < len(text):
        match = WORD.match(text, position)
        if match is None:
            malformed()
        kind = str(match.lastgroup)
        if kind == "number":
            _check_scale(match[0])
        if kind == "mark" and match[0] == "/" and text.startswith("/*", position):
            malformed()
        if kind != "space":
            words.append(Word(kind, position, match.end(), match[0]))
        position = match.end()
    if words and words[-1].text == ";":
        words.pop()
    return words


def _check_scale(number: str) -> None:
    """Refuse a number whose exponent, or scale, does not fit 32 bits: the service's parser can't hold it."""
    mantissa, _, exponent = number.lower().partition("e")
    power = int(exponent or 0)
    scale = len(mantissa.partition(".")[2]) - power
    if not -_LARGEST - 1 <= power <= _LARGEST or not -_LARGEST - 1 <= scale <= _LARGEST:
        malformed()
