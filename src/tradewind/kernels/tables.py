"""What a walk reads of one symbol, and the next signal of every slot at each bar of a block.

Signals are coded as 2 × bar + side (0 long, 1 short). Which signal comes next at a bar is how many came before it:
a slot's signals stand in a short list, and words of one bit a bar count those before. A table with a place for every
bar would be ten times as large, too large for the nearest cache.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tradewind.kernels.bits import BITS, KEPT, keep_equal, lowest, ones, ones_from, signs
from tradewind.kernels.compiled import inlined_kernel, kernel
from tradewind.model.bars import FloatArray, IntArray

BLOCK = 2048  # bars whose tables fit into the near caches; all places and codes of a block fit into 16 bits
WORD = 32  # bars of one word of `Following`: half of it, the other half counts
BEYOND = 1024  # bars behind a block at which a walk may go on and still look whether anything follows there
LAST = BLOCK + BEYOND
WORDS = LAST // WORD + 1
HALF = np.uint64(32)
LOWER = np.uint64((1 << 32) - 1)


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
    """Signal lists of a walk and its slots, sets of signals under a mask.

    List i is `events[first[i]:last[i]]` and has the slots `begin[i]:begin[i + 1]`. A slot keeps the signals where
    `masks[mask[slot]]`, a (detector, label), holds; label -1 keeps all. The last list is empty and has the last slot:
    lanes without a configuration walk it.
    """

    events: npt.NDArray[np.int32]
    first: IntArray
    last: IntArray
    begin: IntArray
    mask: IntArray
    masks: IntArray


@kernel
def signal_events(direction: npt.NDArray[np.int8]) -> npt.NDArray[np.int32]:
    """Codes of all signals in time order; the last bar has no entry bar and gives none."""
    n = direction.shape[0]
    count = 0
    for t in range(n - 1):
        count += direction[t] != 0
    out = np.empty(count, np.int32)
    count = 0
    whole = (n - 1) // BITS * BITS
    for t in range(0, whole, BITS):
        some, short = signs(direction, t)
        while some != 0:
            at = lowest(some)
            out[count] = 2 * (t + at) + int((short >> np.uint64(at)) & np.uint64(1))
            count += 1
            some &= some - np.uint64(1)
    for t in range(whole, n - 1):
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


class Following(NamedTuple):
    """The next signal of every slot at each bar of a block.

    `words` is slots × WORDS: the lower half of a word says at which of its WORD bars the slot has a signal, the upper
    half where in `places` those end. `places` holds the slots' signals one after the other, each as its place among
    the candidates; behind a slot's last stands the number of candidates. Slots without any signal share the last row:
    `row` says which row a slot has. `place`, `codes` and `tags` are room for filling.
    """

    words: npt.NDArray[np.uint64]
    places: npt.NDArray[np.uint16]
    row: IntArray
    place: npt.NDArray[np.uint16]
    codes: npt.NDArray[np.uint16]
    tags: npt.NDArray[np.int8]


@kernel
def candidates_room() -> Candidates:
    return Candidates(
        np.empty(2 * BLOCK, np.uint16), np.zeros(2 * BLOCK + 1, np.uint32), np.zeros(2 * BLOCK + 1, np.uint32)
    )


@kernel
def following_room(slots: int, detectors: int) -> Following:
    return Following(
        np.zeros((slots, WORDS), np.uint64),
        np.empty(slots * (BLOCK + 1) + KEPT, np.uint16),
        np.empty(slots, np.int64),
        np.empty(2 * BLOCK + 1, np.uint16),
        np.empty(BLOCK + KEPT, np.uint16),
        np.empty(detectors * (BLOCK + KEPT), np.int8),
    )


@inlined_kernel
def next_place(
    words: npt.NDArray[np.uint64], places: npt.NDArray[np.uint16], first: np.uint64, bar: np.uint64
) -> np.uint64:
    """Place of a slot's first signal at or after `bar` of the block; `first` is where its words begin, rows joined.

    Few steps: the next one waits for its answer.
    """
    word = words[first + (bar >> np.uint64(5))]
    return np.uint64(places[(word >> HALF) - ones_from(word, bar)])


@kernel
def where_labels_hold(slots: Slots, series: Series, start: int, size: int) -> npt.NDArray[np.uint64]:
    """For each of the slots' masks the bars of the block where it lets signals pass, as words of WORD bits."""
    held = np.zeros((slots.masks.shape[0], WORDS), np.uint64)
    for m in range(held.shape[0]):
        label = slots.masks[m, 1]
        if label < 0:
            held[m] = LOWER
            continue
        labels = series.labels[slots.masks[m, 0], start : start + size]
        for w in range(WORDS):
            here = np.uint64(0)
            for bar in range(w * WORD, min((w + 1) * WORD, size)):
                here |= np.uint64(labels[bar] == label) << np.uint64(bar - w * WORD)
            held[m, w] = here
    return held


