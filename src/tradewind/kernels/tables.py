"""The tables of a block of bars: the next signal of every slot, and what a trade opened by a signal comes to.

Signals are coded as 2 × bar + side (0 long, 1 short).
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel
from tradewind.kernels.exits import NEVER, close_trade, entry_fill, market_exit_of, risk_is_too_small, settle
from tradewind.kernels.plans import (
    OPENED,
    PENDING,
    REFUSED,
    Orders,
    carry_out,
    market_exit_for,
    open_position,
    settled,
)
from tradewind.model.bars import FloatArray, IntArray

BLOCK = 1024  # bars; the tables of a block fit the second-level cache
SUMS = 8  # trades, wins, R, R², R of wins, net return, bars held, flags
UNTOUCHED = 1 << 30  # bars to a touch that does not come
DROPPED_UNIT = float(1 << 26)  # flags = ambiguous trades + DROPPED_UNIT × dropped signals, exact in float64


class Series(NamedTuple):
    """One symbol's bars as a walk needs them; `cell` is the joint regime label of each bar, `day` its day number."""

    open: FloatArray
    high: FloatArray
    low: FloatArray
    hole_before: npt.NDArray[np.bool_]
    cell: npt.NDArray[np.uint8]
    day: npt.NDArray[np.int32]
    other_label: IntArray
    labels: npt.NDArray[np.int8]
    short: bool


class Rules(NamedTuple):
    """Plans of a walk: row of `atr`, (stop, target) multiples, hold, exit on regime change; `costs` (tick, slip, fee).

    Only plans that are `plain` are settled by these; `levels` of the others repeat a plain one's.
    """

    atr: FloatArray
    row: IntArray
    plain: npt.NDArray[np.bool_]
    levels: FloatArray
    hold: IntArray
    on_change: npt.NDArray[np.bool_]
    costs: FloatArray


class Slots(NamedTuple):
    """Signal lists of a walk: slot s is `events[first[s]:last[s]]`, kept where `labels[detector[s]]` is `wanted[s]`.

    `wanted` -1 keeps all. The last slot is empty: lanes without a configuration walk it.
    """

    events: npt.NDArray[np.int32]
    first: IntArray
    last: IntArray
    detector: IntArray
    wanted: npt.NDArray[np.int8]


class Closed(NamedTuple):
    """Trades of one plan between finding their exits and settling them."""

    code: npt.NDArray[np.uint16]
    entry_price: FloatArray
    raw_exit: FloatArray
    stop: FloatArray


class Touches(NamedTuple):
    """Levels of all plans of a walk and when a trade first touches them.

    `stops` and `targets` are the distinct multiples, ascending; `stop_of` and `target_of` name each plan's among
    them. `at_stop` and `at_target` (codes × levels) count bars from the entry bar to the first that touches.
    """

    stops: FloatArray
    stop_of: IntArray
    targets: FloatArray
    target_of: IntArray
    longest_hold: int
    at_stop: npt.NDArray[np.int32]
    at_target: npt.NDArray[np.int32]


@kernel
def signal_events(direction: npt.NDArray[np.int8]) -> npt.NDArray[np.int32]:
    """Codes of all signals in time order; the last bar has no entry bar and gives none."""
    n = direction.shape[0]
    count = 0
    for t in range(n - 1):
        count += direction[t] != 0
    out = np.empty(count, np.int32)
    count = 0
    for t in range(n - 1):
        if direction[t] != 0:
            out[count] = 2 * t + int(direction[t] < 0)
            count += 1
    return out


@kernel
def fill_next(
    slots: Slots,
    labels: npt.NDArray[np.int8],
    cursor: IntArray,
    start: int,
    size: int,
    short: bool,  # noqa: FBT001 - kernels are called by position
    following: npt.NDArray[np.uint16],
    wanted_codes: npt.NDArray[np.uint8],
) -> None:
    """For each bar of the block and slot the code (within the block) of the slot's first signal at or after the bar.

    `following` is (bars + 1) × slots: all slots of one bar side by side, so that a bar takes over the later signals
    of the next in a few instructions. Where no signal follows it holds the sentinel 2 × size. `wanted_codes` is set
    to 1 for every code that occurs.
    """
    end = 2 * (start + size)
    nothing = np.uint16(2 * size)
    wanted_codes[: 2 * size] = 0
    following[: size + 1] = nothing
    for s in range(slots.first.shape[0]):
        at = cursor[s]
        last = slots.last[s]
        wanted = slots.wanted[s]
        detector = slots.detector[s]
        while at < last:
            code = int(slots.events[at])
            if code >= end:
                break
            at += 1
            if code & 1 and not short:
                continue
            if wanted >= 0 and labels[detector, code >> 1] != wanted:
                continue
            code -= 2 * start
            following[code >> 1, s] = np.uint16(code)
            wanted_codes[code] = 1
        cursor[s] = at
    # Codes ascend in time: the smaller one is the earlier one.
    for bar in range(size - 1, -1, -1):
        for s in range(following.shape[1]):
            own, later = following[bar, s], following[bar + 1, s]
            following[bar, s] = own if own < later else later


