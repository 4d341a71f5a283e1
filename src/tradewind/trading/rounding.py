"""Prices and quantities that a venue takes, next to those wanted: where floats become Decimal."""

from decimal import ROUND_FLOOR, ROUND_UP, Decimal
from typing import Final

from tradewind.model.orders import Filters

ZERO: Final = Decimal(0)
_SIGNIFICANT: Final = ".12g"  # digits of a quantity where the venue has no lot


def allowed_quantity(filters: Filters, wanted: float) -> Decimal:
    """The largest allowed quantity that is not more than wanted; zero where none is."""
    if not wanted > 0:
        return ZERO
    lot, largest = filters.lot, filters.max_quantity
    quantity = Decimal(format(wanted, _SIGNIFICANT)) if lot is None else Decimal(repr(wanted))
    if largest is not None:
        quantity = min(quantity, largest)
    return quantity if lot is None else (quantity / lot).to_integral_value(ROUND_FLOOR) * lot


def allowed_price(filters: Filters, wanted: float, *, up: bool) -> Decimal:
    """An allowed price next to the one wanted: the next above or below it, itself where there is no tick."""
    exact, tick = Decimal(repr(wanted)), filters.tick
    if tick is None:
        return exact
    return (exact / tick).to_integral_value(ROUND_UP if up else ROUND_FLOOR) * tick
