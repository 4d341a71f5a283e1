"""Features of the shape of price: swing pivots."""

from tradewind.features.spec import BoolArray, Inputs
from tradewind.kernels import structure


def pivot_low(inputs: Inputs) -> BoolArray:
    """True at the bar that confirms a swing low three bars earlier."""
    return structure.pivot_lows(inputs.low)


def pivot_high(inputs: Inputs) -> BoolArray:
    """True at the bar that confirms a swing high three bars earlier."""
    return structure.pivot_highs(inputs.high)
