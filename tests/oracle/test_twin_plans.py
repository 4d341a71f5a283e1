"""The twin's plan language against trades worked out by hand: entries, partials, trails, liquidation, funding."""

import math

import pytest
from tests.oracle.test_twin_law import CALM, FREE, bars_of, only
from tests.oracle.twin_law import TwinBars, TwinBook, TwinCosts, TwinEntry, TwinPlan, TwinTrade, TwinWalk, walk

PLAN = TwinPlan(("atr", 1.0), ("atr", 1.5), 60)  # ATR 2: a long from 100 has its stop at 98, its target at 103
ONE_BAR = TwinEntry("limit", expiry=1)
TWO_BARS = TwinEntry("limit", expiry=2)
# From 100: up 101, down 98, three bars (the signal bar's end is minute 1, so those of minutes 1, 2 and 3).
WINDOW = TwinEntry("breakout", up=1.01, down=0.98, hours=0.05)
STILL = (100.0, 100.0, 100.0, 100.0)
# The slip of 1 % and the fees of 0.1 and 0.05 % of a costly market.
COSTLY = TwinCosts(fee=0.001, slip=0.01, tick=0.0, maker=0.0005)


def planned(
    bars: TwinBars,
    signals: dict[int, int],
    plan: TwinPlan,
    *,
    costs: TwinCosts = FREE,
    atr: float | None = 2.0,
    funding: list[float] | None = None,
) -> TwinWalk:
    n = len(bars.ts)
    return walk(bars, TwinBook([signals.get(i, 0) for i in range(n)], [atr] * n, plan), costs, funding=funding)


def brief(trade: TwinTrade) -> tuple[int, int, float, float, str]:
    return (trade.entry, trade.exit, trade.entry_price, trade.exit_price, trade.reason)


def limit(*rows: tuple[float, float, float, float], d: int = 1, expiry: int = 2) -> TwinWalk:
    """A limit at 100 set by a still bar; the plan's target is 3 away, its stop 2."""
    return planned(bars_of(STILL, *rows), {0: d}, PLAN._replace(entry=TwinEntry("limit", expiry=expiry)))


def window(*rows: tuple[float, float, float, float], side: str = "either", d: int = 1) -> TwinWalk:
    return planned(bars_of(STILL, *rows), {0: d}, PLAN._replace(entry=WINDOW._replace(side=side)))


def test_a_limit_that_is_only_touched_does_not_fill_and_expires() -> None:
    result = limit((101.0, 102.0, 100.0, 101.0), (101.0, 102.0, 100.0, 101.0), (101.0, 102.0, 99.0, 101.0))
    assert result == TwinWalk([], 0, 0, 1)


def test_a_limit_traded_through_fills_at_its_level() -> None:
    # The second bar runs to 103 before or after the fill at 100: no target on it. The third opens beyond it.
    trade = only(limit((101.0, 103.0, 99.5, 101.0), (104.0, 104.0, 104.0, 104.0)))
    assert brief(trade) == (1, 2, 100.0, 104.0, "target")


def test_a_limit_fills_at_a_better_open_and_may_reach_its_target_on_that_bar() -> None:
    # Open 99: stop 97, target 102.
    trade = only(limit((99.0, 102.0, 98.0, 101.0)))
    assert brief(trade) == (1, 1, 99.0, 102.0, "target")
    assert trade.stop_price == 97.0


def test_a_limit_that_opens_at_its_level_and_trades_through_was_entered_inside_the_bar() -> None:
    trade = only(limit((100.0, 103.0, 99.0, 101.0), (101.0, 103.0, 101.0, 101.0)))
    assert brief(trade) == (1, 2, 100.0, 103.0, "target")


def test_a_short_limit_fills_above_its_level() -> None:
    assert limit((99.0, 100.0, 98.0, 99.0), d=-1, expiry=1).expired == 1
    trade = only(limit((99.0, 100.5, 96.0, 99.0), (99.0, 99.0, 97.0, 98.0), d=-1))
    assert brief(trade) == (1, 2, 100.0, 97.0, "target")
    assert only(limit((101.0, 102.0, 98.0, 99.0), d=-1)).entry_price == 101.0


