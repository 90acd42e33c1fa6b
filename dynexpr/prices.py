"""What do read and write units cost?

List prices of on-demand tables in us-east-1, table class Standard, as of November 2024:
https://aws.amazon.com/dynamodb/pricing/on-demand/. Other regions and table classes: give your own `Prices`.
"""

from decimal import Context, Decimal
from typing import Final

from dynexpr.expression.nodes import Record, node

EXACT: Final = Context(prec=60)  # whatever the caller's own context rounds or forbids
_MILLION: Final = Decimal(1_000_000)


@node
class Prices(Record):
    """US dollars per million units, `Prices(read=Decimal("0.125"), write=Decimal("0.625"), dated="2024-11")`.

    Storage, streams, backups and transfer are not in them.
    """

    read: Decimal
    write: Decimal
    dated: str
    source: str = ""
    """Where they are from."""

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
