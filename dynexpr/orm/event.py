"""Who wants to know what happens to the objects of a session?

Listeners belong to one session, or to a sessionmaker and so to all its sessions.

| event | called with | when |
|---|---|---|
| `before_commit` | session | first thing in a commit that writes something |
| `before_insert`, `before_update`, `before_delete` | session, object | before the commit is planned: it may change |
| `after_insert`, `after_update`, `after_delete` | session, object | after the service accepted the commit |
| `after_commit` | session | last thing in a commit that wrote something |
| `after_rollback` | session | after a rollback |
| `after_load` | session, object | an object was made of an item that was read |
"""

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from dynexpr.errors import ArgumentError

F = TypeVar("F", bound=Callable[..., Any])

EVENTS: Final = (
    "before_commit",
    "before_insert",
    "before_update",
    "before_delete",
    "after_insert",
    "after_update",
    "after_delete",
    "after_commit",
    "after_rollback",
    "after_load",
)


class Listeners(dict[str, list[Callable[..., Any]]]):
    """Event -> its listeners, in the order they were given."""

    def fire(self, event: str, *arguments: object) -> None:
        """Call the listeners of an event."""
        for listener in self.get(event, ()):
            listener(*arguments)

    def copied(self) -> "Listeners":
        """The same listeners, apart from those added later."""
        return Listeners({event: list(listeners) for event, listeners in self.items()})


class Target(Protocol):
    """What can be listened to: a session or a sessionmaker."""

    listeners: Listeners


def listen(target: Target, event: str, listener: Callable[..., Any]) -> None:
    """Call *listener* on each *event* of a session, or of all sessions a sessionmaker makes from now on."""
    if event not in EVENTS:
        raise ArgumentError(f"there is no event {event!r}; there are {', '.join(EVENTS)}")
    target.listeners.setdefault(event, []).append(listener)


def listens_for(target: Target, event: str) -> Callable[[F], F]:
    """The decorator form of `listen`: `@event.listens_for(session, "before_insert")`."""

    def register(listener: F) -> F:
        listen(target, event, listener)
        return listener

    return register
