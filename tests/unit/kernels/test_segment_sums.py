"""Sums over ranges of segments against the same sums of numpy, to the last bit; the best of many with ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.kernels.segment_sums import (
    count_signals,
    largest,
    lowest_below_peak,
    sum_in_sample,
    sum_segments,
    sum_tests,
)

TRADES, R = 0, 2
ROLLING = [(first, first + 12, 1 + first % 3) for first in range(15)]
ANCHORED = [(2, 4 + k, 1 + k % 2) for k in range(15)]
APART = [(first, first + 3, 1) for first in range(0, 26, 5)]
SHRINKING_PURGE = [(0, 6, 1), (0, 7, 5), (0, 8, 1)]  # the second window holds back what the first had counted


def cells_of(places: int) -> np.ndarray:
    """Thirty segments of numbers of very different sizes: the order of additions shows in the last bits."""
    draw = np.random.default_rng(places)
    shape = (30, 2, places, 5)
    return draw.normal(size=shape) * 10.0 ** draw.integers(-8, 8, size=shape)


@pytest.mark.parametrize("places", [1, 7, 40])
@pytest.mark.parametrize("windows", [ROLLING, ANCHORED, APART, SHRINKING_PURGE, ROLLING[:1]])
def test_in_sample_sums_add_segments_in_order_and_never_touch_a_purged_tail(
    windows: list[tuple[int, int, int]], places: int
) -> None:
    cells = cells_of(places)
    given_windows = np.array(windows)
    sums = sum_in_sample(cells, given_windows)
    for w, (first, end, purged) in enumerate(windows):
        expected = np.zeros((places, 5))
        for segment in range(first, end):
            expected += cells[segment, 0] if segment >= end - purged else cells[segment, 0] + cells[segment, 1]
        assert np.array_equal(sums[:, w], expected[:, [TRADES, R]].T)
    for _, end, purged in windows:
        spoiled = cells.copy()
        spoiled[end - purged : end, 1] = np.nan
        spoiled[end:] = np.nan
        w = [window[1] for window in windows].index(end)
        assert np.array_equal(sum_in_sample(spoiled, given_windows[w : w + 1])[:, 0], sums[:, w])


def test_a_path_lies_lowest_below_its_highest_so_far_or_below_its_start() -> None:
    steps = [
        [0.25, -0.75, 0.25, -0.5],  # 0.25, -0.5, -0.25, -0.75: the last is 1 below the first
        [-0.5, 2.0, -0.25, 0.0],  # -0.5 is below the start, 1.5 to 1.25 is less
        [0.0, 1.0, 0.0, 0.5],
    ]
    assert lowest_below_peak(np.array(steps)).tolist() == [-1.0, -0.5, 0.0]


def test_no_windows_have_no_sums() -> None:
    assert sum_in_sample(cells_of(3), np.zeros((0, 3), np.int64)).shape == (2, 0, 3)


def test_ranges_and_wanted_segments_are_added_bucket_by_bucket_in_time() -> None:
    cells = np.abs(cells_of(7)).reshape(30, 2, 7, 1, 5)
    cells = np.concatenate([cells, 10.0 * cells], axis=3)
    cells[5, :, 2, 0, TRADES] = 0.0
    ranges = np.array([(0, 1), (5, 6), (5, 9), (8, 30), (8, 30)])
    wanted = np.arange(30) % 3 == 1
    sums, mean_r = sum_tests(cells, wanted, ranges)
    for row, (first, end) in enumerate(ranges):
        expected = np.zeros((7, 5))
        for bucket in cells[first:end, :, :, 0].reshape(-1, 7, 5):
            expected += bucket
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.where(expected[:, TRADES] > 0, expected[:, R] / expected[:, TRADES], np.nan)
        assert np.array_equal(mean_r[:, row], means, equal_nan=True)
    assert np.isnan(mean_r[2, 1])
    expected = np.zeros(70)
    for bucket in cells[wanted].reshape(-1, 70):
        expected += bucket
    assert np.array_equal(sums.ravel(), expected)
    assert np.array_equal(sum_segments(cells.reshape(30, 2, 70), wanted), expected)


def test_the_largest_keep_their_order_and_among_equals_the_first_are_kept() -> None:
    none = -np.inf
    values = np.array([[3.0, 1.0, 3.0, 2.0, 3.0], [none, 5.0, none, 1.0, none], [1.0, 2.0, 1.0, 1.0, 9.0]])
    numbers = np.arange(15).reshape(3, 5)
    top, chosen = largest(values, numbers, 3)
    assert chosen.tolist() == [[0, 2, 4], [6, 8, -1], [10, 11, 14]]
    assert top.tolist() == [[3.0, 3.0, 3.0], [5.0, 1.0, none], [1.0, 2.0, 9.0]]
    top, chosen = largest(values, numbers, 2)
    assert chosen.tolist() == [[0, 2], [6, 8], [11, 14]]


@given(st.lists(st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]), min_size=1, max_size=30), st.integers(1, 12))
def test_the_largest_are_those_of_a_stable_sort(row: list[float], most: int) -> None:
    order = sorted(range(len(row)), key=lambda i: -row[i])[:most]
    expected = sorted(i for i in order if row[i] > -np.inf)
    _, chosen = largest(np.array([row]), np.arange(len(row))[np.newaxis], most)
    assert chosen[0].tolist() == expected + [-1] * (most - len(expected))


def test_signals_are_counted_by_the_segment_and_label_of_their_bar() -> None:
    labels = np.array([0, 0, 1, -1, 1, 0], np.int8)
    codes = np.array([0, 3, 4, 7, 8, 11], np.int32)  # bars 0 to 5, both sides
    counts = count_signals(codes, labels, np.array([0, 2, 2, 5, 6]), 2)
    assert counts.tolist() == [[2, 0], [0, 0], [0, 2], [1, 0]]
