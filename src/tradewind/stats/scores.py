"""The search's own scores, for all configurations at once: edge, win rate, stability, eligibility, ranking.

Arrays hold one row per configuration (any leading shape) and one column per regime on the last axis: `trades` and
`wins` count, `total_r` is ΣR and `total_r_of_wins` ΣR over trades with R > 0. `weights` has one number per regime on
its last axis (axes before it broadcast), 0 for a regime that covers too little of the data to count; `regime_weights`
makes them. Scores are NaN where a
configuration has no trades. The definitions are the project's own, written down in docs/references.md.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from tradewind.stats.payoff import expectancy

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SHRINK_TRADES = 30  # trades at which an observed mean counts half
REGIME_TRADES_MIN = 30
TRADES_MIN = 100
REGIME_SHARE_MIN = 0.05
WINDOWS_MIN = 3
_CONSTANT = 1e-12


def regime_weights(shares: npt.ArrayLike, share_min: float = REGIME_SHARE_MIN) -> FloatArray:
    """Equal weights, adding up to 1, for regimes that cover at least `share_min` of the bars; 0 for the others.

    `shares` are fractions of all bars, one per regime on the last axis. Where no regime covers enough all weights are
    0, and then no configuration is eligible.
    """
    covered = np.asarray(shares, np.float64) >= share_min
    return np.asarray(covered / np.maximum(covered.sum(-1, keepdims=True), 1), np.float64)


def shrunk_edge(total_r: npt.ArrayLike, trades: npt.ArrayLike) -> FloatArray:
    """n/(n + 30) · mean R: an observed mean pulled toward zero by thirty trades that brought nothing; 0 at none."""
    return np.asarray(total_r, np.float64) / (np.asarray(trades, np.float64) + SHRINK_TRADES)


def edge_by_regime(trades: npt.ArrayLike, total_r: npt.ArrayLike) -> FloatArray:
    """Edge of each configuration in each regime, in R per trade.

    n/(n + 30) · mean R; a regime with fewer than 30 trades counts min(0, mean R of the configuration over all its
    regimes), so that what is not known can only cost. NaN for a configuration without any trade.
    """
    count, total = np.asarray(trades, np.float64), np.asarray(total_r, np.float64)
    pooled = expectancy(total.sum(-1), count.sum(-1))[..., np.newaxis]
    return np.where(count >= REGIME_TRADES_MIN, shrunk_edge(total, count), np.minimum(pooled, 0.0))


def robust_edge(trades: npt.ArrayLike, total_r: npt.ArrayLike, weights: npt.ArrayLike) -> FloatArray:
    """Weighted sum of `edge_by_regime`, in R per trade; one value per configuration."""
    return _weighted(edge_by_regime(trades, total_r), weights)


def robust_t(
    trades: npt.ArrayLike, total_r: npt.ArrayLike, total_r2: npt.ArrayLike, weights: npt.ArrayLike
) -> FloatArray:
    """Σ w·m ÷ √(Σ w²·s²/n) over the regimes of weight: the weighted mean R in standard errors, one per configuration.

    m is the mean R of a regime, s its standard deviation (ddof 1) and n its trades; `total_r2` is ΣR². Minus infinity
    where a regime of weight has fewer than two trades, where no regime has weight, and where no regime's trades differ
    from each other: nothing is known of what a mean without spread may be.
    """
    n, total, squares = (np.asarray(values, np.float64) for values in (trades, total_r, total_r2))
    weight = np.asarray(weights, np.float64)
    many = np.maximum(n, 2.0)
    mean = total / many
    spread = squares - total * mean
    # A difference this small is rounding of the sums: all trades were alike.
    variance = np.where(spread > _CONSTANT * squares, spread, 0.0) / (many - 1.0)
    error = _weighted(variance / many, weight**2)
    known = np.all((n >= 2) | (weight <= 0), axis=-1) & (error > 0)
    return np.where(known, _weighted(mean, weight) / np.sqrt(np.where(known, error, 1.0)), -np.inf)


def break_even_win_rate(
    trades: npt.ArrayLike, wins: npt.ArrayLike, total_r: npt.ArrayLike, total_r_of_wins: npt.ArrayLike
) -> FloatArray:
    """p₀ = L/(W + L): the win rate at which a configuration would earn nothing, given the size of its wins and losses.

    W is the mean R of its winning trades over all regimes, L the mean |R| of the rest; 0.5 where it has no winning
    or no other trades.
    """
    count, won, total, gained = (
        np.asarray(values, np.float64).sum(-1) for values in (trades, wins, total_r, total_r_of_wins)
    )
    rest = count - won
    known = (won > 0) & (rest > 0)
    mean_win = gained / np.where(known, won, 1.0)
    mean_loss = np.maximum(gained - total, 0.0) / np.where(known, rest, 1.0)
    return np.where(known, mean_loss / np.where(known, mean_win + mean_loss, 1.0), 0.5)


def shrunk_win_rate(trades: npt.ArrayLike, wins: npt.ArrayLike, break_even: npt.ArrayLike) -> FloatArray:
    """(wins + 30·p₀)/(n + 30) per regime; `break_even` is p₀, one value per configuration."""
    prior = np.asarray(break_even, np.float64)[..., np.newaxis]
    count = np.asarray(trades, np.float64)
    return (np.asarray(wins, np.float64) + SHRINK_TRADES * prior) / (count + SHRINK_TRADES)


def robust_score(
    trades: npt.ArrayLike, wins: npt.ArrayLike, break_even: npt.ArrayLike, weights: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Robust score Σ w · shrunk win rate, and beside it Σ w · p₀, the score that would earn nothing.

    The first says nothing without the second. Both NaN for a configuration without any trade.
    """
    count = np.asarray(trades, np.float64)
    shrunk = shrunk_win_rate(count, wins, break_even)
    prior = np.broadcast_to(np.asarray(break_even, np.float64)[..., np.newaxis], shrunk.shape)
    traded = count.sum(-1) > 0
    return (
        np.where(traded, _weighted(shrunk, weights), np.nan),
        np.where(traded, _weighted(prior, weights), np.nan),
    )


