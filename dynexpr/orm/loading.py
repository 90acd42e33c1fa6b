"""How do items become objects of a session?  Read by key, one object for each item.

What is loaded is never overwritten by what is read again; what is missing is filled only while the versions agree.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from dynexpr.errors import ArgumentError, DetachedObject, DuplicateKey, NoResultFound
from dynexpr.expression.nodes import replace
from dynexpr.flows import ReadFlow, sent
from dynexpr.hiding import HIDDEN
from dynexpr.orm import renewing, state as states
from dynexpr.orm.changes import edited
from dynexpr.orm.identity import Identity, identity_of
from dynexpr.orm.members import Members
from dynexpr.orm.refusals import refusing
from dynexpr.requests import get_request
from dynexpr.statements.get import BatchGet, Get, Missing, Target, reading
from dynexpr.statements.keys import given_shown, key_item, key_items
from dynexpr.tables import Table, table_of
from dynexpr.wire import Item, freeze

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase
    from dynexpr.statements.get import ReadOptions

B = TypeVar("B", bound="DeclarativeBase")


class Loader(Members):
    """The half of a session that reads by key: all that fills its identity map."""

    @overload
    def get(
        self, entity: type[B], key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> B | None: ...
    @overload
    def get(
        self, entity: Any, key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> Any: ...
    @refusing
    def get(
        self, entity: Any, key: object, *, consistent_read: bool | None = None, populate_existing: bool = False
    ) -> Any:
        """The object of a key: `GetItem`, unless the session has it already; None where there is no item.

        *key* is a value, a tuple `(partition, sort)`, or a mapping of Python names. An object that was added and not
        committed yet is found, one that was deleted is not. *populate_existing* reads it again, dropping its changes.
        """
        return self.engine.run(self.getting(entity, key, consistent_read, populate=populate_existing), self.consumed)

    def getting(self, entity: Any, key: object, consistent_read: bool | None, *, populate: bool) -> ReadFlow[Any]:
        """The flow of get()."""
        wire_key = key_item(_model(entity), key)
        with self._at_work():
            found = yield from self._get(entity, wire_key, consistent_read=consistent_read, populate_existing=populate)
            return found

    def _get(
        self, entity: type[B], wire_key: Item, *, consistent_read: bool | None, populate_existing: bool
    ) -> ReadFlow[B | None]:
        identity: Identity = (table_of(entity).name, tuple(map(freeze, wire_key.values())))
        if identity in self._new:
            return _as(entity, self._new[identity])
        if identity in self._deleted:
            return None
        known = self._objects.get(identity)
        if known is not None and not populate_existing and not states.knows_only_its_key(known):
            return _as(entity, known)
        item = yield from self._read(entity, wire_key, consistent_read)
        if known is not None:
            self._give_up(known)
            if item is None:
                self._gone(known)
        return None if item is None else self.loaded(entity, item, None, populate=populate_existing)

    def get_one(self, entity: type[B], key: object, *, consistent_read: bool | None = None) -> B:
        """As get(), but NoResultFound where there is no item."""
        found = self.get(entity, key, consistent_read=consistent_read)
        if found is None:
            table = table_of(entity)
            shown = HIDDEN if self.engine.settings.hide_parameters else given_shown(table, key)
            raise NoResultFound(f"there is no {table.title} {shown}; session.get() gives None")
        return found

    def _read(self, entity: Any, wire_key: Item, consistent_read: bool | None) -> ReadFlow[Item | None]:
        if consistent_read is None and self._in_doubt((table_of(entity).name, tuple(map(freeze, wire_key.values())))):
            consistent_read = True  # what is read settles a doubt, and must not be older than what caused it
        statement: Get[Any] = Get(entity, wire_key).consistent_read(self._consistent(entity, consistent_read))
        request = get_request(statement, self.engine.settings)
        response = yield from sent(request, self.engine.deadline(None))
        return response.get("Item") or None

    def _consistent(self, entity: Any, asked: bool | None) -> bool:
        """By the call, else the session, else the model, else the engine."""
        model: bool | None = getattr(entity, "__consistent_read__", None)
        for choice in (asked, self.consistent_read, model):
            if choice is not None:
                return choice
        return self.engine.settings.consistent_read

    @overload
    def get_many(
        self,
        entity: type[B],
        keys: Iterable[object],
        *,
        consistent_read: bool | None = None,
        missing: Literal["skip"] = "skip",
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[B]: ...
    @overload
    def get_many(
        self,
        entity: type[B],
        keys: Iterable[object],
        *,
        consistent_read: bool | None = None,
        missing: Literal["none"],
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[B | None]: ...
    def get_many(
        self,
        entity: type[B],
        keys: Iterable[object],
        *,
        consistent_read: bool | None = None,
        missing: Missing = "skip",
        transactional: bool = False,
        **options: "Unpack[ReadOptions]",
    ) -> list[Any]:
        """The objects of many keys, in their order: `BatchGetItem`, for those the session has not got already.

        A missing item is left out, or None with `missing="none"`; a key given twice is read once and handed out twice.
        *transactional* reads up to 100 as they were at one moment: `TransactGetItems`; what the session has is read too
        and takes over what was read, but for objects with changes, which keep what they were changed from.

        Takes the options of `batch_get`: *parallel* requests of *chunk_size* keys, `retry=`, `deadline=`,
        `on_progress(done, total)`, `on_error(keys, error)`. *columns* are the attributes to read, besides the key and
        the version; the others are unloaded. An error's `leftover` has the keys that were not read.
        """
        flow = self.getting_many(
            entity, keys, consistent_read, missing=missing, transactional=transactional, options=options
        )
        return self.engine.run(flow, self.consumed)

    def getting_many(
        self,
        entity: type[B],
        keys: Iterable[object],
        consistent_read: bool | None,
        *,
        missing: Missing,
        transactional: bool,
        options: "ReadOptions",
    ) -> ReadFlow[list[Any]]:
        """The flow of get_many()."""
        table = _model(entity)
        how = _with_version(reading((), [table], missing, options), table)
        if transactional and options:
            raise ArgumentError(f"a transaction is one request for whole items: it takes no {', '.join(options)}")
        names = _names_of(how, table)
        with self._at_work():
            wire_keys = key_items(table, keys)
            frozen = table.frozen
            identities: list[Identity] = [(table.name, frozen(key)) for key in wire_keys]
            # Held here, for the identity map alone would let go of them before the last one is read.
            found: dict[Identity, DeclarativeBase | None] = {}
            unknown: dict[Identity, Target] = {}
            for identity, key in zip(identities, wire_keys, strict=True):
                known = self._known(identity)
                if identity in self._deleted and identity not in self._new:
                    found[identity] = None
                elif known is not None and not self._to_be_read(known, names, transactional=transactional):
                    found[identity] = _as(entity, known)
                else:
                    unknown[identity] = Target(entity, key)
            if unknown:
                unread: set[Identity] = set()
                batch = replace(_noting(how, table, unread), targets=tuple(unknown.values()))
                flow = self._read_many(entity, batch, consistent_read, tuple(unknown), transactional=transactional)
                items = yield from flow
                for identity, item in zip(unknown, items, strict=True):
                    if identity not in unread:
                        found[identity] = self._met(entity, identity, item, names, transactional=transactional)
            objects = [found.get(identity) for identity in identities]
            return objects if missing == "none" else [obj for obj in objects if obj is not None]

    def _to_be_read(self, known: "DeclarativeBase", names: frozenset[str] | None, *, transactional: bool) -> bool:
        """Whether an object the session has is read all the same: for it was expired, or lacks what is asked for by
        name, or all are wanted of one moment.

        What was changed is not: on another version its changes would be a lost update.
        """
        if states.state_of(known).status == "pending":
            return False
        if names is not None and not _knows(known, names):
            return True
        return states.knows_only_its_key(known) or (transactional and not edited(known))

    def _met(
        self,
        entity: type[B],
        identity: Identity,
        item: Item | None,
        names: frozenset[str] | None,
        *,
        transactional: bool,
    ) -> "DeclarativeBase | None":
        """The object of an item of get_many() that was read, or found missing."""
        known = self._objects.get(identity)
        if known is not None:
            self._give_up(known)
            if item is None:
                self._gone(known)
            elif transactional:
                renewing.written(known, item, whole=True)
        return None if item is None else self.loaded(entity, item, names, identity)

    def _read_many(
        self,
        entity: Any,
        batch: BatchGet,
        consistent_read: bool | None,
        identities: Sequence[Identity] = (),
        *,
        transactional: bool,
    ) -> ReadFlow[list[Item | None]]:
        if transactional:
            from dynexpr.executing import transact_items

            return transact_items(self.engine, batch.targets, None)
        from dynexpr.bulk.reading import items_of, plain_key

        batch = batch.execution_options(consistent_read=self._consistent(entity, consistent_read))
        return items_of(self.engine, batch, plain_key, identities)

    def loaded(
        self,
        entity: type[B],
        item: Item,
        names: frozenset[str] | None,
        identity: Identity | None = None,
        *,
        populate: bool = False,
    ) -> B:
        """The object of an item that was read: the one there is, its gaps filled, or a new one."""
        if identity is None:
            table = entity.__table__
            identity = (table.name, table.frozen(item))
        known = self._deleted[identity] if identity in self._deleted else self._objects.get(identity)
        if known is not None:
            if populate or states.knows_only_its_key(known):
                renewing.refreshed(known, item, names)
                self._held.discard(known)
            elif self._same_version(known, item):
                renewing.filled(known, item, names)
            return _as(entity, known)
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

    @refusing
    def refresh(self, obj: "DeclarativeBase", *, consistent_read: bool | None = None) -> None:
        """Read a stored object again: `GetItem`; its changes are dropped. NoResultFound where the item is gone."""
        self.engine.run(self.refreshing(obj, consistent_read), self.consumed)

    def refreshing(self, obj: "DeclarativeBase", consistent_read: bool | None) -> ReadFlow[None]:
        """The flow of refresh()."""
        with self._at_work():
            self._stored_only(obj, or_in_doubt=True)
            item = yield from self._read(type(obj), states.key_item(obj), consistent_read)
            self._take(obj, item)

    def refresh_all(self, objects: Iterable["DeclarativeBase"], *, consistent_read: bool | None = None) -> None:
        """Read several stored objects again: `BatchGetItem`."""
        self.engine.run(self.refreshing_all(list(objects), consistent_read), self.consumed)

    def refreshing_all(self, wanted: "list[DeclarativeBase]", consistent_read: bool | None) -> ReadFlow[None]:
        """The flow of refresh_all()."""
        with self._at_work():
            by_model: dict[type, list[DeclarativeBase]] = {}
            for obj in wanted:
                self._stored_only(obj, or_in_doubt=True)
                by_model.setdefault(type(obj), []).append(obj)
            for model, group in by_model.items():
                batch = BatchGet(tuple(Target(model, states.key_item(obj)) for obj in group))
                consistent = consistent_read
                if consistent is None and any(self._in_doubt(identity_of(obj)) for obj in group):
                    consistent = True
                items = yield from self._read_many(model, batch, consistent, transactional=False)
                for obj, item in zip(group, items, strict=True):
                    self._take(obj, item)

    def _stored_only(self, obj: "DeclarativeBase", *, or_in_doubt: bool = False) -> None:
        if self._own(obj).status == "pending" and not (or_in_doubt and self._alone_in_doubt(identity_of(obj))):
            raise DetachedObject(f"{self._shown(obj)} is not stored yet: commit first")

    def _take(self, obj: "DeclarativeBase", item: Item | None) -> None:
        self._give_up(obj)
        if item is None:
            self._gone(obj)
            raise NoResultFound(f"{self._shown(obj)}: its item is gone, and the object has left the session")
        renewing.refreshed(obj, item)
        self._held.discard(obj)
        if states.state_of(obj).status == "pending":
            self._succeed(identity_of(obj), obj)

    def expire(self, obj: "DeclarativeBase") -> None:
        """Forget an object's values and changes; reading one raises UnloadedAttribute until refresh(obj) or get()."""
        with self._at_work():
            self._stored_only(obj)
            self._expire(obj)

    def expire_all(self) -> None:
        """Forget the values and changes of all stored objects, as expire() does."""
        with self._at_work():
            for obj in self._objects:
                self._expire(obj)

    def _expire(self, obj: "DeclarativeBase") -> None:
        self._give_up(obj)
        renewing.expired(obj)
        self._held.discard(obj)


