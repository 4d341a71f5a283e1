"""p-values of permutation tests, by hand and against the long way round."""

import math

import numpy as np
import pytest

from tradewind.stats.permutation import Best, min_p_corrected, permutation_p


@pytest.mark.parametrize(
    ("real", "others", "p"),
    [
        (5.0, [1.0, 2.0, 3.0, 4.0], 1 / 5),  # above all: itself alone of five
        (2.5, [1.0, 2.0, 3.0, 4.0], 3 / 5),  # itself, 3 and 4
        (3.0, [1.0, 2.0, 3.0, 4.0], 3 / 5),  # the tie counts against it
        (0.0, [1.0, 2.0, 3.0, 4.0], 1.0),
        (-math.inf, [1.0, -math.inf], 1.0),  # nothing eligible
        (-math.inf, [-math.inf, -math.inf], 1.0),
        (0.1, [-math.inf, -math.inf, -math.inf], 1 / 4),
    ],
)
def test_the_p_value_is_the_share_of_markets_at_least_as_good_the_real_one_included(
    real: float, others: list[float], p: float
) -> None:
    assert permutation_p(real, others) == pytest.approx(p, abs=1e-15)


def test_the_smallest_p_of_two_regimes_is_ranked_among_the_smallest_of_every_market() -> None:
    # Five markets, real first. At least as large, themselves included: first regime 9 → 1, 8 → 2, 1 → 5, 2 → 4, 3 → 3;
    # second regime 5 → 3, 9 → 1, 7 → 2, 1 → 5, 2 → 4. Smallest of each market: 1, 1, 2, 4, 3.
    real, others = (9.0, 5.0), [(8.0, 9.0), (1.0, 7.0), (2.0, 1.0), (3.0, 2.0)]
    # First regime 1: the two markets with a 1. Second regime 3: those with 1, 1, 2, 3.
    assert min_p_corrected(real, others) == (2 / 5, 4 / 5)


def test_of_a_single_regime_the_corrected_p_is_the_plain_one() -> None:
    rng = np.random.default_rng(3)
    real, others = rng.normal(), rng.normal(size=50)
    assert min_p_corrected((real,), [(float(one),) for one in others]) == (permutation_p(real, others),)


def test_corrected_p_values_equal_those_counted_market_by_market() -> None:
    rng = np.random.default_rng(5)
    markets = rng.integers(0, 12, (40, 3)).astype(float)  # with ties
    markets[rng.random((40, 3)) < 0.2] = -math.inf
    smallest = [min(sum(other[r] >= market[r] for other in markets) / 40 for r in range(3)) for market in markets]
    plain = [sum(other[r] >= markets[0][r] for other in markets) / 40 for r in range(3)]
    expected = [sum(one <= p for one in smallest) / 40 for p in plain]
    found = min_p_corrected(tuple(markets[0]), [tuple(one) for one in markets[1:]])
    assert found == pytest.approx(expected, abs=1e-12)
    assert all(corrected >= p for corrected, p in zip(found, plain, strict=True))


def test_a_regime_in_which_nothing_is_eligible_has_p_one() -> None:
    assert min_p_corrected((3.0, -math.inf), [(1.0, 1.0), (2.0, -math.inf)])[1] == 1.0


def test_without_regimes_there_is_nothing_to_correct() -> None:
    assert min_p_corrected((), [(), ()]) == ()


def test_a_rank_among_none_is_refused() -> None:
    with pytest.raises(ValueError, match="among none"):
        permutation_p(1.0, [])
    with pytest.raises(ValueError, match="among none"):
        min_p_corrected((1.0,), [])


@pytest.mark.parametrize("values", [(math.nan, (1.0,)), (1.0, (2.0, math.nan))])
def test_a_best_that_is_no_number_is_refused(values: tuple[float, tuple[float, ...]]) -> None:
    with pytest.raises(ValueError, match="minus infinity"):
        Best(*values)
