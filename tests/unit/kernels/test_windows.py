"""Sliding windows: where sums start fresh, when the first value is due, and figures worked out by hand."""

import numpy as np
import pytest

from tradewind.kernels import windows

FRESH = np.arange(200) % 64 == 0


def after_idling(*values: float) -> np.ndarray:
    """The values at bars 100, 101, … after a hundred bars of 7."""
    return np.array([7.0] * 100 + list(values))


def test_a_block_is_64_bars_of_time_whether_or_not_they_are_present() -> None:
    minutes = np.array([62, 63, 64, 65, 130, 191, 192])
    starts = windows.block_starts(minutes * 60_000, 60_000)
    assert starts.tolist() == [True, False, True, False, True, False, True]
    five = windows.block_starts(5 * minutes * 60_000, 300_000)
    assert five.tolist() == starts.tolist()


def test_the_first_value_comes_when_a_whole_block_and_a_whole_window_have_passed() -> None:
    x = np.ones(200)
    assert np.flatnonzero(~np.isnan(windows.window_mean(x, FRESH, 5, 0)))[0] == 5 + 63 - 1
    assert np.flatnonzero(~np.isnan(windows.window_mean(x, FRESH, 5, 10)))[0] == 10 + 5 + 63 - 1
    assert np.flatnonzero(~np.isnan(windows.window_exponential_mean(x, FRESH, 3.0, 15, 0)))[0] == 15 + 63 - 1


def test_mean_and_deviation_of_a_known_window() -> None:
    # 1, 2, 3, 4, 10: mean 4, squares 9 + 4 + 1 + 0 + 36 = 50, sample variance 12.5.
    x = after_idling(1, 2, 3, 4, 10)
    fresh = FRESH[:105]
    assert windows.window_mean(x, fresh, 5, 0)[-1] == 4
    assert windows.window_deviation(x, fresh, 5, 0)[-1] == pytest.approx(12.5**0.5, rel=1e-15)
    assert windows.window_mean_z(x, fresh, 5, 0)[-1] == pytest.approx(6 / 12.5**0.5, rel=1e-15)


def test_a_regression_of_four_points_by_hand() -> None:
    # 1, 3, 2, 5: mean 2.75, slope 5.5 / 5 = 1.1, line 1.1, 2.2, 3.3, 4.4, residuals −0.1, 0.8, −1.3, 0.6,
    # SSE 0.01 + 0.64 + 1.69 + 0.36 = 2.7, SST 3.0625 + 0.0625 + 0.5625 + 5.0625 = 8.75.
    x = after_idling(1, 3, 2, 5)

    def part(which: int) -> float:
        return float(windows.window_regression(x, FRESH[:104], 4, 0, which)[-1])

    assert part(windows.VALUE) == pytest.approx(4.4, rel=1e-14)
    assert part(windows.SLOPE) == pytest.approx(1.1, rel=1e-14)
    assert part(windows.DEVIATION) == pytest.approx(1.35**0.5, rel=1e-14)
    assert part(windows.R_SQUARED) == pytest.approx(1 - 2.7 / 8.75, rel=1e-14)
    assert part(windows.Z) == pytest.approx(0.6 / 1.35**0.5, rel=1e-13)


def test_an_exponential_mean_by_hand() -> None:
    # Span 3: q = 1/2. Last three values 8, 4, 2: (2 + 4/2 + 8/4) / (1 + 1/2 + 1/4) = 6 / 1.75.
    out = windows.window_exponential_mean(after_idling(8, 4, 2), FRESH[:103], 3.0, 3, 0)
    assert out[-1] == pytest.approx(6 / 1.75, rel=1e-15)


def test_flat_values_have_deviation_zero_exactly_and_no_z_even_right_after_a_jump() -> None:
    x = np.where(np.arange(200) < 131, 100.0, 0.3)
    settled = slice(131 + 9, None)
    assert (windows.window_deviation(x, FRESH, 10, 0)[settled] == 0).all()
    assert np.isnan(windows.window_mean_z(x, FRESH, 10, 0)[settled]).all()
    assert np.isnan(windows.window_regression(x, FRESH, 10, 0, windows.Z)[settled]).all()
    assert np.isnan(windows.window_regression(x, FRESH, 10, 0, windows.R_SQUARED)[settled]).all()
    assert (windows.window_regression(x, FRESH, 10, 0, windows.VALUE)[settled] == 0.3).all()


def test_a_perfect_line_has_slope_and_no_z() -> None:
    x = 100 + 0.1 * np.arange(200)
    assert windows.window_regression(x, FRESH, 20, 0, windows.SLOPE)[-1] == pytest.approx(0.1, rel=1e-12)
    assert windows.window_regression(x, FRESH, 20, 0, windows.R_SQUARED)[-1] == pytest.approx(1.0, rel=1e-12)
    assert np.isnan(windows.window_regression(x, FRESH, 20, 0, windows.Z)[-1])


def test_what_has_left_the_window_leaves_nothing_behind() -> None:
    x = np.ones(200)
    x[140] = 1e16
    assert (windows.window_mean(x, FRESH, 10, 0)[150:] == 1).all()
    assert (windows.window_deviation(x, FRESH, 10, 0)[150:] == 0).all()
