"""What does a WHERE say of the key attributes of a table or an index?"""

from typing import TYPE_CHECKING, Final

from dynexpr.compile.keys import MIRRORED, KeyTerm
from dynexpr.expression import operators as ops
from dynexpr.expression.nodes import And, Between, Compare, Condition, In, Or, Path, Test, Value
from dynexpr.local.errors import refuse
from dynexpr.wire import Item, Wire

if TYPE_CHECKING:
    from dynexpr.local.schema import KeySpace, Schema

MISMATCH: Final = "Key attribute's data type should match its data type in table's schema: Key "


def terms_of(where: Condition | None) -> tuple[Condition, ...]:
    """What AND joins."""
    if where is None:
        return ()
    return where.terms if isinstance(where, And) else (where,)


def equal_to(term: Condition, name: str) -> list[Wire] | None:
    """The values that a term lets an attribute have; None where it is about something else."""
    path = Path((name,))
    if isinstance(term, Compare) and term.op is ops.EQ:
        pairs = ((term.left, term.right), (term.right, term.left))
        return next(([right.wire] for left, right in pairs if left == path and isinstance(right, Value)), None)
    if isinstance(term, In) and term.operand == path:
        values = [option.wire for option in term.options if isinstance(option, Value)]
        return values if len(values) == len(term.options) else None
    return None


def partitions_of(where: Condition | None, name: str) -> list[Wire] | None:
    """The values that a WHERE lets the partition key have; None where it may have any.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html#ql-reference.select.parameters
    """
    if where is None:
        return None
    if isinstance(where, And):
        return next((found for term in where.terms if (found := partitions_of(term, name)) is not None), None)
    if isinstance(where, Or):
        branches = [partitions_of(term, name) for term in where.terms]
        return None if None in branches else [wire for branch in branches for wire in branch or ()]
    return equal_to(where, name)


def key_term(term: Condition, name: str) -> KeyTerm | None:
    """What a term says of a sort key, where an index can use it."""
    path = Path((name,))
    if isinstance(term, Compare) and term.op in MIRRORED:
        if term.left == path and isinstance(term.right, Value):
            return KeyTerm(name, term.op, (term.right,))
        if term.right == path and isinstance(term.left, Value):
            return KeyTerm(name, MIRRORED[term.op], (term.left,))
    elif isinstance(term, Between) and term.operand == path:
        if isinstance(term.lower, Value) and isinstance(term.upper, Value):
            return KeyTerm(name, ops.BETWEEN, (term.lower, term.upper))
    elif isinstance(term, Test) and term.op is ops.BEGINS_WITH and term.args[0] == path:
        return KeyTerm(name, ops.BEGINS_WITH, (term.args[1],)) if isinstance(term.args[1], Value) else None
    return None


def key_of(schema: "Schema", terms: tuple[Condition, ...]) -> Item | None:
    """The key that terms give by equality on each of its attributes; None where they don't."""
    key: Item = {}
    for name in schema.key.attributes:
        found = [term for term in terms if isinstance(term, Compare) and equal_to(term, name) is not None]
        if not found:
            return None
        if len(found) > 1:
            refuse(f"Multiple conditions on same key {name}. Only single item Update/Insert/Delete are supported")
        wires = equal_to(found[0], name) or []
        check_types(schema.key, name, wires)
        key[name] = wires[0]
    return key


def is_about(term: Condition, names: tuple[str, ...]) -> bool:
    """Whether a term is equality on one of these attributes."""
    return isinstance(term, Compare) and any(equal_to(term, name) is not None for name in names)


def check_types(space: "KeySpace", name: str, wires: list[Wire]) -> None:
    """Refuse values that a key attribute can't have."""
    for wire in wires:
        if space.types[name] not in wire:
            refuse(f"{MISMATCH}{name}")
        if wire.get("S") == "" or wire.get("B") == b"":
            kind = "string" if "S" in wire else "binary"
            refuse(
                "One or more parameter values are not valid. "
                f"The AttributeValue for a key attribute cannot contain an empty {kind} value. Key: {name}"
            )
