"""Probabilistic and deflated Sharpe ratios and the minimum track record against the published examples."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.stats.sharpe import sharpe, sharpe_standard_error
from tradewind.stats.skill import deflated_sharpe, minimum_track_record_days, probabilistic_sharpe, sharpe_of_luck
from tradewind.stats.trials import expected_best_of

# Bailey and Lopez de Prado (2014): 2.5 a year of 250 days, 100 trials with a variance of ½ a year, five years.
PER_DAY, SPREAD, TRIALS, DAYS, SKEW, KURTOSIS = 2.5 / math.sqrt(250), math.sqrt(0.5 / 250), 100, 1250, -3.0, 10.0


def test_skill_of_two_years_of_normal_months_is_the_published_one() -> None:
    assert probabilistic_sharpe(0.458, 0.0, 24, 0.0, 3.0) == pytest.approx(0.982, abs=5e-4)


def test_skill_of_skewed_fat_tailed_months_is_the_published_one() -> None:
    found = probabilistic_sharpe(1.585 / math.sqrt(12), 0.0, 24, -2.448, 10.164)
    assert found == pytest.approx(0.9132343, abs=5e-7)


def test_the_deflated_ratio_is_the_published_one() -> None:
    assert sharpe_of_luck(TRIALS, SPREAD) == pytest.approx(0.113172, abs=5e-7)
    assert deflated_sharpe(PER_DAY, TRIALS, SPREAD, DAYS, SKEW, KURTOSIS) == pytest.approx(0.9003968, abs=5e-7)


@pytest.mark.parametrize(
    ("first", "benchmark", "per_year", "skew", "kurtosis", "years"),
    [
        (2.0, 1.0, 250, 0.0, 3.0, 2.7312),
        (2.0, 1.0, 52, 0.0, 3.0, 2.8288),
        (3.0, 2.5, 12, -0.72, 5.78, 27.3529),
        (0.7079 * math.sqrt(12), 0.0, 12, -0.2250, 2.9570, 0.7152),
    ],
)
def test_the_minimum_track_record_is_the_published_one(
    first: float, benchmark: float, per_year: int, skew: float, kurtosis: float, years: float
) -> None:
    root = math.sqrt(per_year)
    found = minimum_track_record_days(first / root, benchmark / root, skew, kurtosis)
    assert found / per_year == pytest.approx(years, abs=5e-5)


def test_excess_kurtosis_where_raw_is_meant_is_refused() -> None:
    # The formula itself takes it and says 0.9018.
    error = math.sqrt((1 + 3 * PER_DAY + (7 - 1) / 4 * PER_DAY**2) / (DAYS - 1))
    wrong = 0.5 * math.erfc(-(PER_DAY - sharpe_of_luck(TRIALS, SPREAD)) / error / math.sqrt(2))
    assert wrong == pytest.approx(0.9018, abs=5e-5)
    for kurtosis, skew in ((7.0, SKEW), (0.0, 0.0)):
        with pytest.raises(ValueError, match="not raw"):
            deflated_sharpe(PER_DAY, TRIALS, SPREAD, DAYS, skew, kurtosis)
        with pytest.raises(ValueError, match="not raw"):
            minimum_track_record_days(PER_DAY, 0.0, skew, kurtosis)


def test_on_noise_a_ratio_per_day_is_certain_one_time_in_twenty_and_an_annual_one_half_of_the_time() -> None:
    series = [sharpe(returns) for returns in np.random.default_rng(3).standard_normal((400, 250))]
    right = [probabilistic_sharpe(one.per_day, 0, one.days, one.skew, one.kurtosis) > 0.95 for one in series]
    wrong = [probabilistic_sharpe(one.per_year, 0, one.days, one.skew, one.kurtosis) > 0.95 for one in series]
    assert 6 <= sum(right) <= 36  # 20 expected, deviation 4.4
    assert sum(wrong) > 140


def test_a_spread_of_one_between_trials_would_leave_nothing_of_any_ratio() -> None:
    assert sharpe_of_luck(TRIALS, 1.0) == pytest.approx(2.5306028932, abs=1e-9)
    assert deflated_sharpe(PER_DAY, TRIALS, 1.0, DAYS, SKEW, KURTOSIS) < 1e-12


def test_counting_only_the_trials_that_are_shown_flatters() -> None:
    tried = deflated_sharpe(PER_DAY, 12_288, SPREAD, DAYS, SKEW, KURTOSIS)
    shown = deflated_sharpe(PER_DAY, 10, SPREAD, DAYS, SKEW, KURTOSIS)
    assert tried < 0.5 < 0.95 < shown


def test_equal_trials_need_no_deflation() -> None:
    deflated = deflated_sharpe(PER_DAY, TRIALS, 0.0, DAYS, SKEW, KURTOSIS)
    assert deflated == probabilistic_sharpe(PER_DAY, 0.0, DAYS, SKEW, KURTOSIS)


def test_an_effective_number_of_trials_lies_between_its_neighbours() -> None:
    assert expected_best_of(41) < expected_best_of(41.5) < expected_best_of(42)


@given(st.floats(0.01, 0.5), st.floats(-1, 1), st.floats(2.1, 20), st.floats(0.55, 0.99))
def test_a_record_of_the_minimum_length_is_just_as_sure_as_asked(
    ratio: float, skew: float, kurtosis: float, confidence: float
) -> None:
    days = minimum_track_record_days(ratio, 0.0, skew, kurtosis, confidence)
    up = probabilistic_sharpe(ratio, 0.0, max(math.ceil(days), 2), skew, kurtosis)
    assert up >= confidence - 1e-9
    if math.ceil(days) > 2:
        assert probabilistic_sharpe(ratio, 0.0, math.ceil(days) - 1, skew, kurtosis) < confidence + 1e-9


def test_no_length_proves_a_ratio_that_is_not_above_its_benchmark() -> None:
    assert minimum_track_record_days(0.05, 0.05, 0.0, 3.0) == math.inf
    assert minimum_track_record_days(-0.01, 0.0, 0.0, 3.0) == math.inf


def test_what_is_not_known_stays_unknown() -> None:
    unknown = float("nan")
    assert math.isnan(probabilistic_sharpe(unknown, 0.0, 100, unknown, unknown))
    assert math.isnan(deflated_sharpe(unknown, 10, 0.05, 100, unknown, unknown))
    assert math.isnan(minimum_track_record_days(unknown, 0.0, unknown, unknown))


def test_a_ratio_without_an_error_is_surely_above_or_below() -> None:
    # Two values only, as often each, and a ratio of 2·skew/(kurtosis − 1): the first-order error vanishes.
    assert sharpe_standard_error(1.0, 10, 2.0, 5.0) == 0.0
    assert [probabilistic_sharpe(1.0, at, 10, 2.0, 5.0) for at in (0.9, 1.0, 1.1)] == [1.0, 0.5, 0.0]


def test_one_trial_and_a_negative_spread_and_a_certainty_are_refused() -> None:
    with pytest.raises(ValueError, match="two trials"):
        deflated_sharpe(0.1, 1, 0.05, 100, 0.0, 3.0)
    with pytest.raises(ValueError, match="not negative"):
        sharpe_of_luck(10, -0.1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        minimum_track_record_days(0.1, 0.0, 0.0, 3.0, 1.0)
    with pytest.raises(ValueError, match="two observations"):
        probabilistic_sharpe(0.1, 0.0, 1, 0.0, 3.0)
