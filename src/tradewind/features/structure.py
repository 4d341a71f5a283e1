"""Features of the shape of price: swing pivots and their levels, fair-value gaps, sweeps, breaks of structure."""

from tradewind.features.spec import BoolArray, FloatArray, Inputs
from tradewind.kernels import structure


def pivot_low(inputs: Inputs) -> BoolArray:
    """True at the bar that confirms a swing low three bars earlier."""
    return structure.pivot_lows(inputs.low)


def pivot_high(inputs: Inputs) -> BoolArray:
    """True at the bar that confirms a swing high three bars earlier."""
    return structure.pivot_highs(inputs.high)


def rising_gap(inputs: Inputs) -> FloatArray:
    """Size in price of the bullish fair-value gap the bar completes (low above the high two bars earlier), else 0."""
    return structure.rising_gaps(inputs.high, inputs.low)


def falling_gap(inputs: Inputs) -> FloatArray:
    """Size in price of the bearish fair-value gap the bar completes (high below the low two bars earlier), else 0."""
    return structure.falling_gaps(inputs.high, inputs.low)


def swing_low(inputs: Inputs, lookback: int) -> FloatArray:
    """Price of the last swing low confirmed within the `lookback` bars before this one; NaN where none was."""
    return structure.swing_levels(inputs.low, inputs.get("pivot_low"), lookback)


def swing_high(inputs: Inputs, lookback: int) -> FloatArray:
    """Price of the last swing high confirmed within the `lookback` bars before this one; NaN where none was."""
    return structure.swing_levels(inputs.high, inputs.get("pivot_high"), lookback)


def sweep_low(inputs: Inputs, lookback: int) -> BoolArray:
    """Whether the bar traded below the last swing low and closed above it."""
    return structure.sweeps_below(inputs.get("swing_low", lookback=lookback), inputs.low, inputs.close)


def sweep_high(inputs: Inputs, lookback: int) -> BoolArray:
    """Whether the bar traded above the last swing high and closed below it."""
    return structure.sweeps_above(inputs.get("swing_high", lookback=lookback), inputs.high, inputs.close)


def break_up(inputs: Inputs, lookback: int) -> BoolArray:
    """Break of structure upward: the first close above the last swing high."""
    return structure.breaks_above(inputs.get("swing_high", lookback=lookback), inputs.close)


def break_down(inputs: Inputs, lookback: int) -> BoolArray:
    """Break of structure downward: the first close below the last swing low."""
    return structure.breaks_below(inputs.get("swing_low", lookback=lookback), inputs.close)
