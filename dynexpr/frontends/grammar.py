"""The grammar of DynamoDB's expressions, in pyparsing.

Only structure is found here: what a word means, and whether DynamoDB likes it, is decided in `tokens` and `text`.

Three things about pyparsing shape this file. `infix_notation` (3.3.3 or later) works with a stack of its own, so depth
costs no recursion; hence operands are one too, in which `(` and `name(` open, and a comma inside them is an operator.
Its alternatives are tried one after the other, so a look-ahead says which of them it is, and the error stops (`-`) make
the first wrong word the place of the error. Every element carries its own white space, because the default can be
changed by anyone in the process; nothing here changes a setting of pyparsing's.
"""

import re
import string
from collections.abc import Callable
from functools import cache
from typing import Any, Final, Literal, TypeVar, cast

import pyparsing as pp

from dynexpr.expression.kinds import Kind
from dynexpr.frontends.tokens import KEYWORDS

TermKind = Literal[
    "path", "value", "call", "list", "arithmetic", "compare", "between", "in", "not", "and", "or",
    "action", "update", "projection",
]  # fmt: skip

_WHITE: Final = " \t\r\n"
_S: Final = r"[ \t\r\n]*+"
_WORDS: Final = string.ascii_letters + string.digits + "_"
_WORD: Final = r"[A-Za-z0-9_]"
# Possessive, so that a failing look-ahead behind a name can't be met by taking less of the name.
_NAME: Final = rf"(?!(?i:{'|'.join(sorted(KEYWORDS))})(?!{_WORD}))[A-Za-z]{_WORD}*+"
_PLACE: Final = rf"\#{_WORD}++"
_VALUE: Final = rf":{_WORD}++"
_STEPS: Final = rf"(?:{_S}\.{_S}(?:{_NAME}|{_PLACE})|{_S}\[{_S}(?:0|[1-9][0-9]*+){_S}\])*+"
_TARGET: Final = rf"(?:{_NAME}|{_PLACE}){_STEPS}"
_OPERAND_PATH: Final = rf"(?:{_NAME}(?!{_S}\()|{_PLACE}){_STEPS}"
_CALL: Final = rf"{_NAME}{_S}\("

_OPENING: Final = re.compile(rf"(?:\({_S})*+")
_SIMPLE: Final = re.compile(rf"{_OPERAND_PATH}|{_VALUE}")
_CALLED: Final = re.compile(rf"{_CALL}(?:[^()]|\([^()]*\))*+\)")
_CLOSING: Final = re.compile(rf"(?:{_S}\))*+")
_COMPARED: Final = re.compile(rf"{_S}(?:[=<>]|(?i:BETWEEN|IN)(?!{_WORD}))")


class Term:
    """A part of a parsed text, not yet bound to names and values."""

    __slots__ = ("at", "kind", "parts", "text")

    def __init__(self, kind: TermKind, at: int, text: str, parts: "tuple[Term, ...]" = ()) -> None:
        self.kind = kind
        self.at = at
        """Where its operator, its name or its first comma stands."""
        self.text = text
        """The path, the placeholder, the function's name or the operator."""
        self.parts = parts


class _Mark:
    """An operator's word, or an opening parenthesis with the function's name before it, and its place."""

    __slots__ = ("at", "text")

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at


E = TypeVar("E", bound=pp.ParserElement)


def _own(element: E) -> E:
    element.set_whitespace_chars(_WHITE)
    return element


def _mark(pattern: str) -> pp.ParserElement:
    def mark(_s: str, at: int, t: Any) -> _Mark:
        return _Mark(t[0], at)

    return _own(pp.Regex(pattern)).set_parse_action(mark)


def _leaf(kind: Literal["path", "value"], pattern: str) -> pp.ParserElement:
    def leaf(_s: str, at: int, t: Any) -> Term:
        return Term(kind, at, t[0])

    return _own(pp.Regex(pattern)).set_parse_action(leaf)


def _keyword(*words: str) -> pp.ParserElement:
    return _mark(rf"(?i:{'|'.join(words)})(?!{_WORD})")


def _silent(pattern: str) -> pp.ParserElement:
    return _own(pp.Regex(pattern)).suppress()


