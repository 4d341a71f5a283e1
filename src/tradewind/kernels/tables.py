"""What a walk reads of one symbol, and the next signal of every slot at each bar of a block.

Signals are coded as 2 × bar + side (0 long, 1 short).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel
from tradewind.model.bars import FloatArray, IntArray

BLOCK = 1024
REACH = 16  # bars of a run that are written at once


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


class Candidates(NamedTuple):
    """The signals of a block that some slot may trade, in time order, `BLOCK * 2` places of which the first are used.

    `code` counts from the block's start; `cell` and `day` say where a walk adds what its trades come to (see
    `kernels.walks`); the place behind the last one belongs to nobody: lanes that are done sit there and add nothing.
    """

    code: npt.NDArray[np.uint16]
    cell: npt.NDArray[np.uint32]
    day: npt.NDArray[np.uint32]


class Scratch(NamedTuple):
    """Room for `fill_next`: codes of all slots one after the other, where each slot's end, the place of each code.

    `row` says which row of the table to read for each slot: its own, or the last one where it has no signal.
    """

    codes: npt.NDArray[np.uint16]
    ends: IntArray
    place: npt.NDArray[np.uint16]
    row: IntArray


@kernel
def candidates_room() -> Candidates:
    return Candidates(
        np.empty(2 * BLOCK, np.uint16), np.zeros(2 * BLOCK + 1, np.uint32), np.zeros(2 * BLOCK + 1, np.uint32)
    )


@kernel
def scratch_room(slots: int) -> Scratch:
    return Scratch(
        np.empty(slots * BLOCK + 1, np.uint16),
        np.empty(slots, np.int64),
        np.empty(2 * BLOCK, np.uint16),
        np.empty(slots, np.int64),
    )


@kernel
def collect_codes(slots: Slots, series: Series, cursor: IntArray, start: int, size: int, scratch: Scratch) -> None:
    """Codes of the block that each slot keeps, slot after slot, and a mark at every code that occurs."""
    first, end = 2 * start, 2 * (start + size)
    codes, place = scratch.codes, scratch.place
    place[: 2 * size] = 0
    count = np.uint64(0)
    for s in range(slots.first.shape[0]):
        at, last = cursor[s], slots.last[s]
        wanted, every = slots.wanted[s], slots.wanted[s] < 0
        labels = series.labels[slots.detector[s]]
        while at < last:
            code = int(slots.events[np.uint64(at)])
            if code >= end:
                break
            at += 1
            # No branch: whether a signal is kept is hard to foresee, and one that is not is written over.
            kept = (every | (labels[np.uint64(code >> 1)] == wanted)) & (series.short | (code & 1 == 0))
            own = np.uint16(code - first)
            codes[count] = own
            place[np.uint64(own)] |= np.uint16(kept)
            count += np.uint64(kept)
        cursor[s] = at
        scratch.ends[s] = count


@kernel
def fill_next(
    slots: Slots,
    series: Series,
    cursor: IntArray,
    start: int,
    size: int,
    scratch: Scratch,
    candidates: Candidates,
    following: npt.NDArray[np.uint16],
) -> int:
    """For each slot and bar of the block the place among the candidates of the slot's first signal at or after the bar.

    `following` is slots × (BLOCK + REACH): a walk stays within one slot's bars, which the nearest cache holds. Where no
    signal follows, and at the block's end, it holds the number of candidates, which is returned. Slots without any
    signal share the last row (`scratch.row`): most of those under a mask have none in most blocks.
    """
    collect_codes(slots, series, cursor, start, size, scratch)
    codes, place = scratch.codes, scratch.place
    count = 0
    for code in range(2 * size):
        if place[code]:
            candidates.code[count] = code
            place[code] = count
            count += 1
    begin, empty = 0, slots.first.shape[0] - 1
    for s in range(empty + 1):
        signals = scratch.ends[s] > begin
        scratch.row[s] = s if signals else empty
        if not signals and s < empty:
            continue
        row = following[s]
        bar = np.uint64(0)
        for i in range(begin, scratch.ends[s]):
            found = np.uint64(codes[i])
            own = place[found]
            last = found >> np.uint64(1)
            # A whole reach is written at once: what lies beyond `last` is written over by the next signal's.
            for k in range(REACH):
                row[bar + np.uint64(k)] = own
            at = bar + np.uint64(REACH)
            while at <= last:
                row[at] = own
                at += np.uint64(1)
            bar = last + np.uint64(1)
        row[np.int64(bar) : size + 1] = np.uint16(count)
        begin = scratch.ends[s]
    return count
