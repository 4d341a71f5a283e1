"""What the best of many lucky trials looks like, and how much data it takes not to be fooled by it."""

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

EULER_GAMMA = 0.5772156649015329
CORRELATED_TRIALS_MAX = 1000
# Deviations this small against the values themselves are rounding: the returns are constant.
_CONSTANT = 1e-12


def expected_best_of(trials: float) -> float:
    """Expected maximum of `trials` independent standard normals; `trials` need not be whole, for an effective number.

    Raises ValueError below two trials.

    Source: Bailey, Borwein, Lopez de Prado and Zhu (2014), Pseudo-mathematics and financial charlatanism,
    Proposition 1: (1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e)), γ the Euler-Mascheroni constant.
    """
    if trials < 2:
        raise ValueError("the best of fewer than two trials is no choice")
    share = 1.0 / trials
    # −Φ⁻¹(p) is Φ⁻¹(1 − p) without losing digits for small p.
    quantile = NormalDist().inv_cdf
    return -(1 - EULER_GAMMA) * quantile(share) - EULER_GAMMA * quantile(share / math.e)


def effective_trials(daily_returns: npt.ArrayLike, trades: npt.ArrayLike, most: int = CORRELATED_TRIALS_MAX) -> float:
    """How many independent trials the correlated ones amount to: (Σ√λ)² ÷ Σλ, λ the eigenvalues of their correlation.

    `daily_returns` is trials × days, days without trades as zeros; `trades` counts those of each trial. Only the
    `most` trials with most trades are looked at, of equals the first; a trial whose returns never vary is left out. 1
    for copies of one trial, their number for uncorrelated ones; never more than the days less one, so over a short
    history it says as much about the days as about the trials. NaN where no trial varies. Raises ValueError for
    shapes that do not match or values that are not finite.

    Of the published measures this one stays on the careful side: at a common correlation of ½ among 100 trials it
    gives 59, where the best of them looks like that of about 16, and the square of the sum over the sum of squares
    gives 4.

    Source: Galwey (2009), A new measure of the effective number of tests, Genetic Epidemiology 33.
    """
    returns, count = np.asarray(daily_returns, np.float64), np.asarray(trades, np.float64)
    if returns.ndim != 2 or count.shape != returns.shape[:1]:
        raise ValueError("returns are trials × days, with one number of trades for each trial")
    if not np.isfinite(returns).all():
        raise ValueError("daily returns must be finite numbers")
    chosen = returns[np.sort(np.argsort(-count, kind="stable")[:most])]
    if chosen.size == 0:
        return float("nan")
    largest = np.abs(chosen).max(axis=1)
    moves = chosen - chosen.mean(axis=1, keepdims=True)
    length = np.sqrt(np.square(moves).sum(axis=1))
    varies = length > _CONSTANT * largest * math.sqrt(chosen.shape[1])
    if not varies.any():
        return float("nan")
    standard = moves[varies] / length[varies, np.newaxis]
    # Trials × trials and days × days have the same eigenvalues but for zeros: the smaller one is taken.
    gram = standard @ standard.T if len(standard) <= standard.shape[1] else standard.T @ standard
    eigenvalues = np.clip(np.linalg.eigvalsh(gram), 0.0, None)
    # What rounding leaves of a zero would count by its root, which is a million times as large.
    eigenvalues = np.where(eigenvalues > _CONSTANT * len(standard), eigenvalues, 0.0)
    return float(np.sqrt(eigenvalues).sum() ** 2 / eigenvalues.sum())


def minimum_backtest_length_years(trials: int, sharpe_per_year: float) -> float:
    """Years of data below which the best of `trials` worthless ones is expected to show `sharpe_per_year`.

    Raises ValueError below two trials or for a Sharpe ratio that is not positive.

    Source: Bailey, Borwein, Lopez de Prado and Zhu (2014), minimum backtest length (the exact form).
    """
    if not sharpe_per_year > 0:
        raise ValueError("the Sharpe ratio to guard against must be positive")
    return (expected_best_of(trials) / sharpe_per_year) ** 2