def _stop(first: pp.ParserElement, *rest: pp.ParserElement) -> pp.ParserElement:
    """A sequence that, once its first element matched, must go on or be an error."""
    sequence = first
    for element in rest:
        sequence = sequence - element
    return sequence


def _separated(element: pp.ParserElement) -> pp.ParserElement:
    return _stop(element, _own(pp.ZeroOrMore(_stop(_silent(","), element))))


def _infix(
    base: pp.ParserElement, levels: list[Any], opening: pp.ParserElement, closing: pp.ParserElement
) -> pp.ParserElement:
    element: pp.ParserElement = pp.infix_notation(base, levels, lpar=opening, rpar=closing)  # type: ignore[no-untyped-call]
    return _own(element)


def _close(token: Any) -> Term:
    """What an operand is once its parentheses are closed; `name(a, b)` becomes a call, `(a)` is a."""
    opened: list[_Mark] = []
    while isinstance(token, pp.ParseResults):
        mark, token, _closing = cast("Any", token)
        opened.append(mark)
    term: Term = token
    for mark in reversed(opened):
        name = mark.text[:-1].rstrip(_WHITE)
        if name:
            term = Term("call", mark.at, name, tuple(_plain(part) for part in _listed(term)))
    return term


def _listed(term: Term) -> tuple[Term, ...]:
    return term.parts if term.kind == "list" else (term,)


def _plain(term: Term) -> Term:
    """Refuse a sum inside a function or another sum."""
    if term.kind == "arithmetic":
        raise pp.ParseFatalException("", term.at)
    return term


def _commas(_s: str, _at: int, t: Any) -> Term:
    return Term("list", t[0][1].at, ",", tuple(_close(token) for token in t[0][::2]))


def _sum(_s: str, _at: int, t: Any) -> Term:
    left, mark, right = t[0][:3]
    if len(t[0]) > 3:
        raise pp.ParseFatalException("", t[0][3].at)
    left, right = _close(left), _close(right)
    if left.kind == "arithmetic":
        raise pp.ParseFatalException("", mark.at)
    return Term("arithmetic", mark.at, mark.text, (left, _plain(right)))


def _top(_s: str, _at: int, t: Any) -> Term:
    # Parentheses around the whole operand arrive as one token, or as the three they are made of.
    return _close(t if isinstance(t[0], _Mark) else t[0])


def _separates(s: str, at: int, _t: Any) -> bool:
    """Whether a comma stands right inside `name(…)` or `IN (…)`."""
    closed = 0
    while True:
        opening, closing = s.rfind("(", 0, at), s.rfind(")", 0, at)
        at = max(opening, closing)
        if closing > opening:
            closed += 1
        elif closed:
            closed -= 1
        else:
            before = s[: max(opening, 0)].rstrip(_WHITE)
            word = before[len(before.rstrip(_WORDS)) :].upper()
            return bool(word) and (word == "IN" or word not in KEYWORDS)


def _operands(*, sums: bool = False) -> pp.ParserElement:
    """Paths, values and calls; inside `name(…)` and `IN (…)` several, with commas between them."""
    base = _own(_leaf("path", _OPERAND_PATH) | _leaf("value", _VALUE))
    comma = _mark(",").add_condition(_separates)
    levels: list[Any] = [(_mark(r"[+-]"), 2, pp.OpAssoc.LEFT, _sum)] if sums else []
    levels.append((comma, 2, pp.OpAssoc.LEFT, _commas))
    opening = _mark(rf"{_CALL}|\(")
    closing = _own(pp.Literal(")"))
    return _infix(base, levels, opening, closing).add_parse_action(_top)


def _starts_comparison(s: str, at: int, _t: Any) -> bool:
    """Whether an operand stands here: told from a condition in parentheses by what the parentheses hold.

    `(a)` and `(:v)` are operands; `(size(a))` is one if a comparison follows.
    """
    opening = _OPENING.match(s, at)
    start = opening.end() if opening else at
    simple = _SIMPLE.match(s, start)
    inner = simple or _CALLED.match(s, start)
    if inner is None:
        return False
    depth = s.count("(", at, start)
    closing = _CLOSING.match(s, inner.end())
    if closing is None or closing.group().count(")") < depth:
        return depth == 0
    return simple is not None or _COMPARED.match(s, closing.end()) is not None


