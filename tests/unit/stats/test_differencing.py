"""Weights of fractional differences against published numbers and whole differences."""

import numpy as np
import pytest

from tradewind.stats.differencing import fractional_weights


def test_the_weights_of_order_0_4_are_those_of_the_recursion() -> None:
    assert fractional_weights(0.4, 6) == pytest.approx([1, -0.4, -0.12, -0.064, -0.0416, -0.029952], abs=1e-15)


def test_whole_orders_are_plain_differences() -> None:
    assert fractional_weights(0.0, 4).tolist() == [1, 0, 0, 0]
    assert fractional_weights(1.0, 4).tolist() == [1, -1, 0, 0]
    assert fractional_weights(2.0, 5).tolist() == [1, -2, 1, 0, 0]


def test_two_half_differences_are_a_whole_one() -> None:
    half = fractional_weights(0.5, 50)
    assert np.convolve(half, half)[:50] == pytest.approx(fractional_weights(1.0, 50), abs=1e-15)


def test_no_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="0 weights are none"):
        fractional_weights(0.4, 0)
