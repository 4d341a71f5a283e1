"""The twin's law against trades worked out by hand, one rule at a time."""

import math

import pytest
from tests.oracle.twin import TwinCell, cell_differences, twin_cells
from tests.oracle.twin_law import TwinBars, TwinBook, TwinCosts, TwinTrade, TwinWalk, atr_plan, walk, walk_switch

MINUTE = 60_000
FREE = TwinCosts(fee=0.0, slip=0.0, tick=0.0)
CALM = (100.0, 101.0, 99.0, 100.0)  # touches neither 98 nor 103


def bars_of(*rows: tuple[float, float, float, float], skip_before: int | None = None) -> TwinBars:
    """Rows of open, high, low, close a minute apart; one minute is missing before row `skip_before`."""
    ts = [MINUTE * (i + (skip_before is not None and i >= skip_before)) for i in range(len(rows))]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return TwinBars(MINUTE, ts, *columns, [1.0] * len(rows))


def walked(
    bars: TwinBars,
    signals: dict[int, int],
    *,
    costs: TwinCosts = FREE,
    labels: list[int] | None = None,
    only_label: int | None = None,
    atr: list[float | None] | None = None,
    **plan: float,
) -> TwinWalk:
    """Stop 1 ATR, target 1.5 ATR, ATR 2: a long from 100 has its stop at 98 and its target at 103."""
    n = len(bars.ts)
    values = atr or [2.0] * n
    settings = atr_plan(**({"stop_atr": 1.0, "target_atr": 1.5, "hold": 60} | plan))
    book = TwinBook([signals.get(i, 0) for i in range(n)], values, settings)
    return walk(bars, book, costs, labels, only_label)


def only(result: TwinWalk) -> TwinTrade:
    (trade,) = result.trades
    assert (result.dropped, result.unfinished) == (0, 0)
    return trade


def test_a_long_enters_at_the_next_open_and_leaves_at_its_target() -> None:
    trade = only(walked(bars_of(CALM, CALM, (101.0, 104.0, 100.5, 102.0)), {0: 1}))
    assert (trade.signal, trade.entry, trade.exit, trade.direction, trade.reason) == (0, 1, 2, 1, "target")
    assert (trade.entry_price, trade.stop_price, trade.target_price, trade.exit_price) == (100, 98, 103, 103)
    assert trade.r == 1.5  # 3 gained on 2 risked
    assert trade.log_return == math.log(1.03)
    assert (trade.mfe_r, trade.mae_r) == (1.5, -0.5)  # best 103, worst 99 of the entry bar
    assert not trade.ambiguous


def test_a_short_is_the_mirror_image() -> None:
    trade = only(walked(bars_of(CALM, CALM, (100.0, 100.5, 96.0, 98.0)), {0: -1}))
    assert (trade.direction, trade.stop_price, trade.target_price, trade.exit_price) == (-1, 102, 97, 97)
    assert (trade.r, trade.mfe_r, trade.mae_r, trade.reason) == (1.5, 1.5, -0.5, "target")


def test_a_touch_of_the_stop_is_enough_and_fills_there() -> None:
    trade = only(walked(bars_of(CALM, (100.0, 102.0, 98.0, 99.0)), {0: 1}))
    assert (trade.exit, trade.exit_price, trade.reason, trade.r) == (1, 98.0, "stop", -1.0)
    # Of the exit bar only the exit counts: whether 102 came before the stop is unknown.
    assert (trade.mfe_r, trade.mae_r) == (0.0, -1.0)


def test_a_bar_that_touches_both_takes_the_stop_and_is_ambiguous() -> None:
    trade = only(walked(bars_of(CALM, (100.0, 103.0, 98.0, 99.0)), {0: 1}))
    assert (trade.exit_price, trade.reason, trade.ambiguous) == (98.0, "stop", True)


def test_a_gap_through_the_stop_fills_at_the_open() -> None:
    trade = only(walked(bars_of(CALM, CALM, (95.0, 104.0, 94.0, 100.0)), {0: 1}))
    assert (trade.exit_price, trade.reason, trade.r, trade.ambiguous) == (95.0, "stop", -2.5, False)
    assert (trade.mfe_r, trade.mae_r) == (0.5, -2.5)


