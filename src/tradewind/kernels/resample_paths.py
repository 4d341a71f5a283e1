"""Equity paths from resampled units (trades, or whole days of trades): thousands of orders, each walked once.

A unit is a row of four numbers: the log return it adds, and how the path moves inside it, from where it begins: the
lowest point (0 or below), the highest (0 or above) and the deepest fall. A trade by itself only steps; a day of many
trades rises and falls on the way. So a path costs its units and not its trades, and falls inside a day still count.
"""

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel
from tradewind.model.bars import FloatArray, IntArray

OrderArray = npt.NDArray[np.int32]
TOTAL, LOWEST, HIGHEST, FALL = range(4)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_ONE, MIX_TWO = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
LOWER = np.uint64(0xFFFFFFFF)
S27, S30, S31, S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)


@kernel
def units_of(log_returns: FloatArray, starts: IntArray) -> FloatArray:
    """Units made of consecutive trades: unit u holds those from `starts[u]` up to `starts[u + 1]`, perhaps none."""
    units = np.zeros((len(starts) - 1, 4))
    for u in range(len(units)):
        at, highest = 0.0, 0.0
        for k in range(starts[u], starts[u + 1]):
            at += log_returns[k]
            highest = max(highest, at)
            units[u, LOWEST] = min(units[u, LOWEST], at)
            units[u, FALL] = max(units[u, FALL], highest - at)
        units[u, TOTAL] = at
        units[u, HIGHEST] = highest
    return units


@kernel
def paths_in_order(units: FloatArray, marks: IntArray) -> tuple[FloatArray, FloatArray]:
    """The one path of the units as they came, in the form of the other two."""
    ends, fan = np.empty((1, 3)), np.empty((1, len(marks)))
    walk(units, np.arange(len(units)).astype(np.int32), marks, ends[0], fan[0])
    return ends, fan


@kernel
def paths_shuffled(
    units: FloatArray, first: int, end: int, seed: int, marks: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Paths `first` to `end` (exclusive) of all units in random order, each once.

    Returns paths × (final log equity, deepest fall in logs, lowest log equity, at most 0) and paths × the log equity
    after `marks` units (ascending). A path depends on its number and the seed alone.
    """
    ends, fan = np.empty((end - first, 3)), np.empty((end - first, len(marks)))
    order = np.empty(len(units), np.int32)
    for path in range(first, end):
        shuffle(order, start_of(seed, path))
        walk(units, order, marks, ends[path - first], fan[path - first])
    return ends, fan


@kernel
def paths_of_blocks(
    units: FloatArray, mean_block: float, first: int, end: int, seed: int, marks: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Paths of as many units as there are, drawn with replacement in runs of consecutive units; returns as above.

    A run begins anywhere, goes on from the last unit to the first, and has a geometric length of mean `mean_block`:
    the stationary bootstrap of Politis and Romano (1994). At a mean of 1 every unit is drawn by itself.
    """
    ends, fan = np.empty((end - first, 3)), np.empty((end - first, len(marks)))
    order = np.empty(len(units), np.int32)
    for path in range(first, end):
        draw_blocks(order, mean_block, start_of(seed, path))
        walk(units, order, marks, ends[path - first], fan[path - first])
    return ends, fan


@kernel
def walk(units: FloatArray, order: OrderArray, marks: IntArray, ends: FloatArray, fan: FloatArray) -> None:
    """Equity through the units in this order, in logs from 0; fills `ends` and `fan`."""
    at, peak, fall, lowest = 0.0, 0.0, 0.0, 0.0
    done = 0
    for m in range(len(marks)):
        for k in range(done, marks[m]):
            u = order[k]
            lowest = min(lowest, at + units[u, LOWEST])
            fall = max(fall, units[u, FALL], peak - (at + units[u, LOWEST]))
            peak = max(peak, at + units[u, HIGHEST])
            at += units[u, TOTAL]
        done = marks[m]
        fan[m] = at
    ends[0], ends[1], ends[2] = at, fall, lowest


@kernel
def shuffle(order: OrderArray, start: np.uint64) -> None:
    """Every order of 0 … n - 1 with the same chance. Source: Fisher and Yates, as in Durstenfeld (1964)."""
    n = len(order)
    for k in range(n):
        order[k] = k
    state = start
    for k in range(n - 1):
        state += GOLDEN
        j = k + below(mixed(state), n - k)
        order[k], order[j] = order[j], order[k]


@kernel
def draw_blocks(order: OrderArray, mean_block: float, start: np.uint64) -> None:
    """n numbers below n: each is the one after the last, or with chance 1 / `mean_block` any, equally likely."""
    n = len(order)
    anew = np.uint64(np.rint(4294967296.0 / mean_block))
    state = start + GOLDEN
    u = below(mixed(state), n)
    order[0] = u
    for k in range(1, n):
        state += GOLDEN
        bits = mixed(state)
        # The upper half of the bits says where a run would begin, the lower half whether one does. Arithmetic instead
        # of a branch, which the processor would guess wrong at every beginning: half the time of a path.
        after = u + 1 - n * np.int64(u + 1 == n)
        begin = below(bits, n)
        u = begin + (after - begin) * np.int64((bits & LOWER) >= anew)
        order[k] = u


@kernel
def start_of(seed: int, path: int) -> np.uint64:
    """Where a path's random numbers start, far from those of other paths and seeds."""
    return mixed(mixed(np.uint64(seed) + GOLDEN) + np.uint64(path + 1) * GOLDEN)


@kernel
def mixed(state: np.uint64) -> np.uint64:
    """64 random bits of a state that grows by GOLDEN. Source: SplitMix64; Steele, Lea and Flood (2014)."""
    z = (state ^ (state >> S30)) * MIX_ONE
    z = (z ^ (z >> S27)) * MIX_TWO
    return z ^ (z >> S31)


@kernel
def below(bits: np.uint64, n: int) -> np.int64:
    """A number from 0 to n - 1 of the upper 32 bits; chances differ by at most n / 2³², a millionth at n = 5,000."""
    return np.int64(((bits >> S32) * np.uint64(n)) >> S32)
