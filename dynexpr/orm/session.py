"""A session: one object per item, changes gathered, and one transaction at the end."""

from _thread import get_ident
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, cast, overload

from dynexpr.capacity import Consumed
from dynexpr.errors import (
    ArgumentError,
    ConcurrentUse,
    DetachedObject,
    DuplicateKey,
    NoResultFound,
    OutcomeUnknown,
    PartlyCommitted,
    Unsupported,
)
from dynexpr.expression.nodes import Condition
from dynexpr.orm import state as states
from dynexpr.orm.commit import Batch, Preview, batches, send_all
from dynexpr.orm.event import Listeners
from dynexpr.orm.identity import Held, Identity, IdentityMap, identity_of
from dynexpr.orm.unit_of_work import Added, Call, Deleted, Executed, Unit, plan_commit
from dynexpr.results import Page, Result, RowResult, row_maker
from dynexpr.statements.base import checked_conditions
from dynexpr.statements.get import Get, Target
from dynexpr.statements.keys import key_item
from dynexpr.statements.parameters import Given, bind, check_bound
from dynexpr.statements.select import Select
from dynexpr.statements.write import Check, Delete, Insert, Put, UpdateStatement
from dynexpr.tables import table_of
from dynexpr.wire import Item, freeze

if TYPE_CHECKING:
    from dynexpr.engine import Engine
    from dynexpr.orm.declarative import DeclarativeBase
    from dynexpr.plan import Plan

B = TypeVar("B", bound="DeclarativeBase")
R = TypeVar("R")


