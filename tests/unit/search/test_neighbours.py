"""Neighbours on the grid, counted by hand, and daily returns against trades replayed one by one."""

from dataclasses import dataclass

import numpy as np
import pytest
from tests.unit.search.small import COIN_SPACE, TAKER, market, universe_of

from tradewind.adapters.executors import ThreadExecutor
from tradewind.features.features import Features
from tradewind.model.params import choice
from tradewind.model.plan import AtrDistance, Plan
from tradewind.model.signals import Signals
from tradewind.search.listed import Listed
from tradewind.search.neighbours import Neighbour, daily_returns, neighbours
from tradewind.search.recorded import replay_configuration
from tradewind.search.space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Three:
    """One categorical and two ordered parameters."""

    mode: str = choice("a", "b")
    length: int = choice(10, 20, 40)
    stop: float = choice(1.0, 2.0, exit=True)

    def signals(self, features: Features) -> Signals:
        return Signals(np.zeros(len(features), np.int8))

    @property
    def plan(self) -> Plan:
        return Plan(stop=AtrDistance(3, self.stop), target=None, hold=5)


SPACE = Space.of(Three)  # number = stop × 6 + mode × 3 + length


def test_a_step_goes_up_or_down_in_one_ordered_parameter() -> None:
    # Mode b, length 20, stop 1: number 4. Mode is no order, so it has no neighbours.
    assert SPACE.searched_at(4) == {"mode": "b", "length": 20, "stop": 1.0}
    assert neighbours(SPACE, 4) == (
        Neighbour(3, "length", 10), Neighbour(5, "length", 40), Neighbour(10, "stop", 2.0),
    )  # fmt: skip


def test_at_the_edge_of_the_grid_there_are_fewer() -> None:
    assert neighbours(SPACE, 0) == (Neighbour(1, "length", 20), Neighbour(6, "stop", 2.0))


def test_values_that_are_given_in_disorder_are_stepped_through_in_order() -> None:
    space = Space.of(Three, {"length": [40, 10, 20]}, {"stop": 1.0, "mode": "a"})
    assert [space.searched_at(number)["length"] for number in range(3)] == [40, 10, 20]
    assert {one.value for one in neighbours(space, 2)} == {40, 10}
    assert [one.value for one in neighbours(space, 1)] == [20]


def test_of_a_list_only_what_is_on_it_counts() -> None:
    listed = Listed.among(SPACE, [SPACE.searched_at(number) for number in (4, 5, 9, 10)])
    own = next(n for n in range(4) if listed.searched_at(n) == SPACE.searched_at(4))
    found = {one.parameter: listed.searched_at(one.number) for one in neighbours(listed, own)}
    assert found == {"length": SPACE.searched_at(5), "stop": SPACE.searched_at(10)}


@pytest.mark.slow
def test_daily_returns_are_those_of_the_trades_by_the_day_of_their_signal() -> None:
    universe = universe_of(market(), COIN_SPACE, costs=TAKER)
    numbers = [0, 5, 77, 143]
    segmentation = universe.segmentation
    expected = np.zeros((len(numbers), segmentation.days))
    for row, number in enumerate(numbers):
        for one in universe.symbols:
            trades = replay_configuration(one, COIN_SPACE, number)
            for signal, value in zip(trades.signal.tolist(), trades.log_return.tolist(), strict=True):
                expected[row, one.day[signal]] += value / 3
    found = daily_returns(universe, COIN_SPACE, numbers, ThreadExecutor(2))
    assert found.shape == (4, int(segmentation.test_days.sum()))
    np.testing.assert_allclose(found, expected[:, segmentation.test_days], rtol=0, atol=1e-12)
    assert (found != 0).any(axis=1).all()
    one_thread = daily_returns(universe, COIN_SPACE, numbers, ThreadExecutor(1))
    assert one_thread.tobytes() == found.tobytes()
    assert daily_returns(universe, COIN_SPACE, [], ThreadExecutor(1)).shape == (0, found.shape[1])
