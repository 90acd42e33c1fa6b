"""What do all statements have in common?"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, Never, NoReturn, Self

from dynexpr.columns import Column
from dynexpr.errors import ArgumentError, ExpressionError, clip, nearest
from dynexpr.expression.nodes import (
    Compare,
    Condition,
    Node,
    Path,
    Record,
    Value,
    conjunction,
    fields_of,
    node,
    replace,
)
from dynexpr.expression.operand import Expr, as_condition_error
from dynexpr.retry import RetryPolicy, check_deadline, check_policy
from dynexpr.tables import Table, table_of
from dynexpr.unset import UNSET, Unset

if TYPE_CHECKING:
    from dynexpr.estimates import Estimate
    from dynexpr.requests import Request


@node
class Options(Record):
    """How a statement is executed, where it differs from its engine."""

    deadline: float | Unset | None = UNSET
    retry: RetryPolicy | Unset | None = UNSET
    consistent_read: bool | None = None
    exactly_once: bool = False

    if not TYPE_CHECKING:

        def __call__(self, *_given: object, **_named: object) -> NoReturn:
            """Refuse `select(...).options(joinedload(...))`, a habit of SQLAlchemy's."""
            from dynexpr.statements.refusals import no_such_name

            no_such_name(self, "options")


DEFAULT_OPTIONS = Options()
_WIDTH: Final = 120
"""Characters of a statement that its repr shows."""


def _same(left: object, right: object) -> bool:
    """Whether two parts of statements mean the same; columns do when their nodes do."""
    if isinstance(left, Expr) and isinstance(right, Expr):
        return left.node == right.node
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)


class Statement(Record):
    """Something an engine executes."""

    __slots__ = ()
    own_equality = True
    """Statements hold columns, whose == makes a condition, and dictionaries, which have no hash."""
    engine_only = False
    """Whether it is many requests without a transaction, and so nothing for a session."""

    if TYPE_CHECKING:
        entity: Any
        options: Options

    def __eq__(self, other: object) -> bool:
        if self.__class__ is not other.__class__:
            return NotImplemented
        return all(_same(getattr(self, name), getattr(other, name)) for name in fields_of(self))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self}>" if len(text := str(self)) < _WIDTH else f"<{text[:_WIDTH]}…>"

    def __str__(self) -> str:
        return f"{type(self).__name__} of {self.table.name}"

    if not TYPE_CHECKING:
        # Hidden from checkers, which know by themselves that there is no such name.

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            from dynexpr.statements.refusals import no_such_name

            no_such_name(self, name)

    @property
    def table(self) -> Table:
        """The table it is about."""
        return table_of(self.entity)

    def _readable(self, part: Node) -> str:
        from dynexpr.expression.printing import readable

        return readable(part, secret=self.table.secret)

    def execution_options(
        self,
        *,
        deadline: float | Unset | None = UNSET,
        retry: RetryPolicy | Unset | None = UNSET,
        consistent_read: bool | None = None,
    ) -> Self:
        """Execute this statement otherwise than its engine does: a deadline in seconds, another retry policy (None
        fails fast), consistent reads.
        """
        if deadline is not UNSET:
            check_deadline(deadline)
        if retry is not UNSET:
            check_policy(retry)
        options = self.options
        changed = replace(
            options,
            deadline=options.deadline if deadline is UNSET else deadline,
            retry=options.retry if retry is UNSET else retry,
            consistent_read=options.consistent_read if consistent_read is None else consistent_read,
        )
        return replace(self, options=changed)

    def bindparams(self, *values: Any, **named: Any) -> Self:
        """Give the statement's parameters their values, each encoded by the type of the column it stands beside.

        `.bindparams(c="c1")` for `:c`, `.bindparams("c1", 10)` for `?` in the order of the text. Named ones may be
        given in several calls. Raises PlaceholderError for a name the statement doesn't have.
        """
        from dynexpr.statements.parameters import bind_positions, bind_some

        statement = bind_positions(self, values) if values else self
        return bind_some(statement, named) if named else statement

    def estimate(
        self, *, item_bytes: int | None = None, items: int | None = None, entry_bytes: int | None = None
    ) -> "Estimate":
        """What executing it takes at most, by DynamoDB's rules: units, requests and dollars; nothing is sent.

        *item_bytes* is how large an item is (`size_of(item)`): of a read those it evaluates, of a write the stored one,
        before or after it, whichever is larger. *items* is how many items a query or scan evaluates, before its filter.
        *entry_bytes* is the size of an index's entry, where it holds less than the item.

            stmt.estimate(item_bytes=800, items=5_000).read_units

        Retries, and what others do to the items meanwhile, are not foreseen. Raises ArgumentError for what has to be
        known. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
        """
        from dynexpr.estimates import estimate

        return estimate(self, item_bytes=item_bytes, items=items, entry_bytes=entry_bytes)

    def compile(self, dialect: Literal["dynamodb", "partiql"] = "dynamodb") -> "Request":
        """The one request this statement is, for those who call boto3 themselves.

        `.operation` names the operation, `.params` is what boto3's client takes. As `"partiql"` it is the same access
        path as text: `client.execute_statement(**statement.compile("partiql").params)`. Raises NotOneRequest where a
        statement is more than one request, or where PartiQL can't say it.
        """
        if dialect == "partiql":
            from dynexpr.partiql import partiql_of

            return partiql_of(self)
        if dialect != "dynamodb":
            raise ArgumentError(f"a statement compiles for 'dynamodb' or 'partiql', not {dialect!r}")
        from dynexpr.compose import request_of

        return request_of(self)

    def requests(self) -> "tuple[Request, ...]":
        """All requests this statement begins with: one for each query, batch of keys or segment.

        What follows depends on the answers: the next pages, what a batch left unprocessed, and the checks that are left
        to the client, which explain() names.
        """
        from dynexpr.compose import requests_of

        return requests_of(self)


