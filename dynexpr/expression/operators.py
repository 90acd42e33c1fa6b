"""Which operators, functions and update actions does DynamoDB have?  One row each, and everything reads the row.

The mixin of Python operators, the type check, the renderer, the parser, the evaluator and the docs' table all work from
these rows. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from typing import Final, Literal, get_args

Shape = Literal["compare", "between", "in", "test", "and", "or", "not", "function", "arithmetic", "action"]
"""How an operator is written: `a = b`, `a BETWEEN b AND c`, `a IN (b)`, `test(a)`, `function(a)`, `a + b`, `SET a`."""

TypeName = Literal["S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M"]
TYPE_NAMES: Final[tuple[TypeName, ...]] = get_args(TypeName)
"""DynamoDB's names of the types of values."""
ORDERED: Final = frozenset({"S", "N", "B"})
SETS: Final = frozenset({"SS", "NS", "BS"})
ANY: Final = frozenset[str](TYPE_NAMES)


class Op:
    """One operator; compared by identity."""

    __slots__ = (
        "accepts", "doc", "example", "in_key", "in_set", "level", "literal", "operands", "paths_only", "python",
        "shape", "text",
    )  # fmt: skip

    def __init__(
        self,
        text: str,
        shape: Shape,
        python: str,
        *,
        doc: str,
        example: str,
        accepts: frozenset[str] = ANY,
        literal: frozenset[str] | None = None,
        operands: int = 2,
        in_key: bool = False,
        in_set: bool = False,
        level: int = 0,
        paths_only: bool = False,
    ) -> None:
        self.text = text
        """As DynamoDB spells it."""
        self.shape = shape
        self.python = python
        """The Python method or function that makes it."""
        self.accepts = accepts
        """Wire types its first operand can have for it ever to hold (or to be carried out)."""
        self.literal = accepts if literal is None else literal
        """Wire types a literal further operand may have; others are a ValidationException."""
        self.operands = operands
        """How many operands a test or a function takes."""
        self.in_key = in_key
        """Whether a key condition may use it."""
        self.in_set = in_set
        """Whether it is a value of SET, and of nothing else."""
        self.level = level
        """Precedence in conditions: a higher level binds tighter."""
        self.paths_only = paths_only
        """Whether its first operand must be an attribute."""
        self.doc = doc
        self.example = example

    def __repr__(self) -> str:
        return f"<operator {self.text}>"

    def __reduce__(self) -> tuple[object, ...]:
        return find, (self.text, self.shape)