def test_the_stop_is_checked_on_the_bar_a_limit_fills_inside() -> None:
    assert brief(only(limit((101.0, 104.0, 98.0, 101.0)))) == (1, 1, 100.0, 98.0, "stop")
    assert not only(limit((101.0, 104.0, 98.0, 101.0))).ambiguous


def test_an_expired_limit_frees_the_slot_at_its_last_bar() -> None:
    rows = bars_of(STILL, *[(101.0, 102.0, 100.5, 101.0)] * 2, (100.0, 104.0, 100.0, 104.0), STILL)
    plan = PLAN._replace(entry=TWO_BARS)
    # The signal of bar 1 falls into the wait; that of bar 2 sets a limit at 101, which bar 3 opens below.
    result = planned(rows, {0: 1, 1: 1, 2: 1}, plan)
    assert [(trade.signal, trade.entry_price) for trade in result.trades] == [(2, 100.0)]
    assert result.expired == 1


def test_a_limit_fills_on_the_last_bar_of_its_life_but_not_after() -> None:
    above, through = (101.0, 102.0, 100.5, 101.0), (101.0, 102.0, 97.0, 101.0)
    assert only(limit(above, through, expiry=2)).entry == 2
    assert limit(above, through, expiry=1) == TwinWalk([], 0, 0, 1)


def test_a_hole_cancels_a_limit_and_frees_the_slot_at_the_bar_after() -> None:
    above = (101.0, 102.0, 100.5, 101.0)
    rows = bars_of(STILL, above, above, (100.0, 100.0, 97.0, 98.0), STILL, skip_before=3)
    plan = PLAN._replace(entry=TwinEntry("limit", expiry=5))
    assert planned(rows, {0: 1, 1: 1, 2: 1}, plan) == TwinWalk([], 0, 0, 1)  # with bar 3 the hole is known


def test_a_limit_still_resting_at_the_end_of_the_data_is_not_counted() -> None:
    assert limit((101.0, 102.0, 100.5, 101.0), expiry=2) == TwinWalk([], 0, 0, 0)


def test_a_limit_pays_the_makers_fee_and_no_slippage() -> None:
    # Entry 99 at the open, maker 0.0495. Target 102 is a market exit: 102·0.99 = 100.98, taker 0.10098.
    # ATR 2 gives a stop of 2, twice the slip of 100 is 2: just allowed.
    plan = PLAN._replace(entry=ONE_BAR)
    trade = only(planned(bars_of(STILL, (99.0, 102.0, 98.0, 101.0)), {0: 1}, plan, costs=COSTLY))
    assert trade.entry_price == 99.0
    assert trade.exit_price == pytest.approx(100.98, abs=1e-12)
    assert trade.fees == pytest.approx(0.15048, abs=1e-12)
    assert trade.r == pytest.approx((1.98 - 0.15048) / 2, abs=1e-12)


def test_a_limit_is_refused_at_placement() -> None:
    plan = PLAN._replace(entry=TWO_BARS)
    rows = bars_of(STILL, STILL, STILL, STILL)
    assert planned(rows, {0: 1}, plan, atr=None) == TwinWalk([], 1, 0, 0)
    assert planned(rows, {0: 1, 1: 1}, PLAN._replace(entry=WINDOW), atr=None) == TwinWalk([], 2, 0, 0)  # a breakout too
    assert planned(rows, {0: 1, 1: 1}, plan, atr=1.9, costs=COSTLY) == TwinWalk([], 2, 0, 0)  # 1.9 < 2·0.01·100


def test_a_plan_without_an_atr_distance_needs_none() -> None:
    plan = TwinPlan(("fraction", 0.02), ("fraction", 0.03), 60)
    trade = only(planned(bars_of(STILL, (100.0, 103.0, 99.0, 102.0)), {0: 1}, plan, atr=None))
    assert (trade.stop_price, trade.target_price, trade.reason) == (98.0, 103.0, "target")


