"""The fast walk: many configurations over one stretch of bars, at a cost that follows their trades.

Inside a block of bars three tables live in cache: for each slot (a set of signals under a mask) the next signal at
or after every bar, and for each plan what a trade opened by a signal at that bar comes to. A configuration is a slot
and a plan: it jumps from signal to exit to signal and adds one row of the table to one cell a trade.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import inlined_kernel, kernel
from tradewind.kernels.outcomes import (
    Levels,
    Outcomes,
    carry_outcomes,
    choose_outcomes,
    fill_levels,
    levels_of,
    outcomes_room,
)
from tradewind.kernels.plans import Orders
from tradewind.kernels.rows import SUMS, add_row, flush_cells
from tradewind.kernels.tables import (
    BLOCK,
    REACH,
    Candidates,
    Rules,
    Series,
    Slots,
    candidates_room,
    fill_next,
    scratch_room,
)
from tradewind.model.bars import FloatArray, IntArray

LANES = 4


class Configurations(NamedTuple):
    """Configurations sorted by plan: plan p has `slot[begin[p]:begin[p + 1]]`."""

    begin: IntArray
    slot: IntArray


class State(NamedTuple):
    """What a walk carries and adds to; one place more than configurations takes what the empty lanes add.

    `position` is the next bar at which each configuration may see a signal, `cursor` the next event of each slot,
    `cells` (spans of a block × configurations × joint labels × SUMS, flat; see `most_together`) and `daily` (days ×
    configurations, flat; log return).
    """

    position: IntArray
    cursor: IntArray
    cells: FloatArray
    daily: FloatArray


@inlined_kernel
def walk_four(
    following: npt.NDArray[np.uint16],
    slot: tuple[int, int, int, int],
    configuration: tuple[int, int, int, int],
    outcomes: Outcomes,
    sizes: tuple[int, int, int],
    state: State,
    traded: npt.NDArray[np.uint16],
) -> int:
    """Four configurations jump through one block side by side: one alone would wait for memory at every jump.

    `sizes` is (start, bars of the block, candidates). `traded` takes the candidates they trade, four by four; a lane
    that has finished repeats the place of nothing. Returns how many places of it are used.
    """
    start, size, count = sizes
    end, nothing = np.uint64(size), np.uint64(count)
    next0, next1, next2, next3 = following[slot[0]], following[slot[1]], following[slot[2]], following[slot[3]]
    at0 = np.uint64(max(state.position[configuration[0]] - start, 0))
    at1 = np.uint64(max(state.position[configuration[1]] - start, 0))
    at2 = np.uint64(max(state.position[configuration[2]] - start, 0))
    at3 = np.uint64(max(state.position[configuration[3]] - start, 0))
    leave = outcomes.leave
    used = np.uint64(0)
    while True:
        k0 = np.uint64(next0[min(at0, end)])
        k1 = np.uint64(next1[min(at1, end)])
        k2 = np.uint64(next2[min(at2, end)])
        k3 = np.uint64(next3[min(at3, end)])
        if k0 == nothing and k1 == nothing and k2 == nothing and k3 == nothing:
            break
        at0 = max(at0, np.uint64(leave[k0]))
        at1 = max(at1, np.uint64(leave[k1]))
        at2 = max(at2, np.uint64(leave[k2]))
        at3 = max(at3, np.uint64(leave[k3]))
        traded[used] = np.uint16(k0)
        traded[used + np.uint64(1)] = np.uint16(k1)
        traded[used + np.uint64(2)] = np.uint16(k2)
        traded[used + np.uint64(3)] = np.uint16(k3)
        used += np.uint64(LANES)
    state.position[configuration[0]] = start + np.int64(at0)
    state.position[configuration[1]] = start + np.int64(at1)
    state.position[configuration[2]] = start + np.int64(at2)
    state.position[configuration[3]] = start + np.int64(at3)
    return int(used)


@inlined_kernel
def add_trades(
    traded: npt.NDArray[np.uint16],
    lane: int,
    used: int,
    configuration: int,
    stride: int,
    count: int,
    outcomes: Outcomes,
    candidates: Candidates,
    state: State,
) -> None:
    """Add what one lane traded to its configuration's cells and days; `stride` is the size of its cells."""
    cells, daily = state.cells, state.daily
    rows, log_returns, _ = outcomes
    cell, day = candidates.cell, candidates.day
    to, own, nothing = np.uint64(configuration * stride), np.uint64(configuration), np.uint64(count)
    at = np.uint64(lane)
    while at < np.uint64(used):
        k = np.uint64(traded[at])
        if k == nothing:
            break
        add_row(cells, to + np.uint64(cell[k]), rows, k * np.uint64(SUMS))
        daily[np.uint64(day[k]) + own] += log_returns[k]
        at += np.uint64(LANES)


@kernel
def end_together(spans: IntArray, first: int) -> int:
    """Spans from `first` up to this one fit into one block; a span that is longer stands alone."""
    end = first + 1
    while end < spans.shape[0] and spans[end, 1] - spans[first, 0] <= BLOCK:
        end += 1
    return end


