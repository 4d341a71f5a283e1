"""One strategy walked over one series, every trade recorded: the readable side of the compiled law."""

import math

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import inlined_kernel, kernel
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


@inlined_kernel
def first_true(wanted: npt.NDArray[np.bool_], first: int) -> int:
    """The first bar from `first` on where `wanted` holds, or NEVER."""
    for t in range(first, wanted.shape[0]):
        if wanted[t]:
            return t
    return NEVER


@inlined_kernel
def first_against(direction: npt.NDArray[np.int8], side: int, first: int, hold: int) -> int:
    """The first of `hold` bars from `first` on that signals against `side`, or NEVER: a trade lasts no longer."""
    for t in range(first, min(first + hold, direction.shape[0])):
        if side * direction[t] < 0:
            return t
    return NEVER


@kernel
def breaks_before(ts: IntArray, step: int) -> npt.NDArray[np.bool_]:
    """True at every time that is not `step` after the one before it; False at the first."""
    out = np.zeros(ts.shape[0], np.bool_)
    for t in range(1, ts.shape[0]):
        out[t] = ts[t] - ts[t - 1] != step
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
    may_open: npt.NDArray[np.bool_],
) -> tuple[IntArray, FloatArray, IntArray]:
    """All trades of one slot: signal bar by signal bar, in time order.

    `plan_of_bar` names the plan in force for a signal at each bar, `may_open` the bars whose signal may open a trade.
    What comes next is looked for from trade to trade: tables of it took longer to fill than the trades.

    Returns an int64 table (signal, entry, exit, reason, ambiguous, side), a float64 table (entry, exit, stop, target,
    fees, slippage, R, log return, mfe, mae; the last two in R), and counts: dropped signals, 1 where the last trade was
    unfinished, entry orders never filled.
    """
    n = tape.open.shape[0]
    most = 0
    for t in range(n):
        most += may_open[t]
    whole = np.empty((most, 6), np.int64)
    real = np.empty((most, 10), np.float64)
    counts = np.zeros(3, np.int64)
    count = 0
    t = 0
    while t < n - 1:
        t = first_true(may_open, t)
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
        opposite = NEVER
        if plans.leaves[plan, 0]:
            opposite = first_against(direction, opened.side, opened.bar, plans.hold[plan])
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