def test_percent_levels_are_fractions_of_the_filled_entry() -> None:
    # Entry 100·1.01 = 101; stop 101·0.95 = 95.95, target 101·1.1 = 111.1.
    plan = TwinPlan(("fraction", 0.05), ("fraction", 0.1), 1)
    trade = only(planned(bars_of(STILL, STILL, STILL), {0: 1}, plan, costs=COSTLY))
    assert trade.stop_price == pytest.approx(95.95, abs=1e-12)
    assert trade.target_price == pytest.approx(111.1, abs=1e-12)


def test_an_upward_breakout_enters_at_its_level_or_at_a_higher_open() -> None:
    trade = only(window((100.0, 105.0, 100.0, 103.0), (104.0, 104.0, 103.5, 104.0)))
    assert brief(trade) == (1, 2, 101.0, 104.0, "target")  # target 104, not on the bar that was entered inside
    trade = only(window((102.0, 105.0, 101.0, 104.0)))
    assert brief(trade) == (1, 1, 102.0, 105.0, "target")  # at the open, so the target counts at once


def test_a_downward_breakout_enters_long_at_its_level_or_at_a_lower_open() -> None:
    assert only(window((100.0, 100.0, 96.0, 97.0))).entry_price == 98.0
    trade = only(window((97.0, 97.5, 95.0, 95.0)))
    assert brief(trade) == (1, 1, 97.0, 95.0, "stop")
    assert trade.direction == 1


def test_up_only_does_not_look_down() -> None:
    rows = ((97.0, 97.0, 95.0, 97.0), STILL, STILL, STILL)
    assert window(*rows, side="up_only") == TwinWalk([], 0, 0, 1)


def test_short_on_down_enters_short_there() -> None:
    # Short at 98: stop 100, target 95; the bar opened at 99.5, before the fill, and its low of 95 may be too.
    trade = only(window((99.5, 99.5, 95.0, 96.0), (96.0, 96.0, 95.0, 96.0), side="short_on_down"))
    assert (trade.direction, *brief(trade)) == (-1, 1, 2, 98.0, 95.0, "target")
    assert only(window((97.0, 97.0, 94.0, 95.0), side="short_on_down")).entry_price == 97.0


def test_short_on_down_looks_only_up_where_shorts_cannot_open() -> None:
    plan = PLAN._replace(entry=WINDOW._replace(side="short_on_down"))
    rows = bars_of(STILL, (97.0, 97.0, 95.0, 97.0), (99.5, 101.0, 99.5, 100.0), (104.0, 104.0, 104.0, 104.0))
    trade = only(planned(rows, {0: 1}, plan, costs=TwinCosts(0.0, 0.0, 0.0, short=False)))
    assert (trade.direction, *brief(trade)) == (1, 2, 3, 101.0, 104.0, "target")


@pytest.mark.parametrize("side", ["either", "up_only", "short_on_down"])
def test_both_breakouts_on_one_bar_take_the_higher_price(side: str) -> None:
    # Long at 101, stop at 99: the low of 97 stops it, at its level as the open came before the entry.
    assert brief(only(window((98.5, 102.0, 97.0, 100.0), side=side))) == (1, 1, 101.0, 99.0, "stop")


def test_a_short_signal_opens_no_window() -> None:
    assert window((102.0, 105.0, 96.0, 104.0), STILL, d=-1) == TwinWalk([], 0, 0, 0)


def test_a_window_ends_before_a_breakout_on_its_last_moment() -> None:
    up = (100.0, 102.0, 100.0, 102.0)
    assert only(window(STILL, STILL, up, (105.0, 105.0, 105.0, 105.0))).entry == 3
    assert window(STILL, STILL, STILL, up, STILL) == TwinWalk([], 0, 0, 1)


