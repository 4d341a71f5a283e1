"""A list of configurations: numbers, what is shared, identities, and the same search as over the grid it came from."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.search.small import (
    COIN_SPACE,
    FREE,
    Coin,
    assert_same_sums,
    bars_named,
    digest,
    market,
    naive_sums,
    nothing,
    search,
    universe_of,
)

from tradewind.search import cells
from tradewind.search.cells import walk_listed, walk_masked
from tradewind.search.listed import Listed, unit_size
from tradewind.search.space import Space
from tradewind.search.windows import Scheme
from tradewind.strategies.lr_scalper import LRScalper

GRID = Space.of(LRScalper)
SHORT = Scheme.of_days(in_sample_days=1, out_of_sample_days=1, step_days=1, purge_bars=61)


def some_of(space: Space, numbers: list[int]) -> Listed:
    return Listed.among(space, [space.searched_at(number) for number in numbers])


def test_a_list_holds_each_configuration_once_whatever_the_order_it_is_given_in() -> None:
    listed = some_of(GRID, [500, 3, 12_287, 3])
    assert len(listed) == 3
    assert listed.pairs == some_of(GRID, [3, 12_287, 500, 500]).pairs
    wanted = [GRID.searched_at(number) for number in (3, 500, 12_287)]
    assert sorted(map(str, (listed.searched_at(n) for n in range(3)))) == sorted(map(str, wanted))


def test_identities_are_those_of_the_grid() -> None:
    numbers = [0, 77, 4000, 12_287]
    listed = some_of(GRID, numbers)
    assert {listed.identity(n) for n in range(4)} == {GRID.identity(n) for n in numbers}


def test_equal_signal_settings_and_equal_plans_are_one() -> None:
    # Numbers 5 and 5 + 192 differ in the plan only, 5 and 6 in the signals only.
    listed = some_of(GRID, [5, 6, 5 + 192])
    assert (listed.signals, listed.plans, len(listed)) == (2, 2, 3)
    for number in range(len(listed)):
        strategy = listed.strategy_at(number)
        assert listed.with_plan(listed.plan_of(number)).plan == strategy.plan
        assert listed.with_signal(listed.signal_of(number)).vol_period == strategy.vol_period  # type: ignore[attr-defined]
    numbers = np.arange(len(listed))
    assert listed.signals_of(numbers).tolist() == [listed.signal_of(n) for n in range(len(listed))]
    assert listed.plans_of(numbers).tolist() == [listed.plan_of(n) for n in range(len(listed))]
    assert len(list(listed.signal_strategies())) == len(list(listed.plan_strategies())) == 2


def test_a_list_is_described_by_the_values_that_occur() -> None:
    described = some_of(GRID, [5, 6]).described()
    assert described["configurations"] == 2
    assert described["signal_parameters"]["vol_period"] == [60, 120]
    assert described["plan_parameters"]["stop_atr"] == [1.0]


@pytest.mark.parametrize("fixed", [{}, {"exit_on_opposite": True}, {"exit_on_regime_change": True}])
def test_listed_cells_are_the_sums_of_recorded_trades(fixed: dict[str, bool]) -> None:
    grid = Space.of(Coin, {"seed": (1, 2)}, fixed)
    space = some_of(grid, [0, 1, 9, 20, len(grid) - 1])
    universe = universe_of([bars_named("BTC/USDT:USDT", 4, 3000), bars_named("ETH/USDT:USDT", 5, 2400)], space, SHORT)
    walked = walk_listed(universe, space, range(len(space)), nothing)
    for number in range(len(space)):
        assert_same_sums(walked, number, naive_sums(universe, space, number))
    wanted = [(mask, number) for mask in universe.columns.masks for number in (0, 3)]
    order, masked = walk_masked(universe, space, wanted, nothing)
    for row, i in enumerate(order.tolist()):
        mask, number = wanted[i]
        assert_same_sums(masked, row, naive_sums(universe, space, number, mask), masked=True)
    assert walked.cells[..., 0, 0].sum() > 500


def test_configurations_walked_in_small_parts_have_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    space = some_of(COIN_SPACE, list(range(0, len(COIN_SPACE), 5)))
    universe = universe_of([bars_named("BTC/USDT:USDT", 4, 2500)], space, SHORT)
    whole = walk_listed(universe, space, range(len(space)), nothing)
    monkeypatch.setattr(cells, "SIGNALS_AT_ONCE", 1)
    monkeypatch.setattr(cells, "ATR_ROOM_BYTES", 1)
    assert digest(walk_listed(universe, space, range(len(space)), nothing)) == digest(whole)


@pytest.mark.parametrize("fixed", [{}, {"exit_on_opposite": True}, {"limit_target": True}])
def test_signals_that_are_never_laid_out_bar_by_bar_are_traded_like_recorded_ones(
    monkeypatch: pytest.MonkeyPatch, fixed: dict[str, bool]
) -> None:
    grid = Space.of(LRScalper, {"lookback": (60, 61), "entry_z": (0.5, 1.5), "vol_period": (5,)}, fixed)
    space = some_of(grid, list(range(0, len(grid), 61)))
    series = [bars_named("BTC/USDT:USDT", 4, 5000), bars_named("ETH/USDT:USDT", 5, 2400), bars_named("X/Y:Y", 6, 2100)]
    universe = universe_of(series, space, SHORT)
    every = range(len(space))
    assert universe.symbols[0].fading(0) is not None
    assert len(space) > 10
    walked = walk_listed(universe, space, every, nothing)
    for number in every:
        assert_same_sums(walked, number, naive_sums(universe, space, number))
    assert walked.cells[..., 0, 0].sum() > 1000
    wanted = [(mask, number) for mask in universe.columns.masks for number in (0, 3)]
    masked = walk_masked(universe, space, wanted, nothing)[1]
    monkeypatch.setattr(cells, "FADES_ROOM_BYTES", 0)
    assert digest(walk_listed(universe, space, every, nothing)) == digest(walked)
    assert digest(walk_masked(universe, space, wanted, nothing)[1]) == digest(masked)


def test_features_of_a_list_are_forgotten_beyond_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = [bars_named("BTC/USDT:USDT", 4, 3000)]
    space = some_of(GRID, [0, 4, 8, 12, 191])
    walked = walk_listed(universe_of(bars, space, SHORT), space, range(5), nothing)
    monkeypatch.setattr("tradewind.search.prepare.FEATURE_ROOM_BYTES", 1)
    tight = universe_of(bars, space, SHORT)
    assert digest(walk_listed(tight, space, range(5), nothing)) == digest(walked)
    assert tight.symbols[0].on_demand is not None
    assert len(tight.symbols[0].on_demand.features._cells) <= 1


@pytest.mark.slow
def test_a_search_of_a_list_is_the_same_for_any_number_of_threads_and_finds_what_the_grid_holds() -> None:
    space = some_of(COIN_SPACE, list(range(len(COIN_SPACE))))
    universe = universe_of(market(), space, costs=FREE)
    result = search(universe, space)
    assert digest(search(universe, space, threads=2)) == digest(result)
    grid = search(universe_of(market(), costs=FREE))
    number_of = {COIN_SPACE.identity(n): n for n in range(len(COIN_SPACE))}
    rows = np.array([number_of[space.identity(n)] for n in range(len(space))])
    assert np.array_equal(result.candidates.overall[:, :2], grid.candidates.overall[rows, :2])
    np.testing.assert_allclose(result.candidates.robust_edge, grid.candidates.robust_edge[rows], rtol=1e-9)
    assert replace(result.switch, trades=()).daily.any()


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (150, [75, 75]),  # a random search
        (64, [32, 32]),  # a batch of proposals
        (257, [65, 65, 65, 62]),  # more than two whole units
        (256, [128, 128]),
        (1, [1]),
    ],
)
def test_units_of_a_list_are_alike_and_as_many_on_either_thread(count: int, sizes: list[int]) -> None:
    size = unit_size(count)
    assert [min(size, count - first) for first in range(0, count, size)] == sizes
