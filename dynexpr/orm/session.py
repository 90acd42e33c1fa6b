"""A session: one object per item, changes gathered, and one transaction at the end."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from dynexpr.capacity import Tally
from dynexpr.errors import (
    ArgumentError,
    DetachedObject,
    DuplicateKey,
    DynexprError,
    OutcomeUnknown,
    PartlyCommitted,
    ResponseLost,
    SessionError,
    StaleData,
    clip,
    nearest,
)
from dynexpr.expression.nodes import Condition
from dynexpr.orm import state as states
from dynexpr.orm.calls import Added, Call, Deleted, Executed, Required
from dynexpr.orm.identity import Identity, identity_of
from dynexpr.orm.loading import Loader
from dynexpr.orm.refusals import SESSION, refuse_attribute, refusing
from dynexpr.statements.base import Statement, checked_conditions
from dynexpr.statements.get import Get
from dynexpr.statements.keys import key_item
from dynexpr.statements.select import Select
from dynexpr.tables import Table, table_of
from dynexpr.wire import freeze

if TYPE_CHECKING:
    from dynexpr.engine import Engine
    from dynexpr.flows import ReadFlow
    from dynexpr.orm.commit import Frozen, Preview
    from dynexpr.orm.declarative import DeclarativeBase
    from dynexpr.orm.unit_of_work import Unit
    from dynexpr.statements.parameters import Given
    from dynexpr.writes import Write

B = TypeVar("B", bound="DeclarativeBase")


class Session(Loader):
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
        self._calls: list[Call] = []
        self._unfinished: Frozen | None = None
        """A commit whose outcome is unknown: the next commit sends it again, and nothing else."""

    if not TYPE_CHECKING:
        # Hidden from checkers, which would take any name for granted.

        def __getattr__(self, name: str) -> Any:
            if name in SESSION:
                refuse_attribute(f"session.{name}", SESSION[name])
            raise AttributeError(f"a Session has no {name!r}{nearest(name, dir(type(self)))}")

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
        if where is not None:
            checked_conditions((where,))
        with self._at_work():
            state = states.state_of(obj)
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
                raise DuplicateKey(f"the session already has an object of that key: {known!r}")
            self._new[identity] = obj
            self._calls.append(Added(obj, where, overwrite, state.status))
            state.session = self
            state.status = "pending"

    def _add_again(self, obj: "DeclarativeBase", where: Condition | None, *, overwrite: bool) -> None:
        status = states.state_of(obj).status
        if status == "deleted":
            raise ArgumentError(f"{obj!r} is deleted in this session; add a new object instead")
        if overwrite and status == "persistent":
            raise ArgumentError(f"{obj!r} is loaded in this session: change it and commit(); put() takes a new object")
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
        self._leave_as_they_came(call for call in self._calls if isinstance(call, Added) and call.obj is obj)
        self._calls = [call for call in self._calls if isinstance(call, Executed) or call.obj is not obj]

    def _refuse_in_doubt(self, obj: "DeclarativeBase", what: str) -> None:
        if self._unfinished is not None and any(unit.obj is obj for unit in self._unfinished.units):
            raise SessionError(
                f"nobody knows whether {obj!r} was written: commit() again, or rollback() and read it, before it is "
                f"{what}"
            )

    def _leave_as_they_came(self, calls: Iterable[Added]) -> None:
        for call in calls:
            self._leave(call.obj, call.came_as)

    def check(self, target: Any, key: object = None, condition: Condition | None = None) -> None:
        """Make the commit depend on an item it does not write: `check(Quota, "u1", Quota.remaining > 0)`.

        `ConditionCheck`. For an object, `check(obj, condition=...)`.
        """
        from dynexpr.statements.write import Check

        if condition is None:
            raise ArgumentError("check() takes a condition: check(Model, key, condition), or check(obj, condition=...)")
        checked_conditions((condition,))
        if isinstance(target, type | Table):
            with self._at_work():
                self._calls.append(Executed(Check(target, key_item(table_of(target), key), condition)))
        else:
            self.require(target, condition)

    def require(self, obj: "DeclarativeBase", condition: Condition) -> None:
        """Let the next commit through only if *condition* holds of the stored item of *obj*, changed or not."""
        checked_conditions((condition,))
        with self._at_work():
            self._own(obj)
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
        if states.state_of(obj).session is self:
            return obj
        key = states.key_item(obj)
        attributes = type(obj).__mapping__.attributes
        with self._at_work():
            known = yield from self._get(type(obj), key, consistent_read=None, populate_existing=False)
            given = states.values_set(obj, defaults=known is None)
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
                f"{self._shown(obj)} was loaded as another version than {known!r}, which the session has",
                item=ours,
                subject=obj,
            )

    @refusing
    def execute(self, statement: Any, parameters: "Given" = None) -> Any:
        """A write joins the next commit; a read gives its result at once: objects of `select(Model)`, rows otherwise.

        *parameters* are the values of the statement's `:name` (a mapping) or `?` (a list).
        """
        if isinstance(statement, Select):
            return self._select(statement, parameters, populate=False)
        statement = self.executable(statement, parameters)
        with self._at_work():
            if self.joined(statement):
                return None
            from dynexpr.executing import executed

            consumed = Tally(self.capacity)
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

    @property
    def new(self) -> "list[DeclarativeBase]":
        """The objects the next commit inserts."""
        return list(self._new.values())

    @property
    def dirty(self) -> "list[DeclarativeBase]":
        """The stored objects the next commit updates."""
        gone = {id(obj) for obj in self._deleted.values()}
        return [obj for obj in self._held.touched() if id(obj) not in gone and states.changes(obj)]

    @property
    def deleted(self) -> "list[DeclarativeBase]":
        """The objects the next commit deletes."""
        return list(self._deleted.values())

    def preview(self) -> "Preview":
        """What commit() would send; nothing is sent."""
        from dynexpr.orm.commit import Preview

        with self._at_work():
            return Preview(self._unfinished or self._freeze())

    def _freeze(self) -> "Frozen":
        from dynexpr.orm.commit import freeze_commit
        from dynexpr.orm.unit_of_work import plan_commit

        settings = self.engine.settings
        units = plan_commit(self._calls, self._held.touched(), settings.clock, veiled=settings.hide_parameters)
        return freeze_commit(units, settings, exactly_once=self.exactly_once, overflow=self.overflow)

    def commit(self) -> None:
        """Write everything that is new, changed or deleted: one plain request for one write, else ONE transaction.

        Objects become clean only when it went through. When it is known to have failed (ConditionFailed, StaleData,
        ItemExists, ItemMissing, TransactionCancelled …), nothing was written, the changes are kept, and commit() may be
        called again; after OutcomeUnknown, the next commit() sends the same bytes again, and only those. Raises
        TransactionTooLarge, before anything is sent, for more than one transaction can hold.
        """
        self.engine.run(self.committing(), self.consumed)

    def committing(self) -> "ReadFlow[None]":
        """The flow of commit()."""
        with self._at_work():
            again = self._unfinished is not None
            if not again:
                self._before_commit()
            frozen = self._unfinished or self._freeze()
            if not frozen.batches:
                self._forget()
                return
            yield from self._sending(frozen, again=again)
            self._settle(frozen.units, again=again)
            self.listeners.fire("after_commit", self)

    def _sending(self, frozen: "Frozen", *, again: bool) -> "ReadFlow[None]":
        """Send a commit; where nobody can know whether it took effect, it stays to be sent again."""
        self._unfinished = None
        try:
            yield from frozen.sent(self.engine.deadline)
        except PartlyCommitted as error:
            if isinstance(error.cause, OutcomeUnknown):
                self._unfinished = frozen.rest(error.cause)
            self._settle(frozen.applied, again=again, whole=False)
            raise
        except OutcomeUnknown as error:
            self._unfinished = frozen.rest(error)
            raise
        except DynexprError:
            raise  # an answer, or not sent at all: nothing was written
        except BaseException:
            self._unfinished = frozen.rest(ResponseLost("the commit was interrupted"))
            self._settle(frozen.applied, again=again, whole=False)
            raise

    def _before_commit(self) -> None:
        """Tell the listeners, who may still change what is written."""
        if not self.listeners:
            return
        if self._new or self._deleted or self._calls or self.dirty:
            self.listeners.fire("before_commit", self)
            for event, objects in (
                ("before_insert", self.new),
                ("before_update", self.dirty),
                ("before_delete", self.deleted),
            ):
                for obj in objects:
                    self.listeners.fire(event, self, obj)

    def _settle(self, units: "Sequence[Unit]", *, again: bool, whole: bool = True) -> None:
        """Take over what a commit wrote.

        *again*: the user may have gone on changing objects since it was planned. *whole*: nothing of it is left.
        """
        told: list[tuple[str, DeclarativeBase]] = []
        for unit in units:
            obj = unit.obj
            for call in unit.calls:
                if isinstance(call, Deleted) and call.obj is not obj and call.obj in self:
                    self._gone(call.obj)  # what was put in its place is another object, or a statement's item
            if obj is None or obj not in self:  # an object may have left while the outcome was unknown
                self._follow(unit.write, again=again)
            elif unit.write.kind == "delete":
                self._gone(obj)
                told.append(("after_delete", obj))
            elif unit.after is not None:
                told.append((self._wrote(unit, obj, again=again), obj))
        done = {id(call) for unit in units for call in unit.calls}
        self._calls = [call for call in self._calls if id(call) not in done]
        for obj in self._held:
            if (whole and not again) or not states.edited(obj):
                self._held.release(obj)
        for event, obj in told:
            self.listeners.fire(event, self, obj)

    def _wrote(self, unit: "Unit", obj: "DeclarativeBase", *, again: bool) -> str:
        """Take over one object that was written; the event it is."""
        identity = identity_of(obj)
        event = "after_update"
        if self._new.get(identity) is obj:  # another one may have been added under its key in the meantime
            del self._new[identity]
            event = "after_insert"
        deleted_since = states.state_of(obj).status == "deleted"
        take_over = states.rebased if again else states.written
        take_over(obj, unit.after or {}, unloaded=unit.unloaded)
        self._succeed(identity, obj)
        self._held.add(obj)
        if deleted_since:
            states.state_of(obj).status = "deleted"
        return event

    def _follow(self, write: "Write", *, again: bool) -> None:
        """Bring the object of an item that a statement wrote into step with it.

        *again*: what was changed of the object was changed since, and stays a change.
        """
        known = self._objects.get(write.place)
        if known is None or write.kind == "check":
            return
        since = states.edited(known) if again else frozenset()
        if write.kind == "delete":
            if not since:
                self._gone(known)  # else the next commit says that the item of the change is missing
        elif write.item is not None:
            states.written(known, write.item, whole=True, keeping=since)
        elif write.update is not None:
            states.outdated(known, {str(action.path.steps[0]) for action in write.update.actions}, keeping=since)

    def _forget(self) -> None:
        self._calls.clear()
        self._new.clear()
        self._deleted.clear()
        self._held.release_all()

    def rollback(self) -> None:
        """Drop what was not committed: added objects leave the session, changed and deleted ones are as they were read.

        What a commit of unknown outcome may have written is expired: only reading it again tells.
        """
        with self._at_work():
            self._leave_as_they_came(call for call in self._calls if isinstance(call, Added))
            for obj in self._deleted.values():
                states.state_of(obj).status = "persistent"
                states.rolled_back(obj)
            for obj in self._held.touched():
                states.rolled_back(obj)
            if self._unfinished is not None:
                for unit in self._unfinished.units:
                    self._doubt(unit.write)
                self._unfinished = None
            self._forget()
            self.listeners.fire("after_rollback", self)

    def _doubt(self, write: "Write") -> None:
        known = self._objects.get(write.place)
        if known is not None and write.kind != "check":
            states.expired(known)

    def _in_doubt(self, identity: Identity) -> bool:
        unfinished = self._unfinished
        return unfinished is not None and any(unit.write.place == identity for unit in unfinished.units)

    def _alone_in_doubt(self, identity: Identity) -> bool:
        unit = None if self._unfinished is None else self._unfinished.alone
        return unit is not None and unit.write.place == identity

    def _give_up(self, obj: "DeclarativeBase") -> None:
        place = identity_of(obj)
        if self._unfinished is None or not self._alone_in_doubt(place):
            return
        given_up = [call for unit in self._unfinished.batches[0].units for call in unit.calls]
        self._unfinished = None
        self._calls = [call for call in self._calls if not any(call is each for each in given_up)]
        for call in given_up:
            if isinstance(call, Deleted) and self._deleted.get(place) is call.obj:
                del self._deleted[place]
                states.state_of(call.obj).status = "persistent"
            elif isinstance(call, Added) and self._new.get(place) is call.obj:
                del self._new[place]
                if call.obj is not obj:
                    self._leave_as_they_came((call,))

    def _gone(self, obj: "DeclarativeBase") -> None:
        self._calls = [call for call in self._calls if not (isinstance(call, Deleted) and call.obj is obj)]
        super()._gone(obj)

    def close(self) -> None:
        """Let go of all objects; what was not committed is dropped."""
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
