"""Combinatorial splits: their number, each group tested equally often, and the paths put together."""

import numpy as np
import pytest

from tradewind.stats.folds import combinatorial_paths, combinatorial_splits


def test_six_groups_two_tested_are_fifteen_splits_and_five_paths() -> None:
    assert len(combinatorial_splits(6, 2)) == 15
    assert combinatorial_paths(6, 2) == 5


@pytest.mark.parametrize(("groups", "tested"), [(2, 1), (6, 2), (6, 3), (10, 4)])
def test_each_group_is_tested_once_on_every_path(groups: int, tested: int) -> None:
    splits = combinatorial_splits(groups, tested)
    assert len(np.unique(splits, axis=0)) == len(splits)
    assert np.bincount(splits.ravel()).tolist() == [combinatorial_paths(groups, tested)] * groups


@pytest.mark.parametrize(("groups", "tested"), [(6, 0), (6, 6), (0, 0), (3, 4)])
def test_a_split_without_test_or_training_is_refused(groups: int, tested: int) -> None:
    with pytest.raises(ValueError, match="leaves nothing"):
        combinatorial_splits(groups, tested)
    with pytest.raises(ValueError, match="leaves nothing"):
        combinatorial_paths(groups, tested)
