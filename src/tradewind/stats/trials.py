"""What the best of many lucky trials looks like, and how much data it takes not to be fooled by it."""

import math
from statistics import NormalDist

EULER_GAMMA = 0.5772156649015329


def expected_best_of(trials: int) -> float:
    """Expected maximum of `trials` independent standard normals. Raises ValueError below two trials.

    Source: Bailey, Borwein, Lopez de Prado and Zhu (2014), Pseudo-mathematics and financial charlatanism,
    Proposition 1: (1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e)), γ the Euler-Mascheroni constant.
    """
    if trials < 2:
        raise ValueError("the best of fewer than two trials is no choice")
    share = 1.0 / trials
    # −Φ⁻¹(p) is Φ⁻¹(1 − p) without losing digits for small p.
    quantile = NormalDist().inv_cdf
    return -(1 - EULER_GAMMA) * quantile(share) - EULER_GAMMA * quantile(share / math.e)


def minimum_backtest_length_years(trials: int, sharpe_per_year: float) -> float:
    """Years of data below which the best of `trials` worthless ones is expected to show `sharpe_per_year`.

    Raises ValueError below two trials or for a Sharpe ratio that is not positive.

    Source: Bailey, Borwein, Lopez de Prado and Zhu (2014), minimum backtest length (the exact form).
    """
    if not sharpe_per_year > 0:
        raise ValueError("the Sharpe ratio to guard against must be positive")
    return (expected_best_of(trials) / sharpe_per_year) ** 2
