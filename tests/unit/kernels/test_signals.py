"""Signals from scores: the band of comparisons kept to the last bit, without a branch."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.kernels.compare import above
from tradewind.kernels.signals import fade, fade_at_pivots, least_above


@given(st.floats(-1e6, 1e6, allow_subnormal=False), st.integers(-40, 40))
def test_one_comparison_with_the_least_number_above_decides_as_the_band_does(number: float, steps: int) -> None:
    least = least_above(number)
    near = least
    for _ in range(abs(steps)):
        near = math.nextafter(near, math.copysign(math.inf, steps))
    assert (near >= least) == above(near, number)
    assert (-near <= -least) == above(-number, -near)


@pytest.mark.parametrize("number", [0.0, 1e-300, 2.0, 1e300])
def test_the_least_number_above_is_the_least(number: float) -> None:
    least = least_above(number)
    assert above(least, number)
    assert not above(math.nextafter(least, -math.inf), number)


def test_nothing_is_above_what_is_not_finite() -> None:
    assert math.isnan(least_above(math.nan))
    assert not above(1e300, least_above(math.inf))


def test_a_far_score_is_faded_where_the_gate_is_open() -> None:
    score = np.array([-2.1, -2.0 * (1 + 1e-12), 2.1, 2.0, -3.0, 3.0, math.nan])
    gate = np.array([True, True, True, True, False, False, True])
    assert fade(score, gate, 2.0).tolist() == [1, 0, -1, 0, 0, 0, 0]


def test_a_pivot_is_faded_when_it_is_confirmed_with_score_and_gate_of_its_own_bar() -> None:
    score = np.array([-2.1, 2.1, -2.1, 2.1, 0.0, 0.0])
    gate = np.array([True, True, False, True, True, True])
    low, high = np.zeros((2, 6), np.bool_)
    low[[2, 4]], high[[3, 5]] = True, True
    assert fade_at_pivots(score, gate, 2.0, low, high, 2).tolist() == [0, 0, 1, -1, 0, -1]
