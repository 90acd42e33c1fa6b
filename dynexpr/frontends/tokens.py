"""What are the words of an expression text, and which of them is wrong?

The grammar finds structure; what is decided by the words alone stands here: sizes, counts, reserved words, and the
description of a syntax error. A description has two texts: one for people, and `reason`, in the service's own words.
"""

import re
from functools import cached_property
from typing import Final, NamedTuple, NoReturn

from dynexpr import limits
from dynexpr.errors import ExpressionSyntaxError, ExpressionTooLarge, nearest
from dynexpr.expression.kinds import Kind, refused
from dynexpr.expression.operators import OPERATORS, Op
from dynexpr.expression.reserved import reserved_words

KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})
FUNCTIONS: Final[dict[str, Op]] = {op.text: op for op in OPERATORS if op.shape in {"test", "function"}}

_TOKEN: Final = re.compile(
    r"""
    (?P<name>[A-Za-z][A-Za-z0-9_]*)
    | (?P<placeholder>[\#:][A-Za-z0-9_]+)
    | (?P<number>0|[1-9][0-9]*)
    | (?P<compare><>|<=|>=|[=<>])
    | (?P<space>[ \t\r\n]+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SPELLINGS: Final = {
    "!=": "DynamoDB writes <>",
    "==": "DynamoDB writes =",
    "=<": "DynamoDB writes <=",
    "=>": "DynamoDB writes >=",
    "&&": "DynamoDB writes AND",
    "||": "DynamoDB writes OR",
    "LIKE": "DynamoDB writes begins_with(a, :v) or contains(a, :v)",
    "IS": "DynamoDB writes attribute_not_exists(a), or a = :null",
}


class Token(NamedTuple):
    """One word of the text."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def keyword(self) -> str:
        """The keyword it is, in upper case, or nothing."""
        upper = self.text.upper()
        return upper if self.kind == "name" and upper in KEYWORDS else ""


class Words:
    """An expression text and its words."""

    def __init__(self, kind: Kind, text: str) -> None:
        self.kind: Kind = kind
        self.text = text
        size = len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
        if size > limits.EXPRESSION_BYTES:
            raise self.too_large(
                f"an expression may have {limits.EXPRESSION_BYTES} bytes, not {size}",
                f"Expression size has exceeded the maximum allowed size; expression size: {size}",
                limits.EXPRESSION_BYTES,
                size,
            )
        if not text:
            raise self.syntax_error(0, "the expression is empty", "The expression can not be empty;")

    @cached_property
    def tokens(self) -> list[Token]:
        """The words in reading order, without the spaces."""
        return [
            Token(str(match.lastgroup), match.group(), match.start(), match.end())
            for match in _TOKEN.finditer(self.text)
            if match.lastgroup != "space"
        ]

    @property
    def names(self) -> dict[str, None]:
        """The `#name` placeholders, in reading order."""
        return {token.text: None for token in self.tokens if token.text[0] == "#" and token.kind == "placeholder"}

    @property
    def values(self) -> dict[str, None]:
        """The `:value` placeholders, in reading order."""
        return {token.text: None for token in self.tokens if token.text[0] == ":" and token.kind == "placeholder"}

    def reason(self, what: str) -> str:
        """The service's message about this expression."""
        return refused(self.kind, what)

    def syntax_error(self, offset: int, message: str, reason: str) -> ExpressionSyntaxError:
        """An error at a place of the text."""
        return ExpressionSyntaxError(message, text=self.text, offset=offset, reason=self.reason(reason))

    def too_large(self, message: str, reason: str, limit: int, actual: int) -> ExpressionTooLarge:
        """An error about a limit."""
        return ExpressionTooLarge(message, limit=limit, actual=actual, reason=self.reason(reason))

    def fail(self, offset: int) -> NoReturn:
        """Raise the error for a text that stops being an expression at the word at or after *offset*."""
        tokens = self.tokens
        at = next((index for index, token in enumerate(tokens) if token.end > offset), len(tokens))
        at = self._inside_path(at)
        self.check_parentheses(at)  # those before it are what the service tells of first
        before = tokens[at - 1] if at else None
        if at == len(tokens):
            found, start = "<EOF>", len(self.text)
            message = "the expression ends too early"
        else:
            found, start = tokens[at].text, tokens[at].start
            message = f"{self._misspelt(at) or found!r} can't stand here{self._hint(at)}"
        near_start = before.start if before else 0
        near_end = tokens[at + 1].end if at + 1 < len(tokens) else len(self.text)
        near = self.text[near_start:near_end]
        raise self.syntax_error(start, message, f'Syntax error; token: "{found}", near: "{near}"')

    def _misspelt(self, at: int) -> str:
        """The word of another language that a place belongs to: `==`, `LIKE`."""
        token = self.tokens[at]
        start = token.start
        found = (self.text[max(0, start - 1) : start + 1], self.text[start : start + 2], token.text.upper())
        return next((each for each in found if each in _SPELLINGS), "")

    def _hint(self, at: int) -> str:
        """What the writer may have meant."""
        token = self.tokens[at]
        before = self.tokens[at - 1].text if at else ""
        hint = _SPELLINGS.get(self._misspelt(at), "")
        if not hint and (token.text in {"'", '"', "?"} or (token.kind == "number" and before not in {"[", "."})):
            hint = "a literal is given as a placeholder, :value"
        elif not hint and token.text in {"#", ":"}:
            hint = f"a placeholder is {token.text} and then letters, digits and _"
        elif not hint and (token.text in {"_", "$", "@"} or (token.text == "-" and self.kind != "update")):
            hint = "a name other than a letter followed by letters, digits and _ is given as a placeholder, #name"
        elif not hint and token.keyword and (self.kind != "update" or before == "."):
            hint = f"the attribute is written #{token.text}, and its name given apart" if before in {"", "."} else ""
        return f"; {hint}" if hint else ""

    def _inside_path(self, at: int) -> int:
        """The word at fault where a path breaks off: the grammar takes a path up to its last good step."""
        tokens = self.tokens
        if not 0 < at < len(tokens) or tokens[at].text not in {".", "["}:
            return at
        before = tokens[at - 1]
        if (
            before.text[0] == ":"
            or before.keyword
            or not (before.kind in {"name", "placeholder"} or before.text == "]")
        ):
            return at
        is_index = tokens[at].text == "[" and at + 1 < len(tokens) and tokens[at + 1].kind == "number"
        return at + 2 if is_index else at + 1

    def check_parentheses(self, end: int | None = None) -> None:
        """Refuse parentheses around nothing but parentheses, in the whole text or in the words before *end*."""
        opened: list[tuple[int, bool]] = []
        closed = (-1, -1)  # the innermost pair of parentheses that ended last, as indexes of tokens
        for index, token in enumerate(self.tokens[:end]):
            if token.text == "(":
                before = self.tokens[index - 1] if index else None
                is_group = before is None or before.kind != "name" or before.keyword not in {"", "IN"}
                opened.append((index, is_group))
            elif token.text == ")":
                start, is_group = opened.pop()
                if is_group and closed == (start + 1, index - 1):
                    raise self.syntax_error(
                        self.tokens[start].start,
                        "redundant parentheses: DynamoDB refuses ((…))",
                        "The expression has redundant parentheses;",
                    )
                if is_group:
                    closed = (start, index)

    def check_words(self, last: int | None = None) -> None:
        """Refuse unknown functions, reserved words as names, list indexes out of range and repeated clauses.

        In reading order, as the service does, and up to the word at the offset *last*; a clause is judged at its end.
        """
        tokens = self.tokens
        clauses: set[str] = set()
        repeated: Token | None = None
        for index, token in enumerate(tokens):
            if last is not None and token.start > last:
                return
            if token.kind == "name" and not token.keyword:
                if index + 1 < len(tokens) and tokens[index + 1].text == "(":
                    self._check_function(token)
                elif token.text.upper() in reserved_words():
                    raise self.syntax_error(
                        token.start,
                        f"{token.text} is a reserved word; write #{token.text}, and give its name apart",
                        f"Attribute name is a reserved keyword; reserved keyword: {token.text}",
                    )
            elif token.keyword and self.kind == "update":
                if repeated:
                    break
                repeated = token if token.keyword in clauses else None
                clauses.add(token.keyword)
            elif token.kind == "number" and int(token.text) > limits.LIST_INDEX:
                raise self.syntax_error(
                    token.start,
                    f"a list index is at most {limits.LIST_INDEX}",
                    f"List index is not within the allowable range; index: [{token.text}]",
                )
        if repeated:
            raise self.syntax_error(
                repeated.start,
                f"an update has one {repeated.keyword}; join its actions with commas",
                f'The "{repeated.keyword}" section can only be used once in an update expression;',
            )

    def _check_function(self, token: Token) -> None:
        name = token.text
        if name not in FUNCTIONS:
            near = FUNCTIONS.get(name.lower())
            raise self.syntax_error(
                token.start,
                f"DynamoDB has no function {name}"
                + (f"; it is written {near.text}" if near else nearest(name, FUNCTIONS)),
                f"Invalid function name; function: {name}",
            )
        if FUNCTIONS[name].in_set != (self.kind == "update"):
            a_kind = "an update expression" if self.kind == "update" else "a condition expression"
            raise self.syntax_error(
                token.start,
                f"{name}() is not for {a_kind}",
                f"The function is not allowed in {a_kind}; function: {name}",
            )

    def check_operators(self) -> None:
        """Refuse more operators and functions than one expression may have."""
        count = 0
        for index, token in enumerate(self.tokens):
            keyword = token.keyword
            if keyword:
                # The AND of BETWEEN is no operator of its own.
                count += {"AND": 1, "OR": 1, "NOT": 1, "IN": 1}.get(keyword, 0)
            elif token.text == "(":
                before = self.tokens[index - 1] if index else None
                count += before is not None and before.kind == "name" and not before.keyword
            elif token.kind == "compare":
                count += self.kind != "update"
            else:
                count += token.text in {"+", "-"}
        if count > limits.OPERATORS:
            raise self.too_large(
                f"an expression may have {limits.OPERATORS} operators and functions, not {count}",
                f"The expression contains too many operators; operator count: {limits.OPERATORS + 1}",
                limits.OPERATORS,
                count,
            )