def test_a_gap_beyond_the_target_fills_at_the_open() -> None:
    trade = only(walked(bars_of(CALM, CALM, (105.0, 106.0, 97.0, 100.0)), {0: 1}))
    assert (trade.exit_price, trade.reason, trade.r) == (105.0, "target", 2.5)


def test_the_entry_bar_can_close_the_trade_at_the_target() -> None:
    trade = only(walked(bars_of(CALM, (100.0, 103.0, 99.0, 103.0)), {0: 1}))
    assert (trade.entry, trade.exit, trade.reason, trade.mfe_r, trade.mae_r) == (1, 1, "target", 1.5, 0.0)


def test_hold_counts_bars_from_the_entry_and_leaves_at_an_open() -> None:
    trade = only(walked(bars_of(CALM, CALM, CALM, (99.5, 104.0, 97.0, 99.0)), {0: 1}, hold=2))
    assert (trade.exit, trade.exit_price, trade.reason, trade.r) == (3, 99.5, "time", -0.25)


def test_hold_counts_bars_that_exist_not_minutes() -> None:
    trade = only(walked(bars_of(CALM, CALM, CALM, CALM, skip_before=2), {0: 1}, hold=2))
    assert (trade.exit, trade.reason) == (3, "time")


def test_a_market_exit_comes_before_a_gap_through_the_stop() -> None:
    trade = only(walked(bars_of(CALM, CALM, (95.0, 96.0, 94.0, 95.0)), {0: 1}, hold=1))
    assert (trade.exit_price, trade.reason) == (95.0, "time")


def test_an_opposite_signal_on_the_entry_bar_leaves_at_the_next_open() -> None:
    trade = only(walked(bars_of(CALM, CALM, CALM), {0: 1, 1: -1}, exit_on_opposite=True))
    assert (trade.exit, trade.reason, trade.exit_price) == (2, "opposite", 100.0)


def test_an_opposite_signal_is_ignored_unless_the_plan_asks() -> None:
    assert walked(bars_of(CALM, CALM, CALM), {0: 1, 1: -1}) == TwinWalk([], 0, 1)


def test_a_signal_the_same_way_does_not_close() -> None:
    assert walked(bars_of(CALM, CALM, CALM), {0: 1, 1: 1}, exit_on_opposite=True).unfinished == 1


def test_a_regime_change_on_the_entry_bar_leaves_at_the_next_open() -> None:
    trade = only(walked(bars_of(CALM, CALM, CALM), {0: 1}, labels=[0, 1, 0], exit_on_regime_change=True))
    assert (trade.exit, trade.reason, trade.label) == (2, "regime", 0)


def test_a_regime_change_is_measured_against_the_signal_bar_and_unknown_is_a_change() -> None:
    trade = only(walked(bars_of(*[CALM] * 4), {0: 1}, labels=[0, 0, -1, 0], exit_on_regime_change=True))
    assert (trade.exit, trade.reason) == (3, "regime")


def test_market_reasons_are_named_time_then_opposite_then_regime() -> None:
    settings = {"exit_on_opposite": True, "exit_on_regime_change": True}
    rows, signals, labels = bars_of(CALM, CALM, CALM), {0: 1, 1: -1}, [0, 1, 1]
    assert only(walked(rows, signals, labels=labels, hold=1, **settings)).reason == "time"
    assert only(walked(rows, signals, labels=labels, **settings)).reason == "opposite"


def test_a_hole_at_the_entry_drops_it_and_the_next_bar_is_eligible() -> None:
    result = walked(bars_of(CALM, CALM, (100.0, 103.0, 99.0, 100.0), skip_before=1), {0: 1, 1: 1})
    assert (result.dropped, [trade.signal for trade in result.trades]) == (1, [1])


def test_an_entry_without_atr_is_dropped() -> None:
    assert walked(bars_of(CALM, CALM, CALM), {0: 1}, atr=[None, 2.0, 2.0]) == TwinWalk([], 1, 0)


