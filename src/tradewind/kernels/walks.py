"""The fast walk: many configurations over one stretch of bars, at a cost that follows their trades.

Inside a block of bars two kinds of tables live in cache: for each slot (a set of signals under a mask) the next
signal at or after every bar, and for each plan what a trade opened by a signal comes to. A configuration is a slot
and a plan: it jumps from signal to exit to signal and adds one row of the table to one cell a trade.

Cells of one label lie side by side for all configurations, since the few labels of a block are all that it touches:
so they come in lines that follow each other, and are asked for before they are needed.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import inlined_kernel, kernel
from tradewind.kernels.levels import Levels, fill_levels, levels_of
from tradewind.kernels.outcomes import Outcomes, carry_outcomes, choose_outcomes, nothing_at, outcomes_room
from tradewind.kernels.plans import Orders
from tradewind.kernels.rows import SUMS, VECTOR, add_four, fetch_row, flush_cells
from tradewind.kernels.tables import (
    BLOCK,
    LAST,
    WORDS,
    Candidates,
    Following,
    Rules,
    Series,
    Slots,
    candidates_room,
    fill_next,
    following_room,
    next_place,
)
from tradewind.model.bars import FloatArray, IntArray

LANES = 4
SPARE = LANES - 1  # places of a walk's state behind those of its configurations, for lanes that have none
NEAR = 32  # cells of a configuration that are asked for before its walk through a block
CELLS_TOGETHER = 1 << 16  # float64 of the cells of spans that share a block: half of the second-level cache


class Configurations(NamedTuple):
    """Configurations sorted by plan: plan p has `slot[begin[p]:begin[p + 1]]`."""

    begin: IntArray
    slot: IntArray


class State(NamedTuple):
    """What a walk carries and adds to, with SPARE places more than configurations.

    `position` is the next bar at which each configuration may see a signal, `cursor` the next event of each list,
    `cells` (spans of a block × joint labels × places × SUMS, flat; see `most_together`) and `daily` (days × places,
    flat; log return).
    """

    position: IntArray
    cursor: IntArray
    cells: FloatArray
    daily: FloatArray


@kernel
def end_together(spans: IntArray, first: int, span_size: int) -> int:
    """Spans from `first` up to this one fit into one block, and their cells (`span_size` float64 each) into
    CELLS_TOGETHER; a span that is longer stands alone."""
    end = first + 1
    while (
        end < spans.shape[0]
        and spans[end, 1] - spans[first, 0] <= BLOCK
        and (end + 1 - first) * span_size <= CELLS_TOGETHER
    ):
        end += 1
    return end


@kernel
def most_together(spans: IntArray, span_size: int) -> int:
    """The largest number of spans that one block holds: so many sets of cells a walk over them needs."""
    most = 1
    for first in range(spans.shape[0]):
        most = max(most, end_together(spans, first, span_size) - first)
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

    Spans must follow each other without a hole. `cells` and `totals` are segments × 2 × configurations × … Where
    `totals` takes nothing, only the first halves of rows are made and added, and no days.
    """
    following, candidates = following_room(slots.mask.shape[0], series.labels.shape[0]), candidates_room()
    levels, outcomes = levels_of(rules), outcomes_room()
    near = np.empty(NEAR, np.int64)
    joint = column_of_cell.shape[0]
    span_size = (configurations.slot.shape[0] + SPARE) * joint * SUMS
    width = SUMS if totals.shape[3] > 0 else VECTOR
    touched = np.zeros((most_together(spans, span_size), joint), np.bool_)
    first = 0
    while first < spans.shape[0]:
        end = end_together(spans, first, span_size)
        touched[:] = False
        for start in range(spans[first, 0], spans[end - 1, 1], BLOCK):
            size = min(BLOCK, spans[end - 1, 1] - start)
            count = fill_next(slots, series, state.cursor, start, size, candidates, following)
            if count > 0:
                used = place_candidates(series, spans[first:end], start, count, span_size, candidates, near, touched)
                nothing_at(outcomes, count, width)
                walk_block(
                    series, rules, orders, configurations, state, (start, count, width),
                    following, candidates, near[:used], levels, outcomes,
                )  # fmt: skip
        for span in range(first, end):
            own = state.cells[(span - first) * span_size : (span - first + 1) * span_size]
            segment, tail = spans[span, 2], spans[span, 3]
            by_label = own.reshape(joint, own.shape[0] // (joint * SUMS), SUMS)
            for label in range(joint):
                # A tail has few labels.
                if touched[span - first, label]:
                    one = slice(label, label + 1)
                    flush_cells(by_label[one], column_of_cell[one], cells[segment, tail], totals[segment, tail])
        first = end


@kernel
def place_candidates(
    series: Series,
    spans: IntArray,
    start: int,
    count: int,
    span_size: int,
    candidates: Candidates,
    near: IntArray,
    touched: npt.NDArray[np.bool_],
) -> int:
    """Say of each candidate to which cell and day its trades belong; `near` takes the cells, each once.

    `spans` are those of the block; `touched` (spans × joint labels) takes True where they have a candidate. Returns how
    many places of `near` are used; cells beyond NEAR are not asked for.
    """
    joint = touched.shape[1]
    label_size = span_size // joint
    places = label_size // SUMS
    seen = np.zeros(spans.shape[0] * joint, np.bool_)
    span, used = 0, 0
    for i in range(count):
        bar = start + (candidates.code[i] >> 1)
        while bar >= spans[span, 1]:
            span += 1
        own = span * joint + series.cell[bar]
        candidates.cell[i] = own * label_size
        candidates.day[i] = series.day[bar] * places
        touched[span, own - span * joint] = True
        if not seen[own] and used < NEAR:
            seen[own] = True
            near[used] = own * label_size
            used += 1
    candidates.cell[count], candidates.day[count] = 0, 0
    return used


@kernel
def walk_block(
    series: Series,
    rules: Rules,
    orders: Orders,
    configurations: Configurations,
    state: State,
    sizes: tuple[int, int, int],
    following: Following,
    candidates: Candidates,
    near: IntArray,
    levels: Levels,
    outcomes: Outcomes,
) -> None:
    """All configurations through one block, plan after plan; `sizes` is (start, candidates, width of a row)."""
    row_filled = -1
    start, count, width = sizes
    for plan in range(configurations.begin.shape[0] - 1):
        if configurations.begin[plan] == configurations.begin[plan + 1]:
            continue
        if not rules.plain[plan]:
            carry_outcomes(orders, plan, start, candidates, count, outcomes, width)
        else:
            if rules.row[plan] != row_filled:
                row_filled = rules.row[plan]
                fill_levels(series, rules, row_filled, start, candidates, count, levels, width == SUMS)
            choose_outcomes(levels, plan, candidates, count, outcomes, width)
        walk_plan(configurations, plan, following, outcomes, candidates, near, sizes, state)


@kernel
def walk_plan(
    configurations: Configurations,
    plan: int,
    following: Following,
    outcomes: Outcomes,
    candidates: Candidates,
    near: IntArray,
    sizes: tuple[int, int, int],
    state: State,
) -> None:
    """All configurations of one plan through one block, four side by side: one alone would wait at every jump.

    A lane that is done, or has no configuration of its own, sits at the place of nothing and adds zeros to whatever
    cell it has. Arrays are taken out of their tuples once, and none is cut: numba counts references whenever one is.
    """
    start, count, width = sizes
    slot, row_of_slot, nobody = configurations.slot, following.row, following.row.shape[0] - 1
    words, places = following.words.reshape(-1), following.places
    rows, log_returns, hop, leave = outcomes.rows, outcomes.log_return, outcomes.hop, outcomes.leave
    cell, day = candidates.cell, candidates.day
    position, cells, daily = state.position, state.cells, state.daily
    whole, line = width == SUMS, np.uint64(SUMS)
    lane1, lane2, lane3 = np.uint64(1), np.uint64(2), np.uint64(3)
    last, all_done = np.uint64(LAST), np.uint64(LANES * count)
    begin, end = configurations.begin[plan], configurations.begin[plan + 1]
    for c in range(begin, end, LANES):
        s0 = row_of_slot[slot[c]]
        s1 = row_of_slot[slot[c + 1]] if c + 1 < end else nobody
        s2 = row_of_slot[slot[c + 2]] if c + 2 < end else nobody
        s3 = row_of_slot[slot[c + 3]] if c + 3 < end else nobody
        if s0 == nobody and s1 == nobody and s2 == nobody and s3 == nobody:
            continue
        for i in range(near.shape[0]):
            # The cells of the next four are asked for now.
            for ahead in range(LANES, 2 * LANES):
                fetch_row(cells, np.uint64(near[i] + (c + ahead) * SUMS))
        n0, n1, n2, n3 = np.uint64(s0 * WORDS), np.uint64(s1 * WORDS), np.uint64(s2 * WORDS), np.uint64(s3 * WORDS)
        at0, at1 = min(gone_on(position, c, start), last), min(gone_on(position, c + 1, start), last)
        at2, at3 = min(gone_on(position, c + 2, start), last), min(gone_on(position, c + 3, start), last)
        own = np.uint64(c)
        to = own * line
        while True:
            k0 = next_place(words, places, n0, at0)
            k1 = next_place(words, places, n1, at1)
            k2 = next_place(words, places, n2, at2)
            k3 = next_place(words, places, n3, at3)
            if k0 + k1 + k2 + k3 == all_done:
                break
            at0, at1 = max(at0, np.uint64(hop[k0])), max(at1, np.uint64(hop[k1]))
            at2, at3 = max(at2, np.uint64(hop[k2])), max(at3, np.uint64(hop[k3]))
            if whole:
                add_trade(cells, to, cell, np.uint64(0), rows, k0)
                add_trade(cells, to, cell, line, rows, k1)
                add_trade(cells, to, cell, lane2 * line, rows, k2)
                add_trade(cells, to, cell, lane3 * line, rows, k3)
                daily[np.uint64(day[k0]) + own] += log_returns[k0]
                daily[np.uint64(day[k1]) + own + lane1] += log_returns[k1]
                daily[np.uint64(day[k2]) + own + lane2] += log_returns[k2]
                daily[np.uint64(day[k3]) + own + lane3] += log_returns[k3]
            else:
                half = np.uint64(VECTOR)
                add_four(cells, to, np.uint64(cell[k0]), np.uint64(0), rows, k0 * half)
                add_four(cells, to, np.uint64(cell[k1]), line, rows, k1 * half)
                add_four(cells, to, np.uint64(cell[k2]), lane2 * line, rows, k2 * half)
                add_four(cells, to, np.uint64(cell[k3]), lane3 * line, rows, k3 * half)
        if max(at0, at1, at2, at3) == last:
            # Somebody goes on from beyond what a hop says.
            at0 = left_at(words, places, n0, gone_on(position, c, start), leave, count)
            at1 = left_at(words, places, n1, gone_on(position, c + 1, start), leave, count)
            at2 = left_at(words, places, n2, gone_on(position, c + 2, start), leave, count)
            at3 = left_at(words, places, n3, gone_on(position, c + 3, start), leave, count)
        position[c], position[c + 1] = start + np.int64(at0), start + np.int64(at1)
        position[c + 2], position[c + 3] = start + np.int64(at2), start + np.int64(at3)


@inlined_kernel
def add_trade(
    cells: FloatArray,
    to: np.uint64,
    cell: npt.NDArray[np.uint32],
    lane: np.uint64,
    rows: FloatArray,
    k: np.uint64,
) -> None:
    """Add a candidate's whole row to its cell of the configuration whose cells begin at `to` + `lane`."""
    at, row, half = np.uint64(cell[k]), k * np.uint64(SUMS), np.uint64(VECTOR)
    add_four(cells, to, at, lane, rows, row)
    add_four(cells, to, at, lane + half, rows, row + half)


@inlined_kernel
def gone_on(position: IntArray, c: int, start: int) -> np.uint64:
    """The bar of the block from which a configuration may see a signal; beyond the block where it trades so long."""
    return np.uint64(max(position[c] - start, 0))


@kernel
def left_at(
    words: npt.NDArray[np.uint64],
    places: npt.NDArray[np.uint16],
    first: np.uint64,
    at: np.uint64,
    leave: npt.NDArray[np.uint32],
    nothing: int,
) -> np.uint64:
    """The bar that one configuration goes on from after the block, with every trade's whole length."""
    while True:
        k = next_place(words, places, first, min(at, np.uint64(LAST)))
        if k == np.uint64(nothing):
            return at
        at = max(at, np.uint64(leave[k]))
