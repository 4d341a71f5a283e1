"""Every trade of the compiled law under arbitrary plans of the whole language equals the readable twin's."""

import random

import pytest
from hypothesis import given, settings
from tests.oracle.comparing import differences, our_masked_walk, our_switch_walk, our_walk
from tests.oracle.fast_cells import alone_walk_differences, cell_walk_differences
from tests.oracle.plan_scenarios import random_plan_scenarios
from tests.oracle.scenarios import Scenario, random_scenarios, random_walk
from tests.oracle.twin import TwinMarket
from tests.oracle.twin_law import TwinBook, TwinTrade, walk, walk_switch
from tests.properties.made_bars import plan_scenarios

ENTRIES = ("market", "limit", "breakout")
REASONS = ("stop", "target", "time", "opposite", "regime", "trail", "liquidation")


@settings(max_examples=300, deadline=None)
@given(plan_scenarios())
def test_every_trade_of_an_arbitrary_plan_on_made_bars_equals_the_twins(scenario: Scenario) -> None:
    assert differences(scenario.twin(), our_walk(scenario)) == []


def traits(scenario: Scenario, trade: TwinTrade) -> set[tuple[object, ...]]:
    """What a trade shows of the language."""
    plan = scenario.book.plan
    seen: set[tuple[object, ...]] = {(plan.entry.kind, trade.direction, trade.reason), ("ambiguous", trade.ambiguous)}
    if trade.exit == trade.entry:
        seen.add(("at the entry bar", plan.entry.kind, trade.reason))
    if plan.entry.kind == "breakout":
        up = trade.entry_price > scenario.bars.close[trade.signal]
        seen.add((plan.entry.side, "up" if up else "down", trade.direction))
    if plan.target_order == "limit":
        seen.add(("limit target", trade.reason))
    if plan.partials:
        seen.add(("partials", trade.reason))
    return seen


def test_every_trade_of_many_random_plans_equals_the_twins_and_every_rule_occurs() -> None:
    seen: set[tuple[object, ...]] = set()
    dropped, expired = dict.fromkeys(ENTRIES, 0), dict.fromkeys(ENTRIES, 0)
    unfinished = 0
    for number, scenario in enumerate(random_plan_scenarios(seed=21, count=800, bars=60)):
        twin = scenario.twin()
        assert differences(twin, our_walk(scenario)) == [], number
        for trade in twin.trades:
            seen |= traits(scenario, trade)
        dropped[scenario.book.plan.entry.kind] += twin.dropped
        expired[scenario.book.plan.entry.kind] += twin.expired
        unfinished += twin.unfinished
    assert {(kind, direction, reason) for kind in ENTRIES for direction in (1, -1) for reason in REASONS} <= seen
    assert {("at the entry bar", kind, "stop") for kind in ENTRIES} <= seen
    assert {("at the entry bar", kind, "target") for kind in ENTRIES} <= seen
    assert {(side, "up", 1) for side in ("either", "up_only", "short_on_down")} <= seen
    assert {("either", "down", 1), ("short_on_down", "down", -1), ("ambiguous", True)} <= seen
    assert {(kind, reason) for kind in ("limit target", "partials") for reason in REASONS} <= seen
    assert min(dropped.values()) > 100
    assert min(expired["limit"], expired["breakout"]) > 100
    assert expired["market"] == 0
    assert unfinished > 10


def test_a_mask_gates_entries_of_any_plan_only() -> None:
    trades = 0
    for scenario in random_plan_scenarios(seed=22, count=200, bars=60):
        if scenario.labels is not None:
            bars, book, labels, funding = scenario.bars, scenario.book, scenario.labels, scenario.funding
            twin = walk(bars, book, scenario.costs, labels, only_label=0, funding=funding)
            assert differences(twin, our_masked_walk(scenario, only_label=0)) == []
            trades += len(twin.trades)
    assert trades > 200


def test_a_switch_between_two_plans_keeps_the_plan_that_opened() -> None:
    others = random_plan_scenarios(seed=24, count=200, bars=60)
    seen: set[tuple[int, str]] = set()
    for scenario, other in zip(random_plan_scenarios(seed=23, count=200, bars=60), others, strict=True):
        if scenario.labels is not None:
            books = [scenario.book, other.book]
            in_force = [label if label in (0, 1) else None for label in scenario.labels]
            twin = walk_switch(scenario.bars, books, scenario.costs, scenario.labels, in_force, scenario.funding)
            assert differences(twin, our_switch_walk(scenario, books, in_force)) == []
            seen |= {(trade.book, trade.reason) for trade in twin.trades}
    assert len(seen) == 2 * len(REASONS)


@pytest.mark.parametrize("seed", [31, 32])
def test_every_trade_of_random_plans_on_a_simulated_market_equals_the_twins(seed: int) -> None:
    bars = random_walk(seed=seed, count=3000)
    atr, source = TwinMarket(bars).feature("atr", 14), random.Random(seed)
    trades = 0
    for scenario in random_plan_scenarios(seed=seed, count=40, bars=2):
        # Levels of some tenths of a percent, as far as prices of minutes go in an hour.
        plan = scenario.book.plan
        entry = plan.entry._replace(up=1.002, down=0.997, hours=source.choice((0.1, 0.5, 2.0)))
        plan = plan._replace(entry=entry if entry.kind == "breakout" else plan.entry, hold=source.choice((5, 30, 200)))
        if plan.stop[0] == "fraction":
            plan = plan._replace(stop=("fraction", source.choice((0.001, 0.003))))
        direction = [source.choice((1, -1)) if source.random() < 0.1 else 0 for _ in bars.ts]
        funding = [source.choice((1e-4, -2e-4)) if t % 480 == 7 else 0.0 for t in range(len(bars.ts))]
        labels = [t // 50 % 4 - 1 for t in range(len(bars.ts))]
        made = scenario._replace(bars=bars, book=TwinBook(direction, atr, plan), labels=labels, funding=funding)
        twin = made.twin()
        assert differences(twin, our_walk(made)) == [], plan
        trades += len(twin.trades)
    assert trades > 1_000


@settings(max_examples=100, deadline=None)
@given(plan_scenarios())
def test_a_configuration_walked_alone_sums_up_the_twins_trades_under_an_arbitrary_plan(scenario: Scenario) -> None:
    assert list(alone_walk_differences(scenario, [scenario.book.plan])) == []


def test_configurations_walked_alone_sum_up_the_twins_trades_under_random_plans() -> None:
    others = random_scenarios(seed=28, count=150, bars=60)
    for scenario, other in zip(random_plan_scenarios(seed=29, count=150, bars=60), others, strict=True):
        assert list(alone_walk_differences(scenario, [scenario.book.plan])) == [], scenario.book.plan
        assert list(alone_walk_differences(other, [other.book.plan])) == [], other.book.plan


@pytest.mark.slow
def test_the_fast_walk_sums_up_the_twins_trades_under_any_plan() -> None:
    others = [*random_plan_scenarios(seed=26, count=100, bars=80), *random_scenarios(seed=27, count=100, bars=80)]
    for scenario, other in zip(random_plan_scenarios(seed=25, count=200, bars=80), others, strict=True):
        plans = [one.book.plan._replace(exit_on_opposite=False) for one in (scenario, other)]
        assert list(cell_walk_differences(scenario, plans)) == [], (plans, scenario.leverage, scenario.funding)