@pytest.mark.parametrize(
    ("atr", "costs", "dropped"),
    [
        (0.5, TwinCosts(0.0, 0.0, 1.0), 1),  # half a tick
        (1.0, TwinCosts(0.0, 0.0, 1.0), 0),  # exactly a tick
        (0.0, FREE, 1),  # under one basis point, 0.01
        (0.0078125, FREE, 1),
        (0.015625, FREE, 0),
        (1.0, TwinCosts(0.0, 0.005, 0.0), 1),  # twice the slip of 100.5 is 1.005
        (1.015625, TwinCosts(0.0, 0.005, 0.0), 0),
    ],
)
def test_a_stop_closer_than_a_tick_twice_the_slip_or_a_basis_point_is_dropped(
    atr: float, costs: TwinCosts, dropped: int
) -> None:
    flat = (100.0, 100.0, 100.0, 100.0)
    assert walked(bars_of(flat, flat, flat), {0: 1}, atr=[atr] * 3, costs=costs).dropped == dropped


def test_levels_use_the_atr_of_the_signal_bar() -> None:
    trade = only(walked(bars_of(CALM, CALM, (100.0, 105.0, 99.5, 100.0)), {0: 1}, atr=[2.0, 50.0, 50.0]))
    assert (trade.stop_price, trade.target_price) == (98.0, 103.0)


def test_costs_are_paid_once_at_each_fill() -> None:
    # Entry 100·1.01 = 101; stop 101 − 4 = 97, target 101 + 6 = 107; exit fill 107·0.99 = 105.93.
    # Fees 0.001·(101 + 105.93) = 0.20693; net 4.93 − 0.20693 = 4.72307; R = 4.72307 / 4.
    costs = TwinCosts(fee=0.001, slip=0.01, tick=0.01)
    trade = only(walked(bars_of(CALM, (100.0, 107.0, 98.0, 106.0)), {0: 1}, costs=costs, atr=[4.0, 4.0]))
    assert trade.entry_price == pytest.approx(101.0, abs=1e-12)
    assert trade.exit_price == pytest.approx(105.93, abs=1e-12)
    assert trade.fees == pytest.approx(0.20693, abs=1e-12)
    assert trade.r == pytest.approx(1.1807675, abs=1e-12)
    assert trade.log_return == pytest.approx(math.log(1 + 4.72307 / 101), abs=1e-12)
    assert trade.mfe_r == pytest.approx(1.5, abs=1e-12)  # before costs: the raw target


def test_a_short_pays_slippage_downwards_at_entry_and_upwards_at_exit() -> None:
    # Entry 100·0.99 = 99; stop 103; open at 90 beyond the target of 93: fill 90·1.01 = 90.9; R = 8.1 / 4.
    costs = TwinCosts(fee=0.0, slip=0.01, tick=0.01)
    trade = only(walked(bars_of(CALM, CALM, (90.0, 91.0, 89.0, 90.0)), {0: -1}, costs=costs, atr=[4.0] * 3))
    assert (trade.stop_price, trade.target_price) == (103.0, 93.0)
    assert trade.r == pytest.approx(2.025, abs=1e-12)


def test_slippage_makes_the_first_excursion_adverse() -> None:
    # Entry 101, risk 4: the entry bar trades 99 to 101, the exit is at 100.
    costs = TwinCosts(fee=0.0, slip=0.01, tick=0.01)
    trade = only(walked(bars_of(CALM, CALM, CALM), {0: 1}, costs=costs, atr=[4.0] * 3, hold=1))
    assert (trade.mfe_r, trade.mae_r) == (0.0, -0.5)


def test_after_an_exit_the_first_eligible_signal_bar_is_the_exit_bar() -> None:
    target = (100.0, 103.0, 99.0, 100.0)
    result = walked(bars_of(CALM, target, target, CALM), {0: 1, 1: 1, 2: 1}, hold=60)
    assert [(trade.signal, trade.entry, trade.exit) for trade in result.trades] == [(0, 1, 1), (1, 2, 2)]
    assert result.unfinished == 1  # the third enters at bar 3 and never closes


