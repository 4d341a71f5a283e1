"""The fast walk: many configurations over one stretch of bars, at a cost that follows their trades.

Inside a block of bars two kinds of tables live in cache: for each slot (a set of signals under a mask) the next
signal at or after every bar, and for each plan what a trade opened by a signal comes to. A configuration is a slot
and a plan: it jumps from signal to exit to signal and adds one row of the table to one cell a trade.

Cells of one label lie side by side for all configurations, since the few labels of a block are all that it touches:
so they come in lines that follow each other, and are asked for before they are needed.
"""

from typing import NamedTuple

import numpy as np

from tradewind.kernels.compiled import kernel
from tradewind.kernels.levels import Levels, fill_levels, levels_of
from tradewind.kernels.outcomes import Outcomes, carry_outcomes, choose_outcomes, outcomes_room
from tradewind.kernels.plans import Orders
from tradewind.kernels.rows import SUMS, add_row, fetch_row, flush_cells
from tradewind.kernels.tables import (
    BLOCK,
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
    following, candidates = following_room(slots.mask.shape[0]), candidates_room()
    levels, outcomes = levels_of(rules), outcomes_room()
    near = np.empty(NEAR, np.int64)
    joint = column_of_cell.shape[0]
    span_size = (configurations.slot.shape[0] + SPARE) * joint * SUMS
    first = 0
    while first < spans.shape[0]:
        end = end_together(spans, first)
        for start in range(spans[first, 0], spans[end - 1, 1], BLOCK):
            size = min(BLOCK, spans[end - 1, 1] - start)
            count = fill_next(slots, series, state.cursor, start, size, candidates, following)
            if count > 0:
                used = place_candidates(series, spans[first:end], start, count, joint, span_size, candidates, near)
                walk_block(
                    series, rules, orders, configurations, state, (start, size, count),
                    following, candidates, near[:used], levels, outcomes,
                )  # fmt: skip
        for span in range(first, end):
            own = state.cells[(span - first) * span_size : (span - first + 1) * span_size]
            segment, tail = spans[span, 2], spans[span, 3]
            by_label = own.reshape(joint, own.shape[0] // (joint * SUMS), SUMS)
            flush_cells(by_label, column_of_cell, cells[segment, tail], totals[segment, tail])
        first = end


@kernel
def place_candidates(
    series: Series,
    spans: IntArray,
    start: int,
    count: int,
    joint: int,
    span_size: int,
    candidates: Candidates,
    near: IntArray,
) -> int:
    """Say of each candidate to which cell and day its trades belong; `near` takes the cells, each once.

    `spans` are those of the block. Returns how many places of `near` are used; cells beyond NEAR are not asked for.
    """
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
    """All configurations through one block, plan after plan; `sizes` is (start, bars of the block, candidates)."""
    row_filled = -1
    start, _, count = sizes
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

    `sizes` is (start, bars of the block, candidates). A lane that is done, or has no configuration of its own, sits at
    the place of nothing and adds zeros to whatever cell it has. Arrays are taken out of their tuples once, and none is
    cut: numba counts references whenever one is.
    """
    start, size, count = sizes
    slot, row_of_slot, nobody = configurations.slot, following.row, following.row.shape[0] - 1
    words, places = following.words.reshape(-1), following.places
    rows, log_returns, leave, _ = outcomes
    cell, day = candidates.cell, candidates.day
    position, cells, daily = state.position, state.cells, state.daily
    row = np.uint64(SUMS)
    all_done = np.uint64(LANES * count)
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
            ahead = np.uint64(near[i] + (c + LANES) * SUMS)
            fetch_row(cells, ahead)
            fetch_row(cells, ahead + row)
            fetch_row(cells, ahead + np.uint64(2) * row)
            fetch_row(cells, ahead + np.uint64(3) * row)
        n0, n1, n2, n3 = s0 * WORDS, s1 * WORDS, s2 * WORDS, s3 * WORDS
        at0, at1 = max(position[c] - start, 0), max(position[c + 1] - start, 0)
        at2, at3 = max(position[c + 2] - start, 0), max(position[c + 3] - start, 0)
        c0 = np.uint64(c)
        c1, c2, c3 = c0 + np.uint64(1), c0 + np.uint64(2), c0 + np.uint64(3)
        while True:
            k0 = next_place(words, places, n0, min(at0, size))
            k1 = next_place(words, places, n1, min(at1, size))
            k2 = next_place(words, places, n2, min(at2, size))
            k3 = next_place(words, places, n3, min(at3, size))
            if k0 + k1 + k2 + k3 == all_done:
                break
            at0 = max(at0, np.int64(leave[k0]))
            at1 = max(at1, np.int64(leave[k1]))
            at2 = max(at2, np.int64(leave[k2]))
            at3 = max(at3, np.int64(leave[k3]))
            add_row(cells, np.uint64(cell[k0]) + c0 * row, rows, k0 * row)
            add_row(cells, np.uint64(cell[k1]) + c1 * row, rows, k1 * row)
            add_row(cells, np.uint64(cell[k2]) + c2 * row, rows, k2 * row)
            add_row(cells, np.uint64(cell[k3]) + c3 * row, rows, k3 * row)
            daily[np.uint64(day[k0]) + c0] += log_returns[k0]
            daily[np.uint64(day[k1]) + c1] += log_returns[k1]
            daily[np.uint64(day[k2]) + c2] += log_returns[k2]
            daily[np.uint64(day[k3]) + c3] += log_returns[k3]
        position[c], position[c + 1], position[c + 2], position[c + 3] = (
            start + at0,
            start + at1,
            start + at2,
            start + at3,
        )
