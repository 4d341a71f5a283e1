"""The features of the scalper straight from their definitions, each value from its own window and nothing else."""

import math
from collections.abc import Callable, Sequence
from operator import mul

from tests.oracle.twin_law import TwinBars, Value

WARM_UP_BARS = 63  # a window of L values is declared as L + 63: its sums start at a block of 64 bars of ts
PIVOT_WING_BARS = 3


def above(a: float, b: float) -> bool:
    """a > b by more than the band within which two computed values count as equal."""
    return a - b > 1e-9 * max(abs(a), abs(b))


def true_range(bars: TwinBars) -> list[Value]:
    """The bar's range, stretched to the previous close; the first bar has none."""
    ranges: list[Value] = [None]
    for i in range(1, len(bars.ts)):
        before = bars.close[i - 1]
        ranges.append(max(bars.high[i] - bars.low[i], abs(bars.high[i] - before), abs(bars.low[i] - before)))
    return ranges


def atr(bars: TwinBars, period: int) -> list[Value]:
    """Simple mean of true range over `period` bars; with the previous close its window is one bar longer."""
    return _over_windows(true_range(bars)[1:], period, lambda window, _: math.fsum(window) / period, missing_before=1)


def mean_z(bars: TwinBars, length: int) -> list[Value]:
    """Close minus mean of the last `length` closes, in their sample deviations (ddof 1)."""

    def z(window: Sequence[float], close: float) -> Value:
        mean = math.fsum(window) / length
        deviations = [value - mean for value in window]
        deviation = math.sqrt(math.fsum(map(mul, deviations, deviations)) / (length - 1))
        return _in_deviations(close - mean, deviation, close)

    return _over_windows(bars.close, length, z)


def regression_z(bars: TwinBars, length: int) -> list[Value]:
    """Close minus the end of the least-squares line through the last `length` closes, in residual deviations."""
    middle = (length - 1) / 2
    steps = [i - middle for i in range(length)]
    spread = sum(map(mul, steps, steps))

    def z(window: Sequence[float], close: float) -> Value:
        mean = math.fsum(window) / length
        centred = [value - mean for value in window]
        slope = math.fsum(map(mul, steps, centred)) / spread
        residuals = [value - slope * step for value, step in zip(centred, steps, strict=True)]
        deviation = math.sqrt(math.fsum(map(mul, residuals, residuals)) / (length - 2))
        return _in_deviations(residuals[-1], deviation, close)

    return _over_windows(bars.close, length, z)


def volume_gate(bars: TwinBars, period: int) -> list[bool]:
    """Whether volume exceeds its own mean over the last `period` bars, the current one included."""
    flags = _over_windows(bars.volume, period, lambda window, last: above(last, math.fsum(window) / period))
    return [bool(flag) for flag in flags]


def pivot_lows(bars: TwinBars) -> list[bool]:
    """True at the bar that confirms a swing low three bars back."""
    return _pivots(bars.low, 1)


def pivot_highs(bars: TwinBars) -> list[bool]:
    """True at the bar that confirms a swing high three bars back."""
    return _pivots(bars.high, -1)


def _pivots(extremes: Sequence[float], sign: int) -> list[bool]:
    """Beyond the three before (strictly), not short of the three after; raw prices, so without a band."""
    flags = [False] * len(extremes)
    for t in range(2 * PIVOT_WING_BARS, len(extremes)):
        j = t - PIVOT_WING_BARS
        before = all(sign * extremes[j] < sign * extremes[i] for i in range(j - PIVOT_WING_BARS, j))
        after = all(sign * extremes[j] <= sign * extremes[i] for i in range(j + 1, t + 1))
        flags[t] = before and after
    return flags


def _in_deviations(distance: float, deviation: float, close: float) -> Value:
    return None if deviation <= 1e-9 * abs(close) else distance / deviation


def _over_windows(
    values: Sequence[float | None],
    length: int,
    value_of: Callable[[Sequence[float], float], float | bool | None],
    missing_before: int = 0,
) -> list[Value]:
    """`value_of(window, last)` at every bar whose declared window is full, else None."""
    full_at = length + WARM_UP_BARS - 1
    values_from_there = [
        value_of(values[i - length + 1 : i + 1], values[i]) if i >= full_at else None for i in range(len(values))
    ]
    return [None] * missing_before + values_from_there
