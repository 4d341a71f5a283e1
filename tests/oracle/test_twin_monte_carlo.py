"""Path by path the compiled resampling is the slow twin's."""

from itertools import islice

import numpy as np
import pytest
from tests.oracle.twin_monte_carlo import TwinPath, Unit, in_blocks, shuffled, splitmix64, walked

from tradewind.kernels.resample_paths import paths_of_blocks, paths_shuffled, units_of

PATHS = 40


def days_of_trades(seed: int, days: int) -> list[Unit]:
    """Days of 0 to 6 trades."""
    draw = np.random.default_rng(seed)
    return [draw.normal(0, 0.05, draw.integers(7)).tolist() for _ in range(days)]


def as_units(days: list[Unit]) -> np.ndarray:
    starts = np.cumsum([0, *(len(day) for day in days)])
    return units_of(np.array([x for day in days for x in day], np.float64), starts)


def assert_same(ends: np.ndarray, twins: list[TwinPath]) -> None:
    np.testing.assert_allclose(np.exp(ends[:, 0]), [one.final for one in twins], rtol=1e-10)
    np.testing.assert_allclose(-np.expm1(-ends[:, 1]), [one.drawdown for one in twins], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.exp(ends[:, 2]), [one.lowest for one in twins], rtol=1e-10)


def test_the_twins_generator_gives_the_published_numbers_of_splitmix64() -> None:
    assert list(islice(splitmix64(1234567), 5)) == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 3, 17, 60])
@pytest.mark.parametrize("seed", [0, 1, 2**40 + 3])
def test_shuffled_paths_are_the_twins(count: int, seed: int) -> None:
    days = days_of_trades(count, count)
    marks = np.array([count // 2, count])
    ends, fan = paths_shuffled(as_units(days), 5, 5 + PATHS, seed, marks)
    orders = [shuffled(days, seed, path) for path in range(5, 5 + PATHS)]
    assert_same(ends, [walked(order) for order in orders])
    halves = [sum(sum(day) for day in order[: count // 2]) for order in orders]
    np.testing.assert_allclose(fan[:, 0], halves, atol=1e-12)


@pytest.mark.parametrize("mean_block", [1.0, 1.5, 7.0, 1000.0])
@pytest.mark.parametrize("count", [1, 2, 17, 60])
def test_paths_of_blocks_are_the_twins(count: int, mean_block: float) -> None:
    days = days_of_trades(count + 100, count)
    ends, fan = paths_of_blocks(as_units(days), mean_block, 0, PATHS, 3, np.array([0, count]))
    assert_same(ends, [walked(in_blocks(days, mean_block, 3, path)) for path in range(PATHS)])
    assert np.array_equal(fan[:, 1], ends[:, 0])
    assert not fan[:, 0].any()