EQ: Final = Op(
    "=", "compare", "__eq__", in_key=True, level=4,
    doc="equal, in type and value; false when the attribute is missing",
    example="Payment.status == 'paid'",
)  # fmt: skip
NE: Final = Op(
    "<>", "compare", "__ne__", level=4,
    doc="not equal; true when the attribute is missing or has another type",
    example="Payment.status != 'paid'",
)  # fmt: skip
LT: Final = Op(
    "<", "compare", "__lt__", accepts=ORDERED, in_key=True, level=4,
    doc="less than; numbers by value, text and bytes byte by byte",
    example="Payment.amount < 10",
)  # fmt: skip
LE: Final = Op(
    "<=", "compare", "__le__", accepts=ORDERED, in_key=True, level=4,
    doc="less than or equal",
    example="Payment.amount <= 10",
)  # fmt: skip
GT: Final = Op(
    ">", "compare", "__gt__", accepts=ORDERED, in_key=True, level=4,
    doc="greater than",
    example="Payment.amount > 10",
)  # fmt: skip
GE: Final = Op(
    ">=", "compare", "__ge__", accepts=ORDERED, in_key=True, level=4,
    doc="greater than or equal",
    example="Payment.amount >= 10",
)  # fmt: skip
BETWEEN: Final = Op(
    "BETWEEN", "between", "between", accepts=ORDERED, in_key=True, level=4,
    doc="at least the first bound and at most the second",
    example="Payment.amount.between(10, 20)",
)  # fmt: skip
IN: Final = Op(
    "IN", "in", "in_", level=4,
    doc="equal to one of up to 100 values",
    example="Payment.status.in_(['paid', 'sent'])",
)  # fmt: skip
ATTRIBUTE_EXISTS: Final = Op(
    "attribute_exists", "test", "attribute_exists", operands=1, level=5, paths_only=True,
    doc="the item has the attribute, be it NULL",
    example="Payment.note.attribute_exists()",
)  # fmt: skip
ATTRIBUTE_NOT_EXISTS: Final = Op(
    "attribute_not_exists", "test", "attribute_not_exists", operands=1, level=5, paths_only=True,
    doc="the item lacks the attribute",
    example="Payment.note.attribute_not_exists()",
)  # fmt: skip
ATTRIBUTE_TYPE: Final = Op(
    "attribute_type", "test", "attribute_type", literal=frozenset({"S"}), level=5, paths_only=True,
    doc="the attribute has the type: S, SS, N, NS, B, BS, BOOL, NULL, L or M",
    example="Payment.note.attribute_type('NULL')",
)  # fmt: skip
BEGINS_WITH: Final = Op(
    "begins_with", "test", "begins_with", accepts=frozenset({"S", "B"}), in_key=True, level=5,
    doc="the text, or the bytes, start with the prefix",
    example="Payment.status.begins_with('pa')",
)  # fmt: skip
CONTAINS: Final = Op(
    "contains", "test", "contains", accepts=frozenset({"S", "B", "L"}) | SETS, literal=ANY, level=5,
    doc="the text holds the part, or the set or list holds the element",
    example="Payment.tags.contains('vip')",
)  # fmt: skip
NOT: Final = Op(
    "NOT", "not", "__invert__", level=3,
    doc="true when the condition is false",
    example="~(Payment.status == 'paid')",
)  # fmt: skip
AND: Final = Op(
    "AND", "and", "__and__", in_key=True, level=2,
    doc="both conditions hold; binds tighter than OR",
    example="(Payment.status == 'paid') & (Payment.amount > 10)",
)  # fmt: skip
OR: Final = Op(
    "OR", "or", "__or__", level=1,
    doc="at least one condition holds",
    example="(Payment.status == 'paid') | (Payment.amount > 10)",
)  # fmt: skip
SIZE: Final = Op(
    "size", "function", "size", operands=1, accepts=frozenset({"S", "B", "L", "M"}) | SETS,
    doc="UTF-16 units of a text, bytes of a binary, elements of a set, list or map; an operand of a condition. "
    "An empty set is a missing attribute, which has no size: `Payment.tags == None` finds it",
    example="Payment.tags.size() > 3",
)  # fmt: skip
PLUS: Final = Op(
    "+", "arithmetic", "__add__", in_set=True, accepts=frozenset({"N"}),
    doc="the sum of two numbers; a value of SET",
    example="update(Payment).set(Payment.amount, Payment.amount + 5)",
)  # fmt: skip
MINUS: Final = Op(
    "-", "arithmetic", "__sub__", in_set=True, accepts=frozenset({"N"}),
    doc="the difference of two numbers; a value of SET",
    example="update(Payment).set(Payment.amount, Payment.amount - 5)",
)  # fmt: skip
IF_NOT_EXISTS: Final = Op(
    "if_not_exists", "function", "if_not_exists", in_set=True, paths_only=True,
    doc="the attribute, or the value where the item lacks it; a value of SET",
    example="update(Payment).set(Payment.note, Payment.note.if_not_exists('none'))",
)  # fmt: skip
LIST_APPEND: Final = Op(
    "list_append", "function", "append", in_set=True, accepts=frozenset({"L"}),
    doc="the two lists, one after the other; a value of SET. Python's take the elements, `append('x', 'y')`, or one "
    "attribute with a list, `append(Payment.more)`. With `create_missing=True` a missing list counts as empty: "
    "`list_append(if_not_exists(a, :empty), b)`, which is `a.if_not_exists([]).append(...)` too",
    example="update(Payment).set(Payment.lines, Payment.lines.append(Line('a')))",
)  # fmt: skip
SET: Final = Op(
    "SET", "action", "set",
    doc="gives an attribute a value; a list index past the end appends",
    example="update(Payment).set(Payment.status, 'paid')",
)  # fmt: skip
REMOVE: Final = Op(
    "REMOVE", "action", "remove",
    doc="takes an attribute, or an element of a list, away; nothing happens when it is not there",
    example="update(Payment).remove(Payment.note)",
)  # fmt: skip
ADD: Final = Op(
    "ADD", "action", "add", accepts=frozenset({"N"}) | SETS,
    doc="adds to a number or puts elements into a set; a missing attribute is 0, or the empty set",
    example="update(Payment).add(Payment.tags, {'vip'})",
)  # fmt: skip
DELETE: Final = Op(
    "DELETE", "action", "delete", accepts=SETS,
    doc="takes elements out of a set; the attribute goes with its last element",
    example="update(Payment).delete(Payment.tags, {'vip'})",
)  # fmt: skip

OPERATORS: Final[tuple[Op, ...]] = (
    EQ, NE, LT, LE, GT, GE, BETWEEN, IN,
    ATTRIBUTE_EXISTS, ATTRIBUTE_NOT_EXISTS, ATTRIBUTE_TYPE, BEGINS_WITH, CONTAINS,
    NOT, AND, OR, SIZE, PLUS, MINUS, IF_NOT_EXISTS, LIST_APPEND, SET, REMOVE, ADD, DELETE,
)  # fmt: skip

_BY_SPELLING: Final = {(op.text, op.shape): op for op in OPERATORS}


def find(text: str, shape: Shape) -> Op:
    """The row of an operator by its spelling and shape (pickled nodes come back through here)."""
    return _BY_SPELLING[text, shape]
