"""What does the parser's tree say?  Read by a whitelist: each class of node, and each argument it may have set.

The parser accepts far more than DynamoDB has a meaning for, and a newer one may accept more still: whatever stands in
the tree without standing in a list here is refused, so that nothing is dropped in silence.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

from dynexpr.columns import Column
from dynexpr.errors import ArgumentError, SqlError
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import Compare, Condition, OperandNode, Parameter, Test, conjunction, disjunction
from dynexpr.expression.operand import NULL, Expr, Operand
from dynexpr.expression.operators import Op
from dynexpr.frontends.partiql_tokens import Skeleton
from dynexpr.frontends.partiql_values import Leaf
from dynexpr.frontends.sql_literals import value_of
from dynexpr.frontends.sql_words import FUNCTIONS
from dynexpr.statements.functions import Aggregate, func
from dynexpr.types import ColumnType

if TYPE_CHECKING:
    from dynexpr.frontends.sql_names import Names

ARGUMENTS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(arguments.split())
    for name, arguments in {
        "Select": "expressions from from_ where group having order limit",
        "Having": "this",
        "Group": "expressions",
        "Insert": "this expression",
        "Update": "this expressions where",
        "Delete": "this where",
        "From": "this",
        "Table": "this",
        "Schema": "this expressions",
        "Values": "expressions",
        "Tuple": "expressions",
        "Where": "this",
        "Order": "expressions",
        "Ordered": "this desc nulls_first",
        "Limit": "expression",
        "Star": "",
        "Column": "this",
        "Identifier": "this quoted",
        "Anonymous": "this expressions",
        "Paren": "this",
        "And": "this expression",
        "Or": "this expression",
        "Not": "this",
        "EQ": "this expression",
        "NEQ": "this expression",
        "LT": "this expression",
        "LTE": "this expression",
        "GT": "this expression",
        "GTE": "this expression",
        "Between": "this low high",
        "In": "this expressions",
        "Is": "this expression",
        "Null": "",
        "Like": "this expression negate",
        "Add": "this expression",
        "Sub": "this expression",
        "BitwiseNot": "this",
    }.items()
}
"""The classes of sqlglot's nodes that have a meaning here, and the arguments of each that may be set."""

_REASONS: Final = {
    "joins": "DynamoDB has no joins; read each table by itself, or keep together what is read together",
    "alias": "there are no aliases; a result has the attributes' own names",
    "offset": "there is no position in a result; session.page(stmt, size=20) gives cursors",
    "field": "IN takes a list in parentheses or brackets; a parameter is one value of it",
    "from_": "DynamoDB has no joins; a write is about one item of one table",
    "from": "DynamoDB has no joins; a write is about one item of one table",
    "tables": "one table a statement",
    "Subquery": "there are no subqueries; run the statements one after the other",
    "Alias": "there are no aliases; a result has the attributes' own names",
    "Tuple": "there are no tuples to compare; conditions are joined with AND",
    "Neg": "a minus stands before a number, or between two values of SET",
    "Add": "conditions do not calculate; bring the number to the other side",
    "Sub": "conditions do not calculate; bring the number to the other side",
    "Star": "* stands alone in SELECT *, or in COUNT(*)",
}

_COMPARISONS: Final = {"EQ": ops.EQ, "NEQ": ops.NE, "LT": ops.LT, "LTE": ops.LE, "GT": ops.GT, "GTE": ops.GE}
_MIRRORED: Final = {
    ops.EQ: ops.EQ, ops.NE: ops.NE, ops.LT: ops.GT, ops.LE: ops.GE, ops.GT: ops.LT, ops.GE: ops.LE,
}  # fmt: skip
_FUNCTION_OF: Final = {letter: name for name, letter in FUNCTIONS.items()}


def kind_of(node: Any) -> str:
    """What sqlglot calls a node; asked by name, since its compiled build has no classes to derive from."""
    return type(node).__name__


