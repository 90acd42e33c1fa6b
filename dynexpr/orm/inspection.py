"""What is known of an object?"""

from typing import TYPE_CHECKING, Any

from dynexpr.expression.nodes import OperandNode, Record, node
from dynexpr.hiding import HIDDEN
from dynexpr.orm import state as states
from dynexpr.orm.changes import changes, edited
from dynexpr.unset import UNSET

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase
    from dynexpr.orm.session import Session


@node
class History(Record):
    """What became of one attribute since it was read."""

    changed: bool
    old: Any
    """The value that is stored; UNSET where it is absent or was not read."""
    new: Any
    """The value the next commit stores; UNSET where it is removed, or was assigned an expression."""
    expression: OperandNode | None = None


class Inspection:
    """The state of one object; `inspect(obj)` makes it."""

    def __init__(self, obj: "DeclarativeBase") -> None:
        self._obj = obj
        self._state = states.state_of(obj)

    @property
    def status(self) -> states.Status:
        """`transient`, `pending`, `persistent`, `deleted` or `detached`."""
        return self._state.status

    @property
    def session(self) -> "Session | None":
        """The session it belongs to."""
        found: Session | None = self._state.session
        return found

    @property
    def identity(self) -> tuple[Any, ...] | None:
        """Its key, as Python values; None where a part has no value yet."""
        mapping = type(self._obj).__mapping__
        try:
            key = states.key_item(self._obj)
        except ValueError:
            return None
        return tuple(attribute.type.decode(key[attribute.name]) for attribute in mapping.key_attributes)

    @property
    def loaded(self) -> frozenset[str]:
        """The Python names that can be read."""
        return frozenset(type(self._obj).__mapping__.attributes) - self.unloaded

    @property
    def unloaded(self) -> frozenset[str]:
        """The Python names that can't: not read, expired, or known to DynamoDB only."""
        return states.unloaded_keys(self._obj)

    @property
    def dirty(self) -> bool:
        """Whether its attributes differ from what is stored, so that the next commit of its session, if it has one,
        writes it.
        """
        return bool(changes(self._obj))

    def history(self, name: str) -> History:
        """What became of one attribute."""
        attribute = type(self._obj).__mapping__.attributes[name]
        for change in changes(self._obj):
            if change.attribute is attribute:
                old = UNSET if change.old is None else attribute.type.decode(change.old)
                new = UNSET if change.new is None else attribute.type.decode(change.new)
                return History(True, old, new, change.expression)
        stored = None if self._state.stored is None else self._state.stored.get(attribute.name)
        if stored is None or name in self.unloaded:
            return History(False, UNSET, UNSET)
        value = attribute.type.decode(stored)
        return History(False, value, value)

    def __repr__(self) -> str:
        identity = self.identity
        # Of an object without a session nothing else would tell that no commit writes its changes.
        names = sorted(edited(self._obj)) if self.status == "detached" else ()
        lost = f", changed: {', '.join(names)}" if names else ""
        if identity is not None:
            hidden = states.is_veiled(self._obj)
            attributes = type(self._obj).__mapping__.key_attributes
            shown = (
                repr(HIDDEN if hidden or attribute.options.sensitive else each)
                for attribute, each in zip(attributes, identity, strict=True)
            )
            return f"<{self.status} {type(self._obj).__name__} ({', '.join(shown)}){lost}>"
        return f"<{self.status} {type(self._obj).__name__} {identity}>"


def inspect(obj: "DeclarativeBase") -> Inspection:
    """The state of an object: status, identity, loaded and unloaded attributes, history of each."""
    return Inspection(obj)