class Session:
    """Gathers objects and their changes, and writes them as one transaction with `commit()`.

    Nothing is sent before commit(); queries see what is stored. A session belongs to one thread at a time.

    *consistent_read* is the default of its reads (left out: the model's `__consistent_read__`, else the engine's).
    *exactly_once* sends a single write as a transaction of one, with a token: twice the price, and its outcome is
    always known while the service answers. *overflow="not_atomic"* sends a commit that one transaction can't hold in
    several; PartlyCommitted then says what was applied.
    """

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
        self.engine = engine
        self.consistent_read = consistent_read
        self.exactly_once = exactly_once
        self.overflow = overflow
        self.consumed = Consumed()
        """What its reads and commits consumed."""
        self.listeners = Listeners()
        self._objects = IdentityMap()
        self._held = Held()
        self._calls: list[Call] = []
        self._new: dict[Identity, DeclarativeBase] = {}
        self._deleted: dict[Identity, DeclarativeBase] = {}
        self._required: dict[int, tuple[DeclarativeBase, Condition]] = {}
        self._unfinished: tuple[Batch, ...] = ()
        """What a commit whose outcome is unknown has frozen: the next commit sends it again, and nothing else."""
        self._user: int | None = None

    # SQLAlchemy users will look for these.
    def flush(self) -> NoReturn:
        """There is no flush apart from commit: DynamoDB has no open transaction to flush into."""
        raise Unsupported("DynamoDB has no open transaction to flush into; session.commit() writes, preview() shows")

    def begin_nested(self) -> NoReturn:
        """There are no savepoints."""
        raise Unsupported("DynamoDB has no savepoints; use a second Session for what is to be committed apart")

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Refuse a second thread while a first one is inside."""
        me = get_ident()
        outer = self._user
        if outer is not None and outer != me:
            raise ConcurrentUse(
                "two threads use this session at once; give each its own (sessionmaker, scoped_session)"
            )
        self._user = me
        try:
            yield
        finally:
            self._user = outer

    def add(self, obj: "DeclarativeBase", *, where: Condition | None = None) -> None:
        """Insert a new object with the next commit: `PutItem` if no item has its key, and, besides, if *where* holds.

        Raises DuplicateKey where the session has another object of that key.
        """
        self._add(obj, where, overwrite=False)

    def put(self, obj: "DeclarativeBase", *, where: Condition | None = None, unconditional: bool = False) -> None:
        """Write a new object with the next commit, over whatever is stored under its key: `PutItem`.

        A versioned model wants *where*, or `unconditional=True`, said.
        """
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
                if state.status == "deleted":
                    raise ArgumentError(f"{obj!r} is deleted in this session; add a new object instead")
                return
            if state.session is not None:
                raise DetachedObject(
                    f"{obj!r} belongs to another session; expunge it there, or session.merge() it here"
                )
            if state.status == "detached" and not overwrite:
                self._attach(obj)
                return
            identity = identity_of(obj)
            known = self._new.get(identity) or self._objects.get(identity)
            if known is not None and identity not in self._deleted:
                raise DuplicateKey(f"the session already has an object of that key: {known!r}")
            self._new[identity] = obj
            self._calls.append(Added(obj, where, overwrite))
            state.session = self
            state.status = "pending"

    def _attach(self, obj: "DeclarativeBase") -> None:
        """Take an object back that was expunged, or whose session was closed, changes included."""
        identity = identity_of(obj)
        if self._objects.get(identity) is not None:
            raise DuplicateKey(f"the session already has an object of that key; session.merge() {obj!r} instead")
        self._enter(identity, obj)
        self._held.add(obj)

    def add_all(self, objects: Iterable["DeclarativeBase"]) -> None:
        """Add several objects."""
        for obj in objects:
            self.add(obj)

    def delete(self, obj: "DeclarativeBase") -> None:
        """Delete a stored object with the next commit: `DeleteItem`, under its version where it has one.

        An object that was added and not committed yet is taken back.
        """
        with self._at_work():
            state = self._own(obj)
            identity = identity_of(obj)
            if state.status == "pending":
                del self._new[identity]
                self._calls = [call for call in self._calls if not (isinstance(call, Added) and call.obj is obj)]
                self._leave(obj, "transient")
            elif state.status == "persistent":
                self._deleted[identity] = obj
                self._calls.append(Deleted(obj))
                state.status = "deleted"

    def check(self, target: Any, key: object = None, condition: Condition | None = None) -> None:
        """Make the commit depend on an item it does not write: `check(Quota, "u1", Quota.remaining > 0)`.

        `ConditionCheck`. For an object, `check(obj, condition=...)`.
        """
        if condition is None:
            raise ArgumentError("check() takes a condition: check(Model, key, condition), or check(obj, condition=...)")
        checked_conditions((condition,))
        if isinstance(target, type):
            self._calls.append(Executed(Check(target, key_item(table_of(target), key), condition)))
        else:
            self.require(target, condition)

    def require(self, obj: "DeclarativeBase", condition: Condition) -> None:
        """Let the next commit through only if *condition* holds of the stored item of *obj*, whether it changed or not."""
        checked_conditions((condition,))
        self._own(obj)
        known = self._required.get(id(obj))
        self._required[id(obj)] = (obj, condition if known is None else known[1] & condition)

    def merge(self, obj: B) -> B:
        """The session's own object of the same key, with what is set on *obj* copied onto it; read first if need be.

        Where no item has the key, a new object is added.
        """
        key = states.key_item(obj)
        if states.state_of(obj).session is self:
            return obj
        attributes = type(obj).__mapping__.attributes
        given = {name: value for name, value in states.values_set(obj).items() if not attributes[name].set_by_commit}
        known = self._get(type(obj), key, consistent_read=None, populate_existing=False)
        if known is None:
            known = type(obj)(**given)
            self.add(known)
            return known
        for name, value in given.items():
            if not attributes[name].is_key:
                setattr(known, name, value)
        return known

    @overload
    def get(
        self, entity: type[B], key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> B | None: ...
    @overload
    def get(
        self, entity: Any, key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> Any: ...
    def get(
        self, entity: Any, key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> Any:
        """The object of a key: `GetItem`, unless the session has it already; None where there is no item.

        *key* is a value, a tuple `(partition, sort)`, or a mapping of Python names. An object that was added and not
        committed yet is found, one that was deleted is not. *populate_existing* reads it again, dropping its changes.
        """
        wire_key = key_item(table_of(entity), key)
        with self._at_work():
            return self._get(entity, wire_key, consistent_read=consistent_read, populate_existing=populate_existing)

    def _get(
        self, entity: type[B], wire_key: Item, *, consistent_read: bool | None, populate_existing: bool
    ) -> B | None:
        identity: Identity = (table_of(entity).name, tuple(map(freeze, wire_key.values())))
        if identity in self._new:
            return self._new[identity]  # type: ignore[return-value]
        if identity in self._deleted:
            return None
        known = self._objects.get(identity)
        if known is not None and not populate_existing:
            return known  # type: ignore[return-value]
        item = self._read(entity, wire_key, consistent_read)
        if item is None:
            return None
        return self._loaded(entity, item, None, populate=populate_existing)

    def get_one(self, entity: type[B], key: object, *, consistent_read: bool | None = None) -> B:
        """As get(), but NoResultFound where there is no item."""
        found = self.get(entity, key, consistent_read=consistent_read)
        if found is None:
            raise NoResultFound(f"there is no {table_of(entity).title} {key!r}; session.get() gives None")
        return found

    def _read(self, entity: Any, wire_key: Item, consistent_read: bool | None) -> Item | None:
        from dynexpr.flows import sent
        from dynexpr.requests import get_request

        statement: Get[Any] = Get(entity, wire_key).consistent_read(self._consistent(entity, consistent_read))
        request = get_request(statement, self.engine.settings)
        response = self.engine.run(sent(request, self.engine.deadline(None)), self.consumed)
        return response.get("Item") or None

    def _consistent(self, entity: Any, asked: bool | None) -> bool:
        """By the call, else the session, else the model, else the engine."""
        model: bool | None = getattr(entity, "__consistent_read__", None)
        for choice in (asked, self.consistent_read, model):
            if choice is not None:
                return choice
        return self.engine.settings.consistent_read

    def get_many(
        self,
        entity: type[B],
        keys: Iterable[object],
        *,
        consistent_read: bool | None = None,
        missing: Literal["skip", "none"] = "skip",
        transactional: bool = False,
    ) -> list[Any]:
        """The objects of many keys, in their order: `BatchGetItem`, for those the session has not got already.

        A missing item is left out, or None with `missing="none"`; a key given twice is read once and handed out twice.
        *transactional* reads up to 100 as they were at one moment: `TransactGetItems`.
        """
        if missing not in {"skip", "none"}:
            raise ArgumentError(f'missing is "skip" or "none", not {missing!r}')
        table = table_of(entity)
        with self._at_work():
            wire_keys = [key_item(table, key) for key in keys]
            identities: list[Identity] = [(table.name, tuple(map(freeze, key.values()))) for key in wire_keys]
            # Held here, for the identity map alone would let go of them before the last one is read.
            found: dict[Identity, DeclarativeBase | None] = {}
            unknown: dict[Identity, Target] = {}
            for identity, key in zip(identities, wire_keys, strict=True):
                known = self._new.get(identity) or self._objects.get(identity)
                if identity in self._deleted and identity not in self._new:
                    found[identity] = None
                elif known is not None and not transactional:
                    found[identity] = known
                else:
                    unknown[identity] = Target(entity, key)
            if unknown:
                items = self._read_many(entity, list(unknown.values()), consistent_read, transactional=transactional)
                for identity, item in zip(unknown, items, strict=True):
                    found[identity] = None if item is None else self._loaded(entity, item, None)
            objects = [found[identity] for identity in identities]
            return objects if missing == "none" else [obj for obj in objects if obj is not None]

    def _read_many(
        self, entity: Any, targets: Sequence[Target], consistent_read: bool | None, *, transactional: bool
    ) -> list[Item | None]:
        if transactional:
            items, consumed = self.engine.transact_items(targets)
        else:
            items, consumed = self.engine.items(targets, consistent=self._consistent(entity, consistent_read))
        self.consumed.add(consumed)
        return items

    @overload
    def scalars(
        self, statement: Select[tuple[R]], parameters: Given = None, *, populate_existing: bool = False
    ) -> Result[R]: ...
    @overload
    def scalars(
        self, statement: Select[R], parameters: Given = None, *, populate_existing: bool = False
    ) -> Result[R]: ...
    def scalars(
        self, statement: Select[Any], parameters: Given = None, *, populate_existing: bool = False
    ) -> Result[Any]:
        """The objects of a select, or the first column of its rows; the first page is read now, the rest on the way.

        An object the session has already keeps its values, unless *populate_existing*. *parameters* are the values of
        the statement's `:name` or `?`.
        """
        if parameters is not None:
            statement = bind(statement, parameters)
        with self._at_work():
            statement = self._as_consistent(statement)
            if statement.columns:
                rows = self.engine.select(
                    statement, lambda plan: row_maker(statement, plan), kind=RowResult, also=self.consumed
                )
                return cast("RowResult[Any]", rows).scalars()
            return self.engine.select(
                statement, lambda plan: self._maker(statement, plan, populate=populate_existing), also=self.consumed
            )

    def _as_consistent(self, statement: Select[R]) -> Select[R]:
        """The statement, with the session's or the model's consistency where it says nothing itself."""
        if statement.options.consistent_read is None:
            asked = self.consistent_read
            model = getattr(statement.entity, "__consistent_read__", None)
            if asked is not None or model is not None:
                return statement.consistent_read(bool(asked if asked is not None else model))
        return statement

    def count(self, statement: Select[Any], parameters: Given = None) -> int:
        """How many items a select finds: `Select=COUNT`, or by reading what only the client can tell."""
        if parameters is not None:
            statement = bind(statement, parameters)
        with self._at_work():
            return self.engine.count(self._as_consistent(statement), also=self.consumed)

    def page(
        self,
        statement: Select[R],
        size: int,
        cursor: str | None = None,
        *,
        parameters: Given = None,
        max_age: float | None = None,
        populate_existing: bool = False,
    ) -> Page[R]:
        """One page of so many objects (or rows, of a select of columns), after or before the one whose cursor is given.

        `.items` has them, `.next_cursor` and `.previous_cursor` are the tokens that lead on, `.consumed` says what it
        took. Raises CursorInvalid, CursorMismatch or CursorExpired (older than *max_age* seconds).
        """
        if parameters is not None:
            statement = bind(statement, parameters)
        chosen = self._as_consistent(statement)

        def maker(plan: "Plan") -> Callable[[Item], Any]:
            if chosen.columns:
                return row_maker(chosen, plan)
            return self._maker(chosen, plan, populate=populate_existing)

        with self._at_work():
            return self.engine.select_page(chosen, maker, size, cursor, max_age=max_age, also=self.consumed)

    @overload
    def scalar(self, statement: Select[tuple[R]]) -> R | None: ...
    @overload
    def scalar(self, statement: Select[R]) -> R | None: ...
    def scalar(self, statement: Select[Any]) -> Any:
        """The first object of a select, or the first value of its first row; None where there is none."""
        return self.scalars(statement).first()

    def execute(self, statement: Any, parameters: Given = None) -> Any:
        """A write joins the next commit; a read gives its result at once: objects of `select(Model)`, rows otherwise.

        *parameters* are the values of the statement's `:name` (a mapping) or `?` (a list).
        """
        if parameters is not None and isinstance(statement, Statement):
            statement = bind(statement, parameters)
        if isinstance(statement, Insert | Put | UpdateStatement | Delete | Check):
            check_bound(statement)
            self._calls.append(Executed(statement))
            return None
        if isinstance(statement, Select):
            return self.engine.execute(statement) if statement.columns else self.scalars(statement)
        return self.engine.execute(statement)

    def _maker(self, statement: Select[Any], plan: "Plan", *, populate: bool) -> Callable[[Item], Any]:
        names: frozenset[str] | None = None
        index = None if plan.hydrate is not None else plan.index
        if index is not None and index.kind == "global" and index.projection != "ALL":
            keys = {column.name for column in (*index.key_columns, *index.table.key_columns)}
            names = frozenset(keys | set(index.projection if isinstance(index.projection, tuple) else ()))
        return lambda item: self._loaded(statement.entity, item, names, populate=populate)

    def _loaded(self, entity: type[B], item: Item, names: frozenset[str] | None, *, populate: bool = False) -> B:
        """The object of an item that was read: the one there is, its gaps filled, or a new one."""
        table = table_of(entity)
        identity: Identity = (table.name, tuple([freeze(item[name]) for name in table.key_names]))
        known = self._deleted.get(identity) or self._objects.get(identity)
        if known is not None:
            if populate:
                states.refreshed(known, item, names)
                self._held.discard(known)
            elif self._same_version(known, item):
                states.filled(known, item, names)
            return known  # type: ignore[return-value]
        obj = states.load(entity, item, names)
        self._enter(identity, obj)
        if self.listeners:
            self.listeners.fire("after_load", self, obj)
        return obj

    def _same_version(self, known: "DeclarativeBase", item: Item) -> bool:
        """Whether an item that was read is the one the object holds; without a version nobody can know."""
        version = type(known).__table__.version
        stored = states.state_of(known).stored or {}
        return version is not None and version.name in item and stored.get(version.name) == item[version.name]

    def _enter(self, identity: Identity, obj: "DeclarativeBase") -> None:
        state = states.state_of(obj)
        state.session = self
        state.session_hold = self._held
        state.status = "persistent"
        self._objects.add(identity, obj)

    def _own(self, obj: "DeclarativeBase") -> states.InstanceState:
        state = states.state_of(obj)
        if state.session is not self:
            cure = "session.add() a new one" if state.stored is None else "load it with session.get(), or merge() it"
            raise DetachedObject(f"{obj!r} does not belong to this session; {cure}")
        return state

    def refresh(self, obj: "DeclarativeBase", *, consistent_read: bool | None = None) -> None:
        """Read a stored object again: `GetItem`; its changes are dropped. NoResultFound where the item is gone."""
        with self._at_work():
            self._stored_only(obj)
            item = self._read(type(obj), states.key_item(obj), consistent_read)
            self._take(obj, item)

    def refresh_all(self, objects: Iterable["DeclarativeBase"], *, consistent_read: bool | None = None) -> None:
        """Read several stored objects again: `BatchGetItem`."""
        wanted = list(objects)
        with self._at_work():
            by_model: dict[type, list[DeclarativeBase]] = {}
            for obj in wanted:
                self._stored_only(obj)
                by_model.setdefault(type(obj), []).append(obj)
            for model, group in by_model.items():
                targets = [Target(model, states.key_item(obj)) for obj in group]
                items = self._read_many(model, targets, consistent_read, transactional=False)
                for obj, item in zip(group, items, strict=True):
                    self._take(obj, item)

    def _stored_only(self, obj: "DeclarativeBase") -> None:
        if self._own(obj).status == "pending":
            raise DetachedObject(f"{obj!r} is not stored yet: commit first")

    def _take(self, obj: "DeclarativeBase", item: Item | None) -> None:
        if item is None:
            raise NoResultFound(f"{obj!r}: its item is gone")
        states.refreshed(obj, item)
        self._held.discard(obj)

    def expire(self, obj: "DeclarativeBase") -> None:
        """Forget an object's values and changes; reading one raises UnloadedAttribute until refresh(obj)."""
        self._stored_only(obj)
        states.expired(obj)
        self._held.discard(obj)

    def expunge(self, obj: "DeclarativeBase") -> None:
        """Take an object out of the session, with its changes; add() takes it, or merge() its values, back."""
        state = self._own(obj)
        identity = identity_of(obj)
        self._calls = [call for call in self._calls if isinstance(call, Executed) or call.obj is not obj]
        self._required.pop(id(obj), None)
        self._held.discard(obj)
        if state.status == "pending":
            del self._new[identity]
            self._leave(obj, "transient")
        else:
            self._deleted.pop(identity, None)
            self._objects.discard(identity)
            self._leave(obj, "detached")

    def _touched(self) -> "list[DeclarativeBase]":
        """The objects that may differ from what is stored: held ones, and those whose containers somebody still has."""
        held = {id(obj): obj for obj in self._held}
        return [*held.values(), *(obj for obj in self._objects if id(obj) not in held and states.state_of(obj).kept)]

    @property
    def new(self) -> "list[DeclarativeBase]":
        """The objects the next commit inserts."""
        return list(self._new.values())

    @property
    def dirty(self) -> "list[DeclarativeBase]":
        """The stored objects the next commit updates."""
        gone = {id(obj) for obj in self._deleted.values()}
        return [obj for obj in self._touched() if id(obj) not in gone and states.changes(obj)]

    @property
    def deleted(self) -> "list[DeclarativeBase]":
        """The objects the next commit deletes."""
        return list(self._deleted.values())

    def preview(self) -> Preview:
        """What commit() would send; nothing is sent."""
        return Preview(self._unfinished or self._batches(), self.engine.settings)

    def _batches(self) -> tuple[Batch, ...]:
        units = plan_commit(self._calls, self._touched(), self.engine.settings.clock, self._required)
        return batches(units, exactly_once=self.exactly_once, overflow=self.overflow)

    def commit(self) -> None:
        """Write everything that is new, changed or deleted: one plain request for one write, else ONE transaction.

        Objects become clean only when it went through. When it is known to have failed (ConditionFailed, StaleData,
        ItemExists, ItemMissing, TransactionCancelled …), nothing was written, the changes are kept, and commit() may be
        called again; after OutcomeUnknown, the next commit() sends the same bytes again, and only those. Raises
        TransactionTooLarge, before anything is sent, for more than one transaction can hold.
        """
        with self._at_work():
            sendable = self._unfinished
            if not sendable:
                self._before_commit()
                sendable = self._batches()
            again = bool(self._unfinished)
            if not sendable:
                self._settle((), again=False)
                return
            try:
                send_all(sendable, self.engine, self.consumed)
            except OutcomeUnknown:
                self._unfinished = sendable
                raise
            except PartlyCommitted as error:
                done = sendable[: error.batches_applied]
                rest = sendable[error.batches_applied :]
                self._unfinished = rest if isinstance(error.cause, OutcomeUnknown) else ()
                self._settle([unit for batch in done for unit in batch.units], again=True)
                raise
            except BaseException:
                self._unfinished = ()
                raise
            self._unfinished = ()
            self._settle([unit for batch in sendable for unit in batch.units], again=again)
            self.listeners.fire("after_commit", self)

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

    def _settle(self, units: Sequence[Unit], *, again: bool) -> None:
        """Take over what a commit wrote; *again* says that the user may have gone on changing objects since it was planned."""
        written = {id(unit.obj) for unit in units if unit.obj is not None}
        for unit in units:
            obj = unit.obj
            if obj is None:
                continue
            identity = identity_of(obj)
            event = "after_insert" if identity in self._new else "after_update"
            if unit.write.kind == "delete":
                event = "after_delete"
                self._objects.discard(identity)
                self._leave(obj, "detached")
            elif unit.after is not None:
                if again:
                    states.rebased(obj, unit.after, unloaded=unit.unloaded)
                else:
                    states.written(obj, unit.after, unloaded=unit.unloaded)
                replaced = self._deleted.get(identity)
                if replaced is not None and replaced is not obj:
                    self._leave(replaced, "detached")
                self._enter(identity, obj)
            self.listeners.fire(event, self, obj)
        if not again:
            self._forget()
            return
        statements = {id(unit.write.subject) for unit in units if unit.obj is None}
        self._calls = [
            call
            for call in self._calls
            if id(call.statement if isinstance(call, Executed) else call.obj) not in statements | written
        ]
        for group in (self._new, self._deleted):
            for identity in [
                identity for identity, obj in group.items() if states.state_of(obj).status not in {"pending", "deleted"}
            ]:
                del group[identity]

    def _forget(self) -> None:
        self._calls.clear()
        self._new.clear()
        self._deleted.clear()
        self._required.clear()
        self._held.clear()

    def _leave(self, obj: "DeclarativeBase", status: states.Status) -> None:
        state = states.state_of(obj)
        state.session = None
        state.session_hold = None
        state.status = status

    def rollback(self) -> None:
        """Drop what was not committed: added objects leave the session, changed and deleted ones are as they were read."""
        with self._at_work():
            for obj in self._new.values():
                self._leave(obj, "transient")
            for obj in self._deleted.values():
                states.state_of(obj).status = "persistent"
                states.rolled_back(obj)
            for obj in self._touched():
                states.rolled_back(obj)
            self._unfinished = ()
            self._forget()
            self.listeners.fire("after_rollback", self)

    def close(self) -> None:
        """Let go of all objects; what was not committed is dropped."""
        self.rollback()
        for obj in self._objects:
            self._leave(obj, "detached")
        self._objects.clear()

    @contextmanager
    def begin(self) -> "Iterator[Session]":
        """`with session.begin():` commits at the end of the block, and rolls back where it raises."""
        try:
            yield self
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def __contains__(self, obj: object) -> bool:
        state = getattr(obj, "__state__", None)
        return isinstance(state, states.InstanceState) and state.session is self

    def __iter__(self) -> "Iterator[DeclarativeBase]":
        yield from self._new.values()
        yield from self._objects

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