class Walker:
    """Makes conditions and values of a tree."""

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self.text = skeleton.words.text
        self.names: Names
        self._used: set[int] = set()

    def fail(self, problem: str, node: Any) -> NoReturn:
        """Refuse the text, pointing at where a node begins."""
        raise SqlError(problem, text=self.text, offset=self.offset(node))

    def offset(self, node: Any) -> int:
        """Where a node begins in the text: at the first name or function inside it."""
        start = min((each.meta["start"] for each in node.walk() if "start" in each.meta), default=0)
        leaf = self.skeleton.leaves.get(start)
        return start if leaf is None else leaf.start

    def check(self, node: Any, *kinds: str) -> Any:
        """The node itself, if it is of these kinds and has nothing set that is not listed."""
        kind = kind_of(node)
        if kind not in ARGUMENTS or (kinds and kind not in kinds):
            self.fail(_REASONS.get(kind, f"it has no meaning here ({kind})"), node)
        for name, argument in node.args.items():
            if argument not in (None, False, []) and name not in ARGUMENTS[kind]:
                at = argument[0] if isinstance(argument, list) else argument
                self.fail(
                    _REASONS.get(name, f"it has no meaning here ({kind} {name})"), at if hasattr(at, "walk") else node
                )
        return node

    def inside(self, node: Any) -> Any:
        """What stands in parentheses, or the node itself."""
        while kind_of(node) == "Paren":
            node = self.check(node).this
        return node

    def leaf(self, node: Any, *kinds: str) -> Leaf:
        """The path, literal or parameter that a node stands for."""
        identifier = node
        while kind_of(identifier) in {"Column", "Table", "Identifier"} and not isinstance(identifier.this, str):
            identifier = self.check(identifier).this
        start = identifier.meta.get("start", -1) if kind_of(identifier) == "Identifier" else -1
        leaf = self.skeleton.leaves.get(start)
        if leaf is None or (kinds and leaf.kind not in kinds):
            wanted = {"path": "an attribute", "literal": "a value", "parameter": "a parameter"}
            if kind_of(node) in _REASONS:
                self.fail(_REASONS[kind_of(node)], node)
            self.fail(
                f"{' or '.join(wanted[kind] for kind in kinds if kind in wanted) or 'a value'} is wanted here", node
            )
        self._used.add(start)
        return leaf

    def check_all_used(self) -> None:
        """Refuse a text of which a part was understood and then not made use of."""
        for start, leaf in self.skeleton.leaves.items():
            if start not in self._used:
                self.skeleton.words.fail("it has no meaning here", leaf.start)

    @contextmanager
    def pointing_at(self, node: Any) -> Generator[None]:
        """Let the errors of what is made inside point at the node."""
        try:
            yield
        except SqlError:
            raise
        except (ArgumentError, TypeError) as error:
            raise SqlError(str(error), text=self.text, offset=self.offset(node)) from error

    # Conditions.

    def condition(self, node: Any) -> Condition:
        """The condition a node stands for."""
        node = self.inside(node)
        maker = _CONDITIONS.get(kind_of(node))
        if maker is None:
            if kind_of(node) in _REASONS:
                self.fail(_REASONS[kind_of(node)], node)
            self.fail("a condition is wanted: compare an attribute with a value", node)
        with self.pointing_at(node):
            return maker(self, self.check(node))

    def _terms(self, node: Any, kind: str) -> tuple[Condition, ...]:
        """The terms of a chain, which the parser nests to the left however long it is."""
        terms: list[Condition] = []
        while kind_of(node) == kind:
            terms.append(self.condition(self.check(node).expression))
            node = node.this
        terms.append(self.condition(node))
        return tuple(terms[::-1])

    def _and(self, node: Any) -> Condition:
        return conjunction(self._terms(node, "And"))

    def _or(self, node: Any) -> Condition:
        return disjunction(self._terms(node, "Or"))

    def _not(self, node: Any) -> Condition:
        inner = node.this
        if kind_of(inner) == "Is":
            return self._is(self.check(inner), negated=True)
        return ~self.condition(inner)

    def _comparison(self, node: Any) -> Condition:
        op = _COMPARISONS[kind_of(node)]
        left, right = self.operand(node.this), self.operand(node.expression)
        if not isinstance(left, Operand):
            left, right, op = right, left, _MIRRORED[op]
        if not isinstance(left, Operand):
            self.fail("a condition names an attribute", node)
        compared: Condition = _COMPARE[op](left, self._beside(left, right, node))
        return compared

    def _beside(self, operand: Operand[Any], other: Any, node: Any) -> Any:
        """The other side of a comparison, as the operand's type takes it."""
        if isinstance(other, Leaf) and other.value is None:
            if isinstance(operand, Column):
                return _Null
            self.fail("a size is a number", node)
        return self.plain(operand.type, other)

    def _between(self, node: Any) -> Condition:
        operand = self.tested(node.this, "BETWEEN begins with an attribute")
        bounds = [self.operand(node.args[name]) for name in ("low", "high")]
        return operand.between(*(self.plain(operand.type, bound) for bound in bounds))

    def _in(self, node: Any) -> Condition:
        operand = self.tested(node.this, "IN begins with an attribute")
        options = [self.operand(option) for option in node.args.get("expressions") or ()]
        if not options:
            self.fail("IN has no values", node)
        return operand.in_([self.plain(operand.type, option) for option in options])

    def _is(self, node: Any, *, negated: bool = False) -> Condition:
        column = self.column(node.this)
        self.check(node.expression, "Null")
        if self.leaf(self.inside(node.this)).start in self.skeleton.missing:
            return column.attribute_exists() if negated else column.attribute_not_exists()
        return (column != None) if negated else (column == None)  # noqa: E711

    def _like(self, node: Any) -> Condition:
        condition = self._prefix(node)
        return ~condition if node.args.get("negate") else condition

    def _prefix(self, node: Any) -> Condition:
        column = self.column(node.this)
        leaf = self.leaf(self.inside(node.expression), "literal", "parameter")
        pattern = leaf.value
        if leaf.kind == "parameter" or not isinstance(pattern, str):
            self.fail("LIKE takes a text in single quotes; begins_with(a, :prefix) takes a parameter", node.expression)
        prefix, percent, rest = pattern.partition("%")
        if not percent and "_" not in prefix:
            return _equal(column, value_of(column.type, pattern))
        if "_" in pattern or rest or not prefix:
            hint = f"contains({column}, '{rest.strip('%')}')" if rest.endswith("%") and rest.strip("%") else ""
            hint = hint or (f"{column} IS NOT MISSING" if pattern == "%" else "")
            self.fail(
                f"LIKE '{pattern}' is no prefix; DynamoDB knows prefixes only, 'abc%'"
                + (f"; write {hint}" if hint else " (begins_with(a, 'a_b') takes _ and % as they are)"),
                node.expression,
            )
        return column.begins_with(prefix)

    def _test(self, node: Any) -> Condition:
        name = _FUNCTION_OF[node.this[0]]
        arguments = node.args.get("expressions") or []
        op = _TESTS.get(name)
        if op is None:
            use = "has a value: compare it, size(a) > 3" if name == "size" else "belongs to SET"
            self.fail(f"{name}() {use}", node)
        wanted = 1 if op in {ops.ATTRIBUTE_EXISTS, ops.ATTRIBUTE_NOT_EXISTS} else 2
        if len(arguments) != wanted:
            self.fail(f"{name}() takes {wanted} argument{'s' * (wanted > 1)}, not {len(arguments)}", node)
        column = self.column(arguments[0])
        others = [self.operand(argument) for argument in arguments[1:]]
        return self._tested(op, column, *others)

    def _tested(self, op: Op, column: Column[Any], *others: Any) -> Condition:
        if op is ops.ATTRIBUTE_TYPE:
            (other,) = others
            if isinstance(other, Parameter):
                return Test(op, (column.node, other))
            return column.attribute_type(other.value if isinstance(other, Leaf) else other)
        if op is ops.CONTAINS:
            return column.contains(self.plain(column.type.element, others[0]))
        if op is ops.BEGINS_WITH:  # a prefix is text, whatever the column makes of it
            return column.begins_with(others[0].value if isinstance(others[0], Leaf) else others[0])
        return column.attribute_exists() if op is ops.ATTRIBUTE_EXISTS else column.attribute_not_exists()

    # Operands.

    def operand(self, node: Any) -> "Operand[Any] | Parameter | Leaf":
        """An attribute or size() as a handle, a parameter, or a literal that has no type yet."""
        node = self.inside(node)
        if kind_of(node) == "Anonymous":
            name = _FUNCTION_OF[self.check(node).this[0]]
            arguments = node.args.get("expressions") or []
            if name != "size" or len(arguments) != 1:
                self.fail(f"{name}() is no value here; only size(a) is", node)
            column = self.column(arguments[0])
            return column.size()
        leaf = self.leaf(node, "path", "literal", "parameter", "aggregate")
        if leaf.kind == "path":
            return self.names.column(leaf)
        if leaf.kind == "aggregate":
            return self.aggregate(leaf).compared()
        return Parameter(leaf.value) if leaf.kind == "parameter" else leaf

    def aggregate(self, leaf: Leaf) -> Aggregate[Any]:
        """What is computed of many items; stands in SELECT, HAVING and ORDER BY only, which the skeleton saw to."""
        function, column = leaf.value
        table = self.names.table
        given = (table if table.entity is None else table.entity) if column is None else self.names.column(column)
        computed: Aggregate[Any] = getattr(func, function)(given)
        return computed

    def tested(self, node: Any, problem: str) -> Operand[Any]:
        """The attribute, or size(), that a condition is about."""
        operand = self.operand(node)
        if not isinstance(operand, Operand):
            self.fail(problem, node)
        return operand

    def column(self, node: Any) -> Column[Any]:
        """The attribute a node names."""
        return self.names.column(self.leaf(self.inside(node), "path"))

    def plain(self, type_: ColumnType[Any], operand: Any) -> Any:
        """What a column method takes: a handle or parameter as it is, a literal as a value of the type."""
        return value_of(type_, operand.value) if isinstance(operand, Leaf) else operand


