"""What do the conditions, values and paths of a PartiQL statement say?  The nodes that expressions give."""

from typing import Any, Final, NoReturn

from dynexpr import limits
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    Arithmetic,
    Between,
    Call,
    Compare,
    Condition,
    In,
    Node,
    Not,
    OperandNode,
    Parameter,
    Path,
    Step,
    Test,
    Value,
    conjunction,
    disjunction,
    literal,
)
from dynexpr.local.errors import LocalServiceError, refuse
from dynexpr.local.partiql_words import KEYWORDS, Word, Words, malformed
from dynexpr.local.schema import kind_of
from dynexpr.local.values import check_number, check_value
from dynexpr.wire import Wire

_COMPARISONS: Final = {
    "=": ops.EQ, "<>": ops.NE, "!=": ops.NE, "<": ops.LT, "<=": ops.LE, ">": ops.GT, ">=": ops.GE,
}  # fmt: skip
_TESTS: Final = {op.text: op for op in ops.OPERATORS if op.shape == "test"}
_COUNTS: Final = {
    "attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2, "size": 1,
    "list_append": 2, "if_not_exists": 2,
}  # fmt: skip
_TYPES: Final = {
    "NULL": "NULL", "BOOL": "BOOL", "BOOLEAN": "BOOL", "BLOB": "B", "STRING": "S", "NUMERIC": "N", "STRUCT": "M",
    "TUPLE": "M", "LIST": "L",
}  # fmt: skip
_CONSTANTS: Final[dict[str, Wire]] = {"TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True}}
_CLOSING: Final = {"[": "]", "(": ")", "<<": ">>"}
NOT_BOOLEAN: Final = "WHERE clause must contain an expression that resolves to a boolean"


class Conditions:
    """Reads conditions, values and paths."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.parameters = 0
        self.last: Word = words.peek()
        """The last word of the path that was read last."""

    # Paths.

    def path(self) -> Path:
        """`a."b c"[0].d`."""
        words = self.words
        first = words.next()
        if first.kind not in {"word", "quoted"} or first.upper in KEYWORDS:
            malformed("Unexpected term")
        steps: list[Step] = [_name(first)]
        self.last = first
        while words.peek().text in {".", "["} and words.peek().kind == "mark":
            if words.take("."):
                word = words.next()
                if word.kind not in {"word", "quoted"} or word.upper in KEYWORDS:
                    malformed("Invalid path dot component")
                steps.append(_name(word))
            else:
                words.next()
                word = words.next()
                if word.kind == "string":
                    steps.append(word.text[1:-1].replace("''", "'"))
                elif word.kind == "number" and word.text.isdigit() and int(word.text) <= limits.LIST_INDEX:
                    steps.append(int(word.text))
                else:
                    malformed("Unexpected term")
                words.want("]")
            self.last = words.all[words.place - 1]
        return Path(tuple(steps))

    # Conditions.

    def condition(self) -> Condition:
        """All of a WHERE."""
        return self._boolean(self._either())

    def _boolean(self, node: Node, words: str = NOT_BOOLEAN) -> Condition:
        if not isinstance(node, Condition):
            refuse(words)
        return node

    def _joined(self, terms: list[Node]) -> tuple[Condition, ...]:
        return tuple(self._boolean(term, "The arguments to AND/OR must be Expressions") for term in terms)

    def _either(self) -> Node:
        node = self._both()
        terms = [node]
        while self.words.take("OR"):
            terms.append(self._both())
        return node if len(terms) == 1 else disjunction(self._joined(terms))

    def _both(self) -> Node:
        node = self._negated()
        terms = [node]
        while self.words.take("AND"):
            terms.append(self._negated())
        return node if len(terms) == 1 else conjunction(self._joined(terms))

    def _negated(self) -> Node:
        if self.words.take("NOT"):
            return Not(self._boolean(self._negated()))
        return self._predicate()

    def _predicate(self) -> Node:
        words = self.words
        node = self._operand()
        while True:
            word = words.peek()
            op = _COMPARISONS.get(word.text) if word.kind == "mark" else None
            if op is not None:
                words.next()
                node = self._compared(op, node, self._operand())
            elif word.upper in {"IN", "BETWEEN"}:
                node = self._ranged(node)
            elif word.upper == "NOT" and words.peek(1).upper in {"IN", "BETWEEN"}:
                words.next()
                node = Not(self._ranged(node))
            elif words.take("IS"):
                node = self._is(node)
            elif word.upper in {"LIKE", "+", "-", "*", "/", "%"}:
                refuse(f"Unsupported operator in Condition Expression. Operator: {word.text.lower()}")
            else:
                return node

    def _compared(self, op: ops.Op, left: Node, right: Node) -> Condition:
        if isinstance(left, Condition) and isinstance(right, Value) and right.kind == "BOOL":
            # A function that holds or not may be compared with true and false.
            return left if bool(right.pair[1]) is (op is ops.EQ) else Not(left)
        return Compare(op, self._value_of(left), self._value_of(right))

    def _value_of(self, node: Node) -> OperandNode:
        if not isinstance(node, OperandNode):
            malformed("Unexpected token")
        return node

    def _ranged(self, operand: Node) -> Condition:
        words = self.words
        if words.take("BETWEEN"):
            lower = self._value_of(self._operand())
            words.want("AND")
            return Between(self._value_of(operand), lower, self._value_of(self._operand()))
        words.want("IN")
        opening = words.next().text
        if opening not in _CLOSING:
            malformed("Unexpected term")
        options: list[OperandNode] = []
        while not words.take(_CLOSING[opening]):
            if options:
                words.want(",")
            options.append(self._value_of(self._operand()))
        return In(self._value_of(operand), tuple(options))

    def _is(self, operand: Node) -> Condition:
        words = self.words
        negated = words.take("NOT")
        word = words.next()
        if not isinstance(operand, Path):
            refuse("Operator or function requires a document path; operator or function: IS")
        if word.upper == "MISSING":
            return Test(ops.ATTRIBUTE_EXISTS if negated else ops.ATTRIBUTE_NOT_EXISTS, (operand,))
        kind = _TYPES.get(word.upper)
        if kind is None:
            refuse(
                f"Unsupported data type for IS operator: {word.upper}. Supported data types are "
                "[MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST] "
                f"at {words.at(words.all[words.place - (3 if negated else 2)])}"
            )
        found = Test(ops.ATTRIBUTE_TYPE, (operand, literal({"S": kind})))
        return Not(found) if negated else found

    def _operand(self) -> Node:
        words = self.words
        word = words.peek()
        if word.text == "(" and word.kind == "mark":
            words.next()
            inside = self._either()
            words.want(")")
            return inside
        if words.peek(1).text == "(" and word.kind == "word" and word.upper not in {"IN", "AND", "OR", "NOT"}:
            return self._function(("size", *_TESTS))
        return self.simple_value()

    def _function(self, known: tuple[str, ...]) -> Node:
        words = self.words
        word = words.next()
        name = word.text.lower()
        if name not in known:
            refuse(f"Unrecognized function: {name} at {words.at(word)}")
        words.want("(")
        arguments: list[OperandNode] = []
        while not words.take(")"):
            if arguments:
                words.want(",")
            arguments.append(self._argument(name))
        if len(arguments) != _COUNTS[name]:
            refuse(
                "Incorrect number of operands for operator or function; "
                f"operator or function: {name}, number of operands: {len(arguments)}"
            )
        op = _TESTS.get(name)
        if op is None:
            return Call(ops.find(name, "function"), tuple(arguments))
        if op.paths_only and not isinstance(arguments[0], Path):
            refuse(f"Operator or function requires a document path; operator or function: {name}")
        return Test(op, tuple(arguments))

    def _argument(self, name: str) -> OperandNode:
        return self.value() if name in {"list_append", "if_not_exists"} else self._value_of(self._operand())

    # Values.

    def value(self) -> OperandNode:
        """A value of SET: an operand, a sum or difference of two, or a function."""
        left = self._term()
        word = self.words.peek()
        if word.text in {"+", "-"} and word.kind == "mark":
            self.words.next()
            return Arithmetic(ops.PLUS if word.text == "+" else ops.MINUS, left, self._term())
        return left

    def _term(self) -> OperandNode:
        word = self.words.peek()
        if word.text == "(" and word.kind == "mark":
            self.words.next()
            inside = self.value()
            self.words.want(")")
            return inside
        if self.words.peek(1).text == "(" and word.kind == "word":
            return self._value_of(self._function(("list_append", "if_not_exists")))
        return self.simple_value()

    def simple_value(self) -> OperandNode:
        """A path, a parameter or a literal."""
        word = self.words.peek()
        if word.kind == "parameter":
            return self._parameter()
        if word.kind in {"word", "quoted"} and word.upper not in {*_CONSTANTS, "MISSING"}:
            return self.path()
        return literal(check_value(self._literal("root"))[0])

    def _parameter(self) -> Parameter:
        self.words.next()
        self.parameters += 1
        return Parameter(str(self.parameters - 1))

    def _literal(self, place: str) -> Wire:
        """A literal, containers included; *place* is where it stands inside the whole value."""
        words = self.words
        word = words.next()
        if word.kind == "string":
            return {"S": word.text[1:-1].replace("''", "'")}
        if word.kind == "number" or (word.text in {"+", "-"} and words.peek().kind == "number"):
            digits = word.text if word.kind == "number" else word.text + words.next().text
            return {"N": _number(digits, place)}
        if word.upper in _CONSTANTS:
            return _CONSTANTS[word.upper]
        if word.text == "{":
            return {"M": {name: self._element(f"{place}.{name}") for name in self._names()}}
        if word.text == "[":
            return {"L": self._elements("]", place)}
        if word.text == "<<":
            return _set(self._elements(">>", place))
        if word.upper == "MISSING":
            refuse(f"Unsupported data type: MISSING under key {place} at {words.at(word)}")
        return malformed("Unexpected term")

    def _element(self, place: str) -> Wire:
        word = self.words.peek()
        if word.kind == "parameter":
            self._unsupported("Parameter", place, word)
        if word.kind in {"word", "quoted"} and word.upper not in _CONSTANTS:
            self._unsupported(word.text, place, word)
        return self._literal(place)

    def _unsupported(self, what: str, place: str, word: Word) -> NoReturn:
        refuse(f"Unsupported data type: {what} under key {place} at {self.words.at(word)}")

    def _elements(self, closing: str, place: str) -> list[Wire]:
        elements: list[Wire] = []
        while not self.words.take(closing):
            if elements:
                self.words.want(",")
            elements.append(self._element(f"{place}[{len(elements)}]"))
        return elements

    def _names(self) -> Any:
        words = self.words
        first = True
        while not words.take("}"):
            if not first:
                words.want(",")
            first = False
            word = words.next()
            if word.kind not in {"string", "quoted"}:
                malformed("Unexpected term")
            words.want(":")
            yield word.text[1:-1].replace(word.text[0] * 2, word.text[0])

    def item(self) -> dict[str, OperandNode]:
        """The item of INSERT; its entries may be parameters."""
        self.words.want("{")
        item: dict[str, OperandNode] = {}
        for name in self._names():
            if self.words.peek().kind == "parameter":
                item[name] = self._parameter()
            else:
                item[name] = literal(check_value(self._element("root"))[0])
        return item


def _name(word: Word) -> str:
    return word.text[1:-1].replace('""', '"') if word.kind == "quoted" else word.text


def _number(digits: str, place: str) -> str:
    try:
        return check_number(digits.removesuffix("."))
    except LocalServiceError as error:
        refuse(f"{error.message} under {place}")


def _set(elements: list[Wire]) -> Wire:
    if not elements:
        refuse("Empty bags are not supported")
    kinds = {kind_of(element) for element in elements}
    if len(kinds) > 1 or not kinds <= {"S", "N", "B"}:
        refuse("Bags may only contain strings, numbers or binaries of one type")
    (kind,) = kinds
    return {kind + "S": [element[kind] for element in elements]}
