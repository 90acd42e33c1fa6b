"""What does a query give in a session?  Objects of its model, each the one there is, or rows."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from dynexpr.orm.loading import Loader
from dynexpr.orm.refusals import refusing
from dynexpr.statements.base import no_statement
from dynexpr.tables import Table
from dynexpr.wire import Item

if TYPE_CHECKING:
    from dynexpr.plan import Plan
    from dynexpr.results import Page, Result
    from dynexpr.statements.parameters import Given
    from dynexpr.statements.select import Select

R = TypeVar("R")


class Querier(Loader):
    """The half of a session that reads by query."""

    @overload
    def scalars(
        self, statement: "Select[tuple[R]]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "Result[R]": ...
    @overload
    def scalars(
        self, statement: "Select[R]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "Result[R]": ...
    @refusing
    def scalars(
        self, statement: "Select[Any]", parameters: "Given" = None, *, populate_existing: bool = False
    ) -> "Result[Any]":
        """The objects of a select, or the first column of its rows; the first page is read now, the rest on the way.

        An object the session has already keeps its values, unless *populate_existing*. *parameters* are the values of
        the statement's `:name` or `?`.
        """
        from dynexpr.results import RowResult

        found = self._select(statement, parameters, populate=populate_existing)
        return found.scalars() if isinstance(found, RowResult) else found

    def _select(self, statement: "Select[Any]", parameters: "Given", *, populate: bool) -> "Result[Any]":
        """The objects of a select of a model, the rows of one of columns or of a Table."""
        from dynexpr.results import Result, RowResult

        statement = bound(statement, parameters)
        with self._at_work():
            statement = self.as_consistent(statement)
            kind: type[Result[Any]] = Result if gives_objects(statement) else RowResult
            return self.engine.select(
                statement, lambda plan: self.maker(statement, plan, populate=populate), kind=kind, also=self.consumed
            )

    def as_consistent(self, statement: "Select[R]") -> "Select[R]":
        """The statement, with the session's or the model's consistency where it says nothing itself."""
        if statement.options.consistent_read is None:
            asked = self.consistent_read
            model = getattr(statement.entity, "__consistent_read__", None)
            if asked is not None or model is not None:
                return statement.consistent_read(bool(asked if asked is not None else model))
        return statement

    def count(self, statement: "Select[Any]", parameters: "Given" = None) -> int:
        """How many items a select finds: `Select=COUNT`, or by reading what only the client can tell."""
        with self._at_work():
            return self.engine.count(self.as_consistent(bound(statement, parameters)), also=self.consumed)

    def page(
        self,
        statement: "Select[R]",
        size: int,
        cursor: str | None = None,
        *,
        parameters: "Given" = None,
        max_age: float | None = None,
        populate_existing: bool = False,
    ) -> "Page[R]":
        """One page of so many objects (or rows, of a select of columns), after or before the one whose cursor is given.

        `.items` has them, `.next_cursor` and `.previous_cursor` are the tokens that lead on, `.consumed` says what it
        took. Raises CursorInvalid, CursorMismatch or CursorExpired (older than *max_age* seconds).
        """
        chosen = self.as_consistent(bound(statement, parameters))

        def maker(plan: "Plan") -> Callable[[Item], Any]:
            return self.maker(chosen, plan, populate=populate_existing)

        with self._at_work():
            return self.engine.select_page(chosen, maker, size, cursor, max_age=max_age, also=self.consumed)

    @overload
    def scalar(self, statement: "Select[tuple[R]]", parameters: "Given" = None) -> R | None: ...
    @overload
    def scalar(self, statement: "Select[R]", parameters: "Given" = None) -> R | None: ...

    def scalar(self, statement: "Select[Any]", parameters: "Given" = None) -> Any:
        """The first object of a select, or the first value of its first row; None where there is none."""
        return self.scalars(statement, parameters).first()

    def maker(self, statement: "Select[Any]", plan: "Plan", *, populate: bool) -> Callable[[Item], Any]:
        """What makes an object, or a row, of an item that a plan reads."""
        if not gives_objects(statement):
            from dynexpr.results import row_maker

            return row_maker(statement, plan)
        names: frozenset[str] | None = None
        index = None if plan.hydrate is not None else plan.index
        if index is not None and index.kind == "global" and index.projection != "ALL":
            keys = {column.name for column in (*index.key_columns, *index.table.key_columns)}
            names = frozenset(keys | set(index.projection if isinstance(index.projection, tuple) else ()))
        entity = statement.entity

        def make(item: Item) -> Any:
            if self._user is not None:
                self._check_thread()
            return self.loaded(entity, item, names, populate=populate)

        return make


def bound(statement: "Select[R]", parameters: "Given") -> "Select[R]":
    """A select with the values of its parameters; ArgumentError of anything else."""
    from dynexpr.statements.select import Select

    if not isinstance(statement, Select):
        raise no_statement(statement, "a select(...)", "session.execute() takes others")
    if parameters is None:
        return statement
    from dynexpr.statements.parameters import bind

    return bind(statement, parameters)


def gives_objects(statement: "Select[Any]") -> bool:
    """Whether a select gives objects of a model, not rows."""
    return not statement.columns and not isinstance(statement.entity, Table)
