"""Is this a key condition?  Equality on every partition attribute, then conditions on the sort attributes, in order.

A table or a local index has one partition attribute and at most one sort attribute; a global index up to four of each.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

from collections.abc import Mapping, Sequence
from typing import Final

from dynexpr.errors import NotAKeyCondition, show_place
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import (
    And,
    Between,
    Compare,
    Condition,
    Constant,
    In,
    Node,
    Not,
    OperandNode,
    Or,
    Parameter,
    Path,
    Record,
    Test,
    Value,
    node,
)
from dynexpr.expression.operators import Op

MIRRORED: Final[dict[Op, Op]] = {
    ops.EQ: ops.EQ,
    ops.LT: ops.GT,
    ops.LE: ops.GE,
    ops.GT: ops.LT,
    ops.GE: ops.LE,
}
"""`:v < a` says `a > :v`."""

_INDEX_KEY: Final = "A value specified for a secondary index key is not supported. "
UNSUPPORTED: Final = "Query key condition not supported"


@node
class KeyTerm(Record):
    """What a key condition says of one attribute, the attribute on the left: `sk BETWEEN :a AND :b`."""

    name: str
    op: Op
    operands: tuple[OperandNode, ...]
    """The values (or parameters): two for BETWEEN, else one."""


@node
class KeyCondition(Record):
    """A key condition taken apart."""

    partition: tuple[KeyTerm, ...]
    """Equality on each partition attribute, in schema order."""
    sort: tuple[KeyTerm, ...]
    """Of the sort attributes in schema order, those with a condition; only the last may be other than equality."""


def check_key_condition(
    condition: Condition,
    partition: Sequence[tuple[str, str]],
    sort: Sequence[tuple[str, str]],
    *,
    index: str | None = None,
) -> KeyCondition:
    """Take a key condition apart for a table or index with these key attributes, each a name and a wire type.

    *index* is the name of the index, where it is one's.

    The condition has passed `check_condition`. Raises NotAKeyCondition where DynamoDB would refuse the query.

    >>> from dynexpr import attr
    >>> keys = check_key_condition((attr("pk") == "x") & (attr("sk") > 1), [("pk", "S")], [("sk", "N")])
    >>> keys.sort[0].op, keys.sort[0].operands[0].wire
    (<operator >>, {'N': '1'})
    """
    kinds = dict((*partition, *sort))
    by_name: dict[str, KeyTerm] = {}
    terms = [_term(leaf) for leaf in _leaves(condition)]
    for term, leaf in terms:
        if term.name in by_name:
            raise _refused(
                leaf,
                f"two conditions on {term.name}; a key condition takes one for each attribute (a range is between())",
                "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key",
            )
        by_name[term.name] = term
    if len(kinds) <= 2 < len(by_name):
        raise _refused(
            condition,
            f"conditions on {', '.join(by_name)}; a key condition names the key attributes only: {', '.join(kinds)}",
            f"The number of query conditions ({len(by_name)}) exceeds the number of key attributes defined in the "
            f"schema ({len(kinds)})",
        )
    for name, kind in kinds.items():
        if name in by_name:
            _check_values(condition, by_name[name], kind, index)
    _check_names(condition, by_name, partition, sort)
    return KeyCondition(
        tuple(by_name[name] for name, _ in partition),
        _check_sort(condition, by_name, [name for name, _ in sort]),
    )


def _leaves(condition: Condition) -> list[Condition]:
    """The conditions that AND joins, however nested."""
    leaves: list[Condition] = []
    stack = [condition]
    while stack:
        each = stack.pop()
        if isinstance(each, And):
            stack.extend(reversed(each.terms))
        else:
            leaves.append(each)
    return leaves


def _term(leaf: Condition) -> tuple[KeyTerm, Condition]:
    """What one condition says of one attribute."""
    op, operands = _parts(leaf)
    if not op.in_key:
        raise _refused(
            leaf,
            f"{op.text} can't be part of a key condition; it can be part of a filter",
            f"Invalid operator used in KeyConditionExpression: {op.text}",
        )
    nested = next((operand for operand in operands if not isinstance(operand, Path | Value | Parameter)), None)
    if nested is not None:
        raise _refused(
            leaf,
            f"{nested} can't be part of a key condition: it compares an attribute with a value; filter by it",
            "KeyConditionExpressions cannot contain nested operations",
        )
    used = [operand for operand in operands if isinstance(operand, Path)]
    if len(used) != 1:
        words = "Multiple attribute names used in one condition" if used else "No key attribute specified"
        raise _refused(
            leaf,
            "a key condition compares one attribute with values",
            f"Invalid condition in KeyConditionExpression: {words}",
        )
    (path,) = used
    first = operands[0] is path
    if not first and not isinstance(leaf, Compare):
        raise _refused(
            leaf,
            f"{op.text} in a key condition has the attribute first",
            f"Invalid condition in KeyConditionExpression: {op.text} operator must have the key attribute "
            "as its first operand",
        )
    name = str(path.steps[0])
    if len(path.steps) > 1:
        raise _refused(
            leaf,
            f"a key attribute holds a plain value, so {show_place(path.steps)} can't be part of a key condition",
            "KeyConditionExpressions cannot have conditions on nested attributes",
        )
    values = tuple(operand for operand in operands if operand is not path)
    return KeyTerm(name, op if first else MIRRORED[op], values), leaf


def _parts(leaf: Condition) -> tuple[Op, tuple[OperandNode, ...]]:
    """The operator of a condition and its operands in reading order."""
    if isinstance(leaf, Compare):
        return leaf.op, (leaf.left, leaf.right)
    if isinstance(leaf, Between):
        return ops.BETWEEN, (leaf.operand, leaf.lower, leaf.upper)
    if isinstance(leaf, Test):
        return leaf.op, leaf.args
    if isinstance(leaf, In):
        return ops.IN, (leaf.operand, *leaf.options)
    if isinstance(leaf, Not):
        return ops.NOT, ()
    if isinstance(leaf, Or):
        return ops.OR, ()
    truth = leaf.truth if isinstance(leaf, Constant) else None
    raise _refused(leaf, f"a condition that is always {truth} can't be part of a key condition", UNSUPPORTED)


def _check_values(condition: Condition, term: KeyTerm, kind: str, index: str | None) -> None:
    for operand in term.operands:
        if not isinstance(operand, Value):
            continue
        if operand.kind != kind:
            raise _refused(
                condition,
                f"{term.name} is a key attribute of type {kind}; it can't be compared with {operand} ({operand.kind})",
                "One or more parameter values were invalid: Condition parameter type does not match schema type",
            )
        if operand.pair[1] in {"", b""}:
            word = "string" if kind == "S" else "binary"
            raise _refused(
                condition,
                f"{term.name} is a key attribute, which is never empty; leave the condition out",
                f"One or more parameter values are not valid. {'' if index is None else _INDEX_KEY}"
                f"The AttributeValue for a key attribute cannot contain an empty {word} value. "
                + (f"Key: {term.name}" if index is None else f"IndexName: {index}, IndexKey: {term.name}"),
            )


def _check_names(
    condition: Condition,
    by_name: Mapping[str, KeyTerm],
    partition: Sequence[tuple[str, str]],
    sort: Sequence[tuple[str, str]],
) -> None:
    """Refuse a key condition without equality on every partition attribute, or with an attribute of no key."""
    names = [name for name, _ in partition]
    known = {name for name, _ in (*partition, *sort)}
    strange = [name for name in by_name if name not in known]
    if strange and len(by_name) > len(known):
        raise _refused(condition, f"{strange[0]} is not an attribute of the key; filter by it", UNSUPPORTED)
    absent = [name for name in names if name not in by_name]
    if strange and not absent and not sort:
        raise _refused(condition, f"{strange[0]} is not an attribute of the key; filter by it", UNSUPPORTED)
    if strange or (absent and len(names) == 1):
        # In a plain key an attribute of no key stands where the sort attribute could.
        missed = absent[0] if absent else next((name for name, _ in sort if name not in by_name), "")
        problem = f"{strange[0]} is not an attribute of the key" if strange else f"it lacks {absent[0]}"
        raise _refused(
            condition,
            f"{problem}; a key condition needs equality on {' and '.join(names)}",
            f"Query condition missed key schema element: {missed}",
        )
    unequal = [name for name in names if name not in by_name or by_name[name].op is not ops.EQ]
    if unequal:
        raise _refused(
            condition,
            f"a key condition needs equality on {' and '.join(names)}; {unequal[0]} lacks it",
            UNSUPPORTED
            if len(names) == 1
            else f"HASH key attributes {', '.join(unequal)} must have equality conditions specified in the query",
        )


def _check_sort(condition: Condition, by_name: Mapping[str, KeyTerm], names: Sequence[str]) -> tuple[KeyTerm, ...]:
    """The conditions on the sort attributes: from the left without a gap, all but the last one equalities."""
    used = [name for name in names if name in by_name]
    if not used:
        return ()
    before = names[: names.index(used[-1])]
    loose = [name for name in before if name not in by_name or by_name[name].op is not ops.EQ]
    if loose:
        raise _refused(
            condition,
            f"a condition on {used[-1]} needs equality on {', '.join(before)}; {loose[0]} lacks it",
            f"RANGE key attributes {', '.join(loose)} must have equality conditions specified in the query "
            f"because a condition is present on key attribute {used[-1]}",
        )
    return tuple(by_name[name] for name in used)


def _refused(part: Node, problem: str, reason: str) -> NotAKeyCondition:
    return NotAKeyCondition(problem, node=part, reason=reason)
