"""How far a result stands out among those of markets that were altered by chance: p-values of permutation tests."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Best:
    """The best that a search found on one market: its statistic over all, and in each regime by label.

    Larger is better; minus infinity where nothing was eligible. Raises ValueError for NaN, which has no rank.
    """

    statistic: float
    by_regime: tuple[float, ...]

    def __post_init__(self) -> None:
        if any(math.isnan(value) for value in (self.statistic, *self.by_regime)):
            raise ValueError("the best of a search is a number, or minus infinity where nothing was eligible")


def permutation_p(real: float, others: npt.ArrayLike) -> float:
    """(1 + those of the others at least as large) ÷ (1 + others): the chance of so good a result by luck.

    The real one counts as one of its own kind, so the value is never 0; ties count against it. Where all are minus
    infinity it is 1. Raises ValueError without others.

    Source: Phipson and Smyth (2010), Permutation p-values should never be zero.
    """
    values = np.asarray(others, np.float64)
    if values.size == 0:
        raise ValueError("a rank among none says nothing")
    return float((1 + np.count_nonzero(values >= real)) / (1 + values.size))


def min_p_corrected(real: Sequence[float], others: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """p-values of several statistics, corrected for having looked at all of them: single-step minimum p.

    `real` holds the real market's statistics, `others` those of every altered one, in the same order. Each market's
    smallest p among all markets, the real one included, tells how small the smallest of several is by luck; a
    statistic's corrected p is the share of markets whose smallest is no larger than its own. However the statistics
    hang together, the chance that any of them is at most α by luck is at most α.

    Source: Westfall and Young (1993), Resampling-based multiple testing, algorithm 2.5 without its steps down.
    """
    if not others:
        raise ValueError("a rank among none says nothing")
    markets = np.array([real, *others], np.float64)
    if markets.shape[1] == 0:
        return ()
    count = len(markets)
    ordered = np.sort(markets, axis=0)
    # At least as large as a value are all from its first place on in ascending order.
    at_least = np.stack(
        [
            count - np.searchsorted(column, values, side="left")
            for column, values in zip(ordered.T, markets.T, strict=True)
        ],
        axis=1,
    )
    smallest = at_least.min(axis=1)
    return tuple(float(np.count_nonzero(smallest <= own) / count) for own in at_least[0])
