"""What was consumed, as text tables."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dynexpr.prices import Prices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dynexpr.metering import Capacity

_WIDTH = 100
"""Characters of a statement that are shown."""


def report(used: "Capacity", prices: Prices, statements: int) -> str:
    """The whole, then by operation, place, label and statement, the dearest first."""
    source = f", {prices.source}" if prices.source else ""
    units = f"{used.requests:,} requests, {number(used.read_units)} read units, {number(used.write_units)} write units"
    blocks = [f"{units}\n${number(used.cost(prices))} (prices of {prices.dated}{source}; without storage)"]
    shown = dearest(used.by_statement, prices)
    left = len(shown) - statements
    sections: list[tuple[str, list[tuple[Any, Any]]]] = [
        ("operation", dearest(used.by_operation, prices)),
        ("table or index", dearest(places(used), prices)),
        ("label", [(label or "(none)", share) for label, share in dearest(used.by_label, prices)]),
        ("statement", shown[:statements]),
    ]
    for title, rows in sections:
        if rows and (title != "label" or rows != [("(none)", rows[0][1])]):
            blocks.append(_table(title, rows, prices))
    if left > 0:
        blocks[-1] += f"\n… and {left:,} cheaper statement{'s' * (left > 1)}"
    return "\n\n".join(blocks)


def dearest(parts: dict[Any, Any], prices: Prices) -> list[tuple[Any, Any]]:
    """What shares consumed, the dearest first."""
    return sorted(parts.items(), key=lambda part: (-part[1].cost(prices), part[0] or ""))


def places(used: "Capacity") -> dict[str, Any]:
    """Tables and their indexes, by name -> units."""
    return {table if index is None else f"{table}/{index}": units for (table, index), units in used.by_index.items()}


def number(units: Decimal) -> str:
    """Units, or an amount, as a person reads them.

    >>> number(Decimal("1250.50")), number(Decimal("3.0"))
    ('1,250.5', '3')
    """
    return f"{units.normalize():,f}"


def _table(title: str, rows: list[tuple[str, Any]], prices: Prices) -> str:
    lines: list[Sequence[str]] = [("requests", "read units", "write units", "dollars", title)]
    # So many places show each of the costs whole.
    places = max([0, *(-int(share.cost(prices).normalize().as_tuple().exponent) for _, share in rows)])
    for name, share in rows:
        requests = getattr(share, "requests", None)
        lines.append(
            (
                "" if requests is None else f"{requests:,}",
                number(share.read_units),
                number(share.write_units),
                f"{share.cost(prices):.{places}f}",
                name if len(name) <= _WIDTH else name[: _WIDTH - 1] + "…",
            )
        )
    widths = [max(len(line[place]) for line in lines) for place in range(4)]
    return "\n".join(
        "  ".join([*(text.rjust(width) for text, width in zip(line[:4], widths, strict=True)), line[4]])
        for line in lines
    )
