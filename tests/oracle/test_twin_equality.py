"""Every trade of the compiled law, and of the scalper from bars to trades, equals the readable twin's."""

import random
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.comparing import (
    array_of,
    bars_of,
    differences,
    our_masked_walk,
    our_scalper,
    our_switch_walk,
    our_walk,
    scalper_differences,
    twin_bars_of,
)
from tests.oracle.real_bars import REAL_WEEKS, real_bars
from tests.oracle.scenarios import Scenario, random_scenarios, random_walk
from tests.oracle.twin import TwinMarket, TwinScalper
from tests.oracle.twin_law import TwinBars, walk, walk_switch
from tests.properties.made_bars import plain_bars, scenarios

from tradewind.features.features import Features
from tradewind.model.instrument import Costs, Instrument

TAKER = Costs(taker_fee=0.0004, maker_fee=0.0002, half_spread_bps=0.5, slippage_bps=0.5)
PERPETUAL = Instrument(venue="made", symbol="BTC/USDT:USDT", tick=0.1, costs=TAKER)
MODES = ("lr_snapshot", "no_lr_snapshot", "lr_pivot_strict")
SPACE = [
    TwinScalper(*values)
    for values in product(
        MODES,
        (60, 90, 120, 180),
        (1.5, 2.0, 2.5, 3.0),
        (20, 60, 120, 240),
        (7, 12, 14, 21),
        *[(1.0, 1.5, 2.0, 3.0)] * 2,
    )
]
Z_VALUES = (None, 0.0, -1.5, 1.5, -1.5 * (1 + 1e-12), 1.5 * (1 + 1e-12), -1.5 * (1 + 1e-8), 1.5 * (1 + 1e-8), -2.5, 2.5)


@settings(max_examples=100, deadline=None)
@given(scenarios())
def test_every_trade_of_arbitrary_signals_on_made_bars_equals_the_twins(scenario: Scenario) -> None:
    assert differences(scenario.twin(), our_walk(scenario)) == []


def test_every_trade_of_many_random_scenarios_equals_the_twins_and_every_rule_occurs() -> None:
    seen: set[tuple[object, ...]] = set()
    dropped = unfinished = 0
    for scenario in random_scenarios(seed=1, count=400, bars=60):
        twin = scenario.twin()
        assert differences(twin, our_walk(scenario)) == []
        seen |= {(trade.reason, trade.direction, trade.ambiguous) for trade in twin.trades}
        seen |= {("at the entry bar", trade.reason) for trade in twin.trades if trade.exit == trade.entry}
        dropped += twin.dropped
        unfinished += twin.unfinished
    for direction in (1, -1):
        assert {(reason, direction, False) for reason in ("stop", "target", "time", "opposite", "regime")} <= seen
        assert ("stop", direction, True) in seen
    assert {("at the entry bar", "stop"), ("at the entry bar", "target")} <= seen
    assert dropped > 100
    assert unfinished > 10


def test_a_mask_gates_entries_only_as_in_the_twin() -> None:
    trades = 0
    for scenario in random_scenarios(seed=7, count=200, bars=60):
        if scenario.labels is not None:
            twin = walk(scenario.bars, scenario.book, scenario.costs, scenario.labels, only_label=0)
            assert differences(twin, our_masked_walk(scenario, only_label=0)) == []
            trades += len(twin.trades)
    assert trades > 300