@kernel
def most_together(spans: IntArray) -> int:
    """The largest number of spans that one block holds: so many sets of cells a walk over them needs."""
    most = 1
    for first in range(spans.shape[0]):
        most = max(most, end_together(spans, first) - first)
    return most


@kernel
def walk_spans(
    series: Series,
    rules: Rules,
    orders: Orders,
    slots: Slots,
    configurations: Configurations,
    state: State,
    spans: IntArray,
    column_of_cell: IntArray,
    cells: FloatArray,
    totals: FloatArray,
) -> None:
    """Walk every configuration over spans of bars, rows of (first, end, segment, tail), into the cells of each.

    Spans must follow each other without a hole. `cells` and `totals` are segments × 2 × configurations × …
    """
    slot_count = slots.first.shape[0]
    following = np.zeros((slot_count, BLOCK + REACH), np.uint16)
    candidates, scratch = candidates_room(), scratch_room(slot_count)
    levels, outcomes = levels_of(rules), outcomes_room()
    traded = np.empty(LANES * (BLOCK + 1), np.uint16)
    joint = column_of_cell.shape[0]
    lanes = configurations.slot.shape[0] + 1
    place_size = lanes * joint * SUMS
    first = 0
    while first < spans.shape[0]:
        end = end_together(spans, first)
        for start in range(spans[first, 0], spans[end - 1, 1], BLOCK):
            size = min(BLOCK, spans[end - 1, 1] - start)
            count = fill_next(slots, series, state.cursor, start, size, scratch, candidates, following)
            place = first
            for i in range(count):
                bar = start + (candidates.code[i] >> 1)
                while bar >= spans[place, 1]:
                    place += 1
                candidates.cell[i] = (place - first) * place_size + series.cell[bar] * SUMS
                candidates.day[i] = series.day[bar] * lanes
            candidates.cell[count], candidates.day[count] = 0, 0
            if count > 0:
                walk_block(
                    series, rules, orders, configurations, state, start, size, count, joint,
                    following, candidates, levels, outcomes, traded,
                )  # fmt: skip
        for span in range(first, end):
            own = state.cells[(span - first) * place_size : (span - first + 1) * place_size]
            segment, tail = spans[span, 2], spans[span, 3]
            flush_cells(own, column_of_cell, joint, cells[segment, tail], totals[segment, tail])
        first = end


@kernel
def walk_block(
    series: Series,
    rules: Rules,
    orders: Orders,
    configurations: Configurations,
    state: State,
    start: int,
    size: int,
    count: int,
    joint: int,
    following: npt.NDArray[np.uint16],
    candidates: Candidates,
    levels: Levels,
    outcomes: Outcomes,
    traded: npt.NDArray[np.uint16],
) -> None:
    """All configurations through one block, plan after plan."""
    row_filled = -1
    for plan in range(configurations.begin.shape[0] - 1):
        if configurations.begin[plan] == configurations.begin[plan + 1]:
            continue
        if not rules.plain[plan]:
            carry_outcomes(orders, plan, start, candidates, count, outcomes)
        else:
            if rules.row[plan] != row_filled:
                row_filled = rules.row[plan]
                fill_levels(series, rules, row_filled, start, candidates, count, levels)
            choose_outcomes(levels, plan, candidates, count, outcomes)
        outcomes.rows[count * SUMS : (count + 1) * SUMS] = 0.0
        outcomes.log_return[count] = 0.0
        outcomes.leave[count] = 0
        sizes = (start, size, count)
        walk_plan(configurations, plan, following, outcomes, candidates, sizes, joint * SUMS, state, traded)


@kernel
def walk_plan(
    configurations: Configurations,
    plan: int,
    following: npt.NDArray[np.uint16],
    outcomes: Outcomes,
    candidates: Candidates,
    sizes: tuple[int, int, int],
    stride: int,
    state: State,
    traded: npt.NDArray[np.uint16],
) -> None:
    """All configurations of one plan through one block."""
    slot = configurations.slot
    empty_slot, spare = following.shape[0] - 1, slot.shape[0]
    end = configurations.begin[plan + 1]
    for c in range(configurations.begin[plan], end, LANES):
        c1 = c + 1 if c + 1 < end else spare
        c2 = c + 2 if c + 2 < end else spare
        c3 = c + 3 if c + 3 < end else spare
        s1 = slot[c1] if c1 < spare else empty_slot
        s2 = slot[c2] if c2 < spare else empty_slot
        s3 = slot[c3] if c3 < spare else empty_slot
        used = walk_four(
            following, (int(slot[c]), int(s1), int(s2), int(s3)), (c, c1, c2, c3), outcomes, sizes, state, traded
        )
        for lane in range(min(LANES, end - c)):
            add_trades(traded, lane, used, c + lane, stride, sizes[2], outcomes, candidates, state)
