"""Each feature of a plan on handmade bars, computed on paper to the cent, fees and slippage included.

Unless said otherwise the account has 10,000 and puts all of it into one trade: at a price of 100 that is 100 units.
"""

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.unit.trading.accounts import Account, bar, flat, instrument, long, setup, short

from tradewind.model.events import EntryRefused
from tradewind.model.instrument import Costs
from tradewind.model.orders import Filters
from tradewind.model.plan import AtrDistance, BreakoutEntry, LimitEntry, Partial, Plan, PriceFraction, TrailStage
from tradewind.model.trades import ExitReason

# Taker 0.1 %, maker 0.02 %, half spread and slippage together 10 basis points.
COSTLY = Costs(taker_fee=0.001, maker_fee=0.0002, half_spread_bps=4.0, slippage_bps=6.0)
PLAN = Plan(stop=PriceFraction(0.02), target=PriceFraction(0.04), hold=10)


def test_a_target_with_fees_and_slippage() -> None:
    account = Account(setup(PLAN, costs=COSTLY))
    account.bars(flat(100.0, long()))  # 10,000 / 100 = 100 units
    account.bars(bar(100.0, 101.0, 99.5, 100.5))  # buys at 100.1, pays 10.01; stop 98.098, target 104.104
    account.bars(bar(103.0, 105.0, 102.5, 104.5))  # sells at 104.104 × 0.999 = 103.999896, pays 10.3999896
    (trade,) = account.closed
    assert (trade.entry_price, trade.exit_price) == (Decimal("100.1"), Decimal("103.999896"))
    assert trade.gross_quote == Decimal("389.9896")
    assert trade.fees_quote == Decimal("20.4099896")
    assert trade.net_quote == Decimal("369.5796104")
    assert trade.slippage_quote == Decimal("10") + Decimal("10.4104")  # 0.1 and 0.104104 on 100 units
    assert trade.r == pytest.approx(369.5796104 / (100 * 2.002), rel=1e-12)
    assert ExitReason(trade.reason) is ExitReason.TARGET
    assert account.core.state.book.cash == Decimal("10369.5796104")
    assert account.core.state.book.held("BTC/USDT") == 0
    assert account.live() == {}


def test_a_stop_touched_inside_the_bar_fills_at_its_level_and_a_gap_at_the_open() -> None:
    for opened, fill in ((99.0, "98"), (97.0, "97")):
        account = Account(setup(PLAN))
        account.bars(flat(100.0, long()))
        account.bars(flat(100.0))
        account.bars(bar(opened, opened, 96.0, 97.0))
        (trade,) = account.closed
        assert trade.exit_price == Decimal(fill)
        assert trade.net_quote == (Decimal(fill) - 100) * 100


def test_a_bar_that_touches_both_is_ambiguous_and_takes_the_stop() -> None:
    account = Account(setup(PLAN))
    account.bars(flat(100.0, long()))
    account.bars(bar(100.0, 105.0, 97.0, 101.0))
    (trade,) = account.closed
    assert (ExitReason(trade.reason), trade.ambiguous, trade.net_quote) == (ExitReason.STOP, True, Decimal(-200))


def test_a_trade_that_touches_nothing_leaves_at_the_open_after_its_longest_hold() -> None:
    account = Account(setup(Plan(stop=PriceFraction(0.02), target=None, hold=2)))
    account.bars(flat(100.0, long()))
    for price in (100.0, 100.5, 101.0):  # entry bar, one bar later, and the bar at whose open it leaves
        account.bars(flat(price))
    (trade,) = account.closed
    assert (ExitReason(trade.reason), trade.exit_price, trade.net_quote) == (ExitReason.TIME, 101, 100)
    assert trade.exit_ts - trade.entry_ts == 2 * 60_000


def test_a_short_earns_where_price_falls() -> None:
    account = Account(setup(PLAN, costs=COSTLY))
    account.bars(flat(100.0, short()))
    account.bars(flat(100.0))  # sells at 99.9; stop 101.898, target 95.904
    account.bars(bar(97.0, 97.0, 95.0, 96.0))  # buys at 95.904 × 1.001 = 95.999904
    (trade,) = account.closed
    assert float(trade.gross_quote) == pytest.approx((99.9 - 95.999904) * 100, rel=1e-12)
    assert float(trade.fees_quote) == pytest.approx(9.99 + 9.5999904, rel=1e-12)


