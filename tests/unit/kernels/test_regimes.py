"""Kernels of the detectors against plain definitions that look at each window anew."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.kernels.regimes import confirmed_labels, flagged_labels, held_states, tops_its_quantile, trend_labels

# Few distinct values, so that ties are common.
COARSE = st.lists(st.sampled_from([0.0, 0.001, 0.001 * (1 + 1e-12), 0.002, 0.0035, 0.01]), min_size=1, max_size=60)
FINE = st.lists(st.floats(1e-6, 1e-2), min_size=1, max_size=60)


def tops_plainly(x: np.ndarray, length: int, lag: int, quantile: float) -> list[bool]:
    tops = []
    for t in range(len(x)):
        end = t + 1 - lag
        if end - length < 0:
            tops.append(False)
            continue
        level = np.quantile(x[end - length : end], quantile)
        tops.append(bool(x[t] - level > 1e-9 * max(abs(x[t]), abs(level))))
    return tops


@settings(max_examples=150, deadline=None)
@given(
    values=COARSE | FINE,
    length=st.integers(1, 20),
    lag=st.integers(0, 1),
    quantile=st.sampled_from([0.5, 0.7, 0.9, 0.95, 1 / 3]),
)
def test_topping_a_quantile_equals_numpy_on_every_window(
    values: list[float], length: int, lag: int, quantile: float
) -> None:
    x = np.array(values)
    assert tops_its_quantile(x, 0, length, lag, quantile).tolist() == tops_plainly(x, length, lag, quantile)


@pytest.mark.parametrize("length", [980, 979, 3000, 2500])
@pytest.mark.parametrize("lag", [0, 1])
def test_topping_a_quantile_equals_numpy_on_long_windows(length: int, lag: int) -> None:
    rng = np.random.default_rng(length)
    x = np.abs(np.convolve(rng.normal(size=4100) * np.repeat(rng.exponential(size=41), 100), np.ones(20), "valid"))
    expected = tops_plainly(x, length, lag, 0.9)
    assert tops_its_quantile(x, 0, length, lag, 0.9).tolist() == expected
    assert any(expected)


def drifting(rng: np.random.Generator, count: int) -> np.ndarray:
    """Levels that wander and jump, so that what the quantile is sought among is never the right part for long."""
    wander = np.abs(np.cumsum(rng.normal(0, 0.2, count)))
    return np.round(wander + rng.exponential(1, count) * rng.choice([0.2, 1, 5], count), 2)


def combed(rng: np.random.Generator, count: int) -> np.ndarray:
    """Every seventh value is far above the rest: a sample of every seventh value is no sample at all."""
    return rng.exponential(1, count) + np.where(np.arange(count) % 7 == 0, 50, 0)


@pytest.mark.parametrize("shape", [drifting, combed])
@pytest.mark.parametrize("quantile", [0.5, 0.9])
@pytest.mark.parametrize(
    ("length", "lag", "count"), [(30, 0, 40_000), (30, 1, 40_000), (64, 1, 20_000), (980, 1, 3000)]
)
def test_a_quantile_that_wanders_equals_numpy_on_every_window(
    shape: Callable[[np.random.Generator, int], np.ndarray], quantile: float, length: int, lag: int, count: int
) -> None:
    x = shape(np.random.default_rng(length), count)
    windows = np.lib.stride_tricks.sliding_window_view(x, length)[: count - length + 1 - lag]
    level = np.quantile(windows, quantile, axis=1)
    value = x[length - 1 + lag :]
    expected = value - level > 1e-9 * np.maximum(np.abs(value), np.abs(level))
    assert np.array_equal(tops_its_quantile(x, 0, length, lag, quantile)[length - 1 + lag :], expected)


def test_nothing_tops_its_quantile_before_the_window_is_full() -> None:
    x = np.array([np.nan, np.nan, 1.0, 2.0, 3.0, 4.0])
    assert tops_its_quantile(x, 2, 3, 0, 0.5).tolist() == [False, False, False, False, True, True]


@settings(max_examples=150, deadline=None)
@given(levels=st.lists(st.integers(0, 2), min_size=1, max_size=60), memory=st.integers(1, 12))
def test_a_state_is_held_while_an_unbroken_stay_reaches_back_to_an_entry(levels: list[int], memory: int) -> None:
    entered = np.array([level == 2 for level in levels])
    stayed = np.array([level >= 1 for level in levels])
    expected = [
        any(entered[s] and stayed[s : t + 1].all() for s in range(max(0, t - memory + 1), t + 1))
        for t in range(len(levels))
    ]
    assert held_states(entered, stayed, memory).tolist() == expected


def confirmed_plainly(raw: list[int], bars: int, memory: int, bypass: list[bool]) -> list[int]:
    """The definition: split the last `memory` labels into runs and take the latest long one."""
    effective = []
    for t in range(len(raw)):
        window = raw[max(0, t - memory + 1) : t + 1]
        runs: list[list[int]] = []
        for label in window:
            if runs and runs[-1][0] == label:
                runs[-1].append(label)
            else:
                runs.append([label])
        long = [run[0] for run in runs if len(run) >= bars and run[0] >= 0]
        if raw[t] < 0:
            effective.append(-1)
        elif bypass[raw[t]]:
            effective.append(raw[t])
        else:
            effective.append(long[-1] if long else -1)
    return effective


@settings(max_examples=200, deadline=None)
@given(
    lengths=st.lists(st.tuples(st.integers(-1, 2), st.integers(1, 9)), min_size=1, max_size=25),
    bars=st.integers(1, 6),
    extra=st.integers(0, 12),
    bypass=st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_confirmation_equals_its_definition_on_every_window(
    lengths: list[tuple[int, int]], bars: int, extra: int, bypass: list[bool]
) -> None:
    raw = [label for label, length in lengths for _ in range(length)]
    got = confirmed_labels(np.array(raw, dtype=np.int8), bars, bars + extra, np.array(bypass), 0)
    assert got.tolist() == confirmed_plainly(raw, bars, bars + extra, bypass)


def test_a_run_is_confirmed_at_its_third_bar_and_a_short_one_never() -> None:
    raw = np.array([0, 0, 0, 1, 1, 0, 2, 2, 2, 2], dtype=np.int8)
    got = confirmed_labels(raw, 3, 100, np.zeros(3, dtype=np.bool_), 0)
    assert got.tolist() == [-1, -1, 0, 0, 0, 0, 0, 0, 2, 2]


def test_stress_that_may_bypass_counts_at_once_and_leaves_no_trace() -> None:
    raw = np.array([0, 0, 0, 1, 0, 0], dtype=np.int8)
    got = confirmed_labels(raw, 3, 100, np.array([False, True]), 0)
    assert got.tolist() == [-1, -1, 0, 1, 0, 0]


def test_a_confirmed_run_is_forgotten_when_it_leaves_the_memory() -> None:
    raw = np.array([0, 0, 0, 1, 2, 1, 2, 1], dtype=np.int8)
    got = confirmed_labels(raw, 3, 5, np.zeros(3, dtype=np.bool_), 0)
    # At bar 4 the last five bars still hold all three; at bar 5 only two of them.
    assert got.tolist() == [-1, -1, 0, 0, 0, -1, -1, -1]


def test_trend_labels_follow_the_order_stress_bull_bear_sideways() -> None:
    close = np.array([9.0, 11.0, 9.0, 11.0, 10.0, 11.0])
    slow = np.full(6, 10.0)
    fast = np.array([9.5, 10.5, 9.5, 9.5, 10.0, 10.5])
    stress = np.array([False, False, False, False, False, True])
    assert trend_labels(close, slow, fast, stress, 1).tolist() == [-1, 0, 1, 2, 2, 3]


def test_a_price_within_the_band_of_its_mean_is_neither_above_nor_below() -> None:
    close = np.array([10.0 * (1 + 5e-10), 10.0 * (1 + 5e-9)])
    slow, fast = np.full(2, 10.0), np.full(2, 10.5)
    assert trend_labels(close, slow, fast, np.zeros(2, dtype=np.bool_), 0).tolist() == [2, 0]


def test_a_value_that_is_no_number_is_not_flagged() -> None:
    assert flagged_labels(np.array([3.0, 3.0, np.nan, 2.0, 2.1]), 2.0, 1).tolist() == [-1, 1, 0, 0, 1]