class Conditional(Statement):
    """A statement with a where()."""

    __slots__ = ()

    if TYPE_CHECKING:
        condition: Condition | None

    def where(self, *conditions: Condition, **by_name: Never) -> Self:
        """Add conditions; all of them must hold, those of earlier calls included."""
        if by_name:
            raise unequal("where", by_name)
        table = self.table
        terms = checked_conditions(table, conditions)
        secret = table.secret
        if secret:
            from dynexpr.expression.walk import kept_secret

            terms = tuple(kept_secret(term, secret) for term in terms)
        return replace(self, condition=conjunction(terms if self.condition is None else (self.condition, *terms)))

    def _where(self) -> str:
        """The condition as its text shows it."""
        return "" if self.condition is None else f" WHERE {self._readable(self.condition)}"


def unequal(method: str, by_name: Mapping[str, object]) -> ArgumentError:
    """The error for named arguments where conditions are wanted."""
    name, value = next(iter(by_name.items()))
    return ArgumentError(f"{method}() takes conditions: write {method}(Model.{name} == …), not {name}={clip(value)}")


def checked_conditions(table: Table | None, conditions: Iterable[object]) -> tuple[Condition, ...]:
    """The conditions given to a where() about items of a table, refusing what is none, or about another table."""
    checked = tuple(conditions)
    for condition in checked:
        if not isinstance(condition, Condition):
            raise as_condition_error(condition)
        if table is not None:
            check_own(table, condition)
    return checked  # type: ignore[return-value]


def check_own(table: Table, part: Node) -> None:
    """Refuse a column of another table: DynamoDB would take it for the attribute of that name in the item at hand."""
    simple = type(part) is Compare and type(part.left) is Path and type(part.right) is Value  # as nearly each is
    for path in (part.left,) if simple else _walk().paths(part):  # type: ignore[attr-defined]  # then it is a Compare
        owner = getattr(path, "owner", table)
        if owner is not table and owner.name != table.name:  # several declarations may be about one table
            raise ExpressionError(f"{path} belongs to {owner.title}, not to {table.title}", node=path)


@cache
def _walk() -> Any:
    """Loaded with the first condition; a first read by key has none."""
    from dynexpr.expression import walk

    return walk


def no_statement(given: object, wanted: str = "a statement", otherwise: str = "") -> ArgumentError:
    """The error for what is none; of a model, a table or text it says how to make one of it."""
    if isinstance(given, Table) or (isinstance(given, type) and getattr(given, "__mapping__", None) is not None):
        title = given.title if isinstance(given, Table) else given.__name__
        return ArgumentError(f"{wanted} is wanted, not {title} itself: write select({title})")
    cure = "sql(text, Base) makes one of text" if isinstance(given, str) else otherwise
    return ArgumentError(f"{wanted} is wanted, not {clip(given)}{cure and f'; {cure}'}")


def column_of(table: Table, column: object) -> Column[Any]:
    """The column (or nested path) a statement was given, checked to belong to its table."""
    if isinstance(column, str):
        found = table.columns.get(column)
        if found is None:
            has = f"; it has {', '.join(table.columns)}"
            raise ArgumentError(f"{table.title} has no column {column!r}{nearest(column, table.columns) or has}")
        return found
    if not isinstance(column, Column):
        raise ArgumentError(f"a column is wanted, not {column!r}")
    if column.table is not None and column.table is not table:
        raise ExpressionError(f"{column} belongs to {column.table.title}, not to {table.title}", node=column.node)
    return column


def declared(table: Table, column: Column[Any]) -> Column[Any]:
    """The declared column a path begins with, where there is one, for its rules; else the path itself."""
    steps = column.node.steps
    return column if len(steps) != 1 else table.by_name.get(str(steps[0]), column)