def _with_version(batch: BatchGet, table: Table) -> BatchGet:
    """Read the version too where some attributes are: without it nothing of the object could be written."""
    version = table.version
    if not batch.columns or version is None:
        return batch
    return replace(batch, columns=(*batch.columns, version))


def _names_of(batch: BatchGet, table: Table) -> frozenset[str] | None:
    """The DynamoDB names of the attributes that are read of each item; None for all."""
    inside = next((column for column in batch.columns if len(column.node.steps) > 1), None)
    if inside is not None:
        raise ArgumentError(f"an object holds whole attributes: columns takes {table.title} columns, not {inside}")
    names = {column.name for column in batch.columns}
    return frozenset(names | set(table.key_names)) if names else None


def _noting(batch: BatchGet, table: Table, unread: set[Identity]) -> BatchGet:
    """A batch whose on_error, where it has one, adds what could not be read: that is not the same as missing."""
    how = batch.how
    minded = None if how is None else how.on_error
    if how is None or minded is None:
        return batch
    tell = minded

    def on_error(keys: list[Any], error: Exception) -> None:
        unread.update((table.name, tuple(map(freeze, key_item(table, key).values()))) for key in keys)
        tell(keys, error)

    return replace(batch, how=replace(how, on_error=on_error))


def _knows(obj: "DeclarativeBase", names: frozenset[str]) -> bool:
    """Whether an object the session has need not be read for some attributes."""
    by_name = type(obj).__mapping__.by_name
    return all(states.is_loaded(obj, by_name[name]) for name in names)


def _model(entity: Any) -> Table:
    """The table of a model; a Table has rows, and no objects."""
    table = table_of(entity)
    if entity is table:
        raise ArgumentError(
            f"{entity!r} has no objects: a session reads models; engine.execute(get(table, key)) gives rows"
        )
    return table


def _as(entity: type[B], known: "DeclarativeBase") -> B:
    """An object the session has, if it is one of the model that is asked for."""
    if not isinstance(known, entity):
        raise DuplicateKey(
            f"the session holds this item as {states.called(known)}; read it as a {entity.__name__} in a session of "
            "its own"
        )
    return known
