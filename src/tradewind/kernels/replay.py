"""One strategy walked over one series, every trade recorded: the readable side of the compiled law."""

import math

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel
from tradewind.kernels.exits import NEVER
from tradewind.kernels.plans import (
    OPENED,
    PASSED,
    PENDING,
    REFUSED,
    Plans,
    Tape,
    Terms,
    carry_out,
    market_exit_for,
    open_position,
    settled,
)
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
def walk_trades(
    tape: Tape,
    terms: Terms,
    plans: Plans,
    direction: npt.NDArray[np.int8],
    plan_of_bar: npt.NDArray[np.int32],
    next_entry: IntArray,
    next_long: IntArray,
    next_short: IntArray,
) -> tuple[IntArray, FloatArray, IntArray]:
    """All trades of one slot: signal bar by signal bar, in time order.

    `plan_of_bar` names the plan in force for a signal at each bar. `next_entry` is the first bar at or after each
    whose signal may open a trade, `next_long` and `next_short` the first that signals so at all.

    Returns an int64 table (signal, entry, exit, reason, ambiguous, side), a float64 table (entry, exit, stop, target,
    fees, slippage, R, log return, mfe, mae; the last two in R), and counts: dropped signals, 1 where the last trade was
    unfinished, entry orders never filled.
    """
    n = tape.open.shape[0]
    most = 0
    for t in range(n):
        most += direction[t] != 0
    whole = np.empty((most, 6), np.int64)
    real = np.empty((most, 10), np.float64)
    counts = np.zeros(3, np.int64)
    count = 0
    t = 0
    while t < n - 1:
        t = next_entry[t]
        if t >= n - 1:
            # A signal on the last bar has no entry bar: nothing was dropped, nothing happened yet.
            break
        plan = plan_of_bar[t]
        opened = open_position(tape, terms, plans, plan, t, 1 if direction[t] > 0 else -1)
        if opened.state == PENDING:
            break
        if opened.state != OPENED:
            if opened.state != PASSED:
                counts[0 if opened.state == REFUSED else 2] += 1
            t = opened.bar
            continue
        opposite = next_short[opened.bar] if opened.side > 0 else next_long[opened.bar]
        market_exit, market_reason = market_exit_for(tape, plans, plan, t, opened.bar, opposite)
        carried = carry_out(tape, terms, plans, plan, t, opened, market_exit, market_reason)
        if carried.bar < 0:
            counts[1] = 1
            break
        r, log_return, _, _ = settled(opened, carried)
        risk = abs(opened.price - carried.stop)
        whole[count] = (t, opened.bar, carried.bar, carried.reason, int(carried.ambiguous), opened.side)
        real[count] = (
            opened.price,
            carried.exit_price,
            carried.stop,
            math.nan if math.isinf(carried.target) else carried.target,
            carried.fees,
            carried.slippage,
            r,
            log_return,
            carried.best / risk,
            carried.worst / risk,
        )
        count += 1
        t = max(carried.bar, t + 1)
    return whole[:count], real[:count], counts
