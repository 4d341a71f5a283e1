"""Superior ability: what must be found, what must not, and which way round the returns are."""

import numpy as np
import pytest

from tradewind.stats.superior import superior_ability

NOTHING = np.zeros(250)


def noise(configurations: int, seed: int) -> np.ndarray:
    return 0.01 * np.random.default_rng(seed).standard_normal((configurations, 250))


def test_a_configuration_with_an_edge_among_many_is_found() -> None:
    returns = noise(50, 1)
    returns[17] += 0.004
    found = superior_ability(returns, NOTHING, block_days=3, seed=0)
    assert max(found.consistent, found.lower, found.upper, found.reality_check) < 0.02
    assert found.competing == 50


def test_configurations_that_lose_are_no_evidence_of_skill() -> None:
    # Fed returns instead of losses the test would call the surest loser superior.
    found = superior_ability(noise(20, 2) - 0.004, NOTHING, block_days=3, seed=0)
    assert found.consistent > 0.5
    assert min(found.upper, found.reality_check) > 0.9


def test_the_benchmark_is_what_has_to_be_beaten() -> None:
    returns = noise(10, 3) + 0.004
    assert superior_ability(returns, NOTHING, block_days=3, seed=0).consistent < 0.02
    assert superior_ability(returns, NOTHING + 0.008, block_days=3, seed=0).consistent > 0.5


def test_on_noise_small_values_are_rare_however_many_compete() -> None:
    found = [superior_ability(noise(30, 100 + i), NOTHING, block_days=2, seed=i, resamples=100) for i in range(40)]
    assert sum(one.consistent < 0.1 for one in found) <= 11  # 4 expected
    assert sum(one.reality_check < 0.1 for one in found) <= 11
    assert 0.25 < np.median([one.consistent for one in found]) < 0.85


def test_the_bounds_lie_around_the_consistent_value() -> None:
    returns = noise(30, 4)
    returns[:15] -= 0.003
    found = superior_ability(returns, NOTHING, block_days=3, seed=1)
    assert found.lower <= found.consistent <= found.upper


def test_a_wild_configuration_hides_a_steady_one_from_the_reality_check_but_not_from_the_studentised_test() -> None:
    returns = noise(2, 8)
    returns[0] = 0.1 * (returns[0] - returns[0].mean()) + 0.0004  # surely better, by little
    returns[1] = 20 * (returns[1] - returns[1].mean())
    found = superior_ability(returns, NOTHING, block_days=1, seed=0)
    assert found.consistent < 0.01
    assert found.upper < 0.01
    assert found.reality_check > 0.2


def test_whoever_always_does_the_same_as_the_benchmark_does_not_compete() -> None:
    returns = noise(5, 5)
    with_idle = np.vstack([returns, np.zeros((3, 250))])
    assert superior_ability(with_idle, NOTHING, block_days=3, seed=1) == superior_ability(
        returns, NOTHING, block_days=3, seed=1
    )
    nobody = superior_ability(np.zeros((3, 250)), NOTHING, block_days=3, seed=1)
    assert (nobody.consistent, nobody.reality_check, nobody.competing) == (1.0, 1.0, 0)


def test_the_same_seed_gives_the_same_values_and_another_seed_others() -> None:
    returns = noise(20, 6)
    once = superior_ability(returns, NOTHING, block_days=3, seed=1)
    assert superior_ability(returns, NOTHING, block_days=3, seed=1) == once
    assert superior_ability(returns, NOTHING, block_days=3, seed=2) != once


def test_shapes_missing_days_and_blocks_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="configurations × days"):
        superior_ability(noise(3, 1), NOTHING[:-1], block_days=3, seed=0)
    with pytest.raises(ValueError, match="finite"):
        superior_ability(noise(3, 1) * np.nan, NOTHING, block_days=3, seed=0)
    with pytest.raises(ValueError, match="does not fit"):
        superior_ability(noise(3, 1), NOTHING, block_days=251, seed=0)
