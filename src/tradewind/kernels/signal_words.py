"""Signals as bits, one a bar, as the walk of single configurations reads them; the lowest bit is the first bar's."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tradewind.kernels.bits import BITS, far, lowest, signs, true
from tradewind.kernels.compiled import inlined_kernel, kernel
from tradewind.kernels.exits import NEVER
from tradewind.model.bars import FloatArray, IntArray
from tradewind.model.signals import SignArray

Words = npt.NDArray[np.uint64]

ONE, WITHIN = np.uint64(1), np.uint64(BITS - 1)


class Fades(NamedTuple):
    """Signals of `fade` and `fade_at_pivots`, one a row: addresses of score, gate and pivots (0: none asked for), which
    the caller keeps alive, the delay of pivots, and the least score that is far enough."""

    score: Words
    gate: Words
    pivot_low: Words
    pivot_high: Words
    delay: IntArray
    least: FloatArray


@kernel
def pack(direction: SignArray, some: Words, short: Words) -> None:
    """Which bars signal, and which of them short, as bits; the last bar has no entry bar and signals nothing.

    Both have `words_for` the bars. Behind the end `some` has every bit, so that looking for a signal ends.
    """
    n = direction.shape[0]
    whole = n // BITS
    for k in range(whole):
        some[k], short[k] = signs(direction, BITS * k)
    some[whole:], short[whole:] = ~np.uint64(0), np.uint64(0)
    for t in range(BITS * whole, n):
        bit = ONE << np.uint64(t % BITS)
        if direction[t] == 0:
            some[whole] &= ~bit
        if direction[t] < 0:
            short[whole] |= bit
    some[(n - 1) // BITS] &= ~(ONE << np.uint64((n - 1) % BITS))


def words_for(bars: int) -> int:
    """Words of `pack` for so many bars: a walk looks at the word behind the last bar's, and at the next one."""
    return bars // BITS + 2


@njit(cache=True, nogil=True, inline="always")
def ahead_of(words: Words, t: int) -> np.uint64:
    """The bits of BITS bars from `t` on."""
    k, shift = t // BITS, np.uint64(t % BITS)
    # Shifted in two steps, since by a whole word a word cannot be shifted.
    ahead: np.uint64 = (words[k] >> shift) | ((words[k + 1] << ONE) << (WITHIN - shift))
    return ahead


@kernel
def next_signal(some: Words, t: int) -> int:
    """The first bar at or after `t` that signals, or one beyond the last."""
    ahead = ahead_of(some, t)
    while ahead == 0:
        t += BITS
        ahead = ahead_of(some, t)
    return t + int(lowest(ahead))


@kernel
def next_opposite(
    some: Words,
    short: Words,
    long: bool,  # noqa: FBT001 - kernels are called by position
    first: int,
    last: int,
) -> int:
    """The first bar from `first` on, before `last`, that signals against a trade, or NEVER."""
    for t in range(first, last, BITS):
        against = ahead_of(short, t)
        if not long:
            against = ahead_of(some, t) & ~against
        if against != 0:
            found = t + int(lowest(against))
            return found if found < last else NEVER
    return NEVER


@njit(cache=True, nogil=True, inline="always")
def moved(word: np.uint64, bars: int) -> np.uint64:
    """A word's bits so many bars earlier, or later where negative; what leaves the word is lost."""
    if bars == 0:
        return word
    if bars >= BITS or bars <= -BITS:
        return np.uint64(0)
    return word >> np.uint64(bars) if bars > 0 else word << np.uint64(-bars)


@inlined_kernel
def fade_words(fades: Fades, row: int, bars: int, start: int, count: int, some: Words, short: Words) -> None:
    """Which of the bars from `start` on signal, and which of them short, as `count` words; of `bars` in all, at least
    BITS. Bars that there are not signal nothing."""
    score, gate, lows, highs = fades.score[row], fades.gate[row], fades.pivot_low[row], fades.pivot_high[row]
    delay, least = fades.delay[row], fades.least[row]
    for k in range(count):
        t = start + BITS * k
        # Nobody may read what lies beyond an array: a word at its edge is cut out of the edge's last whole word.
        at = min(max(t - delay, 0), bars - BITS)
        low, high = far(score, at, least)
        by = t - delay - at
        low, high, shown = moved(low, by), moved(high, by), moved(true(gate, at), by)
        if lows != 0:
            at = min(t, bars - BITS)
            low &= moved(true(lows, at), t - at)
            high &= moved(true(highs, at), t - at)
        some[k], short[k] = (low ^ high) & shown, high & ~low & shown
