"""Random draws, the coarse grid and its refinement, and proposals in batches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tradewind.model.errors import BadSetting
from tradewind.search.listed import Setting
from tradewind.search.methods import (
    Dimension,
    coarse_lists,
    coarse_to_fine_settings,
    dimensions_of,
    proposed_settings,
    random_settings,
)
from tradewind.search.space import Space
from tradewind.strategies.lr_scalper import LRScalper

GRID = Space.of(LRScalper)


def test_draws_are_distinct_lie_between_the_declared_ends_and_keep_their_kind() -> None:
    drawn = random_settings(GRID, 500, seed=1)
    assert len({tuple(one.values()) for one in drawn}) == len(drawn) == 500
    assert {one["mode"] for one in drawn} == {"lr_snapshot", "no_lr_snapshot", "lr_pivot_strict"}
    for name, least, most, kind in (("lookback", 60, 180, int), ("atr_period", 7, 21, int), ("stop_atr", 1, 3, float)):
        values = [one[name] for one in drawn]
        assert all(type(value) is kind for value in values)
        assert least <= min(values) < least + (most - least) / 10
        assert most - (most - least) / 10 < max(values) <= most
    assert all(float(f"{one['entry_z']:.4g}") == one["entry_z"] for one in drawn)


def test_a_seed_draws_the_same_and_another_seed_draws_others() -> None:
    assert random_settings(GRID, 20, seed=3) == random_settings(GRID, 20, seed=3)
    assert random_settings(GRID, 20, seed=3) != random_settings(GRID, 20, seed=4)


def test_more_trials_than_configurations_are_refused() -> None:
    small = Space.of(LRScalper, {"lookback": [60, 62]}, {
        "mode": "lr_snapshot", "entry_z": 2.0, "vol_period": 20, "atr_period": 7, "stop_atr": 1.0, "target_atr": 1.0
    })  # fmt: skip
    assert sorted(one["lookback"] for one in random_settings(small, 3, seed=1)) == [60, 61, 62]
    with pytest.raises(BadSetting, match="hardly more than 3 configurations, 4 were asked for"):
        random_settings(small, 4, seed=1)


def test_a_flag_is_no_number() -> None:
    assert not Dimension("flag", (False, True)).numeric
    assert Dimension("share", (1.0, 2)).value_of(1.23456) == 1.235
    assert Dimension("bars", (1, 10)).value_of(9.7) == 10


@pytest.mark.parametrize(("trials", "size"), [(12_288, 12_288), (12_287, 3 * 3**6), (3000, 3 * 3**6), (500, 3 * 2**6)])
def test_a_coarse_grid_is_the_largest_that_fits_with_the_ends_of_every_list(trials: int, size: int) -> None:
    lists = coarse_lists(GRID, trials)
    assert np.prod([len(values) for values in lists.values()]) == size
    for one in dimensions_of(GRID):
        if one.numeric:
            assert {min(lists[one.name]), max(lists[one.name])} == {one.least, one.most}


def test_a_space_whose_coarsest_grid_is_too_large_is_refused() -> None:
    with pytest.raises(BadSetting, match=r"the coarsest grid has 192 configurations, search\.trials is 191"):
        coarse_lists(GRID, 191)


def test_the_best_of_the_coarse_grid_are_refined_halfway_to_their_neighbours() -> None:
    space = Space.of(LRScalper, {"lookback": [60, 90, 120, 180], "stop_atr": [1.0, 2.0, 3.0]}, {
        "mode": "lr_snapshot", "entry_z": 2.0, "vol_period": 20, "atr_period": 7, "target_atr": 1.0
    })  # fmt: skip
    calls: list[int] = []

    def judge(settings: Sequence[Setting]) -> np.ndarray:
        calls.append(len(settings))
        # The peak is at 90 and 2; nothing else is eligible but its neighbour and a far corner.
        good = {(90, 2.0): 3.0, (120, 2.0): 2.0, (180, 3.0): 1.0}
        return np.array([good.get((one["lookback"], one["stop_atr"]), -np.inf) for one in settings])

    settings = coarse_to_fine_settings(space, 12, judge)
    assert calls == [12]
    fine = [(one["lookback"], one["stop_atr"]) for one in settings[12:]]
    assert fine == [(75, 2.0), (105, 2.0), (90, 1.5), (90, 2.5), (150, 3.0), (180, 2.5)]


class Counting:
    """Proposes 0, 1, 2 … with every tenth a repetition of 0, and remembers what it was told."""

    def __init__(self) -> None:
        self.next = 0
        self.told: list[list[float]] = []

    def ask(self, count: int) -> Sequence[Setting]:
        first, self.next = self.next, self.next + count
        return [{"x": 0 if i % 10 == 9 else i} for i in range(first, first + count)]

    def tell(self, scores: Sequence[float]) -> None:
        self.told.append(list(scores))


def test_proposals_come_in_batches_are_judged_once_and_each_score_is_told() -> None:
    proposer, judged = Counting(), []

    def judge(settings: Sequence[Setting]) -> np.ndarray:
        judged.append([one["x"] for one in settings])
        return np.array([float(one["x"]) for one in settings])

    found: list[Any] = [one["x"] for one in proposed_settings(proposer, 25, 10, judge)]
    assert found == [x for x in range(25) if x % 10 != 9]
    assert [len(batch) for batch in judged] == [9, 9, 5]
    assert proposer.told == [[*range(9), 0], [*range(10, 19), 0], [*range(20, 25)]]