def stability(window_mean_r: npt.ArrayLike) -> FloatArray:
    """Mean over windows of mean R ÷ its standard deviation (ddof 1); windows are the last axis.

    A window without trades is NaN and left out. NaN where fewer than three windows have trades or where all of them
    have the same mean R. Not comparable with other people's stability figures.
    """
    values = np.asarray(window_mean_r, np.float64)
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    count = known.sum(-1)
    n = np.maximum(count, 2)
    mean = filled.sum(-1) / n
    squares = np.where(known, filled - mean[..., np.newaxis], 0.0) ** 2
    deviation = np.sqrt(squares.sum(-1) / (n - 1))
    size = np.abs(filled).max(-1, initial=0.0)
    defined = (count >= WINDOWS_MIN) & (deviation > _CONSTANT * size)
    return np.where(defined, mean / np.where(defined, deviation, 1.0), np.nan)


def eligible(trades: npt.ArrayLike, weights: npt.ArrayLike) -> BoolArray:
    """At least 100 trades in all and at least 30 in every regime of weight; never where no regime has weight."""
    count, covered = np.asarray(trades, np.float64), np.asarray(weights, np.float64) > 0
    enough = (count.sum(-1) >= TRADES_MIN) & np.all((count >= REGIME_TRADES_MIN) | ~covered, axis=-1)
    return np.asarray(enough & covered.any(-1), np.bool_)


def overfit_ratio(out_total_r: float, out_trades: float, in_total_r: float, in_trades: float) -> float:
    """Mean R out of sample ÷ mean R in sample of what was selected in sample, pooled over windows; 1 is good.

    NaN where the in-sample mean is not positive (a ratio of two losses would look like a success) or where either
    side has no trades.
    """
    if not (in_trades > 0 and out_trades > 0 and in_total_r > 0):
        return float("nan")
    return (out_total_r / out_trades) / (in_total_r / in_trades)


def rank(
    robust_edges: npt.ArrayLike,
    stabilities: npt.ArrayLike,
    trades: npt.ArrayLike,
    eligibles: npt.ArrayLike | None = None,
) -> npt.NDArray[np.int64]:
    """Configuration numbers from best to worst.

    By robust edge, then stability, then trades, then the smaller configuration number; NaN comes last in each.
    Where `eligibles` is given, all that are not eligible come after all that are. `trades` is the total of each.
    """
    edges, steadiness, count = (np.asarray(values, np.float64) for values in (robust_edges, stabilities, trades))
    last = np.zeros(edges.shape, np.bool_) if eligibles is None else ~np.asarray(eligibles, np.bool_)
    keys = (np.arange(len(edges)), -count, *_descending(steadiness), *_descending(edges), last)
    order: Any = np.lexsort(keys)
    return np.asarray(order, np.int64)


def first_of(
    robust_edges: FloatArray, stabilities: FloatArray, trades: FloatArray, eligibles: BoolArray
) -> npt.NDArray[np.int64]:
    """For each row of configurations (last axis) the first that `rank` would give, without ordering the others.

    Meaningless where nobody is eligible.
    """
    left = eligibles
    for values in (robust_edges, stabilities, trades):
        known = left & ~np.isnan(values)
        largest = np.where(known, values, -np.inf).max(-1, keepdims=True)
        left = np.where(known.any(-1, keepdims=True), known & (values == largest), left)
    return np.asarray(left.argmax(-1), np.int64)


def _descending(values: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Sort keys, minor one first, that put the largest value first and NaN last."""
    unknown = np.isnan(values)
    return np.where(unknown, 0.0, -values), unknown


def _weighted(values: FloatArray, weights: npt.ArrayLike) -> FloatArray:
    # Added regime by regime: the same order of additions, so the same bytes, whatever the number of configurations.
    total = np.zeros(values.shape[:-1])
    given = np.asarray(weights, np.float64)
    for regime in range(given.shape[-1]):
        weight = given[..., regime]
        total += np.where(weight > 0, weight * values[..., regime], 0.0)
    return total
