"""The fast walk: many configurations over one stretch of bars, at a cost that follows their trades.

Inside a block of bars three tables live in cache: for each slot (a set of signals under a mask) the next signal at
or after every bar, and for each plan what a trade opened by a signal at that bar comes to. A configuration is a slot
and a plan: it jumps from signal to exit to signal and adds one row of the table to one cell a trade.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tradewind.kernels.compiled import kernel
from tradewind.kernels.plans import Orders
from tradewind.kernels.tables import (
    BLOCK,
    SUMS,
    Closed,
    Rules,
    Series,
    Slots,
    fill_carried,
    fill_exits,
    fill_next,
    fill_touches,
    touches_of,
)
from tradewind.model.bars import FloatArray, IntArray


class Configurations(NamedTuple):
    """Configurations sorted by plan: plan p has `slot[begin[p]:begin[p + 1]]`."""

    begin: IntArray
    slot: IntArray


class State(NamedTuple):
    """What a walk carries and adds to; one place more than configurations takes what the empty lanes add.

    `position` is the next bar at which each configuration may see a signal, `cursor` the next event of each slot,
    `cells` (configurations × joint labels × SUMS, flat) and `daily` (days × configurations, flat; log return).
    """

    position: IntArray
    cursor: IntArray
    cells: FloatArray
    daily: FloatArray


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
    sizes: tuple[int, int, int],
    state: State,
) -> None:
    """Four configurations through one block side by side: one walk alone would wait for memory at every jump.

    `sizes` is (start, bars of the block, values of one configuration's cells).
    """
    start, size, stride = sizes
    one, eight = np.uint64(1), np.uint64(SUMS)
    end = np.uint64(size)
    nothing = np.uint64(2 * size)
    s0, s1, s2, s3 = np.uint64(slot[0]), np.uint64(slot[1]), np.uint64(slot[2]), np.uint64(slot[3])
    at0 = np.uint64(max(state.position[configuration[0]] - start, 0))
    at1 = np.uint64(max(state.position[configuration[1]] - start, 0))
    at2 = np.uint64(max(state.position[configuration[2]] - start, 0))
    at3 = np.uint64(max(state.position[configuration[3]] - start, 0))
    to0, to1 = np.uint64(configuration[0] * stride), np.uint64(configuration[1] * stride)
    to2, to3 = np.uint64(configuration[2] * stride), np.uint64(configuration[3] * stride)
    c0, c1 = np.uint64(configuration[0]), np.uint64(configuration[1])
    c2, c3 = np.uint64(configuration[2]), np.uint64(configuration[3])
    cells, daily = state.cells, state.daily
    while True:
        k0 = np.uint64(following[min(at0, end), s0])
        k1 = np.uint64(following[min(at1, end), s1])
        k2 = np.uint64(following[min(at2, end), s2])
        k3 = np.uint64(following[min(at3, end), s3])
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
        daily[day_of_bar[b0] + c0] += log_returns[k0]
        daily[day_of_bar[b1] + c1] += log_returns[k1]
        daily[day_of_bar[b2] + c2] += log_returns[k2]
        daily[day_of_bar[b3] + c3] += log_returns[k3]
    state.position[configuration[0]] = start + np.int64(at0)
    state.position[configuration[1]] = start + np.int64(at1)
    state.position[configuration[2]] = start + np.int64(at2)
    state.position[configuration[3]] = start + np.int64(at3)


@kernel
def walk_span(
    series: Series,
    rules: Rules,
    orders: Orders,
    slots: Slots,
    configurations: Configurations,
    state: State,
    span: tuple[int, int],
    joint: int,
) -> None:
    """Walk every configuration over the bars of `span` (start, end) and add its trades to the state.

    `joint` is the number of joint labels. Spans must follow each other without a hole.
    """
    slot_count = slots.first.shape[0]
    following = np.empty((BLOCK + 1, slot_count), np.uint16)
    wanted_codes = np.zeros(2 * BLOCK + 1, np.uint8)
    codes = np.empty(2 * BLOCK, np.uint16)
    rows, log_returns = np.zeros((2 * BLOCK + 1) * SUMS), np.zeros(2 * BLOCK + 1)
    occupied = np.zeros(2 * BLOCK + 1, np.int32)
    cell_of_bar, day_of_bar = np.zeros(BLOCK + 1, np.uint64), np.zeros(BLOCK + 1, np.uint64)
    empty_slot = slot_count - 1
    spare = configurations.slot.shape[0]
    lanes = np.uint64(spare + 1)
    touches = touches_of(rules)
    closing = Closed(np.empty(2 * BLOCK, np.uint16), np.empty(2 * BLOCK), np.empty(2 * BLOCK), np.empty(2 * BLOCK))
    for start in range(span[0], span[1], BLOCK):
        size = min(BLOCK, span[1] - start)
        fill_next(slots, series.labels, state.cursor, start, size, series.short, following, wanted_codes)
        for b in range(size):
            cell_of_bar[b] = np.uint64(series.cell[start + b]) * np.uint64(SUMS)
            day_of_bar[b] = np.uint64(series.day[start + b]) * lanes
        cell_of_bar[size], day_of_bar[size] = 0, 0
        count = 0
        for code in range(2 * size):
            if wanted_codes[code]:
                codes[count] = code
                count += 1
        nothing = 2 * size
        rows[nothing * SUMS : (nothing + 1) * SUMS] = 0.0
        log_returns[nothing] = 0.0
        occupied[nothing] = 0
        sizes = (start, size, joint * SUMS)
        touched_row = -1
        for plan in range(configurations.begin.shape[0] - 1):
            begin, end = configurations.begin[plan], configurations.begin[plan + 1]
            if begin == end:
                continue
            if not rules.plain[plan]:
                fill_carried(orders, plan, start, codes, count, rows, log_returns, occupied)
            else:
                if rules.row[plan] != touched_row:
                    touched_row = rules.row[plan]
                    fill_touches(series, rules, touched_row, start, codes, count, touches)
                fill_exits(series, rules, plan, start, codes, count, touches, closing, rows, log_returns, occupied)
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
