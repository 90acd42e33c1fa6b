"""Which table and index does a PartiQL statement name, and does it only read?  Told from its words alone.

The embedded engine reads statements whole; this is for those who only see them pass: logs, traces, a test's recorder.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html
"""

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

WORD: Final = re.compile(
    r"""
    (?P<space> \s+ | --[^\n]* | /\*.*?\*/ )
  | (?P<string> '(?:[^']|'')*' )
  | (?P<quoted> "(?:[^"]|"")*" )
  | (?P<number> (?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)? )
  | (?P<word> [^\W\d][\w$]* )
  | (?P<parameter> \? )
  | (?P<mark> <<|>>|<>|!=|<=|>=|[=<>+\-*/%()\[\]{},.:;] )
    """,
    re.VERBOSE | re.DOTALL,
)
"""One word, literal or mark of a statement."""

_BEFORE_THE_TABLE: Final = frozenset({"FROM", "INTO", "UPDATE"})


class Source(NamedTuple):
    """What a statement is about."""

    table: str
    index_name: str | None
    selects: bool
    """Whether it is a SELECT."""
    narrowed: bool
    """Whether it has a WHERE."""


def statements_of(params: Any) -> list[str]:
    """The texts of a request's statements: of one, of a batch or of a transaction.

    >>> statements_of({"Statements": [{"Statement": "SELECT * FROM a"}, {"Statement": 5}]})
    ['SELECT * FROM a']
    """
    parts = next((params[name] for name in ("Statements", "TransactStatements") if name in params), None)
    each = parts if isinstance(parts, list | tuple) else () if parts is not None else (params,)
    texts = [part.get("Statement") for part in each if isinstance(part, dict)]
    return [text for text in texts if isinstance(text, str)]


@lru_cache(maxsize=1024)
def source_of(text: str) -> Source | None:
    """The table that a statement names first, as it is; None where it names none.

    >>> source_of('SELECT "from" FROM "payments"."by-status" WHERE status = ?')
    Source(table='payments', index_name='by-status', selects=True, narrowed=True)
    """
    words = [(match.lastgroup, match[0]) for match in WORD.finditer(text) if match.lastgroup != "space"]
    said = [word.upper() if kind == "word" else "" for kind, word in words]
    place = next((place for place, word in enumerate(said) if word in _BEFORE_THE_TABLE), None)
    if place is None:
        return None
    names = [_name(*word) for word in words[place + 1 : place + 4 : 2]]
    if not names or not names[0]:
        return None
    index = names[1] if len(names) > 1 and words[place + 2] == ("mark", ".") else None
    return Source(names[0], index or None, said[0] == "SELECT", "WHERE" in said[place:])


def _name(kind: str | None, word: str) -> str:
    if kind == "quoted":
        return word[1:-1].replace('""', '"')
    return word if kind == "word" else ""
