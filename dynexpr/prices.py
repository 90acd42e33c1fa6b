"""What do read and write units cost?

List prices of on-demand tables in us-east-1, table class Standard, as of November 2024:
https://aws.amazon.com/dynamodb/pricing/on-demand/. Other regions and table classes: give your own `Prices`.
"""

from decimal import Context, Decimal
from typing import Final

from dynexpr.errors import ArgumentError, clip
from dynexpr.expression.nodes import Record

EXACT: Final = Context(prec=60)  # whatever the caller's own context rounds or forbids
_MILLION: Final = Decimal(1_000_000)


class Prices(Record):
    """US dollars per million units, `Prices(read=Decimal("0.125"), write=Decimal("0.625"), dated="2024-11")`.

    Storage, streams, backups and transfer are not in them. Raises ArgumentError for a price that is no Decimal or whole
    number of at least 0: a float is not exact.
    """

    __slots__ = __match_args__ = ("read", "write", "dated", "source")

    read: Decimal
    write: Decimal
    dated: str
    source: str
    """Where they are from."""

    def __init__(self, read: Decimal, write: Decimal, dated: str, source: str = "") -> None:
        for name, price in (("read", read), ("write", write)):
            exact = isinstance(price, Decimal | int) and not isinstance(price, bool)
            if not exact or not Decimal(price).is_finite() or price < 0:
                hint = f"; write Decimal('{price}')" if isinstance(price, float | str) else ""
                raise ArgumentError(
                    f"Prices: {name} is US dollars per million units, a Decimal of at least 0, not {clip(price)}{hint}"
                )
            object.__setattr__(self, name, Decimal(price))
        for name, text in (("dated", dated), ("source", source)):
            if not isinstance(text, str):
                raise ArgumentError(f"Prices: {name} is a text, not {clip(text)}")
            object.__setattr__(self, name, text)

    def __eq__(self, other: object) -> bool:
        return type(other) is Prices and self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash(self.__reduce__())

    def __repr__(self) -> str:
        source = f", source={self.source!r}" if self.source else ""
        return f"Prices(read={self.read!r}, write={self.write!r}, dated={self.dated!r}{source})"

    def cost(self, read_units: Decimal, write_units: Decimal) -> Decimal:
        """What so many units cost in US dollars, unrounded.

        >>> ON_DEMAND.cost(Decimal(0), Decimal(2_000_000))
        Decimal('1.250')
        """
        reads = EXACT.multiply(read_units, self.read)
        return EXACT.divide(EXACT.add(reads, EXACT.multiply(write_units, self.write)), _MILLION)


ON_DEMAND: Final = Prices(
    read=Decimal("0.125"),
    write=Decimal("0.625"),
    dated="2024-11",
    source="on demand in us-east-1, https://aws.amazon.com/dynamodb/pricing/on-demand/",
)
"""The default: list prices of on-demand tables, class Standard, in us-east-1."""


def prices_of(given: Prices | None) -> Prices:
    """The prices that are given, or the default; refuses what is none."""
    if given is None:
        return ON_DEMAND
    if not isinstance(given, Prices):
        raise ArgumentError(f"prices are given as Prices(read=…, write=…, dated=…), not {clip(given)}")
    return given
