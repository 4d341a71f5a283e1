"""The trader core trades what the compiled law walks: every trade equal, in times, reasons, prices and R."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from tests.oracle.comparing import array_of, funded_bars, our_instrument, our_plan, our_switch_walk
from tests.oracle.plan_scenarios import random_plan_scenarios
from tests.oracle.real_bars import real_bars
from tests.oracle.scenarios import Scenario
from tests.parity.core_walks import scenario_differences
from tests.properties.made_bars import plan_scenarios

from tradewind.app.parity import core_walk, ideal_setup, ideal_stretches, walk_differences
from tradewind.features.features import Features
from tradewind.model.instrument import Costs, Instrument
from tradewind.model.plan import AtrDistance, BreakoutEntry, LimitEntry, MarketEntry, Partial, Plan, PriceFraction
from tradewind.model.plan import TrailStage as Stage
from tradewind.search.replay import walk
from tradewind.search.space import Space
from tradewind.strategies.lr_scalper import LRScalper

FULL = os.environ.get("TRADEWIND_PARITY") == "full"
LEAST_TRADES = 50_000  # of the full comparison


@settings(max_examples=150)
@given(plan_scenarios())
def test_the_core_trades_an_arbitrary_plan_on_made_bars_as_the_compiled_law_does(scenario: Scenario) -> None:
    assert scenario_differences(scenario) == []


def test_the_core_trades_many_random_plans_as_the_compiled_law_does() -> None:
    for number, scenario in enumerate(random_plan_scenarios(seed=31, count=150, bars=60)):
        assert scenario_differences(scenario) == [], number


def test_a_switch_traded_by_the_core_is_the_switch_walked_by_the_kernel() -> None:
    trades = 0
    others = random_plan_scenarios(seed=24, count=120, bars=60)
    for scenario, other in zip(random_plan_scenarios(seed=23, count=120, bars=60), others, strict=True):
        if scenario.labels is None:
            continue
        books = [scenario.book, other.book]
        in_force = [None if label < 0 else label % 2 for label in scenario.labels]
        table = our_switch_walk(scenario, books, in_force)
        bars, plans = funded_bars(scenario), {n: our_plan(book.plan, n) for n, book in enumerate(books)}
        direction = [0 if n is None else books[n].direction[t] for t, n in enumerate(in_force)]
        atr = [array_of(book.atr).tolist() for book in books]
        setup = ideal_setup(our_instrument(scenario), plans, bars.timeframe_ms)
        stretches = ideal_stretches(bars, direction, [n or 0 for n in in_force], atr, scenario.labels)
        closed = core_walk(setup, stretches).trades
        assert walk_differences(bars, table, closed) == []
        trades += len(closed)
    assert trades > 300


def random_plan(source: np.random.Generator, atr_period: int) -> Plan:
    """A plan of the whole language, its numbers drawn."""
    entries = (MarketEntry(), LimitEntry(int(source.integers(1, 6))), BreakoutEntry(up=1.001, down=0.999, hours=0.5))
    distance = AtrDistance(atr_period, float(source.uniform(1.0, 3.0)))
    return Plan(
        stop=distance if source.random() < 0.8 else PriceFraction(float(source.uniform(0.002, 0.01))),
        target=None if source.random() < 0.1 else AtrDistance(atr_period, float(source.uniform(1.0, 4.0))),
        hold=int(source.integers(5, 90)),
        entry=entries[source.choice(3, p=(0.6, 0.3, 0.1))],
        target_order="limit" if source.random() < 0.3 else "market",
        partials=(Partial(0.5, 0.3), Partial(1.0, 0.3)) if source.random() < 0.3 else (),
        trail=(Stage(0.5), Stage(1.0, AtrDistance(atr_period, 0.7))) if source.random() < 0.3 else (),
        exit_on_opposite=bool(source.random() < 0.3),
    )


def compared_on_real_bars(asset: str, first_day: str, days: int, configurations: int) -> int:
    """Random scalpers, half of them under random plans, traded by the core and walked; returns the trades compared."""
    bars = real_bars(first_day, days, market="binance", asset=asset)
    features, source = Features(bars), np.random.default_rng(days + configurations)
    space = Space.of(LRScalper)
    costs = Costs(taker_fee=0.0004, maker_fee=0.0002, half_spread_bps=0.5, slippage_bps=0.5)
    instrument = Instrument(venue=bars.venue, symbol=bars.symbol, tick=0.0, costs=costs)
    trades = 0
    for turn, number in enumerate(source.choice(len(space), configurations, replace=False).tolist()):
        strategy = space.strategy_at(number)
        plan = random_plan(source, 14) if turn % 2 else strategy.plan
        signals = strategy.signals(features)
        table = walk(bars, signals, plan, features, instrument)
        atr = [features.atr(plan.atr_period or 14).tolist()]
        stretches = ideal_stretches(bars, signals.direction.tolist(), [0] * len(bars), atr, None)
        walked = core_walk(ideal_setup(instrument, {0: plan}, bars.timeframe_ms), stretches)
        assert walk_differences(bars, table, walked.trades) == [], (asset, number, plan)
        assert walked.core.state.book.imbalance() == {}
        trades += len(walked.trades)
    return trades


@pytest.mark.slow
def test_ten_configurations_over_a_real_month_are_traded_as_they_were_walked() -> None:
    assert compared_on_real_bars("BTC", "2022-05-01", days=31, configurations=10) > 2_000


@pytest.mark.slow
def test_two_hundred_configurations_over_real_years_are_traded_as_they_were_walked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    if not FULL:
        pytest.skip("takes long: set TRADEWIND_PARITY=full, as make parity does")
    trades = sum(
        compared_on_real_bars(asset, first_day, days=365, configurations=100)
        for asset, first_day in (("BTC", "2022-01-01"), ("ETH", "2022-01-01"))
    )
    with capsys.disabled():
        print(f"\n{trades:,} trades of 200 configurations compared between core and compiled law")  # noqa: T201
    assert trades >= LEAST_TRADES
