"""Resampled paths by hand: units, falls inside and between them, and that every order and every unit is as likely."""

from collections import Counter
from itertools import permutations
from math import log

import numpy as np
import pytest
from scipy.stats import chisquare

from tradewind.kernels.resample_paths import draw_blocks, paths_in_order, paths_shuffled, shuffle, start_of, units_of


def test_a_unit_holds_its_sum_its_extremes_and_its_deepest_fall() -> None:
    # 0 → 0.3 → 0.1 → 0.2 → -0.1 → 0.1: highest 0.3, lowest -0.1, deepest fall 0.4; then an empty day, then one trade
    log_returns = np.array([0.3, -0.2, 0.1, -0.3, 0.2, -0.5])
    units = units_of(log_returns, np.array([0, 5, 5, 6]))
    np.testing.assert_allclose(units, [[0.1, -0.1, 0.3, 0.4], [0, 0, 0, 0], [-0.5, -0.5, 0, 0.5]], atol=1e-15)


def test_falls_inside_a_unit_and_across_units_both_count() -> None:
    # Inside the first day 0.4 is lost and won back; across the days the path falls from 0.5 to -0.1.
    days = units_of(np.array([-0.4, 0.9, -0.2, 0.1, -0.5]), np.array([0, 2, 4, 5]))
    ends, fan = paths_in_order(days, np.array([0, 1, 2, 3]))
    np.testing.assert_allclose(ends, [[-0.1, 0.6, -0.4]], atol=1e-15)
    np.testing.assert_allclose(fan, [[0.0, 0.5, 0.4, -0.1]], atol=1e-15)


def test_the_orders_of_three_trades_come_equally_often_each_with_its_drawdown() -> None:
    # +25 %, -20 %, -50 %. Drawdown by hand: 1 → 1.25 → 1 → .5 falls 60 %, and so on; all end at half.
    trades = {"a": 1.25, "b": 0.8, "c": 0.5}
    by_hand = {"abc": 0.6, "acb": 0.6, "bac": 0.5, "bca": 0.6, "cab": 0.5, "cba": 0.6}
    units = units_of(np.log(np.array(list(trades.values()))), np.arange(4))
    ends, fan = paths_shuffled(units, 0, 12_000, 7, np.array([1, 2, 3]))
    seen: Counter[str] = Counter()
    for end, equity in zip(ends, np.exp(fan), strict=True):
        steps = equity / np.array([1.0, *equity[:-1]])
        order = "".join(min(trades, key=lambda name: abs(trades[name] - step)) for step in steps)
        seen[order] += 1
        assert -np.expm1(-end[1]) == pytest.approx(by_hand[order], abs=1e-12)
        assert end[0] == pytest.approx(log(0.5), abs=1e-12)
    assert set(seen) == {"".join(order) for order in permutations(trades)}
    assert chisquare(list(seen.values())).pvalue > 0.001


def test_every_unit_is_drawn_as_often_and_runs_have_the_mean_length_asked_for() -> None:
    n, paths = 7, 4000
    drawn = np.empty((paths, n), np.int32)
    for path in range(paths):
        draw_blocks(drawn[path], 3.0, np.uint64(start_of(1, path)))
    for place in (0, 3, 6):
        assert chisquare(np.bincount(drawn[:, place], minlength=n)).pvalue > 0.001
    # A unit follows on the one before it where the run goes on, 2/3, or where it begins anew just there, 1/3 · 1/7.
    follows = ((drawn[:, 1:] - drawn[:, :-1]) % n == 1).mean()
    expected = 2 / 3 + 1 / 21
    assert follows == pytest.approx(expected, abs=4 * (expected * (1 - expected) / (paths * (n - 1))) ** 0.5)


def test_a_shuffle_holds_every_unit_once() -> None:
    order = np.empty(1000, np.int32)
    shuffle(order, np.uint64(start_of(1, 0)))
    assert sorted(order.tolist()) == list(range(1000))
    assert (np.diff(order) != 1).mean() > 0.99


def test_paths_and_seeds_have_random_numbers_of_their_own() -> None:
    starts = {int(start_of(seed, path)) for seed in range(100) for path in range(100)}
    assert len(starts) == 10_000
