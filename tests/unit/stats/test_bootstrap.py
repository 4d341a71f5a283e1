"""The paired bootstrap: what it must find, must not find, and what it says when it cannot tell."""

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length

from tradewind.stats.bootstrap import block_days, mean_difference


def noise(days: int, seed: int) -> np.ndarray:
    return 0.01 * np.random.default_rng(seed).standard_normal(days)


def test_block_lengths_are_fed_right_to_the_library() -> None:
    # The library's own published case: AR(0.3), 10,000 values after 100 of burn-in.
    state = np.random.RandomState(0)
    shocks = state.standard_normal(10_100)
    series = np.zeros(10_100)
    for i in range(1, 10_100):
        series[i] = 0.3 * series[i - 1] + shocks[i]
    assert float(optimal_block_length(series[100:])["stationary"].iloc[0]) == pytest.approx(13.635665, abs=1e-5)
    assert block_days(series[100:]) == 14


def test_two_series_that_do_the_same_do_not_differ() -> None:
    same = noise(200, 1)
    result = mean_difference(same, same, seed=0, resamples=200)
    assert (result.mean, result.low, result.high, result.clear) == (0.0, 0.0, 0.0, False)


def test_standing_aside_on_both_sides_is_no_difference() -> None:
    result = mean_difference(np.zeros(60), np.zeros(60), seed=0, resamples=200)
    assert (result.low, result.high) == (0.0, 0.0)


def test_what_both_series_share_cancels() -> None:
    # A common move far larger than the difference: unpaired resampling would drown it.
    common, extra = noise(300, 2) * 100, noise(300, 3)
    paired = mean_difference(common + 0.002 + extra, common, seed=5, resamples=1000)
    alone = mean_difference(0.002 + extra, np.zeros(300), seed=5, resamples=1000)
    assert (paired.low, paired.high) == pytest.approx((alone.low, alone.high), abs=1e-12)
    assert paired.clear


def test_independent_days_give_the_interval_of_the_textbook() -> None:
    series = noise(1000, 4)
    result = mean_difference(series, np.zeros(1000), seed=9, resamples=3000)
    half = 1.96 * series.std(ddof=1) / np.sqrt(1000)
    assert (result.high - result.low) / (2 * half) == pytest.approx(1.0, abs=0.12)
    assert result.low < result.mean < result.high


def test_days_that_hang_together_widen_the_interval() -> None:
    shocks = noise(1000, 6)
    clustered = np.zeros(1000)
    for day in range(1, 1000):
        clustered[day] = 0.8 * clustered[day - 1] + shocks[day]
    shuffled = np.random.default_rng(0).permutation(clustered)
    wide = mean_difference(clustered, np.zeros(1000), seed=1, resamples=500)
    narrow = mean_difference(shuffled, np.zeros(1000), seed=1, resamples=500)
    assert wide.block_days > narrow.block_days
    # In theory √((1 + 0.8)/(1 − 0.8)) = 3 times as wide.
    assert (wide.high - wide.low) > 2 * (narrow.high - narrow.low)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    first, second = noise(120, 7), noise(120, 8)
    once = mean_difference(first, second, seed=3, resamples=300)
    assert mean_difference(first, second, seed=3, resamples=300) == once
    assert mean_difference(first, second, seed=4, resamples=300) != once


def test_turning_the_comparison_round_turns_the_interval_round() -> None:
    first, second = noise(120, 7), noise(120, 8)
    once = mean_difference(first, second, seed=3, resamples=300)
    turned = mean_difference(second, first, seed=3, resamples=300)
    assert (turned.low, turned.high) == pytest.approx((-once.high, -once.low), abs=1e-15)


@pytest.mark.parametrize("days", [0, 1, 29])
def test_too_few_days_give_no_interval(days: int) -> None:
    result = mean_difference(noise(days, 1), np.zeros(days), seed=0)
    assert np.isnan([result.low, result.high]).all()
    assert not result.clear
    assert result.block_days == 0


@pytest.mark.parametrize("days", [30, 31, 60, 365])
def test_a_single_trade_in_the_whole_period_is_never_clear(days: int) -> None:
    rare = np.zeros(days)
    rare[days // 2] = 0.05
    result = mean_difference(rare, np.zeros(days), seed=0, resamples=400)
    assert np.isfinite([result.low, result.high]).all()
    assert not result.clear


def test_unpaired_series_and_missing_days_are_refused() -> None:
    with pytest.raises(ValueError, match="paired"):
        mean_difference(noise(40, 1), noise(41, 1), seed=0)
    with pytest.raises(ValueError, match="finite"):
        mean_difference([float("nan")] * 40, [0.0] * 40, seed=0)


def test_on_noise_the_interval_misses_zero_about_one_time_in_twenty() -> None:
    missed = sum(mean_difference(noise(250, 1000 + i), np.zeros(250), seed=i, resamples=200).clear for i in range(100))
    assert missed <= 14  # 5 expected; more than 14 has a chance of about 1 in 7,000 at that rate
