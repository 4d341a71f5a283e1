"""Win-rate intervals against published arithmetic, statsmodels and what any interval must do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from tradewind.stats.intervals import two_sided_z, wilson_interval

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_the_interval_is_that_of_statsmodels() -> None:
    wins, trades = np.array([0, 1, 5, 55, 100, 999]), np.array([1, 10, 10, 100, 100, 1000])
    for confidence in (0.8, 0.95, 0.99):
        low, high = wilson_interval(wins, trades, confidence)
        expected_low, expected_high = proportion_confint(wins, trades, 1 - confidence, method="wilson")
        np.testing.assert_allclose(low, expected_low, rtol=0, atol=1e-12)
        np.testing.assert_allclose(high, expected_high, rtol=0, atol=1e-12)


def test_no_win_in_ten_leaves_room_up_to_z_squared_over_n_plus_z_squared() -> None:
    # With no wins the bounds are 0 and z²/(n + z²) = 3.8414588/13.8414588.
    low, high = wilson_interval(0, 10)
    assert float(low) == 0.0
    assert float(high) == pytest.approx(0.2775328, abs=1e-7)


def test_without_trades_nothing_is_known() -> None:
    low, high = wilson_interval([0, 3], [0, 4])
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert np.isfinite([low[1], high[1]]).all()


def test_more_wins_than_trades_are_refused() -> None:
    with pytest.raises(ValueError, match="wins"):
        wilson_interval(4, 3)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95])
def test_a_confidence_that_is_no_fraction_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        two_sided_z(confidence)


@given(COUNTS)
def test_the_interval_contains_the_observed_rate_and_stays_within_zero_and_one(counts: tuple[int, int]) -> None:
    wins, trades = counts
    low, high = wilson_interval(wins, trades)
    assert 0 <= low <= wins / trades <= high <= 1


@given(COUNTS, st.integers(2, 50))
def test_more_trades_at_the_same_rate_narrow_the_interval(counts: tuple[int, int], times: int) -> None:
    wins, trades = counts
    low, high = wilson_interval([wins, wins * times], [trades, trades * times])
    assert high[1] - low[1] < high[0] - low[0]


@given(COUNTS)
def test_wins_and_losses_mirror_each_other(counts: tuple[int, int]) -> None:
    wins, trades = counts
    low, high = wilson_interval(wins, trades)
    mirrored_low, mirrored_high = wilson_interval(trades - wins, trades)
    assert float(low) == pytest.approx(1 - float(mirrored_high), abs=1e-12)
    assert float(high) == pytest.approx(1 - float(mirrored_low), abs=1e-12)
