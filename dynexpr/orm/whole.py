"""What is an object to a batch, which belongs to no session?  The whole item it stands for."""

from typing import Any

from dynexpr.clock import Clock
from dynexpr.errors import ArgumentError
from dynexpr.orm import renewing, state as states
from dynexpr.orm.encoding import encoded_object
from dynexpr.orm.unit_of_work import looked_at
from dynexpr.tables import Table
from dynexpr.wire import Item


def table_of_object(obj: Any) -> Table:
    """The table of an object that no session has; ArgumentError for anything else."""
    state = getattr(obj, "__state__", None)
    if isinstance(obj, type) or not isinstance(state, states.InstanceState):
        raise ArgumentError(f"an object of a model is wanted, not {obj!r}")
    if state.session is not None:
        raise ArgumentError(
            f"{states.called(obj)} belongs to a session: let that write it, or session.expunge(obj) first"
        )
    table: Table = type(obj).__table__
    return table


def item_of_object(obj: Any, clock: Clock) -> tuple[Item, bytes | None]:
    """The item of an object with its defaults, times and version, as a put writes it, and its JSON, if it is known."""
    return encoded_object(obj, clock) or (looked_at(obj, clock, overwrite=True), None)


def key_of_object(obj: Any) -> Item:
    """The key of an object on the wire."""
    return states.key_item(obj)


def was_written(obj: Any, item: Item) -> None:
    """The object is stored as this item: it holds what reading it again would give, and belongs to no session."""
    renewing.refreshed(obj, item)
    states.state_of(obj).status = "detached"
