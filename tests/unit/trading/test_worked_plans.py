"""More features of a plan on handmade bars, computed on paper to the cent with their fees.

The account has 10,000 and puts all of it into one trade: at a signal's close of 100 that is 100 units.
"""

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.unit.trading.accounts import Account, bar, flat, instrument, long, setup, short

from tradewind.model.events import EntryRefused, TradeClosed
from tradewind.model.instrument import Costs
from tradewind.model.plan import BreakoutEntry, LimitEntry, Partial, Plan, PriceFraction, TrailStage
from tradewind.model.trades import ExitReason

FEES = Costs(taker_fee=0.001, maker_fee=0.0002, half_spread_bps=0.0, slippage_bps=0.0)
# The same, and half spread and slippage of 10 basis points at every fill at market.
COSTLY = Costs(taker_fee=0.001, maker_fee=0.0002, half_spread_bps=4.0, slippage_bps=6.0)
STOP = PriceFraction(0.02)


def told(trade: TradeClosed) -> tuple[str, float, float, float]:
    """How a trade ended: reason, exit price, fees, net."""
    return (
        ExitReason(trade.reason).name,
        pytest.approx(float(trade.exit_price), rel=1e-12),
        pytest.approx(float(trade.fees_quote), rel=1e-12),
        pytest.approx(float(trade.net_quote), rel=1e-12),
    )


def test_of_several_trail_stages_the_highest_reached_rules() -> None:
    # Risk 2. From 1 R (102) the stop follows at 1 % of the entry, from 2 R (104) at 0.5 %.
    plan = Plan(
        stop=STOP, target=None, hold=20,
        trail=(TrailStage(1.0, PriceFraction(0.01)), TrailStage(2.0, PriceFraction(0.005))),
    )  # fmt: skip
    account = Account(setup(plan, costs=FEES))
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))  # bought at 100, 10 paid
    account.bars(bar(100.0, 102.0, 100.0, 102.0))
    assert account.live()["one stop"].price == 101  # 102 − 1
    account.bars(bar(102.0, 104.0, 101.5, 104.0))
    assert account.live()["one stop"].price == Decimal("103.5")  # 104 − 0.5
    account.bars(bar(104.0, 104.0, 103.6, 103.6))
    assert account.live()["one stop"].price == Decimal("103.5")  # never looser
    account.bars(bar(103.6, 103.6, 103.0, 103.2))
    (trade,) = account.closed  # 350 gained, 10 + 10.35 paid
    assert told(trade) == ("TRAIL", 103.5, 20.35, 329.65)
    assert account.core.state.book.cash == Decimal("10329.65")


def test_a_trail_without_a_distance_follows_at_the_initial_one() -> None:
    account = Account(setup(Plan(stop=STOP, target=None, hold=20, trail=(TrailStage(1.0),)), costs=FEES))
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))
    account.bars(bar(100.0, 103.0, 100.0, 102.5))
    account.bars(bar(102.0, 102.0, 100.5, 101.0))  # the stop is at 103 − 2
    assert told(account.closed[0]) == ("TRAIL", 101.0, 20.1, 79.9)


@pytest.mark.parametrize(
    ("bars", "ended"),
    [
        # Profit target at 1.52 times the entry, stop at 0.983 times, a trail from 1.10 times at the initial distance.
        ([bar(100.0, 153.0, 100.0, 152.0)], ("TARGET", 152.0, 25.2, 5174.8)),  # 5,200 − 10 − 15.2
        ([bar(100.0, 100.0, 98.0, 98.0)], ("STOP", 98.3, 19.83, -189.83)),  # −170 − 10 − 9.83
        # Best 111: the stop stands at 111 − 1.7; 930 − 10 − 10.93.
        ([bar(100.0, 111.0, 100.0, 110.5), bar(110.5, 110.5, 109.0, 109.0)], ("TRAIL", 109.3, 20.93, 909.07)),
    ],
)
def test_a_plan_in_multiples_of_the_entry(bars: list[object], ended: tuple[object, ...]) -> None:
    plan = Plan(stop=PriceFraction(0.017), target=PriceFraction(0.52), hold=50, trail=(TrailStage(0.10 / 0.017),))
    account = Account(setup(plan, costs=FEES))
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))
    for one in bars:
        account.bars(one)  # type: ignore[arg-type]
    assert ended == told(account.closed[0])


def test_partials_pay_their_fees_each_and_are_one_trade() -> None:
    # Half at 101, a quarter at 102, the rest at 104.
    plan = Plan(stop=STOP, target=PriceFraction(0.04), hold=10, partials=(Partial(0.5, 0.5), Partial(1.0, 0.25)))
    account = Account(setup(plan, costs=FEES))
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))
    account.bars(bar(100.0, 101.5, 100.0, 101.0))
    account.bars(bar(101.0, 105.0, 101.0, 104.0))
    (trade,) = account.closed
    assert trade.gross_quote == 50 * 1 + 25 * 2 + 25 * 4
    assert trade.fees_quote == Decimal("10") + Decimal("5.05") + Decimal("2.55") + Decimal("2.6")
    assert trade.net_quote == Decimal("179.8")
    assert trade.r == pytest.approx(179.8 / 200)


