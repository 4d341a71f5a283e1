"""The paired bootstrap: what it must find, must not find, and what it says when it cannot tell."""

import numpy as np
import pytest
from arch.bootstrap import optimal_block_length

from tradewind.stats.bootstrap import (
    block_days,
    drawdown_interval,
    mean_difference,
    profit_factor_interval,
    sharpe_interval,
)
from tradewind.stats.drawdown import equity_path, max_drawdown
from tradewind.stats.sharpe import sharpe


def noise(days: int, seed: int) -> np.ndarray:
    return 0.01 * np.random.default_rng(seed).standard_normal(days)


def test_block_lengths_are_fed_right_to_the_library() -> None:
    # The library's own published case: AR(0.3), 10,000 values after 100 of burn-in.
    state = np.random.RandomState(0)
    shocks = state.standard_normal(10_100)
    series = np.zeros(10_100)
    for i in range(1, 10_100):
        series[i] = 0.3 * series[i - 1] + shocks[i]
    optimal = optimal_block_length(series[100:])
    assert float(optimal["stationary"].iloc[0]) == pytest.approx(13.635665, abs=1e-5)
    assert float(optimal["circular"].iloc[0]) == pytest.approx(15.60894, abs=1e-5)
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


def missed(series: np.ndarray, shared_days: float) -> int:
    found = [mean_difference(one, np.zeros_like(one), seed=3, shared_days=shared_days, resamples=400) for one in series]
    assert {one.block_days for one in found} == {min(shared_days, series.shape[1] // 3)}
    return sum(one.clear for one in found)


def test_in_few_long_blocks_the_interval_still_misses_one_time_in_twenty() -> None:
    series = np.random.default_rng(21).standard_normal((200, 90))
    # 10 of 200 expected; outside 2 to 22 with a chance below 1 in 1,000. Percentiles alone would miss about 42.
    assert 2 <= missed(series, 30) <= 22


def test_choices_that_share_data_need_blocks_as_long_as_what_they_share() -> None:
    # Each of 30 windows of 6 days is worth the mean of 6 draws, 5 of which it shares with the next one, and noise. The
    # true variance of the mean is about 1/30 + 1/180; days taken for independent would make it (1/6 + 1)/180, a sixth.
    rng = np.random.default_rng(22)
    draws = rng.standard_normal((150, 35))
    choice = np.stack([draws[:, i : i + 6].mean(axis=1) for i in range(30)], axis=1)
    series = np.repeat(choice, 6, axis=1) + rng.standard_normal((150, 180))
    alone = sum(mean_difference(one, np.zeros(180), seed=3, resamples=400).clear for one in series)
    assert missed(series, 36) <= 22 < alone  # 7.5 expected at the stated rate


def test_for_independent_days_the_drawn_sharpe_interval_is_that_of_the_formula() -> None:
    series = noise(800, 10) + 0.0005
    drawn, formula = sharpe_interval(series, seed=2), sharpe(series)
    assert drawn.value == formula.per_year
    ratio = (drawn.high - drawn.low) / (formula.high_per_year - formula.low_per_year)
    assert ratio == pytest.approx(1.0, abs=0.15)
    assert drawn.low < drawn.value < drawn.high


def test_days_that_hang_together_make_a_sharpe_ratio_less_sure_than_the_formula_says() -> None:
    shocks = noise(1000, 6)
    clustered = np.zeros(1000)
    for day in range(1, 1000):
        clustered[day] = 0.8 * clustered[day - 1] + shocks[day]
    drawn, formula = sharpe_interval(clustered, seed=1, resamples=500), sharpe(clustered)
    assert (drawn.high - drawn.low) > 1.8 * (formula.high_per_year - formula.low_per_year)


def test_drawn_sharpe_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    truth = 0.1 * np.sqrt(365)
    covered = 0
    for i in range(60):
        found = sharpe_interval(noise(200, 3000 + i) + 0.001, seed=i, resamples=100)
        covered += found.low <= truth <= found.high
    assert covered >= 50  # 57 expected; fewer than 50 has a chance below 1 in 400 even at a rate of 0.92


def test_a_drawdown_interval_holds_other_draws_of_the_same_market() -> None:
    series = noise(250, 20)
    series = 0.01 * (series - series.mean()) / series.std()  # as the market's mean and deviation are in truth
    found = drawdown_interval(series, seed=4, resamples=1000)
    assert 0 < found.low < found.value < found.high < 1
    others = np.array([max_drawdown(equity_path(noise(250, 100 + i))).fraction for i in range(400)])
    assert np.mean((others >= found.low) & (others <= found.high)) == pytest.approx(0.95, abs=0.05)


def test_days_that_only_rise_never_fall() -> None:
    found = drawdown_interval(np.abs(noise(100, 1)), seed=0, resamples=100)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_profit_factor_is_drawn_in_whole_days_so_that_trades_of_one_day_count_as_one_event() -> None:
    # Twenty trades a day that all do the same are no surer than one trade a day.
    total = np.where(np.random.default_rng(8).random(200) < 0.55, 1.0, -1.0)
    one = profit_factor_interval(total, np.maximum(total, 0), seed=6)
    twenty = profit_factor_interval(20 * total, 20 * np.maximum(total, 0), seed=6)
    assert (twenty.low, twenty.value, twenty.high) == pytest.approx((one.low, one.value, one.high))
    wins = (total > 0).sum()
    assert one.value == pytest.approx(wins / (200 - wins), rel=1e-12)
    # Delta method: the logarithm of wins ÷ losses has deviation 1/√(n p (1 − p)).
    width = 2 * 1.96 / np.sqrt(200 * (wins / 200) * (1 - wins / 200))
    assert np.log(one.high / one.low) == pytest.approx(width, rel=0.2)


def test_a_single_losing_day_leaves_the_profit_factor_without_an_upper_bound() -> None:
    total = np.full(60, 1.0) + np.abs(noise(60, 3))
    total[30] = -1.0
    found = profit_factor_interval(total, np.maximum(total, 0), seed=0, resamples=500)
    assert found.high == np.inf
    assert np.isfinite([found.low, found.value]).all()


@pytest.mark.parametrize("days", [0, 1, 29])
def test_too_few_days_give_figures_without_an_interval(days: int) -> None:
    series = noise(days, 1)
    found = [sharpe_interval(series, seed=0), drawdown_interval(series, seed=0)]
    found.append(profit_factor_interval(series, np.maximum(series, 0), seed=0))
    for one in found:
        assert np.isnan([one.low, one.high]).all()
        assert (one.days, one.block_days) == (days, 0)


def test_a_record_without_trades_has_no_intervals() -> None:
    found = sharpe_interval(np.zeros(60), seed=0)
    assert np.isnan([found.value, found.low, found.high]).all()
    assert np.isnan(profit_factor_interval(np.zeros(60), np.zeros(60), seed=0).value)


def test_the_same_seed_draws_the_same_figures() -> None:
    series = noise(100, 2)
    for interval in (sharpe_interval, drawdown_interval):
        once = interval(series, seed=3, resamples=100)
        assert interval(series, seed=3, resamples=100) == once
        assert interval(series, seed=4, resamples=100) != once


def test_figures_of_missing_or_unpaired_days_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        sharpe_interval([float("nan")] * 40, seed=0)
    with pytest.raises(ValueError, match="same days"):
        profit_factor_interval(noise(40, 1), noise(41, 1), seed=0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        drawdown_interval(noise(40, 1), seed=0, confidence=1.0)