@inlined_kernel
def held_at(words: npt.NDArray[np.uint64], code: int) -> np.uint64:
    """1 where a word has the bit of a code's bar, else 0."""
    own = np.uint64(code)
    word = words[own >> np.uint64(6)]
    return np.uint64((word >> ((own >> np.uint64(1)) & np.uint64(WORD - 1))) & np.uint64(1))


@kernel
def collect_codes(
    slots: Slots,
    series: Series,
    which: int,
    at: int,
    start: int,
    end: int,
    words: npt.NDArray[np.uint64],
    codes: npt.NDArray[np.uint16],
) -> tuple[int, int]:
    """A list's signals from `at` up to bar `end`: codes that count from `start`, and the bits of their bars.

    Returns how many there are, and where the list goes on.
    """
    last, first, beyond = slots.last[which], 2 * start, 2 * end
    # Looked up once: numba counts references to an array whenever it is taken out of a tuple.
    events, longs_only = slots.events, np.uint64(not series.short)
    count = np.uint64(0)
    words[:] = 0
    while at < last:
        code = int(events[np.uint64(at)])
        if code >= beyond:
            break
        at += 1
        own = np.uint64(code - first)
        # No branch: a signal that is not kept is written over.
        kept = np.uint64(1) - (own & longs_only)
        codes[count] = np.uint16(own)
        count += kept
        words[own >> np.uint64(6)] |= kept << ((own >> np.uint64(1)) & np.uint64(WORD - 1))
    return int(count), at


@kernel
def tag_codes(
    labels: npt.NDArray[np.int8], start: int, codes: npt.NDArray[np.uint16], found: int, tags: npt.NDArray[np.int8]
) -> None:
    """Labels of the codes' bars, detector after detector, and behind them some that no mask asks for."""
    for detector in range(labels.shape[0]):
        own, first = labels[detector, start:], detector * (BLOCK + KEPT)
        for k in range(found):
            tags[first + k] = own[codes[k] >> 1]
        tags[first + found : first + found + KEPT] = -2


@kernel
def fill_next(
    slots: Slots,
    series: Series,
    cursor: IntArray,
    start: int,
    size: int,
    candidates: Candidates,
    following: Following,
) -> int:
    """Fill `following` for a block and number the signals that some slot keeps, the candidates.

    `cursor` holds the next event of each list. Returns the number of candidates.
    """
    held = where_labels_hold(slots, series, start, size)
    words, places, row, place, codes, tags = following
    masked = False
    for m in range(slots.masks.shape[0]):
        masked = masked or slots.masks[m, 1] >= 0
    bits, kept = np.zeros(WORDS, np.uint64), np.zeros(WORDS, np.uint64)
    place[:] = 0
    empty = row.shape[0] - 1
    total = np.uint64(0)
    for i in range(slots.first.shape[0]):
        found, cursor[i] = collect_codes(slots, series, i, cursor[i], start, start + size, bits, codes)
        kept[:] = 0
        if masked:
            tag_codes(series.labels, start, codes, found, tags)
        for slot in range(slots.begin[i], slots.begin[i + 1]):
            own, mask = words[slot], held[slots.mask[slot]]
            begin = before = total
            for w in range(BLOCK // WORD):
                here = bits[w] & mask[w]
                kept[w] |= here
                before += ones(here)
                own[w] = (before << HALF) | here
            own[BLOCK // WORD :] = before << HALF
            if before == begin and slot < empty:
                row[slot] = empty
                continue
            row[slot] = slot
            if before == begin + np.uint64(found):
                for k in range(found):
                    places[total + np.uint64(k)] = codes[k]
                total = before
            else:
                detector, label = slots.masks[slots.mask[slot]]
                for k in range(0, found, KEPT):
                    total += keep_equal(tags, detector * (BLOCK + KEPT) + k, np.int8(label), codes, k, places, total)
            places[total] = np.uint16(2 * BLOCK)
            total += np.uint64(1)
        for k in range(found):
            place[codes[k]] |= np.uint16(held_at(kept, codes[k]))
    return number_candidates(int(total), size, candidates, place, places)


@kernel
def number_candidates(
    total: int,
    size: int,
    candidates: Candidates,
    place: npt.NDArray[np.uint16],
    places: npt.NDArray[np.uint16],
) -> int:
    """Number the codes that are marked in `place`, and write their numbers for the codes in `places`."""
    count = 0
    for code in range(2 * size):
        if place[code]:
            candidates.code[count] = code
            place[code] = count
            count += 1
    place[2 * BLOCK] = count
    for k in range(total):
        places[np.uint64(k)] = place[np.uint64(places[np.uint64(k)])]
    return count