def test_signals_inside_a_trade_are_not_taken() -> None:
    result = walked(bars_of(*[CALM] * 5), {0: 1, 1: 1, 2: 1, 3: 1}, hold=3)
    assert [(trade.signal, trade.exit) for trade in result.trades] == [(0, 4)]


def test_an_opposite_signal_that_closed_does_not_reverse_at_the_same_open() -> None:
    result = walked(bars_of(*[CALM] * 4), {0: 1, 1: -1}, exit_on_opposite=True)
    assert [(trade.signal, trade.exit) for trade in result.trades] == [(0, 2)]
    assert result.unfinished == 0


def test_a_signal_on_the_last_bar_has_nowhere_to_enter() -> None:
    assert walked(bars_of(CALM, CALM), {1: 1}) == TwinWalk([], 0, 0)


def test_a_mask_gates_entries_only() -> None:
    result = walked(bars_of(*[CALM] * 5), {0: 1, 1: 1}, labels=[1, 0, 1, 1, 1], only_label=0, hold=2)
    assert [(trade.signal, trade.exit, trade.label) for trade in result.trades] == [(1, 4, 0)]


def test_a_switch_keeps_the_plan_of_the_book_that_opened() -> None:
    bars = bars_of(*[CALM] * 5)
    books = [TwinBook([1] * 5, [2.0] * 5, atr_plan(1.0, 1.5, hold)) for hold in (3, 1)]
    result = walk_switch(bars, books, FREE, [0, 1, 1, 1, 1], [0, 1, 1, 1, 1])
    assert [(trade.book, trade.signal, trade.exit) for trade in result.trades] == [(0, 0, 4)]


def test_a_switch_hears_opposite_signals_of_the_book_in_force_only() -> None:
    plan = atr_plan(1.0, 1.5, 60, exit_on_opposite=True)
    long_only, short_later = [1, 0, 0, 0, 0], [0, -1, 0, -1, 0]
    books = [TwinBook(direction, [2.0] * 5, plan) for direction in (long_only, short_later)]
    result = walk_switch(bars_of(*[CALM] * 5), books, FREE, None, [0, 0, 1, 1, None])
    assert [(trade.book, trade.exit, trade.reason) for trade in result.trades] == [(0, 4, "opposite")]


def test_without_shorts_a_short_signal_opens_nothing_but_can_close() -> None:
    spot = TwinCosts(0.0, 0.0, 0.0, short=False)
    result = walked(bars_of(*[CALM] * 5), {0: -1, 1: 1, 2: -1}, costs=spot, exit_on_opposite=True)
    assert [(trade.signal, trade.exit, trade.reason) for trade in result.trades] == [(1, 3, "opposite")]
    assert result.dropped == 0


def test_cells_sum_trades_by_the_bucket_and_label_of_their_signal() -> None:
    rows = [CALM, (100.0, 103.0, 99.0, 100.0), (100.0, 101.0, 98.0, 99.0), (100.0, 103.0, 99.0, 100.0)]
    trades = walked(bars_of(*rows), {0: 1, 1: 1, 2: 1}).trades  # R 1.5, −1, 1.5
    cells = twin_cells(trades, lambda bar: bar // 2, lambda _: 7)
    assert cells == {(0, 7): (2, 1, 0.5, 3.25, 1.5), (1, 7): (1, 1, 1.5, 2.25, 1.5)}


def test_cells_differ_where_a_sum_or_a_cell_does() -> None:
    cells = {(0, 0): TwinCell(1, 1, 0.5, 0.25, 0.5)}
    assert cell_differences(cells, {(0, 0): [1, 1, 0.5, 0.25, 0.5], (3, 1): [0, 0, 0, 0, 0]}) == []
    assert len(cell_differences(cells, {})) == 1
    assert len(cell_differences(cells, {(0, 0): [1, 1, 0.5, 0.25 + 1e-8, 0.5]})) == 1
