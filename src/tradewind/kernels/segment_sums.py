"""Sums over ranges of segments and the best of many: what thousands of windows and configurations ask of a walk.

Cells come as segments × (body, tail) × places × values of a cell. Whatever is added is added in the order of time, so
that the same trades give the same bytes whichever window asks.
"""

import numpy as np
import numpy.typing as npt

from tradewind.kernels.compiled import kernel
from tradewind.model.bars import FloatArray, IntArray

TRADES, R = 0, 2  # places of the two values of a cell that windows are judged by


@kernel
def sum_in_sample(cells: FloatArray, windows: IntArray) -> FloatArray:
    """In-sample trades and ΣR of each window (rows of first segment, end, purged segments): 2 × windows × places.

    The last purged segments give their bodies alone. Their tails are never touched, not even added and taken off
    again: their trades end in the test, and a rounding that depends on them would let the future decide between equals.
    """
    count, places = windows.shape[0], cells.shape[2]
    out = np.zeros((2, count, places))
    if count == 0:
        return out
    anchored = windows[0, 0] == windows[count - 1, 0]
    longest = 1 if anchored else (windows[:, 1] - windows[:, 0]).max()
    # Sums of the latest segments, whole and of their bodies, each at its number modulo the length of a window.
    whole, bodies = np.empty((longest, 2, places)), np.empty((longest, 2, places))
    running = np.zeros((2, places))  # of an anchored window's segments but the purged ones
    reached = windows[0, 0]
    for w in range(count):
        begin, end, purged = windows[w]
        if anchored:
            # A window goes on where the one before it ended; the purge may have held that one back or this one.
            if end - purged < reached:
                reached = begin
                running[:] = 0.0
            for segment in range(reached, end - purged):
                gather(cells, segment, whole[0], bodies[0])
                running += whole[0]
            reached = end - purged
            out[:, w] = running
            for segment in range(end - purged, end):
                gather(cells, segment, whole[0], bodies[0])
                out[:, w] += bodies[0]
            continue
        for segment in range(max(reached, begin), end):
            gather(cells, segment, whole[segment % longest], bodies[segment % longest])
        reached = end
        for segment in range(begin, end):
            part = whole[segment % longest] if segment < end - purged else bodies[segment % longest]
            for p in range(places):
                out[0, w, p] += part[0, p]
            for p in range(places):
                out[1, w, p] += part[1, p]
    return out


@kernel
def gather(cells: FloatArray, segment: int, whole: FloatArray, bodies: FloatArray) -> None:
    """Trades and ΣR of one segment's places, body and tail together and the body alone."""
    body, tail = cells[segment, 0], cells[segment, 1]
    for p in range(cells.shape[2]):
        bodies[0, p] = body[p, TRADES]
        bodies[1, p] = body[p, R]
        whole[0, p] = body[p, TRADES] + tail[p, TRADES]
        whole[1, p] = body[p, R] + tail[p, R]


@kernel
def sum_tests(cells: FloatArray, wanted: npt.NDArray[np.bool_], ranges: IntArray) -> tuple[FloatArray, FloatArray]:
    """All values over the wanted segments, and mean R of the first column over each range of segments, tails included.

    `cells` is segments × (body, tail) × rows × columns × values; neither end of `ranges` [first, end) may fall from
    one to the next. The first result is rows × (columns · values), the second rows × ranges, NaN without trades. One
    look at the cells gives both: where windows are many they are more than the processor keeps near.
    """
    segments, parts, count, columns, values = cells.shape
    flat = cells.reshape(segments, parts, count * columns * values)
    width = columns * values
    sums, sums_of_range = np.zeros(count * width), np.zeros((2, ranges.shape[0], count))
    first = 0
    for segment in range(segments):
        while first < ranges.shape[0] and ranges[first, 1] <= segment:
            first += 1
        for part in range(parts):
            bucket = flat[segment, part]
            if wanted[segment]:
                for p in range(sums.shape[0]):
                    sums[p] += bucket[p]
            row = first
            while row < ranges.shape[0] and ranges[row, 0] <= segment:
                trades, total = sums_of_range[0, row], sums_of_range[1, row]
                for c in range(count):
                    trades[c] += bucket[c * width + TRADES]
                    total[c] += bucket[c * width + R]
                row += 1
    mean_r = np.full((count, ranges.shape[0]), np.nan)
    for row in range(ranges.shape[0]):
        for c in range(count):
            if sums_of_range[0, row, c] > 0.0:
                mean_r[c, row] = sums_of_range[1, row, c] / sums_of_range[0, row, c]
    return sums.reshape(count, width), mean_r


@kernel
def sum_segments(cells: FloatArray, wanted: npt.NDArray[np.bool_]) -> FloatArray:
    """Sums of segments × (body, tail) × places over the wanted segments, tails included."""
    out = np.zeros(cells.shape[2])
    for segment in range(cells.shape[0]):
        if wanted[segment]:
            for part in range(2):
                bucket = cells[segment, part]
                for p in range(out.shape[0]):
                    out[p] += bucket[p]
    return out


@kernel
def lowest_below_peak(steps: FloatArray) -> FloatArray:
    """For each row the lowest that its running sum, which begins at 0, comes to lie below its highest so far."""
    out = np.zeros(steps.shape[0])
    for row in range(steps.shape[0]):
        path = peak = 0.0
        for step in steps[row]:
            path += step
            peak = max(peak, path)
            out[row] = min(out[row], path - peak)
    return out


@kernel
def count_signals(
    codes: npt.NDArray[np.int32], labels: npt.NDArray[np.int8], boundaries: IntArray, names: int
) -> IntArray:
    """Coded signals (2 × bar + side) by segment and label of their bar; `boundaries` as of a `Segmentation`."""
    out = np.zeros((boundaries.shape[0] - 1, names), np.int64)
    segment = 0
    for i in range(codes.shape[0]):
        bar = codes[i] >> 1
        while bar >= boundaries[segment + 1]:
            segment += 1
        label = labels[bar]
        if label >= 0:
            out[segment, label] += 1
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
