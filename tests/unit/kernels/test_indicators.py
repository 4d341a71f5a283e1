"""Per-bar series of indicators, worked out by hand."""

import numpy as np

from tradewind.kernels import indicators


def column(*values: float) -> np.ndarray:
    return np.array(values, float)


def test_true_range_reaches_to_the_previous_close_on_either_side() -> None:
    # 14 − 10 over the previous close; 13 − 5 down to the low; inside: 9 − 6.
    ranges = indicators.true_range(column(11, 14, 7, 9), column(9, 12, 5, 6), column(10, 13, 6, 8))
    assert ranges[1:].tolist() == [4, 8, 3]
    assert np.isnan(ranges[0])


def test_directional_movement_counts_only_the_larger_step() -> None:
    plus, minus = indicators.directional_movement(column(10, 12, 13, 12.5), column(9, 9.5, 8, 7))
    assert plus[1:].tolist() == [2, 0, 0]
    assert minus[1:].tolist() == [0, 1.5, 1]


def test_equal_steps_both_ways_are_no_movement_though_their_floats_differ() -> None:
    high, low = column(0.1, 0.4), column(0.3 - 0.25, 0.05 - 0.3)
    assert high[1] - high[0] != low[0] - low[1]
    plus, minus = indicators.directional_movement(high, low)
    assert plus[1] == minus[1] == 0


def test_shares_and_ratios_of_nothing_have_their_stated_values() -> None:
    zero = column(0, 0)
    assert indicators.share_of_first(zero, zero, 50.0).tolist() == [50, 50]
    assert indicators.imbalance(zero, zero).tolist() == [0, 0]
    assert np.isnan(indicators.ratio(zero, zero)).all()
    assert indicators.share_of_first(column(5), column(1), 50.0)[0] == 100 * 5 / 6
    assert indicators.imbalance(column(2), column(1.5))[0] == 100 * 0.5 / 3.5


def test_a_bar_without_volume_never_passes_the_gate_even_after_a_flood() -> None:
    volume = np.zeros(200)
    volume[140] = 1e15
    gate = indicators.volume_gate(volume, np.arange(200) % 64 == 0, 10)
    assert np.flatnonzero(gate).tolist() == [140]


def test_equal_volumes_after_a_flood_are_not_above_their_mean() -> None:
    volume = np.full(200, 0.1)
    volume[140] = 1e15
    gate = indicators.volume_gate(volume, np.arange(200) % 64 == 0, 7)
    assert np.flatnonzero(gate).tolist() == [140]
