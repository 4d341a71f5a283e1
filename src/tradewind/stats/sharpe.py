"""The Sharpe ratio of daily returns and how far it can be trusted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tradewind.stats.intervals import two_sided_z

FloatArray = npt.NDArray[np.float64]
DAYS_PER_YEAR = 365
# Deviations this small against the values themselves are rounding: the returns are constant.
_CONSTANT = 1e-12
# How far rounding may take the moments of returns that are almost constant.
_MOMENTS = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharpe:
    """A Sharpe ratio with what it rests on; every figure is NaN where the ratio is undefined.

    `per_day` and `standard_error_per_day` are for one day; `per_year`, `low_per_year` and `high_per_year` are
    times √365, crypto trading every day. `kurtosis` is 3 for a normal. `days` counts all days, without trades too.
    """

    per_day: float
    standard_error_per_day: float
    per_year: float
    low_per_year: float
    high_per_year: float
    days: int
    skew: float
    kurtosis: float


def sharpe(daily_log_returns: npt.ArrayLike, confidence: float = 0.95) -> Sharpe:
    """Sharpe ratio of daily log returns with its asymptotic interval, skew and fat tails allowed for.

    Days without trades belong in the series as zeros. Mean over standard deviation (ddof 1), no risk-free rate.
    Undefined (NaN) under two days or where all returns are equal. The interval treats days as independent.
    Raises ValueError for a value that is not finite.

    Source: Mertens (2002), Comments on variance of the IID estimator in Lo (2002); Bailey and Lopez de Prado
    (2012), The Sharpe ratio efficient frontier.
    """
    returns = np.asarray(daily_log_returns, np.float64)
    if not np.isfinite(returns).all():
        raise ValueError("daily returns must be finite numbers")
    days = len(returns)
    z = two_sided_z(confidence)
    deviation = float(np.std(returns, ddof=1)) if days > 1 else 0.0
    if days < 2 or deviation <= _CONSTANT * float(np.abs(returns).max()):
        return _undefined(days)
    ratio = float(returns.mean()) / deviation
    standard = (returns - returns.mean()) / np.std(returns)
    skew, kurtosis = float(np.mean(standard**3)), float(np.mean(standard**4))
    error = sharpe_standard_error(ratio, days, skew, kurtosis)
    yearly = float(np.sqrt(DAYS_PER_YEAR))
    return Sharpe(
        per_day=ratio,
        standard_error_per_day=error,
        per_year=ratio * yearly,
        low_per_year=(ratio - z * error) * yearly,
        high_per_year=(ratio + z * error) * yearly,
        days=days,
        skew=skew,
        kurtosis=kurtosis,
    )


def _undefined(days: int) -> Sharpe:
    nan = float("nan")
    return Sharpe(
        per_day=nan, standard_error_per_day=nan, per_year=nan, low_per_year=nan, high_per_year=nan,
        days=days, skew=nan, kurtosis=nan,
    )  # fmt: skip


def sharpe_standard_error(ratio: float, observations: int, skew: float, kurtosis: float) -> float:
    """Standard deviation of an estimated Sharpe ratio, per the same period as `ratio` and `observations`.

    `kurtosis` is raw, 3 for a normal. Raises ValueError under two observations, and for a kurtosis under 1 + skew²,
    which no sample has: most often an excess kurtosis (raw − 3) passed by mistake.

    Source: Bailey and Lopez de Prado (2012), The Sharpe ratio efficient frontier, equation for σ(SR), with n − 1.
    """
    if observations < 2:
        raise ValueError("a standard error needs two observations or more")
    if kurtosis < (1 + skew**2) * (1 - _MOMENTS):
        raise ValueError(f"a kurtosis of {kurtosis} is not raw: none is below 1 + skew², and a normal has 3")
    variance = (1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2) / (observations - 1)
    # kurtosis ≥ 1 + skew² keeps this non-negative for any real sample; rounding may not.
    return float(np.sqrt(max(variance, 0.0)))


def sharpe_per_day_from_sums(total: npt.ArrayLike, total_squares: npt.ArrayLike, days: npt.ArrayLike) -> FloatArray:
    """Daily Sharpe ratios of many configurations from Σ and Σ² of their daily log returns over `days` days.

    Days without trades count through `days` alone. NaN under two days or where the deviation is zero. Shapes
    broadcast. Equal to `sharpe(...).per_day` up to rounding.
    """
    sums, squares, count = (np.asarray(values, np.float64) for values in (total, total_squares, days))
    n = np.maximum(count, 2.0)
    mean = sums / n
    spread = squares - sums * mean
    defined = (count >= 2) & (spread > _CONSTANT * squares)
    deviation = np.sqrt(np.where(defined, spread, 1.0) / (n - 1))
    return np.where(defined, mean / deviation, np.nan)
