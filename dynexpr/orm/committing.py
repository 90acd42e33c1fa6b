"""How is what a session gathered sent, and what becomes of its objects?  Clean if it went through, else as before.

What was sent, and nobody knows whether it took effect, is sent again as it was, and nothing else before it.
"""

from typing import TYPE_CHECKING, Literal

from dynexpr.errors import (
    DynexprError,
    OutcomeUnknown,
    PartlyCommitted,
    ResponseLost,
    SessionError,
)
from dynexpr.orm import renewing, state as states
from dynexpr.orm.calls import Added, Call, Deleted
from dynexpr.orm.changes import changes, edited
from dynexpr.orm.identity import Identity, identity_of
from dynexpr.orm.querying import Querier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dynexpr.flows import ReadFlow
    from dynexpr.orm.commit import Frozen, Preview
    from dynexpr.orm.declarative import DeclarativeBase
    from dynexpr.orm.unit_of_work import Unit
    from dynexpr.writes import Write


class Committer(Querier):
    """The writing half of a session: the calls of the user, their commit, and a commit in doubt."""

    exactly_once: bool
    overflow: Literal["refuse", "not_atomic"]
    _calls: list[Call]
    _unfinished: "Frozen | None" = None
    """A commit whose outcome is unknown: the next commit sends it again, and nothing else."""

    @property
    def new(self) -> "list[DeclarativeBase]":
        """The objects the next commit inserts."""
        return list(self._new.values())

    @property
    def dirty(self) -> "list[DeclarativeBase]":
        """The stored objects the next commit updates."""
        gone = {id(obj) for obj in self._deleted.values()}
        return [obj for obj in self._held.touched() if id(obj) not in gone and changes(obj)]

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
        called again. After OutcomeUnknown the next commit() is about the same bytes only: it sends them again where
        they can't take effect twice (a transaction, an insert, a write under a version), and else says so again.
        Raises TransactionTooLarge, before anything is sent, for more than one transaction can hold.
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
            if (whole and not again) or not edited(obj):
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
        take_over = renewing.rebased if again else renewing.written
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
        since = edited(known) if again else frozenset()
        if write.kind == "delete":
            if not since:
                self._gone(known)  # else the next commit says that the item of the change is missing
        elif write.item is not None:
            renewing.written(known, write.item, whole=True, keeping=since)
        elif write.update is not None:
            renewing.outdated(known, {str(action.path.steps[0]) for action in write.update.actions}, keeping=since)

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
            for call in self._calls:
                if isinstance(call, Added):
                    self._leave(call.obj, call.came_as)
            for obj in self._deleted.values():
                states.state_of(obj).status = "persistent"
                renewing.rolled_back(obj)
            for obj in self._held.touched():
                renewing.rolled_back(obj)
            if self._unfinished is not None:
                for unit in self._unfinished.units:
                    self._doubt(unit.write)
                self._unfinished = None
            self._forget()
            self.listeners.fire("after_rollback", self)

    def _doubt(self, write: "Write") -> None:
        known = self._objects.get(write.place)
        if known is not None and write.kind != "check":
            renewing.expired(known)

    def _in_doubt(self, identity: Identity) -> bool:
        unfinished = self._unfinished
        return unfinished is not None and any(unit.write.place == identity for unit in unfinished.units)

    def _alone_in_doubt(self, identity: Identity) -> bool:
        unit = None if self._unfinished is None else self._unfinished.alone
        return unit is not None and unit.write.place == identity

    def _refuse_in_doubt(self, obj: "DeclarativeBase", what: str) -> None:
        if self._unfinished is not None and any(unit.obj is obj for unit in self._unfinished.units):
            raise SessionError(
                f"nobody knows whether {self._shown(obj)} was written: commit() again, or rollback() and read it, "
                f"before it is {what}"
            )

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
                    self._leave(call.obj, call.came_as)

    def _gone(self, obj: "DeclarativeBase") -> None:
        self._calls = [call for call in self._calls if not (isinstance(call, Deleted) and call.obj is obj)]
        super()._gone(obj)
