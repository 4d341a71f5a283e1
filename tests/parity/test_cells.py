"""Sums of the fast walk against recorded trades: every bucket and label, with and without masks."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.unit.search.small import (
    COIN_SPACE,
    FREE,
    Coin,
    assert_same_sums,
    bars_named,
    market,
    naive_sums,
    nothing,
    scheme,
    universe_of,
)

from tradewind.evidence.market import MINUTES_PER_DAY, SimulationSettings, simulate
from tradewind.kernels.tables import BLOCK
from tradewind.model.params import choice
from tradewind.regimes.registry import build
from tradewind.search.cells import walk_masked, walk_unmasked
from tradewind.search.recorded import replay_configuration
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import Scheme
from tradewind.strategies.lr_scalper import LRScalper

SHORT = Scheme.of_days(in_sample_days=1, out_of_sample_days=1, step_days=1, purge_bars=61)


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedCoin(Coin):
    exit_on_opposite: bool = choice(False, True, exit=True)


def check_unmasked(universe: Universe, space: Space, numbers: list[int] | None = None) -> float:
    walked = walk_unmasked(universe, space, range(space.plans), nothing)
    assert walked.numbers.tolist() == list(range(len(space)))
    for number in numbers or range(len(space)):
        assert_same_sums(walked, number, naive_sums(universe, space, number))
    return float(walked.cells[:, :, :, 0, 0].sum())


def check_masked(universe: Universe, space: Space, numbers: list[int]) -> float:
    wanted = [(mask, number) for mask in universe.columns.masks for number in numbers]
    order, walked = walk_masked(universe, space, wanted, nothing)
    assert sorted(order.tolist()) == list(range(len(wanted)))
    for row, i in enumerate(order.tolist()):
        mask, number = wanted[i]
        assert walked.numbers[row] == number
        assert_same_sums(walked, row, naive_sums(universe, space, number, mask), masked=True)
    return float(walked.cells[..., 0].sum())


def some_of(space: Space, count: int) -> list[int]:
    return sorted(np.random.default_rng(7).choice(len(space), count, replace=False).tolist())


@pytest.fixture(scope="module")
def universe() -> Universe:
    return universe_of(market(5000))


def test_cells_are_the_sums_of_recorded_trades(universe: Universe) -> None:
    assert check_unmasked(universe, COIN_SPACE, some_of(COIN_SPACE, 60)) > 10_000


def test_masked_cells_are_the_sums_of_trades_entered_under_the_mask(universe: Universe) -> None:
    assert check_masked(universe, COIN_SPACE, some_of(COIN_SPACE, 12)) > 1000


@pytest.mark.parametrize("fixed", [{"exit_on_regime_change": True}, {"exit_on_opposite": True}])
def test_cells_with_reactive_exits_are_the_sums_of_recorded_trades(fixed: dict[str, bool]) -> None:
    lists = {"seed": (1,), "stop_atr": (6.0,)}
    space = Space.of(Coin, lists, fixed)
    universe = universe_of(market(3000), space, SHORT)
    assert check_unmasked(universe, space) > 1000
    assert check_masked(universe, space, some_of(space, 5)) > 300


def test_plans_with_and_without_opposite_exits_may_share_a_search() -> None:
    space = Space.of(MixedCoin, {"seed": (1,), "stop_atr": (6.0,), "atr_period": (7,), "hold": (60,)})
    assert {strategy.plan.exit_on_opposite for strategy in space.plan_strategies()} == {False, True}
    universe = universe_of([bars_named("BTC/USDT:USDT", 4, 3000)], space, SHORT)
    check_unmasked(universe, space)


def test_a_market_that_cannot_be_sold_short_opens_no_short_trade() -> None:
    lists = {"seed": (1,), "stop_atr": (6.0,)}
    for fixed in ({}, {"exit_on_opposite": True}):
        space = Space.of(Coin, lists, fixed)
        universe = universe_of([bars_named("BTC/USDT", 4, 3000)], space, SHORT, short=False)
        assert check_unmasked(universe, space) > 100
        check_masked(universe, space, [0, 5])
        assert (replay_configuration(universe.symbols[0], space, 5).direction == 1).all()


def test_trades_longer_than_several_blocks_carry_over_blocks_and_buckets() -> None:
    hold = 3 * BLOCK + 7
    space = Space.of(Coin, {"seed": (1,), "stop_atr": (60.0, 200.0), "target_atr": (80.0,), "hold": (hold, 1000)})
    days = hold // MINUTES_PER_DAY + 1
    long_segments = Scheme.of_days(in_sample_days=days, out_of_sample_days=days, step_days=days, purge_bars=hold + 1)
    universe = universe_of(market(12 * BLOCK), space, long_segments, costs=FREE)
    walked = walk_unmasked(universe, space, range(space.plans), nothing)
    mean_bars = walked.totals[..., 2].sum() / walked.cells[..., 0, 0].sum()
    assert mean_bars > BLOCK / 4
    check_unmasked(universe, space)
    check_masked(universe, space, some_of(space, 4))


@pytest.mark.parametrize("count", [2, 3, 4, 5, 9, 70])
def test_a_symbol_of_a_few_bars_is_walked_like_any_other(count: int) -> None:
    space = Space.of(Coin, {"stop_atr": (1.0,), "seed": (1, 2)})
    long = bars_named("BTC/USDT:USDT", 4, 3000)
    short = replace(long.rows(0, count), symbol="NEW/USDT:USDT")
    check_unmasked(universe_of([long, short], space, SHORT), space, [0, 1, 2, len(space) - 1])


@pytest.mark.parametrize("count", [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
def test_a_series_that_ends_at_the_border_of_a_block_loses_no_trade(count: int) -> None:
    space = Space.of(Coin, {"stop_atr": (1.0,), "seed": (1,), "atr_period": (3,)})
    long = bars_named("BTC/USDT:USDT", 4, 3 * BLOCK)
    short = replace(long.rows(0, count), symbol="NEW/USDT:USDT")
    check_unmasked(universe_of([long, short], space, SHORT), space)


@pytest.mark.slow
def test_cells_of_the_scalper_on_the_simulated_market_are_the_sums_of_its_trades() -> None:
    settings = SimulationSettings(symbols=("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"), days=12)
    space = Space.of(LRScalper)
    detectors = [build(name) for name in ("trend_stress", "volatility_cluster", "trending_ranging_volatile")]
    universe = universe_of(simulate(settings).bars, space, scheme(), detectors)
    plans = [3, 40]
    walked = walk_unmasked(universe, space, plans, nothing)
    for row in np.random.default_rng(5).choice(len(walked.numbers), 24, replace=False).tolist():
        assert_same_sums(walked, row, naive_sums(universe, space, int(walked.numbers[row])))
    check_masked(universe, space, some_of(space, 5))