def test_an_expired_window_frees_the_slot_at_its_last_bar() -> None:
    up = (100.0, 102.0, 100.0, 102.0)
    rows = bars_of(*[STILL] * 4, up, (105.0, 105.0, 105.0, 105.0))
    result = planned(rows, {0: 1, 2: 1, 3: 1}, PLAN._replace(entry=WINDOW))
    assert ([trade.signal for trade in result.trades], result.expired) == ([3], 1)


def test_a_hole_does_not_cancel_a_window_but_uses_up_its_time() -> None:
    plan, up, far = PLAN._replace(entry=WINDOW), (100.0, 102.0, 100.0, 102.0), (105.0, 105.0, 105.0, 105.0)
    assert only(planned(bars_of(STILL, STILL, up, far, skip_before=2), {0: 1}, plan)).entry == 2  # minute 3
    assert planned(bars_of(STILL, STILL, STILL, up, far, skip_before=2), {0: 1}, plan).expired == 1  # minute 4


def test_a_breakout_pays_slippage_and_the_takers_fee() -> None:
    # 101·1.01 = 102.01; at the next open, 104·0.99 = 102.96; fees 0.001·(102.01 + 102.96).
    plan = PLAN._replace(entry=WINDOW, hold=1)
    rows = bars_of(STILL, (100.0, 101.0, 101.0, 101.0), (104.0, 104.0, 104.0, 104.0))
    trade = only(planned(rows, {0: 1}, plan, costs=COSTLY, atr=4.0))
    assert trade.entry_price == pytest.approx(102.01, abs=1e-12)
    assert trade.fees == pytest.approx(0.20497, abs=1e-12)
    # The close of 101 is below the entry, but the fill itself is the best price: MFE comes from the exit at 104.
    assert trade.mfe_r == pytest.approx(1.99 / 4, abs=1e-12)
    assert trade.mae_r == pytest.approx(-1.01 / 4, abs=1e-12)


def test_a_breakout_is_refused_at_its_fill_and_that_bar_may_signal() -> None:
    up = (100.0, 101.0, 100.0, 100.0)
    rows = bars_of(STILL, STILL, up, (101.0, 101.0, 99.0, 99.0))
    result = planned(rows, {0: 1, 1: 1, 2: 1}, PLAN._replace(entry=WINDOW), atr=0.001)
    assert result == TwinWalk([], 2, 0, 0)  # bar 1 fell into the wait, bar 2 signalled anew


TRAIL = PLAN._replace(target=None, trail=((1.0, ("atr", 0.5)),))  # from 102 on, the stop follows at 1


def test_a_trail_acts_from_the_next_bar() -> None:
    # Bar 1 reaches 103: stop 102 from bar 2 on, though bar 1 fell to 99 itself.
    trade = only(planned(bars_of(STILL, (100.0, 103.0, 99.0, 102.5), (102.5, 102.5, 102.0, 102.5)), {0: 1}, TRAIL))
    assert brief(trade) == (1, 2, 100.0, 102.0, "trail")
    assert (trade.stop_price, trade.r) == (98.0, 1.0)


def test_a_gap_through_the_trailed_stop_fills_at_the_open() -> None:
    trade = only(planned(bars_of(STILL, (100.0, 103.0, 99.0, 102.5), (99.0, 99.0, 99.0, 99.0)), {0: 1}, TRAIL))
    assert brief(trade) == (1, 2, 100.0, 99.0, "trail")


def test_a_trail_follows_the_best_price_and_never_loosens() -> None:
    # Best 102 (stop 101, at a distance of half the risk), then 104: the stage of 2 R is 3 wide, 101 is not tighter.
    # Best 104.5: stop 101.5.
    plan = TRAIL._replace(trail=((1.0, ("atr", 0.5)), (2.0, ("atr", 1.5))))
    rows = [(100.0, 102.0, 100.0, 102.0), (102.0, 104.0, 101.5, 104.0), (104.0, 104.5, 101.25, 104.0)]
    trade = only(planned(bars_of(STILL, *rows, (102.0, 102.0, 101.5, 101.5)), {0: 1}, plan))
    assert brief(trade) == (1, 4, 100.0, 101.5, "trail")


