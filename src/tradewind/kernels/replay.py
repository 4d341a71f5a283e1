"""One strategy walked over one series, every trade recorded: the readable side of the compiled law."""

import math

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel
from tradewind.kernels.exits import NEVER, close_trade, entry_fill, market_exit_of, risk_is_too_small, settle
from tradewind.model.bars import FloatArray, IntArray


@kernel
def next_true(wanted: npt.NDArray[np.bool_]) -> IntArray:
    """For every bar the first bar at or after it where `wanted` holds, or NEVER; one entry more than bars."""
    n = wanted.shape[0]
    out = np.empty(n + 1, np.int64)
    coming = NEVER
    out[n] = coming
    for t in range(n - 1, -1, -1):
        if wanted[t]:
            coming = t
        out[t] = coming
    return out


@kernel
def first_other_label(labels: npt.NDArray[np.int8]) -> IntArray:
    """For every signal bar t the first bar after t whose label differs from the label of t, or NEVER."""
    n = labels.shape[0]
    out = np.empty(n, np.int64)
    other = NEVER
    for t in range(n - 1, -1, -1):
        if t + 1 < n and labels[t + 1] != labels[t]:
            other = t + 1
        out[t] = other
    return out


@kernel
def excursions(
    high: FloatArray, low: FloatArray, entry: int, exit_bar: int, direction: int, entry_price: float, raw_exit: float
) -> tuple[float, float]:
    """Best and worst move in price while the trade was open, at least and at most 0, where it began.

    Of the exit bar only the exit price is known.
    """
    best = max(0.0, direction * (raw_exit - entry_price))
    worst = min(0.0, direction * (raw_exit - entry_price))
    for x in range(entry, exit_bar):
        up = direction * (high[x] - entry_price)
        down = direction * (low[x] - entry_price)
        best = max(best, up, down)
        worst = min(worst, up, down)
    return best, worst


@kernel
def walk_trades(
    open_: FloatArray,
    high: FloatArray,
    low: FloatArray,
    hole_before: npt.NDArray[np.bool_],
    direction: npt.NDArray[np.int8],
    plan_of_bar: npt.NDArray[np.int32],
    atr: FloatArray,
    plan_atr: IntArray,
    plan_levels: FloatArray,
    plan_hold: IntArray,
    plan_exits: npt.NDArray[np.bool_],
    next_entry: IntArray,
    next_long: IntArray,
    next_short: IntArray,
    other_label: IntArray,
    costs: FloatArray,
) -> tuple[IntArray, FloatArray, int, int]:
    """All trades of one slot: signal bar by signal bar, in time order.

    `hole_before[x]` is True where bars are missing between x-1 and x. `plan_of_bar` names the plan in force for a
    signal at each bar; `plan_levels` holds (stop, target) in multiples of row `plan_atr` of `atr`; `plan_exits`
    (on opposite, on regime change). `next_entry` is the first bar at or after each whose signal may open a trade,
    `next_long` and `next_short` the first that signals so at all. `costs` is (tick, slip, taker fee).

    Returns an int64 table (signal, entry, exit, reason, ambiguous), a float64 table (entry, exit, stop, target, fees,
    R, log return, mfe, mae; the last two in R), the number of dropped signals and 1 where the last trade was
    unfinished.
    """
    n = open_.shape[0]
    tick, slip, fee = costs[0], costs[1], costs[2]
    most = 0
    for t in range(n):
        most += direction[t] != 0
    whole = np.empty((most, 5), np.int64)
    real = np.empty((most, 9), np.float64)
    count = 0
    dropped = 0
    t = 0
    while t < n - 1:
        t = next_entry[t]
        if t >= n - 1:
            # A signal on the last bar has no entry bar: nothing was dropped, nothing happened yet.
            break
        side = int(direction[t])
        entry = t + 1
        plan = plan_of_bar[t]
        scale = atr[plan_atr[plan], t]
        entry_price = entry_fill(open_[entry], side, slip)
        distance = plan_levels[plan, 0] * scale
        if hole_before[entry] or math.isnan(distance) or risk_is_too_small(entry_price, distance, tick, slip):
            dropped += 1
            t += 1
            continue
        stop = entry_price - side * distance
        target = entry_price + side * plan_levels[plan, 1] * scale
        opposite = NEVER
        if plan_exits[plan, 0]:
            opposite = next_short[entry] if side > 0 else next_long[entry]
        change = other_label[t] if plan_exits[plan, 1] else NEVER
        market_exit, market_reason = market_exit_of(entry, plan_hold[plan], opposite, change)
        x, raw_exit, reason, ambiguous = close_trade(
            open_, high, low, entry, side, stop, target, market_exit, market_reason
        )
        if x < 0:
            return whole[:count], real[:count], dropped, 1
        exit_price, fees, r, log_return = settle(side, entry_price, raw_exit, stop, slip, fee)
        best, worst = excursions(high, low, entry, x, side, entry_price, raw_exit)
        risk = abs(entry_price - stop)
        whole[count] = (t, entry, x, reason, int(ambiguous))
        real[count] = (entry_price, exit_price, stop, target, fees, r, log_return, best / risk, worst / risk)
        count += 1
        t = x
    return whole[:count], real[:count], dropped, 0
