"""The best of many lucky trials against the published figures and a simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.stats.trials import effective_trials, expected_best_of, minimum_backtest_length_years


@pytest.mark.parametrize(("trials", "expected"), [(100, 2.5306028932), (12_288, 3.91075)])
def test_the_expected_best_is_the_published_one(trials: int, expected: float) -> None:
    digits = 1e-10 if trials == 100 else 5e-6
    assert expected_best_of(trials) == pytest.approx(expected, abs=digits)


@pytest.mark.parametrize(("trials", "years"), [(45, 4.9980870), (12_288, 15.294)])
def test_the_minimum_backtest_length_is_the_published_one(trials: int, years: float) -> None:
    assert minimum_backtest_length_years(trials, 1.0) == pytest.approx(years, abs=5e-8 if trials == 45 else 5e-4)


def test_the_expected_best_is_close_to_a_simulated_one() -> None:
    best = np.random.default_rng(7).standard_normal((4000, 500)).max(axis=1)
    # The formula is an approximation, good to a few hundredths at this size.
    assert expected_best_of(500) == pytest.approx(best.mean(), abs=0.05)


def test_a_stronger_claim_needs_less_data_by_the_square() -> None:
    once, twice = minimum_backtest_length_years(100, 1.0), minimum_backtest_length_years(100, 2.0)
    assert once == pytest.approx(4 * twice, rel=1e-12)


@given(st.integers(2, 10**9), st.integers(2, 1000))
def test_more_trials_raise_the_bar(trials: int, times: int) -> None:
    assert expected_best_of(trials * times) > expected_best_of(trials)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="two trials"):
        expected_best_of(1)
    with pytest.raises(ValueError, match="positive"):
        minimum_backtest_length_years(100, 0.0)


def equicorrelated(trials: int, correlation: float, days: int, seed: int) -> np.ndarray:
    """Returns whose sample correlation is exactly the one asked for."""
    matrix = np.full((trials, trials), correlation) + (1 - correlation) * np.eye(trials)
    draws = np.random.default_rng(seed).standard_normal((trials, days))
    draws -= draws.mean(axis=1, keepdims=True)
    white = np.linalg.solve(np.linalg.cholesky(draws @ draws.T / days), draws)
    return np.linalg.cholesky(matrix) @ white


def test_uncorrelated_trials_count_each() -> None:
    assert effective_trials(equicorrelated(20, 0.0, 200, 1), np.ones(20)) == pytest.approx(20, rel=1e-9)


def test_copies_of_one_trial_count_once_whatever_their_size_and_sign() -> None:
    one = np.random.default_rng(2).standard_normal(100)
    assert effective_trials([one, 3 * one, -0.1 * one], [5, 5, 5]) == pytest.approx(1, abs=1e-5)


def test_a_common_correlation_gives_the_value_of_the_formula() -> None:
    # Eigenvalues of ten trials at ½: 5.5 once, 0.5 nine times; (√5.5 + 9·√0.5)² ÷ 10.
    expected = (5.5**0.5 + 9 * 0.5**0.5) ** 2 / 10
    assert effective_trials(equicorrelated(10, 0.5, 60, 3), np.ones(10)) == pytest.approx(expected, rel=1e-9)


def test_of_a_hundred_trials_at_one_half_it_says_59_where_the_best_looks_like_that_of_16() -> None:
    assert effective_trials(equicorrelated(100, 0.5, 300, 8), np.ones(100)) == pytest.approx(59, abs=0.5)
    assert expected_best_of(16) == pytest.approx(0.5**0.5 * expected_best_of(100), abs=0.015)


def test_correlated_trials_are_not_counted_as_independent_and_never_fewer_than_their_best_looks_like() -> None:
    found = effective_trials(equicorrelated(200, 0.5, 400, 4), np.ones(200))
    assert 1 < found < 200
    # The best of 200 at correlation ½ is √½ times as high as that of 200 independent ones, on average.
    assert expected_best_of(found) > 0.5**0.5 * expected_best_of(200)


def test_fewer_days_than_trials_give_the_same_as_the_large_matrix() -> None:
    returns = np.random.default_rng(5).standard_normal((40, 15))
    large = np.clip(np.linalg.eigvalsh(np.corrcoef(returns)), 0, None)
    large[large < 1e-9] = 0.0
    expected = np.sqrt(large).sum() ** 2 / large.sum()
    found = effective_trials(returns, np.ones(40))
    assert found == pytest.approx(expected, rel=1e-9)
    assert found <= 14


def test_only_the_trials_with_most_trades_are_looked_at() -> None:
    returns = equicorrelated(6, 0.0, 50, 6)
    returns[5] = returns[0]
    assert effective_trials(returns, [9, 1, 1, 1, 1, 8], most=2) == pytest.approx(1, abs=1e-5)
    assert effective_trials(returns, [1, 9, 9, 9, 1, 1], most=3) == pytest.approx(3, rel=1e-9)


def test_a_trial_that_never_trades_is_no_trial() -> None:
    returns = equicorrelated(3, 0.0, 50, 7)
    returns[1] = 0.0
    assert effective_trials(returns, [3, 0, 3]) == pytest.approx(2, rel=1e-9)
    assert np.isnan(effective_trials(np.zeros((3, 10)), np.zeros(3)))
    assert np.isnan(effective_trials(np.zeros((0, 10)), np.zeros(0)))


def test_trials_without_their_trades_or_with_missing_days_are_refused() -> None:
    with pytest.raises(ValueError, match="trials × days"):
        effective_trials(np.zeros((3, 10)), np.zeros(2))
    with pytest.raises(ValueError, match="finite"):
        effective_trials([[0.1, float("nan")]], [1])
