"""Sharpe ratios against hand calculation, the published standard error and scipy's moments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from tradewind.stats.sharpe import sharpe, sharpe_per_day_from_sums, sharpe_standard_error

RETURNS = arrays(np.float64, st.integers(3, 80), elements=st.integers(-500, 500).map(lambda n: n / 10_000))


def test_the_standard_error_is_the_published_one() -> None:
    # Bailey and Lopez de Prado: 134 months, skew −0.2250, kurtosis 2.9570, Sharpe 0.7079.
    assert sharpe_standard_error(0.7079, 134, -0.2250, 2.9570) == pytest.approx(0.1028, abs=5e-5)


def test_for_normal_returns_the_standard_error_is_that_of_lo() -> None:
    # Lo (2002): √((1 + SR²/2)/n), here with n − 1.
    assert sharpe_standard_error(0.1, 401, 0.0, 3.0) == pytest.approx(np.sqrt(1.005 / 400), rel=1e-12)


def test_four_days_by_hand() -> None:
    # Mean 0.01; squared deviations 0.0001 + 0.0001 + 0.0004 + 0.0004 = 0.001; ÷ 3 → deviation 0.018257418583505537.
    result = sharpe([0.02, 0.0, 0.03, -0.01])
    assert result.per_day == pytest.approx(0.01 / 0.018257418583505537, rel=1e-12)
    assert result.per_year == pytest.approx(0.5477225575051661 * np.sqrt(365), rel=1e-12)
    assert result.skew == pytest.approx(0.0, abs=1e-12)
    # Fourth powers: 2·1e-8 + 2·16e-8 = 34e-8, ÷ 4 = 8.5e-8, ÷ (0.00025)² = 1.36.
    assert result.kurtosis == pytest.approx(1.36, rel=1e-12)
    # (1 + 0.36/4·0.3)/3 = 0.342333…; ± 1.959963984540054 of its root.
    half = 1.959963984540054 * np.sqrt(1.027 / 3) * np.sqrt(365)
    assert result.low_per_year == pytest.approx(result.per_year - half, rel=1e-12)
    assert result.high_per_year == pytest.approx(result.per_year + half, rel=1e-12)


def test_days_without_trades_count() -> None:
    # Half the days idle: the mean halves; it must not look as if those days had not been.
    traded = [0.02, 0.0, 0.03, -0.01]
    assert sharpe([*traded, 0, 0, 0, 0]).days == 8
    assert sharpe([*traded, 0, 0, 0, 0]).per_day < sharpe(traded).per_day


def test_a_ratio_is_made_annual_by_days_and_not_by_the_number_of_trades() -> None:
    # One trade a week: annualised by √52 trades it would be 2.6 times smaller than by √365 days.
    daily = np.tile([0.03, 0, 0, 0, 0, 0, 0, -0.01, 0, 0, 0, 0, 0, 0], 26)
    mean, deviation = 0.02 / 14, np.sqrt((0.03**2 + 0.01**2) / 14 - (0.02 / 14) ** 2) * np.sqrt(364 / 363)
    assert sharpe(daily).per_year == pytest.approx(mean / deviation * np.sqrt(365))
    trades = daily[daily != 0]
    assert trades.mean() / trades.std(ddof=1) * np.sqrt(len(trades)) == pytest.approx(sharpe(daily).per_year, rel=0.2)
    assert sharpe(daily).per_year != pytest.approx(sharpe(trades).per_year, rel=0.5)


@pytest.mark.parametrize("returns", [[], [0.01], [0.0] * 50, [0.1] * 50])
def test_without_a_deviation_there_is_no_ratio(returns: list[float]) -> None:
    result = sharpe(returns)
    assert np.isnan([result.per_day, result.per_year, result.low_per_year, result.high_per_year, result.skew]).all()
    assert result.days == len(returns)


def test_a_missing_day_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        sharpe([0.01, float("nan"), 0.02])


def test_a_standard_error_of_one_observation_is_refused() -> None:
    with pytest.raises(ValueError, match="two"):
        sharpe_standard_error(1.0, 1, 0.0, 3.0)


@given(RETURNS)
def test_moments_are_those_of_scipy_and_the_interval_contains_the_estimate(returns: np.ndarray) -> None:
    result = sharpe(returns)
    if np.ptp(returns) == 0:
        assert np.isnan(result.per_day)
        return
    assert result.per_day == pytest.approx(returns.mean() / returns.std(ddof=1), rel=1e-9, abs=1e-15)
    assert result.skew == pytest.approx(stats.skew(returns), rel=1e-6, abs=1e-9)
    assert result.kurtosis == pytest.approx(stats.kurtosis(returns, fisher=False), rel=1e-6)
    assert result.low_per_year <= result.per_year <= result.high_per_year


@given(RETURNS, st.integers(0, 50))
def test_sums_give_the_same_ratio_as_the_days(returns: np.ndarray, idle_days: int) -> None:
    days = np.concatenate((returns, np.zeros(idle_days)))
    from_sums = sharpe_per_day_from_sums(returns.sum(), np.square(returns).sum(), len(days))
    assert float(from_sums) == pytest.approx(sharpe(days).per_day, rel=1e-6, abs=1e-12, nan_ok=True)


def test_sums_of_one_day_or_of_equal_days_give_no_ratio() -> None:
    assert np.isnan(sharpe_per_day_from_sums([0.01, 0.0, 0.05], [0.0001, 0.0, 0.0005], [1, 50, 5])).all()
