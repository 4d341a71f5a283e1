"""The search's scores by hand, with their edges: two regimes unless said otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from tradewind.stats.scores import (
    break_even_win_rate,
    edge_by_regime,
    eligible,
    first_of,
    overfit_ratio,
    rank,
    regime_weights,
    robust_edge,
    robust_score,
    robust_t,
    shrunk_edge,
    shrunk_win_rate,
    stability,
)

HALVES = np.array([0.5, 0.5])


def test_regimes_that_cover_a_twentieth_share_the_weight_equally() -> None:
    np.testing.assert_allclose(regime_weights([0.6, 0.05, 0.301, 0.049]), [1 / 3, 1 / 3, 1 / 3, 0.0])


def test_where_no_regime_covers_enough_nothing_has_weight_and_nothing_is_eligible() -> None:
    weights = regime_weights([0.01, 0.02])
    np.testing.assert_array_equal(weights, [0.0, 0.0])
    assert not eligible([[500, 500]], weights).any()


def test_the_edge_of_a_regime_is_shrunk_by_thirty_trades_that_brought_nothing() -> None:
    # 30 trades: 30/60 · 0.2 = 0.1. 120 trades: 120/150 · (−0.1) = −0.08.
    edges = edge_by_regime([30, 120], [6.0, -12.0])
    np.testing.assert_allclose(edges, [0.1, -0.08], rtol=1e-12)
    assert float(robust_edge([30, 120], [6.0, -12.0], HALVES)) == pytest.approx(0.01, rel=1e-12)


def test_a_thin_regime_counts_nothing_where_the_configuration_earns() -> None:
    # 29 brilliant trades are not believed; pooled mean R is positive, so they count 0.
    np.testing.assert_allclose(edge_by_regime([29, 100], [29.0, 10.0]), [0.0, 100 / 130 * 0.1], rtol=1e-12)


def test_a_thin_regime_counts_the_pooled_loss_where_the_configuration_loses() -> None:
    # Pooled: (5 − 50)/(20 + 100) = −0.375, in full, not shrunk.
    np.testing.assert_allclose(edge_by_regime([20, 100], [5.0, -50.0]), [-0.375, -50 / 130], rtol=1e-12)


def test_a_regime_without_weight_changes_only_the_pooled_mean() -> None:
    assert float(robust_edge([60, 40], [9.0, -400.0], [1.0, 0.0])) == pytest.approx(9 / 90, rel=1e-12)


def test_a_configuration_without_trades_has_no_edge_and_no_score() -> None:
    assert np.isnan(robust_edge([0, 0], [0.0, 0.0], HALVES))
    assert np.isnan(robust_score([0, 0], [0, 0], 0.5, HALVES)).all()
    assert float(shrunk_edge(0.0, 0)) == 0.0


def test_the_break_even_win_rate_weighs_the_mean_loss_against_the_mean_win() -> None:
    # Over both regimes: 4 wins of 6 R → W 1.5; 8 others of −8 R → L 1; p₀ = 1/2.5.
    assert float(break_even_win_rate([5, 7], [1, 3], [-2.0, 0.0], [2.0, 4.0])) == pytest.approx(0.4, rel=1e-12)


@pytest.mark.parametrize(
    ("trades", "wins", "total", "gained"), [(10, 10, 8.0, 8.0), (10, 0, -8.0, 0.0), (0, 0, 0.0, 0.0)]
)
def test_the_break_even_win_rate_is_a_half_where_wins_or_losses_are_missing(
    trades: int, wins: int, total: float, gained: float
) -> None:
    assert float(break_even_win_rate([trades], [wins], [total], [gained])) == 0.5


def test_a_configuration_that_trades_at_break_even_scores_its_break_even() -> None:
    # 40 % wins of 1.5 R, 60 % losses of 1 R in both regimes: expectancy 0 and shrinking changes nothing.
    trades, wins = np.array([100.0, 50.0]), np.array([40.0, 20.0])
    gained = wins * 1.5
    total = gained - (trades - wins)
    level = break_even_win_rate(trades, wins, total, gained)
    score, prior = robust_score(trades, wins, level, HALVES)
    assert float(level) == pytest.approx(0.4, rel=1e-12)
    assert float(score) == pytest.approx(0.4, rel=1e-12)
    assert float(prior) == pytest.approx(0.4, rel=1e-12)


def test_win_rates_are_pulled_toward_break_even_by_thirty_trades() -> None:
    # (20 + 30·0.4)/(30 + 30) = 32/60; without trades the break-even rate itself.
    np.testing.assert_allclose(shrunk_win_rate([30, 0], [20, 0], 0.4), [32 / 60, 0.4], rtol=1e-12)
    score, prior = robust_score([30, 0], [20, 0], 0.4, HALVES)
    assert float(score) == pytest.approx((32 / 60 + 0.4) / 2, rel=1e-12)
    assert float(prior) == pytest.approx(0.4, rel=1e-12)


def test_many_configurations_at_once_score_as_each_alone() -> None:
    generator = np.random.default_rng(11)
    trades = generator.integers(0, 200, (50, 4)).astype(float)
    wins = np.floor(trades * generator.random((50, 4)))
    gained = wins * generator.random((50, 4))
    total = gained - (trades - wins) * generator.random((50, 4))
    weights = np.array([0.25, 0.25, 0.5, 0.0])
    together = robust_edge(trades, total, weights)
    levels = break_even_win_rate(trades, wins, total, gained)
    scores, _ = robust_score(trades, wins, levels, weights)
    for row in range(50):
        assert together[row] == robust_edge(trades[row], total[row], weights)
        assert levels[row] == break_even_win_rate(trades[row], wins[row], total[row], gained[row])
        assert scores[row] == robust_score(trades[row], wins[row], levels[row], weights)[0]


def test_stability_is_the_mean_over_windows_in_deviations() -> None:
    # Mean 0.2, deviation with ddof 1 √((0.01 + 0 + 0.01)/2) = 0.1.
    assert float(stability([0.1, 0.2, 0.3])) == pytest.approx(2.0, rel=1e-12)
    assert float(stability([0.1, np.nan, 0.2, 0.3])) == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize(
    "windows",
    [[], [0.1], [0.1, 0.2], [0.1, 0.2, np.nan], [np.nan] * 4, [0.1, 0.1, 0.1], [0.0, 0.0, 0.0]],
)
def test_stability_is_undefined_under_three_windows_or_without_a_deviation(windows: list[float]) -> None:
    assert np.isnan(stability(windows))


def test_eligible_needs_a_hundred_trades_and_thirty_in_every_regime_that_counts() -> None:
    trades = [[70, 30, 0], [70, 29, 500], [69, 30, 0], [50, 50, 0]]
    np.testing.assert_array_equal(eligible(trades, [0.5, 0.5, 0.0]), [True, False, False, True])


def test_the_overfit_ratio_compares_trades_not_windows() -> None:
    # 0.05 R per trade out of sample against 0.2 in sample.
    assert overfit_ratio(10.0, 200, 200.0, 1000) == pytest.approx(0.25, rel=1e-12)


@pytest.mark.parametrize(
    ("out_r", "out_n", "in_r", "in_n"), [(-5.0, 10, -5.0, 10), (5.0, 10, 0.0, 10), (0.0, 0, 5.0, 10), (5.0, 10, 0.0, 0)]
)
def test_the_overfit_ratio_of_an_in_sample_loss_is_undefined(
    out_r: float, out_n: float, in_r: float, in_n: float
) -> None:
    assert np.isnan(overfit_ratio(out_r, out_n, in_r, in_n))


def test_ranking_goes_by_edge_then_stability_then_trades_then_number() -> None:
    edges = [0.1, 0.3, 0.1, 0.1, 0.1, np.nan, 0.1]
    steady = [1.0, np.nan, 2.0, np.nan, 1.0, 9.0, 1.0]
    trades = [100, 1, 100, 900, 200, 900, 100]
    np.testing.assert_array_equal(rank(edges, steady, trades), [1, 2, 4, 0, 6, 3, 5])


def test_what_is_not_eligible_comes_after_all_that_is() -> None:
    order = rank([0.9, 0.1, 0.2], [1.0, 1.0, 1.0], [10, 100, 100], [False, True, True])
    np.testing.assert_array_equal(order, [2, 1, 0])


COUNT = st.integers(0, 300)


@given(COUNT, COUNT, st.floats(-300, 300), st.floats(-300, 300), st.floats(0.01, 50))
def test_a_better_regime_never_lowers_the_edge(
    first: int, second: int, total_first: float, total_second: float, more: float
) -> None:
    trades = np.array([first + 1, second], float)
    before = robust_edge(trades, [total_first, total_second], HALVES)
    after = robust_edge(trades, [total_first + more, total_second], HALVES)
    assert after >= before - 1e-12


@given(st.lists(st.tuples(COUNT, st.floats(0, 1), st.floats(0.1, 5), st.floats(0.1, 5)), min_size=1, max_size=5))
def test_shrunk_win_rates_lie_between_the_observed_and_the_break_even_rate(
    cells: list[tuple[int, float, float, float]],
) -> None:
    trades = np.array([cell[0] for cell in cells], float)
    wins = np.floor(trades * [cell[1] for cell in cells])
    gained = wins * [cell[2] for cell in cells]
    total = gained - (trades - wins) * [cell[3] for cell in cells]
    level = break_even_win_rate(trades, wins, total, gained)
    assert 0 <= level <= 1
    shrunk = shrunk_win_rate(trades, wins, level)
    observed = np.divide(wins, trades, out=np.full(len(cells), float(level)), where=trades > 0)
    assert (shrunk >= np.minimum(observed, level) - 1e-12).all()
    assert (shrunk <= np.maximum(observed, level) + 1e-12).all()


@given(st.permutations(range(12)))
def test_ranking_does_not_depend_on_anything_but_the_values(order: list[int]) -> None:
    generator = np.random.default_rng(5)
    edges, steady, trades = generator.random(12), generator.random(12), generator.integers(1, 99, 12)
    ranked = rank(edges, steady, trades)
    moved = np.array(order)
    np.testing.assert_array_equal(moved[rank(edges[moved], steady[moved], trades[moved])], ranked)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([np.nan, -0.1, 0.0, 0.2]), st.sampled_from([np.nan, 1.0, 2.0]),
            st.sampled_from([0.0, 100.0, 200.0]), st.booleans(),
        ),
        min_size=1, max_size=12,
    ).filter(lambda rows: any(row[3] for row in rows))
)  # fmt: skip
def test_the_first_of_a_row_is_the_first_of_its_ranking(rows: list[tuple[float, float, float, bool]]) -> None:
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    expected = rank(*columns)[0]
    twice = [np.stack([column, column[::-1]]) for column in columns]
    first, other = first_of(*twice)
    assert first == expected
    assert other == rank(*(column[::-1] for column in columns))[0]


def test_weights_of_several_rows_are_those_of_each_row() -> None:
    shares = np.array([[0.5, 0.04, 0.46], [0.0, 0.0, 0.0], [0.3, 0.3, 0.4]])
    weights = regime_weights(shares)
    assert weights.tolist() == [regime_weights(row).tolist() for row in shares]
    trades = np.array([[120, 0, 90], [40, 40, 40], [29, 50, 60]], np.float64)
    total = np.array([[12.0, 0.0, -3.0], [1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
    edges = robust_edge(trades, total, weights)
    assert edges.tolist() == [robust_edge(n, r, w).item() for n, r, w in zip(trades, total, weights, strict=True)]
    fit = eligible(trades, weights)
    assert fit.tolist() == [True, False, False]


def test_the_robust_statistic_is_the_weighted_mean_in_standard_errors_by_hand() -> None:
    # R of 1, 3 (mean 2, variance 2) and of 0, 0, 3 (mean 1, variance 3), weights ½ and ½, a third regime without.
    n, total, squares = [2, 3, 1], [4.0, 3.0, 9.0], [10.0, 9.0, 81.0]
    expected = (0.5 * 2 + 0.5 * 1) / (0.25 * 2 / 2 + 0.25 * 3 / 3) ** 0.5
    assert robust_t(n, total, squares, [0.5, 0.5, 0.0]) == pytest.approx(expected, rel=1e-14)


def test_of_a_single_regime_the_robust_statistic_is_students_t() -> None:
    r = np.random.default_rng(4).normal(0.1, 1.3, 57)
    found = robust_t([[len(r)]], [[r.sum()]], [[(r**2).sum()]], [1.0])
    assert found[0] == pytest.approx(scipy_stats.ttest_1samp(r, 0.0).statistic, rel=1e-12)


@pytest.mark.parametrize(
    ("n", "total", "squares", "weights"),
    [
        ([1, 50], [0.5, 5.0], [0.25, 60.0], [0.5, 0.5]),  # a regime of weight with a single trade
        ([0, 0], [0.0, 0.0], [0.0, 0.0], [0.5, 0.5]),
        ([40, 50], [4.0, 5.0], [50.0, 60.0], [0.0, 0.0]),  # no regime has weight
        ([30, 30], [3.3, 3.3], [30 * 0.11**2, 30 * 0.11**2], [0.5, 0.5]),  # all trades alike
    ],
)
def test_where_the_spread_of_trades_is_unknown_the_robust_statistic_is_minus_infinity(
    n: list[int], total: list[float], squares: list[float], weights: list[float]
) -> None:
    assert robust_t(n, total, squares, weights) == -np.inf
