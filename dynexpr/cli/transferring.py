"""How does a command carry out a transfer, and say what became of it?"""

import argparse
import sys
from collections.abc import Callable
from typing import TypeVar

from dynexpr.capacity import Consumed
from dynexpr.cli import engines
from dynexpr.cli.progress import progress

D = TypeVar("D")


def carried_out(chosen: argparse.Namespace, transfer: Callable[..., D]) -> D:
    """What a transfer comes to that takes the command's arguments and options under the names they have there."""
    given = {name: value for name, value in vars(chosen).items() if name not in {"command", "engine"}}
    with engines.opened(chosen.engine) as engine, progress(f"{chosen.command} {chosen.table}") as told:
        return transfer(engine, **given, on_progress=told)


def tell(count: int, what: str, consumed: Consumed) -> None:
    """Say in a line how many items it were, and what they took."""
    units = ((consumed.read_units, "read units"), (consumed.write_units, "write units"))
    took = ", ".join(f"{amount.normalize():f} {name}" for amount, name in units if amount) or "no units"
    print(f"{count:,} item{'s' * (count != 1)} {what}: {took}, ${consumed.cost():f}", file=sys.stderr)
