"""Prices and quantities that a venue takes: never more than asked, a stop never looser, a target never worse."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.model.orders import Filters
from tradewind.trading.rounding import allowed_price, allowed_quantity


@pytest.mark.parametrize(
    ("filters", "wanted", "allowed"),
    [
        (Filters(), 0.1 + 0.2, "0.300000000000"),  # twelve digits, not what a float adds behind them
        (Filters(lot=Decimal("0.001")), 0.12399, "0.123"),
        (Filters(lot=Decimal(70)), 139.9, "70"),
        (Filters(lot=Decimal("0.3"), max_quantity=Decimal(10)), 50.0, "9.9"),
        (Filters(lot=Decimal(1)), 0.999, "0"),
        (Filters(), 0.0, "0"),
        (Filters(), -3.0, "0"),
        (Filters(), float("nan"), "0"),
    ],
)
def test_a_quantity_is_the_largest_that_is_allowed_and_asked_for(filters: Filters, wanted: float, allowed: str) -> None:
    assert allowed_quantity(filters, wanted) == Decimal(allowed)


@pytest.mark.parametrize(
    ("tick", "wanted", "up", "allowed"),
    [
        (None, 100.1234567, True, "100.1234567"),
        (Decimal("0.5"), 100.2, False, "100.0"),
        (Decimal("0.5"), 100.2, True, "100.5"),
        (Decimal("0.5"), 100.5, True, "100.5"),
        (Decimal("0.1"), 0.3, True, "0.3"),  # which a float puts just below
    ],
)
def test_a_price_is_the_next_tick_on_the_side_asked_for(
    tick: Decimal | None, wanted: float, up: bool, allowed: str
) -> None:
    assert allowed_price(Filters(tick=tick), wanted, up=up) == Decimal(allowed)


@given(st.floats(1e-8, 1e8), st.sampled_from(["0.00001", "0.01", "0.5", "3", "70"]))
def test_rounding_stays_within_one_step(wanted: float, step: str) -> None:
    exact, unit = Decimal(repr(wanted)), Decimal(step)
    quantity = allowed_quantity(Filters(lot=unit), wanted)
    below, above = (allowed_price(Filters(tick=unit), wanted, up=up) for up in (False, True))
    assert exact - unit < quantity <= exact
    assert exact - unit < below <= exact <= above < exact + unit
    assert [one % unit for one in (quantity, below, above)] == [0, 0, 0]
