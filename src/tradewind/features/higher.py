"""Values of a higher timeframe on the bars of a lower one, merged by close time: only what had closed is seen."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.features.spec import IntArray
from tradewind.model.bars import Bars
from tradewind.model.errors import WrongUse


def last_closed(base: Bars, higher: Bars) -> IntArray:
    """For each bar of `base` the position in `higher` of the last bar closed when it closes; -1 before the first.

    Raises WrongUse where the timeframe of `higher` is not a multiple of that of `base`, or they are not one market.
    """
    if higher.timeframe_ms % base.timeframe_ms or higher.symbol != base.symbol:
        raise WrongUse(
            f"{higher.symbol} {higher.timeframe} cannot be merged onto {base.symbol} {base.timeframe}",
            "Take the same symbol and a timeframe that is a multiple of the lower one",
        )
    closes = higher.ts + higher.timeframe_ms
    return np.searchsorted(closes, base.ts + base.timeframe_ms, side="right").astype(np.int64) - 1


def merged(values: npt.NDArray[Any], positions: IntArray, missing: float) -> npt.NDArray[Any]:
    """`values` of the higher series at `positions` (from `last_closed`), `missing` where the position is -1."""
    out = np.full(len(positions), missing, values.dtype)
    known = positions >= 0
    out[known] = values[positions[known]]
    return out
