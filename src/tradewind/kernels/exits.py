"""The parts of the law of execution that every compiled walk shares: entries, market exits, costs, what is earned.

Directions are +1 and -1, bars are positions in the arrays, prices are raw unless named a fill.
"""

import math

import numpy as np
from numba import njit

from tradewind.kernels.compiled import kernel
from tradewind.model.trades import ExitReason

STOP = int(ExitReason.STOP)
TARGET = int(ExitReason.TARGET)
TIME = int(ExitReason.TIME)
OPPOSITE = int(ExitReason.OPPOSITE)
REGIME = int(ExitReason.REGIME)
SMALL_MOVE = 0.015
SMALLEST_RISK = 1e-4  # one basis point of the entry price
NEVER = np.iinfo(np.int64).max // 4  # a bar that does not come


@njit(cache=True, nogil=True, inline="always")
def entry_fill(raw_open: float, direction: int, slip: float) -> float:
    """Fill of a market entry: half spread and slippage against us."""
    return raw_open * (1.0 + direction * slip)


@njit(cache=True, nogil=True, inline="always")
def risk_is_too_small(entry_price: float, stop_distance: float, tick: float, slip: float) -> bool:
    """Whether the initial stop is so near that costs and rounding would decide the trade; NaN distances are."""
    smallest = max(tick, 2.0 * slip * entry_price, SMALLEST_RISK * entry_price)
    return not stop_distance >= smallest


@kernel
def market_exit_of(entry: int, hold: int, opposite: int, regime_change: int) -> tuple[int, int]:
    """Bar and reason of the first market exit: time, then opposite signal, then regime change where they coincide.

    `opposite` and `regime_change` are the first bars at or after `entry` that ask to leave, or NEVER; the exit
    is at the open of the bar after.
    """
    bar = entry + hold
    reason = TIME
    if opposite + 1 < bar:
        bar = opposite + 1
        reason = OPPOSITE
    if regime_change + 1 < bar:
        bar = regime_change + 1
        reason = REGIME
    return bar, reason


@njit(cache=True, nogil=True, inline="always")
def log_of_small_growth(net_return: float) -> float:
    """ln(1 + x) for |x| < SMALL_MOVE as a series; most trades are that small, and the library call costs more than
    the trade. Ten terms leave an error below SMALL_MOVE^11 / 11, far under one unit in the last place.
    """
    x = net_return
    return x * (
        1.0
        - x
        * (
            1 / 2
            - x
            * (1 / 3 - x * (1 / 4 - x * (1 / 5 - x * (1 / 6 - x * (1 / 7 - x * (1 / 8 - x * (1 / 9 - x * (1 / 10))))))))
        )
    )


@njit(cache=True, nogil=True, inline="always")
def log_of_growth(net_return: float) -> float:
    """ln(1 + x); -inf where everything is lost."""
    if -SMALL_MOVE < net_return < SMALL_MOVE:
        grown: float = log_of_small_growth(net_return)
        return grown
    if net_return <= -1.0:
        return -math.inf
    return math.log1p(net_return)


@njit(cache=True, nogil=True, inline="always")
def cost_paid(raw_entry: float, raw_exit: float, entry_price: float, fees: float, slip: float) -> float:
    """What a trade between two market fills paid, as a fraction of its entry price: spread and slippage, and fees."""
    return (slip * (raw_entry + raw_exit) + fees) / entry_price


@njit(cache=True, nogil=True, inline="always")
def net_of(
    direction: float, entry_price: float, raw_exit: float, slip: float, fee: float
) -> tuple[float, float, float]:
    """Exit fill, fees and net profit per unit of a trade left at a market fill; costs are charged here and nowhere
    else. `fee` is the taker fee as a fraction of notional, paid at both fills."""
    exit_price = raw_exit * (1.0 - direction * slip)
    fees = fee * (entry_price + exit_price)
    return exit_price, fees, direction * (exit_price - entry_price) - fees


@njit(cache=True, nogil=True, inline="always")
def settle(
    direction: int, entry_price: float, raw_exit: float, stop: float, slip: float, fee: float
) -> tuple[float, float, float, float]:
    """Exit fill, fees, R and log return of a trade left at a market fill.

    R divides by the distance to the initial stop; the log return is ln(1 + net / entry).
    """
    exit_price, fees, net = net_of(direction, entry_price, raw_exit, slip, fee)
    return exit_price, fees, net / abs(entry_price - stop), log_of_growth(net / entry_price)