def test_every_trade_of_a_switch_between_two_plans_equals_the_twins() -> None:
    others = random_scenarios(seed=9, count=150, bars=60)
    seen: set[tuple[int, str]] = set()
    for scenario, other in zip(random_scenarios(seed=8, count=150, bars=60), others, strict=True):
        if scenario.labels is not None:
            books = [scenario.book, other.book]
            in_force = [label if label in (0, 1) else None for label in scenario.labels]
            twin = walk_switch(scenario.bars, books, scenario.costs, scenario.labels, in_force)
            assert differences(twin, our_switch_walk(scenario, books, in_force)) == []
            seen |= {(trade.book, trade.reason) for trade in twin.trades}
    assert len(seen) == 10  # both books left for each of the five reasons


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(MODES))
def test_signals_of_arbitrary_features_equal_the_twins(data: st.DataObject, mode: str) -> None:
    flags = st.lists(st.booleans(), min_size=30, max_size=30)
    z = data.draw(st.lists(st.sampled_from(Z_VALUES), min_size=30, max_size=30))
    gate, lows, highs = data.draw(flags), data.draw(flags), data.draw(flags)
    lows[:6] = highs[:6] = [False] * 6  # no swing is confirmed before the seventh bar
    made = {("regression_z", 60): z, ("mean_z", 60): z, ("volume_gate", 20): gate}
    made |= {("pivot_lows",): lows, ("pivot_highs",): highs}
    scalper = TwinScalper(mode, 60, 1.5, 20, 7, 1.0, 1.0)
    features = SimpleNamespace(
        regression_z=lambda _: array_of(z),
        mean_z=lambda _: array_of(z),
        volume_gate=lambda _: np.array(gate),
        pivot_low=lambda: np.array(lows),
        pivot_high=lambda: np.array(highs),
    )
    empty = TwinBars(60_000, list(range(30)), [], [], [], [], [])
    ours = our_scalper(scalper).signals(features).direction
    assert ours.tolist() == TwinMarket(empty, made).signals(scalper)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
@given(plain_bars(70, 140), st.sampled_from(MODES), st.sampled_from((4, 6, 9)), st.sampled_from((0.5, 1.0, 1.5)))
def test_the_scalper_on_made_bars_equals_the_twin(bars: TwinBars, mode: str, lookback: int, entry_z: float) -> None:
    scalper = TwinScalper(mode, lookback, entry_z, 3, 2, 1.0, 1.5, hold=5, exit_on_opposite=lookback == 6)
    assert scalper_differences(TwinMarket(bars), Features(bars_of(bars)), scalper, PERPETUAL) == []


@pytest.mark.parametrize("name", ["atr", "regression_z", "mean_z", "volume_gate"])
def test_features_of_a_random_walk_equal_the_twins(name: str) -> None:
    market = TwinMarket(random_walk(seed=5, count=3000))
    features = Features(bars_of(market.bars))
    for length in (7, 60, 180):
        ours = getattr(features, name)(length)
        np.testing.assert_allclose(ours, array_of(market.feature(name, length)), rtol=1e-9, atol=1e-9)


def test_the_scalper_on_a_random_walk_equals_the_twin() -> None:
    compare_scalpers(TwinMarket(random_walk(seed=11, count=10_080)), some_scalpers(12))


def test_the_scalper_on_a_real_week_equals_the_twin() -> None:
    compare_scalpers(TwinMarket(twin_bars_of(real_bars(REAL_WEEKS[0]))), some_scalpers(12))


@pytest.mark.slow
@pytest.mark.parametrize("first_day", REAL_WEEKS)
def test_over_two_hundred_scalpers_on_real_weeks_equal_the_twin(first_day: str) -> None:
    compare_scalpers(TwinMarket(twin_bars_of(real_bars(first_day))), some_scalpers(216))


@pytest.mark.slow
def test_a_hundred_scalpers_on_a_random_walk_fortnight_equal_the_twin() -> None:
    compare_scalpers(TwinMarket(random_walk(seed=12, count=20_160)), some_scalpers(100))


def some_scalpers(count: int) -> list[TwinScalper]:
    """A seeded sample of the reference space; every third leaves on opposite signals, every fourth on regimes."""
    sample = random.Random(3).sample(SPACE, count)
    return [
        scalper._replace(exit_on_opposite=number % 3 == 0, exit_on_regime_change=number % 4 == 0)
        for number, scalper in enumerate(sample)
    ]


def compare_scalpers(market: TwinMarket, scalpers: list[TwinScalper]) -> None:
    """Every trade of every scalper is the twin's, under labels that change every 150 bars."""
    features = Features(bars_of(market.bars))
    labels = [t // 150 % 4 - 1 for t in range(len(market.bars.ts))]
    for scalper in scalpers:
        assert scalper_differences(market, features, scalper, PERPETUAL, labels) == [], scalper