class _NullLiteral:
    """`= NULL`: exactly NULL, where `== None` in Python is absent or NULL."""


_Null: Final = _NullLiteral()


def _equal(left: Operand[Any], right: Any) -> Condition:
    condition: Condition = left.is_null() if right is _Null and isinstance(left, Column) else left == right
    return condition


def _unequal(left: Operand[Any], right: Any) -> Condition:
    return Compare(ops.NE, left.node, NULL) if right is _Null else left != right


def _ordered(compare: Callable[[Any, Any], Condition]) -> Callable[[Any, Any], Condition]:
    def ordered(left: Any, right: Any) -> Condition:
        if right is _Null:
            raise ArgumentError("nothing is less or more than NULL; write IS NULL, or = NULL for exactly NULL")
        return compare(left, right)

    return ordered


_COMPARE: Final[dict[Op, Callable[[Any, Any], Any]]] = {
    ops.EQ: _equal,
    ops.NE: _unequal,
    ops.LT: _ordered(lambda left, right: left < right),
    ops.LE: _ordered(lambda left, right: left <= right),
    ops.GT: _ordered(lambda left, right: left > right),
    ops.GE: _ordered(lambda left, right: left >= right),
}
_TESTS: Final = {op.text: op for op in ops.OPERATORS if op.shape == "test"}
_CONDITIONS: Final[dict[str, Callable[[Walker, Any], Condition]]] = {
    "And": Walker._and,  # noqa: SLF001
    "Or": Walker._or,  # noqa: SLF001
    "Not": Walker._not,  # noqa: SLF001
    **dict.fromkeys(_COMPARISONS, Walker._comparison),  # noqa: SLF001
    "Between": Walker._between,  # noqa: SLF001
    "In": Walker._in,  # noqa: SLF001
    "Is": Walker._is,  # noqa: SLF001
    "Like": Walker._like,  # noqa: SLF001
    "Anonymous": Walker._test,  # noqa: SLF001
}


def node_of(operand: Expr[Any] | OperandNode) -> OperandNode:
    """The node of a handle, or the node itself."""
    return operand.node if isinstance(operand, Expr) else operand
