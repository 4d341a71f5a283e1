"""How often the best of one half of history falls behind the middle in the other half (PBO by CSCV)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradewind.kernels.splits import best_in_halves, standing_in_halves

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
GROUPS_MAX = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Overfitting:
    """What choosing the best of one half of history was worth in the other half, over all ways to cut it.

    `probability` (PBO) is the share of splits in which the chosen one ends below the middle out of sample, a split
    right in the middle counting half: about 0.5 where nobody has skill, so 0.5 and not 0 is what luck looks like, and
    above 0.5 choosing harms. Arrays have one entry per split in which somebody could be chosen: `logits` of the
    relative rank out of sample (negative: below the middle), `chosen` (configuration number) and its Sharpe ratios in
    and out of sample, -inf where it has none. `slope` is that of out of sample on in sample; negative where the better
    it looked the worse it did. `loss_share` is the share of splits in which the chosen one lost money out of sample.
    `groups` (S) and `splits` count all. Probability, slope and share are NaN where there is nothing to tell them from.
    """

    probability: float
    slope: float
    loss_share: float
    logits: FloatArray
    chosen: IntArray
    in_sample: FloatArray
    out_of_sample: FloatArray
    groups: int
    splits: int


def probability_of_overfitting(
    counts: npt.ArrayLike, totals: npt.ArrayLike, squares: npt.ArrayLike, groups_most: int = GROUPS_MAX
) -> Overfitting:
    """Combinatorially symmetric cross-validation of configurations from their sums by segment.

    `totals` and `squares` are Σ and Σ² of returns, segments × configurations, segments in the order of time; `counts`
    is their number and broadcasts: the days of each segment (a column) for daily Sharpe ratios, days without trades
    included, or trades. Segments are put together into S contiguous groups, S the largest even number within
    `groups_most` and the segments, their lengths differing by one segment at most; each of the C(S, S/2) choices of
    S/2 groups is in sample once, the rest out of sample. In each the configuration with the largest Sharpe ratio is
    chosen, the first of equals. A configuration without a ratio in a half (no trades) ranks last there; others with
    equal ratios share the mean of their ranks. Splits in which nobody has a ratio are left out.

    Raises ValueError under two segments or configurations, for an odd or too small `groups_most`, or for values that
    are not finite. 12,288 configurations and 78 segments take seconds.

    Source: Bailey, Borwein, Lopez de Prado and Zhu (2017), The probability of backtest overfitting. There a logit of
    zero counts in full; half makes copies of one configuration, between which nothing is chosen, 0.5 and not 1.
    """
    groups = _grouped(counts, totals, squares, groups_most)
    size, configurations = groups.shape[0], groups.shape[2]
    halves = halves_of(size)
    best, who = best_in_halves(groups, halves)
    # Halves come in ascending order, and complements in descending order.
    others = np.ascontiguousarray(halves[::-1])
    value, below, equal = standing_in_halves(groups, others, who)
    known = who >= 0
    best, who, others, value = best[known], who[known], others[known], value[known]
    rank = np.where(np.isneginf(value), 1.0, below[known] + (equal[known] + 1) / 2)
    logits = np.log(rank / (configurations + 1 - rank))
    undefined = len(logits) == 0
    return Overfitting(
        probability=float("nan") if undefined else float(np.mean((logits < 0) + 0.5 * (logits == 0))),
        slope=_slope(best, value),
        loss_share=float("nan") if undefined else float(np.mean(_sums(groups[:, 1, :], others, who) < 0)),
        logits=logits,
        chosen=who,
        in_sample=best,
        out_of_sample=value,
        groups=size,
        splits=len(halves),
    )


def halves_of(groups: int) -> IntArray:
    """All choices of half of the groups, bit g for group g, ascending: 12,870 of 16."""
    numbers = np.arange(1 << groups, dtype=np.int64)
    bits = np.zeros(len(numbers), np.int64)
    for group in range(groups):
        bits += numbers >> group & 1
    return np.asarray(numbers[bits == groups // 2], np.int64)


def _grouped(counts: npt.ArrayLike, totals: npt.ArrayLike, squares: npt.ArrayLike, groups_most: int) -> FloatArray:
    """Groups × (count, total, squares) × configurations."""
    sums = np.asarray(totals, np.float64)
    if sums.ndim != 2 or min(sums.shape) < 2:
        raise ValueError("totals are segments × configurations, two or more of each")
    if groups_most < 2 or groups_most % 2 or groups_most > GROUPS_MAX:
        raise ValueError(f"history is cut into an even number of groups from 2 to {GROUPS_MAX}")
    parts = [np.broadcast_to(np.asarray(values, np.float64), sums.shape) for values in (counts, sums, squares)]
    if not all(np.isfinite(part).all() for part in parts):
        raise ValueError("counts and sums of returns must be finite numbers")
    size = min(groups_most, len(sums) // 2 * 2)
    starts = np.arange(size) * len(sums) // size
    return np.stack([np.add.reduceat(part, starts, axis=0) for part in parts], axis=1)


def _sums(totals: FloatArray, halves: IntArray, who: IntArray) -> FloatArray:
    """Total of configuration `who[i]` over the groups of half i."""
    out = np.zeros(len(who))
    for group in range(len(totals)):
        out += np.where(halves >> group & 1, totals[group, who], 0.0)
    return out


def _slope(in_sample: FloatArray, out_of_sample: FloatArray) -> float:
    """Least squares of out of sample on in sample where both are known; NaN where in sample does not vary."""
    known = np.isfinite(out_of_sample)
    x, y = in_sample[known], out_of_sample[known]
    if len(x) < 2 or np.ptp(x) <= 1e-12 * np.abs(x).max():
        return float("nan")
    moves = x - x.mean()
    return float((moves * y).sum() / np.square(moves).sum())
