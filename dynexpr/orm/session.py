"""A session: one object per item, changes gathered, and one transaction at the end."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from dynexpr.capacity import Consumed
from dynexpr.errors import DetachedObject, DuplicateKey, OutcomeUnknown, TransactionTooLarge
from dynexpr.limits import TRANSACT_ITEMS
from dynexpr.orm import state as states
from dynexpr.orm.identity import Held, Identity, IdentityMap, identity_of
from dynexpr.orm.unit_of_work import Added, Call, Deleted, Executed, Unit, plan_commit
from dynexpr.requests import new_token
from dynexpr.results import Result
from dynexpr.statements.get import Get
from dynexpr.statements.keys import key_item
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

    Nothing is sent before commit(); queries see what is stored. A session belongs to one thread.
    """

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self.consumed = Consumed()
        """What its reads and commits consumed."""
        self._objects = IdentityMap()
        self._held = Held()
        self._calls: list[Call] = []
        self._new: dict[Identity, DeclarativeBase] = {}
        self._deleted: dict[Identity, DeclarativeBase] = {}
        self._frozen: tuple[tuple[Unit, ...], str] | None = None

    def add(self, obj: "DeclarativeBase") -> None:
        """Insert a new object with the next commit: `PutItem` if no item has its key.

        Raises DuplicateKey where the session has another object of that key.
        """
        state = states.state_of(obj)
        if state.session is self:
            return
        if state.session is not None:
            raise DetachedObject(f"{obj!r} belongs to another session")
        identity = identity_of(obj)
        known = self._new.get(identity) or self._objects.get(identity)
        if known is not None and identity not in self._deleted:
            raise DuplicateKey(f"the session already has an object of that key: {known!r}")
        self._new[identity] = obj
        self._calls.append(Added(obj))
        state.session = self
        state.status = "pending"

    def add_all(self, objects: Iterable["DeclarativeBase"]) -> None:
        """Add several objects."""
        for obj in objects:
            self.add(obj)

    def delete(self, obj: "DeclarativeBase") -> None:
        """Delete a stored object with the next commit: `DeleteItem`, under its version where it has one.

        An object that was added and not committed yet is taken back.
        """
        state = states.state_of(obj)
        if state.session is not self:
            raise DetachedObject(f"{obj!r} does not belong to this session; load it with session.get(...)")
        identity = identity_of(obj)
        if state.status == "pending":
            del self._new[identity]
            self._calls = [call for call in self._calls if not (isinstance(call, Added) and call.obj is obj)]
            state.session = None
            state.status = "transient"
        elif state.status == "persistent":
            self._deleted[identity] = obj
            self._calls.append(Deleted(obj))
            state.status = "deleted"

    def get(self, entity: type[B], key: object) -> B | None:
        """The object of a key: `GetItem`, unless the session has it already; None where there is no item.

        *key* is a value, a tuple `(partition, sort)`, or a mapping of Python names.
        """
        wire_key = key_item(table_of(entity), key)
        identity: Identity = (table_of(entity).name, tuple(map(freeze, wire_key.values())))
        if identity in self._new:
            return self._new[identity]  # type: ignore[return-value]
        if identity in self._deleted:
            return None
        known = self._objects.get(identity)
        if known is not None:
            return known  # type: ignore[return-value]
        from dynexpr.flows import sent
        from dynexpr.requests import get_request

        request = get_request(Get(entity, wire_key), self.engine.settings)
        response = self.engine.run(sent(request, self.engine.deadline(None)), self.consumed)
        item = response.get("Item")
        return self._loaded(entity, item, None) if item else None

    @overload
    def scalars(self, statement: Select[tuple[R]]) -> Result[R]: ...
    @overload
    def scalars(self, statement: Select[R]) -> Result[R]: ...
    def scalars(self, statement: Select[Any]) -> Result[Any]:
        """The objects of a select, or the first column of its rows; the first page is read now, the rest on the way."""
        if statement.columns:
            return self.engine.execute(statement).scalars()
        pages, consumed = self.engine.select(statement, lambda plan: self._maker(statement, plan))
        result = Result(pages, consumed)
        return result

    def execute(self, statement: Any) -> Any:
        """A write joins the next commit; a read gives its result at once: objects of `select(Model)`, rows otherwise."""
        if isinstance(statement, Insert | Put | UpdateStatement | Delete | Check):
            self._calls.append(Executed(statement))
            return None
        if isinstance(statement, Select):
            return self.engine.execute(statement) if statement.columns else self.scalars(statement)
        return self.engine.execute(statement)

    def _maker(self, statement: Select[Any], plan: "Plan") -> "Callable[[Item], Any]":
        entity = statement.entity
        names: frozenset[str] | None = None
        index = plan.index
        if index is not None and index.kind == "global" and index.projection != "ALL":
            keys = {column.name for column in (*index.key_columns, *index.table.key_columns)}
            names = frozenset(keys | set(index.projection if isinstance(index.projection, tuple) else ()))
        return lambda item: self._loaded(entity, item, names)

    def _loaded(self, entity: type[B], item: Item, names: frozenset[str] | None) -> B:
        """The object of an item that was read: the one there is, its gaps filled, or a new one."""
        table = table_of(entity)
        identity: Identity = (table.name, tuple([freeze(item[name]) for name in table.key_names]))
        known = self._objects.get(identity)
        if known is not None:
            if self._same_version(known, item):
                states.filled(known, item, names)
            return known  # type: ignore[return-value]
        obj = states.load(entity, item, names)
        self._enter(identity, obj)
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

    def commit(self) -> None:
        """Write everything that is new, changed or deleted: one plain request for one write, else ONE transaction.

        Objects become clean only when it went through. When it is known to have failed (ConditionFailed, StaleData,
        ItemExists, ItemMissing, TransactionCancelled …), nothing was written, the changes are kept, and commit() may be
        called again; after OutcomeUnknown, the next commit() sends the same bytes again. Raises TransactionTooLarge,
        before anything is sent, for more than 100 writes.
        """
        if self._frozen is None:
            units = plan_commit(self._calls, list(self._held), self.engine.settings.clock)
            if len(units) > TRANSACT_ITEMS:
                raise TransactionTooLarge(
                    f"{len(units)} writes are more than the {TRANSACT_ITEMS} of one transaction; nothing was sent. "
                    "Commit in smaller steps"
                )
            frozen = (units, new_token())
        else:
            frozen = self._frozen
        units, token = frozen
        if units:
            try:
                self._send(units, token)
            except OutcomeUnknown:
                self._frozen = frozen
                raise
        self._frozen = None
        self._written(units)

    def _send(self, units: Sequence[Unit], token: str) -> None:
        writes = [unit.write for unit in units]
        if len(writes) == 1 and writes[0].kind != "check":
            _, consumed = self.engine.write(writes[0])
        else:
            consumed = self.engine.transact(writes, token)
        self.consumed.add(consumed)

    def _written(self, units: Sequence[Unit]) -> None:
        """Take over what a commit wrote."""
        for unit in units:
            obj = unit.obj
            if obj is None:
                continue
            identity = identity_of(obj)
            if unit.after is None:
                self._objects.discard(identity)
                self._leave(obj, "detached")
            else:
                states.written(obj, unit.after)
                self._enter(identity, obj)
        for gone in self._deleted.values():
            if states.state_of(gone).session is self:  # its key was taken over by a new object
                self._leave(gone, "detached")
        self._calls.clear()
        self._new.clear()
        self._deleted.clear()
        self._held.clear()

    def _leave(self, obj: "DeclarativeBase", status: states.Status) -> None:
        state = states.state_of(obj)
        state.session = None
        state.session_hold = None
        state.status = status

    def rollback(self) -> None:
        """Drop what was not committed: added objects leave the session, changed and deleted ones are as they were read."""
        for obj in self._new.values():
            self._leave(obj, "transient")
        for obj in self._deleted.values():
            states.state_of(obj).status = "persistent"
        for obj in self._held:
            states.rolled_back(obj)
        self._frozen = None
        self._calls.clear()
        self._new.clear()
        self._deleted.clear()
        self._held.clear()

    def close(self) -> None:
        """Let go of all objects; what was not committed is dropped."""
        self.rollback()
        for obj in self._objects:
            self._leave(obj, "detached")
        self._objects.clear()

    def __contains__(self, obj: object) -> bool:
        state = getattr(obj, "__state__", None)
        return isinstance(state, states.InstanceState) and state.session is self

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


