"""Sizing rules, each worked out on paper for an account of 10,000 at a price of 50 with the stop 2 away."""

import math

import pytest

from tradewind.model.errors import BadSetting
from tradewind.trading.sizing import Asked, Sizing, kelly_fraction, sizing_of

ASKED = Asked(equity=10_000.0, price=50.0, stop_distance=2.0, slots=4, volatility=0.001)


@pytest.mark.parametrize(
    ("settings", "quantity"),
    [
        # 10,000 / 4 slots = 2,500 → 50 units; with leverage 2 twice that.
        ({"type": "equal_split"}, 50.0),
        ({"type": "equal_split", "leverage": 2.0}, 100.0),
        # A tenth of 10,000 = 1,000 → 20 units.
        ({"type": "fixed_fraction", "fraction": 0.1}, 20.0),
        # 1 % of 10,000 = 100 lost over a distance of 2 → 50 units; 5 % would be 250 units = 12,500, more than it has.
        ({"type": "atr_risk", "risk_fraction": 0.01}, 50.0),
        ({"type": "atr_risk", "risk_fraction": 0.05}, 200.0),
        # 10,000 × 0.0002 / 4 / 0.001 = 500 → 10 units; bounded by 2,500 a slot = 50 units.
        ({"type": "inverse_volatility", "target_volatility": 0.0002}, 10.0),
        ({"type": "inverse_volatility", "target_volatility": 0.01}, 50.0),
        # Kelly at even odds and 60 %: 0.2; a quarter of it 0.05 → 500 at the stop → 250 units, bounded by 200.
        ({"type": "fractional_kelly", "win_rate": 0.6, "payoff": 1.0}, 200.0),
        ({"type": "fractional_kelly", "win_rate": 0.6, "payoff": 1.0, "part": 0.1}, 100.0),
        ({"type": "fractional_kelly", "win_rate": 0.4, "payoff": 1.0}, 0.0),
    ],
)
def test_a_rule_gives_the_quantity_computed_by_hand(settings: dict[str, object], quantity: float) -> None:
    rule: Sizing = sizing_of(settings)
    assert rule.quantity(ASKED) == pytest.approx(quantity, rel=1e-12)


def test_without_a_known_volatility_inverse_volatility_trades_nothing() -> None:
    rule = sizing_of({"type": "inverse_volatility", "target_volatility": 0.01})
    for volatility in (math.nan, 0.0):
        assert rule.quantity(Asked(10_000.0, 50.0, 2.0, 4, volatility)) == 0.0


def test_kelly_of_the_textbook() -> None:
    assert kelly_fraction(0.6, 1.0) == pytest.approx(0.20)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"type": "martingale"}, "martingale"),
        ({"type": "fixed_fraction", "fraction": -1.0}, "fraction"),
        ({"type": "fixed_fraction"}, "fraction"),
    ],
)
def test_a_bad_rule_is_refused_by_name(settings: dict[str, object], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        sizing_of(settings)