def test_a_trail_without_a_distance_keeps_that_of_the_stop() -> None:
    plan = TRAIL._replace(trail=((1.0, None),))
    trade = only(planned(bars_of(STILL, (100.0, 103.0, 99.0, 102.5), (102.0, 102.0, 101.0, 102.0)), {0: 1}, plan))
    assert brief(trade) == (1, 2, 100.0, 101.0, "trail")


def test_a_short_trails_above_the_lowest_price() -> None:
    trade = only(planned(bars_of(STILL, (100.0, 101.0, 97.0, 97.5), (97.5, 98.0, 97.0, 97.5)), {0: -1}, TRAIL))
    assert brief(trade) == (1, 2, 100.0, 98.0, "trail")


def test_a_trail_below_its_trigger_leaves_the_stop() -> None:
    rows = bars_of(STILL, (100.0, 101.5, 99.0, 101.0), (101.0, 101.0, 98.0, 98.0))
    assert brief(only(planned(rows, {0: 1}, TRAIL))) == (1, 2, 100.0, 98.0, "stop")


def test_a_trail_looks_only_at_the_close_of_a_bar_entered_inside() -> None:
    # Limit at 100, filled inside bar 1, whose high of 103 may have come before; its close of 101 is under 1 R.
    rows = bars_of(STILL, (101.0, 103.0, 99.0, 101.0), (101.0, 101.0, 98.0, 98.0))
    trade = only(planned(rows, {0: 1}, TRAIL._replace(entry=ONE_BAR)))
    assert brief(trade) == (1, 2, 100.0, 98.0, "stop")
    assert (trade.mfe_r, trade.mae_r) == (0.5, -1.0)


HALF = PLAN._replace(partials=((1.0, 0.5),))  # half of it at 102


def test_a_partial_takes_its_fraction_and_the_rest_lives_on() -> None:
    # Half at 102 (+2), half at the stop of 98 (−2): nothing in sum.
    trade = only(planned(bars_of(STILL, (100.0, 102.0, 99.0, 101.0), (101.0, 101.0, 98.0, 98.0)), {0: 1}, HALF))
    assert brief(trade) == (1, 2, 100.0, 98.0, "stop")
    assert (trade.r, trade.log_return) == (0.0, 0.0)
    # Half at 102, half at 103: (1 + 1.5) / 2 in R, ln(1 + 2.5 / 100).
    trade = only(planned(bars_of(STILL, (100.0, 103.0, 99.0, 101.0)), {0: 1}, HALF))
    assert (trade.r, trade.reason) == (1.25, "target")
    assert trade.log_return == pytest.approx(math.log(1.025), abs=1e-15)


def test_a_stop_on_the_bar_of_a_partial_comes_first() -> None:
    trade = only(planned(bars_of(STILL, (100.0, 102.5, 98.0, 101.0)), {0: 1}, HALF))
    assert (trade.r, trade.reason, trade.ambiguous) == (-1.0, "stop", False)


def test_an_open_beyond_a_partial_fills_it_there_before_the_stop_is_touched() -> None:
    # Half at 102.5 (+1.25 R), half at 98 (−1 R).
    trade = only(planned(bars_of(STILL, STILL, (102.5, 102.5, 98.0, 98.0)), {0: 1}, HALF))
    assert (trade.r, trade.reason) == (0.125, "stop")


def test_two_partials_on_one_bar_fill_each_at_its_level_or_both_at_a_better_open() -> None:
    plan = PLAN._replace(partials=((0.5, 0.25), (1.0, 0.25)), hold=2)
    # 0.25·0.5 + 0.25·1 + 0.5·0 = 0.375 R.
    trade = only(planned(bars_of(STILL, (100.0, 102.0, 99.0, 100.0), STILL, STILL), {0: 1}, plan))
    assert (trade.r, trade.reason) == (0.375, "time")
    # Both at 102.5: 0.5·1.25 = 0.625 R.
    trade = only(planned(bars_of(STILL, STILL, (102.5, 102.5, 99.0, 100.0), STILL), {0: 1}, plan))
    assert trade.r == 0.625


