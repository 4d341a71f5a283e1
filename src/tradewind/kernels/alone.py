"""The second path of the search: configurations walked one by one, straight from signal to exit to signal.

It is for configurations that share no tables: exits that depend on signals (`exit_on_opposite`), and parameters of
which every configuration has its own. Its sums are those of the fast walk in `kernels.walks`. Bars go block by block
past all configurations of a unit, so that prices are read from the cache: from memory they would cost more than the
trades.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tradewind.kernels.compiled import kernel
from tradewind.kernels.exits import (
    NEVER,
    cost_paid,
    entry_fill,
    risk_is_too_small,
    settle,
)
from tradewind.kernels.plans import OPENED, PENDING, REFUSED, Orders, carry_out, market_exit_for, open_position, settled
from tradewind.kernels.rows import DROPPED_UNIT, SUMS, WIN_UNIT, flush_cells
from tradewind.kernels.tables import Rules, Series
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.signals import SignArray

BLOCK = 1 << 12  # bars; prices of a block fit the second-level cache
WORD = 8  # bars whose directions are read at once


class Listed(NamedTuple):
    """Configurations of a unit: row of `directions` (signals × bars), plan's row, and mask (entries only where
    `labels[detector]` is `wanted`; -1: everywhere).

    `directions` are whole WORDs: zero at the last bar, which has no entry bar, and something that signals behind it.
    """

    directions: npt.NDArray[np.int8]
    signal: IntArray
    plan: IntArray
    detector: IntArray
    wanted: IntArray


class Sums(NamedTuple):
    """What walks add to: `cells` (segments × 2 × configurations × columns × 5), `totals` (segments × 2 ×
    configurations × totals), `daily` (configurations × days). `column_of_cell` is joint labels × detectors."""

    cells: FloatArray
    totals: FloatArray
    daily: FloatArray
    column_of_cell: IntArray


@kernel
def walk_alone(series: Series, rules: Rules, orders: Orders, listed: Listed, spans: IntArray, sums: Sums) -> None:
    """Walk every configuration over all `spans` (first bar, end, segment, tail; in time order) and add its trades."""
    count, joint = listed.plan.shape[0], sums.column_of_cell.shape[0]
    cells = np.zeros((count, joint * SUMS))
    position = np.zeros(count, np.int64)
    for s in range(spans.shape[0]):
        segment, tail = spans[s, 2], spans[s, 3]
        for start in range(spans[s, 0], spans[s, 1], BLOCK):
            end = min(start + BLOCK, spans[s, 1])
            for c in range(count):
                if position[c] >= end:
                    continue
                plan = listed.plan[c]
                direction = listed.directions[listed.signal[c]]
                mask, part = (listed.detector[c], listed.wanted[c]), (position[c], end)
                if rules.plain[plan]:
                    leaves = orders.plans.leaves[plan, 0]
                    at = walk_plain(series, rules, leaves, direction, plan, mask, part, cells[c], sums.daily[c])
                else:
                    at = walk_any(series, orders, direction, plan, mask, part, cells[c], sums.daily[c])
                position[c] = at
        by_label = cells.reshape(count, joint, SUMS).transpose((1, 0, 2))
        flush_cells(by_label, sums.column_of_cell, sums.cells[segment, tail], sums.totals[segment, tail])


@njit(cache=True, nogil=True, inline="always")
def add_trade(
    cells: FloatArray,
    to: int,
    r: float,
    net_return: float,
    cost: float,
    held: int,
    ambiguous: bool,  # noqa: FBT001 - kernels are called by position
) -> None:
    """Add a trade, as `kernels.rows` lays it out, to the cell that begins at `to`."""
    win = 1.0 if r > 0.0 else 0.0
    cells[to] += 1.0 + WIN_UNIT * win
    cells[to + 1] += r
    cells[to + 2] += r * r
    cells[to + 3] += r * win
    cells[to + 4] += net_return
    cells[to + 5] += cost
    cells[to + 6] += held
    cells[to + 7] += 1.0 if ambiguous else 0.0


@njit(cache=True, nogil=True, inline="always")
def first_byte(word: np.uint64) -> int:
    """Place of the lowest byte that is not zero, found without a branch."""
    fourth = int((word & np.uint64(0xFFFFFFFF)) == 0)
    word >>= np.uint64(32 * fourth)
    second = int((word & np.uint64(0xFFFF)) == 0)
    word >>= np.uint64(16 * second)
    return 4 * fourth + 2 * second + int((word & np.uint64(0xFF)) == 0)


@kernel
def next_signal(direction: SignArray, t: int) -> int:
    """The first bar at or after `t` that signals, or one beyond the last."""
    words = direction.view(np.uint64)
    k = t >> 3
    word = words[k] >> np.uint64(8 * (t & 7))
    while word == 0:
        k += 1
        t = WORD * k
        word = words[k]
    return int(t + first_byte(word))


@kernel
def next_opposite(direction: SignArray, side: int, first: int, last: int) -> int:
    """The first bar from `first` on, before `last`, that signals against `side`, or NEVER."""
    for t in range(first, last):
        if direction[t] * side < 0:
            return t
    return NEVER


@njit(cache=True, nogil=True, inline="always")
def left_at(
    side: int,
    at_open: float,
    stop: float,
    target: float,
    stopped: bool,  # noqa: FBT001
    reached: bool,  # noqa: FBT001
) -> tuple[float, bool]:
    """Raw price of an exit at a bar that touches a level or at whose open the time is up, and whether inside the bar
    both levels are touched. The entry bar needs no rule of its own: it opens at the entry, between the levels.
    """
    # `&` and `|` decide without branches: nobody can foresee which level is touched.
    gapped = (stopped & (side * at_open <= side * stop)) | (reached & (side * at_open >= side * target))
    at_open_too = gapped | ((not stopped) & (not reached))
    raw = stop if stopped else target
    return (at_open if at_open_too else raw), stopped & reached & (not gapped)


@kernel
def walk_plain(
    series: Series,
    rules: Rules,
    on_opposite: bool,  # noqa: FBT001 - kernels are called by position
    direction: SignArray,
    plan: int,
    mask: tuple[int, int],
    span: tuple[int, int],
    cells: FloatArray,
    daily: FloatArray,
) -> int:
    """Walk a configuration whose plan is plain over the bars of `span`; returns the next bar it may see a signal at."""
    # Taken apart once: inside the loop a tuple of arrays would cost more than a trade.
    open_, high, low, hole_before, cell, day, other_label, labels, short = series
    words = direction.view(np.uint64)
    atr, labelled = rules.atr[rules.row[plan]], labels[mask[0]]
    stop_level, target_level, hold = rules.levels[plan, 0], rules.levels[plan, 1], rules.hold[plan]
    tick, slip, fee = rules.costs[0], rules.costs[1], rules.costs[2]
    on_change, wanted, n = rules.on_change[plan], mask[1], open_.shape[0]
    t, end = span
    while t < end:
        # `next_signal` again, here and below without handing on arrays: numba would count references to each of
        # them, which costs more than a trade.
        k = t >> 3
        word = words[k] >> np.uint64(8 * (t & 7))
        while word == 0:
            k += 1
            t = WORD * k
            word = words[k]
        t += first_byte(word)
        if t >= end:
            break
        side = 1 if direction[t] > 0 else -1
        if (side < 0 and not short) or (wanted >= 0 and labelled[t] != wanted):
            t += 1
            continue
        to = int(cell[t]) * SUMS
        entry = t + 1
        price = entry_fill(open_[entry], side, slip)
        distance = stop_level * atr[t]
        if hole_before[entry] or math.isnan(distance) or risk_is_too_small(price, distance, tick, slip):
            cells[to + 7] += DROPPED_UNIT
            t = entry
            continue
        stop = price - side * distance
        target = price + side * target_level * atr[t]
        opposite = next_opposite(direction, side, entry, min(entry + hold, n)) if on_opposite else NEVER
        change = other_label[t] if on_change else NEVER
        market_exit = min(entry + hold, opposite + 1, change + 1)
        last = min(market_exit, n)
        below, above = (stop, target) if side > 0 else (target, stop)
        x = entry
        while (x < last) and (low[x] > below) & (high[x] < above):
            x += 1
        if x == n:
            return int(n)  # open at the end of the data: the trade is left out, and nothing can follow it
        fell, rose = (x < last) & (low[x] <= below), (x < last) & (high[x] >= above)
        long = side > 0
        stopped, reached = (fell & long) | (rose & (not long)), (rose & long) | (fell & (not long))
        raw_exit, ambiguous = left_at(side, open_[x], stop, target, stopped, reached)
        exit_price, fees, r, log_return = settle(side, price, raw_exit, stop, slip, fee)
        net_return = (side * (exit_price - price) - fees) / price
        cost = cost_paid(open_[entry], raw_exit, price, fees, slip)
        add_trade(cells, to, r, net_return, cost, x - entry, ambiguous)
        daily[day[t]] += log_return
        t = x
    return int(t)


@kernel
def walk_any(
    series: Series,
    orders: Orders,
    direction: SignArray,
    plan: int,
    mask: tuple[int, int],
    span: tuple[int, int],
    cells: FloatArray,
    daily: FloatArray,
) -> int:
    """The same for a plan of any kind."""
    tape, terms, plans = orders
    n, wanted = tape.open.shape[0], mask[1]
    t, end = span
    while t < end:
        t = next_signal(direction, t)
        if t >= end:
            break
        side = 1 if direction[t] > 0 else -1
        if (side < 0 and not series.short) or (wanted >= 0 and series.labels[mask[0], t] != wanted):
            t += 1
            continue
        to = int(series.cell[t]) * SUMS
        opened = open_position(tape, terms, plans, plan, t, side)
        if opened.state != OPENED:
            if opened.state == PENDING:
                return int(n)
            if opened.state == REFUSED:
                cells[to + 7] += DROPPED_UNIT
            t = opened.bar
            continue
        opposite = NEVER
        if plans.leaves[plan, 0]:
            opposite = next_opposite(direction, opened.side, opened.bar, min(opened.bar + plans.hold[plan], n))
        market_exit, market_reason = market_exit_for(tape, plans, plan, t, opened.bar, opposite)
        carried = carry_out(tape, terms, plans, plan, t, opened, market_exit, market_reason)
        if carried.bar < 0:
            return int(n)
        r, log_return, net_return, cost = settled(opened, carried)
        add_trade(cells, to, r, net_return, cost, carried.bar - opened.bar, carried.ambiguous)
        daily[series.day[t]] += log_return
        t = max(carried.bar, t + 1)
    return int(t)
