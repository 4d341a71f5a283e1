"""The fast walk: many configurations over one stretch of bars, at a cost that follows their trades.

Inside a block of bars three tables live in cache: for each slot (a set of signals under a mask) the next signal at
or after every bar, and for each plan what a trade opened by a signal at that bar comes to. A configuration is a slot
and a plan: it jumps from signal to exit to signal and adds one row of the table to one cell a trade.

Signals are coded as 2 × bar + side (0 long, 1 short).
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tradewind.kernels.compiled import kernel
from tradewind.kernels.exits import NEVER, close_trade, entry_fill, market_exit_of, risk_is_too_small, settle
from tradewind.model.bars import FloatArray, IntArray

BLOCK = 1024  # bars; the tables of a block fit the second-level cache
SUMS = 8  # trades, wins, R, R², R of wins, net return, bars held, flags
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
    """Plans of a walk: row of `atr`, (stop, target) multiples, hold, exit on regime change; `costs` as in replay."""

    atr: FloatArray
    row: IntArray
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


class Configurations(NamedTuple):
    """Configurations sorted by plan: plan p has `slot[begin[p]:begin[p + 1]]`."""

    begin: IntArray
    slot: IntArray


class State(NamedTuple):
    """What a walk carries and adds to; one row more than configurations takes what the empty lanes add.

    `position` is the next bar at which each configuration may see a signal, `cursor` the next event of each slot,
    `cells` (configurations × joint labels × SUMS, flat) and `daily` (configurations × days, flat; log return).
    """

    position: IntArray
    cursor: IntArray
    cells: FloatArray
    daily: FloatArray


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
    """For each slot and bar of the block the code (within the block) of the first signal at or after it.

    `following` is slots × (BLOCK + 1); bars after the last signal hold the sentinel 2 × size. `wanted_codes` is set
    to 1 for every code that occurs.
    """
    end = 2 * (start + size)
    nothing = 2 * size
    wanted_codes[: nothing + 1] = 0
    for s in range(slots.first.shape[0]):
        at = cursor[s]
        last = slots.last[s]
        wanted = slots.wanted[s]
        detector = slots.detector[s]
        row = following[s]
        done = 0
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
            bar = code >> 1
            for i in range(done, bar + 1):
                row[i] = code
            done = bar + 1
            wanted_codes[code] = 1
        cursor[s] = at
        for i in range(done, size + 1):
            row[i] = nothing


@kernel
def fill_exits(
    series: Series,
    rules: Rules,
    plan: int,
    start: int,
    codes: npt.NDArray[np.uint16],
    count: int,
    rows: FloatArray,
    log_returns: FloatArray,
    occupied: npt.NDArray[np.int32],
) -> None:
    """What a trade opened by each coded signal comes to under `plan`: a row of sums, log return, bars to jump."""
    tick, slip, fee = rules.costs[0], rules.costs[1], rules.costs[2]
    n = series.open.shape[0]
    atr = rules.atr[rules.row[plan]]
    for i in range(count):
        code = int(codes[i])
        t = start + (code >> 1)
        side = 1 - 2 * (code & 1)
        base = code * SUMS
        rows[base : base + SUMS] = 0.0
        log_returns[code] = 0.0
        entry = t + 1
        entry_price = entry_fill(series.open[entry], side, slip)
        distance = rules.levels[plan, 0] * atr[t]
        if series.hole_before[entry] or math.isnan(distance) or risk_is_too_small(entry_price, distance, tick, slip):
            rows[base + 7] = DROPPED_UNIT
            occupied[code] = 1
            continue
        stop = entry_price - side * distance
        target = entry_price + side * rules.levels[plan, 1] * atr[t]
        change = series.other_label[t] if rules.on_change[plan] else NEVER
        market_exit, market_reason = market_exit_of(entry, rules.hold[plan], NEVER, change)
        x, raw_exit, _, ambiguous = close_trade(
            series.open, series.high, series.low, entry, side, stop, target, market_exit, market_reason
        )
        if x < 0:
            # Open at the end of the data: the trade is left out, and nothing can follow it.
            occupied[code] = n - t
            continue
        exit_price, fees, r, log_return = settle(side, entry_price, raw_exit, stop, slip, fee)
        win = 1.0 if r > 0.0 else 0.0
        rows[base] = 1.0
        rows[base + 1] = win
        rows[base + 2] = r
        rows[base + 3] = r * r
        rows[base + 4] = r * win
        rows[base + 5] = (side * (exit_price - entry_price) - fees) / entry_price
        rows[base + 6] = x - entry
        rows[base + 7] = 1.0 if ambiguous else 0.0
        log_returns[code] = log_return
        occupied[code] = x - t


@njit(cache=True, nogil=True, inline="always")
def add_row(cells: FloatArray, to: np.uint64, rows: FloatArray, row: np.uint64) -> None:
    # All loads come before all stores: the compiler may then use whole vectors without proving the arrays distinct.
    a = rows[row]
    b = rows[row + np.uint64(1)]
    c = rows[row + np.uint64(2)]
    d = rows[row + np.uint64(3)]
    e = rows[row + np.uint64(4)]
    f = rows[row + np.uint64(5)]
    g = rows[row + np.uint64(6)]
    h = rows[row + np.uint64(7)]
    a += cells[to]
    b += cells[to + np.uint64(1)]
    c += cells[to + np.uint64(2)]
    d += cells[to + np.uint64(3)]
    e += cells[to + np.uint64(4)]
    f += cells[to + np.uint64(5)]
    g += cells[to + np.uint64(6)]
    h += cells[to + np.uint64(7)]
    cells[to] = a
    cells[to + np.uint64(1)] = b
    cells[to + np.uint64(2)] = c
    cells[to + np.uint64(3)] = d
    cells[to + np.uint64(4)] = e
    cells[to + np.uint64(5)] = f
    cells[to + np.uint64(6)] = g
    cells[to + np.uint64(7)] = h


@kernel
def walk_four(
    following: npt.NDArray[np.uint16],
    slot: tuple[int, ...],
    configuration: tuple[int, int, int, int],
    rows: FloatArray,
    log_returns: FloatArray,
    occupied: npt.NDArray[np.int32],
    cell_of_bar: npt.NDArray[np.uint64],
    day_of_bar: npt.NDArray[np.uint64],
    sizes: tuple[int, int, int, int],
    state: State,
) -> None:
    """Four configurations through one block side by side: one walk alone would wait for memory at every jump.

    `sizes` is (start, bars of the block, values of one configuration's cells, days).
    """
    start, size, stride, days = sizes
    one, eight = np.uint64(1), np.uint64(SUMS)
    end = np.uint64(size)
    nothing = np.uint64(2 * size)
    row0, row1, row2, row3 = following[slot[0]], following[slot[1]], following[slot[2]], following[slot[3]]
    at0 = np.uint64(max(state.position[configuration[0]] - start, 0))
    at1 = np.uint64(max(state.position[configuration[1]] - start, 0))
    at2 = np.uint64(max(state.position[configuration[2]] - start, 0))
    at3 = np.uint64(max(state.position[configuration[3]] - start, 0))
    to0, to1 = np.uint64(configuration[0] * stride), np.uint64(configuration[1] * stride)
    to2, to3 = np.uint64(configuration[2] * stride), np.uint64(configuration[3] * stride)
    day0, day1 = np.uint64(configuration[0] * days), np.uint64(configuration[1] * days)
    day2, day3 = np.uint64(configuration[2] * days), np.uint64(configuration[3] * days)
    cells, daily = state.cells, state.daily
    while True:
        k0 = np.uint64(row0[min(at0, end)])
        k1 = np.uint64(row1[min(at1, end)])
        k2 = np.uint64(row2[min(at2, end)])
        k3 = np.uint64(row3[min(at3, end)])
        if k0 == nothing and k1 == nothing and k2 == nothing and k3 == nothing:
            break
        # A lane that has finished sits on the sentinel: it adds zeros and stays.
        b0, b1, b2, b3 = k0 >> one, k1 >> one, k2 >> one, k3 >> one
        at0 = max(at0, b0 + np.uint64(occupied[k0]))
        at1 = max(at1, b1 + np.uint64(occupied[k1]))
        at2 = max(at2, b2 + np.uint64(occupied[k2]))
        at3 = max(at3, b3 + np.uint64(occupied[k3]))
        add_row(cells, to0 + cell_of_bar[b0], rows, k0 * eight)
        add_row(cells, to1 + cell_of_bar[b1], rows, k1 * eight)
        add_row(cells, to2 + cell_of_bar[b2], rows, k2 * eight)
        add_row(cells, to3 + cell_of_bar[b3], rows, k3 * eight)
        daily[day0 + day_of_bar[b0]] += log_returns[k0]
        daily[day1 + day_of_bar[b1]] += log_returns[k1]
        daily[day2 + day_of_bar[b2]] += log_returns[k2]
        daily[day3 + day_of_bar[b3]] += log_returns[k3]
    state.position[configuration[0]] = start + np.int64(at0)
    state.position[configuration[1]] = start + np.int64(at1)
    state.position[configuration[2]] = start + np.int64(at2)
    state.position[configuration[3]] = start + np.int64(at3)


@kernel
def walk_span(
    series: Series,
    rules: Rules,
    slots: Slots,
    configurations: Configurations,
    state: State,
    span: tuple[int, int],
    shape: tuple[int, int],
) -> None:
    """Walk every configuration over the bars of `span` (start, end) and add its trades to the state.

    `shape` is (joint labels, days). Spans must follow each other without a hole.
    """
    joint, days = shape
    slot_count = slots.first.shape[0]
    following = np.empty((slot_count, BLOCK + 1), np.uint16)
    wanted_codes = np.zeros(2 * BLOCK + 1, np.uint8)
    codes = np.empty(2 * BLOCK, np.uint16)
    rows = np.zeros((2 * BLOCK + 1) * SUMS, np.float64)
    log_returns = np.zeros(2 * BLOCK + 1, np.float64)
    occupied = np.zeros(2 * BLOCK + 1, np.int32)
    cell_of_bar = np.zeros(BLOCK + 1, np.uint64)
    day_of_bar = np.zeros(BLOCK + 1, np.uint64)
    empty_slot = slot_count - 1
    spare = configurations.slot.shape[0]
    for start in range(span[0], span[1], BLOCK):
        size = min(BLOCK, span[1] - start)
        fill_next(slots, series.labels, state.cursor, start, size, series.short, following, wanted_codes)
        for b in range(size):
            cell_of_bar[b] = np.uint64(series.cell[start + b]) * np.uint64(SUMS)
            day_of_bar[b] = np.uint64(series.day[start + b])
        cell_of_bar[size] = 0
        day_of_bar[size] = 0
        count = 0
        for code in range(2 * size):
            if wanted_codes[code]:
                codes[count] = code
                count += 1
        nothing = 2 * size
        rows[nothing * SUMS : (nothing + 1) * SUMS] = 0.0
        log_returns[nothing] = 0.0
        occupied[nothing] = 0
        sizes = (start, size, joint * SUMS, days)
        for plan in range(configurations.begin.shape[0] - 1):
            begin, end = configurations.begin[plan], configurations.begin[plan + 1]
            if begin == end:
                continue
            fill_exits(series, rules, plan, start, codes, count, rows, log_returns, occupied)
            for c in range(begin, end, 4):
                c1 = c + 1 if c + 1 < end else spare
                c2 = c + 2 if c + 2 < end else spare
                c3 = c + 3 if c + 3 < end else spare
                s1 = configurations.slot[c1] if c1 < spare else empty_slot
                s2 = configurations.slot[c2] if c2 < spare else empty_slot
                s3 = configurations.slot[c3] if c3 < spare else empty_slot
                walk_four(
                    following,
                    (int(configurations.slot[c]), int(s1), int(s2), int(s3)),
                    (c, c1, c2, c3),
                    rows,
                    log_returns,
                    occupied,
                    cell_of_bar,
                    day_of_bar,
                    sizes,
                    state,
                )


@kernel
def flush_cells(
    cells: FloatArray,
    label_of_cell: IntArray,
    joint: int,
    body: FloatArray,
    totals: FloatArray,
) -> None:
    """Add the joint cells of every configuration to its labels' sums of one bucket, and set them to zero.

    `label_of_cell` is joint labels × detectors, columns of `body` (configurations × columns × 5; column 0 takes
    every trade) or -1; `totals` (configurations × 3) takes net return, bars held and flags.
    """
    for c in range(body.shape[0]):
        for j in range(joint):
            base = (c * joint + j) * SUMS
            if cells[base] == 0.0 and cells[base + 7] == 0.0:
                continue
            for k in range(5):
                body[c, 0, k] += cells[base + k]
            for d in range(label_of_cell.shape[1]):
                column = label_of_cell[j, d]
                if column >= 0:
                    for k in range(5):
                        body[c, column, k] += cells[base + k]
            for k in range(3):
                totals[c, k] += cells[base + 5 + k]
            cells[base : base + SUMS] = 0.0
