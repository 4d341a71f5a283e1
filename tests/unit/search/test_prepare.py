"""Preparing a symbol: signals as events, and purges that are too short are refused."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from tests.unit.search.small import COIN_SPACE, DETECTORS, Coin, bars_named, digest, market, scheme, universe_of

from tradewind.features.features import Features
from tradewind.model.errors import BadSetting
from tradewind.search.prepare import prepare
from tradewind.search.space import Space
from tradewind.search.universe import Universe, joint_labels
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


class LastFirst:
    """An executor that does the last task first."""

    def map(self, task: Callable[[Any], Any], units: Sequence[Any]) -> Iterator[Any]:
        return iter([task(unit) for unit in reversed(units)][::-1])


def test_the_same_bytes_whoever_does_which_part_of_a_symbol_first(universe: Universe) -> None:
    laid, instrument = universe.segmentation, universe.symbols[0].instrument
    ready = [prepare(one.bars, instrument, COIN_SPACE, DETECTORS, laid, None, LastFirst()) for one in universe.symbols]
    for one, other in zip(ready, universe.symbols, strict=True):
        assert np.array_equal(one.events, other.events)
        assert np.array_equal(one.offsets, other.offsets)
        assert np.array_equal(one.labels, other.labels)
        assert one.label_names == other.label_names


def test_joint_labels_are_numbered_in_order_and_only_those_that_occur() -> None:
    one = np.array([[0, -1, 1, 1], [2, -1, -1, 2]], np.int8)
    other = np.array([[-1, 0], [0, 2]], np.int8)
    cells, present = joint_labels([one, other], [2, 3])
    assert present.tolist() == [[-1, -1], [-1, 0], [0, 2], [1, -1], [1, 2]]
    assert [cell.tolist() for cell in cells] == [[2, 0, 3, 4], [1, 2]]


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
