"""Each rule of size and risk traded through an account of 10,000, computed on paper to the cent with its fees."""

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.trading.accounts import Account, bar, flat, long, setup, short

from tradewind.model.events import EntriesPaused, EntryRefused, Signal
from tradewind.model.instrument import Costs
from tradewind.model.orders import Filters
from tradewind.model.plan import AtrDistance, Plan, PriceFraction
from tradewind.trading.setup import BreakerLimits, Caps
from tradewind.trading.sizing import sizing_of

FEES = Costs(taker_fee=0.001, maker_fee=0.0002, half_spread_bps=0.0, slippage_bps=0.0)
# Two ATRs of 1 below: at 50 the stop is at 48. It leaves at the open of the second bar after the entry bar's.
PLAN = Plan(stop=AtrDistance(14, 2.0), target=None, hold=1)
SAID = Signal("one", 0, 1, 0.5, 1.0, 0.001)


@pytest.mark.parametrize(
    ("sizing", "units", "net"),
    [
        # 10,000 / 4 slots / 50; 50 gained, 2.5 + 2.55 paid.
        ({"type": "equal_split"}, "50", "44.95"),
        # A tenth: 1,000 / 50; 20 − 1 − 1.02.
        ({"type": "fixed_fraction", "fraction": 0.1}, "20", "17.98"),
        # 100 at risk over a distance of 2.
        ({"type": "atr_risk", "risk_fraction": 0.01}, "50", "44.95"),
        # 10,000 × 0.0002 / 4 / 0.001 = 500; 10 − 0.5 − 0.51.
        ({"type": "inverse_volatility", "target_volatility": 0.0002}, "10", "8.99"),
        # Kelly 0.2, a tenth of it: 200 at the stop; 100 − 5 − 5.1.
        ({"type": "fractional_kelly", "win_rate": 0.6, "payoff": 1.0, "part": 0.1}, "100", "89.9"),
    ],
)
def test_a_sizing_rule_from_the_signal_to_the_cash(sizing: dict[str, Any], units: str, net: str) -> None:
    account = Account(setup(PLAN, costs=FEES, sizing=sizing_of(sizing), slots=4))
    account.bars(flat(50.0, SAID))
    account.bars(flat(50.0))
    assert account.core.state.book.held("BTC/USDT") == Decimal(units)
    account.bars(flat(51.0))
    (trade,) = account.closed
    assert (trade.quantity, trade.net_quote) == (Decimal(units), Decimal(net))
    assert account.core.state.book.cash == 10_000 + Decimal(net)


def test_a_stop_loses_the_fraction_at_risk_and_the_fees() -> None:
    account = Account(setup(PLAN, costs=FEES, sizing=sizing_of({"type": "atr_risk", "risk_fraction": 0.01})))
    account.bars(flat(50.0, SAID))
    account.bars(bar(50.0, 50.0, 47.0, 48.0))
    (trade,) = account.closed
    assert trade.net_quote == -100 - Decimal("2.5") - Decimal("2.4")
    assert trade.r == pytest.approx(-1.049)


def test_the_parts_of_a_blend_bear_their_own_shares_of_the_fees() -> None:
    plans = {"switch": Plan(stop=PriceFraction(0.02), target=None, hold=9),
             "static": Plan(stop=PriceFraction(0.05), target=None, hold=2)}  # fmt: skip
    account = Account(setup(plans, shares={"switch": 0.7, "static": 0.3}, costs=FEES))
    account.bars(flat(100.0, long("switch"), long("static")))  # one order of 100 units
    account.bars(flat(100.0))  # 7 and 3 paid
    account.bars(bar(99.0, 99.0, 97.5, 97.5))  # the switch's stop at 98: −140 − 7 − 6.86
    account.bars(flat(97.0))  # the static one's time is over: −90 − 3 − 2.91
    assert [(one.strategy, one.net_quote) for one in account.closed] == [
        ("switch", Decimal("-153.86")), ("static", Decimal("-95.91")),
    ]  # fmt: skip
    assert account.core.state.book.cash == Decimal("9750.23")
    assert account.core.state.book.imbalance() == {}


