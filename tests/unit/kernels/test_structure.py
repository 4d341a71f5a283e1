"""Pivots, fair-value gaps, swing levels, sweeps and breaks of structure on bars drawn by hand."""

import numpy as np

from tradewind.kernels import structure


def column(*values: float) -> np.ndarray:
    return np.array(values, float)


def found(flags: np.ndarray) -> list[int]:
    return np.flatnonzero(flags).tolist()


def test_a_low_is_confirmed_three_bars_later() -> None:
    assert found(structure.pivot_lows(column(5, 4, 3, 2, 3, 4, 5, 6))) == [6]


def test_a_low_must_be_below_the_three_before_and_may_equal_the_three_after() -> None:
    assert found(structure.pivot_lows(column(5, 4, 3, 2, 2, 2, 2))) == [6]
    assert found(structure.pivot_lows(column(5, 2, 3, 2, 3, 4, 5))) == []
    assert found(structure.pivot_lows(column(5, 4, 3, 2, 3, 4, 1.9))) == []


def test_highs_mirror_lows() -> None:
    lows = np.round(np.random.default_rng(3).normal(0, 2, 400)) + 100
    assert found(structure.pivot_highs(-lows)) == found(structure.pivot_lows(lows))
    assert len(found(structure.pivot_lows(lows))) > 10


def test_a_rising_gap_is_the_space_between_the_first_high_and_the_third_low() -> None:
    high, low = column(10, 12, 14, 15), column(9, 10.5, 12.5, 11)
    assert structure.rising_gaps(high, low)[2:].tolist() == [2.5, 0]
    assert structure.falling_gaps(high, low)[2:].tolist() == [0, 0]


def test_a_falling_gap_is_the_space_between_the_first_low_and_the_third_high() -> None:
    high, low = column(14, 12, 10), column(13, 9.5, 8)
    assert structure.falling_gaps(high, low)[2] == 3


def test_touching_candles_leave_no_gap() -> None:
    assert structure.rising_gaps(column(10, 12, 14), column(9, 10.5, 10))[2] == 0


FLAT = [11.0] * 10
DIP = column(*FLAT, 10, 9, 8, 5, 6, 7, 8, 8, 8, 8, 8)  # the low of 5 at bar 13 is confirmed at bar 16


def test_a_swing_level_is_known_from_the_bar_after_its_confirmation_for_as_long_as_the_lookback() -> None:
    levels = structure.swing_levels(DIP, structure.pivot_lows(DIP), 3)
    assert np.isnan(levels[:17]).all()
    assert levels[17:20].tolist() == [5, 5, 5]
    assert np.isnan(levels[20])


def test_a_sweep_trades_below_the_swing_low_and_closes_above_it() -> None:
    level = np.full(4, 5.0)
    low, close = column(4.9, 4.9, 5, 4.9), column(5.5, 4.95, 5.5, 5)
    assert found(structure.sweeps_below(level, low, close)) == [0]


def test_a_sweep_of_a_swing_high_is_the_mirror() -> None:
    level = np.full(4, 5.0)
    high, close = column(5.1, 5.1, 5, 5.1), column(4.5, 5.05, 4.5, 5)
    assert found(structure.sweeps_above(level, high, close)) == [0]


def test_structure_breaks_once_at_the_first_close_beyond_the_level() -> None:
    level = column(np.nan, 5, 5, 5, 5, 5)
    assert found(structure.breaks_above(level, column(6, 4, 5, 5.5, 6, 4))) == [3]
    assert found(structure.breaks_below(level, column(4, 6, 5, 4.5, 4, 6))) == [3]


def test_no_level_means_no_sweep_and_no_break() -> None:
    nothing, close = np.full(3, np.nan), column(1, 9, 1)
    assert not structure.sweeps_below(nothing, close, close).any()
    assert not structure.sweeps_above(nothing, close, close).any()
    assert not structure.breaks_above(nothing, close).any()
    assert not structure.breaks_below(nothing, close).any()
