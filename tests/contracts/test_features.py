"""What every registered feature promises: no later bar and none before its window matters, and NaN until then."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from tests.contracts.feature_bars import gappy_bars

from tradewind.features.features import Features
from tradewind.features.registry import FEATURES
from tradewind.kernels.windows import block_starts
from tradewind.model.bars import Bars

BARS = gappy_bars(2600, seed=5)
SHIFTS = np.random.default_rng(11).choice(np.arange(1, 1900), 50, replace=False)
ENDS = np.random.default_rng(12).choice(np.arange(1, len(BARS)), 25, replace=False)
CASES = [
    pytest.param(spec.name, parameters, id=f"{spec.name}-{'-'.join(map(str, parameters.values()))}")
    for spec in FEATURES.values()
    for parameters in spec.examples
]
Compute = Callable[[Bars], np.ndarray]


def registered(name: str, parameters: Mapping[str, Any]) -> tuple[Compute, int]:
    return (lambda bars: Features(bars).get(name, **parameters)), FEATURES[name].window(**parameters)


def looks_ahead(compute: Compute) -> bool:
    """Whether some value changes, in any bit, when later bars are cut off."""
    whole = compute(BARS)
    return any(not np.array_equal(compute(BARS.rows(0, end)), whole[:end], equal_nan=True) for end in ENDS)


def remembers(compute: Compute, window: int) -> bool:
    """Whether some value, its declared window full, changes in any bit when earlier bars are cut off."""
    whole = compute(BARS)
    full = window - 1
    return any(
        not np.array_equal(compute(BARS.rows(start, len(BARS)))[full:], whole[start + full :], equal_nan=True)
        for start in SHIFTS
    )


@pytest.mark.parametrize(("name", "parameters"), CASES)
def test_no_feature_depends_on_a_later_bar(name: str, parameters: Mapping[str, Any]) -> None:
    compute, _ = registered(name, parameters)
    assert not looks_ahead(compute)


@pytest.mark.parametrize(("name", "parameters"), CASES)
def test_a_feature_is_bit_equal_from_fifty_random_starts(name: str, parameters: Mapping[str, Any]) -> None:
    compute, window = registered(name, parameters)
    assert len(BARS) - max(SHIFTS) > window + 64
    assert not remembers(compute, window)


@pytest.mark.parametrize(("name", "parameters"), CASES)
def test_a_feature_has_no_value_until_its_window_is_full_and_one_from_then_on(
    name: str, parameters: Mapping[str, Any]
) -> None:
    compute, window = registered(name, parameters)
    values = compute(BARS)
    assert len(values) == len(BARS)
    if values.dtype == np.bool_:
        assert not values[: window - 1].any()
        assert values.any()
        assert not values.all()
    else:
        assert values.dtype == np.float64
        assert np.isnan(values[: window - 1]).all()
        assert FEATURES[name].may_be_missing or np.isfinite(values[window - 1 :]).all()


@pytest.mark.parametrize(("name", "parameters"), CASES)
def test_a_feature_survives_histories_of_any_length_and_flat_idle_markets(
    name: str, parameters: Mapping[str, Any]
) -> None:
    compute, window = registered(name, parameters)
    for count in (0, 1, 2, 7, window - 1, window):
        assert len(compute(BARS.rows(0, count))) == count
    flat = np.full(600, 250.0)
    columns = dict.fromkeys(("open", "high", "low", "close"), flat) | {"volume": np.zeros(600)}
    values = compute(Bars(venue="v", symbol="A/B", timeframe="1m", ts=60_000 * np.arange(600), **columns))
    assert not np.isinf(values).any()


@pytest.mark.parametrize(("name", "parameters"), CASES)
def test_a_feature_array_cannot_be_written_to(name: str, parameters: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="read-only"):
        Features(BARS).get(name, **parameters)[0] = 1


def infinite_mean(bars: Bars) -> np.ndarray:
    out = np.empty(len(bars))
    value = bars.close[0]
    for t, close in enumerate(bars.close):
        value += (close - value) / 20
        out[t] = value
    return out


def running_sum_without_fresh_starts(bars: Bars) -> np.ndarray:
    sums = np.cumsum(bars.close)
    return np.r_[np.full(20, np.nan), (sums[20:] - sums[:-20]) / 20]


def standardised_by_the_whole_series(bars: Bars) -> np.ndarray:
    return (bars.close - bars.close.mean()) / max(bars.close.std(), 1e-9)


def test_the_suite_catches_infinite_memory() -> None:
    assert remembers(infinite_mean, 200)
    assert not looks_ahead(infinite_mean)


def test_the_suite_catches_sums_that_carry_rounding_from_the_start_of_the_data() -> None:
    assert remembers(running_sum_without_fresh_starts, 83)


def test_the_suite_catches_a_figure_of_the_whole_series() -> None:
    assert looks_ahead(standardised_by_the_whole_series)


def sliding_mean_shown_early(bars: Bars) -> np.ndarray:
    """The mean of 20 with fresh starts as prescribed, but shown as soon as it has 20 bars."""
    fresh = block_starts(bars.ts, 60_000)
    out = np.full(len(bars), np.nan)
    total = 0.0
    for t in range(19, len(bars)):
        slides = t > 19 and not fresh[t]
        total = total + bars.close[t] - bars.close[t - 20] if slides else sum(bars.close[t - 19 : t + 1].tolist())
        out[t] = total / 20
    return out


def test_the_suite_catches_a_window_declared_without_the_bars_to_the_next_fresh_start() -> None:
    assert remembers(sliding_mean_shown_early, 20)
    assert not remembers(sliding_mean_shown_early, 83)
