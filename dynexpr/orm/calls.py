"""What did the user ask of a session?  Kept in the order of the calls, until the commit."""

from typing import TYPE_CHECKING, Any

from dynexpr.expression.nodes import Condition, Record, node

if TYPE_CHECKING:
    from dynexpr.orm.declarative import DeclarativeBase
    from dynexpr.orm.state import Status


@node
class Added(Record):
    """An object given to session.add(), or to session.put()."""

    obj: "DeclarativeBase"
    condition: Condition | None = None
    overwrite: bool = False
    came_as: "Status" = "transient"
    """What it was before, and is again where the call is taken back."""


@node
class Deleted(Record):
    """An object given to session.delete()."""

    obj: "DeclarativeBase"


@node
class Executed(Record):
    """A statement given to session.execute(), a check included."""

    statement: Any


@node
class Required(Record):
    """A condition given to session.require()."""

    obj: "DeclarativeBase"
    condition: Condition


Call = Added | Deleted | Executed | Required
