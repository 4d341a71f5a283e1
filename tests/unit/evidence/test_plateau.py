"""Plateau or spike, worked out by hand."""

import math

import pytest

from tradewind.evidence.plateau import plateau

NAN = math.nan


def test_neighbours_that_do_nearly_as_well_are_a_plateau() -> None:
    found = plateau(0.10, [0.09, 0.07, 0.05, 0.02, -0.01])
    assert found.positive_share == 0.8  # 4 of 5
    assert found.median_edge == 0.05
    assert found.median_of_peak == pytest.approx(0.5)
    assert found.passed is True


@pytest.mark.parametrize(
    ("edges", "positive", "ratio", "passed"),
    [
        # 7 of 10 earn something, and the median of ten is the mean of the fifth and sixth.
        ([0.06] * 7 + [-0.1] * 3, 0.7, 0.6, True),
        ([0.06] * 6 + [-0.1] * 4, 0.6, 0.6, False),
        ([0.0499] * 9, 1.0, 0.499, False),
        ([0.06] * 7 + [0.0] * 3, 0.7, 0.6, True),  # nothing earned is not positive
        ([0.06, 0.06, NAN], 2 / 3, 0.6, False),  # nor is a neighbour that never traded
        ([-0.2, -0.1], 0.0, -1.5, False),
    ],
)
def test_both_marks_must_be_reached(edges: list[float], positive: float, ratio: float, passed: bool) -> None:
    found = plateau(0.1, edges)
    assert found.positive_share == pytest.approx(positive)
    assert found.median_of_peak == pytest.approx(ratio)
    assert found.passed is passed


def test_neighbours_without_trades_pull_the_median_to_nothing() -> None:
    assert plateau(0.1, [0.08, NAN, NAN]).median_edge == 0.0


@pytest.mark.parametrize("peak", [-0.3, 0.0])
def test_a_peak_that_earns_nothing_is_no_plateau_however_alike_its_neighbours(peak: float) -> None:
    found = plateau(peak, [-0.2, -0.2])
    assert found.passed is False
    assert math.isnan(found.median_of_peak)


@pytest.mark.parametrize(("peak", "edges"), [(0.1, []), (NAN, [0.1])])
def test_without_a_peak_or_neighbours_nothing_is_known(peak: float, edges: list[float]) -> None:
    found = plateau(peak, edges)
    assert found.passed is None
    assert math.isnan(found.positive_share)