@pytest.mark.parametrize(
    ("bound", "units", "net"),
    [
        ({"caps": Caps(regime={3: 100.0})}, "2", "1.798"),  # 100 / 50; 2 − 0.1 − 0.102
        ({"caps": Caps(instrument={"BTC/USDT": 1_000.0})}, "20", "17.98"),
        ({"caps": Caps(account=0.25)}, "50", "44.95"),
        ({"filters": {"BTC/USDT": Filters(max_quantity=Decimal(40))}}, "40", "35.96"),  # 40 − 2 − 2.04
        # Whole lots, also where a lot is no power of ten: twice 70; 140 − 7 − 7.14.
        ({"filters": {"BTC/USDT": Filters(lot=Decimal(70))}}, "140", "125.86"),
        ({"filters": {"BTC/USDT": Filters(lot=Decimal("0.3"), max_quantity=Decimal(10))}}, "9.9", "8.9001"),
    ],
)
def test_a_bound_from_the_signal_to_the_cash(bound: dict[str, Any], units: str, net: str) -> None:
    account = Account(setup(PLAN, costs=FEES, **bound))  # without it: all of 10,000, 200 units
    account.bars(flat(50.0, SAID, label=3))
    account.bars(flat(50.0, label=3))
    account.bars(flat(51.0, label=3))
    (trade,) = account.closed
    assert (trade.quantity, trade.net_quote) == (Decimal(units), Decimal(net))


def test_what_the_venue_lets_through_goes_to_the_earlier_strategy_first() -> None:
    plans = dict.fromkeys(("switch", "static"), Plan(stop=PriceFraction(0.02), target=None, hold=9))
    filters = {"BTC/USDT": Filters(max_quantity=Decimal(80))}
    account = Account(setup(plans, shares={"switch": 0.7, "static": 0.3}, filters=filters))
    account.bars(flat(100.0, long("switch"), long("static")))
    (order,) = {one.id: one for one in account.live().values()}.values()
    assert [part.quantity for part in order.parts] == [70, 10]


LOSING = Plan(stop=PriceFraction(0.02), target=PriceFraction(0.02), hold=9)


def test_fees_alone_make_a_loss_and_a_gain_ends_the_row() -> None:
    account = Account(setup(LOSING, costs=FEES, breakers=BreakerLimits(consecutive_losses=2)))

    def trade(high: float, low: float) -> None:
        account.bars(flat(100.0, long()))
        account.bars(flat(100.0))
        account.bars(bar(100.0, high, low, 100.0))

    trade(100.0, 98.0)
    assert account.core.state.breakers.losses_in_row == 1
    trade(102.0, 100.0)
    assert account.core.state.breakers.losses_in_row == 0
    even = Plan(stop=PriceFraction(0.02), target=None, hold=1)
    account = Account(setup(even, costs=FEES, breakers=BreakerLimits(consecutive_losses=2)))
    for _ in range(2):
        account.bars(flat(100.0, long()))
        account.bars(flat(100.0))
        account.bars(flat(100.0))  # nothing gained, twice the fee paid
    assert [one.breaker for one in account.of(EntriesPaused)] == ["consecutive_losses"]


def test_the_drawdown_of_a_day_pauses_entries_until_midnight_and_leaves_stops_alone() -> None:
    limits = BreakerLimits(daily_drawdown=0.015, consecutive_losses=9)
    account = Account(setup(LOSING, costs=FEES, breakers=limits), minute=1_430)
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))  # 100 units, 10 paid
    account.bars(flat(98.7))  # 9,860 of 10,000: 1.4 % down
    assert account.of(EntriesPaused) == []
    account.bars(flat(98.6))  # 9,850: exactly the limit
    (paused,) = account.of(EntriesPaused)
    assert (paused.breaker, paused.until_ts) == ("daily_drawdown", 86_400_000)
    account.bars(bar(98.6, 98.6, 97.0, 98.0))  # the stop at 98 works: −200 − 10 − 9.8
    assert [one.net_quote for one in account.closed] == [Decimal("-219.8")]
    account.bars(flat(98.0, short()))
    (refused,) = account.of(EntryRefused)
    assert (refused.by, refused.reason) == ("risk", "entries are paused by daily_drawdown")
    assert account.core.state.breakers.losses_in_row == 1  # the other breaker counts on its own
    account.minute = 1_440
    account.bars(flat(98.0, short()))
    assert account.core.state.breakers.equity_at_start == 9_780.2
    assert len(account.core.state.trades) == 1
