"""Expectancy, profit factor and break-even cost by hand, with their edges."""

import numpy as np
import pytest

from tradewind.stats.payoff import break_even_cost_bps, expectancy, profit_factor


def test_expectancy_is_r_per_trade_and_unknown_without_trades() -> None:
    np.testing.assert_array_equal(expectancy([3.0, 0.0], [12, 0]), [0.25, np.nan])


def test_profit_factor_is_gains_over_losses() -> None:
    # Wins of +2 and +1, losses of −1 and −0.5: 3 ÷ 1.5.
    assert float(profit_factor(1.5, 3.0)) == pytest.approx(2.0, rel=1e-12)


def test_profit_factor_is_infinite_without_losses_zero_without_gains_and_unknown_without_both() -> None:
    np.testing.assert_array_equal(profit_factor([3.0, -2.0, 0.0], [3.0, 0.0, 0.0]), [np.inf, 0.0, np.nan])


def test_rounding_in_the_sums_is_not_a_loss() -> None:
    total = sum([0.1] * 10)  # 0.9999999999999999
    assert np.isinf(profit_factor(total, 1.0))


def test_break_even_cost_is_the_cost_paid_plus_what_is_left() -> None:
    # Losing 9 basis points a trade after 10 of costs: a basis point of cost is all it could bear.
    np.testing.assert_allclose(break_even_cost_bps([-0.0009, 0.0, 0.0002], 0.001), [1.0, 10.0, 12.0], rtol=1e-12)
    assert np.isnan(break_even_cost_bps(np.nan, 0.001))
