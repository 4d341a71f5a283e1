"""The band within which two computed values count as equal."""

import math

from tradewind.kernels.compare import above, is_zero_deviation


def test_a_value_is_above_another_only_beyond_the_band() -> None:
    assert above(1.0 + 2e-9, 1.0)
    assert not above(1.0 + 0.5e-9, 1.0)
    assert not above(1.0, 1.0)
    assert not above(1.0, 2.0)


def test_the_band_is_relative_to_the_larger_magnitude() -> None:
    assert not above(60_000.00001, 60_000.0)
    assert above(60_000.001, 60_000.0)
    assert above(1e-12, 0.0)
    assert above(-1.0, -1.0 - 2e-9)


def test_nothing_is_above_a_missing_value_nor_a_missing_value_above_anything() -> None:
    assert not above(math.nan, 1.0)
    assert not above(1.0, math.nan)


def test_a_deviation_of_a_billionth_of_the_price_is_zero() -> None:
    assert is_zero_deviation(1e-9 * 250.0, 250.0)
    assert is_zero_deviation(math.nan, 250.0)
    assert not is_zero_deviation(2e-9 * 250.0, 250.0)
