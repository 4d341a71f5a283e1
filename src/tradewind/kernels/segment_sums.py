"""Sums over ranges of segments and the best of many: what thousands of windows ask of the same cells.

Cells come as segments × (body, tail) × places × values. Whatever is added is added in the order of time, so that the
same trades give the same bytes whichever window asks.
"""

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel
from tradewind.model.bars import FloatArray, IntArray


@kernel
def sum_in_sample(cells: FloatArray, windows: IntArray, values: IntArray) -> FloatArray:
    """In-sample sums of each window (rows of first segment, end, purged segments): `values` × windows × places.

    The last purged segments give their bodies alone. Their tails are never touched, not even added and taken off
    again: their trades end in the test, and a rounding that depends on them would let the future decide between equals.
    """
    places, count = cells.shape[2], values.shape[0]
    out = np.empty((count, windows.shape[0], places))
    whole = np.zeros((count, places))  # of the segments from `first` to before `reached`
    first, reached = -1, -1
    for w in range(windows.shape[0]):
        begin, end, purged = windows[w]
        if begin != first or end - purged < reached:
            whole[:] = 0.0
            first, reached = begin, begin
        # An anchored window goes on where the one before it ended.
        for segment in range(reached, end - purged):
            body, tail = cells[segment, 0], cells[segment, 1]
            for p in range(places):
                for k in range(count):
                    whole[k, p] += body[p, values[k]] + tail[p, values[k]]
        reached = end - purged
        out[:, w] = whole
        for segment in range(end - purged, end):
            body = cells[segment, 0]
            for p in range(places):
                for k in range(count):
                    out[k, w, p] += body[p, values[k]]
    return out


@kernel
def sum_ranges(cells: FloatArray, ranges: IntArray, values: IntArray) -> FloatArray:
    """Sums over the segments [first, end) of each row of `ranges`, tails included: `values` × ranges × places."""
    places, count = cells.shape[2], values.shape[0]
    out = np.zeros((count, ranges.shape[0], places))
    for row in range(ranges.shape[0]):
        for segment in range(ranges[row, 0], ranges[row, 1]):
            for part in range(2):
                bucket = cells[segment, part]
                for p in range(places):
                    for k in range(count):
                        out[k, row, p] += bucket[p, values[k]]
    return out


@kernel
def sum_segments(cells: FloatArray, wanted: npt.NDArray[np.bool_]) -> FloatArray:
    """Sums over the wanted segments, tails included: places × values."""
    out = np.zeros(cells.shape[2:])
    for segment in range(cells.shape[0]):
        if wanted[segment]:
            for part in range(2):
                bucket = cells[segment, part]
                for p in range(out.shape[0]):
                    for k in range(out.shape[1]):
                        out[p, k] += bucket[p, k]
    return out


@kernel
def largest(values: FloatArray, numbers: IntArray, most: int) -> tuple[FloatArray, IntArray]:
    """The `most` largest values of each row above -inf, with their numbers, in the order given.

    Among equals the first come first. Places left over hold -inf and the number -1.
    """
    rows, count = values.shape
    out = np.full((rows, most), -np.inf)
    chosen = np.full((rows, most), -1, np.int64)
    for row in range(rows):
        own = values[row]
        known = 0
        for i in range(count):
            known += own[i] > -np.inf
        least, equals = -np.inf, 0
        if known > most:
            least = -np.partition(-own, most - 1)[most - 1]
            equals = most
            for i in range(count):
                equals -= own[i] > least
        at = 0
        for i in range(count):
            if own[i] > least or (own[i] == least and equals > 0):
                equals -= own[i] == least
                out[row, at] = own[i]
                chosen[row, at] = numbers[row, i]
                at += 1
    return out, chosen