@kernel
def touches_of(rules: Rules) -> Touches:
    """Empty tables for the levels of `rules`."""
    stops, targets = np.unique(rules.levels[:, 0]), np.unique(rules.levels[:, 1])
    return Touches(
        stops,
        np.searchsorted(stops, rules.levels[:, 0]),
        targets,
        np.searchsorted(targets, rules.levels[:, 1]),
        rules.hold.max(),
        np.empty((2 * BLOCK, stops.shape[0]), np.int32),
        np.empty((2 * BLOCK, targets.shape[0]), np.int32),
    )


@kernel
def fill_touches(
    series: Series,
    rules: Rules,
    row: int,
    start: int,
    codes: npt.NDArray[np.uint16],
    count: int,
    touches: Touches,
) -> None:
    """When trades opened by the coded signals touch each level, for all plans of one ATR in one look at the bars.

    Only the first of all touches of a plan's two levels decides, so the look ends where all stops or all targets
    are behind; levels not touched by then count as never.
    """
    slip = rules.costs[1]
    n = series.open.shape[0]
    atr = rules.atr[row]
    stops, targets = touches.stops, touches.targets
    for i in range(count):
        code = int(codes[i])
        t = start + (code >> 1)
        side = 1 - 2 * (code & 1)
        for k in range(stops.shape[0]):
            touches.at_stop[code, k] = UNTOUCHED
        for k in range(targets.shape[0]):
            touches.at_target[code, k] = UNTOUCHED
        entry = t + 1
        if series.hole_before[entry] or math.isnan(atr[t]):
            continue
        entry_price = entry_fill(series.open[entry], side, slip)
        last = min(entry + touches.longest_hold, n)
        s, g = 0, 0
        stop = entry_price - side * (stops[0] * atr[t])
        target = entry_price + side * targets[0] * atr[t]
        for x in range(entry, last):
            if side > 0:
                stopped, reached = series.low[x] <= stop, series.high[x] >= target
            else:
                stopped, reached = series.high[x] >= stop, series.low[x] <= target
            if not (stopped or reached):
                continue
            while stopped:
                touches.at_stop[code, s] = x - entry
                s += 1
                if s == stops.shape[0]:
                    break
                stop = entry_price - side * (stops[s] * atr[t])
                stopped = series.low[x] <= stop if side > 0 else series.high[x] >= stop
            while reached:
                touches.at_target[code, g] = x - entry
                g += 1
                if g == targets.shape[0]:
                    break
                target = entry_price + side * targets[g] * atr[t]
                reached = series.high[x] >= target if side > 0 else series.low[x] <= target
            if s == stops.shape[0] or g == targets.shape[0]:
                break