def test_on_one_bar_the_stop_comes_before_a_partial() -> None:
    plan = Plan(stop=STOP, target=PriceFraction(0.04), hold=10, partials=(Partial(0.5, 0.5),))
    account = Account(setup(plan, costs=FEES))
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))
    account.bars(bar(100.0, 101.5, 97.0, 98.0))
    assert told(account.closed[0]) == ("STOP", 98.0, 19.8, -219.8)


def test_a_stop_gapped_over_by_a_short_is_bought_at_the_open_with_slippage() -> None:
    account = Account(setup(Plan(stop=STOP, target=None, hold=10), costs=COSTLY))
    account.bars(flat(100.0, short()))
    account.bars(flat(100.0))  # sold at 99.9, 9.99 paid; stop 101.898
    account.bars(bar(103.0, 104.0, 102.5, 103.0))  # bought at 103 × 1.001, 10.3103 paid
    (trade,) = account.closed
    assert told(trade) == ("STOP", 103.103, 20.3003, -340.6003)
    assert float(trade.slippage_quote) == pytest.approx(10.0 + 10.3)


def test_a_limit_entry_gapped_over_fills_at_the_better_open_as_a_maker() -> None:
    plan = Plan(stop=STOP, target=None, hold=2, entry=LimitEntry(3))
    account = Account(setup(plan, costs=COSTLY))
    account.bars(flat(100.0, long()))  # a limit at 100
    account.bars(bar(99.0, 99.5, 98.5, 99.0))  # 100 units at 99, 1.98 paid; stop 97.02
    account.bars(flat(99.5))
    account.bars(flat(100.0))  # its time is over: sold at 99.9, 9.99 paid
    (trade,) = account.closed
    assert trade.entry_price == 99
    assert told(trade) == ("TIME", 99.9, 11.97, 78.03)


def test_a_breakout_window_ends_after_its_hours() -> None:
    plan = Plan(stop=STOP, target=None, hold=9, entry=BreakoutEntry(up=1.01, down=0.95, hours=0.05))
    account = Account(setup(plan, costs=FEES))
    account.bars(flat(100.0, long()))
    for _ in range(3):  # three minutes from the next bar's open on
        assert account.core.state.trades
        account.bars(flat(100.0))
    assert account.core.state.trades == {}
    assert {(one.by, one.reason) for one in account.of(EntryRefused)} == {("venue", "expired")}
    account.bars(bar(100.0, 110.0, 90.0, 100.0))
    assert account.core.state.book.cash == 10_000


def test_a_bar_over_both_sides_of_a_breakout_buys_at_the_higher_price() -> None:
    account = Account(
        setup(Plan(stop=STOP, target=None, hold=9, entry=BreakoutEntry(up=1.01, down=0.95, hours=1.0)), costs=FEES)
    )
    account.bars(flat(100.0, long()))
    account.bars(bar(100.0, 101.5, 94.0, 100.0))  # bought at 101, stopped at 98.98 on the same bar
    (trade,) = account.closed
    assert trade.entry_price == 101
    assert told(trade) == ("STOP", 98.98, 19.998, -221.998)


def test_a_breakout_may_look_upward_only_or_sell_what_falls() -> None:
    upward = BreakoutEntry(up=1.01, down=0.95, hours=1.0, side="up_only")
    account = Account(setup(Plan(stop=STOP, target=None, hold=9, entry=upward), costs=FEES))
    account.bars(flat(100.0, long()))
    assert set(account.live()) == {"one entry"}
    falling = replace(upward, side="short_on_down")
    account = Account(setup(Plan(stop=STOP, target=None, hold=1, entry=falling), costs=FEES))
    account.bars(flat(100.0, long()))
    account.bars(bar(95.5, 95.8, 94.0, 94.5))  # sold at 95, 9.5 paid; stop 96.9
    account.bars(flat(94.0))  # its time is over: bought at 94, 9.4 paid
    (trade,) = account.closed
    assert (trade.direction, trade.entry_price) == (-1, 95)
    assert told(trade) == ("TIME", 94.0, 18.9, 81.1)


def test_a_short_receives_the_funding_that_longs_pay() -> None:
    account = Account(setup(Plan(stop=STOP, target=None, hold=2), costs=FEES))
    account.bars(flat(100.0, short()))
    account.bars(flat(100.0))  # 10 paid
    account.bars(flat(99.0), funding={"BTC/USDT": 0.001})  # 100 × 99 × 0.001 received
    account.bars(flat(98.0))  # 9.8 paid
    (trade,) = account.closed
    assert trade.funding_quote == Decimal("-9.9")
    assert trade.net_quote == Decimal("190.1")  # 200 − 19.8 + 9.9


def test_maintenance_margin_brings_the_liquidation_nearer() -> None:
    # Leverage 20 is lost at 5 %, with 1 % of maintenance at 4 %: at 96, before the stop at 95.
    given = setup(Plan(stop=PriceFraction(0.05), target=None, hold=10), costs=FEES)
    leveraged = instrument(costs=FEES, leverage=20.0, maintenance_margin=0.01)
    account = Account(replace(given, instruments={"BTC/USDT": leveraged}))
    account.bars(flat(100.0, long()))
    account.bars(flat(100.0))
    account.bars(bar(99.0, 99.0, 95.5, 95.8))
    assert told(account.closed[0]) == ("LIQUIDATION", 96.0, 19.6, -419.6)
