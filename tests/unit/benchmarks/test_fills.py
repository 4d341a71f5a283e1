"""Signals traded one by one under a taker's and a maker's plan, against numbers worked out by hand."""

import numpy as np
import pytest
from benchmarks.fills import BOTH, COSTS, LIMIT_ENTRY, TAKER, outcomes
from tests.oracle.comparing import bars_of
from tests.oracle.test_twin_law import bars_of as rows_of

from tradewind.model.instrument import Instrument
from tradewind.model.plan import LimitEntry, MarketEntry, Plan, PriceFraction
from tradewind.search.encoding import encoded, tape_of, terms_of

STILL = (100.0, 100.0, 100.0, 100.0)


def traded(*rows: tuple[float, float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """A long signal on the first bar; stop 10 %, target 1 %, out after 5 bars at the latest."""
    made = bars_of(rows_of(*rows))
    direction = np.zeros(len(made), np.int8)
    direction[0] = 1
    plans = [
        Plan(stop=PriceFraction(0.1), target=PriceFraction(0.01), hold=5, entry=entry, target_order=order)
        for entry, order in ((MarketEntry(), "market"), (LimitEntry(3), "market"), (LimitEntry(3), "limit"))
    ]
    instrument = Instrument(venue="made", symbol="BTC/USDT", tick=0.0, costs=COSTS)
    return outcomes(
        tape_of(made), terms_of(instrument, made.timeframe_ms), encoded(plans, (), np.zeros((1, 8))), direction
    )


def test_a_signal_that_runs_away_is_missed_by_the_limit_and_touched_or_not() -> None:
    for low, touched in ((100.0, 1.0), (100.2, 0.0)):
        # The taker is in at 100.2, fills at 100.21002, and leaves at the target of 1 % above that, raw.
        gross, limits = traded(STILL, (100.2, 100.5, low, 100.5), *[(101.0, 103.0, 100.9, 102.0)] * 6)
        entry = 100.2 * 1.0001
        assert gross[0, 2 * TAKER] == pytest.approx(1e4 * (1.01 * entry - 100.2) / entry, abs=1e-9)
        assert np.isnan(gross[0, [2 * LIMIT_ENTRY, 2 * BOTH]]).all()
        assert limits.tolist() == [[0.0, 0.0, touched]]


def test_a_limit_fills_at_a_better_open_and_both_ways_pay_the_makers_fee() -> None:
    # In at 99.5, 50 bp under the signal's close; out at 1 % above that, traded through by 103.
    gross, limits = traded(STILL, (99.5, 99.6, 99.4, 99.6), *[(99.6, 103.0, 99.5, 102.0)] * 6)
    assert gross[0, 2 * BOTH] == pytest.approx(100.0, abs=1e-9)
    assert gross[0, 2 * BOTH + 1] == pytest.approx(100.0 - 2.0 * 2.01, abs=1e-9)
    assert limits[0] == pytest.approx([1.0, 1e4 * 0.5 / 99.5, 0.0], abs=1e-9)
