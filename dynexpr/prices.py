"""What do read and write units cost?

List prices of on-demand tables in us-east-1, table class Standard, as of November 2024:
https://aws.amazon.com/dynamodb/pricing/on-demand/. Other regions and table classes: give your own `Prices`.
"""

from decimal import Decimal
from typing import Final

from dynexpr.expression.nodes import Record, node


@node
class Prices(Record):
    """US dollars per million units."""

    read: Decimal
    write: Decimal
    dated: str

    def cost(self, read_units: Decimal, write_units: Decimal) -> Decimal:
        """What so many units cost, unrounded.

        >>> ON_DEMAND.cost(Decimal(0), Decimal(2_000_000))
        Decimal('1.250')
        """
        return (read_units * self.read + write_units * self.write) / 1_000_000


ON_DEMAND: Final = Prices(read=Decimal("0.125"), write=Decimal("0.625"), dated="2024-11")
