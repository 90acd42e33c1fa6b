"""`transact(...)`: up to 100 writes and checks, all of them or none."""

from typing import Any

from dynexpr import limits
from dynexpr.errors import ArgumentError
from dynexpr.expression.nodes import node
from dynexpr.statements.base import DEFAULT_OPTIONS, Options, Statement
from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement

WriteStatement = Insert[Any] | Put[Any] | UpdateStatement[Any] | Delete[Any] | Check[Any]


@node
class Transact(Statement):
    """`TransactWriteItems`: all writes take effect, or none."""

    statements: tuple["WriteStatement", ...]
    options: Options = DEFAULT_OPTIONS

    def __str__(self) -> str:
        return f"TRANSACT {'; '.join(map(str, self.statements))}"


def transact(*statements: "WriteStatement") -> Transact:
    """Up to 100 writes and checks as one: `transact(insert(...), update(...), check(Quota, "u1").where(...))`."""
    for statement in statements:
        if not isinstance(statement, Insert | Put | UpdateStatement | Delete | Check):
            raise ArgumentError(f"a transaction takes insert, put, update, delete and check, not {statement!r}")
    if not 1 <= len(statements) <= limits.TRANSACT_ITEMS:
        raise ArgumentError(f"a transaction takes 1 to {limits.TRANSACT_ITEMS} statements, not {len(statements)}")
    return Transact(tuple(statements))