def test_partials_pay_slippage_and_fees_on_their_fraction() -> None:
    # Entry 101, stop 97 (ATR 4), partial at 105 → 103.95; rest at open 100 → 99.
    # Fees 0.001·(101 + 0.5·103.95 + 0.5·99) = 0.202475; gain 0.5·2.95 − 0.5·2 = 0.475; slip 1 + 0.525 + 0.5.
    plan = PLAN._replace(partials=((1.0, 0.5),), hold=1)
    rows = bars_of(STILL, (100.0, 105.0, 99.0, 100.0), STILL)
    trade = only(planned(rows, {0: 1}, plan, costs=COSTLY, atr=4.0))
    assert (trade.fees, trade.slippage) == pytest.approx((0.202475, 2.025), abs=1e-12)
    assert trade.r == pytest.approx((0.475 - 0.202475) / 4, abs=1e-12)
    # As a limit, traded through by 105.5: at 105 itself for the maker's fee.
    rows = bars_of(STILL, (100.0, 105.5, 99.0, 100.0), STILL)
    trade = only(planned(rows, {0: 1}, plan._replace(target_order="limit"), costs=COSTLY, atr=4.0))
    # Fees 0.101 + 0.0005·52.5 + 0.001·49.5 = 0.17675; gain 0.5·4 − 0.5·2 = 1.
    assert (trade.fees, trade.slippage) == pytest.approx((0.17675, 1.5), abs=1e-12)
    assert trade.r == pytest.approx((1.0 - 0.17675) / 4, abs=1e-12)


def test_a_limit_target_that_is_only_touched_does_not_fill() -> None:
    plan = PLAN._replace(target_order="limit", hold=2)
    touched, through = (100.0, 103.0, 99.0, 102.0), (100.0, 103.5, 99.0, 102.0)
    assert only(planned(bars_of(STILL, touched, STILL, STILL), {0: 1}, plan)).reason == "time"
    assert brief(only(planned(bars_of(STILL, through, STILL), {0: 1}, plan))) == (1, 1, 100.0, 103.0, "target")
    gap = bars_of(STILL, STILL, (104.0, 104.0, 104.0, 104.0))
    assert brief(only(planned(gap, {0: 1}, plan))) == (1, 2, 100.0, 104.0, "target")
    # An open at the level is not through it; the bar then trades above: at the level, not at the open beyond it.
    at = bars_of(STILL, STILL, (103.0, 103.5, 103.0, 103.0))
    assert brief(only(planned(at, {0: 1}, plan))) == (1, 2, 100.0, 103.0, "target")


def test_a_stop_and_a_limit_target_only_touched_are_not_ambiguous() -> None:
    plan, both = PLAN._replace(target_order="limit"), (100.0, 103.0, 98.0, 102.0)
    assert not only(planned(bars_of(STILL, both), {0: 1}, plan)).ambiguous
    assert only(planned(bars_of(STILL, both), {0: 1}, PLAN)).ambiguous


def test_a_plan_without_a_target_has_none() -> None:
    plan = PLAN._replace(target=None, hold=1)
    trade = only(planned(bars_of(STILL, (100.0, 150.0, 99.0, 150.0), STILL), {0: 1}, plan))
    assert trade.reason == "time"
    assert math.isnan(trade.target_price)