def test_partials_close_parts_and_the_rest_goes_on() -> None:
    # Risk 2: half at 101, a quarter at 102, the last quarter at the target of 104.
    plan = Plan(
        stop=PriceFraction(0.02), target=PriceFraction(0.04), hold=10, partials=(Partial(0.5, 0.5), Partial(1.0, 0.25))
    )
    account = Account(setup(plan))
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))
    account.bars(bar(100.0, 101.5, 100.0, 101.0))
    assert {leg: order.quantity for leg, order in account.live().items()} == {
        "one stop": 50, "one partial2": 25, "one target": 50,
    }  # fmt: skip
    account.bars(bar(101.0, 105.0, 101.0, 104.0))
    (trade,) = account.closed
    assert trade.net_quote == 50 * 1 + 25 * 2 + 25 * 4
    assert trade.r == pytest.approx(1.0)


def test_a_trail_draws_the_stop_up_from_the_bar_after() -> None:
    # From 1 R (102) on, the stop follows the best price at 1 %: best 103 puts it at 103 − 1 = 102.
    plan = Plan(stop=PriceFraction(0.02), target=None, hold=10, trail=(TrailStage(1.0, PriceFraction(0.01)),))
    account = Account(setup(plan))
    account.bars(flat(100.0, long()))
    account.bars(bar(100.0, 103.0, 101.9, 102.5))  # touches 101.9 before the stop moves: nothing happens
    assert account.live()["one stop"].price == 102
    account.bars(bar(102.5, 102.6, 101.0, 101.5))
    (trade,) = account.closed
    assert (ExitReason(trade.reason), trade.exit_price, trade.net_quote) == (ExitReason.TRAIL, 102, 200)


def test_a_limit_entry_fills_only_where_price_trades_through_it_and_pays_the_maker_fee() -> None:
    account = Account(setup(Plan(stop=PriceFraction(0.02), target=None, hold=9, entry=LimitEntry(3)), costs=COSTLY))
    account.bars(flat(100.0, long()))
    account.bars(bar(100.5, 101.0, 100.0, 100.5))  # touches the limit, does not trade through it
    assert account.core.state.book.held("BTC/USDT") == 0
    account.bars(bar(100.5, 100.5, 99.0, 99.5))
    assert account.core.state.book.held("BTC/USDT") == 100
    assert account.core.state.book.cash == Decimal("-2.0")  # 10,000 − 100 × 100 − 0.02 % of 10,000


def test_a_limit_entry_that_is_not_filled_expires_and_frees_the_slot() -> None:
    account = Account(setup(Plan(stop=PriceFraction(0.02), target=None, hold=9, entry=LimitEntry(2))))
    account.bars(flat(100.0, long()))
    account.bars(flat(101.0, long()))  # the slot is taken: this signal is not heard
    account.bars(flat(101.0))
    (refused,) = account.of(EntryRefused)
    assert (refused.by, refused.reason, account.core.state.trades) == ("venue", "expired", {})


def test_a_limit_target_pays_the_maker_fee_and_no_slippage() -> None:
    plan = Plan(stop=PriceFraction(0.02), target=PriceFraction(0.04), hold=10, target_order="limit")
    account = Account(setup(plan, costs=COSTLY))
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))  # buys at 100.1: target 104.104
    account.bars(bar(104.0, 104.104, 103.0, 104.0))  # touched, not traded through
    assert account.closed == []
    account.bars(bar(104.0, 104.2, 103.0, 104.0))
    (trade,) = account.closed
    assert trade.exit_price == Decimal("104.104")
    assert trade.fees_quote == Decimal("10.01") + Decimal("2.08208")


def test_a_breakout_window_buys_above_or_below_and_takes_back_the_other_order() -> None:
    plan = Plan(stop=PriceFraction(0.02), target=None, hold=9, entry=BreakoutEntry(up=1.01, down=0.95, hours=1.0))
    for low, high, entry in ((99.0, 101.5, "101"), (94.0, 100.0, "95")):
        account = Account(setup(plan))
        account.bars(flat(100.0, long()))
        assert set(account.live()) == {"one entry", "one entry_down"}
        account.bars(bar(100.0, high, low, 100.0))
        assert {order.leg for order in account.live().values()} <= {"stop"}
        assert account.core.state.book.cash == 10_000 - 100 * Decimal(entry) or account.closed


