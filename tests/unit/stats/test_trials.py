"""The best of many lucky trials against the published figures and a simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.stats.trials import expected_best_of, minimum_backtest_length_years


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
