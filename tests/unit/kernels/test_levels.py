"""Ends of trades at single levels, on bars small enough to read."""

import numpy as np
import pytest
from tests.unit.kernels.test_walks import flat_series, rules_of

from tradewind.kernels.bits import REACHED
from tradewind.kernels.levels import COST, NET, RAW, TRADES, UNTOUCHED, Levels, fill_levels, levels_of
from tradewind.kernels.tables import Series, candidates_room

LONG, SHORT = 0, 1


def ends_of(series: Series, stop: float, target: float, *, side: int = LONG, atr: float = 1.0) -> Levels:
    """Ends of the one trade that a signal at bar 0 opens at bar 1 for a price of 100, held for at most 100 bars."""
    rules = rules_of(len(series.open), 100, atr=atr)._replace(levels=np.array([[stop, target]]))
    candidates, levels = candidates_room(), levels_of(rules)
    candidates.code[0] = side
    fill_levels(series, rules, 0, 0, candidates, 1, levels, True)
    return levels


@pytest.mark.parametrize("after", [0, 1, REACHED - 1, REACHED, REACHED + 1, 3 * REACHED - 3])
@pytest.mark.parametrize("side", [LONG, SHORT])
def test_a_level_is_touched_at_the_first_bar_that_reaches_it_also_where_few_bars_are_left(
    side: int, after: int
) -> None:
    series = flat_series(3 * REACHED)
    series.high[1 + after], series.low[1 + after] = 105.0, 95.0
    ends = ends_of(series, 5.0, 5.0, side=side)
    assert (ends.at_stop.after[0, 0], ends.at_target.after[0, 0]) == (after, after)
    stopped, gained = (ends.at_stop.figures[0, [RAW, NET]], ends.at_target.figures[0, [RAW, NET]])
    assert stopped.tolist() == [95.0 if side == LONG else 105.0, -5.0]
    assert gained.tolist() == [105.0 if side == LONG else 95.0, 5.0]
    assert (ends.at_stop.at_open[0, 0], ends.at_target.at_open[0, 0]) == (0, 0)


def test_a_bar_that_opens_beyond_a_level_fills_at_its_open() -> None:
    series = flat_series(60)
    series.open[3], series.low[3], series.high[7], series.open[7] = 94.0, 93.0, 107.0, 106.0
    ends = ends_of(series, 5.0, 5.0)
    assert (ends.at_stop.after[0, 0], ends.at_stop.at_open[0, 0], ends.at_stop.figures[0, RAW]) == (2, 1, 94.0)
    assert ends.at_target.after[0, 0] >= 2, "the look may end at the stop"
    ends = ends_of(series, 5.0, 5.0, side=SHORT)
    assert (ends.at_target.after[0, 0], ends.at_target.at_open[0, 0], ends.at_target.figures[0, RAW]) == (2, 1, 94.0)


def test_a_target_at_the_price_paid_is_no_gap_on_the_entry_bar() -> None:
    # A part of an ATR too small for float64 to tell from the price: the stop comes first there, as in the whole law.
    ends = ends_of(flat_series(60), 0.5, 1e-18)
    assert (ends.at_target.after[0, 0], ends.at_target.at_open[0, 0]) == (0, 0)
    assert (ends.at_stop.after[0, 0], ends.at_stop.figures[0, RAW]) == (0, 99.5)


def test_an_order_without_an_atr_or_across_a_hole_is_refused_and_costs_nothing() -> None:
    for series, atr in ((flat_series(60), np.nan), (flat_series(60, holes=(1,)), 1.0)):
        ends = ends_of(series, 2.0, 2.0, atr=atr)
        assert (ends.at_stop.after[0, 0], ends.at_stop.at_open[0, 0], ends.at_target.after[0, 0]) == (0, 1, UNTOUCHED)
        assert ends.at_stop.figures[0, [TRADES, NET, COST]].tolist() == [0.0, 0.0, 0.0]
