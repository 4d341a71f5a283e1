"""Combinatorial purged cross-validation: which groups of a history each split tests, and the paths they make."""

from itertools import combinations
from math import comb

import numpy as np

from tradewind.model.bars import IntArray


def combinatorial_splits(groups: int, tested: int) -> IntArray:
    """Every choice of `tested` of `groups` contiguous groups, one a row, in lexical order; the others train.

    Each group is tested in as many splits as there are paths (`combinatorial_paths`). Raises ValueError where nothing
    would be left to test or to train on.

    Source: López de Prado (2018), Advances in Financial Machine Learning, 12.3.
    """
    _refuse(groups, tested)
    return np.array(list(combinations(range(groups), tested)), np.int64)


def combinatorial_paths(groups: int, tested: int) -> int:
    """How many whole histories the tested groups make, each group once in every one: splits × tested ÷ groups."""
    _refuse(groups, tested)
    return comb(groups, tested) * tested // groups


def _refuse(groups: int, tested: int) -> None:
    if not 0 < tested < groups:
        raise ValueError(f"{tested} of {groups} groups tested leaves nothing to test or to train on")
