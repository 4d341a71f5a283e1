"""Coarser bars out of finer ones."""

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def resample_bars(
    ts: Ints, opens: Floats, highs: Floats, lows: Floats, closes: Floats, volumes: Floats, step: int
) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats, Ints]:
    """Bars of length `step` (milliseconds) over the buckets ts // step that hold at least one bar.

    First open, highest high, lowest low, last close, summed volume; the last array counts the bars in each bucket.
    A bucket without bars does not appear.
    """
    size = len(ts)
    count = 0
    for i in range(size):
        if i == 0 or ts[i] // step != ts[i - 1] // step:
            count += 1
    out_ts = np.empty(count, np.int64)
    out_open, out_high, out_low = np.empty(count), np.empty(count), np.empty(count)
    out_close, out_volume = np.empty(count), np.empty(count)
    members = np.zeros(count, np.int64)
    k = -1
    for i in range(size):
        if i == 0 or ts[i] // step != ts[i - 1] // step:
            k += 1
            out_ts[k] = ts[i] // step * step
            out_open[k], out_high[k], out_low[k], out_volume[k] = opens[i], highs[i], lows[i], 0.0
        out_high[k] = max(out_high[k], highs[i])
        out_low[k] = min(out_low[k], lows[i])
        out_close[k] = closes[i]
        out_volume[k] += volumes[i]
        members[k] += 1
    return out_ts, out_open, out_high, out_low, out_close, out_volume, members