def _comparison(_s: str, _at: int, t: Any) -> Term:
    if len(t) == 1:
        term: Term = t[0]
        return term
    operand, mark = t[:2]
    word = mark.text.upper()
    if word == "BETWEEN":
        return Term("between", mark.at, word, (operand, t[2], t[4]))
    if word == "IN":
        return Term("in", mark.at, word, (operand, *_listed(t[2])))
    return Term("compare", mark.at, word, (operand, t[2]))


def _negation(_s: str, _at: int, t: Any) -> Term:
    return Term("not", t[0][0].at, "NOT", (t[0][1],))


def _joined(kind: Literal["and", "or"]) -> Callable[[str, int, pp.ParseResults], Term]:
    def join(_s: str, _at: int, t: Any) -> Term:
        parts = tuple(part for term in t[0][::2] for part in (term.parts if term.kind == kind else (term,)))
        return Term(kind, t[0][1].at, kind.upper(), parts)

    return join


def _condition() -> pp.ParserElement:
    operand = _operands()
    rest = _own(
        _stop(_mark(r"<>|<=|>=|[=<>]"), operand)
        | _stop(_keyword("BETWEEN"), operand, _keyword("AND"), operand)
        | _stop(_keyword("IN"), _silent(r"\("), operand, _silent(r"\)"))
    )
    alone = _stop(_silent(rf"(?={_CALL})"), operand, _own(pp.Opt(rest)))
    compared = _stop(_own(pp.Empty()).add_condition(_starts_comparison), operand, rest)
    base = _own(alone | compared).add_parse_action(_comparison)
    levels: list[Any] = [
        (_keyword("NOT"), 1, pp.OpAssoc.RIGHT, _negation),
        (_keyword("AND"), 2, pp.OpAssoc.LEFT, _joined("and")),
        (_keyword("OR"), 2, pp.OpAssoc.LEFT, _joined("or")),
    ]
    return _infix(base, levels, _silent(r"\("), _silent(r"\)"))


def _update() -> pp.ParserElement:
    def assign(_s: str, _at: int, t: Any) -> Term:
        return Term("action", t[0].at, "SET", tuple(t))

    def actions(_s: str, _at: int, t: Any) -> Term:
        word, targets = t[0].text.upper(), t[1:]
        if word in {"ADD", "DELETE"}:
            pairs = zip(targets[::2], targets[1::2], strict=True)
            return Term("list", t[0].at, word, tuple(Term("action", pair[0].at, word, pair) for pair in pairs))
        if word == "REMOVE":
            targets = [Term("action", target.at, word, (target,)) for target in targets]
        return Term("list", t[0].at, word, tuple(targets))

    def whole(_s: str, at: int, t: Any) -> Term:
        return Term("update", at, "", tuple(action for actions in t for action in actions.parts))

    path, value = _leaf("path", _TARGET), _leaf("value", _VALUE)
    term = _operands(sums=True)
    assignment = _own(_stop(path, _silent("="), term)).add_parse_action(assign)
    clause = _own(
        _stop(_keyword("SET"), _separated(assignment))
        | _stop(_keyword("REMOVE"), _separated(path))
        | _stop(_keyword("ADD", "DELETE"), _separated(_own(_stop(path, value))))
    ).add_parse_action(actions)
    return _own(pp.OneOrMore(clause)).add_parse_action(whole)


def _projection() -> pp.ParserElement:
    paths = _own(_separated(_leaf("path", _TARGET)))
    return paths.add_parse_action(lambda s, at, t: Term("projection", at, ",", tuple(t)))  # noqa: ARG005


@cache
def _grammar(which: Literal["condition", "update", "projection"]) -> pp.ParserElement:
    whole = {"condition": _condition, "update": _update, "projection": _projection}[which]()
    # Tabs stay, for the offsets; streamlined here, not by the first parse, which may be several threads' at once.
    return _stop(whole, _own(pp.StringEnd())).parse_with_tabs().streamline()


class Unparsed(Exception):
    """The text stops being an expression at `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def parse(kind: Kind, text: str) -> Term:
    """The structure of a text; raises Unparsed."""
    try:
        found: Any = _grammar(kind if kind in {"update", "projection"} else "condition").parse_string(text)
    except pp.ParseBaseException as error:
        raise Unparsed(error.loc) from None
    return cast("Term", found[0])
