"""Scales and ticks by hand: round steps, digits, logarithms, dates, signs."""

import math

import pytest

from tradewind.app.charts.scales import (
    BASIS_POINTS,
    GAIN_PERCENT,
    PERCENT,
    R_MULTIPLE,
    Scale,
    digits_of,
    log_ticks,
    nice_step,
    padded,
    ticks,
    time_ticks,
)
from tradewind.model.time import DAY_MS

JANUARY_2024 = 1_704_067_200_000


def test_a_scale_puts_its_ends_on_its_pixels_and_the_middle_between() -> None:
    scale = Scale(-1.0, 3.0, 100.0, 20.0)
    assert [scale(-1.0), scale(1.0), scale(3.0)] == [100.0, 60.0, 20.0]


def test_on_a_logarithmic_scale_equal_ratios_are_equally_far() -> None:
    scale = Scale(1.0, 100.0, 0.0, 200.0, log=True)
    assert scale(10.0) == pytest.approx(100.0)
    assert scale(20.0) - scale(10.0) == pytest.approx(scale(2.0) - scale(1.0))


@pytest.mark.parametrize(
    ("span", "most", "step"),
    [(10.0, 5, 2.0), (10.0, 4, 5.0), (11.0, 5, 5.0), (1.0, 5, 0.2), (0.03, 5, 0.01), (900.0, 5, 200.0), (7.0, 7, 1.0)],
)
def test_steps_are_one_two_or_five_times_a_power_of_ten(span: float, most: int, step: float) -> None:
    assert nice_step(span, most) == pytest.approx(step)


def test_ticks_lie_inside_the_range_and_need_only_their_digits() -> None:
    assert ticks(-0.13, 0.41, 5) == ([0.0, 0.2, 0.4], 1)
    assert ticks(0.0, 10.0, 5) == ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0], 0)
    assert [digits_of(step) for step in (5.0, 1.0, 0.5, 0.2, 0.01)] == [0, 0, 1, 1, 2]


def test_a_range_of_one_value_is_still_a_range() -> None:
    assert padded([5.0]) == (4.5, 5.5)
    assert padded([0.0]) == (-1.0, 1.0)
    assert padded([math.nan]) == pytest.approx((-0.05, 1.05))


def test_room_is_left_around_values_but_not_below_a_floor_of_zero() -> None:
    assert padded([1.0, 2.0], room=0.1) == pytest.approx((0.9, 2.1))
    assert padded([0.5, 2.0], room=0.1, zero=True) == pytest.approx((0.0, 2.2))


def test_logarithmic_ticks_thin_out_to_powers_of_ten() -> None:
    assert log_ticks(0.9, 21.0) == [1.0, 2.0, 5.0, 10.0, 20.0]
    assert log_ticks(0.001, 1000.0, most=7) == pytest.approx([0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0])


def test_days_are_named_with_the_year_once() -> None:
    marks = time_ticks(JANUARY_2024, JANUARY_2024 + 5 * DAY_MS, most=6)
    assert [name for _, name in marks] == ["1 Jan 2024", "2 Jan", "3 Jan", "4 Jan", "5 Jan", "6 Jan"]
    assert [at for at, _ in marks] == [JANUARY_2024 + i * DAY_MS for i in range(6)]


def test_months_begin_on_the_first_and_long_spans_get_years() -> None:
    half_a_year = time_ticks(JANUARY_2024 + DAY_MS, JANUARY_2024 + 182 * DAY_MS, most=3)
    assert [name for _, name in half_a_year] == ["Mar 2024", "May 2024", "Jul 2024"]
    assert half_a_year[0][0] == JANUARY_2024 + (31 + 29) * DAY_MS
    assert [name for _, name in time_ticks(JANUARY_2024, JANUARY_2024 + 5 * 366 * DAY_MS)] == [
        "2024", "2025", "2026", "2027", "2028", "2029",
    ]  # fmt: skip


def test_units_have_a_true_minus_a_plus_where_asked_and_no_signed_zero() -> None:
    assert PERCENT.text(0.1234, 1) == "12.3 %"
    assert GAIN_PERCENT.text(-0.1234, 1) == "−12.3 %"
    assert R_MULTIPLE.text(0.5, 1) == "+0.5 R"
    assert R_MULTIPLE.text(-0.0001, 2) == "0.00 R"
    assert BASIS_POINTS.text(1234.5, 1) == "1,234.5 bp"
