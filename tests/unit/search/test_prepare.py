"""Preparing a symbol: signals as events, and purges that are too short are refused."""

import numpy as np
import pytest
from tests.unit.search.small import COIN_SPACE, Coin, bars_named, digest, market, scheme, universe_of

from tradewind.features.features import Features
from tradewind.model.errors import BadSetting
from tradewind.search.space import Space
from tradewind.search.universe import Universe
from tradewind.search.windows import Scheme


@pytest.fixture(scope="module")
def universe() -> Universe:
    return universe_of(market())


def test_events_are_the_signals_of_the_strategy_but_for_the_last_bar(universe: Universe) -> None:
    for one in universe.symbols:
        features = Features(one.bars)
        for signal, strategy in enumerate(COIN_SPACE.signal_strategies()):
            expected = strategy.signals(features).direction.copy()
            expected[-1] = 0
            assert np.array_equal(one.direction(signal), expected)


def test_symbols_stand_in_order_of_their_names(universe: Universe) -> None:
    assert [one.bars.symbol for one in universe.symbols] == ["BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"]


def test_the_same_bars_and_settings_give_the_same_bytes(universe: Universe) -> None:
    assert digest(universe) == digest(universe_of(market()[::-1]))


def test_joint_labels_name_the_columns_of_every_detector(universe: Universe) -> None:
    for one, cell in zip(universe.symbols, universe.cells, strict=True):
        expected = universe.columns_at(one, np.arange(len(cell)))
        assert np.array_equal(universe.column_of_cell[cell], expected[:, 1:])


@pytest.mark.parametrize(
    ("purge", "hold", "problem"),
    [(60, 60, "a purge of 60 bars is too short for trades that reach 60 bars beyond their signal"),
     (1441, 60, "a purge of 1441 bars does not fit into a segment of 1440")],
)  # fmt: skip
def test_a_purge_that_lets_trades_into_the_test_is_refused(purge: int, hold: int, problem: str) -> None:
    space = Space.of(Coin, {"hold": (hold,)})
    bars = bars_named("BTC/USDT:USDT", 1, 8000)
    universe_of([bars], space, scheme(purge_bars=hold + 1))
    with pytest.raises(BadSetting, match=problem):
        universe_of([bars], space, scheme(purge_bars=purge))


def test_segments_of_several_days_hold_a_longer_purge() -> None:
    durations = Scheme.of_days(in_sample_days=2, out_of_sample_days=2, step_days=2, purge_bars=2880)
    universe_of([bars_named("BTC/USDT:USDT", 1, 8000)], COIN_SPACE, durations)
