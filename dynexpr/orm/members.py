"""Which objects belong to a session, and how do they enter and leave?  One for each item, one thread at a time."""

from _thread import get_ident
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

from dynexpr.capacity import Ledger
from dynexpr.errors import ConcurrentUse, DetachedObject
from dynexpr.orm import state as states
from dynexpr.orm.event import Listeners
from dynexpr.orm.identity import Held, Identity, IdentityMap, identity_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dynexpr.engine import Engine
    from dynexpr.metering import Capacity
    from dynexpr.orm.declarative import DeclarativeBase


class Members:
    """The objects of a session: those that are stored, weakly; those to be added or deleted; and who is at work."""

    awaited: ClassVar[bool] = False
    """Whether it is the session inside an AsyncSession."""

    def __init__(self, engine: "Engine", consistent_read: bool | None) -> None:
        if getattr(engine, "awaited", None) is not self.awaited:
            from dynexpr.core import check_engine

            cure = "write AsyncSession(engine)"
            if self.awaited:
                cure = (
                    "Session takes that of create_engine(...); in a test, AsyncSession takes "
                    "dynexpr.testing.awaited(engine), which is the fixture dynexpr_async_engine"
                )
            check_engine(engine, cure, awaited=self.awaited)
        self.engine = engine
        self.consistent_read = consistent_read
        self.consumed: Final = Ledger()
        """What its reads and commits consumed, as every result has it."""
        self.listeners = Listeners()
        self._objects = IdentityMap()
        self._held = Held()
        self._new: dict[Identity, DeclarativeBase] = {}
        self._deleted: dict[Identity, DeclarativeBase] = {}
        self._user: int | None = None

    @property
    def capacity(self) -> "Capacity":
        """What its reads and commits consumed, by statement, table, index, operation and label."""
        return self.consumed.capacity

    @contextmanager
    def _at_work(self) -> Generator[None]:
        """Refuse a second thread while a first one is inside."""
        outer = self._user
        self._check_thread()
        self._user = get_ident()
        try:
            yield
        finally:
            self._user = outer

    def _check_thread(self) -> None:
        if self._user is not None and self._user != get_ident():
            raise ConcurrentUse(
                "two threads use this session at once; give each its own (sessionmaker, scoped_session)"
            )

    def _enter(self, identity: Identity, obj: "DeclarativeBase") -> None:
        state = states.state_of(obj)
        state.session = self
        state.session_hold = self._held
        state.status = "persistent"
        state.key = identity[1]
        self._objects.add(identity, obj)

    def _succeed(self, identity: Identity, obj: "DeclarativeBase") -> None:
        """Enter an object that turned out to be written; a query may have read another while it was waiting."""
        older = self._objects.get(identity)
        if older is not None and older is not obj and older in self:
            self._leave(older, "detached")
        self._enter(identity, obj)

    def _leave(self, obj: "DeclarativeBase", status: states.Status) -> None:
        state = states.state_of(obj)
        state.session = None
        state.session_hold = None
        state.status = status
        self._held.discard(obj)

    def _out(self, obj: "DeclarativeBase", status: states.Status) -> None:
        """Take a stored object out of the session."""
        identity = identity_of(obj)
        for objects in (self._objects, self._deleted):
            if objects.get(identity) is obj:
                del objects[identity]
        self._leave(obj, status)

    def _gone(self, obj: "DeclarativeBase") -> None:
        """The item of an object is gone: it leaves the session, with its changes."""
        self._out(obj, "transient" if states.state_of(obj).stored is None else "deleted")

    def _own(self, obj: "DeclarativeBase") -> states.InstanceState:
        state = states.state_of(obj)
        if state.session is not self:
            cure = "session.add() a new one" if state.stored is None else "load it with session.get(), or merge() it"
            raise DetachedObject(f"{self._shown(obj)} does not belong to this session; {cure}")
        return state

    def _known(self, identity: Identity) -> "DeclarativeBase | None":
        """The object of an item, one that is to be added included. Models may say when they are false."""
        return self._new[identity] if identity in self._new else self._objects.get(identity)

    def _shown(self, obj: "DeclarativeBase") -> str:
        """An object as messages call it; one that is not this session's does not know what its engine hides."""
        return states.called(obj, veiled=self.engine.settings.hide_parameters)

    def _in_doubt(self, identity: Identity) -> bool:
        """Whether a commit of unknown outcome may have written an item; what only reads has none."""
        del identity
        return False

    def _alone_in_doubt(self, identity: Identity) -> bool:
        """Whether it may have written that item, and no other in the same transaction."""
        del identity
        return False

    def _give_up(self, obj: "DeclarativeBase") -> None:
        """Where the write of an object's item, alone, is in doubt, it is not sent again: the user looks instead."""

    def __contains__(self, obj: object) -> bool:
        state = getattr(obj, "__state__", None)
        return isinstance(state, states.InstanceState) and state.session is self

    def __iter__(self) -> "Iterator[DeclarativeBase]":
        yield from self._new.values()
        yield from self._objects
