"""Recorded trades as sums: what a trade cost beside what it left, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from tests.oracle.comparing import bars_of
from tests.oracle.test_twin_law import bars_of as rows_of

from tradewind.model.instrument import Costs, Instrument
from tradewind.model.plan import LimitEntry, Plan, PriceFraction
from tradewind.model.signals import Signals
from tradewind.model.trades import TradeTable
from tradewind.search.recorded import COST, NET_RETURN, sums_of
from tradewind.search.replay import walk

COSTS = Costs(taker_fee=0.001, maker_fee=0.0005, half_spread_bps=60, slippage_bps=40)  # a slip of 1 %


def only_trade(*rows: tuple[float, float, float, float], plan: Plan, funding: np.ndarray | None = None) -> TradeTable:
    """The one trade of a long signal on the first bar."""
    made = replace(bars_of(rows_of(*rows)), funding=funding)
    direction = np.zeros(len(made), np.int8)
    direction[0] = 1
    instrument = Instrument(venue="made", symbol="BTC/USDT:USDT", tick=0.0, costs=COSTS)
    table = walk(made, Signals(direction), plan, None, instrument)
    assert len(table) == 1
    return table


def test_a_taker_pays_two_fees_two_slips_and_funding() -> None:
    # Entry 100·1.01 = 101, exit at the open of bar 2, 102·0.99 = 100.98; fees 0.001·201.98; funding 0.002·102.
    still = (100.0, 100.0, 100.0, 100.0)
    plan = Plan(stop=PriceFraction(0.5), target=None, hold=1)
    table = only_trade(still, still, (102.0,) * 4, plan=plan, funding=np.array([0.0, 0.0, 0.002]))
    paid = 1.0 + 1.02 + 0.20198 + 0.204
    assert sums_of(table)[0, COST] == pytest.approx(paid / 101, abs=1e-15)
    assert sums_of(table)[0, NET_RETURN] == pytest.approx((102.0 - 100.0 - paid) / 101, abs=1e-15)


def test_resting_limits_pay_the_makers_fees_alone() -> None:
    # In at 100, out at 103, both traded through: 0.0005·203.
    plan = Plan(stop=PriceFraction(0.05), target=PriceFraction(0.03), hold=9, entry=LimitEntry(1), target_order="limit")
    table = only_trade((100.0,) * 4, (100.5, 100.5, 99.0, 100.0), (100.0, 104.0, 99.0, 100.0), plan=plan)
    assert table.slippage.tolist() == [0.0]
    assert sums_of(table)[0, COST] == pytest.approx(0.1015 / 100, abs=1e-15)
    assert sums_of(table)[0, NET_RETURN] == pytest.approx((3.0 - 0.1015) / 100, abs=1e-15)
