"""The probability of overfitting against a slow readable twin, the published case and cases worked by hand."""

from itertools import combinations
from math import comb, log

import numpy as np
import pytest
from scipy.stats import rankdata

from tradewind.stats.overfitting import Overfitting, halves_of, probability_of_overfitting


def from_days(returns: np.ndarray, segments: int, groups_most: int = 16) -> Overfitting:
    """Of days × configurations, in segments of as many days each."""
    parts = returns.reshape(segments, -1, returns.shape[1])
    return probability_of_overfitting(parts.shape[1], parts.sum(1), np.square(parts).sum(1), groups_most)


def ratio_of(days: np.ndarray) -> float:
    if np.ptp(days) == 0:
        return -np.inf
    return float(days.mean() / days.std(ddof=1))


def slowly(returns: np.ndarray, segments: int) -> list[tuple[int, float, float]]:
    """Chosen, its ratio out of sample and the logit of its rank, of every split: as the paper tells it."""
    size = min(16, segments // 2 * 2)
    assert segments % size == 0
    groups = np.array_split(returns, size)
    out = []
    for inside in combinations(range(size), size // 2):
        outside = [group for group in range(size) if group not in inside]
        ins = [ratio_of(column) for column in np.concatenate([groups[g] for g in inside]).T]
        outs = [ratio_of(column) for column in np.concatenate([groups[g] for g in outside]).T]
        if max(ins) == -np.inf:
            continue
        chosen = int(np.argmax(ins))
        rank = rankdata(outs)[chosen] if outs[chosen] > -np.inf else 1.0
        share = rank / (returns.shape[1] + 1)
        out.append((chosen, outs[chosen], log(share / (1 - share))))
    return out


def same(found: Overfitting, expected: list[tuple[int, float, float]]) -> None:
    # Halves as bits in ascending order are not the order of combinations: compared as sorted lists.
    rows = sorted(zip(found.chosen, found.out_of_sample, found.logits, strict=True))
    assert [row[0] for row in rows] == [row[0] for row in sorted(expected)]
    np.testing.assert_allclose(
        np.array(rows)[:, 1:].astype(float), np.array(sorted(expected))[:, 1:], rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize(("segments", "seed"), [(2, 0), (4, 1), (6, 2), (8, 3), (10, 4)])
def test_every_split_is_that_of_the_readable_twin(segments: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    returns = random.standard_normal((segments * 5, 9)) * 0.01
    returns[: 3 * segments, 2] = 0.0  # trades late only
    returns[2 * segments :, 5] = 0.0  # and early only
    returns[:, 7] = 0.0  # and never
    returns[:, 8] = returns[:, 1]  # a copy
    same(from_days(returns, segments), slowly(returns, segments))


def test_more_configurations_than_a_block_holds_are_all_looked_at() -> None:
    returns = np.random.default_rng(11).standard_normal((24, 300))
    same(from_days(returns, 6), slowly(returns, 6))


def test_columns_centred_again_to_nothing_make_the_best_of_one_half_the_worst_of_the_other() -> None:
    # The vignette: 100 columns of 2,400 values, each with mean 0 and deviation 1/√260, eight groups.
    returns = np.random.default_rng(765).standard_normal((2400, 100))
    returns = (returns - returns.mean(0)) / returns.std(0, ddof=1) / np.sqrt(260)
    found = from_days(returns, 2400, groups_most=8)
    assert found.probability == 1.0
    assert (found.groups, found.splits) == (8, comb(8, 4))
    assert found.slope < -0.9
    assert found.loss_share == 1.0


def test_sixteen_groups_are_cut_in_12870_ways() -> None:
    halves = halves_of(16)
    assert len(halves) == 12_870 == comb(16, 8)
    assert (halves + halves[::-1] == 2**16 - 1).all()  # each beside its complement
    assert len(set(halves.tolist())) == 12_870


def test_without_skill_about_half_of_the_splits_fall_behind() -> None:
    found = [from_days(np.random.default_rng(i).standard_normal((160, 40)), 16).probability for i in range(30)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)  # one has a deviation of about 0.2


def test_with_skill_the_chosen_one_stays_ahead() -> None:
    returns = np.random.default_rng(1).standard_normal((160, 40))
    returns[:, 13] += 1.0
    found = from_days(returns, 16)
    assert (found.probability, found.loss_share) == (0.0, 0.0)
    assert (found.chosen == 13).all()
    assert found.logits == pytest.approx(np.full(12_870, log(40)))  # rank 40 of 40: 40/41 ÷ 1/41


def test_among_copies_of_one_configuration_nothing_is_chosen() -> None:
    one = np.random.default_rng(2).standard_normal((40, 1))
    found = from_days(np.repeat(one, 7, axis=1), 8)
    assert found.probability == 0.5
    assert (found.logits == 0).all()
    assert (found.chosen == 0).all()


def test_equals_share_the_mean_of_their_ranks() -> None:
    # Two good copies and two that lose: out of sample the chosen copy has rank 3.5 of 4, share 0.7.
    random = np.random.default_rng(3).standard_normal(20) * 0.1
    returns = np.column_stack([random + 1, random + 1, random - 1, random - 2])
    assert from_days(returns, 4).logits == pytest.approx(np.full(6, log(0.7 / 0.3)))


def test_a_configuration_without_trades_in_a_half_ranks_last() -> None:
    # By hand: two segments. The first trades, and well, in the first segment alone; the second in both, badly.
    counts = [[4, 4, 0], [0, 4, 0]]
    totals = [[4.0, -1.0, 0.0], [0.0, -1.0, 0.0]]
    squares = [[5.0, 4.0, 0.0], [0.0, 4.0, 0.0]]
    found = probability_of_overfitting(counts, totals, squares)
    # In sample first: chosen 0, no ratio out of sample, rank 1 of 3. In sample second: chosen 1, which is rank 2 of 3.
    assert found.chosen.tolist() == [0, 1]
    assert found.logits == pytest.approx([log(1 / 3), 0.0])
    assert found.out_of_sample.tolist() == [-np.inf, pytest.approx(-0.25 / np.sqrt((4 - 0.25) / 3))]
    assert found.probability == 0.75
    # Only the second split lost money; nothing done is no loss.
    assert found.loss_share == 0.5


def test_where_nobody_ever_trades_nothing_is_said() -> None:
    found = probability_of_overfitting(np.zeros((8, 3)), np.zeros((8, 3)), np.zeros((8, 3)))
    assert np.isnan([found.probability, found.slope, found.loss_share]).all()
    assert (len(found.logits), found.splits) == (0, comb(8, 4))


def test_the_slope_is_that_of_least_squares() -> None:
    returns = np.random.default_rng(5).standard_normal((80, 20))
    found = from_days(returns, 8)
    assert found.slope == pytest.approx(np.polyfit(found.in_sample, found.out_of_sample, 1)[0], rel=1e-9)


def test_groups_are_contiguous_and_use_every_segment() -> None:
    # Seven segments, six groups: one group has two segments, and the whole is what a half and its complement hold.
    random = np.random.default_rng(6)
    totals, squares = random.standard_normal((7, 5)), 1 + random.random((7, 5))
    found = probability_of_overfitting(np.ones((7, 1)) * 2, totals, squares)
    assert (found.groups, found.splits) == (6, 20)
    merged = np.vstack([totals[:6], totals[6:]])
    merged[5] += merged[6]
    pairs = np.vstack([squares[:6], squares[6:]])
    pairs[5] += pairs[6]
    counts = np.array([2, 2, 2, 2, 2, 4.0])[:, None]
    again = probability_of_overfitting(counts, merged[:6], pairs[:6])
    np.testing.assert_array_equal(found.logits, again.logits)


def test_the_size_of_returns_and_the_order_of_configurations_do_not_matter() -> None:
    returns = np.random.default_rng(7).standard_normal((48, 12))
    once = from_days(returns, 8)
    np.testing.assert_array_equal(from_days(returns * 0.25, 8).logits, once.logits)
    np.testing.assert_allclose(from_days(returns[:, ::-1].copy(), 8).logits, once.logits)


@pytest.mark.parametrize("groups_most", [0, 3, 18])
def test_an_odd_number_of_groups_is_refused(groups_most: int) -> None:
    with pytest.raises(ValueError, match="even number"):
        probability_of_overfitting(1, np.ones((20, 3)), np.ones((20, 3)), groups_most)


def test_too_little_to_compare_and_missing_sums_are_refused() -> None:
    for shape in ((1, 3), (3, 1), (3,)):
        with pytest.raises(ValueError, match="two or more"):
            probability_of_overfitting(1, np.ones(shape), np.ones(shape))
    with pytest.raises(ValueError, match="finite"):
        probability_of_overfitting(1, np.full((4, 4), np.nan), np.ones((4, 4)))