def test_liquidation_takes_the_place_of_a_stop_that_is_farther() -> None:
    # Leverage 20, maintenance 1 %: 100·(1 − (0.05 − 0.01)) = 96, nearer than the stop of 94; risk stays 6.
    costs = FREE._replace(leverage=20.0, maintenance=0.01)
    trade = only(planned(bars_of(STILL, (100.0, 101.0, 96.0, 97.0)), {0: 1}, PLAN, costs=costs, atr=6.0))
    assert trade.exit_price == pytest.approx(96.0, abs=1e-12)
    assert (trade.reason, trade.stop_price) == ("liquidation", 94.0)
    assert trade.r == pytest.approx(-4 / 6, abs=1e-12)
    trade = only(planned(bars_of(STILL, (100.0, 104.5, 99.0, 97.0)), {0: -1}, PLAN, costs=costs, atr=6.0))
    assert (trade.exit_price, trade.reason) == (pytest.approx(104.0, abs=1e-12), "liquidation")
    trade = only(planned(bars_of(STILL, CALM, (95.0, 96.0, 95.0, 95.0)), {0: 1}, PLAN, costs=costs, atr=6.0))
    assert brief(trade) == (1, 2, 100.0, 95.0, "liquidation")  # a gap through it fills at the open


def test_a_nearer_stop_is_hit_before_liquidation() -> None:
    costs = FREE._replace(leverage=20.0, maintenance=0.01)
    assert only(planned(bars_of(STILL, (100.0, 101.0, 95.0, 97.0)), {0: 1}, PLAN, costs=costs)).reason == "stop"


def test_at_leverage_one_nobody_is_liquidated() -> None:
    plan = TwinPlan(("fraction", 1.5), None, 60)
    costs = FREE._replace(maintenance=0.5)  # a short from 100 would be at 150
    rows = bars_of(STILL, (100.0, 150.0, 20.0, 100.0), STILL)
    assert [planned(rows, {0: side}, plan, costs=costs).unfinished for side in (1, -1)] == [1, 1]


def test_a_partial_at_or_beyond_the_target_is_not_taken() -> None:
    # Risk 2, target at 104 (2 R): the partial at 2 R lies on it, so all of it leaves at the target, R 2.
    plan = TwinPlan(("fraction", 0.02), ("fraction", 0.04), 60, partials=((2.0, 0.5),))
    rows = bars_of(STILL, (100.0, 105.0, 99.0, 100.0), STILL)
    trade = only(planned(rows, {0: 1}, plan, costs=FREE))
    assert (trade.reason, trade.exit_price, trade.r) == ("target", 104.0, 2.0)


def test_funding_is_paid_after_the_entry_bar_up_to_the_exit_bar_on_what_is_open() -> None:
    # Rates at every bar: not at bar 1 (entry); at bar 2 on all of it, 0.01·100; bar 2 takes half at 102;
    # bar 3 on the half, 0.02·101·0.5; bar 3 is the exit (hold 2). Fees 1 + 1.01 = 2.01.
    # Net 0.5·2 + 0.5·1 − 2.01 = −0.51, R −0.255.
    rows = bars_of(STILL, STILL, (100.0, 102.0, 99.0, 101.0), (101.0, 101.0, 101.0, 101.0), STILL)
    plan, rates = HALF._replace(hold=2), [0.5, 0.5, 0.01, 0.02, 0.5]
    trade = only(planned(rows, {0: 1}, plan, funding=rates))
    assert trade.fees == pytest.approx(2.01, abs=1e-12)
    assert trade.r == pytest.approx(-0.255, abs=1e-12)


def test_a_short_receives_funding() -> None:
    rows = bars_of(STILL, STILL, STILL)
    trade = only(planned(rows, {0: -1}, PLAN._replace(hold=1), funding=[0.0, 0.0, 0.01]))
    assert (trade.fees, trade.r) == (-1.0, 0.5)


def test_an_opposite_signal_is_opposite_to_the_trade_not_to_its_signal() -> None:
    # A long signal opens a short at 98; a long signal closes it at the next open.
    entry = WINDOW._replace(side="short_on_down")
    plan = PLAN._replace(entry=entry, exit_on_opposite=True)
    rows = bars_of(STILL, (98.5, 98.5, 97.5, 98.0), (98.0, 98.0, 98.0, 98.0), (97.0, 97.0, 97.0, 97.0))
    trade = only(planned(rows, {0: 1, 2: 1}, plan))
    assert brief(trade) == (1, 3, 98.0, 97.0, "opposite")