@kernel
def fill_exits(
    series: Series,
    rules: Rules,
    plan: int,
    start: int,
    codes: npt.NDArray[np.uint16],
    count: int,
    touches: Touches,
    closing: Closed,
    rows: FloatArray,
    log_returns: FloatArray,
    occupied: npt.NDArray[np.int32],
) -> None:
    """What a trade opened by each coded signal comes to under `plan`: a row of sums, log return, bars to jump."""
    tick, slip, fee = rules.costs[0], rules.costs[1], rules.costs[2]
    n = series.open.shape[0]
    atr = rules.atr[rules.row[plan]]
    open_, high, low = series.open, series.high, series.low
    hole_before, other_label = series.hole_before, series.other_label
    on_change, hold = rules.on_change[plan], rules.hold[plan]
    stop_level, target_level = rules.levels[plan, 0], rules.levels[plan, 1]
    at_stop, at_target = touches.at_stop[:, touches.stop_of[plan]], touches.at_target[:, touches.target_of[plan]]
    closing_code, closing_entry_price, closing_raw_exit, closing_stop = closing
    closed = 0
    for i in range(count):
        code = int(codes[i])
        t = start + (code >> 1)
        side = 1 - 2 * (code & 1)
        base = code * SUMS
        entry = t + 1
        entry_price = entry_fill(open_[entry], side, slip)
        distance = stop_level * atr[t]
        if hole_before[entry] or math.isnan(distance) or risk_is_too_small(entry_price, distance, tick, slip):
            rows[base : base + SUMS] = 0.0
            rows[base + 7] = DROPPED_UNIT
            log_returns[code] = 0.0
            occupied[code] = 1
            continue
        stop = entry_price - side * distance
        target = entry_price + side * target_level * atr[t]
        change = other_label[t] if on_change else NEVER
        market_exit, market_reason = market_exit_of(entry, hold, NEVER, change)
        # Nothing happens before the first touch or the market exit, so the law may begin to look one bar before it;
        # not at it, since on an entry bar it judges an open beyond the target differently.
        touch = min(at_stop[code], at_target[code])
        first = max(entry, min(entry + touch, market_exit, n) - 1)
        x, raw_exit, _, ambiguous = close_trade(open_, high, low, first, side, stop, target, market_exit, market_reason)
        if x < 0:
            # Open at the end of the data: the trade is left out, and nothing can follow it.
            rows[base : base + SUMS] = 0.0
            log_returns[code] = 0.0
            occupied[code] = n - t
            continue
        occupied[code] = x - t
        rows[base + 6] = x - entry
        rows[base + 7] = 1.0 if ambiguous else 0.0
        closing_code[closed] = code
        closing_entry_price[closed] = entry_price
        closing_raw_exit[closed] = raw_exit
        closing_stop[closed] = stop
        closed += 1
    # Apart from the branches above, this arithmetic overlaps from trade to trade.
    for i in range(closed):
        code = int(closing_code[i])
        base = code * SUMS
        side = 1 - 2 * (code & 1)
        entry_price = closing_entry_price[i]
        exit_price, fees, r, log_return = settle(side, entry_price, closing_raw_exit[i], closing_stop[i], slip, fee)
        win = 1.0 if r > 0.0 else 0.0
        rows[base] = 1.0
        rows[base + 1] = win
        rows[base + 2] = r
        rows[base + 3] = r * r
        rows[base + 4] = r * win
        rows[base + 5] = (side * (exit_price - entry_price) - fees) / entry_price
        log_returns[code] = log_return


@kernel
def fill_carried(
    orders: Orders,
    plan: int,
    start: int,
    codes: npt.NDArray[np.uint16],
    count: int,
    rows: FloatArray,
    log_returns: FloatArray,
    occupied: npt.NDArray[np.int32],
) -> None:
    """The same for a plan of any kind, each signal's trade carried to its end on its own."""
    tape, terms, plans = orders
    n = tape.open.shape[0]
    for i in range(count):
        code = int(codes[i])
        t = start + (code >> 1)
        base = code * SUMS
        rows[base : base + SUMS] = 0.0
        log_returns[code] = 0.0
        opened = open_position(tape, terms, plans, plan, t, 1 - 2 * (code & 1))
        if opened.state != OPENED:
            occupied[code] = (n if opened.state == PENDING else opened.bar) - t
            if opened.state == REFUSED:
                rows[base + 7] = DROPPED_UNIT
            continue
        market_exit, market_reason = market_exit_for(tape, plans, plan, t, opened.bar, NEVER)
        carried = carry_out(tape, terms, plans, plan, t, opened, market_exit, market_reason)
        if carried.bar < 0:
            occupied[code] = n - t
            continue
        r, log_return, net_return, _ = settled(opened, carried)
        win = 1.0 if r > 0.0 else 0.0
        rows[base] = 1.0
        rows[base + 1] = win
        rows[base + 2] = r
        rows[base + 3] = r * r
        rows[base + 4] = r * win
        rows[base + 5] = net_return
        rows[base + 6] = carried.bar - opened.bar
        rows[base + 7] = 1.0 if carried.ambiguous else 0.0
        log_returns[code] = log_return
        occupied[code] = max(carried.bar - t, 1)
