"""A session: one object per item, changes gathered, and one transaction at the end."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeVar, overload

from dynexpr.capacity import Tally
from dynexpr.errors import (
    ArgumentError,
    DetachedObject,
    DuplicateKey,
    StaleData,
    clip,
    nearest,
)
from dynexpr.expression.nodes import Condition
from dynexpr.orm import state as states
from dynexpr.orm.calls import Added, Deleted, Executed, Required
from dynexpr.orm.committing import Committer
from dynexpr.orm.identity import identity_of
from dynexpr.orm.refusals import SESSION, refuse_attribute, refusing
from dynexpr.statements.base import Statement, checked_conditions
from dynexpr.statements.get import Get
from dynexpr.statements.keys import key_item
from dynexpr.tables import Table, table_of
from dynexpr.wire import freeze

if TYPE_CHECKING:
    from dynexpr.engine import Engine
    from dynexpr.flows import ReadFlow
    from dynexpr.orm.declarative import DeclarativeBase
    from dynexpr.results import Result, RowResult
    from dynexpr.statements.count import Count
    from dynexpr.statements.get import BatchGet, TransactGet
    from dynexpr.statements.parameters import Given
    from dynexpr.statements.select import Select
    from dynexpr.statements.transaction import Transact
    from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement

B = TypeVar("B", bound="DeclarativeBase")
Rows = TypeVar("Rows", bound="tuple[Any, ...] | dict[str, Any]")

_BETWEEN_US: Final = frozenset(
    {
        *("awaited", "as_consistent", "committing", "executable", "getting", "getting_many", "joined", "loaded"),
        *("maker", "merging", "refreshing", "refreshing_all"),
    }
)
"""What an AsyncSession calls of the session inside; users are not shown it."""


class Session(Committer):
    """Gathers objects and their changes, and writes them as one transaction with `commit()`.

    Nothing is sent before commit(); queries see what is stored. A session belongs to one thread at a time.

    *consistent_read* is the default of its reads (left out: the model's `__consistent_read__`, else the engine's).
    *exactly_once* sends a single write as a transaction of one, with a token: twice the price, and its outcome is
    always known while the service answers. *overflow="not_atomic"* sends a commit that one transaction can't hold in
    several; PartlyCommitted then says what was applied.
    """

    @refusing
    def __init__(
        self,
        engine: "Engine",
        *,
        consistent_read: bool | None = None,
        exactly_once: bool = False,
        overflow: Literal["refuse", "not_atomic"] = "refuse",
    ) -> None:
        if overflow not in {"refuse", "not_atomic"}:
            raise ArgumentError(f'overflow is "refuse" or "not_atomic", not {overflow!r}')
        super().__init__(engine, consistent_read)
        self.exactly_once = exactly_once
        self.overflow = overflow
        self._calls = []

    if not TYPE_CHECKING:
        # Hidden from checkers, which would take any name for granted.

        def __getattr__(self, name: str) -> Any:
            if name in SESSION:
                refuse_attribute(f"session.{name}", SESSION[name])
            raise AttributeError(f"a Session has no {name!r}{nearest(name, dir(self))}")

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _BETWEEN_US]

    def add(self, obj: "DeclarativeBase", *, where: Condition | None = None) -> None:
        """Insert a new object with the next commit: `PutItem` if no item has its key, and, besides, if *where* holds.

        A stored object that was expunged, or whose session was closed, comes back with its changes. Raises DuplicateKey
        where the session has another object of that key.
        """
        self._add(obj, where, overwrite=False)

    def put(self, obj: "DeclarativeBase", *, where: Condition | None = None, unconditional: bool = False) -> None:
        """Write a new object with the next commit, over whatever is stored under its key: `PutItem`.

        A versioned model wants *where*, or `unconditional=True`, said.
        """
        states.state_of(obj)
        table = type(obj).__table__
        if table.version is not None and where is None and not unconditional:
            raise ArgumentError(
                f"session.put would overwrite a {table.title} without looking at its version; say unconditional=True, "
                "give where=, or load the object and change it"
            )
        self._add(obj, where, overwrite=True)

    def _add(self, obj: "DeclarativeBase", where: Condition | None, *, overwrite: bool) -> None:
        with self._at_work():
            state = states.state_of(obj)
            if where is not None:
                checked_conditions(type(obj).__table__, (where,))
            if state.session is self:
                self._add_again(obj, where, overwrite=overwrite)
                return
            if state.session is not None:
                raise DetachedObject(
                    f"{self._shown(obj)} belongs to another session; expunge it there, or session.merge() it here"
                )
            if not overwrite and state.status == "deleted":
                raise DetachedObject(f"{self._shown(obj)} was deleted from the store; add a new object, or put() it")
            if not overwrite and state.status == "detached":
                if where is not None:
                    raise ArgumentError(
                        f"{self._shown(obj)} is stored: session.require(obj, condition) guards its changes"
                    )
                self._attach(obj)
                return
            identity = identity_of(obj)
            known = self._known(identity)
            if known is not None and (identity not in self._deleted or identity in self._new):
                raise DuplicateKey(f"the session already has an object of that key: {self._shown(known)}")
            self._new[identity] = obj
            self._calls.append(Added(obj, where, overwrite, state.status))
            state.session = self
            state.status = "pending"

    def _add_again(self, obj: "DeclarativeBase", where: Condition | None, *, overwrite: bool) -> None:
        status = states.state_of(obj).status
        if status == "deleted":
            raise ArgumentError(f"{self._shown(obj)} is deleted in this session; add a new object instead")
        if overwrite and status == "persistent":
            raise ArgumentError(
                f"{self._shown(obj)} is loaded in this session: change it and commit(); put() takes a new object"
            )
        if where is None and not overwrite:
            return
        self._refuse_in_doubt(obj, "added in another way")
        for place, call in enumerate(self._calls):
            if isinstance(call, Added) and call.obj is obj:
                self._calls[place] = Added(obj, where, overwrite, call.came_as)

    def _attach(self, obj: "DeclarativeBase") -> None:
        """Take an object back that was expunged, or whose session was closed, changes included."""
        identity = identity_of(obj)
        if self._known(identity) is not None:
            raise DuplicateKey(
                f"the session already has an object of that key; session.merge() {self._shown(obj)} instead"
            )
        self._enter(identity, obj)
        self._held.add(obj)

    def add_all(self, objects: Iterable["DeclarativeBase"]) -> None:
        """Add several objects."""
        try:
            iter(objects)
        except TypeError:
            raise ArgumentError(
                f"add_all() takes several objects, not {clip(objects)}; session.add(obj) takes one"
            ) from None
        several = list(objects)
        for obj in several:
            states.state_of(obj)  # one that is none is refused before any is added
        for obj in several:
            self.add(obj)

    def delete(self, obj: "DeclarativeBase") -> None:
        """Delete a stored object with the next commit: `DeleteItem`, under its version where it has one.

        An object that was added and not committed yet is taken back.
        """
        with self._at_work():
            state = self._own(obj)
            if state.status == "pending":
                self._take_back(obj)
            elif state.status == "persistent":
                self._deleted[identity_of(obj)] = obj
                self._calls.append(Deleted(obj))
                state.status = "deleted"

    def _take_back(self, obj: "DeclarativeBase") -> None:
        self._refuse_in_doubt(obj, "taken back")
        del self._new[identity_of(obj)]
        for call in self._calls:
            if isinstance(call, Added) and call.obj is obj:
                self._leave(obj, call.came_as)
        self._calls = [call for call in self._calls if isinstance(call, Executed) or call.obj is not obj]

    def check(self, target: Any, key: object = None, condition: Condition | None = None) -> None:
        """Make the commit depend on an item it does not write: `check(Quota, "u1", Quota.remaining > 0)`.

        `ConditionCheck`. For an object, `check(obj, condition=...)`.
        """
        from dynexpr.statements.write import Check

        if condition is None:
            raise ArgumentError("check() takes a condition: check(Model, key, condition), or check(obj, condition=...)")
        if isinstance(target, type | Table):
            table = table_of(target)
            checked_conditions(table, (condition,))
            with self._at_work():
                self._calls.append(Executed(Check(target, key_item(table, key), condition)))
        else:
            self.require(target, condition)

    def require(self, obj: "DeclarativeBase", condition: Condition) -> None:
        """Let the next commit through only if *condition* holds of the stored item of *obj*, changed or not."""
        with self._at_work():
            self._own(obj)
            checked_conditions(type(obj).__table__, (condition,))
            self._calls.append(Required(obj, condition))

    @refusing
    def merge(self, obj: B) -> B:
        """The session's own object of the same key, with what is set on *obj* copied onto it; read first if need be.

        Set is what was loaded, given to the constructor, or assigned: a default that nobody gave overwrites nothing.
        Where no item has the key, a new object is added. StaleData where *obj* was loaded as another version than the
        session's own object.
        """
        return self.engine.run(self.merging(obj), self.consumed)

    def merging(self, obj: B) -> "ReadFlow[B]":
        """The flow of merge()."""
        from dynexpr.orm.values import values_set

        if states.state_of(obj).session is self:
            return obj
        key = states.key_item(obj)
        attributes = type(obj).__mapping__.attributes
        with self._at_work():
            known = yield from self._get(type(obj), key, consistent_read=None, populate_existing=False)
            given = values_set(obj, defaults=known is None)
            given = {name: value for name, value in given.items() if not attributes[name].set_by_commit}
            if known is None:
                known = type(obj)(**given)
                self._add(known, None, overwrite=False)
                return known
            self._check_versions(obj, known)
            for name, value in given.items():
                if not attributes[name].is_key:
                    setattr(known, name, value)
            return known

    def _check_versions(self, obj: "DeclarativeBase", known: "DeclarativeBase") -> None:
        version = type(obj).__table__.version
        theirs, ours = states.state_of(obj).stored, states.state_of(known).stored
        if version is None or theirs is None or ours is None or version.name not in theirs:
            return
        if version.name in ours and freeze(theirs[version.name]) != freeze(ours[version.name]):
            raise StaleData(
                f"{self._shown(obj)} was loaded as another version than the one the session has of it",
                item=ours,
                subject=obj,
            )

    @overload
    def execute(self, statement: "Select[B]", parameters: "Given" = None) -> "Result[B]": ...
    @overload
    def execute(self, statement: "Select[Rows]", parameters: "Given" = None) -> "RowResult[Rows]": ...
    @overload
    def execute(
        self, statement: "Get[Any] | BatchGet | TransactGet | Count", parameters: "Given" = None
    ) -> "RowResult[Any]": ...
    @overload
    def execute(
        self,
        statement: "Insert[Any] | Put[Any] | UpdateStatement[Any] | Delete[Any] | Check[Any] | Transact",
        parameters: "Given" = None,
    ) -> None: ...
    @overload
    def execute(self, statement: Any, parameters: "Given" = None) -> Any: ...
    @refusing
    def execute(self, statement: Any, parameters: "Given" = None) -> Any:
        """A write joins the next commit; a read gives its result at once: objects of `select(Model)`, rows otherwise.

        *parameters* are the values of the statement's `:name` (a mapping) or `?` (a list).
        """
        from dynexpr.statements.select import Select

        if isinstance(statement, Select):
            return self._select(statement, parameters, populate=False)
        statement = self.executable(statement, parameters)
        with self._at_work():
            if self.joined(statement):
                return None
            from dynexpr.executing import executed

            consumed = Tally(self.consumed)
            return self.engine.run(executed(self.engine, statement, None, consumed), consumed)

    def executable(self, statement: Any, parameters: "Given") -> Any:
        """The statement with its parameters, and, of a get, the session's consistency."""
        if getattr(statement, "engine_only", False):
            raise ArgumentError(f"{statement} is no transaction, so it joins no commit: engine.execute(...) runs it")
        if parameters is not None and isinstance(statement, Statement):
            from dynexpr.statements.parameters import bind

            statement = bind(statement, parameters)
        if isinstance(statement, Get) and statement.options.consistent_read is None:
            return statement.consistent_read(self._consistent(statement.entity, None))
        return statement

    def joined(self, statement: Any) -> bool:
        """Whether a statement is a write, and so has joined the next commit."""
        from dynexpr.statements.transaction import Transact
        from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement

        writes = statement.statements if isinstance(statement, Transact) else (statement,)
        if not all(isinstance(each, Insert | Put | UpdateStatement | Delete | Check) for each in writes):
            return False
        for each in writes:
            self._join(each)
        return True

    def _join(self, statement: Any) -> None:
        from dynexpr.statements.parameters import check_bound

        check_bound(statement)
        if getattr(statement, "image", "NONE") != "NONE":
            raise ArgumentError(
                "returning() gives nothing here: the statement is sent with the commit; engine.execute(...) runs it now"
            )
        self._calls.append(Executed(statement))

    def expunge(self, obj: "DeclarativeBase") -> None:
        """Take an object out of the session, with its changes; add() takes it, or merge() its values, back."""
        with self._at_work():
            if self._own(obj).status == "pending":
                self._take_back(obj)
                return
            self._give_up(obj)
            self._calls = [call for call in self._calls if isinstance(call, Executed) or call.obj is not obj]
            self._out(obj, "detached")

    def expunge_all(self) -> None:
        """Take all objects out of the session, as expunge() does."""
        for obj in list(self):
            self.expunge(obj)

    def close(self) -> None:
        """Let go of all objects, which are detached then; what was not committed is dropped.

        What is changed of a detached object is written by no commit; `add(obj)` of a session takes it back.
        """
        self.rollback()
        for obj in self._objects:
            self._leave(obj, "detached")
        self._objects.clear()

    @contextmanager
    def begin(self) -> "Generator[Session]":
        """`with session.begin():` commits at the end of the block, and rolls back where it raises."""
        try:
            yield self
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
