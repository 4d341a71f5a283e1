"""Values put into bins with round edges."""

import math

import numpy as np

from tradewind.app.charts import binned


def test_bins_have_round_edges_around_all_values() -> None:
    edges, counts = binned([0.5, 1.5, 1.6, 4.2], bins_most=8)
    assert edges == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert counts == [1, 2, 0, 0, 1]


def test_a_value_on_an_edge_belongs_to_the_bin_above_and_the_largest_to_the_last() -> None:
    assert binned([0.0, 1.0, 2.0, 4.0, 5.0], bins_most=7) == ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [1, 1, 1, 0, 2])


def test_zero_is_an_edge_wherever_values_lie_on_both_sides() -> None:
    values = np.random.default_rng(3).normal(0.3, 1.7, 500).tolist()
    edges, counts = binned(values)
    assert 0.0 in edges
    assert sum(counts[: edges.index(0.0)]) == sum(value < 0 for value in values)


def test_every_finite_value_is_counted_once_and_nan_never() -> None:
    values = [*np.random.default_rng(4).exponential(3.0, 1000).tolist(), math.nan, math.inf]
    edges, counts = binned(values, bins_most=20)
    assert sum(counts) == 1000
    assert len(counts) == len(edges) - 1 <= 20


def test_equal_values_share_one_bin_around_them() -> None:
    edges, counts = binned([2.0, 2.0, 2.0])
    assert counts == [3]
    assert edges[0] < 2.0 < edges[1]
    assert binned([]) == ([0.0, 1.0], [0])