def test_opposite_signal_and_regime_change_leave_at_the_next_open() -> None:
    opposite = Plan(stop=PriceFraction(0.02), target=None, hold=9, exit_on_opposite=True)
    regime = Plan(stop=PriceFraction(0.02), target=None, hold=9, exit_on_regime_change=True)
    for plan, last in ((opposite, flat(100.0, short())), (regime, flat(100.0, label=1))):
        account = Account(setup(plan))
        account.bars(flat(100.0, long()))
        account.bars(last)
        account.bars(flat(101.0))
        (trade,) = account.closed
        assert ExitReason(trade.reason) is (ExitReason.OPPOSITE if plan is opposite else ExitReason.REGIME)
        assert trade.net_quote == 100


def test_an_atr_stop_takes_the_atr_of_the_signal() -> None:
    account = Account(setup(Plan(stop=AtrDistance(14, 2.0), target=AtrDistance(14, 3.0), hold=10)))
    account.bars(flat(100.0, long(atr=0.5)))
    account.bars(flat(100.0))
    live = account.live()
    assert (live["one stop"].price, live["one target"].price) == (99, Decimal("101.5"))


def test_a_missing_value_refuses_the_entry() -> None:
    account = Account(setup(Plan(stop=AtrDistance(14, 2.0), target=None, hold=10)))
    account.bars(flat(100.0, long()))
    (refused,) = account.of(EntryRefused)
    assert (refused.by, account.live()) == ("plan", {})


def test_no_market_entry_across_a_missing_bar() -> None:
    account = Account(setup(PLAN))
    account.bars(flat(100.0))
    account.bars(flat(100.0, long()))
    account.minute += 1
    account.bars(flat(100.0))
    (refused,) = account.of(EntryRefused)
    assert refused.reason == "a bar is missing before the entry"
    assert account.core.state.book.held("BTC/USDT") == 0


def test_a_liquidation_nearer_than_the_stop_takes_its_place() -> None:
    # Leverage 50 without maintenance: liquidated 2 % below the entry, before the stop at 5 %.
    leveraged = {"BTC/USDT": instrument(leverage=50.0)}
    given = replace(setup(Plan(stop=PriceFraction(0.05), target=None, hold=10)), instruments=leveraged)
    account = Account(given)
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))
    account.bars(bar(99.0, 99.0, 97.0, 97.5))
    (trade,) = account.closed
    assert (ExitReason(trade.reason), trade.exit_price) == (ExitReason.LIQUIDATION, 98)


def test_funding_is_paid_by_positions_from_the_bar_after_the_entry_on() -> None:
    account = Account(setup(Plan(stop=PriceFraction(0.02), target=None, hold=2)))
    account.bars(flat(100.0, long()), funding={"BTC/USDT": 0.01})
    account.bars(flat(100.0), funding={"BTC/USDT": 0.01})  # the entry bar: nothing yet
    account.bars(flat(101.0), funding={"BTC/USDT": 0.001})  # 100 units × 101 × 0.001 = 10.1
    account.bars(flat(101.0))
    (trade,) = account.closed
    assert (trade.funding_quote, trade.net_quote) == (Decimal("10.1"), Decimal("89.9"))
    assert account.core.state.book.imbalance() == {}


def test_prices_and_quantities_are_rounded_to_what_the_venue_allows() -> None:
    filters = Filters(tick=Decimal("0.5"), lot=Decimal("0.1"))
    plan = Plan(stop=PriceFraction(0.0213), target=PriceFraction(0.0387), hold=10)
    account = Account(setup(plan, filters={"BTC/USDT": filters}), deposit=1_015)
    account.bars(flat(100.0, long()))  # 10.15 units: 10.1 are sent
    account.bars(flat(100.0))
    live = account.live()
    assert live["one stop"].quantity == Decimal("10.1")
    # Planned 97.87 and 103.87: the stop not looser, the target not worse.
    assert (live["one stop"].price, live["one target"].price) == (98, 104)
